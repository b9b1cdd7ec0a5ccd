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
    // What was recycled stays so, whatever is made of it (B27).
    Facet *recycled = scratch_take(d, 2 * sizeof *recycled);
    if (!recycled) return false;
    uint32_t recycled_count = 0, others = 0;
    for (uint32_t i = 0; i < facets->count; i++) {
        if (facets->items[i].kind == FACET_RECYCLED)
            recycled[recycled_count++] = facets->items[i];
        else
            facets->items[others++] = facets->items[i];
    }
    facets->count = others;
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
    } else {
        facets->count = 0;
    }
    memcpy(facets->items + facets->count, recycled, recycled_count * sizeof(Facet));
    facets->count += recycled_count;
    if (stage == STAGE_ORE_PRODUCT) return true;
    int64_t undrawn[COMPONENT_COUNT] = {0}, reo;
    for (uint32_t i = 0; i < turned->count; i++)
        for (int c = 0; c < COMPONENT_COUNT; c++)
            undrawn[c] += turned->items[i].mg[c];
    if (!reo_of(d, undrawn, &reo)) return false;
    if (reo > 0) draws[(*count)++] = (PendingDraw){LEDGER_SEPARATION, CLASS_NONE, d->party, reo};
    return true;
}

// The holder and all above it, as the tree stood on the day; each once.
uint32_t quota_levels(const Book *book, Holder holder, unsigned ledger, unsigned class_of_ore,
                      int year, Day day, Holder levels[LEVELS_MAX]) {
    uint32_t count = 0;
    while (holder != ROW_NONE && count < LEVELS_MAX) {
        for (uint32_t i = 0; i < count; i++)
            if (levels[i] == holder) return count;
        levels[count++] = holder;
        holder = holder_above(book, holder, ledger, class_of_ore, year, day);
    }
    return count;
}

static void write_levels(Deciding *d, const Holder *levels, uint32_t count) {
    buffer_u8(&d->effects, (uint8_t)count);
    for (uint32_t i = 0; i < count; i++)
        buffer_u32(&d->effects, levels[i]);
}

// Whether the holder itself may know its quota: one of its instruments is not for the regulator
// alone.
static bool knows_quota(const Book *book, const NodeRow *node) {
    for (uint32_t a = node->last_allotment; a != ROW_NONE;) {
        const AllotmentRow *allotment = ROW(book, AllotmentRow, TABLE_ALLOTMENT, a);
        if (ROW(book, InstrumentRow, TABLE_INSTRUMENT, allotment->instrument)->visibility !=
            VISIBLE_REGULATOR)
            return true;
        a = allotment->previous;
    }
    return false;
}

// R34: the share of its own quota that this draw, of `added`, has crossed.
static void warn(Deciding *d, const NodeRow *node, int64_t added, const char *where) {
    const Book *book = d->book;
    const int32_t shares[2] = {book->top.quota_warning_ppb, book->top.quota_notice_ppb};
    static const VerdictCode codes[2] = {CODE_QUOTA_WARNING, CODE_QUOTA_NOTICE};
    i128 now = (i128)node->drawn_mg * FRACTION_ONE_PPB,
         before = (i128)(node->drawn_mg - added) * FRACTION_ONE_PPB;
    for (int i = 0; i < 2; i++) {
        i128 share = (i128)node->allotted_mg * shares[i];
        if (shares[i] == 0 || now < share || before >= share) continue; // 0: policy states none
        if (node->allotted_mg > 0 && knows_quota(book, node)) object(d, codes[i], "%s", where);
        return;
    }
}

