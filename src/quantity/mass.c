// Products of masses and fractions.
#include "quantity/mass.h"

#include <assert.h>

Mass mass_fraction_even(Mass mass, Fraction fraction) {
    int64_t mg = 0;
    bool fits = i64_muldiv_even(mass.mg, fraction.ppb, FRACTION_ONE_PPB, &mg);
    assert(fits); // a fraction is at most one
    return (Mass){mg};
}
