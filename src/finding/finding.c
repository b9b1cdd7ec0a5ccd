#include "finding/finding.h"

#include "base/encode.h"
#include "base/intern.h"
#include "finding/measurement.h"
#include "finding/memo.h"
#include "finding/suspicion.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *finding_kind_name(FindingKind kind) {
    return kind == FINDING_MISSING ? "missing" : "surplus";
}

const char *finding_pattern_name(FindingPattern pattern) {
    static const char *const names[] = {"component", "product", "feed", "ore", "ore part"};
    return names[pattern];
}

const char *finding_family_name(FindingFamily family) {
    return family == FAMILY_BALANCE  ? "balance"
           : family == FAMILY_ORIGIN ? "origin"
                                     : "measurement";
}

char *finding_kg_print(double kg, char text[FINDING_KG_MAX]) {
    double size = fabs(kg);
    if (size < 1000.0 || !(size < 1e15)) {
        snprintf(text, FINDING_KG_MAX, "%.4g", kg);
        return text;
    }
    double unit = pow(10.0, floor(log10(size)) - 3.0);
    snprintf(text, FINDING_KG_MAX, "%.0f", round(kg / unit) * unit);
    return text;
}

static double log_at_most_one(double log_p) {
    return fmin(0.0, log_p);
}

typedef struct Accused {
    size_t place; // and its Suspected
    double log_p;
    double log_adjusted; // over the facilities
} Accused;

static int accused_compare(const void *a, const void *b) {
    const Accused *x = a, *y = b;
    if (x->log_p != y->log_p) return x->log_p < y->log_p ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

// Benjamini & Hochberg by logarithms, so that the strongest still rank among each other. The list
// comes back in order of p; returns how many are rejected.
static size_t step_up(Accused *list, size_t count, double q) {
    qsort(list, count, sizeof *list, accused_compare);
    double adjusted = 0.0;
    size_t rejected = 0;
    for (size_t r = count; r-- > 0;) {
        adjusted = fmin(adjusted, list[r].log_p + log((double)count / (double)(r + 1)));
        list[r].log_adjusted = adjusted;
        if (rejected == 0 && adjusted <= log(q)) rejected = r + 1;
    }
    return rejected;
}

// SipHash's key need not be secret here: nobody gains by making two findings share a name.
static void name_finding(const FindingPlace *place, Finding *finding, Arena *arena) {
    static const uint8_t key[16] = "ytterby/finding";
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    char *text = arena_format(arena, "balance/interval|%.*s|%s|%s|%s", TEXT_ARG(place->facility),
                              finding_kind_name(finding->kind), month_print(finding->from, from),
                              month_print(finding->to, to));
    if (!text) return;
    uint64_t hash = siphash(key, text, strlen(text));
    uint8_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
    hex_write(bytes, sizeof bytes, finding->id);
}

// "Pr Nd Tb Dy"
static void list_components(const FindingPlace *place, uint64_t mask, char *list, size_t size) {
    size_t used = 0;
    list[0] = '\0';
    for (size_t c = 0; c < place->balance->components; c++) {
        if (!(mask >> place->component[c] & 1)) continue;
        if (place->names[c].length + 2 > size - used) break;
        if (used) list[used++] = ' ';
        memcpy(list + used, place->names[c].at, place->names[c].length);
        used += place->names[c].length;
        list[used] = '\0';
    }
}

// How many times likelier, in words that need no mathematics.
static const char *times(double log_e, char *text, size_t size) {
    double e = log_e / 2.302585092994046;
    if (e < 6.0)
        snprintf(text, size, "%.0f times", exp(log_e));
    else
        snprintf(text, size, "10^%.0f times", floor(e));
    return text;
}

// Four digits say all that the errors allow.
static Text say(const FindingPlace *place, const Finding *f, Arena *arena) {
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX], list[256], likelier[32];
    list_components(place, f->components, list, sizeof list);
    month_print(f->from, from);
    month_print(f->to, to);
    bool one = f->from == f->to;
    const char *what = f->kind == FINDING_MISSING ? "less went out or is there than came in"
                                                  : "more went out or is there than came in";
    const char *ore = f->pattern == PATTERN_ORE        ? ", in the proportions of the ore of "
                      : f->pattern == PATTERN_ORE_PART ? ", as from the ore of "
                                                       : "";
    char kg[FINDING_KG_MAX], low[FINDING_KG_MAX], high[FINDING_KG_MAX];
    char *text = arena_format(
        arena,
        "%.*s, %s%s%s: %s, %s kg of %s (%s to %s)%s%.*s, %.1f sigma, "
        "%s likelier than by chance%s",
        TEXT_ARG(place->facility), from, one ? "" : " to ", one ? "" : to, what,
        finding_kg_print(f->mass_kg, kg), list, finding_kg_print(f->low_kg, low),
        finding_kg_print(f->high_kg, high), ore, TEXT_ARG(f->ore), f->distance,
        times(f->log_e, likelier, sizeof likelier), f->size_uncertain ? "; size uncertain" : "");
    return text ? text_of(text) : (Text){"", 0};
}

