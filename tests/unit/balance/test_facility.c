#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "balance/facility.h"
#include "base/memory.h"

static Arena arena;

static int start(void **state) {
    (void)state;
    arena_init(&arena, (size_t)1 << 26);
    return 0;
}

static int stop(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static void close_to(double value, double wanted, double rel) {
    if (!(fabs(value - wanted) <= rel * fabs(wanted) + 1e-12)) {
        fail_msg("%.15g instead of %.15g", value, wanted);
    }
}

enum { MONTHS = 12 };

// A plant of one component: 1,000 kg in, 1,000 kg out each month, 500 kg in stock, all weighed with
// u = 1 % each and a device that shares s = 0.2 % over what comes in.
typedef struct Plant {
    double in[MONTHS], out[MONTHS], none[MONTHS], stock[MONTHS + 1];
    bool taken[MONTHS + 1];
    BalanceError errors[4 * MONTHS + 2];
    size_t error_count;
    FacilityInput input;
} Plant;

static void plant_make(Plant *plant, size_t months) {
    memset(plant, 0, sizeof *plant);
    for (uint32_t t = 0; t < months; t++) {
        plant->in[t] = plant->out[t] = 1000.0;
        plant->errors[plant->error_count++] =
            (BalanceError){0, t, 2 * t, 7, 1000.0, 0.01, 0.002, false};
        plant->errors[plant->error_count++] =
            (BalanceError){0, t, 2 * t + 1, SEQUENCE_NO_GROUP, -1000.0, 0.01, 0.0, false};
        plant->errors[plant->error_count++] =
            (BalanceError){0, t, 1000 + t, SEQUENCE_NO_GROUP, 500.0, 0.01, 0.0, false};
        plant->errors[plant->error_count++] =
            (BalanceError){0, t, 1001 + t, SEQUENCE_NO_GROUP, -500.0, 0.01, 0.0, false};
    }
    for (size_t b = 0; b <= months; b++) {
        plant->stock[b] = 500.0;
        plant->taken[b] = true;
    }
    plant->input = (FacilityInput){.components = 1,
                                   .periods = months,
                                   .stock = plant->stock,
                                   .taken = plant->taken,
                                   .errors = plant->errors,
                                   .error_count = plant->error_count};
    for (size_t f = 0; f < BALANCE_FLOWS; f++)
        plant->input.flow[f] = plant->none;
    plant->input.flow[BALANCE_RECEIVED] = plant->in;
    plant->input.flow[BALANCE_SHIPPED] = plant->out;
}

static BalanceTests without_floor(void) {
    BalanceTests tests = balance_tests_default();
    tests.floor_kg = 0.0;
    return tests;
}

static void sigma_muf_adds_random_and_shared_parts(void **state) {
    (void)state;
    Plant plant;
    FacilityBalance b;
    BalanceTests tests = without_floor();
    plant_make(&plant, MONTHS);
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    const BalancePeriod *p = &b.component[0].period[3];
    close_to(p->sigma_random, sqrt(100.0 + 100.0 + 25.0 + 25.0), 1e-12);
    close_to(p->sigma_shared, 2.0, 1e-12);
    close_to(p->sigma, sqrt(254.0), 1e-12);
    close_to(p->limit, 1.959963984540054 * sqrt(254.0), 1e-12);
    // Over the year the inner stocks cancel and the device's error adds up.
    const BalancePeriod *last = &b.component[0].period[11];
    close_to(last->sigma_cumuf, sqrt(12.0 * 200.0 + 50.0 + 24.0 * 24.0), 1e-12);
    assert_int_equal(b.component[0].alarm_missing, 0);
    assert_int_equal(b.component[0].alarm_surplus, 0);
}

// What lies in stock inside the months cancels, and the device's error adds up over them alone.
static void a_sum_over_some_months_has_its_own_sigma(void **state) {
    (void)state;
    Plant plant;
    FacilityBalance b;
    BalanceTests tests = without_floor();
    plant_make(&plant, MONTHS);
    plant.out[2] = 900.0;
    plant.out[5] = 980.0;
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    BalanceSum some = component_sum(&b, 0, 3, 8), all = component_sum(&b, 0, 0, 11);
    close_to(some.muf, 20.0, 1e-12);
    close_to(some.sigma, sqrt(6.0 * 200.0 + 50.0 + 12.0 * 12.0), 1e-12);
    close_to(all.muf, 120.0, 1e-12);
    close_to(all.sigma, b.component[0].period[11].sigma_cumuf, 1e-15);
    BalanceSum one = component_sum(&b, 0, 4, 4);
    close_to(one.sigma, b.component[0].period[4].sigma, 1e-12);
    // A loss at one rate is another question: where the months are known unequally, so is its size.
    plant.errors[0].mass = 100000.0;
    BalanceLoss loss;
    bool any;
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    assert_true(component_loss(&b, 0, 0, 11, &arena, &loss, &any, NULL) && any);
    all = component_sum(&b, 0, 0, 11);
    close_to(all.muf, 120.0, 1e-12);
    assert_true(all.sigma > 1000.0 && loss.sigma_kg < 0.5 * all.sigma);
}

static void each_term_enters_with_its_sign(void **state) {
    (void)state;
    double flow[BALANCE_FLOWS][1] = {{10}, {20}, {3}, {4}, {5}}, stock[] = {100, 90};
    FacilityInput input = {.components = 1, .periods = 1, .stock = stock};
    for (size_t f = 0; f < BALANCE_FLOWS; f++)
        input.flow[f] = flow[f];
    BalanceTests tests = balance_tests_default();
    FacilityBalance b;
    assert_true(facility_balance(&input, &tests, &arena, &b, NULL));
    close_to(b.component[0].period[0].muf, 100 + 10 + 20 - 3 - 4 - 5 - 90, 1e-15);
    // One month only, known to the gram: what is missing is beyond doubt.
    assert_true(b.component[0].period[0].sitmuf > 1000.0);
    assert_int_equal(b.component[0].alarm_missing, 1);
}

static void pages_test_sees_missing_and_surplus_apart(void **state) {
    (void)state;
    Plant plant;
    FacilityBalance b;
    BalanceTests tests = without_floor();
    plant_make(&plant, MONTHS);
    for (size_t t = 4; t < MONTHS; t++)
        plant.out[t] += 40.0;
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    assert_int_equal(b.component[0].alarm_missing, 0);
    assert_true(b.component[0].alarm_surplus > 5);
    assert_true(b.component[0].page_p_surplus < 0.025);
    assert_true(b.component[0].page_p_missing > 0.5);
    for (size_t t = 4; t < MONTHS; t++)
        plant.out[t] -= 80.0;
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    assert_int_equal(b.component[0].alarm_surplus, 0);
    assert_true(b.component[0].alarm_missing > 5);
}

static void a_missed_stocktaking_makes_one_period_of_two(void **state) {
    (void)state;
    Plant plant;
    FacilityBalance b;
    BalanceTests tests = without_floor();
    plant_make(&plant, MONTHS);
    plant.taken[7] = false;
    plant.stock[7] = 9999.0; // the books' own figure, which nobody looked at
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    assert_int_equal(b.periods, 11);
    const BalancePeriod *p = &b.component[0].period[6];
    assert_int_equal(p->from, 6);
    assert_int_equal(p->to, 7);
    close_to(p->muf, 0.0, 0.0);
    close_to(p->sigma_random, sqrt(4.0 * 100.0 + 50.0), 1e-12);
    close_to(p->sigma_shared, 4.0, 1e-12);
}

static void without_two_stocktakings_there_is_no_balance(void **state) {
    (void)state;
    Plant plant;
    FacilityBalance b;
    BalanceTests tests = balance_tests_default();
    plant_make(&plant, 2);
    plant.taken[0] = plant.taken[2] = false;
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    assert_int_equal(b.periods, 0);
}

static void what_was_never_there_is_not_tested(void **state) {
    (void)state;
    double nothing[3] = {0};
    FacilityInput input = {.components = 1, .periods = 2, .stock = nothing};
    for (size_t f = 0; f < BALANCE_FLOWS; f++)
        input.flow[f] = nothing;
    BalanceTests tests = balance_tests_default();
    FacilityBalance b;
    assert_true(facility_balance(&input, &tests, &arena, &b, NULL));
    assert_false(b.component[0].present);
    assert_true(b.component[0].period[1].sitmuf == 0.0);
}

static void the_limit_is_made_for_the_stated_horizon(void **state) {
    (void)state;
    Plant plant;
    FacilityBalance b;
    BalanceTests tests = balance_tests_default();
    plant_make(&plant, 3);
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    assert_int_equal(b.horizon, 12);
    double twelve = b.page_h;
    tests.horizon = 1;
    assert_true(facility_balance(&plant.input, &tests, &arena, &b, NULL));
    assert_int_equal(b.horizon, 3);
    assert_true(b.page_h < twelve);
}

static void numbers_that_are_none_are_refused(void **state) {
    (void)state;
    Plant plant;
    FacilityBalance b;
    BalanceTests tests = balance_tests_default();
    Status status;
    plant_make(&plant, MONTHS);
    plant.in[3] = (double)NAN;
    assert_false(facility_balance(&plant.input, &tests, &arena, &b, &status));
    assert_string_equal(status.message, "received of component 1, period 4, is not a number");
    plant_make(&plant, MONTHS);
    plant.errors[2].u = -1.0;
    assert_false(facility_balance(&plant.input, &tests, &arena, &b, &status));
    plant_make(&plant, MONTHS);
    plant.errors[2].period = MONTHS;
    assert_false(facility_balance(&plant.input, &tests, &arena, &b, &status));
}

static void every_want_of_memory_is_reported(void **state) {
    (void)state;
    Plant plant;
    BalanceTests tests = balance_tests_default();
    plant_make(&plant, 3);
    for (unsigned long nth = 1;; nth++) {
        Arena own;
        arena_init(&own, (size_t)1 << 24);
        FacilityBalance b;
        Status status;
        status_clear(&status);
        memory_fail_at(nth, true);
        bool ok = facility_balance(&plant.input, &tests, &own, &b, &status);
        bool failed = memory_has_failed();
        memory_fail_at(0, false);
        arena_done(&own);
        if (!failed) {
            assert_true(ok);
            assert_true(nth > 1);
            break;
        }
        assert_false(ok);
        assert_int_equal(status.code, STATUS_NO_MEMORY);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(sigma_muf_adds_random_and_shared_parts),
        TEST(a_sum_over_some_months_has_its_own_sigma),
        TEST(each_term_enters_with_its_sign),
        TEST(pages_test_sees_missing_and_surplus_apart),
        TEST(a_missed_stocktaking_makes_one_period_of_two),
        TEST(without_two_stocktakings_there_is_no_balance),
        TEST(what_was_never_there_is_not_tested),
        TEST(the_limit_is_made_for_the_stated_horizon),
        TEST(numbers_that_are_none_are_refused),
        TEST(every_want_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
