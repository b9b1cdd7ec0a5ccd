// What replay reads of an event is what the decoder reads of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/event_head.h"

static void same(const char *text, bool by_head) {
    Arena arena;
    arena_init(&arena, 1 << 20);
    Status status;
    status_clear(&status);
    Event whole, head;
    assert_true(event_decode(text_of(text), &arena, &whole, &status));
    assert_true(event_decode_head(text_of(text), &arena, &head, &status));
    assert_int_equal(head.kind, whole.kind);
    assert_int_equal(head.version, whole.version);
    assert_true(text_equal(head.id, whole.id) && text_equal(head.party, whole.party));
    assert_true(head.start == whole.start && head.end == whole.end);
    assert_int_equal(head.is_span, whole.is_span);
    // What record_add() keeps of an operation beside.
    assert_int_equal(head.outside, whole.outside);
    if (whole.kind == EVENT_EXTRACT) assert_true(text_equal(head.subject, whole.subject));
    // Lines are decoded only where the head alone does not do.
    bool lines = head.input_count == whole.input_count && head.output_count == whole.output_count;
    assert_int_equal(lines, !by_head);
    arena_done(&arena);
}

#define LOTS "\"lots\":[{\"lot\":\"NORTH:A\"}]"
#define ENDS "\"facility\":\"STORE\"," LOTS ",\"to\":\"pond ]}\\\"\"}"

static void a_head_says_what_the_whole_says(void **state) {
    (void)state;
    same("{\"v\":1,\"kind\":\"discard\",\"id\":\"1\",\"party\":\"NORTH\",\"happened\":"
         "\"2026-01-02T08:00:00+08:00\"," ENDS,
         true);
    same("{\"happened\":{\"from\":\"2026-01-02T08:00:00+08:00\",\"to\":\"2026-01-03T08:00:00Z\"},"
         "\"x\":{\"id\":\"no\",\"a\":[1,{\"kind\":\"ship\"}]},\"id\":\"1\",\"party\":\"NORTH\","
         "\"kind\":\"discard\","
         "\"v\":1," ENDS,
         true);
}

static void what_the_book_keeps_of_an_operation_is_read(void **state) {
    (void)state;
    same("{\"v\":1,\"kind\":\"extract\",\"id\":\"1\",\"party\":\"NORTH\",\"happened\":"
         "\"2026-01-02T08:00:00+08:00\",\"facility\":\"MINE\",\"source\":\"PIT-1\","
         "\"outputs\":[{\"lot\":\"NORTH:A\",\"material\":\"CONC\",\"net\":\"1.0\"}]}",
         true);
    same("{\"v\":1,\"kind\":\"ship\",\"id\":\"1\",\"party\":\"NORTH\",\"happened\":"
         "\"2026-01-02T08:00:00+08:00\",\"facility\":\"STORE\",\"consignment\":\"NORTH:C\","
         "\"outside\":{\"kind\":\"other\",\"name\":\"X\"}," LOTS "}",
         false);
}

static void what_is_written_unusually_is_decoded_whole(void **state) {
    (void)state;
    same("{ \"v\":1,\"kind\":\"discard\",\"id\":\"1\",\"party\":\"NORTH\",\"happened\":"
         "\"2026-01-02T08:00:00+08:00\"," ENDS,
         false);
    same("{\"v\":1,\"kind\":\"discard\",\"id\":\"\\u0031\",\"party\":\"NORTH\",\"happened\":"
         "\"2026-01-02T08:00:00+08:00\"," ENDS,
         false);
    same("{\"v\":1,\"kind\":\"discard\",\"id\":\"1\",\"party\":\"NORTH\",\"happened\":"
         "{\"to\":\"2026-01-03T08:00:00Z\",\"from\":\"2026-01-02T08:00:00+08:00\"}," ENDS,
         false);
}

static void what_replay_reads_whole_is_decoded_whole(void **state) {
    (void)state;
    same("{\"v\":1,\"kind\":\"hold\",\"id\":\"1\",\"party\":\"REG\",\"happened\":"
         "\"2026-01-02T08:00:00+08:00\",\"lots\":[\"NORTH:A\"]}",
         false);
}

static void sealed_parts_are_read(void **state) {
    (void)state;
    same("{\"v\":1,\"kind\":\"discard\",\"id\":\"1\",\"party\":\"NORTH\",\"happened\":"
         "\"2026-01-02T08:00:00+08:00\",\"sealed\":[{\"class\":\"note\",\"hash\":"
         "\"0000000000000000000000000000000000000000000000000000000000000000\"}]," ENDS,
         false);
}

static void bytes_cut_short_end_in_a_message(void **state) {
    (void)state;
    static const char text[] =
        "{\"v\":1,\"kind\":\"discard\",\"id\":\"1\",\"party\":\"NORTH\",\"happened\":"
        "{\"from\":\"2026-01-02T08:00:00+08:00\",\"to\":\"2026-01-03T08:00:00Z\"}," ENDS;
    for (size_t length = 0; length + 1 < sizeof text; length++) {
        Arena arena;
        arena_init(&arena, 1 << 20);
        Status status;
        status_clear(&status);
        Event head;
        assert_false(event_decode_head((Text){text, length}, &arena, &head, &status));
        assert_true(status.message[0]);
        arena_done(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_says_what_the_whole_says),
        cmocka_unit_test(what_the_book_keeps_of_an_operation_is_read),
        cmocka_unit_test(what_is_written_unusually_is_decoded_whole),
        cmocka_unit_test(what_replay_reads_whole_is_decoded_whole),
        cmocka_unit_test(sealed_parts_are_read),
        cmocka_unit_test(bytes_cut_short_end_in_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
