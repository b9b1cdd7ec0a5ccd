// The events that work matter, in the SQL ledger.
#include "sql_ledger.h"

#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "quantity/factor.h"

static Input inputs[INPUTS_MAX];
static Matter outs[OUTPUTS_MAX];
static Material materials[OUTPUTS_MAX];

// Shipper and receiver by more than four sigma: flagged.
static void difference_check(const Matter *sent, const Matter *got) {
    bool differ = false;
    for (uint32_t m = got->stated & sent->stated; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        differ |= fabs((double)(got->mg[c] - sent->mg[c])) >
                  policy.flag * sqrt(sent->variance[c] + got->variance[c]);
    }
    if (differ) complain("srd");
}

// A shipment entered after its receipt: what was received is taken of the lot that was sent.
static void pair(Text consignment, Text lot, LotRow *row) {
    row->state = TRANSIT;
    while (ask(QUERY_UNMATCHED, "tt", consignment, lot)) {
        sqlite3_int64 rowid = column(QUERY_UNMATCHED, 0), got = column(QUERY_UNMATCHED, 1),
                      of = column(QUERY_UNMATCHED, 2), left = row->net - row->taken;
        done(QUERY_UNMATCHED);
        ask(QUERY_UNMATCHED_END, "i", rowid);
        if (left == 0) continue;
        static Matter sent, made;
        lot_take(row, of && of < left ? of : left, &sent);
        LotRow received;
        if (!lot_by_id(got, &received)) continue;
        lot_share(&received, 0, received.net, &made);
        difference_check(&sent, &made);
    }
}

static bool ship(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 to = 0, holder = 0, consignment = 0;
    bool outside = e->outside != OUTSIDE_NONE;
    static Matter part;
    if (!outside) {
        if (!find(QUERY_FACILITY, e->destination, &to, &holder) || foreign(head, e->consignment) ||
            !ask(QUERY_CONSIGNMENT_PUT, "tiiit", e->consignment, head->place.id, to, I(e->title),
                 e->seal))
            return false;
        consignment = returned(QUERY_CONSIGNMENT_PUT);
    }
    for (uint32_t i = 0; i < e->input_count; i++) {
        LotRow *row = &inputs[i].row;
        if (inputs[i].net != row->net - row->taken) return false; // whole lots leave
        if (outside || holder != head->party) check_provisional_row(row);
        if (outside) {
            if (row->stage >= STAGE_ORE && row->stage <= STAGE_ALLOY) complain("outside_regulated");
            lot_take(row, inputs[i].net, &part);
            continue;
        }
        ask(QUERY_LOT_SHIP, "ii", consignment, row->id);
        ask(QUERY_FLOW_PUT, "iiii", seq, row->id, I(ROLE_TOUCHED), I(inputs[i].net));
        pair(e->consignment, e->inputs[i].lot, row);
    }
    return true;
}

static bool split(Head *head) {
    const Event *e = head->event;
    LotRow row;
    sqlite3_int64 lot;
    static Matter part;
    if (!lot_find(e->inputs[0].lot, &row) || row.party != head->party || row.state != HERE ||
        row.facility != head->place.id)
        return false;
    Input whole = {.row = row, .held = is_held(row.id)};
    for (uint32_t i = 0; i < e->output_count; i++) {
        if (e->outputs[i].net.mg > row.net - row.taken || e->outputs[i].net.mg <= 0) return false;
        lot_take(&row, e->outputs[i].net.mg, &part);
        if (!lot_put(head, e->outputs[i].lot, head->party, row.owner, row.facility, row.material,
                     &part, &lot))
            return false;
        holds_pass(&whole, 1, lot);
    }
    return true;
}

// What is taken of all inputs, together, and whose it was.
static sqlite3_int64 take_all(Head *head, Matter *in, bool *commingled) {
    static Matter part;
    sqlite3_int64 owner = head->party;
    begin_matter(in);
    *commingled = false;
    for (uint32_t i = 0; i < head->event->input_count; i++) {
        lot_take(&inputs[i].row, inputs[i].net, &part);
        add_matter(in, &part);
        *commingled |= i > 0 && inputs[i].row.owner != owner;
        owner = inputs[i].row.owner;
    }
    return *commingled ? head->party : owner;
}

