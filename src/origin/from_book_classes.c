// The graph of lots that are alike. A lot that came whole from one place (received, drawn from a
// pool, cut off another, extracted) holds the same mixture as what it came from; all lots that came
// so from the same node, and look the same to whoever asks, are one node, a *class*. Only months of
// pools, and what operations mixed of several lots, are nodes of their own. A charge then adds to
// the arc from its lot's class into the pool's month, whatever lot it was. Each lot is looked at
// once, 20 bytes of its birth.
#include <string.h>

#include "base/memory.h"
#include "origin/from_book_inside.h"

typedef struct Key {
    uint32_t up;    // node that all of it came from, or TRACE_NONE
    uint32_t mixes; // or operation that it was mixed by
    uint32_t facility, material, source, pool;
    uint8_t origin, kind, outside, looks; // OriginKind, EventKind, Outside, ORIGIN_... and licensed
} Key;
enum { LOOKS_LICENSED = 128 };

typedef struct Slot {
    Key key;
    uint32_t node_plus_one;
} Slot;

typedef struct Classes {
    Work w;
    Slot *slots;
    uint32_t mask, used;
    uint32_t *arc_to,
        *arc_at; // by node: the node that it last had an arc into, plus one, and which
    size_t arc_room;
    uint32_t *way; // lots whose class is being found
    size_t way_room;
} Classes;

