// The graph is put in order by its strongly connected sets (Tarjan, SIAM J. Comput. 1, 1972, with a
// stack of our own): sets come out with what went into them first. Going up, each set hands on what
// arrived at its members to the arcs that came in from outside it; going down, each takes the mixture.
#include "origin/trace.h"

#include <assert.h>
#include <string.h>

typedef struct Order {
    const TraceGraph *graph;
    uint32_t ignored;          // arcs into this node do not count; TRACE_NONE: all do
    uint32_t *first, *arcs;    // arcs into node n: arcs[first[n] .. first[n + 1])
    uint32_t *set;             // of each node; sets are numbered in order, what went in first
    uint32_t *begin, *member;  // nodes of set s: member[begin[s] .. begin[s + 1])
    uint32_t sets;
} Order;

static bool index_arcs(Order *order, Arena *arena, Status *status) {
    const TraceGraph *graph = order->graph;
    order->first = arena_take_zero(arena, graph->nodes + 2, sizeof *order->first);
    order->arcs = arena_take_zero(arena, graph->arcs + 1, sizeof *order->arcs);
    uint32_t *filled = arena_take_zero(arena, graph->nodes + 1, sizeof *filled);
    if (!order->first || !order->arcs || !filled) return status_no_memory(status);
    for (size_t a = 0; a < graph->arcs; a++) {
        assert(graph->arc[a].from < graph->nodes && graph->arc[a].to < graph->nodes);
        if (graph->arc[a].to != order->ignored) order->first[graph->arc[a].to + 1]++;
    }
    for (size_t n = 0; n < graph->nodes; n++) order->first[n + 1] += order->first[n];
    for (uint32_t a = 0; a < graph->arcs; a++) {
        uint32_t to = graph->arc[a].to;
        if (to != order->ignored) order->arcs[order->first[to] + filled[to]++] = a;
    }
    return true;
}

typedef struct Frame { uint32_t node, next; } Frame;

static bool find_sets(Order *order, Arena *arena, Status *status) {
    size_t nodes = order->graph->nodes;
    uint32_t *number = arena_take_zero(arena, nodes + 1, sizeof *number);   // 0: not seen
    uint32_t *low = arena_take_zero(arena, nodes + 1, sizeof *low);
    uint32_t *stack = arena_take_zero(arena, nodes + 1, sizeof *stack);
    Frame *frames = arena_take_zero(arena, nodes + 1, sizeof *frames);
    order->set = arena_take_zero(arena, nodes + 1, sizeof *order->set);
    order->begin = arena_take_zero(arena, nodes + 2, sizeof *order->begin);
    order->member = arena_take_zero(arena, nodes + 1, sizeof *order->member);
    if (!number || !low || !stack || !frames || !order->set || !order->begin || !order->member)
        return status_no_memory(status);
    uint32_t count = 0, stacked = 0, placed = 0;
    for (uint32_t n = 0; n < nodes; n++) order->set[n] = TRACE_NONE;
    for (uint32_t start = 0; start < nodes; start++) {
        if (number[start]) continue;
        size_t depth = 0;
        frames[depth++] = (Frame){start, order->first[start]};
        number[start] = low[start] = ++count;
        stack[stacked++] = start;
        while (depth > 0) {
            Frame *frame = &frames[depth - 1];
            uint32_t node = frame->node;
            if (frame->next < order->first[node + 1]) {
                uint32_t from = order->graph->arc[order->arcs[frame->next++]].from;
                if (!number[from]) {
                    frames[depth++] = (Frame){from, order->first[from]};
                    number[from] = low[from] = ++count;
                    stack[stacked++] = from;
                } else if (order->set[from] == TRACE_NONE && number[from] < low[node]) {
                    low[node] = number[from];
                }
                continue;
            }
            depth--;
            if (depth > 0 && low[node] < low[frames[depth - 1].node]) low[frames[depth - 1].node] = low[node];
            if (low[node] != number[node]) continue;
            order->begin[order->sets] = placed;
            uint32_t member;
            do {
                member = stack[--stacked];
                order->set[member] = order->sets;
                order->member[placed++] = member;
            } while (member != node);
            order->begin[++order->sets] = placed;
        }
    }
    return true;
}

static bool is_outside(const Order *order, uint32_t set, uint32_t arc) {
    return order->set[order->graph->arc[arc].from] != set;
}

// What an arc weighs for a component, by which measure counts.
typedef enum Measure { BY_COMPONENT, BY_RARE_EARTHS, BY_ALL, BY_NET, BY_COUNT } Measure;

static double weight(const TraceArc *arc, int c, Measure measure) {
    double sum = 0;
    switch (measure) {
    case BY_COMPONENT: return arc->kg[c];
    case BY_RARE_EARTHS:
        for (int i = 0; i < TRACE_REE; i++) sum += arc->kg[i];
        return sum;
    case BY_ALL:
        for (int i = 0; i < TRACE_COMPONENTS; i++) sum += arc->kg[i];
        return sum;
    case BY_NET: return arc->net;
    case BY_COUNT: break;
    }
    return 1;
}

// For each component the measure that says something of what went into the set, and its sum.
typedef struct Mixture {
    bool any;
    Measure measure[TRACE_COMPONENTS];
    double sum[TRACE_COMPONENTS];
} Mixture;

