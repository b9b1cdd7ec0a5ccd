// A lot against what its papers imply and against all that is known: an honest one, one of another
// source, a blend, one of no known source, and the limits and gaps that lots have.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "origin/judge.h"

enum { PARTS = 5, KNOWN = 3 };
static const OriginKnown known[KNOWN] = {
    {{23, 50, 6.2, 18.5, 0.2}, {0.03, 0.03, 0.03, 0.03, 0.05}},
    {{30, 7, 7, 30, 10}, {0.03, 0.03, 0.03, 0.03, 0.05}},
    {{2, 1, 1, 4, 60}, {0.03, 0.03, 0.03, 0.03, 0.05}},
};

// kg of two sources together, each measured to 2 %.
static OriginDeclared lot_of(size_t a, size_t b, double part_of_b) {
    OriginDeclared lot = {.state = {PART_MEASURED}};
    for (size_t i = 0; i < ORIGIN_PARTS_MAX; i++) {
        lot.state[i] = i < PARTS ? PART_MEASURED : PART_UNKNOWN;
        if (i >= PARTS) continue;
        double sum_a = 0, sum_b = 0;
        for (size_t k = 0; k < PARTS; k++)
            sum_a += known[a].share[k], sum_b += known[b].share[k];
        lot.content[i] = 800 * ((1 - part_of_b) * known[a].share[i] / sum_a +
                                part_of_b * known[b].share[i] / sum_b);
        lot.sd[i] = 0.02;
    }
    return lot;
}

static OriginJudged judged(const OriginDeclared *lot, const double share[KNOWN], Arena *arena) {
    OriginClaim claim = {share, 0};
    OriginJudged j;
    Status status;
    if (!origin_judge(lot, &claim, known, KNOWN, PARTS, arena, &j, &status))
        fail_msg("%s", status.message);
    return j;
}

static void what_is_as_said_fits(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 64 << 20);
    const double first[KNOWN] = {1, 0, 0}, both[KNOWN] = {0.7, 0.3, 0};
    OriginDeclared lot = lot_of(0, 0, 0);
    OriginJudged j = judged(&lot, first, &arena);
    assert_int_equal(j.verdict, ORIGIN_FITS);
    assert_false(j.mixed);
    lot = lot_of(0, 1, 0.3);
    assert_int_equal(judged(&lot, both, &arena).verdict, ORIGIN_FITS);
    // Said to be one and being a blend.
    assert_int_equal(judged(&lot, first, &arena).verdict, ORIGIN_FAILS);
    arena_done(&arena);
}

static void what_is_not_is_told_what_it_looks_like(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 64 << 20);
    const double first[KNOWN] = {1, 0, 0};
    OriginDeclared lot = lot_of(1, 2, 0.4);
    OriginJudged j = judged(&lot, first, &arena);
    assert_int_equal(j.verdict, ORIGIN_FAILS);
    assert_true(j.mixed && j.mixture_fits);
    assert_true(fabs(j.share[1] - 0.6) < 0.02 && fabs(j.share[2] - 0.4) < 0.02);
    assert_true(j.low[1] < 0.6 && 0.6 < j.high[1] && j.high[1] - j.low[1] < 0.2);
    double sum = 0;
    for (int i = 0; i < PARTS; i++)
        sum += j.declared[i];
    assert_true(fabs(sum - 100) < 1e-9);
    arena_done(&arena);
}

static void no_known_source_is_an_answer(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 64 << 20);
    const double first[KNOWN] = {1, 0, 0};
    OriginDeclared lot = lot_of(0, 0, 0);
    lot.content[2] = 3 * lot.content[0]; // three times more praseodymium than lanthanum
    OriginJudged j = judged(&lot, first, &arena);
    assert_int_equal(j.verdict, ORIGIN_FAILS);
    assert_true(j.mixed && !j.mixture_fits);
    arena_done(&arena);
}

// Nothing is claimed: no verdict, but what it looks like is told.
static void without_a_claim_only_the_mixture_speaks(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 64 << 20);
    const double none[KNOWN] = {0, 0, 0};
    OriginDeclared lot = lot_of(2, 2, 0);
    OriginJudged j = judged(&lot, none, &arena);
    assert_int_equal(j.verdict, ORIGIN_UNTESTED);
    assert_true(j.mixed && j.mixture_fits && j.share[2] > 0.95);
    arena_done(&arena);
}

// A result below its limit that the source is far above speaks; unknown parts do not.
static void limits_speak_and_gaps_do_not(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 64 << 20);
    const double second[KNOWN] = {0, 1, 0};
    OriginDeclared lot = lot_of(1, 1, 0);
    lot.state[4] = PART_UNKNOWN;
    assert_int_equal(judged(&lot, second, &arena).verdict, ORIGIN_FITS);
    lot.state[4] = PART_BELOW;
    lot.sd[4] = 1 / 3.0;
    lot.limit[4] = 1000;
    assert_int_equal(judged(&lot, second, &arena).verdict, ORIGIN_FITS);
    lot.limit[4] = 1;
    assert_int_equal(judged(&lot, second, &arena).verdict, ORIGIN_FAILS);
    arena_done(&arena);
}

// Light lost against heavy by leaching is no other source after a step, and is one without.
static void a_tilt_is_what_a_step_does(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 64 << 20);
    const double first[KNOWN] = {1, 0, 0};
    OriginDeclared lot = lot_of(0, 0, 0);
    lot.content[1] *= 0.7; // cerium stayed behind
    OriginClaim claim = {first, 0};
    OriginJudged j;
    Status status;
    assert_true(origin_judge(&lot, &claim, known, KNOWN, PARTS, &arena, &j, &status));
    assert_int_equal(j.verdict, ORIGIN_FAILS);
    claim.steps = 2;
    assert_true(origin_judge(&lot, &claim, known, KNOWN, PARTS, &arena, &j, &status));
    assert_true(j.verdict != ORIGIN_FAILS);
    double direction[ORIGIN_DIRECTIONS * ORIGIN_PARTS_MAX];
    origin_directions(4, ORIGIN_PARTS_MAX, direction);
    assert_true(fabs(direction[0] + 0.1) < 1e-12 && fabs(direction[14] - 0.1) < 1e-12);
    arena_done(&arena);
}

// Each step that may fractionate widens what is expected.
static void steps_widen(void **state) {
    (void)state;
    const double first[KNOWN] = {1, 0, 0};
    double expected[ORIGIN_PARTS_MAX], sd[ORIGIN_PARTS_MAX], wider[ORIGIN_PARTS_MAX];
    OriginClaim claim = {first, 0}, worked = {first, 2};
    assert_true(origin_expect(&claim, known, KNOWN, PARTS, expected, sd));
    assert_true(origin_expect(&worked, known, KNOWN, PARTS, expected, wider));
    for (int i = 0; i < PARTS; i++)
        assert_true(fabs(wider[i] * wider[i] - sd[i] * sd[i] - 2 * 0.0001) < 1e-12);
    const double none[KNOWN] = {0, 0, 0};
    claim.share = none;
    assert_false(origin_expect(&claim, known, KNOWN, PARTS, expected, sd));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_as_said_fits),
        cmocka_unit_test(what_is_not_is_told_what_it_looks_like),
        cmocka_unit_test(no_known_source_is_an_answer),
        cmocka_unit_test(without_a_claim_only_the_mixture_speaks),
        cmocka_unit_test(limits_speak_and_gaps_do_not),
        cmocka_unit_test(a_tilt_is_what_a_step_does),
        cmocka_unit_test(steps_widen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
