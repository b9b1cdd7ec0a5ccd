// Users, keys, sessions and the audit trail. Time is told, so nothing here waits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "server/accounts.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND ((int64_t)INSTANT_PER_SECOND)
#define START  (INSTANT_PER_SECOND * (int64_t)1700000000)
#define GOOD   TEXT("four unrelated words")

typedef struct Rig {
    char path[64];
    Accounts *accounts;
    Status status;
} Rig;

static int open_rig(void **state) {
    Rig *rig = calloc(1, sizeof *rig);
    strcpy(rig->path, "/tmp/ytterby-accounts-XXXXXX");
    close(mkstemp(rig->path));
    rig->accounts = accounts_open(rig->path, &rig->status);
    if (!rig->accounts) print_error("%s %s\n", rig->status.message, rig->status.detail);
    *state = rig;
    return rig->accounts ? 0 : -1;
}

static int close_rig(void **state) {
    Rig *rig = *state;
    char other[96];
    accounts_close(rig->accounts);
    static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(other, sizeof other, "%s%s", rig->path, ends[i]);
        unlink(other);
    }
    free(rig);
    return 0;
}

static void new_user(Rig *rig, const char *name) {
    if (!accounts_user_new(rig->accounts, text_of(name), ROLE_COMPANY, TEXT("QS"), GOOD, START,
                           &rig->status))
        fail_msg("%s", rig->status.message);
}

static bool sign_in(Rig *rig, const char *name, Text password, const char *address, Instant now,
                    Principal *principal, char secret[SECRET_TEXT_MAX], unsigned *retry_s) {
    return accounts_sign_in(rig->accounts, text_of(name), password, text_of(address), now,
                            principal, secret, retry_s, &rig->status);
}

