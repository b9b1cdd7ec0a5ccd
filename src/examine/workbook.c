// A workbook: each of its sheets is a table.
#include <string.h>

#include "codec/xlsx.h"
#include "examine/reading.h"

// A file or a sheet that cannot be read, and where in it: `Status.where` says it behind the names
// of file and sheet, which the fault has already.
static bool tell(Reading *x, const Xlsx *book, const Status *status) {
    size_t quoted = book->file.length + 2;
    const char *in = strlen(status->where) > quoted ? strrchr(status->where + quoted, ',') : NULL;
    return reading_fault(x, 0, (Text){"", 0}, "%s%s%s; %s", in ? in + 2 : "", in ? ": " : "",
                         status->message, status->hint);
}

static bool read_sheet(Reading *x, Xlsx *book, size_t number, bool alone) {
    const XlsxSheet *sheet = &book->sheet[number];
    Text file = x->file;
    Status status;
    status_clear(&status);
    char *named =
        arena_format(x->arena, "%.*s, sheet \"%.*s\"", TEXT_ARG(file), TEXT_ARG(sheet->name));
    XlsxReader *rows = arena_take_zero(x->arena, 1, sizeof *rows);
    if (!named || !rows) return false;
    bool well;
    x->file = text_of(named);
    if (!sheet->part && !alone)
        well = true; // a sheet of charts
    else if (sheet->hidden)
        well =
            reading_fault(x, 0, (Text){"", 0}, "is hidden and was not read; show it, or delete it");
    else if (xlsx_sheet(book, number, rows, &status))
        well = (xlsx_is_empty(rows) && !alone) || read_rows_of(x, rows);
    else
        well = status.code != STATUS_NO_MEMORY && tell(x, book, &status);
    x->file = file;
    return well;
}

bool read_workbook(Reading *x, Text bytes) {
    Xlsx book;
    Status status;
    status_clear(&status);
    bool well = xlsx_open(&book, x->file, bytes, x->arena, &status);
    if (!well) well = status.code != STATUS_NO_MEMORY && tell(x, &book, &status);
    for (size_t i = 0; well && i < book.sheets; i++)
        well = read_sheet(x, &book, i, book.sheets == 1);
    xlsx_close(&book);
    return well;
}
