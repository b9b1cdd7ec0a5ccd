// Who may do what, asked over real sockets: keys, cookies, scopes, other sites (S2, S3, S5, S6).
#include "harness.h"
#include "server/identity.h"
#include "server/routes.h"

#define GOOD "four unrelated words"

static void say_who(Exchange *exchange) {
    buffer_string(&exchange->response.text, exchange->principal.text);
    exchange->response.content_type = "text/plain";
}

static const Route routes[] = {
    {METHOD_POST, "/api/v1/session", SCOPE_PUBLIC, BODY_JSON, 4096, 1, "", api_sign_in},
    {METHOD_DELETE, "/api/v1/session", SCOPE_SESSION, BODY_NONE, 0, 1, "", api_sign_out},
    {METHOD_GET, "/api/v1/me/sessions", SCOPE_SESSION, BODY_NONE, 0, 1, "", api_sessions},
    {METHOD_DELETE, "/api/v1/me/sessions/{id}", SCOPE_SESSION, BODY_NONE, 0, 1, "",
     api_session_end},
    {METHOD_GET, "/read", SCOPE_READ, BODY_NONE, 0, 1, "", say_who},
    {METHOD_POST, "/write", SCOPE_WRITE, BODY_JSON, 1 << 20, 1, "", say_who},
    {METHOD_GET, "/session", SCOPE_SESSION, BODY_NONE, 0, 1, "", say_who},
    {METHOD_GET, "/operate", SCOPE_OPERATE, BODY_NONE, 0, 1, "", say_who},
    {METHOD_GET, "/public", SCOPE_PUBLIC, BODY_NONE, 0, 1, "", say_who},
};

typedef struct Site {
    Rig rig;
    char path[64];
    Accounts *accounts;
    Status status;
    char keys[ROLES][SECRET_TEXT_MAX];
} Site;

static int open_site(void **state) {
    Site *site = calloc(1, sizeof *site);
    strcpy(site->path, "/tmp/ytterby-identity-XXXXXX");
    close(mkstemp(site->path));
    site->accounts = accounts_open(site->path, &site->status);
    Instant now = server_now();
    bool fine = site->accounts && accounts_user_new(site->accounts, TEXT("wang"), ROLE_COMPANY,
                                                    TEXT("QS"), TEXT(GOOD), now, &site->status);
    for (Role role = 0; role < ROLES && fine; role++)
        fine = accounts_key_new(site->accounts, role, TEXT("QS"), (Text){0}, 0, now,
                                site->keys[role], &site->status);
    ServerOptions options = rig_options(ROUTES(routes));
    if (fine) rig_start(&site->rig, &options, site->accounts);
    *state = site;
    return fine ? 0 : -1;
}

static int close_site(void **state) {
    Site *site = *state;
    char other[96];
    rig_stop(&site->rig);
    accounts_close(site->accounts);
    static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(other, sizeof other, "%s%s", site->path, ends[i]);
        unlink(other);
    }
    free(site);
    return 0;
}

// Asks with headers of the test's choice; `body` may be null.
static char *ask(const Site *site, const char *line, const char *headers, const char *body) {
    char request[4096];
    snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: a:1\r\n%s%s", line, headers,
             body ? "Content-Type: application/json\r\n" : "");
    if (body) {
        size_t length = strlen(request);
        snprintf(request + length, sizeof request - length, "Content-Length: %zu\r\n\r\n%s",
                 strlen(body), body);
    } else {
        strcat(request, "\r\n");
    }
    return rig_ask(&site->rig, request);
}

static int status_of(const Site *site, const char *line, const char *headers, const char *body) {
    char *answer = ask(site, line, headers, body);
    int status = rig_status(answer);
    free(answer);
    return status;
}

// Signs in and gives the cookie header to send.
static void sign_in(const Site *site, char cookie[128]) {
    char *answer = ask(site, "POST /api/v1/session", "Origin: http://a:1\r\n",
                       "{\"name\":\"wang\",\"password\":\"" GOOD "\"}");
    if (rig_status(answer) != 200) fail_msg("%s", answer);
    char *set = strstr(answer, "Set-Cookie: ytterby=");
    assert_non_null(set);
    assert_non_null(strstr(answer, "; Path=/; HttpOnly; SameSite=Strict\r\n"));
    snprintf(cookie, 128, "Cookie: %.*s\r\n", (int)strcspn(set + 12, ";"), set + 12);
    free(answer);
}

