#include "server/router.h"
#include "server/diag.h"
#include "server/identity.h"
#include "server/inside.h"
#include "server/static.h"
#include <assert.h>
#include <stdio.h>

static const char *const scope_names[] = {"public", "read", "write", "session", "operate"};

const char *scope_name(Scope scope) {
    return scope_names[scope];
}

bool scope_allows(Scope scope, const Principal *principal) {
    if (scope == SCOPE_PUBLIC) return true;
    if (principal->kind == PRINCIPAL_NONE) return false;
    switch (scope) {
    case SCOPE_WRITE:
        return principal->role != ROLE_AUDITOR;
    case SCOPE_SESSION:
        return principal->kind == PRINCIPAL_USER;
    case SCOPE_OPERATE:
        return principal->role == ROLE_OPERATOR || principal->role == ROLE_REGULATOR;
    case SCOPE_READ:
    case SCOPE_PUBLIC:
        break;
    }
    return true;
}

// ---- Exchanges

void exchange_init(Exchange *exchange, Server *server, Connection *connection) {
    *exchange = (Exchange){.server = server, .connection = connection};
    arena_init(&exchange->arena, EXCHANGE_ARENA_MAX);
    response_init(&exchange->response);
}

void exchange_done(Exchange *exchange) {
    arena_done(&exchange->arena);
    response_done(&exchange->response);
}

Text exchange_query(const Exchange *exchange, const char *name) {
    for (size_t i = 0; i < exchange->query_count; i++)
        if (text_equal(exchange->query[i].name, text_of(name))) return exchange->query[i].value;
    return (Text){0};
}

void exchange_problem(Exchange *exchange, int status, const char *message, const char *where,
                      const char *hint) {
    Server *server = exchange->server;
    char id[32];
    snprintf(id, sizeof id, "%08x-%llx", server->boot, (unsigned long long)++server->failures);
    buffer_reset(&exchange->response.headers);
    response_problem(
        &exchange->response,
        &(Problem){.status = status, .message = message, .where = where, .hint = hint, .id = id});
    if (status == 401) response_header(&exchange->response, "WWW-Authenticate", "Bearer");
    if (status == 503) response_header(&exchange->response, "Retry-After", "1");
    DiagLine line;
    diag_begin(&line, status >= 500 ? DIAG_ERROR : DIAG_DEBUG, "request_failed");
    diag_string(&line, "id", id);
    diag_number(&line, "status", status);
    diag_string(&line, "route", exchange->route ? exchange->route->pattern : "");
    diag_string(&line, "message", message);
    diag_end(&line);
}

void exchange_status(Exchange *exchange, const Status *status) {
    exchange_problem(exchange, problem_status(status->code), status->message, status->where,
                     status->hint);
    if (exchange->response.status == 429) response_header(&exchange->response, "Retry-After", "1");
    if (exchange->response.status >= 500) diag_status(DIAG_ERROR, "request_failed", status);
}

static void on_work(uv_work_t *work) {
    Exchange *exchange = work->data;
    exchange->slow(exchange);
}

static void on_work_over(uv_work_t *work, int status) {
    Exchange *exchange = work->data;
    if (status != 0) exchange_problem(exchange, 503, "the server is stopping", NULL, NULL);
    exchange_go_on(exchange);
}

// What comes after runs also when the client has gone; it may hand on again.
void exchange_go_on(Exchange *exchange) {
    exchange->later = false;
    if (exchange->after) exchange->after(exchange);
    if (!exchange->later) connection_answered(exchange->connection);
}

void exchange_await(Exchange *exchange, Handler *after) {
    exchange->after = after;
    exchange->later = true;
    exchange->server->awaiting++;
}

void exchange_await_not(Exchange *exchange) {
    exchange->later = false;
    exchange->server->awaiting--;
}

void exchange_wake(Exchange *exchange) {
    Server *server = exchange->server;
    uv_mutex_lock(&server->lock);
    exchange->woken_next = server->woken;
    server->woken = exchange;
    // Under the lock, so that the loop cannot have closed the handle between.
    uv_async_send(&server->wake);
    uv_mutex_unlock(&server->lock);
}

