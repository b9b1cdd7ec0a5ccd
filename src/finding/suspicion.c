#include "finding/suspicion.h"

#include "detect/price.h"
#include "finding/other_side.h"
#include <math.h>
#include <string.h>

enum { BIT_WHOLE = 31, BITS = SUSPICION_KEYS };
// Components that go together as products, by symbol.
static const char *const PRODUCTS[][5] = {
    {"Pr", "Nd"}, {"Tb", "Dy"}, {"Pr", "Nd", "Tb", "Dy"}, {"La", "Ce"}, {"Sm", "Eu", "Gd"}};
static const char *const MAGNET[] = {"Pr", "Nd", "Tb", "Dy"};
// Fewer components than these say nothing of an ore.
enum { ORE_COMPONENTS_LEAST = 4 };

static size_t named(const FindingPlace *place, const char *symbol) {
    for (size_t c = 0; c < place->balance->components; c++)
        if (text_equal(place->names[c], text_of(symbol))) return c;
    return SIZE_MAX;
}

// What goes through the facility of a component, in all months.
static double throughput(const FindingPlace *place, size_t c) {
    double sum = 0.0;
    const ComponentBalance *balance = &place->balance->component[c];
    for (size_t p = 0; balance->present && p < place->balance->periods; p++) {
        const BalancePeriod *period = &balance->period[p];
        double in = period->flow[BALANCE_EXTRACTED] + period->flow[BALANCE_RECEIVED],
               out = period->flow[BALANCE_SHIPPED];
        sum += fmax(fmax(in, out), 0.0);
    }
    return sum;
}

static double *share_new(Suspected *s, Arena *arena, size_t components) {
    double *share = arena_take_zero(arena, components + s->columns + 1, sizeof *share);
    if (share) s->patterns[s->pattern_count] = (JointPattern){share, false};
    return share;
}

// Keeps a pattern that was begun if it says anything: two components at least, unless it is one.
static void keep(Suspected *s, const FindingPlace *place, const double *share, FindingPattern kind,
                 Text ore, size_t least) {
    uint64_t mask = 0;
    size_t count = 0;
    for (size_t c = 0; c < place->balance->components; c++)
        if (share[c] > 0.0) {
            mask |= UINT64_C(1) << place->component[c];
            count++;
        }
    if (count < least) return;
    s->about[s->pattern_count++] = (PlacePattern){kind, ore, mask};
}

static bool add_ore(Suspected *s, const FindingPlace *place, const FindingOre *ore, bool part,
                    Arena *arena, Status *status) {
    double *share = share_new(s, arena, place->balance->components);
    if (!share) return status_no_memory(status);
    for (size_t c = 0; c < place->balance->components; c++) {
        if (!place->balance->component[c].present) continue;
        bool wanted = !part;
        for (size_t m = 0; m < sizeof MAGNET / sizeof *MAGNET; m++)
            wanted |= text_equal(place->names[c], text_of(MAGNET[m]));
        if (wanted) share[c] = ore->share[place->component[c]];
    }
    s->patterns[s->pattern_count].surplus_only = true;
    keep(s, place, share, part ? PATTERN_ORE_PART : PATTERN_ORE, ore->name,
         part ? 3 : ORE_COMPONENTS_LEAST);
    return true;
}

static bool make_patterns(const FindingPlace *place, const FindingOre *ores, size_t ore_count,
                          Arena *arena, Suspected *s, Status *status) {
    size_t n = place->balance->components, products = sizeof PRODUCTS / sizeof *PRODUCTS;
    size_t room = n + products + 1 + 2 * ore_count + 1;
    s->patterns = arena_take_zero(arena, room, sizeof *s->patterns);
    s->about = arena_take_zero(arena, room, sizeof *s->about);
    double *through = arena_take_zero(arena, n + 1, sizeof *through);
    if (!s->patterns || !s->about || !through) return status_no_memory(status);
    for (size_t c = 0; c < n; c++) {
        through[c] = throughput(place, c);
        if (!place->balance->component[c].present) continue;
        double *share = share_new(s, arena, n);
        if (!share) return status_no_memory(status);
        share[c] = 1.0;
        keep(s, place, share, PATTERN_COMPONENT, (Text){"", 0}, 1);
    }
    for (size_t p = 0; p < products; p++) {
        double *share = share_new(s, arena, n);
        if (!share) return status_no_memory(status);
        for (size_t i = 0; i < 5 && PRODUCTS[p][i]; i++) {
            size_t c = named(place, PRODUCTS[p][i]);
            if (c != SIZE_MAX) share[c] = through[c];
        }
        keep(s, place, share, PATTERN_PRODUCT, (Text){"", 0}, 2);
    }
    double *feed = share_new(s, arena, n);
    if (!feed) return status_no_memory(status);
    memcpy(feed, through, n * sizeof *feed);
    keep(s, place, feed, PATTERN_FEED, (Text){"", 0}, 2);
    for (size_t o = 0; o < ore_count; o++)
        for (int part = 0; part < 2; part++)
            if (!add_ore(s, place, &ores[o], part != 0, arena, status)) return false;
    return true;
}

