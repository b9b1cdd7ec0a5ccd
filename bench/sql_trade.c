// Owners, packages, the border, goods sent back, confirmations and corrections, in the SQL ledger.
#include "sql_ledger.h"

#include <string.h>

#include "log/sha256.h"

static bool sell(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 buyer, lot, party = head->party;
    if (!find(QUERY_PARTY, e->buyer, &buyer, NULL)) return false;
    for (uint32_t i = 0; i < e->input_count; i++) {
        const Line *line = &e->inputs[i];
        LotRow row;
        if (!lot_find(line->lot, &row) || (row.owner != party && row.party != party) ||
            row.state == ENDED)
            return false;
        if (row.owner != party) complain("not_owner");
        if (is_held(row.id)) complain("held_moved");
        check_provisional_row(&row);
        lot = row.id;
        if (line->part.length) {
            static Matter part;
            if (row.state != HERE || line->net.mg <= 0 || line->net.mg > row.net - row.taken)
                return false;
            lot_take(&row, line->net.mg, &part);
            if (!lot_put(head, line->part, row.party, row.owner, row.facility, row.material, &part,
                         &lot))
                return false;
        }
        ask(QUERY_LOT_OWNER, "ii", buyer, lot);
        ask(QUERY_TRANSFER_PUT, "iiii", seq, lot, party, buyer);
        ask(QUERY_FLOW_PUT, "iiii", seq, lot, I(ROLE_TOUCHED), I(row.net - row.taken));
    }
    return true;
}

static bool pack(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 party = head->party, facility = head->place.id;
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
        if (foreign(head, p->id)) return false;
        if (!ask(QUERY_PACKAGE_PUT, "tiiiitt", p->id, row.id, I(p->net.mg), I(p->gross.mg),
                 I(p->tare.mg), p->seal, p->form))
            return false;
        returned(QUERY_PACKAGE_PUT);
    }
    ask(QUERY_LOT_PACKED, "ii", I(1), row.id);
    return true;
}

static bool office_find(Text name, sqlite3_int64 *office) {
    sqlite3_int64 holder;
    if (!find(QUERY_FACILITY, name, office, &holder) || !ask(QUERY_PARTY_BY_ID, "i", holder))
        return false;
    bool is = column(QUERY_PARTY_BY_ID, 0) & PARTY_CUSTOMS;
    done(QUERY_PARTY_BY_ID);
    return is;
}

static int64_t permits_of_stage(sqlite3_int64 stage) {
    // Where policy never spoke of the stage: the usual ones.
    if (!ask(QUERY_POLICY_PERMITS, "i", stage))
        return stage >= STAGE_ORE && stage <= STAGE_ALLOY ? 1 << PERMIT_EXPORT
               : stage == STAGE_MAGNET                    ? 1 << PERMIT_DUAL_USE
                                                          : 0;
    int64_t kinds = column(QUERY_POLICY_PERMITS, 0);
    done(QUERY_POLICY_PERMITS);
    return kinds;
}

static bool export_goods(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 party = head->party, facility = head->place.id;
    Day day = head->day;
    static Input inputs[INPUTS_MAX];
    sqlite3_int64 office;
    if (e->input_count > INPUTS_MAX || !office_find(e->office, &office) ||
        foreign(head, e->consignment) || !inputs_check(head, facility, inputs) ||
        !ask(QUERY_CONSIGNMENT_PUT, "tiiit", e->consignment, facility, office, I(0), e->seal))
        return false;
    sqlite3_int64 consignment = returned(QUERY_CONSIGNMENT_PUT);
    static Matter part, all[PERMIT_KINDS];
    for (int k = 0; k < PERMIT_KINDS; k++)
        begin_matter(&all[k]);
    if (THERE_IS(QUERY_LISTED, "t", e->end_user)) complain("user_listed");
    for (uint32_t i = 0; i < e->input_count; i++) {
        LotRow *row = &inputs[i].row;
        int64_t kinds = permits_of_stage(row->stage);
        if (inputs[i].held) complain("held_moved");
        check_provisional_row(row);
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
        if (!column(QUERY_PERMIT, 5)) complain("permit_invalid");
        if (!column(QUERY_PERMIT, 6)) complain("permit_scope");
        if (!column(QUERY_PERMIT, 7)) complain("permit_exceeded");
        done(QUERY_PERMIT);
        if (of_reo && left[kind] == all[kind].net) left[kind] = reo_of(&all[kind]);
        int64_t mg = line->has_mass ? line->mass.mg : left[kind];
        if (mg > left[kind] || mg <= 0) return false;
        left[kind] -= mg;
        if (limited && used + mg > quantity) complain("permit_exceeded");
        ask(QUERY_PERMIT_RESERVE, "ii", I(mg), id);
        ask(QUERY_DECLARED_PERMIT_PUT, "iii", seq, id, I(mg));
    }
    int64_t reo = 0;
    for (int k = 1; k < PERMIT_KINDS; k++)
        reo += reo_of(&all[k]);
    bool free = e->permit_line_count == 0 && reo < policy.permit_free;
    if (free) {
        ask(QUERY_FREE_BEFORE, "itttii", I(day), e->end_user, e->country, e->customs_code, party,
            head->above);
        int64_t before = column(QUERY_FREE_BEFORE, 0);
        done(QUERY_FREE_BEFORE);
        if (before + reo >= policy.permit_free) complain("split_shipment");
    }
    for (int k = 1; k < PERMIT_KINDS; k++)
        if (!free && left[k] > 0) complain("export_uncovered");
    ask(QUERY_DECLARATION_PUT, "iiiiitttiiii", seq, consignment, office, party, facility,
        e->country, e->end_user, e->customs_code, I(all[0].net), I(reo_of(&all[0])), I(day),
        I(free));
    return true;
}

