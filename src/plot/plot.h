// Small figures as SVG with real text: a sequence against its limits, an estimate with its
// interval, a pattern of elements. Colours are classes, so that a page's style sheet, or
// plot_style() in a file of its own, gives them in light and in dark. Same figures, same bytes.
#pragma once
#include "base/buffer.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>

// Rules for the classes that figures use; both colour schemes. For <style> in a page or in a file.
extern const char PLOT_STYLE[];
// The same as the <style> of a file of its own, with its dark scheme.
void plot_style(Buffer *out);

// Values month by month as stems from zero over two bands: usual (1.96 sigma) and alarm. `marked`
// months are drawn as what is not accounted for. `labels` stand below; `unit` at the axis.
// A value or sigma that is not finite is left out, and never shown as a number.
typedef struct PlotSequence {
    const char *title; // what the figure says, for those who cannot see it, and above it
    const char *unit;
    size_t count;
    const double *value, *sigma;
    double alarm; // sigmas
    const bool *marked;
    const Text *labels;
} PlotSequence;
void plot_sequence(Buffer *out, const PlotSequence *plot, bool alone);

// One estimate and its 95 % range on an axis from zero to `most`.
void plot_range(Buffer *out, double value, double low, double high, double most, const char *title);

// Shares by name, logarithmic, of up to four sets.
typedef struct PlotPattern {
    const char *title;
    size_t count, sets;
    const Text *names; // of the elements
    const char *const *sets_named;
    const double *share; // sets x count; 0 is left out
} PlotPattern;
void plot_pattern(Buffer *out, const PlotPattern *plot, bool alone);

// Text into XML: what would be markup is escaped.
void plot_text(Buffer *out, Text text);
