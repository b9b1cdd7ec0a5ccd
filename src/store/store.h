// The one interface between the keeper and a database. A store keeps records in order, gives them
// back from a number on, and keeps parts by their hash; what they mean it does not know.
// Stores share this contract (tests/unit/store/conformance.h) and no code: each does it the way its
// database does it best.
//
// The fence is store_append() itself: it appends a group only if the next number is the expected
// one, and the whole group or nothing. When it fails with STATUS_UNKNOWN the group may or may not
// be there: the caller must close, open and read again; it must never try the same append a second
// time. A Store is used by one thread at a time; open a second one (read-only) for reading beside
// the writer.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/text.h"

typedef struct Store Store;

// A part: bytes by the hash that an event names; `erased`: they were there, and are no more.
typedef struct StorePart {
    uint8_t hash[32];
    uint8_t class_number;
    bool erased;
    Text bytes;
} StorePart;

// A record and what lies beside it (docs/design.md section 4). Borrowed by store_append() for the
// call.
typedef struct StoreRecord {
    uint64_t seq;
    uint8_t record[96];
    uint8_t event_salt[16], decision_salt[16];
    Text event; // the exact bytes
    Text decision;
    const StorePart *parts; // appended with it, in the same commit; none when it is read
    uint32_t part_count;
} StoreRecord;

typedef enum StoreMode {
    STORE_READ,
    STORE_SALVAGE, // reads what it can of a damaged book, whatever its head says it is
    STORE_WRITE,
    STORE_CREATE
} StoreMode;
static inline bool store_mode_writes(StoreMode mode) {
    return mode >= STORE_WRITE;
}

// `name` is a file path for SQLite, "memory:NAME" for the store that lives as long as the process,
// "postgres://..." later. STORE_CREATE refuses a place where a book is already (STATUS_CONFLICT);
// STORE_WRITE takes the one writer's lock (STATUS_BUSY when another process holds it), and what can
// be read through it is durable by a fresh write and sync: after a failed sync the system may show
// what never reached the disk, and says nothing more about it.
MUST_CHECK Store *store_open(const char *name, StoreMode mode, Status *status);
void store_close(Store *store);

// The number that the next record will have.
MUST_CHECK bool store_next(Store *store, uint64_t *next, Status *status);
// Appends records[0..count) whose numbers run from `expected` on; durable when it returns true.
// STATUS_CONFLICT: the next number is another one, nothing was written. STATUS_NO_SPACE: certainly
// not written, and neither was it with any other code but STATUS_UNKNOWN, for which see above.
MUST_CHECK bool store_append(Store *store, uint64_t expected, const StoreRecord *records,
                             size_t count, Status *status);

// Whether the last append failed for want of room, be its outcome certain or unknown.
bool store_was_full(const Store *store);

// Calls `each` for records from `from` on, in order, at most `count`, until it returns false.
// What a StoreRecord points to is good for the call only. A gap or a malformed row is
// STATUS_CORRUPT and names the record. `each` may set status when it stops; then the read returns
// false.
typedef bool StoreEach(void *context, const StoreRecord *record, Status *status);
MUST_CHECK bool store_read(Store *store, uint64_t from, uint64_t count, StoreEach *each,
                           void *context, Status *status);

// Parts by the hash that an event names (a sealed part's commitment, a document's): written once,
// the same bytes again are well. `erase` takes the bytes away and keeps that they were there.
MUST_CHECK bool store_part_put(Store *store, const uint8_t hash[32], uint8_t class_number,
                               Text bytes, Status *status);
MUST_CHECK bool store_part_get(Store *store, const uint8_t hash[32], Arena *arena, Text *bytes,
                               Status *status);
MUST_CHECK bool store_part_erase(Store *store, const uint8_t hash[32], Status *status);
// Calls `each` for every part, erased ones too, in order of their hashes, until it returns false.
// What it points to is good for the call only.
typedef bool StorePartEach(void *context, const StorePart *part, Status *status);
MUST_CHECK bool store_parts(Store *store, StorePartEach *each, void *context, Status *status);

// Named caches (snapshots): replaced whole, never trusted unchecked by the keeper, may vanish.
MUST_CHECK bool store_cache_put(Store *store, Text name, Text bytes, Status *status);
MUST_CHECK bool store_cache_get(Store *store, Text name, Arena *arena, Text *bytes, Status *status);
MUST_CHECK bool store_cache_drop(Store *store, Text name, Status *status);

// Small settings that are not part of the log, such as "this is a copy".
MUST_CHECK bool store_setting_put(Store *store, Text name, Text value, Status *status);
// False with STATUS_NOT_FOUND when it was never set.
MUST_CHECK bool store_setting_get(Store *store, Text name, Arena *arena, Text *value,
                                  Status *status);
// Takes names that were never set.
MUST_CHECK bool store_setting_drop(Store *store, Text name, Status *status);
// Looks for damage in the database itself, as far as it can tell (STATUS_CORRUPT); reads all of it.
MUST_CHECK bool store_check(Store *store, Status *status);
// Housekeeping between two groups (WAL checkpoints); cheap when there is nothing to do. What fails
// here loses nothing that was appended; after STATUS_IO the store takes no further writes.
MUST_CHECK bool store_tidy(Store *store, Status *status);
