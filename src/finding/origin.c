// The family "origin": groups of lots that are not what they were said to be.
#include "base/encode.h"
#include "base/intern.h"
#include "detect/joint.h"
#include "finding/finding.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A lot is named when fewer than one honest lot in a thousand looks so; the least mass is that of
// lots that not even one in all of the group would be, the most that of lots that one in twenty is.
static const double NAMED = 1e-3, ODD = 0.05;
// A distance beyond which more sigmas say nothing more.
static const double LEVEL = 0.0005;

typedef struct Accused {
    size_t group;
    double log_e, log_p, log_adjusted;
} Accused;

static double log_mean_exp(const OriginTested *lots, size_t count) {
    double most = -INFINITY, sum = 0.0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, lots[i].log_e);
    for (size_t i = 0; i < count; i++)
        sum += exp(lots[i].log_e - most);
    return most + log(sum / (double)count);
}

static int by_evidence(const void *a, const void *b) {
    const Accused *x = a, *y = b;
    if (x->log_e != y->log_e) return x->log_e > y->log_e ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

// Least likely first.
static int by_oddity(const void *a, const void *b) {
    const FindingLot *x = a, *y = b;
    if (x->log_p != y->log_p) return x->log_p < y->log_p ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static size_t place_of(const BookBalances *balances, uint32_t facility) {
    for (size_t i = 0; i < balances->count; i++)
        if (balances->facility[i].row == facility) return i;
    return SIZE_MAX;
}

static void name_finding(Finding *f, Arena *arena) {
    static const uint8_t key[16] = "ytterby/finding";
    char from[MONTH_TEXT_MAX];
    char *text = arena_format(arena, "origin/lots|%.*s|%.*s|%s", TEXT_ARG(f->facility),
                              TEXT_ARG(f->said), month_print(f->from, from));
    if (!text) return;
    uint64_t hash = siphash(key, text, strlen(text));
    uint8_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
    hex_write(bytes, sizeof bytes, f->id);
}

// What the named lots look like, all together.
static bool look(const OriginSurvey *survey, const OriginGroup *group, Finding *f, Arena *arena,
                 Status *status) {
    OriginDeclared all = {.content = {0}};
    double *none = arena_take_zero(arena, survey->known.count + 1, sizeof *none);
    size_t size = 400, used = 0, summed = 0;
    char *text = arena_take_zero(arena, size, 1);
    if (!none || !text) return status_no_memory(status);
    for (int c = 0; c < ORIGIN_PARTS_MAX; c++)
        all.state[c] = PART_UNKNOWN;
    for (size_t i = 0; i < group->count; i++) {
        const OriginTested *lot = &group->lots[i];
        if (!lot->declared || lot->log_p > log(NAMED)) continue;
        summed++;
        for (int c = 0; c < ORIGIN_PARTS_MAX; c++) {
            if (lot->declared->state[c] != PART_MEASURED) continue;
            all.state[c] = PART_MEASURED;
            all.content[c] += lot->declared->content[c];
            // As if one laboratory were wrong for all of them alike.
            all.sd[c] += lot->declared->content[c] * lot->declared->sd[c];
        }
    }
    // Beside which lots it is, how much they hold is as sure as their assays.
    double kg = 0.0, error = 0.0;
    for (int c = 0; c < ORIGIN_PARTS_MAX; c++) {
        kg += all.content[c];
        error += all.sd[c];
        if (all.content[c] > 0.0) all.sd[c] /= all.content[c];
    }
    if (kg > 0.0) {
        f->low_kg *= fmax(0.0, 1.0 - 2.0 * error / kg);
        f->high_kg *= 1.0 + 2.0 * error / kg;
    }
    OriginClaim claim = {none, 0};
    OriginJudged judged;
    f->pattern = PATTERN_FEED;
    if (!summed || !survey->known.count) return true;
    if (!origin_judge(&all, &claim, survey->known.known, survey->known.count, ORIGIN_PARTS_MAX,
                      arena, &judged, status))
        return false;
    for (size_t k = 0; judged.mixed && judged.mixture_fits && k < survey->known.count; k++) {
        if (!(judged.share[k] >= 0.05)) continue;
        Text id = survey->known.reference[k].id;
        int n = snprintf(text + used, size - used, "%s%.*s %.3g %% (%.3g to %.3g)",
                         used ? ", " : "", TEXT_ARG(id), 100 * judged.share[k], 100 * judged.low[k],
                         100 * judged.high[k]);
        if (n < 0 || (size_t)n >= size - used) break;
        used += (size_t)n;
        if (judged.share[k] >= 0.5 && survey->known.reference[k].deposit) {
            f->pattern = PATTERN_ORE;
            f->ore = id;
        }
    }
    f->looks_like = text_of(text);
    return true;
}

static void list_components(uint32_t mask, const BookFacility *facility, char *list, size_t size) {
    size_t used = 0;
    list[0] = '\0';
    for (size_t i = 0; i < facility->components && used + 8 < size; i++)
        if (mask >> facility->component[i] & 1)
            used += (size_t)snprintf(list + used, size - used, "%s%.*s", used ? " " : "",
                                     TEXT_ARG(facility->names[i]));
}

static Text say(const Finding *f, const OriginGroup *group, const BookFacility *facility,
                Arena *arena) {
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX], list[128];
    month_print(f->from, from);
    month_print(f->to, to);
    char kg[FINDING_KG_MAX], low[FINDING_KG_MAX], high[FINDING_KG_MAX];
    list_components(group->compared, facility, list, sizeof list);
    char *text = arena_format(
        arena,
        "%.*s, %s%s%s: %zu of %zu lots that came in as %s%.*s cannot be that by their proportions "
        "of %s, %s kg of rare earths (%s to %s); %s%.*s",
        TEXT_ARG(f->facility), from, f->from == f->to ? "" : " to ", f->from == f->to ? "" : to,
        f->lot_count, f->lots_tested, group->reference.deposit ? "ore of " : "", TEXT_ARG(f->said),
        list[0] ? list : "rare earths", finding_kg_print(f->mass_kg, kg),
        finding_kg_print(f->low_kg, low), finding_kg_print(f->high_kg, high),
        f->looks_like.length ? "they look like " : "no known source holds this",
        TEXT_ARG(f->looks_like));
    return text ? text_of(text) : (Text){"", 0};
}

static bool make(const OriginSurvey *survey, const BookBalances *balances, const Accused *accused,
                 Arena *arena, Finding *finding, Status *status) {
    const OriginGroup *group = &survey->groups[accused->group];
    size_t place = place_of(balances, group->facility), strongest = SIZE_MAX;
    const BookFacility *facility = &balances->facility[place];
    Finding f = {.family = FAMILY_ORIGIN,
                 .place = place,
                 .facility = facility->id,
                 .kind = FINDING_SURPLUS,
                 .components = group->compared,
                 .said = group->reference.id,
                 .lots_tested = group->count,
                 .log_p = accused->log_adjusted,
                 .p_value = exp(accused->log_adjusted),
                 .log_e = accused->log_e};
    FindingLot *lots = arena_take_zero(arena, group->count + 1, sizeof *lots);
    if (!lots) return status_no_memory(status);
    double sure = log(ODD / (double)group->count), odd = 0.0, all = 0.0;
    for (size_t i = 0; i < group->count; i++) {
        const OriginTested *lot = &group->lots[i];
        all += lot->kg;
        odd += lot->log_p < log(ODD) ? lot->kg : 0.0;
        f.low_kg += lot->log_p < sure ? lot->kg : 0.0;
        if (strongest == SIZE_MAX || lot->log_p < group->lots[strongest].log_p) strongest = i;
        if (lot->log_p > log(NAMED)) continue;
        lots[f.lot_count++] = (FindingLot){lot->lot, lot->seq, lot->kg, lot->log_p};
        f.mass_kg += lot->kg;
        if (f.lot_count == 1 || lot->month < f.from) f.from = lot->month;
        if (f.lot_count == 1 || lot->month > f.to) f.to = lot->month;
        f.found_kg += lot->found_kg;
        f.expected_kg += lot->expected_kg;
    }
    // One honest lot in twenty is odd.
    f.low_kg = fmin(f.low_kg, f.mass_kg);
    f.high_kg = fmax(f.mass_kg, odd - ODD * (all - f.mass_kg));
    qsort(lots, f.lot_count, sizeof *lots, by_oddity);
    f.lots = lots;
    const OriginTested *worst = &group->lots[strongest];
    f.strongest = (uint8_t)worst->strongest;
    f.distance = fabs(worst->z);
    f.size_uncertain = f.distance < 4.0;
    if (worst->assay != TRACE_NONE && worst->found_sd > 0.0) {
        double now = worst->found_sd * worst->found_sd + worst->expected_sd * worst->expected_sd,
               then = worst->found_sd * worst->found_sd / 100.0 +
                      worst->expected_sd * worst->expected_sd,
               gain = now / then - 1.0;
        f.settle[0] = (FindingSettle){.measurement = worst->assay,
                                      .gain = gain,
                                      .before = joint_power(f.distance, LEVEL),
                                      .after = joint_power(f.distance * sqrt(1.0 + gain), LEVEL)};
        f.settle_count = 1;
    }
    if (!look(survey, group, &f, arena, status)) return false;
    name_finding(&f, arena);
    f.says = say(&f, group, facility, arena);
    if (f.id[0] == '\0' || f.says.length == 0) return status_no_memory(status);
    *finding = f;
    return true;
}

bool findings_of_origin(const OriginSurvey *survey, const BookBalances *balances, double q,
                        Arena *arena, FindingList *list, Status *status) {
    if (!(q > 0.0 && q < 1.0))
        return status_set(status, STATUS_INVALID, "level q \"%g\" is not between 0 and 1", q);
    Accused *accused = arena_take_zero(arena, survey->count + 1, sizeof *accused);
    Finding *findings = arena_take_zero(arena, list->count + survey->count + 1, sizeof *findings);
    if (!accused || !findings) return status_no_memory(status);
    FindingList result = *list;
    result.findings = findings;
    result.groups_tested = result.groups_accused = 0;
    for (size_t i = 0; i < list->count; i++)
        findings[i] = list->findings[i];
    for (size_t g = 0; g < survey->count; g++) {
        const OriginGroup *group = &survey->groups[g];
        if (place_of(balances, group->facility) == SIZE_MAX || group->count == 0) continue;
        double least = 0.0;
        for (size_t i = 0; i < group->count; i++)
            least = fmin(least, group->lots[i].log_p);
        accused[result.groups_tested++] =
            (Accused){g, log_mean_exp(group->lots, group->count),
                      fmin(0.0, least + log((double)group->count)), 0.0};
    }
    size_t tested = result.groups_tested;
    qsort(accused, tested, sizeof *accused, by_evidence);
    for (size_t r = 0; r < tested; r++)
        if (accused[r].log_e >= log((double)tested / (q * (double)(r + 1))))
            result.groups_accused = r + 1;
    for (size_t r = 0; r < result.groups_accused; r++) {
        accused[r].log_adjusted =
            fmin(0.0, accused[r].log_p + log((double)tested / (double)result.groups_accused));
        if (!make(survey, balances, &accused[r], arena, &findings[result.count], status))
            return false;
        // A mean of many small oddities names no lot, and so nothing that can be looked at.
        result.count += findings[result.count].lot_count > 0;
    }
    findings_rank(findings, result.count);
    *list = result;
    return true;
}
