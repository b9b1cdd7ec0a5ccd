#include "cli/case_gross.h"

#include "base/buffer.h"
#include "cli/case_network.h"
#include "numeric/distribution.h"
#include "reconcile/gross.h"
#include "reconcile/power.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- names of candidates: "bias:STREAM", "leak:NODE" ----

static size_t candidate_place(Case *c, const CaseNetwork *network, const GrossSearch *search,
                              uint32_t token) {
    char name[160];
    for (size_t i = 0; i < search->count; i++) {
        const Candidate *one = &search->candidates[i];
        if (one->kind == CANDIDATE_BIAS)
            snprintf(name, sizeof name, "bias:%.*s", TEXT_ARG(network->names[one->number]));
        else
            snprintf(name, sizeof name, "leak:%zu", one->number + 1);
        if (json_text_is(c->json, token, text_of(name))) return i;
    }
    check_fails(c, token, "there is no such candidate");
    return SIZE_MAX;
}

static void check_candidates(Case *c, const CaseNetwork *network, const GrossSearch *search,
                             uint32_t object, const char *name, const bool *wanted) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    size_t have = 0, named = 0;
    for (size_t i = 0; i < search->count; i++)
        have += wanted[i];
    for (uint32_t i = json_begin(token); i != json_end(c->json, token);
         i = json_next(c->json, i), named++) {
        c->visited[i] = true;
        size_t at = candidate_place(c, network, search, i);
        if (at != SIZE_MAX && !wanted[at]) check_fails(c, i, "not among them");
    }
    if (have != named) check_fails(c, token, "%zu candidates instead of %zu", have, named);
}

// A set of candidates as a class's number; SIZE_MAX when it is none, whole and alone.
static size_t class_of_set(Case *c, const CaseNetwork *network, const GrossSearch *search,
                           uint32_t set) {
    size_t found = SIZE_MAX, count = 0, size = 0;
    c->visited[set] = true;
    for (uint32_t i = json_begin(set); i != json_end(c->json, set);
         i = json_next(c->json, i), count++) {
        c->visited[i] = true;
        size_t at = candidate_place(c, network, search, i);
        if (at == SIZE_MAX) return SIZE_MAX;
        if (found == SIZE_MAX) found = search->class_of[at];
        if (search->class_of[at] != found || found == CLASS_NONE) {
            check_fails(c, i, "can be told apart from the others");
            return SIZE_MAX;
        }
    }
    for (size_t i = 0; i < search->count; i++)
        size += search->class_of[i] == found;
    if (size == count) return found;
    check_fails(c, set, "%zu candidates look alike instead of %zu", size, count);
    return SIZE_MAX;
}

// An object by candidate's name; `wanted` says which must be there.
static void check_by_candidate(Case *c, const CaseNetwork *network, const GrossSearch *search,
                               uint32_t object, const char *name, const double *values,
                               const bool *wanted) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE || json_type(c->json, token) != JSON_OBJECT) return;
    size_t have = 0, named = 0;
    for (size_t i = 0; i < search->count; i++)
        have += wanted[i];
    for (uint32_t i = json_begin(token); i != json_end(c->json, token);
         i = json_next(c->json, i), named++) {
        c->visited[i + 1] = true;
        size_t at = candidate_place(c, network, search, i);
        if (at == SIZE_MAX) continue;
        if (!wanted[at])
            check_fails(c, i, "not among them");
        else
            check_value(c, i + 1, name, true, values[at]);
    }
    if (have != named) check_fails(c, token, "%zu candidates instead of %zu", have, named);
}

typedef struct Gross {
    CaseNetwork network;
    LinearSystem system;
    GrossSearch search;
    GrossSelection selection;
    double alpha, limit;
    bool *some; // by candidate, for comparing
} Gross;

