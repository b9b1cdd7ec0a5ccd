// One facility: power of the scan beside what is best, at one false-alarm rate; ROC; delay.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/distribution.h"
#include "trial/trial.h"

static const double DISTANCES[] = {0.5, 1, 2, 3, 4, 5, 6, 8, 10};
enum { D_COUNT = sizeof DISTANCES / sizeof *DISTANCES, NULLS = 4000 };
#define LEVEL 0.01

typedef struct Work {
    Arena arena;
    double *white;
    double *scores;
    double *scan, *end, *mixture[D_COUNT]; // under the null
    double *scan_loss[D_COUNT], *end_loss[D_COUNT], *mixture_loss[D_COUNT],
        *level[D_COUNT]; // with a loss
    size_t losses;
} Work;

static int descending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x > y ? -1 : x < y;
}

// What the `part` largest exceed.
static double limit_of(const double *sorted, size_t count, double part) {
    size_t at = (size_t)(part * (double)count);
    return sorted[at < count ? at : count - 1];
}

static double share_above(const double *values, size_t count, double limit) {
    size_t above = 0;
    for (size_t i = 0; i < count; i++)
        above += values[i] > limit;
    return (double)above / (double)count;
}

typedef struct Sum {
    double scan[D_COUNT], end[D_COUNT], mixture[D_COUNT], paid[D_COUNT], given[D_COUNT];
    double roc_scan[D_COUNT][101], roc_mixture[D_COUNT][101];
    double spent; // false-alarm probability of the price that is paid
} Sum;

static bool try_place(const TrialPlace *p, size_t losses, Draw *draw, Sum *sum, Status *status) {
    Work w = {.losses = losses};
    arena_init(&w.arena, (size_t)1 << 30);
    w.white = arena_take_zero(&w.arena, p->cells + 1, sizeof(double));
    w.scan = arena_take_zero(&w.arena, NULLS, sizeof(double));
    w.end = arena_take_zero(&w.arena, NULLS, sizeof(double));
    bool well = w.white && w.scan && w.end && trial_scores_new(p, &w.arena, &w.scores, status);
    for (size_t d = 0; well && d < D_COUNT; d++) {
        w.mixture[d] = arena_take_zero(&w.arena, NULLS, sizeof(double));
        w.scan_loss[d] = arena_take_zero(&w.arena, losses, sizeof(double));
        w.end_loss[d] = arena_take_zero(&w.arena, losses, sizeof(double));
        w.mixture_loss[d] = arena_take_zero(&w.arena, losses, sizeof(double));
        w.level[d] = arena_take_zero(&w.arena, losses, sizeof(double));
        well = w.mixture[d] && w.scan_loss[d] && w.end_loss[d] && w.mixture_loss[d] && w.level[d];
    }
    if (!well) {
        arena_done(&w.arena);
        return status_no_memory(status);
    }
    for (size_t n = 0; n < NULLS; n++) {
        trial_white_draw(p, draw, w.white);
        trial_scores(p, w.white, w.scores);
        w.scan[n] = trial_best_ever(p, w.scores);
        w.end[n] = trial_best(p, w.scores, p->periods - 1).z;
        for (size_t d = 0; d < D_COUNT; d++)
            w.mixture[d][n] = trial_mixture(p, w.scores, DISTANCES[d]);
    }
    qsort(w.scan, NULLS, sizeof *w.scan, descending);
    qsort(w.end, NULLS, sizeof *w.end, descending);
    double paid = 0.0; // z at which the price leaves LEVEL
    for (double low = 0.0, high = 40.0, i = 0; i < 60; i++) {
        paid = 0.5 * (low + high);
        if (trial_log_p(p, paid) > log(LEVEL))
            low = paid;
        else
            high = paid;
    }
    sum->spent += share_above(w.scan, NULLS, paid);
    for (size_t d = 0; d < D_COUNT; d++) {
        qsort(w.mixture[d], NULLS, sizeof(double), descending);
        for (size_t n = 0; n < losses; n++) {
            TrialLoss loss = trial_loss_draw(p, draw);
            trial_white_draw(p, draw, w.white);
            trial_white_add(p, &loss, DISTANCES[d], w.white);
            trial_scores(p, w.white, w.scores);
            w.scan_loss[d][n] = trial_best_ever(p, w.scores);
            w.end_loss[d][n] = trial_best(p, w.scores, p->periods - 1).z;
            w.mixture_loss[d][n] = trial_mixture(p, w.scores, DISTANCES[d]);
            // Its own test, months and proportions given.
            size_t at = trial_at(p, &loss, p->periods - 1);
            double z = w.scores[at] / sqrt(p->known[at]);
            w.level[d][n] = loss.side == JOINT_SURPLUS ? -z : z;
        }
        sum->scan[d] += share_above(w.scan_loss[d], losses, limit_of(w.scan, NULLS, LEVEL));
        sum->end[d] += share_above(w.end_loss[d], losses, limit_of(w.end, NULLS, LEVEL));
        sum->paid[d] += share_above(w.scan_loss[d], losses, paid);
        sum->mixture[d] +=
            share_above(w.mixture_loss[d], losses, limit_of(w.mixture[d], NULLS, LEVEL));
        sum->given[d] += share_above(w.level[d], losses, normal_upper_point(LEVEL));
        for (size_t i = 0; i <= 100; i++) {
            double rate = pow(10.0, -3.0 + 3.0 * (double)i / 100.0);
            sum->roc_scan[d][i] +=
                share_above(w.scan_loss[d], losses, limit_of(w.scan, NULLS, rate));
            sum->roc_mixture[d][i] +=
                share_above(w.mixture_loss[d], losses, limit_of(w.mixture[d], NULLS, rate));
        }
    }
    arena_done(&w.arena);
    return true;
}

