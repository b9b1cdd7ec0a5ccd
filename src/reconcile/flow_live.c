#include "reconcile/flow_live.h"

#include "base/memory.h"
#include "reconcile/flow_inside.h"
#include <math.h>
#include <string.h>

struct FlowLive {
    FlowNetwork network; // of the arrays below
    uint32_t *from, *to;
    double *value, *sigma;
    size_t room; // of the arrays: FLOW_LIVE_PENDING more than streams when factored
    Arena arena; // of the graph and the results since then
    FlowGraph graph;
    FlowWork work;
    FlowResult result;
    double *resistance; // by stream: a_j' H^-1 a_j
    double *lambda, *step, *left;
    size_t pending;
    double *update[FLOW_LIVE_PENDING]; // u
    double factor[FLOW_LIVE_PENDING];  // c
    bool stale;                        // corrections wait
};

// x = H^-1 b: the factor's, less what each pending stream takes away.
static bool solve(FlowLive *live, const double *b, double *x, Status *status) {
    size_t n = live->graph.n;
    if (!flow_direct_solve(live->work.direct, b, 1, x, status)) return false;
    for (size_t i = 0; i < live->pending; i++) {
        const double *u = live->update[i];
        double sum = 0.0;
        for (size_t v = 0; v < n; v++)
            sum += u[v] * b[v];
        sum *= live->factor[i];
        for (size_t v = 0; v < n; v++)
            x[v] -= sum * u[v];
    }
    return true;
}

// Values, multipliers and z of all streams from lambda and the resistances.
static void show(FlowLive *live) {
    const FlowNetwork *w = &live->network;
    const FlowGraph *g = &live->graph;
    FlowResult *r = &live->result;
    r->chi2 = 0.0;
    for (size_t v = 0; v < g->n; v++)
        r->chi2 += g->rhs[v] * live->lambda[v];
    for (size_t i = 0; i < w->nodes; i++)
        r->multiplier[i] = g->vertex[i] == FLOW_GROUND ? 0.0 : live->lambda[g->vertex[i]];
    flow_recover(&live->work, w->value, live->lambda, r->bias, live->left, r->reconciled);
    for (size_t j = 0; j < w->streams; j++) {
        if (g->class_of[j] != FLOW_REDUNDANT) continue;
        double variance = w->sigma[j] * w->sigma[j], information = live->resistance[j];
        r->sigma[j] = sqrt(fmax(variance - variance * variance * information, 0.0));
        if (information > 0.0) r->z[j] = flow_drop(g, w, j, live->lambda) / sqrt(information);
    }
}

static void let_go(FlowLive *live) {
    flow_work_done(&live->work);
    live->work = (FlowWork){0};
    arena_done(&live->arena);
    live->pending = 0;
}

// Room at the end of an array of the result, for streams that are added.
static bool lengthen(FlowLive *live, void *array, size_t size, Status *status) {
    void **at = array;
    char *longer = arena_take_zero(&live->arena, live->room + 1, size);
    if (!longer) return status_no_memory(status);
    memcpy(longer, *at, live->network.streams * size);
    *at = longer;
    return true;
}

