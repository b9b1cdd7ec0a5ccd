// Figures are well-formed, place what they say where they say it, and draw nothing that is no
// number.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plot/plot.h"

static Buffer out;

static int start(void **state) {
    (void)state;
    buffer_init(&out, (size_t)1 << 20);
    return 0;
}

static int end(void **state) {
    (void)state;
    buffer_done(&out);
    return 0;
}

// The figure so far, ended by a zero.
static const char *drawn(void) {
    buffer_char(&out, '\0');
    assert_false(out.failed);
    return buffer_view(&out).at;
}

// Every tag is closed in its order, every attribute is quoted, and no mark stands bare.
static void is_well_formed(const char *xml) {
    char open[32][16];
    size_t depth = 0;
    for (const char *p = xml; *p; p++) {
        if (*p == '&') {
            bool known = !strncmp(p, "&lt;", 4) || !strncmp(p, "&gt;", 4) ||
                         !strncmp(p, "&amp;", 5) || !strncmp(p, "&quot;", 6);
            if (!known) fail_msg("a bare & at %.30s", p);
        }
        if (*p != '<') continue;
        bool closes = p[1] == '/';
        const char *name = p + 1 + closes, *stop = name + strcspn(name, " />");
        size_t length = (size_t)(stop - name), quotes = 0;
        assert_in_range(length, 1, 15);
        for (; *p && (*p != '>' || quotes % 2); p++) {
            quotes += *p == '"';
            if (*p == '<' && quotes % 2) fail_msg("< inside an attribute");
        }
        assert_int_equal(*p, '>');
        assert_int_equal(quotes % 2, 0);
        if (closes) {
            assert_true(depth > 0);
            depth--;
            if (strlen(open[depth]) != length || strncmp(open[depth], name, length))
                fail_msg("</%.*s> closes <%s>", (int)length, name, open[depth]);
        } else if (p[-1] != '/') {
            assert_true(depth < 32);
            snprintf(open[depth++], sizeof *open, "%.*s", (int)length, name);
        }
    }
    assert_int_equal(depth, 0);
    assert_null(strstr(xml, "nan"));
    assert_null(strstr(xml, "inf"));
}

static size_t times(const char *xml, const char *what) {
    size_t n = 0;
    for (const char *p = xml; (p = strstr(p, what)) != NULL; p++)
        n++;
    return n;
}

// The number after `attribute` in the `which`-th element that begins so.
static double attribute(const char *xml, const char *element, int which, const char *name) {
    const char *p = xml;
    for (int i = 0; i <= which; i++) {
        p = strstr(p + (i > 0), element);
        if (!p) fail_msg("no %s number %d", element, which);
    }
    char wanted[32];
    snprintf(wanted, sizeof wanted, " %s=\"", name);
    const char *end_of = strchr(p, '>'), *at = strstr(p, wanted);
    assert_true(at && end_of && at < end_of);
    return strtod(at + strlen(wanted), NULL);
}

static const Text months[] = {{"26-01", 5}, {"26-02", 5}, {"26-03", 5}};

static void a_sequence_shows_its_months_against_their_limits(void **state) {
    (void)state;
    const double value[] = {10, -20, 40}, sigma[] = {5, 5, 10};
    const bool marked[] = {false, false, true};
    plot_sequence(
        &out, &(PlotSequence){"Nd at <A & \"B\">", "kg", 3, value, sigma, 3, marked, months}, true);
    const char *xml = drawn();
    is_well_formed(xml);
    assert_non_null(strstr(xml, "Nd at &lt;A &amp; &quot;B&quot;&gt;"));
    assert_int_equal(times(xml, "<rect class=\"outer\""), 3);
    assert_int_equal(times(xml, "class=\"gap dot\""), 1);
    // Heights go as the values do: 10 up, 20 down, 40 up from the same middle.
    double middle = attribute(xml, "stem\"", 0, "y1"),
           a = middle - attribute(xml, "stem\"", 0, "y2"),
           b = middle - attribute(xml, "stem\"", 1, "y2"),
           c = middle - attribute(xml, "stem\"", 2, "y2");
    assert_true(a > 0 && fabs(b + 2 * a) < 0.3 && fabs(c - 4 * a) < 0.5);
    // The alarm band of the third month is twice as high as that of the first.
    double first = attribute(xml, "class=\"outer\"", 0, "height"),
           third = attribute(xml, "class=\"outer\"", 2, "height");
    assert_true(fabs(third - 2 * first) < 0.2 && fabs(first - 2 * 3 * 5 * a / 10) < 0.5);
}

