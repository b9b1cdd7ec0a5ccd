// Least squares with no unknown below zero: Lawson & Hanson, Solving Least Squares Problems (1974),
// chapter
// 23. For problems of some tens of unknowns; ends after finitely many steps.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

// Minimises |E v - f| over v >= 0, E being rows x columns, row by row. `v` gets the columns'
// numbers, and `rest`, if not null, E v - f. Fails for want of memory, or when a number is none.
MUST_CHECK bool nnls(const double *e, const double *f, size_t rows, size_t columns, Arena *arena,
                     double *v, double *rest, Status *status);

// Least squares of full rank by Householder's QR: minimises |E v - f| over the columns with
// `chosen` (null: all). `work` holds rows x (columns + 1) numbers. Columns that depend on those
// before them get 0.
void least_squares(const double *e, const double *f, size_t rows, size_t columns,
                   const bool *chosen, double *work, double *v);
