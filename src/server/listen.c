// The loop: takes connections, looks at clocks, hears signals, and stops in good order.
#include "server/listen.h"
#include "access/records.h"
#include "base/memory.h"
#include "server/diag.h"
#include "server/door.h"
#include "server/inside.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

ServerOptions server_defaults(void) {
    return (ServerOptions){
        .listen = "127.0.0.1:8080",
        .connections_max = 4096,
        .connections_per_address_max = 1024,
        .head_ms = 10000,
        .body_ms = 60000,
        .idle_ms = 60000,
        .send_ms = 30000,
        .stop_ms = 10000,
        .heartbeat_ms = 15000,
        .limit_per_second = 2000,
        .limit_burst = 10000,
        .take_signals = true,
    };
}

Instant server_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (Instant)now.tv_sec * INSTANT_PER_SECOND + now.tv_nsec / 1000;
}

const char *server_date(Server *server) {
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t second = server_now() / INSTANT_PER_SECOND;
    if (second == server->date_second) return server->date;
    server->date_second = second;
    int year, month, day, of_day = (int)(second % 86400);
    Day date = (Day)(second / 86400);
    day_split(date, &year, &month, &day);
    snprintf(server->date, sizeof server->date, "%s, %02d %s %04d %02d:%02d:%02d GMT",
             days[(date + 4) % 7], day, months[month - 1], year, of_day / 3600, of_day / 60 % 60,
             of_day % 60);
    return server->date;
}

// ---- Opening

static bool tls_failed(Status *status, const char *what, const char *path) {
    char words[256];
    ERR_error_string_n(ERR_get_error(), words, sizeof words);
    ERR_clear_error();
    status_set(status, STATUS_INVALID, "could not use %s \"%s\"", what, path);
    status_hint(status, "give a PEM file that this program may read");
    return status_detail(status, "%s", words);
}

static bool open_tls(Server *server, Status *status) {
    const ServerOptions *options = &server->options;
    if (!options->certificate && !options->private_key) return true;
    if (!options->certificate || !options->private_key)
        return status_set(status, STATUS_INVALID, "TLS needs a certificate and its private key");
    server->tls = SSL_CTX_new(TLS_server_method());
    if (!server->tls) return status_no_memory(status);
    SSL_CTX_set_min_proto_version(server->tls, TLS1_2_VERSION);
    SSL_CTX_set_options(server->tls, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(server->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_chain_file(server->tls, options->certificate) != 1)
        return tls_failed(status, "certificate", options->certificate);
    if (SSL_CTX_use_PrivateKey_file(server->tls, options->private_key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(server->tls) != 1)
        return tls_failed(status, "private key", options->private_key);
    return true;
}

// "ADDR:PORT" or "[ADDR]:PORT".
static bool split_listen(const char *listen, char host[64], char port[8], Status *status) {
    const char *colon = strrchr(listen, ':');
    size_t length = colon ? (size_t)(colon - listen) : 0;
    bool bracketed = length >= 2 && listen[0] == '[' && colon[-1] == ']';
    const char *from = bracketed ? listen + 1 : listen;
    if (bracketed) length -= 2;
    bool number = colon && strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
                  strtol(colon + 1, NULL, 10) <= 65535;
    if (!number || length == 0 || length >= 64 || strlen(colon + 1) == 0 || strlen(colon + 1) > 5) {
        status_set(status, STATUS_INVALID, "no address to listen on: \"%s\"", listen);
        return status_hint(status, "give ADDRESS:PORT, such as 127.0.0.1:8080");
    }
    memcpy(host, from, length);
    host[length] = 0;
    strcpy(port, colon + 1);
    return true;
}

static bool open_socket(Server *server, Status *status) {
    const char *listen_on = server->options.listen;
    char host[64], port[8];
    if (!split_listen(listen_on, host, port, status)) return false;
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, port, &wanted, &found) != 0 || !found) {
        status_set(status, STATUS_INVALID, "no address to listen on: \"%s\"", listen_on);
        return status_hint(status, "give a numeric address and a port, such as 127.0.0.1:8080");
    }
    struct sockaddr_storage bound = {0};
    socklen_t bound_length = sizeof bound;
    int on = 1;
    server->fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool fine =
        server->fd >= 0 && setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(server->fd, found->ai_addr, found->ai_addrlen) == 0 && listen(server->fd, 1024) == 0 &&
        getsockname(server->fd, (struct sockaddr *)&bound, &bound_length) == 0;
    int error = errno;
    freeaddrinfo(found);
    if (!fine)
        return status_set(status, STATUS_IO, "could not listen on \"%s\": %s", listen_on,
                          strerror(error));
    bool six = bound.ss_family == AF_INET6;
    unsigned number = six ? ntohs(((struct sockaddr_in6 *)(void *)&bound)->sin6_port)
                          : ntohs(((struct sockaddr_in *)(void *)&bound)->sin_port);
    snprintf(server->url, sizeof server->url, "%s://%s%s%s:%u", server->tls ? "https" : "http",
             six ? "[" : "", host, six ? "]" : "", number);
    return true;
}

