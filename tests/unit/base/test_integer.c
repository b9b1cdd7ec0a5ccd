// Against a reference that works on single bits, as on paper: slow, and nothing shared with the
// code.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/integer.h"

enum { BITS = 320 };

// A natural number, lowest bit first.
typedef struct Bits {
    uint8_t bit[BITS];
} Bits;

static Bits bits_of(u128 value) {
    Bits made = {{0}};
    for (int i = 0; i < 128; i++)
        made.bit[i] = (uint8_t)(value >> i & 1);
    return made;
}

static int bits_compare(const Bits *a, const Bits *b) {
    for (int i = BITS - 1; i >= 0; i--) {
        if (a->bit[i] != b->bit[i]) return a->bit[i] < b->bit[i] ? -1 : 1;
    }
    return 0;
}

static void bits_add_shifted(Bits *sum, const Bits *more, int shift) {
    int carry = 0;
    for (int i = shift; i < BITS; i++) {
        int whole = sum->bit[i] + more->bit[i - shift] + carry;
        sum->bit[i] = (uint8_t)(whole & 1);
        carry = whole >> 1;
    }
    assert_int_equal(carry, 0);
}

static void bits_subtract(Bits *from, const Bits *less) {
    int borrow = 0;
    for (int i = 0; i < BITS; i++) {
        int left = from->bit[i] - less->bit[i] - borrow;
        from->bit[i] = (uint8_t)(left & 1);
        borrow = left < 0;
    }
    assert_int_equal(borrow, 0);
}

static Bits bits_multiply(const Bits *a, const Bits *b) {
    Bits product = {{0}};
    for (int i = 0; i < BITS; i++) {
        if (b->bit[i]) bits_add_shifted(&product, a, i);
    }
    return product;
}

static Bits bits_divide_even(const Bits *numerator, const Bits *denominator) {
    Bits quotient = {{0}}, rest = {{0}}, one = bits_of(1);
    for (int i = BITS - 1; i >= 0; i--) {
        memmove(rest.bit + 1, rest.bit, BITS - 1);
        rest.bit[0] = numerator->bit[i];
        if (bits_compare(&rest, denominator) >= 0) {
            bits_subtract(&rest, denominator);
            quotient.bit[i] = 1;
        }
    }
    Bits twice = {{0}};
    bits_add_shifted(&twice, &rest, 1);
    int half = bits_compare(&twice, denominator);
    if (half > 0 || (half == 0 && quotient.bit[0])) bits_add_shifted(&quotient, &one, 0);
    return quotient;
}

static bool bits_fit(const Bits *value, int bits, u128 *out) {
    *out = 0;
    for (int i = 0; i < BITS; i++) {
        if (!value->bit[i]) continue;
        if (i >= bits) return false;
        *out |= (u128)1 << i;
    }
    return true;
}

static uint64_t seed = 20240611;
static uint64_t draw(void) { // splitmix64
    uint64_t z = seed += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}
// Any number of bits, so that small and large numbers meet.
static int64_t draw_natural(void) {
    return (int64_t)(draw() >> 1 >> draw() % 63);
}
static u128 draw_wide(void) {
    return ((u128)draw() << 64 | draw()) >> draw() % 128;
}

static const int64_t extremes[] = {0,
                                   1,
                                   2,
                                   3,
                                   5,
                                   999999999,
                                   1000000000,
                                   INT32_MAX,
                                   4294967295,
                                   4294967296,
                                   4294967297,
                                   INT64_C(1) << 62,
                                   INT64_MAX - 1,
                                   INT64_MAX};
enum { EXTREMES = sizeof extremes / sizeof *extremes };

static void check_muldiv(int64_t a, int64_t b, int64_t c) {
    bool negative = (a < 0) != (b < 0);
    Bits wide_a = bits_of(a < 0 ? -(u128)a : (u128)a), wide_b = bits_of(b < 0 ? -(u128)b : (u128)b);
    Bits product = bits_multiply(&wide_a, &wide_b), divisor = bits_of((u128)c);
    Bits quotient = bits_divide_even(&product, &divisor);
    u128 size;
    bool expected = bits_fit(&quotient, 127, &size);
    i128 value = negative ? -(i128)size : (i128)size;
    expected = expected && value >= INT64_MIN && value <= INT64_MAX;
    int64_t result = 77;
    assert_int_equal(i64_muldiv_even(a, b, c, &result), expected);
    assert_true(result == (expected ? (int64_t)value : 77));
}

