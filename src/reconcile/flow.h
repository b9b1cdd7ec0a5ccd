// Reconciliation of large networks: millions of streams between nodes that must balance.
// Doubles in, doubles out: knows nothing of lots, facilities or months (a node is one facility in
// one month, a stock the stream from one month's node to the next).
//
// Minimise sum ((y_j - x_j) / s_j)^2 subject to A x = 0 (A: +1 where a stream enters, -1 where it
// leaves): x = y - V A' H^-1 r, r = A y, H = A V A' (Madron 1992, ch. 4; Narasimhan & Jordache
// 2000, ch. 3). H is the Laplacian of the network with variances as weights and the environment as
// ground, so each a_j' H^-1 a_j is an effective resistance (flow_graph.h).
//
// Small networks with correlated errors and every statistic are the business of the dense engine in
// this folder; here are the same definitions at scale.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_OUTSIDE UINT32_MAX // the environment, which need not balance
enum { FLOW_NODES_MAX = 100000000, FLOW_STREAMS_MAX = 400000000 };

// One stream's part in an error that it shares with others: `loading` is what one standard
// deviation of the instrument's error does to its value.
typedef struct FlowShared {
    uint32_t stream, instrument;
    double loading;
} FlowShared;

typedef struct FlowNetwork {
    size_t nodes, streams;
    const uint32_t *from, *to; // by stream: a node from 0, or FLOW_OUTSIDE
    const double *value;       // measured, any unit
    const double *sigma; // its own standard uncertainty; 0: exact; INFINITY: not measured, and
                         // `value` is not looked at
    size_t instruments, shared_count;
    const FlowShared
        *shared; // errors shared; no entry twice, none of an exact or unmeasured stream
} FlowNetwork;

typedef enum FlowClass {
    FLOW_REDUNDANT,    // measured, and checked by balances
    FLOW_NONREDUNDANT, // measured, and by no balance: comes back as it was
    FLOW_EXACT,        // comes back as it was, with uncertainty 0
    FLOW_OBSERVABLE,   // not measured, follows from balances
    FLOW_UNOBSERVABLE  // not measured and nowhere to be seen
} FlowClass;

typedef enum FlowMethod {
    FLOW_AUTOMATIC, // by the work that an exact factor would take
    FLOW_DIRECT,    // sparse Cholesky (CHOLMOD, supernodal), selected inverse
    FLOW_ITERATIVE  // conjugate gradients, preconditioned by a randomised approximate Cholesky
                    // factor
} FlowMethod;

typedef struct FlowOptions {
    FlowMethod method;
    bool uncertainties; // standard uncertainties and test statistics of all streams and nodes
    double limit;       // where they are estimated: those that may have |z| >= limit, within three
                        // errors of the estimate, are computed exactly; 0: the two-sided 5 % point
                        // of as many tests as there are streams (Bonferroni)
} FlowOptions;

// Everything lives in the arena. Where a number is not known it is 0, and its class, or `tested`,
// says so; none is ever NaN.
typedef struct FlowResult {
    FlowMethod method;  // the one that was used
    double chi2;        // r' H^-1 r
    size_t df;          // rank of H: balances that errors can break
    double residual;    // |r - H lambda| / |r|, recomputed at the end
    size_t iterations;  // of conjugate gradients, 0 for the direct method
    double *reconciled; // by stream
    uint8_t *class_of;  // by stream, a FlowClass
    double *imbalance;  // by node: r = in - out, unmeasured streams not counted
    double *multiplier; // by node: (H^-1 r)_k; nodes joined by unmeasured streams share it
    double *bias;       // by instrument: shared error, in its own standard deviations
    // With options.uncertainties, else null:
    double *sigma;       // by stream: standard uncertainty of the reconciled value
    double *z;           // by stream: a_j' H^-1 r / sqrt(a_j' H^-1 a_j), Tamhane & Mah 1985;
                         // positive: reads high
    double *information; // by node: (H^-1)_kk; the leak estimate is multiplier / information, its z
                         // multiplier / sqrt(information) (Mah, Stanley & Downing 1976, in its
                         // maximum-power form); 0: the node cannot be tested
    bool *exactly;       // by stream: sigma and z are exact, not estimated
    bool *node_exactly;  // by node: so is its information
    double estimate_error; // relative standard error of estimated sigmas; 0 when all are exact
    double trace_error;    // |sum of v_j a_j' H^-1 a_j - df| / df, which must be 0: the self-test
} FlowResult;

// Fails, naming the streams, when a measured value is no number, a sigma negative, an end no node,
// or exact values contradict each other; and when memory is short.
MUST_CHECK bool flow_reconcile(const FlowNetwork *network, FlowOptions options, Arena *arena,
                               FlowResult *result, Status *status);
