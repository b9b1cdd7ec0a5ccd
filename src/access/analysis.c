// What is computed over the whole book and kept until its matter changes: balances and findings.
#include <math.h>
#include <string.h>

#include "access/inside.h"
#include "base/memory.h"
#include "finding/memo.h"

const char *const balance_state_words[] = {"no_stocktake", "within", "near", "beyond"};
enum { ANALYSIS_MONTHS = 12 };
static const double ALARM_ALPHA = 0.05, NEAR_SHARE = 0.9;
static const size_t ANALYSIS_BYTES_MAX = (size_t)4 << 30;

double alarm_sigmas(size_t components) {
    double p = ALARM_ALPHA / (double)((components ? components : 1) * ANALYSIS_MONTHS);
    double low = 0, high = 40; // erfc(z / sqrt 2) is the chance of |N| > z
    for (int i = 0; i < 80; i++) {
        double z = (low + high) / 2;
        if (erfc(z / 1.4142135623730951) > p)
            low = z;
        else
            high = z;
    }
    return high;
}

StateOf state_of_period(const BalancePeriod *period, double alarm) {
    double size = fabs(period->muf), limit = alarm * period->sigma;
    StateOf state = {STATE_WITHIN, period->muf<0, limit> 0 ? size / limit
                                   : size > 0              ? HUGE_VAL
                                                           : 0};
    if (size > USUAL_SIGMAS * period->sigma) state.state = STATE_NEAR;
    if (size > limit) state.state = STATE_BEYOND;
    return state;
}

// Of many elements in a month some are beyond their usual limit in every honest book: what is
// called near is near the alarm limit, which knows how many they are.
static StateOf of_many(StateOf worst) {
    if (worst.state == STATE_NEAR && worst.excess < NEAR_SHARE) worst.state = STATE_WITHIN;
    return worst;
}

static size_t place_of_bit(const BookFacility *facility, uint8_t bit) {
    for (size_t c = 0; c < facility->components; c++)
        if (facility->component[c] == bit) return c;
    return 0;
}

StateOf worst_in_month(const Analysis *analysis, const BookFacility *facility, size_t month,
                       size_t *component) {
    StateOf worst = {STATE_NONE, false, -1};
    double alarm = alarm_sigmas(facility->components);
    for (size_t c = 0; c < facility->balance.components; c++) {
        const ComponentBalance *balance = &facility->balance.component[c];
        for (size_t p = 0; balance->present && p < facility->balance.periods; p++) {
            if (balance->period[p].to != month) continue;
            StateOf state = state_of_period(&balance->period[p], alarm);
            if (worst.state == STATE_NONE || state.excess > worst.excess) {
                worst = state;
                if (component) *component = c;
            }
        }
    }
    for (size_t i = 0; i < analysis->findings.count; i++) {
        const Finding *f = &analysis->findings.findings[i];
        Month at = facility->first + (Month)month;
        if (&analysis->balances.facility[f->place] != facility || at < f->from || at > f->to ||
            worst.state == STATE_BEYOND)
            continue;
        worst = (StateOf){STATE_BEYOND, f->kind == FINDING_SURPLUS, fmax(worst.excess, 1.0)};
        if (component) *component = place_of_bit(facility, f->strongest);
    }
    return of_many(worst);
}

StateOf worst_of_component(const BookFacility *facility, size_t component, unsigned *beyond) {
    StateOf worst = {STATE_NONE, false, -1};
    double alarm = alarm_sigmas(facility->components);
    *beyond = 0;
    for (size_t p = 0; component < facility->balance.components && p < facility->balance.periods;
         p++) {
        const ComponentBalance *balance = &facility->balance.component[component];
        if (!balance->present) break;
        StateOf state = state_of_period(&balance->period[p], alarm);
        *beyond += state.state == STATE_BEYOND;
        if (worst.state == STATE_NONE || state.excess > worst.excess) worst = state;
    }
    return of_many(worst);
}

void state_write(const StateOf *state, JsonWriter *json) {
    json_named_words(json, "state", balance_state_words[state->state]);
    bool side = state->state == STATE_NEAR || state->state == STATE_BEYOND;
    json_named_words(json, "side", !side ? NULL : state->surplus ? "surplus" : "missing");
}

const BookFacility *analysis_facility(const Analysis *analysis, uint32_t row) {
    for (size_t i = 0; i < analysis->balances.count; i++)
        if (analysis->balances.facility[i].row == row) return &analysis->balances.facility[i];
    return NULL;
}

static void drop(Analysis *analysis) {
    arena_done(&analysis->arena);
    memory_free(analysis);
}

void analysis_give(Access *access, Analysis *analysis) {
    if (!analysis) return;
    pthread_mutex_lock(&access->lock);
    bool last = --analysis->users == 0;
    pthread_mutex_unlock(&access->lock);
    if (last) drop(analysis);
}

static Analysis *kept(Look *look) {
    Access *access = look->access;
    pthread_mutex_lock(&access->lock);
    Analysis *analysis = access->analysis;
    bool good = analysis && analysis->rewinds == look->rewinds &&
                analysis->operations == book_count(look->book, TABLE_OPERATION) &&
                analysis->postings == book_count(look->book, TABLE_POSTING) &&
                analysis->accounts == book_count(look->book, TABLE_ACCOUNT);
    if (good) analysis->users++;
    pthread_mutex_unlock(&access->lock);
    return good ? analysis : NULL;
}

static bool compute(Look *look, Analysis *made, Status *status) {
    made->rewinds = look->rewinds;
    made->operations = book_count(look->book, TABLE_OPERATION);
    made->postings = book_count(look->book, TABLE_POSTING);
    made->accounts = book_count(look->book, TABLE_ACCOUNT);
    BalanceTests tests = balance_tests_default();
    OriginSurvey survey;
    bool well = book_balances_read(look->book, 0, &made->arena, &made->balances, status) &&
                origin_survey_read(look->book, &made->arena, &survey, status);
    look_pause(look);
    return well && book_balances_test(&made->balances, &tests, &made->arena, status) &&
           findings_of_book_again(look->access->memo, &made->balances, FINDING_Q_DEFAULT,
                                  &made->arena, &made->findings, status) &&
           findings_of_origin(&survey, &made->balances, FINDING_Q_DEFAULT, &made->arena,
                              &made->findings, status);
}

bool analysis_take(Look *look, Analysis **analysis, Status *status) {
    Access *access = look->access;
    *analysis = kept(look);
    if (*analysis) return true;
    // Who waits here will find what the one before computed.
    look_pause(look);
    pthread_mutex_lock(&access->computing);
    bool well = look_resume(look, status);
    Analysis *made = well ? kept(look) : NULL, *old = NULL;
    if (well && !made) {
        made = memory_new_zero(1, sizeof *made);
        if (!made) {
            well = status_no_memory(status);
        } else {
            arena_init(&made->arena, ANALYSIS_BYTES_MAX);
            made->users = 2; // the one who asked, and what is kept
            well = compute(look, made, status);
            look_pause(look);
            if (well) {
                pthread_mutex_lock(&access->lock);
                old = access->analysis;
                access->analysis = made;
                pthread_mutex_unlock(&access->lock);
            } else {
                drop(made);
                made = NULL;
            }
            if (well)
                well = look_resume(look, status);
            else
                (void)!look_resume(look, NULL);
        }
    }
    pthread_mutex_unlock(&access->computing);
    analysis_give(access, old);
    *analysis = made;
    if (well) return true;
    analysis_give(access, made);
    *analysis = NULL;
    return false;
}
