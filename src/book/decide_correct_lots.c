// What a correction does to lots (B24): they get back what was taken of them, and what was made or
// found ends, while nothing that happened since depends on it.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

bool stands_in_the_way(Deciding *d) {
    if (stopped(d)) return false;
    refuse(d, CODE_CANNOT_REVERSE, "/corrects");
    Reason *reason = &d->decision->reasons[0];
    if (d->reversing != ROW_NONE)
        later_events(d, d->reversing, reason->later, sizeof reason->later);
    return false;
}

// How much of the running share was gone before the flow took its part, or -1 when the share began
// after.
static int64_t taken_before(const Book *book, const Lot *lot, uint32_t flow_row) {
    int64_t before = 0;
    for (uint32_t row = lot->first_flow; row != ROW_NONE; row = flow_at(book, row)->next_of_lot) {
        if (row == flow_row) return before;
        const FlowRow *flow = flow_at(book, row);
        const OperationRow *operation = operation_at(book, flow->operation);
        if (flow->role == FLOW_IN && operation->seq >= lot->changed) before += flow->net;
    }
    return -1;
}

// Whether all that happened to the lot after this flow was corrected, or is a correction itself.
bool only_corrected_since(const Book *book, uint32_t flow_row) {
    for (uint32_t row = flow_at(book, flow_row)->next_of_lot; row != ROW_NONE;
         row = flow_at(book, row)->next_of_lot) {
        const OperationRow *operation = operation_at(book, flow_at(book, row)->operation);
        if (operation->kind == EVENT_CORRECT) continue;
        if (!ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected) return false;
    }
    return true;
}

static bool corrects_a_measure(const Book *book, uint64_t seq) {
    if (seq >= book->top.next) return false; // the one being decided
    uint64_t corrected = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq)->corrects;
    return corrected != UINT64_MAX &&
           ROW(book, RecordRow, TABLE_RECORD, (uint32_t)corrected)->kind == EVENT_MEASURE;
}

// The running share that the flow took from: the lot's own, or, where measurements since were
// corrected, the one before them. False when the lot was measured, counted or given back to since.
static bool share_of_flow(const Book *book, uint32_t flow_row, Lot *share) {
    uint32_t lot = flow_at(book, flow_row)->lot;
    bool first = true;
    *share = *lot_at(book, lot);
    for (uint32_t row = flow_at(book, flow_row)->next_of_lot; row != ROW_NONE;
         row = flow_at(book, row)->next_of_lot) {
        const OperationRow *operation = operation_at(book, flow_at(book, row)->operation);
        if (flow_at(book, row)->role != FLOW_TOUCHED) continue;
        for (uint32_t i = 0; i < operation->before_count; i++) {
            const BeforeRow *before =
                ROW(book, BeforeRow, TABLE_BEFORE, operation->first_before + i);
            if (before->lot != lot) continue;
            bool undone = operation->kind == EVENT_MEASURE &&
                          ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected;
            if (!undone &&
                !(operation->kind == EVENT_CORRECT && corrects_a_measure(book, operation->seq)))
                return false;
            if (first) {
                share->start_net = before->start_net;
                share->taken = before->taken;
                share->start = before->start;
                share->facets = before->facets;
                share->facet_count = before->facet_count;
                share->terms = before->terms;
                share->term_count = before->term_count;
                share->basis = before->basis;
                share->changed = before->changed;
                first = false;
            }
        }
    }
    return true;
}

// Whether the lot ended with the operation, at the mass weighed (B6).
static bool was_emptied(const Book *book, const OperationRow *operation, uint32_t lot) {
    for (uint32_t i = 0; i < operation->posting_count; i++) {
        const PostingRow *row = ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i);
        if (row->reason == POSTED_BATCH && row->lot == lot) return true;
    }
    return false;
}

