// Batches: lots in, lots out, at once.
#include "simulate/work.h"

// Takes `book_mg` of the oldest lot (all of it when negative or not less) into the batch, and says
// so.
void batch_input(Facility *facility, Out *out, Material material, int64_t book_mg, Lot *batch,
                 bool *first) {
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

void share_out(Lot *batch, int64_t ppb, Lot *part) {
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        part->mg[c] = part_of(batch->mg[c], ppb, PPB);
        batch->mg[c] -= part->mg[c];
    }
}

// What a batch became: a lot of the material, all of its components in it, at so many parts of the
// mass in 1e9, weighed and described.
Lot *put_product(Industry *industry, Facility *facility, Out *out, Lot *product, Material material,
                 int64_t components_ppb, Saying saying) {
    lot_name(facility->party, product, material);
    lot_form(facility, product, lot_components(product), components_ppb);
    return put_output(industry, facility, out, product, saying, TALLY_MADE);
}

bool split_lot(Industry *industry, Facility *facility, Material material, int64_t above,
               uint32_t parts) {
    LotQueue *queue = stock(facility, material);
    if (!queue->count || queue_at(queue, 0)->book_net <= above) return false;
    Lot lot;
    queue_pop(queue, &lot);
    int64_t take = lot.book_net / parts / MG_PER_KG * MG_PER_KG;
    Out *out = begin(industry, facility, "split", "sp", AT_TIDY);
    put(out, ",\"lot\":");
    put_text(out, lot.id);
    put(out, ",\"parts\":[");
    for (uint32_t n = 1; n < parts; n++) {
        Lot part;
        lot_take(&lot, take, &part);
        lot_name(facility->party, &part, material);
        if (n > 1) put(out, ",");
        put_input(out, part.id, take);
        queue_push(industry, queue, &part);
    }
    put(out, "]");
    entry_end(industry);
    queue_push(industry, queue, &lot);
    return true;
}

void merge_all(Industry *industry, Facility *facility, Material material, uint32_t least,
               uint32_t most) {
    LotQueue *queue = stock(facility, material);
    if (queue->count < least) return;
    Lot merged = {.net = 0}, lot;
    int64_t said[COMPONENT_COUNT] = {0}, book_dry = 0;
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
        int64_t dry = lot.book_net - part_of(lot.book_net, lot.book_moisture, PPB);
        book_dry += dry;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            said[c] += part_of(dry, lot.said[c], PPB);
    }
    for (int c = 0; c < COMPONENT_COUNT; c++)
        merged.said[c] = (int32_t)part_of(said[c], PPB, book_dry);
    merged.book_moisture = part_of(merged.book_net - book_dry, PPB, merged.book_net);
    lot_name(facility->party, &merged, material);
    put(out, "],\"lot\":");
    put_text(out, merged.id);
    entry_end(industry);
    queue_push(industry, queue, &merged);
}
