// RELIABILITY R7 for every handler: each request for memory fails in turn while a route answers, on
// whatever thread makes it. The client gets the whole answer, or is told that there is no memory,
// or is hung up on; the next one is served as ever; nothing leaks (sanitizers).
#include "harness.h"

#include "base/encode.h"
#include "codec/event_lines.h"
#include "keeper/read.h"
#include "log/ed25519.h"
#include "server/door.h"
#include "server/routes.h"

static Rig rig;
static char folder[64], name[80], key[SECRET_TEXT_MAX];
static Keeper *keeper;
static Accounts *accounts;
static Door door;

static void make_book(void) {
    uint8_t seed[32] = {9}, public_key[32];
    char hex[65], genesis[700];
    Status status;
    ed25519_public_key(seed, public_key);
    hex_write(public_key, sizeof public_key, hex);
    snprintf(genesis, sizeof genesis,
             "{\"v\":1,\"kind\":\"book\",\"id\":\"genesis\",\"party\":\"REGULATOR\",\"happened\":"
             "\"2025-12-31T08:00:00+08:00\",\"origin\":\"example.org/test\",\"name\":\"Ministry\","
             "\"jurisdiction\":\"CN\",\"offset\":\"+08:00\",\"mode\":\"trial\",\"key\":\"%s\"}",
             hex);
    if (!keeper_create(name, text_of(genesis), TEXT("operator/REGULATOR/cli"), seed, NULL,
                       &status) ||
        !(keeper = keeper_open(name, NULL, &status)))
        fail_msg("%s", status.message);
}

// The story of every kind of event.
static void record_story(void) {
    FILE *file = fopen("tests/cli/every_kind.ndjson", "rb");
    if (!file) fail_msg("no story: the tests run where the source is");
    char *room = NULL;
    size_t size = 0;
    Arena arena;
    arena_init(&arena, 8 << 20);
    for (ssize_t length; (length = getline(&room, &size, file)) > 0;) {
        EventLine line;
        Status status;
        arena_reset(&arena);
        while (length && room[length - 1] == '\n')
            length--;
        if (!event_line_read((Text){room, (size_t)length}, &arena, &line, &status))
            fail_msg("%s", status.message);
        Draft draft = {line.event, line.by, SUBMIT_NOW};
        assert_true(submit_wait(keeper, &draft, 1, SUBMIT_EACH, NULL, NULL, &status));
    }
    free(room);
    arena_done(&arena);
    fclose(file);
    assert_true(read_durable(keeper) > 50);
}

