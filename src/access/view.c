#include "access/view.h"

#include <stdio.h>
#include <string.h>

#include "book/state.h"
#include "keeper/read.h"

static const struct {
    const char *name;
    ViewRole role;
} role_names[] = {
    {"regulator", VIEW_REGULATOR}, {"company", VIEW_COMPANY}, {"laboratory", VIEW_LABORATORY},
    {"customs", VIEW_CUSTOMS},     {"auditor", VIEW_AUDITOR}, {"operator", VIEW_OPERATOR},
};

bool view_make(Keeper *keeper, Text principal, View *view, Status *status) {
    Text role, rest;
    size_t end = 0;
    bool well = text_split(principal, '/', &role, &rest) && principal.length < VIEW_PRINCIPAL_MAX;
    for (size_t i = 0; well && i < rest.length; i++)
        if (rest.at[i] == '/') end = i;
    // The name may be anything; between the first and the last stroke stands the party.
    if (!well || end == 0 || end > PARTY_ID_BYTES_MAX || memchr(principal.at, 0, principal.length))
        return status_set(status, STATUS_INVALID, "\"%.*s\" is not ROLE/PARTY/NAME",
                          TEXT_ARG(principal));
    View made = {.role = VIEW_PUBLIC};
    memcpy(made.principal, principal.at, principal.length);
    memcpy(made.party, rest.at, end);
    for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++)
        if (text_equal(role, text_of(role_names[i].name))) made.role = role_names[i].role;
    made.all = made.role == VIEW_AUDITOR || made.role == VIEW_OPERATOR;
    if (made.role == VIEW_REGULATOR) {
        ReadMark mark;
        const Book *book = read_begin(keeper, &mark);
        made.all = text_equal(text_of(made.party), book_authority(book));
        read_end(keeper);
    }
    *view = made;
    return true;
}

View view_operator(Keeper *keeper) {
    View view = {.role = VIEW_OPERATOR, .all = true};
    ReadMark mark;
    const Book *book = read_begin(keeper, &mark);
    Text authority = book_authority(book);
    if (authority.length <= PARTY_ID_BYTES_MAX) memcpy(view.party, authority.at, authority.length);
    read_end(keeper);
    snprintf(view.principal, sizeof view.principal, "operator/%s/cli", view.party);
    return view;
}

View view_public(void) {
    return (View){.role = VIEW_PUBLIC, .principal = "public"};
}

uint32_t view_party(const View *view, const Book *book) {
    return view->party[0] ? intern_find(book->party_ids, text_of(view->party)) : ROW_NONE;
}

// Those who work in the industry see their own; all others see the log's outside alone.
static bool has_own(const View *view) {
    return view->role == VIEW_COMPANY || view->role == VIEW_LABORATORY ||
           view->role == VIEW_REGULATOR || view->role == VIEW_CUSTOMS;
}

bool view_sees_party(const View *view, const Book *book, uint32_t party) {
    if (view->all) return party != ROW_NONE;
    return party != ROW_NONE && has_own(view) && party == view_party(view, book);
}

bool view_sees_facility(const View *view, const Book *book, uint32_t facility) {
    const FacilityVersion *version = facility_latest(book, facility);
    return version && view_sees_party(view, book, version->holder);
}

bool view_sees_declaration(const View *view, const Book *book, uint32_t declaration) {
    if (view->role != VIEW_CUSTOMS || declaration == ROW_NONE) return false;
    return view_sees_facility(view, book,
                              ROW(book, DeclarationRow, TABLE_DECLARATION, declaration)->office);
}

// The declaration in which a lot stands, or left.
static uint32_t declaration_of(const Book *book, const Lot *lot) {
    return lot->consignment == ROW_NONE
               ? ROW_NONE
               : ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, lot->consignment)->declaration;
}

// The declaration that this record made; they stand in the order of their records.
static uint32_t declared_by(const Book *book, uint64_t seq) {
    uint32_t low = 0, count = book_count(book, TABLE_DECLARATION), high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ROW(book, DeclarationRow, TABLE_DECLARATION, middle)->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    bool is = low < count && ROW(book, DeclarationRow, TABLE_DECLARATION, low)->seq == seq;
    return is ? low : ROW_NONE;
}

// A laboratory sees a lot through its own results on it, not through what was made of it later.
static bool assayed_by(const Book *book, const Lot *lot, uint32_t party) {
    Text laboratory = intern_text(book->party_ids, party);
    uint64_t born = operation_at(book, lot->operation)->seq;
    for (uint32_t t = 0; t < lot->term_count; t++) {
        const TermRow *term = ROW(book, TermRow, TABLE_TERM, lot->terms + t);
        const MeasurementRow *measurement = measurement_at(book, term->measurement);
        if (measurement->kind != MEASURED_ASSAY || measurement->group == GROUP_NONE) continue;
        if (measurement->seq != born && measurement->seq != lot->changed) continue;
        Text group = intern_text(book->group_keys, measurement->group);
        if (group.length < laboratory.length + 2) continue;
        Text name = {group.at + 1, laboratory.length};
        if (text_equal(name, laboratory) && group.at[1 + laboratory.length] == 0) return true;
    }
    return false;
}

bool view_sees_lot(const View *view, const Book *book, uint32_t row) {
    if (row == ROW_NONE || row >= book_count(book, TABLE_LOT)) return false;
    if (view->all) return true;
    uint32_t party = view_party(view, book);
    if (party == ROW_NONE) return false;
    const Lot *lot = lot_at(book, row);
    if (view->role == VIEW_LABORATORY) return assayed_by(book, lot, party);
    if (view_sees_declaration(view, book, declaration_of(book, lot))) return true;
    return view_sees_party(view, book, lot->party) || view_sees_party(view, book, lot->owner) ||
           view_sees_facility(view, book, lot->facility);
}

bool view_sees_record(const View *view, const Book *book, uint64_t seq) {
    if (seq >= book_count(book, TABLE_RECORD)) return false;
    if (view->role == VIEW_CUSTOMS && view_sees_declaration(view, book, declared_by(book, seq)))
        return true;
    return view->all ||
           view_sees_party(view, book, ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq)->party);
}
