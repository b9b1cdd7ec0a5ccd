// Gross errors in a network, one after the other: which of many suspected causes explains the
// imbalances best, then which explains best what is left, all sizes estimated again together; and
// which causes cannot be told apart. As gross.h does for linear.h; here by H^-1 whole, where a
// suspect is a few entries and so costs nearly nothing (forward selection with explaining away:
// NUMERICS.md section 4; accepted errors are taken out as unknowns, Narasimhan & Mah 1987).
#pragma once
#include "reconcile/flow_dense.h"

// What a gross error of size one does to the balances of some nodes. Suspects of one `cause` are
// the same thing over different months: a set of what cannot be told apart names each cause once.
typedef struct FlowSuspect {
    size_t first, count; // of `node` and `effect`
    size_t cause;
    double amount; // that a size of one stands for in all: months of a rate, 1 of anything else
} FlowSuspect;
typedef struct FlowSuspects {
    size_t count;
    const FlowSuspect *suspect;
    const uint32_t *node;
    const double *effect;
} FlowSuspects;

enum { FLOW_GROSS_ALIKE = 8 };
typedef struct FlowGross {
    size_t suspect; // the best
    double fall;    // of chi2, when it was accepted
    double z;       // of its size beside all others accepted
    // Amount, with a 95 % range over all suspects of the same cause that the figures leave open (a
    // naive interval of the best one alone is too short: chosen for its size).
    double amount, sigma, low, high;
    // Other causes that explain as much within what chance makes of it (fall at most 3.84 less),
    // the best suspect of each; `same`: no data could tell them apart, the effects are parallel.
    size_t alike_count, alike[FLOW_GROSS_ALIKE];
    bool same[FLOW_GROSS_ALIKE];
} FlowGross;

typedef struct FlowGrossList {
    size_t count;
    FlowGross *found;
    double limit; // of a fall of chi2
    double chi2;  // with all of them explained
    size_t df;
    double *z_left; // by node: of a leak there beside all that was found; 0 where none can be told
} FlowGrossList;

// `alpha`: the chance that anything is found where nothing is wrong (Sidak over all suspects), also
// when every uncertainty should be `margin` times what is stated.
MUST_CHECK bool flow_gross_find(const FlowDense *dense, const FlowSuspects *suspects, double alpha,
                                double margin, size_t most, Arena *arena, FlowGrossList *list,
                                Status *status);
