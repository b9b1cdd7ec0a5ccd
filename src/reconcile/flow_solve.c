#include "reconcile/flow_solve.h"

#include "base/memory.h"
#include <assert.h>
#include <math.h>
#include <string.h>

// How often the loop is entered anew from the residual of its answer.
enum { RESTARTS = 6 };
#define KERNEL static inline __attribute__((always_inline))

typedef struct Run {
    const FlowSolver *solver;
    size_t width;
    double *r, *z, *p, *q;
    double goal[FLOW_WIDTH]; // by column: a residual small enough
    size_t iterations, most;
} Run;

// ---- loops written once and compiled for one column and for eight ----

KERNEL void dots_of(const double *x, const double *y, size_t n, size_t width, double *out) {
    // Several sums side by side: quicker, and nearer to the truth, than one.
    double sum[FLOW_WIDTH] = {0.0};
    size_t whole = n * width / FLOW_WIDTH * FLOW_WIDTH, i = 0;
    for (; i < whole; i += FLOW_WIDTH) {
        for (size_t k = 0; k < FLOW_WIDTH; k++)
            sum[k] += x[i + k] * y[i + k];
    }
    for (; i < n * width; i++)
        sum[i - whole] += x[i] * y[i];
    if (width == FLOW_WIDTH)
        memcpy(out, sum, sizeof sum);
    else
        *out = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

KERNEL void turn_of(double *p, const double *z, const double *beta, size_t n, size_t width) {
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++)
            p[i * width + k] = z[i * width + k] + beta[k] * p[i * width + k];
    }
}

KERNEL void step_of(double *x, double *r, const double *p, const double *q, const double *alpha,
                    size_t n, size_t width) {
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++) {
            x[i * width + k] += alpha[k] * p[i * width + k];
            r[i * width + k] -= alpha[k] * q[i * width + k];
        }
    }
}

static void dots(const double *x, const double *y, size_t n, size_t width, double *out) {
    if (width == 1)
        dots_of(x, y, n, 1, out);
    else
        dots_of(x, y, n, FLOW_WIDTH, out);
}

static void turn(double *p, const double *z, const double *beta, size_t n, size_t width) {
    if (width == 1)
        turn_of(p, z, beta, n, 1);
    else
        turn_of(p, z, beta, n, FLOW_WIDTH);
}

static void step(double *x, double *r, const double *p, const double *q, const double *alpha,
                 size_t n, size_t width) {
    if (width == 1)
        step_of(x, r, p, q, alpha, n, 1);
    else
        step_of(x, r, p, q, alpha, n, FLOW_WIDTH);
}

// ---- the method ----

// run->r = b - H x, and its size by column.
static void remainder_of(Run *run, const double *b, const double *x, double *size) {
    const FlowSolver *s = run->solver;
    s->apply(s->apply_context, x, run->width, run->q);
    for (size_t i = 0; i < s->n * run->width; i++)
        run->r[i] = b[i] - run->q[i];
    dots(run->r, run->r, s->n, run->width, size);
    for (size_t k = 0; k < run->width; k++)
        size[k] = sqrt(size[k]);
}

static bool all_within(const Run *run, const double *size, double share) {
    for (size_t k = 0; k < run->width; k++) {
        if (size[k] > share * run->goal[k]) return false;
    }
    return true;
}

// From the residuals in run->r until all, as updated, are well below their goals; a column that can
// be told no better stands still.
static bool descend(Run *run, double *x, Status *status) {
    const FlowSolver *s = run->solver;
    size_t n = s->n, width = run->width;
    double rho[FLOW_WIDTH] = {0.0}, beta[FLOW_WIDTH], alpha[FLOW_WIDTH], size[FLOW_WIDTH];
    for (bool first = true; run->iterations < run->most; first = false) {
        if (!s->precondition(s->precondition_context, run->r, width, run->z, status)) return false;
        double now[FLOW_WIDTH], curvature[FLOW_WIDTH];
        dots(run->r, run->z, n, width, now);
        for (size_t k = 0; k < width; k++) {
            beta[k] = !first && rho[k] > 0.0 ? now[k] / rho[k] : 0.0;
            rho[k] = now[k];
        }
        if (first)
            memcpy(run->p, run->z, n * width * sizeof *run->p);
        else
            turn(run->p, run->z, beta, n, width);
        s->apply(s->apply_context, run->p, width, run->q);
        dots(run->p, run->q, n, width, curvature);
        bool moves = false;
        for (size_t k = 0; k < width; k++) {
            bool open = rho[k] > 0.0 && curvature[k] > 0.0;
            alpha[k] = open ? rho[k] / curvature[k] : 0.0;
            moves = moves || open;
        }
        if (!moves) return true;
        step(x, run->r, run->p, run->q, alpha, n, width);
        run->iterations++;
        dots(run->r, run->r, n, width, size);
        for (size_t k = 0; k < width; k++)
            size[k] = sqrt(size[k]);
        // A little further than asked, since the updated residual drifts from the true one.
        if (all_within(run, size, 0.7)) return true;
    }
    return true;
}

static bool solve(Run *run, const double *b, double tolerance, double *x,
                  FlowConvergence *convergence, Status *status) {
    const FlowSolver *s = run->solver;
    double whole[FLOW_WIDTH], size[FLOW_WIDTH];
    dots(b, b, s->n, run->width, whole);
    for (size_t k = 0; k < run->width; k++) {
        whole[k] = sqrt(whole[k]);
        run->goal[k] = tolerance * whole[k];
    }
    remainder_of(run, b, x, size);
    for (int turns = 0; turns < RESTARTS && !all_within(run, size, 1.0); turns++) {
        size_t before = run->iterations;
        if (!descend(run, x, status)) return false;
        remainder_of(run, b, x, size);
        if (run->iterations == before) break;
    }
    convergence->iterations = run->iterations;
    convergence->residual = 0.0;
    for (size_t k = 0; k < run->width; k++) {
        if (whole[k] > 0.0) {
            convergence->residual = fmax(convergence->residual, size[k] / whole[k]);
        }
    }
    if (all_within(run, size, 1.0)) return true;
    status_set(status, STATUS_LIMIT, "%zu balances are solved to \"%.1e\" only, in %zu iterations",
               s->n, convergence->residual, convergence->iterations);
    return status_hint(status, "variances lie too far apart; \"%.0e\" was asked", tolerance);
}

bool flow_solve(const FlowSolver *solver, const double *b, size_t width, double tolerance,
                size_t most, bool warm, double *x, FlowConvergence *convergence, Status *status) {
    assert(width == 1 || width == FLOW_WIDTH);
    size_t length = solver->n * width;
    double *space = memory_new_large((4 * length + 1) * sizeof *space, 0);
    if (!space) return status_no_memory(status);
    Run run = {.solver = solver,
               .width = width,
               .r = space,
               .z = space + length,
               .p = space + 2 * length,
               .q = space + 3 * length,
               .most = most};
    if (!warm) memset(x, 0, length * sizeof *x);
    bool ok = solve(&run, b, tolerance, x, convergence, status);
    memory_free(space);
    return ok;
}
