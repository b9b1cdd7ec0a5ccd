// The cells of one sheet (ECMA-376 part 1, 18.3), read whole: which cells are merged is told behind
// them. Cells lie in the arena in chunks, in the order of the sheet, empty ones left out.
#include <stdio.h>
#include <stdlib.h>

#include "codec/xlsx_inside.h"
#include "codec/xlsx_value.h"

enum { CELLS_A_CHUNK = 400, COLUMNS_OF_FORMAT = 16384, MERGES_MAX = 1 << 16 };

typedef struct XlsxCells {
    struct XlsxCells *next;
    size_t count;
    XlsxCell cell[CELLS_A_CHUNK];
} XlsxCells;

// Cells merged over several rows; only their first column.
typedef struct XlsxMerge {
    uint32_t first, last;
    uint16_t column;
} XlsxMerge;

typedef enum CellType {
    OF_NUMBER,
    OF_SHARED,
    OF_TEXT,
    OF_INLINE,
    OF_BOOLEAN,
    OF_ERROR,
    OF_DAY
} CellType;

typedef struct SheetTask {
    Xlsx *xlsx;
    XlsxReader *reader;
    Status *status;
    XlsxCells *last;
    size_t merge_room;
    bool in_data, in_merges, in_row, in_cell, in_inline, has_formula, has_value;
    unsigned phonetic; // depth of the phonetic run that is passed over, or 0
    CellType type;
    unsigned long row, column, style; // of the cell; columns from 1, 0 before the first
    XlsxFormat format;
} SheetTask;

char *xlsx_cell_name(unsigned long row, uint32_t column, char out[XLSX_CELL_NAME_MAX]) {
    char letters[8];
    int n = 0;
    for (uint32_t c = column + 1; c && n < 7; c = (c - 1) / 26)
        letters[n++] = (char)('A' + (c - 1) % 26);
    int at = 0;
    while (n)
        out[at++] = letters[--n];
    snprintf(out + at, (size_t)(XLSX_CELL_NAME_MAX - at), "%u", (unsigned)(row % 100000000));
    return out;
}

const char *xlsx_fault(XlsxKind kind) {
    switch (kind) {
    case XLSX_ERROR:
        return "its formula gives an error; mend it, or leave the cell empty";
    case XLSX_NO_VALUE:
        return "is a formula without its value; open the workbook in a spreadsheet program and "
               "save it";
    case XLSX_BAD:
        return "is no number and no day that ever was; write it anew";
    default:
        return NULL;
    }
}

static int name_bytes(const XlsxSheet *sheet) {
    return (int)(sheet->name.length < 48 ? sheet->name.length : 48);
}

static bool at_cell(const XlsxReader *r, unsigned long row, uint32_t column, Status *status) {
    char name[XLSX_CELL_NAME_MAX];
    return status_where(status, "\"%.*s\", sheet \"%.*s\", cell %s", TEXT_ARG(r->xlsx->file),
                        name_bytes(r->sheet), r->sheet->name.at, xlsx_cell_name(row, column, name));
}

// About the cell that is read, or the row's first.
static bool fail(const SheetTask *t, StatusCode code, const char *message, const char *hint) {
    status_set(t->status, code, "%s", message);
    at_cell(t->reader, t->row ? t->row : 1, t->column ? (uint32_t)t->column - 1 : 0, t->status);
    return status_hint(t->status, "%s", hint);
}

// "B12": the column from 1, the row.
static bool read_name(Text name, unsigned long *column, unsigned long *row) {
    size_t i = 0;
    *column = 0;
    for (; i < name.length && name.at[i] >= 'A' && name.at[i] <= 'Z' && i < 3; i++)
        *column = *column * 26 + (unsigned long)(name.at[i] - 'A' + 1);
    return i && *column <= COLUMNS_OF_FORMAT &&
           xlsx_count((Text){name.at + i, name.length - i}, XLSX_ROWS_MAX, row) && *row;
}

static bool row_begins(SheetTask *t, const char **attributes) {
    const char *number = xml_attribute(attributes, "r");
    unsigned long row = t->row + 1, before = t->row;
    t->column = 0;
    if (number && (!xlsx_count(text_of(number), XLSX_ROWS_MAX, &row) || !row))
        return fail(t, STATUS_INVALID, "the row after this one has no right number",
                    "rows from 1 to 1048576; save the workbook again");
    if (row <= before)
        return fail(t, STATUS_INVALID, "the row after this one stands there a second time, or late",
                    "rows in their order; save the workbook again with a spreadsheet program");
    if (row > XLSX_ROWS_MAX)
        return fail(t, STATUS_LIMIT, "the sheet has too many rows", "at most 1048576");
    t->row = row;
    t->in_row = true;
    return true;
}