void exchange_later(Exchange *exchange, Handler *slow, Handler *after) {
    exchange->slow = slow;
    exchange->after = after;
    exchange->work.data = exchange;
    exchange->later =
        uv_queue_work(&exchange->server->loop, &exchange->work, on_work, on_work_over) == 0;
    if (!exchange->later) exchange_problem(exchange, 503, "no worker could be asked", NULL, NULL);
}

// ---- Which route

// Fits a path to a pattern, segment by segment; "{name}" takes any one segment that is not empty.
static bool fits(const char *pattern, Text path, Text parameters[], size_t *count) {
    size_t at = 0;
    *count = 0;
    while (*pattern) {
        if (*pattern == '{') {
            size_t end = at;
            while (end < path.length && path.at[end] != '/')
                end++;
            if (end == at) return false;
            assert(*count < ROUTE_PARAMETERS_MAX);
            parameters[(*count)++] = (Text){path.at + at, end - at};
            at = end;
            pattern = strchr(pattern, '}') + 1;
        } else {
            if (at == path.length || path.at[at] != *pattern) return false;
            at++;
            pattern++;
        }
    }
    return at == path.length;
}

typedef struct Match {
    const Route *route;
    size_t number;
    Text parameters[ROUTE_PARAMETERS_MAX]; // still encoded
    size_t count;
    unsigned methods; // bits of all methods that this path has
} Match;

static Match match(const Server *server, Method method, Text path) {
    Match found = {0};
    if (method == METHOD_HEAD) method = METHOD_GET;
    for (size_t i = 0; i < server->options.route_count; i++) {
        const Route *route = &server->options.routes[i];
        Text parameters[ROUTE_PARAMETERS_MAX];
        size_t count;
        if (!fits(route->pattern, path, parameters, &count)) continue;
        found.methods |= 1u << route->method;
        if (route->method != method || found.route) continue;
        found.route = route;
        found.number = i;
        found.count = count;
        memcpy(found.parameters, parameters, sizeof parameters);
    }
    return found;
}

size_t router_body_max(Server *server, const Request *request, uint64_t announced) {
    enum { NOBODY_MAX = 16 * 1024 };
    Match found = match(server, request->method, request->path);
    if (!found.route) return 0;
    if (announced <= NOBODY_MAX || found.route->scope == SCOPE_PUBLIC) return found.route->body_max;
    Principal principal;
    bool by_cookie;
    Status status;
    bool known = identity_find(server, request, &principal, &by_cookie, &status) &&
                 scope_allows(found.route->scope, &principal);
    return known || found.route->body_max < NOBODY_MAX ? found.route->body_max : NOBODY_MAX;
}

// ---- What has to be settled before a handler

static bool limit(Exchange *exchange, const void *who, size_t length, uint32_t cost) {
    Server *server = exchange->server;
    unsigned retry_s;
    if (limits_take(server->limits, who, length, cost, uv_now(&server->loop), &retry_s))
        return true;
    char seconds[16];
    server->metrics.limited++;
    exchange_problem(exchange, 429, "too many requests", NULL, "wait as long as Retry-After says");
    snprintf(seconds, sizeof seconds, "%u", retry_s);
    response_header(&exchange->response, "Retry-After", seconds);
    return false;
}

// A denial is written down, but not without bound: a flood is counted instead.
static void deny(Exchange *exchange, int status, const char *message, const char *hint) {
    Server *server = exchange->server;
    server->metrics.denied++;
    exchange_problem(exchange, status, message, NULL, hint);
    uint8_t who[17];
    unsigned retry_s;
    Status failure;
    memcpy(who, exchange->connection->address_key, 16);
    who[16] = 'd';
    uint32_t cost = server->options.limit_burst / 20 + 1;
    if (limits_take(server->limits, who, sizeof who, cost, uv_now(&server->loop), &retry_s) &&
        !identity_audit(exchange, "denied", message, &failure))
        diag_status(DIAG_ERROR, "audit_failed", &failure);
}

