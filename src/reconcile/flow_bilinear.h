// Reconciliation of large networks whose streams have a measured flow and a measured composition:
// in each node, for each component, sum of F X in equals sum of F X out. Flows and fractions adjust
// together; every one of them is measured (or exact). For the seventeen rare earths, thorium and
// uranium in tens of thousands of streams.
//
// Minimise sum (x - y)^2 / s^2 subject to c(x) = 0 by Gauss-Newton steps on the balances,
//     x <- y - V J' S^-1 (J (y - x) + c(x)),  S = J V J'
// (Crowe 1986; Narasimhan & Jordache 2000, ch. 5): where it stands still, x fulfils the conditions
// of a minimum whatever the curvature. S is one Laplacian for each component, with the weights
// s_F^2 X^2 + F^2 s_X^2, and what couples components through each stream's flow. Its uncoupled
// part, factored once, preconditions the conjugate gradients of every step.
//
// bilinear.h is the small engine: unmeasured values, shared errors, sums to one, every statistic.
#pragma once
#include "reconcile/flow.h"

enum { FLOW_COMPONENTS_MAX = 64 };

typedef struct FlowBilinear {
    size_t nodes, streams, components;
    const uint32_t *from, *to;               // by stream: a node, or FLOW_OUTSIDE
    const double *flow, *flow_sigma;         // by stream; sigma 0: exact
    const double *fraction, *fraction_sigma; // stream by stream: components each
} FlowBilinear;

typedef struct FlowBilinearOptions {
    bool nonnegative; // no fraction below zero: those that would be are held at zero
    size_t probes;    // drawn errors by which uncertainties are estimated, each about as much work
                      // as one step; 0: none. The estimates err by 1 / sqrt(2 probes).
} FlowBilinearOptions;

// All in the arena; no figure is ever NaN.
typedef struct FlowBilinearResult {
    double *flow, *fraction;  // reconciled, as they came
    double *imbalance;        // node by node, components each: in - out as measured
    double *multiplier;       // node by node: of the balances at the solution; 0 where a balance
                              // follows from the others
    double chi2;              // sum (x - y)^2 / s^2
    size_t df;                // balances that errors can break, less those that follow from others
    size_t held;              // fractions held at zero
    size_t steps, iterations; // of Gauss and Newton; of conjugate gradients, all together
    double violation;         // the largest imbalance left over, in its own standard deviations
    // With probes, else null: standard uncertainties of what was reconciled, and of the adjustments
    // y - x, so that z = (y - x) / sd (0: it can not be adjusted).
    double *flow_sd, *fraction_sd, *flow_adjustment_sd, *fraction_adjustment_sd;
    double *information;   // node by node: (S^-1) of the balance with itself: a leak of it is
                           // multiplier / information with standard error 1 / sqrt(information)
    double estimate_error; // relative standard error of these
} FlowBilinearResult;

// Fails, naming stream and component, when a value is no number, a sigma negative or not finite, an
// end no node, or exact values contradict each other; with STATUS_LIMIT when the steps do not come
// to rest, or memory is short.
MUST_CHECK bool flow_reconcile_bilinear(const FlowBilinear *network, FlowBilinearOptions options,
                                        Arena *arena, FlowBilinearResult *result, Status *status);
