// Matter that comes into being and changes: open, extract, transform, and how outputs are made.
#include <assert.h>
#include <string.h>

#include "book/decide.h"

// The n of PARTY:~SEQ.n.
static uint32_t number_of_found(Text id) {
    uint32_t number = 0;
    for (size_t i = 0; i < id.length; i++)
        number = id.at[i] == '.' ? 0 : number * 10 + (uint32_t)(id.at[i] - '0');
    return number;
}

uint32_t cause_of_found(const Book *book, uint32_t lot) {
    // The n-th found lot of a record goes with the n-th cause `found` that it opened.
    uint64_t seq = operation_at(book, lot_at(book, lot)->operation)->seq;
    uint32_t number = number_of_found(intern_text(book->lot_ids, lot)), nth = 0;
    for (uint64_t place = 0; place < 256; place++) {
        uint32_t found = cause_find(book, seq * 256 + place);
        if (found == ROW_NONE) break;
        if (cause_at(book, found)->code == CODE_FOUND && ++nth == number) return found;
    }
    return ROW_NONE;
}

bool settle_output(Deciding *d, const Line *line, const char *list, uint32_t index, Matter *matter,
                   bool *settled) {
    *settled = !text_is_empty(line->settles);
    if (!*settled) return lot_id_is_free(d, line, list, index);
    const Book *book = d->book;
    uint32_t row = intern_find(book->lot_ids, line->settles), cause = ROW_NONE;
    const Lot *lot = row == ROW_NONE ? NULL : lot_at(book, row);
    if (!lot || lot->party != d->party || !(lot->flags & LOT_FOUND))
        return refuse(d, CODE_SETTLES, "/%s/%u/settles", list, index);
    cause = cause_of_found(book, row);
    if (cause == ROW_NONE || cause_at(book, cause)->status == CAUSE_VOID ||
        cause_at(book, cause)->status == CAUSE_RELEASED || lot->material != matter->material ||
        lot->born_net != matter->net)
        return refuse(d, CODE_SETTLES, "/%s/%u/settles", list, index);
    emit_cause_status(d, cause, CAUSE_VOID);
    Content born;
    content_load(book, &lot->born, &born);
    Posting posting = {.facility = d->facility,
                       .lot = row,
                       .pool = ROW_NONE,
                       .month = d->month,
                       .reason = POSTED_FOUND,
                       .net = -lot->born_net,
                       .mask = (uint32_t)born.stated};
    for (int c = 0; c < COMPONENT_COUNT; c++)
        posting.mg[c] = -born.mg[c];
    emit_posting(d, &posting);
    posting.reason = POSTED_BATCH;
    posting.net = 0;
    posting.mask = (uint32_t)(born.stated | matter->content.stated);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        posting.mg[c] = born.mg[c] - matter->content.mg[c];
    emit_posting(d, &posting);
    return !stopped(d);
}

static bool account_content(Deciding *d, AccountTerm term, const Content *content) {
    emit_account(d, d->facility, d->month, term, content->stated, content->mg);
    return !stopped(d);
}

static Custody custody_of_birth(const Line *line, Custody least) {
    return line->custody == CUSTODY_UNSTATED || line->custody < least ? least : line->custody;
}

// An output that is born here with facets of its own: drawn as its stage has it.
static bool birth(Deciding *d, const Line *line, const char *list, uint32_t index, Matter *matter) {
    bool settled;
    uint32_t count = 0, lot, owner = d->party;
    if (!owner_of_line(d, line, list, index, &owner) ||
        !settle_output(d, line, list, index, matter, &settled))
        return false;
    if (settled) return true;
    PendingDraw draws[PENDING_DRAWS_MAX];
    if (!facets_turn(d, material_at(d->book, matter->material)->stage, matter, draws, &count))
        return false;
    emit_lot(d, line->lot, d->facility, matter, 0, &lot);
    if (stopped(d)) return false;
    emit_lot_owner(d, lot, owner, false);
    quota_draw_all(d, lot, draws, count, list);
    return !stopped(d);
}

