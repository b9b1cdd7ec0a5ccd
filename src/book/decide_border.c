// Across the border: exports under permits, imports (B7, B26, K11 to K13; docs/book.md "The
// border").
//
// A declaration puts its lots in transit under its id and reserves what it names of permits. It is
// settled once: cleared, the lots leave for good and the permits are drawn; stopped or withdrawn,
// they are here again and nothing is drawn.
#include <string.h>

#include "book/decide.h"

// The customs office; from here on the event's law goes by the civil date there (B7).
static bool find_office(Deciding *d, uint32_t *office) {
    const Event *e = d->event;
    *office = intern_find(d->book->facility_ids, e->office);
    const FacilityVersion *version = facility_latest(d->book, *office);
    const PartyVersion *customs = version ? party_latest(d->book, version->holder) : NULL;
    if (!customs || !(customs->roles & PARTY_CUSTOMS))
        return refuse(d, CODE_UNKNOWN_OFFICE, "/office");
    int offset = facility_offset(d->book, *office);
    d->day = instant_day(e->end, offset);
    d->first_day = instant_day(e->start, offset);
    return true;
}

// Until policy says what a stage needs: too much rather than too little (R85, K11).
static uint32_t usual_permits(unsigned stage) {
    if (is_ore_to_alloy(stage)) return 1u << PERMIT_EXPORT;
    return stage == STAGE_MAGNET ? 1u << PERMIT_DUAL_USE : 0;
}

static uint32_t permits_of(const Book *book, uint32_t material) {
    if (material == ROW_NONE) return 0;
    const MaterialRow *row = material_at(book, material);
    if (row->has_permits) return row->permits;
    uint32_t stated = book->top.permits[row->stage];
    return stated & PERMITS_STATED ? stated & ~(uint32_t)PERMITS_STATED : usual_permits(row->stage);
}

// What of the goods needs a kind of permit.
typedef struct Needed {
    int64_t net[PERMIT_KINDS], reo[PERMIT_KINDS];
    int64_t net_all, reo_all; // of what needs any
} Needed;

static bool reo_of_content(Deciding *d, const int64_t mg[COMPONENT_COUNT], int64_t *reo) {
    Mass mass;
    if (!factors_reo(factors_on(d->book, d->day), RARE_EARTH_MASK, mg, &mass))
        return refuse(d, CODE_TOO_LARGE, "/lots");
    *reo = mass.mg;
    return true;
}

static bool add_up(Deciding *d, Needed *needed) {
    const Event *e = d->event;
    const Book *book = d->book;
    int64_t mg[PERMIT_KINDS + 1][COMPONENT_COUNT] = {{0}};
    *needed = (Needed){.net_all = 0};
    for (uint32_t i = 0; i < e->input_count; i++) {
        const Lot *lot = lot_at(book, intern_find(book->lot_ids, e->inputs[i].lot));
        uint32_t kinds = permits_of(book, lot->material);
        Content content;
        lot_content_left(book, lot, &content);
        for (unsigned k = 0; k < PERMIT_KINDS; k++) { // 0: any
            if (k ? !(kinds >> k & 1) : !kinds) continue;
            int64_t *net = k ? &needed->net[k] : &needed->net_all;
            if (!i64_add(*net, lot_left(lot), net)) return refuse(d, CODE_TOO_LARGE, "/lots");
            for (int c = 0; c < COMPONENT_COUNT; c++)
                if (!i64_add(mg[k][c], content.mg[c], &mg[k][c]))
                    return refuse(d, CODE_TOO_LARGE, "/lots");
        }
    }
    for (unsigned k = 0; k < PERMIT_KINDS; k++)
        if (!reo_of_content(d, mg[k], k ? &needed->reo[k] : &needed->reo_all)) return false;
    return true;
}

typedef struct Named {
    const LicenceVersion *version; // in force, or known at least
    const PermitTermsRow *terms;
    uint32_t permit;
    int64_t mg;
} Named;

