// What cheats truly do, day by day, and the truth about it (truth.json). No event names any of it;
// an event of a cheat is one that an honest clerk could have written.
//
// unlicensed-ore: on each working day some ore goes into a circuit unrecorded. A recycler sells its
// Pr, Nd, Tb and Dy (the rest is washed away unrecorded), a separation plant all that its circuit
// separates. The hold-up hides it from each single draw: over its life a pool may give as much as
// was ever put in. So never more than part of the hold-up is fed.
// over-plan: on each working day Pr and Nd (in the south Tb and Dy, too) are taken out of the
// circuit and sold, unrecorded; the ore that they come from was recorded.
// fake-recycling: once a week a lot of "old magnets" is ore, with the Pr, Nd, Gd, Tb and Dy that
// the assay says; its other rare earths go into the circuit, and out with the residue and as
// traces. diversion: so much of a batch's product is taken before it is weighed.
// misdeclared-export: the papers say polishing powder goes abroad and magnets to a works at home;
// in truth it is the other way round. mirror.csv knows.
// biased-scale, biased-laboratory: readings are too small by a share, or by so many of the shared
// standard uncertainties that are stated of them; the truth sums up what was left unsaid of lots
// when they came in, and of all results.
#include <assert.h>
#include <string.h>

#include "simulate/cheat.h"
#include "simulate/reference.h"
#include "simulate/registry.h"

#define SOLD (BIT(Pr) | BIT(Nd) | BIT(Tb) | BIT(Dy))
enum { HOLD_UP_MOST = 75 }; // per cent of the hold-up that may be fed in all
enum { BATCH_MOST = 8 };    // per cent of a batch that may be taken: more would be noticed at once

// --- where and when ------------------------------------------------------------------------------

static bool refuse_place(Industry *industry, const SimulateCheat *cheat) {
    const CheatSpec *spec = &cheat_specs[cheat->kind];
    status_set(industry->status, STATUS_INVALID, "%s cannot be at \"%s\" in this industry",
               spec->name, cheat->facility);
    return status_hint(industry->status,
                       "it is at %s, or with -2 to -%u behind that name at this scale", spec->where,
                       industry->complex_count > 1 ? industry->complex_count : 2);
}

static bool place_find(Industry *industry, CheatWork *work) {
    const SimulateCheat *cheat = work->cheat;
    const CheatSpec *spec = &cheat_specs[cheat->kind];
    for (uint32_t n = 0; n < industry->complex_count; n++)
        for (int k = 0; k < FACILITY_KINDS; k++) {
            Facility *facility = &industry->complexes[n].facilities[k];
            if (spec->facilities >> k & 1 && !strcmp(facility->id, cheat->facility))
                work->facility = facility;
        }
    for (uint32_t i = 0; i < industry->laboratory_count && !spec->facilities; i++) {
        Laboratory *laboratory = &industry->laboratories[i];
        size_t length = strlen(laboratory->party.id);
        bool is_it = !strncmp(cheat->facility, laboratory->party.id, length) &&
                     (!cheat->facility[length] || !strcmp(cheat->facility + length, "-SITE"));
        if (is_it) work->laboratory = laboratory;
    }
    return work->facility || work->laboratory || refuse_place(industry, cheat);
}

// What goes through a circuit in a month, mg REO.
static int64_t monthly_reo(const Facility *facility) {
    const Complex *complex = facility->complex;
    if (facility->kind == NORTH_SX) return complex->north_daily_reo * 21;
    if (facility->kind == SOUTH_SX) return complex->south_daily_reo * 13;
    return complex->recycle_monthly_reo;
}

static bool ore_find(CheatWork *work) {
    const SimulateCheat *cheat = work->cheat;
    const char *row = cheat->ore;
    if (!*row && cheat->kind == CHEAT_FAKE_RECYCLING) row = "XW-CN";
    if (!*row) row = work->facility->kind == NORTH_SX ? "WS-CN" : "LN-CN";
    ReferenceDeposit deposit;
    if (!reference_deposit_find(row, &deposit)) return false;
    work->ore = deposit.row;
    memcpy(work->share_ppb, deposit.share_ppb, sizeof work->share_ppb);
    work->sum_ppb = deposit.sum_ppb;
    return true;
}

