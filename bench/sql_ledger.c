// Tables, prepared statements and the arithmetic of lots.
#include "sql_ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/integer.h"
#include "quantity/factor.h"

static const char schema[] =
    "CREATE TABLE party(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, roles INTEGER, above "
    "INTEGER);"
    "CREATE TABLE facility(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, holder INTEGER NOT "
    "NULL, closed INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE material(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, stage INTEGER, class "
    "INTEGER, moisture INTEGER);"
    "CREATE TABLE source(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, deposit TEXT);"
    "CREATE TABLE licence(name TEXT, holder INTEGER, facility INTEGER, activity INTEGER, status "
    "INTEGER, first INTEGER,"
    " last INTEGER); CREATE INDEX licence_by ON licence(holder, activity);"
    "CREATE TABLE quota(id INTEGER PRIMARY KEY, holder TEXT, ledger INTEGER, class INTEGER, year "
    "INTEGER, above TEXT,"
    " allotted INTEGER, drawn INTEGER, UNIQUE(holder, ledger, class, year));"
    "CREATE TABLE draw(event INTEGER, lot INTEGER, quota INTEGER, mg INTEGER); CREATE INDEX "
    "draw_of_event ON draw(event);"
    "CREATE TABLE lot(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, party INTEGER, owner "
    "INTEGER, facility INTEGER, material INTEGER,"
    " net INTEGER, taken INTEGER, dry INTEGER, state INTEGER, consignment INTEGER);"
    "CREATE TABLE content(lot INTEGER, component INTEGER, mg INTEGER, PRIMARY KEY(lot, component)) "
    "WITHOUT ROWID;"
    "CREATE TABLE hold(lot INTEGER, event INTEGER, code TEXT, open INTEGER, PRIMARY KEY(lot, "
    "event)) WITHOUT ROWID;"
    "CREATE TABLE flow(event INTEGER, lot INTEGER, role INTEGER, net INTEGER); CREATE INDEX "
    "flow_of_lot ON flow(lot);"
    "CREATE INDEX flow_of_event ON flow(event);"
    "CREATE TABLE consignment(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sender INTEGER,"
    " receiver INTEGER, title INTEGER);"
    "CREATE TABLE unmatched(id INTEGER PRIMARY KEY, consignment TEXT, lot TEXT, got INTEGER,"
    " of INTEGER); CREATE INDEX unmatched_by ON unmatched(consignment, lot);"
    "CREATE TABLE user(name TEXT PRIMARY KEY, party INTEGER, roles INTEGER, first INTEGER, last "
    "INTEGER) WITHOUT ROWID;"
    "CREATE TABLE device(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, facility INTEGER);"
    "CREATE TABLE calibration(device INTEGER, first INTEGER, last INTEGER, PRIMARY KEY(device, "
    "first, last)) WITHOUT ROWID;"
    "CREATE TABLE month_return(facility INTEGER, month INTEGER, event INTEGER);"
    "CREATE TABLE stage_permit(stage INTEGER PRIMARY KEY, kinds INTEGER);"
    "CREATE TABLE permit(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, holder INTEGER, "
    "facility INTEGER, kind INTEGER,"
    " measure INTEGER, user TEXT, quantity INTEGER, status INTEGER, first INTEGER, last INTEGER, "
    "reserved INTEGER, drawn INTEGER);"
    "CREATE TABLE permit_country(permit INTEGER, country TEXT, PRIMARY KEY(permit, country)) "
    "WITHOUT ROWID;"
    "CREATE TABLE declaration(event INTEGER PRIMARY KEY, consignment INTEGER, office INTEGER, "
    "party INTEGER, facility INTEGER,"
    " country TEXT, user TEXT, code TEXT, net INTEGER, reo INTEGER, status INTEGER);"
    "CREATE TABLE declared_permit(event INTEGER, permit INTEGER, mg INTEGER, PRIMARY KEY(event, "
    "permit)) WITHOUT ROWID;"
    "CREATE TABLE import(lot INTEGER PRIMARY KEY, country TEXT, declaration TEXT, book TEXT, "
    "passport TEXT);"
    "CREATE TABLE package(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, lot INTEGER, net "
    "INTEGER, gross INTEGER,"
    " tare INTEGER, seal TEXT, form TEXT);"
    "CREATE TABLE transfer(event INTEGER, lot INTEGER, seller INTEGER, buyer INTEGER);"
    "CREATE TABLE pool(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, facility INTEGER, "
    "activity INTEGER, class INTEGER);"
    "CREATE TABLE pool_content(pool INTEGER, component INTEGER, mg INTEGER, came INTEGER, went "
    "INTEGER, variance REAL,"
    " PRIMARY KEY(pool, component)) WITHOUT ROWID;"
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, party INTEGER, name TEXT, kind INTEGER, day "
    "INTEGER, verdict INTEGER,"
    " bytes BLOB, UNIQUE(party, name));";

