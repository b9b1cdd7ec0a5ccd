// No party reads what it is not entitled to, by any function (invariant 6).
#include "industry.h"

#include "access/balances.h"
#include "access/facilities.h"
#include "access/findings.h"
#include "access/lots.h"
#include "access/network.h"
#include "access/origin.h"
#include "access/overview.h"
#include "access/quota.h"
#include "access/reconcile.h"
#include "access/records.h"
#include "access/registry.h"
#include "access/trace.h"
#include "codec/json.h"

static const char *const tokens[] = {"QALPHA", "QBRAVO", "QSEP", "QMAG", "QLAB"};
enum { TOKENS = sizeof tokens / sizeof *tokens };
static const char *const lot_ids[] = {"QALPHA:C-1",     "QBRAVO:C-1", "QSEP:IN-QALPHA",
                                      "QSEP:IN-QBRAVO", "QSEP:OX-1",  "QMAG:OX-1",
                                      "QMAG:MG-1"};
static const char *const facility_ids[] = {"QALPHA-MINE", "QBRAVO-MINE", "QSEP-SX", "QMAG-WORKS"};

// All answers that are given, one after the other; each must be JSON by itself.
typedef struct All {
    Buffer bytes;
    unsigned answers, refusals;
} All;

static void got(All *all, bool well, Buffer *one, const Status *status, bool is_json) {
    if (!well) {
        all->refusals++;
        if (status->code != STATUS_NOT_FOUND)
            fail_msg("%s: %s", status_name(status->code), status->message);
        assert_int_equal(one->length, 0);
        return;
    }
    all->answers++;
    if (is_json) {
        Json json;
        Status bad;
        json_init(&json, 1u << 20);
        if (!json_read(&json, buffer_view(one), &bad))
            fail_msg("%s %s: %.*s", bad.message, bad.where, TEXT_ARG(buffer_view(one)));
        json_done(&json);
    }
    buffer_text(&all->bytes, buffer_view(one));
    buffer_char(&all->bytes, '\n');
    buffer_reset(one);
}

#define ASK(call, is_json)                                                                         \
    do {                                                                                           \
        status_clear(&status);                                                                     \
        bool well = (call);                                                                        \
        got(all, well, &out, &status, is_json);                                                    \
    } while (0)

static void ask_everything(const View *view, All *all) {
    Buffer out;
    Status status;
    buffer_init(&out, 64u << 20);
    Page page = {.limit = PAGE_ROWS_MAX};
    Months months = {0, 0};
    ASK(access_overview(door, view, months, 3, &out, &status), true);
    ASK(access_network(door, view, TEXT(""), months, &out, &status), true);
    ASK(access_network(door, view, TEXT("Nd"), months, &out, &status), true);
    ASK(access_reconcile(door, view, TEXT(""), months, &out, &status), true);
    ASK(access_reconcile(door, view, TEXT("Pr"), months, &out, &status), true);
    ASK(access_findings(door, view, &page, &out, &status), true);
    ASK(access_findings_flat(door, view, &out, &status), true);
    ASK(access_quota(door, view, 2026, &out, &status), true);
    ASK(access_lots(door, view, NULL, &page, &out, &status), true);
    for (size_t i = 0; i < sizeof facility_ids / sizeof *facility_ids; i++) {
        ASK(access_facility(door, view, text_of(facility_ids[i]), &out, &status), true);
        ASK(access_balance(door, view, text_of(facility_ids[i]), TEXT("Nd"), months, &out, &status),
            true);
        ASK(access_balance(door, view, text_of(facility_ids[i]), TEXT(""), months, &out, &status),
            true);
        LotsAsked asked = {.facility = text_of(facility_ids[i])};
        ASK(access_lots(door, view, &asked, &page, &out, &status), true);
    }
    for (size_t i = 0; i < sizeof lot_ids / sizeof *lot_ids; i++) {
        ASK(access_lot(door, view, text_of(lot_ids[i]), &out, &status), true);
        for (int down = 0; down < 2; down++) {
            // The lot that was asked for stands in its trace by its id: that is no news.
            ASK(access_trace(door, view, text_of(lot_ids[i]), down, &out, &status), true);
            ASK(access_trace_text(door, view, text_of(lot_ids[i]), down, &out, &status), false);
            ASK(access_origin(door, view, text_of(lot_ids[i]), &out, &status), true);
        }
    }
    for (uint64_t seq = 0; seq < read_durable(keeper) + 2; seq++) {
        ASK(access_record(door, view, seq, &out, &status), true);
        ASK(access_proof(door, view, seq, &out, &status), true);
    }
    for (size_t k = 0; access_list_kinds[k]; k++)
        ASK(access_list(door, view, text_of(access_list_kinds[k]), &page, &out, &status), true);
    static const char *const ids[] = {"QALPHA",
                                      "QBRAVO",
                                      "QSEP",
                                      "QMAG",
                                      "QALPHA-L",
                                      "QBRAVO-L",
                                      "QSEP-L",
                                      "QMAG-L",
                                      "CONC",
                                      "HILL",
                                      "QALPHA-PIT",
                                      "QBRAVO-PIT",
                                      "M-1",
                                      "S-1",
                                      "QSEP:POOL",
                                      "QALPHA:CN-1",
                                      "QBRAVO:CN-1",
                                      "QSEP:CN-9",
                                      "QALPHA:QALPHA-e1",
                                      "QBRAVO:QBRAVO-e1",
                                      "QSEP:dr-1",
                                      "QMAG:QMAG-t1",
                                      "REGULATOR:h-1",
                                      "35.0",
                                      "36.0",
                                      "37.0",
                                      "38.0"};
    for (size_t k = 0; access_show_kinds[k]; k++)
        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
            ASK(access_show(door, view, text_of(access_show_kinds[k]), text_of(ids[i]), &out,
                            &status),
                true);
    buffer_done(&out);
}

