// The simulated industry from within: parties, facilities, lots and pools in truth, what is
// measured of them, and how the events are written. Private to this folder.
//
// Truth: integers in mg by component; whatever is split is split in integers, so that nothing
// arises or is lost. Figures: truth x (1 + random + shared), the shared error drawn once for each
// scale and for each laboratory, method and element, as the events' `u` and `s` (or the policy's)
// say.
#pragma once
#include "base/calendar.h"
#include "quantity/factor.h"
#include "simulate/random.h"
#include "simulate/reference.h"
#include "simulate/simulate.h"

#define BIT(symbol) COMPONENT_BIT(COMPONENT_##symbol)
#define LIGHT                                                                                      \
    (BIT(La) | BIT(Ce) | BIT(Pr) | BIT(Nd) | BIT(Sm) | BIT(Eu) | BIT(Gd) | BIT(Tb) | BIT(Dy))
#define HEAVY    (BIT(Ho) | BIT(Er) | BIT(Tm) | BIT(Yb) | BIT(Lu) | BIT(Y))
#define ALL_RARE (LIGHT | HEAVY)
#define MAGNETIC (BIT(Pr) | BIT(Nd) | BIT(Gd) | BIT(Tb) | BIT(Dy))
#define TRACES   (BIT(Th) | BIT(U)) // of rock-type ore; they go with the leach residue
#define ADDED    (BIT(Fe) | BIT(B) | BIT(Co))

#define MG_PER_TONNE INT64_C(1000000000)
#define MG_PER_KG    INT64_C(1000000)
#define PPB          INT64_C(1000000000)
#define PER_CENT     INT64_C(10000000) // in ppb

enum { OFFSET_MINUTES = 480, ID_MAX = 48, NO_PARTY = 0xFFFF };
#define OFFSET_TEXT "+08:00"

typedef enum Material {
#define MATERIAL(suffix, ...) MATERIAL_##suffix,
#include "simulate/material.def"
#undef MATERIAL
    MATERIAL_COUNT
} Material;

typedef enum AssayKind {
    ASSAY_CONCENTRATE,
    ASSAY_LEACHATE,
    ASSAY_COMPOUND,
    ASSAY_METAL,
    ASSAY_ALLOY,
    ASSAY_MAGNET,
    ASSAY_RESIDUE,
    ASSAY_SCRAP,
    ASSAY_REAGENT,
    ASSAY_ARTICLE,
    ASSAY_KINDS
} AssayKind;

typedef struct MaterialSpec {
    const char *id, *code, *name, *name_zh, *stage, *form, *ore_class, *hs;
    int64_t moisture;
    AssayKind assay;
    uint64_t report; // what its lots state; an assay of a recycler's scrap leaves ADDED out
} MaterialSpec;
extern const MaterialSpec materials[MATERIAL_COUNT];

typedef enum Method { METHOD_OES, METHOD_MS, METHOD_XRF, METHOD_COUNT } Method;
extern const char *const method_names[METHOD_COUNT];

// What a kind of assay is worth: relative, ppb. Major: what is above `major_from` of the basis.
typedef struct AssaySpec {
    // titrated: TREO by titration, shares by spectrometry, given as oxides of dry mass.
    bool titrated, of_received, in_policy; // in_policy: what policy says need not be said again
    uint8_t laboratory;                    // 0 or 1: whose work it usually is
    Method method;
    const char *stage;
    int64_t treo_u, treo_s, major_u, major_s, minor_u, minor_s, major_from, limit, calculated_u;
    int64_t trace_limit; // of Th and U beside titrated rare earths
} AssaySpec;

typedef struct Lot {
    char id[ID_MAX];
    Material material;
    bool is_calculated, is_packed;
    int64_t mg[COMPONENT_COUNT], dry, net, moisture; // truth
    int64_t book_net, book_moisture; // what the events say is left, and of its moisture, ppb
    int32_t said[COMPONENT_COUNT];   // what they say of its content: ppb of the dry mass, elements
} Lot;

