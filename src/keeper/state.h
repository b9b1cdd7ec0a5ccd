// The keeper inside: what its two threads and its doors share. Private to this folder.
//
// Three stages, each with its thread: intake (the caller's) fills a Batch; the deciding thread
// decides its events and puts batches together into a Group; the storing thread appends the group,
// and when it is durable answers and publishes. One mutex guards the queues between them; it is
// taken a few times a batch, never once an event.
//
//     queue of batches ->  open group  -> queue of groups -> storing -> retired groups -> freed
//                          (deciding)                                    (deciding)
//
// Groups are freed by the deciding thread alone, so it may look into any of them for an id that
// comes again. When an append fails, `failing` is set: the storing thread answers that group and
// all queued behind it as failed; the deciding thread does so with its open group, then rewinds the
// book to the mark before the first failed group and goes on, unless the keeper has stopped.
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "codec/event_lines.h"
#include "keeper/load.h"
#include "keeper/read.h"
#include "keeper/ring.h"
#include "keeper/sidecar.h"
#include "keeper/submit.h"
#include "log/checkpoint.h"

enum { GROUPS_AHEAD = 4, EVENT_KINDS_WATCHED = 64, SPARE_BATCHES = 12, SPARE_BYTES_MAX = 4 << 20 };

// One event on its way.
typedef struct Entry {
    Event event;
    Text principal;
    Instant asked;         // SUBMIT_NOW or from an event/1 line
    const Status *unread;  // it could not be decoded: why
    const EventLine *line; // what stood around it; null when nothing did
    uint8_t signature_kind;
    Text signature;            // as it will stand in the decision, behind the kind
    const uint8_t *public_key; // under which it was found good
    const StorePart *parts;    // sealed parts that came along
    uint32_t part_count;
    uint16_t refused_code; // a refusal that needs no book
    const Status *refused; // its words
    uint8_t salts[2 * SALT_BYTES];
    Hash commitment; // of the event
} Entry;

typedef struct Batch {
    struct Batch *next;
    Arena arena;
    SubmitMode mode;
    size_t count, capacity, bytes;
    Entry *entries; // capacity of them, as of the answers
    Answer *answers;
    SubmitDone *done;
    void *context;
    bool undone; // sent before a failure that nobody could know of; answered as it is
} Batch;

typedef struct Group {
    struct Group *next;
    Batch *first, *last;
    size_t events;        // in all batches
    StoreRecord *records; // their `record` is written by the storing thread, from `forms`
    Record *forms;        // without the decision's commitment
    Hash *leaves;
    size_t count, capacity; // of records
    uint64_t base;          // number of the first record
    uint64_t kinds;
    BookMark before, after;
    bool retired; // answered; the deciding thread may free it
    bool failed;  // and its records are not part of the log
} Group;

struct Keeper {
    char *name;
    bool reads_only, is_copy, is_memory;
    Clock clock;
    ClockWatch watch;
    size_t bytes_max;
    int64_t checkpoint_every;
    bool without_snapshot;
    uint64_t snapshot_every, snapshot_size; // what the last one covers
    size_t group_events;
    bool stepped;

    // The book. Changed by the deciding thread under the write lock, read by others under the read
    // lock.
    pthread_rwlock_t book_lock;
    Book *book;
    KeyRing *ring;            // public keys, for the intake
    _Atomic uint64_t rewinds; // how often it was taken back to what is durable
    // Appended by the storing thread, before `durable` says so.
    Tree *tree;
    _Atomic uint64_t durable;

    pthread_mutex_t lock;
    pthread_cond_t to_decide, to_store,
        moved; // moved: answers were given, room is there, durable moved
    Batch *batch_first, *batch_last;
    Group *group_first, *group_last; // waiting for the storing thread
    unsigned groups_ahead;           // queued or being stored
    size_t bytes_under_way;
    uint64_t sent, answered; // batches
    Batch *spare;            // answered ones, whose memory is used again
    unsigned spare_count;
    bool closing, decided_all; // no more batches; no more groups
    bool failing, full;        // full: for want of room
    bool reload, stopped;      // reload: the store holds records that the book does not know
    BookMark failed_mark;      // before the first failed group
    Status stop_status;
    ReadMoved *on_moved;
    void *moved_context;

    // Of the deciding thread.
    Group *open, *pending; // all groups that are not freed yet, oldest first
    Decision decision;
    Store *reader; // also for read_record(), under reader_lock
    pthread_mutex_t reader_lock;
    uint8_t random[4096];
    size_t random_left;
    pthread_mutex_t random_lock;

    // Of the storing thread.
    Store *store; // null when it could not be opened again
    Sidecar sidecar;
    bool has_key;
    SignerKey key;
    VerifierKey verifier;
    unsigned failures;         // in a row
    int64_t kept_at;           // machine time of the last checkpoint kept outside, in us
    uint64_t kept_size;        // what it covers
    pthread_mutex_t sign_lock; // guards the note
    Buffer note;               // the last one that was signed
    TreeHead note_head;

    bool runs; // its threads do, or it takes steps
    pthread_t decider, storer;
};

// decide.c
void *decide_loop(void *keeper);
bool decide_step(Keeper *keeper); // one step, without waiting; false: nothing to do
// commit.c
void *store_loop(void *keeper);
bool store_step(Keeper *keeper);
// Why what came behind a failed group was not recorded. Always fills in a failure.
void keeper_say_behind(Keeper *keeper, Status *status);
// Under the lock. Waits until `moved` is signalled; a keeper without threads does a step meanwhile.
void keeper_wait(Keeper *keeper);
// Signs over what is durable, unless the last note does so already; with `keep` also outside.
MUST_CHECK bool commit_checkpoint(Keeper *keeper, bool keep, Status *status);
// Compares the log with a checkpoint: shorter, or with another root, is STATUS_CORRUPT.
MUST_CHECK bool keeper_compare(const Tree *tree, const TreeHead *head, const char *name,
                               Status *status);
// Under the lock. Ends all writing; the first reason stays.
void keeper_stop(Keeper *keeper, const Status *status);
// Gives the batch's answers and lets go of its bytes. Takes the lock.
void keeper_answer(Keeper *keeper, Batch *batch);
// The same words for every event, save those whose answer holds whatever became of the commit.
void keeper_answer_all(Keeper *keeper, Batch *batch, const Status *status);
MUST_CHECK bool keeper_random(Keeper *keeper, uint8_t *bytes, size_t length, Status *status);
// Fills in `out` so that the record stands as the book's number `seq`.
void keeper_record(const Record *record, StoreRecord *out, Hash *leaf);
// envelope.c. The event that a draft carries; sets entry->line or entry->unread.
MUST_CHECK bool envelope_open(Batch *batch, Entry *entry, Text bytes, Text *event, Status *status);
// Once it is decoded: verifies its signature. False only for want of memory.
MUST_CHECK bool envelope_check(Keeper *keeper, Batch *batch, Entry *entry, Status *status);
// Keeps the batch's memory for another one, or frees it. Takes the lock, and null.
void batch_free(Keeper *keeper, Batch *batch);
void batch_free_spare(Keeper *keeper);
