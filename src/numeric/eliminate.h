// Gauss-Jordan elimination with complete pivoting over chosen columns of a dense matrix, row by row
// in one array. Balances of networks have entries of +1 and -1, so that the rows which come out are
// sums of balances, exactly: nodes joined by what was not measured.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What is below this part of the largest entry counts as nothing.
#define ELIMINATE_TOLERANCE 1e-9

// Works on `rows` x `width` in place. Columns with `chosen` (null: all of the first `columns`) are
// eliminated from all other rows, each in a row of its own that comes to stand first. pivot[i] is
// the column of row i. Returns the rank.
size_t eliminate(double *m, size_t rows, size_t width, size_t columns, const bool *chosen,
                 size_t *pivot);

// The same with the columns in a given order (`count` numbers), each in the row where it is largest
// of those that have none yet; rows stay in place. pivot[row] is its column, or SIZE_MAX.
void eliminate_in_order(double *m, size_t rows, size_t width, const size_t *order, size_t count,
                        size_t *pivot);

// The rows of a `rows` x `width` matrix that are independent, first ones preferred where all else
// is equal; `scratch` holds rows x width numbers. Writes their numbers, ascending, and returns how
// many.
size_t independent_rows(const double *m, size_t rows, size_t width, double *scratch, size_t *kept);
