#include "detect/shared.h"

#include "numeric/distribution.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_group(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

// All groups of all places, in order.
static bool groups_of(const SharedQuestion *q, Arena *arena, uint64_t **groups, size_t *count,
                      Status *status) {
    size_t all = 0;
    for (size_t f = 0; f < q->count; f++)
        all += q->place[f].joint->error_count;
    uint64_t *list = arena_take_zero(arena, all + 1, sizeof *list);
    if (!list) return status_no_memory(status);
    size_t n = 0;
    for (size_t f = 0; f < q->count; f++) {
        const JointBalance *j = q->place[f].joint;
        for (size_t i = 0; i < j->error_count; i++)
            if (j->errors[i].group != JOINT_NO_GROUP) list[n++] = j->errors[i].group;
    }
    qsort(list, n, sizeof *list, by_group);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || list[kept - 1] != list[i]) list[kept++] = list[i];
    *groups = list;
    *count = kept;
    return true;
}

static void whiten(const JointBalance *j, double *v) {
    for (size_t i = 0; i < j->cells; i++) {
        const double *row = j->factor + i * j->cells;
        double sum = v[i];
        for (size_t t = 0; t < i; t++)
            sum -= row[t] * v[t];
        v[i] = row[i] > 0.0 ? sum / row[i] : 0.0;
    }
}

// L^-T of white coordinates: C^-1 of what they were made of.
static void unwhiten(const JointBalance *j, double *v) {
    for (size_t i = j->cells; i-- > 0;) {
        const double *row = j->factor + i * j->cells;
        v[i] = row[i] > 0.0 ? v[i] / row[i] : 0.0;
        for (size_t t = 0; t < i; t++)
            v[t] -= row[t] * v[i];
    }
}

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

// Effects of an owner's measurements by the month in which each first shows: months x cells. Where
// a value shows again (a stock that closes and opens) it is the same one. Returns whether any.
static bool effects(const SharedQuestion *q, const SharedPlace *place, uint32_t owner, double *b) {
    const JointBalance *j = place->joint;
    bool any = false;
    for (size_t i = 0; i < j->error_count;) {
        size_t end = i;
        uint32_t first = UINT32_MAX;
        while (end < j->error_count && j->errors[end].source == j->errors[i].source) {
            uint32_t month = place->month[j->errors[end].period];
            if (month < first) first = month;
            end++;
        }
        for (; i < end; i++) {
            const JointError *e = &j->errors[i];
            if (e->group == JOINT_NO_GROUP || first >= q->months ||
                q->owner_of(q->context, e->group) != owner)
                continue;
            b[first * j->cells + e->period * j->components + e->component] += e->shared;
            any = any || e->shared != 0.0;
        }
    }
    return any;
}

typedef struct Tally {
    size_t months, groups;
    double *score, *info; // [place][month], [place][month][month]
    double *cross;        // [month][month]: what places share
    double *part, *all;   // [group][month] of a place, of all
} Tally;

static void add_outer(const double *part, size_t groups, size_t months, double sign, double *to) {
    for (size_t g = 0; g < groups; g++) {
        const double *p = part + g * months;
        for (size_t m = 0; m < months; m++)
            for (size_t n = 0; p[m] != 0.0 && n < months; n++)
                to[m * months + n] += sign * p[m] * p[n];
    }
}

// Which owners measured at a place at all: most did at few.
static bool presence(const SharedQuestion *q, Arena *arena, bool **present, Status *status) {
    *present = arena_take_zero(arena, q->count * q->owners + 1, sizeof **present);
    if (!*present) return status_no_memory(status);
    for (size_t f = 0; f < q->count; f++) {
        const JointBalance *j = q->place[f].joint;
        for (size_t i = 0; i < j->error_count; i++) {
            const JointError *e = &j->errors[i];
            uint32_t owner =
                e->group == JOINT_NO_GROUP ? SHARED_NO_OWNER : q->owner_of(q->context, e->group);
            if (owner < q->owners) (*present)[owner * q->count + f] = true;
        }
    }
    return true;
}

