#include "origin/from_book.h"

#include <assert.h>
#include <string.h>

#include "book/state.h"

_Static_assert((int)TRACE_COMPONENTS == (int)COMPONENT_COUNT, "one place a component");

// A pool in a month: what it did then, and what was in it at the end.
typedef struct PoolMonth {
    uint32_t pool, next, node; // next: the pool's next month that did anything
    Month month;
    uint32_t first_op, last_op;                              // its operations, by next_op
    int64_t change[TRACE_COMPONENTS], end[TRACE_COMPONENTS]; // mg, so that sums are exact
} PoolMonth;

typedef struct Work {
    const Book *book;
    const OriginLimits *limits;
    Arena *arena;
    Status *status;
    unsigned rows;
    uint32_t operations, lots, pools; // how many there were at the beginning
    uint32_t *next_op;                // of the same pool and month
    uint32_t *from_lot;               // of a received lot
    uint32_t *settled_by;             // of a found lot: the operation that supplied it
    uint32_t *lot_node;
    uint32_t *first_month; // by pool
    int64_t *opened;       // by pool and component, mg
    PoolMonth *months;
    size_t month_count, month_room;
    OriginNode *nodes;
    size_t node_count, node_room, nodes_max;
    TraceArc *arcs;
    size_t arc_count, arc_room;
    bool complete, provisional;
} Work;

static bool breathe(Work *w) {
    if (++w->rows < 1000 || !w->limits->breathe) return true;
    w->rows = 0;
    return w->limits->breathe(w->limits->context, w->status);
}

static void *grown(Work *w, void *old, size_t count, size_t *room, size_t size) {
    if (count < *room) return old;
    size_t wanted = *room ? *room * 2 : 64;
    void *made = arena_take_zero(w->arena, wanted, size);
    if (!made) {
        status_no_memory(w->status);
        return NULL;
    }
    if (count) memcpy(made, old, count * size);
    *room = wanted;
    return made;
}

static double kg_of(int64_t mg) {
    return (double)mg * 1e-6;
}

static void add_values(const Book *book, uint32_t mask, uint32_t values,
                       double kg[TRACE_COMPONENTS]) {
    for (uint32_t m = mask; m; m &= m - 1)
        kg[__builtin_ctz(m)] += kg_of(*values_at(book, values++));
}

static void add_content(const Book *book, const ContentRef *ref, double kg[TRACE_COMPONENTS]) {
    if (ref->stated) add_values(book, ref->stated, ref->values, kg);
}

// A correction, and what it reversed, never were.
static bool stands(const Work *w, const OperationRow *operation) {
    if (operation->kind == EVENT_CORRECT || operation->seq >= w->limits->before) return false;
    const RecordRow *record = ROW(w->book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq);
    return !record->corrected || record->corrected_by >= w->limits->before;
}

// ---- what the pools did, month by month ----

static PoolMonth *pool_month(Work *w, uint32_t pool, Month month) {
    uint32_t *link = &w->first_month[pool];
    while (*link != TRACE_NONE && w->months[*link].month < month)
        link = &w->months[*link].next;
    if (*link != TRACE_NONE && w->months[*link].month == month) return &w->months[*link];
    // The link may lie in the array that grows.
    uint32_t before = TRACE_NONE, next = *link;
    if (link != &w->first_month[pool])
        before =
            (uint32_t)((PoolMonth *)(void *)((char *)link - offsetof(PoolMonth, next)) - w->months);
    PoolMonth *all = grown(w, w->months, w->month_count, &w->month_room, sizeof *all);
    if (!all) return NULL;
    w->months = all;
    uint32_t made = (uint32_t)w->month_count++;
    all[made] = (PoolMonth){.pool = pool,
                            .next = next,
                            .node = TRACE_NONE,
                            .month = month,
                            .first_op = TRACE_NONE,
                            .last_op = TRACE_NONE};
    if (before == TRACE_NONE)
        w->first_month[pool] = made;
    else
        all[before].next = made;
    return &all[made];
}

