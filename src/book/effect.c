#include "book/effect.h"

#include <assert.h>
#include <string.h>

typedef struct Values {
    uint32_t mask;
    int64_t mg[COMPONENT_COUNT];
} Values;

static bool misfit(Status *status, const char *what) {
    return status_set(status, STATUS_CORRUPT, "a stored decision does not fit the book: %s", what);
}

static bool read_values(Reader *r, Values *values) {
    memset(values, 0, sizeof *values);
    uint64_t mask = read_u64(r);
    const uint8_t *at = read_bytes(r, 8 * (size_t)__builtin_popcountll(mask & COMPONENT_MASK));
    if (!at || (mask & ~COMPONENT_MASK)) {
        r->failed = true;
        return false;
    }
    values->mask = (uint32_t)mask;
    for (uint32_t m = values->mask; m; m &= m - 1, at += 8)
        values->mg[__builtin_ctz(m)] = (int64_t)bytes_get_u64(at);
    return true;
}

static uint32_t keep_values(Book *book, const Values *values) {
    uint32_t first = values_new(book, (uint32_t)__builtin_popcount(values->mask));
    if (!values->mask) return first;
    int64_t *at = values_at(book, first);
    for (uint32_t m = values->mask; m; m &= m - 1)
        *at++ = values->mg[__builtin_ctz(m)];
    return first;
}

static bool is_row(const Book *book, Table table, uint32_t row) {
    return row < book_count(book, table);
}

// A list of cause numbers becomes a set.
static bool read_set(Book *book, Reader *r, uint32_t *set) {
    uint32_t causes[SET_CAUSES_MAX], count = read_u16(r);
    if (count > SET_CAUSES_MAX) return false;
    for (uint32_t i = 0; i < count; i++) {
        causes[i] = cause_find(book, read_u64(r));
        if (r->failed || causes[i] == ROW_NONE || (i && causes[i] <= causes[i - 1])) return false;
    }
    *set = set_of(book, causes, count);
    return !r->failed;
}

static bool read_facets(Book *book, Reader *r, uint32_t *first, uint8_t *count) {
    *count = read_u8(r);
    *first = book_count(book, TABLE_FACET);
    for (unsigned i = 0; i < *count; i++) {
        uint8_t kind = read_u8(r);
        uint32_t key = read_u32(r), row;
        Values values;
        if (!read_values(r, &values) || (kind != FACET_SOURCE && kind != FACET_UNDRAWN))
            return false;
        if (kind == FACET_SOURCE ? !is_row(book, TABLE_SOURCE, key) : key >= CLASS_COUNT)
            return false;
        FacetRow *facet = row_new(book, TABLE_FACET, &row);
        *facet = (FacetRow){key, values.mask, keep_values(book, &values), kind};
    }
    return !r->failed;
}

static bool read_terms(Book *book, Reader *r, uint32_t *first, uint32_t *count) {
    *count = read_u16(r);
    *first = book_count(book, TABLE_TERM);
    for (uint32_t i = 0; i < *count; i++) {
        uint32_t measurement = read_u32(r), row;
        int64_t mg = read_i64(r);
        if (r->failed || !is_row(book, TABLE_MEASUREMENT, measurement)) return false;
        TermRow *term = row_new(book, TABLE_TERM, &row);
        *term = (TermRow){measurement, mg};
    }
    return !r->failed;
}

static void flow_add(Applying *a, FlowRole role, uint32_t lot_row, int64_t net,
                     ContentRef content) {
    Book *book = a->book;
    assert(a->operation != ROW_NONE);
    uint32_t row;
    FlowRow *flow = row_new(book, TABLE_FLOW, &row);
    *flow = (FlowRow){a->operation, lot_row, ROW_NONE, (uint8_t)role, net, content};
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, lot_row);
    if (lot->first_flow == ROW_NONE)
        lot->first_flow = row;
    else
        TOUCH(book, FlowRow, TABLE_FLOW, lot->last_flow)->next_of_lot = row;
    lot->last_flow = row;
    OperationRow *operation = TOUCH(book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->flow_count++ == 0) operation->first_flow = row;
}

