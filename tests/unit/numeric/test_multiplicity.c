#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "numeric/multiplicity.h"

static void the_example_of_1995_rejects_four(void **state) {
    (void)state;
    // Benjamini & Hochberg, JRSS B 57 (1995), section 4.
    const double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                        0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
    Arena arena;
    arena_init(&arena, 1 << 16);
    Multiplicity m;
    assert_true(multiplicity_adjust(p, 15, 0.05, &arena, &m, NULL));
    assert_int_equal(m.rejected_bh, 4);
    assert_int_equal(m.rejected_bonferroni, 3);
    assert_true(m.rejected[3] && !m.rejected[4]);
    assert_true(fabs(m.bh[3] - 0.035625) < 1e-12);
    arena_done(&arena);
}

static void nothing_tested_rejects_nothing(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1 << 16);
    Multiplicity m;
    assert_true(multiplicity_adjust(NULL, 0, 0.05, &arena, &m, NULL));
    assert_int_equal(m.rejected_bh + m.rejected_holm, 0);
    const double bad[] = {(double)NAN};
    assert_false(multiplicity_adjust(bad, 1, 0.05, &arena, &m, NULL));
    arena_done(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_1995_rejects_four),
        cmocka_unit_test(nothing_tested_rejects_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
