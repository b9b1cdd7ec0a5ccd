// One country's exports against what its partner's customs saw arrive (mirror statistics): is there
// more or less than the delay and both sides' errors allow? Numbers only, by month; any one unit.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stddef.h>

typedef struct MirrorInput {
    size_t months;
    const double *exported, *imported;       // by month
    double late;                             // part of a month's exports that arrives in the next
    double rel_sd_exported, rel_sd_imported; // independent by month and side
} MirrorInput;

// One figure a month but the first, of which part came from a month before.
typedef struct Mirror {
    size_t count;
    double *arrivals;   // (1 - s) X_m + s X_(m-1)
    double *difference; // imported less arrivals: positive when more came than was declared
    double *sd;
    double total, total_sd, total_z;
    double mean, mean_sd; // generalised least squares of a constant difference
    double chi2;          // that all differences are zero; `count` degrees of freedom
} Mirror;

MUST_CHECK bool mirror_compare(const MirrorInput *input, Arena *arena, Mirror *mirror,
                               Status *status);
