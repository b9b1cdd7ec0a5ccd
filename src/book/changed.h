// Which rows of a table may have changed since somebody last looked: one bit a row, so that an
// index beside the book is brought up to date by the rows that moved and not by all. A row may be
// marked that did not change (its event was refused); one that did is always marked. A failed
// commit takes rows back without marking them: whoever keeps an index begins anew then
// (ReadMark.rewinds in keeper/read.h). There is one looker, and it looks while the book stands
// still.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Changed {
    uint64_t *rows, *words; // a bit a row; a bit a word of `rows` that may not be 0
    uint32_t row_words;
} Changed;

void changed_done(Changed *changed);
MUST_CHECK bool changed_reserve(Changed *changed, uint64_t rows, Status *status);
static inline void changed_mark(Changed *changed, uint32_t row) {
    changed->rows[row >> 6] |= UINT64_C(1) << (row & 63);
    changed->words[row >> 12] |= UINT64_C(1) << (row >> 6 & 63);
}

struct Book;
// The tables that are watched.
typedef enum ChangedTable { CHANGED_LOTS, CHANGED_CONSIGNMENTS, CHANGED_TABLES } ChangedTable;
// Takes the first marked row from `from` on, unmarks it, and says whether there was one. `from` is
// 0 to begin with, then the row found before.
bool book_changed_take(const struct Book *book, ChangedTable table, uint32_t from, uint32_t *row);
void book_changed_clear(const struct Book *book, ChangedTable table);
