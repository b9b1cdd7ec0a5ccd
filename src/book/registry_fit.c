// What a stored registry event stands on. Deciding has looked at all that the rules ask; this asks
// only what no rule can change: that what is named is there, and what must be new is new. So a
// store whose decisions were forged is told as damaged, and never followed.
#include "book/decide.h"

static bool has_party(const Book *book, Text id) {
    return text_is_empty(id) || party_latest(book, intern_find(book->party_ids, id));
}

static bool has_facility(const Book *book, Text id) {
    return text_is_empty(id) || facility_latest(book, intern_find(book->facility_ids, id));
}

static bool is_holder(const Book *book, Text id) {
    return has_party(book, id) || has_facility(book, id);
}

static bool allotments_fit(const Book *book, const Event *e) {
    for (uint32_t i = 0; i < e->allotment_count; i++)
        if (!is_holder(book, e->allotments[i].holder) || !is_holder(book, e->allotments[i].under))
            return false;
    return true;
}

static bool delegate_fits(const Book *book, const Event *e) {
    Text party = scoped_id_party(e->delegate);
    for (uint32_t i = 0; i < e->facility_count; i++)
        if (!has_facility(book, e->facilities[i])) return false;
    if (party.length == 0) return has_party(book, e->delegate);
    return has_party(book, party) && intern_find(book->user_ids, e->delegate) != ROW_NONE;
}

static bool device_fits(const Book *book, const Event *e) {
    for (uint32_t i = 0; i < e->calibration_count; i++)
        if (!has_party(book, e->calibrations[i].laboratory)) return false;
    return has_facility(book, e->facility);
}

bool registry_fits(const Book *book, const Event *e) {
    switch (e->kind) {
    case EVENT_FACILITY:
    case EVENT_KEY:
        return has_party(book, e->holder);
    case EVENT_DELEGATE:
        return delegate_fits(book, e);
    case EVENT_DEVICE:
        return device_fits(book, e);
    case EVENT_SOURCE:
        return intern_find(book->deposit_ids, e->deposit) != ROW_NONE;
    case EVENT_LICENCE:
    case EVENT_LICENCE_AMEND:
    case EVENT_LICENCE_SUSPEND:
        return has_party(book, e->holder) && has_facility(book, e->facility) &&
               licence_fits(book, e);
    case EVENT_PLAN_DRAFT:
        return allotments_fit(book, e) && intern_find(book->draft_ids, e->subject) == ROW_NONE;
    case EVENT_PLAN_OPINION:
        return intern_find(book->draft_ids, e->subject) != ROW_NONE;
    case EVENT_PLAN_ADOPT:
        return allotments_fit(book, e) && intern_find(book->instrument_ids, e->subject) == ROW_NONE;
    case EVENT_DOCUMENT:
        return intern_find(book->document_ids, e->subject) == ROW_NONE;
    case EVENT_SEIZE:
    case EVENT_RESERVE:
    case EVENT_CASE:
    case EVENT_TIP:
    case EVENT_TECHNOLOGY:
    case EVENT_TECHNOLOGY_DISCLOSE:
    case EVENT_RULES:
        return has_party(book, e->holder) && has_facility(book, e->facility) && law_fits(book, e);
    case EVENT_POOL:
        return intern_find(book->pool_ids, e->pool) == ROW_NONE && has_facility(book, e->facility);
    default:
        return true;
    }
}
