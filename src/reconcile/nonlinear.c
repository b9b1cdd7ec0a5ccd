#include "reconcile/nonlinear.h"

#include "numeric/distribution.h"
#include "numeric/orthogonal.h"
#include <math.h>
#include <string.h>

enum { STEPS_MAX = 300, HALVINGS_MAX = 40 };
static const double RANK = 1e-8; // of derivatives in units, rows of length one
static const double SMALL_STEP = 1e-13;
static const double TRUSTED_STEP =
    1e-3; // below it a whole step is taken: the merit function may object
static const double CLASS_TOLERANCE = 1e-7;

// ---- the objective ----

typedef struct Objective {
    size_t n;
    double *q, *g0; // f = x'Qx - 2 g0'x + constant
} Objective;

static double residual(const NonlinearProblem *p, const double *x, size_t i) {
    size_t own = p->unknowns - p->groups;
    double r = p->y[i] - x[i];
    for (size_t g = 0; i < own && g < p->groups; g++)
        r -= p->loading[i * p->groups + g] * x[own + g];
    return r;
}

static double objective_at(const NonlinearProblem *p, const double *x) {
    double sum = 0.0;
    for (size_t i = 0; i < p->unknowns; i++) {
        if (p->weight[i] == 0.0 || p->fixed[i]) continue;
        double r = residual(p, x, i);
        sum += p->weight[i] * r * r;
    }
    return sum;
}

static bool objective_make(const NonlinearProblem *p, Arena *arena, Objective *o, Status *status) {
    size_t n = p->unknowns, own = n - p->groups;
    *o = (Objective){n, arena_take_zero(arena, n * n + 1, sizeof(double)),
                     arena_take_zero(arena, n + 1, sizeof(double))};
    if (!o->q || !o->g0) return status_no_memory(status);
    for (size_t i = 0; i < n; i++) {
        double w = p->fixed[i] ? 0.0 : p->weight[i];
        if (w == 0.0) continue;
        o->q[i * n + i] += w;
        o->g0[i] += w * p->y[i];
        if (i >= own) continue;
        const double *l = p->loading + i * p->groups;
        for (size_t g = 0; g < p->groups; g++) {
            if (l[g] == 0.0) continue;
            o->q[i * n + own + g] += w * l[g];
            o->q[(own + g) * n + i] += w * l[g];
            o->g0[own + g] += w * l[g] * p->y[i];
            for (size_t k = 0; k < p->groups; k++)
                o->q[(own + g) * n + own + k] += w * l[g] * l[k];
        }
    }
    return true;
}

// Half the gradient: Qx - g0 loses digits where Q is large; by residuals it does not.
static void half_gradient(const NonlinearProblem *p, const double *x, double *gradient) {
    size_t n = p->unknowns, own = n - p->groups;
    memset(gradient, 0, n * sizeof *gradient);
    for (size_t i = 0; i < n; i++) {
        if (p->weight[i] == 0.0 || p->fixed[i]) continue;
        double r = p->weight[i] * residual(p, x, i);
        gradient[i] -= r;
        for (size_t g = 0; i < own && g < p->groups; g++)
            gradient[own + g] -= r * p->loading[i * p->groups + g];
    }
}

// ---- one linearisation: free unknowns in their units, balances of length one ----

typedef struct Linearised {
    size_t free, live; // unknowns that may move, balances that say anything
    size_t *at;        // by free unknown: which it is
    size_t *row;       // by live balance
    double *a;         // free x live: derivatives, transposed
    double *c;         // live
    double *scale;     // live
} Linearised;

