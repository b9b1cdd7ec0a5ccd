// The balance cases themselves run in tests/unit/cli/test_validate_cases.c; here are the edges.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "balance/muf.h"
#include "balance/sampling.h"
#include "balance/srd.h"

static Arena arena;

static int start(void **state) {
    (void)state;
    arena_init(&arena, (size_t)1 << 24);
    return 0;
}

static int stop(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static void a_laboratory_on_both_sides_cancels_partly(void **state) {
    (void)state;
    const MufItem items[] = {{MUF_OPENING, 100, 1, 0, 0, SEQUENCE_NO_GROUP, 0},
                             {MUF_CLOSING, 90, 1, 0, 0, SEQUENCE_NO_GROUP, 0}};
    const double sd[] = {0.01};
    MufSingle r;
    assert_true(muf_single(items, 2, sd, 1, 0.05, &arena, &r, NULL));
    assert_true(fabs(r.sigma - 0.1) < 1e-12);
    assert_true(fabs(r.sigma_without_covariances - sqrt(1.0 + 0.81)) < 1e-12);
    assert_true(r.alarm);
}

static void exact_items_that_do_not_close_are_refused(void **state) {
    (void)state;
    MufItem items[] = {{MUF_OPENING, 100, 1, 0, 0, SEQUENCE_NO_GROUP, SEQUENCE_NO_GROUP},
                       {MUF_CLOSING, 100, 1, 0, 0, SEQUENCE_NO_GROUP, SEQUENCE_NO_GROUP}};
    MufSingle r;
    Status status;
    assert_true(muf_single(items, 2, NULL, 0, 0.05, &arena, &r, NULL));
    assert_false(r.alarm);
    assert_true(r.z == 0.0 && r.p_one_sided == 1.0);
    items[1].mass = 99.0;
    assert_false(muf_single(items, 2, NULL, 0, 0.05, &arena, &r, &status));
    assert_int_equal(status.code, STATUS_INVALID);
}

static void negative_errors_and_unknown_groups_are_refused(void **state) {
    (void)state;
    MufItem items[] = {{MUF_OPENING, 100, 1, -0.1, 0, SEQUENCE_NO_GROUP, SEQUENCE_NO_GROUP}};
    MufSingle r;
    Status status;
    assert_false(muf_single(items, 1, NULL, 0, 0.05, &arena, &r, &status));
    assert_string_equal(status.where, "item 1");
    items[0].rel_sd_mass = 0.1;
    items[0].lab = 3;
    assert_false(muf_single(items, 1, NULL, 0, 0.05, &arena, &r, &status));
    items[0].lab = SEQUENCE_NO_GROUP;
    assert_false(muf_single(items, 1, NULL, 0, 1.0, &arena, &r, &status));
}

static void a_correction_leaves_all_before_it_unchanged_to_the_bit(void **state) {
    (void)state;
    double receipts[] = {10.1, 11.3, 9.7, 10.9}, shipments[] = {9.9, 11.0, 10.2, 10.3};
    double stock[] = {50.0, 50.1, 50.6, 50.0, 50.7};
    const bool taken[] = {true, true, true, true, true};
    MufSequence s = {.periods = 4,
                     .value = {receipts, shipments, stock, NULL},
                     .taken = taken,
                     .rel_random = {0.01, 0.01, 0.005, 0},
                     .rel_shared = {0.002, 0.001, 0.001, 0}};
    MufSequenceResult before, after, same;
    assert_true(muf_sequence(&s, &arena, &before, NULL));
    assert_true(muf_sequence(&s, &arena, &same, NULL));
    assert_int_equal(muf_first_changed(&before, &same), 0);
    shipments[2] = 10.4;
    assert_true(muf_sequence(&s, &arena, &after, NULL));
    assert_int_equal(muf_first_changed(&before, &after), 3);
    assert_memory_equal(before.statistics.sitmuf, after.statistics.sitmuf, 2 * sizeof(double));
    // Both sides of a month raised alike: MUF stays, its covariances do not.
    shipments[2] = 10.2 + 1.0;
    receipts[2] += 1.0;
    assert_true(muf_sequence(&s, &arena, &after, NULL));
    assert_int_equal(muf_first_changed(&before, &after), 3);
}

static void a_sequence_needs_two_stocktakings(void **state) {
    (void)state;
    const double flow[] = {1, 1}, stock[] = {1, 0, 0};
    const bool taken[] = {true, false, false};
    MufSequence s = {.periods = 2, .value = {flow, flow, stock, NULL}, .taken = taken};
    MufSequenceResult r;
    Status status;
    assert_false(muf_sequence(&s, &arena, &r, &status));
    assert_int_equal(status.code, STATUS_INVALID);
}

static void a_receiver_who_reads_low_is_found(void **state) {
    (void)state;
    const double sent[] = {10, 20, 30, 40}, got[] = {9.9, 19.81, 29.7, 39.58};
    const SrdSide shipper = {sent, 0.001, 0.001}, receiver = {got, 0.001, 0.001};
    Srd r;
    assert_true(srd_test(&shipper, &receiver, 4, &arena, &r, NULL));
    assert_true(r.bias_receiver < -0.009 && r.bias_receiver > -0.011);
    assert_true(r.bias_z < -5.0 && r.p_t_paired < 0.001);
    assert_false(srd_test(&shipper, &receiver, 1, &arena, &r, NULL));
}

static void the_smallest_sample_meets_beta_and_one_less_does_not(void **state) {
    (void)state;
    SamplingPlan plan;
    // 10 lots, one must be empty: a sample of n misses it with probability 1 - n/10.
    assert_true(sampling_plan(10, 1.0, 1.0, 0.25, &plan, NULL));
    assert_int_equal(plan.defects, 1);
    assert_int_equal(plan.least, 8);
    assert_true(fabs(plan.nondetection - 0.2) < 1e-15);
    // 0.6 / 0.2 is three lots, whatever the last bit of the quotient says.
    assert_true(sampling_plan(10, 0.6, 0.2, 0.1, &plan, NULL));
    assert_int_equal(plan.defects, 3);
    // More than there are: said as it is, and one lot shows that all are empty.
    assert_true(sampling_plan(10, 100.0, 5.0, 0.1, &plan, NULL));
    assert_int_equal(plan.defects, 20);
    assert_int_equal(plan.least, 1);
    assert_true(plan.nondetection == 0.0);
    assert_int_equal(plan.jaech_russell, 1);
    assert_true(sampling_plan(10, 300.0, 5.0, 0.1, &plan, NULL));
    assert_int_equal(plan.defects, 60);
    assert_int_equal(plan.jaech_russell, 0);
    assert_true(sampling_plan(5, 100.0, 1.0, 0.1, &plan, NULL));
    assert_int_equal(plan.defects, 100);
    assert_int_equal(plan.least, 1);
    assert_false(sampling_plan(5, 1e12, 1.0, 0.1, &plan, NULL));
    assert_false(sampling_plan(0, 1.0, 1.0, 0.1, &plan, NULL));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_laboratory_on_both_sides_cancels_partly),
        TEST(exact_items_that_do_not_close_are_refused),
        TEST(negative_errors_and_unknown_groups_are_refused),
        TEST(a_correction_leaves_all_before_it_unchanged_to_the_bit),
        TEST(a_sequence_needs_two_stocktakings),
        TEST(a_receiver_who_reads_low_is_found),
        TEST(the_smallest_sample_meets_beta_and_one_less_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
