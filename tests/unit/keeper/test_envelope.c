// The lines by which events come in and logs go out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keeper/envelope.h"

static Arena arena;

static int set_up(void **state) {
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

static Envelope read_line(const char *line) {
    Status status;
    Envelope envelope;
    if (!envelope_read(text_of(line), &arena, &envelope, &status)) fail_msg("%s", status.message);
    return envelope;
}

static void an_event_by_itself_is_taken_as_it_is(void **state) {
    (void)state;
    Envelope envelope = read_line("{\"v\":1,\"kind\":\"ship\"}");
    assert_int_equal(envelope.kind, ENVELOPE_PLAIN);
    assert_true(text_equal(envelope.event, TEXT("{\"v\":1,\"kind\":\"ship\"}")));
}

static void a_dated_event_gives_time_sender_and_exact_bytes(void **state) {
    (void)state;
    static const char *const lines[] = {
        "{\"ytterby\":\"event/1\",\"recorded\":\"2026-01-01T12:00:00+08:00\",\"by\":\"company/A/b\","
        "\"event\":{\"v\": 1 ,\"x\":{\"a\":\"}\"}}}",
        "{\"ytterby\":\"event/1\",\"by\":\"company/A/b\",\"event\":{\"v\": 1 ,\"x\":{\"a\":\"}\"}} ,"
        "\"recorded\":\"2026-01-01T04:00:00Z\"}",
    };
    for (size_t i = 0; i < 2; i++) {
        Envelope envelope = read_line(lines[i]);
        assert_int_equal(envelope.kind, ENVELOPE_EVENT);
        assert_int_equal(envelope.recorded, (Instant)1767240000 * 1000000);
        assert_true(text_equal(envelope.by, TEXT("company/A/b")));
        assert_true(text_equal(envelope.event, TEXT("{\"v\": 1 ,\"x\":{\"a\":\"}\"}}")));
    }
}

static void a_record_reads_back_as_it_was_written(void **state) {
    (void)state;
    Envelope record = {.kind = ENVELOPE_RECORD,
                       .event = TEXT("{\"v\":1}"),
                       .recorded = 1767240000123456,
                       .seq = 900719925474099,
                       .batch = 17,
                       .logic = 1,
                       .event_salt = {1, 2, 255},
                       .decision_salt = {9},
                       .decision = {"a\0b", 3}};
    Buffer out;
    buffer_init(&out, 4096);
    assert_true(envelope_write(&record, &out));
    Text line = buffer_view(&out);
    assert_int_equal(line.at[line.length - 1], '\n');
    line.length--;
    Status status;
    Envelope again;
    assert_true(envelope_read(line, &arena, &again, &status));
    assert_int_equal(again.kind, ENVELOPE_RECORD);
    assert_int_equal(again.recorded, record.recorded);
    assert_int_equal(again.seq, record.seq);
    assert_int_equal(again.batch, record.batch);
    assert_int_equal(again.logic, 1);
    assert_int_equal(again.flags, 0);
    assert_memory_equal(again.event_salt, record.event_salt, 16);
    assert_memory_equal(again.decision_salt, record.decision_salt, 16);
    assert_true(text_equal(again.decision, record.decision));
    assert_true(text_equal(again.event, record.event));
    buffer_done(&out);
}

static void what_is_wrong_is_refused_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *line, *where;
    } cases[] = {
        {"{\"ytterby\":\"event/2\",\"event\":{}}", "/ytterby"},
        {"{\"ytterby\":1}", "/ytterby"},
        {"{\"ytterby\":\"event/1\",\"by\":\"a\",\"event\":{}}", "/recorded"},
        {"{\"ytterby\":\"event/1\",\"recorded\":\"yesterday\",\"by\":\"a\",\"event\":{}}", "/recorded"},
        {"{\"ytterby\":\"event/1\",\"recorded\":\"2026-01-01T04:00:00Z\",\"event\":{}}", "/by"},
        {"{\"ytterby\":\"event/1\",\"recorded\":\"2026-01-01T04:00:00Z\",\"by\":\"a\",\"event\":[]}",
         "/event"},
        {"{\"ytterby\":\"record/1\",\"seq\":-1}", "/seq"},
        {"{\"ytterby\":\"record/1\",\"seq\":01}", ""},
        {"{\"ytterby\":\"record/1\",\"seq\":1.5}", "/seq"},
        {"{\"ytterby\":\"record/1\",\"seq\":1,\"batch\":1,\"logic\":70000}", "/logic"},
        {"{\"ytterby\":\"record/1\",\"seq\":1,\"batch\":1,\"logic\":1,\"flags\":0,\"recorded\":"
         "\"2026-01-01T04:00:00Z\",\"salts\":[\"AAAA\",\"AAAA\"]}", "/salts"},
        {"{\"ytterby\":\"record/1\",\"seq\":1,\"batch\":1,\"logic\":1,\"flags\":0,\"recorded\":"
         "\"2026-01-01T04:00:00Z\",\"salts\":[\"AAAAAAAAAAAAAAAAAAAAAA==\"]}", "/salts"},
        {"{\"ytterby\":\"record/1\",\"seq\":1,\"batch\":1,\"logic\":1,\"flags\":0,\"recorded\":"
         "\"2026-01-01T04:00:00Z\",\"salts\":[\"AAAAAAAAAAAAAAAAAAAAAA==\","
         "\"AAAAAAAAAAAAAAAAAAAAAB==\"]}", "/salts"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Status status;
        Envelope envelope;
        status_clear(&status);
        assert_false(envelope_read(text_of(cases[i].line), &arena, &envelope, &status));
        assert_int_equal(status.code, STATUS_INVALID);
        if (cases[i].where[0] && strcmp(status.where, cases[i].where) != 0)
            fail_msg("%s: %s at %s", cases[i].line, status.message, status.where);
    }
}

static void an_unknown_member_is_refused(void **state) {
    (void)state;
    Status status;
    Envelope envelope;
    Text line = TEXT("{\"ytterby\":\"event/1\",\"recorded\":\"2026-01-01T04:00:00Z\",\"by\":\"a\",\"z\":1,"
                     "\"event\":{}}");
    assert_false(envelope_read(line, &arena, &envelope, &status));
    assert_int_equal(status.code, STATUS_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_by_itself_is_taken_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dated_event_gives_time_sender_and_exact_bytes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_record_reads_back_as_it_was_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_refused_with_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_member_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("keeper/envelope", tests, NULL, NULL);
}
