#include "origin/from_book_expected.h"

#include "book/state.h"
#include "numeric/distribution.h"
#include "origin/from_book_lineage.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)ORIGIN_PARTS_MAX == (int)RARE_EARTH_COUNT, "a part is a rare earth");

static const double KG_PER_MG = 1e-6, PER_PPB = 1e-9;
static const double SCATTER_ASSUMED = 0.05;
// Medians are estimates, and what scatters is not quite normal.
static const double USUAL_WIDER = 1.2, USUAL_SD_LEAST = 0.01;
static const double USUAL_ODD = 0.01;
enum { USUAL_LOTS_LEAST = 20, USUAL_ROUNDS = 4 };

// ---- what is known ----

bool origin_deposit_read(const Book *book, uint32_t row, OriginReference *reference,
                         OriginKnown *known) {
    const DepositRow *deposit = ROW(book, DepositRow, TABLE_DEPOSIT, row);
    const Factors *factors = factors_on(book, DAY_LAST);
    if (!factors || !deposit->registered || !deposit->reference_mask) return false;
    *reference = (OriginReference){.id = intern_text(book->deposit_ids, row),
                                   .name = text_get(book, deposit->name),
                                   .deposit = true,
                                   .row = row,
                                   .scatter_stated = true};
    *known = (OriginKnown){{0}, {0}};
    uint32_t mask = deposit->reference_mask, bits = (uint32_t)__builtin_popcount(mask), n = 0;
    for (uint32_t m = mask; m; m &= m - 1, n++) {
        int c = __builtin_ctz(m);
        if (c >= RARE_EARTH_COUNT || factors->micro[c] <= 0) continue;
        double oxide = (double)*values_at(book, deposit->reference + n),
               scatter = (double)*values_at(book, deposit->reference + bits + n);
        known->share[c] = oxide * PER_PPB / ((double)factors->micro[c] / FACTOR_ONE);
        known->sd[c] = scatter > 0 && oxide > 0 ? scatter / oxide : SCATTER_ASSUMED;
        if (!(scatter > 0)) reference->scatter_stated = false;
    }
    return true;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *x, size_t n) {
    qsort(x, n, sizeof *x, ascending);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2.0;
}

// Whether a lot says what its material from outside is like.
static bool is_example(const Book *book, const Lineage *lineage, uint32_t lot) {
    const Birth *birth = birth_at(lineage, lot);
    const Lot *row = lot_at(book, lot);
    return birth->descent == DESCENT_OUTSIDE && row->basis == BASIS_ASSAYED &&
           row->material != ROW_NONE;
}

// Elements that nine lots in ten state: who leaves one out decides nothing for the others.
static uint32_t usually_stated(const Book *book, const uint32_t *lots, size_t count) {
    size_t stated[RARE_EARTH_COUNT] = {0};
    uint32_t mask = 0;
    for (size_t i = 0; i < count; i++) {
        const ContentRef *ref = &lot_at(book, lots[i])->start;
        for (uint32_t m = ref->stated & ~ref->below & (uint32_t)RARE_EARTH_MASK; m; m &= m - 1)
            stated[__builtin_ctz(m)]++;
    }
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        if (count && stated[c] * 10 >= count * 9) mask |= 1u << c;
    return mask;
}

