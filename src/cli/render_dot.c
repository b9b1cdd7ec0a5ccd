// A node is a group of lots: its shape tells the stage, its words material, place, mass and share;
// an edge carries its share of the lot, as a number and as its width. Columns are ranks, so that
// the mines stand on one side and the lot on the other.
#include "cli/render_dot.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "codec/json.h"

enum { TOKENS_MAX = 4000000, COLUMNS_MAX = 64, NODES_MAX = 4096 };

// In the order of the way from ore to magnet; the legend is made of it.
static const struct {
    const char *stage, *shape, *fill;
} shapes[] = {
    {"ore", "invhouse", "#efe6d8"},
    {"ore product", "trapezium", "#f3e3b8"},
    {"compound", "cylinder", "#dcebd3"},
    {"metal", "box3d", "#d5e3ee"},
    {"alloy", "box", "#d9d9ee"},
    {"magnet", "hexagon", "#ecd6e4"},
    {"article", "doubleoctagon", "#f0dcd4"},
    {"scrap", "parallelogram", "#e8e8e8"},
    {"residue", "note", "#e8e8e8"},
    {"reagent", "cds", "#e8e8e8"},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

typedef struct Drawing {
    Json json;
    Arena arena;
    Buffer *out;
    double least;          // share
    bool drawn[NODES_MAX]; // by the number that a node has for its id
    unsigned left_out;
    Status *status;
    bool failed;
} Drawing;

static Text text_member(Drawing *d, uint32_t object, const char *name) {
    uint32_t member = json_member(&d->json, object, text_of(name));
    Text text = {"", 0};
    if (member == JSON_NONE || json_type(&d->json, member) == JSON_NULL) return text;
    if (json_type(&d->json, member) != JSON_STRING) return json_bytes(&d->json, member);
    if (!json_text(&d->json, member, &d->arena, &text, d->status)) d->failed = true;
    return text;
}

static bool flag(Drawing *d, uint32_t object, const char *name) {
    uint32_t member = json_member(&d->json, object, text_of(name));
    return member != JSON_NONE && json_type(&d->json, member) == JSON_TRUE;
}

static double number_of(Drawing *d, uint32_t object, const char *name) {
    Text text = text_member(d, object, name);
    char *copy = arena_copy(&d->arena, text.at, text.length);
    if (!copy) d->failed = true;
    return copy ? strtod(copy, NULL) : 0;
}

static double share_of(Drawing *d, uint32_t object) {
    return number_of(d, object, "share");
}

static bool *place_of(Drawing *d, Text id) {
    size_t number = 0;
    for (size_t i = 0; i < id.length && number < NODES_MAX; i++)
        number = 10 * number + (size_t)(id.at[i] - '0');
    return &d->drawn[number < NODES_MAX ? number : NODES_MAX - 1];
}

// Inside double quotes: a quote or backslash is escaped.
static void put_quoted(Buffer *out, Text text) {
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\') buffer_char(out, '\\');
        buffer_char(out, text.at[i] == '\n' ? ' ' : text.at[i]);
    }
}

static void put_percent(Buffer *out, double share) {
    buffer_format(out, "%.3g %%", share * 100);
}

static void put_node(Drawing *d, uint32_t node) {
    Buffer *out = d->out;
    Text stage = text_member(d, node, "stage"), lot = text_member(d, node, "lot"),
         facility = text_member(d, node, "facility"), source = text_member(d, node, "source"),
         material = text_member(d, node, "material"), lots = text_member(d, node, "lots"),
         others = text_member(d, node, "others");
    const char *shape = "ellipse", *fill = "#ffffff";
    for (size_t i = 0; i < SHAPES; i++)
        if (text_equal(stage, text_of(shapes[i].stage))) {
            shape = shapes[i].shape;
            fill = shapes[i].fill;
        }
    buffer_string(out, "  n");
    buffer_text(out, text_member(d, node, "id"));
    buffer_string(out, " [label=\"");
    if (flag(d, node, "hidden")) {
        put_quoted(out, stage);
        buffer_string(out, "\\nanother party's");
    } else if (!text_equal(others, TEXT("0"))) {
        put_quoted(out, stage);
        buffer_format(out, "\\n%.*s other groups", TEXT_ARG(others));
    } else {
        // What stood in a pool from the first has no lots and no material.
        put_quoted(out, lot.length ? lot : material.length ? material : TEXT("content of a pool"));
        buffer_string(out, "\\n");
        put_quoted(out, lot.length ? material : facility);
        if (lot.length && facility.length) {
            buffer_string(out, ", ");
            put_quoted(out, facility);
        }
        if (source.length) {
            buffer_string(out, "\\nfrom ");
            put_quoted(out, source);
        }
    }
    buffer_string(out, "\\n");
    if (!lot.length && !text_equal(lots, TEXT("0")))
        buffer_format(out, "%.*s lots, ", TEXT_ARG(lots));
    buffer_format(out, "%.6g kg REO, ", number_of(d, node, "reo_kg"));
    put_percent(out, share_of(d, node));
    buffer_format(out, "\", shape=%s, fillcolor=\"%s\"", shape, fill);
    if (flag(d, node, "held")) buffer_string(out, ", color=\"#b3261e\", penwidth=2");
    if (flag(d, node, "hidden")) buffer_string(out, ", style=\"filled,dashed\"");
    buffer_string(out, "];\n");
}

