// The kinds of cheating, and the truth about them.
// unlicensed-ore: on each working day of the window some ore goes into a recycler's circuit
// unrecorded. Its Pr, Nd, Tb and Dy leave as the circuit's own products; the rest is washed away
// unrecorded. The circuit's hold-up hides it from each single draw: over its life a pool may give
// as much as was ever put in. So never more than part of the hold-up is fed.
#include <assert.h>
#include <string.h>

#include "quantity/decimal.h"
#include "simulate/industry.h"
#include "simulate/reference.h"

#define SOLD (BIT(Pr) | BIT(Nd) | BIT(Tb) | BIT(Dy))
enum { HOLD_UP_MOST = 75 }; // per cent of the hold-up that may be fed in all

static bool copy(char *out, size_t size, Text text) {
    if (text.length >= size) return false;
    memcpy(out, text.at, text.length);
    out[text.length] = 0;
    return true;
}

bool simulate_cheat_read(Text text, SimulateCheat *cheat, Status *status) {
    static const char form[] = "KIND[:size=TONNES or N%,at=FACILITY,from=YYYY-MM,months=N,ore=ROW]";
    SimulateCheat read = {.size = 14 * MG_PER_TONNE, .from = SIMULATE_FIRST_MONTH + 3, .months = 6};
    memcpy(read.facility, "RECYCLE-WORKS", sizeof "RECYCLE-WORKS");
    memcpy(read.ore, "LN-CN", sizeof "LN-CN");
    Text kind = text, rest = {NULL, 0};
    text_split(text, ':', &kind, &rest);
    if (!text_equal(kind, TEXT("unlicensed-ore"))) {
        status_set(status, STATUS_INVALID, "unknown kind of cheat \"%.*s\"", TEXT_ARG(kind));
        return status_hint(status, "the kind that there is: unlicensed-ore");
    }
    bool copied = copy(read.kind, sizeof read.kind, kind);
    assert(copied);
    while (rest.length) {
        Text one = rest, name, value;
        if (!text_split(rest, ',', &one, &rest)) rest = (Text){NULL, 0};
        bool good = text_split(one, '=', &name, &value);
        if (good && text_equal(name, TEXT("size"))) {
            read.is_share = value.length && value.at[value.length - 1] == '%';
            if (read.is_share) value.length--;
            good = decimal_read(value, read.is_share ? 7 : 3, &read.size, NULL) && read.size > 0;
            if (good && !read.is_share) good = read.size <= 1000000000;
            if (good && !read.is_share) read.size *= MG_PER_TONNE / 1000;
            if (good && read.is_share) good = read.size <= 10 * PPB;
        } else if (good && text_equal(name, TEXT("at"))) {
            good = value.length && copy(read.facility, sizeof read.facility, value);
        } else if (good && text_equal(name, TEXT("from"))) {
            good = month_read(value, &read.from) && read.from >= SIMULATE_FIRST_MONTH;
        } else if (good && text_equal(name, TEXT("months"))) {
            int64_t months = 0;
            good = decimal_read(value, 0, &months, NULL) && months >= 1 &&
                   months <= SIMULATE_MONTHS_MAX;
            read.months = (int)months;
        } else if (good && text_equal(name, TEXT("ore"))) {
            ReferenceDeposit deposit;
            good = copy(read.ore, sizeof read.ore, value) &&
                   reference_deposit_find(read.ore, &deposit);
        } else {
            good = false;
        }
        if (!good) {
            status_set(status, STATUS_INVALID, "could not read \"%.*s\" of a cheat", TEXT_ARG(one));
            return status_hint(
                status, "write %s; ore is a row of deposit_compositions.csv, such as LN-CN", form);
        }
    }
    *cheat = read;
    return true;
}

