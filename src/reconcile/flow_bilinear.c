#include "reconcile/flow_bilinear.h"

#include <math.h>
#include <string.h>

#include "numeric/draw.h"
#include "reconcile/flow_bilinear_system.h"

// A step is the last when it moves nothing by more than this, in standard deviations, and leaves no
// balance by more.
static const double AT_REST = 1e-7;
static const double NEARLY_AT_REST = 1e-2;
// How well each step's system is solved, as a share of its right side.
static const double TOLERANCE = 1e-10, LOOSE = 1e-3;
enum { STEPS_MAX = 60, BOUND_ROUNDS_MAX = 20 };

typedef struct Work {
    const FlowBilinear *network;
    FlowBilinearSystem system;
    Arena *arena, *scratch;
    double *y;               // fractions as measured, or 0 where held
    bool *held;              // by fraction
    double *flow, *fraction; // where the next step begins
    double *multiplier, *b, *drop;
} Work;

// ---- input ----

static bool fails(Status *status, size_t stream, size_t component, size_t components,
                  const char *what, double value) {
    if (component == components)
        status_set(status, STATUS_INVALID, "the flow of stream %zu has %s %g", stream, what, value);
    else
        status_set(status, STATUS_INVALID, "component %zu of stream %zu has %s %g", component,
                   stream, what, value);
    return status_hint(status, "every flow and fraction a number with a standard uncertainty of 0 "
                               "or more; what is not measured is for the small engine");
}

static bool check(const FlowBilinear *w, Status *status) {
    size_t n = w->components;
    if (n == 0 || n > FLOW_COMPONENTS_MAX)
        return status_set(status, STATUS_INVALID, "%zu components; 1 to %d are possible", n,
                          FLOW_COMPONENTS_MAX);
    for (size_t j = 0; j < w->streams; j++) {
        const uint32_t ends[] = {w->from[j], w->to[j]};
        for (int e = 0; e < 2; e++)
            if (ends[e] != FLOW_OUTSIDE && ends[e] >= w->nodes)
                return status_set(status, STATUS_INVALID,
                                  "an end of stream %zu is node %u, of %zu nodes", j,
                                  (unsigned)ends[e], w->nodes);
        for (size_t c = 0; c <= n; c++) {
            double value = c < n ? w->fraction[j * n + c] : w->flow[j];
            double sigma = c < n ? w->fraction_sigma[j * n + c] : w->flow_sigma[j];
            if (!isfinite(value) || fabs(value) > 1e100)
                return fails(status, j, c, n, "the value", value);
            if (!(sigma >= 0.0) || sigma > 1e100)
                return fails(status, j, c, n, "the standard uncertainty", sigma);
        }
    }
    return true;
}

// ---- steps ----

// b = J (y - x) + c(x).
static void right_side(Work *k) {
    const FlowBilinear *w = k->network;
    size_t n = w->components;
    double kg[FLOW_COMPONENTS_MAX];
    memset(k->b, 0, k->system.n * n * sizeof *k->b);
    for (size_t j = 0; j < w->streams; j++) {
        const double *x = k->fraction + j * n, *y = k->y + j * n;
        for (size_t c = 0; c < n; c++)
            kg[c] = x[c] * w->flow[j] + k->flow[j] * (y[c] - x[c]);
        flow_bilinear_add(&k->system, j, kg, k->b);
    }
}

// x = y - V J' lambda, J at the old x. Gives how far the farthest moves, in standard deviations.
static double move(Work *k) {
    const FlowBilinear *w = k->network;
    size_t n = w->components;
    double farthest = 0.0;
    for (size_t j = 0; j < w->streams; j++) {
        double *x = k->fraction + j * n, along = 0.0, f = k->flow[j];
        flow_bilinear_drop(&k->system, j, k->multiplier, k->drop);
        for (size_t c = 0; c < n; c++)
            along += x[c] * k->drop[c];
        k->flow[j] = w->flow[j] - k->system.flow_variance[j] * along;
        if (w->flow_sigma[j] > 0.0)
            farthest = fmax(farthest, fabs(k->flow[j] - f) / w->flow_sigma[j]);
        for (size_t c = 0; c < n; c++) {
            double v = k->system.fraction_variance[j * n + c], old = x[c];
            x[c] = k->y[j * n + c] - v * f * k->drop[c];
            if (v > 0.0) farthest = fmax(farthest, fabs(x[c] - old) / sqrt(v));
        }
    }
    return farthest;
}

