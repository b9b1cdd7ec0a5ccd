#include "codec/event_lines.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static Arena arena;
static Status status;
static EventLine line;

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 1 << 20);
    status_clear(&status);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void accept(Text text) {
    if (!event_line_read(text, &arena, &line, &status)) {
        fail_msg("%.*s: %s at %s", TEXT_ARG(text), status.message, status.where);
    }
}

static void refuse(const char *text, const char *where, const char *message) {
    if (event_line_read(text_of(text), &arena, &line, &status)) fail_msg("accepted: %s", text);
    if (strcmp(status.where, where) != 0) fail_msg("%s: where %s", text, status.where);
    if (!strstr(status.message, message)) fail_msg("%s: %s", text, status.message);
}

static void the_events_bytes_are_those_of_the_line(void **state) {
    (void)state;
    const char *plain = " {\"v\":1, \"kind\":\"ship\"}";
    accept(text_of(plain));
    assert_int_equal(line.form, LINE_PLAIN);
    assert_true(text_equal(line.event, text_of(plain + 1))); // without the blank before it
    accept(TEXT("{\"ytterby\":\"event/1\", "
                "\"recorded\":\"2026-01-02T00:00:00.5Z\",\"by\":\"operator/R/cli\", "
                "\"event\": {\"v\":1,  \"x\":\"\\u0041\"} }"));
    assert_int_equal(line.form, LINE_EVENT);
    assert_true(text_equal(line.event, TEXT("{\"v\":1,  \"x\":\"\\u0041\"}")));
    assert_true(text_equal(line.by, TEXT("operator/R/cli")));
    assert_true(line.has_recorded);
    assert_int_equal(line.recorded % INSTANT_PER_DAY, 500000);
    accept(TEXT("{\"ytterby\":\"event/1\",\"event\":{}}"));
    assert_false(line.has_recorded);
    assert_int_equal(line.by.length, 0);
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    uint8_t path[64];
    for (int i = 0; i < 64; i++)
        path[i] = (uint8_t)(i * 3);
    EventLine lines[5] = {
        {.form = LINE_PLAIN, .event = TEXT("{\"a\":1}")},
        {.form = LINE_SIGNED,
         .event = TEXT("{\"a\":2}"),
         .in_batch = true,
         .index = 1,
         .size = 4,
         .path = path,
         .path_count = 2},
        {.form = LINE_EVENT,
         .event = TEXT("{}"),
         .has_recorded = true,
         .recorded = 1767312000123456,
         .by = TEXT("operator/R/cli")},
        {.form = LINE_RECORD,
         .event = TEXT("{\"b\":\"\xE7\xA8\x80\"}"),
         .seq = 5,
         .batch = 4,
         .logic = 1,
         .has_recorded = true,
         .recorded = 1767312000123456,
         .decision = TEXT("\x01\x00\xFFzz")},
        {.form = LINE_CHECKPOINT, .note = TEXT("origin\n5\nroot\n\n\xE2\x80\x94 name sig\n")},
    };
    memset(lines[1].key, 0xAB, 32);
    memset(lines[1].signature, 0x5C, 64);
    memset(lines[3].salts, 7, 32);
    lines[3].salts[1][0] = 9;
    Buffer out;
    buffer_init(&out, 1 << 16);
    for (int i = 0; i < 5; i++)
        assert_true(event_line_write(&lines[i], &out));
    Text rest = buffer_view(&out), text;
    unsigned long number = 0;
    for (int i = 0; i < 5; i++) {
        assert_true(event_lines_next(&rest, &text, &number));
        assert_int_equal(number, i + 1);
        accept(text);
        const EventLine *wanted = &lines[i];
        assert_int_equal(line.form, wanted->form);
        assert_true(text_equal(line.event, wanted->event));
        assert_memory_equal(line.key, wanted->key, 32);
        assert_memory_equal(line.signature, wanted->signature, 64);
        assert_memory_equal(line.salts, wanted->salts, 32);
        assert_int_equal(line.in_batch, wanted->in_batch);
        assert_int_equal(line.index, wanted->index);
        assert_int_equal(line.size, wanted->size);
        assert_int_equal(line.path_count, wanted->path_count);
        if (line.path_count) assert_memory_equal(line.path, wanted->path, 64);
        assert_int_equal(line.recorded, wanted->recorded);
        assert_true(text_equal(line.by, wanted->by));
        assert_int_equal(line.seq, wanted->seq);
        assert_int_equal(line.batch, wanted->batch);
        assert_int_equal(line.logic, wanted->logic);
        assert_true(text_equal(line.decision, wanted->decision));
        assert_true(text_equal(line.note, wanted->note));
    }
    assert_false(event_lines_next(&rest, &text, &number));
    buffer_done(&out);
}

