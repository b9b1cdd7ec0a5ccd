// The material balance of one facility, component by component, period by period:
//     opening + extracted + received - shipped - discarded - lost - closing = MUF
// with its standard deviation from the errors of what was measured, and the tests on the sequence:
// MUF and cumulated MUF against their limits, Page's test on SITMUF for missing and for surplus,
// GEMUF. Numbers only, in kg; a component is its place in the caller's list, a period a month by
// its number. Positive MUF is missing, negative is surplus. All results live in the caller's arena.
#pragma once
#include "base/arena.h"
#include "base/status.h"
#include "numeric/sequence.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum BalanceFlow {
    BALANCE_EXTRACTED, // in
    BALANCE_RECEIVED,  // in
    BALANCE_SHIPPED,   // out
    BALANCE_DISCARDED, // out: measured discards
    BALANCE_LOST,      // out: recorded losses
    BALANCE_FLOWS
} BalanceFlow;

// +1 for what comes in, -1 for what goes out.
int balance_flow_sign(BalanceFlow flow);

// What one measurement does to the balance of one component in one period. Entries of one
// `measurement` and component are one draw of its own error wherever its matter shows (a lot
// carried over a month's end is in two periods and cancels while it lies there); those of one
// `group` share one draw over all periods.
typedef struct BalanceError {
    uint32_t component, period;
    uint32_t measurement;
    uint32_t group; // laboratory with method, or device; SEQUENCE_NO_GROUP for none
    double mass;    // kg of what was measured, + for opening and what came, - for what went and
                    // closing
    double u, s;    // kg of the component for each kg of `mass`: its own error, the shared one
    bool whole;     // a weighing: wrong for all components by one draw, as are those of its group
} BalanceError;

typedef struct FacilityInput {
    size_t components, periods;
    const double
        *flow[BALANCE_FLOWS]; // kg by component, then period: [component * periods + period]
    const double *stock;      // kg at the boundaries: [component * (periods + 1) + boundary]
    const bool *taken;        // by boundary: stock was taken; null when always
    const BalanceError *errors;
    size_t error_count;
} FacilityInput;

typedef struct BalanceTests {
    double alpha;    // of all looks within the horizon; half for missing, half for surplus
    double page_k;   // in sigmas
    size_t horizon;  // periods for which the limits are made; at least as many as there are
    double floor_kg; // an error that every MUF has at the least: below it nothing is claimed
} BalanceTests;

// alpha 0.05, k 0.5, 12 periods, 1 gram.
BalanceTests balance_tests_default(void);

typedef struct BalancePeriod {
    size_t from, to; // first and last of the caller's periods, 0 is the first
    double opening, closing, flow[BALANCE_FLOWS];
    double muf;
    double sigma_random, sigma_shared, sigma;
    double limit; // two-sided at alpha for this one figure: |MUF| above it is unusual
    bool tested;
    double sitmuf; // 0 when not tested
    double cumuf, sigma_cumuf, cumuf_limit;
    double page_missing, page_surplus; // S of each side
    double gemuf, gemuf_df, gemuf_log_p;
} BalancePeriod;

typedef struct ComponentBalance {
    bool present; // something of it was there in some period; else nothing is tested
    BalancePeriod *period;
    SequenceStatistics statistics;
    size_t alarm_missing, alarm_surplus;   // first period (from 1) above the Page limit, or 0
    double page_p_missing, page_p_surplus; // P(S this high within the horizon | nothing is wrong)
} ComponentBalance;

typedef struct FacilityBalance {
    size_t components, periods; // after merging; 0 periods when stock was taken less than twice
    size_t horizon;
    double page_k, page_h, alpha, floor_kg;
    ComponentBalance *component;
} FacilityBalance;

// A boundary without stock-taking makes one period of the two beside it; what lies before the first
// and after the last stock-taking is left out.
MUST_CHECK bool facility_balance(const FacilityInput *input, const BalanceTests *tests,
                                 Arena *arena, FacilityBalance *balance, Status *status);

// A loss (or gain) that went on at one rate over some periods, judged by the figures up to its end.
typedef struct BalanceLoss {
    size_t from, to;          // merged periods, 0 is the first
    double z;                 // positive: missing, negative: surplus
    double size_kg, sigma_kg; // over all its periods, signed as z
    // Logarithm of the chance to see such a |z| on this side of one component, both sides and all
    // intervals within the horizon paid for (Bonferroni): looking again each month costs no more.
    double log_p;
} BalanceLoss;

// The likeliest interval of each side; where one is sure, the other is judged with it explained
// away. `*any` is false when the component cannot be tested.
MUST_CHECK bool component_scan(const FacilityBalance *balance, size_t component, Arena *arena,
                               BalanceLoss *missing, BalanceLoss *surplus, bool *any,
                               Status *status);
// What is not accounted for over given periods together, with its standard deviation. Up to one
// period from the first it is that one's cumuf and sigma_cumuf. No estimate of a loss: that is
// component_loss(), which weighs the periods by how well they are known.
typedef struct BalanceSum {
    double muf, sigma; // 0 when the component was never there
} BalanceSum;
BalanceSum component_sum(const FacilityBalance *balance, size_t component, size_t from, size_t to);

// As component_scan() for given periods.
MUST_CHECK bool component_loss(const FacilityBalance *balance, size_t component, size_t from,
                               size_t to, Arena *arena, BalanceLoss *loss, bool *any,
                               Status *status);
