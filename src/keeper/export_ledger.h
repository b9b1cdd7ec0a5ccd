// The book as a journal of plain-text accounting, for `ledger` and `hledger`: one transaction an
// event that moved matter, in kilograms of each component, of REO, and of net mass. What stands in
// the journal is told from how the lots and pools stood before and after each record, and from what
// was added to the balance lines: so those programs check our sums, and our balance line, to the
// milligram. docs/format.md, "Ledger journal".
#pragma once
#include "keeper/export.h"

typedef void ExportProgress(void *context, uint64_t done, uint64_t of);

// The records that are durable now, from the first on. Memory is that of one book, however long the
// journal. `progress` may be null.
MUST_CHECK bool export_ledger(const char *book_name, ExportSink *sink, ExportProgress *progress,
                              void *context, Status *status);
