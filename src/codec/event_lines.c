#include "codec/event_lines.h"
#include "base/encode.h"
#include "codec/event_value.h"
#include "codec/json_write.h"
#include <stdio.h>

enum { LINE_TOKENS_MAX = 1 << 19 };

bool event_lines_next(Text *rest, Text *line, unsigned long *number) {
    while (rest->length > 0) {
        const char *lf = memchr(rest->at, '\n', rest->length);
        size_t length = lf ? (size_t)(lf - rest->at) : rest->length;
        *line = (Text){rest->at, length};
        size_t step = length + (lf != NULL);
        rest->at += step;
        rest->length -= step;
        ++*number;
        if (line->length > 0 && line->at[line->length - 1] == '\r') line->length--;
        for (size_t i = 0; i < line->length; i++) {
            if (line->at[i] != ' ' && line->at[i] != '\t') return true;
        }
    }
    return false;
}

// --- types of values ----------------------------------------------------------------------------

static bool take_string(Decoder *d, uint32_t token, const char *what, Text *out) {
    if (json_type(&d->json, token) != JSON_STRING) return fail_type(d, token, what);
    return json_text(&d->json, token, d->arena, out, d->status) || fail_here(d, token);
}

static bool take_instant(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    if (!take_string(d, token, "a time", &text)) return false;
    return instant_read(text, at) ||
           fail_value(d, token, "RFC 3339 with an offset, such as \"2026-01-31T08:00:00Z\"",
                      "%.*s is not a time with its offset", TEXT_ARG(shown(d, token)));
}

static bool take_principal(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text, role, rest, party, name;
    if (!take_string(d, token, "ROLE/PARTY/NAME", &text)) return false;
    bool good = text.length <= LINE_PRINCIPAL_BYTES_MAX && text_split(text, '/', &role, &rest) &&
                text_split(rest, '/', &party, &name) && id_is_valid(role) &&
                party_id_is_valid(party) && id_is_valid(name);
    if (!good) {
        return fail_value(d, token, "ROLE/PARTY/NAME, such as \"operator/REGULATOR/cli\"",
                          "%.*s is not a principal", TEXT_ARG(shown(d, token)));
    }
    *(Text *)at = text;
    return true;
}

// A whole number token up to `most`.
static bool take_number(Decoder *d, uint32_t token, uint64_t most, uint64_t *value) {
    if (json_type(&d->json, token) != JSON_NUMBER) return fail_type(d, token, "a whole number");
    Text digits = json_bytes(&d->json, token);
    uint64_t read = 0;
    bool good = digits.length <= 20;
    for (size_t i = 0; i < digits.length && good; i++) {
        uint64_t digit = (uint64_t)(digits.at[i] - '0');
        good = digit <= 9 && !__builtin_mul_overflow(read, (uint64_t)10, &read) &&
               !__builtin_add_overflow(read, digit, &read) && read <= most;
    }
    *value = read;
    if (good) return true;
    char hint[64];
    snprintf(hint, sizeof hint, "a whole number up to %llu", (unsigned long long)most);
    return fail_value(d, token, hint, "%.*s is out of range", TEXT_ARG(shown(d, token)));
}

static bool take_u64(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_number(d, token, INT64_MAX, at);
}

static bool take_u32(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    uint64_t value;
    if (!take_number(d, token, UINT32_MAX, &value)) return false;
    *(uint32_t *)at = (uint32_t)value;
    return true;
}

static bool take_u16(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    uint64_t value;
    if (!take_number(d, token, UINT16_MAX, &value)) return false;
    *(uint16_t *)at = (uint16_t)value;
    return true;
}

static bool take_key(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    Text text;
    if (!take_string(d, token, "a key's hash in double quotes", &text)) return false;
    return hex_read(text, at, 32) ||
           fail_value(d, token, "64 lower-case hexadecimal digits", "%.*s is not a key's hash",
                      TEXT_ARG(shown(d, token)));
}

// Bytes in base64, into the arena.
static bool take_base64(Decoder *d, uint32_t token, size_t most, Text *bytes) {
    Text text;
    if (!take_string(d, token, "base64 in double quotes", &text)) return false;
    Buffer buffer;
    buffer_init(&buffer, most + 3);
    bool good = base64_read(text, &buffer) && buffer.length <= most;
    bool no_memory = buffer.failed && !buffer.over;
    if (good) {
        char *copy = arena_copy(d->arena, buffer.bytes, buffer.length);
        if (copy)
            *bytes = (Text){copy, buffer.length};
        else
            good = false, no_memory = true;
    }
    buffer_done(&buffer);
    if (good) return true;
    if (no_memory) return status_no_memory(d->status);
    char hint[96];
    snprintf(hint, sizeof hint, "base64 with padding of at most %zu bytes", most);
    return fail_value(d, token, hint, "not base64, or too long");
}

