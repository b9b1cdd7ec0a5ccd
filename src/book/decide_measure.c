// Measuring again: measure, stocktake, and what a receiver finds (B4, B6, B20, B21).
#include <assert.h>
#include <string.h>

#include "book/decide.h"

static int64_t scaled(int64_t value, int64_t now, int64_t before) {
    int64_t result = 0;
    if (before == 0) return 0;
    bool fits = i64_muldiv_even(value, now, before, &result);
    return fits ? result : INT64_MAX;
}

static void scale(Content *content, int64_t now, int64_t before) {
    if (now == before) return;
    for (uint64_t m = content->stated; m; m &= m - 1)
        content->mg[__builtin_ctzll(m)] = scaled(content->mg[__builtin_ctzll(m)], now, before);
    for (uint64_t m = content->below; m; m &= m - 1)
        content->bound[__builtin_ctzll(m)] =
            scaled(content->bound[__builtin_ctzll(m)], now, before);
}

static bool says_anything(const Line *line) {
    return line->has_net || line->has_moisture || line->composition;
}

bool matter_measure(Deciding *d, const Matter *old, const Line *line, const char *where,
                    Matter *now) {
    const Book *book = d->book;
    memcpy(now, old, offsetof(Matter, facets));
    now->facets.count = old->facets.count;
    memcpy(now->facets.items, old->facets.items, old->facets.count * sizeof(Facet));
    if (!says_anything(line)) return true;
    const MaterialRow *material =
        old->material == ROW_NONE ? NULL : material_at(book, old->material);
    unsigned stage = material ? material->stage : STAGE_UNKNOWN;
    bool moist = material && material->has_moisture;
    int64_t net = line->has_net ? line->net.mg : old->net, dry = old->content.dry;
    if (net == 0) return refuse(d, CODE_NOTHING, "%s/net", where);
    now->net = net;
    // First the mass: dry mass, and the content with it.
    if (line->has_moisture) {
        dry = net - scaled(net, line->moisture.ppb, FRACTION_ONE_PPB);
        scale(&now->content, dry, old->content.dry);
    } else if (line->has_net && !moist) {
        dry = scaled(old->content.dry, net, old->net);
        scale(&now->content, net, old->net);
    } else if (line->has_net && dry > net) {
        dry = net;
        scale(&now->content, dry, old->content.dry);
    }
    now->content.dry = dry;
    // Then the content.
    const Composition *composition = line->composition;
    Content found = {0};
    if (composition) {
        char at[WHERE_BYTES_MAX];
        size_t length = strlen(where), member = sizeof "/content" - 1;
        if (length + member >= sizeof at) length = sizeof at - member - 1;
        memcpy(at, where, length);
        memcpy(at + length, composition->basis == BASIS_ASSAYED ? "/assay" : "/content",
               composition->basis == BASIS_ASSAYED ? sizeof "/assay" : sizeof "/content");
        if (composition->basis == BASIS_ASSAYED) {
            const PartyVersion *laboratory =
                party_latest(book, intern_find(book->party_ids, composition->laboratory));
            if (!laboratory || !(laboratory->roles & PARTY_LABORATORY))
                return refuse(d, CODE_UNKNOWN_LABORATORY, "%s/laboratory", at);
        }
        if (!content_of_composition(d, composition, net, dry, STAGE_UNKNOWN, at, &found))
            return false;
        // What the assay says nothing of stays.
        int64_t sum = 0;
        for (uint64_t m = composition->mask; m; m &= m - 1) {
            int c = __builtin_ctzll(m);
            uint64_t bit = COMPONENT_BIT(c);
            now->content.stated = (now->content.stated & ~bit) | (found.stated & bit);
            now->content.below = (now->content.below & ~bit) | (found.below & bit);
            now->content.whole |= bit;
            now->content.mg[c] = found.mg[c];
            now->content.bound[c] = found.bound[c];
        }
        for (uint64_t m = now->content.stated; m; m &= m - 1)
            if (!i64_add(sum, now->content.mg[__builtin_ctzll(m)], &sum))
                return refuse(d, CODE_TOO_LARGE, "%s", at);
        if (sum > dry) return refuse(d, CODE_OVER_DRY_MASS, "%s/values", at);
        now->basis = composition->basis;
        grade_check(d, old->material, composition, &now->content, at);
    } else {
        int64_t sum = 0;
        for (uint64_t m = now->content.stated; m; m &= m - 1)
            if (!i64_add(sum, now->content.mg[__builtin_ctzll(m)], &sum))
                return refuse(d, CODE_TOO_LARGE, "%s", where);
        if (sum > dry && line->has_moisture)
            return refuse(d, CODE_OVER_DRY_MASS, "%s/moisture", where);
    }
    // Facets are never more than the content.
    for (uint32_t k = 0; k < now->facets.count; k++)
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            int64_t before = old->content.mg[c], part = now->facets.items[k].mg[c];
            now->facets.items[k].mg[c] = before ? scaled(part, now->content.mg[c], before) : 0;
        }
    // Errors: a new weighing replaces the weighings, an assay all others.
    now->term_count = 0;
    for (uint32_t i = 0; i < old->term_count; i++) {
        bool weighing = measurement_at(book, old->terms[i].measurement)->kind == MEASURED_MASS;
        if (weighing ? !line->has_net : !composition) now->terms[now->term_count++] = old->terms[i];
    }
    Term terms[2] = {{0, 0}, {0, 0}};
    if (line->has_net) emit_weighing(d, &line->weighing, net, &now->content, stage, &terms[0]);
    if (composition) {
        Content of_assay = now->content;
        emit_composition(d, composition, net, &of_assay, stage, &terms[1]);
    }
    TermBag bag = {NULL, 0, 0};
    if (!bag_add(d, &bag, now->terms, now->term_count)) return false;
    for (int i = 0; i < 2; i++)
        if (terms[i].mg && !bag_add(d, &bag, &terms[i], 1)) return false;
    return bag_fold(d, &bag, now) && !stopped(d);
}

