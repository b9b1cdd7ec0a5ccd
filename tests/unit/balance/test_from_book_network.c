// Two facilities and the road between them as one network, made by hand.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "balance/from_book_network.h"
#include "reconcile/flow_dense.h"

enum { MONTHS = 3, ND = 3, MADE = 10, GROUP = 7 };
static const Month FIRST = 24300;

// Facility 0 makes 100 kg a month, measured (draw MADE + month, 2 %, and its laboratory 1 %), and
// sends what it made in the month after; facility 1 weighs what comes (draw month, 1 %) and keeps
// it.
typedef struct Country {
    Arena arena;
    double in[MONTHS], out[MONTHS], none[MONTHS], stock[2][MONTHS + 1];
    BalanceError errors[2][8];
    bool taken[MONTHS + 1];
    BookFacility facility[2];
    BookCrossing crossing[MONTHS];
    double kg[2 * MONTHS], u[2 * MONTHS], s[2 * MONTHS];
    CrossingTerm term[2 * MONTHS];
    CrossingMeasure measure[2 * MONTHS];
    BookBalances balances;
} Country;

static BookFacility *facility(Country *w, size_t i, size_t errors) {
    BookFacility *f = &w->facility[i];
    *f = (BookFacility){.row = (uint32_t)i, .first = FIRST, .months = MONTHS, .components = 1};
    f->component[0] = ND;
    f->input = (FacilityInput){.components = 1,
                               .periods = MONTHS,
                               .flow = {w->none, w->none, w->none, w->none, w->none},
                               .stock = w->stock[i],
                               .taken = w->taken,
                               .errors = w->errors[i],
                               .error_count = errors};
    return f;
}

static void country(Country *w, double lost_on_the_road) {
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, (size_t)1 << 26);
    for (size_t t = 0; t <= MONTHS; t++)
        w->taken[t] = true;
    for (uint32_t t = 0; t < MONTHS; t++) {
        w->in[t] = 104.0; // 4 are missing every month
        w->out[t] = t ? 100.0 : 0.0;
        w->errors[0][t] = (BalanceError){0, t, MADE + t, GROUP, -100.0, 0.02, 0.01, false};
    }
    w->stock[0][1] = w->stock[0][2] = w->stock[0][3] = 100.0;
    BookFacility *a = facility(w, 0, MONTHS);
    a->input.flow[BALANCE_EXTRACTED] = w->in;
    a->input.flow[BALANCE_SHIPPED] = w->out;
    size_t count = 0;
    for (uint32_t t = 1; t < MONTHS; t++, count++) {
        w->kg[2 * count] = 100.0;
        w->kg[2 * count + 1] = 100.0 - lost_on_the_road;
        w->crossing[count] = (BookCrossing){0, 1, FIRST + t, 1u << ND, 2 * count, 2 * count, 2};
        w->measure[2 * count] = (CrossingMeasure){MADE + t - 1, GROUP, 1u << ND, false, 2 * count};
        w->measure[2 * count + 1] =
            (CrossingMeasure){t, SEQUENCE_NO_GROUP, 1u << ND, false, 2 * count + 1};
        w->u[2 * count] = 0.02;
        w->s[2 * count] = 0.01;
        w->u[2 * count + 1] = 0.01;
        w->term[2 * count] = (CrossingTerm){(uint32_t)(2 * count), 100.0};
        w->term[2 * count + 1] =
            (CrossingTerm){(uint32_t)(2 * count + 1), lost_on_the_road - 100.0};
    }
    // Facility 1 has stock of what came, at its own figures: nothing is missing, nothing unsure.
    BookFacility *b = facility(w, 1, 0);
    double *received = arena_take_zero(&w->arena, MONTHS, sizeof *received);
    assert_non_null(received);
    for (size_t t = 1; t < MONTHS; t++) {
        received[t] = 100.0 - lost_on_the_road;
        w->stock[1][t + 1] = w->stock[1][t] + received[t];
    }
    b->input.flow[BALANCE_RECEIVED] = received;
    w->balances = (BookBalances){.count = 2, .facility = w->facility};
    w->balances.crossings = (BookCrossings){.count = count,
                                            .crossing = w->crossing,
                                            .kg = w->kg,
                                            .term = w->term,
                                            .measure = w->measure,
                                            .measures = 2 * count,
                                            .u = w->u,
                                            .s = w->s};
    BalanceTests tests = balance_tests_default();
    assert_true(book_balances_test(&w->balances, &tests, &w->arena, NULL));
}

static void near(double is, double should) {
    if (!(fabs(is - should) < 1e-4)) fail_msg("%.9g is not %.9g", is, should);
}

static void imbalances_are_muf_and_what_the_road_lost(void **state) {
    (void)state;
    static Country w;
    BookNetwork n;
    FlowDense dense;
    FlowResult r;
    country(&w, 3.0);
    assert_true(book_network_read(&w.balances, ND, 0, 0, &w.arena, &n, NULL));
    assert_int_equal(n.nodes, 6);
    assert_int_equal(n.roads, 1);
    assert_int_equal(n.road[0].receipts, 2);
    assert_int_equal(n.from, FIRST);
    assert_int_equal(n.to, FIRST + MONTHS - 1);
    assert_true(flow_dense_reconcile(&n.flow, &w.arena, &dense, &r, NULL));
    for (size_t k = 0; k < n.nodes; k++)
        near(r.imbalance[k], n.node[k].place == 0 ? 4.0 : 0.0);
    near(r.imbalance[6], 6.0);
    // The road's own error: two lots of 2 % and their laboratory's 1 % twice alike, and 1 % twice.
    uint32_t streams[6];
    double weights[6];
    size_t count = 0;
    for (uint32_t j = 0; j < n.flow.streams; j++)
        if (n.stream[j].kind != STREAM_KEPT) {
            streams[count] = j;
            weights[count++] = n.stream[j].kind == STREAM_SENT ? 1.0 : -1.0;
        }
    FlowSum sum;
    flow_dense_sum(&dense, streams, weights, count, &sum);
    near(sum.measured, 6.0);
    double got = 0.97; // kg of 1 %
    near(sum.measured_sigma, sqrt(2 * 4.0 + 4.0 + 2 * got * got + 4e-6));
    near(sum.reconciled, 0.0);
    arena_done(&w.arena);
}

