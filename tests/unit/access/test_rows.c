// What the rows say, against figures worked out by hand from industry.h.
#include "industry.h"

#include <math.h>
#include <stdlib.h>

#include "access/answer.h"
#include "access/balances.h"
#include "access/lots.h"
#include "access/overview.h"
#include "access/quota.h"
#include "access/records.h"
#include "access/registry.h"
#include "access/trace.h"
#include "base/encode.h"
#include "codec/json.h"
#include "log/proof.h"
#include "log/record.h"

static Buffer out;
static Json json;

static int begin(void **state) {
    (void)state;
    buffer_init(&out, 64u << 20);
    json_init(&json, 1u << 20);
    return 0;
}

static int end(void **state) {
    (void)state;
    buffer_done(&out);
    json_done(&json);
    return 0;
}

static void well(bool done, const Status *status) {
    if (!done) fail_msg("%s: %s; %s", status_name(status->code), status->message, status->where);
    Status bad;
    if (!json_read(&json, buffer_view(&out), &bad)) fail_msg("%s", bad.message);
}

static uint32_t member(uint32_t object, const char *name) {
    uint32_t token = json_member(&json, object, text_of(name));
    if (token == JSON_NONE)
        fail_msg("no member \"%s\" in %.*s", name, TEXT_ARG(json_bytes(&json, object)));
    return token;
}

// The element of an array whose member says so.
static uint32_t element(uint32_t array, const char *name, const char *value) {
    for (uint32_t i = json_begin(array); i != json_end(&json, array); i = json_next(&json, i))
        if (json_text_is(&json, member(i, name), text_of(value))) return i;
    fail_msg("no \"%s\" \"%s\" in %.*s", name, value, TEXT_ARG(json_bytes(&json, array)));
    return JSON_NONE;
}

static void says(uint32_t object, const char *name, const char *value) {
    if (!json_text_is(&json, member(object, name), text_of(value)))
        fail_msg("%s is %.*s, not %s", name, TEXT_ARG(json_bytes(&json, member(object, name))),
                 value);
}

static double number(uint32_t object, const char *name) {
    Text text = json_bytes(&json, member(object, name));
    if (text.at[0] == '"') text = (Text){text.at + 1, text.length - 2};
    char copy[64];
    snprintf(copy, sizeof copy, "%.*s", TEXT_ARG(text));
    return strtod(copy, NULL);
}

static void a_magnet_goes_back_to_its_two_mines(void **state) {
    (void)state;
    Status status;
    View view = view_operator(keeper);
    well(access_trace(door, &view, TEXT("QMAG:MG-1"), false, &out, &status), &status);
    uint32_t shares = member(0, "shares");
    assert_int_equal(json_count(&json, shares), 2);
    double nd = 1.166377, pr = 1.208161; // oxide for element, data/reference/ree_elements.csv
    static const struct {
        const char *source, *licence;
        double nd, pr;
    } expected[] = {{"QALPHA-PIT", "QALPHA-L", 2.0 / 3, 1.0 / 3},
                    {"QBRAVO-PIT", "QBRAVO-L", 1.0 / 3, 2.0 / 3}};
    for (size_t i = 0; i < 2; i++) {
        uint32_t share = element(shares, "source", expected[i].source);
        says(share, "kind", "licensed");
        says(share, "licence", expected[i].licence);
        double reo = 120 * expected[i].nd * nd + 30 * expected[i].pr * pr;
        assert_true(fabs(number(share, "share") - reo / (120 * nd + 30 * pr)) < 1e-9);
        assert_true(fabs(number(share, "reo_kg") - reo) < 2e-6);
        uint32_t components = member(share, "components");
        uint32_t of_nd = element(components, "component", "Nd"),
                 of_pr = element(components, "component", "Pr");
        assert_true(fabs(number(of_nd, "share") - expected[i].nd) < 1e-9);
        assert_true(fabs(number(of_nd, "kg") - 120 * expected[i].nd) < 2e-6);
        assert_true(fabs(number(of_pr, "share") - expected[i].pr) < 1e-9);
    }
    // Printed parts add up exactly.
    uint32_t a = element(shares, "source", "QALPHA-PIT"),
             b = element(shares, "source", "QBRAVO-PIT");
    assert_true(lround(1e9 * (number(a, "share") + number(b, "share"))) == 1000000000);
    uint32_t nodes = member(0, "nodes");
    uint32_t oxide = element(nodes, "facility", "QSEP-SX");
    says(oxide, "stage", "compound");
    says(oxide, "share", "1");
    uint32_t mine = element(nodes, "facility", "QALPHA-MINE");
    says(mine, "source", "QALPHA-PIT");
    says(mine, "lot", "QALPHA:C-1");
    assert_int_equal((int)number(mine, "column"), 2);
    assert_int_equal(json_count(&json, member(0, "edges")), 3);
}