// The merged period that a month lies in, or SIZE_MAX.
static size_t period_of(const FacilityBalance *balance, uint32_t month) {
    const BalancePeriod *period = balance->component[0].period;
    for (size_t p = 0; p < balance->periods; p++)
        if (month >= period[p].from && month <= period[p].to) return p;
    return SIZE_MAX;
}

static uint64_t key(uint32_t number, bool whole, uint32_t component) {
    return (uint64_t)number * BITS + (whole ? BIT_WHOLE : component);
}

static JointError joint_error(const BalanceError *e, size_t period, size_t column, size_t number) {
    // What names no measurement is a draw of its own, beyond all measurements.
    uint64_t source = e->measurement == UINT32_MAX ? ((uint64_t)1 << 40) + number
                                                   : key(e->measurement, e->whole, e->component);
    return (JointError){(uint32_t)period,
                        (uint32_t)column,
                        source,
                        e->group == SEQUENCE_NO_GROUP ? JOINT_NO_GROUP
                                                      : key(e->group, e->whole, e->component),
                        e->mass * e->u,
                        e->mass * e->s};
}

// The other side's columns stand beside the components in each period, and no pattern has a share
// of them: they only tell which of the errors were made.
static bool make_joint(const FindingPlace *place, const OtherSide *other, Arena *arena,
                       JointBalance *joint, Status *status) {
    const FacilityBalance *balance = place->balance;
    const FacilityInput *in = place->input;
    size_t n = balance->components, periods = balance->periods, width = n + other->columns;
    size_t count = 0;
    double *muf = arena_take_zero(arena, width * periods + 1, sizeof *muf);
    JointError *errors =
        arena_take_zero(arena, in->error_count + other->error_count + 1, sizeof *errors);
    if (!muf || !errors) return status_no_memory(status);
    for (size_t c = 0; c < n; c++)
        for (size_t p = 0; balance->component[c].present && p < periods; p++)
            muf[p * width + c] = balance->component[c].period[p].muf;
    for (size_t i = 0; i < in->error_count; i++) {
        const BalanceError *e = &in->errors[i];
        size_t period = period_of(balance, e->period);
        if (period == SIZE_MAX || !balance->component[e->component].present) continue;
        errors[count++] = joint_error(e, period, e->component, i);
    }
    for (size_t i = 0; i < other->error_count; i++) {
        BalanceError e = other->errors[i];
        size_t column = e.component;
        e.component = other->component[column];
        errors[count++] = joint_error(&e, e.period, n + column, in->error_count + i);
    }
    for (size_t p = 0; p < periods; p++)
        for (size_t i = 0; i < other->columns; i++)
            muf[p * width + n + i] = other->value[p * other->columns + i];
    JointInput input = {periods, width, muf, errors, count, balance->floor_kg};
    return joint_prepare(&input, arena, joint, status);
}

bool place_gain(const FindingPlace *place, const Suspected *suspected, const Suspicion *suspicion,
                Arena *arena, double *gain, Status *status) {
    *gain = 1.0;
    if (suspected->columns == 0) return true;
    const JointCandidate *c = &suspicion->candidate;
    OtherSide none = {0};
    JointBalance alone;
    if (!make_joint(place, &none, arena, &alone, status)) return false;
    double with, without;
    if (!joint_information(&suspected->joint, &suspected->patterns[c->pattern], c->from, c->to,
                           arena, &with, status) ||
        !joint_information(&alone, &suspected->patterns[c->pattern], c->from, c->to, arena,
                           &without, status))
        return false;
    if (without > 0.0) *gain = fmax(1.0, with / without);
    return true;
}

// A chance this small accuses whatever its price is; below this |z| there is nothing to pay for.
static const double SURE_LOG_P = -60.0, LEAST_Z = 3.0;

