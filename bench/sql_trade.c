// Owners, packages, the border, goods sent back, confirmations and corrections, in the SQL ledger.
#include "sql_ledger.h"

#include <string.h>

#include "log/sha256.h"

static bool sell(const Event *e, sqlite3_int64 party) {
    sqlite3_int64 buyer, lot;
    if (!find(QUERY_PARTY, e->buyer, &buyer, NULL)) return false;
    for (uint32_t i = 0; i < e->input_count; i++) {
        const Line *line = &e->inputs[i];
        LotRow row;
        if (!lot_find(line->lot, &row) || (row.owner != party && row.party != party) ||
            row.state == ENDED)
            return false;
        objections += row.owner != party;
        objections += is_held(row.id);
        lot = row.id;
        if (line->part.length) {
            Matter part;
            if (row.state != HERE || line->net.mg <= 0 || line->net.mg > row.net - row.taken)
                return false;
            lot_take(&row, line->net.mg, &part);
            if (!lot_put(line->part, row.party, row.owner, row.facility, row.material, &part, &lot))
                return false;
        }
        ask(QUERY_LOT_OWNER, "ii", buyer, lot);
        ask(QUERY_TRANSFER_PUT, "iiii", seq, lot, party, buyer);
        ask(QUERY_FLOW_PUT, "iiii", seq, lot, I(ROLE_TOUCHED), I(row.net - row.taken));
    }
    return true;
}

static bool pack(const Event *e, sqlite3_int64 party, sqlite3_int64 facility) {
    LotRow row;
    if (!lot_find(e->inputs[0].lot, &row) || row.party != party || row.facility != facility ||
        row.state != HERE)
        return false;
    int64_t sum = 0;
    for (uint32_t i = 0; i < e->package_count; i++) {
        const Package *p = &e->packages[i];
        if (p->gross.mg != p->net.mg + p->tare.mg) return false;
        sum += p->net.mg;
    }
    if (sum != row.net - row.taken) return false;
    for (uint32_t i = 0; i < e->package_count; i++) {
        const Package *p = &e->packages[i];
        if (!ask(QUERY_PACKAGE_PUT, "tiiiitt", p->id, row.id, I(p->net.mg), I(p->gross.mg),
                 I(p->tare.mg), p->seal, p->form))
            return false;
        returned(QUERY_PACKAGE_PUT);
    }
    return true;
}

static bool office_find(Text name, sqlite3_int64 *office) {
    sqlite3_int64 holder;
    if (!find(QUERY_FACILITY, name, office, &holder) || !ask(QUERY_PARTY_ROLES, "i", holder))
        return false;
    bool is = column(QUERY_PARTY_ROLES, 0) & PARTY_CUSTOMS;
    done(QUERY_PARTY_ROLES);
    return is;
}

static int64_t permits_of_stage(sqlite3_int64 stage) {
    if (!ask(QUERY_STAGE_PERMITS, "i", stage)) return 0;
    int64_t kinds = column(QUERY_STAGE_PERMITS, 0);
    done(QUERY_STAGE_PERMITS);
    return kinds;
}