static bool put_together(Head *head, const Matter *in, sqlite3_int64 owner) {
    const Event *e = head->event;
    const Line *line = &e->outputs[0];
    sqlite3_int64 material = inputs[0].row.material, lot;
    static Matter made;
    made = *in;
    if (e->kind == EVENT_MERGE) {
        for (uint32_t i = 1; i < e->input_count; i++)
            if (inputs[i].row.material != material) return false;
    } else {
        Material of;
        if (!material_find(line->material, &of)) return false;
        material = of.id;
        for (uint32_t i = 0; i < e->input_count; i++) {
            sqlite3_int64 stage = inputs[i].row.stage;
            if (e->kind == EVENT_BLEND ? stage != of.stage
                                       : stage >= STAGE_ORE && stage <= STAGE_ALLOY)
                return false;
        }
        if (e->kind == EVENT_ASSEMBLE) {
            if (of.stage != STAGE_ARTICLE || line->net.mg < in->net) return false;
            made.net = made.dry = line->net.mg;
        }
    }
    Draw drawn[DRAWS_MAX];
    int count = e->kind == EVENT_ASSEMBLE ? facets_settle(head, &made, STAGE_ARTICLE, drawn) : 0;
    if (!lot_put(head, line->lot, head->party, owner, head->place.id, material, &made, &lot))
        return false;
    holds_pass(inputs, e->input_count, lot);
    draws_make(head, drawn, count, lot);
    return true;
}

static bool transform(Head *head) {
    const Event *e = head->event;
    static Matter in, made;
    bool commingled, scrap = false, ore = false;
    sqlite3_int64 owner = take_all(head, &in, &commingled), lot, first = 0;
    if (commingled) complain("commingled");
    int feed = CLASS_RECYCLED;
    for (uint32_t i = 0; i < e->input_count; i++) {
        scrap |= inputs[i].row.stage == STAGE_SCRAP;
        ore |= inputs[i].row.stage >= STAGE_ORE && inputs[i].row.stage <= STAGE_ORE_PRODUCT;
    }
    if (scrap && ore) complain("recycler_ore");
    for (int f = 0; f < in.facet_count && feed == CLASS_RECYCLED; f++) {
        if (in.facets[f].kind == FACET_ROCK) feed = CLASS_ROCK;
        if (in.facets[f].kind == FACET_ION) feed = CLASS_ION;
        Source source;
        if (in.facets[f].kind >= FACET_SOURCE &&
            source_find((Text){"", 0}, in.facets[f].kind - FACET_SOURCE, &source))
            feed = (int)source.class_of_ore;
    }
    Text names[OUTPUTS_MAX];
    unsigned worst = 0;
    begin_matter(&made);
    Matter *const all = outs;
    int64_t made_reo = 0;
    for (uint32_t i = 0; i < e->output_count; i++) {
        const Line *line = &e->outputs[i];
        names[i] = line->material;
        if (!material_find(line->material, &materials[i]) ||
            !line_matter(head, line, &materials[i], materials[i].moisture, line->net.mg, &all[i]))
            return false;
        check_grade(line, &materials[i], &all[i]);
        add_matter(&made, &all[i]);
        unsigned stage = (unsigned)materials[i].stage;
        if (stage == STAGE_ORE) return false;
        if (stage > STAGE_MAGNET) continue;
        if (stage > worst) worst = stage;
        made_reo += reo_of(&all[i]);
    }
    facets_share(&in, all, e->output_count, feed);
    int activity = activity_of(worst, scrap);
    for (uint32_t i = 0; i < e->output_count; i++) {
        Draw drawn[DRAWS_MAX];
        int count = facets_settle(head, &all[i], materials[i].stage, drawn);
        if (!lot_put(head, e->outputs[i].lot, head->party, owner, head->place.id, materials[i].id,
                     &all[i], &lot))
            return false;
        holds_pass(inputs, e->input_count, lot);
        draws_make(head, drawn, count, lot);
        if (!first) first = lot;
        if (materials[i].stage >= STAGE_METAL && materials[i].stage <= STAGE_MAGNET &&
            activity >= ACTIVITY_METAL && activity <= ACTIVITY_MAGNET && purity_rose(&in, &all[i]))
            complain("grade_rise");
    }
    check_creation(&in, &made, made.stated, true, first);
    check_licence(head, activity, names, e->output_count);
    if (activity == ACTIVITY_SEPARATION && owner != head->party && !one_group(owner, head->party))
        complain("tolling");
    check_yield(head, activity, reo_of(&in), made_reo);
    return true;
}

