#include "cli/validate_cases.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "cli/case.h"
#include "cli/case_balance.h"
#include "cli/case_bilinear.h"
#include "cli/case_gross.h"
#include "cli/case_network.h"
#include "cli/case_origin.h"
#include "cli/case_scale.h"
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_MAX_BYTES = 640, PATH_BYTES_MAX = 4096, CASE_TOKENS_MAX = 8000000 };
#define CASE_BYTES_MAX ((size_t)64 << 20)
#define CASE_ARENA_MAX ((size_t)1 << 30)

static const CaseKind *const KINDS[] = {CASE_KINDS_BALANCE, CASE_KINDS_NETWORK,  CASE_KINDS_GROSS,
                                        CASE_KINDS_ORIGIN,  CASE_KINDS_BILINEAR, CASE_KINDS_SCALE};

typedef struct Validation {
    ValidateSink sink;
    void *context;
    ValidateTotals *totals;
    bool table;
    Json json;
    Arena arena;
    Buffer bytes;
} Validation;

static void say(Validation *v, const char *format, ...) PRINTF_LIKE(2, 3);
static void say(Validation *v, const char *format, ...) {
    char line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    v->sink(v->context, line);
}

static void say_failed(Validation *v, const char *id, const Status *why) {
    v->totals->failed++;
    say(v, "FAIL %s -: %s%s%s%s%s", id, why->message, why->where[0] ? " at " : "", why->where,
        why->hint[0] ? "; " : "", why->hint);
}

static bool read_file(Validation *v, const char *path, Status *status) {
    buffer_reset(&v->bytes);
    FILE *file = fopen(path, "rb");
    if (!file) {
        return status_set(status, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                          "could not open case \"%s\": %s", path, strerror(errno));
    }
    char chunk[16384];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        if (!buffer_bytes(&v->bytes, chunk, got)) break;
    }
    bool broken = ferror(file) != 0;
    fclose(file);
    if (broken) return status_set(status, STATUS_IO, "could not read case \"%s\"", path);
    if (v->bytes.failed) {
        return status_set(status, STATUS_LIMIT, "case \"%s\" is larger than %zu bytes", path,
                          CASE_BYTES_MAX);
    }
    return true;
}

static const CaseKind *kind_find(const Json *json, uint32_t token) {
    for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++) {
        for (const CaseKind *kind = KINDS[k]; kind->name; kind++) {
            if (json_text_is(json, token, text_of(kind->name))) return kind;
        }
    }
    return NULL;
}

// Sets up a case whose file has been read; false when it is none.
static bool case_open(Validation *v, Case *c, const CaseKind **kind, Status *status) {
    Json *json = &v->json;
    *c = (Case){.json = json, .arena = &v->arena, .status = status, .rel = 1e-9};
    uint32_t name;
    if (json_type(json, 0) != JSON_OBJECT) {
        return status_set(status, STATUS_INVALID, "not a case: %s",
                          json_type_name(json_type(json, 0)));
    }
    if (!case_member(c, 0, "kind", JSON_STRING, &name)) return false;
    *kind = kind_find(json, name);
    if (!*kind) {
        return status_set(status, STATUS_UNSUPPORTED, "kind %.*s is not served",
                          TEXT_ARG(json_bytes(json, name)));
    }
    if (!case_member(c, 0, "input", JSON_OBJECT, &c->input)) return false;
    c->expected = json_member(json, 0, TEXT("expected"));
    if (c->expected == JSON_NONE) {
        return status_set(status, STATUS_INVALID, "member \"expected\" is missing");
    }
    c->tolerance = json_member(json, 0, TEXT("tolerance"));
    if (c->tolerance != JSON_NONE) {
        if (case_has(c, c->tolerance, "rel") && !case_number(c, c->tolerance, "rel", &c->rel)) {
            return false;
        }
        if (case_has(c, c->tolerance, "abs") && !case_number(c, c->tolerance, "abs", &c->abs)) {
            return false;
        }
    }
    c->visited = arena_take_zero(&v->arena, json->count, sizeof *c->visited);
    return c->visited != NULL || status_no_memory(status);
}

// Where a case's figures are from, in words that a cell of a table may hold.
static void source_of(const Case *c, char out[200]) {
    uint32_t source = json_member(c->json, 0, TEXT("source"));
    uint32_t ref = source == JSON_NONE || json_type(c->json, source) != JSON_OBJECT
                       ? source
                       : json_member(c->json, source, TEXT("ref"));
    Text text = {"", 0};
    Status ignored;
    if (ref == JSON_NONE || json_type(c->json, ref) != JSON_STRING ||
        !json_text(c->json, ref, c->arena, &text, &ignored))
        text = TEXT("");
    size_t length = 0;
    for (size_t i = 0; i < text.length && length + 4 < 200; i++) {
        char one = text.at[i];
        // Not in the middle of a character, and nothing that ends a cell.
        if (length > 150 && ((uint8_t)one & 0xC0) != 0x80) break;
        out[length++] = one == '|' || one == '\n' ? ' ' : one;
    }
    out[length] = '\0';
    if (length && length < text.length) strcat(out, "...");
}

