#include "origin/expected.h"

#include "numeric/distribution.h"
#include "numeric/draw.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_used(const ExpectedInput *in, size_t i) {
    return in->state[i] != PART_UNKNOWN && in->expected[i] > 0.0;
}

static double sd_of(const ExpectedInput *in, size_t i) {
    return hypot(in->sd[i], in->expected_sd[i]);
}

static bool check(const ExpectedInput *in, Status *status) {
    for (size_t i = 0; i < in->parts; i++) {
        if (!is_used(in, i)) continue;
        double sd = sd_of(in, i), value = in->state[i] == PART_BELOW ? in->limit[i] : in->y[i];
        if (!(value > 0.0) || !isfinite(value))
            return status_set(status, STATUS_INVALID, "part %zu is %g, which has no logarithm",
                              i + 1, value);
        if (!(sd > 0.0) || !isfinite(sd) || !isfinite(in->expected[i])) {
            status_set(status, STATUS_INVALID, "the uncertainty of part %zu is %g", i + 1, sd);
            return status_hint(status, "it must be above zero");
        }
    }
    return true;
}

// D at a level, and its slope and curvature there: convex, as each term is.
static double deviance(const ExpectedInput *in, double t, double *slope, double *curve) {
    double sum = 0.0;
    *slope = *curve = 0.0;
    for (size_t i = 0; i < in->parts; i++) {
        if (!is_used(in, i)) continue;
        bool below = in->state[i] == PART_BELOW;
        double s = sd_of(in, i),
               z = (log(below ? in->limit[i] : in->y[i]) - log(in->expected[i]) - t) / s;
        if (!below) {
            sum += z * z;
            *slope -= 2.0 * z / s;
            *curve += 2.0 / (s * s);
            continue;
        }
        double lower = normal_upper_log(-z), ratio = exp(-0.5 * z * z - 0.9189385332046727 - lower);
        sum -= 2.0 * lower;
        *slope += 2.0 * ratio / s;
        *curve += fmax(0.0, 2.0 * ratio * (ratio + z) / (s * s));
    }
    return sum;
}

bool expected_test(const ExpectedInput *in, Arena *arena, ExpectedTest *test, Status *status) {
    ExpectedTest made = {.z = arena_take_zero(arena, in->parts + 1, sizeof(double))};
    if (!made.z) return status_no_memory(status);
    if (!check(in, status)) return false;
    double sum = 0.0, weight = 0.0;
    size_t measured = 0, below = 0;
    for (size_t i = 0; i < in->parts; i++) {
        if (!is_used(in, i)) continue;
        made.used++;
        below += in->state[i] == PART_BELOW;
        if (in->state[i] != PART_MEASURED) continue;
        double w = 1.0 / (sd_of(in, i) * sd_of(in, i));
        sum += w * (log(in->y[i]) - log(in->expected[i]));
        weight += w;
        measured++;
    }
    // What was nowhere measured has no level to compare limits at.
    if (measured > 0 && measured + below > 1) {
        double slope, curve, t = sum / weight, now = deviance(in, t, &slope, &curve);
        for (int step = 0; below && step < 100; step++) {
            double move = -slope / curve, next, s, c;
            int halvings = 0;
            while ((next = deviance(in, t + move, &s, &c)) > now && halvings++ < 60)
                move /= 2.0;
            if (!(next < now)) break;
            t += move;
            slope = s, curve = c;
            double fall = now - next;
            now = next;
            if (fall <= 1e-14 * (1.0 + now)) break;
        }
        made.level = t;
        made.statistic = now;
        made.df = (double)(measured - 1 + 2 * below);
        made.log_p = chi2_upper_log(now, made.df);
        made.log_e = log_e_of_log_p(made.log_p);
        for (size_t i = 0; i < in->parts; i++)
            if (is_used(in, i) && in->state[i] == PART_MEASURED)
                made.z[i] = (log(in->y[i]) - log(in->expected[i]) - t) / sd_of(in, i);
    }
    *test = made;
    return true;
}

double log_e_of_log_p(double log_p) {
    double x = -log_p;
    if (x < 1e-3) return log(0.5 + x / 6.0);
    if (x > 40.0) return x - 2.0 * log(x);
    return log(expm1(x) - x) - 2.0 * log(x);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

bool mixture_intervals(const MixtureInput *in, const MixtureFit *fit, bool sum_to_one, size_t draws,
                       uint64_t seed, Arena *arena, MixtureInterval *interval, Status *status) {
    size_t n = in->parts, k = in->sources;
    MixtureInterval made = {.low = arena_take_zero(arena, k + 1, sizeof(double)),
                            .high = arena_take_zero(arena, k + 1, sizeof(double))};
    double *all = arena_take_zero(arena, k * draws + 1, sizeof *all),
           *y = arena_take_zero(arena, n + 1, sizeof *y),
           *noise = arena_take_zero(arena, n + 1, sizeof *noise);
    PartState *state = arena_take_zero(arena, n + 1, sizeof *state);
    if (!made.low || !made.high || !all || !y || !noise || !state) return status_no_memory(status);
    Arena task;
    arena_init(&task, (size_t)64 << 20);
    Draw draw = draw_seeded(seed);
    MixtureInput drawn = *in;
    drawn.y = y;
    drawn.state = state;
    bool well = true;
    for (size_t d = 0; well && d < draws; d++) {
        draw_normals(&draw, noise, n);
        for (size_t i = 0; i < n; i++) {
            state[i] = in->state ? in->state[i] : PART_MEASURED;
            if (state[i] == PART_UNKNOWN) continue;
            y[i] = fit->fitted[i] + in->sd[i] * noise[i];
            bool limited = in->limit && in->limit[i] > -INFINITY;
            state[i] = limited && y[i] < in->limit[i] ? PART_BELOW : PART_MEASURED;
        }
        arena_reset(&task);
        MixtureFit again;
        well = mixture_fit(&drawn, sum_to_one, &task, &again, status);
        for (size_t s = 0; well && s < k; s++)
            all[s * draws + d] = again.share[s];
    }
    arena_done(&task);
    for (size_t s = 0; well && draws && s < k; s++) {
        qsort(all + s * draws, draws, sizeof *all, ascending);
        made.low[s] = fmin(fit->share[s], all[s * draws + (size_t)(0.025 * (double)draws)]);
        made.high[s] =
            fmax(fit->share[s], all[s * draws + (size_t)(0.975 * (double)(draws - 1) + 0.5)]);
    }
    *interval = made;
    return well;
}
