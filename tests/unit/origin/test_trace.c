// Shares by hand: every figure here is worked out in the comment beside it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "origin/trace.h"
#include "quantity/component.h"

enum { NODES_MAX = 12, ARCS_MAX = 16, ND = COMPONENT_Nd, PR = COMPONENT_Pr, FE = COMPONENT_Fe };

typedef struct Drawing {
    TraceArc arc[ARCS_MAX];
    double mass[ARCS_MAX][TRACE_COMPONENTS + TRACE_SUMS];
    bool pool[NODES_MAX];
    TraceGraph graph;
    Arena arena;
} Drawing;

static Drawing drawing;

static int begin(void **state) {
    (void)state;
    memset(&drawing, 0, sizeof drawing);
    arena_init(&drawing.arena, 1 << 20);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_done(&drawing.arena);
    return 0;
}

static void arc(uint32_t from, uint32_t to, double nd, double pr) {
    double *mass = drawing.mass[drawing.graph.arcs];
    drawing.arc[drawing.graph.arcs++] = (TraceArc){from, to};
    mass[ND] = nd;
    mass[PR] = pr;
    for (int sum = 0; sum < TRACE_SUMS; sum++)
        mass[TRACE_COMPONENTS + sum] = nd + pr;
}

static TraceUp up(size_t nodes, uint32_t root) {
    Status status;
    TraceUp result;
    drawing.graph.nodes = nodes;
    drawing.graph.arc = drawing.arc;
    drawing.graph.mass = drawing.mass[0];
    drawing.graph.components = TRACE_COMPONENTS;
    drawing.graph.pool = drawing.pool;
    assert_true(trace_up(&drawing.graph, root, &drawing.arena, &result, &status));
    for (int c = 0; c < TRACE_COMPONENTS; c++) {
        double sum = 0;
        for (size_t n = 0; n < nodes; n++)
            sum += result.end[n * TRACE_COMPONENTS + (size_t)c];
        assert_true(fabs(sum - 1) < 1e-9);
    }
    return result;
}

static double at(const double *values, uint32_t node, int c) {
    return values[node * TRACE_COMPONENTS + (uint32_t)c];
}
static void near(double value, double expected) {
    assert_true(fabs(value - expected) < 1e-12);
}

static void an_origin_is_all_its_own(void **state) {
    (void)state;
    TraceUp result = up(1, 0);
    near(at(result.end, 0, ND), 1);
}

static void a_batch_has_its_inputs_by_mass_of_each_component(void **state) {
    (void)state;
    arc(1, 0, 30, 10); // of 40 Nd and 40 Pr
    arc(2, 0, 10, 30);
    TraceUp result = up(3, 0);
    near(at(result.end, 1, ND), 0.75);
    near(at(result.end, 2, ND), 0.25);
    near(at(result.end, 1, PR), 0.25);
    near(at(result.end, 2, PR), 0.75);
    near(at(result.end, 0, ND), 0);
}

static void two_ways_to_one_origin_add_up(void **state) {
    (void)state;
    arc(1, 0, 6, 0);
    arc(2, 0, 4, 0);
    arc(3, 1, 10, 0);
    arc(3, 2, 1, 0); // 2 is half of 3, half of 4
    arc(4, 2, 1, 0);
    TraceUp result = up(5, 0);
    near(at(result.end, 3, ND), 0.6 + 0.4 * 0.5);
    near(at(result.end, 4, ND), 0.2);
    near(at(result.reach, 2, ND), 0.4);
    near(trace_through(&result, 3, ND), 0.2);
}

static void a_component_that_no_input_states_goes_by_the_rare_earths(void **state) {
    (void)state;
    arc(1, 0, 30, 0);
    arc(2, 0, 0, 10);
    TraceUp result = up(3, 0);
    near(at(result.end, 1, FE), 0.75);
    near(at(result.end, 1, ND), 1);
    near(at(result.end, 2, PR), 1);
}

static void where_nothing_is_stated_net_mass_counts(void **state) {
    (void)state;
    arc(1, 0, 0, 0);
    arc(2, 0, 0, 0);
    drawing.mass[0][TRACE_COMPONENTS + TRACE_NET] = 1;
    drawing.mass[1][TRACE_COMPONENTS + TRACE_NET] = 3;
    TraceUp result = up(3, 0);
    near(at(result.end, 1, ND), 0.25);
}

// Pool 1 takes 60 of source 2 and 40 of lot 3, which is 30 of pool 1 and 10 of source 4:
// 100 s = 60 + 40 * 0.75 s, so s = 6/7.
static void draw_a_pool_that_gets_its_own_back(void) {
    drawing.pool[1] = true;
    arc(1, 0, 5, 5);
    arc(2, 1, 60, 60);
    arc(3, 1, 40, 40);
    arc(1, 3, 30, 30);
    arc(4, 3, 10, 10);
}

