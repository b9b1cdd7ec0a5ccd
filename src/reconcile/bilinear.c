#include "reconcile/bilinear.h"

#include "numeric/dense.h"
#include "numeric/distribution.h"
#include "numeric/draw.h"
#include "numeric/nnls.h"
#include <math.h>
#include <string.h>

enum { STARTS = 12, STARTS_SEED = 41, ALTERNATIONS = 8 };
// A fraction smaller than this is a trace: ranks are decided as if it were so large.
static const double TRACE = 1e-6;

static size_t source_at(const BilinearProblem *p) {
    return bilinear_values(p);
}

static void balance(const void *context, const double *x, double *c, double *j) {
    const BilinearProblem *p = context;
    size_t m = p->nodes, n = p->streams, k = p->components;
    size_t width = bilinear_values(p) + (p->has_source ? 1 : 0) + p->groups;
    for (size_t e = 0; e < k; e++)
        for (size_t b = 0; b < m; b++) {
            size_t row = e * m + b;
            const double *w = x + n * (1 + e), *a = p->a + b * n;
            double sum = 0.0;
            for (size_t s = 0; s < n; s++) {
                if (a[s] == 0.0) continue;
                sum += a[s] * x[s] * w[s];
                if (!j) continue;
                j[row * width + s] = a[s] * w[s];
                j[row * width + n * (1 + e) + s] = a[s] * x[s];
            }
            if (p->has_source && b == p->source_node) {
                sum += x[source_at(p)] * p->source[e];
                if (j) j[row * width + source_at(p)] = p->source[e];
            }
            c[row] = sum;
        }
    size_t row = k * m;
    if (p->total == BILINEAR_TOTAL_BALANCE) {
        for (size_t b = 0; b < m; b++, row++) {
            c[row] = 0.0;
            for (size_t s = 0; s < n; s++) {
                c[row] += p->a[b * n + s] * x[s];
                if (j) j[row * width + s] = p->a[b * n + s];
            }
        }
    } else if (p->total == BILINEAR_SUM_TO_ONE) {
        for (size_t s = 0; s < n; s++, row++) {
            c[row] = -1.0;
            for (size_t e = 0; e < k; e++) {
                c[row] += x[n * (1 + e) + s];
                if (j) j[row * width + n * (1 + e) + s] = 1.0;
            }
        }
    }
}

static void curvature(const void *context, const double *x, const double *multiplier, double *h) {
    const BilinearProblem *p = context;
    (void)x;
    size_t m = p->nodes, n = p->streams;
    size_t width = bilinear_values(p) + (p->has_source ? 1 : 0) + p->groups;
    for (size_t e = 0; e < p->components; e++)
        for (size_t s = 0; s < n; s++) {
            double sum = 0.0;
            for (size_t b = 0; b < m; b++)
                sum += multiplier[e * m + b] * p->a[b * n + s];
            size_t at = n * (1 + e) + s;
            h[s * width + at] += sum;
            h[at * width + s] += sum;
        }
}

// ---- where to begin ----

// Unmeasured flows from the balances at given fractions, then unmeasured fractions at given flows,
// each by least squares in parts of what flows; a few times over.
typedef struct Begin {
    const BilinearProblem *p;
    double *e, *f, *work, *v;
    size_t *at;
} Begin;

static void begin_flows(Begin *b, double *x) {
    const BilinearProblem *p = b->p;
    size_t n = p->streams, unknown = 0, rows = 0;
    for (size_t s = 0; s < n; s++)
        if (p->state[s] == BILINEAR_NOT_MEASURED) b->at[unknown++] = s;
    if (!unknown) return;
    bool totals = p->total != BILINEAR_COMPONENTS_ONLY;
    for (size_t e = 0; e < p->components + (totals ? 1 : 0); e++)
        for (size_t k = 0; k < p->nodes; k++) {
            double known = 0.0, size = 0.0;
            for (size_t s = 0; s < n; s++) {
                double a = p->a[k * n + s] * (e < p->components ? x[n * (1 + e) + s] : 1.0);
                size = fmax(size, fabs(a));
                if (p->state[s] != BILINEAR_NOT_MEASURED) known += a * x[s];
            }
            if (size == 0.0) continue;
            for (size_t i = 0; i < unknown; i++) {
                size_t s = b->at[i];
                b->e[rows * unknown + i] =
                    p->a[k * n + s] * (e < p->components ? x[n * (1 + e) + s] : 1.0) / size;
            }
            b->f[rows++] = -known / size;
        }
    least_squares(b->e, b->f, rows, unknown, NULL, b->work, b->v);
    for (size_t i = 0; i < unknown; i++)
        if (isfinite(b->v[i]) && b->v[i] != 0.0) x[b->at[i]] = b->v[i];
}

