// The server on real sockets of loopback.
#include "harness.h"
#include "server/sse.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static void say_hello(Exchange *exchange) {
    buffer_string(&exchange->response.text, "hello");
    exchange->response.content_type = "text/plain";
}

static void say_path(Exchange *exchange) {
    buffer_text(&exchange->response.text, exchange->parameters[0]);
    buffer_string(&exchange->response.text, "|");
    buffer_text(&exchange->response.text, exchange_query(exchange, "q"));
    exchange->response.content_type = "text/plain";
}

static void say_much(Exchange *exchange) {
    for (int i = 0; i < 32 * 1024 / 16; i++)
        buffer_string(&exchange->response.text, "0123456789abcdef");
    exchange->response.content_type = "text/plain";
}

static void say_body(Exchange *exchange) {
    buffer_text(&exchange->response.text, exchange->request->body);
    exchange->response.content_type = "text/plain";
}

static void say_cut_off(Exchange *exchange) {
    buffer_format(&exchange->response.text, "cut off %d",
                  (int)exchange->server->metrics.streams_cut_off);
    exchange->response.content_type = "text/plain";
}

// Slow work that a test holds up until it says so.
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static int gate_waiting, gate_open;

static void wait_at_gate(Exchange *exchange) {
    pthread_mutex_lock(&gate);
    gate_waiting++;
    pthread_cond_broadcast(&gate_moved);
    while (!gate_open)
        pthread_cond_wait(&gate_moved, &gate);
    gate_waiting--;
    pthread_mutex_unlock(&gate);
    buffer_string(&exchange->response.text, "slow");
}

static void after_gate(Exchange *exchange) {
    exchange->response.content_type = "text/plain";
}

static void say_slowly(Exchange *exchange) {
    exchange_later(exchange, wait_at_gate, after_gate);
}

static void gate_until_waiting(int count) {
    pthread_mutex_lock(&gate);
    while (gate_waiting < count)
        pthread_cond_wait(&gate_moved, &gate);
    pthread_mutex_unlock(&gate);
}

static void gate_set(int open) {
    pthread_mutex_lock(&gate);
    gate_open = open;
    pthread_cond_broadcast(&gate_moved);
    pthread_mutex_unlock(&gate);
}

static const Route routes[] = {
    {METHOD_GET, "/hello", SCOPE_PUBLIC, BODY_NONE, 0, 1, "", say_hello},
    {METHOD_GET, "/path/{id}/x", SCOPE_PUBLIC, BODY_NONE, 0, 1, "q r", say_path},
    {METHOD_GET, "/much", SCOPE_PUBLIC, BODY_NONE, 0, 1, "", say_much},
    {METHOD_GET, "/slow", SCOPE_PUBLIC, BODY_NONE, 0, 1, "", say_slowly},
    {METHOD_POST, "/body", SCOPE_PUBLIC, BODY_JSON, 1 << 20, 1, "", say_body},
    {METHOD_GET, "/mine", SCOPE_READ, BODY_NONE, 0, 1, "", say_hello},
    {METHOD_GET, "/cut-off", SCOPE_PUBLIC, BODY_NONE, 0, 1, "", say_cut_off},
    {METHOD_GET, "/stream", SCOPE_PUBLIC, BODY_NONE, 0, 1, "", sse_begin},
};

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void expect(const Rig *rig, const char *request, int status, const char *holds) {
    char *answer = rig_ask(rig, request);
    if (rig_status(answer) != status) fail_msg("%s\ngave %s", request, answer);
    if (holds && !strstr(answer, holds))
        fail_msg("%s\ngave %s\nwithout %s", request, answer, holds);
    free(answer);
}

