// Matter that stays what it is and is divided, joined or handed on: split, merge, ship, receive.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

void decide_split(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t lot;
    int64_t left;
    emit_operation(d, ROW_NONE);
    if (!input_find(d, &e->inputs[0], "inputs", 0, &lot, &left)) return;
    Matter *part = scratch_take(d, sizeof *part);
    if (!part) return;
    for (uint32_t i = 0; i < e->output_count && !stopped(d); i++) {
        const Line *line = &e->outputs[i];
        if (!lot_id_is_free(d, line, "parts", i)) return;
        const Lot *at = lot_at(book, lot);
        if (line->net.mg == 0) {
            refuse(d, CODE_NOTHING, "/parts/%u/net", i);
            return;
        }
        if (line->net.mg > lot_left(at)) {
            refuse(d, CODE_NOT_ENOUGH, "/parts/%u/net", i);
            return;
        }
        // Stated, or else as the mass is shared; all pieces go with the last of the mass.
        if (line->count && (line->count > at->pieces ||
                            (line->net.mg == lot_left(at) && line->count != at->pieces))) {
            refuse(d, CODE_NOT_ENOUGH, "/parts/%u/count", i);
            return;
        }
        matter_of_lot(book, at, line->net.mg, part);
        unpack(d, lot);
        emit_take(d, lot, line->net.mg, &part->content);
        if (stopped(d)) return;
        if (line->count) emit_pieces(d, lot, line->count - pieces_taken(book, lot));
        uint32_t made, owner = at->owner;
        emit_lot(d, line->lot, d->facility, part, 0, &made);
        if (stopped(d)) return;
        emit_lot_owner(d, made, owner, false);
        emit_pieces(d, made, -pieces_taken(book, lot));
    }
}

void decide_merge(Deciding *d) {
    const Event *e = d->event;
    Matter *all = scratch_take(d, sizeof *all), *part = scratch_take(d, sizeof *part);
    if (!all || !part) return;
    if (!lot_id_is_free(d, &e->outputs[0], "outputs", 0)) return;
    TermBag bag = {NULL, 0, 0};
    emit_operation(d, ROW_NONE);
    matter_begin(all, ROW_NONE);
    all->content.whole = COMPONENT_MASK;
    all->custody = e->input_count > 1 ? CUSTODY_SEGREGATED : CUSTODY_IDENTITY;
    Owners owners;
    owners_begin(&owners);
    int64_t pieces = 0;
    for (uint32_t i = 0; i < e->input_count; i++) {
        uint32_t lot;
        if (!input_take(d, &e->inputs[i], "inputs", i, false, &lot, part)) return;
        owners_add(&owners, lot_at(d->book, lot)->owner);
        pieces += pieces_taken(d->book, lot);
        if (i == 0) all->material = part->material;
        if (part->material != all->material) {
            refuse(d, CODE_MATERIAL_MIX, "/inputs/%u/lot", i);
            return;
        }
        if (!matter_add(d, all, part) || !bag_add(d, &bag, part->terms, part->term_count)) return;
    }
    if (!bag_fold(d, &bag, all)) return;
    uint32_t made, owner = owners_settle(d, &owners, "inputs");
    emit_lot(d, e->outputs[0].lot, d->facility, all, 0, &made);
    if (stopped(d)) return;
    emit_lot_owner(d, made, owner, false);
    emit_pieces(d, made, -pieces);
}

// Who owns what comes from this consignment: it passes to whom it is handed, unless it was not the
// shipper's to begin with, or the papers say that title stays.
static uint32_t owner_on_receipt(const Book *book, uint32_t consignment, const Lot *sent,
                                 uint32_t receiver) {
    const ConsignmentRow *at = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment);
    return sent->owner == at->from_party && at->title == TITLE_PASSES ? receiver : sent->owner;
}

