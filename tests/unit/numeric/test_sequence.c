#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "numeric/dense.h"
#include "numeric/distribution.h"
#include "numeric/page.h"
#include "numeric/sequence.h"

static void close_to(double value, double wanted, double rel) {
    if (!(fabs(value - wanted) <= rel * fabs(wanted) + 1e-15)) {
        fail_msg("%.15g instead of %.15g", value, wanted);
    }
}

static Arena arena;

static int start(void **state) {
    (void)state;
    arena_init(&arena, (size_t)1 << 24);
    return 0;
}

static int stop(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static void a_stock_between_two_months_makes_them_negatively_correlated(void **state) {
    (void)state;
    // One stock of 100 with u = 1 %: it closes the first month and opens the second.
    const SequenceError errors[] = {{5, 0, SEQUENCE_NO_GROUP, -1.0, 0.0},
                                    {5, 1, SEQUENCE_NO_GROUP, 1.0, 0.0}};
    SequenceCovariance c;
    assert_true(sequence_covariance(2, errors, 2, &arena, &c, NULL));
    assert_true(c.whole[0] == 1.0 && c.whole[3] == 1.0);
    assert_true(c.whole[1] == -1.0 && c.whole[2] == -1.0);
}

static void a_lot_that_lay_there_all_month_cancels(void **state) {
    (void)state;
    const SequenceError errors[] = {{5, 0, 3, 1.0, 0.7}, {5, 0, 3, -1.0, -0.7}};
    SequenceCovariance c;
    assert_true(sequence_covariance(1, errors, 2, &arena, &c, NULL));
    assert_true(c.whole[0] == 0.0);
}

static void shared_errors_are_summed_with_sign_before_they_are_squared(void **state) {
    (void)state;
    const SequenceError errors[] = {{1, 0, 9, 0.3, 2.0}, {2, 0, 9, 0.4, 3.0}, {3, 0, 9, 0.0, -4.0}};
    SequenceCovariance c;
    assert_true(sequence_covariance(1, errors, 3, &arena, &c, NULL));
    close_to(c.random[0], 0.25, 1e-14);
    close_to(c.whole[0], 0.25 + 1.0, 1e-14);
}

static void sitmuf_of_two_months_is_the_conditional_normal(void **state) {
    (void)state;
    const double c[] = {4.0, -1.0, -1.0, 2.0}, muf[] = {1.0, 3.0};
    SequenceStatistics s;
    assert_true(sequence_statistics(muf, c, 2, &arena, &s, NULL));
    close_to(s.sitmuf[0], 0.5, 1e-15);
    close_to(s.sitmuf[1], (3.0 + 0.25) / sqrt(2.0 - 0.25), 1e-14);
    close_to(s.cumuf[1], 4.0, 1e-15);
    close_to(s.sigma_cumuf[1], 2.0, 1e-15);
    close_to(s.gemuf[1], s.sitmuf[0] * s.sitmuf[0] + s.sitmuf[1] * s.sitmuf[1], 1e-15);
    close_to(s.gemuf_log_p[1], chi2_upper_log(s.gemuf[1], 2.0), 1e-15);
}

static void a_later_month_changes_no_bit_of_earlier_ones(void **state) {
    (void)state;
    SequenceError errors[60];
    double muf[20];
    size_t count = 0;
    for (uint32_t t = 0; t < 20; t++) {
        errors[count++] = (SequenceError){t, t, 1, -0.1 - 0.01 * t, -0.03};
        if (t > 0) errors[count++] = (SequenceError){t - 1, t, 1, 0.1 + 0.01 * (t - 1), 0.03};
        errors[count++] = (SequenceError){100 + t, t, 2, 0.05, 0.02 + 0.001 * t};
        muf[t] = 0.1 * sin((double)t);
    }
    SequenceStatistics whole, part;
    SequenceCovariance c20, c12;
    assert_true(sequence_covariance(20, errors, count, &arena, &c20, NULL));
    size_t first = 0;
    SequenceError early[60];
    for (size_t e = 0; e < count; e++) {
        if (errors[e].period < 12) early[first++] = errors[e];
    }
    assert_true(sequence_covariance(12, early, first, &arena, &c12, NULL));
    assert_true(sequence_statistics(muf, c20.whole, 20, &arena, &whole, NULL));
    assert_true(sequence_statistics(muf, c12.whole, 12, &arena, &part, NULL));
    assert_memory_equal(whole.sitmuf, part.sitmuf, 12 * sizeof(double));
    assert_memory_equal(whole.sigma_cumuf, part.sigma_cumuf, 12 * sizeof(double));
    assert_memory_equal(whole.gemuf_log_p, part.gemuf_log_p, 12 * sizeof(double));
}

static void a_month_without_any_error_is_left_out_of_the_tests(void **state) {
    (void)state;
    const double c[] = {1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0}, muf[] = {1.0, 0.0, 2.0};
    SequenceStatistics s;
    assert_true(sequence_statistics(muf, c, 3, &arena, &s, NULL));
    assert_int_equal(s.state[1], SEQUENCE_EXACT);
    assert_false(s.tested[1]);
    close_to(s.gemuf_df[2], 2.0, 0.0);
    close_to(s.sitmuf[2], 1.0, 1e-15);
    assert_int_equal(s.contradicted, 0);
}

static void exact_figures_that_do_not_close_are_a_contradiction(void **state) {
    (void)state;
    const double c[] = {1.0, 0.0, 0.0, 0.0}, muf[] = {1.0, 0.5};
    SequenceStatistics s;
    assert_true(sequence_statistics(muf, c, 2, &arena, &s, NULL));
    assert_int_equal(s.contradicted, 2);
    close_to(s.innovation[1], 0.5, 1e-15);
    // The second month is wholly foretold by the first: a dependent row, not a zero one.
    const double twice[] = {1.0, 1.0, 1.0, 1.0}, same[] = {1.0, 1.0};
    assert_true(sequence_statistics(same, twice, 2, &arena, &s, NULL));
    assert_int_equal(s.state[1], SEQUENCE_EXACT);
}

static void nan_and_impossible_covariances_are_refused(void **state) {
    (void)state;
    SequenceStatistics s;
    SequenceCovariance c;
    Status status;
    const double good[] = {1.0}, nan[] = {(double)NAN}, negative[] = {-1.0}, one[] = {1.0};
    assert_false(sequence_statistics(nan, good, 1, &arena, &s, &status));
    assert_false(sequence_statistics(one, nan, 1, &arena, &s, &status));
    assert_false(sequence_statistics(one, negative, 1, &arena, &s, &status));
    const SequenceError bad[] = {{0, 0, 0, (double)NAN, 0.0}}, beyond[] = {{0, 4, 0, 1.0, 0.0}};
    assert_false(sequence_covariance(1, bad, 1, &arena, &c, &status));
    assert_false(sequence_covariance(1, beyond, 1, &arena, &c, &status));
}

static void a_constant_loss_is_estimated_by_least_squares(void **state) {
    (void)state;
    // Independent months: the estimate is the mean of those inside.
    double c[16] = {0}, muf[] = {0.0, 3.0, 5.0, 0.0}, scratch[4];
    for (size_t i = 0; i < 4; i++)
        c[i * 4 + i] = 4.0;
    SequenceStatistics s;
    SequenceLoss loss;
    assert_true(sequence_statistics(muf, c, 4, &arena, &s, NULL));
    assert_true(sequence_loss(&s, 1, 2, scratch, &loss));
    close_to(loss.size, 8.0, 1e-14);
    close_to(loss.sigma, sqrt(8.0), 1e-14);
    close_to(loss.z, 8.0 / sqrt(8.0), 1e-14);
}

static void the_scan_finds_the_months_in_which_it_went(void **state) {
    (void)state;
    double c[36] = {0}, muf[] = {0.0, 0.1, 5.0, 5.0, -0.2, -3.0}, scratch[6];
    for (size_t i = 0; i < 6; i++)
        c[i * 6 + i] = 1.0;
    SequenceStatistics s;
    SequenceLoss missing, surplus;
    assert_true(sequence_statistics(muf, c, 6, &arena, &s, NULL));
    assert_true(sequence_scan(&s, scratch, &missing, &surplus));
    assert_int_equal(missing.from, 2);
    assert_int_equal(missing.to, 3);
    close_to(missing.size, 10.0, 1e-14);
    assert_int_equal(surplus.from, 5);
    assert_int_equal(surplus.to, 5);
    close_to(surplus.z, -3.0, 1e-14);
    SequenceLoss again;
    assert_true(sequence_loss(&s, 2, 3, scratch, &again));
    assert_true(again.z == missing.z && again.sigma == missing.sigma);
}

static void later_months_do_not_change_what_was_seen_of_an_interval(void **state) {
    (void)state;
    const double c[] = {2, -1, 0, -1, 2, -1, 0, -1, 2}, c2[] = {2, -1, -1, 2};
    const double muf[] = {1.0, 2.0, -9.0};
    double scratch[3];
    SequenceStatistics s3, s2;
    SequenceLoss three, two;
    assert_true(sequence_statistics(muf, c, 3, &arena, &s3, NULL));
    assert_true(sequence_statistics(muf, c2, 2, &arena, &s2, NULL));
    assert_true(sequence_loss(&s3, 0, 1, scratch, &three));
    assert_true(sequence_loss(&s2, 0, 1, scratch, &two));
    assert_true(three.z == two.z && three.size == two.size);
    // By hand: f'C^-1 f = 2, f'C^-1 muf = 3.
    close_to(two.z, 3.0 / sqrt(2.0), 1e-14);
    close_to(two.size, 3.0, 1e-14);
}

// splitmix64 and twelve uniform draws to a normal one: the same on every machine.
static uint64_t seed = 7;

static double normal(void) {
    double sum = -6.0;
    for (int i = 0; i < 12; i++) {
        seed += UINT64_C(0x9E3779B97F4A7C15);
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        sum += (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
    }
    return sum;
}

static void page_on_sitmuf_alarms_as_often_as_stated_although_errors_are_shared(void **state) {
    (void)state;
    // Stocks and receipts, the receipts' scale shared over the year as strongly as they scatter. On
    // raw MUF the stated alpha means nothing.
    enum { MONTHS = 12, YEARS = 20000 };
    SequenceError errors[3 * MONTHS];
    size_t count = 0;
    for (uint32_t t = 0; t < MONTHS; t++) {
        errors[count++] = (SequenceError){t, t, 0, 1.0, 1.0};
        errors[count++] = (SequenceError){100 + t, t, SEQUENCE_NO_GROUP, 0.7, 0.0};
        errors[count++] = (SequenceError){101 + t, t, SEQUENCE_NO_GROUP, -0.7, 0.0};
    }
    SequenceCovariance c;
    PageDesign design = {0.5, 0.0};
    assert_true(sequence_covariance(MONTHS, errors, count, &arena, &c, NULL));
    assert_true(page_limit(design.k, MONTHS, 0.05, &design.h, NULL));
    unsigned alarms = 0, raw_alarms = 0;
    for (unsigned year = 0; year < YEARS; year++) {
        double own[MONTHS], stock[MONTHS + 1], shared = normal(), muf[MONTHS], s[MONTHS];
        for (size_t t = 0; t < MONTHS; t++)
            own[t] = normal();
        for (size_t t = 0; t <= MONTHS; t++)
            stock[t] = normal();
        for (size_t t = 0; t < MONTHS; t++) {
            muf[t] = own[t] + shared + 0.7 * (stock[t] - stock[t + 1]);
        }
        Arena own_arena;
        arena_init(&own_arena, 1 << 16);
        SequenceStatistics statistics;
        assert_true(sequence_statistics(muf, c.whole, MONTHS, &own_arena, &statistics, NULL));
        alarms += page_run(design, 1, statistics.sitmuf, statistics.tested, MONTHS, s) != 0;
        arena_done(&own_arena);
        for (size_t t = 0; t < MONTHS; t++)
            muf[t] /= sqrt(c.whole[t * MONTHS + t]);
        raw_alarms += page_run(design, 1, muf, NULL, MONTHS, s) != 0;
    }
    // 1,000 expected; one standard deviation is 31.
    print_message("%u alarms of %d, %u on raw MUF\n", alarms, YEARS, raw_alarms);
    assert_true(raw_alarms > 2 * alarms);
    assert_in_range(alarms, 1000 - 125, 1000 + 125);
}

static void the_cholesky_factor_multiplies_back(void **state) {
    (void)state;
    const double c[] = {4, 2, -2, 2, 10, 4, -2, 4, 9};
    double l[9];
    assert_true(dense_cholesky(c, 3, l, NULL));
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < 3; k++)
                sum += l[i * 3 + k] * l[j * 3 + k];
            close_to(sum, c[i * 3 + j], 1e-14);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stock_between_two_months_makes_them_negatively_correlated,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_lot_that_lay_there_all_month_cancels, start, stop),
        cmocka_unit_test_setup_teardown(shared_errors_are_summed_with_sign_before_they_are_squared,
                                        start, stop),
        cmocka_unit_test_setup_teardown(sitmuf_of_two_months_is_the_conditional_normal, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_later_month_changes_no_bit_of_earlier_ones, start, stop),
        cmocka_unit_test_setup_teardown(a_month_without_any_error_is_left_out_of_the_tests, start,
                                        stop),
        cmocka_unit_test_setup_teardown(exact_figures_that_do_not_close_are_a_contradiction, start,
                                        stop),
        cmocka_unit_test_setup_teardown(nan_and_impossible_covariances_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_constant_loss_is_estimated_by_least_squares, start, stop),
        cmocka_unit_test_setup_teardown(the_scan_finds_the_months_in_which_it_went, start, stop),
        cmocka_unit_test_setup_teardown(later_months_do_not_change_what_was_seen_of_an_interval,
                                        start, stop),
        cmocka_unit_test_setup_teardown(
            page_on_sitmuf_alarms_as_often_as_stated_although_errors_are_shared, start, stop),
        cmocka_unit_test_setup_teardown(the_cholesky_factor_multiplies_back, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
