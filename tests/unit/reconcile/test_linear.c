// What balances say of measured values, and what they do when they can say nothing: singular,
// contradictory and empty networks. The published cases are run by `ytterby validate`.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "reconcile/gross.h"
#include "reconcile/nonnegative.h"
#include "reconcile/power.h"

static Arena arena;
static Status status;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    status_clear(&status);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static void near(double value, double wanted) {
    if (!(fabs(value - wanted) <= 1e-12 + 1e-10 * fabs(wanted)))
        fail_msg("%.15g instead of %.15g", value, wanted);
}

// In -> node 1 -> node 2 -> out: three measurements of one flow.
static const double chain[] = {1, -1, 0, 0, 1, -1};

static LinearResult reconciled(const LinearProblem *p, LinearSystem *s) {
    LinearResult r = {0};
    if (!linear_prepare(p, &arena, s, &status) || !linear_reconcile(s, &arena, &r, &status))
        fail_msg("%s", status.message);
    return r;
}

static void a_flow_measured_three_times_is_the_weighted_mean(void **state) {
    (void)state;
    const double y[] = {10, 11, 14}, sd[] = {1, 1, 2};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd};
    LinearSystem s;
    LinearResult r = reconciled(&p, &s);
    double mean = (10 + 11 + 14 / 4.0) / 2.25, chi2 = 0;
    for (int j = 0; j < 3; j++) {
        near(r.reconciled[j], mean);
        near(r.sd[j], sqrt(1 / 2.25));
        chi2 += (y[j] - mean) * (y[j] - mean) / (sd[j] * sd[j]);
        // Without it the other two agree on their own mean.
        double w = 2.25 - 1 / (sd[j] * sd[j]), rest = (mean * 2.25 - y[j] / (sd[j] * sd[j])) / w;
        near(r.bias[j], y[j] - rest);
        near(r.z[j], (y[j] - rest) / sqrt(sd[j] * sd[j] + 1 / w));
    }
    near(r.chi2, chi2);
    assert_int_equal(r.df, 2);
    near(r.imbalance[0], -1);
    near(r.imbalance[1], -3);
}

static void uncertainties_may_lie_twelve_decades_apart(void **state) {
    (void)state;
    const double y[] = {10, 11, 14}, sd[] = {1e-6, 1, 1e6};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd};
    LinearSystem s;
    LinearResult r = reconciled(&p, &s);
    near(r.reconciled[2], 10 + 1e-12);
    near(r.sd[0] / 1e-6, 1);
    near(r.chi2, 1 + 16e-12);
}

// A pair of measurements of one flow is as sure as both together, however much worse one is; and a
// balance of two unsure values is not taken for one of exact ones.
static void what_the_others_know_is_not_lost_beside_a_bad_scale(void **state) {
    (void)state;
    static const double SD[] = {1e-6, 1e-3, 0.01, 1, 1e5, 1e7, 1e8};
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++) {
            const double y[] = {100, 100 + SD[j]}, sd[] = {SD[i], SD[j]}, a[] = {1, -1};
            LinearProblem p = {.balances = 1, .values = 2, .a = a, .y = y, .sd = sd};
            LinearSystem s;
            LinearResult r = reconciled(&p, &s);
            double least = fmin(SD[i], SD[j]), most = fmax(SD[i], SD[j]), part = least / most;
            for (int k = 0; k < 2; k++)
                near(r.sd[k] / least, 1 / sqrt(1 + part * part));
            near(r.reconciled[0], r.reconciled[1]);
            double gap = y[1] - y[0];
            near(r.chi2, gap * gap / (SD[i] * SD[i] + SD[j] * SD[j]));
        }
    // Both nodes see the road between them, that nobody knows.
    const double y[] = {10, 3e8, 10 + 1e-6}, sd[] = {1e-6, 1e8, 1e-6};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd};
    LinearSystem s;
    LinearResult r = reconciled(&p, &s);
    for (int k = 0; k < 3; k++)
        near(r.sd[k] / 1e-6, sqrt(0.5));
    near(r.reconciled[1], 10 + 0.5e-6);
    assert_true(fabs(r.chi2 - (9.5 - 6e-7)) < 1e-8); // 10 + 1e-6 is rounded
}

