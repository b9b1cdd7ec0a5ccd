// The peer of `ytterby record`: the same events kept in a normalised SQL ledger, as someone who knows SQLite
// would write it: tables for parties, facilities, lots, their contents, genealogy, licences, quotas, holds,
// pools; prepared statements; WAL, full synchronous, one transaction for 512 events, checkpoints between
// them. For each event it checks what the book checks first of all: the id is new, party and facility
// exist and belong together, the lot is known, here, enough and not held, shares are exact, no element is
// created in a batch or pool beyond a thousandth and six sigma, the licence covers activity and date, the
// quota is drawn from the holder up to the nation. It does less than the book (no error terms by
// instrument, no facets, no causes, no monthly accounts, no Merkle log) and gets its events from our decoder.
//     bench/sql_peer DIR FILE.sqlite        DIR as `ytterby simulate` writes it
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/calendar.h"
#include "base/integer.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "quantity/component.h"
#include "quantity/factor.h"

enum { GROUP = 512, OFFSET_MINUTES = 480 };

static const char schema[] =
    "CREATE TABLE party(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, above INTEGER);"
    "CREATE TABLE facility(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, holder INTEGER NOT NULL);"
    "CREATE TABLE material(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, stage INTEGER, class INTEGER, moisture INTEGER);"
    "CREATE TABLE source(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, deposit TEXT);"
    "CREATE TABLE licence(name TEXT, holder INTEGER, facility INTEGER, activity INTEGER, status INTEGER, first INTEGER,"
    " last INTEGER); CREATE INDEX licence_by ON licence(holder, activity);"
    "CREATE TABLE quota(id INTEGER PRIMARY KEY, holder TEXT, ledger INTEGER, class INTEGER, year INTEGER, above TEXT,"
    " allotted INTEGER, drawn INTEGER, UNIQUE(holder, ledger, class, year));"
    "CREATE TABLE draw(lot INTEGER, quota INTEGER, mg INTEGER, event INTEGER);"
    "CREATE TABLE lot(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, party INTEGER, facility INTEGER, material INTEGER,"
    " net INTEGER, taken INTEGER, dry INTEGER, state INTEGER, consignment INTEGER);"
    "CREATE TABLE content(lot INTEGER, component INTEGER, mg INTEGER, PRIMARY KEY(lot, component)) WITHOUT ROWID;"
    "CREATE TABLE hold(lot INTEGER, event INTEGER, code TEXT, open INTEGER, PRIMARY KEY(lot, event)) WITHOUT ROWID;"
    "CREATE TABLE flow(event INTEGER, lot INTEGER, role INTEGER, net INTEGER); CREATE INDEX flow_of_lot ON flow(lot);"
    "CREATE INDEX flow_of_event ON flow(event);"
    "CREATE TABLE consignment(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sender INTEGER, receiver INTEGER);"
    "CREATE TABLE pool(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, facility INTEGER, activity INTEGER, class INTEGER);"
    "CREATE TABLE pool_content(pool INTEGER, component INTEGER, mg INTEGER, came INTEGER, went INTEGER, variance REAL,"
    " PRIMARY KEY(pool, component)) WITHOUT ROWID;"
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, party INTEGER, name TEXT, kind INTEGER, day INTEGER, verdict INTEGER,"
    " bytes BLOB, UNIQUE(party, name));";

