// Statistics of a sequence of material unaccounted for (MUF), one figure a period.
// Doubles in, doubles out: knows nothing of lots, facilities or months. All results live in the
// arena that the caller passes in.
//
// The model: each figure is a signed sum of measured values; each value has an error of its own
// (random) and may share one with others (shared: a scale, a laboratory with its method). An error
// is one draw wherever its value is used: a closing stock is the next period's opening stock, so
// neighbours are negatively correlated, and a lot that lay there all the time cancels.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEQUENCE_NO_GROUP UINT32_MAX
enum { SEQUENCE_PERIODS_MAX = 1200 };

// What one measured value does to one period. Terms of one `source` are the same value: their
// effects on a period, and on several, add up before they are squared. So do those of one `group`.
typedef struct SequenceError {
    uint32_t source; // the value measured
    uint32_t period; // 0 is the first
    uint32_t group;  // the shared error, or SEQUENCE_NO_GROUP
    double random;   // signed effect of one standard deviation of the value's own error
    double shared;   // signed effect of one standard deviation of the group's error
} SequenceError;

typedef struct SequenceCovariance {
    size_t periods;
    double *whole;  // periods x periods
    double *random; // the part of each value's own errors; whole less random is shared
} SequenceCovariance;

// The terms may come in any order; their sums run by source, then by group, then as given, so equal
// terms give equal bits, and periods appended later change no entry of earlier ones.
MUST_CHECK bool sequence_covariance(size_t periods, const SequenceError *errors, size_t count,
                                    Arena *arena, SequenceCovariance *covariance, Status *status);

typedef enum SequenceState {
    SEQUENCE_TESTED,
    SEQUENCE_EXACT,       // no error is possible given the periods before, and none is seen
    SEQUENCE_CONTRADICTED // no error is possible, yet the figures do not close
} SequenceState;

typedef struct SequenceStatistics {
    size_t periods;
    double *factor; // L, C = L L'
    SequenceState *state;
    bool *tested;        // state is SEQUENCE_TESTED
    double *sitmuf;      // L^-1 MUF: each period given those before, unit variance; 0 if untested
    double *innovation;  // what the period adds to what those before it foretell, in MUF's unit
    double *cumuf;       // cumulative sums
    double *sigma_cumuf; // their standard deviations
    double *gemuf;       // MUF' C^-1 MUF of the periods so far
    double *gemuf_df;    // tested periods so far
    double *gemuf_log_p; // logarithm of its upper tail; 0 (that is, p = 1) without any df
    size_t contradicted; // the first such period counted from 1, or 0
} SequenceStatistics;

// SITMUF: Pike & Woods 1983, Picard, J. Nucl. Mat. Manage. 15 (1987). GEMUF: Seifert 1986, equal to
// the sum of squared SITMUF. Fails when a figure is no number or C is no covariance.
MUST_CHECK bool sequence_statistics(const double *muf, const double *covariance, size_t periods,
                                    Arena *arena, SequenceStatistics *statistics, Status *status);

// How surely a loss (by period) would be found, at one-sided false-alarm probability alpha.
typedef struct SequencePower {
    double known_pattern;  // Neyman & Pearson: when and how it is lost is known
    double cumuf;          // the sum at the end
    double page;           // P(S > h in any period)
    double largest_sitmuf; // any SITMUF above the (1 - alpha)^(1/P) point
    double gemuf;
    double *least_pattern; // C1 sum / 1'C1: the same total, lost so as to be found least
    double least;          // Neyman & Pearson power against that
} SequencePower;

// `statistics` gives the factor of `covariance`. Needs at least one tested period.
MUST_CHECK bool sequence_power(const double *covariance, const SequenceStatistics *statistics,
                               const double *loss, double alpha, double page_k, double page_h,
                               Arena *arena, SequencePower *power, Status *status);

// The loss that lasted from period `from` to `to` (0 is the first, both included) at one rate:
// generalised least squares of MUF on that pattern, from the figures up to `to` only. What comes
// later changes it no more, so looking again each month adds no chances for a false alarm.
typedef struct SequenceLoss {
    size_t from, to;
    double z;     // f'C^-1 MUF / sqrt(f'C^-1 f); positive when missing, negative when surplus
    double size;  // over all its periods, in MUF's unit
    double sigma; // of the size
} SequenceLoss;

// False, with nothing written, when no tested period is touched. `scratch` holds `periods` doubles.
bool sequence_loss(const SequenceStatistics *statistics, size_t from, size_t to, double *scratch,
                   SequenceLoss *loss);

// The most significant loss and gain over all intervals that end in a tested period; false when
// there is none. Where nothing is missing z of `missing` is not above 0, and likewise for
// `surplus`.
bool sequence_scan(const SequenceStatistics *statistics, double *scratch, SequenceLoss *missing,
                   SequenceLoss *surplus);

// The same with one loss explained away: the figures less what that loss, at its rate, did to them.
// A month that follows a long surplus is foretold to have one too; without this its absence would
// be taken for a loss. `scratch` holds twice `periods` doubles.
bool sequence_scan_beside(const SequenceStatistics *statistics, const SequenceLoss *explained,
                          double *scratch, SequenceLoss *missing, SequenceLoss *surplus);
