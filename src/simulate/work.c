// A day's work at each kind of facility: what is truly done, and the event that says so.
// Nothing is lost in truth: what does not become product stands in a residue, slag or scrap that is
// measured, so that the books of an honest plant close within their errors.
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "simulate/industry.h"
#include "simulate/reference.h"

#define TENTH_TONNE (MG_PER_TONNE / 10)

static Out *begin(Industry *industry, Facility *facility, const char *kind, const char *prefix,
                  uint32_t phase) {
    Out *out = entry_begin(industry, facility, facility->party, kind, prefix, phase, 0);
    put_facility(out, facility);
    return out;
}

static LotQueue *stock(Facility *facility, Material material) {
    return &facility->stock[material];
}

static bool chance(Facility *facility, uint32_t one_in) {
    return random_below(&facility->random, one_in) == 0;
}

// --- goods come and go ---------------------------------------------------------------------------

static void receive_line(Industry *industry, Facility *facility, Out *out,
                         const Consignment *consignment, const Lot *sent) {
    const MaterialSpec *material = &materials[sent->material];
    Lot lot = *sent;
    lot_name(facility->party, &lot, sent->material);
    Weighed weighed = lot_weigh(industry, facility, &lot);
    put(out, "{\"from_lot\":\"");
    put(out, sent->id);
    put(out, "\",\"lot\":\"");
    put(out, lot.id);
    put(out, "\",\"net\":");
    put_kg(out, weighed.net);
    if (lot.moisture) {
        put(out, ",\"moisture\":");
        put_per_cent(out, weighed.moisture);
    }
    put_weighing(facility, out, &weighed, lot.moisture > 0);
    // A recycler always looks for itself; a separation plant at one concentrate in four, and a
    // metal works at one oxide in ten.
    bool looks = facility->kind == RECYCLE_WORKS ||
                 (material->assay == ASSAY_CONCENTRATE && chance(facility, 4)) ||
                 (facility->kind == METAL_WORKS && chance(facility, 10));
    if (looks) {
        Figures figures;
        lot_assay(industry, facility, &lot, facility->kind == RECYCLE_WORKS ? 0 : 1, &figures);
        put_assay(out, &figures);
        lot.is_calculated = false;
    }
    put(out, ",\"final\":true}");
    lot.book_net = weighed.net;
    tally_add(facility, lot.material, TALLY_RECEIVED, weighed.net);
    tally_partner(industry, facility, lot.material, consignment->from->id, weighed.net, 0);
    facility->treo_mg[lot.material] += industry_reo(lot.mg, ALL_RARE) / 1000;
    facility->treo_dry[lot.material] += lot.dry / 1000;
    queue_push(industry, stock(facility, lot.material), &lot);
}

static void receive_arrivals(Industry *industry, Facility *facility) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < facility->inbound_count; i++) {
        Consignment *consignment = &facility->inbound[i];
        if (consignment->arrival > industry->today) {
            if (kept != i) facility->inbound[kept] = *consignment;
            kept++;
            continue;
        }
        Out *out = begin(industry, facility, "receive", "re", AT_MORNING);
        put(out, ",\"from\":");
        put_text(out, consignment->from->party->id);
        put(out, ",\"consignment\":");
        put_text(out, consignment->id);
        put(out, ",\"lines\":[");
        for (uint32_t n = 0; n < consignment->count; n++) {
            if (n) put(out, ",");
            receive_line(industry, facility, out, consignment, &consignment->lots[n]);
        }
        put(out, "]");
        entry_end(industry);
    }
    facility->inbound_count = kept;
}

// One consignment in ten goes to the next industry's plant.
static Facility *destination(Industry *industry, Facility *from, FacilityKind kind) {
    uint32_t number = from->complex->number;
    if (chance(from, 10)) number = (number + 1) % industry->options->scale;
    return &industry->complexes[number].facilities[kind];
}

static void put_consignment(Out *out, Party *party, char id[ID_MAX]) {
    Out text = {.bytes = id, .capacity = ID_MAX};
    put(&text, party->id);
    put(&text, ":CN-");
    put_number(&text, ++party->consignments);
    assert(text.length < ID_MAX);
    id[text.length] = 0;
    put(out, ",\"consignment\":");
    put_text(out, id);
}

