// The record: 96 bytes, big-endian, one an event, and the commitments in it. Frozen:
// docs/format.md. Records show order and tempo but no content: what was said and decided is behind
// salted hashes, so records may be public and a part can be erased without touching a proof.
#pragma once
#include "base/calendar.h"
#include "base/status.h"
#include "log/sha256.h"

enum { RECORD_BYTES = 96, SALT_BYTES = 16 };

typedef struct Record {
    uint16_t logic;   // number of the rules that decided it
    uint16_t flags;   // none defined yet: always 0
    uint64_t seq;     // 0 is the genesis
    Instant recorded; // never less than the record's before
    uint64_t batch;   // seq of the first event of its batch; own seq when alone
    Hash event;       // event_commitment()
    Hash decision;    // decision_commitment()
} Record;

void record_write(const Record *record, uint8_t out[RECORD_BYTES]);
// Refuses another length, magic or version, a flag that it does not know, a batch that begins after
// its own record, and a time outside 1970 to 9999.
MUST_CHECK bool record_read(Text bytes, Record *record, Status *status);

// SHA-256(00 || record).
Hash record_leaf(const uint8_t record[RECORD_BYTES]);

// SHA-256("ytterby/event/1" || 00 || salt || bytes). Salts of event and decision are drawn by the
// keeper.
Hash event_commitment(const uint8_t salt[SALT_BYTES], Text bytes);
// SHA-256("ytterby/decision/1" || 00 || salt || bytes).
Hash decision_commitment(const uint8_t salt[SALT_BYTES], Text bytes);
// SHA-256("ytterby/sealed/1" || 00 || salt || class || bytes). Its salt is drawn by the submitter.
Hash sealed_commitment(const uint8_t salt[SALT_BYTES], uint8_t access_class, Text bytes);
