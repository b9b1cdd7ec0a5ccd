// The normalised SQL ledger that stands beside `ytterby record`: what the files bench/sql_*.c
// share. sql_ledger.c has tables, statements and the arithmetic of lots; sql_matter.c the events
// that work matter; sql_trade.c owners, packages, the border and corrections; sql_peer.c the
// registry and the program.
#pragma once
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "book/event.h"
#include "quantity/component.h"

enum { OFFSET_MINUTES = 480, INPUTS_MAX = 4096 };
// lot.state, flow.role, declaration.status
enum { HERE = 0, TRANSIT = 1, ENDED = 2 };
enum { ROLE_IN = 1, ROLE_OUT = 2, ROLE_TOUCHED = 3 };
enum { DECLARED = 0, CLEARED = 1, STOPPED = 2 };

typedef enum Query {
#define Q(name, sql) QUERY_##name,
#include "sql_queries.def"
#undef Q
    QUERY_COUNT
} Query;

extern sqlite3 *db;
extern sqlite3_stmt *statements[QUERY_COUNT];
extern sqlite3_int64 seq; // of the event in hand
extern uint64_t objections, draws;

void ledger_open(const char *path);
void ledger_close(void);
void run(const char *sql);
_Noreturn void give_up(const char *what);

// Binds by letters (i int64, t Text, d double, n null) and steps once. True when there is a row; a
// statement that gave a row must be reset by done().
bool ask(Query query, const char *kinds, ...);
static inline sqlite3_int64 column(Query query, int i) {
    return sqlite3_column_int64(statements[query], i);
}
static inline void done(Query query) {
    sqlite3_reset(statements[query]);
}
// Of a statement with RETURNING: its first column, and the statement brought to its end.
static inline sqlite3_int64 returned(Query query) {
    sqlite3_int64 value = column(query, 0);
    (void)sqlite3_step(statements[query]);
    done(query);
    return value;
}
#define I(value) ((sqlite3_int64)(value))
// The first column of the row that a name has, and the second.
bool find(Query query, Text name, sqlite3_int64 *id, sqlite3_int64 *second);

typedef struct Matter {
    uint32_t stated;
    int64_t net, dry, mg[COMPONENT_COUNT];
    double variance[COMPONENT_COUNT]; // mg^2
} Matter;
typedef struct LotRow {
    sqlite3_int64 id, party, owner, facility, material, net, taken, dry, state, consignment;
} LotRow;
typedef struct Material {
    sqlite3_int64 id, stage, class_of_ore, moisture;
} Material;
typedef struct Input {
    LotRow row;
    int64_t net;
} Input;

int64_t even(int64_t a, int64_t b, int64_t c); // a * b / c, half to even
bool lot_find(Text name, LotRow *lot);
bool lot_by_id(sqlite3_int64 id, LotRow *lot);
// Takes `net` of a lot with its exact share of the content.
void lot_take(LotRow *lot, int64_t net, Matter *matter);
// The same share of what was taken last, from `before` on, without taking it.
void lot_share(const LotRow *lot, int64_t before, int64_t net, Matter *matter);
// False when the name is taken.
bool lot_put(Text name, sqlite3_int64 holder, sqlite3_int64 owner, sqlite3_int64 facility,
             sqlite3_int64 material, const Matter *matter, sqlite3_int64 *id);
void add_matter(Matter *sum, const Matter *part);
Matter line_matter(const Line *line, int64_t moisture, int64_t net);
bool material_find(Text name, Material *material);
int64_t reo_of(const Matter *matter);
bool is_held(sqlite3_int64 lot);
// Checks before anything is written: known, here, of this party, enough.
bool inputs_check(const Event *e, sqlite3_int64 party, sqlite3_int64 facility, Input *inputs);
// Objects to a weighing on a device that is unknown or not calibrated on the day.
void device_check(const Line *line, Day day);
bool licensed(sqlite3_int64 party, sqlite3_int64 facility, int activity, Day day);
// From the holder up to the nation. False beyond what any of them was allotted.
bool quota_draw(Text holder, int ledger, int class_of_ore, int year, const Matter *matter,
                sqlite3_int64 lot);
void pool_put(sqlite3_int64 pool, const Matter *matter);

// False: the event is refused.
bool matter_event(const Event *e, sqlite3_int64 party, Day day);
bool trade_event(const Event *e, sqlite3_int64 party, Day day);
bool event_record(const Event *e);
