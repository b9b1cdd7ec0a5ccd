#include "simulate/reference.h"

#include <assert.h>
#include <string.h>

#include "quantity/decimal.h"
#include "simulate_reference.h"

#define ROWS_OF(table) (sizeof(table) / sizeof((table)[0]))

// Per cent to ppb; an empty field is 0. "1-2" is the middle.
static int64_t ppb_of(const char *text) {
    if (!*text) return 0;
    const char *dash = strchr(text, '-');
    int64_t low = 0, high = 0;
    Text first = {text, dash ? (size_t)(dash - text) : strlen(text)};
    bool read = decimal_read(first, 7, &low, NULL);
    assert(read);
    if (!dash) return low;
    read = decimal_read(text_of(dash + 1), 7, &high, NULL);
    assert(read);
    return (low + high) / 2;
}

static int64_t typical(const char *low, const char *middle, const char *high) {
    if (*middle) return ppb_of(middle);
    if (*low && *high) return (ppb_of(low) + ppb_of(high)) / 2;
    return *low ? ppb_of(low) : ppb_of(high);
}

bool reference_deposit_find(const char *row, ReferenceDeposit *deposit) {
    static const uint8_t order[16] = {COMPONENT_La, COMPONENT_Ce, COMPONENT_Pr, COMPONENT_Nd,
                                      COMPONENT_Sm, COMPONENT_Eu, COMPONENT_Gd, COMPONENT_Tb,
                                      COMPONENT_Dy, COMPONENT_Ho, COMPONENT_Er, COMPONENT_Tm,
                                      COMPONENT_Yb, COMPONENT_Lu, COMPONENT_Y,  COMPONENT_Sc};
    for (size_t i = 0; i < ROWS_OF(reference_deposits); i++) {
        const char *const *field = reference_deposits[i];
        if (strcmp(field[0], row)) continue;
        memset(deposit, 0, sizeof *deposit);
        deposit->row = field[0];
        deposit->name = field[1];
        deposit->country = field[2];
        for (int c = 0; c < 16; c++) {
            deposit->share_ppb[order[c]] = ppb_of(field[4 + c]);
            deposit->sum_ppb += deposit->share_ppb[order[c]];
        }
        return deposit->sum_ppb > 0;
    }
    return false;
}

int64_t reference_yield(const char *feed, const char *metric) {
    for (size_t i = 0; i < ROWS_OF(reference_yields); i++) {
        const char *const *field = reference_yields[i];
        if (!strcmp(field[1], feed) && !strcmp(field[3], metric))
            return typical(field[4], field[5], field[6]);
    }
    assert(false && "a yield of process_yields.csv");
    return 0;
}

int64_t reference_material(const char *material, const char *component) {
    for (size_t i = 0; i < ROWS_OF(reference_materials); i++) {
        const char *const *field = reference_materials[i];
        if (!strcmp(field[0], material) && !strcmp(field[1], component))
            return typical(field[2], field[3], field[4]);
    }
    assert(false && "a row of materials.csv");
    return 0;
}

static const char *const *uncertainty(const char *quantity, const char *method) {
    for (size_t i = 0; i < ROWS_OF(reference_uncertainties); i++)
        if (!strcmp(reference_uncertainties[i][0], quantity) &&
            !strcmp(reference_uncertainties[i][1], method))
            return reference_uncertainties[i];
    assert(false && "a row of measurement_uncertainty.csv");
    return NULL;
}

int64_t reference_random(const char *quantity, const char *method) {
    return ppb_of(uncertainty(quantity, method)[3]);
}

int64_t reference_shared(const char *quantity, const char *method) {
    return ppb_of(uncertainty(quantity, method)[4]);
}

int64_t reference_quota(const char *year, const char *batch, const char *activity,
                        const char *ore_type, const char *holder) {
    for (size_t i = 0; i < ROWS_OF(reference_quotas); i++) {
        const char *const *field = reference_quotas[i];
        int64_t tonnes = 0;
        if (!strcmp(field[0], year) && !strcmp(field[1], batch) && !strcmp(field[2], activity) &&
            !strcmp(field[3], ore_type) && !strcmp(field[4], holder) &&
            decimal_read(text_of(field[5]), 0, &tonnes, NULL))
            return tonnes;
    }
    assert(false && "a row of quotas_cn.csv");
    return 0;
}
