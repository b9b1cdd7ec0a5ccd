// The store in one SQLite file: docs/format.md, "The SQLite file", is its description for
// strangers.
//
// Exactly one connection writes and checkpoints a book, guarded by flock() on BOOK.lock; all others
// are SQLITE_OPEN_READONLY. SQLite before 3.51.3 can lose committed pages when two connections
// write or checkpoint at once (sqlite.org/wal.html#the_wal_reset_bug), and Debian 12 has 3.40.1.
// The lock is on a file of its own because closing any descriptor of the database would drop
// SQLite's own locks on it.
//
// The journal is a WAL with synchronous=FULL: COMMIT returns after an fsync of the WAL. The
// automatic checkpoint, which would run inside a COMMIT, is off; store_tidy() checkpoints between
// two groups. An error before COMMIT means that nothing was written, since without a commit frame
// the WAL counts for nothing. An error of COMMIT itself means that nobody knows, and the handle
// refuses to go on.
#include "store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/driver.h"

enum {
    APPLICATION_ID = 0x59545231, // "YTR1"
    FORMAT_VERSION = 1,          // user_version; frozen with the tables below
    TIDY_PAGES = 256,            // 4 MiB: a checkpoint of so many takes 14 to 20 ms
    READ_ROWS = 1024,            // rows read under one snapshot, which holds back the WAL's reuse
    WAIT_MS = 5000               // for a stranger who looks into the file with another program
};

static const char tables[] =
    "CREATE TABLE record(seq INTEGER PRIMARY KEY, record BLOB NOT NULL, event_salt BLOB NOT NULL,"
    " decision_salt BLOB NOT NULL, event BLOB NOT NULL, decision BLOB NOT NULL) STRICT;"
    "CREATE TABLE part(hash BLOB PRIMARY KEY NOT NULL, class INTEGER NOT NULL, bytes BLOB) STRICT;"
    "CREATE TABLE cache(name TEXT PRIMARY KEY NOT NULL, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE setting(name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;";

typedef enum Sentence {
    BEGIN,
    COMMIT,
    ROLLBACK,
    NEXT,
    APPEND,
    READ,
    WALK,
    PART_PUT,
    PART_GET,
    PART_ERASE,
    PARTS,
    CACHE_PUT,
    CACHE_GET,
    CACHE_DROP,
    SETTING_PUT,
    SETTING_GET,
    SETTING_DROP,
    SENTENCES
} Sentence;

static const char *const sentences[SENTENCES] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [NEXT] = "SELECT (SELECT MAX(seq) FROM record), (SELECT MIN(seq) FROM record)",
    [APPEND] = "INSERT INTO record VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [READ] = "SELECT * FROM record WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
    [WALK] = "SELECT * FROM record ORDER BY seq",
    [PART_PUT] = "INSERT INTO part VALUES(?1, ?2, ?3)",
    [PART_GET] = "SELECT class, bytes FROM part WHERE hash = ?1",
    [PART_ERASE] = "UPDATE part SET bytes = NULL WHERE hash = ?1",
    [PARTS] = "SELECT hash, class, bytes FROM part WHERE hash > ?1 ORDER BY hash LIMIT 1",
    [CACHE_PUT] = "INSERT OR REPLACE INTO cache VALUES(?1, ?2)",
    [CACHE_GET] = "SELECT bytes FROM cache WHERE name = ?1",
    [CACHE_DROP] = "DELETE FROM cache WHERE name = ?1",
    [SETTING_PUT] = "INSERT OR REPLACE INTO setting VALUES(?1, ?2)",
    [SETTING_GET] = "SELECT value FROM setting WHERE name = ?1",
    [SETTING_DROP] = "DELETE FROM setting WHERE name = ?1",
};

typedef struct SqliteStore {
    Store base;
    sqlite3 *db;
    sqlite3_stmt *prepared[SENTENCES];                  // made when first used
    int lock;                                           // descriptor of BOOK.lock, or -1
    int wal_pages;                                      // in the WAL as of the last commit
    int wal_pages_tidied;                               // in the WAL when it was last checkpointed
    enum { WALK_BEGINS, WALK_STANDS, WALK_ENDED } walk; // where a salvage's WALK is
} SqliteStore;

// ---- The library ----

// SQLite's memory comes from base/memory.h like all other, with its size in front, so that a test
// can let each of its requests fail.
typedef union Front {
    size_t size;
    max_align_t align;
} Front;

static void *take_memory(int size) {
    Front *front = memory_new(sizeof *front + (size_t)size);
    if (!front) return NULL;
    front->size = (size_t)size;
    return front + 1;
}

static void give_memory(void *block) {
    memory_free(block ? (Front *)block - 1 : NULL);
}

static void *resize_memory(void *block, int size) {
    Front *front = memory_resize((Front *)block - 1, sizeof *front + (size_t)size);
    if (!front) return NULL;
    front->size = (size_t)size;
    return front + 1;
}

