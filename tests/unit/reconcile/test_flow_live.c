// A network that changes gives what reconciling it whole gives, after every change.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reconcile/flow_live.h"

enum { NODES = 60, FIRST = 200, CHANGES = 150, MOST = FIRST + CHANGES };

static uint64_t seed = 5;
static double uniform(void) {
    uint64_t z = (seed += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static uint32_t from[MOST], to[MOST];
static double value[MOST], sigma[MOST];

static void draw(size_t j) {
    from[j] = (uint32_t)(uniform() * NODES);
    to[j] = uniform() < 0.1 ? FLOW_OUTSIDE : (from[j] + 1 + (uint32_t)(uniform() * 20)) % NODES;
    value[j] = 100.0 + 10.0 * uniform();
    sigma[j] = exp(3.0 * uniform() - 1.5);
}

static void near(double ours, double wanted, const char *what, size_t change, size_t at) {
    if (!(fabs(ours - wanted) <= 1e-9 * (1.0 + fabs(wanted))))
        fail_msg("change %zu, %s %zu: %.15g instead of %.15g", change, what, at, ours, wanted);
}

static void every_change_gives_what_the_whole_gives(void **state) {
    (void)state;
    Status status;
    status_clear(&status);
    size_t streams = FIRST;
    for (size_t j = 0; j < FIRST; j++)
        draw(j);
    FlowNetwork network = {.nodes = NODES, .from = from, .to = to, .value = value, .sigma = sigma};
    network.streams = streams;
    FlowLive *live = NULL;
    assert_true(flow_live_new(&network, &live, &status));
    for (size_t change = 0; change < CHANGES; change++) {
        bool well;
        if (change % 3 == 2) {
            size_t j = (size_t)(uniform() * (double)streams);
            value[j] += 5.0;
            well =
                flow_live_correct(live, j, value[j], &status) && flow_live_refresh(live, &status);
        } else {
            draw(streams);
            well = flow_live_add(live, from[streams], to[streams], value[streams], sigma[streams],
                                 &status);
            streams++;
        }
        if (!well) fail_msg("%s", status.message);
        assert_int_equal(flow_live_streams(live), streams);
        network.streams = streams;
        Arena arena;
        arena_init(&arena, (size_t)64 << 20);
        FlowResult whole;
        FlowOptions options = {.method = FLOW_DIRECT, .uncertainties = true};
        assert_true(flow_reconcile(&network, options, &arena, &whole, &status));
        const FlowResult *r = flow_live_result(live);
        near(r->chi2, whole.chi2, "chi2", change, 0);
        for (size_t j = 0; j < streams; j++) {
            near(r->reconciled[j], whole.reconciled[j], "reconciled", change, j);
            near(r->sigma[j], whole.sigma[j], "sigma", change, j);
            near(r->z[j], whole.z[j], "z", change, j);
        }
        for (size_t i = 0; i < NODES; i++) {
            near(r->multiplier[i], whole.multiplier[i], "multiplier", change, i);
            near(r->information[i], whole.information[i], "information", change, i);
        }
        arena_done(&arena);
    }
    assert_false(flow_live_correct(live, streams, 1.0, &status));
    assert_false(flow_live_add(live, 0, 1, 1.0, 0.0, &status));
    assert_false(flow_live_add(live, 0, NODES, 1.0, 1.0, &status));
    flow_live_free(live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_gives_what_the_whole_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
