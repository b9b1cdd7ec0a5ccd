// Reconciliation of a network of up to some thousand nodes whose errors are mostly shared: one
// measured value in several streams, a device or a laboratory in all of its. The same problem and
// the same figures as flow.h; H = A V A' is formed with all its shared parts, factored densely and
// kept whole as H^-1, so that every sum of streams has its uncertainty and any gross error its
// score f'H^-1 r and its information f'H^-1 f (flow_gross.h).
//
// All values are measured here; a node that nothing measures is left out by the caller, and what
// it would have balanced is a sum of streams: flow_dense_sum().
#pragma once
#include "reconcile/flow.h"

enum { FLOW_DENSE_NODES_MAX = 4000 };

typedef struct FlowDense {
    const FlowNetwork *network;
    size_t nodes;
    double *inverse;    // H^-1, nodes x nodes
    double *multiplier; // H^-1 r
    double chi2;
    // Effects of a draw of each instrument on the nodes, one after the other.
    size_t *effect_start;
    uint32_t *effect_node;
    double *effect;
    // Entries of network->shared by stream.
    size_t *shared_start;
    uint32_t *shared_at;
    // Scratch, zero between calls: by node, by instrument, and which of them are not zero.
    double *work, *draw;
    uint32_t *touched, *drawn;
} FlowDense;

// Fails as flow_reconcile() does; with STATUS_LIMIT when there are too many nodes; and when a
// balance has no error of its own, naming the node (from 1): nothing could then be told from it.
MUST_CHECK bool flow_dense_reconcile(const FlowNetwork *network, Arena *arena, FlowDense *dense,
                                     FlowResult *result, Status *status);

// A sum of streams, each times its weight, as it was measured and as it is reconciled.
typedef struct FlowSum {
    double measured, measured_sigma;
    double reconciled, sigma;
    double z; // (measured - reconciled) over its standard deviation; 0 when no balance checks it
} FlowSum;
void flow_dense_sum(const FlowDense *dense, const uint32_t *streams, const double *weights,
                    size_t count, FlowSum *sum);