static bool apply_operation(Applying *a, Reader *r, Status *status) {
    uint8_t kind = read_u8(r);
    uint32_t facility = read_u32(r), pool = read_u32(r), month = read_u32(r), row;
    if (r->failed || (facility != ROW_NONE && !is_row(a->book, TABLE_FACILITY, facility)) ||
        (pool != ROW_NONE && !is_row(a->book, TABLE_POOL, pool)))
        return misfit(status, "operation");
    OperationRow *operation = row_new(a->book, TABLE_OPERATION, &row);
    *operation = (OperationRow){.seq = a->seq,
                                .facility = facility,
                                .pool = pool,
                                .month = month,
                                .kind = kind,
                                .first_flow = ROW_NONE,
                                .first_posting = ROW_NONE,
                                .first_delta = ROW_NONE,
                                .first_before = ROW_NONE,
                                .first_difference = ROW_NONE,
                                .deposit = ROW_NONE};
    a->operation = row;
    return true;
}

static bool apply_measurement(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint8_t kind = read_u8(r);
    size_t length = read_u16(r);
    const uint8_t *key = read_bytes(r, length);
    int64_t net = read_i64(r);
    uint64_t mask = read_u64(r);
    if (r->failed || (mask & ~COMPONENT_MASK)) return misfit(status, "measurement");
    uint32_t count = (uint32_t)__builtin_popcountll(mask), row;
    uint32_t values = values_new(book, 2 * count);
    const uint8_t *at = read_bytes(r, (size_t)16 * count);
    if (!at) return misfit(status, "measurement");
    int64_t *kept = count ? values_at(book, values) : NULL;
    for (uint32_t i = 0; i < 2 * count; i++)
        kept[i] = (int64_t)bytes_get_u64(at + (size_t)8 * i);
    MeasurementRow *measurement = row_new(book, TABLE_MEASUREMENT, &row);
    *measurement = (MeasurementRow){.net = net,
                                    .group = GROUP_NONE,
                                    .mask = (uint32_t)mask,
                                    .values = values,
                                    .kind = kind,
                                    .seq = a->seq};
    if (length)
        measurement->group = name_put(book, book->group_keys, (Text){(const char *)key, length});
    return true;
}

static bool apply_lot_new(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    size_t length = read_u8(r);
    const uint8_t *id = read_bytes(r, length);
    uint32_t material = read_u32(r), party = read_u32(r), facility = read_u32(r);
    int64_t net = read_i64(r);
    uint8_t basis = read_u8(r), custody = read_u8(r), flags = read_u8(r);
    Content content;
    if (r->failed || !id || !is_row(book, TABLE_PARTY, party) ||
        !is_row(book, TABLE_FACILITY, facility) ||
        (material != ROW_NONE && !is_row(book, TABLE_MATERIAL, material)) || net <= 0 ||
        a->operation == ROW_NONE || !content_read(r, &content) || basis >= BASIS_COUNT ||
        custody >= CUSTODY_COUNT)
        return misfit(status, "lot_new");
    Text name = {(const char *)id, length};
    uint32_t number = name_put(book, book->lot_ids, name), row;
    if (number != book_count(book, TABLE_LOT)) return misfit(status, "lot_new: the id is taken");
    Lot *lot = row_new(book, TABLE_LOT, &row);
    assert(row == number);
    (void)number;
    ContentRef ref = content_keep(book, &content);
    *lot = (Lot){.material = material,
                 .party = party,
                 .facility = facility,
                 .consignment = ROW_NONE,
                 .basis = basis,
                 .custody = custody,
                 .state = LOT_HERE,
                 .flags = flags,
                 .start_net = net,
                 .start = ref,
                 .born_net = net,
                 .born = ref,
                 .operation = a->operation,
                 .first_flow = ROW_NONE,
                 .last_flow = ROW_NONE,
                 .first_draw = ROW_NONE,
                 .changed = a->seq};
    uint32_t terms;
    if (!read_facets(book, r, &lot->facets, &lot->facet_count) ||
        !read_terms(book, r, &lot->terms, &terms) || terms > 255 || !read_set(book, r, &lot->set))
        return misfit(status, "lot_new");
    lot->term_count = (uint8_t)terms;
    flow_add(a, FLOW_OUT, row, net, ref);
    return true;
}

static bool apply_take(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r);
    int64_t net = read_i64(r);
    Content content;
    if (r->failed || !is_row(book, TABLE_LOT, row) || !content_read(r, &content) ||
        a->operation == ROW_NONE)
        return misfit(status, "take");
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, row);
    if (net <= 0 || net > lot_left(lot) || lot->state == LOT_ENDED)
        return misfit(status, "take: too much");
    lot->taken += net;
    lot->flags |= LOT_TAKEN;
    if (lot_left(lot) == 0) lot->state = LOT_ENDED;
    flow_add(a, FLOW_IN, row, net, content_keep(book, &content));
    return true;
}

