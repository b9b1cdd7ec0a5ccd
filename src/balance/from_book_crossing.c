#include "balance/from_book_crossing.h"

#include "book/state.h"
#include "numeric/sequence.h"
#include <math.h>

static const double KG_PER_MG = 1e-6;
static const double PER_PPB = 1e-9;
// What cancels to less than this part of its mass says nothing beside the other errors.
static const double CANCELLED = 0.005;

// What was taken back stands there twice: the receipt, whose record is corrected, and the contrary
// row of the correction, which rests on no measurement.
static bool stands(const Book *book, const DifferenceRow *d, Month until) {
    return d->term_count > 0 && (until == 0 || d->month <= until) &&
           !ROW(book, RecordRow, TABLE_RECORD, (uint32_t)d->seq)->corrected;
}

// Components that both sides stated in full and neither found below a limit.
static uint32_t known(const Book *book, const DifferenceRow *d) {
    const Lot *from = lot_at(book, d->from_lot);
    uint32_t mask = from->born.stated & from->born.whole & ~from->born.below;
    mask &= from->start.stated & from->start.whole & ~from->start.below;
    if (d->to_lot == ROW_NONE) return mask;
    const ContentRef *to = &lot_at(book, d->to_lot)->born;
    return mask & to->stated & to->whole & ~to->below;
}

typedef struct Reading {
    const Book *book;
    BookCrossings *c;
    uint32_t *measure_of; // by measurement row, place + 1
    size_t kg, terms, measures, values;
} Reading;

static uint32_t measure_place(Reading *r, uint32_t row) {
    if (r->measure_of[row]) return r->measure_of[row] - 1;
    const MeasurementRow *m = measurement_at(r->book, row);
    bool alone = m->group == GROUP_NONE;
    uint32_t place = (uint32_t)r->measures++;
    r->c->measure[place] = (CrossingMeasure){row, alone ? SEQUENCE_NO_GROUP : m->group, m->mask,
                                             m->kind == MEASURED_MASS, r->values};
    for (unsigned nth = 0; nth < (unsigned)__builtin_popcount(m->mask); nth++) {
        double own = (double)measurement_u(r->book, m, nth) * PER_PPB,
               shared = (double)measurement_s(r->book, m, nth) * PER_PPB;
        // A shared error that nobody shares is the value's own (B5).
        r->c->u[r->values] = alone ? hypot(own, shared) : own;
        r->c->s[r->values++] = alone ? 0.0 : shared;
    }
    r->measure_of[row] = place + 1;
    return place;
}

static void read_kg(Reading *r, const DifferenceRow *d, BookCrossing *at) {
    int64_t mg[COMPONENT_COUNT] = {0}, apart[COMPONENT_COUNT] = {0};
    if (d->to_lot != ROW_NONE) {
        const ContentRef *born = &lot_at(r->book, d->to_lot)->born;
        const int64_t *value = values_at(r->book, born->values);
        for (uint32_t m = born->stated; m; m &= m - 1)
            mg[__builtin_ctz(m)] = *value++;
    }
    const int64_t *value = values_at(r->book, d->values);
    for (uint32_t m = d->mask; m; m &= m - 1)
        apart[__builtin_ctz(m)] = *value++;
    at->first_kg = r->kg;
    for (uint32_t m = at->mask; m; m &= m - 1) {
        int c = __builtin_ctz(m);
        r->c->kg[r->kg++] = (double)(mg[c] - apart[c]) * KG_PER_MG;
        r->c->kg[r->kg++] = (double)mg[c] * KG_PER_MG;
    }
}

static void read_terms(Reading *r, const DifferenceRow *d, BookCrossing *at) {
    at->first_term = r->terms;
    for (uint32_t t = 0; t < d->term_count; t++) {
        const TermRow *term = ROW(r->book, TermRow, TABLE_TERM, d->terms + t);
        if (!(measurement_at(r->book, term->measurement)->mask & at->mask)) continue;
        double net = 0.0, gross = 0.0;
        bool seen = false;
        for (uint32_t o = 0; o < d->term_count; o++) {
            const TermRow *other = ROW(r->book, TermRow, TABLE_TERM, d->terms + o);
            if (other->measurement != term->measurement) continue;
            seen |= o < t;
            net += (double)other->mg * KG_PER_MG;
            gross += fabs((double)other->mg) * KG_PER_MG;
        }
        if (seen || fabs(net) <= CANCELLED * gross) continue;
        r->c->term[r->terms++] = (CrossingTerm){measure_place(r, term->measurement), net};
    }
    at->terms = r->terms - at->first_term;
}

