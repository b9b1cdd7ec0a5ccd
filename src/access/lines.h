// A facility's material balance line, as balances.c makes it for itself and for findings.c: the
// book's own integers month by month, and what the tests say of them. Private to access/.
#pragma once
#include "access/inside.h"

typedef struct BalanceLine {
    int64_t opening, extracted, received, shipped, discarded, lost, closing, muf;
} BalanceLine;

// `component` COMPONENT_NONE: REO of the rare earths that can be balanced. One line for each month
// of the facility, in order.
MUST_CHECK bool balance_lines(const Look *look, const BookFacility *facility, int component,
                              BalanceLine **lines, Arena *arena, Status *status);

typedef struct TestedBalance {
    const FacilityBalance *whole;
    const ComponentBalance *component; // null: not tested
    size_t number;                     // its place in whole
    double alarm;                      // sigmas
} TestedBalance;
MUST_CHECK bool tested_balance(const Look *look, const BookFacility *facility, int component,
                               Arena *arena, TestedBalance *tested, Status *status);
// The period that ends with this month, or null.
const BalancePeriod *period_ending(const TestedBalance *tested, size_t month);
void balance_month(const BookFacility *facility, const TestedBalance *tested,
                   const BalanceLine *line, size_t month, JsonWriter *json);
uint32_t account_find(const Book *book, uint32_t facility, Month month);

// What is not accounted for over all periods that lie within the months, with its error; and beside
// it the loss at one rate that explains them best, which weighs each period by how well it is known
// and is another figure.
typedef struct BalanceSpan {
    bool any;         // false: no period lies within them, or nothing is tested
    i128 untested_mg; // of the months' sum what lies in no such period: no error is known for it
    double sigma_kg, p;
    StateOf state;
    double loss_kg, sigma_loss_kg, loss_p;
} BalanceSpan;
// `lines` are all of the facility.
MUST_CHECK bool balance_span(Look *look, const BookFacility *facility, const TestedBalance *tested,
                             const BalanceLine *lines, Months months, BalanceSpan *span,
                             Status *status);