static bool type_of(const char *name, CellType *type) {
    static const char *const names[] = {"n", "s", "str", "inlineStr", "b", "e", "d"};
    *type = OF_NUMBER;
    if (!name) return true;
    for (int i = 0; i <= OF_DAY; i++)
        if (!strcmp(name, names[i])) {
            *type = (CellType)i;
            return true;
        }
    return false;
}

static bool cell_begins(XmlWalk *walk, SheetTask *t, const char **attributes) {
    const char *name = NULL, *type = NULL, *style = NULL;
    for (; attributes[0]; attributes += 2) {
        if (attributes[0][1]) continue;
        if (attributes[0][0] == 'r') name = attributes[1];
        if (attributes[0][0] == 't') type = attributes[1];
        if (attributes[0][0] == 's') style = attributes[1];
    }
    unsigned long column = t->column + 1, row = t->row;
    if (name && !read_name(text_of(name), &column, &row))
        return fail(t, STATUS_INVALID, "the cell after this one has no right name",
                    "names as B12, up to XFD1048576; save the workbook again");
    if (row != t->row || column <= t->column || column > COLUMNS_OF_FORMAT)
        return fail(t, STATUS_INVALID, "the cell after this one stands there twice, or late",
                    "cells in their order; save the workbook again with a spreadsheet program");
    t->column = column;
    if (!type_of(type, &t->type))
        return fail(t, STATUS_INVALID, "the cell is of no kind that there is",
                    "text, number, day, error, TRUE or FALSE; save the workbook again");
    unsigned long of = 0;
    if (style && !xlsx_count(text_of(style), UINT32_MAX, &of)) of = 0;
    t->format = of < t->xlsx->formats ? (XlsxFormat)t->xlsx->format[of] : XLSX_FORMAT_PLAIN;
    t->in_cell = true;
    t->in_inline = t->has_formula = t->has_value = false;
    t->phonetic = 0;
    buffer_reset(&walk->text);
    return true;
}

static bool merge_begins(SheetTask *t, const char **attributes) {
    const char *ref = xml_attribute(attributes, "ref");
    Text first, last;
    unsigned long column, row, end_column, end;
    if (!ref || !text_split(text_of(ref), ':', &first, &last) || !read_name(first, &column, &row) ||
        !read_name(last, &end_column, &end))
        return true; // a single cell, or nothing that could be merged
    if (end <= row || column > XLSX_COLUMNS_MAX) return true;
    XlsxReader *r = t->reader;
    if (r->merges == MERGES_MAX)
        return fail(t, STATUS_LIMIT, "too many cells are merged",
                    "at most 65,536 pieces; part merged cells, or save the table as \"CSV UTF-8\"");
    XlsxMerge *all = xlsx_widen(t->xlsx, r->merge, r->merges, &t->merge_room, sizeof *all);
    if (!all) return status_no_memory(t->status);
    r->merge = all;
    all[r->merges++] = (XlsxMerge){(uint32_t)row, (uint32_t)end, (uint16_t)(column - 1)};
    return true;
}

static bool sheet_begins(XmlWalk *walk, const char *name, const char **attributes) {
    SheetTask *t = walk->task;
    switch (walk->depth) {
    case 1:
        return !strcmp(name, "worksheet") ||
               fail(t, STATUS_INVALID, "the part of the sheet is no sheet",
                    "save the workbook again with a spreadsheet program");
    case 2:
        t->in_data = !strcmp(name, "sheetData");
        t->in_merges = !strcmp(name, "mergeCells");
        return true;
    case 3:
        if (t->in_merges && !strcmp(name, "mergeCell")) return merge_begins(t, attributes);
        return !t->in_data || strcmp(name, "row") != 0 || row_begins(t, attributes);
    case 4:
        return !t->in_row || strcmp(name, "c") != 0 || cell_begins(walk, t, attributes);
    default:
        if (!t->in_cell) return true;
        break;
    }
    if (walk->depth == 5) {
        if (!strcmp(name, "v")) {
            walk->gather = t->has_value = t->type != OF_INLINE;
            if (walk->gather) buffer_reset(&walk->text);
        }
        t->has_formula |= !strcmp(name, "f");
        t->in_inline = !strcmp(name, "is") && t->type == OF_INLINE;
    } else if (t->in_inline) {
        if (!strcmp(name, "rPh") && !t->phonetic) t->phonetic = walk->depth;
        if (!strcmp(name, "t") && !t->phonetic) walk->gather = true;
    }
    return true;
}

static Text trimmed(Text t) {
    while (t.length && strchr(" \t\r\n", t.at[0]) && t.at[0])
        t.at++, t.length--;
    while (t.length && strchr(" \t\r\n", t.at[t.length - 1]) && t.at[t.length - 1])
        t.length--;
    return t;
}

