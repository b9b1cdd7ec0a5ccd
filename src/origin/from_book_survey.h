// Every lot that came into the book as something of known composition, and was assayed: extracted
// under a source with a reference, or come from outside as a material that others bring in, too.
// Each is tested as judge.h tests one lot; they are grouped by where they came in and as what.
#pragma once
#include "origin/from_book_expected.h"

typedef struct OriginTested {
    uint32_t lot;
    uint64_t seq; // of the record that brought it in
    Month month;
    double kg; // rare earths that it holds
    double log_p, log_e;
    int strongest;                  // the rare earth farthest from what is expected
    double z;                       // of it
    double found_kg, expected_kg;   // of it
    double found_sd, expected_sd;   // of their logarithms
    uint32_t assay;                 // the measurement that says so, or TRACE_NONE
    const OriginDeclared *declared; // null where nothing is odd
} OriginTested;

typedef struct OriginGroup {
    uint32_t facility;         // row
    OriginReference reference; // what they were said to be
    uint32_t compared;         // mask of the rare earths that were compared
    size_t count;
    const OriginTested *lots; // in the order of records
} OriginGroup;

typedef struct OriginSurvey {
    OriginBook known; // to say what odd ones look like
    size_t count;
    OriginGroup *groups; // by facility, deposits first, then by row
} OriginSurvey;

MUST_CHECK bool origin_survey_read(const struct Book *book, Arena *arena, OriginSurvey *survey,
                                   Status *status);
