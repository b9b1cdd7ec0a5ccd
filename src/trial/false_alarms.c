// Honest years: how often something is found all the same.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/multiplicity.h"
#include "trial/trial.h"

// How the errors are drawn, and what is wrong with what is stated of them.
typedef enum Errors {
    ERRORS_STATED,      // as the covariance says
    ERRORS_BY_SOURCE,   // each measurement's own and each shared error drawn, and put together
    ERRORS_SKEWED,      // the same, assays lognormal: 5 % relative, 10 % of traces
    ERRORS_VERY_SKEWED, // 30 % of traces
    ERRORS_LABORATORY,  // the same, one laboratory's or device's stated 20 % too small
    ERRORS_KINDS
} Errors;
static const char *const NAMES[ERRORS_KINDS] = {
    "as stated, drawn from the covariance", "as stated, each measurement and shared error drawn",
    "assays lognormal, 5 %; 10 % of elements below 1 % of what goes through", "the same, 30 %",
    "the most used laboratory or device stated 20 % too small"};

// Of mean 0 and variance 1: of a lognormal of relative standard deviation `relative`, or normal.
static double unit_error(Draw *draw, double relative) {
    double n[1];
    draw_normals(draw, n, 1);
    if (!(relative > 0.0)) return n[0];
    double s = sqrt(log1p(relative * relative));
    return (exp(s * n[0] - 0.5 * s * s) - 1.0) / relative;
}

// What goes through of each component, as a share of all.
static void throughputs(const TrialPlace *p, double *share) {
    double all = 0.0;
    const FacilityBalance *b = p->place.balance;
    for (size_t c = 0; c < b->components; c++) {
        share[c] = 0.0;
        for (size_t t = 0; b->component[c].present && t < b->periods; t++)
            share[c] += b->component[c].period[t].flow[BALANCE_RECEIVED] +
                        b->component[c].period[t].flow[BALANCE_EXTRACTED];
        all += share[c];
    }
    for (size_t c = 0; c < b->components; c++)
        share[c] /= all > 0.0 ? all : 1.0;
    // The other side's columns are of the components that most goes through of.
    for (size_t c = b->components; c < p->suspected.joint.components; c++)
        share[c] = 1.0;
}

enum { BITS = 32, BIT_WHOLE = 31 }; // of finding/suspicion.c: a weighing is wrong for all alike
static double skew_of(Errors how, uint64_t key, double share) {
    bool skewed = how == ERRORS_SKEWED || how == ERRORS_VERY_SKEWED;
    if (!skewed || key % BITS == BIT_WHOLE) return 0.0;
    return share >= 0.01 ? 0.05 : how == ERRORS_SKEWED ? 0.10 : 0.30;
}

typedef struct GroupUse {
    uint64_t group;
    size_t uses;
} GroupUse;

static int by_group(const void *a, const void *b) {
    const GroupUse *x = a, *y = b;
    return x->group < y->group ? -1 : x->group > y->group;
}

// The group that most entries share. False for want of memory.
static bool most_used(const JointBalance *j, Arena *arena, uint64_t *most) {
    GroupUse *use = arena_take_zero(arena, j->error_count + 1, sizeof *use);
    if (!use) return false;
    size_t count = 0, best = 0;
    for (size_t i = 0; i < j->error_count; i++)
        if (j->errors[i].group != JOINT_NO_GROUP) use[count++].group = j->errors[i].group;
    qsort(use, count, sizeof *use, by_group);
    *most = JOINT_NO_GROUP;
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && use[end].group == use[i].group)
            end++;
        if (end - i > best) {
            best = end - i;
            *most = use[i].group;
        }
        i = end;
    }
    return true;
}

typedef struct Spread {
    uint64_t group;
    uint32_t component;
    double value;
} Spread;

static int by_spread(const void *a, const void *b) {
    const Spread *x = a, *y = b;
    return x->group < y->group ? -1 : x->group > y->group;
}

