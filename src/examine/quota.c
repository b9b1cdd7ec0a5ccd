// What companies drew against what they were allotted.
//
// Mining counts what was extracted. Separation counts the primary feed that was charged: what came
// from a facility that extracts, or from nobody who files and is made by none (imported ore); not
// what comes back from other works, which was counted before (Interim Measures for the total
// control of rare-earth mining, smelting and separation, MIIT, NDRC and MNR, 2025).
#include "examine/compare.h"

#include <math.h>

#include "examine/uncertainty.h"
#include "numeric/distribution.h"
#include "quantity/factor.h"

typedef enum Ledger { MINING, SEPARATION, LEDGERS, NO_LEDGER } Ledger;
static const char *const ledger_names[] = {"mining", "smelting and separation"};

typedef struct Draw {
    Text company;
    double drawn[LEDGERS], allotted[LEDGERS]; // kg REO
    bool unsure[LEDGERS];                     // an allotment, or what it drew, could not be read
    double from_nobody;                       // charged, of what nobody who files makes
} Draw;

static Ledger ledger_of(Text name) {
    static const char *const begins[] = {"sep",  "Sep", "smelt", "Smelt", "冶炼",
                                         "分离", "min", "Min",   "开采",  "矿产"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (text_begins(name, text_of(begins[i]))) return i < 6 ? SEPARATION : MINING;
    return NO_LEDGER;
}

// kg of REO in each kg of net mass; below zero: not said.
static double reo_of(const ReturnRow *row) {
    if (row->treo > 0.0) return row->treo * (1.0 - row->moisture);
    double sum = 0.0;
    if (!row->has_content) return -1.0;
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        sum += row->content[c] * (double)factors_default.micro[c] / FACTOR_ONE;
    return sum;
}

typedef struct Feed { // of one facility and material
    bool from_mine, by_nobody;
} Feed;

// Which of what a facility uses is primary.
static void look_at_feeds(const Returns *r, Feed *feed, bool *extracts, bool *made) {
    for (size_t i = 0; i < r->rows; i++)
        if (r->row[i].kg[TERM_EXTRACTED] > 0.0) extracts[r->row[i].facility] = true;
    for (size_t i = 0; i < r->rows; i++)
        made[r->row[i].material] |= r->row[i].kg[TERM_MADE] > 0.0;
    for (size_t i = 0; i < r->partners; i++) {
        const PartnerRow *p = &r->partner[i];
        if (p->received > 0.0 && p->partner_facility != UINT32_MAX && extracts[p->partner_facility])
            feed[p->facility * r->materials + p->material].from_mine = true;
    }
    for (size_t f = 0; f < r->facilities; f++)
        for (size_t m = 0; m < r->materials; m++)
            feed[f * r->materials + m].by_nobody = !made[m];
}

static Draw *draw_of(Draw *draws, size_t *count, Text company) {
    for (size_t i = 0; i < *count; i++)
        if (text_equal(draws[i].company, company)) return &draws[i];
    draws[*count] = (Draw){.company = company};
    return &draws[(*count)++];
}

// What every company drew. A facility whose company is not said is its own.
static size_t draw_all(const Returns *r, const Feed *feed, const bool *extracts, Draw *draws) {
    size_t count = 0;
    for (size_t i = 0; i < r->rows; i++) {
        const ReturnRow *row = &r->row[i];
        const Feed *in = &feed[row->facility * r->materials + row->material];
        Text company = r->company[row->facility];
        Draw *draw = draw_of(draws, &count, company.length ? company : r->facility[row->facility]);
        double reo = reo_of(row);
        if (reo <= 0.0) continue;
        draw->drawn[MINING] += reo * row->kg[TERM_EXTRACTED];
        if (extracts[row->facility]) continue;
        if (in->from_mine)
            draw->drawn[SEPARATION] += reo * row->kg[TERM_USED];
        else if (in->by_nobody)
            draw->from_nobody += reo * row->kg[TERM_USED];
    }
    return count;
}

static bool tell(const Returns *r, const Draw *draw, Ledger ledger, Arena *arena, ExamineFinding *f,
                 Status *status) {
    double drawn = draw->drawn[ledger], allotted = draw->allotted[ledger];
    // Scrap is nobody's product either: only who holds a quota is known to charge imported ore.
    if (ledger == SEPARATION && allotted > 0.0) drawn += draw->from_nobody;
    double over = drawn - allotted, sigma = QUOTA * drawn + 1.0;
    *f = (ExamineFinding){.kind = EXAMINE_QUOTA,
                          .facility = UINT32_MAX,
                          .where = draw->company,
                          .other = text_of(ledger_names[ledger]),
                          .from = r->first,
                          .to = r->last,
                          .distance = fmax(0.0, over) / sigma,
                          .mass_kg = fmax(0.0, over),
                          .low_kg = fmax(0.0, over - INTERVAL * sigma),
                          .high_kg = fmax(0.0, over) + INTERVAL * sigma};
    f->log_p = over > 0.0 ? normal_upper_log(over / sigma) : 0.0;
    char *says = arena_format(
        arena, "%.*s %s %.5g t of REO by its own returns, and the quota for %s gives it %.5g t",
        TEXT_ARG(draw->company), ledger == MINING ? "extracted" : "charged", drawn / 1000,
        ledger_names[ledger], allotted / 1000);
    if (!says) return status_no_memory(status);
    f->says = text_of(says);
    f->inspect = TEXT("whether a later batch, or a licence, is missing in the quota table; else "
                      "stop the works and weigh what stands there");
    return true;
}

bool compare_quota(const Returns *r, Arena *arena, ExamineFinding *list, size_t *count, size_t room,
                   size_t *tested, Status *status) {
    Feed *feed = arena_take_zero(arena, r->facilities * r->materials + 1, sizeof *feed);
    bool *extracts = arena_take_zero(arena, r->facilities + 1, sizeof *extracts);
    bool *made = arena_take_zero(arena, r->materials + 1, sizeof *made);
    Draw *draws = arena_take_zero(arena, r->facilities + 1, sizeof *draws);
    bool has[LEDGERS] = {false};
    if (!feed || !extracts || !made || !draws) return status_no_memory(status);
    look_at_feeds(r, feed, extracts, made);
    size_t companies = draw_all(r, feed, extracts, draws);
    for (size_t i = 0; i < r->quota_rows; i++) {
        Ledger ledger = ledger_of(r->quota[i].ledger);
        if (ledger == NO_LEDGER) continue;
        has[ledger] = true;
        for (size_t k = 0; k < companies; k++)
            if (text_equal(draws[k].company, r->quota[i].holder)) {
                draws[k].allotted[ledger] += r->quota[i].reo;
                draws[k].unsure[ledger] |= r->quota[i].faulty;
            }
    }
    for (size_t k = 0; k < companies; k++)
        for (int ledger = 0; ledger < LEDGERS; ledger++) {
            bool none = draws[k].drawn[ledger] <= 0.0 && draws[k].allotted[ledger] <= 0.0;
            if (none || !has[ledger] || draws[k].unsure[ledger]) continue;
            ++*tested;
            if (*count == room) continue;
            if (!tell(r, &draws[k], (Ledger)ledger, arena, &list[(*count)++], status)) return false;
        }
    return true;
}