static int size_of_memory(void *block) {
    return block ? (int)((Front *)block - 1)->size : 0;
}
static int round_size(int size) {
    return (size + 15) & ~15;
}
static int begin_memory(void *context) {
    return context ? SQLITE_ERROR : SQLITE_OK;
}
static void end_memory(void *context) {
    (void)context;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *vfs;

static void configure(void) {
    static const sqlite3_mem_methods methods = {take_memory,    give_memory, resize_memory,
                                                size_of_memory, round_size,  begin_memory,
                                                end_memory,     NULL};
    // Where the program used SQLite before us, it keeps its own memory, and that is all.
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK)
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void store_sqlite_vfs(const char *vfs_name) {
    pthread_once(&once, configure);
    vfs = vfs_name;
}

static SqliteStore *sqlite_of(Store *store) {
    return (SqliteStore *)store;
}

// ---- Errors ----

static StatusCode code_of(const SqliteStore *store, int rc) {
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return STATUS_NO_SPACE;
    case SQLITE_IOERR:
        if (rc == SQLITE_IOERR_NOMEM) return STATUS_NO_MEMORY;
        return store->db && sqlite3_system_errno(store->db) == ENOSPC ? STATUS_NO_SPACE : STATUS_IO;
    case SQLITE_NOMEM:
        return STATUS_NO_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STATUS_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STATUS_BUSY;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return STATUS_DENIED;
    case SQLITE_TOOBIG:
        return STATUS_LIMIT;
    default:
        return STATUS_IO;
    }
}

// "could not `doing`: why". Always false.
static bool fail(const SqliteStore *store, int rc, const char *doing, Status *status) {
    StatusCode code = code_of(store, rc);
    if (code == STATUS_NO_MEMORY) return status_no_memory(status);
    const char *why = code == STATUS_NO_SPACE  ? "the disk is full"
                      : rc == SQLITE_NOTADB    ? "it is no SQLite file"
                      : code == STATUS_CORRUPT ? "the file is damaged"
                      : code == STATUS_BUSY    ? "another program has locked it"
                                               : sqlite3_errstr(rc);
    status_set(status, code, "could not %s: %s", doing, why);
    if (code == STATUS_NO_SPACE) status_hint(status, "make room and try again");
    if (code == STATUS_CORRUPT) status_hint(status, "restore the book from a backup or a replica");
    return status_detail(status, "sqlite %d (%s), errno %d", rc,
                         store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(rc),
                         store->db ? sqlite3_system_errno(store->db) : 0);
}

// ---- Sentences ----

static sqlite3_stmt *sentence(SqliteStore *store, Sentence which, Status *status) {
    sqlite3_stmt **at = &store->prepared[which];
    if (!*at) {
        int rc = sqlite3_prepare_v3(store->db, sentences[which], -1, SQLITE_PREPARE_PERSISTENT, at,
                                    NULL);
        if (rc != SQLITE_OK) {
            fail(store, rc, "use the book's tables", status);
            return NULL;
        }
    }
    return *at;
}

// Runs a sentence that gives no row.
static int run(sqlite3_stmt *statement) {
    int rc = sqlite3_step(statement);
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t length) {
    return sqlite3_bind_blob64(statement, index, length ? bytes : "", length, SQLITE_STATIC);
}

static int bind_text(sqlite3_stmt *statement, int index, Text text) {
    return sqlite3_bind_text64(statement, index, text.length ? text.at : "", text.length,
                               SQLITE_STATIC, SQLITE_UTF8);
}

static bool begin(SqliteStore *store, Status *status) {
    // All are made ready before the first change, so that the end cannot fail for want of memory.
    if (!sentence(store, COMMIT, status) || !sentence(store, ROLLBACK, status)) return false;
    sqlite3_stmt *statement = sentence(store, BEGIN, status);
    if (!statement) return false;
    int rc = run(statement);
    return rc == SQLITE_OK || fail(store, rc, "write to the book", status);
}

// Takes back what was not committed. SQLite has done so itself after some errors.
static bool abandon(SqliteStore *store) {
    if (!sqlite3_get_autocommit(store->db)) (void)run(store->prepared[ROLLBACK]);
    // A rollback that fails leaves a transaction open which the handle must not add to.
    if (!sqlite3_get_autocommit(store->db)) store->base.in_doubt = true;
    return false;
}

static bool commit(SqliteStore *store, Status *status) {
    int rc = run(store->prepared[COMMIT]);
    if (rc == SQLITE_OK) return true;
    bool full = store->base.was_full = code_of(store, rc) == STATUS_NO_SPACE;
    int os_error = sqlite3_system_errno(store->db);
    (void)abandon(store);
    store->base.in_doubt = true;
    status_set(status, STATUS_UNKNOWN, "the commit failed, and may or may not be there%s",
               full ? ": the disk is full" : "");
    status_hint(status,
                full ? "make room, then open the book again" : "open the book again and read it");
    return status_detail(status, "sqlite %d (%s), errno %d", rc, sqlite3_errstr(rc), os_error);
}

// ---- Opening ----

