#include "balance/from_book_network.h"

#include "numeric/sequence.h"
#include <math.h>
#include <stdlib.h>

// What no stream is better known than.
static const double FLOOR_KG = 0.001;
static const uint32_t NO_PERIOD = FLOW_OUTSIDE;

// One effect of a draw on a stream: kg of one standard deviation.
typedef struct Effect {
    uint64_t draw;
    uint32_t stream;
    double kg;
} Effect;

// A draw by number: a measurement, what has none, what a facility has for itself, or a group.
static const uint64_t GROUP_DRAW = UINT64_C(1) << 63, OWN_DRAW = UINT64_C(1) << 62,
                      LONE_DRAW = UINT64_C(1) << 61;
static const uint32_t GROUP_OWN = UINT32_C(0xFFFF0000);

typedef struct Build {
    const BookBalances *b;
    unsigned component;
    Month from, to;
    BookNetwork *n;
    uint32_t **node_of;   // by place and merged period
    size_t *component_at; // by place: the component's place there, or SIZE_MAX
    uint64_t *roads;      // keys, sorted
    uint64_t *keys;       // of streams sent and received, sorted
    size_t moved;         // so many; what is kept follows, by node
    Effect *effects;
    size_t count;
    uint64_t lone;
    uint32_t sent, received; // streams of the crossing at hand
} Build;

static bool within(const Build *u, Month month) {
    return (u->from == 0 || month >= u->from) && (u->to == 0 || month <= u->to);
}

// ---- nodes ----

static bool make_nodes(Build *u, Arena *arena, Status *status) {
    const BookBalances *b = u->b;
    size_t most = 0;
    u->node_of = arena_take_zero(arena, b->count + 1, sizeof *u->node_of);
    u->component_at = arena_take_zero(arena, b->count + 1, sizeof *u->component_at);
    if (!u->node_of || !u->component_at) return status_no_memory(status);
    for (size_t i = 0; i < b->count; i++)
        most += b->facility[i].balance.periods;
    u->n->node = arena_take_zero(arena, most + 1, sizeof *u->n->node);
    if (!u->n->node) return status_no_memory(status);
    for (size_t i = 0; i < b->count; i++) {
        const BookFacility *f = &b->facility[i];
        u->component_at[i] = SIZE_MAX;
        for (size_t c = 0; c < f->components; c++)
            if (f->component[c] == u->component && c < f->balance.components &&
                f->balance.component[c].present)
                u->component_at[i] = c;
        size_t periods = f->balance.periods;
        u->node_of[i] = arena_take_zero(arena, periods + 1, sizeof **u->node_of);
        if (!u->node_of[i]) return status_no_memory(status);
        for (size_t p = 0; p < periods; p++) {
            u->node_of[i][p] = NO_PERIOD;
            if (u->component_at[i] == SIZE_MAX) continue;
            const BalancePeriod *period = &f->balance.component[u->component_at[i]].period[p];
            Month first = f->first + (Month)period->from, last = f->first + (Month)period->to;
            if (!within(u, first) || !within(u, last)) continue;
            u->node_of[i][p] = (uint32_t)u->n->nodes;
            u->n->node[u->n->nodes++] = (BookNode){(uint32_t)i, p, first, last};
            if (u->n->from > first) u->n->from = first;
            if (u->n->to < last) u->n->to = last;
        }
    }
    return true;
}

static uint32_t node_at(const Build *u, uint32_t place, Month month) {
    if (place == CROSSING_NOWHERE || u->component_at[place] == SIZE_MAX) return NO_PERIOD;
    const BookFacility *f = &u->b->facility[place];
    const BalancePeriod *period = f->balance.component[u->component_at[place]].period;
    for (size_t p = 0; p < f->balance.periods; p++)
        if (month >= f->first + period[p].from && month <= f->first + period[p].to)
            return u->node_of[place][p];
    return NO_PERIOD;
}

// ---- roads and streams ----

static bool counts(const Build *u, const BookCrossing *c) {
    return (c->mask >> u->component & 1) && within(u, c->month) && c->from != c->to;
}

static uint64_t road_key(const BookCrossing *c) {
    return (uint64_t)c->from << 32 | c->to;
}

