// A block becomes words when an array would take more, and stays so: what was dense once will be
// again.
#include "base/rowset.h"

#include <string.h>

#include "base/memory.h"

enum { ARRAY_MAX = ROWSET_WORDS * 4 }; // rows of an array as large as the words

static bool is_words(const RowBlock *block) {
    return block->room == 0;
}

void rowset_done(RowSet *set) {
    for (uint32_t b = 0; b < set->count; b++)
        memory_free(set->blocks[b].at.rows);
    memory_free(set->blocks);
    *set = (RowSet){0};
}

// Where a block with this key stands, or would.
static uint32_t block_place(const RowSet *set, uint32_t key) {
    if (set->count > 0 && set->blocks[set->count - 1].key < key) return set->count;
    uint32_t low = 0, high = set->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->blocks[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static RowBlock *block_find(const RowSet *set, uint32_t key) {
    uint32_t place = block_place(set, key);
    return place < set->count && set->blocks[place].key == key ? &set->blocks[place] : NULL;
}

static uint32_t row_place(const RowBlock *block, uint16_t row) {
    if (block->count > 0 && block->at.rows[block->count - 1] < row) return block->count;
    uint32_t low = 0, high = block->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (block->at.rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static RowBlock *block_new(RowSet *set, uint32_t key, Status *status) {
    if (set->count == set->room) {
        uint32_t room = set->room ? set->room * 2 : 2;
        RowBlock *grown = memory_resize(set->blocks, room * sizeof *grown);
        if (!grown) {
            status_no_memory(status);
            return NULL;
        }
        set->blocks = grown;
        set->room = room;
    }
    RowBlock block = {.key = (uint16_t)key, .room = 4};
    block.at.rows = memory_new(block.room * sizeof *block.at.rows);
    if (!block.at.rows) {
        status_no_memory(status);
        return NULL;
    }
    uint32_t place = block_place(set, key);
    memmove(&set->blocks[place + 1], &set->blocks[place],
            (set->count - place) * sizeof *set->blocks);
    set->blocks[place] = block;
    set->count++;
    return &set->blocks[place];
}

static bool block_grow(RowBlock *block, Status *status) {
    if (block->count < block->room) return true;
    if (block->room < ARRAY_MAX) {
        uint32_t room = block->room * 2;
        uint16_t *grown = memory_resize(block->at.rows, room * sizeof *grown);
        if (!grown) return status_no_memory(status);
        block->at.rows = grown;
        block->room = room;
        return true;
    }
    uint64_t *words = memory_new_zero(ROWSET_WORDS, sizeof *words);
    if (!words) return status_no_memory(status);
    for (uint32_t i = 0; i < block->count; i++)
        words[block->at.rows[i] / 64] |= UINT64_C(1) << block->at.rows[i] % 64;
    memory_free(block->at.rows);
    block->at.words = words;
    block->room = 0;
    return true;
}

bool rowset_add(RowSet *set, uint32_t row, Status *status) {
    RowBlock *block = block_find(set, row >> 16);
    if (!block && !(block = block_new(set, row >> 16, status))) return false;
    uint16_t low = (uint16_t)row;
    if (!is_words(block)) {
        uint32_t place = row_place(block, low);
        if (place < block->count && block->at.rows[place] == low) return true;
        if (!block_grow(block, status)) return false;
        if (!is_words(block)) {
            memmove(&block->at.rows[place + 1], &block->at.rows[place],
                    (block->count - place) * sizeof *block->at.rows);
            block->at.rows[place] = low;
            block->count++;
            set->rows++;
            return true;
        }
    }
    uint64_t bit = UINT64_C(1) << low % 64, *word = &block->at.words[low / 64];
    if (*word & bit) return true;
    *word |= bit;
    block->count++;
    set->rows++;
    return true;
}

void rowset_remove(RowSet *set, uint32_t row) {
    RowBlock *block = block_find(set, row >> 16);
    if (!block) return;
    uint16_t low = (uint16_t)row;
    if (is_words(block)) {
        uint64_t bit = UINT64_C(1) << low % 64, *word = &block->at.words[low / 64];
        if (!(*word & bit)) return;
        *word &= ~bit;
    } else {
        uint32_t place = row_place(block, low);
        if (place == block->count || block->at.rows[place] != low) return;
        memmove(&block->at.rows[place], &block->at.rows[place + 1],
                (block->count - place - 1) * sizeof *block->at.rows);
    }
    block->count--;
    set->rows--;
}

bool rowset_has(const RowSet *set, uint32_t row) {
    const RowBlock *block = block_find(set, row >> 16);
    if (!block) return false;
    uint16_t low = (uint16_t)row;
    if (is_words(block)) return block->at.words[low / 64] >> low % 64 & 1;
    uint32_t place = row_place(block, low);
    return place < block->count && block->at.rows[place] == low;
}

static bool last_below(const RowBlock *block, uint32_t end, uint32_t *low) {
    if (!is_words(block)) {
        uint32_t place = end > UINT16_MAX ? block->count : row_place(block, (uint16_t)end);
        if (place == 0) return false;
        *low = block->at.rows[place - 1];
        return true;
    }
    for (uint32_t w = (end + 63) / 64; w-- > 0;) {
        uint64_t word = block->at.words[w];
        if (end < (w + 1) * 64) word &= (UINT64_C(1) << end % 64) - 1;
        if (!word) continue;
        *low = w * 64 + 63 - (uint32_t)__builtin_clzll(word);
        return true;
    }
    return false;
}

static bool first_from(const RowBlock *block, uint32_t start, uint32_t *low) {
    if (start >= ROWSET_BLOCK) return false;
    if (!is_words(block)) {
        uint32_t place = row_place(block, (uint16_t)start);
        if (place == block->count) return false;
        *low = block->at.rows[place];
        return true;
    }
    for (uint32_t w = start / 64; w < ROWSET_WORDS; w++) {
        uint64_t word = block->at.words[w];
        if (w == start / 64) word &= UINT64_MAX << start % 64;
        if (!word) continue;
        *low = w * 64 + (uint32_t)__builtin_ctzll(word);
        return true;
    }
    return false;
}

bool rowset_before(const RowSet *set, uint32_t row, uint32_t *found) {
    uint32_t low;
    for (uint32_t b = block_place(set, (row >> 16) + 1); b-- > 0;) {
        const RowBlock *block = &set->blocks[b];
        uint32_t end = block->key == row >> 16 ? row & UINT16_MAX : ROWSET_BLOCK;
        if (!last_below(block, end, &low)) continue;
        *found = (uint32_t)block->key << 16 | low;
        return true;
    }
    return false;
}

bool rowset_after(const RowSet *set, uint32_t row, uint32_t *found) {
    uint32_t low;
    for (uint32_t b = block_place(set, row >> 16); b < set->count; b++) {
        const RowBlock *block = &set->blocks[b];
        uint32_t start = block->key == row >> 16 ? (row & UINT16_MAX) + 1 : 0;
        if (!first_from(block, start, &low)) continue;
        *found = (uint32_t)block->key << 16 | low;
        return true;
    }
    return false;
}

bool rowset_or(const RowSet *set, uint32_t key, uint64_t words[ROWSET_WORDS]) {
    const RowBlock *block = block_find(set, key);
    if (!block || block->count == 0) return false;
    if (is_words(block)) {
        for (uint32_t w = 0; w < ROWSET_WORDS; w++)
            words[w] |= block->at.words[w];
    } else {
        for (uint32_t i = 0; i < block->count; i++)
            words[block->at.rows[i] / 64] |= UINT64_C(1) << block->at.rows[i] % 64;
    }
    return true;
}

uint64_t rowset_bytes(const RowSet *set) {
    uint64_t bytes = set->room * sizeof *set->blocks;
    for (uint32_t b = 0; b < set->count; b++)
        bytes += is_words(&set->blocks[b]) ? ROWSET_WORDS * sizeof(uint64_t)
                                           : set->blocks[b].room * sizeof(uint16_t);
    return bytes;
}
