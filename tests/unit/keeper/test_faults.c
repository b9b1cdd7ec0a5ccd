// The keeper on a disk that fails, on a machine that loses power, and with the real kill: what was
// acknowledged is there, once; what is there is whole; who asks again gets the first answer.
// RELIABILITY R1 to R4 as far as one process and the keeper's own door go.
#include "place.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../faults/vfs.h"
#include "keeper/verify.h"

// The thread sanitizer looks for races, which are the same ones every time, and takes 20 times as
// long.
#ifdef __SANITIZE_THREAD__
enum { EVENTS = 300, KILLS = 8, POWER_CUTS = 8, EACH_UNTIL = 4 };
#elif defined __SANITIZE_ADDRESS__
// Each cut is made without a sanitizer too.
enum { EVENTS = 600, KILLS = 25, POWER_CUTS = 60, EACH_UNTIL = 6 };
#else
enum { EVENTS = 1200, KILLS = 100, POWER_CUTS = 300, EACH_UNTIL = 12 };
#endif

static char spaces[EVENTS][300];
static Draft drafts[EVENTS];

static int set_up(void **state) {
    (void)state;
    place_make(&place, MODE_FILE);
    for (unsigned i = 0; i < EVENTS; i++)
        drafts[i] = party_event(spaces[i], sizeof spaces[i], i + 1, "Northern");
    faults_install();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    faults_remove();
    place_done(&place);
    return 0;
}

// What the senders know: the number that each event was acknowledged with, or none.
typedef struct Client {
    _Atomic uint64_t seq[EVENTS];
    _Atomic size_t refused, unknown, not_taken;
} Client;
static Client client;
#define NO_ANSWER UINT64_MAX

static void forget_answers(void) {
    for (unsigned i = 0; i < EVENTS; i++)
        atomic_store(&client.seq[i], NO_ANSWER);
    atomic_store(&client.refused, 0);
    atomic_store(&client.unknown, 0);
    atomic_store(&client.not_taken, 0);
}

static void hear(void *context, const Answer *answers, size_t count) {
    (void)context;
    for (size_t i = 0; i < count; i++) {
        unsigned number = (unsigned)strtoul(answers[i].id.at + 2, NULL, 10) - 1;
        assert_true(number < EVENTS);
        if (answers[i].has_seq) {
            uint64_t before = atomic_exchange(&client.seq[number], answers[i].seq);
            assert_true(before == NO_ANSWER || before == answers[i].seq);
        } else if (answers[i].verdict == VERDICT_REFUSED) {
            atomic_fetch_add(&client.refused, 1);
        } else if (answers[i].status->code == STATUS_UNKNOWN) {
            atomic_fetch_add(&client.unknown, 1);
        } else {
            atomic_fetch_add(&client.not_taken, 1);
        }
    }
}

// Sends all events in pieces of many sizes. Stops when the keeper takes no more.
static void send_all(Keeper *keeper) {
    static const size_t sizes[] = {1, 1, 3, 20, 1, 64, 7};
    for (size_t sent = 0, i = 0; sent < EVENTS; i++) {
        size_t count = sizes[i % 7] < EVENTS - sent ? sizes[i % 7] : EVENTS - sent;
        Status status;
        if (!submit_send(keeper, drafts + sent, count, i % 3 ? SUBMIT_EACH : SUBMIT_WHOLE, true,
                         hear, NULL, &status))
            return;
        sent += count;
        if (i % 5 == 0) submit_flush(keeper);
    }
    submit_flush(keeper);
}

// Opens the book again and looks: all that was acknowledged is there under its number; the log
// verifies. Then all is sent again: everything ends up recorded once, and answers agree with
// earlier ones.
static void look_after(void) {
    Status status;
    VerifyReport report;
    Keeper *keeper = book_open(place.name);
    uint64_t durable = records_of(keeper);
    for (unsigned i = 0; i < EVENTS; i++) {
        uint64_t seq = atomic_load(&client.seq[i]);
        if (seq == NO_ANSWER) continue;
        assert_true(seq < durable);
        Arena arena;
        arena_init(&arena, 1 << 16);
        ReadRecord record;
        assert_true(read_record(keeper, seq, &arena, &record, &status));
        assert_true(text_equal(record.event, drafts[i].event));
        arena_done(&arena);
    }
    send_all(keeper); // hear() compares with the answers given before
    for (unsigned i = 0; i < EVENTS; i++)
        assert_true(atomic_load(&client.seq[i]) != NO_ANSWER);
    assert_int_equal(records_of(keeper), EVENTS + 1);
    Hash digest = digest_of(keeper);
    book_close(keeper);
    if (!verify_book(place.name, NULL, &report, &status))
        fail_msg("%s at %s", status.message, status.where);
    assert_int_equal(report.records, EVENTS + 1);
    assert_true(hash_equal(&report.digest, &digest));
}