static bool find_permits(Deciding *d, Named *named) {
    const Event *e = d->event;
    const Book *book = d->book;
    for (uint32_t i = 0; i < e->permit_line_count; i++) {
        uint32_t licence = intern_find(book->licence_ids, e->permit_lines[i].permit);
        named[i].version = licence == ROW_NONE ? NULL : licence_on(book, licence, d->day);
        if (!named[i].version) named[i].version = licence_latest(book, licence);
        if (!named[i].version || named[i].version->permit_terms == ROW_NONE)
            return refuse(d, CODE_UNKNOWN_LICENCE, "/permits/%u/permit", i);
        named[i].terms =
            ROW(book, PermitTermsRow, TABLE_PERMIT_TERMS, named[i].version->permit_terms);
        named[i].permit = ROW(book, LicenceRow, TABLE_LICENCE, licence)->permit;
        for (uint32_t j = 0; j < i; j++) {
            if (named[j].terms->kind != named[i].terms->kind) continue;
            // A permit once; one measure for a kind.
            if (named[j].permit == named[i].permit ||
                named[j].terms->measure != named[i].terms->measure)
                return refuse(d, CODE_PERMIT_SUMS, "/permits/%u/permit", i);
        }
    }
    return true;
}

// The masses of each kind of permit: as stated, the one left out for the rest. Together at most
// the goods that need the kind, and all of those, else something is missing.
static bool share_out(Deciding *d, const Needed *needed, Named *named) {
    const Event *e = d->event;
    for (unsigned k = 1; k < PERMIT_KINDS; k++) {
        uint32_t open = ROW_NONE;
        int64_t all = needed->net[k], sum = 0;
        for (uint32_t i = 0; i < e->permit_line_count; i++) {
            if (named[i].terms->kind != k) continue;
            if (named[i].terms->measure == MEASURED_REO) all = needed->reo[k];
            const PermitLine *line = &e->permit_lines[i];
            named[i].mg = line->has_mass ? line->mass.mg : 0;
            if (!line->has_mass && open != ROW_NONE)
                return refuse(d, CODE_PERMIT_SUMS, "/permits/%u/mass", i);
            if (!line->has_mass) open = i;
            if (!i64_add(sum, named[i].mg, &sum) || sum > all)
                return refuse(d, CODE_PERMIT_SUMS, "/permits/%u/mass", i);
        }
        if (open != ROW_NONE) named[open].mg = all - sum;
        for (uint32_t i = 0; i < e->permit_line_count; i++)
            if (named[i].terms->kind == k && named[i].mg == 0)
                return refuse(d, CODE_PERMIT_SUMS, "/permits/%u/permit", i);
        if (open == ROW_NONE && sum < all) object(d, CODE_EXPORT_UNCOVERED, "/permits");
    }
    return !stopped(d);
}

static bool lists_text(const Book *book, uint32_t first, uint32_t count, Text text) {
    for (uint32_t i = 0; i < count; i++)
        if (text_equal(text_get(book, ROW(book, ListRow, TABLE_LIST, first + i)->number), text))
            return true;
    return count == 0;
}

static bool lists_material(const Book *book, const LicenceVersion *version, uint32_t material) {
    for (uint32_t i = 0; i < version->material_count; i++)
        if (ROW(book, ListRow, TABLE_LIST, version->materials + i)->number == material) return true;
    return version->material_count == 0;
}

static bool allowed(Deciding *d, VerdictCode code, const char *member, uint32_t index) {
    object(d, code, "/permits/%u/%s", index, member);
    return verdict_of(d->book, code) != VERDICT_HELD;
}

