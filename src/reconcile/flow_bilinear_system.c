#include "reconcile/flow_bilinear_system.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

// What exact values may miss a balance by, as a share of their sum: they are decimal figures.
static const double EXACT_SLACK = 1e-9;

// ---- streams and vertices ----

static const double *fractions(const FlowBilinearSystem *s, size_t stream) {
    return s->fraction + stream * s->components;
}

void flow_bilinear_add(const FlowBilinearSystem *s, size_t stream, const double *kg, double *out) {
    uint32_t p = s->p[stream], q = s->q[stream];
    for (size_t c = 0; q != FLOW_GROUND && c < s->components; c++)
        out[q * s->components + c] += kg[c];
    for (size_t c = 0; p != FLOW_GROUND && c < s->components; c++)
        out[p * s->components + c] -= kg[c];
}

void flow_bilinear_drop(const FlowBilinearSystem *s, size_t stream, const double *x, double *drop) {
    uint32_t p = s->p[stream], q = s->q[stream];
    for (size_t c = 0; c < s->components; c++)
        drop[c] = (q == FLOW_GROUND ? 0.0 : x[q * s->components + c]) -
                  (p == FLOW_GROUND ? 0.0 : x[p * s->components + c]);
}

static double weight(const FlowBilinearSystem *s, size_t j, size_t c) {
    double x = fractions(s, j)[c], f = s->flow[j];
    return s->flow_variance[j] * x * x + f * f * s->fraction_variance[j * s->components + c];
}

// ---- S x in scaled rows ----

static void apply(void *context, const double *x, size_t width, double *out) {
    FlowBilinearSystem *s = context;
    size_t components = s->components, cells = s->n * components;
    assert(width == 1);
    for (size_t i = 0; i < cells; i++) {
        s->one[i] = s->scale[i] * x[i];
        out[i] = s->pin[i] * s->one[i];
    }
    double kg[FLOW_COMPONENTS_MAX];
    for (size_t j = 0; j < s->network->streams; j++) {
        if (s->p[j] == s->q[j]) continue; // within one vertex, or from outside to outside
        const double *w = fractions(s, j), *v = s->fraction_variance + j * components;
        double f2 = s->flow[j] * s->flow[j], along = 0.0;
        flow_bilinear_drop(s, j, s->one, kg);
        for (size_t c = 0; c < components; c++)
            along += w[c] * kg[c];
        along *= s->flow_variance[j];
        for (size_t c = 0; c < components; c++)
            kg[c] = along * w[c] + f2 * v[c] * kg[c];
        flow_bilinear_add(s, j, kg, out);
    }
    for (size_t i = 0; i < cells; i++)
        out[i] *= s->scale[i];
}

static bool precondition(void *context, const double *r, size_t width, double *out,
                         Status *status) {
    FlowBilinearSystem *s = context;
    size_t components = s->components;
    assert(width == 1);
    for (size_t c = 0; c < components; c++) {
        double *column = s->columns;
        for (size_t v = 0; v < s->n; v++)
            column[v] = r[v * components + c] / s->scale[v * components + c];
        if (!flow_direct_solve(s->factor[c], column, 1, column, status)) return false;
        for (size_t v = 0; v < s->n; v++)
            out[v * components + c] = column[v] / s->scale[v * components + c];
    }
    return true;
}

// ---- making it ----

