// SipHash-2-4 with 64 bits of output: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast
// short-input PRF", INDOCRYPT 2012, section 2. The names v0 to v3 are the paper's.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/intern.h"

static inline uint64_t turn(uint64_t x, unsigned bits) {
    return x << bits | x >> (64 - bits);
}

static inline uint64_t load(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word; // the paper's words are little-endian, as the machine's are
}

static inline void sip_round(uint64_t v[4]) {
    v[0] += v[1];
    v[1] = turn(v[1], 13) ^ v[0];
    v[0] = turn(v[0], 32);
    v[2] += v[3];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = turn(v[1], 17) ^ v[2];
    v[2] = turn(v[2], 32);
}

uint64_t siphash(const uint8_t key[16], const void *bytes, size_t length) {
    uint64_t k0 = load(key), k1 = load(key + 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                     k1 ^ 0x7465646279746573};
    const uint8_t *at = bytes;
    size_t left = length;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word = load(at);
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)(length & 0xFF) << 56;
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)at[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xFF;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
