#include "reconcile/flow_gross.h"

#include "reconcile/gross.h"
#include <math.h>
#include <string.h>

// What the accepted errors leave: N = H^-1 without them, u = N r.
typedef struct Left {
    const FlowSuspects *s;
    size_t m;
    double *n, *u, *v;
} Left;

static double score_of(const Left *l, const FlowSuspect *s) {
    double score = 0.0;
    for (size_t i = s->first; i < s->first + s->count; i++)
        score += l->s->effect[i] * l->u[l->s->node[i]];
    return score;
}

static double between(const Left *l, const double *n, const FlowSuspect *s, const FlowSuspect *t) {
    double sum = 0.0;
    for (size_t i = s->first; i < s->first + s->count; i++) {
        const double *row = n + l->s->node[i] * l->m;
        for (size_t j = t->first; j < t->first + t->count; j++)
            sum += l->s->effect[i] * row[l->s->node[j]] * l->s->effect[j];
    }
    return sum;
}

// Takes an error out as an unknown: N loses N f f'N / f'N f.
static void take_out(Left *l, const FlowSuspect *s) {
    double information = between(l, l->n, s, s), score = score_of(l, s);
    memset(l->v, 0, l->m * sizeof *l->v);
    for (size_t i = s->first; i < s->first + s->count; i++) {
        const double *row = l->n + l->s->node[i] * l->m;
        for (size_t k = 0; k < l->m; k++)
            l->v[k] += l->s->effect[i] * row[k];
    }
    for (size_t i = 0; i < l->m; i++) {
        double part = l->v[i] / information;
        for (size_t k = 0; part != 0.0 && k < l->m; k++)
            l->n[i * l->m + k] -= part * l->v[k];
        l->u[i] -= part * score;
    }
}

static void restore(Left *l, const FlowDense *d) {
    memcpy(l->n, d->inverse, l->m * l->m * sizeof *l->n);
    memcpy(l->u, d->multiplier, l->m * sizeof *l->u);
}

// The rest of a suspect's information that those accepted leave; too little of it is none.
static bool stands(const Left *l, const FlowSuspect *s, double whole, double *score,
                   double *information) {
    *information = between(l, l->n, s, s);
    if (!(*information > 1e-9 * whole) || !(whole > 0.0)) return false;
    *score = score_of(l, s);
    return true;
}

// Other causes that do as well.
static void find_alike(const Left *l, const double *fall, const double *information, size_t best,
                       FlowGross *g) {
    static const double CHANCE = 3.841458820694124; // chi-square of 1 degree, 5 %
    const FlowSuspect *s = l->s->suspect;
    for (size_t k = 0; k < l->s->count && g->alike_count < FLOW_GROSS_ALIKE; k++) {
        if (s[k].cause == s[best].cause || fall[k] < fall[best] - CHANCE) continue;
        // The best of its cause, and the first of equals.
        bool first = true;
        for (size_t o = 0; o < l->s->count && first; o++)
            first = s[o].cause != s[k].cause || o == k || fall[o] < fall[k] ||
                    (fall[o] == fall[k] && o > k);
        if (!first) continue;
        double both = between(l, l->n, &s[best], &s[k]);
        g->same[g->alike_count] = both * both >= (1.0 - 1e-9) * information[best] * information[k];
        g->alike[g->alike_count++] = k;
    }
}

// The amount over all suspects of the cause, each weighed by what it explains, the other errors
// taken out. Rates have no prior: where one is found, the figures outweigh any.
static void weigh(const Left *l, const double *whole, FlowGross *g) {
    const FlowSuspect *s = l->s->suspect, *best = &s[g->suspect];
    double score = 0.0, information = 0.0, top = -INFINITY;
    if (!stands(l, best, whole[g->suspect], &score, &information)) return;
    double sign = score < 0.0 ? -1.0 : 1.0;
    g->z = score / sqrt(information);
    for (int pass = 0; pass < 2; pass++) {
        double all = 0.0, mean = 0.0, square = 0.0;
        for (size_t k = 0; k < l->s->count; k++) {
            double sc, in;
            if (s[k].cause != best->cause || !stands(l, &s[k], whole[k], &sc, &in)) continue;
            double log_weight = 0.5 * sc * sc / in;
            if (sc * sign <= 0.0) continue;
            if (pass == 0) {
                top = fmax(top, log_weight);
                continue;
            }
            double w = exp(log_weight - top), size = sc / in * s[k].amount;
            all += w;
            mean += w * size;
            square += w * (size * size + s[k].amount * s[k].amount / in);
        }
        if (pass == 0 || !(all > 0.0)) continue;
        g->amount = mean / all;
        g->sigma = sqrt(fmax(0.0, square / all - g->amount * g->amount));
        g->low = g->amount - 1.959963984540054 * g->sigma;
        g->high = g->amount + 1.959963984540054 * g->sigma;
    }
}

