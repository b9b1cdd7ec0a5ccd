// Reduction of a network to its graph: classes of streams, vertices, components, edges.
#include "reconcile/flow_graph.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// What exact values may miss a balance by, as a share of their sum: they are decimal figures.
static const double EXACT_SLACK = 1e-9;

typedef struct Build {
    const FlowNetwork *network;
    FlowGraph *graph;
    Arena *keep, *work; // what stays, what goes
    uint32_t outside;   // the environment as a node: the last
    uint32_t *group;    // by node: its tree of unmeasured streams, named by the root
    uint32_t *set;      // by node: union-find over groups
    Status *status;
} Build;

static bool fails_stream(Build *b, size_t j, const char *what, double value, const char *hint) {
    status_set(b->status, STATUS_INVALID, "%s \"%g\" of stream %zu", what, value, j);
    return status_hint(b->status, "%s", hint);
}

static uint32_t node_of(const Build *b, uint32_t end) {
    return end == FLOW_OUTSIDE ? b->outside : end;
}

static bool measured(const FlowNetwork *network, size_t j) {
    return !isinf(network->sigma[j]);
}

// ---- values, first classes, imbalances ----

static bool look_at_streams(Build *b) {
    const FlowNetwork *w = b->network;
    for (size_t j = 0; j < w->streams; j++) {
        if ((w->from[j] >= w->nodes && w->from[j] != FLOW_OUTSIDE) ||
            (w->to[j] >= w->nodes && w->to[j] != FLOW_OUTSIDE)) {
            return status_set(b->status, STATUS_INVALID, "stream %zu has an end that is no node",
                              j);
        }
        double sigma = w->sigma[j], variance = sigma * sigma;
        if (isnan(sigma) || sigma < 0.0) {
            return fails_stream(b, j, "sigma", sigma,
                                "it must be 0 (exact), positive, or infinite");
        }
        if (!measured(w, j)) {
            b->graph->class_of[j] = FLOW_UNOBSERVABLE;
            continue;
        }
        if (!isfinite(w->value[j])) {
            return fails_stream(b, j, "value", w->value[j], "a measured value must be a number");
        }
        if (sigma > 0.0 && (!isfinite(variance) || variance < 1e-290)) {
            return fails_stream(b, j, "sigma", sigma,
                                "its square must be a number; scale the unit");
        }
        b->graph->class_of[j] = sigma > 0.0 ? FLOW_NONREDUNDANT : FLOW_EXACT;
        if (w->to[j] != FLOW_OUTSIDE) b->graph->imbalance[w->to[j]] += w->value[j];
        if (w->from[j] != FLOW_OUTSIDE) b->graph->imbalance[w->from[j]] -= w->value[j];
    }
    for (size_t i = 0; i < w->nodes; i++) {
        if (!isfinite(b->graph->imbalance[i])) {
            return status_set(b->status, STATUS_INVALID, "values at node %zu sum to no number", i);
        }
    }
    return true;
}

// ---- unmeasured streams: groups, the walk that finds their values, which of them can be told ----

typedef struct Hop {
    uint32_t stream, node;
} Hop;

typedef struct Walk {
    size_t *start;                // by node, into hops
    Hop *hops;                    // unmeasured streams at a node
    uint32_t *order;              // by node: when it was reached, from 1; 0: not yet
    uint32_t *low;                // the earliest reached from below (Tarjan 1972)
    size_t *next;                 // by node: hop to look at next
    uint32_t *stack, *above, *by; // by depth; by node: parent, stream to it
    uint32_t *sequence;
} Walk;

