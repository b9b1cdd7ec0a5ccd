// The rules of docs/book.md that concern matter, a test or more for each B number, on the least
// story that shows it; the scenarios (tests/scenarios) tell longer ones.
#include "rules.h"

static void b1_what_is_split_and_merged_again_is_the_same_to_the_milligram(void **state) {
    (void)state;
    stock("NORTH:A", "SCRAP", "100.000001", "'Nd':'33.333333','Pr':'11.1111'");
    int64_t nd = left_of("NORTH:A", COMPONENT_Nd), pr = left_of("NORTH:A", COMPONENT_Pr);
    accepted(north("split", "01-03",
                   "'facility':'STORE','lot':'NORTH:A','parts':[{'lot':'NORTH:B','net':'33.3'},"
                   "{'lot':'NORTH:C','net':'0.7'}]"));
    assert_int_equal(left_of("NORTH:A", COMPONENT_Nd) + left_of("NORTH:B", COMPONENT_Nd) +
                         left_of("NORTH:C", COMPONENT_Nd),
                     nd);
    accepted(north("merge", "01-04",
                   "'facility':'STORE','inputs':[{'lot':'NORTH:A'},{'lot':'NORTH:B'},"
                   "{'lot':'NORTH:C'}],'lot':'NORTH:D'"));
    assert_int_equal(left_of("NORTH:D", COMPONENT_Nd), nd);
    assert_int_equal(left_of("NORTH:D", COMPONENT_Pr), pr);
}

static void b2_unknown_is_not_zero_and_only_what_every_part_states_is_whole(void **state) {
    (void)state;
    stock("NORTH:A", "SCRAP", "100", "'Nd':'20','Dy':'2'");
    stock("NORTH:B", "SCRAP", "100", "'Nd':'20'");
    accepted(north("merge", "01-03",
                   "'facility':'STORE','inputs':[{'lot':'NORTH:A'},{'lot':'NORTH:B'}],'lot':"
                   "'NORTH:C'"));
    const ContentRef *sum = &lot("NORTH:C")->start;
    assert_true(sum->stated >> COMPONENT_Dy & 1);
    assert_true(sum->whole >> COMPONENT_Nd & 1);
    assert_false(sum->whole >> COMPONENT_Dy & 1);
    assert_false(sum->stated >> COMPONENT_Tb & 1);
}

static void b3_only_an_assayed_lot_goes_to_another_without_a_word(void **state) {
    (void)state;
    stock("NORTH:A", "OXIDE", "100", "'Nd':'85'");
    assert_int_equal(lot("NORTH:A")->basis, BASIS_DECLARED);
    held(sent("01-03", "NORTH:T-1", "NORTH:A"), PROVISIONAL);
    assayed("NORTH:B", "OXIDE", "100", "'Nd':'85'");
    assert_int_equal(lot("NORTH:B")->basis, BASIS_ASSAYED);
    accepted(sent("01-03", "NORTH:T-2", "NORTH:B"));
}

static void b4_a_measure_starts_the_share_anew_and_drying_loses_no_component(void **state) {
    (void)state;
    assayed("NORTH:A", "WET", "100", "'Nd':'20'");
    accepted(worked("STORE", "01-03", "'lot':'NORTH:A','net':'40'",
                    "'lot':'NORTH:B','material':'WET','net':'40','content':{'basis':'calculated',"
                    "'values':{'Nd':'20'}}"));
    assert_int_equal(lot("NORTH:A")->taken, 40000000);
    int64_t nd = left_of("NORTH:A", COMPONENT_Nd);
    accepted(north("measure", "01-04", "'lot':'NORTH:A','net':'59.9'"));
    assert_int_equal(lot("NORTH:A")->taken, 0);
    assert_int_equal(lot("NORTH:A")->start_net, 59900000);
    assert_int_equal(left_of("NORTH:A", COMPONENT_Nd), nd);
}