static void say_row(Validation *v, const char *id, const Case *c) {
    char source[200];
    source_of(c, source);
    Text kind = json_bytes(c->json, json_member(c->json, 0, TEXT("kind")));
    say(v, "| `%s` | %.*s | %s | `%s` | %.10g | %.10g | %s%.1e |", id, (int)kind.length - 2,
        kind.at + 1, source, c->figure[0] ? c->figure + strlen("/expected") : "", c->figure_wanted,
        c->figure_ours, c->failed ? "**fails** " : "", c->worst);
}

static void run_case(Validation *v, const char *path) {
    v->totals->cases++;
    arena_reset(&v->arena);
    const char *slash = strrchr(path, '/'), *file_name = slash ? slash + 1 : path;
    Status status;
    status_clear(&status);
    if (!read_file(v, path, &status) || !json_read(&v->json, buffer_view(&v->bytes), &status)) {
        say_failed(v, file_name, &status);
        return;
    }
    char id[160];
    uint32_t token = json_member(&v->json, 0, TEXT("id"));
    Text text;
    if (token != JSON_NONE && json_type(&v->json, token) == JSON_STRING &&
        json_text(&v->json, token, &v->arena, &text, &status) && utf8_is_valid(text)) {
        snprintf(id, sizeof id, "%.*s", TEXT_ARG(text));
    } else {
        snprintf(id, sizeof id, "%s", file_name);
    }
    for (char *p = id; *p; p++) {
        if ((unsigned char)*p < 0x21 || *p == 0x7F) *p = '_';
    }
    Case c;
    const CaseKind *kind = NULL;
    char folder[PATH_BYTES_MAX] = ".";
    if (slash && (size_t)(slash - path) < sizeof folder)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    bool opened = case_open(v, &c, &kind, &status);
    c.folder = folder;
    if (!opened || !kind->run(&c)) {
        say_failed(v, id, &status);
        return;
    }
    check_all_visited(&c);
    if (v->table) {
        v->totals->failed += c.failed;
        say_row(v, id, &c);
    } else if (c.failed) {
        v->totals->failed++;
        say(v, "FAIL %s %.2g: %s", id, c.worst, c.reason);
    } else {
        say(v, "ok %s %.2g", id, c.worst);
    }
}

static int is_case_name(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 5 && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + length - 5, ".json") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool run_path(Validation *v, const char *path, Status *status) {
    struct stat about;
    if (stat(path, &about) != 0) {
        return status_set(status, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                          "could not read \"%s\": %s", path, strerror(errno)) ||
               status_hint(status, "name a case or a folder of cases");
    }
    if (!S_ISDIR(about.st_mode)) {
        run_case(v, path);
        return true;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, is_case_name, by_bytes);
    if (count < 0) {
        return status_set(status, STATUS_IO, "could not list \"%s\": %s", path, strerror(errno));
    }
    bool ok = count > 0;
    if (!ok) {
        status_set(status, STATUS_NOT_FOUND, "no case in \"%s\"", path);
        status_hint(status, "the name of a case ends in .json");
    }
    for (int i = 0; i < count; i++) {
        char file[PATH_BYTES_MAX];
        int length = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (length < 0 || (size_t)length >= sizeof file) {
            ok = status_set(status, STATUS_LIMIT, "path \"%.200s...\" is too long", path);
        } else if (ok) {
            run_case(v, file);
        }
        free(entries[i]); // scandir's own memory
    }
    free(entries);
    return ok;
}

bool validate_paths(const char *const *paths, size_t count, bool table, ValidateSink sink,
                    void *context, ValidateTotals *totals, Status *status) {
    *totals = (ValidateTotals){0, 0};
    Validation v = {.sink = sink, .context = context, .totals = totals, .table = table};
    json_init(&v.json, CASE_TOKENS_MAX);
    arena_init(&v.arena, CASE_ARENA_MAX);
    buffer_init(&v.bytes, CASE_BYTES_MAX);
    bool ok = true;
    if (table) {
        say(&v, "| case | kind | source | figure | expected | ours | largest difference of all |");
        say(&v, "| --- | --- | --- | --- | --- | --- | --- |");
    }
    for (size_t i = 0; ok && i < count; i++)
        ok = run_path(&v, paths[i], status);
    if (ok && table) say(&v, "%s", "");
    if (ok) say(&v, "%zu cases, %zu failed", totals->cases, totals->failed);
    buffer_done(&v.bytes);
    arena_done(&v.arena);
    json_done(&v.json);
    return ok;
}
