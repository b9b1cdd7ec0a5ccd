// Which method, its factor, and H with shared errors: H = L + (A G)(A G)', G the loadings, which
// conjugate gradients see through the factor of L alone.
#include "reconcile/flow_inside.h"

#include "base/memory.h"
#include <assert.h>
#include <string.h>

// Beyond these an exact factor costs more than conjugate gradients, or more than one cares to wait
// for all uncertainties. Operations run at some 5e9 a second; the selected inverse takes twice as
// many as the factor.
static const double VALUES_OPERATIONS = 3e9, INVERSE_OPERATIONS = 2e11, AMD_OPERATIONS = 3e10;
static const double INVERSE_ENTRIES = 6e7;
enum { SMALL_EDGES = 50000, VALUES_EDGES = 400000, EXACT_INSTRUMENTS = 64 };

static bool precondition_direct(void *context, const double *r, size_t width, double *out,
                                Status *status) {
    FlowWork *work = context;
    size_t n = work->graph->n;
    if (width == 1) return flow_direct_solve(work->direct, r, 1, out, status);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++)
            work->columns[k * n + i] = r[i * width + k];
    }
    if (!flow_direct_solve(work->direct, work->columns, width, work->columns, status)) return false;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++)
            out[i * width + k] = work->columns[k * n + i];
    }
    return true;
}

static bool precondition_approximate(void *context, const double *r, size_t width, double *out,
                                     Status *status) {
    (void)status;
    FlowWork *work = context;
    flow_approximate_apply(work->approximate, r, width, out);
    return true;
}

void flow_shared_draws(const FlowWork *work, const double *x, size_t width, double *draws) {
    memset(draws, 0, work->network->instruments * width * sizeof *draws);
    for (size_t i = 0; i < work->part_count; i++) {
        const FlowPart *part = &work->parts[i];
        double *draw = draws + (size_t)part->instrument * width;
        for (size_t k = 0; k < width; k++) {
            double in = part->to == FLOW_GROUND ? 0.0 : x[(size_t)part->to * width + k];
            double out = part->from == FLOW_GROUND ? 0.0 : x[(size_t)part->from * width + k];
            draw[k] += part->loading * (in - out);
        }
    }
}

static void apply(void *context, const double *x, size_t width, double *out) {
    FlowWork *work = context;
    flow_graph_apply(work->graph, x, width, out);
    if (work->part_count == 0) return;
    flow_shared_draws(work, x, width, work->draws);
    for (size_t i = 0; i < work->part_count; i++) {
        const FlowPart *part = &work->parts[i];
        const double *draw = work->draws + (size_t)part->instrument * width;
        for (size_t k = 0; k < width; k++) {
            double flow = part->loading * draw[k];
            if (part->to != FLOW_GROUND) out[(size_t)part->to * width + k] += flow;
            if (part->from != FLOW_GROUND) out[(size_t)part->from * width + k] -= flow;
        }
    }
}

static bool look_at_shared(const FlowNetwork *w, const FlowGraph *g, size_t i, Status *status) {
    const FlowShared *s = &w->shared[i];
    if (s->stream >= w->streams || s->instrument >= w->instruments) {
        return status_set(status, STATUS_INVALID, "shared error %zu names no stream or instrument",
                          i);
    }
    double square = s->loading * s->loading;
    if (!(square >= 0.0 && square <= 1e300)) {
        return status_set(status, STATUS_INVALID, "loading \"%g\" of shared error %zu", s->loading,
                          i) ||
               status_hint(status, "it must be a number");
    }
    uint8_t class_of = g->class_of[s->stream];
    if (class_of == FLOW_REDUNDANT || class_of == FLOW_NONREDUNDANT) return true;
    return status_set(status, STATUS_INVALID, "stream %u is exact or not measured", s->stream) ||
           status_hint(status, "it can have no shared error");
}

static bool order_parts(FlowWork *work, Status *status) {
    const FlowNetwork *w = work->network;
    const FlowGraph *g = work->graph;
    size_t *start = memory_new_zero(w->instruments + 2, sizeof *start);
    work->parts = memory_new((w->shared_count + 1) * sizeof *work->parts);
    work->draws = memory_new_zero(w->instruments * FLOW_WIDTH + 1, sizeof *work->draws);
    bool ok = (start && work->parts && work->draws) || status_no_memory(status);
    for (size_t i = 0; ok && i < w->shared_count; i++) {
        ok = look_at_shared(w, g, i, status);
        if (ok && g->class_of[w->shared[i].stream] == FLOW_REDUNDANT) {
            start[w->shared[i].instrument + 1]++;
            work->part_count++;
        }
    }
    for (size_t k = 0; ok && k < w->instruments; k++)
        start[k + 1] += start[k];
    for (size_t i = 0; ok && i < w->shared_count; i++) {
        const FlowShared *s = &w->shared[i];
        if (g->class_of[s->stream] != FLOW_REDUNDANT) continue;
        uint32_t from = w->from[s->stream], to = w->to[s->stream];
        work->parts[start[s->instrument]++] =
            (FlowPart){.from = from == FLOW_OUTSIDE ? FLOW_GROUND : g->vertex[from],
                       .to = to == FLOW_OUTSIDE ? FLOW_GROUND : g->vertex[to],
                       .instrument = s->instrument,
                       .loading = s->loading};
    }
    memory_free(start);
    return ok;
}