static void the_file_is_readable_by_its_owner_alone(void **state) {
    Rig *rig = *state;
    struct stat about;
    assert_int_equal(stat(rig->path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    new_user(rig, "wang");
    char wal[96];
    snprintf(wal, sizeof wal, "%s-wal", rig->path);
    assert_int_equal(stat(wal, &about), 0);
    assert_int_equal(about.st_mode & 077, 0);
}

static void a_key_lets_in_until_it_ends_or_is_revoked(void **state) {
    Rig *rig = *state;
    char key[SECRET_TEXT_MAX];
    Principal principal;
    assert_true(accounts_key_new(rig->accounts, ROLE_COMPANY, TEXT("QS"), TEXT("scales"),
                                 START + 100 * SECOND, START, key, &rig->status));
    assert_true(key_is_well_formed(text_of(key)));
    assert_int_equal(strncmp(key, "ytt_c", 5), 0);
    assert_int_equal(strlen(key), 45);
    assert_true(
        accounts_key_find(rig->accounts, text_of(key), START + SECOND, &principal, &rig->status));
    assert_string_equal(principal.text, "company/QS/scales");
    assert_int_equal(principal.kind, PRINCIPAL_KEY);
    assert_false(accounts_key_find(rig->accounts, text_of(key), START + 100 * SECOND, &principal,
                                   &rig->status));
    assert_int_equal(rig->status.code, STATUS_DENIED);

    assert_true(accounts_key_new(rig->accounts, ROLE_OPERATOR, (Text){0}, (Text){0}, 0, START, key,
                                 &rig->status));
    accounts_authority(rig->accounts, TEXT("MIIT"));
    assert_true(accounts_key_find(rig->accounts, text_of(key), START, &principal, &rig->status));
    assert_string_equal(principal.text, "operator/MIIT/key2");
    assert_true(accounts_key_revoke(rig->accounts, principal.number, START, &rig->status));
    assert_false(accounts_key_find(rig->accounts, text_of(key), START, &principal, &rig->status));
    assert_int_equal(rig->status.code, STATUS_DENIED);
    assert_false(accounts_key_new(rig->accounts, ROLE_LABORATORY, (Text){0}, (Text){0}, 0, START,
                                  key, &rig->status));
    assert_false(accounts_key_revoke(rig->accounts, 99, START, &rig->status));
    assert_int_equal(rig->status.code, STATUS_NOT_FOUND);
}

static void a_slip_in_a_key_is_seen_by_its_check_digits(void **state) {
    Rig *rig = *state;
    char key[SECRET_TEXT_MAX];
    assert_true(accounts_key_new(rig->accounts, ROLE_AUDITOR, TEXT("AU"), (Text){0}, 0, START, key,
                                 &rig->status));
    for (size_t i = 0; i < strlen(key); i++) {
        char spoiled[SECRET_TEXT_MAX];
        memcpy(spoiled, key, sizeof key);
        spoiled[i] = spoiled[i] == '0' ? '1' : '0';
        assert_false(key_is_well_formed(text_of(spoiled)));
    }
    assert_false(key_is_well_formed(TEXT("")));
    assert_false(key_is_well_formed(TEXT("ytt_")));
}

static void neither_key_nor_session_nor_password_stands_in_the_file(void **state) {
    Rig *rig = *state;
    char key[SECRET_TEXT_MAX], secret[SECRET_TEXT_MAX];
    Principal principal;
    unsigned retry_s;
    new_user(rig, "wang");
    assert_true(accounts_key_new(rig->accounts, ROLE_COMPANY, TEXT("QS"), (Text){0}, 0, START, key,
                                 &rig->status));
    assert_true(sign_in(rig, "wang", GOOD, "::1", START, &principal, secret, &retry_s));
    accounts_close(rig->accounts); // so that all is in the one file
    rig->accounts = accounts_open(rig->path, &rig->status);
    FILE *file = fopen(rig->path, "rb");
    static char bytes[1 << 20];
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(length > 4096);
    assert_null(memmem(bytes, length, key + 5, 32));
    assert_null(memmem(bytes, length, secret, strlen(secret)));
    assert_null(memmem(bytes, length, GOOD.at, GOOD.length));
    assert_non_null(memmem(bytes, length, "$argon2id$v=19$m=19456,t=2,p=1$", 31));
}

static void passwords_that_anybody_tries_first_are_refused(void **state) {
    Rig *rig = *state;
    static const char *const bad[] = {"",          "short",     "1234567",    "password",
                                      "Password",  "aaaaaaaaa", "xx-WANG-xx", "bad\x01\xff bytes",
                                      "5201314520"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(accounts_user_new(rig->accounts, TEXT("wang"), ROLE_COMPANY, TEXT("QS"),
                                       text_of(bad[i]), START, &rig->status));
        assert_int_equal(rig->status.code, STATUS_INVALID);
    }
    char longest[PASSWORD_BYTES_MAX + 2];
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = (char)('a' + i % 23);
    longest[PASSWORD_BYTES_MAX + 1] = 0;
    assert_false(accounts_user_new(rig->accounts, TEXT("wang"), ROLE_COMPANY, TEXT("QS"),
                                   text_of(longest), START, &rig->status));
    longest[PASSWORD_BYTES_MAX] = 0;
    assert_true(accounts_user_new(rig->accounts, TEXT("wang"), ROLE_COMPANY, TEXT("QS"),
                                  text_of(longest), START, &rig->status));
    static const char *const names[] = {"", "a/b", "a b", "-a", "<b>"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_false(accounts_user_new(rig->accounts, text_of(names[i]), ROLE_COMPANY, TEXT("QS"),
                                       GOOD, START, &rig->status));
    assert_false(accounts_user_new(rig->accounts, TEXT("wang"), ROLE_COMPANY, TEXT(""), GOOD, START,
                                   &rig->status));
}

static void a_session_ends_when_idle_when_old_and_when_told(void **state) {
    Rig *rig = *state;
    char secret[SECRET_TEXT_MAX];
    Principal principal, found;
    unsigned retry_s;
    new_user(rig, "wang");
    assert_true(sign_in(rig, "wang", GOOD, "127.0.0.1", START, &principal, secret, &retry_s));
    assert_string_equal(principal.text, "company/QS/wang");
    assert_int_equal(principal.kind, PRINCIPAL_USER);
    Text shown = text_of(secret);
    Instant now = START;
    // Used every 29 minutes it lives on, up to its absolute end.
    while (now + 29 * 60 * SECOND < START + SESSION_LIFE) {
        now += 29 * 60 * SECOND;
        assert_true(accounts_session_find(rig->accounts, shown, now, &found, &rig->status));
        assert_string_equal(found.text, "company/QS/wang");
    }
    assert_false(
        accounts_session_find(rig->accounts, shown, START + SESSION_LIFE, &found, &rig->status));
    assert_int_equal(rig->status.code, STATUS_DENIED);

    assert_true(sign_in(rig, "wang", GOOD, "127.0.0.1", START, &principal, secret, &retry_s));
    assert_false(accounts_session_find(rig->accounts, text_of(secret), START + SESSION_IDLE + 1,
                                       &found, &rig->status));
    // Turning the clock back gives it no longer life.
    assert_false(accounts_session_find(rig->accounts, text_of(secret), START - 3600 * SECOND,
                                       &found, &rig->status));
    assert_true(
        accounts_session_find(rig->accounts, text_of(secret), START + 1, &found, &rig->status));
    assert_true(accounts_session_end(rig->accounts, &found, found.number, START, &rig->status));
    assert_false(
        accounts_session_find(rig->accounts, text_of(secret), START + 1, &found, &rig->status));
}

static void count_session(void *context, const SessionFacts *facts) {
    assert_string_equal(facts->address, "127.0.0.1");
    ++*(int *)context;
}

static void sessions_are_listed_limited_and_ended_by_their_owner_alone(void **state) {
    Rig *rig = *state;
    char first[SECRET_TEXT_MAX], secret[SECRET_TEXT_MAX];
    Principal wang, li, found;
    unsigned retry_s;
    new_user(rig, "wang");
    new_user(rig, "li");
    assert_true(sign_in(rig, "li", GOOD, "127.0.0.1", START, &li, secret, &retry_s));
    assert_true(sign_in(rig, "wang", GOOD, "127.0.0.1", START, &wang, first, &retry_s));
    for (int i = 1; i <= SESSIONS_PER_USER_MAX; i++) {
        char again[SECRET_TEXT_MAX];
        assert_true(sign_in(rig, "wang", GOOD, "127.0.0.1", START + i, &wang, again, &retry_s));
        assert_string_not_equal(again, first);
    }
    int count = 0;
    assert_true(
        accounts_sessions(rig->accounts, &wang, START, count_session, &count, &rig->status));
    assert_int_equal(count, SESSIONS_PER_USER_MAX);
    assert_false(accounts_session_find(rig->accounts, text_of(first), START, &found, &rig->status));
    assert_false(accounts_session_end(rig->accounts, &wang, li.number, START, &rig->status));
    assert_int_equal(rig->status.code, STATUS_NOT_FOUND);
    // A new password ends all sessions.
    assert_true(accounts_session_find(rig->accounts, text_of(secret), START, &found, &rig->status));
    new_user(rig, "li");
    assert_false(
        accounts_session_find(rig->accounts, text_of(secret), START, &found, &rig->status));
    assert_true(accounts_user_remove(rig->accounts, TEXT("wang"), START, &rig->status));
    count = 0;
    assert_true(
        accounts_sessions(rig->accounts, &wang, START, count_session, &count, &rig->status));
    assert_int_equal(count, 0);
}

static void an_unknown_name_and_a_wrong_password_answer_alike(void **state) {
    Rig *rig = *state;
    char secret[SECRET_TEXT_MAX], wrong[1024], unknown[1024];
    Principal principal;
    unsigned retry_s;
    new_user(rig, "wang");
    assert_false(
        sign_in(rig, "wang", TEXT("not the password"), "::1", START, &principal, secret, &retry_s));
    assert_int_equal(rig->status.code, STATUS_DENIED);
    snprintf(wrong, sizeof wrong, "%s|%s", rig->status.message, rig->status.hint);
    assert_false(sign_in(rig, "nobody", TEXT("not the password"), "::1", START, &principal, secret,
                         &retry_s));
    assert_int_equal(rig->status.code, STATUS_DENIED);
    snprintf(unknown, sizeof unknown, "%s|%s", rig->status.message, rig->status.hint);
    assert_string_equal(wrong, unknown);
}

static void five_failures_slow_down_the_name_known_or_not(void **state) {
    Rig *rig = *state;
    char secret[SECRET_TEXT_MAX], address[64];
    Principal principal;
    unsigned retry_s = 0;
    new_user(rig, "wang");
    static const char *const names[] = {"wang", "nobody"};
    for (size_t n = 0; n < 2; n++) {
        for (int i = 0; i < 5; i++) {
            snprintf(address, sizeof address, "10.0.%zu.%d", n, i);
            assert_false(sign_in(rig, names[n], TEXT("wrong password"), address, START, &principal,
                                 secret, &retry_s));
            assert_int_equal(rig->status.code, STATUS_DENIED);
        }
        // Now even the right one has to wait, from wherever it comes.
        assert_false(sign_in(rig, names[n], GOOD, "10.9.9.9", START, &principal, secret, &retry_s));
        assert_int_equal(rig->status.code, STATUS_BUSY);
        assert_in_range(retry_s, 1, 2);
    }
    assert_true(
        sign_in(rig, "wang", GOOD, "10.9.9.9", START + 2 * SECOND, &principal, secret, &retry_s));
    // It is forgiven by a success, and each further failure doubles the wait up to a minute.
    Instant now = START + 10 * SECOND;
    for (int i = 0; i < 12; i++) {
        now += 61 * SECOND;
        snprintf(address, sizeof address, "10.1.0.%d", i);
        assert_false(sign_in(rig, "WANG", TEXT("wrong password"), address, now, &principal, secret,
                             &retry_s));
        assert_int_equal(rig->status.code, STATUS_DENIED);
    }
    assert_false(
        sign_in(rig, "wang", GOOD, "10.9.9.9", now + SECOND, &principal, secret, &retry_s));
    assert_int_equal(rig->status.code, STATUS_BUSY);
    assert_in_range(retry_s, 50, 61);
}

static void five_failures_slow_down_the_address(void **state) {
    Rig *rig = *state;
    char secret[SECRET_TEXT_MAX], name[32];
    Principal principal;
    unsigned retry_s = 0;
    new_user(rig, "wang");
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "guess%d", i);
        assert_false(sign_in(rig, name, TEXT("wrong password"), "10.0.0.1", START, &principal,
                             secret, &retry_s));
        assert_int_equal(rig->status.code, STATUS_DENIED);
    }
    assert_false(sign_in(rig, "wang", GOOD, "10.0.0.1", START, &principal, secret, &retry_s));
    assert_int_equal(rig->status.code, STATUS_BUSY);
    assert_true(sign_in(rig, "wang", GOOD, "10.0.0.2", START, &principal, secret, &retry_s));
}

typedef struct Seen {
    char text[4096];
} Seen;

static void see_audit(void *context, const AuditRow *row) {
    Seen *seen = context;
    size_t length = strlen(seen->text);
    snprintf(seen->text + length, sizeof seen->text - length, "%.*s %.*s %.*s [%.*s] %.*s;",
             TEXT_ARG(row->act), TEXT_ARG(row->principal), TEXT_ARG(row->address),
             TEXT_ARG(row->what), TEXT_ARG(row->outcome));
}

static void what_was_done_and_tried_stands_in_the_audit_trail(void **state) {
    Rig *rig = *state;
    char secret[SECRET_TEXT_MAX];
    Principal principal;
    unsigned retry_s;
    Seen seen = {0};
    new_user(rig, "wang");
    assert_false(sign_in(rig, "wa\nsign_in ok", TEXT("wrong password"), "::1", START, &principal,
                         secret, &retry_s));
    assert_true(sign_in(rig, "wang", GOOD, "::1", START, &principal, secret, &retry_s));
    assert_true(
        accounts_session_end(rig->accounts, &principal, principal.number, START, &rig->status));
    assert_true(accounts_audit_read(rig->accounts, 10, see_audit, &seen, &rig->status));
    assert_string_equal(seen.text, "session_end company/QS/wang  [session 1] ok;"
                                   "sign_in company/QS/wang ::1 [wang] ok;"
                                   "sign_in  ::1 [wa\nsign_in ok] wrong name or password;"
                                   "user_new   [company/QS/wang] ok;");
}

// When the audit row cannot be written, nobody is signed in (S14).
static void an_act_without_its_audit_row_does_not_happen(void **state) {
    Rig *rig = *state;
    char secret[SECRET_TEXT_MAX] = "";
    Principal principal;
    unsigned retry_s;
    int count = 0;
    new_user(rig, "wang");
    sqlite3 *direct;
    assert_int_equal(sqlite3_open(rig->path, &direct), SQLITE_OK);
    assert_int_equal(sqlite3_exec(direct,
                                  "CREATE TRIGGER no BEFORE INSERT ON audit WHEN new.act<>'x'"
                                  " BEGIN SELECT RAISE(ABORT,'no room'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(direct);
    assert_false(sign_in(rig, "wang", GOOD, "::1", START, &principal, secret, &retry_s));
    assert_int_not_equal(rig->status.code, STATUS_DENIED);
    principal = (Principal){.kind = PRINCIPAL_USER, .name = "wang"};
    assert_true(
        accounts_sessions(rig->accounts, &principal, START, count_session, &count, &rig->status));
    assert_int_equal(count, 0);
}

static void two_programs_may_write_one_file(void **state) {
    Rig *rig = *state;
    char key[SECRET_TEXT_MAX];
    Principal principal;
    Accounts *other = accounts_open(rig->path, &rig->status);
    assert_non_null(other);
    for (int i = 0; i < 50; i++) {
        Accounts *writer = i % 2 ? other : rig->accounts, *reader = i % 2 ? rig->accounts : other;
        assert_true(accounts_key_new(writer, ROLE_COMPANY, TEXT("QS"), (Text){0}, 0, START, key,
                                     &rig->status));
        assert_true(accounts_key_find(reader, text_of(key), START, &principal, &rig->status));
    }
    accounts_close(other);
    assert_true(accounts_key_find(rig->accounts, text_of(key), START, &principal, &rig->status));
}

static void a_file_that_is_no_database_is_refused(void **state) {
    (void)state;
    char path[] = "/tmp/ytterby-accounts-XXXXXX", lock[64];
    Status status = {0};
    FILE *file = fdopen(mkstemp(path), "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    assert_null(accounts_open(path, &status));
    assert_int_not_equal(status.code, STATUS_OK);
    unlink(path);
    snprintf(lock, sizeof lock, "%s-lock", path);
    unlink(lock);
    assert_null(accounts_open("/nowhere/at/all", &status));
    assert_int_equal(status.code, STATUS_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_file_is_readable_by_its_owner_alone),
        TEST(a_key_lets_in_until_it_ends_or_is_revoked),
        TEST(a_slip_in_a_key_is_seen_by_its_check_digits),
        TEST(neither_key_nor_session_nor_password_stands_in_the_file),
        TEST(passwords_that_anybody_tries_first_are_refused),
        TEST(a_session_ends_when_idle_when_old_and_when_told),
        TEST(sessions_are_listed_limited_and_ended_by_their_owner_alone),
        TEST(an_unknown_name_and_a_wrong_password_answer_alike),
        TEST(five_failures_slow_down_the_name_known_or_not),
        TEST(five_failures_slow_down_the_address),
        TEST(what_was_done_and_tried_stands_in_the_audit_trail),
        TEST(an_act_without_its_audit_row_does_not_happen),
        TEST(two_programs_may_write_one_file),
        cmocka_unit_test(a_file_that_is_no_database_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