static bool settle_identity(Exchange *exchange) {
    Server *server = exchange->server;
    const Request *request = exchange->request;
    const Route *route = exchange->route;
    Status status;
    if (!identity_find(server, request, &exchange->principal, &exchange->by_cookie, &status)) {
        if (status.code != STATUS_DENIED) return exchange_status(exchange, &status), false;
        // A cookie that has ended must not keep anybody from signing in again.
        exchange->principal = (Principal){0};
        if (route->scope != SCOPE_PUBLIC)
            return deny(exchange, 401, status.message, status.hint), false;
    }
    const Principal *principal = &exchange->principal;
    if (principal->kind != PRINCIPAL_NONE &&
        !limit(exchange, principal->text, strlen(principal->text), route->cost))
        return false;
    if (!scope_allows(route->scope, principal)) {
        if (principal->kind == PRINCIPAL_NONE)
            deny(exchange, 401, "nobody is signed in", "sign in, or send an API key");
        else
            deny(exchange, 403, "this role may not do this", NULL);
        return false;
    }
    // Signing in has no cookie yet and is guarded alike: else a page elsewhere could sign somebody
    // in under its own name. A key is sent by programs on purpose and needs no such guard.
    bool unsafe = request->method != METHOD_GET && request->method != METHOD_HEAD;
    if (unsafe && principal->kind != PRINCIPAL_KEY && !identity_same_origin(server, request))
        return deny(exchange, 403, "the request does not say that it comes from this site",
                    "send \"Sec-Fetch-Site: same-origin\" or this site's Origin, as browsers do, "
                    "or use an API key"),
               false;
    return true;
}

static bool settle_parameters(Exchange *exchange, const Match *found) {
    for (size_t i = 0; i < found->count; i++) {
        Text encoded = found->parameters[i];
        char *decoded = arena_take(&exchange->arena, encoded.length);
        size_t length;
        if (!decoded)
            return exchange_problem(exchange, 503, "not enough memory", NULL, NULL), false;
        if (!percent_decode(encoded, false, decoded, &length) ||
            !utf8_is_valid((Text){decoded, length}))
            return exchange_problem(exchange, 400, "the path is not well encoded", NULL, NULL),
                   false;
        exchange->parameters[i] = (Text){decoded, length};
    }
    exchange->parameter_count = found->count;
    return true;
}

static bool knows_query(const Route *route, Text name) {
    Text rest = text_of(route->query), word;
    while (!text_is_empty(rest)) {
        if (!text_split(rest, ' ', &word, &rest)) {
            word = rest;
            rest = (Text){0};
        }
        if (text_equal(word, name) && !text_is_empty(name)) return true;
    }
    return false;
}

static bool settle_query(Exchange *exchange) {
    Text rest = exchange->request->query;
    char *space = arena_take(&exchange->arena, rest.length + 1);
    if (!space) return exchange_problem(exchange, 503, "not enough memory", NULL, NULL), false;
    while (!text_is_empty(rest)) {
        Text pair, name, value = {0};
        if (!text_split(rest, '&', &pair, &rest)) {
            pair = rest;
            rest = (Text){0};
        }
        if (!text_split(pair, '=', &name, &value)) name = pair;
        size_t name_length, value_length;
        char *value_at = space + name.length;
        if (!percent_decode(name, true, space, &name_length) ||
            !percent_decode(value, true, value_at, &value_length) ||
            !utf8_is_valid((Text){value_at, value_length}))
            return exchange_problem(exchange, 400, "the query is not well encoded", NULL, NULL),
                   false;
        QueryItem item = {{space, name_length}, {value_at, value_length}};
        space += name.length + value.length;
        char known[64];
        snprintf(known, sizeof known, "%.*s", (int)(name_length < 60 ? name_length : 60),
                 item.name.at);
        if (!knows_query(exchange->route, item.name))
            return exchange_problem(exchange, 400, "no such query parameter", known,
                                    exchange->route->query),
                   false;
        if (!text_is_empty(exchange_query(exchange, known)) || exchange->query_count == QUERY_MAX)
            return exchange_problem(exchange, 400, "a query parameter stands there twice", known,
                                    NULL),
                   false;
        if (!text_is_empty(item.value)) exchange->query[exchange->query_count++] = item;
    }
    return true;
}

// The media type without its parameters; a charset other than UTF-8 is not taken.
static bool type_is(Text header, const char *type) {
    Text before, after;
    if (text_split(header, ';', &before, &after)) {
        while (!text_is_empty(after) && *after.at == ' ')
            after.at++, after.length--;
        if (!text_equal(after, TEXT("charset=utf-8")) && !text_equal(after, TEXT("charset=UTF-8")))
            return false;
        header = before;
    }
    return text_equal(header, text_of(type));
}