// Log-ratios over the elements that nearly all of them have, the level taken out of each.
bool origin_usual_read(const Book *book, uint32_t material, const uint32_t *lots, size_t count,
                       uint32_t without, Arena *arena, OriginReference *reference,
                       OriginKnown *known, bool *any, Status *status) {
    size_t others = 0, n = 0;
    for (size_t i = 0; i < count; i++)
        others += lot_at(book, lots[i])->party != without;
    bool leave_out = others >= USUAL_LOTS_LEAST;
    uint32_t mask = usually_stated(book, lots, count);
    size_t parts = (size_t)__builtin_popcount(mask);
    *any = false;
    if (count < USUAL_LOTS_LEAST || parts < 2) return true;
    double *log_ratio = arena_take_zero(arena, count * parts + 1, sizeof *log_ratio),
           *column = arena_take_zero(arena, count + 1, sizeof *column);
    if (!log_ratio || !column) return status_no_memory(status);
    for (size_t l = 0; l < count; l++) {
        const Lot *lot = lot_at(book, lots[l]);
        if (leave_out && lot->party == without) continue;
        Content content;
        content_load(book, &lot->start, &content);
        double sum = 0.0;
        bool whole = true;
        size_t p = 0;
        for (uint32_t m = mask; m; m &= m - 1, p++) {
            int64_t mg = content.mg[__builtin_ctz(m)];
            whole = whole && mg > 0;
            if (mg > 0) sum += log_ratio[n * parts + p] = log((double)mg);
        }
        if (!whole) continue;
        for (p = 0; p < parts; p++)
            log_ratio[n * parts + p] -= sum / (double)parts;
        n++;
    }
    if (n < USUAL_LOTS_LEAST) return true;
    *reference = (OriginReference){.id = intern_text(book->material_ids, material),
                                   .name = text_get(book, material_at(book, material)->name),
                                   .row = material,
                                   .lots = n,
                                   .scatter_stated = true};
    // What is odd itself widens what is usual: it is left out, and the rest measured anew.
    double middle[RARE_EARTH_COUNT], sd[RARE_EARTH_COUNT];
    for (int round = 0; round < USUAL_ROUNDS; round++) {
        for (size_t p = 0; p < parts; p++) {
            for (size_t i = 0; i < n; i++)
                column[i] = log_ratio[i * parts + p];
            middle[p] = median(column, n);
            for (size_t i = 0; i < n; i++)
                column[i] = fabs(log_ratio[i * parts + p] - middle[p]);
            sd[p] = fmax(USUAL_SD_LEAST, 1.4826 * median(column, n));
        }
        size_t kept = 0;
        double limit = chi2_upper_point(USUAL_ODD, (double)(parts - 1));
        for (size_t i = 0; i < n && round + 1 < USUAL_ROUNDS; i++) {
            double distance = 0.0;
            for (size_t p = 0; p < parts; p++) {
                double z = (log_ratio[i * parts + p] - middle[p]) / sd[p];
                distance += z * z;
            }
            if (distance > limit) continue;
            memmove(log_ratio + kept * parts, log_ratio + i * parts, parts * sizeof *log_ratio);
            kept++;
        }
        if (round + 1 < USUAL_ROUNDS && kept >= USUAL_LOTS_LEAST && 2 * kept > n) n = kept;
    }
    reference->lots = n;
    *known = (OriginKnown){{0}, {0}};
    size_t p = 0;
    for (uint32_t m = mask; m; m &= m - 1, p++) {
        int c = __builtin_ctz(m);
        known->share[c] = exp(middle[p]);
        known->sd[c] = USUAL_WIDER * sd[p];
    }
    *any = true;
    return true;
}

bool origin_known_begin(const Book *book, size_t more, Arena *arena, OriginBook *known,
                        Status *status) {
    uint32_t deposits = book_count(book, TABLE_DEPOSIT);
    OriginBook made = {.reference =
                           arena_take_zero(arena, deposits + more + 1, sizeof *made.reference),
                       .known = arena_take_zero(arena, deposits + more + 1, sizeof *made.known)};
    if (!made.reference || !made.known) return status_no_memory(status);
    for (uint32_t d = 0; d < deposits; d++)
        made.count +=
            origin_deposit_read(book, d, &made.reference[made.count], &made.known[made.count]);
    *known = made;
    return true;
}

