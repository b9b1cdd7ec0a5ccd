// Workbooks: a ZIP archive as it is, or the text of its parts (workbook.h). Whatever it holds,
// texts are UTF-8, rows go down, and no row is wider than a table may be.
#include <assert.h>

#include "codec/xlsx.h"
#include "workbook.h"

enum { ARENA_BYTES = 1 << 26, OUT_BYTES = 1 << 22, SHEETS = 8 };

static void read_sheet(Xlsx *xlsx, size_t sheet, bool header, XlsxReader *reader) {
    Status status;
    status_clear(&status);
    if (!xlsx_sheet(xlsx, sheet, reader, &status) || (header && !xlsx_header(reader, &status))) {
        assert(status.code != STATUS_OK && status.message[0]);
        return;
    }
    unsigned long row = reader->row;
    while (xlsx_next(reader)) {
        char name[XLSX_CELL_NAME_MAX];
        assert(reader->row > row && reader->row <= XLSX_ROWS_MAX);
        assert(reader->width <= XLSX_COLUMNS_MAX);
        row = reader->row;
        for (uint32_t c = 0; c < reader->width; c++) {
            Text field = reader->fields[c];
            assert(field.at && utf8_is_valid(field));
            assert(reader->kind[c] != XLSX_EMPTY || field.length == 0);
            assert(xlsx_cell_name(row, c, name)[0] >= 'A');
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static XlsxReader reader;
    Arena arena;
    Buffer made;
    Status status;
    Xlsx xlsx;
    Text bytes = {(const char *)data, size};
    arena_init(&arena, ARENA_BYTES);
    buffer_init(&made, OUT_BYTES);
    status_clear(&status);
    if (text_begins(bytes, TEXT("=== "))) {
        workbook_of(bytes, &made);
        bytes = buffer_view(&made);
    }
    if (xlsx_open(&xlsx, TEXT("book.xlsx"), bytes, &arena, &status)) {
        for (size_t i = 0; i < xlsx.sheets && i < SHEETS; i++) {
            read_sheet(&xlsx, i, true, &reader);
            read_sheet(&xlsx, i, false, &reader);
        }
    } else {
        assert(status.code != STATUS_OK && status.message[0]);
    }
    xlsx_close(&xlsx);
    buffer_done(&made);
    arena_done(&arena);
    return 0;
}
