// A day's work at each kind of facility, and the end of its month.
// Nothing is lost in truth: what does not become product stands in a residue, slag or scrap that is
// measured, so that the books of an honest plant close within their errors.
#include "simulate/work.h"

Out *begin(Industry *industry, Facility *facility, const char *kind, const char *prefix,
           uint32_t phase) {
    Out *out = entry_begin(industry, facility, facility->party, kind, prefix, phase, 0);
    put_facility(out, facility);
    return out;
}

LotQueue *stock(Facility *facility, Material material) {
    return &facility->stock[material];
}

bool chance(Facility *facility, uint32_t one_in) {
    return random_below(&facility->random, one_in) == 0;
}

bool is_friday(const Industry *industry) {
    return (industry->today + 3) % 7 == 4;
}

void measure_lot(Industry *industry, Facility *facility, Party *party, Lot *lot, uint32_t phase) {
    Figures figures;
    lot_assay(industry, facility, lot, 1, &figures);
    lot_learn(lot, &figures);
    Out *out = entry_begin(industry, facility, party, "measure", "ms", phase, 0);
    put(out, ",\"lot\":");
    put_text(out, lot->id);
    put_assay(out, &figures);
    entry_end(industry);
}

// The residue of a facility's circuit that does not stay there, and where it goes.
static bool residue_of(FacilityKind kind, Material *material, const char **to) {
    bool separates = kind == NORTH_SX || kind == SOUTH_SX;
    *material = separates ? MATERIAL_LEACH_RESIDUE : MATERIAL_IRON_RESIDUE;
    *to = separates ? "tailings pond 2" : "slag heap";
    return separates || kind == RECYCLE_WORKS;
}

void facility_day(Industry *industry, Facility *facility) {
    int year, month, day;
    day_split(industry->today, &year, &month, &day);
    if (industry->today == day_of(year, 1, 1) + facility->calibration_day)
        write_devices(industry, facility, industry->today,
                      day_of(year + 1, 1, 1) + CALIBRATED_UNTIL);
    Material residue;
    const char *to;
    if (residue_of(facility->kind, &residue, &to)) discard_gone(industry, facility, residue, to);
    receive_arrivals(industry, facility);
    switch (facility->kind) {
    case NORTH_MINE:
        for (uint32_t n = 0; is_workday(industry->today) && n < facility->complex->pace; n++)
            mine_concentrate(industry, facility);
        ship(industry, facility, MATERIAL_BO_CONC, NORTH_SX, 2, 3);
        break;
    case NORTH_SX:
        north_separation(industry, facility);
        break;
    case SOUTH_MINE:
        leach_field(industry, facility);
        break;
    case SOUTH_SX:
        south_separation(industry, facility);
        break;
    case METAL_WORKS:
        metal_works(industry, facility);
        break;
    case ALLOY_WORKS:
        alloy_works(industry, facility);
        break;
    case MAGNET_WORKS:
        magnet_works(industry, facility);
        break;
    case RECYCLE_WORKS:
        recycle(industry, facility);
        break;
    case TRADE_STORE:
        trade_store(industry, facility);
        break;
    case CERAMIC_WORKS:
        ceramic_works(industry, facility);
        break;
    case PORT_STORE:
        port_store(industry, facility);
        break;
    case FACILITY_KINDS:
        break;
    }
    spill(industry, facility);
}

void facility_month_end(Industry *industry, Facility *facility) {
    enum { WEIGHED_MAX = 12 };
    Material residue;
    const char *to;
    if (residue_of(facility->kind, &residue, &to)) discard_all(industry, facility, residue, to);
    bool any = facility->has_pool;
    for (int m = 0; m < MATERIAL_COUNT; m++)
        any |= facility->stock[m].count > 0;
    if (!any) return;
    Out *out = begin(industry, facility, "stocktake", "st", AT_STOCKTAKE);
    uint32_t weighed_count = 0;
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        LotQueue *queue = &facility->stock[m];
        if (facility->gone && m == (int)residue) continue; // nobody finds what is gone
        for (uint32_t i = 0; i < queue->count && weighed_count < WEIGHED_MAX; i++) {
            Lot *lot = queue_at(queue, i);
            Weighed weighed = lot_weigh(industry, facility, lot);
            put(out, weighed_count++ ? ",{\"lot\":" : ",\"lots\":[{\"lot\":");
            put_text(out, lot->id);
            put(out, ",\"net\":");
            put_kg(out, weighed.net);
            put_weighing(facility, out, &weighed, false);
            put(out, "}");
            lot_reweighed(lot, weighed.net);
        }
    }
    if (weighed_count) put(out, "]");
    if (facility->has_pool) put_survey(industry, facility, out);
    entry_end(industry);
}
