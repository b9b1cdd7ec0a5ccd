// Exports that replay, and verification: what was changed is found, whatever it is.
#include "place.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/backup.h"
#include "keeper/export.h"
#include "keeper/replay.h"
#include "keeper/verify.h"
#include "log/record.h"
#include "store/memory.h"
#include "store/store.h"

static Place other;

static int set_up(void **state) {
    (void)state;
    place_make(&place, MODE_FILE);
    place_make(&other, MODE_FILE);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    place_done(&place);
    place_done(&other);
    return 0;
}

enum { MANY = 700 };
static char spaces[MANY][300];
static Draft many[MANY];
static Seen answers[MANY];

static void make_book(unsigned count) {
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    for (unsigned i = 0; i < count; i++)
        many[i] = party_event(spaces[i], sizeof spaces[i], i + 1, "Northern");
    assert_int_equal(submit_many(keeper, many, count / 2, SUBMIT_EACH, answers), count / 2);
    assert_int_equal(
        submit_many(keeper, many + count / 2, count - count / 2, SUBMIT_WHOLE, answers),
        count - count / 2);
    book_close(keeper);
}

static bool to_buffer(void *context, Text bytes, Status *status) {
    return buffer_text(context, bytes) || status_no_memory(status);
}

static void export_book(const char *name, Buffer *out) {
    Status status;
    KeeperOptions options = {.clock = hands_clock()};
    Keeper *keeper = keeper_open_reader(name, &options, &status);
    if (!keeper) fail_msg("%s", status.message);
    if (!export_log(keeper, 0, to_buffer, out, &status)) fail_msg("%s", status.message);
    keeper_close(keeper, NULL);
}

// Feeds lines. False at the first that is refused.
static bool replay_into(const char *name, Text lines, Status *status) {
    Replay *replay = replay_open(name, status);
    if (!replay) return false;
    Arena arena;
    arena_init(&arena, 1 << 24);
    bool done = true;
    Text line;
    unsigned long number = 0;
    while (done && event_lines_next(&lines, &line, &number)) {
        EventLine read;
        arena_reset(&arena);
        done = event_line_read(line, &arena, &read, status) &&
               (read.form == LINE_CHECKPOINT ? replay_checkpoint(replay, read.note, status)
                : read.form == LINE_PART     ? replay_part(replay, &read, status)
                                             : replay_record(replay, &read, status));
    }
    arena_done(&arena);
    Status closing;
    if (!replay_close(replay, done ? status : &closing)) done = false;
    return done;
}

static void an_export_replays_to_the_same_root_and_digest(void **state) {
    (void)state;
    Status status;
    make_book(MANY);
    Buffer lines, again;
    buffer_init(&lines, 16 << 20);
    buffer_init(&again, 16 << 20);
    export_book(place.name, &lines);
    assert_true(replay_create(other.name, &status));
    if (!replay_into(other.name, buffer_view(&lines), &status))
        fail_msg("%s at %s", status.message, status.where);
    VerifyReport a, b;
    assert_true(verify_book(place.name, NULL, &a, &status));
    assert_true(verify_book(other.name, NULL, &b, &status));
    assert_int_equal(a.records, MANY + 1);
    assert_int_equal(b.records, MANY + 1);
    assert_true(hash_equal(&a.root, &b.root));
    assert_true(hash_equal(&a.digest, &b.digest));
    assert_string_equal(a.origin, "example.org/test");
    export_book(other.name, &again);
    assert_true(text_equal(buffer_view(&lines), buffer_view(&again)));
    buffer_done(&lines);
    buffer_done(&again);
}

