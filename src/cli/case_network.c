// linear_dr, linear_dr_edge, linear_dr_nonneg, mirror.
#include "cli/case_network.h"

#include "balance/mirror.h"
#include "numeric/distribution.h"
#include "reconcile/nonnegative.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- reading ----

static bool read_end(Case *c, uint32_t stream, const char *name, size_t nodes, size_t *node) {
    *node = SIZE_MAX;
    if (!case_has(c, stream, name)) return true;
    if (!case_count(c, stream, name, node)) return false;
    if (*node >= 1 && *node <= nodes) {
        --*node;
        return true;
    }
    return status_set(c->status, STATUS_INVALID, "\"%s\" is node %zu", name, *node) ||
           status_hint(c->status, "nodes are numbered from 1 to %zu; null is the environment",
                       nodes);
}

static bool read_matrix(Case *c, uint32_t input, CaseNetwork *network) {
    uint32_t rows;
    if (!case_member(c, input, "A", JSON_ARRAY, &rows)) return false;
    size_t m = json_count(c->json, rows), at = 0, n = network->problem.values;
    double *a = arena_take_zero(c->arena, m * n + 1, sizeof *a);
    if (!a) return status_no_memory(c->status);
    for (uint32_t i = json_begin(rows); i != json_end(c->json, rows); i = json_next(c->json, i)) {
        if (json_type(c->json, i) != JSON_ARRAY || json_count(c->json, i) != n)
            return status_set(c->status, STATUS_INVALID, "row %zu of \"A\" has not %zu numbers",
                              at / (n ? n : 1) + 1, n);
        for (uint32_t j = json_begin(i); j != json_end(c->json, i); j = json_next(c->json, j))
            if (!case_value(c, j, &a[at++])) return false;
    }
    network->problem.balances = m;
    network->problem.a = a;
    return true;
}

bool case_in_reach(Case *c, const char *what, Text name, double value, double sd) {
    if (!reconcile_takes(value))
        status_set(c->status, STATUS_INVALID, "%s \"%.*s\" is beyond 1e75", what, TEXT_ARG(name));
    else if (sd < 0.0)
        status_set(c->status, STATUS_INVALID, "%s \"%.*s\" has an uncertainty below zero", what,
                   TEXT_ARG(name));
    else if (!reconcile_takes_sd(sd))
        status_set(c->status, STATUS_INVALID,
                   "%s \"%.*s\" has an uncertainty that is neither 0 nor within 1e-75 to 1e75",
                   what, TEXT_ARG(name));
    else
        return true;
    return false;
}

// An array beside the streams that overrides what they say.
static bool read_override(Case *c, uint32_t input, const char *name, size_t count, double *values,
                          bool *given) {
    uint32_t token = json_member(c->json, input, text_of(name));
    if (token == JSON_NONE || json_type(c->json, token) != JSON_ARRAY) return true;
    double *read;
    bool *known;
    size_t length;
    if (!case_numbers(c, input, name, &read, &known, &length)) return false;
    if (length != count)
        return status_set(c->status, STATUS_INVALID, "\"%s\" has %zu numbers for %zu streams", name,
                          length, count);
    for (size_t j = 0; j < count; j++) {
        values[j] = read[j];
        if (given) given[j] = known[j];
    }
    return true;
}

static bool read_groups(Case *c, uint32_t input, CaseNetwork *network, double *own) {
    LinearProblem *p = &network->problem;
    uint32_t groups;
    if (!case_has(c, input, "groups")) return true;
    double *sd_random;
    if (!case_member(c, input, "groups", JSON_ARRAY, &groups) ||
        !case_numbers_exactly(c, input, "sd_random", p->values, &sd_random))
        return false;
    p->groups = json_count(c->json, groups);
    double *loading = arena_take_zero(c->arena, p->groups * p->values + 1, sizeof *loading);
    if (!loading) return status_no_memory(c->status);
    size_t g = 0;
    for (uint32_t i = json_begin(groups); i != json_end(c->json, groups);
         i = json_next(c->json, i), g++) {
        double *one;
        if (!case_numbers_exactly(c, i, "loading", p->values, &one)) return false;
        memcpy(loading + g * p->values, one, p->values * sizeof *one);
    }
    memcpy(own, sd_random, p->values * sizeof *own);
    for (size_t j = 0; j < p->values; j++) {
        network->sd[j] = own[j];
        for (g = 0; g < p->groups; g++)
            network->sd[j] = hypot(network->sd[j], loading[g * p->values + j]);
    }
    p->loading = loading;
    return true;
}

