#include "detect/price.h"

#include <math.h>
#include <string.h>

#include "numeric/distribution.h"
#include "numeric/draw.h"

enum { DRAWS = 256 };
#define SEED UINT64_C(0x5ca9)
// Beyond these the sum itself is said: below it is no small chance, above nothing hangs on it.
static const double LEAST = 2.0, MOST = 30.0;

typedef struct Family {
    const JointBalance *j;
    const JointPattern *patterns;
    size_t count;
    double *month;       // [pattern][period][cell]: white coordinates of one month's loss
    double *information; // [pattern][from][to][look]; 0 where not from <= to <= look
    double *score;       // the same, of what was drawn
} Family;

static size_t at(const Family *f, size_t pattern, size_t from, size_t to, size_t look) {
    size_t t = f->j->periods;
    return ((pattern * t + from) * t + to) * t + look;
}

static size_t cube(const Family *f) {
    return f->j->periods * f->j->periods * f->j->periods;
}

static double *month_of(const Family *f, size_t pattern, size_t month) {
    return f->month + (pattern * f->j->periods + month) * f->j->cells;
}

static double dot(const double *a, const double *b, size_t from, size_t to) {
    double sum = 0.0;
    for (size_t i = from; i < to; i++)
        sum += a[i] * b[i];
    return sum;
}

static void signature(const JointBalance *j, const double *share, size_t month, double *v) {
    size_t first = month * j->components;
    memcpy(v + first, share, j->components * sizeof *v);
    for (size_t i = first; i < j->cells; i++) {
        const double *row = j->factor + i * j->cells;
        double sum = v[i];
        for (size_t t = first; t < i; t++)
            sum -= row[t] * v[t];
        v[i] = row[i] > 0.0 ? sum / row[i] : 0.0;
    }
}

static bool family_make(Family *f, Arena *arena, Status *status) {
    size_t t = f->j->periods, k = f->j->components;
    f->month = arena_take_zero(arena, f->count * t * f->j->cells + 1, sizeof(double));
    f->information = arena_take_zero(arena, f->count * cube(f) + 1, sizeof(double));
    f->score = arena_take_zero(arena, f->count * cube(f) + 1, sizeof(double));
    double *pair = arena_take_zero(arena, t * t + 1, sizeof *pair);
    if (!f->month || !f->information || !f->score || !pair) return status_no_memory(status);
    for (size_t p = 0; p < f->count; p++) {
        for (size_t m = 0; m < t; m++)
            signature(f->j, f->patterns[p].share, m, month_of(f, p, m));
        memset(pair, 0, t * t * sizeof *pair);
        for (size_t look = 0; look < t; look++) {
            for (size_t m = 0; m <= look; m++)
                for (size_t n = 0; n <= m; n++)
                    pair[m * t + n] +=
                        dot(month_of(f, p, m), month_of(f, p, n), look * k, (look + 1) * k);
            for (size_t b = 0; b <= look; b++) {
                double sum = 0.0;
                for (size_t a = b + 1; a-- > 0;) {
                    sum += pair[a * t + a];
                    for (size_t m = a + 1; m <= b; m++)
                        sum += 2.0 * pair[m * t + a];
                    f->information[at(f, p, a, b, look)] = sum;
                }
            }
        }
    }
    return true;
}

// One sided events: a candidate on a side that it may have.
static size_t sides(const Family *f, size_t pattern) {
    return f->patterns[pattern].surplus_only ? 1 : 2;
}

static size_t events(const Family *f) {
    size_t sum = 0;
    for (size_t p = 0; p < f->count; p++)
        for (size_t i = p * cube(f); i < (p + 1) * cube(f); i++)
            if (f->information[i] > 0.0) sum += sides(f, p);
    return sum;
}

// The nth event: its place, and its sign.
static size_t event_at(const Family *f, size_t nth, double *sign) {
    for (size_t i = 0;; i++) {
        if (!(f->information[i] > 0.0)) continue;
        size_t some = sides(f, i / cube(f));
        if (nth < some) {
            *sign = some == 1 || nth == 1 ? -1.0 : 1.0; // a surplus is negative
            return i;
        }
        nth -= some;
    }
}

