// Lots: the list with filters, and one with its content, assays, custody and holds (schemas Lots,
// Lot).
#pragma once
#include "access/access.h"

typedef struct LotsAsked {
    Text q;                         // an id or the beginning of one
    Text state;                     // "free" "held" "in_transit" "used_up"
    Text facility, material, stage; // each empty: any
    Text holder, owner, made;       // parties; month YYYY-MM of the record that made it
} LotsAsked;

// Newest first. By postings (select.h): the work is bounded, the answer says `cut` when that ended
// the page early, and `total` is null where counting would cost more than a page may.
MUST_CHECK bool access_lots(Access *access, const View *view, const LotsAsked *asked,
                            const Page *page, Buffer *out, Status *status);
MUST_CHECK bool access_lot(Access *access, const View *view, Text id, Buffer *out, Status *status);