static bool take_exact(Decoder *d, uint32_t token, size_t length, void *at) {
    Text bytes;
    if (!take_base64(d, token, length, &bytes)) return false;
    if (bytes.length != length) {
        char hint[64];
        snprintf(hint, sizeof hint, "base64 of %zu bytes", length);
        return fail_value(d, token, hint, "%zu bytes stand here", bytes.length);
    }
    memcpy(at, bytes.at, length);
    return true;
}

static bool take_signature(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_exact(d, token, 64, at);
}

static bool take_salts(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    if (json_type(&d->json, token) != JSON_ARRAY || json_count(&d->json, token) != 2) {
        return fail_type(d, token, "the event's salt and the decision's");
    }
    uint32_t first = json_begin(token);
    return take_exact(d, first, 16, at) &&
           take_exact(d, json_next(&d->json, first), 16, (uint8_t *)at + 16);
}

static bool take_path(Decoder *d, uint32_t token, const Member *m, void *at) {
    EventLine *line = (EventLine *)(void *)((char *)at - m->at);
    if (json_type(&d->json, token) != JSON_ARRAY) return fail_type(d, token, "a list of hashes");
    uint32_t count = json_count(&d->json, token);
    if (count > LINE_PATH_MAX)
        return fail_value(d, token, "at most 32", "a path of %u hashes", count);
    uint8_t *hashes = arena_take(d->arena, (size_t)count * 32 + 1);
    if (!hashes) return status_no_memory(d->status);
    line->path = hashes;
    line->path_count = count;
    for (uint32_t i = json_begin(token); i != json_end(&d->json, token);
         i = json_next(&d->json, i)) {
        if (!take_exact(d, i, 32, hashes)) return false;
        hashes += 32;
    }
    return true;
}

static bool take_decision(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_base64(d, token, LINE_DECISION_BYTES_MAX, at);
}

static bool take_bytes(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_base64(d, token, LINE_DECISION_BYTES_MAX, at);
}

static bool take_sealed(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_base64(d, token, LINE_SEALED_BYTES_MAX, at);
}

static bool take_salt(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_exact(d, token, 16, at);
}

static bool take_note(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    return take_string(d, token, "a signed note", at);
}

static bool take_event(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)m;
    if (json_type(&d->json, token) != JSON_OBJECT)
        return fail_type(d, token, "an event: an object");
    *(Text *)at = json_bytes(&d->json, token);
    return true;
}

// The form was read before: it chose the shape.
static bool take_form(Decoder *d, uint32_t token, const Member *m, void *at) {
    (void)d, (void)token, (void)m, (void)at;
    return true;
}

static const ValueType t_form = {NULL, take_form, NULL}, t_event = {NULL, take_event, NULL},
                       t_instant = {NULL, take_instant, NULL},
                       t_principal = {NULL, take_principal, NULL}, t_u64 = {NULL, take_u64, NULL},
                       t_u32 = {NULL, take_u32, NULL}, t_u16 = {NULL, take_u16, NULL},
                       t_key = {NULL, take_key, NULL}, t_signature = {NULL, take_signature, NULL},
                       t_salts = {NULL, take_salts, NULL}, t_path = {NULL, take_path, NULL},
                       t_sealed = {NULL, take_sealed, NULL}, t_salt = {NULL, take_salt, NULL},
                       t_decision = {NULL, take_decision, NULL}, t_note = {NULL, take_note, NULL},
                       t_bytes = {NULL, take_bytes, NULL};

// --- forms --------------------------------------------------------------------------------------

#define MEMBER(name, type, field, flag, required)                                                  \
    { TEXT_OF(name), &type, NULL, offsetof(EventLine, field), flag, required, false }
#define HAS(field) offsetof(EventLine, field)
#define FORM       MEMBER("ytterby", t_form, form, NO_FLAG, true)
#define EVENT      MEMBER("event", t_event, event, NO_FLAG, true)

static const Member line_part_members[] = {
    {TEXT_OF("hash"), &t_key, NULL, offsetof(LinePart, hash), NO_FLAG, true, false},
    {TEXT_OF("salt"), &t_salt, NULL, offsetof(LinePart, salt), NO_FLAG, true, false},
    {TEXT_OF("bytes"), &t_sealed, NULL, offsetof(LinePart, bytes), NO_FLAG, true, false},
};
static const Shape line_part = {
    "a sealed part", line_part_members, 3, sizeof(LinePart), NULL, NULL};
_Static_assert(offsetof(EventLine, line_part_count) == offsetof(EventLine, parts) + sizeof(void *),
               "a list's number follows it");