static uint64_t stream_key(BookStreamKind kind, size_t road, uint32_t node) {
    return (uint64_t)(kind == STREAM_RECEIVED) << 63 | (uint64_t)road << 32 | node;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t unique(uint64_t *keys, size_t count) {
    size_t kept = 0;
    qsort(keys, count, sizeof *keys, compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || keys[i] != keys[i - 1]) keys[kept++] = keys[i];
    return kept;
}

static size_t place_of(const uint64_t *keys, size_t count, uint64_t key) {
    const uint64_t *at = bsearch(&key, keys, count, sizeof key, compare);
    return (size_t)(at - keys);
}

static void streams_of(Build *u, const BookCrossing *c) {
    size_t road = place_of(u->roads, u->n->roads, road_key(c));
    u->sent = (uint32_t)place_of(u->keys, u->moved,
                                 stream_key(STREAM_SENT, road, node_at(u, c->from, c->month)));
    u->received = (uint32_t)place_of(
        u->keys, u->moved, stream_key(STREAM_RECEIVED, road, node_at(u, c->to, c->month)));
}

static bool make_streams(Build *u, Arena *arena, Status *status) {
    const BookCrossings *all = &u->b->crossings;
    BookNetwork *n = u->n;
    u->roads = arena_take(arena, (all->count + 1) * sizeof *u->roads);
    u->keys = arena_take(arena, (2 * all->count + 1) * sizeof *u->keys);
    if (!u->roads || !u->keys) return status_no_memory(status);
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (counts(u, &all->crossing[i])) u->roads[count++] = road_key(&all->crossing[i]);
    n->roads = unique(u->roads, count);
    n->road = arena_take_zero(arena, n->roads + 1, sizeof *n->road);
    if (!n->road) return status_no_memory(status);
    for (size_t r = 0; r < n->roads; r++)
        n->road[r] = (BookRoad){(uint32_t)(u->roads[r] >> 32), (uint32_t)u->roads[r], 0};
    count = 0;
    for (size_t i = 0; i < all->count; i++) {
        const BookCrossing *c = &all->crossing[i];
        if (!counts(u, c)) continue;
        size_t road = place_of(u->roads, n->roads, road_key(c));
        n->road[road].receipts++;
        u->keys[count++] = stream_key(STREAM_SENT, road, node_at(u, c->from, c->month));
        u->keys[count++] = stream_key(STREAM_RECEIVED, road, node_at(u, c->to, c->month));
        if (n->from > c->month) n->from = c->month;
        if (n->to < c->month) n->to = c->month;
    }
    u->moved = unique(u->keys, count);
    size_t streams = u->moved + n->nodes;
    uint32_t *from = arena_take_zero(arena, streams + 1, sizeof *from);
    uint32_t *to = arena_take_zero(arena, streams + 1, sizeof *to);
    double *value = arena_take_zero(arena, streams + 1, sizeof *value);
    double *sigma = arena_take_zero(arena, streams + 1, sizeof *sigma);
    n->stream = arena_take_zero(arena, streams + 1, sizeof *n->stream);
    if (!from || !to || !value || !sigma || !n->stream) return status_no_memory(status);
    for (size_t j = 0; j < u->moved; j++) {
        bool received = u->keys[j] >> 63;
        uint32_t road = (uint32_t)(u->keys[j] >> 32 & INT32_MAX), node = (uint32_t)u->keys[j];
        Month month = node == FLOW_OUTSIDE ? 0 : n->node[node].to;
        n->stream[j] = (BookStream){received ? STREAM_RECEIVED : STREAM_SENT, node, road, month};
        from[j] = received ? (uint32_t)(n->nodes + road) : node;
        to[j] = received ? node : (uint32_t)(n->nodes + road);
        sigma[j] = FLOOR_KG;
    }
    for (size_t k = 0; k < n->nodes; k++) {
        size_t j = u->moved + k;
        n->stream[j] = (BookStream){STREAM_KEPT, (uint32_t)k, CROSSING_NOWHERE, n->node[k].to};
        from[j] = (uint32_t)k;
        to[j] = FLOW_OUTSIDE;
        sigma[j] = FLOOR_KG;
    }
    n->flow = (FlowNetwork){.nodes = n->nodes + n->roads,
                            .streams = streams,
                            .from = from,
                            .to = to,
                            .value = value,
                            .sigma = sigma};
    // A node keeps what its MUF does not miss.
    for (size_t k = 0; k < n->nodes; k++) {
        uint32_t place = n->node[k].place;
        value[u->moved + k] = -u->b->facility[place]
                                   .balance.component[u->component_at[place]]
                                   .period[n->node[k].period]
                                   .muf;
    }
    for (size_t i = 0; i < all->count; i++) {
        const BookCrossing *c = &all->crossing[i];
        if (!counts(u, c)) continue;
        streams_of(u, c);
        uint32_t below = c->mask & ((1u << u->component) - 1u);
        const double *kg = &all->kg[c->first_kg + 2 * (size_t)__builtin_popcount(below)];
        value[u->sent] += kg[0];
        value[u->received] += kg[1];
        uint32_t a = n->stream[u->sent].node, b = n->stream[u->received].node;
        if (a != FLOW_OUTSIDE) value[u->moved + a] -= kg[0];
        if (b != FLOW_OUTSIDE) value[u->moved + b] += kg[1];
    }
    return true;
}

// ---- errors ----

static void add_effect(Build *u, uint64_t draw, uint32_t stream, double kg) {
    if (kg != 0.0) u->effects[u->count++] = (Effect){draw, stream, kg};
}

// Of what was sent or received, and the contrary of what the node kept by it.
static void add_crossing(void *context, const CrossingError *e) {
    Build *u = context;
    uint32_t stream = e->kg > 0.0 ? u->sent : u->received;
    double kg = fabs(e->kg), sign = e->kg > 0.0 ? -1.0 : 1.0;
    uint32_t node = u->n->stream[stream].node;
    for (int shared = 0; shared < 2; shared++) {
        if (shared && e->group == SEQUENCE_NO_GROUP) continue;
        uint64_t draw = shared ? GROUP_DRAW + e->group : e->measurement;
        double one = kg * (shared ? e->s : e->u);
        add_effect(u, draw, stream, one);
        if (node != FLOW_OUTSIDE) add_effect(u, draw, (uint32_t)u->moved + node, sign * one);
    }
}

static void add_balance(Build *u, uint32_t place) {
    const BookFacility *f = &u->b->facility[place];
    const FacilityInput *in = &f->input;
    for (size_t i = 0; u->component_at[place] != SIZE_MAX && i < in->error_count; i++) {
        const BalanceError *e = &in->errors[i];
        if (e->component != u->component_at[place]) continue;
        uint32_t node = node_at(u, place, f->first + e->period);
        if (node == FLOW_OUTSIDE) continue;
        uint32_t kept = (uint32_t)u->moved + node;
        // What names no measurement is a draw of its own.
        uint64_t draw = e->measurement == UINT32_MAX ? LONE_DRAW + u->lone++ : e->measurement;
        add_effect(u, draw, kept, -e->mass * e->u);
        if (e->group == SEQUENCE_NO_GROUP) continue;
        // What is no group of the book's (results below limits) is alike within a facility only.
        bool own = e->group >= GROUP_OWN;
        uint64_t group =
            own ? OWN_DRAW + ((uint64_t)place << 32) + e->group : GROUP_DRAW + e->group;
        add_effect(u, group, kept, -e->mass * e->s);
    }
}

static int by_draw(const void *a, const void *b) {
    const Effect *x = a, *y = b;
    if (x->draw != y->draw) return x->draw < y->draw ? -1 : 1;
    if (x->stream != y->stream) return x->stream < y->stream ? -1 : 1;
    return x->kg < y->kg ? -1 : x->kg > y->kg; // so that sums do not depend on the order
}

// A draw that only one stream knows is its own error; the others are instruments.
static bool make_instruments(Build *u, double *sigma, Arena *arena, Status *status) {
    qsort(u->effects, u->count, sizeof *u->effects, by_draw);
    size_t merged = 0;
    for (size_t i = 0; i < u->count; i++) {
        Effect *last = merged ? &u->effects[merged - 1] : NULL;
        if (last && last->draw == u->effects[i].draw && last->stream == u->effects[i].stream)
            last->kg += u->effects[i].kg;
        else
            u->effects[merged++] = u->effects[i];
    }
    FlowShared *shared = arena_take(arena, (merged + 1) * sizeof *shared);
    u->n->group = arena_take(arena, (merged + 1) * sizeof *u->n->group);
    if (!shared || !u->n->group) return status_no_memory(status);
    size_t count = 0, instruments = 0;
    for (size_t i = 0, next; i < merged; i = next) {
        for (next = i + 1; next < merged && u->effects[next].draw == u->effects[i].draw;)
            next++;
        bool group = u->effects[i].draw >= GROUP_DRAW;
        if (next - i == 1 && !group) {
            double *own = &sigma[u->effects[i].stream];
            *own = hypot(*own, u->effects[i].kg);
            continue;
        }
        u->n->group[instruments] =
            group ? (uint32_t)(u->effects[i].draw - GROUP_DRAW) : SEQUENCE_NO_GROUP;
        for (size_t k = i; k < next; k++)
            shared[count++] =
                (FlowShared){u->effects[k].stream, (uint32_t)instruments, u->effects[k].kg};
        instruments++;
    }
    u->n->flow.instruments = instruments;
    u->n->flow.shared = shared;
    u->n->flow.shared_count = count;
    return true;
}

static bool make_errors(Build *u, Arena *arena, Status *status) {
    const BookCrossings *all = &u->b->crossings;
    size_t most = 0;
    for (size_t i = 0; i < u->b->count; i++)
        most += 2 * u->b->facility[i].input.error_count;
    for (size_t i = 0; i < all->count; i++)
        most += 4 * all->crossing[i].terms;
    u->effects = arena_take(arena, (most + 1) * sizeof *u->effects);
    if (!u->effects) return status_no_memory(status);
    for (size_t i = 0; i < all->count; i++) {
        if (!counts(u, &all->crossing[i])) continue;
        streams_of(u, &all->crossing[i]);
        crossing_errors(all, &all->crossing[i], 1u << u->component, add_crossing, u);
    }
    for (size_t i = 0; i < u->b->count; i++)
        add_balance(u, (uint32_t)i);
    return make_instruments(u, (double *)(uintptr_t)u->n->flow.sigma, arena, status);
}

bool book_network_read(const BookBalances *balances, unsigned component, Month from, Month to,
                       Arena *arena, BookNetwork *network, Status *status) {
    *network = (BookNetwork){.from = UINT32_MAX, .to = 0};
    Build u = {.b = balances, .component = component, .from = from, .to = to, .n = network};
    return make_nodes(&u, arena, status) && make_streams(&u, arena, status) &&
           make_errors(&u, arena, status);
}
