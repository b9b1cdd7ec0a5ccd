// Uncertainties from the selected inverse of L. Shared errors change it by as many ranks as there
// are instruments (Woodbury): H^-1 = L^-1 - W M^-1 W', W = L^-1 A G, M = 1 + (A G)' W.
#include "reconcile/flow_inside.h"

#include "numeric/dense.h"
#include <math.h>
#include <string.h>

// Unmeasured streams cost a solve and a pass over all streams each: done up to this much work.
static const double UNMEASURED_WORK = 2e8;

typedef struct Exact {
    FlowWork *work;
    Arena scratch;
    double *diagonal, *between; // of L^-1
    size_t q;                   // instruments
    double *whitened;           // n x q, row by row: W C^-T, M = C C'
    double *inverse_factor;     // q x q: C^-1
    FlowByStream by;
    Status *status;
} Exact;

static bool selected_inverse(Exact *x) {
    const FlowGraph *g = x->work->graph;
    x->diagonal = arena_take(&x->scratch, (g->n + 1) * sizeof *x->diagonal);
    x->between = arena_take(&x->scratch, (2 * g->edges + 1) * sizeof *x->between);
    if (!x->diagonal || !x->between) return status_no_memory(x->status);
    if (g->n == 0) return true;
    return flow_direct_inverse(x->work->direct, g, x->diagonal, x->between, x->status);
}

static bool shared_parts(Exact *x) {
    const FlowWork *work = x->work;
    size_t n = work->graph->n, q = work->network->instruments;
    x->q = q;
    if (work->network->shared_count == 0 || q == 0) {
        x->q = 0;
        return true;
    }
    double *b = arena_take_zero(&x->scratch, n * q + 1, sizeof *b);
    double *w = arena_take(&x->scratch, (n * q + 1) * sizeof *w);
    double *c = arena_take_zero(&x->scratch, q * q, sizeof *c);
    x->whitened = arena_take(&x->scratch, (n * q + 1) * sizeof *x->whitened);
    x->inverse_factor = arena_take_zero(&x->scratch, q * q, sizeof *c);
    if (!b || !w || !c || !x->whitened || !x->inverse_factor) return status_no_memory(x->status);
    if (!flow_by_stream(work->network, &x->scratch, &x->by, x->status)) return false;
    for (size_t i = 0; i < work->part_count; i++) {
        const FlowPart *part = &work->parts[i];
        double *column = b + (size_t)part->instrument * n;
        if (part->to != FLOW_GROUND) column[part->to] += part->loading;
        if (part->from != FLOW_GROUND) column[part->from] -= part->loading;
    }
    if (n > 0 && !flow_direct_solve(work->direct, b, q, w, x->status)) return false;
    for (size_t k = 0; k < q; k++) {
        for (size_t l = 0; l <= k; l++) {
            double sum = k == l ? 1.0 : 0.0;
            for (size_t v = 0; v < n; v++)
                sum += b[k * n + v] * w[l * n + v];
            c[k * q + l] = sum;
        }
    }
    if (!dense_cholesky(c, q, c, x->status)) return false;
    for (size_t v = 0; v < n; v++) {
        double *row = x->whitened + v * q;
        for (size_t k = 0; k < q; k++)
            row[k] = w[k * n + v];
        dense_forward(c, q, q, row, row);
    }
    double *column = arena_take(&x->scratch, q * sizeof *column);
    if (!column) return status_no_memory(x->status);
    for (size_t k = 0; k < q; k++) {
        memset(column, 0, q * sizeof *column);
        column[k] = 1.0;
        dense_forward(c, q, q, column, column);
        for (size_t i = 0; i < q; i++)
            x->inverse_factor[i * q + k] = column[i];
    }
    return true;
}

// ---- streams ----

typedef struct Ends {
    uint32_t from, to; // vertices
} Ends;

static Ends ends_of(const Exact *x, size_t j) {
    const FlowNetwork *w = x->work->network;
    const FlowGraph *g = x->work->graph;
    return (Ends){w->from[j] == FLOW_OUTSIDE ? FLOW_GROUND : g->vertex[w->from[j]],
                  w->to[j] == FLOW_OUTSIDE ? FLOW_GROUND : g->vertex[w->to[j]]};
}

