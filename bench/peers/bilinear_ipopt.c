// N5's peer: the same least squares by IPOPT (interior point, MUMPS), in a process of its own.
//   bilinear_ipopt FILE      FILE as bench/bilinear --dump writes it
// Written as an expert would: unknowns in standard deviations from what was measured, balances in
// theirs, exact first and second derivatives, no bounds (they cost it twice the time), room enough
// for the sparse factor (with the room it takes by itself it gives up at 17,000 streams).
#include <coin/IpStdCInterface.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OUTSIDE UINT32_MAX

typedef struct Network {
    size_t nodes, streams, components;
    uint32_t *from, *to;
    double *flow, *flow_sigma, *fraction, *fraction_sigma, *scale;
} Network;

static double flow_at(const Network *w, size_t j, const Number *u) {
    return w->flow[j] + w->flow_sigma[j] * u[j * (w->components + 1)];
}

static double fraction_at(const Network *w, size_t j, size_t c, const Number *u) {
    size_t i = j * w->components + c;
    return w->fraction[i] + w->fraction_sigma[i] * u[j * (w->components + 1) + 1 + c];
}

static Bool objective(Index n, Number *u, Bool fresh, Number *value, UserDataPtr data) {
    (void)fresh, (void)data;
    *value = 0.0;
    for (Index i = 0; i < n; i++)
        *value += 0.5 * u[i] * u[i];
    return TRUE;
}

static Bool gradient(Index n, Number *u, Bool fresh, Number *out, UserDataPtr data) {
    (void)fresh, (void)data;
    for (Index i = 0; i < n; i++)
        out[i] = u[i];
    return TRUE;
}

// Calls `at` for each place of a stream in the balances: row, sign.
#define ENDS(w, j, row_of, sign)                                                                   \
    for (int end = 0; end < 2; end++)                                                              \
        for (uint32_t node = end ? (w)->to[j] : (w)->from[j], once = 1; once && node != OUTSIDE;   \
             once = 0)                                                                             \
            for (double sign = end ? 1.0 : -1.0; sign != 0.0; sign = 0.0)                          \
                for (size_t c = 0, row_of = node * (w)->components; c < (w)->components;           \
                     c++, row_of++)

static Bool balances(Index n, Number *u, Bool fresh, Index m, Number *out, UserDataPtr data) {
    const Network *w = data;
    (void)n, (void)fresh;
    for (Index i = 0; i < m; i++)
        out[i] = 0.0;
    for (size_t j = 0; j < w->streams; j++) {
        double f = flow_at(w, j, u);
        ENDS(w, j, row, sign) out[row] += sign * f * fraction_at(w, j, c, u) * w->scale[row];
    }
    return TRUE;
}

static Bool jacobian(Index n, Number *u, Bool fresh, Index m, Index count, Index *rows,
                     Index *columns, Number *values, UserDataPtr data) {
    const Network *w = data;
    Index at = 0;
    (void)n, (void)fresh, (void)m, (void)count;
    for (size_t j = 0; j < w->streams; j++) {
        size_t first = j * (w->components + 1);
        double f = values ? flow_at(w, j, u) : 0.0;
        ENDS(w, j, row, sign) {
            if (values) {
                values[at++] = sign * w->scale[row] * w->flow_sigma[j] * fraction_at(w, j, c, u);
                values[at++] = sign * w->scale[row] * f * w->fraction_sigma[j * w->components + c];
                continue;
            }
            rows[at] = (Index)row;
            columns[at++] = (Index)first;
            rows[at] = (Index)row;
            columns[at++] = (Index)(first + 1 + c);
        }
    }
    return TRUE;
}

