// How well findings find: simulated figures and whole simulated books before the very tests that
// make the findings, the best that the errors allow computed beside. `ytterby bench detect` runs
// them; the numbers N7 to N14 and their bars are in docs/numerics.md, section 1.
//
// Two kinds of trial. *Figures drawn*: the balances of a simulated book with its stated errors,
// whose figures are drawn anew thousands of times (bed.h). *Whole books*: simulated event by event,
// decided by the book, and the list that `ytterby findings` would print held to the truth. Each
// table says which it is. Same options, same figures.
#pragma once
#include "trial/bed.h"
#include "trial/report.h"

typedef struct TrialOptions {
    uint64_t seed;
    size_t industries; // of each kind of cheat and size; figures drawn grow with it
    void (*progress)(const char *what, uint64_t done, uint64_t total);
} TrialOptions;

// Each adds its tables, bars and figures to the report, in whose arena they live.

// N7: one facility, losses at distance 0.5 to 10: power beside the bounds, ROC; months until found.
MUST_CHECK bool trial_power(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                            Status *status);
// N12: what the interval of a found loss covers. N14: what would settle it.
MUST_CHECK bool trial_sizes(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                            Status *status);
// N11: honest years: false alarms as stated, also where errors are not as stated.
MUST_CHECK bool trial_false_alarms(const TrialBed *bed, const TrialOptions *options,
                                   TrialReport *report, Status *status);
// N8, N13: the right facility first.
MUST_CHECK bool trial_places(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                             Status *status);
// N9: a recycler and unlicensed ore.
MUST_CHECK bool trial_recycler(const TrialBed *bed, const TrialOptions *options,
                               TrialReport *report, Status *status);
// N10: the wrong deposit from one assay of mixed concentrate.
MUST_CHECK bool trial_deposits(const TrialOptions *options, TrialReport *report, Status *status);
// Whole books with each kind of cheat.
MUST_CHECK bool trial_books(const TrialBed *bed, const TrialOptions *options, TrialReport *report,
                            Status *status);
