// What stood in a facility's circuits at the months' ends.
#include <math.h>
#include <string.h>

#include "examine/build.h"
#include "examine/uncertainty.h"
#include "quantity/factor.h"

// A survey of a circuit ends a month and begins the next: `kg` and what it errs by.
static void add_survey(Build *x, Month month, int component, double kg, double u, double s,
                       bool ends, bool begins) {
    size_t n = x->b->components, at = (size_t)x->place[component];
    uint64_t period = month - x->b->first;
    uint64_t source = (uint64_t)1 << 58 | period << 8 | (uint64_t)component;
    uint64_t group = (uint64_t)1 << 57 | (uint64_t)component;
    if (ends && period < x->b->periods) {
        x->b->muf[period * n + at] -= kg;
        add_error(x, period, at, source, group, -u, -s);
    }
    if (begins && period + 1 < x->b->periods) {
        x->b->muf[(period + 1) * n + at] += kg;
        add_error(x, period + 1, at, source, group, u, s);
    }
}

// Where a survey is missing, what stood there is between its neighbours, or anything up to twice
// that: the two months are known together and not apart.
static void add_holdup(Build *x, const HoldupRow *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const HoldupRow *h = &rows[i], *next = i + 1 < count ? h + 1 : NULL;
        if (x->place[h->component] < 0 || h->month < x->b->first) continue;
        bool said = h->u > 0.0 || h->s > 0.0;
        bool before = i > 0 && rows[i - 1].component == h->component;
        bool after = next && next->component == h->component;
        add_survey(x, h->month, h->component, h->kg, said ? h->u : HOLDUP * h->kg,
                   said ? h->s : 0.0, before, after);
        for (Month m = h->month + 1; after && m < next->month; m++) {
            double part = (double)(m - h->month) / (double)(next->month - h->month);
            add_survey(x, m, h->component, h->kg + part * (next->kg - h->kg), fmax(h->kg, next->kg),
                       0.0, true, true);
        }
    }
}

// The first month of a surveyed circuit has no survey before it: what was charged to fill it is
// missing.
static void forget_unsurveyed(Build *x, const HoldupRow *rows, size_t count) {
    size_t n = x->b->components;
    for (size_t i = 0; i < count; i++) {
        bool first = i == 0 || rows[i - 1].component != rows[i].component;
        if (!first || x->place[rows[i].component] < 0) continue;
        size_t at = (size_t)x->place[rows[i].component];
        size_t until = rows[i].month >= x->b->first ? rows[i].month - x->b->first + 1 : 0;
        for (size_t p = 0; p < until && p < x->b->periods; p++)
            x->b->muf[p * n + at] = NAN;
    }
}

void add_surveys(Build *x, const HoldupRow *rows, size_t count) {
    add_holdup(x, rows, count);
    forget_unsurveyed(x, rows, count);
}

bool sum_surveys(const HoldupRow *rows, size_t count, Arena *arena, HoldupRow **out, size_t *made) {
    *made = 0;
    *out = arena_take_zero(arena, count + 1, sizeof **out);
    if (!*out) return false;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        bool treo = rows[i].component == EXAMINE_TREO;
        if (!treo && rows[i].component >= RARE_EARTH_COUNT) continue;
        double factor = treo ? 1.0 : (double)factors_default.micro[rows[i].component] / FACTOR_ONE;
        while (at < *made && (*out)[at].month < rows[i].month)
            at++;
        HoldupRow *h = &(*out)[at];
        if (at == *made || h->month > rows[i].month) {
            memmove(h + 1, h, (*made - at) * sizeof *h);
            *h = (HoldupRow){.facility = rows[i].facility, .month = rows[i].month};
            ++*made;
        }
        if (treo) h->kg = h->u = h->s = 0.0; // they stand behind those of elements
        h->component = EXAMINE_TREO;
        h->kg += factor * rows[i].kg;
        h->u = hypot(h->u, factor * rows[i].u);
        h->s += factor * rows[i].s;
    }
    return true;
}
