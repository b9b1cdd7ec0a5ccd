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

enum { FREE_MAX = 1 + EXPECTED_DIRECTIONS_MAX };

// What is minimised over: the level, and the amount of each direction.
typedef struct Point {
    double at[FREE_MAX];
} Point;

static double direction_of(const ExpectedInput *in, size_t free, size_t part) {
    return free == 0 ? 1.0 : in->direction[(free - 1) * in->parts + part];
}

static double shift_of(const ExpectedInput *in, const Point *point, size_t part) {
    double shift = 0.0;
    for (size_t f = 0; f <= in->directions; f++)
        shift += point->at[f] * direction_of(in, f, part);
    return shift;
}

// D at a point, its gradient and curvature there: convex, as each term is.
static double deviance(const ExpectedInput *in, const Point *point, double gradient[FREE_MAX],
                       double curve[FREE_MAX][FREE_MAX]) {
    double sum = 0.0;
    size_t free = 1 + in->directions;
    memset(gradient, 0, FREE_MAX * sizeof *gradient);
    memset(curve, 0, FREE_MAX * sizeof *curve);
    for (size_t f = 1; f < free; f++) {
        sum += point->at[f] * point->at[f];
        gradient[f] += 2.0 * point->at[f];
        curve[f][f] += 2.0;
    }
    for (size_t i = 0; i < in->parts; i++) {
        if (!is_used(in, i)) continue;
        bool below = in->state[i] == PART_BELOW;
        double s = sd_of(in, i), value = log(below ? in->limit[i] : in->y[i]);
        double z = (value - log(in->expected[i]) - shift_of(in, point, i)) / s, slope, second;
        if (!below) {
            sum += z * z;
            slope = -2.0 * z / s;
            second = 2.0 / (s * s);
        } else {
            double lower = normal_upper_log(-z),
                   ratio = exp(-0.5 * z * z - 0.9189385332046727 - lower);
            sum -= 2.0 * lower;
            slope = 2.0 * ratio / s;
            second = fmax(0.0, 2.0 * ratio * (ratio + z) / (s * s));
        }
        for (size_t f = 0; f < free; f++) {
            gradient[f] += slope * direction_of(in, f, i);
            for (size_t g = 0; g < free; g++)
                curve[f][g] += second * direction_of(in, f, i) * direction_of(in, g, i);
        }
    }
    return sum;
}

// Newton's step: curve step = -gradient, by elimination; the curvature is positive definite as soon
// as one part is measured.
static Point newton(size_t free, double gradient[FREE_MAX], double curve[FREE_MAX][FREE_MAX]) {
    Point step = {{0}};
    for (size_t f = 0; f < free; f++)
        for (size_t r = f + 1; r < free; r++) {
            double times = curve[r][f] / curve[f][f];
            for (size_t c = f; c < free; c++)
                curve[r][c] -= times * curve[f][c];
            gradient[r] -= times * gradient[f];
        }
    for (size_t f = free; f-- > 0;) {
        double rest = -gradient[f];
        for (size_t c = f + 1; c < free; c++)
            rest -= curve[f][c] * step.at[c];
        step.at[f] = rest / curve[f][f];
    }
    return step;
}

// Without limits the first step is the answer.
static double least_deviance(const ExpectedInput *in, Point *point) {
    double gradient[FREE_MAX], curve[FREE_MAX][FREE_MAX];
    size_t free = 1 + in->directions;
    double now = deviance(in, point, gradient, curve);
    for (int steps = 0; steps < 100; steps++) {
        Point step = newton(free, gradient, curve), next;
        double value, part = 1.0;
        int halvings = 0;
        do {
            for (size_t f = 0; f < free; f++)
                next.at[f] = point->at[f] + part * step.at[f];
            value = deviance(in, &next, gradient, curve);
            part /= 2.0;
        } while (value > now && halvings++ < 60);
        if (!(value < now)) break;
        *point = next;
        double fall = now - value;
        now = value;
        if (fall <= 1e-14 * (1.0 + now)) break;
    }
    return now;
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
        Point point = {{sum / weight}};
        made.statistic = least_deviance(in, &point);
        made.level = point.at[0];
        made.df = (double)(measured - 1 + 2 * below);
        made.log_p = chi2_upper_log(made.statistic, made.df);
        made.log_e = log_e_of_log_p(made.log_p);
        for (size_t i = 0; i < in->parts; i++)
            if (is_used(in, i) && in->state[i] == PART_MEASURED)
                made.z[i] =
                    (log(in->y[i]) - log(in->expected[i]) - shift_of(in, &point, i)) / sd_of(in, i);
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
