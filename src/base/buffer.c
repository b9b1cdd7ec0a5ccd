// Growth doubles, so that appending is linear, and never goes beyond the limit.
#include "base/buffer.h"

#include <assert.h>
#include <stdio.h>

#include "base/memory.h"

enum { BUFFER_FIRST = 256 };

void buffer_init(Buffer *buffer, size_t limit_bytes) {
    *buffer = (Buffer){.limit = limit_bytes};
}

void buffer_done(Buffer *buffer) {
    memory_free(buffer->bytes);
    *buffer = (Buffer){.limit = buffer->limit};
}

void buffer_reset(Buffer *buffer) {
    buffer->length = 0;
    buffer->failed = false;
}

// Room for `more` bytes, or `failed`. Once failed, everything is refused: what the buffer holds is
// then a prefix of what was meant, never a text with a hole in it.
static bool make_room(Buffer *buffer, size_t more) {
    if (buffer->failed) return false;
    assert(buffer->length <= buffer->limit || buffer->limit == 0);
    if (more <= buffer->capacity - buffer->length) return true;
    if (more > buffer->limit - buffer->length) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->length + more;
    size_t wanted = buffer->capacity > buffer->limit / 2 ? buffer->limit : buffer->capacity * 2;
    if (wanted < BUFFER_FIRST) wanted = BUFFER_FIRST;
    if (wanted < needed) wanted = needed;
    if (wanted > buffer->limit) wanted = buffer->limit;
    uint8_t *bytes = memory_resize(buffer->bytes, wanted);
    if (!bytes) {
        buffer->failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = wanted;
    return true;
}

bool buffer_bytes(Buffer *buffer, const void *bytes, size_t length) {
    if (!make_room(buffer, length)) return false;
    if (length) memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return true;
}

bool buffer_text(Buffer *buffer, Text text) {
    return buffer_bytes(buffer, text.at, text.length);
}

bool buffer_string(Buffer *buffer, const char *zero_ended) {
    return buffer_text(buffer, text_of(zero_ended));
}

bool buffer_char(Buffer *buffer, char c) {
    return buffer_bytes(buffer, &c, 1);
}

bool buffer_format(Buffer *buffer, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = buffer->failed ? 0 : buffer->capacity - buffer->length;
    int made =
        vsnprintf(room ? (char *)buffer->bytes + buffer->length : NULL, room, format, arguments);
    va_end(arguments);
    bool good = made >= 0;
    size_t length = good ? (size_t)made : 0;
    if (!good) buffer->failed = true;
    if (good && length >= room) {
        // vsnprintf needs a byte more than it counts; within the limit that byte may not exist, so
        // the last character is then written apart.
        good = make_room(buffer, length);
        if (good && buffer->capacity - buffer->length > length) {
            vsnprintf((char *)buffer->bytes + buffer->length, length + 1, format, again);
        } else if (good && length > 0) {
            char *whole = memory_new(length + 1);
            if (whole) {
                vsnprintf(whole, length + 1, format, again);
                memcpy(buffer->bytes + buffer->length, whole, length);
                memory_free(whole);
            } else {
                buffer->failed = true;
                good = false;
            }
        }
    }
    va_end(again);
    if (good) buffer->length += length;
    return good;
}

bool buffer_u8(Buffer *buffer, uint8_t value) {
    return buffer_bytes(buffer, &value, 1);
}

bool buffer_u16(Buffer *buffer, uint16_t value) {
    uint16_t bytes = __builtin_bswap16(value);
    return buffer_bytes(buffer, &bytes, sizeof bytes);
}

bool buffer_u32(Buffer *buffer, uint32_t value) {
    uint32_t bytes = __builtin_bswap32(value);
    return buffer_bytes(buffer, &bytes, sizeof bytes);
}

bool buffer_u64(Buffer *buffer, uint64_t value) {
    uint64_t bytes = __builtin_bswap64(value);
    return buffer_bytes(buffer, &bytes, sizeof bytes);
}

bool buffer_i64(Buffer *buffer, int64_t value) {
    return buffer_u64(buffer, (uint64_t)value);
}

Text buffer_view(const Buffer *buffer) {
    return (Text){buffer->bytes ? (const char *)buffer->bytes : "", buffer->length};
}

Reader reader_of(const void *bytes, size_t length) {
    assert(bytes || length == 0);
    const uint8_t *at = bytes ? bytes : (const uint8_t *)"";
    return (Reader){at, at + length, false};
}

const uint8_t *read_bytes(Reader *reader, size_t length) {
    if (reader->failed || length > (size_t)(reader->end - reader->at)) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *at = reader->at;
    reader->at += length;
    return at;
}

// The machine is little-endian (checked in the build of the book's formats), the formats are not.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the byte swaps here need little-endian");

uint8_t read_u8(Reader *reader) {
    const uint8_t *at = read_bytes(reader, 1);
    return at ? *at : 0;
}

uint16_t read_u16(Reader *reader) {
    const uint8_t *at = read_bytes(reader, 2);
    uint16_t value = 0;
    if (at) memcpy(&value, at, sizeof value);
    return __builtin_bswap16(value);
}

uint32_t read_u32(Reader *reader) {
    const uint8_t *at = read_bytes(reader, 4);
    uint32_t value = 0;
    if (at) memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}

uint64_t read_u64(Reader *reader) {
    const uint8_t *at = read_bytes(reader, 8);
    uint64_t value = 0;
    if (at) memcpy(&value, at, sizeof value);
    return __builtin_bswap64(value);
}

int64_t read_i64(Reader *reader) {
    return (int64_t)read_u64(reader);
}

size_t reader_left(const Reader *reader) {
    return reader->failed ? 0 : (size_t)(reader->end - reader->at);
}
