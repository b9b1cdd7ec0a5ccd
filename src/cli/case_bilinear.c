// bilinear_dr, nonlinear_dr: unknowns by name.
#include "cli/case_bilinear.h"

#include "cli/case_elements.h"
#include "cli/case_network.h"
#include "reconcile/bilinear.h"
#include "reconcile/expression.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Unknowns {
    size_t count;
    Text *names;
    double *y, *sd;
    BilinearState *state;
} Unknowns;

static bool read_unknowns(Case *c, Unknowns *u) {
    uint32_t list;
    if (!case_member(c, c->input, "variables", JSON_ARRAY, &list)) return false;
    u->count = json_count(c->json, list);
    u->names = arena_take_zero(c->arena, u->count + 1, sizeof(Text));
    u->y = arena_take_zero(c->arena, u->count + 1, sizeof(double));
    u->sd = arena_take_zero(c->arena, u->count + 1, sizeof(double));
    u->state = arena_take_zero(c->arena, u->count + 1, sizeof(BilinearState));
    if (!u->names || !u->y || !u->sd || !u->state) return status_no_memory(c->status);
    size_t at = 0;
    for (uint32_t i = json_begin(list); i != json_end(c->json, list);
         i = json_next(c->json, i), at++) {
        uint32_t name;
        if (!case_member(c, i, "name", JSON_STRING, &name) ||
            !json_text(c->json, name, c->arena, &u->names[at], c->status))
            return false;
        u->state[at] = BILINEAR_NOT_MEASURED;
        if (case_has(c, i, "exact")) {
            u->state[at] = BILINEAR_EXACT;
            if (!case_number(c, i, "exact", &u->y[at])) return false;
        } else if (case_has(c, i, "measured")) {
            u->state[at] = BILINEAR_MEASURED;
            if (!case_number(c, i, "measured", &u->y[at]) || !case_number(c, i, "sd", &u->sd[at]))
                return false;
            if (u->sd[at] == 0.0) u->state[at] = BILINEAR_EXACT;
        }
        if (!case_in_reach(c, "variable", u->names[at], u->y[at], u->sd[at])) return false;
    }
    return case_distinct(c, u->names, u->count, "variable");
}

static size_t unknown_named(const Case *c, const Unknowns *u, uint32_t token) {
    for (size_t i = 0; i < u->count; i++)
        if (json_text_is(c->json, token, u->names[i])) return i;
    return SIZE_MAX;
}

// `at` is by unknown: its place in the solver's row.
static void check_fit(Case *c, const Unknowns *u, const size_t *at, const NonlinearResult *fit) {
    static const char *const words[] = {"redundant", "nonredundant", "observable", "unobservable"};
    uint32_t e = c->expected, token = check_member(c, e, "reconciled");
    for (uint32_t i = token == JSON_NONE ? JSON_NONE : json_begin(token);
         token != JSON_NONE && i != json_end(c->json, token); i = json_next(c->json, i)) {
        size_t k = unknown_named(c, u, i);
        if (k == SIZE_MAX) {
            c->visited[i + 1] = true;
            check_fails(c, i, "there is no such variable");
            continue;
        }
        check_value(c, i + 1, "reconciled", fit->class_of[at[k]] != VALUE_UNOBSERVABLE,
                    fit->x[at[k]]);
    }
    token = check_member(c, e, "class");
    for (uint32_t i = token == JSON_NONE ? JSON_NONE : json_begin(token);
         token != JSON_NONE && i != json_end(c->json, token); i = json_next(c->json, i)) {
        size_t k = unknown_named(c, u, i);
        c->visited[i + 1] = true;
        if (k == SIZE_MAX)
            check_fails(c, i, "there is no such variable");
        else if (!json_text_is(c->json, i + 1, text_of(words[fit->class_of[at[k]]])))
            check_fails(c, i + 1, "%s instead", words[fit->class_of[at[k]]]);
    }
    check_number(c, e, "objective", fit->objective);
    check_count(c, e, "df", true, fit->df);
    check_optional(c, e, "p_value", fit->df > 0, fit->p_value);
}

// ---- bilinear_dr ----

static bool read_balance(Case *c, BilinearProblem *p, Text **streams) {
    uint32_t list;
    if (!case_member(c, c->input, "streams", JSON_ARRAY, &list) ||
        !case_count(c, c->input, "nodes", &p->nodes))
        return false;
    p->streams = json_count(c->json, list);
    double *a = arena_take_zero(c->arena, p->nodes * p->streams + 1, sizeof *a);
    *streams = arena_take_zero(c->arena, p->streams + 1, sizeof **streams);
    if (!a || !*streams) return status_no_memory(c->status);
    size_t s = 0;
    for (uint32_t i = json_begin(list); i != json_end(c->json, list);
         i = json_next(c->json, i), s++) {
        uint32_t id;
        if (!case_member(c, i, "id", JSON_STRING, &id) ||
            !json_text(c->json, id, c->arena, &(*streams)[s], c->status) ||
            !case_ends(c, i, p->nodes, p->streams, s, a))
            return false;
    }
    p->a = a;
    return case_distinct(c, *streams, p->streams, "stream");
}

