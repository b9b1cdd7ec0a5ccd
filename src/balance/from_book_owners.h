// Whose the shared errors are: a laboratory with all its methods, or a device (B5). Names and rows
// only; borrowed from the book, good for its life.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Book;

#define OWNER_NONE UINT32_MAX

typedef struct BookOwner {
    Text name;     // the laboratory's party, or the device's id
    bool device;   // else a laboratory
    Text facility; // the laboratory's own, where it has one; else empty
} BookOwner;

typedef struct BookOwners {
    size_t count;
    BookOwner *owner;
    uint32_t group_count;
    uint32_t *of_group; // place in `owner`, or OWNER_NONE: a party's own method, not looked at
} BookOwners;

MUST_CHECK bool book_owners_read(const struct Book *book, Arena *arena, BookOwners *owners,
                                 Status *status);
