#include "cli/case_scale.h"

#include "reconcile/flow.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Layered {
    size_t layers, width, offsets, nodes, streams;
    double *offset, *fraction, *leak; // leak: by node
    uint64_t seed;
    uint32_t *from, *to;
    double *truth, *value, *sigma;
} Layered;

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static double uniform(uint64_t *state) {
    return ((double)(splitmix64(state) >> 11) + 0.5) * 0x1p-53;
}

static bool read_leaks(Case *c, Layered *l) {
    uint32_t array;
    if (!case_has(c, c->input, "leaks")) return true;
    if (!case_member(c, c->input, "leaks", JSON_ARRAY, &array)) return false;
    for (uint32_t i = json_begin(array); i != json_end(c->json, array); i = json_next(c->json, i)) {
        size_t layer, place;
        double amount;
        if (!case_count(c, i, "layer", &layer) || !case_count(c, i, "w", &place) ||
            !case_number(c, i, "amount", &amount)) {
            return false;
        }
        if (layer >= l->layers || place >= l->width) {
            return status_set(c->status, STATUS_INVALID, "leak at layer %zu, w %zu: no such node",
                              layer, place);
        }
        l->leak[layer * l->width + place] = amount; // the last word on a node counts
    }
    return true;
}

static bool read_layered(Case *c, Layered *l) {
    size_t fractions, seed;
    if (!case_count(c, c->input, "layers", &l->layers) ||
        !case_count(c, c->input, "width", &l->width) || !case_count(c, c->input, "seed", &seed) ||
        !case_numbers(c, c->input, "offsets", &l->offset, NULL, &l->offsets) ||
        !case_numbers(c, c->input, "fractions", &l->fraction, NULL, &fractions)) {
        return false;
    }
    if (fractions != l->offsets) {
        return status_set(c->status, STATUS_INVALID, "%zu fractions for %zu offsets", fractions,
                          l->offsets);
    }
    for (size_t k = 0; k < l->offsets; k++) {
        if (!(l->offset[k] >= 0.0 && l->offset[k] < 1e9 && l->offset[k] == floor(l->offset[k]))) {
            return status_set(c->status, STATUS_INVALID, "offset \"%g\"", l->offset[k]) ||
                   status_hint(c->status, "it must be a whole number");
        }
    }
    l->seed = seed;
    if (l->layers == 0 || l->width == 0 || l->layers > 1000000 / l->width || l->offsets > 100) {
        return status_set(c->status, STATUS_LIMIT, "%zu layers of %zu with %zu offsets", l->layers,
                          l->width, l->offsets) ||
               status_hint(c->status, "at least one node, at most a million, 100 offsets");
    }
    l->nodes = l->layers * l->width;
    l->streams = 2 * l->width + (l->layers - 1) * l->width * l->offsets;
    l->leak = arena_take_zero(c->arena, l->nodes, sizeof *l->leak);
    l->from = arena_take(c->arena, l->streams * sizeof *l->from);
    l->to = arena_take(c->arena, l->streams * sizeof *l->to);
    l->truth = arena_take(c->arena, l->streams * sizeof *l->truth);
    l->value = arena_take(c->arena, l->streams * sizeof *l->value);
    l->sigma = arena_take(c->arena, l->streams * sizeof *l->sigma);
    if (!l->leak || !l->from || !l->to || !l->truth || !l->value || !l->sigma) {
        return status_no_memory(c->status);
    }
    return read_leaks(c, l);
}

static void add_stream(Layered *l, size_t *at, uint32_t from, uint32_t to, double truth) {
    l->from[*at] = from;
    l->to[*at] = to;
    l->truth[(*at)++] = truth;
}

// As `generator` in the case says, word for word.
static bool generate(Case *c, Layered *l) {
    double *through = arena_take_zero(c->arena, l->nodes, sizeof *through);
    if (!through) return status_no_memory(c->status);
    size_t at = 0, last = (l->layers - 1) * l->width;
    for (size_t w = 0; w < l->width; w++) {
        through[w] = 100.0 + (double)(w % 17);
        add_stream(l, &at, FLOW_OUTSIDE, (uint32_t)w, through[w]);
    }
    for (size_t i = 0; i < last; i++) {
        size_t layer = i / l->width, w = i % l->width;
        double out = through[i] - l->leak[i];
        for (size_t k = 0; k < l->offsets; k++) {
            size_t next = (layer + 1) * l->width + (w + (size_t)l->offset[k]) % l->width;
            through[next] += l->fraction[k] * out;
            add_stream(l, &at, (uint32_t)i, (uint32_t)next, l->fraction[k] * out);
        }
    }
    for (size_t i = last; i < l->nodes; i++)
        add_stream(l, &at, (uint32_t)i, FLOW_OUTSIDE, through[i] - l->leak[i]);
    uint64_t state = l->seed;
    for (size_t j = 0; j < l->streams; j++) {
        double u = uniform(&state), v = uniform(&state);
        l->sigma[j] = 0.01 * l->truth[j];
        l->value[j] =
            l->truth[j] + l->sigma[j] * sqrt(-2.0 * log(u)) * cos(2.0 * 3.14159265358979323846 * v);
        if (!(l->sigma[j] >= 0.0)) {
            return status_set(c->status, STATUS_INVALID, "stream %zu has flow \"%g\"", j,
                              l->truth[j]) ||
                   status_hint(c->status, "more leaks than flows through");
        }
    }
    return true;
}

