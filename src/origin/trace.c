// The graph is put in order by its strongly connected sets (Tarjan, SIAM J. Comput. 1, 1972, with a
// stack of our own). In a set all ways round lead through pools, since a lot is made of older ones
// only; its pools become one *unit* P, all else are units of their own. Without the arcs into P the
// units of a set have an order; the arcs into P make the loop: a part rho of what P holds was in P
// before, so that
//     going up    what is asked of P in all  = what is asked from outside the loop / (1 - rho)
//     going down  what P holds of the root   = what came by ways outside the loop  / (1 - rho)
// by component. Where nothing came into the loop from outside, rho is 1, and P is an end.
#include "origin/trace.h"

#include <assert.h>
#include <string.h>

enum { N = TRACE_COMPONENTS }; // the most that are asked for
// Below this 1 - rho says nothing but rounding.
static const double LOOP_OPEN_MIN = 1e-6;

// How the arcs into a unit weigh for a component: by the first of these that any arc has.
typedef enum Measure { BY_COMPONENT, BY_RARE_EARTHS, BY_ALL, BY_NET, BY_COUNT, MEASURES } Measure;

typedef TracePlan Plan;
struct TracePlan {
    const TraceGraph *graph;
    size_t k, row;            // components; numbers in a row of masses
    uint32_t ignored;         // arcs into this node do not count; TRACE_NONE: all do
    uint32_t *unit;           // of each node: itself, or the first pool of those that are one
    uint32_t *first, *arcs;   // arcs into unit u: arcs[first[u] .. first[u + 1])
    uint32_t *set;            // of each unit; numbered so that what went in comes first
    uint32_t *begin, *member; // units of set s in order: member[begin[s] .. begin[s + 1])
    uint32_t *loop;           // of set s: its P, or TRACE_NONE
    uint32_t sets;
    double *sum;      // by unit and component: of what all arcs into it weigh
    uint8_t *measure; // likewise: by what
};

static uint32_t from_unit(const Plan *plan, uint32_t arc) {
    return plan->unit[plan->graph->arc[arc].from];
}

// Arcs by the unit that they go into; those within a unit say nothing.
static bool index_arcs(Plan *plan, Arena *arena, Status *status) {
    const TraceGraph *graph = plan->graph;
    plan->first = arena_take_zero(arena, graph->nodes + 2, sizeof *plan->first);
    plan->arcs = arena_take_zero(arena, graph->arcs + 1, sizeof *plan->arcs);
    uint32_t *filled = arena_take_zero(arena, graph->nodes + 1, sizeof *filled);
    if (!plan->first || !plan->arcs || !filled) return status_no_memory(status);
    for (int filling = 0; filling < 2; filling++) {
        for (uint32_t a = 0; a < graph->arcs; a++) {
            uint32_t to = plan->unit[graph->arc[a].to];
            if (graph->arc[a].to == plan->ignored || from_unit(plan, a) == to) continue;
            if (filling)
                plan->arcs[plan->first[to] + filled[to]++] = a;
            else
                plan->first[to + 1]++;
        }
        for (size_t n = 0; !filling && n < graph->nodes; n++)
            plan->first[n + 1] += plan->first[n];
    }
    return true;
}

typedef struct Frame {
    uint32_t node, next;
} Frame;

// The sets of units, what went in first. `cut` leaves out the arcs from a set into its own pools
// (then `in` names the sets found before). `place` counts the units as they are done.
static bool find_sets(const Plan *plan, const uint32_t *cut, uint32_t *set, uint32_t *place,
                      uint32_t *sets, Arena *arena, Status *status) {
    size_t nodes = plan->graph->nodes;
    uint32_t *number = arena_take_zero(arena, nodes + 1, sizeof *number); // 0: not seen
    uint32_t *low = arena_take_zero(arena, nodes + 1, sizeof *low);
    uint32_t *stack = arena_take_zero(arena, nodes + 1, sizeof *stack);
    Frame *frames = arena_take_zero(arena, nodes + 1, sizeof *frames);
    if (!number || !low || !stack || !frames) return status_no_memory(status);
    uint32_t count = 0, stacked = 0, done = 0;
    *sets = 0;
    for (uint32_t n = 0; n < nodes; n++)
        set[n] = TRACE_NONE;
    for (uint32_t start = 0; start < nodes; start++) {
        if (number[start]) continue;
        size_t depth = 0;
        frames[depth++] = (Frame){start, plan->first[start]};
        number[start] = low[start] = ++count;
        stack[stacked++] = start;
        while (depth > 0) {
            Frame *frame = &frames[depth - 1];
            uint32_t node = frame->node;
            if (frame->next < plan->first[node + 1]) {
                uint32_t from = from_unit(plan, plan->arcs[frame->next++]);
                if (cut && plan->graph->pool[node] && cut[from] == cut[node]) continue;
                if (!number[from]) {
                    frames[depth++] = (Frame){from, plan->first[from]};
                    number[from] = low[from] = ++count;
                    stack[stacked++] = from;
                } else if (set[from] == TRACE_NONE && number[from] < low[node]) {
                    low[node] = number[from];
                }
                continue;
            }
            depth--;
            if (depth > 0 && low[node] < low[frames[depth - 1].node])
                low[frames[depth - 1].node] = low[node];
            if (low[node] != number[node]) continue;
            uint32_t member;
            do {
                member = stack[--stacked];
                set[member] = *sets;
                place[member] = done++;
            } while (member != node);
            ++*sets;
        }
    }
    return true;
}