// The largest imbalance at x in its own standard deviations; `out` gets them all, in kg.
static double violation(Work *k, double *out) {
    const FlowBilinear *w = k->network;
    size_t n = w->components, cells = k->system.n * n;
    double kg[FLOW_COMPONENTS_MAX], largest = 0.0;
    memset(out, 0, cells * sizeof *out);
    for (size_t j = 0; j < w->streams; j++) {
        for (size_t c = 0; c < n; c++)
            kg[c] = k->flow[j] * k->fraction[j * n + c];
        flow_bilinear_add(&k->system, j, kg, out);
    }
    for (size_t i = 0; i < cells; i++)
        if (k->system.pin[i] == 0.0) largest = fmax(largest, fabs(out[i]) * k->system.scale[i]);
    return largest;
}

// Until nothing moves by more than `rest`. Early systems need not be solved better than the step
// they give is good.
static bool iterate(Work *k, bool factor, double rest, FlowBilinearResult *r, Status *status) {
    double farthest = 1.0;
    for (size_t i = 0; i < STEPS_MAX; i++) {
        double tolerance = fmax(TOLERANCE, LOOSE * fmin(1.0, farthest));
        if (!flow_bilinear_system_at(&k->system, k->flow, k->fraction, factor && i == 0, status))
            return false;
        right_side(k);
        if (!flow_bilinear_system_solve(&k->system, k->b, tolerance, k->multiplier, &r->iterations,
                                        status))
            return false;
        farthest = move(k);
        r->steps++;
        r->violation = violation(k, k->b);
        if (!isfinite(farthest) || !isfinite(r->violation)) break;
        if (farthest <= rest && r->violation <= rest) return true;
    }
    status_set(status, STATUS_LIMIT,
               "flows and fractions do not come to rest: %.1e standard deviations are left over",
               r->violation);
    return status_hint(status, "uncertainties far below what the balances differ by, or flows "
                               "near zero with large ones");
}

// ---- fractions that would be below zero ----

// Holds those that are, and lets go those that want to be above: true when anything changed.
static bool hold(Work *k) {
    const FlowBilinear *w = k->network;
    size_t n = w->components;
    bool changed = false;
    for (size_t j = 0; j < w->streams; j++) {
        flow_bilinear_drop(&k->system, j, k->multiplier, k->drop);
        for (size_t c = 0; c < n; c++) {
            size_t i = j * n + c;
            double sigma = w->fraction_sigma[i];
            if (sigma == 0.0) continue;
            // d/dx of (x - y)^2 / 2 v + lambda c at 0: below zero it wants to grow.
            double slope = -w->fraction[i] / (sigma * sigma) + k->flow[j] * k->drop[c];
            bool now = k->held[i] ? slope >= 0.0 : k->fraction[i] < 0.0;
            if (now == k->held[i]) continue;
            changed = true;
            k->held[i] = now;
            k->y[i] = now ? 0.0 : w->fraction[i];
            k->system.fraction_variance[i] = now ? 0.0 : sigma * sigma;
            k->fraction[i] = k->y[i] > 0.0 ? k->y[i] : 0.0;
        }
    }
    return changed;
}

static bool reconcile(Work *k, bool nonnegative, FlowBilinearResult *r, Status *status) {
    bool factor = true;
    for (int round = 0; round < BOUND_ROUNDS_MAX; round++) {
        // Who is below zero shows long before all is at rest.
        if (nonnegative) {
            if (!iterate(k, factor, round ? NEARLY_AT_REST * 0.1 : NEARLY_AT_REST, r, status))
                return false;
            factor = hold(k);
            if (factor) continue;
        }
        if (!iterate(k, factor, AT_REST, r, status)) return false;
        if (!nonnegative || !hold(k)) return true;
        factor = true;
    }
    return status_set(status, STATUS_LIMIT,
                      "which fractions are zero is not settled after %d rounds", BOUND_ROUNDS_MAX);
}