// Whether the permit may be used for these goods, as policy has it: what is held for want of it
// takes nothing of it.
static bool check_permit(Deciding *d, const Named *named, uint32_t index) {
    const Event *e = d->event;
    const Book *book = d->book;
    const LicenceVersion *version = named->version;
    const PermitTermsRow *terms = named->terms;
    const PermitRow *permit = ROW(book, PermitRow, TABLE_PERMIT, named->permit);
    bool ours = version->holder == d->party &&
                (version->facility == ROW_NONE || version->facility == d->facility);
    bool good = true;
    if (!ours || version->effective > d->day || version->from > d->day || version->to < d->day ||
        version->status != LICENCE_VALID ||
        licence_is_suspended(book, version->licence, d->day, d->day))
        good &= allowed(d, CODE_PERMIT_INVALID, "permit", index);
    bool fits = terms->user == ROW_NONE || text_equal(text_get(book, terms->user), e->end_user);
    fits &= lists_text(book, terms->countries, terms->country_count, e->country);
    for (uint32_t i = 0; i < e->input_count; i++) {
        uint32_t material = lot_at(book, intern_find(book->lot_ids, e->inputs[i].lot))->material;
        if (permits_of(book, material) >> terms->kind & 1)
            fits &= lists_material(book, version, material);
    }
    if (!fits) good &= allowed(d, CODE_PERMIT_SCOPE, "permit", index);
    bool single = terms->type == PERMIT_SINGLE && (permit->used || permit->reserved_mg);
    // Sums of masses below 10^18 mg each fit 128 bits with room.
    bool over = terms->has_quantity &&
                (i128)permit->reserved_mg + permit->drawn_mg + named->mg > terms->quantity;
    if (single || over) good &= allowed(d, CODE_PERMIT_EXCEEDED, "mass", index);
    return good;
}

enum { SPLIT_DAYS = 30 };

// The kinds of permit that any lot of a declaration needs.
static uint32_t kinds_of(const Book *book, uint32_t consignment) {
    uint32_t kinds = 0;
    uint32_t row = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, consignment)->first_line;
    for (; row != ROW_NONE; row = ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, row)->next)
        kinds |= permits_of(
            book,
            lot_at(book, ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, row)->lot)->material);
    return kinds;
}

// What needs no permit because there is little of it, again and again to the same user, or of the
// same goods to many, by one exporter or several of one group (K13).
static void check_split(Deciding *d, uint32_t consignment, const Needed *needed) {
    const Event *e = d->event;
    const Book *book = d->book;
    i128 to_user = needed->reo_all, of_goods = needed->reo_all;
    uint32_t kinds = kinds_of(book, consignment);
    for (uint32_t row = book_count(book, TABLE_DECLARATION); row-- > 0;) {
        const DeclarationRow *at = ROW(book, DeclarationRow, TABLE_DECLARATION, row);
        if (!at->free || at->day > d->day || at->day <= d->day - SPLIT_DAYS ||
            at->status > DECLARATION_CLEARED || !same_group(d, at->party, d->party))
            continue;
        if (text_equal(text_get(book, at->user), e->end_user) &&
            text_equal(text_get(book, at->country), e->country))
            to_user += at->reo_mg;
        if (text_equal(text_get(book, at->customs_code), e->customs_code) &&
            (kinds_of(book, at->consignment) & kinds))
            of_goods += at->reo_mg;
    }
    if (to_user >= book->top.permit_free_mg || of_goods >= book->top.permit_free_mg)
        object(d, CODE_SPLIT_SHIPMENT, "/lots");
}

enum { OWNERS_DEEP = 4 };

// Whether somebody is listed, or half or more of it belongs to those who are (K15). The last
// statement counts, of a user as of a pair.
static bool is_barred(const Book *book, uint32_t user, unsigned deep) {
    uint32_t count = book_count(book, TABLE_SCREEN);
    for (uint32_t row = count; row-- > 0;) {
        const ScreenRow *at = ROW(book, ScreenRow, TABLE_SCREEN, row);
        if (at->user != user || at->owner != ROW_NONE) continue;
        if (at->listed) return true;
        break;
    }
    int64_t share = 0;
    for (uint32_t row = count; row-- > 0 && deep < OWNERS_DEEP;) {
        const ScreenRow *at = ROW(book, ScreenRow, TABLE_SCREEN, row);
        if (at->user != user || at->owner == ROW_NONE) continue;
        bool stated_since = false;
        for (uint32_t later = row + 1; later < count && !stated_since; later++) {
            const ScreenRow *other = ROW(book, ScreenRow, TABLE_SCREEN, later);
            stated_since = other->user == user && other->owner == at->owner;
        }
        if (!stated_since && at->share_ppb > 0 && is_barred(book, at->owner, deep + 1))
            share += at->share_ppb;
    }
    return 2 * share >= FRACTION_ONE_PPB;
}

