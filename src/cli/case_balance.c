#include "cli/case_balance.h"

#include "balance/muf.h"
#include "balance/sampling.h"
#include "balance/srd.h"
#include "numeric/multiplicity.h"
#include "numeric/page.h"
#include <math.h>
#include <stdlib.h>

// ---- muf_single ----

static const char *const STRATUM_NAMES[MUF_STRATA] = {"opening", "receipt", "shipment", "discard",
                                                      "closing"};

static bool read_group(Case *c, uint32_t item, const char *name, uint32_t groups, uint32_t *group) {
    *group = SEQUENCE_NO_GROUP;
    if (!case_has(c, item, name)) return true;
    uint32_t token;
    Text text;
    if (!case_member(c, item, name, JSON_STRING, &token) ||
        !json_text(c->json, token, c->arena, &text, c->status)) {
        return false;
    }
    if (case_place(c, groups, text, group)) return true;
    return status_set(c->status, STATUS_INVALID, "%s \"%.*s\" has no systematic_rel_sd", name,
                      TEXT_ARG(text));
}

static bool read_item(Case *c, uint32_t object, uint32_t groups, MufItem *item) {
    uint32_t stratum;
    if (!case_member(c, object, "stratum", JSON_STRING, &stratum)) return false;
    int known = 0;
    while (known < MUF_STRATA && !json_text_is(c->json, stratum, text_of(STRATUM_NAMES[known]))) {
        known++;
    }
    if (known == MUF_STRATA) {
        return status_set(c->status, STATUS_INVALID, "unknown stratum %.*s",
                          TEXT_ARG(json_bytes(c->json, stratum)));
    }
    item->stratum = (MufStratum)known;
    return case_number(c, object, "mass", &item->mass) &&
           case_number(c, object, "fraction", &item->fraction) &&
           case_number(c, object, "rel_sd_mass", &item->rel_sd_mass) &&
           case_number(c, object, "rel_sd_assay", &item->rel_sd_assay) &&
           read_group(c, object, "scale", groups, &item->scale) &&
           read_group(c, object, "lab", groups, &item->lab);
}

static bool run_muf_single(Case *c) {
    uint32_t array, group_object;
    double alpha;
    if (!case_member(c, c->input, "items", JSON_ARRAY, &array) ||
        !case_member(c, c->input, "systematic_rel_sd", JSON_OBJECT, &group_object) ||
        !case_number(c, c->input, "alpha", &alpha)) {
        return false;
    }
    size_t count = json_count(c->json, array), groups = json_count(c->json, group_object), at = 0;
    MufItem *items = arena_take_zero(c->arena, count + 1, sizeof *items);
    double *group_sd = arena_take_zero(c->arena, groups + 1, sizeof *group_sd);
    if (!items || !group_sd) return status_no_memory(c->status);
    for (uint32_t i = json_begin(group_object); i != json_end(c->json, group_object);
         i = json_next(c->json, i)) {
        if (!case_value(c, i + 1, &group_sd[at++])) return false;
    }
    at = 0;
    for (uint32_t i = json_begin(array); i != json_end(c->json, array); i = json_next(c->json, i)) {
        if (!read_item(c, i, group_object, &items[at++])) return false;
    }
    MufSingle r;
    if (!muf_single(items, count, group_sd, groups, alpha, c->arena, &r, c->status)) return false;

    uint32_t e = c->expected, strata = check_member(c, e, "element_mass_by_stratum");
    for (size_t s = 0; s < MUF_STRATA; s++) {
        check_number(c, strata, STRATUM_NAMES[s], r.by_stratum[s]);
    }
    check_number(c, e, "muf", r.muf);
    check_number(c, e, "variance_random", r.variance_random);
    uint32_t by_group = check_member(c, e, "variance_systematic_by_group");
    if (by_group != JSON_NONE) {
        for (uint32_t i = json_begin(by_group); i != json_end(c->json, by_group);
             i = json_next(c->json, i)) {
            Text name;
            uint32_t place;
            if (!json_text(c->json, i, c->arena, &name, c->status)) return false;
            if (case_place(c, group_object, name, &place)) {
                check_value(c, i + 1, "variance_systematic_by_group", true,
                            r.variance_shared[place]);
            }
        }
    }
    check_number(c, e, "sigma_muf", r.sigma);
    check_number(c, e, "sigma_muf_if_covariances_are_ignored", r.sigma_without_covariances);
    check_optional(c, e, "z", r.sigma > 0.0, r.z);
    check_optional(c, e, "p_value_one_sided", r.sigma > 0.0, r.p_one_sided);
    check_number(c, e, "decision_limit_one_sided", r.limit);
    check_number(c, e, "loss_detected_with_probability_0.95", r.detectable);
    check_number(c, e, "power_for_loss_equal_to_2_sigma", r.power_two_sigma);
    check_bool(c, e, "alarm", r.alarm);
    return true;
}