static void add_mg(const Book *book, uint32_t mask, uint32_t values, int64_t mg[TRACE_COMPONENTS]) {
    for (uint32_t m = mask; m; m &= m - 1)
        mg[__builtin_ctz(m)] += *values_at(book, values++);
}

// What an operation changed in its pool, as its deltas have it.
static void pool_change(const Work *w, const OperationRow *operation,
                        int64_t mg[TRACE_COMPONENTS]) {
    for (uint32_t d = 0; d < operation->delta_count; d++) {
        const PoolDelta *delta =
            ROW(w->book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + d);
        if (delta->kind == 0) add_mg(w->book, delta->mask, delta->values, mg);
    }
}

static void to_kg(const int64_t mg[TRACE_COMPONENTS], double kg[TRACE_COMPONENTS]) {
    for (int c = 0; c < TRACE_COMPONENTS; c++)
        kg[c] = kg_of(mg[c]);
}

static bool read_operations(Work *w) {
    for (uint32_t o = 0; o < w->operations; o++) {
        const OperationRow *operation = operation_at(w->book, o);
        w->next_op[o] = TRACE_NONE;
        if (operation->pool != ROW_NONE && operation->pool < w->pools && stands(w, operation)) {
            PoolMonth *month = pool_month(w, operation->pool, operation->month);
            if (!month) return false;
            int64_t mg[TRACE_COMPONENTS] = {0};
            pool_change(w, operation, mg);
            bool in = operation->kind == EVENT_CHARGE || operation->kind == EVENT_EXTRACT;
            for (int c = 0; c < TRACE_COMPONENTS; c++) {
                month->change[c] += mg[c];
                if (in) w->opened[(size_t)operation->pool * TRACE_COMPONENTS + (size_t)c] -= mg[c];
            }
            if (month->last_op == TRACE_NONE)
                month->first_op = o;
            else
                w->next_op[month->last_op] = o;
            month->last_op = o;
        }
        for (uint32_t i = 0; i < operation->difference_count; i++) {
            const DifferenceRow *d =
                ROW(w->book, DifferenceRow, TABLE_DIFFERENCE, operation->first_difference + i);
            if (d->to_lot != ROW_NONE && d->to_lot < w->lots && d->from_lot < w->lots &&
                stands(w, operation))
                w->from_lot[d->to_lot] = d->from_lot;
        }
        for (uint32_t i = 0; i < operation->posting_count; i++) {
            const PostingRow *p =
                ROW(w->book, PostingRow, TABLE_POSTING, operation->first_posting + i);
            if (p->reason == POSTED_FOUND && p->net < 0 && p->lot != ROW_NONE && p->lot < w->lots &&
                stands(w, operation))
                w->settled_by[p->lot] = o;
            bool counted = p->reason == POSTED_STOCKTAKE || p->reason == POSTED_LOSS;
            if (counted && p->pool != ROW_NONE && p->pool < w->pools &&
                operation->pool == ROW_NONE && stands(w, operation)) {
                PoolMonth *month = pool_month(w, p->pool, p->month);
                if (!month) return false;
                add_mg(w->book, p->mask, p->values, month->change);
            }
        }
        if (!breathe(w)) return false;
    }
    for (uint32_t pool = 0; pool < w->pools; pool++) {
        int64_t *opened = &w->opened[(size_t)pool * TRACE_COMPONENTS], level[TRACE_COMPONENTS];
        for (int c = 0; c < TRACE_COMPONENTS; c++)
            level[c] = opened[c] = opened[c] > 0 ? opened[c] : 0;
        for (uint32_t m = w->first_month[pool]; m != TRACE_NONE; m = w->months[m].next)
            for (int c = 0; c < TRACE_COMPONENTS; c++) {
                level[c] += w->months[m].change[c];
                if (level[c] < 0) level[c] = 0;
                w->months[m].end[c] = level[c];
            }
    }
    return true;
}

