// Whole books: every kind of cheat at sizes of 0.5 to 10 sigma, simulated event by event, decided
// by the book, its findings held to the truth.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "trial/trial.h"

static const double DISTANCES[] = {0.5, 1, 2, 3, 4, 6, 10};
enum { D_COUNT = sizeof DISTANCES / sizeof *DISTANCES, FROM = 3, LASTS = 6 };
// The list at this level is cut at every smaller one for the ROC.
#define WIDE 0.5

// How each kind is done, and whose balance its size is measured by: the sigma of that pattern over
// the cheat's months. Of a scale or laboratory a sigma is the shared uncertainty that is stated; of
// exports it is ten of the difference between two customs, since less than a package cannot be
// misdeclared.
typedef struct Plan {
    ScoreKind kind;
    const char *at, *unit;
    FindingPattern pattern;
    const char *ore;
    uint64_t components; // of a product pattern
    bool tables;         // looked for by `examine`
} Plan;
#define BIT(symbol) COMPONENT_BIT(COMPONENT_##symbol)
static const Plan PLANS[] = {
    {SCORE_OVER_PLAN, "NORTH-SX", "kg", PATTERN_PRODUCT, "", BIT(Pr) | BIT(Nd), false},
    {SCORE_DIVERSION, "METAL-WORKS", "kg", PATTERN_FEED, "", 0, false},
    {SCORE_UNLICENSED_ORE, "RECYCLE-WORKS", "kg", PATTERN_ORE_PART, "LONGNAN", 0, false},
    {SCORE_FAKE_RECYCLING, "RECYCLE-WORKS", "kg", PATTERN_ORE_PART, "XUNWU", 0, false},
    {SCORE_MISDECLARED_EXPORT, "PORT-STORE", "kg", PATTERN_FEED, "", 0, true},
    {SCORE_BIASED_SCALE, "RECYCLE-WORKS", "s", PATTERN_FEED, "", 0, false},
    {SCORE_BIASED_LABORATORY, "LAB-A", "s", PATTERN_FEED, "", 0, false},
};
enum { PLAN_COUNT = sizeof PLANS / sizeof *PLANS };

typedef struct Cell {
    size_t books, found, near, knock_on, alarms, first, weighed, covered, ore_known, ore_right,
        months_count;
    double months, log_ratio, distance, share;
    double best_p[4096]; // of the first finding that is right, at the wide level; 2: none
    size_t best_count;
} Cell;

static bool cheat_of(const Plan *plan, const char *size, SimulateCheat *cheat, Status *status) {
    char text[160];
    snprintf(text, sizeof text, "%s:at=%s%s%s,from=2026-%02d,months=%d",
             score_kind_name(plan->kind), plan->at, *size ? ",size=" : "", size, FROM + 1, LASTS);
    return simulate_cheat_read(text_of(text), cheat, status);
}

static SimulateOptions options_of(uint64_t seed, const SimulateCheat *cheat) {
    return (SimulateOptions){.seed = seed,
                             .scale = SIMULATE_SCALE_MIN,
                             .months = 12,
                             .cheats = cheat,
                             .cheat_count = cheat != NULL};
}

// kg of one sigma of the plan's pattern at its facility over the cheat's months; 0: it has none.
static double sigma_kg(const TrialBed *bed, const Plan *plan) {
    const TrialPlace *p = trial_bed_find(bed, plan->at);
    if (!p || p->periods < FROM + LASTS) return 0.0;
    for (size_t f = 0; f < p->patterns; f++) {
        const PlacePattern *about = &p->suspected.about[f];
        if (about->kind != plan->pattern ||
            (*plan->ore && !text_equal(about->ore, text_of(plan->ore))) ||
            (plan->components && about->mask != plan->components))
            continue;
        TrialLoss loss = {f, FROM, FROM + LASTS - 1, JOINT_MISSING};
        double information = trial_information(p, &loss), sum = 0.0;
        for (size_t c = 0; c < p->suspected.joint.components; c++)
            sum += p->suspected.patterns[f].share[c];
        return information > 0.0 ? LASTS * sum / sqrt(information) : 0.0;
    }
    return 0.0;
}

