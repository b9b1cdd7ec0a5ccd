#include "base/encode.h"
#include "base/memory.h"
#include "codec/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static bool reads(const char *text, Status *status) {
    Json json;
    json_init(&json, 1000);
    status_clear(status);
    bool ok = json_read(&json, text_of(text), status);
    json_done(&json);
    return ok;
}

static void assert_refused(const char *text, const char *message, const char *where) {
    Status status;
    assert_false(reads(text, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    if (!strstr(status.message, message)) fail_msg("%s: %s", text, status.message);
    if (!strstr(status.where, where)) fail_msg("%s: %s", text, status.where);
    assert_true(status.hint[0] != 0);
}

// Cases that the suite leaves open ("either") and that are accepted here: numbers of any size,
// since they stay text, and escaped NUL or non-characters.
static bool open_case_accepted(Text name) {
    return text_begins(name, TEXT("i_number_"));
}

static void every_case_of_the_test_suite_gets_its_answer(void **state) {
    (void)state;
    FILE *file = fopen("tests/data/vectors/json/jsontestsuite.jsonl", "r");
    assert_non_null(file);
    static char line[65536];
    unsigned cases = 0, duplicates = 0;
    Json outer, inner;
    json_init(&outer, 100);
    json_init(&inner, 100000);
    while (fgets(line, sizeof line, file)) {
        Status status;
        status_clear(&status);
        assert_true(json_read(&outer, text_of(line), &status));
        uint32_t hex = json_member(&outer, 0, TEXT("hex"));
        Text name = json_bytes(&outer, json_member(&outer, 0, TEXT("name")));
        name = (Text){name.at + 1, name.length - 2};
        uint32_t expect = json_member(&outer, 0, TEXT("expect"));
        if (hex == JSON_NONE) continue;
        Text digits = json_bytes(&outer, hex);
        digits = (Text){digits.at + 1, digits.length - 2};
        uint8_t *bytes = malloc(digits.length / 2 + 1);
        assert_true(hex_read(digits, bytes, digits.length / 2));
        // An exact-size copy, so that the sanitizer sees a read behind the end.
        char *exact = malloc(digits.length / 2 + (digits.length == 0));
        memcpy(exact, bytes, digits.length / 2);
        bool ok = json_read(&inner, (Text){exact, digits.length / 2}, &status);
        bool wanted = json_text_is(&outer, expect, TEXT("accept"));
        if (json_text_is(&outer, expect, TEXT("either"))) wanted = open_case_accepted(name);
        // RFC 7493 forbids what RFC 8259 merely advises against; the file says "reject" for these.
        if (text_begins(name, TEXT("y_")) && !wanted) {
            assert_non_null(strstr(status.message, "twice"));
            duplicates++;
        }
        if (ok != wanted) fail_msg("%.*s: %s", TEXT_ARG(name), ok ? "accepted" : status.message);
        if (!ok) assert_true(status.message[0] && status.hint[0] && status.where[0]);
        free(bytes);
        free(exact);
        cases++;
    }
    fclose(file);
    json_done(&outer);
    json_done(&inner);
    assert_int_equal(cases, 316);
    assert_int_equal(duplicates, 2);
}

static void depth_ends_at_the_limit_and_not_at_the_stack(void **state) {
    (void)state;
    Json json;
    Status status;
    json_init(&json, 1000000);
    char *text = malloc(500000);
    memset(text, '[', 100000);
    assert_false(json_read(&json, (Text){text, 100000}, &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    size_t length = 0;
    for (int i = 0; i < 50000; i++)
        memcpy(text + length, "[{\"\":", 5), length += 5;
    text[length++] = '\n';
    assert_false(json_read(&json, (Text){text, length}, &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    assert_true(json_read(&json, (Text){text, 128}, &status));
    free(text);
    json_done(&json);
}

static void an_error_names_line_column_and_byte(void **state) {
    (void)state;
    assert_refused("{\"a\":1,\n \"b\":tru}", "unknown word", "line 2, column 6 (byte 13)");
    assert_refused("[1,2,]", "unexpected \"]\"", "line 1, column 6 (byte 5)");
    assert_refused("{\"a\":1,}", "unexpected \"}\"", "column 8");
    assert_refused("{\"a\" 1}", "unexpected \"1\"", "column 6");
    assert_refused("[1] x", "unexpected \"x\"", "column 5");
    assert_refused("[01]", "leading zero", "column 2");
    assert_refused("[1.]", "unexpected \"]\"", "column 4");
    assert_refused("[\"a", "ends too early", "column 4");
    assert_refused("", "ends too early", "column 1");
    assert_refused("\xEF\xBB\xBF{}", "byte order mark", "column 1");
    assert_refused("{'a':1}", "single quote", "column 2");
    assert_refused("[\"\\x\"]", "unknown escape", "column 3");
    assert_refused("[\"\\ud800\"]", "surrogate", "column 3");
    assert_refused("[\"\\udc00\\ud800\"]", "surrogate", "column 3");
    assert_refused("[\"\xC0\x80\"]", "UTF-8", "column 3");
    assert_refused("[\"\xED\xA0\x80\"]", "UTF-8", "column 3");
    assert_refused("[\"a\tb\"]", "control character", "column 4");
    assert_refused("[NaN]", "unexpected \"N\"", "column 2");
}

static void equal_keys_are_refused_however_they_are_spelt(void **state) {
    (void)state;
    assert_refused("{\"a\":1,\"b\":2,\"a\":3}", "\"a\" stands twice", "column 14");
    assert_refused("{\"a\":1,\"\\u0061\":3}", "twice", "column 8");
    assert_refused("{\"\\u00e9\":1,\"\xC3\xA9\":3}", "twice", "column 13");
    assert_refused("{\"\\ud83d\\ude00\":1,\"\xF0\x9F\x98\x80\":3}", "twice", "column 19");
    assert_refused("{\"\":1,\"\":3}", "twice", "column 7");
    Status status;
    assert_true(reads("{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":1}]}", &status));
    assert_true(reads("{\"ab\":1,\"ba\":2,\"a\\\\b\":3,\"\\u0061\":4}", &status));
}

static void a_million_keys_are_compared_without_growing_quadratic(void **state) {
    (void)state;
    enum { KEYS = 1000000 };
    char *text = malloc(KEYS * 16 + 64);
    size_t length = 0;
    text[length++] = '{';
    for (int i = 0; i < KEYS; i++)
        length += (size_t)sprintf(text + length, "\"k%07d\":0,", i);
    text[length - 1] = '}';
    Json json;
    json_init(&json, 2 * KEYS + 1);
    Status status;
    assert_true(json_read(&json, (Text){text, length}, &status));
    assert_int_equal(json_count(&json, 0), KEYS);
    length += (size_t)sprintf(text + length - 1, ",\"k0000007\":0}") - 1;
    assert_false(json_read(&json, (Text){text, length}, &status));
    assert_int_equal(status.code, STATUS_LIMIT); // two tokens more than allowed
    json.tokens_max += 2;
    assert_false(json_read(&json, (Text){text, length}, &status));
    assert_non_null(strstr(status.message, "\"k0000007\" stands twice"));
    json_done(&json);
    free(text);
}

static void tokens_are_counted_against_the_callers_limit(void **state) {
    (void)state;
    JsonToken lent[4];
    Json json;
    Status status;
    json_init_lent(&json, 4, lent, 4);
    assert_true(json_read(&json, TEXT("[1,2,3]"), &status));
    assert_ptr_equal(json.tokens, lent);
    assert_false(json_read(&json, TEXT("[1,2,3,4]"), &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    json_done(&json);
    json_init_lent(&json, 1000, lent, 4);
    assert_true(json_read(&json, TEXT("{\"a\":[1,2,3],\"b\":4}"), &status));
    assert_true(json.tokens != lent);
    assert_int_equal(json.count, 8);
    json_done(&json);
}

static void members_elements_and_texts_are_found(void **state) {
    (void)state;
    Json json;
    Status status;
    Arena arena;
    arena_init(&arena, 4096);
    json_init(&json, 100);
    assert_true(
        json_read(&json,
                  TEXT(" {\"id\":\"e-1\",\"n\":-1.50e3,\"\\u006cist\":[true,null,{\"z\":[]}],"
                       "\"t\":\"a\\u00e9\\n\\ud83d\\ude00\\/\"} "),
                  &status));
    assert_int_equal(json_count(&json, 0), 4);
    Text text;
    uint32_t id = json_member(&json, 0, TEXT("id"));
    assert_true(json_text(&json, id, &arena, &text, &status));
    assert_true(text_equal(text, TEXT("e-1")));
    assert_ptr_equal(text.at, json.text.at + 8); // no copy
    uint32_t n = json_member(&json, 0, TEXT("n"));
    assert_int_equal(json_type(&json, n), JSON_NUMBER);
    assert_true(text_equal(json_bytes(&json, n), TEXT("-1.50e3")));
    uint32_t list = json_member(&json, 0, TEXT("list"));
    assert_int_equal(json_count(&json, list), 3);
    assert_true(text_equal(json_bytes(&json, list), TEXT("[true,null,{\"z\":[]}]")));
    uint32_t types = 0;
    for (uint32_t i = json_begin(list); i != json_end(&json, list); i = json_next(&json, i)) {
        types = types * 10 + (uint32_t)json_type(&json, i);
    }
    assert_int_equal(types, JSON_TRUE * 100 + JSON_NULL * 10 + JSON_OBJECT);
    assert_true(json_text(&json, json_member(&json, 0, TEXT("t")), &arena, &text, &status));
    assert_true(text_equal(text, TEXT("a\xC3\xA9\n\xF0\x9F\x98\x80/")));
    assert_true(json_text_is(&json, json_member(&json, 0, TEXT("t")), text));
    assert_false(json_text_is(&json, json_member(&json, 0, TEXT("t")), TEXT("a\xC3\xA9\n")));
    assert_true(text_equal(json_bytes(&json, id), TEXT("\"e-1\"")));
    assert_int_equal(json_member(&json, 0, TEXT("lis")), JSON_NONE);
    assert_int_equal(json_member(&json, list, TEXT("lis")), JSON_NONE);
    json_done(&json);
    arena_done(&arena);
}

static void a_pointer_names_any_token(void **state) {
    (void)state;
    Json json;
    Status status;
    json_init(&json, 100);
    assert_true(json_read(&json, TEXT("{\"a\":[0,{\"m~/n\":[1]},2],\"\\u0062\\n\":3}"), &status));
    char out[64];
    uint32_t a = json_member(&json, 0, TEXT("a"));
    uint32_t inner = json_next(&json, json_begin(a));
    uint32_t one = json_begin(json_member(&json, inner, TEXT("m~/n")));
    json_pointer(&json, 0, out, sizeof out);
    assert_string_equal(out, "");
    json_pointer(&json, a, out, sizeof out);
    assert_string_equal(out, "/a");
    json_pointer(&json, a - 1, out, sizeof out); // a key: of its value
    assert_string_equal(out, "/a");
    assert_int_equal(json_pointer(&json, one, out, sizeof out), 13);
    assert_string_equal(out, "/a/1/m~0~1n/0");
    json_pointer(&json, json_next(&json, inner), out, sizeof out);
    assert_string_equal(out, "/a/2");
    json_pointer(&json, json_member(&json, 0, TEXT("b\n")), out, sizeof out);
    assert_string_equal(out, "/b?");
    json_pointer(&json, one, out, 8);
    assert_string_equal(out, "/a/1"); // cut at a whole step
    json_done(&json);
}

static void one_line_refuses_line_breaks_between_tokens(void **state) {
    (void)state;
    Json json;
    Status status;
    json_init(&json, 100);
    assert_true(json_read(&json, TEXT("{ \"a\" : 1 }"), &status));
    json.one_line = true;
    assert_true(json_read(&json, TEXT("{ \"a\" : 1 }"), &status));
    assert_false(json_read(&json, TEXT("{\"a\":\n1 }"), &status));
    assert_non_null(strstr(status.message, "0x0A"));
    assert_false(json_read(&json, TEXT("{\"a\":\t1 }"), &status));
    json_done(&json);
}

static void each_failing_allocation_is_reported_and_leaks_nothing(void **state) {
    (void)state;
    char text[8000];
    size_t length = 0;
    text[length++] = '{';
    for (int i = 0; i < 300; i++)
        length += (size_t)sprintf(text + length, "\"\\u0041%d\":0,", i);
    text[length - 1] = '}';
    for (unsigned long nth = 1;; nth++) {
        Json json;
        Status status;
        json_init(&json, 10000);
        status_clear(&status);
        memory_fail_at(nth, false);
        bool ok = json_read(&json, (Text){text, length}, &status);
        bool failed = memory_has_failed();
        memory_fail_at(0, false);
        if (failed) assert_int_equal(status.code, STATUS_NO_MEMORY);
        assert_int_equal(ok, !failed);
        // The same Json goes on working.
        assert_true(json_read(&json, TEXT("[1]"), &status));
        json_done(&json);
        if (!failed) {
            assert_true(nth > 3);
            break;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_the_test_suite_gets_its_answer),
        cmocka_unit_test(depth_ends_at_the_limit_and_not_at_the_stack),
        cmocka_unit_test(an_error_names_line_column_and_byte),
        cmocka_unit_test(equal_keys_are_refused_however_they_are_spelt),
        cmocka_unit_test(a_million_keys_are_compared_without_growing_quadratic),
        cmocka_unit_test(tokens_are_counted_against_the_callers_limit),
        cmocka_unit_test(members_elements_and_texts_are_found),
        cmocka_unit_test(a_pointer_names_any_token),
        cmocka_unit_test(one_line_refuses_line_breaks_between_tokens),
        cmocka_unit_test(each_failing_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
