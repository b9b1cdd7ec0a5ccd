#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"

static void order_is_that_of_unsigned_bytes(void **state) {
    (void)state;
    assert_int_equal(text_compare(TEXT("a"), TEXT("b")), -1);
    assert_int_equal(text_compare(TEXT("b"), TEXT("a")), 1);
    assert_int_equal(text_compare(TEXT("a"), TEXT("a")), 0);
    assert_int_equal(text_compare(TEXT("a"), TEXT("ab")), -1);
    assert_int_equal(text_compare(TEXT("ab"), TEXT("a")), 1);
    assert_int_equal(text_compare(TEXT("\x7F"), TEXT("\xC3")), -1);
    assert_int_equal(text_compare(TEXT(""), (Text){NULL, 0}), 0);
    assert_true(text_begins(TEXT("lot-1"), TEXT("lot")));
    assert_true(text_begins(TEXT("lot"), TEXT("")));
    assert_false(text_begins(TEXT("lo"), TEXT("lot")));
}

static void split_is_at_the_first_mark(void **state) {
    (void)state;
    Text before = TEXT("untouched"), after = before;
    assert_false(text_split(TEXT("abc"), ':', &before, &after));
    assert_true(text_equal(before, TEXT("untouched")));
    assert_true(text_split(TEXT("a:b:c"), ':', &before, &after));
    assert_true(text_equal(before, TEXT("a")) && text_equal(after, TEXT("b:c")));
    Text self = TEXT("x:y");
    assert_true(text_split(self, ':', &self, &after)); // may write where it read
    assert_true(text_equal(self, TEXT("x")) && text_equal(after, TEXT("y")));
}

static void ids_hold_exactly_the_bytes_that_are_frozen(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++) {
        char first[2] = {(char)c, 'a'}, second[2] = {'a', (char)c};
        bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool allowed = c >= 0x21 && c <= 0x7E && !strchr("\"'<>&\\`", c);
        assert_int_equal(id_is_valid((Text){first, 2}), alphanumeric);
        assert_int_equal(id_is_valid((Text){second, 2}), allowed);
    }
    char longest[129];
    memset(longest, 'x', sizeof longest);
    assert_true(id_is_valid((Text){longest, 128}));
    assert_false(id_is_valid((Text){longest, 129}));
    assert_false(id_is_valid(TEXT("")));
    assert_true(id_is_valid(TEXT("urn:epc:id:sgtin:0614141.107346.2018?x=%20#f")));
}

static void scoped_id_is_a_party_a_colon_and_a_local_id(void **state) {
    (void)state;
    assert_true(party_id_is_valid(TEXT("mine.north")));
    assert_true(party_id_is_valid(TEXT("x2345678901234567890123456789012")));
    assert_false(party_id_is_valid(TEXT("x23456789012345678901234567890123")));
    assert_false(party_id_is_valid(TEXT("a:b")));
    assert_false(party_id_is_valid(TEXT("")));
    assert_true(scoped_id_is_valid(TEXT("mine:lot-1")));
    assert_true(scoped_id_is_valid(TEXT("mine:urn:epc:1")));
    assert_false(scoped_id_is_valid(TEXT("mine")));
    assert_false(scoped_id_is_valid(TEXT("mine:")));
    assert_false(scoped_id_is_valid(TEXT(":lot")));
    assert_false(scoped_id_is_valid(TEXT("mine:-lot")));
    char whole[129] = "mine:";
    memset(whole + 5, 'x', sizeof whole - 5);
    assert_true(scoped_id_is_valid((Text){whole, 128}));
    assert_false(scoped_id_is_valid((Text){whole, 129}));
    assert_true(text_equal(scoped_id_party(TEXT("mine:a:b")), TEXT("mine")));
    assert_true(text_is_empty(scoped_id_party(TEXT("mine"))));
}

// One code point from its definition (RFC 3629 section 3), or 0 bytes when it has none.
static size_t encode(uint32_t point, size_t width, char out[4]) {
    static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = width; i-- > 1; point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)(marks[width] | point);
    return width;
}

