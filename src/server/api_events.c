// POST /api/v1/events: events go to the keeper as the asker's, and are answered once they are
// durable.
//
// One event, or lines of them. All or nothing, they go as one batch; each for itself, in pieces of
// SUBMIT_EACH_MAX, the next piece when the last is answered. No worker waits meanwhile: the
// keeper's thread writes the answers down and wakes the exchange. Only when the keeper has no room
// in the middle of a request does a worker wait for it, since what came before is recorded already.
#include "access/answer.h"
#include "codec/json_write.h"
#include "server/diag.h"
#include "server/door.h"
#include "server/identity.h"
#include "server/inside.h"
#include "server/routes.h"
#include <stdio.h>

typedef struct Sending {
    Text rest; // lines that have not been sent
    SubmitMode mode;
    bool lines; // the answer is lines too
    size_t answered;
    size_t count; // of the piece that is under way
    Draft drafts[SUBMIT_EACH_MAX];
    Draft *whole; // instead of drafts, for a batch
    Buffer *out;
    uint64_t verdicts[5];
    bool dry;
    Status status; // why it ended early
    bool ended;
} Sending;

// Blanks and line ends around an event are not part of it.
static Text trim(Text text) {
    while (text.length && (uint8_t)text.at[0] <= ' ')
        text.at++, text.length--;
    while (text.length && (uint8_t)text.at[text.length - 1] <= ' ')
        text.length--;
    return text;
}

static bool next_line(Text *rest, Text *line) {
    while (!text_is_empty(*rest)) {
        if (!text_split(*rest, '\n', line, rest)) {
            *line = *rest;
            *rest = (Text){0};
        }
        *line = trim(*line);
        if (!text_is_empty(*line)) return true;
    }
    return false;
}

// Not recorded because another event of its batch was refused: an answer like the others.
static bool is_companion(const Sending *sending, const Answer *answer) {
    return sending->whole && answer->status && answer->status->code == STATUS_CONFLICT;
}

// On the keeper's thread. An answer without a verdict ends it: what follows was not decided either.
static void write_answers(void *context, const Answer *answers, size_t count) {
    Exchange *exchange = context;
    Sending *sending = exchange->context;
    for (size_t i = 0; i < count && !sending->ended; i++) {
        if (answers[i].verdict == VERDICT_NONE && !is_companion(sending, &answers[i])) {
            sending->ended = true;
            if (answers[i].status)
                sending->status = *answers[i].status;
            else
                status_set(&sending->status, STATUS_UNKNOWN, "the event was not decided");
            break;
        }
        View anybody = view_public(); // words of answers are made of codes and name nobody
        answer_write(&anybody, &answers[i], sending->out);
        sending->verdicts[answers[i].verdict]++;
        if (sending->lines) buffer_char(sending->out, '\n');
        sending->answered++;
    }
}

static void answered(void *context, const Answer *answers, size_t count) {
    write_answers(context, answers, count);
    exchange_wake(context);
}

static void wait_for_room(Exchange *exchange) {
    Sending *sending = exchange->context;
    Status status;
    status_clear(&status);
    if (!submit_wait(exchange->server->door->keeper, sending->drafts, sending->count, sending->mode,
                     write_answers, exchange, &status)) {
        sending->ended = true;
        sending->status = status;
    }
}

// What could not be answered after some was: a last line that is an error.
static void finish(Exchange *exchange) {
    Sending *sending = exchange->context;
    if (sending->ended && sending->answered == 0) {
        exchange_status(exchange, &sending->status);
        return;
    }
    if (sending->ended) {
        const Status *status = &sending->status;
        JsonWriter writer = json_writer(sending->out), *json = &writer;
        json_object_begin(json);
        json_key(json, "error");
        json_object_begin(json);
        json_named_words(json, "code", problem_code(problem_status(status->code)));
        json_named_words(json, "message", status->message);
        json_named_words(json, "where", status->where);
        json_named_words(json, "hint", status->hint);
        json_named_words(json, "id", "");
        json_object_end(json);
        json_object_end(json);
        buffer_char(sending->out, '\n');
    }
    exchange->response.content_type = sending->lines ? "application/x-ndjson" : "application/json";
}

// Refused attempts leave no record in the book, but stand in the audit trail (B25), one row a
// request.
static void audit_refusals(Exchange *exchange) {
    Sending *sending = exchange->context;
    char outcome[64];
    Status status;
    status_clear(&status);
    snprintf(outcome, sizeof outcome, "%llu of %zu events refused",
             (unsigned long long)sending->verdicts[VERDICT_REFUSED], sending->answered);
    if (!identity_audit(exchange, "refused", outcome, &status))
        diag_status(DIAG_ERROR, "audit_failed", &status);
}

