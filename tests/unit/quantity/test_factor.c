// Components and their factors; run from the root of the tree, where data/ is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "quantity/decimal.h"
#include "quantity/factor.h"

static void symbols_are_found_exactly_in_frozen_order(void **state) {
    (void)state;
    static const char order[] = "La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Sc Y Th U Fe B Co";
    assert_string_equal(COMPONENT_SYMBOLS, order);
    Text left = TEXT(order), symbol;
    for (int component = 0; component < COMPONENT_COUNT; component++) {
        if (!text_split(left, ' ', &symbol, &left)) symbol = left;
        assert_true(text_equal(symbol, text_of(component_symbol(component))));
        assert_int_equal(component_find(symbol), component);
        assert_true(strlen(component_name(component)) > 3);
    }
    int found = 0;
    for (int a = 0; a < 256; a++) {
        char one[1] = {(char)a};
        found += component_find((Text){one, 1}) != COMPONENT_NONE;
        for (int b = 0; b < 256; b++) {
            char two[2] = {(char)a, (char)b};
            found += component_find((Text){two, 2}) != COMPONENT_NONE;
        }
    }
    assert_int_equal(found, COMPONENT_COUNT);
    assert_int_equal(component_find(TEXT("")), COMPONENT_NONE);
    assert_int_equal(component_find(TEXT("Ndx")), COMPONENT_NONE);
    assert_string_equal(component_name(COMPONENT_Yb), "ytterbium");
}

static void default_factors_are_those_of_the_sourced_table(void **state) {
    (void)state;
    FILE *file = fopen("data/reference/ree_elements.csv", "r");
    assert_non_null(file);
    char line[4096];
    uint64_t seen = 0;
    assert_non_null(fgets(line, sizeof line, file));
    int column = 0; // none of the columns before the factor is quoted
    Text field, left = text_of(line);
    while (text_split(left, ',', &field, &left) &&
           !text_equal(field, TEXT("factor_element_to_oxide"))) {
        column++;
    }
    assert_int_equal(column, 10);
    while (fgets(line, sizeof line, file)) {
        Text symbol;
        assert_true(text_split(text_of(line), ',', &symbol, &left));
        int component = component_find(symbol);
        assert_int_not_equal(component, COMPONENT_NONE);
        for (int i = 1; i <= column; i++)
            assert_true(text_split(left, ',', &field, &left));
        uint32_t micro = 0;
        Status status;
        if (component != COMPONENT_Pm) assert_true(micro_read(field, &micro, &status));
        if (component == COMPONENT_Pm) assert_true(text_is_empty(field));
        assert_int_equal(factors_default.micro[component], micro);
        seen |= COMPONENT_BIT(component);
    }
    fclose(file);
    assert_true(seen ==
                (RARE_EARTH_MASK | COMPONENT_BIT(COMPONENT_Th) | COMPONENT_BIT(COMPONENT_U)));
    for (int component = 0; component < COMPONENT_COUNT; component++) {
        if (!(seen >> component & 1)) assert_int_equal(factors_default.micro[component], 0);
    }
}

static void oxide_equivalent_is_rounded_once_on_the_sum(void **state) {
    (void)state;
    Factors half = {{0}};
    half.micro[COMPONENT_La] = half.micro[COMPONENT_Ce] = half.micro[COMPONENT_Nd] = 1500000;
    int64_t mg[COMPONENT_COUNT] = {0};
    mg[COMPONENT_La] = mg[COMPONENT_Ce] = mg[COMPONENT_Nd] = 1;
    Mass reo;
    uint64_t la = COMPONENT_BIT(COMPONENT_La), ce = COMPONENT_BIT(COMPONENT_Ce);
    assert_true(factors_reo(&half, la, mg, &reo) && reo.mg == 2);      // 1.5 to even
    assert_true(factors_reo(&half, la | ce, mg, &reo) && reo.mg == 3); // 3.0, not 2 + 2
    mg[COMPONENT_Nd] = 2;
    assert_true(factors_reo(&half, COMPONENT_BIT(COMPONENT_Nd) | la | ce, mg, &reo) && reo.mg == 6);
    assert_true(factors_reo(&half, 0, mg, &reo) && reo.mg == 0); // stated alone counts
}

static void only_stated_rare_earths_count(void **state) {
    (void)state;
    int64_t mg[COMPONENT_COUNT];
    for (int c = 0; c < COMPONENT_COUNT; c++)
        mg[c] = 1000000;
    Mass reo;
    assert_true(factors_reo(&factors_default, COMPONENT_MASK, mg, &reo));
    int64_t sum = 0;
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        sum += factors_default.micro[c];
    assert_true(reo.mg == sum);
    assert_true(factors_reo(&factors_default, COMPONENT_BIT(COMPONENT_Th), mg, &reo) &&
                reo.mg == 0);
    assert_true(factors_reo(&factors_default, COMPONENT_BIT(COMPONENT_Nd), mg, &reo));
    assert_true(reo.mg == 1166377);
}

static void oxide_equivalent_beyond_64_bits_is_refused(void **state) {
    (void)state;
    int64_t mg[COMPONENT_COUNT] = {INT64_MAX, INT64_MAX};
    Mass reo = {77};
    assert_false(factors_reo(&factors_default, 3, mg, &reo));
    assert_true(reo.mg == 77);
}

static void part_of_a_mass_is_rounded_half_to_even(void **state) {
    (void)state;
    assert_true(mass_fraction_even((Mass){1}, (Fraction){500000000}).mg == 0);
    assert_true(mass_fraction_even((Mass){3}, (Fraction){500000000}).mg == 2);
    assert_true(mass_fraction_even((Mass){MASS_LIMIT_MG - 1}, (Fraction){FRACTION_ONE_PPB}).mg ==
                MASS_LIMIT_MG - 1);
    assert_true(mass_fraction_even((Mass){1000000000}, (Fraction){297500001}).mg == 297500001);
    Mass sum;
    assert_true(mass_add((Mass){2}, (Mass){3}, &sum) && sum.mg == 5);
    assert_false(mass_add((Mass){INT64_MAX}, (Mass){1}, &sum));
    assert_true(mass_sub((Mass){2}, (Mass){3}, &sum) && sum.mg == -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_found_exactly_in_frozen_order),
        cmocka_unit_test(default_factors_are_those_of_the_sourced_table),
        cmocka_unit_test(oxide_equivalent_is_rounded_once_on_the_sum),
        cmocka_unit_test(only_stated_rare_earths_count),
        cmocka_unit_test(oxide_equivalent_beyond_64_bits_is_refused),
        cmocka_unit_test(part_of_a_mass_is_rounded_half_to_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
