#include "origin/from_book_lineage.h"

#include <string.h>

#include "base/memory.h"

static void begin(Lineage *lineage) {
    *lineage = (Lineage){0};
    rows_init(&lineage->births, sizeof(Birth));
    rows_init(&lineage->from_lot, sizeof(uint32_t));
    rows_init(&lineage->settled, sizeof(uint32_t));
    rows_init(&lineage->months, sizeof(MonthPlace));
}

static void done(Lineage *lineage) {
    for (uint32_t p = 0; p < lineage->pools; p++) {
        for (uint32_t m = 0; m < lineage->pool[p].count; m++)
            memory_free(lineage->pool[p].months[m].operations);
        memory_free(lineage->pool[p].months);
    }
    memory_free(lineage->pool);
    rows_done(&lineage->births);
    rows_done(&lineage->from_lot);
    rows_done(&lineage->settled);
    rows_done(&lineage->months);
}

Lineage *lineage_new(Status *status) {
    Lineage *lineage = memory_new_zero(1, sizeof *lineage);
    if (lineage)
        begin(lineage);
    else
        status_no_memory(status);
    return lineage;
}

void lineage_free(Lineage *lineage) {
    if (!lineage) return;
    done(lineage);
    memory_free(lineage);
}

void lineage_clear(Lineage *lineage) {
    done(lineage);
    begin(lineage);
}

// ---- pools ----

static bool pool_reserve(Lineage *lineage, uint32_t pool, Status *status) {
    if (pool >= lineage->pool_room) {
        uint32_t room = pool * 2 + 16;
        PoolKept *grown = memory_resize(lineage->pool, room * sizeof *grown);
        if (!grown) return status_no_memory(status);
        memset(grown + lineage->pool_room, 0, (room - lineage->pool_room) * sizeof *grown);
        lineage->pool = grown;
        lineage->pool_room = room;
    }
    if (pool >= lineage->pools) lineage->pools = pool + 1;
    return true;
}

static uint32_t month_place(const PoolKept *pool, Month month) {
    uint32_t place = pool->count;
    while (place > 0 && pool->months[place - 1].month >= month)
        place--;
    return place;
}

const PoolMonth *pool_month_find(const Lineage *lineage, uint32_t pool, Month month) {
    if (pool >= lineage->pools) return NULL;
    const PoolKept *kept = &lineage->pool[pool];
    uint32_t place = month_place(kept, month);
    return place < kept->count && kept->months[place].month == month ? &kept->months[place] : NULL;
}

static PoolMonth *pool_month(Lineage *lineage, uint32_t pool, Month month, Status *status) {
    if (!pool_reserve(lineage, pool, status)) return NULL;
    PoolKept *kept = &lineage->pool[pool];
    uint32_t place = month_place(kept, month);
    if (place < kept->count && kept->months[place].month == month) return &kept->months[place];
    if (kept->count == kept->room) {
        uint32_t room = kept->room ? kept->room * 2 : 8;
        PoolMonth *grown = memory_resize(kept->months, room * sizeof *grown);
        if (!grown) {
            status_no_memory(status);
            return NULL;
        }
        kept->months = grown;
        kept->room = room;
    }
    if (!rows_reserve(&lineage->months, 1, status)) return NULL;
    uint32_t id = lineage->months.count;
    *(MonthPlace *)rows_add(&lineage->months) = (MonthPlace){pool, month};
    memmove(&kept->months[place + 1], &kept->months[place],
            (kept->count - place) * sizeof *kept->months);
    kept->months[place] = (PoolMonth){.id = id, .pool = pool, .month = month};
    kept->count++;
    return &kept->months[place];
}

static bool month_add(PoolMonth *month, uint32_t operation, Status *status) {
    if (month->count == month->room) {
        uint32_t room = month->room ? month->room * 2 : 8;
        uint32_t *grown = memory_resize(month->operations, room * sizeof *grown);
        if (!grown) return status_no_memory(status);
        month->operations = grown;
        month->room = room;
    }
    month->operations[month->count++] = operation;
    return true;
}

static void month_remove(PoolMonth *month, uint32_t operation) {
    for (uint32_t i = month->count; i-- > 0;) {
        if (month->operations[i] != operation) continue;
        memmove(&month->operations[i], &month->operations[i + 1],
                (month->count - i - 1) * sizeof *month->operations);
        month->count--;
        return;
    }
}

static void add_values(const Book *book, uint32_t mask, uint32_t values, int64_t sign,
                       int64_t mg[TRACE_COMPONENTS]) {
    for (uint32_t m = mask; m; m &= m - 1)
        mg[__builtin_ctz(m)] += sign * *values_at(book, values++);
}

