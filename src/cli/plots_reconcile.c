// The reconciled network as a figure: how far each balance is from what all others say, and the
// network with what was found.
#include "cli/plots.h"

#include "cli/file.h"
#include "codec/json.h"
#include "plot/network.h"
#include "plot/plot.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 16000000, RESIDUALS = 40, NODES_MAX = 4000 };

typedef struct Drawing {
    Json json;
    Arena arena;
    Buffer out;
    Status *status;
    // The network's facilities.
    Text *names;
    bool *marked;
    size_t count;
} Drawing;

static Text text_at(Drawing *d, uint32_t object, const char *name) {
    uint32_t value = json_member(&d->json, object, text_of(name));
    Text text = TEXT("");
    Status ignored;
    status_clear(&ignored);
    if (value == JSON_NONE || json_type(&d->json, value) != JSON_STRING ||
        !json_text(&d->json, value, &d->arena, &text, &ignored))
        return TEXT("");
    return text;
}

// A number, or text that is one; 0 for what is none.
static double number_at(Drawing *d, uint32_t object, const char *name) {
    uint32_t value = json_member(&d->json, object, text_of(name));
    if (value == JSON_NONE) return 0.0;
    Text text = json_type(&d->json, value) == JSON_NUMBER ? json_bytes(&d->json, value)
                                                          : text_at(d, object, name);
    char *copy = arena_copy(&d->arena, text.at, text.length);
    double number = copy ? strtod(copy, NULL) : 0.0;
    return isfinite(number) ? number : 0.0;
}

static uint32_t array_at(Drawing *d, const char *name, size_t *count) {
    uint32_t array = json_member(&d->json, 0, text_of(name));
    *count = array == JSON_NONE ? 0 : json_count(&d->json, array);
    return array;
}

static uint32_t place_of(Drawing *d, Text name) {
    if (name.length == 0) return UINT32_MAX;
    for (size_t i = 0; i < d->count; i++)
        if (text_equal(d->names[i], name)) return (uint32_t)i;
    if (d->count == NODES_MAX) return UINT32_MAX;
    d->names[d->count] = name;
    return (uint32_t)d->count++;
}

static int by_size(const void *a, const void *b) {
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return x > y ? -1 : x < y;
}

// Months of facilities and roads together, the largest first.
static bool draw_residuals(Drawing *d, double limit) {
    static const char *const tables[] = {"nodes", "roads"};
    size_t counts[2], n = 0;
    for (size_t t = 0; t < 2; t++)
        (void)array_at(d, tables[t], &counts[t]);
    double *value = arena_take_zero(&d->arena, counts[0] + counts[1] + 1, sizeof *value);
    if (!value) return status_no_memory(d->status);
    for (size_t t = 0; t < 2; t++) {
        uint32_t array = array_at(d, tables[t], &counts[t]);
        size_t seen = 0;
        for (uint32_t i = counts[t] ? json_begin(array) : 0; seen < counts[t];
             i = json_next(&d->json, i), seen++)
            value[n++] = number_at(d, i, "z");
    }
    qsort(value, n, sizeof *value, by_size);
    double sigma[RESIDUALS];
    bool marked[RESIDUALS];
    Text labels[RESIDUALS];
    if (n > RESIDUALS) n = RESIDUALS;
    for (size_t k = 0; k < n; k++) {
        sigma[k] = 1.0;
        marked[k] = fabs(value[k]) >= limit;
        char *label = arena_format(&d->arena, "%zu", k + 1);
        if (!label) return status_no_memory(d->status);
        labels[k] = text_of(label);
    }
    PlotSequence plot = {"Balances that fit least: sigmas from what all others say (+ missing, "
                         "\xE2\x88\x92 surplus)",
                         "sigma",
                         n,
                         value,
                         sigma,
                         limit,
                         marked,
                         labels};
    plot_sequence(&d->out, &plot, false);
    return true;
}

