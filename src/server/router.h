// From a whole request to its answer: which route, who asks, may they, which handler.
//
// Every route stands in routes.def with its method, pattern, scope, limits and handler; one without
// a scope does not compile. Before a handler runs, all of this has been settled:
//   the path fits the pattern and its parameters are decoded; the query has only names that the
//   route knows, each once; the rate limit allows it; the asker is known and has the scope; an
//   unsafe request with a cookie comes from our own origin; a body is of a type that the route
//   takes.
//
// A handler runs on the loop's thread and must be quick. Slow work is handed on with
// exchange_later().
#pragma once
#include "base/arena.h"
#include "server/accounts.h"
#include "server/request.h"
#include "server/response.h"
#include <uv.h>

struct Connection;
struct Server;

typedef enum Scope {
    SCOPE_PUBLIC,  // anybody
    SCOPE_READ,    // any principal; access/ decides which rows
    SCOPE_WRITE,   // who may record events: not auditors
    SCOPE_SESSION, // a person who signed in, not a key
    SCOPE_OPERATE  // operators and regulators: the server itself, no one's data
} Scope;
const char *scope_name(Scope scope);
bool scope_allows(Scope scope, const Principal *principal);

typedef enum BodyKind { BODY_NONE, BODY_JSON, BODY_EVENTS } BodyKind;

typedef struct Exchange Exchange;
typedef void Handler(Exchange *exchange);

typedef struct Route {
    Method method;
    const char *pattern; // "/api/v1/lots/{id}"
    Scope scope;
    BodyKind body;
    uint32_t body_max;
    uint32_t cost;     // units of the rate limit
    const char *query; // the names that the query may have, with blanks between
    Handler *handler;
} Route;
extern const Route api_routes[];
extern const size_t api_route_count;

enum { ROUTE_PARAMETERS_MAX = 3, QUERY_MAX = 12, EXCHANGE_ARENA_MAX = 64 * 1024 * 1024 };

typedef struct QueryItem {
    Text name, value; // decoded
} QueryItem;

struct Exchange {
    struct Server *server;
    struct Connection *connection;
    const Request *request;
    const Route *route; // null while none fits
    size_t route_number;
    Principal principal;
    bool by_cookie;
    Text parameters[ROUTE_PARAMETERS_MAX]; // decoded, in the order of the pattern
    size_t parameter_count;
    QueryItem query[QUERY_MAX];
    size_t query_count;
    Arena arena; // the task's memory, given back after the answer
    Response response;
    uint64_t began_ns;
    // Slow work.
    uv_work_t work;
    Handler *slow, *after;
    bool later; // the answer is not there yet
    struct Exchange *woken_next;
    void *context; // between a handler, its slow work and what comes after
};

void exchange_init(Exchange *exchange, struct Server *server, struct Connection *connection);
void exchange_done(Exchange *exchange);
// How large a body the coming request may bring: the route's, little for those who are nobody.
// `announced` is its Content-Length, or UINT64_MAX when it comes in chunks.
size_t router_body_max(struct Server *server, const Request *request, uint64_t announced);
// Settles all and runs the handler. When `later` is set afterwards, the answer comes through
// connection_answered().
void router_run(Exchange *exchange);

// Runs `slow` on a worker thread, then `after` on the loop's, then the answer goes out. `slow` may
// touch the exchange and what is made for many threads, nothing else of the server. `after` may be
// null.
void exchange_later(Exchange *exchange, Handler *slow, Handler *after);

// Waits for something of another thread, which then calls exchange_wake(), once; `after` runs on
// the loop's thread, and may wait again. exchange_await_not() takes it back, when nobody will call.
void exchange_await(Exchange *exchange, Handler *after);
void exchange_await_not(Exchange *exchange);
void exchange_wake(Exchange *exchange); // from any thread

// A query's value; empty when it is not there.
Text exchange_query(const Exchange *exchange, const char *name);
// Answers. Each is the last thing that a handler does.
void exchange_problem(Exchange *exchange, int status, const char *message, const char *where,
                      const char *hint);
// With the HTTP status that goes with the code; writes detail to the server's log.
void exchange_status(Exchange *exchange, const Status *status);
