// The tables of a folder while they are read. Private to examine/.
#pragma once
#include "examine/tables.h"

typedef struct List {
    void *at;
    size_t count, room, size;
} List;

// Room for one more, zeroed; NULL for want of memory.
void *list_new(List *list, Arena *arena);

typedef struct Reading {
    Arena *arena;
    Returns *r;
    List rows, partners, holdups, customs, quota, faults, facilities, companies, materials;
    Text file;    // that is read now
    Text mapping; // columns.txt
    bool month_known;
    const struct XlsxReader *sheet; // that is read now; null while it is a CSV file
} Reading;

// Names a faulty cell of the file that is read; `column` empty: the whole row. False for want of
// memory.
bool reading_fault(Reading *x, unsigned long row, Text column, const char *format, ...)
    PRINTF_LIKE(4, 5);
// The number of a name, whatever its case and blanks, which is added if it is new; UINT32_MAX for
// want of memory.
uint32_t reading_name(Reading *x, List *names, Text text);

void reading_begin(Reading *x, Arena *arena, Returns *returns);
// What was read, sorted, into the Returns. False when nothing could be read at all, or too much.
MUST_CHECK bool reading_end(Reading *x, Status *status);
// One table, up to where it can no longer be read; what is wrong with it is told. False for want of
// memory.
bool read_table(Reading *x, Text bytes);
// A workbook: each sheet that is not hidden is a table. False for want of memory.
bool read_workbook(Reading *x, Text bytes);
bool read_rows_of(Reading *x, struct XlsxReader *sheet); // one of them
// Rows by facility, material and month; the second of two is left out, and a row that closes when
// one figure is taken in another unit is corrected: both are told. False for want of memory.
bool settle_rows(Reading *x);
