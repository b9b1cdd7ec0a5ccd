// Tables, bars and figures, said three ways.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trial/report.h"

static Arena arena;
static TrialReport report;
static Buffer out;

static int start(void **state) {
    (void)state;
    arena_init(&arena, 1 << 20);
    buffer_init(&out, 1 << 20);
    report_init(&report, &arena);
    report_table(&report, "Power", "size|found", "of ten");
    report_row(&report, "%g|%d of %d", 0.5, 3, 10);
    report_row(&report, "10|\xE2\x89\xA5 9");
    report_bar(&report, "N7", "scan", ">= 90 %", BAR_MISSED, "%.1f %%", 57.1);
    report_bar(&report, "N9", "ore", "told", BAR_TOLD, "few");
    static const double x[] = {0, 1};
    static const PlotCurve curve = {"c", 2, x, x};
    PlotCurves plot = {.title = "A figure",
                       .x_name = "x",
                       .y_name = "y",
                       .x_to = 1,
                       .y_to = 1,
                       .count = 1,
                       .curve = &curve};
    report_figure(&report, "a.svg", &plot);
    return report.failed;
}

static int stop(void **state) {
    (void)state;
    buffer_done(&out);
    arena_done(&arena);
    return 0;
}

static void assert_out(const char *expected) {
    buffer_char(&out, '\0');
    assert_string_equal((const char *)out.bytes, expected);
}

static void text_has_columns(void **state) {
    (void)state;
    report_text(&report, &out);
    assert_out("Power\n  size  found\n  0.5   3 of 10\n  10    \xE2\x89\xA5 9\n  of ten\n\n"
               "N7  not reached scan: 57.1 % (wanted: >= 90 %)\n"
               "N9  -           ore: few (wanted: told)\n");
}

static void markdown_says_what_was_not_reached(void **state) {
    (void)state;
    report_markdown(&report, "images", &out);
    assert_out("### The bars\n\n| bar | what | wanted | found |  |\n| --- | --- | --- | --- | --- "
               "|\n| N7 | scan | >= 90 % | 57.1 % | **not reached** |\n"
               "| N9 | ore | told | few | - |\n\n![A figure](images/a.svg)\n\n### Power\n\nof "
               "ten\n\n| size | found |\n| --- | --- |\n| 0.5 | 3 of 10 |\n| 10 | \xE2\x89\xA5 9 "
               "|\n");
}

static void json_has_the_same(void **state) {
    (void)state;
    report_json(&report, &out);
    assert_out("{\"bars\":[{\"bar\":\"N7\",\"what\":\"scan\",\"wanted\":\">= 90 "
               "%\",\"found\":\"57.1 %\",\"reached\":false},{\"bar\":\"N9\",\"what\":\"ore\","
               "\"wanted\":\"told\",\"found\":\"few\",\"reached\":null}],\"tables\":[{\"title\":"
               "\"Power\",\"note\":\"of ten\",\"columns\":[\"size\",\"found\"],\"rows\":[[\"0.5\","
               "\"3 of 10\"],[\"10\",\"\xE2\x89\xA5 9\"]]}]}\n");
}

static void want_of_memory_is_kept(void **state) {
    (void)state;
    Arena small;
    TrialReport poor;
    arena_init(&small, 64);
    report_init(&poor, &small);
    report_table(&poor, "t", "a", NULL);
    for (int i = 0; i < 100; i++)
        report_row(&poor, "%d", i);
    assert_true(poor.failed);
    arena_done(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_has_columns, start, stop),
        cmocka_unit_test_setup_teardown(markdown_says_what_was_not_reached, start, stop),
        cmocka_unit_test_setup_teardown(json_has_the_same, start, stop),
        cmocka_unit_test(want_of_memory_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
