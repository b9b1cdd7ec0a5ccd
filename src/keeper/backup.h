// Backups: the whole book as lines of text that any store takes back (docs/format.md, "Backup"):
// its records as in an export, its sealed parts, and last the signed checkpoint over just these
// records. A backup is written beside a running writer, through a reading connection: it is the
// prefix that the last checkpoint covers, and it is refused when that does not fit. Neither the log
// key nor caches nor a server's accounts are in it.
#pragma once
#include "keeper/export.h"

typedef struct BackupReport {
    uint64_t records, parts;
} BackupReport;
typedef void BackupProgress(void *context, uint64_t done, uint64_t of);

// Every record is checked against its commitments on the way, and all of them against the
// checkpoint. Memory is bounded. `progress` may be null.
MUST_CHECK bool backup_write(const char *book_name, ExportSink *sink, BackupProgress *progress,
                             void *context, BackupReport *report, Status *status);
