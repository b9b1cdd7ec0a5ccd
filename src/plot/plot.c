#include "plot/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char PLOT_STYLE[] =
    ".plot{font:11px/1.3 system-ui,sans-serif;display:block;max-width:100%;height:auto}"
    ".plot text{fill:var(--ink2,#4b5563)}.plot "
    ".head{fill:var(--ink,#111827);font-weight:600;font-size:12px}"
    ".plot .axis{stroke:var(--rule,#9ca3af);stroke-width:1}.plot "
    ".grid{stroke:var(--line,#e5e7eb);stroke-width:1}"
    ".plot .outer{fill:var(--band,#eef2f7)}.plot .inner{fill:var(--band2,#dbe3ee)}"
    ".plot .stem{stroke:var(--ink2,#4b5563);stroke-width:2}.plot .dot{fill:var(--ink,#111827)}"
    ".plot .gap.stem{stroke:var(--gap,#b0106f)}.plot .gap.dot{fill:var(--gap,#b0106f)}"
    ".plot .bar{fill:var(--gap,#b0106f)}.plot .whisker{stroke:var(--ink,#111827);stroke-width:1.5}"
    ".plot .set0{stroke:var(--gap,#b0106f);fill:var(--gap,#b0106f)}.plot "
    ".set1{stroke:var(--blue,#1d4ed8);fill:var(--blue,#1d4ed8)}"
    ".plot .set2{stroke:var(--ink2,#6b7280);fill:var(--ink2,#6b7280)}.plot "
    ".set3{stroke:var(--ochre,#b45309);fill:var(--ochre,#b45309)}"
    ".plot path.line{fill:none;stroke-width:1.5}.plot path.set1,.plot path.set3{stroke-dasharray:5 "
    "3}";

static const char ALONE_STYLE[] =
    "<style>:root{color-scheme:light "
    "dark}@media(prefers-color-scheme:dark){.plot{--ink:#e5e7eb;--ink2:#a1a9b8;--rule:#5b6475;"
    "--line:#272e3b;--band:#1b2230;--band2:#273246;--gap:#f472b6;--blue:#8ab4ff;--ochre:#f0a860;"
    "background:#0f141d}}";

void plot_text(Buffer *out, Text text) {
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (c == '<')
            buffer_text(out, TEXT("&lt;"));
        else if (c == '>')
            buffer_text(out, TEXT("&gt;"));
        else if (c == '&')
            buffer_text(out, TEXT("&amp;"));
        else if (c == '"')
            buffer_text(out, TEXT("&quot;"));
        else if ((unsigned char)c >= 0x20)
            buffer_char(out, c);
    }
}

void plot_style(Buffer *out) {
    buffer_format(out, "%s%s</style>", ALONE_STYLE, PLOT_STYLE);
}

static void begin(Buffer *out, int width, int height, const char *title, bool alone) {
    buffer_format(out,
                  "<svg %sclass=\"plot\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                  "role=\"img\"><title>",
                  alone ? "xmlns=\"http://www.w3.org/2000/svg\" " : "", width, height, width,
                  height);
    plot_text(out, text_of(title));
    buffer_text(out, TEXT("</title>"));
    if (alone) plot_style(out);
}

// A round step that makes some `wanted` of `range`.
static double step_of(double range, int wanted) {
    if (!(range > 0.0)) return 1.0;
    double rough = range / wanted, ten = pow(10.0, floor(log10(rough)));
    static const double rounds[] = {1, 2, 2.5, 5, 10};
    for (size_t i = 0; i < 5; i++)
        if (rounds[i] * ten >= rough * 0.999) return rounds[i] * ten;
    return 10 * ten;
}

static void number(Buffer *out, double value, double step) {
    int places = step >= 1.0 ? 0 : (int)fmin(6.0, ceil(-log10(step) - 1e-9));
    if (fabs(value) < step * 1e-6) value = 0.0;
    buffer_format(out, "%s%.*f", value < 0 ? "\xE2\x88\x92" : "", places, fabs(value));
}