static bool tally_place(const SharedQuestion *q, size_t f, uint32_t owner, const uint64_t *groups,
                        Arena *arena, Tally *t, bool *any, Status *status) {
    const JointBalance *j = q->place[f].joint;
    double *b = arena_take_zero(arena, t->months * j->cells + 1, sizeof *b);
    if (!b) return status_no_memory(status);
    *any = effects(q, &q->place[f], owner, b);
    if (!*any) return true;
    double *score = t->score + f * t->months, *info = t->info + f * t->months * t->months;
    for (size_t m = 0; m < t->months; m++)
        whiten(j, b + m * j->cells);
    for (size_t m = 0; m < t->months; m++) {
        score[m] = dot(b + m * j->cells, j->white, j->cells);
        for (size_t n = 0; n < t->months; n++)
            info[m * t->months + n] = dot(b + m * j->cells, b + n * j->cells, j->cells);
    }
    memset(t->part, 0, t->groups * t->months * sizeof *t->part);
    for (size_t m = 0; m < t->months; m++)
        unwhiten(j, b + m * j->cells);
    for (size_t i = 0; i < j->error_count; i++) {
        const JointError *e = &j->errors[i];
        if (e->group == JOINT_NO_GROUP || e->shared == 0.0) continue;
        const uint64_t *at = bsearch(&e->group, groups, t->groups, sizeof *groups, by_group);
        double *part = t->part + (size_t)(at - groups) * t->months;
        size_t cell = e->period * j->components + e->component;
        for (size_t m = 0; m < t->months; m++)
            part[m] += b[m * j->cells + cell] * e->shared;
    }
    add_outer(t->part, t->groups, t->months, -1.0, t->cross);
    for (size_t i = 0; i < t->groups * t->months; i++)
        t->all[i] += t->part[i];
    return true;
}

static double square_sum(const double *matrix, size_t months, size_t from, size_t to) {
    double sum = 0.0;
    for (size_t m = from; m <= to; m++)
        for (size_t n = from; n <= to; n++)
            sum += matrix[m * months + n];
    return sum;
}

// One interval; false when it says nothing at two places at least.
static bool judge(const SharedQuestion *q, const Tally *t, uint32_t owner, size_t from, size_t to,
                  SharedBias *bias) {
    *bias = (SharedBias){.owner = owner, .from = from, .to = to};
    double score = 0.0, info = 0.0, loud = -INFINITY;
    double loud_score = 0.0, loud_info = 0.0;
    double sum = 0.0;
    for (size_t f = 0; f < q->count; f++)
        for (size_t m = from; m <= to; m++)
            sum += t->score[f * t->months + m];
    for (size_t f = 0; f < q->count; f++) {
        double s = 0.0, i = square_sum(t->info + f * t->months * t->months, t->months, from, to);
        for (size_t m = from; m <= to; m++)
            s += t->score[f * t->months + m];
        score += s;
        info += i;
        bias->places += i > 0.0;
        double voice = sum < 0.0 ? -s : s;
        if (i > 0.0 && voice > loud) {
            loud = voice;
            loud_score = s;
            loud_info = i;
            bias->loudest = f;
        }
    }
    if (bias->places < 2 || !(info > loud_info)) return false;
    double variance = info + fmax(0.0, square_sum(t->cross, t->months, from, to));
    bias->z = score / sqrt(variance);
    bias->size = score / info;
    bias->sigma = 1.0 / sqrt(info);
    // Too large a variance rather than too small: what is shared falls with the square.
    double rest = (score - loud_score) / sqrt(variance * (info - loud_info) / info);
    bias->rest = bias->z < 0.0 ? -rest : rest;
    return true;
}

static int by_z(const void *a, const void *b) {
    const SharedBias *x = a, *y = b;
    double p = fabs(x->z), q = fabs(y->z);
    if (p != q) return p > q ? -1 : 1;
    return x->owner < y->owner ? -1 : x->owner > y->owner;
}

static bool scan_owner(const SharedQuestion *q, uint32_t owner, const bool *present,
                       const uint64_t *groups, size_t group_count, Arena *arena, SharedBias *best,
                       bool *any, Status *status) {
    size_t there = 0;
    *any = false;
    for (size_t f = 0; f < q->count; f++)
        there += present[f];
    if (there < 2) return true;
    Tally t = {.months = q->months, .groups = group_count};
    size_t square = t.months * t.months;
    t.score = arena_take_zero(arena, q->count * t.months + 1, sizeof(double));
    t.info = arena_take_zero(arena, q->count * square + 1, sizeof(double));
    t.cross = arena_take_zero(arena, square + 1, sizeof(double));
    t.part = arena_take_zero(arena, group_count * t.months + 1, sizeof(double));
    t.all = arena_take_zero(arena, group_count * t.months + 1, sizeof(double));
    if (!t.score || !t.info || !t.cross || !t.part || !t.all) return status_no_memory(status);
    size_t places = 0;
    for (size_t f = 0; f < q->count; f++) {
        bool here;
        if (!present[f]) continue;
        if (!tally_place(q, f, owner, groups, arena, &t, &here, status)) return false;
        places += here;
    }
    if (places < 2) return true;
    add_outer(t.all, group_count, t.months, 1.0, t.cross);
    for (size_t a = 0; a < t.months; a++)
        for (size_t b = a; b < t.months; b++) {
            SharedBias one;
            if (!judge(q, &t, owner, a, b, &one)) continue;
            if (!*any || fmin(fabs(one.z), one.rest) > fmin(fabs(best->z), best->rest)) *best = one;
            *any = true;
        }
    return true;
}

