// One lot before the question where it comes from: what it holds against what its papers imply, and
// against everything that is known. Numbers only: a part is an element by its place in the caller's
// list, contents in any one unit, errors relative.
#pragma once
#include "origin/expected.h"

enum { ORIGIN_PARTS_MAX = 17 };

// A composition that is known: an ore, or what a material usually is. Mass shares of any sum, 0
// where it has none; `sd` of their logarithms from one lot to another.
typedef struct OriginKnown {
    double share[ORIGIN_PARTS_MAX], sd[ORIGIN_PARTS_MAX];
} OriginKnown;

typedef struct OriginDeclared {
    double content[ORIGIN_PARTS_MAX], sd[ORIGIN_PARTS_MAX]; // relative
    double limit[ORIGIN_PARTS_MAX];                         // content at the limit, where below
    PartState state[ORIGIN_PARTS_MAX];
} OriginDeclared;

// Mass shares by known source (of those that have a composition), and what was done since. A step
// that may have changed proportions (leaching, cracking, precipitation) moves light against heavy
// rare earths by 5 % at either end, cerium, which alone oxidises and stays behind, by 10 %, and
// each by 1 % of its own (standard deviations); steps add up in squares.
typedef struct OriginClaim {
    const double *share; // by known source; their sum need not be 1
    unsigned steps;
} OriginClaim;

typedef enum OriginVerdict {
    ORIGIN_UNTESTED = 0, // nothing to compare with
    ORIGIN_FITS,
    ORIGIN_DOUBTFUL, // one honest lot in a hundred looks so
    ORIGIN_FAILS     // fewer than one honest lot in ten thousand
} OriginVerdict;
#define ORIGIN_DOUBTFUL_P 0.01
#define ORIGIN_FAILS_P    1e-4
OriginVerdict origin_verdict_of(const ExpectedTest *test);
const char *origin_verdict_name(OriginVerdict verdict); // "untested" "fits" "doubtful" "fails"

typedef struct OriginJudged {
    OriginVerdict verdict;
    // By part, in percent of the parts that are compared; 0 where not.
    double declared[ORIGIN_PARTS_MAX], expected[ORIGIN_PARTS_MAX];
    double declared_sd[ORIGIN_PARTS_MAX], expected_sd[ORIGIN_PARTS_MAX];
    ExpectedTest test;
    // The mixture of all known sources that fits best, looked for when the claim does not fit.
    bool mixed, mixture_fits; // false: no known source explains it
    double mixture_p;
    double *share, *low, *high;      // by known source, of the parts compared
    double fitted[ORIGIN_PARTS_MAX]; // percent
} OriginJudged;

// `parts` at most ORIGIN_PARTS_MAX. A part that no source of the claim has is compared with
// nothing; the mixture sees it.
MUST_CHECK bool origin_judge(const OriginDeclared *declared, const OriginClaim *claim,
                             const OriginKnown *known, size_t known_count, size_t parts,
                             Arena *arena, OriginJudged *judged, Status *status);
// The directions of `steps` such steps, by part: as expected.h takes them.
enum { ORIGIN_DIRECTIONS = 2 };
void origin_directions(unsigned steps, size_t parts,
                       double direction[ORIGIN_DIRECTIONS * ORIGIN_PARTS_MAX]);
// The claim's composition alone: expected shares (of sum 1 over all parts) and the sd of their
// logarithms, each on its own. False when the claim has no composition.
bool origin_expect(const OriginClaim *claim, const OriginKnown *known, size_t known_count,
                   size_t parts, double expected[ORIGIN_PARTS_MAX], double sd[ORIGIN_PARTS_MAX]);
