// Reads the tables of XLSX workbooks (ECMA-376 and ISO/IEC 29500, transitional and strict) from
// memory: Excel's, LibreOffice's, WPS's and those that programs write. A sheet gives the rows that
// csv.h gives for the same table saved as CSV, but with each figure whole, not as it is displayed.
//
// What a cell gives: a text as it is; a number the shortest decimal text that reads back as the
// same double ("12.3"); one displayed in per cent "12.3%"; a day by its number format "2026-05-31"
// (both systems of counting days); TRUE or FALSE; a formula the value that was kept with it. Cells
// that give nothing (an error like "#DIV/0!", a formula without a value, a day that never was) have
// a kind that says so, and their row is given all the same.
// Rows and cells without an address stand behind the last; empty rows are left out, and hidden
// sheets are named as such for the caller to leave out. Hidden rows and columns are read. In cells
// merged over several rows a text or a day holds for each of them, a figure for the first alone,
// since it would be counted twice.
//
// Bounded by the limits below and in xlsx_package.h and xlsx_xml.h, and by the arena's own. No
// document types, no entities, no links to outside: nothing but the bytes given is ever read.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include "codec/xlsx_package.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    XLSX_COLUMNS_MAX = 256,   // with something in them, as CSV_COLUMNS_MAX
    XLSX_ROWS_MAX = 1048576,  // the format's own
    XLSX_CELLS_MAX = 1 << 25, // of all sheets read
    XLSX_STRINGS_MAX = 1 << 22,
    XLSX_SHEETS_MAX = 1024,
    XLSX_FORMATS_MAX = 1 << 16,
    XLSX_CELL_NAME_MAX = 16
};

typedef enum XlsxKind {
    XLSX_EMPTY,
    XLSX_TEXT,
    XLSX_NUMBER,
    XLSX_DAY,
    XLSX_BOOLEAN,
    // From here on nothing can be taken from the cell: xlsx_fault() says why.
    XLSX_ERROR,    // the text is the error's name
    XLSX_NO_VALUE, // a formula that nobody has calculated; no text
    XLSX_BAD       // no number, or no day that was; the text is what the file holds
} XlsxKind;

typedef struct XlsxSheet {
    Text name;
    bool hidden;
    char *part; // null: a sheet without cells, of charts
} XlsxSheet;

typedef struct Xlsx {
    Text file;        // its name, for messages
    XlsxSheet *sheet; // in the order of the tabs
    size_t sheets;
    // From here on private.
    Arena *arena;
    XlsxPackage package;
    bool since_1904;
    bool stale;     // to be calculated anew when opened: what stands with formulas is no value
    Text **strings; // shared ones, in chunks
    size_t string_count;
    uint8_t *format; // XlsxFormat of each cell style
    size_t formats;
    size_t cells;
    char *keep; // room for short texts
    size_t keep_left;
} Xlsx;

// `file`, `bytes` and `arena` must outlive what is read. Close it whether or not this succeeded.
// Fails with what would be right for what is no workbook, is encrypted, damaged, or too large.
MUST_CHECK bool xlsx_open(Xlsx *xlsx, Text file, Text bytes, Arena *arena, Status *status);
void xlsx_close(Xlsx *xlsx);

typedef struct XlsxCell {
    Text text;
    uint32_t row;    // from 1
    uint16_t column; // from 0
    uint8_t kind;
} XlsxCell;

typedef struct XlsxReader {
    unsigned long row; // of the row given last, from 1: the sheet's own number
    uint32_t width;    // of every row: up to the last heading; 0 before the first row
    uint32_t stray;    // the first column with something in it and no heading; UINT32_MAX: none
    Text fields[XLSX_COLUMNS_MAX];
    uint8_t kind[XLSX_COLUMNS_MAX]; // XlsxKind of each
    Text header[XLSX_COLUMNS_MAX];  // "" for a column without a heading
    // From here on private.
    const Xlsx *xlsx;
    const XlsxSheet *sheet;
    struct XlsxCells *first, *chunk;
    size_t at;
    struct XlsxMerge *merge;
    size_t merges, next_merge;
    Text held[XLSX_COLUMNS_MAX];
    uint8_t held_kind[XLSX_COLUMNS_MAX];
    uint32_t held_until[XLSX_COLUMNS_MAX];
} XlsxReader;

// Reads a sheet whole into the arena. Its rows are good after xlsx_close().
MUST_CHECK bool xlsx_sheet(Xlsx *xlsx, size_t sheet, XlsxReader *reader, Status *status);
// The first row that is not empty, as column names: at least one, none twice, none faulty. Columns
// without a name are allowed, being nobody's.
MUST_CHECK bool xlsx_header(XlsxReader *reader, Status *status);
// Takes names for the columns of the rows that are to come, whatever the rows before had. Columns
// without a name are allowed.
void xlsx_headings(XlsxReader *reader, const Text *names, uint32_t width);
// The next row that is not empty, in reader->fields[0 .. width); false at the end. Without
// xlsx_header() before, the first row that is not empty says the width.
bool xlsx_next(XlsxReader *reader);

// Whether there is nothing in the sheet at all.
static inline bool xlsx_is_empty(const XlsxReader *reader) {
    return !reader->first;
}

// "B12". Columns from 0, rows from 1.
char *xlsx_cell_name(unsigned long row, uint32_t column, char out[XLSX_CELL_NAME_MAX]);
// What is wrong with a cell of this kind and what would be right; null when nothing is.
const char *xlsx_fault(XlsxKind kind);
