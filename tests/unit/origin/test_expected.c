// Whether a composition is the one that it is said to be: values worked by hand, identities, how
// often an honest one fails, and intervals that cover.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "numeric/draw.h"
#include "origin/composition.h"
#include "origin/expected.h"

static void near(double value, double wanted, double within) {
    if (!(fabs(value - wanted) <= within)) fail_msg("%.15g instead of %.15g", value, wanted);
}

static ExpectedTest test_of(const ExpectedInput *in, Arena *arena) {
    ExpectedTest test;
    Status status;
    if (!expected_test(in, arena, &test, &status)) fail_msg("%s", status.message);
    return test;
}

static const PartState measured[4] = {PART_MEASURED, PART_MEASURED, PART_MEASURED, PART_MEASURED};

// Two parts: one log-ratio. ln(2/1) - ln(1/1) over sqrt(2) 0.1.
static void two_parts_by_hand(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1 << 20);
    const double e[] = {1, 1}, y[] = {2, 1}, sd[] = {0.1, 0.1}, none[] = {0, 0};
    ExpectedInput in = {2, e, none, y, sd, none, measured, 0, NULL};
    ExpectedTest test = test_of(&in, &arena);
    near(test.statistic, log(2) * log(2) / 0.02, 1e-10);
    near(test.df, 1, 0);
    near(test.z[0], log(2) / 0.2, 1e-12);
    double x = -test.log_p;
    near(test.log_e, log((exp(x) - 1 - x) / (x * x)), 1e-9);
    arena_done(&arena);
}

// An e-value: its mean over uniform p is one at most; smooth where the formulas meet.
static void calibrated_evidence_is_an_e_value(void **state) {
    (void)state;
    // The integral of e(p) dp, with x = -ln p: of (1 - exp(-x) (1 + x)) / x^2 over x.
    double sum = 0, step = 1e-3;
    for (int i = 0; i < 200000; i++) {
        double x = (i + 0.5) * step;
        sum += step * exp(log_e_of_log_p(-x) - x);
    }
    assert_true(sum < 1 && sum > 0.99);
    near(log_e_of_log_p(0), log(0.5), 1e-12);
    near(log_e_of_log_p(-0.000999), log_e_of_log_p(-0.001001), 1e-6);
    near(log_e_of_log_p(-39.9999), log_e_of_log_p(-40.0001), 1e-3);
    assert_true(isfinite(log_e_of_log_p(-1e6)));
}

// Equal errors: the statistic is Aitchison's distance over the error, squared; the sum counts
// nothing.
static void equal_errors_give_the_distance_of_aitchison(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1 << 20);
    const double e[] = {1, 2, 3, 4}, y[] = {30, 20, 25, 60}, sd[] = {0.05, 0.05, 0.05, 0.05},
                 none[] = {0, 0, 0, 0};
    ExpectedInput in = {4, e, none, y, sd, none, measured, 0, NULL};
    double d = composition_distance(e, y, 4);
    near(test_of(&in, &arena).statistic, d * d / 0.0025, 1e-9);
    arena_done(&arena);
}

// A direction v adds v v' to the covariance: for two parts the log-ratio's variance is
// 2 sd^2 + (v_1 - v_2)^2.
static void a_direction_adds_to_the_covariance(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1 << 20);
    const double e[] = {1, 1}, y[] = {2, 1}, sd[] = {0.1, 0.1}, none[] = {0, 0};
    const double direction[] = {0.2, -0.1, 0, 0.05};
    ExpectedInput in = {2, e, none, y, sd, none, measured, 2, direction};
    double variance = 0.02 + 0.09 + 0.0025;
    near(test_of(&in, &arena).statistic, log(2) * log(2) / variance, 1e-9);
    in.directions = 1;
    near(test_of(&in, &arena).statistic, log(2) * log(2) / 0.11, 1e-9);
    arena_done(&arena);
}

