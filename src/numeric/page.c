#include "numeric/page.h"

#include "base/memory.h"
#include "numeric/distribution.h"
#include <assert.h>
#include <math.h>

// So many points that the result changes in the 13th digit at most when there are twice as many
// (tried for h from 0 to 40, k from 0 to 2, 1 to 200 periods).
static size_t points_for(double h) {
    return 24 + (size_t)ceil(6.0 * h);
}

// The points and weights of Gauss-Legendre quadrature on (0, h), by Newton's method on the
// Legendre polynomial (Abramowitz & Stegun 25.4.29).
static void gauss_legendre(size_t n, double h, double *x, double *w) {
    const double pi = 3.14159265358979323846;
    for (size_t i = 0; i < (n + 1) / 2; i++) {
        double t = cos(pi * ((double)i + 0.75) / ((double)n + 0.5)), slope = 1.0;
        for (int round = 0; round < 50; round++) {
            double p = 1.0, before = 0.0;
            for (size_t j = 0; j < n; j++) {
                double next =
                    ((2.0 * (double)j + 1.0) * t * p - (double)j * before) / ((double)j + 1.0);
                before = p;
                p = next;
            }
            slope = (double)n * (t * p - before) / (t * t - 1.0);
            double step = p / slope;
            t -= step;
            if (fabs(step) < 1e-15) break;
        }
        double weight = h / ((1.0 - t * t) * slope * slope);
        x[i] = 0.5 * h * (1.0 - t);
        x[n - 1 - i] = 0.5 * h * (1.0 + t);
        w[i] = w[n - 1 - i] = weight;
    }
}

static bool design_is_valid(PageDesign design, Status *status) {
    if (!isfinite(design.k) || !isfinite(design.h) || design.h < 0.0) {
        return status_set(status, STATUS_INVALID, "Page's test with k \"%g\" and h \"%g\"",
                          design.k, design.h) ||
               status_hint(status, "k must be a number and h a number that is not negative");
    }
    if (design.h > PAGE_LIMIT_MAX) {
        return status_set(status, STATUS_LIMIT, "limit h \"%g\" is above %g", design.h,
                          PAGE_LIMIT_MAX);
    }
    return true;
}

// One array for all that a run needs: points, weights, density now and next, kernel.
typedef struct Grid {
    size_t n;
    double *x, *w, *now, *next;
    double *stay, *leave; // weight of x_j times the chance to fall to 0, to rise above h
    double *kernel;
} Grid;

static bool grid_new(Grid *grid, double h, size_t kernel_side, Status *status) {
    size_t n = points_for(h);
    size_t side = n + kernel_side;
    double *block = memory_new_zero(6 * side + side * side, sizeof *block);
    if (!block) return status_no_memory(status);
    *grid = (Grid){n,
                   block,
                   block + side,
                   block + 2 * side,
                   block + 3 * side,
                   block + 4 * side,
                   block + 5 * side,
                   block + 6 * side};
    gauss_legendre(n, h, grid->x, grid->w);
    return true;
}

static void grid_free(Grid *grid) {
    memory_free(grid->x);
}

// kernel[i][j]: density at x_i after a step from x_j, times the weight of x_j.
static void fill_kernel(Grid *grid, double h, double drift) {
    for (size_t i = 0; i < grid->n; i++) {
        grid->stay[i] = grid->w[i] * normal_lower(drift - grid->x[i]);
        grid->leave[i] = grid->w[i] * normal_upper(h + drift - grid->x[i]);
        for (size_t j = 0; j < grid->n; j++) {
            grid->kernel[i * grid->n + j] =
                normal_density(grid->x[i] - grid->x[j] + drift) * grid->w[j];
        }
    }
}

