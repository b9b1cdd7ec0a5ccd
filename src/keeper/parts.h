// Sealed parts beside the log: salt and bytes, by the hash that an event names. They come in the
// same commit as their event and go when an `erase` event is durable; after a crash between the two
// the erasure is made good when the book is opened again.
#pragma once
#include "keeper/keeper.h"
#include "store/store.h"

// Appends the part's bytes without the salt. STATUS_NOT_FOUND when they were never given;
// STATUS_CORRUPT when they do not hash to their name.
MUST_CHECK bool parts_read(Keeper *keeper, const uint8_t hash[32], uint8_t class_number,
                           Buffer *out, Status *status);
// Whether salt and bytes, as they lie in a store, are those of the hash.
bool part_is_good(const uint8_t hash[32], uint8_t class_number, Text bytes);
// Takes away the bytes of all parts that the book says were erased.
MUST_CHECK bool parts_settle(Store *store, const Book *book, Status *status);
// Takes away those that this erase event names. Those that were never there are none.
MUST_CHECK bool parts_erase(Store *store, const Event *event, Status *status);

typedef struct PartsReport {
    uint64_t there, missing, erased; // missing: never given, or not in this copy
} PartsReport;
// Checks every part that the book names against its hash. STATUS_CORRUPT for one that is not it,
// and for bytes that should be erased.
MUST_CHECK bool parts_check(Store *store, const Book *book, PartsReport *report, Status *status);