// The scan here is the findings' own: on one drawn year of each place both must say the same.
static bool agrees(const TrialPlace *p, Draw *draw, Status *status) {
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    double *white = arena_take_zero(&arena, p->cells + 1, sizeof *white);
    double *scores;
    JointScan scan;
    bool well = white != NULL || status_no_memory(status);
    well = well && trial_scores_new(p, &arena, &scores, status);
    if (well) {
        trial_white_draw(p, draw, white);
        trial_scores(p, white, scores);
        JointBalance joint = p->suspected.joint;
        joint.white = white;
        Suspected drawn = p->suspected;
        drawn.joint = joint;
        well = joint_scan(&joint, p->suspected.patterns, p->patterns, p->suspected.horizon, NULL, 0,
                          &arena, &scan, status) &&
               place_pay(&drawn, &scan, status);
    }
    if (well) {
        double z = fmax(scan.best[0].z, scan.best[1].z),
               ours = trial_best(p, scores, p->periods - 1).z;
        if (fabs(z - ours) > 1e-9 * z || fabs(scan.log_p - trial_log_p(p, ours)) > 0.15)
            well = status_set(status, STATUS_CORRUPT,
                              "the trial's scan says %.12g at %.*s, the findings' %.12g", ours,
                              TEXT_ARG(p->facility), z);
    }
    arena_done(&arena);
    return well;
}

static void roc_figure(TrialReport *r, const Sum *sum, double places) {
    static const size_t which[] = {2, 3, 4, 5}; // d = 2, 3, 4, 5
    static const char *const names[] = {"scan, d = 2",  "scan, d = 3",  "scan, d = 4",
                                        "scan, d = 5",  "bound, d = 2", "bound, d = 3",
                                        "bound, d = 4", "bound, d = 5"};
    PlotCurve *curves = arena_take_zero(r->arena, 8, sizeof *curves);
    double *x = arena_take_zero(r->arena, 101, sizeof *x),
           *y = arena_take_zero(r->arena, 8 * 101, sizeof *y);
    if (!curves || !x || !y) {
        r->failed = true;
        return;
    }
    for (size_t c = 0; c < 8; c++) {
        const double *from = c < 4 ? sum->roc_scan[which[c]] : sum->roc_mixture[which[c - 4]];
        for (size_t i = 0; i <= 100; i++) {
            x[i] = pow(10.0, -3.0 + 3.0 * (double)i / 100.0);
            y[c * 101 + i] = from[i] / places;
        }
        curves[c] = (PlotCurve){names[c], 101, x, y + c * 101};
    }
    PlotCurves plot = {.title = "One facility: power against false alarms, months and proportions "
                                "unknown",
                       .x_name = "chance of a false alarm at this facility",
                       .y_name = "power",
                       .x_from = 1e-3,
                       .x_to = 1,
                       .y_from = 0,
                       .y_to = 1,
                       .logarithmic = true,
                       .count = 8,
                       .curve = curves};
    report_figure(r, "roc-facility.svg", &plot);
}

