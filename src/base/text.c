// Comparing, splitting and judging stretches of bytes.
#include "base/text.h"

int text_compare(Text a, Text b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.at, b.at, shorter) : 0;
    if (order != 0) return order < 0 ? -1 : 1;
    return a.length < b.length ? -1 : a.length > b.length;
}

bool text_begins(Text text, Text prefix) {
    return text.length >= prefix.length &&
           (prefix.length == 0 || memcmp(text.at, prefix.at, prefix.length) == 0);
}

bool text_split(Text text, char mark, Text *before, Text *after) {
    const char *at = text.length ? memchr(text.at, mark, text.length) : NULL;
    if (!at) return false;
    size_t length = (size_t)(at - text.at);
    Text head = {text.at, length}, tail = {at + 1, text.length - length - 1};
    *before = head;
    *after = tail;
    return true;
}

// What a byte may be in an id: 0 never, 1 not at the start, 2 anywhere. Frozen.
static const uint8_t id_byte[128] = {
    // 0x00 to 0x1F: control characters
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    // blank ! " # $ % & ' ( ) * + , - . /
    0,
    1,
    0,
    1,
    1,
    1,
    0,
    0,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    // 0 to 9 : ; < = > ?
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    1,
    1,
    0,
    1,
    0,
    1,
    // @ A to O
    1,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    // P to Z [ \ ] ^ _
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    1,
    0,
    1,
    1,
    1,
    // ` a to o
    0,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    // p to z { | } ~ delete
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    2,
    1,
    1,
    1,
    1,
    0,
};

bool id_is_valid(Text id) {
    if (id.length == 0 || id.length > ID_BYTES_MAX) return false;
    uint8_t first = (uint8_t)id.at[0];
    if (first >= 128 || id_byte[first] != 2) return false;
    for (size_t i = 1; i < id.length; i++) {
        uint8_t c = (uint8_t)id.at[i];
        if (c >= 128 || id_byte[c] == 0) return false;
    }
    return true;
}

bool party_id_is_valid(Text id) {
    return id.length <= PARTY_ID_BYTES_MAX && id_is_valid(id) && !memchr(id.at, ':', id.length);
}

bool scoped_id_is_valid(Text id) {
    Text party, local;
    return id.length <= ID_BYTES_MAX && text_split(id, ':', &party, &local) &&
           party_id_is_valid(party) && id_is_valid(local);
}

Text scoped_id_party(Text id) {
    Text party, local;
    if (!text_split(id, ':', &party, &local)) return (Text){"", 0};
    return party;
}

// The well-formed sequences of the Unicode Standard, table 3-7: the first byte sets how many follow
// and within which range the second must lie.
bool utf8_is_valid(Text text) {
    const uint8_t *at = (const uint8_t *)text.at;
    size_t left = text.length;
    while (left > 0) {
        uint8_t c = *at;
        size_t width;
        uint8_t low = 0x80, high = 0xBF;
        if (c < 0x80) {
            width = 1;
        } else if (c >= 0xC2 && c <= 0xDF) {
            width = 2;
        } else if (c >= 0xE0 && c <= 0xEF) {
            width = 3;
            if (c == 0xE0) low = 0xA0;  // shorter forms exist
            if (c == 0xED) high = 0x9F; // surrogates
        } else if (c >= 0xF0 && c <= 0xF4) {
            width = 4;
            if (c == 0xF0) low = 0x90;  // shorter forms exist
            if (c == 0xF4) high = 0x8F; // beyond U+10FFFF
        } else {
            return false;
        }
        if (width > left) return false;
        if (width > 1 && (at[1] < low || at[1] > high)) return false;
        for (size_t i = 2; i < width; i++) {
            if ((at[i] & 0xC0) != 0x80) return false;
        }
        at += width;
        left -= width;
    }
    return true;
}
