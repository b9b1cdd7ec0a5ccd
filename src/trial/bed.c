#include "trial/bed.h"

#include <math.h>
#include <string.h>

#include "detect/price.h"
#include "numeric/distribution.h"

// Where prices are computed; from here on findings look closer.
static const double PRICE_FROM = 3.0, PRICE_STEP = 0.5;

// ---- making it ----

// L^-1 of one month's loss: nothing before that month.
static void signature(const JointBalance *j, const double *share, size_t month, double *v) {
    size_t first = month * j->components;
    memset(v, 0, j->cells * sizeof *v);
    memcpy(v + first, share, j->components * sizeof *v);
    for (size_t i = first; i < j->cells; i++) {
        const double *row = j->factor + i * j->cells;
        double sum = v[i];
        for (size_t t = first; t < i; t++)
            sum -= row[t] * v[t];
        v[i] = row[i] > 0.0 ? sum / row[i] : 0.0;
    }
}

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static const double *month_of(const TrialPlace *p, size_t pattern, size_t month) {
    return p->month + (pattern * p->periods + month) * p->cells;
}

// Information of an interval: the sum over pairs of its months.
static bool inform(TrialPlace *p, Arena *arena, Status *status) {
    size_t t = p->periods, k = p->suspected.joint.components;
    p->month = arena_take_zero(arena, p->patterns * t * p->cells + 1, sizeof(double));
    p->until = arena_take_zero(arena, p->patterns * t * t + 1, sizeof(double));
    p->whole = arena_take_zero(arena, p->patterns * t * t + 1, sizeof(double));
    if (!p->month || !p->until || !p->whole) return status_no_memory(status);
    for (size_t f = 0; f < p->patterns; f++) {
        for (size_t m = 0; m < t; m++)
            signature(&p->suspected.joint, p->suspected.patterns[f].share, m,
                      p->month + (f * t + m) * p->cells);
        for (size_t a = 0; a < t; a++)
            for (size_t b = a; b < t; b++) {
                double until = 0.0, whole = 0.0;
                for (size_t m = a; m <= b; m++)
                    for (size_t n = a; n <= b; n++) {
                        until += dot(month_of(p, f, m), month_of(p, f, n), (b + 1) * k);
                        whole += dot(month_of(p, f, m), month_of(p, f, n), p->cells);
                    }
                p->until[trial_at(p, f, a, b)] = until;
                p->whole[trial_at(p, f, a, b)] = whole;
            }
    }
    return true;
}

static bool price(TrialPlace *p, Status *status) {
    Arena scratch;
    arena_init(&scratch, (size_t)1 << 30);
    bool well = true;
    for (size_t i = 0; well && i < TRIAL_PRICES; i++) {
        JointPrice one;
        double z = PRICE_FROM + PRICE_STEP * (double)i;
        arena_reset(&scratch);
        well = joint_price(&p->suspected.joint, p->suspected.patterns, p->patterns,
                           p->suspected.horizon, z, &scratch, &one, status);
        if (well) p->log_share[i] = log(one.share);
    }
    arena_done(&scratch);
    double h = fmax((double)p->suspected.horizon, (double)p->periods);
    for (size_t f = 0; f < p->patterns; f++)
        p->looks += h * (h + 1.0) / 2.0 * (p->suspected.patterns[f].surplus_only ? 1.0 : 2.0);
    return well;
}

bool trial_bed_make(uint64_t seed, uint32_t scale, TrialBed *bed, Status *status) {
    *bed = (TrialBed){.count = 0};
    SimulateOptions options = {.seed = seed, .scale = scale, .months = 12};
    if (!trial_industry_make(&options, &bed->industry, status)) return false;
    const BookBalances *b = &bed->industry.balances;
    Arena *arena = &bed->industry.arena;
    bed->place = arena_take_zero(arena, b->count + 1, sizeof *bed->place);
    bed->ores = arena_take_zero(arena, b->ore_count + 1, sizeof *bed->ores);
    if (!bed->place || !bed->ores) return status_no_memory(status);
    for (size_t i = 0; i < b->ore_count; i++)
        bed->ores[i] = (FindingOre){b->ore[i].id, b->ore[i].share};
    bed->ore_count = b->ore_count;
    for (size_t i = 0; i < b->count; i++) {
        const BookFacility *f = &b->facility[i];
        TrialPlace *p = &bed->place[bed->count];
        *p = (TrialPlace){.facility = f->id,
                          .place = {.facility = f->id,
                                    .first = f->first,
                                    .input = &f->input,
                                    .balance = &f->balance,
                                    .component = f->component,
                                    .names = f->names,
                                    .crossings = &b->crossings,
                                    .number = (uint32_t)i}};
        if (!place_suspect(&p->place, bed->ores, b->ore_count, arena, &p->suspected, status))
            return false;
        if (!p->suspected.tested) continue;
        p->periods = p->suspected.joint.periods;
        p->patterns = p->suspected.pattern_count;
        p->cells = p->suspected.joint.cells;
        if (!inform(p, arena, status) || !price(p, status)) return false;
        bed->count++;
    }
    return bed->count > 0 || status_set(status, STATUS_INVALID, "no facility can be tested");
}

void trial_bed_done(TrialBed *bed) {
    trial_industry_done(&bed->industry);
}

const TrialPlace *trial_bed_find(const TrialBed *bed, const char *facility) {
    for (size_t i = 0; i < bed->count; i++)
        if (text_equal(bed->place[i].facility, text_of(facility))) return &bed->place[i];
    return NULL;
}

// ---- drawing ----

size_t trial_below(Draw *draw, size_t most) {
    size_t n = (size_t)(draw_uniform(draw) * (double)most);
    return n < most ? n : most - 1;
}

