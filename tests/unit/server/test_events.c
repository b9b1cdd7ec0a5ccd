// POST /api/v1/events, with a real keeper behind it.
#include "base/encode.h"
#include "harness.h"
#include "keeper/read.h"
#include "server/door.h"
#include "server/routes.h"

static const Route routes[] = {
    {METHOD_POST, "/api/v1/events", SCOPE_WRITE, BODY_EVENTS, 16 << 20, 1, "dry_run atomic",
     api_events},
};

typedef struct Site {
    Rig rig;
    char path[64];
    Keeper *keeper;
    Accounts *accounts;
    Door door;
    Status status;
    char authority[SECRET_TEXT_MAX], company[SECRET_TEXT_MAX];
} Site;

static bool make_book(Site *site) {
    uint8_t seed[32], key[32];
    char hex[65], genesis[1024];
    if (!keeper_key_new(seed, key, &site->status)) return false;
    hex_write(key, sizeof key, hex);
    snprintf(genesis, sizeof genesis,
             "{\"v\":1,\"kind\":\"book\",\"id\":\"genesis\",\"party\":\"MIIT\","
             "\"happened\":\"2025-12-31T08:00:00+08:00\",\"origin\":\"example.org/test\","
             "\"name\":\"Test\",\"jurisdiction\":\"CN\",\"offset\":\"+08:00\",\"mode\":\"live\","
             "\"key\":\"%s\"}",
             hex);
    return keeper_create(site->path, text_of(genesis), TEXT("operator/MIIT/cli"), seed, NULL,
                         &site->status);
}

static int open_site(void **state) {
    Site *site = calloc(1, sizeof *site);
    char path[80];
    *state = site;
    strcpy(site->path, "/tmp/ytterby-events-XXXXXX");
    if (!mkdtemp(site->path)) return -1;
    strcat(site->path, "/b.ytb");
    snprintf(path, sizeof path, "%s.accounts", site->path);
    bool fine = make_book(site) && (site->keeper = keeper_open(site->path, NULL, &site->status)) &&
                (site->accounts = accounts_open(path, &site->status));
    if (fine) accounts_authority(site->accounts, TEXT("MIIT"));
    fine = fine &&
           accounts_key_new(site->accounts, ROLE_REGULATOR, (Text){0}, (Text){0}, 0, server_now(),
                            site->authority, &site->status) &&
           accounts_key_new(site->accounts, ROLE_COMPANY, TEXT("QS"), (Text){0}, 0, server_now(),
                            site->company, &site->status);
    if (!fine) {
        print_error("%s (%s)\n", site->status.message, site->status.detail);
        return -1;
    }
    site->door.keeper = site->keeper;
    ServerOptions options = rig_options(ROUTES(routes));
    rig_start_with(&site->rig, &options, site->accounts, &site->door);
    return 0;
}

static int close_site(void **state) {
    Site *site = *state;
    char command[128];
    rig_stop(&site->rig);
    assert_true(keeper_close(site->keeper, &site->status));
    accounts_close(site->accounts);
    snprintf(command, sizeof command, "rm -rf %.*s", (int)(strrchr(site->path, '/') - site->path),
             site->path);
    assert_int_equal(system(command), 0);
    free(site);
    return 0;
}

// The number goes behind "subject", so that each party is another one.
#define PARTY_EVENT                                                                                \
    "{\"v\":1,\"kind\":\"party\",\"id\":\"p-%d\",\"party\":\"MIIT\","                              \
    "\"happened\":\"2026-01-01T00:00:00+08:00\",\"subject\":\"C%d\",\"name\":\"Company\","         \
    "\"roles\":[\"company\"]}"

static char *post(const Site *site, const char *key, const char *query, const char *type,
                  const char *body) {
    size_t size = strlen(body) + 512;
    char *request = malloc(size);
    snprintf(request, size,
             "POST /api/v1/events%s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
             "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
             query, key, type, strlen(body), body);
    char *answer = rig_ask(&site->rig, request);
    free(request);
    return answer;
}

static void expect(char *answer, int status, const char *holds) {
    if (rig_status(answer) != status || !strstr(answer, holds)) fail_msg("%s", answer);
    free(answer);
}

static void an_event_is_answered_once_it_is_durable(void **state) {
    Site *site = *state;
    char event[512];
    snprintf(event, sizeof event, PARTY_EVENT "\n", 1, 1);
    expect(post(site, site->authority, "", "application/json", event), 200,
           "\r\n\r\n{\"id\":\"p-1\",\"seq\":1,\"verdict\":\"accepted\",\"codes\":[]}");
    assert_int_equal(read_durable(site->keeper), 2);
    // The same again gets the same answer; other bytes under that id are refused.
    expect(post(site, site->authority, "", "application/json", event), 200,
           "{\"id\":\"p-1\",\"seq\":1,\"verdict\":\"accepted\",\"codes\":[]}");
    snprintf(event, sizeof event, PARTY_EVENT, 1, 2);
    expect(post(site, site->authority, "", "application/json", event), 200,
           "\"seq\":null,\"verdict\":\"refused\",\"codes\":[{\"code\":\"id_reused\"");
    assert_int_equal(read_durable(site->keeper), 2);
}

static void a_dry_run_records_nothing(void **state) {
    Site *site = *state;
    char event[512];
    snprintf(event, sizeof event, PARTY_EVENT, 1, 1);
    expect(post(site, site->authority, "?dry_run=1", "application/json", event), 200,
           "\"verdict\":\"accepted\"");
    assert_int_equal(read_durable(site->keeper), 1);
    expect(post(site, site->authority, "?dry_run=2", "application/json", event), 400,
           "\"dry_run\"");
}