// "F:STREAM" or "COMPONENT:STREAM" to the solver's row.
static bool place_unknown(Case *c, const BilinearProblem *p, const Text *streams,
                          const Text *components, Text name, size_t *at) {
    Text what, stream;
    if (!text_split(name, ':', &what, &stream))
        return status_set(c->status, STATUS_INVALID,
                          "variable \"%.*s\" is not F:STREAM or COMPONENT:STREAM", TEXT_ARG(name));
    for (size_t s = 0; s < p->streams; s++) {
        if (!text_equal(stream, streams[s])) continue;
        if (text_equal(what, TEXT("F"))) {
            *at = bilinear_flow(s);
            return true;
        }
        for (size_t e = 0; e < p->components; e++)
            if (text_equal(what, components[e])) {
                *at = bilinear_fraction(p, e, s);
                return true;
            }
    }
    return status_set(c->status, STATUS_INVALID, "variable \"%.*s\" names no stream or component",
                      TEXT_ARG(name));
}

static bool run_bilinear(Case *c) {
    BilinearProblem p = {0};
    Unknowns u;
    uint32_t list, words;
    Text *streams, *components, text;
    if (!read_balance(c, &p, &streams) || !read_unknowns(c, &u) ||
        !case_member(c, c->input, "components", JSON_ARRAY, &list) ||
        !case_member(c, c->input, "constraints", JSON_STRING, &words) ||
        !json_text(c->json, words, c->arena, &text, c->status))
        return false;
    p.components = json_count(c->json, list);
    components = arena_take_zero(c->arena, p.components + 1, sizeof *components);
    if (!components) return status_no_memory(c->status);
    size_t e = 0;
    for (uint32_t i = json_begin(list); i != json_end(c->json, list);
         i = json_next(c->json, i), e++)
        if (!json_text(c->json, i, c->arena, &components[e], c->status)) return false;
    char *said = arena_format(c->arena, "%.*s", TEXT_ARG(text));
    if (!said) return status_no_memory(c->status);
    p.total = strstr(said, "sum of X = 1")             ? BILINEAR_SUM_TO_ONE
              : strstr(said, "total balance sum in F") ? BILINEAR_TOTAL_BALANCE
                                                       : BILINEAR_COMPONENTS_ONLY;
    size_t all = bilinear_values(&p);
    size_t *at = arena_take_zero(c->arena, u.count + 1, sizeof *at);
    double *y = arena_take_zero(c->arena, all + 1, sizeof *y),
           *sd = arena_take_zero(c->arena, all + 1, sizeof *sd);
    BilinearState *state = arena_take_zero(c->arena, all + 1, sizeof *state);
    if (!at || !y || !sd || !state) return status_no_memory(c->status);
    for (size_t i = 0; i < all; i++)
        state[i] = BILINEAR_NOT_MEASURED;
    for (size_t i = 0; i < u.count; i++) {
        if (!place_unknown(c, &p, streams, components, u.names[i], &at[i])) return false;
        y[at[i]] = u.y[i];
        sd[at[i]] = u.sd[i];
        state[at[i]] = u.state[i];
    }
    p.y = y;
    p.sd = sd;
    p.state = state;
    BilinearResult r;
    if (!bilinear_solve(&p, false, c->arena, &r, c->status)) return false;
    check_fit(c, &u, at, &r.fit);
    return true;
}

// ---- nonlinear_dr ----

typedef struct Formulas {
    size_t count, unknowns;
    Expression **formula;
} Formulas;

static void formulas_balance(const void *context, const double *x, double *b, double *j) {
    const Formulas *f = context;
    for (size_t k = 0; k < f->count; k++)
        b[k] = expression_value(f->formula[k], x, j ? j + k * f->unknowns : NULL, 0.0, NULL,
                                f->unknowns);
}

static void formulas_curvature(const void *context, const double *x, const double *multiplier,
                               double *h) {
    const Formulas *f = context;
    for (size_t k = 0; k < f->count; k++)
        if (multiplier[k] != 0.0)
            (void)expression_value(f->formula[k], x, NULL, multiplier[k], h, f->unknowns);
}

