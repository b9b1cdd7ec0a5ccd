// The undo journal: what stood where before each change, so that the book can go back to a mark.
// Positions count bytes since the book was made; forgetting frees what lies before one.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Journal {
    uint8_t *bytes;
    size_t length, capacity;
    uint64_t base; // position of bytes[0]
    bool idle;     // keeps nothing
} Journal;

typedef enum JournalKind { JOURNAL_MEMORY = 1, JOURNAL_ROWS, JOURNAL_INTERN } JournalKind;

void journal_done(Journal *journal);
MUST_CHECK bool journal_grow(Journal *journal, size_t bytes, Status *status);
MUST_CHECK static inline bool journal_reserve(Journal *journal, size_t bytes, Status *status) {
    return journal->capacity - journal->length >= bytes || journal->idle ||
           journal_grow(journal, bytes, status);
}
// Room must have been reserved. Keeps `size` bytes at `at`.
void journal_keep(Journal *journal, JournalKind kind, void *at, const void *old, size_t size);
static inline uint64_t journal_position(const Journal *journal) {
    return journal->base + journal->length;
}
// Undoes everything after `position`, newest first.
void journal_rewind(Journal *journal, uint64_t position);
// Calls `each` for every change after `position`, newest first: `size` bytes stood at `at` before
// it (of a JOURNAL_ROWS, `at` are the Rows and `old` is their count).
typedef void JournalEach(void *context, JournalKind kind, const void *at, const void *old,
                         size_t size);
void journal_each(const Journal *journal, uint64_t position, JournalEach *each, void *context);
// Nothing before `position` will be asked for again.
void journal_forget(Journal *journal, uint64_t position);
