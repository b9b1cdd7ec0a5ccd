#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/calendar.h"

static bool leap(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static void every_day_from_1970_to_9999_follows_the_one_before(void **state) {
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    Day expected = 0;
    for (int year = 1970; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && leap(year));
            Month number = (Month)(year * 12 + month - 1);
            assert_int_equal(month_first_day(number), expected);
            for (int day = 1; day <= length; day++, expected++) {
                int y, m, d;
                day_split(expected, &y, &m, &d);
                assert_true(y == year && m == month && d == day);
                assert_int_equal(day_of(year, month, day), expected);
                assert_int_equal(month_of_day(expected), number);
            }
            assert_int_equal(month_last_day(number), expected - 1);
            assert_int_equal(month_year(number), year);
        }
    }
    assert_int_equal(month_of_day(0), 23640);
    int y, m, d;
    day_split(-1, &y, &m, &d);
    assert_true(y == 1969 && m == 12 && d == 31);
    assert_int_equal(day_of(0, 3, 1), -719468); // Hinnant's own origin
    day_split(-719469, &y, &m, &d);
    assert_true(y == 0 && m == 2 && d == 29);
}

static void every_written_day_is_read_and_no_other(void **state) {
    (void)state;
    char text[DAY_TEXT_MAX];
    Day day = 7;
    for (Day expected = 0; expected <= day_of(9999, 12, 31); expected += 13) {
        assert_true(day_read(text_of(day_print(expected, text)), &day));
        assert_int_equal(day, expected);
    }
    assert_string_equal(day_print(0, text), "1970-01-01");
    assert_string_equal(day_print(19782, text), "2024-02-29");
    assert_true(day_read(TEXT("2000-02-29"), &day));
    day = 7;
    static const char *const wrong[] = {"2023-02-29", "1900-01-01",  "1969-12-31", "2024-13-01",
                                        "2024-00-10", "2024-04-31",  "2024-01-00", "2024-1-01",
                                        "24-01-01",   "2024-01-01 ", "2024/01/01", "",
                                        "2100-02-29", "2024-01-0x",  "+024-01-01", "2024-01-01T"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(day_read(text_of(wrong[i]), &day));
        assert_int_equal(day, 7);
    }
}

static void month_is_read_as_it_prints(void **state) {
    (void)state;
    char text[MONTH_TEXT_MAX];
    Month month;
    for (Month expected = 1970 * 12; expected < 10000 * 12; expected++) {
        assert_true(month_read(text_of(month_print(expected, text)), &month));
        assert_int_equal(month, expected);
    }
    assert_string_equal(text, "9999-12");
    assert_false(month_read(TEXT("2024-13"), &month));
    assert_false(month_read(TEXT("2024-00"), &month));
    assert_false(month_read(TEXT("2024-01-01"), &month));
    assert_false(month_read(TEXT("1969-12"), &month));
}

static const struct {
    const char *text, *printed;
    Instant instant;
} instants[] = {
    {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000001Z", 1},
    {"2024-02-29T23:59:59.5+08:00", "2024-02-29T15:59:59.5Z", 1709222399500000},
    {"2024-01-01T00:00:00-00:00", "2024-01-01T00:00:00Z", 1704067200000000},
    {"2024-01-01T00:00:00.120000-14:00", "2024-01-01T14:00:00.12Z", 1704117600120000},
    {"2001-09-09T01:46:40Z", "2001-09-09T01:46:40Z", 1000000000000000},
    {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z", INSTANT_MAX},
};

static void instants_are_read_and_print_shortest(void **state) {
    (void)state;
    char text[INSTANT_TEXT_MAX];
    Instant instant;
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        assert_true(instant_read(text_of(instants[i].text), &instant));
        assert_true(instant == instants[i].instant);
        assert_string_equal(instant_print(instant, text), instants[i].printed);
        assert_true(instant_read(text_of(text), &instant));
        assert_true(instant == instants[i].instant);
    }
    assert_string_equal(instant_print(-1, text), "1969-12-31T23:59:59.999999Z");
    assert_true(strlen(instant_print(INT64_MIN, text)) < INSTANT_TEXT_MAX);
    assert_true(strlen(instant_print(INT64_MAX, text)) < INSTANT_TEXT_MAX);
    assert_string_equal(text, "294247-01-10T04:00:54.775807Z");
}

static void instants_of_another_form_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"2024-01-01T00:00:00",
                                        "2024-01-01t00:00:00Z",
                                        "2024-01-01T00:00:00z",
                                        "2024-01-01 00:00:00Z",
                                        "2024-01-01T24:00:00Z",
                                        "2024-01-01T23:60:00Z",
                                        "2016-12-31T23:59:60Z",
                                        "2024-01-01T00:00:00.Z",
                                        "2024-01-01T00:00:00.1234567Z",
                                        "2024-01-01T00:00:00,5Z",
                                        "2024-01-01T00:00Z",
                                        "2024-01-01T00:00:00+0800",
                                        "2024-01-01T00:00:00+8:00",
                                        "2024-01-01T00:00:00+14:01",
                                        "2024-01-01T00:00:00+00:60",
                                        "2024-01-01T00:00:00Z ",
                                        " 2024-01-01T00:00:00Z",
                                        "2023-02-29T00:00:00Z",
                                        "1969-12-31T23:59:59-01:00",
                                        "1970-01-01T00:00:00+00:01",
                                        "9999-12-31T23:59:59-00:01",
                                        "2024-01-01T00:00:00+08:00:00",
                                        "",
                                        "2024-01-01"};
    Instant instant = 5;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(instant_read(text_of(wrong[i]), &instant));
        assert_true(instant == 5);
    }
}

static void civil_date_is_that_of_the_place(void **state) {
    (void)state;
    Instant instant;
    assert_true(instant_read(TEXT("2024-12-31T16:00:00Z"), &instant));
    assert_int_equal(instant_day(instant, 8 * 60), day_of(2025, 1, 1));
    assert_int_equal(instant_day(instant - 1, 8 * 60), day_of(2024, 12, 31));
    assert_int_equal(instant_day(instant, 0), day_of(2024, 12, 31));
    assert_int_equal(instant_day(0, -1), -1);
    assert_int_equal(instant_day(INT64_MAX, OFFSET_MINUTES_MAX), 106751991); // 18:00:54 that day
    assert_int_equal(instant_day(-1, 0), -1);
}

static void offsets_are_read_and_printed(void **state) {
    (void)state;
    char text[OFFSET_TEXT_MAX];
    int minutes;
    for (int expected = -OFFSET_MINUTES_MAX; expected <= OFFSET_MINUTES_MAX; expected++) {
        assert_true(offset_read(text_of(offset_print(expected, text)), &minutes));
        assert_int_equal(minutes, expected);
    }
    assert_string_equal(text, "+14:00");
    assert_string_equal(offset_print(-210, text), "-03:30");
    assert_true(offset_read(TEXT("Z"), &minutes) && minutes == 0);
    assert_false(offset_read(TEXT("+14:01"), &minutes));
    assert_false(offset_read(TEXT("08:00"), &minutes));
    assert_false(offset_read(TEXT("+08"), &minutes));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_from_1970_to_9999_follows_the_one_before),
        cmocka_unit_test(every_written_day_is_read_and_no_other),
        cmocka_unit_test(month_is_read_as_it_prints),
        cmocka_unit_test(instants_are_read_and_print_shortest),
        cmocka_unit_test(instants_of_another_form_are_refused),
        cmocka_unit_test(civil_date_is_that_of_the_place),
        cmocka_unit_test(offsets_are_read_and_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
