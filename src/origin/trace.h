// Shares of a lot by origin: from which sources, opening stock and outside counterparts each
// component of it came, upstream through everything that was made; and downstream, what became of
// it. Numbers only: a node is a lot, or a pool in a month (B19); an arc says how many kg of each
// component went from one to another. Rules:
//   - what comes out of a node has, by component, the mixture of what went in, by mass;
//   - where nothing of a component is known to have gone in, the mixture of the rare earths counts,
//   then
//     that of everything, then that of net mass;
//   - pools that feed each other within their month are one pool (B19). What leaves it and comes
//   back, by
//     way of lots, is solved for, so that lots on the way keep what else went into them.
// Always true: for every component the shares over all origins add up to 1 within 1e-9.
// All results live in the caller's arena.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACE_COMPONENTS = 22, TRACE_REE = 17, TRACE_NODES_MAX = 100000 };
#define TRACE_NONE UINT32_MAX

typedef struct TraceArc { // matter that went from `from` into `to`
    uint32_t from, to;
} TraceArc;

// What an arc carried is a row of `components` + TRACE_SUMS numbers: kg of each component that is
// asked for, then of the rare earths, of everything stated, and net kg.
enum { TRACE_RARE_EARTHS = 0, TRACE_ALL, TRACE_NET, TRACE_SUMS };
typedef struct TraceGraph {
    size_t nodes, arcs, components; // at most TRACE_COMPONENTS
    const TraceArc *arc;
    const double *mass; // by arc: rows one after the other
    const bool *pool;   // by node: a pool in a month
} TraceGraph;

// How much of node `root`'s own content came through each node, as parts of one by component:
// reach[node * components + c]; of matter that went round, each pass. `end`: how much of it
// comes from no further away: what reached origins, which nothing went into. What came through
// pools that are one is told of the first of them.
typedef struct TracePlan TracePlan;
typedef struct TraceUp {
    double *reach, *end;
    const TracePlan *plan;
} TraceUp;
MUST_CHECK bool trace_up(const TraceGraph *graph, uint32_t root, Arena *arena, TraceUp *up,
                         Status *status);
// Reach by arc: how much came along it.
double trace_through(const TraceUp *up, size_t arc, size_t component);

// What part of each node's content is of `root`, by component: part[node * components + c].
// What went into root itself does not count.
typedef struct TraceDown {
    double *part;
} TraceDown;
MUST_CHECK bool trace_down(const TraceGraph *graph, uint32_t root, Arena *arena, TraceDown *down,
                           Status *status);
