// Flows and compositions of large networks: the same optimum as the small engine on networks drawn
// at random, words for what cannot be, and what must hold in a large one.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "numeric/draw.h"
#include "reconcile/bilinear.h"
#include "reconcile/flow_bilinear.h"

enum { NODES = 4, STREAMS = 9, COMPONENTS = 3, NETWORKS = 60 };

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

typedef struct Drawn {
    uint32_t from[STREAMS], to[STREAMS];
    double flow[STREAMS], flow_sigma[STREAMS];
    double fraction[STREAMS * COMPONENTS], fraction_sigma[STREAMS * COMPONENTS];
    FlowBilinear network;
    double a[NODES * STREAMS], y[STREAMS * (1 + COMPONENTS)], sd[STREAMS * (1 + COMPONENTS)];
    BilinearState state[STREAMS * (1 + COMPONENTS)];
    BilinearProblem small;
} Drawn;

// A chain of nodes with one stream along it twice, one back, one by outside; true contents
// everywhere the same, so that the truth balances; one component is absent from one stream's assay
// exactly.
static void draw_network(Drawn *d, uint64_t seed, bool exact_too) {
    static const uint32_t from[STREAMS] = {FLOW_OUTSIDE, 0, 0, 1, 2, 2, 3, FLOW_OUTSIDE, 3};
    static const uint32_t to[STREAMS] = {0, 1, 1, 2, 3, 0, FLOW_OUTSIDE, 2, FLOW_OUTSIDE};
    static const double flow[STREAMS] = {100, 60, 60, 120, 120, 20, 80, 20, 40};
    static const double fraction[COMPONENTS] = {0.5, 0.1, 1e-4};
    memset(d, 0, sizeof *d);
    Draw draw = draw_seeded(seed);
    double n[STREAMS * (1 + COMPONENTS)];
    draw_normals(&draw, n, STREAMS * (1 + COMPONENTS));
    memcpy(d->from, from, sizeof from);
    memcpy(d->to, to, sizeof to);
    for (size_t j = 0; j < STREAMS; j++) {
        d->flow_sigma[j] = exact_too && j == 3 ? 0.0 : 0.01 * flow[j];
        d->flow[j] = flow[j] + d->flow_sigma[j] * n[j];
        for (size_t c = 0; c < COMPONENTS; c++) {
            size_t i = j * COMPONENTS + c;
            d->fraction_sigma[i] = (c == 2 ? 0.1 : 0.02) * fraction[c];
            if (exact_too && j == 4 && c == 1) d->fraction_sigma[i] = 0.0;
            d->fraction[i] = fraction[c] + d->fraction_sigma[i] * n[STREAMS + i];
        }
    }
    d->network = (FlowBilinear){NODES,   STREAMS,       COMPONENTS,  d->from,          d->to,
                                d->flow, d->flow_sigma, d->fraction, d->fraction_sigma};
    for (size_t j = 0; j < STREAMS; j++) {
        if (d->to[j] != FLOW_OUTSIDE) d->a[d->to[j] * STREAMS + j] += 1.0;
        if (d->from[j] != FLOW_OUTSIDE) d->a[d->from[j] * STREAMS + j] -= 1.0;
        d->y[j] = d->flow[j];
        d->sd[j] = d->flow_sigma[j];
        for (size_t c = 0; c < COMPONENTS; c++) {
            d->y[STREAMS * (1 + c) + j] = d->fraction[j * COMPONENTS + c];
            d->sd[STREAMS * (1 + c) + j] = d->fraction_sigma[j * COMPONENTS + c];
        }
    }
    for (size_t i = 0; i < STREAMS * (1 + COMPONENTS); i++)
        d->state[i] = d->sd[i] > 0.0 ? BILINEAR_MEASURED : BILINEAR_EXACT;
    d->small = (BilinearProblem){.nodes = NODES,
                                 .streams = STREAMS,
                                 .components = COMPONENTS,
                                 .a = d->a,
                                 .total = BILINEAR_COMPONENTS_ONLY,
                                 .y = d->y,
                                 .sd = d->sd,
                                 .state = d->state};
}

