// Decimal text to integers and back, digit by digit. Frozen:
//     (0|[1-9][0-9]{0,11})(\.[0-9]{1,7})?
#include "quantity/decimal.h"

#include <assert.h>

enum {
    WHOLE_DIGITS_MAX = 12,
    DECIMALS_MAX = 7,         // read from text
    PRINTED_DECIMALS_MAX = 9, // parts per billion as a number
    MASS_DECIMALS = 6,        // kilograms to milligrams
    PER_CENT_DECIMALS = 7,    // per cent to parts per billion
    MICRO_DECIMALS = 6,
    QUOTED_MAX = 40 // of a text that is complained of
};

typedef enum Reading { READ, NOT_DECIMAL, TOO_FINE, TOO_LARGE } Reading;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// With `decimals` digits after the point, as an integer of the smallest unit.
static Reading read_scaled(Text text, int decimals, int64_t *value) {
    size_t at = 0;
    uint64_t number = 0; // 12 digits and 7 more stay below 10^19
    while (at < text.length && is_digit(text.at[at])) {
        if (at < WHOLE_DIGITS_MAX) number = number * 10 + (uint64_t)(text.at[at] - '0');
        at++;
    }
    size_t whole = at, fine = 0;
    if (whole == 0 || (whole > 1 && text.at[0] == '0')) return NOT_DECIMAL;
    if (at < text.length) {
        if (text.at[at] != '.') return NOT_DECIMAL;
        at++;
        for (; at < text.length && is_digit(text.at[at]); at++, fine++) {
            if (fine < (size_t)decimals) number = number * 10 + (uint64_t)(text.at[at] - '0');
        }
        if (fine == 0 || at < text.length) return NOT_DECIMAL;
    }
    if (whole > WHOLE_DIGITS_MAX) return TOO_LARGE;
    if (fine > (size_t)decimals) return TOO_FINE;
    for (; fine < (size_t)decimals; fine++)
        number *= 10;
    if (number > (uint64_t)INT64_MAX) return TOO_LARGE;
    *value = (int64_t)number;
    return READ;
}

// `text` quoted in a message is cut, since a stranger may send a megabyte of digits.
static bool refuse(Status *status, Text text, Reading reading, const char *kind, int decimals,
                   const char *example, const char *largest) {
    static const char *const words[] = {"no",   "one",  "two", "three",
                                        "four", "five", "six", "seven"};
    bool cut = text.length > QUOTED_MAX;
    int shown = cut ? QUOTED_MAX : (int)text.length;
    const char *dots = cut ? "..." : "";
    const char *from = text.length ? text.at : "";
    if (reading == TOO_LARGE) {
        status_set(status, STATUS_INVALID, "\"%.*s%s\" is too large for %s", shown, from, dots,
                   kind);
        return status_hint(status, "at most %s", largest);
    }
    if (reading == TOO_FINE && decimals > 0) {
        status_set(status, STATUS_INVALID, "\"%.*s%s\" is too fine for %s", shown, from, dots,
                   kind);
        return status_hint(status, "at most %s digit%s after the point, for example %s",
                           words[decimals], decimals == 1 ? "" : "s", example);
    }
    status_set(status, STATUS_INVALID, "\"%.*s%s\" is not %s", shown, from, dots, kind);
    if (decimals == 0) return status_hint(status, "digits alone, for example %s", example);
    return status_hint(status, "digits, at most %s after the point, for example %s",
                       words[decimals], example);
}

bool mass_read(Text kilograms, Mass *mass, Status *status) {
    int64_t mg;
    Reading reading = read_scaled(kilograms, MASS_DECIMALS, &mg);
    if (reading != READ) {
        return refuse(status, kilograms, reading, "a mass in kilograms", MASS_DECIMALS, "1250.5",
                      "999999999999.999999 kg");
    }
    assert(mg < MASS_LIMIT_MG); // twelve digits of kilograms
    mass->mg = mg;
    return true;
}

bool fraction_read(Text per_cent, Fraction *fraction, Status *status) {
    int64_t ppb;
    Reading reading = read_scaled(per_cent, PER_CENT_DECIMALS, &ppb);
    if (reading == READ && ppb > FRACTION_ONE_PPB) reading = TOO_LARGE;
    if (reading != READ) {
        return refuse(status, per_cent, reading, "a fraction in per cent", PER_CENT_DECIMALS,
                      "29.75", "100 per cent");
    }
    fraction->ppb = (int32_t)ppb;
    return true;
}

bool micro_read(Text number, uint32_t *micro, Status *status) {
    int64_t value;
    Reading reading = read_scaled(number, MICRO_DECIMALS, &value);
    if (reading == READ && value > UINT32_MAX) reading = TOO_LARGE;
    if (reading != READ) {
        return refuse(status, number, reading, "a factor", MICRO_DECIMALS, "1.17277",
                      "4294.967295");
    }
    *micro = (uint32_t)value;
    return true;
}

bool decimal_read(Text text, int decimals, int64_t *value, Status *status) {
    assert(decimals >= 0 && decimals <= DECIMALS_MAX);
    int64_t number;
    Reading reading = read_scaled(text, decimals, &number);
    if (reading != READ) {
        return refuse(status, text, reading, decimals ? "a decimal number" : "a whole number",
                      decimals, decimals ? "12.5" : "12",
                      decimals == DECIMALS_MAX ? "922337203685.4775807"
                                               : "twelve digits before the point");
    }
    *value = number;
    return true;
}

char *decimal_print(i128 value, int decimals, char out[DECIMAL_TEXT_MAX]) {
    assert(decimals >= 0 && decimals <= PRINTED_DECIMALS_MAX);
    u128 left = value < 0 ? -(u128)value : (u128)value;
    // Digits come from the right; zeros at the end of the fraction are left out.
    char digits[DECIMAL_TEXT_MAX];
    char *at = digits + sizeof digits;
    *--at = 0;
    int place = 0;
    bool shown = decimals == 0;
    while (left != 0 || place <= decimals) {
        int digit;
        if (left <= UINT64_MAX) {
            digit = (int)((uint64_t)left % 10);
            left = (uint64_t)left / 10;
        } else {
            digit = (int)(left % 10);
            left /= 10;
        }
        if (place == decimals) {
            if (shown && decimals > 0) *--at = '.';
            shown = true;
        }
        if (digit != 0) shown = true;
        if (shown) *--at = (char)('0' + digit);
        place++;
    }
    if (value < 0) *--at = '-';
    memcpy(out, at, (size_t)(digits + sizeof digits - at));
    return out;
}

char *mass_print(Mass mass, char out[DECIMAL_TEXT_MAX]) {
    return decimal_print(mass.mg, MASS_DECIMALS, out);
}

char *mass_print_wide(i128 mg, char out[DECIMAL_TEXT_MAX]) {
    return decimal_print(mg, MASS_DECIMALS, out);
}

char *fraction_print(Fraction fraction, char out[DECIMAL_TEXT_MAX]) {
    return decimal_print(fraction.ppb, PER_CENT_DECIMALS, out);
}
