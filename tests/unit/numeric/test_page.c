// Limits and run lengths of Page's test against published tables and against what can be done by
// hand.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "numeric/distribution.h"
#include "numeric/page.h"

static void close_to(double value, double wanted, double rel) {
    if (!(fabs(value - wanted) <= rel * fabs(wanted))) {
        fail_msg("%.15g instead of %.15g", value, wanted);
    }
}

static void run_lengths_agree_with_brook_and_evans(void **state) {
    (void)state;
    double length;
    assert_true(page_run_length((PageDesign){0.5, 3.0}, 0.0, 0.0, &length, NULL));
    close_to(length, 117.60, 1e-3); // Biometrika 59 (1972), table 1
    assert_true(page_run_length((PageDesign){0.5, 3.0}, 1.5, 0.0, &length, NULL));
    close_to(length, 3.75, 1e-3);
}

static void two_sided_run_lengths_agree_with_lucas_and_crosier(void **state) {
    (void)state;
    double length;
    // Technometrics 24 (1982), table 1: k 0.5, h 4, headstart 0 and h/2.
    assert_true(page_run_length_two_sided((PageDesign){0.5, 4.0}, 0.0, 0.0, &length, NULL));
    close_to(length, 168.0, 3e-3);
    assert_true(page_run_length_two_sided((PageDesign){0.5, 4.0}, 1.0, 2.0, &length, NULL));
    close_to(length, 5.29, 3e-3);
}

static void a_very_long_run_is_as_exact_as_a_short_one(void **state) {
    (void)state;
    // With h = 0 the run length is 1 / P(z > k), whatever its size.
    const double mu[] = {0.0, -5.0, -15.0, -30.0};
    for (size_t i = 0; i < 4; i++) {
        double length;
        assert_true(page_run_length((PageDesign){0.5, 0.0}, mu[i], 0.0, &length, NULL));
        close_to(length, 1.0 / normal_upper(0.5 - mu[i]), 1e-11);
    }
    // The side that never alarms leaves the other's length.
    double one, two;
    assert_true(page_run_length((PageDesign){0.5, 5.0}, 6.0, 2.5, &one, NULL));
    assert_true(page_run_length_two_sided((PageDesign){0.5, 5.0}, 6.0, 2.5, &two, NULL));
    close_to(two, one, 1e-12);
    assert_true(page_run_length((PageDesign){0.5, 5.0}, -6.0, 0.0, &one, NULL));
    assert_true(one > 1e25 && one < 1e40);
}

static void one_period_is_a_plain_normal_test(void **state) {
    (void)state;
    double h, p;
    assert_true(page_limit(0.5, 1, 0.05, &h, NULL));
    close_to(h, normal_upper_point(0.05) - 0.5, 1e-11);
    const double shift[] = {2.0};
    assert_true(page_alarm_probability((PageDesign){0.5, h}, 1, shift, &p, NULL));
    close_to(p, normal_upper(normal_upper_point(0.05) - 2.0), 1e-11);
}

static void two_periods_agree_with_an_integral_done_otherwise(void **state) {
    (void)state;
    // P(no alarm) = integral over z1 of phi(z1) Phi(h + k - max(0, z1 - k)), by Simpson's rule.
    const double k = 0.5, h = 2.0;
    double stays = normal_lower(k) * normal_lower(h + k), sum = 0.0;
    const int steps = 2000;
    for (int i = 0; i <= steps; i++) {
        double s = h * i / steps, weight = i == 0 || i == steps ? 1.0 : i % 2 ? 4.0 : 2.0;
        sum += weight * normal_density(s + k) * normal_lower(h + k - s);
    }
    stays += sum * h / steps / 3.0;
    double p;
    assert_true(page_alarm_probability((PageDesign){k, h}, 2, NULL, &p, NULL));
    close_to(p, 1.0 - stays, 1e-10);
}

static void the_limit_gives_back_its_alpha(void **state) {
    (void)state;
    const double alphas[] = {0.3, 0.05, 0.025, 1e-3, 1e-6, 1e-10};
    const size_t periods[] = {1, 2, 12, 60, 240};
    for (size_t a = 0; a < 6; a++) {
        for (size_t n = 0; n < 5; n++) {
            double h, p;
            assert_true(page_limit(0.5, periods[n], alphas[a], &h, NULL));
            if (h == 0.0) continue;
            assert_true(page_alarm_probability((PageDesign){0.5, h}, periods[n], NULL, &p, NULL));
            close_to(p, alphas[a], 1e-10);
        }
    }
}

static void a_limit_of_zero_is_said_when_none_alarms_often_enough(void **state) {
    (void)state;
    double h = 9.0;
    assert_true(page_limit(3.0, 1, 0.5, &h, NULL));
    assert_true(h == 0.0);
}

static void nonsense_is_refused_in_words(void **state) {
    (void)state;
    double h;
    Status status;
    assert_false(page_limit(0.5, 12, 0.0, &h, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    assert_false(page_limit(0.5, 12, (double)NAN, &h, &status));
    assert_false(page_limit(0.5, 0, 0.05, &h, &status));
    assert_false(page_limit((double)NAN, 12, 0.05, &h, &status));
    assert_false(page_run_length((PageDesign){0.5, 4.0}, 0.0, 5.0, &h, &status));
    const double shift[] = {(double)INFINITY};
    assert_false(page_alarm_probability((PageDesign){0.5, 4.0}, 1, shift, &h, &status));
}

static void a_run_counts_from_one_and_both_signs_mirror(void **state) {
    (void)state;
    const double z[] = {1.0, -2.0, 3.0, 1.0}, mirror[] = {-1.0, 2.0, -3.0, -1.0};
    double up[4], down[4];
    assert_int_equal(page_run((PageDesign){0.5, 2.0}, 1, z, NULL, 4, up), 3);
    assert_int_equal(page_run((PageDesign){0.5, 2.0}, -1, mirror, NULL, 4, down), 3);
    assert_memory_equal(up, down, sizeof up);
    close_to(up[3], 3.0, 1e-15);
    const bool tested[] = {true, true, false, true};
    assert_int_equal(page_run((PageDesign){0.5, 2.0}, 1, z, tested, 4, up), 0);
    assert_true(up[2] == up[1]);
}

static void want_of_memory_is_reported_and_nothing_written(void **state) {
    (void)state;
    double p = 7.0;
    Status status;
    memory_fail_at(1, false);
    assert_false(page_alarm_probability((PageDesign){0.5, 4.0}, 12, NULL, &p, &status));
    memory_fail_at(0, false);
    assert_int_equal(status.code, STATUS_NO_MEMORY);
    assert_true(p == 7.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_lengths_agree_with_brook_and_evans),
        cmocka_unit_test(two_sided_run_lengths_agree_with_lucas_and_crosier),
        cmocka_unit_test(a_very_long_run_is_as_exact_as_a_short_one),
        cmocka_unit_test(one_period_is_a_plain_normal_test),
        cmocka_unit_test(two_periods_agree_with_an_integral_done_otherwise),
        cmocka_unit_test(the_limit_gives_back_its_alpha),
        cmocka_unit_test(a_limit_of_zero_is_said_when_none_alarms_often_enough),
        cmocka_unit_test(nonsense_is_refused_in_words),
        cmocka_unit_test(a_run_counts_from_one_and_both_signs_mirror),
        cmocka_unit_test(want_of_memory_is_reported_and_nothing_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
