// How a cheat is asked for: KIND:size=S,at=FACILITY,from=YYYY-MM,months=N,ore=ROW.
#include <assert.h>
#include <string.h>

#include "quantity/decimal.h"
#include "simulate/cheat.h"
#include "simulate/reference.h"

#define ANY_FACILITY ((UINT32_C(1) << FACILITY_KINDS) - 1)
#define AT(kind)     (UINT32_C(1) << (kind))

const CheatSpec cheat_specs[CHEAT_KINDS] = {
    [CHEAT_UNLICENSED_ORE] = {"unlicensed-ore", "RECYCLE-WORKS", 14 * MG_PER_TONNE, SIZE_MASS,
                              AT(RECYCLE_WORKS) | AT(NORTH_SX) | AT(SOUTH_SX), true,
                              "a circuit: RECYCLE-WORKS, NORTH-SX or SOUTH-SX"},
    [CHEAT_OVER_PLAN] = {"over-plan", "NORTH-SX", 60 * MG_PER_TONNE, SIZE_MASS,
                         AT(NORTH_SX) | AT(SOUTH_SX), false,
                         "a separation plant: NORTH-SX or SOUTH-SX"},
    [CHEAT_FAKE_RECYCLING] = {"fake-recycling", "RECYCLE-WORKS", 60 * MG_PER_TONNE, SIZE_MASS,
                              AT(RECYCLE_WORKS), true, "a recycler: RECYCLE-WORKS"},
    [CHEAT_DIVERSION] = {"diversion", "METAL-WORKS", 14 * MG_PER_TONNE, SIZE_MASS,
                         AT(METAL_WORKS) | AT(ALLOY_WORKS) | AT(MAGNET_WORKS), false,
                         "METAL-WORKS, ALLOY-WORKS or MAGNET-WORKS"},
    [CHEAT_MISDECLARED_EXPORT] = {"misdeclared-export", "PORT-STORE", 40 * MG_PER_TONNE, SIZE_MASS,
                                  AT(PORT_STORE), false, "an exporter: PORT-STORE"},
    [CHEAT_BIASED_SCALE] = {"biased-scale", "RECYCLE-WORKS", 10 * SIGMA_ONE, SIZE_SIGMA,
                            ANY_FACILITY, false, "any facility but a laboratory"},
    [CHEAT_BIASED_LABORATORY] = {"biased-laboratory", "LAB-A", 3 * SIGMA_ONE, SIZE_SIGMA, 0, false,
                                 "a laboratory: LAB-A or LAB-B"}};

static bool copy(char *out, size_t size, Text text) {
    if (text.length >= size) return false;
    memcpy(out, text.at, text.length);
    out[text.length] = 0;
    return true;
}

static bool ends_with(Text text, const char *end) {
    size_t length = strlen(end);
    return text.length > length && !memcmp(text.at + text.length - length, end, length);
}

// "14" and "14t": tonnes; "500kg"; "10%"; "3s": sigmas.
static bool size_read(Text value, SimulateCheat *cheat) {
    static const struct {
        const char *suffix;
        SimulateSize unit;
        int decimals;
        int64_t factor, most;
    } units[] = {{"kg", SIZE_MASS, 3, MG_PER_KG / 1000, 1000000000000},
                 {"t", SIZE_MASS, 3, MG_PER_TONNE / 1000, 1000000000},
                 {"%", SIZE_SHARE, 7, 1, 10 * PPB},
                 {"s", SIZE_SIGMA, 3, SIGMA_ONE / 1000, 1000000},
                 {"", SIZE_MASS, 3, MG_PER_TONNE / 1000, 1000000000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!ends_with(value, units[i].suffix)) continue;
        value.length -= strlen(units[i].suffix);
        int64_t size;
        if (!decimal_read(value, units[i].decimals, &size, NULL) || size <= 0 ||
            size > units[i].most)
            return false;
        cheat->unit = units[i].unit;
        cheat->size = size * units[i].factor;
        if (cheat_specs[cheat->kind].unit == SIZE_SIGMA)
            return cheat->unit == SIZE_SIGMA || (cheat->unit == SIZE_SHARE && size <= PPB / 2);
        return cheat->unit == SIZE_MASS ||
               (cheat->unit == SIZE_SHARE && cheat->kind != CHEAT_MISDECLARED_EXPORT);
    }
    return false;
}

static bool member_read(Text one, SimulateCheat *cheat) {
    Text name, value;
    if (!text_split(one, '=', &name, &value)) return false;
    if (text_equal(name, TEXT("size"))) return size_read(value, cheat);
    if (text_equal(name, TEXT("at")))
        return value.length && copy(cheat->facility, sizeof cheat->facility, value);
    if (text_equal(name, TEXT("from")))
        return month_read(value, &cheat->from) && cheat->from >= SIMULATE_FIRST_MONTH;
    if (text_equal(name, TEXT("months"))) {
        int64_t months = 0;
        if (!decimal_read(value, 0, &months, NULL) || months < 1 || months > SIMULATE_MONTHS_MAX)
            return false;
        cheat->months = (int)months;
        return true;
    }
    ReferenceDeposit deposit;
    return text_equal(name, TEXT("ore")) && cheat_specs[cheat->kind].has_ore &&
           copy(cheat->ore, sizeof cheat->ore, value) &&
           reference_deposit_find(cheat->ore, &deposit);
}

static bool kind_read(Text kind, SimulateCheat *cheat, Status *status) {
    for (int k = 0; k < CHEAT_KINDS; k++)
        if (text_equal(kind, text_of(cheat_specs[k].name))) {
            *cheat = (SimulateCheat){.kind = k,
                                     .unit = cheat_specs[k].unit,
                                     .size = cheat_specs[k].size,
                                     .from = SIMULATE_FIRST_MONTH + 3,
                                     .months = 6};
            return copy(cheat->facility, sizeof cheat->facility, text_of(cheat_specs[k].at));
        }
    status_set(status, STATUS_INVALID, "unknown kind of cheat \"%.*s\"", TEXT_ARG(kind));
    char list[240];
    size_t length = 0;
    for (int k = 0; k < CHEAT_KINDS; k++) {
        size_t more = strlen(cheat_specs[k].name);
        assert(length + more + 3 < sizeof list);
        if (k) list[length++] = ',';
        if (k) list[length++] = ' ';
        memcpy(list + length, cheat_specs[k].name, more);
        length += more;
    }
    return status_hint(status, "the kinds that there are: %.*s", (int)length, list);
}

bool simulate_cheat_read(Text text, SimulateCheat *cheat, Status *status) {
    Text kind = text, rest = {NULL, 0};
    text_split(text, ':', &kind, &rest);
    SimulateCheat read;
    if (!kind_read(kind, &read, status)) return false;
    while (rest.length) {
        Text one = rest;
        if (!text_split(rest, ',', &one, &rest)) rest = (Text){NULL, 0};
        if (member_read(one, &read)) continue;
        status_set(status, STATUS_INVALID, "could not read \"%.*s\" of a cheat", TEXT_ARG(one));
        bool measures = cheat_specs[read.kind].unit == SIZE_SIGMA;
        return status_hint(
            status, "write KIND[:size=%s,at=FACILITY,from=YYYY-MM,months=N%s",
            measures                                ? "N% or Ns (sigmas)"
            : read.kind == CHEAT_MISDECLARED_EXPORT ? "TONNES or Nkg"
                                                    : "TONNES, Nkg or N%",
            cheat_specs[read.kind].has_ore
                ? ",ore=ROW]; ore is a row of deposit_compositions.csv, such as LN-CN"
                : "]");
    }
    *cheat = read;
    return true;
}
