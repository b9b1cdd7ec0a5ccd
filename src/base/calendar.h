// Civil dates, months and instants without a clock and without a time-zone database.
// A Day counts days since 1970-01-01 in the proleptic Gregorian calendar; an Instant counts
// microseconds since 1970-01-01T00:00:00Z. Law goes by the civil date at a stated offset (B7).
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

typedef int64_t Instant; // microseconds, UTC
typedef int32_t Day;     // days since 1970-01-01
typedef uint32_t Month;  // year * 12 + (month - 1): 1970-01 is 23640, 9999-12 is 119999

enum { INSTANT_PER_SECOND = 1000000, OFFSET_MINUTES_MAX = 14 * 60 };
#define INSTANT_PER_DAY ((int64_t)86400 * INSTANT_PER_SECOND)
#define INSTANT_MAX     ((int64_t)253402300799999999) // 9999-12-31T23:59:59.999999Z

Day day_of(int year, int month, int day); // month 1 to 12, day 1 to 31, unchecked
void day_split(Day day, int *year, int *month, int *day_of_month);
Month month_of_day(Day day);
Day month_first_day(Month month);
Day month_last_day(Month month);
int month_year(Month month);
// The civil date of an instant at an offset in minutes east of UTC.
Day instant_day(Instant instant, int offset_minutes);

// RFC 3339 with offset: years 1970 to 9999, seconds 00 to 59, at most six digits of a second,
// 'T' and 'Z' upper case, offset +hh:mm, -hh:mm (at most 14 hours) or Z. False when it is anything
// else, or lies outside 1970 to 9999 as UTC, so that what was read prints as something readable.
bool instant_read(Text text, Instant *instant);
// YYYY-MM-DD, a day that exists, 1970 to 9999.
bool day_read(Text text, Day *day);
// YYYY-MM.
bool month_read(Text text, Month *month);
// +hh:mm or -hh:mm (and Z), at most 14 hours.
bool offset_read(Text text, int *minutes);

enum { INSTANT_TEXT_MAX = 36, DAY_TEXT_MAX = 12, MONTH_TEXT_MAX = 10, OFFSET_TEXT_MAX = 8 };
// As UTC with 'Z', the shortest fraction of a second. All print zero-ended text and return `out`.
char *instant_print(Instant instant, char out[INSTANT_TEXT_MAX]);
char *day_print(Day day, char out[DAY_TEXT_MAX]);
char *month_print(Month month, char out[MONTH_TEXT_MAX]);
char *offset_print(int minutes, char out[OFFSET_TEXT_MAX]);
