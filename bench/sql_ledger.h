// The normalised SQL ledger that stands beside `ytterby record`: what the files bench/sql_*.c
// share. sql_ledger.c has tables, statements and the arithmetic of lots; sql_check.c what is
// checked of an event's head, its lines and its place; sql_facet.c what of the matter is undrawn,
// and quota; sql_matter.c, sql_measure.c and sql_pool.c the events that work matter; sql_trade.c
// owners, packages, the border and corrections; sql_registry.c what the authority and parties
// register; sql_peer.c the program.
#pragma once
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/calendar.h"
#include "book/event.h"
#include "quantity/component.h"

enum { OFFSET_MINUTES = 480, INPUTS_MAX = 4096, OUTPUTS_MAX = 1024, FACETS_MAX = 16 };
// lot.state, flow.role, declaration.status
enum { HERE = 0, TRANSIT = 1, ENDED = 2 };
enum { ROLE_IN = 1, ROLE_OUT = 2, ROLE_TOUCHED = 3 };
enum { DECLARED = 0, CLEARED = 1, STOPPED = 2 };
// content.kind and pool_content.kind: masses, limits of what was not found, then facets: what of
// the masses is undrawn of an ore class, was recycled, or came from a source (its row behind
// FACET_SOURCE).
enum { KIND_MASS = 0, KIND_BOUND, FACET_ROCK, FACET_ION, FACET_PRE, FACET_POST, FACET_SOURCE };

typedef enum Query {
#define Q(name, sql) QUERY_##name,
#include "sql_queries.def"
#undef Q
    QUERY_COUNT
} Query;

extern sqlite3 *db;
extern sqlite3_stmt *statements[QUERY_COUNT];
extern sqlite3_int64 seq; // of the event in hand
extern uint64_t draws;

void ledger_open(const char *path);
void ledger_close(void);
void run(const char *sql);
_Noreturn void give_up(const char *what);
// Notes that the event in hand would be flagged or held, and why.
void complain(const char *code);

// Binds by letters (i int64, t Text, d double, n null) and steps once. True when there is a row; a
// statement that gave a row must be reset by done().
bool ask(Query query, const char *kinds, ...);
static inline sqlite3_int64 column(Query query, int i) {
    return sqlite3_column_int64(statements[query], i);
}
static inline void done(Query query) {
    sqlite3_reset(statements[query]);
}
static inline bool more(Query query) {
    return sqlite3_step(statements[query]) == SQLITE_ROW;
}
// Of a statement with RETURNING: its first column, and the statement brought to its end.
static inline sqlite3_int64 returned(Query query) {
    sqlite3_int64 value = column(query, 0);
    (void)sqlite3_step(statements[query]);
    done(query);
    return value;
}
// Whether there is a row at all.
#define THERE_IS(query, ...) (ask(query, __VA_ARGS__) && (done(query), true))
#define I(value)             ((sqlite3_int64)(value))
// The first column of the row that a name has, and the second.
bool find(Query query, Text name, sqlite3_int64 *id, sqlite3_int64 *second);

typedef struct Facet {
    sqlite3_int64 kind;
    int64_t mg[COMPONENT_COUNT];
} Facet;
typedef struct Matter {
    uint32_t stated, whole; // whole: known to the last, by a value or a limit
    int64_t net, dry, mg[COMPONENT_COUNT], bound[COMPONENT_COUNT];
    double variance[COMPONENT_COUNT]; // mg^2
    Basis basis;
    int facet_count;
    Facet facets[FACETS_MAX];
} Matter;
typedef struct LotRow {
    sqlite3_int64 id, party, owner, facility, material, net, taken, dry, state, consignment, basis,
        whole, stage, packed;
} LotRow;
typedef struct Material {
    sqlite3_int64 id, stage, class_of_ore, moisture, graded;
} Material;
typedef struct Input {
    LotRow row;
    int64_t net;
    bool held;
} Input;
typedef struct Place {
    sqlite3_int64 id, holder, closed, first, last, activities;
} Place;
typedef struct Source {
    sqlite3_int64 id, class_of_ore, deposit;
    char holder[256], licence[256];
} Source;
// What everybody asks of the event in hand.
typedef struct Head {
    const Event *event;
    sqlite3_int64 party, above; // the party's group
    Text by;
    Instant recorded;
    Day first_day, day;
    int year;
    Place place; // id 0: none
} Head;
// What policy says, kept at hand like any configuration.
typedef struct PolicyAtHand {
    int64_t yield_min[ACTIVITY_COUNT], yield_drop, advance, notice, warning, permit_free;
    double hold, flag;
} PolicyAtHand;
extern PolicyAtHand policy;