void emit_consignment_terms(Deciding *d, uint32_t consignment) {
    const Event *e = d->event;
    const ConsignmentRow *at = ROW(d->book, ConsignmentRow, TABLE_CONSIGNMENT, consignment);
    bool says =
        e->title != TITLE_PASSES || e->expected != DAY_LAST || e->carrier.length || e->seal.length;
    bool said = at->title != TITLE_PASSES || at->expected != DAY_LAST || at->carrier != ROW_NONE ||
                at->seal != ROW_NONE;
    if (stopped(d) || (!says && !said)) return;
    effect_begin(d, EFFECT_CONSIGNMENT_TERMS);
    buffer_u32(&d->effects, consignment);
    buffer_u8(&d->effects, (uint8_t)e->title);
    buffer_u32(&d->effects, (uint32_t)e->expected);
    buffer_u8(&d->effects, (uint8_t)e->carrier.length);
    buffer_text(&d->effects, e->carrier);
    buffer_u8(&d->effects, (uint8_t)e->seal.length);
    buffer_text(&d->effects, e->seal);
    effect_end(d);
}

void emit_turned_back(Deciding *d, uint32_t lot, bool back) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_TURNED_BACK);
    buffer_u32(&d->effects, lot);
    buffer_u8(&d->effects, back);
    effect_end(d);
}

static void emit_returns(Deciding *d, uint32_t consignment, uint32_t of) {
    if (stopped(d) || ROW(d->book, ConsignmentRow, TABLE_CONSIGNMENT, consignment)->returns == of)
        return;
    effect_begin(d, EFFECT_RETURNS);
    buffer_u32(&d->effects, consignment);
    buffer_u32(&d->effects, of);
    effect_end(d);
}

void check_provisional(Deciding *d, const Lot *lot, const char *list, uint32_t index) {
    unsigned stage =
        lot->material == ROW_NONE ? STAGE_UNKNOWN : material_at(d->book, lot->material)->stage;
    if (stage < STAGE_ORE_PRODUCT || stage > STAGE_ALLOY) return;
    if (lot->basis >= BASIS_DECLARED)
        object(d, CODE_PROVISIONAL, "/%s/%u/lot", list, index);
    else if (lot->basis == BASIS_CALCULATED)
        object(d, CODE_PROVISIONAL_CALCULATED, "/%s/%u/lot", list, index);
}

void emit_consignment(Deciding *d, Text id, uint32_t party, uint32_t from, uint32_t to,
                      bool shipped) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_CONSIGNMENT);
    buffer_u8(&d->effects, (uint8_t)id.length);
    buffer_text(&d->effects, id);
    buffer_u32(&d->effects, party);
    buffer_u32(&d->effects, from);
    buffer_u32(&d->effects, to);
    buffer_u8(&d->effects, shipped);
    effect_end(d);
}

static void emit_difference(Deciding *d, uint32_t from_facility, uint32_t to_facility,
                            uint32_t from_lot, uint32_t to_lot, Month month, const Matter *sent,
                            const Matter *got) {
    if (stopped(d)) return;
    Term terms[2 * (LOT_TERMS_MAX + 2)];
    uint32_t count = 0, mask = 0;
    int64_t mg[COMPONENT_COUNT];
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        mg[c] = (got ? got->content.mg[c] : 0) - sent->content.mg[c];
        if (mg[c]) mask |= 1u << c;
    }
    for (uint32_t i = 0; i < sent->term_count; i++)
        terms[count++] = sent->terms[i];
    for (uint32_t i = 0; got && i < got->term_count; i++)
        terms[count++] = (Term){got->terms[i].measurement, -got->terms[i].mg};
    effect_begin(d, EFFECT_DIFFERENCE);
    buffer_u32(&d->effects, from_facility);
    buffer_u32(&d->effects, to_facility);
    buffer_u32(&d->effects, from_lot);
    buffer_u32(&d->effects, to_lot);
    buffer_u32(&d->effects, month);
    buffer_i64(&d->effects, (got ? got->net : 0) - sent->net);
    emit_values(d, mask, mg);
    emit_terms(d, terms, count);
    effect_end(d);
}

// Takes `of` of a lot in transit at the shipper's figures: it leaves the shipper's stock now.
static bool leave_transit(Deciding *d, uint32_t row, int64_t of, Matter *sent) {
    const Lot *lot = lot_at(d->book, row);
    uint32_t from = lot->facility;
    matter_of_lot(d->book, lot, of, sent);
    emit_take(d, row, of, &sent->content);
    emit_account(d, from, posting_month_at(d, from), ACCOUNT_SHIPPED, sent->content.stated,
                 sent->content.mg);
    return !stopped(d);
}

