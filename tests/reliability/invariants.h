// What must always hold in a book (docs/design.md section 10, 4 and 5), looked at from outside: the
// tables are read, and nothing that decides or applies is called.
#pragma once
#include "book/state.h"

enum { WHY_BYTES = 240 };

// As the book stands: no negative stock, quota or pool; components conserved, facility by facility,
// against the balance lines. False with the reason.
bool invariants_hold(const Book *book, char why[WHY_BYTES]);

// What one record may do. Begin before it is applied, end after.
typedef struct Watch {
    uint8_t *held;  // by lot
    int64_t *drawn; // by node
    uint32_t lots, nodes;
} Watch;
void watch_begin(Watch *watch, const Book *book);
// No held lot was moved without a breach, no draw went beyond what is allotted without a reason on
// record, and time did not decrease. Frees what begin took.
bool watch_end(Watch *watch, const Book *book, uint64_t seq, const Decision *decision,
               char why[WHY_BYTES]);