static void check_user(Deciding *d) {
    uint32_t user = intern_find(d->book->texts, d->event->end_user);
    if (user != ROW_NONE && is_barred(d->book, user, 0)) object(d, CODE_USER_LISTED, "/user");
}

static void emit_declaration(Deciding *d, uint32_t consignment, uint32_t office, bool free_of,
                             const Needed *needed) {
    const Event *e = d->event;
    if (stopped(d)) return;
    effect_begin(d, EFFECT_DECLARATION);
    buffer_u32(&d->effects, consignment);
    buffer_u32(&d->effects, office);
    buffer_u32(&d->effects, d->party);
    buffer_u32(&d->effects, (uint32_t)d->day);
    buffer_u8(&d->effects, free_of);
    buffer_i64(&d->effects, needed->net_all);
    buffer_i64(&d->effects, needed->reo_all);
    const Text words[] = {e->country, e->end_user, e->customs_code};
    for (size_t i = 0; i < 3; i++) {
        buffer_u8(&d->effects, (uint8_t)words[i].length);
        buffer_text(&d->effects, words[i]);
    }
    effect_end(d);
}

static bool take_to_the_border(Deciding *d, uint32_t consignment) {
    const Event *e = d->event;
    const Book *book = d->book;
    for (uint32_t i = 0; i < e->input_count && !stopped(d); i++) {
        uint32_t row;
        int64_t net;
        if (!input_find(d, &e->inputs[i], "lots", i, &row, &net)) return false;
        const Lot *lot = lot_at(book, row);
        if (lot_is_held(book, lot)) object(d, CODE_HELD_MOVED, "/lots/%u/lot", i);
        check_provisional(d, lot, "lots", i);
        affect(d, row);
        emit_lot_place(d, row, d->facility, consignment, LOT_TRANSIT);
        if (stopped(d)) return false;
        effect_begin(d, EFFECT_CONSIGNED);
        buffer_u32(&d->effects, consignment);
        buffer_u32(&d->effects, row);
        effect_end(d);
    }
    return !stopped(d);
}

void decide_export_goods(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t office;
    Needed needed;
    if (!find_office(d, &office) || !consignment_is_free(d, e->consignment, "/declaration")) return;
    Named *named = scratch_take(d, (e->permit_line_count + 1) * sizeof *named);
    if (!named || !find_permits(d, named)) return;
    emit_operation(d, ROW_NONE);
    emit_consignment(d, e->consignment, d->party, d->facility, ROW_NONE, true);
    if (stopped(d)) return;
    uint32_t consignment = intern_find(book->consignment_ids, e->consignment);
    emit_consignment_terms(d, consignment);
    if (!take_to_the_border(d, consignment) || !add_up(d, &needed)) return;
    bool free_of = e->permit_line_count == 0 && needed.reo_all < book->top.permit_free_mg;
    if (free_of && needed.net_all)
        check_split(d, consignment, &needed);
    else if (!share_out(d, &needed, named))
        return;
    check_user(d);
    bool *good = scratch_take(d, (e->permit_line_count + 1) * sizeof *good);
    if (!good) return;
    for (uint32_t i = 0; i < e->permit_line_count && !stopped(d); i++)
        good[i] = check_permit(d, &named[i], i);
    emit_declaration(d, consignment, office, free_of, &needed);
    uint32_t declaration = book_count(book, TABLE_DECLARATION) - 1;
    for (uint32_t i = 0; i < e->permit_line_count && !stopped(d); i++) {
        if (!good[i]) continue;
        effect_begin(d, EFFECT_PERMIT_LINE);
        buffer_u32(&d->effects, declaration);
        buffer_u32(&d->effects, named[i].permit);
        buffer_i64(&d->effects, named[i].mg);
        effect_end(d);
    }
    emit_awaiting(d, false, CONFIRMED_BY_CUSTOMS);
}

void declaration_settle(Deciding *d, uint32_t declaration, DeclarationStatus outcome) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_SETTLED);
    buffer_u32(&d->effects, declaration);
    buffer_u8(&d->effects, (uint8_t)outcome);
    effect_end(d);
}