void plot_sequence(Buffer *out, const PlotSequence *p, bool alone) {
    enum { WIDTH = 720, HEIGHT = 240, LEFT = 64, RIGHT = 12, TOP = 30, BOTTOM = 34 };
    double most = 0.0;
    for (size_t i = 0; i < p->count; i++) {
        if (isfinite(p->value[i])) most = fmax(most, fabs(p->value[i]));
        if (isfinite(p->sigma[i])) most = fmax(most, p->alarm * p->sigma[i]);
    }
    if (!(most > 0.0)) most = 1.0;
    double step = step_of(most, 3), top = step * ceil(most / step - 1e-9);
    double middle = (TOP + HEIGHT - BOTTOM) / 2.0, scale = (HEIGHT - BOTTOM - TOP) / 2.0 / top;
    double pitch = (double)(WIDTH - LEFT - RIGHT) / (double)(p->count ? p->count : 1);
    begin(out, WIDTH, HEIGHT, p->title, alone);
    buffer_format(out, "<text class=\"head\" x=\"0\" y=\"14\">");
    plot_text(out, text_of(p->title));
    buffer_text(out, TEXT("</text>"));
    for (size_t i = 0; i < p->count; i++)
        for (int band = 0; band < 2; band++) {
            double half = (band ? 1.959964 : p->alarm) * p->sigma[i] * scale;
            if (!(half > 0.0 && isfinite(half))) continue;
            buffer_format(
                out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                band ? "inner" : "outer", LEFT + pitch * (double)i, middle - half, pitch, 2 * half);
        }
    for (double v = -top; v <= top * 1.0001; v += step) {
        double y = middle - v * scale;
        bool zero = fabs(v) < step * 1e-6;
        buffer_format(out,
                      "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text "
                      "x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
                      zero ? "axis" : "grid", LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4);
        number(out, v, step);
        buffer_text(out, TEXT("</text>"));
    }
    buffer_format(out, "<text x=\"0\" y=\"%d\">", TOP + 4);
    plot_text(out, text_of(p->unit));
    buffer_text(out, TEXT("</text>"));
    for (size_t i = 0; i < p->count; i++) {
        double x = LEFT + pitch * ((double)i + 0.5), y = middle - p->value[i] * scale;
        const char *gap = p->marked && p->marked[i] ? "gap " : "";
        if (isfinite(y))
            buffer_format(out,
                          "<line class=\"%sstem\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
                          "y2=\"%.1f\"/><circle class=\"%sdot\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>",
                          gap, x, x, middle, y, gap, x, y, *gap ? "4.5" : "3");
        if (p->count > 14 && i % (p->count / 12 + 1)) continue;
        buffer_format(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", x, HEIGHT - 14);
        plot_text(out, p->labels[i]);
        buffer_text(out, TEXT("</text>"));
    }
    buffer_text(out, TEXT("</svg>"));
}

void plot_range(Buffer *out, double value, double low, double high, double most,
                const char *title) {
    enum { WIDTH = 240, HEIGHT = 22 };
    if (!(most > 0.0 && isfinite(most))) most = 1.0;
    value = fmin(fmax(value, 0.0), most); // what is no number is drawn as nothing
    low = fmin(fmax(low, 0.0), most);
    high = fmin(fmax(high, 0.0), most);
    double scale = (WIDTH - 4) / most;
    begin(out, WIDTH, HEIGHT, title, false);
    buffer_format(out,
                  "<line class=\"axis\" x1=\"1\" x2=\"1\" y1=\"2\" y2=\"20\"/><rect class=\"bar\" "
                  "x=\"1\" y=\"6\" width=\"%.1f\" height=\"10\"/>",
                  fmax(1.0, value * scale));
    buffer_format(out,
                  "<line class=\"whisker\" x1=\"%.1f\" x2=\"%.1f\" y1=\"11\" y2=\"11\"/><line "
                  "class=\"whisker\" x1=\"%.1f\" x2=\"%.1f\" y1=\"7\" y2=\"15\"/><line "
                  "class=\"whisker\" x1=\"%.1f\" x2=\"%.1f\" y1=\"7\" y2=\"15\"/></svg>",
                  1 + low * scale, 1 + high * scale, 1 + low * scale, 1 + low * scale,
                  1 + high * scale, 1 + high * scale);
}

void plot_pattern(Buffer *out, const PlotPattern *p, bool alone) {
    enum { WIDTH = 720, HEIGHT = 260, LEFT = 64, RIGHT = 12, TOP = 46, BOTTOM = 30 };
    double low = INFINITY, high = 0.0;
    for (size_t i = 0; i < p->sets * p->count; i++)
        if (p->share[i] > 0.0 && isfinite(p->share[i])) {
            low = fmin(low, p->share[i]);
            high = fmax(high, p->share[i]);
        }
    begin(out, WIDTH, HEIGHT, p->title, alone);
    buffer_text(out, TEXT("<text class=\"head\" x=\"0\" y=\"14\">"));
    plot_text(out, text_of(p->title));
    buffer_text(out, TEXT("</text>"));
    if (!(high > 0.0)) {
        buffer_text(out, TEXT("</svg>"));
        return;
    }
    double from = floor(fmax(log10(low), log10(high) - 5)), to = ceil(log10(high) - 1e-9);
    if (to <= from) to = from + 1;
    double scale = (HEIGHT - TOP - BOTTOM) / (to - from),
           pitch = (double)(WIDTH - LEFT - RIGHT) / (double)p->count;
    for (double d = from; d <= to + 1e-9; d += 1.0) {
        double y = HEIGHT - BOTTOM - (d - from) * scale;
        buffer_format(out,
                      "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text "
                      "x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g %%</text>",
                      LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, pow(10.0, d + 2));
    }
    for (size_t s = 0; s < p->sets; s++) {
        bool down = false;
        buffer_format(out, "<path class=\"line set%zu\" d=\"", s);
        for (size_t i = 0; i < p->count; i++) {
            double v = p->share[s * p->count + i];
            if (!(v > 0.0 && isfinite(v))) {
                down = false;
                continue;
            }
            buffer_format(out, "%c%.1f %.1f", down ? 'L' : 'M', LEFT + pitch * ((double)i + 0.5),
                          HEIGHT - BOTTOM - fmax(0.0, log10(v) - from) * scale);
            down = true;
        }
        buffer_text(out, TEXT("\"/>"));
        for (size_t i = 0; i < p->count; i++) {
            double v = p->share[s * p->count + i];
            if (v > 0.0 && isfinite(v))
                buffer_format(out, "<circle class=\"set%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>",
                              s, LEFT + pitch * ((double)i + 0.5),
                              HEIGHT - BOTTOM - fmax(0.0, log10(v) - from) * scale);
        }
        buffer_format(
            out, "<circle class=\"set%zu\" cx=\"%zu\" cy=\"30\" r=\"4\"/><text x=\"%zu\" y=\"34\">",
            s, 8 + s * 220, 18 + s * 220);
        plot_text(out, text_of(p->sets_named[s]));
        buffer_text(out, TEXT("</text>"));
    }
    for (size_t i = 0; i < p->count; i++) {
        buffer_format(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                      LEFT + pitch * ((double)i + 0.5), HEIGHT - 10);
        plot_text(out, p->names[i]);
        buffer_text(out, TEXT("</text>"));
    }
    buffer_text(out, TEXT("</svg>"));
}