static bool linearise(const NonlinearProblem *p, const double *x, Arena *arena, Linearised *l,
                      Status *status) {
    size_t n = p->unknowns, m = p->balances;
    double *c = arena_take_zero(arena, m + 1, sizeof *c),
           *j = arena_take_zero(arena, m * n + 1, sizeof *j);
    *l = (Linearised){.at = arena_take_zero(arena, n + 1, sizeof(size_t)),
                      .row = arena_take_zero(arena, m + 1, sizeof(size_t)),
                      .c = arena_take_zero(arena, m + 1, sizeof(double)),
                      .scale = arena_take_zero(arena, m + 1, sizeof(double))};
    if (!c || !j || !l->at || !l->row || !l->c || !l->scale) return status_no_memory(status);
    p->balance(p->context, x, c, j);
    for (size_t i = 0; i < n; i++)
        if (!p->fixed[i]) l->at[l->free++] = i;
    for (size_t k = 0; k < m; k++) {
        double length = 0.0;
        for (size_t i = 0; i < l->free; i++)
            length = hypot(length, j[k * n + l->at[i]] * p->unit[l->at[i]]);
        if (!isfinite(length) || !isfinite(c[k]))
            return status_set(status, STATUS_INVALID,
                              "balance %zu is no number where the search came to", k + 1);
        if (length == 0.0) continue;
        l->row[l->live] = k;
        l->scale[l->live] = length;
        l->c[l->live++] = c[k] / length;
    }
    l->a = arena_take_zero(arena, l->free * l->live + 1, sizeof *l->a);
    if (!l->a) return status_no_memory(status);
    for (size_t i = 0; i < l->free; i++)
        for (size_t k = 0; k < l->live; k++)
            l->a[i * l->live + k] = j[l->row[k] * n + l->at[i]] * p->unit[l->at[i]] / l->scale[k];
    return true;
}

// ---- one step ----

typedef struct Step {
    double *p;          // free, in units
    double *multiplier; // by balance
    double largest;
} Step;

// Z'HZ and Z'(g + H p), for Z the columns of Q from `rank` on.
static void reduce(const Orthogonal *o, const double *h, const double *g, const double *range,
                   size_t n, double *hz, double *reduced, double *right) {
    size_t k = n - o->rank;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < k; c++) {
            double sum = 0.0;
            for (size_t j = 0; j < n; j++)
                if (h[i * n + j] != 0.0) sum += h[i * n + j] * o->q[j * n + o->rank + c];
            hz[i * k + c] = sum;
        }
    memset(reduced, 0, k * k * sizeof *reduced);
    memset(right, 0, k * sizeof *right);
    for (size_t i = 0; i < n; i++) {
        const double *z = o->q + i * n + o->rank;
        double moved = g[i];
        for (size_t j = 0; j < n; j++)
            moved += h[i * n + j] * range[j];
        for (size_t c = 0; c < k; c++) {
            right[c] -= z[c] * moved;
            for (size_t d = 0; d < k; d++)
                reduced[c * k + d] += z[c] * hz[i * k + d];
        }
    }
}

