// What opens a record, so that somebody without the book can see what it binds: the JSON object
// that stands, in base64, in the `extra` line of a proof bundle (docs/format.md, "Opening").
//   {"ytterby":"opening/1","key":VKEY,"record":BASE64,"decision_salt":BASE64,"decision":BASE64,
//    "event_salt":BASE64,"event":{..exact bytes..}}
// Salt and bytes come together or not at all: who may not see the decision is shown the event
// alone. Nothing in it is authenticated by itself; the reader hashes what it was given.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum { OPENING_BYTES_MAX = 96 << 20 };

typedef struct Opening {
    Text key;           // the log's verifier key as the one who proves names it
    uint8_t record[96]; // the leaf's bytes
    bool has_event;
    uint8_t event_salt[16];
    Text event; // exactly its bytes
    bool has_decision;
    uint8_t decision_salt[16];
    Text decision; // its bytes
} Opening;

bool opening_write(const Opening *opening, Buffer *out);
// Members stand in any order, each once, and none that is not known. What `opening` points to lies
// in `json` or in `arena`.
MUST_CHECK bool opening_read(Text json, Arena *arena, Opening *opening, Status *status);
