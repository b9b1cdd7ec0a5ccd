// The rules of accounts: what a password must be, what a key looks like, when a session ends, how
// failures slow down. The rows are accounts_db.c's.
//
// A key is "ytt_", a letter for its role, 32 hexadecimal digits (128 random bits) and 8 digits of
// the CRC-32 of all before them, so that scanners find leaked keys and slips of the hand never
// reach the file.
#include "server/accounts.h"
#include "base/encode.h"
#include "base/memory.h"
#include "server/accounts_db.h"
#include <sodium.h>
#include <stdio.h>
#include <strings.h>

// OWASP's least for Argon2id: 19 MiB, two passes.
#define ARGON_MEMORY ((size_t)19 * 1024 * 1024)
#define ARGON_PASSES 2ull
_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "a PHC string must fit");

enum {
    FAILURES_FREE = 5,    // so many before it becomes slow
    NAME_WAIT_MAX_S = 60, // a stranger may slow a name down, but not shut it out
    ADDRESS_WAIT_MAX_S = 900,
    KEY_BYTES = 5 + 32 + 8,
    SESSION_BYTES = 48, // hexadecimal digits: 192 random bits
};
#define FAILURES_FORGOTTEN (INSTANT_PER_SECOND * (int64_t)3600)
#define TOUCH_EVERY        (INSTANT_PER_SECOND * (int64_t)60)
#define KEY_TOUCH_EVERY    (INSTANT_PER_SECOND * (int64_t)3600)
#define CLOCK_SLACK        (INSTANT_PER_SECOND * (int64_t)300)

// Verified when the name is unknown, so that it takes as long. Of the same cost; nobody's password.
static const char nobodys_password[PASSWORD_HASH_MAX] =
    "$argon2id$v=19$m=19456,t=2,p=1$lwxAtFzb6w4fKguUsEmQSw"
    "$qCyrctPE3/OorTUiQ7GgvhyFF5O9HkUswgnZcJgdXB8";

// The commonest of published leaks that are long enough to be asked about, in lower case.
static const char *const common_passwords[] = {
    "password",  "12345678",      "123456789",   "1234567890",  "qwertyuiop", "qwerty123",
    "password1", "password12",    "password123", "iloveyou",    "sunshine",   "princess",
    "football",  "baseball",      "superman",    "michelle",    "trustno1",   "starwars",
    "computer",  "whatever",      "jennifer",    "1q2w3e4r",    "1q2w3e4r5t", "1qaz2wsx",
    "q1w2e3r4",  "zaq12wsx",      "qwer1234",    "abcd1234",    "asdfghjkl",  "asdf1234",
    "zxcvbnm1",  "11111111",      "00000000",    "88888888",    "66666666",   "12341234",
    "87654321",  "987654321",     "123123123",   "147258369",   "11223344",   "a1b2c3d4",
    "aa123456",  "a123456789",    "woaini1314",  "5201314520",  "1314520520", "woaini520",
    "passw0rd",  "p@ssw0rd",      "p@ssword",    "letmein1",    "welcome1",   "welcome123",
    "admin123",  "administrator", "changeme",    "changeme123", "secret123",  "master123",
    "dragon123", "monkey123",     "test1234",    "testtest",    "internet",   "samsung1",
    "corvette",  "mercedes",      "explorer",    "ytterby1",
};

struct Accounts {
    AccountsDb *db;
    char authority[PARTY_ID_BYTES_MAX + 1];
};

static const struct {
    const char *name;
    char letter;
} roles[ROLES] = {{"regulator", 'r'}, {"company", 'c'}, {"laboratory", 'l'},
                  {"customs", 'u'},   {"auditor", 'a'}, {"operator", 'o'}};

const char *role_name(Role role) {
    return roles[role].name;
}

bool role_read(Text text, Role *role) {
    for (size_t i = 0; i < ROLES; i++)
        if (text_equal(text, text_of(roles[i].name))) {
            *role = (Role)i;
            return true;
        }
    return false;
}

Accounts *accounts_open(const char *path, Status *status) {
    Accounts *accounts = sodium_init() < 0 ? NULL : memory_new_zero(1, sizeof *accounts);
    if (!accounts) {
        status_no_memory(status);
        return NULL;
    }
    accounts->db = accounts_db_open(path, status);
    if (accounts->db) return accounts;
    memory_free(accounts);
    return NULL;
}

