#include "numeric/nnls.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

void least_squares(const double *e, const double *f, size_t rows, size_t columns,
                   const bool *chosen, double *work, double *v) {
    // Columns one after the other, the right side behind them.
    size_t count = 0;
    for (size_t j = 0; j < columns; j++) {
        v[j] = 0.0;
        if (chosen && !chosen[j]) continue;
        for (size_t i = 0; i < rows; i++)
            work[count * rows + i] = e[i * columns + j];
        count++;
    }
    double *right = work + count * rows;
    memcpy(right, f, rows * sizeof *right);
    size_t rank = 0;
    for (size_t k = 0; k < count; k++) {
        double *c = work + k * rows, norm = 0.0, before = 0.0;
        for (size_t i = 0; i < rows; i++) {
            before = hypot(before, c[i]);
            if (i >= rank) norm = hypot(norm, c[i]);
        }
        if (rank == rows || norm <= 1e-12 * before || norm == 0.0) {
            c[0] = NAN; // depends on those before it: left out below
            continue;
        }
        double alpha = c[rank] > 0.0 ? -norm : norm, head = c[rank] - alpha, norm2 = head * head;
        for (size_t i = rank + 1; i < rows; i++)
            norm2 += c[i] * c[i];
        for (size_t l = k + 1; l <= count; l++) {
            double *o = work + l * rows, sum = head * o[rank];
            for (size_t i = rank + 1; i < rows; i++)
                sum += c[i] * o[i];
            double factor = 2.0 * sum / norm2;
            o[rank] -= factor * head;
            for (size_t i = rank + 1; i < rows; i++)
                o[i] -= factor * c[i];
        }
        c[rank] = alpha;
        rank++;
    }
    // Back over the columns that were kept, the last one first.
    size_t row = rank, k = count;
    for (size_t j = columns; j-- > 0;) {
        if (chosen && !chosen[j]) continue;
        k--;
        if (rows == 0 || isnan(work[k * rows])) continue;
        row--;
        double sum = right[row];
        size_t l = count;
        for (size_t i = columns; i-- > j + 1;) {
            if (chosen && !chosen[i]) continue;
            l--;
            if (!isnan(work[l * rows])) sum -= work[l * rows + row] * v[i];
        }
        v[j] = sum / work[k * rows + row];
    }
}

static void residual(const double *e, const double *f, size_t rows, size_t columns, const double *v,
                     double *rest) {
    for (size_t i = 0; i < rows; i++) {
        rest[i] = -f[i];
        for (size_t j = 0; j < columns; j++)
            if (v[j] != 0.0) rest[i] += e[i * columns + j] * v[j];
    }
}

bool nnls(const double *e, const double *f, size_t rows, size_t columns, Arena *arena, double *v,
          double *rest, Status *status) {
    bool *positive = arena_take_zero(arena, columns + 1, sizeof *positive);
    double *trial = arena_take_zero(arena, columns + 1, sizeof *trial);
    double *norm = arena_take_zero(arena, columns + 1, sizeof *norm);
    double *work = arena_take_zero(arena, rows * (columns + 1) + 1, sizeof *work);
    double *r = arena_take_zero(arena, rows + 1, sizeof *r);
    if (!positive || !trial || !norm || !work || !r) return status_no_memory(status);
    double size = 0.0;
    for (size_t i = 0; i < rows; i++) {
        size = hypot(size, f[i]);
        for (size_t j = 0; j < columns; j++)
            norm[j] = hypot(norm[j], e[i * columns + j]);
    }
    for (size_t j = 0; j < columns; j++) {
        v[j] = 0.0;
        size += isfinite(norm[j]) ? 0.0 : NAN;
    }
    if (!isfinite(size))
        return status_set(status, STATUS_INVALID, "a number of the least squares problem is none");
    // Each step takes in one unknown; more rounds than this mean that rounding goes round in
    // circles, and the best so far stands.
    for (size_t rounds = 0; rounds < 3 * columns + 10; rounds++) {
        residual(e, f, rows, columns, v, r);
        size_t best = SIZE_MAX;
        double most = 0.0;
        for (size_t j = 0; j < columns; j++) {
            if (positive[j] || norm[j] == 0.0) continue;
            double slope = 0.0;
            for (size_t i = 0; i < rows; i++)
                slope -= e[i * columns + j] * r[i];
            if (slope > 1e-13 * norm[j] * size && slope / norm[j] > most) {
                most = slope / norm[j];
                best = j;
            }
        }
        if (best == SIZE_MAX) break;
        positive[best] = true;
        for (size_t inner = 0; inner <= columns; inner++) {
            least_squares(e, f, rows, columns, positive, work, trial);
            double step = 1.0;
            size_t stops = SIZE_MAX;
            for (size_t j = 0; j < columns; j++) {
                if (!positive[j] || trial[j] > 0.0) continue;
                double part = v[j] - trial[j] > 0.0 ? v[j] / (v[j] - trial[j]) : 0.0;
                if (part < step) step = part;
                stops = j;
            }
            if (stops == SIZE_MAX) {
                memcpy(v, trial, columns * sizeof *v);
                break;
            }
            for (size_t j = 0; j < columns; j++) {
                if (!positive[j]) continue;
                v[j] += step * (trial[j] - v[j]);
                if (v[j] <= DBL_EPSILON * (fabs(trial[j]) + fabs(v[j])) ||
                    (trial[j] <= 0.0 && v[j] <= 0.0)) {
                    v[j] = 0.0;
                    positive[j] = false;
                }
            }
        }
    }
    if (rest) residual(e, f, rows, columns, v, rest);
    return true;
}