static void an_exact_value_comes_back_unchanged(void **state) {
    (void)state;
    const double y[] = {10, 11, 14}, sd[] = {0, 1, 2};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd};
    LinearSystem s;
    LinearResult r = reconciled(&p, &s);
    for (int j = 0; j < 3; j++) {
        near(r.reconciled[j], 10);
        near(r.sd[j], 0);
    }
    near(r.chi2, 1 + 4);
    assert_int_equal(r.df, 2);
}

static void exact_values_that_contradict_each_other_are_named(void **state) {
    (void)state;
    const double y[] = {10, 11, 14}, sd[] = {0, 1, 0};
    const Text names[] = {TEXT("mine"), TEXT("road"), TEXT("plant")};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd, .names = names};
    LinearSystem s;
    assert_false(linear_prepare(&p, &arena, &s, &status));
    assert_string_equal(status.message, "exact values contradict each other: mine, plant");
    // When they agree, nothing is wrong and the value between them is known exactly.
    const double agree[] = {10, 11, 10};
    status_clear(&status);
    p.y = agree;
    LinearResult r = reconciled(&p, &s);
    near(r.reconciled[1], 10);
    near(r.sd[1], 0);
    near(r.chi2, 1);
}

static void what_is_no_number_is_named(void **state) {
    (void)state;
    const Text names[] = {TEXT("mine"), TEXT("road"), TEXT("plant")};
    double y[] = {10, NAN, 14}, sd[] = {1, 1, 1};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd, .names = names};
    LinearSystem s;
    assert_false(linear_prepare(&p, &arena, &s, &status));
    assert_string_equal(status.message, "value \"road\" is no number");
    y[1] = 11;
    sd[2] = -1;
    assert_false(linear_prepare(&p, &arena, &s, &status));
    assert_string_equal(status.message, "value \"plant\" has an uncertainty below zero");
    sd[2] = NAN;
    assert_false(linear_prepare(&p, &arena, &s, &status));
    sd[2] = INFINITY; // as if it had not been measured
    LinearResult r = reconciled(&p, &s);
    assert_int_equal(r.class_of[2], VALUE_OBSERVABLE);
    near(r.reconciled[2], 10.5);
    assert_null(r.imbalance);
}

static void where_nothing_can_be_checked_nothing_is_said(void **state) {
    (void)state;
    const double y[] = {10, 0, 0}, sd[] = {1, 1, 1};
    const bool measured[] = {true, false, false};
    LinearProblem p = {
        .balances = 2, .values = 3, .a = chain, .y = y, .sd = sd, .measured = measured};
    LinearSystem s;
    LinearResult r = reconciled(&p, &s);
    assert_int_equal(r.df, 0);
    near(r.chi2, 0);
    near(r.p_value, 1);
    assert_int_equal(r.class_of[0], VALUE_NONREDUNDANT);
    assert_false(r.tested[0]);
    near(r.reconciled[2], 10);
    // No balances at all, and no values.
    LinearProblem none = {.balances = 0, .values = 3, .a = chain, .y = y, .sd = sd};
    r = reconciled(&none, &s);
    assert_int_equal(r.df, 0);
    near(r.reconciled[0], 10);
    LinearProblem empty = {.balances = 2, .values = 0, .a = chain, .y = y, .sd = sd};
    r = reconciled(&empty, &s);
    assert_int_equal(r.df, 0);
}

static void a_network_closed_on_itself_counts_ranks(void **state) {
    (void)state;
    // 1 -> 2 -> 3 -> 1: three balances of which two are independent, and no leak can be alone.
    const double ring[] = {-1, 0, 1, 1, -1, 0, 0, 1, -1}, y[] = {5, 6, 7}, sd[] = {1, 1, 1};
    LinearProblem p = {.balances = 3, .values = 3, .a = ring, .y = y, .sd = sd};
    LinearSystem s;
    LinearResult r = reconciled(&p, &s);
    assert_int_equal(r.df, 2);
    near(r.reconciled[0], 6);
    near(r.chi2, 2);
    for (int k = 0; k < 3; k++)
        assert_false(r.leak_tested[k]);
}

