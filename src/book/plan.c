// What instruments allot: drafts, opinions on them, adoption, passing down (docs/book.md, "Quota").
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static Holder holder_find(const Book *book, Text text) {
    uint32_t party = intern_find(book->party_ids, text);
    if (party_latest(book, party)) return party;
    uint32_t facility = intern_find(book->facility_ids, text);
    return facility_latest(book, facility) ? (HOLDER_FACILITY | facility) : ROW_NONE;
}

static bool named_before(Deciding *d, Holder holder) {
    const Event *e = d->event;
    uint32_t node = node_find(d->book, holder, e->ledger, e->class_of_ore, e->year);
    return node != ROW_NONE && node_at(d->book, node)->named;
}

// What a draft and an instrument must both be.
static bool plan_coheres(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    for (uint32_t i = 0; i < e->include_count; i++) {
        uint32_t row = intern_find(book->instrument_ids, e->includes[i]);
        if (row == ROW_NONE) return refuse(d, CODE_UNKNOWN_INSTRUMENT, "/includes/%u", i);
        const InstrumentRow *instrument = ROW(book, InstrumentRow, TABLE_INSTRUMENT, row);
        if (instrument->year != e->year || instrument->ledger != e->ledger ||
            instrument->class_of_ore != e->class_of_ore)
            return refuse(d, CODE_UNKNOWN_INSTRUMENT, "/includes/%u", i);
    }
    Holder *holders = arena_take_zero(d->scratch, e->allotment_count + 1, sizeof *holders);
    i128 *children = arena_take_zero(d->scratch, e->allotment_count + 1, sizeof *children);
    if (!holders || !children) return fail_memory(d);
    for (uint32_t i = 0; i < e->allotment_count; i++) {
        holders[i] = holder_find(book, e->allotments[i].holder);
        if (holders[i] == ROW_NONE) return refuse(d, CODE_UNKNOWN_PARTY, "/allot/%u/holder", i);
    }
    for (uint32_t i = 0; i < e->allotment_count; i++) {
        const Allotment *allotment = &e->allotments[i];
        for (uint32_t j = 0; j < i; j++)
            if (holders[j] == holders[i]) return refuse(d, CODE_INCOHERENT, "/allot/%u/holder", i);
        bool nation = holders[i] == book->top.authority;
        if (text_is_empty(allotment->under)) {
            if (!nation) return refuse(d, CODE_INCOHERENT, "/allot/%u/under", i);
            continue;
        }
        if (nation) return refuse(d, CODE_INCOHERENT, "/allot/%u/under", i);
        Holder under = holder_find(book, allotment->under);
        bool known = under == book->top.authority;
        for (uint32_t j = 0; j < e->allotment_count; j++) {
            if (holders[j] != under) continue;
            known |= j < i;
            children[j] += allotment->reo.mg;
        }
        if (under == ROW_NONE || (!known && !named_before(d, under)))
            return refuse(d, CODE_INCOHERENT, "/allot/%u/under", i);
    }
    for (uint32_t i = 0; i < e->allotment_count; i++)
        if (children[i] > e->allotments[i].reo.mg)
            return refuse(d, CODE_INCOHERENT, "/allot/%u/reo", i);
    return true;
}

static void emit_allot(Deciding *d, Holder holder, Holder under, bool named, int64_t delta) {
    if (stopped(d)) return;
    const Event *e = d->event;
    effect_begin(d, EFFECT_ALLOT);
    buffer_u32(&d->effects, holder);
    buffer_u32(&d->effects, under);
    buffer_u8(&d->effects, (uint8_t)e->ledger);
    buffer_u8(&d->effects, (uint8_t)e->class_of_ore);
    buffer_u8(&d->effects, named);
    buffer_u16(&d->effects, (uint16_t)e->year);
    buffer_i64(&d->effects, delta);
    effect_end(d);
}

