// May this party do this work at this place on these days? (docs/book.md, "Licences and
// designation")
#include "book/decide.h"

Activity activity_of_stage(unsigned stage, bool from_scrap) {
    switch (stage) {
    case STAGE_ORE:
    case STAGE_ORE_PRODUCT:
        return ACTIVITY_MINING;
    case STAGE_COMPOUND:
        return from_scrap ? ACTIVITY_RECYCLING : ACTIVITY_SEPARATION;
    case STAGE_METAL:
        return ACTIVITY_METAL;
    case STAGE_ALLOY:
        return ACTIVITY_ALLOY;
    case STAGE_MAGNET:
        return ACTIVITY_MAGNET;
    default:
        return ACTIVITY_NONE;
    }
}

bool facility_does(const Deciding *d, uint32_t facility, Activity activity) {
    const FacilityVersion *version = facility_version(d->book, facility, d->day);
    return version && (version->activities & (1u << activity));
}

static bool lists(const Book *book, uint32_t first, uint32_t count, uint32_t number) {
    for (uint32_t i = 0; i < count; i++)
        if (ROW(book, ListRow, TABLE_LIST, first + i)->number == number) return true;
    return count == 0; // no list: no limit
}

const LicenceVersion *licence_on(const Book *book, uint32_t licence, Day day) {
    uint32_t row = ROW(book, LicenceRow, TABLE_LICENCE, licence)->last_version;
    for (; row != ROW_NONE; row = ROW(book, LicenceVersion, TABLE_LICENCE_VERSION, row)->previous) {
        const LicenceVersion *version = ROW(book, LicenceVersion, TABLE_LICENCE_VERSION, row);
        if (version->effective <= day) return version;
    }
    return NULL;
}

typedef struct Scope {
    uint32_t source;
    const Line *lines;
    uint32_t count;
} Scope;

static bool covers(Deciding *d, const LicenceVersion *version, const Scope *scope) {
    const Book *book = d->book;
    if (scope->source != ROW_NONE &&
        !lists(book, version->sources, version->source_count, scope->source))
        return false;
    for (uint32_t i = 0; i < scope->count; i++) {
        uint32_t material = ROW_NONE;
        if (!text_is_empty(scope->lines[i].material)) {
            material = intern_find(book->material_ids, scope->lines[i].material);
        } else {
            uint32_t lot = intern_find(book->lot_ids, scope->lines[i].lot);
            // A line that was insisted on took a found lot in the place of the one that it names.
            bool taken =
                lot != ROW_NONE && lot_at(book, lot)->last_flow != ROW_NONE &&
                flow_at(book, lot_at(book, lot)->last_flow)->operation == d->applying.operation;
            if (taken) material = lot_at(book, lot)->material;
        }
        if (!lists(book, version->materials, version->material_count, material)) return false;
    }
    return true;
}

bool licence_is_suspended(const Book *book, uint32_t licence, Day from, Day to) {
    uint32_t row = ROW(book, LicenceRow, TABLE_LICENCE, licence)->last_suspension;
    while (row != ROW_NONE) {
        const SuspensionRow *order = ROW(book, SuspensionRow, TABLE_SUSPENSION, row);
        if (order->from <= to && from <= order->to) return true;
        row = order->previous;
    }
    return false;
}

// Whether all that a licence rests on holds on every day: its papers, and rights and permits of the
// same holder for the same place, with what these rest on in their turn.
enum { REQUIREMENT_DEPTH = 4 };
static bool rests_well(Deciding *d, const LicenceVersion *version, int depth) {
    const Book *book = d->book;
    for (uint32_t i = 0; i < version->document_count; i++) {
        const LicenceDocumentRow *paper =
            ROW(book, LicenceDocumentRow, TABLE_LICENCE_DOCUMENT, version->documents + i);
        if (paper->from > d->first_day || paper->to < d->day) return false;
    }
    for (uint32_t i = 0; i < version->requirement_count; i++) {
        uint32_t row = ROW(book, ListRow, TABLE_LIST, version->requirements + i)->number;
        const LicenceVersion *needed = licence_on(book, row, d->day);
        if (!needed || needed->holder != version->holder || needed->status != LICENCE_VALID ||
            needed->from > d->first_day || needed->to < d->day ||
            (needed->facility != ROW_NONE && needed->facility != d->facility) ||
            licence_is_suspended(book, row, d->first_day, d->day) || depth == 0 ||
            !rests_well(d, needed, depth - 1))
            return false;
    }
    return true;
}