static void on_listening(uv_poll_t *poll, int status, int events);
static void on_tick(uv_timer_t *timer);
static void on_resume(uv_idle_t *idle);
static void on_signal(uv_signal_t *signal, int number);
static void on_wake(uv_async_t *async);

static unsigned tick_ms(const ServerOptions *options) {
    unsigned least = options->head_ms;
    const unsigned all[] = {options->body_ms, options->idle_ms, options->send_ms, options->stop_ms,
                            options->heartbeat_ms};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] < least) least = all[i];
    unsigned quarter = least / 4;
    return quarter < 10 ? 10 : quarter > 250 ? 250 : quarter;
}

static bool open_loop(Server *server, Status *status) {
    if (uv_loop_init(&server->loop) != 0) return status_no_memory(status);
    // From here on the handles exist and server_close() takes the loop down.
    uv_poll_init(&server->loop, &server->listening, server->fd);
    uv_timer_init(&server->loop, &server->tick);
    uv_idle_init(&server->loop, &server->resume);
    uv_signal_init(&server->loop, &server->term);
    uv_signal_init(&server->loop, &server->interrupt);
    uv_async_init(&server->loop, &server->wake, on_wake);
    server->listening.data = server->tick.data = server->resume.data = server;
    server->term.data = server->interrupt.data = server->wake.data = server;
    unsigned every = tick_ms(&server->options);
    uv_timer_start(&server->tick, on_tick, every, every);
    return true;
}

// Principals without a party speak for the authority, which the book names.
static bool learn_authority(Server *server, Status *status) {
    BookFacts facts;
    if (!server->door || !server->door->access || !server->accounts) return true;
    if (!access_book(server->door->access, &facts, status)) return false;
    accounts_authority(server->accounts, text_of(facts.authority));
    return true;
}

Server *server_open(const ServerOptions *options, Accounts *accounts, struct Door *door,
                    Status *status) {
    Server *server = sodium_init() < 0 ? NULL : memory_new_zero(1, sizeof *server);
    if (!server) {
        status_no_memory(status);
        return NULL;
    }
    server->options = *options;
    if (!options->routes) {
        server->options.routes = api_routes;
        server->options.route_count = api_route_count;
    }
    server->accounts = accounts;
    server->door = door;
    server->fd = -1;
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    server->boot = randombytes_random();
    server->metrics.started_s = (uint64_t)(server_now() / INSTANT_PER_SECOND);
    metrics_name_routes(server);
    uv_mutex_init(&server->lock);
    server->limits = limits_new(options->limit_per_second, options->limit_burst, status);
    setenv("UV_THREADPOOL_SIZE", "8", 0); // before the loop asks for its first worker
    bool fine = server->limits && learn_authority(server, status) && open_tls(server, status) &&
                open_socket(server, status);
    if (fine && open_loop(server, status)) return server;
    if (server->fd >= 0) close(server->fd);
    if (server->spare_fd >= 0) close(server->spare_fd);
    SSL_CTX_free(server->tls);
    limits_free(server->limits);
    uv_mutex_destroy(&server->lock);
    memory_free(server);
    return NULL;
}

const char *server_url(const Server *server) {
    return server->url;
}

// ---- Running