static bool export_goods(const Event *e, sqlite3_int64 party, sqlite3_int64 facility, Day day) {
    static Input inputs[INPUTS_MAX];
    sqlite3_int64 office;
    if (e->input_count > INPUTS_MAX || !office_find(e->office, &office) ||
        !inputs_check(e, party, facility, inputs) ||
        !ask(QUERY_CONSIGNMENT_PUT, "tiii", e->consignment, facility, office, I(0)))
        return false;
    sqlite3_int64 consignment = returned(QUERY_CONSIGNMENT_PUT);
    Matter part, all[PERMIT_KINDS] = {{0}};
    for (uint32_t i = 0; i < e->input_count; i++) {
        LotRow *row = &inputs[i].row;
        int64_t stage = 0;
        if (ask(QUERY_STAGE, "i", row->material)) {
            stage = column(QUERY_STAGE, 0);
            done(QUERY_STAGE);
        }
        int64_t kinds = permits_of_stage(stage);
        lot_share(row, row->taken, row->net - row->taken, &part);
        add_matter(&all[0], &part);
        for (int k = 1; k < PERMIT_KINDS; k++)
            if (kinds >> k & 1) add_matter(&all[k], &part);
        ask(QUERY_LOT_SHIP, "ii", consignment, row->id);
        ask(QUERY_FLOW_PUT, "iiii", seq, row->id, I(ROLE_TOUCHED), I(part.net));
    }
    int64_t left[PERMIT_KINDS];
    for (int k = 0; k < PERMIT_KINDS; k++)
        left[k] = all[k].net;
    for (uint32_t i = 0; i < e->permit_line_count; i++) {
        const PermitLine *line = &e->permit_lines[i];
        if (!ask(QUERY_PERMIT, "iiittt", party, facility, I(day), e->end_user, e->country,
                 line->permit))
            return false;
        sqlite3_int64 id = column(QUERY_PERMIT, 0), quantity = column(QUERY_PERMIT, 3),
                      used = column(QUERY_PERMIT, 4);
        int kind = (int)column(QUERY_PERMIT, 1);
        bool of_reo = column(QUERY_PERMIT, 2) == MEASURED_REO,
             limited = sqlite3_column_type(statements[QUERY_PERMIT], 3) != SQLITE_NULL;
        for (int test = 5; test < 8; test++) // ours and in force, for this user, for this country
            objections += column(QUERY_PERMIT, test) == 0;
        done(QUERY_PERMIT);
        if (of_reo && left[kind] == all[kind].net) left[kind] = reo_of(&all[kind]);
        int64_t mg = line->has_mass ? line->mass.mg : left[kind];
        if (mg > left[kind] || mg <= 0) return false;
        left[kind] -= mg;
        objections += limited && used + mg > quantity;
        ask(QUERY_PERMIT_RESERVE, "ii", I(mg), id);
        ask(QUERY_DECLARED_PERMIT_PUT, "iii", seq, id, I(mg));
    }
    for (int k = 1; k < PERMIT_KINDS; k++)
        objections += left[k] > 0;
    ask(QUERY_DECLARATION_PUT, "iiiiitttii", seq, consignment, office, party, facility, e->country,
        e->end_user, e->customs_code, I(all[0].net), I(reo_of(&all[0])));
    return true;
}

// Customs clear or stop what was declared, or the exporter takes it back.
static bool confirm(const Event *e, sqlite3_int64 party, Day day) {
    sqlite3_int64 of = party;
    if (e->subject.length && !find(QUERY_PARTY, e->subject, &of, NULL)) return false;
    if (!ask(QUERY_EVENT_OF, "it", of, e->confirms)) return false;
    sqlite3_int64 declared = column(QUERY_EVENT_OF, 0);
    Hash hash = sha256_of(sqlite3_column_blob(statements[QUERY_EVENT_OF], 3),
                          (size_t)sqlite3_column_bytes(statements[QUERY_EVENT_OF], 3));
    done(QUERY_EVENT_OF);
    if (memcmp(hash.bytes, e->hash, sizeof hash.bytes) != 0 ||
        !ask(QUERY_DECLARATION, "i", declared))
        return false;
    sqlite3_int64 status = column(QUERY_DECLARATION, 4);
    done(QUERY_DECLARATION);
    if (status != DECLARED) return false;
    ask(QUERY_DECLARATION_SET, "ii", I(e->declines ? STOPPED : CLEARED), declared);
    sqlite3_int64 lots[INPUTS_MAX];
    uint32_t count = 0;
    for (bool row = ask(QUERY_FLOWS, "i", declared); row && count < INPUTS_MAX;
         row = sqlite3_step(statements[QUERY_FLOWS]) == SQLITE_ROW)
        lots[count++] = column(QUERY_FLOWS, 0);
    done(QUERY_FLOWS);
    for (uint32_t i = 0; i < count; i++) {
        LotRow row;
        if (!lot_by_id(lots[i], &row)) return false;
        if (e->declines) {
            ask(QUERY_LOT_TAKE, "iii", row.taken, I(HERE), row.id);
            continue;
        }
        Matter part;
        objections += is_held(row.id);
        lot_take(&row, row.net - row.taken, &part);
        if (!quota_draw(e->subject, LEDGER_EXPORT, CLASS_NONE, month_year(month_of_day(day)), &part,
                        row.id))
            objections++;
    }
    sqlite3_int64 permits[64], mg[64];
    count = 0;
    for (bool row = ask(QUERY_DECLARED_PERMITS, "i", declared); row && count < 64;
         row = sqlite3_step(statements[QUERY_DECLARED_PERMITS]) == SQLITE_ROW) {
        permits[count] = column(QUERY_DECLARED_PERMITS, 0);
        mg[count++] = column(QUERY_DECLARED_PERMITS, 1);
    }
    done(QUERY_DECLARED_PERMITS);
    for (uint32_t i = 0; i < count; i++) {
        if (e->declines)
            ask(QUERY_PERMIT_RESERVE, "ii", -mg[i], permits[i]);
        else
            ask(QUERY_PERMIT_DRAW, "ii", mg[i], permits[i]);
    }
    return true;
}

