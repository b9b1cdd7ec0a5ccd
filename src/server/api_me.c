// Who is asking, and in which book.
#include "access/records.h"
#include "server/door.h"
#include "server/inside.h"
#include "server/question.h"
#include "server/routes.h"
#include <stdio.h>

#ifndef YTTERBY_VERSION
#define YTTERBY_VERSION "0.1.0"
#endif

static void write_as_of(const BookFacts *facts, JsonWriter *json) {
    json_key(json, "as_of");
    if (facts->has_record)
        json_u64(json, facts->as_of);
    else
        json_null(json);
    json_named_bool(json, "trial", facts->trial);
}

static void write_me(const Principal *principal, const BookFacts *facts, const char *party_name,
                     Buffer *out) {
    JsonWriter writer = json_writer(out), *json = &writer;
    char text[INSTANT_TEXT_MAX];
    json_object_begin(json);
    write_as_of(facts, json);
    json_named_words(json, "principal", principal->text);
    json_named_words(json, "name", principal->name);
    json_named_words(json, "role", role_name(principal->role));
    json_named_words(json, "party", *principal->party ? principal->party : NULL);
    json_named_words(json, "party_name", *party_name ? party_name : NULL);
    json_named_words(json, "kind", principal->kind == PRINCIPAL_KEY ? "key" : "user");
    json_named_words(json, "expires",
                     principal->expires ? instant_print(principal->expires, text) : NULL);
    json_key(json, "book");
    json_object_begin(json);
    json_named_words(json, "origin", facts->origin);
    json_named_words(json, "authority", facts->authority);
    json_named_words(json, "offset", offset_print(facts->offset_minutes, text));
    json_object_end(json);
    json_key(json, "may");
    json_array_begin(json);
    for (Scope scope = SCOPE_READ; scope <= SCOPE_OPERATE; scope++)
        if (scope_allows(scope, principal)) json_words(json, scope_name(scope));
    json_array_end(json);
    json_object_end(json);
}

static bool ask_me(const Question *q, Buffer *out, Status *status) {
    BookFacts facts;
    char party_name[256];
    if (!access_book(q->access, &facts, status) ||
        !access_party_name(q->access, &q->view, party_name, status))
        return false;
    write_me(&q->exchange->principal, &facts, party_name, out);
    return true;
}

void api_me(Exchange *exchange) {
    if (exchange->server->door) {
        question(exchange, ask_me);
        return;
    }
    write_me(&exchange->principal, &(BookFacts){0}, "", &exchange->response.text);
    exchange->response.content_type = "application/json";
}

// ---- What anybody may know

static bool ask_about(const Question *q, Buffer *out, Status *status) {
    const ServerOptions *options = &q->exchange->server->options;
    BookFacts facts;
    if (!access_book(q->access, &facts, status)) return false;
    JsonWriter writer = json_writer(out), *json = &writer;
    json_object_begin(json);
    write_as_of(&facts, json);
    json_named_words(json, "origin", facts.origin);
    json_named_words(json, "version", YTTERBY_VERSION);
    json_named_bool(json, "demo", options->demo_count > 0);
    json_key(json, "sign_ins");
    json_array_begin(json);
    for (size_t i = 0; i < options->demo_count; i++) {
        const DemoSignIn *demo = &options->demo[i];
        json_object_begin(json);
        json_named_words(json, "name", demo->name);
        json_named_words(json, "password", demo->password);
        json_named_words(json, "role", role_name(demo->role));
        json_named_words(json, "party", *demo->party ? demo->party : NULL);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
    return true;
}

void api_about(Exchange *exchange) {
    question(exchange, ask_about);
}

// ---- My sessions

typedef struct SessionList {
    JsonWriter json;
    int64_t current;
} SessionList;

static void write_session(void *context, const SessionFacts *facts) {
    SessionList *list = context;
    char text[INSTANT_TEXT_MAX];
    json_object_begin(&list->json);
    snprintf(text, sizeof text, "%lld", (long long)facts->number);
    json_named_words(&list->json, "id", text);
    json_named_words(&list->json, "created", instant_print(facts->created, text));
    json_named_words(&list->json, "last_used", instant_print(facts->last_used, text));
    json_named_words(&list->json, "expires", instant_print(facts->expires, text));
    json_named_words(&list->json, "address", facts->address);
    json_named_bool(&list->json, "current", facts->number == list->current);
    json_object_end(&list->json);
}

static bool write_sessions(const Exchange *exchange, const BookFacts *facts, Buffer *out,
                           Status *status) {
    SessionList list = {json_writer(out), exchange->principal.number};
    json_object_begin(&list.json);
    write_as_of(facts, &list.json);
    json_key(&list.json, "items");
    json_array_begin(&list.json);
    if (!accounts_sessions(exchange->server->accounts, &exchange->principal, server_now(),
                           write_session, &list, status))
        return false;
    json_array_end(&list.json);
    json_object_end(&list.json);
    return true;
}

static bool ask_sessions(const Question *q, Buffer *out, Status *status) {
    BookFacts facts;
    return access_book(q->access, &facts, status) &&
           write_sessions(q->exchange, &facts, out, status);
}

void api_sessions(Exchange *exchange) {
    Status status;
    if (exchange->server->door) {
        question(exchange, ask_sessions);
        return;
    }
    exchange->response.content_type = "application/json";
    if (!write_sessions(exchange, &(BookFacts){0}, &exchange->response.text, &status))
        exchange_status(exchange, &status);
}