static bool apply_lot_end(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_LOT, row)) return misfit(status, "lot_end");
    Lot *lot = TOUCH(a->book, Lot, TABLE_LOT, row);
    lot->taken = lot->start_net;
    lot->state = LOT_ENDED;
    return true;
}

static bool apply_lot_set(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r);
    int64_t net = read_i64(r);
    uint8_t basis = read_u8(r), flags = read_u8(r), state = read_u8(r);
    Content content;
    if (r->failed || !is_row(book, TABLE_LOT, row) || net < 0 || !content_read(r, &content) ||
        a->operation == ROW_NONE || state < LOT_HERE || state > LOT_ENDED ||
        (net == 0 && state != LOT_ENDED) || basis >= BASIS_COUNT)
        return misfit(status, "lot_set");
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, row);
    uint32_t terms, before;
    BeforeRow *kept = row_new(book, TABLE_BEFORE, &before);
    *kept = (BeforeRow){row,        lot->facets,      lot->terms,      lot->basis,     lot->flags,
                        lot->state, lot->facet_count, lot->term_count, lot->start_net, lot->taken,
                        lot->start, lot->changed};
    OperationRow *operation = TOUCH(book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->before_count++ == 0) operation->first_before = before;
    lot->start_net = net;
    lot->taken = 0;
    lot->start = content_keep(book, &content);
    lot->basis = basis;
    lot->flags = flags;
    lot->state = state;
    lot->changed = a->seq;
    if (!read_facets(book, r, &lot->facets, &lot->facet_count) ||
        !read_terms(book, r, &lot->terms, &terms) || terms > 255)
        return misfit(status, "lot_set");
    lot->term_count = (uint8_t)terms;
    flow_add(a, FLOW_TOUCHED, row, net, lot->start);
    return true;
}

static bool apply_lot_place(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r), facility = read_u32(r), consignment = read_u32(r);
    uint8_t state = read_u8(r);
    if (r->failed || !is_row(book, TABLE_LOT, row) || state < LOT_HERE || state > LOT_ENDED ||
        (consignment != ROW_NONE && !is_row(book, TABLE_CONSIGNMENT, consignment)) ||
        !is_row(book, TABLE_FACILITY, facility) || a->operation == ROW_NONE)
        return misfit(status, "lot_place");
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, row);
    lot->facility = facility;
    lot->consignment = consignment;
    lot->state = state;
    Content content;
    lot_content_left(book, lot, &content);
    flow_add(a, FLOW_TOUCHED, row, lot_left(lot), content_keep(book, &content));
    return true;
}

static bool apply_lot_causes(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r), set;
    if (r->failed || !is_row(a->book, TABLE_LOT, row) || !read_set(a->book, r, &set))
        return misfit(status, "lot_causes");
    TOUCH(a->book, Lot, TABLE_LOT, row)->set = set;
    return true;
}

static bool account_add(Book *book, uint32_t facility, uint32_t month, unsigned term,
                        const Values *values, Status *status) {
    uint32_t row = account_row(book, facility, month);
    AccountRow *account = TOUCH(book, AccountRow, TABLE_ACCOUNT, row);
    account->stated |= values->mask;
    // A stretch of values lies in one piece.
    int64_t *sums = values_at(book, account->values + term * COMPONENT_COUNT);
    if (values->mask) touch_memory(book, sums, COMPONENT_COUNT * sizeof *sums);
    for (uint32_t m = values->mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        if (!i64_add(sums[c], values->mg[c], &sums[c]))
            return misfit(status, "account: the sum is too large");
    }
    return true;
}

static const uint8_t account_of_reason[POSTED_COUNT] = {
    [POSTED_BATCH] = ACCOUNT_BATCH,     [POSTED_GAIN] = ACCOUNT_GAIN,
    [POSTED_MEASURE] = ACCOUNT_MEASURE, [POSTED_STOCKTAKE] = ACCOUNT_STOCKTAKE,
    [POSTED_FOUND] = ACCOUNT_FOUND,     [POSTED_LOSS] = ACCOUNT_LOST,
    [POSTED_SRD] = ACCOUNT_SRD,         [POSTED_REVERSAL] = ACCOUNT_REVERSAL};

