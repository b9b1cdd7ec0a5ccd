// What the authority orders and keeps: seizures and reserves, controlled technology, rule packs.
#include "book/decide.h"
#include "story.h"

static Story s;

// NORTH has a store with salt in it, SOUTH is another company.
static int setup(void **state) {
    (void)state;
    story_begin(&s);
    static const char *const registry[][2] = {
        {"party", "\"subject\":\"NORTH\",\"name\":\"NORTH\",\"roles\":[\"company\"]"},
        {"party", "\"subject\":\"SOUTH\",\"name\":\"SOUTH\",\"roles\":[\"company\"]"},
        {"facility", "\"facility\":\"STORE\",\"holder\":\"NORTH\",\"activities\":[\"trade\"]"},
        {"facility", "\"facility\":\"YARD\",\"holder\":\"SOUTH\",\"activities\":[\"trade\"]"},
        {"material", "\"material\":\"SALT\",\"stage\":\"other\""},
    };
    for (size_t i = 0; i < sizeof registry / sizeof *registry; i++)
        assert_accepted(&s, story_reg(&s, registry[i][0], "01-01", registry[i][1]));
    assert_accepted(&s, story_tell(&s, "company/NORTH/desk", "NORTH", "open", "01-02",
                                   "\"facility\":\"STORE\",\"lots\":[{\"lot\":\"NORTH:A\","
                                   "\"material\":\"SALT\",\"net\":\"100\"}]"));
    return 0;
}
static int teardown(void **state) {
    (void)state;
    story_end(&s);
    return 0;
}

static Verdict north(const char *kind, const char *day, const char *members) {
    return story_tell(&s, "company/NORTH/desk", "NORTH", kind, day, members);
}

static Verdict discarded(const char *lot) {
    char members[128];
    snprintf(members, sizeof members,
             "\"facility\":\"STORE\",\"lots\":[{\"lot\":\"%s\",\"net\":\"1\"}],\"to\":\"pond\"",
             lot);
    return north("discard", "01-09", members);
}

static bool is_held(const char *lot) {
    return lot_is_held(s.book, lot_at(s.book, intern_find(s.book->lot_ids, text_of(lot))));
}

// Releases the cause that the order with this number opened.
static Verdict released(int order) {
    char members[64];
    snprintf(members, sizeof members, "\"cause\":\"%d.0\"", order);
    return story_reg(&s, "release", "01-10", members);
}

static void b10_seized_lots_are_let_go_by_two_persons_without_any_policy(void **state) {
    (void)state;
    assert_accepted(&s, story_reg(&s, "seize", "01-03",
                                  "\"lots\":[\"NORTH:A\"],\"order\":\"O-1\",\"seal\":\"R-1\""));
    int order = s.count;
    assert_said(&s, discarded("NORTH:A"), VERDICT_HELD, CODE_HELD_MOVED);
    assert_accepted(&s, released(order));
    assert_true(is_held("NORTH:A"));
    char members[160];
    snprintf(members, sizeof members, "\"confirms\":\"%d\",\"hash\":\"%s\"", s.count,
             story_last_hash(&s));
    assert_said(&s, story_reg(&s, "confirm", "01-11", members), VERDICT_REFUSED, CODE_SAME_PERSON);
    assert_accepted(&s, story_tell(&s, "authority/REG/second", "REG", "confirm", "01-11", members));
    uint32_t cause = cause_find(s.book, (uint64_t)order * 256);
    assert_int_equal(cause_at(s.book, cause)->status, CAUSE_RELEASED);
    // The breach stands until it is released by name, and one person is enough for that.
    assert_true(is_held("NORTH:A"));
    assert_accepted(&s, released(order + 1));
    assert_false(is_held("NORTH:A"));
}

static void b10_what_is_only_ordered_is_let_go_by_one(void **state) {
    (void)state;
    assert_accepted(&s, story_reg(&s, "hold", "01-03", "\"lots\":[\"NORTH:A\"]"));
    assert_accepted(&s, released(s.count));
    assert_false(is_held("NORTH:A"));
}