static bool add(SheetTask *t, Text text, bool kept, XlsxKind kind) {
    XlsxCells *chunk = t->last;
    if (text.length == 0 && kind == XLSX_TEXT) return true;
    if (t->column > XLSX_COLUMNS_MAX)
        return fail(t, STATUS_LIMIT, "the table has too many columns", "at most 256, up to IV");
    if (++t->xlsx->cells > XLSX_CELLS_MAX)
        return fail(t, STATUS_LIMIT, "the workbook has too many cells",
                    "at most 33,554,432; save a large table as \"CSV UTF-8\"");
    if (!chunk || chunk->count == CELLS_A_CHUNK) {
        chunk = arena_take(t->xlsx->arena, sizeof *chunk);
        if (!chunk) return status_no_memory(t->status);
        chunk->next = NULL;
        chunk->count = 0;
        *(t->last ? &t->last->next : &t->reader->first) = chunk;
        t->last = chunk;
    }
    XlsxCell *cell = &chunk->cell[chunk->count];
    if (!kept && !xlsx_keep(t->xlsx, text, &text, t->status)) return false;
    *cell = (XlsxCell){text, (uint32_t)t->row, (uint16_t)(t->column - 1), (uint8_t)kind};
    chunk->count++;
    return true;
}

static bool add_number(SheetTask *t, Text raw) {
    char text[XLSX_VALUE_TEXT_MAX];
    if (raw.length == 0) return !t->has_formula || add(t, raw, true, XLSX_NO_VALUE);
    XlsxValue value = t->type == OF_DAY ? xlsx_iso_day(raw, text)
                                        : xlsx_number(raw, t->format, t->xlsx->since_1904, text);
    if (value == XLSX_VALUE_BAD) return add(t, raw, false, XLSX_BAD);
    return add(t, text_of(text), false, value == XLSX_VALUE_DAY ? XLSX_DAY : XLSX_NUMBER);
}

static bool cell_ends(XmlWalk *walk, SheetTask *t) {
    Text text = {(char *)walk->text.bytes, walk->text.length}, raw = trimmed(text);
    unsigned long index;
    t->in_cell = t->in_inline = false;
    if (t->has_formula && (t->xlsx->stale || !t->has_value))
        return add(t, (Text){"", 0}, true, XLSX_NO_VALUE);
    switch (t->type) {
    case OF_NUMBER:
    case OF_DAY:
        return add_number(t, raw);
    case OF_SHARED:
        if (!t->has_value) return true;
        if (!xlsx_count(raw, XLSX_STRINGS_MAX, &index) || index >= t->xlsx->string_count)
            return fail(t, STATUS_CORRUPT, "the cell's text is not among the workbook's texts",
                        "fetch the file again, or save it again as .xlsx");
        return add(t, t->xlsx->strings[index / XLSX_STRINGS_A_CHUNK][index % XLSX_STRINGS_A_CHUNK],
                   true, XLSX_TEXT);
    case OF_TEXT:
    case OF_INLINE:
        if (text.length) text.length = xlsx_unescape((char *)walk->text.bytes, text.length);
        return add(t, text, false, XLSX_TEXT);
    case OF_BOOLEAN:
        if (raw.length == 0) return true;
        if (text_equal(raw, TEXT("1")) || text_equal(raw, TEXT("true")))
            return add(t, TEXT("TRUE"), true, XLSX_BOOLEAN);
        if (text_equal(raw, TEXT("0")) || text_equal(raw, TEXT("false")))
            return add(t, TEXT("FALSE"), true, XLSX_BOOLEAN);
        return add(t, raw, false, XLSX_BAD);
    case OF_ERROR:
        return add(t, raw, false, XLSX_ERROR);
    }
    return true;
}

static bool sheet_ends(XmlWalk *walk, const char *name) {
    SheetTask *t = walk->task;
    switch (walk->depth) {
    case 3:
        t->in_row = false;
        return true;
    case 4:
        return !t->in_cell || cell_ends(walk, t);
    case 5:
        t->in_inline = walk->gather = false;
        return true;
    default:
        if (t->phonetic == walk->depth) t->phonetic = 0;
        if (!strcmp(name, "t")) walk->gather = false;
        return true;
    }
}

static int by_row(const void *a, const void *b) {
    const XlsxMerge *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    if (x->column != y->column) return x->column < y->column ? -1 : 1;
    return x->last < y->last ? -1 : x->last > y->last;
}

