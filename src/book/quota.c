// What an output draws, and what instruments allot (docs/book.md, "Facets", "Quota").
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static bool reo_of(Deciding *d, const int64_t mg[COMPONENT_COUNT], int64_t *reo_mg) {
    Mass reo;
    if (!factors_reo(factors_on(d->book, d->day), RARE_EARTH_MASK, mg, &reo))
        return refuse(d, CODE_TOO_LARGE, "%s", "");
    *reo_mg = reo.mg;
    return true;
}

static bool keeps_facets(unsigned stage) {
    return stage == STAGE_ORE || stage == STAGE_SCRAP || stage == STAGE_RESIDUE ||
           stage == STAGE_UNKNOWN;
}

static OreClass class_of_source(const Book *book, uint32_t source) {
    return (OreClass)ROW(book, DepositRow, TABLE_DEPOSIT,
                         ROW(book, SourceRow, TABLE_SOURCE, source)->deposit)
        ->class_of_ore;
}

static int by_source(const Facet *a, const Facet *b) {
    return a->key < b->key ? -1 : a->key > b->key;
}

bool facets_turn(Deciding *d, unsigned stage, Matter *matter, PendingDraw draws[PENDING_DRAWS_MAX],
                 uint32_t *count) {
    *count = 0;
    if (keeps_facets(stage)) return true;
    const Book *book = d->book;
    FacetList *facets = &matter->facets;
    // Sources in the order of their registration.
    for (uint32_t i = 1; i < facets->count; i++)
        for (uint32_t j = i; j > 0 && by_source(&facets->items[j], &facets->items[j - 1]) < 0;
             j--) {
            Facet moved = facets->items[j];
            facets->items[j] = facets->items[j - 1];
            facets->items[j - 1] = moved;
        }
    FacetList *turned = scratch_take(d, sizeof *turned);
    if (!turned) return false;
    turned->count = 0;
    for (uint32_t i = 0; i < facets->count; i++) {
        const Facet *facet = &facets->items[i];
        uint32_t key = facet->key;
        if (facet->kind == FACET_SOURCE) {
            int64_t reo;
            if (!reo_of(d, facet->mg, &reo)) return false;
            const LicenceVersion *licence =
                licence_latest(book, ROW(book, SourceRow, TABLE_SOURCE, facet->key)->licence);
            key = class_of_source(book, facet->key);
            if (reo > 0)
                draws[(*count)++] = (PendingDraw){LEDGER_MINING, (uint8_t)key,
                                                  licence ? licence->holder : d->party, reo};
        }
        Facet *undrawn = facet_in(turned, FACET_UNDRAWN, key);
        assert(undrawn); // no more classes than facets
        for (int c = 0; c < COMPONENT_COUNT; c++)
            undrawn->mg[c] += facet->mg[c];
    }
    if (stage == STAGE_ORE_PRODUCT) {
        facets->count = turned->count;
        memcpy(facets->items, turned->items, turned->count * sizeof(Facet));
        return true;
    }
    facets->count = 0;
    int64_t undrawn[COMPONENT_COUNT] = {0}, reo;
    for (uint32_t i = 0; i < turned->count; i++)
        for (int c = 0; c < COMPONENT_COUNT; c++)
            undrawn[c] += turned->items[i].mg[c];
    if (!reo_of(d, undrawn, &reo)) return false;
    if (reo > 0) draws[(*count)++] = (PendingDraw){LEDGER_SEPARATION, CLASS_NONE, d->party, reo};
    return true;
}

enum { LEVELS_MAX = 16 };

// The holder and all above it, as the tree stands; each once.
static uint32_t levels_of(const Book *book, Holder holder, unsigned ledger, unsigned class_of_ore,
                          int year, Holder levels[LEVELS_MAX]) {
    uint32_t count = 0;
    while (holder != ROW_NONE && count < LEVELS_MAX) {
        for (uint32_t i = 0; i < count; i++)
            if (levels[i] == holder) return count;
        levels[count++] = holder;
        uint32_t node = node_find(book, holder, ledger, class_of_ore, year);
        if (node != ROW_NONE) {
            holder = node_above(book, node);
        } else if (holder == book->top.authority) {
            break;
        } else if (holder & HOLDER_FACILITY) {
            const FacilityVersion *facility = facility_latest(book, holder & ~HOLDER_FACILITY);
            holder = facility ? facility->holder : book->top.authority;
        } else {
            const PartyVersion *party = party_latest(book, holder);
            holder = party && party->group != ROW_NONE && party->group != holder
                         ? party->group
                         : book->top.authority;
        }
    }
    return count;
}

static void write_levels(Deciding *d, const Holder *levels, uint32_t count) {
    buffer_u8(&d->effects, (uint8_t)count);
    for (uint32_t i = 0; i < count; i++)
        buffer_u32(&d->effects, levels[i]);
}

