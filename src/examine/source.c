#include "examine/source.h"

static Text first_line(Text bytes) {
    Text line, rest;
    return text_split(bytes, '\n', &line, &rest) ? line : bytes;
}

bool source_csv(TableSource *source, Text bytes, Arena *arena) {
    CsvReader *csv = arena_take_zero(arena, 1, sizeof *csv);
    if (!csv) return false;
    csv_init(csv, bytes, arena);
    Text head = first_line(bytes);
    size_t commas = 0, semicolons = 0, tabs = 0;
    for (size_t i = 0; i < head.length; i++) {
        commas += head.at[i] == ',';
        semicolons += head.at[i] == ';';
        tabs += head.at[i] == '\t';
    }
    if (semicolons > commas) csv->separator = ';';
    if (tabs > commas && tabs > semicolons) csv->separator = '\t';
    *source = (TableSource){.header = csv->header, .fields = csv->fields, .row = 1, .csv = csv};
    return true;
}

void source_sheet(TableSource *source, XlsxReader *sheet) {
    *source =
        (TableSource){.header = sheet->header, .fields = sheet->fields, .row = 1, .sheet = sheet};
}

bool source_header(TableSource *source, Status *status) {
    bool well = source->csv ? csv_header(source->csv, status) : xlsx_header(source->sheet, status);
    source->row = source->csv ? 1 : source->sheet->row;
    source->width = !well ? 0 : source->csv ? source->csv->width : source->sheet->width;
    return well;
}

CsvNext source_next(TableSource *source, Status *status) {
    CsvNext next = source->csv                ? csv_next(source->csv, status)
                   : xlsx_next(source->sheet) ? CSV_ROW
                                              : CSV_END;
    source->row = source->csv ? source->csv->row : source->sheet->row;
    return next;
}
