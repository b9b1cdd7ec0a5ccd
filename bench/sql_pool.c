// Into pools and out of them, in the SQL ledger.
#include "sql_ledger.h"

#include <string.h>

bool charge_event(Head *head, Input *inputs, sqlite3_int64 pool, int activity) {
    static char names[64][64];
    static Matter part;
    const Event *e = head->event;
    Text listed[64];
    uint32_t count = 0;
    sqlite3_int64 last = -1;
    for (uint32_t i = 0; i < e->input_count; i++) {
        LotRow *row = &inputs[i].row;
        lot_take(row, inputs[i].net, &part);
        pool_put(pool, &part);
        if (row->owner != head->party) {
            if (activity == ACTIVITY_SEPARATION && !one_group(row->owner, head->party))
                complain("tolling");
            for (uint32_t m = part.stated; m; m &= m - 1)
                ask(QUERY_POOL_OWNER_PUT, "iiii", pool, row->owner, I(__builtin_ctz(m)),
                    I(part.mg[__builtin_ctz(m)]));
        }
        if (activity == ACTIVITY_RECYCLING && row->stage <= STAGE_ORE_PRODUCT)
            complain("recycler_ore");
        if (row->material == last || count == 64) continue;
        last = row->material;
        if (!ask(QUERY_MATERIAL_BY_ID, "i", last)) continue;
        size_t length = (size_t)sqlite3_column_bytes(statements[QUERY_MATERIAL_BY_ID], 0);
        if (length >= sizeof names[0]) give_up("a name is too long");
        memcpy(names[count], sqlite3_column_text(statements[QUERY_MATERIAL_BY_ID], 0), length);
        listed[count] = (Text){names[count], length};
        count++;
        done(QUERY_MATERIAL_BY_ID);
    }
    check_licence(head, activity, listed, count);
    return true;
}

bool draw_event(Head *head, sqlite3_int64 pool, int activity, int class_of_ore, sqlite3_int64 whole,
                bool held) {
    const Event *e = head->event;
    static Matter content, came, went;
    begin_matter(&content);
    begin_matter(&came);
    begin_matter(&went);
    for (bool row = ask(QUERY_POOL_CONTENT, "i", pool); row; row = more(QUERY_POOL_CONTENT)) {
        sqlite3_int64 kind = column(QUERY_POOL_CONTENT, 0);
        int c = (int)column(QUERY_POOL_CONTENT, 1);
        int64_t mg = column(QUERY_POOL_CONTENT, 2);
        if (kind == KIND_MASS) {
            content.mg[c] = mg;
            came.mg[c] = column(QUERY_POOL_CONTENT, 3);
            went.mg[c] = column(QUERY_POOL_CONTENT, 4);
            came.variance[c] = sqlite3_column_double(statements[QUERY_POOL_CONTENT], 5);
        } else if (kind == KIND_BOUND) {
            came.bound[c] = column(QUERY_POOL_CONTENT, 3);
        } else if (mg) {
            facet_of(&content, kind)->mg[c] = mg;
        }
    }
    done(QUERY_POOL_CONTENT);
    came.whole = (uint32_t)whole;
    came.stated = went.stated = UINT32_MAX >> (32 - COMPONENT_COUNT);
    int64_t others[COMPONENT_COUNT] = {0};
    for (bool row = ask(QUERY_POOL_OWNERS, "i", pool); row; row = more(QUERY_POOL_OWNERS))
        others[column(QUERY_POOL_OWNERS, 0)] = column(QUERY_POOL_OWNERS, 1);
    done(QUERY_POOL_OWNERS);
    Text names[OUTPUTS_MAX];
    sqlite3_int64 first = 0, lot;
    uint32_t looked_at = 0;
    for (uint32_t i = 0; i < e->output_count; i++) {
        static Matter drawn_matter;
        Matter *made = &drawn_matter;
        const Line *line = &e->outputs[i];
        Material material;
        names[i] = line->material;
        if (!material_find(line->material, &material) || material.stage == STAGE_ORE ||
            !line_matter(head, line, &material, material.moisture, line->net.mg, made))
            return false;
        check_grade(line, &material, made);
        facets_share(&content, made, 1, class_of_ore);
        looked_at |= made->stated;
        bool mixed = false;
        for (uint32_t m = made->stated; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            ask(QUERY_POOL_OUT, "idiii", I(made->mg[c]), made->variance[c], pool, I(KIND_MASS),
                I(c));
            ask(QUERY_POOL_FLOW_PUT, "iiiii", seq, pool, I(KIND_MASS), I(c), I(made->mg[c]));
            mixed |= others[c] && made->mg[c] > content.mg[c] - others[c];
            content.mg[c] = content.mg[c] > made->mg[c] ? content.mg[c] - made->mg[c] : 0;
            went.mg[c] += made->mg[c];
            came.variance[c] += made->variance[c];
        }
        if (mixed) complain("commingled");
        for (int f = 0; f < content.facet_count; f++) {
            Facet *of = &content.facets[f], *got = facet_of(made, of->kind);
            for (int c = 0; c < COMPONENT_COUNT; c++) {
                int64_t mg = got->mg[c] < of->mg[c] ? got->mg[c] : of->mg[c];
                if (!mg) continue;
                of->mg[c] -= mg;
                ask(QUERY_POOL_OUT, "idiii", I(mg), 0.0, pool, of->kind, I(c));
                ask(QUERY_POOL_FLOW_PUT, "iiiii", seq, pool, of->kind, I(c), I(mg));
            }
        }
        Draw drawn[DRAWS_MAX];
        int count = facets_settle(head, made, material.stage, drawn);
        if (!lot_put(head, line->lot, head->party, head->party, head->place.id, material.id, made,
                     &lot))
            return false;
        if (held) ask(QUERY_HOLD_PUT, "iit", lot, seq, TEXT("held_drawn"));
        draws_make(head, drawn, count, lot);
        if (!first) first = lot;
    }
    if (held) complain("held_drawn");
    check_creation(&came, &went, looked_at, true, first);
    int64_t in = reo_of(&came), out = reo_of(&went);
    if (in > 0 && (double)out > (double)in * (1 + (double)policy.yield_drop / FRACTION_ONE_PPB))
        complain("unusual_yield");
    check_licence(head, activity, names, e->output_count);
    return true;
}
