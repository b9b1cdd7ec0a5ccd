// How surely one gross error would be found on a network all of whose values are measured: closed
// forms, and the tests' behaviour by simulation.
#pragma once
#include "reconcile/linear.h"

// Closed forms for an error of `size` with signature f: noncentrality size^2 f'H^-1 f.
typedef struct ClosedPower {
    double noncentrality;
    double neyman_pearson; // 1 - Phi(u_alpha - delta): place and sign known
    double two_sided;      // one two-sided test at alpha
    double sidak;          // the same at Sidak's level over `tests` values
    double global;         // the chi-square test over `df` balances
} ClosedPower;
ClosedPower power_closed(double noncentrality, double alpha, size_t tests, size_t df);
// The size that Neyman & Pearson's test finds with probability `power`, of information f'H^-1 f.
double power_least(double information, double alpha, double power);

// Simulation of the GLR test for one error (Narasimhan & Mah 1987): an error is identified when the
// largest statistic stands at its place, alone (within 1e-6), and reaches the limit.
typedef struct PowerQuestion {
    const LinearSystem *system; // nothing unmeasured
    size_t count;               // places
    const double *signatures;   // count x balances
    double limit;               // chi-square point
    const double *low, *high;   // by place: the error's size is uniform between them
    bool signs;                 // and has either sign
    size_t runs;
    uint64_t seed;
} PowerQuestion;
// `power` by place; `*type_one`: how often any statistic reaches the limit where nothing is wrong.
// Standard error of each: at most 1/2 / sqrt(runs).
MUST_CHECK bool power_simulate(const PowerQuestion *question, Arena *arena, double *power,
                               double *type_one, Status *status);