// All members of a set that is a ring of its own, or only its pools, become one unit.
static void join(Plan *plan, const uint32_t *set, uint32_t sets, bool pools_only, uint32_t *head) {
    for (uint32_t s = 0; s < sets; s++)
        head[s] = TRACE_NONE;
    for (uint32_t n = 0; n < plan->graph->nodes; n++) {
        if (plan->unit[n] != n || (pools_only && !plan->graph->pool[n])) continue;
        if (head[set[n]] == TRACE_NONE)
            head[set[n]] = n;
        else
            plan->unit[n] = head[set[n]];
    }
    for (uint32_t n = 0; n < plan->graph->nodes; n++)
        plan->unit[n] = plan->unit[plan->unit[n]];
}

static double weight(const Plan *plan, uint32_t arc, size_t c, unsigned measure) {
    const double *row = plan->graph->mass + arc * plan->row;
    if (measure == BY_COMPONENT) return row[c];
    return measure < BY_COUNT ? row[plan->k + measure - BY_RARE_EARTHS] : 1;
}

static void mix(Plan *plan, uint32_t unit) {
    double *sum = plan->sum + unit * plan->k;
    uint8_t *measure = plan->measure + unit * plan->k;
    uint32_t first = plan->first[unit], end = plan->first[unit + 1];
    for (uint32_t i = first; i < end; i++) {
        const double *row = plan->graph->mass + plan->arcs[i] * plan->row;
        for (size_t c = 0; c < plan->k; c++)
            sum[c] += row[c];
    }
    for (size_t c = 0; c < plan->k; c++) {
        while (!(sum[c] > 0) && measure[c] < BY_COUNT) {
            sum[c] = 0;
            measure[c]++;
            for (uint32_t i = first; i < end; i++)
                sum[c] += weight(plan, plan->arcs[i], c, measure[c]);
        }
    }
}

static inline double part(const Plan *plan, uint32_t unit, uint32_t arc, size_t c) {
    size_t at = unit * plan->k + c;
    return weight(plan, arc, c, plan->measure[at]) / plan->sum[at];
}

static bool plan_make(Plan *plan, const TraceGraph *graph, uint32_t ignored, Arena *arena,
                      Status *status) {
    size_t nodes = graph->nodes;
    *plan = (Plan){.graph = graph,
                   .k = graph->components,
                   .row = graph->components + TRACE_SUMS,
                   .ignored = ignored};
    uint32_t **const tables[] = {&plan->unit, &plan->set, &plan->begin, &plan->member, &plan->loop};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        *tables[i] = arena_take_zero(arena, nodes + 2, sizeof(uint32_t));
        if (!*tables[i]) return status_no_memory(status);
    }
    uint32_t *inner = arena_take_zero(arena, nodes + 2, sizeof *inner);
    uint32_t *place = arena_take_zero(arena, nodes + 2, sizeof *place), inner_sets;
    uint32_t *ordered = arena_take_zero(arena, nodes + 2, sizeof *ordered);
    plan->sum = arena_take_zero(arena, nodes * plan->k + 1, sizeof *plan->sum);
    plan->measure = arena_take_zero(arena, nodes * plan->k + 1, 1);
    if (!inner || !place || !ordered || !plan->sum || !plan->measure)
        return status_no_memory(status);
    for (uint32_t n = 0; n < nodes; n++)
        plan->unit[n] = n;
    if (!index_arcs(plan, arena, status) ||
        !find_sets(plan, NULL, plan->set, place, &plan->sets, arena, status))
        return false;
    // Without a way round all is in order already.
    if (plan->sets < nodes) {
        join(plan, plan->set, plan->sets, true, plan->loop);
        if (!index_arcs(plan, arena, status) ||
            !find_sets(plan, plan->set, inner, place, &inner_sets, arena, status))
            return false;
        // No lot is made of itself; if a book ever said so, the ring would be one unit.
        join(plan, inner, inner_sets, false, ordered);
        if (!index_arcs(plan, arena, status)) return false;
    }
    for (uint32_t n = 0; n < nodes; n++)
        ordered[place[n]] = n;
    for (uint32_t n = 0; n < nodes; n++)
        plan->begin[plan->set[n] + 1] += plan->unit[n] == n;
    for (uint32_t s = 0; s < plan->sets; s++)
        plan->begin[s + 1] += plan->begin[s];
    for (uint32_t s = 0; s < plan->sets; s++)
        plan->loop[s] = TRACE_NONE;
    uint32_t *filled = inner;
    memset(filled, 0, (nodes + 2) * sizeof *filled);
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t n = ordered[i], s = plan->set[n];
        if (plan->unit[n] != n) continue;
        plan->member[plan->begin[s] + filled[s]++] = n;
        if (graph->pool[n]) plan->loop[s] = n;
        mix(plan, n);
    }
    return true;
}

