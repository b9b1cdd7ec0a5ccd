// Restating (B24): a measure that supersedes the event which gave a lot its figures. The lot's
// running share goes on as if the new figures had stood from its beginning, and so do the shares
// of the parts that were cut off it and not measured since. What else became of the lot keeps the
// figures it was taken at, and the difference is one posting at the facility.
#include <string.h>

#include "book/decide.h"

// Kinds whose lines state the figures of the lots that they make.
static bool states_figures(unsigned kind) {
    switch (kind) {
    case EVENT_OPEN:
    case EVENT_EXTRACT:
    case EVENT_DRAW:
    case EVENT_TRANSFORM:
    case EVENT_RECEIVE:
    case EVENT_IMPORT_GOODS:
        return true;
    default:
        return false;
    }
}

static const OperationRow *operation_of_record(const Book *book, uint64_t seq) {
    uint32_t row = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq)->operation;
    return row == ROW_NONE ? NULL : operation_at(book, row);
}

// How the operation found the lot, or null.
static const BeforeRow *before_of(const Book *book, const OperationRow *operation, uint32_t lot) {
    for (uint32_t i = operation->before_count; i-- > 0;) {
        const BeforeRow *row = ROW(book, BeforeRow, TABLE_BEFORE, operation->first_before + i);
        if (row->lot == lot) return row;
    }
    return NULL;
}

bool operation_restates(const Book *book, const OperationRow *operation) {
    if (operation->kind != EVENT_MEASURE || operation->seq >= book->top.next) return false;
    return ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->supersedes != 0;
}

uint64_t lot_restated(const Book *book, uint32_t lot_row) {
    const Lot *lot = lot_at(book, lot_row);
    uint64_t last = 0;
    for (uint32_t row = lot->first_flow; row != ROW_NONE; row = flow_at(book, row)->next_of_lot) {
        const OperationRow *operation = operation_at(book, flow_at(book, row)->operation);
        if (flow_at(book, row)->role != FLOW_TOUCHED || operation->seq <= lot->changed ||
            !operation_restates(book, operation))
            continue;
        if (!ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected)
            last = operation->seq;
    }
    return last;
}

// Whether the lot's figures as they stand come from this record: the event that began its running
// share, or the last restatement that names the lot itself.
static bool figures_come_from(const Book *book, uint32_t lot_row, uint64_t seq) {
    const Lot *lot = lot_at(book, lot_row);
    const RecordRow *record = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq);
    const OperationRow *operation = operation_of_record(book, seq);
    if (record->corrected || !operation) return false;
    uint64_t restated = lot_restated(book, lot_row);
    if (restated)
        return restated == seq &&
               ROW(book, BeforeRow, TABLE_BEFORE, operation->first_before)->lot == lot_row;
    if (lot->changed != seq) return false;
    bool born = operation_at(book, lot->operation)->seq == seq;
    return born ? states_figures(operation->kind)
                : operation->kind == EVENT_MEASURE && before_of(book, operation, lot_row);
}

static void matter_before(const Book *book, const Lot *lot, const BeforeRow *before, bool whole,
                          Matter *matter) {
    Lot was = *lot;
    was.start_net = before->start_net;
    was.taken = whole ? 0 : before->taken;
    was.start = before->start;
    was.facets = before->facets;
    was.facet_count = before->facet_count;
    was.terms = before->terms;
    was.term_count = before->term_count;
    was.basis = before->basis;
    matter_of_lot(book, &was, lot_left(&was), matter);
}

// What is still to be restated: a lot, and the part of its parent's share that it is.
typedef struct Cut {
    uint32_t lot, parent;
    int64_t before, net;
} Cut;
typedef struct Cuts {
    Cut *items;
    uint32_t count, room;
} Cuts;

static bool cuts_add(Deciding *d, Cuts *cuts, Cut cut) {
    if (cuts->count == cuts->room) {
        uint32_t room = cuts->room ? cuts->room * 2 : 16;
        Cut *grown = scratch_take(d, room * sizeof *grown);
        if (!grown) return false;
        if (cuts->count) memcpy(grown, cuts->items, cuts->count * sizeof *grown);
        cuts->items = grown;
        cuts->room = room;
    }
    cuts->items[cuts->count++] = cut;
    return true;
}

