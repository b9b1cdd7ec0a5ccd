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
    // Lines are decoded only where the head alone does not do.
    assert_int_equal(head.input_count == whole.input_count, !by_head);
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
        cmocka_unit_test(what_is_written_unusually_is_decoded_whole),
        cmocka_unit_test(what_replay_reads_whole_is_decoded_whole),
        cmocka_unit_test(bytes_cut_short_end_in_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
