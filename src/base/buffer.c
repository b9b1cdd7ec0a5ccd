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
    buffer->failed = buffer->over = false;
}

// Room for `more` bytes, or `failed`. Once failed, everything is refused: what the buffer holds is
// then a prefix of what was meant, never a text with a hole in it.
bool buffer_grow(Buffer *buffer, size_t more) {
    if (buffer->failed) return false;
    assert(buffer->length <= buffer->limit || buffer->limit == 0);
    if (buffer->bytes && more <= buffer->capacity - buffer->length) return true;
    if (more > buffer->limit - buffer->length) {
        buffer->failed = buffer->over = true;
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
        good = buffer_grow(buffer, length);
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

Text buffer_view(const Buffer *buffer) {
    return (Text){buffer->bytes ? (const char *)buffer->bytes : "", buffer->length};
}

Reader reader_of(const void *bytes, size_t length) {
    assert(bytes || length == 0);
    const uint8_t *at = bytes ? bytes : (const uint8_t *)"";
    return (Reader){at, at + length, false};
}

size_t reader_left(const Reader *reader) {
    return reader->failed ? 0 : (size_t)(reader->end - reader->at);
}
