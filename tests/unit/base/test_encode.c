#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/encode.h"

static void hex_has_one_spelling(void **state) {
    (void)state;
    uint8_t bytes[256], back[256];
    char text[513];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    hex_write(bytes, 256, text);
    assert_memory_equal(text, "000102", 6);
    assert_string_equal(text + 506, "fdfeff");
    assert_true(hex_read(text_of(text), back, 256));
    assert_memory_equal(back, bytes, 256);
    back[0] = 77;
    assert_false(hex_read(TEXT("0A"), back, 1));
    assert_false(hex_read(TEXT("0"), back, 1));
    assert_false(hex_read(TEXT("000"), back, 1));
    assert_false(hex_read(TEXT("00g0"), back, 2));
    assert_int_equal(back[0], 77);
}

// RFC 4648 section 10.
static const struct {
    const char *plain, *coded, *for_url;
} cases[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xFB\xEF\xFF", "++//", "--__"}, // where the two alphabets differ
};

static void base64_agrees_with_the_standard(void **state) {
    (void)state;
    Buffer out;
    buffer_init(&out, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Text plain = text_of(cases[i].plain);
        buffer_reset(&out);
        assert_true(base64_write(&out, (const uint8_t *)plain.at, plain.length));
        assert_true(text_equal(buffer_view(&out), text_of(cases[i].coded)));
        buffer_reset(&out);
        assert_true(base64url_write(&out, (const uint8_t *)plain.at, plain.length));
        assert_true(text_equal(buffer_view(&out), text_of(cases[i].for_url)));
        buffer_reset(&out);
        assert_true(base64_read(text_of(cases[i].coded), &out));
        assert_true(text_equal(buffer_view(&out), plain));
        buffer_reset(&out);
        assert_true(base64url_read(text_of(cases[i].for_url), &out));
        assert_true(text_equal(buffer_view(&out), plain));
    }
    buffer_done(&out);
}

static void every_length_and_byte_comes_back(void **state) {
    (void)state;
    uint8_t bytes[600];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 167 + (i >> 8));
    Buffer coded, back;
    buffer_init(&coded, 2000);
    buffer_init(&back, 2000);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        for (int url = 0; url < 2; url++) {
            buffer_reset(&coded);
            buffer_reset(&back);
            assert_true(url ? base64url_write(&coded, bytes, length)
                            : base64_write(&coded, bytes, length));
            assert_true(url ? base64url_read(buffer_view(&coded), &back)
                            : base64_read(buffer_view(&coded), &back));
            assert_int_equal(back.length, length);
            if (length) assert_memory_equal(back.bytes, bytes, length);
        }
    }
    buffer_done(&coded);
    buffer_done(&back);
}

static void base64_of_another_spelling_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "Zg",   "Zg=",    "Zg===",    "Z===", "====",     "Zh==", "Zm9=",
        "Zm 8", "Zg==\n", "Zm8=Zm8=", "-_-_", "Zg==Zg==", "=Zg=", "Z"};
    static const char *const wrong_url[] = {"Zg==", "Z", "Zh", "Zm9", "+/+/", "Zm 8", "Zm9vY"};
    Buffer out;
    buffer_init(&out, 100);
    assert_true(buffer_string(&out, "kept"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(base64_read(text_of(wrong[i]), &out));
        assert_true(text_equal(buffer_view(&out), TEXT("kept")));
    }
    for (size_t i = 0; i < sizeof wrong_url / sizeof *wrong_url; i++) {
        assert_false(base64url_read(text_of(wrong_url[i]), &out));
        assert_true(text_equal(buffer_view(&out), TEXT("kept")));
    }
    buffer_done(&out);
    buffer_init(&out, 5);
    assert_false(base64_write(&out, (const uint8_t *)"foobar", 6));
    assert_true(out.failed);
    assert_int_equal(out.length, 0);
    buffer_done(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_has_one_spelling),
        cmocka_unit_test(base64_agrees_with_the_standard),
        cmocka_unit_test(every_length_and_byte_comes_back),
        cmocka_unit_test(base64_of_another_spelling_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
