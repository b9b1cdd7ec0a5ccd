#include "book/changed.h"

#include <string.h>

#include "base/memory.h"
#include "book/state.h"

void changed_done(Changed *changed) {
    memory_free(changed->rows);
    memory_free(changed->words);
    *changed = (Changed){0};
}

static bool grow(uint64_t **words, size_t old, size_t wanted, Status *status) {
    uint64_t *grown = memory_resize(*words, wanted * sizeof *grown);
    if (!grown) return status_no_memory(status);
    memset(grown + old, 0, (wanted - old) * sizeof *grown);
    *words = grown;
    return true;
}

bool changed_reserve(Changed *changed, uint64_t rows, Status *status) {
    uint64_t needed = rows / 64 + 1;
    if (needed <= changed->row_words) return true;
    size_t old = changed->row_words, wanted = ((size_t)needed * 2 + 63) / 64 * 64;
    if (!grow(&changed->rows, old, wanted, status) ||
        !grow(&changed->words, old / 64, wanted / 64, status))
        return false;
    changed->row_words = (uint32_t)wanted;
    return true;
}

bool book_changed_take(const Book *book, ChangedTable table, uint32_t from, uint32_t *row) {
    const Changed *changed = &book->changed[table];
    for (uint32_t above = from >> 12; above < changed->row_words / 64; above++) {
        while (changed->words[above]) {
            uint32_t word = above * 64 + (uint32_t)__builtin_ctzll(changed->words[above]);
            if (changed->rows[word]) {
                *row = word * 64 + (uint32_t)__builtin_ctzll(changed->rows[word]);
                changed->rows[word] &= changed->rows[word] - 1;
                return true;
            }
            changed->words[above] &= changed->words[above] - 1;
        }
    }
    return false;
}

void book_changed_clear(const Book *book, ChangedTable table) {
    const Changed *changed = &book->changed[table];
    if (!changed->row_words) return;
    memset(changed->rows, 0, changed->row_words * sizeof *changed->rows);
    memset(changed->words, 0, changed->row_words / 64 * sizeof *changed->words);
}
