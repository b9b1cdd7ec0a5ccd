// Reading the book: each operation is one question to access/.
#include "access/balances.h"
#include "access/facilities.h"
#include "access/findings.h"
#include "access/lots.h"
#include "access/movements.h"
#include "access/network.h"
#include "access/origin.h"
#include "access/overview.h"
#include "access/quota.h"
#include "access/records.h"
#include "access/totals.h"
#include "access/trace.h"
#include "server/question.h"
#include "server/routes.h"

static Text parameter(const Question *q) {
    return q->exchange->parameters[0];
}
static Text query(const Question *q, const char *name) {
    return exchange_query(q->exchange, name);
}

static bool ask_overview(const Question *q, Buffer *out, Status *status) {
    Months months;
    return question_months(q, &months, status) &&
           access_overview(q->access, &q->view, months, q->refused, out, status);
}
void api_overview(Exchange *exchange) {
    question(exchange, ask_overview);
}

static bool ask_facilities(const Question *q, Buffer *out, Status *status) {
    Page page;
    return question_page(q, &page, status) &&
           access_facilities(q->access, &q->view, &page, out, status);
}
void api_facilities(Exchange *exchange) {
    question(exchange, ask_facilities);
}

static bool ask_facility(const Question *q, Buffer *out, Status *status) {
    return access_facility(q->access, &q->view, parameter(q), out, status);
}
void api_facility(Exchange *exchange) {
    question(exchange, ask_facility);
}

static bool ask_balance(const Question *q, Buffer *out, Status *status) {
    Months months;
    return question_months(q, &months, status) &&
           access_balance(q->access, &q->view, parameter(q), query(q, "el"), months, out, status);
}
void api_balance(Exchange *exchange) {
    question(exchange, ask_balance);
}

static bool ask_network(const Question *q, Buffer *out, Status *status) {
    Months months;
    return question_months(q, &months, status) &&
           access_network(q->access, &q->view, query(q, "el"), months, out, status);
}
void api_network(Exchange *exchange) {
    question(exchange, ask_network);
}

static bool ask_findings(const Question *q, Buffer *out, Status *status) {
    Page page;
    return question_page(q, &page, status) &&
           access_findings(q->access, &q->view, &page, out, status);
}
void api_findings(Exchange *exchange) {
    question(exchange, ask_findings);
}

static bool ask_finding(const Question *q, Buffer *out, Status *status) {
    return access_finding(q->access, &q->view, parameter(q), out, status);
}
void api_finding(Exchange *exchange) {
    question(exchange, ask_finding);
}

static bool ask_lots(const Question *q, Buffer *out, Status *status) {
    Page page;
    LotsAsked asked = {.q = query(q, "q"),
                       .state = query(q, "state"),
                       .facility = query(q, "facility"),
                       .material = query(q, "material"),
                       .stage = query(q, "stage"),
                       .holder = query(q, "holder"),
                       .owner = query(q, "owner"),
                       .made = query(q, "made")};
    return question_page(q, &page, status) &&
           access_lots(q->access, &q->view, &asked, &page, out, status);
}
void api_lots(Exchange *exchange) {
    question(exchange, ask_lots);
}

static bool ask_lot(const Question *q, Buffer *out, Status *status) {
    return access_lot(q->access, &q->view, parameter(q), out, status);
}
void api_lot(Exchange *exchange) {
    question(exchange, ask_lot);
}

static bool ask_trace(const Question *q, Buffer *out, Status *status) {
    Text direction = query(q, "direction");
    bool down = text_equal(direction, TEXT("down"));
    if (!down && !text_is_empty(direction) && !text_equal(direction, TEXT("up"))) {
        status_set(status, STATUS_INVALID, "this is no direction");
        status_where(status, "direction");
        return status_hint(status, "say up or down");
    }
    return access_trace(q->access, &q->view, parameter(q), down, out, status);
}
void api_trace(Exchange *exchange) {
    question(exchange, ask_trace);
}

static bool ask_origin(const Question *q, Buffer *out, Status *status) {
    return access_origin(q->access, &q->view, parameter(q), out, status);
}
void api_origin(Exchange *exchange) {
    question(exchange, ask_origin);
}

static bool ask_quota(const Question *q, Buffer *out, Status *status) {
    uint64_t year = question_number(q);
    if (year < 1970 || year > 9999)
        return status_set(status, STATUS_NOT_FOUND, "no such quota year");
    return access_quota(q->access, &q->view, (int)year, out, status);
}
void api_quota(Exchange *exchange) {
    question(exchange, ask_quota);
}

static bool ask_records(const Question *q, Buffer *out, Status *status) {
    Page page;
    RecordsAsked asked = {.kind = query(q, "kind"),
                          .verdict = query(q, "verdict"),
                          .party = query(q, "party"),
                          .facility = query(q, "facility"),
                          .from = query(q, "from"),
                          .to = query(q, "to")};
    return question_page(q, &page, status) &&
           access_records(q->access, &q->view, &asked, &page, out, status);
}
void api_records(Exchange *exchange) {
    question(exchange, ask_records);
}

static bool ask_movements(const Question *q, Buffer *out, Status *status) {
    Page page;
    MovementsAsked asked = {.kind = query(q, "kind"),
                            .party = query(q, "party"),
                            .facility = query(q, "facility"),
                            .from = query(q, "from"),
                            .to = query(q, "to")};
    return question_page(q, &page, status) &&
           access_movements(q->access, &q->view, &asked, &page, out, status);
}
void api_movements(Exchange *exchange) {
    question(exchange, ask_movements);
}

static bool ask_consignments(const Question *q, Buffer *out, Status *status) {
    Page page;
    ConsignmentsAsked asked = {
        .party = query(q, "party"), .facility = query(q, "facility"), .state = query(q, "state")};
    return question_page(q, &page, status) &&
           access_consignments(q->access, &q->view, &asked, &page, out, status);
}
void api_consignments(Exchange *exchange) {
    question(exchange, ask_consignments);
}

static bool ask_totals(const Question *q, Buffer *out, Status *status) {
    TotalsAsked asked = {.facility = query(q, "facility"),
                         .party = query(q, "party"),
                         .component = query(q, "el"),
                         .from = query(q, "from"),
                         .to = query(q, "to")};
    return access_totals(q->access, &q->view, &asked, out, status);
}
void api_totals(Exchange *exchange) {
    question(exchange, ask_totals);
}

static bool ask_postings(const Question *q, Buffer *out, Status *status) {
    Page page;
    PostingsAsked asked = {.facility = query(q, "facility"),
                           .reason = query(q, "reason"),
                           .from = query(q, "from"),
                           .to = query(q, "to")};
    return question_page(q, &page, status) &&
           access_postings(q->access, &q->view, &asked, &page, out, status);
}
void api_postings(Exchange *exchange) {
    question(exchange, ask_postings);
}

static bool ask_record(const Question *q, Buffer *out, Status *status) {
    return access_record(q->access, &q->view, question_number(q), out, status);
}
void api_record(Exchange *exchange) {
    question(exchange, ask_record);
}

static bool ask_proof(const Question *q, Buffer *out, Status *status) {
    return access_proof(q->access, &q->view, question_number(q), out, status);
}
void api_proof(Exchange *exchange) {
    question(exchange, ask_proof);
}

static bool ask_checkpoint(const Question *q, Buffer *out, Status *status) {
    return access_checkpoint(q->access, out, status);
}
void api_checkpoint(Exchange *exchange) {
    question_as(exchange, ask_checkpoint, "text/plain; charset=utf-8");
}
