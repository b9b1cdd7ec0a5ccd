#include "examine/reading.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "codec/xlsx.h"

void *list_new(List *list, Arena *arena) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        void *more = arena_take_zero(arena, room, list->size);
        if (!more) return NULL;
        if (list->count) memcpy(more, list->at, list->count * list->size);
        list->at = more;
        list->room = room;
    }
    return (char *)list->at + list->count++ * list->size;
}

// The cell of a sheet that stands in this row under this heading.
static bool name_cell(const Reading *x, CellFault *fault) {
    char cell[XLSX_CELL_NAME_MAX];
    for (uint32_t c = 0; c < x->sheet->width; c++) {
        if (!text_equal(x->sheet->header[c], fault->column)) continue;
        xlsx_cell_name(fault->row, c, cell);
        char *copy = arena_copy(x->arena, cell, strlen(cell));
        fault->cell = text_of(copy ? copy : "");
        return copy != NULL;
    }
    return true;
}

bool reading_fault(Reading *x, unsigned long row, Text column, const char *format, ...) {
    if (x->faults.count >= EXAMINE_FAULTS_MAX) return true;
    char words[300];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    CellFault *f = list_new(&x->faults, x->arena);
    char *says = arena_copy(x->arena, words, strlen(words));
    char *name = arena_copy(x->arena, column.at, column.length);
    if (!f || !says || !name) return false;
    *f = (CellFault){.file = x->file,
                     .row = row,
                     .column = {name, column.length},
                     .cell = {"", 0},
                     .says = text_of(says)};
    return !x->sheet || !column.length || name_cell(x, f);
}

// "Plant A" and "plant  a" are one: letters as they come, blanks as one.
static bool same_name(Text a, Text b) {
    size_t i = 0, k = 0;
    while (i < a.length && k < b.length) {
        bool blank = a.at[i] == ' ', other = b.at[k] == ' ';
        if (blank != other ||
            (!blank && tolower((unsigned char)a.at[i]) != tolower((unsigned char)b.at[k])))
            return false;
        for (i++; blank && i < a.length && a.at[i] == ' ';)
            i++;
        for (k++; blank && k < b.length && b.at[k] == ' ';)
            k++;
    }
    return i == a.length && k == b.length;
}

uint32_t reading_name(Reading *x, List *names, Text text) {
    Text *all = names->at;
    for (size_t i = names->count; i-- > 0;) // the newest is the likeliest
        if (text_equal(all[i], text) || same_name(all[i], text)) return (uint32_t)i;
    Text *one = list_new(names, x->arena);
    char *copy = arena_copy(x->arena, text.at, text.length);
    if (!one || !copy) return UINT32_MAX;
    *one = (Text){copy, text.length};
    return (uint32_t)(names->count - 1);
}
