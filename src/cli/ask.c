// Questions to a book on this machine, answered through access/ as the operator sees it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/lots.h"
#include "access/movements.h"
#include "access/quota.h"
#include "access/records.h"
#include "access/registry.h"
#include "access/totals.h"
#include "access/trace.h"
#include "cli/question.h"
#include "cli/render.h"
#include "cli/render_dot.h"
#include "codec/json.h"

// A slip in the kind is wrong usage, told before a book is opened.
static int kind_known(const char *kind, const char *const *kinds) {
    for (const char *const *known = kinds; *known; known++)
        if (strcmp(kind, *known) == 0) return EXIT_WELL;
    const char *near = near_word(kind, kinds);
    return near ? usage_error("no kind of thing is called \"%s\"; did you mean \"%s\"?", kind, near)
                : usage_error("no kind of thing is called \"%s\"", kind);
}

COMMAND(show) {
    if (word_count() != 2) return usage_error("say KIND and ID, such as \"show lot NORTH:M-2\"");
    // A record is shown as the event that it holds.
    Text kind = text_of(word_at(0)), id = text_of(word_at(1));
    if (text_equal(kind, TEXT("record"))) kind = TEXT("event");
    int code = kind_known(kind.at, access_show_kinds);
    if (code != EXIT_WELL) return code;
    Question q;
    bool well = question_begin(&q) && access_show(q.access, &q.view, kind, id, &q.out, &q.status);
    if (!well && q.status.code == STATUS_NOT_FOUND && text_equal(kind, TEXT("event")))
        status_hint(&q.status, "write PARTY:ID, such as NORTH:t-1, or a record's number");
    if (!well && q.status.code == STATUS_NOT_FOUND && text_equal(kind, TEXT("cause")))
        status_hint(&q.status, "write RECORD.PLACE as \"ytterby list causes\" does, such as 120.0");
    return question_end(&q, well, NULL, "as_of,trial");
}

// Which filters a list has: every option that is none of its own is wrong usage.
static const struct {
    const char *kind, *filters;
} list_filters[] = {
    {"lots", " facility material state stage party owner made id "},
    {"records", " facility party kind verdict from to "},
    {"movements", " facility party kind from to "},
    {"consignments", " facility party state "},
    {"postings", " facility reason from to "},
    {"totals", " facility party component from to "},
};
static const char *const filter_options[] = {"facility", "material",  "state", "stage", "party",
                                             "owner",    "made",      "id",    "kind",  "verdict",
                                             "reason",   "component", "from",  "to"};
enum { FILTER_OPTIONS = sizeof filter_options / sizeof *filter_options };

static int filters_known(const char *kind) {
    const char *own = "";
    for (size_t i = 0; i < sizeof list_filters / sizeof *list_filters; i++)
        if (strcmp(kind, list_filters[i].kind) == 0) own = list_filters[i].filters;
    for (size_t i = 0; i < FILTER_OPTIONS; i++) {
        char word[32];
        snprintf(word, sizeof word, " %s ", filter_options[i]);
        if (option_value(filter_options[i]) && !strstr(own, word))
            return usage_error("--%s is no filter of %s", filter_options[i], kind);
    }
    return EXIT_WELL;
}

static Text filter(const char *name) {
    const char *value = option_value(name);
    return value ? text_of(value) : (Text){"", 0};
}

static bool list_ask(Question *q, Text kind, const Page *page) {
    if (text_equal(kind, TEXT("lots"))) {
        LotsAsked asked = {.q = filter("id"),
                           .state = filter("state"),
                           .facility = filter("facility"),
                           .material = filter("material"),
                           .stage = filter("stage"),
                           .holder = filter("party"),
                           .owner = filter("owner"),
                           .made = filter("made")};
        return access_lots(q->access, &q->view, &asked, page, &q->out, &q->status);
    }
    if (text_equal(kind, TEXT("records"))) {
        RecordsAsked asked = {.kind = filter("kind"),
                              .verdict = filter("verdict"),
                              .party = filter("party"),
                              .facility = filter("facility"),
                              .from = filter("from"),
                              .to = filter("to")};
        return access_records(q->access, &q->view, &asked, page, &q->out, &q->status);
    }
    if (text_equal(kind, TEXT("movements"))) {
        MovementsAsked asked = {.kind = filter("kind"),
                                .party = filter("party"),
                                .facility = filter("facility"),
                                .from = filter("from"),
                                .to = filter("to")};
        return access_movements(q->access, &q->view, &asked, page, &q->out, &q->status);
    }
    if (text_equal(kind, TEXT("consignments"))) {
        ConsignmentsAsked asked = {
            .party = filter("party"), .facility = filter("facility"), .state = filter("state")};
        return access_consignments(q->access, &q->view, &asked, page, &q->out, &q->status);
    }
    if (text_equal(kind, TEXT("postings"))) {
        PostingsAsked asked = {.facility = filter("facility"),
                               .reason = filter("reason"),
                               .from = filter("from"),
                               .to = filter("to")};
        return access_postings(q->access, &q->view, &asked, page, &q->out, &q->status);
    }
    if (text_equal(kind, TEXT("totals"))) {
        TotalsAsked asked = {.facility = filter("facility"),
                             .party = filter("party"),
                             .component = filter("component"),
                             .from = filter("from"),
                             .to = filter("to")};
        return access_totals(q->access, &q->view, &asked, &q->out, &q->status);
    }
    return access_list(q->access, &q->view, kind, page, &q->out, &q->status);
}