static void judge_draw(Deciding *d, const PendingDraw *draw, int year, const Holder *levels,
                       uint32_t count, const char *where) {
    const Book *book = d->book;
    uint32_t own = node_find(book, draw->holder, draw->ledger, draw->class_of_ore, year);
    const NodeRow *node = node_at(book, own);
    if (!node->named) {
        uint32_t before = node_find(book, draw->holder, draw->ledger, draw->class_of_ore, year - 1);
        int64_t last = before == ROW_NONE ? 0 : node_at(book, before)->allotted_mg, advance = 0;
        bool fits =
            i64_muldiv_even(last < 0 ? 0 : last, book->top.advance_ppb, FRACTION_ONE_PPB, &advance);
        if (!fits || node->drawn_mg > advance) {
            object(d, CODE_NO_QUOTA, "%s", where);
            return;
        }
        uint64_t cause = node->advance_cause == ROW_NONE
                             ? CAUSE_NONE
                             : cause_at(book, node->advance_cause)->number;
        if (cause == CAUSE_NONE) {
            cause = cause_pending(d, CODE_ADVANCE);
            if (stopped(d)) return;
            effect_begin(d, EFFECT_ADVANCE);
            buffer_u32(&d->effects, own);
            buffer_u64(&d->effects, cause);
            effect_end(d);
        }
        uint32_t shared = cause_find(book, cause);
        if (cause_at(book, shared)->status == CAUSE_PENDING &&
            verdict_of(book, CODE_ADVANCE) == VERDICT_HELD)
            emit_cause_status(d, shared, CAUSE_OPEN);
        object(d, CODE_ADVANCE, "%s", where);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t level = node_find(book, levels[i], draw->ledger, draw->class_of_ore, year);
        const NodeRow *at = node_at(book, level);
        if (at->named && at->drawn_mg > at->allotted_mg) {
            object(d, CODE_QUOTA_EXCEEDED, "%s", where);
            return;
        }
    }
}

// The cause of an advance stands on the lots that drew.
static void carry_advance(Deciding *d, uint32_t lot, uint32_t node) {
    if (stopped(d)) return;
    uint32_t cause = node_at(d->book, node)->advance_cause;
    if (cause == ROW_NONE || (cause_at(d->book, cause)->status != CAUSE_PENDING &&
                              cause_at(d->book, cause)->status != CAUSE_OPEN))
        return;
    uint32_t causes[SET_CAUSES_MAX], n = 0;
    set_collect(d->book, lot_at(d->book, lot)->set, causes, &n);
    uint32_t alone = set_of(d->book, &cause, 1);
    set_collect(d->book, alone, causes, &n);
    emit_lot_causes(d, lot, set_of(d->book, causes, n));
}

void quota_draw_all(Deciding *d, uint32_t lot, const PendingDraw *draws, uint32_t count,
                    const char *list) {
    for (uint32_t i = 0; i < count && !stopped(d); i++) {
        const PendingDraw *draw = &draws[i];
        int year = month_year(month_of_day(d->day));
        Holder levels[LEVELS_MAX];
        uint32_t level_count =
            levels_of(d->book, draw->holder, draw->ledger, draw->class_of_ore, year, levels);
        effect_begin(d, EFFECT_DRAW);
        buffer_u32(&d->effects, lot);
        buffer_u8(&d->effects, draw->ledger);
        buffer_u8(&d->effects, draw->class_of_ore);
        buffer_u16(&d->effects, (uint16_t)year);
        buffer_i64(&d->effects, draw->mg);
        write_levels(d, levels, level_count);
        effect_end(d);
        if (stopped(d)) return;
        char where[40] = "/";
        size_t length = 1;
        for (const char *at = list; *at && length < sizeof where - 1; length++)
            where[length] = *at++;
        where[length] = 0;
        judge_draw(d, draw, year, levels, level_count, where);
        carry_advance(d, lot,
                      node_find(d->book, draw->holder, draw->ledger, draw->class_of_ore, year));
    }
}

// The holders that a draw was added to, whatever the tree says since.
static uint32_t levels_of_draw(const Book *book, const DrawRow *draw, Holder levels[LEVELS_MAX]) {
    for (uint32_t i = 0; i < draw->level_count; i++)
        levels[i] = ROW(book, ListRow, TABLE_LIST, draw->levels + i)->number;
    return draw->level_count;
}

void quota_change(Deciding *d, uint32_t draw_row, int64_t mg, const char *where) {
    if (stopped(d)) return;
    const DrawRow *draw = ROW(d->book, DrawRow, TABLE_DRAW, draw_row);
    if (draw->mg == mg) return;
    bool more = mg > draw->mg;
    const NodeRow *node = node_at(d->book, draw->node);
    uint32_t lot = draw->lot, own = draw->node;
    PendingDraw as = {node->ledger, node->class_of_ore, node->holder, mg};
    int year = node->year;
    Holder levels[LEVELS_MAX];
    uint32_t count = levels_of_draw(d->book, draw, levels);
    effect_begin(d, EFFECT_DRAW_CHANGE);
    buffer_u32(&d->effects, draw_row);
    buffer_i64(&d->effects, mg);
    write_levels(d, levels, count);
    effect_end(d);
    if (!more || stopped(d)) return;
    judge_draw(d, &as, year, levels, count, where);
    carry_advance(d, lot, own);
}

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

bool plan_check(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (intern_find(book->instrument_ids, e->subject) != ROW_NONE)
        return refuse(d, CODE_EXISTS, "/instrument");
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
    uint32_t count = levels_of(d->book, holder, e->ledger, e->class_of_ore, e->year, levels);
    for (uint32_t i = 0; i < count; i++)
        if (levels[i] == top) return true;
    return false;
}

void plan_allot(Deciding *d) {
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