bool srd_is_wide(Deciding *d, const Matter *sent, const Matter *got) {
    const Book *book = d->book;
    unsigned sigmas = book->top.flag_sigma;
    uint32_t open = (uint32_t)(sent->content.stated & got->content.stated);
    int64_t differences[COMPONENT_COUNT]; // of two masses, none of which is negative
    for (uint32_t m = open; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        differences[c] = got->content.mg[c] - sent->content.mg[c];
    }
    open = beyond_one_error(book, open, differences, sigmas, got->terms, got->term_count);
    open = beyond_one_error(book, open, differences, sigmas, sent->terms, sent->term_count);
    if (!open) return false;
    Variance variance;
    variance_begin(&variance);
    if (!variance_add(d, &variance, sent->terms, sent->term_count, 1, open) ||
        !variance_add(d, &variance, got->terms, got->term_count, -1, open))
        return false;
    uint32_t flag = sigmas * sigmas;
    for (uint32_t m = open; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        i128 difference = differences[c];
        u128 ug = (u128)(difference < 0 ? -difference : difference) * 1000;
        if (u128_square_exceeds(ug, flag, variance_of(&variance, c))) return true;
    }
    return false;
}

// Pairs a receipt that came before its shipment: the receiver's lot stands, the shipper's matter
// leaves.
static void pair(Deciding *d, uint32_t unmatched_row, uint32_t lot_row, uint32_t line, Matter *sent,
                 Matter *got) {
    const Book *book = d->book;
    const UnmatchedRow *unmatched = ROW(book, UnmatchedRow, TABLE_UNMATCHED, unmatched_row);
    const Lot *lot = lot_at(book, lot_row), *received = lot_at(book, unmatched->lot);
    uint32_t from = lot->facility;
    int64_t of = unmatched->has_of && unmatched->of < lot_left(lot) ? unmatched->of : lot_left(lot);
    bool last = unmatched->final_line, whole = of == lot_left(lot);
    if (!whole) unpack(d, lot_row);
    if (!leave_transit(d, lot_row, of, sent)) return;
    if (received->state == LOT_HERE && !(received->flags & LOT_TAKEN)) {
        emit_pieces(d, unmatched->lot, -pieces_taken(book, lot_row));
        if (whole && received->packing == ROW_NONE) pack_along(d, unmatched->lot, lot->packing);
    }
    matter_begin(got, received->material);
    got->net = received->born_net;
    content_load(book, &received->born, &got->content);
    for (uint32_t i = 0; i < unmatched->term_count; i++) {
        const TermRow *term = ROW(book, TermRow, TABLE_TERM, unmatched->terms + i);
        got->terms[got->term_count++] = (Term){term->measurement, term->mg};
    }
    emit_difference(d, from, unmatched->facility, lot_row, unmatched->lot,
                    posting_month_at(d, unmatched->facility), sent, got);
    if (!stopped(d) && srd_is_wide(d, sent, got)) object(d, CODE_SRD, "/lots/%u/lot", line);
    // The receipt took it for the receiver's; what is left of it is whose the papers say.
    uint32_t owner = owner_on_receipt(book, lot->consignment, lot, received->party);
    if (received->state != LOT_ENDED && received->owner == received->party)
        emit_lot_owner(d, unmatched->lot, owner, false);
    if (last && lot_left(lot) > 0) {
        if (!leave_transit(d, lot_row, lot_left(lot), sent)) return;
        emit_difference(d, from, unmatched->facility, lot_row, ROW_NONE,
                        posting_month_at(d, unmatched->facility), sent, NULL);
    }
    effect_begin(d, EFFECT_PAIRED);
    buffer_u32(&d->effects, unmatched_row);
    effect_end(d);
}

