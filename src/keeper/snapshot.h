// Snapshots: the book and the leaves of its tree as of a record, kept as caches in the store, so
// that opening a long book need not replay it. Named by number, root and digest, signed by the log
// key over these and the hash of the bytes. Never trusted unchecked: key, signature, hash, root and
// digest must be right, and the last record that it covers must stand in the log; else it is as if
// there were none, and the book is replayed from the log. May be deleted at any time.
#pragma once
#include "book/book.h"
#include "log/key.h"
#include "log/tree.h"
#include "store/store.h"

enum {
    SNAPSHOT_EVERY = 250000
}; // records since the last one, before closing writes another: below that
   // a replay takes a second, and a snapshot as much room as the log

// Writes a new one in place of the last. The book must stand at the tree's size, nothing ahead of
// it.
MUST_CHECK bool snapshot_write(Store *store, const Book *book, const Tree *tree,
                               const SignerKey *key, Status *status);
// A book and a tree from the last one; false, with a reason, when there is none that is good.
MUST_CHECK bool snapshot_read(Store *store, Book **book, Tree **tree, Status *why);
