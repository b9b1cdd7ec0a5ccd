#include "finding/other_side.h"

#include "quantity/component.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A column enters when it explains at least this part of the variance of its component's balance
// over all months: their squared correlation.
static const double WORTH = 0.02;
// 1 in 1,000: from there on a column does not agree by itself.
static const double DISAGREES_LOG_P = -6.907755278982137;
// Cells of balance and columns together: what is beyond costs more than it tells.
enum { CELLS_MOST = 900, SIDES = 2, BITS = 64 };

// One place and what crosses its border. A column has the number side * n + component.
typedef struct Border {
    const FindingPlace *place;
    size_t n, periods;
    uint32_t mask;         // components whose columns may enter, by bit
    uint32_t column[BITS]; // by bit: the component's place
    // By number: place among the columns chosen + 1, or 0.
    uint32_t *chosen;
} Border;

// Iron, boron and cobalt make an alloy full: its results are brought to 100 % in sum, and what is
// wrong with the largest of them is what is wrong with all others.
static bool stands_for_itself(uint8_t component) {
    return component < RARE_EARTH_COUNT || component == COMPONENT_Th || component == COMPONENT_U;
}

// Which side of the place a crossing is on, 0: it sent, 1: it received; false: none, or outside its
// months.
static bool side_of(const Border *b, const BookCrossing *crossing, size_t *side) {
    if (crossing->from == crossing->to || crossing->month < b->place->first ||
        crossing->month - b->place->first >= b->periods)
        return false;
    *side = crossing->from == b->place->number ? 0 : 1;
    return crossing->from == b->place->number || crossing->to == b->place->number;
}

// ---- which columns tell something ----

// Sums over all months, for the covariance of a component's balance with its columns: a draw's own
// part by measurement, the shared ones by group.
typedef struct Sums {
    const Border *b;
    size_t side;
    double *kg;          // by measure, then side: mass that stands for it in the differences
    size_t groups, room; // groups met
    uint32_t *group;
    double *shared; // by group: n of the balance, then SIDES * n of the columns
    bool full;
} Sums;

static double *shared_of(Sums *s, uint32_t group) {
    size_t width = (1 + SIDES) * s->b->n;
    for (size_t i = s->groups; i-- > 0;)
        if (s->group[i] == group) return s->shared + i * width;
    if (s->groups == s->room) {
        s->full = true;
        return NULL;
    }
    s->group[s->groups] = group;
    return s->shared + s->groups++ * width;
}

static void add_shared(void *context, const CrossingError *e) {
    Sums *s = context;
    if (e->group == SEQUENCE_NO_GROUP) return;
    double *shared = shared_of(s, e->group);
    if (shared) shared[(1 + s->side) * s->b->n + s->b->column[e->component]] += e->kg * e->s;
}

// Covariance with the balance and variance of each column, by number.
static bool covariances(const Border *b, Arena *arena, double *with, double *of, Status *status) {
    enum { GROUPS = 400 };
    const BookCrossings *all = b->place->crossings;
    const FacilityInput *in = b->place->input;
    size_t n = b->n, width = (1 + SIDES) * n;
    Sums s = {.b = b,
              .kg = arena_take_zero(arena, SIDES * all->measures + 1, sizeof(double)),
              .room = GROUPS,
              .group = arena_take_zero(arena, GROUPS, sizeof(uint32_t)),
              .shared = arena_take_zero(arena, GROUPS * width, sizeof(double))};
    if (!s.kg || !s.group || !s.shared) return status_no_memory(status);
    for (size_t i = 0; i < all->count; i++) {
        const BookCrossing *crossing = &all->crossing[i];
        if (!side_of(b, crossing, &s.side)) continue;
        for (size_t t = 0; t < crossing->terms; t++) {
            const CrossingTerm *term = &all->term[crossing->first_term + t];
            s.kg[SIDES * term->measure + s.side] += term->kg;
        }
        crossing_errors(all, crossing, b->mask, add_shared, &s);
    }
    for (size_t m = 0; m < all->measures; m++)
        for (size_t side = 0; side < SIDES; side++) {
            double kg = s.kg[SIDES * m + side];
            if (kg == 0.0) continue;
            const CrossingMeasure *measure = &all->measure[m];
            size_t nth = measure->first;
            for (uint32_t left = measure->mask; left; left &= left - 1, nth++)
                if (b->mask & left & -left)
                    of[side * n + b->column[__builtin_ctz(left)]] +=
                        kg * kg * all->u[nth] * all->u[nth];
        }
    for (size_t e = 0; e < in->error_count; e++) {
        const BalanceError *error = &in->errors[e];
        if (error->group != SEQUENCE_NO_GROUP) {
            double *shared = shared_of(&s, error->group);
            if (shared) shared[error->component] += error->mass * error->s;
        }
        uint32_t place =
            error->measurement < all->measurements ? all->measure_of[error->measurement] : 0;
        for (size_t side = 0; place && side < SIDES; side++)
            with[side * n + error->component] +=
                error->mass * error->u * error->u * s.kg[SIDES * (place - 1) + side];
    }
    for (size_t g = 0; g < s.groups; g++) {
        const double *shared = s.shared + g * width;
        for (size_t i = 0; i < SIDES * n; i++) {
            with[i] += shared[i % n] * shared[n + i];
            of[i] += shared[n + i] * shared[n + i];
        }
    }
    // More groups than anyone has: rather no columns than wrong ones.
    if (s.full) memset(of, 0, SIDES * n * sizeof *of);
    return true;
}

