#include "access/lots.h"

#include <string.h>

#include "access/inside.h"

bool look_sees_facility(const Look *look, uint32_t facility) {
    if (look->view->all) return true;
    if (look->party == ROW_NONE || look->view->role == VIEW_LABORATORY)
        return view_sees_facility(look->view, look->book, facility);
    const FacilityVersion *version = facility_latest(look->book, facility);
    return version && version->holder == look->party &&
           view_sees_party(look->view, look->book, look->party);
}

bool look_sees_lot(const Look *look, uint32_t row) {
    if (look->view->all) return true;
    if (look->party == ROW_NONE) return false;
    if (look->view->role != VIEW_COMPANY) return view_sees_lot(look->view, look->book, row);
    const Lot *lot = lot_at(look->book, row);
    if (lot->party == look->party || lot->owner == look->party) return true;
    const FacilityVersion *version = facility_latest(look->book, lot->facility);
    return version && version->holder == look->party;
}

const char *const standing_words[] = {"free", "held", "in_transit", "used_up"};

LotStanding standing_of(const Book *book, const Lot *lot) {
    if (lot->state == LOT_ENDED) return STANDING_USED;
    if (lot_is_held(book, lot)) return STANDING_HELD;
    return lot->state == LOT_TRANSIT ? STANDING_TRANSIT : STANDING_FREE;
}

// value / whole as ppb, or false when there is no such share.
static bool share_ppb(int64_t value, int64_t whole, Fraction *fraction) {
    int64_t ppb;
    if (whole <= 0 || value < 0 || !i64_muldiv_even(value, FRACTION_ONE_PPB, whole, &ppb) ||
        ppb > 2000000000)
        return false;
    fraction->ppb = (int32_t)ppb;
    return true;
}

static void named_percent(JsonWriter *json, const char *name, int64_t value, int64_t whole) {
    Fraction fraction;
    json_key(json, name);
    if (share_ppb(value, whole, &fraction))
        json_fraction(json, fraction);
    else
        json_null(json);
}

void lot_brief(const Look *look, uint32_t row, JsonWriter *json) {
    const Book *book = look->book;
    const Lot *lot = lot_at(book, row);
    uint64_t seq = operation_seq(book, lot->operation);
    const RecordRow *record = record_at(book, seq);
    Content left, start;
    lot_content_left(book, lot, &left);
    content_load(book, &lot->start, &start);
    json_object_begin(json);
    json_named_string(json, "id", lot_id(book, row));
    // A found lot of unknown material has none in the catalogue.
    json_named_string(json, "material",
                      lot->material == ROW_NONE ? TEXT("unknown")
                                                : material_id(book, lot->material));
    json_named_string(json, "material_name", material_name(book, lot->material));
    json_named_words(json, "stage", stage_word(lot_stage(book, lot)));
    json_named_mass(json, "net_kg", mass_mg(lot->born_net));
    json_named_mass(json, "left_kg", mass_mg(lot->state == LOT_ENDED ? 0 : lot_left(lot)));
    json_named_mass(json, "reo_kg", lot->state == LOT_ENDED ? mass_mg(0) : reo_of(look, &left));
    bool rare = (start.stated & RARE_EARTH_MASK) != 0;
    named_percent(json, "treo_percent", rare ? reo_of(look, &start).mg : -1, start.dry);
    json_named_string(json, "holder", party_id(book, lot->party));
    json_named_string(json, "holder_name", party_name(book, lot->party));
    json_named_string(json, "owner", party_id(book, lot->owner));
    json_named_string(json, "owner_name", party_name(book, lot->owner));
    bool place = look_sees_facility(look, lot->facility) || look->view->role == VIEW_LABORATORY;
    named_text_or_null(json, "facility", place ? facility_id(book, lot->facility) : (Text){"", 0});
    named_text_or_null(json, "facility_name",
                       place ? facility_name(book, lot->facility) : (Text){"", 0});
    named_day(json, "made", record ? record->day_of : 0);
    json_named_words(json, "custody",
                     lot->custody < CUSTODY_COUNT ? custody_words[lot->custody] : "unstated");
    json_named_words(json, "basis",
                     lot->basis < BASIS_NOTHING ? basis_words[lot->basis] : "nothing");
    json_named_words(json, "state", standing_words[standing_of(book, lot)]);
    json_named_u64(json, "record", seq);
    json_object_end(json);
}

