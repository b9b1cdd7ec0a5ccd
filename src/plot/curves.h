// Curves over two axes as SVG: power against false alarms, power against size. As plot.h: real
// text, classes for colours, same figures, same bytes. Points that are not finite are left out.
#pragma once
#include "base/buffer.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct PlotCurve {
    const char *name;
    size_t count;
    const double *x, *y;
} PlotCurve;

enum { PLOT_CURVES_MAX = 8 };
typedef struct PlotCurves {
    const char *title, *x_name, *y_name;
    double x_from, x_to, y_from, y_to; // with `logarithmic` x_from is above zero
    bool logarithmic;                  // of x
    size_t count;                      // at most PLOT_CURVES_MAX
    const PlotCurve *curve;
} PlotCurves;
void plot_curves(Buffer *out, const PlotCurves *plot, bool alone);
