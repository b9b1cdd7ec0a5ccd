#include "access/movements.h"

#include <string.h>

#include "access/select.h"

typedef struct Work {
    const void *asked;
    const Page *page;
} Work;

// What the three lists begin with: limit, query and cursor.
typedef struct Begun {
    unsigned limit;
    uint64_t below;
    Text query;
} Begun;

static bool list_begin(Look *look, const Page *page, char *query, Begun *begun, Status *status) {
    begun->below = UINT64_MAX;
    if (!query) return status_no_memory(status);
    begun->query = text_of(query);
    return access_page_limit(page, &begun->limit, status) &&
           (!page || text_is_empty(page->cursor) ||
            cursor_read(look, begun->query, page->cursor, &begun->below, status));
}

static void list_end(const Look *look, const Begun *begun, const Selected *selected,
                     JsonWriter *json) {
    json_array_end(json);
    selected_write(look, begun->query, selected, true, json);
    json_object_end(json);
}

// ---- movements ----

static const char *const movement_kinds[] = {"ship",         "receive",      "sell",
                                             "return.goods", "import.goods", "export.goods"};
enum { MOVEMENT_KINDS = sizeof movement_kinds / sizeof *movement_kinds };

// Which kinds are asked for. A kind that this book does not know yet has no sets.
static bool kinds_in(Select *select, const Index *index, Text asked, Status *status) {
    const RowSet *sets[MOVEMENT_KINDS];
    uint32_t count = 0;
    bool known = text_is_empty(asked);
    for (size_t i = 0; i < MOVEMENT_KINDS; i++) {
        EventKind kind = event_kind_find(text_of(movement_kinds[i]));
        bool wanted = text_is_empty(asked) || text_equal(asked, text_of(movement_kinds[i]));
        known = known || wanted;
        if (wanted && kind != EVENT_NONE) sets[count++] = &index->record_kind[kind % INDEX_KINDS];
    }
    if (!known) {
        status_set(status, STATUS_INVALID, "\"%.*s\" is no movement", TEXT_ARG(asked));
        status_hint(status, "ship, receive, sell, return.goods, import.goods or export.goods");
        return status_where(status, "kind");
    }
    return select_in(select, sets, count, status);
}

// What moved: lots that came with a receipt or an import, else lots that went.
static void write_lots_of(const Look *look, const OperationRow *operation, JsonWriter *json) {
    bool came = operation && (operation->kind == EVENT_RECEIVE ||
                              operation->kind == event_kind_find(TEXT("import.goods")));
    i128 net = 0;
    named_begin_array(json, "lots");
    for (uint32_t f = 0; operation && f < operation->flow_count; f++) {
        const FlowRow *flow = flow_at(look->book, operation->first_flow + f);
        if (came != (flow->role == FLOW_OUT)) continue;
        // Of a sale: what passed, not what a part was cut from.
        if (operation->kind == EVENT_SELL && flow->role != FLOW_TOUCHED) continue;
        net += flow->net;
        json_object_begin(json);
        json_named_string(json, "lot", lot_id(look->book, flow->lot));
        json_named_mass(json, "net_kg", mass_mg(flow->net));
        json_object_end(json);
    }
    json_array_end(json);
    named_wide(json, "net_kg", net);
}

static bool write_movement(Look *look, uint64_t seq, JsonWriter *json, Status *status) {
    ReadRecord stored;
    Event event;
    if (!look_record(look, seq, &stored, &event, status)) return false;
    const RecordRow *record = record_at(look->book, seq);
    const OperationRow *operation =
        record->operation == ROW_NONE ? NULL : operation_at(look->book, record->operation);
    bool receive = event.kind == EVENT_RECEIVE;
    Text outside = !text_is_empty(event.outside_name) ? event.outside_name
                   : event.outside != OUTSIDE_NONE    ? text_of(outside_words[event.outside])
                                                      : (Text){"", 0};
    Text here = operation && operation->facility != ROW_NONE
                    ? facility_id(look->book, operation->facility)
                    : event.facility;
    Text there = !text_is_empty(outside) ? outside : receive ? event.from_party : event.destination;
    json_object_begin(json);
    json_named_u64(json, "record", seq);
    json_named_string(json, "event", event.id);
    json_named_words(json, "kind", event_kind_name(event.kind));
    named_day(json, "day", record->day_of);
    json_named_words(json, "verdict", verdict_name((Verdict)record->verdict));
    json_named_string(json, "party", event.party);
    named_text_or_null(json, "consignment", event.consignment);
    named_text_or_null(json, "from", receive ? there : here);
    named_text_or_null(json, "to", receive ? here : there);
    write_lots_of(look, operation, json);
    json_named_bool(json, "corrected", record->corrected);
    json_object_end(json);
    return true;
}

