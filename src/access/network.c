#include "access/network.h"

#include <string.h>

#include "access/balances.h"
#include "access/inside.h"
#include "access/lines.h"

typedef struct Asked {
    Text component;
    Months months;
} Asked;

// What went from one facility to another, in matched receipts. `next` chains those of one sender.
typedef struct Link {
    uint32_t to, next, receipts;
    i128 sent, received;
} Link;

typedef struct Network {
    Look *look;
    int component; // COMPONENT_NONE: TREO
    Months months;
    uint32_t facilities, *first; // of each sender's links, ROW_NONE: none
    Link *links;
    uint32_t count, room;
} Network;

// ---- links ----

static int64_t of_content(const Network *n, const Content *content) {
    if (n->component == COMPONENT_NONE) return reo_of(n->look, content).mg;
    return content->stated >> n->component & 1 ? content->mg[n->component] : 0;
}

static Link *link_between(Network *n, uint32_t from, uint32_t to) {
    for (uint32_t l = n->first[from]; l != ROW_NONE; l = n->links[l].next)
        if (n->links[l].to == to) return &n->links[l];
    if (n->count == n->room) {
        uint32_t room = n->room ? n->room * 2 : 256;
        Link *more = arena_take_zero(&n->look->arena, room, sizeof *more);
        if (!more) return NULL;
        if (n->count) memcpy(more, n->links, n->count * sizeof *more);
        n->links = more;
        n->room = room;
    }
    n->links[n->count] = (Link){.to = to, .next = n->first[from]};
    n->first[from] = n->count;
    return &n->links[n->count++];
}

// A receipt's difference is receiver less shipper; what the receiver had is its lot as it was born.
static bool add_receipt(Network *n, const DifferenceRow *d, Status *status) {
    const Book *book = n->look->book;
    const RecordRow *record = record_at(book, d->seq);
    if (!record || record->corrected || d->to_lot == ROW_NONE || d->from_facility == ROW_NONE ||
        d->to_facility == ROW_NONE || d->from_facility == d->to_facility ||
        d->month < n->months.from || d->month > n->months.to)
        return true;
    if (!look_sees_facility(n->look, d->from_facility) ||
        !look_sees_facility(n->look, d->to_facility))
        return true;
    Content received, gains, losses;
    content_load(book, &lot_at(book, d->to_lot)->born, &received);
    content_zero(&gains);
    content_zero(&losses);
    const int64_t *value = values_at(book, d->values);
    for (uint32_t m = d->mask; m; m &= m - 1, value++) {
        int c = __builtin_ctz(m);
        gains.mg[c] = *value > 0 ? *value : 0;
        losses.mg[c] = *value < 0 ? -*value : 0;
    }
    gains.stated = losses.stated = d->mask;
    Link *link = link_between(n, d->from_facility, d->to_facility);
    if (!link) return status_no_memory(status);
    int64_t mg = of_content(n, &received);
    link->receipts++;
    link->received += mg;
    link->sent += (i128)mg - of_content(n, &gains) + of_content(n, &losses);
    return true;
}

static bool read_links(Network *n, Status *status) {
    n->first = arena_take_zero(&n->look->arena, (size_t)n->facilities + 1, sizeof *n->first);
    if (!n->first) return status_no_memory(status);
    for (uint32_t f = 0; f < n->facilities; f++)
        n->first[f] = ROW_NONE;
    for (uint32_t row = 0; row < book_count(n->look->book, TABLE_DIFFERENCE); row++) {
        const DifferenceRow *d = ROW(n->look->book, DifferenceRow, TABLE_DIFFERENCE, row);
        if (!add_receipt(n, d, status) || !look_breathe(n->look, status)) return false;
    }
    return true;
}

static void write_links(const Network *n, JsonWriter *json) {
    const Book *book = n->look->book;
    named_begin_array(json, "links");
    for (uint32_t from = 0; from < n->facilities; from++)
        for (uint32_t l = n->first[from]; l != ROW_NONE; l = n->links[l].next) {
            const Link *link = &n->links[l];
            json_object_begin(json);
            json_named_string(json, "from", facility_id(book, from));
            json_named_string(json, "to", facility_id(book, link->to));
            json_named_u64(json, "receipts", link->receipts);
            named_wide(json, "sent_kg", link->sent);
            named_wide(json, "received_kg", link->received);
            named_wide(json, "difference_kg", link->received - link->sent);
            json_object_end(json);
        }
    json_array_end(json);
}

// ---- nodes ----

// The finding of most evidence that touches these months and this component, which counts them all;
// null: there is none.
static const Finding *suspected_at(const Network *n, const Analysis *analysis, uint32_t row,
                                   uint64_t *count) {
    const Finding *first = NULL;
    *count = 0;
    for (size_t i = 0; i < analysis->findings.count; i++) {
        const Finding *f = &analysis->findings.findings[i];
        if (!finding_is_seen(n->look, analysis, f) ||
            analysis->balances.facility[f->place].row != row || f->from > n->months.to ||
            f->to < n->months.from)
            continue;
        ++*count;
        if (!first && (n->component == COMPONENT_NONE || f->components >> n->component & 1))
            first = f;
    }
    return first;
}