// ---- going up ----

typedef struct Up {
    Plan *plan;
    double *reach, *end;
    double *ask;  // by unit: asked of it and not yet handed on
    double *back; // by unit: the same for the measuring
} Up;

// Hands on what is asked of a unit to what went into it. What lies in `within` gets it in `ask`, to
// be handed on in its turn; the rest, earlier, in reach.
static void hand_on(Up *up, uint32_t unit, uint32_t within, double *ask, const double asked[N],
                    bool told) {
    const Plan *plan = up->plan;
    size_t k = plan->k;
    const uint8_t *measure = plan->measure + unit * k;
    const double *sum = plan->sum + unit * k;
    double each[N];
    bool plain = true;
    for (size_t c = 0; c < k; c++) {
        each[c] = asked[c] > 0 ? asked[c] / sum[c] : 0;
        plain = plain && (measure[c] == BY_COMPONENT || !(asked[c] > 0));
    }
    for (uint32_t i = plan->first[unit]; i < plan->first[unit + 1]; i++) {
        uint32_t arc = plan->arcs[i], from = from_unit(plan, arc);
        if (!told && plan->set[from] != within) continue;
        double *to = ask + from * k;
        const double *row = plan->graph->mass + arc * plan->row;
        if (plain) {
            for (size_t c = 0; c < k; c++)
                to[c] += each[c] * row[c];
        } else {
            for (size_t c = 0; c < k; c++)
                if (each[c] > 0) to[c] += each[c] * weight(plan, arc, c, measure[c]);
        }
    }
}

// All members but P, last ones first.
static void sweep(Up *up, uint32_t set, double *ask, bool told) {
    const Plan *plan = up->plan;
    size_t k = plan->k;
    for (uint32_t m = plan->begin[set + 1]; m-- > plan->begin[set];) {
        uint32_t unit = plan->member[m];
        if (unit == plan->loop[set]) continue;
        double asked[N];
        memcpy(asked, ask + unit * k, k * sizeof *asked);
        memset(ask + unit * k, 0, k * sizeof *asked);
        bool origin = plan->first[unit] == plan->first[unit + 1];
        for (size_t c = 0; told && c < k; c++) {
            up->reach[unit * k + c] += asked[c];
            if (origin) up->end[unit * k + c] += asked[c];
        }
        if (!origin) hand_on(up, unit, set, ask, asked, told);
    }
}

static void solve_up(Up *up, uint32_t set) {
    const Plan *plan = up->plan;
    size_t k = plan->k;
    uint32_t p = plan->loop[set];
    sweep(up, set, up->ask, true);
    if (p == TRACE_NONE) return;
    double asked[N], one[N], rho[N];
    memcpy(asked, up->ask + p * k, k * sizeof *asked);
    for (size_t c = 0; c < k; c++)
        one[c] = 1;
    bool origin = plan->first[p] == plan->first[p + 1];
    if (!origin && plan->begin[set + 1] - plan->begin[set] > 1) {
        hand_on(up, p, set, up->back, one, false);
        sweep(up, set, up->back, false);
    }
    memcpy(rho, up->back + p * k, k * sizeof *rho);
    memset(up->back + p * k, 0, k * sizeof *rho);
    for (size_t c = 0; c < k; c++) {
        bool ends = origin || 1 - rho[c] < LOOP_OPEN_MIN;
        double total = ends ? asked[c] : asked[c] / (1 - rho[c]);
        up->reach[p * k + c] += total;
        if (ends) up->end[p * k + c] += total;
        asked[c] = ends ? 0 : total;
    }
    hand_on(up, p, set, up->ask, asked, true);
    sweep(up, set, up->ask, true);
    // What came back to P is in its total already.
    memset(up->ask + p * k, 0, k * sizeof *asked);
}