// Ore product that comes from nowhere in this book is undrawn, of its material's class.
static void undrawn_of_material(const Book *book, Matter *matter) {
    const MaterialRow *material = material_at(book, matter->material);
    if (material->stage != STAGE_ORE_PRODUCT) return;
    if (material->class_of_ore != CLASS_ROCK && material->class_of_ore != CLASS_ION) return;
    Facet *facet = facet_in(&matter->facets, FACET_UNDRAWN, material->class_of_ore);
    memcpy(facet->mg, matter->content.mg, sizeof facet->mg);
}

void decide_open(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    if (ROW(book, FacilityRow, TABLE_FACILITY, d->facility)->closed) {
        refuse(d, CODE_AFTER_CUT_OVER, "/facility");
        return;
    }
    emit_operation(d, ROW_NONE);
    Matter *matter = scratch_take(d, sizeof *matter);
    if (!matter) return;
    for (uint32_t i = 0; i < e->output_count && !stopped(d); i++) {
        const Line *line = &e->outputs[i];
        uint32_t material;
        if (!material_of_line(d, line, "lots", i, &material)) return;
        if (!text_is_empty(line->source)) {
            uint32_t source = intern_find(book->source_ids, line->source);
            if (source == ROW_NONE || !ROW(book, SourceRow, TABLE_SOURCE, source)->registered) {
                refuse(d, CODE_UNKNOWN_SOURCE, "/lots/%u/source", i);
                return;
            }
        }
        if (!matter_of_line(d, line, material, "lots", i, matter)) return;
        matter->custody = custody_of_birth(line, CUSTODY_IDENTITY);
        undrawn_of_material(book, matter);
        if (!account_content(d, ACCOUNT_OPENED, &matter->content)) return;
        bool settled;
        uint32_t lot, owner = d->party;
        if (!owner_of_line(d, line, "lots", i, &owner) ||
            !settle_output(d, line, "lots", i, matter, &settled))
            return;
        if (settled) continue;
        emit_lot(d, line->lot, d->facility, matter, 0, &lot);
        if (!stopped(d)) emit_lot_owner(d, lot, owner, false);
    }
    for (uint32_t i = 0; i < e->pool_count && !stopped(d); i++)
        pool_open(d, &e->pools[i], i);
}

void decide_extract(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t source = intern_find(book->source_ids, e->subject);
    if (source == ROW_NONE || !ROW(book, SourceRow, TABLE_SOURCE, source)->registered) {
        refuse(d, CODE_UNKNOWN_SOURCE, "/source");
        return;
    }
    uint32_t pool = ROW_NONE;
    if (!text_is_empty(e->pool)) {
        if (!find_pool(d, e->pool, &pool)) return;
        if (pool_at(book, pool)->activity != ACTIVITY_MINING) {
            refuse(d, CODE_POOL_KIND, "/pool");
            return;
        }
    }
    emit_operation(d, pool);
    uint32_t deposit_row = ROW(book, SourceRow, TABLE_SOURCE, source)->deposit;
    Matter *matters = scratch_take(d, (size_t)e->output_count * sizeof *matters + 1);
    if (!matters) return;
    for (uint32_t i = 0; i < e->output_count && !stopped(d); i++) {
        const Line *line = &e->outputs[i];
        Matter *matter = &matters[i];
        uint32_t material = ROW_NONE;
        unsigned stage = STAGE_ORE;
        if (!text_is_empty(line->material) || pool == ROW_NONE) {
            if (!material_of_line(d, line, "outputs", i, &material)) return;
            stage = material_at(book, material)->stage;
        }
        if (stage != STAGE_ORE && stage != STAGE_ORE_PRODUCT) {
            refuse(d, CODE_STAGE, "/outputs/%u/material", i);
            return;
        }
        if (!matter_of_line(d, line, material, "outputs", i, matter)) return;
        matter->custody = custody_of_birth(line, CUSTODY_IDENTITY);
        Facet *facet = facet_in(&matter->facets, FACET_SOURCE, source);
        memcpy(facet->mg, matter->content.mg, sizeof facet->mg);
        // Only the deposit's reserve is drawn by mining as such (B12).
        Mass reo;
        if (!content_reo(&matter->content, factors_on(book, d->day), &reo)) {
            refuse(d, CODE_TOO_LARGE, "/outputs/%u", i);
            return;
        }
        effect_begin(d, EFFECT_RESERVE);
        buffer_u32(&d->effects, deposit_row);
        buffer_i64(&d->effects, reo.mg);
        effect_end(d);
        if (!account_content(d, ACCOUNT_EXTRACTED, &matter->content)) return;
        if (pool == ROW_NONE && !birth(d, line, "outputs", i, matter)) return;
    }
    const DepositRow *deposit = ROW(book, DepositRow, TABLE_DEPOSIT, deposit_row);
    if (!stopped(d) && deposit->has_reserve && deposit->drawn_mg > deposit->reserve_mg)
        object(d, CODE_RESERVE, "/source");
    licence_check_source(d, source, "/source");
    // Only now are all causes known that the solution carries into the field.
    for (uint32_t i = 0; pool != ROW_NONE && i < e->output_count && !stopped(d); i++)
        pool_extract(d, pool, &matters[i]);
}