static int set_up(void **state) {
    (void)state;
    Status status;
    char path[96];
    strcpy(folder, "/tmp/ytterby-memory-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(name, sizeof name, "%s/b.ytb", folder);
    snprintf(path, sizeof path, "%s.accounts", name);
    make_book();
    record_story();
    door.keeper = keeper;
    door.access = access_open(keeper, &status);
    accounts = accounts_open(path, &status);
    if (!door.access || !accounts) return -1;
    accounts_authority(accounts, TEXT("REGULATOR"));
    if (!accounts_key_new(accounts, ROLE_OPERATOR, (Text){0}, (Text){0}, 0, server_now(), key,
                          &status))
        return -1;
    ServerOptions options = rig_options(api_routes, api_route_count);
    rig_start_with(&rig, &options, accounts, &door);
    alarm(0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    Status status;
    rig_stop(&rig);
    access_close(door.access);
    accounts_close(accounts);
    assert_true(keeper_close(keeper, &status));
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static char *ask(const char *method, const char *path, const char *body) {
    char request[2048];
    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nConnection: close\r\n"
             "%s%zu\r\n\r\n%s",
             method, path, key,
             body ? "Content-Type: application/x-ndjson\r\nContent-Length: " : "X-None: ",
             body ? strlen(body) : 0, body ? body : "");
    return rig_ask(&rig, request);
}

static const char *body_of(const char *answer) {
    const char *at = strstr(answer, "\r\n\r\n");
    return at ? at + 4 : "";
}

static unsigned full, refused, hung_up;

// Whether the nth request for memory was made.
static bool fails_once(const char *method, const char *path, const char *body, const char *good,
                       unsigned long nth) {
    memory_fail_at(nth, false);
    char *answer = ask(method, path, body);
    bool hit = memory_has_failed();
    memory_fail_at(0, false);
    int code = rig_status(answer);
    if (code == 200)
        full++;
    else if (code == 0)
        hung_up++;
    else
        refused++;
    if (code == 200 && good && strcmp(body_of(answer), body_of(good)) != 0)
        fail_msg("%s, request %lu: another answer: %.300s", path, nth, body_of(answer));
    if (code != 200 && code != 503 && code != 0)
        fail_msg("%s, request %lu: %.900s", path, nth, answer);
    free(answer);
    return hit;
}

static void each_allocation_fails_while_it_answers(const char *path) {
    char *good = ask("GET", path, NULL);
    if (rig_status(good) != 200) fail_msg("%s: %.900s", path, good);
    // What is told of the server itself is another each time.
    bool same = strcmp(path, "/metrics") != 0 && !strstr(path, "/sessions");
    unsigned long nth = 1;
    for (bool hit = true; hit; nth += 1 + nth / 16) {
        hit = fails_once("GET", path, NULL, same ? good : NULL, nth);
        assert_true(nth < 1000000);
    }
    char *after = ask("GET", path, NULL);
    assert_int_equal(rig_status(after), 200);
    if (same) assert_string_equal(body_of(after), body_of(good));
    free(after);
    free(good);
}

// The first id that a list gives.
static void first_id(const char *list, char out[200]) {
    char *answer = ask("GET", list, NULL);
    const char *at = strstr(body_of(answer), "\"id\":\"");
    if (!at) fail_msg("%s: %.600s", list, answer);
    size_t length = strcspn(at + 6, "\"");
    snprintf(out, 200, "%.*s", (int)length, at + 6);
    free(answer);
}

static void every_answer_is_whole_or_refused(void **state) {
    (void)state;
    char lot[200], facility[200], finding[200], path[300];
    first_id("/api/v1/lots", lot);
    first_id("/api/v1/facilities", facility);
    snprintf(finding, sizeof finding, "%s", "none");
    for (size_t i = 0; i < api_route_count; i++) {
        const Route *route = &api_routes[i];
        if (route->method != METHOD_GET || route->scope == SCOPE_SESSION ||
            strstr(route->pattern, "stream") || strstr(route->pattern, "findings/{"))
            continue;
        const char *hole = strchr(route->pattern, '{'), *end = hole ? strchr(hole, '}') + 1 : "";
        const char *what = !hole                                  ? ""
                           : strstr(route->pattern, "lots")       ? lot
                           : strstr(route->pattern, "facilities") ? facility
                           : strstr(hole, "year")                 ? "2026"
                                                                  : "3";
        int head = hole ? (int)(hole - route->pattern) : (int)strlen(route->pattern);
        snprintf(path, sizeof path, "%.*s%s%s%s", head, route->pattern, what, end,
                 strstr(route->pattern, "/balance") ? "?el=Nd"
                 : strstr(route->pattern, "/trace") ? "?direction=up"
                                                    : "");
        each_allocation_fails_while_it_answers(path);
    }
    assert_true(full > 0 && refused > 0);
}

// What was not answered can be there all the same; sent again it is there once.
static void an_event_is_recorded_once_or_not(void **state) {
    (void)state;
    unsigned number = 0;
    unsigned long nth = 1;
    for (bool hit = true; hit; nth += 1 + nth / 24) {
        char event[400];
        snprintf(event, sizeof event,
                 "{\"v\":1,\"kind\":\"party\",\"id\":\"w-%u\",\"party\":\"REGULATOR\",\"happened\":"
                 "\"2026-06-01T00:00:00+08:00\",\"subject\":\"W%u\",\"name\":\"W\",\"roles\":"
                 "[\"company\"]}\n",
                 number, number);
        number++;
        uint64_t before = read_durable(keeper);
        hit = fails_once("POST", "/api/v1/events", event, NULL, nth);
        char *again = ask("POST", "/api/v1/events", event);
        if (rig_status(again) != 200 || !strstr(again, "\"accepted\"")) fail_msg("%s", again);
        free(again);
        assert_int_equal(read_durable(keeper), before + 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_is_whole_or_refused),
        cmocka_unit_test(an_event_is_recorded_once_or_not),
    };
    return cmocka_run_group_tests_name("server/want_of_memory", tests, set_up, tear_down);
}
