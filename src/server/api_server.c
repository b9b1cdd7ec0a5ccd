// The server about itself: alive, ready, counted, described.
#include "codec/json_write.h"
#include "server/door.h"
#include "server/inside.h"
#include "server/routes.h"
#include "server/static.h"

static void health(Exchange *exchange, const char *status, const char *message) {
    JsonWriter json = json_writer(&exchange->response.text);
    json_object_begin(&json);
    json_named_words(&json, "status", status);
    json_named_words(&json, "message", message);
    json_object_end(&json);
    exchange->response.content_type = "application/json";
}

void api_healthz(Exchange *exchange) {
    health(exchange, "ok", "it answers");
}

void api_readyz(Exchange *exchange) {
    if (exchange->server->stopping) {
        exchange->response.status = 503;
        health(exchange, "stopping", "it finishes what is under way");
        return;
    }
    if (!exchange->server->door) {
        exchange->response.status = 503;
        health(exchange, "starting", "no book is open");
        return;
    }
    Status why;
    if (!keeper_is_writing(exchange->server->door->keeper, &why)) {
        exchange->response.status = 503;
        health(exchange, "failed", "the book takes no events");
        return;
    }
    health(exchange, "ok", "the book is open");
}

void api_metrics(Exchange *exchange) {
    metrics_print(&exchange->server->metrics, &exchange->response.text);
    exchange->response.content_type = "text/plain; version=0.0.4; charset=utf-8";
}

void api_openapi(Exchange *exchange) {
    const StaticFile *file = static_find(TEXT("/openapi.json"));
    if (file)
        static_answer(file, exchange->request, &exchange->response);
    else
        exchange_problem(exchange, 404, "no such thing", NULL, NULL);
}