bool trace_up(const TraceGraph *graph, uint32_t root, Arena *arena, TraceUp *out, Status *status) {
    assert(root < graph->nodes && graph->components <= N);
    size_t numbers = graph->nodes * graph->components + 1;
    Plan *plan = arena_take_zero(arena, 1, sizeof *plan);
    Up up = {.plan = plan,
             .reach = arena_take_zero(arena, numbers, sizeof(double)),
             .end = arena_take_zero(arena, numbers, sizeof(double)),
             .ask = arena_take_zero(arena, numbers, sizeof(double)),
             .back = arena_take_zero(arena, numbers, sizeof(double))};
    if (!plan || !up.reach || !up.end || !up.ask || !up.back) return status_no_memory(status);
    if (!plan_make(plan, graph, TRACE_NONE, arena, status)) return false;
    for (size_t c = 0; c < graph->components; c++)
        up.ask[plan->unit[root] * graph->components + c] = 1;
    for (uint32_t set = plan->sets; set-- > 0;)
        solve_up(&up, set);
    *out = (TraceUp){up.reach, up.end, plan};
    return true;
}

double trace_through(const TraceUp *up, size_t arc, size_t component) {
    const Plan *plan = up->plan;
    const TraceArc *of = &plan->graph->arc[arc];
    uint32_t unit = plan->unit[of->to];
    // Arcs within a unit say nothing.
    if (plan->unit[of->from] == unit) return 0;
    size_t at = unit * plan->k + component;
    double handed = up->reach[at] - up->end[at];
    return handed > 0 ? handed * part(plan, unit, (uint32_t)arc, component) : 0;
}

// ---- going down ----

// What a unit holds, from what went into it; with `only_inside` as if all outside the set held
// nothing.
static void take(const Plan *plan, uint32_t unit, const double *held, bool only_inside,
                 double into[N]) {
    double sum[N] = {0};
    for (uint32_t i = plan->first[unit]; i < plan->first[unit + 1]; i++) {
        uint32_t arc = plan->arcs[i], from = from_unit(plan, arc);
        if (only_inside && plan->set[from] != plan->set[unit]) continue;
        for (size_t c = 0; c < plan->k; c++)
            sum[c] += part(plan, unit, arc, c) * held[from * plan->k + c];
    }
    memcpy(into, sum, plan->k * sizeof *sum);
}

static void fill(const Plan *plan, uint32_t set, double *held, bool only_inside) {
    for (uint32_t m = plan->begin[set]; m < plan->begin[set + 1]; m++)
        if (plan->member[m] != plan->loop[set])
            take(plan, plan->member[m], held, only_inside, held + plan->member[m] * plan->k);
}

static void solve_down(const Plan *plan, uint32_t set, uint32_t root, double *held) {
    uint32_t p = plan->loop[set];
    size_t k = plan->k;
    if (plan->set[root] == set) { // alone, since nothing counts that went into it
        for (size_t c = 0; c < k; c++)
            held[root * k + c] = 1;
        return;
    }
    if (p == TRACE_NONE) {
        fill(plan, set, held, false);
        return;
    }
    double rho[N] = {0}, came[N] = {0};
    if (plan->begin[set + 1] - plan->begin[set] > 1) {
        for (size_t c = 0; c < k; c++)
            held[p * k + c] = 1;
        fill(plan, set, held, true);
        take(plan, p, held, true, rho);
        memset(held + p * k, 0, k * sizeof *held);
        fill(plan, set, held, false);
    }
    take(plan, p, held, false, came);
    for (size_t c = 0; c < k; c++)
        held[p * k + c] = 1 - rho[c] < LOOP_OPEN_MIN ? 0 : came[c] / (1 - rho[c]);
    fill(plan, set, held, false);
}

bool trace_down(const TraceGraph *graph, uint32_t root, Arena *arena, TraceDown *down,
                Status *status) {
    assert(root < graph->nodes && !graph->pool[root] && graph->components <= N);
    Plan plan;
    double *held = arena_take_zero(arena, graph->nodes * graph->components + 1, sizeof *held);
    if (!held) return status_no_memory(status);
    if (!plan_make(&plan, graph, root, arena, status)) return false;
    for (uint32_t set = 0; set < plan.sets; set++)
        solve_down(&plan, set, root, held);
    for (uint32_t n = 0; n < graph->nodes; n++)
        if (plan.unit[n] != n)
            memcpy(held + n * plan.k, held + plan.unit[n] * plan.k, plan.k * sizeof *held);
    *down = (TraceDown){held};
    return true;
}