// An object of stream numbers and values.
static bool check_at(Case *c, const char *name, const Layered *l, const double *values) {
    uint32_t object = check_member(c, c->expected, name);
    if (object == JSON_NONE) return true;
    for (uint32_t i = json_begin(object); i != json_end(c->json, object);
         i = json_next(c->json, i)) {
        Text key;
        char digits[24];
        if (!json_text(c->json, i, c->arena, &key, c->status)) return false;
        snprintf(digits, sizeof digits, "%.*s", TEXT_ARG(key));
        char *end;
        unsigned long long j = strtoull(digits, &end, 10);
        if (*end || end == digits || j >= l->streams) {
            return status_set(c->status, STATUS_INVALID, "\"%s\" has no stream \"%s\"", name,
                              digits);
        }
        check_value(c, i + 1, name, true, values[j]);
    }
    return true;
}

static void check_top(Case *c, const Layered *l, const FlowResult *r, const double *z) {
    uint32_t array = check_member(c, c->expected, "top_nodes");
    if (array == JSON_NONE) return;
    size_t last = l->nodes;
    double least = INFINITY;
    for (uint32_t i = json_begin(array); i != json_end(c->json, array); i = json_next(c->json, i)) {
        c->visited[i] = true;
        // The next by |z|; ties go by place.
        size_t best = l->nodes;
        for (size_t k = 0; k < l->nodes; k++) {
            double size = fabs(z[k]);
            bool after = size < least || (size == least && k > last);
            if (after && (best == l->nodes || size > fabs(z[best]))) best = k;
        }
        if (best == l->nodes) {
            check_fails(c, i, "there are %zu nodes only", l->nodes);
            return;
        }
        last = best;
        least = fabs(z[best]);
        check_count(c, i, "layer", true, best / l->width);
        check_count(c, i, "w", true, best % l->width);
        check_number(c, i, "z_nodal_mp", z[best]);
        check_number(c, i, "leak_estimate", r->multiplier[best] / r->information[best]);
    }
}

static bool check_outputs(Case *c, const Layered *l) {
    uint32_t array = check_member(c, c->expected, "first_splitmix64_outputs");
    if (array == JSON_NONE) return true;
    uint64_t state = l->seed;
    for (uint32_t i = json_begin(array); i != json_end(c->json, array); i = json_next(c->json, i)) {
        Text text;
        char ours[24];
        c->visited[i] = true;
        snprintf(ours, sizeof ours, "0x%llx", (unsigned long long)splitmix64(&state));
        if (!json_text(c->json, i, c->arena, &text, c->status)) return false;
        if (!text_equal(text, text_of(ours))) check_fails(c, i, "%s", ours);
    }
    return true;
}

static bool run_scale(Case *c) {
    Layered l = {0};
    FlowResult r;
    if (!read_layered(c, &l) || !generate(c, &l)) return false;
    FlowNetwork network = {.nodes = l.nodes,
                           .streams = l.streams,
                           .from = l.from,
                           .to = l.to,
                           .value = l.value,
                           .sigma = l.sigma};
    FlowOptions options = {.method = FLOW_DIRECT, .uncertainties = true};
    if (!flow_reconcile(&network, options, c->arena, &r, c->status)) return false;
    double reconciled = 0.0, imbalance = 0.0, trace = 0.0;
    double *z = arena_take_zero(c->arena, l.nodes, sizeof *z);
    if (!z) return status_no_memory(c->status);
    for (size_t j = 0; j < l.streams; j++)
        reconciled += r.reconciled[j];
    for (size_t i = 0; i < l.nodes; i++) {
        imbalance += r.imbalance[i];
        trace += r.information[i];
        if (r.information[i] > 0.0) z[i] = r.multiplier[i] / sqrt(r.information[i]);
    }
    uint32_t e = c->expected;
    check_count(c, e, "streams", true, l.streams);
    check_count(c, e, "nodes", true, l.nodes);
    check_count(c, e, "df", true, r.df);
    check_number(c, e, "chi2", r.chi2);
    check_number(c, e, "sum_reconciled", reconciled);
    check_number(c, e, "sum_imbalance", imbalance);
    check_number(c, e, "sum_diag_inverse_H", trace);
    if (r.trace_error > 1e-8) {
        check_fails(c, e, "the trace identity misses by %.2g", r.trace_error);
    }
    check_top(c, &l, &r, z);
    return check_at(c, "reconciled_at", &l, r.reconciled) &&
           check_at(c, "measured_at", &l, l.value) && check_outputs(c, &l);
}

const CaseKind CASE_KINDS_SCALE[] = {{"scale", run_scale}, {NULL, NULL}};
