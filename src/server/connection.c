// One connection: its socket (with or without TLS), what waits to come in and go out, its clocks.
//
// States: OPEN -> (answer with close, refusal) FLUSHING -> LINGERING -> CLOSED, or OPEN ->
// STREAMING. One request is under way at a time; bytes of later ones wait in `in`, and while an
// exchange is busy or more than PENDING_HIGH bytes wait to go out, nothing is read: the kernel then
// slows the client. A socket with unread bytes that is closed resets the line and can take the last
// answer with it, so after a last answer only the sending side is shut, and what still comes is
// thrown away for a while.
#include "base/memory.h"
#include "server/diag.h"
#include "server/inside.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WOULD_BLOCK = -1, BROKEN = -2 };

size_t connection_pending(const Connection *connection) {
    return connection->out.length - connection->out_sent;
}

static uint64_t now_ms(const Connection *connection) {
    return uv_now(&connection->server->loop);
}

// How the SSL call that returned `result` stands; notes what it waits for.
static ssize_t tls_result(Connection *connection, int result, bool *wants_other, int other) {
    int error = SSL_get_error(connection->ssl, result);
    *wants_other = error == other;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return WOULD_BLOCK;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    connection->server->metrics.tls_failures++;
    SSL_set_quiet_shutdown(connection->ssl, 1); // after a failure nothing more may be said
    return BROKEN;
}

static ssize_t receive(Connection *connection, uint8_t *bytes, size_t size) {
    if (connection->ssl) {
        ERR_clear_error();
        int n = SSL_read(connection->ssl, bytes, (int)size);
        if (n > 0) {
            connection->tls_ready = true;
            connection->tls_read_wants_write = false;
            return n;
        }
        return tls_result(connection, n, &connection->tls_read_wants_write, SSL_ERROR_WANT_WRITE);
    }
    ssize_t n;
    do
        n = recv(connection->fd, bytes, size, 0);
    while (n < 0 && errno == EINTR);
    return n >= 0 ? n : errno == EAGAIN || errno == EWOULDBLOCK ? WOULD_BLOCK : BROKEN;
}

static ssize_t transmit(Connection *connection, const uint8_t *bytes, size_t size) {
    if (connection->ssl) {
        ERR_clear_error();
        int n = SSL_write(connection->ssl, bytes, size > 1 << 20 ? 1 << 20 : (int)size);
        if (n > 0) {
            connection->tls_write_wants_read = false;
            return n;
        }
        ssize_t result =
            tls_result(connection, n, &connection->tls_write_wants_read, SSL_ERROR_WANT_READ);
        return result == 0 ? BROKEN : result;
    }
    ssize_t n;
    do
        n = send(connection->fd, bytes, size, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n >= 0 ? n : errno == EAGAIN || errno == EWOULDBLOCK ? WOULD_BLOCK : BROKEN;
}

// ---- Life

static void free_when_over(Connection *connection) {
    if (connection->state != CONNECTION_CLOSED || !connection->poll_closed || connection->busy)
        return;
    exchange_done(&connection->exchange);
    request_done(&connection->parser);
    buffer_done(&connection->in);
    buffer_done(&connection->out);
    memory_free(connection);
}

static void on_poll_closed(uv_handle_t *handle) {
    Connection *connection = handle->data;
    connection->poll_closed = true;
    free_when_over(connection);
}

static void leave_resume(Connection *connection) {
    if (!connection->resuming) return;
    for (Connection **at = &connection->server->resume_first; *at; at = &(*at)->resume_next)
        if (*at == connection) {
            *at = connection->resume_next;
            break;
        }
    connection->resuming = false;
}

void connection_close(Connection *connection) {
    Server *server = connection->server;
    if (connection->state == CONNECTION_CLOSED) return;
    connection->state = CONNECTION_CLOSED;
    sse_leave(&server->streams, &connection->stream);
    leave_resume(connection);
    if (connection->next) connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    server->connection_count--;
    server->metrics.connections_now--;
    uv_poll_stop(&connection->poll);
    if (connection->ssl) {
        if (connection->tls_ready) SSL_shutdown(connection->ssl);
        SSL_free(connection->ssl);
        connection->ssl = NULL;
    }
    uv_close((uv_handle_t *)&connection->poll, on_poll_closed);
    close(connection->fd);
}

static void read_address(Connection *connection, const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        inet_ntop(AF_INET, &in->sin_addr, connection->address, sizeof connection->address);
        memcpy(connection->address_key, &in->sin_addr, sizeof in->sin_addr);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)address;
        inet_ntop(AF_INET6, &in->sin6_addr, connection->address, sizeof connection->address);
        memcpy(connection->address_key, &in->sin6_addr, 8);
        connection->address_key[15] = 6;
    }
}

