// What the statistics say, as one ranked list with false alarms controlled.
// The family is stated: facilities over the same periods, Benjamini & Hochberg at level q over
// them; in a facility the joint scan (detect/joint.h) of all intervals of months within the
// horizon, both sides and all patterns of components: each alone, products and the feed in the
// facility's own proportions, the ores of registered deposits; all paid for (detect/price.h), so
// looking each month adds no false alarms until the horizon ends. Inside an accused facility one
// suspicion after the other, each with those before it explained, at the level that the selection
// leaves (Benjamini & Bogomolov, JRSS B 76, 2014). Beside the p-value stands an e-value, which
// holds at every look and needs no horizon. All results live in the caller's arena.
//
// Beside it stands the family "origin": lots that came in as something whose composition is known
// (an ore, or a material that others bring in too), tested one by one, grouped by facility and by
// what they were said to be. A group's e-value is the mean of its lots', and groups are chosen by
// e-BH (Wang & Ramdas, JRSS B 84, 2022), which needs no independence and holds at every look.
#pragma once
#include "balance/facility.h"
#include "balance/from_book.h"
#include "base/arena.h"
#include "base/calendar.h"
#include "base/status.h"
#include "base/text.h"
#include "origin/from_book_survey.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum FindingKind {
    FINDING_MISSING, // more came in than went out or is there
    FINDING_SURPLUS  // more went out or is there than came in
} FindingKind;
const char *finding_kind_name(FindingKind kind); // "missing" "surplus"

typedef enum FindingFamily {
    FAMILY_BALANCE = 0, // the books do not close
    FAMILY_ORIGIN,      // what came in is not what it was said to be: kind FINDING_SURPLUS
    FAMILY_MEASUREMENT  // a laboratory or device is wrong at many: kind FINDING_MISSING reads low
} FindingFamily;
// Four digits and no exponent: "0.1234", "21890".
enum { FINDING_KG_MAX = 32 };
char *finding_kg_print(double kg, char text[FINDING_KG_MAX]);
const char *finding_family_name(FindingFamily family); // "balance" "origin" "measurement"

// A facility as the tests see it. Component c of its balance is bit `component[c]` of the masks and
// has the name `names[c]` ("Nd"); period 0 is the month `first`.
typedef struct FindingPlace {
    Text facility;
    Month first;
    const FacilityInput *input;
    const FacilityBalance *balance;
    const uint8_t *component;
    const Text *names;
    // What it sent and received, as both sides saw it; null: its own figures alone. `number` is its
    // place among the crossings' facilities.
    const BookCrossings *crossings;
    uint32_t number;
} FindingPlace;

// An ore in whose proportions matter may have gone: kg of each component, by bit.
typedef struct FindingOre {
    Text name;
    const double *share;
} FindingOre;

// What matter that is missing or in surplus looks like.
typedef enum FindingPattern {
    PATTERN_COMPONENT, // one component
    PATTERN_PRODUCT,   // a few that go together, in the facility's own proportions
    PATTERN_FEED,      // everything in the facility's own proportions
    PATTERN_ORE,       // an ore
    PATTERN_ORE_PART   // of an ore, the magnet elements alone (the rest was washed away)
} FindingPattern;
const char *
finding_pattern_name(FindingPattern pattern); // "component" "product" "feed" "ore" "ore part"

// A value that, measured again ten times as well, would make a finding surer, or clear it.
typedef struct FindingSettle {
    uint32_t measurement; // of the book, or the group of measurements when `shared`
    bool shared;          // what they share: the device, or the laboratory with its method
    bool whole;           // a weighing, else assays
    double gain;          // the squared distance becomes 1 + gain times what it is
    double before, after; // chance that a loss of the size found is found: as it is, and then
} FindingSettle;
enum { FINDING_SETTLES = 5 };

// A lot that a finding of the family "origin" is about.
typedef struct FindingLot {
    uint32_t lot;
    uint64_t seq; // of the record that brought it in
    double kg;    // rare earths that it holds
    double log_p;
} FindingLot;