static bool no_file(const char *name, int os_error, const char *doing, Status *status) {
    StatusCode code = os_error == ENOSPC                          ? STATUS_NO_SPACE
                      : os_error == ENOENT || os_error == ENOTDIR ? STATUS_NOT_FOUND
                      : os_error == EACCES || os_error == EROFS   ? STATUS_DENIED
                                                                  : STATUS_IO;
    status_set(status, code, "could not %s book \"%s\": %s", doing, name,
               code == STATUS_NOT_FOUND ? "no such file" : strerror(os_error));
    return false;
}

// The lock stands beside the file itself, whichever link the book was named by. A file with two
// names would have two locks and two WALs.
static bool take_lock(SqliteStore *store, const char *name, Status *status) {
    char *real = realpath(name, NULL);
    struct stat about;
    if (!real || stat(real, &about) != 0) {
        int os_error = errno;
        free(real);
        return no_file(name, os_error, "open", status);
    }
    char path[4096];
    int length = snprintf(path, sizeof path, "%s.lock", real);
    free(real);
    if (length < 0 || (size_t)length >= sizeof path)
        return status_set(status, STATUS_INVALID, "the path of the book is too long");
    if (!S_ISREG(about.st_mode)) {
        status_set(status, STATUS_INVALID, "\"%s\" is not a file", name);
        return status_hint(status, "name the file that is to hold the book");
    }
    if (about.st_nlink > 1) {
        status_set(status, STATUS_DENIED, "book \"%s\" has a second name (a hard link)", name);
        return status_hint(status, "remove the other name: a book has one WAL beside one name");
    }
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock < 0) return no_file(name, errno, "lock", status);
    if (flock(store->lock, LOCK_EX | LOCK_NB) == 0) return true;
    status_set(status, STATUS_BUSY, "book \"%s\" is being written by another process", name);
    return status_hint(status, "stop it, or let it do the work");
}

// A book's file is made for its owner's eyes only; SQLite gives the WAL the same permissions.
static bool make_file(const char *name, Status *status) {
    int file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_EXCL, 0600);
    if (file >= 0) {
        close(file);
    } else if (errno != EEXIST) {
        no_file(name, errno, "create", status);
        return status_hint(status, "the folder must exist and be writable");
    }
    return true;
}

static bool find_file(const char *name, Status *status) {
    struct stat about;
    if (stat(name, &about) == 0) return true;
    no_file(name, errno, "open", status);
    return status_hint(status, "create one with \"ytterby init --db %s\"", name);
}

static bool execute(SqliteStore *store, const char *sql, const char *doing, Status *status) {
    int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || fail(store, rc, doing, status);
}

static int note_wal(void *context, sqlite3 *db, const char *schema, int pages) {
    (void)db;
    (void)schema;
    ((SqliteStore *)context)->wal_pages = pages;
    return SQLITE_OK;
}

// What a file that we did not write must not be able to do.
static void set_limits(SqliteStore *store) {
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, WAIT_MS);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (!store_mode_writes(store->base.mode))
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

static bool set_habits(SqliteStore *store, Status *status) {
    // A page with one bad cell may hold good ones.
    if (store->base.mode == STORE_SALVAGE)
        return execute(store, "PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0;", "open the book",
                       status);
    return execute(store,
                   "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
                   "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32768; PRAGMA synchronous=FULL;"
                   "PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=OFF;",
                   "open the book", status);
}

static bool ask(SqliteStore *store, const char *sql, int64_t *answer, Status *status) {
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) *answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW || fail(store, rc, "open the book", status);
}

// The tables come whole or not at all; the mark in the file's header comes with them. A file
// without tables is no book: it is what a creation leaves that was cut off.
static bool create_tables(SqliteStore *store, const char *name, Status *status) {
    int64_t tables_there = 1;
    Status unread;
    if (!ask(store, "SELECT count(*) FROM sqlite_schema", &tables_there, &unread) &&
        unread.code != STATUS_CORRUPT) {
        if (status) *status = unread;
        return false;
    }
    if (tables_there != 0) {
        status_set(status, STATUS_CONFLICT, "there is already a file \"%s\"", name);
        return status_hint(status, "choose another name; a book is never overwritten");
    }
    char sql[1024];
    snprintf(sql, sizeof sql,
             "PRAGMA page_size=16384; BEGIN IMMEDIATE; %s PRAGMA application_id=%d;"
             " PRAGMA user_version=%d; COMMIT;",
             tables, APPLICATION_ID, FORMAT_VERSION);
    return execute(store, sql, "create the book", status);
}

static bool check_tables(SqliteStore *store, const char *name, Status *status) {
    int64_t application, version, strange;
    bool salvages = store->base.mode == STORE_SALVAGE;
    if (!ask(store, "PRAGMA application_id", &application, status) ||
        !ask(store, "PRAGMA user_version", &version, status))
        return false;
    if (application != APPLICATION_ID && !salvages) {
        status_set(status, STATUS_INVALID, "file \"%s\" is a database, but no book", name);
        return status_hint(status, "create one with \"ytterby init\"");
    }
    if (version != FORMAT_VERSION && !salvages) {
        status_set(status, STATUS_UNSUPPORTED, "book \"%s\" has file format \"%lld\"", name,
                   (long long)version);
        return status_hint(status, "this program reads format %d", FORMAT_VERSION);
    }
    // A view or a trigger under a table's name would let a file run what it likes.
    if (!ask(store,
             "SELECT count(*) FROM sqlite_schema WHERE type IN('view', 'trigger') OR"
             " (type = 'table' AND name NOT IN('record', 'part', 'cache', 'setting'))",
             &strange, status))
        return false;
    if (strange != 0)
        return status_set(status, STATUS_CORRUPT, "book \"%s\" holds tables that are not a book's",
                          name);
    return true;
}

