// The whole network of one component reconciled: what every road carried and every facility kept,
// as both sides measured it and as all balances together have it; which tests fail; and the gross
// errors that explain it, one after the other: matter that a facility cannot account for over some
// months, goods lost between two facilities, a device or laboratory that is wrong beyond what it
// states. Computed over the whole book; facilities and roads that the view does not see are left
// out of the answer, devices, laboratories and the tests of the whole are shown to who sees all.
#pragma once
#include "access/access.h"

// `component`: "Nd"; empty: the rare earth of which most went from place to place. Months 0: all.
MUST_CHECK bool access_reconcile(Access *access, const View *view, Text component, Months months,
                                 Buffer *out, Status *status);
