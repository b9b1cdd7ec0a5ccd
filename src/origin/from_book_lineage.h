// What is kept of the book's genealogy between one trace and the next, so that a trace costs what
// lies in its way: for each lot, what it came from; for each pool, what it did month by month.
// Taken from records in their order; a correction takes out again what the corrected record had put
// in. It holds row numbers and milligrams, no kilograms: from_book.c makes those. One thread
// follows the book while none reads; a failed commit takes records back, and then the lineage is
// made anew (lineage_clear()).
#pragma once
#include "base/rows.h"
#include "book/state.h"
#include "origin/from_book.h"

typedef enum Descent {
    DESCENT_FOUND = 0, // from nothing known
    DESCENT_SOURCE,    // `from`: row of the source, or TRACE_NONE
    DESCENT_OPENING,
    DESCENT_OUTSIDE, // `from`: Outside
    DESCENT_UNMATCHED,
    DESCENT_LOT,      // all of it from lot `from`
    DESCENT_MONTH,    // drawn from a pool: id of its month
    DESCENT_OPERATION // made of several: row of the operation
} Descent;

typedef struct Birth {
    uint32_t from, facility, material; // facility: where it was made, or TRACE_NONE
    Day day;                           // of the record that made it
    uint8_t descent, kind;             // kind: of the event that made it
} Birth;

// A pool in a month: what it did then.
typedef struct PoolMonth {
    uint32_t id, pool; // ids count pool months in the order of their first operation
    Month month;
    uint32_t *operations, count, room; // rows, ascending
    int64_t change[TRACE_COMPONENTS];  // mg, so that sums are exact
} PoolMonth;
typedef struct PoolKept {
    PoolMonth *months; // by month
    uint32_t count, room;
    int64_t charged[TRACE_COMPONENTS]; // all that came in but was not opened
    int64_t opened[TRACE_COMPONENTS];  // what was
} PoolKept;
typedef struct MonthPlace {
    uint32_t pool;
    Month month;
} MonthPlace;

struct Lineage {
    uint64_t records;
    uint32_t operations, pools, pool_room;
    PoolKept *pool;
    Rows births;   // Birth, by lot
    Rows from_lot; // by lot: 1 + the lot that it was received from; 0: none
    Rows settled;  // by lot: 1 + the operation that supplied a found lot
    Rows months;   // MonthPlace, by id
};

static inline const Birth *birth_at(const Lineage *lineage, uint32_t lot) {
    return rows_at(&lineage->births, lot);
}
static inline uint32_t received_from(const Lineage *lineage, uint32_t lot) {
    return *(const uint32_t *)rows_at(&lineage->from_lot, lot) - 1; // TRACE_NONE when 0
}
static inline uint32_t settled_by(const Lineage *lineage, uint32_t lot) {
    return *(const uint32_t *)rows_at(&lineage->settled, lot) - 1;
}
// The month of a pool, or null.
const PoolMonth *pool_month_find(const Lineage *lineage, uint32_t pool, Month month);
