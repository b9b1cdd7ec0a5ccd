// One loop walks the text; the stack of open arrays and objects is a small array, so depth costs no
// call stack. Inside strings eight bytes are looked at together: as long as none of them is a
// quote, a backslash, a control character or beyond ASCII, nothing else needs to be known about
// them.
//
// Equal keys: each open object has a 64-bit filter of (length, first, last, middle byte). While no
// two keys meet in it, none can be equal. When some do, up to 16 siblings are compared one by one;
// more of them, or any with escapes, go through a table with a keyed hash, so that no choice of
// keys makes the work grow faster than the text.
#include "codec/json.h"
#include "base/intern.h"
#include "base/memory.h"
#include <assert.h>
#include <stdio.h>
#include <sys/auxv.h>

enum { SIBLINGS_ONE_BY_ONE = 16, TAPE_FIRST = 256 };

struct JsonSeen {
    uint64_t hash;
    uint32_t key; // token; JSON_NONE: free
};

typedef struct Frame {
    uint64_t filter;
    uint32_t token;
    uint32_t members;
    bool object, meets, escaped;
} Frame;

typedef struct Scan {
    Json *json;
    const char *begin, *at, *end;
    Status *status;
} Scan;

void json_init(Json *json, uint32_t tokens_max) {
    *json = (Json){.tokens_max = tokens_max};
}

void json_init_lent(Json *json, uint32_t tokens_max, JsonToken *tokens, uint32_t count) {
    *json = (Json){.tokens_max = tokens_max,
                   .tokens = tokens,
                   .capacity = count < tokens_max ? count : tokens_max,
                   .lent = true};
}

void json_done(Json *json) {
    if (!json->lent) memory_free(json->tokens);
    memory_free(json->seen);
    memory_free(json->scratch);
    *json = (Json){0};
}

const char *json_type_name(JsonType type) {
    switch (type) {
    case JSON_NULL:
        return "null";
    case JSON_FALSE:
        return "false";
    case JSON_TRUE:
        return "true";
    case JSON_NUMBER:
        return "a number";
    case JSON_STRING:
        return "a string";
    case JSON_ARRAY:
        return "an array";
    case JSON_OBJECT:
        return "an object";
    }
    return "";
}

// --- errors -------------------------------------------------------------------------------------

static bool fail_at(Scan *scan, const char *at, StatusCode code, const char *what,
                    const char *right) {
    size_t line = 1;
    const char *line_begin = scan->begin;
    for (const char *p = scan->begin; p < at; p++) {
        if (*p == '\n') line++, line_begin = p + 1;
    }
    scan->json->error_at = (uint32_t)(at - scan->begin);
    status_set(scan->status, code, "%s", what);
    status_where(scan->status, "line %zu, column %zu (byte %zu)", line,
                 (size_t)(at - line_begin) + 1, (size_t)(at - scan->begin));
    return status_hint(scan->status, "%s", right);
}

// What stands at `at`, said so that it can be printed on any terminal.
static bool unexpected(Scan *scan, const char *at, const char *expected) {
    char what[96];
    if (at >= scan->end) {
        return fail_at(scan, scan->end, STATUS_INVALID, "the text ends too early", expected);
    }
    unsigned char c = (unsigned char)*at;
    if (at == scan->begin && scan->end - at >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) {
        return fail_at(scan, at, STATUS_INVALID, "a byte order mark is not allowed in JSON",
                       "save it as UTF-8 without BOM");
    }
    if (c == '\'') {
        snprintf(what, sizeof what, "unexpected single quote: strings stand in double quotes");
    } else if (c > 0x20 && c < 0x7F) {
        snprintf(what, sizeof what, "unexpected \"%c\"", c);
    } else {
        snprintf(what, sizeof what, "unexpected byte 0x%02X", c);
    }
    return fail_at(scan, at, STATUS_INVALID, what, expected);
}

// --- the tape -----------------------------------------------------------------------------------

static bool grow_tape(Scan *scan) {
    Json *json = scan->json;
    if (json->capacity >= json->tokens_max) {
        return fail_at(scan, scan->at, STATUS_LIMIT, "too many values in one JSON text",
                       "split it into smaller ones");
    }
    uint64_t wanted = json->capacity < TAPE_FIRST / 2 ? TAPE_FIRST : (uint64_t)json->capacity * 2;
    if (wanted > json->tokens_max) wanted = json->tokens_max;
    size_t bytes = (size_t)wanted * sizeof *json->tokens;
    JsonToken *tokens = json->lent ? memory_new(bytes) : memory_resize(json->tokens, bytes);
    if (!tokens) return status_no_memory(scan->status);
    if (json->lent) memcpy(tokens, json->tokens, json->count * sizeof *tokens);
    json->lent = false;
    json->tokens = tokens;
    json->capacity = (uint32_t)wanted;
    return true;
}

