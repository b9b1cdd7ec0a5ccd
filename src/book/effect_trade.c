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
    effect_delta(a, pool, DELTA_OWNER, SET_EMPTY, owner, &values);
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

bool apply_packing(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t lot_row = read_u32(r), number, row;
    unsigned count = read_u16(r);
    uint32_t packing = book_count(book, TABLE_PACKING), first = book_count(book, TABLE_PACKAGE);
    if (r->failed || !is_row(book, TABLE_LOT, lot_row) || a->operation == ROW_NONE)
        return misfit(status, "packing");
    for (unsigned i = 0; i < count; i++) {
        size_t length = read_u8(r);
        const uint8_t *id = read_bytes(r, length);
        int64_t net = read_i64(r), gross = read_i64(r), tare = read_i64(r);
        size_t seal_length = read_u8(r);
        const uint8_t *seal = read_bytes(r, seal_length);
        size_t form_length = read_u8(r);
        const uint8_t *form = read_bytes(r, form_length);
        if (r->failed || !id || net <= 0 || tare < 0 || gross < tare || gross - tare != net)
            return misfit(status, "packing");
        number = name_put(book, book->package_ids, (Text){(const char *)id, length});
        if (number != book_count(book, TABLE_PACKAGE))
            return misfit(status, "packing: the id is taken");
        PackageRow *package = row_new(book, TABLE_PACKAGE, &row);
        *package = (PackageRow){.packing = packing,
                                .seal = text_put(book, (Text){(const char *)seal, seal_length}),
                                .form = text_put(book, (Text){(const char *)form, form_length}),
                                .net = net,
                                .gross = gross,
                                .tare = tare};
    }
    unsigned origins = read_u16(r);
    uint32_t listed = book_count(book, TABLE_LIST);
    for (unsigned i = 0; i < origins; i++) {
        uint32_t source = read_u32(r);
        if (r->failed || !is_row(book, TABLE_SOURCE, source)) return misfit(status, "packing");
        ROW_NEW(book, ListRow, TABLE_LIST, &row)->number = source;
    }
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, lot_row);
    if (lot->packing != ROW_NONE) TOUCH(book, PackingRow, TABLE_PACKING, lot->packing)->opened = 1;
    *ROW_NEW(book, PackingRow, TABLE_PACKING, &row) =
        (PackingRow){a->seq, lot_row, first, count, listed, origins, 0};
    lot->packing = row;
    Content content;
    lot_content_left(book, lot, &content);
    effect_flow(a, FLOW_TOUCHED, lot_row, lot_left(lot), content_keep(book, &content));
    return true;
}

bool apply_packed(Applying *a, Reader *r, Status *status) {
    uint32_t lot = read_u32(r), packing = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_LOT, lot) || !is_row(a->book, TABLE_PACKING, packing))
        return misfit(status, "packed");
    TOUCH(a->book, Lot, TABLE_LOT, lot)->packing = packing;
    return true;
}

bool apply_unpacked(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_LOT, row) || lot_at(a->book, row)->packing == ROW_NONE)
        return misfit(status, "unpacked");
    Lot *lot = TOUCH(a->book, Lot, TABLE_LOT, row);
    TOUCH(a->book, PackingRow, TABLE_PACKING, lot->packing)->opened = 1;
    lot->packing = ROW_NONE;
    return true;
}

bool apply_pieces(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r);
    int64_t leave = read_i64(r);
    if (r->failed || !is_row(book, TABLE_LOT, row)) return misfit(status, "pieces");
    Lot *lot = TOUCH(book, Lot, TABLE_LOT, row);
    if (!i64_sub(lot->pieces, leave, &lot->pieces) || lot->pieces < 0)
        return misfit(status, "pieces: more than there are");
    // They are kept with what was taken, to come back with it.
    const FlowRow *flow = lot->last_flow == ROW_NONE ? NULL : flow_at(book, lot->last_flow);
    if (flow && flow->operation == a->operation && flow->role == FLOW_IN)
        TOUCH(book, FlowRow, TABLE_FLOW, lot->last_flow)->pieces += leave;
    return true;
}

bool apply_turned_back(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    uint8_t back = read_u8(r);
    if (r->failed || !is_row(a->book, TABLE_LOT, row) || back > 1 || a->operation == ROW_NONE)
        return misfit(status, "turned_back");
    Lot *lot = TOUCH(a->book, Lot, TABLE_LOT, row);
    lot->turned_back = back;
    Content content;
    lot_content_left(a->book, lot, &content);
    effect_flow(a, FLOW_TOUCHED, row, lot_left(lot), content_keep(a->book, &content));
    return true;
}

bool apply_returns(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r), of = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_CONSIGNMENT, row) ||
        (of != ROW_NONE && !is_row(a->book, TABLE_CONSIGNMENT, of)))
        return misfit(status, "returns");
    TOUCH(a->book, ConsignmentRow, TABLE_CONSIGNMENT, row)->returns = of;
    return true;
}