static bool extract(Head *head, sqlite3_int64 pool) {
    const Event *e = head->event;
    Source source;
    sqlite3_int64 lot;
    int64_t mined = 0;
    if (!source_find(e->subject, 0, &source)) return false;
    for (uint32_t i = 0; i < e->output_count; i++) {
        const Line *line = &e->outputs[i];
        Material material;
        Matter *made = &outs[0];
        if (!material_find(line->material, &material) ||
            (material.stage != STAGE_ORE && material.stage != STAGE_ORE_PRODUCT) ||
            !line_matter(head, line, &material, material.moisture, line->net.mg, made))
            return false;
        check_grade(line, &material, made);
        mined += reo_of(made);
        facets_born(made, FACET_SOURCE + source.id);
        if (pool) {
            pool_put(pool, made);
            continue;
        }
        Draw drawn[DRAWS_MAX];
        int count = facets_settle(head, made, material.stage, drawn);
        if (!lot_put(head, line->lot, head->party, head->party, head->place.id, material.id, made,
                     &lot))
            return false;
        draws_make(head, drawn, count, lot);
    }
    source_check(head, &source);
    if (ask(QUERY_DEPOSIT_MINE, "ii", I(mined), source.deposit) && returned(QUERY_DEPOSIT_MINE))
        complain("reserve");
    return true;
}

static void undrawn_born(Matter *made, const Material *material) {
    if (material->stage != STAGE_ORE_PRODUCT) return;
    if (material->class_of_ore == CLASS_ROCK) facets_born(made, FACET_ROCK);
    if (material->class_of_ore == CLASS_ION) facets_born(made, FACET_ION);
}

static bool open_stock(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 lot;
    if (head->place.closed) return false; // cut over
    for (uint32_t i = 0; i < e->pool_count; i++) {
        static Matter opened;
        begin_matter(&opened);
        if (!ask(QUERY_POOL, "t", e->pools[i].pool)) return false;
        sqlite3_int64 id = column(QUERY_POOL, 0), class_of_ore = column(QUERY_POOL, 3);
        done(QUERY_POOL);
        for (uint64_t m = e->pools[i].mask; m; m &= m - 1) {
            int c = __builtin_ctzll(m);
            opened.stated |= 1u << c;
            opened.mg[c] = e->pools[i].kg[c].mg;
            opened.variance[c] = (double)opened.mg[c] * (double)opened.mg[c] * 1e-2;
        }
        if (class_of_ore == CLASS_ROCK || class_of_ore == CLASS_ION)
            facets_born(&opened, class_of_ore == CLASS_ROCK ? FACET_ROCK : FACET_ION);
        pool_put(id, &opened);
    }
    for (uint32_t i = 0; i < e->output_count; i++) {
        const Line *line = &e->outputs[i];
        Material material;
        Matter *made = &outs[0];
        if (!material_find(line->material, &material) ||
            !line_matter(head, line, &material, material.moisture, line->net.mg, made))
            return false;
        check_grade(line, &material, made);
        undrawn_born(made, &material);
        if (!lot_put(head, line->lot, head->party, head->party, head->place.id, material.id, made,
                     &lot))
            return false;
    }
    return true;
}

static bool recycler(const Head *head) {
    sqlite3_int64 does = head->place.activities;
    return (does >> ACTIVITY_RECYCLING & 1) && !(does >> ACTIVITY_SEPARATION & 1) &&
           !(does >> ACTIVITY_MINING & 1);
}

