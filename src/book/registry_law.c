// What the authority keeps beside matter: inspections, reports, controlled technology, rule packs,
// and which orders of seizure and reserve stand (docs/book.md, "Orders", "Technology", "Rule
// packs").
#include <assert.h>
#include <string.h>

#include "book/decide.h"

// ---- What may be said ----

static bool is_party(Deciding *d, Text id, const char *where) {
    return text_is_empty(id) || party_latest(d->book, intern_find(d->book->party_ids, id)) ||
           refuse(d, CODE_UNKNOWN_PARTY, "%s", where);
}

static bool is_facility(Deciding *d, Text id) {
    return text_is_empty(id) || facility_latest(d->book, intern_find(d->book->facility_ids, id)) ||
           refuse(d, CODE_UNKNOWN_FACILITY, "/facility");
}

static bool decide_case(Deciding *d) {
    const Event *e = d->event;
    if (!is_party(d, e->holder, "/about") || !is_facility(d, e->facility)) return false;
    for (uint32_t i = 0; i < e->input_count; i++)
        if (intern_find(d->book->lot_ids, e->inputs[i].lot) == ROW_NONE)
            return refuse(d, CODE_UNKNOWN_LOT, "/lots/%u", i);
    for (uint32_t i = 0; i < e->cited_event_count; i++)
        if (book_event_find(d->book, e->cited_events[i].party, e->cited_events[i].id) == UINT64_MAX)
            return refuse(d, CODE_UNKNOWN_EVENT, "/events/%u", i);
    uint32_t known = intern_find(d->book->case_ids, e->subject);
    uint32_t last =
        known == ROW_NONE ? ROW_NONE : ROW(d->book, CaseRow, TABLE_CASE, known)->last_version;
    bool was_closed = last != ROW_NONE &&
                      ROW(d->book, CaseVersion, TABLE_CASE_VERSION, last)->state == CASE_CLOSED;
    if (was_closed && e->case_state != CASE_CLOSED && text_is_empty(e->reason))
        return refuse(d, CODE_REASON_NEEDED, "/reason");
    return true;
}

static const TechnologyVersion *technology_on(const Book *book, uint32_t technology, Day day) {
    uint32_t row = ROW(book, TechnologyRow, TABLE_TECHNOLOGY, technology)->last_version;
    for (; row != ROW_NONE;) {
        const TechnologyVersion *version =
            ROW(book, TechnologyVersion, TABLE_TECHNOLOGY_VERSION, row);
        if (version->effective <= day) return version;
        row = version->previous;
    }
    return NULL;
}

// Whether the party owns the technology by that version, or was told of it.
static bool has_technology(const Book *book, uint32_t technology, const TechnologyVersion *version,
                           uint32_t party) {
    if (version->owner == party) return true;
    uint32_t row = ROW(book, TechnologyRow, TABLE_TECHNOLOGY, technology)->last_disclosure;
    for (; row != ROW_NONE;
         row = ROW(book, DisclosureRow, TABLE_DISCLOSURE, row)->previous_of_technology)
        if (ROW(book, DisclosureRow, TABLE_DISCLOSURE, row)->to == party) return true;
    return false;
}

// Intent, negotiation, contract, transfer.
static unsigned step_rank(unsigned step) {
    return step == STEP_INTENT ? 0 : step + 1;
}

// Told to a party of this book, at home: nothing leaves the country (R102 asks of exports only).
// Somebody outside the book, a party that is there as a buyer alone, or one told abroad, may be
// anybody.
static bool stays_at_home(const Deciding *d, uint32_t to) {
    const Book *book = d->book;
    Text country = d->event->country;
    const PartyVersion *party = to == ROW_NONE ? NULL : party_latest(book, to);
    return party && (party->roles & ~(unsigned)PARTY_BUYER) &&
           (text_is_empty(country) || text_equal(country, text_get(book, book->top.jurisdiction)));
}

static bool permit_covers(const StepPermitRow *permit, const Event *e, Day day, uint32_t to,
                          uint32_t country) {
    return step_rank(permit->step) >= step_rank(e->step) && permit->from <= day &&
           day <= permit->to && (permit->party == ROW_NONE || permit->party == to) &&
           (permit->country == ROW_NONE || permit->country == country);
}

