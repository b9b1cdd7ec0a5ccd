// The price of the best candidate against what chance really does.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "detect/price.h"
#include "numeric/distribution.h"
#include "numeric/draw.h"

enum { PERIODS = 8, PARTS = 3, CELLS = PERIODS * PARTS, PATTERNS = 5 };
static const double SHARES[PATTERNS][PARTS] = {
    {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 2, 3}, {3, 1, 1}};

static Arena arena;
static Status status;
static JointBalance joint;
static JointPattern patterns[PATTERNS];

// Months whose stock is closed by one and opened by the next, and a laboratory that is wrong alike.
static int start(void **state) {
    (void)state;
    static double muf[CELLS];
    JointError errors[4 * CELLS];
    size_t count = 0;
    status_clear(&status);
    arena_init(&arena, (size_t)1 << 28);
    for (uint32_t t = 0; t < PERIODS; t++)
        for (uint32_t c = 0; c < PARTS; c++) {
            errors[count++] = (JointError){t, c, 1000 + t * PARTS + c, JOINT_NO_GROUP, 3, 0};
            errors[count++] = (JointError){t, c, 2000 + t * PARTS + c, JOINT_NO_GROUP, -4, 0};
            if (t + 1 < PERIODS)
                errors[count++] =
                    (JointError){t + 1, c, 2000 + t * PARTS + c, JOINT_NO_GROUP, 4, 0};
            errors[count++] = (JointError){t, c, 3000 + t * PARTS + c, c, 0, 2};
        }
    JointInput input = {PERIODS, PARTS, muf, errors, count, 0};
    for (size_t p = 0; p < PATTERNS; p++)
        patterns[p] = (JointPattern){SHARES[p], p == 4};
    return joint_prepare(&input, &arena, &joint, &status) ? 0 : -1;
}

static int stop(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

// The best at any of the looks, each by the months until then.
static double best_drawn(Draw *draw, Arena *scratch) {
    double best = 0, *white = arena_take_zero(scratch, CELLS, sizeof *white);
    draw_normals(draw, white, CELLS);
    for (size_t look = 1; look <= PERIODS; look++) {
        // The factor's first rows are those of the first months.
        size_t cells = look * PARTS;
        JointBalance drawn = {.periods = look, .components = PARTS, .cells = cells};
        JointScan scan;
        drawn.factor = arena_take_zero(scratch, cells * cells, sizeof(double));
        for (size_t i = 0; i < cells; i++)
            memcpy(drawn.factor + i * cells, joint.factor + i * CELLS, cells * sizeof(double));
        drawn.white = white;
        assert_true(
            joint_scan(&drawn, patterns, PATTERNS, PERIODS, NULL, 0, scratch, &scan, &status));
        best = fmax(best, fmax(scan.best[0].z, scan.best[1].z));
    }
    arena_reset(scratch);
    return best;
}

static void it_is_what_chance_does(void **state) {
    (void)state;
    enum { RUNS = 6000 };
    static const double Z[] = {2.5, 3.0, 3.5};
    size_t above[3] = {0};
    Arena scratch;
    arena_init(&scratch, (size_t)1 << 26);
    Draw draw = draw_seeded(11);
    for (int n = 0; n < RUNS; n++) {
        double best = best_drawn(&draw, &scratch);
        for (int i = 0; i < 3; i++)
            above[i] += best > Z[i];
    }
    arena_done(&scratch);
    for (int i = 0; i < 3; i++) {
        JointPrice price;
        assert_true(
            joint_price(&joint, patterns, PATTERNS, PERIODS, Z[i], &arena, &price, &status));
        double drawn = (double)above[i] / RUNS, off = exp(price.log_p) / drawn - 1.0,
               tell = 3.0 * (price.error + 1.0 / sqrt((double)above[i] + 1.0));
        assert_true(fabs(off) < tell);
        assert_true(price.error > 0 && price.error < 0.10);
        assert_true(price.share > 0 && price.share < 1);
    }
}

// Far out candidates exceed one at a time more and more: the share rises, and stays below one.
static void it_tends_to_bonferroni(void **state) {
    (void)state;
    double before = 0;
    for (double z = 3; z < 29; z += 5) {
        JointPrice price;
        assert_true(joint_price(&joint, patterns, PATTERNS, PERIODS, z, &arena, &price, &status));
        assert_true(price.share > before * 0.9 && price.share <= 1);
        before = price.share;
        double sum = normal_upper_log(z) + log(120.0 * 9.0);
        assert_true(fabs(price.log_p - fmin(0, sum + log(price.share))) < 1e-9);
    }
    JointPrice far, near, longer, shorter;
    assert_true(joint_price(&joint, patterns, PATTERNS, PERIODS, 40, &arena, &far, &status));
    assert_true(far.share == 1 && far.error == 0);
    assert_true(joint_price(&joint, patterns, PATTERNS, PERIODS, 1, &arena, &near, &status));
    assert_true(near.log_p == 0);
    // More months to come cost more, in the same proportion as their intervals.
    assert_true(joint_price(&joint, patterns, PATTERNS, PERIODS, 5, &arena, &shorter, &status));
    assert_true(joint_price(&joint, patterns, PATTERNS, 12, 5, &arena, &longer, &status));
    assert_true(fabs(longer.log_p - shorter.log_p - log(78.0 / 36.0)) < 1e-9);
}

static void the_same_question_has_the_same_answer(void **state) {
    (void)state;
    JointPrice one, again;
    assert_true(joint_price(&joint, patterns, PATTERNS, PERIODS, 4, &arena, &one, &status));
    assert_true(joint_price(&joint, patterns, PATTERNS, PERIODS, 4, &arena, &again, &status));
    assert_true(one.log_p == again.log_p);
    // Nothing to choose from: no chance to be paid for.
    assert_true(joint_price(&joint, patterns, 0, PERIODS, 4, &arena, &one, &status));
    assert_true(one.log_p == 0);
}

// One candidate alone costs its own chance.
static void one_candidate_is_one_test(void **state) {
    (void)state;
    double muf[1] = {0}, share[1] = {1};
    JointError error = {0, 0, 1, JOINT_NO_GROUP, 5, 0};
    JointInput input = {1, 1, muf, &error, 1, 0};
    JointPattern pattern = {share, true};
    JointBalance alone;
    JointPrice price;
    assert_true(joint_prepare(&input, &arena, &alone, &status));
    assert_true(joint_price(&alone, &pattern, 1, 1, 3, &arena, &price, &status));
    assert_true(price.share == 1 && fabs(exp(price.log_p) / normal_upper(3) - 1) < 1e-12);
    pattern.surplus_only = false;
    assert_true(joint_price(&alone, &pattern, 1, 1, 3, &arena, &price, &status));
    assert_true(fabs(exp(price.log_p) / normal_two_sided(3) - 1) < 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_chance_does),
        cmocka_unit_test(it_tends_to_bonferroni),
        cmocka_unit_test(the_same_question_has_the_same_answer),
        cmocka_unit_test(one_candidate_is_one_test),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
