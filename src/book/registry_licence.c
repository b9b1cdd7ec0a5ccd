// Licences: registered as a whole, amended member by member, suspended for a time (docs/book.md,
// "Licences and designation"). A licence may rest on others (a mining right, permits) and on
// papers.
#include "book/decide.h"

static uint32_t documents_add(Book *book, const Event *e) {
    uint32_t first = book_count(book, TABLE_LICENCE_DOCUMENT), row;
    for (uint32_t i = 0; i < e->licence_document_count; i++) {
        const LicenceDocument *from = &e->licence_documents[i];
        LicenceDocumentRow *to = row_new(book, TABLE_LICENCE_DOCUMENT, &row);
        *to = (LicenceDocumentRow){.number = text_put(book, from->number),
                                   .hash = text_put(book, from->hash),
                                   .from = from->from,
                                   .to = from->to ? from->to : DAY_LAST,
                                   .kind = (uint8_t)from->kind};
    }
    return first;
}

static uint32_t areas_add(Book *book, const Event *e) {
    uint32_t first = book_count(book, TABLE_LICENCE_AREA), row;
    for (uint32_t i = 0; i < e->area_count; i++) {
        const LicenceArea *from = &e->areas[i];
        LicenceAreaRow *to = row_new(book, TABLE_LICENCE_AREA, &row);
        *to = (LicenceAreaRow){text_put(book, from->area), text_put(book, from->boundary),
                               text_put(book, from->says)};
    }
    return first;
}

// What a licence of activity export permits, and a row for what is used of it.
static uint32_t permit_put(Book *book, uint32_t licence, const Permit *permit) {
    uint32_t row, terms, countries = book_count(book, TABLE_LIST);
    for (uint32_t i = 0; i < permit->country_count; i++) {
        uint32_t number = text_put(book, permit->countries[i]);
        ROW_NEW(book, ListRow, TABLE_LIST, &row)->number = number;
    }
    uint32_t user = text_put(book, permit->user);
    *ROW_NEW(book, PermitTermsRow, TABLE_PERMIT_TERMS, &terms) =
        (PermitTermsRow){.user = user,
                         .countries = countries,
                         .country_count = permit->country_count,
                         .kind = (uint8_t)permit->kind,
                         .type = (uint8_t)permit->type,
                         .measure = (uint8_t)permit->measure,
                         .has_quantity = permit->has_quantity,
                         .quantity = permit->quantity.mg};
    if (ROW(book, LicenceRow, TABLE_LICENCE, licence)->permit == ROW_NONE) {
        *ROW_NEW(book, PermitRow, TABLE_PERMIT, &row) = (PermitRow){.licence = licence};
        TOUCH(book, LicenceRow, TABLE_LICENCE, licence)->permit = row;
    }
    return terms;
}

static void version_add(Book *book, uint32_t licence, const LicenceVersion *version) {
    uint32_t row;
    LicenceVersion *made = row_new(book, TABLE_LICENCE_VERSION, &row);
    LicenceRow *at = TOUCH(book, LicenceRow, TABLE_LICENCE, licence);
    *made = *version;
    made->licence = licence;
    made->previous = at->last_version;
    at->last_version = row;
}

// What an event of either kind names; a version that is new, or a copy of the one before.
static void members_take(Book *book, const Event *e, LicenceVersion *version) {
    if (!text_is_empty(e->holder)) version->holder = intern_find(book->party_ids, e->holder);
    if (!text_is_empty(e->facility))
        version->facility = intern_find(book->facility_ids, e->facility);
    if (e->source_count) {
        version->sources = list_of(book, e->sources, e->source_count, source_put);
        version->source_count = e->source_count;
    }
    if (e->material_count) {
        version->materials = list_of(book, e->materials, e->material_count, material_put);
        version->material_count = e->material_count;
    }
    if (e->requirement_count) {
        version->requirements = list_of(book, e->requirements, e->requirement_count, licence_put);
        version->requirement_count = e->requirement_count;
    }
    if (e->licence_document_count) {
        version->documents = documents_add(book, e);
        version->document_count = e->licence_document_count;
    }
    if (e->area_count) {
        version->areas = areas_add(book, e);
        version->area_count = e->area_count;
    }
    if (!text_is_empty(e->number)) version->number = text_put(book, e->number);
}

