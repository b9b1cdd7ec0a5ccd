// Shipper-receiver differences of one pair: is one of the two biased?
// Numbers only; any one unit. Shipper less receiver: positive when the receiver finds less.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct SrdSide {
    const double *mass; // by shipment
    double rel_random;  // of each weighing or assay
    double rel_shared;  // one draw for all of this side
} SrdSide;

typedef struct Srd {
    size_t count;
    double *difference;
    double *z;                   // each over the root of all four variances; 0 without any error
    size_t beyond;               // how many have |z| > 1.96
    double total, z_total;       // shared errors on the totals
    double bias_receiver;        // mean of 2 (r - s) / (r + s)
    double bias_sigma_random;    // sqrt((rho_s^2 + rho_r^2) / n)
    double bias_z;               // the bias over its random and both shared errors
    double t_paired, p_t_paired; // two-sided, n - 1 degrees of freedom
    // From the covariance of ln s and ln r (Grubbs, JASA 43, 1948); may come out negative.
    double var_shipper, var_receiver, var_lots;
} Srd;

// Needs two shipments at least, all masses above zero.
MUST_CHECK bool srd_test(const SrdSide *shipper, const SrdSide *receiver, size_t count,
                         Arena *arena, Srd *result, Status *status);
