// What a number in a workbook's cell says, as text: figures, per cent, days.
// A number has no kind of its own there; that it is a day shows in the format it is displayed with.
// Knows nothing of files.
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum XlsxFormat {
    XLSX_FORMAT_PLAIN,
    XLSX_FORMAT_PERCENT,
    XLSX_FORMAT_DAY,
    XLSX_FORMAT_DAY_TIME, // a day with the time of day
    XLSX_FORMAT_TIME
} XlsxFormat;

// The formats that have a number and no text (ECMA-376 part 1, 18.8.30, with those of Chinese,
// Japanese and Korean workbooks).
XlsxFormat xlsx_format_builtin(unsigned long id);
// Of a format's text, by its first section: "yyyy-mm" is a day, "0.0%" per cent.
XlsxFormat xlsx_format_of(Text code);

enum { XLSX_VALUE_TEXT_MAX = 48 };
typedef enum XlsxValue { XLSX_VALUE_BAD, XLSX_VALUE_NUMBER, XLSX_VALUE_DAY } XlsxValue;

// `raw` as it stands in the file. Numbers get the shortest decimal text that reads back as the same
// double, without an exponent from 1e-7 to 1e21 (12.300000000000001 is "12.3"); per cent are
// "12.5%"; days "2026-05-31", with " 14:30:00" behind where the format shows a time and there is
// one; times "14:30:00". BAD: no decimal number, or no day that was (0, below it, beyond 9999, and
// 1900-02-29); then nothing is written.
XlsxValue xlsx_number(Text raw, XlsxFormat format, bool since_1904, char out[XLSX_VALUE_TEXT_MAX]);
// A day as strict workbooks write it: "2026-05-31", "2026-05-31T14:30:00".
XlsxValue xlsx_iso_day(Text raw, char out[XLSX_VALUE_TEXT_MAX]);