typedef enum Query {
#define QUERIES \
    Q(PARTY, "SELECT id, above FROM party WHERE name=?") \
    Q(PARTY_PUT, "INSERT INTO party(name, above) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET above=excluded.above") \
    Q(FACILITY, "SELECT id, holder FROM facility WHERE name=?") \
    Q(FACILITY_PUT, "INSERT INTO facility(name, holder) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET holder=excluded.holder") \
    Q(MATERIAL, "SELECT id, stage, class, moisture FROM material WHERE name=?") \
    Q(MATERIAL_OF, "SELECT id, stage, class, moisture FROM material WHERE id=?") \
    Q(MATERIAL_PUT, "INSERT OR REPLACE INTO material(name, stage, class, moisture) VALUES(?,?,?,?)") \
    Q(SOURCE, "SELECT id FROM source WHERE name=?") \
    Q(SOURCE_PUT, "INSERT OR REPLACE INTO source(name, deposit) VALUES(?,?)") \
    Q(LICENCE, "SELECT 1 FROM licence WHERE holder=? AND activity=? AND (facility IS NULL OR facility=?)" \
               " AND status=0 AND first<=? AND last>=? LIMIT 1") \
    Q(LICENCE_PUT, "INSERT INTO licence VALUES(?,?,?,?,?,?,?)") \
    Q(QUOTA, "SELECT id, above, allotted, drawn FROM quota WHERE holder=? AND ledger=? AND class=? AND year=?") \
    Q(QUOTA_PUT, "INSERT INTO quota(holder, ledger, class, year, above, allotted, drawn) VALUES(?,?,?,?,?,?,0)" \
                 " ON CONFLICT DO UPDATE SET allotted=allotted+excluded.allotted") \
    Q(QUOTA_DRAW, "UPDATE quota SET drawn=drawn+? WHERE id=?") \
    Q(DRAW_PUT, "INSERT INTO draw VALUES(?,?,?,?)") \
    Q(LOT, "SELECT id, party, facility, material, net, taken, dry, state, consignment FROM lot WHERE name=?") \
    Q(LOT_PUT, "INSERT INTO lot(name, party, facility, material, net, taken, dry, state) VALUES(?,?,?,?,?,0,?,0)") \
    Q(LOT_TAKE, "UPDATE lot SET taken=?, state=? WHERE id=?") \
    Q(LOT_SHIP, "UPDATE lot SET state=1, consignment=? WHERE id=?") \
    Q(LOT_SET, "UPDATE lot SET net=?, taken=0, dry=? WHERE id=?") \
    Q(CONTENT, "SELECT component, mg FROM content WHERE lot=?") \
    Q(CONTENT_PUT, "INSERT OR REPLACE INTO content VALUES(?,?,?)") \
    Q(CONTENT_CLEAR, "DELETE FROM content WHERE lot=?") \
    Q(HELD, "SELECT 1 FROM hold WHERE lot=? AND open=1 LIMIT 1") \
    Q(HOLD_PUT, "INSERT OR IGNORE INTO hold VALUES(?,?,?,1)") \
    Q(FLOW_PUT, "INSERT INTO flow VALUES(?,?,?,?)") \
    Q(CONSIGNMENT, "SELECT id, sender, receiver FROM consignment WHERE name=?") \
    Q(CONSIGNMENT_PUT, "INSERT INTO consignment(name, sender, receiver) VALUES(?,?,?)") \
    Q(POOL, "SELECT id, facility, activity, class FROM pool WHERE name=?") \
    Q(POOL_PUT, "INSERT INTO pool(name, facility, activity, class) VALUES(?,?,?,?) ON CONFLICT DO NOTHING") \
    Q(POOL_IN, "INSERT INTO pool_content VALUES(?,?,?,?,0,?) ON CONFLICT DO UPDATE SET mg=mg+excluded.mg," \
               " came=came+excluded.came, variance=variance+excluded.variance") \
    Q(POOL_OUT, "UPDATE pool_content SET mg=max(mg-?,0), went=went+?, variance=variance+? WHERE pool=? AND component=?" \
                " RETURNING came, went, variance") \
    Q(POOL_SET, "UPDATE pool_content SET mg=? WHERE pool=? AND component=?") \
    Q(EVENT_PUT, "INSERT INTO event VALUES(?,?,?,?,?,?,?)")
#define Q(name, sql) QUERY_##name,
    QUERIES
#undef Q
    QUERY_COUNT
} Query;
static const char *const queries[] = {
#define Q(name, sql) sql,
    QUERIES
#undef Q
};

static sqlite3 *db;
static sqlite3_stmt *statements[QUERY_COUNT];
static sqlite3_int64 seq;
static uint64_t refused, held, draws;

