// Matter put together and not changed: blends, and articles that hold magnets (docs/book.md,
// "Blends and articles").
#include <string.h>

#include "book/decide.h"

void emit_pieces(Deciding *d, uint32_t lot, int64_t leave) {
    if (stopped(d) || leave == 0) return;
    effect_begin(d, EFFECT_PIECES);
    buffer_u32(&d->effects, lot);
    buffer_i64(&d->effects, leave);
    effect_end(d);
}

int64_t pieces_taken(const Book *book, uint32_t lot) {
    return flow_at(book, lot_at(book, lot)->last_flow)->pieces;
}

static unsigned stage_of(const Book *book, uint32_t material) {
    return material == ROW_NONE ? STAGE_UNKNOWN : material_at(book, material)->stage;
}

// Takes all inputs and adds them up exactly.
static bool join_inputs(Deciding *d, bool moves, Matter *all, Owners *owners, int64_t *pieces) {
    const Event *e = d->event;
    Matter *part = scratch_take(d, sizeof *part);
    if (!part) return false;
    TermBag bag = {NULL, 0, 0};
    matter_begin(all, ROW_NONE);
    all->content.whole = COMPONENT_MASK;
    all->custody = CUSTODY_IDENTITY;
    owners_begin(owners);
    *pieces = 0;
    for (uint32_t i = 0; i < e->input_count; i++) {
        uint32_t lot;
        if (!input_take(d, &e->inputs[i], "inputs", i, moves, &lot, part)) return false;
        owners_add(owners, lot_at(d->book, lot)->owner);
        *pieces += pieces_taken(d->book, lot);
        if (i == 0) all->material = part->material;
        if (!matter_add(d, all, part) || !bag_add(d, &bag, part->terms, part->term_count))
            return false;
    }
    return bag_fold(d, &bag, all);
}

static Custody custody_of(const Line *line, Custody least) {
    return line->custody == CUSTODY_UNSTATED || line->custody < least ? least : line->custody;
}

void decide_blend(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    const Line *output = &e->outputs[0];
    uint32_t material, made;
    if (!material_of_line(d, output, "output", 0, &material) ||
        !lot_id_is_free(d, output, "output", 0))
        return;
    Matter *all = scratch_take(d, sizeof *all);
    if (!all) return;
    Owners owners;
    int64_t pieces;
    emit_operation(d, ROW_NONE);
    if (stopped(d) || !join_inputs(d, false, all, &owners, &pieces)) return;
    for (uint32_t i = 0; i < e->input_count; i++) {
        const FlowRow *flow = NULL;
        uint32_t nth = 0;
        const OperationRow *operation = operation_at(book, d->applying.operation);
        for (uint32_t f = 0; f < operation->flow_count && !flow; f++) {
            const FlowRow *at = flow_at(book, operation->first_flow + f);
            if (at->role == FLOW_IN && nth++ == i) flow = at;
        }
        if (stage_of(book, lot_at(book, flow->lot)->material) != stage_of(book, material)) {
            refuse(d, CODE_STAGE, "/inputs/%u/lot", i);
            return;
        }
    }
    if (e->input_count > 1 && all->custody < CUSTODY_BLENDING) all->custody = CUSTODY_BLENDING;
    all->custody = custody_of(output, all->custody);
    all->material = material;
    uint32_t owner = owners_settle(d, &owners, "inputs");
    // A blend has the weighted assay of what went in, never the better grade (R122).
    Composition weighted = {.basis = all->basis};
    grade_check(d, material, &weighted, &all->content, "/output/material");
    emit_lot(d, output->lot, d->facility, all, 0, &made);
    if (stopped(d)) return;
    emit_lot_owner(d, made, owner, false);
    emit_pieces(d, made, -pieces);
}

void decide_assemble(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    const Line *output = &e->outputs[0];
    uint32_t material, made;
    if (!material_of_line(d, output, "output", 0, &material) ||
        !lot_id_is_free(d, output, "output", 0))
        return;
    if (material_at(book, material)->stage != STAGE_ARTICLE) {
        refuse(d, CODE_STAGE, "/output/material");
        return;
    }
    Matter *all = scratch_take(d, sizeof *all);
    if (!all) return;
    Owners owners;
    int64_t pieces;
    emit_operation(d, ROW_NONE);
    if (stopped(d) || !join_inputs(d, true, all, &owners, &pieces)) return;
    const OperationRow *operation = operation_at(book, d->applying.operation);
    uint32_t nth = 0;
    for (uint32_t f = 0; f < operation->flow_count; f++) {
        const FlowRow *flow = flow_at(book, operation->first_flow + f);
        if (flow->role != FLOW_IN) continue;
        // Ore to alloy goes into an article by way of a magnet or another product.
        if (is_ore_to_alloy(stage_of(book, lot_at(book, flow->lot)->material))) {
            refuse(d, CODE_STAGE, "/inputs/%u/lot", nth);
            return;
        }
        nth++;
    }
    if (output->net.mg < all->net) {
        refuse(d, CODE_ARTICLE_MASS, "/output/net");
        return;
    }
    // What else is in the articles nobody analysed; rare earths, Th and U it brings none.
    all->net = output->net.mg;
    all->content.dry = all->net;
    all->content.whole &=
        RARE_EARTH_MASK | COMPONENT_BIT(COMPONENT_Th) | COMPONENT_BIT(COMPONENT_U);
    all->custody = custody_of(output, e->input_count > 1 && all->custody < CUSTODY_SEGREGATED
                                          ? CUSTODY_SEGREGATED
                                          : all->custody);
    all->material = material;
    uint32_t owner = owners_settle(d, &owners, "inputs"), draw_count = 0;
    PendingDraw draws[PENDING_DRAWS_MAX];
    if (!facets_turn(d, STAGE_ARTICLE, all, draws, &draw_count)) return;
    emit_lot(d, output->lot, d->facility, all, 0, &made);
    if (stopped(d)) return;
    emit_lot_owner(d, made, owner, false);
    emit_pieces(d, made, -output->count);
    quota_draw_all(d, made, draws, draw_count, "output");
}