// Pairs what of the consignment came before it was shipped, once all that the shipment opens is
// known: goods that are held hold what was made of them, whoever was faster.
static void pair_all(Deciding *d, uint32_t consignment, Matter *sent, Matter *got) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t count = 0, paired = 0;
    uint32_t first = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment)->first_unmatched;
    for (uint32_t u = first; u != ROW_NONE; u = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u)->next)
        count++;
    uint32_t *rows = scratch_take(d, count * sizeof *rows + 1);
    uint32_t *lots = scratch_take(d, count * sizeof *lots + 1);
    uint32_t *waiting = scratch_take(d, count * sizeof *waiting + 1);
    if (!rows || !lots || !waiting) return;
    // The list begins with the last; goods go to whoever recorded them first.
    uint32_t place = count;
    for (uint32_t u = first; u != ROW_NONE; u = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u)->next)
        waiting[--place] = u;
    for (uint32_t i = 0; i < e->input_count; i++) {
        uint32_t row = intern_find(book->lot_ids, e->inputs[i].lot);
        for (uint32_t k = 0; k < count && row != ROW_NONE && !stopped(d); k++) {
            uint32_t u = waiting[k];
            const UnmatchedRow *unmatched = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u);
            if (!unmatched->paired &&
                text_equal(text_get(book, unmatched->from_lot), e->inputs[i].lot) &&
                lot_at(book, row)->state == LOT_TRANSIT &&
                lot_at(book, row)->consignment == consignment) {
                rows[paired] = u;
                lots[paired++] = row;
                pair(d, u, row, i, sent, got);
            }
        }
    }
    for (uint32_t i = 0; i < paired && !stopped(d); i++) {
        uint32_t cause = ROW(book, UnmatchedRow, TABLE_UNMATCHED, rows[i])->cause;
        bool held = set_is_open(book, set_with_own(d, lot_at(book, lots[i])->set));
        emit_cause_status(d, cause, held ? CAUSE_OPEN : CAUSE_VOID);
    }
}

bool consignment_is_free(Deciding *d, Text id, const char *where) {
    Text before, local;
    if (!text_split(id, ':', &before, &local) || !text_equal(before, d->event->party))
        return refuse(d, CODE_FOREIGN_ID, "%s", where);
    uint32_t row = intern_find(d->book->consignment_ids, id);
    const ConsignmentRow *at =
        row == ROW_NONE ? NULL : ROW(d->book, ConsignmentRow, TABLE_CONSIGNMENT, row);
    if (at && (at->shipped || at->declaration != ROW_NONE))
        return refuse(d, CODE_EXISTS, "%s", where);
    return true;
}

// Whole lots leave in the consignment `id`: to a facility, or to somebody outside (`to` ROW_NONE).
// `returns` is the consignment whose goods they bring back, or ROW_NONE.
static void ship_lots(Deciding *d, Text id, uint32_t to, uint32_t returns) {
    const Event *e = d->event;
    const Book *book = d->book;
    bool outside = to == ROW_NONE;
    Matter *sent = scratch_take(d, sizeof *sent), *got = scratch_take(d, sizeof *got);
    if (!sent || !got) return;
    emit_operation(d, ROW_NONE);
    emit_consignment(d, id, d->party, d->facility, to, true);
    if (stopped(d)) return;
    uint32_t consignment = intern_find(book->consignment_ids, id);
    emit_consignment_terms(d, consignment);
    emit_returns(d, consignment, returns);
    bool to_other = outside || facility_latest(book, to)->holder != d->party;
    for (uint32_t i = 0; i < e->input_count && !stopped(d); i++) {
        const Line *line = &e->inputs[i];
        uint32_t row;
        int64_t net;
        if (!input_find(d, line, "lots", i, &row, &net)) return;
        const Lot *lot = lot_at(book, row);
        bool found = (lot->flags & LOT_FOUND) &&
                     flow_at(book, lot->first_flow)->operation == d->applying.operation;
        if (net != lot_left(lot)) {
            refuse(d, CODE_NOT_ENOUGH, "/lots/%u/net", i);
            return;
        }
        if (!found && lot_is_held(book, lot)) object(d, CODE_HELD_MOVED, "/lots/%u/lot", i);
        unsigned stage =
            lot->material == ROW_NONE ? STAGE_UNKNOWN : material_at(book, lot->material)->stage;
        if (to_other && returns == ROW_NONE) check_provisional(d, lot, "lots", i);
        affect(d, row);
        if (outside) {
            if (is_ore_to_alloy(stage)) object(d, CODE_OUTSIDE_REGULATED, "/lots/%u/lot", i);
            matter_of_lot(book, lot, net, sent);
            emit_take(d, row, net, &sent->content);
            emit_account(d, d->facility, d->month, ACCOUNT_SHIPPED, sent->content.stated,
                         sent->content.mg);
            continue;
        }
        emit_lot_place(d, row, d->facility, consignment, LOT_TRANSIT);
        if (stopped(d)) return;
        effect_begin(d, EFFECT_CONSIGNED);
        buffer_u32(&d->effects, consignment);
        buffer_u32(&d->effects, row);
        effect_end(d);
    }
    if (!outside && !stopped(d)) pair_all(d, consignment, sent, got);
}

