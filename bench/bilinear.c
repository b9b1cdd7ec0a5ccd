// N5: flows and nineteen fractions of each stream adjusted together (reconcile/flow_bilinear.h).
//   bilinear                       every shape and size, twice: values, and with 32 probes
//   bilinear --dump SHAPE STREAMS FILE    the network for bench/peers/bilinear_ipopt.c: three
//   counts,
//                                  then from, to (uint32), flow, its sigma, fractions, theirs
//                                  (double)
//   bilinear --solve SHAPE STREAMS        one line for that peer's driver, without bounds as there
// Values are a truth that balances (nodes mix; every third tier separates) and errors: flows 0.3 %,
// fractions 1 % of what is much and 3 % of what is little.
#include "base/arena.h"
#include "numeric/draw.h"
#include "reconcile/flow_bilinear.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COMPONENTS = 19 };

typedef struct Made {
    FlowBilinear network;
    uint32_t *from, *to;
    double *flow, *flow_sigma, *fraction, *fraction_sigma;
    size_t room;
    Draw draw;
} Made;

static const char *const SHAPES[] = {"layered", "industry"};
enum { SHAPES_COUNT = 2 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void put(Made *m, uint32_t from, uint32_t to, const double *kg) {
    size_t j = m->network.streams++;
    double n[COMPONENTS + 1], sum = 0.0;
    if (j >= m->room) abort();
    draw_normals(&m->draw, n, COMPONENTS + 1);
    for (size_t c = 0; c < COMPONENTS; c++)
        sum += kg[c];
    double gross = sum / 0.6; // the rest is oxygen, water and rock
    m->from[j] = from;
    m->to[j] = to;
    m->flow_sigma[j] = 0.003 * gross;
    m->flow[j] = gross + m->flow_sigma[j] * n[COMPONENTS];
    for (size_t c = 0; c < COMPONENTS; c++) {
        double truth = kg[c] / gross;
        m->fraction_sigma[j * COMPONENTS + c] = (truth > 0.01 ? 0.01 : 0.03) * truth + 1e-7;
        m->fraction[j * COMPONENTS + c] = truth + m->fraction_sigma[j * COMPONENTS + c] * n[c];
    }
}

// What leaves node `i` goes to `count` nodes; a node that separates gives each its own elements.
static void send(Made *m, const double *inside, uint32_t i, const uint32_t *to, size_t count,
                 bool separates, double *in) {
    for (size_t k = 0; k < count; k++) {
        double kg[COMPONENTS];
        for (size_t c = 0; c < COMPONENTS; c++) {
            double share = 1.0 / (double)count;
            if (separates) share = c % count == k ? 0.9 : 0.1 / (double)(count - 1);
            kg[c] = inside[c] * share;
            if (to[k] != FLOW_OUTSIDE) in[to[k] * COMPONENTS + c] += kg[c];
        }
        put(m, i, to[k], kg);
    }
}

static void feed(Made *m, uint32_t to, double *in) {
    double kg[COMPONENTS];
    for (size_t c = 0; c < COMPONENTS; c++) {
        kg[c] = 1000.0 * pow(10.0, -0.3 * (double)c) * exp(draw_uniform(&m->draw) - 0.5);
        in[to * COMPONENTS + c] += kg[c];
    }
    put(m, FLOW_OUTSIDE, to, kg);
}

// Facilities in six tiers, each selling to three of the next, with a stock from month to month; or
// layers of nodes, each sending to two of the next.
static void make(int shape, size_t streams, Made *m) {
    bool industry = shape == 1;
    size_t degree = industry ? 3 : 2, per = degree + industry;
    size_t nodes = streams / per, tiers = industry ? 6 : (size_t)sqrt((double)nodes / 2.0);
    size_t months = industry ? 12 : 1, width = nodes / (tiers * months) + 1;
    nodes = width * tiers * months;
    *m = (Made){.room = nodes * (per + 1), .draw = draw_seeded(20261125)};
    m->from = malloc(m->room * sizeof *m->from);
    m->to = malloc(m->room * sizeof *m->to);
    m->flow = malloc(m->room * 8);
    m->flow_sigma = malloc(m->room * 8);
    m->fraction = malloc(m->room * COMPONENTS * 8);
    m->fraction_sigma = malloc(m->room * COMPONENTS * 8);
    double *in = calloc(nodes * COMPONENTS, 8);
    if (!m->from || !m->to || !m->flow || !m->flow_sigma || !m->fraction || !m->fraction_sigma ||
        !in)
        abort();
    for (size_t month = 0; month < months; month++)
        for (size_t tier = 0; tier < tiers; tier++)
            for (size_t i = 0; i < width; i++) {
                size_t here = (month * tiers + tier) * width + i;
                uint32_t to[8];
                if (tier == 0) feed(m, (uint32_t)here, in);
                for (size_t k = 0; k < degree; k++)
                    to[k] = tier + 1 < tiers
                                ? (uint32_t)(here - i + width + (i + k * (1 + tier % 5)) % width)
                                : FLOW_OUTSIDE;
                if (industry)
                    to[degree] =
                        month + 1 < months ? (uint32_t)(here + tiers * width) : FLOW_OUTSIDE;
                send(m, in + here * COMPONENTS, (uint32_t)here, to, per, tier % 3 == 2, in);
            }
    free(in);
    size_t count = m->network.streams;
    m->network = (FlowBilinear){nodes,   count,         COMPONENTS,  m->from,          m->to,
                                m->flow, m->flow_sigma, m->fraction, m->fraction_sigma};
}

static void unmake(Made *m) {
    free(m->from);
    free(m->to);
    free(m->flow);
    free(m->flow_sigma);
    free(m->fraction);
    free(m->fraction_sigma);
}

static double run(const Made *m, bool nonnegative, size_t probes, FlowBilinearResult *r) {
    Arena arena;
    Status status;
    status_clear(&status);
    arena_init(&arena, (size_t)8 << 30);
    double from = now();
    bool ok = flow_reconcile_bilinear(
        &m->network, (FlowBilinearOptions){.nonnegative = nonnegative, .probes = probes}, &arena, r,
        &status);
    double took = now() - from;
    if (!ok) printf("failed: %s; %s\n", status.message, status.hint);
    arena_done(&arena); // the numbers of *r stay, its arrays do not
    return ok ? took : NAN;
}

static int dump(const Made *m, const char *path) {
    FILE *file = fopen(path, "wb");
    size_t n = m->network.streams, all = n * COMPONENTS;
    uint64_t counts[3] = {m->network.nodes, n, COMPONENTS};
    bool ok = file && fwrite(counts, 8, 3, file) == 3 && fwrite(m->from, 4, n, file) == n &&
              fwrite(m->to, 4, n, file) == n && fwrite(m->flow, 8, n, file) == n &&
              fwrite(m->flow_sigma, 8, n, file) == n && fwrite(m->fraction, 8, all, file) == all &&
              fwrite(m->fraction_sigma, 8, all, file) == all && fclose(file) == 0;
    return ok ? 0 : 1;
}

static int shape_of(const char *name) {
    for (int i = 0; i < SHAPES_COUNT; i++)
        if (strcmp(name, SHAPES[i]) == 0) return i;
    return -1;
}

int main(int count, char **words) {
    Made m;
    FlowBilinearResult r, all;
    if (count >= 4 && shape_of(words[2]) >= 0) {
        make(shape_of(words[2]), (size_t)atol(words[3]), &m);
        if (count == 5) return dump(&m, words[4]);
        double took = run(&m, false, 0, &r);
        printf("%zu %.4f %.12g\n", m.network.streams, took, r.chi2);
        return 0;
    }
    printf("%-10s %9s %8s %6s %6s %9s %10s %5s | %14s\n", "shape", "streams", "values s", "steps",
           "cg", "left over", "chi2/df", "held", "32 probes, s");
    for (int shape = 0; shape < SHAPES_COUNT; shape++)
        for (size_t streams = 1000; streams <= 20000;
             streams = streams == 1000 ? 5000 : streams * 4) {
            make(shape, streams, &m);
            double took = run(&m, true, 0, &r), more = run(&m, true, 32, &all);
            printf("%-10s %9zu %8.3f %6zu %6zu %9.1e %10.4f %5zu | %14.2f\n", SHAPES[shape],
                   m.network.streams, took, r.steps, r.iterations, r.violation,
                   r.chi2 / (double)r.df, r.held, more);
            fflush(stdout);
            unmake(&m);
        }
    return 0;
}