static void downstream_the_mine_finds_its_part_of_the_magnet(void **state) {
    (void)state;
    Status status;
    View view = view_operator(keeper);
    well(access_trace(door, &view, TEXT("QALPHA:C-1"), true, &out, &status), &status);
    uint32_t magnet = element(member(0, "nodes"), "facility", "QMAG-WORKS");
    double reo = 80 * 1.166377 + 10 * 1.208161; // of the magnet's 120 Nd and 30 Pr
    assert_true(fabs(number(magnet, "reo_kg") - reo) < 2e-6);
}

static void for_the_buyer_the_same_way_is_grey(void **state) {
    (void)state;
    Status status;
    View view = industry_view("company/QMAG/clerk");
    well(access_trace(door, &view, TEXT("QMAG:MG-1"), false, &out, &status), &status);
    uint32_t shares = member(0, "shares");
    assert_int_equal(json_count(&json, shares), 1);
    uint32_t share = json_begin(shares);
    says(share, "kind", "hidden");
    says(share, "share", "1");
    uint32_t nodes = member(0, "nodes"), grey = element(nodes, "stage", "ore product");
    assert_true(json_type(&json, member(grey, "hidden")) == JSON_TRUE);
    assert_true(json_type(&json, member(grey, "facility")) == JSON_NULL);
    assert_true(json_type(&json, member(grey, "material")) == JSON_NULL);
    says(grey, "share", "1");
}

static void the_tree_names_each_step_and_the_shares(void **state) {
    (void)state;
    Status status;
    View view = view_operator(keeper);
    assert_true(access_trace_text(door, &view, TEXT("QMAG:MG-1"), false, &out, &status));
    buffer_char(&out, 0);
    const char *text = (const char *)out.bytes;
    assert_non_null(strstr(text, "QMAG:MG-1  MAGNETS  400 kg  QMAG-WORKS  transform QMAG-t1"));
    assert_non_null(strstr(text, "QSEP:OX-1  OXIDE  300 kg  QSEP-SX  draw dr-1"));
    assert_non_null(strstr(text, "pool QSEP:POOL in 2026-01 (month still open)"));
    assert_non_null(strstr(text, "QBRAVO:C-1  CONC  1000 kg  QBRAVO-MINE"));
    assert_non_null(
        strstr(text, "QALPHA-PIT (Pit QALPHA), licensed QALPHA-L: Pr 33.3333 % Nd 66.6667 %"));
    assert_non_null(strstr(text, "provisional"));
}

static void a_lot_says_content_holds_and_way(void **state) {
    (void)state;
    Status status;
    View view = industry_view("company/QMAG/clerk");
    well(access_lot(door, &view, TEXT("QMAG:MG-1"), &out, &status), &status);
    uint32_t lot = member(0, "lot");
    says(lot, "net_kg", "400");
    says(lot, "left_kg", "400");
    says(lot, "state", "held");
    says(lot, "stage", "magnet");
    says(lot, "made", "2026-01-12");
    uint32_t nd = element(member(0, "content"), "component", "Nd");
    says(nd, "kg", "120");
    says(nd, "percent", "30");
    uint32_t hold = element(member(0, "holds"), "code", "ordered");
    says(hold, "state", "open");
    says(hold, "cause", "35.0");
    assert_int_equal((int)number(hold, "lots"), 1);
    says(hold, "mass_kg", "400");
    assert_true(json_type(&json, member(hold, "inherited")) == JSON_FALSE);
    uint32_t assay = json_begin(member(0, "assays"));
    says(assay, "laboratory", "QLAB");
    says(assay, "method", "XRF");
    assert_int_equal((int)number(0, "made_of"), 1);
    says(element(member(0, "custody"), "kind", "transform"), "received_kg", "400");
}

