// How a request is read. The head is gathered whole into one buffer (so that every name and value
// is one stretch of it), scanned byte by byte as it comes, handed to llhttp in one piece, and
// judged. The body goes through llhttp as it comes, which undoes chunking; its bytes are gathered
// in `body`.
#include "server/request.h"
#include <strings.h>

_Static_assert(LLHTTP_STRICT_MODE == 1, "a loose llhttp lets a bare CR hide a header");

static const char *const method_names[METHODS] = {"GET", "HEAD",   "POST",
                                                  "PUT", "DELETE", "OPTIONS"};

const char *method_name(Method method) {
    return method_names[method];
}

static RequestParser *parser_of(llhttp_t *grammar) {
    return grammar->data;
}

static ParseStep refuse(RequestParser *parser, int status, const char *reason) {
    if (!parser->refusal) {
        parser->refusal = status;
        parser->reason = reason;
    }
    return parser->step = PARSE_REFUSED;
}

// What llhttp calls. The head comes in one piece, so each span is whole.

static int on_url(llhttp_t *grammar, const char *at, size_t length) {
    parser_of(grammar)->request.target = (Text){at, length};
    return 0;
}

static int on_field(llhttp_t *grammar, const char *at, size_t length) {
    RequestParser *parser = parser_of(grammar);
    Request *request = &parser->request;
    if (parser->in_body) {
        refuse(parser, 400, "trailers are not taken");
        return HPE_USER;
    }
    if (request->header_count == REQUEST_HEADERS_MAX) {
        refuse(parser, 431, "too many headers");
        return HPE_USER;
    }
    request->headers[request->header_count++] = (Header){.name = {at, length}};
    return 0;
}

static int on_value(llhttp_t *grammar, const char *at, size_t length) {
    Request *request = &parser_of(grammar)->request;
    if (request->header_count == 0) return HPE_USER;
    while (length && (at[length - 1] == ' ' || at[length - 1] == '\t'))
        length--;
    request->headers[request->header_count - 1].value = (Text){at, length};
    return 0;
}

static int on_headers_complete(llhttp_t *grammar) {
    // "Upgrade" may be ignored by a server (RFC 9110 section 7.8), and here always is.
    grammar->upgrade = 0;
    return 0;
}

static int on_body(llhttp_t *grammar, const char *at, size_t length) {
    RequestParser *parser = parser_of(grammar);
    if (length > parser->body_max - parser->body.length) {
        refuse(parser, 413, "the body is too large");
        return HPE_USER;
    }
    if (!buffer_bytes(&parser->body, at, length)) {
        refuse(parser, 503, "not enough memory for the body");
        return HPE_USER;
    }
    return 0;
}

static int on_extension(llhttp_t *grammar, const char *at, size_t length) {
    (void)at, (void)length;
    refuse(parser_of(grammar), 400, "chunk extensions are not taken");
    return HPE_USER;
}

static int on_message_complete(llhttp_t *grammar) {
    RequestParser *parser = parser_of(grammar);
    parser->whole = true;
    return HPE_PAUSED; // the next request's bytes are not ours to read yet
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_message_complete = on_message_complete,
};

static void begin(RequestParser *parser) {
    llhttp_init(&parser->grammar, HTTP_REQUEST, &settings);
    parser->grammar.data = parser;
    parser->request = (Request){0};
    parser->body_max = REQUEST_BODY_DEFAULT;
    parser->content_length = 0;
    parser->step = PARSE_MORE;
    parser->in_body = parser->chunked = parser->whole = false;
    parser->last = 0;
    parser->line_bytes = 0;
}

void request_init(RequestParser *parser) {
    *parser = (RequestParser){0};
    buffer_init(&parser->head, REQUEST_HEAD_MAX);
    buffer_init(&parser->body, REQUEST_BODY_DEFAULT);
    begin(parser);
}

void request_done(RequestParser *parser) {
    buffer_done(&parser->head);
    buffer_done(&parser->body);
}

void request_next(RequestParser *parser) {
    if (parser->step == PARSE_REFUSED) return;
    buffer_reset(&parser->head);
    if (parser->body.capacity > REQUEST_BODY_DEFAULT) {
        buffer_done(&parser->body);
        buffer_init(&parser->body, REQUEST_BODY_DEFAULT);
    }
    buffer_reset(&parser->body);
    parser->body.limit = REQUEST_BODY_DEFAULT;
    begin(parser);
}

bool request_is_idle(const RequestParser *parser) {
    return parser->head.length == 0 && parser->step == PARSE_MORE;
}

