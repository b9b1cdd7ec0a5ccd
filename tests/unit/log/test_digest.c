// Expected digests were computed by Python's hashlib and struct from docs/format.md.
#include "base/encode.h"
#include "base/memory.h"
#include "log/digest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_digest(const Digest *digest, uint16_t version, uint64_t size, const char *hex) {
    char digits[2 * HASH_BYTES + 1];
    Hash root = digest_root(digest, version, size);
    hex_write(root.bytes, HASH_BYTES, digits);
    assert_string_equal(digits, hex);
}

static void put(Digest *digest, uint16_t table, uint32_t chunk, uint32_t rows, Text bytes) {
    Status status;
    assert_true(digest_chunk(digest, &(DigestChunk){table, chunk, rows}, bytes, &status));
}

#define EMPTY "b9a43674cd71dcbf1f667b3970b53f92cb4d177958a67e17a96d9f48659322ad"
#define ONE   "ce110ebb69c9f3047464156753c3c9330c8cf2640aeaa8de02b80cf1af2d911c"
#define THREE "a86884f97a59a29d0bd50d89142b9af6fb8c9965a562ba9250b2b655efe2ae35"

static Digest *filled(void) {
    Status status;
    Digest *digest = digest_new(&status);
    assert_non_null(digest);
    static char full[8192];
    memset(full, 0xAA, sizeof full);
    // In another order than the digest's own: by table, then chunk.
    put(digest, 7, 0, 1, TEXT("row"));
    put(digest, 1, 0, DIGEST_ROWS_MAX, (Text){full, sizeof full});
    put(digest, 1, 1, 2, TEXT("\x01\x02\x03\x04"));
    return digest;
}

static void the_digest_is_that_of_the_documents(void **state) {
    (void)state;
    Digest *digest = filled();
    assert_digest(digest, 0x0102, 0x0304, THREE);
    digest_cut(digest, 7, 0);
    digest_cut(digest, 1, 1);
    assert_digest(digest, 1, 5, ONE);
    digest_cut(digest, 1, 0);
    assert_digest(digest, 1, 0, EMPTY);
    digest_free(digest);
}

static void reserved_chunks_may_be_set_in_any_order(void **state) {
    (void)state;
    Status status;
    Digest *digest = digest_new(&status);
    assert_non_null(digest);
    static char full[8192];
    memset(full, 0xAA, sizeof full);
    assert_true(digest_reserve(digest, 1, 2, &status));
    assert_true(digest_reserve(digest, 7, 1, &status));
    assert_int_equal(digest_chunks(digest, 1), 2);
    put(digest, 1, 1, 2, TEXT("\x01\x02\x03\x04"));
    put(digest, 1, 0, DIGEST_ROWS_MAX, (Text){full, sizeof full});
    put(digest, 7, 0, 1, TEXT("row"));
    assert_digest(digest, 0x0102, 0x0304, THREE);
    digest_free(digest);
}

static void a_chunk_that_is_set_again_replaces_the_old_one(void **state) {
    (void)state;
    Digest *digest = filled();
    Hash before = digest_root(digest, 1, 1);
    put(digest, 1, 1, 2, TEXT("\x01\x02\x03\x05"));
    Hash changed = digest_root(digest, 1, 1);
    assert_false(hash_equal(&before, &changed));
    assert_int_equal(digest_chunks(digest, 1), 2);
    put(digest, 1, 1, 2, TEXT("\x01\x02\x03\x04"));
    Hash after = digest_root(digest, 1, 1);
    assert_true(hash_equal(&before, &after));
    digest_free(digest);
}

static void table_chunk_count_version_and_size_are_all_in_the_digest(void **state) {
    (void)state;
    Status status;
    const DigestChunk chunks[] = {{1, 0, 1}, {2, 0, 1}, {1, 0, 2}};
    Hash roots[5];
    for (size_t i = 0; i < 3; i++) {
        Digest *digest = digest_new(&status);
        assert_non_null(digest);
        assert_true(digest_chunk(digest, &chunks[i], TEXT("same"), &status));
        roots[i] = digest_root(digest, 1, 1);
        if (i == 0) {
            roots[3] = digest_root(digest, 2, 1);
            roots[4] = digest_root(digest, 1, 2);
        }
        digest_free(digest);
    }
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_false(hash_equal(&roots[i], &roots[j]));
}

static void each_failing_allocation_is_a_clean_refusal(void **state) {
    (void)state;
    for (unsigned long nth = 1;; nth++) {
        Status status;
        memory_fail_at(nth, true);
        Digest *digest = digest_new(&status);
        bool done = digest != NULL;
        for (uint32_t chunk = 0; chunk < 40 && done; chunk++)
            done = digest_chunk(digest, &(DigestChunk){3, chunk, 1}, TEXT("row"), &status);
        bool failed = memory_has_failed();
        memory_fail_at(0, false);
        assert_true(done == !failed);
        if (failed) assert_int_equal(status.code, STATUS_NO_MEMORY);
        digest_free(digest);
        if (!failed) break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_that_of_the_documents),
        cmocka_unit_test(reserved_chunks_may_be_set_in_any_order),
        cmocka_unit_test(a_chunk_that_is_set_again_replaces_the_old_one),
        cmocka_unit_test(table_chunk_count_version_and_size_are_all_in_the_digest),
        cmocka_unit_test(each_failing_allocation_is_a_clean_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
