#include "origin/from_book_expected.h"

#include "book/state.h"
#include "origin/from_book_lineage.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)ORIGIN_PARTS_MAX == (int)RARE_EARTH_COUNT, "a part is a rare earth");

static const double KG_PER_MG = 1e-6, PER_PPB = 1e-9;
static const double SCATTER_ASSUMED = 0.05;
// Medians are estimates, and what scatters is not quite normal.
static const double USUAL_WIDER = 1.2, USUAL_SD_LEAST = 0.01;
enum { USUAL_LOTS_LEAST = 20 };

// ---- what is known ----

static void deposit_read(const Book *book, uint32_t row, const Factors *factors,
                         OriginReference *reference, OriginKnown *known) {
    const DepositRow *deposit = ROW(book, DepositRow, TABLE_DEPOSIT, row);
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

typedef struct Examples {
    size_t count, others; // of all parties, and of those but the one left out
    uint32_t mask;        // elements that every one of them states
} Examples;

// Log-ratios over the elements that all of them have, the level taken out of each.
static bool usual_read(const Book *book, const Lineage *lineage, uint32_t material,
                       const Examples *examples, uint32_t without, Arena *arena,
                       OriginReference *reference, OriginKnown *known, bool *any, Status *status) {
    *any = false;
    bool others = examples->others >= USUAL_LOTS_LEAST;
    size_t room = others ? examples->others : examples->count, n = 0,
           parts = (size_t)__builtin_popcount(examples->mask);
    if (room < USUAL_LOTS_LEAST || parts < 2) return true;
    double *log_ratio = arena_take_zero(arena, room * parts + 1, sizeof *log_ratio),
           *column = arena_take_zero(arena, room + 1, sizeof *column);
    if (!log_ratio || !column) return status_no_memory(status);
    for (uint32_t l = 0; l < book_count(book, TABLE_LOT) && n < room; l++) {
        const Lot *lot = lot_at(book, l);
        if (lot->material != material || !is_example(book, lineage, l) ||
            (others && lot->party == without))
            continue;
        Content content;
        content_load(book, &lot->start, &content);
        double sum = 0.0;
        bool whole = true;
        size_t p = 0;
        for (uint32_t m = examples->mask; m; m &= m - 1, p++) {
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
    *known = (OriginKnown){{0}, {0}};
    size_t p = 0;
    for (uint32_t m = examples->mask; m; m &= m - 1, p++) {
        int c = __builtin_ctz(m);
        for (size_t i = 0; i < n; i++)
            column[i] = log_ratio[i * parts + p];
        double middle = median(column, n);
        for (size_t i = 0; i < n; i++)
            column[i] = fabs(log_ratio[i * parts + p] - middle);
        known->share[c] = exp(middle);
        known->sd[c] = fmax(USUAL_SD_LEAST, USUAL_WIDER * 1.4826 * median(column, n));
    }
    *any = true;
    return true;
}

bool origin_book_read(const Book *book, const Lineage *lineage, uint32_t without, Arena *arena,
                      OriginBook *known, Status *status) {
    uint32_t deposits = book_count(book, TABLE_DEPOSIT),
             materials = book_count(book, TABLE_MATERIAL), lots = book_count(book, TABLE_LOT);
    Examples *examples = arena_take_zero(arena, materials + 1, sizeof *examples);
    OriginBook made = {
        .reference = arena_take_zero(arena, deposits + materials + 1, sizeof *made.reference),
        .known = arena_take_zero(arena, deposits + materials + 1, sizeof *made.known)};
    if (!examples || !made.reference || !made.known) return status_no_memory(status);
    const Factors *factors = factors_on(book, DAY_LAST);
    for (uint32_t d = 0; factors && d < deposits; d++) {
        const DepositRow *deposit = ROW(book, DepositRow, TABLE_DEPOSIT, d);
        if (!deposit->registered || !deposit->reference_mask) continue;
        deposit_read(book, d, factors, &made.reference[made.count], &made.known[made.count]);
        made.count++;
    }
    for (uint32_t l = 0; l < lots; l++) {
        if (!is_example(book, lineage, l)) continue;
        const Lot *lot = lot_at(book, l);
        Examples *e = &examples[lot->material];
        uint32_t stated = lot->start.stated & ~lot->start.below & (uint32_t)RARE_EARTH_MASK;
        e->mask = e->count ? e->mask & stated : stated;
        e->count++;
        e->others += lot->party != without;
    }
    for (uint32_t m = 0; m < materials; m++) {
        bool any;
        if (!usual_read(book, lineage, m, &examples[m], without, arena, &made.reference[made.count],
                        &made.known[made.count], &any, status))
            return false;
        made.count += any;
    }
    *known = made;
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

static void declared_read(const Book *book, const Lot *lot, OriginLot *read) {
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
    OriginLot made = {.separated_at = TRACE_NONE,
                      .share = arena_take_zero(arena, known->count + 1, sizeof(double))};
    OriginGraph graph;
    TraceUp up;
    if (!made.share) return status_no_memory(status);
    declared_read(book, lot, &made);
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
