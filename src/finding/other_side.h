// The other side's weighings and assays: what its partners measured of the goods that a facility
// sent and received, as figures beside its balance. Nothing is missing there when nothing went
// wrong on the road, and the facility's own errors are in both: so these figures tell which of them
// it made, and leave less in doubt. In the network's terms they are the nodes between facilities;
// (H^-1) of the facility's cells over balance and these nodes is its evidence from the network.
//
// A partner's balance is left out: what goes missing at a neighbour must not speak against this
// one. So is what does not agree by itself (a scan of each sequence, 1 in 1,000): a partner's wrong
// scale would make the facility's own figures look wrong. Which columns tell enough is decided by
// errors alone, never by values, so that no chance is taken twice.
#pragma once
#include "finding/finding.h"

// A column for each component and side that tells something: one figure a period.
typedef struct OtherSide {
    size_t columns;
    double *value;        // [period * columns + column], kg sent - received; merged periods
    BalanceError *errors; // component: the column; period: merged
    size_t error_count;
    const uint32_t *component; // by column: place among the facility's
} OtherSide;

// Nothing (no columns) when the place has no crossings.
MUST_CHECK bool other_side_read(const FindingPlace *place, Arena *arena, OtherSide *other,
                                Status *status);
