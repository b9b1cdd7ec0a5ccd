#include "origin/from_book_inside.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

_Static_assert((int)TRACE_COMPONENTS == (int)COMPONENT_COUNT, "one place a component");

bool work_breathe(Work *w) {
    if (++w->rows < 1000 || !w->limits->breathe) return true;
    w->rows = 0;
    return w->limits->breathe(w->limits->context, w->status);
}

void *work_grown(Work *w, void *old, size_t count, size_t *room, size_t size) {
    if (count < *room) return old;
    size_t wanted = *room ? *room * 2 : 64;
    void *made = arena_take(w->arena, wanted * size);
    if (!made) {
        status_no_memory(w->status);
        return NULL;
    }
    if (count) memcpy(made, old, count * size);
    *room = wanted;
    return made;
}

static void add_mg(const Book *book, uint32_t mask, uint32_t values, int64_t mg[TRACE_COMPONENTS]) {
    for (uint32_t m = mask; m; m &= m - 1)
        mg[__builtin_ctz(m)] += *values_at(book, values++);
}

void work_add_content(const Book *book, const ContentRef *ref, int64_t mg[TRACE_COMPONENTS]) {
    add_mg(book, ref->stated, ref->values, mg);
}

// What an operation changed in its pool, as its deltas have it.
void work_pool_change(const Work *w, const OperationRow *operation, int64_t mg[TRACE_COMPONENTS]) {
    for (uint32_t d = 0; d < operation->delta_count; d++) {
        const PoolDelta *delta =
            ROW(w->book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + d);
        if (delta->kind == 0) add_mg(w->book, delta->mask, delta->values, mg);
    }
}

bool work_is_licensed(const Book *book, uint32_t source, Day day) {
    if (source == TRACE_NONE) return false;
    const SourceRow *row = ROW(book, SourceRow, TABLE_SOURCE, source);
    const LicenceVersion *licence = licence_latest(book, row->licence);
    return licence && licence->from <= day && day <= licence->to &&
           licence->status == LICENCE_VALID && licence->activity == ACTIVITY_MINING;
}

// ---- what pools held ----

// The content at each month's end: what was opened, and what changed since.
static void know_pool(Work *w, uint32_t pool) {
    if (w->pool_known[pool]) return;
    w->pool_known[pool] = 1;
    const PoolKept *kept = &w->lineage->pool[pool];
    int64_t level[TRACE_COMPONENTS];
    memcpy(level, kept->opened, sizeof level);
    for (uint32_t m = 0; m < kept->count; m++) {
        const PoolMonth *month = &kept->months[m];
        int64_t *end = &w->end[(size_t)month->id * TRACE_COMPONENTS];
        for (int c = 0; c < TRACE_COMPONENTS; c++) {
            level[c] += month->change[c];
            if (level[c] < 0) level[c] = 0;
            end[c] = level[c];
        }
    }
}

void work_level_before(Work *w, const PoolMonth *month, const PoolMonth **before,
                       int64_t mg[TRACE_COMPONENTS]) {
    const PoolKept *kept = &w->lineage->pool[month->pool];
    *before = month > kept->months ? month - 1 : NULL;
    if (*before) know_pool(w, month->pool);
    memcpy(mg, *before ? &w->end[(size_t)(*before)->id * TRACE_COMPONENTS] : kept->opened,
           TRACE_COMPONENTS * sizeof *mg);
}

// ---- nodes and arcs ----

const OriginNode origin_blank = {.lot = TRACE_NONE,
                                 .pool = TRACE_NONE,
                                 .operation = TRACE_NONE,
                                 .mixes = TRACE_NONE,
                                 .source = TRACE_NONE};

uint32_t work_node(Work *w, const OriginNode *node) {
    OriginNode *all = work_grown(w, w->nodes, w->node_count, &w->node_room, sizeof *all);
    if (!all) return TRACE_NONE;
    w->nodes = all;
    all[w->node_count] = *node;
    return (uint32_t)w->node_count++;
}