// Flows "F A1", temperatures "T A1" and, where the case has them, enthalpies "h A1" = k0 + k1 T +
// k2 T^2 by the stream's letter; in formulas they stand together: "FA1 hA1".
static bool read_names(Case *c, const Unknowns *u, ExpressionNames *names) {
    Text *plain = arena_take_zero(c->arena, u->count + 1, sizeof *plain);
    struct ExpressionAlias *alias = arena_take_zero(c->arena, u->count + 1, sizeof *alias);
    if (!plain || !alias) return status_no_memory(c->status);
    *names = (ExpressionNames){.count = u->count, .names = plain, .alias = alias};
    uint32_t coefficients = json_member(c->json, c->input, TEXT("enthalpy_coefficients"));
    for (size_t i = 0; i < u->count; i++) {
        Text name = u->names[i];
        plain[i] = name;
        bool parted = name.length > 2 && (name.at[1] == ' ' || name.at[1] == '_') &&
                      (name.at[0] == 'F' || name.at[0] == 'T');
        if (!parted) continue;
        Text stream = {name.at + 2, name.length - 2};
        char *joined = arena_format(c->arena, "%c%.*s", name.at[0], TEXT_ARG(stream));
        if (!joined) return status_no_memory(c->status);
        plain[i] = text_of(joined);
        if (name.at[0] != 'T' || coefficients == JSON_NONE) continue;
        char letter[2] = {stream.at[0], '\0'};
        double *k;
        size_t length;
        if (json_member(c->json, coefficients, text_of(letter)) == JSON_NONE) continue;
        if (!case_numbers(c, coefficients, letter, &k, NULL, &length)) return false;
        char *enthalpy = arena_format(c->arena, "h%.*s", TEXT_ARG(stream));
        if (!enthalpy) return status_no_memory(c->status);
        struct ExpressionAlias *one = &alias[names->aliases++];
        one->name = text_of(enthalpy);
        one->variable = i;
        for (size_t t = 0; t < 3 && t < length; t++)
            one->coefficient[t] = k[t];
    }
    return true;
}

static bool run_nonlinear(Case *c) {
    Unknowns u;
    ExpressionNames names;
    uint32_t list;
    double *start;
    if (!read_unknowns(c, &u) || !case_numbers_exactly(c, c->input, "start", u.count, &start) ||
        !read_names(c, &u, &names) || !case_member(c, c->input, "constraints", JSON_ARRAY, &list))
        return false;
    Formulas f = {.count = json_count(c->json, list), .unknowns = u.count};
    f.formula = arena_take_zero(c->arena, f.count + 1, sizeof *f.formula);
    double *weight = arena_take_zero(c->arena, u.count + 1, sizeof *weight);
    double *unit = arena_take_zero(c->arena, u.count + 1, sizeof *unit);
    bool *fixed = arena_take_zero(c->arena, u.count + 1, sizeof *fixed);
    size_t *at = arena_take_zero(c->arena, u.count + 1, sizeof *at), k = 0;
    if (!f.formula || !weight || !unit || !fixed || !at) return status_no_memory(c->status);
    for (uint32_t i = json_begin(list); i != json_end(c->json, list);
         i = json_next(c->json, i), k++) {
        Text text;
        if (!json_text(c->json, i, c->arena, &text, c->status) ||
            !expression_read(text, &names, c->arena, &f.formula[k], c->status))
            return false;
    }
    for (size_t i = 0; i < u.count; i++) {
        at[i] = i;
        fixed[i] = u.state[i] == BILINEAR_EXACT;
        if (fixed[i]) start[i] = u.y[i];
        if (u.state[i] == BILINEAR_MEASURED && isfinite(u.sd[i]))
            weight[i] = 1.0 / (u.sd[i] * u.sd[i]);
        unit[i] = fmax(fabs(start[i]), 1e-3);
    }
    NonlinearProblem p = {.unknowns = u.count,
                          .balances = f.count,
                          .y = u.y,
                          .weight = weight,
                          .fixed = fixed,
                          .unit = unit,
                          .context = &f,
                          .balance = formulas_balance,
                          .curvature = formulas_curvature};
    NonlinearResult r;
    if (!nonlinear_solve(&p, start, c->arena, &r, c->status)) return false;
    if (!r.converged || !(r.worst < 1e-7))
        return status_set(c->status, STATUS_UNKNOWN, "no values were found that meet the formulas");
    check_fit(c, &u, at, &r);
    return true;
}

const CaseKind CASE_KINDS_BILINEAR[] = {
    {"bilinear_dr", run_bilinear},
    {"nonlinear_dr", run_nonlinear},
    {"ree_network", case_elements},
    {"ree_network_shared", case_elements_shared},
    {NULL, NULL},
};