static bool apply_posting(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t facility = read_u32(r), lot = read_u32(r), pool = read_u32(r), month = read_u32(r);
    uint8_t reason = read_u8(r), with_pool = read_u8(r);
    int64_t net = read_i64(r);
    Values values;
    uint32_t terms, term_count;
    if (!read_values(r, &values) || !is_row(book, TABLE_FACILITY, facility) || reason == 0 ||
        reason >= POSTED_COUNT || (pool != ROW_NONE && !is_row(book, TABLE_POOL, pool)) ||
        (lot != ROW_NONE && !is_row(book, TABLE_LOT, lot)) || (with_pool && pool == ROW_NONE) ||
        a->operation == ROW_NONE)
        return misfit(status, "posting");
    if (!read_terms(book, r, &terms, &term_count)) return misfit(status, "posting");
    if (with_pool) {
        // What came in and out since the pool's last posting goes with this one.
        PoolRow *at = TOUCH(book, PoolRow, TABLE_POOL, pool);
        uint32_t count = 0;
        for (uint32_t t = at->first_term; t != ROW_NONE;
             t = ROW(book, PoolTermRow, TABLE_POOL_TERM, t)->next)
            count++;
        if (!rows_reserve(&book->table[TABLE_TERM], count + 65536, status) ||
            !journal_reserve(&book->journal, (size_t)count * 32 + (1u << 20), status))
            return false;
        for (uint32_t t = at->first_term; t != ROW_NONE;) {
            const PoolTermRow *from = ROW(book, PoolTermRow, TABLE_POOL_TERM, t);
            uint32_t row;
            TermRow *term = row_new(book, TABLE_TERM, &row);
            *term = (TermRow){from->measurement, from->mg};
            term_count++;
            t = from->next;
        }
        at->first_term = at->last_term = ROW_NONE;
    }
    uint32_t row;
    PostingRow *posting = row_new(book, TABLE_POSTING, &row);
    *posting = (PostingRow){.seq = a->seq,
                            .facility = facility,
                            .lot = lot,
                            .pool = pool,
                            .mask = values.mask,
                            .values = keep_values(book, &values),
                            .terms = terms,
                            .term_count = term_count,
                            .net = net,
                            .month = month,
                            .reason = reason};
    OperationRow *operation = TOUCH(book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->posting_count++ == 0) operation->first_posting = row;
    return account_add(book, facility, month, account_of_reason[reason], &values, status);
}

static bool apply_account(Applying *a, Reader *r, Status *status) {
    uint32_t facility = read_u32(r), month = read_u32(r);
    uint8_t term = read_u8(r);
    Values values;
    if (!read_values(r, &values) || !is_row(a->book, TABLE_FACILITY, facility) ||
        term >= ACCOUNT_TERMS)
        return misfit(status, "account");
    return account_add(a->book, facility, month, term, &values, status);
}

static bool is_holder(const Book *book, Holder holder) {
    return holder & HOLDER_FACILITY ? is_row(book, TABLE_FACILITY, holder & ~HOLDER_FACILITY)
                                    : is_row(book, TABLE_PARTY, holder);
}

// Levels: n u8, then each holder; the first is the holder's own node.
static bool draw_levels(Book *book, Reader *r, unsigned ledger, unsigned class_of_ore, int year,
                        int64_t mg, bool keep, uint32_t *own) {
    unsigned count = read_u8(r);
    for (unsigned i = 0; i < count; i++) {
        Holder holder = read_u32(r);
        if (r->failed || !is_holder(book, holder)) return false;
        if (keep) {
            uint32_t row;
            ROW_NEW(book, ListRow, TABLE_LIST, &row)->number = holder;
        }
        uint32_t node = node_row(book, holder, ledger, class_of_ore, year);
        NodeRow *at = TOUCH(book, NodeRow, TABLE_NODE, node);
        if (!i64_add(at->drawn_mg, mg, &at->drawn_mg)) return false;
        if (i == 0) *own = node;
    }
    return count > 0 && !r->failed;
}

static bool apply_draw(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t lot_row = read_u32(r), own = ROW_NONE, row;
    uint8_t ledger = read_u8(r), class_of_ore = read_u8(r);
    uint16_t year = read_u16(r);
    int64_t mg = read_i64(r);
    uint32_t levels = book_count(book, TABLE_LIST);
    if (r->failed || !is_row(book, TABLE_LOT, lot_row) ||
        !draw_levels(book, r, ledger, class_of_ore, year, mg, true, &own))
        return misfit(status, "draw");
    uint32_t level_count = book_count(book, TABLE_LIST) - levels;
    DrawRow *draw = row_new(book, TABLE_DRAW, &row);
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, lot_row);
    *draw = (DrawRow){.node = own,
                      .lot = lot_row,
                      .next_of_lot = lot->first_draw,
                      .levels = levels,
                      .level_count = level_count,
                      .active = 1,
                      .mg = mg,
                      .mg_before = mg,
                      .seq = a->seq,
                      .changed = UINT64_MAX};
    lot->first_draw = row;
    return true;
}

