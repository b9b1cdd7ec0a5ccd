// What the files of this folder share: one look at the book, cursors, ways of writing figures, and
// what is kept between answers. Private to access/.
#pragma once
#include "access/access.h"
#include "balance/from_book.h"
#include "base/arena.h"
#include "book/state.h"
#include "codec/event_decode.h"
#include "codec/json_write.h"
#include "finding/finding.h"
#include <pthread.h>

enum { LOOK_ROWS = 1000, LOOK_TRIES = 4 };
#define LOOK_ARENA_MAX ((size_t)1 << 30)

// One look at the book for one answer. Between look_breathe() calls the book stands still.
typedef struct Look {
    Access *access;
    const View *view;
    const Book *book;
    uint64_t before;  // records from here on were not seen at the beginning
    ReadMark mark;    // of the latest reading
    uint64_t rewinds; // of the first
    unsigned rows;
    bool open;
    Arena arena;               // of this answer
    uint32_t party;            // row of the view's party, or ROW_NONE
    Day today;                 // civil date of the last record: there is no other clock in here
    const Factors *factors;    // in force today
    bool any_held;             // some lot has causes, as lineage_take() found
    const struct Goods *goods; // once goods_take() made it
} Look;

// Runs `work` with the book open, settles what it saw, and looks again when that was taken back.
typedef bool LookWork(Look *look, const void *asked, Buffer *out, Status *status);
MUST_CHECK bool look_answer(Access *access, const View *view, LookWork *work, const void *asked,
                            Buffer *out, Status *status);
// Counts a row; every LOOK_ROWS lets writers in between. False when what was seen was taken back.
MUST_CHECK bool look_breathe(Look *look, Status *status);
// The same at once, as an OriginBreathe.
MUST_CHECK bool look_let_in(void *look, Status *status);
// Lets go of the book for slow work, and takes it again.
void look_pause(Look *look);
MUST_CHECK bool look_resume(Look *look, Status *status);

// No such thing, or none that the asker may see: the same words for both. Returns false.
bool not_found(Status *status, const char *kind, Text id);

// Cursors. `query` says all that makes the list what it is.
MUST_CHECK bool cursor_read(const Look *look, Text query, Text cursor, uint64_t *position,
                            Status *status);
void cursor_write(const Look *look, Text query, uint64_t position, JsonWriter *json);
MUST_CHECK bool access_page_limit(const Page *page, unsigned *limit, Status *status);

// Begins the answer's object with as_of and trial.
void answer_begin(const Look *look, JsonWriter *json);
void named_text_or_null(JsonWriter *json, const char *name, Text text);
void named_wide(JsonWriter *json, const char *name, i128 mg);
void named_kg(JsonWriter *json, const char *name, double kg); // not below zero
void named_kg_signed(JsonWriter *json, const char *name, double kg);
void named_share(JsonWriter *json, const char *name, double share);
void named_day(JsonWriter *json, const char *name, Day day);
void named_month(JsonWriter *json, const char *name, Month month);
void named_month_or_null(JsonWriter *json, const char *name, bool is, Month month);
void named_seq_or_null(JsonWriter *json, const char *name, bool is, uint64_t seq);
void named_instant(JsonWriter *json, const char *name, Instant instant);
void named_null(JsonWriter *json, const char *name);
void named_begin_array(JsonWriter *json, const char *name);
void named_begin_object(JsonWriter *json, const char *name);

// Ids and names of rows; empty for ROW_NONE.
Text party_id(const Book *book, uint32_t row);
Text party_name(const Book *book, uint32_t row);
Text facility_id(const Book *book, uint32_t row);
Text facility_name(const Book *book, uint32_t row);
// "mine_rock", "separation", "recycler" ..., by what it is registered for.
const char *facility_kind_word(const Book *book, uint32_t facility, const FacilityVersion *version);
Text material_id(const Book *book, uint32_t row);
Text material_name(const Book *book, uint32_t row);
Text lot_id(const Book *book, uint32_t row);
Text holder_id(const Book *book, Holder holder);
Text holder_name(const Book *book, Holder holder);
unsigned lot_stage(const Book *book, const Lot *lot);
const char *stage_word(unsigned stage); // "unknown" for none
const RecordRow *record_at(const Book *book, uint64_t seq);
uint64_t operation_seq(const Book *book, uint32_t operation);
Mass reo_of(const Look *look, const Content *content);
int64_t reo_of_mg(const Look *look, const int64_t mg[COMPONENT_COUNT]);
// "12.0" for cause 12 * 256.
enum { CAUSE_TEXT_MAX = 32 };
char *cause_print(uint64_t number, char out[CAUSE_TEXT_MAX]);
const char *cause_status_word(unsigned status);

typedef enum LotStanding {
    STANDING_FREE,
    STANDING_HELD,
    STANDING_TRANSIT,
    STANDING_USED,
    STANDINGS
} LotStanding;
extern const char *const standing_words[];
LotStanding standing_of(const Book *book, const Lot *lot);

// What measurements share, for people: the device's id, or the laboratory and its method.
void group_name(const Book *book, uint32_t group, char *name, size_t size);

