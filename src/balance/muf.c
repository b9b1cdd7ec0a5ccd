#include "balance/muf.h"

#include "numeric/distribution.h"
#include <math.h>

int muf_sign(MufStratum stratum) {
    return stratum == MUF_OPENING || stratum == MUF_RECEIPT ? 1 : -1;
}

static bool sd_is_valid(double sd) {
    return isfinite(sd) && sd >= 0.0;
}

static bool refuse_sd(double sd, Status *status) {
    return status_set(status, STATUS_INVALID, "standard deviation \"%g\"", sd) ||
           status_hint(status, "it must be a number that is not negative");
}

// ---- one period ----

static bool item_is_valid(const MufItem *item, size_t number, size_t groups, Status *status) {
    if (!isfinite(item->mass) || !isfinite(item->fraction)) {
        return status_set(status, STATUS_INVALID, "mass or fraction of item %zu is not a number",
                          number);
    }
    if (!sd_is_valid(item->rel_sd_mass) || !sd_is_valid(item->rel_sd_assay)) {
        refuse_sd(sd_is_valid(item->rel_sd_mass) ? item->rel_sd_assay : item->rel_sd_mass, status);
        return status_where(status, "item %zu", number);
    }
    if ((item->scale != SEQUENCE_NO_GROUP && item->scale >= groups) ||
        (item->lab != SEQUENCE_NO_GROUP && item->lab >= groups)) {
        return status_set(status, STATUS_INVALID, "item %zu names a shared error that is not given",
                          number);
    }
    return true;
}

bool muf_single(const MufItem *items, size_t count, const double *group_sd, size_t groups,
                double alpha, Arena *arena, MufSingle *result, Status *status) {
    if (!(alpha > 0.0 && alpha < 1.0)) {
        return status_set(status, STATUS_INVALID, "false-alarm probability \"%g\"", alpha) ||
               status_hint(status, "it lies between 0 and 1");
    }
    MufSingle r = {0};
    double *signed_mass = arena_take_zero(arena, groups + 1, sizeof *signed_mass);
    r.variance_shared = arena_take_zero(arena, groups + 1, sizeof *r.variance_shared);
    if (!signed_mass || !r.variance_shared) return status_no_memory(status);
    for (size_t g = 0; g < groups; g++) {
        if (!sd_is_valid(group_sd[g])) return refuse_sd(group_sd[g], status);
    }
    double apart = 0.0, throughput = 0.0;
    for (size_t i = 0; i < count; i++) {
        const MufItem *item = &items[i];
        if (!item_is_valid(item, i + 1, groups, status)) return false;
        double mass = item->mass * item->fraction, with_sign = muf_sign(item->stratum) * mass;
        double relative =
            item->rel_sd_mass * item->rel_sd_mass + item->rel_sd_assay * item->rel_sd_assay;
        r.by_stratum[item->stratum] += mass;
        r.muf += with_sign;
        throughput += fabs(mass);
        r.variance_random += mass * mass * relative;
        const uint32_t shared[2] = {item->scale, item->lab};
        for (size_t s = 0; s < 2; s++) {
            if (shared[s] == SEQUENCE_NO_GROUP) continue;
            signed_mass[shared[s]] += with_sign;
            relative += group_sd[shared[s]] * group_sd[shared[s]];
        }
        apart += mass * mass * relative;
    }
    double variance = r.variance_random;
    for (size_t g = 0; g < groups; g++) {
        double loading = signed_mass[g] * group_sd[g];
        r.variance_shared[g] = loading * loading;
        variance += r.variance_shared[g];
    }
    r.sigma = sqrt(variance);
    r.sigma_without_covariances = sqrt(apart);
    if (r.sigma > 0.0) {
        r.z = r.muf / r.sigma;
        r.p_one_sided = normal_upper(r.z);
    } else if (fabs(r.muf) <= 1e-9 * throughput) {
        r.p_one_sided = 1.0;
    } else {
        return status_set(status, STATUS_INVALID,
                          "%zu values that are exact do not close by \"%g\"", count, r.muf) ||
               status_hint(status, "one of them must have an error");
    }
    double u = normal_upper_point(alpha);
    r.limit = u * r.sigma;
    r.detectable = (u + normal_upper_point(0.05)) * r.sigma;
    r.power_two_sigma = normal_upper(u - 2.0);
    r.alarm = r.muf > r.limit;
    *result = r;
    return true;
}

// ---- a sequence ----

static const char *const TERM_NAMES[MUF_TERMS] = {"receipts", "shipments", "inventories",
                                                  "hold_up"};

// A value has the same source number whichever boundaries are known, so that sums keep their order.
static uint32_t source_of(const MufSequence *sequence, MufTerm term, size_t at) {
    return (uint32_t)((size_t)term * (sequence->periods + 1) + at);
}

