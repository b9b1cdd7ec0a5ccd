// What vanishes, what leaves and what comes back: rules B15, B18, B25 and B26 in their near misses.
#include "rules.h"

static void b25_a_loss_of_what_is_held_is_a_breach_and_one_of_what_is_free_is_none(void **state) {
    (void)state;
    stock("NORTH:A", "SCRAP", "100", "'Nd':'20'");
    stock("NORTH:B", "SCRAP", "100", "'Nd':'20'");
    accepted(reg("hold", "01-03", "'lots':['NORTH:A'],'reason':'smuggled'"));
    accepted(north("loss", "01-04",
                   "'facility':'STORE','lots':[{'lot':'NORTH:B','net':'1'}],'reason':'spill'"));
    held(
        north("loss", "01-04",
              "'facility':'STORE','lots':[{'lot':'NORTH:B','net':'1'},{'lot':'NORTH:A','net':'1'}],"
              "'reason':'fire'"),
        HELD_MOVED);
    assert_true(is_held("NORTH:B")); // it was lost with it, and the breach is of the event
}

static void b25_a_leak_that_reaches_what_a_pool_holds_is_a_breach(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++)
        opened("SX", i ? "NORTH:B" : "NORTH:A", "SCRAP", "100", DECLARED_AS, "'Nd':'20'");
    static const char charge[] = "'facility':'SX','pool':'NORTH:P','inputs':[{'lot':'NORTH:%c'}]";
    char words[200];
    snprintf(words, sizeof words, charge, 'A');
    accepted(north("charge", "01-03", words));
    accepted(reg("hold", "01-04", "'pools':['NORTH:P'],'reason':'inspection'"));
    snprintf(words, sizeof words, charge, 'B');
    accepted(north("charge", "01-05", words));
    static const char leak[] =
        "'facility':'SX','pools':[{'pool':'NORTH:P','components':{'Nd':'%s'}}],'reason':'leak'";
    snprintf(words, sizeof words, leak, "20"); // all that came since
    accepted(north("loss", "01-06", words));
    snprintf(words, sizeof words, leak, "0.000001");
    held(north("loss", "01-07", words), HELD_MOVED);
}

static void b18_more_rare_earths_than_were_charged_are_noticed_whatever_was_stated(void **state) {
    (void)state;
    opened("SX", "NORTH:A", "SCRAP", "100", ASSAYED_AS, "'Nd':'40'");
    accepted(
        north("charge", "01-03", "'facility':'SX','pool':'NORTH:P','inputs':[{'lot':'NORTH:A'}]"));
    static const char draw[] =
        "'facility':'SX','pool':'NORTH:P','outputs':[{'lot':'%s','material':"
        "'MUD','net':'%s','content':{'basis':'declared','values':{'Y':'50'}}}]";
    char words[300];
    snprintf(words, sizeof words, draw, "NORTH:X", "80"); // 50.8 kg of oxide, of 46.7
    accepted(north("draw", "01-04", words));
    snprintf(words, sizeof words, draw, "NORTH:Y", "2");
    flagged(north("draw", "01-05", words), UNUSUAL_YIELD);
}

static void b15_a_holder_has_its_quota_by_one_way(void **state) {
    (void)state;
    accepted(reg("party", "01-02", "'subject':'NRE','name':'NRE','roles':['group']"));
    static const char more[] = "'instrument':'%s','year':2026,'ledger':'separation'%s,'allot':["
                               "{'holder':'NRE','under':'REG','reo':'500'},"
                               "{'holder':'NORTH','under':'NRE','reo':'%s'}]";
    char words[400];
    snprintf(words, sizeof words, more, "S2", "", "100");
    refused(reg("plan.adopt", "01-03", words), TWO_WAYS);
    snprintf(words, sizeof words, more, "S2", "", "0"); // nothing, but the tree would change
    refused(reg("plan.adopt", "01-03", words), TWO_WAYS);
    snprintf(words, sizeof words, more, "S2", ",'includes':['S']", "100");
    accepted(reg("plan.adopt", "01-03", words));
    refused(reg("plan.adopt", "01-04",
                "'instrument':'S3','year':2026,'ledger':'separation','allot':["
                "{'holder':'NORTH','under':'REG','reo':'1'}]"),
            TWO_WAYS);
}

// --- the border ---------------------------------------------------------------------------------

static void port(const char *permit) {
    accepted(reg("party", "01-02", "'subject':'CUS','name':'CUS','roles':['customs']"));
    accepted(reg("facility", "01-02", "'facility':'PORT','holder':'CUS','activities':['trade']"));
    char words[300];
    snprintf(words, sizeof words,
             "'licence':'XP','holder':'NORTH','activity':'export','permit':{'kind':'export',"
             "'type':'general'%s}",
             permit);
    accepted(reg("licence", "01-02", words));
}

static Verdict declared(const char *id, const char *user, const char *permits) {
    char words[400];
    snprintf(words, sizeof words,
             "'facility':'STORE','declaration':'NORTH:X-%s','office':'PORT','country':'DE','user':"
             "'%s','customs_code':'2805','lots':[{'lot':'NORTH:%s'}]%s",
             id, user, id, permits);
    return north("export.goods", "01-10", words);
}
#define UNDER_XP ",'permits':[{'permit':'XP'}]"