static void a_copy_goes_on_where_it_stopped_and_takes_no_events(void **state) {
    (void)state;
    Status status;
    make_book(50);
    Buffer lines;
    buffer_init(&lines, 16 << 20);
    export_book(place.name, &lines);
    Text all = buffer_view(&lines), head = {all.at, 0};
    for (int i = 0; i < 20; i++)
        head.length =
            (size_t)((const char *)memchr(all.at + head.length, '\n', all.length - head.length) -
                     all.at) +
            1;
    Text rest = {all.at + head.length, all.length - head.length};
    assert_true(replay_create(other.name, &status));
    assert_true(replay_into(other.name, head, &status));
    assert_false(replay_into(other.name, all, &status)); // from the start again
    assert_int_equal(status.code, STATUS_INVALID);
    assert_true(replay_into(other.name, rest, &status));
    KeeperOptions options = {.clock = hands_clock()};
    assert_null(keeper_open(other.name, &options, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    assert_non_null(strstr(status.message, "copy"));
    // And the book itself is no copy.
    assert_null(replay_open(place.name, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    buffer_done(&lines);
}

static void a_changed_line_does_not_become_the_same_book(void **state) {
    (void)state;
    Status status;
    make_book(30);
    Buffer lines;
    buffer_init(&lines, 16 << 20);
    export_book(place.name, &lines);
    char *at = memmem(lines.bytes, lines.length, "Northern", 8);
    assert_non_null(at);
    *at = 'M';
    assert_true(replay_create(other.name, &status));
    assert_false(replay_into(other.name, buffer_view(&lines), &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_non_null(strstr(status.message, "changed"));
    buffer_done(&lines);
}

static void every_event_is_decided_the_same_again(void **state) {
    (void)state;
    Status status;
    make_book(60);
    VerifyOptions options = {.recheck = true};
    VerifyReport report;
    assert_true(verify_book(place.name, &options, &report, &status));
    assert_int_equal(report.rechecked, 61);
    assert_int_equal(report.differences, 0);
    assert_int_equal(report.checkpoint_size, 61);
}

// Copies the book's records and lets each be changed on the way; no checkpoint comes with them.
typedef void Change(EventLine *line, uint8_t *decision);
static void copy_changed(Change *change) {
    Status status;
    Buffer lines;
    buffer_init(&lines, 16 << 20);
    export_book(place.name, &lines);
    assert_true(replay_create(other.name, &status));
    Replay *replay = replay_open(other.name, &status);
    assert_non_null(replay);
    Arena arena;
    arena_init(&arena, 1 << 24);
    Text rest = buffer_view(&lines), text;
    unsigned long number = 0;
    while (event_lines_next(&rest, &text, &number)) {
        EventLine line;
        uint8_t decision[512];
        arena_reset(&arena);
        assert_true(event_line_read(text, &arena, &line, &status));
        if (line.form != LINE_RECORD) continue;
        assert_true(line.decision.length <= sizeof decision);
        memcpy(decision, line.decision.at, line.decision.length);
        line.decision.at = (const char *)decision;
        change(&line, decision);
        if (!replay_record(replay, &line, &status)) fail_msg("%s", status.message);
    }
    assert_true(replay_close(replay, &status));
    arena_done(&arena);
    buffer_done(&lines);
}

static void another_logic(EventLine *line, uint8_t *decision) {
    (void)decision;
    if (line->seq >= 40) line->logic = (uint16_t)(line->seq < 50 ? 900 : 901);
}

static void records_of_another_logic_are_listed_and_not_decided_again(void **state) {
    (void)state;
    Status status;
    make_book(59);
    copy_changed(another_logic);
    VerifyOptions options = {.recheck = true, .without_checkpoint = true};
    VerifyReport report;
    assert_true(verify_book(other.name, &options, &report, &status));
    assert_int_equal(report.rechecked, 40);
    assert_int_equal(report.differences, 0);
    assert_int_equal(report.other_logic_count, 2);
    assert_int_equal(report.other_logics[0].logic, 900);
    assert_int_equal(report.other_logics[0].first, 40);
    assert_int_equal(report.other_logics[0].records, 10);
    assert_int_equal(report.other_logics[1].last, 59);
}

static void flagged_without_cause(EventLine *line, uint8_t *decision) {
    if (line->seq == 30) decision[1] = VERDICT_FLAGGED;
}

static void note_difference(void *context, const VerifyDifference *at) {
    assert_int_equal(at->stored, VERDICT_FLAGGED);
    assert_int_equal(at->now, VERDICT_ACCEPTED);
    *(uint64_t *)context = at->seq;
}

static void what_would_be_decided_otherwise_is_listed(void **state) {
    (void)state;
    Status status;
    make_book(59);
    copy_changed(flagged_without_cause);
    uint64_t seq = 0;
    VerifyOptions options = {.recheck = true,
                             .without_checkpoint = true,
                             .difference = note_difference,
                             .context = &seq};
    VerifyReport report;
    assert_true(verify_book(other.name, &options, &report, &status));
    assert_int_equal(report.rechecked, 60);
    assert_int_equal(report.differences, 1);
    assert_int_equal(seq, 30);
}

static unsigned char *slurp(const char *path, size_t *length) {
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    static unsigned char bytes[4 << 20];
    *length = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    assert_true(*length < sizeof bytes);
    return bytes;
}

static void spill(const char *path, const unsigned char *bytes, size_t length) {
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    fclose(out);
}

// As the keeper does: salt and bytes under the commitment.
static Hash put_part(Store *store, uint8_t class_number, const char *bytes) {
    static const uint8_t salt[SALT_BYTES] = "salt salt salt!";
    Status status;
    char whole[64];
    memcpy(whole, salt, sizeof salt);
    memcpy(whole + sizeof salt, bytes, strlen(bytes));
    Hash hash = sealed_commitment(salt, class_number, text_of(bytes));
    assert_true(store_part_put(store, hash.bytes, class_number,
                               (Text){whole, sizeof salt + strlen(bytes)}, &status));
    return hash;
}

// R15: out of one kind of store and into another, and the same bytes come out again.
static void a_backup_moves_a_book_between_stores(void **state) {
    (void)state;
    static const char moved[] = "memory:moved";
    Status status;
    BackupReport report;
    VerifyReport a, b;
    make_book(MANY);
    Store *store = store_open(place.name, STORE_WRITE, &status);
    assert_non_null(store);
    put_part(store, 3, "a price");
    Hash erased = put_part(store, 4, "a name");
    put_part(store, 5, "");
    assert_true(store_part_erase(store, erased.bytes, &status));
    store_close(store);
    Buffer lines, again;
    buffer_init(&lines, 16 << 20);
    buffer_init(&again, 16 << 20);
    if (!backup_write(place.name, to_buffer, NULL, &lines, &report, &status))
        fail_msg("%s", status.message);
    assert_int_equal(report.records, MANY + 1);
    assert_int_equal(report.parts, 3);
    assert_true(replay_create(moved, &status));
    if (!replay_into(moved, buffer_view(&lines), &status)) fail_msg("%s", status.message);
    if (!backup_write(moved, to_buffer, NULL, &again, &report, &status))
        fail_msg("%s", status.message);
    assert_true(text_equal(buffer_view(&lines), buffer_view(&again)));
    assert_true(verify_book(place.name, NULL, &a, &status));
    assert_true(verify_book(moved, NULL, &b, &status));
    assert_true(hash_equal(&a.digest, &b.digest));
    store_memory_forget(moved);
    buffer_done(&lines);
    buffer_done(&again);
}

static void a_restored_book_goes_on_with_its_key(void **state) {
    (void)state;
    Status status;
    BackupReport report;
    make_book(20);
    Buffer lines;
    buffer_init(&lines, 16 << 20);
    assert_true(backup_write(place.name, to_buffer, NULL, &lines, &report, &status));
    assert_true(replay_create(other.name, &status));
    Text all = buffer_view(&lines);
    Text cut = {all.at, (size_t)((const char *)memrchr(all.at, '\n', all.length - 1) - all.at) + 1};
    assert_true(replay_into(other.name, cut, &status));
    Replay *replay = replay_open(other.name, &status);
    assert_false(replay_adopt(replay, &status)); // its checkpoint is missing
    assert_int_equal(status.code, STATUS_INVALID);
    Arena arena;
    EventLine line;
    arena_init(&arena, 1 << 20);
    Text last = {cut.at + cut.length, all.length - cut.length - 1};
    assert_true(event_line_read(last, &arena, &line, &status));
    assert_true(replay_checkpoint(replay, line.note, &status));
    assert_true(replay_follows(replay, line.note, &status));
    char key[120];
    snprintf(key, sizeof key, "%s.key", place.name);
    assert_true(replay_key(replay, key, &status));
    assert_true(replay_adopt(replay, &status));
    assert_true(replay_close(replay, &status));
    arena_done(&arena);
    // It is the book again: it goes on, and the old one, which does not, is behind.
    Keeper *keeper = book_open(other.name);
    many[20] = party_event(spaces[20], sizeof spaces[20], 21, "Northern");
    assert_int_equal(submit_many(keeper, many + 20, 1, SUBMIT_EACH, answers), 1);
    book_close(keeper);
    assert_null(replay_open(other.name, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    buffer_done(&lines);
}

static void a_part_that_is_not_what_its_hash_says_is_no_part(void **state) {
    (void)state;
    Status status;
    BackupReport report;
    make_book(10);
    Store *store = store_open(place.name, STORE_WRITE, &status);
    put_part(store, 2, "a recipe");
    store_close(store);
    Buffer lines;
    buffer_init(&lines, 16 << 20);
    assert_true(backup_write(place.name, to_buffer, NULL, &lines, &report, &status));
    char *at = memmem(lines.bytes, lines.length, "\"class\":2", 9);
    assert_non_null(at);
    at[8] = '3';
    assert_true(replay_create(other.name, &status));
    assert_false(replay_into(other.name, buffer_view(&lines), &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    // And from a store that was meddled with nothing is backed up.
    store = store_open(place.name, STORE_WRITE, &status);
    assert_true(
        store_part_put(store, (uint8_t[32]){7}, 1, TEXT("salt salt salt! and more"), &status));
    store_close(store);
    assert_false(backup_write(place.name, to_buffer, NULL, &lines, &report, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    buffer_done(&lines);
}

static void what_does_not_fit_its_checkpoint_is_no_backup(void **state) {
    (void)state;
    Status status;
    BackupReport report;
    make_book(30);
    Buffer lines;
    buffer_init(&lines, 16 << 20);
    char path[120], away[120];
    snprintf(path, sizeof path, "%s.checkpoint", place.name);
    snprintf(away, sizeof away, "%s.away", place.name);
    assert_int_equal(rename(path, away), 0);
    assert_false(backup_write(place.name, to_buffer, NULL, &lines, &report, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_int_equal(rename(away, path), 0);
    // Another book's checkpoint over other records.
    place_clear(&other);
    book_make(other.name, false);
    size_t length;
    char theirs[120];
    snprintf(theirs, sizeof theirs, "%s.checkpoint", other.name);
    const unsigned char *note = slurp(theirs, &length);
    spill(path, note, length);
    assert_false(backup_write(place.name, to_buffer, NULL, &lines, &report, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_non_null(strstr(status.message, "not those of its checkpoint"));
    buffer_done(&lines);
}

// What verify and a start think of a book: all is well with the same digest, or they complain.
static bool still_the_same(const VerifyReport *before) {
    Status status;
    VerifyReport now;
    if (!verify_book(place.name, NULL, &now, &status)) return false;
    assert_int_equal(now.records, before->records);
    assert_true(hash_equal(&now.root, &before->root));
    assert_true(hash_equal(&now.digest, &before->digest));
    return true;
}

// RELIABILITY R5: bits turned anywhere, files cut anywhere. A damage may go unnoticed only where it
// changed nothing: then root and digest are the same. No damage crashes.
static void damage_is_reported_or_changed_nothing(void **state) {
    (void)state;
    Status status;
    make_book(360);
    VerifyReport before;
    assert_true(verify_book(place.name, NULL, &before, &status));
    char note[120];
    snprintf(note, sizeof note, "%s.checkpoint", place.name);
    uint64_t seed = 42;
    unsigned reported = 0;
    enum { DAMAGES = 400 };
    for (unsigned i = 0; i < DAMAGES; i++) {
        const char *path = i % 8 == 7 ? note : place.name;
        size_t length;
        unsigned char *bytes = slurp(path, &length);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t at = (size_t)(seed >> 20) % length;
        if (i % 10 == 9) {
            spill(path, bytes, at); // cut
        } else {
            unsigned char bit = (unsigned char)(1u << (seed >> 61));
            bytes[at] ^= bit;
            spill(path, bytes, length);
            bytes[at] ^= bit;
        }
        bool same = still_the_same(&before);
        reported += !same;
        // A cut, and any change of the checkpoint file, is always seen.
        if (i % 10 == 9 || i % 8 == 7) assert_false(same);
        spill(path, bytes, length);
    }
    assert_true(still_the_same(&before));
    // The rest fell into free space of the pages.
    assert_true(reported > DAMAGES / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_export_replays_to_the_same_root_and_digest, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_copy_goes_on_where_it_stopped_and_takes_no_events, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_changed_line_does_not_become_the_same_book, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_event_is_decided_the_same_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(records_of_another_logic_are_listed_and_not_decided_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_would_be_decided_otherwise_is_listed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_backup_moves_a_book_between_stores, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restored_book_goes_on_with_its_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_that_is_not_what_its_hash_says_is_no_part, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_its_checkpoint_is_no_backup, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(damage_is_reported_or_changed_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("keeper/replay", tests, NULL, NULL);
}