uint32_t work_month_node(Work *w, const PoolMonth *month) {
    if (w->month_node[month->id]) return w->month_node[month->id] - 1;
    OriginNode node = origin_blank;
    node.pool = month->pool;
    node.month = month->month;
    uint32_t facility = pool_at(w->book, month->pool)->facility;
    node.provisional = ROW(w->book, FacilityRow, TABLE_FACILITY, facility)->closed < month->month;
    w->provisional = w->provisional || node.provisional;
    uint32_t made = work_node(w, &node);
    if (made != TRACE_NONE) w->month_node[month->id] = made + 1;
    return made;
}

void work_arc_add(Work *w, size_t arc, const int64_t mg[TRACE_COMPONENTS], int64_t net_mg) {
    double *row = w->mass + arc * (w->components + TRACE_SUMS), rare = 0, all = 0;
    for (int c = 0; c < TRACE_COMPONENTS; c++) {
        double kg = kg_of(mg[c]);
        if (c < TRACE_REE) rare += kg;
        all += kg;
    }
    for (size_t c = 0; c < w->components; c++)
        row[c] += kg_of(mg[w->component[c]]);
    row[w->components + TRACE_RARE_EARTHS] += rare;
    row[w->components + TRACE_ALL] += all;
    row[w->components + TRACE_NET] += kg_of(net_mg);
}

bool work_arc(Work *w, uint32_t from, uint32_t to, const int64_t mg[TRACE_COMPONENTS],
              int64_t net_mg) {
    if (from == TRACE_NONE) return false;
    size_t row = w->components + TRACE_SUMS;
    TraceArc *all = work_grown(w, w->arcs, w->arc_count, &w->arc_room, sizeof *all);
    double *mass = work_grown(w, w->mass, w->arc_count, &w->mass_room, row * sizeof *mass);
    if (!all || !mass) return false;
    w->arcs = all;
    w->mass = mass;
    all[w->arc_count] = (TraceArc){from, to};
    memset(mass + w->arc_count * row, 0, row * sizeof *mass);
    work_arc_add(w, w->arc_count++, mg, net_mg);
    return true;
}

bool work_arc_whole(Work *w, uint32_t from, uint32_t to) {
    static const int64_t none[TRACE_COMPONENTS] = {0};
    return work_arc(w, from, to, none, 1);
}

bool work_begin(Work *w, const Book *book, uint32_t lot, const OriginLimits *limits, Arena *arena,
                Status *status) {
    const Lineage *lineage = limits->lineage;
    *w = (Work){.book = book,
                .lineage = lineage,
                .limits = limits,
                .arena = arena,
                .status = status,
                .complete = true,
                .lots = lineage->births.count,
                .pools = lineage->pools,
                .months = lineage->months.count,
                .nodes_max = limits->nodes_max ? limits->nodes_max : TRACE_NODES_MAX};
    // Of a lot that states nothing, what would be asked first.
    w->stated = lot_at(book, lot)->born.stated ? lot_at(book, lot)->born.stated : 1;
    for (uint32_t m = w->stated; m; m &= m - 1) {
        w->column[__builtin_ctz(m)] = (uint8_t)w->components;
        w->component[w->components++] = (uint8_t)__builtin_ctz(m);
    }
    w->lot_node = memory_new_sparse(w->lots, sizeof *w->lot_node);
    w->month_node = memory_new_sparse(w->months, sizeof *w->month_node);
    w->end = memory_new_sparse((size_t)w->months * TRACE_COMPONENTS, sizeof *w->end);
    w->pool_known = memory_new_sparse(w->pools, sizeof *w->pool_known);
    if (w->lot_node && w->month_node && w->end && w->pool_known) return true;
    work_done(w);
    return status_no_memory(status);
}