static inline JsonToken *add_token(Scan *scan, JsonType type, const char *start) {
    Json *json = scan->json;
    if (json->count == json->capacity && !grow_tape(scan)) return NULL;
    JsonToken *token = &json->tokens[json->count++];
    *token = (JsonToken){
        .start = (uint32_t)(start - scan->begin), .next = json->count, .type = (uint8_t)type};
    return token;
}

static inline void skip_blanks(Scan *scan) {
    const char *at = scan->at, *end = scan->end;
    if (scan->json->one_line) {
        while (at < end && *at == ' ')
            at++;
    } else {
        while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
            at++;
    }
    scan->at = at;
}

// --- strings ------------------------------------------------------------------------------------

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The four digits behind "\u"; negative when they are not four hexadecimal digits.
static int32_t hex4(const char *at, const char *end) {
    if (end - at < 4) return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

// Checks the escape at `at` (a backslash); returns the byte behind it, or null with the status set.
static const char *check_escape(Scan *scan, const char *at) {
    const char *end = scan->end;
    if (end - at < 2) {
        unexpected(scan, end, "a closing double quote");
        return NULL;
    }
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return at + 2;
    case 'u':
        break;
    default:
        fail_at(scan, at, STATUS_INVALID, "unknown escape in a string",
                "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX; a backslash itself is \\\\");
        return NULL;
    }
    int32_t unit = hex4(at + 2, end);
    if (unit < 0) {
        fail_at(scan, at, STATUS_INVALID, "\\u is not followed by four hexadecimal digits",
                "such as \\u00e9, or the character itself in UTF-8");
        return NULL;
    }
    if (unit < 0xD800 || unit > 0xDFFF) return at + 6;
    if (unit <= 0xDBFF && end - at >= 12 && at[6] == '\\' && at[7] == 'u') {
        int32_t low = hex4(at + 8, end);
        if (low >= 0xDC00 && low <= 0xDFFF) return at + 12;
    }
    fail_at(scan, at, STATUS_INVALID, "half of a surrogate pair stands alone",
            "a high surrogate with the low one behind it, or the character itself in UTF-8");
    return NULL;
}

// Length of the well-formed UTF-8 sequence at `at` (first byte >= 0x80), or 0.
static inline unsigned utf8_step(const char *text, const char *end) {
    const unsigned char *at = (const unsigned char *)text;
    size_t left = (size_t)(end - text);
    unsigned char a = at[0];
    if (a < 0xC2 || left < 2) return 0;
    if (a < 0xE0) return (at[1] & 0xC0) == 0x80 ? 2 : 0;
    if (left < 3 || (at[2] & 0xC0) != 0x80) return 0;
    if (a < 0xF0) {
        if ((at[1] & 0xC0) != 0x80) return 0;
        if (a == 0xE0 && at[1] < 0xA0) return 0;
        if (a == 0xED && at[1] > 0x9F) return 0;
        return 3;
    }
    if (a > 0xF4 || left < 4 || (at[1] & 0xC0) != 0x80 || (at[3] & 0xC0) != 0x80) return 0;
    if (a == 0xF0 && at[1] < 0x90) return 0;
    if (a == 0xF4 && at[1] > 0x8F) return 0;
    return 4;
}

#define EACH_BYTE(byte) (0x0101010101010101u * (uint64_t)(byte))

// 0x80 in each byte that is a quote, a backslash, below 0x20 or beyond ASCII; borrows may mark
// bytes above a marked one, never below, so the lowest mark is true.
static inline uint64_t special_bytes(uint64_t word) {
    uint64_t quote = word ^ EACH_BYTE('"'), slash = word ^ EACH_BYTE('\\');
    return ((quote - EACH_BYTE(1)) | (slash - EACH_BYTE(1)) | (word - EACH_BYTE(0x20)) | word) &
           EACH_BYTE(0x80);
}

