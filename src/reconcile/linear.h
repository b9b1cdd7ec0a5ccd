// Reconciliation by linear balances, exactly and with every statistic: for networks of some
// hundreds of values, with any balances, shared errors, exact and unmeasured values (flow.h is for
// millions). Doubles in, doubles out: knows nothing of lots, facilities or months.
//
// Minimise (y - x)' V^-1 (y - x) over the measured values subject to A x = 0, V = diag(s^2) + sum
// of g g' (Madron 1992; Narasimhan & Jordache 2000, ch. 3 and 7). With P a matrix whose rows span
// the combinations of balances that are free of unmeasured values: G = P A, r = G y, H = G V G'. H
// is never formed: its triangular factor comes from a QR of sqrt(V) G' with column pivoting, so
// standard uncertainties may lie fifteen decades apart.
//
// A *signature* is what one gross error does to the balances, for a size of one: a bias of value j
// its column of A, a leak at balance k the unit vector. In *white* coordinates a signature f
// becomes w(f) with w(f)'w(g) = f'H^-1 g: every test is then a projection.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { LINEAR_VALUES_MAX = 3000, LINEAR_BALANCES_MAX = 3000 };

// How large a value, an uncertainty or an entry of a balance may be, and how small an uncertainty
// above 0: the square of any of them over any other is still a number. Beyond it is refused, here
// and in bilinear.h and nonlinear.h.
#define RECONCILE_MOST  1e75
#define RECONCILE_LEAST 1e-75
static inline bool reconcile_takes(double value) {
    return fabs(value) <= RECONCILE_MOST; // not what is no number
}
static inline bool reconcile_takes_sd(double sd) {
    return sd == 0.0 || (sd >= RECONCILE_LEAST && sd <= RECONCILE_MOST);
}

typedef struct LinearProblem {
    size_t balances, values;
    const double *a;       // balances x values, row by row: +1 what enters, -1 what leaves
    const double *y;       // what was measured; not looked at where it was not
    const bool *measured;  // null: all are
    const double *sd;      // own standard uncertainty; 0: exact; INFINITY: as if not measured
    size_t groups;         // shared errors
    const double *loading; // groups x values: what one standard deviation of the group's error does
    const Text *names;     // of values, for messages; null: by number, from 1
} LinearProblem;

typedef enum ValueClass {
    VALUE_REDUNDANT = 0, // measured, and checked by balances
    VALUE_NONREDUNDANT,  // measured, and by no balance: comes back as it was
    VALUE_OBSERVABLE,    // not measured, follows from balances
    VALUE_UNOBSERVABLE   // not measured and nowhere to be seen
} ValueClass;            // Crowe, Garcia Campos & Hrymak 1983

// The balances that are free of unmeasured values, independent of each other, and their white
// coordinates. Made by linear_prepare(); all in the arena.
typedef struct LinearSystem {
    LinearProblem problem;
    bool *measured; // by value; INFINITY counts as not
    size_t rows;    // rank A - rank A_unmeasured: the degrees of freedom
    double *p;      // rows x balances
    size_t free;    // balances free of unmeasured values, dependent ones among them
    double *p_free; // free x balances: in these rows signatures are compared
    bool *tied;    // by balance: it depends on others (a network closed on itself), so that no leak
                   // can be there alone
    double *g;     // rows x values; 0 in unmeasured columns
    double *r;     // G y
    size_t solved; // unmeasured values that balances give: rank of A_unmeasured
    size_t *pivot; // by such value: which it is
    double
        *express; // solved x values: x_pivot + sum express[j] x_j = 0, over measured and free ones
    bool *observable; // by such value
    size_t rank;      // of H: less than rows only where exact values alone make a balance
    double *scale;    // by row
    size_t *order;    // columns of the factor: order[0..rank) are independent
    double *factor;   // T, rows x rows: T'T = scaled and ordered H in its first `rank` columns
    double *white;    // w(r), rank numbers
} LinearSystem;

// Fails, naming the values, when one is no number or out of reach, an uncertainty negative, or
// exact values contradict each other.
MUST_CHECK bool linear_prepare(const LinearProblem *problem, Arena *arena, LinearSystem *system,
                               Status *status);

// `f` over the caller's balances, to the rows of the system: P f.
void linear_project(const LinearSystem *system, const double *f, double *rows);
// w of a signature over the system's rows. False when no error could ever do this: the balance
// rests on exact values alone, so that the least bit of it would be certain.
bool linear_whiten(const LinearSystem *system, const double *rows, double *white);
typedef struct LinearResult {
    double chi2; // r'H^-1 r
    size_t df;
    double p_value;          // 1 when df is 0
    double *reconciled, *sd; // by value; 0 where it is unobservable
    ValueClass *class_of;
    bool *tested; // by value: z and bias are known
    double *z;    // maximum-power measurement test (Tamhane & Mah 1985); positive: reads high
    double *bias; // g'H^-1 r / g'H^-1 g (Narasimhan & Mah 1987)
    // By balance; filled where nothing is unmeasured, else null.
    double *imbalance;     // r = in - out
    bool *nodal_tested;    // z_nodal is known
    double *z_nodal;       // r / sqrt(H_kk) (Mah, Stanley & Downing 1976)
    bool *leak_tested;     // z_leak and leak are known
    double *z_leak, *leak; // (H^-1 r)_k / sqrt((H^-1)_kk), (H^-1 r)_k / (H^-1)_kk: left unrecorded
} LinearResult;

MUST_CHECK bool linear_reconcile(const LinearSystem *system, Arena *arena, LinearResult *result,
                                 Status *status);

// Whether two signatures over the system's rows differ by a factor only, so that no data can tell
// the two errors apart; and whether one does nothing at all.
bool signature_parallel(const double *f, const double *g, size_t rows);
bool signature_none(const double *f, size_t rows);
