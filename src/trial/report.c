#include "trial/report.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/json_write.h"

void report_init(TrialReport *r, Arena *arena) {
    *r = (TrialReport){.arena = arena};
}

void report_table(TrialReport *r, const char *title, const char *columns, const char *note) {
    assert(r->table_count < REPORT_TABLES_MAX);
    r->table[r->table_count++] = (ReportTable){.title = title, .note = note, .columns = columns};
}

static const char *print(TrialReport *r, const char *format, va_list list) {
    char text[1024];
    vsnprintf(text, sizeof text, format, list);
    const char *copy = arena_copy(r->arena, text, strlen(text));
    if (!copy) r->failed = true;
    return copy ? copy : "";
}

void report_row(TrialReport *r, const char *format, ...) {
    assert(r->table_count > 0);
    ReportTable *t = &r->table[r->table_count - 1];
    if (t->rows == t->room) {
        size_t room = t->room ? 2 * t->room : 16;
        const char **grown = arena_take_zero(r->arena, room, sizeof *grown);
        if (!grown) {
            r->failed = true;
            return;
        }
        if (t->rows) memcpy(grown, t->row, t->rows * sizeof *grown);
        t->row = grown;
        t->room = room;
    }
    va_list list;
    va_start(list, format);
    t->row[t->rows++] = print(r, format, list);
    va_end(list);
}

void report_bar(TrialReport *r, const char *number, const char *what, const char *wanted,
                BarState state, const char *format, ...) {
    assert(r->bar_count < REPORT_BARS_MAX);
    va_list list;
    va_start(list, format);
    r->bar[r->bar_count++] = (ReportBar){number, what, wanted, print(r, format, list), state};
    va_end(list);
}

void report_figure(TrialReport *r, const char *file, const PlotCurves *plot) {
    assert(r->figure_count < REPORT_FIGURES_MAX);
    r->figure[r->figure_count++] = (ReportFigure){file, *plot};
}

static const char *const STATES[] = {"reached", "not reached", "-"};

// ---- as text: columns as wide as they need be ----

enum { COLUMNS_MAX = 16 };

static Text cell_next(const char **rest) {
    const char *start = *rest, *end = strchr(start, '|');
    size_t length = end ? (size_t)(end - start) : strlen(start);
    *rest = end ? end + 1 : start + length;
    return (Text){start, length};
}

// Characters, not bytes: UTF-8's continuations take no room.
static size_t width_of(Text text) {
    size_t width = 0;
    for (size_t i = 0; i < text.length; i++)
        width += ((unsigned char)text.at[i] & 0xC0) != 0x80;
    return width;
}

static void measure(const char *row, size_t width[COLUMNS_MAX]) {
    for (size_t c = 0; *row && c < COLUMNS_MAX; c++) {
        size_t w = width_of(cell_next(&row));
        if (w > width[c]) width[c] = w;
    }
}

static void text_row(const char *row, const size_t width[COLUMNS_MAX], Buffer *out) {
    for (size_t c = 0; *row && c < COLUMNS_MAX; c++) {
        Text cell = cell_next(&row);
        buffer_text(out, TEXT("  "));
        buffer_text(out, cell);
        for (size_t i = width_of(cell); *row && i < width[c]; i++)
            buffer_char(out, ' ');
    }
    buffer_char(out, '\n');
}

void report_text(const TrialReport *r, Buffer *out) {
    for (size_t t = 0; t < r->table_count; t++) {
        const ReportTable *table = &r->table[t];
        size_t width[COLUMNS_MAX] = {0};
        measure(table->columns, width);
        for (size_t i = 0; i < table->rows; i++)
            measure(table->row[i], width);
        buffer_format(out, "%s\n", table->title);
        text_row(table->columns, width, out);
        for (size_t i = 0; i < table->rows; i++)
            text_row(table->row[i], width, out);
        if (table->note) buffer_format(out, "  %s\n", table->note);
        buffer_char(out, '\n');
    }
    for (size_t i = 0; i < r->bar_count; i++) {
        const ReportBar *b = &r->bar[i];
        buffer_format(out, "%-3s %-11s %s: %s (wanted: %s)\n", b->number, STATES[b->state], b->what,
                      b->found, b->wanted);
    }
}

// ---- as Markdown ----

static void markdown_row(const char *row, Buffer *out) {
    size_t cells = 1;
    buffer_text(out, TEXT("| "));
    for (; *row; row++) {
        if (*row == '|') {
            buffer_text(out, TEXT(" | "));
            cells++;
        } else {
            buffer_char(out, *row);
        }
    }
    buffer_text(out, TEXT(" |\n"));
}

static void markdown_rule(const char *columns, Buffer *out) {
    buffer_text(out, TEXT("| ---"));
    for (; *columns; columns++)
        if (*columns == '|') buffer_text(out, TEXT(" | ---"));
    buffer_text(out, TEXT(" |\n"));
}

void report_markdown(const TrialReport *r, const char *folder, Buffer *out) {
    static const char columns[] = "bar|what|wanted|found|";
    buffer_text(out, TEXT("### The bars\n\n"));
    markdown_row(columns, out);
    markdown_rule(columns, out);
    for (size_t i = 0; i < r->bar_count; i++) {
        const ReportBar *b = &r->bar[i];
        buffer_format(out, "| %s | %s | %s | %s | %s%s%s |\n", b->number, b->what, b->wanted,
                      b->found, b->state == BAR_MISSED ? "**" : "", STATES[b->state],
                      b->state == BAR_MISSED ? "**" : "");
    }
    for (size_t i = 0; i < r->figure_count; i++)
        buffer_format(out, "\n![%s](%s/%s)\n", r->figure[i].plot.title, folder, r->figure[i].file);
    for (size_t t = 0; t < r->table_count; t++) {
        const ReportTable *table = &r->table[t];
        buffer_format(out, "\n### %s\n\n", table->title);
        if (table->note) buffer_format(out, "%s\n\n", table->note);
        markdown_row(table->columns, out);
        markdown_rule(table->columns, out);
        for (size_t i = 0; i < table->rows; i++)
            markdown_row(table->row[i], out);
    }
}

// ---- as JSON ----

static void json_cells(JsonWriter *json, const char *row) {
    json_array_begin(json);
    while (*row)
        json_string(json, cell_next(&row));
    json_array_end(json);
}

void report_json(const TrialReport *r, Buffer *out) {
    JsonWriter writer = json_writer(out), *json = &writer;
    json_object_begin(json);
    json_key(json, "bars");
    json_array_begin(json);
    for (size_t i = 0; i < r->bar_count; i++) {
        const ReportBar *b = &r->bar[i];
        json_object_begin(json);
        json_named_words(json, "bar", b->number);
        json_named_words(json, "what", b->what);
        json_named_words(json, "wanted", b->wanted);
        json_named_words(json, "found", b->found);
        json_key(json, "reached");
        if (b->state == BAR_TOLD)
            json_null(json);
        else
            json_bool(json, b->state == BAR_REACHED);
        json_object_end(json);
    }
    json_array_end(json);
    json_key(json, "tables");
    json_array_begin(json);
    for (size_t t = 0; t < r->table_count; t++) {
        json_object_begin(json);
        json_named_words(json, "title", r->table[t].title);
        json_named_words(json, "note", r->table[t].note);
        json_key(json, "columns");
        json_cells(json, r->table[t].columns);
        json_key(json, "rows");
        json_array_begin(json);
        for (size_t i = 0; i < r->table[t].rows; i++)
            json_cells(json, r->table[t].row[i]);
        json_array_end(json);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
    buffer_char(out, '\n');
}
