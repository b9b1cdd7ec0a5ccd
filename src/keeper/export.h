// The whole log as lines that replay: record/1 lines, then a checkpoint/1 line.
#pragma once
#include "base/text.h"
#include "keeper/keeper.h"
#include "store/store.h"

// Takes what is to be written, in order.
typedef bool ExportSink(void *context, Text bytes, Status *status);

// Appends one record's line, and the line of a checkpoint (nothing when it is empty).
MUST_CHECK bool export_record(const StoreRecord *stored, Buffer *out, Status *status);
MUST_CHECK bool export_note(Text note, Buffer *out, Status *status);

// Records from `from` on, one line each, then the last signed checkpoint. With a writer's keeper it
// covers all of them; with a reader's the one that was kept, which may cover fewer.
MUST_CHECK bool export_log(Keeper *keeper, uint64_t from, ExportSink *sink, void *context,
                           Status *status);