static bool holds(const All *all, const char *token) {
    return memmem(all->bytes.bytes, all->bytes.length, token, strlen(token)) != NULL;
}

// What a principal may know: its own token, and those that its own papers name.
static void check(const char *principal, const char *const *may, unsigned least) {
    View view = industry_view(principal);
    All all = {0};
    buffer_init(&all.bytes, 256u << 20);
    ask_everything(&view, &all);
    assert_false(all.bytes.failed);
    assert_true(all.answers >= least);
    for (size_t t = 0; t < TOKENS; t++) {
        bool allowed = false;
        for (size_t i = 0; may[i]; i++)
            allowed = allowed || strcmp(may[i], tokens[t]) == 0;
        if (!allowed && holds(&all, tokens[t])) {
            const uint8_t *at =
                memmem(all.bytes.bytes, all.bytes.length, tokens[t], strlen(tokens[t]));
            const uint8_t *line = at;
            while (line > all.bytes.bytes && line[-1] != '\n')
                line--;
            fail_msg("%s reads %s:\n%.*s", principal, tokens[t], (int)(at - line + 60),
                     (const char *)line);
        }
        if (allowed) assert_true(holds(&all, tokens[t]));
    }
    buffer_done(&all.bytes);
}

static void a_mine_reads_nothing_of_the_other_mine_nor_of_the_buyer(void **state) {
    (void)state;
    const char *const alpha[] = {"QALPHA", "QSEP", NULL}, *const bravo[] = {"QBRAVO", "QSEP", NULL};
    check("company/QALPHA/clerk", alpha, 40);
    check("company/QBRAVO/clerk", bravo, 40);
}

// Two steps up the chain stand the mines: their part is grey.
static void a_buyer_reads_nothing_of_its_suppliers_suppliers(void **state) {
    (void)state;
    const char *const may[] = {"QMAG", "QSEP", "QLAB", NULL};
    check("company/QMAG/clerk", may, 40);
}

static void a_plant_reads_both_its_suppliers_but_nothing_of_their_records(void **state) {
    (void)state;
    const char *const may[] = {"QALPHA", "QBRAVO", "QSEP", "QMAG", "QLAB", NULL};
    check("company/QSEP/clerk", may, 40);
    View view = industry_view("company/QSEP/clerk");
    All all = {0};
    buffer_init(&all.bytes, 256u << 20);
    ask_everything(&view, &all);
    assert_false(holds(&all, "QALPHA-e1"));  // the mine's event
    assert_false(holds(&all, "QALPHA-PIT")); // its source
    assert_false(holds(&all, "QALPHA-MINE"));
    assert_false(holds(&all, "Name QALPHA"));
    assert_false(holds(&all, "QMAG-t1"));     // what the buyer did
    assert_false(holds(&all, "4321.987654")); // an allotment for the regulator alone
    buffer_done(&all.bytes);
}

static void a_laboratory_reads_lots_with_its_own_results_alone(void **state) {
    (void)state;
    const char *const may[] = {"QLAB", "QSEP", "QMAG", NULL};
    check("laboratory/QLAB/chemist", may, 40);
    View view = industry_view("laboratory/QLAB/chemist");
    Buffer out;
    Status status;
    buffer_init(&out, 1 << 20);
    assert_true(access_lot(door, &view, TEXT("QMAG:MG-1"), &out, &status));
    assert_false(access_lot(door, &view, TEXT("QSEP:IN-QALPHA"), &out, &status));
    buffer_done(&out);
}

