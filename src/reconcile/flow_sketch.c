// Uncertainties of networks that no exact factor can be had of: draw errors as the measurements
// have them, reconcile, and look how far the answers scatter. With e ~ (0, V) and lambda = H^-1 A e
// the covariance of lambda is H^-1, so the mean square of a_j' lambda estimates a_j' H^-1 a_j (the
// sketch of effective resistances of Spielman & Srivastava, SIAM J. Comput. 40 (2011)), and that of
// the reconciled errors their variance. What may reach the limit is then solved for exactly.
#include "reconcile/flow_inside.h"

#include "base/memory.h"
#include <math.h>
#include <string.h>

enum { BLOCKS = 13, DRAWS = BLOCKS * FLOW_WIDTH, ITERATIONS_MAX = 5000 };
static const double DRAW_TOLERANCE = 1e-4, EXACT_TOLERANCE = 1e-10;

typedef struct Sketch {
    FlowWork *work;
    Arena scratch;
    double *error;  // streams x 8: drawn, then what is left of it by reconciling
    double *rhs;    // n x 8
    double *lambda; // n x 8
    double *draws;  // instruments x 8
    double *left;   // (nodes + 1) x 8
    double *square; // by stream: mean square of the reconciled error
    double *drop;   // by stream: of a_j' lambda
    double *vertex; // by vertex: of lambda
    Status *status;
} Sketch;

