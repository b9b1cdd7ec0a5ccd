#include "cli/case_origin.h"

#include "numeric/distribution.h"
#include "origin/composition.h"
#include "origin/mixture.h"
#include <math.h>
#include <string.h>

// ---- composition_basics ----

static void check_rows(Case *c, const char *name, const double *values, size_t rows, size_t width) {
    uint32_t array = check_member(c, c->expected, name);
    if (array == JSON_NONE) return;
    if (json_type(c->json, array) != JSON_ARRAY || json_count(c->json, array) != rows) {
        check_fails(c, array, "%zu rows instead of another number of them", rows);
        return;
    }
    uint32_t row = json_begin(array);
    for (size_t i = 0; i < rows; i++, row = json_next(c->json, row)) {
        c->visited[row] = true;
        if (json_type(c->json, row) != JSON_ARRAY || json_count(c->json, row) != width) {
            check_fails(c, row, "%zu values instead of another number of them", width);
            continue;
        }
        uint32_t token = json_begin(row);
        for (size_t j = 0; j < width; j++, token = json_next(c->json, token))
            check_value(c, token, name, true, values[i * width + j]);
    }
}

static bool read_rows(Case *c, uint32_t object, const char *name, double **values, size_t *rows,
                      size_t *width) {
    uint32_t array;
    if (!case_member(c, object, name, JSON_ARRAY, &array)) return false;
    *rows = json_count(c->json, array);
    *width = *rows ? json_count(c->json, json_begin(array)) : 0;
    *values = arena_take_zero(c->arena, *rows * *width + 1, sizeof **values);
    if (!*values) return status_no_memory(c->status);
    size_t at = 0;
    for (uint32_t i = json_begin(array); i != json_end(c->json, array); i = json_next(c->json, i)) {
        if (json_type(c->json, i) != JSON_ARRAY || json_count(c->json, i) != *width)
            return status_set(c->status, STATUS_INVALID, "\"%s\" has rows of different lengths",
                              name);
        for (uint32_t j = json_begin(i); j != json_end(c->json, i); j = json_next(c->json, j))
            if (!case_value(c, j, &(*values)[at++])) return false;
    }
    return true;
}

static bool run_basics(Case *c) {
    double *x, *out, *square;
    size_t n, d;
    if (!read_rows(c, c->input, "compositions", &x, &n, &d)) return false;
    if (n < 2 || d < 2)
        return status_set(c->status, STATUS_INVALID, "two compositions of two parts are needed");
    if (!composition_check(x, n, d, c->status)) return false;
    out = arena_take_zero(c->arena, n * d + 1, sizeof *out);
    square = arena_take_zero(c->arena, (n > d ? n * n : d * d) + 1, sizeof *square);
    if (!out || !square) return status_no_memory(c->status);
    for (size_t i = 0; i < n; i++)
        composition_close(x + i * d, d, out + i * d);
    check_rows(c, "closed", out, n, d);
    for (size_t i = 0; i < n; i++)
        composition_clr(x + i * d, d, out + i * d);
    check_rows(c, "clr", out, n, d);
    for (size_t i = 0; i < n; i++)
        composition_ilr(x + i * d, d, out + i * (d - 1));
    check_rows(c, "ilr", out, n, d - 1);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            square[i * n + j] = composition_distance(x + i * d, x + j * d, d);
    check_rows(c, "aitchison_distance", square, n, n);
    composition_perturb(x, x + d, d, out);
    check_numbers(c, c->expected, "perturbation_of_first_two", out, NULL, d);
    composition_power(x, 0.5, d, out);
    check_numbers(c, c->expected, "power_0.5_of_first", out, NULL, d);
    composition_center(x, n, d, out);
    check_numbers(c, c->expected, "center", out, NULL, d);
    composition_variation(x, n, d, square);
    check_rows(c, "variation_matrix", square, d, d);
    check_number(c, c->expected, "total_variance", composition_total_variance(square, d));
    return true;
}

// ---- mixtures ----

typedef struct MixtureCase {
    MixtureInput all, declared;
    uint32_t sources;    // the object of them
    size_t *declared_at; // by declared source: its place among all
} MixtureCase;

