// B10: what needs a second person takes effect with that person's own event.
#include "story.h"

static Story s;
static int setup(void **state) {
    (void)state;
    story_begin(&s);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    story_end(&s);
    return 0;
}

static Verdict confirm(const char *by, int id, const char *hash, const char *more) {
    char members[256];
    snprintf(members, sizeof members, "\"confirms\":\"%d\",\"hash\":\"%s\"%s", id, hash, more);
    return story_tell(&s, by, "REG", "confirm", "01-09", members);
}

// A material that waits; its event's number.
static int material_waits(const char *name, char hash[65]) {
    char members[128];
    snprintf(members, sizeof members, "\"material\":\"%s\",\"stage\":\"other\"", name);
    assert_accepted(&s, story_reg(&s, "policy", "01-02", "\"two_persons\":[\"material\"]"));
    assert_accepted(&s, story_reg(&s, "material", "01-03", members));
    memcpy(hash, story_last_hash(&s), 65);
    return s.count;
}

static bool has_material(const char *name) {
    uint32_t row = intern_find(s.book->material_ids, text_of(name));
    return row != ROW_NONE && material_at(s.book, row)->registered;
}

static void b10_nothing_takes_effect_before_the_second_person_confirms_it(void **state) {
    (void)state;
    char hash[65];
    int id = material_waits("SALT", hash);
    assert_false(has_material("SALT"));
    assert_accepted(&s, confirm("authority/REG/second", id, hash, ""));
    assert_true(has_material("SALT"));
    uint32_t row = awaiting_find(s.book, (uint64_t)id);
    const AwaitingRow *awaiting = ROW(s.book, AwaitingRow, TABLE_AWAITING, row);
    assert_int_equal(awaiting->status, AWAITING_CONFIRMED);
    assert_int_equal(awaiting->closed_by, s.count);
    assert_said(&s, confirm("authority/REG/third", id, hash, ""), VERDICT_REFUSED,
                CODE_ALREADY_CONFIRMED);
}

static void b10_another_role_is_no_second_person(void **state) {
    (void)state;
    char hash[65];
    int id = material_waits("SALT", hash);
    assert_said(&s, confirm("operator/REG/desk", id, hash, ""), VERDICT_REFUSED, CODE_SAME_PERSON);
    assert_false(has_material("SALT"));
}

static void b10_what_is_declined_never_takes_effect(void **state) {
    (void)state;
    char hash[65];
    int id = material_waits("SALT", hash);
    // The first person may take it back.
    assert_accepted(&s, confirm("authority/REG/desk", id, hash, ",\"declines\":true"));
    assert_false(has_material("SALT"));
    assert_said(&s, confirm("authority/REG/second", id, hash, ""), VERDICT_REFUSED,
                CODE_ALREADY_CONFIRMED);
}

static void b10_an_event_is_cited_by_its_exact_bytes(void **state) {
    (void)state;
    char hash[65];
    int id = material_waits("SALT", hash);
    hash[0] = hash[0] == '0' ? '1' : '0';
    assert_said(&s, confirm("authority/REG/second", id, hash, ""), VERDICT_REFUSED,
                CODE_HASH_DIFFERS);
    assert_said(&s, confirm("authority/REG/second", 1, hash, ""), VERDICT_REFUSED,
                CODE_NOTHING_TO_CONFIRM);
    assert_said(&s, confirm("authority/REG/second", 99, hash, ""), VERDICT_REFUSED,
                CODE_UNKNOWN_EVENT);
}

static void b10_what_would_be_refused_is_refused_at_once_or_with_the_confirm(void **state) {
    (void)state;
    char hash[65], other[65];
    int first = material_waits("SALT", hash), second = material_waits("SALT", other);
    assert_accepted(&s, confirm("authority/REG/second", first, hash, ""));
    // By now the id is taken.
    assert_said(&s, confirm("authority/REG/second", second, other, ""), VERDICT_REFUSED,
                CODE_EXISTS);
    assert_string_equal(s.decision.reasons[0].where, "/confirms");
    assert_said(&s, story_reg(&s, "material", "01-09", "\"material\":\"SALT\",\"stage\":\"other\""),
                VERDICT_REFUSED, CODE_EXISTS);
}

static void b10_a_plan_waits_whole_and_is_adopted_whole(void **state) {
    (void)state;
    assert_accepted(&s, story_reg(&s, "policy", "01-02", "\"two_persons\":[\"plan.adopt\"]"));
    assert_accepted(&s,
                    story_reg(&s, "plan.adopt", "01-03",
                              "\"instrument\":\"2026-1\",\"year\":2026,\"ledger\":"
                              "\"separation\",\"allot\":[{\"holder\":\"REG\",\"reo\":\"1000\"}]"));
    char hash[65];
    memcpy(hash, story_last_hash(&s), 65);
    int id = s.count;
    uint32_t authority = s.book->top.authority;
    assert_int_equal(node_find(s.book, authority, LEDGER_SEPARATION, 0, 2026), ROW_NONE);
    assert_int_equal(book_count(s.book, TABLE_INSTRUMENT), 0);
    assert_accepted(&s, confirm("authority/REG/second", id, hash, ""));
    uint32_t node = node_find(s.book, authority, LEDGER_SEPARATION, 0, 2026);
    assert_int_equal(node_at(s.book, node)->allotted_mg, 1000000000);
    assert_int_equal(ROW(s.book, InstrumentRow, TABLE_INSTRUMENT, 0)->seq, s.count);
}

static void b10_policy_itself_can_need_two_and_can_be_taken_back_by_two(void **state) {
    (void)state;
    assert_accepted(&s, story_reg(&s, "policy", "01-02", "\"two_persons\":[\"policy\"]"));
    assert_accepted(&s, story_reg(&s, "policy", "01-03", "\"two_persons\":[]"));
    assert_true(s.book->top.two_persons != 0);
    char hash[65];
    memcpy(hash, story_last_hash(&s), 65);
    assert_accepted(&s, confirm("authority/REG/second", s.count, hash, ""));
    assert_true(s.book->top.two_persons == 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(b10_nothing_takes_effect_before_the_second_person_confirms_it),
        TEST(b10_another_role_is_no_second_person),
        TEST(b10_what_is_declined_never_takes_effect),
        TEST(b10_an_event_is_cited_by_its_exact_bytes),
        TEST(b10_what_would_be_refused_is_refused_at_once_or_with_the_confirm),
        TEST(b10_a_plan_waits_whole_and_is_adopted_whole),
        TEST(b10_policy_itself_can_need_two_and_can_be_taken_back_by_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
