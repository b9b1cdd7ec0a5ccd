// Runs cases with known answers from files and folders: the engine of `ytterby validate`.
// A case is one JSON file (data/balance_cases/README.md); of a folder, all files *.json in order of
// their names. Nothing of the product is needed beside: a stranger can bring a folder of his own.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct ValidateTotals {
    size_t cases, failed;
} ValidateTotals;

// Gets a line at a time, zero-ended, without a line feed.
typedef void (*ValidateSink)(void *context, const char *line);

// A line a case: "ok ID DIFFERENCE" or "FAIL ID DIFFERENCE: why" (the largest relative difference,
// "-" when there is none), then "N cases, M failed". A kind that is not served, and a file that is
// no case, count as failed. False only when a path cannot be read at all; what ran until then
// stands in `totals`. The caller exits with 1 when `failed` is not 0.
// With `table` a line is a row of a table in Markdown: case, kind, where its figures are from, the
// first figure that is compared, as expected and as found, and the largest relative difference of
// all.
MUST_CHECK bool validate_paths(const char *const *paths, size_t count, bool table,
                               ValidateSink sink, void *context, ValidateTotals *totals,
                               Status *status);
