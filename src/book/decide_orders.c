// Orders of the authority, the end of months and years, and monthly returns.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static VerdictCode code_of_order(const Event *e) {
    return e->kind == EVENT_SEIZE     ? CODE_SEIZED
           : e->kind == EVENT_RESERVE ? CODE_RESERVED
                                      : CODE_ORDERED;
}

void decide_hold(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    for (uint32_t i = 0; i < e->input_count; i++)
        if (intern_find(book->lot_ids, e->inputs[i].lot) == ROW_NONE) {
            refuse(d, CODE_UNKNOWN_LOT, "/lots/%u", i);
            return;
        }
    for (uint32_t i = 0; i < e->held_pool_count; i++)
        if (intern_find(book->pool_ids, e->held_pools[i]) == ROW_NONE) {
            refuse(d, CODE_UNKNOWN_POOL, "/pools/%u", i);
            return;
        }
    // The order itself is accepted; its cause is open from here on.
    uint64_t number = d->applying.seq * 256;
    effect_begin(d, EFFECT_CAUSE);
    buffer_u64(&d->effects, number);
    buffer_u16(&d->effects, (uint16_t)code_of_order(e));
    buffer_u8(&d->effects, CAUSE_OPEN);
    effect_end(d);
    if (stopped(d)) return;
    uint32_t cause = cause_find(book, number), alone = set_of(d->book, &cause, 1);
    for (uint32_t i = 0; i < e->input_count && !stopped(d); i++) {
        uint32_t lot = intern_find(book->lot_ids, e->inputs[i].lot), causes[SET_CAUSES_MAX],
                 count = 0;
        set_collect(book, lot_at(book, lot)->set, causes, &count);
        set_collect(book, alone, causes, &count);
        emit_lot_causes(d, lot, set_of(d->book, causes, count));
    }
    for (uint32_t i = 0; i < e->held_pool_count && !stopped(d); i++)
        pool_hold(d, intern_find(book->pool_ids, e->held_pools[i]), cause);
}

void decide_release(Deciding *d) {
    uint32_t cause = cause_find(d->book, d->event->cause);
    if (cause == ROW_NONE || cause_at(d->book, cause)->status == CAUSE_RELEASED ||
        cause_at(d->book, cause)->status == CAUSE_VOID) {
        refuse(d, CODE_UNKNOWN_CAUSE, "/cause");
        return;
    }
    emit_cause_status(d, cause, CAUSE_RELEASED);
    if (cause_at(d->book, cause)->code == CODE_DECREASE_WAITS) quota_release(d, cause);
}

static Day day_recorded(const Deciding *d, int offset) {
    return instant_day(d->context->recorded, offset);
}

static void close_year(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (!find_day(d, ROW_NONE)) return;
    int year = e->year;
    if (year <= book->top.year_ended ||
        day_recorded(d, book->top.offset_minutes) <= day_of(year, 12, 31)) {
        refuse(d, CODE_MONTH_ORDER, "/year");
        return;
    }
    effect_begin(d, EFFECT_YEAR_ENDED);
    buffer_u16(&d->effects, (uint16_t)year);
    effect_end(d);
}

void decide_close(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (text_is_empty(e->facility)) {
        close_year(d);
        return;
    }
    if (!find_facility(d, e->facility) || !find_day(d, d->facility)) return;
    Month closed = ROW(book, FacilityRow, TABLE_FACILITY, d->facility)->closed;
    bool over = day_recorded(d, facility_offset(book, d->facility)) > month_last_day(e->month);
    if ((closed && e->month != closed + 1) || !over) {
        refuse(d, CODE_MONTH_ORDER, "/month");
        return;
    }
    effect_begin(d, EFFECT_MONTH_CLOSED);
    buffer_u32(&d->effects, d->facility);
    buffer_u32(&d->effects, e->month);
    effect_end(d);
    // B22: what is still unmatched now holds.
    for (uint32_t row = 0; row < book_count(book, TABLE_UNMATCHED) && !stopped(d); row++) {
        const UnmatchedRow *unmatched = ROW(book, UnmatchedRow, TABLE_UNMATCHED, row);
        if (unmatched->paired || unmatched->facility != d->facility || unmatched->month > e->month)
            continue;
        if (cause_at(book, unmatched->cause)->status == CAUSE_PENDING)
            emit_cause_status(d, unmatched->cause, CAUSE_OPEN);
    }
}

void decide_return(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (!find_facility(d, e->facility) || !find_day(d, d->facility)) return;
    Day last = month_last_day(e->month),
        recorded = day_recorded(d, facility_offset(book, d->facility));
    if (recorded <= last) {
        refuse(d, CODE_MONTH_ORDER, "/month");
        return;
    }
    for (uint32_t i = 0; i < e->return_line_count; i++) {
        uint32_t material = intern_find(book->material_ids, e->return_lines[i].material);
        if (material == ROW_NONE || !material_at(book, material)->registered) {
            refuse(d, CODE_UNKNOWN_MATERIAL, "/lines/%u/material", i);
            return;
        }
    }
    unsigned amended = 0;
    for (uint32_t row = 0; row < book_count(book, TABLE_MONTH_RETURN); row++) {
        const MonthReturn *earlier = ROW(book, MonthReturn, TABLE_MONTH_RETURN, row);
        if (earlier->facility == d->facility && earlier->month == e->month) amended++;
    }
    bool late = recorded > last + 10;
    effect_begin(d, EFFECT_RETURN);
    buffer_u32(&d->effects, d->facility);
    buffer_u32(&d->effects, e->month);
    buffer_u16(&d->effects, (uint16_t)amended);
    buffer_u8(&d->effects, late);
    effect_end(d);
    if (late && amended == 0) object(d, CODE_RETURN_LATE, "/month");
}
