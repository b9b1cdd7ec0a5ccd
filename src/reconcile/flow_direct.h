// The exact sparse Cholesky factor of a network's Laplacian (CHOLMOD, supernodal), and those
// entries of the inverse that the tests need.
#pragma once
#include "reconcile/flow_graph.h"

typedef struct FlowDirect FlowDirect; // on the heap: flow_direct_free()

typedef enum FlowOrdering {
    FLOW_AMD,  // minimum degree: quick, best for chains of layers
    FLOW_METIS // nested dissection: slower, fewer operations where regions trade among each other
} FlowOrdering;

// Symbolic analysis only: what a factor would cost.
MUST_CHECK bool flow_direct_plan(const FlowGraph *graph, FlowOrdering ordering, FlowDirect **direct,
                                 Status *status);
// The same plan again, for other weights beside these; `planned` may have its numbers or not.
MUST_CHECK bool flow_direct_like(const FlowDirect *planned, const FlowGraph *graph,
                                 FlowDirect **direct, Status *status);
double flow_direct_entries(const FlowDirect *direct);    // of the factor
double flow_direct_operations(const FlowDirect *direct); // floating-point, to make it

// The numbers. `graph` is the one planned with, or one of the same shape with other weights. Fails
// with STATUS_LIMIT when the factor breaks down: weights too far apart for exact elimination.
MUST_CHECK bool flow_direct_factor(FlowDirect *direct, const FlowGraph *graph, Status *status);

// x = H^-1 b for `count` right sides one after the other; `x` may be `b`.
MUST_CHECK bool flow_direct_solve(FlowDirect *direct, const double *b, size_t count, double *x,
                                  Status *status);

// diagonal[v] = (H^-1)_vv, and between[e] = (H^-1)_vw for the edge at place e of the graph (both of
// its places). Takahashi, Fagan & Chin 1973, by supernodes: from the last column block to the
// first, Z_RJ = -Z_RR L_RJ L_JJ^-1 and Z_JJ = (L_JJ L_JJ')^-1 - (L_RJ L_JJ^-1)' Z_RJ.
MUST_CHECK bool flow_direct_inverse(const FlowDirect *direct, const FlowGraph *graph,
                                    double *diagonal, double *between, Status *status);

void flow_direct_free(FlowDirect *direct); // takes null
