// A recycler that takes in unlicensed ore: which ore shows, at which share of what it takes in.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trial/trial.h"

static const double SHARES[] = {0.01, 0.02, 0.05, 0.10};
static const size_t MONTHS[] = {1, 3, 12};
#define LEVEL 0.01
enum { SHARE_COUNT = 4, MONTHS_COUNT = 3 };

static bool is_magnet(Text name) {
    return text_equal(name, TEXT("Pr")) || text_equal(name, TEXT("Nd")) ||
           text_equal(name, TEXT("Tb")) || text_equal(name, TEXT("Dy"));
}

// kg of rare earths that came in, a month.
static double intake(const TrialPlace *p) {
    double sum = 0.0;
    const FacilityBalance *b = p->place.balance;
    for (size_t c = 0; c < b->components; c++) {
        if (!b->component[c].present || p->place.component[c] >= RARE_EARTH_COUNT) continue;
        for (size_t t = 0; t < b->periods; t++)
            sum += b->component[c].period[t].flow[BALANCE_RECEIVED];
    }
    return sum / (double)(b->periods ? b->periods : 1);
}

// Distance of ore that is `part` of the intake over the last `months`, of its elements that are in
// the recycler's balance, or of Pr, Nd, Tb and Dy alone.
static bool distance(const TrialPlace *p, const FindingOre *ore, bool magnet, double kg,
                     size_t months, Arena *arena, double *d, Status *status) {
    const JointBalance *j = &p->suspected.joint;
    double all = 0.0, sum = 0.0;
    double *v = arena_take_zero(arena, j->cells + 1, sizeof *v);
    if (!v) return status_no_memory(status);
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        all += ore->share[c];
    // The end of a year, as most of what is found then is.
    for (size_t t = j->periods - months; t < j->periods; t++)
        for (size_t c = 0; c < p->place.balance->components; c++) {
            if (!p->place.balance->component[c].present) continue;
            if (magnet && !is_magnet(p->place.names[c])) continue;
            v[t * j->components + c] = kg * ore->share[p->place.component[c]] / all;
        }
    for (size_t i = 0; i < j->cells; i++) {
        const double *row = j->factor + i * j->cells;
        double at = v[i];
        for (size_t t = 0; t < i; t++)
            at -= row[t] * v[t];
        v[i] = row[i] > 0.0 ? at / row[i] : 0.0;
        sum += v[i] * v[i];
    }
    *d = sqrt(sum);
    return true;
}

// Chance that the scan finds it, all patterns and months looked through: at a given distance, by
// the facility's own scan with its limit simulated.
typedef struct ScanPower {
    double limit;
    double at[9]; // distance 0 to 8
} ScanPower;

static bool scan_power(const TrialPlace *p, const TrialOptions *options, Arena *arena,
                       ScanPower *power, Status *status) {
    enum { NULLS = 2000 };
    size_t losses = 50 * options->industries;
    if (losses > 2000) losses = 2000;
    Draw draw = draw_seeded(options->seed * 1000 + 19);
    double *white = arena_take_zero(arena, p->cells + 1, sizeof *white),
           *z = arena_take_zero(arena, NULLS, sizeof *z);
    double *scores;
    if (!white || !z) return status_no_memory(status);
    if (!trial_scores_new(p, arena, &scores, status)) return false;
    for (size_t n = 0; n < NULLS; n++) {
        trial_white_draw(p, &draw, white);
        trial_scores(p, white, scores);
        z[n] = trial_best(p, scores, p->periods - 1).z;
    }
    // The limit: the 1 % largest, found by selection.
    size_t keep = (size_t)(LEVEL * NULLS);
    for (size_t i = 0; i <= keep; i++)
        for (size_t n = i + 1; n < NULLS; n++)
            if (z[n] > z[i]) {
                double t = z[i];
                z[i] = z[n];
                z[n] = t;
            }
    power->limit = z[keep];
    size_t ore = 0;
    while (ore + 1 < p->patterns && !p->suspected.patterns[ore].surplus_only)
        ore++;
    size_t ores = p->patterns - ore;
    for (int d = 0; d <= 8; d++) {
        size_t found = 0;
        for (size_t n = 0; n < losses; n++) {
            TrialLoss loss = {ore + trial_below(&draw, ores), p->periods - 3, p->periods - 1,
                              JOINT_SURPLUS};
            trial_white_draw(p, &draw, white);
            trial_white_add(p, &loss, d, white);
            trial_scores(p, white, scores);
            found += trial_best(p, scores, p->periods - 1).z > power->limit;
        }
        power->at[d] = (double)found / (double)losses;
    }
    return true;
}