bool origin_book_read(const Book *book, const Lineage *lineage, uint32_t without, Arena *arena,
                      OriginBook *known, Status *status) {
    uint32_t materials = book_count(book, TABLE_MATERIAL), lots = book_count(book, TABLE_LOT);
    size_t *first = arena_take_zero(arena, (size_t)materials + 2, sizeof *first);
    if (!first || !origin_known_begin(book, materials, arena, known, status))
        return first ? false : status_no_memory(status);
    for (uint32_t l = 0; l < lots; l++)
        if (is_example(book, lineage, l)) first[lot_at(book, l)->material + 1]++;
    for (uint32_t m = 0; m < materials; m++)
        first[m + 1] += first[m];
    uint32_t *example = arena_take_zero(arena, first[materials] + 1, sizeof *example);
    size_t *next = arena_take_zero(arena, (size_t)materials + 1, sizeof *next);
    if (!example || !next) return status_no_memory(status);
    for (uint32_t l = 0; l < lots; l++) {
        if (!is_example(book, lineage, l)) continue;
        uint32_t m = lot_at(book, l)->material;
        example[first[m] + next[m]++] = l;
    }
    for (uint32_t m = 0; m < materials; m++) {
        bool any;
        if (!origin_usual_read(book, m, example + first[m], next[m], without, arena,
                               &known->reference[known->count], &known->known[known->count], &any,
                               status))
            return false;
        known->count += any;
    }
    return true;
}

// ---- one lot ----

// Standard deviation of a component's content in kg (B5): own parts, and the signed sum of each
// group's.
static double u_of_component(const Book *book, const Lot *lot, int c) {
    enum { GROUPS_MAX = 64 };
    double variance = 0.0, sum[GROUPS_MAX];
    uint32_t group[GROUPS_MAX], groups = 0;
    for (uint32_t t = 0; t < lot->term_count; t++) {
        const TermRow *term = ROW(book, TermRow, TABLE_TERM, lot->terms + t);
        const MeasurementRow *m = measurement_at(book, term->measurement);
        if (!((uint32_t)m->mask >> c & 1)) continue;
        unsigned place = (unsigned)__builtin_popcount((uint32_t)m->mask & ((1u << c) - 1));
        double mass = (double)term->mg * KG_PER_MG * PER_PPB,
               net = (double)m->net * KG_PER_MG * PER_PPB,
               u = (double)measurement_u(book, m, place), s = (double)measurement_s(book, m, place);
        variance += fabs(mass * u * net * u);
        uint32_t g = 0;
        while (g < groups && group[g] != m->group)
            g++;
        if (m->group == GROUP_NONE || g == GROUPS_MAX) {
            variance += fabs(mass * s * net * s);
            continue;
        }
        if (g == groups) group[groups] = m->group, sum[groups++] = 0.0;
        sum[g] += mass * s;
    }
    for (uint32_t g = 0; g < groups; g++)
        variance += sum[g] * sum[g];
    return sqrt(variance);
}

void origin_declared_read(const Book *book, uint32_t row, OriginLot *read) {
    const Lot *lot = lot_at(book, row);
    *read = (OriginLot){.separated_at = TRACE_NONE};
    Content content;
    content_load(book, &lot->start, &content);
    for (int c = 0; c < RARE_EARTH_COUNT; c++) {
        OriginDeclared *d = &read->declared;
        double kg = (double)content.mg[c] * KG_PER_MG, bound = (double)content.bound[c] * KG_PER_MG;
        d->state[c] = PART_UNKNOWN;
        read->kg += kg;
        if (content.mg[c] > 0) {
            d->state[c] = PART_MEASURED;
            d->content[c] = kg;
            // Parts of it may lie below a limit: up to so much more.
            d->sd[c] = hypot(u_of_component(book, lot, c), bound / 1.7320508075688772) / kg;
        } else if (content.below >> c & 1 && bound > 0.0) {
            // A third of a limit is the usual standard deviation of results near it.
            d->state[c] = PART_BELOW;
            d->limit[c] = bound;
            d->sd[c] = 1.0 / 3.0;
        }
    }
    read->measured = lot->basis == BASIS_ASSAYED;
}