static void each_role_has_the_scopes_that_it_should(void **state) {
    Site *site = *state;
    static const struct {
        const char *line;
        int status[ROLES]; // regulator, company, laboratory, customs, auditor, operator
    } cells[] = {
        {"GET /read", {200, 200, 200, 200, 200, 200}},
        {"POST /write", {200, 200, 200, 200, 403, 200}},
        {"GET /session", {403, 403, 403, 403, 403, 403}},
        {"GET /operate", {200, 403, 403, 403, 403, 200}},
        {"GET /public", {200, 200, 200, 200, 200, 200}},
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        const char *body = strncmp(cells[i].line, "POST", 4) == 0 ? "{}" : NULL;
        for (Role role = 0; role < ROLES; role++) {
            char header[128];
            snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", site->keys[role]);
            assert_int_equal(status_of(site, cells[i].line, header, body), cells[i].status[role]);
        }
        bool open = strcmp(cells[i].line, "GET /public") == 0;
        assert_int_equal(status_of(site, cells[i].line, "", body), open ? 200 : 401);
    }
}

static void a_key_that_is_wrong_revoked_or_shown_oddly_lets_nobody_in(void **state) {
    Site *site = *state;
    char header[256];
    Principal principal;
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", site->keys[ROLE_COMPANY]);
    assert_int_equal(status_of(site, "GET /read", header, NULL), 200);
    assert_true(accounts_key_find(site->accounts, text_of(site->keys[ROLE_COMPANY]), server_now(),
                                  &principal, &site->status));
    assert_true(accounts_key_revoke(site->accounts, principal.number, server_now(), &site->status));
    assert_int_equal(status_of(site, "GET /read", header, NULL), 401); // the very next request
    static const char *const odd[] = {
        "Authorization: Bearer \r\n", "Authorization: Basic d2FuZzp4\r\n",
        "Authorization: ytt_c0\r\n",
        "Authorization: Bearer ytt_c0000000000000000000000000000000000000000\r\n"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char *answer = ask(site, "GET /read", odd[i], NULL);
        assert_int_equal(rig_status(answer), 401);
        assert_non_null(strstr(answer, "WWW-Authenticate: Bearer\r\n"));
        assert_null(strstr(answer, "ytt_c0000")); // never in an error
        free(answer);
    }
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\nAuthorization: Bearer %s\r\n",
             site->keys[ROLE_OPERATOR], site->keys[ROLE_OPERATOR]);
    assert_int_equal(status_of(site, "GET /read", header, NULL), 401);
    snprintf(header, sizeof header, "/read?key=%s", site->keys[ROLE_OPERATOR]); // nor in an address
    char line[320];
    snprintf(line, sizeof line, "GET %s", header);
    assert_int_equal(status_of(site, line, "", NULL), 401);
}

static void a_session_is_begun_used_listed_and_ended(void **state) {
    Site *site = *state;
    char first[128], second[128];
    sign_in(site, first);
    sign_in(site, second);
    assert_string_not_equal(first, second);
    char *answer = ask(site, "GET /session", first, NULL);
    assert_non_null(strstr(answer, "\r\n\r\ncompany/QS/wang"));
    free(answer);
    answer = ask(site, "GET /api/v1/me/sessions", second, NULL);
    assert_int_equal(rig_status(answer), 200);
    assert_non_null(strstr(answer, "\"id\":\"2\""));
    assert_non_null(strstr(answer, "\"current\":true"));
    assert_non_null(strstr(answer, "\"id\":\"1\""));
    free(answer);
    char with_origin[256];
    snprintf(with_origin, sizeof with_origin, "%sSec-Fetch-Site: same-origin\r\n", second);
    assert_int_equal(status_of(site, "DELETE /api/v1/me/sessions/1", with_origin, NULL), 204);
    assert_int_equal(status_of(site, "DELETE /api/v1/me/sessions/1", with_origin, NULL), 404);
    assert_int_equal(status_of(site, "DELETE /api/v1/me/sessions/x", with_origin, NULL), 404);
    assert_int_equal(status_of(site, "GET /session", first, NULL), 401);
    assert_int_equal(status_of(site, "GET /public", first, NULL), 200); // it may sign in again
    answer = ask(site, "DELETE /api/v1/session", with_origin, NULL);
    assert_int_equal(rig_status(answer), 204);
    assert_non_null(
        strstr(answer, "Set-Cookie: ytterby=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"));
    free(answer);
    assert_int_equal(status_of(site, "GET /session", second, NULL), 401);
}

