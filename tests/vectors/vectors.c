// vectors DIR: runs every known-answer file below DIR, a line a file, then "N vectors, M failed".
// A file is known by its folder and name (merkle/trees.json), wherever it lies; tests/data/vectors/
// README.md says what each holds and where it comes from. Exit 1 when a vector failed or none was
// found, 2 when DIR cannot be read.
#include "vectors.h"
#include "base/encode.h"
#include "base/memory.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILES_MAX = 4096, PATH_BYTES = 4096 };

static const struct {
    const char *name;
    FileReader *read;
} READERS[] = {
    {"merkle/ct-reference.json", read_ct_reference},
    {"merkle/trees.json", read_trees},
    {"merkle/inclusion.json", read_inclusion},
    {"merkle/consistency.json", read_consistency},
    {"merkle/reject.json", read_reject},
    {"merkle/transparency-dev-inclusion.jsonl", read_published_inclusion},
    {"merkle/transparency-dev-consistency.jsonl", read_published_consistency},
    {"tlog/notes.json", read_notes},
    {"tlog/vkeys-reject.json", read_vkeys_reject},
    {"tlog/checkpoints.json", read_checkpoints},
    {"tlog/cosignatures.json", read_cosignatures},
    {"tlog/published-examples.json", read_published_examples},
    {"tlog/proofs.json", read_proofs},
    {"tlog/tiles.json", read_tiles},
    {"tlog/tile-paths.json", read_tile_paths},
    {"ed25519/wycheproof.json", read_wycheproof},
    {"ed25519/cctv.jsonl", read_cctv},
    {"ed25519/own.json", read_ed25519_own},
    {"sha256/own.json", read_sha256_own},
    {"json/jsontestsuite.jsonl", read_jsontestsuite},
};

// --- cases and fields ---

static void fail(Reading *reading, const char *format, va_list words) {
    if (reading->failed++ == 0) vsnprintf(reading->failure, sizeof reading->failure, format, words);
}

void expect(Reading *reading, bool holds, const char *format, ...) {
    reading->cases++;
    if (holds) return;
    va_list words;
    va_start(words, format);
    fail(reading, format, words);
    va_end(words);
}

void fault(Reading *reading, const char *format, ...) {
    reading->cases++;
    va_list words;
    va_start(words, format);
    fail(reading, format, words);
    va_end(words);
}

bool read_value(Reading *reading) {
    Status status;
    if (json_read(&reading->json, reading->bytes, &status)) return true;
    fault(reading, "no JSON: %s at %s", status.message, status.where);
    return false;
}

void read_lines(Reading *reading, void each(Reading *reading)) {
    Text rest = reading->bytes;
    while (rest.length > 0) {
        Text line = rest;
        if (!text_split(rest, '\n', &line, &rest)) rest = TEXT("");
        if (line.length == 0) continue;
        Status status;
        if (json_read(&reading->json, line, &status))
            each(reading);
        else
            fault(reading, "no JSON: %s at %s", status.message, status.where);
    }
}

uint32_t field(Reading *reading, uint32_t object, const char *name) {
    uint32_t token = json_member(&reading->json, object, text_of(name));
    if (token == JSON_NONE) fault(reading, "field \"%s\" is missing", name);
    return token;
}

bool has_field(Reading *reading, uint32_t object, const char *name) {
    return json_member(&reading->json, object, text_of(name)) != JSON_NONE;
}

Text string_of(Reading *reading, uint32_t token) {
    Text text = TEXT("");
    Status status;
    if (token == JSON_NONE) return text;
    if (json_type(&reading->json, token) != JSON_STRING ||
        !json_text(&reading->json, token, &reading->arena, &text, &status))
        fault(reading, "not a string: \"%.*s\"", TEXT_ARG(json_bytes(&reading->json, token)));
    return text;
}

Text hex_of(Reading *reading, uint32_t token) {
    Text digits = string_of(reading, token);
    size_t length = digits.length / 2;
    uint8_t *bytes = arena_take(&reading->arena, length + 1);
    if (!bytes || digits.length % 2 || !hex_read(digits, bytes, length)) {
        fault(reading, "not hexadecimal: \"%.*s\"", TEXT_ARG(digits));
        return TEXT("");
    }
    return (Text){(char *)bytes, length};
}

Text base64_of(Reading *reading, uint32_t token) {
    Text digits = string_of(reading, token), bytes = TEXT("");
    Buffer buffer;
    buffer_init(&buffer, digits.length + 4);
    if (base64_read(digits, &buffer))
        bytes = (Text){arena_copy(&reading->arena, buffer.bytes, buffer.length), buffer.length};
    else
        fault(reading, "not base64: \"%.*s\"", TEXT_ARG(digits));
    buffer_done(&buffer);
    return bytes;
}

