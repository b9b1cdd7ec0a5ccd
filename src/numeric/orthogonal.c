#include "numeric/orthogonal.h"

#include <math.h>
#include <string.h>

static double column_length(const double *r, size_t rows, size_t columns, size_t from,
                            size_t column) {
    double most = 0.0, sum = 0.0;
    for (size_t i = from; i < rows; i++)
        most = fmax(most, fabs(r[i * columns + column]));
    if (most == 0.0) return 0.0;
    for (size_t i = from; i < rows; i++) {
        double part = r[i * columns + column] / most;
        sum += part * part;
    }
    return most * sqrt(sum);
}

bool orthogonal_make(const double *m, size_t rows, size_t columns, double tolerance, Arena *arena,
                     Orthogonal *o, Status *status) {
    *o = (Orthogonal){.rows = rows,
                      .columns = columns,
                      .q = arena_take_zero(arena, rows * rows + 1, sizeof(double)),
                      .r = arena_take_zero(arena, rows * columns + 1, sizeof(double)),
                      .order = arena_take_zero(arena, columns + 1, sizeof(size_t))};
    double *v = arena_take_zero(arena, rows + 1, sizeof *v);
    double *sums = arena_take_zero(arena, (rows > columns ? rows : columns) + 1, sizeof *sums);
    if (!o->q || !o->r || !o->order || !v || !sums) return status_no_memory(status);
    memcpy(o->r, m, rows * columns * sizeof *m);
    for (size_t i = 0; i < rows; i++)
        o->q[i * rows + i] = 1.0;
    for (size_t j = 0; j < columns; j++)
        o->order[j] = j;
    double longest = 0.0;
    for (size_t k = 0; k < rows && k < columns; k++) {
        size_t best = k;
        double most = -1.0;
        for (size_t j = k; j < columns; j++) {
            double norm = column_length(o->r, rows, columns, k, j);
            if (norm > most) {
                most = norm;
                best = j;
            }
        }
        if (k == 0) longest = most;
        if (!(most > tolerance * longest) || most == 0.0) break;
        if (best != k) {
            size_t was = o->order[k];
            o->order[k] = o->order[best];
            o->order[best] = was;
            for (size_t i = 0; i < rows; i++) {
                double t = o->r[i * columns + k];
                o->r[i * columns + k] = o->r[i * columns + best];
                o->r[i * columns + best] = t;
            }
        }
        double head = o->r[k * columns + k], alpha = head > 0.0 ? -most : most, norm2 = 0.0;
        for (size_t i = k; i < rows; i++) {
            v[i] = o->r[i * columns + k];
            if (i == k) v[i] -= alpha;
            norm2 += v[i] * v[i];
        }
        // (1 - 2 v v' / v'v) from the left to R, row by row so that memory is walked in order.
        memset(sums, 0, columns * sizeof *sums);
        for (size_t i = k; i < rows; i++)
            for (size_t j = k; j < columns; j++)
                sums[j] += v[i] * o->r[i * columns + j];
        for (size_t i = k; i < rows; i++) {
            double factor = 2.0 * v[i] / norm2;
            for (size_t j = k; j < columns; j++)
                o->r[i * columns + j] -= factor * sums[j];
        }
        for (size_t i = k + 1; i < rows; i++)
            o->r[i * columns + k] = 0.0;
        // And from the right to Q.
        for (size_t i = 0; i < rows; i++) {
            double *q = o->q + i * rows, sum = 0.0;
            for (size_t j = k; j < rows; j++)
                sum += q[j] * v[j];
            double factor = 2.0 * sum / norm2;
            for (size_t j = k; j < rows; j++)
                q[j] -= factor * v[j];
        }
        o->rank = k + 1;
    }
    return true;
}

bool semidefinite_solve(double *c, size_t n, double tolerance, const double *b, double *x,
                        double *scratch, size_t *order) {
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
        largest = fmax(largest, fabs(c[i * n + i]));
    }
    // L stands below the diagonal of the rows that have been taken, in the order of taking.
    size_t rank = 0;
    for (; rank < n; rank++) {
        size_t best = rank;
        for (size_t i = rank; i < n; i++)
            if (c[order[i] * n + order[i]] > c[order[best] * n + order[best]]) best = i;
        size_t row = order[best];
        double pivot = c[row * n + row];
        if (pivot <= tolerance * largest) {
            for (size_t i = rank; i < n; i++)
                if (c[order[i] * n + order[i]] < -1e3 * tolerance * largest) return false;
            break;
        }
        order[best] = order[rank];
        order[rank] = row;
        double root = sqrt(pivot);
        c[row * n + row] = root;
        for (size_t i = rank + 1; i < n; i++) {
            size_t r = order[i];
            c[r * n + row] = (c[r * n + row]) / root;
        }
        for (size_t i = rank + 1; i < n; i++) {
            size_t r = order[i];
            double factor = c[r * n + row];
            if (factor == 0.0) continue;
            for (size_t j = rank + 1; j < n; j++)
                c[r * n + order[j]] -= factor * c[order[j] * n + row];
        }
    }
    for (size_t k = 0; k < rank; k++) {
        double sum = b[order[k]];
        for (size_t i = 0; i < k; i++)
            sum -= c[order[k] * n + order[i]] * scratch[i];
        scratch[k] = sum / c[order[k] * n + order[k]];
    }
    for (size_t k = rank; k-- > 0;) {
        double sum = scratch[k];
        for (size_t i = k + 1; i < rank; i++)
            sum -= c[order[i] * n + order[k]] * scratch[i];
        scratch[k] = sum / c[order[k] * n + order[k]];
    }
    // `x` may be `b`: it is written at the end only.
    for (size_t k = rank; k < n; k++)
        scratch[k] = 0.0;
    for (size_t k = 0; k < n; k++)
        x[order[k]] = scratch[k];
    return true;
}
