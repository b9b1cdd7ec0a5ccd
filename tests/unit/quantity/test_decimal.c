#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quantity/decimal.h"

static const struct {
    const char *kilograms, *printed;
    int64_t mg;
} masses[] = {
    {"0", "0", 0},
    {"0.000001", "0.000001", 1},
    {"1", "1", 1000000},
    {"1250.5", "1250.5", 1250500000},
    {"1250.500000", "1250.5", 1250500000},
    {"0.10", "0.1", 100000},
    {"10", "10", 10000000},
    {"999999999999.999999", "999999999999.999999", MASS_LIMIT_MG - 1},
};

static void kilograms_become_milligrams_exactly(void **state) {
    (void)state;
    Status status;
    Mass mass;
    char text[DECIMAL_TEXT_MAX];
    for (size_t i = 0; i < sizeof masses / sizeof *masses; i++) {
        assert_true(mass_read(text_of(masses[i].kilograms), &mass, &status));
        assert_true(mass.mg == masses[i].mg);
        assert_string_equal(mass_print(mass, text), masses[i].printed);
    }
}

static void what_is_not_in_the_grammar_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",          " ",         "1 ",
                                        " 1",        "+1",        "-1",
                                        "-0",        "01",        "00",
                                        "00.5",      ".5",        "1.",
                                        "1e3",       "1E3",       "1,5",
                                        "1.2.3",     "0x10",      "NaN",
                                        "inf",       "1_000",     "1.5kg",
                                        "１",        "1.+5",      "1..5",
                                        "1.5000000", "1.0000000", "1000000000000",
                                        "1.12345678"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Status status;
        Mass mass = {-7};
        status_clear(&status);
        assert_false(mass_read(text_of(wrong[i]), &mass, &status));
        assert_int_equal(status.code, STATUS_INVALID);
        assert_true(mass.mg == -7);
        assert_true(strlen(status.message) > 0 && strlen(status.hint) > 0);
    }
    Mass mass;
    assert_false(mass_read((Text){"1\0", 2}, &mass, NULL));
    assert_false(mass_read((Text){NULL, 0}, &mass, NULL));
}

static void refusals_say_what_is_wrong_and_what_would_be_right(void **state) {
    (void)state;
    Status status;
    Mass mass;
    Fraction fraction;
    uint32_t micro;
    int64_t value;
    assert_false(mass_read(TEXT("1e3"), &mass, &status));
    assert_string_equal(status.message, "\"1e3\" is not a mass in kilograms");
    assert_string_equal(status.hint, "digits, at most six after the point, for example 1250.5");
    assert_false(mass_read(TEXT("0.0000001"), &mass, &status));
    assert_string_equal(status.message, "\"0.0000001\" is too fine for a mass in kilograms");
    assert_string_equal(status.hint, "at most six digits after the point, for example 1250.5");
    assert_false(mass_read(TEXT("1234567890123"), &mass, &status));
    assert_string_equal(status.message, "\"1234567890123\" is too large for a mass in kilograms");
    assert_string_equal(status.hint, "at most 999999999999.999999 kg");
    assert_false(mass_read(TEXT("1234567890123abc"), &mass, &status));
    assert_string_equal(status.message, "\"1234567890123abc\" is not a mass in kilograms");
    assert_false(fraction_read(TEXT("100.0000001"), &fraction, &status));
    assert_string_equal(status.hint, "at most 100 per cent");
    assert_false(micro_read(TEXT("4294.967296"), &micro, &status));
    assert_string_equal(status.hint, "at most 4294.967295");
    assert_false(decimal_read(TEXT("1.5"), 0, &value, &status));
    assert_string_equal(status.message, "\"1.5\" is not a whole number");
    assert_string_equal(status.hint, "digits alone, for example 12");
    char many[500];
    memset(many, '9', sizeof many);
    assert_false(mass_read((Text){many, sizeof many}, &mass, &status));
    assert_string_equal(status.message,
                        "\"9999999999999999999999999999999999999999...\" is too large for a "
                        "mass in kilograms");
}

static void per_cent_becomes_parts_per_billion(void **state) {
    (void)state;
    Status status;
    Fraction fraction;
    char text[DECIMAL_TEXT_MAX];
    assert_true(fraction_read(TEXT("100"), &fraction, &status));
    assert_int_equal(fraction.ppb, FRACTION_ONE_PPB);
    assert_true(fraction_read(TEXT("100.0000000"), &fraction, &status));
    assert_string_equal(fraction_print(fraction, text), "100");
    assert_true(fraction_read(TEXT("0.0000001"), &fraction, &status));
    assert_int_equal(fraction.ppb, 1);
    assert_true(fraction_read(TEXT("29.75"), &fraction, &status));
    assert_int_equal(fraction.ppb, 297500000);
    assert_string_equal(fraction_print(fraction, text), "29.75");
    uint32_t micro;
    assert_true(micro_read(TEXT("1.172770"), &micro, &status) && micro == 1172770);
    assert_true(micro_read(TEXT("4294.967295"), &micro, &status) && micro == UINT32_MAX);
    int64_t value;
    assert_true(decimal_read(TEXT("922337203685.4775807"), 7, &value, &status) &&
                value == INT64_MAX);
    assert_false(decimal_read(TEXT("922337203685.4775808"), 7, &value, &status));
    assert_true(decimal_read(TEXT("12"), 0, &value, &status) && value == 12);
}

static void numbers_come_back_from_their_shortest_text(void **state) {
    (void)state;
    Status status;
    char text[DECIMAL_TEXT_MAX];
    uint64_t seed = 7;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        int decimals = (int)(seed >> 60) % 8;
        int64_t limit = 1000000000000, back;
        for (int d = 0; d < decimals && limit < MASS_LIMIT_MG; d++)
            limit *= 10;
        int64_t value = (int64_t)(seed >> 1 >> seed % 60) % limit;
        decimal_print(value, decimals, text);
        assert_true(decimal_read(text_of(text), decimals, &back, &status));
        assert_true(back == value);
        const char *point = strchr(text, '.');
        assert_true(!point || text[strlen(text) - 1] != '0');
    }
}

static void totals_print_exactly_at_any_size(void **state) {
    (void)state;
    char text[DECIMAL_TEXT_MAX];
    i128 most = (i128)(~(u128)0 >> 1);
    assert_string_equal(mass_print_wide(most, text), "170141183460469231731687303715884.105727");
    assert_string_equal(mass_print_wide(-most - 1, text),
                        "-170141183460469231731687303715884.105728");
    assert_string_equal(decimal_print(-most - 1, 0, text),
                        "-170141183460469231731687303715884105728");
    assert_string_equal(mass_print((Mass){-1}, text), "-0.000001");
    assert_string_equal(mass_print((Mass){INT64_MIN}, text), "-9223372036854.775808");
    assert_string_equal(mass_print_wide((i128)1 << 64, text), "18446744073709.551616");
    assert_string_equal(decimal_print(0, 7, text), "0");
    assert_string_equal(decimal_print(120, 1, text), "12");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kilograms_become_milligrams_exactly),
        cmocka_unit_test(what_is_not_in_the_grammar_is_refused),
        cmocka_unit_test(refusals_say_what_is_wrong_and_what_would_be_right),
        cmocka_unit_test(per_cent_becomes_parts_per_billion),
        cmocka_unit_test(numbers_come_back_from_their_shortest_text),
        cmocka_unit_test(totals_print_exactly_at_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