static bool suspects_are_valid(const FlowDense *d, const FlowSuspects *s, Status *status) {
    for (size_t k = 0; k < s->count; k++)
        for (size_t i = s->suspect[k].first; i < s->suspect[k].first + s->suspect[k].count; i++)
            if (s->node[i] >= d->nodes || !isfinite(s->effect[i]))
                return status_set(status, STATUS_INVALID, "suspect %zu does nothing known", k + 1);
    return true;
}

bool flow_gross_find(const FlowDense *d, const FlowSuspects *suspects, double alpha, double margin,
                     size_t most, Arena *arena, FlowGrossList *list, Status *status) {
    if (!suspects_are_valid(d, suspects, status)) return false;
    size_t m = d->nodes, count = suspects->count;
    Left l = {.s = suspects,
              .m = m,
              .n = arena_take(arena, (m * m + 1) * sizeof(double)),
              .u = arena_take_zero(arena, m + 1, sizeof(double)),
              .v = arena_take_zero(arena, m + 1, sizeof(double))};
    double *whole = arena_take_zero(arena, count + 1, sizeof *whole);
    double *fall = arena_take_zero(arena, count + 1, sizeof *fall);
    double *information = arena_take_zero(arena, count + 1, sizeof *information);
    FlowGross *found = arena_take_zero(arena, most + 1, sizeof *found);
    if (!l.n || !l.u || !l.v || !whole || !fall || !information || !found)
        return status_no_memory(status);
    restore(&l, d);
    for (size_t k = 0; k < count; k++)
        whole[k] = between(&l, d->inverse, &suspects->suspect[k], &suspects->suspect[k]);
    FlowGrossList result = {.found = found,
                            .z_left = arena_take_zero(arena, m + 1, sizeof(double)),
                            .chi2 = d->chi2,
                            .df = m,
                            .limit = count ? margin * margin * sidak_chi2(alpha, count) : 0.0};
    if (!result.z_left) return status_no_memory(status);
    while (result.count < most && result.df > 0) {
        size_t best = SIZE_MAX;
        for (size_t k = 0; k < count; k++) {
            double score;
            bool any = stands(&l, &suspects->suspect[k], whole[k], &score, &information[k]);
            fall[k] = any ? score * score / information[k] : -INFINITY;
            if (any && (best == SIZE_MAX || fall[k] > fall[best])) best = k;
        }
        if (best == SIZE_MAX || !(fall[best] >= result.limit)) break;
        FlowGross *g = &found[result.count++];
        *g = (FlowGross){.suspect = best, .fall = fall[best]};
        find_alike(&l, fall, information, best, g);
        take_out(&l, &suspects->suspect[best]);
        result.chi2 = fmax(0.0, result.chi2 - g->fall);
        result.df--;
    }
    restore(&l, d);
    for (size_t i = 0; i < result.count; i++)
        take_out(&l, &suspects->suspect[found[i].suspect]);
    for (size_t i = 0; i < m; i++) {
        double left = l.n[i * m + i];
        if (left > 1e-9 * d->inverse[i * m + i]) result.z_left[i] = l.u[i] / sqrt(left);
    }
    for (size_t i = 0; i < result.count; i++) {
        restore(&l, d);
        for (size_t o = 0; o < result.count; o++)
            if (o != i) take_out(&l, &suspects->suspect[found[o].suspect]);
        weigh(&l, whole, &found[i]);
    }
    *list = result;
    return true;
}
