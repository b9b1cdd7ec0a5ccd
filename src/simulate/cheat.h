// The kinds of cheating, as cheat.c reads them and cheat_work.c does them. Private to this folder.
#pragma once
#include "simulate/industry.h"

typedef enum CheatKind {
    CHEAT_UNLICENSED_ORE,     // ore goes into a circuit unrecorded, and leaves as its products
    CHEAT_OVER_PLAN,          // what a circuit makes beyond the plan is sold off-book
    CHEAT_FAKE_RECYCLING,     // ore is bought as old magnets
    CHEAT_DIVERSION,          // part of each batch's product goes off-book before it is weighed
    CHEAT_MISDECLARED_EXPORT, // magnets go abroad as polishing powder
    CHEAT_BIASED_SCALE,       // all scales of a facility read too little
    CHEAT_BIASED_LABORATORY,  // all results of a laboratory are too low
    CHEAT_KINDS
} CheatKind;

#define SIGMA_ONE INT64_C(1000000) // a size of one shared standard uncertainty

typedef struct CheatSpec {
    const char *name, *at; // where, when nothing is said
    int64_t size;          // and how much
    SimulateSize unit;
    uint32_t facilities; // bits of FacilityKind
    bool has_ore;
    const char *where; // for a message
} CheatSpec;
extern const CheatSpec cheat_specs[CHEAT_KINDS];
