#include "finding/finding.h"

#include "base/encode.h"
#include "base/intern.h"
#include <math.h>
#include <stdlib.h>

// Below this the normal interval of a size that was found by its size covers too seldom (the
// winner's curse).
static const double CERTAIN_DISTANCE = 4.0;
static const double INTERVAL_SIGMAS = 1.959963984540054;

const char *finding_kind_name(FindingKind kind) {
    return kind == FINDING_MISSING ? "missing" : "surplus";
}

// One component of one facility: its best interval on each side.
typedef struct Suspect {
    size_t place, component;
    FindingKind kind;
    BalanceLoss loss; // its p pays for sides and intervals, not yet for components
} Suspect;

static double log_at_most_one(double log_p) {
    return fmin(0.0, log_p);
}

// Adds both sides of each component that can be tested. `tested` counts the components.
static bool suspects_of(const FindingPlace *place, size_t number, Arena *arena, Suspect *suspects,
                        size_t *count, size_t *tested, Status *status) {
    *tested = 0;
    for (size_t c = 0; c < place->balance->components; c++) {
        BalanceLoss missing, surplus;
        bool any;
        if (!component_scan(place->balance, c, arena, &missing, &surplus, &any, status)) {
            return false;
        }
        if (!any) continue;
        (*tested)++;
        suspects[(*count)++] = (Suspect){number, c, FINDING_MISSING, missing};
        suspects[(*count)++] = (Suspect){number, c, FINDING_SURPLUS, surplus};
    }
    return true;
}

