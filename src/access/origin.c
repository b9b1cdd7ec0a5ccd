#include "access/origin.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "access/inside.h"
#include "numeric/distribution.h"
#include "origin/from_book_expected.h"

static const double LOG_10 = 2.302585092994046;
// A share of the matter that has to be of known composition for a test to mean anything.
static const double KNOWN_LEAST = 0.9;

typedef struct Separation {
    const BookFacility *facility; // null: none, or its books are not ours to see
    Month from, to;
    double in[RARE_EARTH_COUNT], out[RARE_EARTH_COUNT], sd[RARE_EARTH_COUNT];
    PartState state[RARE_EARTH_COUNT];
    ExpectedTest test;
    OriginVerdict verdict;
    bool mixed, fits;
    double *kg, *low, *high; // unrecorded, by reference
} Separation;

typedef struct Origin {
    Look *look;
    uint32_t row;
    OriginBook book;
    OriginLot lot;
    OriginJudged judged;
    const char *why; // not tested: why not; else null
    Separation separation;
} Origin;

// ---- what came out of a facility against what went in ----

static void separation_read(Separation *s) {
    const BookFacility *facility = s->facility;
    const FacilityBalance *balance = &facility->balance;
    const BalancePeriod *last = NULL;
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        s->state[c] = PART_UNKNOWN;
    for (size_t i = 0; i < balance->components; i++) {
        int c = facility->component[i];
        const ComponentBalance *of = &balance->component[i];
        if (c >= RARE_EARTH_COUNT || !of->present || balance->periods == 0) continue;
        last = &of->period[balance->periods - 1];
        double in = of->period[0].opening, out = last->closing;
        for (size_t p = 0; p < balance->periods; p++)
            for (int f = 0; f < BALANCE_FLOWS; f++) {
                if (balance_flow_sign((BalanceFlow)f) > 0)
                    in += of->period[p].flow[f];
                else
                    out += of->period[p].flow[f];
            }
        s->in[c] = in;
        s->out[c] = out;
        s->sd[c] = fmax(last->sigma_cumuf, balance->floor_kg);
        if (in > 0 && out > 0) s->state[c] = PART_MEASURED;
        s->from = facility->first + (Month)of->period[0].from;
        s->to = facility->first + (Month)last->to;
    }
}

// Unrecorded matter that would explain what came out beyond what went in, in kg of each source.
static bool separation_mix(Separation *s, const OriginBook *book, Arena *arena, Status *status) {
    enum { PARTS = RARE_EARTH_COUNT, DRAWS = 400 };
    double y[PARTS] = {0}, *x = arena_take_zero(arena, book->count * PARTS + 1, sizeof *x);
    if (!x) return status_no_memory(status);
    for (int c = 0; c < PARTS; c++) {
        y[c] = s->out[c] - s->in[c];
        for (size_t k = 0; s->state[c] == PART_MEASURED && k < book->count; k++)
            x[k * PARTS + (size_t)c] = book->known[k].share[c];
    }
    for (size_t k = 0; k < book->count; k++) {
        double sum = 0;
        for (int c = 0; c < PARTS; c++)
            sum += x[k * PARTS + (size_t)c];
        for (int c = 0; c < PARTS && sum > 0; c++)
            x[k * PARTS + (size_t)c] /= sum;
    }
    MixtureInput in = {
        .parts = PARTS, .sources = book->count, .y = y, .sd = s->sd, .state = s->state, .x = x};
    MixtureFit fit;
    MixtureInterval interval;
    if (!mixture_fit(&in, false, arena, &fit, status) ||
        !mixture_intervals(&in, &fit, false, DRAWS, 3, arena, &interval, status))
        return false;
    s->mixed = true;
    s->fits = fit.positive > 0 && fit.df > 0 &&
              chi2_upper(fit.deviance, (double)fit.df) >= ORIGIN_DOUBTFUL_P;
    s->kg = fit.share;
    s->low = interval.low;
    s->high = interval.high;
    return true;
}

static bool separation_judge(Separation *s, const OriginBook *book, Arena *arena, Status *status) {
    double sd[RARE_EARTH_COUNT] = {0}, none[RARE_EARTH_COUNT] = {0};
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        if (s->state[c] == PART_MEASURED) sd[c] = s->sd[c] / s->out[c];
    ExpectedInput in = {RARE_EARTH_COUNT, s->in, none, s->out, sd, none, s->state, 0, NULL};
    if (!expected_test(&in, arena, &s->test, status)) return false;
    s->verdict = origin_verdict_of(&s->test);
    return s->verdict < ORIGIN_DOUBTFUL || book->count == 0 ||
           separation_mix(s, book, arena, status);
}

