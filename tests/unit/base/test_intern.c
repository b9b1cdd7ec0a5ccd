#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/intern.h"
#include "base/memory.h"

static const uint8_t key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static Text name_of(uint32_t number, char out[32]) {
    return (Text){out, (size_t)snprintf(out, 32, "party:lot-%u", number)};
}

static uint32_t put(Intern *intern, Text text) {
    Status status;
    assert_true(intern_reserve(intern, 1, text.length, &status));
    return intern_put(intern, text);
}

static void siphash_agrees_with_the_paper_and_with_libsodium(void **state) {
    (void)state;
    uint8_t bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    assert_true(siphash(key, bytes, 15) == 0xa129ca6149be45e5); // the paper, appendix A
    for (size_t length = 0; length <= 256; length++) {
        uint8_t other[crypto_shorthash_BYTES];
        uint64_t word;
        assert_int_equal(crypto_shorthash(other, bytes, length, key), 0);
        memcpy(&word, other, sizeof word);
        assert_true(siphash(key, bytes, length) == word);
    }
}

static void each_text_is_kept_once_under_the_next_number(void **state) {
    (void)state;
    Status status;
    Intern *intern = intern_new(key, &status);
    assert_non_null(intern);
    enum { TEXTS = 200000 };
    char name[32];
    assert_int_equal(intern_find(intern, TEXT("party:lot-0")), ROW_NONE);
    for (uint32_t i = 0; i < TEXTS; i++)
        assert_int_equal(put(intern, name_of(i, name)), i);
    for (uint32_t i = 0; i < TEXTS; i++) {
        Text text = name_of(i, name);
        intern_prefetch(intern, text);
        assert_int_equal(intern_find(intern, text), i);
        assert_int_equal(put(intern, text), i);
        assert_true(text_equal(intern_text(intern, i), text));
    }
    assert_int_equal(intern_count(intern), TEXTS);
    assert_int_equal(put(intern, TEXT("")), TEXTS);
    assert_int_equal(intern_find(intern, TEXT("")), TEXTS);
    assert_int_equal(intern_text(intern, TEXTS).length, 0);
    intern_free(intern);
    intern_free(NULL);
}

static void cut_is_as_if_the_texts_had_never_come(void **state) {
    (void)state;
    Status status;
    Intern *intern = intern_new(key, &status);
    assert_non_null(intern);
    char name[32];
    uint32_t seed = 1, count = 0;
    // A model beside it: number i is text i of the present generation.
    enum { MOST = 3000 };
    static uint32_t model[MOST];
    uint32_t fresh = 0;
    for (int round = 0; round < 400; round++) {
        seed = seed * 1664525 + 1013904223;
        uint32_t more = seed >> 16 & 127;
        for (uint32_t i = 0; i < more && count < MOST; i++, count++) {
            model[count] = fresh++;
            assert_int_equal(put(intern, name_of(model[count], name)), count);
        }
        seed = seed * 1664525 + 1013904223;
        uint32_t kept = count - (count ? (seed >> 16) % (count < 150 ? count + 1 : 150) : 0);
        for (uint32_t i = kept; i < count; i++) {
            assert_int_equal(intern_find(intern, name_of(model[i], name)), i);
        }
        intern_cut(intern, kept);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(intern_find(intern, name_of(model[i], name)), i < kept ? i : ROW_NONE);
        }
        count = kept;
        assert_int_equal(intern_count(intern), count);
    }
    for (uint32_t i = 0; i < count; i++) {
        assert_true(text_equal(intern_text(intern, i), name_of(model[i], name)));
    }
    intern_free(intern);
}