static void unobservable_values_have_no_number(void **state) {
    (void)state;
    // Two ways side by side, neither measured: what goes through both is known, what through each
    // is not.
    const double both[] = {1, -1, -1, 0, 0, 1, 1, -1}, y[] = {10, 0, 0, 12}, sd[] = {1, 1, 1, 1};
    const bool measured[] = {true, false, false, true};
    LinearProblem p = {
        .balances = 2, .values = 4, .a = both, .y = y, .sd = sd, .measured = measured};
    LinearSystem s;
    LinearResult r = reconciled(&p, &s);
    assert_int_equal(r.df, 1);
    assert_int_equal(r.class_of[1], VALUE_UNOBSERVABLE);
    assert_int_equal(r.class_of[2], VALUE_UNOBSERVABLE);
    near(r.reconciled[1], 0);
    near(r.reconciled[3], 11);
}

static void a_shared_error_does_not_count_twice(void **state) {
    (void)state;
    // One scale weighs what comes and what goes: its error cancels in the balance.
    const double pass[] = {1, -1}, y[] = {100, 101}, sd[] = {0.1, 0.1}, loading[] = {1, 1};
    LinearProblem p = {
        .balances = 1, .values = 2, .a = pass, .y = y, .sd = sd, .groups = 1, .loading = loading};
    LinearSystem s;
    LinearResult r = reconciled(&p, &s);
    near(r.chi2, 1 / 0.02);
    near(r.z_nodal[0], -1 / sqrt(0.02));
    // The mean is as sure as the scale lets it be.
    near(r.sd[0], sqrt(1 + 0.01 / 2));
}

static void errors_are_found_one_after_the_other(void **state) {
    (void)state;
    // Two nodes with two ways between them; a leak of 5 at the first, a bias of 4 in one way.
    const double a[] = {1, -1, -1, 0, 0, 1, 1, -1};
    const double y[] = {100, 55, 40, 95 - 4.0 + 4.0}, sd[] = {0.5, 0.5, 0.5, 0.5};
    LinearProblem p = {.balances = 2, .values = 4, .a = a, .y = y, .sd = sd};
    LinearSystem s;
    Candidate *candidates;
    size_t count;
    GrossSearch search;
    GrossSelection selection;
    assert_true(linear_prepare(&p, &arena, &s, &status));
    assert_true(gross_candidates(&s, &arena, &candidates, &count, &status));
    assert_int_equal(count, 6);
    assert_true(gross_prepare(&s, candidates, count, &arena, &search, &status));
    // Both ways look alike, and so does what comes in and a leak at the first node, and so on.
    assert_int_equal(search.class_of[1], search.class_of[2]);
    assert_int_equal(search.class_of[0], search.class_of[4]);
    assert_int_equal(search.class_of[3], search.class_of[5]);
    assert_int_equal(search.classes, 3);
    assert_true(gross_select(&search, sidak_chi2(0.05, search.classes), SIZE_MAX, &arena,
                             &selection, &status));
    assert_int_equal(selection.accepted, 1);
    assert_int_equal(selection.taken[0], search.class_of[4]);
    near(selection.step[0].size[4], 5);
    near(selection.step[0].sigma[4], sqrt(1 / 2.4)); // (H^-1)_11 of 0.25 [3 -2; -2 3]
    near(selection.chi2_final, 0);
}

static void nothing_is_taken_below_its_limit(void **state) {
    (void)state;
    const double y[] = {10, 10.5, 11}, sd[] = {1, 1, 1};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd};
    LinearSystem s;
    Candidate *candidates;
    size_t count;
    GrossSearch search;
    GrossSelection selection;
    assert_true(linear_prepare(&p, &arena, &s, &status));
    assert_true(gross_candidates(&s, &arena, &candidates, &count, &status));
    assert_true(gross_prepare(&s, candidates, count, &arena, &search, &status));
    assert_true(
        gross_select(&search, sidak_chi2(0.05, count), SIZE_MAX, &arena, &selection, &status));
    assert_int_equal(selection.accepted, 0);
    assert_int_equal(selection.steps, 1);
}