static Bool hessian(Index n, Number *u, Bool fresh, Number factor, Index m, Number *lambda,
                    Bool fresh_lambda, Index count, Index *rows, Index *columns, Number *values,
                    UserDataPtr data) {
    const Network *w = data;
    Index at = 0;
    (void)u, (void)fresh, (void)m, (void)fresh_lambda, (void)count;
    for (Index i = 0; i < n; i++, at++) {
        if (values)
            values[at] = factor;
        else
            rows[at] = columns[at] = i;
    }
    for (size_t j = 0; j < w->streams; j++) {
        size_t first = j * (w->components + 1);
        for (size_t c = 0; c < w->components; c++, at++) {
            if (!values) {
                rows[at] = (Index)(first + 1 + c);
                columns[at] = (Index)first;
                continue;
            }
            double drop = 0.0;
            if (w->to[j] != OUTSIDE) {
                size_t row = w->to[j] * w->components + c;
                drop += lambda[row] * w->scale[row];
            }
            if (w->from[j] != OUTSIDE) {
                size_t row = w->from[j] * w->components + c;
                drop -= lambda[row] * w->scale[row];
            }
            values[at] = drop * w->flow_sigma[j] * w->fraction_sigma[j * w->components + c];
        }
    }
    return TRUE;
}

static void *take(size_t count, size_t size) {
    void *room = calloc(count + 1, size);
    if (!room) abort();
    return room;
}

static Network load(const char *path) {
    uint64_t counts[3];
    FILE *file = fopen(path, "rb");
    if (!file || fread(counts, 8, 3, file) != 3) exit(1);
    Network w = {counts[0], counts[1], counts[2], 0, 0, 0, 0, 0, 0, 0};
    size_t all = w.streams * w.components;
    w.from = take(w.streams, 4);
    w.to = take(w.streams, 4);
    w.flow = take(w.streams, 8);
    w.flow_sigma = take(w.streams, 8);
    w.fraction = take(all, 8);
    w.fraction_sigma = take(all, 8);
    w.scale = take(w.nodes * w.components, 8);
    if (fread(w.from, 4, w.streams, file) != w.streams ||
        fread(w.to, 4, w.streams, file) != w.streams ||
        fread(w.flow, 8, w.streams, file) != w.streams ||
        fread(w.flow_sigma, 8, w.streams, file) != w.streams ||
        fread(w.fraction, 8, all, file) != all || fread(w.fraction_sigma, 8, all, file) != all)
        exit(1);
    fclose(file);
    for (size_t j = 0; j < w.streams; j++)
        ENDS(&w, j, row, sign) {
            size_t i = j * w.components + c;
            w.scale[row] +=
                sign * sign *
                (pow(w.flow_sigma[j] * w.fraction[i], 2) + pow(w.flow[j] * w.fraction_sigma[i], 2));
        }
    for (size_t i = 0; i < w.nodes * w.components; i++)
        w.scale[i] = w.scale[i] > 0.0 ? 1.0 / sqrt(w.scale[i]) : 1.0;
    return w;
}

int main(int count, char **words) {
    if (count != 2) return 2;
    Network w = load(words[1]);
    size_t unknowns = w.streams * (w.components + 1), rows = w.nodes * w.components, ends = 0;
    for (size_t j = 0; j < w.streams; j++)
        ends += (w.from[j] != OUTSIDE) + (w.to[j] != OUTSIDE);
    double *low = take(unknowns, 8), *high = take(unknowns, 8), *u = take(unknowns, 8);
    double *zero = take(rows, 8);
    for (size_t i = 0; i < unknowns; i++) {
        low[i] = -2e19;
        high[i] = 2e19;
    }
    IpoptProblem p = CreateIpoptProblem((Index)unknowns, low, high, (Index)rows, zero, zero,
                                        (Index)(2 * ends * w.components),
                                        (Index)(unknowns + w.streams * w.components), 0, objective,
                                        balances, gradient, jacobian, hessian);
    AddIpoptIntOption(p, "print_level", 0);
    AddIpoptStrOption(p, "sb", "yes");
    AddIpoptStrOption(p, "nlp_scaling_method", "none");
    AddIpoptIntOption(p, "mumps_mem_percent", 20);
    AddIpoptNumOption(p, "tol", 1e-8);
    AddIpoptIntOption(p, "max_iter", 60);
    struct timespec from, to;
    double value = 0.0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    enum ApplicationReturnStatus end = IpoptSolve(p, u, NULL, &value, NULL, NULL, NULL, &w);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double took = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    printf("%zu %.4f %.12g %d\n", w.streams, took, 2.0 * value, (int)end);
    FreeIpoptProblem(p);
    return end == Solve_Succeeded ? 0 : 1;
}
