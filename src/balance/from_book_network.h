// The book as one network of a component, as flow.h takes it: each facility with its pools, month
// by month, is a node; so is the road between two facilities.
//
//   sent      facility (month) -> road     all consignments at the shipper's figures
//   received  road -> facility (month)     the same at the receiver's
//   kept      facility (month) -> outside  what its other figures say: closing - opening + discards
//                                          + losses - extracted, and what it traded outside the
//                                          book
//
// A node's imbalance is the facility's MUF of the month, or what was lost on the road. Months
// without stock-taking are one with the next. Errors are the book's (B5): each measurement is one
// draw wherever its matter shows (the lot made in May, in stock in June, on the road in July), each
// device and each laboratory with its method another, signed. What facilities of which the
// component was not stated throughout kept is not measured; they have no node, and the balances of
// the others tell it.
#pragma once
#include "balance/from_book.h"
#include "reconcile/flow.h"

typedef enum BookStreamKind { STREAM_SENT, STREAM_RECEIVED, STREAM_KEPT } BookStreamKind;

// The road between two facilities, over all months: the node `road_first + its number`.
typedef struct BookRoad {
    uint32_t from, to; // places among the balances' facilities, or CROSSING_NOWHERE
    size_t receipts;
} BookRoad;

// A facility's months between two stock-takings: node by its number.
typedef struct BookNode {
    uint32_t place;
    size_t period; // of the facility's balance
    Month from, to;
} BookNode;

typedef struct BookStream {
    BookStreamKind kind;
    uint32_t node; // the facility's, or FLOW_OUTSIDE: it has none for these months
    uint32_t road; // CROSSING_NOWHERE for what is kept
    Month month;   // the last of its node's; 0 without a node
} BookStream;

typedef struct BookNetwork {
    FlowNetwork flow; // kg
    size_t nodes;     // of facilities; roads follow
    BookNode *node;
    size_t roads;
    BookRoad *road;
    BookStream *stream;
    // `flow.shared` stands by instrument. By instrument: the book's group (device, or laboratory
    // with method), or SEQUENCE_NO_GROUP for a single measurement.
    uint32_t *group;
    Month from, to; // of its nodes and crossings; from > to when there are none
} BookNetwork;

// `component` by bit. Months outside `from` and `to` are left out, periods that reach beyond them
// too; 0 is no bound. `balances` have been tested (book_balances_test()).
MUST_CHECK bool book_network_read(const BookBalances *balances, unsigned component, Month from,
                                  Month to, Arena *arena, BookNetwork *network, Status *status);
