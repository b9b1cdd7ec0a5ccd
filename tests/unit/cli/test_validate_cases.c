// The runner of cases, and the balance cases themselves.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/validate_cases.h"

typedef struct Lines {
    char text[32768];
    size_t length;
} Lines;

static void keep(void *context, const char *line) {
    Lines *lines = context;
    int wrote =
        snprintf(lines->text + lines->length, sizeof lines->text - lines->length, "%s\n", line);
    assert_true(wrote > 0 && (size_t)wrote < sizeof lines->text - lines->length);
    lines->length += (size_t)wrote;
}

// Runs one case written as text and gives its lines.
static ValidateTotals run_text(const char *json, Lines *lines) {
    char path[] = "/tmp/ytterby_case_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, json, strlen(json)), (ssize_t)strlen(json));
    close(file);
    const char *paths[] = {path};
    ValidateTotals totals;
    Status status;
    memset(lines, 0, sizeof *lines);
    bool ok = validate_paths(paths, 1, false, keep, lines, &totals, &status);
    unlink(path);
    assert_true(ok);
    return totals;
}

static void every_balance_case_in_the_tree_agrees(void **state) {
    (void)state;
    const char *paths[] = {"tests/data/balance_cases"};
    ValidateTotals totals;
    Status status;
    static Lines lines;
    memset(&lines, 0, sizeof lines);
    assert_true(validate_paths(paths, 1, false, keep, &lines, &totals, &status));
    if (totals.failed) print_message("%s", lines.text);
    assert_int_equal(totals.failed, 0);
    assert_true(totals.cases >= 10);
    assert_non_null(strstr(lines.text, "ok muf_single_neodymium "));
    assert_non_null(strstr(lines.text, "ok muf_revised_missing_stocktake "));
    assert_non_null(strstr(lines.text, " cases, 0 failed\n"));
}

#define PAGE_CASE(rest)                                                                            \
    "{\"id\":\"p\",\"kind\":\"page_threshold\",\"input\":{},\"expected\":[{\"k\":0.5,"             \
    "\"periods\":12,\"false_alarm_probability\":0.05," rest "}],\"tolerance\":{\"rel\":1e-6}}"

static void a_wrong_number_fails_and_both_values_are_named(void **state) {
    (void)state;
    static Lines lines;
    ValidateTotals totals = run_text(PAGE_CASE("\"h\":3.3746"), &lines);
    assert_int_equal(totals.failed, 1);
    assert_non_null(strstr(lines.text, "FAIL p "));
    assert_non_null(strstr(lines.text, "/expected/0/h: 3.3745214"));
    assert_non_null(strstr(lines.text, "instead of 3.3746"));
    assert_non_null(strstr(lines.text, "1 cases, 1 failed\n"));
    assert_int_equal(run_text(PAGE_CASE("\"h\":3.374521403"), &lines).failed, 0);
}

static void an_expected_value_that_nothing_computes_fails(void **state) {
    (void)state;
    static Lines lines;
    ValidateTotals totals = run_text(PAGE_CASE("\"h\":3.374521403,\"moon\":1"), &lines);
    assert_int_equal(totals.failed, 1);
    assert_non_null(strstr(lines.text, "/expected/0/moon: expected, but not computed"));
}

static void an_unknown_kind_fails_by_name(void **state) {
    (void)state;
    static Lines lines;
    ValidateTotals totals =
        run_text("{\"id\":\"x\",\"kind\":\"astrology\",\"input\":{},\"expected\":{}}", &lines);
    assert_int_equal(totals.failed, 1);
    assert_non_null(strstr(lines.text, "FAIL x -: kind \"astrology\" is not served"));
}

static void what_is_no_json_fails_with_its_place(void **state) {
    (void)state;
    static Lines lines;
    assert_int_equal(run_text("{\"id\":\"x\",}", &lines).failed, 1);
    assert_non_null(strstr(lines.text, "line 1"));
    assert_int_equal(run_text("", &lines).failed, 1);
    assert_int_equal(run_text("[]", &lines).failed, 1);
}

static void a_missing_input_is_named(void **state) {
    (void)state;
    static Lines lines;
    run_text("{\"id\":\"x\",\"kind\":\"fdr\",\"input\":{\"q\":0.05},\"expected\":{}}", &lines);
    assert_non_null(strstr(lines.text, "member \"p\" is missing"));
    run_text("{\"id\":\"x\",\"kind\":\"fdr\",\"input\":{\"p\":[2],\"q\":0.05},\"expected\":{}}",
             &lines);
    assert_non_null(strstr(lines.text, "p-value 1, \"2\", is not between 0 and 1"));
}

// Two months with exact values only: nothing to test, unless they do not close.
#define EXACT_CASE(last, sitmuf)                                                                   \
    "{\"id\":\"e\",\"kind\":\"muf_sequence\",\"input\":{\"periods\":2,\"receipts\":[1,1],"         \
    "\"shipments\":[1,1],\"inventories\":[5,5," last "],\"page_k\":0.5,\"alpha\":0.05,"            \
    "\"rel_sd_random\":{\"receipts\":0,\"shipments\":0,\"inventories\":0},"                        \
    "\"rel_sd_systematic\":{\"receipts\":0,\"shipments\":0,\"inventories\":0}},"                   \
    "\"expected\":{\"muf\":[0,0],\"sitmuf\":[" sitmuf "]}}"

static void exact_values_give_null_and_never_a_division_by_zero(void **state) {
    (void)state;
    static Lines lines;
    assert_int_equal(run_text(EXACT_CASE("5", "null,null"), &lines).failed, 0);
    assert_int_equal(run_text(EXACT_CASE("5", "0,0"), &lines).failed, 1);
    assert_int_equal(run_text(EXACT_CASE("4", "null,null"), &lines).failed, 1);
    assert_non_null(strstr(lines.text, "exact do not close in period 2, by \"1\""));
}

