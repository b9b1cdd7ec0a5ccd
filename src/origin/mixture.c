#include "origin/mixture.h"

#include "numeric/distribution.h"
#include "numeric/draw.h"
#include "numeric/nnls.h"
#include <math.h>
#include <string.h>

enum { NEWTON_STEPS_MAX = 200 };
// A share below this is none.
static const double NO_SHARE = 1e-12;

static PartState state_of(const MixtureInput *in, size_t part) {
    return in->state ? in->state[part] : PART_MEASURED;
}

static bool has_limit(const MixtureInput *in, size_t part) {
    return in->limit && in->limit[part] > -INFINITY;
}

static bool check(const MixtureInput *in, size_t *used, bool *censored, Status *status) {
    *used = 0;
    *censored = false;
    for (size_t i = 0; i < in->sources * in->parts; i++)
        if (!isfinite(in->x[i]) || in->x[i] < 0.0)
            return status_set(status, STATUS_INVALID, "part %zu of source %zu is %g",
                              i % in->parts + 1, i / in->parts + 1, in->x[i]);
    for (size_t i = 0; i < in->parts; i++) {
        PartState state = state_of(in, i);
        if (state == PART_UNKNOWN) continue;
        ++*used;
        if (!(in->sd[i] > 0.0) || !isfinite(in->sd[i])) {
            status_set(status, STATUS_INVALID, "the uncertainty of part %zu is %g", i + 1,
                       in->sd[i]);
            return status_hint(status, "it must be above zero");
        }
        if (state == PART_MEASURED && !isfinite(in->y[i]))
            return status_set(status, STATUS_INVALID, "part %zu is no number", i + 1);
        if (state == PART_BELOW && (!has_limit(in, i) || !isfinite(in->limit[i])))
            return status_set(status, STATUS_INVALID, "part %zu is below a limit that is not said",
                              i + 1);
        *censored |= state == PART_BELOW;
    }
    if (in->sources == 0) return status_set(status, STATUS_INVALID, "no source is given");
    if (*used == 0) return status_set(status, STATUS_INVALID, "no part was analysed");
    return true;
}

// ln Phi(t) and phi(t) / Phi(t), for all t.
static double log_lower(double t) {
    return normal_upper_log(-t);
}
static double mills(double t) {
    return exp(-0.5 * t * t - 0.9189385332046727 - log_lower(t));
}

static double deviance_of(const MixtureInput *in, const double *mu) {
    double sum = 0.0;
    for (size_t i = 0; i < in->parts; i++) {
        if (state_of(in, i) == PART_MEASURED) {
            double z = (in->y[i] - mu[i]) / in->sd[i];
            sum += z * z;
        } else if (state_of(in, i) == PART_BELOW) {
            sum -= 2.0 * log_lower((in->limit[i] - mu[i]) / in->sd[i]);
        }
    }
    return sum;
}

static void mix(const MixtureInput *in, const double *share, double *mu) {
    for (size_t i = 0; i < in->parts; i++) {
        mu[i] = 0.0;
        for (size_t s = 0; s < in->sources; s++)
            if (share[s] != 0.0) mu[i] += share[s] * in->x[s * in->parts + i];
    }
}

typedef struct Fitting {
    double *e, *f, *target, *weight, *trial, *mu;
} Fitting;

// Weighted least squares over the shares. With the sum: |X a - z|^2 with sum a = 1 is |(X - z 1')
// a|^2, and the direction of its least value over a >= 0 is that of |(X - z 1') a|^2 + c^2 (sum a -
// 1)^2 whatever c is, since along a ray the least of the latter grows with the former.
static bool least(const MixtureInput *in, bool sum_to_one, Fitting *w, Arena *arena, double *share,
                  Status *status) {
    size_t n = in->parts, k = in->sources;
    double c = 0.0;
    for (size_t i = 0; i < n; i++) {
        w->f[i] = sum_to_one ? 0.0 : w->weight[i] * w->target[i];
        for (size_t s = 0; s < k; s++) {
            double x = in->x[s * n + i] - (sum_to_one ? w->target[i] : 0.0);
            w->e[i * k + s] = w->weight[i] == 0.0 ? 0.0 : w->weight[i] * x;
            c = fmax(c, fabs(w->e[i * k + s]));
        }
    }
    w->f[n] = sum_to_one ? (c > 0.0 ? c : 1.0) : 0.0;
    for (size_t s = 0; s < k; s++)
        w->e[n * k + s] = w->f[n];
    if (!nnls(w->e, w->f, n + (sum_to_one ? 1 : 0), k, arena, share, NULL, status)) return false;
    double sum = 0.0;
    for (size_t s = 0; s < k; s++)
        sum += share[s];
    for (size_t s = 0; sum_to_one && s < k; s++)
        share[s] = sum > 0.0 ? share[s] / sum : 1.0 / (double)k;
    return true;
}

