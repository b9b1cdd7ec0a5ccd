// Tables, prepared statements and the arithmetic of lots.
#include "sql_ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/integer.h"
#include "quantity/factor.h"

#define ID    "(id INTEGER PRIMARY KEY, "
#define NAMED ID "name TEXT NOT NULL UNIQUE, "
static const char schema[] =
    "CREATE TABLE event(seq INTEGER PRIMARY KEY, party INTEGER, name TEXT, kind INTEGER, day"
    " INTEGER, verdict INTEGER, bytes BLOB, sender TEXT, UNIQUE(party, name));"
    "CREATE TABLE objection(event INTEGER, code TEXT);"
    "CREATE TABLE party" NAMED "roles INTEGER, above INTEGER, first INTEGER, last INTEGER);"
    "CREATE TABLE user(name TEXT PRIMARY KEY, party INTEGER, roles INTEGER, first INTEGER, last"
    " INTEGER) WITHOUT ROWID;"
    "CREATE TABLE delegation" NAMED "giver INTEGER, taker TEXT, first INTEGER, last INTEGER, kinds"
    " INTEGER); CREATE INDEX delegation_by ON delegation(giver);"
    "CREATE TABLE delegated_place(delegation INTEGER, facility TEXT);"
    "CREATE INDEX delegated_place_of ON delegated_place(delegation);"
    "CREATE TABLE signing" ID "party TEXT, roles INTEGER, kinds INTEGER, required INTEGER);"
    "CREATE TABLE key" NAMED "holder INTEGER, status INTEGER, first INTEGER, last INTEGER);"
    "CREATE TABLE facility" NAMED "holder INTEGER NOT NULL, first INTEGER, last INTEGER, activities"
    " INTEGER, closed INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE device" NAMED "party INTEGER, facility INTEGER, first INTEGER, last INTEGER);"
    "CREATE INDEX device_of ON device(party);"
    "CREATE TABLE calibration(device INTEGER, first INTEGER, last INTEGER, PRIMARY KEY(device, "
    "first, last)) WITHOUT ROWID;"
    "CREATE TABLE month_return(facility INTEGER, month INTEGER, event INTEGER, late INTEGER); "
    "CREATE INDEX"
    " month_return_of ON month_return(facility, month);"
    "CREATE TABLE return_line(event INTEGER, material TEXT, kind INTEGER, mg INTEGER);"
    "CREATE TABLE material" NAMED "stage INTEGER, class INTEGER, moisture INTEGER, graded INTEGER);"
    "CREATE TABLE grade(material INTEGER, component INTEGER, least INTEGER, most INTEGER, of_treo"
    " INTEGER, PRIMARY KEY(material, component)) WITHOUT ROWID;"
    "CREATE TABLE deposit" NAMED "class INTEGER, reserve INTEGER, mined INTEGER);"
    "CREATE TABLE source" NAMED "deposit TEXT, licence TEXT);"
    "CREATE TABLE licence" NAMED "holder INTEGER, facility INTEGER, activity INTEGER, status"
    " INTEGER, first INTEGER, last INTEGER, lists INTEGER);"
    "CREATE INDEX licence_by ON licence(holder, activity);"
    "CREATE TABLE licence_source(licence INTEGER, source TEXT, PRIMARY KEY(licence, source))"
    " WITHOUT ROWID;"
    "CREATE TABLE licence_material(licence INTEGER, material TEXT, PRIMARY KEY(licence, material))"
    " WITHOUT ROWID;"
    "CREATE TABLE licence_area(licence INTEGER, area TEXT, PRIMARY KEY(licence, area)) WITHOUT"
    " ROWID;"
    "CREATE TABLE requirement(licence INTEGER, name TEXT); CREATE INDEX requirement_of ON"
    " requirement(licence);"
    "CREATE TABLE paper(licence INTEGER, first INTEGER, last INTEGER); CREATE INDEX paper_of ON"
    " paper(licence);"
    "CREATE TABLE suspension(licence INTEGER, name TEXT, first INTEGER, last INTEGER); CREATE INDEX"
    " suspension_of ON suspension(licence);"
    "CREATE TABLE stage_permit(stage INTEGER PRIMARY KEY, kinds INTEGER);"
    "CREATE TABLE listed(user TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE owner_share(user TEXT, owner TEXT, share INTEGER, PRIMARY KEY(user, owner))"
    " WITHOUT ROWID;"
    "CREATE TABLE document(event INTEGER PRIMARY KEY, kind INTEGER, party INTEGER, subject TEXT);"
    "CREATE TABLE quota" ID "holder TEXT, ledger INTEGER, class INTEGER, year INTEGER, above TEXT,"
    " allotted INTEGER, drawn INTEGER, instruments INTEGER, UNIQUE(holder, ledger, class, year));"
    "CREATE TABLE allotment(instrument TEXT, quota INTEGER, reo INTEGER); CREATE INDEX allotment_of"
    " ON allotment(instrument);"
    "CREATE TABLE draw(event INTEGER, lot INTEGER, quota INTEGER, mg INTEGER); CREATE INDEX"
    " draw_of_event ON draw(event); CREATE INDEX draw_of_lot ON draw(lot);"
    "CREATE TABLE lot" NAMED "party INTEGER, owner INTEGER, facility INTEGER, material INTEGER,"
    " net INTEGER, taken INTEGER, dry INTEGER, state INTEGER, consignment INTEGER, basis INTEGER,"
    " whole INTEGER, packed INTEGER);"
    "CREATE TABLE content(lot INTEGER, kind INTEGER, component INTEGER, mg INTEGER, PRIMARY"
    " KEY(lot, kind, component)) WITHOUT ROWID;"
    "CREATE TABLE hold(lot INTEGER, event INTEGER, code TEXT, open INTEGER, PRIMARY KEY(lot, "
    "event)) WITHOUT ROWID; CREATE INDEX hold_of_event ON hold(event);"
    "CREATE TABLE flow(event INTEGER, lot INTEGER, role INTEGER, net INTEGER); CREATE INDEX "
    "flow_of_lot ON flow(lot, event);"
    "CREATE INDEX flow_of_event ON flow(event);"
    "CREATE TABLE batch(event INTEGER PRIMARY KEY, history INTEGER, fed INTEGER, made INTEGER);"
    "CREATE TABLE history" ID "facility INTEGER, activity INTEGER, process TEXT, batches INTEGER,"
    " fed INTEGER, made INTEGER, UNIQUE(facility, activity, process));"
    "CREATE TABLE pool" NAMED "facility INTEGER, activity INTEGER, class INTEGER, whole INTEGER,"
    " held INTEGER);"
    "CREATE TABLE pool_content(pool INTEGER, kind INTEGER, component INTEGER, mg INTEGER, came"
    " INTEGER, went INTEGER, variance REAL, PRIMARY KEY(pool, kind, component)) WITHOUT ROWID;"
    "CREATE TABLE pool_flow(event INTEGER, pool INTEGER, kind INTEGER, component INTEGER, mg"
    " INTEGER); CREATE INDEX pool_flow_of ON pool_flow(event);"
    "CREATE TABLE pool_owner(pool INTEGER, owner INTEGER, component INTEGER, mg INTEGER, PRIMARY"
    " KEY(pool, component, owner)) WITHOUT ROWID;"
    "CREATE TABLE consignment" NAMED "sender INTEGER, receiver INTEGER, title INTEGER, seal TEXT);"
    "CREATE TABLE unmatched" ID "consignment TEXT, lot TEXT, got INTEGER, of INTEGER); CREATE INDEX"
    " unmatched_by ON unmatched(consignment, lot);"
    "CREATE TABLE package" NAMED "lot INTEGER, net INTEGER, gross INTEGER, tare INTEGER, seal TEXT,"
    " form TEXT); CREATE INDEX package_of ON package(lot);"
    "CREATE TABLE transfer(event INTEGER, lot INTEGER, seller INTEGER, buyer INTEGER);"
    "CREATE TABLE permit" NAMED "holder INTEGER, facility INTEGER, kind INTEGER, measure INTEGER,"
    " user TEXT, quantity INTEGER, status INTEGER, first INTEGER, last INTEGER, single INTEGER,"
    " reserved INTEGER, drawn INTEGER);"
    "CREATE TABLE permit_country(permit INTEGER, country TEXT, PRIMARY KEY(permit, country)) "
    "WITHOUT ROWID;"
    "CREATE TABLE declaration(event INTEGER PRIMARY KEY, consignment INTEGER, office INTEGER, party"
    " INTEGER, facility INTEGER, country TEXT, user TEXT, code TEXT, net INTEGER, reo INTEGER,"
    " status INTEGER, day INTEGER, free INTEGER); CREATE INDEX declaration_free ON"
    " declaration(day) WHERE free=1;"
    "CREATE TABLE declared_permit(event INTEGER, permit INTEGER, mg INTEGER, PRIMARY KEY(event, "
    "permit)) WITHOUT ROWID;"
    "CREATE TABLE import(lot INTEGER PRIMARY KEY, country TEXT, declaration TEXT, book TEXT,"
    " passport TEXT);";

