// The joint scan of a facility's months and components: what it says of figures made by hand, how
// often it is wrong where nothing is, and how well it is right where something is.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "detect/joint.h"
#include "numeric/draw.h"

enum { MONTHS = 12, ELEMENTS = 4, CELLS = MONTHS * ELEMENTS, PATTERNS = ELEMENTS + 1 };
static const double shares[PATTERNS][ELEMENTS] = {
    {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}, {4, 8, 2, 1}};
static JointPattern patterns[PATTERNS];

// A weighing each month that is wrong for all elements together, assays of each, a scale wrong all
// year, and a laboratory wrong for each element all year; stock errors between neighbouring months.
enum { ERRORS = MONTHS * (1 + 2) * ELEMENTS };
typedef struct Plant {
    Arena arena;
    JointError errors[ERRORS];
    size_t count;
    double muf[CELLS];
} Plant;

static void plant_make(Plant *w, Draw *draw) {
    arena_init(&w->arena, (size_t)64 << 20);
    memset(w->muf, 0, sizeof w->muf);
    w->count = 0;
    for (int p = 0; p < PATTERNS; p++)
        patterns[p].share = shares[p];
    for (uint32_t t = 0; t < MONTHS; t++)
        for (uint32_t c = 0; c < ELEMENTS; c++) {
            double amount = 100 * shares[ELEMENTS][c];
            // One weighing (source t), one assay (own source), shared by the scale (group 0) and
            // the laboratory.
            w->errors[w->count++] = (JointError){t, c, t, 0, amount * 0.004, amount * 0.002};
            w->errors[w->count++] =
                (JointError){t, c, 1000 + t * ELEMENTS + c, 10 + c, amount * 0.006, amount * 0.003};
            // Stock at the end of the month: missing here, in surplus in the next.
            if (t + 1 < MONTHS)
                w->errors[w->count++] =
                    (JointError){t, c, 2000 + t, JOINT_NO_GROUP, -amount * 0.01, 0};
        }
    for (uint32_t t = 1; t < MONTHS; t++)
        for (uint32_t c = 0; c < ELEMENTS && w->count < ERRORS; c++)
            w->errors[w->count++] =
                (JointError){t, c, 2000 + t - 1, JOINT_NO_GROUP, shares[ELEMENTS][c], 0};
    if (!draw) return;
    // One draw for each source and group.
    static double of_source[4000], of_group[64];
    draw_normals(draw, of_source, 4000);
    draw_normals(draw, of_group, 64);
    for (size_t i = 0; i < w->count; i++) {
        const JointError *e = &w->errors[i];
        w->muf[e->period * ELEMENTS + e->component] +=
            e->own * of_source[e->source] +
            (e->group == JOINT_NO_GROUP ? 0 : e->shared * of_group[e->group]);
    }
}

static JointBalance prepared(Plant *w) {
    JointBalance j;
    Status status;
    JointInput in = {MONTHS, ELEMENTS, w->muf, w->errors, w->count, 1e-3};
    if (!joint_prepare(&in, &w->arena, &j, &status)) fail_msg("%s", status.message);
    return j;
}

static JointScan scanned(const JointBalance *j, Arena *arena) {
    JointScan s;
    Status status;
    if (!joint_scan(j, patterns, PATTERNS, MONTHS, NULL, 0, arena, &s, &status))
        fail_msg("%s", status.message);
    return s;
}