static void on_poll(uv_poll_t *poll, int status, int events);

void connection_open(Server *server, int fd, const struct sockaddr *address) {
    Connection *connection = memory_new_zero(1, sizeof *connection);
    if (!connection || uv_poll_init(&server->loop, &connection->poll, fd) != 0) goto failed;
    connection->server = server;
    connection->fd = fd;
    read_address(connection, address);
    unsigned same = 0;
    for (const Connection *other = server->connections; other; other = other->next)
        same += memcmp(other->address_key, connection->address_key, 16) == 0;
    bool room = server->connection_count < server->options.connections_max &&
                same < server->options.connections_per_address_max;
    if (server->tls && room) {
        connection->ssl = SSL_new(server->tls);
        room = connection->ssl && SSL_set_fd(connection->ssl, fd) == 1;
        if (room) SSL_set_accept_state(connection->ssl);
    }
    request_init(&connection->parser);
    buffer_init(&connection->in, SCRATCH_BYTES);
    buffer_init(&connection->out, PENDING_MAX);
    exchange_init(&connection->exchange, server, connection);
    connection->poll.data = connection;
    connection->next = server->connections;
    if (connection->next) connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;
    server->metrics.connections_now++;
    server->metrics.connections_opened++;
    connection->deadline_ms = now_ms(connection) + server->options.head_ms;
    if (!room) {
        server->metrics.connections_refused++;
        connection_close(connection);
        return;
    }
    connection_pump(connection);
    return;
failed:
    memory_free(connection);
    close(fd);
}

void connection_resume(Connection *connection) {
    Server *server = connection->server;
    if (connection->resuming || connection->state == CONNECTION_CLOSED) return;
    connection->resuming = true;
    Connection **at = &server->resume_first;
    while (*at)
        at = &(*at)->resume_next;
    *at = connection;
    connection->resume_next = NULL;
    server_wants_resume(server);
}

// ---- Out

static void shut(Connection *connection) {
    if (connection->ssl && connection->tls_ready) SSL_shutdown(connection->ssl);
    shutdown(connection->fd, SHUT_WR);
    connection->state = CONNECTION_LINGERING;
    connection->deadline_ms = now_ms(connection) + LINGER_MS;
}

static void flush(Connection *connection) {
    Server *server = connection->server;
    while (connection->state != CONNECTION_CLOSED && connection_pending(connection)) {
        ssize_t n = transmit(connection, connection->out.bytes + connection->out_sent,
                             connection_pending(connection));
        if (n == WOULD_BLOCK) {
            if (!connection->send_deadline_ms)
                connection->send_deadline_ms = now_ms(connection) + server->options.send_ms;
            return;
        }
        if (n < 0) {
            connection_close(connection);
            return;
        }
        connection->out_sent += (size_t)n;
        connection->send_deadline_ms = 0;
        server->metrics.bytes_out += (uint64_t)n;
    }
    if (connection->state == CONNECTION_CLOSED) return;
    connection->out_sent = 0;
    if (connection->out.capacity > SCRATCH_BYTES) buffer_done(&connection->out);
    buffer_reset(&connection->out);
    if (connection->state == CONNECTION_FLUSHING) shut(connection);
}

// Drops what has been sent from the front, so that a stream that never quite drains stays small.
static void compact(Connection *connection) {
    Buffer *out = &connection->out;
    if (connection->out_sent == 0) return;
    memmove(out->bytes, out->bytes + connection->out_sent, connection_pending(connection));
    out->length -= connection->out_sent;
    connection->out_sent = 0;
}