void decide_ship(Deciding *d) {
    const Event *e = d->event;
    uint32_t to = ROW_NONE;
    if (!consignment_is_free(d, e->consignment, "/consignment")) return;
    if (e->outside == OUTSIDE_NONE) {
        to = intern_find(d->book->facility_ids, e->destination);
        if (!facility_latest(d->book, to)) {
            refuse(d, CODE_UNKNOWN_FACILITY, "/to");
            return;
        }
    }
    ship_lots(d, e->consignment, to, ROW_NONE);
}

// The lot, or what it was cut from, was received in this consignment.
static bool came_in(const Book *book, uint32_t row, uint32_t consignment) {
    const ConsignmentRow *at = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment);
    const Lot *lot = lot_at(book, row);
    const OperationRow *operation = operation_at(book, lot->operation);
    while (operation->kind == EVENT_SPLIT || operation->kind == EVENT_SELL) {
        // A split's parts follow the takes from its one lot, a sold part the take it comes of.
        uint32_t from = lot->first_flow;
        while (flow_at(book, from)->role != FLOW_IN)
            from--;
        row = flow_at(book, from)->lot;
        lot = lot_at(book, row);
        operation = operation_at(book, lot->operation);
    }
    for (uint32_t u = at->first_unmatched; u != ROW_NONE;
         u = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u)->next)
        if (ROW(book, UnmatchedRow, TABLE_UNMATCHED, u)->lot == row) return true;
    for (uint32_t i = 0; i < operation->difference_count; i++) {
        const DifferenceRow *difference =
            ROW(book, DifferenceRow, TABLE_DIFFERENCE, operation->first_difference + i);
        if (difference->to_lot != row) continue;
        for (uint32_t l = at->first_line; l != ROW_NONE;
             l = ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, l)->next)
            if (ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, l)->lot == difference->from_lot)
                return true;
    }
    return false;
}

// What was never taken in turns back at the gate, and stays the shipper's.
static void turn_back(Deciding *d, uint32_t consignment) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment)->to_facility != d->facility) {
        refuse(d, CODE_CONSIGNMENT_CLOSED, "/consignment");
        return;
    }
    emit_operation(d, ROW_NONE);
    for (uint32_t i = 0; i < e->input_count && !stopped(d); i++) {
        uint32_t row = intern_find(book->lot_ids, e->inputs[i].lot);
        const Lot *lot = row == ROW_NONE ? NULL : lot_at(book, row);
        if (!lot || lot->state != LOT_TRANSIT || lot->consignment != consignment ||
            lot->turned_back) {
            refuse(d, CODE_CONSIGNMENT_CLOSED, "/lots/%u/lot", i);
            return;
        }
        emit_turned_back(d, row, true);
        affect(d, row);
    }
}

