// Small dense matrices, row by row in one array (entry i, j of an n x n matrix at i * n + j).
// Written out and not left to a BLAS: the same bits on every machine, and a row of the factor
// depends on the rows above it only, so what is known about earlier months never moves when a later
// one is added.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

// L with L L' = C for a symmetric positive semidefinite C, of which the lower half is read
// (Golub & Van Loan, Matrix Computations, 4.2). A row that depends on those above it has 0 on the
// diagonal and is left out of all later rows. Fails when C is not semidefinite or not finite, with
// the row in the message. `l` may be `c`; the upper half of L is set to 0.
MUST_CHECK bool dense_cholesky(const double *c, size_t n, double *l, Status *status);

// z = L^-1 y by forward substitution, `stride` being the width of L's rows and n <= stride.
// Where L has 0 on the diagonal z is 0. `z` may be `y`.
void dense_forward(const double *l, size_t stride, size_t n, const double *y, double *z);
