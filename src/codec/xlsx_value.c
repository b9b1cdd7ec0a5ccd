#include "codec/xlsx_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"

enum {
    RAW_MAX = 320,    // no double needs more
    DIGITS_MAX = 17,  // of a double
    DAY_1900 = 25569, // 1970-01-01 as a number of days there, 1900-01-01 being 1 ...
    DAY_1904 = 24107, // ... and 1904-01-01 being 0
    FALSE_LEAP = 60,  // "1900-02-29", which Lotus 1-2-3 had and all have kept
    SECONDS_PER_DAY = 86400
};

XlsxFormat xlsx_format_builtin(unsigned long id) {
    if (id == 9 || id == 10) return XLSX_FORMAT_PERCENT;
    if (id == 22) return XLSX_FORMAT_DAY_TIME;
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) ||
        id == 57 || id == 58)
        return XLSX_FORMAT_DAY;
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 ||
        id == 56)
        return XLSX_FORMAT_TIME;
    return XLSX_FORMAT_PLAIN;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_here(Text code, size_t at, const char *word) {
    for (size_t i = 0; word[i]; i++)
        if (at + i >= code.length || lower(code.at[at + i]) != word[i]) return false;
    return true;
}

// "[h]" counts hours; "[Red]", "[$-409]", "[>100]" are nothing to us.
static bool is_elapsed(Text code, size_t from, size_t to) {
    char c = to > from ? lower(code.at[from]) : 0;
    if (c != 'h' && c != 'm' && c != 's') return false;
    for (size_t i = from; i < to; i++)
        if (lower(code.at[i]) != c) return false;
    return true;
}

XlsxFormat xlsx_format_of(Text code) {
    bool day = false, month = false, time = false, percent = false, digits = false;
    for (size_t i = 0; i < code.length && code.at[i] != ';'; i++) {
        char c = lower(code.at[i]);
        size_t end;
        switch (c) {
        case '"':
            while (i + 1 < code.length && code.at[++i] != '"') {
            }
            continue;
        case '\\':
        case '_':
        case '*':
            i++; // the next is shown, or as wide, or repeated
            continue;
        case '[':
            for (end = i + 1; end < code.length && code.at[end] != ']';)
                end++;
            time |= is_elapsed(code, i + 1, end);
            i = end;
            continue;
        case 'g':
            if (begins_here(code, i, "general")) {
                i += 6;
                continue;
            }
            day = true; // an era
            continue;
        case 'a':
            if (begins_here(code, i, "am/pm") || begins_here(code, i, "a/p")) {
                i += begins_here(code, i, "am/pm") ? 4 : 2;
                time = true;
            }
            continue;
        case 'e': // a year of an era, or the exponent of 0.00E+00
            day |= !digits;
            continue;
        case 'y':
        case 'd':
            day = true;
            continue;
        case 'm': // a month, unless hours or seconds stand with it
            month = true;
            continue;
        case 'h':
        case 's':
            time = true;
            continue;
        case '0':
        case '#':
        case '?':
            digits = true;
            continue;
        case '%':
            percent = true;
            continue;
        default:
            continue;
        }
    }
    if (day || (month && !time)) return time ? XLSX_FORMAT_DAY_TIME : XLSX_FORMAT_DAY;
    if (time) return XLSX_FORMAT_TIME;
    return percent ? XLSX_FORMAT_PERCENT : XLSX_FORMAT_PLAIN;
}

// What XML Schema calls a double, less its INF and NaN.
static bool is_decimal(Text raw, bool *shortest) {
    size_t i = 0, whole = 0, part = 0;
    bool exponent = false;
    if (i < raw.length && (raw.at[i] == '-' || raw.at[i] == '+')) i++;
    size_t first = i;
    for (; i < raw.length && raw.at[i] >= '0' && raw.at[i] <= '9'; i++)
        whole++;
    if (i < raw.length && raw.at[i] == '.')
        for (i++; i < raw.length && raw.at[i] >= '0' && raw.at[i] <= '9'; i++)
            part++;
    bool dot = first + whole<i, one = whole + part> 0;
    if (one && i < raw.length && (raw.at[i] == 'e' || raw.at[i] == 'E')) {
        exponent = true;
        size_t digits = 0;
        if (++i < raw.length && (raw.at[i] == '-' || raw.at[i] == '+')) i++;
        for (; i < raw.length && raw.at[i] >= '0' && raw.at[i] <= '9'; i++)
            digits++;
        one = digits > 0;
    }
    // At most 15 digits, none for nothing: no other text as short reads as the same double.
    *shortest = whole && whole + part <= 15 && !exponent && raw.at[0] != '+' &&
                (raw.at[first] != '0' || whole == 1) &&
                (dot ? part && raw.at[i - 1] != '0' : raw.at[0] != '-' || raw.at[first] != '0');
    return one && i == raw.length;
}

// The shortest digits that read back as `value`, and where the point stands among them: 12.3 is
// "123" and 2.
static size_t digits_of(double value, char digits[DIGITS_MAX + 1], int *point) {
    char text[40];
    int given = 15;
    for (; given <= DIGITS_MAX; given++) {
        snprintf(text, sizeof text, "%.*e", given - 1, value);
        if (given == DIGITS_MAX || strtod(text, NULL) == value) break;
    }
    size_t n = 0;
    const char *at = text;
    for (; *at && *at != 'e'; at++)
        if (*at >= '0' && *at <= '9') digits[n++] = *at;
    *point = (int)strtol(at + 1, NULL, 10) + 1;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = 0;
    return n;
}

static char *put_zeros(char *to, int count) {
    for (int i = 0; i < count; i++)
        *to++ = '0';
    return to;
}

