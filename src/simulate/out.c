// Text of events. The program's own JSON writer is general; this one knows that our texts need no
// escapes and our figures come from integers, and writes some hundred megabytes a second.
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "simulate/industry.h"

static bool room(Out *out, size_t more) {
    if (out->capacity - out->length >= more) return true;
    size_t capacity = out->capacity ? out->capacity * 2 : 65536;
    while (capacity - out->length < more)
        capacity *= 2;
    char *bytes = memory_resize(out->bytes, capacity);
    if (!bytes) {
        out->failed = true;
        return false;
    }
    out->bytes = bytes;
    out->capacity = capacity;
    return true;
}

void put_bytes(Out *out, const char *bytes, size_t length) {
    if (!length || !room(out, length)) return;
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

void put(Out *out, const char *text) {
    put_bytes(out, text, strlen(text));
}

// Digits of a value with `decimals` places, trailing zeros of them left out.
static size_t digits(char *end, uint64_t value, int decimals) {
    char *at = end;
    bool seen = false;
    for (int i = 0; i < decimals; i++, value /= 10) {
        char digit = (char)('0' + value % 10);
        if (digit != '0') seen = true;
        if (seen) *--at = digit;
    }
    if (seen) *--at = '.';
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    return (size_t)(end - at);
}

static void put_decimal(Out *out, int64_t value, int decimals, bool quoted) {
    char text[40];
    assert(value >= 0);
    char *end = text + sizeof text - 1;
    size_t length = digits(end, (uint64_t)value, decimals);
    char *start = end - length;
    if (quoted) {
        *end = '"';
        *--start = '"';
        length += 2;
    }
    put_bytes(out, start, length);
}

void put_number(Out *out, int64_t value) {
    put_decimal(out, value, 0, false);
}

void put_kg(Out *out, int64_t mg) {
    put_decimal(out, mg, 6, true);
}

void put_per_cent(Out *out, int64_t ppb) {
    put_decimal(out, ppb, 7, true);
}

void put_text(Out *out, const char *text) {
    put(out, "\"");
    put(out, text);
    put(out, "\"");
}

void put_time(Out *out, Day day, uint32_t second) {
    char text[DAY_TEXT_MAX];
    char clock[] = "T00:00:00" OFFSET_TEXT;
    day += (Day)(second / 86400);
    second %= 86400;
    uint32_t parts[3] = {second / 3600, second / 60 % 60, second % 60};
    for (int i = 0; i < 3; i++) {
        clock[1 + 3 * i] = (char)('0' + parts[i] / 10);
        clock[2 + 3 * i] = (char)('0' + parts[i] % 10);
    }
    put(out, day_print(day, text));
    put(out, clock);
}

void out_done(Out *out) {
    memory_free(out->bytes);
    *out = (Out){0};
}