// ---- muf_sequence ----

static const char *const TERM_NAMES[MUF_TERMS] = {"receipts", "shipments", "inventories",
                                                  "hold_up"};

static bool at_boundary(size_t term) {
    return term == MUF_INVENTORIES || term == MUF_HOLD_UP;
}

typedef struct SequenceInput {
    MufSequence sequence;
    double *value[MUF_TERMS];
    bool *known[MUF_TERMS];
    double page_k, alpha;
} SequenceInput;

static bool read_sequence(Case *c, SequenceInput *in) {
    uint32_t random, shared;
    size_t periods;
    if (!case_count(c, c->input, "periods", &periods) ||
        !case_member(c, c->input, "rel_sd_random", JSON_OBJECT, &random) ||
        !case_member(c, c->input, "rel_sd_systematic", JSON_OBJECT, &shared) ||
        !case_number(c, c->input, "page_k", &in->page_k) ||
        !case_number(c, c->input, "alpha", &in->alpha)) {
        return false;
    }
    in->sequence.periods = periods;
    for (size_t term = 0; term < MUF_TERMS; term++) {
        if (term == MUF_HOLD_UP && !case_has(c, c->input, "hold_up")) continue;
        size_t count, wanted = periods + (at_boundary(term) ? 1 : 0);
        if (!case_numbers(c, c->input, TERM_NAMES[term], &in->value[term], &in->known[term],
                          &count) ||
            !case_number(c, random, TERM_NAMES[term], &in->sequence.rel_random[term]) ||
            !case_number(c, shared, TERM_NAMES[term], &in->sequence.rel_shared[term])) {
            return false;
        }
        if (count != wanted) {
            return status_set(c->status, STATUS_INVALID, "\"%s\" has %zu values", TERM_NAMES[term],
                              count) ||
                   status_hint(c->status, "it must have %zu", wanted);
        }
        in->sequence.value[term] = in->value[term];
    }
    in->sequence.taken = in->known[MUF_INVENTORIES];
    return true;
}

// What is unknown although it is needed: a movement, or hold-up where stock was taken.
static bool refuse_unknown(Case *c, const SequenceInput *in) {
    for (size_t term = 0; term < MUF_TERMS; term++) {
        if (!in->value[term] || term == MUF_INVENTORIES) continue;
        for (size_t i = 0; i < in->sequence.periods + (at_boundary(term) ? 1 : 0); i++) {
            if (in->known[term][i]) continue;
            if (term == MUF_HOLD_UP && !in->known[MUF_INVENTORIES][i]) continue;
            return status_set(c->status, STATUS_INVALID, "value %zu of \"%s\" is null", i + 1,
                              TERM_NAMES[term]);
        }
    }
    return true;
}

static bool refuse_contradiction(Case *c, const MufSequenceResult *r) {
    size_t at = r->statistics.contradicted;
    if (at == 0) return true;
    return status_set(c->status, STATUS_INVALID,
                      "values that are exact do not close in period %zu, by \"%g\"",
                      r->from[at - 1], r->statistics.innovation[at - 1]);
}

static bool check_statistics(Case *c, uint32_t e, const MufSequenceResult *r) {
    const SequenceStatistics *s = &r->statistics;
    double *p = arena_take_zero(c->arena, r->periods + 1, sizeof *p);
    bool *tested = arena_take_zero(c->arena, r->periods + 1, sizeof *tested);
    if (!p || !tested) return status_no_memory(c->status);
    for (size_t t = 0; t < r->periods; t++) {
        p[t] = exp(s->gemuf_log_p[t]);
        tested[t] = s->gemuf_df[t] > 0.0;
    }
    check_numbers(c, e, "muf", r->muf, NULL, r->periods);
    check_matrix(c, e, "covariance", r->covariance.whole, r->periods);
    check_numbers(c, e, "sitmuf", s->sitmuf, s->tested, r->periods);
    check_numbers(c, e, "cumuf", s->cumuf, NULL, r->periods);
    check_numbers(c, e, "sigma_cumuf", s->sigma_cumuf, NULL, r->periods);
    check_numbers(c, e, "gemuf_v1", s->gemuf, NULL, r->periods);
    check_numbers(c, e, "gemuf_p_value", p, tested, r->periods);
    return true;
}

