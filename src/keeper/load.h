// From a store's rows to a book: every record is checked against its place and its commitments, its
// event decoded, its decision applied as stored, its leaf put into the tree. Used when a book is
// opened, verified and replayed. Two threads: one reads, decodes and hashes, the caller's applies.
#pragma once
#include "book/book.h"
#include "log/record.h"
#include "log/tree.h"
#include "store/store.h"

// A book that knows how events are read and hashed (outside.c).
MUST_CHECK Book *keeper_book_new(const uint8_t hash_key[16], Status *status);

// One record in all its forms.
typedef struct Loaded {
    Record record;
    Hash leaf;
    Event event;
    Text decision;
} Loaded;

// How much of an event is decoded: what book_apply() reads of it, or all.
typedef enum LoadEvents { LOAD_HEADS, LOAD_WHOLE } LoadEvents;

// Checks one stored record: form, place, commitments; decodes its event into `arena`.
// STATUS_CORRUPT, with the record in `where`, when it is not what it claims to be.
MUST_CHECK bool load_record(const StoreRecord *stored, LoadEvents events, Arena *arena,
                            Loaded *loaded, Status *status);

// Called on the caller's thread, in order, with records that load_record() has found good.
typedef bool LoadEach(void *context, const StoreRecord *stored, const Loaded *loaded,
                      Status *status);
// All records from `from` on that are in the store now.
MUST_CHECK bool load_each(Store *store, uint64_t from, LoadEvents events, LoadEach *each,
                          void *context, Status *status);

// Applies them to `book` and appends their leaves to `tree`, from book_next() on. Times must not
// decrease. On failure the book holds all records before the bad one.
MUST_CHECK bool load_book(Store *store, Book *book, Tree *tree, Status *status);
// The same, faster, for a book that is thrown away when it fails.
MUST_CHECK bool load_new_book(Store *store, Book *book, Tree *tree, Status *status);
// "record N, event ID": where a message is about.
bool load_where(Status *status, uint64_t seq, const Event *event);