static bool find_movements(Look *look, const Index *index, const MovementsAsked *q,
                           const Days *days, const Begun *begun, Selected *selected,
                           Status *status) {
    Select select = {.look = look, .rows = index->records};
    return records_in_view(&select, index, status) && kinds_in(&select, index, q->kind, status) &&
           select_in_named(&select, look->book->party_ids, &index->record_party, q->party,
                           status) &&
           select_in_named(&select, look->book->facility_ids, &index->record_facility, q->facility,
                           status) &&
           records_in_days(&select, index, days, status) &&
           select_page(&select, begun->below, begun->limit, selected, status);
}

static bool write_movements(Look *look, const void *asked, Buffer *out, Status *status) {
    const Work *work = asked;
    const MovementsAsked *q = work->asked;
    Days days;
    Begun begun;
    if (!days_read(q->from, q->to, &days, status) ||
        !list_begin(look, work->page,
                    arena_format(&look->arena, "movements|%.*s|%.*s|%.*s|%.*s|%.*s",
                                 TEXT_ARG(q->kind), TEXT_ARG(q->party), TEXT_ARG(q->facility),
                                 TEXT_ARG(q->from), TEXT_ARG(q->to)),
                    &begun, status))
        return false;
    Index *index = index_take(look, status);
    if (!index) return false;
    Selected selected;
    bool well = find_movements(look, index, q, &days, &begun, &selected, status);
    index_give(look);
    if (!well) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    for (uint32_t i = 0; i < selected.count; i++)
        if (!write_movement(look, selected.rows[i], json, status)) return false;
    list_end(look, &begun, &selected, json);
    return true;
}

bool access_movements(Access *access, const View *view, const MovementsAsked *asked,
                      const Page *page, Buffer *out, Status *status) {
    static const MovementsAsked any = {0};
    Work work = {asked ? asked : &any, page};
    return look_answer(access, view, write_movements, &work, out, status);
}

// ---- consignments ----

Intern *const *consignment_names(const Book *book) {
    return &book->consignment_ids;
}
bool consignment_sees(const Look *look, uint32_t row) {
    const ConsignmentRow *at = ROW(look->book, ConsignmentRow, TABLE_CONSIGNMENT, row);
    return view_sees_party(look->view, look->book, at->from_party) ||
           view_sees_declaration(look->view, look->book, at->declaration) ||
           (at->shipped && look_sees_facility(look, at->to_facility)) ||
           (at->first_unmatched != ROW_NONE &&
            look_sees_facility(
                look,
                ROW(look->book, UnmatchedRow, TABLE_UNMATCHED, at->first_unmatched)->facility));
}
// All that was sent has arrived, and nothing came that was not sent (docs/book.md, "Back, and lost
// on the road").
static bool consignment_is_confirmed(const Book *book, uint32_t row) {
    const ConsignmentRow *at = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row);
    if (!at->shipped) return false;
    for (uint32_t l = at->first_line; l != ROW_NONE;
         l = ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, l)->next) {
        const Lot *lot = lot_at(book, ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, l)->lot);
        if (lot->state == LOT_TRANSIT && lot->consignment == row) return false;
    }
    for (uint32_t u = at->first_unmatched; u != ROW_NONE;
         u = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u)->next)
        if (!ROW(book, UnmatchedRow, TABLE_UNMATCHED, u)->paired) return false;
    return true;
}