static bool apply_draw_change(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r), own;
    int64_t mg = read_i64(r);
    if (r->failed || !is_row(book, TABLE_DRAW, row)) return misfit(status, "draw_change");
    DrawRow *draw = TOUCH(book, DrawRow, TABLE_DRAW, row);
    const NodeRow *node = node_at(book, draw->node);
    if (!draw_levels(book, r, node->ledger, node->class_of_ore, node->year, mg - draw->mg, false,
                     &own))
        return misfit(status, "draw_change");
    draw->mg_before = draw->mg;
    draw->changed = a->seq;
    draw->mg = mg;
    draw->active = mg != 0;
    return true;
}

static bool apply_allot(Applying *a, Reader *r, Status *status) {
    Holder holder = read_u32(r), under = read_u32(r);
    uint8_t ledger = read_u8(r), class_of_ore = read_u8(r), named = read_u8(r);
    uint16_t year = read_u16(r);
    int64_t delta = read_i64(r);
    if (r->failed || !is_holder(a->book, holder) ||
        (under != ROW_NONE && !is_holder(a->book, under)))
        return misfit(status, "allot");
    uint32_t row = node_row(a->book, holder, ledger, class_of_ore, year);
    NodeRow *node = TOUCH(a->book, NodeRow, TABLE_NODE, row);
    if (!i64_add(node->allotted_mg, delta, &node->allotted_mg)) return misfit(status, "allot");
    if (named) {
        node->named = 1;
        node->under = under;
    }
    return true;
}

static bool apply_cause(Applying *a, Reader *r, Status *status) {
    uint64_t number = read_u64(r);
    uint16_t code = read_u16(r);
    uint8_t state = read_u8(r);
    uint32_t count = book_count(a->book, TABLE_CAUSE), row;
    if (r->failed || state < CAUSE_PENDING || state > CAUSE_VOID ||
        (count && cause_at(a->book, count - 1)->number >= number))
        return misfit(status, "cause");
    CauseRow *cause = row_new(a->book, TABLE_CAUSE, &row);
    *cause = (CauseRow){number, code, state, UINT64_MAX};
    return true;
}

static bool apply_cause_status(Applying *a, Reader *r, Status *status) {
    uint32_t row = cause_find(a->book, read_u64(r));
    uint8_t state = read_u8(r);
    if (r->failed || row == ROW_NONE || state < CAUSE_PENDING || state > CAUSE_VOID)
        return misfit(status, "cause_status");
    CauseRow *cause = TOUCH(a->book, CauseRow, TABLE_CAUSE, row);
    cause->status = state;
    cause->closed_by = state == CAUSE_RELEASED || state == CAUSE_VOID ? a->seq : UINT64_MAX;
    return true;
}

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

static void delta_keep(Applying *a, uint8_t kind, uint32_t set, uint32_t key,
                       const Values *values) {
    if (a->operation == ROW_NONE || !values->mask) return;
    uint32_t row;
    PoolDelta *delta = row_new(a->book, TABLE_POOL_DELTA, &row);
    *delta = (PoolDelta){set, key, values->mask, keep_values(a->book, values), kind};
    OperationRow *operation = TOUCH(a->book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->delta_count++ == 0) operation->first_delta = row;
}

// Adds to a pool's content, and to a set's part of it unless the set is empty. Never below zero.
static bool pool_add(Applying *a, uint32_t pool, uint32_t set, const Values *values) {
    Book *book = a->book;
    delta_keep(a, 0, set, 0, values);
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

static bool apply_pool_in(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t pool = read_u32(r), set;
    int8_t sign = (int8_t)read_u8(r);
    Content content;
    if (r->failed || !is_row(book, TABLE_POOL, pool) || (sign != 1 && sign != -1) ||
        !content_read(r, &content) || !read_set(book, r, &set))
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
    if (sign > 0) delta_keep(a, DELTA_BOUND, set, 0, &bounds);
    return true;
}

static bool apply_pool_out(Applying *a, Reader *r, Status *status) {
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
        if (!read_set(book, r, &set) || !read_values(r, &part)) return misfit(status, "pool_out");
        for (int c = 0; c < COMPONENT_COUNT; c++)
            part.mg[c] = -sign * part.mg[c];
        if (!pool_add(a, pool, set, &part)) return misfit(status, "pool_out: more than is there");
    }
    return !r->failed || misfit(status, "pool_out");
}