void decide_return_goods(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t consignment = intern_find(book->consignment_ids, e->consignment);
    if (consignment == ROW_NONE ||
        !ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment)->shipped) {
        refuse(d, CODE_CONSIGNMENT_CLOSED, "/consignment");
        return;
    }
    if (text_is_empty(e->back)) {
        turn_back(d, consignment);
        return;
    }
    if (!consignment_is_free(d, e->back, "/back")) return;
    for (uint32_t i = 0; i < e->input_count; i++) {
        uint32_t row = intern_find(book->lot_ids, e->inputs[i].lot);
        if (row != ROW_NONE && lot_at(book, row)->party == d->party &&
            !came_in(book, row, consignment)) {
            refuse(d, CODE_NOT_RECEIVED, "/lots/%u/lot", i);
            return;
        }
    }
    ship_lots(d, e->back, ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment)->from_facility,
              consignment);
}

bool recycler_takes_ore(Deciding *d, unsigned stage) {
    return (stage == STAGE_ORE || stage == STAGE_ORE_PRODUCT) &&
           facility_does(d, d->facility, ACTIVITY_RECYCLING) &&
           !facility_does(d, d->facility, ACTIVITY_SEPARATION) &&
           !facility_does(d, d->facility, ACTIVITY_MINING);
}

// What of the matter is not recycled yet becomes so (B27).
static bool becomes_recycled(Deciding *d, Matter *matter, RecycledKind kind) {
    Facet *pre = facet_in(&matter->facets, FACET_RECYCLED, RECYCLED_PRE_CONSUMER),
          *post = facet_in(&matter->facets, FACET_RECYCLED, RECYCLED_POST_CONSUMER);
    if (!pre || !post) return refuse(d, CODE_TOO_LARGE, "/lines");
    Facet *of_kind = kind == RECYCLED_PRE_CONSUMER ? pre : post;
    for (uint64_t m = matter->content.stated; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        int64_t primary = matter->content.mg[c] - pre->mg[c] - post->mg[c];
        if (primary > 0) of_kind->mg[c] += primary;
    }
    return true;
}

// Scrap that has come from another facility is pre-consumer; what it held already stays what it
// was.
static bool scrap_arrives(Deciding *d, Matter *matter) {
    unsigned stage = matter->material == ROW_NONE ? STAGE_UNKNOWN
                                                  : material_at(d->book, matter->material)->stage;
    return stage != STAGE_SCRAP || becomes_recycled(d, matter, RECYCLED_PRE_CONSUMER);
}

static void receive_outside(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    Matter *matter = scratch_take(d, sizeof *matter);
    if (!matter) return;
    emit_operation(d, ROW_NONE);
    for (uint32_t i = 0; i < e->output_count && !stopped(d); i++) {
        const Line *line = &e->outputs[i];
        uint32_t material, lot;
        if (!material_of_line(d, line, "lines", i, &material)) return;
        unsigned stage = material_at(book, material)->stage;
        if ((e->outside == OUTSIDE_POST_CONSUMER || e->outside == OUTSIDE_PRODUCTION_SCRAP) &&
            stage != STAGE_SCRAP && stage != STAGE_ARTICLE && stage != STAGE_RESIDUE &&
            !is_ore_to_alloy(stage)) {
            refuse(d, CODE_STAGE, "/lines/%u/material", i);
            return;
        }
        if (!matter_of_line(d, line, material, "lines", i, matter)) return;
        matter->custody = line->custody == CUSTODY_UNSTATED ? CUSTODY_IDENTITY : line->custody;
        unsigned class_of_ore = material_at(book, material)->class_of_ore;
        if (stage == STAGE_ORE_PRODUCT &&
            (class_of_ore == CLASS_ROCK || class_of_ore == CLASS_ION)) {
            Facet *facet = facet_in(&matter->facets, FACET_UNDRAWN, class_of_ore);
            memcpy(facet->mg, matter->content.mg, sizeof facet->mg);
        }
        if (e->outside == OUTSIDE_PRODUCTION_SCRAP &&
            !becomes_recycled(d, matter, RECYCLED_PRE_CONSUMER))
            return;
        if (e->outside == OUTSIDE_POST_CONSUMER &&
            !becomes_recycled(d, matter, RECYCLED_POST_CONSUMER))
            return;
        emit_account(d, d->facility, d->month, ACCOUNT_RECEIVED, matter->content.stated,
                     matter->content.mg);
        bool settled;
        if (!settle_output(d, line, "lines", i, matter, &settled)) return;
        if (is_ore_to_alloy(stage)) object(d, CODE_OUTSIDE_REGULATED, "/lines/%u/material", i);
        if (recycler_takes_ore(d, stage)) object(d, CODE_RECYCLER_ORE, "/lines/%u/material", i);
        if (!settled) emit_lot(d, line->lot, d->facility, matter, 0, &lot);
    }
}

