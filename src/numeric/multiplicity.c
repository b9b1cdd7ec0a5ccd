#include "numeric/multiplicity.h"

#include <math.h>
#include <stdlib.h>

typedef struct Ranked {
    double p;
    size_t place;
} Ranked;

static int ranked_compare(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

bool multiplicity_adjust(const double *p, size_t count, double q, Arena *arena,
                         Multiplicity *result, Status *status) {
    if (!(q >= 0.0 && q <= 1.0)) {
        return status_set(status, STATUS_INVALID, "level q \"%g\" is not between 0 and 1", q);
    }
    Multiplicity m = {.count = count};
    size_t room = count ? count : 1;
    m.bh = arena_take_zero(arena, room, sizeof *m.bh);
    m.by = arena_take_zero(arena, room, sizeof *m.by);
    m.holm = arena_take_zero(arena, room, sizeof *m.holm);
    m.rejected = arena_take_zero(arena, room, sizeof *m.rejected);
    Ranked *ranked = arena_take_zero(arena, room, sizeof *ranked);
    if (!m.bh || !m.by || !m.holm || !m.rejected || !ranked) return status_no_memory(status);
    double harmonic = 0.0;
    size_t above_half = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(p[i] >= 0.0 && p[i] <= 1.0)) {
            return status_set(status, STATUS_INVALID, "p-value %zu, \"%g\", is not between 0 and 1",
                              i + 1, p[i]);
        }
        ranked[i] = (Ranked){p[i], i};
        harmonic += 1.0 / (double)(i + 1);
        if (p[i] > 0.5) above_half++;
    }
    qsort(ranked, count, sizeof *ranked, ranked_compare);
    double n = (double)count;
    // Step up: from the largest down, each is at most what a larger one has.
    double bh = 1.0, by = 1.0;
    for (size_t r = count; r-- > 0;) {
        double scaled = n * ranked[r].p / (double)(r + 1);
        bh = fmin(bh, scaled);
        by = fmin(by, harmonic * scaled);
        m.bh[ranked[r].place] = bh;
        m.by[ranked[r].place] = by;
        // Written as the definition has it, q r/m, so that ties with the limit fall as there.
        double limit = q * (double)(r + 1) / n;
        if (m.rejected_bh == 0 && ranked[r].p <= limit) m.rejected_bh = r + 1;
        if (m.rejected_by == 0 && ranked[r].p <= limit / harmonic) m.rejected_by = r + 1;
        if (ranked[r].p <= q / n) m.rejected_bonferroni++;
    }
    // Step down: from the smallest up, each is at least what a smaller one has.
    double holm = 0.0;
    for (size_t r = 0; r < count; r++) {
        holm = fmax(holm, fmin(1.0, (n - (double)r) * ranked[r].p));
        m.holm[ranked[r].place] = holm;
        if (holm <= q) m.rejected_holm++;
        if (r < m.rejected_bh) m.rejected[ranked[r].place] = true;
    }
    m.pi0 = count ? fmin(1.0, (1.0 + (double)above_half) / (n * 0.5)) : 1.0;
    *result = m;
    return true;
}
