// Recording lines of events: the part that needs the book's keeper, wherever the lines come from.
#pragma once
#include "cli/file.h"
#include "keeper/keeper.h"

typedef struct RecordAsked {
    bool per_event, dry, json, quiet;
} RecordAsked;

typedef struct RecordCounts {
    uint64_t verdicts[5]; // by Verdict; VERDICT_NONE: not decided
    uint64_t repeated;    // stood in the book before
} RecordCounts;

// Takes whole lines of answers, in order. Called on a thread of the keeper: be quick.
typedef void RecordPut(void *context, Text answers);

// Records all lines, and returns when each is answered. A fault in the lines ends it: what stood
// before it is recorded where each event stands by itself, and nothing of a batch that must be
// whole. `status` names the file and line.
MUST_CHECK bool record_lines(Keeper *keeper, LineReader *lines, const RecordAsked *asked,
                             RecordPut *put, void *context, RecordCounts *counts, Status *status);