static void customs_and_strangers_read_only_what_is_public(void **state) {
    (void)state;
    const char *const none[] = {NULL};
    check("customs/QCUST/desk", none, 35);
    check("company/QNOBODY/clerk", none, 35);
    check("buyer/QALPHA/x", none, 35);
    check("regulator/QALPHA/x", (const char *const[]){"QALPHA", "QSEP", NULL},
          35); // of another party: no regulator
}

static void regulator_operator_and_auditor_read_all(void **state) {
    (void)state;
    const char *const every[] = {"QALPHA", "QBRAVO", "QSEP", "QMAG", "QLAB", NULL};
    check("regulator/REGULATOR/li", every, 100);
    check("operator/REGULATOR/cli", every, 100);
    check("auditor/REGULATOR/chen", every, 100);
}

// The words for what is another's and for what nobody has differ in nothing but the id asked for.
static void not_yours_and_not_there_are_one_answer(void **state) {
    (void)state;
    View view = industry_view("company/QALPHA/clerk");
    static const struct {
        const char *kind, *theirs, *nobodys;
    } cases[] = {
        {"lot", "QBRAVO:C-1", "QBRAVO:C-9"},
        {"facility", "QBRAVO-MINE", "QBRAVO-MINX"},
        {"party", "QBRAVO", "QBRAVX"},
        {"licence", "QBRAVO-L", "QBRAVO-X"},
        {"source", "QBRAVO-PIT", "QBRAVO-PIX"},
        {"instrument", "S-1", "S-9"},
        {"pool", "QSEP:POOL", "QSEP:POOX"},
        {"consignment", "QBRAVO:CN-1", "QBRAVO:CN-9"},
        {"event", "QBRAVO:QBRAVO-e1", "QBRAVO:QBRAVO-e9"},
        {"cause", "36.0", "36.9"},
    };
    Buffer out;
    buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Status theirs, nobodys;
        status_clear(&theirs);
        status_clear(&nobodys);
        assert_false(access_show(door, &view, text_of(cases[i].kind), text_of(cases[i].theirs),
                                 &out, &theirs));
        assert_false(access_show(door, &view, text_of(cases[i].kind), text_of(cases[i].nobodys),
                                 &out, &nobodys));
        assert_int_equal(theirs.code, STATUS_NOT_FOUND);
        assert_int_equal(nobodys.code, STATUS_NOT_FOUND);
        char *at = strstr(theirs.message, cases[i].theirs);
        assert_non_null(at);
        memcpy(at, cases[i].nobodys, strlen(cases[i].nobodys));
        assert_string_equal(theirs.message, nobodys.message);
        assert_string_equal(theirs.where, nobodys.where);
        assert_string_equal(theirs.hint, nobodys.hint);
        assert_string_equal(theirs.detail, nobodys.detail);
    }
    assert_int_equal(out.length, 0);
    buffer_done(&out);
}

