// Effects on lots: operations, measurements, births, takings, postings to the balance line.
#include "book/effect_read.h"

#include <assert.h>

bool apply_operation(Applying *a, Reader *r, Status *status) {
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
                                .next_of_pool = ROW_NONE,
                                .deposit = ROW_NONE,
                                .source = ROW_NONE};
    a->operation = row;
    if (pool == ROW_NONE) return true;
    PoolRow *at = TOUCH(a->book, PoolRow, TABLE_POOL, pool);
    if (at->last_operation == ROW_NONE)
        at->first_operation = row;
    else
        TOUCH(a->book, OperationRow, TABLE_OPERATION, at->last_operation)->next_of_pool = row;
    at->last_operation = row;
    return true;
}

bool apply_measurement(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint8_t kind = read_u8(r);
    size_t length = read_u16(r);
    const uint8_t *key = read_bytes(r, length);
    int64_t net = read_i64(r);
    uint64_t mask = read_u64(r);
    if (r->failed || (mask & ~COMPONENT_MASK) || kind > MEASURED_FOLD)
        return misfit(status, "measurement");
    uint32_t count = (uint32_t)__builtin_popcountll(mask), row;
    const uint8_t *at = read_bytes(r, (size_t)16 * count);
    if (!at) return misfit(status, "measurement");
    uint64_t wide = 0;
    for (uint32_t i = 0; i < 2 * count; i++)
        wide |= bytes_get_u64(at + (size_t)8 * i);
    bool narrow = wide <= INT32_MAX;
    int64_t numbers[VALUES_KEPT_MAX];
    for (uint32_t i = 0; narrow && i < count; i++)
        numbers[i] = (int64_t)(bytes_get_u64(at + (size_t)8 * i) << 32 |
                               bytes_get_u64(at + (size_t)8 * (count + i)));
    for (uint32_t i = 0; !narrow && i < 2 * count; i++)
        numbers[i] = (int64_t)bytes_get_u64(at + (size_t)8 * i);
    uint32_t values = values_keep(book, numbers, narrow ? count : 2 * count);
    MeasurementRow *measurement = row_new(book, TABLE_MEASUREMENT, &row);
    *measurement = (MeasurementRow){.net = net,
                                    .group = GROUP_NONE,
                                    .mask = (uint32_t)mask & (uint32_t)COMPONENT_MASK,
                                    .values = values,
                                    .kind = (uint32_t)kind & 15u,
                                    .narrow = narrow,
                                    .seq = (uint32_t)a->seq};
    if (length)
        measurement->group = name_put(book, book->group_keys, (Text){(const char *)key, length});
    return true;
}

bool apply_lot_new(Applying *a, Reader *r, Status *status) {
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
    ContentRef ref = content_keep_like(book, &content, &a->last);
    *lot = (Lot){.material = material,
                 .party = party,
                 .owner = party,
                 .packing = ROW_NONE,
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
    if (!effect_facets(book, r, &lot->facets, &lot->facet_count) ||
        !effect_terms(book, r, &lot->terms, &terms) || terms > 255 ||
        !effect_set(book, r, &lot->set))
        return misfit(status, "lot_new");
    lot->term_count = (uint8_t)terms;
    effect_flow(a, FLOW_OUT, row, net, ref);
    return true;
}

bool apply_take(Applying *a, Reader *r, Status *status) {
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
    a->last = content_keep_like(book, &content, &lot->start);
    effect_flow(a, FLOW_IN, row, net, a->last);
    return true;
}

bool apply_lot_end(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_LOT, row)) return misfit(status, "lot_end");
    Lot *lot = TOUCH(a->book, Lot, TABLE_LOT, row);
    lot->taken = lot->start_net;
    lot->state = LOT_ENDED;
    return true;
}

// How the lot stands, for a correction of this record.
static void keep_before(Applying *a, uint32_t row, const Lot *lot) {
    uint32_t before;
    BeforeRow *kept = row_new(a->book, TABLE_BEFORE, &before);
    *kept = (BeforeRow){row,        lot->facets,      lot->terms,      lot->basis,     lot->flags,
                        lot->state, lot->facet_count, lot->term_count, lot->start_net, lot->taken,
                        lot->start, lot->changed};
    OperationRow *operation = TOUCH(a->book, OperationRow, TABLE_OPERATION, a->operation);
    if (operation->before_count++ == 0) operation->first_before = before;
}

