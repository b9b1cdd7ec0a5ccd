#include "balance/facility.h"

#include "numeric/distribution.h"
#include "numeric/page.h"
#include <math.h>

int balance_flow_sign(BalanceFlow flow) {
    return flow == BALANCE_EXTRACTED || flow == BALANCE_RECEIVED ? 1 : -1;
}

BalanceTests balance_tests_default(void) {
    return (BalanceTests){.alpha = 0.05, .page_k = 0.5, .horizon = 12, .floor_kg = 0.001};
}

static bool number_is_valid(double kg, const char *what, size_t component, size_t period,
                            Status *status) {
    if (isfinite(kg)) return true;
    return status_set(status, STATUS_INVALID, "%s of component %zu, period %zu, is not a number",
                      what, component + 1, period + 1);
}

static bool input_is_valid(const FacilityInput *input, const BalanceTests *tests, Status *status) {
    static const char *const names[BALANCE_FLOWS] = {"extracted", "received", "shipped",
                                                     "discarded", "lost"};
    if (!(tests->alpha > 0.0 && tests->alpha < 1.0) || !(tests->floor_kg >= 0.0) ||
        !isfinite(tests->floor_kg)) {
        return status_set(status, STATUS_INVALID, "tests with alpha \"%g\" and floor \"%g\"",
                          tests->alpha, tests->floor_kg);
    }
    if (input->periods > SEQUENCE_PERIODS_MAX) {
        return status_set(status, STATUS_LIMIT, "balance of \"%zu\" periods is longer than %d",
                          input->periods, SEQUENCE_PERIODS_MAX);
    }
    for (size_t c = 0; c < input->components; c++) {
        for (size_t b = 0; b <= input->periods; b++) {
            if (!number_is_valid(input->stock[c * (input->periods + 1) + b], "stock", c, b,
                                 status)) {
                return false;
            }
        }
        for (size_t f = 0; f < BALANCE_FLOWS; f++) {
            for (size_t t = 0; t < input->periods; t++) {
                if (!number_is_valid(input->flow[f][c * input->periods + t], names[f], c, t,
                                     status)) {
                    return false;
                }
            }
        }
    }
    for (size_t e = 0; e < input->error_count; e++) {
        const BalanceError *error = &input->errors[e];
        if (error->component >= input->components || error->period >= input->periods ||
            !isfinite(error->mass) || !(error->u >= 0.0 && isfinite(error->u)) ||
            !(error->s >= 0.0 && isfinite(error->s))) {
            return status_set(status, STATUS_INVALID, "error %zu is none", e + 1) ||
                   status_hint(status, "component and period exist, u and s are not negative");
        }
    }
    return true;
}

// Where each of the caller's periods went: a merged period, or SIZE_MAX when it is left out.
typedef struct Merging {
    size_t periods, *from, *to, *into;
} Merging;

static bool merge(const FacilityInput *input, Arena *arena, Merging *merging, Status *status) {
    size_t n = input->periods;
    Merging m = {0, arena_take_zero(arena, n + 1, sizeof(size_t)),
                 arena_take_zero(arena, n + 1, sizeof(size_t)),
                 arena_take_zero(arena, n + 1, sizeof(size_t))};
    if (!m.from || !m.to || !m.into) return status_no_memory(status);
    size_t open = SIZE_MAX;
    for (size_t t = 0; t < n; t++)
        m.into[t] = SIZE_MAX;
    for (size_t b = 0; b <= n; b++) {
        if (input->taken && !input->taken[b]) continue;
        if (open != SIZE_MAX) {
            m.from[m.periods] = open;
            m.to[m.periods] = b - 1;
            for (size_t t = open; t < b; t++)
                m.into[t] = m.periods;
            m.periods++;
        }
        open = b;
    }
    *merging = m;
    return true;
}

// The errors' places in the caller's list by component: those of c stand from first[c] to first[c +
// 1].
typedef struct ErrorIndex {
    size_t *first, *place;
} ErrorIndex;

static bool index_errors(const FacilityInput *input, Arena *arena, ErrorIndex *index,
                         Status *status) {
    ErrorIndex i = {arena_take_zero(arena, input->components + 2, sizeof(size_t)),
                    arena_take_zero(arena, input->error_count + 1, sizeof(size_t))};
    if (!i.first || !i.place) return status_no_memory(status);
    // Counted two places ahead, so that filling moves each start to where it belongs.
    for (size_t e = 0; e < input->error_count; e++)
        i.first[input->errors[e].component + 2]++;
    for (size_t c = 2; c < input->components + 2; c++)
        i.first[c] += i.first[c - 1];
    for (size_t e = 0; e < input->error_count; e++) {
        i.place[i.first[input->errors[e].component + 1]++] = e;
    }
    *index = i;
    return true;
}