// ---- one lot ----

// Variance of a component's content in ug^2 (B5): random terms, and the square of each group's
// signed sum. Terms are few, so groups are found by looking.
static uint64_t u_of_component(const Book *book, const Lot *lot, int c) {
    u128 variance = 0;
    i128 sums[256] = {0};
    uint32_t groups[256], group_count = 0;
    for (uint32_t t = 0; t < lot->term_count; t++) {
        const TermRow *term = ROW(book, TermRow, TABLE_TERM, lot->terms + t);
        const MeasurementRow *m = measurement_at(book, term->measurement);
        if (!(m->mask >> c & 1)) continue;
        uint32_t place = (uint32_t)__builtin_popcount(m->mask & ((1u << c) - 1));
        int64_t u = measurement_u(book, m, place), s = measurement_s(book, m, place);
        int64_t a = 0, b = 0, shared = 0, mass = term->mg < 0 ? -term->mg : term->mg;
        int64_t net = m->net < 0 ? -m->net : m->net;
        if (!i64_muldiv_even(mass, u, 1000000, &a) || !i64_muldiv_even(net, u, 1000000, &b))
            return UINT64_MAX;
        variance = u128_add_saturating(variance, u128_mul_saturating((u128)a, (u128)b));
        if (!i64_muldiv_even(mass, s, 1000000, &shared)) return UINT64_MAX;
        if (m->group == GROUP_NONE) {
            if (!i64_muldiv_even(net, s, 1000000, &b)) return UINT64_MAX;
            variance = u128_add_saturating(variance, u128_mul_saturating((u128)shared, (u128)b));
            continue;
        }
        uint32_t g = 0;
        while (g < group_count && groups[g] != m->group)
            g++;
        if (g == group_count) groups[group_count++] = m->group;
        sums[g] += term->mg < 0 ? -shared : shared;
    }
    for (uint32_t g = 0; g < group_count; g++) {
        u128 size = (u128)(sums[g] < 0 ? -sums[g] : sums[g]);
        variance = u128_add_saturating(variance, u128_mul_saturating(size, size));
    }
    return u128_sqrt_floor(variance);
}

// How much of a component that is there is recycled, of a kind (B27): what began with the running
// share, less the part that belongs to what was taken; of a lot that is used up, what it began
// with.
static int64_t recycled_left(const Book *book, const Lot *lot, RecycledKind kind, int c) {
    for (uint32_t f = 0; f < lot->facet_count; f++) {
        const FacetRow *facet = ROW(book, FacetRow, TABLE_FACET, lot->facets + f);
        if (facet->kind != FACET_RECYCLED || facet->key != kind || !(facet->mask >> c & 1))
            continue;
        uint32_t place = (uint32_t)__builtin_popcount(facet->mask & ((1u << c) - 1));
        int64_t all = *values_at(book, facet->values + place);
        if (lot->state == LOT_ENDED || lot->taken == 0) return all;
        return all - share_even(all, lot->start_net, lot->taken, 0);
    }
    return 0;
}

static void write_content(const Look *look, const Lot *lot, JsonWriter *json) {
    Content left, start;
    if (lot->state == LOT_ENDED)
        content_load(look->book, &lot->born, &left);
    else
        lot_content_left(look->book, lot, &left);
    content_load(look->book, &lot->start, &start);
    named_begin_array(json, "content");
    for (uint64_t m = left.stated | left.below; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        bool stated = left.stated >> c & 1, below = left.below >> c & 1;
        json_object_begin(json);
        json_named_words(json, "component", component_symbol(c));
        if (stated)
            json_named_mass(json, "kg", mass_mg(left.mg[c]));
        else
            named_null(json, "kg");
        named_percent(json, "percent", stated ? left.mg[c] : -1, left.dry);
        if (below)
            json_named_mass(json, "bound_kg", mass_mg(left.bound[c]));
        else
            named_null(json, "bound_kg");
        json_named_bool(json, "whole", left.whole >> c & 1);
        uint64_t u = stated ? u_of_component(look->book, lot, c) : 0;
        named_percent(json, "u_percent",
                      stated && u / 1000 < (uint64_t)INT64_MAX ? (int64_t)(u / 1000) : -1,
                      start.dry);
        json_named_mass(json, "pre_consumer_kg",
                        mass_mg(recycled_left(look->book, lot, RECYCLED_PRE_CONSUMER, c)));
        json_named_mass(json, "post_consumer_kg",
                        mass_mg(recycled_left(look->book, lot, RECYCLED_POST_CONSUMER, c)));
        json_object_end(json);
    }
    json_array_end(json);
}

