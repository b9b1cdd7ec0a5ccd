// Blocks of 64 KiB in a chain, filled one after the other; what would waste much of one gets a
// block of its own, which is given back at the next reset. Under the address sanitizer what was not
// given out is poisoned, so that a read past an allocation is seen as it would be with malloc.
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum { ARENA_ALIGN = 16, ARENA_BLOCK = 64 * 1024 - 64, ARENA_ALONE = ARENA_BLOCK / 4 };

struct ArenaBlock {
    ArenaBlock *next;
    size_t size, used;
    alignas(ARENA_ALIGN) uint8_t bytes[];
};

void arena_init(Arena *arena, size_t limit_bytes) {
    *arena = (Arena){.limit = limit_bytes};
}

void arena_done(Arena *arena) {
    for (ArenaBlock *block = arena->first, *next; block; block = next) {
        next = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
        memory_free(block);
    }
    arena->first = arena->current = NULL;
    arena->used = 0;
}

void arena_reset(Arena *arena) {
    ArenaBlock **link = &arena->first;
    while (*link) {
        ArenaBlock *block = *link;
        if (block->size == ARENA_BLOCK) {
            block->used = 0;
            ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
            link = &block->next;
        } else {
            *link = block->next;
            ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
            memory_free(block);
        }
    }
    arena->current = arena->first;
    arena->used = 0;
}

static ArenaBlock *block_new(size_t size) {
    // Large tables cost a page fault for every 4 KiB otherwise.
    ArenaBlock *block = memory_new_large(sizeof(ArenaBlock) + size, 0);
    if (!block) return NULL;
    block->next = NULL;
    block->size = size;
    block->used = 0;
    ASAN_POISON_MEMORY_REGION(block->bytes, size);
    return block;
}

// A block with room for `size`. One of its own stands in front of the chain, where filling never
// looks; ordinary ones follow the current one.
static ArenaBlock *block_for(Arena *arena, size_t size) {
    if (size > ARENA_ALONE) {
        ArenaBlock *current = arena->current;
        if (current && current->size - current->used >= size) return current;
        ArenaBlock *alone = block_new(size);
        if (!alone) return NULL;
        alone->next = arena->first;
        arena->first = alone;
        return alone;
    }
    for (ArenaBlock *block = arena->current; block; block = block->next) {
        if (block->size - block->used >= size) {
            arena->current = block;
            return block;
        }
    }
    ArenaBlock *block = block_new(ARENA_BLOCK);
    if (!block) return NULL;
    if (arena->current) {
        block->next = arena->current->next;
        arena->current->next = block;
    } else {
        block->next = arena->first;
        arena->first = block;
    }
    arena->current = block;
    return block;
}

void *arena_take(Arena *arena, size_t size) {
    if (size > SIZE_MAX / 2) return NULL;
    size_t rounded = size ? (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : ARENA_ALIGN;
    assert(arena->used <= arena->limit);
    if (rounded > arena->limit - arena->used) return NULL;
    ArenaBlock *block = block_for(arena, rounded);
    if (!block) return NULL;
    void *given = block->bytes + block->used;
    block->used += rounded;
    arena->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(given, size);
    return given;
}

void *arena_take_zero(Arena *arena, size_t count, size_t size) {
    size_t whole;
    if (__builtin_mul_overflow(count, size, &whole)) return NULL;
    void *given = arena_take(arena, whole);
    if (given) memset(given, 0, whole);
    return given;
}

char *arena_copy(Arena *arena, const void *bytes, size_t length) {
    if (length == SIZE_MAX) return NULL;
    char *copy = arena_take(arena, length + 1);
    if (!copy) return NULL;
    if (length) memcpy(copy, bytes, length);
    copy[length] = 0;
    return copy;
}

char *arena_format(Arena *arena, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : arena_take(arena, (size_t)length + 1);
    if (text) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