// ---- nodes and arcs ----

static uint32_t node_new(Work *w, const OriginNode *node) {
    OriginNode *all = grown(w, w->nodes, w->node_count, &w->node_room, sizeof *all);
    if (!all) return TRACE_NONE;
    w->nodes = all;
    all[w->node_count] = *node;
    return (uint32_t)w->node_count++;
}

static const OriginNode blank = {.lot = TRACE_NONE,
                                 .pool = TRACE_NONE,
                                 .operation = TRACE_NONE,
                                 .deposit = TRACE_NONE,
                                 .source = TRACE_NONE};

static uint32_t node_of_lot(Work *w, uint32_t row) {
    if (w->lot_node[row] != TRACE_NONE) return w->lot_node[row];
    const Lot *lot = lot_at(w->book, row);
    OriginNode node = blank;
    node.lot = row;
    node.operation = lot->operation;
    node.seq = operation_at(w->book, lot->operation)->seq;
    node.net = kg_of(lot->born_net);
    add_content(w->book, &lot->born, node.kg);
    return w->lot_node[row] = node_new(w, &node);
}

static uint32_t node_of_month(Work *w, uint32_t at) {
    PoolMonth *month = &w->months[at];
    if (month->node != TRACE_NONE) return month->node;
    OriginNode node = blank;
    node.pool = month->pool;
    node.month = month->month;
    uint32_t facility = pool_at(w->book, month->pool)->facility;
    node.provisional = ROW(w->book, FacilityRow, TABLE_FACILITY, facility)->closed < month->month;
    w->provisional = w->provisional || node.provisional;
    return month->node = node_new(w, &node);
}

static bool arc_add(Work *w, uint32_t from, uint32_t to, const double kg[TRACE_COMPONENTS],
                    double net) {
    if (from == TRACE_NONE) return false;
    TraceArc *all = grown(w, w->arcs, w->arc_count, &w->arc_room, sizeof *all);
    if (!all) return false;
    w->arcs = all;
    TraceArc *arc = &all[w->arc_count++];
    arc->from = from;
    arc->to = to;
    arc->net = net;
    memcpy(arc->kg, kg, sizeof arc->kg);
    return true;
}

// All that `to` holds came from there.
static bool arc_whole(Work *w, uint32_t from, uint32_t to) {
    OriginNode node = w->nodes[to];
    return arc_add(w, from, to, node.kg, node.net);
}

static bool arc_of_flow(Work *w, const FlowRow *flow, uint32_t to) {
    double kg[TRACE_COMPONENTS] = {0};
    add_content(w->book, &flow->content, kg);
    return arc_add(w, node_of_lot(w, flow->lot), to, kg, kg_of(flow->net));
}

// Which sources a deposit has: the one, or none that could be told from the others.
static uint32_t only_source(const Book *book, uint32_t deposit) {
    uint32_t found = TRACE_NONE;
    for (uint32_t s = 0; s < book_count(book, TABLE_SOURCE); s++) {
        const SourceRow *source = ROW(book, SourceRow, TABLE_SOURCE, s);
        if (!source->registered || source->deposit != deposit) continue;
        if (found != TRACE_NONE) return TRACE_NONE;
        found = s;
    }
    return found;
}

static void is_from_source(const Work *w, OriginNode *node, const OperationRow *operation) {
    node->kind = ORIGIN_SOURCE;
    node->seq = operation->seq;
    node->deposit = operation->deposit;
    node->source =
        operation->deposit == ROW_NONE ? TRACE_NONE : only_source(w->book, operation->deposit);
}

static PoolMonth *month_find(Work *w, uint32_t pool, Month month) {
    for (uint32_t m = w->first_month[pool]; m != TRACE_NONE; m = w->months[m].next)
        if (w->months[m].month == month) return &w->months[m];
    return NULL;
}