static void give_up(const char *what) {
    fprintf(stderr, "bench/sql_peer: %s (%s)\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

// Binds by letters (i int64, t Text, d double, n null) and steps once. True when there is a row; a statement that
// gave a row must be reset by done().
static bool ask(Query query, const char *kinds, ...) {
    sqlite3_stmt *statement = statements[query];
    va_list values;
    va_start(values, kinds);
    for (int i = 1; *kinds; kinds++, i++) {
        if (*kinds == 'i') sqlite3_bind_int64(statement, i, va_arg(values, sqlite3_int64));
        if (*kinds == 'd') sqlite3_bind_double(statement, i, va_arg(values, double));
        if (*kinds == 'n') sqlite3_bind_null(statement, i);
        if (*kinds == 't') {
            Text text = va_arg(values, Text);
            sqlite3_bind_text(statement, i, text.at, (int)text.length, SQLITE_STATIC);
        }
    }
    va_end(values);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) return true;
    if (rc != SQLITE_DONE) give_up(queries[query]);
    sqlite3_reset(statement);
    return false;
}
static sqlite3_int64 column(Query query, int i) { return sqlite3_column_int64(statements[query], i); }
static void done(Query query) { sqlite3_reset(statements[query]); }
#define I(value) ((sqlite3_int64)(value))

static bool find(Query query, Text name, sqlite3_int64 *id, sqlite3_int64 *second) {
    if (!ask(query, "t", name)) return false;
    *id = column(query, 0);
    if (second) *second = column(query, 1);
    done(query);
    return true;
}

typedef struct Matter {
    uint32_t stated;
    int64_t net, dry, mg[COMPONENT_COUNT];
    double variance[COMPONENT_COUNT];   // mg^2
} Matter;

typedef struct LotRow {
    sqlite3_int64 id, party, facility, material, net, taken, dry, state, consignment;
} LotRow;

static bool lot_find(Text name, LotRow *lot) {
    if (!ask(QUERY_LOT, "t", name)) return false;
    *lot = (LotRow){column(QUERY_LOT, 0), column(QUERY_LOT, 1), column(QUERY_LOT, 2), column(QUERY_LOT, 3), column(QUERY_LOT, 4),
                    column(QUERY_LOT, 5), column(QUERY_LOT, 6), column(QUERY_LOT, 7), column(QUERY_LOT, 8)};
    done(QUERY_LOT);
    return true;
}

static int64_t even(int64_t a, int64_t b, int64_t c) {
    int64_t result = 0;
    if (c > 0 && !i64_muldiv_even(a, b, c, &result)) give_up("a product is too large");
    return result;
}

// Takes `net` of a lot with its exact share of the content.
static void lot_take(LotRow *lot, int64_t net, Matter *matter) {
    *matter = (Matter){.net = net};
    int64_t after = lot->taken + net;
    matter->dry = even(lot->dry, after, lot->net) - even(lot->dry, lot->taken, lot->net);
    for (bool row = ask(QUERY_CONTENT, "i", lot->id); row; row = sqlite3_step(statements[QUERY_CONTENT]) == SQLITE_ROW) {
        int c = (int)column(QUERY_CONTENT, 0);
        int64_t mg = column(QUERY_CONTENT, 1);
        matter->stated |= 1u << c;
        matter->mg[c] = even(mg, after, lot->net) - even(mg, lot->taken, lot->net);
        matter->variance[c] = (double)matter->mg[c] * (double)matter->mg[c] * 9e-4;
    }
    done(QUERY_CONTENT);
    lot->taken = after;
    ask(QUERY_LOT_TAKE, "iii", I(after), I(after == lot->net ? 2 : lot->state), lot->id);
    ask(QUERY_FLOW_PUT, "iiii", seq, lot->id, I(1), I(net));
}

static Matter matter_of_line(const Line *line, int64_t moisture, int64_t net) {
    Matter matter = {.net = net};
    int64_t ppb = line->has_moisture ? line->moisture.ppb : moisture;
    matter.dry = net - even(net, ppb, FRACTION_ONE_PPB);
    const Composition *composition = line->composition;
    if (!composition) return matter;
    // Assays of a per cent, all else of three.
    double relative = composition->basis == BASIS_ASSAYED ? 1e-4 + 2.5e-5 + 4.9e-7 : 9e-4;
    bool oxide = composition->as_oxide || composition->of == OF_TREO;
    for (uint64_t m = composition->mask; m; m &= m - 1) {
        int c = __builtin_ctzll(m);
        const Result *result = &composition->values[c];
        if (result->is_below) continue;
        int64_t base = composition->of == OF_RECEIVED ? net : matter.dry;
        if (composition->of == OF_TREO) base = even(base, composition->treo.value.ppb, FRACTION_ONE_PPB);
        int64_t mg = even(base, result->value.ppb, FRACTION_ONE_PPB);
        if (oxide) mg = even(mg, 1000000, factors_default.micro[c]);
        matter.stated |= 1u << c;
        matter.mg[c] = mg;
        matter.variance[c] = (double)mg * (double)mg * relative;
    }
    return matter;
}

static bool lot_put(Text name, sqlite3_int64 party, sqlite3_int64 facility, sqlite3_int64 material, const Matter *matter,
                    sqlite3_int64 *id) {
    sqlite3_int64 there;
    if (find(QUERY_LOT, name, &there, NULL)) return false;
    ask(QUERY_LOT_PUT, "tiiiii", name, party, facility, material, I(matter->net), I(matter->dry));
    *id = sqlite3_last_insert_rowid(db);
    for (uint32_t m = matter->stated; m; m &= m - 1)
        ask(QUERY_CONTENT_PUT, "iii", *id, I(__builtin_ctz(m)), I(matter->mg[__builtin_ctz(m)]));
    ask(QUERY_FLOW_PUT, "iiii", seq, *id, I(2), I(matter->net));
    return true;
}

// From the holder up to the nation. False beyond what any of them was allotted.
static bool quota_draw(Text holder, int ledger, int class_of_ore, int year, const Matter *matter, sqlite3_int64 lot) {
    Mass reo;
    if (!factors_reo(&factors_default, matter->stated, matter->mg, &reo)) give_up("reo");
    char name[256];
    bool within = true;
    for (int level = 0; level < 16 && holder.length; level++) {
        if (!ask(QUERY_QUOTA, "tiii", holder, I(ledger), I(class_of_ore), I(year))) break;
        sqlite3_int64 id = column(QUERY_QUOTA, 0);
        size_t length = (size_t)sqlite3_column_bytes(statements[QUERY_QUOTA], 1);
        if (length >= sizeof name) give_up("a name is too long");
        memcpy(name, sqlite3_column_text(statements[QUERY_QUOTA], 1), length);
        within = within && column(QUERY_QUOTA, 3) + reo.mg <= column(QUERY_QUOTA, 2);
        done(QUERY_QUOTA);
        ask(QUERY_QUOTA_DRAW, "ii", I(reo.mg), id);
        if (level == 0) ask(QUERY_DRAW_PUT, "iiii", lot, id, I(reo.mg), seq);
        holder = (Text){name, length};
        draws++;
    }
    return within;
}

static bool licensed(sqlite3_int64 party, sqlite3_int64 facility, int activity, Day day) {
    bool is = ask(QUERY_LICENCE, "iiiii", party, I(activity), facility, I(day), I(day));
    if (is) done(QUERY_LICENCE);
    return is;
}

static void registry(const Event *e, sqlite3_int64 party) {
    sqlite3_int64 holder = party, facility = 0;
    switch (e->kind) {
    case EVENT_PARTY: {
        sqlite3_int64 above = 0;
        bool has = e->group.length && find(QUERY_PARTY, e->group, &above, NULL);
        ask(QUERY_PARTY_PUT, has ? "ti" : "tn", e->subject, above);
        break;
    }
    case EVENT_FACILITY:
        if (!find(QUERY_PARTY, e->holder, &holder, NULL)) return;
        ask(QUERY_FACILITY_PUT, "ti", e->subject, holder);
        break;
    case EVENT_MATERIAL:
        ask(QUERY_MATERIAL_PUT, "tiii", e->subject, I(e->stage), I(e->class_of_ore),
            I(e->has_default_moisture ? e->default_moisture.ppb : 0));
        break;
    case EVENT_SOURCE: ask(QUERY_SOURCE_PUT, "tt", e->subject, e->deposit); break;
    case EVENT_LICENCE: {
        if (!find(QUERY_PARTY, e->holder, &holder, NULL)) return;
        bool has = e->facility.length && find(QUERY_FACILITY, e->facility, &facility, NULL);
        if (has)
            ask(QUERY_LICENCE_PUT, "tiiiiii", e->subject, holder, facility, I(e->activity), I(e->licence_status),
                I(e->valid_from), I(e->valid_to));
        else
            ask(QUERY_LICENCE_PUT, "tiniiii", e->subject, holder, I(e->activity), I(e->licence_status), I(e->valid_from),
                I(e->valid_to));
        break;
    }
    case EVENT_PLAN_ADOPT:
        for (uint32_t i = 0; i < e->allotment_count; i++)
            ask(QUERY_QUOTA_PUT, "tiiiti", e->allotments[i].holder, I(e->ledger), I(e->class_of_ore), I(e->year),
                e->allotments[i].under, I(e->allotments[i].reo.mg));
        break;
    default: break;
    }
}

typedef struct Input { LotRow row; int64_t net; } Input;

// Checks before anything is written: known, here, of this party, enough.
static bool inputs_check(const Event *e, sqlite3_int64 party, sqlite3_int64 facility, Input *inputs) {
    for (uint32_t i = 0; i < e->input_count; i++) {
        Input *input = &inputs[i];
        if (!lot_find(e->inputs[i].lot, &input->row)) return false;
        if (input->row.party != party || (facility && input->row.facility != facility) || input->row.state != 0) return false;
        int64_t left = input->row.net - input->row.taken;
        input->net = e->inputs[i].has_net ? e->inputs[i].net.mg : left;
        if (input->net > left && e->inputs[i].empty) input->net = left;
        if (input->net <= 0 || input->net > left) return false;
        if (ask(QUERY_HELD, "i", input->row.id)) {
            done(QUERY_HELD);
            held++;
        }
    }
    return true;
}

enum { INPUTS_MAX = 4096 };

static bool matter_event(const Event *e, sqlite3_int64 party, Day day) {
    static Input inputs[INPUTS_MAX];
    sqlite3_int64 facility = 0, holder, pool = 0, lot, material = 0, consignment = 0;
    int year = month_year(month_of_day(day));
    if (e->facility.length && (!find(QUERY_FACILITY, e->facility, &facility, &holder) || holder != party)) return false;
    if (e->input_count > INPUTS_MAX) return false;
    int pool_activity = 0, pool_class = 0;
    if (e->pool.length) {
        if (!ask(QUERY_POOL, "t", e->pool)) return false;
        pool = column(QUERY_POOL, 0);
        pool_activity = (int)column(QUERY_POOL, 2);
        pool_class = (int)column(QUERY_POOL, 3);
        done(QUERY_POOL);
    }
    bool takes = e->kind == EVENT_TRANSFORM || e->kind == EVENT_CHARGE || e->kind == EVENT_MERGE || e->kind == EVENT_SHIP ||
                 e->kind == EVENT_DISCARD || e->kind == EVENT_LOSS;
    if (takes && !inputs_check(e, party, facility, inputs)) return false;

    Matter in = {0}, part;
    for (uint32_t i = 0; takes && e->kind != EVENT_SHIP && i < e->input_count; i++) {
        lot_take(&inputs[i].row, inputs[i].net, &part);
        material = inputs[i].row.material;
        in.net += part.net;
        in.dry += part.dry;
        in.stated |= part.stated;
        for (uint32_t m = part.stated; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            in.mg[c] += part.mg[c];
            in.variance[c] += part.variance[c];
        }
        if (e->kind == EVENT_CHARGE)
            for (uint32_t m = part.stated; m; m &= m - 1) {
                int c = __builtin_ctz(m);
                ask(QUERY_POOL_IN, "iiiid", pool, I(c), I(part.mg[c]), I(part.mg[c]), part.variance[c]);
            }
    }
    switch (e->kind) {
    case EVENT_SHIP: {
        sqlite3_int64 to = 0;
        find(QUERY_FACILITY, e->destination, &to, NULL);
        if (e->outside == OUTSIDE_NONE) {
            ask(QUERY_CONSIGNMENT_PUT, "tii", e->consignment, facility, to);
            consignment = sqlite3_last_insert_rowid(db);
        }
        for (uint32_t i = 0; i < e->input_count; i++) {
            if (e->outside == OUTSIDE_NONE) ask(QUERY_LOT_SHIP, "ii", consignment, inputs[i].row.id);
            else lot_take(&inputs[i].row, inputs[i].net, &part);
        }
        return true;
    }
    case EVENT_SPLIT: {
        LotRow row;
        if (!lot_find(e->inputs[0].lot, &row) || row.party != party || row.state != 0) return false;
        for (uint32_t i = 0; i < e->output_count; i++) {
            if (e->outputs[i].net.mg > row.net - row.taken) return false;
            lot_take(&row, e->outputs[i].net.mg, &part);
            if (!lot_put(e->outputs[i].lot, party, facility, row.material, &part, &lot)) return false;
        }
        return true;
    }
    case EVENT_MERGE: return lot_put(e->outputs[0].lot, party, facility, material, &in, &lot);
    case EVENT_MEASURE:
    case EVENT_STOCKTAKE:
        for (uint32_t i = 0; i < e->input_count; i++) {
            LotRow row;
            const Line *line = &e->inputs[i];
            if (!lot_find(line->lot, &row)) return false;   // a laboratory measures what is another's
            if (!line->composition && !line->has_net) continue;
            int64_t left = row.net - row.taken, net = line->has_net ? line->net.mg : left;
            Matter old, now = matter_of_line(line, left ? even(row.net - row.dry, FRACTION_ONE_PPB, row.net) : 0, net);
            lot_take(&row, left, &old);
            if (!line->composition) {
                now.stated = old.stated;
                for (int c = 0; c < COMPONENT_COUNT; c++) now.mg[c] = even(old.mg[c], net, left);
            } else {
                now.stated |= old.stated;
                for (uint32_t m = old.stated & ~(uint32_t)line->composition->mask; m; m &= m - 1)
                    now.mg[__builtin_ctz(m)] = old.mg[__builtin_ctz(m)];
            }
            ask(QUERY_LOT_TAKE, "iii", I(0), row.state, row.id);
            ask(QUERY_LOT_SET, "iii", I(net), I(now.dry), row.id);
            ask(QUERY_CONTENT_CLEAR, "i", row.id);
            for (uint32_t m = now.stated; m; m &= m - 1)
                ask(QUERY_CONTENT_PUT, "iii", row.id, I(__builtin_ctz(m)), I(now.mg[__builtin_ctz(m)]));
        }
        for (uint32_t i = 0; i < e->pool_count; i++) {
            sqlite3_int64 id;
            if (!find(QUERY_POOL, e->pools[i].pool, &id, NULL)) return false;
            for (uint64_t m = e->pools[i].mask; m; m &= m - 1)
                ask(QUERY_POOL_SET, "iii", I(e->pools[i].kg[__builtin_ctzll(m)].mg), id, I(__builtin_ctzll(m)));
        }
        return true;
    case EVENT_RECEIVE:
        if (e->outside == OUTSIDE_NONE && !find(QUERY_CONSIGNMENT, e->consignment, &consignment, NULL)) return false;
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
                ask(QUERY_POOL_IN, "iiiid", id, I(c), I(mg), I(mg), mg * mg * 1e-2);
            }
        }
        break;
    case EVENT_HOLD:
        for (uint32_t i = 0; i < e->input_count; i++)
            if (find(QUERY_LOT, e->inputs[i].lot, &lot, NULL)) ask(QUERY_HOLD_PUT, "iit", lot, seq, TEXT("ordered"));
        return true;
    default: break;
    }

    Matter out = {0};
    unsigned worst_stage = 0;
    sqlite3_int64 first_lot = 0;
    for (uint32_t i = 0; i < e->output_count; i++) {
        const Line *line = &e->outputs[i];
        sqlite3_int64 stage = STAGE_ORE, class_of_ore = pool_class, moisture = 0;
        Matter made;
        if (line->material.length) {
            if (!ask(QUERY_MATERIAL, "t", line->material)) return false;
            material = column(QUERY_MATERIAL, 0);
            stage = column(QUERY_MATERIAL, 1);
            class_of_ore = column(QUERY_MATERIAL, 2);
            moisture = column(QUERY_MATERIAL, 3);
            done(QUERY_MATERIAL);
        }
        if (e->kind == EVENT_RECEIVE && e->outside == OUTSIDE_NONE) {
            LotRow row;
            if (!lot_find(line->from_lot, &row) || row.state != 1 || row.consignment != consignment) return false;
            int64_t of = line->has_of ? line->of.mg : row.net - row.taken;
            if (of <= 0 || of > row.net - row.taken) return false;
            lot_take(&row, of, &part);
            material = row.material;
            if (line->has_net || line->composition) {
                made = matter_of_line(line, even(part.net - part.dry, FRACTION_ONE_PPB, part.net), line->has_net ? line->net.mg : of);
                if (!line->composition) {
                    made.stated = part.stated;
                    for (int c = 0; c < COMPONENT_COUNT; c++) made.mg[c] = even(part.mg[c], made.net, part.net);
                }
                // Shipper and receiver by more than four sigma: flagged.
                for (uint32_t m = made.stated & part.stated; m; m &= m - 1) {
                    int c = __builtin_ctz(m);
                    held += fabs((double)(made.mg[c] - part.mg[c])) > 4 * sqrt(part.variance[c] + made.variance[c]);
                }
            } else {
                made = part;
            }
        } else {
            made = matter_of_line(line, moisture, line->net.mg);
        }
        out.stated |= made.stated;
        for (uint32_t m = made.stated; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            out.mg[c] += made.mg[c];
            out.variance[c] += made.variance[c];
        }
        if ((unsigned)stage > worst_stage && stage <= STAGE_MAGNET) worst_stage = (unsigned)stage;
        if (e->kind == EVENT_EXTRACT && pool) {
            for (uint32_t m = made.stated; m; m &= m - 1) {
                int c = __builtin_ctz(m);
                ask(QUERY_POOL_IN, "iiiid", pool, I(c), I(made.mg[c]), I(made.mg[c]), made.variance[c]);
            }
            continue;
        }
        if (!lot_put(line->lot, party, facility, material, &made, &lot)) return false;
        if (!first_lot) first_lot = lot;
        bool primary = class_of_ore == CLASS_ROCK || class_of_ore == CLASS_ION;
        int ledger = stage == STAGE_ORE_PRODUCT && primary && e->kind != EVENT_RECEIVE && e->kind != EVENT_OPEN ? LEDGER_MINING
                     : e->kind == EVENT_DRAW && stage == STAGE_COMPOUND                                         ? LEDGER_SEPARATION
                                                                                                                : LEDGER_NONE;
        int drawn_class = e->kind == EVENT_DRAW ? pool_class : (int)class_of_ore;
        if (ledger && !quota_draw(e->facility, ledger, drawn_class, year, &made, lot)) held++;
        if (ledger && !quota_draw(e->party, ledger, drawn_class, year, &made, lot)) held++;
    }
    if (e->kind == EVENT_DRAW) {
        for (uint32_t m = out.stated; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            if (!ask(QUERY_POOL_OUT, "iidii", I(out.mg[c]), I(out.mg[c]), out.variance[c], pool, I(c))) continue;
            double came = (double)column(QUERY_POOL_OUT, 0), went = (double)column(QUERY_POOL_OUT, 1),
                   variance = sqlite3_column_double(statements[QUERY_POOL_OUT], 2);
            // An UPDATE that returns rows is done only when it was stepped to its end.
            sqlite3_step(statements[QUERY_POOL_OUT]);
            done(QUERY_POOL_OUT);
            if (went - came > came * 1e-3 && went - came > 6 * sqrt(variance)) held++;
        }
        if (!licensed(party, facility, pool_activity, day)) held++;
    }
    if (e->kind == EVENT_TRANSFORM) {
        for (uint32_t m = out.stated & in.stated; m; m &= m - 1) {
            int c = __builtin_ctz(m);
            double created = (double)(out.mg[c] - in.mg[c]);
            if (created > (double)in.mg[c] * 1e-3 && created > 6 * sqrt(in.variance[c] + out.variance[c])) {
                held++;
                ask(QUERY_HOLD_PUT, "iit", first_lot, seq, TEXT("element_creation"));
            }
        }
        static const int activity_of[] = {[STAGE_ORE_PRODUCT] = ACTIVITY_MINING, [STAGE_COMPOUND] = ACTIVITY_SEPARATION,
                                          [STAGE_METAL] = ACTIVITY_METAL, [STAGE_ALLOY] = ACTIVITY_ALLOY,
                                          [STAGE_MAGNET] = ACTIVITY_MAGNET};
        if (worst_stage >= STAGE_ORE_PRODUCT && !licensed(party, facility, activity_of[worst_stage], day)) held++;
    }
    if (e->kind == EVENT_EXTRACT && !licensed(party, facility, ACTIVITY_MINING, day)) held++;
    return true;
}

