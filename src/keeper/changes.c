// Every change of a row passes through the journal, which keeps where the row stands and its bytes
// from before. A row may be kept several times: its oldest image counts. Balance lines are values
// in a stretch of their own, kept term by term.
#include "keeper/changes.h"

#include <stdlib.h>

typedef struct Image {
    uint32_t row, age; // age: the greater, the older
    const void *old;
} Image;

typedef struct Images {
    Image *at;
    uint32_t count, capacity;
    uint32_t first_new; // rows from here on are new
} Images;

typedef struct Reading {
    const Book *book;
    Arena *arena;
    Images lots, pools, accounts, values;
    uint32_t age;
    bool no_memory;
} Reading;

// The row of `rows` that stands at `at`; ROW_NONE when it is none of them.
static uint32_t row_of(const Rows *rows, const void *at) {
    const uint8_t *byte = at;
    for (uint32_t chunk = 0; chunk * (uint64_t)ROWS_PER_CHUNK < rows->count; chunk++) {
        const uint8_t *begin = rows->chunks[chunk];
        size_t size = (size_t)ROWS_PER_CHUNK * rows->row_size;
        if (byte >= begin && byte < begin + size)
            return chunk * ROWS_PER_CHUNK + (uint32_t)((size_t)(byte - begin) / rows->row_size);
    }
    return ROW_NONE;
}

static void image_add(Reading *reading, Images *images, const Rows *rows, const void *at,
                      const void *old) {
    uint32_t row = row_of(rows, at);
    if (row == ROW_NONE) return;
    if (images->count == images->capacity) {
        uint32_t capacity = images->capacity ? 2 * images->capacity : 64;
        Image *grown = arena_take(reading->arena, capacity * sizeof *grown);
        if (!grown) {
            reading->no_memory = true;
            return;
        }
        if (images->count) memcpy(grown, images->at, images->count * sizeof *grown);
        images->at = grown;
        images->capacity = capacity;
    }
    images->at[images->count++] = (Image){row, reading->age++, old};
}

static void take_entry(void *context, JournalKind kind, const void *at, const void *old,
                       size_t size) {
    Reading *reading = context;
    const Book *book = reading->book;
    if (kind == JOURNAL_ROWS) {
        uint32_t count;
        memcpy(&count, old, sizeof count);
        if (at == &book->table[TABLE_LOT]) reading->lots.first_new = count;
        if (at == &book->table[TABLE_POOL]) reading->pools.first_new = count;
        if (at == &book->table[TABLE_ACCOUNT]) reading->accounts.first_new = count;
        return;
    }
    if (kind != JOURNAL_MEMORY) return;
    if (size == sizeof(Lot)) image_add(reading, &reading->lots, &book->table[TABLE_LOT], at, old);
    if (size == sizeof(PoolRow))
        image_add(reading, &reading->pools, &book->table[TABLE_POOL], at, old);
    if (size == sizeof(AccountRow))
        image_add(reading, &reading->accounts, &book->table[TABLE_ACCOUNT], at, old);
    if (size == COMPONENT_COUNT * sizeof(int64_t))
        image_add(reading, &reading->values, &book->values, at, old);
}

static int compare(const void *a, const void *b) {
    const Image *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return x->age > y->age ? -1 : x->age < y->age; // the oldest first
}

// Sorts and leaves the oldest image of each row. New rows are not images.
static void settle(Images *images) {
    if (images->count > 1) qsort(images->at, images->count, sizeof *images->at, compare);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < images->count; i++)
        if (images->at[i].row < images->first_new &&
            (kept == 0 || images->at[kept - 1].row != images->at[i].row))
            images->at[kept++] = images->at[i];
    images->count = kept;
}

static const int64_t *old_values(const Images *values, uint32_t index) {
    uint32_t low = 0, high = values->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (values->at[middle].row < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < values->count && values->at[low].row == index ? values->at[low].old : NULL;
}

static void account_changes(const Reading *reading, uint32_t row, Changes *changes) {
    const Book *book = reading->book;
    const AccountRow *account = ROW(book, AccountRow, TABLE_ACCOUNT, row);
    for (unsigned term = 0; term < ACCOUNT_TERMS; term++) {
        uint32_t index = account->values + term * COMPONENT_COUNT;
        const int64_t *old = old_values(&reading->values, index);
        if (!old) continue;
        AccountChange *change = &changes->accounts[changes->account_count];
        *change = (AccountChange){account->facility, account->month, (AccountTerm)term, {0}};
        const int64_t *now = values_at(book, index);
        bool any = false;
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            int64_t before;
            memcpy(&before, old + c, sizeof before);
            change->mg[c] = now[c] - before;
            any = any || change->mg[c] != 0;
        }
        if (any) changes->account_count++;
    }
}

static bool fill(const Reading *reading, Changes *changes, Status *status) {
    const Book *book = reading->book;
    uint32_t lots = book_count(book, TABLE_LOT), pools = book_count(book, TABLE_POOL),
             accounts = book_count(book, TABLE_ACCOUNT);
    uint32_t new_lots = lots - reading->lots.first_new,
             new_pools = pools - reading->pools.first_new,
             new_accounts = accounts - reading->accounts.first_new;
    size_t lines = (size_t)(reading->accounts.count + new_accounts) * ACCOUNT_TERMS;
    *changes =
        (Changes){.lots = arena_take(reading->arena,
                                     (reading->lots.count + new_lots + 1) * sizeof *changes->lots),
                  .pools = arena_take(reading->arena, (reading->pools.count + new_pools + 1) *
                                                          sizeof *changes->pools),
                  .accounts = arena_take(reading->arena, (lines + 1) * sizeof *changes->accounts)};
    if (!changes->lots || !changes->pools || !changes->accounts) return status_no_memory(status);
    for (uint32_t i = 0; i < reading->lots.count; i++) {
        LotChange *change = &changes->lots[changes->lot_count++];
        *change = (LotChange){.lot = reading->lots.at[i].row};
        memcpy(&change->before, reading->lots.at[i].old, sizeof change->before);
    }
    for (uint32_t lot = reading->lots.first_new; lot < lots; lot++)
        changes->lots[changes->lot_count++] = (LotChange){.lot = lot, .born = true};
    for (uint32_t i = 0; i < reading->pools.count; i++)
        changes->pools[changes->pool_count++] =
            (PoolChange){.pool = reading->pools.at[i].row, .before = reading->pools.at[i].old};
    for (uint32_t pool = reading->pools.first_new; pool < pools; pool++)
        changes->pools[changes->pool_count++] = (PoolChange){.pool = pool, .born = true};
    for (uint32_t i = 0; i < reading->accounts.count; i++)
        account_changes(reading, reading->accounts.at[i].row, changes);
    for (uint32_t row = reading->accounts.first_new; row < accounts; row++)
        account_changes(reading, row, changes);
    return true;
}

bool changes_read(const Book *book, BookMark mark, Arena *arena, Changes *changes, Status *status) {
    Reading reading = {.book = book,
                       .arena = arena,
                       .lots.first_new = book_count(book, TABLE_LOT),
                       .pools.first_new = book_count(book, TABLE_POOL),
                       .accounts.first_new = book_count(book, TABLE_ACCOUNT),
                       .values.first_new = ROW_NONE};
    journal_each(&book->journal, mark.position, take_entry, &reading);
    if (reading.no_memory) return status_no_memory(status);
    settle(&reading.lots);
    settle(&reading.pools);
    settle(&reading.accounts);
    settle(&reading.values);
    return fill(&reading, changes, status);
}