// What was declared of it at the border, and what it reserves or drew of permits.
static void write_declaration(const Book *book, uint32_t row, JsonWriter *json) {
    static const char *const outcomes[] = {"", "declared", "cleared", "stopped", "withdrawn"};
    json_key(json, "declaration");
    if (row == ROW_NONE) {
        json_null(json);
        return;
    }
    const DeclarationRow *at = ROW(book, DeclarationRow, TABLE_DECLARATION, row);
    json_object_begin(json);
    json_named_words(json, "state", outcomes[at->status]);
    json_named_string(json, "office", facility_id(book, at->office));
    named_day(json, "day", at->day);
    json_named_string(json, "country", text_get(book, at->country));
    json_named_string(json, "user", text_get(book, at->user));
    json_named_string(json, "customs_code", text_get(book, at->customs_code));
    // For the declaration's remarks: whether any of the goods are controlled.
    json_named_bool(json, "controlled", at->net_mg > 0);
    named_begin_array(json, "permits");
    for (uint32_t i = 0; i < at->line_count; i++) {
        const DeclarationPermit *line =
            ROW(book, DeclarationPermit, TABLE_DECLARATION_PERMIT, at->first_line + i);
        const PermitRow *permit = ROW(book, PermitRow, TABLE_PERMIT, line->permit);
        json_object_begin(json);
        json_named_string(json, "permit", intern_text(book->licence_ids, permit->licence));
        json_named_mass(json, "kg", mass_mg(line->mg));
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

// What a receiver learns is what is on its way to it: the goods and their mass at the shipper's
// figures.
void consignment_write(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const ConsignmentRow *at = ROW(book, ConsignmentRow, TABLE_CONSIGNMENT, row);
    bool sender = view_sees_party(look->view, book, at->from_party);
    bool declared = view_sees_declaration(look->view, book, at->declaration);
    bool from = at->shipped && (declared || look_sees_facility(look, at->from_facility));
    json_object_begin(json);
    json_named_string(json, "id", intern_text(book->consignment_ids, row));
    json_named_string(json, "from", party_id(book, at->from_party));
    named_text_or_null(json, "from_facility",
                       from ? facility_id(book, at->from_facility) : (Text){"", 0});
    named_text_or_null(json, "to_facility",
                       at->shipped ? facility_id(book, at->to_facility) : (Text){"", 0});
    json_named_bool(json, "shipped", at->shipped);
    json_named_bool(json, "confirmed", consignment_is_confirmed(book, row));
    named_text_or_null(json, "carrier", text_get(book, at->carrier));
    named_text_or_null(json, "seal", text_get(book, at->seal));
    if (at->expected == DAY_LAST)
        named_null(json, "expected");
    else
        named_day(json, "expected", at->expected);
    json_named_words(json, "title", title_words[at->title]);
    named_text_or_null(json, "returns",
                       at->returns == ROW_NONE ? (Text){"", 0}
                                               : intern_text(book->consignment_ids, at->returns));
    named_begin_array(json, "lots");
    for (uint32_t l = at->shipped ? at->first_line : ROW_NONE; l != ROW_NONE;
         l = ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, l)->next) {
        uint32_t lot_row = ROW(book, ConsignmentLine, TABLE_CONSIGNMENT_LINE, l)->lot;
        const Lot *lot = lot_at(book, lot_row);
        json_object_begin(json);
        json_named_string(json, "lot", lot_id(book, lot_row));
        named_text_or_null(json, "material", material_id(book, lot->material));
        json_named_mass(json, "in_transit_kg",
                        mass_mg(lot->state == LOT_TRANSIT ? lot_left(lot) : 0));
        json_named_bool(json, "turned_back", lot->state == LOT_TRANSIT && lot->turned_back);
        json_object_end(json);
    }
    json_array_end(json);
    named_begin_array(json, "waiting");
    for (uint32_t u = at->first_unmatched; u != ROW_NONE;
         u = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u)->next) {
        const UnmatchedRow *unmatched = ROW(book, UnmatchedRow, TABLE_UNMATCHED, u);
        if (unmatched->paired || !look_sees_lot(look, unmatched->lot)) continue;
        json_object_begin(json);
        json_named_string(json, "from_lot", text_get(book, unmatched->from_lot));
        json_named_string(json, "lot", lot_id(book, unmatched->lot));
        json_object_end(json);
    }
    json_array_end(json);
    write_declaration(book, sender || declared ? at->declaration : ROW_NONE, json);
    json_named_bool(json, "own", sender);
    json_object_end(json);
}

static bool consignment_fits(const Look *look, const void *asked, uint32_t row) {
    const ConsignmentsAsked *q = asked;
    if (!look->view->all && !consignment_sees(look, row)) return false;
    if (text_equal(q->state, TEXT("unconfirmed")))
        return !consignment_is_confirmed(look->book, row);
    if (!text_equal(q->state, TEXT("unmatched"))) return true;
    for (uint32_t u = ROW(look->book, ConsignmentRow, TABLE_CONSIGNMENT, row)->first_unmatched;
         u != ROW_NONE; u = ROW(look->book, UnmatchedRow, TABLE_UNMATCHED, u)->next)
        if (!ROW(look->book, UnmatchedRow, TABLE_UNMATCHED, u)->paired) return true;
    return false;
}

