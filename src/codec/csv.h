// Comma-separated tables (RFC 4180): strict in reading, safe for spreadsheets in writing.
// Reading: UTF-8 (a byte order mark, as spreadsheets write it, is skipped), lines end in LF or
// CRLF, a quoted field may hold separators, line breaks and doubled quotes, every row has as many
// fields as the first. Nothing is trimmed and nothing guessed. Rows count from 1, the header being
// row 1; lines are the file's own, which differ from rows once a field holds a line break.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum { CSV_COLUMNS_MAX = 256, CSV_FIELD_BYTES_MAX = 1 << 20 };

typedef enum CsvNext { CSV_FAILED, CSV_ROW, CSV_END } CsvNext;

typedef struct CsvReader {
    Text text;
    size_t at;
    Arena *arena;   // holds only fields that had doubled quotes
    char separator; // ','; set it after csv_init() for another
    // Off; set it after csv_init() for tables as spreadsheet programs and people leave them: rows
    // with nothing in them are passed over, what lacks at a row's end is empty.
    bool loose;
    uint32_t stray; // loose: the first field beyond the width that is not empty; UINT32_MAX: none
    unsigned long row, line; // of the row read last: its number, and the line that it begins on
    unsigned long line_now;
    uint32_t width; // fields of every row; 0 before the first
    uint32_t header_width;
    Text fields[CSV_COLUMNS_MAX];
    Text header[CSV_COLUMNS_MAX];
} CsvReader;

// `text` and `arena` must outlive what is read.
void csv_init(CsvReader *csv, Text text, Arena *arena);
// The next row's fields, in csv->fields[0 .. width). They stay good as long as text and arena do.
CsvNext csv_next(CsvReader *csv, Status *status);
// Takes names for the columns that are to come, whatever the rows before had: `width` of them.
void csv_headings(CsvReader *csv, const Text *names, uint32_t width);
// Reads the first row as column names: none empty, none twice.
MUST_CHECK bool csv_header(CsvReader *csv, Status *status);
// The place of a named column; false when there is none, and the hint lists those there are.
MUST_CHECK bool csv_column(const CsvReader *csv, const char *name, uint32_t *column,
                           Status *status);
// Adds where the current row's field stands: `row 4, column 3 "net", line 7`. Returns false.
bool csv_where(const CsvReader *csv, uint32_t column, Status *status);

// Rows into a buffer, lines ending in CRLF.
typedef struct CsvWriter {
    Buffer *out;
    bool filled; // a field stands already in this row
} CsvWriter;

CsvWriter csv_writer(Buffer *out);
// A text from anywhere. One that a spreadsheet would take for a formula (= + - @ TAB CR first) gets
// an apostrophe in front and quotes around it.
void csv_text(CsvWriter *writer, Text text);
void csv_words(CsvWriter *writer, const char *zero_ended);
// A number that we printed ourselves, which may be negative.
void csv_number(CsvWriter *writer, const char *digits);
void csv_row_end(CsvWriter *writer);
