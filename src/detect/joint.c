#include "detect/joint.h"

#include "numeric/dense.h"
#include "numeric/distribution.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int error_compare(const void *a, const void *b) {
    const JointError *x = a, *y = b;
    if (x->source != y->source) return x->source < y->source ? -1 : 1;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->period != y->period) return x->period < y->period ? -1 : 1;
    return x->component < y->component ? -1 : x->component > y->component;
}

static int group_compare(const void *a, const void *b) {
    const JointError *const *x = a, *const *y = b;
    if ((*x)->group != (*y)->group) return (*x)->group < (*y)->group ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

// Adds a draw's effects on cells, each with itself and the others, to the covariance.
typedef struct Draws {
    double *c, *effect;
    size_t cells;
    uint32_t *touched;
    size_t count;
} Draws;

static void touch(Draws *d, size_t cell, double effect) {
    if (effect == 0.0) return;
    if (d->effect[cell] == 0.0) d->touched[d->count++] = (uint32_t)cell;
    d->effect[cell] += effect;
    // What cancels to nothing exactly would be touched twice.
    if (d->effect[cell] == 0.0) d->effect[cell] = 1e-300;
}

static void settle_draw(Draws *d) {
    for (size_t i = 0; i < d->count; i++) {
        double *row = d->c + (size_t)d->touched[i] * d->cells, of = d->effect[d->touched[i]];
        for (size_t j = 0; j < d->count; j++)
            if (d->touched[j] <= d->touched[i]) row[d->touched[j]] += of * d->effect[d->touched[j]];
    }
    for (size_t i = 0; i < d->count; i++)
        d->effect[d->touched[i]] = 0.0;
    d->count = 0;
}

static bool covariance(const JointInput *in, const JointError *sorted, Arena *arena, double *c,
                       Status *status) {
    size_t cells = in->periods * in->components, k = in->components;
    Draws d = {.c = c,
               .effect = arena_take_zero(arena, cells + 1, sizeof(double)),
               .cells = cells,
               .touched = arena_take_zero(arena, cells + in->error_count + 1, sizeof(uint32_t))};
    const JointError **by_group = arena_take_zero(arena, in->error_count + 1, sizeof *by_group);
    if (!d.effect || !d.touched || !by_group) return status_no_memory(status);
    for (size_t i = 0; i < in->error_count; i++) {
        touch(&d, sorted[i].period * k + sorted[i].component, sorted[i].own);
        if (i + 1 == in->error_count || sorted[i + 1].source != sorted[i].source) settle_draw(&d);
        by_group[i] = &sorted[i];
    }
    qsort(by_group, in->error_count, sizeof *by_group, group_compare);
    for (size_t i = 0; i < in->error_count; i++) {
        const JointError *e = by_group[i];
        if (e->group == JOINT_NO_GROUP) break;
        touch(&d, e->period * k + e->component, e->shared);
        if (i + 1 == in->error_count || by_group[i + 1]->group != e->group) settle_draw(&d);
    }
    for (size_t i = 0; i < cells; i++)
        c[i * cells + i] += in->floor_kg * in->floor_kg;
    return true;
}

bool joint_prepare(const JointInput *in, Arena *arena, JointBalance *joint, Status *status) {
    size_t cells = in->periods * in->components;
    if (cells > JOINT_CELLS_MAX)
        return status_set(status, STATUS_LIMIT, "%zu months and components are too many", cells);
    for (size_t i = 0; i < cells; i++)
        if (!isfinite(in->muf[i]))
            return status_set(status, STATUS_INVALID, "a balance is no number");
    for (size_t i = 0; i < in->error_count; i++)
        if (!isfinite(in->errors[i].own) || !isfinite(in->errors[i].shared))
            return status_set(status, STATUS_INVALID, "an uncertainty is no number");
    *joint = (JointBalance){.periods = in->periods,
                            .components = in->components,
                            .cells = cells,
                            .factor = arena_take_zero(arena, cells * cells + 1, sizeof(double)),
                            .white = arena_take_zero(arena, cells + 1, sizeof(double)),
                            .error_count = in->error_count};
    JointError *sorted = arena_take_zero(arena, in->error_count + 1, sizeof *sorted);
    if (!joint->factor || !joint->white || !sorted) return status_no_memory(status);
    if (in->error_count) memcpy(sorted, in->errors, in->error_count * sizeof *sorted);
    qsort(sorted, in->error_count, sizeof *sorted, error_compare);
    joint->errors = sorted;
    if (!covariance(in, sorted, arena, joint->factor, status) ||
        !dense_cholesky(joint->factor, cells, joint->factor, status))
        return false;
    dense_forward(joint->factor, cells, cells, in->muf, joint->white);
    return true;
}

// L^-1 of a vector whose entries before `from` are nothing, until `until`.
static void whiten(const JointBalance *j, size_t from, size_t until, double *v) {
    for (size_t i = from; i < until; i++) {
        const double *row = j->factor + i * j->cells;
        double sum = v[i];
        for (size_t t = from; t < i; t++)
            sum -= row[t] * v[t];
        v[i] = row[i] > 0.0 ? sum / row[i] : 0.0;
    }
}

// White coordinates of one month's loss at rate one.
static void month_signature(const JointBalance *j, const JointPattern *pattern, size_t month,
                            size_t until, double *v) {
    memset(v, 0, j->cells * sizeof *v);
    memcpy(v + month * j->components, pattern->share, j->components * sizeof *v);
    whiten(j, month * j->components, until, v);
}

static void interval_signature(const JointBalance *j, const JointPattern *pattern, size_t from,
                               size_t to, size_t until, double *v) {
    memset(v, 0, j->cells * sizeof *v);
    for (size_t t = from; t <= to; t++)
        memcpy(v + t * j->components, pattern->share, j->components * sizeof *v);
    whiten(j, from * j->components, until, v);
}

static double dot(const double *a, const double *b, size_t from, size_t to) {
    double sum = 0.0;
    for (size_t i = from; i < to; i++)
        sum += a[i] * b[i];
    return sum;
}

bool joint_information(const JointBalance *j, const JointPattern *pattern, size_t from, size_t to,
                       Arena *arena, double *information, Status *status) {
    double *v = arena_take_zero(arena, j->cells + 1, sizeof *v);
    if (!v) return status_no_memory(status);
    interval_signature(j, pattern, from, to, j->cells, v);
    *information = dot(v, v, 0, j->cells);
    return true;
}

// ---- the walk over all intervals and patterns ----

// `look`: the last period whose figures are known.
typedef void JointVisit(void *context, const JointCandidate *candidate, size_t look, double score,
                        double information);

typedef struct Walk {
    const JointBalance *j;
    const JointPattern *patterns;
    size_t count;
    double *white; // the data, what was explained taken out
    double *v;     // periods x cells
    double *s, *g; // by period; periods x periods
} Walk;

static bool walk_begin(const JointBalance *j, const JointPattern *patterns, size_t count,
                       const JointCandidate *explained, size_t explained_count, Arena *arena,
                       Walk *w, Status *status) {
    size_t t = j->periods;
    *w = (Walk){.j = j,
                .patterns = patterns,
                .count = count,
                .white = arena_take_zero(arena, j->cells + 1, sizeof(double)),
                .v = arena_take_zero(arena, t * j->cells + 1, sizeof(double)),
                .s = arena_take_zero(arena, t + 1, sizeof(double)),
                .g = arena_take_zero(arena, t * t + 1, sizeof(double))};
    if (!w->white || !w->v || !w->s || !w->g) return status_no_memory(status);
    memcpy(w->white, j->white, j->cells * sizeof *w->white);
    for (size_t e = 0; e < explained_count; e++) {
        double *v = w->v;
        interval_signature(j, &patterns[explained[e].pattern], explained[e].from, explained[e].to,
                           j->cells, v);
        double length = dot(v, v, 0, j->cells),
               part = length > 0.0 ? dot(v, w->white, 0, j->cells) / length : 0.0;
        for (size_t i = 0; i < j->cells; i++)
            w->white[i] -= part * v[i];
    }
    return true;
}

// Every interval of one pattern by what is known at a look: sums over pairs of months.
static void walk_intervals(const Walk *w, size_t pattern, size_t look, JointVisit *visit,
                           void *context) {
    size_t periods = w->j->periods;
    for (size_t b = 0; b <= look; b++) {
        double score = 0.0, information = 0.0;
        for (size_t a = b + 1; a-- > 0;) {
            score += w->s[a];
            information += w->g[a * periods + a];
            for (size_t u = a + 1; u <= b; u++)
                information += 2.0 * w->g[u * periods + a];
            if (!(information > 0.0)) continue;
            JointCandidate c = {.pattern = pattern,
                                .from = a,
                                .to = b,
                                .side = score < 0.0 ? JOINT_SURPLUS : JOINT_MISSING,
                                .z = fabs(score) / sqrt(information),
                                .rate = fabs(score) / information,
                                .sigma = 1.0 / sqrt(information)};
            visit(context, &c, look, score, information);
        }
    }
}

// All looks from `first` on.
static void walk(Walk *w, size_t first, JointVisit *visit, void *context) {
    const JointBalance *j = w->j;
    size_t periods = j->periods, k = j->components;
    for (size_t p = 0; p < w->count; p++) {
        memset(w->s, 0, periods * sizeof *w->s);
        memset(w->g, 0, periods * periods * sizeof *w->g);
        for (size_t t = 0; t < periods; t++)
            month_signature(j, &w->patterns[p], t, j->cells, w->v + t * j->cells);
        for (size_t look = 0; look < periods; look++) {
            size_t from = look * k, to = from + k;
            for (size_t t = 0; t <= look; t++) {
                const double *v = w->v + t * j->cells;
                w->s[t] += dot(v, w->white, from, to);
                for (size_t u = 0; u <= t; u++)
                    w->g[t * periods + u] += dot(v, w->v + u * j->cells, from, to);
            }
            if (look >= first) walk_intervals(w, p, look, visit, context);
        }
    }
}

// ---- evidence ----

// ln of the upper normal tail, without the numeric library's exactness: enough for weights.
static double log_normal_lower(double x) {
    if (x > -6.0) return log(0.5 * erfc(-x * 0.7071067811865476));
    double y = x * x;
    return -0.5 * y - log(-x) - 0.9189385332046727 + log1p(-1.0 / y + 3.0 / (y * y));
}

static double log_add(double a, double b) {
    if (a < b) {
        double t = a;
        a = b;
        b = t;
    }
    return b == -INFINITY ? a : a + log1p(exp(b - a));
}

// Likelihood ratio of a rate that is half normal with sd tau on one side, against none.
static double log_ratio(double score, double information, double tau) {
    double wide = 1.0 + tau * tau * information;
    return 0.6931471805599453 - 0.5 * log(wide) + 0.5 * score * score * tau * tau / wide +
           log_normal_lower(score * tau / sqrt(wide));
}

static const double START_MONTHS = 24.0;      // of the geometric prior
static const double NARROW = 1.5, WIDE = 5.0; // of the rate's prior, in sigmas of the first month

typedef struct Gather {
    const JointBalance *j;
    const JointPattern *all;
    size_t patterns, horizon;
    JointScan *scan;
    double *first; // by pattern and start: information of the first month alone
    double *log_e; // by period: the sum so far, as it stands at that period
} Gather;

static void keep_best(Gather *g, const JointCandidate *c) {
    JointScan *scan = g->scan;
    scan->any = true;
    if (g->all[c->pattern].surplus_only && c->side == JOINT_MISSING) return;
    JointCandidate *best = &scan->best[c->side];
    if (c->z > best->z || best->sigma == 0.0) *best = *c;
}

static void gather(void *context, const JointCandidate *c, size_t look, double score,
                   double information) {
    Gather *g = context;
    size_t periods = g->j->periods;
    bool one_side = g->all[c->pattern].surplus_only;
    if (look + 1 == periods) keep_best(g, c);
    // What the first month tells by its own end: the rate's prior may know no more.
    double *first = &g->first[c->pattern * periods + c->from];
    if (c->from == c->to && look == c->to) *first = information;
    double sigma = 1.0 / sqrt(*first > 0.0 ? *first : information);
    double both = -INFINITY;
    for (int side = one_side ? JOINT_SURPLUS : JOINT_MISSING; side < 2; side++) {
        double s = side == JOINT_MISSING ? score : -score;
        both = log_add(both, log_ratio(s, information, NARROW * sigma));
        both = log_add(both, log_ratio(s, information, WIDE * sigma));
    }
    // A quarter each; the pattern; the start, within the horizon; the end, any month from the start
    // on. What has not ended by this look stands for all later ends.
    double start = (double)c->from * log1p(-1.0 / START_MONTHS) - log(START_MONTHS) -
                   log1p(-pow(1.0 - 1.0 / START_MONTHS, (double)g->horizon));
    double ends = (double)(g->horizon - c->from);
    double weight = both - log(one_side ? 2.0 : 4.0) - log((double)g->patterns) + start - log(ends);
    if (c->to == look) weight += log((double)(g->horizon - look));
    g->log_e[look] = log_add(g->log_e[look], weight);
}

bool joint_scan(const JointBalance *j, const JointPattern *patterns, size_t count, size_t horizon,
                const JointCandidate *explained, size_t explained_count, Arena *arena,
                JointScan *scan, Status *status) {
    Walk w;
    *scan = (JointScan){.log_e_by_period = arena_take_zero(arena, j->periods + 1, sizeof(double))};
    if (horizon < j->periods) horizon = j->periods;
    Gather g = {.j = j,
                .all = patterns,
                .patterns = count ? count : 1,
                .horizon = horizon,
                .scan = scan,
                .first = arena_take_zero(arena, (count + 1) * (j->periods + 1), sizeof(double)),
                .log_e = scan->log_e_by_period};
    if (!scan->log_e_by_period || !g.first) return status_no_memory(status);
    for (size_t t = 0; t < j->periods; t++)
        g.log_e[t] = -INFINITY;
    if (!walk_begin(j, patterns, count, explained, explained_count, arena, &w, status))
        return false;
    walk(&w, 0, gather, &g);
    // Starts that are still to come have a ratio of one.
    for (size_t t = 0; t < j->periods; t++) {
        double past = -expm1((double)(t + 1) * log1p(-1.0 / START_MONTHS)) /
                      -expm1((double)horizon * log1p(-1.0 / START_MONTHS));
        g.log_e[t] = log_add(g.log_e[t], past < 1.0 ? log1p(-past) : -INFINITY);
    }
    scan->log_e = j->periods && scan->any ? g.log_e[j->periods - 1] : 0.0;
    double z = fmax(scan->best[0].z, scan->best[1].z);
    double looks = (double)horizon * ((double)horizon + 1.0) / 2.0 * (double)g.patterns;
    scan->log_p = scan->any ? fmin(0.0, log_normal_lower(-z) + log(2.0 * looks)) : 0.0;
    return true;
}

// ---- the size ----

typedef struct Part {
    double log_weight, mean, sd,
        scale; // of the rate, truncated at zero; scale: kg of a rate of one
} Part;

typedef struct Sizes {
    JointSide side;
    const JointPattern *all;
    const double *total; // by pattern: sum of its shares
    Part *parts;
    size_t count, room;
    double heaviest, best;
} Sizes;

static void gather_sizes(void *context, const JointCandidate *c, size_t look, double score,
                         double information) {
    (void)look;
    Sizes *s = context;
    if (s->all[c->pattern].surplus_only && s->side == JOINT_MISSING) return;
    double signed_score = s->side == JOINT_MISSING ? score : -score, tau = WIDE * c->sigma;
    double weight = log_ratio(signed_score, information, tau);
    if (c->side == s->side) s->best = fmax(s->best, c->z);
    if (weight < s->heaviest - 14.0) return;
    s->heaviest = fmax(s->heaviest, weight);
    if (s->count == s->room) { // drop what has become too light
        size_t kept = 0;
        for (size_t i = 0; i < s->count; i++)
            if (s->parts[i].log_weight >= s->heaviest - 14.0) s->parts[kept++] = s->parts[i];
        s->count = kept;
        if (kept == s->room) return;
    }
    double wide = 1.0 + tau * tau * information, months = (double)(c->to - c->from + 1);
    s->parts[s->count++] = (Part){weight, signed_score * tau * tau / wide, tau / sqrt(wide),
                                  months * s->total[c->pattern]};
}

// P(size <= x) of the mixture of normals cut off at zero.
static double below(const Sizes *s, double x) {
    double sum = 0.0, all = 0.0;
    for (size_t i = 0; i < s->count; i++) {
        const Part *p = &s->parts[i];
        double w = exp(p->log_weight - s->heaviest), zero = exp(log_normal_lower(-p->mean / p->sd)),
               at = exp(log_normal_lower((x / p->scale - p->mean) / p->sd));
        all += w;
        sum += w * (zero < 1.0 ? fmax(0.0, at - zero) / (1.0 - zero) : 1.0);
    }
    return all > 0.0 ? sum / all : 1.0;
}

static double quantile(const Sizes *s, double p, double most) {
    double low = 0.0, high = most;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (below(s, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

bool joint_size(const JointBalance *j, const JointPattern *patterns, size_t count, JointSide side,
                const JointCandidate *explained, size_t explained_count, Arena *arena,
                JointSize *size, Status *status) {
    enum { ROOM = 20000 };
    Walk w;
    double *total = arena_take_zero(arena, count + 1, sizeof *total);
    Sizes s = {.side = side,
               .all = patterns,
               .total = total,
               .parts = arena_take_zero(arena, ROOM, sizeof(Part)),
               .room = ROOM,
               .heaviest = -INFINITY};
    if (!total || !s.parts) return status_no_memory(status);
    for (size_t p = 0; p < count; p++)
        for (size_t c = 0; c < j->components; c++)
            total[p] += patterns[p].share[c];
    if (!walk_begin(j, patterns, count, explained, explained_count, arena, &w, status))
        return false;
    walk(&w, j->periods ? j->periods - 1 : 0, gather_sizes, &s);
    double mean = 0.0, all = 0.0, most = 0.0;
    for (size_t i = 0; i < s.count; i++) {
        const Part *p = &s.parts[i];
        double weight = exp(p->log_weight - s.heaviest);
        all += weight;
        mean += weight * fmax(0.0, p->mean) * p->scale;
        most = fmax(most, (fmax(0.0, p->mean) + 8.0 * p->sd) * p->scale);
    }
    *size = (JointSize){.mean = all > 0.0 ? mean / all : 0.0, .uncertain = s.best < 4.0};
    if (s.count == 0) return true;
    size->low = quantile(&s, 0.025, most);
    size->high = quantile(&s, 0.975, most);
    return true;
}

// ---- what would settle it ----

double joint_power(double distance, double level) {
    return normal_upper(normal_upper_point(level) - distance);
}

static int gain_compare(const void *a, const void *b) {
    const JointGain *x = a, *y = b;
    if (x->gain != y->gain) return x->gain > y->gain ? -1 : 1;
    if (x->is_group != y->is_group) return x->is_group ? 1 : -1;
    return x->source < y->source ? -1 : x->source > y->source;
}

// C less r e e' has the information f'C^-1 f + r (f'C^-1 e)^2 / (1 - r e'C^-1 e): Sherman &
// Morrison.
static double gain_of(const JointBalance *j, const double *signature, double length, double *effect,
                      size_t from) {
    const double again = 0.99; // of the variance goes when it is measured ten times as well
    whiten(j, from, j->cells, effect);
    double own = dot(effect, effect, from, j->cells), both = dot(effect, signature, from, j->cells);
    double left = 1.0 - again * fmin(own, 1.0);
    return left > 0.0 && length > 0.0 ? again * both * both / left / length : 0.0;
}

bool joint_settle(const JointBalance *j, const JointPattern *patterns,
                  const JointCandidate *candidate, size_t most, Arena *arena, JointGain *gains,
                  size_t *found, Status *status) {
    double *v = arena_take_zero(arena, j->cells + 1, sizeof *v),
           *e = arena_take_zero(arena, j->cells + 1, sizeof *e);
    const JointError **by_group = arena_take_zero(arena, j->error_count + 1, sizeof *by_group);
    JointGain *all = arena_take_zero(arena, 2 * j->error_count + 1, sizeof *all);
    if (!v || !e || !by_group || !all) return status_no_memory(status);
    interval_signature(j, &patterns[candidate->pattern], candidate->from, candidate->to, j->cells,
                       v);
    double length = dot(v, v, 0, j->cells);
    size_t count = 0, k = j->components;
    for (size_t i = 0; i < j->error_count; i++)
        by_group[i] = &j->errors[i];
    qsort(by_group, j->error_count, sizeof *by_group, group_compare);
    for (int groups = 0; groups < 2; groups++) {
        size_t first = j->cells;
        for (size_t i = 0; i < j->error_count; i++) {
            const JointError *one = groups ? by_group[i] : &j->errors[i];
            if (groups && one->group == JOINT_NO_GROUP) break;
            size_t cell = one->period * k + one->component;
            e[cell] += groups ? one->shared : one->own;
            if (cell < first) first = cell;
            const JointError *next = i + 1 == j->error_count ? NULL
                                     : groups                ? by_group[i + 1]
                                                             : &j->errors[i + 1];
            if (next && (groups ? next->group == one->group : next->source == one->source))
                continue;
            all[count++] = (JointGain){groups ? one->group : one->source, groups != 0,
                                       gain_of(j, v, length, e, first)};
            memset(e, 0, j->cells * sizeof *e);
            first = j->cells;
        }
    }
    qsort(all, count, sizeof *all, gain_compare);
    *found = 0;
    while (*found < most && *found < count && all[*found].gain > 1e-4) {
        gains[*found] = all[*found];
        ++*found;
    }
    return true;
}
