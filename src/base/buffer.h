// Bytes that grow, with a named maximum. After a failed append the buffer holds what it held.
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/status.h"
#include "base/text.h"

typedef struct Buffer {
    uint8_t *bytes;
    size_t length, capacity, limit;
    bool failed;   // an append did not fit or memory was short; stays set until buffer_reset()
} Buffer;

void buffer_init(Buffer *buffer, size_t limit_bytes);
void buffer_done(Buffer *buffer);
void buffer_reset(Buffer *buffer);   // length 0, failed false; keeps the memory
// Appends return false when they did not fit, and from then on; one may also append freely and ask
// `failed` at the end. What is appended may not lie in the buffer itself.
bool buffer_bytes(Buffer *buffer, const void *bytes, size_t length);
bool buffer_text(Buffer *buffer, Text text);
bool buffer_string(Buffer *buffer, const char *zero_ended);
bool buffer_char(Buffer *buffer, char c);
bool buffer_format(Buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
bool buffer_u8(Buffer *buffer, uint8_t value);
bool buffer_u16(Buffer *buffer, uint16_t value);   // big-endian, as all our stored formats
bool buffer_u32(Buffer *buffer, uint32_t value);
bool buffer_u64(Buffer *buffer, uint64_t value);
bool buffer_i64(Buffer *buffer, int64_t value);
Text buffer_view(const Buffer *buffer);

// Reads big-endian integers and stretches from bytes; any reading past the end sets `failed` and
// gives zeros from then on.
typedef struct Reader {
    const uint8_t *at, *end;
    bool failed;
} Reader;

Reader reader_of(const void *bytes, size_t length);
uint8_t read_u8(Reader *reader);
uint16_t read_u16(Reader *reader);
uint32_t read_u32(Reader *reader);
uint64_t read_u64(Reader *reader);
int64_t read_i64(Reader *reader);
const uint8_t *read_bytes(Reader *reader, size_t length);   // null when short
size_t reader_left(const Reader *reader);
