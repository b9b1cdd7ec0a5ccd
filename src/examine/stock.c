// Stocks that are not what they were, and rows that do not close: no assay and no scale is in
// between, what stands there at a month's end is what the next begins with.
#include "examine/compare.h"

#include <math.h>

#include "examine/uncertainty.h"
#include "numeric/distribution.h"

// A place where one facility's account of one material breaks.
typedef struct Break {
    const ReturnRow *row, *before; // before: null where the row itself does not close
    double kg, sigma;              // above zero: more than there should be
} Break;

static bool knows(const ReturnRow *row, ReturnTerm term) {
    return !((row->faulty | row->untold) >> term & 1);
}

static double rounded(const ReturnRow *row) {
    return row->step / sqrt(12.0);
}

static bool between(const ReturnRow *before, const ReturnRow *row, Break *out) {
    if (!before->has_closing || !knows(before, TERM_CLOSING) || !knows(row, TERM_OPENING))
        return false;
    double was = before->kg[TERM_CLOSING], is = row->kg[TERM_OPENING];
    *out = (Break){row, before, is - was,
                   hypot(STOCK * fmax(was, is), hypot(rounded(before), rounded(row))) + 1.0};
    return true;
}

static bool within(const ReturnRow *row, Break *out) {
    double left = 0.0, through = 0.0;
    if (row->partly || row->faulty || !row->has_closing || !knows(row, TERM_OPENING)) return false;
    for (int t = 0; t < RETURN_TERMS; t++) {
        left += return_term_sign((ReturnTerm)t) * row->kg[t];
        through = fmax(through, fabs(row->kg[t]));
    }
    *out = (Break){row, NULL, -left, hypot(STOCK * through, 3.0 * rounded(row)) + 1.0};
    return true;
}

static bool tell(const Returns *r, const Break *b, size_t others, Arena *arena, ExamineFinding *f,
                 Status *status) {
    const ReturnRow *row = b->row;
    char month[MONTH_TEXT_MAX], earlier[MONTH_TEXT_MAX] = "";
    month_print(row->month, month);
    if (b->before) month_print(b->before->month, earlier);
    f->where = r->facility[row->facility];
    f->other = r->material[row->material];
    f->from = b->before ? b->before->month : row->month;
    f->to = row->month;
    f->distance = fabs(b->kg) / b->sigma;
    f->mass_kg = fabs(b->kg);
    f->low_kg = fmax(0.0, fabs(b->kg) - INTERVAL * b->sigma);
    f->high_kg = fabs(b->kg) + INTERVAL * b->sigma;
    const char *again = others == 0   ? ""
                        : others == 1 ? "; so it is once more"
                                      : arena_format(arena, "; so it is %zu times more", others);
    char *says =
        !again ? NULL
        : b->before
            ? arena_format(
                  arena, "%.*s had %.6g kg of %.*s at the end of %s and %.6g kg when %s began%s%s",
                  TEXT_ARG(f->where), b->before->kg[TERM_CLOSING], TEXT_ARG(f->other), earlier,
                  row->kg[TERM_OPENING], month,
                  b->before->month + 1 < row->month ? ", with no return in between" : "", again)
            : arena_format(arena, "%.*s says that of %.*s in %s %.6g kg %s than it accounts for%s",
                           TEXT_ARG(f->where), TEXT_ARG(f->other), month, fabs(b->kg),
                           b->kg > 0.0 ? "more stand there or left" : "fewer stand there or left",
                           again);
    if (!says) return status_no_memory(status);
    f->says = text_of(says);
    f->inspect = TEXT("the stock-taking lists of that month's end and both returns as they were "
                      "filed; then what stands there now");
    return true;
}

// One strand is a facility's account of one material; its worst break is judged for all of them.
bool compare_stocks(const Returns *r, Arena *arena, ExamineFinding *list, size_t *count,
                    size_t room, size_t *tested, Status *status) {
    for (size_t i = 0, end; i < r->rows; i = end) {
        Break worst = {0}, here;
        size_t looked = 0, wrong = 0;
        for (end = i; end < r->rows && r->row[end].facility == r->row[i].facility &&
                      r->row[end].material == r->row[i].material;
             end++)
            for (int inside = 0; inside < 2; inside++) {
                const ReturnRow *row = &r->row[end];
                if (inside ? !within(row, &here) : end == i || !between(row - 1, row, &here))
                    continue;
                looked++;
                wrong += fabs(here.kg) > 5.0 * here.sigma;
                if (looked == 1 || fabs(here.kg) / here.sigma > fabs(worst.kg) / worst.sigma)
                    worst = here;
            }
        if (!looked) continue;
        ++*tested;
        if (*count == room) continue;
        ExamineFinding f = {.kind = EXAMINE_STOCK, .facility = r->row[i].facility};
        if (!tell(r, &worst, wrong ? wrong - 1 : 0, arena, &f, status)) return false;
        f.log_p = fmin(0.0, normal_two_sided_log(f.distance) + log((double)looked));
        list[(*count)++] = f;
    }
    return true;
}
