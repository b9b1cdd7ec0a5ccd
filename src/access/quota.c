#include "access/quota.h"

#include <string.h>

#include "access/inside.h"

bool look_sees_holder(const Look *look, Holder holder) {
    if (look->view->all) return true;
    if (holder == ROW_NONE || look->party == ROW_NONE || look->view->role != VIEW_COMPANY)
        return false;
    if (holder & HOLDER_FACILITY) return look_sees_facility(look, holder & ~HOLDER_FACILITY);
    return holder == look->party;
}

// An instrument for the regulator alone is not shown, nor what it allotted.
static bool instrument_is_shown(const Look *look, const InstrumentRow *instrument) {
    return look->view->all || instrument->visibility != VISIBLE_REGULATOR;
}

static bool is_of(const InstrumentRow *instrument, unsigned ledger, unsigned class_of_ore,
                  int year) {
    return instrument->ledger == ledger && instrument->class_of_ore == class_of_ore &&
           instrument->year == year;
}

// What a line sums: one holder's, or the nation's (the allotments of the root, every draw).
typedef struct QuotaLine {
    unsigned ledger, class_of_ore;
    int year;
    Holder holder;
    bool nation;
} QuotaLine;

static bool counts(const QuotaLine *line, const AllotmentRow *allotment) {
    return line->nation ? allotment->under == ROW_NONE : allotment->holder == line->holder;
}

static void allotted_by_month(const Look *look, const QuotaLine *line, i128 by_month[12],
                              i128 *total) {
    const Book *book = look->book;
    *total = 0;
    for (uint32_t i = 0; i < book_count(book, TABLE_INSTRUMENT); i++) {
        const InstrumentRow *instrument = ROW(book, InstrumentRow, TABLE_INSTRUMENT, i);
        if (!is_of(instrument, line->ledger, line->class_of_ore, line->year) ||
            !instrument_is_shown(look, instrument))
            continue;
        int year, month, day;
        day_split(instrument->date, &year, &month, &day);
        int from = year < line->year ? 0 : year > line->year ? 12 : month - 1;
        for (uint32_t a = 0; a < instrument->count; a++) {
            const AllotmentRow *allotment =
                ROW(book, AllotmentRow, TABLE_ALLOTMENT, instrument->first + a);
            if (!counts(line, allotment) || allotment->replaced) continue;
            *total += allotment->mg;
            for (int m = from; m < 12; m++)
                by_month[m] += allotment->mg;
        }
    }
}

static bool draws_at(const Book *book, const QuotaLine *line, const DrawRow *draw) {
    if (line->nation) return true;
    for (uint32_t i = 0; i < draw->level_count; i++)
        if (ROW(book, ListRow, TABLE_LIST, draw->levels + i)->number == line->holder) return true;
    return false;
}

static void drawn_by_month(const Look *look, const QuotaLine *line, i128 by_month[12],
                           i128 *total) {
    const Book *book = look->book;
    *total = 0;
    for (uint32_t d = 0; d < book_count(book, TABLE_DRAW); d++) {
        const DrawRow *draw = ROW(book, DrawRow, TABLE_DRAW, d);
        const NodeRow *node = node_at(book, draw->node);
        if (node->ledger != line->ledger || node->class_of_ore != line->class_of_ore ||
            node->year != line->year)
            continue;
        if (!draw->active || !draws_at(book, line, draw)) continue;
        int year, month, day;
        day_split(record_at(book, draw->seq)->day_of, &year, &month, &day);
        *total += draw->mg;
        for (int m = year == line->year ? month - 1 : 0; m < 12; m++)
            by_month[m] += draw->mg;
    }
}