static void near(double value, double wanted, double within, size_t i) {
    if (!(fabs(value - wanted) <= within))
        fail_msg("%.15g instead of %.15g (%zu)", value, wanted, i);
}

static void both_engines_find_the_same_optimum(void **state) {
    (void)state;
    static Drawn d;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        draw_network(&d, seed, seed % 2);
        FlowBilinearResult r;
        BilinearResult small;
        if (!flow_reconcile_bilinear(&d.network, (FlowBilinearOptions){0}, &arena, &r, &status) ||
            !bilinear_solve(&d.small, false, &arena, &small, &status))
            fail_msg("%s; %s", status.message, status.hint);
        near(r.chi2, small.fit.objective, 1e-6 * small.fit.objective, (size_t)seed);
        assert_int_equal(r.df, NODES * COMPONENTS);
        for (size_t j = 0; j < STREAMS; j++) {
            near(r.flow[j], small.fit.x[j], 2e-6 * d.flow[j], j);
            for (size_t c = 0; c < COMPONENTS; c++)
                near(r.fraction[j * COMPONENTS + c], small.fit.x[STREAMS * (1 + c) + j],
                     1e-5 * d.fraction_sigma[j * COMPONENTS + c] + 1e-12, j);
        }
        assert_true(r.violation < 1e-6 && r.steps <= 12);
    }
}

static void drawn_errors_give_the_uncertainties(void **state) {
    (void)state;
    static Drawn d;
    draw_network(&d, 5, false);
    FlowBilinearResult r;
    BilinearResult small;
    assert_true(flow_reconcile_bilinear(&d.network, (FlowBilinearOptions){.probes = 4000}, &arena,
                                        &r, &status));
    assert_true(bilinear_solve(&d.small, true, &arena, &small, &status));
    near(r.estimate_error, 0.0112, 1e-4, 0);
    for (size_t j = 0; j < STREAMS; j++) {
        near(r.flow_sd[j] / small.sd[j], 1.0, 5.0 * r.estimate_error, j);
        near(hypot(r.flow_sd[j], r.flow_adjustment_sd[j]) / d.flow_sigma[j], 1.0, 0.06, j);
        for (size_t c = 0; c < COMPONENTS; c++)
            near(r.fraction_sd[j * COMPONENTS + c] / small.sd[STREAMS * (1 + c) + j], 1.0,
                 5.0 * r.estimate_error, j);
    }
    for (size_t i = 0; i < NODES * COMPONENTS; i++)
        assert_true(r.information[i] > 0.0 && isfinite(r.information[i]));
}

static void a_leak_is_seen_in_its_node_and_component(void **state) {
    (void)state;
    static Drawn d;
    draw_network(&d, 11, false);
    d.fraction[3 * COMPONENTS + 1] *= 0.6; // what flows from 1 to 2 has lost two fifths of it ...
    d.fraction[3 * COMPONENTS + 1] += 1e-3;
    FlowBilinearResult r;
    assert_true(flow_reconcile_bilinear(&d.network, (FlowBilinearOptions){.probes = 500}, &arena,
                                        &r, &status));
    double z = (d.fraction[3 * COMPONENTS + 1] - r.fraction[3 * COMPONENTS + 1]) /
               r.fraction_adjustment_sd[3 * COMPONENTS + 1];
    assert_true(z < -5.0 && r.chi2 > 25.0 + (double)r.df);
    for (size_t i = 0; i < STREAMS * COMPONENTS; i++)
        if (i != 3 * COMPONENTS + 1)
            assert_true(fabs(d.fraction[i] - r.fraction[i]) / r.fraction_adjustment_sd[i] < -z);
}

