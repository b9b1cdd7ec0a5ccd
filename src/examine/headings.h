// Where a table's headings are and what its columns mean. Private to examine/.
#pragma once
#include "examine/columns.h"
#include "examine/reading.h"
#include "examine/source.h"

typedef enum TableKind {
    TABLE_UNKNOWN,
    TABLE_RETURNS,
    TABLE_HOLDUPS,
    TABLE_CUSTOMS,
    TABLE_QUOTAS
} TableKind;

typedef struct Headings {
    TableKind kind;
    unsigned long row; // of the last of them
    uint32_t width;
    Text name[CSV_COLUMNS_MAX];
    ColumnMeaning meaning[CSV_COLUMNS_MAX];
    bool mapped[CSV_COLUMNS_MAX]; // columns.txt says what it is, if only that it is nothing
    int twice[CSV_COLUMNS_MAX];   // the column before it that means the same, or -1
    int at[ROLE_REO + 1];         // column of a role, or -1
    uint16_t terms;               // bits of the ReturnTerms that have a column
} Headings;

// Finds them below at most a dozen rows of titles, in one row or in two: a group above its columns
// ("Stock" above "opening" and "closing"), a unit below its heading. The source then stands before
// the first row of figures. `kind` stays TABLE_UNKNOWN when no such row is found; `status` says
// why, if a row could not be read. What is heading twice is told. False for want of memory.
MUST_CHECK bool headings_find(Reading *x, TableSource *from, Headings *h, Status *status);
