// Bytes of a connection to HTTP/1.1 requests, strictly (RFC 9112). Knows no socket and no clock, so
// that it can be fuzzed and tested by itself.
//
// llhttp (built strict) is the grammar. Before it sees a head, every byte of the head passes a scan
// of ours: bare LF, bare CR, control bytes, a line that starts with a blank (leading blank,
// obs-fold) and an empty header name are refused there. After it, the head is judged again: version
// exactly 1.0 or 1.1, one Host, no Transfer-Encoding in 1.0 and one "chunked" in 1.1, never beside
// a Content-Length. Trailers and chunk extensions are refused: nothing here reads them, so they
// could only hide something.
//
// Always true: a request is handed out whole or refused with the status that the client gets; after
// a refusal the parser stays refused and the connection must be closed, since where the next
// request would begin is a guess.
#pragma once
#include "base/buffer.h"
#include <llhttp.h>

enum {
    REQUEST_HEAD_MAX = 16 * 1024,     // request line and headers, bytes; more is 431
    REQUEST_TARGET_MAX = 4 * 1024,    // more is 414
    REQUEST_HEADERS_MAX = 64,         // more is 431
    REQUEST_BODY_DEFAULT = 64 * 1024, // until request_body_max() says otherwise; more is 413
};

typedef enum Method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHODS
} Method;

typedef struct Header {
    Text name, value; // as sent; blanks around the value are off
} Header;

// Texts point into the parser: good until request_next().
typedef struct Request {
    Method method;
    Text target, path, query; // as sent, still percent-encoded; query without its '?'
    Text host;
    Header headers[REQUEST_HEADERS_MAX];
    size_t header_count;
    Text body;
    bool has_body; // a body is announced, even one of no bytes
    bool version_11;
    bool keep_alive;
    bool expects_continue; // the client waits for "100 Continue" before it sends the body
} Request;

typedef enum ParseStep {
    PARSE_MORE, // all bytes used, the request is not whole yet
    PARSE_HEAD, // the head is whole, once a request; say request_body_max() and feed on
    PARSE_DONE, // the request is whole; request_next() before feeding on
    PARSE_REFUSED
} ParseStep;

typedef struct RequestParser {
    Request request;
    Buffer head, body;
    llhttp_t grammar;
    size_t body_max;
    uint64_t content_length;
    ParseStep step; // what the last feed said
    bool in_body, chunked, whole;
    uint8_t last;       // the byte before, within the head
    uint8_t line_bytes; // bytes of this head line so far, counted to 2
    int refusal;        // HTTP status, when refused
    const char *reason; // words for it
} RequestParser;

void request_init(RequestParser *parser);
void request_done(RequestParser *parser);
// Makes ready for the next request on the same connection; large bodies are given back.
void request_next(RequestParser *parser);

// Takes bytes up to the next step and says in `used` how many. PARSE_HEAD may come with no bytes
// left: call again, with none, until it says PARSE_MORE or PARSE_DONE.
ParseStep request_feed(RequestParser *parser, const uint8_t *bytes, size_t length, size_t *used);
// After PARSE_HEAD: how large the body may be. False when it is already known to be larger; then
// the parser is refused (413).
bool request_body_max(RequestParser *parser, size_t body_max);
// Whether no byte of a request has come yet.
bool request_is_idle(const RequestParser *parser);

// The value of a header, empty when there is none; names in any case. The first, when several.
Text request_header(const Request *request, const char *name);
// How often a header stands there.
size_t request_header_count(const Request *request, const char *name);
// A cookie's value by its exact name; empty when there is none or when it stands there twice.
Text request_cookie(const Request *request, const char *name);
const char *method_name(Method method);

// Undoes percent-encoding into `out` (at most as long as `encoded`), strictly: a '%' needs two
// digits, and no control byte may come out. With `plus_is_blank` as in queries.
bool percent_decode(Text encoded, bool plus_is_blank, char *out, size_t *length);