static void mixture_of(const Order *order, uint32_t set, Mixture *mixture) {
    double sum[BY_COUNT + 1][TRACE_COMPONENTS] = {{0}};
    mixture->any = false;
    for (uint32_t m = order->begin[set]; m < order->begin[set + 1]; m++) {
        uint32_t node = order->member[m];
        for (uint32_t i = order->first[node]; i < order->first[node + 1]; i++) {
            if (!is_outside(order, set, order->arcs[i])) continue;
            const TraceArc *arc = &order->graph->arc[order->arcs[i]];
            mixture->any = true;
            for (int c = 0; c < TRACE_COMPONENTS; c++)
                for (int measure = BY_COMPONENT; measure <= BY_COUNT; measure++)
                    sum[measure][c] += weight(arc, c, (Measure)measure);
        }
    }
    for (int c = 0; c < TRACE_COMPONENTS; c++) {
        int measure = BY_COMPONENT;
        while (measure < BY_COUNT && !(sum[measure][c] > 0)) measure++;
        mixture->measure[c] = (Measure)measure;
        mixture->sum[c] = sum[measure][c];
    }
}

static double part_of(const Mixture *mixture, const TraceArc *arc, int c) {
    return weight(arc, c, mixture->measure[c]) / mixture->sum[c];
}

static bool order_make(Order *order, const TraceGraph *graph, uint32_t ignored, Arena *arena, Status *status) {
    *order = (Order){.graph = graph, .ignored = ignored};
    return index_arcs(order, arena, status) && find_sets(order, arena, status);
}

bool trace_up(const TraceGraph *graph, uint32_t root, Arena *arena, TraceUp *up, Status *status) {
    assert(root < graph->nodes);
    Order order;
    TraceUp made = {arena_take_zero(arena, graph->nodes * TRACE_COMPONENTS, sizeof(double)),
                    arena_take_zero(arena, graph->arcs * TRACE_COMPONENTS + 1, sizeof(double)),
                    arena_take_zero(arena, graph->nodes, sizeof(bool))};
    if (!made.reach || !made.through || !made.origin) return status_no_memory(status);
    if (!order_make(&order, graph, TRACE_NONE, arena, status)) return false;
    for (int c = 0; c < TRACE_COMPONENTS; c++) made.reach[(size_t)root * TRACE_COMPONENTS + (size_t)c] = 1;
    for (uint32_t set = order.sets; set-- > 0;) {
        Mixture mixture;
        mixture_of(&order, set, &mixture);
        double arrived[TRACE_COMPONENTS] = {0};
        for (uint32_t m = order.begin[set]; m < order.begin[set + 1]; m++) {
            uint32_t node = order.member[m];
            made.origin[node] = !mixture.any;
            for (int c = 0; c < TRACE_COMPONENTS; c++)
                arrived[c] += made.reach[(size_t)node * TRACE_COMPONENTS + (size_t)c];
        }
        if (!mixture.any) continue;
        for (uint32_t m = order.begin[set]; m < order.begin[set + 1]; m++) {
            uint32_t node = order.member[m];
            for (uint32_t i = order.first[node]; i < order.first[node + 1]; i++) {
                uint32_t a = order.arcs[i];
                if (!is_outside(&order, set, a)) continue;
                const TraceArc *arc = &graph->arc[a];
                for (int c = 0; c < TRACE_COMPONENTS; c++) {
                    double came = arrived[c] * part_of(&mixture, arc, c);
                    made.through[(size_t)a * TRACE_COMPONENTS + (size_t)c] = came;
                    made.reach[(size_t)arc->from * TRACE_COMPONENTS + (size_t)c] += came;
                }
            }
        }
    }
    *up = made;
    return true;
}

bool trace_down(const TraceGraph *graph, uint32_t root, Arena *arena, TraceDown *down, Status *status) {
    assert(root < graph->nodes);
    Order order;
    double *part = arena_take_zero(arena, graph->nodes * TRACE_COMPONENTS, sizeof *part);
    if (!part) return status_no_memory(status);
    if (!order_make(&order, graph, root, arena, status)) return false;
    for (uint32_t set = 0; set < order.sets; set++) {
        double mixed[TRACE_COMPONENTS] = {0};
        if (order.set[root] == set) {
            for (int c = 0; c < TRACE_COMPONENTS; c++) mixed[c] = 1;
        } else {
            Mixture mixture;
            mixture_of(&order, set, &mixture);
            for (uint32_t m = order.begin[set]; m < order.begin[set + 1]; m++) {
                uint32_t node = order.member[m];
                for (uint32_t i = order.first[node]; i < order.first[node + 1]; i++) {
                    if (!is_outside(&order, set, order.arcs[i])) continue;
                    const TraceArc *arc = &graph->arc[order.arcs[i]];
                    for (int c = 0; c < TRACE_COMPONENTS; c++)
                        mixed[c] += part_of(&mixture, arc, c) * part[(size_t)arc->from * TRACE_COMPONENTS + (size_t)c];
                }
            }
        }
        for (uint32_t m = order.begin[set]; m < order.begin[set + 1]; m++)
            memcpy(&part[(size_t)order.member[m] * TRACE_COMPONENTS], mixed, sizeof mixed);
    }
    *down = (TraceDown){part};
    return true;
}
