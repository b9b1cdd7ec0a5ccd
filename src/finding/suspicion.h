// What one facility is suspected of: its balance as the joint scan takes it, the patterns that are
// asked for, and one suspicion after the other. Private to finding/; trial/
// asks it, too, to try the very tests that findings make.
#pragma once
#include "detect/joint.h"
#include "finding/finding.h"

enum { SUSPICIONS_MAX = 4 };
// A group of errors is the book's group times this, and a part below it.
enum { SUSPICION_KEYS = 32 };

typedef struct PlacePattern {
    FindingPattern kind;
    Text ore;
    uint64_t mask; // components, by bit
} PlacePattern;

typedef struct Suspected {
    bool tested;
    JointBalance joint; // the facility's components, then the other side's columns
    size_t columns;
    size_t pattern_count;
    JointPattern *patterns;
    PlacePattern *about;
    size_t horizon;
    JointScan scan; // of all figures, nothing explained; its p-value as place_pay() has it
} Suspected;

MUST_CHECK bool place_suspect(const FindingPlace *place, const FindingOre *ores, size_t ore_count,
                              Arena *arena, Suspected *suspected, Status *status);

// Puts in place of Bonferroni's p-value what the choice among overlapping intervals and patterns
// really costs (detect/price.h), where anything hangs on it.
MUST_CHECK bool place_pay(const Suspected *suspected, JointScan *scan, Status *status);

// Scans the figures as they are now: after some were taken out.
MUST_CHECK bool place_scan(Suspected *suspected, Arena *arena, Status *status);

typedef struct Suspicion {
    JointCandidate candidate;
    JointSize size;
    double log_p, log_e;
} Suspicion;
// Best first, each with those before it explained away, as long as its log p is at most
// `log_level`.
MUST_CHECK bool place_suspicions(const Suspected *suspected, double log_level, Arena *arena,
                                 Suspicion suspicions[SUSPICIONS_MAX], size_t *count,
                                 Status *status);
// How many times more it tells than the facility's own figures would.
MUST_CHECK bool place_gain(const FindingPlace *place, const Suspected *suspected,
                           const Suspicion *suspicion, Arena *arena, double *gain, Status *status);
// What would settle one, best first.
MUST_CHECK bool place_settle(const Suspected *suspected, const Suspicion *suspicion, Arena *arena,
                             Finding *finding, Status *status);