// The sum of a component's errors, with the floor as an error of its own for each period.
static bool covariance_of(const FacilityInput *input, const ErrorIndex *index, size_t component,
                          const Merging *merging, double floor_kg, Arena *arena,
                          SequenceCovariance *covariance, Status *status) {
    size_t first = index->first[component], last = index->first[component + 1], count = 0;
    SequenceError *errors = arena_take_zero(arena, last - first + 1, sizeof *errors);
    if (!errors) return status_no_memory(status);
    for (size_t e = first; e < last; e++) {
        const BalanceError *error = &input->errors[index->place[e]];
        if (merging->into[error->period] == SIZE_MAX) continue;
        errors[count++] =
            (SequenceError){error->measurement, (uint32_t)merging->into[error->period],
                            error->group, error->mass * error->u, error->mass * error->s};
    }
    if (!sequence_covariance(merging->periods, errors, count, arena, covariance, status)) {
        return false;
    }
    for (size_t p = 0; p < merging->periods; p++) {
        covariance->random[p * merging->periods + p] += floor_kg * floor_kg;
        covariance->whole[p * merging->periods + p] += floor_kg * floor_kg;
    }
    return true;
}

static void fill_period(const FacilityInput *input, size_t component, size_t from, size_t to,
                        BalancePeriod *period) {
    const double *stock = input->stock + component * (input->periods + 1);
    *period =
        (BalancePeriod){.from = from, .to = to, .opening = stock[from], .closing = stock[to + 1]};
    double muf = period->opening;
    for (size_t f = 0; f < BALANCE_FLOWS; f++) {
        for (size_t t = from; t <= to; t++) {
            period->flow[f] += input->flow[f][component * input->periods + t];
        }
        muf += balance_flow_sign((BalanceFlow)f) * period->flow[f];
    }
    period->muf = muf - period->closing;
}

// How often S would come this high within the horizon if nothing were wrong.
static bool page_p(double k, size_t horizon, const double *s, size_t n, double *p, Status *status) {
    double highest = 0.0;
    for (size_t t = 0; t < n; t++)
        highest = fmax(highest, s[t]);
    // Far out the limit of the method is reached long after everybody is convinced.
    highest = fmin(highest, 30.0);
    return page_alarm_probability((PageDesign){k, highest}, horizon, NULL, p, status);
}

static bool component_balance(const FacilityInput *input, const ErrorIndex *index, size_t component,
                              const Merging *merging, const BalanceTests *tests,
                              const FacilityBalance *whole, Arena *arena, ComponentBalance *balance,
                              Status *status) {
    size_t n = merging->periods;
    ComponentBalance b = {.period = arena_take_zero(arena, n + 1, sizeof *b.period)};
    double *muf = arena_take_zero(arena, n + 1, sizeof *muf);
    double *missing = arena_take_zero(arena, n + 1, sizeof *missing);
    double *surplus = arena_take_zero(arena, n + 1, sizeof *surplus);
    if (!b.period || !muf || !missing || !surplus) return status_no_memory(status);
    for (size_t p = 0; p < n; p++) {
        BalancePeriod *period = &b.period[p];
        fill_period(input, component, merging->from[p], merging->to[p], period);
        muf[p] = period->muf;
        b.present = b.present || period->opening != 0.0 || period->closing != 0.0;
        for (size_t f = 0; f < BALANCE_FLOWS; f++)
            b.present = b.present || period->flow[f] != 0.0;
    }
    SequenceCovariance c = {0};
    if (!covariance_of(input, index, component, merging, tests->floor_kg, arena, &c, status) ||
        !sequence_statistics(muf, c.whole, n, arena, &b.statistics, status)) {
        return false;
    }
    const SequenceStatistics *s = &b.statistics;
    PageDesign design = {whole->page_k, whole->page_h};
    b.alarm_missing = page_run(design, 1, s->sitmuf, s->tested, n, missing);
    b.alarm_surplus = page_run(design, -1, s->sitmuf, s->tested, n, surplus);
    if (!page_p(design.k, whole->horizon, missing, n, &b.page_p_missing, status) ||
        !page_p(design.k, whole->horizon, surplus, n, &b.page_p_surplus, status)) {
        return false;
    }
    double u = normal_upper_point(0.5 * tests->alpha);
    for (size_t p = 0; p < n; p++) {
        BalancePeriod *period = &b.period[p];
        double variance = c.whole[p * n + p], random = c.random[p * n + p];
        period->sigma = sqrt(variance);
        period->sigma_random = sqrt(random);
        period->sigma_shared = sqrt(fmax(0.0, variance - random));
        period->limit = u * period->sigma;
        period->tested = s->tested[p];
        period->sitmuf = s->sitmuf[p];
        period->cumuf = s->cumuf[p];
        period->sigma_cumuf = s->sigma_cumuf[p];
        period->cumuf_limit = u * s->sigma_cumuf[p];
        period->page_missing = missing[p];
        period->page_surplus = surplus[p];
        period->gemuf = s->gemuf[p];
        period->gemuf_df = s->gemuf_df[p];
        period->gemuf_log_p = s->gemuf_log_p[p];
    }
    *balance = b;
    return true;
}