static bool read_sources(Case *c, MixtureCase *m) {
    uint32_t list;
    if (!case_member(c, c->input, "sources", JSON_OBJECT, &m->sources) ||
        !case_member(c, c->input, "declared_sources", JSON_ARRAY, &list))
        return false;
    size_t parts = m->all.parts, count = json_count(c->json, m->sources),
           declared = json_count(c->json, list), at = 0;
    double *x = arena_take_zero(c->arena, count * parts + 1, sizeof *x);
    double *some = arena_take_zero(c->arena, declared * parts + 1, sizeof *some);
    m->declared_at = arena_take_zero(c->arena, declared + 1, sizeof *m->declared_at);
    if (!x || !some || !m->declared_at) return status_no_memory(c->status);
    for (uint32_t i = json_begin(m->sources); i != json_end(c->json, m->sources);
         i = json_next(c->json, i)) {
        if (json_type(c->json, i + 1) != JSON_ARRAY || json_count(c->json, i + 1) != parts)
            return status_set(c->status, STATUS_INVALID, "source %zu has not %zu parts",
                              at / parts + 1, parts);
        for (uint32_t j = json_begin(i + 1); j != json_end(c->json, i + 1);
             j = json_next(c->json, j))
            if (!case_value(c, j, &x[at++])) return false;
    }
    at = 0;
    for (uint32_t i = json_begin(list); i != json_end(c->json, list);
         i = json_next(c->json, i), at++) {
        Text name;
        uint32_t place;
        if (!json_text(c->json, i, c->arena, &name, c->status)) return false;
        if (!case_place(c, m->sources, name, &place))
            return status_set(c->status, STATUS_INVALID,
                              "declared source \"%.*s\" is not among the sources", TEXT_ARG(name));
        m->declared_at[at] = place;
        memcpy(some + at * parts, x + place * parts, parts * sizeof *some);
    }
    m->declared = m->all;
    m->all.sources = count;
    m->all.x = x;
    m->declared.sources = declared;
    m->declared.x = some;
    return true;
}

static bool read_mixture(Case *c, bool censored, MixtureCase *m) {
    double *y, *sd, *limit = NULL;
    bool *known, *limited = NULL, *sure;
    size_t n, count;
    if (!case_numbers(c, c->input, "measured", &y, &known, &n) ||
        !case_numbers(c, c->input, "sd", &sd, &sure, &count))
        return false;
    if (count != n)
        return status_set(c->status, STATUS_INVALID, "\"sd\" has %zu numbers for %zu parts", count,
                          n);
    if (case_has(c, c->input, "detection_limit") &&
        !case_numbers(c, c->input, "detection_limit", &limit, &limited, &count))
        return false;
    if (count != n)
        return status_set(c->status, STATUS_INVALID,
                          "\"detection_limit\" has %zu numbers for %zu parts", count, n);
    PartState *state = arena_take_zero(c->arena, n + 1, sizeof *state);
    if (!state) return status_no_memory(c->status);
    for (size_t i = 0; i < n; i++) {
        if (limit && !limited[i]) limit[i] = -INFINITY;
        state[i] = known[i] ? PART_MEASURED : limit && limited[i] ? PART_BELOW : PART_UNKNOWN;
        if (!censored && !known[i])
            return status_set(c->status, STATUS_INVALID, "part %zu was not measured", i + 1);
    }
    m->all = (MixtureInput){.parts = n, .y = y, .sd = sd, .limit = limit, .state = state};
    return read_sources(c, m);
}

static void check_shares(Case *c, const MixtureCase *m, uint32_t object, bool declared,
                         const MixtureFit *fit) {
    uint32_t shares = check_member(c, object, "share");
    if (shares == JSON_NONE) return;
    size_t count = declared ? m->declared.sources : m->all.sources;
    for (uint32_t i = json_begin(shares); i != json_end(c->json, shares);
         i = json_next(c->json, i)) {
        Text name;
        uint32_t place;
        Status ignored;
        size_t at = SIZE_MAX;
        c->visited[i + 1] = true;
        if (!json_text(c->json, i, c->arena, &name, &ignored) ||
            !case_place(c, m->sources, name, &place)) {
            check_fails(c, i, "there is no such source");
            continue;
        }
        for (size_t s = 0; s < count; s++)
            if ((declared ? m->declared_at[s] : s) == place) at = s;
        if (at == SIZE_MAX)
            check_fails(c, i, "the source is not declared");
        else
            check_value(c, i + 1, "share", true, fit->share[at]);
    }
}

enum { BOOTSTRAP_DRAWS = 20000, BOOTSTRAP_SEED = 7 };