bool make_outputs(Deciding *d, Feed *feed, Matter *outputs, const uint32_t *materials,
                  const uint32_t *owners, Custody custody, uint32_t set) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t count = e->output_count;
    int64_t all[COMPONENT_COUNT] = {0}, base[COMPONENT_COUNT], before[COMPONENT_COUNT] = {0};
    for (uint32_t i = 0; i < count; i++)
        for (uint64_t m = outputs[i].content.stated; m; m &= m - 1) {
            int c = __builtin_ctzll(m);
            if (!i64_add(all[c], outputs[i].content.mg[c], &all[c]))
                return refuse(d, CODE_TOO_LARGE, "/outputs");
        }
    bool gains = feed->gain_class == CLASS_ROCK || feed->gain_class == CLASS_ION;
    Facet *gained = NULL;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        base[c] = all[c] > feed->in[c] ? all[c] : feed->in[c];
        if (!gains || all[c] <= feed->in[c]) continue;
        if (!gained) gained = facet_in(&feed->facets, FACET_UNDRAWN, feed->gain_class);
        if (!gained) return refuse(d, CODE_TOO_LARGE, "/outputs");
        gained->mg[c] += all[c] - feed->in[c];
    }
    for (uint32_t i = 0; i < count && !stopped(d); i++) {
        Matter *output = &outputs[i];
        const Line *line = &e->outputs[i];
        unsigned stage = material_at(book, materials[i])->stage;
        for (uint32_t k = 0; k < feed->facets.count; k++) {
            const Facet *from = &feed->facets.items[k];
            Facet *to = NULL;
            for (uint64_t m = output->content.stated; m; m &= m - 1) {
                int c = __builtin_ctzll(m);
                if (from->mg[c] == 0 || output->content.mg[c] == 0) continue;
                int64_t upto =
                    share_even(from->mg[c], base[c], before[c] + output->content.mg[c], 0);
                int64_t prior = before[c] ? share_even(from->mg[c], base[c], before[c], 0) : 0;
                if (!to) to = facet_in(&output->facets, from->kind, from->key);
                to->mg[c] = upto - prior;
            }
        }
        for (uint64_t m = output->content.stated; m; m &= m - 1)
            before[__builtin_ctzll(m)] += output->content.mg[__builtin_ctzll(m)];
        output->custody =
            line->custody == CUSTODY_UNSTATED || line->custody < custody ? custody : line->custody;
        output->set = set;
        bool settled;
        if (!settle_output(d, line, "outputs", i, output, &settled)) return false;
        if (settled) continue;
        PendingDraw draws[PENDING_DRAWS_MAX];
        uint32_t draw_count = 0, lot;
        if (!facets_turn(d, stage, output, draws, &draw_count)) return false;
        emit_lot(d, line->lot, d->facility, output, 0, &lot);
        if (stopped(d)) return false;
        emit_lot_owner(d, lot, owners[i], false);
        quota_draw_all(d, lot, draws, draw_count, "outputs");
    }
    return !stopped(d);
}

