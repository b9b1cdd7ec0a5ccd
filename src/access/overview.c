#include "access/overview.h"

#include <stdlib.h>
#include <string.h>

#include "access/inside.h"

typedef struct Asked {
    Months months;
    uint64_t refused;
} Asked;

static bool write_counts(Look *look, uint64_t refused, JsonWriter *json, Status *status) {
    uint64_t by_verdict[5] = {0}, records = 0;
    Instant recorded = 0;
    for (uint64_t seq = 0; seq < look->before; seq++) {
        const RecordRow *record = record_at(look->book, seq);
        bool own = look->view->all || (look->party != ROW_NONE && record->party == look->party &&
                                       view_sees_record(look->view, look->book, seq));
        if (own) {
            records++;
            by_verdict[record->verdict < 5 ? record->verdict : 0]++;
            recorded = record->recorded;
        }
        if (!look_breathe(look, status)) return false;
    }
    if (records)
        named_instant(json, "recorded", recorded);
    else
        named_null(json, "recorded");
    json_named_u64(json, "records", records);
    named_begin_object(json, "verdicts");
    json_named_u64(json, "accepted", by_verdict[VERDICT_ACCEPTED]);
    json_named_u64(json, "flagged", by_verdict[VERDICT_FLAGGED]);
    json_named_u64(json, "held", by_verdict[VERDICT_HELD]);
    json_named_u64(json, "refused", look->view->all ? refused : 0);
    json_object_end(json);
    return true;
}

// Stock by stage, and what of it is held, in one walk over the lots.
typedef struct Shelf {
    i128 reo, held;
    uint32_t lots;
} Shelf;

static bool write_holds(Look *look, Shelf shelf[STAGE_COUNT], JsonWriter *json, Status *status) {
    CauseTally *tally;
    uint32_t count, held_lots = 0, open = 0;
    i128 held_net = 0;
    Day oldest = DAY_LAST;
    if (!causes_tally(look, &tally, &count, status)) return false;
    for (uint32_t i = 0; i < count; i++) {
        const CauseRow *cause = cause_at(look->book, i);
        const RecordRow *record = record_at(look->book, cause->number / 256);
        if (cause->status != CAUSE_OPEN || !tally[i].seen || !record) continue;
        open++;
        if (record->day_of < oldest) oldest = record->day_of;
    }
    for (uint32_t row = 0; row < book_count(look->book, TABLE_LOT); row++) {
        const Lot *lot = lot_at(look->book, row);
        if (lot->state != LOT_ENDED && look->view->role != VIEW_LABORATORY &&
            look_sees_lot(look, row)) {
            Content left;
            lot_content_left(look->book, lot, &left);
            int64_t reo = reo_of(look, &left).mg;
            Shelf *at = &shelf[lot_stage(look->book, lot)];
            at->lots++;
            at->reo += reo;
            if (lot_is_held(look->book, lot)) {
                at->held += reo;
                held_net += lot_left(lot);
                held_lots++;
            }
        }
        if (!look_breathe(look, status)) return false;
    }
    named_begin_object(json, "holds");
    json_named_u64(json, "causes", open);
    json_named_u64(json, "lots", held_lots);
    named_wide(json, "mass_kg", held_net);
    if (open)
        named_day(json, "oldest", oldest);
    else
        named_null(json, "oldest");
    json_object_end(json);
    return true;
}

typedef struct Ranked {
    const BookFacility *facility;
    Books books;
} Ranked;

static int by_excess(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    if (x->books.worst.excess != y->books.worst.excess)
        return x->books.worst.excess > y->books.worst.excess ? -1 : 1;
    return x->facility->row < y->facility->row ? -1 : x->facility->row > y->facility->row;
}

