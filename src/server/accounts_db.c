#include "server/accounts_db.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

// Version 1 of the file. Times are microseconds since 1970.
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS user(name TEXT PRIMARY KEY, role TEXT NOT NULL,"
    " party TEXT NOT NULL, password TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS api_key(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, party TEXT NOT NULL,"
    " created INTEGER NOT NULL, expires INTEGER NOT NULL, last_used INTEGER NOT NULL,"
    " revoked INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS session(number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " hash BLOB NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES user(name),"
    " created INTEGER NOT NULL, expires INTEGER NOT NULL, last_used INTEGER NOT NULL,"
    " address TEXT NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS session_user ON session(user, last_used);"
    "CREATE TABLE IF NOT EXISTS failure(subject TEXT PRIMARY KEY, count INTEGER NOT NULL,"
    " last INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS audit(number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT "
    "NULL,"
    " act TEXT NOT NULL, principal TEXT NOT NULL, address TEXT NOT NULL, what TEXT NOT NULL,"
    " outcome TEXT NOT NULL) STRICT;"
    "PRAGMA user_version=1;";

typedef enum Query {
    USER_FIND,
    KEY_FIND,
    SESSION_FIND,
    SESSIONS,
    AUDIT_READ, // on the reading connection
    USER_PUT,
    USER_REMOVE,
    KEY_PUT,
    KEY_NAME,
    KEY_REVOKE,
    KEY_USED,
    SESSION_PUT,
    SESSIONS_TRIM,
    SESSION_USED,
    SESSION_END,
    SESSIONS_END_ALL,
    FAILURES_GET,
    FAILURES_PUT,
    AUDIT_PUT,
    QUERIES,
    FIRST_WRITE = USER_PUT
} Query;

static const char *const queries[QUERIES] = {
    [USER_FIND] = "SELECT name, role, party, password FROM user WHERE name=?",
    [KEY_FIND] = "SELECT number, hash, name, role, party, created, expires, last_used, revoked"
                 " FROM api_key WHERE hash=?",
    [SESSION_FIND] = "SELECT s.number, s.hash, u.name, u.role, u.party, s.created, s.expires,"
                     " s.last_used, s.address FROM session s JOIN user u ON u.name=s.user"
                     " WHERE s.hash=?",
    [SESSIONS] = "SELECT number, created, last_used, expires, address FROM session"
                 " WHERE user=? AND last_used>=? AND expires>? ORDER BY number DESC LIMIT 1000",
    [AUDIT_READ] = "SELECT at, act, principal, address, what, outcome FROM audit"
                   " ORDER BY number DESC LIMIT ?",
    [USER_PUT] = "INSERT INTO user VALUES(?,?,?,?) ON CONFLICT(name) DO UPDATE SET"
                 " role=excluded.role, party=excluded.party, password=excluded.password",
    [USER_REMOVE] = "DELETE FROM user WHERE name=?",
    [KEY_PUT] = "INSERT INTO api_key(hash, name, role, party, created, expires, last_used, revoked)"
                " VALUES(?,?,?,?,?,?,0,0)",
    [KEY_NAME] = "UPDATE api_key SET name=? WHERE number=?",
    [KEY_REVOKE] = "UPDATE api_key SET revoked=1 WHERE number=?",
    [KEY_USED] = "UPDATE api_key SET last_used=? WHERE number=?",
    [SESSION_PUT] = "INSERT INTO session(hash, user, created, expires, last_used, address)"
                    " VALUES(?,?,?,?,?,?)",
    [SESSIONS_TRIM] =
        "DELETE FROM session WHERE user=?1 AND number NOT IN (SELECT number FROM session"
        " WHERE user=?1 ORDER BY last_used DESC, number DESC LIMIT ?2)",
    [SESSION_USED] = "UPDATE session SET last_used=? WHERE number=?",
    [SESSION_END] = "DELETE FROM session WHERE user=? AND number=?",
    [SESSIONS_END_ALL] = "DELETE FROM session WHERE user=?",
    [FAILURES_GET] = "SELECT count, last FROM failure WHERE subject=?",
    [FAILURES_PUT] = "INSERT INTO failure VALUES(?,?,?) ON CONFLICT(subject) DO UPDATE SET"
                     " count=excluded.count, last=excluded.last",
    [AUDIT_PUT] = "INSERT INTO audit(at, act, principal, address, what, outcome)"
                  " VALUES(?,?,?,?,?,?)",
};

struct AccountsDb {
    sqlite3 *read, *write;
    sqlite3_stmt *statements[QUERIES];
    pthread_mutex_t read_lock, write_lock;
    int lock_fd;
};

static bool failed(sqlite3 *connection, Status *status, const char *doing) {
    int code = connection ? sqlite3_errcode(connection) : SQLITE_NOMEM;
    StatusCode kind = code == SQLITE_NOMEM                              ? STATUS_NO_MEMORY
                      : code == SQLITE_FULL                             ? STATUS_NO_SPACE
                      : code == SQLITE_BUSY                             ? STATUS_BUSY
                      : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? STATUS_CORRUPT
                                                                        : STATUS_IO;
    status_set(status, kind, "could not %s the file of accounts", doing);
    return status_detail(status, "%s", connection ? sqlite3_errmsg(connection) : "no memory");
}

static bool run(sqlite3 *connection, const char *sql, Status *status) {
    return sqlite3_exec(connection, sql, NULL, NULL, NULL) == SQLITE_OK ||
           failed(connection, status, "set up");
}

static bool open_connection(sqlite3 **connection, const char *path, int flags, Status *status) {
    int code = sqlite3_open_v2(path, connection, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        failed(*connection, status, "open");
        return status_where(status, "%s", path);
    }
    sqlite3_busy_timeout(*connection, 5000);
    sqlite3_db_config(*connection, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(*connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return run(*connection, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;", status);
}

// The file is made by us, not by SQLite, so that nobody else may read it even for a moment.
static bool make_private(const char *path, Status *status) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && fchmod(fd, 0600) == 0 && close(fd) == 0) return true;
    status_set(status, STATUS_IO, "could not open the file of accounts: %s", strerror(errno));
    if (fd >= 0) close(fd);
    return status_where(status, "%s", path);
}

static bool set_up(AccountsDb *db, const char *path, Status *status) {
    char lock[4096];
    if (snprintf(lock, sizeof lock, "%s-lock", path) >= (int)sizeof lock)
        return status_set(status, STATUS_INVALID, "the path is too long");
    db->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (db->lock_fd < 0)
        return status_set(status, STATUS_IO, "could not open \"%s\": %s", lock, strerror(errno));
    if (!make_private(path, status) ||
        !open_connection(&db->write, path, SQLITE_OPEN_READWRITE, status))
        return false;
    if (flock(db->lock_fd, LOCK_EX) != 0)
        return status_set(status, STATUS_IO, "could not lock \"%s\": %s", lock, strerror(errno));
    bool fine = run(db->write,
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                    "PRAGMA foreign_keys=ON; BEGIN IMMEDIATE;",
                    status) &&
                run(db->write, schema, status) && run(db->write, "COMMIT;", status);
    flock(db->lock_fd, LOCK_UN);
    if (!fine || !open_connection(&db->read, path, SQLITE_OPEN_READONLY, status)) return false;
    for (size_t i = 0; i < QUERIES; i++) {
        sqlite3 *connection = i < FIRST_WRITE ? db->read : db->write;
        if (sqlite3_prepare_v3(connection, queries[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &db->statements[i], NULL) != SQLITE_OK)
            return failed(connection, status, "understand");
    }
    return true;
}

AccountsDb *accounts_db_open(const char *path, Status *status) {
    AccountsDb *db = memory_new_zero(1, sizeof *db);
    if (!db) {
        status_no_memory(status);
        return NULL;
    }
    db->lock_fd = -1;
    pthread_mutex_init(&db->read_lock, NULL);
    pthread_mutex_init(&db->write_lock, NULL);
    if (set_up(db, path, status)) return db;
    accounts_db_close(db);
    return NULL;
}

void accounts_db_close(AccountsDb *db) {
    if (!db) return;
    for (size_t i = 0; i < QUERIES; i++)
        sqlite3_finalize(db->statements[i]);
    if (db->lock_fd >= 0) flock(db->lock_fd, LOCK_EX); // the last to close checkpoints
    sqlite3_close(db->read);
    sqlite3_close(db->write);
    if (db->lock_fd >= 0) close(db->lock_fd);
    pthread_mutex_destroy(&db->read_lock);
    pthread_mutex_destroy(&db->write_lock);
    memory_free(db);
}

bool db_begin(AccountsDb *db, Status *status) {
    pthread_mutex_lock(&db->write_lock);
    if (flock(db->lock_fd, LOCK_EX) == 0 && run(db->write, "BEGIN IMMEDIATE", status)) return true;
    if (status && status->code == STATUS_OK)
        status_set(status, STATUS_IO, "could not lock the file of accounts");
    flock(db->lock_fd, LOCK_UN);
    pthread_mutex_unlock(&db->write_lock);
    return false;
}

bool db_end(AccountsDb *db, bool keep, Status *status) {
    bool fine = keep && run(db->write, "COMMIT", status);
    if (!fine) sqlite3_exec(db->write, "ROLLBACK", NULL, NULL, NULL);
    flock(db->lock_fd, LOCK_UN);
    pthread_mutex_unlock(&db->write_lock);
    return fine;
}

// ---- Binding and reading. Each statement is reset by done().

static sqlite3_stmt *ask(AccountsDb *db, Query query) {
    if (query < FIRST_WRITE) pthread_mutex_lock(&db->read_lock);
    return db->statements[query];
}

static void done(AccountsDb *db, Query query) {
    sqlite3_reset(db->statements[query]);
    sqlite3_clear_bindings(db->statements[query]);
    if (query < FIRST_WRITE) pthread_mutex_unlock(&db->read_lock);
}

static void bind_text(sqlite3_stmt *statement, int at, Text text) {
    sqlite3_bind_text(statement, at, text.at ? text.at : "", (int)text.length, SQLITE_STATIC);
}

static void bind_string(sqlite3_stmt *statement, int at, const char *text) {
    bind_text(statement, at, text_of(text));
}

static Text column(sqlite3_stmt *statement, int at) {
    const char *bytes = (const char *)sqlite3_column_text(statement, at);
    return (Text){bytes, bytes ? (size_t)sqlite3_column_bytes(statement, at) : 0};
}

static void copy_column(sqlite3_stmt *statement, int at, char *out, size_t size) {
    Text text = column(statement, at);
    snprintf(out, size, "%.*s", TEXT_ARG(text));
}

static bool copy_hash(sqlite3_stmt *statement, int at, uint8_t hash[SECRET_HASH_BYTES]) {
    if (sqlite3_column_bytes(statement, at) != SECRET_HASH_BYTES) return false;
    memcpy(hash, sqlite3_column_blob(statement, at), SECRET_HASH_BYTES);
    return true;
}

// One row, or STATUS_NOT_FOUND.
static bool one_row(AccountsDb *db, Query query, Status *status) {
    int code = sqlite3_step(db->statements[query]);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return status_set(status, STATUS_NOT_FOUND, "no such account");
    return failed(query < FIRST_WRITE ? db->read : db->write, status, "read");
}

static bool change(AccountsDb *db, Query query, Status *status) {
    bool fine = sqlite3_step(db->statements[query]) == SQLITE_DONE;
    if (!fine) failed(db->write, status, "write");
    done(db, query);
    return fine;
}

static bool change_one(AccountsDb *db, Query query, const char *what, Status *status) {
    if (!change(db, query, status)) return false;
    return sqlite3_changes(db->write) > 0 ||
           status_set(status, STATUS_NOT_FOUND, "no such %s", what);
}

bool db_user_find(AccountsDb *db, Text name, UserRow *row, Status *status) {
    sqlite3_stmt *statement = ask(db, USER_FIND);
    bind_text(statement, 1, name);
    bool found = one_row(db, USER_FIND, status);
    if (found) {
        copy_column(statement, 0, row->name, sizeof row->name);
        copy_column(statement, 1, row->role, sizeof row->role);
        copy_column(statement, 2, row->party, sizeof row->party);
        copy_column(statement, 3, row->password, sizeof row->password);
    }
    done(db, USER_FIND);
    return found;
}

bool db_key_find(AccountsDb *db, const uint8_t hash[SECRET_HASH_BYTES], KeyRow *row,
                 Status *status) {
    sqlite3_stmt *statement = ask(db, KEY_FIND);
    sqlite3_bind_blob(statement, 1, hash, SECRET_HASH_BYTES, SQLITE_STATIC);
    bool found = one_row(db, KEY_FIND, status) && copy_hash(statement, 1, row->hash);
    if (found) {
        row->number = sqlite3_column_int64(statement, 0);
        copy_column(statement, 2, row->name, sizeof row->name);
        copy_column(statement, 3, row->role, sizeof row->role);
        copy_column(statement, 4, row->party, sizeof row->party);
        row->created = sqlite3_column_int64(statement, 5);
        row->expires = sqlite3_column_int64(statement, 6);
        row->last_used = sqlite3_column_int64(statement, 7);
        row->revoked = sqlite3_column_int(statement, 8) != 0;
    }
    done(db, KEY_FIND);
    return found;
}

bool db_session_find(AccountsDb *db, const uint8_t hash[SECRET_HASH_BYTES], SessionRow *row,
                     Status *status) {
    sqlite3_stmt *statement = ask(db, SESSION_FIND);
    sqlite3_bind_blob(statement, 1, hash, SECRET_HASH_BYTES, SQLITE_STATIC);
    bool found = one_row(db, SESSION_FIND, status) && copy_hash(statement, 1, row->hash);
    if (found) {
        row->number = sqlite3_column_int64(statement, 0);
        copy_column(statement, 2, row->user.name, sizeof row->user.name);
        copy_column(statement, 3, row->user.role, sizeof row->user.role);
        copy_column(statement, 4, row->user.party, sizeof row->user.party);
        row->created = sqlite3_column_int64(statement, 5);
        row->expires = sqlite3_column_int64(statement, 6);
        row->last_used = sqlite3_column_int64(statement, 7);
        copy_column(statement, 8, row->address, sizeof row->address);
    }
    done(db, SESSION_FIND);
    return found;
}

bool db_sessions(AccountsDb *db, Text user, Instant used_since, Instant now, SessionEach *each,
                 void *context, Status *status) {
    sqlite3_stmt *statement = ask(db, SESSIONS);
    bind_text(statement, 1, user);
    sqlite3_bind_int64(statement, 2, used_since);
    sqlite3_bind_int64(statement, 3, now);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        SessionFacts facts = {.number = sqlite3_column_int64(statement, 0),
                              .created = sqlite3_column_int64(statement, 1),
                              .last_used = sqlite3_column_int64(statement, 2),
                              .expires = sqlite3_column_int64(statement, 3)};
        copy_column(statement, 4, facts.address, sizeof facts.address);
        each(context, &facts);
    }
    bool fine = code == SQLITE_DONE || failed(db->read, status, "read");
    done(db, SESSIONS);
    return fine;
}

bool db_audit_read(AccountsDb *db, unsigned count, AuditEach *each, void *context, Status *status) {
    sqlite3_stmt *statement = ask(db, AUDIT_READ);
    sqlite3_bind_int64(statement, 1, count);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        each(context, &(AuditRow){.at = sqlite3_column_int64(statement, 0),
                                  .act = column(statement, 1),
                                  .principal = column(statement, 2),
                                  .address = column(statement, 3),
                                  .what = column(statement, 4),
                                  .outcome = column(statement, 5)});
    bool fine = code == SQLITE_DONE || failed(db->read, status, "read");
    done(db, AUDIT_READ);
    return fine;
}

bool db_user_put(AccountsDb *db, const UserRow *row, Status *status) {
    sqlite3_stmt *statement = ask(db, USER_PUT);
    bind_string(statement, 1, row->name);
    bind_string(statement, 2, row->role);
    bind_string(statement, 3, row->party);
    bind_string(statement, 4, row->password);
    return change(db, USER_PUT, status);
}

bool db_user_remove(AccountsDb *db, Text name, Status *status) {
    if (!db_sessions_end_all(db, name, status)) return false;
    bind_text(ask(db, USER_REMOVE), 1, name);
    return change_one(db, USER_REMOVE, "user", status);
}

bool db_key_put(AccountsDb *db, KeyRow *row, Status *status) {
    sqlite3_stmt *statement = ask(db, KEY_PUT);
    sqlite3_bind_blob(statement, 1, row->hash, SECRET_HASH_BYTES, SQLITE_STATIC);
    bind_string(statement, 2, row->name);
    bind_string(statement, 3, row->role);
    bind_string(statement, 4, row->party);
    sqlite3_bind_int64(statement, 5, row->created);
    sqlite3_bind_int64(statement, 6, row->expires);
    if (!change(db, KEY_PUT, status)) return false;
    row->number = sqlite3_last_insert_rowid(db->write);
    if (row->name[0]) return true;
    snprintf(row->name, sizeof row->name, "key%lld", (long long)row->number);
    statement = ask(db, KEY_NAME);
    bind_string(statement, 1, row->name);
    sqlite3_bind_int64(statement, 2, row->number);
    return change(db, KEY_NAME, status);
}

bool db_key_revoke(AccountsDb *db, int64_t number, Status *status) {
    sqlite3_bind_int64(ask(db, KEY_REVOKE), 1, number);
    return change_one(db, KEY_REVOKE, "key", status);
}

bool db_key_used(AccountsDb *db, int64_t number, Instant at, Status *status) {
    sqlite3_stmt *statement = ask(db, KEY_USED);
    sqlite3_bind_int64(statement, 1, at);
    sqlite3_bind_int64(statement, 2, number);
    return change(db, KEY_USED, status);
}

bool db_session_put(AccountsDb *db, SessionRow *row, unsigned most, Status *status) {
    sqlite3_stmt *statement = ask(db, SESSION_PUT);
    sqlite3_bind_blob(statement, 1, row->hash, SECRET_HASH_BYTES, SQLITE_STATIC);
    bind_string(statement, 2, row->user.name);
    sqlite3_bind_int64(statement, 3, row->created);
    sqlite3_bind_int64(statement, 4, row->expires);
    sqlite3_bind_int64(statement, 5, row->last_used);
    bind_string(statement, 6, row->address);
    if (!change(db, SESSION_PUT, status)) return false;
    row->number = sqlite3_last_insert_rowid(db->write);
    statement = ask(db, SESSIONS_TRIM);
    bind_string(statement, 1, row->user.name);
    sqlite3_bind_int64(statement, 2, most);
    return change(db, SESSIONS_TRIM, status);
}

bool db_session_used(AccountsDb *db, int64_t number, Instant at, Status *status) {
    sqlite3_stmt *statement = ask(db, SESSION_USED);
    sqlite3_bind_int64(statement, 1, at);
    sqlite3_bind_int64(statement, 2, number);
    return change(db, SESSION_USED, status);
}

bool db_session_end(AccountsDb *db, Text user, int64_t number, Status *status) {
    sqlite3_stmt *statement = ask(db, SESSION_END);
    bind_text(statement, 1, user);
    sqlite3_bind_int64(statement, 2, number);
    return change_one(db, SESSION_END, "session", status);
}

bool db_sessions_end_all(AccountsDb *db, Text user, Status *status) {
    bind_text(ask(db, SESSIONS_END_ALL), 1, user);
    return change(db, SESSIONS_END_ALL, status);
}

bool db_failures_get(AccountsDb *db, Text subject, FailureRow *row, Status *status) {
    sqlite3_stmt *statement = ask(db, FAILURES_GET);
    bind_text(statement, 1, subject);
    int code = sqlite3_step(statement);
    *row = (FailureRow){0};
    if (code == SQLITE_ROW)
        *row = (FailureRow){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1)};
    bool fine = code == SQLITE_ROW || code == SQLITE_DONE || failed(db->write, status, "read");
    done(db, FAILURES_GET);
    return fine;
}

bool db_failures_put(AccountsDb *db, Text subject, const FailureRow *row, Status *status) {
    sqlite3_stmt *statement = ask(db, FAILURES_PUT);
    bind_text(statement, 1, subject);
    sqlite3_bind_int64(statement, 2, row->count);
    sqlite3_bind_int64(statement, 3, row->last);
    return change(db, FAILURES_PUT, status);
}

bool db_audit_put(AccountsDb *db, const AuditRow *row, Status *status) {
    sqlite3_stmt *statement = ask(db, AUDIT_PUT);
    sqlite3_bind_int64(statement, 1, row->at);
    bind_text(statement, 2, row->act);
    bind_text(statement, 3, row->principal);
    bind_text(statement, 4, row->address);
    bind_text(statement, 5, row->what);
    bind_text(statement, 6, row->outcome);
    return change(db, AUDIT_PUT, status);
}
