// Reversing an earlier event while nothing depends on it, and putting another in its place (B24).
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static bool is_reversible(unsigned kind) {
    switch (kind) {
    case EVENT_EXTRACT:
    case EVENT_OPEN:
    case EVENT_CHARGE:
    case EVENT_DRAW:
    case EVENT_TRANSFORM:
    case EVENT_SPLIT:
    case EVENT_MERGE:
    case EVENT_SHIP:
    case EVENT_RECEIVE:
    case EVENT_DISCARD:
    case EVENT_LOSS:
    case EVENT_MEASURE:
    case EVENT_SELL:
    case EVENT_PACK:
    case EVENT_BLEND:
    case EVENT_ASSEMBLE:
    case EVENT_RETURN_GOODS:
    case EVENT_EXPORT_GOODS:
    case EVENT_IMPORT_GOODS:
        return true;
    default:
        return false;
    }
}

static void post_contrary(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    for (uint32_t i = 0; i < operation->posting_count && !stopped(d); i++) {
        const PostingRow *row = ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i);
        Term *terms = scratch_take(d, row->term_count * sizeof *terms + 1);
        if (!terms) return;
        Posting posting = {.facility = row->facility,
                           .lot = row->lot,
                           .pool = row->pool,
                           .month = d->month,
                           .reason = (PostingReason)row->reason,
                           .net = -row->net,
                           .mask = row->mask,
                           .terms = terms,
                           .term_count = row->term_count};
        const int64_t *value = values_at(book, row->values);
        for (uint32_t m = row->mask; m; m &= m - 1)
            posting.mg[__builtin_ctz(m)] = -*value++;
        for (uint32_t t = 0; t < row->term_count; t++) {
            const TermRow *term = ROW(book, TermRow, TABLE_TERM, row->terms + t);
            terms[t] = (Term){term->measurement, -term->mg};
        }
        emit_posting(d, &posting);
    }
}

static void account_contrary(Deciding *d, uint32_t facility, AccountTerm term,
                             const ContentRef *ref) {
    Content content;
    content_load(d->book, ref, &content);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        content.mg[c] *= -1;
    emit_account(d, facility, posting_month_at(d, facility), term, content.stated, content.mg);
}

static bool reverse_ship(Deciding *d, const OperationRow *operation, uint32_t operation_row) {
    const Book *book = d->book;
    for (uint32_t i = 0; i < operation->flow_count && !stopped(d); i++) {
        uint32_t flow_row = operation->first_flow + i;
        const FlowRow *flow = flow_at(book, flow_row);
        const Lot *lot = lot_at(book, flow->lot);
        if (flow->role == FLOW_IN) {
            if (lot->consignment != ROW_NONE) return stands_in_the_way(d); // it was paired at once
            account_contrary(d, operation->facility, ACCOUNT_SHIPPED, &flow->content);
            if (found_by(book, flow->lot, operation_row)
                    ? !unfind(d, operation, flow->lot)
                    : !give_back(d, operation, flow_row, false))
                return false;
        } else if (flow->role == FLOW_TOUCHED) {
            if (!only_corrected_since(book, flow_row) || lot->state != LOT_TRANSIT)
                return stands_in_the_way(d);
            if (found_by(book, flow->lot, operation_row) && !unfind(d, operation, flow->lot))
                return false;
            emit_lot_place(d, flow->lot, operation->facility, ROW_NONE,
                           (LotState)(lot->state == LOT_ENDED ? LOT_ENDED : LOT_HERE));
        }
    }
    for (uint32_t row = 0; row < book_count(book, TABLE_CONSIGNMENT) && !stopped(d); row++) {
        const ConsignmentRow *consignment = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row);
        if (consignment->operation != operation_row || !consignment->shipped) continue;
        Text id = intern_text(book->consignment_ids, row);
        effect_begin(d, EFFECT_CONSIGNMENT);
        buffer_u8(&d->effects, (uint8_t)id.length);
        buffer_text(&d->effects, id);
        buffer_u32(&d->effects, consignment->from_party);
        buffer_u32(&d->effects, consignment->from_facility);
        buffer_u32(&d->effects, consignment->to_facility);
        buffer_u8(&d->effects, 0);
        effect_end(d);
        break;
    }
    return !stopped(d);
}

