// The book as tables of comma-separated values (RFC 4180, docs/format.md "Tables"): what a view
// sees of lots, pools, movements, balances, quotas and monthly returns. Masses are kilograms with a
// point; a component that nobody stated is an empty cell, not a zero. A text that a spreadsheet
// would take for a formula is neutralised (codec/csv.h).
#pragma once
#include "access/access.h"

extern const char *const access_table_names[]; // ends with null

// Appends the table's next rows; before the first of them its header. `position` begins as 0 and is
// UINT64_MAX after the last. Each call is one answer of its own, as durable as it was then: rows
// that came meanwhile are further down.
MUST_CHECK bool access_table(Access *access, const View *view, Text table, uint64_t *position,
                             Buffer *out, Status *status);
