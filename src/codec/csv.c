#include "codec/csv.h"
#include <stdio.h>

void csv_init(CsvReader *csv, Text text, Arena *arena) {
    csv->text = text;
    csv->arena = arena;
    csv->at = text_begins(text, TEXT("\xEF\xBB\xBF")) ? 3 : 0;
    csv->separator = ',';
    csv->loose = false;
    csv->stray = UINT32_MAX;
    csv->row = csv->line = 0;
    csv->line_now = 1;
    csv->width = csv->header_width = 0;
}

static bool fail(const CsvReader *csv, uint32_t column, Status *status, const char *message,
                 const char *hint) {
    status_set(status, STATUS_INVALID, "%s", message);
    csv_where(csv, column, status);
    return status_hint(status, "%s", hint);
}

bool csv_where(const CsvReader *csv, uint32_t column, Status *status) {
    if (column < csv->header_width) {
        return status_where(status, "row %lu, column %u \"%.*s\", line %lu", csv->row, column + 1,
                            csv->header[column].length < 64 ? (int)csv->header[column].length : 64,
                            csv->header[column].at, csv->line);
    }
    return status_where(status, "row %lu, column %u, line %lu", csv->row, column + 1, csv->line);
}

// Takes doubled quotes as one.
static bool undouble(CsvReader *csv, Text raw, Text *field, Status *status) {
    char *copy = arena_take(csv->arena, raw.length);
    if (!copy) return status_no_memory(status);
    size_t length = 0;
    for (size_t i = 0; i < raw.length; i++) {
        copy[length++] = raw.at[i];
        if (raw.at[i] == '"') i++;
    }
    *field = (Text){copy, length};
    return true;
}

static bool read_quoted(CsvReader *csv, uint32_t column, Text *field, Status *status) {
    const char *text = csv->text.at;
    size_t begin = ++csv->at, end = csv->text.length;
    bool doubled = false;
    for (;; csv->at++) {
        if (csv->at >= end) {
            return fail(csv, column, status, "a quoted field has no closing quote before the end",
                        "a double quote at its end; a quote inside is written twice");
        }
        char c = text[csv->at];
        if (c == '\n') csv->line_now++;
        if (c != '"') continue;
        if (csv->at + 1 >= end || text[csv->at + 1] != '"') break;
        doubled = true;
        csv->at++;
    }
    Text raw = {text + begin, csv->at - begin};
    csv->at++;
    if (csv->at < end) {
        char c = text[csv->at];
        bool line_end = c == '\n' || (c == '\r' && csv->at + 1 < end && text[csv->at + 1] == '\n');
        if (c != csv->separator && !line_end) {
            return fail(csv, column, status, "something stands behind a closing quote",
                        "a separator or the end of the line; a quote inside is written twice");
        }
    }
    if (doubled) return undouble(csv, raw, field, status);
    *field = raw;
    return true;
}

static bool read_plain(CsvReader *csv, uint32_t column, Text *field, Status *status) {
    const char *text = csv->text.at;
    size_t begin = csv->at, end = csv->text.length;
    for (; csv->at < end; csv->at++) {
        char c = text[csv->at];
        if (c == csv->separator || c == '\n') break;
        if (c == '\r' && csv->at + 1 < end && text[csv->at + 1] == '\n') break;
        if (c == '"') {
            return fail(csv, column, status, "a quote stands inside a field that is not quoted",
                        "quotes around the whole field, and the inner quote twice");
        }
        if ((unsigned char)c < 0x20 && c != '\t') {
            return fail(csv, column, status, "a control character stands in a field",
                        c == '\r' ? "lines that end in LF or CR LF" : "plain text in UTF-8");
        }
    }
    *field = (Text){text + begin, csv->at - begin};
    return true;
}

static bool check_field(const CsvReader *csv, uint32_t column, Text field, Status *status) {
    if (field.length > CSV_FIELD_BYTES_MAX) {
        fail(csv, column, status, "a field is too long", "at most 1 MiB; is a quote missing?");
        if (status) status->code = STATUS_LIMIT;
        return false;
    }
    if (!utf8_is_valid(field)) {
        return fail(csv, column, status, "a field is not well-formed UTF-8",
                    "save the table as UTF-8");
    }
    if (field.length > 0 && memchr(field.at, 0, field.length)) {
        return fail(csv, column, status, "a field holds a zero byte", "plain text in UTF-8");
    }
    return true;
}

// Blank lines at the end are nobody's row.
static bool only_blank_lines_left(const CsvReader *csv) {
    for (size_t i = csv->at; i < csv->text.length; i++) {
        if (csv->text.at[i] != '\n' && csv->text.at[i] != '\r') return false;
    }
    return true;
}

static bool at_line_end(const CsvReader *csv) {
    char c = csv->text.at[csv->at];
    return c == '\n' || c == '\r';
}

static void pass_blank_lines(CsvReader *csv) {
    for (; csv->at < csv->text.length && at_line_end(csv); csv->at++)
        if (csv->text.at[csv->at] == '\n') csv->row++, csv->line_now++;
}

// All fields of a row, however many they are; 0 when it cannot be read.
static uint32_t read_fields(CsvReader *csv, Status *status) {
    uint32_t count = 0;
    csv->row++;
    csv->line = csv->line_now;
    for (;;) {
        if (count == CSV_COLUMNS_MAX) {
            fail(csv, count, status, "too many columns", "at most 256");
            if (status) status->code = STATUS_LIMIT;
            return 0;
        }
        bool quoted = csv->at < csv->text.length && csv->text.at[csv->at] == '"';
        Text field;
        if (!(quoted ? read_quoted : read_plain)(csv, count, &field, status)) return 0;
        if (!check_field(csv, count, field, status)) return 0;
        csv->fields[count++] = field;
        if (csv->at >= csv->text.length) break;
        char c = csv->text.at[csv->at];
        csv->at += c == '\r' ? 2 : 1;
        if (c != csv->separator) {
            csv->line_now++;
            break;
        }
    }
    return count;
}

