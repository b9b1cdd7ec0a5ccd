// What may be taken back (B24): found quantities, emptied drums, pools opened and lost from; and
// what stands in the way is named.
#include "rules.h"

static Verdict corrected(const char *day, int event) {
    char members[128];
    snprintf(members, sizeof members, "'corrects':'%d','reason':'typing'", event);
    return north("correct", day, members);
}

static int64_t in_pool(int component) {
    return pool_at(s.book, intern_find(s.book->pool_ids, TEXT("NORTH:P")))->content[component];
}

static const char *in_the_way(void) {
    return s.decision.reasons[0].later;
}

static void b24_a_found_quantity_is_taken_back_while_nothing_supplies_it(void **state) {
    (void)state;
    static const char worked_up[] =
        "'facility':'STORE','insist':true,'inputs':[{'lot':'NORTH:X','net':'100','material':'SCRAP'"
        ","
        "'assay':{'laboratory':'LAB','method':'ICP-OES','values':{'Nd':'20'}}}],'outputs':[{"
        "'lot':'NORTH:%s','material':'SALT','net':'100','content':{'basis':'calculated','values':{"
        "'Nd':'20'}}}]";
    char words[512];
    snprintf(words, sizeof words, worked_up, "B");
    held(north("transform", "01-03", words), FOUND);
    int first = s.count;
    assert_int_equal(account("STORE", 1, ACCOUNT_FOUND), 20000000);
    accepted(corrected("01-04", first));
    assert_int_equal(account("STORE", 1, ACCOUNT_FOUND), 0);
    assert_int_equal(lot("NORTH:B")->state, LOT_ENDED);
    // One that something supplies stays.
    snprintf(words, sizeof words, worked_up, "C");
    held(north("transform", "01-05", words), FOUND);
    int second = s.count;
    const char *found = NULL;
    for (uint32_t i = 0; i < book_count(s.book, TABLE_LOT); i++)
        if ((lot_at(s.book, i)->flags & LOT_FOUND) && i > lot_row("NORTH:B"))
            found = intern_text(s.book->lot_ids, i).at;
    assert_non_null(found);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(found, "\""), found);
    for (size_t i = 0; name[i]; i++)
        if (strchr("0123456789.~:ABCDEFGHIJKLMNOPQRSTUVWXYZ", name[i]) == NULL) name[i] = 0;
    snprintf(words, sizeof words,
             "'facility':'STORE','lots':[{'settles':'%s','material':'SCRAP','net':'100','assay':{"
             "'laboratory':'LAB','method':'ICP-OES','values':{'Nd':'20'}}}]",
             name);
    accepted(north("open", "01-05", words));
    int settling = s.count;
    refused(corrected("01-06", second), CANNOT_REVERSE);
    refused(corrected("01-06", settling), CANNOT_REVERSE);
}

static void b24_an_emptied_drum_is_full_again(void **state) {
    (void)state;
    assayed("NORTH:A", "SCRAP", "100", "'Nd':'20'");
    // 98 kg were weighed of 100: the rest of the content is a batch difference.
    accepted(worked("STORE", "01-03", "'lot':'NORTH:A','net':'98','empty':true",
                    "'lot':'NORTH:B','material':'SALT','net':'98','content':{'basis':'calculated',"
                    "'values':{'Nd':'20'}}"));
    int batch = s.count;
    assert_int_equal(lot("NORTH:A")->state, LOT_ENDED);
    assert_int_equal(account("STORE", 1, ACCOUNT_BATCH), -400000);
    accepted(corrected("01-04", batch));
    assert_int_equal(lot_left(lot("NORTH:A")), 100000000);
    assert_int_equal(left_of("NORTH:A", COMPONENT_Nd), 20000000);
    assert_int_equal(account("STORE", 1, ACCOUNT_BATCH), 0);
}

static void b24_what_a_pool_was_opened_with_is_taken_out_while_it_is_there(void **state) {
    (void)state;
    static const char opened_with[] = "'facility':'SX','pools':[{'pool':'NORTH:P','method':'survey'"
                                      ",'components':{'Nd':{'kg':'%s',"
                                      "'u':'1','s':'1'}}}]";
    char words[512];
    snprintf(words, sizeof words, opened_with, "1000");
    accepted(north("open", "01-02", words));
    int mistaken = s.count;
    accepted(corrected("01-03", mistaken));
    assert_int_equal(in_pool(COMPONENT_Nd), 0);
    assert_int_equal(account("SX", 1, ACCOUNT_OPENED), 0);
    snprintf(words, sizeof words, opened_with, "100");
    accepted(north("open", "01-03", words));
    int right = s.count;
    accepted(
        north("draw", "01-04",
              "'facility':'SX','pool':'NORTH:P','outputs':[{'lot':'NORTH:O','material':'OXIDE',"
              "'net':'10','content':{'basis':'calculated','values':{'Nd':'80'}}}]"));
    int draw = s.count;
    refused(corrected("01-05", right), CANNOT_REVERSE);
    char id[16];
    snprintf(id, sizeof id, "%d", draw);
    assert_string_equal(in_the_way(), id);
    accepted(corrected("01-06", draw));
    accepted(north("stocktake", "01-07",
                   "'facility':'SX','pools':[{'pool':'NORTH:P','components':{'Nd':'99'}}]"));
    snprintf(id, sizeof id, "%d", s.count);
    refused(corrected("01-08", right), CANNOT_REVERSE);
    assert_string_equal(in_the_way(), id);
}

static void b24_what_was_lost_of_a_pool_is_there_again_and_may_be_drawn(void **state) {
    (void)state;
    accepted(north("open", "01-02",
                   "'facility':'SX','pools':[{'pool':'NORTH:P','components':{'Nd':{'kg':'100','u':"
                   "'0','s':'0'}}}]"));
    accepted(north("loss", "01-03",
                   "'facility':'SX','pools':[{'pool':'NORTH:P','components':{'Nd':'60'}}],"
                   "'reason':'spill'"));
    int loss = s.count;
    assert_int_equal(in_pool(COMPONENT_Nd), 40000000);
    assert_int_equal(account("SX", 1, ACCOUNT_LOST), -60000000);
    accepted(corrected("01-04", loss));
    assert_int_equal(in_pool(COMPONENT_Nd), 100000000);
    assert_int_equal(account("SX", 1, ACCOUNT_LOST), 0);
    // All of it can come out, and no more than that.
    accepted(
        north("draw", "01-05",
              "'facility':'SX','pool':'NORTH:P','outputs':[{'lot':'NORTH:O','material':'OXIDE',"
              "'net':'125','content':{'basis':'calculated','values':{'Nd':'80'}}}]"));
    held(north("draw", "01-06",
               "'facility':'SX','pool':'NORTH:P','outputs':[{'lot':'NORTH:Q','material':'OXIDE',"
               "'net':'125','content':{'basis':'calculated','values':{'Nd':'80'}}}]"),
         ELEMENT_CREATION);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(b24_a_found_quantity_is_taken_back_while_nothing_supplies_it),
        TEST(b24_an_emptied_drum_is_full_again),
        TEST(b24_what_a_pool_was_opened_with_is_taken_out_while_it_is_there),
        TEST(b24_what_was_lost_of_a_pool_is_there_again_and_may_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
