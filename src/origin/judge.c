#include "origin/judge.h"

#include <math.h>
#include <string.h>

// What a step that may have changed proportions adds to the logarithm of each part: of its own, of
// the heaviest against the middle, of cerium.
static const double STEP_SD = 0.01, STEP_TILT = 0.05, STEP_CERIUM = 0.1;
enum { CERIUM = 1, LANTHANIDES = 15 };
// Tables of ores are rounded to a tenth of a per cent: a uniform error of that width.
static const double TABLE_SD = 0.0003;
enum { BOOTSTRAP_DRAWS = 999, INTERVAL_DRAWS = 400 };

const char *origin_verdict_name(OriginVerdict verdict) {
    static const char *const names[] = {"untested", "fits", "doubtful", "fails"};
    return names[verdict];
}

OriginVerdict origin_verdict_of(const ExpectedTest *test) {
    if (!(test->df > 0.0)) return ORIGIN_UNTESTED;
    if (test->log_p < log(ORIGIN_FAILS_P)) return ORIGIN_FAILS;
    return test->log_p < log(ORIGIN_DOUBTFUL_P) ? ORIGIN_DOUBTFUL : ORIGIN_FITS;
}

static double sum_of(const double *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

bool origin_expect(const OriginClaim *claim, const OriginKnown *known, size_t known_count,
                   size_t parts, double expected[ORIGIN_PARTS_MAX], double sd[ORIGIN_PARTS_MAX]) {
    double all = 0.0;
    memset(expected, 0, sizeof(double) * ORIGIN_PARTS_MAX);
    memset(sd, 0, sizeof(double) * ORIGIN_PARTS_MAX);
    for (size_t k = 0; k < known_count; k++) {
        double sum = sum_of(known[k].share, parts);
        if (!(claim->share[k] > 0.0) || !(sum > 0.0)) continue;
        all += claim->share[k];
        for (size_t i = 0; i < parts; i++) {
            double part = claim->share[k] * known[k].share[i] / sum, error = part * known[k].sd[i];
            expected[i] += part;
            sd[i] += error * error;
        }
    }
    for (size_t i = 0; i < parts && all > 0.0; i++) {
        if (!(expected[i] > 0.0)) continue;
        double own = sqrt(sd[i]) / expected[i], step = STEP_SD * sqrt((double)claim->steps),
               table = TABLE_SD * all / expected[i];
        sd[i] = sqrt(own * own + step * step + table * table);
        expected[i] /= all;
    }
    return all > 0.0;
}

void origin_directions(unsigned steps, size_t parts,
                       double direction[ORIGIN_DIRECTIONS * ORIGIN_PARTS_MAX]) {
    double times = sqrt((double)steps);
    // By ionic radius, which falls evenly from the first to the last lanthanide; what comes after
    // them (yttrium, scandium) goes with the heavy ones.
    for (size_t i = 0; i < parts; i++) {
        double place = i < LANTHANIDES ? 2.0 * (double)i / (LANTHANIDES - 1) - 1.0 : 0.5;
        direction[i] = times * STEP_TILT * place;
        direction[parts + i] = i == CERIUM ? times * STEP_CERIUM : 0.0;
    }
}

// Shares of what is compared, in the order of the caller's parts.
typedef struct Compared {
    size_t parts;
    double y[ORIGIN_PARTS_MAX], sd[ORIGIN_PARTS_MAX], limit[ORIGIN_PARTS_MAX];
    PartState state[ORIGIN_PARTS_MAX];
    double total;
} Compared;

// All that was declared, as shares of it; what lies below a limit counts for nothing in the sum.
static void compare_all(const OriginDeclared *d, size_t parts, Compared *c) {
    *c = (Compared){.parts = parts};
    for (size_t i = 0; i < parts; i++)
        if (d->state[i] == PART_MEASURED) c->total += d->content[i];
    for (size_t i = 0; i < parts; i++) {
        c->state[i] = d->state[i];
        c->limit[i] = -INFINITY;
        if (d->state[i] == PART_UNKNOWN || !(c->total > 0.0)) continue;
        if (d->state[i] == PART_BELOW) c->limit[i] = d->limit[i] / c->total;
        if (d->state[i] == PART_MEASURED) c->y[i] = d->content[i] / c->total;
    }
}

static bool mix(const OriginDeclared *d, const OriginKnown *known, size_t known_count, size_t parts,
                Arena *arena, OriginJudged *j, Status *status) {
    Compared c;
    compare_all(d, parts, &c);
    double *x = arena_take_zero(arena, known_count * parts + 1, sizeof *x);
    if (!x) return status_no_memory(status);
    for (size_t k = 0; k < known_count; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < parts; i++)
            if (c.state[i] != PART_UNKNOWN) sum += known[k].share[i];
        for (size_t i = 0; i < parts && sum > 0.0; i++)
            x[k * parts + i] = c.state[i] == PART_UNKNOWN ? 0.0 : known[k].share[i] / sum;
    }
    MixtureInput in = {.parts = parts,
                       .sources = known_count,
                       .y = c.y,
                       .sd = c.sd,
                       .limit = c.limit,
                       .state = c.state,
                       .x = x};
    MixtureFit fit = {.share = NULL};
    // The scatter of a mixture depends on what it is mixed of: first as if all scattered by 5 %,
    // then as what was found does.
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < parts; i++) {
            double level = c.state[i] == PART_BELOW ? c.limit[i] : c.y[i];
            double variance = level * d->sd[i] * level * d->sd[i] + TABLE_SD * TABLE_SD;
            for (size_t k = 0; round && k < known_count; k++) {
                double error = fit.share[k] * x[k * parts + i] * known[k].sd[i];
                variance += error * error;
            }
            if (!round) variance += 0.0025 * level * level;
            c.sd[i] = sqrt(variance);
        }
        if (!mixture_fit(&in, true, arena, &fit, status)) return false;
    }
    MixtureInterval interval;
    if (!mixture_bootstrap(&in, &fit, BOOTSTRAP_DRAWS, 1, arena, &j->mixture_p, status) ||
        !mixture_intervals(&in, &fit, true, INTERVAL_DRAWS, 2, arena, &interval, status))
        return false;
    j->mixed = true;
    j->mixture_fits = j->mixture_p >= ORIGIN_DOUBTFUL_P;
    j->share = fit.share;
    j->low = interval.low;
    j->high = interval.high;
    for (size_t i = 0; i < parts; i++)
        j->fitted[i] = c.state[i] == PART_UNKNOWN ? 0.0 : 100.0 * fit.fitted[i];
    return true;
}

