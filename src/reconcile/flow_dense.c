#include "reconcile/flow_dense.h"

#include "reconcile/cholmod_library.h"
#include <math.h>
#include <string.h>

static bool is_end(const FlowNetwork *n, uint32_t end) {
    return end == FLOW_OUTSIDE || end < n->nodes;
}

static bool network_is_valid(const FlowNetwork *n, Status *status) {
    if (n->nodes > FLOW_DENSE_NODES_MAX)
        return status_set(status, STATUS_LIMIT, "%zu nodes are more than %d", n->nodes,
                          FLOW_DENSE_NODES_MAX);
    for (size_t j = 0; j < n->streams; j++) {
        if (!is_end(n, n->from[j]) || !is_end(n, n->to[j]))
            return status_set(status, STATUS_INVALID, "stream %zu ends at no node", j + 1);
        if (!isfinite(n->value[j]))
            return status_set(status, STATUS_INVALID, "stream %zu is no number", j + 1);
        if (!(n->sigma[j] >= 0.0 && isfinite(n->sigma[j])))
            return status_set(status, STATUS_INVALID, "stream %zu has the uncertainty %g", j + 1,
                              n->sigma[j]) ||
                   status_hint(status, "all streams are measured here, with 0 or more");
    }
    for (size_t i = 0; i < n->shared_count; i++)
        if (n->shared[i].stream >= n->streams || n->shared[i].instrument >= n->instruments ||
            !isfinite(n->shared[i].loading))
            return status_set(status, STATUS_INVALID, "shared error %zu is none", i + 1);
    return true;
}

static void add_at(const FlowDense *d, size_t *touched, uint32_t node, double effect) {
    if (node == FLOW_OUTSIDE || effect == 0.0) return;
    if (d->work[node] == 0.0) d->touched[(*touched)++] = node;
    d->work[node] += effect;
    if (d->work[node] == 0.0) d->work[node] = 1e-300; // what cancels stays touched
}

static void add_stream(const FlowDense *d, size_t *touched, uint32_t stream, double effect) {
    add_at(d, touched, d->network->to[stream], effect);
    add_at(d, touched, d->network->from[stream], -effect);
}

// Entries by instrument, then what each does to the nodes; and entries by stream.
static bool index_shared(FlowDense *d, Arena *arena, Status *status) {
    const FlowNetwork *n = d->network;
    size_t *by = arena_take_zero(arena, n->instruments + 2, sizeof *by);
    uint32_t *order = arena_take_zero(arena, n->shared_count + 1, sizeof *order);
    d->shared_start = arena_take_zero(arena, n->streams + 2, sizeof *d->shared_start);
    d->shared_at = arena_take_zero(arena, n->shared_count + 1, sizeof *d->shared_at);
    d->effect_start = arena_take_zero(arena, n->instruments + 1, sizeof *d->effect_start);
    d->effect_node = arena_take_zero(arena, 2 * n->shared_count + 1, sizeof *d->effect_node);
    d->effect = arena_take_zero(arena, 2 * n->shared_count + 1, sizeof *d->effect);
    if (!by || !order || !d->shared_start || !d->shared_at || !d->effect_start || !d->effect_node ||
        !d->effect)
        return status_no_memory(status);
    // Counted two places ahead, so that filling moves each start to where it belongs.
    for (size_t i = 0; i < n->shared_count; i++) {
        by[n->shared[i].instrument + 2]++;
        d->shared_start[n->shared[i].stream + 2]++;
    }
    for (size_t k = 2; k < n->instruments + 2; k++)
        by[k] += by[k - 1];
    for (size_t j = 2; j < n->streams + 2; j++)
        d->shared_start[j] += d->shared_start[j - 1];
    for (size_t i = 0; i < n->shared_count; i++) {
        order[by[n->shared[i].instrument + 1]++] = (uint32_t)i;
        d->shared_at[d->shared_start[n->shared[i].stream + 1]++] = (uint32_t)i;
    }
    size_t filled = 0;
    for (size_t k = 0; k < n->instruments; k++) {
        size_t touched = 0;
        for (size_t i = by[k]; i < by[k + 1]; i++)
            add_stream(d, &touched, n->shared[order[i]].stream, n->shared[order[i]].loading);
        for (size_t t = 0; t < touched; t++) {
            uint32_t node = d->touched[t];
            d->effect_node[filled] = node;
            d->effect[filled++] = d->work[node];
            d->work[node] = 0.0;
        }
        d->effect_start[k + 1] = filled;
    }
    return true;
}