// A licence of this work that this party may use here: the best that can be said of any.
static VerdictCode best_of(Deciding *d, Activity activity, const Scope *scope) {
    VerdictCode best = CODE_NO_LICENCE;
    for (uint32_t row = 0; row < book_count(d->book, TABLE_LICENCE); row++) {
        const LicenceVersion *version = licence_on(d->book, row, d->day);
        if (!version || version->activity != activity || version->holder != d->party) continue;
        if (version->facility != ROW_NONE && version->facility != d->facility) continue;
        if (version->from > d->first_day || version->to < d->day) continue;
        if (version->status != LICENCE_VALID ||
            licence_is_suspended(d->book, row, d->first_day, d->day)) {
            if (best == CODE_NO_LICENCE) best = CODE_LICENCE_SUSPENDED;
            continue;
        }
        bool covered = covers(d, version, scope);
        if (covered && rests_well(d, version, REQUIREMENT_DEPTH)) return CODE_NONE;
        if (covered)
            best = CODE_PERMIT_MISSING;
        else if (best != CODE_PERMIT_MISSING)
            best = CODE_LICENCE_SCOPE;
    }
    return best;
}

static VerdictCode check(Deciding *d, Activity activity, const Scope *scope, const char *where) {
    if (activity == ACTIVITY_NONE || stopped(d)) return CODE_NONE;
    VerdictCode code = best_of(d, activity, scope);
    if (code != CODE_NONE) object(d, code, "%s", where);
    if (facility_version(d->book, d->facility, d->day) && !facility_does(d, d->facility, activity))
        object(d, CODE_NOT_DESIGNATED, "%s", where);
    return code;
}

void licence_check(Deciding *d, Activity activity, const char *where) {
    Scope scope = {ROW_NONE, NULL, 0};
    check(d, activity, &scope, where);
}

// K2: is the place within the areas that the source's licence lists? The right on which it rests
// may list its own; an area must be in each list.
static void area_check(Deciding *d, const LicenceVersion *version, int depth) {
    const Book *book = d->book;
    Text said = d->event->area;
    bool within = version->area_count == 0;
    for (uint32_t i = 0; i < version->area_count && !within; i++)
        within = text_equal(
            said,
            text_get(book,
                     ROW(book, LicenceAreaRow, TABLE_LICENCE_AREA, version->areas + i)->area));
    if (!within && text_is_empty(said))
        object(d, CODE_AREA_UNSTATED, "/area");
    else if (!within)
        object(d, CODE_OUTSIDE_AREA, "/area");
    for (uint32_t i = 0; i < version->requirement_count && depth > 0; i++) {
        uint32_t row = ROW(book, ListRow, TABLE_LIST, version->requirements + i)->number;
        const LicenceVersion *needed = licence_on(book, row, d->day);
        if (needed) area_check(d, needed, depth - 1);
    }
}

void licence_check_source(Deciding *d, uint32_t source, const char *where) {
    const SourceRow *row = ROW(d->book, SourceRow, TABLE_SOURCE, source);
    Scope scope = {source, d->event->outputs, d->event->output_count};
    VerdictCode code = check(d, ACTIVITY_MINING, &scope, where);
    const LicenceVersion *mined = licence_on(d->book, row->licence, d->day);
    if (mined) area_check(d, mined, REQUIREMENT_DEPTH);
    // The source's own licence must be among those that count, else somebody else's ore is mined.
    if (stopped(d) || code != CODE_NONE) return;
    bool ours = mined && mined->holder == d->party && mined->activity == ACTIVITY_MINING &&
                (mined->facility == ROW_NONE || mined->facility == d->facility);
    if (!ours) object(d, CODE_LICENCE_SCOPE, "%s", where);
}

void scope_check_lines(Deciding *d, Activity activity, const Line *lines, uint32_t count,
                       const char *list) {
    Scope scope = {ROW_NONE, lines, count};
    char where[32] = "/";
    size_t length = 1;
    for (const char *at = list; *at && length < sizeof where - 1; at++)
        where[length++] = *at;
    where[length] = 0;
    check(d, activity, &scope, where);
}
