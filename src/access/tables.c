#include "access/tables.h"

#include <stdio.h>

#include "access/goods.h"
#include "access/inside.h"
#include "access/returns.h"
#include "codec/csv.h"
#include "quantity/decimal.h"

enum { ROWS_AT_ONCE = 4096 };

// ---- Cells ----

static void cell_mg(CsvWriter *csv, i128 mg) {
    char text[DECIMAL_TEXT_MAX];
    csv_number(csv, mass_print_wide(mg, text));
}

static void cell_number(CsvWriter *csv, uint64_t number) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    csv_number(csv, text);
}

static void cell_day(CsvWriter *csv, Day day) {
    char text[DAY_TEXT_MAX];
    csv_words(csv, day_print(day, text));
}

static void cell_month(CsvWriter *csv, Month month) {
    char text[MONTH_TEXT_MAX];
    csv_words(csv, month_print(month, text));
}

// REO, then each component; what is not stated is empty.
static void cells_content(CsvWriter *csv, const Look *look, uint64_t stated,
                          const int64_t mg[COMPONENT_COUNT]) {
    int64_t rare[COMPONENT_COUNT];
    for (int c = 0; c < COMPONENT_COUNT; c++)
        rare[c] = stated >> c & 1 ? mg[c] : 0;
    if (stated & RARE_EARTH_MASK)
        cell_mg(csv, reo_of_mg(look, rare));
    else
        csv_words(csv, "");
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (stated >> c & 1)
            cell_mg(csv, mg[c]);
        else
            csv_words(csv, "");
    }
}

static void heads(CsvWriter *csv, const char *const *names) {
    for (; *names; names++)
        csv_words(csv, *names);
}

static void heads_content(CsvWriter *csv) {
    csv_words(csv, "reo_kg");
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        char name[16];
        snprintf(name, sizeof name, "%s_kg", component_symbol(c));
        csv_words(csv, name);
    }
}

// ---- Lots ----

static void lots_head(CsvWriter *csv) {
    static const char *const names[] = {"lot",    "party",       "facility", "material", "stage",
                                        "state",  "held",        "basis",    "custody",  "made",
                                        "record", "born_net_kg", "net_kg",   "dry_kg",   NULL};
    heads(csv, names);
    heads_content(csv);
}

static bool lots_row(const Look *look, uint32_t row, CsvWriter *csv) {
    static const char *const states[] = {
        [LOT_HERE] = "here", [LOT_TRANSIT] = "in transit", [LOT_ENDED] = "ended"};
    const Book *book = look->book;
    if (!look_sees_lot(look, row)) return false;
    const Lot *lot = lot_at(book, row);
    uint64_t seq = operation_seq(book, lot->operation);
    const RecordRow *record = record_at(book, seq);
    Content left;
    lot_content_left(book, lot, &left);
    // What has ended holds nothing, whatever way it went.
    bool ended = lot->state == LOT_ENDED;
    if (ended) {
        uint64_t stated = left.stated;
        content_zero(&left);
        left.stated = stated;
    }
    bool place = look_sees_facility(look, lot->facility) || look->view->role == VIEW_LABORATORY;
    csv_text(csv, lot_id(book, row));
    csv_text(csv, party_id(book, lot->party));
    csv_text(csv, place ? facility_id(book, lot->facility) : (Text){"", 0});
    csv_text(csv, lot->material == ROW_NONE ? TEXT("unknown") : material_id(book, lot->material));
    csv_words(csv, stage_word(lot_stage(book, lot)));
    csv_words(csv, states[lot->state]);
    csv_words(csv, !ended && lot_is_held(book, lot) ? "yes" : "no");
    csv_words(csv, lot->basis < BASIS_NOTHING ? basis_words[lot->basis] : "nothing");
    csv_words(csv, lot->custody < CUSTODY_COUNT ? custody_words[lot->custody] : "unstated");
    cell_day(csv, record ? record->day_of : 0);
    cell_number(csv, seq);
    cell_mg(csv, lot->born_net);
    cell_mg(csv, ended ? 0 : lot_left(lot));
    cell_mg(csv, left.dry);
    cells_content(csv, look, left.stated, left.mg);
    return true;
}

// ---- Pools ----

static void pools_head(CsvWriter *csv) {
    static const char *const names[] = {"pool", "facility", "activity", NULL};
    heads(csv, names);
    heads_content(csv);
}

static bool pools_row(const Look *look, uint32_t row, CsvWriter *csv) {
    const Book *book = look->book;
    const PoolRow *pool = pool_at(book, row);
    if (!look_sees_facility(look, pool->facility)) return false;
    csv_text(csv, intern_text(book->pool_ids, row));
    csv_text(csv, facility_id(book, pool->facility));
    csv_words(csv, pool->activity < ACTIVITY_COUNT ? activity_words[pool->activity] : "");
    cells_content(csv, look, pool->stated, pool->content);
    return true;
}

// ---- Movements ----

