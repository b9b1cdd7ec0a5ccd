// Writing effects. An effect is kind u8, length u16, body; applied as soon as it is written.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

void effect_begin(Deciding *d, EffectKind kind) {
    buffer_u8(&d->effects, (uint8_t)kind);
    buffer_u16(&d->effects, 0);
    d->effect_at = d->effects.length;
    d->effect_kind = kind;
}

void effect_end(Deciding *d) {
    if (stopped(d)) return;
    Buffer *out = &d->effects;
    if (out->failed) {
        fail_memory(d);
        return;
    }
    size_t length = out->length - d->effect_at;
    if (length > UINT16_MAX) {
        refuse(d, CODE_TOO_LARGE, "%s", "");
        return;
    }
    out->bytes[d->effect_at - 2] = (uint8_t)(length >> 8);
    out->bytes[d->effect_at - 1] = (uint8_t)length;
    d->effect_count++;
    Status misfit;
    status_clear(&misfit);
    if (effect_apply(&d->applying, d->effect_kind, out->bytes + d->effect_at, length, &misfit))
        return;
    if (misfit.code == STATUS_NO_MEMORY || misfit.code == STATUS_LIMIT) {
        d->failed = true;
        if (d->status) *d->status = misfit;
        return;
    }
    // What the event asks for leaves the range of the book's sums.
    refuse(d, CODE_TOO_LARGE, "%s", "");
}

void emit_operation(Deciding *d, uint32_t pool) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_OPERATION);
    buffer_u8(&d->effects, (uint8_t)d->event->kind);
    buffer_u32(&d->effects, d->facility);
    buffer_u32(&d->effects, pool);
    buffer_u32(&d->effects, d->month);
    effect_end(d);
}

void emit_set(Deciding *d, uint32_t set) {
    uint32_t causes[SET_CAUSES_MAX], count = 0;
    set_collect(d->book, set, causes, &count);
    buffer_u16(&d->effects, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++)
        buffer_u64(&d->effects, cause_at(d->book, causes[i])->number);
}

void emit_pool_set(Deciding *d, uint32_t set) {
    const SetRow *row = ROW(d->book, SetRow, TABLE_SET, set);
    uint32_t count = set == SET_EMPTY ? 0 : row->count;
    buffer_u16(&d->effects, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cause = *ROW(d->book, uint32_t, TABLE_SET_ITEM, row->first + i);
        buffer_u64(&d->effects, cause_at(d->book, cause)->number);
    }
}

void emit_values(Deciding *d, uint32_t mask, const int64_t mg[COMPONENT_COUNT]) {
    uint8_t *at = buffer_claim(&d->effects, 8 + 8 * (size_t)__builtin_popcount(mask));
    if (!at) return;
    bytes_put_u64(at, mask);
    for (uint32_t m = mask; m; m &= m - 1)
        bytes_put_u64(at += 8, (uint64_t)mg[__builtin_ctz(m)]);
}

static uint32_t mask_of(const int64_t mg[COMPONENT_COUNT]) {
    uint32_t mask = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (mg[c]) mask |= 1u << c;
    return mask;
}

void emit_facets(Deciding *d, const FacetList *facets) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < facets->count; i++)
        count += mask_of(facets->items[i].mg) != 0;
    buffer_u8(&d->effects, (uint8_t)count);
    for (uint32_t i = 0; i < facets->count; i++) {
        const Facet *facet = &facets->items[i];
        uint32_t mask = mask_of(facet->mg);
        if (!mask) continue;
        buffer_u8(&d->effects, facet->kind);
        buffer_u32(&d->effects, facet->key);
        emit_values(d, mask, facet->mg);
    }
}

void emit_terms(Deciding *d, const Term *terms, uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        kept += terms[i].mg != 0;
    buffer_u16(&d->effects, (uint16_t)kept);
    for (uint32_t i = 0; i < count; i++) {
        if (!terms[i].mg) continue;
        buffer_u32(&d->effects, terms[i].measurement);
        buffer_i64(&d->effects, terms[i].mg);
    }
}

void emit_lot(Deciding *d, Text id, uint32_t facility, const Matter *matter, unsigned flags,
              uint32_t *lot) {
    *lot = ROW_NONE;
    if (stopped(d)) return;
    assert(matter->term_count <= LOT_TERMS_MAX);
    effect_begin(d, EFFECT_LOT_NEW);
    buffer_u8(&d->effects, (uint8_t)id.length);
    buffer_text(&d->effects, id);
    buffer_u32(&d->effects, matter->material);
    buffer_u32(&d->effects, d->party);
    buffer_u32(&d->effects, facility);
    buffer_i64(&d->effects, matter->net);
    buffer_u8(&d->effects, (uint8_t)matter->basis);
    buffer_u8(&d->effects, (uint8_t)matter->custody);
    buffer_u8(&d->effects, (uint8_t)flags);
    content_write(&d->effects, &matter->content);
    emit_facets(d, &matter->facets);
    emit_terms(d, matter->terms, matter->term_count);
    emit_set(d, matter->set);
    effect_end(d);
    if (stopped(d)) return;
    *lot = book_count(d->book, TABLE_LOT) - 1;
    affect(d, *lot);
}