static void a_cursor_is_good_for_its_list_and_its_principal_only(void **state) {
    (void)state;
    View view = industry_view("company/QSEP/clerk"), other = industry_view("company/QMAG/clerk");
    Buffer out;
    Status status;
    buffer_init(&out, 1 << 20);
    Page page = {.limit = 1};
    assert_true(access_lots(door, &view, NULL, &page, &out, &status));
    assert_true(buffer_char(&out, 0));
    char *at = strstr((char *)out.bytes, "\"next\":\"");
    assert_non_null(at);
    char cursor[64] = {0};
    at += strlen("\"next\":\"");
    memcpy(cursor, at, strcspn(at, "\""));
    buffer_reset(&out);
    Page next = {.cursor = text_of(cursor), .limit = 1};
    assert_true(access_lots(door, &view, NULL, &next, &out, &status));
    buffer_reset(&out);
    assert_false(access_lots(door, &other, NULL, &next, &out, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    LotsAsked held = {.state = TEXT("held")};
    assert_false(access_lots(door, &view, &held, &next, &out, &status));
    assert_false(access_list(door, &view, TEXT("pools"), &next, &out, &status));
    cursor[3] = cursor[3] == 'A' ? 'B' : 'A';
    assert_false(access_lots(door, &view, NULL, &next, &out, &status));
    buffer_done(&out);
}

static void a_principal_has_three_parts(void **state) {
    (void)state;
    View view;
    Status status;
    assert_false(view_make(keeper, TEXT("company"), &view, &status));
    assert_false(view_make(keeper, TEXT("company/QALPHA"), &view, &status));
    assert_int_equal(status.code, STATUS_INVALID);
    assert_true(view_make(keeper, TEXT("company/QALPHA/x"), &view, &status));
    assert_false(view.all);
}

#define EXPORTED(declaration, office, lot)                                                         \
    "{\"v\":1,\"kind\":\"export.goods\",\"id\":\"" declaration "\",\"party\":\"QMAG\"," AT(        \
        "20") ",\"facility\":\"QMAG-WORKS\",\"declaration\":\"QMAG:" declaration                   \
              "\",\"office\":\"" office "\",\"country\":\"DE\",\"user\":\"QUSER\",\"customs_"      \
              "code\":\"8505111000\",\"lots\":[{\"lot\":"                                          \
              "\"" lot "\"}]}"

static bool sees(const View *view, const char *kind, const char *id) {
    Buffer out;
    Status status;
    buffer_init(&out, 1 << 20);
    status_clear(&status);
    bool seen = access_show(door, view, text_of(kind), text_of(id), &out, &status);
    buffer_done(&out);
    return seen;
}

static unsigned listed(const View *view, const char *kind, const char *word) {
    Buffer out;
    Status status;
    Page page = {.limit = PAGE_ROWS_MAX};
    buffer_init(&out, 1 << 20);
    status_clear(&status);
    assert_true(access_list(door, view, text_of(kind), &page, &out, &status));
    assert_true(buffer_char(&out, 0));
    unsigned count = 0;
    for (const char *at = (const char *)out.bytes; (at = strstr(at, word)); at++)
        count++;
    buffer_done(&out);
    return count;
}

// Customs reads what is declared at its own office, and nothing beside it. Run last: it adds to the
// book.
static void customs_reads_what_is_declared_at_its_own_office(void **state) {
    (void)state;
    View here = industry_view("customs/QCUST/desk"), there = industry_view("customs/QPORT/desk");
    assert_false(sees(&here, "lot", "QMAG:MG-1"));
    static const char *const events[] = {
        PARTY("QPORT", "customs"), FACILITY("QCUST-GATE", "QCUST", "trade"),
        FACILITY("QPORT-GATE", "QPORT", "trade"), EXPORTED("XG-1", "QCUST-GATE", "QMAG:MG-1")};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        industry_record(events[i]);
    assert_true(sees(&here, "lot", "QMAG:MG-1"));
    assert_true(sees(&here, "consignment", "QMAG:XG-1"));
    assert_true(sees(&here, "event", "QMAG:XG-1"));
    assert_int_equal(listed(&here, "awaiting", "XG-1"), 1);
    assert_int_equal(listed(&here, "consignments", "\"office\":\"QCUST-GATE\""), 1);
    assert_false(sees(&there, "lot", "QMAG:MG-1"));
    assert_false(sees(&there, "consignment", "QMAG:XG-1"));
    assert_false(sees(&there, "event", "QMAG:XG-1"));
    assert_int_equal(listed(&there, "awaiting", "XG-1"), 0);
    assert_int_equal(listed(&there, "consignments", "QMAG"), 0);
    // What the goods are made of, and of whom, stays the exporter's.
    assert_false(sees(&here, "lot", "QMAG:OX-1"));
    assert_false(sees(&here, "lot", "QSEP:OX-1"));
    assert_false(sees(&here, "facility", "QMAG-WORKS"));
    assert_false(sees(&here, "event", "QMAG:QMAG-t1"));
    Buffer out;
    Status status;
    buffer_init(&out, 1 << 20);
    static const char *const theirs[] = {"QSEP", "QALPHA", "QBRAVO", "QMAG:OX"};
    for (int down = 0; down < 3; down++) {
        buffer_reset(&out);
        status_clear(&status);
        bool well = down == 2 ? access_lot(door, &here, TEXT("QMAG:MG-1"), &out, &status)
                              : access_trace(door, &here, TEXT("QMAG:MG-1"), down, &out, &status);
        assert_true(well);
        assert_true(buffer_char(&out, 0));
        for (size_t t = 0; t < sizeof theirs / sizeof *theirs; t++)
            if (strstr((const char *)out.bytes, theirs[t]))
                fail_msg("%s stands in %s", theirs[t], (const char *)out.bytes);
    }
    buffer_done(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mine_reads_nothing_of_the_other_mine_nor_of_the_buyer),
        cmocka_unit_test(a_buyer_reads_nothing_of_its_suppliers_suppliers),
        cmocka_unit_test(a_plant_reads_both_its_suppliers_but_nothing_of_their_records),
        cmocka_unit_test(a_laboratory_reads_lots_with_its_own_results_alone),
        cmocka_unit_test(customs_and_strangers_read_only_what_is_public),
        cmocka_unit_test(regulator_operator_and_auditor_read_all),
        cmocka_unit_test(not_yours_and_not_there_are_one_answer),
        cmocka_unit_test(a_cursor_is_good_for_its_list_and_its_principal_only),
        cmocka_unit_test(a_principal_has_three_parts),
        cmocka_unit_test(customs_reads_what_is_declared_at_its_own_office),
    };
    return cmocka_run_group_tests(tests, industry_open, industry_close);
}
