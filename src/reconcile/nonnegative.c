#include "reconcile/nonnegative.h"

#include "numeric/eliminate.h"
#include "numeric/nnls.h"
#include <math.h>
#include <string.h>

// How little a value counts that was not measured, beside the least sure one that was.
static const double UNMEASURED = 1e-6;
static const double AT_ZERO = 1e-9;

// The directions in which the values can move: x = base + Z t, one column of Z a value that is
// free.
typedef struct Directions {
    size_t count;
    double *z, *base; // z: values x count
} Directions;

static bool find_directions(const LinearProblem *p, const bool *exact, Arena *arena,
                            Directions *out, Status *status) {
    size_t m = p->balances, n = p->values, width = n + 1;
    double *work = arena_take_zero(arena, m * width + 1, sizeof *work);
    size_t *pivot = arena_take_zero(arena, m + 1, sizeof *pivot);
    bool *moves = arena_take_zero(arena, n + 1, sizeof *moves);
    bool *solved = arena_take_zero(arena, n + 1, sizeof *solved);
    out->base = arena_take_zero(arena, n + 1, sizeof *out->base);
    if (!work || !pivot || !moves || !solved || !out->base) return status_no_memory(status);
    double through = 0.0;
    for (size_t j = 0; j < n; j++)
        moves[j] = !exact[j];
    for (size_t k = 0; k < m; k++)
        for (size_t j = 0; j < n; j++) {
            double a = p->a[k * n + j];
            if (moves[j]) {
                work[k * width + j] = a;
            } else {
                work[k * width + n] -= a * p->y[j];
                through = fmax(through, fabs(a * p->y[j]));
            }
        }
    size_t rank = eliminate(work, m, width, n, moves, pivot);
    for (size_t k = rank; k < m; k++)
        if (fabs(work[k * width + n]) > 1e-9 * through)
            return status_set(status, STATUS_INVALID, "exact values contradict each other");
    for (size_t i = 0; i < rank; i++)
        solved[pivot[i]] = true;
    out->count = 0;
    for (size_t j = 0; j < n; j++)
        out->count += moves[j] && !solved[j];
    out->z = arena_take_zero(arena, n * out->count + 1, sizeof *out->z);
    if (!out->z) return status_no_memory(status);
    size_t t = 0;
    for (size_t j = 0; j < n; j++) {
        if (exact[j]) out->base[j] = p->y[j];
        if (!moves[j] || solved[j]) continue;
        out->z[j * out->count + t] = 1.0;
        for (size_t i = 0; i < rank; i++)
            out->z[pivot[i] * out->count + t] = -work[i * width + j];
        t++;
    }
    for (size_t i = 0; i < rank; i++)
        out->base[pivot[i]] = work[i * width + n];
    return true;
}

// M = Z R^-1 with R'R = (W Z)'(W Z), by Gram and Schmidt twice over the weighted directions:
// columns of M are then orthonormal in the weights.
static void orthonormal(const Directions *d, const double *weight, size_t n, double *m) {
    size_t k = d->count;
    memcpy(m, d->z, n * k * sizeof *m);
    for (size_t c = 0; c < k; c++) {
        for (int pass = 0; pass < 2; pass++)
            for (size_t b = 0; b < c; b++) {
                double part = 0.0;
                for (size_t j = 0; j < n; j++)
                    part += weight[j] * m[j * k + b] * weight[j] * m[j * k + c];
                for (size_t j = 0; j < n; j++)
                    m[j * k + c] -= part * m[j * k + b];
            }
        double norm = 0.0;
        for (size_t j = 0; j < n; j++)
            norm = hypot(norm, weight[j] * m[j * k + c]);
        for (size_t j = 0; j < n; j++)
            m[j * k + c] = norm > 0.0 ? m[j * k + c] / norm : 0.0;
    }
}

static double objective_of(const LinearProblem *p, const bool *counts, const double *x) {
    double sum = 0.0;
    for (size_t j = 0; j < p->values; j++)
        if (counts[j]) sum += ((p->y[j] - x[j]) / p->sd[j]) * ((p->y[j] - x[j]) / p->sd[j]);
    return sum;
}

