// A server on a free port of loopback in a thread of its own, and blocking clients for it.
// Nothing here looks at the clock: a client waits until the server answers or closes; an alarm ends
// a test that would hang.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "server/diag.h"
#include "server/inside.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Rig {
    Server *server;
    pthread_t thread;
    uint16_t port;
    bool running;
} Rig;

static void *rig_run(void *context) {
    Status status;
    Rig *rig = context;
    if (!server_run(rig->server, &status)) abort();
    return NULL;
}

static inline ServerOptions rig_options(const Route *routes, size_t count) {
    ServerOptions options = server_defaults();
    options.listen = "127.0.0.1:0";
    options.take_signals = false;
    options.routes = routes;
    options.route_count = count;
    options.limit_per_second = options.limit_burst = 10000000;
    return options;
}

static inline void rig_start_with(Rig *rig, const ServerOptions *options, Accounts *accounts,
                                  struct Door *door) {
    Status status = {0};
    alarm(60);
    diag_level(DIAG_ERROR);
    rig->server = server_open(options, accounts, door, &status);
    if (!rig->server) fail_msg("%s (%s)", status.message, status.detail);
    rig->port = (uint16_t)atoi(strrchr(server_url(rig->server), ':') + 1);
    assert_int_equal(pthread_create(&rig->thread, NULL, rig_run, rig), 0);
    rig->running = true;
}

static inline void rig_start(Rig *rig, const ServerOptions *options, Accounts *accounts) {
    rig_start_with(rig, options, accounts, NULL);
}

// Waits until the loop has ended; the server can still be looked at.
static inline void rig_join(Rig *rig) {
    if (rig->running) assert_int_equal(pthread_join(rig->thread, NULL), 0);
    rig->running = false;
}

static inline void rig_stop(Rig *rig) {
    if (rig->running) server_stop(rig->server);
    rig_join(rig);
    server_close(rig->server);
    alarm(0);
}

static inline int rig_connect(const Rig *rig) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(rig->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    assert_true(fd >= 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void rig_send(int fd, const char *bytes, size_t length) {
    while (length) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n <= 0) return; // it was closed in our face; the answer tells why
        bytes += n;
        length -= (size_t)n;
    }
}

static inline void rig_say(int fd, const char *text) {
    rig_send(fd, text, strlen(text));
}

// Reads one answer, head and body by its Content-Length; empty when the line was closed first.
// `head_only`: the answer to HEAD.
static inline char *rig_answer(int fd, bool head_only) {
    size_t size = 1 << 16, length = 0, body_at = 0, wanted = SIZE_MAX;
    char *answer = malloc(size);
    while (length < wanted) {
        // Byte by byte within the head, so that the next answer is not touched.
        size_t ask = body_at ? wanted - length : 1;
        if (length + ask + 1 > size) answer = realloc(answer, size = (length + ask) * 2);
        ssize_t n = recv(fd, answer + length, ask, 0);
        if (n <= 0) break;
        length += (size_t)n;
        answer[length] = 0;
        if (!body_at && length >= 4 && memcmp(answer + length - 4, "\r\n\r\n", 4) == 0) {
            body_at = length;
            char *field = strstr(answer, "Content-Length: ");
            wanted = length + (field && !head_only ? (size_t)atoi(field + 16) : 0);
        }
    }
    answer[length] = 0;
    return answer;
}

static inline int rig_status(const char *answer) {
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

// Whether the other side has closed and nothing more comes.
static inline bool rig_is_closed(int fd) {
    char byte;
    return recv(fd, &byte, 1, 0) <= 0;
}

// One request on a line of its own; the caller frees the answer.
static inline char *rig_ask(const Rig *rig, const char *request) {
    int fd = rig_connect(rig);
    rig_say(fd, request);
    char *answer = rig_answer(fd, strncmp(request, "HEAD", 4) == 0);
    close(fd);
    return answer;
}

#define ROUTES(list) list, sizeof list / sizeof *list
