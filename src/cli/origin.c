// Is a lot what its papers say?
#include "access/origin.h"

#include "cli/plots.h"
#include "cli/question.h"

COMMAND(origin) {
    if (word_count() != 1) return usage_error("which lot?");
    Question q;
    const char *plot = option_value("plot");
    bool well = question_begin(&q) &&
                access_origin(q.access, &q.view, text_of(word_at(0)), &q.out, &q.status) &&
                (!plot || plots_origin(buffer_view(&q.out), plot, &q.status));
    return question_end(&q, well, NULL, "as_of,trial,lot,steps");
}