static bool use_wal(SqliteStore *store, Status *status) {
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->db, "PRAGMA journal_mode=WAL", -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    const char *mode = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    bool is_wal = mode && strcmp(mode, "wal") == 0;
    sqlite3_finalize(statement);
    if (is_wal) {
        sqlite3_wal_hook(store->db, note_wal, store);
        return true;
    }
    if (rc == SQLITE_ROW)
        return status_set(status, STATUS_UNSUPPORTED,
                          "the file system cannot hold a book: it has no shared memory");
    return fail(store, rc, "open the book", status);
}

// Writes the WAL over with its own bytes and syncs that. To checkpoint instead would be wrong:
// should the disk hold less of the WAL than the system shows, then after a power cut its older
// pages would hide the newer ones in the database.
static int rewrite(sqlite3_file *wal, uint8_t *bytes, sqlite3_int64 piece) {
    sqlite3_int64 size = 0;
    int rc = wal->pMethods->xFileSize(wal, &size);
    for (sqlite3_int64 at = 0; rc == SQLITE_OK && at < size; at += piece) {
        int length = (int)(size - at < piece ? size - at : piece);
        rc = wal->pMethods->xRead(wal, bytes, length, at);
        if (rc == SQLITE_OK) rc = wal->pMethods->xWrite(wal, bytes, length, at);
    }
    return rc == SQLITE_OK && size > 0 ? wal->pMethods->xSync(wal, SQLITE_SYNC_FULL) : rc;
}

static bool settle(SqliteStore *store, Status *status) {
    int64_t tables_there;
    sqlite3_file *wal = NULL;
    // SQLite opens the WAL when it first reads.
    if (!ask(store, "SELECT count(*) FROM sqlite_schema", &tables_there, status)) return false;
    int rc = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (rc != SQLITE_OK || !wal || !wal->pMethods)
        return rc == SQLITE_OK || fail(store, rc, "make the journal durable", status);
    enum { PIECE = 1 << 16 };
    uint8_t *bytes = memory_new(PIECE);
    if (!bytes) return status_no_memory(status);
    rc = rewrite(wal, bytes, PIECE);
    memory_free(bytes);
    if (rc == SQLITE_OK) return true;
    return fail(store, rc, "make the journal durable", status);
}

static bool open_file(SqliteStore *store, const char *name, Status *status) {
    bool writes = store_mode_writes(store->base.mode), creates = store->base.mode == STORE_CREATE;
    if (creates && !make_file(name, status)) return false;
    if (!find_file(name, status)) return false;
    if (writes && !take_lock(store, name, status)) {
        if (creates && status && status->code == STATUS_BUSY)
            return status_set(status, STATUS_CONFLICT, "there is already a book \"%s\"", name);
        return false;
    }
    int flags = SQLITE_OPEN_NOMUTEX | (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(name, &store->db, flags, vfs);
    if (rc != SQLITE_OK) return fail(store, rc, "open the book", status);
    set_limits(store);
    if (creates && !create_tables(store, name, status)) return false;
    return set_habits(store, status) && check_tables(store, name, status) &&
           (!writes || (use_wal(store, status) && settle(store, status)));
}

static void close_store(Store *base) {
    SqliteStore *store = sqlite_of(base);
    for (int i = 0; i < SENTENCES; i++)
        sqlite3_finalize(store->prepared[i]);
    int rc = sqlite3_close(store->db);
    assert(rc == SQLITE_OK); // SQLITE_BUSY: a sentence was left open
    if (store->lock >= 0) close(store->lock);
    memory_free(store);
}

static Store *open_store(const char *name, StoreMode mode, Status *status) {
    pthread_once(&once, configure);
    SqliteStore *store = memory_new_zero(1, sizeof *store);
    if (!store) {
        status_no_memory(status);
        return NULL;
    }
    store->base = (Store){.driver = &store_sqlite, .mode = mode};
    store->lock = -1;
    if (!open_file(store, name, status)) {
        if (status && status->where[0] == 0) status_where(status, "%s", name);
        close_store(&store->base);
        return NULL;
    }
    return &store->base;
}

// ---- Records ----

static bool next_number(Store *base, uint64_t *next, Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = sentence(store, NEXT, status);
    if (!statement) return false;
    int rc = sqlite3_step(statement);
    bool empty = rc == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_NULL;
    int64_t last = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    int64_t first = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 1) : 0;
    sqlite3_reset(statement);
    if (rc != SQLITE_ROW) return fail(store, rc, "read the last record", status);
    if (!empty && (last < 0 || last == INT64_MAX))
        return status_set(status, STATUS_CORRUPT, "the last record has the number \"%lld\"",
                          (long long)last);
    if (!empty && first != 0)
        return status_set(status, STATUS_CORRUPT, "the first record has the number \"%lld\", not 0",
                          (long long)first);
    *next = empty ? 0 : (uint64_t)last + 1;
    return true;
}

