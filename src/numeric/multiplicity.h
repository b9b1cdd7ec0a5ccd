// Many tests at once: how many of the small p-values are believed.
// Doubles in, doubles out. Adjusted values come back in the order of the p-values.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct Multiplicity {
    size_t count;
    double *bh;   // Benjamini & Hochberg, JRSS B 57 (1995)
    double *by;   // Benjamini & Yekutieli, Ann. Statist. 29 (2001): any dependence
    double *holm; // Holm, Scand. J. Statist. 6 (1979): family-wise
    size_t rejected_bh, rejected_by, rejected_holm, rejected_bonferroni; // at level q
    bool *rejected;                                                      // by BH
    double pi0; // Storey's share of true nulls at lambda = 1/2, with one added
} Multiplicity;

// Fails when a p-value lies outside 0 to 1 or q outside 0 to 1.
MUST_CHECK bool multiplicity_adjust(const double *p, size_t count, double q, Arena *arena,
                                    Multiplicity *result, Status *status);
