// The world of one simulated book (RELIABILITY R8): its disk, its clock, its clients and its
// keeper, all moved by one seed, in one thread. simulation.c tells it what was to be recorded, and
// lets it run.
#pragma once
#include "keeper/keeper.h"
#include "keeper/submit.h"
#include "log/tree.h"

// One event that somebody wants recorded, and what its sender knows of it.
typedef struct Wish {
    Text event, by; // owned
    Instant asked;  // when it is sent, at the earliest
    Instant end;    // of what happened
    bool is_done;   // answered for good
    bool is_recorded;
    unsigned in_flight, tries;
    uint64_t seq; // when recorded
    Verdict verdict;
    char *codes; // of the first answer, as JSON
} Wish;

// A refusal: it leaves no record, so its place is kept here.
typedef struct Refusal {
    uint64_t before;  // records that the book had when it was decided
    Instant recorded; // when it would have been, unless the last record is later
    uint32_t wish, order;
    char *codes;
} Refusal;

typedef struct World {
    uint64_t seed, random;
    bool is_live, in_memory;
    char folder[64], name[96];
    Wish *wishes;
    uint32_t count, capacity;
    Refusal *refusals;
    uint32_t refusal_count, refusal_capacity;
    Keeper *keeper;
    bool may_fail; // a fault is about: failures are no fault of the keeper
    bool is_closing;
    Instant wall, steady, last; // the clock; `last`: latest time recorded, as far as was heard
    TreeHead heads[256];        // checkpoints that were served
    uint32_t head_count;
    char outside[2048]; // BOOK.checkpoint as the power went
    size_t outside_length;
    // What happened, for the count.
    unsigned lives, kills, cuts, faults, memory_faults, jumps, retries, steps;
} World;

// Ends the program unless it is so; tells seed, step and what.
_Noreturn void world_broken(const World *world, const char *where, const char *format, ...)
    PRINTF_LIKE(3, 4);
#define MUST(world, condition, ...)                                                                \
    do {                                                                                           \
        if (!(condition)) world_broken(world, __func__, __VA_ARGS__);                              \
    } while (0)

uint64_t world_draw(World *world, uint64_t below); // 0 to below - 1
bool world_one_in(World *world, uint64_t many);
void world_pass(World *world, int64_t microseconds); // time goes by on both clocks

// A batch that is under way (clients.c).
enum { BATCH_MAX = 24 };
typedef enum Errand { ERRAND_SEND, ERRAND_AGAIN, ERRAND_OTHER, ERRAND_DRY } Errand;

typedef struct Sending {
    World *world;
    Errand errand;
    SubmitMode mode;
    uint64_t base;   // records in the book when its deciding began
    Instant decided; // the clock then
    uint32_t count, wish[BATCH_MAX];
    Instant recorded[BATCH_MAX];
    char *other; // bytes of an event with other content
} Sending;
// The next events without an answer, mostly in order, as many as a client sends at once.
void clients_send_next(World *world);
// Somebody who has not heard the answer, or has forgotten it, sends again; or sends `other` content
// under an id that stands.
void clients_send_again(World *world, bool other);

extern const uint8_t world_key_seed[32];

// Makes the book, then lives until every wish is answered for good: crashes, faults, clocks,
// retries.
void world_run(World *world, Text genesis);
// After world_run: all is sent again, verified, replayed into the other sort of store; every record
// is held against the invariants and printed with what was refused before it, in order.
void world_examine(World *world);
KeeperOptions world_options(World *world);
char *world_codes(const Reason *reasons, uint32_t count); // JSON, to be freed