static void movements_head(CsvWriter *csv) {
    static const char *const names[] = {"record",  "date",     "month", "kind", "party",
                                        "verdict", "facility", "pool",  "lot",  "material",
                                        "role",    "net_kg",   NULL};
    heads(csv, names);
    heads_content(csv);
}

static bool movements_row(const Look *look, uint32_t row, CsvWriter *csv) {
    static const char *const roles[] = {
        [FLOW_IN] = "in", [FLOW_OUT] = "out", [FLOW_TOUCHED] = "set"};
    const Book *book = look->book;
    const FlowRow *flow = flow_at(book, row);
    const OperationRow *operation = operation_at(book, flow->operation);
    const RecordRow *record = record_at(book, operation->seq);
    if (!look_sees_lot(look, flow->lot) || !view_sees_record(look->view, book, operation->seq))
        return false;
    const Lot *lot = lot_at(book, flow->lot);
    Content content;
    content_load(book, &flow->content, &content);
    cell_number(csv, operation->seq);
    cell_day(csv, record ? record->day_of : 0);
    cell_month(csv, operation->month);
    csv_words(csv, event_kind_name((EventKind)operation->kind));
    csv_text(csv, record ? party_id(book, record->party) : (Text){"", 0});
    csv_words(csv, record ? verdict_name((Verdict)record->verdict) : "");
    csv_text(csv, facility_id(book, operation->facility));
    csv_text(csv, operation->pool == ROW_NONE ? (Text){"", 0}
                                              : intern_text(book->pool_ids, operation->pool));
    csv_text(csv, lot_id(book, flow->lot));
    csv_text(csv, lot->material == ROW_NONE ? TEXT("unknown") : material_id(book, lot->material));
    csv_words(csv, roles[flow->role]);
    cell_mg(csv, flow->net);
    cells_content(csv, look, content.stated, content.mg);
    return true;
}

// ---- Balances ----

static void balances_head(CsvWriter *csv) {
    static const char *const names[] = {"facility",     "month",        "component",   "opening_kg",
                                        "opened_kg",    "extracted_kg", "received_kg", "shipped_kg",
                                        "discarded_kg", "lost_kg",      "muf_kg",      "closing_kg",
                                        "srd_kg",       "batch_kg",     "gain_kg",     "measure_kg",
                                        "stocktake_kg", "found_kg",     "reversal_kg", NULL};
    heads(csv, names);
}

static int64_t term_of(const int64_t *terms, AccountTerm term, int c) {
    return terms[(unsigned)term * COMPONENT_COUNT + (unsigned)c];
}

// What a month's line adds to what is there. SRD stands beside the line.
static i128 line_change(const int64_t *terms, int c) {
    i128 change = 0;
    for (AccountTerm term = ACCOUNT_OPENED; term < ACCOUNT_TERMS; term++) {
        if (term == ACCOUNT_SRD) continue;
        bool out = term == ACCOUNT_SHIPPED || term == ACCOUNT_DISCARDED;
        change += out ? -(i128)term_of(terms, term, c) : (i128)term_of(terms, term, c);
    }
    return change;
}

// What stood at the facility before the month: the changes of all months before it.
static void opening_of(const Book *book, const AccountRow *line, i128 opening[COMPONENT_COUNT]) {
    for (uint32_t a = 0; a < book_count(book, TABLE_ACCOUNT); a++) {
        const AccountRow *other = ROW(book, AccountRow, TABLE_ACCOUNT, a);
        if (other->facility != line->facility || other->month >= line->month) continue;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            opening[c] += line_change(values_at(book, other->values), c);
    }
}

// A row each stated component of a facility's month.
static bool balances_row(const Look *look, uint32_t row, CsvWriter *csv) {
    static const AccountTerm shown[] = {ACCOUNT_OPENED, ACCOUNT_EXTRACTED, ACCOUNT_RECEIVED,
                                        ACCOUNT_SHIPPED, ACCOUNT_DISCARDED},
                             parts[] = {ACCOUNT_BATCH,     ACCOUNT_GAIN,  ACCOUNT_MEASURE,
                                        ACCOUNT_STOCKTAKE, ACCOUNT_FOUND, ACCOUNT_REVERSAL};
    enum { SHOWN = sizeof shown / sizeof *shown, PARTS = sizeof parts / sizeof *parts };
    const Book *book = look->book;
    const AccountRow *line = ROW(book, AccountRow, TABLE_ACCOUNT, row);
    if (line->facility == ROW_NONE || !look_sees_facility(look, line->facility)) return false;
    const int64_t *terms = values_at(book, line->values);
    i128 opening[COMPONENT_COUNT] = {0};
    opening_of(book, line, opening);
    bool any = false;
    for (uint32_t m = line->stated; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        i128 gained = 0;
        for (size_t i = 0; i < PARTS; i++)
            gained += term_of(terms, parts[i], c);
        if (any) csv_row_end(csv);
        any = true;
        csv_text(csv, facility_id(book, line->facility));
        cell_month(csv, line->month);
        csv_words(csv, component_symbol(c));
        cell_mg(csv, opening[c]);
        for (size_t i = 0; i < SHOWN; i++)
            cell_mg(csv, term_of(terms, shown[i], c));
        cell_mg(csv, -(i128)term_of(terms, ACCOUNT_LOST, c));
        cell_mg(csv, -gained);
        cell_mg(csv, opening[c] + line_change(terms, c));
        cell_mg(csv, term_of(terms, ACCOUNT_SRD, c));
        for (size_t i = 0; i < PARTS; i++)
            cell_mg(csv, term_of(terms, parts[i], c));
    }
    return any;
}