static bool walk_init(Build *b, Walk *k, size_t *unmeasured) {
    const FlowNetwork *w = b->network;
    size_t n = w->nodes + 1, count = 0;
    for (size_t j = 0; j < w->streams; j++)
        count += !measured(w, j);
    *unmeasured = count;
    if (count == 0) return true;
    k->start = arena_take_zero(b->work, n + 2, sizeof *k->start);
    k->hops = arena_take(b->work, (2 * count + 1) * sizeof *k->hops);
    k->order = arena_take_zero(b->work, n, sizeof *k->order);
    k->low = arena_take_zero(b->work, n, sizeof *k->low);
    k->next = arena_take(b->work, n * sizeof *k->next);
    k->stack = arena_take(b->work, n * sizeof *k->stack);
    k->above = arena_take(b->work, n * sizeof *k->above);
    k->by = arena_take(b->work, n * sizeof *k->by);
    k->sequence = arena_take(b->work, n * sizeof *k->sequence);
    if (!k->start || !k->hops || !k->order || !k->low || !k->next || !k->stack || !k->above ||
        !k->by || !k->sequence) {
        return status_no_memory(b->status);
    }
    for (size_t j = 0; j < w->streams; j++) {
        if (measured(w, j)) continue;
        k->start[node_of(b, w->from[j]) + 2]++;
        k->start[node_of(b, w->to[j]) + 2]++;
    }
    for (size_t i = 2; i < n + 2; i++)
        k->start[i] += k->start[i - 1];
    for (size_t j = 0; j < w->streams; j++) {
        if (measured(w, j)) continue;
        uint32_t from = node_of(b, w->from[j]), to = node_of(b, w->to[j]);
        k->hops[k->start[from + 1]++] = (Hop){(uint32_t)j, to};
        k->hops[k->start[to + 1]++] = (Hop){(uint32_t)j, from};
    }
    for (size_t i = 0; i < n; i++)
        k->next[i] = k->start[i];
    return true;
}

// Depth first from one root; every node reached joins its group.
static void walk_from(Build *b, Walk *k, uint32_t root, uint32_t *clock) {
    size_t depth = 0;
    k->stack[depth++] = root;
    k->above[root] = root;
    k->by[root] = UINT32_MAX;
    k->order[root] = k->low[root] = ++*clock;
    while (depth > 0) {
        uint32_t at = k->stack[depth - 1];
        if (k->next[at] == k->start[at + 1]) {
            depth--;
            if (at == root) continue;
            uint32_t parent = k->above[at];
            if (k->low[at] < k->low[parent]) k->low[parent] = k->low[at];
            if (k->low[at] == k->order[at]) b->graph->class_of[k->by[at]] = FLOW_OBSERVABLE;
            continue;
        }
        Hop hop = k->hops[k->next[at]++];
        if (hop.stream == k->by[at]) continue;
        if (k->order[hop.node] == 0) {
            b->group[hop.node] = root;
            k->order[hop.node] = k->low[hop.node] = ++*clock;
            k->above[hop.node] = at;
            k->by[hop.node] = hop.stream;
            k->sequence[b->graph->tree_count++] = hop.node;
            k->stack[depth++] = hop.node;
        } else if (k->order[hop.node] < k->low[at]) {
            k->low[at] = k->order[hop.node];
        }
    }
}

static bool join_unmeasured(Build *b) {
    size_t n = b->network->nodes + 1, unmeasured;
    for (size_t i = 0; i < n; i++)
        b->group[i] = (uint32_t)i;
    Walk k = {0};
    if (!walk_init(b, &k, &unmeasured)) return false;
    if (unmeasured == 0) return true;
    uint32_t clock = 0;
    walk_from(b, &k, b->outside, &clock);
    for (uint32_t i = 0; i < b->outside; i++) {
        if (k.order[i] == 0 && k.start[i] != k.start[i + 1]) walk_from(b, &k, i, &clock);
    }
    FlowGraph *g = b->graph;
    g->tree_node = arena_take(b->keep, g->tree_count * sizeof *g->tree_node);
    g->tree_parent = arena_take(b->keep, g->tree_count * sizeof *g->tree_parent);
    g->tree_stream = arena_take(b->keep, g->tree_count * sizeof *g->tree_stream);
    if (!g->tree_node || !g->tree_parent || !g->tree_stream) return status_no_memory(b->status);
    for (size_t i = 0; i < g->tree_count; i++) {
        uint32_t node = k.sequence[g->tree_count - 1 - i];
        g->tree_node[i] = node;
        g->tree_parent[i] = k.above[node];
        g->tree_stream[i] = k.by[node];
    }
    return true;
}

// ---- components, and what exact values say of closed ones ----

static uint32_t set_find(uint32_t *set, uint32_t i) {
    while (set[i] != i) {
        set[i] = set[set[i]];
        i = set[i];
    }
    return i;
}

// The outside keeps its own name, so that "joined to it" can be asked for.
static void set_join(Build *b, uint32_t i, uint32_t j) {
    uint32_t x = set_find(b->set, i), y = set_find(b->set, j);
    if (x == y) return;
    if (x == b->group[b->outside])
        b->set[y] = x;
    else
        b->set[x] = y;
}