// ---- uncertainties ----

// Errors are drawn and reconciled by the same balances: what is left of them has the covariance of
// the reconciled values, what is taken off that of the adjustments, and the multipliers S^-1.
static bool probe(Work *k, size_t probes, FlowBilinearResult *r, Status *status) {
    const FlowBilinear *w = k->network;
    size_t n = w->components, streams = w->streams, cells = k->system.n * n;
    double *error = arena_take(k->scratch, ((n + 1) * streams + 2) * sizeof *error);
    double *lambda = arena_take(k->scratch, (cells + 1) * sizeof *lambda);
    double *square = arena_take_zero(k->scratch, cells + 1, sizeof *square);
    if (!error || !lambda || !square) return status_no_memory(status);
    Draw draw = draw_seeded(flow_graph_digest(&k->system.graph));
    double kg[FLOW_COMPONENTS_MAX];
    size_t ignored = 0;
    if (!flow_bilinear_system_at(&k->system, k->flow, k->fraction, true, status)) return false;
    for (size_t p = 0; p < probes; p++) {
        draw_normals(&draw, error, (n + 1) * streams);
        memset(k->b, 0, cells * sizeof *k->b);
        memset(lambda, 0, cells * sizeof *lambda);
        for (size_t j = 0; j < streams; j++) {
            double *e = error + j * (n + 1), *x = k->fraction + j * n;
            e[n] *= w->flow_sigma[j];
            for (size_t c = 0; c < n; c++) {
                e[c] *= sqrt(k->system.fraction_variance[j * n + c]);
                kg[c] = x[c] * e[n] + k->flow[j] * e[c];
            }
            flow_bilinear_add(&k->system, j, kg, k->b);
        }
        if (!flow_bilinear_system_solve(&k->system, k->b, 1e-6, lambda, &ignored, status))
            return false;
        for (size_t i = 0; i < cells; i++)
            square[i] += lambda[i] * lambda[i];
        for (size_t j = 0; j < streams; j++) {
            const double *e = error + j * (n + 1), *x = k->fraction + j * n;
            double along = 0.0;
            flow_bilinear_drop(&k->system, j, lambda, k->drop);
            for (size_t c = 0; c < n; c++) {
                double off = k->system.fraction_variance[j * n + c] * k->flow[j] * k->drop[c];
                along += x[c] * k->drop[c];
                r->fraction_sd[j * n + c] += (e[c] - off) * (e[c] - off);
                r->fraction_adjustment_sd[j * n + c] += off * off;
            }
            along *= k->system.flow_variance[j];
            r->flow_sd[j] += (e[n] - along) * (e[n] - along);
            r->flow_adjustment_sd[j] += along * along;
        }
    }
    double *sums[] = {r->flow_sd, r->flow_adjustment_sd, r->fraction_sd, r->fraction_adjustment_sd};
    for (size_t a = 0; a < 4; a++)
        for (size_t i = 0; i < (a < 2 ? streams : streams * n); i++)
            sums[a][i] = sqrt(sums[a][i] / (double)probes);
    for (size_t node = 0; node < w->nodes; node++) {
        uint32_t v = k->system.graph.vertex[node];
        for (size_t c = 0; v != FLOW_GROUND && c < n; c++)
            if (k->system.pin[v * n + c] == 0.0)
                r->information[node * n + c] = square[v * n + c] / (double)probes;
    }
    r->estimate_error = 1.0 / sqrt(2.0 * (double)probes);
    return true;
}

// ---- results ----

