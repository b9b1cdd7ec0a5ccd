// Bytes that grow, with a named maximum. After a failed append the buffer holds what it held.
#pragma once
#include "base/status.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Buffer {
    uint8_t *bytes;
    size_t length, capacity, limit;
    bool failed; // an append did not fit or memory was short; stays set until buffer_reset()
    bool over;   // it was the limit
} Buffer;

void buffer_init(Buffer *buffer, size_t limit_bytes);
void buffer_done(Buffer *buffer);
void buffer_reset(Buffer *buffer); // length 0, failed false; keeps the memory
// Appends return false when they did not fit, and from then on; one may also append freely and ask
// `failed` at the end. What is appended may not lie in the buffer itself.
// What runs for every number of every record stands here, so that the compiler can see through it.
//
// The slow way to room for `more` bytes: grows, or fails for good.
bool buffer_grow(Buffer *buffer, size_t more);
// Adds `length` bytes and gives them to be filled, or null: one check for a whole run of numbers.
static inline uint8_t *buffer_claim(Buffer *buffer, size_t length) {
    if (length > buffer->capacity - buffer->length || buffer->failed) {
        if (!buffer_grow(buffer, length)) return NULL;
    }
    uint8_t *at = buffer->bytes + buffer->length;
    buffer->length += length;
    return at;
}
static inline bool buffer_bytes(Buffer *buffer, const void *bytes, size_t length) {
    if (length == 0) return !buffer->failed;
    uint8_t *at = buffer_claim(buffer, length);
    if (at) memcpy(at, bytes, length);
    return at != NULL;
}
static inline bool buffer_text(Buffer *buffer, Text text) {
    return buffer_bytes(buffer, text.at, text.length);
}
static inline bool buffer_string(Buffer *buffer, const char *zero_ended) {
    return buffer_text(buffer, text_of(zero_ended));
}
static inline bool buffer_char(Buffer *buffer, char c) {
    return buffer_bytes(buffer, &c, 1);
}
bool buffer_format(Buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
static inline bool buffer_u8(Buffer *buffer, uint8_t value) {
    return buffer_bytes(buffer, &value, 1);
}

// Integers are big-endian, as in all our stored formats; the machine is not.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the byte swaps here need little-endian");
static inline void bytes_put_u64(uint8_t *at, uint64_t value) {
    value = __builtin_bswap64(value);
    memcpy(at, &value, sizeof value);
}
static inline uint64_t bytes_get_u64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap64(value);
}
static inline bool buffer_u16(Buffer *buffer, uint16_t value) {
    value = __builtin_bswap16(value);
    return buffer_bytes(buffer, &value, sizeof value);
}
static inline bool buffer_u32(Buffer *buffer, uint32_t value) {
    value = __builtin_bswap32(value);
    return buffer_bytes(buffer, &value, sizeof value);
}
static inline bool buffer_u64(Buffer *buffer, uint64_t value) {
    value = __builtin_bswap64(value);
    return buffer_bytes(buffer, &value, sizeof value);
}
static inline bool buffer_i64(Buffer *buffer, int64_t value) {
    return buffer_u64(buffer, (uint64_t)value);
}
Text buffer_view(const Buffer *buffer);

// Reads big-endian integers and stretches from bytes; any reading past the end sets `failed` and
// gives zeros from then on (nothing is left then: `at` is `end`).
typedef struct Reader {
    const uint8_t *at, *end;
    bool failed;
} Reader;

Reader reader_of(const void *bytes, size_t length);
// Null when short.
static inline const uint8_t *read_bytes(Reader *reader, size_t length) {
    if (length > (size_t)(reader->end - reader->at) || reader->failed) {
        reader->failed = true;
        reader->at = reader->end;
        return NULL;
    }
    const uint8_t *at = reader->at;
    reader->at += length;
    return at;
}
static inline uint8_t read_u8(Reader *reader) {
    const uint8_t *at = read_bytes(reader, 1);
    return at ? *at : 0;
}
static inline uint16_t read_u16(Reader *reader) {
    const uint8_t *at = read_bytes(reader, 2);
    uint16_t value = 0;
    if (at) memcpy(&value, at, sizeof value);
    return __builtin_bswap16(value);
}
static inline uint32_t read_u32(Reader *reader) {
    const uint8_t *at = read_bytes(reader, 4);
    uint32_t value = 0;
    if (at) memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}
static inline uint64_t read_u64(Reader *reader) {
    const uint8_t *at = read_bytes(reader, 8);
    return at ? bytes_get_u64(at) : 0;
}
static inline int64_t read_i64(Reader *reader) {
    return (int64_t)read_u64(reader);
}
size_t reader_left(const Reader *reader);