static bool read_gross(Case *c, Gross *g) {
    Candidate *candidates;
    size_t count;
    if (!case_network(c, c->input, &g->network) || !case_number(c, c->input, "alpha", &g->alpha))
        return false;
    if (!(g->alpha > 0.0 && g->alpha < 1.0))
        return status_set(c->status, STATUS_INVALID, "\"alpha\" is %g", g->alpha) ||
               status_hint(c->status, "it lies between 0 and 1");
    if (!linear_prepare(&g->network.problem, c->arena, &g->system, c->status) ||
        !gross_candidates(&g->system, c->arena, &candidates, &count, c->status) ||
        !gross_prepare(&g->system, candidates, count, c->arena, &g->search, c->status))
        return false;
    g->some = arena_take_zero(c->arena, count + 1, sizeof *g->some);
    return g->some != NULL || status_no_memory(c->status);
}

static void check_steps(Case *c, Gross *g, uint32_t object, bool by_class) {
    uint32_t steps = check_member(c, object, "steps");
    if (steps == JSON_NONE) return;
    if (json_count(c->json, steps) != g->selection.steps) {
        check_fails(c, steps, "%zu steps instead of %u", g->selection.steps,
                    json_count(c->json, steps));
        return;
    }
    uint32_t token = json_begin(steps);
    size_t taken = 0;
    for (size_t i = 0; i < g->selection.steps; i++, token = json_next(c->json, token)) {
        const GrossStep *step = &g->selection.step[i];
        c->visited[token] = true;
        check_count(c, token, "step", true, i + 1);
        check_number(c, token, "chi2_before", step->chi2_before);
        check_count(c, token, "df_before", true, step->df_before);
        check_candidates(c, &g->network, &g->search, token, "best", step->best);
        check_number(c, token, "T", step->t);
        check_number(c, token, "critical_sidak", g->limit);
        check_bool(c, token, "accepted", step->accepted);
        if (!step->accepted) {
            check_skip(c, token, "magnitudes_after"); // null: nothing is estimated
            continue;
        }
        taken++;
        memset(g->some, 0, g->search.count * sizeof *g->some);
        for (size_t a = 0; a < taken; a++)
            for (size_t k = 0; k < g->search.count; k++)
                g->some[k] |= g->search.class_of[k] == g->selection.taken[a] &&
                              (by_class || k == g->search.first[g->selection.taken[a]]);
        check_by_candidate(c, &g->network, &g->search, token, "magnitudes_after", step->size,
                           g->some);
    }
}

static bool run_identification(Case *c) {
    Gross g = {0};
    MeasurementStep *steps;
    size_t count;
    if (!read_gross(c, &g)) return false;
    g.limit = sidak_chi2(g.alpha, g.search.count);
    if (!gross_select(&g.search, g.limit, SIZE_MAX, c->arena, &g.selection, c->status) ||
        !measurement_test(&g.network.problem, g.alpha, c->arena, &steps, &count, c->status))
        return false;
    uint32_t glr = check_member(c, c->expected, "glr_forward_selection");
    if (glr != JSON_NONE) {
        for (size_t a = 0; a < g.selection.accepted; a++)
            g.some[g.search.first[g.selection.taken[a]]] = true;
        check_candidates(c, &g.network, &g.search, glr, "accepted", g.some);
        check_steps(c, &g, glr, false);
        check_number(c, glr, "chi2_final", g.selection.chi2_final);
        check_count(c, glr, "df_final", true, g.selection.df_final);
    }
    uint32_t imt = check_member(c, c->expected, "iterative_measurement_test");
    if (imt == JSON_NONE) return true;
    bool *freed = arena_take_zero(c->arena, g.network.problem.values + 1, sizeof *freed);
    if (!freed) return status_no_memory(c->status);
    for (size_t i = 0; i < count; i++)
        if (steps[i].freed) freed[steps[i].first] = true;
    check_stream_list(c, &g.network, imt, "deleted", freed);
    uint32_t list = check_member(c, imt, "steps");
    if (list == JSON_NONE) return true;
    if (json_count(c->json, list) != count) {
        check_fails(c, list, "%zu steps instead of %u", count, json_count(c->json, list));
        return true;
    }
    uint32_t token = json_begin(list);
    for (size_t i = 0; i < count; i++, token = json_next(c->json, token)) {
        c->visited[token] = true;
        check_number(c, token, "chi2", steps[i].chi2);
        check_number(c, token, "chi2_before", steps[i].chi2);
        check_count(c, token, "df", true, steps[i].df);
        check_count(c, token, "redundant", true, steps[i].redundant);
        check_number(c, token, "largest_abs_z", steps[i].largest);
        check_stream_list(c, &g.network, token, "streams", steps[i].at);
        check_number(c, token, "limit", steps[i].limit);
        check_bool(c, token, "deleted", steps[i].freed);
    }
    return true;
}

