// A kind of thing in the registry, for `show` and `list`: which table, whether a row is there and
// the view sees it, and how it is written. What the registry's files share; private to access/.
#pragma once
#include "access/inside.h"

typedef struct Kind {
    const char *one, *many;
    Table table;
    bool newest_first;
    bool by_hash; // its id is 64 hexadecimal digits, kept as 32 bytes
    Intern *const *(*names)(const Book *book);
    bool (*sees)(const Look *look, uint32_t row);
    void (*write)(const Look *look, uint32_t row, JsonWriter *json);
} Kind;

// Words of a mask's bits, as a member that is a list.
void write_mask(const char *name, uint32_t mask, const char *const *words, unsigned count,
                JsonWriter *json);
// Members from and to, null where there is no limit.
void write_validity(Day from, Day to, JsonWriter *json);

// registry_identity.c: users, delegations, devices, keys, documents, sealed parts.
enum { IDENTITY_KINDS = 6 };
extern const Kind identity_kinds[IDENTITY_KINDS];