// One run with the nth operation failing once or for good; whether it was hit.
static bool run_with_fault(unsigned kinds, unsigned long nth, bool for_good, int os_error) {
    place_clear(&place);
    forget_answers();
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    faults_fail_at(kinds, nth, for_good, os_error);
    send_all(keeper);
    bool hit = faults_hit();
    if (!for_good) {
        // A fault that has passed: the keeper goes on by itself.
        Status status;
        if (keeper_is_writing(keeper, &status)) send_all(keeper);
        size_t recorded = 0;
        for (unsigned i = 0; i < EVENTS; i++)
            recorded += atomic_load(&client.seq[i]) != NO_ANSWER;
        assert_int_equal(recorded, EVENTS);
    }
    Hash digest = digest_of(keeper);
    uint64_t durable = records_of(keeper);
    (void)keeper_close(keeper, NULL);
    faults_fail_at(0, 0, false, 0);
    // The book in memory was the one that what is durable adds up to.
    Status status;
    KeeperOptions options = {.clock = hands_clock()};
    Keeper *reader = keeper_open_reader(place.name, &options, &status);
    if (!reader) fail_msg("%s at %s", status.message, status.where);
    assert_true(records_of(reader) >= durable);
    if (records_of(reader) == durable) {
        Hash again = digest_of(reader);
        assert_true(hash_equal(&again, &digest));
    }
    keeper_close(reader, NULL);
    look_after();
    return hit;
}

static void fail_each(unsigned kinds, int os_error) {
    for (int for_good = 0; for_good < 2; for_good++) {
        unsigned long nth = 1;
        while (run_with_fault(kinds, nth, for_good, os_error)) {
            nth += nth < EACH_UNTIL ? 1 : nth / 3 + 1;
            assert_true(nth < 1000000);
        }
        assert_true(nth > 1);
    }
}

static void each_write_fails_in_turn(void **state) {
    (void)state;
    fail_each(FAULT_WRITE, EIO);
}

static void the_disk_is_full_at_each_write_and_has_room_again(void **state) {
    (void)state;
    fail_each(FAULT_WRITE, ENOSPC);
}

// However often it is tried: each is told why, and nobody has to start the keeper again.
static void a_disk_that_stays_full_stops_nothing(void **state) {
    (void)state;
    place_clear(&place);
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    faults_fail_at(FAULT_WRITE, 1, true, ENOSPC);
    for (int i = 0; i < 10; i++) {
        Seen seen = submit_one(keeper, &drafts[i], SUBMIT_EACH);
        assert_int_equal(seen.status, STATUS_NO_SPACE);
        assert_non_null(strstr(seen.message, "the disk is full"));
    }
    Status status;
    assert_true(keeper_is_writing(keeper, &status));
    assert_int_equal(records_of(keeper), 1);
    faults_fail_at(0, 0, false, 0);
    assert_int_equal(submit_one(keeper, &drafts[0], SUBMIT_EACH).seq, 1);
    book_close(keeper);
}

static void each_sync_fails_in_turn(void **state) {
    (void)state;
    fail_each(FAULT_SYNC, EIO);
}

static void each_lock_fails_in_turn(void **state) {
    (void)state;
    fail_each(FAULT_LOCK, EIO);
}

