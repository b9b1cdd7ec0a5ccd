// Weighted least squares subject to any smooth balances: bilinear (flows times compositions), or
// written as formulas. For some hundreds of unknowns. Doubles in, doubles out.
//
// Minimises f(x) = sum w_i (y_i - x_i)^2 + a quadratic form in shared errors, subject to c(x) = 0,
// by Newton's steps on the conditions of an optimum (sequential quadratic programming with exact
// second derivatives; Nocedal & Wright, Numerical Optimization, chapter 18): a step into the
// balances by their pseudo-inverse, and one along them that minimises f's quadratic model. Unknowns
// that nothing determines stay where they begin; balances that depend on each other count once.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "reconcile/linear.h"
#include <stdbool.h>
#include <stddef.h>

enum { NONLINEAR_UNKNOWNS_MAX = 1200 };

// What the solver asks of a problem, at x. `c` gets the balances, `j` (if not null) their
// derivatives, balances x unknowns, zeroed before.
typedef void NonlinearBalances(const void *context, const double *x, double *c, double *j);
// Adds sum of multiplier[k] times the second derivatives of balance k to `h`, unknowns x unknowns.
typedef void NonlinearCurvature(const void *context, const double *x, const double *multiplier,
                                double *h);

typedef struct NonlinearProblem {
    size_t unknowns, balances;
    const double *y, *weight; // by unknown; weight 1/sd^2, 0 where it was not measured
    const bool *fixed;        // by unknown: stays as it begins (an exact value)
    const double
        *unit; // by unknown: about how large it is, above zero: ranks are decided in these units
    // Shared errors: the value measured of unknown i is x_i + sum loading[i][g] s_g + its own
    // error, s_g with unit variance. They are unknowns of their own, the last `groups` of them, and
    // `loading` is (unknowns - groups) x groups. Their y is 0 and their weight 1.
    size_t groups;
    const double *loading;
    const void *context;
    NonlinearBalances *balance;
    NonlinearCurvature *curvature; // null: none (balances are linear)
} NonlinearProblem;

typedef struct NonlinearResult {
    double *x, objective;
    bool converged;
    size_t steps;
    double worst;   // largest balance that is left, in units of what flows
    size_t df;      // rank of the balances' derivatives less that by unmeasured unknowns alone
    double p_value; // 1 when df is 0
    ValueClass *class_of; // by unknown; fixed ones and shared errors NONREDUNDANT
} NonlinearResult;

// From `start`. Fails when a number is none or out of reach (linear.h), or no step leads on.
MUST_CHECK bool nonlinear_solve(const NonlinearProblem *problem, const double *start, Arena *arena,
                                NonlinearResult *result, Status *status);
// Standard uncertainties of all unknowns by linearisation at a solution: roots of the diagonal of
// Z (Z'QZ)^-1 Z', Z the directions along the balances, Q half the curvature of f.
MUST_CHECK bool nonlinear_uncertainty(const NonlinearProblem *problem, const double *x,
                                      Arena *arena, double *sd, Status *status);