static bool reverse_receive(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    for (uint32_t i = 0; i < operation->flow_count && !stopped(d); i++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + i);
        if (flow->role == FLOW_IN) {
            account_contrary(d, lot_at(book, flow->lot)->facility, ACCOUNT_SHIPPED, &flow->content);
            bool first = true;
            for (uint32_t j = 0; j < i; j++) {
                const FlowRow *other = flow_at(book, operation->first_flow + j);
                if (other->lot == flow->lot && other->role == FLOW_IN) first = false;
            }
            if (first && !give_back(d, operation, operation->first_flow + i, true)) return false;
        } else if (flow->role == FLOW_OUT) {
            if (lot_at(book, flow->lot)->flags & LOT_UNMATCHED) {
                for (uint32_t row = 0; row < book_count(book, TABLE_UNMATCHED); row++) {
                    const UnmatchedRow *unmatched = ROW(book, UnmatchedRow, TABLE_UNMATCHED, row);
                    if (unmatched->lot != flow->lot || unmatched->paired) continue;
                    effect_begin(d, EFFECT_PAIRED);
                    buffer_u32(&d->effects, row);
                    effect_end(d);
                }
            } else {
                for (uint32_t row = 0; row < book_count(book, TABLE_UNMATCHED); row++)
                    if (ROW(book, UnmatchedRow, TABLE_UNMATCHED, row)->lot == flow->lot)
                        return stands_in_the_way(d);
            }
            account_contrary(d, operation->facility, ACCOUNT_RECEIVED, &flow->content);
            if (!end_made(d, operation, operation->first_flow + i)) return false;
        }
    }
    for (uint32_t i = 0; i < operation->difference_count && !stopped(d); i++) {
        const DifferenceRow *row =
            ROW(book, DifferenceRow, TABLE_DIFFERENCE, operation->first_difference + i);
        int64_t mg[COMPONENT_COUNT] = {0};
        const int64_t *value = values_at(book, row->values);
        for (uint32_t m = row->mask; m; m &= m - 1)
            mg[__builtin_ctz(m)] = -*value++;
        effect_begin(d, EFFECT_DIFFERENCE);
        buffer_u32(&d->effects, row->from_facility);
        buffer_u32(&d->effects, row->to_facility);
        buffer_u32(&d->effects, row->from_lot);
        buffer_u32(&d->effects, row->to_lot);
        buffer_u32(&d->effects, d->month);
        buffer_i64(&d->effects, -row->net);
        emit_values(d, row->mask, mg);
        buffer_u16(&d->effects, 0);
        effect_end(d);
    }
    return !stopped(d);
}

static bool reverse_measure(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    for (uint32_t i = 0; i < operation->before_count && !stopped(d); i++) {
        const BeforeRow *before = ROW(book, BeforeRow, TABLE_BEFORE, operation->first_before + i);
        const Lot *lot = lot_at(book, before->lot);
        uint32_t touched = ROW_NONE;
        for (uint32_t f = operation->first_flow; f < operation->first_flow + operation->flow_count;
             f++)
            if (flow_at(book, f)->lot == before->lot && flow_at(book, f)->role == FLOW_TOUCHED)
                touched = f;
        if (touched == ROW_NONE || !only_corrected_since(book, touched) || lot->taken != 0 ||
            lot->state != LOT_HERE || lot->facility != operation->facility)
            return stands_in_the_way(d);
        Lot was = *lot;
        was.start_net = before->start_net;
        was.taken = before->taken;
        was.start = before->start;
        was.facets = before->facets;
        was.facet_count = before->facet_count;
        was.terms = before->terms;
        was.term_count = before->term_count;
        was.basis = before->basis;
        Matter *matter = scratch_take(d, sizeof *matter);
        if (!matter) return false;
        matter_of_lot(book, &was, lot_left(&was), matter);
        quota_back(d, before->lot, operation->seq);
        // What was ever taken of it was, though it was given back since (B14).
        emit_lot_set(d, before->lot, matter, before->flags | (lot->flags & (unsigned)LOT_TAKEN),
                     LOT_HERE);
        affect(d, before->lot); // its draw may have grown beyond the quota
    }
    return !stopped(d);
}

