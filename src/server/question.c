#include "server/question.h"
#include "server/door.h"
#include "server/inside.h"

enum { ROWS_MAX = 200 };

static bool make_view(Question *q, Status *status) {
    const Principal *principal = &q->exchange->principal;
    q->view = view_public();
    return principal->kind == PRINCIPAL_NONE ||
           view_make(access_keeper(q->access), text_of(principal->text), &q->view, status);
}

static void ask_slowly(Exchange *exchange) {
    Question *q = exchange->context;
    q->fine = make_view(q, &q->status) && q->ask(q, &exchange->response.text, &q->status);
}

static void answer(Exchange *exchange) {
    const Question *q = exchange->context;
    if (q->fine) return;
    const Status *status = &q->status;
    // The world's no of a question is never the asker's size or speed.
    if (status->code == STATUS_BUSY || status->code == STATUS_LIMIT)
        exchange_problem(exchange, 503, status->message, status->where, status->hint);
    else
        exchange_status(exchange, status);
}

void question_as(Exchange *exchange, Ask *ask, const char *content_type) {
    Server *server = exchange->server;
    Question *q = arena_take_zero(&exchange->arena, 1, sizeof *q);
    if (!server->door || !q) {
        exchange_problem(exchange, 503, server->door ? "not enough memory" : "no book is open",
                         NULL, NULL);
        return;
    }
    q->exchange = exchange;
    q->access = server->door->access;
    q->ask = ask;
    q->refused = server->metrics.events[VERDICT_REFUSED];
    exchange->context = q;
    exchange->response.content_type = content_type;
    exchange_later(exchange, ask_slowly, answer);
}

void question(Exchange *exchange, Ask *ask) {
    question_as(exchange, ask, "application/json");
}

static bool invalid(Status *status, const char *where, const char *message, const char *hint) {
    status_set(status, STATUS_INVALID, "%s", message);
    status_where(status, "%s", where);
    return status_hint(status, "%s", hint);
}

bool question_page(const Question *q, Page *page, Status *status) {
    Text limit = exchange_query(q->exchange, "limit");
    *page = (Page){.cursor = exchange_query(q->exchange, "cursor")};
    if (text_is_empty(limit)) return true;
    bool fine = limit.length <= 3;
    for (size_t i = 0; i < limit.length && fine; i++) {
        fine = limit.at[i] >= '0' && limit.at[i] <= '9';
        page->limit = page->limit * 10 + (unsigned)(limit.at[i] - '0');
    }
    if (fine && page->limit >= 1 && page->limit <= ROWS_MAX) return true;
    return invalid(status, "limit", "this is no number of rows", "give a number from 1 to 200");
}

static bool read_month(const Question *q, const char *name, Month *month, Status *status) {
    Text text = exchange_query(q->exchange, name);
    *month = 0;
    if (text_is_empty(text) || month_read(text, month)) return true;
    return invalid(status, name, "this is no month", "write YYYY-MM");
}

bool question_months(const Question *q, Months *months, Status *status) {
    if (!read_month(q, "from", &months->from, status) || !read_month(q, "to", &months->to, status))
        return false;
    if (!months->from || !months->to || months->from <= months->to) return true;
    return invalid(status, "to", "the last month is before the first", "");
}

uint64_t question_number(const Question *q) {
    Text text = q->exchange->parameters[0];
    uint64_t number = 0;
    if (text.length == 0 || text.length > 18) return UINT64_MAX;
    if (text.at[0] == '0' && text.length > 1) return UINT64_MAX;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return UINT64_MAX;
        number = number * 10 + (uint64_t)(text.at[i] - '0');
    }
    return number;
}
