// How fast events are decoded on one core: shipments and batches as a company sends them.
#include <stdio.h>
#include <time.h>
#include "base/memory.h"
#include "codec/event_decode.h"

enum { EVENTS = 4096, ROOM = 600, ROUNDS = 300 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int write_ship(char *out, unsigned i) {
    return snprintf(out, ROOM,
                    "{\"v\":1,\"kind\":\"ship\",\"id\":\"sh-%06u\",\"party\":\"NORTH\",\"happened\":"
                    "\"2026-01-%02uT08:00:00+08:00\",\"facility\":\"NORTH-METAL\",\"consignment\":"
                    "\"NORTH:CN-%u\",\"to\":\"MAGNET-1\",\"lots\":[{\"lot\":\"NORTH:M-%u\"},{\"lot\":"
                    "\"NORTH:M-%u\"}]}", i, i % 28 + 1, i, i, i + 1);
}

static int write_transform(char *out, unsigned i) {
    return snprintf(out, ROOM,
                    "{\"v\":1,\"kind\":\"transform\",\"id\":\"t-%06u\",\"party\":\"NORTH\",\"happened\":"
                    "\"2026-01-%02uT08:00:00+08:00\",\"facility\":\"NORTH-METAL\",\"process\":"
                    "\"electrolysis\",\"inputs\":[{\"lot\":\"NORTH:O-%u\",\"net\":\"%u.0\"}],\"outputs\":[{"
                    "\"lot\":\"NORTH:M-%u\",\"material\":\"PRND-METAL\",\"net\":\"%u.5\",\"content\":{"
                    "\"basis\":\"calculated\",\"values\":{\"Pr\":\"24.0\",\"Nd\":\"75.5\"}}}]}",
                    i, i % 28 + 1, i, 1000 + i, i, 800 + i);
}

static int run(const char *name, int (*write)(char *, unsigned)) {
    char *texts = memory_new(EVENTS * ROOM);
    size_t lengths[EVENTS], bytes = 0;
    if (!texts) return 2;
    for (unsigned i = 0; i < EVENTS; i++) {
        lengths[i] = (size_t)write(texts + (size_t)i * ROOM, i);
        bytes += lengths[i];
    }
    Arena arena;
    arena_init(&arena, 1 << 20);
    Status status;
    Event event;
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = seconds();
        for (unsigned i = 0; i < EVENTS; i++) {
            arena_reset(&arena);
            if (!event_decode((Text){texts + (size_t)i * ROOM, lengths[i]}, &arena, &event, &status)) {
                fprintf(stderr, "%s at %s\n", status.message, status.where);
                return 1;
            }
        }
        double took = seconds() - begin;
        if (took < best) best = took;
    }
    printf("event_decode: %s of %.0f bytes, best of %d rounds: %.2f M events/s, %.0f MB/s\n", name,
           (double)bytes / EVENTS, ROUNDS, EVENTS / best / 1e6, (double)bytes / best / 1e6);
    arena_done(&arena);
    memory_free(texts);
    return 0;
}

int main(void) {
    int ship = run("ship", write_ship);
    return ship ? ship : run("transform", write_transform);
}
