// Gross errors in a network: which values are biased, which balances leak, one after the other, and
// what cannot be told apart.
#pragma once
#include "reconcile/linear.h"

typedef enum CandidateKind { CANDIDATE_BIAS, CANDIDATE_LEAK, CANDIDATE_PATTERN } CandidateKind;

// A gross error that may be. Its size is measured less true of a biased value; what left unrecorded
// at a balance that leaks (below zero: what came in unrecorded); of a pattern, how many times its
// signature.
typedef struct Candidate {
    CandidateKind kind;
    size_t number;           // of the value or balance, from 0
    const double *signature; // over the caller's balances
} Candidate;

// Biases of all measured values in order, then leaks of all balances, signatures included.
MUST_CHECK bool gross_candidates(const LinearSystem *system, Arena *arena, Candidate **candidates,
                                 size_t *count, Status *status);

// Candidates sorted into classes: those of one class have parallel signatures (modulo what
// unmeasured values may be; Bagajewicz & Jiang 1998), so that no data can tell them apart.
#define CLASS_NONE SIZE_MAX
typedef struct GrossSearch {
    const LinearSystem *system;
    size_t count;
    const Candidate *candidates;
    size_t *class_of; // by candidate; CLASS_NONE: undetectable, it does nothing to any balance
    size_t classes;   // numbered in the order of their first candidates
    size_t *first;    // by class: that candidate
    double *t;        // by candidate, alone: (f'H^-1 r)^2 / f'H^-1 f, the fall of chi2
    double *size;     // by candidate, alone: generalised least squares
    double *white;    // count x rank: white coordinates, nothing where none could be
    bool
        *possible; // by candidate: white coordinates say all (no exact or dependent balance broken)
} GrossSearch;

MUST_CHECK bool gross_prepare(const LinearSystem *system, const Candidate *candidates, size_t count,
                              Arena *arena, GrossSearch *search, Status *status);

// One step of forward selection: all accepted errors are estimated again beside each candidate
// (Narasimhan & Mah 1987; serial compensation with all sizes re-estimated, Keller et al. 1994).
typedef struct GrossStep {
    double chi2_before, t; // t: the largest fall of chi2
    size_t df_before;
    bool *best;    // by candidate: reaches t
    bool accepted; // t is at least the limit; the class of the first of `best` is taken
    double *size;  // by candidate of an accepted class, when that member stands for its class
    double *sigma; // of the size: its standard error, all other accepted errors free
} GrossStep;

typedef struct GrossSelection {
    size_t steps;
    GrossStep *step;
    size_t accepted;
    size_t *taken; // classes, in the order of acceptance
    double chi2_final;
    size_t df_final;
} GrossSelection;

// Stops at the first candidate below `limit`, when no candidate is left, or after `most`
// acceptances. `by_class`: parallel candidates are one; else each counts for itself in `best`, and
// the first is taken.
MUST_CHECK bool gross_select(const GrossSearch *search, double limit, size_t most, Arena *arena,
                             GrossSelection *selection, Status *status);

// All sets of as many classes as were accepted (two or more) that explain the data equally well,
// since they span the same space; the accepted one among them. Sets follow each other in `sets`,
// each `accepted` long.
MUST_CHECK bool gross_equivalent(const GrossSearch *search, const GrossSelection *selection,
                                 Arena *arena, size_t **sets, size_t *count, Status *status);

// The chi-square point that one of `tests` independent tests exceeds with probability alpha (Sidak
// 1967).
double sidak_chi2(double alpha, size_t tests);

// The iterative measurement test (Serth & Heenan 1986): the value with the largest |z| is freed as
// long as it is beyond Sidak's two-sided limit over the redundant values.
typedef struct MeasurementStep {
    double chi2, largest, limit;
    size_t df, redundant;
    bool *at; // by value: reaches the largest
    size_t first;
    bool freed;
} MeasurementStep;
MUST_CHECK bool measurement_test(const LinearProblem *problem, double alpha, Arena *arena,
                                 MeasurementStep **steps, size_t *count, Status *status);