// H, its lower half by columns as LAPACK has it, which is the upper half by rows.
static void form(FlowDense *d) {
    const FlowNetwork *n = d->network;
    size_t m = d->nodes;
    double *h = d->inverse;
    for (size_t j = 0; j < n->streams; j++) {
        double v = n->sigma[j] * n->sigma[j];
        uint32_t a = n->from[j], b = n->to[j];
        if (a == b) continue;
        if (a != FLOW_OUTSIDE) h[a * m + a] += v;
        if (b != FLOW_OUTSIDE) h[b * m + b] += v;
        if (a != FLOW_OUTSIDE && b != FLOW_OUTSIDE) h[(a < b ? a : b) * m + (a < b ? b : a)] -= v;
    }
    for (size_t k = 0; k < n->instruments; k++)
        for (size_t i = d->effect_start[k]; i < d->effect_start[k + 1]; i++)
            for (size_t l = d->effect_start[k]; l < d->effect_start[k + 1]; l++)
                if (d->effect_node[l] >= d->effect_node[i])
                    h[d->effect_node[i] * m + d->effect_node[l]] += d->effect[i] * d->effect[l];
}

static bool invert(FlowDense *d, Status *status) {
    const CholmodLibrary *library = cholmod_library(status);
    if (!library) return false;
    int m = (int)d->nodes, info = 0;
    if (m == 0) return true;
    library->dpotrf("L", &m, d->inverse, &m, &info);
    if (info != 0)
        return status_set(status, STATUS_INVALID, "the balance of node %d has no error of its own",
                          info) ||
               status_hint(status, "give its streams an uncertainty above 0");
    library->dpotri("L", &m, d->inverse, &m, &info);
    if (info != 0)
        return status_set(status, STATUS_LIMIT, "the balances cannot be inverted at node %d", info);
    for (size_t i = 0; i < d->nodes; i++)
        for (size_t j = i + 1; j < d->nodes; j++)
            d->inverse[j * d->nodes + i] = d->inverse[i * d->nodes + j];
    return true;
}

// Gathers Cov(sum of the streams, r) in `work` and returns the sum's own variance. Streams are
// named once.
static double covariance_of(const FlowDense *d, const uint32_t *streams, const double *weights,
                            size_t count, size_t *touched) {
    const FlowNetwork *n = d->network;
    double variance = 0.0;
    size_t drawn = 0;
    *touched = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t j = streams[i];
        double own = n->sigma[j] * n->sigma[j];
        variance += weights[i] * weights[i] * own;
        add_stream(d, touched, j, weights[i] * own);
        for (size_t s = d->shared_start[j]; s < d->shared_start[j + 1]; s++) {
            const FlowShared *one = &n->shared[d->shared_at[s]];
            if (one->loading == 0.0 || weights[i] == 0.0) continue;
            if (d->draw[one->instrument] == 0.0) d->drawn[drawn++] = one->instrument;
            d->draw[one->instrument] += weights[i] * one->loading;
            if (d->draw[one->instrument] == 0.0) d->draw[one->instrument] = 1e-300;
        }
    }
    for (size_t i = 0; i < drawn; i++) {
        uint32_t k = d->drawn[i];
        variance += d->draw[k] * d->draw[k];
        for (size_t e = d->effect_start[k]; e < d->effect_start[k + 1]; e++)
            add_at(d, touched, d->effect_node[e], d->draw[k] * d->effect[e]);
        d->draw[k] = 0.0;
    }
    return variance;
}

void flow_dense_sum(const FlowDense *d, const uint32_t *streams, const double *weights,
                    size_t count, FlowSum *sum) {
    size_t touched;
    double before = covariance_of(d, streams, weights, count, &touched);
    double adjust = 0.0, gone = 0.0, measured = 0.0;
    for (size_t i = 0; i < count; i++)
        measured += weights[i] * d->network->value[streams[i]];
    for (size_t i = 0; i < touched; i++) {
        double c = d->work[d->touched[i]];
        const double *row = d->inverse + d->touched[i] * d->nodes;
        adjust += c * d->multiplier[d->touched[i]];
        for (size_t l = 0; l < touched; l++)
            gone += c * row[d->touched[l]] * d->work[d->touched[l]];
    }
    for (size_t i = 0; i < touched; i++)
        d->work[d->touched[i]] = 0.0;
    double after = before - gone;
    *sum = (FlowSum){.measured = measured,
                     .measured_sigma = sqrt(before),
                     .reconciled = measured - adjust,
                     // What only rounding has left of it is nothing.
                     .sigma = after > 1e-13 * before ? sqrt(after) : 0.0,
                     .z = gone > 1e-13 * before ? adjust / sqrt(gone) : 0.0};
}

