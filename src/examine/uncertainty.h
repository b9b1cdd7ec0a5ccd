// How well monthly figures are known when nobody says: relative standard uncertainties (k = 1) of a
// month's total of one material. From docs/numerics.md, section 5 (weighing, sampling, partition),
// for some ten lots a month; every facility's are then scaled by the scatter of its own balances,
// so that their ratios count and not their level.
#pragma once
#include <math.h>

static const double WEIGHING = 0.0007, WEIGHING_SHARED = 0.0005;
static const double ASSAY_MAJOR = 0.004,
                    ASSAY_MINOR = 0.020; // at least a tenth of the rare earths; less
static const double ASSAY_MAJOR_SHARED = 0.004,
                    ASSAY_MINOR_SHARED = 0.015; // of one material, all year
// Below a part in a thousand laboratories do worse: half of Horwitz's 0.02 C^-0.1505 (Anal. Chem.
// 54, 67A, 1982; within one laboratory), never better than the above.
static inline double assay_of_trace(double content) {
    return 0.01 * pow(content, -0.1505);
}
static const double SAMPLING_ROUGH = 0.010; // concentrate, scrap, swarf, slag, residue
static const double OTHER_MIXTURE = 0.5;    // of an element, in goods of one name from elsewhere
static const double MAJOR_SHARE = 0.1;
static const double REPORTED_FROM =
    2e-4;                          // of the mass: a laboratory's limit, where nobody states it
static const double DIGITS = 2e-7; // of the mass: contents are written to 1e-4 per cent
static const double HOLDUP = 0.03; // of a circuit, where the table does not say
static const double PARTNER = 0.0010,
                    PARTNER_SHARED = 0.0015; // of a pair's monthly weighings; all year
static const double STOCK = 0.001;   // of what is carried over, or moved, within one account
static const double CUSTOMS = 0.010; // of a month's trade in one kind of goods
static const double QUOTA = 0.005;   // of a year's REO: shared by its assays and scales
// A facility's own errors are scaled by what its balances show, within these.
static const double CALIBRATION_LEAST = 0.5, CALIBRATION_MOST = 30.0;
// All of it is usual practice and nobody's statement: taken to be a tenth too small.
static const double MARGIN = 1.1;
// Of the intervals told: 95 per cent.
static const double INTERVAL = 1.959963984540054;
