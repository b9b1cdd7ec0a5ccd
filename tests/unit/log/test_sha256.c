#include "base/encode.h"
#include "log/sha256.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_hex(Hash hash, const char *digits) {
    char hex[2 * HASH_BYTES + 1];
    hex_write(hash.bytes, HASH_BYTES, hex);
    assert_string_equal(hex, digits);
}

// FIPS 180-4 examples.
static void published_messages_have_their_published_hashes(void **state) {
    (void)state;
    assert_hex(sha256_of("", 0),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hex(sha256_of("abc", 3),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_hex(sha256_of(two_blocks, 56),
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void pieces_hash_as_the_whole_wherever_they_are_cut(void **state) {
    (void)state;
    uint8_t bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    Hash whole = sha256_of(bytes, sizeof bytes);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        Text pieces[] = {{(char *)bytes, cut}, {(char *)bytes + cut, sizeof bytes - cut}};
        Hash hash = sha256_of_pieces(pieces, 2);
        assert_true(hash_equal(&hash, &whole));
    }
}

static void a_context_may_be_copied_to_go_on_from_a_common_beginning(void **state) {
    (void)state;
    Sha256 first;
    sha256_init(&first);
    sha256_update(&first, "ab", 2);
    Sha256 second = first;
    sha256_update(&first, "c", 1);
    sha256_update(&second, "d", 1);
    Hash abc = sha256_of("abc", 3), abd = sha256_of("abd", 3);
    Hash one = sha256_final(&first), other = sha256_final(&second);
    assert_true(hash_equal(&one, &abc));
    assert_true(hash_equal(&other, &abd));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_messages_have_their_published_hashes),
        cmocka_unit_test(pieces_hash_as_the_whole_wherever_they_are_cut),
        cmocka_unit_test(a_context_may_be_copied_to_go_on_from_a_common_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