static bool receive(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 consignment = 0, lot;
    bool retained = false, unmatched = false;
    static Matter part;
    if (e->outside == OUTSIDE_NONE) {
        unmatched = !ask(QUERY_CONSIGNMENT, "t", e->consignment); // not shipped yet
        if (!unmatched) {
            consignment = column(QUERY_CONSIGNMENT, 0);
            // Where it was sent, or where it came from when it was sent back.
            bool ours = column(QUERY_CONSIGNMENT, 1) == head->place.id ||
                        column(QUERY_CONSIGNMENT, 2) == head->place.id;
            retained = column(QUERY_CONSIGNMENT, 3) == TITLE_RETAINED;
            size_t length = (size_t)sqlite3_column_bytes(statements[QUERY_CONSIGNMENT], 4);
            Text seal = {(const char *)sqlite3_column_text(statements[QUERY_CONSIGNMENT], 4),
                         length};
            bool broken = e->seal.length && !text_equal(seal, e->seal);
            done(QUERY_CONSIGNMENT);
            if (!ours) complain("wrong_destination");
            if (broken) complain("seal_broken");
        } else {
            complain("unmatched");
        }
    }
    for (uint32_t i = 0; i < e->output_count; i++) {
        const Line *line = &e->outputs[i];
        Material material;
        Matter *made = &outs[0];
        sqlite3_int64 owner = head->party, moved = 0;
        Input from = {.held = false};
        if (consignment) {
            LotRow *row = &from.row;
            if (!lot_find(line->from_lot, row) || row->state != TRANSIT ||
                row->consignment != consignment)
                return false;
            int64_t of = line->has_of ? line->of.mg : row->net - row->taken;
            if (of <= 0 || of > row->net - row->taken) return false;
            from.held = is_held(row->id);
            if (row->packed && row->taken == 0 && of == row->net) moved = row->id;
            if (row->owner != row->party || retained) owner = row->owner;
            lot_take(row, of, &part);
            if (!material_by_id(row->material, &material)) return false;
            begin_matter(made);
            if (!measured(head, line, &material, &part, made)) return false;
            if (line->has_net || line->composition) difference_check(&part, made);
            if (line->final_line && row->taken < row->net) {
                static Matter rest;
                lot_take(row, row->net - row->taken, &rest);
            }
        } else {
            if (!material_find(line->material, &material) ||
                !line_matter(head, line, &material, material.moisture, line->net.mg, made))
                return false;
            if (e->outside != OUTSIDE_NONE && material.stage >= STAGE_ORE &&
                material.stage <= STAGE_ALLOY)
                complain("outside_regulated");
            undrawn_born(made, &material);
        }
        check_grade(line, &material, made);
        if (recycler(head) && material.stage >= STAGE_ORE && material.stage <= STAGE_ORE_PRODUCT)
            complain("recycler_ore");
        if (e->outside == OUTSIDE_PRODUCTION_SCRAP) facets_born(made, FACET_PRE);
        if (e->outside == OUTSIDE_POST_CONSUMER) facets_born(made, FACET_POST);
        if (e->outside == OUTSIDE_NONE && material.stage == STAGE_SCRAP) {
            // It left where it arose: what was primary of it is pre-consumer now.
            Facet *pre = facet_of(made, FACET_PRE), *post = facet_of(made, FACET_POST);
            for (int c = 0; c < COMPONENT_COUNT; c++)
                if (made->mg[c] > post->mg[c] + pre->mg[c]) pre->mg[c] = made->mg[c] - post->mg[c];
        }
        if (!lot_put(head, line->lot, head->party, owner, head->place.id, material.id, made, &lot))
            return false;
        holds_pass(&from, consignment ? 1 : 0, lot);
        if (moved) {
            ask(QUERY_PACKAGES_MOVE, "ii", lot, moved);
            ask(QUERY_LOT_PACKED, "ii", I(1), lot);
        }
        if (unmatched)
            ask(QUERY_UNMATCHED_PUT, "ttii", e->consignment, line->from_lot, lot,
                I(line->has_of ? line->of.mg : 0));
    }
    return true;
}