bool flow_bilinear_system_init(FlowBilinearSystem *s, const FlowBilinear *network, Arena *arena,
                               Status *status) {
    size_t streams = network->streams, fractions_count = streams * network->components;
    *s = (FlowBilinearSystem){.network = network, .components = network->components};
    double *sigma = arena_take(arena, (streams + 1) * sizeof *sigma);
    double *value = arena_take_zero(arena, streams + 1, sizeof *value);
    if (!sigma || !value) return status_no_memory(status);
    for (size_t j = 0; j < streams; j++)
        sigma[j] = 1.0;
    FlowNetwork shape = {.nodes = network->nodes,
                         .streams = streams,
                         .from = network->from,
                         .to = network->to,
                         .value = value,
                         .sigma = sigma};
    if (!flow_graph_build(&shape, arena, &s->graph, status)) return false;
    s->n = s->graph.n;
    size_t cells = s->n * s->components + 1;
    s->p = arena_take(arena, (streams + 1) * sizeof *s->p);
    s->q = arena_take(arena, (streams + 1) * sizeof *s->q);
    s->edge = arena_take(arena, (2 * streams + 1) * sizeof *s->edge);
    s->flow_variance = arena_take(arena, (streams + 1) * sizeof(double));
    s->fraction_variance = arena_take(arena, (fractions_count + 1) * sizeof(double));
    s->scale = arena_take(arena, cells * sizeof(double));
    s->pin = arena_take_zero(arena, cells, sizeof(double));
    s->one = arena_take(arena, cells * sizeof(double));
    s->columns = arena_take(arena, (s->n + 1) * sizeof(double));
    s->factor = memory_new_zero(s->components + 1, sizeof *s->factor);
    if (!s->p || !s->q || !s->edge || !s->flow_variance || !s->fraction_variance || !s->scale ||
        !s->pin || !s->one || !s->columns || !s->factor)
        return status_no_memory(status);
    for (size_t j = 0; j < streams; j++) {
        uint32_t from = network->from[j], to = network->to[j];
        s->p[j] = from == FLOW_OUTSIDE ? FLOW_GROUND : s->graph.vertex[from];
        s->q[j] = to == FLOW_OUTSIDE ? FLOW_GROUND : s->graph.vertex[to];
        s->flow_variance[j] = network->flow_sigma[j] * network->flow_sigma[j];
        if (s->p[j] == s->q[j] || s->p[j] == FLOW_GROUND || s->q[j] == FLOW_GROUND) continue;
        s->edge[2 * j] = (uint32_t)flow_graph_edge(&s->graph, s->p[j], s->q[j]);
        s->edge[2 * j + 1] = (uint32_t)flow_graph_edge(&s->graph, s->q[j], s->p[j]);
    }
    for (size_t i = 0; i < fractions_count; i++)
        s->fraction_variance[i] = network->fraction_sigma[i] * network->fraction_sigma[i];
    s->solver = (FlowSolver){.n = s->n * s->components,
                             .apply = apply,
                             .apply_context = s,
                             .precondition = precondition,
                             .precondition_context = s};
    for (size_t c = 0; c < s->components && s->n; c++)
        if (!(c ? flow_direct_like(s->factor[0], &s->graph, &s->factor[c], status)
                : flow_direct_plan(&s->graph, FLOW_AMD, &s->factor[c], status)))
            return false;
    return true;
}

void flow_bilinear_system_done(FlowBilinearSystem *s) {
    for (size_t c = 0; s->factor && c < s->components; c++)
        flow_direct_free(s->factor[c]);
    memory_free(s->factor);
}

// ---- at values ----

// The graph with the weights of one component.
static void weigh(FlowBilinearSystem *s, size_t c) {
    FlowGraph *g = &s->graph;
    memset(g->weight, 0, g->start[g->n] * sizeof *g->weight);
    memset(g->ground, 0, g->n * sizeof *g->ground);
    for (size_t j = 0; j < s->network->streams; j++) {
        uint32_t p = s->p[j], q = s->q[j];
        if (p == q) continue;
        double w = weight(s, j, c);
        if (p == FLOW_GROUND || q == FLOW_GROUND) {
            g->ground[p == FLOW_GROUND ? q : p] += w;
            continue;
        }
        g->weight[s->edge[2 * j]] += w;
        g->weight[s->edge[2 * j + 1]] += w;
    }
}

static uint32_t root(uint32_t *set, uint32_t v) {
    while (set[v] != v)
        v = set[v] = set[set[v]];
    return v;
}

static bool contradict(const FlowBilinearSystem *s, size_t c, uint32_t vertex, double left,
                       Status *status) {
    size_t node = 0;
    while (node + 1 < s->network->nodes && s->graph.vertex[node] != vertex)
        node++;
    status_set(status, STATUS_INVALID,
               "exact values contradict each other: %.6g of component %zu are left over at node %zu"
               " and what hangs together with it",
               left, c, node);
    return status_hint(status, "give at least one of those values an uncertainty");
}