static bool reverse_sell(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    for (uint32_t i = 0; i < operation->flow_count && !stopped(d); i++) {
        uint32_t flow_row = operation->first_flow + i;
        const FlowRow *flow = flow_at(book, flow_row);
        const Lot *lot = lot_at(book, flow->lot);
        bool born = operation_at(book, lot->operation)->seq == operation->seq;
        if (flow->role == FLOW_IN && !give_back(d, operation, flow_row, false)) return false;
        if (flow->role == FLOW_OUT && !end_made(d, operation, flow_row)) return false;
        if (flow->role != FLOW_TOUCHED || born) continue;
        if (!only_corrected_since(book, flow_row)) return stands_in_the_way(d);
        uint32_t transfer = transfer_of(book, operation->seq, flow->lot);
        emit_lot_owner(d, flow->lot, ROW(book, TransferRow, TABLE_TRANSFER, transfer)->from, true);
    }
    return !stopped(d);
}

// Whether the lot was on the road when the flow took of it.
static bool was_on_the_road(const Book *book, uint32_t flow_row) {
    bool away = false;
    for (uint32_t row = lot_at(book, flow_at(book, flow_row)->lot)->first_flow; row != flow_row;
         row = flow_at(book, row)->next_of_lot) {
        const OperationRow *operation = operation_at(book, flow_at(book, row)->operation);
        bool leaves = operation->kind == EVENT_SHIP || operation->kind == EVENT_RETURN_GOODS ||
                      operation->kind == EVENT_EXPORT_GOODS;
        if (operation->kind == EVENT_CONFIRM) away = false; // customs stopped it
        away |= leaves && flow_at(book, row)->role == FLOW_TOUCHED &&
                !ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected;
    }
    return away;
}

static bool reverse_return_goods(Deciding *d, const OperationRow *operation,
                                 uint32_t operation_row) {
    const Book *book = d->book;
    for (uint32_t row = 0; row < book_count(book, TABLE_CONSIGNMENT); row++)
        if (ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row)->operation == operation_row)
            return reverse_ship(d, operation, operation_row);
    for (uint32_t i = 0; i < operation->flow_count && !stopped(d); i++) {
        uint32_t flow_row = operation->first_flow + i, lot = flow_at(book, flow_row)->lot;
        if (!only_corrected_since(book, flow_row)) return stands_in_the_way(d);
        emit_turned_back(d, lot, false);
    }
    return !stopped(d);
}

// A declaration is withdrawn while it waits: nothing was drawn, and the goods are here again.
static bool reverse_export(Deciding *d, const OperationRow *operation, uint32_t operation_row) {
    const Book *book = d->book;
    for (uint32_t row = book_count(book, TABLE_DECLARATION); row-- > 0;) {
        const DeclarationRow *at = ROW(book, DeclarationRow, TABLE_DECLARATION, row);
        if (at->seq != operation->seq) continue;
        if (at->status != DECLARED) return stands_in_the_way(d);
        declaration_settle(d, row, DECLARATION_WITHDRAWN);
        return reverse_ship(d, operation, operation_row);
    }
    return stands_in_the_way(d);
}

static bool reverse_pack(Deciding *d, const OperationRow *operation) {
    const Book *book = d->book;
    for (uint32_t i = 0; i < operation->flow_count && !stopped(d); i++) {
        uint32_t flow_row = operation->first_flow + i, lot = flow_at(book, flow_row)->lot;
        if (!only_corrected_since(book, flow_row)) return stands_in_the_way(d);
        unpack(d, lot);
    }
    return !stopped(d);
}

