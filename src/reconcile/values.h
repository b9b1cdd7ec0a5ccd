// Reconciled values and how sure they are, in the coordinates that the balances leave free.
//
// The balances are solved for the least sure values (Gauss and Jordan, columns by falling
// uncertainty), so that each is a sum of surer ones: x_B = -T x_N. In units of their own standard
// uncertainties the free ones then have the information K = 1 + W'W with W = s_B^-1 T s_N, no entry
// of which is large: K is well conditioned however far apart the uncertainties lie, and every
// variance is a sum of squares, |L^-1 s_N t|^2 with LL' = K. Nothing is subtracted, so that what
// the balances know a millionth of a millionth better than the scale does comes out as sure as it
// is, and 0 only for what is exact. Shared errors are values of their own, measured as 0.
#pragma once
#include "reconcile/linear.h"

// Fills `reconciled` and `sd` of all values that were measured or are observable; others are left.
MUST_CHECK bool linear_values(const LinearSystem *system, Arena *arena, double *reconciled,
                              double *sd, Status *status);