bool book_crossings_read(const struct Book *book, Month until, const uint32_t *place, Arena *arena,
                         BookCrossings *crossings, Status *status) {
    uint32_t rows = book_count(book, TABLE_DIFFERENCE);
    uint32_t measurements = book_count(book, TABLE_MEASUREMENT);
    uint32_t *measure_of = arena_take_zero(arena, (size_t)measurements + 1, sizeof *measure_of);
    if (!measure_of) return status_no_memory(status);
    size_t count = 0, kg = 0, terms = 0, measures = 0, values = 0;
    for (uint32_t row = 0; row < rows; row++) {
        const DifferenceRow *d = ROW(book, DifferenceRow, TABLE_DIFFERENCE, row);
        if (!stands(book, d, until)) continue;
        count++;
        kg += 2 * (size_t)__builtin_popcount(known(book, d));
        terms += d->term_count;
        for (uint32_t t = 0; t < d->term_count; t++) {
            uint32_t m = ROW(book, TermRow, TABLE_TERM, d->terms + t)->measurement;
            if (measure_of[m]) continue;
            measure_of[m] = 1;
            measures++;
            values += (size_t)__builtin_popcount(measurement_at(book, m)->mask);
        }
    }
    for (uint32_t m = 0; m < measurements; m++)
        measure_of[m] = 0;
    BookCrossings c = {.crossing = arena_take_zero(arena, count + 1, sizeof *c.crossing),
                       .kg = arena_take_zero(arena, kg + 1, sizeof *c.kg),
                       .term = arena_take_zero(arena, terms + 1, sizeof *c.term),
                       .measure = arena_take_zero(arena, measures + 1, sizeof *c.measure),
                       .u = arena_take_zero(arena, values + 1, sizeof *c.u),
                       .s = arena_take_zero(arena, values + 1, sizeof *c.s)};
    if (!c.crossing || !c.kg || !c.term || !c.measure || !c.u || !c.s)
        return status_no_memory(status);
    Reading r = {.book = book, .c = &c, .measure_of = measure_of};
    for (uint32_t row = 0; row < rows; row++) {
        const DifferenceRow *d = ROW(book, DifferenceRow, TABLE_DIFFERENCE, row);
        if (!stands(book, d, until)) continue;
        BookCrossing *at = &c.crossing[c.count];
        *at = (BookCrossing){.from = place[d->from_facility],
                             .to = place[d->to_facility],
                             .month = d->month,
                             .mask = known(book, d)};
        if (!at->mask || (at->from == CROSSING_NOWHERE && at->to == CROSSING_NOWHERE)) continue;
        read_kg(&r, d, at);
        read_terms(&r, d, at);
        c.count++;
    }
    c.measures = r.measures;
    c.measurements = measurements;
    c.measure_of = measure_of;
    *crossings = c;
    return true;
}

void crossing_errors(const BookCrossings *crossings, const BookCrossing *crossing, uint32_t mask,
                     void (*visit)(void *context, const CrossingError *error), void *context) {
    for (size_t t = 0; t < crossing->terms; t++) {
        const CrossingTerm *term = &crossings->term[crossing->first_term + t];
        const CrossingMeasure *m = &crossings->measure[term->measure];
        size_t nth = m->first;
        for (uint32_t left = m->mask; left; left &= left - 1, nth++) {
            uint32_t c = (uint32_t)__builtin_ctz(left);
            if (!((mask & crossing->mask) >> c & 1)) continue;
            CrossingError error = {c,        m->measurement,    m->group,         m->whole,
                                   term->kg, crossings->u[nth], crossings->s[nth]};
            visit(context, &error);
        }
    }
}
