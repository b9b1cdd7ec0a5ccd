#include "plot/curves.h"

#include "plot/plot.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 380, LEFT = 58, RIGHT = 170, TOP = 34, BOTTOM = 46, ROW = 17 };

typedef struct Axes {
    const PlotCurves *p;
    double left, right, top, bottom;
} Axes;

static double place_x(const Axes *a, double x) {
    const PlotCurves *p = a->p;
    double part = p->logarithmic ? log(x / p->x_from) / log(p->x_to / p->x_from)
                                 : (x - p->x_from) / (p->x_to - p->x_from);
    return a->left + (a->right - a->left) * part;
}

static double place_y(const Axes *a, double y) {
    return a->bottom - (a->bottom - a->top) * (y - a->p->y_from) / (a->p->y_to - a->p->y_from);
}

static void tick_x(Buffer *out, const Axes *a, double x) {
    double at = place_x(a, x);
    buffer_format(out,
                  "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/><text "
                  "x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g</text>",
                  at, at, a->top, a->bottom, at, a->bottom + 15, x);
}

static void axes(Buffer *out, const Axes *a) {
    const PlotCurves *p = a->p;
    if (p->logarithmic) {
        for (double x = pow(10, ceil(log10(p->x_from) - 1e-9)); x <= p->x_to * 1.000001; x *= 10)
            tick_x(out, a, x);
    } else {
        for (int i = 0; i <= 5; i++)
            tick_x(out, a, p->x_from + (p->x_to - p->x_from) * i / 5);
    }
    for (int i = 0; i <= 5; i++) {
        double y = p->y_from + (p->y_to - p->y_from) * i / 5, at = place_y(a, y);
        buffer_format(out,
                      "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/><text "
                      "x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>",
                      i ? "grid" : "axis", a->left, a->right, at, at, a->left - 6, at + 4, y);
    }
    buffer_format(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                  (a->left + a->right) / 2, HEIGHT - 10);
    plot_text(out, text_of(p->x_name));
    buffer_format(out, "</text><text x=\"0\" y=\"%.1f\">", a->top - 6);
    plot_text(out, text_of(p->y_name));
    buffer_text(out, TEXT("</text>"));
}

// Four colours, whole and dashed.
static void curve(Buffer *out, const Axes *a, const PlotCurve *c, size_t nth) {
    static const char *const dashes[] = {"none", "6 4"};
    char look[96];
    snprintf(look, sizeof look, "class=\"line set%zu\" style=\"fill:none;stroke-dasharray:%s\"",
             nth % 4, dashes[nth / 4]);
    bool drawing = false;
    for (size_t i = 0; i < c->count; i++) {
        if (!isfinite(c->x[i]) || !isfinite(c->y[i])) continue;
        double x = c->x[i], y = fmin(fmax(c->y[i], a->p->y_from), a->p->y_to);
        x = fmin(fmax(x, a->p->x_from), a->p->x_to);
        if (!drawing) buffer_format(out, "<path %s d=\"", look);
        buffer_format(out, "%s%.1f %.1f", drawing ? " L" : "M", place_x(a, x), place_y(a, y));
        drawing = true;
    }
    if (drawing) buffer_text(out, TEXT("\"/>"));
    double row = a->top + 8 + (double)(ROW * nth);
    buffer_format(out, "<path %s d=\"M%.1f %.1f L%.1f %.1f\"/><text x=\"%.1f\" y=\"%.1f\">", look,
                  a->right + 12, row, a->right + 34, row, a->right + 40, row + 4);
    plot_text(out, text_of(c->name));
    buffer_text(out, TEXT("</text>"));
}

void plot_curves(Buffer *out, const PlotCurves *p, bool alone) {
    assert(p->count <= PLOT_CURVES_MAX && p->x_to > p->x_from && p->y_to > p->y_from);
    assert(!p->logarithmic || p->x_from > 0.0);
    Axes a = {p, LEFT, WIDTH - RIGHT, TOP + 18, HEIGHT - BOTTOM};
    buffer_format(out,
                  "<svg %sclass=\"plot\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                  "role=\"img\"><title>",
                  alone ? "xmlns=\"http://www.w3.org/2000/svg\" " : "", WIDTH, HEIGHT, WIDTH,
                  HEIGHT);
    plot_text(out, text_of(p->title));
    buffer_text(out, TEXT("</title>"));
    if (alone) plot_style(out);
    buffer_text(out, TEXT("<text class=\"head\" x=\"0\" y=\"14\">"));
    plot_text(out, text_of(p->title));
    buffer_text(out, TEXT("</text>"));
    axes(out, &a);
    for (size_t i = 0; i < p->count; i++)
        curve(out, &a, &p->curve[i], i);
    buffer_text(out, TEXT("</svg>"));
}