static uint64_t signs(uint64_t seed, uint64_t number) {
    uint64_t z = seed + (number + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static uint32_t vertex_of(const FlowWork *work, uint32_t end) {
    return end == FLOW_OUTSIDE ? FLOW_GROUND : work->graph->vertex[end];
}

// Errors of one standard deviation, up or down, of each measurement and of each instrument.
static void draw(Sketch *s, uint64_t seed) {
    const FlowWork *work = s->work;
    const FlowNetwork *w = work->network;
    const FlowGraph *g = work->graph;
    memset(s->rhs, 0, g->n * FLOW_WIDTH * sizeof *s->rhs);
    for (size_t j = 0; j < w->streams; j++) {
        uint64_t bits = signs(seed, j);
        double size = g->class_of[j] <= FLOW_NONREDUNDANT ? w->sigma[j] : 0.0;
        for (size_t k = 0; k < FLOW_WIDTH; k++)
            s->error[j * FLOW_WIDTH + k] = bits >> k & 1 ? size : -size;
    }
    for (size_t i = 0; i < w->shared_count; i++) {
        uint64_t bits = signs(~seed, w->shared[i].instrument);
        double size = w->shared[i].loading,
               *error = s->error + (size_t)w->shared[i].stream * FLOW_WIDTH;
        for (size_t k = 0; k < FLOW_WIDTH; k++)
            error[k] += bits >> k & 1 ? size : -size;
    }
    for (size_t j = 0; j < w->streams; j++) {
        if (g->class_of[j] != FLOW_REDUNDANT) continue;
        uint32_t from = vertex_of(work, w->from[j]), to = vertex_of(work, w->to[j]);
        const double *error = s->error + j * FLOW_WIDTH;
        for (size_t k = 0; k < FLOW_WIDTH; k++) {
            if (to != FLOW_GROUND) s->rhs[(size_t)to * FLOW_WIDTH + k] += error[k];
            if (from != FLOW_GROUND) s->rhs[(size_t)from * FLOW_WIDTH + k] -= error[k];
        }
    }
}

// What unmeasured streams come to, given the reconciled errors of the others.
static void follow(Sketch *s) {
    const FlowNetwork *w = s->work->network;
    const FlowGraph *g = s->work->graph;
    memset(s->left, 0, (w->nodes + 1) * FLOW_WIDTH * sizeof *s->left);
    for (size_t j = 0; j < w->streams; j++) {
        const double *error = s->error + j * FLOW_WIDTH;
        for (size_t k = 0; k < FLOW_WIDTH; k++) {
            if (w->to[j] != FLOW_OUTSIDE) s->left[(size_t)w->to[j] * FLOW_WIDTH + k] += error[k];
            if (w->from[j] != FLOW_OUTSIDE) {
                s->left[(size_t)w->from[j] * FLOW_WIDTH + k] -= error[k];
            }
        }
    }
    for (size_t i = 0; i < g->tree_count; i++) {
        uint32_t stream = g->tree_stream[i];
        for (size_t k = 0; k < FLOW_WIDTH; k++) {
            double over = s->left[(size_t)g->tree_node[i] * FLOW_WIDTH + k];
            s->left[(size_t)g->tree_parent[i] * FLOW_WIDTH + k] += over;
            if (g->class_of[stream] == FLOW_OBSERVABLE) {
                s->error[(size_t)stream * FLOW_WIDTH + k] = over; // its square alone counts
            }
        }
    }
}

static void add_up(Sketch *s) {
    const FlowWork *work = s->work;
    const FlowNetwork *w = work->network;
    const FlowGraph *g = work->graph;
    flow_shared_draws(work, s->lambda, FLOW_WIDTH, s->draws);
    for (size_t j = 0; j < w->streams; j++) {
        if (g->class_of[j] != FLOW_REDUNDANT) continue;
        uint32_t from = vertex_of(work, w->from[j]), to = vertex_of(work, w->to[j]);
        double variance = w->sigma[j] * w->sigma[j];
        for (size_t k = 0; k < FLOW_WIDTH; k++) {
            double d = (to == FLOW_GROUND ? 0.0 : s->lambda[(size_t)to * FLOW_WIDTH + k]) -
                       (from == FLOW_GROUND ? 0.0 : s->lambda[(size_t)from * FLOW_WIDTH + k]);
            s->drop[j] += d * d / DRAWS;
            s->error[j * FLOW_WIDTH + k] -= variance * d;
        }
    }
    for (size_t i = 0; i < w->shared_count; i++) {
        const FlowShared *shared = &w->shared[i];
        for (size_t k = 0; k < FLOW_WIDTH; k++) {
            s->error[(size_t)shared->stream * FLOW_WIDTH + k] -=
                shared->loading * s->draws[(size_t)shared->instrument * FLOW_WIDTH + k];
        }
    }
    if (g->tree_count > 0) follow(s);
    for (size_t j = 0; j < w->streams; j++) {
        for (size_t k = 0; k < FLOW_WIDTH; k++) {
            double e = s->error[j * FLOW_WIDTH + k];
            s->square[j] += e * e / DRAWS;
        }
    }
    for (size_t v = 0; v < g->n; v++) {
        for (size_t k = 0; k < FLOW_WIDTH; k++) {
            double l = s->lambda[v * FLOW_WIDTH + k];
            s->vertex[v] += l * l / DRAWS;
        }
    }
}

static bool sample(Sketch *s) {
    const FlowNetwork *w = s->work->network;
    const FlowGraph *g = s->work->graph;
    s->error = arena_take(&s->scratch, (w->streams + 1) * FLOW_WIDTH * sizeof *s->error);
    s->rhs = arena_take(&s->scratch, (g->n + 1) * FLOW_WIDTH * sizeof *s->rhs);
    s->lambda = arena_take(&s->scratch, (g->n + 1) * FLOW_WIDTH * sizeof *s->lambda);
    s->draws = arena_take_zero(&s->scratch, (w->instruments + 1) * FLOW_WIDTH, sizeof *s->draws);
    s->left = arena_take(&s->scratch, (w->nodes + 1) * FLOW_WIDTH * sizeof *s->left);
    s->square = arena_take_zero(&s->scratch, w->streams + 1, sizeof *s->square);
    s->drop = arena_take_zero(&s->scratch, w->streams + 1, sizeof *s->drop);
    s->vertex = arena_take_zero(&s->scratch, g->n + 1, sizeof *s->vertex);
    if (!s->error || !s->rhs || !s->lambda || !s->draws || !s->left || !s->square || !s->drop ||
        !s->vertex) {
        return status_no_memory(s->status);
    }
    uint64_t seed = flow_graph_digest(g);
    for (uint64_t block = 0; block < BLOCKS; block++) {
        FlowConvergence convergence;
        draw(s, signs(seed, block));
        if (g->n > 0 && !flow_solve(&s->work->solver, s->rhs, FLOW_WIDTH, DRAW_TOLERANCE,
                                    ITERATIONS_MAX, false, s->lambda, &convergence, s->status)) {
            return false;
        }
        add_up(s);
    }
    return true;
}

// ---- exactly, near the limit ----

typedef struct Wanted {
    uint32_t count;
    uint32_t item[FLOW_WIDTH]; // a stream, or a node with `of_node`
    bool of_node;
} Wanted;

static bool solve_wanted(Sketch *s, Wanted *q, const double *lambda, FlowResult *r) {
    const FlowWork *work = s->work;
    const FlowNetwork *w = work->network;
    const FlowGraph *g = work->graph;
    if (q->count == 0) return true;
    memset(s->rhs, 0, g->n * FLOW_WIDTH * sizeof *s->rhs);
    for (size_t k = 0; k < q->count; k++) {
        uint32_t to = q->of_node ? g->vertex[q->item[k]] : vertex_of(work, w->to[q->item[k]]);
        uint32_t from = q->of_node ? FLOW_GROUND : vertex_of(work, w->from[q->item[k]]);
        if (to != FLOW_GROUND) s->rhs[(size_t)to * FLOW_WIDTH + k] += 1.0;
        if (from != FLOW_GROUND) s->rhs[(size_t)from * FLOW_WIDTH + k] -= 1.0;
    }
    FlowConvergence convergence;
    if (!flow_solve(&work->solver, s->rhs, FLOW_WIDTH, EXACT_TOLERANCE, ITERATIONS_MAX, false,
                    s->lambda, &convergence, s->status)) {
        return false;
    }
    for (size_t k = 0; k < q->count; k++) {
        double information = 0.0;
        uint32_t item = q->item[k];
        for (size_t v = 0; v < g->n; v++)
            information += s->rhs[v * FLOW_WIDTH + k] * s->lambda[v * FLOW_WIDTH + k];
        if (q->of_node) {
            r->information[item] = information;
            r->node_exactly[item] = true;
            continue;
        }
        double variance = w->sigma[item] * w->sigma[item];
        if (information > 0.0) r->z[item] = flow_drop(g, w, item, lambda) / sqrt(information);
        // With shared errors the uncertainty needs more than this solve, and stays estimated.
        if (w->shared_count > 0) continue;
        r->sigma[item] = sqrt(fmax(variance - variance * variance * information, 0.0));
        r->exactly[item] = true;
    }
    q->count = 0;
    return true;
}

static bool want(Sketch *s, Wanted *q, size_t item, const double *lambda, FlowResult *r) {
    q->item[q->count++] = (uint32_t)item;
    return q->count < FLOW_WIDTH || solve_wanted(s, q, lambda, r);
}

static bool sharpen(Sketch *s, const double *lambda, double limit, FlowResult *r) {
    const FlowNetwork *w = s->work->network;
    Wanted q = {0};
    double slack = 1.0 + 3.0 / sqrt(2.0 * DRAWS);
    for (size_t j = 0; j < w->streams; j++) {
        if (fabs(r->z[j]) * slack < limit) continue;
        if (!want(s, &q, j, lambda, r)) return false;
    }
    if (!solve_wanted(s, &q, lambda, r)) return false;
    q.of_node = true;
    for (size_t i = 0; i < w->nodes; i++) {
        double information = r->information[i];
        if (!(information > 0.0)) continue;
        if (fabs(r->multiplier[i]) * slack < limit * sqrt(information)) continue;
        if (!want(s, &q, i, lambda, r)) return false;
    }
    return solve_wanted(s, &q, lambda, r);
}

static void estimate(const Sketch *s, const double *lambda, FlowResult *r) {
    const FlowNetwork *w = s->work->network;
    const FlowGraph *g = s->work->graph;
    double trace = 0.0;
    for (size_t j = 0; j < w->streams; j++) {
        double variance = w->sigma[j] * w->sigma[j];
        r->exactly[j] = g->class_of[j] == FLOW_EXACT;
        r->sigma[j] = sqrt(s->square[j]);
        if (g->class_of[j] == FLOW_NONREDUNDANT && w->shared_count == 0) {
            r->sigma[j] = w->sigma[j];
            r->exactly[j] = true;
        }
        if (g->class_of[j] != FLOW_REDUNDANT) continue;
        trace += variance * s->drop[j];
        // The smaller of two errors: that of v - v^2 R where balances say little.
        if (w->shared_count == 0 && variance * s->drop[j] < 0.5) {
            r->sigma[j] = sqrt(variance - variance * variance * s->drop[j]);
        }
        if (s->drop[j] > 0.0) r->z[j] = flow_drop(g, w, j, lambda) / sqrt(s->drop[j]);
    }
    for (size_t i = 0; i < w->nodes; i++) {
        if (g->testable[i]) r->information[i] = s->vertex[g->vertex[i]];
    }
    r->estimate_error = 1.0 / sqrt(2.0 * DRAWS);
    // Estimates too: their mean must come near, unless shared errors take part of it.
    if (g->n > 0 && w->shared_count == 0) r->trace_error = fabs(trace / (double)g->n - 1.0);
}

bool flow_sketch(FlowWork *work, const double *lambda, double limit, FlowResult *result,
                 Status *status) {
    Sketch s = {.work = work, .status = status};
    arena_init(&s.scratch, SIZE_MAX / 2);
    bool ok = sample(&s);
    if (ok) {
        estimate(&s, lambda, result);
        ok = sharpen(&s, lambda, limit, result);
    }
    arena_done(&s.scratch);
    return ok;
}

bool flow_sketch_unmeasured(FlowWork *work, FlowResult *result, Status *status) {
    Sketch s = {.work = work, .status = status};
    arena_init(&s.scratch, SIZE_MAX / 2);
    bool ok = sample(&s);
    for (size_t j = 0; ok && j < work->network->streams; j++) {
        if (work->graph->class_of[j] == FLOW_OBSERVABLE) result->sigma[j] = sqrt(s.square[j]);
    }
    if (ok) result->estimate_error = 1.0 / sqrt(2.0 * DRAWS);
    arena_done(&s.scratch);
    return ok;
}
