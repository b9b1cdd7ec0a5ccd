#include "keeper/envelope.h"

#include "base/encode.h"
#include "codec/json.h"

enum { TOKENS_MAX = 1 << 22, SALT = 16 };

// ---- Quick ways ----

static bool skip(Text *rest, Text literal) {
    if (!text_begins(*rest, literal)) return false;
    rest->at += literal.length;
    rest->length -= literal.length;
    return true;
}

// A string's content up to its quote, if it holds no escape.
static bool take_string(Text *rest, Text *content) {
    const char *end = memchr(rest->at, '"', rest->length);
    if (!end) return false;
    *content = (Text){rest->at, (size_t)(end - rest->at)};
    if (memchr(content->at, '\\', content->length)) return false;
    rest->length -= content->length;
    rest->at = end;
    return true;
}

// event/1 as the simulator writes it: what is left when the frame is taken away must be one JSON object,
// and that the event's decoder will say.
static bool read_quickly(Text line, Envelope *envelope) {
    Text rest = line, recorded;
    if (!skip(&rest, TEXT("{\"ytterby\":\"event/1\",\"recorded\":\"")) ||
        !take_string(&rest, &recorded) || !instant_read(recorded, &envelope->recorded) ||
        !skip(&rest, TEXT("\",\"by\":\"")) || !take_string(&rest, &envelope->by) ||
        !skip(&rest, TEXT("\",\"event\":{")) || rest.length < 2 || line.at[line.length - 1] != '}')
        return false;
    envelope->kind = ENVELOPE_EVENT;
    envelope->event = (Text){rest.at - 1, rest.length};
    return true;
}

// ---- The thorough way ----

typedef struct Frame {
    Json json;
    Arena *arena;
    Status *status;
    uint32_t members;   // that were asked for
} Frame;

static bool wrong(Frame *frame, const char *name, const char *what) {
    status_set(frame->status, STATUS_INVALID, "\"%s\" %s", name, what);
    return status_where(frame->status, "/%s", name);
}

static uint32_t member(Frame *frame, const char *name) {
    uint32_t token = json_member(&frame->json, 0, text_of(name));
    if (token == JSON_NONE) wrong(frame, name, "is missing");
    else frame->members++;
    return token;
}

static bool text_member(Frame *frame, const char *name, Text *out) {
    uint32_t token = member(frame, name);
    if (token == JSON_NONE) return false;
    if (json_type(&frame->json, token) != JSON_STRING) return wrong(frame, name, "must be a string");
    return json_text(&frame->json, token, frame->arena, out, frame->status);
}

