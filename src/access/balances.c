#include "access/balances.h"

#include <math.h>
#include <string.h>

#include "access/inside.h"
#include "access/lines.h"

uint32_t account_find(const Book *book, uint32_t facility, Month month) {
    uint32_t key[2] = {facility, month};
    return intern_find(book->account_keys, (Text){(const char *)key, sizeof key});
}

static const AccountTerm part_terms[] = {ACCOUNT_BATCH,     ACCOUNT_GAIN,  ACCOUNT_MEASURE,
                                         ACCOUNT_STOCKTAKE, ACCOUNT_FOUND, ACCOUNT_REVERSAL};

// One term of a month, of a component or as REO of the components in `mask`.
static int64_t term_of(const Look *look, uint32_t account, AccountTerm term, int component,
                       uint32_t mask) {
    if (account == ROW_NONE) return 0;
    const int64_t *mg =
        values_at(look->book, ROW(look->book, AccountRow, TABLE_ACCOUNT, account)->values) +
        (size_t)term * COMPONENT_COUNT;
    if (component != COMPONENT_NONE) return mg[component];
    int64_t some[COMPONENT_COUNT] = {0};
    for (uint32_t m = mask; m; m &= m - 1)
        some[__builtin_ctz(m)] = mg[__builtin_ctz(m)];
    return reo_of_mg(look, some);
}

bool balance_lines(const Look *look, const BookFacility *facility, int component,
                   BalanceLine **lines, Arena *arena, Status *status) {
    uint32_t mask = 0;
    for (size_t c = 0; c < facility->components; c++)
        mask |= 1u << facility->component[c];
    mask &= (uint32_t)RARE_EARTH_MASK;
    BalanceLine *made = arena_take_zero(arena, facility->months + 1, sizeof *made);
    if (!made) return status_no_memory(status);
    // Stock is kept by element, and its REO taken: terms rounded one by one would not add up to it.
    int64_t stock[COMPONENT_COUNT] = {0};
    uint32_t kept = component == COMPONENT_NONE ? mask : 1u << component;
    for (size_t t = 0; t < facility->months; t++) {
        // What was opened counts as there from the beginning, in whatever month it was told.
        uint32_t account = account_find(look->book, facility->row, facility->first + (Month)t);
        for (uint32_t m = kept; m; m &= m - 1)
            stock[__builtin_ctz(m)] +=
                term_of(look, account, ACCOUNT_OPENED, __builtin_ctz(m), mask);
    }
    for (size_t t = 0; t < facility->months; t++) {
        BalanceLine *line = &made[t];
        uint32_t account = account_find(look->book, facility->row, facility->first + (Month)t);
        line->opening = component == COMPONENT_NONE ? reo_of_mg(look, stock) : stock[component];
        line->extracted = term_of(look, account, ACCOUNT_EXTRACTED, component, mask);
        line->received = term_of(look, account, ACCOUNT_RECEIVED, component, mask);
        line->shipped = term_of(look, account, ACCOUNT_SHIPPED, component, mask);
        line->discarded = term_of(look, account, ACCOUNT_DISCARDED, component, mask);
        line->lost = -term_of(look, account, ACCOUNT_LOST, component, mask);
        for (uint32_t m = kept; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            stock[c] += term_of(look, account, ACCOUNT_EXTRACTED, c, mask) +
                        term_of(look, account, ACCOUNT_RECEIVED, c, mask) -
                        term_of(look, account, ACCOUNT_SHIPPED, c, mask) -
                        term_of(look, account, ACCOUNT_DISCARDED, c, mask) +
                        term_of(look, account, ACCOUNT_LOST, c, mask);
            for (size_t p = 0; p < sizeof part_terms / sizeof *part_terms; p++)
                stock[c] += term_of(look, account, part_terms[p], c, mask);
        }
        line->closing = component == COMPONENT_NONE ? reo_of_mg(look, stock) : stock[component];
        line->muf = line->opening + line->extracted + line->received - line->shipped -
                    line->discarded - line->lost - line->closing;
    }
    *lines = made;
    return true;
}

// ---- the rare earths together, as a component of their own ----

// A weighing's error is one and the same for all components that were weighed; an assay's are as
// many as there are results.
static uint32_t key_of(uint32_t key, bool mass, uint32_t component) {
    return key < UINT32_MAX / 64 ? key * 32 + (mass ? 31 : component) : key;
}

