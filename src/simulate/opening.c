// What stood in stores and circuits when the book began.
#include "simulate/registry.h"

// Opening lots of one facility, of a make that its work will take.
static void put_opening_lot(Industry *industry, Facility *facility, Out *out, Material material,
                            const int64_t element_ppb[COMPONENT_COUNT], int64_t net_mg) {
    Lot lot = {.net = 0};
    lot_name(facility->party, &lot, material);
    int64_t dry = net_mg - part_of(net_mg, materials[material].moisture, PPB), components = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        lot.mg[c] = part_of(dry, element_ppb[c], PPB);
        components += lot.mg[c];
        industry->sum.in_mg[c] += lot.mg[c];
    }
    lot_form(facility, &lot, components, part_of(components, PPB, dry));
    put_output(industry, facility, out, &lot, SAY_ASSAY, TALLY_OPENING);
}

void put_survey(Industry *industry, Facility *facility, Out *out) {
    put(out, ",\"pools\":[{\"pool\":");
    put_text(out, facility->pool_id);
    put_member(out, "method", "tank survey");
    put(out, ",\"components\":{");
    bool first = true;
    uint64_t mask = circuit_separates(facility) | (facility->kind == NORTH_SX ? TRACES : 0);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!(mask & COMPONENT_BIT(c))) continue;
        int64_t error = draw_error(&facility->random, industry->survey_u) +
                        facility->survey_z[c] * industry->survey_s / NORMAL_ONE;
        int64_t step = MG_PER_KG / 100;
        int64_t found = disturb(facility->pool[c], error) / step * step;
        facility->surveyed[c] = found;
        if (!first) put(out, ",");
        first = false;
        put_text(out, component_symbol(c));
        put(out, ":{\"kg\":");
        put_kg(out, found);
        put(out, ",\"u\":");
        put_kg(out, part_of(found, industry->survey_u, PPB) / 1000 * 1000);
        put(out, ",\"s\":");
        put_kg(out, part_of(found, industry->survey_s, PPB) / 1000 * 1000);
        put(out, "}");
    }
    put(out, "}}]");
}

#define E(symbol, tenths) [COMPONENT_##symbol] = (tenths) * (PER_CENT / 10)
void write_opening(Industry *industry, Facility *facility) {
    static const int64_t prnd_oxide[COMPONENT_COUNT] = {E(Pr, 205), E(Nd, 642)};
    static const int64_t prnd_metal[COMPONENT_COUNT] = {E(Pr, 240), E(Nd, 750)};
    static const int64_t dy_metal[COMPONENT_COUNT] = {E(Dy, 985)};
    static const int64_t tb_metal[COMPONENT_COUNT] = {E(Tb, 985)};
    static const int64_t alloy[COMPONENT_COUNT] = {E(Pr, 70),  E(Nd, 218), E(Dy, 9), E(Tb, 2),
                                                   E(Fe, 665), E(B, 10),   E(Co, 9)};
    static const int64_t swarf[COMPONENT_COUNT] = {E(Pr, 62),  E(Nd, 195), E(Dy, 9), E(Tb, 2),
                                                   E(Fe, 570), E(B, 10),   E(Co, 9)};
    if (facility->has_pool) {
        const FacilitySpec *spec = &facility_specs[facility->kind];
        Out *out = entry_begin(industry, facility, facility->party, "pool", "pl", 3600, 0);
        put_member(out, "pool", facility->pool_id);
        put_facility(out, facility);
        put_member(out, "activity", spec->pool_activity);
        put_member(out, "class", spec->pool_class);
        put_member(out, "name", facility->kind == SOUTH_MINE ? "Leach field 1" : "Circuit 1");
        entry_end(industry);
    }
    bool has_lots = facility->kind >= METAL_WORKS && facility->kind <= RECYCLE_WORKS;
    if (!facility->has_pool && !has_lots) return;
    Out *out = entry_begin(industry, facility, facility->party, "open", "o", 7200, 0);
    put_facility(out, facility);
    if (has_lots) put(out, ",\"lots\":[");
    for (int i = 0; has_lots && i < 3; i++) {
        if (i) put(out, ",");
        switch (facility->kind) {
        case METAL_WORKS:
            put_opening_lot(industry, facility, out, MATERIAL_PRND_OXIDE, prnd_oxide,
                            6 * MG_PER_TONNE);
            break;
        case ALLOY_WORKS:
            put_opening_lot(industry, facility, out, MATERIAL_PRND_METAL, prnd_metal,
                            49 * MG_PER_TONNE / 10);
            break;
        case MAGNET_WORKS:
            put_opening_lot(industry, facility, out, MATERIAL_STRIP_ALLOY, alloy,
                            16 * MG_PER_TONNE);
            break;
        default:
            put_opening_lot(industry, facility, out, MATERIAL_SWARF, swarf, 44 * MG_PER_TONNE / 10);
            break;
        }
    }
    if (facility->kind == ALLOY_WORKS) {
        put(out, ",");
        put_opening_lot(industry, facility, out, MATERIAL_DY_METAL, dy_metal,
                        15 * MG_PER_TONNE / 10);
        put(out, ",");
        put_opening_lot(industry, facility, out, MATERIAL_TB_METAL, tb_metal,
                        3 * MG_PER_TONNE / 10);
    }
    if (has_lots) put(out, "]");
    if (facility->has_pool) put_survey(industry, facility, out);
    entry_end(industry);
}