// Out of descriptors, a connection that waits would wake the loop for ever: it is taken with the
// spare one and closed.
static void shed_one(Server *server) {
    if (server->spare_fd < 0) return;
    close(server->spare_fd);
    int fd = accept(server->fd, NULL, NULL);
    if (fd >= 0) close(fd);
    server->metrics.connections_refused++;
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_listening(uv_poll_t *poll, int status, int events) {
    Server *server = poll->data;
    (void)events;
    for (int i = 0; i < 64 && status == 0; i++) {
        struct sockaddr_storage address;
        socklen_t length = sizeof address;
        int on = 1;
        int fd =
            accept4(server->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE) shed_one(server);
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connection_open(server, fd, (struct sockaddr *)&address);
    }
}

static void update_resume(Server *server) {
    bool wanted = server->resume_first != NULL;
    bool active = uv_is_active((uv_handle_t *)&server->resume) != 0;
    if (wanted && !active) uv_idle_start(&server->resume, on_resume);
    if (!wanted && active) uv_idle_stop(&server->resume);
}

static void on_resume(uv_idle_t *idle) {
    Server *server = idle->data;
    size_t waiting = 0;
    for (const Connection *c = server->resume_first; c; c = c->resume_next)
        waiting++;
    // One turn for each that waited when we began; those that want more queue behind.
    for (; waiting && server->resume_first; waiting--) {
        Connection *connection = server->resume_first;
        server->resume_first = connection->resume_next;
        connection->resuming = false;
        connection_pump(connection);
    }
    update_resume(server);
}

void server_wants_resume(Server *server) {
    update_resume(server);
}

static void close_handle(uv_handle_t *handle) {
    if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void close_handles(Server *server) {
    close_handle((uv_handle_t *)&server->listening);
    close_handle((uv_handle_t *)&server->tick);
    close_handle((uv_handle_t *)&server->resume);
    close_handle((uv_handle_t *)&server->term);
    close_handle((uv_handle_t *)&server->interrupt);
    close_handle((uv_handle_t *)&server->wake);
}

// Whether a connection has nothing under way.
static bool is_idle(const Connection *connection) {
    return connection->state == CONNECTION_STREAMING ||
           (connection->state == CONNECTION_OPEN && !connection->began && !connection->busy &&
            connection_pending(connection) == 0);
}

static void begin_stop(Server *server) {
    if (server->stopping) return;
    server->stopping = true;
    server->stop_deadline_ms = uv_now(&server->loop) + server->options.stop_ms;
    uv_poll_stop(&server->listening);
    close(server->fd);
    server->fd = -1;
    DiagLine line;
    diag_begin(&line, DIAG_INFO, "stopping");
    diag_number(&line, "connections", server->connection_count);
    diag_end(&line);
}

static void go_on_stopping(Server *server) {
    bool over = uv_now(&server->loop) >= server->stop_deadline_ms;
    for (Connection *connection = server->connections, *next; connection; connection = next) {
        next = connection->next;
        if (over || is_idle(connection)) connection_close(connection);
    }
    if (server->connection_count == 0 && server->awaiting == 0) close_handles(server);
}

static void on_tick(uv_timer_t *timer) {
    Server *server = timer->data;
    uint64_t now = uv_now(&server->loop);
    for (Connection *connection = server->connections, *next; connection; connection = next) {
        next = connection->next;
        connection_tick(connection, now);
    }
    sse_tick(&server->streams, now, server->options.heartbeat_ms);
    if (server->stopping) go_on_stopping(server);
}

static void on_signal(uv_signal_t *signal, int number) {
    (void)number;
    begin_stop(signal->data);
}

static void on_wake(uv_async_t *async) {
    Server *server = async->data;
    uv_mutex_lock(&server->lock);
    uint64_t as_of = server->told_as_of;
    unsigned topics = server->told_topics;
    bool stop = server->stop_asked;
    Exchange *woken = server->woken;
    server->told_topics = 0;
    server->woken = NULL;
    uv_mutex_unlock(&server->lock);
    if (topics) sse_publish(&server->streams, as_of, topics);
    while (woken) {
        Exchange *exchange = woken;
        woken = exchange->woken_next;
        server->awaiting--;
        exchange_go_on(exchange);
    }
    if (stop) begin_stop(server);
}

bool server_run(Server *server, Status *status) {
    if (uv_poll_start(&server->listening, UV_READABLE, on_listening) != 0)
        return status_set(status, STATUS_IO, "could not wait for connections");
    if (server->options.take_signals) {
        signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
        uv_signal_start(&server->term, on_signal, SIGTERM);
        uv_signal_start(&server->interrupt, on_signal, SIGINT);
    }
    uv_run(&server->loop, UV_RUN_DEFAULT);
    return true;
}

void server_stop(Server *server) {
    uv_mutex_lock(&server->lock);
    server->stop_asked = true;
    uv_mutex_unlock(&server->lock);
    uv_async_send(&server->wake);
}

void server_tell(Server *server, uint64_t as_of, unsigned topics) {
    uv_mutex_lock(&server->lock);
    if (as_of > server->told_as_of) server->told_as_of = as_of;
    server->told_topics |= topics;
    uv_mutex_unlock(&server->lock);
    uv_async_send(&server->wake);
}

void server_close(Server *server) {
    if (!server) return;
    for (Connection *connection = server->connections, *next; connection; connection = next) {
        next = connection->next;
        connection_close(connection);
    }
    close_handles(server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->loop);
    if (server->fd >= 0) close(server->fd);
    if (server->spare_fd >= 0) close(server->spare_fd);
    SSL_CTX_free(server->tls);
    limits_free(server->limits);
    uv_mutex_destroy(&server->lock);
    memory_free(server);
}
