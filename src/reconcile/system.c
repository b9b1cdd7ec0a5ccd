// From balances and errors to white coordinates: unmeasured values eliminated, dependent balances
// left out, the rest factored.
#include "numeric/eliminate.h"
#include "reconcile/linear.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A balance whose standard uncertainty is below this part of what flows through it has none.
static const double EXACT = 1e-13;
// A column of the factor that depends on those before it, of unit length.
static const double DEPENDENT = 1e-9;
// How far exact values may be from closing, of what flows.
static const double CLOSES = 1e-9;

static bool named(const LinearProblem *problem, size_t value, const char *what, Status *status) {
    if (problem->names)
        status_set(status, STATUS_INVALID, "value \"%.*s\" %s", TEXT_ARG(problem->names[value]),
                   what);
    else
        status_set(status, STATUS_INVALID, "value %zu %s", value + 1, what);
    return false;
}

static bool check(const LinearProblem *problem, bool *measured, Status *status) {
    if (problem->values > LINEAR_VALUES_MAX || problem->balances > LINEAR_BALANCES_MAX) {
        status_set(status, STATUS_LIMIT, "%zu values and %zu balances are too many",
                   problem->values, problem->balances);
        return status_hint(status, "at most %d of each", LINEAR_VALUES_MAX);
    }
    for (size_t i = 0; i < problem->balances * problem->values; i++)
        if (!reconcile_takes(problem->a[i])) {
            status_set(status, STATUS_INVALID, "balance %zu holds what is %s",
                       i / problem->values + 1,
                       isfinite(problem->a[i]) ? "beyond 1e75" : "no number");
            return false;
        }
    for (size_t j = 0; j < problem->values; j++) {
        measured[j] = (!problem->measured || problem->measured[j]) && !(problem->sd[j] == INFINITY);
        if (problem->measured && !problem->measured[j]) continue;
        if (isnan(problem->sd[j]))
            return named(problem, j, "has an uncertainty that is no number", status);
        if (problem->sd[j] < 0.0) return named(problem, j, "has an uncertainty below zero", status);
        if (measured[j] && !isfinite(problem->y[j]))
            return named(problem, j, "is no number", status);
        if (measured[j] && !reconcile_takes(problem->y[j]))
            return named(problem, j, "is beyond 1e75", status);
        if (measured[j] && !reconcile_takes_sd(problem->sd[j]))
            return named(problem, j,
                         "has an uncertainty that is neither 0 nor within 1e-75 to 1e75", status);
        for (size_t g = 0; g < problem->groups; g++)
            if (!isfinite(problem->loading[g * problem->values + j]))
                return named(problem, j, "has a shared error that is no number", status);
            else if (!reconcile_takes(problem->loading[g * problem->values + j]))
                return named(problem, j, "has a shared error beyond 1e75", status);
    }
    return true;
}

// Combinations of balances in which nothing is left: what stands in one is tied to the others.
static bool find_tied(LinearSystem *s, const double *free, Arena *arena, Status *status) {
    size_t m = s->problem.balances, n = s->problem.values, width = n + m;
    double *work = arena_take_zero(arena, s->free * width + 1, sizeof *work);
    size_t *pivot = arena_take_zero(arena, s->free + 1, sizeof *pivot);
    if (!work || !pivot) return status_no_memory(status);
    for (size_t i = 0; i < s->free; i++) {
        memcpy(work + i * width, free + i * n, n * sizeof *work);
        memcpy(work + i * width + n, s->p_free + i * m, m * sizeof *work);
    }
    size_t rank = eliminate(work, s->free, width, n, NULL, pivot);
    for (size_t i = rank; i < s->free; i++)
        for (size_t k = 0; k < m; k++)
            s->tied[k] |= fabs(work[i * width + n + k]) > ELIMINATE_TOLERANCE;
    return true;
}

typedef struct Unsure {
    double size;
    size_t value;
} Unsure;