static bool reverse(Deciding *d, uint32_t operation_row) {
    const Book *book = d->book;
    // Rows never move, but the operation must be the old one while a new one is being written.
    const OperationRow old = *operation_at(book, operation_row);
    for (uint32_t i = 0; i < old.posting_count; i++) {
        const PostingRow *row = ROW(book, PostingRow, TABLE_POSTING, old.first_posting + i);
        if (row->reason != POSTED_FOUND) continue;
        bool found = row->lot != ROW_NONE && found_by(book, row->lot, operation_row);
        bool whole = old.kind != EVENT_SELL && old.kind != EVENT_PACK &&
                     old.kind != EVENT_RETURN_GOODS && old.kind != EVENT_EXPORT_GOODS;
        if (!found || !whole) return stands_in_the_way(d); // what it settles stays settled
    }
    d->facility = old.facility;
    if (!find_day(d, d->facility)) return false;
    if (d->month != month_of_day(d->day)) object(d, CODE_LATE_ENTRY, "/happened");
    emit_operation(d, old.pool);
    if (stopped(d)) return false;
    bool well = true;
    switch (old.kind) {
    case EVENT_SHIP:
        well = reverse_ship(d, &old, operation_row);
        break;
    case EVENT_RECEIVE:
        well = reverse_receive(d, &old);
        break;
    case EVENT_MEASURE:
        if (operation_restates(book, &old))
            well = restate_back(d, &old) || stands_in_the_way(d);
        else
            well = reverse_measure(d, &old);
        break;
    case EVENT_SELL:
        well = reverse_sell(d, &old);
        break;
    case EVENT_PACK:
        well = reverse_pack(d, &old);
        break;
    case EVENT_RETURN_GOODS:
        well = reverse_return_goods(d, &old, operation_row);
        break;
    case EVENT_EXPORT_GOODS:
        well = reverse_export(d, &old, operation_row);
        break;
    default:
        for (uint32_t i = 0; i < old.flow_count && well && !stopped(d); i++) {
            const FlowRow *flow = flow_at(book, old.first_flow + i);
            if (found_by(book, flow->lot, operation_row)) {
                if (flow->role != FLOW_IN) continue;
                if (old.kind == EVENT_DISCARD)
                    account_contrary(d, old.facility, ACCOUNT_DISCARDED, &flow->content);
                bool first = flow_at(book, old.first_flow + i - 1)->role == FLOW_OUT &&
                             flow_at(book, old.first_flow + i - 1)->lot == flow->lot;
                if (first) well = unfind(d, &old, flow->lot);
            } else if (flow->role == FLOW_OUT) {
                if (old.kind == EVENT_EXTRACT)
                    account_contrary(d, old.facility, ACCOUNT_EXTRACTED, &flow->content);
                if (old.kind == EVENT_IMPORT_GOODS)
                    account_contrary(d, old.facility, ACCOUNT_RECEIVED, &flow->content);
                if (old.kind == EVENT_OPEN)
                    account_contrary(d, old.facility, ACCOUNT_OPENED, &flow->content);
                well = end_made(d, &old, old.first_flow + i);
            } else if (flow->role == FLOW_IN) {
                if (old.kind == EVENT_DISCARD)
                    account_contrary(d, old.facility, ACCOUNT_DISCARDED, &flow->content);
                bool first = true;
                for (uint32_t j = 0; j < i; j++) {
                    const FlowRow *other = flow_at(book, old.first_flow + j);
                    if (other->lot == flow->lot && other->role == FLOW_IN) first = false;
                }
                bool away = old.kind == EVENT_LOSS && was_on_the_road(book, old.first_flow + i);
                if (first) well = give_back(d, &old, old.first_flow + i, away);
            }
        }
        if (well && !stopped(d) && !pool_reverse(d, &old))
            well = stopped(d) ? false : stands_in_the_way(d);
    }
    // A restatement taken back has posted what that changes today.
    if (well && !operation_restates(book, &old)) post_contrary(d, &old);
    return well && !stopped(d);
}