static double whitened_drop(const Exact *x, Ends e, size_t k) {
    double in = e.to == FLOW_GROUND ? 0.0 : x->whitened[(size_t)e.to * x->q + k];
    return in - (e.from == FLOW_GROUND ? 0.0 : x->whitened[(size_t)e.from * x->q + k]);
}

// a_j' H^-1 a_j.
static double resistance(const Exact *x, Ends e) {
    const FlowGraph *g = x->work->graph;
    double sum;
    if (e.from == FLOW_GROUND)
        sum = x->diagonal[e.to];
    else if (e.to == FLOW_GROUND)
        sum = x->diagonal[e.from];
    else {
        sum = x->diagonal[e.to] + x->diagonal[e.from] -
              2.0 * x->between[flow_graph_edge(g, e.from, e.to)];
    }
    for (size_t k = 0; k < x->q; k++) {
        double d = whitened_drop(x, e, k);
        sum -= d * d;
    }
    return fmax(sum, 0.0);
}

// (M^-1)_kl.
static double inverse_entry(const Exact *x, size_t k, size_t l) {
    double sum = 0.0;
    for (size_t i = 0; i < x->q; i++)
        sum += x->inverse_factor[i * x->q + k] * x->inverse_factor[i * x->q + l];
    return sum;
}

// What shared errors add to the variance of x_j = y_j - ...: with p = v a_j + sum g_k b_k,
// V_jj - p'H^-1 p = v - v^2 R - 2 v sum g_k (a_j' H^-1 b_k) + sum g_k g_l (M^-1)_kl.
static double shared_variance(const Exact *x, size_t j, bool seen, double variance) {
    double sum = 0.0;
    Ends e = ends_of(x, j);
    for (size_t s = x->by.start[j]; s < x->by.start[j + 1]; s++) {
        const FlowShared *a = &x->by.entry[s];
        for (size_t t = x->by.start[j]; t < x->by.start[j + 1]; t++) {
            const FlowShared *b = &x->by.entry[t];
            sum += a->loading * b->loading * inverse_entry(x, a->instrument, b->instrument);
        }
        for (size_t i = 0; seen && i < x->q; i++) {
            sum -= 2.0 * variance * a->loading * whitened_drop(x, e, i) *
                   x->inverse_factor[i * x->q + a->instrument];
        }
    }
    return sum;
}

static void streams(Exact *x, const double *lambda, FlowResult *r) {
    const FlowNetwork *w = x->work->network;
    const FlowGraph *g = x->work->graph;
    double trace = 0.0;
    for (size_t j = 0; j < w->streams; j++) {
        r->exactly[j] = g->class_of[j] < FLOW_OBSERVABLE;
        if (g->class_of[j] > FLOW_NONREDUNDANT) continue;
        bool seen = g->class_of[j] == FLOW_REDUNDANT;
        double variance = w->sigma[j] * w->sigma[j], left = variance;
        if (seen) {
            double information = resistance(x, ends_of(x, j));
            left -= variance * variance * information;
            trace += variance * information;
            if (information > 0.0) r->z[j] = flow_drop(g, w, j, lambda) / sqrt(information);
        }
        if (x->q > 0) left += shared_variance(x, j, seen, variance);
        r->sigma[j] = sqrt(fmax(left, 0.0));
    }
    for (size_t k = 0; k < x->q; k++)
        trace += 1.0 - inverse_entry(x, k, k);
    if (g->n > 0) r->trace_error = fabs(trace / (double)g->n - 1.0);
}

static void nodes(const Exact *x, FlowResult *r) {
    const FlowGraph *g = x->work->graph;
    for (size_t i = 0; i < x->work->network->nodes; i++) {
        r->node_exactly[i] = true;
        if (!g->testable[i]) continue;
        uint32_t v = g->vertex[i];
        double sum = x->diagonal[v];
        for (size_t k = 0; k < x->q; k++) {
            double u = x->whitened[(size_t)v * x->q + k];
            sum -= u * u;
        }
        r->information[i] = fmax(sum, 0.0);
    }
}

// ---- unmeasured streams ----

