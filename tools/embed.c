// Turns files into a C table, while building:   embed OUT.inc PATH...
// A folder is taken whole, its files named by their place below it ("/index.html"); a file by its
// own name ("/openapi.json"). NAME.br and NAME.gz beside NAME become its compressed forms; maps are
// left out. A path that does not exist is left out too: a program built without its pages serves
// none.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 512, PATH_MAX_BYTES = 1024 };

typedef struct File {
    char disk[PATH_MAX_BYTES], path[PATH_MAX_BYTES];
} File;

static File files[FILES_MAX];
static size_t file_count;

static void die(const char *what, const char *name) {
    fprintf(stderr, "embed: %s \"%s\"\n", what, name);
    exit(1);
}

static int ends(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static void gather(const char *disk, const char *path) {
    struct stat about;
    if (stat(disk, &about) != 0) return;
    if (!S_ISDIR(about.st_mode)) {
        if (file_count == FILES_MAX) die("too many files at", disk);
        snprintf(files[file_count].disk, PATH_MAX_BYTES, "%s", disk);
        snprintf(files[file_count].path, PATH_MAX_BYTES, "%s", path);
        file_count++;
        return;
    }
    DIR *folder = opendir(disk);
    if (!folder) die("could not open", disk);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char below[PATH_MAX_BYTES], name[PATH_MAX_BYTES];
        if (entry->d_name[0] == '.' || ends(entry->d_name, ".map")) continue;
        if (snprintf(below, sizeof below, "%s/%s", disk, entry->d_name) >= PATH_MAX_BYTES ||
            snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= PATH_MAX_BYTES)
            die("path too long", entry->d_name);
        gather(below, name);
    }
    closedir(folder);
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const File *)a)->path, ((const File *)b)->path);
}

static unsigned char *read_whole(const char *disk, size_t *length) {
    FILE *in = fopen(disk, "rb");
    if (!in) return NULL;
    fseek(in, 0, SEEK_END);
    long size = ftell(in);
    rewind(in);
    unsigned char *bytes = malloc(size > 0 ? (size_t)size : 1);
    if (size < 0 || !bytes || fread(bytes, 1, (size_t)size, in) != (size_t)size)
        die("could not read", disk);
    fclose(in);
    *length = (size_t)size;
    return bytes;
}

static const char *type_of(const char *path) {
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ends(path, types[i][0])) return types[i][1];
    return "application/octet-stream";
}

// Writes one form as an array; says whether there was one.
static int write_form(FILE *out, const char *disk, size_t number, const char *form,
                      size_t *length) {
    unsigned char *bytes = read_whole(disk, length);
    if (!bytes) return 0;
    fprintf(out, "static const unsigned char file_%zu_%s[] = {", number, form);
    for (size_t i = 0; i < *length; i++)
        fprintf(out, "%s%u,", i % 32 == 0 ? "\n" : "", bytes[i]);
    fprintf(out, "%s};\n", *length ? "\n" : "0");
    free(bytes);
    return 1;
}

// FNV-1a, 64 bits: tells versions of one file apart, and need not resist anybody.
static uint64_t content_hash(const char *disk) {
    size_t length;
    unsigned char *bytes = read_whole(disk, &length);
    if (!bytes) die("could not read", disk);
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    free(bytes);
    return hash ^ length;
}

int main(int argc, char **argv) {
    if (argc < 2) die("usage:", "embed OUT PATH...");
    for (int i = 2; i < argc; i++) {
        struct stat about;
        char path[PATH_MAX_BYTES] = "";
        const char *name = strrchr(argv[i], '/');
        if (stat(argv[i], &about) == 0 && !S_ISDIR(about.st_mode))
            snprintf(path, sizeof path, "/%s", name ? name + 1 : argv[i]);
        gather(argv[i], path);
    }
    qsort(files, file_count, sizeof *files, by_path);
    FILE *out = fopen(argv[1], "wb");
    if (!out) die("could not write", argv[1]);
    static char row[FILES_MAX][PATH_MAX_BYTES * 2];
    size_t rows = 0;
    for (size_t i = 0; i < file_count; i++) {
        const char *path = files[i].path;
        if (ends(path, ".br") || ends(path, ".gz")) continue;
        char disk[PATH_MAX_BYTES + 4], forms[2][128];
        size_t length, packed;
        write_form(out, files[i].disk, i, "plain", &length);
        static const char *const ending[] = {"gz", "br"};
        for (size_t f = 0; f < 2; f++) {
            snprintf(disk, sizeof disk, "%s.%s", files[i].disk, ending[f]);
            if (write_form(out, disk, i, ending[f], &packed))
                snprintf(forms[f], sizeof forms[f], "{file_%zu_%s, %zu}", i, ending[f], packed);
            else
                snprintf(forms[f], sizeof forms[f], "{0, 0}");
        }
        snprintf(row[rows++], sizeof *row,
                 "{\"%s\", \"%s\", \"\\\"%016llx\\\"\", {file_%zu_plain, %zu}, %s, %s},", path,
                 type_of(path), (unsigned long long)content_hash(files[i].disk), i, length,
                 forms[0], forms[1]);
    }
    fprintf(out, "static const StaticFile static_files[] = {\n");
    for (size_t i = 0; i < rows; i++)
        fprintf(out, "%s\n", row[i]);
    fprintf(out, "%s};\nstatic const size_t static_file_count = %zu;\n",
            rows ? "" : "{0, 0, 0, {0, 0}, {0, 0}, {0, 0}},\n", rows);
    if (fclose(out) != 0) die("could not write", argv[1]);
    return 0;
}
