// Monthly returns as the arrays that the joint scan takes. Private to examine/.
#pragma once
#include "examine/examine.h"

typedef struct Tested {
    bool any;
    JointBalance joint;
    JointPattern *patterns;
    uint64_t *mask;   // by pattern
    const char **ore; // by pattern: its deposit, or null
    size_t pattern_count;
    JointScan scan;
} Tested;

// By material and component, the least content that any table states of it: what is not stated may
// be as much. Contents of net mass; materials x EXAMINE_COMPONENTS.
MUST_CHECK bool least_stated(const Returns *returns, Arena *arena, double **least, Status *status);
MUST_CHECK bool balance_of_returns(const Returns *returns, uint32_t facility, const double *least,
                                   Arena *arena, ExamineBalance *balance, Tested *tested,
                                   Status *status);
