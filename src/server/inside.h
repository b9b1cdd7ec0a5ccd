// What the server's own files know of each other: the loop, the connections, the exchange under
// way. All of it belongs to the loop's thread; only server_stop() and server_tell() are called from
// others.
#pragma once
#include "codec/json_write.h"
#include "server/limits.h"
#include "server/listen.h"
#include "server/metrics.h"
#include "server/router.h"
#include "server/sse.h"
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <uv.h>

enum {
    SCRATCH_BYTES = 64 * 1024,
    PENDING_HIGH = 64 * 1024, // more than this waits to go out: stop reading
    PENDING_MAX = RESPONSE_BODY_MAX + 64 * 1024,
    ROUNDS_MAX = 16,                // requests or reads of one connection before others have a turn
    LINGER_BYTES_MAX = 1024 * 1024, // thrown away after a refusal, so that the client can read it
    LINGER_MS = 2000,
};

typedef enum ConnectionState {
    CONNECTION_OPEN,      // requests come, answers go
    CONNECTION_STREAMING, // an event stream: what comes in is thrown away
    CONNECTION_FLUSHING,  // the last answer goes out, then the sending side is shut
    CONNECTION_LINGERING, // shut; what still comes is thrown away, for a while
    CONNECTION_CLOSED     // the socket is gone; waits for its work and its handle to end
} ConnectionState;

typedef struct Connection {
    Server *server;
    struct Connection *next, *previous; // all connections
    struct Connection *resume_next;     // those that want another turn
    bool resuming;
    ConnectionState state;
    int fd;
    uv_poll_t poll;
    int polled; // the events asked for now
    bool poll_closed;
    SSL *ssl;
    bool tls_ready, tls_read_wants_write, tls_write_wants_read;
    char address[ADDRESS_TEXT_MAX];
    uint8_t address_key[16]; // for limits: IPv4, or the /64 of IPv6
    RequestParser parser;
    Buffer in; // bytes read ahead of their turn
    size_t in_used;
    Buffer out;
    size_t out_sent;
    uint64_t deadline_ms;      // for what should come; 0: none
    uint64_t send_deadline_ms; // for what should go; 0: nothing waits
    size_t lingered;
    bool began; // a byte of the present request has come
    bool busy;  // an exchange is under way
    Exchange exchange;
    SseClient stream;
} Connection;

struct Server {
    ServerOptions options;
    Accounts *accounts;
    struct Door *door;
    uv_loop_t loop;
    uv_poll_t listening;
    uv_timer_t tick;
    uv_idle_t resume;
    uv_signal_t term, interrupt;
    uv_async_t wake;
    int fd, spare_fd;
    SSL_CTX *tls;
    char url[128];
    Connection *connections;
    Connection *resume_first;
    unsigned connection_count;
    bool stopping;
    uint64_t stop_deadline_ms;
    unsigned awaiting; // exchanges that another thread will wake
    Exchange *woken;   // with `lock`: those that it did
    bool stop_asked;   // with `lock`: set by other threads
    uint64_t told_as_of;
    unsigned told_topics;
    uv_mutex_t lock;
    SseHub streams;
    Limits *limits;
    Metrics metrics;
    uint64_t failures;     // numbers failures for their id
    unsigned sign_ins_now; // passwords that are being checked
    uint32_t boot;         // random, so that ids of two runs differ
    int64_t date_second;
    char date[40];
    uint8_t scratch[SCRATCH_BYTES];
};

// connection.c
// Takes a socket. Closes it when there is no memory.
void connection_open(Server *server, int fd, const struct sockaddr *address);
void connection_close(Connection *connection);
// After an exchange has its answer: writes it and goes on.
void connection_answered(Connection *connection);
// Looks at the clock.
void connection_tick(Connection *connection, uint64_t now_ms);
// Goes on with a connection: requests read ahead, bytes that wait, answers that can go.
void connection_pump(Connection *connection);
// Another turn, after the others.
void connection_resume(Connection *connection);
size_t connection_pending(const Connection *connection);
// Adds bytes of a stream; false when the reader lags too far behind and was cut off.
bool connection_stream(Connection *connection, Text bytes);

// router.c
// Counts the answer and, where asked, writes its line.
void router_account(Exchange *exchange);
// After slow work or a wake.
void exchange_go_on(Exchange *exchange);
void metrics_name_routes(Server *server);

// listen.c
// A connection waits for another turn.
void server_wants_resume(Server *server);
const char *server_date(Server *server);
Instant server_now(void);