static bool is_at_or_under(Deciding *d, Holder holder, Holder top) {
    Holder levels[LEVELS_MAX];
    const Event *e = d->event;
    uint32_t count =
        quota_levels(d->book, holder, e->ledger, e->class_of_ore, e->year, d->day, levels);
    for (uint32_t i = 0; i < count; i++)
        if (levels[i] == top) return true;
    return false;
}

static void plan_allot(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    // What the included instruments gave to every holder at or under the nodes named here is taken
    // away, by the tree as it was.
    for (uint32_t row = 0; e->include_count && row < book_count(book, TABLE_ALLOTMENT); row++) {
        const AllotmentRow *old = ROW(book, AllotmentRow, TABLE_ALLOTMENT, row);
        if (old->replaced) continue;
        bool included = false;
        for (uint32_t i = 0; i < e->include_count; i++)
            included |= intern_find(book->instrument_ids, e->includes[i]) == old->instrument;
        if (!included) continue;
        bool under = false;
        for (uint32_t i = 0; i < e->allotment_count && !under; i++)
            under = is_at_or_under(d, old->holder, holder_find(book, e->allotments[i].holder));
        if (!under) continue;
        effect_begin(d, EFFECT_ALLOT_REPLACED);
        buffer_u32(&d->effects, row);
        effect_end(d);
        emit_allot(d, old->holder, ROW_NONE, false, -old->mg);
        if (stopped(d)) return;
    }
    for (uint32_t i = 0; i < e->allotment_count && !stopped(d); i++) {
        const Allotment *allotment = &e->allotments[i];
        Holder holder = holder_find(book, allotment->holder);
        Holder under =
            text_is_empty(allotment->under) ? ROW_NONE : holder_find(book, allotment->under);
        uint32_t node = node_find(book, holder, e->ledger, e->class_of_ore, e->year);
        bool first = node == ROW_NONE || !node_at(book, node)->named;
        emit_allot(d, holder, under, true, allotment->reo.mg);
        if (stopped(d) || !first) continue;
        // The year's first instrument settles the advance.
        node = node_find(book, holder, e->ledger, e->class_of_ore, e->year);
        uint32_t cause = node_at(book, node)->advance_cause;
        if (cause != ROW_NONE && (cause_at(book, cause)->status == CAUSE_PENDING ||
                                  cause_at(book, cause)->status == CAUSE_OPEN))
            emit_cause_status(d, cause, CAUSE_VOID);
    }
}

// --- drafts and opinions ------------------------------------------------------------------------

static bool is_for(const Event *e, int year, unsigned ledger, unsigned class_of_ore) {
    return year == e->year && ledger == e->ledger && class_of_ore == e->class_of_ore;
}

static bool plan_draft_check(Deciding *d) {
    if (intern_find(d->book->draft_ids, d->event->subject) != ROW_NONE)
        return refuse(d, CODE_EXISTS, "/draft");
    return plan_coheres(d);
}

// A draft that is for the regulator alone, or names others only, is not there for a party.
static bool draft_is_known(const Deciding *d, const DraftRow *draft) {
    const Book *book = d->book;
    if (d->by_authority || draft->visibility == VISIBLE_PUBLIC) return true;
    if (draft->visibility == VISIBLE_REGULATOR) return false;
    for (uint32_t i = 0; i < draft->count; i++) {
        Holder holder = ROW(book, AllotmentRow, TABLE_DRAFT_ALLOTMENT, draft->first + i)->holder;
        const FacilityVersion *facility =
            holder & HOLDER_FACILITY ? facility_latest(book, holder & ~HOLDER_FACILITY) : NULL;
        if (holder == d->party || (facility && facility->holder == d->party)) return true;
    }
    return false;
}

static bool is_late(const Deciding *d, const DraftRow *draft) {
    return d->day > draft->until || draft->instrument != ROW_NONE;
}