bool cheats_begin(Industry *industry) {
    for (size_t i = 0; i < industry->options->cheat_count; i++) {
        const SimulateCheat *cheat = &industry->options->cheats[i];
        CheatWork *work = &industry->cheats[i];
        work->cheat = cheat;
        if (!place_find(industry, work)) return false;
        work->from = month_first_day(cheat->from);
        work->to = month_last_day(cheat->from + (Month)cheat->months - 1);
        if (work->from > industry->end) {
            status_set(industry->status, STATUS_INVALID, "the cheat begins after the last month");
            status_hint(industry->status, "let it begin earlier, or simulate more months");
            return false;
        }
        if (cheat_specs[cheat->kind].has_ore && !ore_find(work))
            return status_set(industry->status, STATUS_INVALID, "no deposit row \"%s\"",
                              cheat->ore);
        int64_t total = cheat->size;
        if (cheat->unit == SIZE_SHARE && work->facility && work->facility->has_pool)
            total = part_of(monthly_reo(work->facility) * cheat->months, cheat->size, PPB);
        work->daily = total / workdays(work->from, work->to, false);
    }
    return true;
}

static bool is_on(const Industry *industry, const CheatWork *work) {
    return industry->today >= work->from && industry->today <= work->to;
}

static void note_day(const Industry *industry, CheatWork *work) {
    if (!work->first) work->first = industry->today;
    work->last = industry->today;
}

// --- circuits ------------------------------------------------------------------------------------

static void feed_ore(Industry *industry, CheatWork *work) {
    Facility *facility = work->facility;
    uint64_t mask = facility->kind == RECYCLE_WORKS ? SOLD : circuit_separates(facility);
    int64_t fed[COMPONENT_COUNT] = {0};
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!(mask & COMPONENT_BIT(c)) || !work->share_ppb[c] || !facility->target[c]) continue;
        int64_t reo = part_of(work->daily, work->share_ppb[c], work->sum_ppb);
        fed[c] = part_of(reo, FACTOR_ONE, factors_default.micro[c]);
        if (facility->smuggled[c] + fed[c] > facility->target[c] / 100 * HOLD_UP_MOST) return;
    }
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        facility->pool[c] += fed[c];
        facility->smuggled[c] += fed[c];
        work->mg[c] += fed[c];
        industry->sum.in_mg[c] += fed[c];
    }
    work->mass += work->daily;
    note_day(industry, work);
}

static void take_product(Industry *industry, CheatWork *work) {
    Facility *facility = work->facility;
    uint64_t mask = facility->kind == NORTH_SX ? BIT(Pr) | BIT(Nd) : SOLD;
    int64_t there = industry_reo(facility->pool, mask);
    if (there < 4 * work->daily) return; // an empty circuit would be seen
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!(mask & COMPONENT_BIT(c))) continue;
        int64_t taken = part_of(facility->pool[c], work->daily, there);
        facility->pool[c] -= taken;
        work->mg[c] += taken;
        industry->sum.out_mg[c] += taken;
    }
    work->mass += work->daily;
    note_day(industry, work);
}

static void set_bias(Industry *industry, CheatWork *work) {
    const SimulateCheat *cheat = work->cheat;
    bool sigmas = cheat->unit == SIZE_SIGMA;
    if (work->laboratory) {
        *(sigmas ? &work->laboratory->bias_sigma : &work->laboratory->bias_ppb) += cheat->size;
        work->laboratory->cheat = work;
    } else {
        work->facility->scale_bias +=
            sigmas ? part_of(industry->weigh_s, cheat->size, SIGMA_ONE) : cheat->size;
        work->facility->scale_cheat = work;
    }
}

void cheats_day(Industry *industry) {
    for (size_t i = 0; i < industry->options->cheat_count; i++) {
        CheatWork *work = &industry->cheats[i];
        if (work->facility) work->facility->scale_bias = 0;
        if (work->laboratory) work->laboratory->bias_sigma = work->laboratory->bias_ppb = 0;
    }
    for (size_t i = 0; i < industry->options->cheat_count; i++) {
        CheatWork *work = &industry->cheats[i];
        if (!is_on(industry, work)) continue;
        if (work->cheat->kind == CHEAT_BIASED_SCALE || work->cheat->kind == CHEAT_BIASED_LABORATORY)
            set_bias(industry, work);
        if (!is_workday(industry->today)) continue;
        work->owed += work->daily;
        if (work->cheat->kind == CHEAT_UNLICENSED_ORE) feed_ore(industry, work);
        if (work->cheat->kind == CHEAT_OVER_PLAN) take_product(industry, work);
    }
}

// --- goods ---------------------------------------------------------------------------------------

// The cheat of that kind that is on at the facility today, if any.
static CheatWork *cheat_at(Industry *industry, const Facility *facility, CheatKind kind) {
    for (size_t i = 0; i < industry->options->cheat_count; i++) {
        CheatWork *work = &industry->cheats[i];
        if (work->facility == facility && work->cheat->kind == (int)kind && is_on(industry, work))
            return work;
    }
    return NULL;
}

