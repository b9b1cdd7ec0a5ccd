#include "codec/opening.h"

#include "base/encode.h"
#include "codec/json.h"
#include "codec/json_write.h"

enum { TOKENS_MAX = 1 << 22 };

static void named_base64(JsonWriter *json, const char *name, const void *bytes, size_t length) {
    json_key(json, name);
    Buffer text;
    buffer_init(&text, length / 3 * 4 + 8);
    if (base64_write(&text, bytes, length))
        json_string(json, buffer_view(&text));
    else
        json->out->failed = true;
    buffer_done(&text);
}

bool opening_write(const Opening *opening, Buffer *out) {
    JsonWriter json = json_writer(out);
    json_object_begin(&json);
    json_named_words(&json, "ytterby", "opening/1");
    json_named_string(&json, "key", opening->key);
    named_base64(&json, "record", opening->record, sizeof opening->record);
    if (opening->has_decision) {
        named_base64(&json, "decision_salt", opening->decision_salt, sizeof opening->decision_salt);
        named_base64(&json, "decision", opening->decision.at, opening->decision.length);
    }
    if (opening->has_event) {
        named_base64(&json, "event_salt", opening->event_salt, sizeof opening->event_salt);
        json_key(&json, "event");
        json_raw(&json, opening->event);
    }
    json_object_end(&json);
    return !out->failed;
}

static bool wrong(Status *status, const char *what) {
    return status_set(status, STATUS_INVALID, "the opening of the proof %s", what);
}

static bool take_base64(const Json *json, uint32_t token, Arena *arena, Text *bytes,
                        Status *status) {
    Text text;
    if (json_type(json, token) != JSON_STRING) return wrong(status, "holds no base64");
    if (!json_text(json, token, arena, &text, status)) return false;
    Buffer read;
    buffer_init(&read, text.length + 4);
    bool well = base64_read(text, &read);
    char *copy = well ? arena_copy(arena, read.bytes, read.length) : NULL;
    if (copy) *bytes = (Text){copy, read.length};
    bool no_memory = (well && !copy) || (!well && read.failed);
    buffer_done(&read);
    if (no_memory) return status_no_memory(status);
    return well || wrong(status, "holds something that is not base64");
}

static bool take_exact(const Json *json, uint32_t token, Arena *arena, uint8_t *out, size_t length,
                       Status *status) {
    Text bytes;
    if (!take_base64(json, token, arena, &bytes, status)) return false;
    if (bytes.length != length) return wrong(status, "holds a salt or record of another length");
    memcpy(out, bytes.at, length);
    return true;
}

static bool read_members(const Json *json, Arena *arena, Opening *opening, Status *status) {
    bool form = false, record = false, event_salt = false, decision_salt = false;
    for (uint32_t at = json_begin(0); at != json_end(json, 0); at = json_next(json, at)) {
        uint32_t value = at + 1;
        bool well = true;
        if (json_text_is(json, at, TEXT("ytterby"))) {
            form = json_type(json, value) == JSON_STRING &&
                   json_text_is(json, value, TEXT("opening/1"));
            if (!form) return wrong(status, "is of an unknown form");
        } else if (json_text_is(json, at, TEXT("key"))) {
            well = json_type(json, value) == JSON_STRING
                       ? json_text(json, value, arena, &opening->key, status)
                       : wrong(status, "names no key");
        } else if (json_text_is(json, at, TEXT("record"))) {
            record = well =
                take_exact(json, value, arena, opening->record, sizeof opening->record, status);
        } else if (json_text_is(json, at, TEXT("event_salt"))) {
            event_salt = well = take_exact(json, value, arena, opening->event_salt,
                                           sizeof opening->event_salt, status);
        } else if (json_text_is(json, at, TEXT("decision_salt"))) {
            decision_salt = well = take_exact(json, value, arena, opening->decision_salt,
                                              sizeof opening->decision_salt, status);
        } else if (json_text_is(json, at, TEXT("event"))) {
            opening->has_event = true;
            opening->event = json_bytes(json, value);
            well = json_type(json, value) == JSON_OBJECT || wrong(status, "holds no event");
        } else if (json_text_is(json, at, TEXT("decision"))) {
            opening->has_decision = true;
            well = take_base64(json, value, arena, &opening->decision, status);
        } else {
            return wrong(status, "has a member that is not known");
        }
        if (!well) return false;
    }
    if (!form || !record || text_is_empty(opening->key))
        return wrong(status, "lacks its form, its key or its record");
    if (event_salt != opening->has_event || decision_salt != opening->has_decision)
        return wrong(status, "has a salt without bytes, or bytes without their salt");
    return true;
}

bool opening_read(Text text, Arena *arena, Opening *opening, Status *status) {
    *opening = (Opening){0};
    if (text.length > OPENING_BYTES_MAX)
        return status_set(status, STATUS_LIMIT, "the opening of the proof has %zu bytes",
                          text.length);
    Json json;
    json_init(&json, TOKENS_MAX);
    json.one_line = true;
    bool well = json_read(&json, text, status) &&
                (json_type(&json, 0) == JSON_OBJECT || wrong(status, "is no object")) &&
                read_members(&json, arena, opening, status);
    json_done(&json);
    return well;
}
