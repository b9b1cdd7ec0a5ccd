// Keeps a book: the one writer of its store, the book in memory, the tree over its records, the log
// key. Opening reads the whole store, replays the decisions as stored, and compares the log with
// the last checkpoint that was kept outside the database: a log that is shorter, or does not hash
// to it, is refused. Checkpoints are signed only over what is durable. Writing goes through
// submit.h alone, reading through read.h; both may be used from any thread.
#pragma once
#include "book/book.h"
#include "keeper/clock.h"

typedef struct Keeper Keeper;

typedef struct KeeperOptions {
    Clock clock;                 // as it is when left zero: clock_system
    size_t bytes_max;            // of events under way; 0: KEEPER_BYTES_MAX
    int64_t checkpoint_every_us; // how often the checkpoint outside is renewed while writing; 0: a
                                 // second
    // Takes a book without a checkpoint beside it, such as a restored one, and begins a new one. It
    // then cannot be told whether records are missing at the end.
    bool without_checkpoint;
    // Replays the whole log, whatever snapshot there is.
    bool without_snapshot;
    uint64_t snapshot_every; // records, before closing writes a snapshot; 0: SNAPSHOT_EVERY
    size_t group_events; // in one commit at most, unless a batch is larger; 0: KEEPER_GROUP_EVENTS
    bool stepped;        // no threads of its own (keeper/step.h), for simulation
} KeeperOptions;

enum {
    KEEPER_BYTES_MAX = 64 << 20,   // under way at most: who does not wait is refused
    KEEPER_BYTES_WAITED = 8 << 20, // who waits is let in below this
    KEEPER_GROUP_EVENTS = 512,     // in one commit, unless a whole batch is larger
    KEEPER_FUTURE_US = 300000000   // the last record may be so far ahead of the clock
};

// Draws a new log key; the genesis must name its public half.
MUST_CHECK bool keeper_key_new(uint8_t seed[32], uint8_t public_key[32], Status *status);

// Makes a book whose first record is `genesis`, recorded by `principal` (operator/AUTHORITY/cli),
// with its log key and its first checkpoint. A refusal of the genesis is STATUS_INVALID.
MUST_CHECK bool keeper_create(const char *name, Text genesis, Text principal,
                              const uint8_t seed[32], const KeeperOptions *options, Status *status);

// Opens it for writing. `options` may be null. STATUS_BUSY: another process writes.
MUST_CHECK Keeper *keeper_open(const char *name, const KeeperOptions *options, Status *status);
// Opens it for reading only, as it is now, with no thread of its own: later records are not seen.
MUST_CHECK Keeper *keeper_open_reader(const char *name, const KeeperOptions *options,
                                      Status *status);
// Answers what is under way, signs and keeps the last checkpoint, closes. Takes null. False when
// the last checkpoint could not be kept; what was answered is durable all the same.
bool keeper_close(Keeper *keeper, Status *status);

// Whether it still takes events; when it has stopped, `status` says why.
bool keeper_is_writing(Keeper *keeper, Status *status);
