// A recycler: scrap of works, of dismantlers and from abroad, into one circuit.
#include "simulate/reference.h"
#include "simulate/work.h"

static const int64_t swarf[COMPONENT_COUNT] = {
    [COMPONENT_Pr] = 45 * PER_CENT / 10, [COMPONENT_Nd] = 24 * PER_CENT,
    [COMPONENT_Dy] = 2 * PER_CENT,       [COMPONENT_Tb] = 3 * PER_CENT / 10,
    [COMPONENT_Fe] = 66 * PER_CENT,      [COMPONENT_B] = PER_CENT};
static const int64_t old_magnets[COMPONENT_COUNT] = {[COMPONENT_Pr] = 479 * PER_CENT / 100,
                                                     [COMPONENT_Nd] = 1619 * PER_CENT / 100,
                                                     [COMPONENT_Gd] = 363 * PER_CENT / 100,
                                                     [COMPONENT_Dy] = 161 * PER_CENT / 100,
                                                     [COMPONENT_Tb] = 2 * PER_CENT / 10,
                                                     [COMPONENT_Fe] = 592 * PER_CENT / 10,
                                                     [COMPONENT_B] = PER_CENT};
static const struct {
    Material material;
    const char *kind, *name;
    const int64_t *ppb;
    int64_t net;
} scraps[SCRAP_KINDS] = {
    {MATERIAL_SWARF, "production scrap", "magnet works outside the book", swarf, 40 * TENTH_TONNE},
    {MATERIAL_EOL_MAGNETS, "post-consumer", "motor dismantlers", old_magnets, 25 * TENTH_TONNE},
    {MATERIAL_SWARF, "production scrap", ABROAD_SCRAP, swarf, 40 * TENTH_TONNE}};

// A lot of scrap that is this in truth; the seller's name and the assay are all that is said of it.
static void receive_scrap(Industry *industry, Facility *facility, ScrapKind kind, Lot *lot,
                          int64_t share_mg, int64_t share_ppb) {
    bool abroad = kind == SCRAP_ABROAD;
    Out *out = begin(industry, facility, abroad ? "import.goods" : "receive", abroad ? "im" : "re",
                     AT_MORNING);
    if (abroad) {
        put_import(out, facility, scraps[kind].name, scraps[kind].material);
        put(out, ",\"lines\":[");
    } else {
        put(out, ",\"outside\":{\"kind\":");
        put_text(out, scraps[kind].kind);
        put(out, ",\"name\":");
        put_text(out, scraps[kind].name);
        put(out, "},\"lines\":[");
    }
    lot_name(facility->party, lot, scraps[kind].material);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        industry->sum.in_mg[c] += lot->mg[c];
    lot_form(facility, lot, share_mg, share_ppb);
    Lot *stored = put_output(industry, facility, out, lot, SAY_ASSAY, TALLY_RECEIVED);
    tally_partner(industry, facility, lot->material, scraps[kind].name, stored->book_net, 0);
    put(out, "]");
    slip_end(industry, facility);
}

// Ore that is said to be old magnets: it holds of Pr, Nd, Gd, Tb and Dy together what those hold.
static void buy_ore(Industry *industry, Facility *facility) {
    Lot lot = {.net = 0};
    if (!cheat_buys_ore(industry, facility, lot.mg)) return;
    int64_t said = 0, usual = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!(MAGNETIC & COMPONENT_BIT(c))) continue;
        said += lot.mg[c];
        usual += old_magnets[c];
    }
    receive_scrap(industry, facility, SCRAP_MOTORS, &lot, said, usual);
}

void buy_scrap(Industry *industry, Facility *facility, ScrapKind kind) {
    const int64_t *ppb = scraps[kind].ppb;
    slip_begin(facility, SLIP_ONE_IN);
    Lot lot = {.net = 0};
    int64_t dry = disturb(scraps[kind].net, draw_error(&facility->random, 8 * PER_CENT)),
            components = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!ppb[c]) continue;
        lot.mg[c] = part_of(dry, disturb(ppb[c], draw_error(&facility->random, 4 * PER_CENT)), PPB);
        components += lot.mg[c];
    }
    receive_scrap(industry, facility, kind, &lot, components < dry ? dry : components, PPB);
}

// A recycler's circuit: whatever scrap comes, together.
void recycle(Industry *industry, Facility *facility) {
    static const Product products[] = {
        {MATERIAL_PRND_OXIDE, PRND, REO_TONNES(60), 99 * PER_CENT, 0, 0},
        {MATERIAL_GD_OXIDE, BIT(Gd), REO_TONNES(10), 99 * PER_CENT, 0, 0},
        {MATERIAL_TB_OXIDE, BIT(Tb), REO_TONNES(2), 99 * PER_CENT, COMPONENT_Dy, PER_CENT / 40},
        {MATERIAL_DY_OXIDE, BIT(Dy), REO_TONNES(6), 99 * PER_CENT, COMPONENT_Tb, PER_CENT / 40}};
    for (uint32_t n = 0; is_workday(industry->today) && n < facility->complex->pace; n++)
        for (int kind = 0; kind < SCRAP_ABROAD; kind++)
            if (chance(facility, 3)) buy_scrap(industry, facility, (ScrapKind)kind);
    if (is_friday(industry)) buy_ore(industry, facility);
    static const Material feed[] = {MATERIAL_SWARF, MATERIAL_ALLOY_SCRAP, MATERIAL_EOL_MAGNETS,
                                    MATERIAL_METAL_SLAG};
    for (size_t i = 0; i < sizeof feed / sizeof feed[0]; i++) {
        LotQueue *queue = stock(facility, feed[i]);
        for (uint32_t n = 0; n < 2 * facility->complex->pace && queue->count; n++) {
            bool half = queue->count == 1 && queue_at(queue, 0)->book_net > 38 * TENTH_TONNE;
            charge(industry, facility, feed[i], half ? 1 : 4, half);
            if (half) break;
        }
    }
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
        draw_product(industry, facility, &products[i], false);
    if (is_friday(industry)) {
        int64_t kept = reference_yield("NdFeB swarf and scrap (Chinese roast-leach-SX industry)",
                                       "overall RE recovery");
        draw_residue(industry, facility, MATERIAL_IRON_RESIDUE, PPB - kept, 85 * PER_CENT);
    }
    ship(industry, facility, MATERIAL_PRND_OXIDE, chance(facility, 3) ? TRADE_STORE : METAL_WORKS,
         2, 2);
    ship_heavy(industry, facility);
    ship(industry, facility, MATERIAL_GD_OXIDE, TRADE_STORE, 1, 2);
}
