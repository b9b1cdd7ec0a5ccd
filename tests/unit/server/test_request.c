// The request parser without a socket: what must be refused is refused, however the bytes arrive.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/request.h"
#include <stdio.h>

// Feeds all bytes in pieces of `piece`; stops at the first whole request or refusal.
static ParseStep feed(RequestParser *parser, const char *bytes, size_t length, size_t piece,
                      size_t *used_all) {
    size_t at = 0;
    ParseStep step = PARSE_MORE;
    while (step == PARSE_HEAD || (step == PARSE_MORE && at < length)) {
        size_t part = length - at < piece ? length - at : piece, used;
        step = request_feed(parser, (const uint8_t *)bytes + at, part, &used);
        assert_true(used <= part);
        at += used;
        if (step == PARSE_HEAD && !request_body_max(parser, 1000)) step = PARSE_REFUSED;
    }
    *used_all = at;
    return step;
}

typedef struct Malformed {
    const char *what;
    const char *bytes;
    size_t length;
    int status; // what the client is told
} Malformed;

#define BAD(what, bytes, status)                                                                   \
    { what, bytes, sizeof(bytes) - 1, status }
#define H "Host: a\r\n"

static const Malformed malformed[] = {
    BAD("Content-Length and Transfer-Encoding",
        "POST / HTTP/1.1\r\n" H "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400),
    BAD("Transfer-Encoding and Content-Length",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        400),
    BAD("two different Content-Lengths",
        "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    BAD("two equal Content-Lengths",
        "POST / HTTP/1.1\r\n" H "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400),
    BAD("a list of Content-Lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 2, 2\r\n\r\nab", 400),
    BAD("Content-Length with a plus", "POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\nabcde",
        400),
    BAD("Content-Length with a minus", "POST / HTTP/1.1\r\n" H "Content-Length: -5\r\n\r\nabcde",
        400),
    BAD("Content-Length in hexadecimal", "POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\nabcde",
        400),
    BAD("Content-Length with a blank inside",
        "POST / HTTP/1.1\r\n" H "Content-Length: 1 2\r\n\r\na", 400),
    BAD("an empty Content-Length", "POST / HTTP/1.1\r\n" H "Content-Length: \r\n\r\n", 400),
    BAD("a Content-Length beyond 64 bits",
        "POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n", 400),
    BAD("a folded header", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", 400),
    BAD("a header folded with a tab", "GET / HTTP/1.1\r\n" H "X: a\r\n\tb\r\n\r\n", 400),
    BAD("a blank before the first header", "GET / HTTP/1.1\r\n X: a\r\n" H "\r\n", 400),
    BAD("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400),
    BAD("a bare line feed after one header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
    BAD("a bare carriage return in a value", "GET / HTTP/1.1\r\n" H "X: a\rY: b\r\n\r\n", 400),
    BAD("a bare carriage return that hides a header",
        "POST / HTTP/1.1\r\n" H "X: a\rTransfer-Encoding: chunked\r\n\r\n", 400),
    BAD("a bare carriage return before the end", "GET / HTTP/1.1\r\n" H "\r\r\n", 400),
    BAD("a NUL in a value", "GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n", 400),
    BAD("a NUL in a name", "GET / HTTP/1.1\r\n" H "X\0: a\r\n\r\n", 400),
    BAD("a NUL in the target", "GET /\0 HTTP/1.1\r\n" H "\r\n", 400),
    BAD("a chunk size that is no number",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n", 400),
    BAD("a chunk size with 0x",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400),
    BAD("a negative chunk size",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", 400),
    BAD("a chunk size beyond 64 bits",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\nabc\r\n",
        400),
    BAD("a chunk longer than its size",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400),
    BAD("a chunk that ends in a bare line feed",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n", 400),
    BAD("a chunk size line of bare line feed",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400),
    BAD("a blank after a chunk size",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n", 400),
    BAD("a chunk extension",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n", 400),
    BAD("a trailer", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n\r\n",
        400),
    BAD("Transfer-Encoding twice",
        "POST / HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400),
    BAD("Transfer-Encoding of another kind",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    BAD("Transfer-Encoding that only begins like chunked",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n", 400),
    BAD("Transfer-Encoding identity", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n",
        400),
    BAD("Transfer-Encoding in HTTP/1.0",
        "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    BAD("no Host", "GET / HTTP/1.1\r\nX: a\r\n\r\n", 400),
    BAD("no header at all", "GET / HTTP/1.1\r\n\r\n", 400),
    BAD("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    BAD("an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400),
    BAD("a Host that is more than a host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    BAD("HTTP/0.9", "GET /\r\n\r\n", 505),
    BAD("HTTP/0.9 by name", "GET / HTTP/0.9\r\n" H "\r\n", 505),
    BAD("HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n", 505),
    BAD("HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n", 505),
    BAD("HTTP/1.10", "GET / HTTP/1.10\r\n" H "\r\n", 505),
    BAD("a version in lower case", "GET / http/1.1\r\n" H "\r\n", 400),
    BAD("another protocol", "GET / ICE/1.0\r\n" H "\r\n", 400),
    BAD("a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    BAD("a blank within a name", "GET / HTTP/1.1\r\n" H "X Y: a\r\n\r\n", 400),
    BAD("a name with a bracket", "GET / HTTP/1.1\r\n" H "X(Y): a\r\n\r\n", 400),
    BAD("a name beyond ASCII", "GET / HTTP/1.1\r\n" H "X\xC3\xA9: a\r\n\r\n", 400),
    BAD("an empty name", "GET / HTTP/1.1\r\n" H ": a\r\n\r\n", 400),
    BAD("a header without a colon", "GET / HTTP/1.1\r\n" H "Xa\r\n\r\n", 400),
    BAD("an empty line before the request", "\r\nGET / HTTP/1.1\r\n" H "\r\n", 400),
    BAD("a blank before the request", " GET / HTTP/1.1\r\n" H "\r\n", 400),
    BAD("two blanks in the request line", "GET  / HTTP/1.1\r\n" H "\r\n", 400),
    BAD("two blanks before the version", "GET /  HTTP/1.1\r\n" H "\r\n", 400),
    BAD("a blank after the version", "GET / HTTP/1.1 \r\n" H "\r\n", 505),
    BAD("a tab in the request line", "GET\t/ HTTP/1.1\r\n" H "\r\n", 405),
    BAD("a target that is not a path", "GET a HTTP/1.1\r\n" H "\r\n", 400),
    BAD("a target with a scheme", "GET http://a/ HTTP/1.1\r\n" H "\r\n", 400),
    BAD("a target with a fragment", "GET /#a HTTP/1.1\r\n" H "\r\n", 400),
    BAD("a target beyond ASCII", "GET /\xC3\xA9 HTTP/1.1\r\n" H "\r\n", 400),
    BAD("a star target for GET", "GET * HTTP/1.1\r\n" H "\r\n", 400),
    BAD("a method in lower case", "get / HTTP/1.1\r\n" H "\r\n", 405),
    BAD("TRACE", "TRACE / HTTP/1.1\r\n" H "\r\n", 405),
    BAD("CONNECT", "CONNECT a:1 HTTP/1.1\r\n" H "\r\n", 405),
    BAD("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    BAD("an unknown expectation", "POST / HTTP/1.1\r\n" H "Expect: a\r\nContent-Length: 1\r\n\r\na",
        417),
};
enum { MALFORMED = sizeof malformed / sizeof *malformed };

static void no_malformed_request_is_accepted(void **state) {
    (void)state;
    size_t accepted = 0;
    const size_t pieces[] = {SIZE_MAX, 1, 3, 17};
    for (size_t i = 0; i < MALFORMED; i++) {
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            RequestParser parser;
            size_t used;
            request_init(&parser);
            ParseStep step =
                feed(&parser, malformed[i].bytes, malformed[i].length, pieces[p], &used);
            if (step != PARSE_REFUSED) {
                print_error("let through (step %d): %s\n", (int)step, malformed[i].what);
                accepted++;
            } else if (parser.refusal != malformed[i].status && !p) {
                print_error("%s: %d instead of %d (%s)\n", malformed[i].what, parser.refusal,
                            malformed[i].status, parser.reason);
                accepted++;
            }
            request_done(&parser);
        }
    }
    assert_int_equal(accepted, 0);
}

static void a_refused_parser_stays_refused(void **state) {
    (void)state;
    RequestParser parser;
    size_t used;
    request_init(&parser);
    assert_int_equal(feed(&parser, " ", 1, 1, &used), PARSE_REFUSED);
    request_next(&parser);
    assert_int_equal(feed(&parser, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 99, &used),
                     PARSE_REFUSED);
    request_done(&parser);
}

static void a_request_is_read_alike_in_pieces_of_any_size(void **state) {
    (void)state;
    static const char bytes[] = "POST /a/b?c=d%20e HTTP/1.1\r\nHost: a.example:80\r\n"
                                "X-One:  two words \t\r\nTransfer-Encoding: Chunked\r\n\r\n"
                                "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET";
    for (size_t piece = 1; piece < sizeof bytes; piece++) {
        RequestParser parser;
        size_t used;
        request_init(&parser);
        assert_int_equal(feed(&parser, bytes, sizeof bytes - 1, piece, &used), PARSE_DONE);
        assert_int_equal(used, sizeof bytes - 1 - 3); // the next request is not touched
        const Request *request = &parser.request;
        assert_int_equal(request->method, METHOD_POST);
        assert_true(text_equal(request->path, TEXT("/a/b")));
        assert_true(text_equal(request->query, TEXT("c=d%20e")));
        assert_true(text_equal(request->host, TEXT("a.example:80")));
        assert_true(text_equal(request_header(request, "x-one"), TEXT("two words")));
        assert_true(text_equal(request->body, TEXT("abc0123456789")));
        assert_true(request->keep_alive);
        request_done(&parser);
    }
}

static void pipelined_requests_come_out_one_by_one(void **state) {
    (void)state;
    static const char bytes[] = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
                                "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy"
                                "GET /3 HTTP/1.0\r\n\r\n";
    static const char *paths[] = {"/1", "/2", "/3"};
    RequestParser parser;
    size_t at = 0;
    request_init(&parser);
    for (size_t i = 0; i < 3; i++) {
        size_t used;
        assert_int_equal(feed(&parser, bytes + at, sizeof bytes - 1 - at, 7, &used), PARSE_DONE);
        assert_true(text_equal(parser.request.path, text_of(paths[i])));
        assert_int_equal(parser.request.keep_alive, i < 2);
        at += used;
        request_next(&parser);
        assert_true(request_is_idle(&parser));
    }
    assert_int_equal(at, sizeof bytes - 1);
    request_done(&parser);
}

static void limits_are_refused_by_name(void **state) {
    (void)state;
    static char bytes[REQUEST_HEAD_MAX * 2];
    RequestParser parser;
    size_t used;

    int length = snprintf(bytes, sizeof bytes, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    memset(bytes + length, 'x', sizeof bytes - (size_t)length);
    request_init(&parser);
    assert_int_equal(feed(&parser, bytes, sizeof bytes, 1000, &used), PARSE_REFUSED);
    assert_int_equal(parser.refusal, 431);
    assert_true(parser.head.capacity <= REQUEST_HEAD_MAX * 2);
    request_done(&parser);

    length = snprintf(bytes, sizeof bytes, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < REQUEST_HEADERS_MAX; i++)
        length += snprintf(bytes + length, sizeof bytes - (size_t)length, "X: a\r\n");
    length += snprintf(bytes + length, sizeof bytes - (size_t)length, "\r\n");
    request_init(&parser);
    assert_int_equal(feed(&parser, bytes, (size_t)length, 1000, &used), PARSE_REFUSED);
    assert_int_equal(parser.refusal, 431);
    request_done(&parser);

    length = snprintf(bytes, sizeof bytes, "GET /");
    memset(bytes + length, 'x', REQUEST_TARGET_MAX);
    length += REQUEST_TARGET_MAX;
    length +=
        snprintf(bytes + length, sizeof bytes - (size_t)length, " HTTP/1.1\r\nHost: a\r\n\r\n");
    request_init(&parser);
    assert_int_equal(feed(&parser, bytes, (size_t)length, 1000, &used), PARSE_REFUSED);
    assert_int_equal(parser.refusal, 414);
    request_done(&parser);

    length =
        snprintf(bytes, sizeof bytes, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    request_init(&parser);
    assert_int_equal(feed(&parser, bytes, (size_t)length, 1000, &used), PARSE_REFUSED);
    assert_int_equal(parser.refusal, 413);
    request_done(&parser);

    length = snprintf(bytes, sizeof bytes,
                      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
    memset(bytes + length, 'x', 1001);
    request_init(&parser);
    assert_int_equal(feed(&parser, bytes, (size_t)length + 1001, 100, &used), PARSE_REFUSED);
    assert_int_equal(parser.refusal, 413);
    request_done(&parser);
}

static void upgrades_are_ignored(void **state) {
    (void)state;
    static const char bytes[] =
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        "Content-Length: 1\r\n\r\nz";
    RequestParser parser;
    size_t used;
    request_init(&parser);
    assert_int_equal(feed(&parser, bytes, sizeof bytes - 1, SIZE_MAX, &used), PARSE_DONE);
    assert_int_equal(used, sizeof bytes - 1);
    assert_true(text_equal(parser.request.body, TEXT("z")));
    request_done(&parser);
}

static void a_cookie_is_found_by_its_exact_name_and_never_twice(void **state) {
    (void)state;
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: a\r\nCookie: xid=1; id=2; ID=3\r\n"
                                "Cookie: two=4; two=5\r\n\r\n";
    RequestParser parser;
    size_t used;
    request_init(&parser);
    assert_int_equal(feed(&parser, bytes, sizeof bytes - 1, SIZE_MAX, &used), PARSE_DONE);
    assert_true(text_equal(request_cookie(&parser.request, "id"), TEXT("2")));
    assert_true(text_is_empty(request_cookie(&parser.request, "two")));
    assert_true(text_is_empty(request_cookie(&parser.request, "none")));
    request_done(&parser);
}

static void percent_encoding_is_undone_strictly(void **state) {
    (void)state;
    char out[32];
    size_t length;
    assert_true(percent_decode(TEXT("QS%3a1%2F2+x"), false, out, &length));
    assert_true(text_equal((Text){out, length}, TEXT("QS:1/2+x")));
    assert_true(percent_decode(TEXT("a+b"), true, out, &length));
    assert_true(text_equal((Text){out, length}, TEXT("a b")));
    assert_false(percent_decode(TEXT("a%4"), false, out, &length));
    assert_false(percent_decode(TEXT("a%4g"), false, out, &length));
    assert_false(percent_decode(TEXT("a%00"), false, out, &length));
    assert_false(percent_decode(TEXT("a%0a"), false, out, &length));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_malformed_request_is_accepted),
        cmocka_unit_test(a_refused_parser_stays_refused),
        cmocka_unit_test(a_request_is_read_alike_in_pieces_of_any_size),
        cmocka_unit_test(pipelined_requests_come_out_one_by_one),
        cmocka_unit_test(limits_are_refused_by_name),
        cmocka_unit_test(upgrades_are_ignored),
        cmocka_unit_test(a_cookie_is_found_by_its_exact_name_and_never_twice),
        cmocka_unit_test(percent_encoding_is_undone_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
