#include "log/line.h"
#include "base/encode.h"

enum { NUMBER_DIGITS_MAX = 19, HASH_DIGITS = 44 };

bool line_take(Text *rest, Text *line) {
    return text_split(*rest, '\n', line, rest);
}

bool line_number(Text text, uint64_t *number) {
    if (text.length == 0 || text.length > NUMBER_DIGITS_MAX) return false;
    if (text.length > 1 && text.at[0] == '0') return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (value > TREE_SIZE_MAX) return false;
    *number = value;
    return true;
}

bool line_hash(Text text, Hash *hash) {
    if (text.length != HASH_DIGITS) return false;
    uint8_t space[2 * HASH_BYTES]; // a buffer on the stack: it neither grows nor is freed
    Buffer bytes = {.bytes = space, .capacity = sizeof space, .limit = sizeof space};
    if (!base64_read(text, &bytes) || bytes.length != HASH_BYTES) return false;
    memcpy(hash->bytes, space, HASH_BYTES);
    return true;
}

bool line_hash_write(const Hash *hash, Buffer *out) {
    base64_write(out, hash->bytes, HASH_BYTES);
    return buffer_char(out, '\n') && !out->failed;
}
