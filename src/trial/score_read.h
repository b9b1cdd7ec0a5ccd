// What `ytterby score` is given: findings and the truth, from JSON to what finding/score.h takes.
// Messages name the member (an RFC 6901 pointer) and what is wanted; the caller adds the file.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include "finding/score.h"

// truth.json as `ytterby simulate` writes it (docs/cheats.md). `text` must outlive the cheats.
MUST_CHECK bool score_read_truth(Text text, Arena *arena, ScoreCheat **cheats, size_t *count,
                                 Status *status);
// An array as `ytterby findings --json` prints it, or the object of `ytterby examine --json`.
MUST_CHECK bool score_read_findings(Text text, Arena *arena, ScoreClaim **claims, size_t *count,
                                    Status *status);