static bool treo_balance(const Look *look, const BookFacility *facility, Arena *arena,
                         FacilityBalance *balance, Status *status) {
    size_t n = facility->months, wanted = 0;
    double factor[COMPONENT_COUNT] = {0};
    for (size_t c = 0; c < facility->components; c++)
        if (facility->component[c] < RARE_EARTH_COUNT)
            factor[c] = (double)look->factors->micro[facility->component[c]] / FACTOR_ONE;
    double *flow[BALANCE_FLOWS], *stock = arena_take_zero(arena, n + 2, sizeof *stock);
    BalanceError *errors = arena_take_zero(arena, facility->input.error_count + 1, sizeof *errors);
    if (!stock || !errors) return status_no_memory(status);
    FacilityInput input = {.components = 1,
                           .periods = n,
                           .stock = stock,
                           .taken = facility->input.taken,
                           .errors = errors};
    for (size_t f = 0; f < BALANCE_FLOWS; f++) {
        flow[f] = arena_take_zero(arena, n + 1, sizeof **flow);
        if (!flow[f]) return status_no_memory(status);
        for (size_t c = 0; c < facility->components; c++)
            for (size_t t = 0; t < n; t++)
                flow[f][t] += factor[c] * facility->input.flow[f][c * n + t];
        input.flow[f] = flow[f];
    }
    for (size_t c = 0; c < facility->components; c++)
        for (size_t t = 0; t <= n; t++)
            stock[t] += factor[c] * facility->input.stock[c * (n + 1) + t];
    uint32_t measurements = book_count(look->book, TABLE_MEASUREMENT);
    for (size_t e = 0; e < facility->input.error_count; e++) {
        BalanceError error = facility->input.errors[e];
        uint32_t c = error.component;
        if (!(factor[c] > 0)) continue;
        bool known = error.measurement < measurements;
        bool mass = known && measurement_at(look->book, error.measurement)->kind == MEASURED_MASS;
        error.component = 0;
        error.u *= factor[c];
        error.s *= factor[c];
        if (known) {
            error.measurement = key_of(error.measurement, mass, c);
            if (error.group != SEQUENCE_NO_GROUP) error.group = key_of(error.group, mass, c);
        }
        errors[wanted++] = error;
    }
    input.error_count = wanted;
    BalanceTests tests = balance_tests_default();
    return facility_balance(&input, &tests, arena, balance, status);
}

bool tested_balance(const Look *look, const BookFacility *facility, int component, Arena *arena,
                    TestedBalance *tested, Status *status) {
    *tested = (TestedBalance){.alarm = alarm_sigmas(facility->components)};
    if (component == COMPONENT_NONE) {
        FacilityBalance *balance = arena_take_zero(arena, 1, sizeof *balance);
        if (!balance) return status_no_memory(status);
        if (!treo_balance(look, facility, arena, balance, status)) return false;
        tested->whole = balance;
        tested->component = &balance->component[0];
        return true;
    }
    tested->whole = &facility->balance;
    for (size_t c = 0; c < facility->components; c++)
        if (facility->component[c] == component && c < facility->balance.components) {
            tested->component = &facility->balance.component[c];
            tested->number = c;
        }
    return true;
}

const BalancePeriod *period_ending(const TestedBalance *tested, size_t month) {
    for (size_t p = 0; tested->component && p < tested->whole->periods; p++)
        if (tested->component->period[p].to == month) return &tested->component->period[p];
    return NULL;
}

static bool was_counted(const BookFacility *facility, size_t month) {
    return !facility->input.taken || facility->input.taken[month + 1];
}

void balance_month(const BookFacility *facility, const TestedBalance *tested,
                   const BalanceLine *line, size_t month, JsonWriter *json) {
    const BalancePeriod *period = period_ending(tested, month);
    StateOf state =
        period ? state_of_period(period, tested->alarm) : (StateOf){STATE_NONE, false, 0};
    double sigma = period ? period->sigma : 0, cumulated = 0, cumulated_sigma = 0;
    for (size_t p = 0; tested->component && p < tested->whole->periods; p++)
        if (tested->component->period[p].to <= month) {
            cumulated = tested->component->period[p].cumuf;
            cumulated_sigma = tested->component->period[p].sigma_cumuf;
        }
    json_object_begin(json);
    named_month(json, "month", facility->first + (Month)month);
    named_wide(json, "opening_kg", line->opening);
    named_wide(json, "extracted_kg", line->extracted);
    named_wide(json, "received_kg", line->received);
    named_wide(json, "shipped_kg", line->shipped);
    named_wide(json, "discards_kg", line->discarded);
    named_wide(json, "losses_kg", line->lost);
    named_wide(json, "closing_kg", line->closing);
    named_wide(json, "muf_kg", line->muf);
    named_kg(json, "sigma_random_kg", period ? period->sigma_random : 0);
    named_kg(json, "sigma_systematic_kg", period ? period->sigma_shared : 0);
    named_kg(json, "sigma_muf_kg", sigma);
    named_kg(json, "usual_limit_kg", USUAL_SIGMAS * sigma);
    named_kg(json, "alarm_limit_kg", tested->alarm * sigma);
    state_write(&state, json);
    named_kg_signed(json, "cumuf_kg", cumulated);
    named_kg(json, "cumuf_usual_limit_kg", USUAL_SIGMAS * cumulated_sigma);
    named_kg(json, "cumuf_alarm_limit_kg", tested->alarm * cumulated_sigma);
    json_named_bool(json, "stocktake", was_counted(facility, month));
    json_object_end(json);
}

