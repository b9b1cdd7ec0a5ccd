// The one door to rows for a person. Every function here and beside it takes who asks (view.h),
// what is asked, and appends one JSON answer, exactly as schema/openapi.json says; what one may not
// see has no value in it, and answers like what does not exist: STATUS_NOT_FOUND, in the same
// words. Masses are decimal text in kg. Every answer says `as_of` and `trial`.
//
// How an answer is read: under the keeper's lock, a thousand rows at a time. An answer is settled
// inside: a function returns only when what it saw is durable, and looks again by itself when a
// failed commit took it back (STATUS_BUSY when that happens over and over). So it may wait for the
// disk and must not be called on a thread that may not wait. All may be called from any thread.
//
// Codes: STATUS_NOT_FOUND; STATUS_INVALID (a parameter; `where` names it); STATUS_BUSY;
// STATUS_LIMIT (the answer does not fit `out`); STATUS_NO_MEMORY; and what reading the store says.
#pragma once
#include "access/view.h"
#include "base/buffer.h"
#include "base/calendar.h"
#include "keeper/read.h"

// A keeper's reading side: the key of its cursors, and what was computed from so many records
// (balances, findings). One for each keeper that is open, whose book has its genesis; close it
// before the keeper.
typedef struct Access Access;
MUST_CHECK Access *access_open(Keeper *keeper, Status *status);
void access_close(Access *access); // takes null
Keeper *access_keeper(const Access *access);

// Which page of a list. A cursor is the `next` of the page before: opaque, good for this query,
// this principal and this book only.
typedef struct Page {
    Text cursor;    // empty: the first page
    unsigned limit; // rows; 0: PAGE_ROWS
} Page;
enum { PAGE_ROWS = 50, PAGE_ROWS_MAX = 1000 };

// Months, both inclusive; 0: the first, the last with records.
typedef struct Months {
    Month from, to;
} Months;
