// The array of chunk pointers is as long as it can ever be, asked for cleared and so only mapped
// where it is used: readers never see it move. Chunks are asked for in order, so that the last one
// needed being there says that all are.
#include "base/rows.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

void rows_init(Rows *rows, size_t row_size) {
    assert(row_size > 0 && row_size <= UINT32_MAX);
    *rows = (Rows){.row_size = (uint32_t)row_size};
}

void rows_done(Rows *rows) {
    if (rows->chunks) {
        for (size_t i = 0; i < ROWS_CHUNKS_MAX && rows->chunks[i]; i++) {
            memory_free(rows->chunks[i]);
        }
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
        uint8_t *chunk = memory_new((size_t)ROWS_PER_CHUNK * rows->row_size);
        if (!chunk) return status_no_memory(status);
        rows->chunks[i] = chunk;
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
