#include "numeric/dense.h"

#include <assert.h>
#include <math.h>

// What is left of a variance after all rows above it, as a share of the whole, below which it
// counts as nothing: some hundred roundings.
static const double DEPENDENT = 1e-13;

bool dense_cholesky(const double *c, size_t n, double *l, Status *status) {
    for (size_t i = 0; i < n; i++) {
        double whole = c[i * n + i];
        for (size_t j = 0; j < i; j++) {
            double sum = c[i * n + j];
            if (!isfinite(sum)) {
                return status_set(status, STATUS_INVALID,
                                  "covariance of rows %zu and %zu is not a number", i + 1, j + 1);
            }
            for (size_t k = 0; k < j; k++)
                sum -= l[i * n + k] * l[j * n + k];
            double pivot = l[j * n + j];
            l[i * n + j] = pivot > 0.0 ? sum / pivot : 0.0;
        }
        double rest = whole;
        for (size_t k = 0; k < i; k++)
            rest -= l[i * n + k] * l[i * n + k];
        if (!isfinite(rest) || whole < 0.0 || rest < -1e-9 * whole) {
            return status_set(status, STATUS_INVALID,
                              "variance \"%g\" of row %zu cannot belong to a covariance", whole,
                              i + 1);
        }
        l[i * n + i] = rest > DEPENDENT * whole ? sqrt(rest) : 0.0;
        for (size_t j = i + 1; j < n; j++) {
            if (l != c) l[i * n + j] = 0.0;
        }
    }
    if (l == c) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i + 1; j < n; j++)
                l[i * n + j] = 0.0;
        }
    }
    return true;
}

void dense_forward(const double *l, size_t stride, size_t n, const double *y, double *z) {
    assert(n <= stride);
    for (size_t i = 0; i < n; i++) {
        double sum = y[i];
        for (size_t k = 0; k < i; k++)
            sum -= l[i * stride + k] * z[k];
        double pivot = l[i * stride + i];
        z[i] = pivot > 0.0 ? sum / pivot : 0.0;
    }
}
