// Vertices are eliminated by degree, the ground last, and renumbered in that order, so that a solve
// runs through its memory from one end to the other. Sampled edges reuse the two records of the
// edge they replace: the working memory never grows.
#include "reconcile/flow_approximate.h"

#include "base/memory.h"
#include "reconcile/flow_solve.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
enum { BUCKETS = 1024 };

// What is passed on to one neighbour when a vertex is eliminated. Shares are below 1/2, since
// neighbours go by ascending weight: single precision keeps 1 - share exact enough.
typedef struct Share {
    uint32_t to; // by order of elimination; n is the ground
    float share;
} Share;

struct FlowApproximate {
    size_t n;
    uint32_t *vertex; // by order of elimination
    size_t *start;    // n + 1, into shares; the last share of each is all that is left
    Share *shares;
    double *inverse; // 1 / d
    double *y;       // (n + 1) * FLOW_WIDTH
};

// Half of an edge, in the list of the vertex at its other end.
typedef struct Half {
    double weight; // 0: dead
    uint32_t next, to, twin;
} Half;

typedef struct Column {
    double weight;
    uint32_t to, half;
} Column;

typedef struct Elimination {
    size_t n;
    Half *halves;
    uint32_t *head;                    // by vertex, ground included
    uint32_t *degree, *before, *after; // queue by degree: doubly linked
    uint32_t bucket[BUCKETS];          // its lists
    uint32_t lowest;                   // no list below is filled
    uint32_t *seen;                    // by vertex: place in `column`, or NONE
    Column *column;
    double *suffix; // sums of weights from a place to the end
    size_t room;    // of `column` and `suffix`
    size_t shares_room;
    uint64_t random;
} Elimination;

