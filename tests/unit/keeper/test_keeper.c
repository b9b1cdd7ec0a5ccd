// The keeper from genesis to reopening, on the store in memory and on SQLite.
#include "place.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "log/checkpoint.h"

static void a_new_book_holds_its_genesis(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    assert_int_equal(records_of(keeper), 1);
    ReadMark mark;
    const Book *book = read_begin(keeper, &mark);
    assert_false(book_is_trial(book));
    assert_true(text_equal(book_origin(book), TEXT("example.org/test")));
    assert_int_equal(book_last_recorded(book), NOON_2026);
    read_end(keeper);
    book_close(keeper);
}

static void a_second_genesis_is_refused(void **state) {
    (void)state;
    Status status;
    book_make(place.name, false);
    KeeperOptions options = {.clock = hands_clock()};
    char space[500];
    Draft draft = party_event(space, sizeof space, 1, "x");
    assert_false(
        keeper_create(place.name, draft.event, text_of(authority), test_seed, &options, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    assert_non_null(strstr(status.message, "genesis"));
}

static void an_event_is_answered_recorded_and_found_again(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    hands_move(1000);
    char space[500];
    Draft draft = party_event(space, sizeof space, 1, "Northern");
    Seen seen = submit_one(keeper, &draft, SUBMIT_EACH);
    assert_int_equal(seen.verdict, VERDICT_ACCEPTED);
    assert_true(seen.has_seq);
    assert_int_equal(seen.seq, 1);
    assert_int_equal(seen.recorded, NOON_2026 + 1000);
    assert_string_equal(seen.id, "p-1");
    Hash digest = digest_of(keeper);
    book_close(keeper);

    keeper = book_open(place.name);
    assert_int_equal(records_of(keeper), 2);
    Hash again = digest_of(keeper);
    assert_true(hash_equal(&digest, &again));
    Status status;
    Arena arena;
    arena_init(&arena, 1 << 20);
    ReadRecord record;
    assert_true(read_record(keeper, 1, &arena, &record, &status));
    assert_true(text_equal(record.event, draft.event));
    assert_false(read_record(keeper, 2, &arena, &record, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    arena_done(&arena);
    book_close(keeper);
}

static void the_same_bytes_get_the_first_answer_again(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    char space[500], other[500];
    Draft draft = party_event(space, sizeof space, 1, "Northern");
    Seen first = submit_one(keeper, &draft, SUBMIT_EACH);
    hands_move(5000000);
    Seen second = submit_one(keeper, &draft, SUBMIT_EACH);
    assert_true(second.repeated);
    assert_int_equal(second.verdict, first.verdict);
    assert_int_equal(second.seq, first.seq);
    assert_int_equal(second.recorded, first.recorded);
    Draft changed = party_event(other, sizeof other, 1, "Southern");
    Seen third = submit_one(keeper, &changed, SUBMIT_EACH);
    assert_int_equal(third.verdict, VERDICT_REFUSED);
    assert_int_equal(third.code, CODE_ID_REUSED);
    assert_string_equal(third.where, "/id");
    book_close(keeper);
    keeper = book_open(place.name);
    Seen fourth = submit_one(keeper, &draft, SUBMIT_EACH);
    assert_true(fourth.repeated);
    assert_int_equal(fourth.seq, first.seq);
    assert_int_equal(records_of(keeper), 2);
    book_close(keeper);
}

static void one_id_twice_in_a_batch_is_one_record(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    char space[500], other[500];
    Draft drafts[3];
    drafts[0] = drafts[1] = party_event(space, sizeof space, 1, "Northern");
    drafts[2] = party_event(other, sizeof other, 1, "Southern");
    Seen seen[3];
    assert_int_equal(submit_many(keeper, drafts, 3, SUBMIT_EACH, seen), 1);
    assert_false(seen[0].repeated);
    assert_true(seen[1].repeated);
    assert_int_equal(seen[1].seq, seen[0].seq);
    assert_int_equal(seen[2].code, CODE_ID_REUSED);
    book_close(keeper);
}

static void what_cannot_be_read_is_refused_in_the_codecs_words(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    Draft draft = {.event = TEXT("{\"v\":1,\"kind\":\"wish\"}"),
                   .principal = text_of(authority),
                   .recorded = SUBMIT_NOW};
    Seen seen = submit_one(keeper, &draft, SUBMIT_EACH);
    assert_int_equal(seen.verdict, VERDICT_REFUSED);
    assert_int_equal(seen.code, CODE_MALFORMED);
    assert_true(seen.message[0] != 0);
    assert_int_equal(records_of(keeper), 1);
    book_close(keeper);
}

static void a_refused_event_leaves_its_id_free(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    char space[500];
    Draft draft = party_event(space, sizeof space, 1, "Northern");
    draft.principal = TEXT("company/NOBODY/x");
    Hash before = digest_of(keeper);
    Seen seen = submit_one(keeper, &draft, SUBMIT_EACH);
    assert_int_equal(seen.verdict, VERDICT_REFUSED);
    assert_false(seen.has_seq);
    Hash after = digest_of(keeper);
    assert_true(hash_equal(&before, &after));
    draft.principal = text_of(authority);
    assert_int_equal(submit_one(keeper, &draft, SUBMIT_EACH).verdict, VERDICT_ACCEPTED);
    book_close(keeper);
}

enum { MANY = 2000 };
static char spaces[MANY][300];
static Draft many[MANY];
static Seen answers[MANY];

static void fill_many(unsigned from) {
    for (unsigned i = 0; i < MANY; i++)
        many[i] = party_event(spaces[i], sizeof spaces[i], from + i, "Northern");
}

static void a_whole_batch_is_all_or_nothing(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    fill_many(1);
    many[700].principal = TEXT("company/NOBODY/x");
    Hash before = digest_of(keeper);
    assert_int_equal(submit_many(keeper, many, MANY, SUBMIT_WHOLE, answers), 0);
    assert_int_equal(answers[700].verdict, VERDICT_REFUSED);
    assert_int_equal(answers[699].verdict, VERDICT_NONE);
    assert_int_equal(answers[699].status, STATUS_CONFLICT);
    assert_non_null(strstr(answers[0].message, "\"p-701\""));
    Hash after = digest_of(keeper);
    assert_true(hash_equal(&before, &after));
    assert_int_equal(records_of(keeper), 1);

    many[700].principal = text_of(authority);
    assert_int_equal(submit_many(keeper, many, MANY, SUBMIT_WHOLE, answers), MANY);
    assert_int_equal(records_of(keeper), 1 + MANY);
    // A retry of the whole gives the first answers.
    assert_int_equal(submit_many(keeper, many, MANY, SUBMIT_WHOLE, answers), 0);
    assert_true(answers[MANY - 1].repeated);
    assert_int_equal(answers[MANY - 1].seq, MANY);
    Status status;
    Arena arena;
    arena_init(&arena, 1 << 20);
    ReadRecord record;
    assert_true(read_record(keeper, MANY, &arena, &record, &status));
    assert_int_equal(record.record[31], 1); // its batch began with record 1
    arena_done(&arena);
    book_close(keeper);
}

// The second of two equal events is answered as the first; but when the batch is taken back, so is
// that answer.
static void an_event_twice_in_a_batch_that_is_taken_back_was_not_recorded(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    fill_many(1);
    assert_true(submit_one(keeper, &many[0], SUBMIT_EACH).has_seq);
    Draft batch[4] = {many[0], many[1], many[1], many[2]};
    batch[3].principal = TEXT("company/NOBODY/x");
    assert_int_equal(submit_many(keeper, batch, 4, SUBMIT_WHOLE, answers), 0);
    assert_true(answers[0].repeated); // it stood in the book before
    assert_int_equal(answers[0].seq, 1);
    for (int i = 1; i < 3; i++) {
        assert_false(answers[i].has_seq);
        assert_int_equal(answers[i].status, STATUS_CONFLICT);
    }
    assert_int_equal(records_of(keeper), 2);
    book_close(keeper);
}

static void a_dry_run_knows_an_event_that_comes_twice(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    fill_many(1);
    char space[300];
    Draft batch[3] = {many[0], many[0], party_event(space, sizeof space, 1, "Southern")};
    submit_many(keeper, batch, 3, SUBMIT_DRY_EACH, answers);
    assert_true(answers[0].has_seq);
    assert_true(answers[1].repeated);
    assert_int_equal(answers[1].seq, answers[0].seq);
    assert_int_equal(answers[2].verdict, VERDICT_REFUSED);
    assert_int_equal(answers[2].code, CODE_ID_REUSED);
    book_close(keeper);
}

static void each_by_itself_records_what_it_can(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    fill_many(1);
    many[7].principal = TEXT("company/NOBODY/x");
    assert_int_equal(submit_many(keeper, many, 20, SUBMIT_EACH, answers), 19);
    assert_int_equal(answers[8].seq, 8);
    book_close(keeper);
}

static void a_dry_run_changes_nothing(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    Hash before = digest_of(keeper);
    fill_many(1);
    submit_many(keeper, many, 20, SUBMIT_DRY_EACH, answers);
    assert_int_equal(answers[19].verdict, VERDICT_ACCEPTED);
    submit_many(keeper, many, MANY, SUBMIT_DRY_WHOLE, answers);
    assert_int_equal(answers[MANY - 1].verdict, VERDICT_ACCEPTED);
    assert_int_equal(records_of(keeper), 1);
    Hash after = digest_of(keeper);
    assert_true(hash_equal(&before, &after));
    assert_int_equal(submit_many(keeper, many, 20, SUBMIT_EACH, answers), 20);
    assert_int_equal(answers[0].seq, 1);
    book_close(keeper);
}

static void too_much_at_once_is_refused_with_a_way_out(void **state) {
    (void)state;
    Status status;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    static Draft none[SUBMIT_WHOLE_MAX + 1];
    assert_false(submit_wait(keeper, none, SUBMIT_EACH_MAX + 1, SUBMIT_EACH, NULL, NULL, &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    assert_false(
        submit_wait(keeper, none, SUBMIT_WHOLE_MAX + 1, SUBMIT_WHOLE, NULL, NULL, &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    assert_non_null(strstr(status.hint, "--per-event"));
    book_close(keeper);
}

static void count_answers(void *context, const Answer *given, size_t count) {
    (void)given;
    atomic_fetch_add((_Atomic size_t *)context, count);
}

static void a_full_ring_says_busy_and_empties(void **state) {
    (void)state;
    book_make(place.name, false);
    Status status;
    KeeperOptions options = {.clock = hands_clock(), .bytes_max = 300000};
    Keeper *keeper = keeper_open(place.name, &options, &status);
    assert_non_null(keeper);
    fill_many(1);
    _Atomic size_t answered = 0;
    size_t sent = 0;
    bool busy = false;
    while (sent < MANY) {
        if (submit_send(keeper, many + sent, 20, SUBMIT_EACH, false, count_answers, &answered,
                        &status)) {
            sent += 20;
            continue;
        }
        assert_int_equal(status.code, STATUS_BUSY);
        busy = true;
        assert_true(submit_send(keeper, many + sent, 20, SUBMIT_EACH, true, count_answers,
                                &answered, &status));
        sent += 20;
    }
    submit_flush(keeper);
    assert_int_equal(atomic_load(&answered), MANY);
    assert_true(busy);
    assert_int_equal(records_of(keeper), 1 + MANY);
    book_close(keeper);
}

static void a_live_book_takes_no_time_from_a_line(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    char space[500];
    Draft draft = party_event(space, sizeof space, 1, "Northern");
    draft.recorded = NOON_2026;
    Seen seen = submit_one(keeper, &draft, SUBMIT_EACH);
    assert_int_equal(seen.verdict, VERDICT_NONE);
    assert_int_equal(seen.status, STATUS_DENIED);
    book_close(keeper);
}

static void a_trial_book_takes_it_as_long_as_it_does_not_decrease(void **state) {
    (void)state;
    book_make(place.name, true);
    Keeper *keeper = book_open(place.name);
    char a[500], b[500], c[500];
    Draft first = party_event(a, sizeof a, 1, "x"), second = party_event(b, sizeof b, 2, "x"),
          third = party_event(c, sizeof c, 3, "x");
    first.recorded = NOON_2026 + 60000000;
    Seen seen = submit_one(keeper, &first, SUBMIT_EACH);
    assert_int_equal(seen.recorded, NOON_2026 + 60000000);
    second.recorded = NOON_2026 + 59999999;
    seen = submit_one(keeper, &second, SUBMIT_EACH);
    assert_int_equal(seen.verdict, VERDICT_NONE);
    assert_int_equal(seen.status, STATUS_INVALID);
    // Without a time it is the event's own end, or the last record's.
    seen = submit_one(keeper, &third, SUBMIT_EACH);
    assert_int_equal(seen.verdict, VERDICT_ACCEPTED);
    assert_int_equal(seen.recorded, NOON_2026 + 60000000);
    book_close(keeper);
}

static void recorded_time_never_decreases(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    char a[500], b[500];
    Draft first = party_event(a, sizeof a, 1, "x"), second = party_event(b, sizeof b, 2, "x");
    hands_move(4000000);
    Instant before = submit_one(keeper, &first, SUBMIT_EACH).recorded;
    atomic_fetch_sub(&hands.wall, 3000000); // as a time daemon may
    Instant after = submit_one(keeper, &second, SUBMIT_EACH).recorded;
    assert_int_equal(after, before);
    book_close(keeper);
}

static void a_clock_that_was_set_stops_the_keeper(void **state) {
    (void)state;
    static const int64_t jumps[] = {3600000000, -3600000000, (int64_t)400 * 86400 * 1000000};
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        place_done(&place);
        place_make(&place, MODE_MEMORY);
        book_make(place.name, false);
        Keeper *keeper = book_open(place.name);
        char a[500], b[500];
        Draft first = party_event(a, sizeof a, 1, "x"), second = party_event(b, sizeof b, 2, "x");
        assert_int_equal(submit_one(keeper, &first, SUBMIT_EACH).verdict, VERDICT_ACCEPTED);
        atomic_fetch_add(&hands.wall, jumps[i]);
        Seen seen = submit_one(keeper, &second, SUBMIT_EACH);
        assert_int_equal(seen.verdict, VERDICT_NONE);
        assert_non_null(strstr(seen.message, "clock"));
        Status status;
        assert_false(keeper_is_writing(keeper, &status));
        assert_false(submit_wait(keeper, &second, 1, SUBMIT_EACH, NULL, NULL, &status));
        assert_int_equal(records_of(keeper), 2); // reading goes on
        book_close(keeper);
    }
}

static void a_book_from_the_future_is_not_written(void **state) {
    (void)state;
    book_make(place.name, false);
    atomic_fetch_sub(&hands.wall, (int64_t)86400 * 1000000);
    Keeper *keeper = book_open(place.name);
    char a[500];
    Draft first = party_event(a, sizeof a, 1, "x");
    Seen seen = submit_one(keeper, &first, SUBMIT_EACH);
    assert_int_equal(seen.verdict, VERDICT_NONE);
    assert_non_null(strstr(seen.message, "future"));
    book_close(keeper);
}

static void checkpoints_cover_what_is_durable_and_agree_with_each_other(void **state) {
    (void)state;
    Status status;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    fill_many(1);
    Buffer note;
    buffer_init(&note, 1 << 16);
    uint8_t public_key[32];
    ed25519_public_key(test_seed, public_key);
    VerifierKey key;
    assert_true(
        verifier_key_make(KEY_ED25519, TEXT("example.org/test"), public_key, &key, &status));
    CheckpointPolicy policy = {.log = &key};
    for (unsigned i = 0; i < 10; i++) {
        submit_many(keeper, many + i * 7, 7, SUBMIT_EACH, answers);
        TreeHead head;
        buffer_reset(&note);
        assert_true(read_checkpoint(keeper, &note, &head, &status));
        assert_int_equal(head.size, 1 + (i + 1) * 7);
        Checkpoint checkpoint;
        assert_true(checkpoint_open(buffer_view(&note), &policy, &checkpoint, &status));
        Hash root;
        assert_true(tree_root(read_tree(keeper), head.size, &root, &status));
        assert_true(hash_equal(&root, &checkpoint.head.root));
    }
    buffer_done(&note);
    book_close(keeper);
}

static void note_moved(void *context, uint64_t durable, uint64_t kinds) {
    _Atomic uint64_t *seen = context;
    atomic_store(&seen[0], durable);
    atomic_fetch_or(&seen[1], kinds);
}

static void watchers_hear_of_new_records_and_their_kinds(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    static _Atomic uint64_t seen[2];
    atomic_store(&seen[0], 0);
    atomic_store(&seen[1], 0);
    read_watch(keeper, note_moved, (void *)seen);
    fill_many(1);
    submit_many(keeper, many, 3, SUBMIT_EACH, answers);
    book_close(keeper);
    assert_int_equal(atomic_load(&seen[0]), 4);
    assert_int_equal(atomic_load(&seen[1]), (uint64_t)1 << EVENT_PARTY);
}

static void what_was_seen_is_waited_for(void **state) {
    (void)state;
    Status status;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    fill_many(1);
    _Atomic size_t answered = 0;
    for (unsigned i = 0; i < 20; i++) {
        assert_true(submit_send(keeper, many + i * 10, 10, SUBMIT_EACH, true, count_answers,
                                &answered, &status));
        ReadMark mark;
        read_begin(keeper, &mark);
        read_end(keeper);
        assert_true(read_settled(keeper, mark, &status));
        assert_true(records_of(keeper) >= mark.seen);
    }
    book_close(keeper);
    assert_int_equal(atomic_load(&answered), 200);
}

static void a_reader_beside_the_writer_sees_the_same_book(void **state) {
    (void)state;
    Status status;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    fill_many(1);
    submit_many(keeper, many, 300, SUBMIT_EACH, answers);
    KeeperOptions options = {.clock = hands_clock()};
    Keeper *reader = keeper_open_reader(place.name, &options, &status);
    assert_non_null(reader);
    Hash a = digest_of(keeper), b = digest_of(reader);
    assert_true(hash_equal(&a, &b));
    assert_false(submit_wait(reader, many, 1, SUBMIT_EACH, NULL, NULL, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    assert_null(keeper_open(place.name, &options, &status));
    assert_int_equal(status.code, STATUS_BUSY);
    keeper_close(reader, NULL);
    book_close(keeper);
}

// RELIABILITY R7: each request for memory fails in turn, once or for good, on whatever thread makes
// it. The senders are told, or the event is recorded; the book is what its log says; nothing leaks
// (sanitizers).
static void each_allocation_fails_cleanly(void **state) {
    (void)state;
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    unsigned next_id = 1, told = 0;
    for (int for_good = 0; for_good < 2; for_good++) {
        unsigned long nth = 1;
        for (int without_hit = 0; without_hit < 2; nth++) {
            assert_true(nth < 5000);
            char space[3][500];
            Draft drafts[3];
            for (int i = 0; i < 3; i++)
                drafts[i] = party_event(space[i], sizeof space[i], next_id++, "Northern");
            drafts[2].principal = TEXT("company/NOBODY/x");
            Seen seen[3] = {{0}};
            Status status;
            memory_fail_at(nth, for_good);
            bool sent = submit_wait(keeper, drafts, 3, SUBMIT_EACH, copy_answers, seen, &status);
            submit_flush(keeper);
            bool hit = memory_has_failed();
            memory_fail_at(0, false);
            without_hit = hit ? 0 : without_hit + 1;
            if (!sent) {
                assert_true(hit);
                assert_int_equal(status.code, STATUS_NO_MEMORY);
                told++;
                continue;
            }
            for (int i = 0; i < 3; i++) {
                if (seen[i].verdict != VERDICT_NONE) continue;
                assert_true(hit);
                if (seen[i].status != STATUS_NO_MEMORY && seen[i].status != STATUS_UNKNOWN &&
                    seen[i].status != STATUS_BUSY)
                    fail_msg("%d %s", seen[i].status, seen[i].message);
                told++;
            }
            // What was not taken is taken when it comes again; what was has its first answer.
            Seen again[3];
            submit_many(keeper, drafts, 3, SUBMIT_EACH, again);
            for (int i = 0; i < 2; i++) {
                assert_int_equal(again[i].verdict, VERDICT_ACCEPTED);
                if (seen[i].has_seq) assert_int_equal(again[i].seq, seen[i].seq);
            }
            assert_int_equal(again[2].verdict, VERDICT_REFUSED);
        }
    }
    assert_true(told > 20);
    Hash digest = digest_of(keeper);
    book_close(keeper);
    keeper = book_open(place.name);
    Hash again = digest_of(keeper);
    assert_true(hash_equal(&digest, &again));
    book_close(keeper);
}

// ---- Books in files that were tampered with ----

static void change(const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place.name, &db), SQLITE_OK);
    char *error = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s", error);
    sqlite3_close(db);
}

static void make_with_records(unsigned count) {
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    fill_many(1);
    submit_many(keeper, many, count, SUBMIT_EACH, answers);
    book_close(keeper);
}

static void expect_refusal(const char *words) {
    Status status;
    status_clear(&status);
    KeeperOptions options = {.clock = hands_clock()};
    assert_null(keeper_open(place.name, &options, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    if (!strstr(status.message, words)) fail_msg("\"%s\" at \"%s\"", status.message, status.where);
    assert_null(keeper_open_reader(place.name, &options, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
}

static void a_log_that_was_cut_is_not_opened(void **state) {
    (void)state;
    make_with_records(20);
    change("DELETE FROM record WHERE seq > 15");
    expect_refusal("lost records");
}

static void a_changed_event_is_not_opened(void **state) {
    (void)state;
    make_with_records(20);
    change("UPDATE record SET event = CAST(replace(CAST(event AS TEXT), 'Northern', 'Southern') AS "
           "BLOB) WHERE seq = 4");
    expect_refusal("the event is not the one");
}

static void a_changed_decision_is_not_opened(void **state) {
    (void)state;
    make_with_records(20);
    change("UPDATE record SET decision = CAST(decision || x'00' AS BLOB) WHERE seq = 4");
    expect_refusal("the decision is not the one");
}

static void a_record_put_in_place_of_another_is_not_opened(void **state) {
    (void)state;
    make_with_records(20);
    change("UPDATE record SET record = (SELECT record FROM record WHERE seq = 5) WHERE seq = 4");
    expect_refusal("another number");
}

static void a_missing_or_foreign_checkpoint_is_told(void **state) {
    (void)state;
    make_with_records(20);
    char path[120], other[120];
    snprintf(path, sizeof path, "%s.checkpoint", place.name);
    snprintf(other, sizeof other, "%s.kept", place.name);
    assert_int_equal(rename(path, other), 0);
    expect_refusal("no checkpoint beside it");
    Status status;
    KeeperOptions options = {.clock = hands_clock(), .without_checkpoint = true};
    Keeper *keeper = keeper_open(place.name, &options, &status);
    assert_non_null(keeper);
    book_close(keeper);
    // A bit of the signature turned.
    int file = open(path, O_RDWR);
    assert_true(file >= 0);
    struct stat about;
    assert_int_equal(fstat(file, &about), 0);
    char byte;
    assert_int_equal(pread(file, &byte, 1, about.st_size - 20), 1);
    byte = byte == 'A' ? 'B' : 'A';
    assert_int_equal(pwrite(file, &byte, 1, about.st_size - 20), 1);
    close(file);
    assert_null(keeper_open(place.name, &options, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
}

static void without_its_key_a_book_is_read_but_not_written(void **state) {
    (void)state;
    make_with_records(5);
    char path[120];
    snprintf(path, sizeof path, "%s.key", place.name);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    Status status;
    KeeperOptions options = {.clock = hands_clock()};
    assert_int_equal(chmod(path, 0644), 0);
    assert_null(keeper_open(place.name, &options, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    assert_int_equal(unlink(path), 0);
    assert_null(keeper_open(place.name, &options, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    Keeper *reader = keeper_open_reader(place.name, &options, &status);
    assert_non_null(reader);
    assert_int_equal(records_of(reader), 6);
    keeper_close(reader, NULL);
}

#define BOTH(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, place_in_memory, place_left),                            \
        cmocka_unit_test_setup_teardown(test, place_in_file, place_left)
#define FILE_ONLY(test) cmocka_unit_test_setup_teardown(test, place_in_file, place_left)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(a_new_book_holds_its_genesis),
        BOTH(a_second_genesis_is_refused),
        BOTH(an_event_is_answered_recorded_and_found_again),
        BOTH(the_same_bytes_get_the_first_answer_again),
        BOTH(one_id_twice_in_a_batch_is_one_record),
        BOTH(what_cannot_be_read_is_refused_in_the_codecs_words),
        BOTH(a_refused_event_leaves_its_id_free),
        BOTH(a_whole_batch_is_all_or_nothing),
        BOTH(an_event_twice_in_a_batch_that_is_taken_back_was_not_recorded),
        BOTH(a_dry_run_knows_an_event_that_comes_twice),
        BOTH(each_by_itself_records_what_it_can),
        BOTH(a_dry_run_changes_nothing),
        BOTH(too_much_at_once_is_refused_with_a_way_out),
        BOTH(a_full_ring_says_busy_and_empties),
        BOTH(a_live_book_takes_no_time_from_a_line),
        BOTH(a_trial_book_takes_it_as_long_as_it_does_not_decrease),
        BOTH(recorded_time_never_decreases),
        cmocka_unit_test_setup_teardown(a_clock_that_was_set_stops_the_keeper, place_in_memory,
                                        place_left),
        BOTH(a_book_from_the_future_is_not_written),
        BOTH(checkpoints_cover_what_is_durable_and_agree_with_each_other),
        BOTH(watchers_hear_of_new_records_and_their_kinds),
        BOTH(what_was_seen_is_waited_for),
        BOTH(a_reader_beside_the_writer_sees_the_same_book),
        BOTH(each_allocation_fails_cleanly),
        FILE_ONLY(a_log_that_was_cut_is_not_opened),
        FILE_ONLY(a_changed_event_is_not_opened),
        FILE_ONLY(a_changed_decision_is_not_opened),
        FILE_ONLY(a_record_put_in_place_of_another_is_not_opened),
        FILE_ONLY(a_missing_or_foreign_checkpoint_is_told),
        FILE_ONLY(without_its_key_a_book_is_read_but_not_written),
    };
    return cmocka_run_group_tests_name("keeper/keeper", tests, NULL, NULL);
}
