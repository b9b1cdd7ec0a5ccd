#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "simulate/random.h"

static void the_generator_is_xoshiro256_plus_plus(void **state) {
    (void)state;
    // The authors' C code, state 1 2 3 4, as also in the tests of Rust's rand_xoshiro.
    static const uint64_t expected[10] = {41943041u,
                                          58720359u,
                                          3588806011781223u,
                                          3591011842654386u,
                                          9228616714210784205u,
                                          9973669472204895162u,
                                          14011001112246962877u,
                                          12406186145184390807u,
                                          15849039046786891736u,
                                          10450023813501588000u};
    Random random = {{1, 2, 3, 4}};
    for (int i = 0; i < 10; i++)
        assert_true(random_next(&random) == expected[i]);
}

static void streams_differ_and_repeat(void **state) {
    (void)state;
    Random a, b, c;
    random_init(&a, 7, random_name("NORTH-SX"));
    random_init(&b, 7, random_name("NORTH-SX"));
    random_init(&c, 7, random_name("SOUTH-SX"));
    uint64_t first = random_next(&a);
    assert_true(first == random_next(&b));
    assert_true(first != random_next(&c));
}

static void normal_draws_have_mean_zero_and_variance_one(void **state) {
    (void)state;
    enum { DRAWS = 1000000 };
    Random random;
    random_init(&random, 1, 1);
    double sum = 0, squares = 0, fourth = 0;
    int64_t most = 0;
    for (int i = 0; i < DRAWS; i++) {
        int64_t z = random_normal(&random);
        double sigma = (double)z / NORMAL_ONE;
        if (z > most) most = z;
        if (-z > most) most = -z;
        sum += sigma;
        squares += sigma * sigma;
        fourth += sigma * sigma * sigma * sigma;
    }
    assert_true(sum / DRAWS < 0.004 && sum / DRAWS > -0.004); // four sigma
    assert_true(squares / DRAWS < 1.006 && squares / DRAWS > 0.994);
    // The sum of twelve has excess kurtosis -0.1.
    assert_true(fourth / DRAWS < 2.95 && fourth / DRAWS > 2.85);
    assert_true(most <= 6 * NORMAL_ONE);
}

static void what_is_below_stays_below(void **state) {
    (void)state;
    Random random;
    random_init(&random, 3, 3);
    int seen[5] = {0};
    for (int i = 0; i < 1000; i++) {
        uint32_t draw = random_below(&random, 5);
        assert_true(draw < 5);
        seen[draw]++;
    }
    for (int i = 0; i < 5; i++)
        assert_true(seen[i] > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_xoshiro256_plus_plus),
        cmocka_unit_test(streams_differ_and_repeat),
        cmocka_unit_test(normal_draws_have_mean_zero_and_variance_one),
        cmocka_unit_test(what_is_below_stays_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
