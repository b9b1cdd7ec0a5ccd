// Page's test (the one-sided CUSUM) on independent figures of unit variance: its limit for a
// stated horizon, its power, and its average run length.
//     S_0 = headstart,  S_t = max(0, S_(t-1) + z_t - k),  alarm when S_t > h
// Page, Biometrika 41 (1954). Everything is computed, nothing drawn: the density of S on (0, h] at
// Gauss-Legendre points beside an atom at 0, carried from period to period (the integral-equation
// form of the Markov chain of Brook & Evans, Biometrika 59 (1972); its convergence is spectral,
// figures are good to about 1e-12).
#pragma once
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct PageDesign {
    double k; // reference value: half the shift one wants to find soonest, in sigmas
    double h; // limit, >= 0
} PageDesign;

enum { PAGE_PERIODS_MAX = 100000 };
// Limits beyond this are refused: at k = 0 they belong to horizons of thousands of periods.
#define PAGE_LIMIT_MAX 200.0

// P(alarm within `periods`), S starting at 0. `shift` holds the mean of z by period; null means 0.
MUST_CHECK bool page_alarm_probability(PageDesign design, size_t periods, const double *shift,
                                       double *probability, Status *status);

// The limit h with P(alarm within `periods` | no loss) = alpha. It is 0 when even that limit
// alarms less often than alpha.
MUST_CHECK bool page_limit(double k, size_t periods, double alpha, double *h, Status *status);

// The average run length when z ~ N(mu, 1), S starting at `headstart` (0 <= headstart <= h).
MUST_CHECK bool page_run_length(PageDesign design, double mu, double headstart, double *length,
                                Status *status);

// Of the upper and the lower chart together, from their one-sided lengths: Lucas & Crosier,
// Technometrics 24 (1982).
MUST_CHECK bool page_run_length_two_sided(PageDesign design, double mu, double headstart,
                                          double *length, Status *status);

// S_1 to S_n from z_1 to z_n (periods that are not `tested` leave S as it stands; null: all are).
// `sign` 1 looks for figures that are too high, -1 for too low. Returns the number of the first
// period with S > h, counted from 1, or 0.
size_t page_run(PageDesign design, int sign, const double *z, const bool *tested, size_t n,
                double *statistic);
