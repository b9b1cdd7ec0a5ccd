// Goods across the border: declared at the customs office, and cleared by it some days later. The
// other side is known by its country alone ("abroad DE"); who imports from it and what for is said
// to customs.
#include <assert.h>
#include <string.h>

#include "simulate/sha256.h"
#include "simulate/work.h"

static const struct {
    const char *partner, *user, *use, *permit; // permit: stem of the licence's id
} buyers[] = {{ABROAD_MAGNETS, "DE-MOTORS-1", "traction motors", "XD-"},
              {ABROAD_POWDER, "KR-GLASS-1", "polishing of glass", NULL}};

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

// Customs look at the papers, and clear the goods by the hash of the declaration's bytes.
static void clear(Industry *industry, const Party *exporter, uint32_t number, const char *hash) {
    int days = 1 + (int)random_below(&industry->customs_office.random, 3);
    When when = {.phase = AT_CHARGE, .happened_in = days, .recorded_in = days};
    Out *out = entry_begin_when(industry, &industry->customs_office, &industry->customs, "confirm",
                                "cf", when);
    put(out, ",\"subject\":");
    put_text(out, exporter->id);
    put(out, ",\"confirms\":\"ex-");
    put_number(out, number);
    put(out, "\",\"hash\":");
    put_text(out, hash);
    entry_end(industry);
}

void export_goods(Industry *industry, Facility *facility, Material material, const char *partner,
                  uint32_t most) {
    LotQueue *queue = stock(facility, material);
    Party *party = facility->party;
    size_t buyer = 0;
    while (strcmp(buyers[buyer].partner, partner))
        buyer++;
    Out *out = begin(industry, facility, "export.goods", "ex", AT_SHIP);
    uint32_t number = party->events;
    put_declaration(out, party, ":EX-", partner, material);
    put(out, ",\"user\":");
    put_text(out, buyers[buyer].user);
    put(out, ",\"use\":");
    put_text(out, buyers[buyer].use);
    put(out, ",\"lots\":[");
    Lot lot;
    for (uint32_t n = 0; n < most && queue_pop(queue, &lot); n++) {
        if (n) put(out, ",");
        put_input(out, lot.id, -1);
        tally_add(facility, material, TALLY_SHIPPED, lot.book_net);
        tally_partner(industry, facility, material, partner, 0, lot.book_net);
        see_abroad(facility, material, partner, lot.book_net);
        left_for_good(industry, &lot);
    }
    put(out, "]");
    if (buyers[buyer].permit) {
        put(out, ",\"permits\":[{\"permit\":\"");
        put(out, buyers[buyer].permit);
        put(out, facility->id);
        put(out, "\"}]");
    }
    char hash[SHA256_TEXT_MAX] = "";
    if (industry->entry_count < industry->entry_capacity && !out->failed) {
        const Entry *entry = &industry->entries[industry->entry_count];
        put(out, "}"); // as it will be sent
        size_t start = entry->at + entry->event;
        if (!out->failed) sha256_text(out->bytes + start, out->length - start, hash);
        out->length--;
    }
    entry_end(industry);
    clear(industry, party, number, hash);
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
