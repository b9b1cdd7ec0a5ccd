// Numbers that the book keeps: equal stretches once, and never any that may still change.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "book/state.h"

static Book *book;

static int setup(void **state) {
    (void)state;
    static const uint8_t key[16] = {3};
    Status status;
    status_clear(&status);
    book = book_new(key, &status);
    assert_non_null(book);
    event_begin(book);
    assert_true(book_reserve(book, 4, &status));
    return 0;
}
static int teardown(void **state) {
    (void)state;
    book_free(book);
    return 0;
}

static void what_was_kept_lately_is_kept_once(void **state) {
    (void)state;
    int64_t numbers[] = {7, -1, 12}, others[] = {7, -1, 13};
    uint32_t first = values_keep(book, numbers, 3);
    assert_int_equal(values_keep(book, numbers, 3), first);
    uint32_t second = values_keep(book, others, 3);
    assert_int_not_equal(second, first);
    assert_memory_equal(values_at(book, first), numbers, sizeof numbers);
    assert_memory_equal(values_at(book, second), others, sizeof others);
}

static void a_content_gives_its_numbers_to_what_says_its_values_again(void **state) {
    (void)state;
    Content content = {.stated = 6, .whole = 14, .below = 8, .dry = 100};
    content.mg[1] = 40;
    content.mg[2] = 50;
    content.bound[3] = 1;
    ContentRef ref = content_keep(book, &content);
    int64_t stated[] = {40, 50};
    assert_int_equal(values_keep(book, stated, 2), ref.values);
    Content back;
    content_load(book, &ref, &back);
    assert_true(content_equal(&back, &content));
}

// Zeros have one hash, however many; behind what was kept stands what changes.
static void no_stretch_reaches_into_what_may_change(void **state) {
    (void)state;
    int64_t zeros[3] = {0};
    uint32_t kept = values_keep(book, zeros, 1);
    uint32_t account = values_new(book, 2);
    assert_int_equal(account, kept + 1);
    memset(values_at(book, account), 0, 2 * sizeof(int64_t));
    uint32_t more = values_keep(book, zeros, 3);
    *values_at(book, account) = 99;
    assert_memory_equal(values_at(book, more), zeros, sizeof zeros);
}

static void what_was_cut_off_is_not_found_again(void **state) {
    (void)state;
    int64_t numbers[] = {5, 6};
    BookMark mark = book_mark(book);
    uint32_t kept = values_keep(book, numbers, 2);
    book_rewind(book, mark);
    event_begin(book);
    uint32_t account = values_new(book, 2); // by chance the same numbers, for now
    assert_int_equal(account, kept);
    memcpy(values_at(book, account), numbers, sizeof numbers);
    assert_int_not_equal(values_keep(book, numbers, 2), account);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_kept_lately_is_kept_once),
        TEST(a_content_gives_its_numbers_to_what_says_its_values_again),
        TEST(no_stretch_reaches_into_what_may_change),
        TEST(what_was_cut_off_is_not_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
