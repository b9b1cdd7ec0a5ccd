// What one event did to matter, told from the book's undo journal: each lot and pool that it
// touched with how it stood before, and what it added to the balance lines. Says nothing of why,
// and so needs to know no event and no effect.
#pragma once
#include "base/arena.h"
#include "book/state.h"

typedef struct LotChange {
    uint32_t lot;
    bool born;
    Lot before; // when it is not born by it
} LotChange;
typedef struct PoolChange {
    uint32_t pool;
    bool born;
    const PoolRow *before; // in the journal: good until the next change; null when born
} PoolChange;
typedef struct AccountChange {
    uint32_t facility;
    Month month;
    AccountTerm term;
    int64_t mg[COMPONENT_COUNT]; // added
} AccountChange;

typedef struct Changes {
    LotChange *lots;
    PoolChange *pools;
    AccountChange *accounts;
    uint32_t lot_count, pool_count, account_count; // each in order of rows
} Changes;

// Since `mark`, which was set before the one event that came after it. The lists lie in `arena`.
MUST_CHECK bool changes_read(const Book *book, BookMark mark, Arena *arena, Changes *changes,
                             Status *status);
