// Curves as SVG: where points come to lie, and what is left out.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plot/curves.h"

static bool holds(const Buffer *out, const char *text) {
    Text all = buffer_view(out);
    return memmem(all.at, all.length, text, strlen(text)) != NULL;
}

static void points_lie_where_the_axes_say(void **state) {
    (void)state;
    const double x[] = {0, 5, 10}, y[] = {0, 0.5, 1};
    const PlotCurve curve = {"a <b>", 3, x, y};
    PlotCurves plot = {.title = "power",
                       .x_name = "size",
                       .y_name = "power",
                       .x_to = 10,
                       .y_to = 1,
                       .count = 1,
                       .curve = &curve};
    Buffer out;
    buffer_init(&out, 1 << 20);
    plot_curves(&out, &plot, true);
    assert_false(out.failed);
    // 58 to 470 across, 334 to 52 upwards.
    assert_true(holds(&out, "d=\"M58.0 334.0 L264.0 193.0 L470.0 52.0\""));
    assert_true(holds(&out, "a &lt;b&gt;"));
    assert_true(holds(&out, "xmlns=\"http://www.w3.org/2000/svg\""));
    assert_true(holds(&out, "prefers-color-scheme:dark"));
    buffer_done(&out);
}

static void what_is_no_number_is_left_out_and_what_is_beyond_stays_at_the_edge(void **state) {
    (void)state;
    const double x[] = {1e-3, 1e-2, 1e-1, 10}, y[] = {NAN, -3, 0.5, 7};
    const PlotCurve curve = {"c", 4, x, y};
    PlotCurves plot = {.title = "t",
                       .x_name = "x",
                       .y_name = "y",
                       .x_from = 1e-3,
                       .x_to = 1,
                       .y_to = 1,
                       .logarithmic = true,
                       .count = 1,
                       .curve = &curve};
    Buffer out;
    buffer_init(&out, 1 << 20);
    plot_curves(&out, &plot, false);
    assert_true(holds(&out, "d=\"M195.3 334.0 L332.7 193.0 L470.0 52.0\""));
    assert_false(holds(&out, "nan"));
    assert_false(holds(&out, "<style>"));
    // One tick a decade.
    assert_true(holds(&out, ">0.001<") && holds(&out, ">0.01<") && holds(&out, ">0.1<"));
    buffer_done(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_lie_where_the_axes_say),
        cmocka_unit_test(what_is_no_number_is_left_out_and_what_is_beyond_stays_at_the_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
