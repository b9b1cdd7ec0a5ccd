// ytterby key new, ytterby user new: who may sign in to the server of a book.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "server/accounts.h"

static Instant now(void) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return (Instant)at.tv_sec * INSTANT_PER_SECOND + at.tv_nsec / 1000;
}

static Accounts *open_accounts(Status *status) {
    char path[4096];
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
    if (word_count() != 1 || strcmp(word_at(0), "new") != 0) return usage_error("say \"ytterby key new --role ROLE\"");
    Role role;
    if (!role_of_option(&role))
        return usage_error("--role takes regulator, company, laboratory, customs, auditor or operator");
    Status status;
    status_clear(&status);
    Accounts *accounts = open_accounts(&status);
    if (!accounts) return complain(&status);
    char key[SECRET_TEXT_MAX];
    const char *party = option_value("party"), *name = option_value("name");
    bool well = accounts_key_new(accounts, role, text_of(party), text_of(name), 0, now(), key, &status);
    accounts_close(accounts);
    if (!well) return complain(&status);
    out_format("%s\n", key);
    return EXIT_WELL;
}

COMMAND(user) {
    if (word_count() != 2 || strcmp(word_at(0), "new") != 0)
        return usage_error("say \"ytterby user new NAME --role ROLE\"");
    Role role;
    if (!role_of_option(&role))
        return usage_error("--role takes regulator, company, laboratory, customs, auditor or operator");
    char password[PASSWORD_BYTES_MAX + 3];
    if (!fgets(password, sizeof password, stdin)) return usage_error("no password on standard input");
    password[strcspn(password, "\r\n")] = 0;
    Status status;
    status_clear(&status);
    Accounts *accounts = open_accounts(&status);
    if (!accounts) return complain(&status);
    const char *party = option_value("party");
    bool well = accounts_user_new(accounts, text_of(word_at(1)), role, text_of(party), text_of(password), now(), &status);
    explicit_bzero(password, sizeof password);
    accounts_close(accounts);
    if (!well) return complain(&status);
    return EXIT_WELL;
}
