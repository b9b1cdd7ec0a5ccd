// The book's lots and references as the numbers that judge.h takes. Only here do milligrams become
// doubles.
//
// What is known: the reference composition of every deposit (where its scatter is not stated, 5 %
// is assumed), and what each material that comes from outside the book usually is: medians and
// median deviations of the log-ratios over all lots of it, 20 at least, those of other parties when
// there are enough of them, so that who is asked about does not set the measure.
#pragma once
#include "origin/from_book.h"
#include "origin/judge.h"

typedef struct OriginReference {
    Text id, name; // borrowed from the book
    bool deposit;  // else a material from outside
    uint32_t row;  // of the deposits, or the materials
    size_t lots;   // that it was taken from; 0 for a deposit
    bool scatter_stated;
} OriginReference;

typedef struct OriginBook {
    size_t count;
    OriginReference *reference;
    OriginKnown *known; // by reference
} OriginBook;

// `without`: a party whose lots set no measure, or TRACE_NONE.
MUST_CHECK bool origin_book_read(const struct Book *book, const Lineage *lineage, uint32_t without,
                                 Arena *arena, OriginBook *known, Status *status);

typedef struct OriginLot {
    OriginDeclared declared; // by rare earth, kg
    bool measured;           // somebody measured it; else it was calculated or only said
    double *share;           // by reference: parts of its rare earths, by genealogy
    double known, outside;   // sums: with a reference, and without one
    unsigned steps;
    uint32_t separated_at; // facility row where elements were separated on the way, or TRACE_NONE
    double kg;             // rare earths that it holds
    bool complete;
} OriginLot;

MUST_CHECK bool origin_lot_read(const struct Book *book, uint32_t lot, const OriginBook *known,
                                const OriginLimits *limits, Arena *arena, OriginLot *read,
                                Status *status);