bool cheat_buys_ore(Industry *industry, const Facility *facility, int64_t mg[COMPONENT_COUNT]) {
    CheatWork *work = cheat_at(industry, facility, CHEAT_FAKE_RECYCLING);
    if (!work || work->owed < work->daily) return false;
    memset(mg, 0, COMPONENT_COUNT * sizeof *mg);
    fill_reo(mg, work->share_ppb, ALL_RARE, work->owed);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        work->mg[c] += mg[c];
    work->mass += work->owed;
    work->owed = 0;
    note_day(industry, work);
    return true;
}

void cheat_diverts(Industry *industry, const Facility *facility, Lot *product) {
    CheatWork *work = cheat_at(industry, facility, CHEAT_DIVERSION);
    if (!work) return;
    int64_t reo = industry_reo(product->mg, ALL_RARE), most = reo / 100 * BATCH_MOST;
    int64_t taken =
        work->cheat->unit == SIZE_SHARE ? part_of(reo, work->cheat->size, PPB) : work->owed;
    if (taken > most) taken = most;
    if (taken <= 0) return;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        int64_t part = part_of(product->mg[c], taken, reo);
        product->mg[c] -= part;
        work->mg[c] += part;
        industry->sum.out_mg[c] += part;
    }
    work->owed -= taken;
    work->mass += taken;
    note_day(industry, work);
}

bool cheat_exports(Industry *industry, const Facility *facility, const Lot *magnets) {
    CheatWork *work = cheat_at(industry, facility, CHEAT_MISDECLARED_EXPORT);
    if (!work || work->owed < magnets->book_net / 2) return false;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        work->mg[c] += magnets->mg[c];
    work->owed -= magnets->book_net;
    work->mass += magnets->book_net;
    note_day(industry, work);
    return true;
}

// --- measurements --------------------------------------------------------------------------------

static void note_unsaid(const Industry *industry, CheatWork *work, const Lot *lot, int c,
                        int64_t share_ppb) {
    work->mg[c] += part_of(lot->mg[c], share_ppb, PPB);
    note_day(industry, work);
}

void cheat_weighed(const Industry *industry, Facility *facility, const Lot *lot) {
    if (!facility->scale_bias) return;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        note_unsaid(industry, facility->scale_cheat, lot, c, facility->scale_bias);
    facility->scale_cheat->mass += part_of(lot->net, facility->scale_bias, PPB);
}

int64_t cheat_assayed(const Industry *industry, const Laboratory *laboratory, const Lot *lot, int c,
                      int64_t s) {
    int64_t bias = laboratory->bias_ppb + part_of(s, laboratory->bias_sigma, SIGMA_ONE);
    if (bias && c < COMPONENT_COUNT) note_unsaid(industry, laboratory->cheat, lot, c, bias);
    return bias;
}

// --- the truth -----------------------------------------------------------------------------------

static void put_truth(Out *out, const CheatWork *work) {
    char text[DAY_TEXT_MAX];
    put(out, "{\"kind\":");
    put_text(out, cheat_specs[work->cheat->kind].name);
    put(out, ",\"facility\":\"");
    put(out, work->laboratory ? work->laboratory->party.id : work->facility->id);
    put(out, work->laboratory ? "-SITE\"" : "\"");
    if (work->ore) {
        put(out, ",\"ore\":");
        put_text(out, work->ore);
        if (deposit_of_row(work->ore)) put_member(out, "deposit", deposit_of_row(work->ore));
    }
    put(out, ",\"from\":");
    put_text(out, day_print(work->first ? work->first : work->from, text));
    put(out, ",\"to\":");
    put_text(out, day_print(work->first ? work->last : work->to, text));
    if (cheat_specs[work->cheat->kind].unit == SIZE_MASS) {
        bool goods = work->cheat->kind == CHEAT_MISDECLARED_EXPORT;
        put(out, goods ? ",\"net_mg\":" : ",\"reo_mg\":");
        put_number(out, work->mass);
    }
    put(out, ",\"components\":{");
    int64_t sum = 0;
    bool first = true;
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        if (!work->mg[c]) continue;
        if (!first) put(out, ",");
        first = false;
        put_text(out, component_symbol(c));
        put(out, ":");
        put_number(out, work->mg[c]);
        sum += work->mg[c];
    }
    put(out, "},\"mass_mg\":");
    put_number(out, sum);
    put(out, "}");
}

void cheats_write(Industry *industry) {
    Out out = {.bytes = NULL};
    put(&out, "{\"cheats\":[");
    for (size_t i = 0; i < industry->options->cheat_count; i++) {
        if (i) put(&out, ",");
        put_truth(&out, &industry->cheats[i]);
    }
    put(&out, "]}\n");
    if (out.failed) industry_no_memory(industry);
    sink_append(industry, "truth.json", out.bytes, out.length);
    out_done(&out);
}