static void a_request_from_another_site_is_refused(void **state) {
    Site *site = *state;
    char cookie[128], headers[512];
    sign_in(site, cookie);
    static const struct {
        const char *headers;
        int status;
    } cases[] = {
        {"Sec-Fetch-Site: same-origin\r\n", 200},
        {"Sec-Fetch-Site: none\r\n", 200},
        {"Sec-Fetch-Site: same-site\r\n", 403},
        {"Sec-Fetch-Site: cross-site\r\n", 403},
        {"Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n", 403},
        {"Sec-Fetch-Site: cross-site\r\nOrigin: http://a:1\r\n", 403},
        {"Origin: http://a:1\r\n", 200},
        {"Origin: http://A:1\r\n", 200},
        {"Origin: http://a:2\r\n", 403},
        {"Origin: https://a:1\r\n", 403},
        {"Origin: http://a:1.evil\r\n", 403},
        {"Origin: null\r\n", 403},
        {"Origin: http://b:1\r\n", 403},
        {"", 403},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(headers, sizeof headers, "%s%s", cookie, cases[i].headers);
        int status = status_of(site, "POST /write", headers, "{}");
        if (status != cases[i].status) fail_msg("%s gave %d", cases[i].headers, status);
        // Signing in is guarded alike.
        status = status_of(site, "POST /api/v1/session", cases[i].headers,
                           "{\"name\":\"wang\",\"password\":\"" GOOD "\"}");
        if (status != cases[i].status)
            fail_msg("sign-in with %s gave %d", cases[i].headers, status);
    }
    // Reading is safe, and a program with a key is no browser.
    snprintf(headers, sizeof headers, "%sSec-Fetch-Site: cross-site\r\n", cookie);
    assert_int_equal(status_of(site, "GET /read", headers, NULL), 200);
    snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", site->keys[ROLE_COMPANY]);
    assert_int_equal(status_of(site, "POST /write", headers, "{}"), 200);
}

static void only_json_is_taken_for_json(void **state) {
    Site *site = *state;
    char request[512];
    static const struct {
        const char *type;
        int status;
    } cases[] = {{"Content-Type: application/json\r\n", 200},
                 {"Content-Type: application/json; charset=utf-8\r\n", 200},
                 {"Content-Type: application/json; charset=gbk\r\n", 415},
                 {"Content-Type: text/plain\r\n", 415},
                 {"Content-Type: application/x-www-form-urlencoded\r\n", 415},
                 {"Content-Type: application/json\r\nContent-Type: text/plain\r\n", 415},
                 {"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", 415},
                 {"", 415}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(request, sizeof request,
                 "POST /write HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n%s"
                 "Content-Length: 2\r\n\r\n{}",
                 site->keys[ROLE_COMPANY], cases[i].type);
        char *answer = rig_ask(&site->rig, request);
        assert_int_equal(rig_status(answer), cases[i].status);
        free(answer);
    }
}

static void bodies_of_sign_in_are_read_strictly(void **state) {
    Site *site = *state;
    static const char *const bad[] = {"{}",
                                      "[]",
                                      "{\"name\":\"wang\"}",
                                      "{\"name\":\"wang\",\"password\":1}",
                                      "{\"name\":",
                                      "{\"name\":\"wang\",\"password\":\"x\",\"more\":1}",
                                      "{\"name\":\"wang\",\"name\":\"li\",\"password\":\"x\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(status_of(site, "POST /api/v1/session", "Origin: http://a:1\r\n", bad[i]),
                         400);
    assert_int_equal(status_of(site, "POST /api/v1/session", "Origin: http://a:1\r\n",
                               "{\"name\":\"wang\",\"password\":\"wrong words here\"}"),
                     401);
}