static const Line *line_of(const Event *event, Text lot) {
    for (uint32_t i = 0; i < event->output_count; i++)
        if (text_equal(event->outputs[i].lot, lot)) return &event->outputs[i];
    for (uint32_t i = 0; i < event->input_count; i++)
        if (text_equal(event->inputs[i].lot, lot)) return &event->inputs[i];
    return NULL;
}

// The results that its present content rests on, as their events state them.
static bool write_assays(Look *look, uint32_t row, JsonWriter *json, Status *status) {
    enum { ASSAYS_MAX = 64 };
    uint64_t seqs[ASSAYS_MAX];
    size_t count = 0;
    const Lot *lot = lot_at(look->book, row);
    for (uint32_t t = 0; t < lot->term_count && count < ASSAYS_MAX; t++) {
        const TermRow *term = ROW(look->book, TermRow, TABLE_TERM, lot->terms + t);
        const MeasurementRow *m = measurement_at(look->book, term->measurement);
        bool again = false;
        for (size_t i = 0; i < count; i++)
            again = again || seqs[i] == m->seq;
        // What was measured on a counterpart's lot before it came here is that party's.
        if (m->kind == MEASURED_ASSAY && !again && view_sees_record(look->view, look->book, m->seq))
            seqs[count++] = m->seq;
    }
    Text id = lot_id(look->book, row);
    named_begin_array(json, "assays");
    for (size_t i = 0; i < count; i++) {
        ReadRecord stored;
        Event event;
        if (!look_record(look, seqs[i], &stored, &event, status)) return false;
        const Event *said =
            event.kind == EVENT_CORRECT && event.replacement ? event.replacement : &event;
        const Line *line = line_of(said, id);
        // An assay that came by a merge or a split stands on another lot's line.
        for (uint32_t k = 0; !(line && line->composition) && k < said->output_count; k++)
            line = &said->outputs[k];
        for (uint32_t k = 0; !(line && line->composition) && k < said->input_count; k++)
            line = &said->inputs[k];
        const Composition *composition = line ? line->composition : NULL;
        const RecordRow *record = record_at(look->book, seqs[i]);
        json_object_begin(json);
        json_named_u64(json, "record", seqs[i]);
        json_named_string(json, "event", said->id);
        named_day(json, "day", record->day_of);
        named_text_or_null(json, "laboratory",
                           composition ? composition->laboratory : (Text){"", 0});
        named_text_or_null(json, "method", composition ? composition->method : (Text){"", 0});
        json_named_words(json, "basis",
                         composition ? assay_basis_words[composition->of] : assay_basis_words[0]);
        json_object_end(json);
    }
    json_array_end(json);
    return true;
}

typedef struct Step {
    uint64_t seq;
    uint32_t operation;
    Text from, to;
    bool sent, received, different;
    int64_t sent_mg, received_mg, difference_mg;
} Step;

// One step for each record that moved or changed the lot, with what left and what came.
static void step_of(const Look *look, uint32_t row, uint32_t operation_row, Step *step) {
    const Book *book = look->book;
    const OperationRow *operation = operation_at(book, operation_row);
    *step = (Step){.seq = operation->seq, .operation = operation_row};
    Text here =
        operation->facility == ROW_NONE ? (Text){"", 0} : facility_id(book, operation->facility);
    for (uint32_t f = 0; f < operation->flow_count; f++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + f);
        if (flow->lot != row) continue;
        if (flow->role == FLOW_IN) step->sent = true, step->sent_mg += flow->net, step->from = here;
        if (flow->role == FLOW_OUT)
            step->received = true, step->received_mg += flow->net, step->to = here;
        bool leaves = operation->kind == EVENT_SHIP || operation->kind == EVENT_RETURN_GOODS;
        if (flow->role == FLOW_TOUCHED && leaves)
            step->sent = true, step->sent_mg = flow->net, step->from = here;
    }
    for (uint32_t i = 0; i < operation->difference_count; i++) {
        const DifferenceRow *d =
            ROW(book, DifferenceRow, TABLE_DIFFERENCE, operation->first_difference + i);
        if (d->to_lot != row) continue;
        step->different = true;
        step->difference_mg = d->net;
        step->sent = true;
        step->sent_mg = step->received_mg - d->net;
        if (look_sees_facility(look, d->from_facility))
            step->from = facility_id(book, d->from_facility);
    }
}

