// A deterministic simulation of the keeper behind a pipe, for simulate.py (RELIABILITY R8). It says
// its log key first, then takes one book after the other:
//     seed N              begins one
//     {..}                the genesis, then event/1 lines: what clients want to have recorded
//     run                 lives it, examines it, prints a line a record or refusal, and the counts
// Whatever must not be ends it with exit code 1 and a line on standard error.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../faults/vfs.h"
#include "base/encode.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "log/ed25519.h"
#include "store/memory.h"
#include "world.h"

static World world;
static Text genesis;
static char folder[64];

static Text copy(Text text) {
    char *at = strndup(text.at, text.length);
    if (!at) abort();
    return (Text){at, text.length};
}

static void clear_folder(void) {
    DIR *dir = opendir(folder);
    if (!dir) abort();
    for (struct dirent *entry; (entry = readdir(dir));) {
        char name[400];
        snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') unlink(name);
    }
    closedir(dir);
}

static void begin(uint64_t seed) {
    for (uint32_t i = 0; i < world.count; i++) {
        free((char *)world.wishes[i].event.at);
        free((char *)world.wishes[i].by.at);
        free(world.wishes[i].codes);
    }
    for (uint32_t i = 0; i < world.refusal_count; i++)
        free(world.refusals[i].codes);
    free(world.refusals);
    free(world.wishes);
    free((char *)genesis.at);
    genesis = (Text){0};
    world = (World){.seed = seed, .random = seed};
    clear_folder();
    store_memory_forget("memory:simulation");
    world.in_memory = seed % 7 == 3;
    memcpy(world.folder, folder, sizeof folder);
    if (world.in_memory)
        snprintf(world.name, sizeof world.name, "memory:simulation");
    else
        snprintf(world.name, sizeof world.name, "%s/x.ytb", folder);
}

static void add(Text line) {
    if (!genesis.at) {
        genesis = copy(line);
        return;
    }
    if (world.count == world.capacity) {
        world.capacity = world.capacity * 2 + 64;
        world.wishes = realloc(world.wishes, world.capacity * sizeof *world.wishes);
        if (!world.wishes) abort();
    }
    Arena arena;
    arena_init(&arena, 1 << 24);
    EventLine read;
    Status status;
    if (!event_line_read(line, &arena, &read, &status) || read.form != LINE_EVENT)
        world_broken(&world, __func__, "not an event/1 line: %.*s", TEXT_ARG(line));
    Event event;
    if (!event_decode(read.event, &arena, &event, &status))
        event.end = 0; // it is malformed at any time
    world.wishes[world.count++] = (Wish){
        .event = copy(read.event), .by = copy(read.by), .asked = read.recorded, .end = event.end};
    arena_done(&arena);
}

static void run(void) {
    world.is_live = memmem(genesis.at, genesis.length, "\"mode\":\"live\"", 13) != NULL;
    // The first event stands some time after the genesis.
    world.wall = world.count ? world.wishes[0].asked - 60 * (Instant)1000000 : 0;
    world_run(&world, genesis);
    world_examine(&world);
    fflush(stdout);
}

int main(void) {
    snprintf(folder, sizeof folder, "%s/ytterby-simulation-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder)) abort();
    faults_install();
    uint8_t key[32];
    char hex[65];
    ed25519_public_key(world_key_seed, key);
    hex_write(key, sizeof key, hex);
    printf("%s\n", hex);
    fflush(stdout);
    char *room = NULL;
    size_t size = 0;
    for (ssize_t length; (length = getline(&room, &size, stdin)) > 0;) {
        Text line = {room, (size_t)length};
        if (line.at[line.length - 1] == '\n') line.length--;
        if (text_begins(line, TEXT("seed ")))
            begin(strtoull(room + 5, NULL, 10));
        else if (text_equal(line, TEXT("run")))
            run();
        else
            add(line);
    }
    free(room);
    begin(0);
    rmdir(folder);
    faults_remove();
    return 0;
}
