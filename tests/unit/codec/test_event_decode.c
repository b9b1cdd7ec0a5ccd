#include "base/memory.h"
#include "codec/event_decode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static Arena arena;
static Event event;
static Status status;

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 8 << 20);
    status_clear(&status);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    arena_done(&arena);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

// An event of a kind with these further members.
static const char *with(const char *kind, const char *more) {
    static char text[4096];
    snprintf(text, sizeof text,
             "{\"v\":1,\"kind\":\"%s\",\"id\":\"e-1\",\"party\":\"NORTH\",\"happened\":"
             "\"2026-01-12T08:00:00+08:00\"%s%s}",
             kind, *more ? "," : "", more);
    return text;
}

static void accept(const char *text) {
    if (!event_decode(text_of(text), &arena, &event, &status)) {
        fail_msg("%s: %s at \"%s\" (%s)", text, status.message, status.where, status.hint);
    }
}

static void refuse(const char *text, const char *where, const char *message, const char *hint) {
    status_clear(&status);
    if (event_decode(text_of(text), &arena, &event, &status)) fail_msg("accepted: %s", text);
    if (strcmp(status.where, where) != 0)
        fail_msg("%s: where \"%s\" (%s)", text, status.where, status.message);
    if (!strstr(status.message, message)) fail_msg("%s: \"%s\"", text, status.message);
    if (!strstr(status.hint, hint)) fail_msg("%s: hint \"%s\"", text, status.hint);
}

static void assert_text(Text text, const char *wanted) {
    if (!text_equal(text, text_of(wanted)))
        fail_msg("\"%.*s\", not \"%s\"", TEXT_ARG(text), wanted);
}

static void every_example_of_the_documentation_decodes(void **state) {
    (void)state;
    FILE *file = fopen("docs/events.md", "r");
    assert_non_null(file);
    static char line[65536];
    bool seen[EVENT_KIND_COUNT] = {false};
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "{\"v\":1", 6) != 0) continue;
        line[strcspn(line, "\n")] = 0;
        arena_reset(&arena);
        accept(line);
        assert_ptr_equal(event.bytes.at, line);
        assert_int_equal(event.bytes.length, strlen(line));
        seen[event.kind] = true;
    }
    fclose(file);
    for (int kind = 1; kind < EVENT_KIND_COUNT; kind++) {
        // Numbers are reserved before the kinds come.
        if (strcmp(event_kind_name((EventKind)kind), "none") != 0 && !seen[kind]) {
            fail_msg("no example of \"%s\"", event_kind_name((EventKind)kind));
        }
    }
}