// ---- the answer ----

typedef struct Asked {
    Text facility, component;
    Months months;
} Asked;

static void write_page(const BookFacility *facility, const TestedBalance *tested,
                       JsonWriter *json) {
    const ComponentBalance *c = tested->component;
    size_t missing = c ? c->alarm_missing : 0, surplus = c ? c->alarm_surplus : 0;
    named_begin_object(json, "page");
    named_month_or_null(json, "missing", missing,
                        facility->first + (Month)(missing ? c->period[missing - 1].to : 0));
    named_month_or_null(json, "surplus", surplus,
                        facility->first + (Month)(surplus ? c->period[surplus - 1].to : 0));
    json_named_double(json, "limit", tested->whole->page_h);
    json_named_double(json, "false_alarm_rate", tested->whole->alpha);
    json_object_end(json);
}

// How often chance alone leaves so much, on either side.
static double two_sided(double kg, double sigma_kg) {
    return sigma_kg > 0 ? erfc(fabs(kg) / sigma_kg / 1.4142135623730951) : kg != 0 ? 0 : 1;
}

static i128 sum_of(const BookFacility *facility, const BalanceLine *lines, Months months) {
    Month last = facility->first + (Month)facility->months - 1;
    i128 sum = 0;
    for (Month m = months.from > facility->first ? months.from : facility->first;
         m <= months.to && m <= last; m++)
        sum += lines[m - facility->first].muf;
    return sum;
}

bool balance_span(Look *look, const BookFacility *facility, const TestedBalance *tested,
                  const BalanceLine *lines, Months months, BalanceSpan *span, Status *status) {
    i128 whole = sum_of(facility, lines, months);
    *span = (BalanceSpan){.untested_mg = whole, .state = {STATE_NONE, false, 0}};
    size_t first = SIZE_MAX, last = 0;
    for (size_t p = 0; tested->component && p < tested->whole->periods; p++) {
        const BalancePeriod *period = &tested->component->period[p];
        if (facility->first + (Month)period->from < months.from ||
            facility->first + (Month)period->to > months.to)
            continue;
        if (first == SIZE_MAX) first = p;
        last = p;
    }
    if (first == SIZE_MAX) return true;
    BalanceLoss loss;
    if (!component_loss(tested->whole, tested->number, first, last, &look->arena, &loss, &span->any,
                        status))
        return false;
    if (!span->any) return true;
    const BalancePeriod *period = tested->component->period;
    Months closed = {facility->first + (Month)period[first].from,
                     facility->first + (Month)period[last].to};
    i128 muf = sum_of(facility, lines, closed);
    double muf_kg = (double)muf / 1e6;
    span->untested_mg = whole - muf;
    span->sigma_kg = component_sum(tested->whole, tested->number, first, last).sigma;
    span->p = two_sided(muf_kg, span->sigma_kg);
    span->loss_kg = loss.size_kg;
    span->sigma_loss_kg = loss.sigma_kg;
    span->loss_p = two_sided(loss.size_kg, loss.sigma_kg);
    BalancePeriod sum = {.muf = muf_kg, .sigma = span->sigma_kg};
    span->state = state_of_period(&sum, tested->alarm);
    return true;
}

static void total_write(i128 muf, const BalanceSpan *span, JsonWriter *json) {
    named_begin_object(json, "total");
    named_wide(json, "muf_kg", muf);
    named_wide(json, "untested_kg", span->untested_mg);
    named_kg(json, "sigma_muf_kg", span->sigma_kg);
    json_named_double(json, "p_value", span->any ? span->p : 1);
    if (span->any) {
        named_kg_signed(json, "loss_kg", span->loss_kg);
        named_kg(json, "sigma_loss_kg", span->sigma_loss_kg);
        json_named_double(json, "loss_p_value", span->loss_p);
    } else {
        named_null(json, "loss_kg");
        named_null(json, "sigma_loss_kg");
        named_null(json, "loss_p_value");
    }
    json_object_end(json);
}

