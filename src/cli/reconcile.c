// Do all balances together close, and where not?
#include "access/reconcile.h"

#include "cli/plots.h"
#include "cli/question.h"
#include "cli/render.h"

enum { TOKENS_MAX = 16000000 };

static bool say(Text answer, Status *status) {
    Json json;
    json_init(&json, TOKENS_MAX);
    bool well =
        json_read(&json, answer, status) &&
        render_answer(answer, NULL, "as_of,trial,found,roads,nodes,observable", status) &&
        render_first_rows(&json, "found", "says", status) &&
        render_first_rows(&json, "roads",
                          "from,to,receipts,sent_kg,received_kg,lost_kg,lost_u_kg,reconciled_kg,"
                          "u_kg,z,z_left",
                          status) &&
        render_first_rows(&json, "nodes",
                          "facility,from,to,received_kg,sent_kg,kept_kg,muf_kg,muf_u_kg,"
                          "unaccounted_kg,unaccounted_u_kg,z,z_left",
                          status);
    uint32_t observable = well ? json_member(&json, 0, TEXT("observable")) : JSON_NONE;
    if (observable != JSON_NONE && json_count(&json, observable))
        well = render_first_rows(&json, "observable", NULL, status);
    json_done(&json);
    return well;
}

COMMAND(reconcile) {
    if (word_count() > 0) return usage_error("\"%s\" is one word too many", word_at(0));
    const char *plot = option_value("plot");
    Months months;
    int wrong = option_months(&months);
    if (wrong) return wrong;
    Question q;
    bool well = question_begin(&q) &&
                access_reconcile(q.access, &q.view, text_of(option_value("component")), months,
                                 &q.out, &q.status) &&
                (!plot || plots_reconcile(buffer_view(&q.out), plot, &q.status));
    if (!well || option_json()) return question_end(&q, well, NULL, NULL);
    return question_said(&q, say(buffer_view(&q.out), &q.status));
}