static void no_value_falls_below_zero(void **state) {
    (void)state;
    // More goes out than comes in: the third stream would have to run backwards.
    const double mix[] = {1, -1, -1}, y[] = {10, 12, 0.1}, sd[] = {1, 1, 1};
    LinearProblem p = {.balances = 1, .values = 3, .a = mix, .y = y, .sd = sd};
    NonnegativeResult r;
    assert_true(nonnegative_reconcile(&p, &arena, &r, &status));
    assert_true(r.unbounded[2] < 0);
    near(r.reconciled[2], 0);
    near(r.reconciled[0], 11);
    near(r.reconciled[1], 11);
    near(r.objective, 2 + 0.01);
    assert_true(r.at_bound[2] && !r.at_bound[0]);
    // 2 (x - y)/s^2 - mu = A'nu with nu = 2 from the first stream.
    near(r.multiplier[2], 2 * (0 - 0.1) + 2);
}

static void power_is_what_the_normal_distribution_says(void **state) {
    (void)state;
    const double y[] = {10, 10, 10}, sd[] = {1, 1, 1}, low[] = {4, 4}, leaks[] = {1, 0, 0, 1};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd};
    LinearSystem s;
    double power[2], alarms;
    assert_true(linear_prepare(&p, &arena, &s, &status));
    PowerQuestion q = {.system = &s,
                       .count = 1,
                       .signatures = leaks,
                       .limit = sidak_chi2(0.05, 1),
                       .low = low,
                       .high = low,
                       .runs = 200000,
                       .seed = 3};
    assert_true(power_simulate(&q, &arena, power, &alarms, &status));
    // One place alone: a two-sided test. (H^-1)_11 of [2 -1; -1 2] is 2/3.
    ClosedPower closed = power_closed(16 * 2 / 3.0, 0.05, 1, 2);
    assert_true(fabs(power[0] - closed.two_sided) < 0.004);
    assert_true(fabs(alarms - 0.05) < 0.003);
    near(power_least(2 / 3.0, 0.05, 0.95), 2 * 1.6448536269514722 / sqrt(2 / 3.0));
}

static void want_of_memory_is_said(void **state) {
    (void)state;
    const double y[] = {10, 11, 14}, sd[] = {1, 1, 2};
    LinearProblem p = {.balances = 2, .values = 3, .a = chain, .y = y, .sd = sd};
    for (size_t bytes = 0; bytes < 4000; bytes += 200) {
        Arena small;
        LinearSystem s;
        LinearResult r;
        arena_init(&small, bytes);
        status_clear(&status);
        if (!linear_prepare(&p, &small, &s, &status) || !linear_reconcile(&s, &small, &r, &status))
            assert_int_equal(status.code, STATUS_NO_MEMORY);
        arena_done(&small);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flow_measured_three_times_is_the_weighted_mean, begin,
                                        end),
        cmocka_unit_test_setup_teardown(uncertainties_may_lie_twelve_decades_apart, begin, end),
        cmocka_unit_test_setup_teardown(what_the_others_know_is_not_lost_beside_a_bad_scale, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_exact_value_comes_back_unchanged, begin, end),
        cmocka_unit_test_setup_teardown(exact_values_that_contradict_each_other_are_named, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_is_no_number_is_named, begin, end),
        cmocka_unit_test_setup_teardown(where_nothing_can_be_checked_nothing_is_said, begin, end),
        cmocka_unit_test_setup_teardown(a_network_closed_on_itself_counts_ranks, begin, end),
        cmocka_unit_test_setup_teardown(unobservable_values_have_no_number, begin, end),
        cmocka_unit_test_setup_teardown(a_shared_error_does_not_count_twice, begin, end),
        cmocka_unit_test_setup_teardown(errors_are_found_one_after_the_other, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_taken_below_its_limit, begin, end),
        cmocka_unit_test_setup_teardown(no_value_falls_below_zero, begin, end),
        cmocka_unit_test_setup_teardown(power_is_what_the_normal_distribution_says, begin, end),
        cmocka_unit_test_setup_teardown(want_of_memory_is_said, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
