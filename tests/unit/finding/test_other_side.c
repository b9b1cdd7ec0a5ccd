// A facility whose own assays of what it ships are poor, and a partner who measures well: what
// crosses between them tells what the facility's figures alone cannot.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "finding/finding.h"
#include "finding/other_side.h"

enum { MONTHS = 6 };

// Each month 1,000 kg come in, known to 2 kg; 992 leave, which the facility says are 1,000, known
// to 10 kg; the partner finds what it finds, known to 2 kg.
typedef struct Works {
    Arena arena;
    double in[MONTHS], out[MONTHS], none[MONTHS], stock[MONTHS + 1];
    BalanceError errors[2 * MONTHS];
    FacilityInput input;
    FacilityBalance balance;
    BookCrossing crossing[MONTHS];
    double kg[2 * MONTHS], u[2 * MONTHS], s[2 * MONTHS];
    CrossingTerm term[2 * MONTHS];
    CrossingMeasure measure[2 * MONTHS];
    uint32_t measure_of[2 * MONTHS];
    BookCrossings crossings;
    FindingPlace place;
} Works;

static const uint8_t ND[1] = {3}, FE[1] = {19};
static Text NAME[1];

static void works_make(Works *w, double found, bool crossings) {
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, (size_t)1 << 26);
    NAME[0] = text_of("Nd");
    for (uint32_t t = 0; t < MONTHS; t++) {
        w->in[t] = w->out[t] = 1000.0;
        w->errors[2 * t] =
            (BalanceError){0, t, 100 + t, SEQUENCE_NO_GROUP, 1000.0, 0.002, 0.0, false};
        w->errors[2 * t + 1] =
            (BalanceError){0, t, t, SEQUENCE_NO_GROUP, -1000.0, 0.01, 0.0, false};
        w->kg[2 * t] = 1000.0;
        w->kg[2 * t + 1] = found;
        w->crossing[t] =
            (BookCrossing){0, CROSSING_NOWHERE, 24300 + t, 1u << ND[0], 2 * t, 2 * t, 2};
        w->term[2 * t] = (CrossingTerm){t, 1000.0};
        w->term[2 * t + 1] = (CrossingTerm){MONTHS + t, -1000.0};
        w->measure[t] = (CrossingMeasure){t, SEQUENCE_NO_GROUP, 1u << ND[0], false, t};
        w->measure[MONTHS + t] =
            (CrossingMeasure){MONTHS + t, SEQUENCE_NO_GROUP, 1u << ND[0], false, MONTHS + t};
        w->u[t] = 0.01;
        w->u[MONTHS + t] = 0.002;
        w->measure_of[t] = t + 1;
        w->measure_of[MONTHS + t] = MONTHS + t + 1;
    }
    w->input = (FacilityInput){.components = 1,
                               .periods = MONTHS,
                               .flow = {w->none, w->in, w->out, w->none, w->none},
                               .stock = w->stock,
                               .errors = w->errors,
                               .error_count = 2 * MONTHS};
    BalanceTests tests = balance_tests_default();
    assert_true(facility_balance(&w->input, &tests, &w->arena, &w->balance, NULL));
    w->crossings = (BookCrossings){.count = MONTHS,
                                   .crossing = w->crossing,
                                   .kg = w->kg,
                                   .term = w->term,
                                   .measure = w->measure,
                                   .measures = 2 * MONTHS,
                                   .u = w->u,
                                   .s = w->s,
                                   .measurements = 2 * MONTHS,
                                   .measure_of = w->measure_of};
    w->place = (FindingPlace){.facility = text_of("A:1"),
                              .first = 24300,
                              .input = &w->input,
                              .balance = &w->balance,
                              .component = ND,
                              .names = NAME,
                              .crossings = crossings ? &w->crossings : NULL};
}

static size_t find(Works *w, FindingList *list) {
    assert_true(findings_of_balance(&w->place, 1, NULL, 0, 0.05, &w->arena, list, NULL));
    return list->count;
}

static void what_the_partner_finds_shows_what_own_figures_hide(void **state) {
    (void)state;
    static Works w;
    FindingList list;
    works_make(&w, 992.0, false);
    assert_int_equal(find(&w, &list), 0);
    arena_done(&w.arena);
    works_make(&w, 992.0, true);
    assert_int_equal(find(&w, &list), 1);
    const Finding *f = &list.findings[0];
    assert_int_equal(f->kind, FINDING_MISSING);
    assert_int_equal(f->from, 24300);
    assert_int_equal(f->to, 24300 + MONTHS - 1);
    // By hand: C = [104, -100; -100, 104] a month; (C^-1)_11 = 104 / 816, alone 1 / 104; score 100
    // x 8 / 816.
    double information = MONTHS * 104.0 / 816.0, score = MONTHS * 800.0 / 816.0;
    assert_true(fabs(f->network_gain - (104.0 * 104.0 / 816.0)) < 1e-4);
    assert_true(fabs(f->distance - (score / sqrt(information))) < 1e-4);
    assert_true(f->low_kg < 48.0 && f->high_kg > 48.0 && !f->size_uncertain);
    arena_done(&w.arena);
}

static void an_honest_partner_accuses_nobody(void **state) {
    (void)state;
    static Works w;
    FindingList list;
    works_make(&w, 1000.0, true);
    assert_int_equal(find(&w, &list), 0);
    arena_done(&w.arena);
}

static void figures_that_do_not_agree_by_themselves_are_left_out(void **state) {
    (void)state;
    static Works w;
    OtherSide other;
    FindingList list;
    works_make(&w, 900.0, true); // the partner's scale is wrong by a tenth
    assert_true(other_side_read(&w.place, &w.arena, &other, NULL));
    assert_int_equal(other.columns, 0);
    assert_int_equal(find(&w, &list), 0);
    arena_done(&w.arena);
    works_make(&w, 992.0, true);
    assert_true(other_side_read(&w.place, &w.arena, &other, NULL));
    assert_int_equal(other.columns, 1);
    assert_true(fabs(other.value[0] - (8.0)) < 1e-12);
    arena_done(&w.arena);
}

static void results_brought_to_a_hundred_per_cent_do_not_count(void **state) {
    (void)state;
    static Works w;
    OtherSide other;
    works_make(&w, 992.0, true);
    w.place.component = FE;
    for (size_t i = 0; i < MONTHS; i++)
        w.crossing[i].mask = 1u << FE[0];
    for (size_t i = 0; i < 2 * (size_t)MONTHS; i++)
        w.measure[i].mask = 1u << FE[0];
    assert_true(other_side_read(&w.place, &w.arena, &other, NULL));
    assert_int_equal(other.columns, 0);
    arena_done(&w.arena);
}

static void what_tells_nothing_of_the_own_errors_is_left_out(void **state) {
    (void)state;
    static Works w;
    OtherSide other;
    works_make(&w, 992.0, true);
    for (uint32_t t = 0; t < MONTHS; t++) // shipped at figures that the balance does not rest on
        w.errors[2 * t + 1].measurement = 500 + t;
    assert_true(other_side_read(&w.place, &w.arena, &other, NULL));
    assert_int_equal(other.columns, 0);
    arena_done(&w.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_partner_finds_shows_what_own_figures_hide),
        cmocka_unit_test(an_honest_partner_accuses_nobody),
        cmocka_unit_test(figures_that_do_not_agree_by_themselves_are_left_out),
        cmocka_unit_test(results_brought_to_a_hundred_per_cent_do_not_count),
        cmocka_unit_test(what_tells_nothing_of_the_own_errors_is_left_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