void accounts_close(Accounts *accounts) {
    if (!accounts) return;
    accounts_db_close(accounts->db);
    memory_free(accounts);
}

void accounts_authority(Accounts *accounts, Text party) {
    snprintf(accounts->authority, sizeof accounts->authority, "%.*s", TEXT_ARG(party));
}

static void fill(const Accounts *accounts, Principal *principal, PrincipalKind kind, Role role,
                 const char *party, const char *name, int64_t number, Instant expires) {
    *principal = (Principal){.kind = kind, .role = role, .number = number, .expires = expires};
    snprintf(principal->party, sizeof principal->party, "%s", *party ? party : accounts->authority);
    snprintf(principal->name, sizeof principal->name, "%s", name);
    snprintf(principal->text, sizeof principal->text, "%s/%s/%s", role_name(role), principal->party,
             principal->name);
}

// The role that a row says, or corruption.
static bool role_of(const char *word, Role *role, Status *status) {
    return role_read(text_of(word), role) ||
           status_set(status, STATUS_CORRUPT, "an account has no such role \"%s\"", word);
}

static bool name_will_do(Text name, Status *status) {
    bool fine =
        name.length <= USER_BYTES_MAX && id_is_valid(name) && !memchr(name.at, '/', name.length);
    if (fine) return true;
    status_set(status, STATUS_INVALID, "this name will not do: \"%.*s\"",
               (int)(name.length < 64 ? name.length : 64), name.at);
    return status_hint(status, "use 1 to %d letters, digits and marks, without blanks and slashes",
                       USER_BYTES_MAX);
}

static bool party_will_do(Role role, Text party, Status *status) {
    bool may_lack = role != ROLE_COMPANY && role != ROLE_LABORATORY;
    if (party_id_is_valid(party) || (text_is_empty(party) && may_lack)) return true;
    status_set(status, STATUS_INVALID, "no party id: \"%.*s\"",
               (int)(party.length < 64 ? party.length : 64), party.at);
    return status_hint(status, "say for which party it speaks");
}

static bool holds(Text text, Text part) {
    for (size_t i = 0; part.length && i + part.length <= text.length; i++)
        if (strncasecmp(text.at + i, part.at, part.length) == 0) return true;
    return false;
}

static bool password_will_do(Text name, Text password, Status *status) {
    if (password.length < PASSWORD_BYTES_MIN || password.length > PASSWORD_BYTES_MAX)
        return status_set(status, STATUS_INVALID, "a password has %d to %d bytes",
                          PASSWORD_BYTES_MIN, PASSWORD_BYTES_MAX);
    if (!utf8_is_valid(password) || memchr(password.at, 0, password.length))
        return status_set(status, STATUS_INVALID, "the password is no text");
    if (name.length >= 4 && holds(password, name))
        return status_set(status, STATUS_INVALID, "the password holds the user's name");
    bool one_byte = true;
    for (size_t i = 1; i < password.length; i++)
        one_byte = one_byte && password.at[i] == password.at[0];
    for (size_t i = 0; i < sizeof common_passwords / sizeof *common_passwords && !one_byte; i++)
        one_byte = password.length == strlen(common_passwords[i]) &&
                   strncasecmp(password.at, common_passwords[i], password.length) == 0;
    if (!one_byte) return true;
    status_set(status, STATUS_INVALID, "the password is one of the first that anybody tries");
    return status_hint(status, "three or four unrelated words are good");
}

static bool audit(Accounts *accounts, const char *act, const char *principal, Text address,
                  const char *what, const char *outcome, Instant now, Status *status) {
    return db_audit_put(accounts->db,
                        &(AuditRow){.at = now,
                                    .act = text_of(act),
                                    .principal = text_of(principal),
                                    .address = address,
                                    .what = text_of(what),
                                    .outcome = text_of(outcome)},
                        status);
}

// ---- Users

