#include "plot/network.h"

#include "plot/plot.h"
#include <math.h>
#include <string.h>

enum { COLUMNS = 9, NAMED_MOST = 120, TOP = 30, SIDE = 70 };

// Columns: a place stands right of those that send to it. Where roads run in a ring they end with
// the passes.
static void columns_of(const PlotNetwork *p, uint32_t *column) {
    for (int pass = 0; pass < COLUMNS - 1; pass++)
        for (size_t r = 0; r < p->roads; r++) {
            uint32_t a = p->road[r].from, b = p->road[r].to;
            if (a >= p->nodes || b >= p->nodes || a == b || !(p->road[r].mass > 0.0)) continue;
            if (column[b] <= column[a] && column[a] + 1 < COLUMNS && pass >= (int)column[a])
                column[b] = column[a] + 1;
        }
}

static bool with_mark(const PlotNetwork *p, size_t r) {
    const PlotRoad *road = &p->road[r];
    return road->marked || (road->from < p->nodes && p->marked[road->from]) ||
           (road->to < p->nodes && p->marked[road->to]);
}

static void draw_road(Buffer *out, const PlotNetwork *p, size_t r, const double *x, const double *y,
                      double most) {
    const PlotRoad *road = &p->road[r];
    if (road->from >= p->nodes || road->to >= p->nodes || !(road->mass > 0.0)) return;
    double width = 0.5 + 5.5 * sqrt(road->mass / most), middle = (x[road->from] + x[road->to]) / 2;
    buffer_format(out,
                  "<path class=\"%s\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\" "
                  "style=\"fill:none;stroke-width:%.1f\"/>",
                  road->marked      ? "gap stem"
                  : with_mark(p, r) ? "axis"
                                    : "grid",
                  x[road->from], y[road->from], middle, y[road->from], middle, y[road->to],
                  x[road->to], y[road->to], width);
}

bool plot_network(Buffer *out, const PlotNetwork *p, Arena *arena) {
    uint32_t *column = arena_take_zero(arena, p->nodes + 1, sizeof *column);
    size_t *in_column = arena_take_zero(arena, COLUMNS, sizeof *in_column);
    size_t *at = arena_take_zero(arena, COLUMNS, sizeof *at);
    double *x = arena_take_zero(arena, p->nodes + 1, sizeof *x);
    double *y = arena_take_zero(arena, p->nodes + 1, sizeof *y);
    bool *named = arena_take_zero(arena, p->nodes + 1, sizeof *named);
    if (!column || !in_column || !at || !x || !y || !named) return false;
    columns_of(p, column);
    uint32_t last = 1;
    double most = 0.0;
    for (size_t i = 0; i < p->nodes; i++) {
        in_column[column[i]]++;
        if (column[i] > last) last = column[i];
        named[i] = p->nodes <= NAMED_MOST || p->marked[i];
    }
    for (size_t r = 0; r < p->roads; r++) {
        if (isfinite(p->road[r].mass)) most = fmax(most, p->road[r].mass);
        if (!with_mark(p, r)) continue;
        if (p->road[r].from < p->nodes) named[p->road[r].from] = true;
        if (p->road[r].to < p->nodes) named[p->road[r].to] = true;
    }
    for (size_t i = 0; i < p->nodes; i++) {
        double step = (double)(PLOT_NETWORK_HEIGHT - TOP) / (double)(in_column[column[i]] + 1);
        x[i] = SIDE + (double)(PLOT_NETWORK_WIDTH - 2 * SIDE) * column[i] / last;
        y[i] = TOP + step * (double)++at[column[i]];
    }
    buffer_string(out, "<text class=\"head\" x=\"0\" y=\"14\">");
    plot_text(out, text_of(p->title));
    buffer_string(out, "</text>");
    // What matters is drawn last, over the rest.
    for (int pass = 0; pass < 2; pass++)
        for (size_t r = 0; r < p->roads; r++)
            if (with_mark(p, r) == (pass == 1)) draw_road(out, p, r, x, y, most);
    for (size_t i = 0; i < p->nodes; i++) {
        buffer_format(out, "<circle class=\"%sdot\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>",
                      p->marked[i] ? "gap " : "", x[i], y[i], p->marked[i] ? "7" : "3.5");
        if (!named[i]) continue;
        buffer_format(out, "<text%s x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                      p->marked[i] ? " class=\"head\"" : "", x[i], y[i] - 8.0);
        plot_text(out, p->names[i]);
        buffer_string(out, "</text>");
    }
    return true;
}