// ---- operations, put in and taken out ----

static bool take_pool(Lineage *lineage, const Book *book, uint32_t o, int64_t sign,
                      Status *status) {
    const OperationRow *operation = operation_at(book, o);
    if (operation->pool == ROW_NONE) return true;
    PoolMonth *month = pool_month(lineage, operation->pool, operation->month, status);
    if (!month) return false;
    int64_t *charged = lineage->pool[operation->pool].charged;
    bool in = operation->kind == EVENT_CHARGE || operation->kind == EVENT_EXTRACT;
    for (uint32_t d = 0; d < operation->delta_count; d++) {
        const PoolDelta *delta = ROW(book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + d);
        if (delta->kind != 0) continue;
        add_values(book, delta->mask, delta->values, sign, month->change);
        if (in) add_values(book, delta->mask, delta->values, sign, charged);
    }
    if (sign > 0) return month_add(month, o, status);
    month_remove(month, o);
    return true;
}

static void birth_make(Lineage *lineage, const Book *book, uint32_t lot);

static void birth_again(Lineage *lineage, const Book *book, uint32_t lot) {
    if (lot < lineage->births.count) birth_make(lineage, book, lot);
}

static void take_differences(Lineage *lineage, const Book *book, const OperationRow *operation,
                             int64_t sign) {
    for (uint32_t i = 0; i < operation->difference_count; i++) {
        const DifferenceRow *d =
            ROW(book, DifferenceRow, TABLE_DIFFERENCE, operation->first_difference + i);
        if (d->to_lot == ROW_NONE) continue;
        *(uint32_t *)rows_at(&lineage->from_lot, d->to_lot) = sign > 0 ? d->from_lot + 1 : 0;
        birth_again(lineage, book, d->to_lot);
    }
}

static bool take_postings(Lineage *lineage, const Book *book, uint32_t o, int64_t sign,
                          Status *status) {
    const OperationRow *operation = operation_at(book, o);
    for (uint32_t i = 0; i < operation->posting_count; i++) {
        const PostingRow *p = ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i);
        if (p->reason == POSTED_FOUND && p->net < 0 && p->lot != ROW_NONE) {
            *(uint32_t *)rows_at(&lineage->settled, p->lot) = sign > 0 ? o + 1 : 0;
            birth_again(lineage, book, p->lot);
        }
        bool counted = p->reason == POSTED_STOCKTAKE || p->reason == POSTED_LOSS;
        if (!counted || p->pool == ROW_NONE || operation->pool != ROW_NONE) continue;
        PoolMonth *month = pool_month(lineage, p->pool, p->month, status);
        if (!month) return false;
        add_values(book, p->mask, p->values, sign, month->change);
    }
    return true;
}

// A correction itself is no operation on matter: only what it reverses, and what it puts instead,
// is.
static bool take(Lineage *lineage, const Book *book, uint32_t o, int64_t sign, Status *status) {
    const OperationRow *operation = operation_at(book, o);
    if (operation->kind == EVENT_CORRECT) return true;
    take_differences(lineage, book, operation, sign);
    return take_pool(lineage, book, o, sign, status) &&
           take_postings(lineage, book, o, sign, status);
}

static bool take_back(Lineage *lineage, const Book *book, uint64_t seq, Status *status) {
    const RecordRow *record = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq);
    for (uint32_t o = record->operation; o != ROW_NONE && operation_at(book, o)->seq == seq; o--) {
        if (!take(lineage, book, o, -1, status)) return false;
        if (o == 0) break;
    }
    return true;
}

// ---- births ----

static void birth_of_flows(const Book *book, const OperationRow *operation, uint32_t row,
                           uint32_t lot, Birth *birth) {
    uint32_t from = ROW_NONE;
    birth->descent = operation->outside ? DESCENT_OUTSIDE : DESCENT_FOUND;
    birth->from = operation->outside ? operation->outside : TRACE_NONE;
    for (uint32_t f = 0; f < operation->flow_count; f++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + f);
        // A part that is sold comes of the lot taken just before it, whatever else was sold with
        // it.
        if (operation->kind == EVENT_SELL &&
            operation->first_flow + f + 1 != lot_at(book, lot)->first_flow)
            continue;
        if (flow->role != FLOW_IN || flow->lot == lot) continue;
        if (from != ROW_NONE && from != flow->lot) {
            birth->descent = DESCENT_OPERATION;
            birth->from = row;
            return;
        }
        from = flow->lot;
        birth->descent = DESCENT_LOT;
        birth->from = from;
    }
}