bool page_alarm_probability(PageDesign design, size_t periods, const double *shift,
                            double *probability, Status *status) {
    if (!design_is_valid(design, status)) return false;
    if (periods > PAGE_PERIODS_MAX) {
        return status_set(status, STATUS_LIMIT, "horizon of \"%zu\" periods is above %d", periods,
                          PAGE_PERIODS_MAX);
    }
    for (size_t t = 0; shift && t < periods; t++) {
        if (!isfinite(shift[t])) {
            return status_set(status, STATUS_INVALID, "shift of period %zu is not a number", t + 1);
        }
    }
    Grid grid;
    if (!grid_new(&grid, design.h, 0, status)) return false;
    double atom = 1.0, alarm = 0.0, drift = design.k;
    fill_kernel(&grid, design.h, drift);
    for (size_t t = 0; t < periods; t++) {
        double wanted = design.k - (shift ? shift[t] : 0.0);
        if (wanted != drift) {
            drift = wanted;
            fill_kernel(&grid, design.h, drift);
        }
        // What leaves above h is added up itself: 1 less what stays would lose small alphas.
        double leaves = atom * normal_upper(design.h + drift), stays = atom * normal_lower(drift);
        for (size_t j = 0; j < grid.n; j++) {
            leaves += grid.leave[j] * grid.now[j];
            stays += grid.stay[j] * grid.now[j];
        }
        for (size_t i = 0; i < grid.n; i++) {
            double sum = atom * normal_density(grid.x[i] + drift);
            const double *row = grid.kernel + i * grid.n;
            for (size_t j = 0; j < grid.n; j++)
                sum += row[j] * grid.now[j];
            grid.next[i] = sum;
        }
        double *old = grid.now;
        grid.now = grid.next;
        grid.next = old;
        atom = stays;
        alarm += leaves;
    }
    grid_free(&grid);
    *probability = fmin(1.0, alarm);
    return true;
}

bool page_limit(double k, size_t periods, double alpha, double *h, Status *status) {
    if (!(alpha > 0.0 && alpha < 1.0)) {
        return status_set(status, STATUS_INVALID, "false-alarm probability \"%g\"", alpha) ||
               status_hint(status, "it lies between 0 and 1");
    }
    if (periods == 0) {
        return status_set(status, STATUS_INVALID, "a horizon of \"0\" periods has no limit");
    }
    // The logarithm of the probability is nearly a straight line in h, so a secant that keeps its
    // bracket (Illinois) needs about eight steps.
    double target = log(alpha), p;
    if (!page_alarm_probability((PageDesign){k, 0.0}, periods, NULL, &p, status)) return false;
    double low = 0.0, f_low = log(p) - target;
    if (f_low <= 0.0) {
        *h = 0.0;
        return true;
    }
    double high = 1.0, f_high = 0.0;
    for (;;) {
        if (!page_alarm_probability((PageDesign){k, high}, periods, NULL, &p, status)) return false;
        f_high = log(fmax(p, 1e-300)) - target;
        if (f_high <= 0.0) break;
        low = high;
        f_low = f_high;
        if (high >= PAGE_LIMIT_MAX) {
            return status_set(status, STATUS_LIMIT,
                              "no limit below %g has the false-alarm "
                              "probability \"%g\" over \"%zu\" periods",
                              PAGE_LIMIT_MAX, alpha, periods);
        }
        high = fmin(2.0 * high, PAGE_LIMIT_MAX);
    }
    int side = 0;
    for (int round = 0; round < 200 && high - low > 1e-13 * high && f_high != 0.0; round++) {
        double middle = low + (high - low) * f_low / (f_low - f_high);
        if (!(middle > low && middle < high)) break;
        if (round > 60) middle = 0.5 * (low + high);
        if (!page_alarm_probability((PageDesign){k, middle}, periods, NULL, &p, status)) {
            return false;
        }
        double f = log(fmax(p, 1e-300)) - target;
        if (f > 0.0) {
            low = middle;
            f_low = f;
            if (side == 1) f_high *= 0.5;
            side = 1;
        } else {
            high = middle;
            f_high = f;
            if (side == -1) f_low *= 0.5;
            side = -1;
        }
        if (fabs(f) < 1e-14) {
            low = high = middle;
            break;
        }
    }
    *h = low + (high - low) * f_low / (f_low - f_high == 0.0 ? 1.0 : f_low - f_high);
    return true;
}

