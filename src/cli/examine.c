// `ytterby examine DIR`: no book, only last year's tables.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "cli/command.h"
#include "examine/report.h"

#define ARENA_MAX  ((size_t)8 << 30)
#define REPORT_MAX ((size_t)256 << 20)

// `year.xlsx, sheet "2026", cell B12, made_kg: "x" is no number`
static void say_fault(const CellFault *f) {
    char row[32] = "";
    if (f->row) snprintf(row, sizeof row, ", row %lu", f->row);
    if (f->cell.length) snprintf(row, sizeof row, ", cell %.*s", TEXT_ARG(f->cell));
    out_format("  %.*s%s%s%.*s: %.*s\n", TEXT_ARG(f->file), row, f->column.length ? ", " : "",
               TEXT_ARG(f->column), TEXT_ARG(f->says));
}

static void say(const Examination *e) {
    const Returns *r = e->returns;
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    size_t rows = r->rows + r->partners + r->holdups + r->customs_rows + r->quota_rows;
    out_format("%zu table%s, %zu row%s, %zu facilit%s, %s to %s\n", r->files,
               r->files == 1 ? "" : "s", rows, rows == 1 ? "" : "s", r->facilities,
               r->facilities == 1 ? "y" : "ies", month_print(r->first, from),
               month_print(r->last, to));
    for (size_t i = 0; i < e->count; i++) {
        const ExamineFinding *f = &e->finding[i];
        out_format("\n%zu. %.*s\n   %s to %s, %.4g t (%.4g to %.4g), %.1f sigma, p %s%.1e\n   to "
                   "look at: %.*s\n",
                   i + 1, TEXT_ARG(f->says), month_print(f->from, from), month_print(f->to, to),
                   f->mass_kg / 1000, f->low_kg / 1000, f->high_kg / 1000, f->distance,
                   f->p_value < 1e-300 ? "below " : "", fmax(f->p_value, 1e-300),
                   TEXT_ARG(f->inspect));
    }
    out_format(
        "\n%zu finding%s; tested: %zu balances, %zu stocks, %zu pairs of partners, %zu kinds of "
        "trade by two customs and %zu by customs and facilities, %zu quotas, %zu of goods; "
        "at most %.0f %% of each kind false\n",
        e->count, e->count == 1 ? "" : "s", e->facilities_tested, e->stocks_tested, e->pairs_tested,
        e->customs_tested, e->border_tested, e->quota_tested, e->goods_tested, 100 * e->q);
    if (r->fault_count)
        out_format("\n%zu cell%s not what %s should be:\n", r->fault_count,
                   r->fault_count == 1 ? " is" : "s are", r->fault_count == 1 ? "it" : "they");
    for (size_t i = 0; i < r->fault_count && i < 20; i++)
        say_fault(&r->fault[i]);
    if (r->fault_count > 20)
        out_format("  and %zu more: --json or --report lists them all\n", r->fault_count - 20);
}

static bool write_report(const char *path, const Buffer *page, Status *status) {
    FILE *file = fopen(path, "wb");
    if (!file)
        return status_set(status, STATUS_IO, "could not write \"%s\": %s", path, strerror(errno));
    Text all = buffer_view(page);
    bool well = fwrite(all.at, 1, all.length, file) == all.length;
    well = fclose(file) == 0 && well;
    return well ||
           status_set(status, STATUS_IO, "could not write \"%s\": %s", path, strerror(errno));
}

COMMAND(examine) {
    if (word_count() != 1) return usage_error("which folder? Name the one that holds the tables");
    Arena arena;
    Returns returns;
    Examination examination;
    Status status;
    Buffer out;
    status_clear(&status);
    arena_init(&arena, ARENA_MAX);
    buffer_init(&out, REPORT_MAX);
    double q = (double)option_hundredths("false", 500, 1, 5000) / 10000.0;
    bool well = returns_read(word_at(0), &arena, &returns, &status) &&
                examine(&returns, q, &arena, &examination, &status);
    if (well && option_value("report")) {
        well = examine_page(&examination, text_of(word_at(0)), &arena, &out, &status) &&
               write_report(option_value("report"), &out, &status);
        buffer_reset(&out);
    }
    if (well && option_json()) {
        examine_json(&examination, &out);
        out_text(buffer_view(&out));
    } else if (well) {
        say(&examination);
    }
    buffer_done(&out);
    arena_done(&arena);
    return well ? EXIT_WELL : complain(&status);
}
