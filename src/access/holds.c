// Causes of holds, and what they stand on.
#include "access/inside.h"

#include <string.h>

static void tally_set(const Book *book, uint32_t set, CauseTally *tally, uint32_t count, bool lot,
                      int64_t mg) {
    const SetRow *row = ROW(book, SetRow, TABLE_SET, set);
    for (uint32_t i = 0; i < row->count; i++) {
        uint32_t cause = *(const uint32_t *)book_row(book, TABLE_SET_ITEM, row->first + i);
        if (cause >= count) continue;
        tally[cause].seen = true;
        tally[cause].lots += lot;
        tally[cause].mg += mg;
    }
}

bool causes_tally(Look *look, CauseTally **out, uint32_t *count, Status *status) {
    *count = book_count(look->book, TABLE_CAUSE);
    CauseTally *tally = arena_take_zero(&look->arena, *count + 1, sizeof *tally);
    if (!tally) return status_no_memory(status);
    for (uint32_t row = 0; row < book_count(look->book, TABLE_LOT); row++) {
        const Lot *lot = lot_at(look->book, row);
        if (lot->set != SET_EMPTY && look_sees_lot(look, row)) {
            bool here = lot->state != LOT_ENDED;
            tally_set(look->book, lot->set, tally, *count, here, here ? lot_left(lot) : 0);
        }
        if (!look_breathe(look, status)) return false;
    }
    for (uint32_t row = 0; row < book_count(look->book, TABLE_POOL_SET); row++) {
        const PoolSetRow *set = ROW(look->book, PoolSetRow, TABLE_POOL_SET, row);
        if (look_sees_facility(look, pool_at(look->book, set->pool)->facility)) {
            int64_t mg = 0;
            for (int c = 0; c < COMPONENT_COUNT; c++)
                mg += set->mg[c];
            tally_set(look->book, set->set, tally, *count, false, mg);
        }
        if (!look_breathe(look, status)) return false;
    }
    for (uint32_t i = 0; i < *count; i++)
        tally[i].seen = tally[i].seen || look->view->all;
    *out = tally;
    return true;
}

static const char *who_lifts(const CauseRow *cause) {
    if (cause->status == CAUSE_RELEASED || cause->status == CAUSE_VOID) return "nobody";
    return cause->code == CODE_FOUND || cause->code == CODE_UNMATCHED ? "party" : "authority";
}

void hold_write(const Look *look, uint32_t row, uint64_t born, const CauseTally *tally,
                JsonWriter *json) {
    const Book *book = look->book;
    const CauseRow *cause = cause_at(book, row);
    const CodeFacts *facts = code_facts(cause->code);
    uint64_t seq = cause->number / 256;
    const RecordRow *record = record_at(book, seq);
    char text[CAUSE_TEXT_MAX];
    json_object_begin(json);
    json_named_words(json, "cause", cause_print(cause->number, text));
    json_named_words(json, "code", facts ? facts->name : "unknown");
    json_named_words(json, "message", facts ? facts->what : "");
    json_named_words(json, "state", cause_status_word(cause->status));
    json_named_u64(json, "record", seq);
    named_day(json, "day", record ? record->day_of : 0);
    bool known = record && view_sees_record(look->view, book, seq);
    named_text_or_null(json, "party", known ? party_id(book, record->party) : (Text){"", 0});
    // A cause comes to a lot that is there, or is there before the lot, which then has it from its
    // matter.
    json_named_bool(json, "inherited", born != UINT64_MAX && born > seq);
    json_named_u64(json, "lots", tally ? tally->lots : 0);
    named_wide(json, "mass_kg", tally ? tally->mg : 0);
    json_named_words(json, "who_lifts", who_lifts(cause));
    json_object_end(json);
}