bool shared_scan(const SharedQuestion *q, Arena *arena, SharedBias *best, size_t *found,
                 Status *status) {
    *found = 0;
    if (q->months == 0 || q->months > SHARED_MONTHS_MAX || q->count < 2) return true;
    uint64_t *groups = NULL;
    size_t group_count = 0;
    bool *present = NULL;
    if (!groups_of(q, arena, &groups, &group_count, status) ||
        !presence(q, arena, &present, status))
        return false;
    Arena scratch;
    arena_init(&scratch, (size_t)1 << 30);
    bool well = true;
    for (uint32_t o = 0; well && o < q->owners; o++) {
        bool any = false;
        arena_reset(&scratch);
        well = scan_owner(q, o, present + o * q->count, groups, group_count, &scratch,
                          &best[*found], &any, status);
        *found += well && any;
    }
    arena_done(&scratch);
    double looks = (double)q->months * ((double)q->months + 1.0) / 2.0 * (double)*found;
    for (size_t i = 0; well && i < *found; i++)
        best[i].log_p = fmin(0.0, normal_two_sided_log(best[i].z) + log(looks));
    qsort(best, *found, sizeof *best, by_z);
    return well;
}

// Effects of one group's measurements of the bias's months, white.
static void group_effect(const SharedQuestion *q, const SharedBias *bias, const SharedPlace *place,
                         uint64_t group, double *v) {
    const JointBalance *j = place->joint;
    memset(v, 0, j->cells * sizeof *v);
    for (size_t i = 0; i < j->error_count;) {
        size_t end = i;
        uint32_t first = UINT32_MAX;
        while (end < j->error_count && j->errors[end].source == j->errors[i].source) {
            uint32_t month = place->month[j->errors[end].period];
            if (month < first) first = month;
            end++;
        }
        for (; i < end; i++) {
            const JointError *e = &j->errors[i];
            if (e->group == group && first >= bias->from && first <= bias->to)
                v[e->period * j->components + e->component] += e->shared;
        }
    }
    (void)q;
    whiten(j, v);
}

bool shared_explain(const SharedQuestion *q, const SharedBias *bias, size_t place, double *white,
                    Status *status) {
    const JointBalance *j = q->place[place].joint;
    Arena scratch;
    arena_init(&scratch, (size_t)1 << 30);
    uint64_t *groups = arena_take_zero(&scratch, j->error_count + 1, sizeof *groups);
    size_t n = 0, kept = 0, used = 0;
    bool well = groups != NULL || status_no_memory(status);
    for (size_t i = 0; well && i < j->error_count; i++) {
        uint64_t group = j->errors[i].group;
        if (group != JOINT_NO_GROUP && q->owner_of(q->context, group) == bias->owner)
            groups[n++] = group;
    }
    if (well) qsort(groups, n, sizeof *groups, by_group);
    for (size_t i = 0; well && i < n; i++)
        if (kept == 0 || groups[kept - 1] != groups[i]) groups[kept++] = groups[i];
    double *base = well ? arena_take_zero(&scratch, kept * j->cells + 1, sizeof *base) : NULL;
    if (well && !base) well = status_no_memory(status);
    // Gram and Schmidt, twice, since effects of one laboratory may be nearly alike.
    for (size_t g = 0; well && g < kept; g++) {
        double *v = base + used * j->cells;
        group_effect(q, bias, &q->place[place], groups[g], v);
        double before = sqrt(dot(v, v, j->cells));
        for (size_t k = 0; k < 2 * used; k++) {
            const double *u = base + k % used * j->cells;
            double along = dot(u, v, j->cells);
            for (size_t i = 0; i < j->cells; i++)
                v[i] -= along * u[i];
        }
        double length = sqrt(dot(v, v, j->cells));
        if (!(length > 1e-9 * before) || !(before > 0.0)) continue;
        for (size_t i = 0; i < j->cells; i++)
            v[i] /= length;
        double along = dot(v, white, j->cells);
        for (size_t i = 0; i < j->cells; i++)
            white[i] -= along * v[i];
        used++;
    }
    arena_done(&scratch);
    return well;
}
