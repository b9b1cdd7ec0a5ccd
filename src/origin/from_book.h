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

// What is kept between traces (from_book_lineage.h): one for a book, followed before each trace by
// whoever alone may change it, and then read by any number at once.
typedef struct Lineage Lineage;
// Lets writers in between: called about every thousand rows. False ends the work (STATUS_BUSY was
// set).
typedef bool OriginBreathe(void *context, Status *status);
MUST_CHECK Lineage *lineage_new(Status *status);
void lineage_free(Lineage *lineage); // takes null
// Forgets everything: after a failed commit, or a failure to follow.
void lineage_clear(Lineage *lineage);
// Takes in what the book, which is being read, has learnt since. It then says the same as the book
// until more is recorded.
MUST_CHECK bool lineage_follow(Lineage *lineage, const struct Book *book, OriginBreathe *breathe,
                               void *context, Status *status);

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
    uint32_t lot;  // row, or TRACE_NONE: a pool in a month, or what went into one
    uint32_t lots; // how many it stands for, `lot` being one of them
    uint32_t pool;
    Month month;
    uint32_t operation; // that made the lot, or TRACE_NONE
    uint32_t mixes;     // of several lots that are alike: the operation, or TRACE_NONE
    OriginKind kind;
    uint32_t source; // of an extraction: its row, or TRACE_NONE
    uint8_t outside; // of what came from outside: Outside
    bool licensed;   // of an extraction: under a mining licence in force that day
    bool hidden, held, provisional;
    uint64_t seq; // of the event that brought it in
} OriginNode;

typedef struct OriginGraph {
    TraceGraph graph;                    // of the components that the lot was born with
    uint8_t component[TRACE_COMPONENTS]; // which they are
    OriginNode *node;
    double *content; // kg by node and component; null where nodes stand for several lots
    uint32_t root;
    bool complete;    // false: the work limit cut it off
    bool provisional; // some pool's month is still open
    uint64_t lots;    // that were looked at
} OriginGraph;

enum { ORIGIN_HIDDEN = 1, ORIGIN_HELD = 2 };
enum { ORIGIN_LOTS_MAX = 20000000 };
typedef struct OriginLimits {
    const Lineage *lineage; // that followed this book
    size_t nodes_max;       // 0: TRACE_NODES_MAX
    OriginBreathe *breathe; // may be null
    // What whoever asks may not see of a lot, and whether it is held; null: nothing is either.
    unsigned (*look)(void *context, uint32_t lot);
    void *context;
} OriginLimits;

// On a book that is being read.
MUST_CHECK bool origin_read_up(const struct Book *book, uint32_t lot, const OriginLimits *limits,
                               Arena *arena, OriginGraph *graph, Status *status);
// All that was made of the lot, and, so that shares are right, what else went into that.
MUST_CHECK bool origin_read_down(const struct Book *book, uint32_t lot, const OriginLimits *limits,
                                 Arena *arena, OriginGraph *graph, Status *status);
// As origin_read_up(), with one node for all lots that are alike and came the same way: of the same
// material, made in the same place by the same kind of event, from the same node. Shares are the
// same (what is mixed by mass may be mixed in any order), and a genealogy of a million lots has
// some thousand such nodes. The work limit is ORIGIN_LOTS_MAX lots.
MUST_CHECK bool origin_read_up_alike(const struct Book *book, uint32_t lot,
                                     const OriginLimits *limits, Arena *arena, OriginGraph *graph,
                                     Status *status);
