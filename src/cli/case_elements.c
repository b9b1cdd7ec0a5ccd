#include "cli/case_elements.h"

#include "cli/case_network.h"
#include "reconcile/bilinear.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool case_ends(Case *c, uint32_t stream, size_t nodes, size_t streams, size_t number, double *a) {
    for (int end = 0; end < 2; end++) {
        const char *name = end ? "to" : "from";
        size_t node;
        if (!case_has(c, stream, name)) continue;
        if (!case_count(c, stream, name, &node)) return false;
        if (node < 1 || node > nodes) {
            status_set(c->status, STATUS_INVALID, "\"%s\" is node %zu", name, node);
            return status_hint(c->status,
                               "nodes are numbered from 1 to %zu; null is the environment", nodes);
        }
        a[(node - 1) * streams + number] += end ? 1.0 : -1.0;
    }
    return true;
}

typedef struct Elements {
    BilinearProblem p;
    Text *streams, *elements;
    uint32_t list; // of streams
    double *y, *sd;
    BilinearState *state;
} Elements;

// A number, or null: not measured.
static bool read_value(Case *c, uint32_t token, bool shared, double *value, bool *known) {
    *known = json_type(c->json, token) != JSON_NULL;
    if (*known) return case_value(c, token, value);
    if (shared) return true;
    return status_set(c->status, STATUS_INVALID, "a value is null");
}

static bool put(Case *c, Elements *x, uint32_t value, uint32_t sd, size_t at, bool shared) {
    bool known, sure;
    if (!read_value(c, value, shared, &x->y[at], &known) ||
        !read_value(c, sd, shared, &x->sd[at], &sure))
        return false;
    x->state[at] = !known             ? BILINEAR_NOT_MEASURED
                   : x->sd[at] == 0.0 ? BILINEAR_EXACT
                                      : BILINEAR_MEASURED;
    if (known && !sure)
        return status_set(c->status, STATUS_INVALID, "a measured value has no uncertainty");
    return true;
}

static bool read_elements(Case *c, bool shared, Elements *x) {
    uint32_t names, nodes;
    *x = (Elements){.p.total = BILINEAR_COMPONENTS_ONLY};
    if (!case_member(c, c->input, "streams", JSON_ARRAY, &x->list) ||
        !case_member(c, c->input, "elements", JSON_ARRAY, &names))
        return false;
    nodes = json_member(c->json, c->input, TEXT("nodes"));
    if (nodes == JSON_NONE)
        return status_set(c->status, STATUS_INVALID, "member \"nodes\" is missing");
    if (json_type(c->json, nodes) == JSON_OBJECT)
        x->p.nodes = json_count(c->json, nodes); // named from 1 on
    else if (!case_count(c, c->input, "nodes", &x->p.nodes))
        return false;
    BilinearProblem *p = &x->p;
    p->streams = json_count(c->json, x->list);
    p->components = json_count(c->json, names);
    size_t all = bilinear_values(p), s = 0, e = 0;
    double *a = arena_take_zero(c->arena, p->nodes * p->streams + 1, sizeof *a);
    x->streams = arena_take_zero(c->arena, p->streams + 1, sizeof(Text));
    x->elements = arena_take_zero(c->arena, p->components + 1, sizeof(Text));
    x->y = arena_take_zero(c->arena, all + 1, sizeof(double));
    x->sd = arena_take_zero(c->arena, all + 1, sizeof(double));
    x->state = arena_take_zero(c->arena, all + 1, sizeof(BilinearState));
    if (!a || !x->streams || !x->elements || !x->y || !x->sd || !x->state)
        return status_no_memory(c->status);
    for (uint32_t i = json_begin(names); i != json_end(c->json, names);
         i = json_next(c->json, i), e++)
        if (!json_text(c->json, i, c->arena, &x->elements[e], c->status)) return false;
    for (uint32_t i = json_begin(x->list); i != json_end(c->json, x->list);
         i = json_next(c->json, i), s++) {
        uint32_t id, fraction, sd, mass = json_member(c->json, i, TEXT("mass")),
                                   sd_mass = json_member(c->json, i, TEXT("sd_mass"));
        if (!case_member(c, i, "id", JSON_STRING, &id) ||
            !json_text(c->json, id, c->arena, &x->streams[s], c->status) ||
            !case_ends(c, i, p->nodes, p->streams, s, a) ||
            !case_member(c, i, "fraction", JSON_ARRAY, &fraction) ||
            !case_member(c, i, "sd_fraction", JSON_ARRAY, &sd))
            return false;
        if (mass == JSON_NONE || sd_mass == JSON_NONE)
            return status_set(c->status, STATUS_INVALID, "stream %zu has no mass or no sd_mass",
                              s + 1);
        if (json_count(c->json, fraction) != p->components ||
            json_count(c->json, sd) != p->components)
            return status_set(c->status, STATUS_INVALID, "stream %zu has not %zu fractions", s + 1,
                              p->components);
        if (!put(c, x, mass, sd_mass, bilinear_flow(s), shared)) return false;
        e = 0;
        uint32_t k = json_begin(sd);
        for (uint32_t j = json_begin(fraction); j != json_end(c->json, fraction);
             j = json_next(c->json, j), k = json_next(c->json, k), e++)
            if (!put(c, x, j, k, bilinear_fraction(p, e, s), shared)) return false;
    }
    p->a = a;
    p->y = x->y;
    p->sd = x->sd;
    p->state = x->state;
    for (size_t i = 0; i < all; i++)
        if (!case_in_reach(c, "stream", x->streams[i % p->streams], x->y[i], x->sd[i]))
            return false;
    return case_distinct(c, x->streams, p->streams, "stream") &&
           case_distinct(c, x->elements, p->components, "element");
}

