// A reconciled network that changes: what a new entry does to every figure, without factoring anew.
//   - A corrected value leaves H as it is: all corrections of one moment are one solve.
//   - A new stream of variance v adds v a a' to H. With u = H^-1 a, H^-1 loses c u u', c = v / (1 +
//   v
//     a'u) (Sherman & Morrison 1950), so each a_j' H^-1 a_j loses c (a_j'u)^2: one solve and one
//     pass. Up to FLOW_LIVE_PENDING of them are kept beside the factor; then it is made anew.
// For networks without shared errors whose exact factor can be had. Equal to a full recomputation
// to about 1e-12 (tests/unit/reconcile/test_flow_live.c).
#pragma once
#include "reconcile/flow.h"

enum { FLOW_LIVE_PENDING = 64 };

typedef struct FlowLive FlowLive; // on the heap: flow_live_free()

// Copies the network. Fails as flow_reconcile() does, and with shared errors.
MUST_CHECK bool flow_live_new(const FlowNetwork *network, FlowLive **live, Status *status);

// Gives a measured stream another value; shown after flow_live_refresh(). An exact value may change
// only by flow_live_new().
MUST_CHECK bool flow_live_correct(FlowLive *live, size_t stream, double value, Status *status);

// Adds a measured stream (sigma > 0) and shows it at once, as the last of all. What is refused as
// invalid changes nothing; after any other failure only flow_live_free() may follow.
MUST_CHECK bool flow_live_add(FlowLive *live, uint32_t from, uint32_t to, double value,
                              double sigma, Status *status);

// Solves for the corrections since the last time.
MUST_CHECK bool flow_live_refresh(FlowLive *live, Status *status);

// All figures as they stand, valid until the next change. Unmeasured streams keep the uncertainty
// of the last factor.
const FlowResult *flow_live_result(const FlowLive *live);
size_t flow_live_streams(const FlowLive *live);

void flow_live_free(FlowLive *live); // takes null
