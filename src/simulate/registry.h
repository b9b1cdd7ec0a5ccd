// What build.c, registry.c, opening.c and plan.c share. Private to this folder.
#pragma once
#include "simulate/industry.h"

typedef struct PartySpec {
    const char *id, *name, *name_zh, *group;
} PartySpec;
extern const PartySpec party_specs[PARTY_KINDS];

// The deposits that the authority knows: those that are worked, and others that a foreign ore may
// be of.
typedef enum Deposit {
    DEPOSIT_BAYAN_OBO,
    DEPOSIT_XUNWU,
    DEPOSIT_LONGNAN,
    DEPOSIT_WEISHAN,
    DEPOSIT_MOUNTAIN_PASS,
    DEPOSIT_ARAXA
} Deposit;
// As the book calls the deposit of a row of deposit_compositions.csv; null: it knows none.
const char *deposit_of_row(const char *row);
// STEM, or STEM-2 and on.
void id_make(char id[ID_MAX], const char *stem, uint32_t number);
Out *office_begin(Industry *industry, const char *kind, const char *prefix);
void put_member(Out *out, const char *name, const char *value);
// Stock of a facility before its first day.
void write_opening(Industry *industry, Facility *facility);
