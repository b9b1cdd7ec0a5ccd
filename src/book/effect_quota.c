// Effects on quotas, reserves, months, years and returns.
#include "book/effect_read.h"

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

bool apply_draw(Applying *a, Reader *r, Status *status) {
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
                      .seq = a->seq,
                      .before = ROW_NONE,
                      .waiting = ROW_NONE};
    lot->first_draw = row;
    return true;
}

// Its figure as it is, for a correction of this record. Of several changes by one record (what
// waited is cleared, then another figure holds) the first is what was there before.
static void draw_keep(Applying *a, DrawRow *draw) {
    Book *book = a->book;
    if (draw->before != ROW_NONE &&
        ROW(book, DrawBeforeRow, TABLE_DRAW_BEFORE, draw->before)->seq == a->seq)
        return;
    uint32_t row;
    DrawBeforeRow *kept = row_new(book, TABLE_DRAW_BEFORE, &row);
    *kept =
        (DrawBeforeRow){a->seq, draw->waiting == ROW_NONE ? draw->mg : draw->due_mg, draw->before};
    draw->before = row;
}

bool apply_draw_change(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r), own;
    int64_t mg = read_i64(r);
    if (r->failed || !is_row(book, TABLE_DRAW, row)) return misfit(status, "draw_change");
    DrawRow *draw = TOUCH(book, DrawRow, TABLE_DRAW, row);
    const NodeRow *node = node_at(book, draw->node);
    if (!draw_levels(book, r, node->ledger, node->class_of_ore, node->year, mg - draw->mg, false,
                     &own))
        return misfit(status, "draw_change");
    draw_keep(a, draw);
    draw->mg = mg;
    draw->active = mg != 0;
    return true;
}

bool apply_waiting(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r);
    int64_t due = read_i64(r);
    uint64_t number = read_u64(r);
    uint32_t cause = number == CAUSE_NONE ? ROW_NONE : cause_find(book, number);
    if (r->failed || !is_row(book, TABLE_DRAW, row) || due < 0 ||
        (number != CAUSE_NONE && cause == ROW_NONE))
        return misfit(status, "waiting");
    DrawRow *draw = TOUCH(book, DrawRow, TABLE_DRAW, row);
    draw_keep(a, draw);
    draw->due_mg = due;
    draw->waiting = cause;
    return true;
}

bool apply_allot(Applying *a, Reader *r, Status *status) {
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

bool apply_allot_replaced(Applying *a, Reader *r, Status *status) {
    uint32_t row = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_ALLOTMENT, row))
        return misfit(status, "allot_replaced");
    TOUCH(a->book, AllotmentRow, TABLE_ALLOTMENT, row)->replaced = 1;
    return true;
}

bool apply_advance(Applying *a, Reader *r, Status *status) {
    uint32_t node = read_u32(r);
    uint64_t number = read_u64(r);
    uint32_t cause = number == CAUSE_NONE ? ROW_NONE : cause_find(a->book, number);
    if (r->failed || !is_row(a->book, TABLE_NODE, node) ||
        (number != CAUSE_NONE && cause == ROW_NONE))
        return misfit(status, "advance");
    TOUCH(a->book, NodeRow, TABLE_NODE, node)->advance_cause = cause;
    return true;
}

bool apply_reserve(Applying *a, Reader *r, Status *status) {
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

bool apply_yield(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t facility = read_u32(r);
    uint8_t activity = read_u8(r);
    size_t length = read_u8(r);
    const uint8_t *process = read_bytes(r, length);
    int64_t in = read_i64(r), out = read_i64(r);
    if (r->failed || (length && !process) || length > 200 ||
        !is_row(book, TABLE_FACILITY, facility) || activity >= ACTIVITY_COUNT || in < 0 ||
        out < 0 || a->operation == ROW_NONE)
        return misfit(status, "yield");
    uint32_t row = yield_row(book, facility, activity, (Text){(const char *)process, length}), made;
    YieldRow *yield = TOUCH(book, YieldRow, TABLE_YIELD, row);
    yield->batches++;
    YieldBatchRow *batch = row_new(book, TABLE_YIELD_BATCH, &made);
    *batch = (YieldBatchRow){a->operation, row, in, out};
    return (i64_add(yield->in_mg, in, &yield->in_mg) &&
            i64_add(yield->out_mg, out, &yield->out_mg)) ||
           misfit(status, "yield: the sum is too large");
}

bool apply_yield_back(Applying *a, Reader *r, Status *status) {
    Book *book = a->book;
    uint32_t row = read_u32(r);
    if (r->failed || !is_row(book, TABLE_YIELD_BATCH, row)) return misfit(status, "yield_back");
    YieldBatchRow *batch = TOUCH(book, YieldBatchRow, TABLE_YIELD_BATCH, row);
    YieldRow *yield = TOUCH(book, YieldRow, TABLE_YIELD, batch->yield);
    if (batch->in_mg == 0 || yield->batches == 0)
        return misfit(status, "yield_back: given back before");
    yield->batches--;
    yield->in_mg -= batch->in_mg;
    yield->out_mg -= batch->out_mg;
    batch->in_mg = batch->out_mg = 0;
    return true;
}

bool apply_month_closed(Applying *a, Reader *r, Status *status) {
    uint32_t facility = read_u32(r), month = read_u32(r);
    if (r->failed || !is_row(a->book, TABLE_FACILITY, facility))
        return misfit(status, "month_closed");
    TOUCH(a->book, FacilityRow, TABLE_FACILITY, facility)->closed = month;
    return true;
}

bool apply_year_ended(Applying *a, Reader *r, Status *status) {
    uint16_t year = read_u16(r);
    if (r->failed) return misfit(status, "year_ended");
    touch_memory(a->book, &a->book->top.year_ended, sizeof a->book->top.year_ended);
    a->book->top.year_ended = year;
    return true;
}

bool apply_return(Applying *a, Reader *r, Status *status) {
    uint32_t facility = read_u32(r), month = read_u32(r), row;
    uint16_t amended = read_u16(r);
    uint8_t late = read_u8(r);
    if (r->failed || !is_row(a->book, TABLE_FACILITY, facility)) return misfit(status, "return");
    uint32_t before = book_count(a->book, TABLE_MONTH_RETURN);
    if (before && ROW(a->book, MonthReturn, TABLE_MONTH_RETURN, before - 1)->seq == a->seq)
        return misfit(status, "return: twice"); // room was made for its lines once
    MonthReturn *made = row_new(a->book, TABLE_MONTH_RETURN, &row);
    *made = (MonthReturn){a->seq,
                          facility,
                          month,
                          amended,
                          late,
                          book_count(a->book, TABLE_RETURN_LINE),
                          a->event->return_line_count};
    for (uint32_t i = 0; i < a->event->return_line_count; i++) {
        const ReturnLine *line = &a->event->return_lines[i];
        int64_t figures[16];
        uint32_t count = 0, at;
        for (uint32_t m = line->mask; m; m &= m - 1)
            figures[count++] = line->kg[__builtin_ctz(m)].mg;
        uint32_t material = intern_find(a->book->material_ids, line->material);
        if (material == ROW_NONE) return misfit(status, "return: of a material that there is not");
        ReturnLineRow *kept = row_new(a->book, TABLE_RETURN_LINE, &at);
        *kept = (ReturnLineRow){material, values_keep(a->book, figures, count), line->mask};
    }
    return true;
}