// Ships whole lots, oldest first, once there are `least` of them; at most `most` together.
static void ship(Industry *industry, Facility *facility, Material material, FacilityKind kind,
                 uint32_t least, uint32_t most) {
    LotQueue *queue = stock(facility, material);
    assert(least >= 1 && most <= CONSIGNMENT_LOTS);
    while (queue->count >= least && !industry->failed) {
        Facility *to = destination(industry, facility, kind);
        if (to->inbound_count == to->inbound_capacity) {
            uint32_t capacity = to->inbound_capacity ? to->inbound_capacity * 2 : 4;
            Consignment *inbound = memory_resize(to->inbound, capacity * sizeof *inbound);
            if (!inbound) {
                industry_no_memory(industry);
                return;
            }
            to->inbound = inbound;
            to->inbound_capacity = capacity;
        }
        Consignment *consignment = &to->inbound[to->inbound_count++];
        consignment->arrival = industry->today + 1 + (Day)random_below(&facility->random, 3);
        consignment->from = facility;
        consignment->count = 0;
        Out *out = begin(industry, facility, "ship", "sh", AT_SHIP);
        put_consignment(out, facility->party, consignment->id);
        put(out, ",\"to\":");
        put_text(out, to->id);
        put(out, ",\"lots\":[");
        while (consignment->count < most && queue->count) {
            Lot *lot = &consignment->lots[consignment->count];
            queue_pop(queue, lot);
            if (consignment->count++) put(out, ",");
            put_input(out, lot->id, -1);
            tally_add(facility, material, TALLY_SHIPPED, lot->book_net);
            tally_partner(industry, facility, material, to->id, 0, lot->book_net);
        }
        put(out, "]");
        entry_end(industry);
    }
}

static void left_for_good(Industry *industry, const Lot *lot) {
    for (int c = 0; c < COMPONENT_COUNT; c++)
        industry->sum.out_mg[c] += lot->mg[c];
}

static void ship_outside(Industry *industry, Facility *facility, Material material,
                         const char *buyer, uint32_t least, uint32_t most) {
    LotQueue *queue = stock(facility, material);
    while (queue->count >= least && !industry->failed) {
        char id[ID_MAX];
        Out *out = begin(industry, facility, "ship", "sh", AT_SHIP);
        put_consignment(out, facility->party, id);
        put(out, ",\"outside\":{\"kind\":\"other\",\"name\":");
        put_text(out, buyer);
        put(out, "},\"lots\":[");
        Lot lot;
        for (uint32_t n = 0; n < most && queue_pop(queue, &lot); n++) {
            if (n) put(out, ",");
            put_input(out, lot.id, -1);
            tally_add(facility, material, TALLY_SHIPPED, lot.book_net);
            tally_partner(industry, facility, material, buyer, 0, lot.book_net);
            left_for_good(industry, &lot);
        }
        put(out, "]");
        entry_end(industry);
    }
}

static void discard_all(Industry *industry, Facility *facility, Material material, const char *to) {
    LotQueue *queue = stock(facility, material);
    if (!queue->count) return;
    Out *out = begin(industry, facility, "discard", "di", AT_DISCARD);
    put(out, ",\"lots\":[");
    Lot lot;
    for (bool first = true; queue_pop(queue, &lot); first = false) {
        if (!first) put(out, ",");
        put_input(out, lot.id, -1);
        tally_add(facility, material, TALLY_DISCARDED, lot.book_net);
        left_for_good(industry, &lot);
    }
    put(out, "],\"to\":");
    put_text(out, to);
    entry_end(industry);
}

// --- mines
// -----------------------------------------------------------------------------------------

static void scatter(Facility *facility, const int64_t share[COMPONENT_COUNT],
                    int64_t out[COMPONENT_COUNT]) {
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        int64_t sigma = share[c] >= 5 * PER_CENT ? 15 * PER_CENT / 10 : 3 * PER_CENT;
        out[c] = share[c] ? disturb(share[c], draw_error(&facility->random, sigma)) : 0;
    }
}

