// A question to access/: it may wait for the disk, so it is asked on a worker thread, and its JSON
// becomes the answer. Two lines make a handler of it:
//     static bool ask_lot(const Question *q, Buffer *out, Status *status) { return access_lot(...);
//     } void api_lot(Exchange *exchange) { question(exchange, ask_lot); }
#pragma once
#include "access/access.h"
#include "server/router.h"

typedef struct Question Question;
typedef bool Ask(const Question *question, Buffer *out, Status *status);

struct Question {
    const Exchange *exchange; // for parameters and query
    Access *access;
    View view; // of who asks; what is public when nobody is known
    Ask *ask;
    uint64_t refused; // attempts refused since the start, as it was when it was asked
    bool fine;
    Status status;
};

void question(Exchange *exchange, Ask *ask);
// The same with another type than application/json.
void question_as(Exchange *exchange, Ask *ask, const char *content_type);

// Parameters. Each is false with STATUS_INVALID and `where` when it cannot be.
MUST_CHECK bool question_page(const Question *question, Page *page, Status *status);
MUST_CHECK bool question_months(const Question *question, Months *months, Status *status);
// A number in the path; what is none names nothing, so UINT64_MAX, which is never found.
uint64_t question_number(const Question *question);
