// Drawn figures are those of the findings' own tests, and distances what they are said to be.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trial/bed.h"

static TrialBed bed;
static Arena arena;
static Status status;

static int start(void **state) {
    (void)state;
    status_clear(&status);
    arena_init(&arena, (size_t)1 << 30);
    return trial_bed_make(3, SIMULATE_SCALE_MIN, false, &bed, &status) ? 0 : -1;
}

static int stop(void **state) {
    (void)state;
    trial_bed_done(&bed);
    arena_done(&arena);
    return 0;
}

static void the_scan_is_the_findings_own(void **state) {
    (void)state;
    Draw draw = draw_seeded(5);
    assert_true(bed.count > 5);
    for (size_t i = 0; i < bed.count; i++) {
        const TrialPlace *p = &bed.place[i];
        double *scores;
        JointScan scan;
        double *white = arena_take_zero(&arena, p->cells + 1, sizeof *white);
        assert_true(trial_scores_new(p, &arena, &scores, &status));
        trial_white_draw(p, &draw, white);
        TrialLoss loss = trial_loss_draw(p, &draw);
        trial_white_add(p, &loss, 6, white);
        trial_scores(p, white, scores);
        TrialBest best = trial_best(p, scores, p->periods - 1);
        JointBalance joint = p->suspected.joint;
        joint.white = white;
        assert_true(joint_scan(&joint, p->suspected.patterns, p->patterns, p->suspected.horizon,
                               NULL, 0, &arena, &scan, &status));
        assert_true(fabs(best.z - fmax(scan.best[0].z, scan.best[1].z)) < 1e-9 * best.z);
        assert_int_equal(best.loss.side, scan.best[1].z > scan.best[0].z);
        assert_int_equal(best.loss.pattern, scan.best[best.loss.side].pattern);
        assert_int_equal(best.loss.from, scan.best[best.loss.side].from);
        assert_int_equal(best.loss.to, scan.best[best.loss.side].to);
        Suspected drawn = p->suspected;
        drawn.joint = joint;
        assert_true(place_pay(&drawn, &scan, &status));
        assert_true(fabs(trial_log_p(p, best.z) - scan.log_p) < 0.15);
    }
}

// Without noise a loss at distance d has z = d at its own months and pattern by all figures, no
// more by those until its end, and no test has more.
static void distances_are_what_they_are_said_to_be(void **state) {
    (void)state;
    Draw draw = draw_seeded(6);
    for (int n = 0; n < 200; n++) {
        const TrialPlace *p = &bed.place[(size_t)n % bed.count];
        double *scores;
        arena_reset(&arena);
        double *white = arena_take_zero(&arena, p->cells + 1, sizeof *white);
        assert_true(trial_scores_new(p, &arena, &scores, &status));
        TrialLoss loss = trial_loss_draw(p, &draw);
        assert_true(loss.from <= loss.to && loss.to < p->periods);
        trial_white_add(p, &loss, 4, white);
        trial_scores(p, white, scores);
        size_t at = trial_at(p, &loss, p->periods - 1);
        double sign = loss.side == JOINT_SURPLUS ? -1 : 1;
        assert_true(fabs(sign * scores[at] / sqrt(p->known[at]) - 4) < 1e-9);
        assert_true(p->known[trial_at(p, &loss, loss.to)] <= p->known[at] * (1 + 1e-9));
        assert_true(trial_best_ever(p, scores) <= 4 + 1e-9);
        double sum = 0;
        for (size_t i = 0; i < p->cells; i++)
            sum += white[i] * white[i];
        assert_true(fabs(sqrt(sum) - 4) < 1e-9);
    }
}

// A likelihood ratio has mean one where nothing is wrong, and the price keeps its word.
static void nothing_is_promised_too_much(void **state) {
    (void)state;
    enum { RUNS = 3000 };
    Draw draw = draw_seeded(7);
    const TrialPlace *p = trial_bed_find(&bed, "METAL-WORKS");
    assert_non_null(p);
    assert_null(trial_bed_find(&bed, "NOWHERE"));
    double *scores;
    double *white = arena_take_zero(&arena, p->cells + 1, sizeof *white), mean = 0;
    assert_true(trial_scores_new(p, &arena, &scores, &status));
    size_t below = 0;
    for (int n = 0; n < RUNS; n++) {
        trial_white_draw(p, &draw, white);
        trial_scores(p, white, scores);
        mean += exp(trial_mixture(p, scores, 1.0)) / RUNS;
        below += trial_log_p(p, trial_best_ever(p, scores)) <= log(0.05);
    }
    assert_true(fabs(mean - 1) < 0.1);
    assert_true((double)below <= RUNS * 0.05 + 2 * sqrt(RUNS * 0.05));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scan_is_the_findings_own),
        cmocka_unit_test(distances_are_what_they_are_said_to_be),
        cmocka_unit_test(nothing_is_promised_too_much),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