// ---- what cannot be told apart ----

static void check_classes(Case *c, Gross *g, uint32_t object, const char *name,
                          const bool *wanted) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    size_t have = 0, named = 0;
    for (size_t k = 0; k < g->search.classes; k++)
        have += wanted[k];
    for (uint32_t i = json_begin(token); i != json_end(c->json, token);
         i = json_next(c->json, i), named++) {
        size_t k = class_of_set(c, &g->network, &g->search, i);
        if (k != SIZE_MAX && !wanted[k]) check_fails(c, i, "not among them");
    }
    if (have != named) check_fails(c, token, "%zu sets instead of %zu", have, named);
}

static bool check_equivalent(Case *c, Gross *g, uint32_t object) {
    uint32_t token = check_member(c, object, "equivalent_sets");
    if (token == JSON_NONE) return true;
    size_t *sets, count, k = g->selection.accepted, named = 0;
    if (!gross_equivalent(&g->search, &g->selection, c->arena, &sets, &count, c->status))
        return false;
    bool *in = arena_take_zero(c->arena, g->search.classes + 1, sizeof *in);
    if (!in) return status_no_memory(c->status);
    for (uint32_t i = json_begin(token); i != json_end(c->json, token);
         i = json_next(c->json, i), named++) {
        c->visited[i] = true;
        memset(in, 0, g->search.classes * sizeof *in);
        for (uint32_t s = json_begin(i); s != json_end(c->json, i); s = json_next(c->json, s)) {
            size_t at = class_of_set(c, &g->network, &g->search, s);
            if (at != SIZE_MAX) in[at] = true;
        }
        bool found = false;
        for (size_t n = 0; n < count && !found; n++) {
            found = true;
            for (size_t a = 0; a < k; a++)
                found = found && in[sets[n * k + a]];
        }
        if (!found) check_fails(c, i, "does not explain the data equally well");
    }
    if (named != count) check_fails(c, token, "%zu sets instead of %zu", count, named);
    return true;
}

static bool run_indistinguishable(Case *c) {
    Gross g = {0};
    LinearResult r;
    if (!read_gross(c, &g) || !linear_reconcile(&g.system, c->arena, &r, c->status)) return false;
    g.limit = sidak_chi2(g.alpha, g.search.classes);
    bool *sets = arena_take_zero(c->arena, g.search.classes + 1, sizeof *sets);
    size_t *size = arena_take_zero(c->arena, g.search.classes + 1, sizeof *size);
    if (!sets || !size) return status_no_memory(c->status);
    if (!gross_select(&g.search, g.limit, SIZE_MAX, c->arena, &g.selection, c->status))
        return false;
    uint32_t e = c->expected;
    check_number(c, e, "chi2", r.chi2);
    check_count(c, e, "df", true, r.df);
    check_optional(c, e, "p_value", r.df > 0, r.p_value);
    for (size_t i = 0; i < g.search.count; i++) {
        g.some[i] = g.search.class_of[i] == CLASS_NONE;
        if (!g.some[i]) size[g.search.class_of[i]]++;
    }
    check_candidates(c, &g.network, &g.search, e, "undetectable", g.some);
    for (size_t k = 0; k < g.search.classes; k++)
        sets[k] = size[k] > 1;
    check_classes(c, &g, e, "indistinguishable_sets", sets);
    check_count(c, e, "classes", true, g.search.classes);
    check_number(c, e, "critical_sidak", g.limit);
    for (size_t i = 0; i < g.search.count; i++)
        g.some[i] = g.search.class_of[i] != CLASS_NONE;
    check_by_candidate(c, &g.network, &g.search, e, "T", g.search.t, g.some);
    check_by_candidate(c, &g.network, &g.search, e, "magnitude", g.search.size, g.some);
    uint32_t glr = check_member(c, e, "glr_forward_selection");
    if (glr == JSON_NONE) return true;
    memset(sets, 0, g.search.classes * sizeof *sets);
    for (size_t a = 0; a < g.selection.accepted; a++)
        sets[g.selection.taken[a]] = true;
    check_classes(c, &g, glr, "accepted", sets);
    check_steps(c, &g, glr, true);
    check_number(c, glr, "chi2_final", g.selection.chi2_final);
    check_count(c, glr, "df_final", true, g.selection.df_final);
    return check_equivalent(c, &g, glr);
}

