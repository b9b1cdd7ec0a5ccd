// Hexadecimal and base64, strict in reading: one spelling for each value.
#pragma once
#include "base/buffer.h"

// Lower case. `out` holds 2 * length + 1 bytes.
void hex_write(const uint8_t *bytes, size_t length, char *out);
// Exactly 2 * length lower-case digits, else false.
bool hex_read(Text text, uint8_t *out, size_t length);
// The standard alphabet with padding; append to a buffer.
bool base64_write(Buffer *out, const uint8_t *bytes, size_t length);
// Strict: padding as needed, no blanks, unused bits zero. Appends to `out`.
bool base64_read(Text text, Buffer *out);
// base64url without padding (RFC 4648 section 5).
bool base64url_write(Buffer *out, const uint8_t *bytes, size_t length);
bool base64url_read(Text text, Buffer *out);