// The scan of ours. Says how many bytes belong to the head; `whole` when it ended there.
static size_t scan_head(RequestParser *parser, const uint8_t *bytes, size_t length, bool *whole) {
    uint8_t last = parser->last, line_bytes = parser->line_bytes;
    bool first = parser->head.length == 0;
    *whole = false;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = bytes[i];
        if (last == '\r' && byte != '\n') {
            refuse(parser, 400, "a carriage return stands alone");
            return i;
        }
        if (byte == '\n') {
            if (last != '\r') {
                refuse(parser, 400, "a line ends without a carriage return");
                return i;
            }
            if (line_bytes == 0) {
                *whole = true;
                return i + 1;
            }
            line_bytes = 0;
        } else if (byte == '\r') {
            if (first && i == 0) {
                refuse(parser, 400, "an empty line stands before the request");
                return i;
            }
        } else {
            if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
                refuse(parser, 400, "a control byte stands in the head");
                return i;
            }
            if (line_bytes == 0 && (byte == ' ' || byte == '\t')) {
                refuse(parser, 400, "a line starts with a blank");
                return i;
            }
            if (line_bytes == 0 && byte == ':') {
                refuse(parser, 400, "a header has no name");
                return i;
            }
            line_bytes = 1;
        }
        last = byte;
    }
    parser->last = last;
    parser->line_bytes = line_bytes;
    return length;
}

static bool name_is(Text name, const char *wanted) {
    return name.length == strlen(wanted) && strncasecmp(name.at, wanted, name.length) == 0;
}

Text request_header(const Request *request, const char *name) {
    for (size_t i = 0; i < request->header_count; i++)
        if (name_is(request->headers[i].name, name)) return request->headers[i].value;
    return (Text){0};
}

size_t request_header_count(const Request *request, const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += name_is(request->headers[i].name, name);
    return count;
}

Text request_cookie(const Request *request, const char *name) {
    Text found = {0};
    size_t wanted = strlen(name), times = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!name_is(request->headers[i].name, "cookie")) continue;
        Text rest = request->headers[i].value, pair;
        while (!text_is_empty(rest)) {
            if (!text_split(rest, ';', &pair, &rest)) {
                pair = rest;
                rest = (Text){0};
            }
            while (!text_is_empty(pair) && *pair.at == ' ')
                pair.at++, pair.length--;
            if (pair.length > wanted && pair.at[wanted] == '=' &&
                memcmp(pair.at, name, wanted) == 0) {
                found = (Text){pair.at + wanted + 1, pair.length - wanted - 1};
                times++;
            }
        }
    }
    return times == 1 ? found : (Text){0};
}

