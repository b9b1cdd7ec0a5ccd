// Exact products and quotients. What is wider than 128 bits stands as two halves (high, low) of
// 128, or as limbs of 64 bits, and is multiplied and divided as on paper.
#include "base/integer.h"

#include <assert.h>
#include <stddef.h>

#define U128_MAX (~(u128)0)

typedef struct U256 {
    u128 high, low;
} U256;

// numerator / denominator, half to even; the quotient has room for one more since denominator is at
// least 1 and a remainder needs at least 2.
static u128 divide_even(u128 numerator, u128 denominator) {
    u128 quotient, rest;
    if (numerator <= UINT64_MAX && denominator <= UINT64_MAX) {
        // Most quotients of the trade are small, and a division of 64 bits costs a third.
        quotient = (uint64_t)numerator / (uint64_t)denominator;
        rest = (uint64_t)numerator % (uint64_t)denominator;
    } else {
        quotient = numerator / denominator;
        rest = numerator % denominator;
    }
    u128 other = denominator - rest; // not 2 * rest, which may not fit
    if (rest > other || (rest == other && (quotient & 1))) quotient++;
    return quotient;
}

i128 i128_divide_even(i128 numerator, i128 denominator) {
    assert(denominator > 0);
    if (numerator >= 0) return (i128)divide_even((u128)numerator, (u128)denominator);
    return -(i128)divide_even(-(u128)numerator, (u128)denominator);
}

// 128 bits by 64, where the quotient fits in 64 (high < divisor): the processor does it in one
// instruction, to which compilers have no word.
static inline uint64_t divide_wide(uint64_t high, uint64_t low, uint64_t divisor, uint64_t *rest) {
#ifdef __x86_64__
    uint64_t quotient;
    __asm__("divq %4" : "=a"(quotient), "=d"(*rest) : "a"(low), "d"(high), "r"(divisor) : "cc");
    return quotient;
#else
    u128 whole = (u128)high << 64 | low;
    *rest = (uint64_t)(whole % divisor);
    return (uint64_t)(whole / divisor);
#endif
}

bool i64_muldiv_even_wide(int64_t a, int64_t b, int64_t c, int64_t *result) {
    assert(c > 0);
    i128 product = (i128)a * b;
    uint64_t high = (uint64_t)(product >> 64);
    if (product >= 0 && high < (uint64_t)c / 4) { // the quotient has a bit to spare for rounding up
        uint64_t rest, whole = divide_wide(high, (uint64_t)product, (uint64_t)c, &rest);
        uint64_t other = (uint64_t)c - rest;
        *result = (int64_t)(whole + (rest > other || (rest == other && (whole & 1))));
        return true;
    }
    i128 quotient = i128_divide_even(product, c);
    if (quotient < INT64_MIN || quotient > INT64_MAX) return false;
    *result = (int64_t)quotient;
    return true;
}

bool i64_mul3div_even(int64_t a, int64_t b, int64_t c, int64_t d, int64_t *result) {
    assert(a >= 0 && b >= 0 && c >= 0 && d > 0);
    uint64_t divisor = (uint64_t)d;
    u128 ab = (u128)(uint64_t)a * (uint64_t)b;
    u128 low = (u128)(uint64_t)ab * (uint64_t)c;
    u128 high = (ab >> 64) * (uint64_t)c + (low >> 64);
    uint64_t limbs[3] = {(uint64_t)(high >> 64), (uint64_t)high, (uint64_t)low};
    uint64_t quotient[3], rest = 0;
    for (int i = 0; i < 3; i++) {
        u128 part = (u128)rest << 64 | limbs[i];
        quotient[i] = (uint64_t)(part / divisor);
        rest = (uint64_t)(part % divisor);
    }
    if (quotient[0] || quotient[1]) return false;
    uint64_t other = divisor - rest, rounded = quotient[2];
    bool up = rest > other || (rest == other && (rounded & 1));
    if (rounded > (uint64_t)INT64_MAX - up) return false;
    *result = (int64_t)(rounded + up);
    return true;
}

static U256 multiply(u128 a, u128 b) {
    u128 a0 = (uint64_t)a, a1 = a >> 64, b0 = (uint64_t)b, b1 = b >> 64;
    u128 low = a0 * b0, cross = a1 * b0, other = a0 * b1, high = a1 * b1;
    u128 middle = (low >> 64) + (uint64_t)cross + (uint64_t)other;
    return (U256){high + (cross >> 64) + (other >> 64) + (middle >> 64),
                  middle << 64 | (uint64_t)low};
}

u128 u128_mul_saturating_wide(u128 a, u128 b) {
    U256 product = multiply(a, b);
    return product.high ? U128_MAX : product.low;
}

uint64_t u128_sqrt_floor(u128 value) {
    if (value == 0) return 0;
    uint64_t high = (uint64_t)(value >> 64);
    unsigned bits = high ? 128 - (unsigned)__builtin_clzll(high)
                         : 64 - (unsigned)__builtin_clzll((uint64_t)value);
    // Newton's iteration from above comes down to the floor and then turns back.
    u128 root = (u128)1 << ((bits + 1) / 2);
    for (;;) {
        u128 next = (root + value / root) >> 1;
        if (next >= root) return (uint64_t)root;
        root = next;
    }
}

bool u128_square_exceeds(u128 a, uint32_t factor, u128 b) {
    U256 square = multiply(a, a), limit = multiply(factor, b);
    return square.high != limit.high ? square.high > limit.high : square.low > limit.low;
}
