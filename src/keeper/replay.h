// A read-only copy of a book, filled from record/1 lines: decisions are applied as stored, nothing
// is decided, and the same leaves give the same root. A copy has no log key; its checkpoint is the
// one that came with the lines. It may be filled in several goes, always from its next record on.
#pragma once
#include "codec/event_lines.h"
#include "keeper/keeper.h"
#include "log/sha256.h"

typedef struct Replay Replay;

// Makes an empty copy (`init --copy`).
MUST_CHECK bool replay_create(const char *name, Status *status);
// STATUS_DENIED when it is no copy.
MUST_CHECK Replay *replay_open(const char *name, Status *status);
// Replays lines and keeps nothing: for judging an export or backup. It must have its genesis first.
MUST_CHECK Replay *replay_judge(Status *status);
// The number of the record that must come next.
uint64_t replay_next(const Replay *replay);
// Takes a record/1 line. Groups are appended as they fill.
MUST_CHECK bool replay_record(Replay *replay, const EventLine *line, Status *status);
// Takes the signed checkpoint of a checkpoint/1 line: all is appended, its signature must be by the
// genesis's log key, and its root that of the copy; then it is kept beside the copy.
MUST_CHECK bool replay_checkpoint(Replay *replay, Text note, Status *status);
// Takes a sealed part of a backup (part/1), erased or whole; one that is not what its hash says is
// STATUS_CORRUPT.
MUST_CHECK bool replay_part(Replay *replay, const EventLine *line, Status *status);
// Makes of the copy the book itself: its checkpoint has come and covers every record of it. Whoever
// holds its log key can then write to it.
MUST_CHECK bool replay_adopt(Replay *replay, Status *status);
// Whether the records begin with those that this signed checkpoint covers. STATUS_CONFLICT when
// they are others or fewer: who then wrote here would fork the log.
MUST_CHECK bool replay_follows(Replay *replay, Text note, Status *status);
// Puts a log key (as BOOK.key holds it) beside the book that was made; refuses another log's.
MUST_CHECK bool replay_key(Replay *replay, const char *path, Status *status);
// What it has come to: origin, roots, digest, and how many records its checkpoint covers.
typedef struct ReplayReport {
    uint64_t records, covered;
    bool is_trial;
    Hash root, digest;
    Text origin; // good until it is closed
} ReplayReport;
MUST_CHECK bool replay_report(Replay *replay, ReplayReport *report, Status *status);
// Appends what is left and closes. Takes null.
bool replay_close(Replay *replay, Status *status);
