// ree_network, ree_network_shared: lots with their mass and the fractions of many elements.
#pragma once
#include "cli/case.h"

bool case_elements(Case *c);
bool case_elements_shared(Case *c);
// Adds a stream's ends, nodes from 1, to a matrix of nodes x streams.
MUST_CHECK bool case_ends(Case *c, uint32_t stream, size_t nodes, size_t streams, size_t number,
                          double *a);