static void check_mul3div(int64_t a, int64_t b, int64_t c, int64_t d) {
    Bits wide_a = bits_of((u128)a), wide_b = bits_of((u128)b), wide_c = bits_of((u128)c);
    Bits two = bits_multiply(&wide_a, &wide_b), three = bits_multiply(&two, &wide_c);
    Bits divisor = bits_of((u128)d), quotient = bits_divide_even(&three, &divisor);
    u128 size;
    bool expected = bits_fit(&quotient, 63, &size);
    int64_t result = 77;
    assert_int_equal(i64_mul3div_even(a, b, c, d, &result), expected);
    assert_true(result == (expected ? (int64_t)size : 77));
}

static void product_over_divisor_is_rounded_once_half_to_even(void **state) {
    (void)state;
    int64_t result;
    assert_true(i64_muldiv_even(5, 1, 2, &result) && result == 2);
    assert_true(i64_muldiv_even(7, 1, 2, &result) && result == 4);
    assert_true(i64_muldiv_even(-5, 1, 2, &result) && result == -2);
    assert_true(i64_muldiv_even(-7, 1, 2, &result) && result == -4);
    assert_true(i64_muldiv_even(INT64_MIN, 1, 1, &result) && result == INT64_MIN);
    assert_false(i64_muldiv_even(INT64_MIN, -1, 1, &result));
    for (int a = 0; a < EXTREMES; a++) {
        for (int b = 0; b < EXTREMES; b++) {
            for (int c = 1; c < EXTREMES; c += 2) {
                check_muldiv(extremes[a], extremes[b], extremes[c]);
                check_muldiv(-extremes[a], extremes[b], extremes[c]);
            }
        }
    }
    for (int i = 0; i < 1000; i++) {
        int64_t a = draw_natural(), b = draw_natural(), c = draw_natural();
        check_muldiv(draw() & 1 ? a : -a, draw() & 1 ? b : -b, c ? c : 1);
    }
}

static void product_of_three_is_exact_through_256_bits(void **state) {
    (void)state;
    for (int a = 0; a < EXTREMES; a += 2) {
        for (int b = 1; b < EXTREMES; b += 2) {
            for (int d = 1; d < EXTREMES; d++) {
                check_mul3div(extremes[a], extremes[b], extremes[b], extremes[d]);
                check_mul3div(extremes[EXTREMES - 1], extremes[b], extremes[d], extremes[d]);
            }
        }
    }
    for (int i = 0; i < 1000; i++) {
        int64_t d = draw_natural();
        check_mul3div(draw_natural(), draw_natural(), draw_natural(), d ? d : 1);
    }
    // A tie that only the last bit of 190 decides.
    int64_t result;
    assert_true(i64_mul3div_even(3, 5, 1, 2, &result) && result == 8);
    assert_true(i64_mul3div_even(INT64_MAX, INT64_MAX, 1, INT64_MAX, &result));
    assert_true(result == INT64_MAX);
}

static void wide_division_holds_at_both_ends(void **state) {
    (void)state;
    i128 most = (i128)(~(u128)0 >> 1);
    assert_true(i128_divide_even(most, 1) == most);
    assert_true(i128_divide_even(-most, 1) == -most);
    assert_true(i128_divide_even(most, most) == 1);
    assert_true(i128_divide_even(most / 2, most) == 0);     // just under a half
    assert_true(i128_divide_even(most / 2 + 1, most) == 1); // just over
    assert_true(i128_divide_even(most - 1, 2) == (most - 1) / 2);
    for (int i = 0; i < 1000; i++) {
        u128 numerator = draw_wide() >> 1, denominator = (draw_wide() >> 1) | 1;
        Bits n = bits_of(numerator), d = bits_of(denominator), q = bits_divide_even(&n, &d);
        u128 expected;
        assert_true(bits_fit(&q, 127, &expected));
        assert_true(i128_divide_even((i128)numerator, (i128)denominator) == (i128)expected);
        assert_true(i128_divide_even(-(i128)numerator, (i128)denominator) == -(i128)expected);
    }
}

