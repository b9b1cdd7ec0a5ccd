// Memory that fails on request, and the three things built on it: arena, buffer, rows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/rows.h"

static void the_request_asked_for_fails_and_no_other(void **state) {
    (void)state;
    memory_fail_at(2, false);
    void *first = memory_new(8), *second = memory_new_zero(1, 8), *third = memory_new(0);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    assert_int_equal(memory_requests(), 3);
    assert_true(memory_has_failed());
    memory_fail_at(1, true);
    assert_null(memory_resize(first, 100)); // the old block stands
    memset(first, 1, 8);
    assert_null(memory_new(1));
    memory_fail_at(0, false);
    assert_false(memory_has_failed());
    assert_null(memory_new_zero(SIZE_MAX / 2, 3));
    memory_free(first);
    memory_free(third);
    memory_free(NULL);
}

static void *ask_thousand_times(void *unused) {
    (void)unused;
    uintptr_t failures = 0;
    for (int i = 0; i < 1000; i++) {
        void *block = memory_new(16);
        failures += !block;
        memory_free(block);
    }
    return (void *)failures;
}

static void exactly_one_of_many_threads_meets_the_failure(void **state) {
    (void)state;
    pthread_t threads[4];
    uintptr_t failures = 0;
    memory_fail_at(1500, false);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_thousand_times, NULL), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *seen;
        assert_int_equal(pthread_join(threads[i], &seen), 0);
        failures += (uintptr_t)seen;
    }
    assert_int_equal(failures, 1);
    assert_int_equal(memory_requests(), 4000);
    memory_fail_at(0, false);
}

static void arena_gives_aligned_memory_up_to_its_limit(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 1000000);
    for (int round = 0; round < 3; round++) {
        size_t whole = 0;
        uint8_t *at[200];
        for (size_t i = 0; i < 200; i++) {
            size_t size = i * i % 1700 + (i % 50 == 0 ? 30000 : 0);
            at[i] = arena_take(&arena, size);
            assert_non_null(at[i]);
            assert_int_equal((uintptr_t)at[i] % 16, 0);
            memset(at[i], (int)i, size);
            whole += size;
        }
        for (size_t i = 0; i < 200; i++) { // nobody wrote over anybody
            size_t size = i * i % 1700 + (i % 50 == 0 ? 30000 : 0);
            for (size_t j = 0; j < size; j++)
                assert_int_equal(at[i][j], (uint8_t)i);
        }
        assert_true(arena.used >= whole);
        assert_null(arena_take(&arena, 1000000));
        assert_null(arena_take(&arena, SIZE_MAX));
        assert_null(arena_take_zero(&arena, SIZE_MAX / 2, 4));
        assert_string_equal(arena_copy(&arena, "neodymium+", 9), "neodymium");
        assert_string_equal(arena_format(&arena, "%d kg of %s", 12, "Dy"), "12 kg of Dy");
        uint8_t *clear = arena_take_zero(&arena, 10, 100);
        for (int i = 0; i < 1000; i++)
            assert_int_equal(clear[i], 0);
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    memory_fail_at(1, true);
    assert_non_null(arena_take(&arena, 100)); // from a block that was kept
    assert_null(arena_take(&arena, 500000));
    memory_fail_at(0, false);
    arena_done(&arena);
    arena_done(&arena);
}

static void arena_fills_its_limit_to_the_last_byte(void **state) {
    (void)state;
    Arena arena;
    arena_init(&arena, 160000);
    for (int i = 0; i < 10000; i++)
        assert_non_null(arena_take(&arena, 16));
    assert_null(arena_take(&arena, 1));
    arena_done(&arena);
}

static void failed_append_leaves_the_buffer_as_it_was(void **state) {
    (void)state;
    Buffer buffer;
    buffer_init(&buffer, 10);
    assert_true(buffer_string(&buffer, "12345"));
    assert_false(buffer_string(&buffer, "678901"));
    assert_true(buffer.failed);
    assert_true(text_equal(buffer_view(&buffer), TEXT("12345")));
    assert_false(buffer_char(&buffer, '6')); // no hole in the text
    buffer_reset(&buffer);
    assert_true(buffer_format(&buffer, "%s", "1234567890")); // to the last byte of the limit
    assert_true(text_equal(buffer_view(&buffer), TEXT("1234567890")));
    assert_false(buffer_format(&buffer, "%d", 1));
    buffer_done(&buffer);

    buffer_init(&buffer, 100000);
    memory_fail_at(1, false);
    assert_false(buffer_u64(&buffer, 1));
    assert_int_equal(buffer.length, 0);
    memory_fail_at(0, false);
    buffer_reset(&buffer);
    for (int i = 0; i < 10000; i++)
        assert_true(buffer_format(&buffer, "%05d", i));
    assert_int_equal(buffer.length, 50000);
    assert_memory_equal(buffer.bytes + 49995, "09999", 5);
    buffer_done(&buffer);
    assert_int_equal(buffer_view(&buffer).length, 0);
}

