// The network as a weighted graph that is connected to a ground: what is left of a FlowNetwork once
// everything that needs no numerics is done.
//   - Nodes joined by unmeasured streams become one vertex, those joined to the environment become
//     ground: their balances say nothing of measured streams.
//   - Streams side by side become one edge, its weight the sum of their variances.
//   - Exact streams have no variance and so no edge; their value stands on the right side.
//   - A component without any way to the ground has one dependent balance: one of its vertices is
//     grounded, and the rank falls by one.
#pragma once
#include "base/arena.h"
#include "reconcile/flow.h"

#define FLOW_GROUND UINT32_MAX

typedef struct FlowGraph {
    size_t n, edges;     // vertices; edges between two of them, each counted once
    uint32_t *start;     // n + 1: the neighbours of vertex v stand at start[v] to start[v + 1]
    uint32_t *neighbour; // ascending
    double *weight;      // sum of variances
    double *ground;      // by vertex: weight of its edge to the ground, 0 for none
    double *rhs;         // by vertex: r, imbalances summed over the nodes that it stands for
    uint32_t *vertex;    // by node: its vertex, or FLOW_GROUND
    bool *testable;      // by node: its leak would show
    uint8_t *class_of;   // by stream, a FlowClass
    double *imbalance;   // by node
    // What the unmeasured streams carry, by a walk over the trees that they form, leaves first:
    // each node hands what is left over at it to its parent through `tree_stream`, whose value that
    // is unless its class says that it closes a ring and so cannot be told.
    size_t tree_count;
    uint32_t *tree_node, *tree_parent, *tree_stream; // parent: a node, or `nodes` for outside
} FlowGraph;

// All in the arena. Fails as flow_reconcile() does.
MUST_CHECK bool flow_graph_build(const FlowNetwork *network, Arena *arena, FlowGraph *graph,
                                 Status *status);
// out = H x, from differences along edges, so that small differences of large numbers keep their
// digits; of `width` 1 or 8 vectors side by side (entry v, k at v * width + k).
void flow_graph_apply(const FlowGraph *graph, const double *x, size_t width, double *out);
// Where edge (a, b) stands in `weight`, seen from a; the edge must exist.
size_t flow_graph_edge(const FlowGraph *graph, uint32_t a, uint32_t b);
// A number made of the whole graph, by which random methods are seeded: the same network gives the
// same figures.
uint64_t flow_graph_digest(const FlowGraph *graph);