static bool find_components(Build *b) {
    const FlowNetwork *w = b->network;
    for (size_t i = 0; i <= w->nodes; i++)
        b->set[i] = b->group[i];
    for (size_t j = 0; j < w->streams; j++) {
        uint32_t from = b->group[node_of(b, w->from[j])], to = b->group[node_of(b, w->to[j])];
        if (b->graph->class_of[j] != FLOW_NONREDUNDANT || from == to) continue;
        b->graph->class_of[j] = FLOW_REDUNDANT;
        set_join(b, from, to);
    }
    return true;
}

static bool name_contradiction(Build *b, uint32_t component, double missing) {
    const FlowNetwork *w = b->network;
    char names[160];
    int length = 0, named = 0;
    for (size_t j = 0; j < w->streams && named < 4; j++) {
        if (b->graph->class_of[j] != FLOW_EXACT || w->value[j] == 0.0) continue;
        uint32_t from = set_find(b->set, b->group[node_of(b, w->from[j])]);
        uint32_t to = set_find(b->set, b->group[node_of(b, w->to[j])]);
        if (from == to || (from != component && to != component)) continue;
        length +=
            snprintf(names + length, sizeof names - (size_t)length, "%s%zu", named ? ", " : "", j);
        named++;
    }
    status_set(b->status, STATUS_INVALID,
               "exact values contradict each other by \"%g\": streams %s%s", missing, names,
               named == 4 ? ", ..." : "");
    return status_hint(b->status, "they alone enter and leave a part that must balance");
}

static bool check_exact(Build *b) {
    const FlowNetwork *w = b->network;
    double *sum = NULL, *size = NULL;
    for (size_t j = 0; j < w->streams; j++) {
        if (b->graph->class_of[j] != FLOW_EXACT) continue;
        if (!sum) {
            sum = arena_take_zero(b->work, w->nodes + 1, sizeof *sum);
            size = arena_take_zero(b->work, w->nodes + 1, sizeof *size);
            if (!sum || !size) return status_no_memory(b->status);
        }
        uint32_t from = set_find(b->set, b->group[node_of(b, w->from[j])]);
        uint32_t to = set_find(b->set, b->group[node_of(b, w->to[j])]);
        if (from == to) continue;
        sum[to] += w->value[j];
        sum[from] -= w->value[j];
        size[to] += fabs(w->value[j]);
        size[from] += fabs(w->value[j]);
    }
    if (!sum) return true;
    uint32_t ground = set_find(b->set, b->group[b->outside]);
    for (uint32_t i = 0; i < b->outside; i++) {
        if (b->set[i] != i || i == ground) continue;
        if (!(fabs(sum[i]) <= EXACT_SLACK * size[i])) return name_contradiction(b, i, sum[i]);
    }
    return true;
}

// Numbers the vertices in the order of the nodes; one of each closed component is ground.
static bool number_vertices(Build *b) {
    FlowGraph *g = b->graph;
    size_t nodes = b->network->nodes;
    uint32_t *number = arena_take(b->work, (nodes + 1) * sizeof *number);
    bool *closed = arena_take_zero(b->work, nodes + 1, sizeof *closed);
    if (!number || !closed) return status_no_memory(b->status);
    const uint32_t unnumbered = UINT32_MAX - 1;
    uint32_t ground = set_find(b->set, b->group[b->outside]);
    for (size_t i = 0; i <= nodes; i++)
        number[i] = unnumbered;
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t group = b->group[i], component = set_find(b->set, group);
        if (number[group] == unnumbered) {
            if (group == b->group[b->outside]) {
                number[group] = FLOW_GROUND;
            } else if (component != ground && !closed[component]) {
                closed[component] = true;
                number[group] = FLOW_GROUND;
            } else {
                number[group] = (uint32_t)g->n++;
            }
        }
        g->vertex[i] = number[group];
        g->testable[i] = component == ground && number[group] != FLOW_GROUND;
    }
    return true;
}

// ---- edges ----

static uint32_t vertex_of(const FlowGraph *g, uint32_t end) {
    return end == FLOW_OUTSIDE ? FLOW_GROUND : g->vertex[end];
}

