// A trader's store, and a works that uses what magnets do not.
#include <string.h>

#include "simulate/work.h"

void trade_store(Industry *industry, Facility *facility) {
    // Parcels of LaCe oxide are halved for smaller buyers, heavy oxides are put together.
    (void)split_lot(industry, facility, MATERIAL_LACE_OXIDE, 12 * MG_PER_TONNE, 2);
    if (is_friday(industry)) {
        merge_all(industry, facility, MATERIAL_HEAVY_OXIDE, 2, 4);
        ship(industry, facility, MATERIAL_HEAVY_OXIDE, CERAMIC_WORKS, 1, 2);
        ship(industry, facility, MATERIAL_SMEUGD_OXIDE, CERAMIC_WORKS, 1, 4);
        ship(industry, facility, MATERIAL_GD_OXIDE, CERAMIC_WORKS, 1, 4);
    }
    ship(industry, facility, MATERIAL_PRND_OXIDE, METAL_WORKS, 2, 4);
    ship(industry, facility, MATERIAL_LACE_OXIDE, CERAMIC_WORKS, 2, 4);
}

static void ceramic_batch(Industry *industry, Facility *facility, Material oxide, Material powder) {
    slip_begin(facility, SLIP_ONE_IN);
    Out *out = begin(industry, facility, "transform", "t", AT_DRAW);
    put(out, ",\"process\":\"milling and calcining\",\"inputs\":[");
    Lot batch = {.net = 0}, product = {.net = 0};
    bool first = true;
    batch_input(facility, out, oxide, -1, &batch, &first);
    put(out, "],\"outputs\":[");
    memcpy(product.mg, batch.mg, sizeof product.mg);
    put_product(industry, facility, out, &product, powder, 78 * PER_CENT, SAY_CALCULATED);
    put(out, "]");
    slip_end(industry, facility);
}

void ceramic_works(Industry *industry, Facility *facility) {
    for (uint32_t n = 0;
         n < 3 * facility->complex->pace && stock(facility, MATERIAL_LACE_OXIDE)->count; n++)
        ceramic_batch(industry, facility, MATERIAL_LACE_OXIDE, MATERIAL_POLISH);
    static const Material heavy[] = {MATERIAL_HEAVY_OXIDE, MATERIAL_SMEUGD_OXIDE, MATERIAL_GD_OXIDE,
                                     MATERIAL_DY_OXIDE, MATERIAL_TB_OXIDE};
    for (size_t i = 0; i < sizeof heavy / sizeof heavy[0]; i++)
        if (stock(facility, heavy[i])->count)
            ceramic_batch(industry, facility, heavy[i], MATERIAL_CERAMIC);
    if (chance(facility, 2))
        ship(industry, facility, MATERIAL_POLISH, PORT_STORE, 3, 4);
    else
        ship_outside(industry, facility, MATERIAL_POLISH, "glass works", 3, 4);
    ship_outside(industry, facility, MATERIAL_CERAMIC, "capacitor works", 2, 4);
}

// A misdeclared export: one lot of powder and one of magnets leave on the same day. The papers send
// the powder abroad and the magnets to a works at home; the goods go the other way round.
static void exchange(Industry *industry, Facility *facility) {
    LotQueue *powder = stock(facility, MATERIAL_POLISH);
    LotQueue *magnets = stock(facility, MATERIAL_MAGNETS);
    while (powder->count && magnets->count && !industry->failed) {
        int64_t powder_net = queue_at(powder, 0)->book_net;
        int64_t magnets_net = queue_at(magnets, 0)->book_net;
        if (!cheat_exports(industry, facility, queue_at(magnets, 0))) return;
        // The tallies of partners begin with their first lot.
        tally_partner(industry, facility, MATERIAL_MAGNETS, ABROAD_POWDER, 0, 0);
        see_abroad(facility, MATERIAL_MAGNETS, ABROAD_POWDER, magnets_net);
        export_goods(industry, facility, MATERIAL_POLISH, ABROAD_POWDER, 1);
        see_abroad(facility, MATERIAL_POLISH, ABROAD_POWDER, -powder_net);
        ship_one(industry, facility, MATERIAL_MAGNETS, "motor works");
    }
}

// Magnets go abroad on pallets, some of them sealed.
static void pack_magnets(Industry *industry, Facility *facility) {
    enum { PACKED_ONE_IN = 4 };
    LotQueue *magnets = stock(facility, MATERIAL_MAGNETS);
    if (!magnets->count || !chance(facility, PACKED_ONE_IN)) return;
    const int64_t pallet = MG_PER_TONNE / 2, tare = 18 * MG_PER_KG;
    const Lot *lot = queue_at(magnets, magnets->count - 1);
    if (lot->is_packed) return;
    queue_at(magnets, magnets->count - 1)->is_packed = true;
    Party *party = facility->party;
    Out *out = begin(industry, facility, "pack", "pk", AT_TIDY);
    put(out, ",\"lot\":");
    put_text(out, lot->id);
    put(out, ",\"packages\":[");
    for (int64_t left = lot->book_net; left > 0; left -= pallet) {
        int64_t net = left < pallet ? left : pallet;
        if (left != lot->book_net) put(out, ",");
        put(out, "{\"package\":\"");
        put(out, party->id);
        put(out, ":PK-");
        put_number(out, ++party->packages);
        put(out, "\",\"net\":");
        put_kg(out, net);
        put(out, ",\"gross\":");
        put_kg(out, net + tare);
        put(out, ",\"tare\":");
        put_kg(out, tare);
        put(out, ",\"seal\":\"S-");
        put_number(out, party->packages);
        put(out, "\",\"form\":\"pallet\"}");
    }
    put(out, "]");
    entry_end(industry);
}

// Scrap from abroad comes in, magnets and polishing powder go out.
void port_store(Industry *industry, Facility *facility) {
    for (uint32_t n = 0; is_workday(industry->today) && n < facility->complex->pace; n++)
        if (chance(facility, 4)) buy_scrap(industry, facility, SCRAP_ABROAD);
    ship(industry, facility, MATERIAL_SWARF, RECYCLE_WORKS, 2, 3);
    pack_magnets(industry, facility);
    exchange(industry, facility);
    while (stock(facility, MATERIAL_MAGNETS)->count >= 3 && !industry->failed)
        export_goods(industry, facility, MATERIAL_MAGNETS, ABROAD_MAGNETS, 4);
    while (stock(facility, MATERIAL_POLISH)->count >= 3 && !industry->failed)
        export_goods(industry, facility, MATERIAL_POLISH, ABROAD_POWDER, 4);
}