static bool newton_step(const NonlinearProblem *p, const Objective *f, const double *x,
                        const double *multiplier, bool curved, Arena *arena, Step *step,
                        Linearised *l, Status *status) {
    Orthogonal o;
    if (!linearise(p, x, arena, l, status) ||
        !orthogonal_make(l->a, l->free, l->live, RANK, arena, &o, status))
        return false;
    size_t n = l->free, all = p->unknowns, k = n - o.rank;
    double *h = arena_take_zero(arena, n * n + 1, sizeof *h), *wide = NULL;
    double *gradient = arena_take_zero(arena, all + 1, sizeof *gradient);
    double *g = arena_take_zero(arena, n + 1, sizeof *g),
           *range = arena_take_zero(arena, n + 1, sizeof *range);
    double *coefficient = arena_take_zero(arena, n + l->live + 1, sizeof *coefficient);
    double *hz = arena_take_zero(arena, n * k + 1, sizeof *hz);
    double *reduced = arena_take_zero(arena, k * k + 1, sizeof *reduced);
    double *right = arena_take_zero(arena, k + 1, sizeof *right);
    double *scratch = arena_take_zero(arena, k + 1, sizeof *scratch);
    size_t *order = arena_take_zero(arena, k + 1, sizeof *order);
    step->p = arena_take_zero(arena, n + 1, sizeof(double));
    step->multiplier = arena_take_zero(arena, p->balances + 1, sizeof(double));
    if (curved) wide = arena_take_zero(arena, all * all + 1, sizeof *wide);
    if (!h || !gradient || !g || !range || !coefficient || !hz || !reduced || !right || !scratch ||
        !order || !step->p || !step->multiplier || (curved && !wide))
        return status_no_memory(status);
    half_gradient(p, x, gradient);
    // The Lagrangian is f/2 + multiplier'c.
    if (curved) p->curvature(p->context, x, multiplier, wide);
    for (size_t i = 0; i < n; i++) {
        g[i] = gradient[l->at[i]] * p->unit[l->at[i]];
        for (size_t j = 0; j < n; j++) {
            size_t at = l->at[i] * all + l->at[j];
            h[i * n + j] =
                (f->q[at] + (curved ? wide[at] : 0.0)) * p->unit[l->at[i]] * p->unit[l->at[j]];
        }
    }
    // Into the balances: R'(Y'p) = -c by its independent part.
    for (size_t c = 0; c < o.rank; c++) {
        double sum = -l->c[o.order[c]];
        for (size_t i = 0; i < c; i++)
            sum -= o.r[i * l->live + c] * coefficient[i];
        coefficient[c] = sum / o.r[c * l->live + c];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < o.rank; c++)
            range[i] += o.q[i * n + c] * coefficient[c];
    reduce(&o, h, g, range, n, hz, reduced, right);
    if (!semidefinite_solve(reduced, k, 1e-14, right, right, scratch, order)) {
        // Curved the wrong way here: the curvature of f alone never is.
        if (!curved) return status_set(status, STATUS_UNKNOWN, "the weights are no weights");
        return newton_step(p, f, x, multiplier, false, arena, step, l, status);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = range[i];
        for (size_t c = 0; c < k; c++)
            sum += o.q[i * n + o.rank + c] * right[c];
        step->p[i] = sum;
        step->largest = fmax(step->largest, fabs(sum));
    }
    // R l = -Y'(g + H p), for the independent balances; the others get none.
    for (size_t c = 0; c < o.rank; c++) {
        coefficient[c] = 0.0;
        for (size_t i = 0; i < n; i++) {
            double moved = g[i];
            for (size_t j = 0; j < n; j++)
                moved += h[i * n + j] * step->p[j];
            coefficient[c] -= o.q[i * n + c] * moved;
        }
    }
    for (size_t c = o.rank; c-- > 0;) {
        for (size_t i = c + 1; i < o.rank; i++)
            coefficient[c] -= o.r[c * l->live + i] * coefficient[i];
        coefficient[c] /= o.r[c * l->live + c];
    }
    for (size_t c = 0; c < o.rank; c++)
        step->multiplier[l->row[o.order[c]]] = coefficient[c] / l->scale[o.order[c]];
    return true;
}

// f/2 and the balances that are left, in one number; NAN where a balance is none.
static double merit(const NonlinearProblem *p, const double *x, const Linearised *l, double penalty,
                    double *c, double *left) {
    p->balance(p->context, x, c, NULL);
    *left = 0.0;
    for (size_t k = 0; k < l->live; k++)
        *left += fabs(c[l->row[k]]) / l->scale[k];
    return objective_at(p, x) / 2.0 + penalty * *left;
}

static bool search(const NonlinearProblem *p, const Objective *f, Arena *arena, NonlinearResult *r,
                   Status *status) {
    size_t n = p->unknowns;
    double *multiplier = arena_take_zero(arena, p->balances + 1, sizeof *multiplier);
    double *c = arena_take_zero(arena, p->balances + 1, sizeof *c);
    double *trial = arena_take_zero(arena, n + 1, sizeof *trial);
    if (!multiplier || !c || !trial) return status_no_memory(status);
    Arena task;
    arena_init(&task, (size_t)2 << 30);
    bool well = true;
    double penalty = 0.0;
    for (r->steps = 0; well && !r->converged && r->steps < STEPS_MAX; r->steps++) {
        Step step = {0};
        Linearised l;
        arena_reset(&task);
        bool curved = p->curvature && r->steps > 2;
        well = newton_step(p, f, r->x, multiplier, curved, &task, &step, &l, status);
        if (!well) break;
        double least = 0.0, left, part = 1.0;
        for (size_t k = 0; k < l.live; k++)
            least = fmax(least, fabs(step.multiplier[l.row[k]]) * l.scale[k]);
        if (penalty < 1.5 * least) penalty = 2.0 * least;
        double before = merit(p, r->x, &l, penalty, c, &left);
        for (int halving = 0; halving < HALVINGS_MAX; halving++, part /= 2.0) {
            memcpy(trial, r->x, n * sizeof *trial);
            for (size_t i = 0; i < l.free; i++)
                trial[l.at[i]] += part * step.p[i] * p->unit[l.at[i]];
            double now = merit(p, trial, &l, penalty, c, &left);
            if (now <= before || (step.largest < TRUSTED_STEP && isfinite(now))) break;
        }
        memcpy(r->x, trial, n * sizeof *trial);
        memcpy(multiplier, step.multiplier, p->balances * sizeof *multiplier);
        r->converged =
            step.largest * part < SMALL_STEP || (r->steps > 60 && step.largest * part < 1e-10);
    }
    arena_done(&task);
    return well;
}

