// Thin over R's mathlib, which is right to 3e-15 in these tails; only here is it included.
// Its p and q functions only: its random generator is global.
#include "numeric/distribution.h"

#include <Rmath.h>
#include <assert.h>
#include <math.h>

double normal_density(double x) {
    assert(!isnan(x));
    return 0.39894228040143267794 * exp(-0.5 * x * x);
}

double normal_lower(double x) {
    assert(!isnan(x));
    return pnorm5(x, 0.0, 1.0, 1, 0);
}

double normal_upper(double x) {
    assert(!isnan(x));
    return pnorm5(x, 0.0, 1.0, 0, 0);
}

double normal_upper_log(double x) {
    assert(!isnan(x));
    return pnorm5(x, 0.0, 1.0, 0, 1);
}

double normal_two_sided(double x) {
    return fmin(1.0, 2.0 * normal_upper(fabs(x)));
}

double normal_two_sided_log(double x) {
    return fmin(0.0, 0.69314718055994530942 + normal_upper_log(fabs(x)));
}

double normal_upper_point(double p) {
    assert(p > 0.0 && p < 1.0);
    return qnorm5(p, 0.0, 1.0, 0, 0);
}

double chi2_upper(double x, double df) {
    assert(!isnan(x));
    assert(df > 0.0 && isfinite(df));
    return pchisq(x, df, 0, 0);
}

double chi2_upper_log(double x, double df) {
    assert(!isnan(x));
    assert(df > 0.0 && isfinite(df));
    return pchisq(x, df, 0, 1);
}

double chi2_upper_point(double p, double df) {
    assert(p > 0.0 && p < 1.0);
    assert(df > 0.0 && isfinite(df));
    return qchisq(p, df, 0, 0);
}

// Terms from `start` in steps of `step` while they still count. The terms rise to one peak and
// fall, so a falling term below the last bit of the sum ends it.
static double weighted_tails(double x, double df, double half, double start, double step) {
    double sum = 0.0, before = 0.0;
    for (double j = start; j >= 0.0; j += step) {
        double term = dpois(j, half, 0) * chi2_upper(x, df + 2.0 * j);
        sum += term;
        if (term <= before && term < 1e-18 * sum) break;
        if (term == 0.0 && step < 0.0) break;
        // Rising from nothing far in the tail: go on, but not for ever.
        if (term == 0.0 && j > half + x + 1000.0) break;
        before = term;
    }
    return sum;
}

double chi2_upper_noncentral(double x, double df, double noncentrality) {
    assert(!isnan(x));
    assert(df > 0.0 && isfinite(df));
    assert(noncentrality >= 0.0 && isfinite(noncentrality));
    if (noncentrality == 0.0) return chi2_upper(x, df);
    if (x <= 0.0) return 1.0;
    if (isinf(x)) return 0.0;
    double half = 0.5 * noncentrality, mode = floor(half);
    double sum = weighted_tails(x, df, half, mode, 1.0);
    if (mode >= 1.0) sum += weighted_tails(x, df, half, mode - 1.0, -1.0);
    return fmin(1.0, sum);
}

double t_upper(double t, double df) {
    assert(!isnan(t));
    assert(df > 0.0);
    return pt(t, df, 0, 0);
}

double t_two_sided(double t, double df) {
    return fmin(1.0, 2.0 * t_upper(fabs(t), df));
}