static bool check_bootstrap(Case *c, uint32_t object, const MixtureInput *in,
                            const MixtureFit *fit) {
    double p;
    if (json_member(c->json, object, TEXT("p_bootstrap")) == JSON_NONE) return true;
    if (!mixture_bootstrap(in, fit, BOOTSTRAP_DRAWS, BOOTSTRAP_SEED, c->arena, &p, c->status))
        return false;
    check_number(c, object, "p_bootstrap", p);
    return true;
}

static bool run_mixture(Case *c) {
    MixtureCase m;
    MixtureFit declared, all, free;
    double floor;
    if (!read_mixture(c, false, &m) ||
        !mixture_fit(&m.declared, true, c->arena, &declared, c->status) ||
        !mixture_fit(&m.declared, false, c->arena, &free, c->status) ||
        !mixture_fit(&m.all, true, c->arena, &all, c->status))
        return false;
    uint32_t e = check_member(c, c->expected, "declared_fit");
    if (e != JSON_NONE) {
        check_number(c, e, "chi2", declared.deviance);
        check_shares(c, &m, e, true, &declared);
        check_count(c, e, "df_active", true, declared.df);
        check_optional(c, e, "p_chi2", declared.df > 0,
                       declared.df ? chi2_upper(declared.deviance, (double)declared.df) : 0.0);
        if (!check_bootstrap(c, e, &m.declared, &declared)) return false;
    }
    e = check_member(c, c->expected, "declared_fit_without_sum_to_one");
    if (e != JSON_NONE) {
        check_number(c, e, "chi2", free.deviance);
        check_shares(c, &m, e, true, &free);
    }
    e = check_member(c, c->expected, "all_sources_fit");
    if (e != JSON_NONE) {
        check_number(c, e, "chi2", all.deviance);
        check_shares(c, &m, e, false, &all);
        if (!check_bootstrap(c, e, &m.all, &all)) return false;
    }
    e = check_member(c, c->expected, "aitchison_distance_to");
    if (e == JSON_NONE) return true;
    if (!case_number(c, c->input, "zero_floor_for_logratios", &floor)) return false;
    size_t n = m.all.parts;
    double *raised = arena_take_zero(c->arena, 2 * n + 1, sizeof *raised);
    if (!raised) return status_no_memory(c->status);
    for (uint32_t i = json_begin(e); i != json_end(c->json, e); i = json_next(c->json, i)) {
        Text name;
        uint32_t place;
        if (!json_text(c->json, i, c->arena, &name, c->status)) return false;
        if (!case_place(c, m.sources, name, &place)) {
            check_fails(c, i, "there is no such source");
            continue;
        }
        for (size_t k = 0; k < n; k++) {
            raised[k] = fmax(m.all.y[k], floor);
            raised[n + k] = fmax(m.all.x[place * n + k], floor);
        }
        check_value(c, i + 1, "aitchison_distance_to", true,
                    composition_distance(raised, raised + n, n));
    }
    return true;
}

// An object by element of figures of the parts in one state.
static bool check_by_part(Case *c, uint32_t object, const char *name, const MixtureInput *in,
                          PartState state, const double *values) {
    uint32_t token = check_member(c, object, name), elements;
    if (token == JSON_NONE) return true;
    if (!case_member(c, c->input, "elements", JSON_ARRAY, &elements)) return false;
    size_t have = 0, named = 0;
    for (size_t k = 0; k < in->parts; k++)
        have += in->state[k] == state;
    for (uint32_t i = json_begin(token); i != json_end(c->json, token);
         i = json_next(c->json, i), named++) {
        Text wanted;
        size_t k = 0, at = SIZE_MAX;
        c->visited[i + 1] = true;
        if (!json_text(c->json, i, c->arena, &wanted, c->status)) return false;
        for (uint32_t j = json_begin(elements); j != json_end(c->json, elements);
             j = json_next(c->json, j), k++)
            if (json_text_is(c->json, j, wanted)) at = k;
        if (at == SIZE_MAX || at >= in->parts || in->state[at] != state)
            check_fails(c, i, "not among them");
        else
            check_value(c, i + 1, name, true, values[at]);
    }
    if (have != named) check_fails(c, token, "%zu parts instead of %zu", have, named);
    return true;
}

