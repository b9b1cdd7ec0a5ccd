// The routes and their description (schema/openapi.json, as it is embedded) name the same
// operations.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "codec/json.h"
#include "server/routes.h"
#include "server/static.h"
#include <ctype.h>
#include <stdio.h>

static Json json;
static uint32_t paths;
static Arena arena;

static int open_description(void **state) {
    Status status;
    (void)state;
    const StaticFile *file = static_find(TEXT("/openapi.json"));
    if (!file) return -1;
    arena_init(&arena, 1 << 20);
    json_init(&json, 100000);
    if (!json_read(&json, (Text){(const char *)file->plain.bytes, file->plain.length}, &status)) {
        print_error("%s at %s\n", status.message, status.where);
        return -1;
    }
    paths = json_member(&json, 0, TEXT("paths"));
    return paths == JSON_NONE ? -1 : 0;
}

static int close_description(void **state) {
    (void)state;
    json_done(&json);
    arena_done(&arena);
    return 0;
}

static uint32_t operation_of(const Route *route) {
    char method[16] = "";
    uint32_t item = json_member(&json, paths, text_of(route->pattern));
    if (item == JSON_NONE) return JSON_NONE;
    const char *name = method_name(route->method);
    for (size_t i = 0; name[i]; i++)
        method[i] = (char)tolower((unsigned char)name[i]);
    return json_member(&json, item, text_of(method));
}

static void every_route_is_described(void **state) {
    (void)state;
    for (size_t i = 0; i < api_route_count; i++)
        if (operation_of(&api_routes[i]) == JSON_NONE)
            fail_msg("%s %s is not described", method_name(api_routes[i].method),
                     api_routes[i].pattern);
}

static void every_described_operation_has_its_route(void **state) {
    (void)state;
    int missing = 0;
    for (uint32_t p = json_begin(paths); p != json_end(&json, paths); p = json_next(&json, p)) {
        uint32_t item = p + 1;
        for (uint32_t m = json_begin(item); m != json_end(&json, item); m = json_next(&json, m)) {
            bool found = false;
            for (size_t i = 0; i < api_route_count; i++)
                found = found || operation_of(&api_routes[i]) == m + 1;
            if (!found) {
                print_error("%.*s %.*s has no route\n", TEXT_ARG(json_bytes(&json, m)),
                            TEXT_ARG(json_bytes(&json, p)));
                missing++;
            }
        }
    }
    assert_int_equal(missing, 0);
}

static void scopes_are_described_as_they_are(void **state) {
    (void)state;
    for (size_t i = 0; i < api_route_count; i++) {
        uint32_t operation = operation_of(&api_routes[i]);
        uint32_t scope = json_member(&json, operation, TEXT("x-scope"));
        assert_true(scope != JSON_NONE);
        if (!json_text_is(&json, scope, text_of(scope_name(api_routes[i].scope))))
            fail_msg("%s has another scope", api_routes[i].pattern);
        uint32_t security = json_member(&json, operation, TEXT("security"));
        bool open = json_count(&json, security) == 0;
        assert_int_equal(open, api_routes[i].scope == SCOPE_PUBLIC);
    }
}

// The names of an operation's query parameters, in order, with blanks between.
static void described_query(uint32_t operation, Buffer *out) {
    uint32_t list = json_member(&json, operation, TEXT("parameters"));
    if (list == JSON_NONE) return;
    for (uint32_t i = json_begin(list); i != json_end(&json, list); i = json_next(&json, i)) {
        Text name;
        Status status;
        if (!json_text_is(&json, json_member(&json, i, TEXT("in")), TEXT("query"))) continue;
        assert_true(json_text(&json, json_member(&json, i, TEXT("name")), &arena, &name, &status));
        if (out->length) buffer_char(out, ' ');
        buffer_text(out, name);
    }
}

static void queries_and_bodies_are_described_as_they_are(void **state) {
    (void)state;
    for (size_t i = 0; i < api_route_count; i++) {
        const Route *route = &api_routes[i];
        uint32_t operation = operation_of(route);
        Buffer names;
        buffer_init(&names, 1024);
        described_query(operation, &names);
        if (!text_equal(buffer_view(&names), text_of(route->query)))
            fail_msg("%s: described \"%.*s\", routed \"%s\"", route->pattern,
                     TEXT_ARG(buffer_view(&names)), route->query);
        buffer_done(&names);
        bool has_body = json_member(&json, operation, TEXT("requestBody")) != JSON_NONE;
        assert_int_equal(has_body, route->body != BODY_NONE);
    }
}

static void an_answer_of_a_file_is_known_by_its_etag(void **state) {
    (void)state;
    const StaticFile *file = static_find(TEXT("/openapi.json"));
    Request request = {.method = METHOD_GET, .path = TEXT("/openapi.json")};
    Response response;
    response_init(&response);
    static_answer(file, &request, &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.body.length, file->plain.length);
    assert_string_equal(response.cache, "no-cache");
    response_done(&response);
    request.headers[0] = (Header){TEXT("If-None-Match"), text_of(file->etag)};
    request.header_count = 1;
    response_init(&response);
    static_answer(file, &request, &response);
    assert_int_equal(response.status, 304);
    assert_int_equal(response.body.length, 0);
    response_done(&response);
}

static void pages_answer_addresses_and_only_assets_are_cached_for_ever(void **state) {
    (void)state;
    if (!static_find(TEXT("/index.html"))) skip(); // built without its pages
    Request request = {.method = METHOD_GET, .path = TEXT("/lots/QS:1.2")};
    assert_null(static_for_page(&request));
    request.headers[0] = (Header){TEXT("Accept"), TEXT("text/html,application/xhtml+xml;q=0.9")};
    request.headers[1] = (Header){TEXT("Accept-Encoding"), TEXT("gzip, deflate, br;q=0")};
    request.header_count = 2;
    const StaticFile *page = static_for_page(&request);
    assert_non_null(page);
    assert_string_equal(page->path, "/index.html");
    Response response;
    response_init(&response);
    static_answer(page, &request, &response);
    assert_string_equal(response.cache, "no-cache");
    bool packed = page->gzip.bytes != NULL;
    assert_int_equal(response.body.length, packed ? page->gzip.length : page->plain.length);
    response_done(&response);
    request.path = TEXT("/api/v1/nothing");
    assert_null(static_for_page(&request));
    request.path = TEXT("/assets/nothing.js");
    assert_null(static_for_page(&request));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(every_described_operation_has_its_route),
        cmocka_unit_test(scopes_are_described_as_they_are),
        cmocka_unit_test(queries_and_bodies_are_described_as_they_are),
        cmocka_unit_test(an_answer_of_a_file_is_known_by_its_etag),
        cmocka_unit_test(pages_answer_addresses_and_only_assets_are_cached_for_ever),
    };
    return cmocka_run_group_tests(tests, open_description, close_description);
}