static int insert(sqlite3_stmt *statement, const StoreRecord *record) {
    sqlite3_bind_int64(statement, 1, (int64_t)record->seq);
    bind_blob(statement, 2, record->record, sizeof record->record);
    bind_blob(statement, 3, record->event_salt, sizeof record->event_salt);
    bind_blob(statement, 4, record->decision_salt, sizeof record->decision_salt);
    int rc = bind_blob(statement, 5, record->event.at, record->event.length);
    if (rc == SQLITE_OK) rc = bind_blob(statement, 6, record->decision.at, record->decision.length);
    return rc == SQLITE_OK ? run(statement) : rc;
}

static bool insert_part(SqliteStore *store, const StorePart *part, Status *status);

static bool append(Store *base, uint64_t expected, const StoreRecord *records, size_t count,
                   Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = sentence(store, APPEND, status);
    if (!statement || !begin(store, status)) return false;
    uint64_t next;
    if (!next_number(base, &next, status)) return abandon(store);
    if (next != expected) {
        status_set(status, STATUS_CONFLICT, "the next record is number %llu and not \"%llu\"",
                   (unsigned long long)next, (unsigned long long)expected);
        return abandon(store);
    }
    for (size_t i = 0; i < count; i++) {
        int rc = insert(statement, &records[i]);
        if (rc != SQLITE_OK) {
            fail(store, rc, "append to the book", status);
            status_where(status, "record %llu", (unsigned long long)records[i].seq);
            return abandon(store);
        }
        for (uint32_t p = 0; p < records[i].part_count; p++)
            if (!insert_part(store, &records[i].parts[p], status)) return abandon(store);
    }
    return commit(store, status);
}

// Whether there are bytes. A bit of a row's head, and a blob is said to be text: what is salvaged
// has the same bytes, and whether they are those that were recorded is for the reader to see.
static bool has_bytes(sqlite3_stmt *statement, int column, bool salvages) {
    int type = sqlite3_column_type(statement, column);
    return type == SQLITE_BLOB || (salvages && type == SQLITE_TEXT);
}

static bool fixed(sqlite3_stmt *statement, int column, bool salvages, uint8_t *out, int length) {
    if (!has_bytes(statement, column, salvages)) return false;
    const void *bytes = sqlite3_column_blob(statement, column);
    if (!bytes || sqlite3_column_bytes(statement, column) != length) return false;
    memcpy(out, bytes, (size_t)length);
    return true;
}

static bool flexible(sqlite3_stmt *statement, int column, bool salvages, Text *out) {
    if (!has_bytes(statement, column, salvages)) return false;
    const void *bytes = sqlite3_column_blob(statement, column);
    size_t length = (size_t)sqlite3_column_bytes(statement, column);
    if (!bytes && length) return false;
    *out = (Text){bytes ? bytes : "", length};
    return true;
}

// The row that the sentence stands on, which must be number `seq`.
static bool take_row(const SqliteStore *store, sqlite3_stmt *statement, uint64_t seq,
                     StoreRecord *record, Status *status) {
    bool salvages = store->base.mode == STORE_SALVAGE;
    int64_t found = sqlite3_column_int64(statement, 0);
    if (found != (int64_t)seq) {
        status_set(status, STATUS_CORRUPT, "record %llu is missing: the next one is %lld",
                   (unsigned long long)seq, (long long)found);
        return status_where(status, "record %llu", (unsigned long long)seq);
    }
    record->seq = seq;
    record->parts = NULL;
    record->part_count = 0;
    if (fixed(statement, 1, salvages, record->record, 96) &&
        fixed(statement, 2, salvages, record->event_salt, 16) &&
        fixed(statement, 3, salvages, record->decision_salt, 16) &&
        flexible(statement, 4, salvages, &record->event) &&
        flexible(statement, 5, salvages, &record->decision))
        return true;
    status_set(status, STATUS_CORRUPT, "record %llu is malformed", (unsigned long long)seq);
    return status_where(status, "record %llu", (unsigned long long)seq);
}

typedef struct Reading {
    uint64_t seq;  // that the next row must have
    uint64_t rows; // that were read in this piece
    bool stopped;  // `each` has had enough
} Reading;

static bool read_piece(SqliteStore *store, sqlite3_stmt *statement, uint64_t rows, StoreEach *each,
                       void *context, Reading *reading, Status *status) {
    sqlite3_bind_int64(statement, 1, (int64_t)reading->seq);
    sqlite3_bind_int64(statement, 2, (int64_t)rows);
    for (reading->rows = 0; reading->rows < rows; reading->rows++) {
        int rc = sqlite3_step(statement);
        if (rc == SQLITE_DONE) return true;
        if (rc != SQLITE_ROW) {
            fail(store, rc, "read the book", status);
            return status_where(status, "record %llu or one near it",
                                (unsigned long long)reading->seq);
        }
        StoreRecord record;
        if (!take_row(store, statement, reading->seq, &record, status)) return false;
        reading->seq++;
        if (!each(context, &record, status)) {
            reading->stopped = true;
            return status->code == STATUS_OK;
        }
    }
    return true;
}

