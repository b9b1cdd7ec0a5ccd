// What findings are worth where the truth is known: which cheats they found, and which of them are
// false alarms. Knows cheats only as the simulator's truth tells them (docs/cheats.md) and findings
// only as anybody's detector may tell them: a place, months, elements, a mass. No file, no JSON.
//
// A cheat is found by a finding that says the right thing of it: the right facility, a month in
// common, the right side (missing or surplus), and elements at least half of which did go (how much
// of it they carry is told beside: one that takes a share of every product is rightly found by its
// dysprosium). Which families of findings can be right about a cheat depends on its kind:
//     over-plan, diversion    balance, missing
//     unlicensed-ore          balance, surplus
//     fake-recycling          origin; balance, surplus
//     misdeclared-export      trade (two customs, or customs and facilities), wherever it names
//     biased-scale            measurement, a pair of partners, or its own balance
//     biased-laboratory       measurement at the laboratory
// A quota is never right about any of them: what is hidden is in no quota's figures.
// A claim that says again what an earlier one said (the same id, or the same facility, partner,
// months, kind and components) is a copy: it is told as one, and counts nowhere else.
#pragma once
#include "base/arena.h"
#include "base/calendar.h"
#include "base/status.h"
#include "base/text.h"
#include "quantity/component.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ScoreKind {
    SCORE_UNLICENSED_ORE,
    SCORE_OVER_PLAN,
    SCORE_FAKE_RECYCLING,
    SCORE_DIVERSION,
    SCORE_MISDECLARED_EXPORT,
    SCORE_BIASED_SCALE,
    SCORE_BIASED_LABORATORY,
    SCORE_KINDS
} ScoreKind;
const char *score_kind_name(ScoreKind kind); // as `ytterby simulate --cheat` calls it
bool score_kind_find(Text name, ScoreKind *kind);

typedef struct ScoreCheat {
    ScoreKind kind;
    Text facility;
    Month from, to;             // first and last month in which something was done
    double kg[COMPONENT_COUNT]; // by component
    double net_kg;              // of exported goods, else 0
    Text deposit;               // whose ore, as the book calls it; empty: none, or not told
} ScoreCheat;

typedef enum ScoreFamily {
    SCORE_BALANCE,
    SCORE_ORIGIN,
    SCORE_MEASUREMENT, // a device or a laboratory that is wrong
    SCORE_PAIR,        // two partners do not say the same of the same goods
    SCORE_TRADE,       // customs do not say the same as others
    SCORE_STOCK,       // what a month ends with is not what the next begins with
    SCORE_QUOTA
} ScoreFamily;

typedef struct ScoreClaim {
    Text id, facility, other; // id and other (the partner) may be empty
    Text kind;                // as the detector calls it: two customs are not a border
    ScoreFamily family;
    bool missing;        // of a balance: else surplus
    uint64_t components; // mask; 0: none are named
    bool reo;            // it names rare earths all together: masses are of their oxides
    Month from, to;
    double kg, low_kg, high_kg; // estimated, of all named components over all months
    Text ore;                   // what it looks like, or empty
} ScoreClaim;

typedef enum ScoreVerdict {
    SCORE_FALSE,    // nothing that was done
    SCORE_KNOCK_ON, // another facility's figures, while a scale or laboratory was wrong: not told
                    // apart here from a false alarm by chance, so neither right nor false
    SCORE_NEAR,     // the right facility and months; the side or the elements are not
    SCORE_TRUE
} ScoreVerdict;
const char *score_verdict_name(ScoreVerdict verdict); // "false" "knock-on" "near" "true"

typedef struct ScoredClaim {
    ScoreVerdict verdict;
    size_t cheat;   // which; SIZE_MAX when false
    size_t copy_of; // the first that said the same, and this one has no verdict; SIZE_MAX: none did
} ScoredClaim;

typedef struct ScoredCheat {
    bool found;
    size_t claim;  // the first in the list that found it; SIZE_MAX
    size_t claims; // how many found it
    double share;  // of the rare earths that went: what its elements carry
    size_t beyond; // elements it names that no kg went of
    // The estimate beside the truth about the same components (of goods: their net mass). Of a
    // scale or laboratory a balance's estimate is no estimate of what was left unsaid: not weighed.
    bool weighed, covered;
    double true_kg;
    int ore;    // 1 the right one is named, 0 another, -1 none is named, or none known
    int months; // from the first month of the cheat to the end of the soonest interval that found
                // it; when it was first listed, only lists of each month would tell
} ScoredCheat;

typedef struct Score {
    ScoredCheat *cheats;
    ScoredClaim *claims;
    size_t cheat_count, claim_count;
    size_t found, count[SCORE_TRUE + 1]; // cheats found; claims by verdict
    size_t copies;                       // claims that are copies of others
} Score;

// `claims` strongest first. Everything lives in the arena.
MUST_CHECK bool score_claims(const ScoreCheat *cheats, size_t cheat_count, const ScoreClaim *claims,
                             size_t claim_count, Arena *arena, Score *score, Status *status);