bool place_pay(const Suspected *s, JointScan *scan, Status *status) {
    double z = fmax(scan->best[JOINT_MISSING].z, scan->best[JOINT_SURPLUS].z);
    if (!scan->any || z < LEAST_Z || scan->log_p < SURE_LOG_P) return true;
    Arena scratch;
    JointPrice price;
    arena_init(&scratch, (size_t)1 << 30);
    bool well = joint_price(&s->joint, s->patterns, s->pattern_count, s->horizon, z, &scratch,
                            &price, status);
    arena_done(&scratch);
    if (well) scan->log_p = price.log_p;
    return well;
}

bool place_scan(Suspected *s, Arena *arena, Status *status) {
    return joint_scan(&s->joint, s->patterns, s->pattern_count, s->horizon, NULL, 0, arena,
                      &s->scan, status) &&
           place_pay(s, &s->scan, status);
}

bool place_suspect(const FindingPlace *place, const FindingOre *ores, size_t ore_count,
                   Arena *arena, Suspected *s, Status *status) {
    *s = (Suspected){.horizon = place->balance->horizon};
    if (place->balance->periods == 0 || place->balance->components == 0) return true;
    OtherSide other;
    if (!other_side_read(place, arena, &other, status)) return false;
    s->columns = other.columns;
    if (!make_patterns(place, ores, ore_count, arena, s, status)) return false;
    if (s->pattern_count == 0) return true;
    if (!make_joint(place, &other, arena, &s->joint, status) ||
        !joint_scan(&s->joint, s->patterns, s->pattern_count, s->horizon, NULL, 0, arena, &s->scan,
                    status) ||
        !place_pay(s, &s->scan, status))
        return false;
    s->tested = s->scan.any;
    return true;
}

bool place_suspicions(const Suspected *s, double log_level, Arena *arena,
                      Suspicion suspicions[SUSPICIONS_MAX], size_t *count, Status *status) {
    JointCandidate explained[SUSPICIONS_MAX];
    *count = 0;
    while (*count < SUSPICIONS_MAX) {
        JointScan scan = s->scan;
        if (*count && (!joint_scan(&s->joint, s->patterns, s->pattern_count, s->horizon, explained,
                                   *count, arena, &scan, status) ||
                       !place_pay(s, &scan, status)))
            return false;
        if (!scan.any || scan.log_p > log_level) break;
        Suspicion *one = &suspicions[*count];
        one->candidate = scan.best[scan.best[JOINT_SURPLUS].z > scan.best[JOINT_MISSING].z];
        one->log_p = scan.log_p;
        one->log_e = scan.log_e;
        if (!joint_size(&s->joint, s->patterns, s->pattern_count, one->candidate.side, explained,
                        *count, arena, &one->size, status))
            return false;
        explained[(*count)++] = one->candidate;
    }
    return true;
}

bool place_settle(const Suspected *s, const Suspicion *suspicion, Arena *arena, Finding *finding,
                  Status *status) {
    enum { LOOKED_AT = 200 };
    JointGain gains[LOOKED_AT];
    size_t found;
    if (!joint_settle(&s->joint, s->patterns, &suspicion->candidate, LOOKED_AT, arena, gains,
                      &found, status))
        return false;
    FindingSettle all[LOOKED_AT];
    size_t count = 0;
    for (size_t i = 0; i < found; i++) {
        if (gains[i].source >> 40) continue; // no measurement stands behind it
        FindingSettle one = {.measurement = (uint32_t)(gains[i].source / BITS),
                             .shared = gains[i].is_group,
                             .whole = gains[i].source % BITS == BIT_WHOLE,
                             .gain = gains[i].gain};
        size_t at = 0;
        while (at < count &&
               (all[at].measurement != one.measurement || all[at].shared != one.shared))
            at++;
        // All results of one assay are had again at once.
        if (at < count)
            all[at].gain += one.gain;
        else
            all[count++] = one;
    }
    const double level = 0.0005; // what one facility among many has to pass
    double distance = suspicion->candidate.z;
    while (finding->settle_count < FINDING_SETTLES && finding->settle_count < count) {
        size_t best = finding->settle_count;
        for (size_t i = best; i < count; i++)
            if (all[i].gain > all[best].gain) best = i;
        FindingSettle one = all[best];
        all[best] = all[finding->settle_count];
        one.before = joint_power(distance, level);
        one.after = joint_power(distance * sqrt(1.0 + one.gain), level);
        finding->settle[finding->settle_count++] = one;
    }
    return true;
}