#define PARTS(required)                                                                            \
    {                                                                                              \
        TEXT_OF("parts"), &type_list, &line_part, offsetof(EventLine, parts), NO_FLAG, required,   \
            false                                                                                  \
    }

static const Member sealed_members[] = {FORM, PARTS(true), EVENT};
static const Member signed_members[] = {
    FORM,
    MEMBER("key", t_key, key, NO_FLAG, true),
    MEMBER("signature", t_signature, signature, NO_FLAG, true),
    MEMBER("index", t_u32, index, HAS(in_batch), false),
    MEMBER("size", t_u32, size, HAS(in_batch), false),
    MEMBER("path", t_path, path, HAS(in_batch), false),
    PARTS(false),
    EVENT,
};
static const Member event_members[] = {
    FORM,
    MEMBER("recorded", t_instant, recorded, HAS(has_recorded), false),
    MEMBER("by", t_principal, by, NO_FLAG, false),
    EVENT,
};
static const Member record_members[] = {
    FORM,
    MEMBER("seq", t_u64, seq, NO_FLAG, true),
    MEMBER("batch", t_u64, batch, NO_FLAG, true),
    MEMBER("logic", t_u16, logic, NO_FLAG, true),
    MEMBER("flags", t_u16, flags, NO_FLAG, true),
    MEMBER("recorded", t_instant, recorded, HAS(has_recorded), true),
    MEMBER("salts", t_salts, salts, NO_FLAG, true),
    MEMBER("decision", t_decision, decision, NO_FLAG, true),
    EVENT,
};
static const Member checkpoint_members[] = {FORM, MEMBER("note", t_note, note, NO_FLAG, true)};

static const Member part_members[] = {
    FORM,
    MEMBER("hash", t_key, hash, NO_FLAG, true),
    MEMBER("class", t_u16, part_class, NO_FLAG, true),
    MEMBER("bytes", t_bytes, bytes, HAS(has_bytes), false),
};

static bool check_part(Decoder *d, uint32_t token, void *target) {
    const EventLine *line = target;
    return line->part_class <= 255 ||
           fail_value(d, token, "a class from 0 to 255", "the part has class %u", line->part_class);
}

static bool check_signed(Decoder *d, uint32_t token, void *target) {
    const EventLine *line = target;
    if (!line->in_batch) return true;
    if (line->path && line->size > 0 && line->index < line->size) return true;
    return fail_value(d, token, "\"index\" below \"size\", and \"path\"; or none of the three",
                      "the line's place in its batch is not stated");
}

#define COUNT_OF(array) (uint8_t)(sizeof(array) / sizeof *(array))
static const Shape shapes[] = {
    [LINE_SIGNED] = {"signed/1", signed_members, COUNT_OF(signed_members), sizeof(EventLine),
                     check_signed, NULL},
    [LINE_EVENT] = {"event/1", event_members, COUNT_OF(event_members), sizeof(EventLine), NULL,
                    NULL},
    [LINE_RECORD] = {"record/1", record_members, COUNT_OF(record_members), sizeof(EventLine), NULL,
                     NULL},
    [LINE_CHECKPOINT] = {"checkpoint/1", checkpoint_members, COUNT_OF(checkpoint_members),
                         sizeof(EventLine), NULL, NULL},
    [LINE_SEALED] = {"sealed/1", sealed_members, COUNT_OF(sealed_members), sizeof(EventLine), NULL,
                     NULL},
    [LINE_PART] = {"part/1", part_members, COUNT_OF(part_members), sizeof(EventLine), check_part,
                   NULL},
};
static const char *const form_names[] = {"signed/1",     "event/1", "record/1",
                                         "checkpoint/1", "part/1",  "sealed/1"};

// An envelope says so first: {"ytterby":
static bool is_envelope(Text line) {
    if (line.length == 0 || line.at[0] != '{') return false;
    size_t at = 1;
    while (at < line.length && line.at[at] == ' ')
        at++;
    return text_begins((Text){line.at + at, line.length - at}, TEXT("\"ytterby\""));
}

static bool read_envelope(Decoder *d, EventLine *line) {
    uint32_t form = json_begin(0) + 1;
    for (int i = LINE_SIGNED; i <= LINE_SEALED; i++) {
        if (!json_text_is(&d->json, form, text_of(shapes[i].name))) continue;
        line->form = (LineForm)i;
        return take_shape(d, 0, NULL, NULL, &shapes[i], line);
    }
    char hint[256];
    Text given = shown(d, form);
    suggest(hint, sizeof hint, "one of", (Text){given.at + 1, given.length - 1}, form_names,
            COUNT_OF(form_names));
    return fail_value(d, form, hint, "unknown form of line %.*s", TEXT_ARG(given));
}

