// Compositions: vectors of which only the proportions mean something. Aitchison, The Statistical
// Analysis of Compositional Data (1986); Egozcue et al., Math. Geol. 35 (2003). Doubles in, doubles
// out; a composition is `parts` positive numbers in a row, of any sum. Rows of several follow each
// other.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

// Fails, naming composition and part from 1, when a part is zero, below it or no number: zeros are
// results below a limit, and belong to mixture.h, or are left out by the caller.
MUST_CHECK bool composition_check(const double *rows, size_t count, size_t parts, Status *status);

void composition_close(const double *x, size_t parts, double *closed); // to a sum of one
void composition_clr(const double *x, size_t parts, double *clr); // ln x_i less the mean of them
// ilr = clr B', row i of B (from 1): sqrt(i/(i+1)) (1/i for the first i parts, -1 for part i+1).
void composition_ilr(const double *x, size_t parts, double *ilr);            // parts - 1 numbers
double composition_distance(const double *x, const double *y, size_t parts); // Aitchison's
void composition_perturb(const double *x, const double *y, size_t parts, double *out); // closed
void composition_power(const double *x, double power, size_t parts, double *out);      // closed
void composition_center(const double *rows, size_t count, size_t parts, double *out);  // closed
// Variances (n - 1) of ln(x_i / x_j): parts x parts.
void composition_variation(const double *rows, size_t count, size_t parts, double *out);
// The sum of the variation matrix over twice the number of parts.
double composition_total_variance(const double *variation, size_t parts);