static bool write_custody(Look *look, uint32_t row, JsonWriter *json, Status *status) {
    enum { STEPS_MAX = 200 };
    Step *steps = arena_take_zero(&look->arena, STEPS_MAX, sizeof *steps);
    if (!steps) return status_no_memory(status);
    size_t count = 0;
    uint32_t last = ROW_NONE;
    for (uint32_t f = lot_at(look->book, row)->first_flow; f != ROW_NONE && count < STEPS_MAX;
         f = flow_at(look->book, f)->next_of_lot) {
        uint32_t operation = flow_at(look->book, f)->operation;
        if (operation == last) continue;
        last = operation;
        // A counterpart's records are its own.
        if (!view_sees_record(look->view, look->book, operation_at(look->book, operation)->seq))
            continue;
        step_of(look, row, operation, &steps[count++]);
    }
    named_begin_array(json, "custody");
    for (size_t i = 0; i < count; i++) {
        Step *step = &steps[i];
        ReadRecord stored;
        Event event;
        if (!look_record(look, step->seq, &stored, &event, status)) return false;
        const RecordRow *record = record_at(look->book, step->seq);
        // The other side is told as the event itself names it.
        if (event.kind == EVENT_SHIP) {
            step->to = event.outside != OUTSIDE_NONE ? event.outside_name : event.destination;
            if (event.outside != OUTSIDE_NONE && text_is_empty(step->to))
                step->to = text_of(outside_words[event.outside]);
        }
        if (event.kind == EVENT_DISCARD) step->to = event.destination;
        if (event.kind == EVENT_RECEIVE && text_is_empty(step->from)) {
            step->from = event.outside != OUTSIDE_NONE ? event.outside_name : event.from_party;
            if (event.outside != OUTSIDE_NONE && text_is_empty(step->from))
                step->from = text_of(outside_words[event.outside]);
        }
        if (event.kind == EVENT_EXTRACT) step->from = event.subject;
        json_object_begin(json);
        json_named_u64(json, "record", step->seq);
        json_named_string(json, "event", event.id);
        json_named_words(json, "kind", event_kind_name(event.kind));
        named_day(json, "day", record->day_of);
        json_named_words(json, "verdict", verdict_name((Verdict)record->verdict));
        named_text_or_null(json, "from", step->from);
        named_text_or_null(json, "to", step->to);
        json_key(json, "sent_kg");
        if (step->sent)
            json_mass(json, mass_mg(step->sent_mg));
        else
            json_null(json);
        json_key(json, "received_kg");
        if (step->received)
            json_mass(json, mass_mg(step->received_mg));
        else
            json_null(json);
        json_key(json, "difference_kg");
        if (step->different)
            json_mass(json, mass_mg(step->difference_mg));
        else
            json_null(json);
        named_null(json, "limit_kg");
        json_object_end(json);
    }
    json_array_end(json);
    return true;
}

static uint32_t direct(const Book *book, uint32_t row, bool into) {
    const Lot *lot = lot_at(book, row);
    uint32_t count = 0;
    for (uint32_t f = lot->first_flow; f != ROW_NONE; f = flow_at(book, f)->next_of_lot) {
        const FlowRow *own = flow_at(book, f);
        if (into ? own->role != FLOW_IN : own->role != FLOW_OUT || own->operation != lot->operation)
            continue;
        const OperationRow *operation = operation_at(book, own->operation);
        uint32_t last = ROW_NONE;
        for (uint32_t i = 0; i < operation->flow_count; i++) {
            const FlowRow *other = flow_at(book, operation->first_flow + i);
            if (other->lot == row || other->role != (into ? FLOW_OUT : FLOW_IN) ||
                other->lot == last)
                continue;
            last = other->lot;
            count++;
        }
    }
    return count;
}

