#include "access/goods.h"

#include <stdlib.h>
#include <string.h>

// A hash of what was met so far; `slots` holds numbers of rows plus one.
typedef struct Gathering {
    Look *look;
    Status *status;
    GoodsRow *rows;
    uint32_t *slots;
    uint32_t count, room; // slots: twice the room, a power of two
} Gathering;

static uint32_t slot_of(const Gathering *g, uint32_t facility, uint32_t material, Month month) {
    uint64_t hash = ((uint64_t)facility << 32 | material) * 0x9E3779B97F4A7C15u;
    hash = (hash ^ hash >> 29 ^ month) * 0xBF58476D1CE4E5B9u;
    uint32_t mask = 2 * g->room - 1, slot = (uint32_t)(hash >> 32) & mask;
    for (; g->slots[slot]; slot = (slot + 1) & mask) {
        const GoodsRow *row = &g->rows[g->slots[slot] - 1];
        if (row->facility == facility && row->material == material && row->month == month) break;
    }
    return slot;
}

static bool grow(Gathering *g) {
    uint32_t room = g->room ? g->room * 2 : 1024;
    GoodsRow *rows = arena_take_zero(&g->look->arena, room, sizeof *rows);
    uint32_t *slots = arena_take_zero(&g->look->arena, 2 * (size_t)room, sizeof *slots);
    if (!rows || !slots) return status_no_memory(g->status);
    if (g->count) memcpy(rows, g->rows, g->count * sizeof *rows);
    g->rows = rows;
    g->slots = slots;
    g->room = room;
    for (uint32_t i = 0; i < g->count; i++)
        slots[slot_of(g, rows[i].facility, rows[i].material, rows[i].month)] = i + 1;
    return true;
}

static bool add(Gathering *g, uint32_t facility, uint32_t material, Month month, GoodsTerm term,
                int64_t mg) {
    if (facility == ROW_NONE || mg == 0) return true;
    if (g->count == g->room && !grow(g)) return false;
    uint32_t slot = slot_of(g, facility, material, month);
    if (!g->slots[slot]) {
        g->rows[g->count] = (GoodsRow){facility, material, month, {0}};
        g->slots[slot] = ++g->count;
    }
    int64_t *sum = &g->rows[g->slots[slot] - 1].mg[term];
    if (!i64_add(*sum, mg, sum))
        return status_set(g->status, STATUS_LIMIT, "a month's goods weigh more than can be told");
    return true;
}

// Whether the lot had been sent off before the flow, and was not back.
static bool was_away(const Book *book, uint32_t flow_row) {
    bool away = false;
    for (uint32_t row = lot_at(book, flow_at(book, flow_row)->lot)->first_flow; row != flow_row;
         row = flow_at(book, row)->next_of_lot) {
        const OperationRow *operation = operation_at(book, flow_at(book, row)->operation);
        bool leaves = operation->kind == EVENT_SHIP || operation->kind == EVENT_RETURN_GOODS ||
                      operation->kind == EVENT_EXPORT_GOODS;
        if (operation->kind == EVENT_CONFIRM) away = false;
        away |= leaves && flow_at(book, row)->role == FLOW_TOUCHED &&
                !record_at(book, operation->seq)->corrected;
    }
    return away;
}

// Whether the operation also put the lot on the road: what left it there at once is no further
// movement of the facility's.
static bool is_sent(const Book *book, const OperationRow *operation, uint32_t lot) {
    for (uint32_t i = 0; i < operation->flow_count; i++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + i);
        if (flow->lot == lot && flow->role == FLOW_TOUCHED) return true;
    }
    return false;
}

static GoodsTerm term_of_birth(unsigned kind) {
    switch (kind) {
    case EVENT_OPEN:
        return GOODS_OPENING;
    case EVENT_EXTRACT:
        return GOODS_EXTRACTED;
    case EVENT_RECEIVE:
    case EVENT_IMPORT_GOODS:
        return GOODS_RECEIVED;
    case EVENT_DRAW:
    case EVENT_TRANSFORM:
    case EVENT_BLEND:
    case EVENT_ASSEMBLE:
        return GOODS_MADE;
    default:
        return GOODS_TERMS; // split, merge, sell: it stays what it was
    }
}

static GoodsTerm term_of_taking(const Book *book, const OperationRow *operation,
                                uint32_t flow_row) {
    switch (operation->kind) {
    case EVENT_CHARGE:
    case EVENT_TRANSFORM:
    case EVENT_BLEND:
    case EVENT_ASSEMBLE:
        return GOODS_USED;
    case EVENT_DISCARD:
        return GOODS_DISCARDED;
    case EVENT_SHIP:
        return is_sent(book, operation, flow_at(book, flow_row)->lot) ? GOODS_TERMS : GOODS_SHIPPED;
    case EVENT_LOSS:
        return was_away(book, flow_row) ? GOODS_TERMS : GOODS_LOST;
    default:
        return GOODS_TERMS; // receipts take from what is on the road
    }
}

// What the lot had left before the operation set it anew; -1 when it did not.
static int64_t left_before(const Book *book, const OperationRow *operation, uint32_t lot) {
    for (uint32_t i = 0; i < operation->before_count; i++) {
        const BeforeRow *row = ROW(book, BeforeRow, TABLE_BEFORE, operation->first_before + i);
        if (row->lot == lot) return row->start_net - row->taken;
    }
    return -1;
}