static bool check_page(Case *c, uint32_t page, const char *first_name, PageDesign design,
                       const MufSequenceResult *r) {
    const SequenceStatistics *s = &r->statistics;
    double *statistic = arena_take_zero(c->arena, r->periods + 1, sizeof *statistic);
    if (!statistic) return status_no_memory(c->status);
    size_t first = page_run(design, 1, s->sitmuf, s->tested, r->periods, statistic);
    check_number(c, page, "k", design.k);
    check_number(c, page, "h", design.h);
    check_numbers(c, page, "statistic", statistic, NULL, r->periods);
    check_count(c, page, first_name, first != 0, first);
    return true;
}

static bool run_muf_sequence(Case *c) {
    SequenceInput in = {0};
    MufSequenceResult r;
    PageDesign design;
    if (!read_sequence(c, &in) || !refuse_unknown(c, &in) ||
        !muf_sequence(&in.sequence, c->arena, &r, c->status) || !refuse_contradiction(c, &r) ||
        !page_limit(in.page_k, in.sequence.periods, in.alpha, &design.h, c->status)) {
        return false;
    }
    design.k = in.page_k;
    uint32_t e = c->expected;
    if (!check_statistics(c, e, &r) ||
        !check_page(c, check_member(c, e, "page"), "first_alarm_period", design, &r)) {
        return false;
    }
    const SequenceStatistics *s = &r.statistics;
    double sigma = s->sigma_cumuf[r.periods - 1];
    check_optional(c, e, "cumuf_z_final", sigma > 0.0,
                   sigma > 0.0 ? s->cumuf[r.periods - 1] / sigma : 0.0);
    uint32_t detection = check_member(c, e, "detection");
    if (detection == JSON_NONE) return true;
    double *loss, total = 0.0;
    SequencePower power;
    if (!case_numbers_exactly(c, c->input, "true_loss", r.periods, &loss) ||
        !sequence_power(r.covariance.whole, s, loss, in.alpha, design.k, design.h, c->arena, &power,
                        c->status)) {
        return false;
    }
    for (size_t t = 0; t < r.periods; t++)
        total += loss[t];
    check_numbers(c, detection, "loss", loss, NULL, r.periods);
    check_number(c, detection, "total", total);
    check_number(c, detection, "neyman_pearson_power_known_pattern", power.known_pattern);
    check_number(c, detection, "cumuf_power_at_end", power.cumuf);
    check_numbers(c, detection, "least_detectable_pattern", power.least_pattern, NULL, r.periods);
    check_number(c, detection, "neyman_pearson_power_least_detectable", power.least);
    check_number(c, detection, "page_power", power.page);
    check_number(c, detection, "gemuf_power", power.gemuf);
    check_number(c, detection, "max_sitmuf_power", power.largest_sitmuf);
    return true;
}

// ---- muf_sequence_revised ----

// The values as they were known after a period: corrections in their order.
static bool know(Case *c, SequenceInput *in, size_t after) {
    uint32_t corrections = json_member(c->json, c->input, TEXT("corrections"));
    if (corrections == JSON_NONE) return true;
    if (json_type(c->json, corrections) != JSON_ARRAY) {
        return status_set(c->status, STATUS_INVALID, "\"corrections\" is not an array");
    }
    for (uint32_t i = json_begin(corrections); i != json_end(c->json, corrections);
         i = json_next(c->json, i)) {
        size_t known_after, period, term = 0;
        uint32_t quantity, value = json_member(c->json, i, TEXT("value"));
        if (!case_count(c, i, "known_after_period", &known_after) ||
            !case_count(c, i, "period", &period) ||
            !case_member(c, i, "quantity", JSON_STRING, &quantity)) {
            return false;
        }
        if (known_after > after) continue;
        while (term < MUF_TERMS && !json_text_is(c->json, quantity, text_of(TERM_NAMES[term]))) {
            term++;
        }
        size_t first = term < MUF_TERMS && at_boundary(term) ? 0 : 1;
        if (term == MUF_TERMS || !in->value[term] || period < first ||
            period > in->sequence.periods) {
            return status_set(c->status, STATUS_INVALID, "correction of %.*s, period %zu",
                              TEXT_ARG(json_bytes(c->json, quantity)), period) ||
                   status_hint(c->status, "there is no such value");
        }
        bool is_known = value != JSON_NONE && json_type(c->json, value) != JSON_NULL;
        in->known[term][period - first] = is_known;
        if (is_known && !case_value(c, value, &in->value[term][period - first])) return false;
    }
    return true;
}

