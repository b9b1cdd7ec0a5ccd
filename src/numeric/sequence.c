#include "numeric/sequence.h"

#include "numeric/dense.h"
#include "numeric/distribution.h"
#include "numeric/page.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

static double *doubles(Arena *arena, size_t count) {
    return arena_take_zero(arena, count ? count : 1, sizeof(double));
}

// ---- covariance ----

typedef struct Loading {
    uint32_t key, period;
    size_t place; // in the caller's list: makes the order total
    double amount;
} Loading;

static int loading_compare(const void *a, const void *b) {
    const Loading *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    if (x->period != y->period) return x->period < y->period ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

// Adds g g' for each key, g being the sums of its loadings by period.
static void add_products(Loading *loadings, size_t count, size_t periods, double *matrix) {
    qsort(loadings, count, sizeof *loadings, loading_compare);
    for (size_t start = 0; start < count;) {
        size_t end = start, joined = start;
        for (; end < count && loadings[end].key == loadings[start].key; end++) {
            if (end > start && loadings[end].period == loadings[joined].period) {
                loadings[joined].amount += loadings[end].amount;
            } else if (end > start) {
                loadings[++joined] = loadings[end];
            }
        }
        for (size_t i = start; i <= joined; i++) {
            if (loadings[i].amount == 0.0) continue;
            for (size_t j = start; j <= joined; j++) {
                matrix[loadings[i].period * periods + loadings[j].period] +=
                    loadings[i].amount * loadings[j].amount;
            }
        }
        start = end;
    }
}

bool sequence_covariance(size_t periods, const SequenceError *errors, size_t count, Arena *arena,
                         SequenceCovariance *covariance, Status *status) {
    if (periods > SEQUENCE_PERIODS_MAX) {
        return status_set(status, STATUS_LIMIT, "sequence of \"%zu\" periods is longer than %d",
                          periods, SEQUENCE_PERIODS_MAX);
    }
    double *whole = doubles(arena, periods * periods), *random = doubles(arena, periods * periods);
    Loading *loadings = arena_take_zero(arena, count ? count : 1, sizeof *loadings);
    if (!whole || !random || !loadings) return status_no_memory(status);
    for (size_t e = 0; e < count; e++) {
        const SequenceError *error = &errors[e];
        if (error->period >= periods) {
            return status_set(status, STATUS_INVALID, "error %zu lies in period \"%u\" of %zu",
                              e + 1, error->period + 1, periods);
        }
        if (!isfinite(error->random) || !isfinite(error->shared)) {
            return status_set(status, STATUS_INVALID, "error %zu is not a number", e + 1);
        }
        loadings[e] = (Loading){error->source, error->period, e, error->random};
    }
    add_products(loadings, count, periods, random);
    size_t shared = 0;
    for (size_t e = 0; e < count; e++) {
        if (errors[e].group == SEQUENCE_NO_GROUP || errors[e].shared == 0.0) continue;
        loadings[shared++] = (Loading){errors[e].group, errors[e].period, e, errors[e].shared};
    }
    add_products(loadings, shared, periods, whole);
    for (size_t i = 0; i < periods * periods; i++)
        whole[i] += random[i];
    *covariance = (SequenceCovariance){periods, whole, random};
    return true;
}

// ---- statistics ----

// What rounding alone can leave of a figure whose parts are of this size.
static const double ROUNDING = 1e-9;

bool sequence_statistics(const double *muf, const double *covariance, size_t periods, Arena *arena,
                         SequenceStatistics *statistics, Status *status) {
    if (periods > SEQUENCE_PERIODS_MAX) {
        return status_set(status, STATUS_LIMIT, "sequence of \"%zu\" periods is longer than %d",
                          periods, SEQUENCE_PERIODS_MAX);
    }
    SequenceStatistics s = {.periods = periods};
    s.factor = doubles(arena, periods * periods);
    s.state = arena_take_zero(arena, periods + 1, sizeof *s.state);
    s.tested = arena_take_zero(arena, periods + 1, sizeof *s.tested);
    s.sitmuf = doubles(arena, periods);
    s.innovation = doubles(arena, periods);
    s.cumuf = doubles(arena, periods);
    s.sigma_cumuf = doubles(arena, periods);
    s.gemuf = doubles(arena, periods);
    s.gemuf_df = doubles(arena, periods);
    s.gemuf_log_p = doubles(arena, periods);
    if (!s.factor || !s.state || !s.tested || !s.sitmuf || !s.innovation || !s.cumuf ||
        !s.sigma_cumuf || !s.gemuf || !s.gemuf_df || !s.gemuf_log_p) {
        return status_no_memory(status);
    }
    for (size_t t = 0; t < periods; t++) {
        if (!isfinite(muf[t])) {
            return status_set(status, STATUS_INVALID, "figure of period %zu is not a number",
                              t + 1);
        }
    }
    if (!dense_cholesky(covariance, periods, s.factor, status)) return false;

    double sum = 0.0, variance = 0.0, gemuf = 0.0, df = 0.0, size = 0.0;
    for (size_t t = 0; t < periods; t++) {
        const double *row = s.factor + t * periods;
        double rest = muf[t];
        for (size_t k = 0; k < t; k++)
            rest -= row[k] * s.sitmuf[k];
        s.innovation[t] = rest;
        size = fmax(size, fabs(muf[t]) + sqrt(fmax(0.0, covariance[t * periods + t])));
        if (row[t] > 0.0) {
            s.state[t] = SEQUENCE_TESTED;
            s.tested[t] = true;
            s.sitmuf[t] = rest / row[t];
            gemuf += s.sitmuf[t] * s.sitmuf[t];
            df += 1.0;
        } else if (fabs(rest) <= ROUNDING * size) {
            s.state[t] = SEQUENCE_EXACT;
        } else {
            s.state[t] = SEQUENCE_CONTRADICTED;
            if (s.contradicted == 0) s.contradicted = t + 1;
        }
        sum += muf[t];
        for (size_t k = 0; k < t; k++)
            variance += 2.0 * covariance[t * periods + k];
        variance += covariance[t * periods + t];
        s.cumuf[t] = sum;
        s.sigma_cumuf[t] = sqrt(fmax(0.0, variance));
        s.gemuf[t] = gemuf;
        s.gemuf_df[t] = df;
        s.gemuf_log_p[t] = df > 0.0 ? chi2_upper_log(gemuf, df) : 0.0;
    }
    *statistics = s;
    return true;
}

static double squared_distance(const SequenceStatistics *s, const double *loss, double *whitened) {
    dense_forward(s->factor, s->periods, s->periods, loss, whitened);
    double sum = 0.0;
    for (size_t t = 0; t < s->periods; t++)
        sum += whitened[t] * whitened[t];
    return sum;
}

bool sequence_power(const double *covariance, const SequenceStatistics *statistics,
                    const double *loss, double alpha, double page_k, double page_h, Arena *arena,
                    SequencePower *power, Status *status) {
    size_t n = statistics->periods;
    if (!(alpha > 0.0 && alpha < 1.0)) {
        return status_set(status, STATUS_INVALID, "false-alarm probability \"%g\"", alpha) ||
               status_hint(status, "it lies between 0 and 1");
    }
    double total = 0.0, df = 0.0, variance = 0.0;
    for (size_t t = 0; t < n; t++) {
        if (!isfinite(loss[t])) {
            return status_set(status, STATUS_INVALID, "loss of period %zu is not a number", t + 1);
        }
        total += loss[t];
        if (statistics->tested[t]) df += 1.0;
        for (size_t k = 0; k < n; k++)
            variance += covariance[t * n + k];
    }
    if (df == 0.0 || !(variance > 0.0)) {
        return status_set(status, STATUS_INVALID, "power of a sequence without any error") ||
               status_hint(status, "give at least one value a standard deviation");
    }
    double *whitened = doubles(arena, n), *least = doubles(arena, n), *w = doubles(arena, n);
    if (!whitened || !least || !w) return status_no_memory(status);
    SequencePower p = {.least_pattern = least};
    double u = normal_upper_point(alpha), d2 = squared_distance(statistics, loss, whitened);
    p.known_pattern = normal_upper(u - sqrt(d2));
    p.cumuf = normal_upper(u - total / sqrt(variance));
    p.gemuf = chi2_upper_noncentral(chi2_upper_point(alpha, df), df, d2);
    if (!page_alarm_probability((PageDesign){page_k, page_h}, n, whitened, &p.page, status)) {
        return false;
    }
    // 1 - (1 - alpha)^(1/P) and its like by log1p and expm1, so that small alphas keep their
    // digits.
    double point = normal_upper_point(-expm1(log1p(-alpha) / df)), below = 0.0;
    for (size_t t = 0; t < n; t++) {
        if (statistics->tested[t]) below += log1p(-normal_upper(point - whitened[t]));
    }
    p.largest_sitmuf = -expm1(below);
    for (size_t t = 0; t < n; t++) {
        double row = 0.0;
        for (size_t k = 0; k < n; k++)
            row += covariance[t * n + k];
        least[t] = row * total / variance;
    }
    p.least = normal_upper(u - sqrt(squared_distance(statistics, least, w)));
    *power = p;
    return true;
}

// ---- losses over intervals ----

// L^-1 of a step that begins at `from`. Up to period `to` it is that of the interval from..to, so
// one solution serves all intervals that begin there.
static void whiten_step(const SequenceStatistics *s, size_t from, double *whitened) {
    for (size_t t = 0; t < s->periods; t++)
        whitened[t] = t >= from ? 1.0 : 0.0;
    dense_forward(s->factor, s->periods, s->periods, whitened, whitened);
}

static SequenceLoss loss_of(size_t from, size_t to, double evidence, double information) {
    double length = (double)(to - from + 1);
    return (SequenceLoss){from, to, evidence / sqrt(information), length * evidence / information,
                          length / sqrt(information)};
}

bool sequence_loss(const SequenceStatistics *statistics, size_t from, size_t to, double *scratch,
                   SequenceLoss *loss) {
    assert(from <= to && to < statistics->periods);
    whiten_step(statistics, from, scratch);
    double information = 0.0, evidence = 0.0;
    for (size_t t = from; t <= to; t++) {
        information += scratch[t] * scratch[t];
        evidence += scratch[t] * statistics->sitmuf[t];
    }
    if (!(information > 0.0)) return false;
    *loss = loss_of(from, to, evidence, information);
    return true;
}

// Scans `figures`, whitened MUF.
static bool scan(const SequenceStatistics *statistics, const double *figures, double *scratch,
                 SequenceLoss *missing, SequenceLoss *surplus) {
    bool any = false;
    for (size_t from = 0; from < statistics->periods; from++) {
        double information = 0.0, evidence = 0.0;
        whiten_step(statistics, from, scratch);
        for (size_t to = from; to < statistics->periods; to++) {
            information += scratch[to] * scratch[to];
            evidence += scratch[to] * figures[to];
            if (!(information > 0.0) || !statistics->tested[to]) continue;
            SequenceLoss loss = loss_of(from, to, evidence, information);
            if (!any || loss.z > missing->z) *missing = loss;
            if (!any || loss.z < surplus->z) *surplus = loss;
            any = true;
        }
    }
    return any;
}

bool sequence_scan(const SequenceStatistics *statistics, double *scratch, SequenceLoss *missing,
                   SequenceLoss *surplus) {
    return scan(statistics, statistics->sitmuf, scratch, missing, surplus);
}

bool sequence_scan_beside(const SequenceStatistics *statistics, const SequenceLoss *explained,
                          double *scratch, SequenceLoss *missing, SequenceLoss *surplus) {
    size_t n = statistics->periods;
    double rate = explained->size / (double)(explained->to - explained->from + 1);
    double *figures = scratch + n;
    for (size_t t = 0; t < n; t++)
        figures[t] = t >= explained->from && t <= explained->to ? rate : 0.0;
    dense_forward(statistics->factor, n, n, figures, figures);
    for (size_t t = 0; t < n; t++)
        figures[t] =
            statistics->tested[t] ? statistics->sitmuf[t] - figures[t] : statistics->sitmuf[t];
    return scan(statistics, figures, scratch, missing, surplus);
}
