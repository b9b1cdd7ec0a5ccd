// One scale or laboratory that is wrong at many facilities at once, by more than it states: its
// shared error, of which C knows one standard deviation, is larger, over some months, wherever it
// measured. Numbers only: an *owner* is a party with its scales, or its methods.
//
// With b the effect on a facility's cells of one standard deviation of all that an owner measured
// in months a to b, and C the facility's covariance, the score of a common size k is
//     S = sum over facilities of b'C^-1 MUF,     Q = sum of b'C^-1 b,     k = S / Q
// and its variance where nothing is wrong is not Q but Q + sum over shared errors j of
// ((sum_F p_Fj)^2 - sum_F p_Fj^2), p_Fj = b'C^-1 (the effect of j at F): what facilities share
// makes their scores hang together. One that measured at a single place is told from a leak by
// nothing, so what counts is beside z also *rest*: z without the facility that speaks loudest.
#pragma once
#include "detect/joint.h"

#define SHARED_NO_OWNER UINT32_MAX

typedef struct SharedPlace {
    const JointBalance *joint;
    const uint32_t *month; // by period: which of the common months it ends in
} SharedPlace;

typedef struct SharedQuestion {
    size_t count;
    const SharedPlace *place;
    size_t owners, months; // at most SHARED_MONTHS_MAX of them are looked at
    // Whose a group (JointError) is, or SHARED_NO_OWNER.
    uint32_t (*owner_of)(void *context, uint64_t group);
    void *context;
} SharedQuestion;
enum { SHARED_MONTHS_MAX = 60 };

typedef struct SharedBias {
    uint32_t owner;
    size_t from, to; // months in which it measured wrongly, both included
    double z, rest;  // rest: of the same sign as z when positive
    double size;     // k, in stated standard deviations of the shared error: above zero, it reads
                     // high
    double sigma;    // standard error of it, nothing else being shared
    size_t places, loudest; // how many facilities it tells anything at; which speaks loudest
    double log_p;           // of z: owners, intervals and both signs paid for (Bonferroni)
} SharedBias;

// The best of each owner's intervals that has a `rest`; `found` of them, by |z|, largest first.
MUST_CHECK bool shared_scan(const SharedQuestion *question, Arena *arena, SharedBias *best,
                            size_t *found, Status *status);

// Takes one out of a facility's white figures: whatever its results may be wrong by in those
// months, each group (a component of a method) by its own size, is projected out. The figures then
// say nothing in these directions any more, neither for nor against: what rests on that laboratory
// alone accuses nobody.
MUST_CHECK bool shared_explain(const SharedQuestion *question, const SharedBias *bias, size_t place,
                               double *white, Status *status);
