// What only SQLite's store has to show, beside the conformance suite: its pragmas, the one writer's
// lock across processes, damage named by record, strange files refused.
#include "conformance.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], path[96];
static StorePlace file = {path};

static int set_up(void **state) {
    snprintf(folder, sizeof folder, "%s/ytterby-store-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/x.ytb", folder);
    *state = &file;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    DIR *dir = opendir(folder);
    if (!dir) return -1;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char name[400];
        snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
        unlink(name);
    }
    closedir(dir);
    return rmdir(folder);
}

static Store *book_of(size_t records) {
    Status status;
    Store *store = store_open(path, STORE_CREATE, &status);
    assert_non_null(store);
    assert_true(append_samples(store, 0, records, &status));
    return store;
}

// As a stranger with another program.
static void change(const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *error = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s", error);
    sqlite3_close(db);
}

static bool ignore(void *context, const StoreRecord *record, Status *status) {
    (void)context;
    (void)record;
    (void)status;
    return true;
}

static void expect_damage(const char *sql, const char *message) {
    Status status;
    store_close(book_of(50));
    change(sql);
    Store *store = store_open(path, STORE_READ, &status);
    assert_non_null(store);
    assert_false(store_read(store, 0, UINT64_MAX, ignore, NULL, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_string_equal(status.message, message);
    store_close(store);
}

static bool count_row(void *context, const StoreRecord *record, Status *status) {
    (void)record;
    (void)status;
    ++*(int *)context;
    return true;
}

// A byte of a row's header becomes another one; -1: of the row's number, which stands before it.
static void rot(uint64_t seq, int place, int value) {
    static char space[4096];
    StoreRecord sample = sample_record(seq, space);
    FILE *book = fopen(path, "r+b");
    assert_non_null(book);
    static uint8_t bytes[1 << 20];
    size_t length = fread(bytes, 1, sizeof bytes, book);
    int found = 0; // also in pages that were split: what they held before lies in them still
    for (const uint8_t *at = bytes;
         (at = memmem(at, (size_t)(bytes + length - at), sample.record, sizeof sample.record));
         at++, found++) {
        // Header: its length, an empty number, a record of 96 (two bytes), two salts, two texts.
        const uint8_t *header = at;
        do
            header--;
        while (*header != at - header || header[1] != 0);
        if (header[-1] != seq) continue;
        fseek(book, header + place - bytes, SEEK_SET);
        fputc(value, book);
    }
    assert_true(found > 0);
    assert_int_equal(fclose(book), 0);
}

static void a_row_behind_one_whose_number_rotted_is_salvaged(void **state) {
    (void)state;
    // Whatever the way by numbers goes: each row of the page in turn, and its neighbours.
    for (uint64_t rotten = 2; rotten < 30; rotten++) {
        Status status;
        if (rotten > 2) unlink(path);
        store_close(book_of(40));
        change("PRAGMA wal_checkpoint(TRUNCATE)");
        rot(rotten, -1, (int)rotten + 64);
        Store *store = store_open(path, STORE_SALVAGE, &status);
        assert_non_null(store);
        for (uint64_t seq = 0; seq < 40; seq++) {
            int rows = 0;
            bool read = store_read(store, seq, 1, count_row, &rows, &status);
            assert_true(rows == (seq != rotten) && (read || seq == rotten));
        }
        store_close(store);
    }
}

// The middle key of every upper page of a table becomes 0, so that whoever looks for a number goes
// to the right of it. How many keys there were.
static int spoil_upper_pages(void) {
    FILE *book = fopen(path, "r+b");
    assert_non_null(book);
    static uint8_t bytes[64 << 20];
    size_t length = fread(bytes, 1, sizeof bytes, book),
           page = (size_t)bytes[16] << 8 | (size_t)bytes[17];
    int keys = 0;
    for (size_t at = 0; at + page <= length; at += page) {
        const uint8_t *head = bytes + at + (at ? 0 : 100);
        size_t cells = (size_t)head[3] << 8 | head[4];
        if (head[0] != 5 || cells < 3) continue; // 5: an upper page of a table
        const uint8_t *place = head + 12 + 2 * ((cells - 1) / 2);
        uint8_t *key = bytes + at + ((size_t)place[0] << 8 | place[1]) + 4; // behind the page below
        for (; *key & 0x80; key++)
            *key = 0x80;
        *key = 0;
        keys += (int)cells;
    }
    rewind(book);
    assert_int_equal(fwrite(bytes, 1, length, book), length);
    assert_int_equal(fclose(book), 0);
    return keys;
}

static void what_lies_below_a_spoilt_upper_page_is_salvaged(void **state) {
    (void)state;
    enum { RECORDS = 2000 };
    Status status;
    store_close(book_of(RECORDS));
    change("PRAGMA wal_checkpoint(TRUNCATE)");
    assert_true(spoil_upper_pages() > 3);
    Store *store = store_open(path, STORE_SALVAGE, &status);
    assert_non_null(store);
    for (uint64_t seq = 0; seq < RECORDS; seq++) {
        int rows = 0;
        assert_true(store_read(store, seq, 1, count_row, &rows, &status));
        assert_int_equal(rows, 1);
    }
    store_close(store);
}

static void a_blob_that_is_said_to_be_text_is_salvaged(void **state) {
    (void)state;
    Status status;
    store_close(book_of(5));
    change("PRAGMA wal_checkpoint(TRUNCATE)");
    rot(3, 3, (13 + 2 * 96) & 0x7f); // the record, 12 + 2 * 96: now a text of 96 bytes
    Store *store = store_open(path, STORE_READ, &status);
    assert_non_null(store);
    int rows = 0;
    assert_false(store_read(store, 0, UINT64_MAX, count_row, &rows, &status));
    assert_int_equal(rows, 3);
    assert_string_equal(status.message, "record 3 is malformed");
    store_close(store);
    store = store_open(path, STORE_SALVAGE, &status);
    assert_non_null(store);
    rows = 0;
    assert_true(store_read(store, 0, UINT64_MAX, count_row, &rows, &status));
    assert_int_equal(rows, 5);
    store_close(store);
}

static void a_missing_row_is_named(void **state) {
    (void)state;
    expect_damage("DELETE FROM record WHERE seq = 7", "record 7 is missing: the next one is 8");
}

static void a_missing_beginning_is_named(void **state) {
    (void)state;
    expect_damage("DELETE FROM record WHERE seq < 3", "record 0 is missing: the next one is 3");
}

static void a_short_record_is_named(void **state) {
    (void)state;
    expect_damage("UPDATE record SET record = substr(record, 1, 95) WHERE seq = 12",
                  "record 12 is malformed");
}

static void a_long_salt_is_named(void **state) {
    (void)state;
    expect_damage("UPDATE record SET decision_salt = zeroblob(17) WHERE seq = 49",
                  "record 49 is malformed");
}

static void a_missing_middle_is_seen_from_any_start(void **state) {
    (void)state;
    Status status;
    store_close(book_of(3000));
    change("DELETE FROM record WHERE seq BETWEEN 1024 AND 1030");
    Store *store = store_open(path, STORE_READ, &status);
    assert_non_null(store);
    static const uint64_t starts[] = {0, 1000, 1024, 1030};
    for (size_t i = 0; i < 4; i++) {
        assert_false(store_read(store, starts[i], UINT64_MAX, ignore, NULL, &status));
        assert_int_equal(status.code, STATUS_CORRUPT);
        assert_non_null(strstr(status.where, starts[i] < 1024 ? "record 1024" : "record 10"));
    }
    assert_true(store_read(store, 0, 1024, ignore, NULL, &status));
    assert_true(store_read(store, 1031, UINT64_MAX, ignore, NULL, &status));
    store_close(store);
}

static void a_damaged_page_is_corrupt_and_not_a_crash(void **state) {
    (void)state;
    Status status;
    store_close(book_of(2000));
    int damaged = open(path, O_RDWR);
    assert_true(damaged >= 0);
    struct stat about;
    assert_int_equal(fstat(damaged, &about), 0);
    unsigned char noise[4096];
    memset(noise, 0xa5, sizeof noise);
    off_t middle = about.st_size / 2 / 4096 * 4096;
    assert_int_equal(pwrite(damaged, noise, sizeof noise, middle), sizeof noise);
    close(damaged);
    Store *store = store_open(path, STORE_READ, &status);
    assert_non_null(store);
    assert_false(store_read(store, 0, UINT64_MAX, ignore, NULL, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_non_null(strstr(status.where, "record"));
    store_close(store);
}

static void write_file(const char *bytes, size_t length) {
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    fclose(out);
}

static void what_is_no_database_is_not_opened(void **state) {
    (void)state;
    Status status;
    static char text[8192] = "a letter, and no book at all";
    write_file(text, sizeof text);
    assert_null(store_open(path, STORE_WRITE, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_non_null(strstr(status.message, "no SQLite file"));
    assert_null(store_open(path, STORE_READ, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_null(store_open(path, STORE_CREATE, &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
}

static void another_database_is_no_book(void **state) {
    (void)state;
    Status status;
    change("CREATE TABLE recipe(name TEXT)");
    assert_null(store_open(path, STORE_WRITE, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    assert_null(store_open(path, STORE_CREATE, &status));
    assert_int_equal(status.code, STATUS_CONFLICT);
}

static void a_book_of_a_later_format_is_not_touched(void **state) {
    (void)state;
    Status status;
    store_close(book_of(1));
    change("PRAGMA user_version = 2");
    assert_null(store_open(path, STORE_WRITE, &status));
    assert_int_equal(status.code, STATUS_UNSUPPORTED);
}

static void a_book_with_triggers_or_views_is_refused(void **state) {
    (void)state;
    Status status;
    store_close(book_of(3));
    change("CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END");
    assert_null(store_open(path, STORE_WRITE, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
    change("DROP TRIGGER t; CREATE VIEW v AS SELECT 1");
    assert_null(store_open(path, STORE_READ, &status));
    assert_int_equal(status.code, STATUS_CORRUPT);
}

static void an_empty_file_can_become_a_book(void **state) {
    (void)state;
    Status status;
    write_file("", 0);
    Store *store = store_open(path, STORE_CREATE, &status);
    assert_non_null(store);
    store_close(store);
}

static void a_book_is_for_its_owner_only(void **state) {
    (void)state;
    Store *store = book_of(3);
    char wal[120];
    snprintf(wal, sizeof wal, "%s-wal", path);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(stat(wal, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    store_close(store);
}

static void a_book_with_two_names_is_not_written(void **state) {
    (void)state;
    Status status;
    store_close(book_of(3));
    char other[120];
    snprintf(other, sizeof other, "%s/y.ytb", folder);
    assert_int_equal(link(path, other), 0);
    assert_null(store_open(other, STORE_WRITE, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    unlink(other);
    // A symbolic link is one name for two: the lock is the same.
    assert_int_equal(symlink(path, other), 0);
    Store *store = store_open(path, STORE_WRITE, &status);
    assert_non_null(store);
    assert_null(store_open(other, STORE_WRITE, &status));
    assert_int_equal(status.code, STATUS_BUSY);
    store_close(store);
}

// The child is killed with its book open: what was acknowledged is there, and the lock is free.
static void a_killed_writer_leaves_its_book_and_its_lock(void **state) {
    (void)state;
    Status status;
    store_close(book_of(0));
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        Store *store = store_open(path, STORE_WRITE, &status);
        bool done = store && append_samples(store, 0, 700, &status);
        if (write(ready[1], done ? "y" : "n", 1) != 1) _exit(1);
        pause();
        _exit(0);
    }
    char answer = 0;
    assert_int_equal(read(ready[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    assert_null(store_open(path, STORE_WRITE, &status));
    assert_int_equal(status.code, STATUS_BUSY);
    Store *reader = store_open(path, STORE_READ, &status);
    assert_non_null(reader);
    assert_int_equal(read_samples(reader), 700);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    Store *store = store_open(path, STORE_WRITE, &status);
    assert_non_null(store);
    assert_int_equal(read_samples(store), 700);
    assert_true(append_samples(store, 700, 1, &status));
    assert_int_equal(read_samples(reader), 701);
    store_close(store);
    store_close(reader);
    close(ready[0]);
    close(ready[1]);
}

static void the_journal_is_kept_short_by_tidying(void **state) {
    (void)state;
    Status status;
    Store *store = book_of(0);
    char wal[120];
    snprintf(wal, sizeof wal, "%s-wal", path);
    uint64_t next = 0;
    for (int i = 0; i < 100; i++) {
        assert_true(append_samples(store, next, 512, &status));
        next += 512;
        assert_true(store_tidy(store, &status));
    }
    struct stat about;
    assert_int_equal(stat(wal, &about), 0);
    assert_true(about.st_size < 2000 * 4096);
    assert_int_equal(stat(path, &about), 0);
    assert_true(about.st_size > 10 << 20);
    store_close(store);
}

static void erased_bytes_are_in_no_file(void **state) {
    (void)state;
    Status status;
    Store *store = book_of(10);
    static char secret[30000];
    for (size_t i = 0; i + 16 <= sizeof secret; i += 16)
        memcpy(secret + i, "name of a person", 16);
    uint8_t hash[32] = {7};
    assert_true(store_part_put(store, hash, 1, (Text){secret, sizeof secret}, &status));
    assert_true(store_part_erase(store, hash, &status));
    store_close(store);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    static char all[1 << 20];
    size_t length = fread(all, 1, sizeof all, in);
    fclose(in);
    assert_true(length > 0 && length < sizeof all);
    assert_null(memmem(all, length, "of a person", 11));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONFORMANCE_CASES(set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_row_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_behind_one_whose_number_rotted_is_salvaged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_lies_below_a_spoilt_upper_page_is_salvaged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_blob_that_is_said_to_be_text_is_salvaged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_missing_beginning_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_short_record_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_salt_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_middle_is_seen_from_any_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_page_is_corrupt_and_not_a_crash, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_database_is_not_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_database_is_no_book, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_book_of_a_later_format_is_not_touched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_book_with_triggers_or_views_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_empty_file_can_become_a_book, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_book_is_for_its_owner_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_book_with_two_names_is_not_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_writer_leaves_its_book_and_its_lock, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_journal_is_kept_short_by_tidying, set_up, tear_down),
        cmocka_unit_test_setup_teardown(erased_bytes_are_in_no_file, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("store/sqlite", tests, NULL, NULL);
}
