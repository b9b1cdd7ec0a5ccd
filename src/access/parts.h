// The bytes of sealed parts, for those who may read them: the party that sent them and who sees
// all; of class `open` everybody who has a party. A part that is erased, or whose bytes were never
// given, says so to those; to others it is unknown like any other hash.
#pragma once
#include "access/access.h"

// `hash`: 64 hexadecimal digits. Appends the bytes, without their salt. STATUS_NOT_FOUND; what is
// there and does not hash to its name is STATUS_CORRUPT and is not given.
MUST_CHECK bool access_part(Access *access, const View *view, Text hash, Buffer *out,
                            Status *status);