// Terms in postings of at most this many, so that an effect keeps within its 64 KiB.
enum { POSTED_TERMS_MAX = 4000 };

static void post_batch(Deciding *d, const Content *in, int64_t net_in, const Matter *outputs,
                       uint32_t count, Term *terms, uint32_t term_count) {
    Posting posting = {.facility = d->facility,
                       .lot = ROW_NONE,
                       .pool = ROW_NONE,
                       .month = d->month,
                       .reason = POSTED_BATCH,
                       .net = -net_in,
                       .mask = (uint32_t)in->stated};
    for (int c = 0; c < COMPONENT_COUNT; c++)
        posting.mg[c] = -in->mg[c];
    for (uint32_t i = 0; i < count; i++) {
        posting.mask |= (uint32_t)outputs[i].content.stated;
        posting.net += outputs[i].net;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            posting.mg[c] += outputs[i].content.mg[c];
    }
    for (uint32_t at = 0; at < term_count || at == 0; at += POSTED_TERMS_MAX) {
        posting.terms = terms + at;
        posting.term_count =
            term_count - at < POSTED_TERMS_MAX ? term_count - at : POSTED_TERMS_MAX;
        emit_posting(d, &posting);
        posting.mask = 0;
        posting.net = 0;
    }
}

static OreClass class_of_facet(const Book *book, const Facet *facet) {
    if (facet->kind == FACET_UNDRAWN) return (OreClass)facet->key;
    uint32_t deposit = ROW(book, SourceRow, TABLE_SOURCE, facet->key)->deposit;
    return (OreClass)ROW(book, DepositRow, TABLE_DEPOSIT, deposit)->class_of_ore;
}

// Of the facets that have anything: sources in the order of registration, then undrawn rock, then
// ion.
static OreClass class_of_facets(const Book *book, const FacetList *facets) {
    const Facet *first = NULL;
    for (uint32_t i = 0; i < facets->count; i++) {
        const Facet *facet = &facets->items[i];
        bool any = false;
        for (int c = 0; c < COMPONENT_COUNT && facet->kind != FACET_RECYCLED; c++)
            any |= facet->mg[c] != 0;
        if (any && (!first || facet->kind < first->kind ||
                    (facet->kind == first->kind && facet->key < first->key)))
            first = facet;
    }
    return first ? class_of_facet(book, first) : CLASS_NONE;
}