// ---- reading ----

static bool origin_read(Origin *o, Text id, Status *status) {
    Look *look = o->look;
    o->row = intern_find(look->book->lot_ids, id);
    if (!view_sees_lot(look->view, look->book, o->row)) return not_found(status, "lot", id);
    const Lineage *lineage = lineage_take(look, status);
    if (!lineage) return false;
    const Lot *lot = lot_at(look->book, o->row);
    OriginLimits limits = {.lineage = lineage, .breathe = look_let_in, .context = look};
    bool well =
        origin_book_read(look->book, lineage, lot->party, &look->arena, &o->book, status) &&
        origin_lot_read(look->book, o->row, &o->book, &limits, &look->arena, &o->lot, status);
    lineage_give(look);
    return well;
}

static bool origin_separation(Origin *o, Analysis **analysis, Status *status) {
    uint32_t at = o->lot.separated_at;
    if (at == TRACE_NONE || !look_sees_facility(o->look, at)) return true;
    if (!analysis_take(o->look, analysis, status)) return false;
    o->separation.facility = analysis_facility(*analysis, at);
    if (o->separation.facility) separation_read(&o->separation);
    return true;
}

static const char *why_not(const OriginLot *lot, size_t compared) {
    if (lot->separated_at != TRACE_NONE) return "separated";
    if (!lot->measured) return "not measured";
    if (lot->known < KNOWN_LEAST) return "no reference";
    if (compared < 2) return "too few elements";
    return NULL;
}

static bool origin_test(Origin *o, Status *status) {
    Arena *arena = &o->look->arena;
    OriginClaim claim = {o->lot.share, o->lot.steps};
    bool separated = o->lot.separated_at != TRACE_NONE;
    const char *why = why_not(&o->lot, 2);
    // What was separated holds what was wanted of it: nothing to compare.
    if (!separated && o->lot.measured) {
        double *none = arena_take_zero(arena, o->book.count + 1, sizeof *none);
        if (!none) return status_no_memory(status);
        if (why) claim.share = none;
        if (!origin_judge(&o->lot.declared, &claim, o->book.known, o->book.count, RARE_EARTH_COUNT,
                          arena, &o->judged, status))
            return false;
        if (!why) why = why_not(&o->lot, o->judged.test.df > 0 ? 2 : 0);
    }
    o->why = why;
    return !o->separation.facility || separation_judge(&o->separation, &o->book, arena, status);
}

// ---- the sentence ----

// "1 in 20,000", for people.
static const char *rarity(double log_p, char *text, size_t size) {
    double tens = -log_p / LOG_10;
    if (tens > 6.0)
        snprintf(text, size, "fewer than one honest case in a million looks so");
    else
        snprintf(text, size, "about one honest case in %.0f looks so",
                 fmax(2.0, floor(exp(-log_p))));
    return text;
}

static void list_shares(const Origin *o, const double *share, const double *low, const double *high,
                        double least, const char *unit, double times, char *text, size_t size) {
    size_t used = 0;
    text[0] = 0;
    for (size_t k = 0; k < o->book.count; k++) {
        if (!(share[k] >= least)) continue;
        Text id = o->book.reference[k].id;
        int n = low ? snprintf(text + used, size - used, "%s%.*s %.3g%s (%.3g to %.3g)",
                               used ? ", " : "", TEXT_ARG(id), share[k] * times, unit,
                               low[k] * times, high[k] * times)
                    : snprintf(text + used, size - used, "%s%.*s %.3g%s", used ? ", " : "",
                               TEXT_ARG(id), share[k] * times, unit);
        if (n < 0 || (size_t)n >= size - used) return;
        used += (size_t)n;
    }
}

static void worst_words(const Origin *o, char *text, size_t size) {
    const OriginJudged *j = &o->judged;
    int worst = -1;
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        if (worst < 0 || fabs(j->test.z[c]) > fabs(j->test.z[worst])) worst = c;
    snprintf(text, size, "%.4g %% %s where its genealogy implies %.4g %%", j->declared[worst],
             component_symbol(worst), j->expected[worst]);
}

