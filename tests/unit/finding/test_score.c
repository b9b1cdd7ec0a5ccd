// What counts as found, and what as a false alarm.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "finding/score.h"

enum { JULY = 2026 * 12 + 6 };
#define BIT(symbol) COMPONENT_BIT(COMPONENT_##symbol)

static ScoreCheat cheat_of(ScoreKind kind) {
    ScoreCheat cheat = {.kind = kind, .facility = TEXT("WORKS"), .from = JULY, .to = JULY + 3};
    cheat.kg[COMPONENT_Pr] = 20;
    cheat.kg[COMPONENT_Nd] = 60;
    cheat.kg[COMPONENT_Dy] = 20;
    cheat.kg[COMPONENT_Fe] = 900; // no rare earth
    return cheat;
}

static ScoreClaim claim_of(ScoreFamily family, bool missing) {
    return (ScoreClaim){.id = TEXT("x"),
                        .facility = TEXT("WORKS"),
                        .other = TEXT(""),
                        .kind = TEXT(""),
                        .ore = TEXT(""),
                        .family = family,
                        .missing = missing,
                        .components = BIT(Pr) | BIT(Nd),
                        .from = JULY + 1,
                        .to = JULY + 2,
                        .kg = 79,
                        .low_kg = 70,
                        .high_kg = 90};
}

static ScoreVerdict verdict(const ScoreCheat *cheat, const ScoreClaim *claim) {
    Arena arena;
    Score score;
    Status status;
    status_clear(&status);
    arena_init(&arena, (size_t)1 << 20);
    assert_true(score_claims(cheat, 1, claim, 1, &arena, &score, &status));
    ScoreVerdict said = score.claims[0].verdict;
    assert_int_equal(score.found, said == SCORE_TRUE);
    assert_int_equal(score.count[said], 1);
    assert_int_equal(score.cheats[0].found, said == SCORE_TRUE);
    assert_true((score.claims[0].cheat == 0) == (said != SCORE_FALSE));
    arena_done(&arena);
    return said;
}

static void side_place_months_and_elements_must_be_right(void **state) {
    (void)state;
    ScoreCheat cheat = cheat_of(SCORE_DIVERSION);
    ScoreClaim claim = claim_of(SCORE_BALANCE, true);
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    claim.missing = false;
    assert_int_equal(verdict(&cheat, &claim), SCORE_NEAR);
    cheat.kind = SCORE_UNLICENSED_ORE;
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    claim.facility = TEXT("WORK");
    assert_int_equal(verdict(&cheat, &claim), SCORE_FALSE);
    claim.facility = TEXT("WORKS-2");
    assert_int_equal(verdict(&cheat, &claim), SCORE_FALSE);
    claim.facility = cheat.facility;
    // The last and the first month in common are enough, the one beyond is not.
    claim.from = claim.to = cheat.to;
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    claim.from = claim.to = cheat.to + 1;
    assert_int_equal(verdict(&cheat, &claim), SCORE_FALSE);
    claim.from = claim.to = cheat.from;
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    claim.from = claim.to = cheat.from - 1;
    assert_int_equal(verdict(&cheat, &claim), SCORE_FALSE);
    // Half of the elements that are named must have gone, however little they carry.
    claim.from = claim.to = cheat.from;
    claim.components = BIT(Dy) | BIT(Tb);
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    claim.components = BIT(Dy) | BIT(Tb) | BIT(Gd);
    assert_int_equal(verdict(&cheat, &claim), SCORE_NEAR);
    claim.components = BIT(Tb);
    assert_int_equal(verdict(&cheat, &claim), SCORE_NEAR);
    claim.components = 0;
    assert_int_equal(verdict(&cheat, &claim), SCORE_NEAR);
}

// Tables that tell no elements: REO beside REO, 20 kg Pr, 60 Nd and 20 Dy being 117.1 kg of it
// (Pr6O11 1.2082, Nd2O3 1.1664, Dy2O3 1.1477).
static void oxides_are_compared_with_oxides(void **state) {
    (void)state;
    ScoreCheat cheat = cheat_of(SCORE_DIVERSION);
    ScoreClaim claim = claim_of(SCORE_BALANCE, true);
    claim.reo = true;
    claim.components = COMPONENT_BIT(RARE_EARTH_COUNT) - 1;
    claim.low_kg = 115;
    claim.high_kg = 118;
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    Arena arena;
    Score score;
    Status status;
    status_clear(&status);
    arena_init(&arena, (size_t)1 << 20);
    assert_true(score_claims(&cheat, 1, &claim, 1, &arena, &score, &status));
    assert_true(fabs(score.cheats[0].true_kg - 117.103) < 0.01 && score.cheats[0].covered);
    assert_int_equal(score.cheats[0].beyond, 0);
    arena_done(&arena);
    memset(cheat.kg, 0, sizeof cheat.kg);
    cheat.kg[COMPONENT_Fe] = 900;
    assert_int_equal(verdict(&cheat, &claim), SCORE_NEAR);
}