bool nonnegative_reconcile(const LinearProblem *p, Arena *arena, NonnegativeResult *result,
                           Status *status) {
    size_t n = p->values;
    LinearSystem system; // says what is wrong with the values, in its own words
    if (p->groups)
        return status_set(status, STATUS_UNSUPPORTED, "bounds with shared errors are not served");
    if (!linear_prepare(p, arena, &system, status)) return false;
    NonnegativeResult made = {.unbounded = arena_take_zero(arena, n + 1, sizeof(double)),
                              .reconciled = arena_take_zero(arena, n + 1, sizeof(double)),
                              .at_bound = arena_take_zero(arena, n + 1, sizeof(bool)),
                              .multiplier = arena_take_zero(arena, n + 1, sizeof(double))};
    bool *exact = arena_take_zero(arena, n + 1, sizeof *exact);
    bool *counts = arena_take_zero(arena, n + 1, sizeof *counts);
    double *weight = arena_take_zero(arena, n + 1, sizeof *weight);
    if (!made.unbounded || !made.reconciled || !made.at_bound || !made.multiplier || !exact ||
        !counts || !weight)
        return status_no_memory(status);
    double least = INFINITY, size = 0.0;
    for (size_t j = 0; j < n; j++) {
        exact[j] = system.measured[j] && p->sd[j] == 0.0;
        counts[j] = system.measured[j] && !exact[j];
        if (counts[j]) least = fmin(least, 1.0 / p->sd[j]);
        if (system.measured[j]) size = fmax(size, fabs(p->y[j]));
        if (exact[j] && p->y[j] < 0.0)
            return status_set(status, STATUS_INVALID, "value %zu is exact and below zero", j + 1);
    }
    for (size_t j = 0; j < n; j++)
        weight[j] = counts[j]  ? 1.0 / p->sd[j]
                    : exact[j] ? 0.0
                               : UNMEASURED * (isfinite(least) ? least : 1.0);
    Directions d = {0};
    if (!find_directions(p, exact, arena, &d, status)) return false;
    size_t k = d.count;
    double *m = arena_take_zero(arena, n * k + 1, sizeof *m);
    double *e = arena_take_zero(arena, (k + 1) * n + 1, sizeof *e);
    double *right = arena_take_zero(arena, k + 2, sizeof *right);
    double *rest = arena_take_zero(arena, k + 2, sizeof *rest);
    double *v = arena_take_zero(arena, n + 1, sizeof *v);
    double *row = arena_take_zero(arena, n + 1, sizeof *row);
    if (!m || !e || !right || !rest || !v || !row) return status_no_memory(status);
    orthonormal(&d, weight, n, m);
    memcpy(made.unbounded, d.base, n * sizeof(double));
    for (size_t c = 0; c < k; c++) {
        double part = 0.0;
        for (size_t j = 0; j < n; j++) {
            double y = system.measured[j] ? p->y[j] : 0.0;
            part += weight[j] * m[j * k + c] * weight[j] * (y - d.base[j]);
        }
        for (size_t j = 0; j < n; j++)
            made.unbounded[j] += part * m[j * k + c];
    }
    made.chi2_unbounded = objective_of(p, counts, made.unbounded);
    // min |u| subject to M u >= -unbounded, each row brought to length one.
    for (size_t j = 0; j < n; j++) {
        for (size_t c = 0; c < k; c++)
            row[j] = hypot(row[j], m[j * k + c]);
        for (size_t c = 0; row[j] > 0.0 && c < k; c++)
            e[c * n + j] = m[j * k + c] / row[j];
        if (row[j] > 0.0) e[k * n + j] = -made.unbounded[j] / row[j];
    }
    right[k] = 1.0;
    if (!nnls(e, right, k + 1, n, arena, v, rest, status)) return false;
    if (!(rest[k] < -1e-12))
        return status_set(status, STATUS_INVALID, "exact values leave no way to stay above zero");
    memcpy(made.reconciled, made.unbounded, n * sizeof(double));
    for (size_t j = 0; j < n; j++) {
        for (size_t c = 0; c < k; c++)
            made.reconciled[j] += m[j * k + c] * (-rest[c] / rest[k]);
        made.multiplier[j] = row[j] > 0.0 ? 2.0 * v[j] / row[j] / -rest[k] : 0.0;
        made.at_bound[j] = v[j] > 0.0 || fabs(made.reconciled[j]) <= AT_ZERO * fmax(size, 1e-300);
        if (made.at_bound[j] && !exact[j]) made.reconciled[j] = 0.0;
    }
    made.objective = objective_of(p, counts, made.reconciled);
    *result = made;
    return true;
}

double stationarity(const LinearProblem *p, const double *gradient, double *scratch) {
    size_t m = p->balances, n = p->values, count = 0;
    double *left = scratch + m * n, before = 0.0, after = 0.0;
    memcpy(left, gradient, n * sizeof *left);
    for (size_t j = 0; j < n; j++)
        before = hypot(before, gradient[j]);
    for (size_t k = 0; k < m; k++) {
        double *b = scratch + count * n, norm = 0.0, was = 0.0;
        for (size_t j = 0; j < n; j++) {
            b[j] = p->a[k * n + j];
            was = hypot(was, b[j]);
        }
        for (int pass = 0; pass < 2; pass++)
            for (size_t c = 0; c < count; c++) {
                double part = 0.0;
                for (size_t j = 0; j < n; j++)
                    part += scratch[c * n + j] * b[j];
                for (size_t j = 0; j < n; j++)
                    b[j] -= part * scratch[c * n + j];
            }
        for (size_t j = 0; j < n; j++)
            norm = hypot(norm, b[j]);
        if (norm <= 1e-9 * was || norm == 0.0) continue;
        double part = 0.0;
        for (size_t j = 0; j < n; j++) {
            b[j] /= norm;
            part += b[j] * left[j];
        }
        for (size_t j = 0; j < n; j++)
            left[j] -= part * b[j];
        count++;
    }
    for (size_t j = 0; j < n; j++)
        after = hypot(after, left[j]);
    return before > 0.0 ? after / before : 0.0;
}
