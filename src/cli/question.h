// One question to a book on this machine, as the operator sees it: begun, asked, answered.
#pragma once
#include "access/access.h"
#include "cli/command.h"

typedef struct Question {
    Keeper *keeper;
    Access *access;
    View view;
    Buffer out; // the answer
    Status status;
} Question;

// Opens the book of --db; what follows is asked only when it returns true.
MUST_CHECK bool question_begin(Question *q);
// Closes it after the answer was said, or complains; returns the exit code.
int question_said(Question *q, bool well);
// Says the answer: as it is with --json, else as render_answer() does.
int question_end(Question *q, bool well, const char *columns, const char *hidden);

// The months of --from and --to; 0 where one is not given. What is wrong with them is told, and the
// program's result returned; else 0.
int option_months(Months *months);
