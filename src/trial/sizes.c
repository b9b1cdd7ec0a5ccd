// What the interval of a found loss covers, and whether what would settle it does.
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "trial/trial.h"

static const double DISTANCES[] = {3, 4, 5, 6, 8};
enum { D_COUNT = sizeof DISTANCES / sizeof *DISTANCES };
#define LEVEL 0.01

// kg of all components of a pattern, over all months of a loss at distance d.
static double kg_of(const TrialPlace *p, const TrialLoss *loss, double d) {
    double sum = 0.0;
    for (size_t c = 0; c < p->suspected.joint.components; c++)
        sum += p->suspected.patterns[loss->pattern].share[c];
    return d / sqrt(trial_information(p, loss)) * sum * (double)(loss->to - loss->from + 1);
}

typedef struct Coverage {
    size_t found, sure, covered_all, covered_sure, side;
    double log_ratio; // of the estimate to the truth, summed
} Coverage;

static bool cover(const TrialBed *bed, double d, size_t runs, Draw *draw, Coverage *c,
                  Status *status) {
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    bool well = true;
    for (size_t n = 0; well && n < runs; n++) {
        const TrialPlace *p = &bed->place[n % bed->count];
        TrialLoss loss = trial_loss_draw(p, draw);
        arena_reset(&arena);
        double *white = arena_take_zero(&arena, p->cells + 1, sizeof *white);
        JointScan scan;
        JointSize size;
        if (!white) {
            well = status_no_memory(status);
            break;
        }
        trial_white_draw(p, draw, white);
        trial_white_add(p, &loss, d, white);
        JointBalance joint = p->suspected.joint;
        joint.white = white;
        const Suspected *s = &p->suspected;
        well = joint_scan(&joint, s->patterns, s->pattern_count, s->horizon, NULL, 0, &arena, &scan,
                          status);
        if (well) scan.log_p = trial_log_p(p, fmax(scan.best[0].z, scan.best[1].z));
        if (!well || scan.log_p > log(LEVEL)) continue;
        JointSide side =
            scan.best[JOINT_SURPLUS].z > scan.best[JOINT_MISSING].z ? JOINT_SURPLUS : JOINT_MISSING;
        well =
            joint_size(&joint, s->patterns, s->pattern_count, side, NULL, 0, &arena, &size, status);
        double kg = kg_of(p, &loss, d);
        bool covered = side == loss.side && size.low <= kg && kg <= size.high;
        c->found++;
        c->side += side == loss.side;
        c->covered_all += covered;
        c->sure += !size.uncertain;
        c->covered_sure += covered && !size.uncertain;
        if (size.mean > 0.0) c->log_ratio += log(size.mean / kg);
    }
    arena_done(&arena);
    return well;
}

// ---- what would settle it ----

enum { BITS = 32 }; // of finding/suspicion.c: a source is its measurement times this, and a part

// The same errors, with one measured again ten times as well.
static bool measured_again(const TrialPlace *p, const FindingSettle *settle, Arena *arena,
                           JointBalance *again, Status *status) {
    const JointBalance *j = &p->suspected.joint;
    JointError *errors = arena_take_zero(arena, j->error_count + 1, sizeof *errors);
    double *muf = arena_take_zero(arena, j->cells + 1, sizeof *muf);
    if (!errors || !muf) return status_no_memory(status);
    for (size_t i = 0; i < j->error_count; i++) {
        JointError e = j->errors[i];
        if (settle->shared) {
            if (e.group != JOINT_NO_GROUP && e.group / BITS == settle->measurement) e.shared /= 10;
        } else if (!(e.source >> 40) && e.source / BITS == settle->measurement) {
            e.own /= 10;
        }
        errors[i] = e;
    }
    JointInput input = {j->periods, j->components,  muf,
                        errors,     j->error_count, p->place.balance->floor_kg};
    return joint_prepare(&input, arena, again, status);
}

static double information_of(const JointBalance *j, const JointPattern *pattern,
                             const TrialLoss *loss, double *v) {
    double sum = 0.0;
    memset(v, 0, j->cells * sizeof *v);
    for (size_t m = loss->from; m <= loss->to; m++)
        memcpy(v + m * j->components, pattern->share, j->components * sizeof *v);
    for (size_t i = 0; i < j->cells; i++) {
        const double *row = j->factor + i * j->cells;
        double at = v[i];
        for (size_t t = 0; t < i; t++)
            at -= row[t] * v[t];
        v[i] = row[i] > 0.0 ? at / row[i] : 0.0;
        sum += v[i] * v[i];
    }
    return sum;
}