bool case_network(Case *c, uint32_t input, CaseNetwork *network) {
    uint32_t streams;
    if (!case_member(c, input, "streams", JSON_ARRAY, &streams)) return false;
    size_t n = json_count(c->json, streams), m = 0, at = 0;
    *network = (CaseNetwork){.names = arena_take_zero(c->arena, n + 1, sizeof(Text)),
                             .sd = arena_take_zero(c->arena, n + 1, sizeof(double)),
                             .measured = arena_take_zero(c->arena, n + 1, sizeof(bool))};
    double *y = arena_take_zero(c->arena, n + 1, sizeof *y);
    double *own = arena_take_zero(c->arena, n + 1, sizeof *own);
    bool *sure = arena_take_zero(c->arena, n + 1, sizeof *sure);
    if (!network->names || !network->sd || !network->measured || !y || !own || !sure)
        return status_no_memory(c->status);
    network->problem.values = n;
    bool matrix = case_has(c, input, "A");
    double *a = NULL;
    if (matrix) {
        if (!read_matrix(c, input, network)) return false;
    } else {
        if (!case_count(c, input, "nodes", &m)) return false;
        if (m > LINEAR_BALANCES_MAX)
            return status_set(c->status, STATUS_LIMIT, "%zu nodes are too many", m);
        a = arena_take_zero(c->arena, m * n + 1, sizeof *a);
        if (!a) return status_no_memory(c->status);
        network->problem.balances = m;
        network->problem.a = a;
    }
    for (uint32_t i = json_begin(streams); i != json_end(c->json, streams);
         i = json_next(c->json, i), at++) {
        uint32_t id;
        size_t from, to;
        if (!case_member(c, i, "id", JSON_STRING, &id) ||
            !json_text(c->json, id, c->arena, &network->names[at], c->status))
            return false;
        network->measured[at] = case_has(c, i, "measured");
        if (network->measured[at] && !case_number(c, i, "measured", &y[at])) return false;
        sure[at] = case_has(c, i, "sd");
        if (sure[at] && !case_number(c, i, "sd", &own[at])) return false;
        if (matrix) continue;
        if (!read_end(c, i, "from", m, &from) || !read_end(c, i, "to", m, &to)) return false;
        if (from != SIZE_MAX) a[from * n + at] -= 1.0;
        if (to != SIZE_MAX) a[to * n + at] += 1.0;
    }
    if (!read_override(c, input, "measured", n, y, network->measured) ||
        !read_override(c, input, "sd", n, own, sure) ||
        !case_distinct(c, network->names, n, "stream"))
        return false;
    // With shared errors "sd_random" says it of all.
    for (size_t j = 0; j < n && !case_has(c, input, "groups"); j++)
        if (network->measured[j] && !sure[j])
            return status_set(c->status, STATUS_INVALID,
                              "stream \"%.*s\" is measured, and has no \"sd\"",
                              TEXT_ARG(network->names[j])) ||
                   status_hint(c->status, "an exact value has \"sd\" 0");
    memcpy(network->sd, own, n * sizeof *own);
    LinearProblem *p = &network->problem;
    p->y = y;
    p->measured = network->measured;
    p->sd = own;
    p->names = network->names;
    return read_groups(c, input, network, own);
}

bool case_stream(Case *c, const CaseNetwork *network, uint32_t token, size_t *place) {
    for (size_t j = 0; j < network->problem.values; j++)
        if (json_text_is(c->json, token, network->names[j])) {
            *place = j;
            return true;
        }
    check_fails(c, token, "there is no such stream");
    return false;
}

// ---- comparing ----

void check_streams(Case *c, const CaseNetwork *network, uint32_t object, const char *name,
                   const double *values, const bool *known) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    if (json_type(c->json, token) == JSON_ARRAY) {
        check_numbers(c, object, name, values, known, network->problem.values);
        return;
    }
    for (uint32_t i = json_begin(token); i != json_end(c->json, token); i = json_next(c->json, i)) {
        size_t j;
        if (case_stream(c, network, i, &j))
            check_value(c, i + 1, name, !known || known[j], values[j]);
    }
}

static void check_words(Case *c, const CaseNetwork *network, uint32_t object, const char *name,
                        const char *const *words, const ValueClass *class_of) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    for (uint32_t i = json_begin(token); i != json_end(c->json, token); i = json_next(c->json, i)) {
        size_t j;
        if (!case_stream(c, network, i, &j)) continue;
        c->visited[i + 1] = true;
        if (!json_text_is(c->json, i + 1, text_of(words[class_of[j]])))
            check_fails(c, i + 1, "%s instead", words[class_of[j]]);
    }
}

