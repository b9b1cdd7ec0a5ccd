// Integers that say when they overflow, and products through 128 bits with one rounding.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef __int128 i128;
typedef unsigned __int128 u128;

static inline bool i64_add(int64_t a, int64_t b, int64_t *sum) {
    return !__builtin_add_overflow(a, b, sum);
}
static inline bool i64_sub(int64_t a, int64_t b, int64_t *difference) {
    return !__builtin_sub_overflow(a, b, difference);
}

// numerator / denominator rounded half to even; denominator > 0. Exact for every i128 but the
// least.
i128 i128_divide_even(i128 numerator, i128 denominator);
// a * b / c when it cannot be done in 64 bits.
bool i64_muldiv_even_wide(int64_t a, int64_t b, int64_t c, int64_t *result);
// a * b / c rounded half to even, through 256 bits; c > 0. False when the result needs more
// than 64 bits, and then nothing is written. Shares of every component of every line pass here, so
// the common case is inline, where a constant `c` costs a multiplication.
static inline bool i64_muldiv_even(int64_t a, int64_t b, int64_t c, int64_t *result) {
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product) || product < 0 || c <= 0)
        return i64_muldiv_even_wide(a, b, c, result);
    uint64_t quotient = (uint64_t)product / (uint64_t)c, rest = (uint64_t)product % (uint64_t)c;
    uint64_t other = (uint64_t)c - rest;
    *result = (int64_t)(quotient + (rest > other || (rest == other && (quotient & 1))));
    return true;
}
// a * b * c / d rounded half to even, one rounding; all >= 0, d > 0.
bool i64_mul3div_even(int64_t a, int64_t b, int64_t c, int64_t d, int64_t *result);
// Saturating sums and products of squares, for variances (B5).
static inline u128 u128_add_saturating(u128 a, u128 b) {
    u128 sum;
    return __builtin_add_overflow(a, b, &sum) ? ~(u128)0 : sum;
}
u128 u128_mul_saturating_wide(u128 a, u128 b);
static inline u128 u128_mul_saturating(u128 a, u128 b) {
    if (((a | b) >> 64) == 0) return (u128)(uint64_t)a * (uint64_t)b;
    return u128_mul_saturating_wide(a, b);
}
// The largest r with r * r <= value.
uint64_t u128_sqrt_floor(u128 value);
// Whether a * a > factor * b, exactly (through 256 bits).
bool u128_square_exceeds(u128 a, uint32_t factor, u128 b);