static const char *const queries[] = {
#define Q(name, sql) sql,
#include "sql_queries.def"
#undef Q
};

sqlite3 *db;
sqlite3_stmt *statements[QUERY_COUNT];
sqlite3_int64 seq;
uint64_t objections, draws;

void give_up(const char *what) {
    fprintf(stderr, "bench/sql_peer: %s (%s)\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

void run(const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL)) give_up(sql);
}

void ledger_open(const char *path) {
    unlink(path);
    if (sqlite3_open(path, &db)) give_up("open");
    run("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-262144; PRAGMA locking_mode=EXCLUSIVE;"
        "PRAGMA temp_store=MEMORY");
    run(schema);
    for (int i = 0; i < QUERY_COUNT; i++)
        if (sqlite3_prepare_v3(db, queries[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL))
            give_up(queries[i]);
}

void ledger_close(void) {
    for (int i = 0; i < QUERY_COUNT; i++)
        sqlite3_finalize(statements[i]);
    sqlite3_close(db);
}

bool ask(Query query, const char *kinds, ...) {
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

bool find(Query query, Text name, sqlite3_int64 *id, sqlite3_int64 *second) {
    if (!ask(query, "t", name)) return false;
    *id = column(query, 0);
    if (second) *second = column(query, 1);
    done(query);
    return true;
}

static bool lot_row(Query query, LotRow *lot) {
    sqlite3_int64 of[10];
    for (int i = 0; i < 10; i++)
        of[i] = column(query, i);
    done(query);
    *lot = (LotRow){of[0], of[1], of[2], of[3], of[4], of[5], of[6], of[7], of[8], of[9]};
    return true;
}

bool lot_find(Text name, LotRow *lot) {
    return ask(QUERY_LOT, "t", name) && lot_row(QUERY_LOT, lot);
}

bool lot_by_id(sqlite3_int64 id, LotRow *lot) {
    return ask(QUERY_LOT_BY_ID, "i", id) && lot_row(QUERY_LOT_BY_ID, lot);
}

int64_t even(int64_t a, int64_t b, int64_t c) {
    int64_t result = 0;
    if (c > 0 && !i64_muldiv_even(a, b, c, &result)) give_up("a product is too large");
    return result;
}

void lot_share(const LotRow *lot, int64_t before, int64_t net, Matter *matter) {
    *matter = (Matter){.net = net};
    int64_t after = before + net;
    matter->dry = even(lot->dry, after, lot->net) - even(lot->dry, before, lot->net);
    for (bool row = ask(QUERY_CONTENT, "i", lot->id); row;
         row = sqlite3_step(statements[QUERY_CONTENT]) == SQLITE_ROW) {
        int c = (int)column(QUERY_CONTENT, 0);
        int64_t mg = column(QUERY_CONTENT, 1);
        matter->stated |= 1u << c;
        matter->mg[c] = even(mg, after, lot->net) - even(mg, before, lot->net);
        matter->variance[c] = (double)matter->mg[c] * (double)matter->mg[c] * 9e-4;
    }
    done(QUERY_CONTENT);
}

void lot_take(LotRow *lot, int64_t net, Matter *matter) {
    lot_share(lot, lot->taken, net, matter);
    lot->taken += net;
    ask(QUERY_LOT_TAKE, "iii", I(lot->taken), I(lot->taken == lot->net ? ENDED : lot->state),
        lot->id);
    ask(QUERY_FLOW_PUT, "iiii", seq, lot->id, I(ROLE_IN), I(net));
}

bool lot_put(Text name, sqlite3_int64 holder, sqlite3_int64 owner, sqlite3_int64 facility,
             sqlite3_int64 material, const Matter *matter, sqlite3_int64 *id) {
    int before = sqlite3_total_changes(db);
    ask(QUERY_LOT_PUT, "tiiiiii", name, holder, owner, facility, material, I(matter->net),
        I(matter->dry));
    if (sqlite3_total_changes(db) == before) return false;
    *id = sqlite3_last_insert_rowid(db);
    for (uint32_t m = matter->stated; m; m &= m - 1)
        ask(QUERY_CONTENT_PUT, "iii", *id, I(__builtin_ctz(m)), I(matter->mg[__builtin_ctz(m)]));
    ask(QUERY_FLOW_PUT, "iiii", seq, *id, I(ROLE_OUT), I(matter->net));
    return true;
}

void add_matter(Matter *sum, const Matter *part) {
    sum->net += part->net;
    sum->dry += part->dry;
    sum->stated |= part->stated;
    for (uint32_t m = part->stated; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        sum->mg[c] += part->mg[c];
        sum->variance[c] += part->variance[c];
    }
}

Matter line_matter(const Line *line, int64_t moisture, int64_t net) {
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
        if (composition->of == OF_TREO)
            base = even(base, composition->treo.value.ppb, FRACTION_ONE_PPB);
        int64_t mg = even(base, result->value.ppb, FRACTION_ONE_PPB);
        if (oxide) mg = even(mg, 1000000, factors_default.micro[c]);
        matter.stated |= 1u << c;
        matter.mg[c] = mg;
        matter.variance[c] = (double)mg * (double)mg * relative;
    }
    return matter;
}

bool material_find(Text name, Material *material) {
    if (!ask(QUERY_MATERIAL, "t", name)) return false;
    *material = (Material){column(QUERY_MATERIAL, 0), column(QUERY_MATERIAL, 1),
                           column(QUERY_MATERIAL, 2), column(QUERY_MATERIAL, 3)};
    done(QUERY_MATERIAL);
    return true;
}

int64_t reo_of(const Matter *matter) {
    Mass reo;
    if (!factors_reo(&factors_default, matter->stated, matter->mg, &reo)) give_up("reo");
    return reo.mg;
}

bool is_held(sqlite3_int64 lot) {
    bool is = ask(QUERY_HELD, "i", lot);
    if (is) done(QUERY_HELD);
    return is;
}

bool inputs_check(const Event *e, sqlite3_int64 party, sqlite3_int64 facility, Input *inputs) {
    for (uint32_t i = 0; i < e->input_count; i++) {
        Input *input = &inputs[i];
        if (!lot_find(e->inputs[i].lot, &input->row)) return false;
        if (input->row.party != party || (facility && input->row.facility != facility) ||
            input->row.state != HERE)
            return false;
        int64_t left = input->row.net - input->row.taken;
        input->net = e->inputs[i].has_net ? e->inputs[i].net.mg : left;
        if (input->net > left && e->inputs[i].empty) input->net = left;
        if (input->net <= 0 || input->net > left) return false;
        objections += is_held(input->row.id);
    }
    return true;
}

void device_check(const Line *line, Day day) {
    if (!line->weighing.device.length) return;
    if (!ask(QUERY_DEVICE, "ti", line->weighing.device, I(day))) {
        objections++;
        return;
    }
    objections += column(QUERY_DEVICE, 1) == 0;
    done(QUERY_DEVICE);
}

// From the holder up to the nation. False beyond what any of them was allotted.
bool quota_draw(Text holder, int ledger, int class_of_ore, int year, const Matter *matter,
                sqlite3_int64 lot) {
    int64_t reo = reo_of(matter);
    char name[256];
    bool within = true;
    for (int level = 0; level < 16 && holder.length; level++) {
        if (!ask(QUERY_QUOTA, "tiii", holder, I(ledger), I(class_of_ore), I(year))) break;
        sqlite3_int64 id = column(QUERY_QUOTA, 0);
        size_t length = (size_t)sqlite3_column_bytes(statements[QUERY_QUOTA], 1);
        if (length >= sizeof name) give_up("a name is too long");
        memcpy(name, sqlite3_column_text(statements[QUERY_QUOTA], 1), length);
        within = within && column(QUERY_QUOTA, 3) + reo <= column(QUERY_QUOTA, 2);
        done(QUERY_QUOTA);
        ask(QUERY_QUOTA_DRAW, "ii", I(reo), id);
        if (level == 0) ask(QUERY_DRAW_PUT, "iiii", seq, lot, id, I(reo));
        holder = (Text){name, length};
        draws++;
    }
    return within;
}

bool licensed(sqlite3_int64 party, sqlite3_int64 facility, int activity, Day day) {
    bool is = ask(QUERY_LICENCE, "iiiii", party, I(activity), facility, I(day), I(day));
    if (is) done(QUERY_LICENCE);
    return is;
}

void pool_put(sqlite3_int64 pool, const Matter *matter) {
    for (uint32_t m = matter->stated; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        ask(QUERY_POOL_IN, "iiiid", pool, I(c), I(matter->mg[c]), I(matter->mg[c]),
            matter->variance[c]);
    }
}