static bool import_goods(const Event *e, sqlite3_int64 party, sqlite3_int64 facility, Day day) {
    sqlite3_int64 office, lot;
    if (!office_find(e->office, &office)) return false;
    bool ore = false;
    for (uint32_t i = 0; i < e->output_count; i++) {
        const Line *line = &e->outputs[i];
        Material material;
        if (!material_find(line->material, &material)) return false;
        bool of_ore = material.stage == STAGE_ORE || material.stage == STAGE_ORE_PRODUCT;
        ore |= of_ore;
        objections += of_ore && !e->passport.length && !e->checkpoint.length;
        Matter made = line_matter(line, material.moisture, line->net.mg);
        device_check(line, day);
        if (!lot_put(line->lot, party, party, facility, material.id, &made, &lot)) return false;
        ask(QUERY_IMPORT_PUT, "itttt", lot, e->country, e->consignment, e->other_book, e->passport);
    }
    if (ore && !licensed(party, facility, ACTIVITY_SEPARATION, day)) objections++;
    return true;
}

// Refused at the gate: the lots stay on the road, and their sender may take them in again. Whole
// lots that were taken in leave in the consignment `back`.
static bool return_goods(const Event *e, sqlite3_int64 party, sqlite3_int64 facility) {
    sqlite3_int64 consignment, sender, back = 0;
    if (!find(QUERY_CONSIGNMENT, e->consignment, &consignment, &sender)) return false;
    if (e->back.length) {
        if (!ask(QUERY_CONSIGNMENT_PUT, "tiii", e->back, facility, sender, I(0))) return false;
        back = returned(QUERY_CONSIGNMENT_PUT);
    }
    for (uint32_t i = 0; i < e->input_count; i++) {
        LotRow row;
        if (!lot_find(e->inputs[i].lot, &row)) return false;
        bool well = back ? row.state == HERE && row.party == party && row.facility == facility &&
                               !e->inputs[i].has_net
                         : row.state == TRANSIT && row.consignment == consignment;
        if (!well) return false;
        objections += is_held(row.id);
        if (back) ask(QUERY_LOT_SHIP, "ii", back, row.id);
        ask(QUERY_FLOW_PUT, "iiii", seq, row.id, I(ROLE_TOUCHED), I(row.net - row.taken));
    }
    return true;
}

static void quota_give_back(sqlite3_int64 event) {
    sqlite3_int64 quota[256], mg[256];
    uint32_t count = 0;
    for (bool row = ask(QUERY_DRAWS, "i", event); row && count < 256;
         row = sqlite3_step(statements[QUERY_DRAWS]) == SQLITE_ROW) {
        quota[count] = column(QUERY_DRAWS, 0);
        mg[count++] = column(QUERY_DRAWS, 1);
    }
    done(QUERY_DRAWS);
    for (uint32_t i = 0; i < count; i++) {
        ask(QUERY_QUOTA_DRAW, "ii", -mg[i], quota[i]);
        while (ask(QUERY_QUOTA_ABOVE, "i", quota[i])) {
            quota[i] = column(QUERY_QUOTA_ABOVE, 0);
            done(QUERY_QUOTA_ABOVE);
            ask(QUERY_QUOTA_DRAW, "ii", -mg[i], quota[i]);
        }
    }
}