static bool apply_pool_shift(Applying *a, Reader *r, Status *status) {
    uint32_t pool = read_u32(r), set;
    Values values;
    if (!is_row(a->book, TABLE_POOL, pool) || !read_set(a->book, r, &set) ||
        !read_values(r, &values))
        return misfit(status, "pool_shift");
    TOUCH(a->book, PoolRow, TABLE_POOL, pool)->stated |= values.mask;
    return pool_add(a, pool, set, &values) || misfit(status, "pool_shift: more than is there");
}

static bool apply_pool_facet(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t pool = read_u32(r);
    uint8_t kind = read_u8(r);
    uint32_t key = read_u32(r);
    Values values;
    if (!read_values(r, &values) || !is_row(book, TABLE_POOL, pool) ||
        (kind != FACET_SOURCE && kind != FACET_UNDRAWN) ||
        (kind == FACET_SOURCE ? !is_row(book, TABLE_SOURCE, key) : key >= CLASS_COUNT))
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
    delta_keep(a, kind, SET_EMPTY, key, &values);
    for (uint32_t m = values.mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        if (!i64_add(facet->mg[c], values.mg[c], &facet->mg[c]) || facet->mg[c] < 0)
            return misfit(status, "pool_facet: below zero");
    }
    return true;
}

static bool apply_pool_terms(Applying *a, Reader *r, Status *status) {
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
            sums->sum[c] += (i128)delta;
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

static bool apply_reserve(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    int64_t delta = read_i64(r);
    if (r->failed || !is_row(a->book, TABLE_DEPOSIT, row)) return misfit(status, "reserve");
    if (a->operation != ROW_NONE) {
        OperationRow *operation = TOUCH(a->book, OperationRow, TABLE_OPERATION, a->operation);
        operation->deposit = row;
        if (!i64_add(operation->reserve_mg, delta, &operation->reserve_mg))
            return misfit(status, "reserve");
    }
    DepositRow *deposit = TOUCH(a->book, DepositRow, TABLE_DEPOSIT, row);
    return i64_add(deposit->drawn_mg, delta, &deposit->drawn_mg) || misfit(status, "reserve");
}

static bool apply_consignment(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    size_t length = read_u8(r);
    const uint8_t *id = read_bytes(r, length);
    uint32_t party = read_u32(r), from = read_u32(r), to = read_u32(r);
    uint8_t shipped = read_u8(r);
    if (r->failed || !id || !is_row(book, TABLE_PARTY, party) ||
        (from != ROW_NONE && !is_row(book, TABLE_FACILITY, from)) ||
        (to != ROW_NONE && !is_row(book, TABLE_FACILITY, to)))
        return misfit(status, "consignment");
    Text name = {(const char *)id, length};
    uint32_t row = intern_find(book->consignment_ids, name);
    ConsignmentRow *at;
    if (row == ROW_NONE) {
        uint32_t made;
        row = name_put(book, book->consignment_ids, name);
        at = row_new(book, TABLE_CONSIGNMENT, &made);
        assert(made == row);
        *at = (ConsignmentRow){
            .first_line = ROW_NONE, .last_line = ROW_NONE, .first_unmatched = ROW_NONE};
    } else {
        at = TOUCH(book, ConsignmentRow, TABLE_CONSIGNMENT, row);
    }
    at->from_party = party;
    at->from_facility = from;
    at->to_facility = to;
    at->shipped = shipped;
    at->operation = a->operation;
    return true;
}

static bool apply_consigned(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t consignment = read_u32(r), lot = read_u32(r), row;
    if (r->failed || !is_row(book, TABLE_CONSIGNMENT, consignment) || !is_row(book, TABLE_LOT, lot))
        return misfit(status, "consigned");
    ConsignmentLine *line = row_new(book, TABLE_CONSIGNMENT_LINE, &row);
    *line = (ConsignmentLine){lot, ROW_NONE};
    ConsignmentRow *at = TOUCH(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment);
    if (at->first_line == ROW_NONE)
        at->first_line = row;
    else
        TOUCH(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, at->last_line)->next = row;
    at->last_line = row;
    return true;
}

static bool apply_unmatched(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t consignment = read_u32(r);
    size_t length = read_u8(r);
    const uint8_t *from_lot = read_bytes(r, length);
    uint32_t lot = read_u32(r), facility = read_u32(r), month = read_u32(r);
    uint32_t cause = cause_find(book, read_u64(r)), row;
    uint8_t has_of = read_u8(r), final_line = read_u8(r);
    int64_t of = read_i64(r);
    if (r->failed || !from_lot || !is_row(book, TABLE_CONSIGNMENT, consignment) ||
        !is_row(book, TABLE_LOT, lot) || cause == ROW_NONE ||
        !is_row(book, TABLE_FACILITY, facility))
        return misfit(status, "unmatched");
    UnmatchedRow *unmatched = row_new(book, TABLE_UNMATCHED, &row);
    *unmatched = (UnmatchedRow){.from_lot = text_put(book, (Text){(const char *)from_lot, length}),
                                .lot = lot,
                                .cause = cause,
                                .facility = facility,
                                .month = month,
                                .has_of = has_of,
                                .final_line = final_line,
                                .of = of,
                                .terms = lot_at(book, lot)->terms,
                                .term_count = lot_at(book, lot)->term_count};
    ConsignmentRow *at = TOUCH(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment);
    unmatched->next = at->first_unmatched;
    at->first_unmatched = row;
    return true;
}

static bool apply_paired(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_UNMATCHED, row)) return misfit(status, "paired");
    UnmatchedRow *unmatched = TOUCH(a->book, UnmatchedRow, TABLE_UNMATCHED, row);
    unmatched->paired = 1;
    TOUCH(a->book, Lot, TABLE_LOT, unmatched->lot)->flags &= (uint8_t)~LOT_UNMATCHED;
    return true;
}

