// What an event did to pools, taken back (B24): the contrary of each change, now, if no sum falls
// below zero.
#include <string.h>

#include "book/decide.h"

// Whether the pool can give up what `delta` brought it.
static bool can_give(const Book *book, uint32_t pool, const PoolDelta *delta) {
    const int64_t *value = values_at(book, delta->values);
    const int64_t *there = NULL;
    int64_t open[COMPONENT_COUNT];
    const PoolRow *at = pool_at(book, pool);
    if (delta->kind == DELTA_OWNER) {
        for (uint32_t row = at->first_owner; row != ROW_NONE;
             row = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row)->next)
            if (ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row)->owner == delta->key)
                there = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row)->mg;
    } else if (delta->kind) {
        for (uint32_t row = at->first_facet; row != ROW_NONE;
             row = ROW(book, PoolFacetRow, TABLE_POOL_FACET, row)->next) {
            const PoolFacetRow *facet = ROW(book, PoolFacetRow, TABLE_POOL_FACET, row);
            if (facet->kind == delta->kind && facet->key == delta->key) there = facet->mg;
        }
    } else {
        memcpy(open, at->content, sizeof open);
        for (uint32_t row = at->first_set; row != ROW_NONE;
             row = ROW(book, PoolSetRow, TABLE_POOL_SET, row)->next) {
            const PoolSetRow *of_set = ROW(book, PoolSetRow, TABLE_POOL_SET, row);
            for (int c = 0; c < COMPONENT_COUNT; c++)
                open[c] -= of_set->mg[c];
            if (of_set->set == delta->set) there = of_set->mg;
        }
        if (delta->set == SET_EMPTY) there = open;
    }
    for (uint32_t m = delta->mask; m; m &= m - 1, value++)
        if (!there || there[__builtin_ctz(m)] < *value) return false;
    return true;
}

// What was extracted into a leach field stands in no lot: the figures are in the deltas, and the
// errors are the measurements of that record.
static void unextract(Deciding *d, const OperationRow *operation, const Content *content) {
    int64_t contrary[COMPONENT_COUNT];
    for (int c = 0; c < COMPONENT_COUNT; c++)
        contrary[c] = -content->mg[c];
    emit_account(d, operation->facility, d->month, ACCOUNT_EXTRACTED, content->stated, contrary);
}

// The first measurement of a record.
static uint32_t first_measurement(const Book *book, uint64_t seq) {
    uint32_t low = 0, high = book_count(book, TABLE_MEASUREMENT);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (measurement_at(book, middle)->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void unextract_terms(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    uint32_t low = first_measurement(book, operation->seq),
             count = book_count(book, TABLE_MEASUREMENT);
    for (; low < count && measurement_at(book, low)->seq == operation->seq && !stopped(d); low++) {
        Term term = {low, measurement_at(book, low)->net};
        pool_terms_back(d, operation->pool, &term, 1, 1);
    }
}

static Facet contrary_facet(const Book *book, const PoolDelta *delta) {
    Facet facet = {.kind = delta->kind, .key = delta->key};
    const int64_t *value = values_at(book, delta->values);
    for (uint32_t m = delta->mask; m; m &= m - 1)
        facet.mg[__builtin_ctz(m)] = -*value++;
    return facet;
}

uint64_t pool_counted_since(const Book *book, uint32_t pool, uint64_t seq) {
    for (uint32_t row = book_count(book, TABLE_POSTING); row-- > 0;) {
        const PostingRow *posting = ROW(book, PostingRow, TABLE_POSTING, row);
        if (posting->seq <= seq) return 0;
        if (posting->pool == pool && posting->reason == POSTED_STOCKTAKE) return posting->seq;
    }
    return 0;
}

// Whether none of the pools that the operation names was counted since: a stock-taking says what
// is there, whatever was opened or lost before.
static bool none_counted_since(const Book *book, const OperationRow *operation) {
    for (uint32_t i = 0; i < operation->delta_count; i++)
        if (pool_counted_since(
                book, ROW(book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + i)->pool,
                operation->seq))
            return false;
    for (uint32_t i = 0; i < operation->posting_count; i++) {
        uint32_t pool = ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i)->pool;
        if (pool != ROW_NONE && pool_counted_since(book, pool, operation->seq)) return false;
    }
    return true;
}

// What pools were opened with is taken out again, as far as it is all still there: each line of
// the event is one delta of content and one measurement, in the same order.
static bool pools_unopen(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    uint32_t measurement = first_measurement(book, operation->seq);
    for (uint32_t i = 0; i < operation->delta_count && !stopped(d); i++) {
        const PoolDelta *delta = ROW(book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + i);
        if (!can_give(book, delta->pool, delta)) return false;
        if (delta->kind) {
            Facet contrary = contrary_facet(book, delta);
            emit_pool_facet(d, delta->pool, &contrary);
            continue;
        }
        Content content = {.stated = delta->mask};
        int64_t contrary[COMPONENT_COUNT] = {0};
        const int64_t *value = values_at(book, delta->values);
        for (uint32_t m = delta->mask; m; m &= m - 1) {
            content.mg[__builtin_ctz(m)] = *value;
            contrary[__builtin_ctz(m)] = -*value++;
        }
        emit_pool_in(d, delta->pool, -1, &content, delta->set);
        emit_account(d, operation->facility, d->month, ACCOUNT_OPENED, content.stated, contrary);
        while (measurement_at(book, measurement)->kind != MEASURED_POOL)
            measurement++;
        Term term = {measurement, measurement_at(book, measurement)->net};
        pool_terms_back(d, delta->pool, &term, 1, 1);
        measurement++;
        if (!pool_owners_fit(book, delta->pool)) return false;
    }
    return !stopped(d);
}

// What was lost of pools is there again, in the sets that it was taken from.
static bool pools_unlose(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    for (uint32_t i = 0; i < operation->delta_count && !stopped(d); i++) {
        const PoolDelta *delta = ROW(book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + i);
        Facet contrary = contrary_facet(book, delta);
        if (delta->kind == DELTA_OWNER)
            emit_pool_owner(d, delta->pool, delta->key, contrary.mg);
        else if (delta->kind)
            emit_pool_facet(d, delta->pool, &contrary);
        else
            emit_pool_shift(d, delta->pool, delta->set, delta->mask, contrary.mg);
    }
    // It counted as drawn, and what the book did not know to be there as a gain.
    static const int64_t nothing[COMPONENT_COUNT];
    for (uint32_t i = 0; i < operation->posting_count && !stopped(d); i++) {
        const PostingRow *posting =
            ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i);
        bool lost = posting->reason == POSTED_LOSS;
        if (posting->pool == ROW_NONE || (!lost && posting->reason != POSTED_GAIN)) continue;
        int64_t mg[COMPONENT_COUNT] = {0};
        const int64_t *value = values_at(book, posting->values);
        for (uint32_t m = posting->mask; m; m &= m - 1, value++)
            mg[__builtin_ctz(m)] = lost ? -*value : *value;
        if (lost)
            emit_pool_out(d, posting->pool, -1, posting->mask, mg, 0, nothing, NULL, 0);
        else
            emit_pool_out(d, posting->pool, -1, 0, nothing, posting->mask, mg, NULL, 0);
    }
    return !stopped(d);
}