static void an_output_says_all_that_was_measured(void **state) {
    (void)state;
    accept(
        "{\"v\":1,\"kind\":\"extract\",\"id\":\"e-1\",\"party\":\"NORTH\",\"happened\":{\"from\":"
        "\"2026-01-05T00:00:00+08:00\",\"to\":\"2026-01-06T00:00:00+08:00\"},\"facility\":\"NORTH-"
        "MINE\","
        "\"source\":\"BO-MAIN\",\"outputs\":[{\"lot\":\"NORTH:C-1\",\"material\":\"BO-CONC\","
        "\"net\":"
        "52000.000001,\"moisture\":\"8.0\",\"weighing\":{\"device\":\"NORTH:WB-1\",\"u\":\"3\"},"
        "\"assay\":{"
        "\"laboratory\":\"LAB-A\",\"method\":\"ICP-OES\",\"of\":\"treo\",\"treo\":{\"value\":\"51."
        "2\",\"U\":"
        "\"0.3\",\"k\":2,\"s\":\"0.1\"},\"values\":{\"La\":\"25.1\",\"Tm\":{\"below\":\"0.05\"}},"
        "\"other\":"
        "{\"SiO2\":\"1.2\"}},\"custody\":\"segregated\"}],\"x\":{\"ref\":[1,2]}}");
    assert_int_equal(event.kind, EVENT_EXTRACT);
    assert_true(event.is_span);
    assert_int_equal(event.end - event.start, INSTANT_PER_DAY);
    assert_text(event.id, "e-1");
    assert_text(event.party, "NORTH");
    assert_text(event.facility, "NORTH-MINE");
    assert_text(event.subject, "BO-MAIN");
    assert_int_equal(event.output_count, 1);
    const Line *line = event.outputs;
    assert_text(line->lot, "NORTH:C-1");
    assert_true(line->has_net);
    assert_int_equal(line->net.mg, 52000000001);
    assert_true(line->has_moisture);
    assert_int_equal(line->moisture.ppb, 80000000);
    assert_text(line->weighing.device, "NORTH:WB-1");
    assert_true(line->weighing.has_u && !line->weighing.has_s);
    assert_int_equal(line->weighing.u.mg, 3000000);
    assert_int_equal(line->custody, CUSTODY_SEGREGATED);
    const Composition *assay = line->composition;
    assert_non_null(assay);
    assert_int_equal(assay->basis, BASIS_ASSAYED);
    assert_int_equal(assay->of, OF_TREO);
    assert_true(assay->as_oxide);
    assert_text(assay->laboratory, "LAB-A");
    assert_true(assay->mask == (COMPONENT_BIT(COMPONENT_La) | COMPONENT_BIT(COMPONENT_Tm)));
    assert_int_equal(assay->treo.value.ppb, 512000000);
    assert_true(assay->treo.has_u && assay->treo.has_s);
    assert_int_equal(assay->treo.u.ppb, 1500000);
    assert_true(assay->values[COMPONENT_La].is_value && !assay->values[COMPONENT_La].has_u);
    assert_int_equal(assay->values[COMPONENT_La].value.ppb, 251000000);
    assert_true(assay->values[COMPONENT_Tm].is_below && !assay->values[COMPONENT_Tm].is_value);
    assert_int_equal(assay->values[COMPONENT_Tm].value.ppb, 500000);
}

