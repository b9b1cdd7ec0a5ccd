// Compositions and what they are mixed of: identities that hold exactly, and fits whose answer is
// known.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "origin/composition.h"
#include "origin/mixture.h"

static void near(double value, double wanted, double within) {
    if (!(fabs(value - wanted) <= within)) fail_msg("%.15g instead of %.15g", value, wanted);
}

static void distances_do_not_know_the_sum(void **state) {
    (void)state;
    const double x[] = {0.1, 0.3, 0.6}, y[] = {20, 30, 50};
    double clr[3], ilr[2], other[2], closed[3], turned[3];
    composition_close(y, 3, closed);
    near(composition_distance(x, y, 3), composition_distance(x, closed, 3), 1e-15);
    composition_clr(x, 3, clr);
    near(clr[0] + clr[1] + clr[2], 0, 1e-15);
    composition_ilr(x, 3, ilr);
    composition_ilr(y, 3, other);
    near(hypot(ilr[0] - other[0], ilr[1] - other[1]), composition_distance(x, y, 3), 1e-14);
    composition_power(x, -1, 3, turned);
    composition_perturb(x, turned, 3, closed);
    near(closed[0], 1 / 3.0, 1e-15);
}

static void zeros_are_refused_with_their_place(void **state) {
    (void)state;
    const double rows[] = {1, 2, 0, 1};
    Status status;
    assert_false(composition_check(rows, 2, 2, &status));
    assert_string_equal(status.message, "part 1 of composition 2 is 0");
}

static const double sources[] = {0.5, 0.3, 0.2, 0.1, 0.2, 0.7, 0.3, 0.6, 0.1};

static MixtureFit fit_of(const MixtureInput *in, bool sum, Arena *arena) {
    MixtureFit fit;
    Status status;
    if (!mixture_fit(in, sum, arena, &fit, &status)) fail_msg("%s", status.message);
    return fit;
}

static void a_mixture_is_found_again(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1 << 20);
    double y[3], sd[] = {0.01, 0.01, 0.01};
    for (int i = 0; i < 3; i++)
        y[i] = 0.7 * sources[i] + 0.3 * sources[3 + i];
    MixtureInput in = {.parts = 3, .sources = 3, .y = y, .sd = sd, .x = sources};
    MixtureFit fit = fit_of(&in, true, &arena);
    near(fit.deviance, 0, 1e-20);
    near(fit.share[0], 0.7, 1e-12);
    near(fit.share[1], 0.3, 1e-12);
    near(fit.share[2], 0, 1e-12);
    // Another total: only the fit without the sum can follow it.
    for (int i = 0; i < 3; i++)
        y[i] *= 1.1;
    fit = fit_of(&in, false, &arena);
    near(fit.share[0], 0.77, 1e-12);
    fit = fit_of(&in, true, &arena);
    assert_true(fit.deviance > 1);
    near(fit.share[0] + fit.share[1] + fit.share[2], 1, 1e-14);
    arena_done(&arena);
}

static void a_result_below_its_limit_is_no_measurement(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1 << 20);
    // One source: nothing is free. Two parts measured as they are, one below a limit far above what
    // it must be.
    const double y[] = {0.5, 0.3, 0}, sd[] = {0.01, 0.01, 0.01};
    double limit[] = {-INFINITY, -INFINITY, 0.4};
    const PartState states[] = {PART_MEASURED, PART_MEASURED, PART_BELOW};
    MixtureInput in = {
        .parts = 3, .sources = 1, .y = y, .sd = sd, .limit = limit, .state = states, .x = sources};
    near(fit_of(&in, true, &arena).deviance, 0, 1e-12);
    limit[2] = 0.2; // just there: half the cases lie below
    MixtureFit fit = fit_of(&in, true, &arena);
    near(fit.deviance, 2 * log(2), 1e-12);
    near(mixture_below(&in, &fit, 2), 0.5, 1e-12);
    limit[2] = 0.1; // ten sigmas below what must be there
    assert_true(fit_of(&in, true, &arena).deviance > 100);
    arena_done(&arena);
}

static void the_bootstrap_knows_an_honest_fit(void **state) {
    (void)state;
    Arena arena;
    Status status;
    double p, mean, variance;
    arena_init(&arena, 1 << 20);
    const double y[] = {0.51, 0.29, 0.2}, sd[] = {0.01, 0.01, 0.01};
    MixtureInput in = {.parts = 3, .sources = 1, .y = y, .sd = sd, .x = sources};
    MixtureFit fit = fit_of(&in, true, &arena); // chi-square 2 with 3 degrees of freedom: 0.5724
    assert_true(mixture_bootstrap(&in, &fit, 20000, 3, &arena, &p, &status));
    near(p, 0.5724, 0.012);
    mixture_null(&in, &fit, &mean, &variance);
    near(mean, 3, 1e-15);
    near(variance, 6, 1e-15);
    arena_done(&arena);
}

static void what_cannot_be_fitted_is_said(void **state) {
    (void)state;
    Arena arena;
    Status status;
    MixtureFit fit;
    arena_init(&arena, 1 << 20);
    const double y[] = {0.5, 0.3, 0.2}, zero[] = {0.01, 0, 0.01};
    const PartState unknown[] = {PART_UNKNOWN, PART_UNKNOWN, PART_UNKNOWN};
    MixtureInput in = {.parts = 3, .sources = 1, .y = y, .sd = zero, .x = sources};
    assert_false(mixture_fit(&in, true, &arena, &fit, &status));
    assert_string_equal(status.message, "the uncertainty of part 2 is 0");
    in.state = unknown;
    assert_false(mixture_fit(&in, true, &arena, &fit, &status));
    assert_string_equal(status.message, "no part was analysed");
    in.sources = 0;
    assert_false(mixture_fit(&in, true, &arena, &fit, &status));
    arena_done(&arena);
}

static void the_least_share_is_where_the_power_is(void **state) {
    (void)state;
    const double p[] = {0.5, 0.5}, q[] = {0.4, 0.6}, sd[] = {0.01, 0.01};
    DetectableShare share;
    Status status;
    assert_true(detectable_share(p, q, sd, 2, 0.05, 0.05, &share, &status));
    near(share.information, 200, 1e-9);
    near(share.known, 2 * 1.6448536269514722 / sqrt(200), 1e-12);
    assert_false(detectable_share(p, p, sd, 2, 0.05, 0.05, &share, &status));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_do_not_know_the_sum),
        cmocka_unit_test(zeros_are_refused_with_their_place),
        cmocka_unit_test(a_mixture_is_found_again),
        cmocka_unit_test(a_result_below_its_limit_is_no_measurement),
        cmocka_unit_test(the_bootstrap_knows_an_honest_fit),
        cmocka_unit_test(what_cannot_be_fitted_is_said),
        cmocka_unit_test(the_least_share_is_where_the_power_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