void check_stream_list(Case *c, const CaseNetwork *network, uint32_t object, const char *name,
                       const bool *wanted) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    size_t have = 0, named = 0;
    for (size_t j = 0; j < network->problem.values; j++)
        have += wanted[j];
    for (uint32_t i = json_begin(token); i != json_end(c->json, token);
         i = json_next(c->json, i), named++) {
        size_t j;
        c->visited[i] = true;
        if (case_stream(c, network, i, &j) && !wanted[j]) check_fails(c, i, "not among them");
    }
    if (named != have) check_fails(c, token, "%zu streams instead of %zu", have, named);
}

// Sets of streams whose biases look alike. `set` is by stream; SIZE_MAX: in none.
static void check_sets(Case *c, const CaseNetwork *network, const LinearSystem *s,
                       const LinearResult *r) {
    uint32_t token = check_member(c, c->expected, "identical_signature_sets");
    if (token == JSON_NONE) return;
    size_t n = network->problem.values, sets = 0, named = 0;
    size_t *set = arena_take_zero(c->arena, n + 1, sizeof *set),
           *size = arena_take_zero(c->arena, n + 1, sizeof *size);
    double *f = arena_take_zero(c->arena, s->rows + 1, sizeof *f),
           *g = arena_take_zero(c->arena, s->rows + 1, sizeof *g);
    if (!set || !size || !f || !g) {
        check_fails(c, token, "out of memory");
        return;
    }
    for (size_t j = 0; j < n; j++) {
        set[j] = j;
        if (!s->measured[j] || r->class_of[j] != VALUE_REDUNDANT) continue;
        for (size_t i = 0; i < s->rows; i++)
            f[i] = s->g[i * n + j];
        for (size_t k = 0; k < j && set[j] == j; k++) {
            if (set[k] != k || !s->measured[k] || r->class_of[k] != VALUE_REDUNDANT) continue;
            for (size_t i = 0; i < s->rows; i++)
                g[i] = s->g[i * n + k];
            if (signature_parallel(g, f, s->rows)) set[j] = k;
        }
        size[set[j]]++;
    }
    for (size_t j = 0; j < n; j++)
        sets += size[j] > 1;
    for (uint32_t i = json_begin(token); i != json_end(c->json, token);
         i = json_next(c->json, i), named++) {
        size_t first = SIZE_MAX, count = 0;
        c->visited[i] = true;
        for (uint32_t k = json_begin(i); k != json_end(c->json, i);
             k = json_next(c->json, k), count++) {
            size_t j;
            c->visited[k] = true;
            if (!case_stream(c, network, k, &j)) continue;
            if (first == SIZE_MAX) first = set[j];
            if (set[j] != first) check_fails(c, k, "can be told apart from the others");
        }
        if (first != SIZE_MAX && size[first] != count)
            check_fails(c, i, "%zu streams look alike instead of %zu", size[first], count);
    }
    if (named != sets) check_fails(c, token, "%zu sets instead of %zu", sets, named);
}

// ---- linear_dr ----

static bool known_values(Case *c, const CaseNetwork *network, const LinearResult *r, bool **known) {
    *known = arena_take_zero(c->arena, network->problem.values + 1, sizeof **known);
    if (!*known) return status_no_memory(c->status);
    for (size_t j = 0; j < network->problem.values; j++)
        (*known)[j] = r->class_of[j] != VALUE_UNOBSERVABLE;
    return true;
}

static bool check_adjustment(Case *c, const CaseNetwork *network, const LinearResult *r) {
    size_t n = network->problem.values;
    double *adjustability = arena_take_zero(c->arena, n + 1, sizeof *adjustability);
    double *detectability = arena_take_zero(c->arena, n + 1, sizeof *detectability);
    bool *known = arena_take_zero(c->arena, n + 1, sizeof *known);
    if (!adjustability || !detectability || !known) return status_no_memory(c->status);
    for (size_t j = 0; j < n; j++) {
        known[j] = network->measured[j] && network->sd[j] > 0.0;
        if (!known[j]) continue;
        double part = r->sd[j] / network->sd[j];
        adjustability[j] = 1.0 - part;
        detectability[j] = sqrt(fmax(0.0, 1.0 - part * part));
    }
    check_streams(c, network, c->expected, "adjustability", adjustability, known);
    check_streams(c, network, c->expected, "detectability", detectability, known);
    return true;
}