void quota_use(const Look *look, unsigned ledger, unsigned class_of_ore, int year, Holder holder,
               bool nation, JsonWriter *json) {
    QuotaLine line = {ledger, class_of_ore, year, holder, nation};
    i128 allotted[12] = {0}, drawn[12] = {0}, allotted_all, drawn_all;
    allotted_by_month(look, &line, allotted, &allotted_all);
    drawn_by_month(look, &line, drawn, &drawn_all);
    // The year as far as it has come.
    Month first = (Month)(year * 12), now = month_of_day(look->today);
    unsigned months = now < first ? 0 : now - first >= 12 ? 12 : now - first + 1;
    json_object_begin(json);
    json_named_words(json, "ledger", ledger_words[ledger]);
    bool rock_or_ion = class_of_ore == CLASS_ROCK || class_of_ore == CLASS_ION;
    json_named_words(json, "ore_class", rock_or_ion ? class_words[class_of_ore] : NULL);
    json_named_i64(json, "year", year);
    named_wide(json, "allotted_kg", allotted_all);
    named_wide(json, "drawn_kg", drawn_all);
    named_wide(json, "left_kg", allotted_all - drawn_all);
    named_begin_array(json, "months");
    for (unsigned m = 0; m < months; m++) {
        json_object_begin(json);
        named_month(json, "month", first + m);
        named_wide(json, "allotted_kg", allotted[m]);
        named_wide(json, "drawn_kg", drawn[m]);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

// ---- the tree ----

// Where the holders of a year stand: today, or on its last day when it is over.
static Day look_day(const Look *look, int year) {
    Day last = day_of(year, 12, 31);
    return look->today < last ? look->today : last;
}

typedef struct TreeWalk {
    const Look *look;
    JsonWriter *json;
    const uint32_t *nodes;
    size_t count;
} TreeWalk;

static i128 shown_allotment(const Look *look, const NodeRow *node) {
    if (look->view->all) return node->allotted_mg;
    QuotaLine line = {node->ledger, node->class_of_ore, node->year, node->holder, false};
    i128 months[12] = {0}, total;
    allotted_by_month(look, &line, months, &total);
    return total;
}

static void write_holder(const TreeWalk *walk, uint32_t row, bool is_root, unsigned depth,
                         i128 passed_down) {
    const Book *book = walk->look->book;
    const NodeRow *node = node_at(book, row);
    JsonWriter *json = walk->json;
    i128 allotted = shown_allotment(walk->look, node);
    json_object_begin(json);
    json_named_string(json, "holder", holder_id(book, node->holder));
    json_named_string(json, "name", holder_name(book, node->holder));
    named_text_or_null(
        json, "parent",
        is_root ? (Text){"", 0}
                : holder_id(book,
                            node_above(book, row, look_day(walk->look, node_at(book, row)->year))));
    json_named_u64(json, "depth", depth);
    named_wide(json, "allotted_kg", allotted);
    named_wide(json, "passed_down_kg", passed_down);
    named_wide(json, "drawn_kg", node->drawn_mg);
    named_wide(json, "left_kg", allotted - node->drawn_mg);
    json_named_bool(json, "over", node->drawn_mg > allotted);
    json_object_end(json);
}

static bool is_child(const TreeWalk *walk, uint32_t node, Holder of) {
    return node_above(walk->look->book, node,
                      look_day(walk->look, node_at(walk->look->book, node)->year)) == of &&
           node_at(walk->look->book, node)->holder != of;
}

static void write_branch(const TreeWalk *walk, uint32_t row, bool is_root, unsigned depth) {
    enum { DEPTH_MAX = 16 };
    const Book *book = walk->look->book;
    Holder holder = node_at(book, row)->holder;
    i128 passed = 0;
    for (size_t i = 0; i < walk->count; i++)
        if (is_child(walk, walk->nodes[i], holder))
            passed += shown_allotment(walk->look, node_at(book, walk->nodes[i]));
    write_holder(walk, row, is_root, depth, passed);
    for (size_t i = 0; depth < DEPTH_MAX && i < walk->count; i++)
        if (is_child(walk, walk->nodes[i], holder))
            write_branch(walk, walk->nodes[i], false, depth + 1);
}

// A root: nothing above it is shown.
static bool is_root_here(const TreeWalk *walk, uint32_t row) {
    Holder above = node_above(walk->look->book, row,
                              look_day(walk->look, node_at(walk->look->book, row)->year));
    for (size_t i = 0; i < walk->count; i++)
        if (node_at(walk->look->book, walk->nodes[i])->holder == above && walk->nodes[i] != row)
            return false;
    return true;
}

static bool write_instruments(Look *look, unsigned ledger, unsigned class_of_ore, int year,
                              JsonWriter *json, Status *status) {
    named_begin_array(json, "instruments");
    uint32_t batch = 0;
    for (uint32_t i = 0; i < book_count(look->book, TABLE_INSTRUMENT); i++) {
        const InstrumentRow *instrument = ROW(look->book, InstrumentRow, TABLE_INSTRUMENT, i);
        if (!is_of(instrument, ledger, class_of_ore, year)) continue;
        batch++;
        i128 amount = 0;
        bool named = look->view->all;
        for (uint32_t a = 0; a < instrument->count; a++) {
            const AllotmentRow *allotment =
                ROW(look->book, AllotmentRow, TABLE_ALLOTMENT, instrument->first + a);
            bool own = !look->view->all && look_sees_holder(look, allotment->holder) &&
                       !look_sees_holder(look, allotment->under);
            named = named || own;
            if (look->view->all ? allotment->under == ROW_NONE : own) amount += allotment->mg;
        }
        if (!named || !instrument_is_shown(look, instrument)) continue;
        ReadRecord stored;
        Event event;
        if (!look_record(look, instrument->seq, &stored, &event, status)) return false;
        const Event *said = event.replacement ? event.replacement : &event;
        json_object_begin(json);
        json_named_string(json, "id", intern_text(look->book->instrument_ids, i));
        json_named_u64(json, "record", instrument->seq);
        named_day(json, "day", instrument->date);
        json_named_u64(json, "batch", batch);
        json_named_bool(json, "includes_earlier", said->include_count > 0);
        named_wide(json, "amount_kg", amount);
        json_object_end(json);
    }
    json_array_end(json);
    return true;
}

static bool write_ledger(Look *look, unsigned ledger, unsigned class_of_ore, int year,
                         JsonWriter *json, Status *status) {
    const Book *book = look->book;
    uint32_t all = book_count(book, TABLE_NODE);
    uint32_t *nodes = arena_take_zero(&look->arena, (size_t)all + 1, sizeof *nodes);
    if (!nodes) return status_no_memory(status);
    TreeWalk walk = {look, json, nodes, 0};
    for (uint32_t n = 0; n < all; n++) {
        const NodeRow *node = node_at(book, n);
        if (node->ledger == ledger && node->class_of_ore == class_of_ore && node->year == year &&
            look_sees_holder(look, node->holder))
            nodes[walk.count++] = n;
    }
    if (walk.count == 0) return true;
    json_object_begin(json);
    json_key(json, "use");
    quota_use(look, ledger, class_of_ore, year, look->party, look->view->all, json);
    named_begin_array(json, "holders");
    for (size_t i = 0; i < walk.count; i++)
        if (is_root_here(&walk, nodes[i])) write_branch(&walk, nodes[i], true, 0);
    json_array_end(json);
    if (!write_instruments(look, ledger, class_of_ore, year, json, status)) return false;
    json_object_end(json);
    return true;
}

static bool write_quota(Look *look, const void *asked, Buffer *out, Status *status) {
    int year = *(const int *)asked;
    const Book *book = look->book;
    uint8_t *years = arena_take_zero(&look->arena, 65536, 1);
    if (!years) return status_no_memory(status);
    for (uint32_t n = 0; n < book_count(book, TABLE_NODE); n++)
        if (look_sees_holder(look, node_at(book, n)->holder)) years[node_at(book, n)->year] = 1;
    for (int y = 0; year == 0 && y < 65536; y++)
        if (years[65535 - y]) year = 65535 - y;
    if (year == 0) year = month_year(month_of_day(look->today));
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    json_named_i64(json, "year", year);
    named_begin_array(json, "years");
    for (int y = 0; y < 65536; y++)
        if (years[y]) json_i64(json, y);
    json_array_end(json);
    named_begin_array(json, "ledgers");
    for (unsigned ledger = LEDGER_MINING; ledger < LEDGER_COUNT; ledger++)
        for (unsigned class_of_ore = CLASS_NONE; class_of_ore < CLASS_COUNT; class_of_ore++)
            if (!write_ledger(look, ledger, class_of_ore, year, json, status)) return false;
    json_array_end(json);
    json_object_end(json);
    return true;
}

bool access_quota(Access *access, const View *view, int year, Buffer *out, Status *status) {
    return look_answer(access, view, write_quota, &year, out, status);
}
