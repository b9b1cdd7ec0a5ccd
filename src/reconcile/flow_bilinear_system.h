// The linear system of one step of flow_bilinear.h: S = J V J', a block of components for each
// vertex. Private to reconcile/.
//
// Everything is done in rows scaled by 1 / sqrt(S_kk), so that a trace of 10^-7 and a matrix
// element weigh alike; vectors are vertex by vertex, components each.
#pragma once
#include "reconcile/flow_bilinear.h"
#include "reconcile/flow_direct.h"
#include "reconcile/flow_solve.h"

typedef struct FlowBilinearSystem {
    const FlowBilinear *network;
    FlowGraph graph; // where the vertices and edges are
    uint32_t *p, *q; // by stream: the vertices of its ends, or FLOW_GROUND
    uint32_t *edge;  // by stream: its places among the graph's weights, two each
    double *flow_variance, *fraction_variance; // with what is held at zero
    const double *flow, *fraction;             // at which it is linearised
    double *scale;                             // by vertex and component: 1 / sqrt(S_kk)
    double *pin;          // added to the diagonal, where a balance follows from others
    FlowDirect **factor;  // by component
    size_t n, components; // vertices
    size_t df;
    double *one, *columns; // a right side in its factor's order
    FlowSolver solver;
} FlowBilinearSystem;

// The graph, the plan and the arrays, all but numbers. flow_bilinear_system_done() is called
// whether it succeeds or not.
MUST_CHECK bool flow_bilinear_system_init(FlowBilinearSystem *system, const FlowBilinear *network,
                                          Arena *arena, Status *status);
void flow_bilinear_system_done(FlowBilinearSystem *system);

// Linearises at these values; `factor`: makes the preconditioner anew, and finds which balances
// follow from others (and says if exact values contradict each other).
MUST_CHECK bool flow_bilinear_system_at(FlowBilinearSystem *system, const double *flow,
                                        const double *fraction, bool factor, Status *status);
// S x = b to a share of b in scaled rows; `x` is where it starts. Adds its iterations.
MUST_CHECK bool flow_bilinear_system_solve(FlowBilinearSystem *system, const double *b,
                                           double tolerance, double *x, size_t *iterations,
                                           Status *status);

// out += A' ... : what a stream's components, `kg`, do to the balances at its ends.
void flow_bilinear_add(const FlowBilinearSystem *system, size_t stream, const double *kg,
                       double *out);
// drop = a_j' x for each component.
void flow_bilinear_drop(const FlowBilinearSystem *system, size_t stream, const double *x,
                        double *drop);