bool connection_stream(Connection *connection, Text bytes) {
    if (connection->state != CONNECTION_STREAMING) return true;
    compact(connection);
    bool fits = connection->out.length + bytes.length <= PENDING_HIGH &&
                buffer_text(&connection->out, bytes);
    if (!fits) {
        connection_close(connection);
        return false;
    }
    connection_pump(connection);
    return true;
}

static ResponseFrame frame_of(Connection *connection, bool keep_alive) {
    const Request *request = &connection->parser.request;
    return (ResponseFrame){
        .head_only = request->method == METHOD_HEAD,
        .keep_alive = keep_alive,
        .version_10 = !request->version_11,
        .tls = connection->server->tls != NULL,
        .date = server_date(connection->server),
    };
}

// Appends the answer, or, when that cannot be done, nothing.
static bool append(Connection *connection, const Response *response, const ResponseFrame *frame) {
    size_t before = connection->out.length;
    if (response_write(response, frame, &connection->out)) return true;
    connection->out.length = before;
    connection->out.failed = connection->out.over = false;
    return false;
}

// The connection's last answer, made by the transport itself.
static void refuse(Connection *connection, int status, const char *reason) {
    Response response;
    ResponseFrame frame = frame_of(connection, false);
    frame.head_only = false;
    response_init(&response);
    response_problem(&response, &(Problem){.status = status, .message = reason});
    connection->state = CONNECTION_FLUSHING;
    if (!append(connection, &response, &frame)) connection_close(connection);
    response_done(&response);
}

// The exchange has its answer: out with it, and ready for the next request.
static void finish(Connection *connection) {
    Server *server = connection->server;
    Exchange *exchange = &connection->exchange;
    const Request *request = &connection->parser.request;
    bool keep_alive = request->keep_alive && !server->stopping;
    ResponseFrame frame = frame_of(connection, keep_alive);
    bool streams = exchange->response.stream && !frame.head_only && !server->stopping;
    connection->busy = false;
    router_account(exchange);
    if (!append(connection, &exchange->response, &frame)) {
        refuse(connection, 503, "the answer is too large for the memory there is");
    } else if (streams) {
        connection->state = CONNECTION_STREAMING;
        connection->deadline_ms = 0;
        sse_join(&server->streams, &connection->stream, connection);
    } else if (!keep_alive || exchange->response.stream) {
        connection->state = CONNECTION_FLUSHING;
    } else {
        connection->deadline_ms = now_ms(connection) + server->options.idle_ms;
    }
    exchange_done(exchange);
    exchange_init(exchange, server, connection);
    connection->began = false;
    request_next(&connection->parser);
}

void connection_answered(Connection *connection) {
    if (connection->state == CONNECTION_CLOSED) {
        connection->busy = false;
        free_when_over(connection);
        return;
    }
    finish(connection);
    connection_pump(connection);
}

// ---- In

static void head_is_whole(Connection *connection, bool more_follows) {
    RequestParser *parser = &connection->parser;
    uint64_t announced = parser->chunked ? UINT64_MAX : parser->content_length;
    size_t body_max = router_body_max(connection->server, &parser->request, announced);
    connection->deadline_ms = now_ms(connection) + connection->server->options.body_ms;
    if (request_body_max(parser, body_max) && parser->request.expects_continue && !more_follows)
        buffer_string(&connection->out, "HTTP/1.1 100 Continue\r\n\r\n");
}

// Takes bytes up to the end of one request and runs it. Returns how many.
static size_t take(Connection *connection, const uint8_t *bytes, size_t length) {
    RequestParser *parser = &connection->parser;
    size_t taken = 0;
    if (length && !connection->began) {
        connection->began = true;
        connection->deadline_ms = now_ms(connection) + connection->server->options.head_ms;
    }
    for (;;) {
        size_t used;
        switch (request_feed(parser, bytes + taken, length - taken, &used)) {
        case PARSE_MORE:
            return taken + used;
        case PARSE_HEAD:
            taken += used;
            head_is_whole(connection, taken < length);
            continue;
        case PARSE_DONE:
            connection->deadline_ms = 0;
            connection->busy = true;
            router_run(&connection->exchange);
            if (!connection->exchange.later) finish(connection);
            return taken + used;
        case PARSE_REFUSED:
            connection->server->metrics.requests_malformed++;
            refuse(connection, parser->refusal, parser->reason);
            return length;
        }
    }
}

