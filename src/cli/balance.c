// Do the books close, month by month: one facility, or all of them one after the other.
#include <stdio.h>
#include <string.h>

#include "access/balances.h"
#include "access/registry.h"
#include "cli/plots.h"
#include "cli/question.h"
#include "cli/render.h"
#include "codec/json.h"

typedef struct Balances {
    Question *q;
    Text component;
    Months months;
    size_t shown;
    Buffer one, all; // with --json nothing is printed before all is well
    Status later;    // why one was left out that has no month so early
} Balances;

// Whether an answer has a line for a month at all.
static bool has_months(Text balance) {
    Json json;
    Status status;
    json_init(&json, 4000000);
    bool well = json_read(&json, balance, &status);
    uint32_t months = well ? json_member(&json, 0, TEXT("months")) : JSON_NONE;
    bool any = months != JSON_NONE && json_count(&json, months) > 0;
    json_done(&json);
    return any;
}

// With --until what has no month so early is left out.
static bool add_facility(Balances *b, Text id) {
    Question *q = b->q;
    buffer_reset(&b->one);
    if (!access_balance(q->access, &q->view, id, b->component, b->months, &b->one, &q->status)) {
        bool is_later = b->months.to && q->status.code == STATUS_INVALID;
        if (is_later) b->later = q->status;
        if (!is_later && q->status.code != STATUS_NOT_FOUND) return false;
        status_clear(&q->status);
        return true;
    }
    if (b->months.to && !has_months(buffer_view(&b->one))) return true;
    bool first = b->shown++ == 0;
    if (option_json()) {
        if (!first) buffer_char(&b->all, ',');
        buffer_text(&b->all, buffer_view(&b->one));
        return true;
    }
    if (!first) out_format("\n");
    return render_answer(buffer_view(&b->one),
                         "month,opening_kg,closing_kg,muf_kg,sigma_muf_kg,state,side",
                         "as_of,trial,recorded_until,page", &q->status);
}

// One page of the facilities; where the next begins is copied into `cursor`, empty after the last.
static bool add_page(Balances *b, Buffer *cursor) {
    Question *q = b->q;
    Page page = {buffer_view(cursor), PAGE_ROWS_MAX};
    Json json;
    Arena arena;
    json_init(&json, 1000000);
    arena_init(&arena, 64 << 20);
    buffer_reset(&q->out);
    bool well = access_list(q->access, &q->view, TEXT("facilities"), &page, &q->out, &q->status) &&
                json_read(&json, buffer_view(&q->out), &q->status);
    uint32_t items = well ? json_member(&json, 0, TEXT("items")) : JSON_NONE,
             next = well ? json_member(&json, 0, TEXT("next")) : JSON_NONE;
    for (uint32_t i = items != JSON_NONE ? json_begin(items) : 0;
         well && items != JSON_NONE && i != json_end(&json, items); i = json_next(&json, i)) {
        Text id;
        uint32_t member = json_member(&json, i, TEXT("id"));
        well = member == JSON_NONE ||
               (json_text(&json, member, &arena, &id, &q->status) && add_facility(b, id));
    }
    Text at = {"", 0};
    if (well && next != JSON_NONE && json_type(&json, next) == JSON_STRING)
        well = json_text(&json, next, &arena, &at, &q->status);
    buffer_reset(cursor);
    if (well && !buffer_text(cursor, at)) well = status_no_memory(&q->status);
    arena_done(&arena);
    json_done(&json);
    return well;
}

// One answer for each, as an array with --json.
static int balance_of_all(Question *q, Text component, Months months) {
    Balances b = {.q = q, .component = component, .months = months};
    Buffer cursor;
    status_clear(&b.later);
    buffer_init(&cursor, 1 << 16);
    buffer_init(&b.one, 64 << 20);
    buffer_init(&b.all, (size_t)1 << 30);
    buffer_string(&b.all, "[");
    bool well = true;
    do
        well = add_page(&b, &cursor);
    while (well && cursor.length > 0);
    // When that is all of it, the month was a slip.
    if (well && b.shown == 0 && b.later.code != STATUS_OK) {
        q->status = b.later;
        status_where(&q->status, "--until");
        well = false;
    }
    buffer_string(&b.all, "]\n");
    if (well && b.all.failed) well = status_no_memory(&q->status);
    if (well && option_json()) out_text(buffer_view(&b.all));
    buffer_done(&cursor);
    buffer_done(&b.one);
    buffer_done(&b.all);
    return question_said(q, well);
}

COMMAND(balance) {
    if (word_count() > 1) return usage_error("\"%s\" is one word too many", word_at(1));
    Text component = text_of(option_value("component"));
    const char *until = option_value("until"), *plot = option_value("plot");
    Months months = {0, 0};
    Status slip;
    int bit;
    status_clear(&slip);
    if (!component_asked(component, &bit, &slip)) {
        status_where(&slip, "--component");
        return complain_asked(&slip);
    }
    if (until && !month_read(text_of(until), &months.to))
        return usage_error("--until takes a month, such as 2026-06");
    if (plot && word_count() != 1) return usage_error("--plot draws one facility: name it");
    Question q;
    if (!question_begin(&q)) return question_said(&q, false);
    if (word_count() == 0) return balance_of_all(&q, component, months);
    bool well = access_balance(q.access, &q.view, text_of(word_at(0)), component, months, &q.out,
                               &q.status) &&
                (!plot || plots_balance(buffer_view(&q.out), plot, &q.status));
    return question_end(&q, well,
                        "month,opening_kg,extracted_kg,received_kg,shipped_kg,discards_kg,"
                        "losses_kg,closing_kg,muf_kg,sigma_muf_kg,state,side",
                        "as_of,trial");
}
