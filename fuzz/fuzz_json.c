// The JSON tokenizer: whatever it accepts can be walked, named and read without a step outside.
#include <stdlib.h>
#include "base/arena.h"
#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do { if (!(condition)) abort(); } while (0)

static void walk(const Json *json, uint32_t token, Arena *arena) {
    Status status;
    Text text = json_bytes(json, token);
    MUST(text.at >= json->text.at && text.at + text.length <= json->text.at + json->text.length);
    char pointer[64];
    MUST(json_pointer(json, token, pointer, sizeof pointer) < sizeof pointer);
    if (json_type(json, token) == JSON_STRING) {
        if (!json_text(json, token, arena, &text, &status)) return;
        MUST(utf8_is_valid(text));
        MUST(json_text_is(json, token, text));
    }
    if (json_type(json, token) < JSON_ARRAY) return;
    bool object = json_type(json, token) == JSON_OBJECT;
    for (uint32_t i = json_begin(token); i != json_end(json, token); i = json_next(json, i)) {
        MUST(i < json->count && json->tokens[i].key == object);
        if (object && json_text(json, i, arena, &text, &status)) {
            MUST(json_member(json, token, text) == i + 1);   // no two names are equal
        }
        walk(json, object ? i + 1 : i, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Json json;
    JsonToken lent[8];
    Status status;
    Arena arena;
    arena_init(&arena, 1 << 20);
    json_init_lent(&json, 5000, lent, 8);
    status_clear(&status);
    if (json_read(&json, (Text){(const char *)data, size}, &status)) {
        if (json.count < 200) walk(&json, 0, &arena);
    } else {
        MUST(status.code != STATUS_OK && status.message[0] && json.error_at <= size);
    }
    json_done(&json);
    arena_done(&arena);
    return 0;
}