void licence_register(Book *book, const Event *e, Day effective) {
    uint32_t licence = licence_put(book, e->subject), none = book_count(book, TABLE_LIST);
    LicenceVersion version = {.facility = ROW_NONE,
                              .sources = none,
                              .materials = none,
                              .requirements = none,
                              .documents = book_count(book, TABLE_LICENCE_DOCUMENT),
                              .areas = book_count(book, TABLE_LICENCE_AREA),
                              .number = ROW_NONE,
                              .permit_terms = ROW_NONE,
                              .activity = (uint8_t)e->activity,
                              .status = (uint8_t)e->licence_status,
                              .effective = effective,
                              .from = e->valid_from,
                              .to = e->valid_to};
    members_take(book, e, &version);
    if (e->permit.kind != PERMIT_NONE) version.permit_terms = permit_put(book, licence, &e->permit);
    version_add(book, licence, &version);
}

void licence_amend(Book *book, const Event *e, Day effective) {
    uint32_t licence = intern_find(book->licence_ids, e->subject);
    LicenceVersion version = *licence_latest(book, licence);
    version.effective = effective;
    members_take(book, e, &version);
    if (e->has_from) version.from = e->valid_from;
    if (e->has_to) version.to = e->valid_to;
    if (e->has_status) version.status = (uint8_t)e->licence_status;
    version_add(book, licence, &version);
}

// The suspension that the event `lifts` of this party ordered; ROW_NONE when it did not.
static uint32_t suspension_of(const Book *book, uint32_t licence, const Event *e) {
    uint64_t seq = book_event_find(book, e->party, e->lifts);
    uint32_t row = ROW(book, LicenceRow, TABLE_LICENCE, licence)->last_suspension;
    while (row != ROW_NONE && ROW(book, SuspensionRow, TABLE_SUSPENSION, row)->seq != seq)
        row = ROW(book, SuspensionRow, TABLE_SUSPENSION, row)->previous;
    return row;
}

void licence_suspend(Book *book, const Event *e, uint64_t seq) {
    uint32_t licence = intern_find(book->licence_ids, e->subject), row;
    if (!text_is_empty(e->lifts)) {
        row = suspension_of(book, licence, e);
        TOUCH(book, SuspensionRow, TABLE_SUSPENSION, row)->to = e->valid_from - 1;
        return;
    }
    SuspensionRow *made = row_new(book, TABLE_SUSPENSION, &row);
    LicenceRow *at = TOUCH(book, LicenceRow, TABLE_LICENCE, licence);
    *made = (SuspensionRow){.seq = seq,
                            .licence = licence,
                            .previous = at->last_suspension,
                            .reason = text_put(book, e->reason),
                            .from = e->valid_from,
                            .to = e->valid_to};
    at->last_suspension = row;
}

bool licence_fits(const Book *book, const Event *e) {
    uint32_t licence = intern_find(book->licence_ids, e->subject);
    return e->kind == EVENT_LICENCE ||
           (licence_latest(book, licence) &&
            (e->kind == EVENT_LICENCE_AMEND || text_is_empty(e->lifts) ||
             suspension_of(book, licence, e) != ROW_NONE));
}

bool licence_decide(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (!text_is_empty(e->holder) && !party_latest(book, intern_find(book->party_ids, e->holder)))
        return refuse(d, CODE_UNKNOWN_PARTY, "/holder");
    if (!text_is_empty(e->facility) &&
        !facility_latest(book, intern_find(book->facility_ids, e->facility)))
        return refuse(d, CODE_UNKNOWN_FACILITY, "/facility");
    if (e->kind == EVENT_LICENCE) return true;
    uint32_t licence = intern_find(book->licence_ids, e->subject);
    const LicenceVersion *last = licence_latest(book, licence);
    if (!last) return refuse(d, CODE_UNKNOWN_LICENCE, "/licence");
    if (e->kind == EVENT_LICENCE_AMEND)
        return last->effective <= d->day || refuse(d, CODE_OUT_OF_ORDER, "/happened");
    if (text_is_empty(e->lifts)) return true;
    uint32_t row = suspension_of(book, licence, e);
    const SuspensionRow *suspension =
        row == ROW_NONE ? NULL : ROW(book, SuspensionRow, TABLE_SUSPENSION, row);
    return (suspension && e->valid_from <= suspension->to) ||
           refuse(d, CODE_UNKNOWN_EVENT, "/lifts");
}