static void what_would_be_below_zero_is_held_there(void **state) {
    (void)state;
    // One node; a trace that comes in, and a product whose assay of it is below zero.
    const uint32_t from[] = {FLOW_OUTSIDE, 0, 0}, to[] = {0, FLOW_OUTSIDE, FLOW_OUTSIDE};
    const double flow[] = {10, 5, 5}, flow_sigma[] = {0, 0, 0};
    const double fraction[] = {0.010, 0.020, -0.006}, fraction_sigma[] = {0.001, 0.001, 0.001};
    FlowBilinear w = {1, 3, 1, from, to, flow, flow_sigma, fraction, fraction_sigma};
    FlowBilinearResult r;
    assert_true(flow_reconcile_bilinear(&w, (FlowBilinearOptions){0}, &arena, &r, &status));
    // r = 0.1 - 0.1 + 0.03 = 0.03 over H = 100 + 25 + 25 (times 1e-6).
    near(r.fraction[2], -0.006 + 5e-6 * 0.03 / 150e-6, 1e-9, 2);
    assert_int_equal(r.held, 0);
    assert_true(flow_reconcile_bilinear(&w, (FlowBilinearOptions){.nonnegative = true}, &arena, &r,
                                        &status));
    near(r.fraction[2], 0.0, 0.0, 2);
    near(r.fraction[0], 0.010, 1e-9, 0); // what is left balances as it is
    assert_int_equal(r.held, 1);
    near(r.chi2, 36.0, 1e-6, 0);
}

static void what_cannot_be_is_said(void **state) {
    (void)state;
    static Drawn d;
    FlowBilinearResult r;
    static const struct {
        const char *says;
        double *at, value;
    } wrong[] = {{"the flow of stream 2 has the value nan", &d.flow[2], NAN},
                 {"component 1 of stream 0 has the value inf", &d.fraction[1], INFINITY},
                 {"the flow of stream 4 has the standard uncertainty -1", &d.flow_sigma[4], -1.0},
                 {"component 2 of stream 8 has the standard uncertainty inf",
                  &d.fraction_sigma[8 * COMPONENTS + 2], INFINITY}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        draw_network(&d, 1, false);
        *wrong[i].at = wrong[i].value;
        assert_false(
            flow_reconcile_bilinear(&d.network, (FlowBilinearOptions){0}, &arena, &r, &status));
        assert_string_equal(status.message, wrong[i].says);
        status_clear(&status);
    }
    draw_network(&d, 1, false);
    d.to[1] = NODES;
    assert_false(
        flow_reconcile_bilinear(&d.network, (FlowBilinearOptions){0}, &arena, &r, &status));
    assert_string_equal(status.message, "an end of stream 1 is node 4, of 4 nodes");
    status_clear(&status);
    // Exact values that do not balance, in one component alone.
    const uint32_t from[] = {FLOW_OUTSIDE, 0}, to[] = {0, FLOW_OUTSIDE};
    const double flow[] = {10, 10}, zero[] = {0, 0}, fraction[] = {0.5, 0.2, 0.5, 0.1};
    const double sigma[] = {0, 0, 0, 0}, some[] = {0.1, 0, 0.1, 0};
    FlowBilinear w = {1, 2, 2, from, to, flow, zero, fraction, sigma};
    assert_false(flow_reconcile_bilinear(&w, (FlowBilinearOptions){0}, &arena, &r, &status));
    assert_non_null(strstr(status.message,
                           "exact values contradict each other: 1 of component 1 are "
                           "left over at node 0"));
    status_clear(&status);
    w.fraction_sigma = some;
    assert_false(flow_reconcile_bilinear(&w, (FlowBilinearOptions){0}, &arena, &r, &status));
    status_clear(&status);
    const double right[] = {0.5, 0.2, 0.4, 0.2};
    w.fraction = right;
    assert_true(
        flow_reconcile_bilinear(&w, (FlowBilinearOptions){.probes = 3}, &arena, &r, &status));
    near(r.fraction[0], 0.45, 1e-9, 0);
    near(r.fraction[2], 0.45, 1e-9, 2);
    assert_int_equal(r.df, 1); // the other component's balance no error can break
}

