// Matter on its way: what was sent and received, the consignments that pair both, and the postings
// by which what stands in the books was changed without any movement (schemas Movements,
// Consignments, Postings). Newest first, by postings (select.h).
#pragma once
#include "access/access.h"

typedef struct MovementsAsked {
    Text kind, party, facility; // each empty: any
    Text from, to;              // YYYY-MM-DD or YYYY-MM, both inclusive
} MovementsAsked;
MUST_CHECK bool access_movements(Access *access, const View *view, const MovementsAsked *asked,
                                 const Page *page, Buffer *out, Status *status);

typedef struct ConsignmentsAsked {
    Text party, facility; // who sent; either side's
    Text state; // "shipped", "unmatched": something came of it that nobody said to have sent,
                // "unconfirmed": not all of it confirmed by both sides
} ConsignmentsAsked;
MUST_CHECK bool access_consignments(Access *access, const View *view,
                                    const ConsignmentsAsked *asked, const Page *page, Buffer *out,
                                    Status *status);

typedef struct PostingsAsked {
    Text facility, reason;
    Text from, to; // YYYY-MM, both inclusive
} PostingsAsked;
MUST_CHECK bool access_postings(Access *access, const View *view, const PostingsAsked *asked,
                                const Page *page, Buffer *out, Status *status);
