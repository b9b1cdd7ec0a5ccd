// From oxide to magnet: metal, alloy and magnet works.
#include <string.h>

#include "simulate/reference.h"
#include "simulate/work.h"

static void reduce_batch(Industry *industry, Facility *facility, Material oxide, Material metal,
                         int64_t yield, const char *process) {
    LotQueue *queue = stock(facility, oxide);
    slip_begin(facility, SLIP_ONE_IN);
    Out *out = begin(industry, facility, "transform", "t", AT_DRAW);
    put(out, ",\"process\":");
    put_text(out, process);
    put(out, ",\"inputs\":[");
    Lot batch = {.net = 0};
    bool first = true;
    // A hall of cells takes three or four tonnes; what is left of a lot goes into the next batch.
    int64_t take = -1;
    if (queue_at(queue, 0)->book_net > 5 * MG_PER_TONNE)
        take = (30 + random_below(&facility->random, 9)) * TENTH_TONNE;
    batch_input(facility, out, oxide, take, &batch, &first);
    put(out, "],\"outputs\":[");
    Lot product = {.net = 0}, slag = {.net = 0};
    share_out(&batch, disturb(yield, draw_error(&facility->random, PER_CENT / 2)), &product);
    memcpy(slag.mg, batch.mg, sizeof slag.mg);
    cheat_diverts(industry, facility, &product);
    bool assayed = metal != MATERIAL_PRND_METAL;
    Lot *stored = put_product(industry, facility, out, &product, metal, 99 * PER_CENT,
                              assayed ? SAY_ASSAY : SAY_CALCULATED);
    put(out, ",");
    put_product(industry, facility, out, &slag, MATERIAL_METAL_SLAG, 60 * PER_CENT, SAY_ASSAY);
    put(out, "]");
    slip_end(industry, facility);
    if (assayed) return;
    // The works puts in what its recipe says and the laboratory's results in the evening.
    measure_lot(industry, facility, facility->party, stored, AT_TIDY);
}

void metal_works(Industry *industry, Facility *facility) {
    int64_t yield =
        reference_yield("Nd2O3 or PrNd oxide", "metal yield, oxide-fluoride electrolysis");
    int64_t dy_yield = reference_yield("DyF3", "calciothermic reduction yield");
    for (uint32_t n = 0;
         n < 6 * facility->complex->pace && stock(facility, MATERIAL_PRND_OXIDE)->count; n++)
        reduce_batch(industry, facility, MATERIAL_PRND_OXIDE, MATERIAL_PRND_METAL, yield,
                     "electrolysis");
    if (stock(facility, MATERIAL_DY_OXIDE)->count)
        reduce_batch(industry, facility, MATERIAL_DY_OXIDE, MATERIAL_DY_METAL, dy_yield,
                     "calciothermic reduction");
    if (stock(facility, MATERIAL_TB_OXIDE)->count)
        reduce_batch(industry, facility, MATERIAL_TB_OXIDE, MATERIAL_TB_METAL, dy_yield,
                     "calciothermic reduction");
    if (is_friday(industry)) {
        merge_all(industry, facility, MATERIAL_METAL_SLAG, 4, 12);
        if (stock(facility, MATERIAL_METAL_SLAG)->count >= 1)
            ship(industry, facility, MATERIAL_METAL_SLAG, RECYCLE_WORKS, 1, 4);
    }
    ship(industry, facility, MATERIAL_PRND_METAL, ALLOY_WORKS, 2, 3);
    ship(industry, facility, MATERIAL_DY_METAL, ALLOY_WORKS, 1, 2);
    ship(industry, facility, MATERIAL_TB_METAL, ALLOY_WORKS, 1, 2);
}