static bool number_member(Frame *frame, const char *name, uint64_t most, uint64_t *out) {
    uint32_t token = member(frame, name);
    if (token == JSON_NONE) return false;
    Text text = json_bytes(&frame->json, token);
    uint64_t value = 0;
    bool good = json_type(&frame->json, token) == JSON_NUMBER && text.length <= 19 &&
                (text.length == 1 || text.at[0] != '0');
    for (size_t i = 0; good && i < text.length; i++) {
        good = text.at[i] >= '0' && text.at[i] <= '9';
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (!good || value > most) return wrong(frame, name, "must be a whole number");
    *out = value;
    return true;
}

static bool time_member(Frame *frame, Instant *out) {
    Text text;
    if (!text_member(frame, "recorded", &text)) return false;
    return instant_read(text, out) || wrong(frame, "recorded", "must be a time as RFC 3339 writes it");
}

static bool bytes_of(Frame *frame, const char *name, Text text, Text *out) {
    Buffer bytes;
    buffer_init(&bytes, text.length + 3);
    bool good = base64_read(text, &bytes);
    char *copy = good ? arena_copy(frame->arena, bytes.bytes, bytes.length) : NULL;
    if (copy) *out = (Text){copy, bytes.length};
    buffer_done(&bytes);
    if (!good) return wrong(frame, name, "must be base64");
    return copy || status_no_memory(frame->status);
}

static bool salts_member(Frame *frame, Envelope *envelope) {
    uint32_t array = member(frame, "salts");
    if (array == JSON_NONE) return false;
    if (json_type(&frame->json, array) != JSON_ARRAY || json_count(&frame->json, array) != 2)
        return wrong(frame, "salts", "must be two strings");
    uint32_t token = json_begin(array);
    for (int i = 0; i < 2; i++, token = json_next(&frame->json, token)) {
        Text text, bytes;
        if (json_type(&frame->json, token) != JSON_STRING)
            return wrong(frame, "salts", "must be two strings");
        if (!json_text(&frame->json, token, frame->arena, &text, frame->status) ||
            !bytes_of(frame, "salts", text, &bytes))
            return false;
        if (bytes.length != SALT) return wrong(frame, "salts", "must be 16 bytes each");
        memcpy(i ? envelope->decision_salt : envelope->event_salt, bytes.at, SALT);
    }
    return true;
}

static bool event_member(Frame *frame, Envelope *envelope) {
    uint32_t token = member(frame, "event");
    if (token == JSON_NONE) return false;
    if (json_type(&frame->json, token) != JSON_OBJECT) return wrong(frame, "event", "must be an object");
    envelope->event = json_bytes(&frame->json, token);
    return true;
}

static bool read_record(Frame *frame, Envelope *envelope) {
    uint64_t logic, flags;
    Text decision;
    if (!number_member(frame, "seq", INT64_MAX, &envelope->seq) ||
        !number_member(frame, "batch", INT64_MAX, &envelope->batch) ||
        !number_member(frame, "logic", UINT16_MAX, &logic) ||
        !number_member(frame, "flags", UINT16_MAX, &flags) ||
        !time_member(frame, &envelope->recorded) || !salts_member(frame, envelope) ||
        !text_member(frame, "decision", &decision) ||
        !bytes_of(frame, "decision", decision, &envelope->decision))
        return false;
    envelope->logic = (uint16_t)logic;
    envelope->flags = (uint16_t)flags;
    return true;
}

static bool read_kind(Frame *frame, Envelope *envelope) {
    Text kind;
    if (!text_member(frame, "ytterby", &kind)) return false;
    if (text_equal(kind, TEXT("event/1"))) {
        envelope->kind = ENVELOPE_EVENT;
        return time_member(frame, &envelope->recorded) && text_member(frame, "by", &envelope->by);
    }
    if (text_equal(kind, TEXT("record/1"))) {
        envelope->kind = ENVELOPE_RECORD;
        return read_record(frame, envelope);
    }
    if (text_equal(kind, TEXT("signed/1"))) {
        envelope->kind = ENVELOPE_SIGNED;
        return text_member(frame, "key", &envelope->key) &&
               text_member(frame, "signature", &envelope->signature);
    }
    wrong(frame, "ytterby", "is not a kind of line that is known");
    return status_hint(frame->status, "event/1, signed/1 or record/1");
}

static bool read_thoroughly(Text line, Arena *arena, Envelope *envelope, Status *status) {
    Frame frame = {.arena = arena, .status = status};
    JsonToken tokens[256];
    json_init_lent(&frame.json, TOKENS_MAX, tokens, 256);
    bool done = json_read(&frame.json, line, status) && read_kind(&frame, envelope) &&
                event_member(&frame, envelope);
    // A signature over a batch has three members more, which its reader looks at.
    if (done && envelope->kind != ENVELOPE_SIGNED && frame.members != json_count(&frame.json, 0))
        done = status_set(status, STATUS_INVALID, "the line has a member that is not known");
    json_done(&frame.json);
    return done;
}

bool envelope_read(Text line, Arena *arena, Envelope *envelope, Status *status) {
    *envelope = (Envelope){.kind = ENVELOPE_PLAIN, .event = line};
    // An event has no member "ytterby", so nothing else can begin so.
    if (!text_begins(line, TEXT("{\"ytterby\":"))) return true;
    if (read_quickly(line, envelope)) return true;
    *envelope = (Envelope){.kind = ENVELOPE_PLAIN};
    return read_thoroughly(line, arena, envelope, status);
}

static void put_bytes(Buffer *out, const char *before, Text bytes) {
    buffer_string(out, before);
    base64_write(out, (const uint8_t *)bytes.at, bytes.length);
    buffer_char(out, '"');
}

bool envelope_write(const Envelope *envelope, Buffer *out) {
    char recorded[INSTANT_TEXT_MAX];
    buffer_format(out,
                  "{\"ytterby\":\"record/1\",\"seq\":%llu,\"batch\":%llu,\"logic\":%u,\"flags\":%u,"
                  "\"recorded\":\"%s\"",
                  (unsigned long long)envelope->seq, (unsigned long long)envelope->batch,
                  envelope->logic, envelope->flags, instant_print(envelope->recorded, recorded));
    put_bytes(out, ",\"salts\":[\"", (Text){(const char *)envelope->event_salt, SALT});
    put_bytes(out, ",\"", (Text){(const char *)envelope->decision_salt, SALT});
    put_bytes(out, "],\"decision\":\"", envelope->decision);
    buffer_string(out, ",\"event\":");
    buffer_text(out, envelope->event);
    buffer_string(out, "}\n");
    return !out->failed;
}