// A bit of a row's number, and the rows of its page stand out of order: a row is there, and the way
// by numbers goes past it. What is salvaged is looked for among its neighbours one by one.
static bool look_around(SqliteStore *store, sqlite3_stmt *statement, const Reading *reading,
                        StoreRecord *record) {
    enum { AROUND = 128 }; // rows of one page, and more
    Status none;
    int64_t seq = (int64_t)reading->seq;
    sqlite3_bind_int64(statement, 1, seq > AROUND ? seq - AROUND : 0);
    sqlite3_bind_int64(statement, 2, 2 * AROUND);
    while (sqlite3_step(statement) == SQLITE_ROW)
        if (take_row(store, statement, reading->seq, record, &none)) return true;
    return false;
}

// Where a page took the place of an upper one, the way by numbers leads astray for all that lies
// below. One walk from the left to the right, which asks for no number, goes along.
static bool walk_to(SqliteStore *store, const Reading *reading, StoreRecord *record) {
    Status none;
    sqlite3_stmt *statement = sentence(store, WALK, &none);
    while (statement && store->walk != WALK_ENDED) {
        int64_t here = store->walk == WALK_STANDS ? sqlite3_column_int64(statement, 0) : -1;
        if (here > (int64_t)reading->seq) return false;
        if (here == (int64_t)reading->seq &&
            take_row(store, statement, reading->seq, record, &none))
            return true;
        store->walk = sqlite3_step(statement) == SQLITE_ROW ? WALK_STANDS : WALK_ENDED;
    }
    return false;
}

static bool read_astray(SqliteStore *store, sqlite3_stmt *statement, StoreEach *each, void *context,
                        Reading *reading, Status *status) {
    StoreRecord record;
    if (!look_around(store, statement, reading, &record) && !walk_to(store, reading, &record))
        return false;
    reading->seq++;
    status_clear(status);
    reading->stopped = !each(context, &record, status);
    return !reading->stopped || status->code == STATUS_OK;
}

static bool read_records(Store *base, uint64_t from, uint64_t count, StoreEach *each, void *context,
                         Status *status) {
    SqliteStore *store = sqlite_of(base);
    if (from > (uint64_t)INT64_MAX) return true;
    // A sentence of its own, so that `each` may read again.
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->db, sentences[READ], -1, &statement, NULL);
    if (rc != SQLITE_OK) return fail(store, rc, "use the book's tables", status);
    Reading reading = {.seq = from};
    bool good = true;
    while (good && !reading.stopped && count > 0) {
        uint64_t rows = count < READ_ROWS ? count : READ_ROWS;
        good = read_piece(store, statement, rows, each, context, &reading, status);
        sqlite3_reset(statement);
        bool lost = good ? reading.rows < rows : status->code == STATUS_CORRUPT;
        if (lost && !reading.stopped && base->mode == STORE_SALVAGE &&
            read_astray(store, statement, each, context, &reading, status)) {
            sqlite3_reset(statement);
            good = true;
            count -= reading.rows + 1;
            continue;
        }
        sqlite3_reset(statement);
        count -= reading.rows;
        if (reading.rows < rows) break;
    }
    sqlite3_finalize(statement);
    return good;
}

// ---- Parts, caches, settings ----

// Runs one sentence as a transaction of its own.
static bool write_one(SqliteStore *store, sqlite3_stmt *statement, const char *doing,
                      Status *status) {
    if (!begin(store, status)) return false;
    int rc = run(statement);
    sqlite3_clear_bindings(statement);
    if (rc == SQLITE_OK) return commit(store, status);
    fail(store, rc, doing, status);
    return abandon(store);
}

typedef enum PartState { PART_NONE, PART_THERE, PART_ERASED, PART_UNREADABLE } PartState;

// Leaves the sentence standing on the row when it is PART_THERE; the caller resets it.
static PartState find_part(SqliteStore *store, sqlite3_stmt *statement, const uint8_t hash[32],
                           Status *status) {
    int rc = bind_blob(statement, 1, hash, 32);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_DONE) return PART_NONE;
    if (rc == SQLITE_ROW)
        return sqlite3_column_type(statement, 1) == SQLITE_NULL ? PART_ERASED : PART_THERE;
    fail(store, rc, "read a part", status);
    return PART_UNREADABLE;
}

// Looks whether the part may be written: then `absent`; the same part again is well.
static bool part_may_come(SqliteStore *store, const StorePart *part, bool *absent, Status *status) {
    sqlite3_stmt *get = sentence(store, PART_GET, status);
    if (!get) return false;
    PartState state = find_part(store, get, part->hash, status);
    Text there = {0};
    bool same = state == PART_THERE && sqlite3_column_int64(get, 0) == part->class_number &&
                flexible(get, 1, false, &there) && text_equal(there, part->bytes);
    sqlite3_reset(get);
    *absent = state == PART_NONE;
    if (state == PART_UNREADABLE) return false;
    if (state == PART_ERASED) return status_set(status, STATUS_CONFLICT, "this part was erased");
    return *absent || same ||
           status_set(status, STATUS_CONFLICT, "this part is there already, and is another one");
}

