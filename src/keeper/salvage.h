// What can still be had of a damaged book: every record that is whole, whatever became of those
// around it. A record is whole when it stands in its place and its event and decision are those
// that it commits to. The lines are those of an export (keeper/export.h); the checkpoint outside
// comes last only if all that it covers is whole and hashes to it. A record's time, batch
// and logic are bound by the checkpoint alone. Nothing is applied and nothing mended.
#pragma once
#include "keeper/export.h"

typedef struct SalvageReport {
    uint64_t whole,
        lost; // records; lost: damaged, or missing below the checkpoint or a later record
    bool has_checkpoint; // it covers what was given out, and is right
} SalvageReport;

// Called for each stretch of records from `first` to `last` that cannot be had, with the reason.
typedef void SalvageLost(void *context, uint64_t first, uint64_t last, const Status *why);

// False when nothing at all can be read, or the sink fails. A book of which something is lost is a
// success with `lost` > 0.
MUST_CHECK bool salvage_log(const char *name, ExportSink *sink, void *context, SalvageLost *tell,
                            SalvageReport *report, Status *status);