typedef struct LotQueue {
    Lot *lots;
    uint32_t head, count, capacity;
} LotQueue;

enum { CONSIGNMENT_LOTS = 4 };
typedef struct Facility Facility;
typedef struct Consignment {
    Day arrival, entered, told; // when it comes, when the receiver and when the shipper enter it
    Facility *from, *to; // to: whom it was sent to, also when it comes back from there
    char id[ID_MAX];
    bool is_sold, is_begun; // on the way; part of it has come
    uint32_t count;
    Lot lots[CONSIGNMENT_LOTS];
} Consignment;

enum {
    TALLY_OPENING,
    TALLY_RECEIVED,
    TALLY_EXTRACTED,
    TALLY_MADE,
    TALLY_USED,
    TALLY_SHIPPED,
    TALLY_DISCARDED,
    TALLY_LOST,
    TALLY_CLOSING,
    TALLY_COUNT
};
extern const char *const tally_names[TALLY_COUNT];
typedef struct PartnerTally {
    const char *partner;
    Material material;
    int64_t received, shipped;
    int64_t seen; // of `shipped`, or beyond it, what the other side's customs see: in truth
} PartnerTally;

// A district: its two deposits (rows of deposit_compositions.csv, and their place in the
// authority's list), what they are called, and how much a day brings at pace 1.
typedef struct District {
    const char *north_row, *north_source, *south_row, *south_source;
    uint8_t north_deposit, south_deposit;
    int64_t north_net; // mg of concentrate
    int64_t south_reo; // mg in leachate, every second working day
    int64_t traces[2]; // Th and U in the concentrate, ppb of its REO
} District;
enum { DISTRICT_KINDS = 5 };
extern const District districts[DISTRICT_KINDS];

// What came in of a material in a month, as the events say: the mean content of its table.
typedef struct ContentTally {
    int64_t net, dry, mg[COMPONENT_COUNT];
} ContentTally;

typedef enum PartyKind {
    NORTH,
    SOUTH,
    ALMET,
    MAGNET,
    RECYCLE,
    TRADER,
    CERAMICS,
    PORT,
    PARTY_KINDS
} PartyKind;
typedef struct Party {
    char id[ID_MAX];
    const char *clerk, *shift; // ROLE/PARTY/NAME is made of one; null: there is no shift
    const char *role;
    uint32_t events, lots, consignments, declarations, packages, slips;
    char
        slip[16]; // while an event is written that will be found to be wrong: what its ids end with
    int64_t mining_allotted, mining_drawn, separation_allotted, separation_drawn; // mg REO
} Party;

typedef enum FacilityKind {
    NORTH_MINE,
    NORTH_SX,
    SOUTH_MINE,
    SOUTH_SX,
    METAL_WORKS,
    ALLOY_WORKS,
    MAGNET_WORKS,
    RECYCLE_WORKS,
    TRADE_STORE,
    CERAMIC_WORKS,
    PORT_STORE,
    FACILITY_KINDS
} FacilityKind;

typedef struct FacilitySpec {
    const char *id, *name, *name_zh, *activities, *place, *pool, *pool_activity, *pool_class;
    PartyKind party;
} FacilitySpec;
extern const FacilitySpec facility_specs[FACILITY_KINDS];