static void b29_moving_reserved_stock_is_held_and_splitting_it_is_not(void **state) {
    (void)state;
    assert_accepted(
        &s, story_reg(&s, "reserve", "01-03", "\"reserve\":\"STATE-1\",\"lots\":[\"NORTH:A\"]"));
    int order = s.count;
    assert_accepted(&s, north("split", "01-04",
                              "\"facility\":\"STORE\",\"lot\":\"NORTH:A\",\"parts\":[{\"lot\":"
                              "\"NORTH:B\",\"net\":\"40\"}]"));
    // The part is in the reserve as well.
    assert_said(&s, discarded("NORTH:B"), VERDICT_HELD, CODE_HELD_MOVED);
    assert_accepted(&s, released(order));
    assert_accepted(&s, discarded("NORTH:A"));
    assert_true(is_held("NORTH:B")); // by its breach
}

#define RESTRICTED                                                                                 \
    "\"technology\":\"SX-7\",\"owner\":\"NORTH\",\"entry\":\"1E902\",\"class\":\"restricted\","    \
    "\"permits\":[{\"permit\":\"TX-1\",\"step\":\"contract\",\"to_party\":\"SOUTH\",\"from\":"     \
    "\"2026-01-05\",\"to\":\"2026-01-20\"}]"

static Verdict told(const char *by, const char *day, const char *step, const char *to) {
    char sender[64], members[192];
    snprintf(sender, sizeof sender, "company/%s/desk", by);
    snprintf(members, sizeof members, "\"technology\":\"SX-7\",\"step\":\"%s\",%s", step, to);
    return story_tell(&s, sender, by, "technology.disclose", day, members);
}
#define TO_SOUTH "\"to\":\"SOUTH\",\"country\":\"DE\"" // abroad

static void
k16_a_step_before_its_permit_is_held_and_a_permit_covers_the_steps_before_it(void **state) {
    (void)state;
    assert_accepted(&s, story_reg(&s, "technology", "01-03", RESTRICTED));
    assert_said(&s, told("NORTH", "01-04", "negotiation", TO_SOUTH), VERDICT_HELD,
                CODE_TECHNOLOGY_PERMIT); // the day before it begins
    assert_accepted(&s, told("NORTH", "01-05", "negotiation", TO_SOUTH));
    assert_accepted(&s, told("NORTH", "01-20", "contract", TO_SOUTH)); // its last day
    assert_said(&s, told("NORTH", "01-20", "transfer", TO_SOUTH), VERDICT_HELD,
                CODE_TECHNOLOGY_PERMIT);
    assert_said(&s, told("NORTH", "01-21", "negotiation", TO_SOUTH), VERDICT_HELD,
                CODE_TECHNOLOGY_PERMIT);
}

static void k16_a_permit_is_for_the_party_that_it_names(void **state) {
    (void)state;
    assert_accepted(&s, story_reg(&s, "technology", "01-03", RESTRICTED));
    assert_said(&s, told("NORTH", "01-06", "negotiation", "\"outside\":\"W\",\"country\":\"DE\""),
                VERDICT_HELD, CODE_TECHNOLOGY_PERMIT);
    assert_said(&s, told("NORTH", "01-06", "negotiation", TO_SOUTH ",\"permit\":\"TX-2\""),
                VERDICT_REFUSED, CODE_UNKNOWN_PERMIT);
}

static void r101_who_was_told_may_tell_on_and_who_was_not_is_held(void **state) {
    (void)state;
    assert_accepted(&s, story_reg(&s, "technology", "01-03",
                                  "\"technology\":\"SX-7\",\"owner\":\"NORTH\",\"entry\":\"1E902\","
                                  "\"class\":\"free\""));
    assert_said(&s, told("SOUTH", "01-04", "transfer", "\"to\":\"REG\""), VERDICT_HELD,
                CODE_TECHNOLOGY_HOLDER);
    assert_accepted(&s, told("NORTH", "01-05", "transfer", TO_SOUTH));
    assert_accepted(&s, told("SOUTH", "01-06", "transfer", "\"to\":\"REG\""));
    // What was held is on record too: three disclosures, three rows.
    assert_int_equal(book_count(s.book, TABLE_DISCLOSURE), 3);
}