// ---- classes ----

static bool classify(const NonlinearProblem *p, Arena *arena, NonlinearResult *r, Status *status) {
    // Ranks in units of the solution: what is zero there weighs as its unit says.
    size_t n = p->unknowns, own = n - p->groups, m = p->balances, measured = 0, unmeasured = 0;
    double *c = arena_take_zero(arena, m + 1, sizeof *c),
           *j = arena_take_zero(arena, m * n + 1, sizeof *j);
    double *u = arena_take_zero(arena, m * n + 1, sizeof *u),
           *whole = arena_take_zero(arena, m * n + 1, sizeof *whole);
    double *turned = arena_take_zero(arena, m * n + 1, sizeof *turned);
    size_t *at = arena_take_zero(arena, n + 1, sizeof *at),
           *known = arena_take_zero(arena, n + 1, sizeof *known);
    r->class_of = arena_take_zero(arena, n + 1, sizeof *r->class_of);
    if (!c || !j || !u || !whole || !turned || !at || !known || !r->class_of)
        return status_no_memory(status);
    p->balance(p->context, r->x, c, j);
    for (size_t i = 0; i < n; i++) {
        r->class_of[i] = VALUE_NONREDUNDANT;
        if (p->fixed[i] || i >= own) continue;
        if (p->weight[i] == 0.0)
            at[unmeasured++] = i;
        else
            known[measured++] = i;
    }
    r->worst = 0.0;
    for (size_t k = 0; k < m; k++) {
        double length = 0.0;
        for (size_t i = 0; i < own; i++) {
            j[k * n + i] *= r->x[i] != 0.0 ? fabs(r->x[i]) : p->unit[i];
            if (!p->fixed[i]) length = hypot(length, j[k * n + i]);
        }
        if (length == 0.0) continue;
        r->worst = fmax(r->worst, fabs(c[k]) / length);
        for (size_t i = 0; i < own; i++)
            j[k * n + i] /= length;
        for (size_t i = 0; i < unmeasured; i++)
            u[k * unmeasured + i] = j[k * n + at[i]];
        for (size_t i = 0; i < unmeasured + measured; i++)
            whole[k * (unmeasured + measured) + i] =
                j[k * n + (i < unmeasured ? at[i] : known[i - unmeasured])];
    }
    Orthogonal rows, all, columns;
    if (!orthogonal_make(u, m, unmeasured, RANK, arena, &rows, status) ||
        !orthogonal_make(whole, m, unmeasured + measured, RANK, arena, &all, status))
        return false;
    r->df = all.rank - rows.rank;
    r->p_value = r->df ? chi2_upper(r->objective, (double)r->df) : 1.0;
    for (size_t i = 0; i < measured; i++) {
        double left = 0.0;
        for (size_t b = rows.rank; b < m; b++) {
            double sum = 0.0;
            for (size_t k = 0; k < m; k++)
                sum += rows.q[k * m + b] * j[k * n + known[i]];
            left = hypot(left, sum);
        }
        r->class_of[known[i]] = left > CLASS_TOLERANCE ? VALUE_REDUNDANT : VALUE_NONREDUNDANT;
    }
    for (size_t k = 0; k < m; k++)
        for (size_t i = 0; i < unmeasured; i++)
            turned[i * m + k] = u[k * unmeasured + i];
    if (!orthogonal_make(turned, unmeasured, m, RANK, arena, &columns, status)) return false;
    for (size_t i = 0; i < unmeasured; i++) {
        double moves = 0.0;
        for (size_t b = columns.rank; b < unmeasured; b++)
            moves = hypot(moves, columns.q[i * unmeasured + b]);
        r->class_of[at[i]] = moves > CLASS_TOLERANCE ? VALUE_UNOBSERVABLE : VALUE_OBSERVABLE;
    }
    return true;
}

