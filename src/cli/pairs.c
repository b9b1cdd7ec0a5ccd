// What do shippers and receivers say of the same goods, and who is the odd one out?
#include "access/pairs.h"

#include "cli/question.h"
#include "cli/render.h"

enum { TOKENS_MAX = 16000000 };

static bool say(Text answer, Status *status) {
    Json json;
    json_init(&json, TOKENS_MAX);
    bool well = json_read(&json, answer, status) &&
                render_answer(answer, NULL, "as_of,trial,pairs,instruments", status) &&
                render_first_rows(&json, "pairs",
                                  "from,to,consignments,sent_kg,received_kg,lost_kg,u_kg,z,scatter,"
                                  "odd,by,explained_kg",
                                  status) &&
                render_first_rows(&json, "instruments",
                                  "what,name,consignments,bias_percent,u_percent,stated_percent,z,"
                                  "beyond",
                                  status);
    json_done(&json);
    return well;
}

COMMAND(pairs) {
    if (word_count() > 0) return usage_error("\"%s\" is one word too many", word_at(0));
    Months months;
    int wrong = option_months(&months);
    if (wrong) return wrong;
    Question q;
    bool well =
        question_begin(&q) && access_pairs(q.access, &q.view, text_of(option_value("component")),
                                           months, &q.out, &q.status);
    if (!well || option_json()) return question_end(&q, well, NULL, NULL);
    return question_said(&q, say(buffer_view(&q.out), &q.status));
}