// One read or one request. False when there is nothing to be done now.
static bool step(Connection *connection) {
    Server *server = connection->server;
    Buffer *in = &connection->in;
    if (connection->in_used < in->length) {
        connection->in_used +=
            take(connection, in->bytes + connection->in_used, in->length - connection->in_used);
        if (connection->in_used >= in->length) {
            buffer_done(in);
            connection->in_used = 0;
        }
        return true;
    }
    ssize_t n = receive(connection, server->scratch, sizeof server->scratch);
    if (n == WOULD_BLOCK) return false;
    if (n == 0 && connection_pending(connection)) {
        connection->state = CONNECTION_FLUSHING; // it sent its last and waits for our answers
        return false;
    }
    if (n <= 0) {
        connection_close(connection);
        return false;
    }
    server->metrics.bytes_in += (uint64_t)n;
    size_t used = take(connection, server->scratch, (size_t)n);
    if (used < (size_t)n && connection->state == CONNECTION_OPEN &&
        !buffer_bytes(in, server->scratch + used, (size_t)n - used))
        connection_close(connection);
    return true;
}

static void throw_away(Connection *connection) {
    Server *server = connection->server;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        ssize_t n = receive(connection, server->scratch, sizeof server->scratch);
        if (n == WOULD_BLOCK) return;
        connection->lingered += n > 0 ? (size_t)n : 0;
        if (n <= 0 || connection->lingered > LINGER_BYTES_MAX) {
            connection_close(connection);
            return;
        }
    }
}

static bool wants_to_read(const Connection *connection) {
    if (connection->state == CONNECTION_STREAMING || connection->state == CONNECTION_LINGERING)
        return true;
    return connection->state == CONNECTION_OPEN && !connection->busy &&
           connection_pending(connection) <= PENDING_HIGH;
}

static void update_poll(Connection *connection) {
    int wanted = 0;
    if (wants_to_read(connection))
        wanted |= connection->tls_read_wants_write ? UV_WRITABLE : UV_READABLE;
    if (connection_pending(connection))
        wanted |= connection->tls_write_wants_read ? UV_READABLE : UV_WRITABLE;
    if (wanted == connection->polled) return;
    connection->polled = wanted;
    if (wanted)
        uv_poll_start(&connection->poll, wanted, on_poll);
    else
        uv_poll_stop(&connection->poll);
}

void connection_pump(Connection *connection) {
    int round = 0;
    while (connection->state == CONNECTION_OPEN && wants_to_read(connection) &&
           round < ROUNDS_MAX && step(connection))
        round++;
    flush(connection);
    if (connection->state == CONNECTION_STREAMING || connection->state == CONNECTION_LINGERING)
        throw_away(connection);
    if (connection->state == CONNECTION_CLOSED) return;
    // Whatever is already on our side of the socket will cause no event there.
    bool ahead = connection->in_used < connection->in.length ||
                 (connection->ssl && SSL_pending(connection->ssl) > 0);
    if (round == ROUNDS_MAX || (ahead && wants_to_read(connection))) connection_resume(connection);
    update_poll(connection);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    Connection *connection = poll->data;
    (void)events;
    if (status < 0) {
        connection_close(connection);
        return;
    }
    flush(connection);
    if (connection->state != CONNECTION_CLOSED) connection_pump(connection);
}

void connection_tick(Connection *connection, uint64_t now) {
    Server *server = connection->server;
    if (connection->send_deadline_ms) {
        if (now < connection->send_deadline_ms) return;
        server->metrics.timeouts++;
        connection_close(connection);
        return;
    }
    if (!connection->deadline_ms || now < connection->deadline_ms) return;
    if (connection->state == CONNECTION_OPEN && connection->began && !connection->busy) {
        server->metrics.timeouts++;
        refuse(connection, 408, "the request came too slowly");
        connection_pump(connection);
        return;
    }
    connection_close(connection);
}
