// SipHash with 64 bits of output: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input
// PRF", INDOCRYPT 2012, section 2. The names v0 to v3 are the paper's, and so is the notation c-d:
// c rounds for each word, d at the end. 1-3 is what the authors later recommend for hash tables
// (and Rust's and Ruby's tables use): still keyed, at half the price for short texts.
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

typedef struct Sip {
    uint64_t v0, v1, v2, v3;
} Sip;

static inline Sip sip_rounds(Sip s, int count) {
    for (int i = 0; i < count; i++) {
        s.v0 += s.v1;
        s.v1 = turn(s.v1, 13) ^ s.v0;
        s.v0 = turn(s.v0, 32);
        s.v2 += s.v3;
        s.v3 = turn(s.v3, 16) ^ s.v2;
        s.v0 += s.v3;
        s.v3 = turn(s.v3, 21) ^ s.v0;
        s.v2 += s.v1;
        s.v1 = turn(s.v1, 17) ^ s.v2;
        s.v2 = turn(s.v2, 32);
    }
    return s;
}

static inline Sip sip_word(Sip s, uint64_t word, int rounds) {
    s.v3 ^= word;
    s = sip_rounds(s, rounds);
    s.v0 ^= word;
    return s;
}

// The bytes behind the last whole word, first byte lowest.
static inline uint64_t rest_of(const uint8_t *bytes, size_t length) {
    size_t left = length & 7;
    if (left == 0) return 0;
    // A longer text has the word that ends where it ends.
    if (length > 8) return load(bytes + length - 8) >> (64 - 8 * left);
    uint64_t rest = 0;
    for (size_t i = 0; i < left; i++)
        rest |= (uint64_t)bytes[i] << (8 * i);
    return rest;
}

static inline uint64_t sip(const uint8_t key[16], const uint8_t *bytes, size_t length, int c,
                           int d) {
    uint64_t k0 = load(key), k1 = load(key + 8);
    Sip s = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
             k1 ^ 0x7465646279746573};
    for (size_t at = 0; at + 8 <= length; at += 8)
        s = sip_word(s, load(bytes + at), c);
    s = sip_word(s, (uint64_t)(length & 0xFF) << 56 | rest_of(bytes, length), c);
    s.v2 ^= 0xFF;
    s = sip_rounds(s, d);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t siphash(const uint8_t key[16], const void *bytes, size_t length) {
    return sip(key, bytes, length, 2, 4);
}

uint64_t siphash_table(const uint8_t key[16], const void *bytes, size_t length) {
    return sip(key, bytes, length, 1, 3);
}
