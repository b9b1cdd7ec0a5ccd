// Shipper-receiver analysis: what pairs of facilities say of the same goods, component by
// component, how far devices and laboratories are from what they state by these differences alone,
// and which side of a pair is the odd one out (balance/pairs.h). Pairs of which the view sees
// neither side are left out; instruments are shown to who sees all.
#pragma once
#include "access/access.h"

// `component`: "Nd"; empty: the rare earth of which most went from place to place. Months 0: all.
MUST_CHECK bool access_pairs(Access *access, const View *view, Text component, Months months,
                             Buffer *out, Status *status);
