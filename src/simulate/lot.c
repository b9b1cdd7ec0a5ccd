// Stock in truth, and the lines that events say of it.
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "simulate/industry.h"

const MaterialSpec materials[MATERIAL_COUNT] = {
#define MATERIAL(suffix, id, code, name, name_zh, stage, form, ore_class, hs, moisture, assay,     \
                 report)                                                                           \
    {id, code, name, name_zh, stage, form, ore_class, hs, moisture, ASSAY_##assay, report},
#include "simulate/material.def"
#undef MATERIAL
};

const char *const tally_names[TALLY_COUNT] = {"opening", "received",  "extracted", "made",   "used",
                                              "shipped", "discarded", "lost",      "closing"};

Lot *queue_push(Industry *industry, LotQueue *queue, const Lot *lot) {
    if (queue->head + queue->count == queue->capacity) {
        if (queue->head && queue->head >= queue->capacity / 4) {
            memmove(queue->lots, queue->lots + queue->head, queue->count * sizeof *queue->lots);
            queue->head = 0;
        } else {
            uint32_t capacity = queue->capacity ? queue->capacity * 3 / 2 : 4;
            Lot *lots = memory_resize(queue->lots, capacity * sizeof *lots);
            if (!lots) {
                industry_no_memory(industry);
                return &industry->scratch;
            }
            queue->lots = lots;
            queue->capacity = capacity;
        }
    }
    Lot *place = &queue->lots[queue->head + queue->count++];
    *place = *lot;
    return place;
}

bool queue_pop(LotQueue *queue, Lot *lot) {
    if (!queue->count) return false;
    *lot = queue->lots[queue->head++];
    if (!--queue->count) queue->head = 0;
    return true;
}

Lot *queue_at(LotQueue *queue, uint32_t i) {
    assert(i < queue->count);
    return &queue->lots[queue->head + i];
}

void queue_done(LotQueue *queue) {
    memory_free(queue->lots);
    *queue = (LotQueue){0};
}

void lot_name(Party *party, Lot *lot, Material material) {
    Out id = {.bytes = lot->id, .capacity = sizeof lot->id};
    lot->material = material;
    put(&id, party->id);
    put(&id, ":");
    put(&id, materials[material].code);
    put(&id, "-");
    put_number(&id, ++party->lots);
    put(&id, party->slip);
    assert(id.length < sizeof lot->id);
    lot->id[id.length] = 0;
}

int64_t lot_components(const Lot *lot) {
    int64_t sum = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        sum += lot->mg[c];
    return sum;
}

void lot_form(Facility *facility, Lot *lot, int64_t share_mg, int64_t share_ppb) {
    int64_t share = disturb(share_ppb, draw_error(&facility->random, PER_CENT / 10));
    lot->dry = part_of(share_mg, PPB, share);
    int64_t components = lot_components(lot);
    if (lot->dry < components) lot->dry = components;
    lot->moisture = materials[lot->material].moisture;
    if (lot->moisture)
        lot->moisture = disturb(lot->moisture, draw_error(&facility->random, 5 * PER_CENT));
    lot->net = part_of(lot->dry, PPB, PPB - lot->moisture);
}

void lot_take(Lot *lot, int64_t book_mg, Lot *part) {
    *part = *lot;
    if (book_mg >= lot->book_net) {
        memset(lot->mg, 0, sizeof lot->mg);
        lot->dry = lot->net = lot->book_net = 0;
        return;
    }
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        part->mg[c] = part_of(lot->mg[c], book_mg, lot->book_net);
        lot->mg[c] -= part->mg[c];
    }
    part->dry = part_of(lot->dry, book_mg, lot->book_net);
    part->net = part_of(lot->net, book_mg, lot->book_net);
    lot->dry -= part->dry;
    lot->net -= part->net;
    part->book_net = book_mg;
    lot->book_net -= book_mg;
}

void lot_reweighed(Lot *lot, int64_t net) {
    int64_t dry = lot->book_net - part_of(lot->book_net, lot->book_moisture, PPB);
    if (lot->moisture) lot->book_moisture = dry < net ? part_of(net - dry, PPB, net) : 0;
    lot->book_net = net;
}

void put_facility(Out *out, const Facility *facility) {
    put(out, ",\"facility\":\"");
    put(out, facility->id);
    put(out, "\"");
}

void put_input(Out *out, const char *lot, int64_t net) {
    put(out, "{\"lot\":\"");
    put(out, lot);
    put(out, "\"");
    if (net >= 0) {
        put(out, ",\"net\":");
        put_kg(out, net);
    }
    put(out, "}");
}

Lot *put_output(Industry *industry, Facility *facility, Out *out, Lot *lot, Saying saying,
                int tally) {
    const MaterialSpec *material = &materials[lot->material];
    Weighed weighed = lot_weigh(industry, facility, lot);
    put(out, "{\"lot\":\"");
    put(out, lot->id);
    put(out, "\",\"material\":\"");
    put(out, material->id);
    put(out, "\",\"net\":");
    put_kg(out, weighed.net);
    if (lot->moisture) {
        put(out, ",\"moisture\":");
        put_per_cent(out, weighed.moisture);
    }
    put_weighing(facility, out, &weighed, lot->moisture > 0);
    lot->is_calculated = saying == SAY_CALCULATED;
    lot->book_net = weighed.net;
    lot->book_moisture = weighed.moisture;
    if (saying == SAY_ASSAY) {
        Figures figures;
        lot_assay(industry, facility, lot, industry->assays[material->assay].laboratory, &figures);
        put_assay(out, &figures);
        lot_learn(lot, &figures);
    } else {
        put_calculated(industry, facility, out, lot);
    }
    put(out, "}");
    tally_add(facility, lot->material, tally, weighed.net);
    tally_content(industry, facility, lot);
    return queue_push(industry, &facility->stock[lot->material], lot);
}

void tally_add(Facility *facility, Material material, int tally, int64_t mg) {
    facility->tally[material][tally] += mg;
}

void tally_content(const Industry *industry, Facility *facility, const Lot *lot) {
    cheat_weighed(industry, facility, lot);
    ContentTally *tally = &facility->contents[lot->material];
    int64_t dry = lot->book_net - part_of(lot->book_net, lot->book_moisture, PPB);
    tally->net += lot->book_net;
    tally->dry += dry;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        tally->mg[c] += part_of(dry, lot->said[c], PPB);
}

void tally_partner(Industry *industry, Facility *facility, Material material, const char *partner,
                   int64_t received, int64_t shipped) {
    for (uint32_t i = 0; i < facility->partner_count; i++) {
        PartnerTally *tally = &facility->partners[i];
        if (tally->material == material && !strcmp(tally->partner, partner)) {
            tally->received += received;
            tally->shipped += shipped;
            return;
        }
    }
    if (facility->partner_count == facility->partner_capacity) {
        uint32_t capacity = facility->partner_capacity ? facility->partner_capacity * 2 : 16;
        PartnerTally *partners =
            memory_resize(facility->partners, capacity * sizeof *facility->partners);
        if (!partners) {
            industry_no_memory(industry);
            return;
        }
        facility->partners = partners;
        facility->partner_capacity = capacity;
    }
    facility->partners[facility->partner_count++] =
        (PartnerTally){partner, material, received, shipped, 0};
}
