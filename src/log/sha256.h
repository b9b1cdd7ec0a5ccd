// SHA-256, the one hash of the log. The library behind it is a choice of sha256.c alone.
// Nothing here allocates or fails; a Sha256 is a plain value on the caller's stack and may be
// copied to go on from a common beginning.
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { HASH_BYTES = 32 };
typedef struct Hash {
    uint8_t bytes[HASH_BYTES];
} Hash;

typedef struct Sha256 {
    uint32_t state[28];
} Sha256;

void sha256_init(Sha256 *sha);
void sha256_update(Sha256 *sha, const void *bytes, size_t length);
Hash sha256_final(Sha256 *sha);

Hash sha256_of(const void *bytes, size_t length);
// The hash of the pieces one behind the other, without copying them together.
Hash sha256_of_pieces(const Text *pieces, size_t count);

static inline bool hash_equal(const Hash *a, const Hash *b) {
    return memcmp(a->bytes, b->bytes, HASH_BYTES) == 0;
}
static inline Text hash_text(const Hash *hash) {
    return (Text){(const char *)hash->bytes, HASH_BYTES};
}
