// ytterby key new, ytterby user new: who may sign in to the server of a book.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "access/registry.h"
#include "cli/command.h"
#include "cli/sign.h"
#include "server/accounts.h"

static Instant now(void) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return (Instant)at.tv_sec * INSTANT_PER_SECOND + at.tv_nsec / 1000;
}

// Accounts lie beside a book: none are made beside a name that was mistyped, or for a party that it
// does not know.
static bool book_knows(const char *party, Status *status) {
    Keeper *keeper = keeper_open_reader(option_db(), NULL, status);
    if (!keeper) return false;
    Access *access = access_open(keeper, status);
    Buffer shown;
    buffer_init(&shown, 1 << 20);
    View view = view_operator(keeper);
    bool well = access && (!party || access_show(access, &view, TEXT("party"), text_of(party),
                                                 &shown, status));
    if (!well && status->code == STATUS_NOT_FOUND)
        status_hint(status, "the authority registers a party with a `party` event first");
    buffer_done(&shown);
    access_close(access);
    Status closing;
    status_clear(&closing);
    if (!keeper_close(keeper, &closing) && well) {
        *status = closing;
        well = false;
    }
    return well;
}

static Accounts *open_accounts(Status *status) {
    char path[4096];
    if (!book_knows(option_value("party"), status)) return NULL;
    int length = snprintf(path, sizeof path, "%s.accounts", option_db());
    if (length < 0 || (size_t)length >= sizeof path) {
        status_set(status, STATUS_INVALID, "the book's name is too long");
        return NULL;
    }
    return accounts_open(path, status);
}

static bool role_of_option(Role *role) {
    const char *text = option_value("role");
    return text && role_read(text_of(text), role);
}

COMMAND(key) {
    if (word_count() != 1 || strcmp(word_at(0), "new") != 0)
        return usage_error("say \"ytterby key new --role ROLE\"");
    if (option_given("signing")) return signing_key_new();
    Role role;
    if (!role_of_option(&role))
        return usage_error(
            "--role takes regulator, company, laboratory, customs, auditor or operator");
    Status status;
    status_clear(&status);
    Accounts *accounts = open_accounts(&status);
    if (!accounts) return complain(&status);
    char key[SECRET_TEXT_MAX];
    const char *party = option_value("party"), *name = option_value("name");
    bool well =
        accounts_key_new(accounts, role, text_of(party), text_of(name), 0, now(), key, &status);
    accounts_close(accounts);
    if (!well) return complain(&status);
    out_format(option_json() ? "{\"key\":\"%s\"}\n" : "%s\n", key);
    return EXIT_WELL;
}

COMMAND(user) {
    if (word_count() != 2 || strcmp(word_at(0), "new") != 0)
        return usage_error("say \"ytterby user new NAME --role ROLE\"");
    Role role;
    if (!role_of_option(&role))
        return usage_error(
            "--role takes regulator, company, laboratory, customs, auditor or operator");
    char password[PASSWORD_BYTES_MAX + 3];
    if (!fgets(password, sizeof password, stdin))
        return usage_error("no password on standard input");
    password[strcspn(password, "\r\n")] = 0;
    Status status;
    status_clear(&status);
    Accounts *accounts = open_accounts(&status);
    if (!accounts) return complain(&status);
    const char *party = option_value("party");
    bool well = accounts_user_new(accounts, text_of(word_at(1)), role, text_of(party),
                                  text_of(password), now(), &status);
    explicit_bzero(password, sizeof password);
    accounts_close(accounts);
    if (!well) return complain(&status);
    return EXIT_WELL;
}
