// Values from continued fractions in 60 digits, closed forms, and the tables of Abramowitz &
// Stegun.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "numeric/distribution.h"

static void close_to(double value, double wanted, double rel) {
    if (!(fabs(value - wanted) <= rel * fabs(wanted))) {
        fail_msg("%.15g instead of %.15g", value, wanted);
    }
}

static void normal_tails_keep_their_digits(void **state) {
    (void)state;
    close_to(normal_upper(1.959963984540054), 0.025, 1e-13);
    close_to(normal_lower(-10.0), 7.619853024160527e-24, 1e-12);
    close_to(normal_upper_log(70.0), -2455.16763775286808, 1e-13);
    close_to(normal_upper_point(0.05), 1.6448536269514722, 1e-14);
    close_to(normal_two_sided(0.0), 1.0, 0.0);
    close_to(normal_density(0.0), 0.3989422804014327, 1e-15);
}

static void normal_tails_of_infinity_are_zero_and_one(void **state) {
    (void)state;
    assert_true(normal_upper(INFINITY) == 0.0);
    assert_true(normal_lower(INFINITY) == 1.0);
    assert_true(normal_two_sided(-INFINITY) == 0.0);
}

static void chi_square_and_t_agree_with_the_tables(void **state) {
    (void)state;
    close_to(chi2_upper(3.841458820694124, 1.0), 0.05, 1e-12);
    close_to(chi2_upper_point(0.05, 12.0), 21.02606981748307, 1e-12);
    close_to(chi2_upper_log(5000.0, 3.0), -2495.96699481690197, 1e-13);
    // Closed forms: a Cauchy, and 1/2 - t / (2 sqrt(2 + t^2)) for two degrees of freedom.
    close_to(t_two_sided(1.0, 1.0), 0.5, 1e-14);
    close_to(t_upper(3.0, 2.0), 0.5 - 1.5 / sqrt(11.0), 1e-13);
}

static void noncentral_chi_square_agrees_with_a_normal_of_one_degree(void **state) {
    (void)state;
    // With one degree of freedom it is the square of a shifted normal: no table needed.
    const double x[] = {0.5, 3.84, 20.0, 100.0}, shift[] = {0.1, 1.0, 3.0, 8.0, 25.0};
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 5; j++) {
            double root = sqrt(x[i]);
            double wanted = normal_upper(root - shift[j]) + normal_upper(root + shift[j]);
            close_to(chi2_upper_noncentral(x[i], 1.0, shift[j] * shift[j]), wanted, 1e-11);
        }
    }
}

static void noncentral_chi_square_is_right_in_the_far_tail(void **state) {
    (void)state;
    double wanted = normal_upper(30.0 - 2.0) + normal_upper(32.0);
    close_to(chi2_upper_noncentral(900.0, 1.0, 4.0), wanted, 1e-10);
    assert_true(chi2_upper_noncentral(0.0, 3.0, 4.0) == 1.0);
    close_to(chi2_upper_noncentral(7.0, 3.0, 0.0), chi2_upper(7.0, 3.0), 0.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_tails_keep_their_digits),
        cmocka_unit_test(normal_tails_of_infinity_are_zero_and_one),
        cmocka_unit_test(chi_square_and_t_agree_with_the_tables),
        cmocka_unit_test(noncentral_chi_square_agrees_with_a_normal_of_one_degree),
        cmocka_unit_test(noncentral_chi_square_is_right_in_the_far_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
