// The family "origin": groups of lots, honest ones and one that buys ore under another name.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "finding/finding.h"
#include "numeric/draw.h"

enum { GROUPS = 6, LOTS = 100, BAD = 7, PARTS = 4 };
// What the material is, and what ore is: by the first four rare earths.
static const double USUAL[PARTS] = {20, 60, 15, 5}, ORE[PARTS] = {60, 20, 10, 10};

typedef struct World {
    Arena arena;
    BookFacility facility[GROUPS];
    BookBalances balances;
    OriginTested lots[GROUPS][LOTS];
    OriginDeclared declared[GROUPS][LOTS];
    OriginGroup group[GROUPS];
    OriginReference reference[2];
    OriginKnown known[2];
    OriginSurvey survey;
} World;

// Lots of 1,000 kg, each element to 3 %; the first `bad` of group 2 are ore, in months 5 and 6.
static void world_make(World *w, uint64_t seed, size_t bad) {
    static const char *const ids[GROUPS] = {"A", "B", "C", "D", "E", "F"};
    memset(w, 0, sizeof *w);
    arena_init(&w->arena, (size_t)1 << 28);
    Draw draw = draw_seeded(seed);
    for (size_t k = 0; k < 2; k++) {
        w->reference[k] = (OriginReference){.id = text_of(k ? "PIT" : "SCRAP"), .deposit = k == 1};
        for (int c = 0; c < PARTS; c++) {
            w->known[k].share[c] = k ? ORE[c] : USUAL[c];
            w->known[k].sd[c] = 0.03;
        }
    }
    const double one = 1;
    const OriginClaim claim = {&one, 0};
    for (size_t g = 0; g < GROUPS; g++) {
        w->facility[g] = (BookFacility){.row = (uint32_t)g, .id = text_of(ids[g])};
        w->group[g] = (OriginGroup){.facility = (uint32_t)g,
                                    .reference = w->reference[0],
                                    .compared = 15,
                                    .count = LOTS,
                                    .lots = w->lots[g]};
        for (size_t i = 0; i < LOTS; i++) {
            bool is_bad = g == 2 && i < bad;
            double noise[PARTS];
            draw_normals(&draw, noise, PARTS);
            OriginDeclared *d = &w->declared[g][i];
            for (int c = 0; c < ORIGIN_PARTS_MAX; c++)
                d->state[c] = c < PARTS ? PART_MEASURED : PART_UNKNOWN;
            for (int c = 0; c < PARTS; c++) {
                d->content[c] = 10 * (is_bad ? ORE[c] : USUAL[c]) * exp(0.042 * noise[c]);
                d->sd[c] = 0.03;
            }
            OriginJudged judged;
            Status status;
            assert_true(origin_judge(d, &claim, w->known, 1, ORIGIN_PARTS_MAX, &w->arena, &judged,
                                     &status));
            w->lots[g][i] = (OriginTested){.lot = (uint32_t)(g * LOTS + i),
                                           .seq = i,
                                           .month = (Month)(is_bad ? 5 + i % 2 : 1 + i / 10),
                                           .kg = 1000,
                                           .log_p = judged.test.log_p,
                                           .log_e = judged.test.log_e,
                                           .z = judged.test.z[0],
                                           .found_sd = 0.03,
                                           .expected_sd = 0.03,
                                           .assay = 7,
                                           .declared = d};
        }
    }
    w->balances = (BookBalances){.count = GROUPS, .facility = w->facility};
    w->survey =
        (OriginSurvey){.known = {2, w->reference, w->known}, .count = GROUPS, .groups = w->group};
}

static FindingList found(World *w) {
    FindingList list = {.count = 0};
    Status status;
    if (!findings_of_origin(&w->survey, &w->balances, 0.05, &w->arena, &list, &status))
        fail_msg("%s", status.message);
    return list;
}

static void ore_under_another_name_is_found(void **state) {
    (void)state;
    World *w = memory_new_zero(1, sizeof *w);
    world_make(w, 1, BAD);
    FindingList list = found(w);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.groups_tested, GROUPS);
    const Finding *f = &list.findings[0];
    assert_int_equal(f->family, FAMILY_ORIGIN);
    assert_int_equal(f->place, 2);
    assert_int_equal(f->lot_count, BAD);
    for (size_t i = 0; i < BAD; i++)
        assert_true(f->lots[i].lot >= 200 && f->lots[i].lot < 200 + BAD);
    assert_true(f->low_kg <= 1000 * BAD && f->high_kg >= 1000 * BAD);
    assert_int_equal(f->from, 5);
    assert_int_equal(f->to, 6);
    assert_int_equal(f->pattern, PATTERN_ORE);
    assert_true(text_equal(f->ore, TEXT("PIT")));
    assert_int_equal(f->settle_count, 1);
    assert_true(f->settle[0].after >= f->settle[0].before);
    // Named alike at every look.
    assert_string_equal(f->id, found(w).findings[0].id);
    arena_done(&w->arena);
    memory_free(w);
}

static void honest_groups_are_accused_of_nothing(void **state) {
    (void)state;
    World *w = memory_new_zero(1, sizeof *w);
    for (uint64_t seed = 10; seed < 60; seed++) {
        world_make(w, seed, 0);
        if (found(w).count) fail_msg("seed %llu", (unsigned long long)seed);
        arena_done(&w->arena);
    }
    memory_free(w);
}

// A place without a balance is left out; a level that is none is refused.
static void what_cannot_be_placed_is_left_out(void **state) {
    (void)state;
    World *w = memory_new_zero(1, sizeof *w);
    world_make(w, 1, BAD);
    w->balances.count = 2;
    FindingList list = found(w);
    assert_int_equal(list.count, 0);
    assert_int_equal(list.groups_tested, 2);
    Status status;
    assert_false(findings_of_origin(&w->survey, &w->balances, 1, &w->arena, &list, &status));
    arena_done(&w->arena);
    memory_free(w);
}

static void masses_have_four_digits_and_no_exponent(void **state) {
    (void)state;
    char text[FINDING_KG_MAX];
    assert_string_equal(finding_kg_print(21889.3, text), "21890");
    assert_string_equal(finding_kg_print(-1234567, text), "-1235000");
    assert_string_equal(finding_kg_print(999.96, text), "1000");
    assert_string_equal(finding_kg_print(0.12345, text), "0.1235");
    assert_string_equal(finding_kg_print(0, text), "0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ore_under_another_name_is_found),
        cmocka_unit_test(honest_groups_are_accused_of_nothing),
        cmocka_unit_test(masses_have_four_digits_and_no_exponent),
        cmocka_unit_test(what_cannot_be_placed_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