static void five_wrong_passwords_are_answered_with_a_wait(void **state) {
    Site *site = *state;
    static const char wrong[] = "{\"name\":\"wang\",\"password\":\"wrong words here\"}";
    int denied = 0;
    for (int i = 0; i < 5; i++)
        denied += status_of(site, "POST /api/v1/session", "Origin: http://a:1\r\n", wrong) == 401;
    assert_int_equal(denied, 5);
    // The sixth within the second that follows, or, on a slow machine, one of the next few.
    bool waited = false;
    for (int i = 0; i < 6 && !waited; i++) {
        char *answer = ask(site, "POST /api/v1/session", "Origin: http://a:1\r\n", wrong);
        waited = rig_status(answer) == 429 && strstr(answer, "Retry-After: ");
        free(answer);
    }
    assert_true(waited);
}

static void a_stranger_cannot_send_a_large_body(void **state) {
    Site *site = *state;
    char request[512];
    static const char line[] = "POST /write HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\n"
                               "Content-Type: application/json\r\nContent-Length: 100000\r\n";
    snprintf(request, sizeof request, "%s\r\n", line);
    char *answer = rig_ask(&site->rig, request); // refused before a byte of it was taken
    assert_int_equal(rig_status(answer), 413);
    free(answer);
    int fd = rig_connect(&site->rig);
    snprintf(request, sizeof request, "%sAuthorization: Bearer %s\r\n\r\n", line,
             site->keys[ROLE_COMPANY]);
    rig_say(fd, request);
    char *body = malloc(100000);
    memset(body, ' ', 100000);
    rig_send(fd, body, 100000);
    answer = rig_answer(fd, false);
    assert_int_equal(rig_status(answer), 200);
    free(answer);
    free(body);
    close(fd);
}

static void find_denial(void *context, const AuditRow *row) {
    if (text_equal(row->act, TEXT("denied"))) {
        assert_true(text_equal(row->address, TEXT("127.0.0.1")));
        assert_true(text_equal(row->principal, TEXT("auditor/QS/key5")));
        assert_true(text_equal(row->what, TEXT("GET /operate")));
        *(bool *)context = true;
    }
}

static void a_denial_stands_in_the_audit_trail(void **state) {
    Site *site = *state;
    char header[128];
    bool found = false;
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", site->keys[ROLE_AUDITOR]);
    assert_int_equal(status_of(site, "GET /operate", header, NULL), 403);
    assert_true(accounts_audit_read(site->accounts, 3, find_denial, &found, &site->status));
    assert_true(found);
}

// Under TLS the cookie is bound to this host and to TLS by its very name.
static void under_tls_the_cookie_is_host_bound_and_secure(void **state) {
    (void)state;
    Server server = {.tls = (SSL_CTX *)&server};
    Exchange exchange = {.server = &server};
    response_init(&exchange.response);
    identity_set_cookie(&exchange, "secret");
    assert_true(text_equal(buffer_view(&exchange.response.headers),
                           TEXT("Set-Cookie: __Host-ytterby=secret; Path=/; HttpOnly; "
                                "SameSite=Strict; Secure\r\n")));
    response_done(&exchange.response);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_site, close_site)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_role_has_the_scopes_that_it_should),
        TEST(a_key_that_is_wrong_revoked_or_shown_oddly_lets_nobody_in),
        TEST(a_session_is_begun_used_listed_and_ended),
        TEST(a_request_from_another_site_is_refused),
        TEST(only_json_is_taken_for_json),
        TEST(bodies_of_sign_in_are_read_strictly),
        TEST(five_wrong_passwords_are_answered_with_a_wait),
        TEST(a_stranger_cannot_send_a_large_body),
        TEST(a_denial_stands_in_the_audit_trail),
        cmocka_unit_test(under_tls_the_cookie_is_host_bound_and_secure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
