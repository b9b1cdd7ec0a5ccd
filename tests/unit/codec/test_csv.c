#include "codec/csv.h"
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static Arena arena;
static CsvReader csv;
static Status status;

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 1 << 20);
    status_clear(&status);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static void assert_field(uint32_t column, const char *wanted) {
    if (!text_equal(csv.fields[column], text_of(wanted))) {
        fail_msg("\"%.*s\", not \"%s\"", TEXT_ARG(csv.fields[column]), wanted);
    }
}

static void quotes_breaks_and_separators_stay_in_their_field(void **state) {
    (void)state;
    csv_init(&csv, TEXT("\xEF\xBB\xBFid,name\r\n1,\"a,\"\"b\"\"\nc\"\n\"\", \n\r\n"), &arena);
    assert_true(csv_header(&csv, &status));
    uint32_t column;
    assert_true(csv_column(&csv, "name", &column, &status));
    assert_int_equal(column, 1);
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_field(0, "1");
    assert_field(1, "a,\"b\"\nc");
    assert_int_equal(csv.line, 2);
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_field(0, "");
    assert_field(1, " ");
    assert_int_equal(csv.row, 3);
    assert_int_equal(csv.line, 4);
    assert_int_equal(csv_next(&csv, &status), CSV_END);
}

static void loose_tables_are_read_as_people_leave_them(void **state) {
    (void)state;
    csv_init(&csv, TEXT("title\n\n,,\r\na,b\n1,2,,\n\n\n3\n4,5,,6\n"), &arena);
    csv.loose = true;
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_true(csv.width == 1 && csv.row == 1);
    csv.width = 0;
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_true(csv.width == 2 && csv.row == 4 && csv.line == 4);
    csv_headings(&csv, csv.fields, 2);
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_field(1, "2");
    assert_true(csv.stray == UINT32_MAX);
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_field(0, "3");
    assert_field(1, "");
    assert_int_equal(csv.row, 8);
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_int_equal(csv.stray, 3);
    assert_int_equal(csv_next(&csv, &status), CSV_END);
}

static void assert_refused(const char *text, const char *message, const char *where) {
    csv_init(&csv, text_of(text), &arena);
    CsvNext next = csv_header(&csv, &status) ? CSV_ROW : CSV_FAILED;
    while (next == CSV_ROW)
        next = csv_next(&csv, &status);
    assert_int_equal(next, CSV_FAILED);
    if (!strstr(status.message, message)) fail_msg("%s: %s", text, status.message);
    if (!strstr(status.where, where)) fail_msg("%s: %s", text, status.where);
    assert_true(status.hint[0] != 0);
}

static void what_is_not_a_table_is_refused_with_its_place(void **state) {
    (void)state;
    assert_refused("a,b\n1\n", "1 fields, the first has 2", "row 2, column 2 \"b\", line 2");
    assert_refused("a,b\n1,2,3\n", "3 fields", "row 2, column 3, line 2");
    assert_refused("a,b\n1,x\"y\n", "not quoted", "column 2 \"b\"");
    assert_refused("a,b\n1,\"x\"y\n", "behind a closing quote", "row 2");
    assert_refused("a,b\n\"1\n2\",3\n1,\"x\n", "no closing quote", "row 3, column 2 \"b\", line 4");
    assert_refused("a,a\n", "two columns", "column 2");
    assert_refused("a,\n", "no name", "column 2");
    assert_refused("", "empty", "");
    assert_refused("a\n\xFF\n", "UTF-8", "row 2");
    assert_refused("a,b\r1,2\r", "control character", "row 1");
    assert_refused("a,b\n\n1,2\n", "blank line", "row 2");
    uint32_t column;
    csv_init(&csv, TEXT("a,b\n"), &arena);
    assert_true(csv_header(&csv, &status));
    assert_false(csv_column(&csv, "net", &column, &status));
    assert_string_equal(status.hint, "it has: a, b");
}

static void limits_hold(void **state) {
    (void)state;
    char text[600];
    memset(text, ',', 300);
    text[300] = 0;
    csv_init(&csv, text_of(text), &arena);
    assert_int_equal(csv_next(&csv, &status), CSV_FAILED);
    assert_int_equal(status.code, STATUS_LIMIT);
}

static void what_is_written_reads_back_and_is_no_formula(void **state) {
    (void)state;
    Buffer out;
    buffer_init(&out, 4096);
    CsvWriter writer = csv_writer(&out);
    csv_words(&writer, "=1+1");
    csv_words(&writer, "a \"b\", c");
    csv_number(&writer, "-1.5");
    csv_words(&writer, "");
    csv_row_end(&writer);
    csv_words(&writer, "@x");
    csv_words(&writer, "plain");
    csv_words(&writer, "two\nlines");
    csv_words(&writer, "\tx");
    csv_row_end(&writer);
    assert_true(text_equal(buffer_view(&out), TEXT("\"'=1+1\",\"a \"\"b\"\", c\",-1.5,\"\"\r\n"
                                                   "\"'@x\",plain,\"two\nlines\",\"'\tx\"\r\n")));
    csv_init(&csv, buffer_view(&out), &arena);
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_field(1, "a \"b\", c");
    assert_field(2, "-1.5");
    assert_int_equal(csv_next(&csv, &status), CSV_ROW);
    assert_field(2, "two\nlines");
    assert_int_equal(csv_next(&csv, &status), CSV_END);
    buffer_done(&out);
}

static void every_table_of_the_reference_data_reads(void **state) {
    (void)state;
    glob_t found;
    assert_int_equal(glob("data/reference/*.csv", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "rb");
        assert_non_null(file);
        static char text[1 << 20];
        size_t length = fread(text, 1, sizeof text, file);
        fclose(file);
        csv_init(&csv, (Text){text, length}, &arena);
        CsvNext next = csv_header(&csv, &status) ? CSV_ROW : CSV_FAILED;
        while (next == CSV_ROW)
            next = csv_next(&csv, &status);
        if (next == CSV_FAILED)
            fail_msg("%s: %s, %s", found.gl_pathv[i], status.message, status.where);
        assert_true(csv.row > 2);
    }
    assert_true(found.gl_pathc >= 9);
    globfree(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(quotes_breaks_and_separators_stay_in_their_field, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(loose_tables_are_read_as_people_leave_them, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_table_is_refused_with_its_place, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_table_of_the_reference_data_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_written_reads_back_and_is_no_formula, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