// What of the truth that pattern's components are.
static double seen_kg(const TrialBed *bed, const Plan *plan, const ScoreCheat *cheat) {
    const TrialPlace *p = trial_bed_find(bed, plan->at);
    double sum = 0.0;
    if (plan->tables) return cheat->net_kg;
    for (int c = 0; plan->unit[0] == 's' && c < COMPONENT_COUNT; c++)
        sum += cheat->kg[c];
    if (plan->unit[0] == 's') return sum;
    for (size_t c = 0; p && c < p->place.balance->components; c++) {
        int bit = p->place.component[c];
        bool part = plan->pattern == PATTERN_ORE_PART;
        uint64_t mask = part               ? BIT(Pr) | BIT(Nd) | BIT(Tb) | BIT(Dy)
                        : plan->components ? plan->components
                                           : RARE_EARTH_MASK;
        if (mask >> bit & 1) sum += cheat->kg[bit];
    }
    return sum;
}

// kg of size (as the simulator takes it) for each kg that is seen, and kg seen of one sigma, by one
// book with the cheat's usual size.
typedef struct Scale {
    double size_for_kg, sigma;
} Scale;

static bool calibrate(const TrialBed *bed, const Plan *plan, uint64_t seed, Scale *scale,
                      Status *status) {
    *scale = (Scale){1.0, 1.0};
    if (plan->unit[0] == 's') return true;
    SimulateCheat cheat;
    if (!cheat_of(plan, "", &cheat, status)) return false;
    SimulateOptions options = options_of(seed, &cheat);
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    ScoreCheat *truth = NULL;
    ScoreClaim *claims = NULL;
    size_t truths = 0, count = 0;
    bool well;
    if (plan->tables) {
        well = trial_tables_claims(&options, FINDING_Q_DEFAULT, &arena, &truth, &truths, &claims,
                                   &count, status);
        for (size_t i = count; well && i-- > 0;)
            if (claims[i].family == SCORE_TRADE)
                scale->sigma = 10 * (claims[i].high_kg - claims[i].low_kg) / 3.92;
    } else {
        TrialIndustry industry;
        well = trial_industry_make(&options, &industry, status);
        truth = arena_take_zero(&arena, 1, sizeof *truth);
        if (well && truth && industry.cheat_count) *truth = industry.cheats[0];
        truths = well && truth ? industry.cheat_count : 0;
        scale->sigma = sigma_kg(bed, plan);
        trial_industry_done(&industry);
    }
    double seen = well && truths ? seen_kg(bed, plan, truth) : 0.0;
    if (well && (!(seen > 0.0) || !(scale->sigma > 0.0)))
        well = status_set(status, STATUS_INVALID, "the size of %s has no measure at %s",
                          score_kind_name(plan->kind), plan->at);
    // The usual size, which is a mass in mg.
    scale->size_for_kg = well ? (double)cheat.size / 1e6 / seen : 0.0;
    arena_done(&arena);
    return well;
}

static void count_book(const Score *score, const ScoreClaim *claims, const double *p,
                       size_t wide_count, const Score *wide, double distance, Cell *cell) {
    const ScoredCheat *s = &score->cheats[0];
    cell->books++;
    cell->found += s->found;
    cell->near += !s->found && score->count[SCORE_NEAR] > 0;
    cell->knock_on += score->count[SCORE_KNOCK_ON] > 0;
    cell->alarms += score->count[SCORE_FALSE];
    cell->first += s->found && s->claim == 0;
    cell->weighed += s->weighed;
    cell->covered += s->covered;
    cell->ore_known += s->ore >= 0;
    cell->ore_right += s->ore == 1;
    if (s->found) {
        cell->months += s->months;
        cell->months_count++;
        cell->share += s->share;
    }
    if (s->weighed && claims[s->claim].kg > 0)
        cell->log_ratio += log(claims[s->claim].kg / s->true_kg);
    cell->distance += distance;
    double best = 2.0;
    for (size_t i = 0; i < wide_count; i++)
        if (wide->claims[i].verdict == SCORE_TRUE && p[i] < best) best = p[i];
    if (cell->best_count < sizeof cell->best_p / sizeof *cell->best_p)
        cell->best_p[cell->best_count++] = best;
}

