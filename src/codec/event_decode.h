// One event: its JSON bytes (docs/events.md) to book/event.h's Event, strictly. What can be judged
// without the book is judged here: members known and complete, ids well-formed, masses and
// fractions in range, words from their lists. What needs the book (who owns a lot, whether a span
// is too long, whether results add up to more than 100 %) is left to it, so that it gets a verdict
// of its own.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include "book/event.h"

enum {
    EVENT_BYTES_MAX = 64 << 10,
    EVENT_BYTES_LARGE_MAX = 1 << 20, // stocktake, plan.adopt, policy, and a correction of one
    EVENT_X_BYTES_MAX = 8 << 10,
    EVENT_TEXT_BYTES_MAX = 200
};

// `bytes` are the object alone: no blanks before or behind, no byte below 0x20.
// `event` borrows from `bytes` and `arena`. On failure `status->where` is the RFC 6901 pointer of
// the member ("" for the whole event; for what is not even JSON, line, column and byte), message
// and hint say what is wrong and what would be right; `event` is then undefined.
MUST_CHECK bool event_decode(Text bytes, Arena *arena, Event *event, Status *status);

// The id that an event gives itself, or one that a line carries, where that much of it can be read
// though the rest cannot: for answers, so that a sender finds which of many was meant. Empty where
// there is none. Borrows from `bytes` and `arena`.
Text event_id_read(Text bytes, Arena *arena);