// What customs found of a lot in the goods, beside what it was declared with (K20).
static bool check_found(Deciding *d, uint32_t consignment, uint32_t index, Matter *declared,
                        Matter *found) {
    const Line *line = &d->event->inputs[index];
    const Book *book = d->book;
    uint32_t row = intern_find(book->lot_ids, line->lot);
    const Lot *lot = row == ROW_NONE ? NULL : lot_at(book, row);
    if (!lot || lot->state != LOT_TRANSIT || lot->consignment != consignment)
        return refuse(d, CODE_CONSIGNMENT_CLOSED, "/found/%u/lot", index);
    for (uint32_t i = 0; i < index; i++)
        if (text_equal(d->event->inputs[i].lot, line->lot))
            return refuse(d, CODE_LOT_TWICE, "/found/%u/lot", index);
    if (!line->has_net && !line->has_moisture && !line->composition)
        return refuse(d, CODE_NO_MEASUREMENT, "/found/%u", index);
    char where[] = "/found/0000";
    size_t length = sizeof "/found/" - 1;
    for (uint32_t place = 1000; place > 0; place /= 10)
        if (place == 1 || index >= place) where[length++] = (char)('0' + index / place % 10);
    where[length] = 0;
    matter_of_lot(book, lot, lot_left(lot), declared);
    if (!matter_measure(d, declared, line, where, found)) return false;
    i128 apart = (i128)found->net - declared->net;
    if ((apart < 0 ? -apart : apart) * 100 > declared->net || srd_is_wide(d, declared, found)) {
        object(d, CODE_CUSTOMS_DIFFERS, "/found/%u", index);
        affect(d, row);
    }
    return !stopped(d);
}

// What customs said of a declaration, or the exporter who takes it back (B26).

static bool binds_exports(const Book *book, int year) {
    for (uint32_t row = 0; row < book_count(book, TABLE_INSTRUMENT); row++) {
        const InstrumentRow *at = ROW(book, InstrumentRow, TABLE_INSTRUMENT, row);
        if (at->ledger == LEDGER_EXPORT && at->year == year) return true;
    }
    return false;
}

// The goods leave for good: shipped of the exporter's stock, and drawn where exports have a quota.
static void leave(Deciding *d, const DeclarationRow *declaration, uint32_t row) {
    const Book *book = d->book;
    Matter *matter = scratch_take(d, sizeof *matter);
    if (!matter) return;
    const Lot *lot = lot_at(book, row);
    if (lot_is_held(book, lot)) object(d, CODE_HELD_MOVED, "/confirms");
    matter_of_lot(book, lot, lot_left(lot), matter);
    emit_take(d, row, matter->net, &matter->content);
    emit_account(d, d->facility, d->month, ACCOUNT_SHIPPED, matter->content.stated,
                 matter->content.mg);
    affect(d, row);
    int64_t reo;
    if (stopped(d) || !binds_exports(book, month_year(month_of_day(d->day))) ||
        !reo_of_content(d, matter->content.mg, &reo) || reo == 0)
        return;
    PendingDraw draw = {LEDGER_EXPORT, CLASS_NONE, declaration->party, reo};
    quota_draw_all(d, row, &draw, 1, "confirms");
}

void export_settle(Deciding *d, uint64_t seq, bool declines) {
    const Book *book = d->book;
    uint32_t row = book_count(book, TABLE_DECLARATION);
    while (row > 0 && ROW(book, DeclarationRow, TABLE_DECLARATION, row - 1)->seq != seq)
        row--;
    if (row-- == 0 || stopped(d)) return;
    const DeclarationRow *at = ROW(book, DeclarationRow, TABLE_DECLARATION, row);
    bool withdrawn = declines && at->party == d->party;
    if (at->status != DECLARED) { // it was corrected while it waited
        refuse(d, CODE_ALREADY_CONFIRMED, "/confirms");
        return;
    }
    if (!withdrawn && facility_latest(book, at->office)->holder != d->party) {
        refuse(d, CODE_NOTHING_TO_CONFIRM, "/confirms");
        return;
    }
    const ConsignmentRow *consignment =
        ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, at->consignment);
    d->facility = consignment->from_facility;
    if (!find_day(d, d->facility)) return;
    if (d->month != month_of_day(d->day)) object(d, CODE_LATE_ENTRY, "/happened");
    d->day = d->first_day = instant_day(d->event->end, facility_offset(book, at->office));
    emit_operation(d, ROW_NONE);
    Matter *declared = scratch_take(d, sizeof *declared), *found = scratch_take(d, sizeof *found);
    if (!declared || !found) return;
    for (uint32_t i = 0; i < d->event->input_count; i++)
        if (!check_found(d, at->consignment, i, declared, found)) return;
    declaration_settle(d, row,
                       withdrawn  ? DECLARATION_WITHDRAWN
                       : declines ? DECLARATION_STOPPED
                                  : DECLARATION_CLEARED);
    for (uint32_t l = consignment->first_line; l != ROW_NONE && !stopped(d);
         l = ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, l)->next) {
        uint32_t lot = ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, l)->lot;
        if (lot_at(book, lot)->state != LOT_TRANSIT ||
            lot_at(book, lot)->consignment != at->consignment)
            continue; // lost on the way to the border
        if (declines)
            emit_lot_place(d, lot, d->facility, ROW_NONE, LOT_HERE);
        else
            leave(d, at, lot);
    }
}