static bool check_largest(Case *c, const CaseNetwork *network, const LinearResult *r) {
    size_t n = network->problem.values;
    bool *at = arena_take_zero(c->arena, n + 1, sizeof *at), any = false;
    double largest = 0.0;
    if (!at) return status_no_memory(c->status);
    for (size_t j = 0; j < n; j++) {
        any |= r->tested[j];
        if (r->tested[j]) largest = fmax(largest, fabs(r->z[j]));
    }
    for (size_t j = 0; j < n; j++)
        at[j] = r->tested[j] && fabs(r->z[j]) > largest - 1e-6;
    uint32_t token = check_member(c, c->expected, "largest_abs_z");
    if (token == JSON_NONE || json_type(c->json, token) != JSON_OBJECT) return true;
    check_optional(c, token, "value", any, largest);
    check_stream_list(c, network, token, "streams", at);
    return true;
}

static void check_nodal(Case *c, const LinearProblem *p, const LinearResult *r) {
    uint32_t token = check_member(c, c->expected, "nodal");
    if (token == JSON_NONE) return;
    if (!r->imbalance) {
        check_fails(c, token, "not everything is measured");
        return;
    }
    check_numbers(c, token, "imbalance", r->imbalance, NULL, p->balances);
    check_numbers(c, token, "z_nodal", r->z_nodal, r->nodal_tested, p->balances);
    check_numbers(c, token, "z_nodal_mp", r->z_leak, r->leak_tested, p->balances);
    check_numbers(c, token, "leak_estimate", r->leak, r->leak_tested, p->balances);
}

static bool run_linear(Case *c) {
    static const char *const words[] = {"redundant", "nonredundant", "observable", "unobservable"};
    CaseNetwork network;
    LinearSystem s;
    LinearResult r;
    bool *known;
    if (!case_network(c, c->input, &network) ||
        !linear_prepare(&network.problem, c->arena, &s, c->status) ||
        !linear_reconcile(&s, c->arena, &r, c->status) || !known_values(c, &network, &r, &known))
        return false;
    uint32_t e = c->expected;
    check_streams(c, &network, e, "reconciled", r.reconciled, known);
    check_streams(c, &network, e, "sd_reconciled", r.sd, known);
    check_words(c, &network, e, "class_measured", words, r.class_of);
    check_words(c, &network, e, "class_unmeasured", words, r.class_of);
    check_number(c, e, "chi2", r.chi2);
    check_count(c, e, "df", true, r.df);
    check_optional(c, e, "p_value", r.df > 0, r.p_value);
    check_optional(c, e, "chi2_critical_0.05", r.df > 0,
                   r.df ? chi2_upper_point(0.05, (double)r.df) : 0.0);
    check_streams(c, &network, e, "z_measurement_test_mp", r.z, r.tested);
    check_streams(c, &network, e, "glr_bias_estimate", r.bias, r.tested);
    check_sets(c, &network, &s, &r);
    check_nodal(c, &network.problem, &r);
    return check_adjustment(c, &network, &r) && check_largest(c, &network, &r);
}

// ---- linear_dr_nonneg ----

// Values in series that are all zero share one multiplier: any split that meets the conditions is
// right, so the expected ones are judged by the conditions.
static bool check_multipliers(Case *c, const CaseNetwork *network, const NonnegativeResult *r) {
    uint32_t token = check_member(c, c->expected, "bound_multipliers");
    if (token == JSON_NONE) return true;
    const LinearProblem *p = &network->problem;
    size_t n = p->values;
    double *gap = arena_take_zero(c->arena, n + 1, sizeof *gap), size = 0.0;
    double *scratch = arena_take_zero(c->arena, (p->balances + 1) * n + 1, sizeof *scratch);
    if (!gap || !scratch) return status_no_memory(c->status);
    bool same = true;
    for (size_t j = 0; j < n; j++) {
        gap[j] = -r->multiplier[j];
        size = fmax(size, r->multiplier[j]);
    }
    for (uint32_t i = json_begin(token); i != json_end(c->json, token); i = json_next(c->json, i)) {
        size_t j;
        double value;
        c->visited[i + 1] = true;
        if (!case_stream(c, network, i, &j)) continue;
        if (!case_value(c, i + 1, &value)) return false;
        if (!r->at_bound[j] || value < 0.0) check_fails(c, i + 1, "the stream is not at its bound");
        gap[j] += value;
    }
    for (size_t j = 0; j < n; j++)
        same = same && fabs(gap[j]) <= 1e-6 * size;
    double off = 0.0;
    for (size_t j = 0; j < n; j++)
        off = hypot(off, gap[j]);
    if (!same && off * stationarity(p, gap, scratch) > 1e-6 * size)
        check_fails(c, token, "do not meet the conditions of an optimum");
    return true;
}