// The parts that were cut off the lot since its running share began, and still have its figures.
static bool cuts_of(Deciding *d, Cuts *cuts, uint32_t lot_row) {
    const Book *book = d->book;
    const Lot *lot = lot_at(book, lot_row);
    int64_t before = 0;
    for (uint32_t row = lot->first_flow; row != ROW_NONE; row = flow_at(book, row)->next_of_lot) {
        const FlowRow *flow = flow_at(book, row);
        const OperationRow *operation = operation_at(book, flow->operation);
        if (flow->role != FLOW_IN || operation->seq < lot->changed) continue;
        int64_t at = before;
        before += flow->net;
        if (operation->kind != EVENT_SPLIT && operation->kind != EVENT_SELL) continue;
        // A part is born right behind what was taken for it.
        uint32_t born = row + 1, end = operation->first_flow + operation->flow_count;
        while (born < end && flow_at(book, born)->role != FLOW_OUT)
            born++;
        if (born == end) continue;
        uint32_t part = flow_at(book, born)->lot;
        const Lot *cut = lot_at(book, part);
        bool own_figures = cut->changed != operation_at(book, cut->operation)->seq;
        if (own_figures || cut->state == LOT_TRANSIT) continue;
        if (!cuts_add(d, cuts, (Cut){part, lot_row, at, flow->net})) return false;
    }
    return true;
}

static void restated_emit(Deciding *d, uint32_t lot, const Matter *matter, unsigned flags) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_LOT_RESTATED);
    buffer_u32(&d->effects, lot);
    buffer_i64(&d->effects, matter->net);
    buffer_u8(&d->effects, (uint8_t)matter->basis);
    buffer_u8(&d->effects, (uint8_t)flags);
    content_write(&d->effects, &matter->content);
    emit_facets(d, &matter->facets);
    emit_terms(d, matter->terms, matter->term_count);
    effect_end(d);
}

// The lot's share as `now` says, its parts with it; the postings.
static bool restate(Deciding *d, uint32_t lot_row, const Matter *now, unsigned flags) {
    const Book *book = d->book;
    Matter *share = scratch_take(d, sizeof *share), *old = scratch_take(d, sizeof *old),
           *left = scratch_take(d, sizeof *left);
    if (!share || !old || !left) return false;
    Content was;
    content_load(book, &lot_at(book, lot_row)->start, &was);
    Posting rest = {.facility = d->facility,
                    .lot = ROW_NONE,
                    .pool = ROW_NONE,
                    .month = d->month,
                    .reason = POSTED_RESTATED,
                    .net = now->net - lot_at(book, lot_row)->start_net,
                    .mask = (uint32_t)(now->content.stated | was.stated)};
    for (int c = 0; c < COMPONENT_COUNT; c++)
        rest.mg[c] = now->content.mg[c] - was.mg[c];
    Cuts cuts = {NULL, 0, 0};
    if (!cuts_add(d, &cuts, (Cut){lot_row, ROW_NONE, 0, now->net})) return false;
    for (uint32_t i = 0; i < cuts.count && !stopped(d); i++) {
        Cut cut = cuts.items[i];
        const Lot *lot = lot_at(book, cut.lot);
        if (!book_reserve(d->book, 8, d->status)) {
            d->failed = true;
            return false;
        }
        if (cut.parent == ROW_NONE)
            memcpy(share, now, sizeof *share);
        else
            matter_of_part(book, lot_at(book, cut.parent), cut.before, cut.net, share);
        matter_of_lot(book, lot, lot_left(lot), old);
        restated_emit(d, cut.lot, share, cut.parent == ROW_NONE ? flags : lot->flags);
        if (stopped(d)) return false;
        if (lot_left(lot) > 0) {
            affect(d, cut.lot);
            matter_of_lot(book, lot, lot_left(lot), left);
            post_measured(d, cut.lot, POSTED_RESTATED, old, left);
            rest.net -= left->net - old->net;
            for (int c = 0; c < COMPONENT_COUNT; c++)
                rest.mg[c] -= left->content.mg[c] - old->content.mg[c];
        }
        if (!cuts_of(d, &cuts, cut.lot)) return false;
    }
    emit_posting(d, &rest);
    return !stopped(d);
}