Text string_field(Reading *reading, uint32_t object, const char *name) {
    return string_of(reading, field(reading, object, name));
}
Text hex_field(Reading *reading, uint32_t object, const char *name) {
    return hex_of(reading, field(reading, object, name));
}
Text base64_field(Reading *reading, uint32_t object, const char *name) {
    return base64_of(reading, field(reading, object, name));
}

uint64_t number_field(Reading *reading, uint32_t object, const char *name) {
    uint32_t token = field(reading, object, name);
    if (token == JSON_NONE) return 0;
    Text text = json_bytes(&reading->json, token);
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        uint64_t digit = (uint64_t)(text.at[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            fault(reading, "not a number of 64 bits: \"%.*s\"", TEXT_ARG(text));
            return 0;
        }
    }
    return value;
}

int int_field(Reading *reading, uint32_t object, const char *name) {
    uint32_t token = field(reading, object, name);
    if (token == JSON_NONE) return 0;
    Text text = json_bytes(&reading->json, token);
    return (int)strtol(arena_copy(&reading->arena, text.at, text.length), NULL, 10);
}

bool bool_field(Reading *reading, uint32_t object, const char *name) {
    uint32_t token = field(reading, object, name);
    if (token == JSON_NONE) return false;
    JsonType type = json_type(&reading->json, token);
    if (type != JSON_TRUE && type != JSON_FALSE) fault(reading, "field \"%s\" is no truth", name);
    return type == JSON_TRUE;
}

bool is_hash(Text bytes, const Hash *hash) {
    return text_equal(bytes, hash_text(hash));
}

// --- files ---

typedef struct Files {
    char *paths[FILES_MAX];
    unsigned count;
} Files;

static bool collect(const char *folder, Files *files, int depth) {
    DIR *entries = opendir(folder);
    if (!entries) return false;
    for (struct dirent *entry; (entry = readdir(entries)) && depth < 16;) {
        if (entry->d_name[0] == '.') continue;
        char path[PATH_BYTES];
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
            continue;
        struct stat about;
        if (stat(path, &about) != 0) continue;
        if (S_ISDIR(about.st_mode))
            collect(path, files, depth + 1);
        else if (files->count < FILES_MAX)
            files->paths[files->count++] = strdup(path);
    }
    closedir(entries);
    return true;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *bytes = NULL;
    if (fseek(file, 0, SEEK_END) == 0 && ftell(file) >= 0) {
        size_t size = (size_t)ftell(file);
        rewind(file);
        bytes = malloc(size + 1);
        if (bytes && fread(bytes, 1, size, file) != size) {
            free(bytes);
            bytes = NULL;
        }
        *length = size;
    }
    fclose(file);
    return bytes;
}

// "merkle/trees.json": the last two parts of a path.
static const char *last_two(const char *path) {
    const char *name = path, *before = path;
    for (const char *at = path; *at; at++)
        if (*at == '/') {
            before = name;
            name = at + 1;
        }
    return before;
}

static FileReader *reader_for(const char *name) {
    for (size_t i = 0; i < sizeof READERS / sizeof *READERS; i++)
        if (strcmp(READERS[i].name, name) == 0) return READERS[i].read;
    return NULL;
}

static void run_file(const char *path, unsigned *cases, unsigned *failed) {
    const char *name = last_two(path);
    FileReader *read = reader_for(name);
    if (!read) {
        size_t length = strlen(name);
        if (length < 3 || strcmp(name + length - 3, ".md") != 0)
            printf("skip %s: no reader yet\n", name);
        return;
    }
    Reading reading = {0};
    char *bytes = read_file(path, &reading.bytes.length);
    reading.bytes.at = bytes;
    arena_init(&reading.arena, (size_t)1 << 28);
    json_init(&reading.json, 1u << 24);
    if (bytes)
        read(&reading);
    else
        fault(&reading, "cannot be read");
    if (reading.cases == 0) fault(&reading, "holds no case");
    json_done(&reading.json);
    arena_done(&reading.arena);
    free(bytes);
    if (reading.failed == 0)
        printf("ok %s %u cases%s\n", name, reading.cases, reading.remark);
    else
        printf("FAIL %s %u of %u cases, first: %s\n", name, reading.failed, reading.cases,
               reading.failure);
    *cases += reading.cases;
    *failed += reading.failed;
}

int main(int count, char **words) {
    if (count != 2) {
        fprintf(stderr, "usage: vectors DIR\n");
        return 2;
    }
    static Files files;
    char *root = realpath(words[1], NULL);
    if (!root || !collect(root, &files, 0)) {
        fprintf(stderr, "vectors: no folder \"%s\"\n", words[1]);
        free(root);
        return 2;
    }
    qsort(files.paths, files.count, sizeof *files.paths, by_name);
    unsigned cases = 0, failed = 0;
    for (unsigned i = 0; i < files.count; i++) {
        run_file(files.paths[i], &cases, &failed);
        free(files.paths[i]);
    }
    free(root);
    printf("%u vectors, %u failed\n", cases, failed);
    return failed > 0 || cases == 0;
}