static int by_falling_size(const void *a, const void *b) {
    const Unsure *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

// Combines the balances so that each of the least sure values stands in one of them alone. Two
// balances that share a value much less sure than the rest would else look like one.
static bool part(LinearSystem *s, Arena *arena, Status *status) {
    const LinearProblem *p = &s->problem;
    size_t m = p->balances, n = p->values, width = n + m, count = 0;
    double *work = arena_take_zero(arena, s->rows * width + 1, sizeof *work);
    Unsure *unsure = arena_take_zero(arena, n + 1, sizeof *unsure);
    size_t *order = arena_take_zero(arena, n + 1, sizeof *order);
    size_t *pivot = arena_take_zero(arena, s->rows + 1, sizeof *pivot);
    if (!work || !unsure || !order || !pivot) return status_no_memory(status);
    for (size_t i = 0; i < s->rows; i++) {
        memcpy(work + i * width, s->g + i * n, n * sizeof *work);
        memcpy(work + i * width + n, s->p + i * m, m * sizeof *work);
    }
    for (size_t j = 0; j < n; j++) {
        if (!s->measured[j]) continue;
        double most = 0.0, sd = p->sd[j];
        for (size_t i = 0; i < s->rows; i++)
            most = fmax(most, fabs(s->g[i * n + j]));
        for (size_t g = 0; g < p->groups; g++)
            sd = hypot(sd, p->loading[g * n + j]);
        if (most > 0.0 && sd > 0.0) unsure[count++] = (Unsure){most * sd, j};
    }
    qsort(unsure, count, sizeof *unsure, by_falling_size);
    for (size_t o = 0; o < count; o++)
        order[o] = unsure[o].value;
    eliminate_in_order(work, s->rows, width, order, count, pivot);
    for (size_t i = 0; i < s->rows; i++) {
        memcpy(s->g + i * n, work + i * width, n * sizeof *work);
        memcpy(s->p + i * m, work + i * width + n, m * sizeof *work);
    }
    return true;
}

// [A | 1] with the unmeasured columns eliminated: rows with a pivot say what the value is, the
// others are balances free of them, with the combination that made them behind.
static bool free_of_unmeasured(LinearSystem *s, Arena *arena, Status *status) {
    const LinearProblem *p = &s->problem;
    size_t m = p->balances, n = p->values, width = n + m;
    double *work = arena_take_zero(arena, m * width + 1, sizeof *work);
    bool *unmeasured = arena_take_zero(arena, n + 1, sizeof *unmeasured);
    s->pivot = arena_take_zero(arena, m + 1, sizeof *s->pivot);
    size_t *kept = arena_take_zero(arena, m + 1, sizeof *kept);
    if (!work || !unmeasured || !s->pivot || !kept) return status_no_memory(status);
    for (size_t k = 0; k < m; k++) {
        memcpy(work + k * width, p->a + k * n, n * sizeof *work);
        work[k * width + n + k] = 1.0;
    }
    for (size_t j = 0; j < n; j++)
        unmeasured[j] = !s->measured[j];
    s->solved = eliminate(work, m, width, n, unmeasured, s->pivot);
    s->express = arena_take_zero(arena, s->solved * n + 1, sizeof *s->express);
    s->observable = arena_take_zero(arena, s->solved + 1, sizeof *s->observable);
    size_t left = m - s->solved;
    double *free = arena_take_zero(arena, left * n + 1, sizeof *free);
    double *scratch = arena_take_zero(arena, left * n + 1, sizeof *scratch);
    if (!s->express || !s->observable || !free || !scratch) return status_no_memory(status);
    for (size_t i = 0; i < s->solved; i++) {
        s->observable[i] = true;
        for (size_t j = 0; j < n; j++) {
            double value = work[i * width + j];
            s->express[i * n + j] = value;
            if (unmeasured[j] && j != s->pivot[i] && value != 0.0) s->observable[i] = false;
        }
    }
    for (size_t i = 0; i < left; i++)
        for (size_t j = 0; j < n; j++)
            free[i * n + j] = unmeasured[j] ? 0.0 : work[(s->solved + i) * width + j];
    s->rows = independent_rows(free, left, n, scratch, kept);
    s->p = arena_take_zero(arena, s->rows * m + 1, sizeof *s->p);
    s->g = arena_take_zero(arena, s->rows * n + 1, sizeof *s->g);
    s->r = arena_take_zero(arena, s->rows + 1, sizeof *s->r);
    s->free = left;
    s->p_free = arena_take_zero(arena, left * m + 1, sizeof *s->p_free);
    s->tied = arena_take_zero(arena, m + 1, sizeof *s->tied);
    if (!s->p || !s->g || !s->r || !s->p_free || !s->tied) return status_no_memory(status);
    for (size_t i = 0; i < left; i++)
        memcpy(s->p_free + i * m, work + (s->solved + i) * width + n, m * sizeof *s->p_free);
    if (s->rows < left && !find_tied(s, free, arena, status)) return false;
    for (size_t i = 0; i < s->rows; i++) {
        memcpy(s->g + i * n, free + kept[i] * n, n * sizeof *s->g);
        memcpy(s->p + i * m, work + (s->solved + kept[i]) * width + n, m * sizeof *s->p);
    }
    if (!part(s, arena, status)) return false;
    for (size_t i = 0; i < s->rows; i++)
        for (size_t j = 0; j < n; j++)
            if (s->g[i * n + j] != 0.0) s->r[i] += s->g[i * n + j] * p->y[j];
    return true;
}

static double length(const double *v, size_t count) {
    double scale = 0.0, sum = 0.0;
    for (size_t i = 0; i < count; i++)
        scale = fmax(scale, fabs(v[i]));
    if (scale == 0.0) return 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (v[i] / scale) * (v[i] / scale);
    return scale * sqrt(sum);
}

// Householder's QR with column pivoting (Golub & Van Loan, Matrix Computations, 5.4.2) of `columns`
// columns of length `rows` that stand one after the other, each of length one or nothing at first.
// What is left in column order[k] is the factor's: entries 0 to k. Returns the rank.
static size_t pivoted_qr(double *columns_at, size_t rows, size_t columns, size_t *order) {
    size_t rank = 0;
    for (size_t k = 0; k < columns; k++)
        order[k] = k;
    for (; rank < columns && rank < rows; rank++) {
        size_t best = rank;
        double most = -1.0;
        for (size_t k = rank; k < columns; k++) {
            double norm = length(columns_at + order[k] * rows + rank, rows - rank);
            if (norm > most * (1.0 + 1e-12)) {
                most = norm;
                best = k;
            }
        }
        if (most <= DEPENDENT) break;
        size_t taken = order[best];
        memmove(order + rank + 1, order + rank, (best - rank) * sizeof *order);
        order[rank] = taken;
        double *v = columns_at + taken * rows;
        double alpha = v[rank] > 0.0 ? -most : most, head = v[rank] - alpha;
        double norm2 = head * head;
        for (size_t i = rank + 1; i < rows; i++)
            norm2 += v[i] * v[i];
        for (size_t k = rank + 1; k < columns; k++) {
            double *c = columns_at + order[k] * rows, dot = head * c[rank];
            for (size_t i = rank + 1; i < rows; i++)
                dot += v[i] * c[i];
            double factor = 2.0 * dot / norm2;
            c[rank] -= factor * head;
            for (size_t i = rank + 1; i < rows; i++)
                c[i] -= factor * v[i];
        }
        v[rank] = alpha;
        for (size_t i = rank + 1; i < rows; i++)
            v[i] = 0.0;
    }
    return rank;
}

static bool factor(LinearSystem *s, Arena *arena, Status *status) {
    const LinearProblem *p = &s->problem;
    size_t n = p->values, q = s->rows, tall = n + p->groups;
    double *columns = arena_take_zero(arena, q * tall + 1, sizeof *columns);
    s->scale = arena_take_zero(arena, q + 1, sizeof *s->scale);
    s->order = arena_take_zero(arena, q + 1, sizeof *s->order);
    s->factor = arena_take_zero(arena, q * q + 1, sizeof *s->factor);
    s->white = arena_take_zero(arena, q + 1, sizeof *s->white);
    if (!columns || !s->scale || !s->order || !s->factor || !s->white)
        return status_no_memory(status);
    for (size_t i = 0; i < q; i++) {
        double *column = columns + i * tall, through = 0.0;
        const double *g = s->g + i * n;
        for (size_t j = 0; j < n; j++) {
            if (g[j] == 0.0) continue;
            column[j] = g[j] * p->sd[j];
            through = fmax(through, fabs(g[j] * p->y[j]));
            for (size_t l = 0; l < p->groups; l++)
                column[n + l] += g[j] * p->loading[l * n + j];
        }
        double norm = length(column, tall);
        if (norm <= EXACT * through) norm = 0.0;
        s->scale[i] = norm;
        for (size_t j = 0; j < tall; j++)
            column[j] = norm > 0.0 ? column[j] / norm : 0.0;
    }
    s->rank = pivoted_qr(columns, tall, q, s->order);
    for (size_t k = 0; k < q; k++)
        for (size_t i = 0; i < s->rank && i <= k; i++)
            s->factor[i * q + k] = columns[s->order[k] * tall + i];
    return true;
}

void linear_project(const LinearSystem *s, const double *f, double *rows) {
    size_t m = s->problem.balances;
    for (size_t i = 0; i < s->rows; i++) {
        rows[i] = 0.0;
        for (size_t k = 0; k < m; k++)
            if (f[k] != 0.0) rows[i] += s->p[i * m + k] * f[k];
    }
}

// Solves T'w = scaled f forward; what the columns behind the rank would have to be follows from it.
static double whiten(const LinearSystem *s, const double *rows, double *white) {
    size_t q = s->rows;
    for (size_t k = 0; k < s->rank; k++) {
        double sum = rows[s->order[k]] / s->scale[s->order[k]];
        for (size_t i = 0; i < k; i++)
            sum -= s->factor[i * q + k] * white[i];
        white[k] = sum / s->factor[k * q + k];
    }
    double worst = 0.0;
    for (size_t k = s->rank; k < q; k++) {
        size_t row = s->order[k];
        double wanted = s->scale[row] > 0.0 ? rows[row] / s->scale[row] : rows[row], given = 0.0,
               size = fabs(wanted);
        for (size_t i = 0; i < s->rank; i++) {
            given += s->factor[i * q + k] * white[i];
            size += fabs(s->factor[i * q + k] * white[i]);
        }
        worst = fmax(worst, size > 0.0 ? fabs(wanted - given) / size : 0.0);
    }
    return worst;
}

bool linear_whiten(const LinearSystem *s, const double *rows, double *white) {
    return whiten(s, rows, white) <= 1e-7;
}

// Combinations of balances that errors cannot break must close as they are. Names the exact values
// in the first that does not.
static bool exact_close(const LinearSystem *s, Arena *arena, Status *status) {
    const LinearProblem *p = &s->problem;
    size_t n = p->values, q = s->rows;
    double *part = arena_take_zero(arena, q + 1, sizeof *part);
    double *sum = arena_take_zero(arena, n + 1, sizeof *sum);
    double *size = arena_take_zero(arena, n + 1, sizeof *size);
    if (!part || !sum || !size) return status_no_memory(status);
    for (size_t k = s->rank; k < q; k++) {
        size_t row = s->order[k];
        memset(part, 0, q * sizeof *part);
        memset(sum, 0, n * sizeof *sum);
        memset(size, 0, n * sizeof *size);
        // The column as a sum of independent ones: T c = t, upwards.
        for (size_t i = s->rank; i-- > 0;) {
            double value = s->scale[row] > 0.0 ? s->factor[i * q + k] : 0.0;
            for (size_t l = i + 1; l < s->rank; l++)
                value -= s->factor[i * q + l] * part[s->order[l]];
            part[s->order[i]] = value / s->factor[i * q + i];
        }
        // Columns have unit length: what is below the tolerance of dependence is rounding.
        for (size_t i = 0; i < s->rank; i++) {
            double *one = &part[s->order[i]];
            *one = fabs(*one) > DEPENDENT ? *one / -s->scale[s->order[i]] : 0.0;
        }
        part[row] = s->scale[row] > 0.0 ? 1.0 / s->scale[row] : 1.0;
        double gap = 0.0, through = 0.0;
        for (size_t i = 0; i < q; i++)
            for (size_t j = 0; part[i] != 0.0 && j < n; j++) {
                sum[j] += part[i] * s->g[i * n + j];
                size[j] += fabs(part[i] * s->g[i * n + j]);
            }
        for (size_t j = 0; j < n; j++) {
            // Values with errors cancel: what rounding leaves of them is no gap, however small
            // the exact values are beside them.
            if (fabs(sum[j]) <= ELIMINATE_TOLERANCE * size[j]) sum[j] = 0.0;
            gap += sum[j] * p->y[j];
            through = fmax(through, fabs(sum[j] * p->y[j]));
        }
        if (fabs(gap) <= CLOSES * through) continue;
        char list[160];
        size_t used = 0;
        list[0] = '\0';
        for (size_t j = 0; j < n && used < sizeof list; j++) {
            if (fabs(sum[j] * p->y[j]) <= CLOSES * through) continue;
            int wrote = p->names ? snprintf(list + used, sizeof list - used, "%s%.*s",
                                            used ? ", " : "", TEXT_ARG(p->names[j]))
                                 : snprintf(list + used, sizeof list - used, "%s%zu",
                                            used ? ", " : "", j + 1);
            used += wrote > 0 ? (size_t)wrote : 0;
        }
        status_set(status, STATUS_INVALID, "exact values contradict each other: %s", list);
        return status_hint(status, "give at least one of them an uncertainty above zero");
    }
    return true;
}

bool linear_prepare(const LinearProblem *problem, Arena *arena, LinearSystem *system,
                    Status *status) {
    *system = (LinearSystem){.problem = *problem};
    system->measured = arena_take_zero(arena, problem->values + 1, sizeof *system->measured);
    if (!system->measured) return status_no_memory(status);
    if (!check(problem, system->measured, status) || !free_of_unmeasured(system, arena, status) ||
        !factor(system, arena, status) || !exact_close(system, arena, status))
        return false;
    (void)whiten(system, system->r, system->white);
    return true;
}

bool signature_none(const double *f, size_t rows) {
    for (size_t i = 0; i < rows; i++)
        if (fabs(f[i]) > ELIMINATE_TOLERANCE) return false;
    return true;
}

bool signature_parallel(const double *f, const double *g, size_t rows) {
    size_t at = 0;
    for (size_t i = 1; i < rows; i++)
        if (fabs(f[i]) > fabs(f[at])) at = i;
    if (rows == 0 || f[at] == 0.0) return false;
    double factor = g[at] / f[at], most = 0.0, off = 0.0;
    for (size_t i = 0; i < rows; i++) {
        most = fmax(most, fabs(g[i]));
        off = fmax(off, fabs(g[i] - factor * f[i]));
    }
    return most > 0.0 && factor != 0.0 && off <= ELIMINATE_TOLERANCE * most;
}