static bool separates(unsigned activity) {
    return activity == ACTIVITY_SEPARATION || activity == ACTIVITY_RECYCLING;
}

// Where a node's matter had its elements separated, or TRACE_NONE; and whether it went through a
// step that may have changed their proportions a little.
static uint32_t separated_at(const Book *book, const OriginNode *node, bool *step) {
    *step = false;
    if (node->lot == TRACE_NONE && node->pool != TRACE_NONE) {
        const PoolRow *pool = pool_at(book, node->pool);
        if (separates(pool->activity)) return pool->facility;
        *step = true;
    } else if (node->operation != TRACE_NONE &&
               operation_at(book, node->operation)->kind == EVENT_TRANSFORM) {
        *step = true;
        uint32_t facility = operation_at(book, node->operation)->facility;
        const FacilityVersion *version =
            facility == ROW_NONE ? NULL : facility_latest(book, facility);
        if (version && version->activities & (1u << ACTIVITY_SEPARATION | 1u << ACTIVITY_RECYCLING))
            return facility;
    }
    return TRACE_NONE;
}

static size_t reference_of(const Book *book, const OriginBook *known, const OriginNode *node) {
    for (size_t k = 0; k < known->count; k++) {
        const OriginReference *r = &known->reference[k];
        if (node->kind == ORIGIN_SOURCE && node->source != TRACE_NONE && r->deposit &&
            ROW(book, SourceRow, TABLE_SOURCE, node->source)->deposit == r->row)
            return k;
        if (node->kind == ORIGIN_OUTSIDE && node->lot != TRACE_NONE && !r->deposit &&
            lot_at(book, node->lot)->material == r->row)
            return k;
    }
    return SIZE_MAX;
}

bool origin_lot_read(const Book *book, uint32_t row, const OriginBook *known,
                     const OriginLimits *limits, Arena *arena, OriginLot *read, Status *status) {
    const Lot *lot = lot_at(book, row);
    OriginLot made;
    origin_declared_read(book, row, &made);
    made.share = arena_take_zero(arena, known->count + 1, sizeof(double));
    OriginGraph graph;
    TraceUp up;
    if (!made.share) return status_no_memory(status);
    if (!origin_read_up_alike(book, row, limits, arena, &graph, status) ||
        !trace_up(&graph.graph, graph.root, arena, &up, status))
        return false;
    made.complete = graph.complete;
    Content born;
    content_load(book, &lot->born, &born);
    double total = 0.0, most = 0.0;
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        total += (double)born.mg[c];
    size_t k = graph.graph.components;
    bool *stepped = arena_take_zero(arena, graph.graph.nodes + 1, sizeof *stepped);
    if (!stepped) return status_no_memory(status);
    for (size_t n = 0; n < graph.graph.nodes && total > 0.0; n++) {
        const OriginNode *node = &graph.node[n];
        double through = 0.0, ends = 0.0;
        for (size_t c = 0; c < k; c++) {
            if (graph.component[c] >= RARE_EARTH_COUNT) continue;
            double part = (double)born.mg[graph.component[c]] / total;
            through += part * up.reach[n * k + c];
            ends += part * up.end[n * k + c];
        }
        if (!(through > 0.0)) continue;
        bool step;
        uint32_t at = separated_at(book, node, &step);
        if (at != TRACE_NONE && through > most) made.separated_at = at, most = through;
        stepped[n] = step && through > 0.05;
        if (!(ends > 0.0)) continue;
        size_t reference = reference_of(book, known, node);
        if (reference == SIZE_MAX) {
            made.outside += ends;
        } else {
            made.share[reference] += ends;
            made.known += ends;
        }
    }
    // Steps one behind the other are not told from those side by side: at most three are counted.
    for (size_t n = 0; n < graph.graph.nodes && made.steps < 3; n++)
        made.steps += stepped[n];
    *read = made;
    return true;
}
