// Who looks, and how far: a principal and the scope that its role has.
//     regulator, operator, auditor   all
//     company       its own party: its facilities, lots, records, quota lines that name it
//     laboratory    lots that it assayed and its own records
//     customs       what is declared for export at its own offices: the declaration with its
//     record,
//                   the lots while they are in it; its own records and facilities
//     buyer, anything else   only what is public: the log's order, its checkpoints, proofs
// A view holds no rows and never ages: scope is looked up in the book at each answer.
#pragma once
#include "base/status.h"
#include "base/text.h"
#include "keeper/keeper.h"
#include <stdbool.h>

struct Book;

typedef enum ViewRole {
    VIEW_PUBLIC = 0,
    VIEW_REGULATOR,
    VIEW_COMPANY,
    VIEW_LABORATORY,
    VIEW_CUSTOMS,
    VIEW_AUDITOR,
    VIEW_OPERATOR
} ViewRole;

enum { VIEW_PRINCIPAL_MAX = 128 };
typedef struct View {
    ViewRole role;
    bool all;                           // every party and facility
    char principal[VIEW_PRINCIPAL_MAX]; // ROLE/PARTY/NAME, zero-ended
    char party[PARTY_ID_BYTES_MAX + 1]; // empty: none
} View;

// The view of a principal "ROLE/PARTY/NAME". STATUS_INVALID when it has another form. A regulator
// sees all only when its party is the book's authority.
MUST_CHECK bool view_make(Keeper *keeper, Text principal, View *view, Status *status);
// The operator at the machine itself: operator/AUTHORITY/cli.
View view_operator(Keeper *keeper);
// Sees only what anybody may.
View view_public(void);

// On a book that is being read. `party` and `facility` are rows.
bool view_sees_party(const View *view, const struct Book *book, uint32_t party);
bool view_sees_facility(const View *view, const struct Book *book, uint32_t facility);
// A declaration for export at an office of the view's own party (customs).
bool view_sees_declaration(const View *view, const struct Book *book, uint32_t declaration);
bool view_sees_lot(const View *view, const struct Book *book, uint32_t lot);
bool view_sees_record(const View *view, const struct Book *book, uint64_t seq);
// The row of the view's own party, or ROW_NONE.
uint32_t view_party(const View *view, const struct Book *book);