static bool plan_opinion_check(Deciding *d) {
    const Book *book = d->book;
    uint32_t row = intern_find(book->draft_ids, d->event->subject);
    const DraftRow *draft = row == ROW_NONE ? NULL : ROW(book, DraftRow, TABLE_DRAFT, row);
    if (!draft || !draft_is_known(d, draft)) return refuse(d, CODE_UNKNOWN_DRAFT, "/draft");
    if (is_late(d, draft)) object(d, CODE_OPINION_LATE, "/happened");
    return !stopped(d);
}

// --- adoption -----------------------------------------------------------------------------------

// R25, R31: a group passes down what the authority allotted to it with a deadline; the power goes
// no further down.
static const InstrumentRow *passes_down(const Deciding *d) {
    const Book *book = d->book;
    const Event *e = d->event;
    uint32_t node = node_find(book, d->party, e->ledger, e->class_of_ore, e->year);
    if (node == ROW_NONE) return NULL;
    for (uint32_t a = node_at(book, node)->last_allotment; a != ROW_NONE;) {
        const AllotmentRow *allotment = ROW(book, AllotmentRow, TABLE_ALLOTMENT, a);
        const InstrumentRow *instrument =
            ROW(book, InstrumentRow, TABLE_INSTRUMENT, allotment->instrument);
        if (!allotment->replaced && instrument->pass_down &&
            instrument->issuer == book->top.authority)
            return instrument;
        a = allotment->previous;
    }
    return NULL;
}

static bool is_included(const Deciding *d, uint32_t instrument) {
    for (uint32_t i = 0; i < d->event->include_count; i++)
        if (intern_find(d->book->instrument_ids, d->event->includes[i]) == instrument) return true;
    return false;
}

// What stands allotted to the holders under one, apart from what this instrument replaces.
static i128 children_of(Deciding *d, Holder parent) {
    const Book *book = d->book;
    const Event *e = d->event;
    i128 sum = 0;
    for (uint32_t row = 0; row < book_count(book, TABLE_ALLOTMENT); row++) {
        const AllotmentRow *allotment = ROW(book, AllotmentRow, TABLE_ALLOTMENT, row);
        const InstrumentRow *instrument =
            ROW(book, InstrumentRow, TABLE_INSTRUMENT, allotment->instrument);
        if (allotment->under != parent || allotment->replaced ||
            !is_for(e, instrument->year, instrument->ledger, instrument->class_of_ore))
            continue;
        bool goes = false;
        for (uint32_t i = 0; is_included(d, allotment->instrument) && i < e->allotment_count; i++)
            goes |=
                is_at_or_under(d, allotment->holder, holder_find(book, e->allotments[i].holder));
        if (!goes) sum += allotment->mg;
    }
    return sum;
}

static bool group_check(Deciding *d) {
    const Book *book = d->book;
    const Event *e = d->event;
    const PartyVersion *group = party_version(book, d->party, d->day);
    if (!group || !(group->roles & PARTY_GROUP)) return refuse(d, CODE_AUTHORITY_ONLY, "/party");
    const InstrumentRow *above = passes_down(d);
    if (!above) return refuse(d, CODE_NOT_PASSED_DOWN, "/party");
    if (e->pass_down) return refuse(d, CODE_INCOHERENT, "/pass_down");
    for (uint32_t i = 0; i < e->include_count; i++) {
        uint32_t row = intern_find(book->instrument_ids, e->includes[i]);
        if (row != ROW_NONE && ROW(book, InstrumentRow, TABLE_INSTRUMENT, row)->issuer != d->party)
            return refuse(d, CODE_UNKNOWN_INSTRUMENT, "/includes/%u", i);
    }
    i128 sum = 0;
    for (uint32_t i = 0; i < e->allotment_count; i++) {
        Holder holder = holder_find(book, e->allotments[i].holder);
        if (holder == ROW_NONE) return refuse(d, CODE_UNKNOWN_PARTY, "/allot/%u/holder", i);
        if (!text_equal(e->allotments[i].under, e->party))
            return refuse(d, CODE_INCOHERENT, "/allot/%u/under", i);
        uint32_t party = holder;
        if (holder & HOLDER_FACILITY) {
            const FacilityVersion *facility =
                facility_version(book, holder & ~HOLDER_FACILITY, d->day);
            party = facility ? facility->holder : ROW_NONE;
        }
        const PartyVersion *version = party_version(book, party, d->day);
        if (!version || version->group != d->party)
            return refuse(d, CODE_INCOHERENT, "/allot/%u/holder", i);
        sum += e->allotments[i].reo.mg;
    }
    uint32_t node = node_find(book, d->party, e->ledger, e->class_of_ore, e->year);
    if (sum + children_of(d, d->party) > node_at(book, node)->allotted_mg)
        return refuse(d, CODE_INCOHERENT, "/allot");
    if (d->day > above->pass_down) object(d, CODE_PASSED_DOWN_LATE, "/happened");
    return !stopped(d);
}