static bool sequence_is_valid(const MufSequence *sequence, Status *status) {
    if (sequence->periods == 0 || sequence->periods > SEQUENCE_PERIODS_MAX) {
        return status_set(status, STATUS_LIMIT, "sequence of \"%zu\" periods", sequence->periods) ||
               status_hint(status, "1 to %d are possible", SEQUENCE_PERIODS_MAX);
    }
    for (size_t term = 0; term < MUF_TERMS; term++) {
        if (!sequence->value[term]) {
            if (term == MUF_HOLD_UP) continue;
            return status_set(status, STATUS_INVALID, "%s are missing", TERM_NAMES[term]);
        }
        if (!sd_is_valid(sequence->rel_random[term])) {
            refuse_sd(sequence->rel_random[term], status);
            return status_where(status, "%s, random", TERM_NAMES[term]);
        }
        if (!sd_is_valid(sequence->rel_shared[term])) {
            refuse_sd(sequence->rel_shared[term], status);
            return status_where(status, "%s, systematic", TERM_NAMES[term]);
        }
        bool at_boundary = term == MUF_INVENTORIES || term == MUF_HOLD_UP;
        for (size_t i = 0; i < sequence->periods + (at_boundary ? 1 : 0); i++) {
            if (at_boundary && sequence->taken && !sequence->taken[i]) continue;
            if (!isfinite(sequence->value[term][i])) {
                return status_set(status, STATUS_INVALID, "value %zu of %s is not a number", i + 1,
                                  TERM_NAMES[term]);
            }
        }
    }
    return true;
}

// One value's effect on one merged period.
static SequenceError error_of(const MufSequence *sequence, MufTerm term, size_t at, size_t period,
                              double sign) {
    double mass = sign * sequence->value[term][at];
    return (SequenceError){source_of(sequence, term, at), (uint32_t)period, (uint32_t)term,
                           mass * sequence->rel_random[term], mass * sequence->rel_shared[term]};
}

bool muf_sequence(const MufSequence *sequence, Arena *arena, MufSequenceResult *result,
                  Status *status) {
    if (!sequence_is_valid(sequence, status)) return false;
    size_t all = sequence->periods, boundaries = 0;
    MufSequenceResult r = {0};
    size_t *boundary = arena_take_zero(arena, all + 1, sizeof *boundary);
    r.from = arena_take_zero(arena, all, sizeof *r.from);
    r.to = arena_take_zero(arena, all, sizeof *r.to);
    r.muf = arena_take_zero(arena, all, sizeof *r.muf);
    SequenceError *errors = arena_take_zero(arena, 6 * all, sizeof *errors);
    if (!boundary || !r.from || !r.to || !r.muf || !errors) return status_no_memory(status);
    for (size_t b = 0; b <= all; b++) {
        if (!sequence->taken || sequence->taken[b]) boundary[boundaries++] = b;
    }
    if (boundaries < 2) {
        return status_set(status, STATUS_INVALID, "stock was taken \"%zu\" times in %zu periods",
                          boundaries, all) ||
               status_hint(status, "a balance needs two stock-takings");
    }
    r.periods = boundaries - 1;
    const MufTerm stocks[2] = {MUF_INVENTORIES, MUF_HOLD_UP};
    size_t count = 0;
    for (size_t p = 0; p < r.periods; p++) {
        size_t first = boundary[p], last = boundary[p + 1];
        r.from[p] = first + 1;
        r.to[p] = last;
        double muf = 0.0;
        for (size_t s = 0; s < 2; s++) {
            if (!sequence->value[stocks[s]]) continue;
            muf += sequence->value[stocks[s]][first];
            errors[count++] = error_of(sequence, stocks[s], first, p, 1.0);
        }
        for (size_t t = first; t < last; t++) {
            muf += sequence->value[MUF_RECEIPTS][t];
            errors[count++] = error_of(sequence, MUF_RECEIPTS, t, p, 1.0);
        }
        for (size_t t = first; t < last; t++) {
            muf -= sequence->value[MUF_SHIPMENTS][t];
            errors[count++] = error_of(sequence, MUF_SHIPMENTS, t, p, -1.0);
        }
        for (size_t s = 0; s < 2; s++) {
            if (!sequence->value[stocks[s]]) continue;
            muf -= sequence->value[stocks[s]][last];
            errors[count++] = error_of(sequence, stocks[s], last, p, -1.0);
        }
        r.muf[p] = muf;
    }
    if (!sequence_covariance(r.periods, errors, count, arena, &r.covariance, status) ||
        !sequence_statistics(r.muf, r.covariance.whole, r.periods, arena, &r.statistics, status)) {
        return false;
    }
    *result = r;
    return true;
}

size_t muf_first_changed(const MufSequenceResult *before, const MufSequenceResult *now) {
    for (size_t p = 0; p < before->periods; p++) {
        if (p >= now->periods || before->from[p] != now->from[p] || before->to[p] != now->to[p] ||
            before->muf[p] != now->muf[p]) {
            return p + 1;
        }
        for (size_t q = 0; q <= p; q++) {
            if (before->covariance.whole[p * before->periods + q] !=
                now->covariance.whole[p * now->periods + q]) {
                return p + 1;
            }
        }
    }
    return 0;
}
