// RELIABILITY R7 beyond appending (test_keeper.c): each request for memory fails in turn, once or
// for good, while a book of every kind of event is opened, verified, exported, copied and salvaged.
// It is told as want of memory, or all went well; the book is as before; nothing leaks
// (sanitizers).
#include "place.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "codec/event_lines.h"
#include "keeper/export.h"
#include "keeper/replay.h"
#include "keeper/salvage.h"
#include "keeper/verify.h"
#include "store/memory.h"

static Hash root, digest;
static uint64_t records;
static Buffer exported;

static Text read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("no file %s: the tests run where the source is", path);
    char *bytes = malloc(4 << 20);
    assert_non_null(bytes);
    size_t length = fread(bytes, 1, 4 << 20, file);
    fclose(file);
    return (Text){bytes, length};
}

// Records one event, with one request for memory after the other failing meanwhile. A refusal for
// want of memory leaves the book as it was.
static void record_one(Keeper *keeper, const Draft *draft, unsigned long line) {
    for (unsigned long nth = 1;; nth += 1 + nth / 16) {
        Hash before = digest_of(keeper);
        Seen seen = {0};
        Status status;
        status_clear(&status);
        memory_fail_at(nth, false);
        bool sent = submit_wait(keeper, draft, 1, SUBMIT_EACH, copy_answers, &seen, &status);
        bool hit = memory_has_failed();
        memory_fail_at(0, false);
        if (sent && seen.has_seq) return;
        if (!hit) fail_msg("line %lu: %u at %s: %s", line, seen.code, seen.where, seen.message);
        StatusCode code = sent ? seen.status : status.code;
        if (code != STATUS_NO_MEMORY)
            fail_msg("line %lu, request %lu: %s", line, nth, status_name(code));
        Hash after = digest_of(keeper);
        assert_true(hash_equal(&before, &after));
    }
}

static void record_lines(Text lines) {
    Keeper *keeper = book_open(place.name);
    Arena arena;
    arena_init(&arena, 8 << 20);
    Text line;
    unsigned long number = 0;
    while (event_lines_next(&lines, &line, &number)) {
        EventLine read;
        Status status;
        arena_reset(&arena);
        if (!event_line_read(line, &arena, &read, &status)) fail_msg("%s", status.message);
        Draft draft = {read.event, read.by, SUBMIT_NOW};
        record_one(keeper, &draft, number);
    }
    arena_done(&arena);
    book_close(keeper);
}

static bool to_buffer(void *context, Text bytes, Status *status) {
    return buffer_text(context, bytes) || status_no_memory(status);
}

static int set_up(void **state) {
    (void)state;
    place_make(&place, MODE_FILE);
    book_make(place.name, true);
    Text lines = read_file("tests/cli/every_kind.ndjson");
    record_lines(lines);
    free((char *)lines.at);
    VerifyReport report;
    Status status;
    assert_true(verify_book(place.name, NULL, &report, &status));
    root = report.root;
    digest = report.digest;
    records = report.records;
    buffer_init(&exported, 16 << 20);
    Keeper *keeper = book_open(place.name);
    assert_true(export_log(keeper, 0, to_buffer, &exported, &status));
    book_close(keeper);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buffer_done(&exported);
    place_done(&place);
    return 0;
}

// Runs `work` with the nth request failing, for every n until none is hit. It returns whether it
// went well; it looks by itself at what came out.
typedef bool Work(Status *status);
static void each_request_fails(Work *work) {
    for (int for_good = 0; for_good < 2; for_good++) {
        unsigned long nth = 1;
        for (bool hit = true; hit; nth += 1 + nth / 24) {
            Status status;
            status_clear(&status);
            memory_fail_at(nth, for_good);
            bool done = work(&status);
            hit = memory_has_failed();
            memory_fail_at(0, false);
            assert_true(done || hit);
            if (!done && status.code != STATUS_NO_MEMORY)
                fail_msg("request %lu: %s: %s (%s)", nth, status_name(status.code), status.message,
                         status.detail);
            assert_true(nth < 10000000);
        }
        assert_true(nth > 10);
    }
    VerifyReport report;
    Status status;
    assert_true(verify_book(place.name, NULL, &report, &status));
    assert_true(hash_equal(&report.root, &root));
    assert_true(hash_equal(&report.digest, &digest));
}

