#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rows.h"
#include "base/rowset.h"

// A plain array of one byte a row is what a set must agree with.
enum { SPAN = 5 * ROWSET_BLOCK };
static uint8_t plain[SPAN];
static uint64_t seed = 88172645463325252u;

static uint32_t draw(uint32_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed % below);
}

static void agrees(const RowSet *set) {
    static uint64_t words[ROWSET_WORDS];
    uint64_t rows = 0;
    for (uint32_t key = 0; key < SPAN / ROWSET_BLOCK; key++) {
        memset(words, 0, sizeof words);
        bool any = rowset_or(set, key, words), expected = false;
        for (uint32_t low = 0; low < ROWSET_BLOCK; low++) {
            uint32_t row = key * ROWSET_BLOCK + low;
            assert_int_equal(words[low / 64] >> low % 64 & 1, plain[row]);
            expected = expected || plain[row];
            rows += plain[row];
        }
        assert_int_equal(any, expected);
    }
    assert_true(set->rows == rows);
    for (int i = 0; i < 2000; i++) {
        uint32_t row = draw(SPAN), below = row, above = row + 1, found;
        assert_int_equal(rowset_has(set, row), plain[row]);
        while (below > 0 && !plain[below - 1])
            below--;
        assert_int_equal(rowset_before(set, row, &found), below > 0);
        if (below > 0) assert_int_equal(found, below - 1);
        while (above < SPAN && !plain[above])
            above++;
        assert_int_equal(rowset_after(set, row, &found), above < SPAN);
        if (above < SPAN) assert_int_equal(found, above);
    }
}

// Thin, dense, and emptied again; rows come in any order.
static void a_set_is_what_was_added_and_not_removed(void **state) {
    (void)state;
    Status status;
    RowSet set = {0};
    memset(plain, 0, sizeof plain);
    agrees(&set);
    static const struct {
        uint32_t changes, below, adds_in_ten;
    } rounds[] = {
        {300, SPAN, 10}, {60000, 2 * ROWSET_BLOCK, 9}, {40000, SPAN, 5}, {200000, SPAN, 1}};
    for (size_t r = 0; r < sizeof rounds / sizeof *rounds; r++) {
        for (uint32_t i = 0; i < rounds[r].changes; i++) {
            uint32_t row = draw(rounds[r].below);
            bool add = draw(10) < rounds[r].adds_in_ten;
            if (add)
                assert_true(rowset_add(&set, row, &status));
            else
                rowset_remove(&set, row);
            plain[row] = add;
        }
        agrees(&set);
    }
    rowset_done(&set);
}

static void rows_at_the_ends_of_blocks_and_of_all_numbers_are_found(void **state) {
    (void)state;
    Status status;
    RowSet set = {0};
    static const uint32_t rows[] = {0, 63, 64, 65535, 65536, 131071, UINT32_MAX - 1};
    for (size_t i = sizeof rows / sizeof *rows; i-- > 0;)
        assert_true(rowset_add(&set, rows[i], &status));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t found;
        assert_true(rowset_has(&set, rows[i]));
        assert_int_equal(rowset_before(&set, rows[i], &found), i > 0);
        if (i > 0) assert_int_equal(found, rows[i - 1]);
        assert_int_equal(rowset_after(&set, rows[i], &found), i + 1 < sizeof rows / sizeof *rows);
        if (i + 1 < sizeof rows / sizeof *rows) assert_int_equal(found, rows[i + 1]);
    }
    rowset_done(&set);
}

static void a_row_takes_two_bytes_at_most_and_an_eighth_at_least(void **state) {
    (void)state;
    Status status;
    RowSet thin = {0}, dense = {0};
    for (uint32_t i = 0; i < 4096; i++)
        assert_true(rowset_add(&thin, i * 16, &status));
    for (uint32_t i = 0; i < ROWSET_BLOCK; i++)
        assert_true(rowset_add(&dense, i, &status));
    assert_true(rowset_bytes(&thin) <= 2 * 4096 + 2 * sizeof(RowBlock));
    assert_true(rowset_bytes(&dense) <= ROWSET_BLOCK / 8 + 2 * sizeof(RowBlock));
    rowset_done(&thin);
    rowset_done(&dense);
}

static void adding_without_memory_changes_nothing(void **state) {
    (void)state;
    Status status;
    for (unsigned long nth = 1;; nth++) {
        RowSet set = {0};
        bool all = true;
        memory_fail_at(nth, false);
        for (uint32_t row = 0; row < 4200 && all; row++) {
            uint64_t before = set.rows;
            all = rowset_add(&set, row, &status);
            if (!all) {
                assert_int_equal(status.code, STATUS_NO_MEMORY);
                assert_true(set.rows == before);
                assert_false(rowset_has(&set, row));
            }
        }
        memory_fail_at(0, false);
        rowset_done(&set);
        if (all) break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_what_was_added_and_not_removed),
        cmocka_unit_test(rows_at_the_ends_of_blocks_and_of_all_numbers_are_found),
        cmocka_unit_test(a_row_takes_two_bytes_at_most_and_an_eighth_at_least),
        cmocka_unit_test(adding_without_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
