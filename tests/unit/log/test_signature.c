// Expected signatures were computed by Python's cryptography package from docs/format.md.
#include "base/encode.h"
#include "log/signature.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define ORIGIN TEXT("ree.example/book")
#define EVENT  TEXT("{\"kind\":\"extract\"}")

static uint8_t SEED[ED25519_SEED_BYTES], PUBLIC[ED25519_KEY_BYTES];

static int make_keys(void **state) {
    (void)state;
    for (int i = 0; i < ED25519_SEED_BYTES; i++)
        SEED[i] = (uint8_t)i;
    ed25519_public_key(SEED, PUBLIC);
    return 0;
}

static void assert_hex(const uint8_t *bytes, size_t length, const char *digits) {
    char hex[2 * ED25519_SIGNATURE_BYTES + 1];
    hex_write(bytes, length, hex);
    assert_string_equal(hex, digits);
}

static Text line_of(unsigned n, char out[32]) {
    return (Text){out, (size_t)snprintf(out, 32, "{\"n\":%u}", n)};
}

static Tree *batch_of(unsigned lines) {
    Status status;
    Tree *tree = tree_new(&status);
    assert_non_null(tree);
    assert_true(tree_reserve(tree, lines, &status));
    for (unsigned n = 1; n <= lines; n++) {
        char space[32];
        Hash leaf = tree_leaf_hash(line_of(n, space));
        tree_append(tree, &leaf);
    }
    return tree;
}

static void an_event_is_signed_with_its_book_and_key_before_it(void **state) {
    (void)state;
    Signature signature;
    Status status;
    assert_true(signature_sign(SEED, ORIGIN, EVENT, &signature, &status));
    assert_hex(signature.key.bytes, HASH_BYTES,
               "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c");
    assert_hex(signature.bytes, sizeof signature.bytes,
               "f2fe974fd0c8c2cec3227286bfd16997f3cc0c3c62811d8c02a63ea56707a818"
               "3bc9231c3d198d90f98cf3f924d3f66261b9f596c47c7d68c8854fa37b90850e");
    assert_true(signature_verify(&signature, PUBLIC, ORIGIN, EVENT, &status));
}

static void a_batch_is_signed_by_the_root_of_its_lines(void **state) {
    (void)state;
    Tree *tree = batch_of(3);
    Signature signature;
    Status status;
    assert_true(signature_sign_batch(SEED, ORIGIN, tree, 0, &signature, &status));
    assert_hex(signature.bytes, sizeof signature.bytes,
               "28b0e48dca3ec11d9f936b8eb13caaea06be3d08f5bb4d778e6de6a149b693b7"
               "3c6bcbccd0fc8499ced8490912cdbc2b9c3b347a2297356161542476e8038706");
    tree_free(tree);
}

static void a_signature_is_worth_nothing_for_other_bytes_another_book_or_another_key(void **state) {
    (void)state;
    Signature signature;
    Status status;
    assert_true(signature_sign(SEED, ORIGIN, EVENT, &signature, &status));
    assert_false(
        signature_verify(&signature, PUBLIC, ORIGIN, TEXT("{\"kind\":\"extracT\"}"), &status));
    assert_false(signature_verify(&signature, PUBLIC, TEXT("other.example/book"), EVENT, &status));
    uint8_t other_seed[ED25519_SEED_BYTES] = {1}, other[ED25519_KEY_BYTES];
    ed25519_public_key(other_seed, other);
    assert_false(signature_verify(&signature, other, ORIGIN, EVENT, &status));
    signature.key = signature_key(other);
    assert_false(signature_verify(&signature, other, ORIGIN, EVENT, &status));
    assert_int_equal(status.code, STATUS_DENIED);
}

static void every_line_of_a_signed_batch_is_verified_in_its_place_and_in_no_other(void **state) {
    (void)state;
    for (unsigned size = 1; size <= 17; size++) {
        Tree *tree = batch_of(size);
        Signature signature;
        Status status;
        assert_true(signature_sign_batch(SEED, ORIGIN, tree, 0, &signature, &status));
        for (unsigned index = 0; index < size; index++) {
            assert_true(signature_place(&signature, tree, index, &status));
            for (unsigned n = 0; n < size; n++) {
                char space[32];
                assert_true(signature_verify(&signature, PUBLIC, ORIGIN, line_of(n + 1, space),
                                             &status) == (n == index));
            }
            Signature other = signature;
            other.size++;
            char space[32];
            assert_false(
                signature_verify(&other, PUBLIC, ORIGIN, line_of(index + 1, space), &status));
        }
        tree_free(tree);
    }
}

static void an_unsigned_event_is_never_verified(void **state) {
    (void)state;
    Signature none = {.kind = SIGNATURE_NONE};
    Status status;
    assert_false(signature_verify(&none, PUBLIC, ORIGIN, EVENT, &status));
}

static void each_kind_is_read_back_as_it_was_written_and_not_when_cut_short(void **state) {
    (void)state;
    Tree *tree = batch_of(9);
    Signature kinds[3] = {{.kind = SIGNATURE_NONE}}, read;
    Status status;
    assert_true(signature_sign(SEED, ORIGIN, EVENT, &kinds[1], &status));
    assert_true(signature_sign_batch(SEED, ORIGIN, tree, 5, &kinds[2], &status));
    static const size_t lengths[3] = {1, 97, 97 + 9 + 4 * 32};
    for (int k = 0; k < 3; k++) {
        Buffer bytes, again;
        buffer_init(&bytes, 4096);
        buffer_init(&again, 4096);
        assert_true(signature_write(&kinds[k], &bytes));
        assert_int_equal(bytes.length, lengths[k]);
        Reader reader = reader_of(bytes.bytes, bytes.length);
        assert_true(signature_read(&reader, &read, &status));
        assert_int_equal(reader_left(&reader), 0);
        assert_true(signature_write(&read, &again));
        assert_true(text_equal(buffer_view(&bytes), buffer_view(&again)));
        for (size_t length = 0; length < bytes.length; length++) {
            reader = reader_of(bytes.bytes, length);
            assert_false(signature_read(&reader, &read, &status));
        }
        bytes.bytes[0] = 3;
        reader = reader_of(bytes.bytes, bytes.length);
        assert_false(signature_read(&reader, &read, &status));
        assert_int_equal(status.code, STATUS_UNSUPPORTED);
        buffer_done(&bytes);
        buffer_done(&again);
    }
    tree_free(tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_signed_with_its_book_and_key_before_it),
        cmocka_unit_test(a_batch_is_signed_by_the_root_of_its_lines),
        cmocka_unit_test(a_signature_is_worth_nothing_for_other_bytes_another_book_or_another_key),
        cmocka_unit_test(every_line_of_a_signed_batch_is_verified_in_its_place_and_in_no_other),
        cmocka_unit_test(an_unsigned_event_is_never_verified),
        cmocka_unit_test(each_kind_is_read_back_as_it_was_written_and_not_when_cut_short),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
