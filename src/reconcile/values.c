#include "reconcile/values.h"

#include "numeric/dense.h"
#include "numeric/eliminate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };
static const double ROUNDING = 1e-13; // of what was added up: what is left of it is nothing

// One column: a value, what a device showed of a value with shared errors, or a shared error.
typedef struct Column {
    double y, sd;  // INFINITY: nothing was measured of it
    double size;   // sd times the largest entry: what it can do to a balance
    double most;   // largest entry
    long row;      // that it is solved by; NONE: it is free
    size_t place;  // among the free ones that are not exact; SIZE_MAX
    size_t number; // for sorting
} Column;

typedef struct Basis {
    const LinearSystem *s;
    size_t rows, width, free;
    double *m;     // rows x width: m x = 0
    Column *c;     // by column: values, then what was shown, then shared errors
    size_t *basic; // by row: the column it gives; SIZE_MAX: none
    double *lower; // free x free
    double *t;     // free
} Basis;

static int by_falling_size(const void *a, const void *b) {
    const Column *x = *(Column *const *)a, *y = *(Column *const *)b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static bool in_group(const LinearProblem *p, size_t value) {
    for (size_t g = 0; g < p->groups; g++)
        if (p->loading[g * p->values + value] != 0.0) return true;
    return false;
}

// The balances of what was measured; and for each value with shared errors that what the device
// showed, less its own error, is the value and the shared errors.
static bool lay_out(Basis *b, Arena *arena, Status *status) {
    const LinearSystem *s = b->s;
    const LinearProblem *p = &s->problem;
    size_t n = p->values, shared = 0;
    for (size_t j = 0; j < n; j++)
        shared += s->measured[j] && in_group(p, j);
    b->rows = s->rows + shared;
    b->width = n + shared + p->groups;
    b->m = arena_take_zero(arena, b->rows * b->width + 1, sizeof *b->m);
    b->c = arena_take_zero(arena, b->width + 1, sizeof *b->c);
    b->basic = arena_take_zero(arena, b->rows + 1, sizeof *b->basic);
    if (!b->m || !b->c || !b->basic) return status_no_memory(status);
    for (size_t i = 0; i < s->rows; i++)
        memcpy(b->m + i * b->width, s->g + i * n, n * sizeof *b->m);
    size_t row = s->rows;
    for (size_t j = 0; j < n; j++) {
        if (!s->measured[j]) continue;
        b->c[j] = (Column){.y = p->y[j], .sd = p->sd[j]};
        if (!in_group(p, j)) continue;
        size_t shown = n + row - s->rows;
        b->c[shown] = b->c[j];
        b->c[j].sd = INFINITY;
        double *m = b->m + row++ * b->width;
        m[j] = 1.0;
        m[shown] = -1.0;
        for (size_t g = 0; g < p->groups; g++)
            m[n + shared + g] = p->loading[g * n + j];
    }
    for (size_t g = 0; g < p->groups; g++)
        b->c[n + shared + g].sd = 1.0;
    for (size_t j = 0; j < b->width; j++) {
        Column *c = &b->c[j];
        for (size_t i = 0; i < b->rows; i++)
            c->most = fmax(c->most, fabs(b->m[i * b->width + j]));
        c->size = c->sd > 0.0 && c->most > 0.0 ? c->sd * c->most : 0.0;
        c->row = NONE;
        c->place = SIZE_MAX;
        c->number = j;
    }
    return true;
}

// Solves for the least sure columns.
static bool solve(Basis *b, Arena *arena, Status *status) {
    size_t width = b->width;
    Column **order = arena_take_zero(arena, width + 1, sizeof *order);
    size_t *at = arena_take_zero(arena, width + 1, sizeof *at);
    if (!order || !at) return status_no_memory(status);
    for (size_t j = 0; j < width; j++)
        order[j] = &b->c[j];
    qsort(order, width, sizeof *order, by_falling_size);
    for (size_t o = 0; o < width; o++)
        at[o] = order[o]->number;
    eliminate_in_order(b->m, b->rows, width, at, width, b->basic);
    for (size_t i = 0; i < b->rows; i++)
        if (b->basic[i] != SIZE_MAX) b->c[b->basic[i]].row = (long)i;
    for (size_t j = 0; j < width; j++) {
        Column *c = &b->c[j];
        if (c->row == NONE && c->sd > 0.0 && isfinite(c->sd)) c->place = b->free++;
    }
    return true;
}

// Whether a row says something of what is free: it gives a value that was measured, not exactly.
static bool informs(const Basis *b, size_t row) {
    if (b->basic[row] == SIZE_MAX) return false;
    double sd = b->c[b->basic[row]].sd;
    return sd > 0.0 && isfinite(sd);
}

// K and the least squares: where the free values go, in their own standard uncertainties.
static bool settle(Basis *b, Arena *arena, Status *status) {
    size_t k = b->free;
    b->lower = arena_take_zero(arena, k * k + 1, sizeof *b->lower);
    b->t = arena_take_zero(arena, k + 1, sizeof *b->t);
    double *w = arena_take_zero(arena, k + 1, sizeof *w);
    double *right = arena_take_zero(arena, k + 1, sizeof *right);
    if (!b->lower || !b->t || !w || !right) return status_no_memory(status);
    for (size_t f = 0; f < k; f++)
        b->lower[f * k + f] = 1.0;
    for (size_t i = 0; i < b->rows; i++) {
        if (!informs(b, i)) continue;
        const Column *given = &b->c[b->basic[i]];
        const double *m = b->m + i * b->width;
        double gap = 0.0;
        memset(w, 0, k * sizeof *w);
        for (size_t j = 0; j < b->width; j++) {
            if (m[j] == 0.0) continue;
            gap += m[j] * b->c[j].y;
            if (b->c[j].place != SIZE_MAX) w[b->c[j].place] = m[j] * (b->c[j].sd / given->sd);
        }
        gap /= given->sd;
        for (size_t f = 0; f < k; f++) {
            if (w[f] == 0.0) continue;
            right[f] -= w[f] * gap;
            for (size_t e = 0; e <= f; e++)
                b->lower[f * k + e] += w[f] * w[e];
        }
    }
    if (!dense_cholesky(b->lower, k, b->lower, status)) return false;
    dense_forward(b->lower, k, k, right, right);
    for (size_t f = k; f-- > 0;) {
        for (size_t e = f + 1; e < k; e++)
            right[f] -= b->lower[e * k + f] * right[e];
        right[f] /= b->lower[f * k + f];
    }
    for (size_t j = 0; j < b->width; j++)
        if (b->c[j].place != SIZE_MAX) b->c[j].y += b->c[j].sd * right[b->c[j].place];
    for (size_t i = 0; i < b->rows; i++) {
        if (b->basic[i] == SIZE_MAX || b->c[b->basic[i]].sd == 0.0) continue;
        double sum = 0.0;
        for (size_t j = 0; j < b->width; j++)
            if (j != b->basic[i] && b->m[i * b->width + j] != 0.0)
                sum -= b->m[i * b->width + j] * b->c[j].y;
        b->c[b->basic[i]].y = sum;
    }
    return true;
}

// Adds `factor` times a column to t, as what it is of the free ones.
static void add(Basis *b, size_t column, double factor) {
    const Column *c = &b->c[column];
    if (c->place != SIZE_MAX) b->t[c->place] += factor * c->sd;
    if (c->row == NONE || c->sd == 0.0) return;
    const double *m = b->m + (size_t)c->row * b->width;
    for (size_t j = 0; j < b->width; j++) {
        if (m[j] == 0.0 || b->c[j].place == SIZE_MAX) continue;
        double before = b->t[b->c[j].place], part = factor * m[j] * b->c[j].sd;
        double after = before - part;
        if (fabs(after) <= ROUNDING * (fabs(before) + fabs(part))) after = 0.0;
        b->t[b->c[j].place] = after;
    }
}

static double uncertainty(Basis *b) {
    double sum = 0.0;
    dense_forward(b->lower, b->free, b->free, b->t, b->t);
    for (size_t f = 0; f < b->free; f++)
        sum += b->t[f] * b->t[f];
    return sqrt(sum);
}

bool linear_values(const LinearSystem *s, Arena *arena, double *reconciled, double *sd,
                   Status *status) {
    Basis b = {.s = s};
    size_t n = s->problem.values;
    if (!lay_out(&b, arena, status) || !solve(&b, arena, status) || !settle(&b, arena, status))
        return false;
    for (size_t j = 0; j < n; j++) {
        if (!s->measured[j]) continue;
        memset(b.t, 0, b.free * sizeof *b.t);
        add(&b, j, 1.0);
        reconciled[j] = b.c[j].y;
        sd[j] = uncertainty(&b);
    }
    for (size_t i = 0; i < s->solved; i++) {
        if (!s->observable[i]) continue;
        double value = 0.0;
        memset(b.t, 0, b.free * sizeof *b.t);
        for (size_t j = 0; j < n; j++) {
            double factor = -s->express[i * n + j];
            if (!s->measured[j] || factor == 0.0) continue;
            value += factor * b.c[j].y;
            add(&b, j, factor);
        }
        reconciled[s->pivot[i]] = value;
        sd[s->pivot[i]] = uncertainty(&b);
    }
    return true;
}