static bool settle_body(Exchange *exchange) {
    const Request *request = exchange->request;
    Text type = request_header(request, "content-type");
    bool fine = true;
    switch (exchange->route->body) {
    case BODY_NONE:
        if (request->body.length == 0) return true;
        return exchange_problem(exchange, 400, "this operation takes no body", NULL, NULL), false;
    case BODY_JSON:
        fine = type_is(type, "application/json");
        break;
    case BODY_EVENTS:
        fine = type_is(type, "application/json") || type_is(type, "application/x-ndjson");
        break;
    }
    if (request_header_count(request, "content-type") != 1) fine = false;
    if (request_header_count(request, "content-encoding")) fine = false;
    if (fine) return true;
    return exchange_problem(exchange, 415, "the body is not of a type that is taken here", NULL,
                            exchange->route->body == BODY_JSON
                                ? "send Content-Type: application/json"
                                : "send application/json or application/x-ndjson"),
           false;
}

// What no route answers: pages, OPTIONS, what is not there.
static void run_without_route(Exchange *exchange, unsigned methods) {
    const Request *request = exchange->request;
    if (!limit(exchange, exchange->connection->address_key, 16, 1)) return;
    const StaticFile *file = methods ? NULL : static_for_page(request);
    if (file) methods = 1u << METHOD_GET;
    if (methods & 1u << METHOD_GET) methods |= 1u << METHOD_HEAD;
    char allow[64] = "OPTIONS";
    for (unsigned m = 0; m < METHODS; m++)
        if (methods & 1u << m)
            snprintf(allow + strlen(allow), sizeof allow - strlen(allow), ", %s",
                     method_name((Method)m));
    if (request->method == METHOD_OPTIONS) {
        exchange->response.status = 204;
        response_header(&exchange->response, "Allow", allow);
    } else if (file && (request->method == METHOD_GET || request->method == METHOD_HEAD)) {
        static_answer(file, request, &exchange->response);
    } else if (methods) {
        exchange_problem(exchange, 405, "this is not done here with that method", NULL, NULL);
        response_header(&exchange->response, "Allow", allow);
    } else {
        exchange_problem(exchange, 404, "no such thing", NULL, NULL);
    }
}

void router_run(Exchange *exchange) {
    Server *server = exchange->server;
    exchange->request = &exchange->connection->parser.request;
    exchange->began_ns = uv_hrtime();
    Match found = match(server, exchange->request->method, exchange->request->path);
    if (!found.route) {
        run_without_route(exchange, found.methods);
        return;
    }
    exchange->route = found.route;
    exchange->route_number = found.number;
    if (limit(exchange, exchange->connection->address_key, 16, found.route->cost) &&
        settle_identity(exchange) && settle_parameters(exchange, &found) &&
        settle_query(exchange) && settle_body(exchange))
        found.route->handler(exchange);
}

// ---- Counting

void metrics_name_routes(Server *server) {
    Metrics *metrics = &server->metrics;
    assert(server->options.route_count < METRICS_ROUTES_MAX);
    for (size_t i = 0; i < server->options.route_count; i++) {
        metrics->routes[i].method = method_name(server->options.routes[i].method);
        metrics->routes[i].pattern = server->options.routes[i].pattern;
    }
    metrics->routes[server->options.route_count] = (RouteMetrics){.method = "", .pattern = "pages"};
    metrics->route_count = server->options.route_count + 1;
}

void router_account(Exchange *exchange) {
    Server *server = exchange->server;
    uint64_t took = uv_hrtime() - exchange->began_ns;
    size_t number = exchange->route ? exchange->route_number : server->options.route_count;
    metrics_answer(&server->metrics.routes[number], exchange->response.status, took);
    if (!server->options.log_requests) return;
    DiagLine line;
    diag_begin(&line, DIAG_INFO, "request");
    diag_string(&line, "method", method_name(exchange->request->method));
    diag_string(&line, "route", server->metrics.routes[number].pattern);
    diag_number(&line, "status", exchange->response.status);
    diag_number(&line, "us", (int64_t)(took / 1000));
    diag_string(&line, "address", exchange->connection->address);
    if (*exchange->principal.text) diag_string(&line, "principal", exchange->principal.text);
    diag_end(&line);
}