// Gives back to a lot what the operation took from it; several takes in a row count as one. One
// that was emptied has all again that it had, weighed or not.
bool give_back(Deciding *d, const OperationRow *operation, uint32_t first_flow, bool in_transit) {
    const Book *book = d->book;
    const FlowRow *flow = flow_at(book, first_flow);
    uint32_t lot_row = flow->lot;
    const Lot *lot = lot_at(book, lot_row);
    int64_t net = 0, pieces = 0;
    for (uint32_t i = 0; i < operation->flow_count; i++) {
        const FlowRow *other = flow_at(book, operation->first_flow + i);
        if (other->lot != lot_row || other->role != FLOW_IN) continue;
        net += other->net;
        pieces += other->pieces;
    }
    LotState state = in_transit ? LOT_TRANSIT : LOT_HERE;
    bool there = lot->state == (uint8_t)state || lot->state == LOT_ENDED;
    Lot share;
    if (!share_of_flow(book, first_flow, &share) || !there || sold_since(book, first_flow) ||
        (!in_transit && lot->facility != operation->facility))
        return stands_in_the_way(d);
    int64_t before = taken_before(book, &share, first_flow);
    if (before < 0 || before + net > share.start_net) return stands_in_the_way(d);
    Matter *part = scratch_take(d, sizeof *part), *left = scratch_take(d, sizeof *left);
    if (!part || !left) return false;
    matter_of_part(book, &share, before, net, part);
    if (!in_transit) unpack(d, lot_row); // its packages hold what is there now
    if (operation->pool != ROW_NONE)
        pool_terms_back(d, operation->pool, part->terms, part->term_count, 1);
    if (was_emptied(book, operation, lot_row))
        matter_of_part(book, &share, before, share.start_net - before, part);
    if (lot_left(lot) > 0) {
        matter_of_lot(book, lot, lot_left(lot), left);
        TermBag bag = {NULL, 0, 0};
        if (!matter_add(d, left, part) || !bag_add(d, &bag, left->terms, left->term_count) ||
            !bag_add(d, &bag, part->terms, part->term_count) || !bag_fold(d, &bag, left))
            return false;
    } else {
        left = part;
    }
    emit_lot_set(d, lot_row, left, lot->flags, state);
    emit_pieces(d, lot_row, -pieces);
    return !stopped(d);
}

bool end_made(Deciding *d, const OperationRow *operation, uint32_t flow_row) {
    const Book *book = d->book;
    const FlowRow *flow = flow_at(book, flow_row);
    uint32_t row = flow->lot;
    const Lot *lot = lot_at(book, row);
    // Whole and where it was born: nothing has touched it since, or what did was corrected.
    Content born, now;
    content_load(book, &lot->born, &born);
    content_load(book, &lot->start, &now);
    if (lot->state != LOT_HERE || lot->facility != operation->facility || lot->taken != 0 ||
        lot->start_net != lot->born_net || (lot->flags & LOT_MEASURED) ||
        !content_equal(&born, &now) || sold_since(book, flow_row) || lot_restated(book, row))
        return stands_in_the_way(d);
    unpack(d, row);
    if (operation->pool != ROW_NONE) {
        Matter *made = scratch_take(d, sizeof *made);
        if (!made) return false;
        matter_of_part(book, lot, 0, lot->start_net, made);
        pool_terms_back(d, operation->pool, made->terms, made->term_count, -1);
    }
    for (uint32_t draw = lot->first_draw; draw != ROW_NONE && !stopped(d);) {
        const DrawRow *at = ROW(book, DrawRow, TABLE_DRAW, draw);
        uint32_t next = at->next_of_lot;
        quota_change(d, draw, 0, "/corrects"); // B14: waits when its year has ended
        draw = next;
    }
    emit_lot_end(d, row);
    return !stopped(d);
}

// Whether the operation itself found the lot (B23).
bool found_by(const Book *book, uint32_t lot, uint32_t operation_row) {
    return (lot_at(book, lot)->flags & LOT_FOUND) && lot_at(book, lot)->operation == operation_row;
}

// A lot that the operation found was never there, when nothing else befell it and nothing supplies
// it. Called at its first flow behind its birth.
bool unfind(Deciding *d, const OperationRow *operation, uint32_t lot_row) {
    const Book *book = d->book;
    uint32_t last = ROW_NONE;
    for (uint32_t i = 0; i < operation->flow_count; i++)
        if (flow_at(book, operation->first_flow + i)->lot == lot_row)
            last = operation->first_flow + i;
    uint32_t cause = cause_of_found(book, lot_row);
    if (!only_corrected_since(book, last) || sold_since(book, last) || cause == ROW_NONE ||
        cause_at(book, cause)->status == CAUSE_VOID)
        return stands_in_the_way(d);
    const Lot *lot = lot_at(book, lot_row);
    if (operation->pool != ROW_NONE) { // a lot that was found was taken whole
        Matter *found = scratch_take(d, sizeof *found);
        if (!found) return false;
        matter_of_part(book, lot, 0, lot->start_net, found);
        pool_terms_back(d, operation->pool, found->terms, found->term_count, 1);
    }
    for (uint32_t draw = lot->first_draw; draw != ROW_NONE && !stopped(d);) {
        uint32_t next = ROW(book, DrawRow, TABLE_DRAW, draw)->next_of_lot;
        quota_change(d, draw, 0, "/corrects");
        draw = next;
    }
    if (lot->state != LOT_ENDED) emit_lot_end(d, lot_row);
    return !stopped(d);
}
