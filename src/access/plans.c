#include "access/plans.h"

#include "access/quota.h"

// ---- drafts and opinions ----

Intern *const *draft_names(const Book *book) {
    return &book->draft_ids;
}

bool draft_sees(const Look *look, uint32_t row) {
    const DraftRow *draft = ROW(look->book, DraftRow, TABLE_DRAFT, row);
    if (look->view->all) return true;
    if (draft->visibility == VISIBLE_REGULATOR || look->party == ROW_NONE) return false;
    if (draft->visibility == VISIBLE_PUBLIC) return true;
    for (uint32_t i = 0; i < draft->count; i++)
        if (look_sees_holder(
                look,
                ROW(look->book, AllotmentRow, TABLE_DRAFT_ALLOTMENT, draft->first + i)->holder))
            return true;
    return false;
}

void draft_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const DraftRow *draft = ROW(book, DraftRow, TABLE_DRAFT, row);
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->draft_ids, row));
    json_named_u64(json, "record", draft->seq);
    json_named_i64(json, "year", draft->year);
    json_named_words(json, "ledger", ledger_words[draft->ledger]);
    json_named_words(json, "class", draft->class_of_ore ? class_words[draft->class_of_ore] : NULL);
    named_day(json, "day", draft->date);
    if (draft->until < DAY_LAST)
        named_day(json, "until", draft->until);
    else
        named_null(json, "until");
    json_named_words(json, "visibility", visibility_words[draft->visibility]);
    named_text_or_null(json, "adopted_as",
                       draft->instrument == ROW_NONE
                           ? (Text){"", 0}
                           : intern_text(book->instrument_ids, draft->instrument));
    unsigned opinions = 0;
    for (uint32_t i = 0; i < book_count(book, TABLE_OPINION); i++)
        opinions += ROW(book, OpinionRow, TABLE_OPINION, i)->draft == row && opinion_sees(look, i);
    json_named_u64(json, "opinions", opinions);
    named_begin_array(json, "allot");
    for (uint32_t i = 0; i < draft->count; i++) {
        const AllotmentRow *allotment =
            ROW(book, AllotmentRow, TABLE_DRAFT_ALLOTMENT, draft->first + i);
        // Of a public draft everybody sees what the nation gets; others see their own figures.
        if (allotment->under != ROW_NONE && !look_sees_holder(look, allotment->holder)) continue;
        json_object_begin(json);
        json_named_string(json, "holder", holder_id(book, allotment->holder));
        json_named_mass(json, "reo_kg", mass_mg(allotment->mg));
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

bool opinion_sees(const Look *look, uint32_t row) {
    return look->view->all ||
           (look->party != ROW_NONE &&
            ROW(look->book, OpinionRow, TABLE_OPINION, row)->party == look->party);
}

void opinion_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const OpinionRow *opinion = ROW(book, OpinionRow, TABLE_OPINION, row);
    json_object_begin(json);
    json_named_u64(json, "record", opinion->seq);
    json_named_string(json, "draft", intern_text(book->draft_ids, opinion->draft));
    json_named_string(json, "party", party_id(book, opinion->party));
    json_named_words(json, "position", position_words[opinion->position]);
    json_key(json, "reo_kg");
    if (opinion->wish_mg < 0)
        json_null(json);
    else
        json_mass(json, mass_mg(opinion->wish_mg));
    json_named_bool(json, "late", opinion->late);
    named_text_or_null(json, "text", text_get(book, opinion->paper));
    named_text_or_null(json, "note", text_get(book, opinion->note));
    json_object_end(json);
}

// ---- passing down ----

bool pass_down_sees(const Look *look, uint32_t row) {
    const Book *book = look->book;
    const AllotmentRow *allotment = ROW(book, AllotmentRow, TABLE_ALLOTMENT, row);
    const InstrumentRow *instrument =
        ROW(book, InstrumentRow, TABLE_INSTRUMENT, allotment->instrument);
    if (!instrument->pass_down || allotment->replaced || (allotment->holder & HOLDER_FACILITY))
        return false;
    const PartyVersion *party = party_latest(book, allotment->holder);
    return party && (party->roles & PARTY_GROUP) && look_sees_holder(look, allotment->holder) &&
           (look->view->all || instrument->visibility != VISIBLE_REGULATOR);
}

