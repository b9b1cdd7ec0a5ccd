// What the files of flow_*.c share while they reconcile one network.
#pragma once
#include "reconcile/flow_approximate.h"
#include "reconcile/flow_direct.h"
#include "reconcile/flow_solve.h"

// A shared error's part in a stream that balances see: `loading` times a_j, in vertices.
typedef struct FlowPart {
    uint32_t from, to; // vertices, or FLOW_GROUND
    uint32_t instrument;
    double loading;
} FlowPart;

typedef struct FlowWork {
    const FlowNetwork *network;
    const FlowGraph *graph;
    Arena *arena; // for results
    FlowMethod method;
    FlowDirect *direct;
    FlowApproximate *approximate;
    double *columns; // for direct solves of eight vectors
    FlowPart *parts; // by instrument
    size_t part_count;
    double *draws; // instruments * FLOW_WIDTH: A G' x
    FlowSolver solver;
} FlowWork;

// Decides on a method, factors, and makes work->solver for H with its shared errors.
// flow_work_done() is called whether it succeeds or not.
MUST_CHECK bool flow_work_init(FlowWork *work, const FlowNetwork *network, const FlowGraph *graph,
                               FlowOptions options, Arena *arena, Status *status);
void flow_work_done(FlowWork *work);

// draws[k] = g_k' A' x for each instrument, `width` columns.
void flow_shared_draws(const FlowWork *work, const double *x, size_t width, double *draws);

// a_j' x, as seen from vertices.
static inline double flow_drop(const FlowGraph *graph, const FlowNetwork *network, size_t stream,
                               const double *x) {
    uint32_t from = network->from[stream], to = network->to[stream];
    uint32_t p = from == FLOW_OUTSIDE ? FLOW_GROUND : graph->vertex[from];
    uint32_t q = to == FLOW_OUTSIDE ? FLOW_GROUND : graph->vertex[to];
    return (q == FLOW_GROUND ? 0.0 : x[q]) - (p == FLOW_GROUND ? 0.0 : x[p]);
}

// x = y - V A' lambda for measured streams, and what follows for the others. `left` holds nodes + 1
// doubles.
void flow_recover(const FlowWork *work, const double *y, const double *lambda, const double *draws,
                  double *left, double *x);

// A result with room for its arrays; and all of it, from a work that is ready. `lambda` holds a
// double for each vertex and `left` one for each node and one more.
MUST_CHECK bool flow_take_results(const FlowNetwork *network, const FlowGraph *graph,
                                  FlowOptions options, Arena *arena, FlowResult *result,
                                  Status *status);
MUST_CHECK bool flow_run(FlowWork *work, FlowOptions options, double *lambda, double *left,
                         FlowResult *result, Status *status);

// Shared errors by stream: those of stream j are at start[j] to start[j + 1] of `entry`.
typedef struct FlowByStream {
    size_t *start;
    FlowShared *entry;
} FlowByStream;
MUST_CHECK bool flow_by_stream(const FlowNetwork *network, Arena *scratch, FlowByStream *by,
                               Status *status);

// Uncertainties and tests: with a direct factor, exactly (for very many unmeasured streams theirs
// are estimated).
MUST_CHECK bool flow_exact(FlowWork *work, const double *lambda, FlowResult *result,
                           Status *status);
// Estimated, and exactly for what may reach `limit`.
MUST_CHECK bool flow_sketch(FlowWork *work, const double *lambda, double limit, FlowResult *result,
                            Status *status);
// Of unmeasured streams alone.
MUST_CHECK bool flow_sketch_unmeasured(FlowWork *work, FlowResult *result, Status *status);