static Text without_blanks(Text line) {
    while (line.length > 0 && line.at[0] == ' ')
        line.at++, line.length--;
    while (line.length > 0 && line.at[line.length - 1] == ' ')
        line.length--;
    return line;
}

bool event_line_read(Text line, Arena *arena, EventLine *out, Status *status) {
    line = without_blanks(line);
    *out = (EventLine){.form = LINE_PLAIN, .event = line};
    if (!is_envelope(line)) return true;
    if (line.length > LINE_BYTES_MAX) {
        return status_set(status, STATUS_LIMIT, "a line of %zu bytes is too long", line.length);
    }
    JsonToken lent[256];
    Status unasked;
    Decoder d = {.arena = arena, .status = status ? status : &unasked, .insist_member = JSON_NONE};
    json_init_lent(&d.json, LINE_TOKENS_MAX, lent, 256);
    d.json.one_line = true;
    out->event = (Text){line.at, 0};
    bool good = json_read(&d.json, line, d.status) && read_envelope(&d, out);
    json_done(&d.json);
    return good;
}

// --- writing ------------------------------------------------------------------------------------

static void write_base64(JsonWriter *w, const void *bytes, size_t length) {
    // The alphabet needs no escape.
    json_raw(w, TEXT("\""));
    base64_write(w->out, bytes, length);
    buffer_char(w->out, '"');
}

static void write_time(JsonWriter *w, Instant instant) {
    char text[INSTANT_TEXT_MAX];
    json_named_words(w, "recorded", instant_print(instant, text));
}

static void write_signed(JsonWriter *w, const EventLine *line) {
    char key[65];
    hex_write(line->key, 32, key);
    json_named_words(w, "key", key);
    json_key(w, "signature");
    write_base64(w, line->signature, 64);
    if (!line->in_batch) return;
    json_named_u64(w, "index", line->index);
    json_named_u64(w, "size", line->size);
    json_key(w, "path");
    json_array_begin(w);
    for (uint32_t i = 0; i < line->path_count; i++)
        write_base64(w, line->path + (size_t)i * 32, 32);
    json_array_end(w);
}

static void write_record(JsonWriter *w, const EventLine *line) {
    json_named_u64(w, "seq", line->seq);
    json_named_u64(w, "batch", line->batch);
    json_named_u64(w, "logic", line->logic);
    json_named_u64(w, "flags", line->flags);
    write_time(w, line->recorded);
    json_key(w, "salts");
    json_array_begin(w);
    write_base64(w, line->salts[0], 16);
    write_base64(w, line->salts[1], 16);
    json_array_end(w);
    json_key(w, "decision");
    write_base64(w, line->decision.at, line->decision.length);
}

static void write_part(JsonWriter *w, const EventLine *line) {
    char hash[65];
    hex_write(line->hash, 32, hash);
    json_named_words(w, "hash", hash);
    json_named_u64(w, "class", line->part_class);
    if (!line->has_bytes) return;
    json_key(w, "bytes");
    write_base64(w, line->bytes.at, line->bytes.length);
}

static void write_parts(JsonWriter *w, const EventLine *line) {
    if (line->line_part_count == 0) return;
    json_key(w, "parts");
    json_array_begin(w);
    for (uint32_t i = 0; i < line->line_part_count; i++) {
        const LinePart *part = &line->parts[i];
        char hash[65];
        hex_write(part->hash, 32, hash);
        json_object_begin(w);
        json_named_words(w, "hash", hash);
        json_key(w, "salt");
        write_base64(w, part->salt, 16);
        json_key(w, "bytes");
        write_base64(w, part->bytes.at, part->bytes.length);
        json_object_end(w);
    }
    json_array_end(w);
}

bool event_line_write(const EventLine *line, Buffer *out) {
    if (line->form == LINE_PLAIN) {
        buffer_text(out, line->event);
        return buffer_char(out, '\n');
    }
    JsonWriter w = json_writer(out);
    json_object_begin(&w);
    json_named_words(&w, "ytterby", shapes[line->form].name);
    if (line->form == LINE_SIGNED) write_signed(&w, line);
    if (line->form == LINE_SIGNED || line->form == LINE_SEALED) write_parts(&w, line);
    if (line->form == LINE_RECORD) write_record(&w, line);
    if (line->form == LINE_EVENT) {
        if (line->has_recorded) write_time(&w, line->recorded);
        if (line->by.length > 0) json_named_string(&w, "by", line->by);
    }
    if (line->form == LINE_CHECKPOINT) {
        json_named_string(&w, "note", line->note);
    } else if (line->form == LINE_PART) {
        write_part(&w, line);
    } else {
        json_key(&w, "event");
        json_raw(&w, line->event);
    }
    json_object_end(&w);
    return buffer_char(out, '\n') && !out->failed;
}
