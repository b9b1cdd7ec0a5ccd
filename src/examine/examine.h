// Where last year's tables cannot close: every facility's balance by element and month, what
// partners say of the same goods, what two customs say of the same trade, and goods that are not
// made of what their name says. One ranked list, no book needed.
#pragma once
#include "detect/joint.h"
#include "examine/tables.h"

typedef enum ExamineKind {
    EXAMINE_MISSING, // a facility made less than it used
    EXAMINE_SURPLUS, // a facility made more than it used
    EXAMINE_PAIR,    // two partners do not say the same
    EXAMINE_CUSTOMS, // two countries' customs do not say the same
    EXAMINE_BORDER,  // customs and facilities do not say the same
    EXAMINE_QUOTA,   // more than allotted
    EXAMINE_STOCK,   // a stock is not what it was a month before, or a row does not close
    EXAMINE_ORIGIN   // goods are not made of what their name says
} ExamineKind;
const char *examine_kind_name(ExamineKind kind);

// The standard deviation of a month that is not known: so many times what went through all year,
// and more. No balance that is drawn up comes near it.
#define BALANCE_UNKNOWN 100.0

// One facility's balance, kept for plots: MUF by period and component, and their standard
// deviations.
typedef struct ExamineBalance {
    uint32_t facility;
    size_t periods, components;
    Month first;
    int component[EXAMINE_COMPONENTS];
    double *muf, *sigma; // periods x components, kg
    double *through;     // by component: kg that went in, all periods
    bool tested;
} ExamineBalance;

typedef struct ExamineFinding {
    ExamineKind kind;
    Text id;           // 16 hex digits of test, place, period and components
    uint32_t facility; // UINT32_MAX: none
    Text where, other; // the facility, and whom it is about beside it; or the goods
    uint64_t components;
    Month from, to;
    double log_p, p_value; // adjusted over all that was tested of its kind
    double log_e;          // balances only
    double distance;
    double mass_kg, low_kg, high_kg;
    Text ore; // what a surplus looks like, or empty
    Text says, inspect;
} ExamineFinding;

typedef struct Examination {
    const Returns *returns;
    size_t balances;
    ExamineBalance *balance; // by facility
    size_t count;
    ExamineFinding *finding; // ranked
    size_t facilities_tested, pairs_tested, customs_tested, border_tested, quota_tested,
        stocks_tested, goods_tested;
    double q;
} Examination;

// `q`: share of false ones among what is listed of each kind (Benjamini & Hochberg).
#define EXAMINE_Q_DEFAULT 0.05
MUST_CHECK bool examine(const Returns *returns, double q, Arena *arena, Examination *examination,
                        Status *status);
