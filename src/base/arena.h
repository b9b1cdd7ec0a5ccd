// Memory for one task (a request, a batch, a command), given back all at once.
// Pointers stay valid until arena_reset() or arena_done(); nothing is freed by itself.
// Every arena has a limit, given when it is made: what grows from outside input must be bounded.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct ArenaBlock ArenaBlock;
typedef struct Arena {
    ArenaBlock *first, *current;
    size_t used, limit;
} Arena;

void arena_init(Arena *arena, size_t limit_bytes);
void arena_done(Arena *arena);
// Forgets all that was given out; keeps the blocks of ordinary size for the next task.
void arena_reset(Arena *arena);
// Aligned to 16 bytes, not cleared. Null when memory is short or the limit is reached.
void *arena_take(Arena *arena, size_t size);
void *arena_take_zero(Arena *arena, size_t count, size_t size);
// A copy of `length` bytes with a zero byte behind them.
char *arena_copy(Arena *arena, const void *bytes, size_t length);
char *arena_format(Arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
