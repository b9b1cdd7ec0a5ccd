#include "access/findings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/inside.h"
#include "access/lines.h"

// Squares of evidence by the adjusted p: 1 weak, 2 moderate, 3 strong, 4 very strong.
static int evidence_of(double p) {
    return p <= 1e-6 ? 4 : p <= 1e-3 ? 3 : p <= 0.01 ? 2 : p <= 0.05 ? 1 : 0;
}

void finding_components(uint64_t mask, JsonWriter *json) {
    named_begin_array(json, "components");
    for (uint64_t m = mask & COMPONENT_MASK; m; m &= m - 1)
        json_words(json, component_symbol(__builtin_ctzll(m)));
    json_array_end(json);
}

// The sentence in parts, so that each language can say it.
static void write_sentence(const Look *look, const Finding *f, uint32_t facility,
                           JsonWriter *json) {
    char text[256];
    size_t used = 0;
    text[0] = 0;
    for (uint64_t m = f->components & COMPONENT_MASK; m && used + 8 < sizeof text; m &= m - 1)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "",
                                 component_symbol(__builtin_ctzll(m)));
    named_begin_object(json, "sentence");
    json_named_words(json, "key",
                     f->family == FAMILY_MEASUREMENT ? "finding.measurement"
                     : f->family == FAMILY_ORIGIN    ? "finding.origin"
                     : f->kind == FINDING_SURPLUS    ? "finding.balance.surplus"
                                                     : "finding.balance.missing");
    named_begin_object(json, "values");
    json_named_string(json, "facility", f->facility);
    json_named_string(json, "facility_name", facility_name(look->book, facility));
    json_named_words(json, "components", text);
    named_kg(json, "mass_kg", f->mass_kg);
    named_kg_signed(json, "low_kg", f->low_kg);
    named_kg_signed(json, "high_kg", f->high_kg);
    named_month(json, "from", f->from);
    named_month(json, "to", f->to);
    if (f->family == FAMILY_ORIGIN) {
        char lots[24];
        snprintf(lots, sizeof lots, "%zu", f->lot_count);
        json_named_words(json, "lots", lots);
        snprintf(lots, sizeof lots, "%zu", f->lots_tested);
        json_named_words(json, "lots_tested", lots);
        json_named_string(json, "said", f->said);
        json_named_string(json, "looks_like", f->looks_like);
    }
    json_object_end(json);
    json_object_end(json);
}

void group_name(const Book *book, uint32_t group, char *name, size_t size) {
    Text key = intern_text(book->group_keys, group);
    Text party = {key.at + 1, 0};
    while (party.length + 1 < key.length && party.at[party.length])
        party.length++;
    Text rest = {party.at + party.length + 1,
                 party.length + 2 < key.length ? key.length - party.length - 2 : 0};
    snprintf(name, size, rest.length ? "%.*s %.*s" : "%.*s%.*s", TEXT_ARG(party), TEXT_ARG(rest));
}

// What it looks like, how much likelier it is, what there should have been, and what would settle
// it.
static void write_evidence(const Look *look, const Finding *f, JsonWriter *json) {
    const Book *book = look->book;
    json_named_words(json, "pattern", finding_pattern_name(f->pattern));
    named_text_or_null(json, "ore", f->ore);
    json_named_double(json, "distance", f->distance);
    // Beyond what a double holds it is said by its logarithm alone.
    json_named_double(json, "log10_e", f->log_e / 2.302585092994046);
    json_named_double(json, "e_value", exp(fmin(f->log_e, 690.0)));
    named_kg_signed(json, "expected_kg", f->expected_kg);
    named_kg_signed(json, "found_kg", f->found_kg);
    json_named_double(json, "network_gain", f->family == FAMILY_BALANCE ? f->network_gain : 1.0);
    named_begin_array(json, "settle");
    for (size_t i = 0; i < f->settle_count; i++) {
        const FindingSettle *s = &f->settle[i];
        uint32_t rows =
            s->shared ? intern_count(book->group_keys) : book_count(book, TABLE_MEASUREMENT);
        if (s->measurement >= rows) continue;
        json_object_begin(json);
        json_named_words(json, "what",
                         s->shared  ? s->whole ? "device" : "laboratory"
                         : s->whole ? "weighing"
                                    : "assay");
        const MeasurementRow *m = s->shared ? NULL : measurement_at(book, s->measurement);
        named_seq_or_null(json, "record", m != NULL, m ? m->seq : 0);
        char name[160] = "";
        if (s->shared) group_name(book, s->measurement, name, sizeof name);
        named_text_or_null(json, "name", text_of(name));
        json_named_double(json, "gain", s->gain);
        json_named_double(json, "power_before", s->before);
        json_named_double(json, "power_after", s->after);
        json_object_end(json);
    }
    json_array_end(json);
}