// One that follows from balances is what enters less what leaves the part that hangs on it: the
// variance of a sum c'x over the streams that cross its border, c'V c - (A V c)' H^-1 (A V c).
static bool unmeasured(Exact *x, size_t place, bool *inside, double *rhs, double *draw, double *sum,
                       Status *status) {
    const FlowWork *work = x->work;
    const FlowNetwork *w = work->network;
    const FlowGraph *g = work->graph;
    size_t n = g->n;
    memset(rhs, 0, (n + 1) * sizeof *rhs);
    memset(draw, 0, (w->instruments + 1) * sizeof *draw);
    *sum = 0.0;
    // Leaves come first: whoever hangs below `place` has a place before it.
    memset(inside, 0, (w->nodes + 1) * sizeof *inside);
    inside[g->tree_node[place]] = true;
    for (size_t i = place; i-- > 0;)
        inside[g->tree_node[i]] = inside[g->tree_parent[i]];
    for (size_t j = 0; j < w->streams; j++) {
        if (g->class_of[j] > FLOW_NONREDUNDANT) continue;
        bool in = w->to[j] != FLOW_OUTSIDE && inside[w->to[j]];
        bool out = w->from[j] != FLOW_OUTSIDE && inside[w->from[j]];
        if (in == out) continue;
        double sign = in ? 1.0 : -1.0, variance = w->sigma[j] * w->sigma[j];
        Ends e = ends_of(x, j);
        *sum += variance;
        if (g->class_of[j] == FLOW_REDUNDANT && e.to != FLOW_GROUND) rhs[e.to] += sign * variance;
        if (g->class_of[j] == FLOW_REDUNDANT && e.from != FLOW_GROUND) {
            rhs[e.from] -= sign * variance;
        }
        for (size_t s = x->q ? x->by.start[j] : 0; x->q && s < x->by.start[j + 1]; s++)
            draw[x->by.entry[s].instrument] += sign * x->by.entry[s].loading;
    }
    for (size_t k = 0; k < x->q; k++)
        *sum += draw[k] * draw[k];
    for (size_t i = 0; i < work->part_count; i++) {
        const FlowPart *part = &work->parts[i];
        double flow = part->loading * draw[part->instrument];
        if (part->to != FLOW_GROUND) rhs[part->to] += flow;
        if (part->from != FLOW_GROUND) rhs[part->from] -= flow;
    }
    FlowConvergence convergence;
    double *answer = rhs + n + 1;
    if (n == 0) return true;
    if (!flow_solve(&work->solver, rhs, 1, 1e-10, 1000, false, answer, &convergence, status)) {
        return false;
    }
    for (size_t v = 0; v < n; v++)
        *sum -= rhs[v] * answer[v];
    return true;
}

static bool all_unmeasured(Exact *x, FlowResult *r) {
    const FlowGraph *g = x->work->graph;
    const FlowNetwork *w = x->work->network;
    size_t count = 0;
    for (size_t i = 0; i < g->tree_count; i++)
        count += g->class_of[g->tree_stream[i]] == FLOW_OBSERVABLE;
    if (count == 0) return true;
    if ((double)count * (double)(w->streams + 50 * g->n) > UNMEASURED_WORK) {
        return flow_sketch_unmeasured(x->work, r, x->status);
    }
    bool *inside = arena_take(&x->scratch, (w->nodes + 1) * sizeof *inside);
    double *rhs = arena_take(&x->scratch, 2 * (g->n + 1) * sizeof *rhs);
    double *draw = arena_take(&x->scratch, (w->instruments + 1) * sizeof *draw);
    if (!inside || !rhs || !draw) return status_no_memory(x->status);
    for (size_t i = 0; i < g->tree_count; i++) {
        uint32_t j = g->tree_stream[i];
        double variance;
        if (g->class_of[j] != FLOW_OBSERVABLE) continue;
        if (!unmeasured(x, i, inside, rhs, draw, &variance, x->status)) return false;
        r->sigma[j] = sqrt(fmax(variance, 0.0));
        r->exactly[j] = true;
    }
    return true;
}

bool flow_exact(FlowWork *work, const double *lambda, FlowResult *result, Status *status) {
    Exact x = {.work = work, .status = status};
    arena_init(&x.scratch, SIZE_MAX / 2);
    bool ok = selected_inverse(&x) && shared_parts(&x);
    if (ok) {
        streams(&x, lambda, result);
        nodes(&x, result);
        ok = all_unmeasured(&x, result);
    }
    arena_done(&x.scratch);
    return ok;
}