// Customs clear or stop what was declared, or the exporter takes it back.
static bool confirm(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 of = head->party;
    if (e->subject.length && !find(QUERY_PARTY, e->subject, &of, NULL)) return false;
    if (!ask(QUERY_EVENT_OF, "it", of, e->confirms)) return false;
    sqlite3_int64 declared = column(QUERY_EVENT_OF, 0);
    Hash hash = sha256_of(sqlite3_column_blob(statements[QUERY_EVENT_OF], 3),
                          (size_t)sqlite3_column_bytes(statements[QUERY_EVENT_OF], 3));
    Text sender = {(const char *)sqlite3_column_text(statements[QUERY_EVENT_OF], 4),
                   (size_t)sqlite3_column_bytes(statements[QUERY_EVENT_OF], 4)};
    bool same = text_equal(sender, head->by);
    done(QUERY_EVENT_OF);
    if (same && !e->declines) return false;
    if (memcmp(hash.bytes, e->hash, sizeof hash.bytes) != 0 ||
        !ask(QUERY_DECLARATION, "i", declared))
        return false;
    sqlite3_int64 status = column(QUERY_DECLARATION, 4);
    done(QUERY_DECLARATION);
    if (status != DECLARED) return false;
    ask(QUERY_DECLARATION_SET, "ii", I(e->declines ? STOPPED : CLEARED), declared);
    // What customs found, against what was declared: a per cent of the mass.
    for (uint32_t i = 0; i < e->input_count; i++) {
        LotRow row;
        if (!lot_find(e->inputs[i].lot, &row) || row.state != TRANSIT) return false;
        int64_t off = e->inputs[i].net.mg - row.net;
        if (e->inputs[i].has_net && (off < 0 ? -off : off) * 100 > row.net)
            complain("customs_differs");
    }
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
        static Matter part;
        if (is_held(row.id)) complain("held_moved");
        lot_take(&row, row.net - row.taken, &part);
        // Drawn where any instrument allots export quota to the exporter.
        if (THERE_IS(QUERY_QUOTA_BEFORE, "tiii", e->subject, I(LEDGER_EXPORT), I(CLASS_NONE),
                     I(head->year)))
            quota_draw(e->subject, LEDGER_EXPORT, CLASS_NONE, head->year, reo_of(&part), row.id);
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

static bool import_goods(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 office, lot, party = head->party, facility = head->place.id;
    if (!office_find(e->office, &office)) return false;
    bool ore = false;
    for (uint32_t i = 0; i < e->output_count; i++) {
        const Line *line = &e->outputs[i];
        Material material;
        if (!material_find(line->material, &material)) return false;
        bool of_ore = material.stage == STAGE_ORE || material.stage == STAGE_ORE_PRODUCT;
        ore |= of_ore;
        if (of_ore && !e->passport.length && !e->checkpoint.length) complain("papers_missing");
        static Matter made;
        if (!line_matter(head, line, &material, material.moisture, line->net.mg, &made))
            return false;
        check_grade(line, &material, &made);
        check_device(head, line);
        if (of_ore && material.class_of_ore == CLASS_ROCK) facets_born(&made, FACET_ROCK);
        if (of_ore && material.class_of_ore == CLASS_ION) facets_born(&made, FACET_ION);
        if (!lot_put(head, line->lot, party, party, facility, material.id, &made, &lot))
            return false;
        ask(QUERY_IMPORT_PUT, "itttt", lot, e->country, e->consignment, e->other_book, e->passport);
    }
    if (ore) check_licence(head, ACTIVITY_SEPARATION, NULL, 0);
    return true;
}

// Refused at the gate: the lots stay on the road, and their sender may take them in again. Whole
// lots that were taken in leave in the consignment `back`.
static bool return_goods(Head *head) {
    const Event *e = head->event;
    sqlite3_int64 party = head->party, facility = head->place.id;
    sqlite3_int64 consignment, sender, back = 0;
    if (!find(QUERY_CONSIGNMENT, e->consignment, &consignment, &sender)) return false;
    if (e->back.length) {
        if (foreign(head, e->back) ||
            !ask(QUERY_CONSIGNMENT_PUT, "tiiit", e->back, facility, sender, I(0), e->seal))
            return false;
        back = returned(QUERY_CONSIGNMENT_PUT);
    }
    for (uint32_t i = 0; i < e->input_count; i++) {
        LotRow row;
        if (!lot_find(e->inputs[i].lot, &row)) return false;
        bool well = back ? row.state == HERE && row.party == party && row.facility == facility &&
                               !e->inputs[i].has_net
                         : row.state == TRANSIT && row.consignment == consignment;
        if (!well) return false;
        if (is_held(row.id)) complain("held_moved");
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
    for (uint32_t i = 0; i < count; i++)
        change_quota(quota[i], -mg[i]);
}

static bool pool_undo(sqlite3_int64 pool, sqlite3_int64 kind, int c, int64_t mg, double variance) {
    if (!ask(QUERY_POOL_UNDO, "idiii", I(mg), variance, pool, kind, I(c))) return false;
    returned(QUERY_POOL_UNDO);
    return true;
}

static void pool_back(sqlite3_int64 event) {
    struct {
        sqlite3_int64 pool, kind, component, mg;
    } all[512];
    int count = 0;
    for (bool row = ask(QUERY_POOL_FLOWS, "i", event); row && count < 512;
         row = more(QUERY_POOL_FLOWS), count++) {
        all[count].pool = column(QUERY_POOL_FLOWS, 0);
        all[count].kind = column(QUERY_POOL_FLOWS, 1);
        all[count].component = column(QUERY_POOL_FLOWS, 2);
        all[count].mg = column(QUERY_POOL_FLOWS, 3);
    }
    done(QUERY_POOL_FLOWS);
    for (int i = 0; i < count; i++)
        ask(QUERY_POOL_BACK, "idiii", all[i].mg, (double)all[i].mg * (double)all[i].mg * 1e-4,
            all[i].pool, all[i].kind, all[i].component);
}

// Takes back what an event did, when nothing later touched its lots; then its replacement is
// entered like any event. What was measured is measured again, not taken back.
static bool correct(Head *head) {
    const Event *e = head->event;
    enum { FLOWS_MAX = 2 * INPUTS_MAX };
    static struct { sqlite3_int64 lot, role, net; } flows[FLOWS_MAX];
    if (!ask(QUERY_EVENT_OF, "it", head->party, e->corrects)) return false;
    sqlite3_int64 event = column(QUERY_EVENT_OF, 0), pool = 0;
    int kind = (int)column(QUERY_EVENT_OF, 1);
    bool stands = column(QUERY_EVENT_OF, 2) != 0;
    done(QUERY_EVENT_OF);
    // The pool of a draw or charge is the one that its replacement names.
    bool pooled = kind == EVENT_DRAW || kind == EVENT_CHARGE;
    if (!stands || kind == EVENT_MEASURE || kind == EVENT_STOCKTAKE ||
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
        if (kind == EVENT_SHIP && flows[i].role == ROLE_TOUCHED) {
            ask(QUERY_LOT_TAKE, "iii", row.taken, I(HERE), row.id);
            continue;
        }
        if (kind == EVENT_CHARGE) {
            static Matter part;
            lot_share(&row, row.taken - flows[i].net, flows[i].net, &part);
            for (uint32_t m = part.stated; m; m &= m - 1)
                if (!pool_undo(pool, KIND_MASS, __builtin_ctz(m), part.mg[__builtin_ctz(m)],
                               part.variance[__builtin_ctz(m)]))
                    return false;
            for (int f = 0; f < part.facet_count; f++)
                for (int c = 0; c < COMPONENT_COUNT; c++)
                    if (part.facets[f].mg[c] &&
                        !pool_undo(pool, part.facets[f].kind, c, part.facets[f].mg[c], 0))
                        return false;
        }
        if (made)
            ask(QUERY_LOT_TAKE, "iii", row.net, I(ENDED), row.id);
        else
            ask(QUERY_LOT_TAKE, "iii", row.taken - flows[i].net,
                I(kind == EVENT_RECEIVE ? TRANSIT : HERE), row.id);
    }
    if (kind == EVENT_DRAW) pool_back(event);
    if (ask(QUERY_BATCH_END, "i", event)) {
        sqlite3_int64 history = column(QUERY_BATCH_END, 0), fed = column(QUERY_BATCH_END, 1),
                      made = column(QUERY_BATCH_END, 2);
        returned(QUERY_BATCH_END);
        ask(QUERY_HISTORY_BACK, "iii", fed, made, history);
    }
    quota_give_back(event);
    ask(QUERY_EVENT_REVERSE, "i", event);
    return !e->replacement || event_record(e->replacement, head->by, head->recorded);
}

bool trade_event(Head *head) {
    if (!place_check(head)) return false;
    switch (head->event->kind) {
    case EVENT_SELL:
        return sell(head);
    case EVENT_PACK:
        return pack(head);
    case EVENT_EXPORT_GOODS:
        return export_goods(head);
    case EVENT_IMPORT_GOODS:
        return import_goods(head);
    case EVENT_RETURN_GOODS:
        return return_goods(head);
    case EVENT_CONFIRM:
        return confirm(head);
    case EVENT_CORRECT:
        return correct(head);
    default:
        return false;
    }
}