// `added` has just been drawn.
static void judge_draw(Deciding *d, const PendingDraw *draw, int year, const Holder *levels,
                       uint32_t count, int64_t added, const char *where) {
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
    warn(d, node, added, where);
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
        uint32_t level_count = quota_levels(d->book, draw->holder, draw->ledger, draw->class_of_ore,
                                            year, d->day, levels);
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
        judge_draw(d, draw, year, levels, level_count, draw->mg, where);
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

int64_t quota_figure(const DrawRow *draw) {
    return draw->waiting == ROW_NONE ? draw->mg : draw->due_mg;
}

static void emit_waiting(Deciding *d, uint32_t draw, int64_t due, uint64_t cause) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_WAITING);
    buffer_u32(&d->effects, draw);
    buffer_i64(&d->effects, due);
    buffer_u64(&d->effects, cause);
    effect_end(d);
}

static void emit_change(Deciding *d, uint32_t row, int64_t mg) {
    if (stopped(d)) return;
    Holder levels[LEVELS_MAX];
    uint32_t count = levels_of_draw(d->book, ROW(d->book, DrawRow, TABLE_DRAW, row), levels);
    effect_begin(d, EFFECT_DRAW_CHANGE);
    buffer_u32(&d->effects, row);
    buffer_i64(&d->effects, mg);
    write_levels(d, levels, count);
    effect_end(d);
}

// B14: a decrease in an ended year waits, with all others of this event, for one release.
static void let_wait(Deciding *d, uint32_t row, int64_t mg, const char *where) {
    uint64_t cause = CAUSE_NONE;
    for (uint32_t i = 0; i < d->cause_count; i++)
        if (d->cause_codes[i] == CODE_DECREASE_WAITS) cause = d->causes[i];
    if (cause == CAUSE_NONE) cause = cause_pending(d, CODE_DECREASE_WAITS);
    emit_waiting(d, row, mg, cause);
    object(d, CODE_DECREASE_WAITS, "%s", where);
}

void quota_change(Deciding *d, uint32_t row, int64_t mg, const char *where) {
    if (stopped(d)) return;
    const DrawRow *draw = ROW(d->book, DrawRow, TABLE_DRAW, row);
    if (quota_figure(draw) == mg) return;
    const NodeRow *node = node_at(d->book, draw->node);
    if (mg < draw->mg && node->year <= d->book->top.year_ended) {
        let_wait(d, row, mg, where);
        return;
    }
    if (draw->waiting != ROW_NONE) emit_waiting(d, row, mg, CAUSE_NONE);
    int64_t added = mg - draw->mg;
    uint32_t lot = draw->lot, own = draw->node;
    PendingDraw as = {node->ledger, node->class_of_ore, node->holder, mg};
    int year = node->year;
    Holder levels[LEVELS_MAX];
    uint32_t count = levels_of_draw(d->book, draw, levels);
    if (added) emit_change(d, row, mg);
    if (added <= 0 || stopped(d)) return;
    judge_draw(d, &as, year, levels, count, added, where);
    carry_advance(d, lot, own);
}

void quota_release(Deciding *d, uint32_t cause) {
    const Book *book = d->book;
    for (uint32_t row = 0; row < book_count(book, TABLE_DRAW) && !stopped(d); row++) {
        const DrawRow *draw = ROW(book, DrawRow, TABLE_DRAW, row);
        if (draw->waiting != cause) continue;
        int64_t due = draw->due_mg;
        emit_change(d, row, due);
        emit_waiting(d, row, due, CAUSE_NONE);
    }
}

void quota_back(Deciding *d, uint32_t lot, uint64_t seq) {
    const Book *book = d->book;
    for (uint32_t draw = lot_at(book, lot)->first_draw; draw != ROW_NONE && !stopped(d);) {
        const DrawRow *at = ROW(book, DrawRow, TABLE_DRAW, draw);
        uint32_t next = at->next_of_lot, kept = at->before;
        while (kept != ROW_NONE && ROW(book, DrawBeforeRow, TABLE_DRAW_BEFORE, kept)->seq != seq)
            kept = ROW(book, DrawBeforeRow, TABLE_DRAW_BEFORE, kept)->previous;
        if (kept != ROW_NONE)
            quota_change(d, draw, ROW(book, DrawBeforeRow, TABLE_DRAW_BEFORE, kept)->mg,
                         "/corrects");
        draw = next;
    }
}