// Reads the string at scan->at (a double quote) and puts it on the tape.
static inline JsonToken *read_string(Scan *scan) {
    JsonToken *token = add_token(scan, JSON_STRING, scan->at + 1);
    if (!token) return NULL;
    const char *at = scan->at + 1, *end = scan->end;
    for (;;) {
        while (end - at >= 8) {
            uint64_t word;
            memcpy(&word, at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
            word = __builtin_bswap64(word);
#endif
            uint64_t marks = special_bytes(word);
            if (marks) {
                at += __builtin_ctzll(marks) / 8;
                break;
            }
            at += 8;
        }
        if (at >= end) break;
        unsigned char c = (unsigned char)*at;
        if (c == '"') {
            token->length = (uint32_t)(at - scan->begin) - token->start;
            scan->at = at + 1;
            return token;
        }
        if (c >= 0x80) {
            unsigned step = utf8_step(at, end);
            if (step == 0) {
                fail_at(scan, at, STATUS_INVALID, "a string is not well-formed UTF-8",
                        "save it as UTF-8");
                return NULL;
            }
            at += step;
        } else if (c == '\\') {
            token->escaped = 1;
            at = check_escape(scan, at);
            if (!at) return NULL;
        } else if (c < 0x20) {
            fail_at(scan, at, STATUS_INVALID, "a control character stands in a string",
                    c == '\n' ? "a closing double quote before the end of the line, or \\n"
                              : "write it as an escape, such as \\t or \\u0001");
            return NULL;
        } else {
            at++;
        }
    }
    unexpected(scan, end, "a closing double quote");
    return NULL;
}

// Resolves escapes of a checked string; `out` has room for `length` bytes (it never grows).
static size_t unescape(const char *at, size_t length, char *out) {
    const char *end = at + length;
    char *to = out;
    while (at < end) {
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        char c = at[1];
        at += 2;
        switch (c) {
        case 'b':
            *to++ = '\b';
            continue;
        case 'f':
            *to++ = '\f';
            continue;
        case 'n':
            *to++ = '\n';
            continue;
        case 'r':
            *to++ = '\r';
            continue;
        case 't':
            *to++ = '\t';
            continue;
        case 'u':
            break;
        default:
            *to++ = c;
            continue;
        }
        uint32_t code = (uint32_t)hex4(at, end);
        at += 4;
        if (code >= 0xD800 && code <= 0xDBFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)hex4(at + 2, end) - 0xDC00);
            at += 6;
        }
        if (code < 0x80) {
            *to++ = (char)code;
        } else if (code < 0x800) {
            *to++ = (char)(0xC0 | (code >> 6));
            *to++ = (char)(0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            *to++ = (char)(0xE0 | (code >> 12));
            *to++ = (char)(0x80 | ((code >> 6) & 0x3F));
            *to++ = (char)(0x80 | (code & 0x3F));
        } else {
            *to++ = (char)(0xF0 | (code >> 18));
            *to++ = (char)(0x80 | ((code >> 12) & 0x3F));
            *to++ = (char)(0x80 | ((code >> 6) & 0x3F));
            *to++ = (char)(0x80 | (code & 0x3F));
        }
    }
    return (size_t)(to - out);
}

// --- numbers and words --------------------------------------------------------------------------

static inline bool is_digit(const char *at, const char *end) {
    return at < end && *at >= '0' && *at <= '9';
}

static inline bool read_number(Scan *scan) {
    const char *begin = scan->at, *at = begin, *end = scan->end;
    if (*at == '-') at++;
    if (!is_digit(at, end)) return unexpected(scan, at, "a digit");
    if (*at == '0') {
        at++;
        if (is_digit(at, end)) {
            return fail_at(scan, at - 1, STATUS_INVALID, "a number has a leading zero",
                           "the number without it, or a string");
        }
    } else {
        while (is_digit(at, end))
            at++;
    }
    if (at < end && *at == '.') {
        at++;
        if (!is_digit(at, end)) return unexpected(scan, at, "a digit behind the decimal point");
        while (is_digit(at, end))
            at++;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        if (!is_digit(at, end)) return unexpected(scan, at, "a digit of the exponent");
        while (is_digit(at, end))
            at++;
    }
    JsonToken *token = add_token(scan, JSON_NUMBER, begin);
    if (!token) return false;
    token->length = (uint32_t)(at - begin);
    scan->at = at;
    return true;
}

static bool read_word(Scan *scan, const char *word, size_t length, JsonType type) {
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0) {
        return fail_at(scan, scan->at, STATUS_INVALID, "unknown word",
                       "true, false, null, a number, or a string in double quotes");
    }
    JsonToken *token = add_token(scan, type, scan->at);
    if (!token) return false;
    token->length = (uint32_t)length;
    scan->at += length;
    return true;
}