// Neighbours by vertex, unsorted and with repetitions, as (neighbour, weight).
static bool gather_edges(Build *b, size_t **start_out, uint32_t **to_out, double **weight_out) {
    const FlowNetwork *w = b->network;
    FlowGraph *g = b->graph;
    size_t *start = arena_take_zero(b->work, g->n + 2, sizeof *start);
    if (!start) return status_no_memory(b->status);
    for (size_t j = 0; j < w->streams; j++) {
        if (g->class_of[j] != FLOW_REDUNDANT) continue;
        uint32_t p = vertex_of(g, w->from[j]), q = vertex_of(g, w->to[j]);
        double v = w->sigma[j] * w->sigma[j];
        if (p != FLOW_GROUND && q != FLOW_GROUND) {
            start[p + 2]++;
            start[q + 2]++;
        } else if (p != FLOW_GROUND) {
            g->ground[p] += v;
        } else {
            g->ground[q] += v;
        }
    }
    for (size_t i = 2; i < g->n + 2; i++)
        start[i] += start[i - 1];
    size_t count = start[g->n + 1];
    uint32_t *to = arena_take(b->work, (count + 1) * sizeof *to);
    double *weight = arena_take(b->work, (count + 1) * sizeof *weight);
    if (!to || !weight) return status_no_memory(b->status);
    for (size_t j = 0; j < w->streams; j++) {
        if (g->class_of[j] != FLOW_REDUNDANT) continue;
        uint32_t p = vertex_of(g, w->from[j]), q = vertex_of(g, w->to[j]);
        if (p == FLOW_GROUND || q == FLOW_GROUND) continue;
        double v = w->sigma[j] * w->sigma[j];
        to[start[p + 1]] = q;
        weight[start[p + 1]++] = v;
        to[start[q + 1]] = p;
        weight[start[q + 1]++] = v;
    }
    *start_out = start;
    *to_out = to;
    *weight_out = weight;
    return true;
}

// Sorts by passing every edge through its other end once (a transposition of a symmetric matrix),
// and adds up what lies side by side.
static bool merge_edges(Build *b) {
    FlowGraph *g = b->graph;
    size_t *start = NULL, n = g->n;
    uint32_t *to = NULL;
    double *weight = NULL;
    if (!gather_edges(b, &start, &to, &weight)) return false;
    size_t count = start[n];
    uint32_t *sorted = arena_take(b->work, (count + 1) * sizeof *sorted);
    double *sorted_weight = arena_take(b->work, (count + 1) * sizeof *sorted_weight);
    size_t *fill = arena_take(b->work, (n + 1) * sizeof *fill);
    if (!sorted || !sorted_weight || !fill) return status_no_memory(b->status);
    memcpy(fill, start, (n + 1) * sizeof *fill);
    for (uint32_t v = 0; v < n; v++) {
        for (size_t e = start[v]; e < start[v + 1]; e++) {
            size_t at = fill[to[e]]++;
            sorted[at] = v;
            sorted_weight[at] = weight[e];
        }
    }
    size_t kept = 0;
    for (uint32_t v = 0; v < n; v++) {
        size_t first = kept;
        for (size_t e = start[v]; e < start[v + 1]; e++) {
            if (kept > first && to[kept - 1] == sorted[e]) {
                weight[kept - 1] += sorted_weight[e];
                continue;
            }
            to[kept] = sorted[e]; // never ahead of what is still to be read: that is `sorted`
            weight[kept++] = sorted_weight[e];
        }
        fill[v] = kept;
    }
    if (kept > UINT32_MAX) {
        return status_set(b->status, STATUS_LIMIT, "more than %u edges", UINT32_MAX / 2);
    }
    g->start = arena_take(b->keep, (n + 1) * sizeof *g->start);
    g->neighbour = arena_take(b->keep, (kept + 1) * sizeof *g->neighbour);
    g->weight = arena_take(b->keep, (kept + 1) * sizeof *g->weight);
    if (!g->start || !g->neighbour || !g->weight) return status_no_memory(b->status);
    g->start[0] = 0;
    for (size_t v = 0; v < n; v++)
        g->start[v + 1] = (uint32_t)fill[v];
    memcpy(g->neighbour, to, kept * sizeof *g->neighbour);
    memcpy(g->weight, weight, kept * sizeof *g->weight);
    g->edges = kept / 2;
    return true;
}