static bool run_censored(Case *c) {
    MixtureCase m;
    MixtureFit declared, all;
    if (!read_mixture(c, true, &m) ||
        !mixture_fit(&m.declared, true, c->arena, &declared, c->status) ||
        !mixture_fit(&m.all, true, c->arena, &all, c->status))
        return false;
    size_t n = m.all.parts;
    double *below = arena_take_zero(c->arena, n + 1, sizeof *below),
           *z = arena_take_zero(c->arena, n + 1, sizeof *z);
    if (!below || !z) return status_no_memory(c->status);
    for (size_t k = 0; k < n; k++) {
        below[k] = mixture_below(&m.declared, &declared, k);
        if (m.all.state[k] == PART_MEASURED) z[k] = (m.all.y[k] - declared.fitted[k]) / m.all.sd[k];
    }
    uint32_t e = check_member(c, c->expected, "declared_fit");
    if (e != JSON_NONE) {
        double mean, variance;
        mixture_null(&m.declared, &declared, &mean, &variance);
        check_number(c, e, "deviance", declared.deviance);
        check_shares(c, &m, e, true, &declared);
        check_number(c, e, "null_mean", mean);
        check_number(c, e, "null_variance", variance);
        if (!check_by_part(c, e, "probability_below_limit", &m.declared, PART_BELOW, below) ||
            !check_by_part(c, e, "z_observed", &m.declared, PART_MEASURED, z) ||
            !check_bootstrap(c, e, &m.declared, &declared))
            return false;
    }
    e = check_member(c, c->expected, "all_sources_fit");
    if (e != JSON_NONE) {
        check_number(c, e, "deviance", all.deviance);
        check_shares(c, &m, e, false, &all);
    }
    return true;
}

// ---- min_detectable_fraction ----

static bool run_detectable(Case *c) {
    uint32_t compositions, pairs;
    double rel, floor, alpha, beta;
    if (!case_member(c, c->input, "compositions", JSON_OBJECT, &compositions) ||
        !case_member(c, c->input, "pairs", JSON_ARRAY, &pairs) ||
        !case_number(c, c->input, "rel_sd", &rel) || !case_number(c, c->input, "floor", &floor) ||
        !case_number(c, c->input, "alpha", &alpha) || !case_number(c, c->input, "beta", &beta))
        return false;
    if (json_type(c->json, c->expected) != JSON_ARRAY ||
        json_count(c->json, c->expected) != json_count(c->json, pairs)) {
        check_fails(c, c->expected, "as many rows are needed as there are pairs");
        return true;
    }
    uint32_t row = json_begin(c->expected);
    for (uint32_t i = json_begin(pairs); i != json_end(c->json, pairs);
         i = json_next(c->json, i), row = json_next(c->json, row)) {
        double *x[2], *sd;
        size_t n[2];
        uint32_t token = json_begin(i);
        if (json_type(c->json, i) != JSON_ARRAY || json_count(c->json, i) < 2)
            return status_set(c->status, STATUS_INVALID, "a pair names two compositions");
        c->visited[row] = true;
        for (int k = 0; k < 2; k++, token = json_next(c->json, token)) {
            Text name;
            static const char *const members[] = {"declared", "hidden"};
            if (!json_text(c->json, token, c->arena, &name, c->status)) return false;
            char *text = arena_format(c->arena, "%.*s", TEXT_ARG(name));
            if (!text) return status_no_memory(c->status);
            if (!case_numbers(c, compositions, text, &x[k], NULL, &n[k])) return false;
            uint32_t said = check_member(c, row, members[k]);
            if (said != JSON_NONE && !json_text_is(c->json, said, name))
                check_fails(c, said, "another pair stands here");
        }
        if (n[0] != n[1])
            return status_set(c->status, STATUS_INVALID, "the compositions have different parts");
        sd = arena_take_zero(c->arena, n[0] + 1, sizeof *sd);
        if (!sd) return status_no_memory(c->status);
        for (size_t k = 0; k < n[0]; k++)
            sd[k] = fmax(rel * x[0][k], floor);
        DetectableShare share;
        if (!detectable_share(x[0], x[1], sd, n[0], alpha, beta, &share, c->status)) return false;
        check_number(c, row, "noncentrality_per_unit_fraction_squared", share.information);
        check_number(c, row, "min_fraction_neyman_pearson", share.known);
        check_number(c, row, "min_fraction_chi2_test", share.chi2);
    }
    return true;
}

const CaseKind CASE_KINDS_ORIGIN[] = {
    {"composition_basics", run_basics},
    {"mixture", run_mixture},
    {"mixture_censored", run_censored},
    {"min_detectable_fraction", run_detectable},
    {NULL, NULL},
};
