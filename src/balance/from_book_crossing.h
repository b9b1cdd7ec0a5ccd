// What went from one facility to another, as both sides saw it: the book's shipper-receiver
// differences (B20) as doubles, each with the measurements it rests on.
//
// A *crossing* is one line of a receipt: `sent` at the shipper's figures, `received` at the
// receiver's. It counts for the components that both sides stated in full and neither found below a
// limit (unknown is not zero); what was taken back by a correction is left out. Copied out of the
// book, so that nothing of it is needed afterwards.
#pragma once
#include "base/arena.h"
#include "base/calendar.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Book;

#define CROSSING_NOWHERE UINT32_MAX

typedef struct BookCrossing {
    uint32_t from,
        to;          // places among the balances' facilities, or CROSSING_NOWHERE: without balance
    Month month;     // posted in
    uint32_t mask;   // components by bit
    size_t first_kg; // kg[first_kg + 2 * nth], by nth component of the mask: sent, then received
    size_t first_term, terms;
} BookCrossing;

// Mass of what a measurement stands for, + in what was sent, - in what was received. A measurement
// that both sides stand on alike (an assay that went with the goods) cancels and is left out.
typedef struct CrossingTerm {
    uint32_t measure; // place in `measure`
    double kg;
} CrossingTerm;

typedef struct CrossingMeasure {
    uint32_t measurement; // row of the book's
    uint32_t group;       // of the shared error, or SEQUENCE_NO_GROUP
    uint32_t mask;        // components
    bool whole;           // a weighing: one draw for all components
    size_t first;         // u[first + nth], s[first + nth], kg for each kg, by nth component
} CrossingMeasure;

typedef struct BookCrossings {
    size_t count;
    BookCrossing *crossing; // in the book's order
    double *kg;
    CrossingTerm *term;
    CrossingMeasure *measure;
    size_t measures;
    double *u, *s;
    // By row of the book's measurements: its place in `measure` + 1, or 0.
    size_t measurements;
    const uint32_t *measure_of;
} BookCrossings;

// `place` by facility row: its place, or CROSSING_NOWHERE. Months after `until` are left out; 0
// takes all. Fails only for want of memory.
MUST_CHECK bool book_crossings_read(const struct Book *book, Month until, const uint32_t *place,
                                    Arena *arena, BookCrossings *crossings, Status *status);

// One effect of a measurement on the difference sent - received: kg of one standard deviation, its
// own and the shared one.
typedef struct CrossingError {
    uint32_t component; // bit
    uint32_t measurement, group;
    bool whole;
    double kg;   // signed mass that it stands for
    double u, s; // for each kg
} CrossingError;
// Calls `visit` for each, of the components in `mask`.
void crossing_errors(const BookCrossings *crossings, const BookCrossing *crossing, uint32_t mask,
                     void (*visit)(void *context, const CrossingError *error), void *context);