static bool check_view(Case *c, uint32_t e, const MufSequenceResult *before,
                       const MufSequenceResult *now, PageDesign design) {
    uint32_t merged = check_member(c, e, "periods_merged");
    if (merged != JSON_NONE && json_count(c->json, merged) != now->periods) {
        check_fails(c, merged, "%zu merged periods", now->periods);
    } else if (merged != JSON_NONE) {
        uint32_t pair = json_begin(merged);
        for (size_t p = 0; p < now->periods; p++, pair = json_next(c->json, pair)) {
            c->visited[pair] = true;
            if (json_type(c->json, pair) != JSON_ARRAY || json_count(c->json, pair) != 2) {
                check_fails(c, pair, "not a pair");
                continue;
            }
            uint32_t first = json_begin(pair);
            check_value(c, first, "period", true, (double)now->from[p]);
            check_value(c, json_next(c->json, first), "period", true, (double)now->to[p]);
        }
    }
    size_t changed = before ? muf_first_changed(before, now) : 0;
    check_count(c, e, "first_changed", changed != 0, changed);
    return check_statistics(c, e, now) &&
           check_page(c, check_member(c, e, "page"), "first_alarm", design, now);
}

static bool run_muf_sequence_revised(Case *c) {
    uint32_t views, expected = check_member(c, c->expected, "views");
    if (!case_member(c, c->input, "views", JSON_ARRAY, &views)) return false;
    if (expected == JSON_NONE || json_count(c->json, expected) != json_count(c->json, views)) {
        check_fails(c, c->expected, "as many views are needed as \"input\" has");
        return true;
    }
    MufSequenceResult *last = NULL;
    uint32_t e = json_begin(expected);
    for (uint32_t i = json_begin(views); i != json_end(c->json, views);
         i = json_next(c->json, i), e = json_next(c->json, e)) {
        c->visited[e] = true;
        SequenceInput in = {0};
        PageDesign design;
        double after;
        MufSequenceResult *now = arena_take_zero(c->arena, 1, sizeof *now);
        if (!now) return status_no_memory(c->status);
        if (!case_value(c, i, &after) || !read_sequence(c, &in)) return false;
        size_t planned = in.sequence.periods;
        if (!(after >= 1.0 && after <= (double)planned && after == floor(after))) {
            return status_set(c->status, STATUS_INVALID, "view after period \"%g\" of %zu", after,
                              planned);
        }
        if (!know(c, &in, (size_t)after)) return false;
        in.sequence.periods = (size_t)after;
        if (!refuse_unknown(c, &in) || !muf_sequence(&in.sequence, c->arena, now, c->status) ||
            !refuse_contradiction(c, now) ||
            !page_limit(in.page_k, planned, in.alpha, &design.h, c->status)) {
            return false;
        }
        design.k = in.page_k;
        check_count(c, e, "known_after_period", true, (size_t)after);
        if (!check_view(c, e, last, now, design)) return false;
        last = now;
    }
    return true;
}

// ---- page_threshold, cusum_arl ----

// The X of "power_step_Xsigma_from_start".
static bool step_of(Text name, double *shift) {
    const char *const before = "power_step_", *const behind = "sigma_from_start";
    if (!text_begins(name, text_of(before))) return false;
    char text[80];
    if (name.length >= sizeof text) return false;
    memcpy(text, name.at, name.length);
    text[name.length] = '\0';
    char *end;
    *shift = strtod(text + strlen(before), &end);
    return strcmp(end, behind) == 0 && isfinite(*shift);
}

