// Signing in and out.
#include "codec/json.h"
#include "server/diag.h"
#include "server/identity.h"
#include "server/inside.h"
#include "server/routes.h"
#include <sodium.h>
#include <stdio.h>

enum { SIGN_INS_AT_ONCE = 8 }; // each takes 19 MiB and a worker for some 50 ms

typedef struct SignIn {
    Text name, password;
    char secret[SECRET_TEXT_MAX];
    unsigned retry_s;
    bool fine;
    Status status;
} SignIn;

// {"name","password"}, exactly.
static bool read_sign_in(Exchange *exchange, SignIn *wanted, Status *status) {
    JsonToken tape[16];
    Json json;
    json_init_lent(&json, 16, tape, 16);
    bool fine = json_read(&json, exchange->request->body, status);
    if (fine) {
        uint32_t name = json_member(&json, 0, TEXT("name"));
        uint32_t password = json_member(&json, 0, TEXT("password"));
        fine = json_type(&json, 0) == JSON_OBJECT && json_count(&json, 0) == 2 &&
               name != JSON_NONE && password != JSON_NONE &&
               json_type(&json, name) == JSON_STRING && json_type(&json, password) == JSON_STRING;
        if (!fine)
            status_set(status, STATUS_INVALID,
                       "the body is not {\"name\": ..., \"password\": ...}");
        fine = fine && json_text(&json, name, &exchange->arena, &wanted->name, status) &&
               json_text(&json, password, &exchange->arena, &wanted->password, status);
    }
    json_done(&json);
    if (fine &&
        (wanted->name.length > USER_BYTES_MAX || wanted->password.length > PASSWORD_BYTES_MAX))
        fine = status_set(status, STATUS_INVALID, "the name or the password is too long");
    return fine;
}

static void check_password(Exchange *exchange) {
    SignIn *wanted = exchange->context;
    wanted->fine =
        accounts_sign_in(exchange->server->accounts, wanted->name, wanted->password,
                         text_of(exchange->connection->address), server_now(), &exchange->principal,
                         wanted->secret, &wanted->retry_s, &wanted->status);
}

static void signed_in(Exchange *exchange) {
    Server *server = exchange->server;
    SignIn *wanted = exchange->context;
    server->sign_ins_now--;
    if (wanted->fine) {
        server->metrics.sign_ins++;
        identity_set_cookie(exchange, wanted->secret);
        sodium_memzero(wanted->secret, sizeof wanted->secret);
        api_me(exchange);
        return;
    }
    exchange->principal = (Principal){0};
    server->metrics.sign_ins_failed++;
    if (wanted->status.code == STATUS_DENIED) {
        exchange_problem(exchange, 401, wanted->status.message, NULL, NULL);
    } else if (wanted->status.code == STATUS_BUSY && wanted->retry_s) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", wanted->retry_s);
        exchange_problem(exchange, 429, wanted->status.message, NULL,
                         "wait as long as Retry-After says");
        response_header(&exchange->response, "Retry-After", seconds);
    } else {
        exchange_status(exchange, &wanted->status);
    }
}

void api_sign_in(Exchange *exchange) {
    Server *server = exchange->server;
    Status status;
    SignIn *wanted = arena_take_zero(&exchange->arena, 1, sizeof *wanted);
    if (!server->accounts || !wanted) {
        exchange_problem(exchange, 503, "nobody can sign in now", NULL, NULL);
    } else if (!read_sign_in(exchange, wanted, &status)) {
        exchange_status(exchange, &status);
    } else if (server->sign_ins_now >= SIGN_INS_AT_ONCE) {
        exchange_problem(exchange, 503, "too many are signing in at once", NULL, "try again");
    } else {
        server->sign_ins_now++;
        exchange->context = wanted;
        exchange->principal = (Principal){0}; // an old cookie says nothing about who this is
        exchange_later(exchange, check_password, signed_in);
        if (!exchange->later) server->sign_ins_now--;
    }
}

void api_sign_out(Exchange *exchange) {
    Status status;
    const Principal *principal = &exchange->principal;
    if (!accounts_session_end(exchange->server->accounts, principal, principal->number,
                              server_now(), &status)) {
        exchange_status(exchange, &status);
        return;
    }
    exchange->response.status = 204;
    identity_clear_cookie(exchange);
}

void api_session_end(Exchange *exchange) {
    Status status;
    Text text = exchange->parameters[0];
    int64_t number = 0;
    bool fine = text.length > 0 && text.length < 18 && text.at[0] != '0';
    for (size_t i = 0; i < text.length && fine; i++) {
        fine = text.at[i] >= '0' && text.at[i] <= '9';
        number = number * 10 + (text.at[i] - '0');
    }
    if (!fine) {
        exchange_problem(exchange, 404, "no such session", NULL, NULL);
    } else if (!accounts_session_end(exchange->server->accounts, &exchange->principal, number,
                                     server_now(), &status)) {
        exchange_status(exchange, &status);
    } else {
        exchange->response.status = 204;
        if (number == exchange->principal.number) identity_clear_cookie(exchange);
    }
}
