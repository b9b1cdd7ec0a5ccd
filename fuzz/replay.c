// Runs one fuzz target over files and folders (one level), so that a plain build replays a corpus.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned files;

static void replay(const char *path) {
    DIR *folder = opendir(path);
    if (folder) {
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            if (entry->d_name[0] == '.') continue;
            char below[4096];
            snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            replay(below);
        }
        closedir(folder);
        return;
    }
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "could not open \"%s\"\n", path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    // Exactly as long as the file, so that the sanitizer sees a read behind its end.
    uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
    if (!bytes || size < 0 || fread(bytes, 1, (size_t)size, file) != (size_t)size) exit(2);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
    files++;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) replay(argv[i]);
    printf("%s: %u inputs replayed\n", argv[0], files);
    return files == 0;
}