static void power_figure(TrialReport *r, const Sum *sum, double places) {
    PlotCurve *curves = arena_take_zero(r->arena, 4, sizeof *curves);
    double *x = arena_take_zero(r->arena, D_COUNT, sizeof *x),
           *y = arena_take_zero(r->arena, (size_t)4 * D_COUNT, sizeof *y);
    if (!curves || !x || !y) {
        r->failed = true;
        return;
    }
    for (size_t d = 0; d < D_COUNT; d++) {
        x[d] = DISTANCES[d];
        y[d] = joint_power(DISTANCES[d], LEVEL);
        y[D_COUNT + d] = sum->mixture[d] / places;
        y[2 * D_COUNT + d] = sum->scan[d] / places;
        y[3 * D_COUNT + d] = sum->paid[d] / places;
    }
    static const char *const names[] = {"all is known", "best when not", "scan", "as findings do"};
    for (size_t c = 0; c < 4; c++)
        curves[c] = (PlotCurve){names[c], D_COUNT, x, y + c * D_COUNT};
    PlotCurves plot = {.title = "One facility: power against size, 1 % false alarms",
                       .x_name = "size of the loss in sigmas of the facility's balance",
                       .y_name = "power",
                       .x_from = 0,
                       .x_to = 10,
                       .y_from = 0,
                       .y_to = 1,
                       .count = 4,
                       .curve = curves};
    report_figure(r, "power-facility.svg", &plot);
}

// ---- months until it is found ----

enum { BEGINS = 2 };
static const double MONTHLY[] = {1, 1.5, 2, 3, 5};
enum { MONTHLY_COUNT = sizeof MONTHLY / sizeof *MONTHLY };

static int ascending(const void *a, const void *b) {
    return -descending(a, b);
}

// A loss that begins in the third month and goes on; so large that its first month alone has the
// distance given. Found by the p-value (1 %), and by the e-value (100).
static bool delays(const TrialBed *bed, size_t runs, Draw *draw, TrialReport *report,
                   Status *status) {
    report_table(report, "Months until it is found (figures drawn)",
                 "first month's distance|found within the year, p <= 1 %|median months|found, "
                 "e >= 100|median months",
                 "A loss that begins in the third month of twelve and goes on at one rate, looked "
                 "for after each month. Of those found; the months left are ten.");
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    bool well = true;
    for (size_t s = 0; well && s < MONTHLY_COUNT; s++) {
        double *by_p = memory_new_zero(2 * runs + 1, sizeof *by_p), *by_e = by_p + runs;
        size_t found_p = 0, found_e = 0;
        well = by_p != NULL || status_no_memory(status);
        for (size_t n = 0; well && n < runs; n++) {
            const TrialPlace *p = &bed->place[n % bed->count];
            if (p->periods <= BEGINS) continue;
            TrialLoss loss;
            do
                loss = trial_loss_draw(p, draw);
            while (!(p->known[trial_at(p, &(TrialLoss){loss.pattern, BEGINS, BEGINS, loss.side},
                                       BEGINS)] > 0.0));
            loss.from = BEGINS;
            loss.to = p->periods - 1;
            TrialLoss month = {loss.pattern, BEGINS, BEGINS, loss.side};
            double first = p->known[trial_at(p, &month, BEGINS)], all = trial_information(p, &loss);
            arena_reset(&arena);
            double *white = arena_take_zero(&arena, p->cells + 1, sizeof *white);
            double *scores;
            JointScan scan;
            well = (white != NULL || status_no_memory(status)) &&
                   trial_scores_new(p, &arena, &scores, status);
            if (!well) break;
            trial_white_draw(p, draw, white);
            trial_white_add(p, &loss, MONTHLY[s] * sqrt(all / first), white);
            trial_scores(p, white, scores);
            JointBalance joint = p->suspected.joint;
            joint.white = white;
            well = joint_scan(&joint, p->suspected.patterns, p->patterns, p->suspected.horizon,
                              NULL, 0, &arena, &scan, status);
            bool p_done = false, e_done = false;
            for (size_t t = BEGINS; well && t < p->periods; t++) {
                double months = (double)(t - BEGINS + 1);
                if (!p_done && trial_log_p(p, trial_best(p, scores, t).z) <= log(LEVEL)) {
                    p_done = true;
                    by_p[found_p++] = months;
                }
                if (!e_done && scan.log_e_by_period[t] >= -log(LEVEL)) {
                    e_done = true;
                    by_e[found_e++] = months;
                }
            }
        }
        if (well) {
            qsort(by_p, found_p, sizeof *by_p, ascending);
            qsort(by_e, found_e, sizeof *by_e, ascending);
            char median_p[16] = "-", median_e[16] = "-";
            if (found_p) snprintf(median_p, sizeof median_p, "%.0f", by_p[found_p / 2]);
            if (found_e) snprintf(median_e, sizeof median_e, "%.0f", by_e[found_e / 2]);
            report_row(report, "%g|%.2f|%s|%.2f|%s", MONTHLY[s], (double)found_p / (double)runs,
                       median_p, (double)found_e / (double)runs, median_e);
        }
        memory_free(by_p);
    }
    arena_done(&arena);
    return well;
}

