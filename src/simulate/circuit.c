// Circuits: what is charged into a pool, what is drawn from it, and what stays behind.
#include "simulate/work.h"

// Charges the oldest lots, up to `most` together; of a single one only about half, if so wanted.
void charge(Industry *industry, Facility *facility, Material material, uint32_t most, bool half) {
    LotQueue *queue = stock(facility, material);
    Out *out = begin(industry, facility, "charge", "ch", AT_CHARGE);
    put(out, ",\"pool\":");
    put_text(out, facility->pool_id);
    put(out, ",\"inputs\":[");
    for (uint32_t n = 0; n < most && queue->count; n++) {
        Lot *lot = queue_at(queue, 0), part;
        int64_t take = lot->book_net / 2 / MG_PER_KG * MG_PER_KG;
        bool all = !half || take == 0;
        if (n) put(out, ",");
        put_input(out, lot->id, all ? -1 : take);
        if (all)
            queue_pop(queue, &part);
        else
            lot_take(lot, take, &part);
        tally_add(facility, material, TALLY_USED, part.book_net);
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            facility->pool[c] += part.mg[c];
            facility->charged[c] += part.mg[c];
        }
        facility->charged_dry += part.dry;
    }
    put(out, "]");
    entry_end(industry);
}

int64_t surplus(const Facility *facility, uint64_t group) {
    return industry_reo(facility->pool, group) - industry_reo(facility->target, group);
}

uint64_t circuit_separates(const Facility *facility) {
    if (facility->kind == NORTH_SX) return LIGHT;
    return facility->kind == RECYCLE_WORKS ? MAGNETIC : ALL_RARE;
}

static bool may_separate(Party *party, int64_t reo) {
    if (party->separation_allotted == 0) return true; // a recycler draws no quota
    if (party->separation_drawn + reo / 100 * 103 > party->separation_allotted) return false;
    party->separation_drawn += reo;
    return true;
}

void draw_product(Industry *industry, Facility *facility, const Product *product,
                  bool draws_quota) {
    for (int n = 0; n < 6 && surplus(facility, product->group) >= product->lot_reo; n++) {
        int64_t reo = disturb(product->lot_reo, draw_error(&facility->random, PER_CENT));
        if (draws_quota && !may_separate(facility->party, reo)) return;
        Lot lot = {.net = 0};
        slip_begin(facility, SLIP_ONE_IN);
        lot_name(facility->party, &lot, product->material);
        int64_t all = industry_reo(facility->pool, product->group);
        for (uint64_t left = product->group; left; left &= left - 1) {
            int c = __builtin_ctzll(left);
            lot.mg[c] = part_of(facility->pool[c], reo, all);
        }
        if (product->trace_ppb) {
            int c = product->component;
            int64_t trace = part_of(reo, product->trace_ppb, PPB);
            if (trace < facility->pool[c] / 1000) lot.mg[c] += trace;
        }
        // What does not belong into a circuit goes with its products, a little.
        uint64_t foreign = ALL_RARE & ~circuit_separates(facility);
        for (uint64_t left = foreign; left; left &= left - 1) {
            int c = __builtin_ctzll(left);
            lot.mg[c] += part_of(facility->pool[c], reo, 100 * all);
        }
        for (int c = 0; c < COMPONENT_COUNT; c++)
            facility->pool[c] -= lot.mg[c];
        lot_form(facility, &lot, reo, product->oxide_ppb);
        Out *out = begin(industry, facility, "draw", "dr", AT_DRAW);
        put(out, ",\"pool\":");
        put_text(out, facility->pool_id);
        put(out, ",\"outputs\":[");
        Lot *stored = put_output(industry, facility, out, &lot, SAY_ASSAY, TALLY_MADE);
        put(out, "]");
        slip_end(industry, facility);
        // Now and then the laboratory repeats its own work.
        if (chance(facility, 40) && product->material == MATERIAL_PRND_OXIDE) {
            Laboratory *laboratory =
                &industry
                     ->laboratories[facility->complex->number / COMPLEXES_OF_LABORATORY * 2 + 1];
            measure_lot(industry, facility, &laboratory->party, stored, AT_TIDY);
        }
    }
}

// What cracking, leaching and washing leave behind: a share of what was charged since the last
// time.
void draw_residue(Industry *industry, Facility *facility, Material material, int64_t lost_ppb,
                  int64_t dry_ppb) {
    if (!facility->charged_dry) return;
    Lot lot = {.net = 0};
    lot_name(facility->party, &lot, material);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        bool stays = (circuit_separates(facility) & COMPONENT_BIT(c)) != 0;
        lot.mg[c] = part_of(facility->charged[c], stays ? lost_ppb : PPB, PPB);
        if (lot.mg[c] > facility->pool[c]) lot.mg[c] = facility->pool[c];
        facility->pool[c] -= lot.mg[c];
        facility->charged[c] = 0;
    }
    lot_form(facility, &lot, part_of(facility->charged_dry, dry_ppb, PPB), PPB);
    facility->charged_dry = 0;
    Out *out = begin(industry, facility, "draw", "dr", AT_DRAW);
    put(out, ",\"pool\":");
    put_text(out, facility->pool_id);
    put(out, ",\"outputs\":[");
    put_output(industry, facility, out, &lot, SAY_ASSAY, TALLY_MADE);
    put(out, "]");
    entry_end(industry);
}
