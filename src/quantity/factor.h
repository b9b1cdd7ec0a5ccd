// Conversion from element to oxide: integers x 10^6 that stand in the book (a `factors` event),
// since a revised atomic weight must not change an old quota. REO = oxide equivalent.
#pragma once
#include "quantity/component.h"
#include "quantity/mass.h"

enum { FACTOR_ONE = 1000000 };
typedef struct Factors {
    uint32_t micro[COMPONENT_COUNT];
} Factors; // 0: no factor for this component

// REO of contents in mg by component (only the rare earths in `stated` count), rounded once, half
// to even, on the sum over the elements (B29). False when the sum needs more than 64 bits.
bool factors_reo(const Factors *factors, uint64_t stated, const int64_t mg[COMPONENT_COUNT],
                 Mass *reo);
// The factors of data/ree_elements.csv (IUPAC 2024), the default of `init`.
extern const Factors factors_default;
