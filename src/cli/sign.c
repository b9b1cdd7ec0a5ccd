// ytterby sign: signs events with a party's own key, one by one or as a batch. The key lies in a
// file of its own, 0600, as one line: ytterby/signing-key/1, a blank, the seed in 64 hexadecimal
// digits. Whoever holds the file is the party; it never goes to the server.
#include "cli/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "cli/command.h"
#include "cli/file.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "keeper/read.h"
#include "log/signature.h"

#define KEY_FORM "ytterby/signing-key/1 "
enum { KEY_FILE_MAX = 256, BATCH_MAX = 100000 };

int signing_key_new(void) {
    const char *path = option_value("out");
    if (!path) return usage_error("--signing needs --out FILE: the key is kept there");
    Status status;
    status_clear(&status);
    uint8_t seed[32], public_key[32];
    char line[KEY_FILE_MAX], hex[65], name[65];
    if (!keeper_key_new(seed, public_key, &status)) return complain(&status);
    hex_write(seed, 32, hex);
    int length = snprintf(line, sizeof line, KEY_FORM "%s\n", hex);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool well = file >= 0 && write(file, line, (size_t)length) == length && fsync(file) == 0;
    int why = errno;
    if (file >= 0 && close(file) != 0) well = false;
    if (file >= 0 && !well) unlink(path);
    secret_wipe(seed, sizeof seed);
    secret_wipe(line, sizeof line);
    secret_wipe(hex, sizeof hex);
    if (!well) {
        status_set(&status, STATUS_IO, "could not write the key to \"%s\": %s", path,
                   strerror(why));
        if (why == EEXIST) status_hint(&status, "a key is never written over: choose a new name");
        return complain(&status);
    }
    hex_write(public_key, 32, hex);
    Hash hash = signature_key(public_key);
    hex_write(hash.bytes, 32, name);
    if (option_json())
        out_format("{\"key\":\"%s\",\"hash\":\"%s\",\"file\":\"%s\"}\n", hex, name, path);
    else
        out_format("%s\n", hex);
    return EXIT_WELL;
}

static bool read_key(const char *path, uint8_t seed[32], Status *status) {
    struct stat about;
    Buffer text;
    buffer_init(&text, KEY_FILE_MAX);
    bool well = file_read(path, &text, status);
    if (well && stat(path, &about) == 0 && (about.st_mode & 077)) {
        well = status_set(status, STATUS_DENIED, "others may read the key in \"%s\"", path);
        status_hint(status, "chmod 600 %s", path);
    } else if (well) {
        Text line = buffer_view(&text);
        while (line.length && (uint8_t)line.at[line.length - 1] <= ' ')
            line.length--;
        size_t form = sizeof KEY_FORM - 1;
        well = text_begins(line, TEXT(KEY_FORM)) &&
               hex_read((Text){line.at + form, line.length - form}, seed, 32);
        if (!well) {
            status_set(status, STATUS_INVALID, "\"%s\" holds no signing key", path);
            status_hint(status, "make one with \"ytterby key new --signing --out FILE\"");
        }
    }
    if (text.bytes) secret_wipe(text.bytes, text.length);
    buffer_done(&text);
    return well;
}

// The origin that the signatures are for.
static bool read_origin(char origin[256], Status *status) {
    const char *said = option_value("origin");
    if (said) {
        snprintf(origin, 256, "%s", said);
        return true;
    }
    Keeper *keeper = keeper_open_reader(option_db(), NULL, status);
    if (!keeper) return false;
    ReadMark mark;
    Text text = book_origin(read_begin(keeper, &mark));
    snprintf(origin, 256, "%.*s", TEXT_ARG(text));
    read_end(keeper);
    return keeper_close(keeper, status);
}

typedef struct Signing {
    uint8_t seed[32];
    char origin[256];
    Arena arena;  // of the events
    Text *events; // BATCH_MAX
    size_t count;
    Tree *tree; // of a batch
} Signing;

