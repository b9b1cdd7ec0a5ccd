// Lines of an export or a backup, into a copy or past a judge.
#pragma once
#include "keeper/replay.h"

typedef struct LinesCount {
    uint64_t records, parts;
    bool checkpoint; // one came and fits
} LinesCount;

// Feeds the file's lines. `doing` is for the terminal. A fault names file and line.
MUST_CHECK bool lines_replay(Replay *replay, const char *path, const char *doing, LinesCount *count,
                             Status *status);
