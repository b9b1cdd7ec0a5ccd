// Strict JSON (RFC 8259 within I-JSON, RFC 7493): bytes to a tape of tokens, in one pass, no copy.
// Knows nothing of events. Refused beside what the grammar refuses: equal keys in one object (also
// when spelt differently by escapes), lone surrogates, ill-formed UTF-8, a byte order mark, depth
// beyond JSON_DEPTH_MAX, more tokens than the caller allows. Numbers stay text: who needs a value
// reads it from the digits (quantity/decimal.h).
// A token is named by its place on the tape; the whole value is token 0. All texts are borrowed
// from the caller's bytes, which must outlive the Json.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 64 };
#define JSON_NONE      UINT32_MAX // no such token
#define JSON_BYTES_MAX ((size_t)1 << 30)

typedef enum JsonType {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
} JsonType;

typedef struct JsonToken {
    uint32_t start;  // its first byte; of a string, the byte after the quote
    uint32_t length; // of a string without the quotes, of an array or object with its brackets
    uint32_t next;   // the token behind it and all inside it; of a key, behind its value
    uint8_t type;    // JsonType
    uint8_t key;     // 1: the name of a member; the token after it is the value
    uint8_t escaped; // 1: the string holds a backslash
    uint8_t spare;
} JsonToken;

typedef struct JsonSeen JsonSeen;

// Made once and used for many texts: it keeps its memory. Not for two threads at once.
typedef struct Json {
    Text text;
    JsonToken *tokens;
    uint32_t count, capacity, tokens_max;
    bool lent;         // the tape is the caller's
    bool one_line;     // set it to refuse bytes below 0x20 between tokens too
    uint32_t error_at; // after a failed json_read(): the byte where it failed
    JsonSeen *seen;
    uint32_t seen_capacity;
    char *scratch;
    size_t scratch_capacity;
} Json;

void json_init(Json *json, uint32_t tokens_max);
// As json_init(), with a first tape that is the caller's (often on the stack): small texts then
// need no memory at all.
void json_init_lent(Json *json, uint32_t tokens_max, JsonToken *tokens, uint32_t count);
void json_done(Json *json);

// Reads one value and nothing behind it but white space. On failure `where` is
// "line 2, column 7 (byte 31)", `message` what stands there, `hint` what would be right. Codes:
// STATUS_INVALID, STATUS_LIMIT (depth, tokens, length), STATUS_NO_MEMORY.
MUST_CHECK bool json_read(Json *json, Text text, Status *status);

static inline JsonType json_type(const Json *json, uint32_t token) {
    return (JsonType)json->tokens[token].type;
}
// "an object", "a string", ...: for messages.
const char *json_type_name(JsonType type);

// Elements of an array, or the keys of an object's members (the value is the token after the key):
//     for (uint32_t i = json_begin(array); i != json_end(json, array); i = json_next(json, i))
static inline uint32_t json_begin(uint32_t container) {
    return container + 1;
}
static inline uint32_t json_end(const Json *json, uint32_t container) {
    return json->tokens[container].next;
}
static inline uint32_t json_next(const Json *json, uint32_t token) {
    return json->tokens[token].next;
}
// How many elements or members.
uint32_t json_count(const Json *json, uint32_t container);
// The value of a member, or JSON_NONE when there is none or `object` is not an object.
uint32_t json_member(const Json *json, uint32_t object, Text name);

// The bytes exactly as they stand: a string with its quotes, an object with its braces, a number's
// text.
Text json_bytes(const Json *json, uint32_t token);
// A string's content. Borrowed from the text, or, only if it holds escapes, made in `arena`.
MUST_CHECK bool json_text(const Json *json, uint32_t token, Arena *arena, Text *out,
                          Status *status);
// Whether a string (or key) says just `text`, escapes resolved.
bool json_text_is(const Json *json, uint32_t token, Text text);

// The RFC 6901 pointer of a token ("" for the whole value; a key has the pointer of its value),
// zero-ended. One that does not fit is cut at its last whole step. Bytes below 0x20 become '?'.
// Returns the length.
size_t json_pointer(const Json *json, uint32_t token, char *out, size_t size);
