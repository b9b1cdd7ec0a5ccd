// The server as its owner sees it: open it on an address, run it until it is told to stop, close
// it. One thread runs the loop and all quick handlers; slow work (Argon2id, heavy questions) goes
// to a few worker threads (router.h). Plain HTTP or, with a certificate, TLS 1.2 and later.
#pragma once
#include "base/status.h"
#include "server/accounts.h"

typedef struct Server Server;
struct Route;

// A user of a simulated industry whose password is no secret. The user itself is made like any
// other.
typedef struct DemoSignIn {
    const char *name, *password, *party;
    Role role;
} DemoSignIn;

typedef struct ServerOptions {
    const char *listen;       // "127.0.0.1:8080", "[::1]:0"; port 0 takes a free one
    const char *certificate;  // PEM chain; null: plain HTTP
    const char *private_key;  // PEM
    unsigned connections_max; // further ones are closed at once
    unsigned connections_per_address_max;
    unsigned head_ms;          // from the first byte (or the connection) to the whole head
    unsigned body_ms;          // from there to the whole body
    unsigned idle_ms;          // between requests
    unsigned send_ms;          // without progress in sending
    unsigned stop_ms;          // to finish what is under way after a stop
    unsigned heartbeat_ms;     // a comment on every event stream
    unsigned limit_per_second; // units of cost by address and by principal
    unsigned limit_burst;
    bool log_requests;      // one line a request to standard error
    bool take_signals;      // SIGTERM and SIGINT stop it
    const DemoSignIn *demo; // offered to everybody as buttons; none: no demo
    size_t demo_count;
    const struct Route *routes; // null: routes.def
    size_t route_count;
} ServerOptions;

ServerOptions server_defaults(void);

// `door` is what handlers of routes.def reach the book through (server/door.h); borrowed, may be
// null in tests that bring their own routes, as may `accounts`.
struct Door;
MUST_CHECK Server *server_open(const ServerOptions *options, Accounts *accounts, struct Door *door,
                               Status *status);
// Where it listens: "http://127.0.0.1:8080".
const char *server_url(const Server *server);
// Serves until server_stop() or a signal; then finishes what is under way, at most stop_ms.
MUST_CHECK bool server_run(Server *server, Status *status);
// From any thread.
void server_stop(Server *server);
void server_close(Server *server);

// From any thread: something happened up to record `as_of`; topics are bits of Topic (sse.h). Calls
// that come quicker than they can be told are joined.
void server_tell(Server *server, uint64_t as_of, unsigned topics);