static uint32_t hash_of(const Key *key) {
    uint64_t h = 0x9e3779b97f4a7c15u;
    uint32_t words[sizeof *key / 4];
    memcpy(words, key, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        h = (h ^ words[i]) * 0xff51afd7ed558ccdu, h ^= h >> 32;
    return (uint32_t)h;
}

static bool slots_grow(Classes *c) {
    if (c->slots && c->used * 2 < c->mask) return true;
    uint32_t room = c->slots ? (c->mask + 1) * 4 : 1024;
    Slot *grown = memory_new_zero(room, sizeof *grown);
    if (!grown) return status_no_memory(c->w.status);
    for (uint32_t i = 0; c->slots && i <= c->mask; i++) {
        if (!c->slots[i].node_plus_one) continue;
        uint32_t at = hash_of(&c->slots[i].key) & (room - 1);
        while (grown[at].node_plus_one)
            at = (at + 1) & (room - 1);
        grown[at] = c->slots[i];
    }
    memory_free(c->slots);
    c->slots = grown;
    c->mask = room - 1;
    return true;
}

// The node of a key; a new one is a copy of `like`.
static uint32_t class_node(Classes *c, const Key *key, const OriginNode *like, bool *made) {
    if (!slots_grow(c)) return TRACE_NONE;
    uint32_t at = hash_of(key) & c->mask;
    for (; c->slots[at].node_plus_one; at = (at + 1) & c->mask)
        if (memcmp(&c->slots[at].key, key, sizeof *key) == 0) {
            *made = false;
            return c->slots[at].node_plus_one - 1;
        }
    uint32_t node = work_node(&c->w, like);
    if (node == TRACE_NONE) return TRACE_NONE;
    c->slots[at] = (Slot){*key, node + 1};
    c->used++;
    *made = true;
    return node;
}

// Adds to the arc from one node into another; arcs into one node are made one after the other.
static bool arc_into(Classes *c, uint32_t from, uint32_t to, const int64_t mg[TRACE_COMPONENTS],
                     int64_t net_mg) {
    Work *w = &c->w;
    if (from == TRACE_NONE) return false;
    if (from >= c->arc_room) {
        size_t room = from * 2 + 64, old = c->arc_room;
        uint32_t *into = memory_resize(c->arc_to, room * sizeof *into);
        if (into) c->arc_to = into;
        uint32_t *at = memory_resize(c->arc_at, room * sizeof *at);
        if (at) c->arc_at = at;
        if (!into || !at) return status_no_memory(w->status);
        memset(into + old, 0, (room - old) * sizeof *into);
        c->arc_room = room;
    }
    if (c->arc_to[from] == to + 1) {
        work_arc_add(w, c->arc_at[from], mg, net_mg);
        return true;
    }
    c->arc_to[from] = to + 1;
    c->arc_at[from] = (uint32_t)w->arc_count;
    return work_arc(w, from, to, mg, net_mg);
}

// ---- the class of a lot ----

static unsigned looks_of(const Classes *c, uint32_t lot) {
    return c->w.limits->look ? c->w.limits->look(c->w.limits->context, lot) : 0;
}

// Where a lot came from, if that is no lot.
static bool up_of(Classes *c, const Birth *birth, Key *key) {
    static const uint8_t kinds[] = {[DESCENT_FOUND] = ORIGIN_FOUND,
                                    [DESCENT_SOURCE] = ORIGIN_SOURCE,
                                    [DESCENT_OPENING] = ORIGIN_OPENING,
                                    [DESCENT_OUTSIDE] = ORIGIN_OUTSIDE,
                                    [DESCENT_UNMATCHED] = ORIGIN_UNMATCHED};
    const Lineage *lineage = c->w.lineage;
    switch ((Descent)birth->descent) {
    case DESCENT_MONTH: {
        const MonthPlace *place = rows_at(&lineage->months, birth->from);
        key->up = work_month_node(&c->w, pool_month_find(lineage, place->pool, place->month));
        return key->up != TRACE_NONE;
    }
    case DESCENT_OPERATION:
        key->mixes = birth->from;
        return true;
    default:
        key->origin = kinds[birth->descent];
        if (birth->descent == DESCENT_OUTSIDE) key->outside = (uint8_t)birth->from;
        if (birth->descent == DESCENT_SOURCE) {
            key->source = birth->from;
            if (work_is_licensed(c->w.book, birth->from, birth->day)) key->looks |= LOOKS_LICENSED;
        }
        return true;
    }
}

static uint32_t class_make(Classes *c, uint32_t lot, uint32_t parent, bool alone) {
    Work *w = &c->w;
    const Birth *birth = birth_at(w->lineage, lot);
    unsigned looks = looks_of(c, lot);
    Key key;
    memset(&key, 0, sizeof key); // compared byte by byte
    key.facility = birth->facility == TRACE_NONE ? lot_at(w->book, lot)->facility : birth->facility;
    key.material = birth->material;
    key.kind = birth->kind;
    key.up = key.mixes = key.source = TRACE_NONE;
    key.pool = alone ? lot : TRACE_NONE; // a lot that stands alone is alike to none
    key.looks = (uint8_t)(looks & ORIGIN_HIDDEN);
    if (parent != TRACE_NONE)
        key.up = parent;
    else if (!up_of(c, birth, &key))
        return TRACE_NONE;
    OriginNode node = origin_blank;
    node.lot = lot;
    node.operation = lot_at(w->book, lot)->operation;
    node.seq = operation_at(w->book, node.operation)->seq;
    node.kind = (OriginKind)key.origin;
    node.source = key.source;
    node.mixes = key.mixes;
    node.outside = key.outside;
    node.licensed = key.looks & LOOKS_LICENSED;
    node.hidden = looks & ORIGIN_HIDDEN;
    bool made;
    uint32_t at = class_node(c, &key, &node, &made);
    if (at == TRACE_NONE) return TRACE_NONE;
    if (made && key.up != TRACE_NONE && !work_arc_whole(w, key.up, at)) return TRACE_NONE;
    w->nodes[at].lots++;
    if (looks & ORIGIN_HELD) w->nodes[at].held = true;
    w->lot_node[lot] = at + 1;
    w->looked++;
    return at;
}

// Goes up to a lot whose class is known or that came from no one lot, and back.
static uint32_t class_of(Classes *c, uint32_t lot, bool alone) {
    Work *w = &c->w;
    size_t length = 0;
    uint32_t parent = TRACE_NONE;
    for (uint32_t at = lot;;) {
        if (w->lot_node[at]) {
            parent = w->lot_node[at] - 1;
            break;
        }
        if (length == c->way_room) {
            size_t room = c->way_room ? c->way_room * 2 : 64;
            uint32_t *grown = memory_resize(c->way, room * sizeof *grown);
            if (!grown) {
                status_no_memory(w->status);
                return TRACE_NONE;
            }
            c->way = grown;
            c->way_room = room;
        }
        c->way[length++] = at;
        const Birth *birth = birth_at(w->lineage, at);
        // No lot is made of itself; if a book ever said so, the way would end here.
        if (birth->descent != DESCENT_LOT || length > w->lots) break;
        at = birth->from;
    }
    while (length > 0) {
        uint32_t at = c->way[--length];
        parent = class_make(c, at, parent, alone && at == lot);
        if (parent == TRACE_NONE) return TRACE_NONE;
    }
    return parent;
}

// ---- what mixes ----

static bool arc_of_flow(Classes *c, const FlowRow *flow, uint32_t to) {
    int64_t mg[TRACE_COMPONENTS] = {0};
    work_add_content(c->w.book, &flow->content, mg);
    return arc_into(c, class_of(c, flow->lot, false), to, mg, flow->net);
}

static bool expand_operation(Classes *c, uint32_t at) {
    const OperationRow *operation = operation_at(c->w.book, c->w.nodes[at].mixes);
    for (uint32_t f = 0; f < operation->flow_count; f++) {
        const FlowRow *flow = flow_at(c->w.book, operation->first_flow + f);
        if (flow->role == FLOW_IN && !arc_of_flow(c, flow, at)) return false;
    }
    return true;
}

// What was extracted into a pool from one source in one month is one node.
static bool arc_of_extraction(Classes *c, const OperationRow *operation, uint32_t to) {
    Work *w = &c->w;
    Day day = ROW(w->book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->day_of;
    OriginNode node = origin_blank;
    node.kind = ORIGIN_SOURCE;
    node.seq = operation->seq;
    node.pool = operation->pool;
    node.source = operation->source;
    node.licensed = work_is_licensed(w->book, operation->source, day);
    Key key;
    memset(&key, 0, sizeof key);
    key.up = key.mixes = key.facility = key.material = TRACE_NONE;
    key.pool = operation->pool;
    key.source = operation->source;
    key.origin = ORIGIN_SOURCE;
    key.kind = EVENT_EXTRACT;
    key.looks = node.licensed ? LOOKS_LICENSED : 0;
    bool made;
    int64_t mg[TRACE_COMPONENTS] = {0};
    work_pool_change(w, operation, mg);
    return arc_into(c, class_node(c, &key, &node, &made), to, mg, 0);
}

static bool arc_of_opening(Classes *c, const PoolMonth *month, uint32_t to, bool *any) {
    Work *w = &c->w;
    const PoolMonth *before;
    int64_t mg[TRACE_COMPONENTS];
    bool held = false;
    work_level_before(w, month, &before, mg);
    for (int i = 0; i < TRACE_COMPONENTS; i++)
        held = held || mg[i] > 0;
    if (!held) return true;
    *any = true;
    OriginNode node = origin_blank;
    node.kind = ORIGIN_OPENING;
    node.pool = month->pool;
    return arc_into(c, before ? work_month_node(w, before) : work_node(w, &node), to, mg, 0);
}

static bool expand_month(Classes *c, uint32_t at) {
    Work *w = &c->w;
    const PoolMonth *month = pool_month_find(w->lineage, w->nodes[at].pool, w->nodes[at].month);
    bool any = false;
    if (!arc_of_opening(c, month, at, &any)) return false;
    for (uint32_t i = 0; i < month->count; i++) {
        const OperationRow *operation = operation_at(w->book, month->operations[i]);
        if (operation->kind == EVENT_EXTRACT) {
            any = true;
            if (!arc_of_extraction(c, operation, at)) return false;
        }
        for (uint32_t f = 0; operation->kind == EVENT_CHARGE && f < operation->flow_count; f++) {
            const FlowRow *flow = flow_at(w->book, operation->first_flow + f);
            if (flow->role != FLOW_IN) continue;
            any = true;
            if (!arc_of_flow(c, flow, at)) return false;
        }
        if (!work_breathe(w)) return false;
    }
    if (!any) w->nodes[at].kind = ORIGIN_FOUND;
    return true;
}

static bool read_up(Classes *c, uint32_t lot, OriginGraph *graph) {
    Work *w = &c->w;
    uint32_t root = class_of(c, lot, true);
    if (root == TRACE_NONE) return false;
    // Nodes are added while those before them are looked at.
    for (uint32_t at = 0; at < w->node_count; at++) {
        OriginNode *node = &w->nodes[at];
        bool month = node->lot == TRACE_NONE && node->kind == ORIGIN_NONE;
        if (!month && node->mixes == TRACE_NONE) continue;
        if (w->looked >= ORIGIN_LOTS_MAX) {
            node->kind = ORIGIN_CUT;
            w->complete = false;
            continue;
        }
        if (!(month ? expand_month(c, at) : expand_operation(c, at)) || !work_breathe(w))
            return false;
    }
    return work_finish(w, root, graph);
}

bool origin_read_up_alike(const struct Book *book, uint32_t lot, const OriginLimits *limits,
                          Arena *arena, OriginGraph *graph, Status *status) {
    Classes c = {.slots = NULL};
    if (!work_begin(&c.w, book, lot, limits, arena, status)) return false;
    bool well = read_up(&c, lot, graph);
    memory_free(c.slots);
    memory_free(c.arc_to);
    memory_free(c.arc_at);
    memory_free(c.way);
    work_done(&c.w);
    return well;
}