static void expanded_uncertainty_is_divided_half_to_even(void **state) {
    (void)state;
    const struct {
        const char *result;
        int32_t u;
    } cases[] = {
        {"{\"value\":\"1\",\"U\":\"0.0000003\",\"k\":\"2\"}", 2}, // 1.5 -> 2
        {"{\"value\":\"1\",\"U\":\"0.0000005\",\"k\":\"2\"}", 2}, // 2.5 -> 2
        {"{\"value\":\"1\",\"U\":\"0.1\",\"k\":\"1.96\"}", 510204},
        {"{\"value\":\"1\",\"U\":\"0\",\"k\":3}", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char more[512];
        snprintf(more, sizeof more,
                 "\"lot\":\"NORTH:O-1\",\"assay\":{\"laboratory\":\"LAB\",\"method\":\"X\","
                 "\"values\":{\"Nd\":%s}}",
                 cases[i].result);
        accept(with("measure", more));
        assert_int_equal(event.inputs[0].composition->values[COMPONENT_Nd].u.ppb, cases[i].u);
    }
}

static void lots_stand_where_the_contract_says(void **state) {
    (void)state;
    accept(with(
        "split",
        "\"facility\":\"F\",\"lot\":\"NORTH:A\",\"parts\":[{\"lot\":\"NORTH:B\",\"net\":\"1\"},"
        "{\"lot\":\"NORTH:C\",\"net\":2}]"));
    assert_int_equal(event.input_count, 1);
    assert_text(event.inputs[0].lot, "NORTH:A");
    assert_int_equal(event.output_count, 2);
    assert_text(event.outputs[1].lot, "NORTH:C");
    assert_int_equal(event.outputs[1].net.mg, 2000000);
    assert_int_equal(event.outputs[1].custody, CUSTODY_UNSTATED);
    accept(
        with("merge", "\"facility\":\"F\",\"inputs\":[{\"lot\":\"NORTH:A\"}],\"lot\":\"NORTH:B\""));
    assert_text(event.outputs[0].lot, "NORTH:B");
    assert_false(event.inputs[0].has_net);
    accept(
        with("measure", "\"lot\":\"NORTH:A\",\"net\":\"3\",\"weighing\":{\"device\":\"NORTH:S\"}"));
    assert_int_equal(event.input_count, 1);
    assert_int_equal(event.inputs[0].net.mg, 3000000);
    assert_int_equal(event.inputs[0].custody, CUSTODY_UNSTATED);
    accept(with("hold", "\"lots\":[\"NORTH:A\",\"NORTH:~12.1\"],\"pools\":[\"NORTH:P\"]"));
    assert_text(event.inputs[1].lot, "NORTH:~12.1");
    assert_text(event.held_pools[0], "NORTH:P");
    accept(with("ship", "\"facility\":\"F\",\"consignment\":\"NORTH:K\",\"to\":\"G\",\"lots\":[{"
                        "\"lot\":\"NORTH:A\"}]"));
    assert_text(event.destination, "G");
    accept(with("stocktake", "\"facility\":\"F\",\"pools\":[{\"pool\":\"NORTH:P\",\"components\":{"
                             "\"La\":{\"kg\":5,\"u\":1},"
                             "\"Nd\":\"2\"}}]"));
    assert_int_equal(event.pools[0].kg[COMPONENT_La].mg, 5000000);
    assert_true(event.pools[0].u_mask == COMPONENT_BIT(COMPONENT_La) && event.pools[0].s_mask == 0);
    accept(with("release", "\"cause\":\"120.3\""));
    assert_int_equal(event.cause, 120 * 256 + 3);
    accept(with("return", "\"facility\":\"F\",\"month\":\"2026-01\",\"lines\":[{\"material\":\"M\","
                          "\"opening\":1,\"closing\":2}]"));
    assert_int_equal(event.return_lines[0].mask, 0x81);
    assert_int_equal(event.return_lines[0].kg[7].mg, 2000000);
    accept(with("return", "\"facility\":\"F\",\"month\":\"2026-01\",\"lines\":[]"));
    assert_int_equal(event.return_line_count, 0);
}

static void registry_members_are_read(void **state) {
    (void)state;
    accept(with("facility", "\"facility\":\"F\",\"holder\":\"H\",\"activities\":[\"mining\","
                            "\"metal\"],\"offset\":\"-03:30\""));
    assert_int_equal(event.activities, 1 << ACTIVITY_MINING | 1 << ACTIVITY_METAL);
    assert_true(event.has_offset);
    assert_int_equal(event.offset_minutes, -210);
    assert_int_equal(event.valid_from, DAY_FIRST);
    assert_int_equal(event.valid_to, DAY_LAST);
    accept(
        with("policy",
             "\"errors\":[{\"quantity\":\"assay\",\"stage\":\"metal\",\"u\":\"1\"}],\"verdicts\":"
             "{\"late_entry\":\"accepted\",\"srd\":\"held\"},\"hold_sigma\":5"));
    assert_int_equal(event.policy_errors[0].quantity, QUANTITY_ASSAY);
    assert_int_equal(event.policy_errors[0].stage, STAGE_METAL);
    assert_int_equal(event.policy_verdict_count, 2);
    assert_int_equal(event.policy_verdicts[1].verdict, 3);
    assert_int_equal(event.hold_sigma, 5);
    assert_int_equal(event.flag_sigma, POLICY_KEEP);
    accept(with("party",
                "\"subject\":\"S\",\"name\":\"\\u7a00\\u571f\",\"roles\":[\"company\",\"buyer\"]"));
    assert_text(event.name, "\xE7\xA8\x80\xE5\x9C\x9F");
    assert_int_equal(event.roles, PARTY_COMPANY | PARTY_BUYER);
    accept(with("book", "\"origin\":\"example.org/"
                        "y\",\"jurisdiction\":\"CN\",\"offset\":\"+08:00\",\"mode\":\"trial\","
                        "\"factors\":{\"Nd\":\"1.5\"}"));
    assert_int_equal(event.factors.micro[COMPONENT_Nd], 1500000);
    assert_int_equal(event.factors.micro[COMPONENT_La], factors_default.micro[COMPONENT_La]);
    accept(with("factors", "\"factors\":{\"Nd\":\"1.5\"}"));
    assert_int_equal(event.factors.micro[COMPONENT_La], 0);
}

static void a_replacement_is_a_whole_event_with_its_own_bytes(void **state) {
    (void)state;
    const char *inner =
        "{\"v\":1,\"kind\":\"release\",\"id\":\"e-2\",\"party\":\"NORTH\",\"happened\":"
        "\"2026-01-12T08:00:00Z\", \"cause\":\"1.0\"}";
    char more[600];
    snprintf(more, sizeof more, "\"corrects\":\"e-0\",\"replacement\":%s", inner);
    accept(with("correct", more));
    assert_non_null(event.replacement);
    assert_int_equal(event.replacement->kind, EVENT_RELEASE);
    assert_text(event.replacement_bytes, inner);
    refuse(with("correct", "\"corrects\":\"e-0\",\"replacement\":{\"v\":1,\"kind\":\"release\","
                           "\"id\":\"e-2\",\"party\":"
                           "\"NORTH\",\"happened\":\"2026-01-12T08:00:00Z\",\"caus\":\"1.0\"}"),
           "/replacement/caus", "has no member \"caus\"", "did you mean \"cause\"?");
    refuse(with("correct", "\"corrects\":\"e-0\",\"replacement\":{\"kind\":\"correct\"}"),
           "/replacement/kind", "cannot be replaced by a correction", "any other kind");
    refuse(with("correct", "\"corrects\":\"e-0\",\"replacement\":{\"v\":1,\"kind\":\"release\","
                           "\"id\":\"e-1\",\"party\":"
                           "\"NORTH\",\"happened\":\"2026-01-12T08:00:00Z\",\"cause\":\"1.0\"}"),
           "/replacement/id", "correction's id", "an id of its own");
    refuse(with("correct", "\"corrects\":\"e-0\",\"replacement\":{\"v\":1,\"kind\":\"release\","
                           "\"id\":\"e-2\",\"party\":"
                           "\"SOUTH\",\"happened\":\"2026-01-12T08:00:00Z\",\"cause\":\"1.0\"}"),
           "/replacement/party", "another party", "the same party");
}

static void an_error_names_the_member_and_what_would_be_right(void **state) {
    (void)state;
    refuse(with("shipp", ""), "/kind", "unknown kind of event \"shipp\"", "did you mean \"ship\"?");
    refuse(with("zzzzzzzz", ""), "/kind", "unknown kind", "one of book, party");
    refuse("{\"v\":1,\"id\":\"e\"}", "/kind", "lacks its member \"kind\"", "docs/events.md");
    refuse("[]", "", "an array stands here", "an event");
    refuse(" {\"v\":1} ", "", "blanks stand before or behind", "the object alone");
    refuse("{\"v\":1,", "line 1, column 8 (byte 7)", "ends too early", "");
    refuse("{\"v\":1,\n\"kind\":\"ship\"}", "line 1, column 8 (byte 7)", "0x0A", "");
    refuse(with("charge", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[{\"lot\":\"NORTH:"
                          "A\"},{\"lot\":\"NORTH:B\",\"nett\":\"1\"}]"),
           "/inputs/1/nett", "an input has no member \"nett\"", "did you mean \"net\"?");
    refuse(with("charge", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[{\"lot\":\"NORTH:"
                          "A\",\"net\":\"1.1234567\"}]"),
           "/inputs/0/net", "too fine", "six digits");
    refuse(with("charge", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[{\"lot\":\"NORTH:"
                          "A\",\"net\":-1}]"),
           "/inputs/0/net", "", "");
    refuse(with("charge", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[{\"lot\":\"NORTH:"
                          "A\",\"net\":1e3}]"),
           "/inputs/0/net", "", "");
    refuse(with("charge", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[{\"lot\":\"NORTH:"
                          "A\",\"net\":null}]"),
           "/inputs/0/net", "null stands here", "");
    refuse(with("charge", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[]"), "/inputs",
           "an empty list", "");
    refuse(with("charge", "\"facility\":\"F\",\"inputs\":[{\"lot\":\"NORTH:A\"}]"), "/pool",
           "\"charge\" lacks its member \"pool\"", "");
    refuse(with("charge", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[{\"net\":\"1\"}]"),
           "/inputs/0/lot", "an input lacks its member \"lot\"", "");
    refuse(with("charge", "\"facility\":\"F\",\"pool\":\"P\",\"inputs\":[{\"lot\":\"NORTH:A\"}]"),
           "/pool", "\"P\" is not", "NORTH");
    refuse(with("charge",
                "\"facility\":\"F G\",\"pool\":\"NORTH:P\",\"inputs\":[{\"lot\":\"NORTH:A\"}]"),
           "/facility", "is not an id", "visible ASCII");
    refuse(with("split", "\"facility\":\"F\",\"lot\":\"NORTH:A\",\"parts\":[{\"lot\":\"NORTH:~1."
                         "0\",\"net\":1}]"),
           "/parts/0/lot", "PARTY:LOCAL", "");
    refuse(with("material", "\"material\":\"M\",\"stage\":\"compund\""), "/stage",
           "unknown word \"compund\"", "did you mean \"compound\"?");
    refuse(with("material", "\"material\":\"M\",\"stage\":\"ore\",\"expects\":[\"Nd\",\"Xx\"]"),
           "/expects/1", "unknown component \"Xx\"", "La Ce");
    refuse(with("close", "\"facility\":\"F\",\"month\":\"2026-13\""), "/month", "is not a month",
           "YYYY-MM");
    refuse(with("close", "\"facility\":\"F\""), "", "what is closed", "");
    refuse(with("plan.adopt", "\"instrument\":\"I\",\"year\":\"2026\",\"ledger\":\"mining\","
                              "\"allot\":[{\"holder\":\"H\",\"reo\":1}]"),
           "/year", "\"2026\" stands here", "a year");
    refuse(with("plan.adopt", "\"instrument\":\"I\",\"year\":2026,\"ledger\":\"mining\",\"allot\":["
                              "{\"holder\":\"H\",\"reo\":1}]"),
           "", "no \"class\"", "rock");
    refuse(with("policy", "\"verdicts\":{\"unknown_lot\":\"held\"}"), "/verdicts/unknown_lot",
           "is a refusal", "");
    refuse(with("release", "\"cause\":\"12\""), "/cause", "is not a cause", "120.0");
    refuse(with("release", "\"cause\":\"12.256\""), "/cause", "is not a cause", "");
    refuse(with("release", "\"cause\":\"1.0\",\"reason\":\"\""), "/reason", "an empty text", "");
    refuse(with("release", "\"cause\":\"1.0\",\"reason\":\"a\\u0007\""), "/reason",
           "control character (0x07)", "");
    refuse(with("release", "\"cause\":\"1.0\",\"reas\\u006fn\":\"a\""), "/reason", "has no member",
           "");
    refuse(with("release", "\"cause\":\"1.0\",\"x\":[]"), "/x", "an array stands here",
           "an object");
    refuse(with("release", "\"cause\":\"1.0\",\"insist\":1"), "/insist", "1 stands here",
           "true or false");
    refuse(with("release", "\"cause\":\"1.0\",\"cause\":\"1.0\""), "line 1, column 105 (byte 104)",
           "stands twice", "");
    refuse("{\"v\":2,\"kind\":\"release\"}", "/v", "2 is not the version", "from 1 to 1");
    refuse(with("receive", "\"facility\":\"F\",\"lines\":[{\"lot\":\"NORTH:A\"}]"), "", "from whom",
           "outside");
    refuse(with("receive", "\"facility\":\"F\",\"from\":\"S\",\"consignment\":\"S:K\",\"lines\":[{"
                           "\"lot\":\"NORTH:A\"}]"),
           "/lines/0", "from_lot", "");
    refuse(
        with(
            "draw",
            "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"outputs\":[{\"material\":\"M\",\"net\":1}]"),
        "/outputs/0", "without \"lot\"", "");
    refuse(with("draw", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"outputs\":[{\"lot\":\"NORTH:A\","
                        "\"material\":\"M\",\"net\":1,\"content\":{\"basis\":\"assayed\","
                        "\"values\":{\"Nd\":1}}}]"),
           "/outputs/0/content/basis", "unknown word", "one of calculated, declared, reference");
    refuse(with("draw",
                "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"outputs\":[{\"lot\":\"NORTH:A\","
                "\"material\":\"M\",\"net\":1,\"content\":{\"basis\":\"declared\",\"values\":{"
                "\"Nd\":1}},"
                "\"assay\":{\"laboratory\":\"L\",\"method\":\"X\",\"values\":{\"Nd\":1}}}]"),
           "/outputs/0/assay", "stand both", "");
    refuse(with("draw", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"outputs\":[{\"lot\":\"NORTH:A\","
                        "\"material\":\"M\",\"net\":1,"
                        "\"assay\":{\"laboratory\":\"L\",\"method\":\"X\",\"of\":\"treo\","
                        "\"values\":{\"Nd\":1}}}]"),
           "/outputs/0/assay", "without \"treo\"", "");
    const char *bad_results[] = {"{}",
                                 "{\"value\":1,\"below\":2}",
                                 "{\"below\":1,\"u\":1}",
                                 "{\"value\":1,\"u\":1,\"U\":1,\"k\":2}",
                                 "{\"value\":1,\"U\":1}",
                                 "{\"value\":1,\"k\":1}",
                                 "{\"value\":100.1}",
                                 "{\"value\":1,\"U\":1,\"k\":0}",
                                 "true"};
    for (size_t i = 0; i < sizeof bad_results / sizeof *bad_results; i++) {
        char more[400];
        snprintf(more, sizeof more,
                 "\"lot\":\"NORTH:A\",\"assay\":{\"laboratory\":\"L\",\"method\":\"X\",\"values\":{"
                 "\"Nd\":%s}}",
                 bad_results[i]);
        assert_false(event_decode(text_of(with("measure", more)), &arena, &event, &status));
        assert_true(strncmp(status.where, "/assay/values/Nd", 16) == 0);
        assert_true(status.hint[0] != 0);
    }
}

static void what_only_the_book_can_judge_passes(void **state) {
    (void)state;
    accept("{\"v\":1,\"kind\":\"charge\",\"id\":\"e-1\",\"party\":\"NORTH\",\"happened\":{\"from\":"
           "\"2026-03-01T00:00:00Z\",\"to\":"
           "\"2026-01-01T00:00:00Z\"},\"facility\":\"F\",\"pool\":\"S:P\",\"inputs\":[{\"lot\":\"S:"
           "A\",\"net\":0},{\"lot\":\"S:A\"}]}");
    accept(with("measure", "\"lot\":\"NORTH:A\""));
    accept(
        with("split",
             "\"facility\":\"F\",\"lot\":\"NORTH:A\",\"parts\":[{\"lot\":\"SOUTH:B\",\"net\":1}]"));
    accept(with("receive", "\"facility\":\"F\",\"from\":\"S\",\"consignment\":\"S:K\",\"lines\":[{"
                           "\"from_lot\":\"S:A\",\"lot\":\"NORTH:A\"}]"));
}

static void matter_of_what_is_taken_is_stated_only_when_insisting(void **state) {
    (void)state;
    const char *inputs = "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[{\"lot\":\"NORTH:A\","
                         "\"net\":1,\"material\":\"M\"}]";
    refuse(with("charge", inputs), "/inputs/0/material", "is known", "insist");
    char more[400];
    snprintf(more, sizeof more, "%s,\"insist\":true", inputs);
    accept(with("charge", more));
    assert_text(event.inputs[0].material, "M");
    snprintf(more, sizeof more, "%s,\"insist\":false", inputs);
    refuse(with("charge", more), "/inputs/0/material", "is known", "insist");
}

// An event with many lots.
static size_t write_many(char *text, const char *kind, int lots) {
    size_t length = (size_t)sprintf(text, "%s", with(kind, "\"facility\":\"F\",\"lots\":[")) - 1;
    for (int i = 0; i < lots; i++) {
        length += (size_t)sprintf(text + length, "%s{\"lot\":\"NORTH:L-%d\",\"net\":\"%d\"}",
                                  i ? "," : "", i, i);
    }
    return length + (size_t)sprintf(text + length, "]}");
}

static void sizes_are_limited_by_kind(void **state) {
    (void)state;
    char *text = malloc(2 << 20);
    size_t length = write_many(text, "stocktake", 20000);
    assert_true(length > 500000);
    assert_true(event_decode((Text){text, length}, &arena, &event, &status));
    assert_int_equal(event.input_count, 20000);
    assert_text(event.inputs[19999].lot, "NORTH:L-19999");
    length = write_many(text, "discard", 20000);
    assert_false(event_decode((Text){text, length}, &arena, &event, &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    memset(text, ' ', 2 << 20);
    assert_false(event_decode((Text){text, 2 << 20}, &arena, &event, &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    length = (size_t)sprintf(text, "%s", with("release", "\"cause\":\"1.0\",\"x\":{\"a\":\"")) - 1;
    memset(text + length, 'a', 9000);
    sprintf(text + length + 9000, "\"}}");
    refuse(text, "/x", "too long", "8192");
    free(text);
}

static void each_failing_allocation_is_reported(void **state) {
    (void)state;
    char big[9000];
    size_t length =
        (size_t)sprintf(big, "%s",
                        with("charge", "\"facility\":\"F\",\"pool\":\"NORTH:P\",\"inputs\":[")) -
        1;
    for (int i = 0; i < 150; i++) {
        length += (size_t)sprintf(big + length, "%s{\"lot\":\"NORTH:L\\u002d%d\",\"net\":1}",
                                  i ? "," : "", i);
    }
    sprintf(big + length, "]}");
    for (unsigned long nth = 1; nth < 100; nth++) {
        Arena own;
        arena_init(&own, 1 << 20);
        status_clear(&status);
        memory_fail_at(nth, false);
        bool ok = event_decode(text_of(big), &own, &event, &status);
        bool failed = memory_has_failed();
        memory_fail_at(0, false);
        arena_done(&own);
        assert_int_equal(ok, !failed);
        if (!failed) return;
        assert_int_equal(status.code, STATUS_NO_MEMORY);
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        test(every_example_of_the_documentation_decodes),
        test(an_output_says_all_that_was_measured),
        test(expanded_uncertainty_is_divided_half_to_even),
        test(lots_stand_where_the_contract_says),
        test(registry_members_are_read),
        test(a_replacement_is_a_whole_event_with_its_own_bytes),
        test(an_error_names_the_member_and_what_would_be_right),
        test(what_only_the_book_can_judge_passes),
        test(matter_of_what_is_taken_is_stated_only_when_insisting),
        test(sizes_are_limited_by_kind),
        test(each_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