static void put_edge(Drawing *d, uint32_t edge) {
    double share = share_of(d, edge);
    Text from = text_member(d, edge, "from"), to = text_member(d, edge, "to");
    if (share < d->least || !*place_of(d, from) || !*place_of(d, to)) {
        d->left_out++;
        return;
    }
    buffer_format(d->out, "  n%.*s -> n%.*s [label=\"", TEXT_ARG(from), TEXT_ARG(to));
    put_percent(d->out, share);
    buffer_format(d->out, "\", penwidth=%.2f];\n", 0.6 + 4 * (share < 1 ? share : 1));
}

static bool is_drawn(Drawing *d, uint32_t node) {
    return share_of(d, node) >= d->least || text_equal(text_member(d, node, "column"), TEXT("0"));
}

static void put_ranks(Drawing *d, uint32_t nodes) {
    for (unsigned column = 0; column < COLUMNS_MAX; column++) {
        char number[16];
        unsigned count = 0;
        snprintf(number, sizeof number, "%u", column);
        for (uint32_t i = json_begin(nodes); i != json_end(&d->json, nodes);
             i = json_next(&d->json, i)) {
            if (!text_equal(text_member(d, i, "column"), text_of(number)) || !is_drawn(d, i))
                continue;
            Text id = text_member(d, i, "id");
            buffer_format(d->out, "%s n%.*s;", count++ ? "" : "  { rank=same;", TEXT_ARG(id));
        }
        if (count) buffer_string(d->out, " }\n");
    }
}

static void put_graph(Drawing *d) {
    Buffer *out = d->out;
    uint32_t nodes = json_member(&d->json, 0, TEXT("nodes")),
             edges = json_member(&d->json, 0, TEXT("edges"));
    if (nodes == JSON_NONE || edges == JSON_NONE) {
        d->failed = true;
        return;
    }
    Text lot = text_member(d, 0, "lot"), direction = text_member(d, 0, "direction");
    buffer_string(out, "// Shapes:");
    for (size_t i = 0; i < SHAPES; i++)
        buffer_format(out, "%s %s %s", i ? "," : "", shapes[i].stage, shapes[i].shape);
    buffer_string(out,
                  ". Red: held.\ndigraph trace {\n  rankdir=LR;\n  nodesep=0.25; ranksep=1.1;\n"
                  "  node [style=filled, fontname=\"sans-serif\", fontsize=10];\n"
                  "  edge [fontname=\"sans-serif\", fontsize=9, color=\"#5f6b7a\"];\n");
    for (uint32_t i = json_begin(nodes); i != json_end(&d->json, nodes);
         i = json_next(&d->json, i)) {
        if (is_drawn(d, i)) {
            *place_of(d, text_member(d, i, "id")) = true;
            put_node(d, i);
        } else {
            d->left_out++;
        }
    }
    put_ranks(d, nodes);
    for (uint32_t i = json_begin(edges); i != json_end(&d->json, edges); i = json_next(&d->json, i))
        put_edge(d, i);
    buffer_string(out, "  label=\"");
    put_quoted(out, lot);
    buffer_string(out, text_equal(direction, TEXT("down")) ? ": what was made of it"
                                                           : ": what it is made of");
    if (flag(d, 0, "trial")) buffer_string(out, " (trial book)");
    if (d->left_out)
        buffer_format(out, "\\n%u parts below %.3g %% of it are left out", d->left_out,
                      d->least * 100);
    if (!flag(d, 0, "complete")) buffer_string(out, "\\nnot complete: the way is longer");
    buffer_string(out, "\";\n}\n");
}

bool render_dot(Text answer, double least_percent, Buffer *out, Status *status) {
    Drawing drawing = {.out = out, .least = least_percent / 100, .status = status};
    json_init(&drawing.json, TOKENS_MAX);
    arena_init(&drawing.arena, (size_t)256 << 20);
    bool well = json_read(&drawing.json, answer, status);
    if (well) put_graph(&drawing);
    well = well && !drawing.failed && !out->failed;
    if (!well && status->code == STATUS_OK) status_no_memory(status);
    arena_done(&drawing.arena);
    json_done(&drawing.json);
    return well;
}
