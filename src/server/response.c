#include "server/response.h"
#include "codec/json_write.h"
#include <assert.h>

// docs/web.md section 15. Scripts, styles, fonts, images and requests come from this server alone;
// nothing is inline; what is not named is not allowed.
static const char security_headers[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "font-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "require-trusted-types-for 'script'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

static const struct {
    int status;
    const char *phrase, *code;
} statuses[] = {
    {100, "Continue", ""},
    {200, "OK", ""},
    {204, "No Content", ""},
    {304, "Not Modified", ""},
    {400, "Bad Request", "invalid"},
    {401, "Unauthorized", "unauthenticated"},
    {403, "Forbidden", "denied"},
    {404, "Not Found", "not_found"},
    {405, "Method Not Allowed", "method_not_allowed"},
    {408, "Request Timeout", "timeout"},
    {409, "Conflict", "conflict"},
    {413, "Content Too Large", "too_large"},
    {414, "URI Too Long", "too_large"},
    {415, "Unsupported Media Type", "unsupported"},
    {417, "Expectation Failed", "unsupported"},
    {429, "Too Many Requests", "limit"},
    {431, "Request Header Fields Too Large", "too_large"},
    {500, "Internal Server Error", "internal"},
    {501, "Not Implemented", "unsupported"},
    {503, "Service Unavailable", "unavailable"},
    {505, "HTTP Version Not Supported", "unsupported"},
    {507, "Insufficient Storage", "no_space"},
};

const char *status_phrase(int status) {
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status) return statuses[i].phrase;
    return "Unknown";
}

const char *problem_code(int status) {
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status) return statuses[i].code;
    return "internal";
}

int problem_status(StatusCode code) {
    switch (code) {
    case STATUS_INVALID:
        return 400;
    case STATUS_NOT_FOUND:
        return 404;
    case STATUS_CONFLICT:
        return 409;
    case STATUS_DENIED:
        return 403;
    case STATUS_LIMIT:
        return 413;
    case STATUS_NO_MEMORY:
    case STATUS_UNKNOWN:
        return 503;
    case STATUS_BUSY:
        return 429;
    case STATUS_NO_SPACE:
        return 507;
    case STATUS_UNSUPPORTED:
        return 415;
    case STATUS_OK:
    case STATUS_IO:
    case STATUS_CORRUPT:
        break;
    }
    return 500;
}

void response_init(Response *response) {
    *response = (Response){.status = 200};
    buffer_init(&response->text, RESPONSE_BODY_MAX);
    buffer_init(&response->headers, 4096);
}

void response_done(Response *response) {
    buffer_done(&response->text);
    buffer_done(&response->headers);
}

void response_header(Response *response, const char *name, const char *value) {
    assert(!strpbrk(value, "\r\n"));
    buffer_format(&response->headers, "%s: %s\r\n", name, value);
}

bool response_write(const Response *response, const ResponseFrame *frame, Buffer *out) {
    Text body = text_is_empty(response->body) ? buffer_view(&response->text) : response->body;
    bool bodiless = response->status == 204 || response->status == 304;
    if (response->text.failed || response->headers.failed) return false;
    buffer_format(out, "HTTP/1.1 %d %s\r\nDate: %s\r\n", response->status,
                  status_phrase(response->status), frame->date);
    buffer_string(out, security_headers);
    if (frame->tls) buffer_string(out, "Strict-Transport-Security: max-age=31536000\r\n");
    buffer_format(out, "Cache-Control: %s\r\n", response->cache ? response->cache : "no-store");
    if (response->content_type && !bodiless)
        buffer_format(out, "Content-Type: %s\r\n", response->content_type);
    buffer_text(out, buffer_view(&response->headers));
    if (!bodiless && !response->stream)
        buffer_format(out, "Content-Length: %zu\r\n", response->content_type ? body.length : 0);
    if (!frame->keep_alive || response->stream)
        buffer_string(out, "Connection: close\r\n");
    else if (frame->version_10)
        buffer_string(out, "Connection: keep-alive\r\n");
    buffer_string(out, "\r\n");
    if (!bodiless && !response->stream && !frame->head_only && response->content_type)
        buffer_text(out, body);
    return !out->failed;
}

void response_problem(Response *response, const Problem *problem) {
    struct {
        const char *name, *value;
    } members[] = {{"code", problem->code ? problem->code : problem_code(problem->status)},
                   {"message", problem->message},
                   {"where", problem->where},
                   {"hint", problem->hint},
                   {"id", problem->id}};
    response->status = problem->status;
    response->content_type = "application/json";
    response->cache = NULL;
    response->body = (Text){0};
    response->stream = false;
    buffer_reset(&response->text);
    JsonWriter json = json_writer(&response->text);
    json_object_begin(&json);
    json_key(&json, "error");
    json_object_begin(&json);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_named_words(&json, members[i].name, members[i].value ? members[i].value : "");
    json_object_end(&json);
    json_object_end(&json);
}
