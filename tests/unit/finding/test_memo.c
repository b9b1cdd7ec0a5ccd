// What a new entry costs is what it changed: the others are known, and the answer is the same.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "finding/finding.h"
#include "finding/memo.h"

enum { PLACES = 6, MONTHS = 6 };

typedef struct Country {
    Arena arena;
    double in[PLACES][MONTHS], out[PLACES][MONTHS], none[MONTHS + 1];
    BalanceError errors[PLACES][2 * MONTHS];
    FacilityInput input[PLACES];
    FacilityBalance balance[PLACES];
    FindingPlace place[PLACES];
    BookCrossings crossings;
    BookCrossing crossing;
    double kg[2], u, s;
    CrossingTerm term;
    CrossingMeasure measure;
} Country;

static const uint8_t ND[1] = {3};
static Text NAME[1];
static const char *const IDS[PLACES] = {"A:1", "B:1", "C:1", "D:1", "E:1", "F:1"};

static void judge(Country *w) {
    BalanceTests tests = balance_tests_default();
    for (size_t f = 0; f < PLACES; f++)
        assert_true(facility_balance(&w->input[f], &tests, &w->arena, &w->balance[f], NULL));
}

static void country(Country *w) {
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, (size_t)1 << 26);
    NAME[0] = text_of("Nd");
    w->crossing = (BookCrossing){1, 2, 24301, 1u << ND[0], 0, 0, 1};
    w->kg[0] = w->kg[1] = 100.0;
    w->u = 0.01;
    w->term = (CrossingTerm){0, 100.0};
    w->measure = (CrossingMeasure){500, SEQUENCE_NO_GROUP, 1u << ND[0], false, 0};
    w->crossings = (BookCrossings){.count = 1,
                                   .crossing = &w->crossing,
                                   .kg = w->kg,
                                   .term = &w->term,
                                   .measure = &w->measure,
                                   .measures = 1,
                                   .u = &w->u,
                                   .s = &w->s};
    for (size_t f = 0; f < PLACES; f++) {
        for (uint32_t t = 0; t < MONTHS; t++) {
            w->in[f][t] = 1000.0;
            w->out[f][t] = 1000.0 + (double)((f * 7 + t * 5) % 11) - 5.0;
            w->errors[f][2 * t] =
                (BalanceError){0, t, 2 * t, SEQUENCE_NO_GROUP, 1000.0, 0.01, 0.0, false};
            w->errors[f][2 * t + 1] =
                (BalanceError){0, t, 2 * t + 1, SEQUENCE_NO_GROUP, -1000.0, 0.01, 0.0, false};
        }
        w->input[f] = (FacilityInput){.components = 1,
                                      .periods = MONTHS,
                                      .flow = {w->none, w->in[f], w->out[f], w->none, w->none},
                                      .stock = w->none,
                                      .errors = w->errors[f],
                                      .error_count = 2 * MONTHS};
        w->place[f] = (FindingPlace){.facility = text_of(IDS[f]),
                                     .first = 24300,
                                     .input = &w->input[f],
                                     .balance = &w->balance[f],
                                     .component = ND,
                                     .names = NAME,
                                     .crossings = &w->crossings,
                                     .number = (uint32_t)f};
    }
    judge(w);
}

// The list with what is remembered, and that it is the one without.
static FindingList again(Country *w, FindingMemo *memo, size_t judged) {
    FindingList list, plain;
    assert_true(
        findings_of_balance_again(memo, w->place, PLACES, NULL, 0, 0.05, &w->arena, &list, NULL));
    assert_true(findings_of_balance(w->place, PLACES, NULL, 0, 0.05, &w->arena, &plain, NULL));
    size_t anew, known;
    finding_memo_counts(memo, &anew, &known);
    assert_int_equal(anew, judged);
    assert_int_equal(anew + known, PLACES);
    assert_int_equal(list.count, plain.count);
    assert_int_equal(list.facilities_tested, plain.facilities_tested);
    assert_int_equal(list.facilities_accused, plain.facilities_accused);
    for (size_t i = 0; i < list.count; i++) {
        assert_string_equal(list.findings[i].id, plain.findings[i].id);
        assert_true(list.findings[i].log_p == plain.findings[i].log_p);
        assert_true(list.findings[i].mass_kg == plain.findings[i].mass_kg);
    }
    return list;
}

static void only_what_changed_is_judged_again(void **state) {
    (void)state;
    static Country w;
    country(&w);
    FindingMemo *memo = finding_memo_new();
    assert_non_null(memo);
    assert_int_equal(again(&w, memo, PLACES).count, 0);
    assert_int_equal(again(&w, memo, 0).count, 0);
    w.out[4][2] += 1.0; // one figure of one facility
    judge(&w);
    assert_int_equal(again(&w, memo, 1).count, 0);
    w.kg[1] = 99.0; // what two facilities said of each other
    assert_int_equal(again(&w, memo, 2).count, 0);
    w.errors[3][1].u = 0.011; // one uncertainty
    judge(&w);
    assert_int_equal(again(&w, memo, 1).count, 0);
    finding_memo_free(memo);
    arena_done(&w.arena);
}

static void who_may_be_accused_is_judged_each_time(void **state) {
    (void)state;
    static Country w;
    country(&w);
    FindingMemo *memo = finding_memo_new();
    assert_non_null(memo);
    (void)again(&w, memo, PLACES);
    for (size_t t = 2; t < 5; t++)
        w.out[2][t] += 100.0; // from nowhere
    judge(&w);
    assert_int_equal(again(&w, memo, 1).count, 1);
    FindingList list = again(&w, memo, 1);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.findings[0].place, 2);
    for (size_t t = 2; t < 5; t++)
        w.out[2][t] -= 100.0; // corrected: nothing is left of it
    judge(&w);
    assert_int_equal(again(&w, memo, 1).count, 0);
    finding_memo_free(memo);
    arena_done(&w.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_changed_is_judged_again),
                                       cmocka_unit_test(who_may_be_accused_is_judged_each_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