static void a_lot_made_in_one_month_and_sent_in_the_next_is_one_draw(void **state) {
    (void)state;
    static Country w;
    BookNetwork n;
    FlowDense dense;
    FlowResult r;
    country(&w, 0.0);
    assert_true(book_network_read(&w.balances, ND, 0, 0, &w.arena, &n, NULL));
    assert_true(flow_dense_reconcile(&n.flow, &w.arena, &dense, &r, NULL));
    // H by hand: rows are months 0 to 2 of facility 0, its draw in each and the laboratory in all,
    // then the road, where the lots of months 0 and 1 show once more with the other sign.
    double h[4][4] = {{0}};
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++)
            h[i][k] = 1.0 + (i == k ? 4.0 : 0.0);
        h[i][3] = h[3][i] = -2.0 - (i < 2 ? 4.0 : 0.0);
    }
    h[3][3] = 4.0 + 2 * 4.0 + 2 * 1.0;
    // H times the inverse that the engine has is one, on these rows: facility 1 is exact but for
    // its receipts, which enter the road alone, so that its balances are free of all errors.
    static const size_t row[4] = {0, 1, 2, 6};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            double sum = 0.0;
            for (size_t l = 0; l < 4; l++)
                sum += h[i][l] * dense.inverse[row[l] * 7 + row[k]];
            if (!(fabs(sum - (i == k ? 1.0 : 0.0)) < 1e-3)) fail_msg("%zu %zu: %g", i, k, sum);
        }
    // A device or laboratory keeps its name.
    bool named = false;
    for (size_t k = 0; k < n.flow.instruments; k++)
        named |= n.group[k] == GROUP;
    assert_true(named);
    arena_done(&w.arena);
}

static void months_outside_are_left_out(void **state) {
    (void)state;
    static Country w;
    BookNetwork n;
    country(&w, 0.0);
    assert_true(book_network_read(&w.balances, ND, FIRST + 2, FIRST + 2, &w.arena, &n, NULL));
    assert_int_equal(n.nodes, 2);
    assert_int_equal(n.road[0].receipts, 1);
    assert_true(book_network_read(&w.balances, ND, FIRST + 9, 0, &w.arena, &n, NULL));
    assert_int_equal(n.flow.nodes, 0);
    assert_true(n.from > n.to);
    assert_true(book_network_read(&w.balances, 5, 0, 0, &w.arena, &n, NULL));
    assert_int_equal(n.flow.nodes, 0);
    arena_done(&w.arena);
}

static void a_month_without_stocktaking_is_one_with_the_next(void **state) {
    (void)state;
    static Country w;
    BookNetwork n;
    BalanceTests tests = balance_tests_default();
    country(&w, 0.0);
    w.taken[1] = false;
    assert_true(book_balances_test(&w.balances, &tests, &w.arena, NULL));
    assert_true(book_network_read(&w.balances, ND, 0, 0, &w.arena, &n, NULL));
    assert_int_equal(n.nodes, 4);
    assert_int_equal(n.node[0].from, FIRST);
    assert_int_equal(n.node[0].to, FIRST + 1);
    // It does not fit into one of its months.
    assert_true(book_network_read(&w.balances, ND, FIRST + 1, 0, &w.arena, &n, NULL));
    assert_int_equal(n.nodes, 2);
    arena_done(&w.arena);
}

static void what_a_facility_without_a_balance_kept_is_told_by_the_others(void **state) {
    (void)state;
    static Country w;
    BookNetwork n;
    FlowDense dense;
    FlowResult r;
    country(&w, 0.0);
    w.facility[1].component[0] = 5; // it did not state the component throughout
    assert_true(book_network_read(&w.balances, ND, 0, 0, &w.arena, &n, NULL));
    assert_int_equal(n.nodes, 3);
    assert_true(flow_dense_reconcile(&n.flow, &w.arena, &dense, &r, NULL));
    for (uint32_t j = 0; j < n.flow.streams; j++) {
        if (n.stream[j].kind != STREAM_RECEIVED) continue;
        assert_int_equal(n.stream[j].node, FLOW_OUTSIDE);
        // The shipper's figures make the receiver's better.
        const double one = 1.0;
        FlowSum sum;
        flow_dense_sum(&dense, &j, &one, 1, &sum);
        assert_true(sum.sigma < 0.95 * sum.measured_sigma && sum.sigma > 0.0);
    }
    arena_done(&w.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imbalances_are_muf_and_what_the_road_lost),
        cmocka_unit_test(a_lot_made_in_one_month_and_sent_in_the_next_is_one_draw),
        cmocka_unit_test(months_outside_are_left_out),
        cmocka_unit_test(a_month_without_stocktaking_is_one_with_the_next),
        cmocka_unit_test(what_a_facility_without_a_balance_kept_is_told_by_the_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
