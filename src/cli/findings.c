// What does not close, ranked; with what was expected and found, what would settle it, and how
// often such a list is wrong.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/findings.h"
#include "cli/plots.h"
#include "cli/question.h"
#include "cli/render.h"
#include "codec/json.h"
#include "finding/finding.h"

// Each finding whole, as plots_findings() takes them.
static bool draw_findings(Question *q, const char *file) {
    Json json;
    Arena arena;
    Buffer all;
    json_init(&json, 4000000);
    arena_init(&arena, 64 << 20);
    buffer_init(&all, (size_t)1 << 30);
    buffer_string(&all, "[");
    bool well = json_read(&json, buffer_view(&q->out), &q->status);
    for (uint32_t i = json_begin(0); well && i != json_end(&json, 0); i = json_next(&json, i)) {
        Text id;
        if (i != json_begin(0)) buffer_string(&all, ",");
        well = json_text(&json, json_member(&json, i, TEXT("id")), &arena, &id, &q->status) &&
               access_finding(q->access, &q->view, id, &all, &q->status);
    }
    buffer_string(&all, "]");
    well = well && plots_findings(buffer_view(&all), file, &q->status);
    buffer_done(&all);
    arena_done(&arena);
    json_done(&json);
    return well;
}

typedef struct Reading {
    Json json;
    Arena arena;
} Reading;

static void reading_begin(Reading *r) {
    json_init(&r->json, 4000000);
    arena_init(&r->arena, 64 << 20);
}

static void reading_end(Reading *r) {
    json_done(&r->json);
    arena_done(&r->arena);
}

// A member's text or number as it stands there; empty when it is null.
static Text said(Reading *r, uint32_t object, const char *name) {
    Text text = {"", 0};
    Status status;
    uint32_t member = json_member(&r->json, object, text_of(name));
    if (member == JSON_NONE || json_type(&r->json, member) == JSON_NULL) return text;
    if (json_type(&r->json, member) != JSON_STRING) return json_bytes(&r->json, member);
    if (!json_text(&r->json, member, &r->arena, &text, &status)) return (Text){"", 0};
    return text;
}

static double number(Reading *r, uint32_t object, const char *name) {
    char digits[64];
    snprintf(digits, sizeof digits, "%.*s", TEXT_ARG(said(r, object, name)));
    return strtod(digits, NULL);
}

// The best of what would settle it: measured again ten times as well.
static void tell_settle(Reading *r, uint32_t finding) {
    uint32_t all = json_member(&r->json, finding, TEXT("settle"));
    if (all == JSON_NONE || json_count(&r->json, all) == 0) {
        out_format("   no measurement taken again would settle it by itself\n");
        return;
    }
    uint32_t first = json_begin(all);
    Text record = said(r, first, "record"), name = said(r, first, "name");
    out_format("   would settle it first: the %.*s", TEXT_ARG(said(r, first, "what")));
    if (record.length)
        out_format(" of record %.*s", TEXT_ARG(record));
    else
        out_format(" %.*s", TEXT_ARG(name));
    double distance = number(r, finding, "distance");
    out_format(", ten times as well: %.1f sigma instead of %.1f, if it stays\n",
               distance * sqrt(1 + number(r, first, "gain")), distance);
}

static bool tell_each(Text list, Status *status) {
    Reading r;
    reading_begin(&r);
    bool well = json_read(&r.json, list, status);
    size_t place = 0;
    for (uint32_t i = well ? json_begin(0) : 0; well && i != json_end(&r.json, 0);
         i = json_next(&r.json, i)) {
        char expected[FINDING_KG_MAX], found[FINDING_KG_MAX];
        out_format("%s%zu. %.*s, %.*s to %.*s", place ? "" : "\n", place + 1,
                   TEXT_ARG(said(&r, i, "facility")), TEXT_ARG(said(&r, i, "from")),
                   TEXT_ARG(said(&r, i, "to")));
        place++;
        // An instrument is wrong at many places: no one balance is behind it.
        if (!text_equal(said(&r, i, "family"), TEXT("measurement")))
            out_format(": expected %s kg, found %s kg",
                       finding_kg_print(number(&r, i, "expected_kg"), expected),
                       finding_kg_print(number(&r, i, "found_kg"), found));
        out_format("\n");
        tell_settle(&r, i);
    }
    reading_end(&r);
    return well;
}

// Of the list, whether it is empty or not.
static bool tell_tested(Question *q) {
    Buffer answer;
    Reading r;
    Page page = {{"", 0}, 1};
    buffer_init(&answer, 16 << 20);
    reading_begin(&r);
    bool well = access_findings(q->access, &q->view, &page, &answer, &q->status) &&
                json_read(&r.json, buffer_view(&answer), &q->status);
    uint32_t tested = well ? json_member(&r.json, 0, TEXT("tested")) : JSON_NONE;
    if (tested != JSON_NONE)
        out_format(
            "\n%.*s facilities over %.*s months were tested, %.*s balances of components; "
            "of the facilities listed at most %.3g %% are there by chance, in the long run\n",
            TEXT_ARG(said(&r, tested, "facilities")), TEXT_ARG(said(&r, tested, "months")),
            TEXT_ARG(said(&r, tested, "components")), 100 * number(&r, tested, "false_alarm_rate"));
    reading_end(&r);
    buffer_done(&answer);
    return well;
}

COMMAND(findings) {
    Question q;
    bool well = question_begin(&q) && access_findings_flat(q.access, &q.view, &q.out, &q.status);
    const char *plot = option_value("plot");
    well = well && (!plot || draw_findings(&q, plot));
    if (!well || option_json()) return question_end(&q, well, NULL, NULL);
    // The flat list is an array; the renderer takes objects.
    Buffer wrapped;
    buffer_init(&wrapped, (size_t)1 << 30);
    buffer_string(&wrapped, "{\"items\":");
    buffer_text(&wrapped, buffer_view(&q.out));
    buffer_string(&wrapped, "}");
    if (wrapped.failed) well = status_no_memory(&q.status);
    well = well &&
           render_answer(buffer_view(&wrapped),
                         "facility,kind,from,to,mass_kg,low_kg,high_kg,p_value,says", NULL,
                         &q.status) &&
           tell_each(buffer_view(&q.out), &q.status) && tell_tested(&q);
    buffer_done(&wrapped);
    return question_said(&q, well);
}