// A holder stands in the tree once: with quota by two ways its draws would be counted by one of
// them alone, and what the other gave could be drawn a second time above it.
static bool ways_check(Deciding *d) {
    const Book *book = d->book;
    const Event *e = d->event;
    for (uint32_t i = 0; i < e->allotment_count; i++) {
        Holder holder = holder_find(book, e->allotments[i].holder);
        Holder under = text_is_empty(e->allotments[i].under)
                           ? ROW_NONE
                           : holder_find(book, e->allotments[i].under);
        uint32_t node = node_find(book, holder, e->ledger, e->class_of_ore, e->year);
        uint32_t a = node == ROW_NONE ? ROW_NONE : node_at(book, node)->last_allotment;
        while (a != ROW_NONE) {
            const AllotmentRow *allotment = ROW(book, AllotmentRow, TABLE_ALLOTMENT, a);
            if (!allotment->replaced && allotment->mg > 0 && allotment->under != under &&
                !is_included(d, allotment->instrument))
                return refuse(d, CODE_TWO_WAYS, "/allot/%u/under", i);
            a = allotment->previous;
        }
    }
    return true;
}

static bool plan_check(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (intern_find(book->instrument_ids, e->subject) != ROW_NONE)
        return refuse(d, CODE_EXISTS, "/instrument");
    if (!d->by_authority && !group_check(d)) return false;
    if (!plan_coheres(d) || !ways_check(d)) return false;
    if (text_is_empty(e->draft)) return true;
    uint32_t row = intern_find(book->draft_ids, e->draft);
    const DraftRow *draft = row == ROW_NONE ? NULL : ROW(book, DraftRow, TABLE_DRAFT, row);
    if (!draft || !d->by_authority || draft->instrument != ROW_NONE ||
        !is_for(e, draft->year, draft->ledger, draft->class_of_ore))
        return refuse(d, CODE_UNKNOWN_DRAFT, "/draft");
    if (draft->until != DAY_LAST && d->day <= draft->until)
        object(d, CODE_CONSULTATION_OPEN, "/draft");
    return !stopped(d);
}

// What the authority should look at in what it just allotted.
static void plan_look(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    for (uint32_t i = 0; i < e->allotment_count && !stopped(d); i++) {
        Holder holder = holder_find(book, e->allotments[i].holder);
        uint32_t before = node_find(book, holder, e->ledger, e->class_of_ore, e->year - 1);
        const NodeRow *last = before == ROW_NONE ? NULL : node_at(book, before);
        if (last && last->named && last->drawn_mg > last->allotted_mg)
            object(d, CODE_OVERDRAWN_BEFORE, "/allot/%u/holder", i);
    }
}

bool plan_decide(Deciding *d) {
    switch (d->event->kind) {
    case EVENT_PLAN_DRAFT:
        return plan_draft_check(d);
    case EVENT_PLAN_OPINION:
        return plan_opinion_check(d);
    default:
        if (!plan_check(d)) return false;
        plan_allot(d);
        plan_look(d);
        return !stopped(d);
    }
}

// --- entering -----------------------------------------------------------------------------------