static void lots_are_filtered_and_paged_without_gap_or_repeat(void **state) {
    (void)state;
    Status status;
    View view = view_operator(keeper);
    LotsAsked asked = {.stage = TEXT("ore product")};
    char cursor[64] = "", last[64] = "";
    unsigned seen = 0;
    for (;;) {
        Page page = {.cursor = text_of(cursor), .limit = 1};
        buffer_reset(&out);
        well(access_lots(door, &view, &asked, &page, &out, &status), &status);
        uint32_t items = member(0, "items"), next = member(0, "next");
        assert_int_equal(json_count(&json, items), 1);
        Text id = json_bytes(&json, member(json_begin(items), "id"));
        assert_false(text_equal(id, text_of(last)));
        snprintf(last, sizeof last, "%.*s", TEXT_ARG(id));
        assert_int_equal((int)number(0, "total"), 4);
        seen++;
        if (json_type(&json, next) == JSON_NULL) break;
        Text text = json_bytes(&json, next);
        snprintf(cursor, sizeof cursor, "%.*s", (int)text.length - 2, text.at + 1);
    }
    assert_int_equal(seen, 4);
}

// 200 Nd and 50 Pr of ore product, as oxide, of 1000 allotted.
static void quota_is_the_tree_for_the_regulator_and_ones_own_line_for_a_company(void **state) {
    (void)state;
    Status status;
    View view = view_operator(keeper), alpha = industry_view("company/QALPHA/clerk"),
         sep = industry_view("company/QSEP/clerk");
    well(access_quota(door, &view, 0, &out, &status), &status);
    uint32_t ledgers = member(0, "ledgers");
    assert_int_equal(json_count(&json, ledgers), 2);
    uint32_t holders = member(json_begin(ledgers), "holders");
    assert_int_equal(json_count(&json, holders), 3);
    says(element(holders, "holder", "QALPHA"), "parent", "REGULATOR");
    buffer_reset(&out);
    well(access_quota(door, &alpha, 2026, &out, &status), &status);
    ledgers = member(0, "ledgers");
    assert_int_equal(json_count(&json, ledgers), 1);
    holders = member(json_begin(ledgers), "holders");
    assert_int_equal(json_count(&json, holders), 1);
    uint32_t own = json_begin(holders);
    says(own, "allotted_kg", "1000");
    says(own, "drawn_kg", "293.68345"); // 200 * 1.166377 + 50 * 1.208161
    says(own, "left_kg", "706.31655");
    assert_true(json_type(&json, member(own, "parent")) == JSON_NULL);
    uint32_t instrument = json_begin(member(json_begin(ledgers), "instruments"));
    says(instrument, "amount_kg", "1000");
    buffer_reset(&out);
    well(access_quota(door, &sep, 2026, &out, &status), &status);
    own = json_begin(member(json_begin(member(0, "ledgers")), "holders"));
    says(own, "allotted_kg", "0"); // the instrument is for the regulator alone
    assert_int_equal(json_count(&json, member(json_begin(member(0, "ledgers")), "instruments")), 0);
}

