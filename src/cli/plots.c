#include "cli/plots.h"

#include "cli/file.h"
#include "codec/json.h"
#include "plot/plot.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 4000000 };

typedef struct Drawing {
    Json json;
    Arena arena;
    Buffer out;
    Status *status;
} Drawing;

static bool drawing_begin(Drawing *d, Text answer, Status *status) {
    d->status = status;
    json_init(&d->json, TOKENS_MAX);
    arena_init(&d->arena, (size_t)256 << 20);
    buffer_init(&d->out, (size_t)64 << 20);
    return json_read(&d->json, answer, status);
}

static bool drawing_end(Drawing *d, bool well, const char *file) {
    if (well && d->out.failed) well = status_no_memory(d->status);
    well = well && file_write(file, buffer_view(&d->out), d->status);
    buffer_done(&d->out);
    arena_done(&d->arena);
    json_done(&d->json);
    return well;
}

static uint32_t member(Drawing *d, uint32_t object, const char *name) {
    return json_member(&d->json, object, text_of(name));
}

static Text text_at(Drawing *d, uint32_t object, const char *name) {
    uint32_t value = member(d, object, name);
    Text text = {"", 0};
    Status ignored;
    status_clear(&ignored);
    if (value == JSON_NONE || json_type(&d->json, value) != JSON_STRING ||
        !json_text(&d->json, value, &d->arena, &text, &ignored))
        return TEXT("");
    return text;
}

// A number, or text that is one; NAN for null, and for what is none.
static double number_at(Drawing *d, uint32_t object, const char *name) {
    uint32_t value = member(d, object, name);
    if (value == JSON_NONE) return NAN;
    JsonType type = json_type(&d->json, value);
    if (type != JSON_NUMBER && type != JSON_STRING) return NAN;
    Text text = type == JSON_NUMBER ? json_bytes(&d->json, value) : text_at(d, object, name);
    char *copy = arena_copy(&d->arena, text.at, text.length), *end;
    if (!copy || !text.length) return NAN;
    double number = strtod(copy, &end);
    return end == copy ? NAN : number;
}

static size_t count_of(Drawing *d, uint32_t array) {
    return array == JSON_NONE || json_type(&d->json, array) != JSON_ARRAY
               ? 0
               : json_count(&d->json, array);
}

// The months of an answer as a sequence; false when there is no memory for it.
static bool draw_months(Drawing *d, uint32_t months, const char *title, bool alone) {
    size_t count = count_of(d, months), n = 0;
    double *value = arena_take_zero(&d->arena, count + 1, sizeof *value),
           *sigma = arena_take_zero(&d->arena, count + 1, sizeof *sigma), alarm = 0;
    bool *marked = arena_take_zero(&d->arena, count + 1, sizeof *marked);
    Text *labels = arena_take_zero(&d->arena, count + 1, sizeof *labels);
    if (!value || !sigma || !marked || !labels || !title) return status_no_memory(d->status);
    for (uint32_t i = json_begin(months); n < count; i = json_next(&d->json, i), n++) {
        labels[n] = text_at(d, i, "month");
        bool taken = !text_equal(text_at(d, i, "state"), TEXT("no_stocktake"));
        value[n] = taken ? number_at(d, i, "muf_kg") : NAN;
        sigma[n] = taken ? number_at(d, i, "sigma_muf_kg") : NAN;
        marked[n] = text_equal(text_at(d, i, "state"), TEXT("beyond"));
        double limit = number_at(d, i, "alarm_limit_kg");
        if (taken && sigma[n] > 0 && limit > 0) alarm = limit / sigma[n];
    }
    PlotSequence plot = {title, "kg", count, value, sigma, alarm, marked, labels};
    plot_sequence(&d->out, &plot, alone);
    return true;
}

static char *months_title(Drawing *d, Text facility, Text component) {
    return arena_format(&d->arena, "%.*s, %.*s: MUF by month (+ missing, \xE2\x88\x92 surplus)",
                        TEXT_ARG(facility), TEXT_ARG(component));
}

bool plots_balance(Text answer, const char *file, Status *status) {
    Drawing d;
    bool well = drawing_begin(&d, answer, status);
    if (well) {
        const char *title =
            months_title(&d, text_at(&d, 0, "facility"), text_at(&d, 0, "component"));
        well = draw_months(&d, member(&d, 0, "months"), title, true);
    }
    return drawing_end(&d, well, file);
}