static bool check_threshold(Case *c, uint32_t row) {
    PageDesign design;
    double alpha;
    size_t periods;
    if (!case_number(c, row, "k", &design.k) || !case_count(c, row, "periods", &periods) ||
        !case_number(c, row, "false_alarm_probability", &alpha) ||
        !page_limit(design.k, periods, alpha, &design.h, c->status)) {
        return false;
    }
    check_skip(c, row, "k");
    check_skip(c, row, "periods");
    check_skip(c, row, "false_alarm_probability");
    check_number(c, row, "h", design.h);
    double *shifts = arena_take_zero(c->arena, periods, sizeof *shifts);
    if (!shifts) return status_no_memory(c->status);
    for (uint32_t i = json_begin(row); i != json_end(c->json, row); i = json_next(c->json, i)) {
        Text name;
        double shift, power;
        if (!json_text(c->json, i, c->arena, &name, c->status)) return false;
        if (!step_of(name, &shift)) continue;
        for (size_t t = 0; t < periods; t++)
            shifts[t] = shift;
        if (!page_alarm_probability(design, periods, shifts, &power, c->status)) return false;
        check_value(c, i + 1, "power", true, power);
    }
    return true;
}

static bool check_run_length(Case *c, uint32_t row) {
    PageDesign design;
    double mu, headstart = 0.0, length;
    uint32_t sided;
    if (!case_number(c, row, "k", &design.k) || !case_number(c, row, "h", &design.h) ||
        !case_number(c, row, "mu", &mu) || !case_member(c, row, "sided", JSON_STRING, &sided) ||
        (case_has(c, row, "headstart") && !case_number(c, row, "headstart", &headstart))) {
        return false;
    }
    if (json_text_is(c->json, sided, TEXT("one"))) {
        if (!page_run_length(design, mu, headstart, &length, c->status)) return false;
    } else if (json_text_is(c->json, sided, TEXT("two"))) {
        if (!page_run_length_two_sided(design, mu, headstart, &length, c->status)) return false;
    } else {
        return status_set(c->status, STATUS_INVALID, "sided %.*s",
                          TEXT_ARG(json_bytes(c->json, sided))) ||
               status_hint(c->status, "\"one\" or \"two\"");
    }
    const char *const given[] = {"k", "h", "mu", "sided", "headstart", "published", "published_in"};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        check_skip(c, row, given[i]);
    check_number(c, row, "arl", length);
    return true;
}

static bool each_row(Case *c, bool (*check)(Case *, uint32_t)) {
    if (json_type(c->json, c->expected) != JSON_ARRAY) {
        return status_set(c->status, STATUS_INVALID, "\"expected\" is not an array");
    }
    for (uint32_t i = json_begin(c->expected); i != json_end(c->json, c->expected);
         i = json_next(c->json, i)) {
        c->visited[i] = true;
        if (!check(c, i)) return false;
    }
    return true;
}

static bool run_page_threshold(Case *c) {
    return each_row(c, check_threshold);
}
static bool run_cusum_arl(Case *c) {
    return each_row(c, check_run_length);
}

// ---- srd ----

static bool run_srd(Case *c) {
    uint32_t random, shared;
    SrdSide shipper, receiver;
    double *sent, *got;
    size_t count, others;
    Srd r;
    if (!case_numbers(c, c->input, "shipper", &sent, NULL, &count) ||
        !case_numbers(c, c->input, "receiver", &got, NULL, &others) ||
        !case_member(c, c->input, "rel_sd_random", JSON_OBJECT, &random) ||
        !case_member(c, c->input, "rel_sd_systematic", JSON_OBJECT, &shared) ||
        !case_number(c, random, "shipper", &shipper.rel_random) ||
        !case_number(c, random, "receiver", &receiver.rel_random) ||
        !case_number(c, shared, "shipper", &shipper.rel_shared) ||
        !case_number(c, shared, "receiver", &receiver.rel_shared)) {
        return false;
    }
    if (count != others) {
        return status_set(c->status, STATUS_INVALID, "%zu shipments but %zu receipts", count,
                          others);
    }
    shipper.mass = sent;
    receiver.mass = got;
    if (!srd_test(&shipper, &receiver, count, c->arena, &r, c->status)) return false;
    uint32_t e = c->expected;
    check_numbers(c, e, "srd", r.difference, NULL, count);
    check_numbers(c, e, "z_each", r.z, NULL, count);
    check_count(c, e, "n_beyond_1.96", true, r.beyond);
    check_number(c, e, "total_srd", r.total);
    check_number(c, e, "z_total", r.z_total);
    check_number(c, e, "relative_bias_receiver", r.bias_receiver);
    check_number(c, e, "sd_of_bias_random_part", r.bias_sigma_random);
    check_number(c, e, "z_bias_vs_systematic_allowance", r.bias_z);
    check_number(c, e, "t_paired", r.t_paired);
    check_number(c, e, "p_t_paired", r.p_t_paired);
    uint32_t grubbs = check_member(c, e, "grubbs_log");
    check_number(c, grubbs, "var_shipper", r.var_shipper);
    check_number(c, grubbs, "var_receiver", r.var_receiver);
    check_number(c, grubbs, "var_lots", r.var_lots);
    return true;
}

