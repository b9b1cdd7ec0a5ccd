#include "balance/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/dense.h"
#include "numeric/distribution.h"
#include "numeric/sequence.h"

static const double ALPHA = 0.05;
enum { FOUND_MAX = 12 };

typedef struct Loading {
    uint32_t instrument;
    double kg; // of one stated standard deviation, on sent - received
} Loading;

typedef struct Row { // a crossing
    uint32_t pair;
    double difference, variance; // its own
    size_t first, loadings;
} Row;

typedef struct Work {
    const BookCrossings *crossings;
    unsigned component;
    Row *row;
    size_t rows;
    Loading *loading;
    size_t loadings;
    PairInstrument *instrument;
    double *carried;  // by instrument: kg that it measured
    uint32_t *number; // by group: its instrument + 1
    Row *now;
    double sent, received; // by the crossing that is taken now
    PairAnalysis *out;
} Work;

static double kg_of(const BookCrossings *x, const BookCrossing *c, unsigned component, bool got) {
    uint32_t before = c->mask & ((UINT32_C(1) << component) - 1);
    return x->kg[c->first_kg + 2 * (size_t)__builtin_popcount(before) + got];
}

static void take_error(void *context, const CrossingError *error) {
    Work *w = context;
    double own = error->kg * error->u, shared = error->kg * error->s;
    if (error->group == SEQUENCE_NO_GROUP || shared == 0.0) {
        w->now->variance += own * own + shared * shared;
        return;
    }
    w->now->variance += own * own;
    uint32_t *number = &w->number[error->group];
    if (!*number) {
        w->instrument[w->out->instruments] = (PairInstrument){.group = error->group};
        *number = (uint32_t)++w->out->instruments;
    }
    uint32_t k = *number - 1;
    w->instrument[k].stated += fabs(shared);
    // Both sides by one instrument: what is left of it.
    for (size_t i = w->now->first; i < w->loadings; i++)
        if (w->loading[i].instrument == k) {
            w->loading[i].kg += shared;
            return;
        }
    w->carried[k] += error->kg > 0.0 ? w->sent : w->received;
    w->loading[w->loadings++] = (Loading){k, shared};
    w->now->loadings++;
}

static uint32_t pair_of(PairAnalysis *a, uint32_t from, uint32_t to) {
    for (size_t i = a->pairs; i-- > 0;)
        if (a->pair[i].from == from && a->pair[i].to == to) return (uint32_t)i;
    a->pair[a->pairs] = (Pair){.from = from, .to = to};
    return (uint32_t)a->pairs++;
}

static void take_rows(Work *w, Month from, Month to) {
    const BookCrossings *x = w->crossings;
    uint32_t mask = UINT32_C(1) << w->component;
    for (size_t i = 0; i < x->count; i++) {
        const BookCrossing *c = &x->crossing[i];
        if (!(c->mask & mask) || (from && c->month < from) || (to && c->month > to)) continue;
        if (c->from == CROSSING_NOWHERE || c->to == CROSSING_NOWHERE || c->from == c->to) continue;
        double sent = kg_of(x, c, w->component, false), got = kg_of(x, c, w->component, true);
        w->now = &w->row[w->rows++];
        *w->now = (Row){.pair = pair_of(w->out, c->from, c->to),
                        .difference = sent - got,
                        .first = w->loadings};
        w->sent = sent;
        w->received = got;
        crossing_errors(x, c, mask, take_error, w);
        Pair *pair = &w->out->pair[w->now->pair];
        pair->crossings++;
        pair->sent += sent;
        pair->received += got;
    }
}