// Everything from the arrays anew.
static bool rebuild(FlowLive *live, Status *status) {
    let_go(live);
    arena_init(&live->arena, SIZE_MAX / 2);
    FlowOptions options = {.method = FLOW_DIRECT, .uncertainties = true};
    FlowNetwork *w = &live->network;
    FlowResult *r = &live->result;
    size_t streams = w->streams;
    if (!flow_graph_build(w, &live->arena, &live->graph, status) ||
        !flow_take_results(w, &live->graph, options, &live->arena, r, status)) {
        return false;
    }
    size_t n = live->graph.n;
    live->lambda = arena_take_zero(&live->arena, n + 1, sizeof *live->lambda);
    live->step = arena_take_zero(&live->arena, n + 1, sizeof *live->step);
    live->left = arena_take_zero(&live->arena, w->nodes + 1, sizeof *live->left);
    if (!live->lambda || !live->step || !live->left) return status_no_memory(status);
    if (!flow_work_init(&live->work, w, &live->graph, options, &live->arena, status) ||
        !flow_run(&live->work, options, live->lambda, live->left, r, status)) {
        return false;
    }
    live->room = streams + FLOW_LIVE_PENDING;
    live->resistance = arena_take_zero(&live->arena, live->room + 1, sizeof *live->resistance);
    if (!live->resistance || !lengthen(live, &live->graph.class_of, 1, status) ||
        !lengthen(live, &r->reconciled, sizeof(double), status) ||
        !lengthen(live, &r->sigma, sizeof(double), status) ||
        !lengthen(live, &r->z, sizeof(double), status) ||
        !lengthen(live, &r->exactly, sizeof(bool), status)) {
        return live->resistance ? false : status_no_memory(status);
    }
    r->class_of = live->graph.class_of;
    for (size_t j = 0; j < streams; j++) {
        if (live->graph.class_of[j] != FLOW_REDUNDANT) continue;
        double variance = w->sigma[j] * w->sigma[j];
        live->resistance[j] = (variance - r->sigma[j] * r->sigma[j]) / (variance * variance);
        double drop = flow_drop(&live->graph, w, j, live->lambda);
        // Where z is known it gives the same without a difference.
        if (fabs(r->z[j]) > 1e-3) live->resistance[j] = drop / r->z[j] * (drop / r->z[j]);
    }
    live->stale = false;
    return true;
}

static bool reserve(FlowLive *live, size_t streams, Status *status) {
    uint32_t *from = memory_resize(live->from, (streams + 1) * sizeof *from);
    if (from) live->from = from;
    uint32_t *to = memory_resize(live->to, (streams + 1) * sizeof *to);
    if (to) live->to = to;
    double *value = memory_resize(live->value, (streams + 1) * sizeof *value);
    if (value) live->value = value;
    double *sigma = memory_resize(live->sigma, (streams + 1) * sizeof *sigma);
    if (sigma) live->sigma = sigma;
    live->network.from = live->from;
    live->network.to = live->to;
    live->network.value = live->value;
    live->network.sigma = live->sigma;
    return (from && to && value && sigma) || status_no_memory(status);
}

bool flow_live_new(const FlowNetwork *network, FlowLive **live, Status *status) {
    if (network->shared_count > 0) {
        return status_set(status, STATUS_UNSUPPORTED, "a network that changes has shared errors") ||
               status_hint(status, "reconcile it whole");
    }
    FlowLive *made = memory_new_zero(1, sizeof *made);
    if (!made) return status_no_memory(status);
    size_t n = network->streams;
    bool ok = reserve(made, n, status);
    if (ok) {
        memcpy(made->from, network->from, n * sizeof *made->from);
        memcpy(made->to, network->to, n * sizeof *made->to);
        memcpy(made->value, network->value, n * sizeof *made->value);
        memcpy(made->sigma, network->sigma, n * sizeof *made->sigma);
        made->network.nodes = network->nodes;
        made->network.streams = n;
        ok = rebuild(made, status);
    }
    if (ok)
        *live = made;
    else
        flow_live_free(made);
    return ok;
}

// What a value does to imbalances.
static void weigh(FlowLive *live, size_t j, double change) {
    const FlowNetwork *w = &live->network;
    FlowGraph *g = &live->graph;
    if (w->to[j] != FLOW_OUTSIDE) {
        g->imbalance[w->to[j]] += change;
        if (g->vertex[w->to[j]] != FLOW_GROUND) g->rhs[g->vertex[w->to[j]]] += change;
    }
    if (w->from[j] != FLOW_OUTSIDE) {
        g->imbalance[w->from[j]] -= change;
        if (g->vertex[w->from[j]] != FLOW_GROUND) g->rhs[g->vertex[w->from[j]]] -= change;
    }
}