static bool surplus_only(const TrialPlace *p, size_t pattern) {
    return p->suspected.patterns[pattern].surplus_only;
}

TrialLoss trial_loss_draw(const TrialPlace *p, Draw *draw) {
    for (;;) {
        size_t a = trial_below(draw, p->periods), b = trial_below(draw, p->periods);
        TrialLoss loss = {trial_below(draw, p->patterns), a, b, JOINT_MISSING};
        double side = draw_uniform(draw);
        if (a > b) continue; // of all pairs in order each is alike likely
        if (surplus_only(p, loss.pattern) || side < 0.5) loss.side = JOINT_SURPLUS;
        if (p->whole[trial_at(p, loss.pattern, a, b)] > 0.0) return loss;
    }
}

void trial_white_draw(const TrialPlace *p, Draw *draw, double *white) {
    draw_normals(draw, white, p->cells);
    for (size_t i = 0; i < p->cells; i++)
        if (!(p->suspected.joint.factor[i * p->cells + i] > 0.0)) white[i] = 0.0;
}

void trial_white_add(const TrialPlace *p, const TrialLoss *loss, double d, double *white) {
    double information = p->whole[trial_at(p, loss->pattern, loss->from, loss->to)];
    double rate = d / sqrt(information) * (loss->side == JOINT_SURPLUS ? -1.0 : 1.0);
    for (size_t m = loss->from; m <= loss->to; m++) {
        const double *v = month_of(p, loss->pattern, m);
        for (size_t i = 0; i < p->cells; i++)
            white[i] += rate * v[i];
    }
}

// ---- scores ----

bool trial_scores_new(const TrialPlace *p, Arena *arena, TrialScores *scores, Status *status) {
    size_t count = p->patterns * p->periods * p->periods + 1;
    scores->until = arena_take_zero(arena, count, sizeof(double));
    scores->whole = arena_take_zero(arena, count, sizeof(double));
    return (scores->until && scores->whole) || status_no_memory(status);
}

void trial_scores(const TrialPlace *p, const double *white, TrialScores *scores) {
    size_t t = p->periods, k = p->suspected.joint.components;
    for (size_t f = 0; f < p->patterns; f++) {
        double *until = scores->until + f * t * t, *whole = scores->whole + f * t * t;
        // First each month's own score by the figures until b, then summed over months.
        for (size_t a = 0; a < t; a++) {
            const double *v = month_of(p, f, a);
            double sum = 0.0;
            for (size_t b = a; b < t; b++) {
                sum += dot(v + b * k, white + b * k, k);
                until[a * t + b] = sum;
            }
            whole[a * t + a] = sum;
        }
        for (size_t a = t; a-- > 0;)
            for (size_t b = t; b-- > a;) {
                if (a < b) {
                    until[a * t + b] += until[(a + 1) * t + b];
                    whole[a * t + b] = 0.0;
                }
            }
        for (size_t a = 0; a < t; a++)
            for (size_t b = a + 1; b < t; b++)
                whole[a * t + b] = whole[a * t + b - 1] + whole[b * t + b];
    }
}

static TrialBest best_of(const TrialPlace *p, const double *score, const double *information,
                         size_t last) {
    TrialBest best = {.z = 0.0};
    size_t t = p->periods;
    for (size_t f = 0; f < p->patterns; f++)
        for (size_t a = 0; a < t; a++)
            for (size_t b = a; b < t && b <= last; b++) {
                size_t at = trial_at(p, f, a, b);
                if (!(information[at] > 0.0)) continue;
                double z = score[at] / sqrt(information[at]);
                JointSide side = z < 0.0 ? JOINT_SURPLUS : JOINT_MISSING;
                if (side == JOINT_MISSING && surplus_only(p, f)) continue;
                if (fabs(z) > best.z) best = (TrialBest){fabs(z), {f, a, b, side}};
            }
    return best;
}

TrialBest trial_best(const TrialPlace *p, const TrialScores *scores, size_t last) {
    return best_of(p, scores->until, p->until, last);
}

TrialBest trial_best_of_all(const TrialPlace *p, const TrialScores *scores) {
    return best_of(p, scores->whole, p->whole, p->periods);
}

double trial_log_p(const TrialPlace *p, double z) {
    if (z < PRICE_FROM) return 0.0; // findings look no closer
    double at = fmin((z - PRICE_FROM) / PRICE_STEP, TRIAL_PRICES - 1.0), part = at - floor(at);
    size_t below = (size_t)at, above = below + 1 < TRIAL_PRICES ? below + 1 : below;
    double log_share = (1.0 - part) * p->log_share[below] + part * p->log_share[above];
    return fmin(0.0, normal_upper_log(z) + log(p->looks) + log_share);
}

double trial_mixture(const TrialPlace *p, const TrialScores *scores, double d) {
    double most = -INFINITY, sum = 0.0, weight = 0.0;
    size_t t = p->periods;
    for (size_t f = 0; f < p->patterns; f++)
        for (size_t a = 0; a < t; a++)
            for (size_t b = a; b < t; b++) {
                double information = p->whole[trial_at(p, f, a, b)];
                if (!(information > 0.0)) continue;
                double z = scores->whole[trial_at(p, f, a, b)] / sqrt(information);
                bool one = surplus_only(p, f);
                for (int side = one; side < 2; side++) {
                    double log_ratio = (side ? -d : d) * z - 0.5 * d * d, w = one ? 1.0 : 0.5;
                    weight += w;
                    if (log_ratio > most) {
                        sum *= exp(most - log_ratio);
                        most = log_ratio;
                    }
                    sum += w * exp(log_ratio - most);
                }
            }
    return weight > 0.0 ? most + log(sum / weight) : 0.0;
}