static void a_case_that_expects_nothing_fails(void **state) {
    (void)state;
    static Lines lines;
    static const char *const EMPTY[] = {"{}", "[]", "null", "{\"reconciled\":{}}"};
    for (size_t i = 0; i < sizeof EMPTY / sizeof *EMPTY; i++) {
        char json[400];
        snprintf(json, sizeof json,
                 "{\"id\":\"n\",\"kind\":\"linear_dr\",\"input\":{\"nodes\":1,\"streams\":["
                 "{\"id\":\"a\",\"from\":null,\"to\":1,\"measured\":1,\"sd\":1}]},"
                 "\"expected\":%s}",
                 EMPTY[i]);
        assert_int_equal(run_text(json, &lines).failed, 1);
        assert_non_null(strstr(lines.text, "/expected: nothing is expected"));
    }
}

// One node; `a` enters, the other leaves.
#define PAIR_CASE(a, b)                                                                            \
    "{\"id\":\"n\",\"kind\":\"linear_dr\",\"input\":{\"nodes\":1,\"streams\":[{\"id\":\"a\","      \
    "\"from\":null,\"to\":1," a "},{\"from\":1,\"to\":null," b "}]},\"expected\":{\"df\":1}}"

static void streams_say_who_they_are_and_how_sure(void **state) {
    (void)state;
    static Lines lines;
    assert_int_equal(
        run_text(PAIR_CASE("\"measured\":5,\"sd\":1", "\"id\":\"b\",\"measured\":5,\"sd\":0"),
                 &lines)
            .failed,
        0);
    assert_int_equal(
        run_text(PAIR_CASE("\"measured\":5,\"sd\":1", "\"id\":\"b\",\"measured\":5"), &lines)
            .failed,
        1);
    assert_non_null(strstr(lines.text, "stream \"b\" is measured, and has no \"sd\""));
    assert_int_equal(
        run_text(PAIR_CASE("\"measured\":5,\"sd\":1", "\"id\":\"a\",\"measured\":5,\"sd\":1"),
                 &lines)
            .failed,
        1);
    assert_non_null(strstr(lines.text, "two streams are called \"a\""));
}

// Never a number that is none: what no double can square is refused by name.
static void what_is_out_of_reach_is_named(void **state) {
    (void)state;
    static Lines lines;
    static const char *const LINEAR[] = {"5,\"sd\":1e155", "5,\"sd\":1e308", "5,\"sd\":1e-200",
                                         "1e101,\"sd\":1", "-1e308,\"sd\":0"};
    for (size_t i = 0; i < 5; i++) {
        char json[600];
        snprintf(json, sizeof json,
                 PAIR_CASE("\"measured\":5,\"sd\":1", "\"id\":\"road\",\"measured\":%s"),
                 LINEAR[i]);
        assert_int_equal(run_text(json, &lines).failed, 1);
        assert_non_null(strstr(lines.text, "\"road\""));
        assert_non_null(strstr(lines.text, "1e75"));
        assert_null(strstr(lines.text, "inf"));
        assert_null(strstr(lines.text, "nan"));
        static const char *const KINDS[] = {
            "\"kind\":\"nonlinear_dr\",\"input\":{\"start\":[1],\"constraints\":[\"road = 1\"],",
            "\"kind\":\"bilinear_dr\",\"input\":{\"nodes\":1,\"streams\":[],\"components\":[],"
            "\"constraints\":\"\","};
        for (size_t k = 0; k < 2; k++) {
            snprintf(json, sizeof json,
                     "{\"id\":\"n\",%s\"variables\":[{\"name\":\"road\",\"measured\":%s}]},"
                     "\"expected\":{\"df\":1}}",
                     KINDS[k], LINEAR[i]);
            assert_int_equal(run_text(json, &lines).failed, 1);
            assert_non_null(strstr(lines.text, "variable \"road\""));
            assert_non_null(strstr(lines.text, "1e75"));
        }
    }
}

static void a_folder_without_cases_is_an_error(void **state) {
    (void)state;
    char path[] = "/tmp/ytterby_cases_XXXXXX";
    assert_non_null(mkdtemp(path));
    const char *paths[] = {path};
    ValidateTotals totals;
    Status status;
    static Lines lines;
    memset(&lines, 0, sizeof lines);
    status_clear(&status);
    assert_false(validate_paths(paths, 1, false, keep, &lines, &totals, &status));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    assert_non_null(strstr(status.message, "no case in"));
}

static void a_path_that_is_not_there_is_an_error(void **state) {
    (void)state;
    const char *paths[] = {"tests/data/no_such_folder"};
    ValidateTotals totals;
    Status status;
    static Lines lines;
    assert_false(validate_paths(paths, 1, false, keep, &lines, &totals, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_balance_case_in_the_tree_agrees),
        cmocka_unit_test(a_wrong_number_fails_and_both_values_are_named),
        cmocka_unit_test(an_expected_value_that_nothing_computes_fails),
        cmocka_unit_test(an_unknown_kind_fails_by_name),
        cmocka_unit_test(what_is_no_json_fails_with_its_place),
        cmocka_unit_test(a_missing_input_is_named),
        cmocka_unit_test(exact_values_give_null_and_never_a_division_by_zero),
        cmocka_unit_test(a_case_that_expects_nothing_fails),
        cmocka_unit_test(streams_say_who_they_are_and_how_sure),
        cmocka_unit_test(what_is_out_of_reach_is_named),
        cmocka_unit_test(a_folder_without_cases_is_an_error),
        cmocka_unit_test(a_path_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