static void receive_unmatched(Deciding *d, uint32_t party) {
    const Event *e = d->event;
    const Book *book = d->book;
    Matter *matter = scratch_take(d, sizeof *matter);
    if (!matter) return;
    emit_operation(d, ROW_NONE);
    uint32_t consignment = intern_find(book->consignment_ids, e->consignment);
    if (consignment == ROW_NONE)
        emit_consignment(d, e->consignment, party, ROW_NONE, ROW_NONE, false);
    uint64_t cause = CAUSE_NONE;
    for (uint32_t i = 0; i < e->output_count && !stopped(d); i++) {
        const Line *line = &e->outputs[i];
        if (text_is_empty(line->material) || !line->has_net) {
            refuse(d, CODE_CONSIGNMENT_CLOSED, "/lines/%u", i);
            return;
        }
        uint32_t material, lot;
        if (!material_of_line(d, line, "lines", i, &material) ||
            !lot_id_is_free(d, line, "lines", i))
            return;
        unsigned stage = material_at(book, material)->stage;
        if (!matter_of_line(d, line, material, "lines", i, matter)) return;
        matter->custody = line->custody == CUSTODY_UNSTATED ? CUSTODY_SEGREGATED : line->custody;
        unsigned class_of_ore = material_at(book, material)->class_of_ore;
        if (stage == STAGE_ORE_PRODUCT &&
            (class_of_ore == CLASS_ROCK || class_of_ore == CLASS_ION)) {
            Facet *facet = facet_in(&matter->facets, FACET_UNDRAWN, class_of_ore);
            memcpy(facet->mg, matter->content.mg, sizeof facet->mg);
        }
        if (!scrap_arrives(d, matter)) return;
        emit_account(d, d->facility, d->month, ACCOUNT_RECEIVED, matter->content.stated,
                     matter->content.mg);
        if (cause == CAUSE_NONE && !stopped(d)) cause = cause_pending(d, CODE_UNMATCHED);
        object(d, CODE_UNMATCHED, "/consignment");
        if (recycler_takes_ore(d, stage)) object(d, CODE_RECYCLER_ORE, "/lines/%u/material", i);
        emit_lot(d, line->lot, d->facility, matter, LOT_UNMATCHED, &lot);
        if (stopped(d)) return;
        effect_begin(d, EFFECT_UNMATCHED);
        buffer_u32(&d->effects, intern_find(book->consignment_ids, e->consignment));
        buffer_u8(&d->effects, (uint8_t)line->from_lot.length);
        buffer_text(&d->effects, line->from_lot);
        buffer_u32(&d->effects, lot);
        buffer_u32(&d->effects, d->facility);
        buffer_u32(&d->effects, d->month);
        buffer_u64(&d->effects, cause);
        buffer_u8(&d->effects, line->has_of);
        buffer_u8(&d->effects, line->final_line);
        buffer_i64(&d->effects, line->of.mg);
        effect_end(d);
    }
}

