// All components of a facility's balance together, month by month, as they err together: a weighing
// is wrong for every component that was weighed, a laboratory for every lot that it assayed. And
// the scan for what could have happened: every interval of months, every pattern of components,
// missing or in surplus. Numbers only, in kg; a cell is a period and a component: [period *
// components + component]. MUF is positive where matter is missing.
//
// Everything is done in white coordinates: with C = L L' the covariance of all cells, w = L^-1 MUF
// are independent of unit variance, and L is lower triangular with months in order, so that what is
// known until a month's end is the beginning of w. A loss at an even rate over months a to b in the
// proportions of a pattern is judged by all figures at hand: the stock that closes b opens the next
// month, so that what comes later tells of b, too. Looking every month adds chances, which price.h
// pays for; the e-value needs no such price.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOINT_NO_GROUP UINT64_MAX
enum { JOINT_CELLS_MAX = 4000 };

// What one measured value does to one cell. Entries of one `source` are one draw, wherever its
// matter shows and whichever components it is wrong for together; those of one `group` share
// another.
typedef struct JointError {
    uint32_t period, component;
    uint64_t source, group;
    double own, shared; // signed kg of one standard deviation
} JointError;

typedef struct JointInput {
    size_t periods, components;
    const double *muf;
    const JointError *errors;
    size_t error_count;
    double floor_kg; // an independent error that each cell has at the least
} JointInput;

typedef struct JointBalance {
    size_t periods, components, cells;
    double *factor;           // L, cells x cells
    double *white;            // L^-1 MUF; 0 where the cell has no error of its own
    const JointError *errors; // sorted by source, then group
    size_t error_count;
} JointBalance;

// Fails when a figure is no number, or for want of memory.
MUST_CHECK bool joint_prepare(const JointInput *input, Arena *arena, JointBalance *joint,
                              Status *status);

// A way in which matter can go: `share` by component, of any sum; what is lost in a month is rate x
// share.
typedef struct JointPattern {
    const double *share;
    bool surplus_only; // an ore can come in unrecorded; what goes missing is the facility's own
} JointPattern;

typedef enum JointSide { JOINT_MISSING = 0, JOINT_SURPLUS = 1 } JointSide;

typedef struct JointCandidate {
    size_t pattern, from, to; // periods, both included
    JointSide side;
    double z;           // f'C^-1 MUF / sqrt(f'C^-1 f) of all figures; above zero on its side
    double rate, sigma; // of a month, in units of the pattern, and its standard error
} JointCandidate;

typedef struct JointScan {
    bool any;
    JointCandidate best[2]; // by side
    // Logarithm of the chance of the best |z| at one look where nothing is wrong: both sides, all
    // intervals within the horizon and all patterns added up (Bonferroni).
    double log_p;
    // How many times likelier the figures are with a leak than without: the mixture over when it
    // began (geometric, 24 months), when it ended, its pattern, side and rate (half normal, 5
    // and 1.5 sigma of its first month; both alike). An e-value, and valid at every look: each part
    // is a likelihood ratio of the figures so far, and so a martingale (Grunwald, de Heide &
    // Koolen, JRSS B 86, 2024).
    double log_e;
    double *log_e_by_period; // as it stood at the end of each period
} JointScan;

// `horizon`: periods for which the price is paid; at least as many as there are. `explained` (null:
// none) are candidates whose effect is taken out first.
MUST_CHECK bool joint_scan(const JointBalance *joint, const JointPattern *patterns, size_t count,
                           size_t horizon, const JointCandidate *explained, size_t explained_count,
                           Arena *arena, JointScan *scan, Status *status);

// f'C^-1 f of a pattern over months, by all figures: the squared distance of a rate of one.
MUST_CHECK bool joint_information(const JointBalance *joint, const JointPattern *pattern,
                                  size_t from, size_t to, Arena *arena, double *information,
                                  Status *status);

// The size of what happened on one side, over all its months, in kg of all components of its
// pattern: a posterior over all intervals and patterns that the figures leave open (rate half
// normal, 5 sigma each), which the best interval alone does not give: chosen for its size, it is
// too large too often.
typedef struct JointSize {
    double mean, low, high; // 95 %
    bool uncertain;         // best z below 4: the interval covers too seldom
} JointSize;
MUST_CHECK bool joint_size(const JointBalance *joint, const JointPattern *patterns, size_t count,
                           JointSide side, const JointCandidate *explained, size_t explained_count,
                           Arena *arena, JointSize *size, Status *status);

// The chance that something at a distance of so many sigmas is beyond the one-sided limit at
// `level`.
double joint_power(double distance, double level);

// What would settle it: how much surer a candidate gets when one value is measured again, ten times
// as well.
typedef struct JointGain {
    uint64_t source; // or a group, when `is_group`
    bool is_group;
    double gain; // squared distance times 1 + gain
} JointGain;
// The `most` best, largest first. `*found` is how many there are.
MUST_CHECK bool joint_settle(const JointBalance *joint, const JointPattern *patterns,
                             const JointCandidate *candidate, size_t most, Arena *arena,
                             JointGain *gains, size_t *found, Status *status);
