// A read-only copy of a book, filled from record/1 lines: decisions are applied as stored, nothing
// is decided, and the same leaves give the same root. A copy has no log key; its checkpoint is the
// one that came with the lines. It may be filled in several goes, always from its next record on.
#pragma once
#include "codec/event_lines.h"
#include "keeper/keeper.h"

typedef struct Replay Replay;

// Makes an empty copy (`init --copy`).
MUST_CHECK bool replay_create(const char *name, Status *status);
// STATUS_DENIED when it is no copy.
MUST_CHECK Replay *replay_open(const char *name, Status *status);
// The number of the record that must come next.
uint64_t replay_next(const Replay *replay);
// Takes a record/1 line. Groups are appended as they fill.
MUST_CHECK bool replay_record(Replay *replay, const EventLine *line, Status *status);
// Takes the signed checkpoint of a checkpoint/1 line: all is appended, its signature must be by the
// genesis's log key, and its root that of the copy; then it is kept beside the copy.
MUST_CHECK bool replay_checkpoint(Replay *replay, Text note, Status *status);
// Appends what is left and closes. Takes null.
bool replay_close(Replay *replay, Status *status);
