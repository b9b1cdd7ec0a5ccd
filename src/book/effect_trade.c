// Effects on ownership and on what the papers of a consignment say.
#include "book/effect_read.h"

bool apply_lot_owner(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r), owner = read_u32(r);
    uint8_t passes = read_u8(r);
    if (r->failed || !is_row(book, TABLE_LOT, row) || !is_row(book, TABLE_PARTY, owner) ||
        passes > 1 || (passes && a->operation == ROW_NONE))
        return misfit(status, "lot_owner");
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, row);
    uint32_t from = lot->owner, made;
    lot->owner = owner;
    if (!passes) return true;
    *ROW_NEW(book, TransferRow, TABLE_TRANSFER, &made) = (TransferRow){a->seq, row, from, owner};
    Content content;
    lot_content_left(book, lot, &content);
    effect_flow(a, FLOW_TOUCHED, row, lot_left(lot), content_keep(book, &content));
    return true;
}

bool apply_pool_owner(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t pool = read_u32(r), owner = read_u32(r);
    Values values;
    if (!read_values(r, &values) || !is_row(book, TABLE_POOL, pool) ||
        !is_row(book, TABLE_PARTY, owner))
        return misfit(status, "pool_owner");
    PoolOwnerRow *at = NULL;
    uint32_t last = ROW_NONE;
    for (uint32_t row = pool_at(book, pool)->first_owner; row != ROW_NONE && !at;) {
        const PoolOwnerRow *found = ROW(book, PoolOwnerRow, TABLE_POOL_OWNER, row);
        if (found->owner == owner) at = touch(book, TABLE_POOL_OWNER, row);
        last = row;
        row = found->next;
    }
    if (!at) {
        uint32_t row;
        at = row_new(book, TABLE_POOL_OWNER, &row);
        *at = (PoolOwnerRow){.pool = pool, .owner = owner, .next = ROW_NONE};
        if (last == ROW_NONE)
            TOUCH(book, PoolRow, TABLE_POOL, pool)->first_owner = row;
        else
            TOUCH(book, PoolOwnerRow, TABLE_POOL_OWNER, last)->next = row;
    }
    effect_delta(a, DELTA_OWNER, SET_EMPTY, owner, &values);
    for (uint32_t m = values.mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        if (!i64_add(at->mg[c], values.mg[c], &at->mg[c]) || at->mg[c] < 0)
            return misfit(status, "pool_owner: below zero");
    }
    return true;
}

bool apply_consignment_terms(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    uint8_t title = read_u8(r);
    Day expected = (Day)read_u32(r);
    size_t carrier_length = read_u8(r);
    const uint8_t *carrier = read_bytes(r, carrier_length);
    size_t seal_length = read_u8(r);
    const uint8_t *seal = read_bytes(r, seal_length);
    if (r->failed || !is_row(a->book, TABLE_CONSIGNMENT, row) || title > TITLE_RETAINED)
        return misfit(status, "consignment_terms");
    ConsignmentRow *at = TOUCH(a->book, ConsignmentRow, TABLE_CONSIGNMENT, row);
    at->title = title;
    at->expected = expected;
    at->carrier = text_put(a->book, (Text){(const char *)carrier, carrier_length});
    at->seal = text_put(a->book, (Text){(const char *)seal, seal_length});
    return true;
}
