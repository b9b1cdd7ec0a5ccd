// Reconciliation at scale: N1, N2, N4 and N6 of docs/performance.md on networks made by rule.
//   reconcile [STREAMS]         every shape: values, then all uncertainties; exponents from a
//   tenth;
//                               then changes in place (N6)
//   reconcile --live STREAMS    these alone
//   reconcile --dump SHAPE STREAMS FILE    the network for bench/peers/reconcile_peer.py: two
//   counts,
//                               then from, to (uint32), value, sigma (double)
// Values are errors alone, since truth cancels from every imbalance: chi2 must come near its df.
#include "base/arena.h"
#include "reconcile/flow_live.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef enum Trade { LAYERED, INDUSTRY, RANDOM } Trade;

typedef struct Shape {
    const char *name;
    Trade trade;
    int degree;      // streams a node, stocks not counted
    int months;      // of an industry
    double regional; // share of trade within a hundred facilities
    double stock;    // how much worse stocks are known
    double odd;      // share of exact streams, and of unmeasured ones
    bool shared;     // one bias a facility
} Shape;

static const Shape SHAPES[] = {
    {"layered, 3 a node", LAYERED, 3, 0, 0.0, 1.0, 0.0, false},
    {"layered, 10 a node", LAYERED, 10, 0, 0.0, 1.0, 0.0, false},
    {"industry, facilities grow", INDUSTRY, 9, 12, 0.85, 1.0, 0.0, false},
    {"industry, months grow", INDUSTRY, 9, 120, 0.97, 1.0, 0.0, false},
    {"random expander", RANDOM, 10, 0, 0.0, 1.0, 0.0, false},
    {"stocks 30 times worse", INDUSTRY, 9, 48, 0.97, 30.0, 0.0, false},
    {"1 % exact, 1 % unmeasured", INDUSTRY, 9, 48, 0.97, 30.0, 0.01, false},
    {"a bias for each facility", INDUSTRY, 9, 48, 0.97, 1.0, 0.0, true},
};
enum { SHAPES_COUNT = sizeof SHAPES / sizeof *SHAPES };

