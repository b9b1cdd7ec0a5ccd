// What trials come to: tables, bars that were set beforehand, and figures; said as text, as
// Markdown, as JSON. Everything lives in the arena; want of memory is kept in `failed`.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"
#include "plot/curves.h"
#include <stdbool.h>
#include <stddef.h>

enum { REPORT_TABLES_MAX = 32, REPORT_BARS_MAX = 64, REPORT_FIGURES_MAX = 8 };

typedef struct ReportTable {
    const char *title, *note, *columns; // columns and rows: cells parted by '|'
    const char **row;
    size_t rows, room;
} ReportTable;

typedef enum BarState { BAR_REACHED, BAR_MISSED, BAR_TOLD } BarState; // told: no bar was set

typedef struct ReportBar {
    const char *number, *what, *wanted, *found; // "N7", ...
    BarState state;
} ReportBar;

typedef struct ReportFigure {
    const char *file; // its name, "roc-balance.svg"
    PlotCurves plot;
} ReportFigure;

typedef struct TrialReport {
    Arena *arena;
    size_t table_count, bar_count, figure_count;
    ReportTable table[REPORT_TABLES_MAX];
    ReportBar bar[REPORT_BARS_MAX];
    ReportFigure figure[REPORT_FIGURES_MAX];
    bool failed;
} TrialReport;

void report_init(TrialReport *report, Arena *arena);
// Rows that follow belong to it. Texts must outlive the report.
void report_table(TrialReport *report, const char *title, const char *columns, const char *note);
void report_row(TrialReport *report, const char *format, ...) PRINTF_LIKE(2, 3);
void report_bar(TrialReport *report, const char *number, const char *what, const char *wanted,
                BarState state, const char *format, ...) PRINTF_LIKE(6, 7);
// `plot` and what it points to must live in the report's arena.
void report_figure(TrialReport *report, const char *file, const PlotCurves *plot);

void report_text(const TrialReport *report, Buffer *out);
// Figures as images in `folder`, relative to the page; headings of level three.
void report_markdown(const TrialReport *report, const char *folder, Buffer *out);
void report_json(const TrialReport *report, Buffer *out);
