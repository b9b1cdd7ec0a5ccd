// What needs me, and does the matter add up: summed for the asker's scope.
#pragma once
#include "access/access.h"

// `refused`: attempts refused since the server started, which leave no record; only who sees all is
// told.
MUST_CHECK bool access_overview(Access *access, const View *view, Months months, uint64_t refused,
                                Buffer *out, Status *status);