static void utf8_is_well_formed_or_refused(void **state) {
    (void)state;
    char bytes[4];
    for (uint32_t point = 0; point < 0x110000; point++) {
        size_t width = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        bool surrogate = point >= 0xD800 && point < 0xE000;
        encode(point, width, bytes);
        assert_int_equal(utf8_is_valid((Text){bytes, width}), !surrogate);
        if (width > 1) assert_false(utf8_is_valid((Text){bytes, width - 1}));
        if (width > 1) assert_false(utf8_is_valid((Text){bytes + 1, width - 1}));
        if (width < 4) { // the overlong form
            encode(point, width + 1, bytes);
            assert_false(utf8_is_valid((Text){bytes, width + 1}));
        }
    }
    encode(0x110000, 4, bytes);
    assert_false(utf8_is_valid((Text){bytes, 4}));
    assert_false(utf8_is_valid(TEXT("\xF8\x88\x80\x80\x80")));
    assert_false(utf8_is_valid(TEXT("\xFF")));
    assert_true(utf8_is_valid(TEXT("稀土 Dy₂O₃ \xF0\x9F\xA7\xB2")));
    assert_true(utf8_is_valid(TEXT("")));
}

static void status_keeps_its_parts_and_says_false(void **state) {
    (void)state;
    Status status;
    status_clear(&status);
    assert_int_equal(status.code, STATUS_OK);
    assert_false(status_set(&status, STATUS_INVALID, "unknown lot \"%s\"", "m:1"));
    assert_false(status_where(&status, "/lots/%d", 3));
    assert_false(status_hint(&status, "did you mean \"%s\"", "m:2"));
    assert_false(status_detail(&status, "row %d", 9));
    assert_string_equal(status.message, "unknown lot \"m:1\"");
    assert_false(status_where(&status, "line 7: %s", status.where)); // made from itself
    assert_string_equal(status.where, "line 7: /lots/3");
    assert_string_equal(status.hint, "did you mean \"m:2\"");
    assert_string_equal(status.detail, "row 9");
    assert_false(status_set(&status, STATUS_IO, "other"));
    assert_string_equal(status.where, "");
    assert_string_equal(status.hint, "");
    assert_string_equal(status.detail, "");
    assert_false(status_no_memory(&status));
    assert_int_equal(status.code, STATUS_NO_MEMORY);
    assert_false(status_set(NULL, STATUS_IO, "nobody asks"));
    assert_string_equal(status_name(STATUS_NOT_FOUND), "not_found");
    assert_string_equal(status_name(STATUS_UNSUPPORTED), "unsupported");
}

static void status_quotes_strangers_without_their_control_characters(void **state) {
    (void)state;
    Status status;
    status_set(&status, STATUS_INVALID, "%s", "a\x1B[31m\nb\x7F\xC2\x9B\xFF\xE7\xA8\x80\xE7\xA8");
    assert_string_equal(status.message, "a?[31m?b???稀??");
    char many[1000];
    for (size_t i = 0; i + 3 < sizeof many; i += 3)
        memcpy(many + i, "\xE7\xA8\x80", 3);
    many[999] = 0;
    for (size_t skip = 0; skip < 3; skip++) { // cut at a character, wherever it falls
        status_set(&status, STATUS_INVALID, "%.*s%s", (int)skip, "xx", many);
        status_where(&status, "%.*s%s", (int)skip, "xx", many);
        Text where = text_of(status.where);
        assert_true(utf8_is_valid(text_of(status.message)) && utf8_is_valid(where));
        assert_true(where.length >= sizeof status.where - 4);
        assert_false(strchr(status.where, '?'));
        assert_false(strchr(status.message, '?'));
    }
}

static void every_code_has_a_word_of_its_own(void **state) {
    (void)state;
    for (int a = STATUS_OK; a <= STATUS_UNSUPPORTED; a++) {
        assert_true(strlen(status_name((StatusCode)a)) > 1);
        for (int b = STATUS_OK; b < a; b++) {
            assert_string_not_equal(status_name((StatusCode)a), status_name((StatusCode)b));
        }
    }
    // A caller that does not want to know passes no status.
    status_clear(NULL);
    assert_false(status_where(NULL, "x") || status_hint(NULL, "x") || status_detail(NULL, "x"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_that_of_unsigned_bytes),
        cmocka_unit_test(split_is_at_the_first_mark),
        cmocka_unit_test(ids_hold_exactly_the_bytes_that_are_frozen),
        cmocka_unit_test(scoped_id_is_a_party_a_colon_and_a_local_id),
        cmocka_unit_test(utf8_is_well_formed_or_refused),
        cmocka_unit_test(status_keeps_its_parts_and_says_false),
        cmocka_unit_test(every_code_has_a_word_of_its_own),
        cmocka_unit_test(status_quotes_strangers_without_their_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