bool cheats_begin(Industry *industry) {
    for (size_t i = 0; i < industry->options->cheat_count; i++) {
        const SimulateCheat *cheat = &industry->options->cheats[i];
        CheatWork *work = &industry->cheats[i];
        work->cheat = cheat;
        for (uint32_t n = 0; n < industry->complex_count; n++) {
            Facility *facility = &industry->complexes[n].facilities[RECYCLE_WORKS];
            if (!strcmp(facility->id, cheat->facility)) work->facility = facility;
        }
        if (!work->facility) {
            status_set(industry->status, STATUS_INVALID, "no recycler \"%s\" in this industry",
                       cheat->facility);
            status_hint(industry->status,
                        "unlicensed-ore goes into a recycler's circuit: RECYCLE-WORKS, or "
                        "RECYCLE-WORKS-2 to RECYCLE-WORKS-5 at --scale 1");
            return false;
        }
        work->from = month_first_day(cheat->from);
        work->to = month_last_day(cheat->from + (Month)cheat->months - 1);
        if (work->from > industry->end) {
            status_set(industry->status, STATUS_INVALID, "the cheat begins after the last month");
            status_hint(industry->status, "let it begin earlier, or simulate more months");
            return false;
        }
        ReferenceDeposit deposit;
        if (!reference_deposit_find(cheat->ore, &deposit))
            return status_set(industry->status, STATUS_INVALID, "no deposit row \"%s\"",
                              cheat->ore);
        memcpy(work->share_ppb, deposit.share_ppb, sizeof work->share_ppb);
        work->sum_ppb = deposit.sum_ppb;
        int64_t total = cheat->is_share
                            ? part_of(work->facility->complex->recycle_monthly_reo * cheat->months,
                                      cheat->size, PPB)
                            : cheat->size;
        int days = workdays(work->from, work->to, false);
        work->daily_reo = total / days;
    }
    return true;
}

void cheats_day(Industry *industry) {
    for (size_t i = 0; i < industry->options->cheat_count; i++) {
        CheatWork *work = &industry->cheats[i];
        Facility *facility = work->facility;
        if (industry->today < work->from || industry->today > work->to ||
            !is_workday(industry->today))
            continue;
        int64_t fed[COMPONENT_COUNT] = {0};
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            if (!(SOLD & COMPONENT_BIT(c)) || !work->share_ppb[c]) continue;
            int64_t reo = part_of(work->daily_reo, work->share_ppb[c], work->sum_ppb);
            fed[c] = part_of(reo, FACTOR_ONE, factors_default.micro[c]);
        }
        bool hidden = true;
        for (int c = 0; c < COMPONENT_COUNT; c++)
            if (fed[c] && facility->smuggled[c] + fed[c] > facility->target[c] / 100 * HOLD_UP_MOST)
                hidden = false;
        if (!hidden) continue;
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            facility->pool[c] += fed[c];
            facility->smuggled[c] += fed[c];
            work->mg[c] += fed[c];
            industry->sum.in_mg[c] += fed[c];
        }
        work->reo += work->daily_reo;
        if (!work->first) work->first = industry->today;
        work->last = industry->today;
    }
}

void cheats_write(Industry *industry) {
    Out out = {.bytes = NULL};
    put(&out, "{\"cheats\":[");
    for (size_t i = 0; i < industry->options->cheat_count; i++) {
        const CheatWork *work = &industry->cheats[i];
        char text[DAY_TEXT_MAX];
        put(&out, i ? ",{\"kind\":" : "{\"kind\":");
        put_text(&out, work->cheat->kind);
        put(&out, ",\"facility\":");
        put_text(&out, work->facility->id);
        put(&out, ",\"ore\":");
        put_text(&out, work->cheat->ore);
        put(&out, ",\"from\":");
        put_text(&out, day_print(work->first ? work->first : work->from, text));
        put(&out, ",\"to\":");
        put_text(&out, day_print(work->first ? work->last : work->to, text));
        put(&out, ",\"reo_mg\":");
        put_number(&out, work->reo);
        put(&out, ",\"components\":{");
        int64_t sum = 0;
        bool first = true;
        for (int c = 0; c < COMPONENT_COUNT; c++) {
            if (!work->mg[c]) continue;
            if (!first) put(&out, ",");
            first = false;
            put_text(&out, component_symbol(c));
            put(&out, ":");
            put_number(&out, work->mg[c]);
            sum += work->mg[c];
        }
        put(&out, "},\"mass_mg\":");
        put_number(&out, sum);
        put(&out, "}");
    }
    put(&out, "]}\n");
    if (out.failed) industry_no_memory(industry);
    sink_append(industry, "truth.json", out.bytes, out.length);
    out_done(&out);
}
