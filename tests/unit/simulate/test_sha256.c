#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "simulate/sha256.h"

// FIPS 180-4's examples, and one byte more and less than where the padding needs a second block.
static void known_texts_have_their_known_hashes(void **state) {
    (void)state;
    static char million[1000000];
    memset(million, 'a', sizeof million);
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    const struct {
        const char *text;
        size_t length;
        const char *hash;
    } known[] = {
        {"", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {two_blocks, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {million, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {million, 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
        {million, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {million, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char text[SHA256_TEXT_MAX];
        sha256_text(known[i].text, known[i].length, text);
        assert_string_equal(text, known[i].hash);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_texts_have_their_known_hashes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