bool accounts_user_new(Accounts *accounts, Text name, Role role, Text party, Text password,
                       Instant now, Status *status) {
    if (!name_will_do(name, status) || !party_will_do(role, party, status) ||
        !password_will_do(name, password, status))
        return false;
    UserRow row = {0};
    Principal principal;
    snprintf(row.name, sizeof row.name, "%.*s", TEXT_ARG(name));
    snprintf(row.role, sizeof row.role, "%s", role_name(role));
    snprintf(row.party, sizeof row.party, "%.*s", TEXT_ARG(party));
    fill(accounts, &principal, PRINCIPAL_USER, role, row.party, row.name, 0, 0);
    if (crypto_pwhash_str(row.password, password.at, password.length, ARGON_PASSES, ARGON_MEMORY) !=
        0)
        return status_no_memory(status);
    if (!db_begin(accounts->db, status)) return false;
    bool fine = db_user_put(accounts->db, &row, status) &&
                db_sessions_end_all(accounts->db, name, status) &&
                audit(accounts, "user_new", "", (Text){0}, principal.text, "ok", now, status);
    return db_end(accounts->db, fine, status);
}

bool accounts_user_remove(Accounts *accounts, Text name, Instant now, Status *status) {
    char what[USER_BYTES_MAX + 1];
    snprintf(what, sizeof what, "%.*s",
             (int)(name.length < USER_BYTES_MAX ? name.length : USER_BYTES_MAX), name.at);
    if (!db_begin(accounts->db, status)) return false;
    bool fine = db_user_remove(accounts->db, name, status) &&
                audit(accounts, "user_remove", "", (Text){0}, what, "ok", now, status);
    return db_end(accounts->db, fine, status);
}

// ---- Keys

static uint32_t crc32(const char *bytes, size_t length) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc ^= (uint8_t)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

bool key_is_well_formed(Text key) {
    char check[9];
    if (key.length != KEY_BYTES || memcmp(key.at, "ytt_", 4) != 0) return false;
    snprintf(check, sizeof check, "%08x", crc32(key.at, KEY_BYTES - 8));
    return memcmp(key.at + KEY_BYTES - 8, check, 8) == 0;
}

bool accounts_key_new(Accounts *accounts, Role role, Text party, Text name, Instant expires,
                      Instant now, char key[SECRET_TEXT_MAX], Status *status) {
    if (!party_will_do(role, party, status)) return false;
    if (!text_is_empty(name) && !name_will_do(name, status)) return false;
    uint8_t random[16];
    char digits[33], made[SECRET_TEXT_MAX];
    randombytes_buf(random, sizeof random);
    hex_write(random, sizeof random, digits);
    int length = snprintf(made, sizeof made, "ytt_%c%s", roles[role].letter, digits);
    snprintf(made + length, sizeof made - (size_t)length, "%08x", crc32(made, (size_t)length));
    KeyRow row = {.created = now, .expires = expires};
    snprintf(row.name, sizeof row.name, "%.*s", TEXT_ARG(name));
    snprintf(row.role, sizeof row.role, "%s", role_name(role));
    snprintf(row.party, sizeof row.party, "%.*s", TEXT_ARG(party));
    crypto_hash_sha256(row.hash, (const uint8_t *)made, KEY_BYTES);
    sodium_memzero(random, sizeof random);
    sodium_memzero(digits, sizeof digits);
    bool fine = db_begin(accounts->db, status);
    if (fine) {
        Principal principal;
        fine = db_key_put(accounts->db, &row, status);
        fill(accounts, &principal, PRINCIPAL_KEY, role, row.party, row.name, row.number, expires);
        fine = fine && audit(accounts, "key_new", "", (Text){0}, principal.text, "ok", now, status);
        fine = db_end(accounts->db, fine, status);
    }
    if (fine) memcpy(key, made, sizeof made);
    sodium_memzero(made, sizeof made);
    return fine;
}

bool accounts_key_revoke(Accounts *accounts, int64_t number, Instant now, Status *status) {
    char what[32];
    snprintf(what, sizeof what, "key %lld", (long long)number);
    if (!db_begin(accounts->db, status)) return false;
    bool fine = db_key_revoke(accounts->db, number, status) &&
                audit(accounts, "key_revoke", "", (Text){0}, what, "ok", now, status);
    return db_end(accounts->db, fine, status);
}

static bool not_valid(Status *status, const char *what) {
    return status_set(status, STATUS_DENIED, "the %s is not valid or has ended", what);
}

