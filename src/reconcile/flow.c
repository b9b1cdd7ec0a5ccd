#include "reconcile/flow.h"

#include "base/memory.h"
#include "numeric/distribution.h"
#include "reconcile/flow_inside.h"
#include <math.h>
#include <string.h>

static const double TOLERANCE = 1e-11; // of the residual; the bar is 1e-10
enum { ITERATIONS_MAX = 5000 };

void flow_recover(const FlowWork *work, const double *y, const double *lambda, const double *draws,
                  double *left, double *x) {
    const FlowNetwork *w = work->network;
    const FlowGraph *g = work->graph;
    for (size_t j = 0; j < w->streams; j++) {
        x[j] = 0.0;
        if (g->class_of[j] >= FLOW_OBSERVABLE) continue;
        x[j] = y[j];
        if (g->class_of[j] != FLOW_REDUNDANT) continue;
        x[j] -= w->sigma[j] * w->sigma[j] * flow_drop(g, w, j, lambda);
    }
    for (size_t i = 0; i < w->shared_count; i++) {
        const FlowShared *s = &w->shared[i];
        x[s->stream] -= s->loading * draws[s->instrument];
    }
    if (g->tree_count == 0) return;
    memset(left, 0, (w->nodes + 1) * sizeof *left);
    for (size_t j = 0; j < w->streams; j++) {
        if (w->to[j] != FLOW_OUTSIDE) left[w->to[j]] += x[j];
        if (w->from[j] != FLOW_OUTSIDE) left[w->from[j]] -= x[j];
    }
    for (size_t i = 0; i < g->tree_count; i++) {
        uint32_t node = g->tree_node[i], stream = g->tree_stream[i];
        double over = left[node];
        left[g->tree_parent[i]] += over;
        if (g->class_of[stream] != FLOW_OBSERVABLE) continue;
        x[stream] = w->to[stream] == node ? -over : over;
    }
}

bool flow_take_results(const FlowNetwork *w, const FlowGraph *g, FlowOptions options, Arena *arena,
                       FlowResult *r, Status *status) {
    *r = (FlowResult){.df = g->n, .class_of = g->class_of, .imbalance = g->imbalance};
    r->reconciled = arena_take(arena, (w->streams + 1) * sizeof *r->reconciled);
    r->multiplier = arena_take(arena, (w->nodes + 1) * sizeof *r->multiplier);
    r->bias = arena_take_zero(arena, w->instruments + 1, sizeof *r->bias);
    if (!r->reconciled || !r->multiplier || !r->bias) return status_no_memory(status);
    if (!options.uncertainties) return true;
    r->sigma = arena_take_zero(arena, w->streams + 1, sizeof *r->sigma);
    r->z = arena_take_zero(arena, w->streams + 1, sizeof *r->z);
    r->information = arena_take_zero(arena, w->nodes + 1, sizeof *r->information);
    r->exactly = arena_take_zero(arena, w->streams + 1, sizeof *r->exactly);
    r->node_exactly = arena_take_zero(arena, w->nodes + 1, sizeof *r->node_exactly);
    return (r->sigma && r->z && r->information && r->exactly && r->node_exactly) ||
           status_no_memory(status);
}

bool flow_run(FlowWork *work, FlowOptions options, double *lambda, double *left, FlowResult *r,
              Status *status) {
    const FlowNetwork *w = work->network;
    const FlowGraph *g = work->graph;
    FlowConvergence convergence = {0};
    if (g->n > 0 && !flow_solve(&work->solver, g->rhs, 1, TOLERANCE, ITERATIONS_MAX, false, lambda,
                                &convergence, status)) {
        return false;
    }
    r->method = work->method;
    r->residual = convergence.residual;
    r->iterations = work->method == FLOW_ITERATIVE || work->part_count ? convergence.iterations : 0;
    for (size_t v = 0; v < g->n; v++)
        r->chi2 += g->rhs[v] * lambda[v];
    for (size_t i = 0; i < w->nodes; i++)
        r->multiplier[i] = g->vertex[i] == FLOW_GROUND ? 0.0 : lambda[g->vertex[i]];
    flow_shared_draws(work, lambda, 1, r->bias);
    flow_recover(work, w->value, lambda, r->bias, left, r->reconciled);
    if (!options.uncertainties) return true;
    if (work->method == FLOW_DIRECT) return flow_exact(work, lambda, r, status);
    double limit = options.limit;
    if (!(limit > 0.0)) limit = normal_upper_point(0.025 / (double)(w->streams + 1));
    return flow_sketch(work, lambda, limit, r, status);
}

bool flow_reconcile(const FlowNetwork *network, FlowOptions options, Arena *arena,
                    FlowResult *result, Status *status) {
    FlowGraph graph;
    FlowResult made;
    FlowWork work = {0};
    if (!flow_graph_build(network, arena, &graph, status) ||
        !flow_take_results(network, &graph, options, arena, &made, status)) {
        return false;
    }
    double *lambda = memory_new((graph.n + 1) * sizeof *lambda);
    double *left = memory_new((network->nodes + 1) * sizeof *left);
    bool ok = (lambda && left) || status_no_memory(status);
    if (ok) {
        ok = flow_work_init(&work, network, &graph, options, arena, status) &&
             flow_run(&work, options, lambda, left, &made, status);
        // An exact factor whose numbers are spoiled: the approximate one has no differences.
        if (!ok && status->code == STATUS_LIMIT && options.method == FLOW_AUTOMATIC &&
            work.method == FLOW_DIRECT) {
            flow_work_done(&work);
            status_clear(status);
            options.method = FLOW_ITERATIVE;
            made.chi2 = 0.0;
            ok = flow_work_init(&work, network, &graph, options, arena, status) &&
                 flow_run(&work, options, lambda, left, &made, status);
        }
    }
    flow_work_done(&work);
    memory_free(lambda);
    memory_free(left);
    if (ok) *result = made;
    return ok;
}
