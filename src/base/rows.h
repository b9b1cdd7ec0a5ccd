// Arrays of fixed-size rows in chunks of 64 Ki that never move: a pointer to a row stays good for
// the life of the array, and one thread may read rows below a published count while another
// appends.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROWS_PER_CHUNK = 65536, ROWS_CHUNKS_MAX = 65536 };
#define ROW_NONE UINT32_MAX

typedef struct Rows {
    uint8_t **chunks; // ROWS_CHUNKS_MAX pointers, made when the first row is
    uint32_t count;
    uint32_t row_size;
} Rows;

void rows_init(Rows *rows, size_t row_size);
void rows_done(Rows *rows);
// Makes sure that `more` rows can be added without asking for memory.
MUST_CHECK bool rows_reserve(Rows *rows, uint32_t more, Status *status);
// Adds one cleared row. Room must have been reserved: it cannot fail.
void *rows_add(Rows *rows);
// Takes rows off the end (rewind).
void rows_cut(Rows *rows, uint32_t count);
static inline void *rows_at(const Rows *rows, uint32_t row) {
    return rows->chunks[row >> 16] + (size_t)(row & 0xFFFF) * rows->row_size;
}