static const char *say(const Origin *o, Arena *arena) {
    const OriginJudged *j = &o->judged;
    char claimed[512], mixture[512], rare[96], worst[96];
    Text id = lot_id(o->look->book, o->row);
    list_shares(o, o->lot.share, NULL, NULL, 0.005, " %", 100, claimed, sizeof claimed);
    bool told = o->look->view->all && claimed[0];
    if (j->mixed)
        list_shares(o, j->share, j->low, j->high, 0.05, " %", 100, mixture, sizeof mixture);
    const char *looks = !j->mixed         ? ""
                        : j->mixture_fits ? "; what it holds looks like "
                                          : "; no known source, and no mixture of them, holds this";
    if (o->why && strcmp(o->why, "separated") == 0) {
        const Separation *s = &o->separation;
        if (!s->facility)
            return arena_format(arena,
                                "%.*s was made of separated elements: what it holds no longer "
                                "tells where it is from",
                                TEXT_ARG(id));
        char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
        month_print(s->from, from), month_print(s->to, to);
        if (s->verdict < ORIGIN_DOUBTFUL)
            return arena_format(arena,
                                "%.*s was made of separated elements; %.*s, which separated them, "
                                "put out from %s to %s what it took in, element by element",
                                TEXT_ARG(id), TEXT_ARG(s->facility->id), from, to);
        char unrecorded[512] = "";
        if (s->mixed && s->fits)
            list_shares(o, s->kg, s->low, s->high, 1, " kg", 1, unrecorded, sizeof unrecorded);
        return arena_format(arena,
                            "%.*s was made of separated elements; %.*s, which separated them, did "
                            "not put out from %s to %s what it took in, element by element: %s%s%s",
                            TEXT_ARG(id), TEXT_ARG(s->facility->id), from, to,
                            rarity(s->test.log_p, rare, sizeof rare),
                            unrecorded[0] ? "; what is too much looks like " : "", unrecorded);
    }
    if (o->why)
        return arena_format(arena, "%.*s cannot be tested: %s%s%s", TEXT_ARG(id),
                            strcmp(o->why, "not measured") == 0 ? "nobody measured what it holds"
                            : strcmp(o->why, "no reference") == 0
                                ? "less than nine tenths of it is of sources whose composition is "
                                  "known"
                                : "fewer than two elements can be compared",
                            looks, j->mixed && j->mixture_fits ? mixture : "");
    if (j->verdict == ORIGIN_FITS)
        return arena_format(arena, "%.*s holds what its genealogy implies%s%s%s", TEXT_ARG(id),
                            told ? " (" : "", told ? claimed : "", told ? ")" : "");
    worst_words(o, worst, sizeof worst);
    return arena_format(arena, "%.*s holds %s%s%s%s: %s%s%s", TEXT_ARG(id), worst, told ? " (" : "",
                        told ? claimed : "", told ? ")" : "",
                        rarity(j->test.log_p, rare, sizeof rare), looks,
                        j->mixed && j->mixture_fits ? mixture : "");
}

// ---- the answer ----

static void number_or_null(JsonWriter *json, const char *name, bool is, double value) {
    if (is)
        json_named_double(json, name, value);
    else
        named_null(json, name);
}

static void write_test(const char *name, bool is, const ExpectedTest *test, JsonWriter *json) {
    if (!is || !(test->df > 0)) {
        named_null(json, name);
        return;
    }
    named_begin_object(json, name);
    json_named_double(json, "statistic", test->statistic);
    json_named_double(json, "df", test->df);
    json_named_double(json, "p_value", exp(test->log_p));
    json_named_double(json, "log10_p", test->log_p / LOG_10);
    json_named_double(json, "log10_e", test->log_e / LOG_10);
    json_object_end(json);
}

static void reference_write(const OriginReference *r, JsonWriter *json) {
    json_named_string(json, "reference", r->id);
    named_text_or_null(json, "name", r->name);
    json_named_words(json, "kind", r->deposit ? "deposit" : "material");
}

