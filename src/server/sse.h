// Server-sent events: numbers and topics, never content. Each client gets "the book stands at N"
// and which kinds of things changed, and asks for them through the ordinary doors. A client that
// comes back says the last number it saw (Last-Event-ID) and, if the book has moved on, is told at
// once that anything may have changed. One that lags more than 64 KiB behind is cut off.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef enum Topic {
    TOPIC_RECORD = 1,
    TOPIC_LOT = 2,
    TOPIC_HOLD = 4,
    TOPIC_QUOTA = 8,
    TOPIC_FINDING = 16,
    TOPIC_ALL = 31
} Topic;

struct Connection;
struct Exchange;

typedef struct SseClient {
    struct SseClient *next, *previous;
    struct Connection *connection; // null: not in the hub
} SseClient;

typedef struct SseHub {
    SseClient *first;
    uint64_t as_of;
    bool told; // as_of means something
    uint64_t heartbeat_at_ms;
} SseHub;

// The handler of the stream's route: the answer becomes a stream.
void sse_begin(struct Exchange *exchange);
// After the head of the stream has been written: joins the hub, tells what was missed.
void sse_join(SseHub *hub, SseClient *client, struct Connection *connection);
void sse_leave(SseHub *hub, SseClient *client);
void sse_publish(SseHub *hub, uint64_t as_of, unsigned topics);
// A comment to everyone when it is time, so that proxies keep the line and the dead are noticed.
void sse_tick(SseHub *hub, uint64_t now_ms, unsigned heartbeat_ms);