static bool is_empty_row(const CsvReader *csv, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (csv->fields[i].length) return false;
    return true;
}

// A row of another length made as wide as the others.
static void fit(CsvReader *csv, uint32_t count) {
    csv->stray = UINT32_MAX;
    for (uint32_t i = count; i > csv->width; i--)
        if (csv->fields[i - 1].length) csv->stray = i - 1;
    for (uint32_t i = count; i < csv->width; i++)
        csv->fields[i] = (Text){"", 0};
}

CsvNext csv_next(CsvReader *csv, Status *status) {
    uint32_t count;
    do {
        if (csv->loose) pass_blank_lines(csv);
        if (only_blank_lines_left(csv)) return CSV_END;
        if (!csv->loose && at_line_end(csv)) {
            csv->row++;
            csv->line = csv->line_now;
            fail(csv, 0, status, "a blank line stands between rows", "blank lines only at the end");
            return CSV_FAILED;
        }
        count = read_fields(csv, status);
        if (count == 0) return CSV_FAILED;
    } while (csv->loose && is_empty_row(csv, count));
    if (csv->width == 0) csv->width = count;
    if (csv->loose) {
        fit(csv, count);
    } else if (count != csv->width) {
        status_set(status, STATUS_INVALID, "a row has %u fields, the first has %u", count,
                   csv->width);
        csv_where(csv, count < csv->width ? count : csv->width, status);
        status_hint(status, "the same number in every row; a field that holds \"%c\" is quoted",
                    csv->separator);
        return CSV_FAILED;
    }
    return CSV_ROW;
}

void csv_headings(CsvReader *csv, const Text *names, uint32_t width) {
    memcpy(csv->header, names, width * sizeof *names);
    csv->header_width = csv->width = width;
}

bool csv_header(CsvReader *csv, Status *status) {
    switch (csv_next(csv, status)) {
    case CSV_FAILED:
        return false;
    case CSV_END:
        status_set(status, STATUS_INVALID, "the table is empty");
        return status_hint(status, "a first row with the names of the columns");
    case CSV_ROW:
        break;
    }
    for (uint32_t i = 0; i < csv->width; i++) {
        if (csv->fields[i].length == 0) {
            return fail(csv, i, status, "a column has no name", "a name for every column");
        }
        for (uint32_t j = 0; j < i; j++) {
            if (!text_equal(csv->fields[i], csv->fields[j])) continue;
            status_set(status, STATUS_INVALID, "two columns are called \"%.*s\"",
                       csv->fields[i].length < 64 ? (int)csv->fields[i].length : 64,
                       csv->fields[i].at);
            csv_where(csv, i, status);
            return status_hint(status, "each name once");
        }
    }
    memcpy(csv->header, csv->fields, csv->width * sizeof *csv->fields);
    csv->header_width = csv->width;
    return true;
}

bool csv_column(const CsvReader *csv, const char *name, uint32_t *column, Status *status) {
    for (uint32_t i = 0; i < csv->header_width; i++) {
        if (text_equal(csv->header[i], text_of(name))) {
            *column = i;
            return true;
        }
    }
    char list[200];
    size_t length = 0;
    for (uint32_t i = 0; i < csv->header_width; i++) {
        int more = snprintf(list + length, sizeof list - length, "%s%.*s", i ? ", " : "",
                            TEXT_ARG(csv->header[i]));
        if (more < 0 || (size_t)more >= sizeof list - length) break;
        length += (size_t)more;
    }
    list[length] = 0;
    status_set(status, STATUS_INVALID, "the table has no column \"%s\"", name);
    status_where(status, "line 1");
    return status_hint(status, "it has: %s", list);
}

CsvWriter csv_writer(Buffer *out) {
    return (CsvWriter){.out = out};
}

static void separate(CsvWriter *writer) {
    if (writer->filled) buffer_char(writer->out, ',');
    writer->filled = true;
}

void csv_text(CsvWriter *writer, Text text) {
    separate(writer);
    bool formula = text.length > 0 && strchr("=+-@\t\r", text.at[0]) && text.at[0];
    // An empty row of one column is still a row, and a mark that begins a text is part of it.
    bool quotes = formula || text.length == 0 || text_begins(text, TEXT("\xEF\xBB\xBF"));
    for (size_t i = 0; i < text.length && !quotes; i++) {
        char c = text.at[i];
        quotes = c == ',' || c == '"' || c == ';' || (unsigned char)c < ' ';
    }
    if (!quotes) {
        buffer_text(writer->out, text);
        return;
    }
    buffer_char(writer->out, '"');
    if (formula) buffer_char(writer->out, '\'');
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] == '"') buffer_char(writer->out, '"');
        buffer_char(writer->out, text.at[i]);
    }
    buffer_char(writer->out, '"');
}

void csv_words(CsvWriter *writer, const char *zero_ended) {
    csv_text(writer, text_of(zero_ended));
}

void csv_number(CsvWriter *writer, const char *digits) {
    separate(writer);
    buffer_string(writer->out, digits);
}

void csv_row_end(CsvWriter *writer) {
    buffer_string(writer->out, "\r\n");
    writer->filled = false;
}