static void the_event_is_the_askers(void **state) {
    Site *site = *state;
    char event[512];
    snprintf(event, sizeof event, PARTY_EVENT, 1, 1);
    char *answer = post(site, site->company, "", "application/json", event);
    assert_int_equal(rig_status(answer), 200);
    assert_non_null(strstr(answer, "\"verdict\":\"refused\""));
    free(answer);
    assert_int_equal(read_durable(site->keeper), 1);
}

static void what_cannot_be_read_is_refused_with_the_place(void **state) {
    Site *site = *state;
    expect(post(site, site->authority, "", "application/json", "{\"v\":1,\"kind\":\"nonsense\"}"),
           200, "\"verdict\":\"refused\",\"codes\":[{\"code\":\"malformed\",\"where\":\"");
    expect(post(site, site->authority, "", "application/json", "{\n\"v\":1}"), 400, "one line");
    expect(post(site, site->authority, "", "application/json", " \n"), 400, "no event");
    expect(post(site, site->authority, "", "application/x-ndjson", "\r\n \n"), 400, "no event");
    expect(post(site, site->authority, "", "text/csv", "a,b"), 415, "x-ndjson");
}

static char *many(int from, int count) {
    char *lines = malloc((size_t)count * 320 + 1);
    size_t length = 0;
    for (int i = from; i < from + count; i++)
        length += (size_t)sprintf(lines + length, PARTY_EVENT "\r\n", i, i);
    return lines;
}

static int count_of(const char *text, const char *what) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

static void lines_are_answered_in_order_each_for_itself(void **state) {
    Site *site = *state;
    enum { EVENTS = SUBMIT_EACH_MAX * 2 + 100 };
    char *lines = many(1, EVENTS), want[64];
    // One bad line among them stops no other.
    memcpy(lines + 200 * 150, "{\"v\":2", 6);
    char *answer = post(site, site->authority, "", "application/x-ndjson", lines);
    assert_int_equal(rig_status(answer), 200);
    assert_non_null(strstr(answer, "Content-Type: application/x-ndjson\r\n"));
    assert_int_equal(count_of(answer, "\"verdict\":"), EVENTS);
    assert_int_equal(count_of(answer, "\"verdict\":\"accepted\""), EVENTS - 1);
    assert_int_equal(count_of(answer, "\n"),
                     count_of(strstr(answer, "\r\n\r\n"), "\n") + count_of(answer, "\r\n") - 2);
    const char *at = answer;
    for (int i = 1; i <= 100; i++) {
        snprintf(want, sizeof want, "{\"id\":\"p-%d\",\"seq\":%d,", i, i);
        at = strstr(at, want);
        assert_non_null(at);
    }
    assert_int_equal(read_durable(site->keeper), EVENTS);
    free(answer);
    free(lines);
}

static void a_batch_is_whole_or_not_at_all(void **state) {
    Site *site = *state;
    char *lines = many(1, 20);
    lines[strlen(lines) - 20] = '!';
    char *answer = post(site, site->authority, "?atomic=1", "application/x-ndjson", lines);
    assert_int_equal(rig_status(answer), 200);
    assert_int_equal(count_of(answer, "\"seq\":null"), 20);
    free(answer);
    free(lines);
    assert_int_equal(read_durable(site->keeper), 1);
    lines = many(1, 20);
    answer = post(site, site->authority, "?atomic=1", "application/x-ndjson", lines);
    assert_int_equal(count_of(answer, "\"verdict\":\"accepted\""), 20);
    free(answer);
    free(lines);
    assert_int_equal(read_durable(site->keeper), 21);
    lines = many(100, SUBMIT_WHOLE_MAX + 1);
    expect(post(site, site->authority, "?atomic=1", "application/x-ndjson", lines), 413,
           "too many");
    free(lines);
}

static void find_refusal(void *context, const AuditRow *row) {
    if (!text_equal(row->act, TEXT("refused"))) return;
    assert_true(text_equal(row->principal, TEXT("company/QS/key2")));
    assert_true(text_equal(row->outcome, TEXT("2 of 2 events refused")));
    ++*(int *)context;
}

// B25: a refused attempt leaves no record, but is not forgotten.
static void refused_attempts_stand_in_the_audit_trail(void **state) {
    Site *site = *state;
    char *lines = many(1, 2);
    int rows = 0;
    free(post(site, site->company, "?dry_run=1", "application/x-ndjson", lines));
    free(post(site, site->company, "", "application/x-ndjson", lines));
    free(lines);
    assert_true(accounts_audit_read(site->accounts, 10, find_refusal, &rows, &site->status));
    assert_int_equal(rows, 1);
    assert_int_equal(site->rig.server->metrics.events[VERDICT_REFUSED], 2);
}

static void a_client_that_leaves_breaks_nothing(void **state) {
    Site *site = *state;
    for (int i = 0; i < 20; i++) {
        char *lines = many(1 + i * 600, 600), head[512];
        int fd = rig_connect(&site->rig);
        snprintf(head, sizeof head,
                 "POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
                 "Content-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n",
                 site->authority, strlen(lines));
        rig_say(fd, head);
        rig_say(fd, lines);
        close(fd);
        free(lines);
    }
    char event[512];
    snprintf(event, sizeof event, PARTY_EVENT, 99999, 99999);
    expect(post(site, site->authority, "", "application/json", event), 200,
           "\"verdict\":\"accepted\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_site, close_site)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_answered_once_it_is_durable),
        TEST(a_dry_run_records_nothing),
        TEST(the_event_is_the_askers),
        TEST(what_cannot_be_read_is_refused_with_the_place),
        TEST(lines_are_answered_in_order_each_for_itself),
        TEST(a_batch_is_whole_or_not_at_all),
        TEST(refused_attempts_stand_in_the_audit_trail),
        TEST(a_client_that_leaves_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