void pass_down_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const AllotmentRow *allotment = ROW(book, AllotmentRow, TABLE_ALLOTMENT, row);
    const InstrumentRow *instrument =
        ROW(book, InstrumentRow, TABLE_INSTRUMENT, allotment->instrument);
    i128 passed = 0, in_time = 0;
    for (uint32_t i = 0; i < book_count(book, TABLE_ALLOTMENT); i++) {
        const AllotmentRow *under = ROW(book, AllotmentRow, TABLE_ALLOTMENT, i);
        const InstrumentRow *by = ROW(book, InstrumentRow, TABLE_INSTRUMENT, under->instrument);
        if (under->under != allotment->holder || under->replaced || by->year != instrument->year ||
            by->ledger != instrument->ledger || by->class_of_ore != instrument->class_of_ore)
            continue;
        passed += under->mg;
        if (by->date <= instrument->pass_down) in_time += under->mg;
    }
    uint32_t node = node_find(book, allotment->holder, instrument->ledger, instrument->class_of_ore,
                              instrument->year);
    i128 all = node == ROW_NONE ? 0 : node_at(book, node)->allotted_mg;
    json_object_begin(json);
    json_named_string(json, "group", holder_id(book, allotment->holder));
    json_named_string(json, "instrument", intern_text(book->instrument_ids, allotment->instrument));
    named_day(json, "deadline", instrument->pass_down);
    named_wide(json, "allotted_kg", all);
    named_wide(json, "passed_down_kg", passed);
    named_wide(json, "in_time_kg", in_time);
    json_named_words(json, "state",
                     in_time >= all                         ? "passed down"
                     : look->today <= instrument->pass_down ? "open"
                     : passed >= all                        ? "late"
                                                            : "overdue");
    json_object_end(json);
}

// ---- returns that are missing ----

enum { RETURN_DAYS = 10, MONTHS_MAX = 240 };

static bool has_return(const Book *book, uint32_t facility, Month month) {
    for (uint32_t i = 0; i < book_count(book, TABLE_MONTH_RETURN); i++) {
        const MonthReturn *made = ROW(book, MonthReturn, TABLE_MONTH_RETURN, i);
        if (made->facility == facility && made->month == month) return true;
    }
    return false;
}

// The months of which a return is due and none has come; how many.
static unsigned missing_months(const Look *look, uint32_t facility, Month months[MONTHS_MAX]) {
    const Book *book = look->book;
    const FacilityVersion *version = facility_latest(book, facility);
    uint32_t must = 1u << ACTIVITY_MINING | 1u << ACTIVITY_SEPARATION;
    if (!version || !(version->activities & must) || !look_sees_facility(look, facility)) return 0;
    Day first = ROW(book, RecordRow, TABLE_RECORD, 0)->day_of;
    if (version->from > first) first = version->from;
    unsigned count = 0;
    for (Month month = month_of_day(first);
         month_last_day(month) + RETURN_DAYS < look->today && count < MONTHS_MAX; month++) {
        if (month_last_day(month - 1) >= version->to) break;
        if (!has_return(book, facility, month)) months[count++] = month;
    }
    return count;
}

bool missing_return_sees(const Look *look, uint32_t row) {
    Month months[MONTHS_MAX];
    return missing_months(look, row, months) > 0;
}

void missing_return_write(const Look *look, uint32_t row, JsonWriter *json) {
    Month months[MONTHS_MAX];
    unsigned count = missing_months(look, row, months);
    json_object_begin(json);
    json_named_string(json, "facility", facility_id(look->book, row));
    json_named_string(json, "holder",
                      party_id(look->book, facility_latest(look->book, row)->holder));
    json_named_u64(json, "missing", count);
    named_month(json, "first", months[0]);
    named_month(json, "last", months[count - 1]);
    json_named_i64(json, "days_late", look->today - month_last_day(months[0]) - RETURN_DAYS);
    named_begin_array(json, "months");
    for (unsigned i = 0; i < count; i++) {
        char text[MONTH_TEXT_MAX];
        json_words(json, month_print(months[i], text));
    }
    json_array_end(json);
    json_object_end(json);
}
