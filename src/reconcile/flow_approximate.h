// A randomised approximate Cholesky factor of a network's Laplacian, which costs about as much as
// reading the network a few times, whatever its shape (Kyng & Sachdeva, FOCS 2016; the variant AC
// of Gao, Kyng & Spielman, SISC 2025). Where a vertex is eliminated, exact elimination would join
// all its neighbours; here each neighbour but the last is joined to one other, drawn in proportion
// to weight, so that the expectation is right and nothing fills in. Conjugate gradients do the
// rest. All is sums and quotients of positive weights, never a difference: no span of weights
// breaks it.
#pragma once
#include "reconcile/flow_graph.h"

typedef struct FlowApproximate FlowApproximate; // on the heap: flow_approximate_free()

// `seed` decides the draws; flow_graph_digest() gives the same factor for the same network.
MUST_CHECK bool flow_approximate_new(const FlowGraph *graph, uint64_t seed,
                                     FlowApproximate **approximate, Status *status);
// out = M^-1 r; of `width` 1 or 8 vectors side by side (entry v, k at v * width + k).
void flow_approximate_apply(FlowApproximate *approximate, const double *r, size_t width,
                            double *out);
size_t flow_approximate_entries(const FlowApproximate *approximate);
void flow_approximate_free(FlowApproximate *approximate); // takes null
