// Hexadecimal and base64 (RFC 4648 sections 4, 5 and 8). Reading accepts only what writing gives.
#include "base/encode.h"

void hex_write(const uint8_t *bytes, size_t length, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * length] = 0;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool hex_read(Text text, uint8_t *out, size_t length) {
    if (text.length % 2 != 0 || text.length / 2 != length) return false;
    for (size_t i = 0; i < text.length; i++) {
        if (hex_digit(text.at[i]) < 0) return false;
    }
    for (size_t i = 0; i < length; i++) {
        out[i] = (uint8_t)(hex_digit(text.at[2 * i]) << 4 | hex_digit(text.at[2 * i + 1]));
    }
    return true;
}

typedef struct Alphabet {
    char last_two[2];
    bool padded;
} Alphabet;

static const Alphabet standard = {{'+', '/'}, true};
static const Alphabet for_urls = {{'-', '_'}, false};

static char digit_of(const Alphabet *alphabet, uint32_t value) {
    value &= 63;
    if (value < 26) return (char)('A' + value);
    if (value < 52) return (char)('a' + value - 26);
    if (value < 62) return (char)('0' + value - 52);
    return alphabet->last_two[value - 62];
}

static int value_of(const Alphabet *alphabet, char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == alphabet->last_two[0]) return 62;
    if (c == alphabet->last_two[1]) return 63;
    return -1;
}

// On failure the buffer gets its old length back: an append is whole or nothing.
static bool write_as(Buffer *out, const uint8_t *bytes, size_t length, const Alphabet *alphabet) {
    size_t before = out->length;
    for (size_t i = 0; i < length; i += 3) {
        size_t here = length - i < 3 ? length - i : 3;
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (here > 1) group |= (uint32_t)bytes[i + 1] << 8;
        if (here > 2) group |= bytes[i + 2];
        char four[4] = {digit_of(alphabet, group >> 18), digit_of(alphabet, group >> 12),
                        here > 1 ? digit_of(alphabet, group >> 6) : '=',
                        here > 2 ? digit_of(alphabet, group) : '='};
        if (!buffer_bytes(out, four, alphabet->padded ? 4 : here + 1)) {
            out->length = before;
            return false;
        }
    }
    return !out->failed;
}

static bool read_as(Text text, Buffer *out, const Alphabet *alphabet) {
    size_t digits = text.length;
    if (alphabet->padded) {
        if (text.length % 4 != 0) return false;
        while (digits > 0 && text.length - digits < 2 && text.at[digits - 1] == '=')
            digits--;
    }
    if (digits % 4 == 1) return false;
    size_t before = out->length;
    for (size_t i = 0; i < digits; i += 4) {
        size_t here = digits - i < 4 ? digits - i : 4;
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++) {
            int value = j < here ? value_of(alphabet, text.at[i + j]) : 0;
            if (value < 0) goto not_base64;
            group = group << 6 | (uint32_t)value;
        }
        if ((here == 2 && (group & 0xFFFF)) || (here == 3 && (group & 0xFF))) goto not_base64;
        uint8_t three[3] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group};
        if (!buffer_bytes(out, three, here - 1)) goto not_base64;
    }
    return !out->failed;
not_base64:
    out->length = before;
    return false;
}

bool base64_write(Buffer *out, const uint8_t *bytes, size_t length) {
    return write_as(out, bytes, length, &standard);
}

bool base64_read(Text text, Buffer *out) {
    return read_as(text, out, &standard);
}

bool base64url_write(Buffer *out, const uint8_t *bytes, size_t length) {
    return write_as(out, bytes, length, &for_urls);
}

bool base64url_read(Text text, Buffer *out) {
    return read_as(text, out, &for_urls);
}
