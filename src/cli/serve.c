// Serves a book: one keeper, one door to rows, one server, until a signal.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "access/access.h"
#include "book/event.h"
#include "cli/command.h"
#include "cli/local.h"
#include "keeper/keeper.h"
#include "keeper/read.h"
#include "server/door.h"
#include "server/listen.h"
#include "server/sse.h"

// What a kind of event can change, as the event stream names it.
static unsigned topics_of(uint64_t kinds) {
    unsigned topics = TOPIC_RECORD;
    if (kinds >> EVENT_PLAN_ADOPT & 1) topics |= TOPIC_QUOTA;
    if (kinds & ((uint64_t)1 << EVENT_HOLD | (uint64_t)1 << EVENT_RELEASE))
        topics |= TOPIC_LOT | TOPIC_HOLD;
    // Whatever acts on matter may change all of it.
    for (int kind = EVENT_OPEN; kind < EVENT_KIND_COUNT; kind++)
        if (kind != EVENT_HOLD && kind != EVENT_RELEASE && (kinds >> kind & 1)) topics = TOPIC_ALL;
    return topics;
}

static void moved(void *context, uint64_t durable, uint64_t kinds) {
    server_tell(context, durable - 1, topics_of(kinds));
}

enum { DEMO_MAX = 8 };

// NAME:PASSWORD:ROLE:PARTY, kept in `words`.
static bool demo_read(const char *text, char words[256], DemoSignIn *demo) {
    int length = snprintf(words, 256, "%s", text);
    char *part[4] = {words};
    if (length < 0 || length >= 256) return false;
    for (int i = 1; i < 4; i++) {
        part[i] = strchr(part[i - 1], ':');
        if (!part[i]) return false;
        *part[i]++ = 0;
    }
    demo->name = part[0];
    demo->password = part[1];
    demo->party = part[3];
    return role_read(text_of(part[2]), &demo->role);
}

COMMAND(serve) {
    const char *name = option_db(), *listen = option_value("listen");
    if (!option_given("certificate") != !option_given("private-key"))
        return usage_error("TLS needs both --certificate and --private-key");
    static DemoSignIn demo[DEMO_MAX];
    static char words[DEMO_MAX][256];
    const char *texts[DEMO_MAX + 1];
    size_t demo_count = option_values("demo", texts, DEMO_MAX + 1);
    if (demo_count > DEMO_MAX) return usage_error("at most %d sign-ins of a demo", DEMO_MAX);
    for (size_t i = 0; i < demo_count; i++)
        if (!demo_read(texts[i], words[i], &demo[i]))
            return usage_error("--demo takes NAME:PASSWORD:ROLE:PARTY, not \"%s\"", texts[i]);
    Status status;
    status_clear(&status);
    char accounts_path[4096];
    int length = snprintf(accounts_path, sizeof accounts_path, "%s.accounts", name);
    if (length < 0 || (size_t)length >= sizeof accounts_path)
        return usage_error("the book's name is too long");
    Keeper *keeper = keeper_open(name, NULL, &status);
    if (!keeper) return complain(&status);
    int code = EXIT_FAILED;
    Door door = {keeper, NULL};
    Server *server = NULL;
    Local *local = NULL;
    Accounts *accounts = accounts_open(accounts_path, &status);
    if (!accounts) goto done;
    door.access = access_open(keeper, &status);
    if (!door.access) goto done;
    ServerOptions options = server_defaults();
    options.listen = listen ? listen : "127.0.0.1:8080";
    options.certificate = option_value("certificate");
    options.private_key = option_value("private-key");
    options.demo = demo;
    options.demo_count = demo_count;
    options.log_requests = option_given("log");
    options.take_signals = true;
    server = server_open(&options, accounts, &door, &status);
    if (!server) goto done;
    read_watch(keeper, moved, server);
    // Without it the server serves all the same; `record` beside it then finds the book busy.
    Status no_socket;
    local = local_open(name, keeper, &no_socket);
    if (!local) complain(&no_socket);
    out_format("listening on %s\n", server_url(server));
    fflush(stdout);
    if (server_run(server, &status)) code = EXIT_WELL;
    read_watch(keeper, NULL, NULL);
done:
    local_close(local);
    if (code != EXIT_WELL) complain(&status);
    server_close(server);
    access_close(door.access);
    accounts_close(accounts);
    status_clear(&status);
    if (!keeper_close(keeper, &status)) code = complain(&status);
    return code;
}
