#include "reconcile/linear.h"

#include "numeric/distribution.h"
#include "reconcile/values.h"
#include <math.h>

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

// V times a vector over the values: own parts, and what groups share.
static void times_variance(const LinearProblem *p, const double *v, const bool *measured,
                           double *out) {
    size_t n = p->values;
    for (size_t j = 0; j < n; j++)
        out[j] = measured[j] ? p->sd[j] * p->sd[j] * v[j] : 0.0;
    for (size_t g = 0; g < p->groups; g++) {
        const double *loading = p->loading + g * n;
        double sum = 0.0;
        for (size_t j = 0; j < n; j++)
            if (measured[j]) sum += loading[j] * v[j];
        for (size_t j = 0; j < n; j++)
            if (measured[j]) out[j] += loading[j] * sum;
    }
}

typedef struct Work {
    const LinearSystem *s;
    double *spread, *rows, *white;
} Work;

static void classify(const LinearSystem *s, LinearResult *result) {
    for (size_t j = 0; j < s->problem.values; j++)
        result->class_of[j] = VALUE_UNOBSERVABLE;
    for (size_t i = 0; i < s->solved; i++)
        if (s->observable[i]) result->class_of[s->pivot[i]] = VALUE_OBSERVABLE;
}

static void test_values(Work *w, LinearResult *result) {
    const LinearSystem *s = w->s;
    size_t n = s->problem.values;
    for (size_t j = 0; j < n; j++) {
        if (!s->measured[j]) continue;
        for (size_t i = 0; i < s->rows; i++)
            w->rows[i] = s->g[i * n + j];
        bool none = signature_none(w->rows, s->rows);
        result->class_of[j] = none ? VALUE_NONREDUNDANT : VALUE_REDUNDANT;
        if (none || !linear_whiten(s, w->rows, w->white)) continue;
        double information = dot(w->white, w->white, s->rank);
        if (!(information > 0.0)) continue;
        double score = dot(w->white, s->white, s->rank);
        result->tested[j] = true;
        result->z[j] = score / sqrt(information);
        result->bias[j] = score / information;
    }
}

static void test_balances(Work *w, LinearResult *result, double *unit) {
    const LinearSystem *s = w->s;
    const LinearProblem *p = &s->problem;
    size_t m = p->balances, n = p->values;
    for (size_t k = 0; k < m; k++) {
        const double *a = p->a + k * n;
        result->imbalance[k] = dot(a, p->y, n);
        times_variance(p, a, s->measured, w->spread);
        double variance = dot(a, w->spread, n);
        result->nodal_tested[k] = variance > 0.0;
        if (variance > 0.0) result->z_nodal[k] = result->imbalance[k] / sqrt(variance);
        unit[k] = 1.0;
        linear_project(s, unit, w->rows);
        unit[k] = 0.0;
        if (s->tied[k] || !linear_whiten(s, w->rows, w->white)) continue;
        double information = dot(w->white, w->white, s->rank);
        if (!(information > 0.0)) continue;
        double score = dot(w->white, s->white, s->rank);
        result->leak_tested[k] = true;
        result->z_leak[k] = score / sqrt(information);
        result->leak[k] = score / information;
    }
}

bool linear_reconcile(const LinearSystem *s, Arena *arena, LinearResult *result, Status *status) {
    const LinearProblem *p = &s->problem;
    size_t n = p->values + 1, m = p->balances + 1, q = s->rows + 1;
    LinearResult made = {.reconciled = arena_take_zero(arena, n, sizeof(double)),
                         .sd = arena_take_zero(arena, n, sizeof(double)),
                         .class_of = arena_take_zero(arena, n, sizeof(ValueClass)),
                         .tested = arena_take_zero(arena, n, sizeof(bool)),
                         .z = arena_take_zero(arena, n, sizeof(double)),
                         .bias = arena_take_zero(arena, n, sizeof(double))};
    Work w = {.s = s,
              .spread = arena_take_zero(arena, n, sizeof(double)),
              .rows = arena_take_zero(arena, q, sizeof(double)),
              .white = arena_take_zero(arena, q, sizeof(double))};
    double *unit = arena_take_zero(arena, m, sizeof *unit);
    if (!made.reconciled || !made.sd || !made.class_of || !made.tested || !made.z || !made.bias ||
        !w.spread || !w.rows || !w.white || !unit)
        return status_no_memory(status);
    made.chi2 = dot(s->white, s->white, s->rank);
    made.df = s->rows;
    made.p_value = made.df ? chi2_upper(made.chi2, (double)made.df) : 1.0;
    if (!linear_values(s, arena, made.reconciled, made.sd, status)) return false;
    classify(s, &made);
    test_values(&w, &made);
    bool all = true;
    for (size_t j = 0; j < p->values; j++)
        all = all && s->measured[j];
    if (all) {
        made.imbalance = arena_take_zero(arena, m, sizeof(double));
        made.nodal_tested = arena_take_zero(arena, m, sizeof(bool));
        made.z_nodal = arena_take_zero(arena, m, sizeof(double));
        made.leak_tested = arena_take_zero(arena, m, sizeof(bool));
        made.z_leak = arena_take_zero(arena, m, sizeof(double));
        made.leak = arena_take_zero(arena, m, sizeof(double));
        if (!made.imbalance || !made.nodal_tested || !made.z_nodal || !made.leak_tested ||
            !made.z_leak || !made.leak)
            return status_no_memory(status);
        test_balances(&w, &made, unit);
    }
    *result = made;
    return true;
}