// --- imports
// ------------------------------------------------------------------------------------------

// The cleared declaration of the party, or ROW_NONE.
static uint32_t was_exported(Deciding *d, Text id) {
    const Book *book = d->book;
    uint32_t row = intern_find(book->consignment_ids, id);
    uint32_t declaration =
        row == ROW_NONE ? ROW_NONE : ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row)->declaration;
    if (declaration == ROW_NONE) return ROW_NONE;
    const DeclarationRow *at = ROW(book, DeclarationRow, TABLE_DECLARATION, declaration);
    return at->party == d->party && at->status == DECLARATION_CLEARED ? declaration : ROW_NONE;
}

// Goods that left, or came back.
typedef struct Goods {
    i128 net, mg[COMPONENT_COUNT], bound[COMPONENT_COUNT];
    uint64_t whole, stated;
} Goods;

static void goods_add(Goods *goods, int64_t net, const Content *content) {
    goods->net += net;
    goods->whole &= content->whole;
    goods->stated |= content->stated;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        goods->mg[c] += content->mg[c];
        goods->bound[c] += content->bound[c];
    }
}

// What left for good when the declaration was cleared.
static void goods_out(const Book *book, const DeclarationRow *declaration, Goods *out) {
    uint32_t line =
        ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, declaration->consignment)->first_line;
    for (; line != ROW_NONE;
         line = ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, line)->next) {
        const Lot *lot =
            lot_at(book, ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, line)->lot);
        // What was lost before did not leave, and a correction may have given something back since.
        for (uint32_t f = lot->first_flow; f != ROW_NONE; f = flow_at(book, f)->next_of_lot) {
            const FlowRow *flow = flow_at(book, f);
            if (operation_at(book, flow->operation)->seq != declaration->settled_by) continue;
            Content content;
            content_load(book, &flow->content, &content);
            goods_add(out, flow->net, &content);
        }
    }
}

// What was imported as coming back of it, corrected imports apart; this event's included.
static void goods_back(const Book *book, uint32_t declaration, Goods *back) {
    for (uint32_t row = 0; row < book_count(book, TABLE_IMPORT); row++) {
        const ImportRow *at = ROW(book, ImportRow, TABLE_IMPORT, row);
        bool recorded = at->seq < book_count(book, TABLE_RECORD); // before this event
        if (at->came_back_of != declaration ||
            (recorded && ROW(book, RecordRow, TABLE_RECORD, (uint32_t)at->seq)->corrected))
            continue;
        const Lot *lot = lot_at(book, at->lot);
        Content content;
        content_load(book, &lot->born, &content);
        goods_add(back, lot->born_net, &content);
    }
}

static i128 oxide_of(const Factors *factors, const i128 mg[COMPONENT_COUNT]) {
    i128 sum = 0;
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        sum += mg[c] * factors->micro[c];
    return sum;
}

