// Material unaccounted for: one period from its items, and sequences of periods from their terms,
// also as they look at different states of knowledge (missed stock-takings, later corrections).
// Numbers only: knows nothing of lots, facilities or the calendar. Any one unit of mass; fractions
// kg/kg; standard deviations relative, one sigma. Positive MUF is missing, negative is surplus.
// IAEA, Statistical Concepts and Techniques for IAEA Safeguards; Avenhaus & Canty, Compliance
// Quantified (1996). All results live in the caller's arena.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "numeric/sequence.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- one period ----

typedef enum MufStratum {
    MUF_OPENING,
    MUF_RECEIPT,
    MUF_SHIPMENT,
    MUF_DISCARD,
    MUF_CLOSING,
    MUF_STRATA
} MufStratum;

// +1 for what was there or came, -1 for what left or is there still.
int muf_sign(MufStratum stratum);

typedef struct MufItem {
    MufStratum stratum;
    double mass, fraction;
    double rel_sd_mass, rel_sd_assay; // of this item alone
    uint32_t scale, lab;              // groups with a shared error, or SEQUENCE_NO_GROUP
} MufItem;

typedef struct MufSingle {
    double by_stratum[MUF_STRATA]; // element mass
    double muf;
    double variance_random;
    double *variance_shared; // by group: (signed sum x relative sd) squared
    double sigma;
    double sigma_without_covariances; // shared parts added item by item: what not to do
    double z, p_one_sided;            // 0 and 1 when sigma is 0 and MUF too
    double limit;                     // u_alpha sigma, one-sided
    double detectable;                // the loss found with probability 0.95
    double power_two_sigma;           // for a loss of 2 sigma
    bool alarm;                       // MUF above the limit
} MufSingle;

// `group_sd` holds the relative sd of each of `groups` shared errors. Fails on a number that is
// none, a negative sd, and figures without any error that do not close.
MUST_CHECK bool muf_single(const MufItem *items, size_t count, const double *group_sd,
                           size_t groups, double alpha, Arena *arena, MufSingle *result,
                           Status *status);

// ---- a sequence ----

typedef enum MufTerm {
    MUF_RECEIPTS,
    MUF_SHIPMENTS,
    MUF_INVENTORIES,
    MUF_HOLD_UP,
    MUF_TERMS
} MufTerm;

// Receipts and shipments hold one value a period, inventories and hold-up one more, at the
// boundaries. Hold-up may be left out (null). Each term has one shared error, the same in all
// periods.
typedef struct MufSequence {
    size_t periods;
    const double *value[MUF_TERMS];
    const bool *taken; // by boundary: whether stock was taken; null when always
    double rel_random[MUF_TERMS], rel_shared[MUF_TERMS];
} MufSequence;

// A boundary without stock-taking makes one period of the two beside it. What lies before the first
// or after the last stock-taking is left out.
typedef struct MufSequenceResult {
    size_t periods;    // after merging
    size_t *from, *to; // first and last of the original periods, counted from 1
    double *muf;
    SequenceCovariance covariance;
    SequenceStatistics statistics;
} MufSequenceResult;

MUST_CHECK bool muf_sequence(const MufSequence *sequence, Arena *arena, MufSequenceResult *result,
                             Status *status);

// The first merged period of `now` (counted from 1) that is not as in `before`: other dates,
// another MUF, or other covariances with itself and those ahead of it. 0 when none; new ones at the
// end do not count. All figures before it are the same to the bit.
size_t muf_first_changed(const MufSequenceResult *before, const MufSequenceResult *now);