// Effective resistance and score of a stream's own column.
static void test_stream(const FlowDense *d, size_t j, FlowResult *result) {
    uint32_t a = d->network->from[j], b = d->network->to[j];
    double score = 0.0, information = 0.0;
    size_t m = d->nodes;
    if (b != FLOW_OUTSIDE) {
        score += d->multiplier[b];
        information += d->inverse[b * m + b];
    }
    if (a != FLOW_OUTSIDE) {
        score -= d->multiplier[a];
        information += d->inverse[a * m + a];
    }
    if (a != FLOW_OUTSIDE && b != FLOW_OUTSIDE) information -= 2.0 * d->inverse[a * m + b];
    bool checked = a != b && information > 0.0;
    result->class_of[j] = checked ? FLOW_REDUNDANT : FLOW_NONREDUNDANT;
    result->z[j] = checked ? score / sqrt(information) : 0.0;
}

bool flow_dense_reconcile(const FlowNetwork *n, Arena *arena, FlowDense *dense, FlowResult *result,
                          Status *status) {
    if (!network_is_valid(n, status)) return false;
    size_t m = n->nodes, streams = n->streams;
    FlowDense d = {.network = n,
                   .nodes = m,
                   .inverse = arena_take_zero(arena, m * m + 1, sizeof(double)),
                   .multiplier = arena_take_zero(arena, m + 1, sizeof(double)),
                   .work = arena_take_zero(arena, m + 1, sizeof(double)),
                   .draw = arena_take_zero(arena, n->instruments + 1, sizeof(double)),
                   .touched = arena_take_zero(arena, m + 1, sizeof(uint32_t)),
                   .drawn = arena_take_zero(arena, n->instruments + 1, sizeof(uint32_t))};
    FlowResult r = {.method = FLOW_DIRECT,
                    .df = m,
                    .reconciled = arena_take_zero(arena, streams + 1, sizeof(double)),
                    .class_of = arena_take_zero(arena, streams + 1, 1),
                    .imbalance = arena_take_zero(arena, m + 1, sizeof(double)),
                    .bias = arena_take_zero(arena, n->instruments + 1, sizeof(double)),
                    .sigma = arena_take_zero(arena, streams + 1, sizeof(double)),
                    .z = arena_take_zero(arena, streams + 1, sizeof(double)),
                    .information = arena_take_zero(arena, m + 1, sizeof(double)),
                    .exactly = arena_take_zero(arena, streams + 1, sizeof(bool)),
                    .node_exactly = arena_take_zero(arena, m + 1, sizeof(bool))};
    if (!d.inverse || !d.multiplier || !d.work || !d.draw || !d.touched || !d.drawn ||
        !r.reconciled || !r.class_of || !r.imbalance || !r.bias || !r.sigma || !r.z ||
        !r.information || !r.exactly || !r.node_exactly)
        return status_no_memory(status);
    r.multiplier = d.multiplier;
    if (!index_shared(&d, arena, status)) return false;
    form(&d);
    if (!invert(&d, status)) return false;
    for (size_t j = 0; j < streams; j++) {
        if (n->from[j] != FLOW_OUTSIDE) r.imbalance[n->from[j]] -= n->value[j];
        if (n->to[j] != FLOW_OUTSIDE) r.imbalance[n->to[j]] += n->value[j];
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < m; k++)
            d.multiplier[i] += d.inverse[i * m + k] * r.imbalance[k];
        r.information[i] = d.inverse[i * m + i];
        r.node_exactly[i] = true;
        r.chi2 += r.imbalance[i] * d.multiplier[i];
    }
    d.chi2 = r.chi2;
    for (size_t k = 0; k < n->instruments; k++)
        for (size_t e = d.effect_start[k]; e < d.effect_start[k + 1]; e++)
            r.bias[k] += d.effect[e] * d.multiplier[d.effect_node[e]];
    const double one = 1.0;
    for (size_t j = 0; j < streams; j++) {
        FlowSum sum;
        uint32_t stream = (uint32_t)j;
        flow_dense_sum(&d, &stream, &one, 1, &sum);
        r.reconciled[j] = sum.reconciled;
        r.sigma[j] = sum.sigma;
        r.exactly[j] = true;
        test_stream(&d, j, &r);
    }
    double largest = 0.0;
    for (size_t i = 0; i < m; i++)
        largest = fmax(largest, fabs(r.imbalance[i]));
    // Reconciled values close every balance: what is left of it, against the largest imbalance.
    for (size_t j = 0; j < streams; j++) {
        if (n->from[j] != FLOW_OUTSIDE) d.work[n->from[j]] -= r.reconciled[j];
        if (n->to[j] != FLOW_OUTSIDE) d.work[n->to[j]] += r.reconciled[j];
    }
    for (size_t i = 0; i < m; i++) {
        if (largest > 0.0) r.residual = fmax(r.residual, fabs(d.work[i]) / largest);
        d.work[i] = 0.0;
    }
    *dense = d;
    *result = r;
    return true;
}