void post_measured(Deciding *d, uint32_t lot, PostingReason reason, const Matter *old,
                   const Matter *now) {
    Term terms[2 * (LOT_TERMS_MAX + 2)];
    Posting posting = {.facility = d->facility,
                       .lot = lot,
                       .pool = ROW_NONE,
                       .month = d->month,
                       .reason = reason,
                       .net = now->net - old->net,
                       .mask = (uint32_t)(now->content.stated | old->content.stated),
                       .terms = terms};
    for (int c = 0; c < COMPONENT_COUNT; c++)
        posting.mg[c] = now->content.mg[c] - old->content.mg[c];
    for (uint32_t i = 0; i < old->term_count; i++)
        terms[posting.term_count++] = old->terms[i];
    for (uint32_t i = 0; i < now->term_count; i++)
        terms[posting.term_count++] = (Term){now->terms[i].measurement, -now->terms[i].mg};
    emit_posting(d, &posting);
}

void measured_draws(Deciding *d, uint32_t lot_row, const Matter *old, const Matter *now) {
    const Book *book = d->book;
    const Lot *lot = lot_at(book, lot_row);
    if ((lot->flags & LOT_TAKEN) || lot->first_draw == ROW_NONE) return;
    if (operation_at(book, lot->operation)->facility != d->facility) return;
    Mass before, after;
    const Factors *factors = factors_on(book, d->day);
    if (!content_reo(&old->content, factors, &before) ||
        !content_reo(&now->content, factors, &after)) {
        refuse(d, CODE_TOO_LARGE, "%s", "");
        return;
    }
    if (before.mg == 0 || before.mg == after.mg) return;
    for (uint32_t row = lot->first_draw; row != ROW_NONE && !stopped(d);) {
        const DrawRow *draw = ROW(book, DrawRow, TABLE_DRAW, row);
        int64_t mg = 0;
        if (!i64_muldiv_even(quota_figure(draw), after.mg, before.mg, &mg))
            refuse(d, CODE_TOO_LARGE, "%s", "");
        uint32_t next = draw->next_of_lot;
        quota_change(d, row, mg, "");
        row = next;
    }
}