static void an_envelope_that_is_wrong_is_refused_with_its_place(void **state) {
    (void)state;
    refuse("{\"ytterby\":\"event/2\",\"event\":{}}", "/ytterby",
           "unknown form of line \"event/2\"");
    assert_string_equal(status.hint, "did you mean \"event/1\"?");
    refuse("{\"ytterby\":\"event/1\"}", "/event", "lacks its member");
    refuse("{\"ytterby\":\"event/1\",\"event\":[]}", "/event", "an array stands here");
    refuse("{\"ytterby\":\"event/1\",\"event\":{},\"byy\":\"a\"}", "/byy", "no member \"byy\"");
    refuse("{\"ytterby\":\"event/1\",\"by\":\"cli\",\"event\":{}}", "/by", "not a principal");
    refuse("{\"ytterby\":\"event/1\",\"recorded\":\"2026-01-02\",\"event\":{}}", "/recorded",
           "not a time");
    refuse("{\"ytterby\":\"signed/1\",\"key\":\"ab\",\"signature\":\"\",\"event\":{}}", "/key",
           "not a key");
    refuse("{\"ytterby\":\"signed/"
           "1\",\"key\":\"abababababababababababababababababababababababababababababababab\","
           "\"signature\":\"AAAA\",\"event\":{}}",
           "/signature", "3 bytes");
    refuse("{\"ytterby\":\"signed/"
           "1\",\"key\":\"abababababababababababababababababababababababababababababababab\","
           "\"signature\":\"AA=A\",\"event\":{}}",
           "/signature", "not base64");
    refuse("{\"ytterby\":\"record/1\",\"seq\":-1}", "/seq", "out of range");
    refuse("{\"ytterby\":\"record/1\",\"seq\":99999999999999999999}", "/seq", "out of range");
    refuse("{\"ytterby\":\"record/1\",\"seq\":1,\"batch\":1,\"logic\":65536}", "/logic",
           "out of range");
    refuse("{\"ytterby\":\"record/1\",\"salts\":[\"AAAA\"]}", "/salts", "an array stands here");
    refuse("{\"ytterby\":7}", "/ytterby", "unknown form");
    refuse("{\"ytterby\":\"event/1\",\t\"event\":{}}", "line 1, column 22 (byte 21)", "0x09");
}

static void blank_lines_are_passed_over_and_counted(void **state) {
    (void)state;
    Text rest = TEXT("\n{\"a\":1}\r\n  \n{\"b\":2}"), text;
    unsigned long number = 0;
    assert_true(event_lines_next(&rest, &text, &number));
    assert_true(text_equal(text, TEXT("{\"a\":1}")));
    assert_int_equal(number, 2);
    assert_true(event_lines_next(&rest, &text, &number));
    assert_true(text_equal(text, TEXT("{\"b\":2}")));
    assert_int_equal(number, 4);
    assert_false(event_lines_next(&rest, &text, &number));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test(the_events_bytes_are_those_of_the_line),
        test(what_is_written_reads_back),
        test(an_envelope_that_is_wrong_is_refused_with_its_place),
        test(blank_lines_are_passed_over_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