static double next_uniform(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

// ---- the queue ----

static uint32_t bucket_of(uint32_t degree) {
    return degree < BUCKETS ? degree : BUCKETS - 1;
}

static void queue_put(Elimination *e, uint32_t v) {
    uint32_t b = bucket_of(e->degree[v]), first = e->bucket[b];
    e->before[v] = NONE;
    e->after[v] = first;
    if (first != NONE) e->before[first] = v;
    e->bucket[b] = v;
    if (b < e->lowest) e->lowest = b;
}

static void queue_take(Elimination *e, uint32_t v) {
    if (e->after[v] != NONE) e->before[e->after[v]] = e->before[v];
    if (e->before[v] != NONE)
        e->after[e->before[v]] = e->after[v];
    else
        e->bucket[bucket_of(e->degree[v])] = e->after[v];
}

static void queue_move(Elimination *e, uint32_t v, int change) {
    if (v == e->n) return; // the ground waits for the end
    queue_take(e, v);
    e->degree[v] = (uint32_t)((int)e->degree[v] + change);
    queue_put(e, v);
}

static uint32_t queue_pop(Elimination *e) {
    while (e->bucket[e->lowest] == NONE)
        e->lowest++;
    uint32_t v = e->bucket[e->lowest];
    queue_take(e, v);
    return v;
}

// ---- setting up ----

static void add_half(Elimination *e, uint32_t at, uint32_t from, uint32_t to, double weight,
                     uint32_t twin) {
    e->halves[at] = (Half){.weight = weight, .next = e->head[from], .to = to, .twin = twin};
    e->head[from] = at;
}

static bool setup(Elimination *e, const FlowGraph *g, Status *status) {
    size_t n = g->n, edges = g->edges;
    for (size_t v = 0; v < n; v++)
        edges += g->ground[v] > 0.0;
    if (2 * edges >= NONE) return status_set(status, STATUS_LIMIT, "%zu edges are too many", edges);
    e->n = n;
    e->halves = memory_new_large((2 * edges + 1) * sizeof *e->halves, 0);
    e->head = memory_new((n + 1) * sizeof *e->head);
    e->degree = memory_new_zero(n + 1, sizeof *e->degree);
    e->before = memory_new((n + 1) * sizeof *e->before);
    e->after = memory_new((n + 1) * sizeof *e->after);
    e->seen = memory_new((n + 1) * sizeof *e->seen);
    e->room = 256;
    e->column = memory_new(e->room * sizeof *e->column);
    e->suffix = memory_new((e->room + 1) * sizeof *e->suffix);
    if (!e->halves || !e->head || !e->degree || !e->before || !e->after || !e->seen || !e->column ||
        !e->suffix) {
        return status_no_memory(status);
    }
    memset(e->head, 0xFF, (n + 1) * sizeof *e->head);
    memset(e->seen, 0xFF, (n + 1) * sizeof *e->seen);
    memset(e->bucket, 0xFF, sizeof e->bucket);
    uint32_t at = 0;
    for (uint32_t v = 0; v < n; v++) {
        for (uint32_t i = g->start[v]; i < g->start[v + 1]; i++) {
            uint32_t w = g->neighbour[i];
            e->degree[v]++;
            if (w < v) continue;
            add_half(e, at, v, w, g->weight[i], at + 1);
            add_half(e, at + 1, w, v, g->weight[i], at);
            at += 2;
        }
        if (g->ground[v] > 0.0) {
            e->degree[v]++;
            add_half(e, at, v, (uint32_t)n, g->ground[v], at + 1);
            add_half(e, at + 1, (uint32_t)n, v, g->ground[v], at);
            at += 2;
        }
    }
    e->lowest = BUCKETS - 1;
    for (uint32_t v = (uint32_t)n; v-- > 0;)
        queue_put(e, v);
    return true;
}

// ---- one elimination ----

static int by_weight(const void *a, const void *b) {
    const Column *x = a, *y = b;
    if (x->weight != y->weight) return x->weight < y->weight ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static void sort_column(Column *c, size_t count) {
    if (count > 32) {
        qsort(c, count, sizeof *c, by_weight);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        Column moved = c[i];
        size_t j = i;
        for (; j > 0 && by_weight(&moved, &c[j - 1]) < 0; j--)
            c[j] = c[j - 1];
        c[j] = moved;
    }
}

static bool make_room(Elimination *e, size_t count, Status *status) {
    if (count <= e->room) return true;
    size_t room = 2 * count;
    Column *column = memory_resize(e->column, room * sizeof *column);
    if (column) e->column = column;
    double *suffix = memory_resize(e->suffix, (room + 1) * sizeof *suffix);
    if (suffix) e->suffix = suffix;
    if (!column || !suffix) return status_no_memory(status);
    e->room = room;
    return true;
}

// The living edges of v, those to one neighbour taken together, by ascending weight.
static bool gather(Elimination *e, uint32_t v, size_t *count_out, Status *status) {
    size_t count = 0;
    for (uint32_t h = e->head[v]; h != NONE; h = e->halves[h].next) {
        Half *half = &e->halves[h];
        if (half->weight <= 0.0) continue;
        uint32_t to = half->to;
        if (e->seen[to] != NONE) {
            e->column[e->seen[to]].weight += half->weight;
            e->halves[half->twin].weight = 0.0;
            queue_move(e, to, -1);
            continue;
        }
        if (!make_room(e, count + 1, status)) return false;
        e->seen[to] = (uint32_t)count;
        e->column[count++] = (Column){.weight = half->weight, .to = to, .half = h};
    }
    for (size_t i = 0; i < count; i++)
        e->seen[e->column[i].to] = NONE;
    sort_column(e->column, count);
    *count_out = count;
    return true;
}

// The place beyond i, drawn in proportion to weight.
static size_t draw(Elimination *e, size_t i, size_t count) {
    double goal = next_uniform(&e->random) * e->suffix[i + 1];
    size_t low = i + 1, high = count - 1; // the largest k with suffix[k] >= goal
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (e->suffix[middle] >= goal)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

// Joins neighbour i to neighbour k with the two records of the edge that v loses.
static void join(Elimination *e, size_t i, size_t k, double weight) {
    uint32_t near = e->column[i].half, p = e->column[i].to, q = e->column[k].to;
    uint32_t far = e->halves[near].twin; // stands in p's list
    queue_move(e, q, 1);
    e->halves[far].to = q;
    e->halves[far].weight = weight;
    e->halves[near] = (Half){.weight = weight, .next = e->head[q], .to = p, .twin = far};
    e->head[q] = near;
}

static bool keep_shares(FlowApproximate *a, Elimination *e, size_t need, Status *status) {
    if (need <= e->shares_room) return true;
    size_t room = need + need / 2 + 1024;
    Share *shares = memory_resize(a->shares, room * sizeof *shares);
    if (!shares) return status_no_memory(status);
    a->shares = shares;
    e->shares_room = room;
    return true;
}

static bool eliminate(FlowApproximate *a, Elimination *e, size_t turn, Status *status) {
    uint32_t v = queue_pop(e);
    size_t count = 0, at = a->start[turn];
    if (!gather(e, v, &count, status)) return false;
    assert(count > 0); // sampling keeps every part joined to the ground
    if (!keep_shares(a, e, at + count, status)) return false;
    e->suffix[count] = 0.0;
    for (size_t i = count; i-- > 0;)
        e->suffix[i] = e->suffix[i + 1] + e->column[i].weight;
    double whole = e->suffix[0];
    for (size_t i = 0; i + 1 < count; i++) {
        double weight = e->column[i].weight;
        a->shares[at++] = (Share){e->column[i].to, (float)(weight / e->suffix[i])};
        join(e, i, draw(e, i, count), weight * (e->suffix[i + 1] / whole));
    }
    double last = e->column[count - 1].weight;
    a->shares[at++] = (Share){e->column[count - 1].to, 1.0F};
    e->halves[e->halves[e->column[count - 1].half].twin].weight = 0.0;
    queue_move(e, e->column[count - 1].to, -1);
    a->inverse[turn] = (whole / last) / last;
    a->vertex[turn] = v;
    a->start[turn + 1] = at;
    return true;
}

static bool build(FlowApproximate *a, const FlowGraph *g, Elimination *e, Status *status) {
    size_t n = g->n;
    a->n = n;
    a->vertex = memory_new(n * sizeof *a->vertex);
    a->start = memory_new_zero(n + 1, sizeof *a->start);
    a->inverse = memory_new(n * sizeof *a->inverse);
    a->y = memory_new_large((n + 1) * FLOW_WIDTH * sizeof *a->y, 0);
    if (!a->vertex || !a->start || !a->inverse || !a->y) return status_no_memory(status);
    if (!setup(e, g, status)) return false;
    for (size_t turn = 0; turn < n; turn++) {
        if (!eliminate(a, e, turn, status)) return false;
    }
    uint32_t *turn_of = e->degree; // not needed any more
    for (size_t turn = 0; turn < n; turn++)
        turn_of[a->vertex[turn]] = (uint32_t)turn;
    turn_of[n] = (uint32_t)n;
    for (size_t i = 0; i < a->start[n]; i++)
        a->shares[i].to = turn_of[a->shares[i].to];
    return true;
}

bool flow_approximate_new(const FlowGraph *graph, uint64_t seed, FlowApproximate **approximate,
                          Status *status) {
    FlowApproximate *a = memory_new_zero(1, sizeof *a);
    if (!a) return status_no_memory(status);
    Elimination e = {.random = seed};
    bool ok = build(a, graph, &e, status);
    memory_free(e.halves);
    memory_free(e.head);
    memory_free(e.degree);
    memory_free(e.before);
    memory_free(e.after);
    memory_free(e.seen);
    memory_free(e.column);
    memory_free(e.suffix);
    if (!ok) {
        flow_approximate_free(a);
        return false;
    }
    *approximate = a;
    return true;
}

// ---- solving ----

// Written once and compiled for one vector and for eight, which share what is read of the factor.
static inline __attribute__((always_inline)) void solve(const FlowApproximate *a, const double *r,
                                                        size_t width, double *out) {
    size_t n = a->n;
    double *y = a->y, carried[FLOW_WIDTH];
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < width; k++)
            y[t * width + k] = r[a->vertex[t] * width + k];
    }
    for (size_t k = 0; k < width; k++)
        y[n * width + k] = 0.0;
    for (size_t t = 0; t < n; t++) {
        double *own = y + t * width;
        for (size_t k = 0; k < width; k++)
            carried[k] = own[k];
        size_t last = a->start[t + 1] - 1;
        for (size_t i = a->start[t]; i < last; i++) {
            double *to = y + (size_t)a->shares[i].to * width;
            double share = (double)a->shares[i].share;
            for (size_t k = 0; k < width; k++) {
                double passed = share * carried[k];
                to[k] += passed;
                carried[k] -= passed;
            }
        }
        double *to = y + (size_t)a->shares[last].to * width;
        for (size_t k = 0; k < width; k++) {
            to[k] += carried[k];
            own[k] = carried[k] * a->inverse[t];
        }
    }
    for (size_t k = 0; k < width; k++)
        y[n * width + k] = 0.0;
    for (size_t t = n; t-- > 0;) {
        double *own = y + t * width;
        size_t first = a->start[t], last = a->start[t + 1] - 1;
        const double *from = y + (size_t)a->shares[last].to * width;
        for (size_t k = 0; k < width; k++)
            carried[k] = own[k] + from[k];
        for (size_t i = last; i-- > first;) {
            from = y + (size_t)a->shares[i].to * width;
            double share = (double)a->shares[i].share;
            for (size_t k = 0; k < width; k++)
                carried[k] += share * (from[k] - carried[k]);
        }
        for (size_t k = 0; k < width; k++)
            own[k] = carried[k];
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t k = 0; k < width; k++)
            out[a->vertex[t] * width + k] = y[t * width + k];
    }
}

void flow_approximate_apply(FlowApproximate *approximate, const double *r, size_t width,
                            double *out) {
    assert(width == 1 || width == FLOW_WIDTH);
    if (width == 1)
        solve(approximate, r, 1, out);
    else
        solve(approximate, r, FLOW_WIDTH, out);
}

size_t flow_approximate_entries(const FlowApproximate *approximate) {
    return approximate->n ? approximate->start[approximate->n] : 0;
}

void flow_approximate_free(FlowApproximate *approximate) {
    if (!approximate) return;
    memory_free(approximate->vertex);
    memory_free(approximate->start);
    memory_free(approximate->shares);
    memory_free(approximate->inverse);
    memory_free(approximate->y);
    memory_free(approximate);
}