static bool check(const NonlinearProblem *p, const double *start, Status *status) {
    if (p->unknowns > NONLINEAR_UNKNOWNS_MAX)
        return status_set(status, STATUS_LIMIT, "%zu unknowns are too many", p->unknowns) ||
               status_hint(status, "at most %d", NONLINEAR_UNKNOWNS_MAX);
    for (size_t i = 0; i < p->unknowns; i++) {
        bool fine = reconcile_takes(start[i]) && p->unit[i] > 0.0 && reconcile_takes(p->unit[i]) &&
                    (p->weight[i] == 0.0 || (reconcile_takes(p->y[i]) && p->weight[i] > 0.0 &&
                                             reconcile_takes_sd(1.0 / sqrt(p->weight[i]))));
        if (!fine)
            return status_set(status, STATUS_INVALID,
                              "unknown %zu has a value or an uncertainty that is no number, or out "
                              "of reach (1e-75 to 1e75)",
                              i + 1);
    }
    return true;
}

bool nonlinear_solve(const NonlinearProblem *p, const double *start, Arena *arena,
                     NonlinearResult *result, Status *status) {
    NonlinearResult made = {.x = arena_take_zero(arena, p->unknowns + 1, sizeof(double))};
    Objective f;
    if (!made.x) return status_no_memory(status);
    memcpy(made.x, start, p->unknowns * sizeof *start);
    if (!check(p, start, status) || !objective_make(p, arena, &f, status) ||
        !search(p, &f, arena, &made, status))
        return false;
    made.objective = objective_at(p, made.x);
    if (!classify(p, arena, &made, status)) return false;
    *result = made;
    return true;
}

bool nonlinear_uncertainty(const NonlinearProblem *p, const double *x, Arena *arena, double *sd,
                           Status *status) {
    Objective f;
    Linearised l;
    Orthogonal o;
    if (!objective_make(p, arena, &f, status) || !linearise(p, x, arena, &l, status) ||
        !orthogonal_make(l.a, l.free, l.live, 1e-12, arena, &o, status))
        return false;
    size_t n = l.free, k = n - o.rank, all = p->unknowns;
    double *h = arena_take_zero(arena, n * n + 1, sizeof *h),
           *hz = arena_take_zero(arena, n * k + 1, sizeof *hz);
    double *reduced = arena_take_zero(arena, k * k + 1, sizeof *reduced);
    double *right = arena_take_zero(arena, k + 1, sizeof *right),
           *none = arena_take_zero(arena, n + 1, sizeof *none);
    double *lower = arena_take_zero(arena, k * k + 1, sizeof *lower);
    if (!h || !hz || !reduced || !right || !none || !lower) return status_no_memory(status);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            h[i * n + j] = f.q[l.at[i] * all + l.at[j]] * p->unit[l.at[i]] * p->unit[l.at[j]];
    reduce(&o, h, none, none, n, hz, reduced, right);
    // L L' = Z'QZ row by row; a direction that nothing determines has no uncertainty to give.
    double largest = 0.0;
    for (size_t i = 0; i < k; i++)
        largest = fmax(largest, reduced[i * k + i]);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = reduced[i * k + j];
            for (size_t t = 0; t < j; t++)
                sum -= lower[i * k + t] * lower[j * k + t];
            if (i == j)
                lower[i * k + i] = sum > 1e-15 * largest ? sqrt(sum) : 0.0;
            else
                lower[i * k + j] = lower[j * k + j] > 0.0 ? sum / lower[j * k + j] : 0.0;
        }
    memset(sd, 0, all * sizeof *sd);
    for (size_t i = 0; i < n; i++) {
        double variance = 0.0;
        for (size_t c = 0; c < k; c++) {
            double sum = o.q[i * n + o.rank + c];
            for (size_t t = 0; t < c; t++)
                sum -= lower[c * k + t] * right[t];
            right[c] = lower[c * k + c] > 0.0 ? sum / lower[c * k + c] : 0.0;
            variance += right[c] * right[c];
        }
        sd[l.at[i]] = sqrt(variance) * p->unit[l.at[i]];
    }
    return true;
}