// Nd of the plant: 300 received; 120 drawn and shipped; 181 found of 180: MUF -1. Pr: 119 of 120:
// +1.
static void a_balance_line_adds_up_to_the_milligram(void **state) {
    (void)state;
    Status status;
    View view = industry_view("company/QSEP/clerk");
    well(access_balance(door, &view, TEXT("QSEP-SX"), TEXT("Nd"), (Months){0, 0}, &out, &status),
         &status);
    uint32_t month = json_begin(member(0, "months"));
    says(month, "opening_kg", "0");
    says(month, "received_kg", "300");
    says(month, "shipped_kg", "120");
    says(month, "closing_kg", "181");
    says(month, "muf_kg", "-1");
    assert_true(json_type(&json, member(month, "stocktake")) == JSON_TRUE);
    assert_true(number(month, "sigma_muf_kg") > 0);
    says(month, "state", "within");
    uint32_t total = member(0, "total");
    says(total, "muf_kg", "-1");
    says(total, "untested_kg", "0");
    double sigma = number(total, "sigma_muf_kg");
    assert_true(fabs(sigma - number(month, "cumuf_usual_limit_kg") / 1.959963984540054) < 2e-6);
    assert_true(fabs(number(total, "p_value") - erfc(1 / sigma / sqrt(2))) < 1e-5);
    assert_true(fabs(number(total, "loss_kg") + 1) < 1e-6); // one period: the same figure
    buffer_reset(&out);
    well(access_balance(door, &view, TEXT("QSEP-SX"), TEXT(""), (Months){0, 0}, &out, &status),
         &status);
    month = json_begin(member(0, "months"));
    double sum = number(month, "received_kg") - number(month, "shipped_kg") -
                 number(month, "closing_kg") - number(month, "muf_kg");
    assert_true(fabs(sum) < 1e-6);
    View operator= view_operator(keeper);
    Buffer none;
    buffer_init(&none, 1u << 20);
    Month first;
    assert_true(month_read(TEXT("2026-01"), &first));
    // Months before the first and after the last are a slip, whichever side they are on.
    assert_false(access_balance(door, &operator, TEXT("QSEP-SX"), TEXT("Nd"),
                                (Months){0, first - 1}, &none, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    assert_string_equal(status.where, "to");
    assert_string_equal(status.hint, "2026-01 or a later month");
    assert_false(access_balance(door, &operator, TEXT("QSEP-SX"), TEXT("Nd"),
                                (Months){first + 600, 0}, &none, &status));
    assert_string_equal(status.where, "from");
    assert_int_equal(none.length, 0);
    buffer_done(&none);
    says(month, "muf_kg", "0.041784"); // -1 Nd and +1 Pr as oxide: -1.166377 + 1.208161
}

static void a_record_is_exactly_what_was_sent_and_its_proof_holds(void **state) {
    (void)state;
    Status status;
    View view = industry_view("company/QMAG/clerk");
    well(access_record(door, &view, 34, &out, &status), &status);
    Arena arena;
    arena_init(&arena, 1 << 20);
    Text event;
    assert_true(json_text(&json, member(0, "event"), &arena, &event, &status));
    assert_true(text_equal(event, text_of(industry_events[33])));
    says(member(0, "record"), "id", "QMAG-t1");
    says(member(0, "record"), "happened", "2026-01-12T08:00:00+08:00");
    assert_int_equal((int)number(0, "previous"), 33);
    assert_true(json_type(&json, member(0, "next_seq")) == JSON_NULL);
    Text hex = json_bytes(&json, member(0, "record_hex"));
    uint8_t bytes[RECORD_BYTES];
    assert_true(hex_read((Text){hex.at + 1, hex.length - 2}, bytes, sizeof bytes));
    Hash leaf = record_leaf(bytes);
    // Proofs are public; this one leads from the record to the signed root.
    buffer_reset(&out);
    well(access_proof(door, &view, 34, &out, &status), &status);
    Path path = {0};
    TreeHead head = {.size = (uint64_t)number(0, "size")};
    uint32_t hashes = member(0, "hashes");
    for (uint32_t i = json_begin(hashes); i != json_end(&json, hashes); i = json_next(&json, i)) {
        Text text = json_bytes(&json, i);
        assert_true(
            hex_read((Text){text.at + 1, text.length - 2}, path.hashes[path.count++].bytes, 32));
    }
    Text root = json_bytes(&json, member(0, "root"));
    assert_true(hex_read((Text){root.at + 1, root.length - 2}, head.root.bytes, 32));
    assert_true(proof_inclusion(34, &head, &leaf, &path, &status));
    arena_done(&arena);
}

static void an_overview_counts_ones_own(void **state) {
    (void)state;
    Status status;
    View view = view_operator(keeper), mag = industry_view("company/QMAG/clerk");
    well(access_overview(door, &view, (Months){0, 0}, 3, &out, &status), &status);
    assert_int_equal((int)number(0, "records"), INDUSTRY_EVENTS + 1);
    assert_int_equal((int)number(member(0, "verdicts"), "refused"), 3);
    assert_int_equal((int)number(member(0, "holds"), "causes"), 2);
    buffer_reset(&out);
    well(access_overview(door, &mag, (Months){0, 0}, 3, &out, &status), &status);
    assert_int_equal((int)number(0, "records"), 2);
    assert_int_equal((int)number(member(0, "verdicts"), "refused"), 0);
    assert_int_equal((int)number(member(0, "holds"), "causes"), 1);
    says(member(0, "holds"), "mass_kg", "400");
}

static void an_answer_is_one_line_with_codes_in_words(void **state) {
    (void)state;
    View view = view_operator(keeper);
    Reason reasons[] = {{.code = CODE_NO_LICENCE, .cause = 812 * 256, .where = "/facility"},
                        {.code = CODE_LATE_ENTRY, .cause = CAUSE_NONE, .where = "/happened"}};
    Answer answer = {.id = TEXT("t-17"),
                     .verdict = VERDICT_HELD,
                     .has_seq = true,
                     .seq = 812,
                     .reasons = reasons,
                     .reason_count = 2};
    Status status;
    status_clear(&status);
    well(answer_write(&view, &answer, &out), &status);
    says(0, "verdict", "held");
    assert_int_equal((int)number(0, "seq"), 812);
    uint32_t code = element(member(0, "codes"), "code", "no_licence");
    says(code, "where", "/facility");
    says(code, "cause", "812.0");
    says(code, "message", "no licence for this work here on this day");
    assert_true(json_member(&json, element(member(0, "codes"), "code", "late_entry"),
                            TEXT("cause")) == JSON_NONE);
    assert_null(memchr(out.bytes, '\n', out.length));
    // One that could not be read: the decoder's words.
    Status words;
    status_set(&words, STATUS_INVALID, "member \"nett\" is not known");
    status_hint(&words, "net");
    Reason malformed = {.code = CODE_MALFORMED, .cause = CAUSE_NONE, .where = "/lots/0/nett"};
    Answer unread = {
        .verdict = VERDICT_REFUSED, .reasons = &malformed, .reason_count = 1, .status = &words};
    buffer_reset(&out);
    well(answer_write(&view, &unread, &out), &status);
    assert_true(json_type(&json, member(0, "seq")) == JSON_NULL);
    says(json_begin(member(0, "codes")), "message", "member \"nett\" is not known");
    says(json_begin(member(0, "codes")), "mend", "net");
}

// The steps of the magnets, as "step country share" each.
static void assert_steps(const char *principal, const char *expected) {
    View view = industry_view(principal);
    Status status;
    status_clear(&status);
    buffer_reset(&out);
    well(access_trace(door, &view, TEXT("QMAG:MG-1"), false, &out, &status), &status);
    uint32_t steps = member(0, "steps");
    char said[400] = "";
    size_t used = 0;
    for (uint32_t i = json_begin(steps); i != json_end(&json, steps); i = json_next(&json, i)) {
        const char *names[] = {"step", "country", "share"};
        for (int k = 0; k < 3; k++)
            used += (size_t)snprintf(said + used, sizeof said - used, "%s%.*s", k ? " " : "; ",
                                     TEXT_ARG(json_bytes(&json, member(i, names[k]))));
    }
    assert_string_equal(said, expected);
}

// K22. Run last: it adds to the book.
static void k22_each_step_has_its_country_and_what_is_hidden_has_none(void **state) {
    (void)state;
    assert_steps("regulator/REGULATOR/li", "; \"mined\" \"CN\" \"1\"; \"separated\" \"CN\" \"1\""
                                           "; \"magnetised\" \"CN\" \"1\"");
    // The plant, as the authority registers it anew, stands in another country.
    industry_record(
        "{\"v\":1,\"kind\":\"facility\",\"id\":\"f-again\"," BY_REGULATOR
        ",\"facility\":\"QSEP-SX\",\"holder\":\"QSEP\",\"name\":\"Site\",\"country\":\"MY\","
        "\"activities\":[\"separation\"]}");
    assert_steps("regulator/REGULATOR/li", "; \"mined\" \"CN\" \"1\"; \"separated\" \"MY\" \"1\""
                                           "; \"magnetised\" \"CN\" \"1\"");
    // The buyer is told which steps there were, and where its own were.
    assert_steps("company/QMAG/clerk", "; \"mined\" null \"1\"; \"separated\" null \"1\""
                                       "; \"magnetised\" \"CN\" \"1\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_magnet_goes_back_to_its_two_mines, begin, end),
        cmocka_unit_test_setup_teardown(downstream_the_mine_finds_its_part_of_the_magnet, begin,
                                        end),
        cmocka_unit_test_setup_teardown(for_the_buyer_the_same_way_is_grey, begin, end),
        cmocka_unit_test_setup_teardown(the_tree_names_each_step_and_the_shares, begin, end),
        cmocka_unit_test_setup_teardown(a_lot_says_content_holds_and_way, begin, end),
        cmocka_unit_test_setup_teardown(lots_are_filtered_and_paged_without_gap_or_repeat, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            quota_is_the_tree_for_the_regulator_and_ones_own_line_for_a_company, begin, end),
        cmocka_unit_test_setup_teardown(a_balance_line_adds_up_to_the_milligram, begin, end),
        cmocka_unit_test_setup_teardown(a_record_is_exactly_what_was_sent_and_its_proof_holds,
                                        begin, end),
        cmocka_unit_test_setup_teardown(an_overview_counts_ones_own, begin, end),
        cmocka_unit_test_setup_teardown(an_answer_is_one_line_with_codes_in_words, begin, end),
        cmocka_unit_test_setup_teardown(k22_each_step_has_its_country_and_what_is_hidden_has_none,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, industry_open, industry_close);
}