struct Facility {
    FacilityKind kind;
    char id[ID_MAX], pool_id[ID_MAX];
    Party *party;
    struct Complex *complex;
    Random random;
    uint32_t clock, recorded; // seconds of today: the last thing done, and last written down
    LotQueue stock[MATERIAL_COUNT];
    Consignment *inbound;
    uint32_t inbound_count, inbound_capacity;
    int64_t device_z[2]; // weighbridge, platform scale
    int calibration_day; // of the year, from 0; one in so many is late
    // The circuit or leach field.
    bool has_pool;
    int64_t pool[COMPONENT_COUNT], target[COMPONENT_COUNT], survey_z[COMPONENT_COUNT];
    int64_t charged[COMPONENT_COUNT], charged_dry; // since the last residue was drawn
    int64_t smuggled[COMPONENT_COUNT];
    int64_t scale_bias; // today's, ppb by which scales read too little
    struct CheatWork *scale_cheat;
    int64_t surveyed[COMPONENT_COUNT]; // by the last survey
    // Residue that left when the month ended, and whose discard nobody has entered yet.
    uint32_t gone;
    Day gone_on, gone_told;
    // This month.
    int64_t tally[MATERIAL_COUNT][TALLY_COUNT];
    ContentTally contents[MATERIAL_COUNT];
    int64_t declared[MATERIAL_COUNT][TALLY_COUNT]; // last month, until it is declared
    PartnerTally *partners;
    uint32_t partner_count, partner_capacity;
};

typedef struct Complex {
    uint32_t number; // from 0
    uint32_t pace;   // how many times a day of pace 1 is worked
    const District *district;
    const ReferenceDeposit *north, *south;
    int64_t north_daily_reo, south_daily_reo, recycle_monthly_reo; // mg, at its pace
    Party parties[PARTY_KINDS];
    Facility facilities[FACILITY_KINDS];
} Complex;

typedef struct Laboratory Laboratory;
typedef struct CheatWork {
    const SimulateCheat *cheat;
    Facility *facility; // or
    Laboratory *laboratory;
    const char *ore;
    int64_t share_ppb[COMPONENT_COUNT], sum_ppb; // of TREO, of the ore
    // What a working day is to bring, what is still to be brought, what was, in units of `size`;
    // and the elements of it.
    int64_t daily, owed, mass, mg[COMPONENT_COUNT];
    Day from, to, first, last; // window; and the days on which it was done
} CheatWork;

enum { COMPLEXES_OF_LABORATORY = 3 };
struct Laboratory {
    Party party;
    int64_t bias_sigma, bias_ppb; // today's
    CheatWork *cheat;
    int64_t z[METHOD_COUNT][COMPONENT_COUNT + 1]; // the last: TREO
};

typedef struct Out {
    char *bytes;
    size_t length, capacity;
    bool failed;
} Out;
typedef struct Entry {
    Day day; // on which it is recorded
    uint32_t recorded, order;
    size_t at, event, length; // event: where in the line the event begins
} Entry;
typedef struct Later { // a line that is recorded on a later day
    Day day;
    uint32_t recorded;
    char *line;
    size_t length;
} Later;

typedef struct Industry {
    const SimulateOptions *options;
    const SimulateSink *sink;
    Status *status;
    bool failed; // memory or the sink; `status` says which
    Complex *complexes;
    uint32_t complex_count;
    ReferenceDeposit deposits[DISTRICT_KINDS][2]; // of each district: rock, ion
    Laboratory *laboratories;                     // two for every three complexes
    uint32_t laboratory_count;
    Party authority;
    Facility office; // whose clock the authority's events go by
    Party customs;
    Facility customs_office;
    AssaySpec assays[ASSAY_KINDS];
    int64_t weigh_u, weigh_s, moisture_u, survey_u, survey_s;
    Day today, end;
    Out day; // today's lines, in the order in which they were made
    Entry *entries;
    uint32_t entry_count, entry_capacity;
    Later *later;
    uint32_t later_count, later_capacity;
    Out text;    // bytes on their way to the sink
    Out quota;   // rows of an instrument, for quota.csv
    Lot scratch; // where a lot goes that memory has no room for
    CheatWork cheats[SIMULATE_CHEATS_MAX];
    SimulateSummary sum;
} Industry;