// Newton's steps on the convex deviance, each a weighted least squares problem, shortened where
// they would lead upwards. Without limits the first step is the answer.
static bool descend(const MixtureInput *in, bool sum_to_one, bool censored, Fitting *w,
                    Arena *arena, double *share, double *mu, double *deviance, Status *status) {
    size_t n = in->parts, k = in->sources;
    for (size_t i = 0; i < n; i++) {
        PartState state = state_of(in, i);
        // To begin with, what is below its limit lies halfway: only a place to start from.
        w->target[i] = state == PART_MEASURED ? in->y[i]
                       : state == PART_BELOW  ? in->limit[i] / 2.0
                                              : 0.0;
        w->weight[i] = state == PART_UNKNOWN ? 0.0 : 1.0 / in->sd[i];
    }
    if (!least(in, sum_to_one, w, arena, share, status)) return false;
    mix(in, share, mu);
    *deviance = deviance_of(in, mu);
    for (int step = 0; censored && step < NEWTON_STEPS_MAX; step++) {
        for (size_t i = 0; i < n; i++) {
            if (state_of(in, i) != PART_BELOW) continue;
            double t = (in->limit[i] - mu[i]) / in->sd[i], ratio = mills(t),
                   curve = ratio * (ratio + t);
            curve = fmax(curve, 0.0);
            w->weight[i] = curve > 1e-200 ? sqrt(curve) / in->sd[i] : 0.0;
            w->target[i] = w->weight[i] > 0.0 ? mu[i] - in->sd[i] / (ratio + t) : 0.0;
        }
        if (!least(in, sum_to_one, w, arena, w->trial, status)) return false;
        double part = 1.0, now = *deviance;
        bool better = false;
        for (int halving = 0; halving < 60 && !better; halving++, part /= 2.0) {
            for (size_t i = 0; i < n; i++) {
                w->mu[i] = 0.0;
                for (size_t s = 0; s < k; s++)
                    w->mu[i] += (share[s] + part * (w->trial[s] - share[s])) * in->x[s * n + i];
            }
            now = deviance_of(in, w->mu);
            better = now < *deviance;
            if (better) break;
        }
        if (!better) break;
        double fall = *deviance - now;
        for (size_t s = 0; s < k; s++)
            share[s] += part * (w->trial[s] - share[s]);
        memcpy(mu, w->mu, n * sizeof *mu);
        *deviance = now;
        if (fall <= 1e-15 * (1.0 + now)) break;
    }
    return true;
}

static bool fitting_room(const MixtureInput *in, Arena *arena, Fitting *w, Status *status) {
    size_t n = in->parts, k = in->sources;
    *w = (Fitting){.e = arena_take_zero(arena, (n + 1) * k + 1, sizeof(double)),
                   .f = arena_take_zero(arena, n + 2, sizeof(double)),
                   .target = arena_take_zero(arena, n + 1, sizeof(double)),
                   .weight = arena_take_zero(arena, n + 1, sizeof(double)),
                   .trial = arena_take_zero(arena, k + 1, sizeof(double)),
                   .mu = arena_take_zero(arena, n + 1, sizeof(double))};
    return (w->e && w->f && w->target && w->weight && w->trial && w->mu) ||
           status_no_memory(status);
}

bool mixture_fit(const MixtureInput *in, bool sum_to_one, Arena *arena, MixtureFit *fit,
                 Status *status) {
    bool censored;
    MixtureFit made = {.share = arena_take_zero(arena, in->sources + 1, sizeof(double)),
                       .fitted = arena_take_zero(arena, in->parts + 1, sizeof(double))};
    Fitting w;
    if (!made.share || !made.fitted) return status_no_memory(status);
    if (!check(in, &made.used, &censored, status) || !fitting_room(in, arena, &w, status) ||
        !descend(in, sum_to_one, censored, &w, arena, made.share, made.fitted, &made.deviance,
                 status))
        return false;
    for (size_t s = 0; s < in->sources; s++) {
        if (made.share[s] < NO_SHARE) made.share[s] = 0.0;
        made.positive += made.share[s] > 0.0;
    }
    size_t free = made.positive - (sum_to_one && made.positive ? 1 : 0);
    made.df = made.used > free ? made.used - free : 0;
    *fit = made;
    return true;
}