// Where no uncertain value joins vertices to the ground, one balance follows from the others: it is
// pinned, which changes no answer, for what is left over among them is nothing (else exact values
// contradict each other).
static bool pin(FlowBilinearSystem *s, size_t c, const double *imbalance, uint32_t *set,
                double *left, Status *status) {
    const FlowGraph *g = &s->graph;
    size_t n = s->n, components = s->components;
    uint32_t ground = (uint32_t)n;
    for (uint32_t v = 0; v <= ground; v++)
        set[v] = v;
    for (uint32_t v = 0; v < ground; v++) {
        if (g->ground[v] > 0.0) set[root(set, v)] = root(set, ground);
        for (uint32_t e = g->start[v]; e < g->start[v + 1]; e++)
            if (g->weight[e] > 0.0) set[root(set, v)] = root(set, g->neighbour[e]);
    }
    double *sum = left, *size = left + n + 1;
    memset(left, 0, 2 * (n + 1) * sizeof *left);
    for (uint32_t v = 0; v < ground; v++) {
        uint32_t r = root(set, v);
        sum[r] += imbalance[v * components + c];
        size[r] += fabs(imbalance[v * components + c]);
    }
    for (size_t j = 0; j < s->network->streams; j++) {
        double kg = fabs(s->flow[j] * fractions(s, j)[c]);
        if (s->p[j] != FLOW_GROUND) size[root(set, s->p[j])] += kg;
        if (s->q[j] != FLOW_GROUND) size[root(set, s->q[j])] += kg;
    }
    for (uint32_t v = 0; v < ground; v++) {
        double diagonal = g->ground[v];
        for (uint32_t e = g->start[v]; e < g->start[v + 1]; e++)
            diagonal += g->weight[e];
        bool closed = root(set, v) == v && root(set, ground) != v;
        if (closed && fabs(sum[v]) > EXACT_SLACK * size[v])
            return contradict(s, c, v, sum[v], status);
        s->pin[v * components + c] = !closed ? 0.0 : diagonal > 0.0 ? diagonal : 1.0;
        s->df += !closed;
    }
    return true;
}

static bool factor_all(FlowBilinearSystem *s, Status *status) {
    size_t n = s->n, components = s->components;
    double *imbalance = memory_new_zero(n * components + 1, sizeof *imbalance);
    uint32_t *set = memory_new((n + 1) * sizeof *set);
    double *left = memory_new(2 * (n + 1) * sizeof *left);
    bool well = (imbalance && set && left) || status_no_memory(status);
    double kg[FLOW_COMPONENTS_MAX];
    for (size_t j = 0; well && j < s->network->streams; j++) {
        for (size_t c = 0; c < components; c++)
            kg[c] = s->flow[j] * fractions(s, j)[c];
        flow_bilinear_add(s, j, kg, imbalance);
    }
    s->df = 0;
    for (size_t c = 0; well && c < components; c++) {
        weigh(s, c);
        well = pin(s, c, imbalance, set, left, status);
        for (size_t v = 0; v < n; v++)
            s->graph.ground[v] += s->pin[v * components + c];
        well = well && flow_direct_factor(s->factor[c], &s->graph, status);
    }
    memory_free(imbalance);
    memory_free(set);
    memory_free(left);
    return well;
}

bool flow_bilinear_system_at(FlowBilinearSystem *s, const double *flow, const double *fraction,
                             bool factor, Status *status) {
    size_t components = s->components;
    s->flow = flow;
    s->fraction = fraction;
    if (s->n == 0) return true;
    if (factor && !factor_all(s, status)) return false;
    memcpy(s->scale, s->pin, s->n * components * sizeof *s->scale);
    for (size_t j = 0; j < s->network->streams; j++)
        for (size_t c = 0; s->p[j] != s->q[j] && c < components; c++) {
            double w = weight(s, j, c);
            if (s->p[j] != FLOW_GROUND) s->scale[s->p[j] * components + c] += w;
            if (s->q[j] != FLOW_GROUND) s->scale[s->q[j] * components + c] += w;
        }
    for (size_t i = 0; i < s->n * components; i++)
        s->scale[i] = s->scale[i] > 0.0 ? 1.0 / sqrt(s->scale[i]) : 1.0;
    return true;
}

bool flow_bilinear_system_solve(FlowBilinearSystem *s, const double *b, double tolerance, double *x,
                                size_t *iterations, Status *status) {
    enum { MOST = 400 };
    size_t cells = s->n * s->components;
    FlowConvergence convergence = {0};
    double *scaled = memory_new((cells + 1) * sizeof *scaled);
    if (!scaled) return status_no_memory(status);
    for (size_t i = 0; i < cells; i++) {
        scaled[i] = s->scale[i] * b[i];
        x[i] /= s->scale[i];
    }
    bool well = cells == 0 ||
                flow_solve(&s->solver, scaled, 1, tolerance, MOST, true, x, &convergence, status);
    for (size_t i = 0; i < cells; i++)
        x[i] *= s->scale[i];
    *iterations += convergence.iterations;
    memory_free(scaled);
    return well;
}
