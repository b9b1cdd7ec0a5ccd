// Cells as people write them.
#pragma once
#include "base/calendar.h"
#include "base/text.h"

// Without blanks at its ends.
Text cell_trimmed(Text text);

// A number: 1234.5, 1,234.5, 1 234,5, 12 %, "<0.01" (below a limit: nothing is known to be there).
// Empty, "-" and a dash are no number and no fault.
// `step`, where it is asked for: what one more of its last digit that is not zero is (12.50 ->
// 0.1), 0 where that is not seen.
typedef enum Cell { CELL_EMPTY, CELL_NUMBER, CELL_BAD } Cell;
Cell cell_number(Text text, double *value, double *step);

// "2026-05", "2026/5", "202605", "2026年5月", "2026-05-31". False: no month.
bool cell_month(Text text, Month *month);