// MUF drawn error by error, then whitened by what is stated.
static bool draw_by_source(const TrialPlace *p, Errors how, Draw *draw, Arena *arena, double *white,
                           Status *status) {
    const JointBalance *j = &p->suspected.joint;
    Spread *groups = arena_take_zero(arena, j->error_count + 1, sizeof *groups);
    double *muf = arena_take_zero(arena, j->cells + 1, sizeof *muf),
           *share = arena_take_zero(arena, j->components + 1, sizeof *share);
    uint64_t wrong = JOINT_NO_GROUP;
    if (!groups || !muf || !share || (how == ERRORS_LABORATORY && !most_used(j, arena, &wrong)))
        return status_no_memory(status);
    throughputs(p, share);
    size_t count = 0;
    for (size_t i = 0; i < j->error_count; i++)
        if (j->errors[i].group != JOINT_NO_GROUP)
            groups[count++] = (Spread){j->errors[i].group, j->errors[i].component, 0.0};
    qsort(groups, count, sizeof *groups, by_spread);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || groups[i].group != groups[kept - 1].group) groups[kept++] = groups[i];
    for (size_t i = 0; i < kept; i++)
        groups[i].value =
            unit_error(draw, skew_of(how, groups[i].group, share[groups[i].component]));
    double own = 0.0;
    for (size_t i = 0; i < j->error_count; i++) {
        const JointError *e = &j->errors[i];
        if (i == 0 || e->source != j->errors[i - 1].source)
            own = unit_error(draw, skew_of(how, e->source, share[e->component]));
        double shared = 0.0,
               times = how == ERRORS_LABORATORY && e->group == wrong && wrong != JOINT_NO_GROUP
                           ? 1.25
                           : 1.0;
        if (e->group != JOINT_NO_GROUP) {
            Spread key = {e->group, 0, 0.0};
            shared = ((Spread *)bsearch(&key, groups, kept, sizeof *groups, by_spread))->value;
        }
        muf[e->period * j->components + e->component] +=
            times * (own * e->own + shared * e->shared);
    }
    for (size_t i = 0; i < j->cells; i++) {
        const double *row = j->factor + i * j->cells;
        double floor[1];
        draw_normals(draw, floor, 1);
        double sum = muf[i] + floor[0] * p->place.balance->floor_kg;
        for (size_t t = 0; t < i; t++)
            sum -= row[t] * white[t];
        white[i] = row[i] > 0.0 ? sum / row[i] : 0.0;
    }
    return true;
}

typedef struct Rates {
    size_t years, any, tests, below;
    // With two true losses: reported ever, falsely ever, over monthly looks; true ones reported.
    size_t reported, falsely, truly;
} Rates;

// One year of the whole industry: the smallest p of each facility at each month's end.
static bool one_year(const TrialBed *bed, Errors how, Draw *draw, size_t losses, double d,
                     Arena *arena, double *log_p, Status *status) {
    for (size_t i = 0; i < bed->count; i++) {
        const TrialPlace *p = &bed->place[i];
        double *white = arena_take_zero(arena, p->cells + 1, sizeof *white);
        double *scores;
        if (!white) return status_no_memory(status);
        if (!trial_scores_new(p, arena, &scores, status)) return false;
        if (how == ERRORS_STATED)
            trial_white_draw(p, draw, white);
        else if (!draw_by_source(p, how, draw, arena, white, status))
            return false;
        if (i < losses) {
            TrialLoss loss = trial_loss_draw(p, draw);
            trial_white_add(p, &loss, d, white);
        }
        trial_scores(p, white, scores);
        for (size_t t = 0; t < 12; t++) {
            size_t look = t < p->periods ? t : p->periods - 1;
            log_p[i * 12 + t] = trial_log_p(p, trial_best(p, scores, look).z);
        }
    }
    return true;
}

// Facilities that the list accuses at each of twelve looks: Benjamini & Hochberg over facilities.
static bool years(const TrialBed *bed, Errors how, size_t count, size_t losses, double d,
                  Draw *draw, Rates *rates, Status *status) {
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    bool well = true;
    for (size_t n = 0; well && n < count; n++) {
        arena_reset(&arena);
        double *log_p = arena_take_zero(&arena, bed->count * 12, sizeof *log_p),
               *p = arena_take_zero(&arena, bed->count, sizeof *p);
        bool *ever = arena_take_zero(&arena, bed->count, sizeof *ever);
        well = (log_p && p && ever) || status_no_memory(status);
        well = well && one_year(bed, how, draw, losses, d, &arena, log_p, status);
        for (size_t t = 0; well && t < 12; t++) {
            Multiplicity m;
            for (size_t i = 0; i < bed->count; i++)
                p[i] = exp(log_p[i * 12 + t]);
            well = multiplicity_adjust(p, bed->count, FINDING_Q_DEFAULT, &arena, &m, status);
            for (size_t i = 0; well && i < bed->count; i++)
                ever[i] |= m.rejected[i];
        }
        bool any = false;
        for (size_t i = 0; well && i < bed->count; i++) {
            any |= ever[i];
            rates->tests += i >= losses;
            rates->below += i >= losses && log_p[i * 12 + 11] <= log(0.05);
            rates->reported += ever[i];
            rates->falsely += ever[i] && i >= losses;
            rates->truly += ever[i] && i < losses;
        }
        rates->any += any;
        rates->years++;
    }
    arena_done(&arena);
    return well;
}

