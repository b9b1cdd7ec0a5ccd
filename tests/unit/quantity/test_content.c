#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/memory.h"
#include "quantity/content.h"

static uint64_t seed = 99;
static uint64_t draw(void) { // splitmix64
    uint64_t z = seed += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}
static int64_t draw_below(int64_t limit) {
    return (int64_t)(draw() % (uint64_t)limit);
}

// A content that keeps the invariant, in a net mass of that size.
static Content draw_content(int64_t net) {
    Content made = {.stated = draw() & COMPONENT_MASK, .below = draw() & draw() & COMPONENT_MASK};
    made.whole = (made.stated | made.below) & draw();
    made.dry = draw_below(net + 1);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (made.stated >> c & 1) made.mg[c] = draw_below(net + 1) >> draw() % 40;
        if (made.below >> c & 1) made.bound[c] = draw_below(net + 1) >> 20;
    }
    return made;
}

static void check_invariant(const Content *content) {
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!(content->stated >> c & 1)) assert_true(content->mg[c] == 0);
        if (!(content->below >> c & 1)) assert_true(content->bound[c] == 0);
        assert_true(content->mg[c] >= 0 && content->bound[c] >= 0);
    }
}

static void sum_joins_what_is_stated_and_keeps_only_what_all_stated(void **state) {
    (void)state;
    Content a = {.stated = 3, .whole = 7, .below = 4, .dry = 10, .mg = {1, 2}, .bound = {0, 0, 5}};
    Content b = {.stated = 6, .whole = 6, .dry = 20, .mg = {0, 30, 40}};
    Content sum, zero;
    assert_true(content_add(&a, &b, &sum));
    assert_true(sum.stated == 7 && sum.whole == 6 && sum.below == 4 && sum.dry == 30);
    assert_true(sum.mg[0] == 1 && sum.mg[1] == 32 && sum.mg[2] == 40 && sum.bound[2] == 5);
    content_zero(&zero);
    assert_true(content_is_empty(&zero));
    assert_true(content_add(&zero, &a, &zero)); // the sum may be a part
    assert_true(content_equal(&zero, &a));
    assert_false(content_is_empty(&a));
}

static void sum_that_leaves_64_bits_writes_nothing(void **state) {
    (void)state;
    Content a = {.stated = 1, .mg = {INT64_MAX}}, b = {.stated = 1, .mg = {1}};
    Content sum = {.dry = 77};
    assert_false(content_add(&a, &b, &sum));
    assert_true(sum.dry == 77);
    a = (Content){.dry = INT64_MAX};
    b = (Content){.dry = 1};
    assert_false(content_add(&a, &b, &a));
    assert_true(a.dry == INT64_MAX);
    a = (Content){.below = 1, .bound = {INT64_MAX}};
    b = (Content){.below = 1, .bound = {1}};
    assert_false(content_add(&a, &b, &sum));
}

static void difference_never_goes_below_zero(void **state) {
    (void)state;
    Content whole = {.stated = 3, .whole = 3, .dry = 10, .mg = {5, 6}};
    Content part = {.stated = 1, .whole = 1, .dry = 4, .mg = {5}};
    Content left = {.dry = 77};
    assert_true(content_sub(&whole, &part, &left));
    assert_true(left.stated == 3 && left.whole == 3 && left.dry == 6);
    assert_true(left.mg[0] == 0 && left.mg[1] == 6);
    part.mg[0] = 6;
    assert_false(content_sub(&whole, &part, &left));
    assert_true(left.dry == 6);
    part = (Content){.stated = 4, .mg = {0, 0, 1}}; // of what the whole never stated
    assert_false(content_sub(&whole, &part, &left));
    part = (Content){.dry = 11};
    assert_false(content_sub(&whole, &part, &left));
    part = (Content){.below = 1, .bound = {1}};
    assert_false(content_sub(&whole, &part, &left));
}

static void parts_taken_one_after_the_other_add_up_to_the_whole(void **state) {
    (void)state;
    for (int round = 0; round < 3000; round++) {
        int64_t net = 1 + draw_below(round % 3 ? 100000 : MASS_LIMIT_MG - 1);
        Content start = draw_content(net), taken = {0}, part;
        taken.stated = start.stated, taken.whole = start.whole, taken.below = start.below;
        int64_t mass = 0;
        while (mass < net) {
            int64_t step = 1 + draw_below(net - mass);
            if (draw() % 4 == 0) step = 1;
            if (draw() % 16 == 0) step = net - mass;
            mass += step;
            content_share(&start, net, mass, &taken, &part);
            check_invariant(&part);
            assert_true(part.stated == start.stated && part.whole == start.whole);
            assert_true(content_add(&taken, &part, &taken));
            // What was taken is at every step the share of the mass, to half a milligram.
            i128 error = (i128)taken.dry * net - (i128)start.dry * mass;
            assert_true(2 * (error < 0 ? -error : error) <= net);
        }
        assert_true(content_equal(&taken, &start));
    }
}

