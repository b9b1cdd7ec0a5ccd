// The array of chunk pointers is as long as it can ever be, asked for cleared and so only mapped
// where it is used: readers never see it move. Chunks are asked for in order, so that the last one
// needed being there says that all are.
//
// Chunks are asked for in stretches of at least a large page: the first stretch chunk by chunk, in
// small pages as they are filled, so that a small book stays small; the others whole.
#include "base/rows.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"

void rows_init(Rows *rows, size_t row_size) {
    assert(row_size > 0 && row_size <= UINT32_MAX);
    *rows = (Rows){.row_size = (uint32_t)row_size};
}

static size_t chunk_bytes(const Rows *rows) {
    return (size_t)ROWS_PER_CHUNK * rows->row_size;
}

static uint32_t chunks_together(const Rows *rows) {
    uint32_t wanted = (uint32_t)((MEMORY_LARGE + chunk_bytes(rows) - 1) / chunk_bytes(rows)),
             together = 1;
    while (together < wanted)
        together *= 2; // so that the last stretch ends with the array
    return together;
}

static bool chunk_new(Rows *rows, uint32_t first) {
    uint32_t together = chunks_together(rows);
    if (first < together) {
        rows->chunks[first] = memory_new_large(chunk_bytes(rows), MEMORY_LARGE);
        return rows->chunks[first] != NULL;
    }
    uint8_t *block = memory_new_large(together * chunk_bytes(rows), 0);
    if (!block) return false;
    for (uint32_t i = 0; i < together; i++)
        rows->chunks[first + i] = block + i * chunk_bytes(rows);
    return true;
}

void rows_done(Rows *rows) {
    uint32_t together = chunks_together(rows);
    for (uint32_t i = 0; rows->chunks && i < ROWS_CHUNKS_MAX && rows->chunks[i]; i++) {
        if (i < together || i % together == 0) memory_free(rows->chunks[i]);
    }
    memory_free(rows->chunks);
    *rows = (Rows){.row_size = rows->row_size};
}

bool rows_reserve(Rows *rows, uint32_t more, Status *status) {
    if (more == 0) return true;
    if (more > ROW_NONE - rows->count) {
        return status_set(status, STATUS_LIMIT, "a table of the book is full");
    }
    uint32_t last = (rows->count + more - 1) >> 16;
    if (rows->chunks && rows->chunks[last]) return true;
    if (!rows->chunks) {
        rows->chunks = memory_new_zero(ROWS_CHUNKS_MAX, sizeof *rows->chunks);
        if (!rows->chunks) return status_no_memory(status);
    }
    for (uint32_t i = rows->count >> 16; i <= last; i++) {
        if (rows->chunks[i]) continue;
        if (!chunk_new(rows, i)) return status_no_memory(status);
    }
    return true;
}

void *rows_add(Rows *rows) {
    assert(rows->chunks && rows->count < ROW_NONE && rows->chunks[rows->count >> 16]);
    void *row = rows_at(rows, rows->count);
    memset(row, 0, rows->row_size); // what was cut off may have lain here
    rows->count++;
    return row;
}

void rows_cut(Rows *rows, uint32_t count) {
    assert(count <= rows->count);
    rows->count = count;
}
