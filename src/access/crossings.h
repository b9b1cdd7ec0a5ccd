// What is asked of all that crossed from one facility to another: one component, some months.
#pragma once
#include "access/access.h"
#include "balance/from_book_crossing.h"

typedef struct CrossingsAsked {
    Text component; // "Nd"; empty: the rare earth of which most crossed
    Months months;  // 0: from the first, to the last
} CrossingsAsked;

// Refuses months the wrong way round.
MUST_CHECK bool crossings_months_check(const CrossingsAsked *asked, Status *status);
// Its number, and how many components cross at all (1 when nothing does). `how` says in the hint
// what is done with each by itself: "reconciled".
MUST_CHECK bool crossings_component(const BookCrossings *crossings, Text asked, const char *how,
                                    int *component, unsigned *components, Status *status);
