// Decimal text to integers and back, digit by digit (frozen, docs/design.md section 3):
//     (0|[1-9][0-9]{0,11})(\.[0-9]{1,7})?
// kilograms with up to six decimals become milligrams, per cent with up to seven become parts per
// billion. No sign, no exponent. What does not fit is refused, never rounded. Printing gives the
// shortest text of the same value.
#pragma once
#include "base/status.h"
#include "base/text.h"
#include "quantity/mass.h"
#include <stdbool.h>

enum { DECIMAL_TEXT_MAX = 48 };

// Each says in `status` what is wrong and what would be right; nothing is written on failure.
MUST_CHECK bool mass_read(Text kilograms, Mass *mass, Status *status);
MUST_CHECK bool fraction_read(Text per_cent, Fraction *fraction, Status *status); // at most 100 %
// A plain number with six decimals, such as a conversion factor: 1.172770 -> 1172770.
MUST_CHECK bool micro_read(Text number, uint32_t *micro, Status *status);
// A number with up to `decimals` (at most 7) decimals as an integer of that unit; no upper limit
// but int64.
MUST_CHECK bool decimal_read(Text text, int decimals, int64_t *value, Status *status);

// Kilograms; negative masses get a leading '-' (answers may hold differences).
char *mass_print(Mass mass, char out[DECIMAL_TEXT_MAX]);
// Totals are exact at any size.
char *mass_print_wide(i128 mg, char out[DECIMAL_TEXT_MAX]);
char *fraction_print(Fraction fraction, char out[DECIMAL_TEXT_MAX]); // per cent
// At most nine decimals: shares are printed from parts per billion.
char *decimal_print(i128 value, int decimals, char out[DECIMAL_TEXT_MAX]);
