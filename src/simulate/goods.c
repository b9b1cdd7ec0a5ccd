// Goods come and go: consignments between facilities, what is sold outside the book, what is
// thrown away.
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "simulate/work.h"

// Goods that came before their papers: the receiver says all of them itself.
static bool is_unmatched(const Industry *industry, const Consignment *consignment) {
    return consignment->told > industry->today;
}

static void receive_line(Industry *industry, Facility *facility, Out *out,
                         const Consignment *consignment, const Lot *sent, bool final) {
    bool unmatched = is_unmatched(industry, consignment);
    const MaterialSpec *material = &materials[sent->material];
    Lot lot = *sent;
    lot_name(facility->party, &lot, sent->material);
    Weighed weighed = lot_weigh(industry, facility, &lot);
    put(out, "{\"from_lot\":\"");
    put(out, sent->id);
    put(out, "\",\"lot\":\"");
    put(out, lot.id);
    if (unmatched) {
        put(out, "\",\"material\":\"");
        put(out, material->id);
    }
    if (!final) {
        put(out, "\",\"of\":");
        put_kg(out, sent->book_net);
        put(out, ",\"net\":");
    } else {
        put(out, "\",\"net\":");
    }
    put_kg(out, weighed.net);
    if (lot.moisture) {
        put(out, ",\"moisture\":");
        put_per_cent(out, weighed.moisture);
    }
    put_weighing(facility, out, &weighed, lot.moisture > 0);
    lot.book_net = weighed.net;
    lot.book_moisture = weighed.moisture;
    // A recycler always looks for itself; a separation plant at one concentrate in four, and a
    // metal works at one oxide in ten.
    bool looks = unmatched || facility->kind == RECYCLE_WORKS ||
                 (material->assay == ASSAY_CONCENTRATE && chance(facility, 4)) ||
                 (facility->kind == METAL_WORKS && chance(facility, 10));
    if (looks) {
        Figures figures;
        lot_assay(industry, facility, &lot, facility->kind == RECYCLE_WORKS ? 0 : 1, &figures);
        put_assay(out, &figures);
        lot_learn(&lot, &figures);
    }
    put(out, final ? ",\"final\":true}" : "}");
    tally_add(facility, lot.material, TALLY_RECEIVED, weighed.net);
    const Facility *partner = consignment->from == facility ? consignment->to : consignment->from;
    tally_partner(industry, facility, lot.material, partner->id, weighed.net, 0);
    tally_content(industry, facility, &lot);
    queue_push(industry, stock(facility, lot.material), &lot);
}

// A magnet works has every second lot of alloy analysed again; the result comes as it is received.
static void inspect(Industry *industry, Facility *facility, Material material) {
    LotQueue *queue = stock(facility, material);
    if (material != MATERIAL_STRIP_ALLOY || !queue->count || !chance(facility, 2)) return;
    measure_lot(industry, facility, facility->party, queue_at(queue, queue->count - 1), AT_MORNING);
}

static Consignment *inbound_new(Industry *industry, Facility *to) {
    if (to->inbound_count == to->inbound_capacity) {
        uint32_t capacity = to->inbound_capacity ? to->inbound_capacity * 3 / 2 : 2;
        Consignment *inbound = memory_resize(to->inbound, capacity * sizeof *inbound);
        if (!inbound) {
            industry_no_memory(industry);
            return NULL;
        }
        to->inbound = inbound;
        to->inbound_capacity = capacity;
    }
    return &to->inbound[to->inbound_count++];
}

// A trader invoices what it has just sent; it is the buyer's from then on, until it is turned back
// and credited.
static void sell(Industry *industry, Facility *facility, const Consignment *consignment,
                 const Party *buyer) {
    Out *out = entry_begin(industry, facility, facility->party, "sell", "se", AT_SHIP, 0);
    put(out, ",\"to\":");
    put_text(out, buyer->id);
    put(out, ",\"lots\":[");
    for (uint32_t n = 0; n < consignment->count; n++) {
        if (n) put(out, ",");
        put_input(out, consignment->lots[n].id, -1);
    }
    put(out, "],\"invoice\":\"");
    put(out, facility->party->id);
    put(out, "-");
    put_number(out, facility->party->events);
    put(out, "\"");
    entry_end(industry);
}

