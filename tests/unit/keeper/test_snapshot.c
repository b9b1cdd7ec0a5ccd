// Snapshots: the same book, sooner; and never one that is not the log's.
#include "place.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "keeper/snapshot.h"
#include "store/store.h"

static Keeper *open_with(uint64_t every, bool without) {
    Status status;
    KeeperOptions options = {
        .clock = hands_clock(), .snapshot_every = every, .without_snapshot = without};
    Keeper *keeper = keeper_open(place.name, &options, &status);
    if (!keeper) fail_msg("%s at %s", status.message, status.where);
    return keeper;
}

enum { MANY = 500 };
static char spaces[MANY][300];
static Draft many[MANY];
static Seen answers[MANY];

static void record(Keeper *keeper, unsigned from, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        many[i] = party_event(spaces[i], sizeof spaces[i], from + i, "Northern");
    assert_int_equal(submit_many(keeper, many, count, SUBMIT_EACH, answers), count);
}

// How many records the snapshot in the store covers; 0: there is none that is good.
static uint64_t covered(void) {
    Status status;
    Store *store = store_open(place.name, STORE_READ, &status);
    assert_non_null(store);
    Book *book;
    Tree *tree;
    uint64_t size = 0;
    if (snapshot_read(store, &book, &tree, &status)) {
        size = book_next(book);
        assert_int_equal(tree_size(tree), size);
        book_free(book);
        tree_free(tree);
    }
    store_close(store);
    return size;
}

static void make_with_snapshot(unsigned count) {
    book_make(place.name, false);
    Keeper *keeper = open_with(10, false);
    record(keeper, 1, count);
    book_close(keeper);
    assert_int_equal(covered(), count + 1);
}

static void a_book_from_a_snapshot_is_the_book_from_the_log(void **state) {
    (void)state;
    make_with_snapshot(400);
    Keeper *keeper = open_with(1000, false);
    Hash quick = digest_of(keeper);
    record(keeper, 401, 50);
    Hash more = digest_of(keeper);
    // An id from before the snapshot is known.
    Draft again = party_event(spaces[0], sizeof spaces[0], 7, "Northern");
    Seen seen = submit_one(keeper, &again, SUBMIT_EACH);
    assert_true(seen.repeated);
    assert_int_equal(seen.seq, 7);
    book_close(keeper);
    assert_int_equal(covered(), 401);

    keeper = open_with(1000, true);
    Hash slow = digest_of(keeper);
    assert_true(hash_equal(&slow, &more));
    assert_false(hash_equal(&slow, &quick));
    book_close(keeper);
    // From the snapshot and what came after it.
    keeper = open_with(1000, false);
    Hash both = digest_of(keeper);
    assert_true(hash_equal(&slow, &both));
    book_close(keeper);
}

static void a_refused_decision_after_a_snapshot_rewinds_as_ever(void **state) {
    (void)state;
    make_with_snapshot(30);
    Keeper *keeper = open_with(1000, false);
    Hash before = digest_of(keeper);
    for (unsigned i = 0; i < 20; i++)
        many[i] = party_event(spaces[i], sizeof spaces[i], 100 + i, "Northern");
    submit_many(keeper, many, 20, SUBMIT_DRY_WHOLE, answers);
    many[19].principal = TEXT("company/NOBODY/x");
    assert_int_equal(submit_many(keeper, many, 20, SUBMIT_WHOLE, answers), 0);
    Hash after = digest_of(keeper);
    assert_true(hash_equal(&before, &after));
    book_close(keeper);
}

static sqlite3 *open_by_hand(void) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place.name, &db), SQLITE_OK);
    return db;
}

static void change(const char *sql) {
    sqlite3 *db = open_by_hand();
    char *error = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s", error);
    sqlite3_close(db);
}

static void turn_bit(const char *name, uint64_t seed) {
    sqlite3 *db = open_by_hand();
    sqlite3_blob *blob = NULL;
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT rowid FROM cache WHERE name = '%s'", name);
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    sqlite3_int64 row = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_blob_open(db, "main", "cache", "bytes", row, 1, &blob), SQLITE_OK);
    int at = (int)(seed % (uint64_t)sqlite3_blob_bytes(blob));
    unsigned char byte;
    assert_int_equal(sqlite3_blob_read(blob, &byte, 1, at), SQLITE_OK);
    byte ^= (unsigned char)(1u << (seed >> 61));
    assert_int_equal(sqlite3_blob_write(blob, &byte, 1, at), SQLITE_OK);
    sqlite3_blob_close(blob);
    sqlite3_close(db);
}

static void a_damaged_snapshot_is_not_used(void **state) {
    (void)state;
    make_with_snapshot(100);
    Keeper *keeper = open_with(1000, true);
    Hash digest = digest_of(keeper);
    book_close(keeper);
    uint64_t seed = 3;
    for (int i = 0; i < 100; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t bit = (seed >> 20) | (seed << 61);
        const char *name = i % 4 == 3 ? "snapshot" : "snapshot/0";
        turn_bit(name, bit);
        assert_int_equal(covered(), 0);
        if (i % 25 == 0) {
            keeper = open_with(1000, false);
            Hash now = digest_of(keeper);
            assert_true(hash_equal(&now, &digest));
            book_close(keeper);
        }
        turn_bit(name, bit);
    }
    assert_int_equal(covered(), 101);
    change("DELETE FROM cache WHERE name = 'snapshot/0'");
    assert_int_equal(covered(), 0);
    keeper = open_with(10, false);
    Hash now = digest_of(keeper);
    assert_true(hash_equal(&now, &digest));
    book_close(keeper);
    assert_int_equal(covered(), 101); // made anew
}

static void a_snapshot_of_another_book_is_not_used(void **state) {
    (void)state;
    make_with_snapshot(100);
    Place other = place;
    place_make(&place, MODE_FILE);
    book_make(place.name, false);
    Keeper *keeper = open_with(1000, false);
    record(keeper, 1, 120);
    book_close(keeper);
    char sql[300];
    snprintf(sql, sizeof sql, "ATTACH '%s' AS other; INSERT INTO cache SELECT * FROM other.cache",
             other.name);
    change(sql);
    assert_int_equal(covered(), 0);
    keeper = open_with(1000, false);
    assert_int_equal(records_of(keeper), 121);
    book_close(keeper);
    place_done(&place);
    place = other;
}

static void a_snapshot_does_not_hide_that_records_were_lost(void **state) {
    (void)state;
    make_with_snapshot(100);
    change("DELETE FROM record WHERE seq > 90");
    Status status;
    KeeperOptions options = {.clock = hands_clock()};
    assert_null(keeper_open(place.name, &options, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_non_null(strstr(status.message, "lost records"));
}

#define BOTH(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, place_in_memory, place_left),                            \
        cmocka_unit_test_setup_teardown(test, place_in_file, place_left)
#define FILE_ONLY(test) cmocka_unit_test_setup_teardown(test, place_in_file, place_left)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(a_book_from_a_snapshot_is_the_book_from_the_log),
        BOTH(a_refused_decision_after_a_snapshot_rewinds_as_ever),
        FILE_ONLY(a_damaged_snapshot_is_not_used),
        FILE_ONLY(a_snapshot_of_another_book_is_not_used),
        FILE_ONLY(a_snapshot_does_not_hide_that_records_were_lost),
    };
    return cmocka_run_group_tests_name("keeper/snapshot", tests, NULL, NULL);
}