static void each_kind_has_its_families(void **state) {
    (void)state;
    // By kind: balance missing, balance surplus, origin, measurement, pair, trade, quota, stock.
    static const struct {
        ScoreFamily family;
        bool missing;
    } FAMILIES[] = {{SCORE_BALANCE, true},      {SCORE_BALANCE, false}, {SCORE_ORIGIN, false},
                    {SCORE_MEASUREMENT, false}, {SCORE_PAIR, false},    {SCORE_TRADE, false},
                    {SCORE_QUOTA, false},       {SCORE_STOCK, false}};
    static const char *const EXPECTED[SCORE_KINDS] = {
        [SCORE_UNLICENSED_ORE] = "ntnnnn-n",     [SCORE_OVER_PLAN] = "tnnnnn-n",
        [SCORE_FAKE_RECYCLING] = "nttnnn-n",     [SCORE_DIVERSION] = "tnnnnn-n",
        [SCORE_MISDECLARED_EXPORT] = "nnnnnt-n", [SCORE_BIASED_SCALE] = "ttnttn-n",
        [SCORE_BIASED_LABORATORY] = "nnntnn-n"};
    for (int k = 0; k < SCORE_KINDS; k++)
        for (size_t f = 0; f < 8; f++) {
            ScoreCheat cheat = cheat_of((ScoreKind)k);
            ScoreClaim claim = claim_of(FAMILIES[f].family, FAMILIES[f].missing);
            ScoreVerdict expected = EXPECTED[k][f] == 't'   ? SCORE_TRUE
                                    : EXPECTED[k][f] == 'n' ? SCORE_NEAR
                                                            : SCORE_FALSE;
            assert_int_equal(verdict(&cheat, &claim), expected);
        }
}

static void a_wrong_scale_or_laboratory_knocks_on(void **state) {
    (void)state;
    ScoreCheat cheat = cheat_of(SCORE_BIASED_LABORATORY);
    cheat.facility = TEXT("LAB-A-SITE");
    ScoreClaim claim = claim_of(SCORE_BALANCE, true);
    assert_int_equal(verdict(&cheat, &claim), SCORE_KNOCK_ON);
    claim.family = SCORE_ORIGIN;
    assert_int_equal(verdict(&cheat, &claim), SCORE_FALSE);
    claim.family = SCORE_PAIR;
    assert_int_equal(verdict(&cheat, &claim), SCORE_KNOCK_ON);
    claim.to = claim.from = cheat.to + 1;
    assert_int_equal(verdict(&cheat, &claim), SCORE_FALSE);
    claim.to = claim.from = cheat.to;
    // The laboratory may be named, or where it is.
    claim.family = SCORE_MEASUREMENT;
    claim.facility = TEXT("LAB-A");
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    claim.facility = TEXT("LAB-A-SITE");
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    claim.facility = TEXT("LAB-B");
    assert_int_equal(verdict(&cheat, &claim), SCORE_FALSE);
    claim.facility = TEXT("LAB");
    assert_int_equal(verdict(&cheat, &claim), SCORE_FALSE);
    // Of a pair either side may be the one whose scale it is.
    cheat = cheat_of(SCORE_BIASED_SCALE);
    claim.family = SCORE_PAIR;
    claim.facility = TEXT("NORTH");
    claim.other = TEXT("WORKS");
    assert_int_equal(verdict(&cheat, &claim), SCORE_TRUE);
    claim.other = TEXT("SOUTH");
    assert_int_equal(verdict(&cheat, &claim), SCORE_KNOCK_ON);
}