COMMAND(list_things) {
    if (word_count() != 1) return usage_error("list what? Name a kind, such as \"list lots\"");
    int code = kind_known(word_at(0), access_list_kinds);
    if (code == EXIT_WELL) code = filters_known(word_at(0));
    if (code != EXIT_WELL) return code;
    Question q;
    Page page = {filter("cursor"), (unsigned)option_number("limit", 100, 1, PAGE_ROWS_MAX)};
    bool well = question_begin(&q) && list_ask(&q, text_of(word_at(0)), &page);
    return question_end(&q, well, NULL, "as_of,trial");
}

// --least, per cent with a point; complains and exits with 2.
static double least_percent(void) {
    const char *text = option_value("least");
    if (!text) return 0.1;
    char *end;
    double value = strtod(text, &end);
    if (*text < '0' || *text > '9' || *end || !(value >= 0 && value <= 100))
        exit(
            usage_error("--least takes a percentage from 0 to 100, such as 0.5, not \"%s\"", text));
    return value;
}

COMMAND(trace) {
    if (word_count() != 1) return usage_error("which lot?");
    if (option_given("up") && option_given("down")) return usage_error("--up or --down, not both");
    Question q;
    Text lot = text_of(word_at(0));
    bool down = option_given("down"), dot = option_given("dot"), tree = option_given("tree");
    if (dot + tree + option_json() > 1) return usage_error("--dot, --tree or --json: one of them");
    if (option_given("least") && !dot) return usage_error("--least is for --dot");
    double least = least_percent();
    if (dot) {
        Buffer graph;
        buffer_init(&graph, (size_t)1 << 30);
        bool well = question_begin(&q) &&
                    access_trace(q.access, &q.view, lot, down, &q.out, &q.status) &&
                    render_dot(buffer_view(&q.out), least, &graph, &q.status);
        if (well) out_text(buffer_view(&graph));
        buffer_done(&graph);
        return question_said(&q, well);
    }
    if (!tree) {
        bool well =
            question_begin(&q) && access_trace(q.access, &q.view, lot, down, &q.out, &q.status);
        return question_end(
            &q, well,
            "stage,facility,material,lots,lot,source,source_name,kind,licence,step,country,"
            "reo_kg,share",
            "as_of,trial,edges,components");
    }
    bool well =
        question_begin(&q) && access_trace_text(q.access, &q.view, lot, down, &q.out, &q.status);
    if (well) out_text(buffer_view(&q.out));
    return question_said(&q, well);
}

COMMAND(quota) {
    Question q;
    int year = (int)option_number("year", 0, 1970, 9999);
    bool well = question_begin(&q) && access_quota(q.access, &q.view, year, &q.out, &q.status);
    if (!well || option_json()) return question_end(&q, well, NULL, NULL);
    // One table a ledger, under a line that says which, and how much of it is used.
    Json json;
    json_init(&json, 1000000);
    Arena arena;
    arena_init(&arena, 64 << 20);
    well = json_read(&json, buffer_view(&q.out), &q.status);
    uint32_t ledgers = well ? json_member(&json, 0, TEXT("ledgers")) : JSON_NONE;
    if (ledgers != JSON_NONE && json_count(&json, ledgers) == 0)
        out_format("no instruments and no draws\n");
    for (uint32_t i = ledgers == JSON_NONE ? 0 : json_begin(ledgers);
         well && ledgers != JSON_NONE && i != json_end(&json, ledgers); i = json_next(&json, i)) {
        uint32_t use = json_member(&json, i, TEXT("use")),
                 holders = json_member(&json, i, TEXT("holders"));
        Text facts[6] = {{"", 0}};
        static const char *const names[] = {"year",        "ledger",   "ore_class",
                                            "allotted_kg", "drawn_kg", "left_kg"};
        for (int k = 0; k < 6; k++) {
            uint32_t value = json_member(&json, use, text_of(names[k]));
            facts[k] = TEXT("-");
            if (value == JSON_NONE) continue;
            if (json_type(&json, value) == JSON_NUMBER) facts[k] = json_bytes(&json, value);
            if (json_type(&json, value) == JSON_STRING &&
                !json_text(&json, value, &arena, &facts[k], &q.status))
                well = false;
        }
        out_format("%s%.*s %.*s%s%.*s: %.*s kg REO drawn of %.*s, %.*s left\n",
                   i == json_begin(ledgers) ? "" : "\n", TEXT_ARG(facts[0]), TEXT_ARG(facts[1]),
                   text_equal(facts[2], TEXT("-")) || text_equal(facts[2], TEXT("none")) ? ""
                                                                                         : ", ",
                   TEXT_ARG(text_equal(facts[2], TEXT("-")) || text_equal(facts[2], TEXT("none"))
                                ? TEXT("")
                                : facts[2]),
                   TEXT_ARG(facts[4]), TEXT_ARG(facts[3]), TEXT_ARG(facts[5]));
        if (holders == JSON_NONE) continue;
        Buffer table;
        buffer_init(&table, 64 << 20);
        buffer_string(&table, "{\"items\":");
        buffer_text(&table, json_bytes(&json, holders));
        buffer_string(&table, "}");
        well = well && render_answer(buffer_view(&table),
                                     "holder,name,allotted_kg,drawn_kg,left_kg", NULL, &q.status);
        buffer_done(&table);
    }
    int code = well ? EXIT_WELL : complain_asked(&q.status);
    arena_done(&arena);
    json_done(&json);
    access_close(q.access);
    keeper_close(q.keeper, NULL);
    buffer_done(&q.out);
    return code;
}