// Once in a while goods are turned back at the gate, and their shipper gets them again.
static bool turn_back(Industry *industry, Facility *facility, const Consignment *consignment) {
    enum { TURNED_ONE_IN = 400 };
    if (consignment->from == facility || consignment->is_begun ||
        is_unmatched(industry, consignment) || !chance(facility, TURNED_ONE_IN))
        return false;
    Out *out = begin(industry, facility, "return.goods", "rg", AT_MORNING);
    put(out, ",\"consignment\":");
    put_text(out, consignment->id);
    put(out, ",\"lots\":[");
    for (uint32_t n = 0; n < consignment->count; n++) {
        if (n) put(out, ",");
        put_input(out, consignment->lots[n].id, -1);
    }
    put(out, "],\"reason\":\"");
    put(out, chance(facility, 2) ? "seal broken\"" : "papers do not fit\"");
    entry_end(industry);
    if (consignment->is_sold) sell(industry, facility, consignment, consignment->from->party);
    Consignment *back = inbound_new(industry, consignment->from);
    if (!back) return true;
    *back = *consignment;
    back->arrival = back->entered = industry->today + 1 + (Day)random_below(&facility->random, 3);
    return true;
}

// The first lorry of two brings half of the first lot; the rest comes tomorrow.
static bool comes_in_two(const Industry *industry, Facility *facility,
                         const Consignment *consignment) {
    enum { IN_TWO_ONE_IN = 80 };
    const Lot *lot = &consignment->lots[0];
    bool may = materials[lot->material].assay == ASSAY_CONCENTRATE && !consignment->is_begun &&
               !is_unmatched(industry, consignment) && consignment->from != facility &&
               consignment->entered == industry->today &&
               month_of_day(industry->today + 1) == month_of_day(industry->today);
    return may && chance(facility, IN_TWO_ONE_IN);
}

// Receives these lots of a consignment; `final`: nothing more of them will come.
static void receive(Industry *industry, Facility *facility, const Consignment *consignment,
                    const Lot *lots, uint32_t count, bool final) {
    slip_begin(facility, SLIP_ONE_IN);
    Out *out = entry_begin_when(
        industry, facility, facility->party, "receive", "re",
        (When){.phase = AT_MORNING,
               .happened_in = -(int)(consignment->entered - consignment->arrival)});
    put_facility(out, facility);
    put(out, ",\"from\":");
    put_text(out, consignment->from->party->id);
    put(out, ",\"consignment\":");
    put_text(out, consignment->id);
    put(out, ",\"lines\":[");
    for (uint32_t n = 0; n < count; n++) {
        if (n) put(out, ",");
        receive_line(industry, facility, out, consignment, &lots[n], final);
    }
    put(out, "]");
    slip_end(industry, facility);
}