void buy_reagent(Industry *industry, Facility *facility, Material material, int64_t net_mg) {
    static const struct {
        const char *supplier;
        int64_t ppb[COMPONENT_COUNT];
    } reagents[MATERIAL_COUNT] = {
        [MATERIAL_IRON] = {"steel works", {[COMPONENT_Fe] = 996 * PER_CENT / 10}},
        [MATERIAL_FERROBORON] =
            {"ferroalloy works",
             {[COMPONENT_Fe] = 80 * PER_CENT, [COMPONENT_B] = 185 * PER_CENT / 10}},
        [MATERIAL_COBALT] = {"cobalt refinery", {[COMPONENT_Co] = 996 * PER_CENT / 10}}};
    if (stock(facility, material)->count >= 2) return;
    Lot lot = {.net = 0};
    lot_name(facility->party, &lot, material);
    lot.dry = lot.net = disturb(net_mg, draw_error(&facility->random, 2 * PER_CENT));
    // The seller's paper says the grade; what is in it scatters about that as policy expects.
    int64_t u = industry->assays[ASSAY_REAGENT].calculated_u;
    Weighed weighed = lot_weigh(industry, facility, &lot);
    lot.book_net = weighed.net;
    Out *out = begin(industry, facility, "receive", "re", AT_MORNING);
    put(out, ",\"outside\":{\"kind\":\"reagent\",\"name\":");
    put_text(out, reagents[material].supplier);
    put(out, "},\"lines\":[{\"lot\":");
    put_text(out, lot.id);
    put(out, ",\"material\":");
    put_text(out, materials[material].id);
    put(out, ",\"net\":");
    put_kg(out, weighed.net);
    put_weighing(facility, out, &weighed, false);
    put(out, ",\"content\":{\"basis\":\"declared\",\"values\":{");
    bool first = true;
    for (int c = COMPONENT_Fe; c <= COMPONENT_Co; c++) {
        int64_t ppb = reagents[material].ppb[c];
        if (!first) put(out, ",");
        first = false;
        put_text(out, component_symbol(c));
        put(out, ":");
        put_per_cent(out, ppb);
        lot.said[c] = (int32_t)ppb;
        if (!ppb) continue;
        int64_t truth = disturb(ppb, draw_error(&facility->random, u));
        lot.mg[c] = part_of(lot.dry, truth < PPB ? truth : PPB, PPB);
        industry->sum.in_mg[c] += lot.mg[c];
    }
    put(out, "}}}]");
    entry_end(industry);
    int64_t components = lot_components(&lot);
    if (lot.dry < components) lot.dry = components;
    tally_add(facility, material, TALLY_RECEIVED, weighed.net);
    tally_partner(industry, facility, material, reagents[material].supplier, weighed.net, 0);
    tally_content(industry, facility, &lot);
    queue_push(industry, stock(facility, material), &lot);
}

void alloy_works(Industry *industry, Facility *facility) {
    int64_t yield = reference_yield("metals", "alloy yield, vacuum melting and strip casting");
    buy_reagent(industry, facility, MATERIAL_IRON, 60 * MG_PER_TONNE);
    buy_reagent(industry, facility, MATERIAL_FERROBORON, 12 * MG_PER_TONNE);
    buy_reagent(industry, facility, MATERIAL_COBALT, 3 * MG_PER_TONNE);
    for (uint32_t n = 0;
         n < 5 * facility->complex->pace && stock(facility, MATERIAL_PRND_METAL)->count; n++) {
        int64_t metal = queue_at(stock(facility, MATERIAL_PRND_METAL), 0)->book_net;
        slip_begin(facility, SLIP_ONE_IN);
        Out *out = begin(industry, facility, "transform", "t", AT_DRAW);
        put(out, ",\"process\":\"strip casting\",\"inputs\":[");
        Lot batch = {.net = 0};
        bool first = true;
        static const struct {
            Material material;
            int64_t per_metal_ppm;
        } recipe[] = {{MATERIAL_DY_METAL, 17000},
                      {MATERIAL_TB_METAL, 5000},
                      {MATERIAL_IRON, 2180000},
                      {MATERIAL_FERROBORON, 183000},
                      {MATERIAL_COBALT, 30000}};
        batch_input(facility, out, MATERIAL_PRND_METAL, -1, &batch, &first);
        for (size_t i = 0; i < sizeof recipe / sizeof recipe[0]; i++) {
            int64_t wanted = part_of(metal, recipe[i].per_metal_ppm, 1000000) / (MG_PER_KG / 10) *
                             (MG_PER_KG / 10);
            for (LotQueue *queue = stock(facility, recipe[i].material);
                 wanted > 0 && queue->count;) {
                int64_t there = queue_at(queue, 0)->book_net;
                batch_input(facility, out, recipe[i].material, wanted, &batch, &first);
                wanted -= there < wanted ? there : wanted;
            }
        }
        // Magnets that were no good are molten again.
        batch_input(facility, out, MATERIAL_REJECTS, -1, &batch, &first);
        put(out, "],\"outputs\":[");
        Lot product = {.net = 0}, scrap = {.net = 0};
        share_out(&batch, disturb(yield, draw_error(&facility->random, PER_CENT / 4)), &product);
        memcpy(scrap.mg, batch.mg, sizeof scrap.mg);
        cheat_diverts(industry, facility, &product);
        put_product(industry, facility, out, &product, MATERIAL_STRIP_ALLOY, 985 * PER_CENT / 10,
                    SAY_ASSAY);
        put(out, ",");
        put_product(industry, facility, out, &scrap, MATERIAL_ALLOY_SCRAP, 87 * PER_CENT,
                    SAY_CALCULATED);
        put(out, "]");
        slip_end(industry, facility);
    }
    ship(industry, facility, MATERIAL_STRIP_ALLOY, MAGNET_WORKS, 2, 3);
    ship(industry, facility, MATERIAL_ALLOY_SCRAP, RECYCLE_WORKS, 4, 4);
}