// The component of a pattern that shows it best alone, and whether Page's test struck on its side.
static bool strongest_of(const FindingPlace *place, const Suspicion *s, uint64_t mask, Arena *arena,
                         Finding *f, Status *status) {
    double most = -1.0;
    for (size_t c = 0; c < place->balance->components; c++) {
        if (!(mask >> place->component[c] & 1)) continue;
        BalanceLoss loss;
        bool any;
        if (!component_loss(place->balance, c, s->candidate.from, s->candidate.to, arena, &loss,
                            &any, status))
            return false;
        double z = any ? (f->kind == FINDING_MISSING ? loss.z : -loss.z) : -INFINITY;
        if (z <= most && most >= 0.0) continue;
        most = fmax(z, 0.0);
        f->strongest = place->component[c];
        const ComponentBalance *balance = &place->balance->component[c];
        f->page_alarm =
            (f->kind == FINDING_MISSING ? balance->alarm_missing : balance->alarm_surplus) != 0;
    }
    return true;
}

// What there should have been of the components over the months, and what there was.
static void expect(const FindingPlace *place, const Suspicion *s, uint64_t mask, Finding *f) {
    for (size_t c = 0; c < place->balance->components; c++) {
        const ComponentBalance *balance = &place->balance->component[c];
        if (!(mask >> place->component[c] & 1) || !balance->present) continue;
        f->expected_kg += balance->period[s->candidate.from].opening;
        f->found_kg += balance->period[s->candidate.to].closing;
        for (size_t p = s->candidate.from; p <= s->candidate.to; p++)
            for (int flow = 0; flow < BALANCE_FLOWS; flow++) {
                double kg = balance->period[p].flow[flow];
                if (balance_flow_sign((BalanceFlow)flow) > 0)
                    f->expected_kg += kg;
                else
                    f->found_kg += kg;
            }
    }
}

static bool make_finding(const FindingPlace *place, const Accused *accused,
                         const Suspected *suspected, const Suspicion *s, Arena *arena,
                         Finding *finding, Status *status) {
    const PlacePattern *about = &suspected->about[s->candidate.pattern];
    const BalancePeriod *period = place->balance->component[0].period;
    Finding f = {.place = accused->place,
                 .facility = place->facility,
                 .kind = s->candidate.side == JOINT_MISSING ? FINDING_MISSING : FINDING_SURPLUS,
                 .components = about->mask,
                 .pattern = about->kind,
                 .ore = about->ore,
                 .from = (Month)(place->first + period[s->candidate.from].from),
                 .to = (Month)(place->first + period[s->candidate.to].to),
                 .distance = s->candidate.z,
                 .log_e = s->log_e,
                 .mass_kg = s->size.mean,
                 .low_kg = s->size.low,
                 .high_kg = s->size.high,
                 .size_uncertain = s->size.uncertain};
    // A suspicion's own evidence, paid for by the choice among facilities.
    f.log_p = log_at_most_one(s->log_p + accused->log_adjusted - accused->log_p);
    f.p_value = exp(f.log_p);
    expect(place, s, about->mask, &f);
    if (!place_gain(place, suspected, s, arena, &f.network_gain, status)) return false;
    if (!strongest_of(place, s, about->mask, arena, &f, status) ||
        !place_settle(suspected, s, arena, &f, status))
        return false;
    name_finding(place, &f, arena);
    f.says = say(place, &f, arena);
    if (f.id[0] == '\0' || f.says.length == 0) return status_no_memory(status);
    *finding = f;
    return true;
}

