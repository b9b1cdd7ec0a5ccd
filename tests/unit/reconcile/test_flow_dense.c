// The dense engine for networks whose errors are shared: the same figures as linear.h, sums of
// streams, and gross errors found, sized, and told apart or not.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "reconcile/flow_gross.h"
#include "reconcile/linear.h"

enum { NODES = 7, STREAMS = 19, INSTRUMENTS = 4 };

static Arena arena;
static Status status;
static uint64_t seed;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, (size_t)1 << 28);
    status_clear(&status);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static double uniform(void) {
    uint64_t z = (seed += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

typedef struct Drawn {
    uint32_t from[STREAMS], to[STREAMS];
    double value[STREAMS], sigma[STREAMS], a[NODES * STREAMS], loading[INSTRUMENTS * STREAMS];
    FlowShared shared[INSTRUMENTS * STREAMS];
    FlowNetwork network;
    LinearProblem linear;
} Drawn;

// Each node has a way out; every instrument is in some streams, with either sign.
static void draw(Drawn *d) {
    memset(d, 0, sizeof *d);
    size_t shared = 0;
    for (uint32_t j = 0; j < STREAMS; j++) {
        d->from[j] = j < NODES ? j : (uint32_t)(uniform() * NODES);
        d->to[j] = j < NODES ? FLOW_OUTSIDE : (uint32_t)(uniform() * NODES);
        if (j >= NODES && uniform() < 0.2) d->from[j] = FLOW_OUTSIDE;
        d->value[j] = 100.0 * uniform();
        d->sigma[j] = 0.01 + uniform();
        if (d->from[j] != FLOW_OUTSIDE) d->a[d->from[j] * STREAMS + j] -= 1.0;
        if (d->to[j] != FLOW_OUTSIDE) d->a[d->to[j] * STREAMS + j] += 1.0;
        for (uint32_t k = 0; k < INSTRUMENTS; k++) {
            if (uniform() < 0.5) continue;
            double loading = 4.0 * uniform() - 2.0;
            d->loading[k * STREAMS + j] = loading;
            d->shared[shared++] = (FlowShared){j, k, loading};
        }
    }
    d->network = (FlowNetwork){NODES,    STREAMS,     d->from, d->to,    d->value,
                               d->sigma, INSTRUMENTS, shared,  d->shared};
    d->linear = (LinearProblem){.balances = NODES,
                                .values = STREAMS,
                                .a = d->a,
                                .y = d->value,
                                .sd = d->sigma,
                                .groups = INSTRUMENTS,
                                .loading = d->loading};
}

static void near(double is, double should) {
    if (!(fabs(is - should) <= 1e-8 * (1.0 + fabs(should))))
        fail_msg("%.12g is not %.12g", is, should);
}

static void figures_are_those_of_the_linear_engine(void **state) {
    (void)state;
    static Drawn d;
    seed = 11;
    for (int n = 0; n < 60; n++) {
        arena_reset(&arena);
        draw(&d);
        FlowDense dense;
        FlowResult r;
        LinearSystem system;
        LinearResult l;
        assert_true(flow_dense_reconcile(&d.network, &arena, &dense, &r, &status));
        assert_true(linear_prepare(&d.linear, &arena, &system, &status));
        assert_true(linear_reconcile(&system, &arena, &l, &status));
        near(r.chi2, l.chi2);
        assert_int_equal(r.df, l.df);
        assert_true(r.residual < 1e-9);
        for (size_t j = 0; j < STREAMS; j++) {
            near(r.reconciled[j], l.reconciled[j]);
            near(r.sigma[j], l.sd[j]);
            assert_int_equal(r.class_of[j] == FLOW_REDUNDANT, l.class_of[j] == VALUE_REDUNDANT);
            if (l.tested[j]) near(r.z[j], l.z[j]);
        }
        for (size_t k = 0; k < NODES; k++) {
            near(r.imbalance[k], l.imbalance[k]);
            near(r.multiplier[k] / r.information[k], l.leak[k]);
            near(r.multiplier[k] / sqrt(r.information[k]), l.z_leak[k]);
        }
    }
}

static void a_sum_is_the_sum_and_a_closed_balance_is_sure(void **state) {
    (void)state;
    static Drawn d;
    seed = 12;
    draw(&d);
    FlowDense dense;
    FlowResult r;
    assert_true(flow_dense_reconcile(&d.network, &arena, &dense, &r, &status));
    // All that crosses node 2: nothing is left of it, and nothing of its uncertainty.
    uint32_t streams[STREAMS];
    double weights[STREAMS];
    size_t count = 0;
    for (uint32_t j = 0; j < STREAMS; j++)
        if (d.a[2 * STREAMS + j] != 0.0) {
            streams[count] = j;
            weights[count++] = d.a[2 * STREAMS + j];
        }
    FlowSum sum;
    flow_dense_sum(&dense, streams, weights, count, &sum);
    near(sum.measured, r.imbalance[2]);
    near(sum.reconciled, 0.0);
    assert_true(sum.sigma < 1e-5 * sum.measured_sigma);
    double variance = 0.0; // of the imbalance, by hand
    for (size_t j = 0; j < STREAMS; j++)
        variance += d.a[2 * STREAMS + j] * d.a[2 * STREAMS + j] * d.sigma[j] * d.sigma[j];
    for (size_t k = 0; k < INSTRUMENTS; k++) {
        double effect = 0.0;
        for (size_t j = 0; j < STREAMS; j++)
            effect += d.a[2 * STREAMS + j] * d.loading[k * STREAMS + j];
        variance += effect * effect;
    }
    near(sum.measured_sigma, sqrt(variance));
}

// A chain of facilities 0 to 3 over roads 4 to 6, values that close: 100 goes through.
enum { CHAIN_NODES = 7, CHAIN = 10 };
typedef struct Chain {
    uint32_t from[CHAIN], to[CHAIN];
    double value[CHAIN], sigma[CHAIN];
    FlowShared shared[2];
    FlowNetwork network;
    FlowDense dense;
    FlowResult result;
} Chain;

// Streams: into 0; then by road i, sent and received; out of 3; 2 spare ends that keep.
static void chain(Chain *c) {
    memset(c, 0, sizeof *c);
    static const uint32_t FROM[CHAIN] = {FLOW_OUTSIDE, 0, 4, 1, 5, 2, 6, 3, 1, 2};
    static const uint32_t TO[CHAIN] = {0,           4, 1, 5, 2, 6, 3, FLOW_OUTSIDE, FLOW_OUTSIDE,
                                       FLOW_OUTSIDE};
    memcpy(c->from, FROM, sizeof FROM);
    memcpy(c->to, TO, sizeof TO);
    for (size_t j = 0; j < CHAIN; j++) {
        c->value[j] = j < 8 ? 100.0 : 0.0;
        c->sigma[j] = j < 8 ? 1.0 : 0.1;
    }
    c->shared[0] = (FlowShared){3, 0, 0.5}; // a device of facility 1: what it sends
    c->network =
        (FlowNetwork){CHAIN_NODES, CHAIN, c->from, c->to, c->value, c->sigma, 1, 1, c->shared};
}

static void solve(Chain *c) {
    assert_true(flow_dense_reconcile(&c->network, &arena, &c->dense, &c->result, &status));
}

// Suspects: a leak at each node, each a cause.
static FlowSuspects leaks(void) {
    static FlowSuspect suspect[CHAIN_NODES];
    static uint32_t node[CHAIN_NODES];
    static double effect[CHAIN_NODES];
    for (uint32_t k = 0; k < CHAIN_NODES; k++) {
        suspect[k] = (FlowSuspect){k, 1, k, 1.0};
        node[k] = k;
        effect[k] = 1.0;
    }
    return (FlowSuspects){CHAIN_NODES, suspect, node, effect};
}

static void two_errors_are_found_one_after_the_other_with_sizes(void **state) {
    (void)state;
    static Chain c;
    chain(&c);
    c.value[1] = c.value[2] = c.value[3] = c.value[4] = 100.0;
    // 20 is lost at facility 2 and 9 more on the road 6.
    c.value[5] = 80.0;
    c.value[6] = c.value[7] = 71.0;
    solve(&c);
    FlowSuspects s = leaks();
    FlowGrossList list;
    assert_true(flow_gross_find(&c.dense, &s, 0.05, 1.0, 5, &arena, &list, &status));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.found[0].suspect, 2);
    assert_int_equal(list.found[1].suspect, 6);
    assert_true(list.found[0].low < 20.0 && list.found[0].high > 20.0);
    assert_true(list.found[1].low < 9.0 && list.found[1].high > 9.0);
    // What remains closes.
    near(list.chi2, 0.0);
    assert_int_equal(list.df, CHAIN_NODES - 2);
    assert_true(list.z_left[2] == 0.0 && list.z_left[6] == 0.0);
    for (size_t k = 0; k < CHAIN_NODES; k++)
        assert_true(fabs(list.z_left[k]) < 1e-4);
}

static void an_honest_network_and_one_within_the_margin_find_nothing(void **state) {
    (void)state;
    static Chain c;
    chain(&c);
    solve(&c);
    FlowSuspects s = leaks();
    FlowGrossList list;
    assert_true(flow_gross_find(&c.dense, &s, 0.05, 1.0, 5, &arena, &list, &status));
    assert_int_equal(list.count, 0);
    // A size just beyond the limit is nothing when sigmas may be a tenth too small.
    double u = 1.0 / sqrt(c.result.information[0]);
    c.value[0] += 1.05 * sqrt(list.limit) * u;
    solve(&c);
    assert_true(flow_gross_find(&c.dense, &s, 0.05, 1.0, 5, &arena, &list, &status));
    assert_int_equal(list.count, 1);
    assert_true(flow_gross_find(&c.dense, &s, 0.05, 1.1, 5, &arena, &list, &status));
    assert_int_equal(list.count, 0);
}

static void what_no_data_can_tell_apart_is_one_set(void **state) {
    (void)state;
    static Chain c;
    chain(&c);
    c.value[8] = -30.0; // facility 1 says that it keeps 30 less than nothing
    solve(&c);
    // Cause 0: a leak at 1. Cause 1: what it keeps is weighed wrong, by three times as much.
    FlowSuspect suspect[2] = {{0, 1, 0, 1.0}, {1, 1, 1, 1.0}};
    uint32_t node[2] = {1, 1};
    double effect[2] = {1.0, -3.0};
    FlowSuspects s = {2, suspect, node, effect};
    FlowGrossList list;
    assert_true(flow_gross_find(&c.dense, &s, 0.05, 1.0, 5, &arena, &list, &status));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.found[0].alike_count, 1);
    assert_true(list.found[0].same[0]);
    assert_int_equal(list.found[0].alike[0], 1 - list.found[0].suspect);
}