bool facility_balance(const FacilityInput *input, const BalanceTests *tests, Arena *arena,
                      FacilityBalance *balance, Status *status) {
    if (!input_is_valid(input, tests, status)) return false;
    Merging merging = {0};
    ErrorIndex index = {0};
    if (!merge(input, arena, &merging, status) || !index_errors(input, arena, &index, status)) {
        return false;
    }
    FacilityBalance b = {.components = input->components,
                         .periods = merging.periods,
                         .page_k = tests->page_k,
                         .alpha = tests->alpha,
                         .floor_kg = tests->floor_kg};
    b.horizon = tests->horizon > merging.periods ? tests->horizon : merging.periods;
    if (b.horizon == 0) b.horizon = 1;
    if (!page_limit(tests->page_k, b.horizon, 0.5 * tests->alpha, &b.page_h, status)) return false;
    b.component = arena_take_zero(arena, input->components + 1, sizeof *b.component);
    if (!b.component) return status_no_memory(status);
    for (size_t c = 0; c < input->components; c++) {
        if (!component_balance(input, &index, c, &merging, tests, &b, arena, &b.component[c],
                               status)) {
            return false;
        }
    }
    *balance = b;
    return true;
}

// ---- losses over intervals ----

static BalanceLoss judge(const FacilityBalance *balance, SequenceLoss loss, double sign) {
    double horizon = (double)balance->horizon, intervals = 0.5 * horizon * (horizon + 1.0);
    double log_p = fmin(0.0, log(2.0 * intervals) + normal_upper_log(sign * loss.z));
    return (BalanceLoss){loss.from, loss.to, loss.z, loss.size, loss.sigma, log_p};
}

// One in a hundred: from there on a loss is taken as real when the other side is judged.
static const double EXPLAINED_LOG_P = -4.605170185988091;

bool component_scan(const FacilityBalance *balance, size_t component, Arena *arena,
                    BalanceLoss *missing, BalanceLoss *surplus, bool *any, Status *status) {
    const ComponentBalance *c = &balance->component[component];
    double *scratch = arena_take_zero(arena, 2 * balance->periods + 1, sizeof *scratch);
    if (!scratch) return status_no_memory(status);
    SequenceLoss lost, gained;
    *any = c->present && sequence_scan(&c->statistics, scratch, &lost, &gained);
    if (!*any) return true;
    *missing = judge(balance, lost, 1.0);
    *surplus = judge(balance, gained, -1.0);
    // Where one side is sure, the other is judged beside it: the end of a long surplus is no loss.
    bool lost_more = missing->log_p < surplus->log_p;
    if ((lost_more ? missing : surplus)->log_p > EXPLAINED_LOG_P) return true;
    SequenceLoss explained = lost_more ? lost : gained, other_lost, other_gained;
    if (!sequence_scan_beside(&c->statistics, &explained, scratch, &other_lost, &other_gained))
        return true;
    if (lost_more)
        *surplus = judge(balance, other_gained, -1.0);
    else
        *missing = judge(balance, other_lost, 1.0);
    return true;
}

// The variance of a sum is 1'C 1 = |L'1|^2, as C = L L'.
BalanceSum component_sum(const FacilityBalance *balance, size_t component, size_t from, size_t to) {
    const ComponentBalance *c = &balance->component[component];
    BalanceSum sum = {0};
    if (!c->present) return sum;
    size_t n = balance->periods;
    for (size_t p = from; p <= to; p++)
        sum.muf += c->period[p].muf;
    if (from == 0) {
        sum.sigma = c->period[to].sigma_cumuf;
        return sum;
    }
    double variance = 0.0;
    for (size_t k = 0; k <= to; k++) {
        double column = 0.0;
        for (size_t p = from; p <= to; p++)
            column += c->statistics.factor[p * n + k];
        variance += column * column;
    }
    sum.sigma = sqrt(variance);
    return sum;
}

bool component_loss(const FacilityBalance *balance, size_t component, size_t from, size_t to,
                    Arena *arena, BalanceLoss *loss, bool *any, Status *status) {
    const ComponentBalance *c = &balance->component[component];
    double *scratch = arena_take_zero(arena, balance->periods + 1, sizeof *scratch);
    if (!scratch) return status_no_memory(status);
    SequenceLoss found;
    *any = c->present && sequence_loss(&c->statistics, from, to, scratch, &found);
    if (*any) *loss = judge(balance, found, found.z < 0.0 ? -1.0 : 1.0);
    return true;
}