static void r100_no_permit_makes_a_prohibited_technology_lawful(void **state) {
    (void)state;
    assert_accepted(
        &s, story_reg(&s, "technology", "01-03",
                      "\"technology\":\"SX-7\",\"owner\":\"NORTH\",\"entry\":\"1E902\","
                      "\"class\":\"prohibited\",\"permits\":[{\"permit\":\"TX-1\","
                      "\"step\":\"transfer\",\"from\":\"2026-01-01\",\"to\":\"2026-12-31\"}]"));
    assert_said(&s, told("NORTH", "01-05", "negotiation", TO_SOUTH), VERDICT_HELD,
                CODE_TECHNOLOGY_PROHIBITED);
}

static Verdict pack(const char *day, const char *version, const char *more) {
    static const char rules[] = "{\"rules\":[]}";
    uint8_t hash[32];
    char hex[65], members[512];
    story_hash((Text){rules, sizeof rules - 1}, hash);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    snprintf(members, sizeof members,
             "\"pack\":\"CN\",\"version\":\"%s\",\"jurisdiction\":\"CN\",\"hash\":\"%s\","
             "\"rules\":%s%s",
             version, hex, rules, more);
    return story_reg(&s, "rules", day, members);
}

static const char *in_force(const char *day) {
    Day on;
    assert_true(day_read(text_of(day), &on));
    const PackVersion *version = pack_on(s.book, 0, on);
    return version ? text_get(s.book, version->version).at : NULL;
}

static void a_rule_pack_is_in_force_by_dates_and_not_while_it_is_suspended(void **state) {
    (void)state;
    assert_accepted(&s, pack("01-03", "1",
                             ",\"from\":\"2026-02-01\",\"to\":\"2026-12-31\",\"suspended\":[{"
                             "\"from\":\"2026-05-01\",\"to\":\"2026-05-31\"}]"));
    assert_null(in_force("2026-01-31"));
    assert_memory_equal(in_force("2026-02-01"), "1", 1);
    assert_memory_equal(in_force("2026-04-30"), "1", 1);
    assert_null(in_force("2026-05-01"));
    assert_null(in_force("2026-05-31"));
    assert_memory_equal(in_force("2026-06-01"), "1", 1);
    assert_null(in_force("2027-01-01"));
    // A newer version counts from its own date on; before it the older one still answers.
    assert_accepted(&s, pack("06-10", "2", ""));
    assert_memory_equal(in_force("2026-06-09"), "1", 1);
    assert_memory_equal(in_force("2026-06-10"), "2", 1);
    assert_memory_equal(in_force("2027-01-01"), "2", 1);
}

static void a_rule_pack_is_the_bytes_that_its_hash_says(void **state) {
    (void)state;
    assert_said(&s,
                story_reg(&s, "rules", "01-03",
                          "\"pack\":\"CN\",\"version\":\"1\",\"jurisdiction\":\"CN\",\"hash\":"
                          "\"79f29b807b0b2d0d3a470871e3fcc4b3629cc50611bfe7b9b52ccf2fe2dd4f0c\","
                          "\"rules\":{\"rules\":[ ]}"),
                VERDICT_REFUSED, CODE_HASH_DIFFERS);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(b10_seized_lots_are_let_go_by_two_persons_without_any_policy),
        TEST(b10_what_is_only_ordered_is_let_go_by_one),
        TEST(b29_moving_reserved_stock_is_held_and_splitting_it_is_not),
        TEST(k16_a_step_before_its_permit_is_held_and_a_permit_covers_the_steps_before_it),
        TEST(k16_a_permit_is_for_the_party_that_it_names),
        TEST(r101_who_was_told_may_tell_on_and_who_was_not_is_held),
        TEST(r100_no_permit_makes_a_prohibited_technology_lawful),
        TEST(a_rule_pack_is_in_force_by_dates_and_not_while_it_is_suspended),
        TEST(a_rule_pack_is_the_bytes_that_its_hash_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