// The mean number of steps from each state until the chain leaves, given the chances `step` (side x
// side, row by row) and `leave`. States are taken out from the last to the first, as Grassmann,
// Taksar & Heyman do (Operations Research 33, 1985): only sums and quotients of what is positive,
// so a mean of 10^200 is as exact as one of 10. Diagonals are never read. `mean` starts with the
// length of a stay, here 1 each.
static void mean_steps(size_t side, double *step, double *leave, double *mean) {
    for (size_t k = side; k-- > 1;) {
        double out = leave[k];
        for (size_t j = 0; j < k; j++)
            out += step[k * side + j];
        step[k * side + k] = out;
        for (size_t i = 0; i < k; i++) {
            double share = step[i * side + k] / out;
            if (share == 0.0) continue;
            for (size_t j = 0; j < k; j++)
                step[i * side + j] += share * step[k * side + j];
            leave[i] += share * leave[k];
            mean[i] += share * mean[k];
        }
    }
    mean[0] /= leave[0];
    for (size_t k = 1; k < side; k++) {
        double sum = mean[k];
        for (size_t j = 0; j < k; j++)
            sum += step[k * side + j] * mean[j];
        mean[k] = sum / step[k * side + k];
    }
}

bool page_run_length(PageDesign design, double mu, double headstart, double *length,
                     Status *status) {
    if (!design_is_valid(design, status)) return false;
    if (!isfinite(mu) || !(headstart >= 0.0 && headstart <= design.h)) {
        return status_set(status, STATUS_INVALID, "run length for mu \"%g\", headstart \"%g\"", mu,
                          headstart) ||
               status_hint(status, "the headstart lies between 0 and h");
    }
    // L(s) = 1 + L(0) P(to 0 | s) + integral of L(x) density(x | s): a Fredholm equation of the
    // second kind, at 0 and the points.
    Grid grid;
    if (!grid_new(&grid, design.h, 1, status)) return false;
    size_t n = grid.n, side = n + 1;
    double drift = design.k - mu, *l = grid.now, *leave = grid.next;
    for (size_t i = 0; i < side; i++) {
        double s = i == 0 ? 0.0 : grid.x[i - 1], *row = grid.kernel + i * side;
        row[0] = normal_lower(drift - s);
        for (size_t j = 0; j < n; j++) {
            row[j + 1] = normal_density(grid.x[j] - s + drift) * grid.w[j];
        }
        leave[i] = normal_upper(design.h - s + drift);
        l[i] = 1.0;
    }
    mean_steps(side, grid.kernel, leave, l);
    double sum = 1.0 + l[0] * normal_lower(drift - headstart);
    for (size_t j = 0; j < n; j++) {
        sum += normal_density(grid.x[j] - headstart + drift) * grid.w[j] * l[j + 1];
    }
    grid_free(&grid);
    if (!isfinite(sum)) {
        return status_set(status, STATUS_LIMIT, "run length for mu \"%g\" is beyond 1e300", mu);
    }
    *length = sum;
    return true;
}

bool page_run_length_two_sided(PageDesign design, double mu, double headstart, double *length,
                               Status *status) {
    double up, up0, down, down0;
    if (!page_run_length(design, mu, headstart, &up, status) ||
        !page_run_length(design, mu, 0.0, &up0, status) ||
        !page_run_length(design, -mu, headstart, &down, status) ||
        !page_run_length(design, -mu, 0.0, &down0, status)) {
        return false;
    }
    // [L+(s) L-(0) + L-(s) L+(0) - L+(0) L-(0)] / [L+(0) + L-(0)], divided through by the longer of
    // L+(0) and L-(0), so that no product overflows.
    *length = down0 >= up0 ? (up + up0 * (down / down0) - up0) / (up0 / down0 + 1.0)
                           : (down + down0 * (up / up0) - down0) / (down0 / up0 + 1.0);
    return true;
}

size_t page_run(PageDesign design, int sign, const double *z, const bool *tested, size_t n,
                double *statistic) {
    assert(sign == 1 || sign == -1);
    double s = 0.0;
    size_t first = 0;
    for (size_t t = 0; t < n; t++) {
        if (!tested || tested[t]) s = fmax(0.0, s + sign * z[t] - design.k);
        statistic[t] = s;
        if (first == 0 && s > design.h) first = t + 1;
    }
    return first;
}
