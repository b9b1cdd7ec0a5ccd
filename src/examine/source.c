#include "examine/source.h"

#include <string.h>

bool source_csv(TableSource *source, Text bytes, char separator, Arena *arena) {
    CsvReader *csv = arena_take_zero(arena, 1, sizeof *csv);
    if (!csv) return false;
    csv_init(csv, bytes, arena);
    csv->separator = separator;
    csv->loose = true;
    *source = (TableSource){.fields = csv->fields, .row = 1, .csv = csv};
    return true;
}

void source_sheet(TableSource *source, XlsxReader *sheet) {
    *source = (TableSource){.fields = sheet->fields, .row = 1, .sheet = sheet};
}

CsvNext source_next(TableSource *source, Status *status) {
    bool named = source->header[0].at != NULL;
    if (!named && source->csv) source->csv->width = 0;
    if (!named && source->sheet) source->sheet->width = 0;
    CsvNext next = source->csv                ? csv_next(source->csv, status)
                   : xlsx_next(source->sheet) ? CSV_ROW
                                              : CSV_END;
    source->row = source->csv ? source->csv->row : source->sheet->row;
    source->width = source->csv ? source->csv->width : source->sheet->width;
    return next;
}

void source_headings(TableSource *source, const Text *names, uint32_t width) {
    memcpy(source->header, names, width * sizeof *names);
    source->width = width;
    if (source->csv) csv_headings(source->csv, names, width);
    if (source->sheet) xlsx_headings(source->sheet, names, width);
}

uint32_t source_stray(const TableSource *source) {
    return source->csv ? source->csv->stray : source->sheet->stray;
}

size_t source_place_bytes(const TableSource *source) {
    return source->csv ? sizeof *source->csv : sizeof *source->sheet;
}

void source_leave(const TableSource *source, void *room) {
    const void *reader = source->csv ? (const void *)source->csv : source->sheet;
    memcpy(room, reader, source_place_bytes(source));
}

void source_return(TableSource *source, const void *room) {
    void *reader = source->csv ? (void *)source->csv : source->sheet;
    memcpy(reader, room, source_place_bytes(source));
}