// What an extraction drew of a reserve is given back.
static void restore_reserve(Deciding *d, uint32_t operation_row) {
    const Book *book = d->book;
    const OperationRow *operation = operation_at(book, operation_row);
    if (operation->kind != EVENT_EXTRACT) return;
    if (operation->deposit == ROW_NONE || operation->reserve_mg == 0 || stopped(d)) return;
    effect_begin(d, EFFECT_RESERVE);
    buffer_u32(&d->effects, operation->deposit);
    buffer_i64(&d->effects, -operation->reserve_mg);
    effect_end(d);
}

static void pass_causes(Deciding *d, uint64_t seq, bool to_replacement) {
    const Book *book = d->book;
    for (uint64_t number = seq * 256; number < seq * 256 + 256 && !stopped(d); number++) {
        uint32_t cause = cause_find(book, number);
        if (cause == ROW_NONE) return; // places follow each other
        if (cause_at(book, cause)->status != CAUSE_PENDING &&
            cause_at(book, cause)->status != CAUSE_OPEN)
            continue;
        if (cause_at(book, cause)->code == CODE_DECREASE_WAITS) continue; // on no lot
        if (!to_replacement) {
            if (cause_at(book, cause)->code != CODE_ADVANCE)
                emit_cause_status(d, cause, CAUSE_VOID);
            continue;
        }
        if (d->cause_count == 256) return; // as many as one event can open
        d->causes[d->cause_count] = number;
        d->cause_codes[d->cause_count++] = CODE_NONE;
    }
}

void decide_correct(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint64_t seq = book_event_find(book, e->party, e->corrects);
    if (seq == UINT64_MAX) {
        refuse(d, CODE_UNKNOWN_EVENT, "/corrects");
        return;
    }
    const RecordRow *record = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq);
    // What a correction put in place is reversed as if it had been sent by itself; what it took
    // back is not.
    if (record->operation == ROW_NONE ||
        !is_reversible(operation_at(book, record->operation)->kind)) {
        refuse(d, CODE_NOT_REVERSIBLE, "/corrects");
        return;
    }
    d->reversing = record->operation;
    bool measured_again = record->kind == EVENT_CORRECT &&
                          operation_at(book, record->operation)->kind == EVENT_MEASURE;
    if (record->corrected || measured_again) {
        stands_in_the_way(d);
        return;
    }
    const Event *replacement = e->replacement;
    if (replacement) {
        if (!text_equal(replacement->party, e->party)) {
            refuse(d, CODE_NOT_YOUR_PARTY, "/replacement/party");
            return;
        }
        if (text_equal(replacement->id, e->id) ||
            book_event_find(book, replacement->party, replacement->id) != UINT64_MAX) {
            refuse(d, CODE_ID_REUSED, "/replacement/id");
            return;
        }
        if (replacement->end > d->context->recorded + (Instant)300 * INSTANT_PER_SECOND) {
            refuse(d, CODE_IN_FUTURE, "/replacement/happened");
            return;
        }
        if (replacement->end < replacement->start ||
            replacement->end - replacement->start > 31 * INSTANT_PER_DAY) {
            refuse(d, CODE_SPAN, "/replacement/happened");
            return;
        }
    }
    if (!reverse(d, record->operation)) return;
    restore_reserve(d, record->operation);
    yield_back(d, record->operation);
    effect_begin(d, EFFECT_CORRECTED);
    buffer_u64(&d->effects, seq);
    effect_end(d);
    // Causes that it opened, or got from what it replaced itself, pass to the replacement; without
    // one there is nothing left to hold.
    for (uint64_t from = seq; from != UINT64_MAX;
         from = ROW(book, RecordRow, TABLE_RECORD, (uint32_t)from)->corrects)
        pass_causes(d, from, replacement != NULL);
    if (!replacement || stopped(d)) return;
    effect_begin(d, EFFECT_REPLACEMENT);
    effect_end(d);
    d->event = replacement;
    d->facility = ROW_NONE;
    decide_matter_kind(d);
}