static void integers_are_read_as_they_were_written_big_endian(void **state) {
    (void)state;
    Buffer buffer;
    buffer_init(&buffer, 1000);
    assert_true(buffer_u8(&buffer, 0x01) && buffer_u16(&buffer, 0x0203) &&
                buffer_u32(&buffer, 0x04050607) && buffer_u64(&buffer, 0x08090a0b0c0d0e0f) &&
                buffer_i64(&buffer, -2));
    static const uint8_t expected[] = {1,    2,    3,    4,    5,    6,    7,   8,
                                       9,    10,   11,   12,   13,   14,   15,  0xFF,
                                       0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE};
    assert_int_equal(buffer.length, sizeof expected);
    assert_memory_equal(buffer.bytes, expected, sizeof expected);
    Reader reader = reader_of(buffer.bytes, buffer.length);
    assert_int_equal(read_u8(&reader), 1);
    assert_int_equal(read_u16(&reader), 0x0203);
    assert_int_equal(read_u32(&reader), 0x04050607);
    assert_true(read_u64(&reader) == 0x08090a0b0c0d0e0f);
    assert_int_equal(reader_left(&reader), 8);
    assert_true(read_i64(&reader) == -2);
    assert_false(reader.failed);
    buffer_done(&buffer);
}

static void reading_past_the_end_gives_zeros_from_then_on(void **state) {
    (void)state;
    Reader reader = reader_of("\xFF\xFF\xFF", 3);
    assert_int_equal(read_u32(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(read_u8(&reader), 0);
    assert_null(read_bytes(&reader, 0));
    assert_int_equal(reader_left(&reader), 0);
    reader = reader_of(NULL, 0);
    assert_non_null(read_bytes(&reader, 0));
    assert_int_equal(read_u16(&reader), 0);
    assert_true(reader.failed);
}

static void rows_never_move_and_come_back_cleared_after_a_cut(void **state) {
    (void)state;
    Rows rows;
    Status status;
    rows_init(&rows, 24);
    uint64_t *first = NULL;
    for (uint32_t i = 0; i < 150000; i++) {
        assert_true(rows_reserve(&rows, 1, &status));
        uint64_t *row = rows_add(&rows);
        assert_true(row[0] == 0 && row[1] == 0 && row[2] == 0);
        row[0] = i;
        row[2] = ~(uint64_t)i;
        if (i == 0) first = row;
    }
    assert_ptr_equal(first, rows_at(&rows, 0));
    for (uint32_t i = 0; i < 150000; i++) {
        const uint64_t *row = rows_at(&rows, i);
        assert_true(row[0] == i && row[2] == ~(uint64_t)i);
    }
    rows_cut(&rows, 65536);
    assert_int_equal(rows.count, 65536);
    memory_fail_at(1, true);
    assert_true(rows_reserve(&rows, 80000, &status)); // the chunks were kept
    memory_fail_at(0, false);
    const uint64_t *row = rows_add(&rows);
    assert_true(row[0] == 0 && row[2] == 0);
    rows_done(&rows);
    rows_done(&rows);
}

static void rows_refuse_what_memory_or_numbers_do_not_hold(void **state) {
    (void)state;
    Rows rows;
    Status status;
    rows_init(&rows, 8);
    for (unsigned long nth = 1; nth <= 3; nth++) {
        memory_fail_at(nth, false);
        bool made = rows_reserve(&rows, 200000, &status);
        assert_int_equal(made, false);
        assert_int_equal(status.code, STATUS_NO_MEMORY);
        assert_int_equal(rows.count, 0);
        rows_done(&rows);
    }
    memory_fail_at(0, false);
    assert_true(rows_reserve(&rows, 1, &status));
    rows_add(&rows);
    assert_false(rows_reserve(&rows, UINT32_MAX, &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    rows_done(&rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_asked_for_fails_and_no_other),
        cmocka_unit_test(exactly_one_of_many_threads_meets_the_failure),
        cmocka_unit_test(arena_gives_aligned_memory_up_to_its_limit),
        cmocka_unit_test(arena_fills_its_limit_to_the_last_byte),
        cmocka_unit_test(failed_append_leaves_the_buffer_as_it_was),
        cmocka_unit_test(integers_are_read_as_they_were_written_big_endian),
        cmocka_unit_test(reading_past_the_end_gives_zeros_from_then_on),
        cmocka_unit_test(rows_never_move_and_come_back_cleared_after_a_cut),
        cmocka_unit_test(rows_refuse_what_memory_or_numbers_do_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
