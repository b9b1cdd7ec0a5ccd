// Totals of the monthly accounts: what was opened, extracted, received, shipped, discarded and
// lost, and what postings changed, of one component or of all rare earths as oxide, by month, over
// one facility, one party's, or all that the view sees (schema Totals). From the account rows that
// lie in both sets of the index: one row a facility and month, no operation is read.
#pragma once
#include "access/access.h"

typedef struct TotalsAsked {
    Text facility, party; // empty: any
    Text component;       // a symbol; empty or "REO": rare earths as oxide, by the factors in force
    Text from, to;        // YYYY-MM, both inclusive
} TotalsAsked;
MUST_CHECK bool access_totals(Access *access, const View *view, const TotalsAsked *asked,
                              Buffer *out, Status *status);
