// Goods from across the border, declared at the customs office. The other side is known by its
// country alone ("abroad DE").
#include <assert.h>
#include <string.h>

#include "simulate/work.h"

const char *country_of(const char *partner) {
    static const char abroad[] = "abroad ";
    return strncmp(partner, abroad, sizeof abroad - 1) ? NULL : partner + sizeof abroad - 1;
}

static void put_declaration(Out *out, Party *party, const char *prefix, const char *partner,
                            Material material) {
    put(out, ",\"declaration\":\"");
    put(out, party->id);
    put(out, prefix);
    put_number(out, ++party->declarations);
    put(out, party->slip);
    put(out, "\",\"office\":\"" CUSTOMS_OFFICE "\",\"country\":");
    put_text(out, country_of(partner));
    put(out, ",\"customs_code\":");
    put_text(out, materials[material].hs);
}

void put_import(Out *out, Facility *facility, const char *partner, Material material) {
    put_declaration(out, facility->party, ":IM-", partner, material);
    if (material != MATERIAL_MP_CONC) return;
    put(out, ",\"passport\":\"US-MP-");
    put_number(out, facility->party->declarations);
    put(out, "\"");
}

// A lorry of concentrate from abroad, with the passport of the other side's book.
void import_ore(Industry *industry, Facility *facility) {
    ReferenceDeposit deposit;
    bool found = reference_deposit_find("MP-USGS", &deposit);
    assert(found);
    slip_begin(facility, SLIP_ONE_IN);
    Out *out = begin(industry, facility, "import.goods", "im", AT_MORNING);
    put_import(out, facility, ABROAD_ORE, MATERIAL_MP_CONC);
    put(out, ",\"lines\":[");
    Lot lot = {.net = 0};
    lot_name(facility->party, &lot, MATERIAL_MP_CONC);
    int64_t reo = disturb(IMPORTED_REO, draw_error(&facility->random, 4 * PER_CENT));
    fill_reo(lot.mg, deposit.share_ppb, LIGHT, reo);
    lot.mg[COMPONENT_Th] = part_of(reo, PER_CENT / 20, PPB);
    lot_form(facility, &lot, reo, 60 * PER_CENT);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        industry->sum.in_mg[c] += lot.mg[c];
    Lot *stored = put_output(industry, facility, out, &lot, SAY_ASSAY, TALLY_RECEIVED);
    tally_partner(industry, facility, MATERIAL_MP_CONC, ABROAD_ORE, stored->book_net, 0);
    put(out, "]");
    slip_end(industry, facility);
}