// Not more may come back than had left: of mass a hundredth more is what a weighing and the
// packing may do, of a component as much as a yield may err.
static void check_return(Deciding *d, uint32_t declaration) {
    const Book *book = d->book;
    if (stopped(d)) return;
    Goods out = {.whole = COMPONENT_MASK}, back = {.whole = COMPONENT_MASK};
    goods_out(book, ROW(book, DeclarationRow, TABLE_DECLARATION, declaration), &out);
    goods_back(book, declaration, &back);
    i128 one = FRACTION_ONE_PPB, most = one + book->top.yield_drop_ppb;
    bool more = back.net * 100 > out.net * 101;
    for (uint64_t m = back.stated & out.whole; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        more |= back.mg[c] * one > (out.mg[c] + out.bound[c]) * most;
    }
    const Factors *factors = factors_on(book, d->day);
    i128 left = oxide_of(factors, out.mg) / FACTOR_ONE,
         came = oxide_of(factors, back.mg) / FACTOR_ONE;
    more |= left > 0 && came * one > left * most;
    if (more) object(d, CODE_MORE_CAME_BACK, "/returns");
}

static void emit_imported(Deciding *d, uint32_t lot) {
    const Event *e = d->event;
    if (stopped(d)) return;
    effect_begin(d, EFFECT_IMPORTED);
    buffer_u32(&d->effects, lot);
    const Text words[] = {e->country, e->consignment, e->other_book, e->passport};
    for (size_t i = 0; i < 4; i++) {
        buffer_u8(&d->effects, (uint8_t)words[i].length);
        buffer_text(&d->effects, words[i]);
    }
    effect_end(d);
}

static void emit_came_back(Deciding *d, uint32_t declaration) {
    if (stopped(d) || declaration == ROW_NONE) return;
    effect_begin(d, EFFECT_CAME_BACK);
    buffer_u32(&d->effects, declaration);
    effect_end(d);
}

void decide_import_goods(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t office;
    if (!find_office(d, &office)) return;
    Text before, local;
    if (!text_split(e->consignment, ':', &before, &local) || !text_equal(before, e->party)) {
        refuse(d, CODE_FOREIGN_ID, "/declaration");
        return;
    }
    uint32_t returns = e->returns.length ? was_exported(d, e->returns) : ROW_NONE;
    if (e->returns.length && returns == ROW_NONE) {
        refuse(d, CODE_NOT_EXPORTED, "/returns");
        return;
    }
    Matter *matter = scratch_take(d, sizeof *matter);
    if (!matter) return;
    emit_operation(d, ROW_NONE);
    bool ore = false;
    for (uint32_t i = 0; i < e->output_count && !stopped(d); i++) {
        const Line *line = &e->outputs[i];
        uint32_t material, lot;
        if (!material_of_line(d, line, "lines", i, &material) ||
            !lot_id_is_free(d, line, "lines", i) ||
            !matter_of_line(d, line, material, "lines", i, matter))
            return;
        const MaterialRow *row = material_at(book, material);
        bool of_ore = row->stage == STAGE_ORE || row->stage == STAGE_ORE_PRODUCT;
        matter->custody = line->custody == CUSTODY_UNSTATED ? CUSTODY_IDENTITY : line->custody;
        // What is separated here draws separation quota, wherever it was mined.
        if (of_ore && (row->class_of_ore == CLASS_ROCK || row->class_of_ore == CLASS_ION)) {
            Facet *facet = facet_in(&matter->facets, FACET_UNDRAWN, row->class_of_ore);
            memcpy(facet->mg, matter->content.mg, sizeof facet->mg);
        }
        emit_account(d, d->facility, d->month, ACCOUNT_RECEIVED, matter->content.stated,
                     matter->content.mg);
        if (of_ore && e->passport.length == 0 && e->checkpoint.length == 0)
            object(d, CODE_PAPERS_MISSING, "/lines/%u/material", i);
        if (recycler_takes_ore(d, row->stage))
            object(d, CODE_RECYCLER_ORE, "/lines/%u/material", i);
        ore |= of_ore;
        emit_lot(d, line->lot, d->facility, matter, 0, &lot);
        emit_imported(d, lot);
        emit_came_back(d, returns);
    }
    if (returns != ROW_NONE) check_return(d, returns);
    // Ore from abroad is for those who may separate it.
    if (ore) licence_check(d, ACTIVITY_SEPARATION, "/lines");
}