// What went into a lot when it was made.
static bool expand_lot(Work *w, uint32_t at) {
    const Book *book = w->book;
    uint32_t row = w->nodes[at].lot;
    const Lot *lot = lot_at(book, row);
    uint32_t made_by = lot->operation;
    bool found = lot->flags & LOT_FOUND;
    if (found && w->settled_by[row] != TRACE_NONE) {
        made_by = w->settled_by[row];
    } else if (found) {
        w->nodes[at].kind = ORIGIN_FOUND;
        return true;
    }
    const OperationRow *operation = operation_at(book, made_by);
    OriginNode *node = &w->nodes[at];
    switch (operation->kind) {
    case EVENT_EXTRACT:
        is_from_source(w, node, operation);
        return true;
    case EVENT_OPEN:
        node->kind = ORIGIN_OPENING;
        return true;
    case EVENT_RECEIVE:
        if (w->from_lot[row] == TRACE_NONE) {
            node->kind = lot->flags & LOT_UNMATCHED ? ORIGIN_UNMATCHED : ORIGIN_OUTSIDE;
            return true;
        }
        return arc_whole(w, node_of_lot(w, w->from_lot[row]), at);
    case EVENT_DRAW: {
        PoolMonth *month =
            operation->pool < w->pools ? month_find(w, operation->pool, operation->month) : NULL;
        if (!month) {
            node->kind = ORIGIN_FOUND;
            return true;
        }
        return arc_whole(w, node_of_month(w, (uint32_t)(month - w->months)), at);
    }
    default:
        break;
    }
    size_t before = w->arc_count;
    // A part that is sold comes of the lot taken just before it, whatever else was sold with it.
    bool alone = operation->kind == EVENT_SELL;
    for (uint32_t f = 0; f < operation->flow_count; f++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + f);
        if (alone && operation->first_flow + f + 1 != lot->first_flow) continue;
        if (flow->role == FLOW_IN && flow->lot != row && flow->lot < w->lots &&
            !arc_of_flow(w, flow, at))
            return false;
    }
    if (w->arc_count == before) w->nodes[at].kind = ORIGIN_FOUND;
    return true;
}

// What was in the pool before the month, and came into it within: by component, all that it holds.
static bool expand_month(Work *w, uint32_t at) {
    const Book *book = w->book;
    uint32_t pool = w->nodes[at].pool, before = TRACE_NONE, here = w->first_month[pool];
    size_t first_arc = w->arc_count;
    while (here != TRACE_NONE && w->months[here].month != w->nodes[at].month) {
        before = here;
        here = w->months[here].next;
    }
    assert(here != TRACE_NONE);
    double opening[TRACE_COMPONENTS], sum = 0;
    to_kg(before == TRACE_NONE ? &w->opened[(size_t)pool * TRACE_COMPONENTS]
                               : w->months[before].end,
          opening);
    for (int c = 0; c < TRACE_COMPONENTS; c++)
        sum += opening[c];
    if (sum > 0) {
        uint32_t from;
        if (before == TRACE_NONE) {
            OriginNode node = blank;
            node.kind = ORIGIN_OPENING;
            node.pool = pool;
            memcpy(node.kg, opening, sizeof opening);
            from = node_new(w, &node);
        } else {
            from = node_of_month(w, before);
        }
        if (!arc_add(w, from, at, opening, 0)) return false;
    }
    for (uint32_t o = w->months[here].first_op; o != TRACE_NONE; o = w->next_op[o]) {
        const OperationRow *operation = operation_at(book, o);
        if (operation->kind == EVENT_EXTRACT) {
            OriginNode node = blank;
            is_from_source(w, &node, operation);
            node.pool = pool;
            node.operation = o;
            int64_t mg[TRACE_COMPONENTS] = {0};
            pool_change(w, operation, mg);
            to_kg(mg, node.kg);
            uint32_t from = node_new(w, &node);
            if (!arc_add(w, from, at, node.kg, 0)) return false;
        }
        for (uint32_t f = 0; operation->kind == EVENT_CHARGE && f < operation->flow_count; f++) {
            const FlowRow *flow = flow_at(book, operation->first_flow + f);
            if (flow->role == FLOW_IN && flow->lot < w->lots && !arc_of_flow(w, flow, at))
                return false;
        }
        if (!breathe(w)) return false;
    }
    for (size_t a = first_arc; a < w->arc_count; a++)
        for (int c = 0; c < TRACE_COMPONENTS; c++)
            w->nodes[at].kg[c] += w->arcs[a].kg[c];
    if (w->arc_count == first_arc) w->nodes[at].kind = ORIGIN_FOUND;
    return true;
}

