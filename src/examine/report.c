#include "examine/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codec/json_write.h"
#include "examine/ores.h"
#include "plot/plot.h"

// ---- JSON ----

static void named_kg(JsonWriter *json, const char *name, double kg) {
    char text[48];
    snprintf(text, sizeof text, "%.3f", kg);
    json_named_string(json, name, text_of(text));
}

static void named_month(JsonWriter *json, const char *name, Month month) {
    char text[MONTH_TEXT_MAX];
    json_named_words(json, name, month_print(month, text));
}

void examine_json(const Examination *e, Buffer *out) {
    const Returns *r = e->returns;
    JsonWriter writer = json_writer(out), *json = &writer;
    json_object_begin(json);
    json_key(json, "findings");
    json_array_begin(json);
    for (size_t i = 0; i < e->count; i++) {
        const ExamineFinding *f = &e->finding[i];
        json_object_begin(json);
        json_named_string(json, "id", f->id);
        json_named_string(json, "facility", f->where);
        json_named_string(json, "other", f->other);
        json_key(json, "components");
        json_array_begin(json);
        for (int c = 0; c < EXAMINE_COMPONENTS; c++)
            if (f->components >> c & 1) json_words(json, examine_symbol(c));
        json_array_end(json);
        named_month(json, "from", f->from);
        named_month(json, "to", f->to);
        json_named_double(json, "p_value", f->p_value);
        if (f->kind == EXAMINE_MISSING || f->kind == EXAMINE_SURPLUS) {
            json_named_double(json, "e_value", exp(fmin(f->log_e, 690.0)));
        } else {
            json_key(json, "e_value");
            json_null(json); // the others have none
        }
        named_kg(json, "mass_kg", f->mass_kg);
        named_kg(json, "low_kg", f->low_kg);
        named_kg(json, "high_kg", f->high_kg);
        json_named_words(json, "kind", examine_kind_name(f->kind));
        json_named_string(json, "ore", f->ore);
        json_named_string(json, "says", f->says);
        json_named_string(json, "inspect", f->inspect);
        json_object_end(json);
    }
    json_array_end(json);
    json_key(json, "tested");
    json_object_begin(json);
    json_named_u64(json, "facilities", e->facilities_tested);
    json_named_u64(json, "pairs", e->pairs_tested);
    json_named_u64(json, "customs", e->customs_tested);
    json_named_u64(json, "border", e->border_tested);
    json_named_u64(json, "quota", e->quota_tested);
    json_named_u64(json, "stocks", e->stocks_tested);
    json_named_u64(json, "goods", e->goods_tested);
    json_named_double(json, "false_share", e->q);
    json_object_end(json);
    json_key(json, "read");
    json_object_begin(json);
    json_named_u64(json, "files", r->files);
    json_named_u64(json, "rows",
                   r->rows + r->partners + r->holdups + r->customs_rows + r->quota_rows);
    json_object_end(json);
    json_key(json, "faults");
    json_array_begin(json);
    for (size_t i = 0; i < r->fault_count; i++) {
        const CellFault *f = &r->fault[i];
        json_object_begin(json);
        json_named_string(json, "file", f->file);
        json_named_u64(json, "row", f->row);
        json_named_string(json, "column", f->column);
        json_named_string(json, "cell", f->cell);
        json_named_string(json, "says", f->says);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
    buffer_char(out, '\n');
}

// ---- the page ----

// clang-format off
static const char STYLE[] =
    ":root{color-scheme:light dark;--ground:#f6f7f9;--surface:#fff;--ink:#111827;--ink2:#4b5563;--ink3:#6b7280;--line:#e5e7eb;--rule:#9ca3af;--band:#eef2f7;--band2:#dbe3ee;--gap:#b0106f;--gapsoft:#fce7f3;--blue:#1d4ed8;--ochre:#b45309}"
    "@media(prefers-color-scheme:dark){:root{--ground:#0f141d;--surface:#161d29;--ink:#e5e7eb;--ink2:#a1a9b8;--ink3:#8b94a5;--line:#272e3b;--rule:#5b6475;--band:#1b2230;--band2:#273246;--gap:#f472b6;--gapsoft:#3b1a2e;--blue:#8ab4ff;--ochre:#f0a860}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.5 system-ui,-apple-system,'Segoe UI','Noto Sans',sans-serif}"
    "main{max-width:1080px;margin:0 auto;padding:24px 20px 64px}"
    "h1{font-size:22px;line-height:1.3;margin:0 0 4px}"
    "h2{font-size:16px;margin:36px 0 12px}"
    "h3{font-size:15px;margin:0 0 2px}"
    ".lead{color:var(--ink2);margin:0 0 20px}"
    ".strip{display:flex;flex-wrap:wrap;gap:1px;margin:0;background:var(--line);border:1px solid var(--line);border-radius:8px;overflow:hidden}"
    ".strip div{flex:1 1 140px;background:var(--surface);padding:12px 16px}"
    ".strip dt{color:var(--ink3);font-size:12px}"
    ".strip dd{margin:0;font-size:22px;font-weight:600;font-variant-numeric:tabular-nums}"
    ".strip small{display:block;font-size:12px;font-weight:400;color:var(--ink2)}"
    "article{background:var(--surface);border:1px solid var(--line);border-left:4px solid var(--gap);border-radius:8px;padding:16px 20px;margin:0 0 16px;break-inside:avoid}"
    ".facts{display:flex;flex-wrap:wrap;gap:4px 18px;color:var(--ink2);font-size:13px;margin:6px 0 10px}"
    ".facts b{color:var(--ink);font-variant-numeric:tabular-nums}"
    ".inspect{border-top:1px solid var(--line);margin:12px 0 0;padding-top:10px}"
    ".figure{overflow-x:auto;margin:14px 0 0}"
    ".figure .plot{width:100%;min-width:560px;max-width:880px}"
    ".facts sup{line-height:0}"
    ".kind{color:var(--gap);font-weight:600;font-size:12px;text-transform:uppercase;letter-spacing:.04em}"
    ".scroll{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%;font-size:13px;background:var(--surface)}"
    "th,td{text-align:left;padding:6px 10px;border-bottom:1px solid var(--line);vertical-align:top}"
    "th{color:var(--ink3);font-weight:500}"
    "td{min-width:5em}"
    "td.n,th.n{min-width:0;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "p{max-width:76ch}"
    "@media print{body{background:#fff}main{padding:0}article{border-left-width:3px}}";
// clang-format on

static void text(Buffer *out, Text t) {
    plot_text(out, t);
}

// Tonnes with three digits that count.
static void tonnes(Buffer *out, double kg) {
    double t = kg / 1000.0;
    buffer_format(out, t >= 100 ? "%.0f" : t >= 10 ? "%.1f" : t >= 1 ? "%.2f" : "%.3f", t);
}

static void months(Buffer *out, Month from, Month to) {
    char text_from[MONTH_TEXT_MAX], text_to[MONTH_TEXT_MAX];
    buffer_format(out, "%s", month_print(from, text_from));
    if (to != from) buffer_format(out, " to %s", month_print(to, text_to));
}

// The months of the component that shows it best, in the finding's own figures.
static bool sequence(const Examination *e, const ExamineFinding *f, Arena *arena, Buffer *out,
                     Status *status) {
    const ExamineBalance *b = &e->balance[f->facility];
    size_t best = SIZE_MAX, n = b->components;
    double most = -1.0;
    for (size_t c = 0; c < n; c++) {
        double sum = 0.0, square = 0.0;
        if (!(f->components >> b->component[c] & 1)) continue;
        for (Month m = f->from; m <= f->to; m++) {
            size_t at = (size_t)(m - b->first) * n + c;
            sum += b->muf[at];
            square += b->sigma[at] * b->sigma[at];
        }
        double z = square > 0.0 ? fabs(sum) / sqrt(square) : 0.0;
        if (z > most) {
            most = z;
            best = c;
        }
    }
    if (best == SIZE_MAX) return true;
    double *value = arena_take_zero(arena, b->periods + 1, sizeof *value);
    double *sigma = arena_take_zero(arena, b->periods + 1, sizeof *sigma);
    bool *marked = arena_take_zero(arena, b->periods + 1, sizeof *marked);
    Text *labels = arena_take_zero(arena, b->periods + 1, sizeof *labels);
    char *title =
        arena_format(arena, "%s at %.*s: used less made, month by month (above zero: missing)",
                     examine_symbol(b->component[best]), TEXT_ARG(f->where));
    if (!value || !sigma || !marked || !labels || !title) return status_no_memory(status);
    for (size_t t = 0; t < b->periods; t++) {
        char month[MONTH_TEXT_MAX];
        value[t] = b->muf[t * n + best];
        sigma[t] = b->sigma[t * n + best];
        // A month without a survey has no limit that could be drawn.
        if (sigma[t] > BALANCE_UNKNOWN * (1.0 + b->through[best])) sigma[t] = value[t] = 0.0;
        marked[t] = b->first + (Month)t >= f->from && b->first + (Month)t <= f->to;
        month_print(b->first + (Month)t, month);
        char *label = arena_copy(arena, month + 2, strlen(month) - 2); // "26-05"
        if (!label) return status_no_memory(status);
        labels[t] = text_of(label);
    }
    PlotSequence plot = {title, "kg", b->periods, value, sigma, 3.29, marked, labels};
    buffer_text(out, TEXT("<div class=\"figure\">"));
    plot_sequence(out, &plot, false);
    buffer_text(out, TEXT("</div>"));
    return true;
}

// What is in surplus against the ore that it looks like, and against what the facility uses.
static bool pattern(const Examination *e, const ExamineFinding *f, Arena *arena, Buffer *out,
                    Status *status) {
    static const char *const named[] = {"in surplus", "the ore", "what the facility uses"};
    size_t ore_count, count = 0;
    const Ore *all = ores(&ore_count), *ore = NULL;
    for (size_t o = 0; o < ore_count; o++)
        if (text_equal(f->ore, text_of(all[o].deposit))) ore = &all[o];
    if (!ore || f->kind != EXAMINE_SURPLUS) return true;
    const ExamineBalance *b = &e->balance[f->facility];
    size_t n = b->components;
    double *share = arena_take_zero(arena, 3 * n + 1, sizeof *share), sums[3] = {0};
    Text *names = arena_take_zero(arena, n + 1, sizeof *names);
    double *packed = arena_take_zero(arena, 3 * n + 1, sizeof *packed);
    if (!share || !names || !packed) return status_no_memory(status);
    for (size_t c = 0; c < n; c++) {
        if (!(f->components >> b->component[c] & 1)) continue;
        for (Month m = f->from; m <= f->to; m++)
            share[c] -= b->muf[(size_t)(m - b->first) * n + c];
        share[c] = fmax(0.0, share[c]);
        share[n + c] = ore->share[b->component[c]]; // an ore is never told of REO alone
        share[2 * n + c] = b->through[c];
        names[count++] = text_of(examine_symbol(b->component[c]));
        for (int s = 0; s < 3; s++)
            sums[s] += share[(size_t)s * n + c];
    }
    size_t at = 0;
    for (size_t c = 0; c < n; c++) {
        if (!(f->components >> b->component[c] & 1)) continue;
        for (size_t s = 0; s < 3; s++)
            packed[s * count + at] = sums[s] > 0.0 ? share[s * n + c] / sums[s] : 0.0;
        at++;
    }
    char *title =
        arena_format(arena, "What is in surplus, beside the ore of %.*s", TEXT_ARG(f->ore));
    if (!title) return status_no_memory(status);
    PlotPattern plot = {title, count, 3, names, named, packed};
    buffer_text(out, TEXT("<div class=\"figure\">"));
    plot_pattern(out, &plot, false);
    buffer_text(out, TEXT("</div>"));
    return true;
}

static const char *kind_words(ExamineKind kind) {
    static const char *const words[] = {
        "Less made than used",      "More made than used",        "Partners differ",
        "Two customs differ",       "Customs and returns differ", "More than allotted",
        "Stocks do not carry over", "Not what its name says"};
    return words[kind];
}

static bool finding(const Examination *e, size_t number, double most, Arena *arena, Buffer *out,
                    Status *status) {
    const ExamineFinding *f = &e->finding[number];
    buffer_format(out, "<article id=\"f-%.*s\"><div class=\"kind\">%zu \xC2\xB7 %s</div><h3>",
                  TEXT_ARG(f->id), number + 1, kind_words(f->kind));
    text(out, f->says);
    buffer_text(out, TEXT("</h3><div class=\"facts\"><span><b>"));
    tonnes(out, f->mass_kg);
    buffer_text(out, TEXT(" t</b> ("));
    tonnes(out, f->low_kg);
    buffer_text(out, TEXT(" to "));
    tonnes(out, f->high_kg);
    buffer_text(out, TEXT(")</span><span>"));
    months(out, f->from, f->to);
    buffer_text(out, TEXT("</span><span>"));
    if (f->log_e > 0.0) {
        double e10 = f->log_e / 2.302585092994046;
        if (e10 < 6.0)
            buffer_format(out, "%.0f times likelier than by chance", exp(f->log_e));
        else
            buffer_format(out, "10<sup>%.0f</sup> times likelier than by chance", floor(e10));
        buffer_text(out, TEXT("</span><span>"));
    }
    buffer_format(out, "%.1f sigma</span></div>", f->distance);
    plot_range(out, f->mass_kg, f->low_kg, f->high_kg, most, "size and its 95 % range");
    if ((f->kind == EXAMINE_MISSING || f->kind == EXAMINE_SURPLUS) &&
        (!sequence(e, f, arena, out, status) || !pattern(e, f, arena, out, status)))
        return false;
    buffer_text(out, TEXT("<p class=\"inspect\"><b>To look at:</b> "));
    text(out, f->inspect);
    buffer_text(out, TEXT("</p></article>"));
    return true;
}

static void strip(const Examination *e, Buffer *out) {
    const Returns *r = e->returns;
    double unaccounted = 0.0;
    for (size_t i = 0; i < e->count; i++)
        if (e->finding[i].kind == EXAMINE_MISSING || e->finding[i].kind == EXAMINE_SURPLUS)
            unaccounted += e->finding[i].mass_kg;
    buffer_format(out,
                  "<dl class=\"strip\"><div><dt>Findings</dt><dd>%zu<small>at most %.0f %% of each "
                  "kind false</small></dd></div>",
                  e->count, 100 * e->q);
    buffer_text(out, TEXT("<div><dt>Not accounted for</dt><dd>"));
    tonnes(out, unaccounted);
    buffer_format(out,
                  " t<small>of the named elements, at "
                  "facilities</small></dd></div><div><dt>Facilities</dt><dd>%zu<small>%zu with a "
                  "balance</small></dd></div>"
                  "<div><dt>Pairs of partners</dt><dd>%zu<small>%zu kinds of trade, %zu "
                  "quotas</small></dd></div><div><dt>Rows read</dt><dd>%zu<small>%zu "
                  "faulty</small></dd></div></dl>",
                  r->facilities, e->facilities_tested, e->pairs_tested,
                  e->customs_tested + e->border_tested, e->quota_tested,
                  r->rows + r->partners + r->holdups + r->customs_rows + r->quota_rows,
                  r->fault_count);
}

static void ranked(const Examination *e, Buffer *out) {
    buffer_text(out, TEXT("<h2>Ranked by evidence</h2><div class=\"scroll\"><table><tr><th "
                          "class=\"n\">#</th><th>Where</th><th>What</th>"
                          "<th>Elements</th><th>Months</th><th class=\"n\">t</th><th "
                          "class=\"n\">95 %</th><th class=\"n\">p</th></tr>"));
    for (size_t i = 0; i < e->count; i++) {
        const ExamineFinding *f = &e->finding[i];
        buffer_format(out, "<tr><td class=\"n\"><a href=\"#f-%.*s\">%zu</a></td><td>",
                      TEXT_ARG(f->id), i + 1);
        text(out, f->where);
        if (f->other.length) {
            buffer_text(out, TEXT(" \xC2\xB7 "));
            text(out, f->other);
        }
        buffer_format(out, "</td><td>%s</td><td>", kind_words(f->kind));
        for (int c = 0; c < EXAMINE_COMPONENTS; c++)
            if (f->components >> c & 1) buffer_format(out, "%s ", examine_symbol(c));
        buffer_text(out, TEXT("</td><td>"));
        months(out, f->from, f->to);
        buffer_text(out, TEXT("</td><td class=\"n\">"));
        tonnes(out, f->mass_kg);
        buffer_text(out, TEXT("</td><td class=\"n\">"));
        tonnes(out, f->low_kg);
        buffer_text(out, TEXT("\xE2\x80\x93"));
        tonnes(out, f->high_kg);
        buffer_format(out, "</td><td class=\"n\">%s%.1e</td></tr>",
                      f->p_value < 1e-300 ? "below " : "", fmax(f->p_value, 1e-300));
    }
    buffer_text(out, TEXT("</table></div>"));
}

static void faults(const Returns *r, Buffer *out) {
    if (!r->fault_count) return;
    buffer_format(out,
                  "<h2>Cells that are not what they should be</h2><p>%zu %s left out or corrected "
                  "as said; the rest went on.</p>"
                  "<div class=\"scroll\"><table><tr><th>File</th><th "
                  "class=\"n\">Row, cell</th><th>Column</th><th>What is wrong</th></tr>",
                  r->fault_count, r->fault_count == 1 ? "was" : "were");
    for (size_t i = 0; i < r->fault_count; i++) {
        buffer_text(out, TEXT("<tr><td>"));
        text(out, r->fault[i].file);
        buffer_text(out, TEXT("</td><td class=\"n\">"));
        if (r->fault[i].cell.length)
            text(out, r->fault[i].cell);
        else if (r->fault[i].row)
            buffer_format(out, "%lu", r->fault[i].row);
        buffer_text(out, TEXT("</td><td>"));
        text(out, r->fault[i].column);
        buffer_text(out, TEXT("</td><td>"));
        text(out, r->fault[i].says);
        buffer_text(out, TEXT("</td></tr>"));
    }
    buffer_text(out, TEXT("</table></div>"));
}

static void method(const Examination *e, Buffer *out) {
    buffer_format(
        out,
        "<h2>How this was computed</h2>"
        "<p>For every facility, element and month: what stood in its circuits, plus what it used, "
        "less what it made, less what stands there now, is zero within what can be measured. All "
        "months and elements are looked at together, as they err together: each interval of "
        "months, each element alone, products, the facility's own feed and some thirty published "
        "ores. A facility is listed when chance would do this to at most %.0f in a hundred of "
        "those listed (Benjamini and Hochberg over facilities; all that was tried at one is paid "
        "for). What partners say of the same goods, what two customs say, what customs and "
        "facilities say, quotas, stocks from one month to the next, and what goods contain are "
        "families of their own.</p>"
        "<p>Uncertainties are those of usual weighing, sampling and assays, and of surveys as the "
        "tables say; each facility's are scaled by the scatter of its own months, so that a plant "
        "that measures badly is not accused of it. A size is the mean of all intervals and "
        "patterns that the figures leave open, with the range that holds 95 in a hundred. A "
        "finding says what does not close and what would explain it; it accuses nobody.</p>",
        100 * e->q);
}

bool examine_page(const Examination *e, Text folder, Arena *arena, Buffer *out, Status *status) {
    const Returns *r = e->returns;
    double most = 0.0;
    for (size_t i = 0; i < e->count; i++)
        most = fmax(most, e->finding[i].high_kg);
    buffer_format(
        out,
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\">"
        "<title>Where the books cannot close</title><style>%s%s</style></head><body><main><h1>",
        STYLE, PLOT_STYLE);
    if (e->count)
        buffer_format(out, "%zu place%s where the books cannot close", e->count,
                      e->count == 1 ? "" : "s");
    else
        buffer_text(out, TEXT("The books close within what can be measured"));
    buffer_text(out, TEXT("</h1><p class=\"lead\">"));
    text(out, folder);
    buffer_text(out, TEXT(" \xC2\xB7 "));
    if (r->rows) months(out, r->first, r->last);
    buffer_format(out, " \xC2\xB7 %zu tables</p>", r->files);
    strip(e, out);
    if (e->count) ranked(e, out);
    if (e->count) buffer_text(out, TEXT("<h2>One by one</h2>"));
    for (size_t i = 0; i < e->count; i++)
        if (!finding(e, i, most, arena, out, status)) return false;
    faults(r, out);
    method(e, out);
    buffer_text(out, TEXT("</main></body></html>\n"));
    return !out->failed || status_set(status, STATUS_LIMIT, "the report is too large");
}
