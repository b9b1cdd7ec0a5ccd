// Is a lot what its papers say (schema LotOrigin)? Its composition against the one that its
// genealogy implies; where that does not fit, the mixture of known sources that does, or that none
// does; and where elements were separated on the way, what the separating facility put out against
// what it took in, over all its months.
#pragma once
#include "access/access.h"

MUST_CHECK bool access_origin(Access *access, const View *view, Text lot, Buffer *out,
                              Status *status);