static bool expand(Work *w, uint32_t at) {
    if (w->nodes[at].kind != ORIGIN_NONE) return true;
    return w->nodes[at].lot != TRACE_NONE ? expand_lot(w, at) : expand_month(w, at);
}

static bool begin(Work *w, const Book *book, const OriginLimits *limits, Arena *arena,
                  Status *status) {
    *w = (Work){.book = book,
                .limits = limits,
                .arena = arena,
                .status = status,
                .complete = true,
                .operations = book_count(book, TABLE_OPERATION),
                .lots = book_count(book, TABLE_LOT),
                .pools = book_count(book, TABLE_POOL),
                .nodes_max = limits->nodes_max ? limits->nodes_max : TRACE_NODES_MAX};
    w->next_op = arena_take_zero(arena, (size_t)w->operations + 1, sizeof *w->next_op);
    w->from_lot = arena_take_zero(arena, (size_t)w->lots + 1, sizeof *w->from_lot);
    w->settled_by = arena_take_zero(arena, (size_t)w->lots + 1, sizeof *w->settled_by);
    w->lot_node = arena_take_zero(arena, (size_t)w->lots + 1, sizeof *w->lot_node);
    w->first_month = arena_take_zero(arena, (size_t)w->pools + 1, sizeof *w->first_month);
    w->opened =
        arena_take_zero(arena, ((size_t)w->pools + 1) * TRACE_COMPONENTS, sizeof *w->opened);
    if (!w->next_op || !w->from_lot || !w->settled_by || !w->lot_node || !w->first_month ||
        !w->opened)
        return status_no_memory(status);
    for (uint32_t l = 0; l < w->lots; l++)
        w->from_lot[l] = w->settled_by[l] = w->lot_node[l] = TRACE_NONE;
    for (uint32_t p = 0; p < w->pools; p++) {
        w->first_month[p] = TRACE_NONE;
        // All that came in; what was charged or extracted is taken off below, and the rest was
        // opened.
        for (int c = 0; c < TRACE_COMPONENTS; c++)
            w->opened[(size_t)p * TRACE_COMPONENTS + (size_t)c] = pool_at(book, p)->in[c];
    }
    return read_operations(w);
}

static bool finish(const Work *w, uint32_t root, OriginGraph *graph) {
    bool *pool = arena_take_zero(w->arena, w->node_count + 1, sizeof *pool);
    if (!pool) return status_no_memory(w->status);
    for (size_t n = 0; n < w->node_count; n++)
        pool[n] = w->nodes[n].lot == TRACE_NONE && w->nodes[n].kind == ORIGIN_NONE;
    *graph = (OriginGraph){
        {w->node_count, w->arc_count, w->arcs, pool}, w->nodes, root, w->complete, w->provisional};
    return true;
}

bool origin_read_up(const struct Book *book, uint32_t lot, const OriginLimits *limits, Arena *arena,
                    OriginGraph *graph, Status *status) {
    Work w;
    if (!begin(&w, book, limits, arena, status)) return false;
    uint32_t root = node_of_lot(&w, lot);
    if (root == TRACE_NONE) return false;
    // Nodes are added while those before them are looked at.
    for (uint32_t at = 0; at < w.node_count; at++) {
        if (w.node_count >= w.nodes_max && w.nodes[at].kind == ORIGIN_NONE) {
            w.nodes[at].kind = ORIGIN_CUT;
            w.complete = false;
            continue;
        }
        if (!expand(&w, at) || !breathe(&w)) return false;
    }
    return finish(&w, root, graph);
}