static uint64_t state;
static double uniform(void) {
    uint64_t z = (state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static size_t below(size_t n) {
    size_t at = (size_t)(uniform() * (double)n);
    return at < n ? at : n - 1;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct Made {
    FlowNetwork network;
    uint32_t *from, *to;
    double *value, *sigma;
    FlowShared *shared;
} Made;

static void put(Made *m, const Shape *s, size_t from, size_t to, double worse, size_t facility) {
    size_t j = m->network.streams++;
    m->from[j] = (uint32_t)from;
    m->to[j] = (uint32_t)to;
    double gauss = sqrt(-2.0 * log(uniform())) * cos(6.283185307179586 * uniform());
    m->sigma[j] = worse * exp(uniform() - 0.5);
    m->value[j] = m->sigma[j] * gauss;
    double u = uniform();
    if (u < s->odd)
        m->value[j] = m->sigma[j] = 0.0;
    else if (u < 2.0 * s->odd)
        m->sigma[j] = INFINITY;
    else if (s->shared) {
        m->shared[m->network.shared_count++] =
            (FlowShared){(uint32_t)j, (uint32_t)facility, m->sigma[j] * (0.5 + 1.5 * uniform())};
    }
}

// Who a facility sells to: mostly within its region, and mostly to the large.
static size_t partner(const Shape *s, size_t facility, size_t facilities) {
    size_t region = facility / 100 * 100, size = facilities - region;
    if (size > 100) size = 100;
    double share = uniform() * uniform();
    if (uniform() < s->regional) return region + (size_t)(share * (double)size);
    return (size_t)(share * (double)facilities);
}

static void make(const Shape *s, size_t streams, Made *m) {
    state = 20261125;
    size_t per = (size_t)s->degree + (s->trade == INDUSTRY), nodes = streams / per;
    size_t months = (size_t)s->months, facilities = months ? nodes / months : 1;
    if (months) nodes = facilities * months;
    size_t room = nodes * (per + 1) + 1;
    *m = (Made){.from = malloc(room * 4),
                .to = malloc(room * 4),
                .value = malloc(room * 8),
                .sigma = malloc(room * 8),
                .shared = malloc(room * sizeof(FlowShared))};
    if (!m->from || !m->to || !m->value || !m->sigma || !m->shared) abort();
    size_t width = (size_t)sqrt(10.0 * (double)nodes);
    for (size_t i = 0; i < nodes; i++) {
        size_t facility = months ? i / months : 0, month = months ? i % months : 0;
        if (s->trade == LAYERED) {
            for (int k = 0; k < s->degree; k++) {
                size_t to = (i / width + 1) * width + (i % width + (size_t)(k * k)) % width;
                put(m, s, i, to < nodes ? to : FLOW_OUTSIDE, 1.0, 0);
            }
            if (i < width) put(m, s, FLOW_OUTSIDE, i, 1.0, 0);
            continue;
        }
        for (int k = 0; k < s->degree; k++) {
            size_t to = s->trade == RANDOM ? below(nodes)
                                           : partner(s, facility, facilities) * months + month;
            if (to == i || uniform() < 0.02) to = FLOW_OUTSIDE;
            put(m, s, i, to, 1.0, facility);
        }
        if (s->trade == INDUSTRY) {
            put(m, s, i, month + 1 < months ? i + 1 : FLOW_OUTSIDE, s->stock, facility);
        }
    }
    m->network.nodes = nodes;
    m->network.from = m->from;
    m->network.to = m->to;
    m->network.value = m->value;
    m->network.sigma = m->sigma;
    m->network.shared = m->shared;
    m->network.instruments = s->shared ? facilities : 0;
}

static void unmake(Made *m) {
    free(m->from);
    free(m->to);
    free(m->value);
    free(m->sigma);
    free(m->shared);
}

static double run(const Made *m, bool uncertainties, FlowResult *r) {
    Arena arena;
    Status status;
    status_clear(&status);
    arena_init(&arena, (size_t)8 << 30);
    double from = now();
    FlowOptions options = {.uncertainties = uncertainties};
    bool ok = flow_reconcile(&m->network, options, &arena, r, &status);
    double took = now() - from;
    if (!ok) printf("failed: %s; %s\n", status.message, status.hint);
    arena_done(&arena); // the numbers of *r stay, its arrays do not
    return ok ? took : NAN;
}

static int dump(const char *name, size_t streams, const char *path) {
    for (size_t i = 0; i < SHAPES_COUNT; i++) {
        if (strcmp(SHAPES[i].name, name) != 0) continue;
        Made m;
        make(&SHAPES[i], streams, &m);
        FILE *file = fopen(path, "wb");
        uint64_t counts[2] = {m.network.nodes, m.network.streams};
        size_t n = m.network.streams;
        bool ok = file && fwrite(counts, 8, 2, file) == 2 && fwrite(m.from, 4, n, file) == n &&
                  fwrite(m.to, 4, n, file) == n && fwrite(m.value, 8, n, file) == n &&
                  fwrite(m.sigma, 8, n, file) == n && fclose(file) == 0;
        unmake(&m);
        return ok ? 0 : 1;
    }
    return 2;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// N6: each entry shown with every figure of the whole network. The factor is made anew once in
// FLOW_LIVE_PENDING new streams, which is told apart.
static void changes(const Shape *s, size_t streams) {
    enum { CHANGES = 4 * FLOW_LIVE_PENDING };
    static double took[2][CHANGES];
    double again = 0.0;
    size_t made[2] = {0, 0};
    Made m;
    make(s, streams, &m);
    FlowLive *live;
    Status status;
    status_clear(&status);
    double from = now();
    if (!flow_live_new(&m.network, &live, &status)) {
        printf("%s: %s\n", s->name, status.message);
        unmake(&m);
        return;
    }
    double first = now() - from;
    for (size_t i = 0; i < CHANGES; i++) {
        bool add = i % 2 == 0, ok;
        size_t j = below(m.network.streams);
        from = now();
        if (add)
            ok = flow_live_add(live, m.from[j], m.to[j], m.value[j], 1.0, &status);
        else
            ok = flow_live_correct(live, j, 1.0, &status) && flow_live_refresh(live, &status);
        double t = now() - from;
        if (!ok) printf("%s\n", status.message);
        if (add && i / 2 % (FLOW_LIVE_PENDING + 1) == FLOW_LIVE_PENDING)
            again = t;
        else
            took[add][made[add]++] = t;
    }
    for (int add = 0; add < 2; add++)
        qsort(took[add], made[add], sizeof(double), by_size);
    printf(
        "%-27s %9zu whole %.2f s; ms: corrected value p50 %.1f p99 %.1f, new stream p50 %.1f p99 "
        "%.1f; factor anew %.2f s\n",
        s->name, m.network.streams, first, 1e3 * took[0][made[0] / 2],
        1e3 * took[0][made[0] * 99 / 100], 1e3 * took[1][made[1] / 2],
        1e3 * took[1][made[1] * 99 / 100], again);
    flow_live_free(live);
    unmake(&m);
}

int main(int count, char **words) {
    if (count == 5 && strcmp(words[1], "--dump") == 0) {
        return dump(words[2], (size_t)atol(words[3]), words[4]);
    }
    if (count == 3 && strcmp(words[1], "--live") == 0) {
        changes(&SHAPES[0], (size_t)atol(words[2]));
        changes(&SHAPES[3], (size_t)atol(words[2]));
        return 0;
    }
    size_t streams = count > 1 ? (size_t)atol(words[1]) : 1000000;
    printf("%-27s %9s %8s %8s %6s %9s %10s | %8s %6s %10s %9s\n", "shape", "streams", "values s",
           "exponent", "steps", "residual", "chi2/df", "all s", "method", "estimate", "trace");
    for (size_t i = 0; i < SHAPES_COUNT; i++) {
        Made m, tenth;
        FlowResult small, values, all;
        make(&SHAPES[i], streams / 10, &tenth);
        make(&SHAPES[i], streams, &m);
        double t0 = run(&tenth, false, &small), t = run(&m, false, &values);
        printf("%-27s %9zu %8.3f %8.2f %6zu %9.1e %10.4f | ", SHAPES[i].name, m.network.streams, t,
               log10(t / t0), values.iterations, values.residual, values.chi2 / (double)values.df);
        fflush(stdout);
        double u = run(&m, true, &all);
        printf("%8.2f %6s %9.1f%% %9.1e\n", u, all.method == FLOW_DIRECT ? "exact" : "sketch",
               100.0 * all.estimate_error, all.trace_error);
        fflush(stdout);
        unmake(&m);
        unmake(&tenth);
    }
    changes(&SHAPES[0], streams / 10);
    changes(&SHAPES[3], streams / 10);
    changes(&SHAPES[0], streams);
    return 0;
}
