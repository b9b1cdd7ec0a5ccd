// Turns chosen columns of a CSV file into a C table of texts, so that the program carries its
// reference data and needs no file at run time.
//   csv_table NAME FILE COLUMN... > part.h
// CSV as RFC 4180 says: quoted fields, doubled quotes, LF or CRLF. The first row names the columns.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 64, FIELD_BYTES_MAX = 4096, CHOSEN_MAX = 40 };

typedef struct Row {
    char field[FIELDS_MAX][FIELD_BYTES_MAX];
    int count;
} Row;

static void fail(const char *what, const char *value) {
    fprintf(stderr, "csv_table: %s \"%s\"\n", what, value);
    exit(1);
}

static bool row_read(FILE *file, Row *row) {
    int c = fgetc(file);
    if (c == EOF) return false;
    row->count = 0;
    size_t length = 0;
    bool quoted = false;
    for (;; c = fgetc(file)) {
        if (quoted) {
            if (c == EOF) fail("a quoted field does not end", "");
            if (c == '"') {
                int next = fgetc(file);
                if (next == '"') {
                    row->field[row->count][length++] = '"';
                } else {
                    quoted = false;
                    ungetc(next, file);
                }
            } else {
                row->field[row->count][length++] = (char)c;
            }
        } else if (c == '"' && length == 0) {
            quoted = true;
        } else if (c == ',' || c == '\n' || c == EOF) {
            row->field[row->count++][length] = 0;
            length = 0;
            if (c != ',') return true;
            if (row->count == FIELDS_MAX) fail("too many fields after", row->field[0]);
        } else if (c != '\r') {
            row->field[row->count][length++] = (char)c;
        }
        if (length == FIELD_BYTES_MAX) fail("a field is too long in row", row->field[0]);
    }
}

static void print_literal(const char *text) {
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

int main(int argc, char **argv) {
    static Row row;
    if (argc < 4 || argc - 3 > CHOSEN_MAX) fail("usage: NAME FILE COLUMN..., got", argv[0]);
    FILE *file = fopen(argv[2], "r");
    if (!file) fail("could not open", argv[2]);
    if (!row_read(file, &row)) fail("no header in", argv[2]);
    int chosen[CHOSEN_MAX], chosen_count = argc - 3;
    for (int i = 0; i < chosen_count; i++) {
        chosen[i] = -1;
        for (int f = 0; f < row.count; f++)
            if (!strcmp(row.field[f], argv[3 + i])) chosen[i] = f;
        if (chosen[i] < 0) fail("no such column", argv[3 + i]);
    }
    int columns = row.count;
    printf("// Made from %s by tools/csv_table.c.\n", argv[2]);
    printf("static const char *const %s[][%d] = {\n", argv[1], chosen_count);
    while (row_read(file, &row)) {
        if (row.count == 1 && !row.field[0][0]) continue;
        if (row.count != columns) fail("a row has another number of fields", row.field[0]);
        printf("    {");
        for (int i = 0; i < chosen_count; i++) {
            if (i) printf(", ");
            print_literal(row.field[chosen[i]]);
        }
        printf("},\n");
    }
    printf("};\n");
    fclose(file);
    return 0;
}