static void empty_and_closed_networks_have_answers(void **state) {
    (void)state;
    FlowBilinearResult r;
    const uint32_t from[] = {0, 1, 2}, to[] = {1, 2, 0}; // a ring without any way out
    const double flow[] = {10, 11, 12}, sigma[] = {1, 1, 1};
    const double fraction[] = {0.5, 0, 0.5, 0, 0.5, 0},
                 fraction_sigma[] = {0.01, 0, 0.01, 0, 0.01, 0};
    FlowBilinear w = {3, 3, 2, from, to, flow, sigma, fraction, fraction_sigma};
    assert_true(
        flow_reconcile_bilinear(&w, (FlowBilinearOptions){.probes = 2}, &arena, &r, &status));
    assert_int_equal(r.df, 2); // three balances of one component, one follows; none of the other
    near(r.flow[0] * r.fraction[0], r.flow[1] * r.fraction[2], 1e-6, 0);
    near(r.flow[1] * r.fraction[2], r.flow[2] * r.fraction[4], 1e-6, 1);
    w.streams = 0;
    assert_true(
        flow_reconcile_bilinear(&w, (FlowBilinearOptions){.probes = 2}, &arena, &r, &status));
    assert_true(r.df == 0 && r.chi2 == 0.0);
    w.nodes = 0;
    assert_true(flow_reconcile_bilinear(&w, (FlowBilinearOptions){0}, &arena, &r, &status));
    w.components = FLOW_COMPONENTS_MAX + 1;
    assert_false(flow_reconcile_bilinear(&w, (FlowBilinearOptions){0}, &arena, &r, &status));
    status_clear(&status);
}

// Layers of twenty nodes, each sending to two of the next; nineteen components from 50 % to 10^-7.
static void a_large_network_comes_to_rest_in_few_steps(void **state) {
    (void)state;
    enum { LAYERS = 50, WIDTH = 20, MANY = 19 };
    size_t streams = 0, room = (LAYERS + 1) * WIDTH * 2;
    uint32_t *from = malloc(room * sizeof *from), *to = malloc(room * sizeof *to);
    double *flow = malloc(room * sizeof *flow), *flow_sigma = malloc(room * sizeof *flow);
    double *fraction = malloc(room * MANY * sizeof *fraction);
    double *fraction_sigma = malloc(room * MANY * sizeof *fraction);
    double n[1 + MANY];
    Draw draw = draw_seeded(20261125);
    assert_true(from && to && flow && flow_sigma && fraction && fraction_sigma);
    for (uint32_t l = 0; l <= LAYERS; l++)
        for (uint32_t i = 0; i < WIDTH; i++)
            for (uint32_t k = 0; k < 2; k++) {
                size_t j = streams++;
                draw_normals(&draw, n, 1 + MANY);
                from[j] = l ? (l - 1) * WIDTH + i : FLOW_OUTSIDE;
                to[j] = l < LAYERS ? l * WIDTH + (i + k * (1 + l % 7)) % WIDTH : FLOW_OUTSIDE;
                flow_sigma[j] = 0.5;
                flow[j] = 100.0 + 0.5 * n[MANY];
                for (size_t c = 0; c < MANY; c++) {
                    double truth = 0.5 * pow(10.0, -0.35 * (double)c);
                    fraction_sigma[j * MANY + c] = (c < 4 ? 0.005 : 0.03) * truth;
                    fraction[j * MANY + c] = truth + fraction_sigma[j * MANY + c] * n[c];
                }
            }
    FlowBilinear w = {LAYERS * WIDTH, streams,    MANY,     from,          to,
                      flow,           flow_sigma, fraction, fraction_sigma};
    FlowBilinearResult r;
    if (!flow_reconcile_bilinear(&w, (FlowBilinearOptions){.probes = 4, .nonnegative = true},
                                 &arena, &r, &status))
        fail_msg("%s; %s", status.message, status.hint);
    assert_int_equal(r.df, LAYERS * WIDTH * MANY);
    // Five standard deviations of chi-square; curvature is far below.
    near(r.chi2 / (double)r.df, 1.0, 5.0 * sqrt(2.0 / (double)r.df), 0);
    assert_true(r.violation < 1e-6 && r.steps <= 8 && r.held == 0);
    free(from);
    free(to);
    free(flow);
    free(flow_sigma);
    free(fraction);
    free(fraction_sigma);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(both_engines_find_the_same_optimum),
        TEST(drawn_errors_give_the_uncertainties),
        TEST(a_leak_is_seen_in_its_node_and_component),
        TEST(what_would_be_below_zero_is_held_there),
        TEST(what_cannot_be_is_said),
        TEST(empty_and_closed_networks_have_answers),
        TEST(a_large_network_comes_to_rest_in_few_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
