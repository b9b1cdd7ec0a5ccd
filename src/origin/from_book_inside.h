// What the makers of graphs share: nodes and arcs under way. Private to from_book*.c.
#pragma once
#include "origin/from_book_lineage.h"

typedef struct Work {
    const Book *book;
    const Lineage *lineage;
    const OriginLimits *limits;
    Arena *arena;
    Status *status;
    unsigned rows;
    uint32_t lots, pools, months; // how many there were at the beginning
    uint32_t *lot_node;           // by lot: 1 + its node; sparse
    uint32_t *month_node;         // by month's id: 1 + its node
    int64_t *end;                 // by month's id and component: what was in the pool then, mg
    uint8_t *pool_known;          // whether `end` is there for its months
    OriginNode *nodes;
    size_t node_count, node_room, nodes_max;
    TraceArc *arcs;
    double *mass; // rows as trace.h has them
    size_t arc_count, arc_room, mass_room;
    uint32_t stated;                  // components that are asked for
    uint8_t column[TRACE_COMPONENTS]; // and where they stand in a row
    uint8_t component[TRACE_COMPONENTS];
    size_t components;
    double *content; // kg by node and column, where each node is one lot
    size_t content_room;
    uint64_t looked;
    bool complete, provisional;
} Work;

// Begins what is to be asked about a lot: the components that it was born with.
MUST_CHECK bool work_begin(Work *w, const Book *book, uint32_t lot, const OriginLimits *limits,
                           Arena *arena, Status *status);
void work_done(Work *w);
MUST_CHECK bool work_finish(const Work *w, uint32_t root, OriginGraph *graph);
MUST_CHECK bool work_breathe(Work *w);
// Room for one more; null for want of memory.
void *work_grown(Work *w, void *old, size_t count, size_t *room, size_t size);

extern const OriginNode origin_blank;
uint32_t work_node(Work *w, const OriginNode *node); // TRACE_NONE for want of memory
// An arc with this content; or the only one into `to`, of which the content says nothing more.
MUST_CHECK bool work_arc(Work *w, uint32_t from, uint32_t to, const int64_t mg[TRACE_COMPONENTS],
                         int64_t net_mg);
MUST_CHECK bool work_arc_whole(Work *w, uint32_t from, uint32_t to);
// Adds content to the row of an arc.
void work_arc_add(Work *w, size_t arc, const int64_t mg[TRACE_COMPONENTS], int64_t net_mg);
// The node of a pool in a month; made when it is new.
uint32_t work_month_node(Work *w, const PoolMonth *month);
// What was in the pool before a month of it: of the month before, or opened (`before` is null
// then).
void work_level_before(Work *w, const PoolMonth *month, const PoolMonth **before,
                       int64_t mg[TRACE_COMPONENTS]);
void work_add_content(const Book *book, const ContentRef *ref, int64_t mg[TRACE_COMPONENTS]);
void work_pool_change(const Work *w, const OperationRow *operation, int64_t mg[TRACE_COMPONENTS]);
static inline double kg_of(int64_t mg) {
    return (double)mg * 1e-6;
}
bool work_is_licensed(const Book *book, uint32_t source, Day day);