typedef struct Settled {
    size_t count, without;
    double worst, error, before, predicted, after;
} Settled;

static bool settle(const TrialBed *bed, size_t runs, Draw *draw, Settled *s, Status *status) {
    static const double level = 0.0005; // at which finding/ states the chances
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    bool well = true;
    for (size_t n = 0; well && n < runs; n++) {
        const TrialPlace *p = &bed->place[n % bed->count];
        TrialLoss loss = trial_loss_draw(p, draw);
        Suspicion suspicion = {.candidate = {.pattern = loss.pattern,
                                             .from = loss.from,
                                             .to = loss.to,
                                             .side = loss.side,
                                             .z = 3}};
        Finding finding = {.settle_count = 0};
        JointBalance again;
        arena_reset(&arena);
        double *v = arena_take_zero(&arena, p->cells + 1, sizeof *v);
        well = (v != NULL || status_no_memory(status)) &&
               place_settle(&p->suspected, &suspicion, &arena, &finding, status);
        if (!well) break;
        if (finding.settle_count == 0) {
            s->without++;
            continue;
        }
        const JointPattern *pattern = &p->suspected.patterns[loss.pattern];
        well = measured_again(p, &finding.settle[0], &arena, &again, status);
        if (!well) break;
        double was = information_of(&p->suspected.joint, pattern, &loss, v),
               is = information_of(&again, pattern, &loss, v);
        double truly = joint_power(3.0 * sqrt(is / was), level),
               off = fabs(truly - finding.settle[0].after);
        s->count++;
        s->error += off;
        s->worst = fmax(s->worst, off);
        s->before += finding.settle[0].before;
        s->predicted += finding.settle[0].after;
        s->after += truly;
    }
    arena_done(&arena);
    return well;
}

bool trial_sizes(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                 Status *status) {
    Draw draw = draw_seeded(options->seed * 1000 + 11);
    size_t runs = 30 * options->industries;
    if (runs > 4000) runs = 4000;
    report_table(
        report, "What the interval covers (figures drawn)",
        "distance|found|right side|95 % covers the truth|of those not called "
        "uncertain|estimate over truth",
        "Of the losses that are found at 1 %; kg of all named components over all months.");
    Coverage from4 = {.found = 0};
    for (size_t d = 0; d < D_COUNT; d++) {
        Coverage c = {.found = 0};
        options->progress("intervals", d, D_COUNT);
        if (!cover(bed, DISTANCES[d], runs, &draw, &c, status)) return false;
        double found = fmax(1.0, (double)c.found);
        report_row(report, "%g|%zu of %zu|%.3f|%.3f|%.3f (%zu)|%.2f", DISTANCES[d], c.found, runs,
                   (double)c.side / found, (double)c.covered_all / found,
                   (double)c.covered_sure / fmax(1.0, (double)c.sure), c.sure,
                   exp(c.log_ratio / found));
        if (DISTANCES[d] < 4) continue;
        from4.found += c.found;
        from4.covered_all += c.covered_all;
    }
    double covered = (double)from4.covered_all / fmax(1.0, (double)from4.found);
    report_bar(report, "N12", "95 % intervals of losses found, distance 4 and more, cover",
               "92 to 98 %", covered >= 0.92 && covered <= 0.98 ? BAR_REACHED : BAR_MISSED,
               "%.1f %% of %zu", 100 * covered, from4.found);
    Settled s = {.count = 0};
    options->progress("what would settle it", 0, 1);
    if (!settle(bed, 10 * options->industries, &draw, &s, status)) return false;
    double count = fmax(1.0, (double)s.count);
    report_table(report, "What would settle it (figures drawn)",
                 "chance of being found, distance 3|foretold with the best one measured "
                 "again|truly|error, mean|worst|losses",
                 "The best re-measurement that a finding names, ten times as well: its errors are "
                 "really made a tenth, and the balance is tested anew.");
    report_row(report, "%.3f|%.3f|%.3f|%.4f|%.4f|%zu", s.before / count, s.predicted / count,
               s.after / count, s.error / count, s.worst, s.count);
    report_bar(report, "N14", "the best re-measurement lifts power as foretold", "within 0.02",
               s.worst <= 0.02 ? BAR_REACHED : BAR_MISSED, "mean error %.4f, worst %.4f",
               s.error / count, s.worst);
    return true;
}