// A limit above what is expected says little, one far below it says much; what cannot be compared
// is left out.
static void limits_and_zeros(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1 << 20);
    const double e[] = {1, 1, 1, 0}, y[] = {1, 1, 0, 5}, sd[] = {0.1, 0.1, 0.1, 0.1},
                 none[] = {0, 0, 0, 0};
    const PartState below[] = {PART_MEASURED, PART_MEASURED, PART_BELOW, PART_MEASURED};
    double limit[] = {0, 0, 2, 0};
    ExpectedInput in = {4, e, none, y, sd, limit, below, 0, NULL};
    ExpectedTest test = test_of(&in, &arena);
    assert_int_equal(test.used, 3);
    near(test.df, 3, 0);
    near(test.statistic, 0, 1e-6);
    limit[2] = 0.5;
    assert_true(test_of(&in, &arena).log_p < log(1e-4));
    // Nothing measured: nothing said.
    const PartState all_below[] = {PART_BELOW, PART_BELOW, PART_UNKNOWN, PART_UNKNOWN};
    const double limits[] = {1, 1, 1, 1};
    in = (ExpectedInput){4, e, none, y, sd, limits, all_below, 0, NULL};
    near(test_of(&in, &arena).df, 0, 0);
    arena_done(&arena);
}

static void what_has_no_logarithm_is_refused(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1 << 20);
    const double e[] = {1, 1}, y[] = {1, 0}, sd[] = {0.1, 0.1}, none[] = {0, 0};
    ExpectedInput in = {2, e, none, y, sd, none, measured, 0, NULL};
    ExpectedTest test;
    Status status;
    assert_false(expected_test(&in, &arena, &test, &status));
    assert_string_equal(status.message, "part 2 is 0, which has no logarithm");
    const double exact[] = {0, 0};
    in.y = e;
    in.sd = exact;
    assert_false(expected_test(&in, &arena, &test, &status));
    arena_done(&arena);
}

// 4,000 honest compositions, of which some results lie below their limits: one in a hundred fails
// at one per cent, or fewer.
static void honest_ones_seldom_fail(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 64 << 20);
    const double e[] = {50, 30, 15, 0.2}, sd[] = {0.02, 0.03, 0.03, 0.3},
                 scatter[] = {0.03, 0.03, 0.03, 0.05};
    Draw draw = draw_seeded(11);
    int failed = 0, below = 0;
    for (int i = 0; i < 4000; i++) {
        double noise[4], y[4], limit[4] = {0, 0, 0, 0.2};
        PartState state_of[4];
        draw_normals(&draw, noise, 4);
        for (int k = 0; k < 4; k++) {
            y[k] = 3 * e[k] * exp(noise[k] * hypot(sd[k], scatter[k]));
            state_of[k] = PART_MEASURED;
        }
        limit[3] = 0.6;
        if (y[3] < limit[3]) state_of[3] = PART_BELOW, below++;
        ExpectedInput in = {4, e, scatter, y, sd, limit, state_of, 0, NULL};
        arena_reset(&arena);
        failed += test_of(&in, &arena).log_p < log(0.01);
    }
    assert_in_range(below, 1800, 2200);
    assert_in_range(failed, 5, 60);
    arena_done(&arena);
}

static void intervals_cover(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 64 << 20);
    static const double x[] = {0.5, 0.3, 0.15, 0.05, 0.1, 0.2, 0.3, 0.4};
    const double sd[] = {0.01, 0.01, 0.01, 0.01};
    Draw draw = draw_seeded(5);
    int covered = 0;
    for (int i = 0; i < 100; i++) {
        double noise[4], y[4];
        draw_normals(&draw, noise, 4);
        for (int k = 0; k < 4; k++)
            y[k] = 0.6 * x[k] + 0.4 * x[4 + k] + sd[k] * noise[k];
        MixtureInput in = {.parts = 4, .sources = 2, .y = y, .sd = sd, .x = x};
        MixtureFit fit;
        MixtureInterval interval;
        Status status;
        arena_reset(&arena);
        assert_true(mixture_fit(&in, true, &arena, &fit, &status));
        assert_true(
            mixture_intervals(&in, &fit, true, 200, (uint64_t)i, &arena, &interval, &status));
        covered += interval.low[0] <= 0.6 && 0.6 <= interval.high[0];
    }
    assert_in_range(covered, 88, 100);
    arena_done(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_parts_by_hand),
        cmocka_unit_test(equal_errors_give_the_distance_of_aitchison),
        cmocka_unit_test(a_direction_adds_to_the_covariance),
        cmocka_unit_test(calibrated_evidence_is_an_e_value),
        cmocka_unit_test(limits_and_zeros),
        cmocka_unit_test(what_has_no_logarithm_is_refused),
        cmocka_unit_test(honest_ones_seldom_fail),
        cmocka_unit_test(intervals_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