static void the_estimate_stands_beside_the_truth(void **state) {
    (void)state;
    Arena arena;
    Score score;
    Status status;
    status_clear(&status);
    arena_init(&arena, (size_t)1 << 20);
    ScoreCheat cheats[3] = {cheat_of(SCORE_UNLICENSED_ORE), cheat_of(SCORE_MISDECLARED_EXPORT),
                            cheat_of(SCORE_DIVERSION)};
    cheats[0].deposit = TEXT("PIT");
    cheats[1].facility = TEXT("PORT");
    cheats[1].net_kg = 1200;
    cheats[2].facility = TEXT("ELSEWHERE");
    ScoreClaim claims[4] = {claim_of(SCORE_BALANCE, false), claim_of(SCORE_BALANCE, false),
                            claim_of(SCORE_TRADE, false), claim_of(SCORE_BALANCE, true)};
    claims[1].id = TEXT("y");
    claims[2].id = TEXT("z");
    claims[3].id = TEXT("w");
    claims[0].ore = TEXT("PIT");
    claims[0].components |= BIT(La);
    claims[0].to = cheats[0].to + 2;
    claims[1].to = claims[1].from;
    claims[2].facility = TEXT("exports to KR");
    claims[2].components = 0;
    claims[2].low_kg = 1201;
    claims[2].high_kg = 1300;
    claims[3].facility = TEXT("HONEST");
    assert_true(score_claims(cheats, 3, claims, 4, &arena, &score, &status));
    assert_int_equal(score.found, 2);
    assert_int_equal(score.count[SCORE_TRUE], 3);
    assert_int_equal(score.count[SCORE_FALSE], 1);
    // The first in the list is the one that is weighed, the soonest the one that dates it.
    const ScoredCheat *ore = &score.cheats[0];
    assert_int_equal(ore->claim, 0);
    assert_int_equal(ore->claims, 2);
    assert_int_equal(ore->months, 2);
    assert_int_equal(ore->beyond, 1);
    assert_int_equal(ore->ore, 1);
    assert_true(fabs(ore->share - 0.8) < 1e-12);
    assert_true(ore->weighed && ore->covered && ore->true_kg == 80);
    assert_true(score.cheats[1].weighed && !score.cheats[1].covered);
    assert_true(score.cheats[1].true_kg == 1200);
    assert_int_equal(score.cheats[1].ore, -1);
    assert_false(score.cheats[2].found);
    assert_int_equal(score.cheats[2].claim, SIZE_MAX);
    claims[0].ore = TEXT("ANOTHER");
    assert_true(score_claims(cheats, 3, claims, 4, &arena, &score, &status));
    assert_int_equal(score.cheats[0].ore, 0);
    // Nothing to find and nothing said.
    assert_true(score_claims(cheats, 0, claims, 0, &arena, &score, &status));
    assert_int_equal(score.found + score.count[SCORE_FALSE], 0);
    arena_done(&arena);
}

static void a_copy_is_told_and_counts_once(void **state) {
    (void)state;
    Arena arena;
    Score score;
    Status status;
    status_clear(&status);
    arena_init(&arena, (size_t)1 << 20);
    ScoreCheat cheat = cheat_of(SCORE_DIVERSION);
    ScoreClaim claims[7];
    for (size_t k = 0; k < 7; k++)
        claims[k] = claim_of(SCORE_BALANCE, true);
    claims[1].components |= BIT(La); // the same id is the same finding
    claims[2].id = TEXT("y");        // the same content is, whatever its mass
    claims[2].kg = 1;
    claims[3].id = TEXT("z"); // other months, another kind and another partner are not
    claims[3].to++;
    claims[4].id = TEXT("");
    claims[4].kind = TEXT("border");
    claims[5].id = TEXT("");
    claims[5].other = TEXT("PARTNER");
    claims[6].id = TEXT("z"); // the first of all that say it: by content no. 0, by id no. 3
    assert_true(score_claims(&cheat, 1, claims, 7, &arena, &score, &status));
    static const size_t COPY_OF[] = {SIZE_MAX, 0, 0, SIZE_MAX, SIZE_MAX, SIZE_MAX, 0};
    for (size_t k = 0; k < 7; k++)
        assert_int_equal(score.claims[k].copy_of, COPY_OF[k]);
    assert_int_equal(score.copies, 3);
    assert_int_equal(score.count[SCORE_TRUE], 4);
    assert_int_equal(score.count[SCORE_FALSE], 0);
    assert_int_equal(score.cheats[0].claims, 4);
    arena_done(&arena);
}

static void names_are_those_of_the_simulator(void **state) {
    (void)state;
    for (int k = 0; k < SCORE_KINDS; k++) {
        ScoreKind found;
        assert_true(score_kind_find(text_of(score_kind_name((ScoreKind)k)), &found));
        assert_int_equal(found, k);
    }
    ScoreKind kept = SCORE_DIVERSION;
    assert_false(score_kind_find(TEXT("theft"), &kept));
    assert_int_equal(kept, SCORE_DIVERSION);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_place_months_and_elements_must_be_right),
        cmocka_unit_test(oxides_are_compared_with_oxides),
        cmocka_unit_test(each_kind_has_its_families),
        cmocka_unit_test(a_wrong_scale_or_laboratory_knocks_on),
        cmocka_unit_test(the_estimate_stands_beside_the_truth),
        cmocka_unit_test(a_copy_is_told_and_counts_once),
        cmocka_unit_test(names_are_those_of_the_simulator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