void work_done(Work *w) {
    memory_free_sparse(w->lot_node, w->lots, sizeof *w->lot_node);
    memory_free_sparse(w->month_node, w->months, sizeof *w->month_node);
    memory_free_sparse(w->end, (size_t)w->months * TRACE_COMPONENTS, sizeof *w->end);
    memory_free_sparse(w->pool_known, w->pools, sizeof *w->pool_known);
    w->lot_node = w->month_node = NULL;
    w->end = NULL;
    w->pool_known = NULL;
}

bool work_finish(const Work *w, uint32_t root, OriginGraph *graph) {
    bool *pool = arena_take_zero(w->arena, w->node_count + 1, sizeof *pool);
    if (!pool) return status_no_memory(w->status);
    for (size_t n = 0; n < w->node_count; n++)
        pool[n] = w->nodes[n].lot == TRACE_NONE && w->nodes[n].kind == ORIGIN_NONE;
    *graph = (OriginGraph){.graph = {.nodes = w->node_count,
                                     .arcs = w->arc_count,
                                     .components = w->components,
                                     .arc = w->arcs,
                                     .mass = w->mass,
                                     .pool = pool},
                           .node = w->nodes,
                           .content = w->content,
                           .root = root,
                           .complete = w->complete,
                           .provisional = w->provisional,
                           .lots = w->looked};
    memcpy(graph->component, w->component, sizeof graph->component);
    return true;
}

// ---- lot by lot ----

// Room for the content of the newest node, cleared.
static double *content_new(Work *w) {
    size_t k = w->components;
    double *all = work_grown(w, w->content, w->node_count - 1, &w->content_room, k * sizeof *all);
    if (!all) return NULL;
    w->content = all;
    return memset(all + (w->node_count - 1) * k, 0, k * sizeof *all);
}

static uint32_t node_with(Work *w, const OriginNode *node, const int64_t mg[TRACE_COMPONENTS]) {
    uint32_t made = work_node(w, node);
    double *content = made == TRACE_NONE ? NULL : content_new(w);
    if (!content) return TRACE_NONE;
    for (size_t c = 0; c < w->components; c++)
        content[c] = kg_of(mg[w->component[c]]);
    return made;
}

static uint32_t node_of_lot(Work *w, uint32_t row) {
    if (w->lot_node[row]) return w->lot_node[row] - 1;
    const Lot *lot = lot_at(w->book, row);
    OriginNode node = origin_blank;
    node.lot = row;
    node.lots = 1;
    node.operation = lot->operation;
    node.seq = operation_at(w->book, lot->operation)->seq;
    if (w->limits->look) {
        unsigned looks = w->limits->look(w->limits->context, row);
        node.hidden = looks & ORIGIN_HIDDEN;
        node.held = looks & ORIGIN_HELD;
    }
    w->looked++;
    int64_t mg[TRACE_COMPONENTS] = {0};
    work_add_content(w->book, &lot->born, mg);
    uint32_t made = node_with(w, &node, mg);
    if (made != TRACE_NONE) w->lot_node[row] = made + 1;
    return made;
}

static uint32_t node_of_month(Work *w, const PoolMonth *month) {
    size_t before = w->node_count;
    uint32_t made = work_month_node(w, month);
    if (made != TRACE_NONE && w->node_count > before && !content_new(w)) return TRACE_NONE;
    return made;
}

static uint32_t node_of_month_id(Work *w, uint32_t id) {
    const MonthPlace *place = rows_at(&w->lineage->months, id);
    return node_of_month(w, pool_month_find(w->lineage, place->pool, place->month));
}

static bool arc_of_flow(Work *w, const FlowRow *flow, uint32_t to) {
    int64_t mg[TRACE_COMPONENTS] = {0};
    work_add_content(w->book, &flow->content, mg);
    return work_arc(w, node_of_lot(w, flow->lot), to, mg, flow->net);
}

