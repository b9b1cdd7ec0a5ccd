// What a durable append costs: the records of a book, in groups of 512, each group handed in turn to
//     store   our store (store_append, store_tidy between two groups)
//     raw     SQLite as its expert would use it for the same bytes: one table, WAL, full synchronous, one
//             prepared statement, checkpoints between groups
//     file    write and fdatasync of as many bytes at the end of a plain file
// so that all three meet the same disk at the same time. Prints store/raw first (what our shape costs over
// SQLite itself) and the tails of a group's commit against fdatasync (P12).
//     bench/append BOOK.ytb DIR [RECORDS]
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/memory.h"
#include "store/store.h"

enum { GROUP = 512, GROUPS_MAX = 4096 };

typedef struct Contestant {
    const char *name;
    double seconds, group[GROUPS_MAX];
    size_t count;
} Contestant;

typedef struct Records {
    Arena arena;
    StoreRecord *at;
    size_t count, capacity;
} Records;

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static void give_up(const char *what) {
    fprintf(stderr, "bench/append: %s\n", what);
    exit(1);
}

static bool take(void *context, const StoreRecord *record, Status *status) {
    (void)status;
    Records *records = context;
    StoreRecord *copy = &records->at[records->count++];
    *copy = *record;
    copy->event.at = arena_copy(&records->arena, record->event.at, record->event.length);
    copy->decision.at = arena_copy(&records->arena, record->decision.at, record->decision.length);
    return copy->event.at && copy->decision.at && records->count < records->capacity;
}

static sqlite3 *raw_open(const char *path, sqlite3_stmt **insert) {
    sqlite3 *db;
    if (sqlite3_open(path, &db) ||
        sqlite3_exec(db,
                     "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-32768; PRAGMA locking_mode=EXCLUSIVE;"
                     "CREATE TABLE record(seq INTEGER PRIMARY KEY, record BLOB, event_salt BLOB, decision_salt BLOB,"
                     " event BLOB, decision BLOB)",
                     NULL, NULL, NULL) ||
        sqlite3_prepare_v2(db, "INSERT INTO record VALUES(?,?,?,?,?,?)", -1, insert, NULL))
        give_up(sqlite3_errmsg(db));
    return db;
}

static void raw_append(sqlite3 *db, sqlite3_stmt *insert, const StoreRecord *records, size_t count) {
    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        const StoreRecord *r = &records[i];
        sqlite3_bind_int64(insert, 1, (sqlite3_int64)r->seq);
        sqlite3_bind_blob(insert, 2, r->record, sizeof r->record, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 3, r->event_salt, sizeof r->event_salt, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 4, r->decision_salt, sizeof r->decision_salt, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 5, r->event.at, (int)r->event.length, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 6, r->decision.at, (int)r->decision.length, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) give_up(sqlite3_errmsg(db));
        sqlite3_reset(insert);
    }
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL)) give_up(sqlite3_errmsg(db));
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double tail(Contestant *c, double part) {
    qsort(c->group, c->count, sizeof *c->group, by_size);
    size_t at = (size_t)(part * (double)c->count);
    return c->group[at < c->count ? at : c->count - 1] * 1e3;
}

static void path_in(char *out, size_t room, const char *dir, const char *name) {
    if (snprintf(out, room, "%s/%s", dir, name) >= (int)room) give_up("the path is too long");
    unlink(out);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: bench/append BOOK.ytb DIR [RECORDS]\n", stderr);
        return 2;
    }
    Status status;
    status_clear(&status);
    Records records = {.capacity = argc > 3 ? (size_t)atol(argv[3]) : 100000};
    arena_init(&records.arena, (size_t)8 << 30);
    records.at = memory_new(records.capacity * sizeof *records.at);
    Store *from = store_open(argv[1], STORE_READ, &status);
    if (!records.at || !from || !store_read(from, 0, records.capacity, take, &records, &status)) {
        if (status.code != STATUS_OK) give_up(status.message);
    }
    store_close(from);

    char path[3][4096];
    path_in(path[0], sizeof path[0], argv[2], "append-store.ytb");
    path_in(path[1], sizeof path[1], argv[2], "append-raw.sqlite");
    path_in(path[2], sizeof path[2], argv[2], "append-file");
    Store *store = store_open(path[0], STORE_CREATE, &status);
    if (!store) give_up(status.message);
    sqlite3_stmt *insert;
    sqlite3 *db = raw_open(path[1], &insert);
    int file = open(path[2], O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (file < 0) give_up("no file");
    static Contestant contestants[3] = {{.name = "store"}, {.name = "raw"}, {.name = "file"}};
    static char block[8 << 20];
    size_t bytes_all = 0;
    for (size_t first = 0; first < records.count && first / GROUP < GROUPS_MAX; first += GROUP) {
        const StoreRecord *group = &records.at[first];
        size_t count = records.count - first < GROUP ? records.count - first : GROUP, bytes = 0;
        for (size_t i = 0; i < count; i++) bytes += 128 + group[i].event.length + group[i].decision.length;
        if (bytes > sizeof block) give_up("the group is too large");
        bytes_all += bytes;
        // Who begins changes from group to group.
        for (size_t turn = 0; turn < 3; turn++) {
            size_t who = (first / GROUP + turn) % 3;
            Contestant *c = &contestants[who];
            double start = now(), committed;
            if (who == 0) {
                if (!store_append(store, group[0].seq, group, count, &status)) give_up(status.message);
                committed = now();
                if (!store_tidy(store, &status)) give_up(status.message);
            } else if (who == 1) {
                raw_append(db, insert, group, count);
                committed = now();
                if (first / GROUP % 8 == 7) sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
            } else {
                if (write(file, block, bytes) != (ssize_t)bytes || fdatasync(file) != 0) give_up("the file was not written");
                committed = now();
            }
            c->group[c->count++] = committed - start;
            c->seconds += now() - start;
        }
    }
    double n = (double)records.count;
    printf("ratio store/raw %.2f   (%zu records of %.0f bytes in groups of %d)\n", contestants[1].seconds / contestants[0].seconds,
           records.count, (double)bytes_all / n, GROUP);
    double beyond = tail(&contestants[0], 0.999) - tail(&contestants[2], 0.999);
    printf("commit p99.9 beyond fdatasync's %.1f ms\n", beyond);
    for (int i = 0; i < 3; i++) {
        Contestant *c = &contestants[i];
        printf("%-6s %9.0f records/s   group p50 %.2f p99 %.2f p99.9 %.2f ms\n", c->name, n / c->seconds, tail(c, 0.5), tail(c, 0.99),
               tail(c, 0.999));
    }
    sqlite3_finalize(insert);
    sqlite3_close(db);
    store_close(store);
    close(file);
    for (int i = 0; i < 3; i++) unlink(path[i]);
    memory_free(records.at);
    arena_done(&records.arena);
    return 0;
}
