// Is a composition what it is said to be, and what else could it be? Numbers only; any one unit of
// composition, as only proportions count. All results live in the caller's arena.
//
// The test is one of log-ratios. With independent errors s_i of ln y_i and ln e_i together, the
// deviation of all log-ratios from those expected, weighed by their covariance, is
//     D = min over t of  sum over measured ((ln y_i - ln e_i - t) / s_i)^2
//                        - 2 sum over those below a limit ln Phi((ln l_i - ln e_i - t) / s_i)
// which for measured parts is d' S^-1 d of the isometric log-ratios d (Egozcue et al., Math. Geol.
// 35, 2003; the level t is what closing to a sum takes away) and chi-square with one degree less
// than there are parts. A part that lies below its limit is found there with probability Phi, and
// -2 ln Phi exceeds x with probability exp(-x/2): that is chi-square with two degrees (Fisher), so
// it counts for two. Limits are never replaced by half of them (Tobin, Econometrica 26, 1958).
#pragma once
#include "origin/mixture.h"

// What may have changed proportions together (a step that fractionates) is a direction v with a
// normal amount of variance one: it adds v v' to the covariance, and the minimum is taken over its
// amount, too, with the square of it added.
enum { EXPECTED_DIRECTIONS_MAX = 2 };
typedef struct ExpectedInput {
    size_t parts;
    const double *expected;    // above zero; a part that is not is left out
    const double *expected_sd; // of ln expected
    const double *y;           // by part, above zero where measured
    const double *sd;          // of ln y; of the result at the limit where it lies below
    const double *limit;       // by part, above zero where below
    const PartState *state;
    size_t directions;
    const double *direction; // directions x parts, in logarithms
} ExpectedInput;

typedef struct ExpectedTest {
    size_t used;  // parts compared
    double level; // t
    double *z;    // by part: ((ln y - ln e - t) / s), 0 where not measured or left out
    double statistic, df;
    double log_p; // chance of so large a statistic where all is as expected; 0 when df is 0
    // Of an e-value: the calibrators k p^(k-1), averaged over k from 0 to 1: with x = -ln p,
    // (exp x - 1 - x) / x^2 (Vovk & Wang, Ann. Statist. 49, 2021, eq. 2).
    double log_e;
} ExpectedTest;
// Fails when a number is none or an uncertainty is not above zero. Fewer than two parts that can be
// compared: df is 0 and nothing is said.
MUST_CHECK bool expected_test(const ExpectedInput *input, Arena *arena, ExpectedTest *test,
                              Status *status);

double log_e_of_log_p(double log_p); // log_p at most 0

// 95 % intervals of the shares of a mixture: quantiles over fits to data drawn from the fit.
typedef struct MixtureInterval {
    double *low, *high; // by source
} MixtureInterval;
MUST_CHECK bool mixture_intervals(const MixtureInput *input, const MixtureFit *fit, bool sum_to_one,
                                  size_t draws, uint64_t seed, Arena *arena,
                                  MixtureInterval *interval, Status *status);