static void every_answer_has_the_security_headers(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        {GET("/hello"), 200},
        {"HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200},
        {"OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n", 204},
        {GET("/nowhere"), 404},
        {GET("/hello?x=1"), 400},
        {GET("/mine"), 401},
        {"DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        {"POST /body HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nContent-Length: 9999999\r\n\r\n",
         413},
        {"POST /body HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nContent-Length: 1\r\n\r\nx", 415},
        {"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 403},
    };
    static const char *const headers[] = {
        "Content-Security-Policy: default-src 'none';",
        "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "Cross-Origin-Opener-Policy: same-origin\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n",
        "Cache-Control: no-store\r\n",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t h = 0; h < sizeof headers / sizeof *headers; h++)
            expect(&rig, cases[i].request, cases[i].status, headers[h]);
    expect(&rig, GET("/nowhere"), 404,
           "{\"error\":{\"code\":\"not_found\",\"message\":\"no such thing\"");
    rig_stop(&rig);
}

static void head_has_the_length_and_no_body(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    int fd = rig_connect(&rig);
    rig_say(fd, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    char *answer = rig_answer(fd, true);
    assert_non_null(strstr(answer, "Content-Length: 5\r\n"));
    free(answer);
    rig_say(fd, GET("/hello")); // the line is still good, so no body came
    answer = rig_answer(fd, false);
    assert_int_equal(rig_status(answer), 200);
    free(answer);
    close(fd);
    expect(&rig, "OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n", 204,
           "Allow: OPTIONS, GET, HEAD\r\n");
    rig_stop(&rig);
}

static void pipelined_requests_are_answered_in_order(void **state) {
    (void)state;
    enum { REQUESTS = 500 };
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    int fd = rig_connect(&rig);
    char request[128], want[32];
    for (int i = 0; i < REQUESTS; i++) {
        snprintf(request, sizeof request, GET("/path/%d/x?q=n%%20%d"), i, i);
        rig_say(fd, request);
    }
    for (int i = 0; i < REQUESTS; i++) {
        char *answer = rig_answer(fd, false);
        snprintf(want, sizeof want, "\r\n\r\n%d|n %d", i, i);
        assert_non_null(strstr(answer, want));
        free(answer);
    }
    close(fd);
    rig_stop(&rig);
}

static void a_client_that_does_not_read_is_not_read_from(void **state) {
    (void)state;
    enum { REQUESTS = 4000 }; // 128 MiB of answers
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    int fd = rig_connect(&rig);
    static const char request[] = GET("/much");
    size_t sent = 0, all = (sizeof request - 1) * REQUESTS;
    char *requests = malloc(all);
    for (int i = 0; i < REQUESTS; i++)
        memcpy(requests + (size_t)i * (sizeof request - 1), request, sizeof request - 1);
    // Send until nothing more is taken for a whole second: the sockets are full, and so is the
    // server.
    struct timeval patience = {.tv_usec = 300000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int small = 1 << 16;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    while (sent < all) {
        ssize_t n = send(fd, requests + sent, all - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += (size_t)n;
    }
    // Others are served meanwhile, and no more waits than one answer beyond the limit.
    expect(&rig, GET("/hello"), 200, "hello");
    size_t answered = 0;
    while (answered < REQUESTS) {
        if (sent < all) {
            ssize_t n = send(fd, requests + sent, all - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n > 0) sent += (size_t)n;
        }
        char *answer = rig_answer(fd, false);
        assert_int_equal(rig_status(answer), 200);
        free(answer);
        answered++;
    }
    close(fd);
    rig_stop(&rig);
    free(requests);
}

static void malformed_requests_are_refused_and_others_served(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    int good = rig_connect(&rig);
    static const char *const bad[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: x\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "nonsense",
        "\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int fd = rig_connect(&rig);
        rig_say(fd, bad[i]);
        shutdown(fd, SHUT_WR);
        char *answer = rig_answer(fd, false);
        if (i != 3) assert_int_equal(rig_status(answer), 400);
        if (i != 3) assert_non_null(strstr(answer, "Connection: close\r\n"));
        free(answer);
        assert_true(rig_is_closed(fd));
        close(fd);
        rig_say(good, GET("/hello"));
        answer = rig_answer(good, false);
        assert_int_equal(rig_status(answer), 200);
        free(answer);
    }
    close(good);
    rig_stop(&rig);
}

static void what_stands_behind_a_refused_request_is_not_run(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    int fd = rig_connect(&rig);
    rig_say(fd, GET("/hello") "GET /hello HTTP/1.1\r\n\r\n" GET("/path/1/x"));
    char *answer = rig_answer(fd, false);
    assert_int_equal(rig_status(answer), 200);
    free(answer);
    answer = rig_answer(fd, false);
    assert_int_equal(rig_status(answer), 400);
    free(answer);
    assert_true(rig_is_closed(fd));
    close(fd);
    rig_stop(&rig);
    // A large head is answered although its rest is still on the way.
    rig_start(&rig, &options, NULL);
    fd = rig_connect(&rig);
    char *head = malloc(1 << 18);
    memset(head, 'x', 1 << 18);
    memcpy(head, "GET /hello HTTP/1.1\r\nHost: a\r\nX: ", 33);
    rig_send(fd, head, 1 << 18);
    answer = rig_answer(fd, false);
    assert_int_equal(rig_status(answer), 431);
    free(answer);
    free(head);
    close(fd);
    rig_stop(&rig);
}

static void slow_heads_and_bodies_get_408_and_idle_lines_are_closed(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    options.head_ms = options.body_ms = options.idle_ms = 60;
    rig_start(&rig, &options, NULL);
    int head = rig_connect(&rig), body = rig_connect(&rig), idle = rig_connect(&rig),
        silent = rig_connect(&rig);
    rig_say(head, "GET /hel");
    rig_say(body, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    rig_say(idle, GET("/hello"));
    char *answer = rig_answer(head, false);
    assert_int_equal(rig_status(answer), 408);
    free(answer);
    answer = rig_answer(body, false);
    assert_int_equal(rig_status(answer), 408);
    free(answer);
    answer = rig_answer(idle, false);
    assert_int_equal(rig_status(answer), 200);
    free(answer);
    assert_true(rig_is_closed(head) && rig_is_closed(body) && rig_is_closed(idle));
    assert_true(rig_is_closed(silent));
    close(head);
    close(body);
    close(idle);
    close(silent);
    rig_stop(&rig);
}

static void a_client_that_waits_to_send_its_body_is_told_to_go_on(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    int fd = rig_connect(&rig);
    rig_say(
        fd,
        "POST /body HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    char *answer = rig_answer(fd, false);
    assert_int_equal(rig_status(answer), 100);
    free(answer);
    rig_say(fd, "{}");
    answer = rig_answer(fd, false);
    assert_int_equal(rig_status(answer), 200);
    assert_non_null(strstr(answer, "\r\n\r\n{}"));
    free(answer);
    close(fd);
    rig_stop(&rig);
}

static void queries_have_only_names_that_the_route_knows(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    expect(&rig, GET("/path/QS%3A1%2F2/x?q=a+b%26"), 200, "QS:1/2|a b&");
    expect(&rig, GET("/path/1/x?r=1"), 200, "1|");
    expect(&rig, GET("/path/1/x?s=1"), 400, "\"where\":\"s\"");
    expect(&rig, GET("/path/1/x?q=1&q=2"), 400, "twice");
    expect(&rig, GET("/path/1/x?q=%zz"), 400, "encoded");
    expect(&rig, GET("/path/1/x?q=%ff"), 400, "encoded");
    expect(&rig, GET("/path/%00/x"), 400, "encoded");
    expect(&rig, GET("/path//x"), 404, NULL);
    expect(&rig, GET("/path/%2e%2e/x"), 200, "..|");
    expect(&rig, GET("/path/../x/hello"), 404, NULL);
    rig_stop(&rig);
}

static void who_asks_too_much_is_told_when_to_come_back(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    options.limit_per_second = 1;
    options.limit_burst = 3;
    rig_start(&rig, &options, NULL);
    for (int i = 0; i < 3; i++)
        expect(&rig, GET("/hello"), 200, NULL);
    expect(&rig, GET("/hello"), 429, "Retry-After: 1\r\n");
    rig_stop(&rig);
}

static void slow_work_does_not_hold_up_others(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    gate_set(0);
    int slow = rig_connect(&rig), gone = rig_connect(&rig);
    rig_say(slow, GET("/slow") GET("/hello"));
    rig_say(gone, GET("/slow"));
    gate_until_waiting(2);
    close(gone); // nobody will read that answer
    expect(&rig, GET("/hello"), 200, "hello");
    gate_set(1);
    char *answer = rig_answer(slow, false);
    assert_non_null(strstr(answer, "\r\n\r\nslow"));
    free(answer);
    answer = rig_answer(slow, false);
    assert_non_null(strstr(answer, "\r\n\r\nhello"));
    free(answer);
    close(slow);
    rig_stop(&rig);
}

static void a_stop_finishes_what_is_under_way(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    gate_set(0);
    int slow = rig_connect(&rig), idle = rig_connect(&rig), stream = rig_connect(&rig);
    rig_say(stream, GET("/stream"));
    char *answer = rig_answer(stream, false);
    assert_int_equal(rig_status(answer), 200);
    free(answer);
    rig_say(idle, GET("/hello"));
    free(rig_answer(idle, false));
    rig_say(slow, GET("/slow"));
    gate_until_waiting(1);
    server_stop(rig.server);
    assert_true(rig_is_closed(idle)); // closed at once, while the other is still worked on
    gate_set(1);
    answer = rig_answer(slow, false);
    assert_non_null(strstr(answer, "\r\n\r\nslow"));
    assert_non_null(strstr(answer, "Connection: close\r\n"));
    free(answer);
    close(slow);
    rig_join(&rig);
    close(idle);
    close(stream);
    rig_stop(&rig);
}

static void a_stop_waits_for_nobody_longer_than_it_said(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    options.stop_ms = 50;
    rig_start(&rig, &options, NULL);
    int half = rig_connect(&rig);
    rig_say(half, "GET /hello HTT");
    expect(&rig, GET("/hello"), 200, NULL);
    server_stop(rig.server);
    rig_join(&rig);
    assert_true(rig_is_closed(half));
    close(half);
    rig_stop(&rig);
}

// Reads from a stream until `want` has come.
static void await(int fd, const char *want) {
    char seen[4096];
    size_t length = 0;
    while (length < sizeof seen - 1) {
        ssize_t n = recv(fd, seen + length, 1, 0);
        if (n <= 0) fail_msg("closed before \"%s\" came", want);
        length += (size_t)n;
        seen[length] = 0;
        if (strstr(seen, want)) return;
    }
    fail_msg("\"%s\" did not come", want);
}

static void streams_tell_numbers_and_topics_and_what_was_missed(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    options.heartbeat_ms = 20;
    rig_start(&rig, &options, NULL);
    int fd = rig_connect(&rig);
    rig_say(fd, GET("/stream"));
    await(fd, "Content-Type: text/event-stream\r\n");
    await(fd, ": still here\n\n");
    server_tell(rig.server, 7, TOPIC_LOT | TOPIC_QUOTA);
    await(fd, "id: 7\nevent: book\ndata: {\"as_of\":7,\"topics\":[\"lot\",\"quota\"]}\n\n");
    close(fd);
    fd = rig_connect(&rig); // who has seen 6 is told at once
    rig_say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 6\r\n\r\n");
    await(fd, "{\"as_of\":7,\"topics\":[\"record\",\"lot\",\"hold\",\"quota\",\"finding\"]}");
    close(fd);
    fd = rig_connect(&rig); // who has seen 7 is not
    rig_say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 7\r\n\r\n");
    await(fd, "retry: 1000\n\n: still here\n\n");
    close(fd);
    rig_stop(&rig);
}

static void a_stream_that_lags_is_cut_off(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    int fd = rig_connect(&rig);
    rig_say(fd, GET("/stream"));
    await(fd, "retry: 1000\n\n");
    // It reads no more. The other one keeps up, and so shows that each message was sent.
    int other = rig_connect(&rig);
    rig_say(other, GET("/stream"));
    await(other, "retry: 1000\n\n");
    char want[64];
    bool cut_off = false;
    for (unsigned long i = 1; i < 100000 && !cut_off; i++) {
        server_tell(rig.server, i, TOPIC_ALL);
        snprintf(want, sizeof want, "{\"as_of\":%lu,", i);
        await(other, want);
        if (i % 256 == 0) {
            char *answer = rig_ask(&rig, GET("/cut-off"));
            cut_off = strstr(answer, "cut off 1") != NULL;
            free(answer);
        }
    }
    close(fd);
    close(other);
    rig_stop(&rig);
    assert_true(cut_off);
}

static void connections_beyond_the_limit_are_closed_at_once(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    options.connections_max = 2;
    rig_start(&rig, &options, NULL);
    int first = rig_connect(&rig), second = rig_connect(&rig);
    rig_say(first, GET("/hello"));
    rig_say(second, GET("/hello"));
    free(rig_answer(first, false));
    free(rig_answer(second, false));
    int third = rig_connect(&rig);
    assert_true(rig_is_closed(third));
    rig_say(first, GET("/hello"));
    char *answer = rig_answer(first, false);
    assert_int_equal(rig_status(answer), 200);
    free(answer);
    close(first);
    close(second);
    close(third);
    rig_stop(&rig);
}

// Lines that say nothing: others are served as before (R18).
static void hundreds_of_idle_lines_hold_up_nobody(void **state) {
    (void)state;
    enum { LINES = 400 }; // twice as many descriptors are in this process, which may have 1,024
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    int lines[LINES];
    for (int i = 0; i < LINES; i++) {
        lines[i] = rig_connect(&rig);
        rig_say(lines[i], "GET /hello HTTP/1.1\r\n");
    }
    expect(&rig, GET("/hello"), 200, "hello");
    for (int i = 0; i < LINES; i++)
        close(lines[i]);
    rig_stop(&rig);
}

// Each allocation of the server fails in turn while it serves one line (R7).
static void no_failed_allocation_brings_the_server_down(void **state) {
    (void)state;
    Rig rig;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start(&rig, &options, NULL);
    bool failed = true;
    for (unsigned long nth = 1; failed && nth < 200; nth++) {
        memory_fail_at(nth, false);
        int fd = rig_connect(&rig);
        rig_say(fd, "POST /body HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\n"
                    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
                    "GET /path/abc/x?q=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        for (int i = 0; i < 2; i++) {
            char *answer = rig_answer(fd, false);
            int status = rig_status(answer);
            assert_true(status == 200 || status == 503 || status == 0);
            free(answer);
        }
        assert_true(rig_is_closed(fd));
        close(fd);
        failed = memory_has_failed();
        memory_fail_at(0, false);
        expect(&rig, GET("/hello"), 200, "hello");
    }
    assert_false(failed);
    rig_stop(&rig);
}

// ---- TLS

static void make_certificate(char path[64]) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    strcpy(path, "/tmp/ytterby-test-XXXXXX");
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_X509(file, certificate);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void tls_serves_the_same_with_hsts(void **state) {
    (void)state;
    char path[64], answer[8192];
    Rig rig;
    make_certificate(path);
    ServerOptions options = rig_options(ROUTES(routes));
    options.certificate = options.private_key = path;
    rig_start(&rig, &options, NULL);
    assert_true(strncmp(server_url(rig.server), "https://127.0.0.1:", 18) == 0);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int fd = rig_connect(&rig);
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    // Two requests in one record: the second is in OpenSSL's buffer when the first is answered.
    static const char two[] = GET("/much") GET("/hello");
    assert_int_equal(SSL_write(ssl, two, sizeof two - 1), sizeof two - 1);
    size_t got = 0, tail = 0;
    bool hsts = false;
    for (int n; (n = SSL_read(ssl, answer + tail, (int)(sizeof answer - 1 - tail))) > 0;) {
        got += (size_t)n;
        tail += (size_t)n;
        answer[tail] = 0;
        hsts = hsts || strstr(answer, "Strict-Transport-Security: max-age=31536000\r\n");
        if (strstr(answer, "\r\n\r\nhello")) break;
        if (tail > 4096) memmove(answer, answer + tail - 1024, 1024), tail = 1024;
    }
    assert_true(hsts);
    assert_true(got > 32 * 1024);
    SSL_free(ssl);
    close(fd);
    // Plain HTTP on a TLS port gets nothing, and hurts nobody.
    fd = rig_connect(&rig);
    rig_say(fd, GET("/hello"));
    char *plain = rig_answer(fd, false);
    assert_int_equal(rig_status(plain), 0);
    free(plain);
    close(fd);
    fd = rig_connect(&rig);
    ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SSL_set_max_proto_version(ssl, TLS1_1_VERSION);
    assert_int_not_equal(SSL_connect(ssl), 1);
    SSL_free(ssl);
    close(fd);
    SSL_CTX_free(context);
    rig_stop(&rig);
    unlink(path);
}

static void an_address_that_cannot_be_used_is_said(void **state) {
    (void)state;
    static const char *const bad[] = {
        "", "x", "127.0.0.1", "127.0.0.1:", "localhost:1", ":80", "127.0.0.1:99999", "[::1:80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ServerOptions options = rig_options(ROUTES(routes));
        Status status = {0};
        options.listen = bad[i];
        Server *server = server_open(&options, NULL, NULL, &status);
        assert_null(server);
        assert_int_not_equal(status.code, STATUS_OK);
        assert_non_null(strstr(status.message, "listen on"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_the_security_headers),
        cmocka_unit_test(head_has_the_length_and_no_body),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_client_that_does_not_read_is_not_read_from),
        cmocka_unit_test(malformed_requests_are_refused_and_others_served),
        cmocka_unit_test(what_stands_behind_a_refused_request_is_not_run),
        cmocka_unit_test(slow_heads_and_bodies_get_408_and_idle_lines_are_closed),
        cmocka_unit_test(a_client_that_waits_to_send_its_body_is_told_to_go_on),
        cmocka_unit_test(queries_have_only_names_that_the_route_knows),
        cmocka_unit_test(who_asks_too_much_is_told_when_to_come_back),
        cmocka_unit_test(slow_work_does_not_hold_up_others),
        cmocka_unit_test(a_stop_finishes_what_is_under_way),
        cmocka_unit_test(a_stop_waits_for_nobody_longer_than_it_said),
        cmocka_unit_test(streams_tell_numbers_and_topics_and_what_was_missed),
        cmocka_unit_test(a_stream_that_lags_is_cut_off),
        cmocka_unit_test(connections_beyond_the_limit_are_closed_at_once),
        cmocka_unit_test(hundreds_of_idle_lines_hold_up_nobody),
        cmocka_unit_test(no_failed_allocation_brings_the_server_down),
        cmocka_unit_test(tls_serves_the_same_with_hsts),
        cmocka_unit_test(an_address_that_cannot_be_used_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