static void what_comes_back_to_its_pool_is_solved_for(void **state) {
    (void)state;
    draw_a_pool_that_gets_its_own_back();
    TraceUp result = up(5, 0);
    near(at(result.end, 2, ND), 6.0 / 7);
    near(at(result.end, 4, ND), 1.0 / 7);
    near(at(result.reach, 1, ND), 1 / 0.7); // some of it passed the pool twice, and so on
}

// The same with the lot on the way as what is asked for: 3/4 of the pool's 6/7 and 1/7.
static void a_lot_on_the_way_round_keeps_what_else_went_into_it(void **state) {
    (void)state;
    draw_a_pool_that_gets_its_own_back();
    TraceUp result = up(5, 3);
    near(at(result.end, 2, ND), 0.75 * 6 / 7);
    near(at(result.end, 4, ND), 0.25 + 0.75 / 7);
}

// Pool 1: 100 of source 5, and lot 3 from pool 2. Pool 2: 50 of source 6, and lot 4 from pool 1.
static void pools_that_feed_each_other_are_one_b19(void **state) {
    (void)state;
    drawing.pool[1] = drawing.pool[2] = true;
    arc(5, 1, 100, 0);
    arc(3, 1, 10, 0);
    arc(6, 2, 50, 0);
    arc(4, 2, 20, 0);
    arc(2, 3, 10, 0);
    arc(1, 4, 20, 0);
    arc(1, 0, 7, 0);
    arc(2, 7, 7, 0);
    TraceUp from_first = up(8, 0), from_second = up(8, 7);
    near(at(from_first.end, 5, ND), 2.0 / 3);
    near(at(from_second.end, 5, ND), 2.0 / 3);
    near(at(from_second.end, 6, ND), 1.0 / 3);
}

static void a_loop_that_nothing_came_into_is_an_origin_itself(void **state) {
    (void)state;
    drawing.pool[1] = true;
    arc(1, 0, 5, 0);
    arc(2, 1, 5, 0);
    arc(1, 2, 5, 0);
    TraceUp result = up(3, 0);
    near(at(result.end, 1, ND), 1);
}

static TraceDown down(size_t nodes, uint32_t root) {
    Status status;
    TraceDown result;
    drawing.graph.nodes = nodes;
    drawing.graph.arc = drawing.arc;
    drawing.graph.mass = drawing.mass[0];
    drawing.graph.components = TRACE_COMPONENTS;
    drawing.graph.mass = drawing.mass[0];
    drawing.graph.components = TRACE_COMPONENTS;
    drawing.graph.pool = drawing.pool;
    assert_true(trace_down(&drawing.graph, root, &drawing.arena, &result, &status));
    return result;
}

static void downstream_a_part_is_what_the_mixture_has_of_the_lot(void **state) {
    (void)state;
    drawing.pool[2] = true;
    arc(0, 2, 60, 10);
    arc(1, 2, 40, 90);
    arc(2, 3, 50, 50);
    arc(3, 4, 50, 50);
    TraceDown result = down(5, 0);
    near(at(result.part, 4, ND), 0.6);
    near(at(result.part, 4, PR), 0.1);
    near(at(result.part, 1, ND), 0);
    near(at(result.part, 0, ND), 1);
}

// As above: the pool's s = 6/7, also seen from the source.
static void downstream_what_comes_back_to_its_pool_is_solved_for(void **state) {
    (void)state;
    draw_a_pool_that_gets_its_own_back();
    TraceDown result = down(5, 2);
    near(at(result.part, 1, ND), 6.0 / 7);
    near(at(result.part, 0, ND), 6.0 / 7);
    near(at(result.part, 3, ND), 0.75 * 6 / 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_origin_is_all_its_own, begin, end),
        cmocka_unit_test_setup_teardown(a_batch_has_its_inputs_by_mass_of_each_component, begin,
                                        end),
        cmocka_unit_test_setup_teardown(two_ways_to_one_origin_add_up, begin, end),
        cmocka_unit_test_setup_teardown(a_component_that_no_input_states_goes_by_the_rare_earths,
                                        begin, end),
        cmocka_unit_test_setup_teardown(where_nothing_is_stated_net_mass_counts, begin, end),
        cmocka_unit_test_setup_teardown(what_comes_back_to_its_pool_is_solved_for, begin, end),
        cmocka_unit_test_setup_teardown(a_lot_on_the_way_round_keeps_what_else_went_into_it, begin,
                                        end),
        cmocka_unit_test_setup_teardown(pools_that_feed_each_other_are_one_b19, begin, end),
        cmocka_unit_test_setup_teardown(a_loop_that_nothing_came_into_is_an_origin_itself, begin,
                                        end),
        cmocka_unit_test_setup_teardown(downstream_a_part_is_what_the_mixture_has_of_the_lot, begin,
                                        end),
        cmocka_unit_test_setup_teardown(downstream_what_comes_back_to_its_pool_is_solved_for, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