static void put_source(Out *out, const Facility *facility) {
    put(out, ",\"source\":\"");
    put(out, facility->kind == NORTH_MINE ? "BO-PIT" : "XW-FIELD");
    if (facility->complex->number) {
        put(out, "-");
        put_number(out, facility->complex->number + 1);
    }
    put(out, "\"");
}

static bool may_mine(Party *party, int64_t reo) {
    if (party->mining_drawn + reo / 100 * 103 > party->mining_allotted)
        return false; // an honest mine stops
    party->mining_drawn += reo;
    return true;
}

static void mine_concentrate(Industry *industry, Facility *facility) {
    ReferenceDeposit deposit;
    bool found = reference_deposit_find("BO-USGS", &deposit);
    assert(found);
    int64_t share[COMPONENT_COUNT];
    scatter(facility, deposit.share_ppb, share);
    int64_t reo = disturb(industry->north_daily_reo, draw_error(&facility->random, 3 * PER_CENT));
    if (!may_mine(facility->party, reo)) return;
    Lot lot = {.net = 0};
    lot_name(facility->party, &lot, MATERIAL_BO_CONC);
    fill_reo(lot.mg, share, LIGHT, reo);
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
    entry_end(industry);
}

static void mine_leachate(Industry *industry, Facility *facility) {
    ReferenceDeposit deposit;
    bool found = reference_deposit_find("XW-CN", &deposit);
    assert(found);
    int64_t share[COMPONENT_COUNT];
    scatter(facility, deposit.share_ppb, share);
    int64_t reo = disturb(industry->south_daily_reo, draw_error(&facility->random, 5 * PER_CENT));
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
    tally_add(facility, MATERIAL_LEACHATE, TALLY_EXTRACTED, weighed.net);
}

// --- pools
// -------------------------------------------------------------------------------------------