// What went into a lot when it was made.
static bool expand_lot(Work *w, uint32_t at) {
    uint32_t row = w->nodes[at].lot;
    const Birth *birth = birth_at(w->lineage, row);
    OriginNode *node = &w->nodes[at];
    switch ((Descent)birth->descent) {
    case DESCENT_FOUND:
        node->kind = ORIGIN_FOUND;
        return true;
    case DESCENT_SOURCE:
        node->kind = ORIGIN_SOURCE;
        node->source = birth->from;
        node->licensed = work_is_licensed(w->book, birth->from, birth->day);
        return true;
    case DESCENT_OPENING:
        node->kind = ORIGIN_OPENING;
        return true;
    case DESCENT_OUTSIDE:
        node->kind = ORIGIN_OUTSIDE;
        node->outside = (uint8_t)birth->from;
        return true;
    case DESCENT_UNMATCHED:
        node->kind = ORIGIN_UNMATCHED;
        return true;
    case DESCENT_LOT:
        return work_arc_whole(w, node_of_lot(w, birth->from), at);
    case DESCENT_MONTH:
        return work_arc_whole(w, node_of_month_id(w, birth->from), at);
    case DESCENT_OPERATION:
        break;
    }
    const OperationRow *operation = operation_at(w->book, birth->from);
    for (uint32_t f = 0; f < operation->flow_count; f++) {
        const FlowRow *flow = flow_at(w->book, operation->first_flow + f);
        if (flow->role == FLOW_IN && flow->lot != row && !arc_of_flow(w, flow, at)) return false;
    }
    return true;
}

// What was in the pool before the month, and came into it within: by component, all that it holds.
static bool expand_month(Work *w, uint32_t at) {
    const Book *book = w->book;
    const PoolMonth *month = pool_month_find(w->lineage, w->nodes[at].pool, w->nodes[at].month),
                    *before;
    size_t first_arc = w->arc_count, row = w->components + TRACE_SUMS;
    int64_t opening[TRACE_COMPONENTS], sum = 0;
    work_level_before(w, month, &before, opening);
    for (int c = 0; c < TRACE_COMPONENTS; c++)
        sum += opening[c] > 0;
    if (sum > 0) {
        OriginNode node = origin_blank;
        node.kind = ORIGIN_OPENING;
        node.pool = month->pool;
        uint32_t from = before ? node_of_month(w, before) : node_with(w, &node, opening);
        if (!work_arc(w, from, at, opening, 0)) return false;
    }
    for (uint32_t i = 0; i < month->count; i++) {
        const OperationRow *operation = operation_at(book, month->operations[i]);
        if (operation->kind == EVENT_EXTRACT) {
            OriginNode node = origin_blank;
            node.kind = ORIGIN_SOURCE;
            node.seq = operation->seq;
            node.source = operation->source;
            node.pool = month->pool;
            node.operation = month->operations[i];
            node.licensed = work_is_licensed(
                book, operation->source,
                ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->day_of);
            int64_t mg[TRACE_COMPONENTS] = {0};
            work_pool_change(w, operation, mg);
            if (!work_arc(w, node_with(w, &node, mg), at, mg, 0)) return false;
        }
        for (uint32_t f = 0; operation->kind == EVENT_CHARGE && f < operation->flow_count; f++) {
            const FlowRow *flow = flow_at(book, operation->first_flow + f);
            if (flow->role == FLOW_IN && !arc_of_flow(w, flow, at)) return false;
        }
        if (!work_breathe(w)) return false;
    }
    for (size_t a = first_arc; a < w->arc_count; a++)
        for (size_t c = 0; c < w->components; c++)
            w->content[at * w->components + c] += w->mass[a * row + c];
    if (w->arc_count == first_arc) w->nodes[at].kind = ORIGIN_FOUND;
    return true;
}

static bool expand(Work *w, uint32_t at) {
    if (w->nodes[at].kind != ORIGIN_NONE) return true;
    return w->nodes[at].lot != TRACE_NONE ? expand_lot(w, at) : expand_month(w, at);
}

