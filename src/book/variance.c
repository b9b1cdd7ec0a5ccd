// How sure a difference is: error terms summed with sign (B5), and the test for creation.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

// a * b / 10^6, half to even. Most products fit in 64 bits, where a constant divisor is a
// multiplication.
static inline i128 millionth(int64_t a, int64_t b) {
    int64_t n;
    if (__builtin_mul_overflow(a, b, &n)) return i128_divide_even((i128)a * b, 1000000);
    int64_t q = n / 1000000, r = n % 1000000;
    if (r < 0) r = -r;
    if (r > 500000 || (r == 500000 && (q & 1))) q += n < 0 ? -1 : 1;
    return q;
}

void variance_begin(Variance *variance) {
    memset(variance, 0, sizeof *variance);
}

static GroupSum *group_sum(Deciding *d, Variance *variance, uint32_t group) {
    if (variance->last < variance->group_count && variance->groups[variance->last].group == group)
        return &variance->groups[variance->last];
    for (uint32_t i = 0; i < variance->group_count; i++) {
        if (variance->groups[i].group != group) continue;
        variance->last = i;
        return &variance->groups[i];
    }
    if (variance->group_count == variance->group_room) {
        uint32_t room = variance->group_room ? variance->group_room * 2 : 8;
        GroupSum *grown = scratch_take(d, room * sizeof *grown);
        if (!grown) return NULL;
        if (variance->group_count)
            memcpy(grown, variance->groups, variance->group_count * sizeof *grown);
        variance->groups = grown;
        variance->group_room = room;
    }
    variance->last = variance->group_count;
    GroupSum *sum = &variance->groups[variance->group_count++];
    memset(sum, 0, sizeof *sum);
    sum->group = group;
    return sum;
}

static u128 size_of(i128 value) {
    return value < 0 ? (u128)-value : (u128)value;
}

bool variance_add(Deciding *d, Variance *variance, const Term *terms, uint32_t count, int sign,
                  uint32_t mask) {
    for (uint32_t i = 0; i < count; i++) {
        const MeasurementRow *measurement = measurement_at(d->book, terms[i].measurement);
        int64_t mg = terms[i].mg, net = measurement->net;
        uint32_t all = measurement->mask;
        const int64_t *values = values_at(d->book, measurement->values),
                      *wide = values + __builtin_popcount(all);
        bool narrow = measurement->narrow;
        GroupSum *group = NULL;
        if (measurement->group != GROUP_NONE) {
            group = group_sum(d, variance, measurement->group);
            if (!group) return false;
        }
        for (uint32_t m = all; m; m &= m - 1, values++, wide++) {
            int c = __builtin_ctz(m);
            if (!(mask & (m & -m))) continue;
            int64_t u = narrow ? *values >> 32 : *values, s = narrow ? *values & UINT32_MAX : *wide;
            if (u) {
                i128 part = millionth(mg, u);
                i128 whole = mg == net ? part : millionth(net, u);
                variance->random[c] = u128_add_saturating(
                    variance->random[c], u128_mul_saturating(size_of(part), size_of(whole)));
            }
            if (!s) continue;
            i128 part = millionth(mg, s);
            if (group) {
                group->sum[c] += sign * part;
            } else {
                i128 whole = mg == net ? part : millionth(net, s);
                variance->random[c] = u128_add_saturating(
                    variance->random[c], u128_mul_saturating(size_of(part), size_of(whole)));
            }
        }
    }
    return true;
}

uint32_t beyond_one_error(const Book *book, uint32_t mask, const int64_t mg[COMPONENT_COUNT],
                          unsigned sigmas, const Term *terms, uint32_t count) {
    for (uint32_t i = 0; i < count && mask; i++) {
        const MeasurementRow *measurement = measurement_at(book, terms[i].measurement);
        const int64_t *values = values_at(book, measurement->values);
        for (uint32_t m = measurement->mask; m; m &= m - 1, values++) {
            int c = __builtin_ctz(m);
            if (!(mask & (m & -m))) continue;
            int64_t u = measurement->narrow ? *values >> 32 : *values;
            u128 size = (u128)(mg[c] < 0 ? -(i128)mg[c] : mg[c]) * 1000;
            if (size <= u128_mul_saturating(sigmas, size_of(millionth(terms[i].mg, u))))
                mask &= ~(m & -m);
        }
    }
    return mask;
}

u128 variance_of(const Variance *variance, int component) {
    u128 sum = variance->random[component];
    for (uint32_t i = 0; i < variance->group_count; i++) {
        u128 shared = size_of(variance->groups[i].sum[component]);
        sum = u128_add_saturating(sum, u128_mul_saturating(shared, shared));
    }
    return sum;
}

int creation_test(const Book *book, i128 creation_mg, u128 variance, i128 feed_mg) {
    if (creation_mg <= 0) return 0;
    u128 creation_ug = (u128)creation_mg * 1000;
    uint32_t hold = (uint32_t)book->top.hold_sigma * book->top.hold_sigma;
    uint32_t flag = (uint32_t)book->top.flag_sigma * book->top.flag_sigma;
    // The floor of one part in a thousand of the feed belongs to the hold (B29).
    if (creation_mg * 1000 > feed_mg && u128_square_exceeds(creation_ug, hold, variance)) return 2;
    return u128_square_exceeds(creation_ug, flag, variance) ? 1 : 0;
}

bool creation_worst(Deciding *d, uint32_t mask, const int64_t out[COMPONENT_COUNT],
                    const Content *in, const Term *terms, uint32_t count, int *worst) {
    const Book *book = d->book;
    int64_t creation[COMPONENT_COUNT];
    uint32_t created = 0;
    for (uint32_t m = mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        // None of the three is negative, so only what is not created could leave 64 bits.
        i128 more = (i128)out[c] - in->mg[c] - in->bound[c];
        if (more <= 0) continue;
        creation[c] = (int64_t)more;
        created |= m & -m;
    }
    created = beyond_one_error(book, created, creation, least_sigmas(book), terms, count);
    *worst = 0;
    if (!created) return true;
    Variance variance;
    variance_begin(&variance);
    if (!variance_add(d, &variance, terms, count, 1, created)) return false;
    for (uint32_t m = created; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        int result = creation_test(book, creation[c], variance_of(&variance, c), in->mg[c]);
        if (result > *worst) *worst = result;
    }
    return true;
}
