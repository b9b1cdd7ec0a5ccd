// The year's plans: dated instruments that allot REO from the authority down to the companies.
#include <stdio.h>

#include "simulate/reference.h"
#include "simulate/registry.h"

typedef struct Plan {
    const char *name, *ledger, *activity, *ore_type, *ore_class;
    PartyKind first, last; // whose companies it is for
} Plan;
typedef struct Instrument {
    const Plan *plan;
    int year;
    char id[ID_MAX];
} Instrument;

static void put_allotment(Industry *industry, Out *out, const Instrument *instrument,
                          const char *holder, const char *under, int64_t reo) {
    write_quota_row(industry, instrument->id, instrument->year, instrument->plan->ledger,
                    instrument->plan->ore_class, holder, under, reo);
    put(out, under ? ",{\"holder\":" : "{\"holder\":");
    put_text(out, holder);
    if (under) put_member(out, "under", under);
    put(out, ",\"reo\":");
    put_kg(out, reo);
    put(out, "}");
}

static int64_t whole_tonnes(int64_t mg) {
    return (mg + MG_PER_TONNE - 1) / MG_PER_TONNE * MG_PER_TONNE;
}

// The year's three batches have the shares of 2023's (quotas_cn.csv), and the nation and the groups
// their figures, times so many nations as the industry needs. Each company gets a tenth more than
// it means to produce; what a group does not pass down is for companies that are not simulated.
enum { COMPLEXES_OF_NATION = 12 };

static const Plan plans[3] = {
    {"MINE-ROCK", "mining", "mining", "rock_light", "rock", NORTH, NORTH},
    {"MINE-ION", "mining", "mining", "ion_adsorption_mid_heavy", "ion", SOUTH, SOUTH},
    {"SEP", "separation", "smelting_separation", "all", NULL, NORTH, SOUTH}};
static const char *const batch_names[PLAN_BATCHES] = {"1", "2", "3"};
static const char *const batch_notices[PLAN_BATCHES] = {"First batch", "Second batch",
                                                        "Third batch"};

// What a company means to produce in a year; of ore from abroad only the separation counts.
static int64_t intended(const Complex *complex, const Plan *plan, PartyKind party, int year) {
    Day first = day_of(year, 1, 1), last = day_of(year, 12, 31);
    if (party == SOUTH) return complex->south_daily_reo / 100 * 112 * workdays(first, last, true);
    int64_t imported = plan->ore_class ? 0 : IMPORTED_REO * 53 * complex->pace;
    return (complex->north_daily_reo * workdays(first, last, false) + imported) / 100 * 110;
}

static void allot(Party *party, const Plan *plan, int batch, int64_t reo) {
    int64_t *allotted = plan->ore_class ? &party->mining_allotted : &party->separation_allotted;
    int64_t *drawn = plan->ore_class ? &party->mining_drawn : &party->separation_drawn;
    if (batch == 1) *allotted = *drawn = 0;
    *allotted += reo;
}

static void write_plan(Industry *industry, const Plan *plan, int year, int batch) {
    int64_t one = reference_quota("2023", batch_names[batch - 1], plan->activity, "all", "China");
    int64_t all = reference_quota("2023", "year", plan->activity, "all", "China");
    int64_t nation = reference_quota("2023", "year", plan->activity, plan->ore_type, "China");
    int64_t north = plan->first == SOUTH
                        ? 0
                        : reference_quota("2023", "year", plan->activity,
                                          plan->ore_class ? plan->ore_type : "all",
                                          "China Northern Rare Earth (Group) High-Tech");
    int64_t nations = (industry->complex_count + COMPLEXES_OF_NATION - 1) / COMPLEXES_OF_NATION;
    int64_t reo = part_of(nation * nations, one, all) * MG_PER_TONNE;
    int64_t north_reo = part_of(north * nations, one, all) * MG_PER_TONNE;
    char text[DAY_TEXT_MAX];
    Out *out = entry_begin(industry, &industry->office, &industry->authority, "plan.adopt", "pa",
                           28800, 0);
    Instrument instrument = {.plan = plan, .year = year};
    snprintf(instrument.id, sizeof instrument.id, "%d-%s-%s", year, plan->name,
             batch_names[batch - 1]);
    put_member(out, "instrument", instrument.id);
    put(out, ",\"year\":");
    put_number(out, year);
    put_member(out, "ledger", plan->ledger);
    if (plan->ore_class) put_member(out, "class", plan->ore_class);
    put_member(out, "notice", batch_notices[batch - 1]);
    put_member(out, "pass_down", day_print(industry->today + 20, text));
    put(out, ",\"visibility\":\"public\",\"allot\":[");
    put_allotment(industry, out, &instrument, "REGULATOR", NULL, reo);
    if (plan->first == NORTH)
        put_allotment(industry, out, &instrument, "NRE-GROUP", "REGULATOR", north_reo);
    if (plan->last == SOUTH)
        put_allotment(industry, out, &instrument, "SRE-GROUP", "REGULATOR", reo - north_reo);
    for (uint32_t n = 0; n < industry->complex_count; n++) {
        Complex *complex = &industry->complexes[n];
        for (PartyKind kind = plan->first; kind <= plan->last; kind++) {
            int64_t mine = whole_tonnes(part_of(intended(complex, plan, kind, year), one, all));
            put_allotment(industry, out, &instrument, complex->parties[kind].id,
                          party_specs[kind].group, mine);
            allot(&complex->parties[kind], plan, batch, mine);
        }
    }
    put(out, "]");
    entry_end(industry);
    if (industry->quota.failed) industry_no_memory(industry);
    sink_append(industry, "returns/quota.csv", industry->quota.bytes, industry->quota.length);
    industry->quota.length = 0;
}

void write_plans(Industry *industry, int year, int batch) {
    for (size_t p = 0; p < sizeof plans / sizeof plans[0]; p++)
        write_plan(industry, &plans[p], year, batch);
}