static void begin_fractions(Begin *b, double *x) {
    const BilinearProblem *p = b->p;
    size_t n = p->streams;
    for (size_t e = 0; e < p->components; e++) {
        size_t unknown = 0, rows = 0;
        for (size_t s = 0; s < n; s++)
            if (p->state[n * (1 + e) + s] == BILINEAR_NOT_MEASURED) b->at[unknown++] = s;
        if (!unknown) continue;
        for (size_t k = 0; k < p->nodes; k++, rows++) {
            double known = 0.0, size = 1e-300;
            for (size_t s = 0; s < n; s++) {
                double a = p->a[k * n + s] * x[s];
                size = fmax(size, fabs(a));
                if (p->state[n * (1 + e) + s] != BILINEAR_NOT_MEASURED)
                    known += a * x[n * (1 + e) + s];
            }
            for (size_t i = 0; i < unknown; i++)
                b->e[rows * unknown + i] = p->a[k * n + b->at[i]] * x[b->at[i]] / size;
            b->f[rows] = -known / size;
        }
        least_squares(b->e, b->f, rows, unknown, NULL, b->work, b->v);
        for (size_t i = 0; i < unknown; i++)
            if (isfinite(b->v[i]) && b->v[i] != 0.0) x[n * (1 + e) + b->at[i]] = b->v[i];
    }
}

static double mean_of(const BilinearProblem *p, size_t from, double otherwise) {
    double sum = 0.0;
    size_t count = 0;
    for (size_t s = from; s < from + p->streams; s++)
        if (p->state[s] != BILINEAR_NOT_MEASURED) {
            sum += fabs(p->y[s]);
            count++;
        }
    return count && sum > 0.0 ? sum / (double)count : otherwise;
}

static bool first_start(const BilinearProblem *p, Arena *arena, double *x, Status *status) {
    size_t n = p->streams, rows = p->nodes * (p->components + 1) + 1, wide = n + 1;
    Begin b = {.p = p,
               .e = arena_take_zero(arena, rows * wide, sizeof(double)),
               .f = arena_take_zero(arena, rows, sizeof(double)),
               .work = arena_take_zero(arena, rows * (wide + 1), sizeof(double)),
               .v = arena_take_zero(arena, wide, sizeof(double)),
               .at = arena_take_zero(arena, wide, sizeof(size_t))};
    if (!b.e || !b.f || !b.work || !b.v || !b.at) return status_no_memory(status);
    for (size_t e = 0; e <= p->components; e++) {
        double mean = mean_of(p, n * e, e ? 0.1 : 1.0);
        for (size_t s = 0; s < n; s++) {
            size_t i = n * e + s;
            x[i] = p->state[i] == BILINEAR_NOT_MEASURED ? mean : p->y[i];
        }
    }
    for (int i = 0; i < ALTERNATIONS; i++) {
        begin_flows(&b, x);
        begin_fractions(&b, x);
    }
    return true;
}

// ---- the whole ----

typedef struct Wrapped {
    NonlinearProblem problem;
    double *y, *weight, *unit, *start, *loading;
    bool *fixed;
} Wrapped;

// Names the stream whose value or uncertainty is none.
static bool check(const BilinearProblem *p, Status *status) {
    for (size_t i = 0; i < bilinear_values(p); i++) {
        size_t stream = i % p->streams + 1;
        if (p->state[i] != BILINEAR_NOT_MEASURED && !reconcile_takes(p->y[i]))
            return status_set(status, STATUS_INVALID,
                              "a value of stream %zu is no number, or beyond "
                              "1e75",
                              stream);
        double sd = p->state[i] == BILINEAR_MEASURED ? p->sd[i] : 0.0;
        if (!(sd >= 0.0))
            return status_set(status, STATUS_INVALID,
                              "an uncertainty of stream %zu is below zero or no number", stream);
        if (!isinf(sd) && !reconcile_takes_sd(sd))
            return status_set(status, STATUS_INVALID,
                              "an uncertainty of stream %zu is neither 0 nor within 1e-75 to 1e75",
                              stream);
        for (size_t g = 0; g < p->groups; g++)
            if (!reconcile_takes(p->loading[i * p->groups + g]))
                return status_set(status, STATUS_INVALID,
                                  "a shared error of stream %zu is no number, or beyond 1e75",
                                  stream);
    }
    return true;
}

