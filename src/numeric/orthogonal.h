// Householder's QR with column pivoting, and what follows from it: ranks, the space that a matrix
// reaches, and the one that it leaves out (Golub & Van Loan, Matrix Computations, 5.4). Row by row
// in one array.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

// M P = Q R for M of rows x columns: columns order[0..rank) are independent, the first `rank`
// columns of Q span what they reach and the others what is left out.
typedef struct Orthogonal {
    size_t rows, columns, rank;
    double *q;     // rows x rows
    double *r;     // rows x columns, upper, columns in their new order
    size_t *order; // by place: which column it was
} Orthogonal;

// A column counts as dependent when what is left of it is below `tolerance` times the longest there
// was.
MUST_CHECK bool orthogonal_make(const double *m, size_t rows, size_t columns, double tolerance,
                                Arena *arena, Orthogonal *o, Status *status);

// Solves C x = b for a symmetric C of n x n that should be positive semidefinite, by Cholesky with
// diagonal pivoting (Golub & Van Loan, 4.2.8): directions in which C has nothing get 0. `C` is
// overwritten, `x` may be `b`. False when C is indefinite.
bool semidefinite_solve(double *c, size_t n, double tolerance, const double *b, double *x,
                        double *scratch, size_t *order);