static bool build(Build *b) {
    FlowGraph *g = b->graph;
    size_t nodes = b->network->nodes, streams = b->network->streams;
    g->vertex = arena_take(b->keep, (nodes + 1) * sizeof *g->vertex);
    g->testable = arena_take_zero(b->keep, nodes + 1, sizeof *g->testable);
    g->class_of = arena_take_zero(b->keep, streams + 1, sizeof *g->class_of);
    g->imbalance = arena_take_zero(b->keep, nodes + 1, sizeof *g->imbalance);
    b->group = arena_take(b->work, (nodes + 1) * sizeof *b->group);
    b->set = arena_take(b->work, (nodes + 1) * sizeof *b->set);
    if (!g->vertex || !g->testable || !g->class_of || !g->imbalance || !b->group || !b->set) {
        return status_no_memory(b->status);
    }
    if (!look_at_streams(b) || !join_unmeasured(b) || !find_components(b) || !check_exact(b) ||
        !number_vertices(b)) {
        return false;
    }
    g->ground = arena_take_zero(b->keep, g->n + 1, sizeof *g->ground);
    g->rhs = arena_take_zero(b->keep, g->n + 1, sizeof *g->rhs);
    if (!g->ground || !g->rhs) return status_no_memory(b->status);
    for (size_t i = 0; i < nodes; i++) {
        if (g->vertex[i] != FLOW_GROUND) g->rhs[g->vertex[i]] += g->imbalance[i];
    }
    return merge_edges(b);
}

bool flow_graph_build(const FlowNetwork *network, Arena *arena, FlowGraph *graph, Status *status) {
    if (network->nodes > FLOW_NODES_MAX || network->streams > FLOW_STREAMS_MAX) {
        return status_set(status, STATUS_LIMIT, "%zu nodes and %zu streams are more than %d and %d",
                          network->nodes, network->streams, FLOW_NODES_MAX, FLOW_STREAMS_MAX);
    }
    Arena work;
    arena_init(&work, SIZE_MAX / 2);
    FlowGraph made = {0};
    Build b = {.network = network,
               .graph = &made,
               .keep = arena,
               .work = &work,
               .outside = (uint32_t)network->nodes,
               .status = status};
    bool ok = build(&b);
    arena_done(&work);
    if (ok) *graph = made;
    return ok;
}

// ---- use ----

static inline __attribute__((always_inline)) void apply(const FlowGraph *g, const double *x,
                                                        size_t width, double *out) {
    double sum[8], own[8];
    for (size_t v = 0; v < g->n; v++) {
        for (size_t k = 0; k < width; k++) {
            own[k] = x[v * width + k];
            sum[k] = g->ground[v] * own[k];
        }
        for (uint32_t e = g->start[v]; e < g->start[v + 1]; e++) {
            const double *other = x + (size_t)g->neighbour[e] * width;
            for (size_t k = 0; k < width; k++)
                sum[k] += g->weight[e] * (own[k] - other[k]);
        }
        for (size_t k = 0; k < width; k++)
            out[v * width + k] = sum[k];
    }
}

void flow_graph_apply(const FlowGraph *graph, const double *x, size_t width, double *out) {
    assert(width == 1 || width == 8);
    if (width == 1)
        apply(graph, x, 1, out);
    else
        apply(graph, x, 8, out);
}

size_t flow_graph_edge(const FlowGraph *graph, uint32_t a, uint32_t b) {
    size_t low = graph->start[a], high = graph->start[a + 1];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (graph->neighbour[middle] < b)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < graph->start[a + 1] && graph->neighbour[low] == b);
    return low;
}

static uint64_t mix(uint64_t hash, uint64_t word) {
    uint64_t z = (hash ^ word) + 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

uint64_t flow_graph_digest(const FlowGraph *graph) {
    uint64_t hash = mix(graph->n, graph->edges);
    for (size_t v = 0; v < graph->n; v++) {
        hash = mix(hash, bits_of(graph->ground[v]));
        for (uint32_t e = graph->start[v]; e < graph->start[v + 1]; e++) {
            if (graph->neighbour[e] > v) continue;
            hash = mix(mix(hash, graph->neighbour[e]), bits_of(graph->weight[e]));
        }
    }
    return hash;
}
