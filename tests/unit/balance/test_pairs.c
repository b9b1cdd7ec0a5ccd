// Made-up consignments: pairs that agree as well as they state, and one device that does not.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "balance/pairs.h"
#include "numeric/draw.h"
#include "numeric/sequence.h"

enum { PLACES = 5, EACH = 40, ROUTES = 5, CROSSINGS = ROUTES * EACH, LABORATORY = PLACES };

static Arena arena;
static Status status;
static BookCrossings x;
static BookCrossing crossing[CROSSINGS];
static double kg[2 * CROSSINGS], u[3 * CROSSINGS], s[3 * CROSSINGS];
static CrossingTerm term[3 * CROSSINGS];
static CrossingMeasure measure[3 * CROSSINGS];

static int start(void **state) {
    (void)state;
    arena_init(&arena, (size_t)1 << 26);
    status_clear(&status);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static void add_measure(uint32_t group, double signed_kg, double own, double shared, bool whole) {
    size_t at = x.measures++;
    measure[at] = (CrossingMeasure){(uint32_t)at, group, UINT32_C(1), whole, at};
    u[at] = own;
    s[at] = shared;
    term[at] = (CrossingTerm){(uint32_t)at, signed_kg};
}

// Routes 0>1, 1>2, 2>3, 3>4, 4>0. Every place weighs on its own device: 0.1 % random, 0.05 %
// shared. What comes in is assayed by one laboratory: 0.2 % random, 0.1 % shared. `wrong`: the
// relative error of place 2's device; of the laboratory where `where` is LABORATORY.
static void make(uint64_t seed, uint32_t where, double wrong) {
    Draw draw = draw_seeded(seed);
    double n[4], bias[PLACES + 2];
    draw_normals(&draw, bias, PLACES + 1);
    for (size_t g = 0; g < PLACES; g++)
        bias[g] *= 0.0005;
    bias[LABORATORY] *= 0.001;
    if (where != UINT32_MAX) bias[where] = wrong;
    x = (BookCrossings){
        .crossing = crossing, .kg = kg, .term = term, .measure = measure, .u = u, .s = s};
    for (size_t r = 0; r < ROUTES; r++)
        for (size_t i = 0; i < EACH; i++) {
            uint32_t from = (uint32_t)r, to = (uint32_t)((r + 1) % PLACES);
            double truth = 1000.0 + 10.0 * (double)i;
            draw_normals(&draw, n, 3);
            size_t at = x.count++;
            kg[2 * at] = truth * (1.0 + bias[from] + 0.001 * n[0]);
            kg[2 * at + 1] =
                truth * (1.0 + bias[to] + 0.001 * n[1] + bias[LABORATORY] + 0.002 * n[2]);
            crossing[at] =
                (BookCrossing){from, to, (Month)(2026 * 12 + i % 12), 1, 2 * at, 3 * at, 3};
            add_measure(from, kg[2 * at], 0.001, 0.0005, true);
            add_measure(to, -kg[2 * at + 1], 0.001, 0.0005, true);
            add_measure(LABORATORY, -kg[2 * at + 1], 0.002, 0.001, false);
        }
}

static PairAnalysis analyse(Month from, Month to) {
    PairAnalysis a;
    if (!pairs_analyse(&x, 0, from, to, &arena, &a, &status)) fail_msg("%s", status.message);
    return a;
}

static void pairs_that_measure_as_they_state_accuse_nobody(void **state) {
    (void)state;
    size_t accused = 0;
    double squares = 0.0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        make(seed, UINT32_MAX, 0.0);
        PairAnalysis a = analyse(0, 0);
        assert_true(a.pairs == ROUTES && a.instruments == PLACES + 1);
        for (size_t k = 0; k < a.instruments; k++) {
            accused += a.instrument[k].beyond;
            squares += a.instrument[k].z * a.instrument[k].z;
        }
        for (size_t p = 0; p < a.pairs; p++) {
            if (!(a.pair[p].scatter > 0.4 && a.pair[p].scatter < 2.5))
                fail_msg("%g", a.pair[p].scatter);
        }
        arena_reset(&arena);
    }
    // One in twenty years is allowed: ten of two hundred, and never thirty.
    assert_true(accused <= 22);
    // The z are standard normal: their mean square is 1, 1,200 of them, six together in each year.
    assert_true(fabs(squares / 1200.0 - 1.0) < 0.25);
}

static void the_odd_device_is_named_on_both_of_its_roads(void **state) {
    (void)state;
    make(7, 2, 0.006); // twelve times what it states
    PairAnalysis a = analyse(0, 0);
    assert_int_equal(a.instrument[0].group, 2);
    assert_true(a.instrument[0].beyond && !a.instrument[1].beyond);
    assert_true(fabs(a.instrument[0].stated - 0.0005) < 1e-5);
    assert_true(fabs(a.instrument[0].bias - 0.006) < 4.0 * a.instrument[0].u);
    size_t named = 0;
    for (size_t p = 0; p < a.pairs; p++) {
        const Pair *pair = &a.pair[p];
        if (pair->from != 2 && pair->to != 2) {
            assert_int_equal(pair->odd, PAIR_NEITHER);
            continue;
        }
        named++;
        assert_int_equal(pair->odd, pair->from == 2 ? PAIR_SHIPPER : PAIR_RECEIVER);
        assert_int_equal(pair->odd_group, 2);
        // 0.6 % of 47.8 t, which the shipper sees more or the receiver.
        double wanted = (pair->from == 2 ? 1.0 : -1.0) * 0.006 * pair->sent;
        assert_true(fabs(pair->explained - wanted) < 0.3 * fabs(wanted));
    }
    assert_int_equal(named, 2);
}

static void a_laboratory_is_wrong_for_all_who_received(void **state) {
    (void)state;
    make(9, LABORATORY, -0.008);
    PairAnalysis a = analyse(0, 0);
    assert_int_equal(a.instrument[0].group, LABORATORY);
    assert_true(a.instrument[0].beyond && fabs(a.instrument[0].bias + 0.008) < 0.003);
    for (size_t p = 0; p < a.pairs; p++)
        assert_int_equal(a.pair[p].odd, PAIR_RECEIVER);
}

static void months_and_emptiness(void **state) {
    (void)state;
    make(3, UINT32_MAX, 0.0);
    PairAnalysis all = analyse(0, 0), one = analyse(2026 * 12, 2026 * 12);
    assert_int_equal(all.pair[0].crossings, EACH);
    assert_int_equal(one.pair[0].crossings, 4); // of forty, every twelfth
    PairAnalysis none = analyse(2027 * 12, 0);
    assert_true(none.pairs == 0 && none.instruments == 0);
    x.count = 0;
    none = analyse(0, 0);
    assert_true(none.pairs == 0 && isfinite(none.limit));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(pairs_that_measure_as_they_state_accuse_nobody),
        TEST(the_odd_device_is_named_on_both_of_its_roads),
        TEST(a_laboratory_is_wrong_for_all_who_received),
        TEST(months_and_emptiness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