static void sums_say_when_they_overflow(void **state) {
    (void)state;
    int64_t result = 7;
    assert_false(i64_add(INT64_MAX, 1, &result));
    assert_false(i64_sub(INT64_MIN, 1, &result));
    assert_true(i64_add(INT64_MAX, INT64_MIN, &result) && result == -1);
    assert_true(i64_sub(INT64_MIN, INT64_MIN, &result) && result == 0);
}

static void squares_saturate_instead_of_wrapping(void **state) {
    (void)state;
    u128 most = ~(u128)0;
    assert_true(u128_add_saturating(most, 1) == most);
    assert_true(u128_add_saturating(most - 1, 1) == most);
    assert_true(u128_add_saturating(most / 2, most / 2) == most - 1);
    assert_true(u128_mul_saturating((u128)1 << 64, (u128)1 << 64) == most);
    assert_true(u128_mul_saturating((u128)1 << 64, ((u128)1 << 64) - 1) ==
                most - (((u128)1 << 64) - 1));
    for (int i = 0; i < 1000; i++) {
        u128 a = draw_wide(), b = draw_wide(), expected;
        Bits wide_a = bits_of(a), wide_b = bits_of(b), product = bits_multiply(&wide_a, &wide_b);
        if (!bits_fit(&product, 128, &expected)) expected = most;
        assert_true(u128_mul_saturating(a, b) == expected);
    }
}

static void root_is_the_largest_whose_square_fits(void **state) {
    (void)state;
    assert_true(u128_sqrt_floor(~(u128)0) == UINT64_MAX);
    for (uint64_t i = 0; i < 5000; i++) {
        u128 value = i < 2000 ? i : draw_wide();
        uint64_t root = u128_sqrt_floor(value);
        assert_true((u128)root * root <= value);
        assert_true(root == UINT64_MAX || (u128)(root + 1) * (root + 1) > value);
    }
    for (int i = 0; i < 1000; i++) {
        uint64_t root = draw() | 1;
        assert_true(u128_sqrt_floor((u128)root * root) == root);
        assert_true(u128_sqrt_floor((u128)root * root - 1) == root - 1);
    }
}

static void square_is_compared_without_losing_a_bit(void **state) {
    (void)state;
    u128 most = ~(u128)0;
    assert_true(u128_square_exceeds(most, UINT32_MAX, most));
    assert_false(u128_square_exceeds(6, 36, 1));
    assert_true(u128_square_exceeds(7, 36, 1));
    assert_false(u128_square_exceeds((u128)6 << 62, 36, (u128)1 << 124));
    assert_true(u128_square_exceeds(((u128)6 << 62) + 1, 36, (u128)1 << 124));
    for (int i = 0; i < 1000; i++) {
        u128 a = draw_wide() >> 40, b = draw_wide();
        uint32_t factor = (uint32_t)draw();
        if (i % 2) { // near the border
            b = a;
            a = u128_sqrt_floor(u128_mul_saturating(b, factor)) + (u128)(draw() % 3);
        }
        Bits wide_a = bits_of(a), wide_b = bits_of(b), wide_factor = bits_of(factor);
        Bits square = bits_multiply(&wide_a, &wide_a), limit = bits_multiply(&wide_b, &wide_factor);
        assert_int_equal(u128_square_exceeds(a, factor, b), bits_compare(&square, &limit) > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_over_divisor_is_rounded_once_half_to_even),
        cmocka_unit_test(product_of_three_is_exact_through_256_bits),
        cmocka_unit_test(wide_division_holds_at_both_ends),
        cmocka_unit_test(sums_say_when_they_overflow),
        cmocka_unit_test(squares_saturate_instead_of_wrapping),
        cmocka_unit_test(root_is_the_largest_whose_square_fits),
        cmocka_unit_test(square_is_compared_without_losing_a_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
