// Sets of row numbers that are cheap to keep, to join and to cut: a list's postings. Rows are held
// in blocks of 65,536 by their upper half: a sorted array of the lower halves while a block is
// thin, one bit a row when it is dense (Chambi, Lemire, Kaser, Godin, "Better bitmap performance
// with Roaring bitmaps", Software: Practice and Experience 46, 2016). A row costs two bytes at
// most, and an eighth of a byte at least. Joining works a block at a time on 1,024 words, so that
// any filter over ten million rows costs about a hundred thousand word operations, whatever it
// finds.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

enum { ROWSET_BLOCK = 65536, ROWSET_WORDS = ROWSET_BLOCK / 64 };

typedef struct RowBlock {
    union {
        uint16_t *rows;  // sorted
        uint64_t *words; // ROWSET_WORDS of them
    } at;
    uint32_t count, room; // room: of `rows`; 0 when there are words
    uint16_t key;
} RowBlock;

typedef struct RowSet { // cleared memory is an empty set
    RowBlock *blocks;   // by key
    uint32_t count, room;
    uint64_t rows; // how many are in it
} RowSet;

void rowset_done(RowSet *set);
// Adding a row that is there, and removing one that is not, changes nothing. Adding fails only for
// want of memory, and then changes nothing. The newest row is added in constant time, others in
// that of moving a block's array.
MUST_CHECK bool rowset_add(RowSet *set, uint32_t row, Status *status);
void rowset_remove(RowSet *set, uint32_t row);
bool rowset_has(const RowSet *set, uint32_t row);
// The nearest row of the set below, or above, this one. False when there is none.
bool rowset_before(const RowSet *set, uint32_t row, uint32_t *found);
bool rowset_after(const RowSet *set, uint32_t row, uint32_t *found);

// Adds the rows of block `key` (row >> 16) to `words`, bit by row. False when there are none.
bool rowset_or(const RowSet *set, uint32_t key, uint64_t words[ROWSET_WORDS]);
uint64_t rowset_bytes(const RowSet *set); // memory that it takes