// Where matter of a node went: the nodes themselves are made, their arcs come later.
static bool follow(Work *w, uint32_t at) {
    const Book *book = w->book;
    OriginNode node = w->nodes[at];
    if (node.lot == TRACE_NONE) {
        PoolMonth *month = month_find(w, node.pool, node.month);
        for (uint32_t o = month ? month->first_op : TRACE_NONE; o != TRACE_NONE;
             o = w->next_op[o]) {
            const OperationRow *operation = operation_at(book, o);
            for (uint32_t f = 0; operation->kind == EVENT_DRAW && f < operation->flow_count; f++) {
                const FlowRow *flow = flow_at(book, operation->first_flow + f);
                if (flow->role == FLOW_OUT && flow->lot < w->lots &&
                    node_of_lot(w, flow->lot) == TRACE_NONE)
                    return false;
            }
        }
        return !month || month->next == TRACE_NONE || node_of_month(w, month->next) != TRACE_NONE;
    }
    for (uint32_t f = lot_at(book, node.lot)->first_flow; f != ROW_NONE;
         f = flow_at(book, f)->next_of_lot) {
        const FlowRow *own = flow_at(book, f);
        if (own->role != FLOW_IN || own->operation >= w->operations) continue;
        const OperationRow *operation = operation_at(book, own->operation);
        if (!stands(w, operation)) continue;
        if (operation->kind == EVENT_CHARGE && operation->pool < w->pools) {
            PoolMonth *month = month_find(w, operation->pool, operation->month);
            if (month && node_of_month(w, (uint32_t)(month - w->months)) == TRACE_NONE)
                return false;
            continue;
        }
        for (uint32_t i = 0; i < operation->difference_count; i++) {
            const DifferenceRow *d =
                ROW(book, DifferenceRow, TABLE_DIFFERENCE, operation->first_difference + i);
            if (d->from_lot == node.lot && d->to_lot != ROW_NONE && d->to_lot < w->lots &&
                node_of_lot(w, d->to_lot) == TRACE_NONE)
                return false;
        }
        bool mixes = operation->kind == EVENT_TRANSFORM || operation->kind == EVENT_SPLIT ||
                     operation->kind == EVENT_MERGE || operation->kind == EVENT_SELL ||
                     operation->kind == EVENT_BLEND || operation->kind == EVENT_ASSEMBLE;
        for (uint32_t i = 0; mixes && i < operation->flow_count; i++) {
            const FlowRow *flow = flow_at(book, operation->first_flow + i);
            if (operation->kind == EVENT_SELL && operation->first_flow + i != f + 1) continue;
            if (flow->role == FLOW_OUT && flow->lot < w->lots &&
                !(lot_at(book, flow->lot)->flags & LOT_FOUND) &&
                node_of_lot(w, flow->lot) == TRACE_NONE)
                return false;
        }
    }
    return true;
}

bool origin_read_down(const struct Book *book, uint32_t lot, const OriginLimits *limits,
                      Arena *arena, OriginGraph *graph, Status *status) {
    Work w;
    if (!begin(&w, book, limits, arena, status)) return false;
    uint32_t root = node_of_lot(&w, lot);
    if (root == TRACE_NONE) return false;
    for (uint32_t at = 0; at < w.node_count; at++) {
        if (w.node_count >= w.nodes_max) {
            w.complete = false;
            break;
        }
        if (!follow(&w, at) || !breathe(&w)) return false;
    }
    // Only now the arcs: what they come from and is not of the lot stays a bare node.
    size_t own = w.node_count;
    for (uint32_t at = 0; at < own; at++) {
        if (at != root && (!expand(&w, at) || !breathe(&w))) return false;
    }
    return finish(&w, root, graph);
}