static const char *const queries[] = {
#define Q(name, sql) sql,
#include "sql_queries.def"
#undef Q
};

sqlite3 *db;
sqlite3_stmt *statements[QUERY_COUNT];
sqlite3_int64 seq;
uint64_t draws;
PolicyAtHand policy = {.yield_drop = 100000000, .advance = 250000000, .hold = 6, .flag = 4};

void give_up(const char *what) {
    fprintf(stderr, "bench/sql_peer: %s (%s)\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

void run(const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL)) give_up(sql);
}

void ledger_open(const char *path) {
    unlink(path);
    // One thread, and nobody counts its memory.
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_open(path, &db)) give_up("open");
    run("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-262144; PRAGMA locking_mode=EXCLUSIVE;"
        "PRAGMA temp_store=MEMORY");
    run(schema);
    for (int i = 0; i < QUERY_COUNT; i++)
        if (sqlite3_prepare_v3(db, queries[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL))
            give_up(queries[i]);
    for (int a = 0; a < ACTIVITY_COUNT; a++)
        policy.yield_min[a] = 500000000;
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
            sqlite3_bind_text(statement, i, text.length ? text.at : "", (int)text.length,
                              SQLITE_STATIC);
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

void complain(const char *code) {
    ask(QUERY_OBJECTION_PUT, "it", seq, text_of(code));
}

static bool lot_row(Query query, LotRow *lot) {
    sqlite3_int64 of[14];
    for (int i = 0; i < 14; i++)
        of[i] = column(query, i);
    done(query);
    *lot = (LotRow){of[0], of[1], of[2], of[3],  of[4],  of[5],  of[6],
                    of[7], of[8], of[9], of[10], of[11], of[12], of[13]};
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

void begin_matter(Matter *matter) {
    memset(matter, 0, offsetof(Matter, facets));
    matter->whole = UINT32_MAX;
}

void lot_share(const LotRow *lot, int64_t before, int64_t net, Matter *matter) {
    begin_matter(matter);
    int64_t after = before + net;
    bool all = before == 0 && after == lot->net;
    matter->net = net;
    matter->basis = (Basis)lot->basis;
    matter->whole = (uint32_t)lot->whole;
    matter->dry =
        all ? lot->dry : even(lot->dry, after, lot->net) - even(lot->dry, before, lot->net);
    Facet *facet = NULL;
    for (bool row = ask(QUERY_CONTENT, "i", lot->id); row; row = more(QUERY_CONTENT)) {
        sqlite3_int64 kind = column(QUERY_CONTENT, 0);
        int c = (int)column(QUERY_CONTENT, 1);
        int64_t mg = column(QUERY_CONTENT, 2);
        if (!all) mg = even(mg, after, lot->net) - even(mg, before, lot->net);
        if (kind == KIND_MASS) {
            matter->stated |= 1u << c;
            matter->mg[c] = mg;
            matter->variance[c] = (double)mg * (double)mg * 9e-4;
        } else if (kind == KIND_BOUND) {
            matter->bound[c] = mg;
        } else {
            if (!facet || facet->kind != kind) facet = facet_of(matter, kind);
            facet->mg[c] = mg;
        }
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

void content_put(sqlite3_int64 lot, const Matter *matter) {
    for (uint32_t m = matter->stated; m; m &= m - 1)
        ask(QUERY_CONTENT_PUT, "iiii", lot, I(KIND_MASS), I(__builtin_ctz(m)),
            I(matter->mg[__builtin_ctz(m)]));
    for (int c = 0; c < COMPONENT_COUNT; c++)
        if (matter->bound[c])
            ask(QUERY_CONTENT_PUT, "iiii", lot, I(KIND_BOUND), I(c), I(matter->bound[c]));
    for (int f = 0; f < matter->facet_count; f++)
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (matter->facets[f].mg[c])
                ask(QUERY_CONTENT_PUT, "iiii", lot, matter->facets[f].kind, I(c),
                    I(matter->facets[f].mg[c]));
}

bool lot_put(const Head *head, Text name, sqlite3_int64 holder, sqlite3_int64 owner,
             sqlite3_int64 facility, sqlite3_int64 material, const Matter *matter,
             sqlite3_int64 *id) {
    if (foreign(head, name) || matter->net <= 0) return false;
    int before = sqlite3_total_changes(db);
    ask(QUERY_LOT_PUT, "tiiiiiiii", name, holder, owner, facility, material, I(matter->net),
        I(matter->dry), I(matter->basis), I(matter->whole));
    if (sqlite3_total_changes(db) == before) return false;
    *id = sqlite3_last_insert_rowid(db);
    content_put(*id, matter);
    ask(QUERY_FLOW_PUT, "iiii", seq, *id, I(ROLE_OUT), I(matter->net));
    return true;
}

void holds_pass(const Input *inputs, uint32_t count, sqlite3_int64 lot) {
    for (uint32_t i = 0; i < count; i++)
        if (inputs[i].held) ask(QUERY_HOLD_PASS, "ii", inputs[i].row.id, lot);
}

void add_matter(Matter *sum, const Matter *part) {
    sum->net += part->net;
    sum->dry += part->dry;
    sum->stated |= part->stated;
    sum->whole &= part->whole;
    if (part->basis > sum->basis) sum->basis = part->basis;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        sum->mg[c] += part->mg[c];
        sum->bound[c] += part->bound[c];
        sum->variance[c] += part->variance[c];
    }
    for (int f = 0; f < part->facet_count; f++) {
        Facet *facet = facet_of(sum, part->facets[f].kind);
        for (int c = 0; c < COMPONENT_COUNT; c++)
            facet->mg[c] += part->facets[f].mg[c];
    }
}

bool material_find(Text name, Material *material) {
    if (!ask(QUERY_MATERIAL, "t", name)) return false;
    *material =
        (Material){column(QUERY_MATERIAL, 0), column(QUERY_MATERIAL, 1), column(QUERY_MATERIAL, 2),
                   column(QUERY_MATERIAL, 3), column(QUERY_MATERIAL, 4)};
    done(QUERY_MATERIAL);
    return true;
}

int64_t reo_of(const Matter *matter) {
    Mass reo;
    if (!factors_reo(&factors_default, matter->stated, matter->mg, &reo)) give_up("reo");
    return reo.mg;
}

bool is_held(sqlite3_int64 lot) {
    return THERE_IS(QUERY_HELD, "i", lot);
}