static bool consignments_in_view(Select *select, const Index *index, Status *status) {
    const Look *look = select->look;
    if (look->view->all) return true;
    if (look->party == ROW_NONE) return select_in_one(select, NULL, status);
    // What is declared at an office stands in no list of its own: each row is looked at.
    if (look->view->role == VIEW_CUSTOMS) return true;
    uint32_t facilities = book_count(look->book, TABLE_FACILITY), count = 0;
    const RowSet **sets =
        arena_take_zero(&select->look->arena, (size_t)facilities + 1, sizeof *sets);
    if (!sets) return status_no_memory(status);
    sets[count++] = rowsets_of(&index->consignment_party, look->party);
    for (uint32_t f = 0; f < facilities; f++)
        if (look_sees_facility(look, f))
            sets[count++] = rowsets_of(&index->consignment_facility, f);
    return select_in(select, sets, count, status);
}

static bool find_consignments(Look *look, const Index *index, const ConsignmentsAsked *q,
                              const Begun *begun, Selected *selected, Status *status) {
    Select select = {.look = look, .rows = index->consignments, .asked = q};
    bool shipped = text_equal(q->state, TEXT("shipped")),
         unmatched = text_equal(q->state, TEXT("unmatched")),
         unconfirmed = text_equal(q->state, TEXT("unconfirmed"));
    if (!look->view->all || unmatched || unconfirmed) select.fits = consignment_fits;
    return consignments_in_view(&select, index, status) &&
           select_in_named(&select, look->book->party_ids, &index->consignment_party, q->party,
                           status) &&
           select_in_named(&select, look->book->facility_ids, &index->consignment_facility,
                           q->facility, status) &&
           (!shipped || select_in_one(&select, &index->consignment_shipped, status)) &&
           select_page(&select, begun->below, begun->limit, selected, status);
}

static bool write_consignments(Look *look, const void *asked, Buffer *out, Status *status) {
    const Work *work = asked;
    const ConsignmentsAsked *q = work->asked;
    Begun begun;
    if (!text_is_empty(q->state) && !text_equal(q->state, TEXT("shipped")) &&
        !text_equal(q->state, TEXT("unmatched")) && !text_equal(q->state, TEXT("unconfirmed"))) {
        status_set(status, STATUS_INVALID, "\"%.*s\" is no state of a consignment",
                   TEXT_ARG(q->state));
        status_hint(status, "shipped, unmatched or unconfirmed");
        return status_where(status, "state");
    }
    if (!list_begin(look, work->page,
                    arena_format(&look->arena, "consignments|%.*s|%.*s|%.*s", TEXT_ARG(q->party),
                                 TEXT_ARG(q->facility), TEXT_ARG(q->state)),
                    &begun, status))
        return false;
    Index *index = index_take(look, status);
    if (!index) return false;
    Selected selected;
    bool well = find_consignments(look, index, q, &begun, &selected, status);
    index_give(look);
    if (!well) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    for (uint32_t i = 0; i < selected.count; i++)
        consignment_write(look, selected.rows[i], json);
    list_end(look, &begun, &selected, json);
    return true;
}

bool access_consignments(Access *access, const View *view, const ConsignmentsAsked *asked,
                         const Page *page, Buffer *out, Status *status) {
    static const ConsignmentsAsked any = {0};
    Work work = {asked ? asked : &any, page};
    return look_answer(access, view, write_consignments, &work, out, status);
}

// ---- postings ----

static const char *const reason_words[POSTED_COUNT] = {
    [POSTED_BATCH] = "batch",      [POSTED_GAIN] = "gain",
    [POSTED_MEASURE] = "measure",  [POSTED_STOCKTAKE] = "stocktake",
    [POSTED_FOUND] = "found",      [POSTED_LOSS] = "loss",
    [POSTED_SRD] = "srd",          [POSTED_REVERSAL] = "reversal",
    [POSTED_RESTATED] = "restated"};

