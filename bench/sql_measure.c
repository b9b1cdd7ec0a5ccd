// What is measured again, and counted, in the SQL ledger.
#include "sql_ledger.h"

static int64_t scaled(int64_t mg, int64_t now, int64_t old) {
    return old ? even(mg, now, old) : 0;
}

// What is in hand, measured again: a new mass or moisture scales it, a composition sets what it
// names; facets go with their component.
bool measured(const Head *head, const Line *line, const Material *material, const Matter *old,
              Matter *now) {
    int64_t net = line->has_net ? line->net.mg : old->net, dry = old->dry, whole = old->dry,
            part = old->dry;
    if (line->has_moisture)
        part = dry = net - even(net, line->moisture.ppb, FRACTION_ONE_PPB);
    else if (line->has_net && (!material || material->moisture == 0))
        part = net, whole = old->net, dry = scaled(old->dry, net, old->net);
    else if (dry > net)
        part = dry = net;
    if (net == 0) return true;
    if (!line_matter(head, line, material, even(net - dry, FRACTION_ONE_PPB, net), net, now))
        return false;
    now->dry = dry;
    uint32_t named = line->composition ? (uint32_t)line->composition->mask : 0;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!(named >> c & 1)) {
            now->mg[c] = part == whole ? old->mg[c] : scaled(old->mg[c], part, whole);
            now->bound[c] = part == whole ? old->bound[c] : scaled(old->bound[c], part, whole);
            now->variance[c] = old->variance[c];
        }
        for (int f = 0; f < old->facet_count; f++)
            if (old->facets[f].mg[c])
                facet_of(now, old->facets[f].kind)->mg[c] =
                    scaled(old->facets[f].mg[c], now->mg[c], old->mg[c]);
    }
    now->stated |= old->stated & ~named;
    now->whole = (now->whole & named) | (old->whole & ~named);
    if (!line->composition) now->basis = old->basis;
    return true;
}

bool material_by_id(sqlite3_int64 id, Material *material) {
    if (!ask(QUERY_MATERIAL_ROW, "i", id)) return false;
    *material = (Material){column(QUERY_MATERIAL_ROW, 0), column(QUERY_MATERIAL_ROW, 1),
                           column(QUERY_MATERIAL_ROW, 2), column(QUERY_MATERIAL_ROW, 3),
                           column(QUERY_MATERIAL_ROW, 4)};
    done(QUERY_MATERIAL_ROW);
    return true;
}

// A lot's draws follow its first figures, while nothing of it was taken.
static void draws_follow(sqlite3_int64 lot, int64_t before, int64_t after) {
    struct {
        sqlite3_int64 quota, mg, row;
    } all[DRAWS_MAX];
    int count = 0;
    for (bool row = ask(QUERY_DRAWS_OF_LOT, "i", lot); row && count < DRAWS_MAX;
         row = more(QUERY_DRAWS_OF_LOT), count++) {
        all[count].quota = column(QUERY_DRAWS_OF_LOT, 0);
        all[count].mg = column(QUERY_DRAWS_OF_LOT, 1);
        all[count].row = column(QUERY_DRAWS_OF_LOT, 2);
    }
    done(QUERY_DRAWS_OF_LOT);
    for (int i = 0; i < count; i++) {
        int64_t mg = even(all[i].mg, after, before);
        change_quota(all[i].quota, mg - all[i].mg);
        ask(QUERY_DRAW_SET, "ii", I(mg), all[i].row);
    }
}

bool measure_event(Head *head) {
    const Event *e = head->event;
    bool counting = e->kind == EVENT_STOCKTAKE;
    static Matter old, now;
    for (uint32_t i = 0; i < e->input_count; i++) {
        LotRow row;
        Material material;
        const Line *line = &e->inputs[i];
        if (!lot_find(line->lot, &row) || row.state != HERE) return false;
        // Its holder, or the laboratory that made the assay.
        bool laboratory = line->composition && text_equal(line->composition->laboratory, e->party);
        if (row.party != head->party && !(laboratory && !counting)) return false;
        if (!line->has_net && !line->has_moisture && !line->composition) return false;
        if (!material_by_id(row.material, &material)) return false;
        check_device(head, line);
        lot_share(&row, row.taken, row.net - row.taken, &old);
        begin_matter(&now);
        if (!measured(head, line, &material, &old, &now)) return false;
        check_grade(line, &material, &now);
        if (!counting && row.taken == 0 && row.party == head->party) {
            int64_t before = reo_of(&old), after = reo_of(&now);
            if (before && before != after) draws_follow(row.id, before, after);
        }
        ask(QUERY_LOT_SET, "iiiiii", I(now.net), I(now.dry), I(now.basis), I(now.whole),
            I(now.net ? row.state : ENDED), row.id);
        ask(QUERY_CONTENT_CLEAR, "i", row.id);
        content_put(row.id, &now);
        ask(QUERY_FLOW_PUT, "iiii", seq, row.id, I(ROLE_TOUCHED), I(now.net));
        if (counting || old.basis != BASIS_ASSAYED) continue;
        check_creation(&old, &now, old.stated & now.stated, true, row.id);
        if (line->composition && purity_rose(&old, &now)) complain("grade_rise");
    }
    for (uint32_t i = 0; i < e->pool_count; i++) {
        sqlite3_int64 id, mg[COMPONENT_COUNT] = {0};
        if (!find(QUERY_POOL, e->pools[i].pool, &id, NULL)) return false;
        for (bool row = ask(QUERY_POOL_CONTENT, "i", id); row; row = more(QUERY_POOL_CONTENT))
            if (column(QUERY_POOL_CONTENT, 0) == KIND_MASS)
                mg[column(QUERY_POOL_CONTENT, 1)] = column(QUERY_POOL_CONTENT, 2);
        done(QUERY_POOL_CONTENT);
        for (uint64_t m = e->pools[i].mask; m; m &= m - 1) {
            int c = __builtin_ctzll(m);
            int64_t found = e->pools[i].kg[c].mg;
            ask(QUERY_POOL_SET, "iii", I(found), id, I(c));
            if (found < mg[c])
                ask(QUERY_POOL_SCALE, "dii", (double)found / (double)mg[c], id, I(c));
        }
    }
    return true;
}