static uint32_t allotments_add(Book *book, Table table, const Event *e, uint32_t of) {
    uint32_t first = book_count(book, table), row;
    for (uint32_t i = 0; i < e->allotment_count; i++) {
        const Allotment *from = &e->allotments[i];
        AllotmentRow *allotment = row_new(book, table, &row);
        Holder under = text_is_empty(from->under) ? ROW_NONE : holder_find(book, from->under);
        *allotment = (AllotmentRow){.instrument = of,
                                    .holder = holder_find(book, from->holder),
                                    .under = under,
                                    .mg = from->reo.mg,
                                    .previous = ROW_NONE};
        if (table != TABLE_ALLOTMENT) continue;
        uint32_t node = node_row(book, allotment->holder, e->ledger, e->class_of_ore, e->year);
        NodeRow *at = TOUCH(book, NodeRow, TABLE_NODE, node);
        allotment->previous = at->last_allotment;
        at->last_allotment = row;
    }
    return first;
}

static void adopt_apply(Book *book, const Event *e, Day effective, uint64_t seq) {
    uint32_t number = name_put(book, book->instrument_ids, e->subject), row;
    uint32_t first = allotments_add(book, TABLE_ALLOTMENT, e, number);
    uint32_t draft = text_is_empty(e->draft) ? ROW_NONE : intern_find(book->draft_ids, e->draft);
    InstrumentRow *instrument = row_new(book, TABLE_INSTRUMENT, &row);
    assert(row == number);
    *instrument = (InstrumentRow){.first = first,
                                  .count = e->allotment_count,
                                  .notice = text_put(book, e->notice),
                                  .year = (uint16_t)e->year,
                                  .ledger = (uint8_t)e->ledger,
                                  .class_of_ore = (uint8_t)e->class_of_ore,
                                  .visibility = (uint8_t)e->visibility,
                                  .issuer = intern_find(book->party_ids, e->party),
                                  .draft = draft,
                                  .date = effective,
                                  .pass_down = e->pass_down,
                                  .seq = seq};
    if (draft != ROW_NONE) TOUCH(book, DraftRow, TABLE_DRAFT, draft)->instrument = number;
}

static void draft_apply(Book *book, const Event *e, Day effective, uint64_t seq) {
    uint32_t number = name_put(book, book->draft_ids, e->subject), row;
    uint32_t first = allotments_add(book, TABLE_DRAFT_ALLOTMENT, e, number);
    DraftRow *draft = row_new(book, TABLE_DRAFT, &row);
    assert(row == number);
    *draft = (DraftRow){.first = first,
                        .count = e->allotment_count,
                        .notice = text_put(book, e->notice),
                        .instrument = ROW_NONE,
                        .year = (uint16_t)e->year,
                        .ledger = (uint8_t)e->ledger,
                        .class_of_ore = (uint8_t)e->class_of_ore,
                        .visibility = (uint8_t)e->visibility,
                        .date = effective,
                        .until = e->until ? e->until : DAY_LAST,
                        .seq = seq};
}

static void opinion_apply(Book *book, const Event *e, Day effective, uint64_t seq) {
    uint32_t number = intern_find(book->draft_ids, e->subject), row;
    const DraftRow *draft = ROW(book, DraftRow, TABLE_DRAFT, number);
    OpinionRow *opinion = row_new(book, TABLE_OPINION, &row);
    *opinion = (OpinionRow){.seq = seq,
                            .draft = number,
                            .party = intern_find(book->party_ids, e->party),
                            .paper = text_put(book, e->paper),
                            .note = text_put(book, e->note),
                            .wish_mg = e->has_wish ? e->wish.mg : -1,
                            .position = (uint8_t)e->position,
                            .late = effective > draft->until || draft->instrument != ROW_NONE};
}

void plan_apply(Book *book, const Event *e, Day effective, uint64_t seq) {
    if (e->kind == EVENT_PLAN_DRAFT)
        draft_apply(book, e, effective, seq);
    else if (e->kind == EVENT_PLAN_OPINION)
        opinion_apply(book, e, effective, seq);
    else
        adopt_apply(book, e, effective, seq);
}