// What goes up is judged like creation (B29), where the old figure was an assay's.
void measured_judge(Deciding *d, const Matter *old, const Matter *now) {
    const Book *book = d->book;
    const Line *line = &d->event->inputs[0];
    if (old->basis != BASIS_ASSAYED) return;
    uint32_t term_count = old->term_count;
    Term *terms = scratch_take(d, (old->term_count + now->term_count) * sizeof *terms + 1);
    if (!terms) return;
    memcpy(terms, old->terms, old->term_count * sizeof *terms);
    for (uint32_t t = 0; t < now->term_count; t++)
        terms[term_count++] = (Term){now->terms[t].measurement, -now->terms[t].mg};
    int worst = 0;
    if (!creation_worst(d,
                        (uint32_t)(old->content.stated & now->content.stated & old->content.whole),
                        now->content.mg, &old->content, terms, term_count, &worst))
        return;
    if (worst) object(d, worst == 2 ? CODE_ELEMENT_CREATION : CODE_CREATION_NOTICED, "%s", "");
    if (line->composition && line->composition->basis == BASIS_ASSAYED &&
        purity_rises(book, d->day, &old->content, &now->content))
        object(d, CODE_GRADE_RISE, "%s", "");
}

void decide_measure(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    const Line *line = &e->inputs[0];
    uint32_t row = intern_find(book->lot_ids, line->lot);
    const Lot *lot = row == ROW_NONE ? NULL : lot_at(book, row);
    // Its holder, or the laboratory that made the assay, may measure a lot.
    bool laboratory = lot && line->composition && line->composition->basis == BASIS_ASSAYED &&
                      text_equal(line->composition->laboratory, e->party);
    if (!lot || (lot->party != d->party && !laboratory)) {
        refuse(d, CODE_UNKNOWN_LOT, "/lot");
        return;
    }
    if (lot->state == LOT_TRANSIT) {
        refuse(d, CODE_LOT_ELSEWHERE, "/lot");
        return;
    }
    bool restates = !text_is_empty(line->supersedes); // what is all gone may be restated
    if (lot->state == LOT_ENDED && !restates) {
        refuse(d, CODE_NOT_ENOUGH, "/lot");
        return;
    }
    d->facility = lot->facility;
    if (!find_day(d, d->facility)) return;
    check_active(d);
    check_devices(d);
    if (!says_anything(line)) {
        refuse(d, CODE_NO_MEASUREMENT, "%s", "");
        return;
    }
    if (restates) {
        restate_measure(d, row);
        return;
    }
    Matter *old = scratch_take(d, sizeof *old), *now = scratch_take(d, sizeof *now);
    if (!old || !now) return;
    emit_operation(d, ROW_NONE);
    matter_of_lot(book, lot, lot_left(lot), old);
    if (!matter_measure(d, old, line, "", now)) return;
    measured_draws(d, row, old, now);
    emit_lot_set(d, row, now, (unsigned)lot->flags | LOT_MEASURED, LOT_HERE);
    affect(d, row);
    post_measured(d, row, POSTED_MEASURE, old, now);
    if (!stopped(d)) measured_judge(d, old, now);
}

void decide_stocktake(Deciding *d) {
    const Event *e = d->event;
    const Book *book = d->book;
    Matter *old = scratch_take(d, sizeof *old), *now = scratch_take(d, sizeof *now);
    if (!old || !now) return;
    emit_operation(d, ROW_NONE);
    for (uint32_t i = 0; i < e->input_count && !stopped(d); i++) {
        const Line *line = &e->inputs[i];
        uint32_t row = intern_find(book->lot_ids, line->lot);
        const Lot *lot = row == ROW_NONE ? NULL : lot_at(book, row);
        VerdictCode code = !lot || lot->party != d->party ? CODE_UNKNOWN_LOT
                           : lot->state == LOT_TRANSIT || lot->facility != d->facility
                               ? CODE_LOT_ELSEWHERE
                           : lot->state == LOT_ENDED ? CODE_NOT_ENOUGH
                                                     : CODE_NONE;
        if (code != CODE_NONE) {
            refuse(d, code, "/lots/%u/lot", i);
            return;
        }
        if (lot->last_flow != ROW_NONE &&
            flow_at(book, lot->last_flow)->operation == d->applying.operation) {
            refuse(d, CODE_LOT_TWICE, "/lots/%u/lot", i);
            return;
        }
        if (!says_anything(line)) {
            refuse(d, CODE_NO_MEASUREMENT, "/lots/%u", i);
            return;
        }
        matter_of_lot(book, lot, lot_left(lot), old);
        if (line->has_net && line->net.mg == 0) {
            // Nothing was found: the lot ends, and all that it held is posted.
            matter_begin(now, lot->material);
            now->content.stated = old->content.stated;
            post_measured(d, row, POSTED_STOCKTAKE, old, now);
            emit_lot_set(d, row, now, lot->flags, LOT_ENDED);
            continue;
        }
        char where[WHERE_BYTES_MAX] = "/lots/";
        size_t length = sizeof "/lots/" - 1;
        unsigned place = 1;
        while (i / place > 9)
            place *= 10;
        for (; place > 0; place /= 10)
            where[length++] = (char)('0' + i / place % 10);
        where[length] = 0;
        if (!matter_measure(d, old, line, where, now)) return;
        emit_lot_set(d, row, now, (unsigned)lot->flags | LOT_MEASURED, LOT_HERE);
        affect(d, row);
        post_measured(d, row, POSTED_STOCKTAKE, old, now);
    }
    for (uint32_t i = 0; i < e->pool_count && !stopped(d); i++)
        pool_stocktake(d, &e->pools[i], i);
}

