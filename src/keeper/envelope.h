// The lines by which events come in and logs go out (frozen: docs/format.md, "Export that replays"):
//     {...}                             an event by itself, recorded when it comes
//     {"ytterby":"event/1",...}         with its time and sender: for trial books
//     {"ytterby":"signed/1",...}        with a signature
//     {"ytterby":"record/1",...}        as it stands in a log, for a copy
// One line is one JSON object; the event in it is taken byte for byte.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/calendar.h"
#include "base/status.h"

typedef enum EnvelopeKind {
    ENVELOPE_PLAIN, ENVELOPE_EVENT, ENVELOPE_SIGNED, ENVELOPE_RECORD
} EnvelopeKind;

typedef struct Envelope {
    EnvelopeKind kind;
    Text event;               // its exact bytes, borrowed from the line
    Instant recorded;         // event/1, record/1
    Text by;                  // event/1: ROLE/PARTY/NAME
    // signed/1; in a batch also index, size and path
    Text key, signature;      // hexadecimal; base64
    // record/1
    uint64_t seq, batch;
    uint16_t logic, flags;
    uint8_t event_salt[16], decision_salt[16];
    Text decision;            // decoded, in the arena
} Envelope;

// The event itself is not looked into. `where` is the member that is wrong.
MUST_CHECK bool envelope_read(Text line, Arena *arena, Envelope *envelope, Status *status);
// Appends a record/1 line with its LF.
bool envelope_write(const Envelope *envelope, Buffer *out);