static void a_loss_without_noise_is_told_exactly(void **state) {
    (void)state;
    static Plant w;
    plant_make(&w, NULL);
    for (size_t t = 3; t <= 6; t++)
        for (size_t c = 0; c < ELEMENTS; c++)
            w.muf[t * ELEMENTS + c] = 9 * shares[ELEMENTS][c];
    JointBalance j = prepared(&w);
    JointScan s = scanned(&j, &w.arena);
    const JointCandidate *b = &s.best[JOINT_MISSING];
    assert_int_equal(b->pattern, ELEMENTS);
    assert_int_equal(b->from, 3);
    assert_int_equal(b->to, 6);
    assert_true(fabs(b->rate - 9) < 1e-9);
    assert_true(b->z > 5 && s.log_p < log(1e-3) && s.log_e > log(100));
    // The other way round it is a surplus.
    for (size_t i = 0; i < CELLS; i++)
        w.muf[i] = -w.muf[i];
    j = prepared(&w);
    s = scanned(&j, &w.arena);
    assert_true(fabs(s.best[JOINT_SURPLUS].rate - 9) < 1e-9);
    // Explained, nothing is left.
    JointScan rest;
    Status status;
    assert_true(joint_scan(&j, patterns, PATTERNS, MONTHS, &s.best[JOINT_SURPLUS], 1, &w.arena,
                           &rest, &status));
    assert_true(rest.best[0].z < 1e-6 && rest.best[1].z < 1e-6);
    arena_done(&w.arena);
}

static void what_comes_later_does_not_change_what_an_e_value_said(void **state) {
    (void)state;
    static Plant w;
    Draw draw = draw_seeded(5);
    plant_make(&w, &draw);
    JointBalance j = prepared(&w);
    JointScan whole = scanned(&j, &w.arena);
    for (size_t t = 6; t < MONTHS; t++)
        for (size_t c = 0; c < ELEMENTS; c++)
            w.muf[t * ELEMENTS + c] += 50;
    j = prepared(&w);
    JointScan other = scanned(&j, &w.arena);
    for (size_t t = 0; t < 6; t++)
        assert_true(whole.log_e_by_period[t] == other.log_e_by_period[t]);
    assert_true(whole.log_e_by_period[11] != other.log_e_by_period[11]);
    arena_done(&w.arena);
}

static void honest_books_are_accused_as_seldom_as_stated(void **state) {
    (void)state;
    enum { RUNS = 1000 };
    static Plant w;
    Draw draw = draw_seeded(6);
    int by_p = 0, by_e = 0;
    double mean_e = 0;
    for (int run = 0; run < RUNS; run++) {
        plant_make(&w, &draw);
        JointBalance j = prepared(&w);
        JointScan s = scanned(&j, &w.arena);
        by_p += s.log_p <= log(0.05);
        bool ever = false;
        for (size_t t = 0; t < MONTHS; t++)
            ever |= s.log_e_by_period[t] >= log(20.0);
        by_e += ever; // Ville: at most once in twenty, however often one looks
        mean_e += exp(s.log_e) / RUNS;
        arena_done(&w.arena);
    }
    // Bonferroni is careful: below 5 %, but not without end.
    assert_in_range(by_p, 1, 60);
    assert_in_range(by_e, 0, 60);
    assert_true(mean_e > 0.3 && mean_e < 2.0);
}

static void sizes_are_covered_and_power_is_what_it_should_be(void **state) {
    (void)state;
    enum { RUNS = 400 };
    static Plant w;
    Draw draw = draw_seeded(7);
    int found = 0, covered = 0, right = 0;
    // A loss in three months in the plant's own proportions.
    for (int run = 0; run < RUNS; run++) {
        plant_make(&w, &draw);
        double rate =
            5 * 1.35; // kg a month in the pattern's unit; its distance is printed when it is wrong
        for (size_t t = 4; t <= 6; t++)
            for (size_t c = 0; c < ELEMENTS; c++)
                w.muf[t * ELEMENTS + c] += rate * shares[ELEMENTS][c];
        JointBalance j = prepared(&w);
        JointScan s = scanned(&j, &w.arena);
        if (s.log_p <= log(0.01)) {
            JointSize size;
            Status status;
            found++;
            right += s.best[JOINT_MISSING].z > s.best[JOINT_SURPLUS].z;
            assert_true(joint_size(&j, patterns, PATTERNS, JOINT_MISSING, NULL, 0, &w.arena, &size,
                                   &status));
            double truth = 3 * rate * (4 + 8 + 2 + 1);
            covered += size.low <= truth && truth <= size.high;
            assert_true(size.low <= size.mean && size.mean <= size.high);
        }
        arena_done(&w.arena);
    }
    print_message("found %d of %d, size covered in %d\n", found, RUNS, covered);
    assert_true(found > RUNS * 6 / 10);
    assert_int_equal(right, found);
    assert_true(covered >= found * 88 / 100);
}