// host or host:port; what stands in a Host header and nothing that could be more than that.
static bool host_is_valid(Text host) {
    if (host.length == 0 || host.length > 255) return false;
    for (size_t i = 0; i < host.length; i++) {
        char c = host.at[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
        if (!fine) return false;
    }
    return true;
}

static bool judge_version_and_method(RequestParser *parser) {
    const llhttp_t *grammar = &parser->grammar;
    Request *request = &parser->request;
    if (grammar->http_major != 1 || grammar->http_minor > 1)
        return refuse(parser, 505, "the version is neither HTTP/1.0 nor HTTP/1.1"), false;
    request->version_11 = grammar->http_minor == 1;
    switch (grammar->method) {
    case HTTP_GET:
        request->method = METHOD_GET;
        break;
    case HTTP_HEAD:
        request->method = METHOD_HEAD;
        break;
    case HTTP_POST:
        request->method = METHOD_POST;
        break;
    case HTTP_PUT:
        request->method = METHOD_PUT;
        break;
    case HTTP_DELETE:
        request->method = METHOD_DELETE;
        break;
    case HTTP_OPTIONS:
        request->method = METHOD_OPTIONS;
        break;
    default:
        return refuse(parser, 405, "the method is not one of this server's"), false;
    }
    return true;
}

static bool judge_target(RequestParser *parser) {
    Request *request = &parser->request;
    Text target = request->target;
    // llhttp takes any number of blanks between the three words of the first line; we take one.
    const char *line = (const char *)parser->head.bytes;
    if (target.length == 0 || target.at != line + strlen(method_name(request->method)) + 1 ||
        memcmp(target.at + target.length, " HTTP/1.", 8) != 0)
        return refuse(parser, 400, "the request line has blanks that do not belong there"), false;
    if (target.length > REQUEST_TARGET_MAX)
        return refuse(parser, 414, "the target is too long"), false;
    bool star = target.length == 1 && target.at[0] == '*' && request->method == METHOD_OPTIONS;
    if (!star && target.at[0] != '/')
        return refuse(parser, 400, "the target does not begin with a slash"), false;
    for (size_t i = 0; i < target.length; i++)
        if (target.at[i] <= 0x20 || target.at[i] >= 0x7F || target.at[i] == '#')
            return refuse(parser, 400, "the target holds a byte that must be percent-encoded"),
                   false;
    request->path = target;
    text_split(target, '?', &request->path, &request->query);
    return true;
}

static bool judge_host(RequestParser *parser) {
    Request *request = &parser->request;
    size_t hosts = request_header_count(request, "host");
    if (hosts > 1 || (request->version_11 && hosts == 0))
        return refuse(parser, 400, "there must be one Host header"), false;
    request->host = request_header(request, "host");
    if (hosts && !host_is_valid(request->host))
        return refuse(parser, 400, "the Host header is not a host"), false;
    return true;
}

// How long the body is, said in exactly one way.
static bool judge_length(RequestParser *parser) {
    Request *request = &parser->request;
    size_t encodings = request_header_count(request, "transfer-encoding");
    size_t lengths = request_header_count(request, "content-length");
    if (encodings && !request->version_11)
        return refuse(parser, 400, "HTTP/1.0 has no Transfer-Encoding"), false;
    if (encodings > 1 || (encodings && lengths) || lengths > 1)
        return refuse(parser, 400, "the length of the body is said twice"), false;
    if (encodings) {
        Text value = request_header(request, "transfer-encoding");
        if (!name_is(value, "chunked"))
            return refuse(parser, 501, "the only Transfer-Encoding taken is chunked"), false;
        parser->chunked = true;
    }
    if (lengths) {
        Text value = request_header(request, "content-length");
        if (value.length == 0 || value.length > 18)
            return refuse(parser, value.length ? 413 : 400, "the Content-Length is no length"),
                   false;
        for (size_t i = 0; i < value.length; i++) {
            if (value.at[i] < '0' || value.at[i] > '9')
                return refuse(parser, 400, "the Content-Length is no length"), false;
            parser->content_length = parser->content_length * 10 + (uint64_t)(value.at[i] - '0');
        }
    }
    request->has_body = encodings || lengths;
    return true;
}

static bool judge_expectation(RequestParser *parser) {
    Request *request = &parser->request;
    size_t expectations = request_header_count(request, "expect");
    if (expectations == 0) return true;
    if (expectations > 1 || !name_is(request_header(request, "expect"), "100-continue"))
        return refuse(parser, 417, "the only expectation met is 100-continue"), false;
    request->expects_continue = request->version_11 && request->has_body && !parser->whole;
    return true;
}

// The grammar first, then what the grammar leaves open.
static ParseStep judge_head(RequestParser *parser) {
    llhttp_errno_t error =
        llhttp_execute(&parser->grammar, (const char *)parser->head.bytes, parser->head.length);
    if (parser->refusal) return PARSE_REFUSED;
    if (error == HPE_INVALID_METHOD) return refuse(parser, 405, "no such method");
    if (error == HPE_INVALID_VERSION) return refuse(parser, 505, "no such version");
    if (error != HPE_OK && error != HPE_PAUSED)
        return refuse(parser, 400, llhttp_errno_name(error));
    if (!judge_version_and_method(parser) || !judge_target(parser) || !judge_host(parser) ||
        !judge_length(parser) || !judge_expectation(parser))
        return PARSE_REFUSED;
    if (!parser->request.has_body && !parser->whole)
        return refuse(parser, 400, "the head does not end where it ends");
    parser->request.keep_alive = llhttp_should_keep_alive(&parser->grammar) != 0;
    parser->in_body = true;
    return parser->step = PARSE_HEAD;
}

static ParseStep feed_head(RequestParser *parser, const uint8_t *bytes, size_t length,
                           size_t *used) {
    bool whole;
    *used = scan_head(parser, bytes, length, &whole);
    if (parser->refusal) return PARSE_REFUSED;
    if (!buffer_bytes(&parser->head, bytes, *used)) {
        bool full = parser->head.length + *used > REQUEST_HEAD_MAX;
        return full ? refuse(parser, 431, "the head is too large")
                    : refuse(parser, 503, "not enough memory for the head");
    }
    return whole ? judge_head(parser) : PARSE_MORE;
}

static ParseStep feed_body(RequestParser *parser, const uint8_t *bytes, size_t length,
                           size_t *used) {
    if (!parser->whole && length) {
        llhttp_errno_t error = llhttp_execute(&parser->grammar, (const char *)bytes, length);
        if (parser->refusal) return PARSE_REFUSED;
        if (error == HPE_PAUSED) {
            *used = (size_t)((const uint8_t *)llhttp_get_error_pos(&parser->grammar) - bytes);
        } else if (error != HPE_OK) {
            return refuse(parser, 400, llhttp_errno_name(error));
        } else {
            *used = length;
        }
    }
    if (!parser->whole) return parser->step = PARSE_MORE;
    parser->request.body = buffer_view(&parser->body);
    return parser->step = PARSE_DONE;
}

ParseStep request_feed(RequestParser *parser, const uint8_t *bytes, size_t length, size_t *used) {
    *used = 0;
    if (parser->step == PARSE_REFUSED || parser->step == PARSE_DONE) return parser->step;
    return parser->in_body ? feed_body(parser, bytes, length, used)
                           : feed_head(parser, bytes, length, used);
}

bool request_body_max(RequestParser *parser, size_t body_max) {
    parser->body_max = body_max;
    parser->body.limit = body_max;
    if (parser->content_length > body_max) {
        refuse(parser, 413, "the body is too large");
        return false;
    }
    return true;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool percent_decode(Text encoded, bool plus_is_blank, char *out, size_t *length) {
    size_t n = 0;
    for (size_t i = 0; i < encoded.length; i++) {
        unsigned char c = (unsigned char)encoded.at[i];
        if (c == '%') {
            if (encoded.length - i < 3) return false;
            int high = hex_digit(encoded.at[i + 1]), low = hex_digit(encoded.at[i + 2]);
            if (high < 0 || low < 0) return false;
            c = (unsigned char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7F) return false;
        out[n++] = (char)c;
    }
    *length = n;
    return true;
}