// h = (M^-1)_gg and b = M^-1 L'W d, by the factor of M; those found wrong have no prior.
static bool predict(Work *w, Arena *arena, double *b, double *h, Status *status) {
    size_t n = w->out->instruments;
    double *m = arena_take_zero(arena, n * n + 1, sizeof *m);
    double *v = arena_take_zero(arena, n + 1, sizeof *v);
    double *column = arena_take_zero(arena, n + 1, sizeof *column);
    if (!m || !v || !column) return status_no_memory(status);
    for (size_t g = 0; g < n; g++)
        m[g * n + g] = w->instrument[g].beyond ? 0.0 : 1.0;
    for (size_t i = 0; i < w->rows; i++) {
        const Row *row = &w->row[i];
        const Loading *l = w->loading + row->first;
        if (row->variance <= 0.0) continue; // nothing is stated of it
        for (size_t p = 0; p < row->loadings; p++) {
            v[l[p].instrument] += l[p].kg * row->difference / row->variance;
            for (size_t q = 0; q < row->loadings; q++)
                m[l[p].instrument * n + l[q].instrument] += l[p].kg * l[q].kg / row->variance;
        }
    }
    if (!dense_cholesky(m, n, m, status)) return false;
    dense_forward(m, n, n, v, v);
    memset(b, 0, n * sizeof *b);
    for (size_t g = 0; g < n; g++) {
        memset(column, 0, n * sizeof *column);
        column[g] = 1.0;
        dense_forward(m, n, n, column, column); // L^-1 e_g
        h[g] = 0.0;
        for (size_t k = g; k < n; k++) {
            h[g] += column[k] * column[k];
            b[g] += column[k] * v[k];
        }
    }
    return true;
}

static void begin_instruments(Work *w) {
    for (size_t i = 0; i < w->rows; i++)
        for (size_t l = 0; l < w->row[i].loadings; l++)
            w->instrument[w->loading[w->row[i].first + l].instrument].crossings++;
    for (size_t g = 0; g < w->out->instruments; g++) {
        PairInstrument *k = &w->instrument[g];
        k->stated = w->carried[g] > 0.0 ? k->stated / w->carried[g] : 0.0;
    }
}

// What the differences alone say of each, those found wrong so far being free to be so. The worst
// of the others, or SIZE_MAX.
static size_t judge_instruments(Work *w, const double *b, const double *h) {
    size_t n = w->out->instruments, judged = 0, worst = SIZE_MAX;
    for (size_t g = 0; g < n; g++) {
        PairInstrument *k = &w->instrument[g];
        double known = k->beyond ? 1.0 : 1.0 - h[g]; // of its precision, what the prior is not
        k->bias = k->u = k->z = 0.0;
        if (known < 1e-9 || h[g] <= 0.0) continue; // the differences say nothing of it
        double m = b[g] / known, variance = h[g] / known;
        judged++;
        k->bias = m * k->stated;
        k->u = sqrt(variance) * k->stated;
        k->z = m / sqrt(1.0 + variance);
        if (!k->beyond && (worst == SIZE_MAX || fabs(k->z) > fabs(w->instrument[worst].z)))
            worst = g;
    }
    double each = judged ? -expm1(log1p(-ALPHA) / (double)judged) : ALPHA;
    w->out->limit = normal_upper_point(each / 2.0);
    return worst;
}

// The worst first, each of the others judged beside those found before it.
static bool find_instruments(Work *w, Arena *arena, Status *status) {
    double *b = arena_take_zero(arena, w->out->instruments + 1, sizeof *b);
    double *h = arena_take_zero(arena, w->out->instruments + 1, sizeof *h);
    if (!b || !h) return status_no_memory(status);
    begin_instruments(w);
    for (int found = 0; found <= FOUND_MAX; found++) {
        if (!predict(w, arena, b, h, status)) return false;
        size_t worst = judge_instruments(w, b, h);
        if (worst == SIZE_MAX || fabs(w->instrument[worst].z) <= w->out->limit ||
            found == FOUND_MAX)
            break;
        w->instrument[worst].beyond = true;
    }
    return true;
}