// ---- inspection_sampling ----

static bool run_sampling(Case *c) {
    uint32_t rows;
    if (!case_member(c, c->input, "rows", JSON_ARRAY, &rows)) return false;
    if (json_type(c->json, c->expected) != JSON_ARRAY ||
        json_count(c->json, c->expected) != json_count(c->json, rows)) {
        check_fails(c, c->expected, "as many rows are needed as \"input\" has");
        return true;
    }
    uint32_t e = json_begin(c->expected);
    for (uint32_t i = json_begin(rows); i != json_end(c->json, rows);
         i = json_next(c->json, i), e = json_next(c->json, e)) {
        c->visited[e] = true;
        size_t population;
        double goal, item, beta;
        SamplingPlan plan;
        if (!case_count(c, i, "N", &population) || !case_number(c, i, "goal_amount", &goal) ||
            !case_number(c, i, "mean_item", &item) || !case_number(c, i, "beta", &beta) ||
            !sampling_plan((uint32_t)population, goal, item, beta, &plan, c->status)) {
            return false;
        }
        check_count(c, e, "N", true, population);
        check_number(c, e, "goal_amount", goal);
        check_number(c, e, "mean_item", item);
        check_number(c, e, "beta", beta);
        check_count(c, e, "defects_needed", true, plan.defects);
        check_count(c, e, "n_exact", true, plan.least);
        check_count(c, e, "n_iaea_approx", true, plan.iaea);
        check_count(c, e, "n_jaech_russell", true, plan.jaech_russell);
        check_number(c, e, "nondetection_at_exact", plan.nondetection);
    }
    return true;
}

// ---- fdr ----

static bool run_fdr(Case *c) {
    double *p, q;
    size_t count;
    Multiplicity m;
    if (!case_numbers(c, c->input, "p", &p, NULL, &count) || !case_number(c, c->input, "q", &q) ||
        !multiplicity_adjust(p, count, q, c->arena, &m, c->status)) {
        return false;
    }
    size_t *index = arena_take_zero(c->arena, count + 1, sizeof *index), rejected = 0;
    if (!index) return status_no_memory(c->status);
    for (size_t i = 0; i < count; i++) {
        if (m.rejected[i]) index[rejected++] = i + 1;
    }
    uint32_t e = c->expected;
    check_numbers(c, e, "bh_adjusted", m.bh, NULL, count);
    check_numbers(c, e, "by_adjusted", m.by, NULL, count);
    check_numbers(c, e, "holm_adjusted", m.holm, NULL, count);
    check_count(c, e, "rejected_bh", true, m.rejected_bh);
    check_count(c, e, "rejected_by", true, m.rejected_by);
    check_count(c, e, "rejected_bonferroni", true, m.rejected_bonferroni);
    check_count(c, e, "rejected_holm", true, m.rejected_holm);
    check_counts(c, e, "rejected_index_bh", index, rejected);
    check_number(c, e, "storey_pi0_lambda_0.5", m.pi0);
    return true;
}

const CaseKind CASE_KINDS_BALANCE[] = {
    {"muf_single", run_muf_single},
    {"muf_sequence", run_muf_sequence},
    {"muf_sequence_revised", run_muf_sequence_revised},
    {"page_threshold", run_page_threshold},
    {"cusum_arl", run_cusum_arl},
    {"srd", run_srd},
    {"inspection_sampling", run_sampling},
    {"fdr", run_fdr},
    {NULL, NULL},
};
