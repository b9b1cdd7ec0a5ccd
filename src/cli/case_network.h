// Networks as the balance cases give them: streams between nodes, or a matrix of balances.
#pragma once
#include "cli/case.h"
#include "reconcile/linear.h"

typedef struct CaseNetwork {
    LinearProblem problem;
    Text *names; // of streams
    double *sd;  // of each stream in all, its part in shared errors with it
    bool *measured;
} CaseNetwork;

// Reads `input`, the "input" of this case or of another one.
MUST_CHECK bool case_network(Case *c, uint32_t input, CaseNetwork *network);
// The place of the stream named by a string or a member's name; fails the case when there is none.
bool case_stream(Case *c, const CaseNetwork *network, uint32_t token, size_t *place);

// What is expected of streams: an object by stream, or an array in their order. `known` null: all
// are.
void check_streams(Case *c, const CaseNetwork *network, uint32_t object, const char *name,
                   const double *values, const bool *known);
// A list of streams in order, or a list of sets of names in any order. `set_of[place]` is the
// number of the set that a name belongs to, `sets` how many there are.
void check_stream_list(Case *c, const CaseNetwork *network, uint32_t object, const char *name,
                       const bool *wanted);

// Whether a value and its uncertainty (0 where it has none) are in reach of the routines; says of
// which one of what that they are not.
MUST_CHECK bool case_in_reach(Case *c, const char *what, Text name, double value, double sd);

extern const CaseKind CASE_KINDS_NETWORK[];
