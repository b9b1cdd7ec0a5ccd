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
    p->known = arena_take_zero(arena, p->patterns * t * t * t + 1, sizeof(double));
    double *pair = arena_take_zero(arena, t * t + 1, sizeof *pair);
    if (!p->month || !p->known || !pair) return status_no_memory(status);
    for (size_t f = 0; f < p->patterns; f++) {
        for (size_t m = 0; m < t; m++)
            signature(&p->suspected.joint, p->suspected.patterns[f].share, m,
                      p->month + (f * t + m) * p->cells);
        memset(pair, 0, t * t * sizeof *pair);
        for (size_t look = 0; look < t; look++) {
            for (size_t m = 0; m <= look; m++)
                for (size_t n = 0; n <= look; n++)
                    pair[m * t + n] +=
                        dot(month_of(p, f, m) + look * k, month_of(p, f, n) + look * k, k);
            for (size_t a = 0; a <= look; a++)
                for (size_t b = a; b <= look; b++) {
                    TrialLoss loss = {f, a, b, JOINT_MISSING};
                    for (size_t m = a; m <= b; m++)
                        for (size_t n = a; n <= b; n++)
                            p->known[trial_at(p, &loss, look)] += pair[m * t + n];
                }
        }
    }
    return true;
}

double trial_information(const TrialPlace *p, const TrialLoss *loss) {
    return p->known[trial_at(p, loss, p->periods - 1)];
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
        if (well) p->log_price[i] = one.log_price;
    }
    arena_done(&scratch);
    return well;
}

bool trial_bed_make(uint64_t seed, uint32_t scale, bool alone, TrialBed *bed, Status *status) {
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
                                    .crossings = alone ? NULL : &b->crossings,
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
        if (trial_information(p, &loss) > 0.0) return loss;
    }
}

void trial_white_draw(const TrialPlace *p, Draw *draw, double *white) {
    draw_normals(draw, white, p->cells);
    for (size_t i = 0; i < p->cells; i++)
        if (!(p->suspected.joint.factor[i * p->cells + i] > 0.0)) white[i] = 0.0;
}

void trial_white_add(const TrialPlace *p, const TrialLoss *loss, double d, double *white) {
    double information = trial_information(p, loss);
    double rate = d / sqrt(information) * (loss->side == JOINT_SURPLUS ? -1.0 : 1.0);
    for (size_t m = loss->from; m <= loss->to; m++) {
        const double *v = month_of(p, loss->pattern, m);
        for (size_t i = 0; i < p->cells; i++)
            white[i] += rate * v[i];
    }
}

// ---- scores ----

bool trial_scores_new(const TrialPlace *p, Arena *arena, double **scores, Status *status) {
    *scores = arena_take_zero(arena, p->patterns * p->periods * p->periods * p->periods + 1,
                              sizeof **scores);
    return *scores || status_no_memory(status);
}

void trial_scores(const TrialPlace *p, const double *white, double *scores) {
    size_t t = p->periods, k = p->suspected.joint.components;
    for (size_t f = 0; f < p->patterns; f++) {
        for (size_t a = 0; a < t; a++) {
            const double *v = month_of(p, f, a);
            TrialLoss month = {f, a, a, JOINT_MISSING};
            double sum = 0.0;
            for (size_t look = a; look < t; look++) {
                sum += dot(v + look * k, white + look * k, k);
                scores[trial_at(p, &month, look)] = sum;
            }
        }
        for (size_t a = 0; a < t; a++)
            for (size_t b = a + 1; b < t; b++) {
                TrialLoss whole = {f, a, b, JOINT_MISSING}, less = {f, a, b - 1, JOINT_MISSING},
                          month = {f, b, b, JOINT_MISSING};
                for (size_t look = b; look < t; look++)
                    scores[trial_at(p, &whole, look)] =
                        scores[trial_at(p, &less, look)] + scores[trial_at(p, &month, look)];
            }
    }
}

TrialBest trial_best(const TrialPlace *p, const double *scores, size_t look) {
    TrialBest best = {.z = 0.0};
    for (size_t f = 0; f < p->patterns; f++)
        for (size_t a = 0; a <= look; a++)
            for (size_t b = a; b <= look; b++) {
                TrialLoss loss = {f, a, b, JOINT_MISSING};
                size_t at = trial_at(p, &loss, look);
                if (!(p->known[at] > 0.0)) continue;
                double z = scores[at] / sqrt(p->known[at]);
                if (z < 0.0) loss.side = JOINT_SURPLUS;
                if (loss.side == JOINT_MISSING && surplus_only(p, f)) continue;
                if (fabs(z) > best.z) best = (TrialBest){fabs(z), loss};
            }
    return best;
}

double trial_best_ever(const TrialPlace *p, const double *scores) {
    double most = 0.0;
    for (size_t look = 0; look < p->periods; look++)
        most = fmax(most, trial_best(p, scores, look).z);
    return most;
}

double trial_log_p(const TrialPlace *p, double z) {
    if (z < PRICE_FROM) return 0.0; // findings look no closer
    double at = fmin((z - PRICE_FROM) / PRICE_STEP, TRIAL_PRICES - 1.0), part = at - floor(at);
    size_t below = (size_t)at, above = below + 1 < TRIAL_PRICES ? below + 1 : below;
    double log_price = (1.0 - part) * p->log_price[below] + part * p->log_price[above];
    return fmin(0.0, normal_upper_log(z) + log_price);
}

double trial_mixture(const TrialPlace *p, const double *scores, double d) {
    double most = -INFINITY, sum = 0.0, weight = 0.0;
    for (size_t f = 0; f < p->patterns; f++)
        for (size_t a = 0; a < p->periods; a++)
            for (size_t b = a; b < p->periods; b++) {
                TrialLoss loss = {f, a, b, JOINT_MISSING};
                size_t at = trial_at(p, &loss, p->periods - 1);
                if (!(p->known[at] > 0.0)) continue;
                double z = scores[at] / sqrt(p->known[at]);
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
