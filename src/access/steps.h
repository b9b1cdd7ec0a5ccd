// In which countries a lot was mined, separated, reduced, alloyed and magnetised: the steps that
// its genealogy passed, each with the country of the facility where it was made (K22). Shares are
// of the lot's rare earths; what passed a step twice counts in
// both places, and in one of them at most as the whole. What the book
// did not see made has no country.
#pragma once
#include "base/buffer.h"
#include "book/state.h"
#include "codec/json_write.h"

typedef enum Step {
    STEP_MINED,
    STEP_SEPARATED,
    STEP_REDUCED,
    STEP_ALLOYED,
    STEP_MAGNETISED,
    STEP_ASSEMBLED,
    STEP_IMPORTED, // came across the border, made who knows where
    STEPS_MADE,
    STEP_OF_NOTHING = STEPS_MADE
} Step;

typedef struct StepShare {
    Step step;
    Text country; // empty: unknown, or not disclosed
    double share;
} StepShare;
enum { STEP_SHARES_MAX = 256 };
typedef struct Steps {
    StepShare items[STEP_SHARES_MAX];
    unsigned count;
} Steps;

// What is made when something of this stage comes out; STEP_OF_NOTHING for scrap, residue and the
// like.
Step step_of_stage(unsigned stage);
// The facility's country, or the book's own where it states none.
Text country_of_facility(const Book *book, uint32_t facility);
// The country that an import names; empty when the lot was not imported by that record.
Text country_of_import(const Book *book, uint64_t seq, uint32_t lot);
// Beyond STEP_SHARES_MAX pairs of step and country the last takes what is left.
void steps_add(Steps *steps, Step step, Text country, double share);
// All steps that something of this stage must have passed, somewhere.
void steps_add_unknown(Steps *steps, unsigned stage, double share);
// In the order of the steps, the largest share first.
void steps_sort(Steps *steps);
// As objects of an array, and as lines for a terminal; nothing for null.
void steps_write(const Steps *steps, JsonWriter *json);
void steps_say(const Steps *steps, Buffer *out);
