// Where a lot comes from: every extraction upstream of it, through batches, pools and consignments,
// and whether anything upstream came without a history. Walks back over what operations took; each
// lot is looked at once, a pool once for each stretch of its operations.
#include <string.h>

#include "book/decide.h"

typedef struct Walk {
    Deciding *d;
    Lineage *lineage;
    uint8_t *seen; // a bit for each lot
    uint32_t *lots, count;
    uint32_t *pool_next; // by pool: the first operation not looked at, ROW_NONE at the end
    uint8_t *pool_seen;
} Walk;

static bool stands(const Book *book, const OperationRow *operation) {
    return operation->kind != EVENT_CORRECT && operation->seq < book->top.next &&
           !ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected;
}

static void look_at(Walk *w, uint32_t lot) {
    if (w->seen[lot / 8] >> (lot % 8) & 1) return;
    w->seen[lot / 8] |= (uint8_t)(1u << (lot % 8));
    w->lots[w->count++] = lot;
}

static void root(Walk *w, const OperationRow *operation) {
    const Book *book = w->d->book;
    Lineage *lineage = w->lineage;
    LineageRoot found = {operation->deposit,
                         ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->party};
    for (uint32_t i = 0; i < lineage->root_count; i++)
        if (lineage->roots[i].deposit == found.deposit && lineage->roots[i].party == found.party)
            return;
    if (lineage->root_count == LINEAGE_ROOTS_MAX) {
        lineage->whole = false;
        return;
    }
    lineage->roots[lineage->root_count++] = found;
}

static void look_at_pool(Walk *w, uint32_t pool, uint32_t until) {
    const Book *book = w->d->book;
    w->pool_seen[pool] = 1;
    for (uint32_t row = w->pool_next[pool]; row != ROW_NONE && row < until;
         row = operation_at(book, row)->next_of_pool) {
        const OperationRow *operation = operation_at(book, row);
        w->pool_next[pool] = operation->next_of_pool;
        if (!stands(book, operation)) continue;
        if (operation->kind == EVENT_EXTRACT) root(w, operation);
        for (uint32_t f = 0; operation->kind == EVENT_CHARGE && f < operation->flow_count; f++)
            if (flow_at(book, operation->first_flow + f)->role == FLOW_IN)
                look_at(w, flow_at(book, operation->first_flow + f)->lot);
    }
}

// What was in pools before the book has no history.
static void look_for_opened_pools(Walk *w) {
    const Book *book = w->d->book;
    for (uint32_t row = 0; row < book_count(book, TABLE_OPERATION); row++) {
        const OperationRow *operation = operation_at(book, row);
        if (operation->kind != EVENT_OPEN || !operation->delta_count || !stands(book, operation))
            continue;
        for (uint32_t pool = 0; pool < book_count(book, TABLE_POOL); pool++)
            if (w->pool_seen[pool] && pool_at(book, pool)->facility == operation->facility)
                w->lineage->whole = false;
    }
}

static void look_back(Walk *w, uint32_t row) {
    const Book *book = w->d->book;
    const Lot *lot = lot_at(book, row);
    const OperationRow *operation = operation_at(book, lot->operation);
    if (lot->flags & LOT_FOUND) {
        w->lineage->whole = false;
        return;
    }
    switch (operation->kind) {
    case EVENT_EXTRACT:
        root(w, operation);
        return;
    case EVENT_DRAW:
        look_at_pool(w, operation->pool, lot->operation);
        return;
    case EVENT_RECEIVE:
        for (uint32_t i = 0; i < operation->difference_count; i++) {
            const DifferenceRow *difference =
                ROW(book, DifferenceRow, TABLE_DIFFERENCE, operation->first_difference + i);
            if (difference->to_lot != row) continue;
            look_at(w, difference->from_lot);
            return;
        }
        w->lineage->whole = false; // from outside, or before its shipment
        return;
    default:
        break;
    }
    bool any = false;
    for (uint32_t f = 0; f < operation->flow_count; f++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + f);
        if (flow->role != FLOW_IN || flow->lot == row) continue;
        if (operation->kind == EVENT_SELL && operation->first_flow + f + 1 != lot->first_flow)
            continue; // a part comes of the lot taken just before it
        look_at(w, flow->lot);
        any = true;
    }
    if (!any) w->lineage->whole = false; // opening stock, imports
}

bool lineage_of(Deciding *d, uint32_t lot, Lineage *lineage) {
    const Book *book = d->book;
    uint32_t lots = book_count(book, TABLE_LOT), pools = book_count(book, TABLE_POOL);
    *lineage = (Lineage){.whole = true};
    Walk w = {.d = d, .lineage = lineage};
    w.seen = arena_take_zero(d->scratch, lots / 8 + 1, 1);
    w.lots = scratch_take(d, ((size_t)lots + 1) * sizeof *w.lots);
    w.pool_next = scratch_take(d, ((size_t)pools + 1) * sizeof *w.pool_next);
    w.pool_seen = arena_take_zero(d->scratch, (size_t)pools + 1, 1);
    if (!w.seen || !w.pool_seen) fail_memory(d);
    if (stopped(d)) return false;
    for (uint32_t pool = 0; pool < pools; pool++)
        w.pool_next[pool] = pool_at(book, pool)->first_operation;
    look_at(&w, lot);
    for (uint32_t i = 0; i < w.count; i++)
        look_back(&w, w.lots[i]);
    look_for_opened_pools(&w);
    return true;
}