// One book; its findings at both levels.
static bool one_book(const TrialBed *bed, const Plan *plan, const Scale *scale, double d,
                     uint64_t seed, Cell *cell, Status *status) {
    char size[40];
    SimulateCheat cheat;
    if (plan->unit[0] == 's')
        snprintf(size, sizeof size, "%gs", d);
    else
        snprintf(size, sizeof size, "%.3fkg", d * scale->sigma * scale->size_for_kg);
    if (!cheat_of(plan, size, &cheat, status)) return false;
    SimulateOptions options = options_of(seed, &cheat);
    Score score, wide;
    ScoreClaim *claims = NULL, *all = NULL;
    size_t count = 0, all_count = 0;
    if (plan->tables) {
        Arena arena;
        arena_init(&arena, (size_t)1 << 30);
        ScoreCheat *truth = NULL;
        size_t truths = 0;
        bool well = trial_tables_claims(&options, FINDING_Q_DEFAULT, &arena, &truth, &truths,
                                        &claims, &count, status) &&
                    score_claims(truth, truths, claims, count, &arena, &score, status);
        if (well && truths && truth->net_kg > 0.0)
            count_book(&score, claims, NULL, 0, &score, truth->net_kg / scale->sigma, cell);
        arena_done(&arena);
        return well;
    }
    TrialIndustry industry;
    FindingList list, wide_list;
    bool well =
        trial_industry_make(&options, &industry, status) &&
        trial_industry_claims(&industry, FINDING_Q_DEFAULT, &list, &claims, &count, status) &&
        trial_industry_claims(&industry, WIDE, &wide_list, &all, &all_count, status) &&
        score_claims(industry.cheats, industry.cheat_count, claims, count, &industry.arena, &score,
                     status) &&
        score_claims(industry.cheats, industry.cheat_count, all, all_count, &industry.arena, &wide,
                     status);
    double *p = well ? arena_take_zero(&industry.arena, all_count + 1, sizeof *p) : NULL;
    if (well && !p) well = status_no_memory(status);
    for (size_t i = 0; well && i < all_count; i++)
        p[i] = wide_list.findings[i].p_value;
    // Too small to be done at all: nothing to find.
    if (well && industry.cheat_count && seen_kg(bed, plan, industry.cheats) > 0.0)
        count_book(&score, claims, p, all_count, &wide,
                   plan->unit[0] == 's' ? d : seen_kg(bed, plan, industry.cheats) / scale->sigma,
                   cell);
    trial_industry_done(&industry);
    return well;
}

// ---- honest books ----

typedef struct Honest {
    size_t books, with_any, findings, tables_with_any, tables_findings;
    double *p; // of every finding at the wide level
    size_t p_count, p_room;
} Honest;

static bool one_honest(uint64_t seed, Honest *h, Status *status) {
    SimulateOptions options = options_of(seed, NULL);
    TrialIndustry industry;
    FindingList list, wide;
    ScoreClaim *claims;
    size_t count = 0, wide_count = 0;
    bool well =
        trial_industry_make(&options, &industry, status) &&
        trial_industry_claims(&industry, FINDING_Q_DEFAULT, &list, &claims, &count, status) &&
        trial_industry_claims(&industry, WIDE, &wide, &claims, &wide_count, status);
    for (size_t i = 0; well && i < wide_count && h->p_count < h->p_room; i++)
        h->p[h->p_count++] = wide.findings[i].p_value;
    h->books++;
    h->with_any += count > 0;
    h->findings += count;
    trial_industry_done(&industry);
    if (!well) return false;
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    ScoreCheat *truth;
    size_t truths, examined = 0;
    well = trial_tables_claims(&options, FINDING_Q_DEFAULT, &arena, &truth, &truths, &claims,
                               &examined, status);
    h->tables_with_any += examined > 0;
    h->tables_findings += examined;
    arena_done(&arena);
    return well;
}

// ---- ROC: books in which it is found against false findings in an honest book ----

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double share_below(const double *p, size_t count, double limit, double of) {
    size_t below = 0;
    for (size_t i = 0; i < count; i++)
        below += p[i] <= limit;
    return of > 0.0 ? (double)below / of : 0.0;
}