static void write_posting(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const PostingRow *posting = ROW(book, PostingRow, TABLE_POSTING, row);
    bool lot = posting->lot != ROW_NONE && look_sees_lot(look, posting->lot);
    json_object_begin(json);
    json_named_u64(json, "record", posting->seq);
    named_text_or_null(json, "facility", facility_id(book, posting->facility));
    named_month(json, "month", posting->month);
    json_named_words(json, "reason", reason_words[posting->reason % POSTED_COUNT]);
    named_text_or_null(json, "lot", lot ? lot_id(book, posting->lot) : (Text){"", 0});
    named_text_or_null(json, "pool",
                       posting->pool == ROW_NONE ? (Text){"", 0}
                                                 : intern_text(book->pool_ids, posting->pool));
    named_wide(json, "net_kg", posting->net);
    named_begin_object(json, "components");
    uint32_t value = posting->values;
    for (uint32_t m = posting->mask; m; m &= m - 1)
        named_wide(json, component_symbol(__builtin_ctz(m)), *values_at(book, value++));
    json_object_end(json);
    json_object_end(json);
}

static bool postings_in_view(Select *select, const Index *index, Status *status) {
    const Look *look = select->look;
    if (look->view->all) return true;
    uint32_t facilities = book_count(look->book, TABLE_FACILITY), count = 0;
    const RowSet **sets =
        arena_take_zero(&select->look->arena, (size_t)facilities + 1, sizeof *sets);
    if (!sets) return status_no_memory(status);
    for (uint32_t f = 0; f < facilities; f++)
        if (look_sees_facility(look, f)) sets[count++] = rowsets_of(&index->posting_facility, f);
    return select_in(select, sets, count, status);
}

typedef struct PostingsFound {
    unsigned reason;
    Months months;
} PostingsFound;

static bool find_postings(Look *look, const Index *index, const PostingsAsked *q,
                          const PostingsFound *wanted, const Begun *begun, Selected *selected,
                          Status *status) {
    Select select = {.look = look, .rows = index->postings};
    Months months = wanted->months;
    return postings_in_view(&select, index, status) &&
           select_in_named(&select, look->book->facility_ids, &index->posting_facility, q->facility,
                           status) &&
           (!wanted->reason ||
            select_in_one(&select, &index->posting_reason[wanted->reason], status)) &&
           ((!months.from && !months.to) ||
            select_in_months(&select, &index->posting_month, months.from,
                             months.to ? months.to : month_of_day(DAY_LAST), status)) &&
           select_page(&select, begun->below, begun->limit, selected, status);
}

static bool write_postings(Look *look, const void *asked, Buffer *out, Status *status) {
    const Work *work = asked;
    const PostingsAsked *q = work->asked;
    Begun begun;
    PostingsFound wanted = {0};
    if (!month_asked(q->from, "from", &wanted.months.from, status) ||
        !month_asked(q->to, "to", &wanted.months.to, status))
        return false;
    for (unsigned r = POSTED_BATCH; r < POSTED_COUNT; r++)
        if (text_equal(q->reason, text_of(reason_words[r]))) wanted.reason = r;
    if (!wanted.reason && !text_is_empty(q->reason)) {
        status_set(status, STATUS_INVALID, "\"%.*s\" is no reason of a posting",
                   TEXT_ARG(q->reason));
        status_hint(status,
                    "batch, gain, measure, stocktake, found, loss, srd, reversal or restated");
        return status_where(status, "reason");
    }
    if (!list_begin(look, work->page,
                    arena_format(&look->arena, "postings|%.*s|%.*s|%.*s|%.*s",
                                 TEXT_ARG(q->facility), TEXT_ARG(q->reason), TEXT_ARG(q->from),
                                 TEXT_ARG(q->to)),
                    &begun, status))
        return false;
    Index *index = index_take(look, status);
    if (!index) return false;
    Selected selected;
    bool well = find_postings(look, index, q, &wanted, &begun, &selected, status);
    index_give(look);
    if (!well) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    for (uint32_t i = 0; i < selected.count; i++)
        write_posting(look, selected.rows[i], json);
    list_end(look, &begun, &selected, json);
    return true;
}

bool access_postings(Access *access, const View *view, const PostingsAsked *asked, const Page *page,
                     Buffer *out, Status *status) {
    static const PostingsAsked any = {0};
    Work work = {asked ? asked : &any, page};
    return look_answer(access, view, write_postings, &work, out, status);
}