// Rows of answers that several files write.
void lot_brief(const Look *look, uint32_t row, JsonWriter *json); // LotBrief, an object
void quota_use(const Look *look, unsigned ledger, unsigned class_of_ore, int year, Holder holder,
               bool nation, JsonWriter *json);
Intern *const *consignment_names(const Book *book);
bool consignment_sees(const Look *look, uint32_t row);
void consignment_write(const Look *look, uint32_t row, JsonWriter *json);
void licence_write(const Look *look, uint32_t row, bool alone, JsonWriter *json);

// As view_sees_lot(), quicker: for walks over all lots.
bool look_sees_lot(const Look *look, uint32_t row);
bool look_sees_facility(const Look *look, uint32_t facility);
// A holder of quota: a party, or one of a party's facilities.
bool look_sees_holder(const Look *look, Holder holder);

// One durable record with its event decoded, in the look's arena. Waits until what was seen is
// durable; the book is let go meanwhile. STATUS_BUSY as look_resume().
MUST_CHECK bool look_record(Look *look, uint64_t seq, ReadRecord *record, Event *event,
                            Status *status);
// Only the event's id, empty when it cannot be read.
Text look_event_id(Look *look, uint64_t seq);

// The genealogy as the book stands now, until it is given back; null on failure. Others may read it
// meanwhile, and nobody changes it.
struct Lineage;
const struct Lineage *lineage_take(Look *look, Status *status);
void lineage_give(Look *look);

// What each cause holds, over the lots that the view sees: one entry a row of TABLE_CAUSE.
typedef struct CauseTally {
    uint32_t lots;
    bool seen;
    i128 mg;
} CauseTally;
MUST_CHECK bool causes_tally(Look *look, CauseTally **tally, uint32_t *count, Status *status);
// Writes a Hold. `born`: record that made the lot it stands on, or UINT64_MAX.
void hold_write(const Look *look, uint32_t cause, uint64_t born, const CauseTally *tally,
                JsonWriter *json);

// Months with matter, over all facilities that the view sees; 0 when there are none.
bool months_of_book(Look *look, Months *months, Status *status);

// ---- analyses that are kept ----
// Computed from so many operations and postings; good until there are others.
typedef struct Analysis {
    unsigned users;
    uint32_t operations, postings, accounts;
    uint64_t rewinds;
    Arena arena;
    BookBalances balances;
    FindingList findings;
} Analysis;
// Takes the present one, made if need be (the book is let go meanwhile). Give it back in any case.
MUST_CHECK bool analysis_take(Look *look, Analysis **analysis, Status *status);
void analysis_give(Access *access, Analysis *analysis);

typedef enum BalanceState { STATE_NONE = 0, STATE_WITHIN, STATE_NEAR, STATE_BEYOND } BalanceState;
extern const char *const balance_state_words[];
typedef struct StateOf {
    BalanceState state;
    bool surplus;
    double excess;
} StateOf; // excess: |muf|/alarm
#define USUAL_SIGMAS 1.959963984540054
double alarm_sigmas(size_t components);
StateOf state_of_period(const BalancePeriod *period, double alarm);
// The worst of a facility in a month, over all components: beyond, too, where a finding names the
// month; near, from nine tenths of the alarm limit on; none without a stock-taking. `month` counts
// from facility->first.
StateOf worst_in_month(const Analysis *analysis, const BookFacility *facility, size_t month,
                       size_t *component);
// The worst month of one component, in the same words, and how many are beyond.
StateOf worst_of_component(const BookFacility *facility, size_t component, unsigned *beyond);
const BookFacility *analysis_facility(const Analysis *analysis, uint32_t row);
// What stands at each facility, over all lots and pools that the view sees.
typedef struct Standing {
    i128 reo, held_reo;
    uint32_t held_lots;
    bool counted;
    Day last_stocktake;
} Standing;
int64_t pool_held_reo(const Look *look, const PoolRow *pool);
MUST_CHECK bool standings(Look *look, Standing **by_facility, Status *status);
// The worst state of a facility over the months, 0 to 0: all.
typedef struct Books {
    StateOf worst;
    unsigned months_beyond;
} Books;
Books books_of(const Analysis *analysis, const BookFacility *facility, Month from, Month to);

// "components": [..], by the bits of a mask.
void finding_components(uint64_t mask, JsonWriter *json);
void finding_brief(const Look *look, const Analysis *analysis, const Finding *finding,
                   JsonWriter *json);
bool finding_is_seen(const Look *look, const Analysis *analysis, const Finding *finding);
void state_write(const StateOf *state, JsonWriter *json); // members state and side

typedef struct Index Index; // index.h
struct Access {
    Keeper *keeper;
    uint8_t tag_key[16], mask_key[16];
    pthread_mutex_t lock;      // of what is kept
    pthread_mutex_t computing; // one analysis at a time, and of what it remembers
    struct FindingMemo *memo;  // null when memory was short
    Analysis *analysis;
    pthread_mutex_t indexing; // of the index, and who reads it
    Index *index;
    pthread_rwlock_t descending; // of the lineage: followed by one, read by many
    struct Lineage *lineage;
    uint64_t lineage_rewinds;
};