bool origin_judge(const OriginDeclared *d, const OriginClaim *claim, const OriginKnown *known,
                  size_t known_count, size_t parts, Arena *arena, OriginJudged *judged,
                  Status *status) {
    OriginJudged j = {.verdict = ORIGIN_UNTESTED};
    double expected[ORIGIN_PARTS_MAX] = {0}, expected_sd[ORIGIN_PARTS_MAX] = {0}, said = 0.0,
           implied = 0.0;
    size_t measured = 0;
    bool known_any = origin_expect(claim, known, known_count, parts, expected, expected_sd);
    for (size_t i = 0; i < parts; i++) {
        if (d->state[i] == PART_UNKNOWN) expected[i] = 0.0;
        measured += d->state[i] == PART_MEASURED;
        said += d->state[i] == PART_MEASURED ? d->content[i] : 0.0;
        implied += expected[i];
    }
    for (size_t i = 0; i < parts && said > 0.0; i++) {
        if (d->state[i] == PART_UNKNOWN) continue;
        j.declared[i] = 100.0 * (d->state[i] == PART_BELOW ? d->limit[i] : d->content[i]) / said;
        j.declared_sd[i] = j.declared[i] * d->sd[i];
        if (!(implied > 0.0)) continue;
        j.expected[i] = 100.0 * expected[i] / implied;
        j.expected_sd[i] = j.expected[i] * expected_sd[i];
    }
    double direction[ORIGIN_DIRECTIONS * ORIGIN_PARTS_MAX];
    origin_directions(claim->steps, parts, direction);
    ExpectedInput in = {parts,    expected, expected_sd, d->content,
                        d->sd,    d->limit, d->state,    claim->steps ? ORIGIN_DIRECTIONS : 0,
                        direction};
    if (!expected_test(&in, arena, &j.test, status)) return false;
    if (known_any) j.verdict = origin_verdict_of(&j.test);
    bool ask = j.verdict >= ORIGIN_DOUBTFUL || (j.verdict == ORIGIN_UNTESTED && measured > 1);
    if (ask && known_count && !mix(d, known, known_count, parts, arena, &j, status)) return false;
    *judged = j;
    return true;
}
