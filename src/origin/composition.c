#include "origin/composition.h"

#include <math.h>

bool composition_check(const double *rows, size_t count, size_t parts, Status *status) {
    for (size_t i = 0; i < count * parts; i++) {
        if (isfinite(rows[i]) && rows[i] > 0.0) continue;
        status_set(status, STATUS_INVALID, "part %zu of composition %zu is %g", i % parts + 1,
                   i / parts + 1, rows[i]);
        return status_hint(
            status, "proportions are above zero; leave the part out, or say below which limit");
    }
    return true;
}

void composition_close(const double *x, size_t parts, double *closed) {
    double sum = 0.0;
    for (size_t i = 0; i < parts; i++)
        sum += x[i];
    for (size_t i = 0; i < parts; i++)
        closed[i] = x[i] / sum;
}

void composition_clr(const double *x, size_t parts, double *clr) {
    double mean = 0.0;
    for (size_t i = 0; i < parts; i++)
        mean += log(x[i]);
    mean /= (double)parts;
    for (size_t i = 0; i < parts; i++)
        clr[i] = log(x[i]) - mean;
}

void composition_ilr(const double *x, size_t parts, double *ilr) {
    double before = 0.0;
    for (size_t i = 1; i < parts; i++) {
        double k = (double)i;
        before += log(x[i - 1]);
        ilr[i - 1] = sqrt(k / (k + 1.0)) * (before / k - log(x[i]));
    }
}

double composition_distance(const double *x, const double *y, size_t parts) {
    double mean = 0.0, sum = 0.0;
    for (size_t i = 0; i < parts; i++)
        mean += log(x[i]) - log(y[i]);
    mean /= (double)parts;
    for (size_t i = 0; i < parts; i++) {
        double d = log(x[i]) - log(y[i]) - mean;
        sum += d * d;
    }
    return sqrt(sum);
}

void composition_perturb(const double *x, const double *y, size_t parts, double *out) {
    for (size_t i = 0; i < parts; i++)
        out[i] = x[i] * y[i];
    composition_close(out, parts, out);
}

void composition_power(const double *x, double power, size_t parts, double *out) {
    for (size_t i = 0; i < parts; i++)
        out[i] = pow(x[i], power);
    composition_close(out, parts, out);
}

void composition_center(const double *rows, size_t count, size_t parts, double *out) {
    for (size_t i = 0; i < parts; i++) {
        double mean = 0.0;
        for (size_t r = 0; r < count; r++)
            mean += log(rows[r * parts + i]);
        out[i] = exp(mean / (double)(count ? count : 1));
    }
    composition_close(out, parts, out);
}

void composition_variation(const double *rows, size_t count, size_t parts, double *out) {
    for (size_t i = 0; i < parts; i++)
        for (size_t j = 0; j < parts; j++) {
            double mean = 0.0, sum = 0.0;
            for (size_t r = 0; r < count; r++)
                mean += log(rows[r * parts + i] / rows[r * parts + j]);
            mean /= (double)(count ? count : 1);
            for (size_t r = 0; r < count; r++) {
                double d = log(rows[r * parts + i] / rows[r * parts + j]) - mean;
                sum += d * d;
            }
            out[i * parts + j] = count > 1 ? sum / (double)(count - 1) : 0.0;
        }
}

double composition_total_variance(const double *variation, size_t parts) {
    double sum = 0.0;
    for (size_t i = 0; i < parts * parts; i++)
        sum += variation[i];
    return parts ? sum / (2.0 * (double)parts) : 0.0;
}
