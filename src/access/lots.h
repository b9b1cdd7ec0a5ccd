// Lots: the list with filters, and one with its content, assays, custody and holds (schemas Lots,
// Lot).
#pragma once
#include "access/access.h"

typedef struct LotsAsked {
    Text q;                         // an id or the beginning of one
    Text state;                     // "free" "held" "in_transit" "used_up"
    Text facility, material, stage; // each empty: any
} LotsAsked;

// Newest first.
MUST_CHECK bool access_lots(Access *access, const View *view, const LotsAsked *asked,
                            const Page *page, Buffer *out, Status *status);
MUST_CHECK bool access_lot(Access *access, const View *view, Text id, Buffer *out, Status *status);