// A laboratory's own facility, where it has one; else where it shows most.
static uint32_t facility_of(const Look *look, const Analysis *analysis, const Finding *f) {
    uint32_t own = f->family == FAMILY_MEASUREMENT
                       ? intern_find(look->book->facility_ids, f->facility)
                       : ROW_NONE;
    return own != ROW_NONE ? own : analysis->balances.facility[f->place].row;
}

void finding_brief(const Look *look, const Analysis *analysis, const Finding *f, JsonWriter *json) {
    uint32_t facility = facility_of(look, analysis, f);
    json_object_begin(json);
    json_named_words(json, "id", f->id);
    json_named_words(json, "kind", finding_family_name(f->family));
    json_named_string(json, "facility", f->facility);
    json_named_string(json, "facility_name", facility_name(look->book, facility));
    finding_components(f->components, json);
    named_month(json, "from", f->from);
    named_month(json, "to", f->to);
    json_named_words(json, "side", f->family == FAMILY_BALANCE ? finding_kind_name(f->kind) : NULL);
    named_kg(json, "mass_kg", f->mass_kg);
    named_kg_signed(json, "low_kg", f->low_kg);
    named_kg_signed(json, "high_kg", f->high_kg);
    json_named_double(json, "p_value", f->p_value);
    json_named_i64(json, "evidence", evidence_of(f->p_value));
    json_named_string(json, "says", f->says);
    write_sentence(look, f, facility, json);
    json_object_end(json);
}

bool finding_is_seen(const Look *look, const Analysis *analysis, const Finding *f) {
    // What a laboratory did everywhere is told to who may look everywhere.
    for (size_t i = 0; f->family == FAMILY_MEASUREMENT && i < analysis->balances.count; i++)
        if (!look_sees_facility(look, analysis->balances.facility[i].row)) return false;
    return look_sees_facility(look, analysis->balances.facility[f->place].row);
}

// ---- the list ----

// How much was looked at, of one's own, and how many of those listed may be there by chance.
// `groups`: with those of the family "origin".
static void write_tested(const Look *look, const Analysis *analysis, bool groups,
                         JsonWriter *json) {
    uint64_t facilities = 0, components = 0;
    size_t months = 0;
    for (size_t i = 0; i < analysis->balances.count; i++) {
        const BookFacility *facility = &analysis->balances.facility[i];
        if (!look_sees_facility(look, facility->row) || facility->balance.periods == 0) continue;
        facilities++;
        components += facility->components;
        if (facility->months > months) months = facility->months;
    }
    named_begin_object(json, "tested");
    json_named_u64(json, "facilities", facilities);
    json_named_u64(json, "components", components);
    json_named_u64(json, "months", months);
    if (groups) json_named_u64(json, "groups", analysis->findings.groups_tested);
    json_named_double(json, "false_alarm_rate", analysis->findings.q);
    json_object_end(json);
}

static bool write_list(Look *look, const Page *page, const Analysis *analysis, Buffer *out,
                       Status *status) {
    unsigned limit, written = 0;
    uint64_t position = 0;
    if (!access_page_limit(page, &limit, status)) return false;
    if (page && !text_is_empty(page->cursor) &&
        !cursor_read(look, TEXT("findings"), page->cursor, &position, status))
        return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    named_begin_array(json, "items");
    bool more = false;
    for (; position < analysis->findings.count; position++) {
        const Finding *f = &analysis->findings.findings[position];
        if (!finding_is_seen(look, analysis, f)) continue;
        if (written == limit) {
            more = true;
            break;
        }
        finding_brief(look, analysis, f, json);
        written++;
    }
    json_array_end(json);
    json_key(json, "next");
    if (more)
        cursor_write(look, TEXT("findings"), position, json);
    else
        json_null(json);
    write_tested(look, analysis, false, json);
    json_object_end(json);
    return true;
}

static bool write_findings(Look *look, const void *asked, Buffer *out, Status *status) {
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    bool well = write_list(look, *(const Page *const *)asked, analysis, out, status);
    analysis_give(look->access, analysis);
    return well;
}

