// Effects on pools: what they keep by set, facet and error.
#include "book/effect_read.h"

static PoolSetRow *pool_set_touch(Book *book, uint32_t pool, uint32_t set) {
    PoolRow *at = pool_at(book, pool);
    for (uint32_t row = at->first_set; row != ROW_NONE;) {
        PoolSetRow *found = ROW(book, PoolSetRow, TABLE_POOL_SET, row);
        if (found->set == set) return touch(book, TABLE_POOL_SET, row);
        row = found->next;
    }
    uint32_t row;
    PoolSetRow *made = row_new(book, TABLE_POOL_SET, &row);
    made->pool = pool;
    made->set = set;
    made->next = ROW_NONE;
    at = TOUCH(book, PoolRow, TABLE_POOL, pool);
    if (at->first_set == ROW_NONE)
        at->first_set = row;
    else
        TOUCH(book, PoolSetRow, TABLE_POOL_SET, at->last_set)->next = row;
    at->last_set = row;
    return made;
}

void effect_delta(Applying *a, uint32_t pool, uint8_t kind, uint32_t set, uint32_t key,
                  const Values *values) {
    if (a->operation == ROW_NONE || !values->mask) return;
    uint32_t row;
    PoolDelta *delta = row_new(a->book, TABLE_POOL_DELTA, &row);
    *delta = (PoolDelta){pool, set, key, values->mask, keep_values(a->book, values), kind};
    OperationRow *operation = TOUCH(a->book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->delta_count++ == 0) operation->first_delta = row;
}

// Adds to a pool's content, and to a set's part of it unless the set is empty. Never below zero.
static bool pool_add(Applying *a, uint32_t pool, uint32_t set, const Values *values) {
    Book *book = a->book;
    effect_delta(a, pool, 0, set, 0, values);
    PoolRow *at = TOUCH(book, PoolRow, TABLE_POOL, pool);
    PoolSetRow *of_set = set == SET_EMPTY ? NULL : pool_set_touch(book, pool, set);
    for (uint32_t m = values->mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        if (!i64_add(at->content[c], values->mg[c], &at->content[c]) || at->content[c] < 0)
            return false;
        if (of_set && (!i64_add(of_set->mg[c], values->mg[c], &of_set->mg[c]) || of_set->mg[c] < 0))
            return false;
    }
    return true;
}

bool apply_pool_in(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t pool = read_u32(r), set;
    int8_t sign = (int8_t)read_u8(r);
    Content content;
    if (r->failed || !is_row(book, TABLE_POOL, pool) || (sign != 1 && sign != -1) ||
        !content_read(r, &content) || !effect_set(book, r, &set))
        return misfit(status, "pool_in");
    Values values = {.mask = (uint32_t)content.stated};
    PoolRow *at = TOUCH(book, PoolRow, TABLE_POOL, pool);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        values.mg[c] = sign * content.mg[c];
        if (!i64_add(at->in[c], values.mg[c], &at->in[c]) ||
            !i64_add(at->bound_in[c], sign * content.bound[c], &at->bound_in[c]))
            return misfit(status, "pool_in: the sum is too large");
    }
    if (sign > 0) {
        at->stated |= (uint32_t)content.stated;
        at->whole &= (uint32_t)content.whole;
        at->any_in = 1;
    }
    if (!pool_add(a, pool, set, &values)) return misfit(status, "pool_in");
    Values bounds = {.mask = (uint32_t)content.below};
    for (uint32_t m = bounds.mask; m; m &= m - 1)
        bounds.mg[__builtin_ctz(m)] = content.bound[__builtin_ctz(m)];
    if (sign > 0) effect_delta(a, pool, DELTA_BOUND, set, 0, &bounds);
    return true;
}

bool apply_pool_out(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t pool = read_u32(r);
    int8_t sign = (int8_t)read_u8(r);
    Values out, gain;
    if (!read_values(r, &out) || !read_values(r, &gain) || !is_row(book, TABLE_POOL, pool) ||
        (sign != 1 && sign != -1))
        return misfit(status, "pool_out");
    PoolRow *at = TOUCH(book, PoolRow, TABLE_POOL, pool);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!i64_add(at->out[c], sign * out.mg[c], &at->out[c]) ||
            !i64_add(at->gain[c], sign * gain.mg[c], &at->gain[c]))
            return misfit(status, "pool_out: the sum is too large");
    }
    // What was taken: stretches, each with its set; the empty set is free content.
    unsigned stretches = read_u16(r);
    for (unsigned i = 0; i < stretches; i++) {
        uint32_t set;
        Values part;
        if (!effect_set(book, r, &set) || !read_values(r, &part)) return misfit(status, "pool_out");
        for (int c = 0; c < COMPONENT_COUNT; c++)
            part.mg[c] = -sign * part.mg[c];
        if (!pool_add(a, pool, set, &part)) return misfit(status, "pool_out: more than is there");
    }
    return !r->failed || misfit(status, "pool_out");
}