// Sums over the crossings of each pair: its uncertainty by what is stated, and what instruments
// that are beyond it explain, on either side.
static bool judge_pairs(Work *w, Arena *arena, Status *status) {
    size_t n = w->out->instruments, pairs = w->out->pairs;
    double *shared = arena_take_zero(arena, pairs * n + 1, sizeof *shared);
    double *own = arena_take_zero(arena, pairs + 1, sizeof *own);
    if (!shared || !own) return status_no_memory(status);
    for (size_t i = 0; i < w->rows; i++) {
        const Row *row = &w->row[i];
        Pair *pair = &w->out->pair[row->pair];
        double variance = row->variance;
        own[row->pair] += variance;
        for (size_t l = 0; l < row->loadings; l++) {
            const Loading *at = &w->loading[row->first + l];
            shared[row->pair * n + at->instrument] += at->kg;
            variance += at->kg * at->kg;
        }
        pair->difference += row->difference;
        if (variance > 0.0) pair->scatter += row->difference * row->difference / variance;
    }
    for (size_t p = 0; p < pairs; p++) {
        Pair *pair = &w->out->pair[p];
        double variance = own[p], most = 0.0;
        for (size_t g = 0; g < n; g++) {
            const PairInstrument *k = &w->instrument[g];
            double load = shared[p * n + g];
            variance += load * load;
            if (!k->beyond || k->stated <= 0.0) continue;
            double explains = load * k->bias / k->stated;
            pair->explained += explains;
            if (fabs(explains) <= most) continue;
            most = fabs(explains);
            pair->odd = load > 0.0 ? PAIR_SHIPPER : PAIR_RECEIVER;
            pair->odd_group = k->group;
        }
        pair->u = sqrt(variance);
        pair->z = pair->u > 0.0 ? pair->difference / pair->u : 0.0;
        pair->scatter = sqrt(pair->scatter / (double)pair->crossings);
        // Too little to be the reason.
        if (most < pair->u && most < 0.5 * fabs(pair->difference)) pair->odd = PAIR_NEITHER;
    }
    return true;
}

static int pair_by_z(const void *a, const void *b) {
    const Pair *x = a, *y = b;
    double p = fabs(x->z), q = fabs(y->z);
    if (p != q) return p > q ? -1 : 1;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

static int instrument_by_z(const void *a, const void *b) {
    const PairInstrument *x = a, *y = b;
    double p = fabs(x->z), q = fabs(y->z);
    if (p != q) return p > q ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

bool pairs_analyse(const BookCrossings *crossings, unsigned component, Month from, Month to,
                   Arena *arena, PairAnalysis *analysis, Status *status) {
    *analysis = (PairAnalysis){0};
    size_t loadings = 0, groups = 0;
    for (size_t m = 0; m < crossings->measures; m++)
        if (crossings->measure[m].group != SEQUENCE_NO_GROUP &&
            crossings->measure[m].group >= groups)
            groups = (size_t)crossings->measure[m].group + 1;
    for (size_t i = 0; i < crossings->count; i++)
        loadings += crossings->crossing[i].terms;
    Work w = {.crossings = crossings, .component = component, .out = analysis};
    w.row = arena_take_zero(arena, crossings->count + 1, sizeof *w.row);
    w.loading = arena_take_zero(arena, loadings + 1, sizeof *w.loading);
    w.instrument = arena_take_zero(arena, groups + 1, sizeof *w.instrument);
    w.carried = arena_take_zero(arena, groups + 1, sizeof *w.carried);
    w.number = arena_take_zero(arena, groups + 1, sizeof *w.number);
    analysis->pair = arena_take_zero(arena, crossings->count + 1, sizeof *analysis->pair);
    analysis->instrument = w.instrument;
    if (!w.row || !w.loading || !w.instrument || !w.carried || !w.number || !analysis->pair)
        return status_no_memory(status);
    take_rows(&w, from, to);
    if (!find_instruments(&w, arena, status)) return false;
    if (!judge_pairs(&w, arena, status)) return false;
    if (analysis->pairs) qsort(analysis->pair, analysis->pairs, sizeof *analysis->pair, pair_by_z);
    if (analysis->instruments)
        qsort(w.instrument, analysis->instruments, sizeof *w.instrument, instrument_by_z);
    return true;
}