typedef struct Column {
    size_t number;
    double worth;
} Column;

static int by_worth(const void *a, const void *b) {
    const Column *x = a, *y = b;
    if (x->worth != y->worth) return x->worth > y->worth ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

// Those that tell enough, best first, as far as there is room.
static bool choose(const Border *b, Arena *arena, Column *columns, size_t *count, Status *status) {
    const FacilityBalance *own = b->place->balance;
    size_t n = b->n;
    double *with = arena_take_zero(arena, SIDES * n + 1, sizeof *with);
    double *of = arena_take_zero(arena, SIDES * n + 1, sizeof *of);
    if (!with || !of) return status_no_memory(status);
    if (!covariances(b, arena, with, of, status)) return false;
    *count = 0;
    for (size_t i = 0; i < SIDES * n; i++) {
        const ComponentBalance *balance = &own->component[i % n];
        if (!balance->present || !(of[i] > 0.0)) continue;
        double sigma = balance->period[own->periods - 1].sigma_cumuf;
        if (!(sigma > 0.0)) continue;
        double worth = with[i] / sigma * (with[i] / sigma) / of[i];
        if (worth >= WORTH) columns[(*count)++] = (Column){i, worth};
    }
    qsort(columns, *count, sizeof *columns, by_worth);
    while (*count && own->periods * (n + *count) > CELLS_MOST)
        --*count;
    return true;
}

// ---- their figures ----

typedef struct Gather {
    const Border *b;
    BalanceError *errors;
    size_t count, side;
    uint32_t period;
} Gather;

static void add_error(void *context, const CrossingError *e) {
    Gather *g = context;
    uint32_t column = g->b->chosen[g->side * g->b->n + g->b->column[e->component]];
    if (column)
        g->errors[g->count++] = (BalanceError){column - 1, g->period, e->measurement, e->group,
                                               e->kg,      e->u,      e->s,           e->whole};
}

static bool gather(Gather *g, Arena *arena, double *kg, Status *status) {
    const Border *b = g->b;
    const BookCrossings *all = b->place->crossings;
    size_t most = 0;
    for (size_t i = 0; i < all->count; i++) {
        const BookCrossing *crossing = &all->crossing[i];
        if (!side_of(b, crossing, &g->side)) continue;
        for (size_t t = 0; t < crossing->terms; t++) {
            uint32_t measure = all->term[crossing->first_term + t].measure;
            most +=
                (size_t)__builtin_popcount(all->measure[measure].mask & crossing->mask & b->mask);
        }
    }
    g->errors = arena_take(arena, (most + 1) * sizeof *g->errors);
    if (!g->errors) return status_no_memory(status);
    for (size_t i = 0; i < all->count; i++) {
        const BookCrossing *crossing = &all->crossing[i];
        if (!side_of(b, crossing, &g->side)) continue;
        g->period = crossing->month - b->place->first;
        size_t at = crossing->first_kg;
        for (uint32_t m = crossing->mask; m; m &= m - 1, at += 2) {
            if (!(b->mask & m & -m)) continue;
            uint32_t column = b->chosen[g->side * b->n + b->column[__builtin_ctz(m)]];
            if (column) kg[(column - 1) * b->periods + g->period] += all->kg[at] - all->kg[at + 1];
        }
        crossing_errors(all, crossing, b->mask, add_error, g);
    }
    return true;
}

// The merged period of a month, or SIZE_MAX.
static size_t merged(const FacilityBalance *balance, size_t month) {
    const BalancePeriod *period = balance->component[0].period;
    for (size_t p = 0; p < balance->periods; p++)
        if (month >= period[p].from && month <= period[p].to) return p;
    return SIZE_MAX;
}

// The columns as the balance of a place where nothing but they comes in.
static bool balance_of(const Gather *g, const double *kg, size_t count, Arena *arena,
                       FacilityBalance *beside, Status *status) {
    const FindingPlace *place = g->b->place;
    double *nothing = arena_take_zero(arena, count * (g->b->periods + 1) + 1, sizeof *nothing);
    if (!nothing) return status_no_memory(status);
    FacilityInput input = {.components = count,
                           .periods = g->b->periods,
                           .flow = {nothing, kg, nothing, nothing, nothing},
                           .stock = nothing,
                           .taken = place->input->taken,
                           .errors = g->errors,
                           .error_count = g->count};
    BalanceTests tests = balance_tests_default();
    tests.horizon = place->balance->horizon;
    tests.floor_kg = place->balance->floor_kg;
    return facility_balance(&input, &tests, arena, beside, status);
}

bool other_side_read(const FindingPlace *place, Arena *arena, OtherSide *other, Status *status) {
    *other = (OtherSide){0};
    const FacilityBalance *own = place->balance;
    if (!place->crossings || own->periods == 0 || own->components == 0) return true;
    size_t n = own->components, count = 0;
    Border b = {.place = place, .n = n, .periods = place->input->periods};
    b.chosen = arena_take_zero(arena, SIDES * n + 1, sizeof *b.chosen);
    Column *columns = arena_take_zero(arena, SIDES * n + 1, sizeof *columns);
    if (!b.chosen || !columns) return status_no_memory(status);
    for (size_t c = 0; c < n; c++) {
        if (!own->component[c].present || !stands_for_itself(place->component[c])) continue;
        b.column[place->component[c]] = (uint32_t)c;
        b.mask |= 1u << place->component[c];
    }
    if (!choose(&b, arena, columns, &count, status)) return false;
    if (count == 0) return true;
    for (size_t i = 0; i < count; i++)
        b.chosen[columns[i].number] = (uint32_t)i + 1;
    Gather g = {.b = &b};
    FacilityBalance beside;
    double *kg = arena_take_zero(arena, count * b.periods + 1, sizeof *kg);
    uint32_t *kept = arena_take_zero(arena, count + 1, sizeof *kept);
    uint32_t *component = arena_take_zero(arena, count + 1, sizeof *component);
    other->value = arena_take_zero(arena, count * own->periods + 1, sizeof *other->value);
    if (!kg || !kept || !component || !other->value) return status_no_memory(status);
    if (!gather(&g, arena, kg, status) || !balance_of(&g, kg, count, arena, &beside, status))
        return false;
    for (size_t i = 0; i < count; i++) {
        BalanceLoss missing, surplus;
        bool any;
        if (!component_scan(&beside, i, arena, &missing, &surplus, &any, status)) return false;
        if (any && fmin(missing.log_p, surplus.log_p) < DISAGREES_LOG_P) continue;
        component[other->columns] = (uint32_t)(columns[i].number % n);
        kept[i] = (uint32_t)++other->columns;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; kept[i] && p < own->periods; p++)
            other->value[p * other->columns + kept[i] - 1] = beside.component[i].period[p].muf;
    for (size_t e = 0; e < g.count; e++) {
        BalanceError error = g.errors[e];
        size_t period = merged(own, error.period);
        if (!kept[error.component] || period == SIZE_MAX) continue;
        error.component = kept[error.component] - 1;
        error.period = (uint32_t)period;
        g.errors[other->error_count++] = error;
    }
    other->errors = g.errors;
    other->component = component;
    return true;
}