bool apply_pool_shift(Applying *a, Reader *r, Status *status) {
    uint32_t pool = read_u32(r), set;
    Values values;
    if (!is_row(a->book, TABLE_POOL, pool) || !effect_set(a->book, r, &set) ||
        !read_values(r, &values))
        return misfit(status, "pool_shift");
    TOUCH(a->book, PoolRow, TABLE_POOL, pool)->stated |= values.mask;
    return pool_add(a, pool, set, &values) || misfit(status, "pool_shift: more than is there");
}

bool apply_pool_facet(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t pool = read_u32(r);
    uint8_t kind = read_u8(r);
    uint32_t key = read_u32(r);
    Values values;
    if (!read_values(r, &values) || !is_row(book, TABLE_POOL, pool) ||
        !effect_facet_is_known(book, kind, key))
        return misfit(status, "pool_facet");
    PoolFacetRow *facet = NULL;
    uint32_t last = ROW_NONE;
    for (uint32_t row = pool_at(book, pool)->first_facet; row != ROW_NONE;) {
        PoolFacetRow *found = ROW(book, PoolFacetRow, TABLE_POOL_FACET, row);
        if (found->kind == kind && found->key == key) {
            facet = touch(book, TABLE_POOL_FACET, row);
            break;
        }
        last = row;
        row = found->next;
    }
    if (!facet) {
        uint32_t row;
        facet = row_new(book, TABLE_POOL_FACET, &row);
        *facet = (PoolFacetRow){.pool = pool, .next = ROW_NONE, .key = key, .kind = kind};
        if (last == ROW_NONE)
            TOUCH(book, PoolRow, TABLE_POOL, pool)->first_facet = row;
        else
            TOUCH(book, PoolFacetRow, TABLE_POOL_FACET, last)->next = row;
    }
    effect_delta(a, pool, kind, SET_EMPTY, key, &values);
    for (uint32_t m = values.mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        if (!i64_add(facet->mg[c], values.mg[c], &facet->mg[c]) || facet->mg[c] < 0)
            return misfit(status, "pool_facet: below zero");
    }
    return true;
}

bool apply_pool_terms(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t pool = read_u32(r);
    if (r->failed || !is_row(book, TABLE_POOL, pool)) return misfit(status, "pool_terms");
    PoolRow *at = TOUCH(book, PoolRow, TABLE_POOL, pool);
    // The variance since it was opened: new sums of the random part, then of each group.
    Values high, low;
    if (!read_values(r, &high) || !read_values(r, &low)) return misfit(status, "pool_terms");
    for (uint32_t m = high.mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        at->random[c] = ((u128)(uint64_t)high.mg[c] << 64) | (uint64_t)low.mg[c];
    }
    unsigned groups = read_u16(r);
    for (unsigned i = 0; i < groups; i++) {
        uint32_t group = read_u32(r);
        if (r->failed || group >= intern_count(book->group_keys))
            return misfit(status, "pool_terms");
        Values delta_high, delta_low;
        if (!read_values(r, &delta_high) || !read_values(r, &delta_low))
            return misfit(status, "pool_terms");
        PoolGroupRow *sums = NULL;
        for (uint32_t row = at->first_group; row != ROW_NONE;) {
            PoolGroupRow *found = ROW(book, PoolGroupRow, TABLE_POOL_GROUP, row);
            if (found->group == group) {
                sums = touch(book, TABLE_POOL_GROUP, row);
                break;
            }
            row = found->next;
        }
        if (!sums) {
            uint32_t row;
            sums = row_new(book, TABLE_POOL_GROUP, &row);
            *sums = (PoolGroupRow){.group = group, .next = at->first_group};
            at->first_group = row;
        }
        for (uint32_t m = delta_high.mask; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            u128 delta = ((u128)(uint64_t)delta_high.mg[c] << 64) | (uint64_t)delta_low.mg[c];
            if (__builtin_add_overflow(sums->sum[c], (i128)delta, &sums->sum[c]))
                return misfit(status, "pool_terms: the sum is too large");
        }
    }
    unsigned count = read_u16(r);
    for (unsigned i = 0; i < count; i++) {
        uint32_t measurement = read_u32(r), row;
        int64_t mg = read_i64(r);
        if (r->failed || !is_row(book, TABLE_MEASUREMENT, measurement))
            return misfit(status, "pool_terms");
        PoolTermRow *term = row_new(book, TABLE_POOL_TERM, &row);
        *term = (PoolTermRow){measurement, ROW_NONE, mg};
        if (at->first_term == ROW_NONE)
            at->first_term = row;
        else
            TOUCH(book, PoolTermRow, TABLE_POOL_TERM, at->last_term)->next = row;
        at->last_term = row;
    }
    return !r->failed || misfit(status, "pool_terms");
}
