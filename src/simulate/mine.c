// Mines: concentrate from a pit, leachate into a field and carbonate out of it.
#include <assert.h>

#include "simulate/reference.h"
#include "simulate/work.h"

void scatter(Facility *facility, const int64_t share[COMPONENT_COUNT],
             int64_t out[COMPONENT_COUNT]) {
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        int64_t sigma = share[c] >= 5 * PER_CENT ? 15 * PER_CENT / 10 : 3 * PER_CENT;
        out[c] = share[c] ? disturb(share[c], draw_error(&facility->random, sigma)) : 0;
    }
}

static void put_source(Out *out, const Facility *facility) {
    char id[ID_MAX];
    source_id(id, facility);
    put(out, ",\"source\":");
    put_text(out, id);
}

bool may_mine(Party *party, int64_t reo) {
    if (party->mining_drawn + reo / 100 * 103 > party->mining_allotted)
        return false; // an honest mine stops
    party->mining_drawn += reo;
    return true;
}

void mine_concentrate(Industry *industry, Facility *facility) {
    int64_t share[COMPONENT_COUNT];
    scatter(facility, facility->complex->north->share_ppb, share);
    int64_t reo = disturb(facility->complex->north_daily_reo / facility->complex->pace,
                          draw_error(&facility->random, 3 * PER_CENT));
    if (!may_mine(facility->party, reo)) return;
    Lot lot = {.net = 0};
    slip_begin(facility, SLIP_ONE_IN);
    lot_name(facility->party, &lot, MATERIAL_BO_CONC);
    fill_reo(lot.mg, share, LIGHT, reo);
    for (int i = 0; i < 2; i++) {
        int c = i ? COMPONENT_U : COMPONENT_Th;
        lot.mg[c] = part_of(reo,
                            disturb(facility->complex->district->traces[i],
                                    draw_error(&facility->random, 10 * PER_CENT)),
                            PPB);
    }
    lot_form(facility, &lot, reo, disturb(50 * PER_CENT, draw_error(&facility->random, PER_CENT)));
    for (int c = 0; c < COMPONENT_COUNT; c++)
        industry->sum.in_mg[c] += lot.mg[c];
    Out *out =
        entry_begin(industry, facility, facility->party, "extract", "e", AT_CHARGE, 8 * 3600);
    put_facility(out, facility);
    put_source(out, facility);
    put(out, ",\"outputs\":[");
    put_output(industry, facility, out, &lot, SAY_ASSAY, TALLY_EXTRACTED);
    put(out, "]");
    slip_end(industry, facility);
}

static void mine_leachate(Industry *industry, Facility *facility) {
    int64_t share[COMPONENT_COUNT];
    scatter(facility, facility->complex->south->share_ppb, share);
    int64_t reo = disturb(facility->complex->south_daily_reo / facility->complex->pace,
                          draw_error(&facility->random, 5 * PER_CENT));
    Lot lot = {.material = MATERIAL_LEACHATE};
    fill_reo(lot.mg, share, ALL_RARE, reo);
    // 0.9 g REO in a kilogram of solution.
    lot.net =
        part_of(reo, PPB, disturb(9 * PER_CENT / 100, draw_error(&facility->random, 5 * PER_CENT)));
    lot.dry = lot.net - part_of(lot.net, materials[MATERIAL_LEACHATE].moisture, PPB);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        facility->pool[c] += lot.mg[c];
        industry->sum.in_mg[c] += lot.mg[c];
    }
    Out *out =
        entry_begin(industry, facility, facility->party, "extract", "e", AT_MORNING, 6 * 3600);
    put_facility(out, facility);
    put_source(out, facility);
    put(out, ",\"pool\":");
    put_text(out, facility->pool_id);
    Weighed weighed = lot_weigh(industry, facility, &lot);
    put(out, ",\"outputs\":[{\"material\":");
    put_text(out, materials[MATERIAL_LEACHATE].id);
    put(out, ",\"net\":");
    put_kg(out, weighed.net);
    put_weighing(facility, out, &weighed, false);
    Figures figures;
    lot_assay(industry, facility, &lot, 0, &figures);
    put_assay(out, &figures);
    put(out, "}]");
    entry_end(industry);
    lot.book_net = weighed.net;
    lot.book_moisture = materials[MATERIAL_LEACHATE].moisture;
    lot_learn(&lot, &figures);
    tally_add(facility, MATERIAL_LEACHATE, TALLY_EXTRACTED, weighed.net);
    tally_add(facility, MATERIAL_LEACHATE, TALLY_USED, weighed.net);
    tally_content(industry, facility, &lot);
}

void leach_field(Industry *industry, Facility *facility) {
    static const Product carbonate = {MATERIAL_CARBONATE, ALL_RARE, REO_TONNES(38), 0, 0, 0};
    if (is_workday(industry->today) && (industry->today + 3) % 7 % 2 == 0)
        for (uint32_t n = 0; n < facility->complex->pace; n++)
            mine_leachate(industry, facility);
    Product product = carbonate;
    product.oxide_ppb = reference_material("rare earth carbonate (mixed, commercial)", "REO");
    if (surplus(facility, ALL_RARE) >= product.lot_reo &&
        may_mine(facility->party, product.lot_reo))
        draw_product(industry, facility, &product, false);
    ship(industry, facility, MATERIAL_CARBONATE, SOUTH_SX, 2, 3);
}
