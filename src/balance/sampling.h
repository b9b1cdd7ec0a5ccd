// How many lots to verify, so that a diversion of the goal amount is seldom missed.
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct SamplingPlan {
    uint32_t defects;       // lots that must be emptied to divert the goal amount: goal / item,
                            // rounded up; more than there are when they do not hold it
    uint32_t least;         // smallest sample whose chance to meet none of them is <= beta
    double nondetection;    // that chance, hypergeometric
    uint32_t iaea;          // N (1 - beta^(x/M)), rounded up, at most N
    uint32_t jaech_russell; // (1 - beta^(1/d)) (2N - d + 1) / 2, rounded up, at most N
} SamplingPlan;

// `population` lots of `mean_item` each; 0 < beta < 1. When the goal needs more lots than there
// are, all would have to be empty and one suffices to see it. Fails when that is more than 1e9.
MUST_CHECK bool sampling_plan(uint32_t population, double goal, double mean_item, double beta,
                              SamplingPlan *plan, Status *status);