// ---- Quotas ----

static void quotas_head(CsvWriter *csv) {
    static const char *const names[] = {"year",        "ledger",   "ore_class", "holder", "under",
                                        "allotted_kg", "drawn_kg", "left_kg",   NULL};
    heads(csv, names);
}

// What the instruments that the view may see allotted to the node's holder.
static i128 allotted_to(const Look *look, const NodeRow *node) {
    const Book *book = look->book;
    i128 sum = 0;
    for (uint32_t i = 0; i < book_count(book, TABLE_INSTRUMENT); i++) {
        const InstrumentRow *instrument = ROW(book, InstrumentRow, TABLE_INSTRUMENT, i);
        if (instrument->ledger != node->ledger || instrument->year != node->year ||
            instrument->class_of_ore != node->class_of_ore ||
            (!look->view->all && instrument->visibility == VISIBLE_REGULATOR))
            continue;
        for (uint32_t a = 0; a < instrument->count; a++) {
            const AllotmentRow *allotment =
                ROW(book, AllotmentRow, TABLE_ALLOTMENT, instrument->first + a);
            if (allotment->holder == node->holder && !allotment->replaced) sum += allotment->mg;
        }
    }
    return sum;
}

static bool quotas_row(const Look *look, uint32_t row, CsvWriter *csv) {
    const Book *book = look->book;
    const NodeRow *node = node_at(book, row);
    if (!look_sees_holder(look, node->holder)) return false;
    i128 allotted = look->view->all ? (i128)node->allotted_mg : allotted_to(look, node);
    Holder above = node_above(book, row, look->today);
    cell_number(csv, node->year);
    csv_words(csv, ledger_words[node->ledger]);
    csv_words(csv, class_words[node->class_of_ore]);
    csv_text(csv, holder_id(book, node->holder));
    csv_text(csv, above == ROW_NONE ? (Text){"", 0} : holder_id(book, above));
    cell_mg(csv, allotted);
    cell_mg(csv, node->drawn_mg);
    cell_mg(csv, allotted - node->drawn_mg);
    return true;
}

// ---- All of them ----

typedef struct TableOf {
    const char *name;
    Table rows;
    void (*head)(CsvWriter *csv);
    bool (*row)(const Look *look, uint32_t row, CsvWriter *csv);
} TableOf;
static const TableOf tables[] = {
    {"lots", TABLE_LOT, lots_head, lots_row},
    {"pools", TABLE_POOL, pools_head, pools_row},
    {"movements", TABLE_FLOW, movements_head, movements_row},
    {"balances", TABLE_ACCOUNT, balances_head, balances_row},
    {"quotas", TABLE_NODE, quotas_head, quotas_row},
    {"returns", TABLE_MONTH_RETURN, returns_head, returns_row},
};
const char *const access_table_names[] = {"lots",   "pools",   "movements", "balances",
                                          "quotas", "returns", NULL};

typedef struct TableAsked {
    const TableOf *table;
    uint64_t from, *next;
} TableAsked;

static bool write_rows(Look *look, const void *asked, Buffer *out, Status *status) {
    const TableAsked *q = asked;
    CsvWriter csv = csv_writer(out);
    if (q->table->rows == TABLE_MONTH_RETURN && !goods_take(look, status)) return false;
    uint32_t count = book_count(look->book, q->table->rows);
    if (q->from == 0) {
        q->table->head(&csv);
        csv_row_end(&csv);
    }
    uint64_t row = q->from, end = row + ROWS_AT_ONCE;
    for (; row < count && row < end; row++) {
        if (q->table->row(look, (uint32_t)row, &csv)) csv_row_end(&csv);
        if (!look_breathe(look, status)) return false;
    }
    *q->next = row < count ? row : UINT64_MAX;
    return !out->failed || status_no_memory(status);
}

bool access_table(Access *access, const View *view, Text name, uint64_t *position, Buffer *out,
                  Status *status) {
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (!text_equal(name, text_of(tables[i].name))) continue;
        TableAsked asked = {&tables[i], *position, &next};
        if (!look_answer(access, view, write_rows, &asked, out, status)) return false;
        *position = next;
        return true;
    }
    status_set(status, STATUS_INVALID, "no table is called \"%.*s\"", TEXT_ARG(name));
    return status_hint(status, "lots, pools, movements, balances, quotas or returns");
}
