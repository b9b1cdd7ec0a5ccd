#include "numeric/eliminate.h"

#include <math.h>
#include <string.h>

static double largest(const double *m, size_t count) {
    double most = 0.0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(m[i]));
    return most;
}

static void swap_rows(double *a, double *b, size_t width) {
    for (size_t j = 0; j < width; j++) {
        double t = a[j];
        a[j] = b[j];
        b[j] = t;
    }
}

// Takes the pivot's row times a factor from another; what only rounding has left becomes nothing.
static void take_row(double *row, const double *pivot, size_t width, double factor, double tiny) {
    for (size_t j = 0; j < width; j++) {
        if (pivot[j] == 0.0) continue;
        double before = row[j], part = factor * pivot[j];
        row[j] = before - part;
        if (fabs(row[j]) <= tiny * (fabs(before) + fabs(part))) row[j] = 0.0;
    }
}

size_t eliminate(double *m, size_t rows, size_t width, size_t columns, const bool *chosen,
                 size_t *pivot) {
    double limit = ELIMINATE_TOLERANCE * fmax(largest(m, rows * width), 1e-300);
    size_t rank = 0;
    for (; rank < rows; rank++) {
        size_t row = 0, column = 0;
        double best = limit;
        for (size_t i = rank; i < rows; i++)
            for (size_t j = 0; j < columns; j++)
                if ((!chosen || chosen[j]) && fabs(m[i * width + j]) > best) {
                    best = fabs(m[i * width + j]);
                    row = i;
                    column = j;
                }
        if (best == limit) break;
        if (row != rank) swap_rows(m + row * width, m + rank * width, width);
        double *at = m + rank * width, one = at[column];
        for (size_t j = 0; j < width; j++)
            at[j] /= one;
        at[column] = 1.0;
        for (size_t i = 0; i < rows; i++) {
            double *other = m + i * width;
            if (i == rank || other[column] == 0.0) continue;
            take_row(other, at, width, other[column], 1e-13);
            other[column] = 0.0;
        }
        pivot[rank] = column;
    }
    return rank;
}

void eliminate_in_order(double *m, size_t rows, size_t width, const size_t *order, size_t count,
                        size_t *pivot) {
    for (size_t i = 0; i < rows; i++)
        pivot[i] = SIZE_MAX;
    for (size_t o = 0; o < count; o++) {
        size_t column = order[o], row = SIZE_MAX;
        double best = 0.0, most = 0.0;
        for (size_t i = 0; i < rows; i++) {
            double entry = fabs(m[i * width + column]);
            most = fmax(most, entry);
            if (pivot[i] != SIZE_MAX || entry <= best) continue;
            best = entry;
            row = i;
        }
        if (row == SIZE_MAX || best <= ELIMINATE_TOLERANCE * most) continue;
        double *at = m + row * width, one = at[column];
        for (size_t j = 0; j < width; j++)
            at[j] /= one;
        at[column] = 1.0;
        for (size_t i = 0; i < rows; i++) {
            double *other = m + i * width;
            if (i == row || other[column] == 0.0) continue;
            take_row(other, at, width, other[column], 1e-13);
            other[column] = 0.0;
        }
        pivot[row] = column;
    }
}

size_t independent_rows(const double *m, size_t rows, size_t width, double *scratch, size_t *kept) {
    memcpy(scratch, m, rows * width * sizeof *m);
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        double *row = scratch + i * width, scale = largest(m + i * width, width);
        size_t column = 0;
        double best = 0.0;
        for (size_t j = 0; j < width; j++)
            if (fabs(row[j]) > best) {
                best = fabs(row[j]);
                column = j;
            }
        if (best <= ELIMINATE_TOLERANCE * scale || best == 0.0) continue;
        kept[count++] = i;
        for (size_t k = i + 1; k < rows; k++) {
            double *other = scratch + k * width;
            if (other[column] == 0.0) continue;
            take_row(other, row, width, other[column] / row[column], 1e-13);
            other[column] = 0.0;
        }
    }
    return count;
}