// What goes on at an uneven rate leaves a remainder behind when its mean is explained: the same
// months and components once more, on either side, and little beside the whole. It is no story of
// its own.
static bool is_part_of_another(const Finding *f, const Finding *others, size_t count) {
    static const double LITTLE = 0.1;
    for (size_t i = 0; i < count; i++) {
        const Finding *o = &others[i];
        bool overlaps = f->from <= o->to && f->to >= o->from;
        if (overlaps && (f->components & o->components) && f->mass_kg < LITTLE * o->mass_kg)
            return true;
    }
    return false;
}

static int finding_compare(const void *a, const void *b) {
    const Finding *x = a, *y = b;
    if (x->log_p != y->log_p) return x->log_p < y->log_p ? -1 : 1;
    if (x->mass_kg != y->mass_kg) return x->mass_kg > y->mass_kg ? -1 : 1;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    if (x->family != y->family) return x->family < y->family ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

void findings_rank(Finding *findings, size_t count) {
    qsort(findings, count, sizeof *findings, finding_compare);
}

// Judges every place, or remembers what it came to. What is remembered and could be accused is
// judged again: its suspicions need all of it.
static bool suspect_all(FindingMemo *memo, const FindingPlace *places, size_t count,
                        const FindingOre *ores, size_t ore_count, double q, Arena *arena,
                        Suspected *suspected, Accused *accused, size_t *tested, Status *status) {
    uint64_t of_ores = memo ? finding_ores_digest(ores, ore_count) : 0;
    FindingKnown *known = arena_take_zero(arena, count + 1, sizeof *known);
    if (!known) return status_no_memory(status);
    size_t judged = 0;
    *tested = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t digest = memo ? finding_digest(&places[i], of_ores) : 0;
        const FindingKnown *met = memo ? finding_memo_find(memo, digest) : NULL;
        if (met && (!met->tested || met->log_p > log(q))) {
            known[i] = *met;
        } else {
            if (!place_suspect(&places[i], ores, ore_count, arena, &suspected[i], status))
                return status_where(status, "facility \"%.*s\"", TEXT_ARG(places[i].facility));
            known[i] = (FindingKnown){digest, suspected[i].scan.log_p, suspected[i].tested};
            judged++;
        }
        if (known[i].tested) accused[(*tested)++] = (Accused){i, known[i].log_p, 0.0};
    }
    if (memo) {
        finding_memo_keep(memo, known, count);
        finding_memo_count(memo, judged, count - judged);
    }
    return true;
}

// Places that were remembered are judged after all: a laboratory shows in all that it worked for.
static bool suspect_rest(const FindingPlace *places, size_t count, const FindingOre *ores,
                         size_t ore_count, Arena *arena, Suspected *suspected, Status *status) {
    for (size_t i = 0; i < count; i++)
        if (suspected[i].joint.cells == 0 &&
            !place_suspect(&places[i], ores, ore_count, arena, &suspected[i], status))
            return status_where(status, "facility \"%.*s\"", TEXT_ARG(places[i].facility));
    return true;
}

