// Packages and their marks of origin (R56 to R58, K18; docs/book.md "Packages").
#include <string.h>

#include "book/decide.h"

void unpack(Deciding *d, uint32_t lot) {
    if (stopped(d) || lot_at(d->book, lot)->packing == ROW_NONE) return;
    effect_begin(d, EFFECT_UNPACKED);
    buffer_u32(&d->effects, lot);
    effect_end(d);
}

void pack_along(Deciding *d, uint32_t lot, uint32_t packing) {
    if (stopped(d) || packing == ROW_NONE) return;
    effect_begin(d, EFFECT_PACKED);
    buffer_u32(&d->effects, lot);
    buffer_u32(&d->effects, packing);
    effect_end(d);
}

static bool package_check(Deciding *d, const Package *package, uint32_t index, int64_t *all) {
    const Event *e = d->event;
    Text before, local;
    if (!text_split(package->id, ':', &before, &local) || !text_equal(before, e->party))
        return refuse(d, CODE_FOREIGN_ID, "/packages/%u/package", index);
    if (intern_find(d->book->package_ids, package->id) != ROW_NONE)
        return refuse(d, CODE_EXISTS, "/packages/%u/package", index);
    for (uint32_t i = 0; i < index; i++)
        if (text_equal(e->packages[i].id, package->id))
            return refuse(d, CODE_EXISTS, "/packages/%u/package", index);
    if (package->net.mg == 0) return refuse(d, CODE_NOTHING, "/packages/%u/net", index);
    if (package->gross.mg - package->tare.mg != package->net.mg)
        return refuse(d, CODE_PACKAGE_SUMS, "/packages/%u/gross", index);
    return i64_add(*all, package->net.mg, all) || refuse(d, CODE_TOO_LARGE, "/packages");
}

// Whether a place of the genealogy is the source that a mark names.
static bool is_of_source(const Book *book, const LineageRoot *root, uint32_t source) {
    const SourceRow *at = ROW(book, SourceRow, TABLE_SOURCE, source);
    const LicenceVersion *licence = licence_latest(book, at->licence);
    return root->deposit == at->deposit && licence && root->party == licence->holder;
}

static void check_marks(Deciding *d, uint32_t lot, const uint32_t *marks) {
    const Event *e = d->event;
    Lineage lineage;
    if (!lineage_of(d, lot, &lineage)) return;
    for (uint32_t i = 0; i < e->source_count; i++) {
        bool there = false;
        for (uint32_t r = 0; r < lineage.root_count; r++)
            there |= is_of_source(d->book, &lineage.roots[r], marks[i]);
        if (!there)
            object(d, lineage.whole ? CODE_FALSE_MARK : CODE_MARK_UNPROVEN, "/origins/%u", i);
    }
    for (uint32_t r = 0; r < lineage.root_count; r++) {
        bool marked = false;
        for (uint32_t i = 0; i < e->source_count; i++)
            marked |= is_of_source(d->book, &lineage.roots[r], marks[i]);
        if (!marked) object(d, CODE_MARK_INCOMPLETE, "/origins");
    }
}

void decide_pack(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t lot = intern_find(book->lot_ids, e->inputs[0].lot);
    const Lot *at = lot == ROW_NONE ? NULL : lot_at(book, lot);
    VerdictCode code = !at || at->party != d->party ? CODE_UNKNOWN_LOT
                       : at->state == LOT_TRANSIT || at->facility != d->facility
                           ? CODE_LOT_ELSEWHERE
                       : at->state == LOT_ENDED ? CODE_NOT_ENOUGH
                                                : CODE_NONE;
    if (code != CODE_NONE) {
        refuse(d, code, "/lot");
        return;
    }
    int64_t left = lot_left(at), all = 0;
    emit_operation(d, ROW_NONE);
    for (uint32_t i = 0; i < e->package_count; i++)
        if (!package_check(d, &e->packages[i], i, &all)) return;
    if (all != left) {
        refuse(d, CODE_PACKAGE_SUMS, "/packages");
        return;
    }
    uint32_t *marks = scratch_take(d, (e->source_count + 1) * sizeof *marks);
    if (!marks) return;
    for (uint32_t i = 0; i < e->source_count; i++) {
        marks[i] = intern_find(book->source_ids, e->sources[i]);
        if (marks[i] == ROW_NONE || !ROW(book, SourceRow, TABLE_SOURCE, marks[i])->registered) {
            refuse(d, CODE_UNKNOWN_SOURCE, "/origins/%u", i);
            return;
        }
    }
    effect_begin(d, EFFECT_PACKING);
    buffer_u32(&d->effects, lot);
    buffer_u16(&d->effects, (uint16_t)e->package_count);
    for (uint32_t i = 0; i < e->package_count; i++) {
        const Package *package = &e->packages[i];
        buffer_u8(&d->effects, (uint8_t)package->id.length);
        buffer_text(&d->effects, package->id);
        buffer_i64(&d->effects, package->net.mg);
        buffer_i64(&d->effects, package->gross.mg);
        buffer_i64(&d->effects, package->tare.mg);
        buffer_u8(&d->effects, (uint8_t)package->seal.length);
        buffer_text(&d->effects, package->seal);
        buffer_u8(&d->effects, (uint8_t)package->form.length);
        buffer_text(&d->effects, package->form);
    }
    buffer_u16(&d->effects, (uint16_t)e->source_count);
    for (uint32_t i = 0; i < e->source_count; i++)
        buffer_u32(&d->effects, marks[i]);
    effect_end(d);
    affect(d, lot);
    if (!stopped(d) && e->source_count) check_marks(d, lot, marks);
}