static int suspect_compare(const void *a, const void *b) {
    const Suspect *x = a, *y = b;
    if (x->loss.log_p != y->loss.log_p) return x->loss.log_p < y->loss.log_p ? -1 : 1;
    if (x->component != y->component) return x->component < y->component ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

typedef struct Accused {
    size_t place, first, count, tested; // its suspects, best first
    double log_p;                       // over its components
    double log_adjusted;                // over the facilities
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

// Four digits say all that the errors allow.
static Text say(const FindingPlace *place, const Finding *f, Arena *arena) {
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX], list[256];
    size_t used = 0;
    list[0] = '\0';
    for (size_t c = 0; c < place->balance->components; c++) {
        if (!(f->components >> place->component[c] & 1)) continue;
        size_t room = sizeof list - used;
        if (place->names[c].length + 2 > room) break;
        if (used) list[used++] = ' ';
        memcpy(list + used, place->names[c].at, place->names[c].length);
        used += place->names[c].length;
        list[used] = '\0';
    }
    month_print(f->from, from);
    month_print(f->to, to);
    bool one = f->from == f->to;
    const char *what = f->kind == FINDING_MISSING ? "less went out or is there than came in"
                                                  : "more went out or is there than came in";
    char *text = arena_format(
        arena, "%.*s, %s%s%s: %s, %.4g kg of %s (%.4g to %.4g), %.1f sigma%s%s",
        TEXT_ARG(place->facility), from, one ? "" : " to ", one ? "" : to, what, f->mass_kg, list,
        f->low_kg, f->high_kg, f->distance, f->page_alarm ? ", Page's test alarms too" : "",
        f->size_uncertain ? "; size uncertain" : "");
    return text ? text_of(text) : (Text){"", 0};
}

// One finding from those suspects of a facility and side that Holm believes.
static bool make_finding(const FindingPlace *place, const Accused *accused, const Suspect *suspects,
                         size_t believed, FindingKind kind, Arena *arena, Finding *finding,
                         bool *made, Status *status) {
    const FacilityBalance *balance = place->balance;
    const Suspect *best = NULL;
    Finding f = {.place = accused->place, .facility = place->facility, .kind = kind};
    double sigma = 0.0;
    for (size_t i = 0; i < believed; i++) {
        const Suspect *s = &suspects[accused->first + i];
        if (s->kind != kind) continue;
        if (!best) best = s;
        BalanceLoss loss;
        bool any;
        if (!component_loss(balance, s->component, best->loss.from, best->loss.to, arena, &loss,
                            &any, status)) {
            return false;
        }
        if (!any) continue;
        // A component that shows the other way in these months belongs to another story.
        double size = kind == FINDING_MISSING ? loss.size_kg : -loss.size_kg;
        if (size <= 0.0) continue;
        f.components |= UINT64_C(1) << place->component[s->component];
        f.mass_kg += size;
        sigma += loss.sigma_kg;
    }
    *made = best != NULL;
    if (!best) return true;
    const BalancePeriod *period = balance->component[best->component].period;
    f.strongest = place->component[best->component];
    f.from = (Month)(place->first + period[best->loss.from].from);
    f.to = (Month)(place->first + period[best->loss.to].to);
    f.distance = fabs(best->loss.z);
    f.low_kg = fmax(0.0, f.mass_kg - INTERVAL_SIGMAS * sigma);
    f.high_kg = f.mass_kg + INTERVAL_SIGMAS * sigma;
    f.size_uncertain = f.distance < CERTAIN_DISTANCE;
    const ComponentBalance *component = &balance->component[best->component];
    f.page_alarm =
        (kind == FINDING_MISSING ? component->alarm_missing : component->alarm_surplus) != 0;
    // The facility's own evidence, or this side's if it is the weaker of two.
    double own = log_at_most_one(best->loss.log_p + log((double)accused->tested));
    f.log_p = log_at_most_one(own + accused->log_adjusted - accused->log_p);
    f.p_value = exp(f.log_p);
    name_finding(place, &f, arena);
    f.says = say(place, &f, arena);
    if (f.id[0] == '\0' || f.says.length == 0) return status_no_memory(status);
    *finding = f;
    return true;
}

static int finding_compare(const void *a, const void *b) {
    const Finding *x = a, *y = b;
    if (x->log_p != y->log_p) return x->log_p < y->log_p ? -1 : 1;
    if (x->mass_kg != y->mass_kg) return x->mass_kg > y->mass_kg ? -1 : 1;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

// How many of a facility's suspects, best first, Holm believes at `level`.
static size_t holm(const Suspect *suspects, const Accused *accused, double level) {
    size_t believed = 0;
    while (believed < accused->count) {
        // Two sides of a component are one hypothesis each, but both were paid for already.
        double left = (double)accused->tested - (double)believed;
        if (left < 1.0) left = 1.0;
        if (suspects[accused->first + believed].loss.log_p + log(left) > log(level)) break;
        believed++;
    }
    return believed;
}

bool findings_of_balance(const FindingPlace *places, size_t count, double q, Arena *arena,
                         FindingList *list, Status *status) {
    if (!(q > 0.0 && q < 1.0)) {
        return status_set(status, STATUS_INVALID, "level q \"%g\" is not between 0 and 1", q);
    }
    size_t room = 1;
    for (size_t i = 0; i < count; i++)
        room += 2 * places[i].balance->components;
    Suspect *suspects = arena_take_zero(arena, room, sizeof *suspects);
    Accused *accused = arena_take_zero(arena, count + 1, sizeof *accused);
    Finding *findings = arena_take_zero(arena, 2 * count + 1, sizeof *findings);
    if (!suspects || !accused || !findings) return status_no_memory(status);
    FindingList result = {.findings = findings, .q = q};
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t first = found, tested = 0;
        if (!suspects_of(&places[i], i, arena, suspects, &found, &tested, status)) return false;
        if (tested == 0) continue;
        qsort(suspects + first, found - first, sizeof *suspects, suspect_compare);
        double log_p = log_at_most_one(suspects[first].loss.log_p + log((double)tested));
        accused[result.facilities_tested++] =
            (Accused){i, first, found - first, tested, log_p, 0.0};
    }
    result.facilities_accused = step_up(accused, result.facilities_tested, q);
    double level =
        q * (double)result.facilities_accused / fmax(1.0, (double)result.facilities_tested);
    for (size_t r = 0; r < result.facilities_accused; r++) {
        size_t believed = holm(suspects, &accused[r], level);
        for (int kind = FINDING_MISSING; kind <= FINDING_SURPLUS; kind++) {
            bool made;
            if (!make_finding(&places[accused[r].place], &accused[r], suspects, believed,
                              (FindingKind)kind, arena, &findings[result.count], &made, status)) {
                return false;
            }
            if (made) result.count++;
        }
    }
    qsort(findings, result.count, sizeof *findings, finding_compare);
    *list = result;
    return true;
}

bool findings_of_book(const BookBalances *balances, double q, Arena *arena, FindingList *list,
                      Status *status) {
    FindingPlace *places = arena_take_zero(arena, balances->count + 1, sizeof *places);
    if (!places) return status_no_memory(status);
    for (size_t i = 0; i < balances->count; i++) {
        const BookFacility *facility = &balances->facility[i];
        places[i] = (FindingPlace){facility->id, facility->first, &facility->balance,
                                   facility->component, facility->names};
    }
    return findings_of_balance(places, balances->count, q, arena, list, status);
}
