// The rows of BOOK.accounts. SQL and locks live here, rules in accounts.c.
//
// WAL mode, full synchronous. SQLite before 3.51.3 can lose a commit when one connection commits
// while another checkpoints, and the command line may write beside a running server: so every
// writing transaction, with the checkpoint that it may cause, runs under an flock on PATH-lock.
// Within a process one connection writes and one reads, each behind its own mutex.
#pragma once
#include "server/accounts.h"

typedef struct AccountsDb AccountsDb;

enum { SECRET_HASH_BYTES = 32, PASSWORD_HASH_MAX = 128 };

typedef struct UserRow {
    char name[USER_BYTES_MAX + 1], role[ROLE_BYTES_MAX + 1], party[PARTY_ID_BYTES_MAX + 1];
    char password[PASSWORD_HASH_MAX]; // PHC string
} UserRow;

typedef struct KeyRow {
    int64_t number;
    uint8_t hash[SECRET_HASH_BYTES];
    char name[USER_BYTES_MAX + 1], role[ROLE_BYTES_MAX + 1], party[PARTY_ID_BYTES_MAX + 1];
    Instant created, expires, last_used;
    bool revoked;
} KeyRow;

typedef struct SessionRow {
    int64_t number;
    uint8_t hash[SECRET_HASH_BYTES];
    UserRow user;
    Instant created, expires, last_used;
    char address[ADDRESS_TEXT_MAX];
} SessionRow;

typedef struct FailureRow {
    int64_t count;
    Instant last;
} FailureRow;

MUST_CHECK AccountsDb *accounts_db_open(const char *path, Status *status);
void accounts_db_close(AccountsDb *db);

// All writing stands between these two; db_end() commits, or, when `keep` is false, takes back.
MUST_CHECK bool db_begin(AccountsDb *db, Status *status);
MUST_CHECK bool db_end(AccountsDb *db, bool keep, Status *status);

// Reading. STATUS_NOT_FOUND when there is no such row.
MUST_CHECK bool db_user_find(AccountsDb *db, Text name, UserRow *row, Status *status);
MUST_CHECK bool db_key_find(AccountsDb *db, const uint8_t hash[SECRET_HASH_BYTES], KeyRow *row,
                            Status *status);
MUST_CHECK bool db_session_find(AccountsDb *db, const uint8_t hash[SECRET_HASH_BYTES],
                                SessionRow *row, Status *status);
MUST_CHECK bool db_sessions(AccountsDb *db, Text user, Instant used_since, Instant now,
                            SessionEach *each, void *context, Status *status);
MUST_CHECK bool db_audit_read(AccountsDb *db, unsigned count, AuditEach *each, void *context,
                              Status *status);

// Writing, between db_begin() and db_end().
MUST_CHECK bool db_user_put(AccountsDb *db, const UserRow *row, Status *status);
MUST_CHECK bool db_user_remove(AccountsDb *db, Text name, Status *status); // STATUS_NOT_FOUND
// Numbers the row; an empty name becomes "key" and the number.
MUST_CHECK bool db_key_put(AccountsDb *db, KeyRow *row, Status *status);
MUST_CHECK bool db_key_revoke(AccountsDb *db, int64_t number, Status *status); // STATUS_NOT_FOUND
MUST_CHECK bool db_key_used(AccountsDb *db, int64_t number, Instant at, Status *status);
// Numbers the row, and ends the user's sessions beyond `most`, the longest unused first.
MUST_CHECK bool db_session_put(AccountsDb *db, SessionRow *row, unsigned most, Status *status);
MUST_CHECK bool db_session_used(AccountsDb *db, int64_t number, Instant at, Status *status);
MUST_CHECK bool db_session_end(AccountsDb *db, Text user, int64_t number, Status *status);
MUST_CHECK bool db_sessions_end_all(AccountsDb *db, Text user, Status *status);
// A subject without a row has count 0.
MUST_CHECK bool db_failures_get(AccountsDb *db, Text subject, FailureRow *row, Status *status);
MUST_CHECK bool db_failures_put(AccountsDb *db, Text subject, const FailureRow *row,
                                Status *status);
MUST_CHECK bool db_audit_put(AccountsDb *db, const AuditRow *row, Status *status);
