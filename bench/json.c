// How fast the tokenizer is on one core: small events as a company sends them, one JSON text each.
#include <stdio.h>
#include <time.h>
#include "base/memory.h"
#include "codec/json.h"

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void) {
    enum { EVENTS = 4096, ROOM = 400, ROUNDS = 500 };
    char *texts = memory_new(EVENTS * ROOM);
    size_t lengths[EVENTS], bytes = 0;
    if (!texts) return 2;
    for (unsigned i = 0; i < EVENTS; i++) {
        int length = snprintf(
            texts + (size_t)i * ROOM, ROOM,
            "{\"v\":1,\"kind\":\"transform\",\"id\":\"t-%06u\",\"party\":\"NORTH\",\"happened\":"
            "\"2026-01-%02uT08:00:00+08:00\",\"facility\":\"NORTH-METAL\",\"process\":"
            "\"electrolysis\",\"inputs\":[{\"lot\":\"NORTH:O-%u\",\"net\":\"%u.0\"}],\"outputs\":[{"
            "\"lot\":\"NORTH:M-%u\",\"material\":\"PRND-METAL\",\"net\":\"%u.5\"}],\"x\":{\"ref\":"
            "\"SAP %09u\"}}",
            i, i % 28 + 1, i, 1000 + i, i, 800 + i, i * 7919);
        lengths[i] = (size_t)length;
        bytes += (size_t)length;
    }
    Json json;
    json_init(&json, 10000);
    Status status;
    double best = 1e9;
    unsigned long tokens = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = seconds();
        for (unsigned i = 0; i < EVENTS; i++) {
            if (!json_read(&json, (Text){texts + (size_t)i * ROOM, lengths[i]}, &status)) {
                fprintf(stderr, "%s at %s\n", status.message, status.where);
                return 1;
            }
            tokens += json.count;
        }
        double took = seconds() - begin;
        if (took < best) best = took;
    }
    printf("json: %.0f bytes an event, %.0f tokens, best of %d rounds: %.2f M events/s, %.0f MB/s\n",
           (double)bytes / EVENTS, (double)tokens / EVENTS / ROUNDS, ROUNDS, EVENTS / best / 1e6,
           (double)bytes / best / 1e6);
    json_done(&json);
    memory_free(texts);
    return 0;
}