#define SHARED(percent) "'Nd':{'value':'" percent "','u':'0.005','s':'0.4'}"
static void b5_an_error_that_both_sides_share_cancels(void **state) {
    (void)state;
    // One laboratory and method: what its shared error of 2 % would hide is seen.
    assayed("NORTH:A", "SCRAP", "100", SHARED("20"));
    held(worked("STORE", "01-03", "'lot':'NORTH:A'",
                "'lot':'NORTH:A1','material':'SALT','net':'100','assay':{'laboratory':'LAB',"
                "'method':'ICP-OES','values':{" SHARED("20.5") "}}"),
         ELEMENT_CREATION);
    // By another method it is within the errors of the two.
    assayed("NORTH:B", "SCRAP", "100", SHARED("20"));
    accepted(worked("STORE", "01-03", "'lot':'NORTH:B'",
                    "'lot':'NORTH:B1','material':'SALT','net':'100','assay':{'laboratory':'LAB',"
                    "'method':'XRF','values':{" SHARED("20.5") "}}"));
}

static void b6_what_an_emptied_lot_had_besides_is_posted(void **state) {
    (void)state;
    assayed("NORTH:A", "SCRAP", "100", "'Nd':'20'");
    accepted(worked("STORE", "01-03", "'lot':'NORTH:A','net':'99.5','empty':true",
                    "'lot':'NORTH:B','material':'SALT','net':'99.5','content':{'basis':"
                    "'calculated','values':{'Nd':'20'}}"));
    assert_int_equal(lot("NORTH:A")->state, LOT_ENDED);
    assert_int_equal(account("STORE", 1, ACCOUNT_BATCH), -100000);
}

static void b11_a_stage_is_fixed_and_decides_what_may_be_merged(void **state) {
    (void)state;
    refused(reg("material", "01-03", "'material':'OXIDE','stage':'scrap'"), EXISTS);
    stock("NORTH:A", "SCRAP", "10", "'Nd':'20'");
    stock("NORTH:B", "MUD", "10", "'Nd':'20'");
    refused(north("merge", "01-03",
                  "'facility':'STORE','inputs':[{'lot':'NORTH:A'},{'lot':'NORTH:B'}],'lot':"
                  "'NORTH:C'"),
            MATERIAL_MIX);
    refused(north("blend", "01-03",
                  "'facility':'STORE','inputs':[{'lot':'NORTH:A'},{'lot':'NORTH:B'}],'output':{"
                  "'lot':'NORTH:C','material':'SCRAP'}"),
            STAGE);
}

static void mined(void) {
    accepted(north("extract", "01-03",
                   "'facility':'MINE','source':'PIT','outputs':[{'lot':'NORTH:ROM','material':"
                   "'ORE','net':'1000','content':{'basis':'calculated','values':{'Nd':'10'}}}]"));
}
static void concentrated(void) {
    accepted(worked("MINE", "01-04", "'lot':'NORTH:ROM'",
                    "'lot':'NORTH:C','material':'CONC','net':'200','content':{'basis':"
                    "'calculated','values':{'Nd':'50'}}"));
}

static void b12_ore_draws_the_reserve_and_ore_product_the_mining_quota(void **state) {
    (void)state;
    mined();
    assert_true(ROW(s.book, DepositRow, TABLE_DEPOSIT, 0)->drawn_mg > 0);
    assert_int_equal(drawn(LEDGER_MINING, CLASS_ROCK), 0);
    concentrated();
    // 100 kg of Nd are 116.638 kg of oxide.
    assert_in_range(drawn(LEDGER_MINING, CLASS_ROCK), 116600000, 116700000);
}

static void b13_what_was_drawn_once_is_not_drawn_again(void **state) {
    (void)state;
    opened("SX", "NORTH:C", "CONC", "200", DECLARED_AS, "'Nd':'50'");
    accepted(worked("SX", "01-04", "'lot':'NORTH:C'",
                    "'lot':'NORTH:O','material':'OXIDE','net':'110','content':{'basis':"
                    "'calculated','values':{'Nd':'85'}}"));
    int64_t once = drawn(LEDGER_SEPARATION, CLASS_NONE);
    assert_true(once > 0);
    accepted(worked("SX", "01-05", "'lot':'NORTH:O'",
                    "'lot':'NORTH:O2','material':'OXIDE','net':'110','content':{'basis':"
                    "'calculated','values':{'Nd':'85'}}"));
    assert_int_equal(drawn(LEDGER_SEPARATION, CLASS_NONE), once);
}