static bool take_event(Signing *signing, const char *path, Text line, unsigned long number,
                       Status *status) {
    EventLine read;
    Event event;
    bool well = event_line_read(line, &signing->arena, &read, status);
    if (well && read.form != LINE_PLAIN) {
        well = status_set(status, STATUS_INVALID, "events to be signed stand alone on their lines");
        status_hint(status, "give the events themselves, without an envelope");
    }
    // What would be refused as malformed is told before it is signed.
    if (well) well = event_decode(read.event, &signing->arena, &event, status);
    if (well && signing->count == BATCH_MAX)
        well = status_set(status, STATUS_LIMIT, "at most %d events at once", BATCH_MAX);
    char *copy = well ? arena_copy(&signing->arena, read.event.at, read.event.length) : NULL;
    if (well && !copy) well = status_no_memory(status);
    if (!well) {
        char where[sizeof status->where];
        snprintf(where, sizeof where, "%s", status->where);
        return status_where(status, "%s, line %lu%s%s", path, number, where[0] ? ", " : "", where);
    }
    signing->events[signing->count++] = (Text){copy, read.event.length};
    return true;
}

static bool take_file(Signing *signing, const char *path, Status *status) {
    LineReader lines;
    if (!lines_open(&lines, path, EVENT_BYTES_LARGE_MAX + 64, status)) return false;
    Text line;
    bool well = true;
    while (well && lines_next(&lines, &line, status))
        if (line.length) well = take_event(signing, path, line, lines.number, status);
    if (well && status->code != STATUS_OK) well = false;
    lines_close(&lines);
    return well;
}

static bool put_line(Text event, const Signature *signature, Buffer *out, Status *status) {
    EventLine line = {.form = LINE_SIGNED,
                      .event = event,
                      .in_batch = signature->kind == SIGNATURE_BATCH,
                      .index = signature->index,
                      .size = signature->size,
                      .path_count = signature->path.count};
    memcpy(line.key, signature->key.bytes, sizeof line.key);
    memcpy(line.signature, signature->bytes, sizeof line.signature);
    line.path = signature->path.count ? signature->path.hashes[0].bytes : line.key;
    buffer_reset(out);
    if (!event_line_write(&line, out)) return status_no_memory(status);
    out_text(buffer_view(out));
    return true;
}

static bool sign_all(Signing *signing, bool batch, Status *status) {
    Text origin = text_of(signing->origin);
    Signature signature = {.kind = SIGNATURE_NONE};
    bool well = true;
    if (batch && signing->count) {
        signing->tree = tree_new(status);
        well = signing->tree && tree_reserve(signing->tree, (uint32_t)signing->count, status);
        for (size_t i = 0; well && i < signing->count; i++) {
            Hash leaf = tree_leaf_hash(signing->events[i]);
            tree_append(signing->tree, &leaf);
        }
        well = well &&
               signature_sign_batch(signing->seed, origin, signing->tree, 0, &signature, status);
    }
    Buffer out;
    buffer_init(&out, (size_t)16 << 20);
    for (size_t i = 0; well && i < signing->count; i++) {
        well = (batch ? signature_place(&signature, signing->tree, (uint32_t)i, status)
                      : signature_sign(signing->seed, origin, signing->events[i], &signature,
                                       status)) &&
               put_line(signing->events[i], &signature, &out, status);
    }
    buffer_done(&out);
    return well;
}

COMMAND(sign) {
    const char *key = option_value("key");
    if (!key) return usage_error("whose signature? Say --key FILE");
    if (word_count() == 0) return usage_error("which events? Name a file, or - for standard input");
    Status status;
    status_clear(&status);
    Signing signing = {.count = 0};
    arena_init(&signing.arena, (size_t)1 << 30);
    signing.events = arena_take(&signing.arena, BATCH_MAX * sizeof *signing.events);
    bool well = signing.events
                    ? read_key(key, signing.seed, &status) && read_origin(signing.origin, &status)
                    : status_no_memory(&status);
    for (size_t i = 0; well && i < word_count(); i++)
        well = take_file(&signing, word_at(i), &status);
    if (well) well = sign_all(&signing, option_given("batch"), &status);
    secret_wipe(signing.seed, sizeof signing.seed);
    tree_free(signing.tree);
    arena_done(&signing.arena);
    return well ? EXIT_WELL : complain(&status);
}
