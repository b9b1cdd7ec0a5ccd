// Slips that a row itself betrays.
#include <math.h>
#include <stdlib.h>

#include "examine/reading.h"

// What opening, comings and goings and closing may differ by, in parts of all that moved.
static const double ROUNDING = 1e-4;

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

// A figure in tonnes among kilograms, or the other way round: one change makes the row close.
static bool screen(Reading *x, ReturnRow *row) {
    double through, left = left_over(row, &through);
    if (!row->has_closing || fabs(left) <= ROUNDING * through + 0.01) return true;
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
    if (term < 0)
        return reading_fault(x, row->row, TEXT("closing"),
                             "the row does not close: %.10g kg are left over", left);
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
        if (kept && row[kept - 1].facility == row[i].facility &&
            row[kept - 1].material == row[i].material && row[kept - 1].month == row[i].month) {
            x->file = row[i].file;
            if (!reading_fault(x, row[i].row, (Text){"", 0},
                               "the same facility, month and material as row %lu; left out",
                               row[kept - 1].row))
                return false;
            continue;
        }
        row[kept++] = row[i];
        if (!screen(x, &row[kept - 1])) return false;
    }
    x->rows.count = kept;
    return true;
}