// All that was sent is answered.
static void conclude(Exchange *exchange) {
    Sending *sending = exchange->context;
    Metrics *metrics = &exchange->server->metrics;
    for (size_t i = 0; i < 5 && !sending->dry; i++)
        metrics->events[i] += sending->verdicts[i];
    if (sending->verdicts[VERDICT_REFUSED] && !sending->dry)
        exchange_later(exchange, audit_refusals, finish);
    else
        finish(exchange);
}

static void send_on(Exchange *exchange) {
    Sending *sending = exchange->context;
    Text line;
    bool gone = exchange->connection->state == CONNECTION_CLOSED;
    sending->count = 0;
    while (!sending->ended && !gone && sending->count < SUBMIT_EACH_MAX &&
           next_line(&sending->rest, &line))
        sending->drafts[sending->count++] =
            (Draft){line, text_of(exchange->principal.text), SUBMIT_NOW};
    if (sending->count == 0) {
        conclude(exchange);
        return;
    }
    Status status;
    status_clear(&status);
    exchange_await(exchange, send_on);
    if (submit_send(exchange->server->door->keeper, sending->drafts, sending->count, sending->mode,
                    false, answered, exchange, &status))
        return;
    exchange_await_not(exchange);
    if (status.code == STATUS_BUSY && sending->answered) {
        exchange_later(exchange, wait_for_room, send_on);
        return;
    }
    sending->ended = true;
    sending->status = status;
    conclude(exchange);
}

static void send_whole(Exchange *exchange, size_t count) {
    Sending *sending = exchange->context;
    Text line;
    Status status;
    status_clear(&status);
    sending->whole = arena_take(&exchange->arena, count * sizeof *sending->whole);
    if (!sending->whole) {
        exchange_problem(exchange, 503, "not enough memory", NULL, NULL);
        return;
    }
    for (count = 0; next_line(&sending->rest, &line); count++)
        sending->whole[count] = (Draft){line, text_of(exchange->principal.text), SUBMIT_NOW};
    exchange_await(exchange, conclude);
    if (submit_send(exchange->server->door->keeper, sending->whole, count, sending->mode, false,
                    answered, exchange, &status))
        return;
    exchange_await_not(exchange);
    exchange_status(exchange, &status);
}

// "0", "1" or left out.
static bool read_switch(Exchange *exchange, const char *name, bool otherwise, bool *value) {
    Text text = exchange_query(exchange, name);
    *value = text_is_empty(text) ? otherwise : text_equal(text, TEXT("1"));
    if (text_is_empty(text) || *value || text_equal(text, TEXT("0"))) return true;
    exchange_problem(exchange, 400, "this is neither 0 nor 1", name, NULL);
    return false;
}

void api_events(Exchange *exchange) {
    Sending *sending = arena_take_zero(&exchange->arena, 1, sizeof *sending);
    bool dry, whole;
    if (!exchange->server->door || !sending) {
        exchange_problem(exchange, 503, "no book is open", NULL, NULL);
        return;
    }
    Text type = request_header(exchange->request, "content-type");
    sending->lines = text_begins(type, TEXT("application/x-ndjson"));
    sending->out = &exchange->response.text;
    sending->rest = exchange->request->body;
    exchange->context = sending;
    if (!read_switch(exchange, "dry_run", false, &dry) ||
        !read_switch(exchange, "atomic", !sending->lines, &whole))
        return;
    sending->dry = dry;
    if (!sending->lines) { // one event, whatever line ends stand around it
        Text event = trim(exchange->request->body);
        sending->rest = event;
        if (memchr(event.at ? event.at : "", '\n', event.length)) {
            exchange_problem(exchange, 400,
                             "an event is one line, without line ends between its members", NULL,
                             "send it compact, or many as application/x-ndjson");
            return;
        }
    }
    size_t count = 0;
    Text rest = sending->rest, line;
    while (next_line(&rest, &line))
        count++;
    if (count == 0) {
        exchange_problem(exchange, 400, "there is no event in the body", NULL, NULL);
        return;
    }
    whole = whole && sending->lines;
    sending->mode = whole ? (dry ? SUBMIT_DRY_WHOLE : SUBMIT_WHOLE)
                    : dry ? SUBMIT_DRY_EACH
                          : SUBMIT_EACH;
    if (whole)
        send_whole(exchange, count);
    else
        send_on(exchange);
}