static void share_rounds_half_to_even(void **state) {
    (void)state;
    assert_true(share_even(1, 2, 1, 0) == 0); // a half goes to nought,
    assert_true(share_even(3, 2, 1, 0) == 2); // one and a half to two
    assert_true(share_even(5, 2, 1, 0) == 2);
    assert_true(share_even(5, 2, 2, 2) == 3);
    assert_true(share_even(INT64_MAX, MASS_LIMIT_MG, MASS_LIMIT_MG, 0) == INT64_MAX);
    assert_true(share_even(7, 3, 0, 0) == 0);
}

static void bytes_are_as_frozen(void **state) {
    (void)state;
    Content content = {.stated = 1u << 3 | 1u << 21,
                       .whole = 1u << 3 | 1u << 17,
                       .below = 1u << 17,
                       .dry = 0x0102030405060708};
    content.mg[3] = 0x11;
    content.mg[21] = 0x22;
    content.bound[17] = 0x33;
    static const uint8_t expected[] = {0, 0,    0, 0, 0, 0x20, 0, 0x08, 0, 0, 0, 0,    0, 0x02,
                                       0, 0x08, 0, 0, 0, 0,    0, 0x02, 0, 0, 1, 2,    3, 4,
                                       5, 6,    7, 8, 0, 0,    0, 0,    0, 0, 0, 0x11, 0, 0,
                                       0, 0,    0, 0, 0, 0x22, 0, 0,    0, 0, 0, 0,    0, 0x33};
    Buffer out;
    buffer_init(&out, 1000);
    assert_true(content_write(&out, &content));
    assert_int_equal(out.length, sizeof expected);
    assert_memory_equal(out.bytes, expected, sizeof expected);
    Content back;
    Reader reader = reader_of(out.bytes, out.length);
    assert_true(content_read(&reader, &back));
    assert_true(content_equal(&content, &back));
    assert_int_equal(reader_left(&reader), 0);
    buffer_done(&out);
}

static void every_content_comes_back_from_its_bytes(void **state) {
    (void)state;
    Buffer out;
    buffer_init(&out, 1000);
    for (int i = 0; i < 2000; i++) {
        Content content = draw_content(MASS_LIMIT_MG - 1), back = {.dry = 77};
        buffer_reset(&out);
        assert_true(content_write(&out, &content));
        Reader reader = reader_of(out.bytes, out.length);
        assert_true(content_read(&reader, &back));
        assert_true(content_equal(&content, &back));
        back.dry = 77;
        size_t cut = (size_t)draw_below((int64_t)out.length);
        reader = reader_of(out.bytes, cut);
        assert_false(content_read(&reader, &back));
        assert_true(back.dry == 77);
    }
    buffer_done(&out);
}

static void bytes_that_are_no_content_are_refused(void **state) {
    (void)state;
    Buffer out;
    buffer_init(&out, 1000);
    for (int wrong = 0; wrong < 6; wrong++) {
        buffer_reset(&out);
        buffer_u64(&out, wrong == 0 ? 1u << 22 : 1);
        buffer_u64(&out, wrong == 1 ? 1ull << 63 : 0);
        buffer_u64(&out, wrong == 2 ? 1u << 30 : 1);
        buffer_i64(&out, wrong == 3 ? -1 : 0);
        buffer_i64(&out, wrong == 4 ? -1 : 0);
        buffer_i64(&out, wrong == 5 ? INT64_MIN : 0);
        Reader reader = reader_of(out.bytes, out.length);
        Content content = {.dry = 77};
        assert_false(content_read(&reader, &content));
        assert_true(content.dry == 77);
    }
    buffer_done(&out);
    buffer_init(&out, 30); // too small for any content
    Content zero;
    content_zero(&zero);
    assert_false(content_write(&out, &zero));
    assert_int_equal(out.length, 0);
    buffer_done(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_joins_what_is_stated_and_keeps_only_what_all_stated),
        cmocka_unit_test(sum_that_leaves_64_bits_writes_nothing),
        cmocka_unit_test(difference_never_goes_below_zero),
        cmocka_unit_test(parts_taken_one_after_the_other_add_up_to_the_whole),
        cmocka_unit_test(share_rounds_half_to_even),
        cmocka_unit_test(bytes_are_as_frozen),
        cmocka_unit_test(every_content_comes_back_from_its_bytes),
        cmocka_unit_test(bytes_that_are_no_content_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