void decide_transform(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    uint32_t *materials = scratch_take(d, (e->output_count + 1) * sizeof *materials);
    uint32_t *owners = scratch_take(d, (e->output_count + 1) * sizeof *owners);
    uint32_t *lots = scratch_take(d, (e->input_count + 1) * sizeof *lots);
    Matter *outputs = scratch_take(d, (size_t)e->output_count * sizeof *outputs + 1);
    Matter *in = scratch_take(d, sizeof *in), *part = scratch_take(d, sizeof *part);
    Feed *feed = scratch_take(d, sizeof *feed);
    size_t terms_max = ((size_t)e->input_count + e->output_count) * LOT_TERMS_MAX;
    Term *terms = scratch_take(d, terms_max * sizeof *terms + 1);
    if (!materials || !owners || !lots || !outputs || !in || !part || !feed || !terms) return;
    uint32_t term_count = 0;
    for (uint32_t i = 0; i < e->output_count; i++)
        if (!material_of_line(d, &e->outputs[i], "outputs", i, &materials[i])) return;
    emit_operation(d, ROW_NONE);

    matter_begin(in, ROW_NONE);
    in->content.whole = COMPONENT_MASK;
    in->custody = CUSTODY_IDENTITY;
    bool scrap = false, ore = false;
    feed->gain_class = CLASS_NONE;
    Owners whose;
    owners_begin(&whose);
    for (uint32_t i = 0; i < e->input_count; i++) {
        if (!input_take(d, &e->inputs[i], "inputs", i, true, &lots[i], part)) return;
        owners_add(&whose, lot_at(book, lots[i])->owner);
        unsigned stage =
            part->material == ROW_NONE ? STAGE_UNKNOWN : material_at(book, part->material)->stage;
        scrap |= stage == STAGE_SCRAP;
        ore |= stage == STAGE_ORE || stage == STAGE_ORE_PRODUCT;
        if (feed->gain_class == CLASS_NONE) feed->gain_class = class_of_facets(book, &part->facets);
        // Ore product feeds, whether or not its content was stated: else what is made of it would
        // draw nothing.
        if (feed->gain_class == CLASS_NONE && stage == STAGE_ORE_PRODUCT)
            feed->gain_class = (OreClass)material_at(book, part->material)->class_of_ore;
        for (uint32_t t = 0; t < part->term_count; t++)
            terms[term_count++] = part->terms[t];
        if (!matter_add(d, in, part)) return;
    }
    memcpy(feed->in, in->content.mg, sizeof feed->in);
    feed->facets.count = in->facets.count;
    memcpy(feed->facets.items, in->facets.items, in->facets.count * sizeof(Facet));

    int64_t out[COMPONENT_COUNT] = {0};
    uint32_t stated = 0;
    for (uint32_t i = 0; i < e->output_count; i++) {
        if (!matter_of_line(d, &e->outputs[i], materials[i], "outputs", i, &outputs[i])) return;
        for (uint32_t t = 0; t < outputs[i].term_count; t++) {
            terms[term_count] = outputs[i].terms[t];
            terms[term_count++].mg *= -1;
        }
        stated |= (uint32_t)outputs[i].content.stated;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (!i64_add(out[c], outputs[i].content.mg[c], &out[c])) {
                refuse(d, CODE_TOO_LARGE, "/outputs");
                return;
            }
    }
    uint32_t owner = owners_settle(d, &whose, "inputs");
    for (uint32_t i = 0; i < e->output_count; i++) {
        owners[i] = owner;
        if (!owner_of_line(d, &e->outputs[i], "outputs", i, &owners[i])) return;
        if (owners[i] != owner && !whose.several)
            object(d, CODE_COMMINGLED, "/outputs/%u/owner", i);
    }
    if (!make_outputs(d, feed, outputs, materials, owners, in->custody, in->set)) return;

    Activity needed = ACTIVITY_NONE;
    static const uint8_t order[] = {STAGE_ORE_PRODUCT, STAGE_COMPOUND, STAGE_METAL, STAGE_ALLOY,
                                    STAGE_MAGNET};
    for (size_t k = 0; k < sizeof order; k++)
        for (uint32_t i = 0; i < e->output_count; i++)
            if (material_at(book, materials[i])->stage == order[k])
                needed = activity_of_stage(order[k], scrap);
    scope_check_lines(d, needed, e->outputs, e->output_count, "outputs");
    for (uint32_t i = 0; i < e->input_count; i++)
        check_tolling(d, needed, lots[i], i);
    if (ore && scrap) object(d, CODE_RECYCLER_ORE, "/inputs");
    int worst = 0;
    if (!creation_worst(d, stated & (uint32_t)in->content.whole, out, &in->content, terms,
                        term_count, &worst))
        return;
    if (worst) object(d, worst == 2 ? CODE_ELEMENT_CREATION : CODE_CREATION_NOTICED, "/outputs");
    // Metal, alloy and magnet are made without parting the elements.
    bool rises = false;
    for (uint32_t i = 0; i < e->output_count; i++) {
        unsigned stage = material_at(book, materials[i])->stage;
        rises |= needed >= ACTIVITY_METAL && needed <= ACTIVITY_MAGNET && stage >= STAGE_METAL &&
                 stage <= STAGE_MAGNET &&
                 purity_rises(book, d->day, &in->content, &outputs[i].content);
    }
    if (rises) object(d, CODE_GRADE_RISE, "/outputs");
    yield_check(d, needed, &in->content, outputs, e->output_count);
    post_batch(d, &in->content, in->net, outputs, e->output_count, terms, term_count);
}
