// An answer and its bytes on the wire. Every answer, errors and refusals of the parser included,
// gets the security headers here and nowhere else: content-security policy, nosniff, no-referrer,
// COOP, CORP, no-store unless the answer says otherwise, HSTS under TLS.
#pragma once
#include "base/arena.h"
#include "base/buffer.h"

enum { RESPONSE_BODY_MAX = 64 * 1024 * 1024 };

typedef struct Response {
    int status;
    const char *content_type; // null: no body
    const char *cache;        // null: "no-store"
    Text body;                // borrowed until the answer is in the connection's buffer
    Buffer text;              // or: written here, when `body` is empty
    Buffer headers;           // further lines, each with its CRLF
    bool stream;              // the head alone; the body follows as things happen, until the end
} Response;

// What the head of an answer depends on beside the answer itself.
typedef struct ResponseFrame {
    bool head_only; // the request was HEAD
    bool keep_alive;
    bool version_10;
    bool tls;
    const char *date; // IMF-fixdate
} ResponseFrame;

void response_init(Response *response);
void response_done(Response *response);
// Adds a header line. `value` must be ours or checked: a CR or LF in it is our mistake.
void response_header(Response *response, const char *name, const char *value);
// Appends head and body to `out`. False when memory is short or `out` is at its limit.
bool response_write(const Response *response, const ResponseFrame *frame, Buffer *out);

// The answer becomes {"error":{...}} (schema Error). `id` names the failure in the server's log.
typedef struct Problem {
    int status;
    const char *code, *message, *where, *hint, *id; // null is empty
} Problem;
void response_problem(Response *response, const Problem *problem);
// The schema's word for an HTTP status: 404 is "not_found".
const char *problem_code(int status);
// The HTTP status for a Status.
int problem_status(StatusCode code);
// The reason phrase.
const char *status_phrase(int status);