static bool apply_difference(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t from_facility = read_u32(r), to_facility = read_u32(r), from_lot = read_u32(r),
             to_lot = read_u32(r), month = read_u32(r), terms, term_count, row;
    int64_t net = read_i64(r);
    Values values;
    if (!read_values(r, &values) || !is_row(book, TABLE_LOT, from_lot) ||
        a->operation == ROW_NONE || !is_row(book, TABLE_FACILITY, to_facility) ||
        !is_row(book, TABLE_FACILITY, from_facility) ||
        (to_lot != ROW_NONE && !is_row(book, TABLE_LOT, to_lot)) ||
        !read_terms(book, r, &terms, &term_count))
        return misfit(status, "difference");
    DifferenceRow *difference = row_new(book, TABLE_DIFFERENCE, &row);
    *difference = (DifferenceRow){a->seq,
                                  from_facility,
                                  to_facility,
                                  from_lot,
                                  to_lot,
                                  values.mask,
                                  keep_values(book, &values),
                                  terms,
                                  term_count,
                                  month,
                                  net};
    OperationRow *operation = TOUCH(book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->difference_count++ == 0) operation->first_difference = row;
    return account_add(book, to_facility, month, ACCOUNT_SRD, &values, status);
}

static bool apply_corrected(Applying *a, Reader *r, Status *status) {
    uint64_t seq = read_u64(r);
    if (r->failed || seq >= book_count(a->book, TABLE_RECORD)) return misfit(status, "corrected");
    RecordRow *record = TOUCH(a->book, RecordRow, TABLE_RECORD, (uint32_t)seq);
    record->corrected = 1;
    record->corrected_by = a->seq;
    return true;
}

static bool apply_advance(Applying *a, Reader *r, Status *status) {
    uint32_t node = read_u32(r);
    uint64_t number = read_u64(r);
    uint32_t cause = number == CAUSE_NONE ? ROW_NONE : cause_find(a->book, number);
    if (r->failed || !is_row(a->book, TABLE_NODE, node) ||
        (number != CAUSE_NONE && cause == ROW_NONE))
        return misfit(status, "advance");
    TOUCH(a->book, NodeRow, TABLE_NODE, node)->advance_cause = cause;
    return true;
}

static bool apply_month_closed(Applying *a, Reader *r, Status *status) {
    uint32_t facility = read_u32(r), month = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_FACILITY, facility))
        return misfit(status, "month_closed");
    TOUCH(a->book, FacilityRow, TABLE_FACILITY, facility)->closed = month;
    return true;
}

static bool apply_year_ended(Applying *a, Reader *r, Status *status) {
    uint16_t year = read_u16(r);
    if (r->failed) return misfit(status, "year_ended");
    touch_memory(a->book, &a->book->top.year_ended, sizeof a->book->top.year_ended);
    a->book->top.year_ended = year;
    return true;
}

static bool apply_return(Applying *a, Reader *r, Status *status) {
    uint32_t facility = read_u32(r), month = read_u32(r), row;
    uint16_t amended = read_u16(r);
    uint8_t late = read_u8(r);
    if (r->failed || !is_row(a->book, TABLE_FACILITY, facility)) return misfit(status, "return");
    MonthReturn *made = row_new(a->book, TABLE_MONTH_RETURN, &row);
    *made = (MonthReturn){a->seq, facility, month, amended, late};
    return true;
}