bool flow_live_correct(FlowLive *live, size_t stream, double value, Status *status) {
    const FlowNetwork *w = &live->network;
    if (stream >= w->streams || !isfinite(value)) {
        return status_set(status, STATUS_INVALID, "value \"%g\" of stream %zu", value, stream) ||
               status_hint(status, "a number, for a stream that there is");
    }
    if (live->graph.class_of[stream] > FLOW_NONREDUNDANT) {
        return status_set(status, STATUS_INVALID, "stream %zu is exact or not measured", stream);
    }
    weigh(live, stream, value - w->value[stream]);
    live->value[stream] = value;
    live->stale = true;
    return true;
}

bool flow_live_refresh(FlowLive *live, Status *status) {
    if (!live->stale) return true;
    if (live->graph.n > 0 && !solve(live, live->graph.rhs, live->lambda, status)) return false;
    show(live);
    live->stale = false;
    return true;
}

// A node whose balance is a vertex like any other, or the outside.
static bool plain(const FlowLive *live, uint32_t end) {
    return end == FLOW_OUTSIDE || live->graph.testable[end];
}

bool flow_live_add(FlowLive *live, uint32_t from, uint32_t to, double value, double sigma,
                   Status *status) {
    FlowNetwork *w = &live->network;
    FlowGraph *g = &live->graph;
    if ((from >= w->nodes && from != FLOW_OUTSIDE) || (to >= w->nodes && to != FLOW_OUTSIDE) ||
        !isfinite(value) || !(sigma > 1e-145 && sigma < 1e145)) {
        return status_set(status, STATUS_INVALID, "a stream of value \"%g\", sigma \"%g\"", value,
                          sigma) ||
               status_hint(status, "numbers, sigma above 0, between nodes that there are");
    }
    size_t j = w->streams, n = g->n;
    if (!reserve(live, j + 1, status)) return false;
    live->from[j] = from;
    live->to[j] = to;
    live->value[j] = value;
    live->sigma[j] = sigma;
    uint32_t p = from == FLOW_OUTSIDE ? FLOW_GROUND : g->vertex[from];
    uint32_t q = to == FLOW_OUTSIDE ? FLOW_GROUND : g->vertex[to];
    if (live->pending == FLOW_LIVE_PENDING || !plain(live, from) || !plain(live, to) || p == q) {
        w->streams++;
        return rebuild(live, status);
    }
    double *u = arena_take(&live->arena, (n + 1) * sizeof *u);
    if (!u) return status_no_memory(status);
    memset(live->step, 0, n * sizeof *live->step);
    if (q != FLOW_GROUND) live->step[q] += 1.0;
    if (p != FLOW_GROUND) live->step[p] -= 1.0;
    if (!solve(live, live->step, u, status)) return false;
    w->streams++;
    g->class_of[j] = FLOW_REDUNDANT;
    live->result.exactly[j] = true;
    weigh(live, j, value);
    double variance = sigma * sigma, own = flow_drop(g, w, j, u),
           c = variance / (1.0 + variance * own);
    live->resistance[j] = own;
    for (size_t k = 0; k <= j; k++) {
        if (g->class_of[k] != FLOW_REDUNDANT) continue;
        double drop = flow_drop(g, w, k, u);
        live->resistance[k] = fmax(live->resistance[k] - c * drop * drop, 0.0);
    }
    for (size_t i = 0; i < w->nodes; i++) {
        if (!g->testable[i]) continue;
        double at = u[g->vertex[i]];
        live->result.information[i] = fmax(live->result.information[i] - c * at * at, 0.0);
    }
    live->update[live->pending] = u;
    live->factor[live->pending++] = c;
    live->stale = true;
    return flow_live_refresh(live, status);
}

const FlowResult *flow_live_result(const FlowLive *live) {
    return &live->result;
}

size_t flow_live_streams(const FlowLive *live) {
    return live->network.streams;
}

void flow_live_free(FlowLive *live) {
    if (!live) return;
    let_go(live);
    memory_free(live->from);
    memory_free(live->to);
    memory_free(live->value);
    memory_free(live->sigma);
    memory_free(live);
}