bool trial_power(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                 Status *status) {
    Sum *sum = memory_new_zero(1, sizeof *sum);
    if (!sum) return status_no_memory(status);
    Draw draw = draw_seeded(options->seed * 1000 + 7);
    size_t losses = 50 * options->industries;
    if (losses > 4000) losses = 4000;
    bool well = true;
    for (size_t i = 0; well && i < bed->count; i++) {
        options->progress("power, facilities", i, bed->count);
        well = agrees(&bed->place[i], &draw, status) &&
               try_place(&bed->place[i], losses, &draw, sum, status);
    }
    double places = (double)bed->count, runs = places * (double)losses;
    if (well) {
        report_table(
            report, "Power at one facility, 1 % false alarms (figures drawn)",
            "d|all known|best, unknown|one look|scan|of the best|as findings do|given|of all known",
            "All known: Neyman and Pearson's test, months and proportions known. Best, "
            "unknown: the average-power optimum where pattern, months and side are drawn, "
            "each alike likely, as they are here. One look: a scan at the year's end by all "
            "figures, its limit simulated. Scan: the same after each month, by all figures then at "
            "hand. As findings "
            "do: by the p-value that the list states. Given: the findings' test at the "
            "true months and proportions.");
        double share[D_COUNT], given[D_COUNT];
        for (size_t d = 0; d < D_COUNT; d++) {
            double known = joint_power(DISTANCES[d], LEVEL);
            share[d] = sum->mixture[d] > 0.0 ? sum->scan[d] / sum->mixture[d] : 1.0;
            given[d] = sum->given[d] / places / known;
            report_row(report, "%g|%.3f|%.3f|%.3f|%.3f|%.0f %%|%.3f|%.3f|%.0f %%", DISTANCES[d],
                       known, sum->mixture[d] / places, sum->end[d] / places, sum->scan[d] / places,
                       100 * share[d], sum->paid[d] / places, sum->given[d] / places,
                       100 * given[d]);
        }
        report_row(report, "false alarms|0.010|0.010|0.010|0.010||%.4f|0.010|",
                   sum->spent / places);
        report_bar(report, "N7", "scan as a share of the best, d = 3", ">= 90 %",
                   share[3] >= 0.90 ? BAR_REACHED : BAR_MISSED, "%.1f %% (%.0f losses)",
                   100 * share[3], runs);
        report_bar(report, "N7", "scan as a share of the best, d = 4", ">= 95 %",
                   share[4] >= 0.95 ? BAR_REACHED : BAR_MISSED, "%.1f %%", 100 * share[4]);
        report_bar(report, "N7", "scan as a share of the best, d = 5", ">= 95 %",
                   share[5] >= 0.95 ? BAR_REACHED : BAR_MISSED, "%.1f %%", 100 * share[5]);
        double paid = sum->mixture[4] > 0.0 ? sum->paid[4] / sum->mixture[4] : 1.0;
        report_bar(report, "N7", "as findings do, as a share of the best, d = 4", ">= 95 %",
                   paid >= 0.95 ? BAR_REACHED : BAR_MISSED, "%.1f %%; false alarms %.2f %%",
                   100 * paid, 100 * sum->spent / places);
        report_bar(report, "N7", "months and proportions given, share of Neyman-Pearson, d = 3",
                   ">= 95 %", given[3] >= 0.95 ? BAR_REACHED : BAR_MISSED, "%.1f %%",
                   100 * given[3]);
        roc_figure(report, sum, places);
        power_figure(report, sum, places);
        options->progress("months until found", 0, 1);
        well = delays(bed, 25 * options->industries, &draw, report, status);
    }
    memory_free(sum);
    return well;
}