static void receive_shipped(Deciding *d, uint32_t consignment) {
    const Event *e = d->event;
    const Book *book = d->book;
    Matter *sent = scratch_take(d, sizeof *sent), *got = scratch_take(d, sizeof *got);
    if (!sent || !got) return;
    const ConsignmentRow *shipment = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment);
    if (shipment->declaration != ROW_NONE) { // on its way abroad
        refuse(d, CODE_CONSIGNMENT_CLOSED, "/consignment");
        return;
    }
    if (e->seal.length && shipment->seal != ROW_NONE &&
        !text_equal(e->seal, text_get(book, shipment->seal)))
        object(d, CODE_SEAL_BROKEN, "/seal");
    emit_operation(d, ROW_NONE);
    for (uint32_t i = 0; i < e->output_count && !stopped(d); i++) {
        const Line *line = &e->outputs[i];
        uint32_t row = intern_find(book->lot_ids, line->from_lot);
        const Lot *lot = row == ROW_NONE ? NULL : lot_at(book, row);
        if (!lot || lot->state != LOT_TRANSIT || lot->consignment != consignment) {
            refuse(d, CODE_CONSIGNMENT_CLOSED, "/lines/%u/from_lot", i);
            return;
        }
        if (d->facility != (lot->turned_back ? lot->facility : shipment->to_facility))
            object(d, CODE_WRONG_DESTINATION, "/consignment");
        if (!lot_id_is_free(d, line, "lines", i)) return;
        int64_t of = line->has_of ? line->of.mg : lot_left(lot);
        if (of == 0) {
            refuse(d, CODE_NOTHING, "/lines/%u/of", i);
            return;
        }
        if (of > lot_left(lot)) {
            refuse(d, CODE_NOT_ENOUGH, "/lines/%u/of", i);
            return;
        }
        uint32_t from = lot->facility;
        uint32_t material = lot->material;
        if (!text_is_empty(line->material) && !material_of_line(d, line, "lines", i, &material))
            return;
        if (material != lot->material) {
            refuse(d, CODE_MATERIAL_MIX, "/lines/%u/material", i);
            return;
        }
        bool whole = of == lot_left(lot);
        if (!whole) unpack(d, row);
        if (!leave_transit(d, row, of, sent)) return;
        int64_t pieces = pieces_taken(book, row);
        char where[WHERE_BYTES_MAX] = "/lines/";
        size_t length = sizeof "/lines/" - 1;
        unsigned place = 1;
        while (i / place > 9)
            place *= 10;
        for (; place > 0; place /= 10)
            where[length++] = (char)('0' + i / place % 10);
        where[length] = 0;
        if (!matter_measure(d, sent, line, where, got)) return;
        if (line->custody != CUSTODY_UNSTATED && line->custody > got->custody)
            got->custody = line->custody;
        if (!scrap_arrives(d, got)) return;
        emit_account(d, d->facility, d->month, ACCOUNT_RECEIVED, got->content.stated,
                     got->content.mg);
        uint32_t made, owner = owner_on_receipt(book, consignment, lot, d->party);
        emit_lot(d, line->lot, d->facility, got, 0, &made);
        if (stopped(d)) return;
        emit_lot_owner(d, made, owner, false);
        emit_pieces(d, made, -pieces);
        if (whole) pack_along(d, made, lot->packing);
        emit_difference(d, from, d->facility, row, made, d->month, sent, got);
        if (stopped(d)) return;
        bool measured = line->has_net || line->has_moisture || line->composition;
        if (measured && srd_is_wide(d, sent, got)) object(d, CODE_SRD, "/lines/%u", i);
        if (line->final_line && lot_left(lot) > 0) {
            if (!leave_transit(d, row, lot_left(lot), sent)) return;
            emit_difference(d, from, d->facility, row, ROW_NONE, d->month, sent, NULL);
        }
        unsigned stage =
            got->material == ROW_NONE ? STAGE_UNKNOWN : material_at(book, got->material)->stage;
        if (recycler_takes_ore(d, stage)) object(d, CODE_RECYCLER_ORE, "/lines/%u/from_lot", i);
    }
}

void decide_receive(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (e->outside != OUTSIDE_NONE) {
        receive_outside(d);
        return;
    }
    uint32_t party = intern_find(book->party_ids, e->from_party);
    if (!party_latest(book, party)) {
        refuse(d, CODE_UNKNOWN_PARTY, "/from");
        return;
    }
    uint32_t consignment = intern_find(book->consignment_ids, e->consignment);
    Text before, local;
    if (!text_split(e->consignment, ':', &before, &local) || !text_equal(before, e->from_party)) {
        refuse(d, CODE_FOREIGN_ID, "/consignment");
        return;
    }
    bool shipped = consignment != ROW_NONE &&
                   ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment)->shipped;
    if (shipped)
        receive_shipped(d, consignment);
    else
        receive_unmatched(d, party);
}