bool access_findings(Access *access, const View *view, const Page *page, Buffer *out,
                     Status *status) {
    return look_answer(access, view, write_findings, &page, out, status);
}

// ---- what stands behind a finding ----

// Behind a finding that is shown alone, and behind each of a list.
enum { LOTS_OF_ONE = 20, LOTS_OF_EACH = 10 };

typedef struct Movement {
    uint64_t seq;
    uint32_t lot;
    int64_t mg;
    uint8_t kind;
} Movement;

static int by_mass(const void *a, const void *b) {
    const Movement *x = a, *y = b;
    if (x->mg != y->mg) return x->mg > y->mg ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

// The movements at the facility in these months that carried most of the component.
static bool write_lots(Look *look, uint32_t facility, const Finding *f, size_t most,
                       JsonWriter *json, Status *status) {
    enum { KEPT = 4 * LOTS_OF_ONE };
    Movement *kept = arena_take_zero(&look->arena, KEPT, sizeof *kept);
    if (!kept) return status_no_memory(status);
    size_t count = 0;
    for (uint32_t o = 0; o < book_count(look->book, TABLE_OPERATION); o++) {
        const OperationRow *operation = operation_at(look->book, o);
        bool here = operation->facility == facility && operation->month >= f->from &&
                    operation->month <= f->to;
        for (uint32_t i = 0; here && i < operation->flow_count; i++) {
            const FlowRow *flow = flow_at(look->book, operation->first_flow + i);
            if (flow->role == FLOW_TOUCHED || !(flow->content.stated >> f->strongest & 1)) continue;
            Content content;
            content_load(look->book, &flow->content, &content);
            if (count == KEPT) {
                qsort(kept, count, sizeof *kept, by_mass);
                count = LOTS_OF_ONE;
            }
            kept[count++] =
                (Movement){operation->seq, flow->lot, content.mg[f->strongest], operation->kind};
        }
        if (!look_breathe(look, status)) return false;
    }
    qsort(kept, count, sizeof *kept, by_mass);
    named_begin_array(json, "lots");
    for (size_t i = 0; i < count && i < most; i++) {
        // A receipt takes from the shipper's lot, which is the shipper's.
        if (!look_sees_lot(look, kept[i].lot)) continue;
        const RecordRow *record = record_at(look->book, kept[i].seq);
        json_object_begin(json);
        json_named_string(json, "id", lot_id(look->book, kept[i].lot));
        json_named_u64(json, "record", kept[i].seq);
        named_day(json, "day", record ? record->day_of : 0);
        json_named_words(json, "kind", event_kind_name((EventKind)kept[i].kind));
        json_named_mass(json, "mass_kg", mass_mg(kept[i].mg));
        json_object_end(json);
    }
    json_array_end(json);
    return true;
}

// The lots that an origin is about, least likely first.
static void write_odd_lots(Look *look, const Finding *f, size_t most, JsonWriter *json) {
    named_begin_array(json, "lots");
    for (size_t i = 0, shown = 0; i < f->lot_count && shown < most; i++) {
        const FindingLot *lot = &f->lots[i];
        if (!look_sees_lot(look, lot->lot)) continue;
        const RecordRow *record = record_at(look->book, lot->seq);
        json_object_begin(json);
        json_named_string(json, "id", lot_id(look->book, lot->lot));
        json_named_u64(json, "record", lot->seq);
        named_day(json, "day", record ? record->day_of : 0);
        json_named_words(json, "kind", event_kind_name((EventKind)record->kind));
        named_kg(json, "mass_kg", lot->kg);
        json_object_end(json);
        shown++;
    }
    json_array_end(json);
}

static bool write_behind(Look *look, const Analysis *analysis, const Finding *f, size_t most,
                         JsonWriter *json, Status *status) {
    if (f->family != FAMILY_ORIGIN)
        return write_lots(look, analysis->balances.facility[f->place].row, f, most, json, status);
    write_odd_lots(look, f, most, json);
    return true;
}

// ---- the list of the command line ----

static bool write_flat(Look *look, const void *asked, Buffer *out, Status *status) {
    (void)asked;
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    bool well = true;
    json_array_begin(json);
    for (size_t i = 0; well && i < analysis->findings.count; i++) {
        const Finding *f = &analysis->findings.findings[i];
        if (!finding_is_seen(look, analysis, f)) continue;
        json_object_begin(json);
        json_named_words(json, "id", f->id);
        json_named_string(json, "facility", f->facility);
        finding_components(f->components, json);
        named_month(json, "from", f->from);
        named_month(json, "to", f->to);
        json_named_double(json, "p_value", f->p_value);
        named_kg(json, "mass_kg", f->mass_kg);
        named_kg_signed(json, "low_kg", f->low_kg);
        named_kg_signed(json, "high_kg", f->high_kg);
        json_named_words(json, "kind",
                         f->family == FAMILY_MEASUREMENT ? finding_family_name(f->family)
                                                         : finding_kind_name(f->kind));
        json_named_words(json, "family", finding_family_name(f->family));
        json_named_string(json, "says", f->says);
        write_evidence(look, f, json);
        well = write_behind(look, analysis, f, LOTS_OF_EACH, json, status);
        write_tested(look, analysis, true, json);
        json_object_end(json);
    }
    json_array_end(json);
    analysis_give(look->access, analysis);
    return well;
}

bool access_findings_flat(Access *access, const View *view, Buffer *out, Status *status) {
    return look_answer(access, view, write_flat, NULL, out, status);
}

// ---- one finding ----

static bool write_one(Look *look, const Analysis *analysis, const Finding *f, JsonWriter *json,
                      Status *status) {
    const BookFacility *facility = &analysis->balances.facility[f->place];
    BalanceLine *lines;
    TestedBalance tested;
    if (!balance_lines(look, facility, f->strongest, &lines, &look->arena, status) ||
        !tested_balance(look, facility, f->strongest, &look->arena, &tested, status))
        return false;
    answer_begin(look, json);
    json_key(json, "finding");
    finding_brief(look, analysis, f, json);
    named_begin_array(json, "months");
    for (size_t t = 0; t < facility->months; t++)
        balance_month(facility, &tested, &lines[t], t, json);
    json_array_end(json);
    json_named_words(json, "component", component_symbol(f->strongest));
    const ComponentBalance *c = tested.component;
    size_t struck = !c || f->family != FAMILY_BALANCE ? 0
                    : f->kind == FINDING_MISSING      ? c->alarm_missing
                                                      : c->alarm_surplus;
    named_begin_object(json, "computation");
    json_named_words(
        json, "test",
        f->family == FAMILY_ORIGIN
            ? "log-ratios of each lot against what its source, or its material from others, is; "
              "e-BH over facilities and what lots were said to be"
        : f->family == FAMILY_MEASUREMENT
            ? "common size of an error that many facilities share, over laboratories, devices and "
              "months, without the facility that shows it most (paid for by Bonferroni)"
            : "joint scan of months, elements and patterns (likelihood ratio, all that was tried "
              "paid for); Benjamini-Hochberg over facilities");
    json_named_double(json, "statistic", f->distance);
    json_named_double(json, "limit",
                      f->family == FAMILY_ORIGIN ? alarm_sigmas(f->lots_tested) : tested.alarm);
    json_named_double(json, "false_alarm_rate", analysis->findings.q);
    bool origin = f->family == FAMILY_ORIGIN;
    json_named_u64(json, "facilities_tested",
                   origin ? analysis->findings.groups_tested
                          : analysis->findings.facilities_tested);
    json_named_u64(json, "components_tested",
                   origin ? (uint64_t)__builtin_popcountll(f->components) : facility->components);
    named_month_or_null(json, "struck", struck,
                        facility->first + (Month)(struck ? c->period[struck - 1].to : 0));
    json_named_u64(json, "recorded_until", look->before - 1);
    json_object_end(json);
    if (!write_behind(look, analysis, f, LOTS_OF_ONE, json, status)) return false;
    named_begin_object(json, "evidence");
    write_evidence(look, f, json);
    json_object_end(json);
    named_begin_array(json, "elsewhere");
    json_array_end(json);
    json_object_end(json);
    return true;
}

static bool write_finding(Look *look, const void *asked, Buffer *out, Status *status) {
    Text id = *(const Text *)asked;
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    const Finding *found = NULL;
    for (size_t i = 0; i < analysis->findings.count && !found; i++) {
        const Finding *f = &analysis->findings.findings[i];
        if (text_equal(id, text_of(f->id)) && finding_is_seen(look, analysis, f)) found = f;
    }
    JsonWriter writer = json_writer(out);
    bool well = found ? write_one(look, analysis, found, &writer, status)
                      : not_found(status, "finding", id);
    analysis_give(look->access, analysis);
    return well;
}

bool access_finding(Access *access, const View *view, Text id, Buffer *out, Status *status) {
    return look_answer(access, view, write_finding, &id, out, status);
}