static void b16_matter_from_outside_starts_and_ends_at_the_gate(void **state) {
    (void)state;
    accepted(south("receive", "01-03",
                   "'facility':'YARD','outside':{'kind':'post-consumer','name':'a scrap yard'},"
                   "'lines':[{'lot':'SOUTH:A','material':'SCRAP','net':'100','content':{'basis':"
                   "'declared','values':{'Nd':'20'}}}]"));
    assert_int_equal(lot("SOUTH:A")->operation, book_count(s.book, TABLE_OPERATION) - 1);
    held(north("receive", "01-03",
               "'facility':'SX','outside':{'kind':'other','name':'somebody'},'lines':[{'lot':"
               "'NORTH:C','material':'CONC','net':'100','content':{'basis':'declared','values':{"
               "'Nd':'20'}}}]"),
         OUTSIDE_REGULATED);
}

static void b17_residue_keeps_its_components_and_discard_is_what_leaves(void **state) {
    (void)state;
    opened("SX", "NORTH:R", "MUD", "100", DECLARED_AS, "'Nd':'2'");
    assert_int_equal(left_of("NORTH:R", COMPONENT_Nd), 2000000);
    accepted(north("discard", "01-03",
                   "'facility':'SX','lots':[{'lot':'NORTH:R','net':'50'}],'to':'pond'"));
    assert_int_equal(left_of("NORTH:R", COMPONENT_Nd), 1000000);
    assert_int_equal(account("SX", 1, ACCOUNT_DISCARDED), 1000000);
}

static void charged(const char *id) {
    char words[128];
    snprintf(words, sizeof words, "'facility':'SX','pool':'NORTH:P','inputs':[{'lot':'%s'}]", id);
    accepted(north("charge", "01-05", words));
}
static Verdict tapped(const char *day, const char *id, const char *material, const char *net,
                      const char *percent) {
    char words[512];
    snprintf(words, sizeof words,
             "'facility':'SX','pool':'NORTH:P','outputs':[{'lot':'%s','material':'%s','net':'%s',"
             "'content':{'basis':'declared','values':{'Nd':'%s'}}}]",
             id, material, net, percent);
    return north("draw", day, words);
}

static void b18_a_pool_gives_what_is_free_before_what_is_held(void **state) {
    (void)state;
    opened("SX", "NORTH:GOOD", "SCRAP", "1000", DECLARED_AS, "'Nd':'50'");
    opened("SX", "NORTH:BAD", "SCRAP", "1000", DECLARED_AS, "'Nd':'50'");
    charged("NORTH:GOOD");
    accepted(reg("hold", "01-05", "'lots':['NORTH:BAD'],'reason':'inspection'"));
    held(
        north("charge", "01-05", "'facility':'SX','pool':'NORTH:P','inputs':[{'lot':'NORTH:BAD'}]"),
        HELD_MOVED);
    accepted(tapped("01-06", "NORTH:R1", "MUD", "1000", "50"));
    assert_false(is_held("NORTH:R1"));
    held(tapped("01-07", "NORTH:R2", "MUD", "1000", "1"), HELD_DRAWN);
    assert_true(is_held("NORTH:R2"));
}

static void b19_what_a_pool_was_told_stands_in_the_order_of_records(void **state) {
    (void)state;
    opened("SX", "NORTH:A", "SCRAP", "1000", DECLARED_AS, "'Nd':'50'");
    charged("NORTH:A");
    // The draw happened before the charge, and is recorded after it.
    accepted(tapped("01-04", "NORTH:R1", "MUD", "100", "50"));
    const PoolRow *pool = pool_at(s.book, 0);
    assert_int_equal(pool->content[COMPONENT_Nd], 450000000);
    assert_int_equal(pool->in[COMPONENT_Nd], 500000000);
    assert_int_equal(pool->out[COMPONENT_Nd], 50000000);
}

