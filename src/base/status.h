// What went wrong, in words for the person who can mend it.
// One Status serves the whole program: no allocation, no global, no thread-local. The function that
// knows most fills it with status_set(); callers add only *where* and pass it on:
//     if (!store_append(store, expected, records, status)) return false;
// `detail` is for the operator's log alone and never reaches a client.
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index)                                                     \
    __attribute__((format(printf, format_index, first_index)))

typedef enum StatusCode {
    STATUS_OK = 0,
    STATUS_INVALID,   // input that cannot be what it claims to be
    STATUS_NOT_FOUND, // no such thing, or none that the asker may see
    STATUS_CONFLICT,  // somebody else was first, or the same id with other content
    STATUS_DENIED,    // known, and not allowed
    STATUS_LIMIT,     // a limit with a name was reached
    STATUS_NO_MEMORY,
    STATUS_NO_SPACE,
    STATUS_IO,
    STATUS_CORRUPT, // what was read is not what was written
    STATUS_BUSY,    // try again later
    STATUS_UNKNOWN, // it may or may not have happened: read again (a failed commit)
    STATUS_UNSUPPORTED
} StatusCode;

typedef struct Status {
    StatusCode code;
    char message[320]; // what: lower case, no full stop, the value complained of in quotes
    char where[192];   // file, line, event, field
    char hint[256];    // what would be right
    char detail[320];  // for the operator's log only
} Status;

// Makes it say that all is well.
void status_clear(Status *status);
// Sets code and message; clears where, hint and detail. Always returns false, so that
// `return status_set(...)` ends a function that failed. A null status is allowed.
bool status_set(Status *status, StatusCode code, const char *format, ...) PRINTF_LIKE(3, 4);
// Each returns false too, and leaves the other parts as they are.
bool status_where(Status *status, const char *format, ...) PRINTF_LIKE(2, 3);
bool status_hint(Status *status, const char *format, ...) PRINTF_LIKE(2, 3);
bool status_detail(Status *status, const char *format, ...) PRINTF_LIKE(2, 3);
// Out of memory has one wording.
bool status_no_memory(Status *status);
// The word for a code: "invalid", "not_found", ...
const char *status_name(StatusCode code);