void receive_arrivals(Industry *industry, Facility *facility) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < facility->inbound_count; i++) {
        Consignment *consignment = &facility->inbound[i];
        if (consignment->entered > industry->today) {
            if (kept != i) facility->inbound[kept] = *consignment;
            kept++;
            continue;
        }
        if (turn_back(industry, facility, consignment)) continue;
        if (comes_in_two(industry, facility, consignment)) {
            Lot half;
            Lot *lot = &consignment->lots[0];
            lot_take(lot, lot->book_net / 2 / MG_PER_KG * MG_PER_KG, &half);
            receive(industry, facility, consignment, &half, 1, false);
            consignment->arrival = consignment->entered = industry->today + 1;
            consignment->is_begun = true;
            if (kept != i) facility->inbound[kept] = *consignment;
            kept++;
            continue;
        }
        receive(industry, facility, consignment, consignment->lots, consignment->count, true);
        for (uint32_t n = 0; n < consignment->count && facility->kind == MAGNET_WORKS; n++)
            inspect(industry, facility, consignment->lots[n].material);
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

// Most goods are told of at once. One shipment in so many is entered days later, mostly after the
// goods have come, and one receipt in so many waits until after the weekend; not beyond a month's
// end, which the shipper's and the receiver's clerks both look after.
static void set_days(Industry *industry, Facility *facility, Material material,
                     Consignment *consignment) {
    enum { SHIP_LATE_ONE_IN = 120, RECEIPT_LATE_ONE_IN = 50 };
    Day month_end = month_last_day(month_of_day(industry->today));
    Day told = industry->today, arrival = told + 1 + (Day)random_below(&facility->random, 3);
    bool has_assay = materials[material].assay != ASSAY_ARTICLE;
    if (chance(facility, SHIP_LATE_ONE_IN) && has_assay)
        told += 2 + (Day)random_below(&facility->random, 3);
    Day entered = arrival;
    if (chance(facility, RECEIPT_LATE_ONE_IN))
        entered += 1 + (Day)random_below(&facility->random, 3);
    if (told > month_end) told = industry->today;
    if (month_of_day(entered) != month_of_day(arrival)) entered = arrival;
    consignment->told = told;
    consignment->arrival = arrival;
    consignment->entered = entered;
}

void ship(Industry *industry, Facility *facility, Material material, FacilityKind kind,
          uint32_t least, uint32_t most) {
    LotQueue *queue = stock(facility, material);
    assert(least >= 1 && most <= CONSIGNMENT_LOTS);
    while (queue->count >= least && !industry->failed) {
        Facility *to = destination(industry, facility, kind);
        Consignment *consignment = inbound_new(industry, to);
        if (!consignment) return;
        set_days(industry, facility, material, consignment);
        consignment->is_begun = false;
        consignment->from = facility;
        consignment->to = to;
        consignment->count = 0;
        Out *out = entry_begin_when(
            industry, facility, facility->party, "ship", "sh",
            (When){.phase = AT_SHIP, .recorded_in = (int)(consignment->told - industry->today)});
        put_facility(out, facility);
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
        consignment->is_sold =
            facility->kind == TRADE_STORE && consignment->told == industry->today;
        if (consignment->is_sold) sell(industry, facility, consignment, to->party);
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

void left_for_good(Industry *industry, const Lot *lot) {
    for (int c = 0; c < COMPONENT_COUNT; c++)
        industry->sum.out_mg[c] += lot->mg[c];
}

// The other side's customs see what comes, whatever the papers call it.
void see_abroad(Facility *facility, Material material, const char *partner, int64_t mg) {
    for (uint32_t i = 0; i < facility->partner_count; i++) {
        PartnerTally *tally = &facility->partners[i];
        if (tally->material == material && !strcmp(tally->partner, partner)) tally->seen += mg;
    }
}

static void send_outside(Industry *industry, Facility *facility, Material material,
                         const char *buyer, uint32_t most) {
    LotQueue *queue = stock(facility, material);
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
        see_abroad(facility, material, buyer, lot.book_net);
        left_for_good(industry, &lot);
    }
    put(out, "]");
    entry_end(industry);
}

void ship_outside(Industry *industry, Facility *facility, Material material, const char *buyer,
                  uint32_t least, uint32_t most) {
    while (stock(facility, material)->count >= least && !industry->failed)
        send_outside(industry, facility, material, buyer, most);
}

void ship_one(Industry *industry, Facility *facility, Material material, const char *buyer) {
    send_outside(industry, facility, material, buyer, 1);
}

static void discard(Industry *industry, Facility *facility, Material material, uint32_t count,
                    const char *to, int happened_in) {
    LotQueue *queue = stock(facility, material);
    Out *out = entry_begin_when(industry, facility, facility->party, "discard", "di",
                                (When){.phase = AT_DISCARD, .happened_in = happened_in});
    put_facility(out, facility);
    put(out, ",\"lots\":[");
    Lot lot;
    for (uint32_t n = 0; n < count && queue_pop(queue, &lot); n++) {
        if (n) put(out, ",");
        put_input(out, lot.id, -1);
        tally_add(facility, material, TALLY_DISCARDED, lot.book_net);
        left_for_good(industry, &lot);
    }
    put(out, "],\"to\":");
    put_text(out, to);
    entry_end(industry);
}

void discard_all(Industry *industry, Facility *facility, Material material, const char *to) {
    enum { FORGOTTEN_ONE_IN = 10, MONTH_CLOSED = 6 };
    uint32_t count = stock(facility, material)->count;
    if (!count) return;
    if (industry->today < industry->end && chance(facility, FORGOTTEN_ONE_IN)) {
        facility->gone = count;
        facility->gone_on = industry->today;
        facility->gone_told =
            industry->today + MONTH_CLOSED + (Day)random_below(&facility->random, 4);
        return;
    }
    discard(industry, facility, material, count, to, 0);
}

void discard_gone(Industry *industry, Facility *facility, Material material, const char *to) {
    if (!facility->gone || facility->gone_told > industry->today) return;
    discard(industry, facility, material, facility->gone, to,
            -(int)(industry->today - facility->gone_on));
    facility->gone = 0;
}

void spill(Industry *industry, Facility *facility) {
    enum { SPILL_ONE_IN = 300, KG_MOST = 40 };
    if (!chance(facility, SPILL_ONE_IN)) return;
    int64_t net = (int64_t)(1 + random_below(&facility->random, KG_MOST)) * MG_PER_KG;
    for (int m = 0; m < MATERIAL_COUNT; m++) {
        LotQueue *queue = stock(facility, (Material)m);
        // Residue that is gone already cannot be spilled.
        if (!queue->count || facility->gone || queue_at(queue, 0)->book_net < 20 * net) continue;
        Lot *lot = queue_at(queue, 0), part;
        Out *out = begin(industry, facility, "loss", "lo", AT_TIDY);
        put(out, ",\"lots\":[");
        put_input(out, lot->id, net);
        put(out, "],\"reason\":\"spill\"");
        entry_end(industry);
        lot_take(lot, net, &part);
        tally_add(facility, (Material)m, TALLY_LOST, net);
        left_for_good(industry, &part);
        return;
    }
}