// --- equal keys ---------------------------------------------------------------------------------

static bool fail_duplicate(Scan *scan, uint32_t key) {
    const JsonToken *token = &scan->json->tokens[key];
    char what[128];
    const char *at = scan->begin + token->start;
    int shown = token->length < 64 ? (int)token->length : 64;
    while (shown > 0 && shown < (int)token->length && (at[shown] & 0xC0) == 0x80)
        shown--;
    snprintf(what, sizeof what, "the member \"%.*s\" stands twice in one object", shown, at);
    return fail_at(scan, at - 1, STATUS_INVALID, what, "each name once");
}

static bool siblings_differ(Scan *scan, const Frame *frame) {
    const JsonToken *tokens = scan->json->tokens;
    uint32_t end = scan->json->count;
    for (uint32_t a = frame->token + 1; a < end; a = tokens[a].next) {
        Text name = {scan->begin + tokens[a].start, tokens[a].length};
        for (uint32_t b = tokens[a].next; b < end; b = tokens[b].next) {
            if (text_equal(name, (Text){scan->begin + tokens[b].start, tokens[b].length})) {
                return fail_duplicate(scan, b);
            }
        }
    }
    return true;
}

static bool scratch_reserve(Json *json, size_t size, Status *status) {
    if (size <= json->scratch_capacity) return true;
    char *scratch = memory_resize(json->scratch, size * 2);
    if (!scratch) return status_no_memory(status);
    json->scratch = scratch;
    json->scratch_capacity = size * 2;
    return true;
}

// A key's text, escapes resolved into `room` if it has any.
static Text plain_key(const Json *json, uint32_t key, char *room) {
    const JsonToken *token = &json->tokens[key];
    const char *at = json->text.at + token->start;
    if (!token->escaped) return (Text){at, token->length};
    return (Text){room, unescape(at, token->length, room)};
}

static bool siblings_differ_hashed(Scan *scan, const Frame *frame) {
    Json *json = scan->json;
    uint32_t capacity = 32;
    while (capacity / 2 < frame->members)
        capacity *= 2;
    if (capacity > json->seen_capacity) {
        memory_free(json->seen);
        json->seen_capacity = 0;
        json->seen = memory_new((size_t)capacity * sizeof *json->seen);
        if (!json->seen) return status_no_memory(scan->status);
        json->seen_capacity = capacity;
    }
    for (uint32_t i = 0; i < capacity; i++)
        json->seen[i].key = JSON_NONE;
    // The kernel gives every process 16 random bytes; nothing that we answer depends on them.
    const uint8_t *secret = (const uint8_t *)getauxval(AT_RANDOM);
    static const uint8_t no_secret[16];
    if (!secret) secret = no_secret;
    for (uint32_t key = frame->token + 1; key < json->count; key = json->tokens[key].next) {
        size_t length = json->tokens[key].length;
        if (json->tokens[key].escaped && !scratch_reserve(json, length, scan->status)) return false;
        Text name = plain_key(json, key, json->scratch);
        uint64_t hash = siphash(secret, name.at, name.length);
        uint32_t slot = (uint32_t)hash & (capacity - 1);
        for (; json->seen[slot].key != JSON_NONE; slot = (slot + 1) & (capacity - 1)) {
            if (json->seen[slot].hash != hash) continue;
            uint32_t other = json->seen[slot].key;
            size_t other_length = json->tokens[other].length;
            if (!scratch_reserve(json, length + other_length + 1, scan->status)) return false;
            name = plain_key(json, key, json->scratch);
            if (text_equal(name, plain_key(json, other, json->scratch + length))) {
                return fail_duplicate(scan, key);
            }
        }
        json->seen[slot] = (JsonSeen){hash, key};
    }
    return true;
}

static inline void note_key(Frame *frame, const JsonToken *key, const char *begin) {
    frame->members++;
    if (key->escaped) {
        frame->escaped = true;
        return;
    }
    const unsigned char *at = (const unsigned char *)begin + key->start;
    uint32_t length = key->length;
    uint32_t mix = length;
    if (length > 0) {
        mix = length * 7 + at[0] * 5u + at[length / 2] * 3u + at[length - 1] * 11u;
    }
    uint64_t bit = (uint64_t)1 << (mix & 63);
    if (frame->filter & bit) frame->meets = true;
    frame->filter |= bit;
}