// ---- power ----

// The network of another case, which stands beside this one or among the cases that come with the
// program.
static bool read_other(Case *c, const char *name, Buffer *bytes, Json *json) {
    char path[600];
    const char *const folders[] = {c->folder, "tests/data/balance_cases", "data/balance_cases"};
    FILE *file = NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !file; i++) {
        snprintf(path, sizeof path, "%s/%s.json", folders[i], name);
        file = fopen(path, "rb");
    }
    if (!file)
        return status_set(c->status, STATUS_NOT_FOUND, "the network \"%s\" is not there", name) ||
               status_hint(c->status, "put %s.json beside the case", name);
    char chunk[16384];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0 && buffer_bytes(bytes, chunk, got)) {
    }
    fclose(file);
    return json_read(json, buffer_view(bytes), c->status);
}

typedef struct PowerInput {
    CaseNetwork network;
    LinearSystem system;
    double *truth, *sd, q_bias, q_leak, alpha;
    double *information_bias, *information_leak; // f'H^-1 f
    double *signatures_bias, *signatures_leak, *low, *high;
} PowerInput;

// "... uniform in [2,7] sd ...": the two numbers of the first brackets.
static bool read_range(Case *c, const char *name, double *low, double *high) {
    uint32_t token;
    Text text;
    if (!case_member(c, c->input, name, JSON_STRING, &token) ||
        !json_text(c->json, token, c->arena, &text, c->status))
        return false;
    char *words = arena_format(c->arena, "%.*s", TEXT_ARG(text));
    if (!words) return status_no_memory(c->status);
    const char *open = strchr(words, '[');
    if (open && sscanf(open, "[%lf,%lf]", low, high) == 2) return true;
    return status_set(c->status, STATUS_INVALID, "\"%s\" names no range of sizes", name) ||
           status_hint(c->status, "write it as [2,7]");
}

static bool information(Case *c, const LinearSystem *s, const double *f, double *out) {
    double *rows = arena_take_zero(c->arena, s->rows + 1, sizeof *rows);
    double *white = arena_take_zero(c->arena, s->rank + 1, sizeof *white);
    if (!rows || !white) return status_no_memory(c->status);
    linear_project(s, f, rows);
    *out = 0.0;
    if (!linear_whiten(s, rows, white)) return true;
    for (size_t k = 0; k < s->rank; k++)
        *out += white[k] * white[k];
    return true;
}

static bool read_network_of(Case *c, PowerInput *in) {
    uint32_t token;
    Text name;
    if (!case_member(c, c->input, "network", JSON_STRING, &token) ||
        !json_text(c->json, token, c->arena, &name, c->status))
        return false;
    char *file = arena_format(c->arena, "%.*s", TEXT_ARG(name));
    if (!file) return status_no_memory(c->status);
    Buffer *bytes = arena_take_zero(c->arena, 1, sizeof *bytes);
    Json other;
    if (!bytes) return status_no_memory(c->status);
    buffer_init(bytes, (size_t)16 << 20);
    json_init(&other, 1000000);
    Json *own = c->json;
    bool well = read_other(c, file, bytes, &other);
    if (well) {
        c->json = &other;
        uint32_t input = json_member(&other, 0, TEXT("input"));
        well = input != JSON_NONE
                   ? case_network(c, input, &in->network)
                   : status_set(c->status, STATUS_INVALID, "\"%s\" is no case", file);
        c->json = own;
    }
    json_done(&other);
    // Names stay in the arena; nothing borrows from the bytes.
    buffer_done(bytes);
    return well;
}