// Charges the oldest lots, up to `most` together; of a single one only about half, if so wanted.
static void charge(Industry *industry, Facility *facility, Material material, uint32_t most,
                   bool half) {
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

typedef struct Product {
    Material material;
    uint64_t group;    // the components that it is made of, as the pool has them
    int64_t lot_reo;   // mg
    int64_t oxide_ppb; // oxides in the dry mass
    int component;     // and a trace of this one, ppb of the REO
    int64_t trace_ppb;
} Product;

static int64_t surplus(const Facility *facility, uint64_t group) {
    return industry_reo(facility->pool, group) - industry_reo(facility->target, group);
}

static bool may_separate(Party *party, int64_t reo) {
    if (party->separation_allotted == 0) return true; // a recycler draws no quota
    if (party->separation_drawn + reo / 100 * 103 > party->separation_allotted) return false;
    party->separation_drawn += reo;
    return true;
}

static void draw_product(Industry *industry, Facility *facility, const Product *product,
                         bool draws_quota) {
    for (int n = 0; n < 6 && surplus(facility, product->group) >= product->lot_reo; n++) {
        int64_t reo = disturb(product->lot_reo, draw_error(&facility->random, PER_CENT));
        if (draws_quota && !may_separate(facility->party, reo)) return;
        Lot lot = {.net = 0};
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
        for (int c = 0; c < COMPONENT_COUNT; c++)
            facility->pool[c] -= lot.mg[c];
        lot_form(facility, &lot, reo, product->oxide_ppb);
        Out *out = begin(industry, facility, "draw", "dr", AT_DRAW);
        put(out, ",\"pool\":");
        put_text(out, facility->pool_id);
        put(out, ",\"outputs\":[");
        put_output(industry, facility, out, &lot, SAY_ASSAY, TALLY_MADE);
        put(out, "]");
        entry_end(industry);
        // Now and then the laboratory repeats its own work.
        if (chance(facility, 40) && product->material == MATERIAL_PRND_OXIDE) {
            Laboratory *laboratory =
                &industry->laboratories[facility->complex->number / 10 * 2 + 1];
            Figures figures;
            lot_assay(industry, facility, &lot, 1, &figures);
            out = entry_begin(industry, facility, &laboratory->party, "measure", "ms", AT_TIDY, 0);
            put(out, ",\"lot\":");
            put_text(out, lot.id);
            put_assay(out, &figures);
            entry_end(industry);
        }
    }
}

// What cracking, leaching and washing leave behind: a share of what was charged since the last
// time.
static void draw_residue(Industry *industry, Facility *facility, Material material,
                         int64_t lost_ppb, int64_t dry_ppb) {
    if (!facility->charged_dry) return;
    Lot lot = {.net = 0};
    lot_name(facility->party, &lot, material);
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!(materials[material].report & COMPONENT_BIT(c))) {
            lot.mg[c] =
                facility->charged[c] < facility->pool[c] ? facility->charged[c] : facility->pool[c];
        } else {
            lot.mg[c] = part_of(facility->charged[c], lost_ppb, PPB);
        }
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

#define PRND               (BIT(Pr) | BIT(Nd))
#define LACE               (BIT(La) | BIT(Ce))
#define SEG                (BIT(Sm) | BIT(Eu) | BIT(Gd) | BIT(Tb) | BIT(Dy))
#define REO_TONNES(tenths) ((tenths)*TENTH_TONNE)

static bool is_friday(const Industry *industry) {
    return (industry->today + 3) % 7 == 4;
}

static int64_t lost_in_separation(bool cracks) {
    int64_t kept = reference_yield("RE chloride solution", "solvent extraction overall recovery");
    if (cracks)
        kept = part_of(kept,
                       reference_yield("mixed bastnaesite-monazite concentrate",
                                       "sulfuric acid bake and leach recovery"),
                       PPB);
    return PPB - kept;
}

static void north_separation(Industry *industry, Facility *facility) {
    static const Product products[] = {
        {MATERIAL_LACE_OXIDE, LACE, REO_TONNES(250), 985 * PER_CENT / 10, COMPONENT_Nd,
         PER_CENT / 20},
        {MATERIAL_PRND_OXIDE, PRND, REO_TONNES(75), 99 * PER_CENT, COMPONENT_Ce, PER_CENT / 30},
        {MATERIAL_SEG_CONC, SEG, REO_TONNES(40), 97 * PER_CENT, COMPONENT_Nd, PER_CENT / 2}};
    LotQueue *queue = stock(facility, MATERIAL_BO_CONC);
    // Two or three charges a day; a lot is often fed over two days.
    for (int n = 0; n < 3 && queue->count; n++)
        charge(industry, facility, MATERIAL_BO_CONC, 1,
               queue_at(queue, 0)->book_net > 30 * MG_PER_TONNE && !chance(facility, 3));
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

static void south_separation(Industry *industry, Facility *facility) {
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
    ship(industry, facility, MATERIAL_DY_OXIDE, METAL_WORKS, 1, 2);
    ship(industry, facility, MATERIAL_TB_OXIDE, METAL_WORKS, 1, 2);
}

static void leach_field(Industry *industry, Facility *facility) {
    static const Product carbonate = {MATERIAL_CARBONATE, ALL_RARE, REO_TONNES(38), 0, 0, 0};
    if (is_workday(industry->today) && (industry->today + 3) % 7 % 2 == 0)
        mine_leachate(industry, facility);
    Product product = carbonate;
    product.oxide_ppb = reference_material("rare earth carbonate (mixed, commercial)", "REO");
    if (surplus(facility, ALL_RARE) >= product.lot_reo &&
        may_mine(facility->party, product.lot_reo))
        draw_product(industry, facility, &product, false);
    ship(industry, facility, MATERIAL_CARBONATE, SOUTH_SX, 2, 3);
}

// A recycler's circuit: whatever scrap comes, together.
static void recycle(Industry *industry, Facility *facility) {
    static const Product products[] = {
        {MATERIAL_PRND_OXIDE, PRND, REO_TONNES(60), 99 * PER_CENT, 0, 0},
        {MATERIAL_GD_OXIDE, BIT(Gd), REO_TONNES(10), 99 * PER_CENT, 0, 0},
        {MATERIAL_TB_OXIDE, BIT(Tb), REO_TONNES(2), 99 * PER_CENT, COMPONENT_Dy, PER_CENT / 40},
        {MATERIAL_DY_OXIDE, BIT(Dy), REO_TONNES(6), 99 * PER_CENT, COMPONENT_Tb, PER_CENT / 40}};
    static const struct {
        Material material;
        const char *kind, *name;
        int64_t ppb[COMPONENT_COUNT];
        int64_t net;
    } outside[2] = {{MATERIAL_SWARF,
                     "production scrap",
                     "magnet works abroad",
                     {[COMPONENT_Pr] = 45 * PER_CENT / 10,
                      [COMPONENT_Nd] = 24 * PER_CENT,
                      [COMPONENT_Dy] = 2 * PER_CENT,
                      [COMPONENT_Tb] = 3 * PER_CENT / 10,
                      [COMPONENT_Fe] = 66 * PER_CENT,
                      [COMPONENT_B] = PER_CENT},
                     40 * TENTH_TONNE},
                    {MATERIAL_EOL_MAGNETS,
                     "post-consumer",
                     "motor dismantlers",
                     {[COMPONENT_Pr] = 479 * PER_CENT / 100,
                      [COMPONENT_Nd] = 1619 * PER_CENT / 100,
                      [COMPONENT_Gd] = 363 * PER_CENT / 100,
                      [COMPONENT_Dy] = 161 * PER_CENT / 100,
                      [COMPONENT_Tb] = 2 * PER_CENT / 10,
                      [COMPONENT_Fe] = 592 * PER_CENT / 10,
                      [COMPONENT_B] = PER_CENT},
                     25 * TENTH_TONNE}};
    for (int k = 0; k < 2; k++) {
        if (!is_workday(industry->today) || !chance(facility, 3)) continue;
        Out *out = begin(industry, facility, "receive", "re", AT_MORNING);
        put(out, ",\"outside\":{\"kind\":");
        put_text(out, outside[k].kind);
        put(out, ",\"name\":");
        put_text(out, outside[k].name);
        put(out, "},\"lines\":[");
        Lot lot = {.net = 0};
        lot_name(facility->party, &lot, outside[k].material);
        int64_t dry = disturb(outside[k].net, draw_error(&facility->random, 8 * PER_CENT)),
                components = 0;
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            if (!outside[k].ppb[c]) continue;
            lot.mg[c] = part_of(
                dry, disturb(outside[k].ppb[c], draw_error(&facility->random, 4 * PER_CENT)), PPB);
            components += lot.mg[c];
            industry->sum.in_mg[c] += lot.mg[c];
        }
        lot_form(facility, &lot, components < dry ? dry : components, PPB);
        Lot *stored = put_output(industry, facility, out, &lot, SAY_ASSAY, TALLY_RECEIVED);
        tally_partner(industry, facility, lot.material, outside[k].name, stored->book_net, 0);
        put(out, "]");
        entry_end(industry);
    }
    static const Material feed[] = {MATERIAL_SWARF, MATERIAL_ALLOY_SCRAP, MATERIAL_EOL_MAGNETS,
                                    MATERIAL_METAL_SLAG};
    for (size_t i = 0; i < sizeof feed / sizeof feed[0]; i++) {
        LotQueue *queue = stock(facility, feed[i]);
        if (!queue->count) continue;
        bool half = queue->count == 1 && queue_at(queue, 0)->book_net > 38 * TENTH_TONNE;
        charge(industry, facility, feed[i], half ? 1 : 4, half);
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
    ship(industry, facility, MATERIAL_DY_OXIDE, METAL_WORKS, 1, 2);
    ship(industry, facility, MATERIAL_TB_OXIDE, METAL_WORKS, 1, 2);
    ship(industry, facility, MATERIAL_GD_OXIDE, TRADE_STORE, 1, 2);
}

// --- batches
// -------------------------------------------------------------------------------------------

// Takes `book_mg` of the oldest lot (all of it when negative or not less) into the batch, and says
// so.
static void batch_input(Facility *facility, Out *out, Material material, int64_t book_mg,
                        Lot *batch, bool *first) {
    LotQueue *queue = stock(facility, material);
    if (!queue->count) return;
    Lot *lot = queue_at(queue, 0), part;
    bool all = book_mg < 0 || book_mg >= lot->book_net;
    if (!*first) put(out, ",");
    *first = false;
    put_input(out, lot->id, all ? -1 : book_mg);
    if (all)
        queue_pop(queue, &part);
    else
        lot_take(lot, book_mg, &part);
    tally_add(facility, material, TALLY_USED, part.book_net);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        batch->mg[c] += part.mg[c];
    batch->dry += part.dry;
}

static void share_out(Lot *batch, int64_t ppb, Lot *part) {
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        part->mg[c] = part_of(batch->mg[c], ppb, PPB);
        batch->mg[c] -= part->mg[c];
    }
}

// What a batch became: a lot of the material, all of its components in it, at so many parts of the
// mass in 1e9, weighed and described.
static Lot *put_product(Industry *industry, Facility *facility, Out *out, Lot *product,
                        Material material, int64_t components_ppb, Saying saying) {
    lot_name(facility->party, product, material);
    lot_form(facility, product, lot_components(product), components_ppb);
    return put_output(industry, facility, out, product, saying, TALLY_MADE);
}

static void reduce_batch(Industry *industry, Facility *facility, Material oxide, Material metal,
                         int64_t yield, const char *process) {
    LotQueue *queue = stock(facility, oxide);
    Out *out = begin(industry, facility, "transform", "t", AT_DRAW);
    put(out, ",\"process\":");
    put_text(out, process);
    put(out, ",\"inputs\":[");
    Lot batch = {.net = 0};
    bool first = true;
    int64_t take = -1;
    if (oxide == MATERIAL_PRND_OXIDE && chance(facility, 8))
        take = queue_at(queue, 0)->book_net / 4 * 3 / TENTH_TONNE * TENTH_TONNE;
    if (take == 0) take = -1;
    batch_input(facility, out, oxide, take, &batch, &first);
    if (take < 0 && oxide == MATERIAL_PRND_OXIDE && batch.dry < 5 * MG_PER_TONNE)
        batch_input(facility, out, oxide, -1, &batch, &first);
    put(out, "],\"outputs\":[");
    Lot product = {.net = 0}, slag = {.net = 0};
    share_out(&batch, disturb(yield, draw_error(&facility->random, PER_CENT / 2)), &product);
    memcpy(slag.mg, batch.mg, sizeof slag.mg);
    bool assayed = metal != MATERIAL_PRND_METAL;
    Lot *stored = put_product(industry, facility, out, &product, metal, 99 * PER_CENT,
                              assayed ? SAY_ASSAY : SAY_CALCULATED);
    put(out, ",");
    put_product(industry, facility, out, &slag, MATERIAL_METAL_SLAG, 60 * PER_CENT, SAY_ASSAY);
    put(out, "]");
    entry_end(industry);
    if (assayed) return;
    // The works puts in what its recipe says and the laboratory's results in the evening.
    Figures figures;
    lot_assay(industry, facility, &product, 1, &figures);
    stored->is_calculated = false;
    out = entry_begin(industry, facility, facility->party, "measure", "ms", AT_TIDY, 0);
    put(out, ",\"lot\":");
    put_text(out, product.id);
    put_assay(out, &figures);
    entry_end(industry);
}

static void merge_all(Industry *industry, Facility *facility, Material material, uint32_t least,
                      uint32_t most) {
    LotQueue *queue = stock(facility, material);
    if (queue->count < least) return;
    Lot merged = {.net = 0}, lot;
    Out *out = begin(industry, facility, "merge", "me", AT_TIDY);
    put(out, ",\"inputs\":[");
    for (uint32_t n = 0; n < most && queue_pop(queue, &lot); n++) {
        if (n) put(out, ",");
        put_input(out, lot.id, -1);
        for (int c = 0; c < COMPONENT_COUNT; c++)
            merged.mg[c] += lot.mg[c];
        merged.dry += lot.dry;
        merged.net += lot.net;
        merged.book_net += lot.book_net;
    }
    lot_name(facility->party, &merged, material);
    put(out, "],\"lot\":");
    put_text(out, merged.id);
    entry_end(industry);
    queue_push(industry, queue, &merged);
}

static void metal_works(Industry *industry, Facility *facility) {
    int64_t yield =
        reference_yield("Nd2O3 or PrNd oxide", "metal yield, oxide-fluoride electrolysis");
    int64_t dy_yield = reference_yield("DyF3", "calciothermic reduction yield");
    for (int n = 0; n < 3 && stock(facility, MATERIAL_PRND_OXIDE)->count; n++)
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

static void buy_reagent(Industry *industry, Facility *facility, Material material, int64_t net_mg) {
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
    queue_push(industry, stock(facility, material), &lot);
}

static void alloy_works(Industry *industry, Facility *facility) {
    int64_t yield = reference_yield("metals", "alloy yield, vacuum melting and strip casting");
    buy_reagent(industry, facility, MATERIAL_IRON, 60 * MG_PER_TONNE);
    buy_reagent(industry, facility, MATERIAL_FERROBORON, 12 * MG_PER_TONNE);
    buy_reagent(industry, facility, MATERIAL_COBALT, 3 * MG_PER_TONNE);
    for (int n = 0; n < 2 && stock(facility, MATERIAL_PRND_METAL)->count; n++) {
        int64_t metal = queue_at(stock(facility, MATERIAL_PRND_METAL), 0)->book_net;
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
        for (size_t i = 0; i < sizeof recipe / sizeof recipe[0]; i++)
            batch_input(facility, out, recipe[i].material,
                        part_of(metal, recipe[i].per_metal_ppm, 1000000) / (MG_PER_KG / 10) *
                            (MG_PER_KG / 10),
                        &batch, &first);
        put(out, "],\"outputs\":[");
        Lot product = {.net = 0}, scrap = {.net = 0};
        share_out(&batch, disturb(yield, draw_error(&facility->random, PER_CENT / 4)), &product);
        memcpy(scrap.mg, batch.mg, sizeof scrap.mg);
        put_product(industry, facility, out, &product, MATERIAL_STRIP_ALLOY, 985 * PER_CENT / 10,
                    SAY_ASSAY);
        put(out, ",");
        put_product(industry, facility, out, &scrap, MATERIAL_ALLOY_SCRAP, 87 * PER_CENT,
                    SAY_CALCULATED);
        put(out, "]");
        entry_end(industry);
    }
    ship(industry, facility, MATERIAL_STRIP_ALLOY, MAGNET_WORKS, 2, 3);
    ship(industry, facility, MATERIAL_ALLOY_SCRAP, RECYCLE_WORKS, 4, 4);
}

static void magnet_works(Industry *industry, Facility *facility) {
    int64_t scrap = reference_yield("strip-cast alloy", "pre-consumer scrap arising");
    for (int n = 0; n < 2 && stock(facility, MATERIAL_STRIP_ALLOY)->count; n++) {
        Out *out = begin(industry, facility, "transform", "t", AT_DRAW);
        put(out, ",\"process\":\"sintering and grinding\",\"inputs\":[");
        Lot batch = {.net = 0}, swarf = {.net = 0}, magnets = {.net = 0};
        bool first = true;
        batch_input(facility, out, MATERIAL_STRIP_ALLOY, -1, &batch, &first);
        put(out, "],\"outputs\":[");
        share_out(&batch, disturb(scrap, draw_error(&facility->random, 5 * PER_CENT)), &swarf);
        memcpy(magnets.mg, batch.mg, sizeof magnets.mg);
        put_product(industry, facility, out, &magnets, MATERIAL_MAGNETS, 984 * PER_CENT / 10,
                    SAY_ASSAY);
        put(out, ",");
        put_product(industry, facility, out, &swarf, MATERIAL_SWARF, 86 * PER_CENT, SAY_CALCULATED);
        put(out, "]");
        entry_end(industry);
    }
    static const char *const buyers[] = {"motor works", "wind turbine works", "loudspeaker works"};
    ship_outside(industry, facility, MATERIAL_MAGNETS, buyers[random_below(&facility->random, 3)],
                 2, 3);
    ship(industry, facility, MATERIAL_SWARF, RECYCLE_WORKS, 2, 3);
}

static void trade_store(Industry *industry, Facility *facility) {
    // Parcels of LaCe oxide are halved for smaller buyers, heavy oxides are put together.
    LotQueue *lace = stock(facility, MATERIAL_LACE_OXIDE);
    if (lace->count && queue_at(lace, 0)->book_net > 12 * MG_PER_TONNE) {
        Lot *lot = queue_at(lace, 0), part;
        int64_t take = lot->book_net / 2 / MG_PER_KG * MG_PER_KG;
        Out *out = begin(industry, facility, "split", "sp", AT_TIDY);
        put(out, ",\"lot\":");
        put_text(out, lot->id);
        put(out, ",\"parts\":[");
        lot_take(lot, take, &part);
        lot_name(facility->party, &part, MATERIAL_LACE_OXIDE);
        put_input(out, part.id, take);
        put(out, "]");
        entry_end(industry);
        queue_push(industry, lace, &part);
    }
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
    Out *out = begin(industry, facility, "transform", "t", AT_DRAW);
    put(out, ",\"process\":\"milling and calcining\",\"inputs\":[");
    Lot batch = {.net = 0}, product = {.net = 0};
    bool first = true;
    batch_input(facility, out, oxide, -1, &batch, &first);
    put(out, "],\"outputs\":[");
    memcpy(product.mg, batch.mg, sizeof product.mg);
    put_product(industry, facility, out, &product, powder, 78 * PER_CENT, SAY_CALCULATED);
    put(out, "]");
    entry_end(industry);
}

static void ceramic_works(Industry *industry, Facility *facility) {
    for (int n = 0; n < 3 && stock(facility, MATERIAL_LACE_OXIDE)->count; n++)
        ceramic_batch(industry, facility, MATERIAL_LACE_OXIDE, MATERIAL_POLISH);
    static const Material heavy[] = {MATERIAL_HEAVY_OXIDE, MATERIAL_SMEUGD_OXIDE,
                                     MATERIAL_GD_OXIDE};
    for (size_t i = 0; i < sizeof heavy / sizeof heavy[0]; i++)
        if (stock(facility, heavy[i])->count)
            ceramic_batch(industry, facility, heavy[i], MATERIAL_CERAMIC);
    ship_outside(industry, facility, MATERIAL_POLISH, "glass works", 3, 4);
    ship_outside(industry, facility, MATERIAL_CERAMIC, "capacitor works", 2, 4);
}

void facility_day(Industry *industry, Facility *facility) {
    receive_arrivals(industry, facility);
    switch (facility->kind) {
    case NORTH_MINE:
        if (is_workday(industry->today)) mine_concentrate(industry, facility);
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
    case FACILITY_KINDS:
        break;
    }
}

void facility_month_end(Industry *industry, Facility *facility) {
    enum { WEIGHED_MAX = 12 };
    if (facility->kind == NORTH_SX || facility->kind == SOUTH_SX)
        discard_all(industry, facility, MATERIAL_LEACH_RESIDUE, "tailings pond 2");
    if (facility->kind == RECYCLE_WORKS)
        discard_all(industry, facility, MATERIAL_IRON_RESIDUE, "slag heap");
    bool any = facility->has_pool;
    for (int m = 0; m < MATERIAL_COUNT; m++)
        any |= facility->stock[m].count > 0;
    if (!any) return;
    Out *out = begin(industry, facility, "stocktake", "st", AT_STOCKTAKE);
    uint32_t weighed_count = 0;
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        LotQueue *queue = &facility->stock[m];
        for (uint32_t i = 0; i < queue->count && weighed_count < WEIGHED_MAX; i++) {
            Lot *lot = queue_at(queue, i);
            Weighed weighed = lot_weigh(industry, facility, lot);
            put(out, weighed_count++ ? ",{\"lot\":" : ",\"lots\":[{\"lot\":");
            put_text(out, lot->id);
            put(out, ",\"net\":");
            put_kg(out, weighed.net);
            put_weighing(facility, out, &weighed, false);
            put(out, "}");
            lot->book_net = weighed.net;
        }
    }
    if (weighed_count) put(out, "]");
    if (facility->has_pool) put_survey(industry, facility, out);
    entry_end(industry);
}