// --- out.c: text -------------------------------------------------------------------------------
void put_bytes(Out *out, const char *bytes, size_t length);
void put(Out *out, const char *text);
void put_number(Out *out, int64_t value);
void put_kg(Out *out, int64_t mg);         // with quotes
void put_per_cent(Out *out, int64_t ppb);  // with quotes
void put_text(Out *out, const char *text); // with quotes; the text needs no escapes
void put_time(Out *out, Day day, uint32_t second);
void out_done(Out *out);

// --- event.c: lines of events.ndjson, in order ---------------------------------------------------
enum {
    AT_MORNING = 27000,
    AT_CHARGE = 32400,
    AT_DRAW = 43200,
    AT_TIDY = 55800,
    AT_SHIP = 59400,
    AT_DISCARD = 72000,
    AT_STOCKTAKE = 82800
};
// Begins an event of `party` at the facility's clock, not before `phase`; `span` seconds of work
// end then. `office`: whose clock. Everything up to and including "happened" is written.
Out *entry_begin(Industry *industry, Facility *clock, Party *party, const char *kind,
                 const char *prefix, uint32_t phase, uint32_t span);
// The same, where an event is not told on the day on which it happens: days from today.
typedef struct When {
    uint32_t phase, span;
    int happened_in, recorded_in; // recorded_in is not negative
} When;
Out *entry_begin_when(Industry *industry, Facility *clock, Party *party, const char *kind,
                      const char *prefix, When when);
void entry_end(Industry *industry);
// Sorts today's lines by the time recorded and hands them on.
void day_flush(Industry *industry);
void sink_append(Industry *industry, const char *name, const void *bytes, size_t length);
void industry_no_memory(Industry *industry);

// --- measure.c: what scales and laboratories say
// --------------------------------------------------
typedef struct Weighed {
    int64_t net, moisture, u, s;
    int device;
} Weighed;
typedef struct Figures {
    const AssaySpec *spec;
    const Laboratory *laboratory;
    uint64_t values, below, plain; // plain: policy says its errors
    int64_t value[COMPONENT_COUNT], u[COMPONENT_COUNT], s[COMPONENT_COUNT];
} Figures;
void measures_init(Industry *industry);
void laboratory_init(Industry *industry, Laboratory *laboratory);
int64_t part_of(int64_t whole, int64_t numerator, int64_t denominator); // half to even
int64_t disturb(int64_t value, int64_t relative_ppb);                   // value x (1 + relative)
int64_t draw_error(Random *random, int64_t sigma_ppb);
int64_t industry_reo(const int64_t mg[COMPONENT_COUNT], uint64_t mask);
Weighed lot_weigh(Industry *industry, Facility *facility, const Lot *lot);
void lot_assay(Industry *industry, Facility *facility, const Lot *lot, int laboratory,
               Figures *figures);
void put_assay(Out *out, const Figures *figures);
// What the plant's recipe says: the policy's error for calculated contents.
void put_calculated(Industry *industry, Facility *facility, Out *out, Lot *lot);
// The lot's content is from now on what this assay says.
void lot_learn(Lot *lot, const Figures *figures);
void put_device(Out *out, const Facility *facility, int device);
void put_weighing(const Facility *facility, Out *out, const Weighed *weighed, bool moist);

// --- lot.c: stock and lines of lots
// ----------------------------------------------------------------
Lot *queue_push(Industry *industry, LotQueue *queue, const Lot *lot);
bool queue_pop(LotQueue *queue, Lot *lot);
Lot *queue_at(LotQueue *queue, uint32_t i);
void queue_done(LotQueue *queue);
void lot_name(Party *party, Lot *lot, Material material);
// Sets the dry mass of which `share_mg` (its components, or their oxides) is the share, and the net
// mass with its moisture; both scatter a little.
void lot_form(Facility *facility, Lot *lot, int64_t share_mg, int64_t share_ppb);
int64_t lot_components(const Lot *lot);
// Takes `book_mg` of what the book says is there; all when it is not less.
void lot_take(Lot *lot, int64_t book_mg, Lot *part);
// The book takes a new net mass: moisture gives way where the material holds any.
void lot_reweighed(Lot *lot, int64_t net);
typedef enum Saying { SAY_ASSAY, SAY_CALCULATED } Saying;
// An output as one object: weighed and described; book_net is set, the lot enters the stock and is
// tallied. The lot in stock is returned.
Lot *put_output(Industry *industry, Facility *facility, Out *out, Lot *lot, Saying saying,
                int tally);
