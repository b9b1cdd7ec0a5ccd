// What the statistics say, as one ranked list with false alarms controlled.
// The family is stated: facilities over the same periods, Benjamini & Hochberg at level q over
// them; in a facility all its components, both sides and all intervals of months within the
// horizon, by Bonferroni (so looking each month adds no false alarms until the horizon ends);
// inside an accused facility its components by Holm at the level that the selection leaves
// (Benjamini & Bogomolov, JRSS B 76, 2014). All results live in the caller's arena.
#pragma once
#include "balance/facility.h"
#include "balance/from_book.h"
#include "base/arena.h"
#include "base/calendar.h"
#include "base/status.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum FindingKind {
    FINDING_MISSING, // more came in than went out or is there
    FINDING_SURPLUS  // more went out or is there than came in
} FindingKind;
const char *finding_kind_name(FindingKind kind); // "missing" "surplus"

// A facility as the tests see it. Component c of its balance is bit `component[c]` of the masks and
// has the name `names[c]` ("Nd"); period 0 is the month `first`.
typedef struct FindingPlace {
    Text facility;
    Month first;
    const FacilityBalance *balance;
    const uint8_t *component;
    const Text *names;
} FindingPlace;

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
    double log_p, p_value;  // adjusted over all facilities (BH); the logarithm does not underflow
    double distance;        // |z| of the strongest component on these months
    double mass_kg;         // of all named components together, on these months
    double low_kg, high_kg; // 95 %, normal, as if their errors were one (the wide side)
    bool size_uncertain;    // distance below 4: the interval covers too seldom
    bool page_alarm;        // Page's test on that component and side alarms too
    Text says;              // a sentence
} Finding;

typedef struct FindingList {
    size_t count;
    Finding *findings; // by evidence (p), then mass, then place
    size_t facilities_tested, facilities_accused;
    double q;
} FindingList;

// q is the share of false ones among the accused facilities, 0.05 by default.
#define FINDING_Q_DEFAULT 0.05
MUST_CHECK bool findings_of_balance(const FindingPlace *places, size_t count, double q,
                                    Arena *arena, FindingList *list, Status *status);
// The same for balances of a book that have been tested; `place` is then the place among them.
MUST_CHECK bool findings_of_book(const BookBalances *balances, double q, Arena *arena,
                                 FindingList *list, Status *status);