// Rotors of three kilograms, a quarter of them magnets: they hold exactly what the magnets hold.
static void assemble_rotors(Industry *industry, Facility *facility) {
    enum { ASSEMBLED_ONE_IN = 12, STEEL_TIMES = 3 };
    LotQueue *magnets = stock(facility, MATERIAL_MAGNETS);
    if (!magnets->count || !chance(facility, ASSEMBLED_ONE_IN)) return;
    Lot lot, rotors;
    queue_pop(magnets, &lot);
    rotors = lot;
    lot_name(facility->party, &rotors, MATERIAL_ROTORS);
    int64_t steel = lot.book_net * STEEL_TIMES;
    rotors.dry += steel;
    rotors.net += steel;
    rotors.book_net += steel;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        rotors.said[c] = lot.said[c] / (1 + STEEL_TIMES);
    Out *out = begin(industry, facility, "assemble", "as", AT_TIDY);
    put(out, ",\"inputs\":[");
    put_input(out, lot.id, -1);
    put(out, "],\"output\":{\"lot\":");
    put_text(out, rotors.id);
    put(out, ",\"material\":");
    put_text(out, materials[MATERIAL_ROTORS].id);
    put(out, ",\"net\":");
    put_kg(out, rotors.book_net);
    put(out, ",\"count\":");
    put_number(out, rotors.book_net / (3 * MG_PER_KG));
    put(out, "}");
    entry_end(industry);
    tally_add(facility, MATERIAL_MAGNETS, TALLY_USED, lot.book_net);
    tally_add(facility, MATERIAL_ROTORS, TALLY_MADE, rotors.book_net);
    tally_content(industry, facility, &rotors);
    queue_push(industry, stock(facility, MATERIAL_ROTORS), &rotors);
}

#define REJECTED (3 * PER_CENT) // of what is sintered

void magnet_works(Industry *industry, Facility *facility) {
    int64_t scrap = reference_yield("strip-cast alloy", "pre-consumer scrap arising");
    for (uint32_t n = 0;
         n < 5 * facility->complex->pace && stock(facility, MATERIAL_STRIP_ALLOY)->count; n++) {
        slip_begin(facility, SLIP_ONE_IN);
        Out *out = begin(industry, facility, "transform", "t", AT_DRAW);
        put(out, ",\"process\":\"sintering and grinding\",\"inputs\":[");
        Lot batch = {.net = 0}, swarf = {.net = 0}, magnets = {.net = 0}, rejects = {.net = 0};
        bool first = true;
        batch_input(facility, out, MATERIAL_STRIP_ALLOY, -1, &batch, &first);
        put(out, "],\"outputs\":[");
        share_out(&batch, disturb(scrap, draw_error(&facility->random, 5 * PER_CENT)), &swarf);
        share_out(&batch, disturb(REJECTED, draw_error(&facility->random, 20 * PER_CENT)),
                  &rejects);
        memcpy(magnets.mg, batch.mg, sizeof magnets.mg);
        cheat_diverts(industry, facility, &magnets);
        put_product(industry, facility, out, &magnets, MATERIAL_MAGNETS, 984 * PER_CENT / 10,
                    SAY_ASSAY);
        put(out, ",");
        put_product(industry, facility, out, &swarf, MATERIAL_SWARF, 86 * PER_CENT, SAY_CALCULATED);
        put(out, ",");
        put_product(industry, facility, out, &rejects, MATERIAL_REJECTS, 984 * PER_CENT / 10,
                    SAY_CALCULATED);
        put(out, "]");
        slip_end(industry, facility);
    }
    while (stock(facility, MATERIAL_MAGNETS)->count &&
           split_lot(industry, facility, MATERIAL_MAGNETS, 25 * TENTH_TONNE, 3))
        ;
    assemble_rotors(industry, facility);
    ship_outside(industry, facility, MATERIAL_ROTORS, "motor works", 1, 4);
    static const char *const buyers[] = {"motor works", "wind turbine works", "loudspeaker works"};
    if (chance(facility, 3))
        ship(industry, facility, MATERIAL_MAGNETS, PORT_STORE, 2, 3);
    else
        ship_outside(industry, facility, MATERIAL_MAGNETS,
                     buyers[random_below(&facility->random, 3)], 2, 3);
    ship(industry, facility, MATERIAL_SWARF, RECYCLE_WORKS, 2, 3);
    ship(industry, facility, MATERIAL_REJECTS, ALLOY_WORKS, 4, 4);
}
