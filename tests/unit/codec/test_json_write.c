#include "base/memory.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void commas_stand_between_and_nowhere_else(void **state) {
    (void)state;
    Buffer out;
    buffer_init(&out, 4096);
    JsonWriter w = json_writer(&out);
    json_object_begin(&w);
    json_key(&w, "empty");
    json_array_begin(&w);
    json_array_end(&w);
    json_key(&w, "list");
    json_array_begin(&w);
    json_i64(&w, -5);
    json_object_begin(&w);
    json_object_end(&w);
    json_object_begin(&w);
    json_named_bool(&w, "b", false);
    json_named_words(&w, "w", NULL);
    json_object_end(&w);
    json_u64(&w, UINT64_MAX);
    json_array_end(&w);
    json_named_mass(&w, "kg", mass_mg(1500000));
    json_named_double(&w, "p", 0.1);
    json_named_double(&w, "nan", (double)NAN);
    json_named_double(&w, "tiny", 4.9406564584124654e-324);
    json_key(&w, "raw");
    json_raw(&w, TEXT("{\"as\":\"it stands\"}"));
    json_object_end(&w);
    assert_false(out.failed);
    Text wanted =
        TEXT("{\"empty\":[],\"list\":[-5,{},{\"b\":false,\"w\":null},18446744073709551615],"
             "\"kg\":\"1.5\",\"p\":0.1,\"nan\":null,\"tiny\":4.94065645841247e-324,"
             "\"raw\":{\"as\":\"it stands\"}}");
    if (!text_equal(buffer_view(&out), wanted)) fail_msg("%.*s", TEXT_ARG(buffer_view(&out)));
    buffer_done(&out);
}

static void every_string_reads_back_as_it_was(void **state) {
    (void)state;
    Buffer out;
    buffer_init(&out, 4096);
    Json json;
    json_init(&json, 10);
    Arena arena;
    arena_init(&arena, 1 << 20);
    Status status;
    for (unsigned c = 0; c < 0x80; c++) {
        char bytes[3] = {'<', (char)c, '>'};
        Text text = {bytes, 3}, back;
        buffer_reset(&out);
        assert_true(json_quote(&out, text));
        assert_true(json_read(&json, buffer_view(&out), &status));
        assert_true(json_text(&json, 0, &arena, &back, &status));
        assert_true(text_equal(back, text));
    }
    buffer_reset(&out);
    json_quote(&out, TEXT("\xE7\xA8\x80\xE5\x9C\x9F \xF0\x9F\x98\x80"));
    assert_true(
        text_equal(buffer_view(&out), TEXT("\"\xE7\xA8\x80\xE5\x9C\x9F \xF0\x9F\x98\x80\"")));
    json_done(&json);
    arena_done(&arena);
    buffer_done(&out);
}

static void ill_formed_text_is_still_written_as_json(void **state) {
    (void)state;
    Buffer out;
    buffer_init(&out, 4096);
    Json json;
    json_init(&json, 10);
    Status status;
    for (unsigned c = 0x80; c < 0x100; c++) {
        char bytes[4] = {(char)c, 'x', (char)c, 0};
        buffer_reset(&out);
        json_quote(&out, (Text){bytes, 3});
        assert_true(json_read(&json, buffer_view(&out), &status));
    }
    buffer_reset(&out);
    json_quote(&out, (Text){NULL, 0}); // what was never said
    assert_true(text_equal(buffer_view(&out), TEXT("\"\"")));
    json_done(&json);
    buffer_done(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_and_nowhere_else),
        cmocka_unit_test(every_string_reads_back_as_it_was),
        cmocka_unit_test(ill_formed_text_is_still_written_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