// Nothing that fails while it is opened is taken for damage, and nothing is left that keeps it
// shut.
static void opening_fails_cleanly_at_each_operation(void **state) {
    (void)state;
    static const unsigned kinds[] = {FAULT_OPEN, FAULT_LOCK, FAULT_READ, FAULT_CHANGES};
    place_clear(&place);
    forget_answers();
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    send_all(keeper);
    book_close(keeper);
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
        for (int for_good = 0; for_good < 2; for_good++)
            for (unsigned long nth = 1;; nth++) {
                Status status;
                KeeperOptions options = {.clock = hands_clock()};
                faults_fail_at(kinds[kind], nth, for_good, EIO);
                keeper = keeper_open(place.name, &options, &status);
                bool hit = faults_hit();
                if (!keeper) {
                    assert_true(hit);
                    assert_int_equal(status.code, STATUS_IO);
                }
                (void)keeper_close(keeper, NULL);
                faults_fail_at(0, 0, false, 0);
                keeper = book_open(place.name);
                assert_int_equal(records_of(keeper), EVENTS + 1);
                book_close(keeper);
                if (!hit) break;
                nth += nth / 8;
            }
}

static void opening_again_fails_too(void **state) {
    (void)state;
    fail_each(FAULT_WRITE | FAULT_SYNC | FAULT_OPEN, EIO);
}

static void a_power_cut_loses_nothing_acknowledged(void **state) {
    (void)state;
    uint64_t seed = faults_seed();
    for (unsigned long i = 0; i < faults_cuts(POWER_CUTS); i++) {
        place_clear(&place);
        forget_answers();
        book_make(place.name, false);
        faults_power_watch();
        Keeper *keeper = book_open(place.name);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        faults_power_cut_at(1 + (seed >> 33) % 700);
        send_all(keeper);
        (void)keeper_close(keeper, NULL);
        faults_power_restore(seed);
        look_after();
    }
}

// A child records and tells each acknowledgement through a pipe; it is killed somewhere in between.
static int pipe_in, pipe_out;

static void tell(void *context, const Answer *answers, size_t count) {
    (void)context;
    for (size_t i = 0; i < count; i++) {
        uint64_t word[2] = {strtoul(answers[i].id.at + 2, NULL, 10) - 1, answers[i].seq};
        if (!answers[i].has_seq || write(pipe_out, word, sizeof word) != sizeof word) _exit(2);
    }
}

static void record_and_tell(void) {
    Status status;
    KeeperOptions options = {.clock = hands_clock(), .checkpoint_every_us = 2000};
    Keeper *keeper = keeper_open(place.name, &options, &status);
    if (!keeper) _exit(3);
    static const size_t sizes[] = {1, 5, 40, 2, 120};
    for (size_t sent = 0, i = 0; sent < EVENTS; i++) {
        size_t count = sizes[i % 5] < EVENTS - sent ? sizes[i % 5] : EVENTS - sent;
        if (!submit_send(keeper, drafts + sent, count, SUBMIT_EACH, true, tell, NULL, &status))
            _exit(4);
        sent += count;
    }
    submit_flush(keeper);
    _exit(0);
}

static void a_killed_process_loses_nothing_acknowledged(void **state) {
    (void)state;
    faults_remove();
    for (int i = 0; i < KILLS; i++) {
        place_clear(&place);
        forget_answers();
        book_make(place.name, false);
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pipe_in = ends[0];
        pipe_out = ends[1];
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(pipe_in);
            record_and_tell();
        }
        close(pipe_out);
        // Killed after a number of acknowledgements, not after a time.
        int until = i * EVENTS / KILLS;
        uint64_t word[2];
        for (int heard = 0; read(pipe_in, word, sizeof word) == (ssize_t)sizeof word; heard++) {
            assert_true(word[0] < EVENTS);
            atomic_store(&client.seq[word[0]], word[1]);
            if (heard == until) kill(child, SIGKILL);
        }
        close(pipe_in);
        waitpid(child, NULL, 0);
        look_after();
    }
    faults_install();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_process_loses_nothing_acknowledged),
        cmocka_unit_test(each_write_fails_in_turn),
        cmocka_unit_test(the_disk_is_full_at_each_write_and_has_room_again),
        cmocka_unit_test(a_disk_that_stays_full_stops_nothing),
        cmocka_unit_test(each_sync_fails_in_turn),
        cmocka_unit_test(each_lock_fails_in_turn),
        cmocka_unit_test(opening_fails_cleanly_at_each_operation),
        cmocka_unit_test(opening_again_fails_too),
        cmocka_unit_test(a_power_cut_loses_nothing_acknowledged),
    };
    const char *only = getenv("TEST_FILTER"); // a pattern, for long runs of one test
    if (only) cmocka_set_test_filter(only);
    return cmocka_run_group_tests_name("keeper/faults", tests, set_up, tear_down);
}