void restate_measure(Deciding *d, uint32_t lot_row) {
    const Event *e = d->event;
    const Book *book = d->book;
    const Line *line = &e->inputs[0];
    const Lot *lot = lot_at(book, lot_row);
    uint64_t seq = book_event_find(book, e->party, line->supersedes);
    if (seq == UINT64_MAX) {
        refuse(d, CODE_UNKNOWN_EVENT, "/supersedes");
        return;
    }
    if (!figures_come_from(book, lot_row, seq)) {
        refuse(d, CODE_CANNOT_RESTATE, "/supersedes");
        return;
    }
    Matter *old = scratch_take(d, sizeof *old), *now = scratch_take(d, sizeof *now),
           *judged = scratch_take(d, sizeof *judged);
    if (!old || !now || !judged) return;
    emit_operation(d, ROW_NONE);
    effect_begin(d, EFFECT_SUPERSEDES);
    buffer_u64(&d->effects, seq);
    effect_end(d);
    matter_of_part(book, lot, 0, lot->start_net, old);
    // Like the measurement that it takes the place of, it is judged against what stood before.
    memcpy(judged, old, sizeof *judged);
    if (operation_at(book, lot->operation)->seq != lot->changed) {
        const OperationRow *first = operation_of_record(book, lot->changed);
        const BeforeRow *before = first ? before_of(book, first, lot_row) : NULL;
        if (before) matter_before(book, lot, before, false, judged);
    }
    if (!matter_measure(d, old, line, "", now)) return;
    // Masses that were taken were weighed by themselves and stand.
    if (now->net != old->net && (lot->taken == lot->start_net || now->net <= lot->taken)) {
        refuse(d, CODE_NOT_ENOUGH, "/net");
        return;
    }
    measured_draws(d, lot_row, old, now);
    if (!restate(d, lot_row, now, (unsigned)lot->flags | LOT_MEASURED)) return;
    measured_judge(d, judged, now);
}

bool restate_back(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    const BeforeRow *before = ROW(book, BeforeRow, TABLE_BEFORE, operation->first_before);
    uint32_t lot_row = before->lot;
    const Lot *lot = lot_at(book, lot_row);
    if (lot->changed != before->changed || lot->state == LOT_TRANSIT ||
        lot->facility != operation->facility || lot_restated(book, lot_row) != operation->seq ||
        (before->start_net != lot->start_net &&
         (lot->taken == lot->start_net || before->start_net <= lot->taken)))
        return false;
    Matter *was = scratch_take(d, sizeof *was);
    if (!was) return false;
    matter_before(book, lot, before, true, was);
    quota_back(d, lot_row, operation->seq);
    unsigned flags = (lot->flags & ~(unsigned)LOT_MEASURED) | (before->flags & LOT_MEASURED);
    return restate(d, lot_row, was, flags);
}

uint64_t book_superseded_by(const Book *book, uint64_t seq) {
    const OperationRow *operation = operation_of_record(book, seq);
    for (uint32_t i = 0; operation && i < operation->flow_count; i++) {
        uint32_t row = flow_at(book, operation->first_flow + i)->next_of_lot;
        for (; row != ROW_NONE; row = flow_at(book, row)->next_of_lot) {
            uint64_t later = operation_at(book, flow_at(book, row)->operation)->seq;
            if (later >= book->top.next) continue;
            const RecordRow *record = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)later);
            if (record->supersedes == seq && !record->corrected) return later;
        }
    }
    return 0;
}

bool book_lot_restated_since(const Book *book, uint32_t lot, uint64_t seq) {
    for (uint32_t row = lot_at(book, lot)->first_flow; row != ROW_NONE;
         row = flow_at(book, row)->next_of_lot) {
        const OperationRow *operation = operation_at(book, flow_at(book, row)->operation);
        if (operation->seq > seq && operation_restates(book, operation) &&
            !ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected)
            return true;
    }
    return false;
}
