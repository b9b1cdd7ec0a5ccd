#include "cli/question.h"

#include "cli/render.h"
#include <string.h>

bool question_begin(Question *q) {
    memset(q, 0, sizeof *q);
    buffer_init(&q->out, (size_t)1 << 30);
    q->keeper = keeper_open_reader(option_db(), NULL, &q->status);
    if (!q->keeper) return false;
    q->access = access_open(q->keeper, &q->status);
    if (!q->access) return false;
    q->view = view_operator(q->keeper);
    return true;
}

// After the answer was said.
int question_said(Question *q, bool well) {
    int code = well ? EXIT_WELL : complain_asked(&q->status);
    access_close(q->access);
    Status closing;
    status_clear(&closing);
    if (q->keeper && !keeper_close(q->keeper, &closing) && well) code = complain(&closing);
    buffer_done(&q->out);
    return code;
}

int question_end(Question *q, bool well, const char *columns, const char *hidden) {
    if (well && option_json()) {
        out_text(buffer_view(&q->out));
        out_format("\n");
    } else if (well) {
        well = render_answer(buffer_view(&q->out), columns, hidden, &q->status);
    }
    return question_said(q, well);
}

int option_months(Months *months) {
    const char *from = option_value("from"), *to = option_value("to");
    *months = (Months){0, 0};
    if (from && !month_read(text_of(from), &months->from))
        return usage_error("--from takes a month, such as 2026-04");
    if (to && !month_read(text_of(to), &months->to))
        return usage_error("--to takes a month, such as 2026-09");
    if (from && to && months->from > months->to) return usage_error("--from lies after --to");
    return 0;
}
