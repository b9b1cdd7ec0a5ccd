#include "balance/srd.h"

#include "numeric/distribution.h"
#include <math.h>

static bool side_is_valid(const SrdSide *side, size_t count, const char *name, Status *status) {
    if (!(side->rel_random >= 0.0 && isfinite(side->rel_random) && side->rel_shared >= 0.0 &&
          isfinite(side->rel_shared))) {
        return status_set(status, STATUS_INVALID, "standard deviation of the %s", name) ||
               status_hint(status, "it must be a number that is not negative");
    }
    for (size_t i = 0; i < count; i++) {
        if (!(side->mass[i] > 0.0 && isfinite(side->mass[i]))) {
            return status_set(status, STATUS_INVALID, "mass \"%g\" of the %s, shipment %zu",
                              side->mass[i], name, i + 1) ||
                   status_hint(status, "it must be above zero");
        }
    }
    return true;
}

static double square(double x) {
    return x * x;
}

bool srd_test(const SrdSide *shipper, const SrdSide *receiver, size_t count, Arena *arena,
              Srd *result, Status *status) {
    if (count < 2) {
        return status_set(status, STATUS_INVALID, "\"%zu\" shipments show no bias", count) ||
               status_hint(status, "two are the least");
    }
    if (!side_is_valid(shipper, count, "shipper", status) ||
        !side_is_valid(receiver, count, "receiver", status)) {
        return false;
    }
    Srd r = {.count = count};
    r.difference = arena_take_zero(arena, count, sizeof *r.difference);
    r.z = arena_take_zero(arena, count, sizeof *r.z);
    if (!r.difference || !r.z) return status_no_memory(status);
    double n = (double)count, random = 0.0, sent = 0.0, got = 0.0, ln_s = 0.0, ln_r = 0.0;
    for (size_t i = 0; i < count; i++) {
        double s = shipper->mass[i], g = receiver->mass[i];
        double own = square(shipper->rel_random * s) + square(receiver->rel_random * g);
        double sigma =
            sqrt(own + square(shipper->rel_shared * s) + square(receiver->rel_shared * g));
        r.difference[i] = s - g;
        r.z[i] = sigma > 0.0 ? (s - g) / sigma : 0.0;
        if (fabs(r.z[i]) > 1.96) r.beyond++;
        r.total += s - g;
        r.bias_receiver += 2.0 * (g - s) / (g + s) / n;
        random += own;
        sent += s;
        got += g;
        ln_s += log(s) / n;
        ln_r += log(g) / n;
    }
    double sigma_total =
        sqrt(random + square(shipper->rel_shared * sent) + square(receiver->rel_shared * got));
    if (!(sigma_total > 0.0)) {
        return status_set(status, STATUS_INVALID, "neither side has any error") ||
               status_hint(status, "give one a standard deviation");
    }
    r.z_total = r.total / sigma_total;
    r.bias_sigma_random = sqrt((square(shipper->rel_random) + square(receiver->rel_random)) / n);
    r.bias_z = r.bias_receiver / sqrt(square(r.bias_sigma_random) + square(shipper->rel_shared) +
                                      square(receiver->rel_shared));
    double spread = 0.0, ss = 0.0, gg = 0.0, sg = 0.0;
    for (size_t i = 0; i < count; i++) {
        double s = shipper->mass[i], g = receiver->mass[i];
        spread += square(2.0 * (g - s) / (g + s) - r.bias_receiver) / (n - 1.0);
        ss += square(log(s) - ln_s) / (n - 1.0);
        gg += square(log(g) - ln_r) / (n - 1.0);
        sg += (log(s) - ln_s) * (log(g) - ln_r) / (n - 1.0);
    }
    // Equal differences throughout leave no spread to judge by: t is then said to be 0.
    r.t_paired = spread > 0.0 ? r.bias_receiver / sqrt(spread / n) : 0.0;
    r.p_t_paired = t_two_sided(r.t_paired, n - 1.0);
    r.var_shipper = ss - sg;
    r.var_receiver = gg - sg;
    r.var_lots = sg;
    *result = r;
    return true;
}
