#include "finding/measurement.h"

#include "base/encode.h"
#include "base/intern.h"
#include "detect/shared.h"
#include "numeric/distribution.h"
#include <math.h>
#include <string.h>

static const double LEVEL = 0.01; // of `rest`
static const double LEAST = 1.0;  // stated standard deviations

typedef struct Asked {
    const BookOwners *owners;
    SharedQuestion question;
    SharedPlace *place;
    size_t *number; // of each, among the facilities
    Month first;    // of the common months
} Asked;

static uint32_t owner_of(void *context, uint64_t group) {
    const Asked *asked = context;
    uint64_t number = group / SUSPICION_KEYS;
    return number < asked->owners->group_count ? asked->owners->of_group[number] : OWNER_NONE;
}

static bool ask(const BookOwners *owners, const FindingPlace *places, const Suspected *suspected,
                size_t count, Arena *arena, Asked *asked, Status *status) {
    *asked = (Asked){.owners = owners, .first = UINT32_MAX};
    asked->place = arena_take_zero(arena, count + 1, sizeof *asked->place);
    asked->number = arena_take_zero(arena, count + 1, sizeof *asked->number);
    if (!asked->place || !asked->number) return status_no_memory(status);
    Month last = 0;
    for (size_t i = 0; i < count; i++)
        if (suspected[i].tested && places[i].first < asked->first) asked->first = places[i].first;
    SharedQuestion *q = &asked->question;
    for (size_t i = 0; i < count; i++) {
        if (!suspected[i].tested) continue;
        const BalancePeriod *period = places[i].balance->component[0].period;
        size_t periods = suspected[i].joint.periods;
        uint32_t *month = arena_take_zero(arena, periods + 1, sizeof *month);
        if (!month) return status_no_memory(status);
        for (size_t t = 0; t < periods; t++) {
            Month at = places[i].first + (Month)period[t].to;
            month[t] = at - asked->first;
            if (at > last) last = at;
        }
        asked->number[q->count] = i;
        asked->place[q->count++] = (SharedPlace){&suspected[i].joint, month};
    }
    q->place = asked->place;
    q->owners = owners->count;
    q->months = q->count ? last - asked->first + 1 : 0;
    q->owner_of = owner_of;
    q->context = asked;
    return true;
}

static double log_p_of_rest(const Asked *asked, const SharedBias *bias, size_t owners) {
    double months = (double)asked->question.months;
    return fmin(0.0, normal_upper_log(bias->rest) + log(months * (months + 1.0) * (double)owners));
}

// All components that the owner's errors touch, and kg by which balances are off.
static uint64_t touched(const Asked *asked, const FindingPlace *places, const SharedBias *bias,
                        double *kg) {
    uint64_t mask = 0;
    *kg = 0.0;
    for (size_t f = 0; f < asked->question.count; f++) {
        const FindingPlace *place = &places[asked->number[f]];
        const JointBalance *j = asked->place[f].joint;
        size_t n = place->balance->components;
        for (size_t c = 0; c < n; c++) {
            double sum = 0.0;
            for (size_t i = 0; i < j->error_count; i++) {
                const JointError *e = &j->errors[i];
                uint32_t month = asked->place[f].month[e->period];
                if (e->component != c || e->group == JOINT_NO_GROUP || month < bias->from ||
                    month > bias->to || owner_of((void *)asked, e->group) != bias->owner)
                    continue;
                sum += e->shared;
                mask |= UINT64_C(1) << place->component[c];
            }
            *kg += fabs(sum);
        }
    }
    return mask;
}

static bool name_it(Finding *f, Text owner, Arena *arena) {
    static const uint8_t key[16] = "ytterby/finding";
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    char *text = arena_format(arena, "measurement/shared|%.*s|%s|%s", TEXT_ARG(owner),
                              month_print(f->from, from), month_print(f->to, to));
    if (!text) return false;
    uint64_t hash = siphash(key, text, strlen(text));
    uint8_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
    hex_write(bytes, sizeof bytes, f->id);
    return true;
}

static bool make(const Asked *asked, const FindingPlace *places, const SharedBias *bias,
                 size_t owners, Arena *arena, Finding *finding, Status *status) {
    const BookOwner *owner = &asked->owners->owner[bias->owner];
    double kg, size = fabs(bias->size), spread = 1.96 * bias->sigma;
    Finding f = {.place = asked->number[bias->loudest],
                 .facility = text_is_empty(owner->facility) ? owner->name : owner->facility,
                 .kind = bias->size < 0.0 ? FINDING_MISSING : FINDING_SURPLUS,
                 .family = FAMILY_MEASUREMENT,
                 .components = touched(asked, places, bias, &kg),
                 .from = asked->first + (Month)bias->from,
                 .to = asked->first + (Month)bias->to,
                 .pattern = PATTERN_FEED,
                 .said = owner->name,
                 .distance = bias->rest,
                 .network_gain = 1.0,
                 .mass_kg = size * kg,
                 .low_kg = fmax(0.0, size - spread) * kg,
                 .high_kg = (size + spread) * kg};
    const FindingPlace *loudest = &places[f.place];
    for (size_t c = loudest->balance->components; c-- > 0;)
        if (f.components >> loudest->component[c] & 1) f.strongest = loudest->component[c];
    f.log_p = log_p_of_rest(asked, bias, owners);
    f.p_value = exp(f.log_p);
    f.log_e = log_e_of_log_p(f.log_p);
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX], text_kg[FINDING_KG_MAX];
    char *says = arena_format(
        arena,
        "%.*s, %s to %s: its %s are too %s, by about %.2g times the shared uncertainty that is "
        "stated; the balances of %zu facilities are off by %s kg for it; without the one that "
        "shows "
        "it most it stands at %.1f sigma",
        TEXT_ARG(owner->name), month_print(f.from, from), month_print(f.to, to),
        owner->device ? "weighings" : "results", bias->size < 0.0 ? "low" : "high", size,
        bias->places, finding_kg_print(f.mass_kg, text_kg), bias->rest);
    if (!says || !name_it(&f, owner->name, arena)) return status_no_memory(status);
    f.says = text_of(says);
    *finding = f;
    return true;
}

bool findings_of_measurement(const BookOwners *owners, const FindingPlace *places,
                             Suspected *suspected, size_t count, Arena *arena, Finding *findings,
                             size_t *found, Status *status) {
    Asked asked;
    *found = 0;
    if (!ask(owners, places, suspected, count, arena, &asked, status)) return false;
    SharedBias *biases = arena_take_zero(arena, owners->count + 1, sizeof *biases);
    if (!biases) return status_no_memory(status);
    while (*found < MEASUREMENTS_MAX) {
        size_t some, best = SIZE_MAX;
        if (!shared_scan(&asked.question, arena, biases, &some, status)) return false;
        for (size_t i = 0; i < some; i++) {
            const SharedBias *b = &biases[i];
            if (b->log_p > log(LEVEL) || log_p_of_rest(&asked, b, some) > log(LEVEL) ||
                fabs(b->size) < LEAST)
                continue;
            if (best == SIZE_MAX || b->rest > biases[best].rest) best = i;
        }
        if (best == SIZE_MAX) return true;
        if (!make(&asked, places, &biases[best], some, arena, &findings[*found], status))
            return false;
        for (size_t f = 0; f < asked.question.count; f++) {
            Suspected *s = &suspected[asked.number[f]];
            if (!shared_explain(&asked.question, &biases[best], f, s->joint.white, status) ||
                !place_scan(s, arena, status))
                return false;
        }
        ++*found;
    }
    return true;
}
