#include "examine/cells.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Text cell_trimmed(Text t) {
    while (t.length && (t.at[0] == ' ' || t.at[0] == '\t'))
        t.at++, t.length--;
    while (t.length && (t.at[t.length - 1] == ' ' || t.at[t.length - 1] == '\t'))
        t.length--;
    return t;
}

Cell cell_number(Text text, double *value, double *step) {
    char digits[64];
    size_t n = 0, commas = 0, points = 0, last_comma = 0;
    text = cell_trimmed(text);
    if (text.length == 0 || text_equal(text, TEXT("-")) || text_equal(text, TEXT("–")))
        return CELL_EMPTY;
    if (text.at[0] == '<') { // below a limit: nothing is known to be there
        *value = 0.0;
        if (step) *step = 0.0;
        return CELL_NUMBER;
    }
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (c == ' ' || c == '\'' || c == '%') continue;
        if ((uint8_t)c == 0xC2 && i + 1 < text.length) { // no-break space
            i++;
            continue;
        }
        if (n + 1 >= sizeof digits) return CELL_BAD;
        if (c == ',') commas++, last_comma = n;
        if (c == '.') points++;
        if (!((c >= '0' && c <= '9') || c == ',' || c == '.' || c == '-' || c == '+' || c == 'e' ||
              c == 'E'))
            return CELL_BAD;
        digits[n++] = c;
    }
    digits[n] = '\0';
    // A comma is the decimal point when it stands alone and not before three last digits.
    if (commas == 1 && points == 0 && n - last_comma != 4) digits[last_comma] = '.';
    size_t out = 0;
    for (size_t i = 0; i < n; i++)
        if (digits[i] != ',') digits[out++] = digits[i];
    digits[out] = '\0';
    char *end, *point = strchr(digits, '.');
    errno = 0;
    *value = strtod(digits, &end);
    size_t behind = point ? strspn(point + 1, "0123456789") : 0;
    while (behind && point[behind] == '0') // as a sheet keeps it
        behind--;
    if (step) *step = strpbrk(digits, "eE") ? 0.0 : pow(10.0, -(double)behind);
    return out && *end == '\0' && errno == 0 && isfinite(*value) ? CELL_NUMBER : CELL_BAD;
}

bool cell_month(Text text, Month *month) {
    unsigned year = 0, number = 0;
    size_t i = 0, digits = 0;
    text = cell_trimmed(text);
    for (; i < text.length && digits < 4 && text.at[i] >= '0' && text.at[i] <= '9'; i++, digits++)
        year = year * 10 + (unsigned)(text.at[i] - '0');
    if (digits != 4) return false;
    while (i < text.length && (text.at[i] < '0' || text.at[i] > '9'))
        i++;
    for (digits = 0; i < text.length && digits < 2 && text.at[i] >= '0' && text.at[i] <= '9';
         i++, digits++)
        number = number * 10 + (unsigned)(text.at[i] - '0');
    if (year < 1970 || year > 9999 || number < 1 || number > 12) return false;
    char plain[16];
    snprintf(plain, sizeof plain, "%04u-%02u", year, number);
    return month_read(text_of(plain), month);
}