static inline bool keys_differ(Scan *scan, const Frame *frame) {
    if (frame->members < 2) return true;
    if (frame->escaped) return siblings_differ_hashed(scan, frame);
    if (!frame->meets) return true;
    return frame->members <= SIBLINGS_ONE_BY_ONE ? siblings_differ(scan, frame)
                                                 : siblings_differ_hashed(scan, frame);
}

// --- the walk -----------------------------------------------------------------------------------

static bool too_deep(Scan *scan) {
    char right[64];
    snprintf(right, sizeof right, "at most %d arrays and objects inside each other",
             JSON_DEPTH_MAX);
    return fail_at(scan, scan->at, STATUS_LIMIT, "nested too deep", right);
}

static bool walk(Scan *scan) {
    Json *json = scan->json;
    const char *end = scan->end;
    Frame stack[JSON_DEPTH_MAX];
    Frame *top = stack; // the innermost open one, while depth > 0
    unsigned depth = 0;

value:
    skip_blanks(scan);
    if (scan->at >= end) return unexpected(scan, scan->at, "a value");
    switch (*scan->at) {
    case '{':
    case '[': {
        if (depth == JSON_DEPTH_MAX) return too_deep(scan);
        bool object = *scan->at == '{';
        if (!add_token(scan, object ? JSON_OBJECT : JSON_ARRAY, scan->at)) return false;
        top = &stack[depth++];
        *top = (Frame){.token = json->count - 1, .object = object};
        scan->at++;
        skip_blanks(scan);
        if (scan->at < end && *scan->at == (object ? '}' : ']')) goto close;
        if (object) goto key;
        goto value;
    }
    case '"':
        if (!read_string(scan)) return false;
        break;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        if (!read_number(scan)) return false;
        break;
    case 't':
        if (!read_word(scan, "true", 4, JSON_TRUE)) return false;
        break;
    case 'f':
        if (!read_word(scan, "false", 5, JSON_FALSE)) return false;
        break;
    case 'n':
        if (!read_word(scan, "null", 4, JSON_NULL)) return false;
        break;
    case ']':
        if (depth > 0 && !top->object) {
            return unexpected(scan, scan->at, "a value: no comma stands before a closing bracket");
        }
        return unexpected(scan, scan->at, "a value");
    default:
        return unexpected(scan, scan->at,
                          "a value: an object, array, number, string in double quotes, true, "
                          "false or null");
    }
after:
    skip_blanks(scan);
    if (depth == 0) {
        if (scan->at == end) return true;
        return unexpected(scan, scan->at, "the end: one value and nothing behind it");
    }
    if (top->object) json->tokens[json->tokens[top->token].length].next = json->count;
    if (scan->at < end && *scan->at == ',') {
        scan->at++;
        if (!top->object) goto value;
        skip_blanks(scan);
        goto key;
    }
    if (scan->at < end && *scan->at == (top->object ? '}' : ']')) goto close;
    return unexpected(scan, scan->at,
                      top->object ? "a comma and the next member, or \"}\""
                                  : "a comma and the next value, or \"]\"");
key : {
    if (scan->at >= end || *scan->at != '"') {
        return unexpected(scan, scan->at,
                          top->members ? "the next member's name in double quotes: no comma stands "
                                         "before a closing brace"
                                       : "a member's name in double quotes, or \"}\"");
    }
    JsonToken *name = read_string(scan);
    if (!name) return false;
    name->key = 1;
    // While an object is open its length holds the place of its last key.
    json->tokens[top->token].length = json->count - 1;
    note_key(top, name, scan->begin);
    skip_blanks(scan);
    if (scan->at >= end || *scan->at != ':') {
        return unexpected(scan, scan->at, "a colon behind the member's name");
    }
    scan->at++;
    goto value;
}
close : {
    if (top->object && !keys_differ(scan, top)) return false;
    JsonToken *token = &json->tokens[top->token];
    scan->at++;
    token->length = (uint32_t)(scan->at - scan->begin) - token->start;
    token->next = json->count;
    depth--;
    top = depth > 0 ? &stack[depth - 1] : stack;
    goto after;
}
}

bool json_read(Json *json, Text text, Status *status) {
    json->text = text;
    json->count = 0;
    json->error_at = 0;
    if (text.length > JSON_BYTES_MAX) {
        return status_set(status, STATUS_LIMIT, "a JSON text of %zu bytes is too long",
                          text.length);
    }
    Scan scan = {json, text.at, text.at, text.at + text.length, status};
    return walk(&scan);
}

// --- looking at it ------------------------------------------------------------------------------

