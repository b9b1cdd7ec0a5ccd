// The rows of one table, from a CSV file or a sheet of a workbook alike. Private to examine/.
#pragma once
#include "codec/csv.h"
#include "codec/xlsx.h"

_Static_assert((int)CSV_COLUMNS_MAX == (int)XLSX_COLUMNS_MAX, "a table is as wide in both");

typedef struct TableSource {
    const Text *header;
    Text *fields; // of the row given last
    uint32_t width;
    unsigned long row; // of the row given last, from 1
    CsvReader *csv;    // one of the two
    XlsxReader *sheet;
} TableSource;

// CSV in the separator that its first line shows. False for want of memory.
MUST_CHECK bool source_csv(TableSource *source, Text bytes, Arena *arena);
void source_sheet(TableSource *source, XlsxReader *sheet);
MUST_CHECK bool source_header(TableSource *source, Status *status);
CsvNext source_next(TableSource *source, Status *status);