static void what_is_no_number_is_left_out(void **state) {
    (void)state;
    const double value[] = {NAN, 5, INFINITY}, sigma[] = {1, INFINITY, NAN};
    plot_sequence(&out, &(PlotSequence){"t", "kg", 3, value, sigma, 3, NULL, months}, false);
    plot_range(&out, NAN, -INFINITY, INFINITY, 10, "t");
    const char *const named[] = {"a"};
    const double share[] = {NAN, 0, 0.5};
    plot_pattern(&out, &(PlotPattern){"t", 3, 1, months, named, share}, false);
    const char *xml = drawn();
    is_well_formed(xml);
    assert_int_equal(times(xml, "class=\"stem\""), 1);
    assert_int_equal(times(xml, "r=\"2.5\""), 1);
}

static void empty_figures_are_figures(void **state) {
    (void)state;
    plot_sequence(&out, &(PlotSequence){"t", "kg", 0, NULL, NULL, 3, NULL, NULL}, true);
    plot_pattern(&out, &(PlotPattern){"t", 0, 0, NULL, NULL, NULL}, true);
    plot_range(&out, 0, 0, 0, 0, "t");
    is_well_formed(drawn());
}

static void a_range_holds_its_value(void **state) {
    (void)state;
    plot_range(&out, 50, 25, 75, 100, "size");
    const char *xml = drawn();
    is_well_formed(xml);
    double whole = 2 * (attribute(xml, "class=\"bar\"", 0, "width"));
    double low = attribute(xml, "class=\"whisker\"", 0, "x1"),
           high = attribute(xml, "class=\"whisker\"", 0, "x2");
    assert_true(fabs(low - 1 - whole / 4) < 0.2 && fabs(high - 1 - 3 * whole / 4) < 0.2);
}

static void a_pattern_is_logarithmic(void **state) {
    (void)state;
    const char *const named[] = {"lot", "ore"};
    const Text names[] = {{"La", 2}, {"Ce", 2}, {"Pr", 2}};
    const double share[] = {0.9, 0.09, 0.009, 0.5, 0, 0.5};
    plot_pattern(&out, &(PlotPattern){"pattern", 3, 2, names, named, share}, false);
    const char *xml = drawn();
    is_well_formed(xml);
    double y0 = attribute(xml, "<circle class=\"set0\"", 0, "cy"),
           y1 = attribute(xml, "<circle class=\"set0\"", 1, "cy"),
           y2 = attribute(xml, "<circle class=\"set0\"", 2, "cy");
    assert_true(y1 > y0 && fabs((y1 - y0) - (y2 - y1)) < 0.2);
    // An element that is not there breaks the line.
    const char *second = strstr(xml, "<path class=\"line set1\"");
    assert_non_null(second);
    const char *path = strstr(second, "d=\"");
    assert_int_equal(path[3], 'M');
    const char *shut = strchr(path + 3, '"');
    size_t moves = 0, lines = 0;
    for (const char *p = path + 3; p < shut; p++) {
        moves += *p == 'M';
        lines += *p == 'L';
    }
    assert_int_equal(moves, 2);
    assert_int_equal(lines, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_sequence_shows_its_months_against_their_limits),
        TEST(what_is_no_number_is_left_out),
        TEST(empty_figures_are_figures),
        TEST(a_range_holds_its_value),
        TEST(a_pattern_is_logarithmic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
