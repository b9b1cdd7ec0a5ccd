// Balances of components in streams whose flow and whose composition are both measured: sum of F X
// in equals sum of F X out, by node and component. Flows and compositions adjust together. For some
// dozens of streams and up to some twenty components, with every statistic; large networks are
// another engine's.
//
// The unknowns stand in one row: the flow of each stream, then component by component the fraction
// in each stream
// (`streams` numbers each), then a source if one is asked for, then the shared errors.
#pragma once
#include "reconcile/nonlinear.h"

typedef enum BilinearTotal {
    BILINEAR_COMPONENTS_ONLY, // total mass need not balance (carbonate, oxide, metal)
    BILINEAR_TOTAL_BALANCE,   // sum of F in equals sum of F out
    BILINEAR_SUM_TO_ONE       // the fractions of each stream add up to one (the total follows)
} BilinearTotal;

typedef enum BilinearState {
    BILINEAR_MEASURED,
    BILINEAR_EXACT,
    BILINEAR_NOT_MEASURED
} BilinearState;

typedef struct BilinearProblem {
    size_t nodes, streams, components;
    const double *a; // nodes x streams: +1 what enters, -1 what leaves
    BilinearTotal total;
    const double *y, *sd;       // by unknown: flows, then fractions
    const BilinearState *state; // by unknown
    size_t groups;              // shared errors of unit variance
    const double *loading;      // streams x (1 + components) unknowns, each x groups
    bool has_source;            // an unknown amount of a known pattern enters a node unrecorded
    size_t source_node;
    const double *source; // by component
} BilinearProblem;

static inline size_t bilinear_flow(size_t stream) {
    return stream;
}
static inline size_t bilinear_fraction(const BilinearProblem *p, size_t component, size_t stream) {
    return p->streams * (1 + component) + stream;
}
// Of streams and components alone.
static inline size_t bilinear_values(const BilinearProblem *p) {
    return p->streams * (1 + p->components);
}

typedef struct BilinearResult {
    NonlinearResult fit;
    double *sd;   // by unknown; null unless asked for
    double *bias; // by group, in standard deviations
    double source, source_sd;
} BilinearResult;

// The best of several starts: several optima may exist. Fails as nonlinear_solve() does, and names
// the stream with a value or an uncertainty that is out of reach (linear.h).
MUST_CHECK bool bilinear_solve(const BilinearProblem *problem, bool uncertainties, Arena *arena,
                               BilinearResult *result, Status *status);

// The same linearised at the measured values, all measured: imbalance by node and component, its
// covariance H = sum a_j a_j' x (w_j w_j' s_M^2 + M^2 diag(s_w^2)) (node by node), and tests on it.
typedef struct ComponentTests {
    size_t cells;                // nodes x components
    double *imbalance;           // A (M w)
    double *z;                   // r_k / sqrt(H_kk)
    double *z_best;              // (H^-1 r)_k / sqrt((H^-1)_kk)
    double *score, *information; // H^-1 r, and H^-1 whole: cells x cells
    double chi2, p_value;
} ComponentTests;
MUST_CHECK bool component_tests(const BilinearProblem *problem, Arena *arena, ComponentTests *tests,
                                Status *status);
// A pattern at a node: (f'H^-1 r)^2 / f'H^-1 f, its size (positive: left unrecorded) and standard
// error.
void component_pattern(const ComponentTests *tests, size_t node, size_t components,
                       const double *pattern, double *t, double *size, double *sigma);