static bool read_power(Case *c, PowerInput *in) {
    if (!read_network_of(c, in)) return false;
    LinearProblem *p = &in->network.problem;
    size_t n = p->values, m = p->balances;
    if (!case_numbers_exactly(c, c->input, "true", n, &in->truth) ||
        !case_numbers_exactly(c, c->input, "sd", n, &in->sd) ||
        !case_number(c, c->input, "Q_bias", &in->q_bias) ||
        !case_number(c, c->input, "Q_leak", &in->q_leak))
        return false;
    p->y = in->truth;
    p->sd = in->sd;
    p->measured = NULL;
    p->groups = 0;
    in->information_bias = arena_take_zero(c->arena, n + 1, sizeof(double));
    in->information_leak = arena_take_zero(c->arena, m + 1, sizeof(double));
    in->signatures_bias = arena_take_zero(c->arena, n * m + 1, sizeof(double));
    in->signatures_leak = arena_take_zero(c->arena, m * m + 1, sizeof(double));
    in->low = arena_take_zero(c->arena, n + m + 1, sizeof(double));
    in->high = arena_take_zero(c->arena, n + m + 1, sizeof(double));
    if (!in->information_bias || !in->information_leak || !in->signatures_bias ||
        !in->signatures_leak || !in->low || !in->high)
        return status_no_memory(c->status);
    if (!linear_prepare(p, c->arena, &in->system, c->status)) return false;
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k < m; k++)
            in->signatures_bias[j * m + k] = p->a[k * n + j];
        if (!information(c, &in->system, in->signatures_bias + j * m, &in->information_bias[j]))
            return false;
    }
    for (size_t k = 0; k < m; k++) {
        in->signatures_leak[k * m + k] = 1.0;
        if (!information(c, &in->system, in->signatures_leak + k * m, &in->information_leak[k]))
            return false;
    }
    return true;
}

static void check_closed(Case *c, const PowerInput *in) {
    uint32_t closed = check_member(c, c->expected, "closed_form");
    if (closed == JSON_NONE) return;
    const LinearProblem *p = &in->network.problem;
    double alpha = 0.05;
    uint32_t token = json_member(c->json, closed, TEXT("alpha"));
    if (token != JSON_NONE && !case_value(c, token, &alpha)) return;
    check_number(c, closed, "alpha", alpha);
    // Tolerances of closed forms stand under one name.
    double rel = c->rel;
    token = c->tolerance == JSON_NONE ? JSON_NONE
                                      : json_member(c->json, c->tolerance, TEXT("closed_form_rel"));
    if (token != JSON_NONE && !case_value(c, token, &c->rel)) return;
    // The values are printed to six digits.
    c->rel = fmax(c->rel, 5e-6);
    uint32_t biases = check_member(c, closed, "bias_of_5_sd");
    for (size_t j = 0; biases != JSON_NONE && j < p->values; j++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", j + 1);
        uint32_t one = check_member(c, biases, name);
        if (one == JSON_NONE) continue;
        ClosedPower power = power_closed(25.0 * in->sd[j] * in->sd[j] * in->information_bias[j],
                                         alpha, p->values, in->system.rows);
        check_number(c, one, "noncentrality", power.noncentrality);
        check_number(c, one, "neyman_pearson_bound", power.neyman_pearson);
        check_number(c, one, "single_two_sided_test", power.two_sided);
        check_number(c, one, "sidak_over_all_streams", power.sidak);
        check_number(c, one, "global_chi2_test", power.global);
    }
    uint32_t bias = check_member(c, closed, "minimum_bias_for_power_0.95_np"),
             leak = check_member(c, closed, "minimum_leak_for_power_0.95_np");
    for (size_t j = 0; j < p->values + p->balances; j++) {
        char name[32];
        size_t k = j < p->values ? j : j - p->values;
        uint32_t object = j < p->values ? bias : leak;
        double has = j < p->values ? in->information_bias[k] : in->information_leak[k];
        snprintf(name, sizeof name, "%zu", k + 1);
        if (object != JSON_NONE)
            check_optional(c, object, name, has > 0.0,
                           has > 0.0 ? power_least(has, alpha, 0.95) : 0.0);
    }
    c->rel = rel;
}

