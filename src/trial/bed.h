// Facilities to try tests on: the balances of an honest simulated book, with the errors that it
// states, whose figures are then drawn anew as often as one likes. In white coordinates an honest
// year is a vector of independent normals, and a loss at rate r adds r times its signature: both
// exactly what finding/ sees (detect/joint.h), since C = L L' is the book's own.
//
// *Distance* d is the size of a loss in sigmas of the best test that knows its months and
// proportions: d = rate * sqrt(f'C^-1 f), all months' figures at hand (Neyman & Pearson).
#pragma once
#include "finding/suspicion.h"
#include "numeric/draw.h"
#include "trial/industry.h"

enum { TRIAL_PRICES = 11 };
typedef struct TrialPlace {
    Text facility;
    FindingPlace place;
    Suspected suspected;
    size_t periods, patterns, cells;
    double *month; // [pattern][period][cell]: white coordinates of one month's loss at rate one
    double *known; // [pattern][from][to][look]: f'C^-1 f by the figures until the look
    // What the choice costs at |z| of 3, 3.5, .. (detect/price.h): logarithm of what one
    // candidate's chance is multiplied by.
    double log_price[TRIAL_PRICES];
} TrialPlace;

typedef struct TrialBed {
    TrialIndustry industry;
    size_t count;
    TrialPlace *place; // those that are tested
    FindingOre *ores;
    size_t ore_count;
} TrialBed;

// `alone`: each facility by its own figures, without what its partners weighed and assayed.
MUST_CHECK bool trial_bed_make(uint64_t seed, uint32_t scale, bool alone, TrialBed *bed,
                               Status *status);
void trial_bed_done(TrialBed *bed);
const TrialPlace *trial_bed_find(const TrialBed *bed, const char *facility); // null: no such place

// One thing that could have happened.
typedef struct TrialLoss {
    size_t pattern, from, to;
    JointSide side;
} TrialLoss;
static inline size_t trial_at(const TrialPlace *p, const TrialLoss *loss, size_t look) {
    return ((loss->pattern * p->periods + loss->from) * p->periods + loss->to) * p->periods + look;
}
// f'C^-1 f by all figures.
double trial_information(const TrialPlace *place, const TrialLoss *loss);
// One that has any effect: pattern, months and side alike likely.
TrialLoss trial_loss_draw(const TrialPlace *place, Draw *draw);
size_t trial_below(Draw *draw, size_t most); // 0 to most - 1
// An honest year; cells without error stay 0.
void trial_white_draw(const TrialPlace *place, Draw *draw, double *white);
// Adds a loss at distance d.
void trial_white_add(const TrialPlace *place, const TrialLoss *loss, double d, double *white);

// f'C^-1 MUF of each pattern and interval by what is known at each look; in the order of `known`.
MUST_CHECK bool trial_scores_new(const TrialPlace *place, Arena *arena, double **scores,
                                 Status *status);
void trial_scores(const TrialPlace *place, const double *white, double *scores);

// The scan of detect/joint.h after a month: the largest |z| on its side.
typedef struct TrialBest {
    double z;
    TrialLoss loss;
} TrialBest;
TrialBest trial_best(const TrialPlace *place, const double *scores, size_t look);
// The largest z of all looks.
double trial_best_ever(const TrialPlace *place, const double *scores);
// What findings say of that z: logarithm of the p-value with everything paid for, as place_pay()
// has it, between the prices that were computed.
double trial_log_p(const TrialPlace *place, double z);
// Logarithm of the likelihood ratio of a loss at distance d, its pattern, months and side drawn as
// trial_loss_draw() draws them, against none: the test that has the most power on average over
// these (Neyman & Pearson's lemma for the mixture). It looks at all figures.
double trial_mixture(const TrialPlace *place, const double *scores, double d);
