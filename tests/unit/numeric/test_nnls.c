// Least squares with no unknown below zero, judged by the conditions that an optimum meets.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "numeric/draw.h"
#include "numeric/eliminate.h"
#include "numeric/nnls.h"

static void an_optimum_meets_its_conditions(void **state) {
    (void)state;
    Draw draw = draw_seeded(11);
    for (int trial = 0; trial < 300; trial++) {
        Arena arena;
        double e[12 * 8], f[12], v[8], rest[12];
        size_t rows = 1 + (size_t)(draw_uniform(&draw) * 12),
               columns = 1 + (size_t)(draw_uniform(&draw) * 8);
        draw_normals(&draw, e, rows * columns);
        draw_normals(&draw, f, rows);
        // Now and then a column twice, or one of nothing.
        if (trial % 5 == 0 && columns > 1)
            for (size_t i = 0; i < rows; i++)
                e[i * columns + 1] = trial % 10 ? 0.0 : e[i * columns];
        arena_init(&arena, 1 << 20);
        assert_true(nnls(e, f, rows, columns, &arena, v, rest, NULL));
        for (size_t j = 0; j < columns; j++) {
            double slope = 0;
            for (size_t i = 0; i < rows; i++)
                slope += e[i * columns + j] * rest[i];
            assert_true(v[j] >= 0);
            assert_true(slope > -1e-9);
            assert_true(v[j] == 0 || fabs(slope) < 1e-9);
        }
        arena_done(&arena);
    }
}

static void least_squares_leaves_out_what_depends_on_others(void **state) {
    (void)state;
    const double e[] = {1, 2, 0, 1, 2, 1, 1, 2, 0}, f[] = {3, 5, 3};
    double work[12], v[3];
    least_squares(e, f, 3, 3, NULL, work, v);
    assert_true(fabs(v[0] - 3) < 1e-12 && v[1] == 0 && fabs(v[2] - 2) < 1e-12);
}

static void no_number_is_refused(void **state) {
    (void)state;
    const double e[] = {1, NAN}, f[] = {1};
    double v[2];
    Arena arena;
    Status status;
    arena_init(&arena, 1 << 16);
    assert_false(nnls(e, f, 1, 2, &arena, v, NULL, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    arena_done(&arena);
}

static void elimination_finds_ranks(void **state) {
    (void)state;
    double m[] = {1, -1, 0, 0, 1, -1, 1, 0, -1};
    double scratch[9];
    size_t pivot[3], kept[3];
    assert_int_equal(independent_rows(m, 3, 3, scratch, kept), 2);
    assert_int_equal(kept[0], 0);
    assert_int_equal(kept[1], 1);
    assert_int_equal(eliminate(m, 3, 3, 3, NULL, pivot), 2);
    for (int j = 0; j < 3; j++)
        assert_true(m[6 + j] == 0);
}

static void normal_draws_have_mean_and_variance(void **state) {
    (void)state;
    Draw draw = draw_seeded(1), again = draw_seeded(1);
    double sum = 0, square = 0, x[1000], y[1000];
    for (int i = 0; i < 200; i++) {
        draw_normals(&draw, x, 1000);
        draw_normals(&again, y, 1000);
        for (int k = 0; k < 1000; k++) {
            assert_true(x[k] == y[k]);
            sum += x[k];
            square += x[k] * x[k];
        }
    }
    assert_true(fabs(sum / 200000) < 0.01);
    assert_true(fabs(square / 200000 - 1) < 0.015);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_optimum_meets_its_conditions),
        cmocka_unit_test(least_squares_leaves_out_what_depends_on_others),
        cmocka_unit_test(no_number_is_refused),
        cmocka_unit_test(elimination_finds_ranks),
        cmocka_unit_test(normal_draws_have_mean_and_variance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