// An object by stream of one figure each.
static void check_by_stream(Case *c, const Elements *x, uint32_t object, const char *name,
                            const char *tolerance, const double *values) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    for (uint32_t i = json_begin(token); i != json_end(c->json, token); i = json_next(c->json, i)) {
        size_t s = 0;
        while (s < x->p.streams && !json_text_is(c->json, i, x->streams[s]))
            s++;
        c->visited[i + 1] = true;
        if (s == x->p.streams)
            check_fails(c, i, "there is no such stream");
        else
            check_value(c, i + 1, tolerance, true, values[s]);
    }
}

static void check_cells(Case *c, uint32_t object, const char *name, size_t rows, size_t width,
                        const double *values) {
    uint32_t token = check_member(c, object, name);
    if (token == JSON_NONE) return;
    if (json_type(c->json, token) != JSON_ARRAY || json_count(c->json, token) != rows) {
        check_fails(c, token, "%zu rows instead of another number of them", rows);
        return;
    }
    uint32_t row = json_begin(token);
    for (size_t i = 0; i < rows; i++, row = json_next(c->json, row)) {
        c->visited[row] = true;
        if (json_count(c->json, row) != width) {
            check_fails(c, row, "%zu values instead of another number of them", width);
            continue;
        }
        uint32_t one = json_begin(row);
        for (size_t j = 0; j < width; j++, one = json_next(c->json, one))
            check_value(c, one, name, true, values[i * width + j]);
    }
}

// ---- ree_network ----

typedef struct Ranked {
    size_t node, signature;
    double t, size, sigma;
} Ranked;

