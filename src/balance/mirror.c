#include "balance/mirror.h"

#include "numeric/dense.h"
#include <math.h>

bool mirror_compare(const MirrorInput *in, Arena *arena, Mirror *mirror, Status *status) {
    if (in->months < 2)
        return status_set(status, STATUS_INVALID, "%zu months are too few to compare",
                          in->months) ||
               status_hint(status, "give two at least");
    if (!(in->late >= 0.0 && in->late <= 1.0))
        return status_set(status, STATUS_INVALID, "the part that arrives late is %g", in->late) ||
               status_hint(status, "a part lies between 0 and 1");
    if (!(in->rel_sd_exported >= 0.0) || !(in->rel_sd_imported >= 0.0) ||
        !isfinite(in->rel_sd_exported + in->rel_sd_imported))
        return status_set(status, STATUS_INVALID, "an uncertainty is below zero or no number");
    size_t n = in->months - 1;
    Mirror made = {.count = n,
                   .arrivals = arena_take_zero(arena, n, sizeof(double)),
                   .difference = arena_take_zero(arena, n, sizeof(double)),
                   .sd = arena_take_zero(arena, n, sizeof(double))};
    double *c = arena_take_zero(arena, n * n, sizeof *c),
           *white = arena_take_zero(arena, n, sizeof *white),
           *one = arena_take_zero(arena, n, sizeof *one);
    if (!made.arrivals || !made.difference || !made.sd || !c || !white || !one)
        return status_no_memory(status);
    double sum = 0.0, now = 1.0 - in->late;
    for (size_t i = 0; i < n; i++) {
        double before = in->exported[i], here = in->exported[i + 1], came = in->imported[i + 1];
        if (!isfinite(before + here + came))
            return status_set(status, STATUS_INVALID, "month %zu or %zu is no number", i + 1,
                              i + 2);
        made.arrivals[i] = now * here + in->late * before;
        made.difference[i] = came - made.arrivals[i];
        double rx = in->rel_sd_exported;
        c[i * n + i] = (in->rel_sd_imported * came) * (in->rel_sd_imported * came) +
                       (now * rx * here) * (now * rx * here) +
                       (in->late * rx * before) * (in->late * rx * before);
        // The month between is part of two figures.
        if (i > 0)
            c[i * n + i - 1] = c[(i - 1) * n + i] = now * in->late * (rx * before) * (rx * before);
        made.sd[i] = sqrt(c[i * n + i]);
        made.total += made.difference[i];
    }
    for (size_t i = 0; i < n * n; i++)
        sum += c[i];
    made.total_sd = sqrt(sum);
    if (!(sum > 0.0))
        return status_set(status, STATUS_INVALID, "figures without any error cannot be compared") ||
               status_hint(status, "give an uncertainty above zero");
    made.total_z = made.total / made.total_sd;
    if (!dense_cholesky(c, n, c, status)) return false;
    for (size_t i = 0; i < n; i++) {
        white[i] = made.difference[i];
        one[i] = 1.0;
    }
    dense_forward(c, n, n, white, white);
    dense_forward(c, n, n, one, one);
    double information = 0.0, score = 0.0;
    for (size_t i = 0; i < n; i++) {
        information += one[i] * one[i];
        score += one[i] * white[i];
        made.chi2 += white[i] * white[i];
    }
    if (information > 0.0) {
        made.mean = score / information;
        made.mean_sd = 1.0 / sqrt(information);
    }
    *mirror = made;
    return true;
}