static void write_elements(const Origin *o, JsonWriter *json) {
    const OriginJudged *j = &o->judged;
    named_begin_array(json, "elements");
    for (int c = 0; c < RARE_EARTH_COUNT; c++) {
        PartState state = o->lot.declared.state[c];
        if (state == PART_UNKNOWN || !(j->declared[c] > 0)) continue;
        bool expected = j->expected[c] > 0, measured = state == PART_MEASURED;
        json_object_begin(json);
        json_named_words(json, "component", component_symbol(c));
        json_named_bool(json, "below", !measured);
        json_named_double(json, "found_percent", j->declared[c]);
        json_named_double(json, "found_u", j->declared_sd[c]);
        number_or_null(json, "expected_percent", expected, j->expected[c]);
        number_or_null(json, "expected_u", expected, j->expected_sd[c]);
        number_or_null(json, "sigmas", expected && measured && j->test.df > 0, j->test.z[c]);
        number_or_null(json, "best_percent", j->mixed, j->fitted[c]);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_claimed(const Origin *o, JsonWriter *json) {
    named_begin_array(json, "claimed");
    for (size_t k = 0; o->look->view->all && k < o->book.count; k++) {
        const OriginReference *r = &o->book.reference[k];
        if (!(o->lot.share[k] > 0)) continue;
        json_object_begin(json);
        reference_write(r, json);
        named_share(json, "share", o->lot.share[k]);
        json_named_u64(json, "lots", r->lots);
        json_named_bool(json, "scatter_stated", r->scatter_stated);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_mixture(const Origin *o, JsonWriter *json) {
    const OriginJudged *j = &o->judged;
    if (!j->mixed) {
        named_null(json, "mixture");
        return;
    }
    named_begin_object(json, "mixture");
    json_named_bool(json, "fits", j->mixture_fits);
    json_named_double(json, "p_value", j->mixture_p);
    named_begin_array(json, "sources");
    for (size_t k = 0; k < o->book.count; k++) {
        if (!(j->share[k] > 0)) continue;
        json_object_begin(json);
        reference_write(&o->book.reference[k], json);
        named_share(json, "share", j->share[k]);
        named_share(json, "low", j->low[k]);
        named_share(json, "high", j->high[k]);
        named_kg(json, "mass_kg", j->share[k] * o->lot.kg);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static void write_separation(const Origin *o, JsonWriter *json) {
    const Separation *s = &o->separation;
    if (!s->facility) {
        named_null(json, "separation");
        return;
    }
    named_begin_object(json, "separation");
    json_named_string(json, "facility", s->facility->id);
    json_named_string(json, "facility_name", facility_name(o->look->book, s->facility->row));
    named_month(json, "from", s->from);
    named_month(json, "to", s->to);
    json_named_words(json, "verdict", origin_verdict_name(s->verdict));
    write_test("test", true, &s->test, json);
    named_begin_array(json, "balance");
    for (int c = 0; c < RARE_EARTH_COUNT; c++) {
        if (s->state[c] != PART_MEASURED) continue;
        json_object_begin(json);
        json_named_words(json, "component", component_symbol(c));
        named_kg(json, "in_kg", s->in[c]);
        named_kg(json, "out_kg", s->out[c]);
        named_kg(json, "sigma_kg", s->sd[c]);
        json_named_double(json, "out_of_in", s->out[c] / s->in[c]);
        json_named_double(json, "sigmas", s->test.z[c]);
        json_object_end(json);
    }
    json_array_end(json);
    named_begin_array(json, "unrecorded");
    for (size_t k = 0; s->mixed && s->fits && k < o->book.count; k++) {
        if (!(s->kg[k] > 0)) continue;
        json_object_begin(json);
        reference_write(&o->book.reference[k], json);
        named_kg(json, "mass_kg", s->kg[k]);
        named_kg(json, "low_kg", s->low[k]);
        named_kg(json, "high_kg", s->high[k]);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static bool write_answer(Origin *o, Buffer *out, Status *status) {
    const Lot *lot = lot_at(o->look->book, o->row);
    const char *says = say(o, &o->look->arena);
    if (!says) return status_no_memory(status);
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(o->look, json);
    json_named_string(json, "lot", lot_id(o->look->book, o->row));
    json_named_string(json, "material", material_id(o->look->book, lot->material));
    json_named_words(json, "verdict",
                     origin_verdict_name(o->why ? ORIGIN_UNTESTED : o->judged.verdict));
    json_named_words(json, "why_not", o->why);
    json_named_words(json, "says", says);
    named_kg(json, "rare_earths_kg", o->lot.kg);
    named_share(json, "known_share", o->lot.known);
    json_named_u64(json, "steps", o->lot.steps);
    json_named_bool(json, "complete", o->lot.complete);
    write_test("test", !o->why, &o->judged.test, json);
    write_elements(o, json);
    write_claimed(o, json);
    write_mixture(o, json);
    write_separation(o, json);
    json_object_end(json);
    return true;
}

static bool write_origin(Look *look, const void *asked, Buffer *out, Status *status) {
    Origin o = {.look = look};
    Analysis *analysis = NULL;
    bool well =
        origin_read(&o, *(const Text *)asked, status) && origin_separation(&o, &analysis, status);
    if (well) {
        look_pause(look);
        well = origin_test(&o, status);
        if (!look_resume(look, well ? status : NULL)) well = false;
    }
    well = well && write_answer(&o, out, status);
    analysis_give(look->access, analysis);
    return well;
}

bool access_origin(Access *access, const View *view, Text lot, Buffer *out, Status *status) {
    return look_answer(access, view, write_origin, &lot, out, status);
}