static bool open_and_close(Status *status) {
    KeeperOptions options = {.clock = hands_clock(), .snapshot_every = 1};
    Keeper *keeper = keeper_open(place.name, &options, status);
    if (!keeper) return false;
    assert_int_equal(records_of(keeper), records);
    return keeper_close(keeper, status);
}

static void opening_and_closing_a_book(void **state) {
    (void)state;
    each_request_fails(open_and_close);
}

static bool open_reader(Status *status) {
    KeeperOptions options = {.clock = hands_clock()};
    Keeper *keeper = keeper_open_reader(place.name, &options, status);
    if (!keeper) return false;
    assert_int_equal(records_of(keeper), records);
    return keeper_close(keeper, status);
}

static void opening_it_for_reading(void **state) {
    (void)state;
    each_request_fails(open_reader);
}

static bool verify(Status *status) {
    VerifyOptions options = {.recheck = true};
    VerifyReport report;
    if (!verify_book(place.name, &options, &report, status)) return false;
    assert_int_equal(report.differences, 0);
    assert_true(hash_equal(&report.digest, &digest));
    return true;
}

static void verifying_and_deciding_again(void **state) {
    (void)state;
    each_request_fails(verify);
}

static bool export_all(Status *status) {
    KeeperOptions options = {.clock = hands_clock()};
    Keeper *keeper = keeper_open_reader(place.name, &options, status);
    if (!keeper) return false;
    Buffer out;
    buffer_init(&out, 16 << 20);
    bool done = export_log(keeper, 0, to_buffer, &out, status);
    assert_true(!done || text_equal(buffer_view(&out), buffer_view(&exported)));
    buffer_done(&out);
    return keeper_close(keeper, done ? status : NULL) && done;
}

static void exporting(void **state) {
    (void)state;
    each_request_fails(export_all);
}

static bool salvage(Status *status) {
    Buffer out;
    buffer_init(&out, 16 << 20);
    SalvageReport report;
    bool done = salvage_log(place.name, to_buffer, &out, NULL, &report, status);
    if (done) {
        assert_int_equal(report.lost, 0);
        assert_true(report.has_checkpoint);
        assert_true(text_equal(buffer_view(&out), buffer_view(&exported)));
    }
    buffer_done(&out);
    return done;
}

static void salvaging(void **state) {
    (void)state;
    each_request_fails(salvage);
}

static bool fill(Replay *replay, Status *status) {
    Text lines = buffer_view(&exported), line;
    Arena arena;
    arena_init(&arena, 8 << 20);
    bool done = true;
    unsigned long number = 0;
    while (done && event_lines_next(&lines, &line, &number)) {
        EventLine read;
        arena_reset(&arena);
        done = event_line_read(line, &arena, &read, status) &&
               (read.form == LINE_CHECKPOINT ? replay_checkpoint(replay, read.note, status)
                                             : replay_record(replay, &read, status));
    }
    arena_done(&arena);
    return done;
}

static bool make_copy(Status *status) {
    store_memory_forget("memory:want");
    if (!replay_create("memory:want", status)) return false;
    Replay *replay = replay_open("memory:want", status);
    if (!replay) return false;
    bool done = fill(replay, status);
    return replay_close(replay, done ? status : NULL) && done;
}

static void filling_a_copy(void **state) {
    (void)state;
    each_request_fails(make_copy);
    store_memory_forget("memory:want");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_and_closing_a_book),
        cmocka_unit_test(opening_it_for_reading),
        cmocka_unit_test(verifying_and_deciding_again),
        cmocka_unit_test(exporting),
        cmocka_unit_test(salvaging),
        cmocka_unit_test(filling_a_copy),
    };
    return cmocka_run_group_tests_name("keeper/want_of_memory", tests, set_up, tear_down);
}
