// Postings beside the book: for each value of each attribute by which a list may be asked, the set
// of rows that have it (base/rowset.h). Kept here and not in book/, because the book decides
// nothing by them: replay, the naive book and the digest stay without, and a program that only
// records pays nothing. What only grows (records, postings of matter) is added once. What stands
// now (lots, consignments) is brought up to date by the rows that the book marked as changed
// (book/changed.h), so that following costs what happened since the last question, never all that
// ever did. After a failed commit, which takes rows back, the index is made anew.
//
// All of it takes some 70 bytes an event (bench/reads says how much).
#pragma once
#include "access/inside.h"
#include "base/rowset.h"

// Sets by a number of the book (a facility's row ...); `all[number + 1]`, so that all[0] is of
// ROW_NONE.
typedef struct RowSets {
    RowSet *all;
    uint32_t count;
} RowSets;

// How a lot, or a consignment, stands in the sets.
typedef struct LotPlace {
    uint32_t facility, party, owner, material;
    uint16_t month;
    uint8_t state;
    bool tainted, there;
} LotPlace;
typedef struct ConsignmentPlace {
    uint32_t party, from, to, waiting; // waiting: where something came that nobody had sent
    bool shipped, there;
} ConsignmentPlace;

enum {
    INDEX_KINDS = 64,
    INDEX_VERDICTS = 5,
    INDEX_STATES = 4,
    INDEX_MONTH_FIRST = 23640,
    INDEX_MONTHS_MAX = 1200
};

struct Index {
    bool begun;
    uint64_t rewinds;
    LotPlace *lot;
    ConsignmentPlace *consignment;
    uint32_t lots, lot_room, consignments, consignment_room, records, postings, accounts;
    // Lots: where, held by whom, whose, of what, made when (month), named by whom (the party in the
    // id), assayed by whom (never taken out: ask again); tainted: whose causes are not none, open
    // or not.
    RowSets lot_facility, lot_party, lot_owner, lot_material, lot_month, lot_namer, lot_laboratory;
    RowSet lot_state[INDEX_STATES], lot_tainted;
    // Records: whose, where matter was worked or moved, which day's month.
    RowSets record_party, record_facility, record_month;
    RowSet record_kind[INDEX_KINDS], record_verdict[INDEX_VERDICTS];
    // Postings of matter.
    RowSets posting_facility, posting_month;
    RowSet posting_reason[POSTED_COUNT];
    // Monthly accounts of matter.
    RowSets account_facility, account_month;
    // Consignments: sender; the facility that sent, that shall get, or that got.
    RowSets consignment_party, consignment_facility;
    RowSet consignment_shipped;
};

MUST_CHECK Index *index_new(Status *status);
void index_free(Index *index); // takes null

// The index as the book stands now, which it does until the look breathes, pauses or resumes; null
// on failure. Others wait meanwhile: index_give() it back before anything slow.
MUST_CHECK Index *index_take(Look *look, Status *status);
void index_give(Look *look);

// The set of a number; null for one that no row has.
const RowSet *rowsets_of(const RowSets *sets, uint32_t number);
// The first and last month with an account at a wanted facility, where they are not said (0): by
// the months' sets, of which there are few.
MUST_CHECK bool index_months(Look *look, const Index *index, const bool *wanted,
                             uint32_t facilities, Months *months, Status *status);
uint64_t index_bytes(const Index *index);
