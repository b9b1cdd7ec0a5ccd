// The material balance line of a facility and a component, month by month (schema Balance). Masses
// are the book's own integers and add up exactly; errors, limits and tests come from balance/. A
// limit is *usual* at 1.96 sigma of that figure; the *alarm* limit is set so that all components
// and twelve months of a facility together exceed it by chance once in twenty years.
#pragma once
#include "access/access.h"

// `component`: "Nd", or "TREO" (the rare earths as oxide); empty: TREO. STATUS_INVALID when the
// facility's figures begin after the months asked for, or end before them.
MUST_CHECK bool access_balance(Access *access, const View *view, Text facility, Text component,
                               Months months, Buffer *out, Status *status);
// "Nd", "TREO" or nothing: COMPONENT_NONE for the last two. False when it is none.
MUST_CHECK bool component_asked(Text text, int *component, Status *status);