int64_t even(int64_t a, int64_t b, int64_t c); // a * b / c, half to even
bool lot_find(Text name, LotRow *lot);
bool lot_by_id(sqlite3_int64 id, LotRow *lot);
// Takes `net` of a lot with its exact share of content, limits and facets.
void lot_take(LotRow *lot, int64_t net, Matter *matter);
// The same share of what was taken last, from `before` on, without taking it.
void lot_share(const LotRow *lot, int64_t before, int64_t net, Matter *matter);
// Writes what a lot has anew.
void content_put(sqlite3_int64 lot, const Matter *matter);
// False when the name is taken or is not the event's party's.
bool lot_put(const Head *head, Text name, sqlite3_int64 holder, sqlite3_int64 owner,
             sqlite3_int64 facility, sqlite3_int64 material, const Matter *matter,
             sqlite3_int64 *id);
// What was held goes on being held in what was made of it.
void holds_pass(const Input *inputs, uint32_t count, sqlite3_int64 lot);
void begin_matter(Matter *matter);
void add_matter(Matter *sum, const Matter *part);
bool material_find(Text name, Material *material);
int64_t reo_of(const Matter *matter);
bool is_held(sqlite3_int64 lot);

// sql_check.c. False: the event is refused.
bool head_check(Head *head);
bool place_check(Head *head);
bool foreign(const Head *head, Text id);
// Before anything is written: known, here, of this party, each once, enough.
bool inputs_check(const Head *head, sqlite3_int64 facility, Input *inputs);
bool line_matter(const Head *head, const Line *line, const Material *material, int64_t moisture,
                 int64_t net, Matter *matter);
void check_device(const Head *head, const Line *line);
void check_grade(const Line *line, const Material *material, const Matter *matter);
bool purity_rose(const Matter *before, const Matter *after);
void check_yield(const Head *head, int activity, int64_t fed, int64_t made);
void check_creation(const Matter *in, const Matter *out, uint32_t looked_at, bool notice,
                    sqlite3_int64 lot);
void check_provisional_row(const LotRow *row);
int activity_of(unsigned stage, bool of_scrap);
// `material`: whose name the licence must list, if it lists any; empty: not asked.
void check_licence(const Head *head, int activity, const Text *materials, uint32_t count);
void source_check(const Head *head, const Source *source);
bool one_group(sqlite3_int64 a, sqlite3_int64 b);

// sql_facet.c
Facet *facet_of(Matter *matter, sqlite3_int64 kind);
bool source_find(Text name, sqlite3_int64 id, Source *source);
void facets_share(const Matter *in, Matter *outs, uint32_t count, int feed_class);
typedef struct Draw {
    int ledger, class_of_ore;
    char holder[256];
    int64_t reo;
} Draw;
enum { DRAWS_MAX = FACETS_MAX + 1 };
// What making this stage of it draws, and what then is left undrawn.
int facets_settle(const Head *head, Matter *matter, int64_t stage, Draw out[DRAWS_MAX]);
void facets_born(Matter *matter, sqlite3_int64 kind);
// From the holder up to the nation.
void quota_draw(Text holder, int ledger, int class_of_ore, int year, int64_t reo,
                sqlite3_int64 lot);
void change_quota(sqlite3_int64 quota, int64_t reo);
void draws_make(const Head *head, const Draw *all, int count, sqlite3_int64 lot);
void pool_put(sqlite3_int64 pool, const Matter *matter);

// sql_measure.c: what is in hand, measured again; a new mass or moisture scales it, a composition
// sets what it names.
bool measured(const Head *head, const Line *line, const Material *material, const Matter *old,
              Matter *now);
bool material_by_id(sqlite3_int64 id, Material *material);

// sql_measure.c, sql_pool.c, sql_matter.c, sql_trade.c, sql_registry.c. False: the event is
// refused.
bool measure_event(Head *head);
bool charge_event(Head *head, Input *inputs, sqlite3_int64 pool, int activity);
bool draw_event(Head *head, sqlite3_int64 pool, int activity, int class_of_ore, sqlite3_int64 whole,
                bool held);
bool matter_event(Head *head);
bool trade_event(Head *head);
bool registry_event(Head *head);
// sql_peer.c: the event with its row. A replacement is entered like any other.
bool event_record(const Event *e, Text by, Instant recorded);
