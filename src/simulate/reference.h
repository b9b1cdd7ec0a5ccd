// The figures of data/reference that the simulated industry is made from, carried in the program
// (tools/csv_table.c makes C tables of them). A row that is asked for and not there is our mistake.
#pragma once
#include "quantity/component.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct ReferenceDeposit {
    const char *row, *name, *country;
    int64_t share_ppb[COMPONENT_COUNT]; // oxide shares of TREO as published; 0: not reported
    int64_t sum_ppb;
} ReferenceDeposit;

// A row of deposit_compositions.csv, such as "LN-CN"; false when there is none of this name.
bool reference_deposit_find(const char *row, ReferenceDeposit *deposit);
// process_yields.csv: the typical value, else the middle between low and high. In ppb.
int64_t reference_yield(const char *feed, const char *metric);
// materials.csv, the same. In ppb of what the row says.
int64_t reference_material(const char *material, const char *component);
// measurement_uncertainty.csv: relative, ppb; of a range, the middle.
int64_t reference_random(const char *quantity, const char *method);
int64_t reference_shared(const char *quantity, const char *method);
// quotas_cn.csv: t REO.
int64_t reference_quota(const char *year, const char *batch, const char *activity,
                        const char *ore_type, const char *holder);
