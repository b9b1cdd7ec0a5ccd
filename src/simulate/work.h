// What the works of the industry share: a day's work is in truth, and the event that says so.
// Private to this folder. One file a stage: mine.c, circuit.c and separation.c, recycle.c, batch.c
// and magnet.c, store.c; goods.c is what goes from one to another; work.c calls them.
#pragma once
#include "simulate/industry.h"

#define TENTH_TONNE        (MG_PER_TONNE / 10)
#define REO_TONNES(tenths) ((tenths)*TENTH_TONNE)
#define PRND               (BIT(Pr) | BIT(Nd))
#define LACE               (BIT(La) | BIT(Ce))
#define SEG                (BIT(Sm) | BIT(Eu) | BIT(Gd) | BIT(Tb) | BIT(Dy))

// --- work.c --------------------------------------------------------------------------------------
// Begins an event of the facility's own party, up to and including the facility.
Out *begin(Industry *industry, Facility *facility, const char *kind, const char *prefix,
           uint32_t phase);
LotQueue *stock(Facility *facility, Material material);
bool chance(Facility *facility, uint32_t one_in);
bool is_friday(const Industry *industry);
// The second laboratory's result for a lot, sent by `party`.
void measure_lot(Industry *industry, Facility *facility, Party *party, Lot *lot, uint32_t phase);

// --- clerk.c -------------------------------------------------------------------------------------
// Once in so many times the event that begins now is written down wrongly; slip_end() ends it in
// any case, and then sends what it should have been. Lots that it makes are named in between.
void slip_begin(Facility *facility, uint32_t one_in);
void slip_end(Industry *industry, Facility *facility);
enum { SLIP_ONE_IN = 250 };

// --- goods.c -------------------------------------------------------------------------------------
void receive_arrivals(Industry *industry, Facility *facility);
// Ships whole lots, oldest first, once there are `least` of them; at most `most` together.
void ship(Industry *industry, Facility *facility, Material material, FacilityKind kind,
          uint32_t least, uint32_t most);
// Dy and Tb oxide go to the metal works while the alloy works is short of them, else to ceramics.
void ship_heavy(Industry *industry, Facility *facility);
void ship_outside(Industry *industry, Facility *facility, Material material, const char *buyer,
                  uint32_t least, uint32_t most);
void ship_one(Industry *industry, Facility *facility, Material material, const char *buyer);
// What the other side's customs see of a material that went to `partner`, beyond what was said.
void see_abroad(Facility *facility, Material material, const char *partner, int64_t mg);
// What has gathered of a residue leaves at the month's end. Sometimes nobody enters it until the
// month is closed: discard_gone() does, when the time has come.
void discard_all(Industry *industry, Facility *facility, Material material, const char *to);
void discard_gone(Industry *industry, Facility *facility, Material material, const char *to);
// Once a year or so some kilograms are spilled.
void spill(Industry *industry, Facility *facility);

void left_for_good(Industry *industry, const Lot *lot);

// --- border.c ------------------------------------------------------------------------------------
#define ABROAD_MAGNETS "abroad DE"
#define ABROAD_POWDER  "abroad KR"
#define ABROAD_SCRAP   "abroad JP"
#define ABROAD_ORE     "abroad US"
// Up to `most` of the oldest lots, declared and, some days later, cleared.
void export_goods(Industry *industry, Facility *facility, Material material, const char *partner,
                  uint32_t most);
// What an import says beside its lines.
void put_import(Out *out, Facility *facility, const char *partner, Material material);
void import_ore(Industry *industry, Facility *facility);

// --- mine.c --------------------------------------------------------------------------------------
bool may_mine(Party *party, int64_t reo); // an honest mine stops at its quota
void mine_concentrate(Industry *industry, Facility *facility);
void leach_field(Industry *industry, Facility *facility);

// --- circuit.c -----------------------------------------------------------------------------------
typedef struct Product {
    Material material;
    uint64_t group;    // the components that it is made of, as the pool has them
    int64_t lot_reo;   // mg
    int64_t oxide_ppb; // oxides in the dry mass
    int component;     // and a trace of this one, ppb of the REO
    int64_t trace_ppb;
} Product;
// Charges the oldest lots, up to `most` together; of a single one only about half, if so wanted.
void charge(Industry *industry, Facility *facility, Material material, uint32_t most, bool half);
// REO of the group that the circuit holds above its hold-up.
int64_t surplus(const Facility *facility, uint64_t group);
void draw_product(Industry *industry, Facility *facility, const Product *product, bool draws_quota);
// What cracking, leaching and washing leave behind: a share of what was charged since the last
// time.
void draw_residue(Industry *industry, Facility *facility, Material material, int64_t lost_ppb,
                  int64_t dry_ppb);
void north_separation(Industry *industry, Facility *facility);
void south_separation(Industry *industry, Facility *facility);

// --- recycle.c -----------------------------------------------------------------------------------
typedef enum ScrapKind { SCRAP_SWARF, SCRAP_MOTORS, SCRAP_ABROAD, SCRAP_KINDS } ScrapKind;
// Scrap of somebody outside the book.
void buy_scrap(Industry *industry, Facility *facility, ScrapKind kind);
void recycle(Industry *industry, Facility *facility);

// --- batch.c -------------------------------------------------------------------------------------
// Takes `book_mg` of the oldest lot (all of it when negative or not less) into the batch, and says
// so.
void batch_input(Facility *facility, Out *out, Material material, int64_t book_mg, Lot *batch,
                 bool *first);
void share_out(Lot *batch, int64_t ppb, Lot *part);
// What a batch became: a lot of the material, all of its components in it, at so many parts of the
// mass in 1e9, weighed and described.
Lot *put_product(Industry *industry, Facility *facility, Out *out, Lot *product, Material material,
                 int64_t components_ppb, Saying saying);
// Splits the oldest lot into so many equal parts when it is heavier than `above`; false: it is not.
bool split_lot(Industry *industry, Facility *facility, Material material, int64_t above,
               uint32_t parts);
void merge_all(Industry *industry, Facility *facility, Material material, uint32_t least,
               uint32_t most);

// --- magnet.c, store.c ---------------------------------------------------------------------------
void metal_works(Industry *industry, Facility *facility);
void alloy_works(Industry *industry, Facility *facility);
void magnet_works(Industry *industry, Facility *facility);
void trade_store(Industry *industry, Facility *facility);
void ceramic_works(Industry *industry, Facility *facility);
void port_store(Industry *industry, Facility *facility);