bool accounts_key_find(Accounts *accounts, Text key, Instant now, Principal *principal,
                       Status *status) {
    uint8_t hash[SECRET_HASH_BYTES];
    KeyRow row = {0};
    Role role;
    if (!key_is_well_formed(key)) return not_valid(status, "key");
    crypto_hash_sha256(hash, (const uint8_t *)key.at, key.length);
    if (!db_key_find(accounts->db, hash, &row, status))
        return status->code == STATUS_NOT_FOUND ? not_valid(status, "key") : false;
    bool same = sodium_memcmp(hash, row.hash, sizeof hash) == 0;
    if (!same || row.revoked || (row.expires && now >= row.expires))
        return not_valid(status, "key");
    if (!role_of(row.role, &role, status)) return false;
    fill(accounts, principal, PRINCIPAL_KEY, role, row.party, row.name, row.number, row.expires);
    if (now - row.last_used < KEY_TOUCH_EVERY) return true;
    return db_begin(accounts->db, status) &&
           db_end(accounts->db, db_key_used(accounts->db, row.number, now, status), status);
}

// ---- Signing in

static int64_t wait_s(const FailureRow *row, int64_t most) {
    if (row->count < FAILURES_FREE) return 0;
    int64_t over = row->count - FAILURES_FREE;
    int64_t wait = over > 10 ? most : (int64_t)1 << over;
    return wait > most ? most : wait;
}

// Counts an attempt as failed before it is tried, so that many at once are not all free. False,
// with STATUS_BUSY, when it is too early for another.
static bool count_attempt(Accounts *accounts, Text subject, int64_t most_s, Instant now,
                          unsigned *retry_s, Status *status) {
    FailureRow row;
    if (!db_failures_get(accounts->db, subject, &row, status)) return false;
    if (now - row.last > FAILURES_FORGOTTEN) row.count = 0;
    Instant ready = row.last + wait_s(&row, most_s) * INSTANT_PER_SECOND;
    if (row.count && now < ready && ready - now <= most_s * INSTANT_PER_SECOND) {
        *retry_s = (unsigned)((ready - now) / INSTANT_PER_SECOND) + 1;
        return status_set(status, STATUS_BUSY, "too many sign-ins have failed");
    }
    row.count++;
    row.last = now;
    return db_failures_put(accounts->db, subject, &row, status);
}

