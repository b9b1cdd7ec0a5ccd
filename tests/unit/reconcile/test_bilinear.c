// Balances of products and of formulas: what can be worked out by hand, and derivatives against
// differences.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "numeric/orthogonal.h"
#include "reconcile/bilinear.h"
#include "reconcile/expression.h"

static Arena arena;
static Status status;

static int begin(void **state) {
    (void)state;
    arena_init(&arena, (size_t)256 << 20);
    status_clear(&status);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static void near(double value, double wanted, double within) {
    if (!(fabs(value - wanted) <= within)) fail_msg("%.15g instead of %.15g", value, wanted);
}

// One node: ore in, concentrate and tailings out; metal assayed in all three, flows of the products
// not weighed.
static const double split[] = {1, -1, -1};

static void unmeasured_flows_follow_from_assays(void **state) {
    (void)state;
    const double y[] = {100, 0, 0, 0.05, 0.30, 0.01}, sd[] = {1, 0, 0, 0.001, 0.01, 0.001};
    const BilinearState states[] = {BILINEAR_EXACT,    BILINEAR_NOT_MEASURED, BILINEAR_NOT_MEASURED,
                                    BILINEAR_MEASURED, BILINEAR_MEASURED,     BILINEAR_MEASURED};
    BilinearProblem p = {.nodes = 1,
                         .streams = 3,
                         .components = 1,
                         .a = split,
                         .total = BILINEAR_TOTAL_BALANCE,
                         .y = y,
                         .sd = sd,
                         .state = states};
    BilinearResult r;
    assert_true(bilinear_solve(&p, true, &arena, &r, &status));
    // The two-product formula.
    near(r.fit.x[1], 100 * (0.05 - 0.01) / (0.30 - 0.01), 1e-9);
    near(r.fit.x[1] + r.fit.x[2], 100, 1e-10);
    assert_int_equal(r.fit.df, 0);
    assert_int_equal(r.fit.class_of[1], VALUE_OBSERVABLE);
    assert_int_equal(r.fit.class_of[3], VALUE_NONREDUNDANT);
    // Its uncertainty by the partial derivatives.
    double d = 0.29, c = 100 * 0.04 / d;
    near(r.sd[1], hypot(hypot(100 / d * 0.001, c / d * 0.01), (c - 100) / d * 0.001), 1e-6);
}

static void a_source_that_was_not_recorded_is_measured(void **state) {
    (void)state;
    // Two elements; what leaves holds more of the second than came in.
    const double y[] = {100, 100, 0.10, 0.10, 0.10, 0.12},
                 sd[] = {0, 0, 0.001, 0.001, 0.001, 0.001};
    BilinearState states[6] = {BILINEAR_EXACT, BILINEAR_EXACT};
    const double pass[] = {1, -1}, pattern[] = {0, 1};
    BilinearProblem p = {.nodes = 1,
                         .streams = 2,
                         .components = 2,
                         .a = pass,
                         .y = y,
                         .sd = sd,
                         .state = states,
                         .has_source = true,
                         .source = pattern};
    BilinearResult r;
    assert_true(bilinear_solve(&p, true, &arena, &r, &status));
    near(r.source, 2, 1e-9);
    near(r.source_sd, hypot(0.1, 0.1), 1e-9);
}

static void shared_errors_are_estimated(void **state) {
    (void)state;
    // Both assays by one laboratory: its error cannot be told from the truth and stays where it
    // was.
    const double y[] = {100, 100, 0.10, 0.13}, sd[] = {0, 0, 0.001, 0.001};
    const BilinearState states[] = {BILINEAR_EXACT, BILINEAR_EXACT, BILINEAR_MEASURED,
                                    BILINEAR_MEASURED};
    const double pass[] = {1, -1}, loading[] = {0, 0, 0.01, -0.01};
    BilinearProblem p = {.nodes = 1,
                         .streams = 2,
                         .components = 1,
                         .a = pass,
                         .y = y,
                         .sd = sd,
                         .state = states,
                         .groups = 1,
                         .loading = loading};
    BilinearResult r;
    assert_true(bilinear_solve(&p, false, &arena, &r, &status));
    // The difference of -0.03 has variance 2e-6 + (0.02)^2.
    near(r.fit.objective, 0.03 * 0.03 / (2e-6 + 4e-4), 1e-9);
    near(r.bias[0], -0.03 * 0.02 / (2e-6 + 4e-4), 1e-9);
}

static void values_that_cannot_be_met_are_said(void **state) {
    (void)state;
    const double y[] = {100, 90, 0.10, 0.10}, sd[] = {0, 0, 0, 0}, pass[] = {1, -1};
    const BilinearState states[4] = {BILINEAR_EXACT, BILINEAR_EXACT, BILINEAR_EXACT,
                                     BILINEAR_EXACT};
    BilinearProblem p = {
        .nodes = 1, .streams = 2, .components = 1, .a = pass, .y = y, .sd = sd, .state = states};
    BilinearResult r;
    // Nothing may move: there is nothing to solve, and nothing that closes.
    if (bilinear_solve(&p, false, &arena, &r, &status)) assert_int_equal(r.fit.df, 0);
    double bad[] = {100, NAN, 0.1, 0.1};
    p.y = bad;
    assert_false(bilinear_solve(&p, false, &arena, &r, &status));
    assert_int_equal(status.code, STATUS_INVALID);
}

static void formulas_have_the_derivatives_of_their_values(void **state) {
    (void)state;
    const Text names[] = {TEXT("x"), TEXT("y2"), TEXT("T")};
    const struct ExpressionAlias h = {TEXT("hT"), 2, {1, 2, 3}};
    ExpressionNames n = {.count = 3, .names = names, .aliases = 1, .alias = &h};
    const char *const formulas[] = {"x*y2^2 - 3 sqrt(x) = 2.5e1",
                                    "-(x + y2)/T + exp(x*y2) - log(T)", "x hT - y2**3 x",
                                    "2 (x) (y2) - x / (y2 - T^-1)"};
    const double at[] = {0.7, 1.3, 2.1};
    for (size_t f = 0; f < sizeof formulas / sizeof *formulas; f++) {
        Expression *e;
        if (!expression_read(text_of(formulas[f]), &n, &arena, &e, &status))
            fail_msg("%s", status.message);
        double g[3] = {0}, hess[9] = {0};
        (void)expression_value(e, at, g, 1, hess, 3);
        for (int i = 0; i < 3; i++) {
            double low[3], high[3], gl[3] = {0}, gh[3] = {0}, d = 1e-6;
            memcpy(low, at, sizeof at);
            memcpy(high, at, sizeof at);
            low[i] -= d;
            high[i] += d;
            double fl = expression_value(e, low, gl, 0, NULL, 3),
                   fh = expression_value(e, high, gh, 0, NULL, 3);
            near(g[i], (fh - fl) / (2 * d), 1e-7 * (1 + fabs(g[i])));
            for (int j = 0; j < 3; j++)
                near(hess[i * 3 + j], (gh[j] - gl[j]) / (2 * d),
                     1e-6 * (1 + fabs(hess[i * 3 + j])));
        }
    }
}

static void faulty_formulas_are_named_with_their_place(void **state) {
    (void)state;
    const Text names[] = {TEXT("x")};
    ExpressionNames n = {.count = 1, .names = names};
    Expression *e;
    static const struct {
        const char *text, *where;
    } bad[] = {{"x + q", "character 5"},
               {"x * ", "character 5"},
               {"(x", "character 3"},
               {"x^y", "character 3"},
               {"x = 1 = 2", "character 7"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        status_clear(&status);
        assert_false(expression_read(text_of(bad[i].text), &n, &arena, &e, &status));
        assert_string_equal(status.where, bad[i].where);
    }
    char deep[400];
    memset(deep, '(', sizeof deep);
    assert_false(expression_read((Text){deep, sizeof deep}, &n, &arena, &e, &status));
}

static void a_semidefinite_system_is_solved_where_it_says_something(void **state) {
    (void)state;
    double c[] = {4, 2, 2, 1}, b[] = {4, 2}, x[2], scratch[2];
    size_t order[2];
    assert_true(semidefinite_solve(c, 2, 1e-12, b, x, scratch, order));
    near(4 * x[0] + 2 * x[1], 4, 1e-12);
    double indefinite[] = {1, 0, 0, -1};
    assert_false(semidefinite_solve(indefinite, 2, 1e-12, b, x, scratch, order));
    Orthogonal o;
    const double m[] = {1, 2, 3, 2, 4, 6};
    assert_true(orthogonal_make(m, 2, 3, 1e-10, &arena, &o, &status));
    assert_int_equal(o.rank, 1);
    near(fabs(o.q[0 * 2 + 1] * 1 + o.q[1 * 2 + 1] * 2), 0, 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unmeasured_flows_follow_from_assays, begin, end),
        cmocka_unit_test_setup_teardown(a_source_that_was_not_recorded_is_measured, begin, end),
        cmocka_unit_test_setup_teardown(shared_errors_are_estimated, begin, end),
        cmocka_unit_test_setup_teardown(values_that_cannot_be_met_are_said, begin, end),
        cmocka_unit_test_setup_teardown(formulas_have_the_derivatives_of_their_values, begin, end),
        cmocka_unit_test_setup_teardown(faulty_formulas_are_named_with_their_place, begin, end),
        cmocka_unit_test_setup_teardown(a_semidefinite_system_is_solved_where_it_says_something,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