static double read_power(const ScanPower *power, double d) {
    if (d >= 8.0) return power->at[8];
    size_t below = (size_t)d;
    double part = d - (double)below;
    return power->at[below] * (1.0 - part) + power->at[below + 1] * part;
}

bool trial_recycler(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                    Status *status) {
    const TrialPlace *p = trial_bed_find(bed, "RECYCLE-WORKS");
    if (!p || p->periods < 12)
        return status_set(status, STATUS_INVALID,
                          "the simulated recycler has no balance of a year");
    Arena arena;
    arena_init(&arena, (size_t)1 << 30);
    ScanPower power;
    options->progress("recycler", 0, 1);
    bool well = scan_power(p, options, &arena, &power, status);
    double month = intake(p);
    char *note = arena_format(report->arena,
                              "A recycler that takes in %.0f t of rare earths a year. Ore is a "
                              "share of the intake of its months. Cells: chance of being found at "
                              "1 %% by the best test that knows ore and months / by the scan. "
                              "\"All\": %zu elements are in the recycler's balance; \"magnet\": "
                              "the papers hide all but Pr, Nd, Tb, Dy.",
                              month * 12 / 1000, p->place.balance->components);
    report_table(report, "A recycler and unlicensed ore (figures drawn)",
                 "ore|seen|1 % in 1 month|in 3|in 12|2 % in 1|in 3|in 12|5 % in 1|in 3|in 12|10 % "
                 "in 1|in 3|in 12",
                 note ? note : "");
    double least_all = 1.0, heavy = 1.0;
    const char *least_ore = "-";
    for (size_t o = 0; well && o < bed->ore_count; o++)
        for (int magnet = 0; well && magnet < 2; magnet++) {
            char row[900];
            size_t used = (size_t)snprintf(row, sizeof row, "%.*s|%s", TEXT_ARG(bed->ores[o].name),
                                           magnet ? "magnet" : "all");
            for (size_t s = 0; well && s < SHARE_COUNT; s++)
                for (size_t m = 0; well && m < MONTHS_COUNT; m++) {
                    double d = 0.0;
                    well = distance(p, &bed->ores[o], magnet != 0, month * SHARES[s], MONTHS[m],
                                    &arena, &d, status);
                    double best = joint_power(d, LEVEL), ours = read_power(&power, d);
                    used +=
                        (size_t)snprintf(row + used, sizeof row - used, "|%.2f / %.2f", best, ours);
                    bool asked = (s == 3 && m == 0) || (s == 1 && m == 1);
                    if (!magnet && asked && ours < least_all) {
                        least_all = ours;
                        least_ore =
                            arena_format(report->arena, "%.*s", TEXT_ARG(bed->ores[o].name));
                    }
                    if (magnet && s == 3 && m == 1 &&
                        text_equal(bed->ores[o].name, TEXT("LONGNAN")))
                        heavy = ours;
                }
            if (well) report_row(report, "%s", row);
        }
    if (well) {
        report_bar(
            report, "N9",
            "five elements in the balance: 10 % of the intake in one month, 2 % in three, the "
            "least of all ores",
            ">= 0.95 where all fifteen are", least_all >= 0.95 ? BAR_REACHED : BAR_MISSED,
            "%.2f (%s)", least_all, least_ore ? least_ore : "");
        report_bar(report, "N9", "only Pr, Nd, Tb, Dy visible: heavy clay, 10 % in three months",
                   ">= 0.95", heavy >= 0.95 ? BAR_REACHED : BAR_MISSED, "%.2f", heavy);
    }
    arena_done(&arena);
    return well;
}