void decide_discard(Deciding *d) {
    const Event *e = d->event;
    Matter *part = scratch_take(d, sizeof *part);
    if (!part) return;
    emit_operation(d, ROW_NONE);
    for (uint32_t i = 0; i < e->input_count; i++) {
        uint32_t lot;
        if (!input_take(d, &e->inputs[i], "lots", i, true, &lot, part)) return;
        affect(d, lot);
        emit_account(d, d->facility, d->month, ACCOUNT_DISCARDED, part->content.stated,
                     part->content.mg);
    }
}

// Finds a lot on the road, in the consignment that the loss names.
static bool find_on_the_road(Deciding *d, uint32_t index, uint32_t *row, Matter *part) {
    const Book *book = d->book;
    const Line *line = &d->event->inputs[index];
    uint32_t consignment = intern_find(book->consignment_ids, d->event->consignment);
    *row = intern_find(book->lot_ids, line->lot);
    const Lot *lot = *row == ROW_NONE ? NULL : lot_at(book, *row);
    if (lot && flow_at(book, lot->last_flow)->operation == d->applying.operation)
        return refuse(d, CODE_LOT_TWICE, "/lots/%u/lot", index);
    if (!lot || lot->party != d->party || lot->facility != d->facility ||
        lot->state != LOT_TRANSIT || lot->consignment != consignment)
        return refuse(d, CODE_CONSIGNMENT_CLOSED, "/lots/%u/lot", index);
    int64_t net = line->has_net ? line->net.mg : lot_left(lot);
    if (net == 0) return refuse(d, CODE_NOTHING, "/lots/%u/net", index);
    if (net > lot_left(lot)) return refuse(d, CODE_NOT_ENOUGH, "/lots/%u/net", index);
    if (lot_is_held(book, lot)) object(d, CODE_HELD_MOVED, "/lots/%u/lot", index);
    matter_of_lot(book, lot, net, part);
    unpack(d, *row);
    emit_take(d, *row, net, &part->content);
    return !stopped(d);
}

void decide_loss(Deciding *d) {
    const Event *e = d->event;
    bool on_the_road = !text_is_empty(e->consignment);
    Matter *part = scratch_take(d, sizeof *part);
    if (!part) return;
    emit_operation(d, ROW_NONE);
    for (uint32_t i = 0; i < e->input_count; i++) {
        uint32_t lot;
        if (on_the_road ? !find_on_the_road(d, i, &lot, part)
                        : !input_take(d, &e->inputs[i], "lots", i, true, &lot, part))
            return;
        affect(d, lot);
        Posting posting = {.facility = d->facility,
                           .lot = lot,
                           .pool = ROW_NONE,
                           .month = d->month,
                           .reason = POSTED_LOSS,
                           .net = -part->net,
                           .mask = (uint32_t)part->content.stated};
        for (int c = 0; c < COMPONENT_COUNT; c++)
            posting.mg[c] = -part->content.mg[c];
        emit_posting(d, &posting);
    }
    for (uint32_t i = 0; i < e->pool_count && !stopped(d); i++)
        pool_loss(d, &e->pools[i], i);
}
