// A borrowed stretch of bytes: never owns, never ends in zero by promise.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Text {
    const char *at;
    size_t length;
} Text;

#define TEXT(literal)  ((Text){(literal), sizeof(literal) - 1})
#define TEXT_ARG(text) (int)(text).length, (text).at // for printf's "%.*s"

static inline Text text_of(const char *zero_ended) {
    return (Text){zero_ended, zero_ended ? strlen(zero_ended) : 0};
}
static inline bool text_is_empty(Text text) {
    return text.length == 0;
}
static inline bool text_equal(Text a, Text b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}
// Order of unsigned bytes, the shorter first when one begins with the other.
int text_compare(Text a, Text b);
bool text_begins(Text text, Text prefix);
// Splits at the first `mark`; false (and nothing written) when there is none.
bool text_split(Text text, char mark, Text *before, Text *after);

// Ids (frozen, docs/design.md section 3): 1 to 128 bytes of 0x21 to 0x7E, first a letter or digit,
// none of " ' < > & \ and backquote.
enum { ID_BYTES_MAX = 128, PARTY_ID_BYTES_MAX = 32 };
bool id_is_valid(Text id);
// 1 to 32 bytes and no colon.
bool party_id_is_valid(Text id);
// PARTY:LOCAL, split at the first colon: both parts valid, the whole at most 128 bytes.
bool scoped_id_is_valid(Text id);
// The party's part of PARTY:LOCAL; empty when there is no colon.
Text scoped_id_party(Text id);
// Well-formed UTF-8 (no surrogates, no overlong form, at most U+10FFFF).
bool utf8_is_valid(Text text);