// What one operation did, or (sign -1) what its correction takes back, in the month.
static bool gather(Gathering *g, const OperationRow *operation, Month month, int sign) {
    const Book *book = g->look->book;
    for (uint32_t i = 0; i < operation->flow_count; i++) {
        uint32_t row = operation->first_flow + i;
        const FlowRow *flow = flow_at(book, row);
        const Lot *lot = lot_at(book, flow->lot);
        GoodsTerm term = GOODS_TERMS;
        int64_t mg = flow->net;
        switch (flow->role) {
        case FLOW_OUT:
            term = lot->flags & LOT_FOUND ? GOODS_ADJUSTED : term_of_birth(operation->kind);
            break;
        case FLOW_IN:
            term = term_of_taking(book, operation, row);
            break;
        case FLOW_TOUCHED:
            if (operation->kind == EVENT_SHIP || operation->kind == EVENT_EXPORT_GOODS ||
                (operation->kind == EVENT_RETURN_GOODS && lot->facility == operation->facility)) {
                term = GOODS_SHIPPED;
            } else if (operation->kind == EVENT_CONFIRM) {
                term = GOODS_SHIPPED; // customs stopped it: it is here again
                mg = -mg;
            } else if (operation->kind == EVENT_MEASURE || operation->kind == EVENT_STOCKTAKE) {
                int64_t before = left_before(book, operation, flow->lot);
                term = before < 0 ? GOODS_TERMS : GOODS_ADJUSTED;
                mg -= before;
            }
            break;
        }
        uint32_t facility = operation->kind == EVENT_CONFIRM ? lot->facility : operation->facility;
        if (term != GOODS_TERMS && !add(g, facility, lot->material, month, term, sign * mg))
            return false;
    }
    // A lot that was emptied at less than the book had in it.
    for (uint32_t i = 0; i < operation->posting_count; i++) {
        const PostingRow *posting =
            ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i);
        if (posting->reason == POSTED_BATCH && posting->lot != ROW_NONE && posting->net < 0 &&
            !add(g, operation->facility, lot_at(book, posting->lot)->material, month,
                 GOODS_ADJUSTED, sign * posting->net))
            return false;
    }
    bool leaches = operation->kind == EVENT_EXTRACT && operation->pool != ROW_NONE;
    return !leaches || add(g, operation->facility, ROW_NONE, month, GOODS_EXTRACTED, sign);
}

static bool gather_operation(Gathering *g, const OperationRow *operation) {
    const Book *book = g->look->book;
    if (operation->kind != EVENT_CORRECT) return gather(g, operation, operation->month, 1);
    uint64_t seq = record_at(book, operation->seq)->corrects;
    if (seq == UINT64_MAX) return true;
    uint32_t old = record_at(book, seq)->operation;
    if (old == ROW_NONE) return true;
    if (operation_at(book, old)->kind != EVENT_MEASURE)
        return gather(g, operation_at(book, old), operation->month, -1);
    // A measurement taken back sets the lots as they stand today.
    OperationRow as_measure = *operation;
    as_measure.kind = EVENT_MEASURE;
    return gather(g, &as_measure, operation->month, 1);
}

static int by_place(const void *a, const void *b) {
    const GoodsRow *x = a, *y = b;
    if (x->facility != y->facility) return x->facility < y->facility ? -1 : 1;
    if (x->material != y->material) return x->material < y->material ? -1 : 1;
    return x->month < y->month ? -1 : x->month > y->month;
}

bool goods_take(Look *look, Status *status) {
    if (look->goods) return true;
    Gathering g = {.look = look, .status = status};
    Goods *goods = arena_take_zero(&look->arena, 1, sizeof *goods);
    if (!goods || !grow(&g)) return goods ? false : status_no_memory(status);
    uint32_t count = book_count(look->book, TABLE_OPERATION);
    for (uint32_t row = 0; row < count; row++)
        if (!gather_operation(&g, operation_at(look->book, row)) || !look_breathe(look, status))
            return false;
    qsort(g.rows, g.count, sizeof *g.rows, by_place);
    for (uint32_t i = 0; i < g.count; i++) {
        GoodsRow *row = &g.rows[i];
        bool goes_on = i > 0 && g.rows[i - 1].facility == row->facility &&
                       g.rows[i - 1].material == row->material;
        int64_t *mg = row->mg;
        if (goes_on) mg[GOODS_OPENING] += g.rows[i - 1].mg[GOODS_CLOSING];
        mg[GOODS_CLOSING] = mg[GOODS_OPENING] + mg[GOODS_RECEIVED] + mg[GOODS_EXTRACTED] +
                            mg[GOODS_MADE] - mg[GOODS_USED] - mg[GOODS_SHIPPED] -
                            mg[GOODS_DISCARDED] - mg[GOODS_LOST] + mg[GOODS_ADJUSTED];
    }
    goods->rows = g.rows;
    goods->count = g.count;
    look->goods = goods;
    return true;
}

bool goods_find(const Goods *goods, uint32_t facility, uint32_t material, Month month,
                int64_t mg[GOODS_TERMS]) {
    GoodsRow wanted = {.facility = facility, .material = material, .month = month};
    uint32_t low = 0, high = goods->count; // the first row behind it
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (by_place(&goods->rows[middle], &wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    memset(mg, 0, GOODS_TERMS * sizeof *mg);
    const GoodsRow *row = low ? &goods->rows[low - 1] : NULL;
    if (!row || row->facility != facility || row->material != material) return false;
    if (row->month == month)
        memcpy(mg, row->mg, sizeof row->mg);
    else
        mg[GOODS_OPENING] = mg[GOODS_CLOSING] = row->mg[GOODS_CLOSING];
    return true;
}

bool goods_leached(const Goods *goods, uint32_t facility, Month month) {
    int64_t mg[GOODS_TERMS];
    return goods_find(goods, facility, ROW_NONE, month, mg) && mg[GOODS_EXTRACTED] > 0;
}
