#include "server/identity.h"
#include "server/inside.h"
#include <stdio.h>
#include <strings.h>

const char *identity_cookie(const Server *server) {
    return server->tls ? "__Host-ytterby" : "ytterby";
}

static bool bearer_of(Text header, Text *key) {
    static const char scheme[] = "Bearer ";
    size_t length = sizeof scheme - 1;
    if (header.length < length || strncasecmp(header.at, scheme, length) != 0) return false;
    *key = (Text){header.at + length, header.length - length};
    return true;
}

bool identity_find(Server *server, const Request *request, Principal *principal, bool *by_cookie,
                   Status *status) {
    *principal = (Principal){0};
    *by_cookie = false;
    if (!server->accounts) return true;
    size_t shown = request_header_count(request, "authorization");
    if (shown > 1) return status_set(status, STATUS_DENIED, "more than one key was shown");
    if (shown) {
        Text key;
        if (!bearer_of(request_header(request, "authorization"), &key)) {
            status_set(status, STATUS_DENIED, "the Authorization header is not a bearer key");
            return status_hint(status, "send Authorization: Bearer ytt_...");
        }
        return accounts_key_find(server->accounts, key, server_now(), principal, status);
    }
    Text secret = request_cookie(request, identity_cookie(server));
    if (text_is_empty(secret)) return true;
    *by_cookie = true;
    return accounts_session_find(server->accounts, secret, server_now(), principal, status);
}

bool identity_same_origin(const Server *server, const Request *request) {
    Text site = request_header(request, "sec-fetch-site");
    if (!text_is_empty(site)) {
        return request_header_count(request, "sec-fetch-site") == 1 &&
               (text_equal(site, TEXT("same-origin")) || text_equal(site, TEXT("none")));
    }
    Text origin = request_header(request, "origin");
    Text scheme = server->tls ? TEXT("https://") : TEXT("http://");
    if (request_header_count(request, "origin") != 1 || !text_begins(origin, scheme)) return false;
    Text host = {origin.at + scheme.length, origin.length - scheme.length};
    return host.length == request->host.length &&
           strncasecmp(host.at, request->host.at, host.length) == 0;
}

static void put_cookie(Exchange *exchange, const char *secret, const char *life) {
    char value[SECRET_TEXT_MAX + 128];
    snprintf(value, sizeof value, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
             identity_cookie(exchange->server), secret, exchange->server->tls ? "; Secure" : "",
             life);
    response_header(&exchange->response, "Set-Cookie", value);
}

void identity_set_cookie(Exchange *exchange, const char *secret) {
    put_cookie(exchange, secret, "");
}

void identity_clear_cookie(Exchange *exchange) {
    put_cookie(exchange, "", "; Max-Age=0");
}

bool identity_audit(Exchange *exchange, const char *act, const char *outcome, Status *status) {
    Server *server = exchange->server;
    if (!server->accounts) return true;
    char what[192];
    const Route *route = exchange->route;
    snprintf(what, sizeof what, "%s %s", method_name(exchange->request->method),
             route ? route->pattern : "");
    return accounts_audit(server->accounts,
                          &(AuditRow){.at = server_now(),
                                      .act = text_of(act),
                                      .principal = text_of(exchange->principal.text),
                                      .address = text_of(exchange->connection->address),
                                      .what = text_of(what),
                                      .outcome = text_of(outcome)},
                          status);
}
