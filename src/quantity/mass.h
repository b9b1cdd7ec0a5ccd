// Mass in milligrams and fractions in parts per billion (frozen, docs/design.md section 3).
// A struct of one integer costs nothing, and the compiler refuses to add a mass to a fraction.
#pragma once
#include "base/integer.h"
#include <stdint.h>

typedef struct Mass {
    int64_t mg;
} Mass;
typedef struct Fraction {
    int32_t ppb;
} Fraction;

#define MASS_LIMIT_MG ((int64_t)1000000000000000000) // every mass in an event is less than 10^18 mg
enum { FRACTION_ONE_PPB = 1000000000 };

static inline Mass mass_mg(int64_t mg) {
    return (Mass){mg};
}
static inline bool mass_add(Mass a, Mass b, Mass *sum) {
    return i64_add(a.mg, b.mg, &sum->mg);
}
static inline bool mass_sub(Mass a, Mass b, Mass *left) {
    return i64_sub(a.mg, b.mg, &left->mg);
}
// mass * fraction, rounded once, half to even.
Mass mass_fraction_even(Mass mass, Fraction fraction);
