// The book's integers as the arrays that the balance takes: month by month, facility by facility,
// the material balance line of docs/book.md, pools included. Only here do milligrams become
// doubles.
//
// MUF of a month is what the book's postings of that month are made of (batch differences, pool
// gains, re-weighings, stock-taking differences, found, reversals), less what they gained; recorded
// losses and shipper-receiver differences stand beside it. Each posting names the measurements it
// rests on, signed, so errors come in the month in which they are posted. A month in which a
// facility posted nothing is part of the next one that did.
#pragma once
#include "balance/facility.h"
#include "balance/from_book_crossing.h"
#include "balance/from_book_owners.h"
#include "base/arena.h"
#include "base/calendar.h"
#include "base/status.h"
#include "base/text.h"

struct Book;

// What MUF consists of, as the book calls it; kg gained.
typedef enum MufPart {
    PART_BATCH,
    PART_GAIN,
    PART_MEASURE,
    PART_STOCKTAKE,
    PART_FOUND,
    PART_REVERSAL,
    PART_COUNT
} MufPart;
const char *muf_part_name(MufPart part); // "batch" "gain" "measure" "stocktake" "found" "reversal"

enum { BALANCE_COMPONENTS_MAX = 22 };

typedef struct BookFacility {
    uint32_t row; // of the book's facilities
    Text id;      // borrowed from the book, good for its life
    Month first;  // period 0
    size_t months;
    size_t components;
    uint8_t component[BALANCE_COMPONENTS_MAX]; // bit of each
    Text names[BALANCE_COMPONENTS_MAX];        // "Nd"
    // Components that came or went without being stated throughout (B2: unknown is not zero). They
    // have no balance and are not in the list above.
    uint64_t unstated;
    FacilityInput input;
    double *srd;              // [component * months + month], kg, + received more
    double *part[PART_COUNT]; // the same
    FacilityBalance balance;  // by book_balances_test()
} BookFacility;

// A deposit's proportions as the book has them: kg of each element, by component.
typedef struct BookOre {
    Text id; // borrowed from the book
    double share[BALANCE_COMPONENTS_MAX];
} BookOre;

typedef struct BookBalances {
    size_t count;
    BookFacility *facility; // in order of the book's facilities, those without matter left out
    size_t ore_count;
    BookOre *ore;            // deposits with a reference composition
    BookCrossings crossings; // what went from one of them to another, as both sides saw it
    BookOwners owners;       // whose the errors are that measurements share
    // Both cuts (B9): what happened until the end of this month, and was recorded before this
    // record.
    Month happened_until;
    uint64_t recorded_before;
    Instant recorded_until;
} BookBalances;

// Copies what is needed out of the book into the arena: quick, under the keeper's lock or on a book
// that nobody changes. Months after `until` are left out; 0 takes all.
MUST_CHECK bool book_balances_read(const struct Book *book, Month until, Arena *arena,
                                   BookBalances *balances, Status *status);
// The tests, facility by facility; needs no lock.
MUST_CHECK bool book_balances_test(BookBalances *balances, const BalanceTests *tests, Arena *arena,
                                   Status *status);