static bool write_total(Look *look, const BookFacility *facility, const TestedBalance *tested,
                        const BalanceLine *lines, Months months, JsonWriter *json, Status *status) {
    BalanceSpan span;
    if (!balance_span(look, facility, tested, lines, months, &span, status)) return false;
    total_write(sum_of(facility, lines, months), &span, json);
    return true;
}

// A span of which the facility has no month is a slip: what it has is said.
static bool months_are_there(const BookFacility *facility, Months asked, Status *status) {
    char month[MONTH_TEXT_MAX];
    Month first = facility->first, last = first + (Month)facility->months - 1;
    if (asked.to && asked.to < first) {
        month_print(first, month);
        status_set(status, STATUS_INVALID, "the figures of \"%.*s\" begin later, in %s",
                   TEXT_ARG(facility->id), month);
        status_hint(status, "%s or a later month", month);
        return status_where(status, "to");
    }
    if (asked.from && asked.from > last) {
        month_print(last, month);
        status_set(status, STATUS_INVALID, "the figures of \"%.*s\" end earlier, in %s",
                   TEXT_ARG(facility->id), month);
        status_hint(status, "%s or an earlier month", month);
        return status_where(status, "from");
    }
    return true;
}

static bool write_line(Look *look, const Asked *asked, int component, const BookFacility *facility,
                       uint32_t row, JsonWriter *json, Status *status) {
    Months months = asked->months;
    Month none = month_of_day(look->today);
    Month first = facility ? facility->first : none;
    Month last = facility ? facility->first + (Month)facility->months - 1 : none;
    if (facility) {
        if (!months_are_there(facility, months, status)) return false;
        if (!months.from || months.from < first) months.from = first;
        if (!months.to || months.to > last) months.to = last;
    } else {
        if (!months.from) months.from = months.to ? months.to : first;
        if (!months.to) months.to = months.from;
    }
    BalanceLine *lines = NULL;
    TestedBalance tested = {0};
    if (facility && (!balance_lines(look, facility, component, &lines, &look->arena, status) ||
                     !tested_balance(look, facility, component, &look->arena, &tested, status)))
        return false;
    answer_begin(look, json);
    json_named_string(json, "facility", facility_id(look->book, row));
    json_named_string(json, "facility_name", facility_name(look->book, row));
    json_named_words(json, "component",
                     component == COMPONENT_NONE ? "TREO" : component_symbol(component));
    named_month(json, "from", months.from);
    named_month(json, "to", months.to);
    json_named_u64(json, "recorded_until", look->before - 1);
    named_begin_array(json, "months");
    for (Month m = months.from; facility && m <= months.to; m++)
        balance_month(facility, &tested, &lines[m - first], m - first, json);
    json_array_end(json);
    if (facility) {
        write_page(facility, &tested, json);
        if (!write_total(look, facility, &tested, lines, months, json, status)) return false;
    } else {
        BalanceTests tests = balance_tests_default();
        named_begin_object(json, "page");
        named_null(json, "missing");
        named_null(json, "surplus");
        json_named_double(json, "limit", 0);
        json_named_double(json, "false_alarm_rate", tests.alpha);
        json_object_end(json);
        total_write(0, &(BalanceSpan){0}, json);
    }
    json_object_end(json);
    return true;
}

bool component_asked(Text text, int *component, Status *status) {
    bool treo = text_is_empty(text) || text_equal(text, TEXT("TREO"));
    *component = treo ? COMPONENT_NONE : component_find(text);
    if (treo || *component != COMPONENT_NONE) return true;
    status_set(status, STATUS_INVALID, "\"%.*s\" is no component", TEXT_ARG(text));
    status_hint(status, "one of " COMPONENT_SYMBOLS ", or TREO for all rare earths");
    return status_where(status, "el");
}

static bool write_balance(Look *look, const void *context, Buffer *out, Status *status) {
    const Asked *asked = context;
    uint32_t row = intern_find(look->book->facility_ids, asked->facility);
    if (row == ROW_NONE || !look_sees_facility(look, row))
        return not_found(status, "facility", asked->facility);
    int component;
    if (!component_asked(asked->component, &component, status)) return false;
    if (asked->months.from && asked->months.to && asked->months.from > asked->months.to) {
        status_set(status, STATUS_INVALID, "the first month lies after the last");
        return status_where(status, "from");
    }
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    JsonWriter writer = json_writer(out);
    bool well =
        write_line(look, asked, component, analysis_facility(analysis, row), row, &writer, status);
    analysis_give(look->access, analysis);
    return well;
}

bool access_balance(Access *access, const View *view, Text facility, Text component, Months months,
                    Buffer *out, Status *status) {
    Asked asked = {facility, component, months};
    return look_answer(access, view, write_balance, &asked, out, status);
}
