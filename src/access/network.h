// Who sent how much to whom, and where it did not arrive: facilities with what came in, went out
// and is not accounted for over some months, and the matched receipts between them (schema
// Network).
#pragma once
#include "access/access.h"

// `component`: "Nd", or "TREO" (the rare earths as oxide); empty: TREO. Facilities that the view
// does not see are left out, and so are links that touch one.
MUST_CHECK bool access_network(Access *access, const View *view, Text component, Months months,
                               Buffer *out, Status *status);