static bool read_up(Work *w, uint32_t lot, OriginGraph *graph) {
    uint32_t root = node_of_lot(w, lot);
    if (root == TRACE_NONE) return false;
    // Nodes are added while those before them are looked at.
    for (uint32_t at = 0; at < w->node_count; at++) {
        if (w->node_count >= w->nodes_max && w->nodes[at].kind == ORIGIN_NONE) {
            w->nodes[at].kind = ORIGIN_CUT;
            w->complete = false;
            continue;
        }
        if (!expand(w, at) || !work_breathe(w)) return false;
    }
    return work_finish(w, root, graph);
}

bool origin_read_up(const struct Book *book, uint32_t lot, const OriginLimits *limits, Arena *arena,
                    OriginGraph *graph, Status *status) {
    Work w;
    if (!work_begin(&w, book, lot, limits, arena, status)) return false;
    bool well = read_up(&w, lot, graph);
    work_done(&w);
    return well;
}

// A correction, and what it reversed, never were.
static bool stands(const Book *book, const OperationRow *operation) {
    return operation->kind != EVENT_CORRECT &&
           !ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected;
}

// Where matter of a node went: the nodes themselves are made, their arcs come later.
static bool follow(Work *w, uint32_t at) {
    const Book *book = w->book;
    OriginNode node = w->nodes[at];
    if (node.lot == TRACE_NONE) {
        const PoolMonth *month = pool_month_find(w->lineage, node.pool, node.month);
        for (uint32_t i = 0; month && i < month->count; i++) {
            const OperationRow *operation = operation_at(book, month->operations[i]);
            for (uint32_t f = 0; operation->kind == EVENT_DRAW && f < operation->flow_count; f++) {
                const FlowRow *flow = flow_at(book, operation->first_flow + f);
                if (flow->role == FLOW_OUT && flow->lot < w->lots &&
                    node_of_lot(w, flow->lot) == TRACE_NONE)
                    return false;
            }
        }
        const PoolKept *kept = &w->lineage->pool[node.pool];
        bool last = !month || month + 1 == kept->months + kept->count;
        return last || node_of_month(w, month + 1) != TRACE_NONE;
    }
    for (uint32_t f = lot_at(book, node.lot)->first_flow; f != ROW_NONE;
         f = flow_at(book, f)->next_of_lot) {
        const FlowRow *own = flow_at(book, f);
        if (own->role != FLOW_IN) continue;
        const OperationRow *operation = operation_at(book, own->operation);
        if (!stands(book, operation)) continue;
        if (operation->kind == EVENT_CHARGE && operation->pool < w->pools) {
            const PoolMonth *month = pool_month_find(w->lineage, operation->pool, operation->month);
            if (month && node_of_month(w, month) == TRACE_NONE) return false;
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

static bool read_down(Work *w, uint32_t lot, OriginGraph *graph) {
    uint32_t root = node_of_lot(w, lot);
    if (root == TRACE_NONE) return false;
    for (uint32_t at = 0; at < w->node_count; at++) {
        if (w->node_count >= w->nodes_max) {
            w->complete = false;
            break;
        }
        if (!follow(w, at) || !work_breathe(w)) return false;
    }
    // Only now the arcs: what they come from and is not of the lot stays a bare node.
    size_t own = w->node_count;
    for (uint32_t at = 0; at < own; at++) {
        if (at != root && (!expand(w, at) || !work_breathe(w))) return false;
    }
    return work_finish(w, root, graph);
}

bool origin_read_down(const struct Book *book, uint32_t lot, const OriginLimits *limits,
                      Arena *arena, OriginGraph *graph, Status *status) {
    Work w;
    if (!work_begin(&w, book, lot, limits, arena, status)) return false;
    bool well = read_down(&w, lot, graph);
    work_done(&w);
    return well;
}