// How often the e-value of one honest facility ever reaches 20, looked at each month.
static bool e_values(const TrialBed *bed, size_t count, Draw *draw, size_t *above, Status *status) {
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    bool well = true;
    *above = 0;
    for (size_t n = 0; well && n < count; n++) {
        const TrialPlace *p = &bed->place[n % bed->count];
        arena_reset(&arena);
        double *white = arena_take_zero(&arena, p->cells + 1, sizeof *white);
        JointScan scan;
        if (!white) {
            well = status_no_memory(status);
            break;
        }
        trial_white_draw(p, draw, white);
        JointBalance joint = p->suspected.joint;
        joint.white = white;
        well = joint_scan(&joint, p->suspected.patterns, p->patterns, p->suspected.horizon, NULL, 0,
                          &arena, &scan, status);
        double most = -INFINITY;
        for (size_t t = 0; well && t < p->periods; t++)
            most = fmax(most, scan.log_e_by_period[t]);
        *above += most >= log(20.0);
    }
    arena_done(&arena);
    return well;
}

bool trial_false_alarms(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                        Status *status) {
    Draw draw = draw_seeded(options->seed * 1000 + 13);
    size_t count = 100 * options->industries;
    if (count > 2000) count = 2000;
    report_table(report, "Honest years (figures drawn)",
                 "errors|one facility, p <= 5 %|industry-years with any finding (5 %)|years",
                 "Twelve monthly looks, all that is ever reported counts; shared errors of devices "
                 "and laboratories in all of them.");
    double worst = 0.0, sampling = 2.0 * sqrt(0.05 * 0.95 / (double)count);
    for (int how = 0; how < ERRORS_KINDS; how++) {
        Rates r = {.years = 0};
        options->progress("honest years", (uint64_t)how, ERRORS_KINDS);
        if (!years(bed, (Errors)how, count, 0, 0.0, &draw, &r, status)) return false;
        double any = (double)r.any / (double)r.years;
        worst = fmax(worst, any);
        report_row(report, "%s|%.2f %%|%.2f %%|%zu", NAMES[how],
                   100 * (double)r.below / (double)r.tests, 100 * any, r.years);
    }
    report_bar(report, "N11", "industry-years with a false finding, the worst of the five errors",
               "<= 5 % within sampling error", worst <= 0.05 + sampling ? BAR_REACHED : BAR_MISSED,
               "%.2f %% (%zu years each)", 100 * worst, count);
    Rates r = {.years = 0};
    size_t losses = bed->count < 2 ? bed->count : 2;
    if (!years(bed, ERRORS_STATED, count, losses, 6.0, &draw, &r, status)) return false;
    double share = (double)r.falsely / fmax(1.0, (double)r.reported);
    report_table(report, "Two losses at distance 6 among honest facilities (figures drawn)",
                 "facilities ever reported|falsely|share|of the losses reported",
                 "Looked at every month; Benjamini and Hochberg over facilities at 5 %.");
    report_row(report, "%zu|%zu|%.2f %%|%.1f %%", r.reported, r.falsely, 100 * share,
               100 * (double)r.truly / (double)(losses * r.years));
    double error = 2.0 * sqrt(0.05 * 0.95 / fmax(1.0, (double)r.reported));
    report_bar(report, "N11", "false ones among all ever reported, monthly looks",
               "<= 5 % within sampling error", share <= 0.05 + error ? BAR_REACHED : BAR_MISSED,
               "%.2f %%", 100 * share);
    size_t above, tried = 60 * options->industries;
    options->progress("honest years, e-values", 0, 1);
    if (!e_values(bed, tried, &draw, &above, status)) return false;
    double rate = (double)above / (double)tried;
    report_bar(report, "N11", "an honest facility's e-value ever reaches 20, monthly looks",
               "<= 5 %",
               rate <= 0.05 + 2.0 * sqrt(0.05 * 0.95 / (double)tried) ? BAR_REACHED : BAR_MISSED,
               "%.2f %% of %zu", 100 * rate, tried);
    return true;
}
