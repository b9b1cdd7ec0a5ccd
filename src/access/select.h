// A page of a list: the newest rows that lie in every filter's sets, by joining sets block by block
// from the cursor down. The work for one page is bounded by SELECT_BUDGET; when it is used up the
// answer says that it was cut, and its cursor goes on from there. With f filters that name s sets
// in all, r rows and a page of p: r/65,536 * s block operations of at most 1,024 words, and p rows
// looked at; a filter that sets alone cannot answer (`fits`) looks at every row that it may let
// through.
#pragma once
#include "access/index.h"

enum { SELECT_FILTERS = 12, SELECT_BUDGET = 100000, SELECT_BLOCK_COST = 20 };

typedef struct Select {
    Look *look;
    uint32_t rows; // row numbers go up to here
    const RowSet **sets[SELECT_FILTERS];
    uint32_t count[SELECT_FILTERS];
    unsigned filters;
    // What must be looked at: rows in `suspects`, or all. Rows for which it says no are left out.
    bool (*fits)(const Look *look, const void *asked, uint32_t row);
    const void *asked;
    const RowSet *suspects;
} Select;

// Keeps rows that lie in one of these sets; null sets are empty ones.
MUST_CHECK bool select_in(Select *select, const RowSet *const *sets, uint32_t count,
                          Status *status);
MUST_CHECK bool select_in_one(Select *select, const RowSet *set, Status *status);
// An id, empty for any: what it names, or nothing.
MUST_CHECK bool select_in_named(Select *select, const Intern *names, const RowSets *sets, Text id,
                                Status *status);
MUST_CHECK bool select_in_months(Select *select, const RowSets *sets, Month from, Month to,
                                 Status *status);

// Days, both inclusive, as a question says them: YYYY-MM-DD, or YYYY-MM for a month's first or
// last.
typedef struct Days {
    bool any;
    Day from, to;
} Days;
MUST_CHECK bool days_read(Text from, Text to, Days *days, Status *status);
// A month; 0 for an empty text.
MUST_CHECK bool month_asked(Text text, const char *where, Month *month, Status *status);
// Records that the view may read, and those that happened within; sets `fits`.
MUST_CHECK bool records_in_view(Select *select, const Index *index, Status *status);
MUST_CHECK bool records_in_days(Select *select, const Index *index, const Days *days,
                                Status *status);

typedef struct Selected {
    uint32_t *rows; // newest first
    uint32_t count;
    bool more, cut; // more: a next page; cut: the budget ended it, it may be short
    uint64_t next;
    bool counted; // total is known
    uint64_t total;
} Selected;

// `below`: the cursor's position, or UINT64_MAX. In the look's arena.
MUST_CHECK bool select_page(Select *select, uint64_t below, unsigned limit, Selected *selected,
                            Status *status);
// Writes next, cut and, if wanted, total.
void selected_write(const Look *look, Text query, const Selected *selected, bool total,
                    JsonWriter *json);