static bool apply_allot_replaced(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_ALLOTMENT, row))
        return misfit(status, "allot_replaced");
    TOUCH(a->book, AllotmentRow, TABLE_ALLOTMENT, row)->replaced = 1;
    return true;
}

bool effect_apply(Applying *a, EffectKind kind, const uint8_t *body, size_t length,
                  Status *status) {
    Reader reader = reader_of(body, length), *r = &reader;
    bool well = false;
    switch (kind) {
    case EFFECT_OPERATION:
        well = apply_operation(a, r, status);
        break;
    case EFFECT_MEASUREMENT:
        well = apply_measurement(a, r, status);
        break;
    case EFFECT_LOT_NEW:
        well = apply_lot_new(a, r, status);
        break;
    case EFFECT_TAKE:
        well = apply_take(a, r, status);
        break;
    case EFFECT_LOT_END:
        well = apply_lot_end(a, r, status);
        break;
    case EFFECT_LOT_SET:
        well = apply_lot_set(a, r, status);
        break;
    case EFFECT_LOT_PLACE:
        well = apply_lot_place(a, r, status);
        break;
    case EFFECT_LOT_CAUSES:
        well = apply_lot_causes(a, r, status);
        break;
    case EFFECT_POSTING:
        well = apply_posting(a, r, status);
        break;
    case EFFECT_ACCOUNT:
        well = apply_account(a, r, status);
        break;
    case EFFECT_DRAW:
        well = apply_draw(a, r, status);
        break;
    case EFFECT_DRAW_CHANGE:
        well = apply_draw_change(a, r, status);
        break;
    case EFFECT_ALLOT:
        well = apply_allot(a, r, status);
        break;
    case EFFECT_CAUSE:
        well = apply_cause(a, r, status);
        break;
    case EFFECT_CAUSE_STATUS:
        well = apply_cause_status(a, r, status);
        break;
    case EFFECT_POOL_IN:
        well = apply_pool_in(a, r, status);
        break;
    case EFFECT_POOL_OUT:
        well = apply_pool_out(a, r, status);
        break;
    case EFFECT_POOL_SHIFT:
        well = apply_pool_shift(a, r, status);
        break;
    case EFFECT_POOL_FACET:
        well = apply_pool_facet(a, r, status);
        break;
    case EFFECT_POOL_TERMS:
        well = apply_pool_terms(a, r, status);
        break;
    case EFFECT_RESERVE:
        well = apply_reserve(a, r, status);
        break;
    case EFFECT_CONSIGNMENT:
        well = apply_consignment(a, r, status);
        break;
    case EFFECT_CONSIGNED:
        well = apply_consigned(a, r, status);
        break;
    case EFFECT_UNMATCHED:
        well = apply_unmatched(a, r, status);
        break;
    case EFFECT_PAIRED:
        well = apply_paired(a, r, status);
        break;
    case EFFECT_DIFFERENCE:
        well = apply_difference(a, r, status);
        break;
    case EFFECT_CORRECTED:
        well = apply_corrected(a, r, status);
        break;
    case EFFECT_ADVANCE:
        well = apply_advance(a, r, status);
        break;
    case EFFECT_MONTH_CLOSED:
        well = apply_month_closed(a, r, status);
        break;
    case EFFECT_YEAR_ENDED:
        well = apply_year_ended(a, r, status);
        break;
    case EFFECT_RETURN:
        well = apply_return(a, r, status);
        break;
    case EFFECT_ALLOT_REPLACED:
        well = apply_allot_replaced(a, r, status);
        break;
    case EFFECT_REPLACEMENT:
        well = true;
        break;
    case EFFECT_NONE:
    case EFFECT_KIND_COUNT:
        break;
    default:
        break;
    }
    if (well && !reader.failed && reader_left(r) == 0) return true;
    if (well || !status || status->code == STATUS_OK)
        status_set(status, STATUS_CORRUPT, "effect %s of record %llu does not fit the book",
                   effect_name(kind), (unsigned long long)a->seq);
    return false;
}

const char *effect_name(unsigned kind) {
    switch (kind) {
#define EFFECT(number, suffix, name, what)                                                         \
    case number:                                                                                   \
        return name;
#include "book/effect.def"
#undef EFFECT
    default:
        return "of no kind";
    }
}
