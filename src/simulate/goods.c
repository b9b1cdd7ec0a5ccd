// Goods come and go: consignments between facilities, what is sold outside the book, what is
// thrown away.
#include <assert.h>

#include "base/memory.h"
#include "simulate/work.h"

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

void receive_arrivals(Industry *industry, Facility *facility) {
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
    if (chance(from, 10)) number = (number + 1) % industry->complex_count;
    return &industry->complexes[number].facilities[kind];
}

void put_consignment(Out *out, Party *party, char id[ID_MAX]) {
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
void ship(Industry *industry, Facility *facility, Material material, FacilityKind kind,
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

void ship_heavy(Industry *industry, Facility *facility) {
    enum { ENOUGH = 6 };
    static const Material oxides[] = {MATERIAL_DY_OXIDE, MATERIAL_TB_OXIDE};
    static const Material metals[] = {MATERIAL_DY_METAL, MATERIAL_TB_METAL};
    Facility *facilities = facility->complex->facilities;
    for (int i = 0; i < 2; i++) {
        uint32_t waiting = stock(&facilities[ALLOY_WORKS], metals[i])->count +
                           stock(&facilities[METAL_WORKS], oxides[i])->count;
        ship(industry, facility, oxides[i], waiting < ENOUGH ? METAL_WORKS : CERAMIC_WORKS, 1, 2);
    }
}

static void left_for_good(Industry *industry, const Lot *lot) {
    for (int c = 0; c < COMPONENT_COUNT; c++)
        industry->sum.out_mg[c] += lot->mg[c];
}

void ship_outside(Industry *industry, Facility *facility, Material material, const char *buyer,
                  uint32_t least, uint32_t most) {
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

void discard_all(Industry *industry, Facility *facility, Material material, const char *to) {
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
