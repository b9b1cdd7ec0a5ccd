// The year's plans: dated instruments that allot REO from the authority down to the companies.
#include "simulate/reference.h"
#include "simulate/registry.h"

static void put_allotment(Out *out, const char *holder, const char *under, int64_t reo) {
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

// The batch's share of the year is that of the national batches of 2024; each company gets a tenth
// more than it means to produce.
void write_plans(Industry *industry, int year, int batch) {
    static const struct {
        const char *name, *ledger, *activity, *ore_class;
    } plans[3] = {{"MINE-ROCK", "mining", "mining", "rock"},
                  {"MINE-ION", "mining", "mining", "ion"},
                  {"SEP", "separation", "smelting_separation", NULL}};
    Day first = day_of(year, 1, 1), last = day_of(year, 12, 31);
    int64_t north = industry->north_daily_reo * workdays(first, last, false);
    int64_t south = industry->south_daily_reo * workdays(first, last, true);
    uint32_t count = industry->options->scale;
    for (int p = 0; p < 3; p++) {
        int64_t one = reference_quota("2024", batch == 1 ? "1" : "2", plans[p].activity);
        int64_t both = reference_quota("2024", "1", plans[p].activity) +
                       reference_quota("2024", "2", plans[p].activity);
        int64_t north_reo = p == 1 ? 0 : whole_tonnes(part_of(north / 100 * 110, one, both));
        int64_t south_reo = p == 0 ? 0 : whole_tonnes(part_of(south / 100 * 112, one, both));
        Out *out = entry_begin(industry, &industry->office, &industry->authority, "plan.adopt",
                               "pa", 28800, 0);
        put(out, ",\"instrument\":\"");
        put_number(out, year);
        put(out, "-");
        put(out, plans[p].name);
        put(out, batch == 1 ? "-1\",\"year\":" : "-2\",\"year\":");
        put_number(out, year);
        put_member(out, "ledger", plans[p].ledger);
        if (plans[p].ore_class) put_member(out, "class", plans[p].ore_class);
        put(out, batch == 1 ? ",\"notice\":\"First batch\"" : ",\"notice\":\"Second batch\"");
        char text[DAY_TEXT_MAX];
        put_member(out, "pass_down", day_print(industry->today + 20, text));
        put(out, ",\"visibility\":\"public\",\"allot\":[");
        put_allotment(out, "REGULATOR", NULL, (north_reo + south_reo) * count);
        if (north_reo) put_allotment(out, "NRE-GROUP", "REGULATOR", north_reo * count);
        if (south_reo) put_allotment(out, "SRE-GROUP", "REGULATOR", south_reo * count);
        for (uint32_t n = 0; n < count; n++) {
            Party *parties = industry->complexes[n].parties;
            if (batch == 1 && p == 0)
                parties[NORTH].mining_allotted = parties[NORTH].mining_drawn = 0;
            if (batch == 1 && p == 1)
                parties[SOUTH].mining_allotted = parties[SOUTH].mining_drawn = 0;
            for (int k = NORTH; k <= SOUTH; k++) {
                int64_t reo = k == NORTH ? north_reo : south_reo;
                if (!reo) continue;
                put_allotment(out, parties[k].id, party_specs[k].group, reo);
                if (p == 2 && batch == 1)
                    parties[k].separation_allotted = parties[k].separation_drawn = 0;
                if (p == 2)
                    parties[k].separation_allotted += reo;
                else
                    parties[k].mining_allotted += reo;
            }
        }
        put(out, "]");
        entry_end(industry);
    }
}