// Names in any case share one count, as do all that are too long to be one.
static Text name_subject(Text name, char out[USER_BYTES_MAX + 4]) {
    size_t length = name.length < USER_BYTES_MAX ? name.length : USER_BYTES_MAX;
    memcpy(out, "n:", 2);
    for (size_t i = 0; i < length; i++) {
        char c = name.at[i];
        out[2 + i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (Text){out, length + 2};
}

static bool forgive(Accounts *accounts, Text subject, Status *status) {
    return db_failures_put(accounts->db, subject, &(FailureRow){0}, status);
}

static bool count_both(Accounts *accounts, Text by_name, Text by_address, Instant now,
                       unsigned *retry_s, Status *status) {
    if (!db_begin(accounts->db, status)) return false;
    bool fine = count_attempt(accounts, by_name, NAME_WAIT_MAX_S, now, retry_s, status) &&
                count_attempt(accounts, by_address, ADDRESS_WAIT_MAX_S, now, retry_s, status);
    return db_end(accounts->db, fine, status);
}

static bool begin_session(Accounts *accounts, const UserRow *user, Text address, Instant now,
                          Principal *principal, char secret[SECRET_TEXT_MAX], Status *status) {
    uint8_t random[SESSION_BYTES / 2];
    SessionRow row = {
        .user = *user, .created = now, .last_used = now, .expires = now + SESSION_LIFE};
    Role role;
    if (!role_of(user->role, &role, status)) return false;
    randombytes_buf(random, sizeof random);
    hex_write(random, sizeof random, secret);
    sodium_memzero(random, sizeof random);
    crypto_hash_sha256(row.hash, (const uint8_t *)secret, SESSION_BYTES);
    snprintf(row.address, sizeof row.address, "%.*s", TEXT_ARG(address));
    if (!db_session_put(accounts->db, &row, SESSIONS_PER_USER_MAX, status)) return false;
    fill(accounts, principal, PRINCIPAL_USER, role, user->party, user->name, row.number,
         row.expires);
    return true;
}

bool accounts_sign_in(Accounts *accounts, Text name, Text password, Text address, Instant now,
                      Principal *principal, char secret[SECRET_TEXT_MAX], unsigned *retry_s,
                      Status *status) {
    char name_space[USER_BYTES_MAX + 4], address_space[ADDRESS_TEXT_MAX + 4];
    Text by_name = name_subject(name, name_space);
    Text by_address = {
        address_space,
        (size_t)snprintf(
            address_space, sizeof address_space, "a:%.*s",
            (int)(address.length < ADDRESS_TEXT_MAX ? address.length : ADDRESS_TEXT_MAX - 1),
            address.at)};
    if (!count_both(accounts, by_name, by_address, now, retry_s, status)) return false;

    UserRow user = {0};
    Status unknown;
    bool known = db_user_find(accounts->db, name, &user, &unknown);
    if (!known && unknown.code != STATUS_NOT_FOUND) {
        *status = unknown;
        return false;
    }
    bool right = crypto_pwhash_str_verify(known ? user.password : nobodys_password, password.at,
                                          password.length) == 0 &&
                 known;
    sodium_memzero(user.password, sizeof user.password);

    char shown[USER_BYTES_MAX + 1];
    snprintf(shown, sizeof shown, "%.*s", (int)by_name.length - 2, name.at);
    if (!db_begin(accounts->db, status)) return false;
    bool fine;
    if (right) {
        fine = forgive(accounts, by_name, status) && forgive(accounts, by_address, status) &&
               begin_session(accounts, &user, address, now, principal, secret, status) &&
               audit(accounts, "sign_in", principal->text, address, shown, "ok", now, status);
    } else {
        fine =
            audit(accounts, "sign_in", "", address, shown, "wrong name or password", now, status);
    }
    if (!db_end(accounts->db, fine, status)) return false;
    return right || status_set(status, STATUS_DENIED, "the name or the password is wrong");
}

// ---- Sessions

bool accounts_session_find(Accounts *accounts, Text secret, Instant now, Principal *principal,
                           Status *status) {
    uint8_t hash[SECRET_HASH_BYTES];
    SessionRow row = {0};
    Role role;
    if (secret.length != SESSION_BYTES) return not_valid(status, "session");
    crypto_hash_sha256(hash, (const uint8_t *)secret.at, secret.length);
    if (!db_session_find(accounts->db, hash, &row, status))
        return status->code == STATUS_NOT_FOUND ? not_valid(status, "session") : false;
    bool same = sodium_memcmp(hash, row.hash, sizeof hash) == 0;
    // A clock that was turned back must not make a session live longer.
    bool back = now + CLOCK_SLACK < row.last_used;
    if (!same || back || now >= row.expires || now - row.last_used > SESSION_IDLE)
        return not_valid(status, "session");
    if (!role_of(row.user.role, &role, status)) return false;
    fill(accounts, principal, PRINCIPAL_USER, role, row.user.party, row.user.name, row.number,
         row.expires);
    if (now - row.last_used < TOUCH_EVERY) return true;
    return db_begin(accounts->db, status) &&
           db_end(accounts->db, db_session_used(accounts->db, row.number, now, status), status);
}

bool accounts_session_end(Accounts *accounts, const Principal *principal, int64_t number,
                          Instant now, Status *status) {
    char what[32];
    snprintf(what, sizeof what, "session %lld", (long long)number);
    if (!db_begin(accounts->db, status)) return false;
    bool fine = db_session_end(accounts->db, text_of(principal->name), number, status) &&
                audit(accounts, "session_end", principal->text, (Text){0}, what, "ok", now, status);
    return db_end(accounts->db, fine, status);
}

bool accounts_sessions(Accounts *accounts, const Principal *principal, Instant now,
                       SessionEach *each, void *context, Status *status) {
    return db_sessions(accounts->db, text_of(principal->name), now - SESSION_IDLE, now, each,
                       context, status);
}

// ---- Audit

bool accounts_audit(Accounts *accounts, const AuditRow *row, Status *status) {
    return db_begin(accounts->db, status) &&
           db_end(accounts->db, db_audit_put(accounts->db, row, status), status);
}

bool accounts_audit_read(Accounts *accounts, unsigned count, AuditEach *each, void *context,
                         Status *status) {
    return db_audit_read(accounts->db, count, each, context, status);
}