static bool run_nonnegative(Case *c) {
    CaseNetwork network;
    NonnegativeResult r;
    if (!case_network(c, c->input, &network) ||
        !nonnegative_reconcile(&network.problem, c->arena, &r, c->status))
        return false;
    uint32_t e = c->expected;
    check_streams(c, &network, e, "reconciled_unbounded", r.unbounded, NULL);
    check_number(c, e, "chi2_unbounded", r.chi2_unbounded);
    check_streams(c, &network, e, "reconciled_nonnegative", r.reconciled, NULL);
    check_number(c, e, "objective_nonnegative", r.objective);
    check_stream_list(c, &network, e, "streams_at_bound", r.at_bound);
    return check_multipliers(c, &network, &r);
}

// ---- mirror ----

static bool run_white_paper(Case *c, uint32_t paper) {
    double *ratio, *years, exports;
    size_t count, year_count;
    if (!case_numbers(c, paper, "partner_imports_over_own_exports", &ratio, NULL, &count) ||
        !case_numbers(c, paper, "years", &years, NULL, &year_count) ||
        !case_number(c, c->input, "own_exports_2011_t", &exports))
        return false;
    uint32_t rows = check_member(c, c->expected, "rows");
    if (count != year_count || rows == JSON_NONE || json_count(c->json, rows) != count) {
        check_fails(c, rows, "as many rows are needed as there are years");
        return true;
    }
    uint32_t row = json_begin(rows);
    for (size_t i = 0; i < count; i++, row = json_next(c->json, row)) {
        c->visited[row] = true;
        check_count(c, row, "year", true, (size_t)years[i]);
        check_number(c, row, "ratio", ratio[i]);
        check_number(c, row, "log_ratio", log(ratio[i]));
        check_number(c, row, "symmetric_discrepancy", 2.0 * (ratio[i] - 1.0) / (ratio[i] + 1.0));
    }
    uint32_t implied = check_member(c, c->expected, "implied_unrecorded_2011_t");
    for (uint32_t i = implied == JSON_NONE ? JSON_NONE : json_begin(implied);
         implied != JSON_NONE && i != json_end(c->json, implied); i = json_next(c->json, i)) {
        double read; // "ratio_1.2": what that ratio says was not recorded
        Text name;
        char text[32];
        if (!json_text(c->json, i, c->arena, &name, c->status)) return false;
        if (name.length <= 6 || name.length >= sizeof text + 6) {
            check_fails(c, i, "no ratio is named");
            continue;
        }
        memcpy(text, name.at + 6, name.length - 6);
        text[name.length - 6] = '\0';
        read = strtod(text, NULL);
        check_value(c, i + 1, "implied_unrecorded_2011_t", true, exports * (read - 1.0));
    }
    return true;
}

static bool run_mirror(Case *c) {
    if (case_has(c, c->input, "white_paper")) {
        uint32_t paper;
        return case_member(c, c->input, "white_paper", JSON_OBJECT, &paper) &&
               run_white_paper(c, paper);
    }
    MirrorInput in;
    double *exported, *imported;
    size_t months;
    Mirror r;
    if (!case_numbers(c, c->input, "exports_t", &exported, NULL, &in.months) ||
        !case_numbers(c, c->input, "imports_t", &imported, NULL, &months) ||
        !case_number(c, c->input, "share_arriving_next_month", &in.late) ||
        !case_number(c, c->input, "rel_sd_exports", &in.rel_sd_exported) ||
        !case_number(c, c->input, "rel_sd_imports", &in.rel_sd_imported))
        return false;
    if (months != in.months)
        return status_set(c->status, STATUS_INVALID, "%zu months of exports, %zu of imports",
                          in.months, months);
    in.exported = exported;
    in.imported = imported;
    if (!mirror_compare(&in, c->arena, &r, c->status)) return false;
    uint32_t e = c->expected;
    check_numbers(c, e, "expected_arrivals", r.arrivals, NULL, r.count);
    check_numbers(c, e, "difference", r.difference, NULL, r.count);
    check_numbers(c, e, "sd_difference", r.sd, NULL, r.count);
    check_number(c, e, "total_difference", r.total);
    check_number(c, e, "sd_total", r.total_sd);
    check_number(c, e, "z_total", r.total_z);
    check_number(c, e, "gls_mean_difference", r.mean);
    check_number(c, e, "sd_gls", r.mean_sd);
    check_number(c, e, "chi2_zero", r.chi2);
    check_count(c, e, "df", true, r.count);
    return true;
}

const CaseKind CASE_KINDS_NETWORK[] = {
    {"linear_dr", run_linear},
    {"linear_dr_edge", run_linear},
    {"linear_dr_nonneg", run_nonnegative},
    {"mirror", run_mirror},
    {NULL, NULL},
};