static bool wrap(const BilinearProblem *p, Arena *arena, Wrapped *w, Status *status) {
    size_t n = p->streams, values = bilinear_values(p), own = values + (p->has_source ? 1 : 0);
    size_t all = own + p->groups;
    *w = (Wrapped){.y = arena_take_zero(arena, all + 1, sizeof(double)),
                   .weight = arena_take_zero(arena, all + 1, sizeof(double)),
                   .unit = arena_take_zero(arena, all + 1, sizeof(double)),
                   .start = arena_take_zero(arena, all + 1, sizeof(double)),
                   .loading = arena_take_zero(arena, own * p->groups + 1, sizeof(double)),
                   .fixed = arena_take_zero(arena, all + 1, sizeof(bool))};
    if (!w->y || !w->weight || !w->unit || !w->start || !w->loading || !w->fixed)
        return status_no_memory(status);
    for (size_t i = 0; i < values; i++) {
        bool known = p->state[i] != BILINEAR_NOT_MEASURED;
        bool exact =
            p->state[i] == BILINEAR_EXACT || (p->state[i] == BILINEAR_MEASURED && p->sd[i] == 0.0);
        w->fixed[i] = exact;
        w->y[i] = known ? p->y[i] : 0.0;
        w->weight[i] = p->state[i] == BILINEAR_MEASURED && !exact && isfinite(p->sd[i])
                           ? 1.0 / (p->sd[i] * p->sd[i])
                           : 0.0;
    }
    if (!first_start(p, arena, w->start, status)) return false;
    for (size_t i = 0; i < values; i++) {
        double least = i < n ? 1e-3 * mean_of(p, 0, 1.0) : TRACE;
        w->unit[i] = fmax(fabs(w->start[i]), least);
    }
    for (size_t i = values; i < all; i++) {
        w->unit[i] = 1.0;
        w->weight[i] = i < own ? 0.0 : 1.0;
    }
    if (p->groups) memcpy(w->loading, p->loading, values * p->groups * sizeof(double));
    size_t rows = p->components * p->nodes;
    if (p->total == BILINEAR_TOTAL_BALANCE) rows += p->nodes;
    if (p->total == BILINEAR_SUM_TO_ONE) rows += n;
    w->problem = (NonlinearProblem){.unknowns = all,
                                    .balances = rows,
                                    .y = w->y,
                                    .weight = w->weight,
                                    .fixed = w->fixed,
                                    .unit = w->unit,
                                    .groups = p->groups,
                                    .loading = w->loading,
                                    .context = p,
                                    .balance = balance,
                                    .curvature = curvature};
    return true;
}

bool bilinear_solve(const BilinearProblem *p, bool uncertainties, Arena *arena,
                    BilinearResult *result, Status *status) {
    Wrapped w;
    BilinearResult made = {0};
    if (p->streams == 0 || p->nodes == 0 || p->components == 0)
        return status_set(status, STATUS_INVALID, "a network has nodes, streams and components");
    if (!check(p, status) || !wrap(p, arena, &w, status)) return false;
    size_t values = bilinear_values(p), all = w.problem.unknowns;
    double *start = arena_take_zero(arena, all + 1, sizeof *start);
    double *noise = arena_take_zero(arena, all + 1, sizeof *noise);
    if (!start || !noise) return status_no_memory(status);
    bool free = false, any = false;
    for (size_t i = 0; i < values; i++)
        free |= p->state[i] == BILINEAR_NOT_MEASURED;
    Draw draw = draw_seeded(STARTS_SEED);
    // With all measured there is one place to begin, and it is near.
    for (size_t s = 0; s < (free && !p->groups ? STARTS : 1); s++) {
        NonlinearResult fit;
        Status said;
        memcpy(start, w.start, all * sizeof *start);
        draw_normals(&draw, noise, all);
        for (size_t i = 0; s > 0 && i < values; i++)
            if (p->state[i] == BILINEAR_NOT_MEASURED) start[i] *= exp(0.7 * noise[i]);
        status_clear(&said);
        bool well = nonlinear_solve(&w.problem, start, arena, &fit, &said);
        if (!well && said.code == STATUS_NO_MEMORY) return status_no_memory(status);
        if (!well || !fit.converged || !(fit.worst < 1e-7)) continue;
        if (!any || fit.objective < made.fit.objective - 1e-9 * (1.0 + made.fit.objective))
            made.fit = fit;
        any = true;
    }
    if (!any)
        return status_set(status, STATUS_UNKNOWN, "no values were found that meet the balances");
    if (uncertainties) {
        made.sd = arena_take_zero(arena, all + 1, sizeof(double));
        if (!made.sd) return status_no_memory(status);
        if (!nonlinear_uncertainty(&w.problem, made.fit.x, arena, made.sd, status)) return false;
    }
    made.bias = made.fit.x + all - p->groups;
    if (p->has_source) {
        made.source = made.fit.x[values];
        made.source_sd = made.sd ? made.sd[values] : 0.0;
    }
    *result = made;
    return true;
}

