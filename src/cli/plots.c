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

bool plots_balance(Text answer, const char *file, Status *status) {
    Drawing d;
    bool well = drawing_begin(&d, answer, status);
    uint32_t months = well ? member(&d, 0, "months") : JSON_NONE;
    size_t count = count_of(&d, months), n = 0;
    double *value = arena_take_zero(&d.arena, count + 1, sizeof *value),
           *sigma = arena_take_zero(&d.arena, count + 1, sizeof *sigma), alarm = 0;
    bool *marked = arena_take_zero(&d.arena, count + 1, sizeof *marked);
    Text *labels = arena_take_zero(&d.arena, count + 1, sizeof *labels);
    if (well && (!value || !sigma || !marked || !labels)) well = status_no_memory(status);
    for (uint32_t i = json_begin(months); well && n < count; i = json_next(&d.json, i), n++) {
        labels[n] = text_at(&d, i, "month");
        bool taken = !text_equal(text_at(&d, i, "state"), TEXT("no_stocktake"));
        value[n] = taken ? number_at(&d, i, "muf_kg") : NAN;
        sigma[n] = taken ? number_at(&d, i, "sigma_muf_kg") : NAN;
        marked[n] = text_equal(text_at(&d, i, "state"), TEXT("beyond"));
        double limit = number_at(&d, i, "alarm_limit_kg");
        if (taken && sigma[n] > 0 && limit > 0) alarm = limit / sigma[n];
    }
    char *title =
        arena_format(&d.arena, "%.*s, %.*s: MUF by month (+ missing, \xE2\x88\x92 surplus)",
                     TEXT_ARG(text_at(&d, 0, "facility")), TEXT_ARG(text_at(&d, 0, "component")));
    if (well && !title) well = status_no_memory(status);
    if (well) {
        PlotSequence plot = {title, "kg", count, value, sigma, alarm, marked, labels};
        plot_sequence(&d.out, &plot, true);
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

bool plots_findings(Text answer, const char *file, Status *status) {
    enum { WIDTH = 1200, ROW = 52, TOP = 26 };
    Drawing d;
    bool well = drawing_begin(&d, answer, status);
    size_t count = well ? json_count(&d.json, 0) : 0, n = 0;
    double most = 0;
    for (uint32_t i = json_begin(0); well && i != json_end(&d.json, 0); i = json_next(&d.json, i))
        most = fmax(most, number_at(&d, i, "high_kg"));
    size_t height = TOP + ROW * (count ? count : 1);
    if (well) {
        buffer_format(&d.out,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 %d "
                      "%zu\" width=\"%d\" height=\"%zu\" role=\"img\"><title>%zu findings</title>",
                      WIDTH, height, WIDTH, height, count);
        plot_style(&d.out);
        buffer_format(
            &d.out,
            "<text class=\"head\" x=\"0\" y=\"14\">%zu findings: estimated mass and its 95 "
            "%% range, up to %.4g kg</text>",
            count, most);
    }
    for (uint32_t i = json_begin(0); well && i != json_end(&d.json, 0);
         i = json_next(&d.json, i), n++) {
        Text says = text_at(&d, i, "says");
        size_t y = TOP + ROW * n;
        buffer_format(&d.out, "<text x=\"0\" y=\"%zu\">", y + 14);
        plot_text(&d.out, says);
        buffer_format(&d.out, "</text><g transform=\"translate(0 %zu)\">", y + 20);
        char *title = arena_format(&d.arena, "%.*s", TEXT_ARG(says));
        if (!title) well = status_no_memory(status);
        if (well)
            plot_range(&d.out, number_at(&d, i, "mass_kg"), number_at(&d, i, "low_kg"),
                       number_at(&d, i, "high_kg"), most, title);
        buffer_string(&d.out, "</g>");
    }
    if (well) buffer_string(&d.out, "</svg>\n");
    return drawing_end(&d, well, file);
}
