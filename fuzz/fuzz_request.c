// Bytes of a connection, as they might come: what is accepted is the same however it is cut up, and
// is what the rest of the server relies on.
#include "server/request.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) abort();                                                                 \
    } while (0)

enum { BODY_MAX = 4096 };

static void mix(uint64_t *sum, Text text) {
    for (size_t i = 0; i < text.length; i++)
        *sum = (*sum ^ (uint8_t)text.at[i]) * 1099511628211u;
    *sum = (*sum ^ 256) * 1099511628211u;
}

static void look_at(const Request *request, uint64_t *sum) {
    char decoded[REQUEST_HEAD_MAX];
    size_t length;
    MUST(request->method < METHODS && request->header_count <= REQUEST_HEADERS_MAX);
    MUST(request->target.length > 0 && request->target.length <= REQUEST_TARGET_MAX);
    MUST(request->path.at[0] == '/' || text_equal(request->path, TEXT("*")));
    size_t hosts = request_header_count(request, "host");
    size_t lengths = request_header_count(request, "content-length");
    size_t encodings = request_header_count(request, "transfer-encoding");
    MUST(hosts == 1 || (hosts == 0 && !request->version_11));
    MUST(lengths + encodings <= 1 && (!encodings || request->version_11));
    MUST(request->has_body == (lengths + encodings == 1) && request->body.length <= BODY_MAX);
    MUST(request->has_body || request->body.length == 0);
    for (size_t i = 0; i < request->header_count; i++) {
        Text name = request->headers[i].name, value = request->headers[i].value;
        MUST(name.length > 0);
        for (size_t k = 0; k < name.length; k++)
            MUST(name.at[k] > 0x20 && name.at[k] < 0x7F && name.at[k] != ':');
        for (size_t k = 0; k < value.length; k++)
            MUST((uint8_t)value.at[k] >= 0x20 || value.at[k] == '\t');
        mix(sum, name);
        mix(sum, value);
    }
    if (percent_decode(request->path, false, decoded, &length))
        MUST(length <= request->path.length);
    if (percent_decode(request->query, true, decoded, &length))
        MUST(length <= request->query.length);
    request_cookie(request, "ytterby");
    mix(sum, request->target);
    mix(sum, request->body);
}

// How many requests come out, with a sum over all that they hold.
static size_t run(const uint8_t *data, size_t size, size_t piece, uint64_t *sum) {
    RequestParser parser;
    size_t at = 0, requests = 0;
    ParseStep step = PARSE_MORE;
    request_init(&parser);
    while (step != PARSE_REFUSED && (at < size || step == PARSE_HEAD)) {
        size_t part = size - at < piece ? size - at : piece, used;
        step = request_feed(&parser, data + at, part, &used);
        MUST(used <= part);
        at += used;
        if (step == PARSE_HEAD && !request_body_max(&parser, BODY_MAX)) step = PARSE_REFUSED;
        if (step == PARSE_DONE) {
            look_at(&parser.request, sum);
            requests++;
            request_next(&parser);
            step = PARSE_MORE;
        }
        if (step == PARSE_REFUSED) MUST(parser.refusal >= 400 && parser.reason);
    }
    request_done(&parser);
    return requests;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t whole = 0, single = 0, pieces = 0;
    size_t count = run(data, size, SIZE_MAX, &whole);
    MUST(run(data, size, 1, &single) == count && single == whole);
    MUST(run(data, size, 7, &pieces) == count && pieces == whole);
    return 0;
}