static void birth_make(Lineage *lineage, const Book *book, uint32_t row) {
    const Lot *lot = lot_at(book, row);
    Birth *birth = rows_at(&lineage->births, row);
    uint32_t made_by = lot->operation;
    const OperationRow *operation = operation_at(book, made_by);
    *birth = (Birth){.from = TRACE_NONE,
                     .facility = operation->facility,
                     .material = lot->material,
                     .day = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->day_of,
                     .kind = operation->kind,
                     .descent = DESCENT_FOUND};
    if (lot->flags & LOT_FOUND) {
        made_by = settled_by(lineage, row);
        if (made_by == TRACE_NONE) return;
        operation = operation_at(book, made_by);
    }
    const PoolMonth *month;
    switch (operation->kind) {
    case EVENT_EXTRACT:
        birth->descent = DESCENT_SOURCE;
        birth->from = operation->source;
        break;
    case EVENT_OPEN:
        birth->descent = DESCENT_OPENING;
        break;
    case EVENT_RECEIVE:
        birth->from = received_from(lineage, row);
        birth->descent = birth->from != TRACE_NONE    ? DESCENT_LOT
                         : lot->flags & LOT_UNMATCHED ? DESCENT_UNMATCHED
                                                      : DESCENT_OUTSIDE;
        if (birth->descent == DESCENT_OUTSIDE) birth->from = operation->outside;
        break;
    case EVENT_IMPORT_GOODS: // from beyond the border
        birth->descent = DESCENT_OUTSIDE;
        birth->from = OUTSIDE_OTHER;
        break;
    case EVENT_DRAW:
        month = pool_month_find(lineage, operation->pool, operation->month);
        if (month) {
            birth->descent = DESCENT_MONTH;
            birth->from = month->id;
        }
        break;
    default:
        birth_of_flows(book, operation, made_by, row, birth);
        break;
    }
}

// ---- following ----

static bool lots_reserve(Lineage *lineage, uint32_t lots, Status *status) {
    uint32_t more = lots - lineage->from_lot.count;
    if (!rows_reserve(&lineage->from_lot, more, status) ||
        !rows_reserve(&lineage->settled, more, status))
        return false;
    while (lineage->from_lot.count < lots) {
        rows_add(&lineage->from_lot);
        rows_add(&lineage->settled);
    }
    return true;
}

static bool births_follow(Lineage *lineage, const Book *book, Status *status) {
    uint32_t lots = lineage->from_lot.count;
    if (!rows_reserve(&lineage->births, lots - lineage->births.count, status)) return false;
    // Not before what made it was taken in.
    while (lineage->births.count < lots &&
           lot_at(book, lineage->births.count)->operation < lineage->operations) {
        rows_add(&lineage->births);
        birth_make(lineage, book, lineage->births.count - 1);
    }
    return true;
}

// What was in each pool before anything was charged: all that came in, less that.
static void pools_follow(Lineage *lineage, const Book *book) {
    for (uint32_t p = 0; p < lineage->pools; p++) {
        PoolKept *kept = &lineage->pool[p];
        for (int c = 0; c < TRACE_COMPONENTS; c++) {
            kept->opened[c] = pool_at(book, p)->in[c] - kept->charged[c];
            if (kept->opened[c] < 0) kept->opened[c] = 0;
        }
    }
}

bool lineage_follow(Lineage *lineage, const Book *book, OriginBreathe *breathe, void *context,
                    Status *status) {
    unsigned rows = 0;
    if (lineage->records == book_next(book)) return true;
    while (lineage->records < book_next(book)) {
        uint64_t seq = lineage->records;
        const RecordRow *record = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq);
        if (!lots_reserve(lineage, book_count(book, TABLE_LOT), status)) return false;
        if (record->kind == EVENT_CORRECT && record->corrects != UINT64_MAX &&
            !take_back(lineage, book, record->corrects, status))
            return false;
        for (; lineage->operations < book_count(book, TABLE_OPERATION) &&
               operation_at(book, lineage->operations)->seq == seq;
             lineage->operations++)
            if (!take(lineage, book, lineage->operations, 1, status)) return false;
        lineage->records++;
        if (++rows % 1000) continue;
        if (!births_follow(lineage, book, status)) return false;
        if (breathe && !breathe(context, status)) return false;
    }
    pools_follow(lineage, book);
    return births_follow(lineage, book, status);
}