static void write_row(const Look *look, const Analysis *analysis, const BookFacility *facility,
                      Months months, JsonWriter *json) {
    json_object_begin(json);
    json_named_string(json, "facility", facility_id(look->book, facility->row));
    json_named_string(json, "facility_name", facility_name(look->book, facility->row));
    named_begin_array(json, "months");
    for (Month m = months.from; m <= months.to; m++) {
        size_t c = 0;
        bool has = m >= facility->first && m - facility->first < facility->months;
        StateOf state = has ? worst_in_month(analysis, facility, m - facility->first, &c)
                            : (StateOf){STATE_NONE, false, 0};
        json_object_begin(json);
        named_month(json, "month", m);
        state_write(&state, json);
        if (state.state != STATE_NONE)
            json_named_string(json, "component", facility->names[c]);
        else
            named_null(json, "component");
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static bool write_books(Look *look, const Analysis *analysis, Months months, JsonWriter *json,
                        Status *status) {
    enum { ROWS = 10 };
    Ranked *ranked = arena_take_zero(&look->arena, analysis->balances.count + 1, sizeof *ranked);
    if (!ranked) return status_no_memory(status);
    size_t count = 0, close = 0;
    for (size_t i = 0; i < analysis->balances.count; i++) {
        const BookFacility *facility = &analysis->balances.facility[i];
        if (!look_sees_facility(look, facility->row)) continue;
        ranked[count] = (Ranked){facility, books_of(analysis, facility, months.from, months.to)};
        close += ranked[count++].books.months_beyond == 0;
    }
    qsort(ranked, count, sizeof *ranked, by_excess);
    named_begin_object(json, "books");
    json_named_u64(json, "facilities", count);
    json_named_u64(json, "close", close);
    named_begin_array(json, "matrix");
    for (size_t i = 0; i < count && i < ROWS; i++)
        write_row(look, analysis, ranked[i].facility, months, json);
    json_array_end(json);
    json_object_end(json);
    return true;
}

static void write_quota(Look *look, Months months, JsonWriter *json) {
    int year = month_year(months.to);
    named_begin_array(json, "quota");
    for (unsigned ledger = LEDGER_MINING; ledger < LEDGER_COUNT; ledger++)
        for (unsigned class_of_ore = CLASS_NONE; class_of_ore < CLASS_COUNT; class_of_ore++) {
            bool any = false;
            for (uint32_t n = 0; n < book_count(look->book, TABLE_NODE) && !any; n++) {
                const NodeRow *node = node_at(look->book, n);
                any = node->ledger == ledger && node->class_of_ore == class_of_ore &&
                      node->year == year && (look->view->all || node->holder == look->party) &&
                      look_sees_holder(look, node->holder);
            }
            if (any)
                quota_use(look, ledger, class_of_ore, year, look->party, look->view->all, json);
        }
    json_array_end(json);
}

static bool write_production(Look *look, Months months, JsonWriter *json, Status *status) {
    size_t count = months.to - months.from + 1;
    i128 *drawn = arena_take_zero(&look->arena, count * LEDGER_COUNT, sizeof *drawn);
    if (!drawn) return status_no_memory(status);
    for (uint32_t d = 0; d < book_count(look->book, TABLE_DRAW); d++) {
        const DrawRow *draw = ROW(look->book, DrawRow, TABLE_DRAW, d);
        const NodeRow *node = node_at(look->book, draw->node);
        Month month = month_of_day(record_at(look->book, draw->seq)->day_of);
        bool own = look->view->all ||
                   (node->holder == look->party && look_sees_holder(look, node->holder));
        if (draw->active && own && month >= months.from && month <= months.to)
            drawn[(month - months.from) * LEDGER_COUNT + node->ledger] += draw->mg;
        if (!look_breathe(look, status)) return false;
    }
    named_begin_array(json, "production");
    for (size_t m = 0; m < count; m++) {
        json_object_begin(json);
        named_month(json, "month", months.from + (Month)m);
        named_wide(json, "mining_kg", drawn[m * LEDGER_COUNT + LEDGER_MINING]);
        named_wide(json, "separation_kg", drawn[m * LEDGER_COUNT + LEDGER_SEPARATION]);
        json_object_end(json);
    }
    json_array_end(json);
    return true;
}

static void write_stock(const Look *look, const Shelf shelf[STAGE_COUNT], JsonWriter *json) {
    named_begin_array(json, "stock");
    for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
        if (!shelf[stage].lots) continue;
        json_object_begin(json);
        json_named_words(json, "stage", stage_word(stage));
        named_wide(json, "reo_kg", shelf[stage].reo);
        named_wide(json, "held_reo_kg", shelf[stage].held);
        json_named_u64(json, "lots", shelf[stage].lots);
        json_object_end(json);
    }
    json_array_end(json);
    (void)look;
}

static void write_findings(const Look *look, const Analysis *analysis, JsonWriter *json) {
    enum { TOP = 6 };
    uint64_t open = 0;
    named_begin_object(json, "findings");
    for (size_t i = 0; i < analysis->findings.count; i++)
        open += finding_is_seen(look, analysis, &analysis->findings.findings[i]);
    json_named_u64(json, "open", open);
    named_begin_array(json, "top");
    size_t shown = 0;
    for (size_t i = 0; i < analysis->findings.count && shown < TOP; i++) {
        if (!finding_is_seen(look, analysis, &analysis->findings.findings[i])) continue;
        finding_brief(look, analysis, &analysis->findings.findings[i], json);
        shown++;
    }
    json_array_end(json);
    json_object_end(json);
}

static bool write_all(Look *look, const Asked *asked, const Analysis *analysis, JsonWriter *json,
                      Status *status) {
    enum { MONTHS_MAX = 240 };
    Months months = asked->months;
    if (!months_of_book(look, &months, status)) return false;
    if (months.to - months.from >= MONTHS_MAX) {
        status_set(status, STATUS_INVALID, "more than %d months", MONTHS_MAX);
        return status_where(status, "from");
    }
    Shelf shelf[STAGE_COUNT] = {{0}};
    answer_begin(look, json);
    named_month(json, "from", months.from);
    named_month(json, "to", months.to);
    if (!write_counts(look, asked->refused, json, status) ||
        !write_holds(look, shelf, json, status))
        return false;
    write_findings(look, analysis, json);
    if (!write_books(look, analysis, months, json, status)) return false;
    write_quota(look, months, json);
    if (!write_production(look, months, json, status)) return false;
    write_stock(look, shelf, json);
    json_object_end(json);
    return true;
}

static bool write_overview(Look *look, const void *asked, Buffer *out, Status *status) {
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    JsonWriter writer = json_writer(out);
    bool well = write_all(look, asked, analysis, &writer, status);
    analysis_give(look->access, analysis);
    return well;
}

bool access_overview(Access *access, const View *view, Months months, uint64_t refused, Buffer *out,
                     Status *status) {
    Asked asked = {months, refused};
    return look_answer(access, view, write_overview, &asked, out, status);
}