enum { FINDING_ID_MAX = 17 };
typedef struct Finding {
    // 16 hex digits: SipHash with a fixed public key of test, facility, side and months; the same
    // finding has the same id in every program and at every look. No proof of anything, only a
    // name.
    char id[FINDING_ID_MAX];
    size_t place; // in the caller's list
    Text facility;
    FindingKind kind;
    uint64_t components; // mask
    uint8_t strongest;   // bit of the component that gave dates and evidence
    Month from, to;
    double log_p, p_value; // adjusted over all facilities (BH); the logarithm does not underflow
    double distance;       // |z| of the pattern on these months
    // How many times more the figures tell with the other side's weighings and assays than the
    // facility's alone: f'H^-1 f over f'C^-1 f of its pattern on these months; 1: no more.
    double network_gain;
    double log_e; // logarithm of how many times likelier it is with a leak than without
    FindingPattern pattern;
    Text ore;           // its name, where the pattern is one
    double expected_kg; // of the named components: there at first, extracted and received
    double found_kg;    // shipped, discarded, lost and there at last
    double mass_kg;     // of all named components together, over all months that it may have been
    double low_kg, high_kg; // 95 %, of a posterior over all intervals and patterns
    size_t settle_count;
    FindingSettle settle[FINDING_SETTLES]; // best first
    bool size_uncertain;                   // distance below 4: the interval covers too seldom
    bool page_alarm;                       // Page's test on that component and side alarms too
    // Of the family "origin" alone: what the lots were said to be (a deposit, or a material), how
    // many were tested, those that cannot be it (least likely first), and what they look like
    // together: the shares of known sources in words, empty when no known source fits. `pattern` is
    // PATTERN_ORE and `ore` names the deposit where one makes up half of it.
    FindingFamily family;
    Text said;
    size_t lots_tested, lot_count;
    const FindingLot *lots;
    Text looks_like;
    Text says; // a sentence
} Finding;

typedef struct FindingList {
    size_t count;
    Finding *findings; // by evidence (p), then mass, then place
    size_t facilities_tested, facilities_accused;
    size_t groups_tested, groups_accused; // of the family "origin"
    double q;
} FindingList;

// Of the family "measurement" `said` is whose measurements they are, `facility` the laboratory's
// own where it has one, `place` the facility that shows it most, `distance` the sigmas without that
// one, and the masses are kg by which balances are off for it, all facilities and components
// together.

// q is the share of false ones among the accused facilities, 0.05 by default.
#define FINDING_Q_DEFAULT 0.05
MUST_CHECK bool findings_of_balance(const FindingPlace *places, size_t count,
                                    const FindingOre *ores, size_t ore_count, double q,
                                    Arena *arena, FindingList *list, Status *status);
// Knows from the last time which places have not changed (memo.h), so that a new entry costs what
// its own neighbourhood does; the answer is the same. `memo` may be null.
struct FindingMemo;
MUST_CHECK bool findings_of_balance_again(struct FindingMemo *memo, const FindingPlace *places,
                                          size_t count, const FindingOre *ores, size_t ore_count,
                                          double q, Arena *arena, FindingList *list,
                                          Status *status);
// The same for balances of a book that have been tested; `place` is then the place among them.
// Where two facilities or more would be accused, the family "measurement" (finding/measurement.h)
// is asked first: in one honest list of a hundred at most.
MUST_CHECK bool findings_of_book(const BookBalances *balances, double q, Arena *arena,
                                 FindingList *list, Status *status);
MUST_CHECK bool findings_of_book_again(struct FindingMemo *memo, const BookBalances *balances,
                                       double q, Arena *arena, FindingList *list, Status *status);
// Adds the findings of the family "origin" to a list, which is ranked anew. `balances` are of the
// same book: a facility that has none is left out.
MUST_CHECK bool findings_of_origin(const OriginSurvey *survey, const BookBalances *balances,
                                   double q, Arena *arena, FindingList *list, Status *status);
// By evidence (p), then mass, then place.
void findings_rank(Finding *findings, size_t count);