static void write_suspected(const Finding *f, JsonWriter *json) {
    json_key(json, "suspected");
    if (!f) {
        json_null(json);
        return;
    }
    json_object_begin(json);
    json_named_words(json, "finding", f->id);
    json_named_words(json, "side", finding_kind_name(f->kind));
    finding_components(f->components, json);
    named_kg(json, "mass_kg", f->mass_kg);
    named_kg_signed(json, "low_kg", f->low_kg);
    named_kg_signed(json, "high_kg", f->high_kg);
    json_object_end(json);
}

static bool write_node(const Network *n, const Analysis *analysis, uint32_t row, JsonWriter *json,
                       Status *status) {
    Look *look = n->look;
    const BookFacility *facility = analysis_facility(analysis, row);
    const FacilityVersion *version = facility_latest(look->book, row);
    if (!facility || !version) return true;
    BalanceLine *lines;
    TestedBalance tested;
    if (!balance_lines(look, facility, n->component, &lines, &look->arena, status) ||
        !tested_balance(look, facility, n->component, &look->arena, &tested, status))
        return false;
    i128 in = 0, out = 0, extracted = 0, discarded = 0, lost = 0, muf = 0;
    int64_t opening = 0, closing = 0;
    bool any = false;
    for (size_t t = 0; t < facility->months; t++) {
        Month month = facility->first + (Month)t;
        if (month < n->months.from || month > n->months.to) continue;
        if (!any) opening = lines[t].opening;
        any = true;
        closing = lines[t].closing;
        extracted += lines[t].extracted;
        in += lines[t].received;
        out += lines[t].shipped;
        discarded += lines[t].discarded;
        lost += lines[t].lost;
        muf += lines[t].muf;
    }
    BalanceSpan span;
    if (!balance_span(look, facility, &tested, lines, n->months, &span, status)) return false;
    json_object_begin(json);
    json_named_string(json, "id", facility_id(look->book, row));
    json_named_string(json, "name", facility_name(look->book, row));
    json_named_words(json, "kind", facility_kind_word(look->book, row, version));
    named_wide(json, "opening_kg", opening);
    named_wide(json, "extracted_kg", extracted);
    named_wide(json, "received_kg", in);
    named_wide(json, "shipped_kg", out);
    named_wide(json, "discards_kg", discarded);
    named_wide(json, "losses_kg", lost);
    named_wide(json, "closing_kg", closing);
    named_wide(json, "muf_kg", muf);
    named_kg(json, "sigma_muf_kg", span.sigma_kg);
    named_kg(json, "usual_limit_kg", span.any ? USUAL_SIGMAS * span.sigma_kg : 0);
    state_write(&span.state, json);
    uint64_t findings;
    const Finding *suspected = suspected_at(n, analysis, row, &findings);
    json_named_u64(json, "findings", findings);
    write_suspected(suspected, json);
    json_object_end(json);
    return true;
}

static bool write_nodes(const Network *n, const Analysis *analysis, JsonWriter *json,
                        Status *status) {
    named_begin_array(json, "nodes");
    for (uint32_t row = 0; row < n->facilities; row++) {
        if (!look_sees_facility(n->look, row)) continue;
        if (!write_node(n, analysis, row, json, status) || !look_breathe(n->look, status))
            return false;
    }
    json_array_end(json);
    return true;
}

// ---- the answer ----

static bool write_all(Network *n, Analysis **analysis, Buffer *out, Status *status) {
    if (!months_of_book(n->look, &n->months, status)) return false;
    if (!read_links(n, status) || !analysis_take(n->look, analysis, status)) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(n->look, json);
    json_named_words(json, "component",
                     n->component == COMPONENT_NONE ? "TREO" : component_symbol(n->component));
    named_month(json, "from", n->months.from);
    named_month(json, "to", n->months.to);
    if (!write_nodes(n, *analysis, json, status)) return false;
    write_links(n, json);
    json_object_end(json);
    return true;
}

static bool write_network(Look *look, const void *context, Buffer *out, Status *status) {
    const Asked *asked = context;
    Network n = {.look = look,
                 .months = asked->months,
                 .facilities = book_count(look->book, TABLE_FACILITY)};
    if (!component_asked(asked->component, &n.component, status)) return false;
    if (n.months.from && n.months.to && n.months.from > n.months.to) {
        status_set(status, STATUS_INVALID, "the first month lies after the last");
        return status_where(status, "from");
    }
    Analysis *analysis = NULL;
    bool well = write_all(&n, &analysis, out, status);
    analysis_give(look->access, analysis);
    return well;
}

bool access_network(Access *access, const View *view, Text component, Months months, Buffer *out,
                    Status *status) {
    Asked asked = {component, months};
    return look_answer(access, view, write_network, &asked, out, status);
}