static bool decide_disclose(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t technology = intern_find(book->technology_ids, e->subject);
    const TechnologyVersion *version =
        technology == ROW_NONE ? NULL : technology_on(book, technology, d->day);
    if (!version) return refuse(d, CODE_UNKNOWN_TECHNOLOGY, "/technology");
    if (!is_party(d, e->destination, "/to")) return false;
    uint32_t to =
        text_is_empty(e->destination) ? ROW_NONE : intern_find(book->party_ids, e->destination);
    uint32_t country = text_is_empty(e->country) ? ROW_NONE : intern_find(book->texts, e->country);
    bool named = text_is_empty(e->licence), covered = false;
    for (uint32_t i = 0; i < version->permit_count; i++) {
        const StepPermitRow *permit =
            ROW(book, StepPermitRow, TABLE_STEP_PERMIT, version->permits + i);
        bool this_one = text_equal(text_get(book, permit->number), e->licence);
        named |= this_one;
        covered |= (text_is_empty(e->licence) || this_one) &&
                   permit_covers(permit, e, d->day, to, country);
    }
    if (!named) return refuse(d, CODE_UNKNOWN_PERMIT, "/permit");
    if (!has_technology(book, technology, version, d->party))
        object(d, CODE_TECHNOLOGY_HOLDER, "/party");
    if (stays_at_home(d, to)) return !stopped(d);
    if (version->class_of == TECHNOLOGY_PROHIBITED)
        object(d, CODE_TECHNOLOGY_PROHIBITED, "/technology");
    else if (version->class_of == TECHNOLOGY_RESTRICTED && !covered)
        object(d, CODE_TECHNOLOGY_PERMIT, "/step");
    return !stopped(d);
}

static bool decide_rules(Deciding *d) {
    const Event *e = d->event;
    uint8_t hash[32];
    assert(d->book->outside);
    d->book->outside->hash(e->pack, hash);
    return memcmp(hash, e->hash, sizeof hash) == 0 || refuse(d, CODE_HASH_DIFFERS, "/hash");
}

bool law_decide(Deciding *d) {
    switch (d->event->kind) {
    case EVENT_CASE:
        return decide_case(d);
    case EVENT_TIP:
        return is_facility(d, d->event->facility);
    case EVENT_TECHNOLOGY: {
        if (!is_party(d, d->event->holder, "/owner")) return false;
        for (uint32_t i = 0; i < d->event->step_permit_count; i++) {
            Text party = d->event->step_permits[i].party;
            if (!text_is_empty(party) &&
                !party_latest(d->book, intern_find(d->book->party_ids, party)))
                return refuse(d, CODE_UNKNOWN_PARTY, "/permits/%u/to_party", i);
        }
        return true;
    }
    case EVENT_TECHNOLOGY_DISCLOSE:
        return decide_disclose(d);
    case EVENT_RULES:
        return decide_rules(d);
    default:
        return true;
    }
}

bool law_fits(const Book *book, const Event *e) {
    for (uint32_t i = 0; i < e->input_count; i++)
        if (intern_find(book->lot_ids, e->inputs[i].lot) == ROW_NONE) return false;
    for (uint32_t i = 0; i < e->cited_event_count; i++)
        if (book_event_find(book, e->cited_events[i].party, e->cited_events[i].id) == UINT64_MAX)
            return false;
    for (uint32_t i = 0; i < e->step_permit_count; i++)
        if (!text_is_empty(e->step_permits[i].party) &&
            intern_find(book->party_ids, e->step_permits[i].party) == ROW_NONE)
            return false;
    if (e->kind == EVENT_TECHNOLOGY_DISCLOSE)
        return intern_find(book->technology_ids, e->subject) != ROW_NONE &&
               (text_is_empty(e->destination) ||
                intern_find(book->party_ids, e->destination) != ROW_NONE);
    bool orders = e->kind == EVENT_SEIZE || e->kind == EVENT_RESERVE;
    return !orders || cause_find(book, book->top.next * 256) != ROW_NONE;
}

// ---- What goes into the tables ----

static uint32_t texts_of(Book *book, const Text *texts, uint32_t count) {
    uint32_t first = book_count(book, TABLE_LIST), row;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = text_put(book, texts[i]);
        ROW_NEW(book, ListRow, TABLE_LIST, &row)->number = number;
    }
    return first;
}