bool xlsx_sheet(Xlsx *xlsx, size_t sheet, XlsxReader *reader, Status *status) {
    const XlsxSheet *of = &xlsx->sheet[sheet];
    memset(reader, 0, sizeof *reader);
    reader->xlsx = xlsx;
    reader->sheet = of;
    if (!of->part) return true;
    int64_t entry;
    if (!xlsx_package_find(&xlsx->package, of->part, &entry, status)) return false;
    if (entry < 0) {
        status_set(status, STATUS_CORRUPT, "the workbook lacks the sheet's part \"%.64s\"",
                   of->part);
        status_where(status, "\"%.*s\", sheet \"%.*s\"", TEXT_ARG(xlsx->file), name_bytes(of),
                     of->name.at);
        return status_hint(status, "fetch the file again, or save it again as .xlsx");
    }
    char about[80];
    snprintf(about, sizeof about, "sheet \"%.*s\"", name_bytes(of), of->name.at);
    SheetTask task = {.xlsx = xlsx, .reader = reader, .status = status};
    XmlWalk walk = {
        .begin = sheet_begins, .end = sheet_ends, .task = &task, .about = text_of(about)};
    if (!xml_walk(&walk, &xlsx->package, entry, of->part, status)) return false;
    reader->chunk = reader->first;
    if (reader->merges) qsort(reader->merge, reader->merges, sizeof *reader->merge, by_row);
    return true;
}

// ---- row by row ----

// Texts and days hold for all rows of a merged cell: takes up those that begin in this row, and
// gives those that began above.
static void hold_merged(XlsxReader *r, uint32_t row) {
    for (uint32_t c = 0; c < r->width; c++) {
        if (row > r->held_until[c] || r->kind[c] != XLSX_EMPTY) continue;
        r->fields[c] = r->held[c];
        r->kind[c] = r->held_kind[c];
    }
    for (; r->next_merge < r->merges && r->merge[r->next_merge].first <= row; r->next_merge++) {
        const XlsxMerge *m = &r->merge[r->next_merge];
        if (m->first != row || m->column >= r->width) continue;
        XlsxKind kind = (XlsxKind)r->kind[m->column];
        if (kind != XLSX_TEXT && kind != XLSX_DAY) continue;
        r->held[m->column] = r->fields[m->column];
        r->held_kind[m->column] = (uint8_t)kind;
        r->held_until[m->column] = m->last;
    }
}

bool xlsx_next(XlsxReader *r) {
    while (r->chunk && r->at == r->chunk->count) {
        r->chunk = r->chunk->next;
        r->at = 0;
    }
    if (!r->chunk) return false;
    uint32_t row = r->chunk->cell[r->at].row, end = 0;
    for (uint32_t c = 0; c < (r->width ? r->width : XLSX_COLUMNS_MAX); c++) {
        r->fields[c] = (Text){"", 0};
        r->kind[c] = XLSX_EMPTY;
    }
    r->row = row;
    r->stray = UINT32_MAX;
    while (r->chunk) {
        if (r->at == r->chunk->count) {
            r->chunk = r->chunk->next;
            r->at = 0;
            continue;
        }
        const XlsxCell *cell = &r->chunk->cell[r->at];
        if (cell->row != row) break;
        r->at++;
        end = cell->column + 1u;
        if (!r->width || cell->column < r->width) {
            r->fields[cell->column] = cell->text;
            r->kind[cell->column] = cell->kind;
        }
        bool named =
            r->header[0].at && (cell->column >= r->width || r->header[cell->column].length == 0);
        if (named && r->stray == UINT32_MAX) r->stray = cell->column;
    }
    if (!r->width) r->width = end;
    hold_merged(r, row);
    return true;
}

bool xlsx_header(XlsxReader *r, Status *status) {
    if (!xlsx_next(r)) {
        status_set(status, STATUS_INVALID, "the sheet is empty");
        status_where(status, "\"%.*s\", sheet \"%.*s\"", TEXT_ARG(r->xlsx->file),
                     name_bytes(r->sheet), r->sheet->name.at);
        return status_hint(status, "a first row with the names of the columns");
    }
    for (uint32_t i = 0; i < r->width; i++) {
        const char *fault = xlsx_fault((XlsxKind)r->kind[i]);
        if (fault) {
            status_set(status, STATUS_INVALID, "a column's name cannot be read: %s", fault);
            at_cell(r, r->row, i, status);
            return status_hint(status, "a text for each column's name");
        }
        for (uint32_t j = 0; j < i && r->fields[i].length; j++) {
            if (!text_equal(r->fields[i], r->fields[j])) continue;
            status_set(status, STATUS_INVALID, "two columns are called \"%.*s\"",
                       r->fields[i].length < 64 ? (int)r->fields[i].length : 64, r->fields[i].at);
            at_cell(r, r->row, i, status);
            return status_hint(status, "each name once");
        }
    }
    memcpy(r->header, r->fields, r->width * sizeof *r->header);
    memset(r->held_until, 0, sizeof r->held_until);
    return true;
}

void xlsx_headings(XlsxReader *r, const Text *names, uint32_t width) {
    memcpy(r->header, names, width * sizeof *names);
    r->width = width;
    memset(r->held_until, 0, sizeof r->held_until);
}