static Verdict confirmed(const char *more) {
    char words[400];
    snprintf(words, sizeof words, "'subject':'NORTH','confirms':'%d','hash':'%s'%s", s.count,
             story_last_hash(&s), more);
    return tell("CUS", "confirm", "01-11", words);
}

static void k11_what_policy_never_spoke_of_needs_the_usual_permit(void **state) {
    (void)state;
    port("");
    for (int i = 0; i < 3; i++)
        assayed((const char *const[]){"NORTH:A", "NORTH:B", "NORTH:C"}[i], "METAL", "100",
                "'Nd':'90'");
    held(declared("A", "U", ""), EXPORT_UNCOVERED);
    accepted(declared("B", "U", UNDER_XP));
    accepted(reg("policy", "01-03", "'permits':[{'stage':'metal'}]"));
    accepted(declared("C", "U", ""));
}

static void b26_what_lacks_its_right_takes_nothing_of_the_permit(void **state) {
    (void)state;
    port(",'user':'U','quantity':'150'");
    assayed("NORTH:A", "METAL", "100", "'Nd':'90'");
    assayed("NORTH:B", "METAL", "100", "'Nd':'90'");
    held(declared("A", "V", UNDER_XP), PERMIT_SCOPE);
    const PermitRow *permit = ROW(s.book, PermitRow, TABLE_PERMIT, 0);
    assert_int_equal(permit->reserved_mg, 0);
    held(confirmed(""), HELD_MOVED); // cleared all the same
    assert_int_equal(permit->drawn_mg, 0);
    assert_int_equal(permit->used, 0);
    accepted(declared("B", "U", UNDER_XP));
    assert_int_equal(permit->reserved_mg, 100000000);
}

static void k20_what_customs_found_is_held_against_what_was_declared(void **state) {
    (void)state;
    port("");
    assayed("NORTH:A", "METAL", "100", "'Nd':'90'");
    assayed("NORTH:B", "METAL", "100", "'Nd':'90'");
    accepted(declared("A", "U", UNDER_XP));
    refused(confirmed(",'found':[{'lot':'NORTH:B','net':'1'}]"), CONSIGNMENT_CLOSED);
    accepted(declared("B", "U", UNDER_XP));
    held(confirmed(",'declines':true,'found':[{'lot':'NORTH:B','net':'101.000001'}]"),
         CUSTOMS_DIFFERS);
    assert_int_equal(lot("NORTH:B")->state, LOT_HERE);
    assert_true(is_held("NORTH:B"));
    assert_false(is_held("NORTH:A"));
}

static void b26_no_more_comes_back_than_had_left(void **state) {
    (void)state;
    port("");
    assayed("NORTH:A", "METAL", "100", "'Nd':'90'");
    accepted(declared("A", "U", UNDER_XP));
    accepted(confirmed(",'found':[{'lot':'NORTH:A','net':'100.5'}]"));
    static const char back[] =
        "'facility':'STORE','declaration':'NORTH:I-%s','office':'PORT','country':'DE',"
        "'customs_code':'2805','returns':'NORTH:X-A','lines':[{'lot':'NORTH:%s','material':'METAL',"
        "'net':'%s','content':{'basis':'declared','values':{'Nd':'90'}}}]";
    char words[400];
    snprintf(words, sizeof words, back, "R1", "R1", "60");
    accepted(north("import.goods", "01-20", words));
    snprintf(words, sizeof words, back, "R2", "R2", "41"); // 101 of 100 in all
    accepted(north("import.goods", "01-21", words));
    snprintf(words, sizeof words, back, "R3", "R3", "0.000001");
    held(north("import.goods", "01-22", words), MORE_CAME_BACK);
    assert_true(is_held("NORTH:R3"));
    assert_false(is_held("NORTH:R2"));
}

static void k15_who_is_owned_by_half_by_the_listed_is_barred(void **state) {
    (void)state;
    port("");
    assayed("NORTH:A", "METAL", "100", "'Nd':'90'");
    assayed("NORTH:B", "METAL", "100", "'Nd':'90'");
    accepted(reg("policy", "01-03",
                 "'screening':[{'user':'BAD','listed':true},"
                 "{'user':'SUB','owner':'BAD','share':'50'},{'user':'NEAR','owner':'BAD',"
                 "'share':'49.9999999'}]"));
    held(declared("A", "SUB", UNDER_XP), USER_LISTED);
    accepted(declared("B", "NEAR", UNDER_XP));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(b25_a_loss_of_what_is_held_is_a_breach_and_one_of_what_is_free_is_none),
        TEST(b25_a_leak_that_reaches_what_a_pool_holds_is_a_breach),
        TEST(b18_more_rare_earths_than_were_charged_are_noticed_whatever_was_stated),
        TEST(b15_a_holder_has_its_quota_by_one_way),
        TEST(k11_what_policy_never_spoke_of_needs_the_usual_permit),
        TEST(b26_what_lacks_its_right_takes_nothing_of_the_permit),
        TEST(k20_what_customs_found_is_held_against_what_was_declared),
        TEST(b26_no_more_comes_back_than_had_left),
        TEST(k15_who_is_owned_by_half_by_the_listed_is_barred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