static uint32_t row_of(const Intern *ids, Text id) {
    return text_is_empty(id) ? ROW_NONE : intern_find(ids, id);
}

static void apply_order(Book *book, const Event *e, uint64_t seq) {
    uint32_t row;
    OrderRow *order = row_new(book, TABLE_ORDER, &row);
    *order = (OrderRow){.seq = seq,
                        .cause = cause_find(book, seq * 256),
                        .name = text_put(book, e->subject),
                        .number = text_put(book, e->notice),
                        .seal = text_put(book, e->seal),
                        .reserve = e->kind == EVENT_RESERVE};
}

static void apply_case(Book *book, const Event *e, uint64_t seq) {
    uint32_t number = name_put(book, book->case_ids, e->subject), row;
    if (number == book_count(book, TABLE_CASE))
        ROW_NEW(book, CaseRow, TABLE_CASE, &row)->last_version = ROW_NONE;
    uint32_t lots = book_count(book, TABLE_LIST);
    for (uint32_t i = 0; i < e->input_count; i++)
        ROW_NEW(book, ListRow, TABLE_LIST, &row)->number =
            intern_find(book->lot_ids, e->inputs[i].lot);
    uint32_t events = book_count(book, TABLE_LIST);
    for (uint32_t i = 0; i < e->cited_event_count; i++) {
        uint64_t cited = book_event_find(book, e->cited_events[i].party, e->cited_events[i].id);
        ROW_NEW(book, ListRow, TABLE_LIST, &row)->number = (uint32_t)cited;
    }
    uint32_t findings = texts_of(book, e->findings, e->finding_count);
    uint32_t documents = texts_of(book, e->documents, e->document_count);
    CaseRow *at = TOUCH(book, CaseRow, TABLE_CASE, number);
    CaseVersion *version = row_new(book, TABLE_CASE_VERSION, &row);
    *version = (CaseVersion){.seq = seq,
                             .of = number,
                             .previous = at->last_version,
                             .about = row_of(book->party_ids, e->holder),
                             .facility = row_of(book->facility_ids, e->facility),
                             .lots = lots,
                             .lot_count = e->input_count,
                             .events = events,
                             .event_count = e->cited_event_count,
                             .findings = findings,
                             .finding_count = e->finding_count,
                             .documents = documents,
                             .document_count = e->document_count,
                             .outcome = text_put(book, e->outcome),
                             .state = (uint8_t)e->case_state};
    at->last_version = row;
}

static void apply_tip(Book *book, const Event *e, uint64_t seq) {
    uint32_t row;
    TipRow *tip = row_new(book, TABLE_TIP, &row);
    *tip = (TipRow){seq, text_put(book, e->subject), row_of(book->facility_ids, e->facility)};
}

static void apply_technology(Book *book, const Event *e, Day effective, uint64_t seq) {
    uint32_t number = name_put(book, book->technology_ids, e->subject), row;
    if (number == book_count(book, TABLE_TECHNOLOGY)) {
        TechnologyRow *made = row_new(book, TABLE_TECHNOLOGY, &row);
        *made = (TechnologyRow){ROW_NONE, ROW_NONE};
    }
    uint32_t permits = book_count(book, TABLE_STEP_PERMIT);
    for (uint32_t i = 0; i < e->step_permit_count; i++) {
        const StepPermit *from = &e->step_permits[i];
        StepPermitRow *permit = row_new(book, TABLE_STEP_PERMIT, &row);
        *permit = (StepPermitRow){.number = text_put(book, from->number),
                                  .country = text_put(book, from->country),
                                  .party = row_of(book->party_ids, from->party),
                                  .from = from->from,
                                  .to = from->to,
                                  .step = from->step};
    }
    uint32_t documents = texts_of(book, e->documents, e->document_count);
    TechnologyRow *at = TOUCH(book, TechnologyRow, TABLE_TECHNOLOGY, number);
    TechnologyVersion *version = row_new(book, TABLE_TECHNOLOGY_VERSION, &row);
    *version = (TechnologyVersion){.seq = seq,
                                   .technology = number,
                                   .previous = at->last_version,
                                   .owner = intern_find(book->party_ids, e->holder),
                                   .name = text_put(book, e->name),
                                   .name_zh = text_put(book, e->name_zh),
                                   .entry = text_put(book, e->entry),
                                   .documents = documents,
                                   .document_count = e->document_count,
                                   .permits = permits,
                                   .permit_count = e->step_permit_count,
                                   .effective = effective,
                                   .class_of = (uint8_t)e->technology_class};
    at->last_version = row;
}