void emit_take(Deciding *d, uint32_t lot, int64_t net, const Content *content) {
    if (stopped(d)) return;
    int64_t left = lot_left(lot_at(d->book, lot)), pieces = lot_at(d->book, lot)->pieces;
    effect_begin(d, EFFECT_TAKE);
    buffer_u32(&d->effects, lot);
    buffer_i64(&d->effects, net);
    content_write(&d->effects, content);
    effect_end(d);
    // Pieces go with the mass.
    if (pieces) emit_pieces(d, lot, net == left ? pieces : share_even(pieces, left, net, 0));
}

void emit_lot_end(Deciding *d, uint32_t lot) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_LOT_END);
    buffer_u32(&d->effects, lot);
    effect_end(d);
}

void emit_lot_set(Deciding *d, uint32_t lot, const Matter *matter, unsigned flags, LotState state) {
    if (stopped(d)) return;
    assert(matter->term_count <= LOT_TERMS_MAX);
    effect_begin(d, EFFECT_LOT_SET);
    buffer_u32(&d->effects, lot);
    buffer_i64(&d->effects, matter->net);
    buffer_u8(&d->effects, (uint8_t)matter->basis);
    buffer_u8(&d->effects, (uint8_t)flags);
    buffer_u8(&d->effects, (uint8_t)state);
    content_write(&d->effects, &matter->content);
    emit_facets(d, &matter->facets);
    emit_terms(d, matter->terms, matter->term_count);
    effect_end(d);
}

void emit_lot_place(Deciding *d, uint32_t lot, uint32_t facility, uint32_t consignment,
                    LotState state) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_LOT_PLACE);
    buffer_u32(&d->effects, lot);
    buffer_u32(&d->effects, facility);
    buffer_u32(&d->effects, consignment);
    buffer_u8(&d->effects, (uint8_t)state);
    effect_end(d);
}

void emit_lot_causes(Deciding *d, uint32_t lot, uint32_t set) {
    if (stopped(d) || lot_at(d->book, lot)->set == set) return;
    effect_begin(d, EFFECT_LOT_CAUSES);
    buffer_u32(&d->effects, lot);
    emit_set(d, set);
    effect_end(d);
}

void emit_posting(Deciding *d, const Posting *posting) {
    if (stopped(d)) return;
    uint32_t mask = 0;
    for (uint32_t m = posting->mask; m; m &= m - 1)
        if (posting->mg[__builtin_ctz(m)]) mask |= m & -m;
    bool terms = posting->term_count || posting->with_pool_terms;
    if (!mask && !posting->net && !terms) return;
    effect_begin(d, EFFECT_POSTING);
    buffer_u32(&d->effects, posting->facility);
    buffer_u32(&d->effects, posting->lot);
    buffer_u32(&d->effects, posting->pool);
    buffer_u32(&d->effects, posting->month);
    buffer_u8(&d->effects, (uint8_t)posting->reason);
    buffer_u8(&d->effects, posting->with_pool_terms);
    buffer_i64(&d->effects, posting->net);
    emit_values(d, mask, posting->mg);
    emit_terms(d, posting->terms, posting->term_count);
    effect_end(d);
}

void emit_account(Deciding *d, uint32_t facility, Month month, AccountTerm term, uint64_t mask,
                  const int64_t mg[COMPONENT_COUNT]) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_ACCOUNT);
    buffer_u32(&d->effects, facility);
    buffer_u32(&d->effects, month);
    buffer_u8(&d->effects, (uint8_t)term);
    emit_values(d, (uint32_t)mask, mg);
    effect_end(d);
}

void emit_cause_status(Deciding *d, uint32_t cause, CauseStatus status) {
    if (stopped(d)) return;
    effect_begin(d, EFFECT_CAUSE_STATUS);
    buffer_u64(&d->effects, cause_at(d->book, cause)->number);
    buffer_u8(&d->effects, (uint8_t)status);
    effect_end(d);
}

void emit_pool_facet(Deciding *d, uint32_t pool, const Facet *delta) {
    uint32_t mask = mask_of(delta->mg);
    if (stopped(d) || !mask) return;
    effect_begin(d, EFFECT_POOL_FACET);
    buffer_u32(&d->effects, pool);
    buffer_u8(&d->effects, delta->kind);
    buffer_u32(&d->effects, delta->key);
    emit_values(d, mask, delta->mg);
    effect_end(d);
}

void emit_pool_shift(Deciding *d, uint32_t pool, uint32_t set, uint32_t mask,
                     const int64_t mg[COMPONENT_COUNT]) {
    if (stopped(d) || !mask) return;
    effect_begin(d, EFFECT_POOL_SHIFT);
    buffer_u32(&d->effects, pool);
    emit_pool_set(d, set);
    emit_values(d, mask, mg);
    effect_end(d);
}