// The same length, beginning and end: they are remembered in one place, and each is found.
static void alike_names_are_told_apart_also_after_a_cut(void **state) {
    (void)state;
    Status status;
    Intern *intern = intern_new(key, &status);
    assert_non_null(intern);
    assert_true(intern_reserve(intern, 8, 1000, &status));
    Text x = text_of("12345678-x-12345678"), y = text_of("12345678-y-12345678");
    assert_int_equal(intern_put(intern, x), 0);
    assert_int_equal(intern_find(intern, y), ROW_NONE);
    assert_int_equal(intern_put(intern, y), 1);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(intern_find(intern, x), 0);
        assert_int_equal(intern_find(intern, y), 1);
        assert_int_equal(intern_put(intern, again ? y : x), again);
    }
    intern_cut(intern, 1);
    assert_int_equal(intern_find(intern, y), ROW_NONE);
    intern_cut(intern, 0);
    assert_int_equal(intern_put(intern, y), 0);
    assert_int_equal(intern_find(intern, x), ROW_NONE);
    assert_int_equal(intern_find(intern, y), 0);
    intern_free(intern);
}

static void reserved_room_outlives_a_cut(void **state) {
    (void)state;
    Status status;
    Intern *intern = intern_new(key, &status);
    assert_non_null(intern);
    char name[32];
    assert_true(intern_reserve(intern, 1000, 32000, &status));
    memory_fail_at(1, true);
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 1000; i++) {
            assert_int_equal(intern_put(intern, name_of(i, name)), i);
        }
        intern_cut(intern, 0);
    }
    assert_false(memory_has_failed());
    assert_int_equal(memory_requests(), 0);
    memory_fail_at(0, false);
    intern_free(intern);
}

static void failed_reserve_changes_nothing(void **state) {
    (void)state;
    Status status;
    char name[32];
    for (unsigned long nth = 1;; nth++) {
        memory_fail_at(nth, false);
        Intern *intern = intern_new(key, &status);
        if (intern) {
            uint32_t i = 0;
            for (; i < 300; i++) {
                Text text = name_of(i, name);
                if (!intern_reserve(intern, 1, text.length, &status)) break;
                assert_int_equal(intern_put(intern, text), i);
            }
            if (i < 300) assert_int_equal(status.code, STATUS_NO_MEMORY);
            assert_int_equal(intern_count(intern), i);
            for (uint32_t j = 0; j < 300; j++) {
                assert_int_equal(intern_find(intern, name_of(j, name)), j < i ? j : ROW_NONE);
            }
        } else {
            assert_int_equal(status.code, STATUS_NO_MEMORY);
        }
        intern_free(intern);
        if (!memory_has_failed()) break;
        assert_true(nth < 100);
    }
    memory_fail_at(0, false);
}

typedef struct Shared {
    Intern *intern;
    _Atomic uint32_t published;
} Shared;

static void *read_published(void *argument) {
    Shared *shared = argument;
    char name[32];
    uintptr_t wrong = 0;
    uint32_t seen = 0;
    while (seen < 100000) {
        uint32_t count = atomic_load_explicit(&shared->published, memory_order_acquire);
        for (; seen < count; seen++) {
            wrong += !text_equal(intern_text(shared->intern, seen), name_of(seen, name));
        }
    }
    return (void *)wrong;
}

static void another_thread_may_read_below_the_published_count(void **state) {
    (void)state;
    Status status;
    Shared shared = {.intern = intern_new(key, &status)};
    assert_non_null(shared.intern);
    pthread_t reader;
    char name[32];
    put(shared.intern, name_of(0, name));
    atomic_store_explicit(&shared.published, 1, memory_order_release);
    assert_int_equal(pthread_create(&reader, NULL, read_published, &shared), 0);
    for (uint32_t i = 1; i < 100000; i++) {
        put(shared.intern, name_of(i, name));
        atomic_store_explicit(&shared.published, i + 1, memory_order_release);
    }
    void *wrong;
    assert_int_equal(pthread_join(reader, &wrong), 0);
    assert_null(wrong);
    intern_free(shared.intern);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_agrees_with_the_paper_and_with_libsodium),
        cmocka_unit_test(each_text_is_kept_once_under_the_next_number),
        cmocka_unit_test(cut_is_as_if_the_texts_had_never_come),
        cmocka_unit_test(alike_names_are_told_apart_also_after_a_cut),
        cmocka_unit_test(reserved_room_outlives_a_cut),
        cmocka_unit_test(failed_reserve_changes_nothing),
        cmocka_unit_test(another_thread_may_read_below_the_published_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