static bool take(const FlowBilinear *w, size_t probes, Arena *arena, FlowBilinearResult *r) {
    size_t n = w->components, streams = w->streams + 1, all = w->streams * n + 1;
    *r = (FlowBilinearResult){.flow = arena_take(arena, streams * sizeof(double)),
                              .fraction = arena_take(arena, all * sizeof(double)),
                              .imbalance = arena_take_zero(arena, w->nodes * n + 1, 8),
                              .multiplier = arena_take_zero(arena, w->nodes * n + 1, 8)};
    if (!r->flow || !r->fraction || !r->imbalance || !r->multiplier) return false;
    if (!probes) return true;
    r->flow_sd = arena_take_zero(arena, streams, sizeof(double));
    r->fraction_sd = arena_take_zero(arena, all, sizeof(double));
    r->flow_adjustment_sd = arena_take_zero(arena, streams, sizeof(double));
    r->fraction_adjustment_sd = arena_take_zero(arena, all, sizeof(double));
    r->information = arena_take_zero(arena, w->nodes * n + 1, sizeof(double));
    return r->flow_sd && r->fraction_sd && r->flow_adjustment_sd && r->fraction_adjustment_sd &&
           r->information;
}

static void measure(const FlowBilinear *w, FlowBilinearResult *r) {
    size_t n = w->components;
    for (size_t j = 0; j < w->streams; j++)
        for (size_t c = 0; c < n; c++) {
            double kg = w->flow[j] * w->fraction[j * n + c];
            if (w->to[j] != FLOW_OUTSIDE) r->imbalance[w->to[j] * n + c] += kg;
            if (w->from[j] != FLOW_OUTSIDE) r->imbalance[w->from[j] * n + c] -= kg;
        }
}

static void tell(const Work *k, FlowBilinearResult *r) {
    const FlowBilinear *w = k->network;
    size_t n = w->components;
    for (size_t j = 0; j < w->streams; j++) {
        if (w->flow_sigma[j] > 0.0) r->chi2 += pow((r->flow[j] - w->flow[j]) / w->flow_sigma[j], 2);
        for (size_t c = 0; c < n; c++) {
            size_t i = j * n + c;
            r->held += k->held[i];
            if (w->fraction_sigma[i] > 0.0)
                r->chi2 += pow((r->fraction[i] - w->fraction[i]) / w->fraction_sigma[i], 2);
        }
    }
    for (size_t node = 0; node < w->nodes; node++) {
        uint32_t v = k->system.graph.vertex[node];
        if (v != FLOW_GROUND)
            memcpy(r->multiplier + node * n, k->multiplier + v * n, n * sizeof(double));
    }
    r->df = k->system.df;
}

static bool run(Work *k, FlowBilinearOptions options, FlowBilinearResult *r, Status *status) {
    const FlowBilinear *w = k->network;
    size_t n = w->components, all = w->streams * n + 1;
    if (!flow_bilinear_system_init(&k->system, w, k->scratch, status)) return false;
    size_t cells = k->system.n * n + 1;
    k->y = arena_take(k->scratch, all * sizeof(double));
    k->held = arena_take_zero(k->scratch, all, sizeof *k->held);
    k->multiplier = arena_take_zero(k->scratch, cells, sizeof(double));
    k->b = arena_take_zero(k->scratch, cells, sizeof(double));
    k->drop = arena_take(k->scratch, (n + 1) * sizeof(double));
    if (!take(w, options.probes, k->arena, r) || !k->y || !k->held || !k->multiplier || !k->b ||
        !k->drop)
        return status_no_memory(status);
    k->flow = r->flow;
    k->fraction = r->fraction;
    if (w->streams) {
        memcpy(k->y, w->fraction, w->streams * n * sizeof(double));
        memcpy(k->flow, w->flow, w->streams * sizeof(double));
        memcpy(k->fraction, w->fraction, w->streams * n * sizeof(double));
    }
    measure(w, r);
    if (!reconcile(k, options.nonnegative, r, status)) return false;
    tell(k, r);
    return options.probes == 0 || probe(k, options.probes, r, status);
}

bool flow_reconcile_bilinear(const FlowBilinear *network, FlowBilinearOptions options, Arena *arena,
                             FlowBilinearResult *result, Status *status) {
    if (!check(network, status)) return false;
    Arena scratch;
    arena_init(&scratch, SIZE_MAX / 2);
    Work k = {.network = network, .arena = arena, .scratch = &scratch};
    bool well = run(&k, options, result, status);
    flow_bilinear_system_done(&k.system);
    arena_done(&scratch);
    return well;
}