static int bind_part(sqlite3_stmt *put, const StorePart *part) {
    int rc = bind_blob(put, 1, part->hash, 32);
    sqlite3_bind_int64(put, 2, part->class_number);
    return rc == SQLITE_OK ? bind_blob(put, 3, part->bytes.at, part->bytes.length) : rc;
}

static bool part_put(Store *base, const uint8_t hash[32], uint8_t class_number, Text bytes,
                     Status *status) {
    SqliteStore *store = sqlite_of(base);
    StorePart part = {.class_number = class_number, .bytes = bytes};
    memcpy(part.hash, hash, sizeof part.hash);
    bool absent;
    if (!part_may_come(store, &part, &absent, status)) return false;
    if (!absent) return true;
    sqlite3_stmt *put = sentence(store, PART_PUT, status);
    if (!put) return false;
    int rc = bind_part(put, &part);
    return rc == SQLITE_OK ? write_one(store, put, "write a part", status)
                           : fail(store, rc, "write a part", status);
}

// In the transaction that is open.
static bool insert_part(SqliteStore *store, const StorePart *part, Status *status) {
    bool absent;
    if (!part_may_come(store, part, &absent, status)) return false;
    if (!absent) return true;
    sqlite3_stmt *put = sentence(store, PART_PUT, status);
    if (!put) return false;
    int rc = bind_part(put, part);
    if (rc == SQLITE_OK) rc = run(put);
    sqlite3_clear_bindings(put);
    return rc == SQLITE_OK || fail(store, rc, "write a part", status);
}

static bool give_bytes(sqlite3_stmt *statement, int column, Arena *arena, Text *bytes,
                       Status *status) {
    const void *at = sqlite3_column_blob(statement, column);
    size_t length = (size_t)sqlite3_column_bytes(statement, column);
    char *copy = at || length == 0 ? arena_copy(arena, at ? at : "", length) : NULL;
    if (!copy) return status_no_memory(status);
    *bytes = (Text){copy, length};
    return true;
}

static bool part_get(Store *base, const uint8_t hash[32], Arena *arena, Text *bytes,
                     Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = sentence(store, PART_GET, status);
    if (!statement) return false;
    PartState state = find_part(store, statement, hash, status);
    bool done = false;
    if (state == PART_THERE) done = give_bytes(statement, 1, arena, bytes, status);
    if (state == PART_NONE) status_set(status, STATUS_NOT_FOUND, "no part with this hash");
    if (state == PART_ERASED) status_set(status, STATUS_NOT_FOUND, "this part was erased");
    sqlite3_reset(statement);
    return done;
}

// The bytes are overwritten in the file (secure_delete, off elsewhere for speed) and the WAL that
// still holds them is emptied, as far as no reader needs it; what a reader keeps now goes with a
// later tidy.
static bool part_erase(Store *base, const uint8_t hash[32], Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *get = sentence(store, PART_GET, status);
    sqlite3_stmt *statement = get ? sentence(store, PART_ERASE, status) : NULL;
    if (!statement) return false;
    PartState state = find_part(store, get, hash, status);
    sqlite3_reset(get);
    if (state == PART_UNREADABLE) return false;
    if (state == PART_NONE) return status_set(status, STATUS_NOT_FOUND, "no part with this hash");
    if (state == PART_ERASED) return true;
    if (!execute(store, "PRAGMA secure_delete=ON", "erase a part", status)) return false;
    int rc = bind_blob(statement, 1, hash, 32);
    bool done = rc == SQLITE_OK ? write_one(store, statement, "erase a part", status)
                                : fail(store, rc, "erase a part", status);
    sqlite3_busy_timeout(store->db, 0);
    if (done) sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(store->db, WAIT_MS);
    sqlite3_exec(store->db, "PRAGMA secure_delete=OFF", NULL, NULL, NULL);
    return done;
}

// One by one, each under a snapshot of its own: parts may be large, and a long reading would hold
// back the WAL's reuse.
static bool each_part(Store *base, StorePartEach *each, void *context, Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = sentence(store, PARTS, status);
    if (!statement) return false;
    StorePart part;
    uint8_t after[32];
    size_t after_length = 0; // before all
    for (bool go_on = true; go_on;) {
        int rc = bind_blob(statement, 1, after, after_length);
        if (rc == SQLITE_OK) rc = sqlite3_step(statement);
        if (rc == SQLITE_DONE) {
            sqlite3_reset(statement);
            return true;
        }
        const void *hash = rc == SQLITE_ROW ? sqlite3_column_blob(statement, 0) : NULL;
        if (rc != SQLITE_ROW || !hash || sqlite3_column_bytes(statement, 0) != 32) {
            if (rc == SQLITE_ROW)
                status_set(status, STATUS_CORRUPT, "a part has a malformed hash");
            else
                fail(store, rc, "read the parts", status);
            sqlite3_reset(statement);
            return false;
        }
        memcpy(part.hash, hash, sizeof part.hash);
        part.class_number = (uint8_t)sqlite3_column_int(statement, 1);
        part.erased = sqlite3_column_type(statement, 2) == SQLITE_NULL;
        const void *bytes = part.erased ? NULL : sqlite3_column_blob(statement, 2);
        part.bytes = (Text){bytes ? bytes : "", (size_t)sqlite3_column_bytes(statement, 2)};
        go_on = each(context, &part, status);
        memcpy(after, part.hash, sizeof after);
        after_length = sizeof after;
        sqlite3_reset(statement);
    }
    return status->code == STATUS_OK;
}