bool plots_origin(Text answer, const char *file, Status *status) {
    static const char *const members[] = {"found_percent", "expected_percent", "best_percent"};
    static const char *const sets[] = {"found", "implied by its genealogy",
                                       "best mixture of known sources"};
    Drawing d;
    bool well = drawing_begin(&d, answer, status);
    uint32_t elements = well ? member(&d, 0, "elements") : JSON_NONE;
    size_t count = count_of(&d, elements), n = 0;
    Text *names = arena_take_zero(&d.arena, count + 1, sizeof *names);
    double *share = arena_take_zero(&d.arena, 3 * count + 1, sizeof *share);
    if (well && (!names || !share)) well = status_no_memory(status);
    for (uint32_t i = json_begin(elements); well && n < count; i = json_next(&d.json, i), n++) {
        names[n] = text_at(&d, i, "component");
        for (size_t s = 0; s < 3; s++) {
            double percent = number_at(&d, i, members[s]);
            share[s * count + n] = percent > 0 ? percent / 100 : 0;
        }
    }
    char *title = arena_format(&d.arena, "%.*s: rare earths, per cent of those compared",
                               TEXT_ARG(text_at(&d, 0, "lot")));
    if (well && !title) well = status_no_memory(status);
    if (well) {
        size_t drawn = json_type(&d.json, member(&d, 0, "mixture")) == JSON_OBJECT ? 3 : 2;
        PlotPattern plot = {title, count, drawn, names, sets, share};
        plot_pattern(&d.out, &plot, true);
    }
    return drawing_end(&d, well, file);
}

// How high each finding is drawn: its sentence, its range, and a balance's months.
static const size_t FINDING_HEAD = 66, FINDING_MONTHS = 250, FINDING_LINE = 190;

static bool is_balance(Drawing *d, uint32_t finding) {
    return text_equal(text_at(d, member(d, finding, "finding"), "kind"), TEXT("balance"));
}

static bool draw_finding(Drawing *d, uint32_t i, size_t y, double most) {
    uint32_t brief = member(d, i, "finding");
    Text says = text_at(d, brief, "says");
    char *title = arena_format(&d->arena, "%.*s", TEXT_ARG(says));
    if (!title) return status_no_memory(d->status);
    // A long sentence is two lines.
    size_t line = says.length;
    if (line > FINDING_LINE)
        for (line = FINDING_LINE; line && says.at[line] != ' ';)
            line--;
    for (size_t from = 0, row = 0; from < says.length && row < 2; row++) {
        size_t length = row == 0 && line ? line : says.length - from;
        buffer_format(&d->out, "<text x=\"0\" y=\"%zu\">", y + 14 + 14 * row);
        plot_text(&d->out, (Text){says.at + from, length});
        buffer_string(&d->out, "</text>");
        from += length;
    }
    buffer_format(&d->out, "<g transform=\"translate(0 %zu)\">", y + 34);
    plot_range(&d->out, number_at(d, brief, "mass_kg"), number_at(d, brief, "low_kg"),
               number_at(d, brief, "high_kg"), most, title);
    buffer_string(&d->out, "</g>");
    if (!is_balance(d, i)) return true;
    buffer_format(&d->out, "<g transform=\"translate(0 %zu)\">", y + FINDING_HEAD);
    const char *months = months_title(d, text_at(d, brief, "facility"), text_at(d, i, "component"));
    bool well = draw_months(d, member(d, i, "months"), months, false);
    buffer_string(&d->out, "</g>");
    return well;
}

bool plots_findings(Text answer, const char *file, Status *status) {
    enum { WIDTH = 1200, TOP = 26, BARE = 40 };
    Drawing d;
    bool well = drawing_begin(&d, answer, status);
    size_t count = well ? json_count(&d.json, 0) : 0, y = TOP;
    size_t height = TOP + (size_t)(count ? 0 : BARE);
    double most = 0;
    for (uint32_t i = json_begin(0); well && i != json_end(&d.json, 0); i = json_next(&d.json, i)) {
        most = fmax(most, number_at(&d, member(&d, i, "finding"), "high_kg"));
        height += FINDING_HEAD + (is_balance(&d, i) ? FINDING_MONTHS : 0);
    }
    if (well) {
        buffer_format(&d.out,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 %d "
                      "%zu\" width=\"%d\" height=\"%zu\" role=\"img\"><title>%zu findings</title>",
                      WIDTH, height, WIDTH, height, count);
        plot_style(&d.out);
        if (count == 0)
            buffer_string(&d.out, "<text class=\"head\" x=\"0\" y=\"14\">no findings</text>");
        else
            buffer_format(&d.out,
                          "<text class=\"head\" x=\"0\" y=\"14\">%zu findings: estimated mass and "
                          "its 95 %% range, up to %.0f kg</text>",
                          count, most);
    }
    for (uint32_t i = json_begin(0); well && i != json_end(&d.json, 0); i = json_next(&d.json, i)) {
        well = draw_finding(&d, i, y, most);
        y += FINDING_HEAD + (is_balance(&d, i) ? FINDING_MONTHS : 0);
    }
    if (well) buffer_string(&d.out, "</svg>\n");
    return drawing_end(&d, well, file);
}