static bool write_origins(Look *look, uint32_t row, JsonWriter *json, Status *status) {
    const OperationRow *operation = operation_at(look->book, lot_at(look->book, row)->operation);
    named_begin_array(json, "origins");
    if ((operation->kind == EVENT_OPEN || operation->kind == EVENT_EXTRACT) &&
        view_sees_record(look->view, look->book, operation->seq)) {
        ReadRecord stored;
        Event event;
        Text id = lot_id(look->book, row);
        if (!look_record(look, operation->seq, &stored, &event, status)) return false;
        const Event *said = event.replacement ? event.replacement : &event;
        const Line *line = line_of(said, id);
        if (said->kind == EVENT_EXTRACT)
            json_string(json, said->subject);
        else if (line && !text_is_empty(line->source))
            json_string(json, line->source);
    }
    json_array_end(json);
    return true;
}

// Pieces, packages and their marks; those are the holder's and the owner's to see.
static void write_packing(const Look *look, const Lot *lot, bool own, JsonWriter *json) {
    const Book *book = look->book;
    json_key(json, "pieces");
    if (lot->pieces)
        json_u64(json, (uint64_t)lot->pieces);
    else
        json_null(json);
    bool packed = own && lot->packing != ROW_NONE && lot->state != LOT_ENDED;
    const PackingRow *packing =
        packed ? book_row(book, TABLE_PACKING, lot->packing) : &(PackingRow){0};
    named_begin_array(json, "packages");
    for (uint32_t i = 0; i < packing->package_count; i++) {
        uint32_t row = packing->first_package + i;
        const PackageRow *package = book_row(book, TABLE_PACKAGE, row);
        json_object_begin(json);
        json_named_string(json, "id", intern_text(book->package_ids, row));
        json_named_mass(json, "net_kg", mass_mg(package->net));
        json_named_mass(json, "gross_kg", mass_mg(package->gross));
        json_named_mass(json, "tare_kg", mass_mg(package->tare));
        named_text_or_null(json, "seal", text_get(book, package->seal));
        named_text_or_null(json, "form", text_get(book, package->form));
        json_object_end(json);
    }
    json_array_end(json);
    named_begin_array(json, "marks");
    for (uint32_t i = 0; i < packing->origin_count; i++) {
        const ListRow *mark = book_row(book, TABLE_LIST, packing->origins + i);
        json_string(json, intern_text(book->source_ids, mark->number));
    }
    json_array_end(json);
}

static bool write_lot(Look *look, const void *asked, Buffer *out, Status *status) {
    Text id = *(const Text *)asked;
    uint32_t row = intern_find(look->book->lot_ids, id);
    if (!view_sees_lot(look->view, look->book, row)) return not_found(status, "lot", id);
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    json_key(json, "lot");
    lot_brief(look, row, json);
    const Lot *lot = lot_at(look->book, row);
    Content left;
    if (lot->state == LOT_ENDED)
        content_load(look->book, &lot->born, &left);
    else
        lot_content_left(look->book, lot, &left);
    int64_t net = lot->state == LOT_ENDED ? lot->born_net : lot_left(lot);
    json_named_mass(json, "dry_kg", mass_mg(left.dry));
    named_percent(json, "moisture_percent", net >= left.dry ? net - left.dry : -1, net);
    write_content(look, lot, json);
    if (!write_origins(look, row, json, status) || !write_assays(look, row, json, status))
        return false;
    // The way of a lot is its holder's, not the laboratory's that once looked at it.
    bool own = look->view->role != VIEW_LABORATORY;
    if (own) {
        if (!write_custody(look, row, json, status)) return false;
    } else {
        named_begin_array(json, "custody");
        json_array_end(json);
    }
    named_begin_array(json, "holds");
    lot = lot_at(look->book, row);
    if (own && lot->set != SET_EMPTY) {
        CauseTally *tally;
        uint32_t count;
        if (!causes_tally(look, &tally, &count, status)) return false;
        const SetRow *set = ROW(look->book, SetRow, TABLE_SET, lot->set);
        for (uint32_t i = 0; i < set->count; i++) {
            uint32_t cause =
                *(const uint32_t *)book_row(look->book, TABLE_SET_ITEM, set->first + i);
            hold_write(look, cause, operation_seq(look->book, lot->operation),
                       cause < count ? &tally[cause] : NULL, json);
        }
    }
    json_array_end(json);
    write_packing(look, lot_at(look->book, row), own, json);
    json_named_u64(json, "made_of", own ? direct(look->book, row, false) : 0);
    json_named_u64(json, "made_into", own ? direct(look->book, row, true) : 0);
    json_object_end(json);
    return true;
}

bool access_lot(Access *access, const View *view, Text id, Buffer *out, Status *status) {
    return look_answer(access, view, write_lot, &id, out, status);
}
