// Concentrate said to be of one deposit and truly of another: does one assay show it?
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "examine/ores.h"
#include "origin/judge.h"
#include "trial/trial.h"

// Scatter of a source's lots about its registered composition, and of an assay: relative standard
// deviations of what makes up 5 % at least, and of the rest.
static const double SCATTER[][2] = {{0.03, 0.06}, {0.05, 0.15}, {0.10, 0.30}};
static const double ASSAY[2] = {0.01, 0.025};
enum { SCATTERS = 3, ORES_MAX = 64, NAMED = 4 };
#define MAJOR 0.05
#define LEAST 0.001 // of the rare earths: what an assay of concentrate reports
#define LEVEL 0.01

typedef struct Known {
    const Ore *ore[ORES_MAX];
    size_t count;
} Known;

// One row a deposit: the first of its name in the table that names ten elements at least.
static Known known_deposits(void) {
    Known known = {.count = 0};
    size_t count;
    const Ore *all = ores(&count);
    for (size_t i = 0; i < count && known.count < ORES_MAX; i++) {
        size_t named = 0, seen = 0;
        for (int c = 0; c < RARE_EARTH_COUNT; c++)
            named += all[i].share[c] >= LEAST;
        for (size_t k = 0; k < known.count; k++)
            seen += strcmp(known.ore[k]->deposit, all[i].deposit) == 0;
        if (named >= 8 && !seen) known.ore[known.count++] = &all[i];
    }
    return known;
}

static double sd_of(double share, const double sd[2]) {
    return share >= MAJOR ? sd[0] : sd[1];
}

// How often lots that are truly of `truth` fail the test of being of `claim`.
static bool power_of(const Ore *claim, const Ore *truth, const double scatter[2], bool cerium,
                     size_t runs, Draw *draw, Arena *arena, double *power, Status *status) {
    enum { PARTS = RARE_EARTH_COUNT };
    double expected[PARTS], expected_sd[PARTS], y[PARTS], sd[PARTS], limit[PARTS] = {0};
    PartState state[PARTS];
    size_t found = 0, used = 0;
    for (int c = 0; c < PARTS; c++) {
        // What either has too little of to be reported is not compared; cerium on request.
        bool both = claim->share[c] >= LEAST && truth->share[c] >= LEAST;
        bool in = both && (cerium || c != COMPONENT_Ce);
        expected[c] = in ? claim->share[c] : 0.0;
        expected_sd[c] = sd_of(claim->share[c], scatter);
        state[c] = in ? PART_MEASURED : PART_UNKNOWN;
        sd[c] = sd_of(truth->share[c], ASSAY);
        used += in;
    }
    *power = NAN;
    if (used < 4) return true;
    for (size_t n = 0; n < runs; n++) {
        double noise[2 * PARTS];
        ExpectedTest test;
        draw_normals(draw, noise, 2 * PARTS);
        for (int c = 0; c < PARTS; c++)
            y[c] = truth->share[c] *
                   exp(sd_of(truth->share[c], scatter) * noise[c] + sd[c] * noise[PARTS + c]);
        ExpectedInput input = {.parts = PARTS,
                               .expected = expected,
                               .expected_sd = expected_sd,
                               .y = y,
                               .sd = sd,
                               .limit = limit,
                               .state = state};
        arena_reset(arena);
        if (!expected_test(&input, arena, &test, status)) return false;
        found += test.df > 0 && test.log_p <= log(LEVEL);
    }
    *power = (double)found / (double)runs;
    return true;
}

typedef struct Count {
    size_t pairs, told, untold;
    double honest_sum, worst;
    size_t honest;
    char names[600];
    size_t used;
} Count;

static bool try_pairs(const Known *known, const double scatter[2], bool cerium, size_t runs,
                      Draw *draw, Count *count, Status *status) {
    Arena arena;
    arena_init(&arena, (size_t)16 << 20);
    bool well = true;
    *count = (Count){.worst = 1.0};
    for (size_t a = 0; well && a < known->count; a++)
        for (size_t b = 0; well && b <= a; b++) {
            double one = NAN, other = NAN;
            well = power_of(known->ore[a], known->ore[b], scatter, cerium, runs, draw, &arena, &one,
                            status) &&
                   power_of(known->ore[b], known->ore[a], scatter, cerium, runs, draw, &arena,
                            &other, status);
            if (!well || isnan(one) || isnan(other)) continue;
            if (a == b) {
                count->honest_sum += one + other;
                count->honest += 2;
                continue;
            }
            double least = fmin(one, other);
            count->pairs++;
            if (least >= 0.99) continue;
            count->untold++;
            count->worst = fmin(count->worst, least);
            if (count->used + 90 < sizeof count->names)
                count->used +=
                    (size_t)snprintf(count->names + count->used, sizeof count->names - count->used,
                                     "%s%s and %s (%.2f)", count->used ? "; " : "",
                                     known->ore[a]->row, known->ore[b]->row, least);
        }
    if (count->untold > NAMED)
        snprintf(count->names + count->used, sizeof count->names - count->used, "; and %zu more",
                 count->untold - NAMED);
    arena_done(&arena);
    return well;
}

bool trial_deposits(const TrialOptions *options, TrialReport *report, Status *status) {
    Known known = known_deposits();
    Draw draw = draw_seeded(options->seed * 1000 + 23);
    size_t runs = 100 * options->industries;
    if (runs > 2000) runs = 2000;
    report_table(
        report, "The wrong deposit, from one assay of mixed concentrate (figures drawn)",
        "scatter of the source|cerium|pairs of deposits|not told apart at 99 %|which (chance "
        "that it is found)|honest lots that fail (1 %)",
        "One composition a deposit of data/reference/deposit_compositions.csv, elements of "
        "0.1 % and more that both have; assay 1 % and 2.5 %; major elements make up 5 % and "
        "more.");
    for (size_t s = 0; s < SCATTERS; s++)
        for (int free = 0; free < 2; free++) {
            Count c;
            options->progress("deposits", 2 * s + (size_t)free, 2 * SCATTERS);
            if (!try_pairs(&known, SCATTER[s], !free, runs, &draw, &c, status)) return false;
            double honest = c.honest_sum / fmax(1.0, (double)c.honest);
            report_row(report, "%.0f %% major, %.0f %% minor|%s|%zu|%zu|%s|%.2f %%",
                       100 * SCATTER[s][0], 100 * SCATTER[s][1], free ? "left out" : "compared",
                       c.pairs, c.untold, c.untold ? c.names : "-", 100 * honest);
            if (s == 1)
                report_bar(report, "N10",
                           free ? "scatter 5 % and 15 %, without cerium: pairs told apart at 99 %"
                                : "scatter 5 % and 15 %: pairs of deposits told apart at 99 %",
                           "all, or \"cannot tell\" with the pairs named",
                           c.untold == 0 ? BAR_REACHED : BAR_TOLD, "%zu of %zu; %s",
                           c.pairs - c.untold, c.pairs, c.untold ? c.names : "");
        }
    return true;
}