static void apply_disclose(Book *book, const Event *e, Day effective, uint64_t seq) {
    uint32_t technology = intern_find(book->technology_ids, e->subject), row;
    uint32_t documents = texts_of(book, e->documents, e->document_count);
    TechnologyRow *at = TOUCH(book, TechnologyRow, TABLE_TECHNOLOGY, technology);
    DisclosureRow *disclosure = row_new(book, TABLE_DISCLOSURE, &row);
    *disclosure = (DisclosureRow){.seq = seq,
                                  .technology = technology,
                                  .previous_of_technology = at->last_disclosure,
                                  .by = intern_find(book->party_ids, e->party),
                                  .to = row_of(book->party_ids, e->destination),
                                  .outside = text_put(book, e->outside_name),
                                  .country = text_put(book, e->country),
                                  .permit = text_put(book, e->licence),
                                  .channel = text_put(book, e->process),
                                  .documents = documents,
                                  .document_count = e->document_count,
                                  .day = effective,
                                  .step = e->step};
    at->last_disclosure = row;
}

static void apply_rules(Book *book, const Event *e, Day effective, uint64_t seq) {
    uint32_t number = name_put(book, book->pack_ids, e->subject), row;
    if (number == book_count(book, TABLE_PACK))
        ROW_NEW(book, PackRow, TABLE_PACK, &row)->last_version = ROW_NONE;
    uint32_t first = book_count(book, TABLE_INTERVAL);
    for (uint32_t i = 0; i < e->interval_count; i++) {
        IntervalRow *interval = row_new(book, TABLE_INTERVAL, &row);
        *interval = (IntervalRow){e->intervals[i].from, e->intervals[i].to};
    }
    PackRow *at = TOUCH(book, PackRow, TABLE_PACK, number);
    PackVersion *version = row_new(book, TABLE_PACK_VERSION, &row);
    *version = (PackVersion){.seq = seq,
                             .pack = number,
                             .previous = at->last_version,
                             .version = text_put(book, e->pack_version),
                             .jurisdiction = text_put(book, e->jurisdiction),
                             .suspensions = first,
                             .suspension_count = e->interval_count,
                             .effective = effective,
                             .from = e->valid_from,
                             .to = e->valid_to};
    memcpy(version->hash, e->hash, sizeof version->hash);
    at->last_version = row;
}

void law_apply(Book *book, const Event *e, Day effective, uint64_t seq) {
    switch (e->kind) {
    case EVENT_SEIZE:
    case EVENT_RESERVE:
        apply_order(book, e, seq);
        break;
    case EVENT_CASE:
        apply_case(book, e, seq);
        break;
    case EVENT_TIP:
        apply_tip(book, e, seq);
        break;
    case EVENT_TECHNOLOGY:
        apply_technology(book, e, effective, seq);
        break;
    case EVENT_TECHNOLOGY_DISCLOSE:
        apply_disclose(book, e, effective, seq);
        break;
    default:
        apply_rules(book, e, effective, seq);
        break;
    }
}

// ---- Asked by others ----

const PackVersion *pack_on(const Book *book, uint32_t pack, Day day) {
    uint32_t row = ROW(book, PackRow, TABLE_PACK, pack)->last_version;
    for (; row != ROW_NONE;) {
        const PackVersion *version = ROW(book, PackVersion, TABLE_PACK_VERSION, row);
        row = version->previous;
        if (version->effective > day) continue;
        if (day < version->from || day > version->to) return NULL;
        for (uint32_t i = 0; i < version->suspension_count; i++) {
            const IntervalRow *gap =
                ROW(book, IntervalRow, TABLE_INTERVAL, version->suspensions + i);
            if (gap->from <= day && day <= gap->to) return NULL;
        }
        return version;
    }
    return NULL;
}