static void record(const Event *e) {
    sqlite3_int64 party, facility;
    if (!find(QUERY_PARTY, e->party, &party, NULL)) {
        refused++;
        return;
    }
    Day day = instant_day(e->end, OFFSET_MINUTES);
    bool well = true;
    if (e->kind == EVENT_POOL) {
        well = find(QUERY_FACILITY, e->facility, &facility, NULL);
        if (well) ask(QUERY_POOL_PUT, "tiii", e->subject.length ? e->subject : e->pool, facility, I(e->activity), I(e->class_of_ore));
    } else if (e->kind >= EVENT_OPEN) {
        sqlite3_exec(db, "SAVEPOINT one", NULL, NULL, NULL);
        well = matter_event(e, party, day);
        if (!well) sqlite3_exec(db, "ROLLBACK TO one", NULL, NULL, NULL);
        sqlite3_exec(db, "RELEASE one", NULL, NULL, NULL);
    } else {
        registry(e, party);
    }
    if (!well) {
        refused++;
        return;
    }
    ask(QUERY_EVENT_PUT, "iitiiit", seq, party, e->id, I(e->kind), I(day), I(1), e->bytes);
    seq++;
}

static void run(const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL)) give_up(sql);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: bench/sql_peer DIR FILE.sqlite\n", stderr);
        return 2;
    }
    unlink(argv[2]);
    if (sqlite3_open(argv[2], &db)) give_up("open");
    run("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
        "PRAGMA cache_size=-262144; PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY");
    run(schema);
    for (int i = 0; i < QUERY_COUNT; i++)
        if (sqlite3_prepare_v3(db, queries[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL)) give_up(queries[i]);
    Status status;
    status_clear(&status);
    Arena arena;
    arena_init(&arena, (size_t)256 << 20);
    char path[4096], *line = NULL;
    size_t room = 0;
    ssize_t length;
    snprintf(path, sizeof path, "%s/events.ndjson", argv[1]);
    FILE *file = fopen(path, "rb");
    if (!file) give_up(path);
    // The genesis names the authority.
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    uint64_t count = 0;
    run("BEGIN IMMEDIATE");
    while ((length = getline(&line, &room, file)) > 0) {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
        EventLine read;
        Event event;
        if (!event_line_read((Text){line, (size_t)length}, &arena, &read, &status) || !event_decode(read.event, &arena, &event, &status))
            give_up(status.message);
        if (count == 0) ask(QUERY_PARTY_PUT, "tn", event.party);
        record(&event);
        arena_reset(&arena);
        if (++count % GROUP) continue;
        run("COMMIT");
        if (count / GROUP % 8 == 7) sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        run("BEGIN IMMEDIATE");
    }
    run("COMMIT");
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    double cpu_us = ((double)cpu.tv_sec * 1e6 + (double)cpu.tv_nsec * 1e-3) / (double)count;
    printf("%.0f events/s   %.1f us of processor time an event   (%llu events, %llu refused, %llu objections, %llu draws)\n",
           (double)count / seconds, cpu_us, (unsigned long long)count, (unsigned long long)refused, (unsigned long long)held,
           (unsigned long long)draws);
    for (int i = 0; i < QUERY_COUNT; i++) sqlite3_finalize(statements[i]);
    sqlite3_close(db);
    fclose(file);
    free(line);
    arena_done(&arena);
    return 0;
}
