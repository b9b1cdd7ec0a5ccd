// What a row itself betrays, and what it leaves to be filled in.
#include <math.h>
#include <stdlib.h>

#include "examine/reading.h"

// What opening, comings and goings and closing may differ by, in parts of all that moved.
static const double ROUNDING = 1e-4;
// Up to here a row that does not close is as good as its weighings.
static const double IN_BALANCE = 0.002;

static int by_place(const void *a, const void *b) {
    const ReturnRow *x = a, *y = b;
    if (x->facility != y->facility) return x->facility < y->facility ? -1 : 1;
    if (x->material != y->material) return x->material < y->material ? -1 : 1;
    if (x->month != y->month) return x->month < y->month ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

// What a row's own figures leave over: nothing, where they close.
static double left_over(const ReturnRow *row, double *through) {
    double sum = 0.0;
    *through = 0.0;
    for (int t = 0; t < RETURN_TERMS; t++) {
        sum += return_term_sign((ReturnTerm)t) * row->kg[t];
        *through = fmax(*through, fabs(row->kg[t]));
    }
    return sum;
}

static bool has(uint16_t bits, ReturnTerm term) {
    return bits >> term & 1;
}

// What rounding alone may leave over.
static double slack(const ReturnRow *row, double through) {
    int said = 0;
    for (int t = 0; t < RETURN_TERMS; t++)
        said += row->kg[t] != 0.0;
    return ROUNDING * through + 0.5 * row->step * said + 0.01;
}

// Where a table has no column for it: what stood there is what the month before left, and what was
// used or made is what the row leaves over. Where it does not tell of stocks either, nobody knows
// what of the goods that came was used.
static void fill_in(ReturnRow *row, const ReturnRow *before) {
    double through;
    int used_made = 0;
    if (has(row->untold, TERM_OPENING) && before && before->has_closing &&
        before->month + 1 == row->month) {
        row->kg[TERM_OPENING] = before->kg[TERM_CLOSING];
        row->untold &= (uint16_t) ~(1u << TERM_OPENING);
    }
    bool stocks = row->has_closing && !has(row->untold, TERM_OPENING) && !row->faulty;
    bool no_used = has(row->untold, TERM_USED), no_made = has(row->untold, TERM_MADE);
    if (stocks) {
        double left = left_over(row, &through);
        bool much = fabs(left) > slack(row, through);
        if (much && no_used && left > 0.0) row->kg[TERM_USED] = left;
        if (much && no_made && left < 0.0) row->kg[TERM_MADE] = -left;
    } else {
        row->left_out |= no_used || no_made;
    }
    for (int t = 0; t < RETURN_TERMS; t++)
        used_made += row->kg[t] != 0.0 && (no_used || no_made || t == TERM_USED || t == TERM_MADE);
    row->rounding = row->step * sqrt(used_made / 12.0);
}

// One figure that could not be read is what the others leave for it. False for want of memory.
static bool find_faulty(Reading *x, ReturnRow *row) {
    bool closes = (row->has_closing || has(row->faulty, TERM_CLOSING)) &&
                  !has(row->untold, TERM_OPENING) && !has(row->untold, TERM_USED) &&
                  !has(row->untold, TERM_MADE);
    double through, left = left_over(row, &through);
    int term = -1, count = 0;
    for (int t = 0; t < RETURN_TERMS; t++)
        if (has(row->faulty, (ReturnTerm)t)) term = t, count++;
    if (!count) return true;
    double value = count == 1 ? -return_term_sign((ReturnTerm)term) * left : 0.0;
    x->file = row->file;
    if (fabs(value) <= slack(row, through)) value = 0.0;
    if (count == 1 && closes && (value >= 0.0 || term == TERM_ADJUSTED)) {
        row->kg[term] = value;
        row->faulty = 0;
        row->has_closing = true;
        return reading_fault(x, row->row, text_of(return_term_name((ReturnTerm)term)),
                             "the row closes with %.10g kg there, and so it was taken",
                             row->kg[term]);
    }
    row->left_out = true;
    return reading_fault(x, row->row, (Text){"", 0},
                         "what the faulty cells hold does not follow from the others: this month "
                         "is left out of the facility's balance");
}

// A figure in tonnes among kilograms, or the other way round: one change makes the row close.
static bool screen(Reading *x, ReturnRow *row) {
    double through, left = left_over(row, &through);
    if (!row->has_closing || row->faulty || has(row->untold, TERM_OPENING) ||
        fabs(left) <= slack(row, through))
        return true;
    int term = -1;
    double factor = 0.0;
    static const double slips[] = {1000.0, 0.001, 10.0, 0.1};
    for (int t = 0; t < RETURN_TERMS; t++)
        for (size_t s = 0; row->kg[t] != 0.0 && s < sizeof slips / sizeof *slips; s++) {
            double changed = left + return_term_sign((ReturnTerm)t) * row->kg[t] * (slips[s] - 1.0);
            if (fabs(changed) > ROUNDING * fmax(through, row->kg[t] * slips[s]) + 0.01 || term >= 0)
                continue;
            term = t;
            factor = slips[s];
        }
    x->file = row->file;
    if (row->partly) { // what is missing may stand under the heading that is not known
        row->left_out |= fabs(left) > IN_BALANCE * through && has(row->untold, TERM_USED);
        return true;
    }
    if (term < 0) {
        row->left_out = fabs(left) > IN_BALANCE * through;
        return reading_fault(
            x, row->row, TEXT("closing"), "the row does not close: %.10g kg are left over%s", left,
            row->left_out ? ", and this month is left out of the facility's balance" : "");
    }
    row->kg[term] *= factor;
    return reading_fault(
        x, row->row, text_of(return_term_name((ReturnTerm)term)),
        "the row closes when it is %g times as much (%.10g kg), and so it was taken: a "
        "slip of units or digits",
        factor, row->kg[term]);
}

bool settle_rows(Reading *x) {
    ReturnRow *row = x->rows.at;
    size_t kept = 0;
    if (x->rows.count) qsort(row, x->rows.count, sizeof *row, by_place);
    for (size_t i = 0; i < x->rows.count; i++) {
        bool same = kept && row[kept - 1].facility == row[i].facility &&
                    row[kept - 1].material == row[i].material;
        if (same && row[kept - 1].month == row[i].month) {
            x->file = row[i].file;
            if (!reading_fault(x, row[i].row, (Text){"", 0},
                               "the same facility, month and material as row %lu; left out",
                               row[kept - 1].row))
                return false;
            continue;
        }
        row[kept] = row[i];
        if (!find_faulty(x, &row[kept])) return false;
        fill_in(&row[kept], same ? &row[kept - 1] : NULL);
        if (!screen(x, &row[kept])) return false;
        kept++;
    }
    x->rows.count = kept;
    return true;
}
