// Every part is formatted beside the status and then copied, so that a part may be made from
// itself:
//     status_where(status, "line %lu: %s", line, status->where)
#include "base/status.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

// Copies with what could harm a terminal, a log or a JSON text replaced by '?', since messages
// quote what strangers sent. Cuts before the limit at the start of a character.
static void put_clean(char *out, size_t out_size, const char *from) {
    size_t length = strlen(from), at = 0, put = 0;
    while (at < length) {
        uint8_t c = (uint8_t)from[at];
        size_t width = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        bool control = c < 0x20 || c == 0x7F || (c == 0xC2 && (uint8_t)from[at + 1] < 0xA0);
        if (control || width > length - at || !utf8_is_valid((Text){from + at, width})) {
            if (put + 1 >= out_size) break;
            out[put++] = '?';
            at += control ? smaller(width, length - at) : 1;
            continue;
        }
        if (put + width >= out_size) break;
        memcpy(out + put, from + at, width);
        put += width;
        at += width;
    }
    out[put] = 0;
}

static void put_formatted(char *out, size_t out_size, const char *format, va_list arguments)
    PRINTF_LIKE(3, 0);

static void put_formatted(char *out, size_t out_size, const char *format, va_list arguments) {
    char made[sizeof(((Status *)0)->message) + 4]; // a character cut here lies beyond the limit
    if (vsnprintf(made, sizeof made, format, arguments) < 0) made[0] = 0;
    put_clean(out, out_size, made);
}

void status_clear(Status *status) {
    if (!status) return;
    status->code = STATUS_OK;
    status->message[0] = status->where[0] = status->hint[0] = status->detail[0] = 0;
}

bool status_set(Status *status, StatusCode code, const char *format, ...) {
    if (!status) return false;
    va_list arguments;
    va_start(arguments, format);
    put_formatted(status->message, sizeof status->message, format, arguments);
    va_end(arguments);
    status->code = code;
    status->where[0] = status->hint[0] = status->detail[0] = 0;
    return false;
}

bool status_where(Status *status, const char *format, ...) {
    if (!status) return false;
    va_list arguments;
    va_start(arguments, format);
    put_formatted(status->where, sizeof status->where, format, arguments);
    va_end(arguments);
    return false;
}

bool status_hint(Status *status, const char *format, ...) {
    if (!status) return false;
    va_list arguments;
    va_start(arguments, format);
    put_formatted(status->hint, sizeof status->hint, format, arguments);
    va_end(arguments);
    return false;
}

bool status_detail(Status *status, const char *format, ...) {
    if (!status) return false;
    va_list arguments;
    va_start(arguments, format);
    put_formatted(status->detail, sizeof status->detail, format, arguments);
    va_end(arguments);
    return false;
}

bool status_no_memory(Status *status) {
    status_set(status, STATUS_NO_MEMORY, "memory is short");
    return status_hint(status, "nothing was changed; try again, or give the program more memory");
}

const char *status_name(StatusCode code) {
    switch (code) {
    case STATUS_OK:
        return "ok";
    case STATUS_INVALID:
        return "invalid";
    case STATUS_NOT_FOUND:
        return "not_found";
    case STATUS_CONFLICT:
        return "conflict";
    case STATUS_DENIED:
        return "denied";
    case STATUS_LIMIT:
        return "limit";
    case STATUS_NO_MEMORY:
        return "no_memory";
    case STATUS_NO_SPACE:
        return "no_space";
    case STATUS_IO:
        return "io";
    case STATUS_CORRUPT:
        return "corrupt";
    case STATUS_BUSY:
        return "busy";
    case STATUS_UNKNOWN:
        return "unknown";
    case STATUS_UNSUPPORTED:
        return "unsupported";
    }
    return "unknown";
}
