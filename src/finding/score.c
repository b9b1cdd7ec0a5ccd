#include "finding/score.h"

#include "quantity/factor.h"

#include <math.h>
#include <stdlib.h>

static const char *const kinds[SCORE_KINDS] = {
    "unlicensed-ore",     "over-plan",    "fake-recycling",   "diversion",
    "misdeclared-export", "biased-scale", "biased-laboratory"};

const char *score_kind_name(ScoreKind kind) {
    return kinds[kind];
}

bool score_kind_find(Text name, ScoreKind *kind) {
    for (int k = 0; k < SCORE_KINDS; k++)
        if (text_equal(name, text_of(kinds[k]))) {
            *kind = (ScoreKind)k;
            return true;
        }
    return false;
}

const char *score_verdict_name(ScoreVerdict verdict) {
    static const char *const names[] = {"false", "knock-on", "near", "true"};
    return names[verdict];
}

static bool is_bias(ScoreKind kind) {
    return kind == SCORE_BIASED_SCALE || kind == SCORE_BIASED_LABORATORY;
}

static double rare_earths(const ScoreCheat *cheat, uint64_t components) {
    double sum = 0.0;
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        if (components >> c & 1) sum += cheat->kg[c];
    return sum;
}

static double share_of(const ScoreCheat *cheat, uint64_t components) {
    double all = rare_earths(cheat, COMPONENT_MASK);
    return all > 0.0 ? rare_earths(cheat, components) / all : 0.0;
}

// At least half of the elements that it names did go.
static bool names_right(const ScoreCheat *cheat, const ScoreClaim *claim) {
    uint64_t components = claim->components;
    if (claim->reo) return rare_earths(cheat, COMPONENT_MASK) > 0.0;
    size_t went = 0, named = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        bool is_named = components >> c & 1;
        named += is_named;
        went += is_named && cheat->kg[c] > 0.0;
    }
    return went > 0 && 2 * went >= named;
}

// A laboratory's site is what the truth names; a finding may name the laboratory itself.
static bool is_at(const ScoreCheat *cheat, Text place) {
    Text site = cheat->facility;
    if (text_is_empty(place)) return false;
    if (text_equal(site, place)) return true;
    static const char suffix[] = "-SITE";
    return cheat->kind == SCORE_BIASED_LABORATORY &&
           site.length == place.length + sizeof suffix - 1 && text_begins(site, place) &&
           text_equal((Text){site.at + place.length, sizeof suffix - 1}, text_of(suffix));
}

static bool says_right(const ScoreCheat *cheat, const ScoreClaim *claim) {
    bool right = names_right(cheat, claim);
    switch (cheat->kind) {
    case SCORE_OVER_PLAN:
    case SCORE_DIVERSION:
        return claim->family == SCORE_BALANCE && claim->missing && right;
    case SCORE_UNLICENSED_ORE:
        return claim->family == SCORE_BALANCE && !claim->missing && right;
    case SCORE_FAKE_RECYCLING:
        return claim->family == SCORE_ORIGIN ||
               (claim->family == SCORE_BALANCE && !claim->missing && right);
    case SCORE_MISDECLARED_EXPORT:
        return claim->family == SCORE_TRADE;
    case SCORE_BIASED_SCALE:
        return claim->family == SCORE_MEASUREMENT || claim->family == SCORE_PAIR ||
               claim->family == SCORE_BALANCE;
    case SCORE_BIASED_LABORATORY:
        return claim->family == SCORE_MEASUREMENT;
    case SCORE_KINDS:
        break;
    }
    return false;
}

static ScoreVerdict verdict_of(const ScoreCheat *cheat, const ScoreClaim *claim) {
    if (claim->from > cheat->to || claim->to < cheat->from) return SCORE_FALSE;
    bool here = is_at(cheat, claim->facility) ||
                (claim->family == SCORE_PAIR && is_at(cheat, claim->other)) ||
                (claim->family == SCORE_TRADE && cheat->kind == SCORE_MISDECLARED_EXPORT);
    if (here && says_right(cheat, claim)) return SCORE_TRUE;
    // A quota, or the trade of others, at this place is about something else.
    if (here && claim->family != SCORE_QUOTA) return SCORE_NEAR;
    bool figures = claim->family == SCORE_BALANCE || claim->family == SCORE_PAIR;
    return is_bias(cheat->kind) && figures ? SCORE_KNOCK_ON : SCORE_FALSE;
}

