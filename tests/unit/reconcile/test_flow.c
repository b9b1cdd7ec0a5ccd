// Large networks: the same answers as the dense engine on small ones drawn at random, whatever the
// method; words for what cannot be; and figures that must come out of large ones.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "reconcile/flow.h"
#include "reconcile/linear.h"

enum { NODES = 9, STREAMS = 26, INSTRUMENTS = 3, RANDOM_NETWORKS = 400 };

static Arena arena;
static Status status;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, (size_t)1 << 30);
    status_clear(&status);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static uint64_t seed;
static double uniform(void) {
    uint64_t z = (seed += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static uint32_t below(uint32_t n) {
    return (uint32_t)(uniform() * n);
}

typedef struct Drawn {
    uint32_t from[STREAMS], to[STREAMS];
    double value[STREAMS], sigma[STREAMS];
    FlowShared shared[STREAMS];
    FlowNetwork network;
    double a[NODES * STREAMS], loading[INSTRUMENTS * STREAMS];
    LinearProblem dense;
} Drawn;

// Streams side by side, rings, parts without a way out, unmeasured, exact and shared ones.
static void draw(Drawn *d, bool open, bool with_shared) {
    memset(d, 0, sizeof *d);
    d->network = (FlowNetwork){.nodes = NODES,
                               .streams = STREAMS,
                               .from = d->from,
                               .to = d->to,
                               .value = d->value,
                               .sigma = d->sigma,
                               .instruments = with_shared ? INSTRUMENTS : 0,
                               .shared = d->shared};
    for (uint32_t j = 0; j < STREAMS; j++) {
        d->from[j] = below(NODES);
        do
            d->to[j] = below(NODES);
        while (d->to[j] == d->from[j]);
        if (open && uniform() < 0.2) *(uniform() < 0.5 ? &d->from[j] : &d->to[j]) = FLOW_OUTSIDE;
        d->value[j] = 50.0 + 100.0 * uniform();
        d->sigma[j] = exp(4.0 * uniform() - 2.0);
        if (uniform() < 0.15) d->sigma[j] = INFINITY;
        // An exact value of 0 cannot contradict another.
        else if (uniform() < 0.05)
            d->value[j] = d->sigma[j] = 0.0;
        else if (with_shared && uniform() < 0.5) {
            FlowShared *s = &d->shared[d->network.shared_count++];
            *s = (FlowShared){j, below(INSTRUMENTS), 2.0 * uniform()};
            d->loading[s->instrument * STREAMS + j] = s->loading;
        }
        if (d->to[j] != FLOW_OUTSIDE) d->a[d->to[j] * STREAMS + j] += 1.0;
        if (d->from[j] != FLOW_OUTSIDE) d->a[d->from[j] * STREAMS + j] -= 1.0;
    }
    d->dense = (LinearProblem){.balances = NODES,
                               .values = STREAMS,
                               .a = d->a,
                               .y = d->value,
                               .sd = d->sigma,
                               .groups = with_shared ? INSTRUMENTS : 0,
                               .loading = d->loading};
}

static void near(double value, double wanted, double relative, const char *what, size_t at) {
    if (!(fabs(value - wanted) <= relative * (1.0 + fabs(wanted))))
        fail_msg("seed %llu, %s %zu: %.15g instead of %.15g", (unsigned long long)seed, what, at,
                 value, wanted);
}

// `rough`: uncertainties are estimated, and looked at only where they are said to be exact.
// Whether there was something to compare with.
static bool same(const Drawn *d, FlowMethod method) {
    LinearSystem s;
    LinearResult dense;
    FlowResult r;
    FlowOptions options = {.method = method, .uncertainties = true, .limit = 1e-9};
    if (!linear_prepare(&d->dense, &arena, &s, &status)) return false;
    if (!linear_reconcile(&s, &arena, &dense, &status) ||
        !flow_reconcile(&d->network, options, &arena, &r, &status)) {
        fail_msg("seed %llu: %s; %s", (unsigned long long)seed, status.message, status.hint);
    }
    near(r.chi2, dense.chi2, 1e-8, "chi2", 0);
    near((double)r.df, (double)s.rank, 0.0, "df", 0);
    if (method == FLOW_DIRECT) near(r.trace_error, 0.0, 1e-9, "trace", 0);
    for (size_t j = 0; j < STREAMS; j++) {
        ValueClass known = dense.class_of[j];
        bool seen = known != VALUE_UNOBSERVABLE;
        assert_true((r.class_of[j] == FLOW_UNOBSERVABLE) == !seen);
        assert_true((r.class_of[j] == FLOW_OBSERVABLE) == (known == VALUE_OBSERVABLE));
        if (!seen) continue;
        near(r.reconciled[j], dense.reconciled[j], 1e-8, "reconciled", j);
        assert_true(isfinite(r.sigma[j]) && isfinite(r.z[j]));
        if (r.exactly[j])
            near(r.sigma[j], dense.sd[j], 1e-6, "sigma", j);
        else if (method == FLOW_DIRECT)
            fail_msg("seed %llu: estimated", (unsigned long long)seed);
        if (dense.tested[j] && r.class_of[j] == FLOW_REDUNDANT) {
            near(r.z[j], dense.z[j], 1e-6, "z", j);
        }
    }
    for (size_t i = 0; dense.leak_tested && i < NODES; i++) {
        if (!dense.leak_tested[i] || !(r.information[i] > 0.0)) continue;
        near(r.multiplier[i] / r.information[i], dense.leak[i], 1e-6, "leak", i);
    }
    arena_reset(&arena);
    return true;
}

static void a_factor_gives_what_the_dense_engine_gives(void **state) {
    (void)state;
    int compared = 0;
    for (uint64_t k = 0; k < RANDOM_NETWORKS; k++) {
        Drawn d;
        seed = k;
        draw(&d, k % 5 != 0, k % 2 != 0);
        compared += same(&d, FLOW_DIRECT);
    }
    if (compared * 100 < RANDOM_NETWORKS * 95) fail_msg("only %d compared", compared);
}

static void conjugate_gradients_give_what_the_dense_engine_gives(void **state) {
    (void)state;
    int compared = 0;
    for (uint64_t k = 0; k < RANDOM_NETWORKS / 4; k++) {
        Drawn d;
        seed = 1000 + k;
        draw(&d, k % 5 != 0, k % 2 != 0);
        compared += same(&d, FLOW_ITERATIVE);
    }
    assert_true(compared * 100 >= RANDOM_NETWORKS / 4 * 95);
}

enum { RING = 2000 };
static uint32_t ring_from[RING + 1], ring_to[RING + 1];
static double ring_value[RING + 1], ring_sigma[RING + 1];

// A ring of many nodes with one way out, the logarithms of its sigmas spread by `spread`.
static FlowNetwork ring_of(double spread) {
    seed = 7;
    for (uint32_t j = 0; j < RING; j++) {
        ring_from[j] = j;
        ring_to[j] = (j + 1) % RING;
        ring_value[j] = 100.0 + uniform();
        ring_sigma[j] = exp(spread * (uniform() - 0.5));
    }
    ring_from[RING] = 0;
    ring_to[RING] = FLOW_OUTSIDE;
    ring_value[RING] = 1.0;
    ring_sigma[RING] = 1.0;
    return (FlowNetwork){.nodes = RING,
                         .streams = RING + 1,
                         .from = ring_from,
                         .to = ring_to,
                         .value = ring_value,
                         .sigma = ring_sigma};
}

static void both_methods_agree_on_a_long_ring(void **state) {
    (void)state;
    FlowNetwork network = ring_of(4.0);
    FlowResult direct, iterative;
    FlowOptions options = {.method = FLOW_DIRECT};
    if (!flow_reconcile(&network, options, &arena, &direct, &status)) {
        fail_msg("%s", status.message);
    }
    options.method = FLOW_ITERATIVE;
    assert_true(flow_reconcile(&network, options, &arena, &iterative, &status));
    assert_true(iterative.residual <= 1e-10);
    near(iterative.chi2, direct.chi2, 1e-7, "chi2", 0);
    for (size_t j = 0; j <= RING; j++)
        near(iterative.reconciled[j], direct.reconciled[j], 1e-6, "reconciled", j);
}

// Variances nineteen decades apart on one ring are more than doubles hold: told, not guessed.
static void what_doubles_cannot_hold_is_refused(void **state) {
    (void)state;
    FlowNetwork network = ring_of(22.0);
    FlowResult r;
    for (int method = FLOW_AUTOMATIC; method <= FLOW_ITERATIVE; method++) {
        FlowOptions options = {.method = (FlowMethod)method};
        assert_false(flow_reconcile(&network, options, &arena, &r, &status));
        assert_int_equal(status.code, STATUS_LIMIT);
        assert_non_null(strstr(status.hint, "variances lie too far apart"));
    }
}

// Exact values of any size, among measured and unmeasured ones: both engines find the same networks
// to contradict themselves, and say so in the same words.
static void both_engines_see_the_same_contradictions(void **state) {
    (void)state;
    static Drawn d;
    size_t agree = 0, contradict = 0;
    seed = 77;
    for (int n = 0; n < 2000; n++) {
        draw(&d, n & 1, false);
        double exact = 0.1 + 0.5 * uniform();
        bool whole = uniform() < 0.5; // small whole numbers meet now and then
        for (size_t j = 0; j < STREAMS; j++) {
            if (d.sigma[j] == 0.0 || uniform() >= exact) continue;
            d.sigma[j] = 0.0;
            d.value[j] = whole ? (double)below(2) : 50.0 + 100.0 * uniform();
        }
        LinearSystem s;
        FlowResult r;
        FlowOptions options = {.method = FLOW_DIRECT};
        status_clear(&status);
        bool flow = flow_reconcile(&d.network, options, &arena, &r, &status);
        if (!flow && !strstr(status.message, "exact values contradict each other"))
            fail_msg("%d: %s", n, status.message);
        status_clear(&status);
        bool linear = linear_prepare(&d.dense, &arena, &s, &status);
        if (!linear && !strstr(status.message, "exact values contradict each other"))
            fail_msg("%d: %s", n, status.message);
        if (flow != linear) fail_msg("network %d: flow %d, linear %d: %s", n, flow, linear, status.message);
        contradict += !linear;
        agree += linear;
        arena_reset(&arena);
    }
    assert_true(agree > 300 && contradict > 300);
    status_clear(&status);
}

static void what_cannot_be_is_told_in_words(void **state) {
    (void)state;
    uint32_t from[] = {FLOW_OUTSIDE, 0}, to[] = {0, FLOW_OUTSIDE};
    double value[] = {5.0, 6.0}, sigma[] = {0.0, 0.0};
    FlowNetwork network = {
        .nodes = 1, .streams = 2, .from = from, .to = to, .value = value, .sigma = sigma};
    FlowResult r;
    FlowOptions options = {.uncertainties = true};
    assert_false(flow_reconcile(&network, options, &arena, &r, &status));
    assert_string_equal(status.message,
                        "exact values contradict each other by \"-1\": streams 0, 1");
    sigma[0] = -1.0;
    assert_false(flow_reconcile(&network, options, &arena, &r, &status));
    assert_string_equal(status.message, "sigma \"-1\" of stream 0");
    sigma[0] = NAN;
    assert_false(flow_reconcile(&network, options, &arena, &r, &status));
    sigma[0] = 1.0;
    value[0] = INFINITY;
    assert_false(flow_reconcile(&network, options, &arena, &r, &status));
    value[0] = 5.0;
    to[0] = 1;
    assert_false(flow_reconcile(&network, options, &arena, &r, &status));
    assert_string_equal(status.message, "stream 0 has an end that is no node");
    to[0] = 0;
    FlowShared shared = {1, 0, 1.0};
    network.instruments = network.shared_count = 1;
    network.shared = &shared;
    assert_false(flow_reconcile(&network, options, &arena, &r, &status));
    assert_string_equal(status.message, "stream 1 is exact or not measured");
    network.shared_count = 0;
    assert_true(flow_reconcile(&network, options, &arena, &r, &status));
    near(r.reconciled[0], 6.0, 1e-14, "reconciled", 0);
    near(r.sigma[0], 0.0, 1e-9, "sigma", 0);
}

static void nothing_at_all_is_no_trouble(void **state) {
    (void)state;
    FlowNetwork empty = {0};
    FlowResult r;
    FlowOptions options = {.uncertainties = true};
    assert_true(flow_reconcile(&empty, options, &arena, &r, &status));
    assert_int_equal(r.df, 0);
    uint32_t from[] = {0, 1}, to[] = {1, 0};
    double value[] = {1.0, NAN}, sigma[] = {INFINITY, INFINITY};
    FlowNetwork ring = {
        .nodes = 2, .streams = 2, .from = from, .to = to, .value = value, .sigma = sigma};
    assert_true(flow_reconcile(&ring, options, &arena, &r, &status));
    assert_int_equal(r.df, 0);
    assert_int_equal(r.class_of[0], FLOW_UNOBSERVABLE);
    assert_true(r.reconciled[0] == 0.0 && r.sigma[1] == 0.0);
}

static void each_request_for_memory_may_fail(void **state) {
    (void)state;
    for (int method = FLOW_DIRECT; method <= FLOW_ITERATIVE; method++) {
        unsigned failed = 0;
        for (unsigned long nth = 1;; nth++) {
            Drawn d;
            seed = 3;
            draw(&d, true, true);
            Arena own;
            FlowResult r;
            arena_init(&own, (size_t)64 << 20);
            FlowOptions options = {.method = (FlowMethod)method, .uncertainties = true};
            memory_fail_at(nth, false);
            bool ok = flow_reconcile(&d.network, options, &own, &r, &status);
            bool hit = memory_has_failed();
            memory_fail_at(0, false);
            arena_done(&own);
            if (!hit) {
                assert_true(ok);
                break;
            }
            failed += !ok;
            if (!ok) assert_int_equal(status.code, STATUS_NO_MEMORY);
        }
        assert_true(failed > 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_factor_gives_what_the_dense_engine_gives, begin, end),
        cmocka_unit_test_setup_teardown(conjugate_gradients_give_what_the_dense_engine_gives, begin,
                                        end),
        cmocka_unit_test_setup_teardown(both_methods_agree_on_a_long_ring, begin, end),
        cmocka_unit_test_setup_teardown(what_doubles_cannot_hold_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(both_engines_see_the_same_contradictions, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_told_in_words, begin, end),
        cmocka_unit_test_setup_teardown(nothing_at_all_is_no_trouble, begin, end),
        cmocka_unit_test_setup_teardown(each_request_for_memory_may_fail, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