static void score(const Family *f, const double *white) {
    size_t t = f->j->periods, k = f->j->components;
    for (size_t p = 0; p < f->count; p++) {
        // Each month alone first, then months added from the last of an interval backwards.
        for (size_t a = 0; a < t; a++) {
            const double *v = month_of(f, p, a);
            double sum = 0.0;
            for (size_t look = a; look < t; look++) {
                sum += dot(v, white, look * k, (look + 1) * k);
                f->score[at(f, p, a, a, look)] = sum;
            }
        }
        for (size_t b = 1; b < t; b++)
            for (size_t a = b; a-- > 0;)
                for (size_t look = b; look < t; look++)
                    f->score[at(f, p, a, b, look)] =
                        f->score[at(f, p, a, a, look)] + f->score[at(f, p, a + 1, b, look)];
    }
}

static size_t exceeding(const Family *f, double z) {
    size_t count = 0;
    for (size_t p = 0; p < f->count; p++)
        for (size_t i = p * cube(f); i < (p + 1) * cube(f); i++) {
            if (!(f->information[i] > 0.0)) continue;
            double limit = z * sqrt(f->information[i]);
            count += f->score[i] < -limit;
            count += f->score[i] > limit && !f->patterns[p].surplus_only;
        }
    return count;
}

// Figures drawn given that event `i` of sign `sign` exceeds z: the part along its signature anew.
static void draw_given(const Family *f, size_t i, double sign, double z, Draw *draw,
                       double *white) {
    size_t t = f->j->periods, k = f->j->components, pattern = i / cube(f), from = i / (t * t) % t,
           to = i / t % t, look = i % t;
    draw_normals(draw, white, f->j->cells);
    double length = sqrt(f->information[i]), along = 0.0;
    for (size_t m = from; m <= to; m++)
        along += dot(month_of(f, pattern, m), white, m * k, (look + 1) * k);
    double wanted = normal_upper_point(draw_uniform(draw) * normal_upper(z));
    double step = (sign * wanted - along / length) / length;
    for (size_t m = from; m <= to; m++) {
        const double *v = month_of(f, pattern, m);
        for (size_t c = m * k; c < (look + 1) * k; c++)
            white[c] += step * v[c];
    }
}

bool joint_price(const JointBalance *joint, const JointPattern *patterns, size_t count,
                 size_t horizon, double z, Arena *arena, JointPrice *price, Status *status) {
    double t = (double)joint->periods, h = fmax((double)horizon, t), looks = 0.0;
    // At the looks so far, times how many more intervals the horizon has.
    double longer = t > 0.0 ? h * (h + 1.0) / (t * (t + 1.0)) : 1.0;
    for (size_t p = 0; p < count; p++)
        looks += t * (t + 1.0) * (t + 2.0) / 6.0 * (patterns[p].surplus_only ? 1.0 : 2.0);
    double alone = normal_upper_log(z), all_looks = looks > 0.0 ? log(looks * longer) : -alone;
    *price = (JointPrice){1.0, 0.0, all_looks, fmin(0.0, alone + all_looks)};
    if (!(z >= LEAST && z <= MOST) || joint->periods == 0) return true;
    Family f = {.j = joint, .patterns = patterns, .count = count};
    double *white = arena_take_zero(arena, joint->cells + 1, sizeof *white);
    if (!white) return status_no_memory(status);
    if (!family_make(&f, arena, status)) return false;
    size_t all = events(&f);
    if (all == 0) return true;
    Draw draw = draw_seeded(SEED);
    double first = 0.0, second = 0.0;
    for (int n = 0; n < DRAWS; n++) {
        size_t nth = (size_t)(draw_uniform(&draw) * (double)all);
        double sign, part;
        size_t i = event_at(&f, nth < all ? nth : all - 1, &sign);
        draw_given(&f, i, sign, z, &draw, white);
        score(&f, white);
        // The event itself exceeds, be it by less than a double can tell.
        part = 1.0 / fmax(1.0, (double)exceeding(&f, z));
        first += part;
        second += part * part;
    }
    double mean = first / DRAWS, variance = fmax(0.0, second / DRAWS - mean * mean);
    price->share = mean;
    price->error = sqrt(variance / DRAWS) / mean;
    price->log_price = log((double)all * longer) + log(mean);
    price->log_p = fmin(0.0, alone + price->log_price);
    return true;
}
