// Is the right facility named first?
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/distribution.h"
#include "trial/trial.h"

static const double DISTANCES[] = {3, 4, 5, 6, 8};
static const double FIRST[] = {0, 0.70, 0.90, 0.97, 0}, THREE[] = {0, 0.85, 0.95, 0.99, 0};
enum { D_COUNT = sizeof DISTANCES / sizeof *DISTANCES };

static bool rank_of_loss(const TrialBed *bed, size_t at, double d, Draw *draw, Arena *arena,
                         size_t *rank, Status *status) {
    double own = 0.0;
    size_t before = 0;
    for (size_t n = 0; n < bed->count; n++) {
        size_t i = (at + n) % bed->count; // the one with the loss first
        const TrialPlace *p = &bed->place[i];
        double *white = arena_take_zero(arena, p->cells + 1, sizeof *white);
        double *scores;
        if (!white) return status_no_memory(status);
        if (!trial_scores_new(p, arena, &scores, status)) return false;
        trial_white_draw(p, draw, white);
        if (n == 0) {
            TrialLoss loss = trial_loss_draw(p, draw);
            trial_white_add(p, &loss, d, white);
        }
        trial_scores(p, white, scores);
        // The list's order: by p, which may be as small as one likes.
        double log_p = trial_log_p(p, trial_best(p, scores, p->periods - 1).z);
        if (n == 0)
            own = log_p;
        else
            before += log_p < own;
    }
    *rank = before;
    return true;
}

// ---- what the other side's figures add ----

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// The z that the scan reaches in one honest year of a hundred.
static bool scan_limit(const TrialPlace *p, Draw *draw, Arena *arena, double *limit,
                       Status *status) {
    enum { NULLS = 1000 };
    double *z = arena_take_zero(arena, NULLS, sizeof *z),
           *white = arena_take_zero(arena, p->cells + 1, sizeof *white), *scores;
    if (!z || !white) return status_no_memory(status);
    if (!trial_scores_new(p, arena, &scores, status)) return false;
    for (size_t n = 0; n < NULLS; n++) {
        trial_white_draw(p, draw, white);
        trial_scores(p, white, scores);
        z[n] = trial_best_ever(p, scores);
    }
    qsort(z, NULLS, sizeof *z, ascending);
    *limit = z[NULLS - 1 - NULLS / 100];
    return true;
}

typedef struct Added {
    double found, given;
} Added;

static bool found_at(const TrialPlace *p, const TrialLoss *loss, double d, double limit, Draw *draw,
                     Arena *arena, Added *sum, Status *status) {
    double *white = arena_take_zero(arena, p->cells + 1, sizeof *white), *scores;
    if (!white) return status_no_memory(status);
    if (!trial_scores_new(p, arena, &scores, status)) return false;
    trial_white_draw(p, draw, white);
    trial_white_add(p, loss, d, white);
    trial_scores(p, white, scores);
    size_t at = trial_at(p, loss, p->periods - 1);
    double z = scores[at] / sqrt(p->known[at]);
    sum->found += trial_best_ever(p, scores) > limit;
    sum->given += (loss->side == JOINT_SURPLUS ? -z : z) > normal_upper_point(0.01);
    return true;
}

