// A book of every kind of event for targets that need one: the story of
// tests/cli/every_kind.ndjson, in a store in memory, by a keeper without threads. Targets run where
// the source is.
#pragma once
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "codec/event_lines.h"
#include "keeper/keeper.h"
#include "keeper/submit.h"
#include "log/ed25519.h"

static inline void story_must(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "story: %s\n", what);
    abort();
}

// Calls `each` for every event of the story, in order.
static inline void story_each(void (*each)(void *context, Text event, Text by), void *context) {
    FILE *file = fopen("tests/cli/every_kind.ndjson", "rb");
    story_must(file, "tests/cli/every_kind.ndjson is not here");
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
        story_must(event_line_read((Text){room, (size_t)length}, &arena, &line, &status),
                   "a bad line");
        each(context, line.event, line.by);
    }
    free(room);
    arena_done(&arena);
    fclose(file);
}

static const uint8_t story_seed[32] = {3};

static inline Text story_genesis(char out[700]) {
    uint8_t key[32];
    char hex[65];
    ed25519_public_key(story_seed, key);
    hex_write(key, sizeof key, hex);
    int length = snprintf(
        out, 700,
        "{\"v\":1,\"kind\":\"book\",\"id\":\"genesis\",\"party\":\"REGULATOR\",\"happened\":"
        "\"2025-12-31T08:00:00+08:00\",\"origin\":\"example.org/story\",\"name\":\"Ministry\","
        "\"jurisdiction\":\"CN\",\"offset\":\"+08:00\",\"mode\":\"trial\",\"key\":\"%s\"}",
        hex);
    return (Text){out, (size_t)length};
}

static inline void story_send(void *keeper, Text event, Text by) {
    Draft draft = {event, by, SUBMIT_NOW};
    Status status;
    story_must(submit_wait(keeper, &draft, 1, SUBMIT_EACH, NULL, NULL, &status), "not sent");
}

static inline Keeper *story_keeper(void) {
    char genesis[700];
    Status status;
    KeeperOptions options = {.stepped = true, .snapshot_every = 1};
    story_must(keeper_create("memory:story", story_genesis(genesis), TEXT("operator/REGULATOR/cli"),
                             story_seed, &options, &status),
               "no book");
    Keeper *keeper = keeper_open("memory:story", &options, &status);
    story_must(keeper, "does not open");
    story_each(story_send, keeper);
    return keeper;
}