static void what_cannot_be_is_said(void **state) {
    (void)state;
    static Chain c;
    FlowDense dense;
    FlowResult r;
    chain(&c);
    c.value[4] = NAN;
    assert_false(flow_dense_reconcile(&c.network, &arena, &dense, &r, &status));
    assert_string_equal(status.message, "stream 5 is no number");
    chain(&c);
    c.sigma[4] = INFINITY;
    status_clear(&status);
    assert_false(flow_dense_reconcile(&c.network, &arena, &dense, &r, &status));
    assert_string_equal(status.message, "stream 5 has the uncertainty inf");
    chain(&c);
    for (size_t j = 0; j < CHAIN; j++)
        c.sigma[j] = 0.0;
    status_clear(&status);
    assert_false(flow_dense_reconcile(&c.network, &arena, &dense, &r, &status));
    assert_string_equal(status.message, "the balance of node 1 has no error of its own");
    // Nothing at all is no fault.
    FlowNetwork none = {0};
    status_clear(&status);
    assert_true(flow_dense_reconcile(&none, &arena, &dense, &r, &status));
    assert_true(r.chi2 == 0.0 && r.df == 0);
    FlowSuspects nobody = {0};
    FlowGrossList list;
    assert_true(flow_gross_find(&dense, &nobody, 0.05, 1.1, 5, &arena, &list, &status));
    assert_int_equal(list.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(figures_are_those_of_the_linear_engine, begin, end),
        cmocka_unit_test_setup_teardown(a_sum_is_the_sum_and_a_closed_balance_is_sure, begin, end),
        cmocka_unit_test_setup_teardown(two_errors_are_found_one_after_the_other_with_sizes, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_honest_network_and_one_within_the_margin_find_nothing,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_no_data_can_tell_apart_is_one_set, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_said, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
