// The book's genealogy as the graph that trace.h takes: the part of it that lies upstream, or
// downstream, of one lot. Only here do milligrams become doubles.
// Corrected records never were. A pool's month takes what was there before it and what came in
// within it (B19); it is provisional until its facility has closed that month.
#pragma once
#include "base/arena.h"
#include "base/calendar.h"
#include "base/status.h"
#include "origin/trace.h"

struct Book;

typedef enum OriginKind {
    ORIGIN_NONE = 0,  // not an origin: made of others
    ORIGIN_SOURCE,    // extracted from a licensed source
    ORIGIN_OPENING,   // there before the book
    ORIGIN_FOUND,     // insisted on, or more than can be explained
    ORIGIN_OUTSIDE,   // from outside the book
    ORIGIN_UNMATCHED, // received from a party that has not recorded sending it
    ORIGIN_CUT        // not followed further: the work limit
} OriginKind;

typedef struct OriginNode {
    uint32_t lot; // row, or TRACE_NONE: a pool in a month
    uint32_t pool;
    Month month;
    uint32_t operation; // that made the lot, or TRACE_NONE
    OriginKind kind;
    uint32_t deposit; // of an extraction, or TRACE_NONE
    uint32_t source;  // row; TRACE_NONE when it is not an extraction or the deposit has several
                      // sources: then the event `seq` names it
    uint64_t seq;     // of the event that brought it in
    double kg[TRACE_COMPONENTS]; // its whole content
    double net;
    bool provisional;
} OriginNode;

typedef struct OriginGraph {
    TraceGraph graph;
    OriginNode *node;
    uint32_t root;
    bool complete;    // false: the work limit cut it off
    bool provisional; // some pool's month is still open
} OriginGraph;

// Lets writers in between: called about every thousand rows. False ends the work (STATUS_BUSY was
// set).
typedef bool OriginBreathe(void *context, Status *status);

typedef struct OriginLimits {
    uint64_t before;        // records from this number on have not happened
    size_t nodes_max;       // 0: TRACE_NODES_MAX
    OriginBreathe *breathe; // may be null
    void *context;
} OriginLimits;

// On a book that is being read.
MUST_CHECK bool origin_read_up(const struct Book *book, uint32_t lot, const OriginLimits *limits,
                               Arena *arena, OriginGraph *graph, Status *status);
// All that was made of the lot, and, so that shares are right, what else went into that.
MUST_CHECK bool origin_read_down(const struct Book *book, uint32_t lot, const OriginLimits *limits,
                                 Arena *arena, OriginGraph *graph, Status *status);
