// What a lot is made of, or what was made of it (schema Trace): its shares by source and component,
// and the way there grouped by stage, facility and material, at most TRACE_BARS in a column.
// Another party's part is one grey node a stage.
#pragma once
#include "access/access.h"

enum { TRACE_BARS = 12 };

MUST_CHECK bool access_trace(Access *access, const View *view, Text lot, bool down, Buffer *out,
                             Status *status);
// The tree for a terminal: one line a lot with material, net mass, facility and event, and the
// shares by source at its end.
MUST_CHECK bool access_trace_text(Access *access, const View *view, Text lot, bool down,
                                  Buffer *out, Status *status);
