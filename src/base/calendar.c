// The conversions between days and civil dates are Howard Hinnant's ("chrono-compatible low-level
// date algorithms", https://howardhinnant.github.io/date_algorithms.html): years begin in March, so
// that the leap day is the last, and 400 years have 146097 days.
#include "base/calendar.h"

enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468, YEAR_MIN = 1970, YEAR_MAX = 9999 };

Day day_of(int year, int month, int day) {
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

void day_split(Day day, int *year, int *month, int *day_of_month) {
    int64_t shifted = (int64_t)day + DAYS_TO_1970;
    int era = (int)((shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA);
    int day_of_era = (int)(shifted - (int64_t)era * DAYS_PER_ERA);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int from_march = (5 * day_of_year + 2) / 153;
    *day_of_month = day_of_year - (153 * from_march + 2) / 5 + 1;
    *month = from_march < 10 ? from_march + 3 : from_march - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

Month month_of_day(Day day) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    return (Month)(year * 12 + month - 1);
}

int month_year(Month month) {
    return (int)(month / 12);
}

Day month_first_day(Month month) {
    return day_of(month_year(month), (int)(month % 12) + 1, 1);
}

Day month_last_day(Month month) {
    return month_first_day(month + 1) - 1;
}

// Division that rounds down, so that instants before 1970 fall on the right day.
static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int64_t instant_of_day(Instant instant) {
    int64_t rest = instant % INSTANT_PER_DAY;
    return rest < 0 ? rest + INSTANT_PER_DAY : rest;
}

Day instant_day(Instant instant, int offset_minutes) {
    // The day is taken before the offset is added, which therefore cannot overflow.
    int64_t day = floor_divide(instant, INSTANT_PER_DAY);
    int64_t local = instant_of_day(instant) + (int64_t)offset_minutes * 60 * INSTANT_PER_SECOND;
    return (Day)(day + floor_divide(local, INSTANT_PER_DAY));
}

// Reading: each step takes what it expects off the front, or says no.
static bool take_number(Text *text, size_t digits, int *number) {
    if (text->length < digits) return false;
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = text->at[i];
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    *number = value;
    text->at += digits;
    text->length -= digits;
    return true;
}

static bool take_char(Text *text, char expected) {
    if (text->length == 0 || text->at[0] != expected) return false;
    text->at++;
    text->length--;
    return true;
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (leap && month == 2);
}

static bool take_month(Text *text, int *year, int *month) {
    return take_number(text, 4, year) && *year >= YEAR_MIN && take_char(text, '-') &&
           take_number(text, 2, month) && *month >= 1 && *month <= 12;
}

static bool take_day(Text *text, Day *day) {
    int year, month, of_month;
    if (!take_month(text, &year, &month) || !take_char(text, '-')) return false;
    if (!take_number(text, 2, &of_month)) return false;
    if (of_month < 1 || of_month > days_in_month(year, month)) return false;
    *day = day_of(year, month, of_month);
    return true;
}

static bool take_offset(Text *text, int *minutes) {
    if (take_char(text, 'Z')) {
        *minutes = 0;
        return true;
    }
    bool west = take_char(text, '-');
    if (!west && !take_char(text, '+')) return false;
    int hours, rest;
    if (!take_number(text, 2, &hours) || !take_char(text, ':')) return false;
    if (!take_number(text, 2, &rest) || rest > 59) return false;
    int whole = hours * 60 + rest;
    if (whole > OFFSET_MINUTES_MAX) return false;
    *minutes = west ? -whole : whole;
    return true;
}

bool instant_read(Text text, Instant *instant) {
    Day day;
    int hour, minute, second, offset, micros = 0;
    if (!take_day(&text, &day) || !take_char(&text, 'T')) return false;
    if (!take_number(&text, 2, &hour) || hour > 23 || !take_char(&text, ':')) return false;
    if (!take_number(&text, 2, &minute) || minute > 59 || !take_char(&text, ':')) return false;
    if (!take_number(&text, 2, &second) || second > 59) return false;
    if (take_char(&text, '.')) {
        int digit, unit = INSTANT_PER_SECOND / 10, digits = 0;
        while (digits < 6 && take_number(&text, 1, &digit)) {
            micros += digit * unit;
            unit /= 10;
            digits++;
        }
        if (digits == 0) return false;
    }
    if (!take_offset(&text, &offset) || text.length) return false;
    int64_t seconds =
        (int64_t)day * 86400 + hour * 3600 + minute * 60 + second - (int64_t)offset * 60;
    int64_t value = seconds * INSTANT_PER_SECOND + micros;
    if (value < 0 || value > INSTANT_MAX) return false;
    *instant = value;
    return true;
}

bool day_read(Text text, Day *day) {
    Day value;
    if (!take_day(&text, &value) || text.length) return false;
    *day = value;
    return true;
}

bool month_read(Text text, Month *month) {
    int year, of_year;
    if (!take_month(&text, &year, &of_year) || text.length) return false;
    *month = (Month)(year * 12 + of_year - 1);
    return true;
}

bool offset_read(Text text, int *minutes) {
    int value;
    if (!take_offset(&text, &value) || text.length) return false;
    *minutes = value;
    return true;
}

// Printing, digit by digit: exports print millions of instants.
static char *put_number(char *at, int64_t value, int digits) {
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint64_t top = 1;
    for (int i = 1; i < digits; i++)
        top *= 10;
    while (left / 10 >= top)
        top *= 10; // years beyond the range get all their digits
    if (value < 0) *at++ = '-';
    for (; top; top /= 10)
        *at++ = (char)('0' + left / top % 10);
    return at;
}

static char *put_day(char *at, Day day) {
    int year, month, of_month;
    day_split(day, &year, &month, &of_month);
    at = put_number(at, year, 4);
    *at++ = '-';
    at = put_number(at, month, 2);
    *at++ = '-';
    return put_number(at, of_month, 2);
}

char *instant_print(Instant instant, char out[INSTANT_TEXT_MAX]) {
    Day day = instant_day(instant, 0);
    int64_t of_day = instant_of_day(instant);
    int64_t seconds = of_day / INSTANT_PER_SECOND, micros = of_day % INSTANT_PER_SECOND;
    char *at = put_day(out, day);
    *at++ = 'T';
    at = put_number(at, seconds / 3600, 2);
    *at++ = ':';
    at = put_number(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put_number(at, seconds % 60, 2);
    if (micros) {
        *at++ = '.';
        at = put_number(at, micros, 6);
        while (at[-1] == '0')
            at--;
    }
    *at++ = 'Z';
    *at = 0;
    return out;
}

char *day_print(Day day, char out[DAY_TEXT_MAX]) {
    *put_day(out, day) = 0;
    return out;
}

char *month_print(Month month, char out[MONTH_TEXT_MAX]) {
    char *at = put_number(out, month_year(month), 4);
    *at++ = '-';
    *put_number(at, (int64_t)(month % 12) + 1, 2) = 0;
    return out;
}

char *offset_print(int minutes, char out[OFFSET_TEXT_MAX]) {
    int size = minutes < 0 ? -minutes : minutes;
    char *at = out;
    *at++ = minutes < 0 ? '-' : '+';
    at = put_number(at, size / 60 % 100, 2);
    *at++ = ':';
    *put_number(at, size % 60, 2) = 0;
    return out;
}