static void print_number(double value, int shift, const char *behind,
                         char out[XLSX_VALUE_TEXT_MAX]) {
    char digits[DIGITS_MAX + 1];
    int point = 1;
    char *to = out;
    if (value < 0.0) *to++ = '-';
    if (value == 0.0) {
        snprintf(out, XLSX_VALUE_TEXT_MAX, "0%s", behind);
        return;
    }
    size_t n = digits_of(fabs(value), digits, &point);
    point += shift;
    if (point > 21 || point < -6) {
        to += snprintf(to, 32, "%c%s%se%+d", digits[0], n > 1 ? "." : "", digits + 1, point - 1);
    } else if (point <= 0) {
        *to++ = '0';
        *to++ = '.';
        to = put_zeros(to, -point);
        memcpy(to, digits, n);
        to += n;
    } else {
        size_t whole = (size_t)point < n ? (size_t)point : n;
        memcpy(to, digits, whole);
        to = put_zeros(to + whole, point - (int)whole);
        if (n > whole) {
            *to++ = '.';
            memcpy(to, digits + whole, n - whole);
            to += n - whole;
        }
    }
    strcpy(to, behind);
}

static XlsxValue print_day(double value, bool with_time, bool since_1904,
                           char out[XLSX_VALUE_TEXT_MAX]) {
    if (!(value >= 0.0 && value < 2958466.0)) return XLSX_VALUE_BAD; // 9999-12-31 is 2958465
    int day = (int)floor(value);
    int seconds = (int)lround((value - day) * SECONDS_PER_DAY);
    if (seconds == SECONDS_PER_DAY) {
        day++;
        seconds = 0;
    }
    if (!since_1904 && (day < 1 || day == FALSE_LEAP)) return XLSX_VALUE_BAD;
    Day since_1970 = since_1904 ? day - DAY_1904 : day - DAY_1900 + (day < FALSE_LEAP);
    int year, month, of_month;
    day_split(since_1970, &year, &month, &of_month);
    if (year > 9999) return XLSX_VALUE_BAD;
    int length = snprintf(out, XLSX_VALUE_TEXT_MAX, "%04d-%02d-%02d", year, month, of_month);
    if (with_time && seconds)
        snprintf(out + length, XLSX_VALUE_TEXT_MAX - (size_t)length, " %02d:%02d:%02d",
                 seconds / 3600, seconds / 60 % 60, seconds % 60);
    return XLSX_VALUE_DAY;
}

XlsxValue xlsx_number(Text raw, XlsxFormat format, bool since_1904, char out[XLSX_VALUE_TEXT_MAX]) {
    bool shortest;
    char text[RAW_MAX];
    if (!is_decimal(raw, &shortest) || raw.length >= sizeof text) return XLSX_VALUE_BAD;
    if (shortest && format == XLSX_FORMAT_PLAIN) {
        memcpy(out, raw.at, raw.length);
        out[raw.length] = 0;
        return XLSX_VALUE_NUMBER;
    }
    memcpy(text, raw.at, raw.length);
    text[raw.length] = 0;
    double value = strtod(text, NULL);
    if (!isfinite(value)) return XLSX_VALUE_BAD;
    switch (format) {
    case XLSX_FORMAT_DAY:
    case XLSX_FORMAT_DAY_TIME:
        return print_day(value, format == XLSX_FORMAT_DAY_TIME, since_1904, out);
    case XLSX_FORMAT_TIME:
        if (value >= 0.0 && value < 1e6) {
            long seconds = lround(value * SECONDS_PER_DAY);
            snprintf(out, XLSX_VALUE_TEXT_MAX, "%02ld:%02ld:%02ld", seconds / 3600,
                     seconds / 60 % 60, seconds % 60);
            return XLSX_VALUE_DAY;
        }
        break;
    case XLSX_FORMAT_PERCENT:
        print_number(value, 2, "%", out);
        return XLSX_VALUE_NUMBER;
    case XLSX_FORMAT_PLAIN:
        break;
    }
    print_number(value, 0, "", out);
    return XLSX_VALUE_NUMBER;
}

XlsxValue xlsx_iso_day(Text raw, char out[XLSX_VALUE_TEXT_MAX]) {
    // 1900 to 9999; calendar's own reader begins with 1970.
    int number[3] = {0, 0, 0};
    static const int length[3] = {4, 2, 2};
    size_t at = 0;
    for (int part = 0; part < 3; part++) {
        if (part && (at >= raw.length || raw.at[at++] != '-')) return XLSX_VALUE_BAD;
        for (int i = 0; i < length[part]; i++, at++) {
            if (at >= raw.length || raw.at[at] < '0' || raw.at[at] > '9') return XLSX_VALUE_BAD;
            number[part] = number[part] * 10 + (raw.at[at] - '0');
        }
    }
    int year, month, day;
    if (number[0] < 1000 || number[1] < 1 || number[1] > 12 || number[2] < 1 || number[2] > 31)
        return XLSX_VALUE_BAD;
    day_split(day_of(number[0], number[1], number[2]), &year, &month, &day);
    if (day != number[2]) return XLSX_VALUE_BAD;
    Text time = {raw.at + at, raw.length - at};
    bool has_time = time.length >= 9 && time.at[0] == 'T' && memcmp(time.at, "T00:00:00", 9) != 0;
    for (size_t i = 1; has_time && i < 9; i++)
        has_time = i % 3 ? time.at[i] >= '0' && time.at[i] <= '9' : time.at[i] == ':';
    if (time.length && time.at[0] != 'T') return XLSX_VALUE_BAD;
    snprintf(out, XLSX_VALUE_TEXT_MAX, "%04d-%02d-%02d%s%.*s", year, month, day,
             has_time ? " " : "", has_time ? 8 : 0, has_time ? time.at + 1 : "");
    return XLSX_VALUE_DAY;
}