bool mixture_bootstrap(const MixtureInput *in, const MixtureFit *fit, size_t draws, uint64_t seed,
                       Arena *arena, double *p, Status *status) {
    size_t n = in->parts, hits = 0;
    double *y = arena_take_zero(arena, n + 1, sizeof *y),
           *noise = arena_take_zero(arena, n + 1, sizeof *noise);
    double *share = arena_take_zero(arena, in->sources + 1, sizeof *share);
    double *mu = arena_take_zero(arena, n + 1, sizeof *mu);
    PartState *state = arena_take_zero(arena, n + 1, sizeof *state);
    Fitting w;
    if (!y || !noise || !share || !mu || !state) return status_no_memory(status);
    if (!fitting_room(in, arena, &w, status)) return false;
    Arena task;
    arena_init(&task, (size_t)64 << 20);
    MixtureInput drawn = *in;
    drawn.y = y;
    drawn.state = state;
    Draw draw = draw_seeded(seed);
    bool well = true;
    for (size_t d = 0; well && d < draws; d++) {
        bool censored = false;
        double deviance;
        draw_normals(&draw, noise, n);
        for (size_t i = 0; i < n; i++) {
            y[i] = fit->fitted[i] + in->sd[i] * noise[i];
            state[i] = state_of(in, i) == PART_UNKNOWN           ? PART_UNKNOWN
                       : has_limit(in, i) && y[i] < in->limit[i] ? PART_BELOW
                                                                 : PART_MEASURED;
            censored |= state[i] == PART_BELOW;
        }
        arena_reset(&task);
        well = descend(&drawn, true, censored, &w, &task, share, mu, &deviance, status);
        hits += well && deviance >= fit->deviance;
    }
    arena_done(&task);
    *p = (1.0 + (double)hits) / ((double)draws + 1.0);
    return well;
}

double mixture_below(const MixtureInput *in, const MixtureFit *fit, size_t part) {
    return has_limit(in, part) ? normal_lower((in->limit[part] - fit->fitted[part]) / in->sd[part])
                               : 0.0;
}

void mixture_null(const MixtureInput *in, const MixtureFit *fit, double *mean, double *variance) {
    *mean = *variance = 0.0;
    for (size_t i = 0; i < in->parts; i++) {
        if (state_of(in, i) == PART_UNKNOWN) continue;
        if (!has_limit(in, i)) {
            *mean += 1.0;
            *variance += 2.0;
            continue;
        }
        // Below t the deviance is -2 ln Phi(t), above it z^2; moments of z over (t, infinity) by
        // parts.
        double t = (in->limit[i] - fit->fitted[i]) / in->sd[i], lower = normal_lower(t),
               upper = normal_upper(t);
        double density = normal_density(t), flat = -2.0 * log_lower(t);
        double second = t * density + upper, fourth = t * t * t * density + 3.0 * second;
        double one = (lower > 0.0 ? flat * lower : 0.0) + second;
        double two = (lower > 0.0 ? flat * flat * lower : 0.0) + fourth;
        *mean += one;
        *variance += two - one * one;
    }
}

bool detectable_share(const double *p, const double *q, const double *sd, size_t parts,
                      double alpha, double beta, DetectableShare *share, Status *status) {
    double information = 0.0;
    if (!(alpha > 0.0 && alpha < 1.0 && beta > 0.0 && beta < 1.0))
        return status_set(status, STATUS_INVALID, "an error rate lies between 0 and 1");
    for (size_t i = 0; i < parts; i++) {
        if (!(sd[i] > 0.0) || !isfinite(p[i] + q[i]))
            return status_set(status, STATUS_INVALID,
                              "part %zu has no uncertainty above zero, or is no number", i + 1);
        double d = (q[i] - p[i]) / sd[i];
        information += d * d;
    }
    if (!(information > 0.0))
        return status_set(status, STATUS_INVALID,
                          "the two compositions are the same: no share can be told");
    double limit = chi2_upper_point(alpha, (double)parts), low = 0.0, high = 1.0;
    while (chi2_upper_noncentral(limit, (double)parts, high) < 1.0 - beta && high < 1e6)
        high *= 2.0;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2.0;
        if (chi2_upper_noncentral(limit, (double)parts, middle) < 1.0 - beta)
            low = middle;
        else
            high = middle;
    }
    *share = (DetectableShare){.information = information,
                               .known = (normal_upper_point(alpha) + normal_upper_point(beta)) /
                                        sqrt(information),
                               .chi2 = sqrt((low + high) / 2.0 / information)};
    return true;
}