static void the_next_measurement_gains_what_was_promised(void **state) {
    (void)state;
    static Plant w;
    plant_make(&w, NULL);
    for (size_t t = 3; t <= 3; t++)
        for (size_t c = 0; c < ELEMENTS; c++)
            w.muf[t * ELEMENTS + c] = 3 * shares[ELEMENTS][c];
    JointBalance j = prepared(&w);
    JointScan s = scanned(&j, &w.arena);
    JointGain gains[5];
    size_t count;
    Status status;
    JointCandidate best = s.best[JOINT_MISSING];
    assert_true(joint_settle(&j, patterns, &best, 5, &w.arena, gains, &count, &status));
    assert_true(count > 0 && gains[0].gain > 0);
    for (size_t i = 1; i < count; i++)
        assert_true(gains[i].gain <= gains[i - 1].gain);
    // Measure it again ten times as well: all its errors fall to a tenth.
    static Plant again;
    plant_make(&again, NULL);
    memcpy(again.muf, w.muf, sizeof w.muf);
    for (size_t i = 0; i < again.count; i++) {
        if (!gains[0].is_group && again.errors[i].source == gains[0].source)
            again.errors[i].own *= 0.1;
        if (gains[0].is_group && again.errors[i].group == gains[0].source)
            again.errors[i].shared *= 0.1;
    }
    JointBalance k = prepared(&again);
    JointGain none[1];
    size_t found;
    assert_true(joint_settle(&k, patterns, &best, 1, &again.arena, none, &found, &status));
    // Information of the same interval from all figures, before and after.
    double v[CELLS] = {0}, u[CELLS], before = 0, after = 0;
    for (size_t t = best.from; t <= best.to; t++)
        memcpy(v + t * ELEMENTS, shares[best.pattern], sizeof shares[0]);
    memcpy(u, v, sizeof v);
    for (size_t i = 0; i < CELLS; i++) {
        for (size_t t = 0; t < i; t++) {
            v[i] -= j.factor[i * CELLS + t] * v[t];
            u[i] -= k.factor[i * CELLS + t] * u[t];
        }
        v[i] /= j.factor[i * CELLS + i];
        u[i] /= k.factor[i * CELLS + i];
        before += v[i] * v[i];
        after += u[i] * u[i];
    }
    assert_true(fabs(after / before - 1 - gains[0].gain) < 1e-6 * (1 + gains[0].gain));
    arena_done(&w.arena);
    arena_done(&again.arena);
}

static void figures_that_are_none_are_refused(void **state) {
    (void)state;
    static Plant w;
    Status status;
    JointBalance j;
    plant_make(&w, NULL);
    w.muf[3] = NAN;
    JointInput in = {MONTHS, ELEMENTS, w.muf, w.errors, w.count, 1e-3};
    assert_false(joint_prepare(&in, &w.arena, &j, &status));
    // Nothing at all: nothing is said, and nothing is no number.
    JointInput empty = {0, 0, w.muf, NULL, 0, 1e-3};
    assert_true(joint_prepare(&empty, &w.arena, &j, &status));
    JointScan s;
    assert_true(joint_scan(&j, patterns, 0, 0, NULL, 0, &w.arena, &s, &status));
    assert_false(s.any);
    assert_true(s.log_p == 0 && s.log_e == 0);
    arena_done(&w.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_without_noise_is_told_exactly),
        cmocka_unit_test(what_comes_later_does_not_change_what_an_e_value_said),
        cmocka_unit_test(honest_books_are_accused_as_seldom_as_stated),
        cmocka_unit_test(sizes_are_covered_and_power_is_what_it_should_be),
        cmocka_unit_test(the_next_measurement_gains_what_was_promised),
        cmocka_unit_test(figures_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
