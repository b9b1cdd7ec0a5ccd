// What a material is mixed of: shares of known sources that explain a measured composition, and
// whether they do. Minimises the deviance over shares that are not below zero and, if wanted, add
// up to one:
//     sum over measured parts ((y - mu) / s)^2 - 2 sum over those below a limit ln Phi((limit - mu)
//     / s),  mu = X a
// (Tobin, Econometrica 26, 1958, for what lies below its limit; half a limit is never put in its
// place). Doubles in, doubles out: knows nothing of lots, deposits or elements. Any one unit of
// composition.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum PartState {
    PART_MEASURED = 0,
    PART_BELOW,  // only known to lie below its limit
    PART_UNKNOWN // not analysed: left out
} PartState;

typedef struct MixtureInput {
    size_t parts, sources;
    const double *y;        // by part, where measured
    const double *sd;       // by part, above zero; not looked at where unknown
    const double *limit;    // by part, INFINITY below zero: it has none; null: none has
    const PartState *state; // null: all are measured
    const double *x;        // sources x parts: what each is made of
} MixtureInput;

typedef struct MixtureFit {
    double *share;   // by source
    double *fitted;  // by part: mu
    double deviance; // chi-square where nothing is below a limit
    size_t used;     // parts measured or below their limit
    size_t positive; // shares above zero
    size_t df;       // used - (positive - 1), or used - positive without the sum
} MixtureFit;

// Fails when a number is none, an uncertainty is not above zero, or nothing can be compared.
MUST_CHECK bool mixture_fit(const MixtureInput *input, bool sum_to_one, Arena *arena,
                            MixtureFit *fit, Status *status);

// How often data drawn from the fit itself, fitted again, deviate as much: (1 + hits) / (draws +
// 1). Parts are below their limits at random, as they come.
MUST_CHECK bool mixture_bootstrap(const MixtureInput *input, const MixtureFit *fit, size_t draws,
                                  uint64_t seed, Arena *arena, double *p, Status *status);

// Mean and variance of the deviance at the fitted composition itself, not fitted again.
void mixture_null(const MixtureInput *input, const MixtureFit *fit, double *mean, double *variance);
// Phi((limit - mu) / s) of a part.
double mixture_below(const MixtureInput *input, const MixtureFit *fit, size_t part);

// The smallest share of a composition q in p that is found with probability 1 - beta at false-alarm
// probability alpha: when q is known (Neyman & Pearson), and by the chi-square test on all parts.
// `information` is sum ((q - p) / s)^2.
typedef struct DetectableShare {
    double information, known, chi2;
} DetectableShare;
MUST_CHECK bool detectable_share(const double *p, const double *q, const double *sd, size_t parts,
                                 double alpha, double beta, DetectableShare *share, Status *status);
