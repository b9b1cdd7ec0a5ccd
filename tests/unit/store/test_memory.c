#include "conformance.h"

#include "store/memory.h"

static StorePlace shelf = {"memory:conformance"};

static int set_up(void **state) {
    *state = &shelf;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    store_memory_forget(shelf.name);
    return 0;
}

static void two_names_are_two_stores(void **state) {
    (void)state;
    Status status;
    Store *a = store_open("memory:a", STORE_CREATE, &status);
    Store *b = store_open("memory:b", STORE_CREATE, &status);
    assert_non_null(a);
    assert_non_null(b);
    assert_true(append_samples(a, 0, 3, &status));
    assert_int_equal(read_samples(a), 3);
    assert_int_equal(read_samples(b), 0);
    store_close(a);
    store_close(b);
    store_memory_forget("memory:a");
    store_memory_forget("memory:b");
    store_memory_forget("memory:never");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONFORMANCE_CASES(set_up, tear_down),
        cmocka_unit_test(two_names_are_two_stores),
    };
    return cmocka_run_group_tests_name("store/memory", tests, NULL, NULL);
}