static int by_t(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    if (x->t != y->t) return x->t > y->t ? -1 : 1;
    if (x->signature != y->signature) return x->signature < y->signature ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static bool check_ranking(Case *c, const Elements *x, const ComponentTests *tests) {
    uint32_t signatures, list = check_member(c, c->expected, "glr_top");
    if (list == JSON_NONE) return true;
    if (!case_member(c, c->input, "signatures", JSON_OBJECT, &signatures)) return false;
    size_t count = json_count(c->json, signatures), at = 0, rank = 0;
    Ranked *ranked = arena_take_zero(c->arena, count * x->p.nodes + 1, sizeof *ranked);
    if (!ranked) return status_no_memory(c->status);
    for (uint32_t i = json_begin(signatures); i != json_end(c->json, signatures);
         i = json_next(c->json, i), at++) {
        double *pattern = arena_take_zero(c->arena, x->p.components + 1, sizeof *pattern);
        if (!pattern) return status_no_memory(c->status);
        if (json_type(c->json, i + 1) != JSON_ARRAY ||
            json_count(c->json, i + 1) != x->p.components)
            return status_set(c->status, STATUS_INVALID, "signature %zu has not %zu elements",
                              at + 1, x->p.components);
        size_t e = 0;
        for (uint32_t j = json_begin(i + 1); j != json_end(c->json, i + 1);
             j = json_next(c->json, j), e++)
            if (!case_value(c, j, &pattern[e])) return false;
        for (size_t node = 0; node < x->p.nodes; node++) {
            Ranked *r = &ranked[at * x->p.nodes + node];
            *r = (Ranked){node, at, 0, 0, 0};
            component_pattern(tests, node, x->p.components, pattern, &r->t, &r->size, &r->sigma);
        }
    }
    qsort(ranked, count * x->p.nodes, sizeof *ranked, by_t);
    for (uint32_t i = json_begin(list); i != json_end(c->json, list);
         i = json_next(c->json, i), rank++) {
        c->visited[i] = true;
        if (rank >= count * x->p.nodes) {
            check_fails(c, i, "there are not so many");
            break;
        }
        const Ranked *r = &ranked[rank];
        uint32_t name = check_member(c, i, "signature"), place = 0;
        check_count(c, i, "node", true, r->node + 1);
        Text text;
        if (name != JSON_NONE && json_text(c->json, name, c->arena, &text, c->status) &&
            (!case_place(c, signatures, text, &place) || place != r->signature))
            check_fails(c, name, "signature %zu instead", r->signature + 1);
        check_number(c, i, "T", r->t);
        check_number(c, i, "unrecorded_source_t_of_element_sum", -r->size);
        check_number(c, i, "sd", r->sigma);
    }
    return true;
}

bool case_elements(Case *c) {
    Elements x;
    ComponentTests tests;
    BilinearResult r;
    if (!read_elements(c, false, &x) || !component_tests(&x.p, c->arena, &tests, c->status) ||
        !bilinear_solve(&x.p, false, c->arena, &r, c->status))
        return false;
    size_t m = x.p.nodes, k = x.p.components;
    uint32_t e = check_member(c, c->expected, "linearised");
    if (e != JSON_NONE) {
        check_skip(c, e, "order"); // node by node, elements inside: ours too
        check_cells(c, e, "imbalance_t", m, k, tests.imbalance);
        check_cells(c, e, "z_nodal", m, k, tests.z);
        check_cells(c, e, "z_nodal_mp", m, k, tests.z_best);
        check_number(c, e, "chi2", tests.chi2);
        check_count(c, e, "df", true, tests.cells);
        check_number(c, e, "p_value", tests.p_value);
    }
    e = check_member(c, c->expected, "bilinear");
    if (e != JSON_NONE) {
        double rel = c->rel;
        uint32_t own = c->tolerance == JSON_NONE
                           ? JSON_NONE
                           : json_member(c->json, c->tolerance, TEXT("bilinear_rel"));
        if (own != JSON_NONE && !case_value(c, own, &c->rel)) return false;
        check_number(c, e, "objective", r.fit.objective);
        check_count(c, e, "df", true, r.fit.df);
        check_by_stream(c, &x, e, "mass", "mass", r.fit.x);
        for (size_t i = 0; i < k; i++) {
            char *name = arena_format(c->arena, "%.*s_fraction", TEXT_ARG(x.elements[i]));
            if (!name) return status_no_memory(c->status);
            if (json_member(c->json, e, text_of(name)) != JSON_NONE)
                check_by_stream(c, &x, e, name, "fraction",
                                r.fit.x + bilinear_fraction(&x.p, i, 0));
        }
        c->rel = rel;
    }
    return check_ranking(c, &x, &tests);
}

// ---- ree_network_shared ----

typedef struct Shared {
    uint32_t scales, labs; // objects of relative uncertainties
    size_t scale_count, lab_count;
} Shared;

static bool group_of(Case *c, uint32_t stream, const char *name, uint32_t groups, size_t *group,
                     double *rel) {
    *group = SIZE_MAX;
    if (!case_has(c, stream, name)) return true;
    uint32_t token, place;
    Text text;
    if (!case_member(c, stream, name, JSON_STRING, &token) ||
        !json_text(c->json, token, c->arena, &text, c->status))
        return false;
    if (!case_place(c, groups, text, &place))
        return status_set(c->status, STATUS_INVALID, "%s \"%.*s\" has no uncertainty", name,
                          TEXT_ARG(text));
    *group = place;
    return case_value(c, json_member(c->json, groups, text), rel);
}

static bool read_shared(Case *c, Elements *x, Shared *s) {
    if (!case_member(c, c->input, "scale_rel_sd", JSON_OBJECT, &s->scales) ||
        !case_member(c, c->input, "lab_rel_sd", JSON_OBJECT, &s->labs))
        return false;
    BilinearProblem *p = &x->p;
    s->scale_count = json_count(c->json, s->scales);
    s->lab_count = json_count(c->json, s->labs);
    p->groups = s->scale_count + s->lab_count * p->components;
    double *loading =
        arena_take_zero(c->arena, (bilinear_values(p) + 1) * p->groups + 1, sizeof *loading);
    if (!loading) return status_no_memory(c->status);
    size_t n = 0;
    for (uint32_t i = json_begin(x->list); i != json_end(c->json, x->list);
         i = json_next(c->json, i), n++) {
        size_t scale, lab;
        double of_scale = 0.0, of_lab = 0.0;
        if (!group_of(c, i, "scale", s->scales, &scale, &of_scale) ||
            !group_of(c, i, "lab", s->labs, &lab, &of_lab))
            return false;
        if (scale != SIZE_MAX && x->state[bilinear_flow(n)] == BILINEAR_MEASURED)
            loading[bilinear_flow(n) * p->groups + scale] = of_scale * x->y[bilinear_flow(n)];
        for (size_t e = 0; lab != SIZE_MAX && e < p->components; e++) {
            size_t at = bilinear_fraction(p, e, n);
            if (x->state[at] == BILINEAR_MEASURED)
                loading[at * p->groups + s->scale_count + lab * p->components + e] =
                    of_lab * x->y[at];
        }
    }
    p->loading = loading;
    return true;
}

static void check_biases(Case *c, const Elements *x, const Shared *s, const BilinearResult *r) {
    uint32_t e = check_member(c, c->expected, "bias_estimate");
    if (e == JSON_NONE) return;
    uint32_t scales = check_member(c, e, "scale"), labs = check_member(c, e, "lab");
    for (uint32_t i = scales == JSON_NONE ? JSON_NONE : json_begin(scales);
         scales != JSON_NONE && i != json_end(c->json, scales); i = json_next(c->json, i)) {
        Text name;
        uint32_t place;
        Status ignored;
        if (json_text(c->json, i, c->arena, &name, &ignored) &&
            case_place(c, s->scales, name, &place))
            check_value(c, i + 1, "bias", true, r->bias[place]);
    }
    for (uint32_t i = labs == JSON_NONE ? JSON_NONE : json_begin(labs);
         labs != JSON_NONE && i != json_end(c->json, labs); i = json_next(c->json, i)) {
        Text name;
        uint32_t place;
        Status ignored;
        c->visited[i + 1] = true;
        if (!json_text(c->json, i, c->arena, &name, &ignored) ||
            !case_place(c, s->labs, name, &place))
            continue;
        if (json_count(c->json, i + 1) != x->p.components) {
            check_fails(c, i + 1, "not one for each element");
            continue;
        }
        size_t k = 0;
        for (uint32_t j = json_begin(i + 1); j != json_end(c->json, i + 1);
             j = json_next(c->json, j), k++)
            check_value(c, j, "bias", true, r->bias[s->scale_count + place * x->p.components + k]);
    }
}

static bool check_source(Case *c, Elements *x) {
    uint32_t e = check_member(c, c->expected, "source_fit"), source;
    if (e == JSON_NONE) return true;
    double *pattern;
    size_t node;
    BilinearResult r;
    if (!case_member(c, c->input, "candidate_source", JSON_OBJECT, &source) ||
        !case_count(c, source, "node", &node) ||
        !case_numbers_exactly(c, source, "signature", x->p.components, &pattern))
        return false;
    if (node < 1 || node > x->p.nodes)
        return status_set(c->status, STATUS_INVALID, "there is no node %zu", node);
    BilinearProblem p = x->p;
    p.has_source = true;
    p.source_node = node - 1;
    p.source = pattern;
    // The source is an unknown that was not measured: it takes one degree of freedom.
    if (!bilinear_solve(&p, true, c->arena, &r, c->status)) return false;
    check_count(c, e, "node", true, node);
    check_number(c, e, "source_t", r.source);
    check_number(c, e, "sd", r.source_sd);
    check_number(c, e, "chi2", r.fit.objective);
    check_count(c, e, "df", true, r.fit.df);
    return true;
}

bool case_elements_shared(Case *c) {
    Elements x;
    Shared s;
    BilinearResult r;
    if (!read_elements(c, true, &x) || !read_shared(c, &x, &s) ||
        !bilinear_solve(&x.p, true, c->arena, &r, c->status))
        return false;
    uint32_t e = c->expected;
    check_number(c, e, "chi2", r.fit.objective);
    check_count(c, e, "df", true, r.fit.df);
    check_optional(c, e, "p_value", r.fit.df > 0, r.fit.p_value);
    check_by_stream(c, &x, e, "mass", "mass", r.fit.x);
    check_by_stream(c, &x, e, "sd_mass", "sd_mass", r.sd);
    uint32_t fractions = check_member(c, e, "fraction");
    for (uint32_t i = fractions == JSON_NONE ? JSON_NONE : json_begin(fractions);
         fractions != JSON_NONE && i != json_end(c->json, fractions); i = json_next(c->json, i)) {
        size_t n = 0;
        c->visited[i + 1] = true;
        while (n < x.p.streams && !json_text_is(c->json, i, x.streams[n]))
            n++;
        if (n == x.p.streams || json_count(c->json, i + 1) != x.p.components) {
            check_fails(c, i, "there is no such stream, or not one fraction for each element");
            continue;
        }
        size_t k = 0;
        for (uint32_t j = json_begin(i + 1); j != json_end(c->json, i + 1);
             j = json_next(c->json, j), k++) {
            size_t at = bilinear_fraction(&x.p, k, n);
            check_value(c, j, "fraction", r.fit.class_of[at] != VALUE_UNOBSERVABLE, r.fit.x[at]);
        }
    }
    check_biases(c, &x, &s, &r);
    return check_source(c, &x);
}
