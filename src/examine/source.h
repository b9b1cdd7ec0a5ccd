// The rows of one table, from a CSV file or a sheet of a workbook alike. Private to examine/.
#pragma once
#include "codec/csv.h"
#include "codec/xlsx.h"

_Static_assert((int)CSV_COLUMNS_MAX == (int)XLSX_COLUMNS_MAX, "a table is as wide in both");

typedef struct TableSource {
    Text header[CSV_COLUMNS_MAX]; // once there are headings
    Text *fields;                 // of the row given last
    uint32_t width;               // of it; of every row, once there are headings
    unsigned long row;            // its number, from 1
    CsvReader *csv;               // one of the two
    XlsxReader *sheet;
} TableSource;

// CSV in that separator. False for want of memory.
MUST_CHECK bool source_csv(TableSource *source, Text bytes, char separator, Arena *arena);
void source_sheet(TableSource *source, XlsxReader *sheet);
// The next row that is not empty: before there are headings as wide as it is itself.
CsvNext source_next(TableSource *source, Status *status);
// Takes names for the columns of all rows that follow.
void source_headings(TableSource *source, const Text *names, uint32_t width);
// Something stands beside the table: the first such column, or UINT32_MAX.
uint32_t source_stray(const TableSource *source);
// Where the reader is, to come back to: `room` is source_place_bytes() large.
size_t source_place_bytes(const TableSource *source);
void source_leave(const TableSource *source, void *room);
void source_return(TableSource *source, const void *room);
