// Is the right facility named first?
#include <math.h>
#include <string.h>

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
    return well;
}