bool flow_by_stream(const FlowNetwork *network, Arena *scratch, FlowByStream *by, Status *status) {
    by->start = arena_take_zero(scratch, network->streams + 2, sizeof *by->start);
    by->entry = arena_take(scratch, (network->shared_count + 1) * sizeof *by->entry);
    if (!by->start || !by->entry) return status_no_memory(status);
    for (size_t i = 0; i < network->shared_count; i++)
        by->start[network->shared[i].stream + 2]++;
    for (size_t j = 2; j < network->streams + 2; j++)
        by->start[j] += by->start[j - 1];
    for (size_t i = 0; i < network->shared_count; i++)
        by->entry[by->start[network->shared[i].stream + 1]++] = network->shared[i];
    return true;
}

// ---- the method ----

static bool affordable(const FlowDirect *direct, bool uncertainties) {
    double operations = flow_direct_operations(direct);
    return uncertainties
               ? operations <= INVERSE_OPERATIONS && flow_direct_entries(direct) <= INVERSE_ENTRIES
               : operations <= VALUES_OPERATIONS;
}

// Leaves a planned direct factor in the work when it is to be used.
static bool plan(FlowWork *work, FlowOptions options, Status *status) {
    const FlowGraph *g = work->graph;
    size_t edges = g->edges;
    bool forced = options.method == FLOW_DIRECT;
    if (options.method == FLOW_ITERATIVE) return true;
    if (!forced && !options.uncertainties && edges > VALUES_EDGES) return true;
    if (!forced && options.uncertainties && work->network->instruments > EXACT_INSTRUMENTS) {
        return true;
    }
    if (!flow_direct_plan(g, FLOW_AMD, &work->direct, status)) return false;
    if (flow_direct_operations(work->direct) <= AMD_OPERATIONS && edges <= SMALL_EDGES) return true;
    if (flow_direct_operations(work->direct) > AMD_OPERATIONS && options.uncertainties) {
        FlowDirect *other;
        if (!flow_direct_plan(g, FLOW_METIS, &other, status)) return false;
        bool better = flow_direct_operations(other) < flow_direct_operations(work->direct);
        flow_direct_free(better ? work->direct : other);
        if (better) work->direct = other;
    }
    if (forced || affordable(work->direct, options.uncertainties)) return true;
    flow_direct_free(work->direct);
    work->direct = NULL;
    return true;
}

static bool factor(FlowWork *work, FlowOptions options, Status *status) {
    const FlowGraph *g = work->graph;
    if (work->direct) {
        work->method = FLOW_DIRECT;
        if (flow_direct_factor(work->direct, g, status)) {
            work->columns = memory_new((g->n * FLOW_WIDTH + 1) * sizeof *work->columns);
            return work->columns != NULL || status_no_memory(status);
        }
        if (status->code != STATUS_LIMIT || options.method == FLOW_DIRECT) return false;
        status_clear(status);
        flow_direct_free(work->direct);
        work->direct = NULL;
    }
    work->method = FLOW_ITERATIVE;
    return flow_approximate_new(g, flow_graph_digest(g), &work->approximate, status);
}

bool flow_work_init(FlowWork *work, const FlowNetwork *network, const FlowGraph *graph,
                    FlowOptions options, Arena *arena, Status *status) {
    *work = (FlowWork){.network = network, .graph = graph, .arena = arena};
    if (!order_parts(work, status)) return false;
    if (graph->n > 0 && !(plan(work, options, status) && factor(work, options, status))) {
        return false;
    }
    if (graph->n == 0) work->method = FLOW_DIRECT;
    work->solver =
        (FlowSolver){.n = graph->n,
                     .apply = apply,
                     .apply_context = work,
                     .precondition = work->direct ? precondition_direct : precondition_approximate,
                     .precondition_context = work};
    return true;
}

void flow_work_done(FlowWork *work) {
    flow_direct_free(work->direct);
    flow_approximate_free(work->approximate);
    memory_free(work->columns);
    memory_free(work->parts);
    memory_free(work->draws);
}
