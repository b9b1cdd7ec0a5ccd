// Reconciliation in which no value may be below zero.
#pragma once
#include "reconcile/linear.h"

typedef struct NonnegativeResult {
    double *unbounded; // the values without the bound
    double chi2_unbounded;
    double *reconciled;
    double objective; // sum ((y - x) / s)^2
    bool *at_bound;   // the value ends at zero
    double *
        multiplier; // mu >= 0 of objective - mu'x; values in series that are all zero may share one
} NonnegativeResult;

// Without shared errors. A least distance problem (Lawson & Hanson 1974, chapter 23) over the
// directions in which balances can move; ends after finitely many steps. Fails as linear_prepare()
// does, and when exact values leave no way to stay above zero.
MUST_CHECK bool nonnegative_reconcile(const LinearProblem *problem, Arena *arena,
                                      NonnegativeResult *result, Status *status);

// How far a gradient is from being a combination of balances, over its own length: 0 at an optimum.
// `scratch` holds (balances + 1) x values numbers.
double stationarity(const LinearProblem *problem, const double *gradient, double *scratch);
