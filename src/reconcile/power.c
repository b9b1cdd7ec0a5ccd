#include "reconcile/power.h"

#include "numeric/distribution.h"
#include "numeric/draw.h"
#include <math.h>
#include <string.h>

ClosedPower power_closed(double noncentrality, double alpha, size_t tests, size_t df) {
    double delta = sqrt(noncentrality);
    double sidak = -expm1(log1p(-alpha) / (double)(tests ? tests : 1));
    double two = normal_upper_point(alpha / 2.0), many = normal_upper_point(sidak / 2.0);
    return (ClosedPower){.noncentrality = noncentrality,
                         .neyman_pearson = normal_upper(normal_upper_point(alpha) - delta),
                         .two_sided = normal_upper(two - delta) + normal_lower(-two - delta),
                         .sidak = normal_upper(many - delta) + normal_lower(-many - delta),
                         .global = df ? chi2_upper_noncentral(chi2_upper_point(alpha, (double)df),
                                                              (double)df, noncentrality)
                                      : 0.0};
}

double power_least(double information, double alpha, double power) {
    return (normal_upper_point(alpha) + normal_upper_point(1.0 - power)) / sqrt(information);
}

typedef struct Places {
    size_t count, rank;
    double *white, *norm; // count x rank, scaled to length one; and how long it was
    double *t, *noise;
} Places;

// Which place has the largest statistic, alone and beyond the limit; SIZE_MAX: none.
static size_t judge(const Places *p, double limit, bool *any) {
    double most = 0.0;
    size_t at = SIZE_MAX, near = 0;
    for (size_t i = 0; i < p->count; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < p->rank; k++)
            sum += p->white[i * p->rank + k] * p->noise[k];
        p->t[i] = sum * sum;
        if (p->t[i] > most || at == SIZE_MAX) {
            most = p->t[i];
            at = i;
        }
    }
    for (size_t i = 0; i < p->count; i++)
        near += p->t[i] > most - 1e-6;
    *any = most > limit;
    return near == 1 && most >= limit ? at : SIZE_MAX;
}

bool power_simulate(const PowerQuestion *q, Arena *arena, double *power, double *type_one,
                    Status *status) {
    const LinearSystem *s = q->system;
    Places p = {.count = q->count,
                .rank = s->rank,
                .white = arena_take_zero(arena, q->count * s->rank + 1, sizeof(double)),
                .norm = arena_take_zero(arena, q->count + 1, sizeof(double)),
                .t = arena_take_zero(arena, q->count + 1, sizeof(double)),
                .noise = arena_take_zero(arena, s->rank + 1, sizeof(double))};
    double *rows = arena_take_zero(arena, s->rows + 1, sizeof *rows);
    if (!p.white || !p.norm || !p.t || !p.noise || !rows) return status_no_memory(status);
    for (size_t i = 0; i < q->count; i++) {
        double *w = p.white + i * s->rank;
        linear_project(s, q->signatures + i * s->problem.balances, rows);
        if (!linear_whiten(s, rows, w)) memset(w, 0, s->rank * sizeof *w);
        for (size_t k = 0; k < s->rank; k++)
            p.norm[i] = hypot(p.norm[i], w[k]);
        for (size_t k = 0; k < s->rank; k++)
            w[k] = p.norm[i] > 0.0 ? w[k] / p.norm[i] : 0.0;
    }
    Draw draw = draw_seeded(q->seed);
    size_t alarms = 0;
    for (size_t run = 0; run < q->runs; run++) {
        bool any;
        draw_normals(&draw, p.noise, s->rank);
        (void)judge(&p, q->limit, &any);
        alarms += any;
    }
    *type_one = q->runs ? (double)alarms / (double)q->runs : 0.0;
    for (size_t i = 0; i < q->count; i++) {
        size_t found = 0;
        for (size_t run = 0; run < q->runs; run++) {
            bool any;
            double size = q->low[i] + (q->high[i] - q->low[i]) * draw_uniform(&draw);
            if (q->signs && draw_uniform(&draw) < 0.5) size = -size;
            draw_normals(&draw, p.noise, s->rank);
            for (size_t k = 0; k < s->rank; k++)
                p.noise[k] += size * p.norm[i] * p.white[i * s->rank + k];
            found += judge(&p, q->limit, &any) == i;
        }
        power[i] = q->runs ? (double)found / (double)q->runs : 0.0;
    }
    return true;
}