// Takes back what an event did, when nothing later touched its lots; then its replacement is
// entered like any event.
static bool correct(const Event *e, sqlite3_int64 party) {
    enum { FLOWS_MAX = 2 * INPUTS_MAX };
    static struct { sqlite3_int64 lot, role, net; } flows[FLOWS_MAX];
    if (!ask(QUERY_EVENT_OF, "it", party, e->corrects)) return false;
    sqlite3_int64 event = column(QUERY_EVENT_OF, 0), pool = 0;
    int kind = (int)column(QUERY_EVENT_OF, 1);
    bool stands = column(QUERY_EVENT_OF, 2) != 0;
    done(QUERY_EVENT_OF);
    // The pool of a draw or charge is the one that its replacement names.
    bool pooled = kind == EVENT_DRAW || kind == EVENT_CHARGE;
    if (!stands ||
        (pooled && (!e->replacement || !find(QUERY_POOL, e->replacement->pool, &pool, NULL))))
        return false;
    uint32_t count = 0;
    for (bool row = ask(QUERY_FLOWS, "i", event); row && count < FLOWS_MAX;
         row = sqlite3_step(statements[QUERY_FLOWS]) == SQLITE_ROW) {
        flows[count].lot = column(QUERY_FLOWS, 0);
        flows[count].role = column(QUERY_FLOWS, 1);
        flows[count++].net = column(QUERY_FLOWS, 2);
    }
    done(QUERY_FLOWS);
    for (uint32_t i = 0; i < count; i++) {
        ask(QUERY_LAST_FLOW, "i", flows[i].lot);
        bool last = column(QUERY_LAST_FLOW, 0) == event;
        done(QUERY_LAST_FLOW);
        if (!last) return false;
        LotRow row;
        if (!lot_by_id(flows[i].lot, &row)) return false;
        bool made = flows[i].role == ROLE_OUT;
        Matter part;
        if (pool) {
            lot_share(&row, made ? 0 : row.taken - flows[i].net, flows[i].net, &part);
            for (uint32_t m = part.stated; m; m &= m - 1) {
                int c = __builtin_ctz(m);
                if (made) {
                    ask(QUERY_POOL_BACK, "idii", I(part.mg[c]), part.variance[c], pool, I(c));
                } else {
                    if (!ask(QUERY_POOL_UNDO, "idii", I(part.mg[c]), part.variance[c], pool, I(c)))
                        return false;
                    returned(QUERY_POOL_UNDO);
                }
            }
        }
        if (made)
            ask(QUERY_LOT_TAKE, "iii", row.net, I(ENDED), row.id);
        else
            ask(QUERY_LOT_TAKE, "iii", row.taken - flows[i].net,
                I(kind == EVENT_RECEIVE ? TRANSIT : HERE), row.id);
    }
    quota_give_back(event);
    ask(QUERY_EVENT_REVERSE, "i", event);
    return !e->replacement || event_record(e->replacement);
}

bool trade_event(const Event *e, sqlite3_int64 party, Day day) {
    sqlite3_int64 facility = 0, holder;
    if (e->facility.length &&
        (!find(QUERY_FACILITY, e->facility, &facility, &holder) || holder != party))
        return false;
    switch (e->kind) {
    case EVENT_SELL:
        return sell(e, party);
    case EVENT_PACK:
        return pack(e, party, facility);
    case EVENT_EXPORT_GOODS:
        return export_goods(e, party, facility, day);
    case EVENT_IMPORT_GOODS:
        return import_goods(e, party, facility, day);
    case EVENT_RETURN_GOODS:
        return return_goods(e, party, facility);
    case EVENT_CONFIRM:
        return confirm(e, party, day);
    case EVENT_CORRECT:
        return correct(e, party);
    default:
        return false;
    }
}