static bool loss(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 consignment = 0;
    static Matter part;
    if (e->consignment.length && !find(QUERY_CONSIGNMENT, e->consignment, &consignment, NULL))
        return false;
    for (uint32_t i = 0; e->consignment.length && i < e->input_count; i++) {
        LotRow row; // on the road
        if (!lot_find(e->inputs[i].lot, &row) || row.state != TRANSIT ||
            row.consignment != consignment || row.party != head->party)
            return false;
        if (is_held(row.id)) complain("held_moved");
        lot_take(&row, row.net - row.taken, &part);
    }
    for (uint32_t i = 0; !e->consignment.length && i < e->input_count; i++)
        lot_take(&inputs[i].row, inputs[i].net, &part);
    for (uint32_t i = 0; i < e->pool_count; i++) {
        sqlite3_int64 id;
        if (!find(QUERY_POOL, e->pools[i].pool, &id, NULL)) return false;
        for (uint64_t k = e->pools[i].mask; k; k &= k - 1)
            ask(QUERY_POOL_OUT, "idiii", I(e->pools[i].kg[__builtin_ctzll(k)].mg), 0.0, id,
                I(KIND_MASS), I(__builtin_ctzll(k)));
    }
    return true;
}

bool matter_event(Head *head) {
    const Event *e = head->event;
    if (e->input_count > INPUTS_MAX || e->output_count > OUTPUTS_MAX) return false;
    sqlite3_int64 pool = 0, whole = 0;
    int pool_activity = 0, pool_class = 0;
    bool pool_held = false, commingled;
    if (!place_check(head)) return false;
    if (e->pool.length) {
        if (!ask(QUERY_POOL, "t", e->pool)) return false;
        pool = column(QUERY_POOL, 0);
        bool here = column(QUERY_POOL, 1) == head->place.id;
        pool_activity = (int)column(QUERY_POOL, 2);
        pool_class = (int)column(QUERY_POOL, 3);
        whole = column(QUERY_POOL, 4);
        pool_held = column(QUERY_POOL, 5) > 0;
        done(QUERY_POOL);
        if (!here) return false;
    }
    bool takes = e->kind == EVENT_TRANSFORM || e->kind == EVENT_CHARGE || e->kind == EVENT_MERGE ||
                 e->kind == EVENT_SHIP || e->kind == EVENT_DISCARD || e->kind == EVENT_BLEND ||
                 e->kind == EVENT_ASSEMBLE || (e->kind == EVENT_LOSS && !e->consignment.length);
    if (takes) {
        if (!inputs_check(head, head->place.id, inputs)) return false;
        bool held = false;
        for (uint32_t i = 0; i < e->input_count; i++)
            held |= inputs[i].held;
        if (held && e->kind != EVENT_MERGE && e->kind != EVENT_BLEND) complain("held_moved");
    }
    if (e->kind != EVENT_MEASURE && e->kind != EVENT_STOCKTAKE)
        for (uint32_t i = 0; i < e->input_count; i++)
            check_device(head, &e->inputs[i]);
    for (uint32_t i = 0; i < e->output_count; i++)
        check_device(head, &e->outputs[i]);
    static Matter in;
    switch (e->kind) {
    case EVENT_OPEN:
        return open_stock(head);
    case EVENT_EXTRACT:
        return extract(head, pool);
    case EVENT_CHARGE:
        return charge_event(head, inputs, pool, pool_activity);
    case EVENT_DRAW:
        return draw_event(head, pool, pool_activity, pool_class, whole, pool_held);
    case EVENT_TRANSFORM:
        return transform(head);
    case EVENT_SPLIT:
        return split(head);
    case EVENT_MERGE:
    case EVENT_BLEND:
    case EVENT_ASSEMBLE: {
        sqlite3_int64 owner = take_all(head, &in, &commingled);
        if (commingled) complain("commingled");
        return put_together(head, &in, owner);
    }
    case EVENT_SHIP:
        return ship(head);
    case EVENT_RECEIVE:
        return receive(head);
    case EVENT_MEASURE:
    case EVENT_STOCKTAKE:
        return measure_event(head);
    case EVENT_DISCARD:
        take_all(head, &in, &commingled);
        return true;
    case EVENT_LOSS:
        return loss(head);
    default:
        return false;
    }
}
