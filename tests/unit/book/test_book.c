// The machine as a whole: deciding and applying agree, rewinding leaves nothing, no lack of memory
// is seen.
#include "industry.h"

static Industry industry;
static Decision decision;
static Buffer one, two;

static int setup(void **state) {
    (void)state;
    industry_make(&industry, 11, 2);
    decision_init(&decision);
    buffer_init(&one, (size_t)1 << 30);
    buffer_init(&two, (size_t)1 << 30);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    decision_done(&decision);
    buffer_done(&one);
    buffer_done(&two);
    industry_done(&industry);
    return 0;
}

static bool decide(Book *book, const Step *step) {
    Status status;
    status_clear(&status);
    Context context = {step->recorded, step->by, 0, {NULL, 0}, NULL};
    return book_decide(book, &step->event, &context, &decision, &status);
}

static void applying_what_was_decided_gives_the_same_book(void **state) {
    (void)state;
    Book *decided = industry_book(&industry, &decision);
    static const uint8_t other_key[16] = {99};
    Status status;
    status_clear(&status);
    Book *applied = book_new(other_key, &status);
    assert_non_null(applied);
    book_outside(applied, &industry_outside);
    assert_true(book_apply(applied, &industry.genesis, buffer_view(&decision.bytes),
                           industry.genesis.end, &status));
    for (size_t i = 0; i < industry.count; i++) {
        assert_true(decide(decided, &industry.steps[i]));
        if (decision.verdict == VERDICT_REFUSED) continue;
        assert_true(book_apply(applied, &industry.steps[i].event, buffer_view(&decision.bytes),
                               industry.steps[i].recorded, &status));
    }
    assert_int_equal(book_next(decided), book_next(applied));
    assert_same_tables(decided, applied, &one, &two);
    book_free(decided);
    book_free(applied);
}

static void what_was_read_one_way_is_the_same_book_and_can_be_rewound_from_there_on(void **state) {
    (void)state;
    Book *decided = industry_book(&industry, &decision);
    static const uint8_t other_key[16] = {98};
    Status status;
    status_clear(&status);
    Book *read = book_new(other_key, &status);
    assert_non_null(read);
    book_outside(read, &industry_outside);
    book_one_way(read, true);
    assert_true(book_apply(read, &industry.genesis, buffer_view(&decision.bytes),
                           industry.genesis.end, &status));
    size_t half = industry.count / 2;
    for (size_t i = 0; i < half; i++) {
        assert_true(decide(decided, &industry.steps[i]));
        if (decision.verdict == VERDICT_REFUSED) continue;
        assert_true(book_apply(read, &industry.steps[i].event, buffer_view(&decision.bytes),
                               industry.steps[i].recorded, &status));
    }
    book_one_way(read, false);
    assert_same_tables(decided, read, &one, &two);
    for (size_t i = half; i < industry.count; i++) {
        BookMark mark = book_mark(read);
        assert_true(decide(read, &industry.steps[i]));
        book_rewind(read, mark);
        assert_true(decide(read, &industry.steps[i]));
        assert_true(decide(decided, &industry.steps[i]));
        book_forget(read, book_mark(read));
    }
    assert_same_tables(decided, read, &one, &two);
    book_free(decided);
    book_free(read);
}

static void rewinding_to_a_mark_leaves_nothing_behind(void **state) {
    (void)state;
    Book *straight = industry_book(&industry, &decision),
         *back = industry_book(&industry, &decision);
    for (size_t i = 0; i < industry.count; i++) {
        // Back and forth over up to seven events, then one step on.
        BookMark mark = book_mark(back);
        for (size_t j = i; j < industry.count && j < i + i % 7; j++)
            assert_true(decide(back, &industry.steps[j]));
        book_rewind(back, mark);
        assert_true(decide(back, &industry.steps[i]));
        assert_true(decide(straight, &industry.steps[i]));
        if (i % 64 == 0) book_forget(back, book_mark(back));
    }
    assert_same_tables(straight, back, &one, &two);
    book_free(straight);
    book_free(back);
}

static void want_of_memory_is_told_and_changes_nothing(void **state) {
    (void)state;
    Book *book = industry_book(&industry, &decision), *sound = industry_book(&industry, &decision);
    unsigned long failures = 0;
    for (size_t i = 0; i < industry.count && i < 900; i++) {
        tables_of(book, &one);
        for (unsigned long nth = 1;; nth++) {
            memory_fail_at(nth, nth % 2);
            bool answered = decide(book, &industry.steps[i]);
            bool failed = memory_has_failed();
            memory_fail_at(0, false);
            if (answered) break;
            assert_true(failed);
            failures++;
            tables_of(book, &two);
            assert_int_equal(one.length, two.length);
            assert_memory_equal(one.bytes, two.bytes, one.length);
        }
        assert_true(decide(sound, &industry.steps[i]));
    }
    assert_true(failures > 0);
    assert_same_tables(book, sound, &one, &two);
    book_free(book);
    book_free(sound);
}

static void a_damaged_decision_is_refused_or_well_formed(void **state) {
    (void)state;
    Book *book = industry_book(&industry, &decision);
    Status status;
    uint64_t random = 88172645463325252u;
    Buffer spoiled;
    buffer_init(&spoiled, 1 << 24);
    size_t refused = 0;
    for (size_t i = 0; i < industry.count && i < 1500; i++) {
        BookMark mark = book_mark(book);
        assert_true(decide(book, &industry.steps[i]));
        if (decision.verdict == VERDICT_REFUSED) continue;
        buffer_reset(&spoiled);
        buffer_bytes(&spoiled, decision.bytes.bytes, decision.bytes.length);
        book_rewind(book, mark);
        for (int k = 0; k < 4; k++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            size_t at = (size_t)(random % spoiled.length);
            spoiled.bytes[at] ^= (uint8_t)(1u << (random >> 60 & 7));
            status_clear(&status);
            if (book_apply(book, &industry.steps[i].event, buffer_view(&spoiled),
                           industry.steps[i].recorded, &status))
                book_rewind(book, mark);
            else
                refused++;
            assert_int_equal(book_next(book), mark.next);
        }
        assert_true(decide(book, &industry.steps[i]));
        book_forget(book, book_mark(book));
    }
    assert_true(refused > 0);
    buffer_done(&spoiled);
    book_free(book);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applying_what_was_decided_gives_the_same_book),
        cmocka_unit_test(what_was_read_one_way_is_the_same_book_and_can_be_rewound_from_there_on),
        cmocka_unit_test(rewinding_to_a_mark_leaves_nothing_behind),
        cmocka_unit_test(want_of_memory_is_told_and_changes_nothing),
        cmocka_unit_test(a_damaged_decision_is_refused_or_well_formed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