enum { POINTS = 81 };
static void roc_figure(TrialReport *r, Cell *const *cells, const Honest *h) {
    static const char *const names[] = {"over-plan", "diversion", "unlicensed-ore",
                                        "fake-recycling"};
    PlotCurve *curves = arena_take_zero(r->arena, 4, sizeof *curves);
    double *x = arena_take_zero(r->arena, POINTS, sizeof *x),
           *y = arena_take_zero(r->arena, (size_t)4 * POINTS, sizeof *y);
    if (!curves || !x || !y) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < POINTS; i++) {
        double limit = WIDE * pow(10.0, -8.0 * (double)(POINTS - 1 - i) / (POINTS - 1));
        // What an honest book has at that level; where none of the books had any, the level itself.
        double alarms = share_below(h->p, h->p_count, limit, (double)h->books);
        x[i] = fmax(alarms, 1e-3);
        for (size_t c = 0; c < 4; c++) {
            size_t count = 0, below = 0;
            for (size_t d = 2; d < 5; d++) { // 2, 3, 4 sigma
                count += cells[c][d].best_count;
                for (size_t n = 0; n < cells[c][d].best_count; n++)
                    below += cells[c][d].best_p[n] <= limit;
            }
            y[c * POINTS + i] = count ? (double)below / (double)count : NAN;
        }
    }
    for (size_t c = 0; c < 4; c++)
        curves[c] = (PlotCurve){names[c], POINTS, x, y + c * POINTS};
    PlotCurves plot = {.title = "Whole books: found against false findings, 2 to 4 sigma",
                       .x_name = "false findings in an honest book",
                       .y_name = "share of the books in which it is found",
                       .x_from = 1e-3,
                       .x_to = 1,
                       .y_from = 0,
                       .y_to = 1,
                       .logarithmic = true,
                       .count = 4,
                       .curve = curves};
    report_figure(r, "roc-books.svg", &plot);
}

static void power_figure(TrialReport *r, Cell *const *cells) {
    PlotCurve *curves = arena_take_zero(r->arena, PLAN_COUNT, sizeof *curves);
    double *x = arena_take_zero(r->arena, D_COUNT, sizeof *x),
           *y = arena_take_zero(r->arena, (size_t)PLAN_COUNT * D_COUNT, sizeof *y);
    if (!curves || !x || !y) {
        r->failed = true;
        return;
    }
    for (size_t k = 0; k < PLAN_COUNT; k++) {
        for (size_t d = 0; d < D_COUNT; d++) {
            x[d] = DISTANCES[d];
            y[k * D_COUNT + d] =
                cells[k][d].books ? (double)cells[k][d].found / (double)cells[k][d].books : NAN;
        }
        curves[k] = (PlotCurve){score_kind_name(PLANS[k].kind), D_COUNT, x, y + k * D_COUNT};
    }
    PlotCurves plot = {.title = "Whole books: found against size, list at 5 %",
                       .x_name = "size in sigmas",
                       .y_name = "share of the books in which it is found",
                       .x_from = 0,
                       .x_to = 10,
                       .y_from = 0,
                       .y_to = 1,
                       .count = PLAN_COUNT,
                       .curve = curves};
    report_figure(r, "power-books.svg", &plot);
}

