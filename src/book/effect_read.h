// What the effect_*.c files share: reading the parts of effects' bodies into rows. Internal to
// book/. One function a kind, apply_NAME as effect.def has it: reads its body from `r`, checks
// every row that it names, and changes the book by touch() and row_new() alone, so that the journal
// can take it back.
#pragma once
#include "book/effect.h"

#include <string.h>

// Values by component: a mask u64, then an i64 for each bit.
typedef struct Values {
    uint32_t mask;
    int64_t mg[COMPONENT_COUNT];
} Values;

static inline bool misfit(Status *status, const char *what) {
    return status_set(status, STATUS_CORRUPT, "a stored decision does not fit the book: %s", what);
}

static inline bool read_values(Reader *r, Values *values) {
    memset(values, 0, sizeof *values);
    uint64_t mask = read_u64(r);
    const uint8_t *at = read_bytes(r, 8 * (size_t)__builtin_popcountll(mask & COMPONENT_MASK));
    if (!at || (mask & ~COMPONENT_MASK)) {
        r->failed = true;
        return false;
    }
    values->mask = (uint32_t)mask;
    for (uint32_t m = values->mask; m; m &= m - 1, at += 8)
        values->mg[__builtin_ctz(m)] = (int64_t)bytes_get_u64(at);
    return true;
}

static inline uint32_t keep_values(Book *book, const Values *values) {
    int64_t numbers[COMPONENT_COUNT];
    uint32_t count = 0;
    for (uint32_t m = values->mask; m; m &= m - 1)
        numbers[count++] = values->mg[__builtin_ctz(m)];
    return values_keep(book, numbers, count);
}

static inline bool is_row(const Book *book, Table table, uint32_t row) {
    return row < book_count(book, table);
}

// A list of cause numbers becomes a set.
bool effect_set(Book *book, Reader *r, uint32_t *set);
bool effect_facet_is_known(const Book *book, unsigned kind, uint32_t key);
// A list of facets: their first row among TABLE_FACET, and how many.
bool effect_facets(Book *book, Reader *r, uint32_t *first, uint8_t *count);
// A list of error terms: their first row among TABLE_TERM, and how many.
bool effect_terms(Book *book, Reader *r, uint32_t *first, uint32_t *count);
// A flow of the operation begun by this event.
void effect_flow(Applying *a, FlowRole role, uint32_t lot_row, int64_t net, ContentRef content);
// Adds to a term of a facility's balance line.
bool effect_account(Book *book, uint32_t facility, uint32_t month, unsigned term,
                    const Values *values, Status *status);

// What an operation did to its pool, kept so that a correction can do the contrary.
void effect_delta(Applying *a, uint32_t pool, uint8_t kind, uint32_t set, uint32_t key,
                  const Values *values);

#define EFFECT(number, suffix, name, what)                                                         \
    bool apply_##name(Applying *a, Reader *r, Status *status);
#include "book/effect.def"
#undef EFFECT
