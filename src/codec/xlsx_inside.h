// What xlsx.c and xlsx_sheet.c share. Private to them.
#pragma once
#include "codec/xlsx.h"
#include "codec/xlsx_xml.h"

enum { XLSX_STRINGS_A_CHUNK = 1024 };

// Decodes "_x000D_" (22.9.2.19 ST_Xstring) in place; gives the new length.
size_t xlsx_unescape(char *bytes, size_t length);
// A copy that stays as long as the arena.
MUST_CHECK bool xlsx_keep(Xlsx *xlsx, Text text, Text *kept, Status *status);
// An array in the arena with room for one more: `array` itself or a copy of it, the rest being
// zero. Null for want of memory.
void *xlsx_widen(Xlsx *xlsx, void *array, size_t count, size_t *room, size_t size);
// A number without sign; false when it is none, or above `most`.
bool xlsx_count(Text digits, unsigned long most, unsigned long *count);
bool xlsx_true(const char *attribute); // "1", "true"; null is false