static ContentRef content_of_left(Book *book, const Lot *lot) {
    if (!lot->taken) return lot->start;
    Content content;
    lot_content_left(book, lot, &content);
    return content_keep(book, &content);
}

bool apply_lot_set(Applying *a, Reader *r, Status *status) {
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
    uint32_t terms;
    keep_before(a, row, lot);
    lot->start_net = net;
    lot->taken = 0;
    lot->start = content_keep(book, &content);
    lot->basis = basis;
    lot->flags = flags;
    lot->state = state;
    lot->changed = a->seq;
    if (!effect_facets(book, r, &lot->facets, &lot->facet_count) ||
        !effect_terms(book, r, &lot->terms, &terms) || terms > 255)
        return misfit(status, "lot_set");
    lot->term_count = (uint8_t)terms;
    effect_flow(a, FLOW_TOUCHED, row, net, lot->start);
    return true;
}

// Unlike lot_set no running share begins: what was taken stays taken, and the share of what was
// left is of the new figures.
bool apply_lot_restated(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r);
    int64_t net = read_i64(r);
    uint8_t basis = read_u8(r), flags = read_u8(r);
    Content content;
    if (r->failed || !is_row(book, TABLE_LOT, row) || !content_read(r, &content) ||
        a->operation == ROW_NONE || basis >= BASIS_COUNT)
        return misfit(status, "lot_restated");
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, row);
    if (net <= 0 || net < lot->taken || (net == lot->taken) != (lot->state == LOT_ENDED))
        return misfit(status, "lot_restated: more was taken than that");
    keep_before(a, row, lot);
    lot->start_net = net;
    lot->start = content_keep(book, &content);
    lot->basis = basis;
    lot->flags = flags;
    uint32_t terms;
    if (!effect_facets(book, r, &lot->facets, &lot->facet_count) ||
        !effect_terms(book, r, &lot->terms, &terms) || terms > 255)
        return misfit(status, "lot_restated");
    lot->term_count = (uint8_t)terms;
    effect_flow(a, FLOW_TOUCHED, row, lot_left(lot), content_of_left(book, lot));
    return true;
}

bool apply_lot_place(Applying *a, Reader *r, Status *status) {
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
    effect_flow(a, FLOW_TOUCHED, row, lot_left(lot), content_of_left(book, lot));
    return true;
}

bool apply_lot_causes(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r), set;
    if (r->failed || !is_row(a->book, TABLE_LOT, row) || !effect_set(a->book, r, &set))
        return misfit(status, "lot_causes");
    TOUCH(a->book, Lot, TABLE_LOT, row)->set = set;
    return true;
}

static const uint8_t account_of_reason[POSTED_COUNT] = {
    [POSTED_BATCH] = ACCOUNT_BATCH,     [POSTED_GAIN] = ACCOUNT_GAIN,
    [POSTED_MEASURE] = ACCOUNT_MEASURE, [POSTED_STOCKTAKE] = ACCOUNT_STOCKTAKE,
    [POSTED_FOUND] = ACCOUNT_FOUND,     [POSTED_LOSS] = ACCOUNT_LOST,
    [POSTED_SRD] = ACCOUNT_SRD,         [POSTED_REVERSAL] = ACCOUNT_REVERSAL,
    [POSTED_RESTATED] = ACCOUNT_MEASURE};

bool apply_posting(Applying *a, Reader *r, Status *status) {
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
    if (!effect_terms(book, r, &terms, &term_count)) return misfit(status, "posting");
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
    // What a restatement says of matter that is gone changes no stock: it stands beside the balance
    // line, like SRD.
    if (reason == POSTED_RESTATED && lot == ROW_NONE) return true;
    return effect_account(book, facility, month, account_of_reason[reason], &values, status);
}

bool apply_account(Applying *a, Reader *r, Status *status) {
    uint32_t facility = read_u32(r), month = read_u32(r);
    uint8_t term = read_u8(r);
    Values values;
    if (!read_values(r, &values) || !is_row(a->book, TABLE_FACILITY, facility) ||
        term >= ACCOUNT_TERMS)
        return misfit(status, "account");
    return effect_account(a->book, facility, month, term, &values, status);
}