uint32_t json_count(const Json *json, uint32_t container) {
    if (json_type(json, container) < JSON_ARRAY) return 0;
    uint32_t count = 0;
    for (uint32_t i = json_begin(container); i != json_end(json, container);
         i = json_next(json, i)) {
        count++;
    }
    return count;
}

uint32_t json_member(const Json *json, uint32_t object, Text name) {
    if (json_type(json, object) != JSON_OBJECT) return JSON_NONE;
    for (uint32_t key = json_begin(object); key != json_end(json, object);
         key = json_next(json, key)) {
        if (json_text_is(json, key, name)) return key + 1;
    }
    return JSON_NONE;
}

Text json_bytes(const Json *json, uint32_t token) {
    const JsonToken *t = &json->tokens[token];
    const char *at = json->text.at + t->start;
    if (t->type == JSON_STRING) return (Text){at - 1, (size_t)t->length + 2};
    return (Text){at, t->length};
}

bool json_text(const Json *json, uint32_t token, Arena *arena, Text *out, Status *status) {
    const JsonToken *t = &json->tokens[token];
    assert(t->type == JSON_STRING);
    const char *at = json->text.at + t->start;
    if (!t->escaped) {
        *out = (Text){at, t->length};
        return true;
    }
    char *copy = arena_take(arena, t->length);
    if (!copy) return status_no_memory(status);
    *out = (Text){copy, unescape(at, t->length, copy)};
    return true;
}

bool json_text_is(const Json *json, uint32_t token, Text text) {
    const JsonToken *t = &json->tokens[token];
    if (t->type != JSON_STRING) return false;
    const char *at = json->text.at + t->start;
    if (!t->escaped) return text_equal((Text){at, t->length}, text);
    // Compared piece by piece: one escape, or one plain byte, at a time.
    const char *end = at + t->length;
    size_t done = 0;
    while (at < end) {
        size_t step = 1;
        if (*at == '\\') {
            step = at[1] == 'u' ? 6 : 2;
            if (step == 6 && (at[2] == 'd' || at[2] == 'D') && hex_digit(at[3]) >= 8 &&
                hex_digit(at[3]) <= 0xB) {
                step = 12;
            }
        }
        char plain[12];
        size_t length = unescape(at, step, plain);
        if (text.length - done < length || memcmp(text.at + done, plain, length) != 0) return false;
        done += length;
        at += step;
    }
    return done == text.length;
}

// Writes one step of a pointer behind `length`; false when it does not fit.
static bool pointer_step(const Json *json, uint32_t key, uint32_t index, char *out, size_t size,
                         size_t *length) {
    size_t at = *length;
    if (at + 1 >= size) return false;
    out[at++] = '/';
    if (key == JSON_NONE) {
        int digits = snprintf(out + at, size - at, "%u", index);
        if (digits < 0 || (size_t)digits >= size - at) return false;
        *length = at + (size_t)digits;
        return true;
    }
    const JsonToken *t = &json->tokens[key];
    const char *from = json->text.at + t->start, *end = from + t->length;
    while (from < end) {
        size_t step = 1;
        if (*from == '\\') {
            step = from[1] == 'u' ? 6 : 2;
            if (step == 6 && (from[2] == 'd' || from[2] == 'D') && hex_digit(from[3]) >= 8 &&
                hex_digit(from[3]) <= 0xB) {
                step = 12;
            }
        }
        char plain[12];
        size_t count = unescape(from, step, plain);
        from += step;
        for (size_t i = 0; i < count; i++) {
            unsigned char c = (unsigned char)plain[i];
            if (at + 2 >= size) return false;
            if (c == '~' || c == '/') {
                out[at++] = '~';
                out[at++] = c == '~' ? '0' : '1';
            } else {
                out[at++] = c < 0x20 || c == 0x7F ? '?' : (char)c;
            }
        }
    }
    *length = at;
    return true;
}

size_t json_pointer(const Json *json, uint32_t token, char *out, size_t size) {
    assert(size > 0);
    if (json->tokens[token].key) token++;
    size_t length = 0;
    uint32_t at = 0;
    while (at != token) {
        bool object = json_type(json, at) == JSON_OBJECT;
        uint32_t index = 0, child = json_begin(at);
        for (; json_next(json, child) <= token; child = json_next(json, child))
            index++;
        if (!pointer_step(json, object ? child : JSON_NONE, index, out, size, &length)) break;
        at = object ? child + 1 : child;
    }
    out[length] = 0;
    return length;
}