static bool draw_network(Drawing *d) {
    size_t roads, found, n = 0;
    uint32_t at_road = array_at(d, "roads", &roads), at_found = array_at(d, "found", &found);
    PlotRoad *road = arena_take_zero(&d->arena, roads + 1, sizeof *road);
    if (!road) return status_no_memory(d->status);
    for (uint32_t i = roads ? json_begin(at_road) : 0; n < roads; i = json_next(&d->json, i)) {
        road[n] = (PlotRoad){.from = place_of(d, text_at(d, i, "from")),
                             .to = place_of(d, text_at(d, i, "to")),
                             .mass = number_at(d, i, "reconciled_kg")};
        n++;
    }
    size_t k = 0;
    for (uint32_t i = found ? json_begin(at_found) : 0; k < found;
         i = json_next(&d->json, i), k++) {
        uint32_t from = place_of(d, text_at(d, i, "facility")),
                 to = place_of(d, text_at(d, i, "to_facility"));
        if (from != UINT32_MAX && to == UINT32_MAX) d->marked[from] = true;
        for (size_t r = 0; to != UINT32_MAX && r < n; r++)
            road[r].marked |= road[r].from == from && road[r].to == to;
    }
    PlotNetwork plot = {.title = "What went where, and where it is not accounted for",
                        .nodes = d->count,
                        .names = d->names,
                        .marked = d->marked,
                        .roads = n,
                        .road = road};
    return plot_network(&d->out, &plot, &d->arena) || status_no_memory(d->status);
}

static bool draw_all(Drawing *d) {
    enum { WIDTH = 1100, TOP = 26, LINE = 16, SEQUENCE = 250 };
    size_t found, y = TOP, n = 0;
    uint32_t at = array_at(d, "found", &found);
    double limit = number_at(d, 0, "limit_z");
    if (!(limit > 0.0)) limit = 4.0;
    size_t height = TOP + LINE * (found ? found : 1) + 8 + SEQUENCE + PLOT_NETWORK_HEIGHT;
    buffer_format(&d->out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 %d %zu\" "
                  "width=\"%d\" height=\"%zu\" role=\"img\"><title>reconciled network</title>",
                  WIDTH, height, WIDTH, height);
    plot_style(&d->out);
    buffer_string(&d->out, "<text class=\"head\" x=\"0\" y=\"14\">");
    plot_text(&d->out, text_at(d, 0, "component"));
    buffer_format(&d->out, ": %zu found</text>", found);
    for (uint32_t i = found ? json_begin(at) : 0; n < found; i = json_next(&d->json, i), n++) {
        buffer_format(&d->out, "<text x=\"0\" y=\"%zu\">", y + 12);
        plot_text(&d->out, text_at(d, i, "says"));
        buffer_string(&d->out, "</text>");
        y += LINE;
    }
    y += 8 + (size_t)(found ? 0 : LINE);
    buffer_format(&d->out, "<g transform=\"translate(0 %zu)\">", y);
    bool well = draw_residuals(d, limit);
    buffer_format(&d->out, "</g><g transform=\"translate(0 %zu)\">", y + SEQUENCE);
    well = well && draw_network(d);
    buffer_string(&d->out, "</g></svg>\n");
    return well;
}

bool plots_reconcile(Text answer, const char *file, Status *status) {
    Drawing d = {.status = status};
    json_init(&d.json, TOKENS_MAX);
    arena_init(&d.arena, (size_t)256 << 20);
    buffer_init(&d.out, (size_t)64 << 20);
    d.names = arena_take_zero(&d.arena, NODES_MAX, sizeof *d.names);
    d.marked = arena_take_zero(&d.arena, NODES_MAX, sizeof *d.marked);
    bool well = d.names && d.marked ? json_read(&d.json, answer, status) : status_no_memory(status);
    well = well && draw_all(&d);
    if (well && d.out.failed) well = status_no_memory(status);
    well = well && file_write(file, buffer_view(&d.out), status);
    buffer_done(&d.out);
    arena_done(&d.arena);
    json_done(&d.json);
    return well;
}