// ---- linearised ----

bool component_tests(const BilinearProblem *p, Arena *arena, ComponentTests *tests,
                     Status *status) {
    size_t m = p->nodes, n = p->streams, k = p->components, cells = m * k;
    ComponentTests made = {.cells = cells,
                           .imbalance = arena_take_zero(arena, cells + 1, sizeof(double)),
                           .z = arena_take_zero(arena, cells + 1, sizeof(double)),
                           .z_best = arena_take_zero(arena, cells + 1, sizeof(double)),
                           .score = arena_take_zero(arena, cells + 1, sizeof(double)),
                           .information =
                               arena_take_zero(arena, cells * cells + 1, sizeof(double))};
    double *h = arena_take_zero(arena, cells * cells + 1, sizeof *h);
    double *white = arena_take_zero(arena, cells + 1, sizeof *white);
    double *unit = arena_take_zero(arena, cells * cells + 1, sizeof *unit);
    if (!made.imbalance || !made.z || !made.z_best || !made.score || !made.information || !h ||
        !white || !unit)
        return status_no_memory(status);
    for (size_t i = 0; i < bilinear_values(p); i++)
        if (!reconcile_takes(p->y[i]) || !reconcile_takes_sd(p->sd[i]))
            return status_set(
                status, STATUS_INVALID,
                "a value or an uncertainty of stream %zu is no number, or out of reach "
                "(1e-75 to 1e75)",
                i % n + 1);
    for (size_t s = 0; s < n; s++)
        for (size_t b = 0; b < m; b++) {
            double a = p->a[b * n + s];
            if (a == 0.0) continue;
            for (size_t e = 0; e < k; e++)
                made.imbalance[b * k + e] += a * p->y[s] * p->y[n * (1 + e) + s];
            for (size_t d = 0; d < m; d++) {
                double both = a * p->a[d * n + s];
                if (both == 0.0) continue;
                for (size_t e = 0; e < k; e++) {
                    double w = p->y[n * (1 + e) + s], own = p->y[s] * p->sd[n * (1 + e) + s];
                    for (size_t f = 0; f < k; f++)
                        h[(b * k + e) * cells + d * k + f] +=
                            both * w * p->y[n * (1 + f) + s] * p->sd[s] * p->sd[s];
                    h[(b * k + e) * cells + d * k + e] += both * own * own;
                }
            }
        }
    for (size_t i = 0; i < cells; i++)
        made.z[i] = h[i * cells + i] > 0.0 ? made.imbalance[i] / sqrt(h[i * cells + i]) : 0.0;
    if (!dense_cholesky(h, cells, h, status)) return false;
    dense_forward(h, cells, cells, made.imbalance, white);
    for (size_t i = 0; i < cells; i++) {
        made.chi2 += white[i] * white[i];
        unit[i * cells + i] = 1.0;
        dense_forward(h, cells, cells, unit + i * cells, unit + i * cells);
    }
    for (size_t i = 0; i < cells; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0.0;
            for (size_t t = i; t < cells; t++)
                sum += unit[i * cells + t] * unit[j * cells + t];
            made.information[i * cells + j] = made.information[j * cells + i] = sum;
        }
    for (size_t i = 0; i < cells; i++) {
        for (size_t t = 0; t < cells; t++)
            made.score[i] += unit[i * cells + t] * white[t];
        double has = made.information[i * cells + i];
        made.z_best[i] = has > 0.0 ? made.score[i] / sqrt(has) : 0.0;
    }
    made.p_value = chi2_upper(made.chi2, (double)cells);
    *tests = made;
    return true;
}

void component_pattern(const ComponentTests *tests, size_t node, size_t components,
                       const double *pattern, double *t, double *size, double *sigma) {
    double score = 0.0, information = 0.0;
    for (size_t e = 0; e < components; e++) {
        size_t i = node * components + e;
        score += pattern[e] * tests->score[i];
        for (size_t f = 0; f < components; f++)
            information += pattern[e] * pattern[f] *
                           tests->information[i * tests->cells + node * components + f];
    }
    *t = information > 0.0 ? score * score / information : 0.0;
    *size = information > 0.0 ? score / information : 0.0;
    *sigma = information > 0.0 ? 1.0 / sqrt(information) : 0.0;
}
