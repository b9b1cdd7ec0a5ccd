// How readers see the book beside the writer. What has been learnt only grows and never moves: rows
// below read_durable() may be read without a lock. What stands now (mass left, holder, holds,
// draws) is read between read_begin() and read_end(), a thousand rows at a time. The book runs
// ahead of the disk: an answer made of what stands now leaves only after read_settled() said that
// what it saw is durable.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "book/book.h"
#include "keeper/keeper.h"
#include "log/tree.h"

// How many records are durable. Never decreases.
uint64_t read_durable(const Keeper *keeper);
// The tree; ask at sizes up to read_durable() only.
const Tree *read_tree(const Keeper *keeper);

// What a reader saw: so many records, in which life of what was ahead of the disk.
typedef struct ReadMark {
    uint64_t seen, rewinds;
} ReadMark;

const Book *read_begin(Keeper *keeper, ReadMark *mark);
void read_end(Keeper *keeper);
// Waits until what was seen is durable. False (STATUS_BUSY) when a failed commit took it back: the
// reader must look again.
MUST_CHECK bool read_settled(Keeper *keeper, ReadMark mark, Status *status);

// One durable record with all that lies beside it, copied into `arena`.
typedef struct ReadRecord {
    uint64_t seq;
    uint8_t record[96], event_salt[16], decision_salt[16];
    Text event, decision;
} ReadRecord;
// STATUS_NOT_FOUND when there is no such durable record.
MUST_CHECK bool read_record(Keeper *keeper, uint64_t seq, Arena *arena, ReadRecord *record,
                            Status *status);
// Up to `count` durable records from `from` on, in order, until `each` returns false.
typedef bool ReadEach(void *context, const ReadRecord *record, Status *status);
MUST_CHECK bool read_records(Keeper *keeper, uint64_t from, uint64_t count, ReadEach *each,
                             void *context, Status *status);

// A signed checkpoint over what is durable now, appended to `note`; `head` says over what. A reader
// of a book gives the one that was kept. Proofs for it are asked from read_tree() at head.size.
MUST_CHECK bool read_checkpoint(Keeper *keeper, Buffer *note, TreeHead *head, Status *status);

// Called on a thread of the keeper each time that more is durable: be quick. `kinds` has bit 1 <<
// EventKind for each kind of event that came. Give null to end it.
typedef void ReadMoved(void *context, uint64_t durable, uint64_t kinds);
void read_watch(Keeper *keeper, ReadMoved *moved, void *context);