// As many runs as leave an error that does not show beside the tolerance.
enum { POWER_RUNS = 400000, POWER_SEED = 20 };

static void check_power(Case *c, uint32_t object, const char *name, const double *values,
                        size_t count) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    double rel = c->rel, abs = c->abs, own = 0.005;
    uint32_t tolerance = c->tolerance == JSON_NONE
                             ? JSON_NONE
                             : json_member(c->json, c->tolerance, TEXT("power_abs"));
    if (tolerance != JSON_NONE && !case_value(c, tolerance, &own)) return;
    c->rel = 0.0;
    c->abs = own;
    if (json_type(c->json, token) == JSON_ARRAY)
        check_numbers(c, object, name, values, NULL, count);
    else
        check_value(c, token, name, true, *values);
    c->rel = rel;
    c->abs = abs;
}

static bool run_power(Case *c) {
    PowerInput in;
    if (!read_power(c, &in)) return false;
    const LinearProblem *p = &in.network.problem;
    size_t n = p->values, m = p->balances;
    double *power = arena_take_zero(c->arena, n + m + 1, sizeof *power), alarms, low, high;
    if (!power) return status_no_memory(c->status);
    PowerQuestion q = {.system = &in.system,
                       .low = in.low,
                       .high = in.high,
                       .runs = POWER_RUNS,
                       .seed = POWER_SEED,
                       .count = n,
                       .signatures = in.signatures_bias,
                       .signs = true,
                       .limit = sidak_chi2(in.q_bias, n)};
    if (!read_range(c, "bias", &low, &high)) return false;
    for (size_t j = 0; j < n; j++) {
        in.low[j] = low * in.sd[j];
        in.high[j] = high * in.sd[j];
    }
    uint32_t e = c->expected;
    double rel = c->rel;
    c->rel = fmax(c->rel, 5e-6); // printed to six digits
    check_number(c, e, "critical_T_bias", q.limit);
    c->rel = rel;
    if (!power_simulate(&q, c->arena, power, &alarms, c->status)) return false;
    check_power(c, e, "overall_power_bias", power, n);
    check_power(c, e, "avti_bias", &alarms, 1);
    q.count = m;
    q.signatures = in.signatures_leak;
    q.signs = false;
    q.limit = sidak_chi2(in.q_leak, n);
    if (!read_range(c, "leak", &low, &high)) return false;
    for (size_t k = 0; k < m; k++) {
        double through = 0.0;
        for (size_t j = 0; j < n; j++)
            if (p->a[k * n + j] != 0.0) through += fabs(in.truth[j]);
        in.low[k] = low * through;
        in.high[k] = high * through;
    }
    c->rel = fmax(c->rel, 5e-6);
    check_number(c, e, "critical_T_leak", q.limit);
    c->rel = rel;
    if (!power_simulate(&q, c->arena, power, &alarms, c->status)) return false;
    check_power(c, e, "overall_power_leak", power, m);
    check_power(c, e, "avti_leak", &alarms, 1);
    check_skip(c, e, "mc_runs"); // theirs
    check_skip(c, e, "mc_standard_error_max");
    check_closed(c, &in);
    return true;
}

const CaseKind CASE_KINDS_GROSS[] = {
    {"gross_error_identification", run_identification},
    {"gross_error_indistinguishable", run_indistinguishable},
    {"gross_error_power", run_power},
    {NULL, NULL},
};