void put_input(Out *out, const char *lot, int64_t net); // net < 0: all that is left
void tally_add(Facility *facility, Material material, int tally, int64_t mg);
void tally_content(const Industry *industry, Facility *facility, const Lot *lot);
void tally_partner(Industry *industry, Facility *facility, Material material, const char *partner,
                   int64_t received, int64_t shipped);
void put_facility(Out *out, const Facility *facility);

// --- registry.c, work.c, month.c, cheat.c -------------------------------------------------------
bool industry_build(Industry *industry);
void industry_done(Industry *industry);
// Fills in the components of `mask` that hold `reo` mg of REO in the shares of a deposit or a pool.
void fill_reo(int64_t mg[COMPONENT_COUNT], const int64_t share[COMPONENT_COUNT], uint64_t mask,
              int64_t reo);
// The components that a facility's circuit separates; others wash out with the residue.
uint64_t circuit_separates(const Facility *facility);
void put_survey(Industry *industry, Facility *facility, Out *out);
// How many of the days from `first` to `last` the mine works on.
int workdays(Day first, Day last, bool every_second);
bool is_workday(Day day);
void write_genesis(Industry *industry);
void source_id(char id[ID_MAX], const Facility *mine); // the licensed origin that it works
void write_registry(Industry *industry); // the first day: who and what there is, opening stock
#define CUSTOMS_OFFICE "PORT-CUSTOMS"
#define IMPORTED_REO   (12 * MG_PER_TONNE) // a week's import of concentrate at pace 1
// Whose country a partner is that lies abroad; null: it does not.
const char *country_of(const char *partner);
enum { PLAN_BATCHES = 3 };
// Scales are calibrated each year, in October: the certificate of the last time runs to the 14th.
enum { CALIBRATION_DAY = 280, CALIBRATED_UNTIL = 286 }; // of the year, from 0
void write_devices(Industry *industry, Facility *facility, Day calibrated, Day until);
void write_plans(Industry *industry, int year, int batch);
void facility_day(Industry *industry, Facility *facility);
void facility_month_end(Industry *industry, Facility *facility);
void facility_month_turns(Industry *industry, Facility *facility, Month month);
void facility_close(Industry *industry, Facility *facility, Month month);
void facility_return(Industry *industry, Facility *facility, Month month);
void write_table_headers(Industry *industry);
void write_tables(Industry *industry, const Facility *facility, Month month);
void write_quota_row(Industry *industry, const char *instrument, int year, const char *ledger,
                     const char *ore_class, const char *holder, const char *under, int64_t reo);
bool cheats_begin(Industry *industry);
void cheats_day(Industry *industry);
// Whether a lot of "old magnets" that is bought today is ore, and what is in it.
bool cheat_buys_ore(Industry *industry, const Facility *facility, int64_t mg[COMPONENT_COUNT]);
// Takes its share of a product that is not weighed yet.
void cheat_diverts(Industry *industry, const Facility *facility, Lot *product);
// Whether these magnets go abroad today under another name.
bool cheat_exports(Industry *industry, const Facility *facility, const Lot *magnets);
// Notes what biased scales leave unsaid of a lot that has come in.
void cheat_weighed(const Industry *industry, Facility *facility, const Lot *lot);
// By how much a result is too low, ppb; notes what that leaves unsaid of component `c`
// (COMPONENT_COUNT: of none). `s`: the shared uncertainty stated.
int64_t cheat_assayed(const Industry *industry, const Laboratory *laboratory, const Lot *lot, int c,
                      int64_t s);
void cheats_write(Industry *industry);