static void b20_what_the_receiver_measures_differs_from_the_shippers_figures(void **state) {
    (void)state;
    assayed("NORTH:A", "SCRAP", "1000", "'Nd':'20'");
    accepted(sent("01-03", "NORTH:T", "NORTH:A"));
    assert_int_equal(lot("NORTH:A")->state, LOT_TRANSIT);
    accepted(south("receive", "01-04",
                   "'facility':'YARD','from':'NORTH','consignment':'NORTH:T','lines':[{'from_lot':"
                   "'NORTH:A','lot':'SOUTH:A','of':'400','net':'399.5'}]"));
    assert_int_equal(lot_left(lot("NORTH:A")), 600000000);
    assert_int_equal(account("STORE", 1, ACCOUNT_SHIPPED), 80000000);
    assert_int_equal(account("YARD", 1, ACCOUNT_RECEIVED), 79900000); // at its own figures
    assert_int_equal(account("YARD", 1, ACCOUNT_SRD), -100000);
}

static void b21_a_stock_taking_sets_what_was_found_and_opening_stock_draws_nothing(void **state) {
    (void)state;
    opened("SX", "NORTH:O", "OXIDE", "100", DECLARED_AS, "'Nd':'85'");
    assert_int_equal(drawn(LEDGER_SEPARATION, CLASS_NONE), 0);
    accepted(
        north("stocktake", "01-31", "'facility':'SX','lots':[{'lot':'NORTH:O','net':'99.9'}]"));
    assert_int_equal(lot("NORTH:O")->start_net, 99900000);
    assert_int_equal(account("SX", 1, ACCOUNT_STOCKTAKE), -85000);
}

static void b27_scrap_of_the_makers_own_is_no_recycled_matter_of_consumers(void **state) {
    (void)state;
    accepted(south("receive", "01-03",
                   "'facility':'YARD','outside':{'kind':'post-consumer','name':'collectors'},"
                   "'lines':[{'lot':'SOUTH:A','material':'SCRAP','net':'100','content':{'basis':"
                   "'declared','values':{'Nd':'20'}}}]"));
    accepted(south("receive", "01-03",
                   "'facility':'YARD','outside':{'kind':'production scrap','name':'a works'},"
                   "'lines':[{'lot':'SOUTH:B','material':'SCRAP','net':'100','content':{'basis':"
                   "'declared','values':{'Nd':'20'}}}]"));
    const char *const ids[] = {"SOUTH:A", "SOUTH:B"};
    const uint32_t kinds[] = {RECYCLED_POST_CONSUMER, RECYCLED_PRE_CONSUMER};
    for (int i = 0; i < 2; i++) {
        bool found = false;
        for (unsigned f = 0; f < lot(ids[i])->facet_count; f++) {
            const FacetRow *facet = ROW(s.book, FacetRow, TABLE_FACET, lot(ids[i])->facets + f);
            if (facet->kind != FACET_RECYCLED) continue;
            found = true;
            assert_int_equal(facet->key, kinds[i]);
            assert_int_equal(*values_at(s.book, facet->values), 20000000);
        }
        assert_true(found);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(b1_what_is_split_and_merged_again_is_the_same_to_the_milligram),
        TEST(b2_unknown_is_not_zero_and_only_what_every_part_states_is_whole),
        TEST(b3_only_an_assayed_lot_goes_to_another_without_a_word),
        TEST(b4_a_measure_starts_the_share_anew_and_drying_loses_no_component),
        TEST(b5_an_error_that_both_sides_share_cancels),
        TEST(b6_what_an_emptied_lot_had_besides_is_posted),
        TEST(b11_a_stage_is_fixed_and_decides_what_may_be_merged),
        TEST(b12_ore_draws_the_reserve_and_ore_product_the_mining_quota),
        TEST(b13_what_was_drawn_once_is_not_drawn_again),
        TEST(b16_matter_from_outside_starts_and_ends_at_the_gate),
        TEST(b17_residue_keeps_its_components_and_discard_is_what_leaves),
        TEST(b18_a_pool_gives_what_is_free_before_what_is_held),
        TEST(b19_what_a_pool_was_told_stands_in_the_order_of_records),
        TEST(b20_what_the_receiver_measures_differs_from_the_shippers_figures),
        TEST(b21_a_stock_taking_sets_what_was_found_and_opening_stock_draws_nothing),
        TEST(b27_scrap_of_the_makers_own_is_no_recycled_matter_of_consumers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
