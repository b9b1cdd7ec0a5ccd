// Who may ask: users with passwords, API keys, sessions; and the audit trail of what they tried
// (S3-S5, S14). Kept in the server's own SQLite file, BOOK.accounts (mode 0600), never in the book:
// what may need erasing is never read by replay. A password is kept as Argon2id (19 MiB, t = 2), a
// key or a session's secret as SHA-256 alone: the file lets nobody in. Reading functions may be
// called from any thread and never wait for a writing one.
#pragma once
#include "base/calendar.h"
#include "base/status.h"
#include "base/text.h"

typedef struct Accounts Accounts;

enum {
    ROLE_BYTES_MAX = 16,
    USER_BYTES_MAX = 64,
    PASSWORD_BYTES_MIN = 8,
    PASSWORD_BYTES_MAX = 256,
    SECRET_TEXT_MAX = 64, // a key or a session's secret, zero-ended
    ADDRESS_TEXT_MAX = 64,
    SESSIONS_PER_USER_MAX = 20, // the one longest unused ends when another begins
    PRINCIPAL_TEXT_MAX = ROLE_BYTES_MAX + PARTY_ID_BYTES_MAX + USER_BYTES_MAX + 3
};

typedef enum Role {
    ROLE_REGULATOR,
    ROLE_COMPANY,
    ROLE_LABORATORY,
    ROLE_CUSTOMS,
    ROLE_AUDITOR,
    ROLE_OPERATOR,
    ROLES
} Role;
const char *role_name(Role role);
bool role_read(Text text, Role *role);

typedef enum PrincipalKind { PRINCIPAL_NONE, PRINCIPAL_USER, PRINCIPAL_KEY } PrincipalKind;

typedef struct Principal {
    PrincipalKind kind;
    Role role;
    char party[PARTY_ID_BYTES_MAX + 1];
    char name[USER_BYTES_MAX + 1];
    char text[PRINCIPAL_TEXT_MAX]; // ROLE/PARTY/NAME
    int64_t number;                // of the session or key
    Instant expires;               // 0: never
} Principal;

// Opens the file, or makes it. The file's mode becomes 0600.
MUST_CHECK Accounts *accounts_open(const char *path, Status *status);
void accounts_close(Accounts *accounts);

// Who the authority of the book is: principals whose account names no party speak for it. Say it
// before anybody is found; a command that only makes accounts need not.
void accounts_authority(Accounts *accounts, Text party);

// The time for all that follows is the caller's: sessions and keys end by it.

// A new user, or an old one's new password and place (all its sessions end). `party` is the one it
// speaks for; empty for the authority's own people, never for a company or laboratory.
// STATUS_INVALID: a name, party or password that will not do, with the reason. Slow on purpose; not
// for the loop thread.
MUST_CHECK bool accounts_user_new(Accounts *accounts, Text name, Role role, Text party,
                                  Text password, Instant now, Status *status);
MUST_CHECK bool accounts_user_remove(Accounts *accounts, Text name, Instant now, Status *status);
// A new key; its text is told only this once. An empty name becomes "key" and its number. `expires`
// 0: never.
MUST_CHECK bool accounts_key_new(Accounts *accounts, Role role, Text party, Text name,
                                 Instant expires, Instant now, char key[SECRET_TEXT_MAX],
                                 Status *status);
MUST_CHECK bool accounts_key_revoke(Accounts *accounts, int64_t number, Instant now,
                                    Status *status);

// Whether the text has a key's form: the check digits fit. Keys that do not never reach the file.
bool key_is_well_formed(Text key);
// The principal of a key. STATUS_DENIED for one that is not known, ended or revoked.
MUST_CHECK bool accounts_key_find(Accounts *accounts, Text key, Instant now, Principal *principal,
                                  Status *status);

// Signs in: checks the password and begins a session. Slow on purpose; not for the loop thread.
// STATUS_DENIED: wrong name or password, alike in words and in time. STATUS_BUSY: too many failures
// by this name or from this address; `retry_s` says for how long.
MUST_CHECK bool accounts_sign_in(Accounts *accounts, Text name, Text password, Text address,
                                 Instant now, Principal *principal, char secret[SECRET_TEXT_MAX],
                                 unsigned *retry_s, Status *status);
// The principal of a session's secret. STATUS_DENIED when it has ended: SESSION_IDLE without use,
// SESSION_LIFE in all.
#define SESSION_IDLE (INSTANT_PER_SECOND * (int64_t)1800)
#define SESSION_LIFE (INSTANT_PER_SECOND * (int64_t)43200)
MUST_CHECK bool accounts_session_find(Accounts *accounts, Text secret, Instant now,
                                      Principal *principal, Status *status);
// Ends one of the principal's own sessions. STATUS_NOT_FOUND when it has none with that number.
MUST_CHECK bool accounts_session_end(Accounts *accounts, const Principal *principal, int64_t number,
                                     Instant now, Status *status);

typedef struct SessionFacts {
    int64_t number;
    Instant created, last_used, expires;
    char address[ADDRESS_TEXT_MAX];
} SessionFacts;
// Calls `each` for the principal's living sessions, newest first.
typedef void SessionEach(void *context, const SessionFacts *facts);
MUST_CHECK bool accounts_sessions(Accounts *accounts, const Principal *principal, Instant now,
                                  SessionEach *each, void *context, Status *status);

// The audit trail: one row an act. What comes from outside is stored as a value, never put into a
// line.
typedef struct AuditRow {
    Instant at;
    Text act;       // "sign_in", "sign_in_failed", "denied", "key_new", ...
    Text principal; // empty when nobody was known
    Text address;
    Text what;    // the route, the key's number, ...
    Text outcome; // "ok", or why not
} AuditRow;
MUST_CHECK bool accounts_audit(Accounts *accounts, const AuditRow *row, Status *status);
// Calls `each` for the newest `count` rows, newest first.
typedef void AuditEach(void *context, const AuditRow *row);
MUST_CHECK bool accounts_audit_read(Accounts *accounts, unsigned count, AuditEach *each,
                                    void *context, Status *status);