static bool cache_put(Store *base, Text name, Text bytes, Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = sentence(store, CACHE_PUT, status);
    if (!statement) return false;
    int rc = bind_text(statement, 1, name);
    if (rc == SQLITE_OK) rc = bind_blob(statement, 2, bytes.at, bytes.length);
    return rc == SQLITE_OK ? write_one(store, statement, "write a cache", status)
                           : fail(store, rc, "write a cache", status);
}

static bool get_named(SqliteStore *store, Sentence which, const char *kind, Text name, Arena *arena,
                      Text *bytes, Status *status) {
    sqlite3_stmt *statement = sentence(store, which, status);
    if (!statement) return false;
    bool done = false;
    int rc = bind_text(statement, 1, name);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        done = give_bytes(statement, 0, arena, bytes, status);
    } else if (rc == SQLITE_DONE) {
        status_set(status, STATUS_NOT_FOUND, "no %s \"%.*s\"", kind, TEXT_ARG(name));
    } else {
        fail(store, rc, "read the book", status);
    }
    sqlite3_reset(statement);
    return done;
}

static bool cache_get(Store *base, Text name, Arena *arena, Text *bytes, Status *status) {
    return get_named(sqlite_of(base), CACHE_GET, "cache", name, arena, bytes, status);
}

static bool cache_drop(Store *base, Text name, Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = sentence(store, CACHE_DROP, status);
    if (!statement) return false;
    int rc = bind_text(statement, 1, name);
    return rc == SQLITE_OK ? write_one(store, statement, "drop a cache", status)
                           : fail(store, rc, "drop a cache", status);
}

static bool setting_put(Store *base, Text name, Text value, Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = sentence(store, SETTING_PUT, status);
    if (!statement) return false;
    int rc = bind_text(statement, 1, name);
    if (rc == SQLITE_OK) rc = bind_text(statement, 2, value);
    return rc == SQLITE_OK ? write_one(store, statement, "write a setting", status)
                           : fail(store, rc, "write a setting", status);
}

static bool setting_get(Store *base, Text name, Arena *arena, Text *value, Status *status) {
    return get_named(sqlite_of(base), SETTING_GET, "setting", name, arena, value, status);
}

static bool setting_drop(Store *base, Text name, Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = sentence(store, SETTING_DROP, status);
    if (!statement) return false;
    int rc = bind_text(statement, 1, name);
    return rc == SQLITE_OK ? write_one(store, statement, "drop a setting", status)
                           : fail(store, rc, "drop a setting", status);
}

// ---- Housekeeping ----

static bool check(Store *base, Status *status) {
    SqliteStore *store = sqlite_of(base);
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &statement, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(statement);
    const char *said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    bool good = said && strcmp(said, "ok") == 0;
    if (rc != SQLITE_ROW)
        fail(store, rc, "check the book", status);
    else if (!said)
        status_no_memory(status);
    else if (!good) {
        status_set(status, STATUS_CORRUPT, "the file is damaged: %s", said);
        status_hint(status, "restore the book from a backup or a replica");
    }
    sqlite3_finalize(statement);
    return good;
}

static bool tidy(Store *base, Status *status) {
    SqliteStore *store = sqlite_of(base);
    // The WAL begins anew once all of it was checkpointed and no reader needs it; while one does,
    // it grows, and there is no use in trying again before it has grown by as much once more.
    if (store->wal_pages < store->wal_pages_tidied) store->wal_pages_tidied = 0;
    if (store->wal_pages - store->wal_pages_tidied < TIDY_PAGES) return true;
    int rc = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    store->wal_pages_tidied = store->wal_pages;
    if (rc == SQLITE_OK || rc == SQLITE_BUSY) return true;
    // All is still in the WAL. But a disk that failed to sync is not to be asked again.
    StatusCode code = code_of(store, rc);
    store->base.in_doubt = code != STATUS_NO_SPACE && code != STATUS_NO_MEMORY;
    return fail(store, rc, "move the journal into the book", status);
}

const StoreDriver store_sqlite = {
    .open = open_store,
    .close = close_store,
    .next = next_number,
    .append = append,
    .read = read_records,
    .part_put = part_put,
    .part_get = part_get,
    .part_erase = part_erase,
    .parts = each_part,
    .cache_put = cache_put,
    .cache_get = cache_get,
    .cache_drop = cache_drop,
    .setting_put = setting_put,
    .setting_get = setting_get,
    .setting_drop = setting_drop,
    .check = check,
    .tidy = tidy,
};
