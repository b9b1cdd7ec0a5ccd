// One facility's balance while it is drawn up. Private to examine/.
#pragma once
#include "examine/balance.h"

typedef struct Build {
    ExamineBalance *b;
    int place[EXAMINE_COMPONENTS]; // of a component in the balance, or -1
    JointError *errors;
    size_t count, room;
    const double *least; // by material and component: the least content that anybody states
    bool treo;           // REO alone is balanced, for elements are not told of everything
} Build;

static inline void add_error(Build *x, size_t period, size_t c, uint64_t source, uint64_t group,
                             double own, double shared) {
    if ((own == 0.0 && shared == 0.0) || x->count == x->room) return;
    x->errors[x->count++] = (JointError){(uint32_t)period, (uint32_t)c, source, group, own, shared};
}

// The stock-takings of circuits, into the balance; months without one that need it become NAN.
void add_surveys(Build *build, const HoldupRow *rows, size_t count);
// Those of elements as surveys of REO, month by month; in months that have one of REO that stands.
// False for want of memory.
MUST_CHECK bool sum_surveys(const HoldupRow *rows, size_t count, Arena *arena, HoldupRow **out,
                            size_t *made);
