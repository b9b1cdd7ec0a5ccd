#include "server/inside.h"
#include <sys/socket.h>

static const char *const topic_names[] = {"record", "lot", "hold", "quota", "finding"};

static void print(Buffer *out, uint64_t as_of, unsigned topics) {
    const char *comma = "";
    buffer_format(out, "id: %llu\nevent: book\ndata: {\"as_of\":%llu,\"topics\":[",
                  (unsigned long long)as_of, (unsigned long long)as_of);
    for (size_t i = 0; i < sizeof topic_names / sizeof *topic_names; i++) {
        if (!(topics & 1u << i)) continue;
        buffer_format(out, "%s\"%s\"", comma, topic_names[i]);
        comma = ",";
    }
    buffer_string(out, "]}\n\n");
}

void sse_begin(Exchange *exchange) {
    exchange->response.content_type = "text/event-stream";
    exchange->response.stream = true;
}

void sse_join(SseHub *hub, SseClient *client, Connection *connection) {
    client->connection = connection;
    client->previous = NULL;
    client->next = hub->first;
    if (hub->first) hub->first->previous = client;
    hub->first = client;
    connection->server->metrics.streams_now++;
    // What a reader does not take must show as lag here, and not fill megabytes of the kernel's.
    int kernel_bytes = PENDING_HIGH;
    setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &kernel_bytes, sizeof kernel_bytes);
    Text last = request_header(&connection->parser.request, "last-event-id");
    uint64_t seen = 0;
    bool known = last.length > 0 && last.length < 20;
    for (size_t i = 0; i < last.length && known; i++) {
        known = last.at[i] >= '0' && last.at[i] <= '9';
        seen = seen * 10 + (uint64_t)(last.at[i] - '0');
    }
    Buffer text;
    buffer_init(&text, 1024);
    buffer_string(&text, "retry: 1000\n\n");
    // Which topics were missed is not kept: after a gap anything may have changed.
    if (hub->told && !(known && seen == hub->as_of)) print(&text, hub->as_of, TOPIC_ALL);
    connection_stream(connection, buffer_view(&text));
    buffer_done(&text);
}

void sse_leave(SseHub *hub, SseClient *client) {
    if (!client->connection) return;
    client->connection->server->metrics.streams_now--;
    if (client->previous)
        client->previous->next = client->next;
    else
        hub->first = client->next;
    if (client->next) client->next->previous = client->previous;
    *client = (SseClient){0};
}

static void send_all(SseHub *hub, Text text) {
    for (SseClient *client = hub->first, *next; client; client = next) {
        next = client->next;
        Server *server = client->connection->server;
        if (!connection_stream(client->connection, text)) server->metrics.streams_cut_off++;
    }
}

void sse_publish(SseHub *hub, uint64_t as_of, unsigned topics) {
    hub->as_of = as_of;
    hub->told = true;
    if (!hub->first) return;
    Buffer text;
    buffer_init(&text, 1024);
    print(&text, as_of, topics);
    if (!text.failed) send_all(hub, buffer_view(&text));
    buffer_done(&text);
}

void sse_tick(SseHub *hub, uint64_t now_ms, unsigned heartbeat_ms) {
    if (now_ms < hub->heartbeat_at_ms) return;
    hub->heartbeat_at_ms = now_ms + heartbeat_ms;
    send_all(hub, TEXT(": still here\n\n"));
}
