// The events that work matter, in the SQL ledger.
#include "sql_ledger.h"

#include <math.h>

#include "base/calendar.h"
#include "quantity/factor.h"

static sqlite3_int64 stage_of(sqlite3_int64 material) {
    if (!ask(QUERY_STAGE, "i", material)) return STAGE_UNKNOWN;
    sqlite3_int64 stage = column(QUERY_STAGE, 0);
    done(QUERY_STAGE);
    return stage;
}

// Shipper and receiver by more than four sigma: flagged.
static void difference_check(const Matter *sent, const Matter *got) {
    for (uint32_t m = got->stated & sent->stated; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        objections += fabs((double)(got->mg[c] - sent->mg[c])) >
                      4 * sqrt(sent->variance[c] + got->variance[c]);
    }
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
        Matter sent, made;
        lot_take(row, of && of < left ? of : left, &sent);
        LotRow received;
        if (!lot_by_id(got, &received)) continue;
        lot_share(&received, 0, received.net, &made);
        difference_check(&sent, &made);
    }
}

bool matter_event(const Event *e, sqlite3_int64 party, Day day) {
    static Input inputs[INPUTS_MAX];
    sqlite3_int64 facility = 0, holder, pool = 0, lot, material = 0, consignment = 0, owner = party;
    bool retained = false;
    int year = month_year(month_of_day(day));
    if (e->facility.length) {
        if (!ask(QUERY_FACILITY, "t", e->facility)) return false;
        facility = column(QUERY_FACILITY, 0);
        holder = column(QUERY_FACILITY, 1);
        objections += column(QUERY_FACILITY, 2) >= I(month_of_day(day)); // a closed month
        done(QUERY_FACILITY);
        if (holder != party) return false;
    }
    if (e->input_count > INPUTS_MAX) return false;
    int pool_activity = 0, pool_class = 0;
    if (e->pool.length) {
        if (!ask(QUERY_POOL, "t", e->pool)) return false;
        pool = column(QUERY_POOL, 0);
        pool_activity = (int)column(QUERY_POOL, 2);
        pool_class = (int)column(QUERY_POOL, 3);
        done(QUERY_POOL);
    }
    bool takes = e->kind == EVENT_TRANSFORM || e->kind == EVENT_CHARGE || e->kind == EVENT_MERGE ||
                 e->kind == EVENT_SHIP || e->kind == EVENT_DISCARD || e->kind == EVENT_BLEND ||
                 e->kind == EVENT_ASSEMBLE || (e->kind == EVENT_LOSS && !e->consignment.length);
    if (takes && !inputs_check(e, party, facility, inputs)) return false;

    Matter in = {0}, part;
    for (uint32_t i = 0; takes && e->kind != EVENT_SHIP && i < e->input_count; i++) {
        lot_take(&inputs[i].row, inputs[i].net, &part);
        material = inputs[i].row.material;
        if (i == 0)
            owner = inputs[i].row.owner;
        else if (owner != inputs[i].row.owner)
            owner = party; // of several owners: commingled
        add_matter(&in, &part);
        if (e->kind == EVENT_CHARGE) pool_put(pool, &part);
    }
    for (uint32_t i = 0; i < e->input_count; i++)
        device_check(&e->inputs[i], day);
    for (uint32_t i = 0; i < e->output_count; i++)
        device_check(&e->outputs[i], day);
    switch (e->kind) {
    case EVENT_SHIP: {
        sqlite3_int64 to = 0;
        if (e->outside == OUTSIDE_NONE && !find(QUERY_FACILITY, e->destination, &to, NULL))
            return false;
        if (e->outside == OUTSIDE_NONE) {
            if (!ask(QUERY_CONSIGNMENT_PUT, "tiii", e->consignment, facility, to, I(e->title)))
                return false;
            consignment = returned(QUERY_CONSIGNMENT_PUT);
        }
        for (uint32_t i = 0; i < e->input_count; i++) {
            if (e->outside == OUTSIDE_NONE)
                ask(QUERY_LOT_SHIP, "ii", consignment, inputs[i].row.id);
            else
                lot_take(&inputs[i].row, inputs[i].net, &part);
            if (e->outside == OUTSIDE_NONE) pair(e->consignment, e->inputs[i].lot, &inputs[i].row);
        }
        return true;
    }
    case EVENT_SPLIT: {
        LotRow row;
        if (!lot_find(e->inputs[0].lot, &row) || row.party != party || row.state != 0) return false;
        for (uint32_t i = 0; i < e->output_count; i++) {
            if (e->outputs[i].net.mg > row.net - row.taken) return false;
            lot_take(&row, e->outputs[i].net.mg, &part);
            if (!lot_put(e->outputs[i].lot, party, row.owner, facility, row.material, &part, &lot))
                return false;
        }
        return true;
    }
    case EVENT_MERGE:
        return lot_put(e->outputs[0].lot, party, owner, facility, material, &in, &lot);
    case EVENT_BLEND:
    case EVENT_ASSEMBLE: {
        Material made;
        if (!material_find(e->outputs[0].material, &made)) return false;
        for (uint32_t i = 0; i < e->input_count; i++) {
            sqlite3_int64 stage = stage_of(inputs[i].row.material);
            if (e->kind == EVENT_BLEND ? stage != made.stage
                                       : stage >= STAGE_ORE && stage <= STAGE_ALLOY)
                return false;
        }
        if (e->kind == EVENT_ASSEMBLE) {
            if (made.stage != STAGE_ARTICLE || e->outputs[0].net.mg < in.net) return false;
            in.net = in.dry = e->outputs[0].net.mg;
        }
        return lot_put(e->outputs[0].lot, party, owner, facility, made.id, &in, &lot);
    }
    case EVENT_LOSS:
        if (e->consignment.length && !find(QUERY_CONSIGNMENT, e->consignment, &consignment, NULL))
            return false;
        for (uint32_t i = 0; e->consignment.length && i < e->input_count; i++) {
            LotRow row; // on the road
            if (!lot_find(e->inputs[i].lot, &row) || row.state != TRANSIT ||
                row.consignment != consignment)
                return false;
            lot_take(&row, row.net - row.taken, &part);
        }
        for (uint32_t i = 0; i < e->pool_count; i++) {
            sqlite3_int64 id;
            if (!find(QUERY_POOL, e->pools[i].pool, &id, NULL)) return false;
            for (uint64_t k = e->pools[i].mask; k; k &= k - 1)
                ask(QUERY_POOL_LESS, "iii", I(e->pools[i].kg[__builtin_ctzll(k)].mg), id,
                    I(__builtin_ctzll(k)));
        }
        return true;
    case EVENT_MEASURE:
    case EVENT_STOCKTAKE:
        for (uint32_t i = 0; i < e->input_count; i++) {
            LotRow row;
            const Line *line = &e->inputs[i];
            if (!lot_find(line->lot, &row)) return false; // a laboratory measures what is another's
            if (!line->composition && !line->has_net) continue;
            int64_t left = row.net - row.taken, net = line->has_net ? line->net.mg : left;
            Matter old,
                now = line_matter(
                    line, left ? even(row.net - row.dry, FRACTION_ONE_PPB, row.net) : 0, net);
            lot_take(&row, left, &old);
            if (!line->composition) {
                now.stated = old.stated;
                for (int c = 0; c < COMPONENT_COUNT; c++)
                    now.mg[c] = even(old.mg[c], net, left);
            } else {
                now.stated |= old.stated;
                for (uint32_t m = old.stated & ~(uint32_t)line->composition->mask; m; m &= m - 1)
                    now.mg[__builtin_ctz(m)] = old.mg[__builtin_ctz(m)];
            }
            ask(QUERY_LOT_TAKE, "iii", I(0), row.state, row.id);
            ask(QUERY_LOT_SET, "iii", I(net), I(now.dry), row.id);
            ask(QUERY_CONTENT_CLEAR, "i", row.id);
            for (uint32_t m = now.stated; m; m &= m - 1)
                ask(QUERY_CONTENT_PUT, "iii", row.id, I(__builtin_ctz(m)),
                    I(now.mg[__builtin_ctz(m)]));
        }
        for (uint32_t i = 0; i < e->pool_count; i++) {
            sqlite3_int64 id;
            if (!find(QUERY_POOL, e->pools[i].pool, &id, NULL)) return false;
            for (uint64_t m = e->pools[i].mask; m; m &= m - 1)
                ask(QUERY_POOL_SET, "iii", I(e->pools[i].kg[__builtin_ctzll(m)].mg), id,
                    I(__builtin_ctzll(m)));
        }
        return true;
    case EVENT_RECEIVE:
        if (e->outside != OUTSIDE_NONE) break;
        if (!ask(QUERY_CONSIGNMENT, "t", e->consignment)) break; // not shipped yet
        consignment = column(QUERY_CONSIGNMENT, 0);
        // Where it was sent, or where it came from when it was sent back.
        bool ours =
            column(QUERY_CONSIGNMENT, 1) == facility || column(QUERY_CONSIGNMENT, 2) == facility;
        retained = column(QUERY_CONSIGNMENT, 3) == TITLE_RETAINED;
        done(QUERY_CONSIGNMENT);
        if (!ours) return false;
        break;
    case EVENT_EXTRACT: {
        sqlite3_int64 source;
        if (!find(QUERY_SOURCE, e->subject, &source, NULL)) return false;
        break;
    }
    case EVENT_OPEN:
        for (uint32_t i = 0; i < e->pool_count; i++) {
            sqlite3_int64 id;
            if (!find(QUERY_POOL, e->pools[i].pool, &id, NULL)) return false;
            for (uint64_t m = e->pools[i].mask; m; m &= m - 1) {
                int c = __builtin_ctzll(m);
                double mg = (double)e->pools[i].kg[c].mg;
                ask(QUERY_POOL_IN, "iiiid", id, I(c), I(e->pools[i].kg[c].mg),
                    I(e->pools[i].kg[c].mg), mg * mg * 1e-2);
            }
        }
        break;
    case EVENT_HOLD:
        for (uint32_t i = 0; i < e->input_count; i++)
            if (find(QUERY_LOT, e->inputs[i].lot, &lot, NULL))
                ask(QUERY_HOLD_PUT, "iit", lot, seq, TEXT("ordered"));
        return true;
    default:
        break;
    }

    Matter out = {0};
    unsigned worst_stage = 0;
    sqlite3_int64 first_lot = 0;
    for (uint32_t i = 0; i < e->output_count; i++) {
        const Line *line = &e->outputs[i];
        sqlite3_int64 stage = STAGE_ORE, class_of_ore = pool_class, moisture = 0;
        Matter made;
        if (line->material.length) {
            Material of;
            if (!material_find(line->material, &of)) return false;
            material = of.id;
            stage = of.stage;
            class_of_ore = of.class_of_ore;
            moisture = of.moisture;
        }
        if (e->kind == EVENT_RECEIVE && consignment) {
            LotRow row;
            if (!lot_find(line->from_lot, &row) || row.state != TRANSIT ||
                row.consignment != consignment)
                return false;
            int64_t of = line->has_of ? line->of.mg : row.net - row.taken;
            if (of <= 0 || of > row.net - row.taken) return false;
            lot_take(&row, of, &part);
            material = row.material;
            owner = retained ? row.owner : party;
            if (line->has_net || line->composition) {
                made = line_matter(line, even(part.net - part.dry, FRACTION_ONE_PPB, part.net),
                                   line->has_net ? line->net.mg : of);
                if (!line->composition) {
                    made.stated = part.stated;
                    for (int c = 0; c < COMPONENT_COUNT; c++)
                        made.mg[c] = even(part.mg[c], made.net, part.net);
                }
                difference_check(&part, &made);
            } else {
                made = part;
            }
        } else {
            made = line_matter(line, moisture, line->net.mg);
        }
        add_matter(&out, &made);
        if ((unsigned)stage > worst_stage && stage <= STAGE_MAGNET) worst_stage = (unsigned)stage;
        if (e->kind == EVENT_EXTRACT && pool) {
            pool_put(pool, &made);
            continue;
        }
        if (!lot_put(line->lot, party, owner, facility, material, &made, &lot)) return false;
        if (!first_lot) first_lot = lot;
        if (e->kind == EVENT_RECEIVE && e->outside == OUTSIDE_NONE && !consignment) {
            objections++;
            ask(QUERY_UNMATCHED_PUT, "ttii", e->consignment, line->from_lot, lot,
                I(line->has_of ? line->of.mg : 0));
        }
        bool primary = class_of_ore == CLASS_ROCK || class_of_ore == CLASS_ION;
        int ledger = stage == STAGE_ORE_PRODUCT && primary && e->kind != EVENT_RECEIVE &&
                             e->kind != EVENT_OPEN
                         ? LEDGER_MINING
                     : e->kind == EVENT_DRAW && stage == STAGE_COMPOUND ? LEDGER_SEPARATION
                                                                        : LEDGER_NONE;
        int drawn_class = e->kind == EVENT_DRAW ? pool_class : (int)class_of_ore;
        if (ledger && !quota_draw(e->facility, ledger, drawn_class, year, &made, lot)) objections++;
        if (ledger && !quota_draw(e->party, ledger, drawn_class, year, &made, lot)) objections++;
    }
    if (e->kind == EVENT_DRAW) {
        for (uint32_t m = out.stated; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            if (!ask(QUERY_POOL_OUT, "iidii", I(out.mg[c]), I(out.mg[c]), out.variance[c], pool,
                     I(c)))
                continue;
            double came = (double)column(QUERY_POOL_OUT, 0),
                   went = (double)column(QUERY_POOL_OUT, 1),
                   variance = sqlite3_column_double(statements[QUERY_POOL_OUT], 2);
            returned(QUERY_POOL_OUT);
            if (went - came > came * 1e-3 && went - came > 6 * sqrt(variance)) objections++;
        }
        if (!licensed(party, facility, pool_activity, day)) objections++;
    }
    if (e->kind == EVENT_TRANSFORM) {
        for (uint32_t m = out.stated & in.stated; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            double created = (double)(out.mg[c] - in.mg[c]);
            if (created > (double)in.mg[c] * 1e-3 &&
                created > 6 * sqrt(in.variance[c] + out.variance[c])) {
                objections++;
                ask(QUERY_HOLD_PUT, "iit", first_lot, seq, TEXT("element_creation"));
            }
        }
        static const int activity_of[] = {[STAGE_ORE_PRODUCT] = ACTIVITY_MINING,
                                          [STAGE_COMPOUND] = ACTIVITY_SEPARATION,
                                          [STAGE_METAL] = ACTIVITY_METAL,
                                          [STAGE_ALLOY] = ACTIVITY_ALLOY,
                                          [STAGE_MAGNET] = ACTIVITY_MAGNET};
        if (worst_stage >= STAGE_ORE_PRODUCT &&
            !licensed(party, facility, activity_of[worst_stage], day))
            objections++;
    }
    if (e->kind == EVENT_EXTRACT && !licensed(party, facility, ACTIVITY_MINING, day)) objections++;
    return true;
}
