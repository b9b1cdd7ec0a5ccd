// Separation plants: mixed rare earths in, oxides out.
#include "simulate/reference.h"
#include "simulate/work.h"

static int64_t lost_in_separation(bool cracks) {
    int64_t kept = reference_yield("RE chloride solution", "solvent extraction overall recovery");
    if (cracks)
        kept = part_of(kept,
                       reference_yield("mixed bastnaesite-monazite concentrate",
                                       "sulfuric acid bake and leach recovery"),
                       PPB);
    return PPB - kept;
}

void north_separation(Industry *industry, Facility *facility) {
    static const Product products[] = {
        {MATERIAL_LACE_OXIDE, LACE, REO_TONNES(250), 985 * PER_CENT / 10, COMPONENT_Nd,
         PER_CENT / 20},
        {MATERIAL_PRND_OXIDE, PRND, REO_TONNES(75), 99 * PER_CENT, COMPONENT_Ce, PER_CENT / 30},
        {MATERIAL_SEG_CONC, SEG, REO_TONNES(40), 97 * PER_CENT, COMPONENT_Nd, PER_CENT / 2}};
    LotQueue *queue = stock(facility, MATERIAL_BO_CONC);
    // Two or three charges a day; a lot is often fed over two days.
    for (uint32_t n = 0; n < 3 * facility->complex->pace && queue->count; n++)
        charge(industry, facility, MATERIAL_BO_CONC, 1,
               queue_at(queue, 0)->book_net > 30 * MG_PER_TONNE && !chance(facility, 3));
    // Once a week the port sends concentrate from abroad.
    for (uint32_t n = 0; (industry->today + 3) % 7 == 1 && n < facility->complex->pace; n++)
        import_ore(industry, facility);
    while (stock(facility, MATERIAL_MP_CONC)->count)
        charge(industry, facility, MATERIAL_MP_CONC, 2, false);
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
        draw_product(industry, facility, &products[i], true);
    if (is_friday(industry))
        draw_residue(industry, facility, MATERIAL_LEACH_RESIDUE, lost_in_separation(true),
                     60 * PER_CENT);
    ship(industry, facility, MATERIAL_PRND_OXIDE, METAL_WORKS, 2, 3);
    ship(industry, facility, MATERIAL_LACE_OXIDE, chance(facility, 4) ? TRADE_STORE : CERAMIC_WORKS,
         2, 3);
    ship(industry, facility, MATERIAL_SEG_CONC, SOUTH_SX, 2, 2);
}

void south_separation(Industry *industry, Facility *facility) {
    static const Product products[] = {
        {MATERIAL_LACE_OXIDE, LACE, REO_TONNES(150), 985 * PER_CENT / 10, COMPONENT_Nd,
         PER_CENT / 20},
        {MATERIAL_PRND_OXIDE, PRND, REO_TONNES(60), 99 * PER_CENT, COMPONENT_Ce, PER_CENT / 30},
        {MATERIAL_SMEUGD_OXIDE, BIT(Sm) | BIT(Eu) | BIT(Gd), REO_TONNES(40), 985 * PER_CENT / 10,
         COMPONENT_Tb, PER_CENT / 50},
        {MATERIAL_TB_OXIDE, BIT(Tb), REO_TONNES(3), 99 * PER_CENT, COMPONENT_Dy, PER_CENT / 40},
        {MATERIAL_DY_OXIDE, BIT(Dy), REO_TONNES(6), 99 * PER_CENT, COMPONENT_Tb, PER_CENT / 40},
        {MATERIAL_HEAVY_OXIDE, HEAVY, REO_TONNES(40), 98 * PER_CENT, COMPONENT_Dy, PER_CENT / 20}};
    while (stock(facility, MATERIAL_CARBONATE)->count)
        charge(industry, facility, MATERIAL_CARBONATE, 2, false);
    while (stock(facility, MATERIAL_SEG_CONC)->count)
        charge(industry, facility, MATERIAL_SEG_CONC, 2, false);
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
        draw_product(industry, facility, &products[i], true);
    if (is_friday(industry))
        draw_residue(industry, facility, MATERIAL_LEACH_RESIDUE, lost_in_separation(false),
                     20 * PER_CENT);
    ship(industry, facility, MATERIAL_PRND_OXIDE, METAL_WORKS, 2, 3);
    ship(industry, facility, MATERIAL_LACE_OXIDE, TRADE_STORE, 2, 2);
    ship(industry, facility, MATERIAL_SMEUGD_OXIDE, TRADE_STORE, 1, 2);
    ship(industry, facility, MATERIAL_HEAVY_OXIDE, TRADE_STORE, 1, 2);
    ship_heavy(industry, facility);
}