// What the first claim that found a cheat says, beside the truth.
static void compare(const ScoreCheat *cheat, const ScoreClaim *claim, ScoredCheat *scored) {
    scored->share = share_of(cheat, claim->components);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        bool named = claim->components >> c & 1;
        double oxide = claim->reo && c < RARE_EARTH_COUNT
                           ? (double)factors_default.micro[c] / FACTOR_ONE
                           : 1.0;
        if (named) scored->true_kg += oxide * cheat->kg[c];
        scored->beyond += named && !claim->reo && !(cheat->kg[c] > 0.0);
    }
    if (claim->family == SCORE_TRADE) scored->true_kg = cheat->net_kg;
    scored->weighed = !is_bias(cheat->kind) && scored->true_kg > 0.0;
    scored->covered =
        scored->weighed && claim->low_kg <= scored->true_kg && scored->true_kg <= claim->high_kg;
    scored->ore = text_is_empty(cheat->deposit) || text_is_empty(claim->ore) ? -1
                  : text_equal(cheat->deposit, claim->ore)                   ? 1
                                                                             : 0;
}

// ---- copies ----

static int by_id(const void *a, const void *b) {
    const ScoreClaim *x = *(const ScoreClaim *const *)a, *y = *(const ScoreClaim *const *)b;
    return text_compare(x->id, y->id);
}

static int by_content(const void *a, const void *b) {
    const ScoreClaim *x = *(const ScoreClaim *const *)a, *y = *(const ScoreClaim *const *)b;
    int order = text_compare(x->facility, y->facility);
    if (!order) order = text_compare(x->other, y->other);
    if (!order) order = text_compare(x->kind, y->kind);
    if (!order) order = (x->family > y->family) - (x->family < y->family);
    if (!order) order = x->missing - y->missing;
    if (!order) order = (x->from > y->from) - (x->from < y->from);
    if (!order) order = (x->to > y->to) - (x->to < y->to);
    return order ? order : (x->components > y->components) - (x->components < y->components);
}

// Claims that are the same by an order: each names the first of them in the list.
static void find_copies(const ScoreClaim *claims, const ScoreClaim **sorted, size_t count,
                        int (*order)(const void *, const void *), ScoredClaim *scored) {
    for (size_t k = 0; k < count; k++)
        sorted[k] = &claims[k];
    if (count) qsort(sorted, count, sizeof *sorted, order);
    for (size_t k = 0, end; k < count; k = end) {
        const ScoreClaim *first = sorted[k];
        for (end = k + 1; end < count && order(&sorted[k], &sorted[end]) == 0; end++)
            if (sorted[end] < first) first = sorted[end];
        if (order == by_id && text_is_empty(first->id)) continue;
        for (size_t i = k; i < end; i++) {
            size_t *copy_of = &scored[sorted[i] - claims].copy_of, at = (size_t)(first - claims);
            if (sorted[i] != first && at < *copy_of) *copy_of = at;
        }
    }
}

bool score_claims(const ScoreCheat *cheats, size_t cheat_count, const ScoreClaim *claims,
                  size_t claim_count, Arena *arena, Score *score, Status *status) {
    *score = (Score){.cheats = arena_take_zero(arena, cheat_count + 1, sizeof(ScoredCheat)),
                     .claims = arena_take_zero(arena, claim_count + 1, sizeof(ScoredClaim)),
                     .cheat_count = cheat_count,
                     .claim_count = claim_count};
    const ScoreClaim **sorted = arena_take_zero(arena, claim_count + 1, sizeof *sorted);
    if (!score->cheats || !score->claims || !sorted) return status_no_memory(status);
    for (size_t i = 0; i < cheat_count; i++)
        score->cheats[i] = (ScoredCheat){.claim = SIZE_MAX, .ore = -1};
    for (size_t k = 0; k < claim_count; k++)
        score->claims[k] = (ScoredClaim){SCORE_FALSE, SIZE_MAX, SIZE_MAX};
    find_copies(claims, sorted, claim_count, by_id, score->claims);
    find_copies(claims, sorted, claim_count, by_content, score->claims);
    for (size_t k = 0; k < claim_count; k++) {
        ScoredClaim *scored = &score->claims[k];
        if (scored->copy_of != SIZE_MAX) {
            score->copies++;
            continue;
        }
        for (size_t i = 0; i < cheat_count; i++) {
            ScoreVerdict verdict = verdict_of(&cheats[i], &claims[k]);
            if (verdict > scored->verdict) *scored = (ScoredClaim){verdict, i, SIZE_MAX};
            // One finding may be right about two cheats at one place.
            if (verdict != SCORE_TRUE) continue;
            ScoredCheat *cheat = &score->cheats[i];
            int months = (int)(claims[k].to - cheats[i].from) + 1; // at least 1: they overlap
            if (!cheat->claims || months < cheat->months) cheat->months = months;
            if (!cheat->claims++) {
                cheat->found = true;
                cheat->claim = k;
                score->found++;
                compare(&cheats[i], &claims[k], cheat);
            }
        }
        score->count[scored->verdict]++;
    }
    return true;
}
