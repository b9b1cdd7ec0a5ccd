// The book's lots and references as the numbers that judge.h takes. Only here do milligrams become
// doubles.
//
// What is known: the reference composition of every deposit (where its scatter is not stated, 5 %
// is assumed), and what each material that comes from outside the book usually is: medians and
// median deviations of the log-ratios over all lots of it, 20 at least, those left out that one in
// a hundred is, those of other parties when there are enough of them, so that who is asked about
// does not set the measure.
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

// What these are made of, for the files beside this one. A deposit's reference; false when it has
// none.
bool origin_deposit_read(const struct Book *book, uint32_t row, OriginReference *reference,
                         OriginKnown *known);
// What `count` assayed lots of a material usually are. `*any` is false when they are too few.
MUST_CHECK bool origin_usual_read(const struct Book *book, uint32_t material, const uint32_t *lots,
                                  size_t count, uint32_t without, Arena *arena,
                                  OriginReference *reference, OriginKnown *known, bool *any,
                                  Status *status);
// All deposits, with room for so many more.
MUST_CHECK bool origin_known_begin(const struct Book *book, size_t more, Arena *arena,
                                   OriginBook *known, Status *status);

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
// Its composition and its errors alone: `declared`, `measured` and `kg`.
void origin_declared_read(const struct Book *book, uint32_t lot, OriginLot *read);
