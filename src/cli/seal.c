// ytterby seal, unseal: sealed parts. `seal new` draws a salt for each file and keeps salt and
// bytes together in DIR, under the hash that the event will name; `seal lines` puts them around the
// events that name them; `unseal` takes one out of a book again.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "access/parts.h"
#include "base/arena.h"
#include "base/encode.h"
#include "cli/command.h"
#include "cli/file.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "log/record.h"

enum { PATH_MOST = 4096 };

static bool path_of(const char *folder, const char *hash, char path[PATH_MOST], Status *status) {
    int length = snprintf(path, PATH_MOST, "%s/%s", folder, hash);
    return (length > 0 && length < PATH_MOST) ||
           status_set(status, STATUS_INVALID, "the folder's name is too long");
}

// ---- New parts ----

static bool seal_one(const char *path, PartClass class_number, const char *folder, Status *status) {
    Buffer part;
    buffer_init(&part, LINE_SEALED_BYTES_MAX + SALT_BYTES);
    uint8_t salt[SALT_BYTES];
    bool well = getrandom(salt, sizeof salt, 0) == sizeof salt ||
                status_set(status, STATUS_IO, "the system gives no random bytes");
    well = well && (buffer_bytes(&part, salt, sizeof salt) || status_no_memory(status)) &&
           file_read(path, &part, status);
    char hash[65], place[PATH_MOST];
    if (well) {
        Text bytes = {(const char *)part.bytes + SALT_BYTES, part.length - SALT_BYTES};
        Hash commitment = sealed_commitment(salt, (uint8_t)class_number, bytes);
        hex_write(commitment.bytes, 32, hash);
        well =
            path_of(folder, hash, place, status) && file_write(place, buffer_view(&part), status);
    }
    buffer_done(&part);
    if (well)
        out_format("{\"class\":\"%s\",\"hash\":\"%s\"}\n", part_class_words[class_number], hash);
    return well;
}

static int seal_new(const char *folder) {
    const char *word = option_value("class");
    if (!word) return usage_error("which class? Say --class, such as --class personal");
    const char *words[PART_CLASSES + 1] = {NULL};
    for (int i = 0; i < PART_CLASSES; i++)
        words[i] = part_class_words[i];
    int known = word_known("class", word, words);
    if (known) return known;
    PartClass class_number = PART_OPEN;
    while (strcmp(part_class_words[class_number], word) != 0)
        class_number++;
    Status status;
    status_clear(&status);
    for (size_t i = 1; i < word_count(); i++)
        if (!seal_one(word_at(i), class_number, folder, &status)) return complain(&status);
    return EXIT_WELL;
}

// ---- Lines that carry them ----

// The parts of the event that lie in the folder. A part that does not lie there is not sent.
static bool find_parts(const Event *event, const char *folder, Arena *arena, EventLine *line,
                       Status *status) {
    uint32_t named = event_part_count(event);
    LinePart *parts = arena_take_zero(arena, named + 1, sizeof *parts);
    if (!parts) return status_no_memory(status);
    line->parts = parts;
    for (uint32_t i = 0; i < named; i++) {
        char hash[65], place[PATH_MOST];
        snprintf(hash, sizeof hash, "%.*s", TEXT_ARG(event_part(event, i)->hash));
        if (!path_of(folder, hash, place, status)) return false;
        if (access(place, F_OK) != 0) continue;
        Buffer bytes;
        buffer_init(&bytes, LINE_SEALED_BYTES_MAX + SALT_BYTES);
        bool well = file_read(place, &bytes, status);
        if (well && bytes.length < SALT_BYTES)
            well = status_set(status, STATUS_INVALID, "\"%s\" is no sealed part", place);
        LinePart *part = &parts[line->line_part_count];
        size_t length = bytes.length;
        char *copy = well ? arena_copy(arena, bytes.bytes, length) : NULL;
        buffer_done(&bytes);
        if (!well) return false;
        if (!copy || !hex_read(text_of(hash), part->hash, 32)) return status_no_memory(status);
        memcpy(part->salt, copy, SALT_BYTES);
        part->bytes = (Text){copy + SALT_BYTES, length - SALT_BYTES};
        line->line_part_count++;
    }
    return true;
}

static bool seal_line(Text text, const char *folder, Arena *arena, Buffer *out, Status *status) {
    EventLine line;
    Event event;
    if (!event_line_read(text, arena, &line, status)) return false;
    if (line.form != LINE_PLAIN && line.form != LINE_SIGNED) {
        status_set(status, STATUS_INVALID, "neither an event nor a signed line stands here");
        return status_hint(status, "sign first, then seal");
    }
    if (!event_decode(line.event, arena, &event, status) ||
        !find_parts(&event, folder, arena, &line, status))
        return false;
    if (line.form == LINE_PLAIN && line.line_part_count) line.form = LINE_SEALED;
    buffer_reset(out);
    if (!event_line_write(&line, out)) return status_no_memory(status);
    out_text(buffer_view(out));
    return true;
}

static bool seal_file(const char *path, const char *folder, Status *status) {
    LineReader lines;
    if (!lines_open(&lines, path, LINE_BYTES_MAX, status)) return false;
    Arena arena;
    arena_init(&arena, (size_t)512 << 20);
    Buffer out;
    buffer_init(&out, (size_t)256 << 20);
    Text text;
    bool well = true;
    while (well && lines_next(&lines, &text, status)) {
        arena_reset(&arena);
        if (text.length) well = seal_line(text, folder, &arena, &out, status);
        if (!well) {
            char where[sizeof status->where];
            snprintf(where, sizeof where, "%s", status->where);
            status_where(status, "%s, line %lu%s%s", path, lines.number, where[0] ? ", " : "",
                         where);
        }
    }
    if (well && status->code != STATUS_OK) well = false;
    buffer_done(&out);
    arena_done(&arena);
    lines_close(&lines);
    return well;
}

COMMAND(seal) {
    static const char *const doings[] = {"new", "lines", NULL};
    const char *folder = option_value("parts"), *doing = word_at(0);
    if (!doing) return usage_error("say \"seal new\" or \"seal lines\"");
    int known = word_known("seal", doing, doings);
    if (known) return known;
    if (!folder) return usage_error("where do the parts lie? Say --parts DIR");
    if (word_count() < 2) return usage_error("which files?");
    if (strcmp(doing, "new") == 0) return seal_new(folder);
    Status status;
    status_clear(&status);
    for (size_t i = 1; i < word_count(); i++)
        if (!seal_file(word_at(i), folder, &status)) return complain(&status);
    return EXIT_WELL;
}

COMMAND(unseal) {
    if (word_count() != 1) return usage_error("which part? Name it by its hash");
    Status status;
    status_clear(&status);
    Keeper *keeper = keeper_open_reader(option_db(), NULL, &status);
    if (!keeper) return complain(&status);
    Access *access = access_open(keeper, &status);
    View view = view_operator(keeper);
    Buffer bytes;
    buffer_init(&bytes, LINE_SEALED_BYTES_MAX + SALT_BYTES);
    bool well = access && access_part(access, &view, text_of(word_at(0)), &bytes, &status);
    const char *path = option_value("out");
    if (well && path)
        well = file_write(path, buffer_view(&bytes), &status);
    else if (well)
        out_text(buffer_view(&bytes));
    buffer_done(&bytes);
    access_close(access);
    Status closing;
    status_clear(&closing);
    if (!keeper_close(keeper, &closing) && well) {
        status = closing;
        well = false;
    }
    return well ? EXIT_WELL : complain(&status);
}