bool pool_reverse(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    uint32_t pool = operation->pool;
    if (operation->kind == EVENT_OPEN)
        return none_counted_since(book, operation) && pools_unopen(d, operation);
    if (operation->kind == EVENT_LOSS)
        return none_counted_since(book, operation) && pools_unlose(d, operation);
    if (pool == ROW_NONE) return true;
    bool came_in = operation->kind != EVENT_DRAW;
    int64_t out[COMPONENT_COUNT] = {0}, gain[COMPONENT_COUNT] = {0};
    uint32_t out_mask = 0, gain_mask = 0;
    Stretch *stretches = arena_take_zero(d->scratch, operation->delta_count + 1, sizeof *stretches);
    if (!stretches) return fail_memory(d);
    uint32_t stretch_count = 0;
    for (uint32_t i = 0; i < operation->delta_count && !stopped(d); i++) {
        const PoolDelta *delta = ROW(book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + i);
        if (came_in && delta->kind != DELTA_BOUND && !can_give(book, pool, delta)) return false;
        const int64_t *value = values_at(book, delta->values);
        if (delta->kind == DELTA_BOUND) {
            Content limits = {.below = delta->mask};
            for (uint32_t m = delta->mask; m; m &= m - 1)
                limits.bound[__builtin_ctz(m)] = *value++;
            emit_pool_in(d, pool, -1, &limits, delta->set);
        } else if (delta->kind == DELTA_OWNER) {
            int64_t contrary[COMPONENT_COUNT] = {0};
            for (uint32_t m = delta->mask; m; m &= m - 1)
                contrary[__builtin_ctz(m)] = -*value++;
            emit_pool_owner(d, pool, delta->key, contrary);
        } else if (delta->kind) {
            Facet contrary = contrary_facet(book, delta);
            emit_pool_facet(d, pool, &contrary);
        } else if (came_in) {
            Content content = {.stated = delta->mask};
            for (uint32_t m = delta->mask; m; m &= m - 1)
                content.mg[__builtin_ctz(m)] = *value++;
            emit_pool_in(d, pool, -1, &content, delta->set);
            if (operation->kind == EVENT_EXTRACT) unextract(d, operation, &content);
        } else {
            Stretch *stretch = &stretches[stretch_count++];
            *stretch = (Stretch){.set = delta->set, .mask = delta->mask};
            for (uint32_t m = delta->mask; m; m &= m - 1)
                stretch->mg[__builtin_ctz(m)] = -*value++;
        }
    }
    if (operation->kind == EVENT_EXTRACT) unextract_terms(d, operation);
    if (stopped(d)) return false;
    if (came_in) return pool_owners_fit(book, pool); // what is left must not be owed to others
    for (uint32_t i = 0; i < operation->flow_count; i++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + i);
        if (flow->role != FLOW_OUT) continue;
        Content content;
        content_load(book, &flow->content, &content);
        out_mask |= flow->content.stated;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            out[c] += content.mg[c];
    }
    for (uint32_t i = 0; i < operation->posting_count; i++) {
        const PostingRow *posting =
            ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i);
        if (posting->reason != POSTED_GAIN) continue;
        const int64_t *value = values_at(book, posting->values);
        gain_mask = posting->mask;
        for (uint32_t m = posting->mask; m; m &= m - 1)
            gain[__builtin_ctz(m)] = *value++;
    }
    emit_pool_out(d, pool, -1, out_mask, out, gain_mask, gain, stretches, stretch_count);
    return !stopped(d);
}