static bool network_gain(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                         Status *status) {
    static const double D = 3.0;
    TrialBed own;
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    Draw draw = draw_seeded(options->seed * 1000 + 29);
    size_t runs = 50 * options->industries;
    if (runs > 1000) runs = 1000;
    report_table(
        report, "What the other side's figures add (figures drawn)",
        "facility|columns|squared distance, times: median|a tenth has|found, distance 3, "
        "own figures|with the other side's|months and proportions given|implied",
        "The same losses, at distance 3 of the facility's own figures, before its own scan "
        "and before the scan with its partners' weighings and assays (finding/other_side.h)"
        "; 1 % false alarms each. Implied: Neyman and Pearson's power at the larger "
        "distance.");
    bool well = trial_bed_make(options->seed, SIMULATE_SCALE_MIN, true, &own, status);
    double given = 0.0, implied = 0.0;
    for (size_t i = 0; well && i < bed->count; i++) {
        const TrialPlace *with = &bed->place[i], *alone = NULL;
        for (size_t k = 0; k < own.count; k++)
            if (text_equal(own.place[k].facility, with->facility)) alone = &own.place[k];
        if (!alone || with->suspected.columns == 0 || alone->patterns != with->patterns) continue;
        options->progress("the other side, facilities", i, bed->count);
        arena_reset(&arena);
        double limit_own = 0.0, limit_with = 0.0, ideal = 0.0;
        double *gain = arena_take_zero(&arena, runs, sizeof *gain);
        Added by_own = {0}, by_both = {0};
        well = (gain != NULL || status_no_memory(status)) &&
               scan_limit(alone, &draw, &arena, &limit_own, status) &&
               scan_limit(with, &draw, &arena, &limit_with, status);
        Arena scratch;
        arena_init(&scratch, (size_t)1 << 28);
        for (size_t n = 0; well && n < runs; n++) {
            TrialLoss loss = trial_loss_draw(alone, &draw);
            gain[n] = trial_information(with, &loss) / trial_information(alone, &loss);
            double d = D * sqrt(gain[n]);
            ideal += joint_power(d, 0.01);
            arena_reset(&scratch);
            well = found_at(alone, &loss, D, limit_own, &draw, &scratch, &by_own, status) &&
                   found_at(with, &loss, d, limit_with, &draw, &scratch, &by_both, status);
        }
        arena_done(&scratch);
        if (!well) break;
        qsort(gain, runs, sizeof *gain, ascending);
        double n = (double)runs;
        report_row(report, "%.*s|%zu|%.2f|%.2f|%.3f|%.3f|%.3f|%.3f", TEXT_ARG(with->facility),
                   with->suspected.columns, gain[runs / 2], gain[runs * 9 / 10], by_own.found / n,
                   by_both.found / n, by_both.given / n, ideal / n);
        given += by_both.given;
        implied += ideal;
    }
    trial_bed_done(&own);
    arena_done(&arena);
    if (well && implied > 0.0)
        report_bar(report, "N8", "with the other side's figures: power as a share of the implied",
                   ">= 95 %", given >= 0.95 * implied ? BAR_REACHED : BAR_MISSED, "%.1f %%",
                   100 * given / implied);
    return well;
}

bool trial_places(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                  Status *status) {
    Draw draw = draw_seeded(options->seed * 1000 + 17);
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    size_t runs = 100 * options->industries;
    if (runs > 5000) runs = 5000;
    report_table(report, "The right facility first (figures drawn)",
                 "distance|first|among the first three|industries",
                 "One facility of the industry has a loss, all are ranked by p as the list is.");
    bool well = true;
    for (size_t d = 0; well && d < D_COUNT; d++) {
        size_t first = 0, three = 0;
        options->progress("the right facility", d, D_COUNT);
        for (size_t n = 0; well && n < runs; n++) {
            size_t rank = 0;
            arena_reset(&arena);
            well = rank_of_loss(bed, n % bed->count, DISTANCES[d], &draw, &arena, &rank, status);
            first += rank == 0;
            three += rank < 3;
        }
        if (!well) break;
        double a = (double)first / (double)runs, b = (double)three / (double)runs;
        report_row(report, "%g|%.3f|%.3f|%zu of %zu facilities", DISTANCES[d], a, b, runs,
                   bed->count);
        if (!(FIRST[d] > 0)) continue;
        static const char *const what[] = {"", "right facility first / in the first three, d = 4",
                                           "right facility first / in the first three, d = 5",
                                           "right facility first / in the first three, d = 6"};
        static const char *const wanted[] = {"", "0.70 / 0.85", "0.90 / 0.95", "0.97 / 0.99"};
        report_bar(report, "N13", what[d], wanted[d],
                   a >= FIRST[d] && b >= THREE[d] ? BAR_REACHED : BAR_MISSED, "%.3f / %.3f", a, b);
    }
    arena_done(&arena);
    return well && network_gain(bed, options, report, status);
}