static void say(TrialReport *r, Cell *const *cells, const Scale *scales, const Honest *h) {
    report_table(
        r, "Every kind of cheat (whole books)",
        "cheat|at|one sigma|size in sigmas|as it came out|found|near|first in the "
        "list|interval covers|estimate over truth|its elements carry|right ore|months|false "
        "findings a "
        "book|knock-on",
        "Simulated, decided by the book, listed at 5 % and scored; a misdeclared export "
        "through the monthly tables and `examine`. Months: from the first to the end of the "
        "interval that found it, of six. Knock-on: "
        "books in which another facility's balance is named while a scale or laboratory is "
        "wrong.");
    size_t weighed = 0, covered = 0;
    for (size_t k = 0; k < PLAN_COUNT; k++)
        for (size_t d = 0; d < D_COUNT; d++) {
            const Cell *c = &cells[k][d];
            double books = fmax(1.0, (double)c->books);
            char sigma[32] = "as stated", covers[32] = "-", ratio[32] = "-", ore[32] = "-",
                 share[32] = "-", months[32] = "-";
            if (PLANS[k].unit[0] != 's') snprintf(sigma, sizeof sigma, "%.3g kg", scales[k].sigma);
            if (c->weighed) {
                snprintf(covers, sizeof covers, "%zu of %zu", c->covered, c->weighed);
                snprintf(ratio, sizeof ratio, "%.2f", exp(c->log_ratio / (double)c->weighed));
            }
            if (c->ore_known) snprintf(ore, sizeof ore, "%zu of %zu", c->ore_right, c->ore_known);
            if (c->months_count) {
                if (!PLANS[k].tables)
                    snprintf(share, sizeof share, "%.0f %%",
                             100 * c->share / (double)c->months_count);
                snprintf(months, sizeof months, "%.1f", c->months / (double)c->months_count);
            }
            report_row(r, "%s|%s|%s|%g|%.2f|%zu of %zu|%zu|%zu|%s|%s|%s|%s|%s|%.2f|%zu",
                       score_kind_name(PLANS[k].kind), PLANS[k].at, sigma, DISTANCES[d],
                       c->distance / books, c->found, c->books, c->near, c->first, covers, ratio,
                       share, ore, months, (double)c->alarms / books, c->knock_on);
            bool large = DISTANCES[d] >= 4;
            if (large) weighed += c->weighed;
            if (large) covered += c->covered;
        }
    double any = (double)h->with_any / fmax(1.0, (double)h->books);
    report_table(r, "Honest books (whole books)",
                 "books|with any finding|findings a book|through the tables: with any|findings",
                 "Both families, balance and origin, at 5 % each.");
    report_row(r, "%zu|%.1f %%|%.3f|%.1f %%|%.3f", h->books, 100 * any,
               (double)h->findings / fmax(1.0, (double)h->books),
               100 * (double)h->tables_with_any / fmax(1.0, (double)h->books),
               (double)h->tables_findings / fmax(1.0, (double)h->books));
    double sampling = 2.0 * sqrt(0.1 * 0.9 / fmax(1.0, (double)h->books));
    report_bar(r, "N11", "honest whole books with any finding (two families, 5 % each)",
               "<= 10 % within sampling error", any <= 0.10 + sampling ? BAR_REACHED : BAR_MISSED,
               "%.1f %% of %zu", 100 * any, h->books);
    double share = (double)covered / fmax(1.0, (double)weighed);
    report_bar(r, "N12", "whole books: intervals of what is found at 4 sigma and more cover",
               "92 to 98 %", share >= 0.92 && share <= 0.98 ? BAR_REACHED : BAR_MISSED,
               "%.1f %% of %zu", 100 * share, weighed);
}

bool trial_books(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                 Status *status) {
    Cell *cells[PLAN_COUNT] = {NULL};
    Scale scales[PLAN_COUNT];
    size_t done = 0, all = options->industries * PLAN_COUNT * (D_COUNT + 1);
    Honest honest = {.p_room = 64 * options->industries * PLAN_COUNT + 64};
    honest.p = memory_new_zero(honest.p_room, sizeof *honest.p);
    bool well = honest.p != NULL || status_no_memory(status);
    for (size_t k = 0; well && k < PLAN_COUNT; k++) {
        cells[k] = memory_new_zero(D_COUNT, sizeof **cells);
        well = cells[k] || status_no_memory(status);
        well = well && calibrate(bed, &PLANS[k], options->seed, &scales[k], status);
        for (size_t d = 0; well && d < D_COUNT; d++)
            for (size_t n = 0; well && n < options->industries; n++) {
                options->progress("whole books", done++, all);
                well = one_book(bed, &PLANS[k], &scales[k], DISTANCES[d],
                                options->seed * 100000 + k * 10000 + n, &cells[k][d], status);
            }
    }
    for (size_t n = 0; well && n < PLAN_COUNT * options->industries; n++) {
        options->progress("whole books", done++, all);
        well = one_honest(options->seed * 100000 + 90000 + n, &honest, status);
    }
    if (well) {
        qsort(honest.p, honest.p_count, sizeof *honest.p, ascending);
        say(report, cells, scales, &honest);
        roc_figure(report, cells, &honest);
        power_figure(report, cells);
    }
    for (size_t k = 0; k < PLAN_COUNT; k++)
        memory_free(cells[k]);
    memory_free(honest.p);
    return well;
}
