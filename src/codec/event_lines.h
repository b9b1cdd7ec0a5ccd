// Lines that carry an event: as it is, signed, from a trial book, or as a record of an export.
//   {"v":1,"kind":..}                                          plain: the line is the event
//   {"ytterby":"signed/1","key","signature","event":{..}}      with index, size, path in a batch
//   {"ytterby":"sealed/1","parts":[{"hash","salt","bytes"}],"event":{..}}   with the bytes of its
//   sealed parts; `parts` may stand in signed/1 too
//   {"ytterby":"event/1","recorded","by","event":{..}}         the simulator's; only in a trial
//   book
//   {"ytterby":"record/1","seq","batch","logic","flags","recorded","salts":[a,b],"decision","event":{..}}
//   {"ytterby":"part/1","hash","class","bytes"}                 a sealed part in a backup
//   {"ytterby":"checkpoint/1","note"}                          ends an export
// The event's bytes are those of the object exactly as they stand in the line, without blanks
// before or behind it; they are decoded by event_decode(). Bytes are base64, keys 64 hexadecimal
// digits, times RFC 3339 (docs/format.md).
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/calendar.h"
#include "base/status.h"
#include "base/text.h"

enum {
    LINE_PATH_MAX = 32,
    LINE_SEALED_BYTES_MAX = 16 << 20, // of one part
    LINE_PRINCIPAL_BYTES_MAX = 255,
    LINE_DECISION_BYTES_MAX = 64 << 20,
    LINE_BYTES_MAX = 96 << 20 // a record with its decision in base64
};

typedef enum LineForm {
    LINE_PLAIN,
    LINE_SIGNED,
    LINE_EVENT,
    LINE_RECORD,
    LINE_CHECKPOINT,
    LINE_PART,
    LINE_SEALED
} LineForm;

// The bytes of a sealed part that come with its event.
typedef struct LinePart {
    uint8_t hash[32], salt[16];
    Text bytes;
} LinePart;

typedef struct EventLine {
    LineForm form;
    Text event; // exactly its bytes; empty for a checkpoint and a part
    // signed/1
    uint8_t key[32], signature[64]; // key: SHA-256 of the public key
    bool in_batch;
    uint32_t index, size, path_count;
    const uint8_t *path; // path_count hashes of 32 bytes, from the leaf upwards
    // sealed/1 and signed/1
    const LinePart *parts;
    uint32_t line_part_count; // behind the pointer, as lists have it
    // event/1 and record/1
    bool has_recorded; // always so for record/1
    Instant recorded;
    Text by; // event/1: ROLE/PARTY/NAME, empty when not said
    // record/1
    uint64_t seq, batch;
    uint16_t logic, flags;
    uint8_t salts[2][16]; // of the event, of the decision
    Text decision;        // its bytes
    // checkpoint/1
    Text note;
    // part/1
    uint8_t hash[32];
    uint16_t part_class;
    bool has_bytes; // false: it was erased
    Text bytes;
} EventLine;

// Takes the next line off `rest`, without its LF or CR LF; blank lines are passed over. `number`
// counts every line from 1. False at the end.
bool event_lines_next(Text *rest, Text *line, unsigned long *number);
// Reads one line; what it points to lies in the line or in `arena`. A plain line is not
// looked into.
MUST_CHECK bool event_line_read(Text line, Arena *arena, EventLine *out, Status *status);
// Appends the line and an LF.
bool event_line_write(const EventLine *line, Buffer *out);
