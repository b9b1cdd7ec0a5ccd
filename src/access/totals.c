#include "access/totals.h"

#include <string.h>

#include "access/select.h"

static const char *const term_words[ACCOUNT_TERMS] = {[ACCOUNT_OPENED] = "opened_kg",
                                                      [ACCOUNT_EXTRACTED] = "extracted_kg",
                                                      [ACCOUNT_RECEIVED] = "received_kg",
                                                      [ACCOUNT_SHIPPED] = "shipped_kg",
                                                      [ACCOUNT_DISCARDED] = "discarded_kg",
                                                      [ACCOUNT_LOST] = "lost_kg",
                                                      [ACCOUNT_BATCH] = "batch_kg",
                                                      [ACCOUNT_GAIN] = "gain_kg",
                                                      [ACCOUNT_MEASURE] = "measure_kg",
                                                      [ACCOUNT_STOCKTAKE] = "stocktake_kg",
                                                      [ACCOUNT_FOUND] = "found_kg",
                                                      [ACCOUNT_REVERSAL] = "reversal_kg",
                                                      [ACCOUNT_SRD] = "srd_kg"};

typedef struct MonthTotal {
    bool any;
    uint32_t facilities;
    i128 mg[ACCOUNT_TERMS];
} MonthTotal;

// The facilities that are asked for and seen, by row.
static bool facilities_of(Look *look, const TotalsAsked *q, bool **wanted, uint32_t *count,
                          Status *status) {
    *count = book_count(look->book, TABLE_FACILITY);
    *wanted = arena_take_zero(&look->arena, (size_t)*count + 1, sizeof **wanted);
    if (!*wanted) return status_no_memory(status);
    uint32_t facility = intern_find(look->book->facility_ids, q->facility),
             party = intern_find(look->book->party_ids, q->party);
    if (!text_is_empty(q->facility) &&
        (facility == ROW_NONE || !look_sees_facility(look, facility)))
        return not_found(status, "facility", q->facility);
    for (uint32_t f = 0; f < *count; f++) {
        const FacilityVersion *version = facility_latest(look->book, f);
        (*wanted)[f] = (text_is_empty(q->facility) || f == facility) &&
                       (text_is_empty(q->party) || (version && version->holder == party)) &&
                       look_sees_facility(look, f);
    }
    return true;
}

// Adds an account's terms, of all rare earths for COMPONENT_NONE: what they weigh as oxide is
// rounded once for each account and term.
static void add_account(const Look *look, const AccountRow *account, int component,
                        MonthTotal *total) {
    const int64_t *mg = values_at(look->book, account->values);
    total->any = true;
    total->facilities++;
    for (unsigned term = 0; term < ACCOUNT_TERMS; term++, mg += COMPONENT_COUNT) {
        if (component != COMPONENT_NONE) {
            total->mg[term] += mg[component];
            continue;
        }
        // The rule for a mass is for masses: what is below zero is the same, turned round.
        int64_t gains[COMPONENT_COUNT], losses[COMPONENT_COUNT];
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            gains[c] = mg[c] > 0 ? mg[c] : 0;
            losses[c] = mg[c] < 0 ? -mg[c] : 0;
        }
        total->mg[term] += (i128)reo_of_mg(look, gains) - reo_of_mg(look, losses);
    }
}

static bool sum_accounts(Look *look, const Index *index, const bool *wanted, uint32_t facilities,
                         int component, Months months, MonthTotal *totals, Status *status) {
    const RowSet **sets = arena_take_zero(&look->arena, (size_t)facilities + 1, sizeof *sets);
    if (!sets) return status_no_memory(status);
    uint32_t count = 0;
    for (uint32_t f = 0; f < facilities; f++)
        if (wanted[f]) sets[count++] = rowsets_of(&index->account_facility, f);
    Select select = {.look = look, .rows = index->accounts};
    if (!select_in(&select, sets, count, status) ||
        !select_in_months(&select, &index->account_month, months.from, months.to, status))
        return false;
    uint64_t below = UINT64_MAX;
    for (bool more = true; more;) {
        Selected selected;
        if (!select_page(&select, below, PAGE_ROWS_MAX, &selected, status)) return false;
        for (uint32_t i = 0; i < selected.count; i++) {
            const AccountRow *account =
                ROW(look->book, AccountRow, TABLE_ACCOUNT, selected.rows[i]);
            add_account(look, account, component, &totals[account->month - months.from]);
        }
        more = selected.more;
        below = selected.next;
    }
    return true;
}

static void write_total(const MonthTotal *total, JsonWriter *json) {
    for (unsigned term = 0; term < ACCOUNT_TERMS; term++)
        named_wide(json, term_words[term], total->mg[term]);
}

static bool write_totals(Look *look, const void *asked, Buffer *out, Status *status) {
    const TotalsAsked *q = asked;
    Months months = {0, 0};
    bool reo = text_is_empty(q->component) || text_equal(q->component, TEXT("REO"));
    int component = reo ? COMPONENT_NONE : component_find(q->component);
    if (!reo && component == COMPONENT_NONE) {
        status_set(status, STATUS_INVALID, "\"%.*s\" is no component", TEXT_ARG(q->component));
        status_hint(status, "one of " COMPONENT_SYMBOLS ", or REO for all rare earths");
        return status_where(status, "component");
    }
    if (!month_asked(q->from, "from", &months.from, status) ||
        !month_asked(q->to, "to", &months.to, status))
        return false;
    Index *index = index_take(look, status);
    if (!index) return false;
    bool *wanted;
    uint32_t facilities;
    bool well = facilities_of(look, q, &wanted, &facilities, status) &&
                index_months(look, index, wanted, facilities, &months, status);
    MonthTotal *totals =
        well ? arena_take_zero(&look->arena, (size_t)(months.to - months.from) + 1, sizeof *totals)
             : NULL;
    if (well && !totals) well = status_no_memory(status);
    well = well && sum_accounts(look, index, wanted, facilities, component, months, totals, status);
    index_give(look);
    if (!well) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    MonthTotal all = {0};
    answer_begin(look, json);
    json_named_string(json, "component", reo ? TEXT("REO") : q->component);
    named_text_or_null(json, "facility", q->facility);
    named_text_or_null(json, "party", q->party);
    named_begin_array(json, "items");
    for (Month m = months.from; m <= months.to; m++) {
        const MonthTotal *total = &totals[m - months.from];
        if (!total->any) continue;
        for (unsigned term = 0; term < ACCOUNT_TERMS; term++)
            all.mg[term] += total->mg[term];
        json_object_begin(json);
        named_month(json, "month", m);
        json_named_u64(json, "facilities", total->facilities);
        write_total(total, json);
        json_object_end(json);
    }
    json_array_end(json);
    named_begin_object(json, "total");
    write_total(&all, json);
    json_object_end(json);
    json_object_end(json);
    return true;
}

bool access_totals(Access *access, const View *view, const TotalsAsked *asked, Buffer *out,
                   Status *status) {
    static const TotalsAsked any = {0};
    return look_answer(access, view, write_totals, asked ? asked : &any, out, status);
}
