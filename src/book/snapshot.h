// The whole book as bytes and back, for start-up. A cache and no format: rows lie as they lie in
// memory, so a snapshot is good for the program that wrote it, on its kind of machine, and for no
// other. Whoever reads one must have made sure that it is the one that was written
// (keeper/snapshot.h).
#pragma once
#include "book/book.h"

// Changes whenever a row of the book changes its size, a table comes or goes, or the rules' number
// rises.
uint64_t book_snapshot_layout(void);

// Takes the next bytes; false ends the writing.
typedef bool SnapshotPut(void *context, const void *bytes, size_t length);
// Gives exactly the next `length` bytes; false when they are not there.
typedef bool SnapshotTake(void *context, void *into, size_t length);

// All that was decided must be forgotten before (book_forget()): the journal is not written.
MUST_CHECK bool book_snapshot_write(const Book *book, SnapshotPut *put, void *context);
// Into a new book. On failure the book is good for book_free() only.
MUST_CHECK bool book_snapshot_read(Book *book, SnapshotTake *take, void *context, Status *status);