static bool findings_of_places(FindingMemo *memo, const FindingPlace *places, size_t count,
                               const FindingOre *ores, size_t ore_count, const BookOwners *owners,
                               double q, Arena *arena, FindingList *list, Status *status) {
    if (!(q > 0.0 && q < 1.0)) {
        return status_set(status, STATUS_INVALID, "level q \"%g\" is not between 0 and 1", q);
    }
    Suspected *suspected = arena_take_zero(arena, count + 1, sizeof *suspected);
    Accused *accused = arena_take_zero(arena, count + 1, sizeof *accused);
    Finding *findings =
        arena_take_zero(arena, SUSPICIONS_MAX * count + MEASUREMENTS_MAX + 1, sizeof *findings);
    if (!suspected || !accused || !findings) return status_no_memory(status);
    FindingList result = {.findings = findings, .q = q};
    if (!suspect_all(memo, places, count, ores, ore_count, q, arena, suspected, accused,
                     &result.facilities_tested, status))
        return false;
    result.facilities_accused = step_up(accused, result.facilities_tested, q);
    if (owners && result.facilities_accused >= 2 &&
        (!suspect_rest(places, count, ores, ore_count, arena, suspected, status) ||
         !findings_of_measurement(owners, places, suspected, count, arena, findings, &result.count,
                                  status)))
        return false;
    if (result.count) {
        result.facilities_tested = 0;
        for (size_t i = 0; i < count; i++)
            if (suspected[i].tested)
                accused[result.facilities_tested++] = (Accused){i, suspected[i].scan.log_p, 0.0};
        result.facilities_accused = step_up(accused, result.facilities_tested, q);
    }
    double level =
        log(q * (double)result.facilities_accused / fmax(1.0, (double)result.facilities_tested));
    for (size_t r = 0; r < result.facilities_accused; r++) {
        Suspicion suspicions[SUSPICIONS_MAX];
        size_t found, place = accused[r].place;
        if (!place_suspicions(&suspected[place], level, arena, suspicions, &found, status))
            return false;
        size_t first = result.count;
        for (size_t s = 0; s < found; s++) {
            Finding *f = &findings[result.count];
            if (!make_finding(&places[place], &accused[r], &suspected[place], &suspicions[s], arena,
                              f, status))
                return false;
            result.count += !is_part_of_another(f, findings + first, result.count - first);
        }
    }
    findings_rank(findings, result.count);
    *list = result;
    return true;
}

bool findings_of_balance(const FindingPlace *places, size_t count, const FindingOre *ores,
                         size_t ore_count, double q, Arena *arena, FindingList *list,
                         Status *status) {
    return findings_of_places(NULL, places, count, ores, ore_count, NULL, q, arena, list, status);
}

bool findings_of_balance_again(FindingMemo *memo, const FindingPlace *places, size_t count,
                               const FindingOre *ores, size_t ore_count, double q, Arena *arena,
                               FindingList *list, Status *status) {
    return findings_of_places(memo, places, count, ores, ore_count, NULL, q, arena, list, status);
}

bool findings_of_book(const BookBalances *balances, double q, Arena *arena, FindingList *list,
                      Status *status) {
    return findings_of_book_again(NULL, balances, q, arena, list, status);
}

bool findings_of_book_again(FindingMemo *memo, const BookBalances *balances, double q, Arena *arena,
                            FindingList *list, Status *status) {
    FindingPlace *places = arena_take_zero(arena, balances->count + 1, sizeof *places);
    FindingOre *ores = arena_take_zero(arena, balances->ore_count + 1, sizeof *ores);
    if (!places || !ores) return status_no_memory(status);
    for (size_t i = 0; i < balances->count; i++) {
        const BookFacility *facility = &balances->facility[i];
        places[i] = (FindingPlace){facility->id,         facility->first,     &facility->input,
                                   &facility->balance,   facility->component, facility->names,
                                   &balances->crossings, (uint32_t)i};
    }
    for (size_t i = 0; i < balances->ore_count; i++)
        ores[i] = (FindingOre){balances->ore[i].id, balances->ore[i].share};
    return findings_of_places(memo, places, balances->count, ores, balances->ore_count,
                              &balances->owners, q, arena, list, status);
}
