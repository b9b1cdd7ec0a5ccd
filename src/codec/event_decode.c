// The tape of codec/json.h, walked by the tables of event_shape.c. An object's members may come in
// any order; those that come in the tables' order are found at the first look.
#include "codec/event_decode.h"
#include "codec/event_shape.h"
#include <stdarg.h>
#include <stdio.h>

enum { TOKENS_LENT = 256, TOKENS_MAX = 1 << 18, NAMES_MAX = 96, NAME_BYTES_MAX = 32 };

// --- errors -------------------------------------------------------------------------------------

bool fail_here(Decoder *d, uint32_t token) {
    char pointer[sizeof d->status->where];
    json_pointer(&d->json, token, pointer, sizeof pointer);
    return status_where(d->status, "%s", pointer);
}

bool fail_value(Decoder *d, uint32_t token, const char *hint, const char *format, ...) {
    char message[sizeof d->status->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    status_set(d->status, STATUS_INVALID, "%s", message);
    status_hint(d->status, "%s", hint);
    return fail_here(d, token);
}

Text shown(const Decoder *d, uint32_t token) {
    Text bytes = json_bytes(&d->json, token);
    if (bytes.length <= 80) return bytes;
    bytes.length = 80;
    while (bytes.length > 0 && ((unsigned char)bytes.at[bytes.length] & 0xC0) == 0x80)
        bytes.length--;
    return bytes;
}

bool fail_type(Decoder *d, uint32_t token, const char *expected) {
    JsonType type = json_type(&d->json, token);
    if (type >= JSON_ARRAY) {
        return fail_value(d, token, expected, "%s stands here", json_type_name(type));
    }
    return fail_value(d, token, expected, "%.*s stands here", TEXT_ARG(shown(d, token)));
}

// How many letters must be changed, added, left out or swapped with their neighbour.
static size_t distance(Text a, Text b) {
    size_t rows[3][NAME_BYTES_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b.length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.length; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t best = last[j - 1] + (a.at[i - 1] != b.at[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1] &&
                before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            now[j] = best;
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[b.length];
}

void suggest(char *hint, size_t size, const char *lead, Text given, const char *const *names,
             size_t count) {
    if (given.length > 0 && given.at[given.length - 1] == '"') given.length--;
    const char *nearest = NULL;
    size_t least = NAME_BYTES_MAX;
    for (size_t i = 0; i < count && given.length <= NAME_BYTES_MAX; i++) {
        Text name = text_of(names[i]);
        if (name.length > NAME_BYTES_MAX) continue;
        size_t far = distance(given, name);
        if (far < least) least = far, nearest = names[i];
    }
    if (nearest && least <= 1 + given.length / 5) {
        snprintf(hint, size, "did you mean \"%s\"?", nearest);
        return;
    }
    size_t length = (size_t)snprintf(hint, size, "%s", lead);
    for (size_t i = 0; i < count && length < size; i++) {
        length += (size_t)snprintf(hint + length, size - length, "%s%s", i ? ", " : " ", names[i]);
    }
}

static bool fail_unknown_member(Decoder *d, uint32_t key, const Shape *common, const Shape *shape) {
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (unsigned i = 0; i < shape->count; i++)
        names[count++] = shape->members[i].name.at;
    for (unsigned i = 0; common && i < common->count; i++)
        names[count++] = common->members[i].name.at;
    char hint[256];
    Text given = shown(d, key);
    suggest(hint, sizeof hint, "its members are", (Text){given.at + 1, given.length - 1}, names,
            count);
    return fail_value(d, key, hint, "%s has no member %.*s", shape->name, TEXT_ARG(given));
}

static bool fail_missing(Decoder *d, uint32_t token, const char *whose, const Member *member) {
    fail_value(d, token, "", "%s lacks its member \"%s\"", whose, member->name.at);
    char pointer[160];
    json_pointer(&d->json, token, pointer, sizeof pointer);
    status_where(d->status, "%s/%s", pointer, member->name.at);
    return status_hint(d->status, "docs/events.md shows an example of each kind");
}

static bool fail_kind(Decoder *d, uint32_t token) {
    const char *names[EVENT_KIND_COUNT];
    size_t count = 0;
    for (int kind = 1; kind < EVENT_KIND_COUNT; kind++)
        if (event_shape((EventKind)kind)->name) names[count++] = event_kind_name((EventKind)kind);
    char hint[256];
    Text given = shown(d, token);
    suggest(hint, sizeof hint, "one of", (Text){given.at + 1, given.length - 1}, names, count);
    return fail_value(d, token, hint, "unknown kind of event %.*s", TEXT_ARG(given));
}

// --- the walk -----------------------------------------------------------------------------------

// The number of the member that `key` names, counted through both tables; -1 when it is in neither.
// Looks at `expected` first.
static int find_member(const Decoder *d, uint32_t key, const Shape *common, const Shape *shape,
                       unsigned expected) {
    const JsonToken *token = &d->json.tokens[key];
    if (token->escaped) return -1; // no name needs an escape, and each has one spelling
    Text name = {d->json.text.at + token->start, token->length};
    unsigned commons = common ? common->count : 0, all = commons + shape->count;
    unsigned i = expected < all ? expected : 0;
    for (unsigned looked = 0; looked < all; looked++) {
        const Member *member = i < commons ? &common->members[i] : &shape->members[i - commons];
        if (text_equal(member->name, name)) return (int)i;
        if (++i == all) i = 0;
    }
    return -1;
}

static bool check_required(Decoder *d, uint32_t token, const char *whose, const Shape *shape,
                           uint64_t seen) {
    for (unsigned i = 0; i < shape->count; i++) {
        if (!shape->members[i].required || (seen >> i & 1)) continue;
        return fail_missing(d, token, whose, &shape->members[i]);
    }
    return true;
}

bool take_shape(Decoder *d, uint32_t token, const Shape *common, void *common_target,
                const Shape *shape, void *target) {
    const Json *json = &d->json;
    if (json_type(json, token) != JSON_OBJECT) return fail_type(d, token, "an object");
    uint64_t common_seen = 0, seen = 0;
    unsigned expected = 0, commons = common ? common->count : 0;
    for (uint32_t key = json_begin(token); key != json_end(json, token);
         key = json_next(json, key)) {
        int found = find_member(d, key, common, shape, expected);
        if (found < 0) return fail_unknown_member(d, key, common, shape);
        unsigned number = (unsigned)found;
        expected = number + 1;
        const Member *member;
        char *into;
        if (number < commons) {
            member = &common->members[number];
            common_seen |= (uint64_t)1 << number;
            into = common_target;
        } else {
            member = &shape->members[number - commons];
            seen |= (uint64_t)1 << (number - commons);
            into = target;
            if (member->insisted && d->insist_member == JSON_NONE) d->insist_member = key;
        }
        if (!member->type->take(d, key + 1, member, into + member->at)) return false;
        if (member->has != NO_FLAG) *(bool *)(into + member->has) = true;
    }
    if (common && !check_required(d, token, shape->name, common, common_seen)) return false;
    if (!check_required(d, token, shape->name, shape, seen)) return false;
    return !shape->check || shape->check(d, token, target);
}

static size_t bytes_max(EventKind kind) {
    bool large = kind == EVENT_STOCKTAKE || kind == EVENT_PLAN_ADOPT || kind == EVENT_PLAN_DRAFT ||
                 kind == EVENT_POLICY || kind == EVENT_RULES ||
                 kind == EVENT_CORRECT; // its replacement is judged by itself
    return large ? EVENT_BYTES_LARGE_MAX : EVENT_BYTES_MAX;
}

static bool read_kind(Decoder *d, uint32_t token, EventKind *kind) {
    uint32_t member = json_member(&d->json, token, TEXT("kind"));
    if (member == JSON_NONE && json_member(&d->json, token, TEXT("ytterby")) != JSON_NONE) {
        // A line of the simulator or of an export, sent where the event alone belongs.
        return fail_value(d, token, "send the value of its member \"event\" alone",
                          "a line that carries an event stands here");
    }
    if (member == JSON_NONE) {
        return fail_missing(d, token, event_common_shape.name, &event_common_shape.members[1]);
    }
    if (json_type(&d->json, member) != JSON_STRING) return fail_type(d, member, "a kind of event");
    Text text = json_bytes(&d->json, member);
    *kind = event_kind_find((Text){text.at + 1, text.length - 2});
    if (*kind == EVENT_NONE) return fail_kind(d, member);
    if (d->inside && *kind == EVENT_CORRECT) {
        return fail_value(d, member, "any other kind",
                          "a correction cannot be replaced by a correction");
    }
    size_t length = json_bytes(&d->json, token).length;
    if (length <= bytes_max(*kind)) return true;
    fail_value(d, token, "", "an event of kind %.*s with %zu bytes is too long", TEXT_ARG(text),
               length);
    d->status->code = STATUS_LIMIT;
    return status_hint(d->status, "at most %zu bytes; make it several events", bytes_max(*kind));
}

bool take_whole_event(Decoder *d, uint32_t token, Event *event) {
    if (json_type(&d->json, token) != JSON_OBJECT)
        return fail_type(d, token, "an event: an object");
    EventKind kind = EVENT_NONE;
    if (!read_kind(d, token, &kind)) return false;
    memset(event, 0, sizeof *event);
    event->kind = kind;
    event->bytes = json_bytes(&d->json, token);
    event->valid_from = DAY_FIRST;
    event->valid_to = DAY_LAST;
    event->expected = DAY_LAST;
    event->hold_sigma = event->flag_sigma = POLICY_KEEP;
    if (kind == EVENT_BOOK) event->factors = factors_default;

    void *target = event;
    if (kind == EVENT_MEASURE) { // all that was measured is one line
        Line *line = arena_take_zero(d->arena, 1, sizeof *line);
        if (!line) return status_no_memory(d->status);
        line->custody = CUSTODY_UNSTATED;
        event->inputs = line;
        event->input_count = 1;
        target = line;
    }
    if (!take_shape(d, token, &event_common_shape, event, event_shape(kind), target)) return false;
    if (d->insist_member != JSON_NONE && !event->insist) {
        return fail_value(d, d->insist_member,
                          "leave it out; it stands only beside \"insist\": true",
                          "%.*s of what is taken is known", TEXT_ARG(shown(d, d->insist_member)));
    }
    return true;
}

// What is committed to is the object alone, from its brace to its brace: in an export nothing else
// could be given back.
static bool is_bare(Decoder *d, Text bytes) {
    if (json_bytes(&d->json, 0).length == bytes.length || json_type(&d->json, 0) != JSON_OBJECT)
        return true;
    return fail_value(d, 0, "the object alone, from \"{\" to \"}\"",
                      "blanks stand before or behind the event");
}

bool event_decode(Text bytes, Arena *arena, Event *event, Status *status) {
    if (bytes.length > EVENT_BYTES_LARGE_MAX) {
        status_set(status, STATUS_LIMIT, "an event of %zu bytes is too long", bytes.length);
        return status_hint(status, "at most %d bytes; make it several events",
                           EVENT_BYTES_LARGE_MAX);
    }
    JsonToken lent[TOKENS_LENT];
    Status unasked;
    Decoder d = {.arena = arena, .status = status ? status : &unasked, .insist_member = JSON_NONE};
    json_init_lent(&d.json, TOKENS_MAX, lent, TOKENS_LENT);
    d.json.one_line = true; // so that one event is one line
    bool good =
        json_read(&d.json, bytes, d.status) && is_bare(&d, bytes) && take_whole_event(&d, 0, event);
    json_done(&d.json);
    return good;
}

Text event_id_read(Text bytes, Arena *arena) {
    Text id = {"", 0};
    Status ignored;
    Json json;
    json_init(&json, TOKENS_MAX);
    if (json_read(&json, bytes, &ignored) && json_type(&json, 0) == JSON_OBJECT) {
        uint32_t event = json_member(&json, 0, TEXT("event"));
        bool inside = event != JSON_NONE && json_type(&json, event) == JSON_OBJECT;
        uint32_t member = json_member(&json, inside ? event : 0, TEXT("id"));
        if (member == JSON_NONE || json_type(&json, member) != JSON_STRING ||
            !json_text(&json, member, arena, &id, &ignored) || id.length > ID_BYTES_MAX)
            id = (Text){"", 0};
    }
    json_done(&json);
    return id;
}
