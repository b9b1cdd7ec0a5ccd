#include "balance/sampling.h"

#include <math.h>

static const double DEFECTS_MAX = 1e9;

// Rounds up, but not for the last bit of a division that should have been whole.
static double round_up(double x) {
    return ceil(x - 1e-9 * fmax(1.0, fabs(x)));
}

static uint32_t at_most(double n, uint32_t population) {
    return n >= (double)population ? population : (uint32_t)fmax(0.0, n);
}

bool sampling_plan(uint32_t population, double goal, double mean_item, double beta,
                   SamplingPlan *plan, Status *status) {
    if (population == 0 || !(goal > 0.0) || !(mean_item > 0.0) || !isfinite(goal / mean_item)) {
        return status_set(status, STATUS_INVALID, "\"%u\" lots of \"%g\" for a goal of \"%g\"",
                          population, mean_item, goal) ||
               status_hint(status, "all three must be above zero");
    }
    if (!(beta > 0.0 && beta < 1.0)) {
        return status_set(status, STATUS_INVALID, "non-detection probability \"%g\"", beta) ||
               status_hint(status, "it lies between 0 and 1");
    }
    SamplingPlan p = {0};
    double n = (double)population;
    double defects = round_up(goal / mean_item);
    if (defects > DEFECTS_MAX)
        return status_set(status, STATUS_LIMIT, "a goal of \"%g\" is %g lots of \"%g\"", goal,
                          defects, mean_item) ||
               status_hint(status, "at most %g", DEFECTS_MAX);
    p.defects = (uint32_t)defects;
    double d = (double)p.defects, missed = 1.0;
    // P(none of d among the first k+1) = P(none among k) (N - d - k) / (N - k).
    while (p.least < population && missed > beta) {
        missed *= fmax(0.0, n - d - (double)p.least) / (n - (double)p.least);
        p.least++;
    }
    p.nondetection = missed;
    p.iaea = at_most(round_up(n * (1.0 - pow(beta, mean_item / goal))), population);
    p.jaech_russell =
        at_most(round_up(0.5 * (1.0 - pow(beta, 1.0 / d)) * (2.0 * n - d + 1.0)), population);
    *plan = p;
    return true;
}
