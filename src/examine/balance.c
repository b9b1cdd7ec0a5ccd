// What a facility used and made, by element and month; in a circuit what stands in it, too:
//     MUF = what stood in it + used - made - adjusted - what stands in it now.
// Where tables do not say what was used and made, it is what their stocks leave over (slips.c).
// A table's contents are those of what came in that month. What goes out is taken to be the oldest
// first; half of the difference that mixing all would make is its error.
#include "examine/build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "examine/ores.h"
#include "examine/uncertainty.h"

static const char *const ROUGH[] = {"conc", "ore",   "scrap", "swarf", "slag", "residue", "sludge",
                                    "eol",  "waste", "精矿",  "废",    "渣",   "料",      "矿"};

static bool is_rough(Text material) {
    char lower[80];
    size_t n = material.length < sizeof lower - 1 ? material.length : sizeof lower - 1;
    for (size_t i = 0; i < n; i++)
        lower[i] = material.at[i] >= 'A' && material.at[i] <= 'Z' ? (char)(material.at[i] + 32)
                                                                  : material.at[i];
    lower[n] = '\0';
    for (size_t i = 0; i < sizeof ROUGH / sizeof *ROUGH; i++)
        if (strstr(lower, ROUGH[i])) return true;
    return false;
}

// One material's rows of one facility, in order of months.
typedef struct Strand {
    const ReturnRow *row;
    size_t count;
} Strand;

static bool is_told(const Build *x, const ReturnRow *row) {
    return x->treo ? row->has_treo : row->has_content;
}

// A store of one material: what is in it, and what is in that.
typedef struct Store {
    bool known;
    double content[EXAMINE_COMPONENTS];
} Store;

// Contents of what a month used or sent, and half of what mixing would make different.
typedef struct Drawn {
    double content[EXAMINE_COMPONENTS], doubt[EXAMINE_COMPONENTS];
} Drawn;

static void draw(Store *store, const ReturnRow *row, const double *content, Drawn *drawn) {
    const double *kg = row->kg;
    double old = store->known ? kg[TERM_OPENING] : 0.0;
    double fresh = kg[TERM_RECEIVED] + kg[TERM_EXTRACTED] + kg[TERM_MADE] +
                   (store->known ? 0.0 : kg[TERM_OPENING]);
    double out = kg[TERM_USED] + kg[TERM_SHIPPED] + kg[TERM_DISCARDED] + kg[TERM_LOST];
    double first = fmin(old, out), all = old + fresh;
    double oldest = out > 0.0 ? first / out : 0.0, mixed = all > 0.0 ? old / all : 0.0;
    double left = fmax(0.0, all - out), left_old = left > 0.0 ? (old - first) / left : 0.0;
    for (int c = 0; c < EXAMINE_COMPONENTS; c++) {
        double before = store->known ? store->content[c] : content[c];
        double apart = before - content[c];
        drawn->content[c] = content[c] + oldest * apart;
        drawn->doubt[c] = 0.5 * fabs((oldest - mixed) * apart);
        store->content[c] = content[c] + left_old * apart;
    }
    store->known = true;
}

// How far contents of a material wander from one month to the next: root of half the mean square.
static void wander(const Build *x, const Strand *s, double spread[EXAMINE_COMPONENTS]) {
    size_t count = 0;
    const double *last = NULL;
    memset(spread, 0, EXAMINE_COMPONENTS * sizeof *spread);
    for (size_t i = 0; i < s->count; i++) {
        if (!is_told(x, &s->row[i])) continue;
        for (int c = 0; last && c < EXAMINE_COMPONENTS; c++) {
            double step = s->row[i].content[c] - last[c];
            spread[c] += step * step;
        }
        count += last != NULL;
        last = s->row[i].content;
    }
    for (int c = 0; count && c < EXAMINE_COMPONENTS; c++)
        spread[c] = sqrt(spread[c] / (2.0 * (double)count));
}

static const double *next_content(const Build *x, const Strand *s, size_t from) {
    for (size_t i = from; i < s->count; i++)
        if (is_told(x, &s->row[i])) return s->row[i].content;
    return NULL;
}

static void add_month(Build *x, const ReturnRow *row, const Drawn *drawn, const double *content,
                      const double *spread, bool rough) {
    size_t n = x->b->components, period = row->month - x->b->first;
    uint64_t material = row->material, source = (material << 16 | period) * 64;
    double went = row->kg[TERM_USED], came = row->kg[TERM_MADE];
    // Fresh goods of two kinds in one month: nobody says which had which content, and bought
    // goods of the same name may be quite another mixture.
    double bought = row->kg[TERM_RECEIVED] + row->kg[TERM_EXTRACTED];
    double doubtful = fmin(came, bought);
    double rare = x->treo ? content[EXAMINE_TREO] : 0.0;
    for (int c = 0; !x->treo && c < RARE_EARTH_COUNT; c++)
        rare += content[c];
    for (int c = 0; c < EXAMINE_COMPONENTS; c++) {
        if (x->place[c] < 0 || rare == 0.0) continue;
        size_t at = (size_t)x->place[c];
        double moved = went - came;
        // What is not told may be there, below what anybody tells of that material.
        if (content[c] == 0.0 && drawn->content[c] == 0.0) {
            double limit = x->least[material * EXAMINE_COMPONENTS + (size_t)c];
            add_error(x, period, at, source + (uint64_t)c,
                      (material * 64 + (uint64_t)c) | (uint64_t)1 << 59, 0.3 * limit * moved,
                      0.6 * limit * moved);
            continue;
        }
        double kg = went * drawn->content[c] - came * content[c];
        x->b->muf[period * n + at] += kg - row->kg[TERM_ADJUSTED] * content[c];
        x->b->through[at] += went * drawn->content[c];
        bool major = content[c] >= MAJOR_SHARE * rare;
        double trace = content[c] > 0.0 ? assay_of_trace(content[c]) : 1.0;
        double assay = major ? ASSAY_MAJOR : fmax(ASSAY_MINOR, trace);
        double bias = major ? ASSAY_MAJOR_SHARED : fmax(ASSAY_MINOR_SHARED, trace);
        if (rough) assay = hypot(assay, SAMPLING_ROUGH);
        // Each figure is written to so many digits, contents and masses.
        double digits = hypot(DIGITS * moved, row->rounding * content[c]);
        // One weighing for all elements, on the facility's scales; an assay of each.
        add_error(x, period, at, source + 63, (uint64_t)1 << 60, kg * WEIGHING,
                  kg * WEIGHING_SHARED);
        add_error(x, period, at, source + (uint64_t)c,
                  (material * 64 + (uint64_t)c) | (uint64_t)1 << 59, hypot(kg * assay, digits),
                  kg * bias);
        add_error(
            x, period, at, source + 32 + (uint64_t)c, JOINT_NO_GROUP,
            hypot(went * drawn->doubt[c], doubtful * fmax(spread[c], OTHER_MIXTURE * content[c])),
            0.0);
        // What is kept is few lots, which differ more than months do; it goes into the next.
        double fresh = bought + row->kg[TERM_MADE], left = fmin(row->kg[TERM_CLOSING], fresh);
        double kept = spread[c] * sqrt(left * (fresh - left));
        uint64_t lot = (uint64_t)1 << 55 | (source + (uint64_t)c);
        add_error(x, period, at, lot, JOINT_NO_GROUP, -kept, 0.0);
        if (period + 1 < x->b->periods)
            add_error(x, period + 1, at, lot, JOINT_NO_GROUP, kept, 0.0);
    }
}

static void add_material(Build *x, const Strand *s, bool rough) {
    Store store = {.known = false};
    Drawn drawn;
    double spread[EXAMINE_COMPONENTS];
    const double *content = next_content(x, s, 0);
    if (!content) return;
    wander(x, s, spread);
    for (size_t i = 0; i < s->count; i++) {
        if (is_told(x, &s->row[i])) content = s->row[i].content;
        draw(&store, &s->row[i], content, &drawn);
        add_month(x, &s->row[i], &drawn, content, spread, rough);
    }
}

// Months of which a row is wrong nobody can tell how.
static void forget_left_out(Build *x, const ReturnRow *row, size_t count) {
    size_t n = x->b->components;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; row[i].left_out && c < n; c++)
            x->b->muf[(row[i].month - x->b->first) * n + c] = NAN;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// The steps of one component's MUF from month to month, in units of what the stated errors would
// make them; how many went to `step`.
static size_t steps_of(const ExamineBalance *b, const double *square, size_t c, double *step) {
    size_t n = b->components, count = 0;
    for (size_t m = 0; m + 1 < b->periods; m++) {
        size_t at = m * n + c;
        double both = square[at] + square[at + n];
        if (both > 0.0 && !isnan(b->muf[at] + b->muf[at + n]))
            step[count++] = fabs(b->muf[at + n] - b->muf[at]) / sqrt(both);
    }
    return count;
}

// Their scale by their median: a loss that begins and ends touches two of them, a bias that lasts
// none. What is stated stands unless they say otherwise; smaller only with room for how few they
// are. Too few say nothing, and 0.
static double scale_of(double *step, size_t count) {
    if (count < 8) return 0.0;
    qsort(step, count, sizeof *step, by_size);
    double scale = step[count / 2] / 0.6744897501960817;
    return fmax(scale, fmin(1.0, scale * (1.0 + 2.0 / sqrt((double)count))));
}

// What each component's own errors are multiplied by: as much as all components of the facility, or
// it alone, wander more than stated. The shared errors stay as stated.
static bool repeatability(const Build *x, double factor[EXAMINE_COMPONENTS], Arena *arena,
                          Status *status) {
    const ExamineBalance *b = x->b;
    size_t n = b->components, cells = b->periods * n, count = 0;
    double *square = arena_take_zero(arena, cells + 1, sizeof *square);
    double *step = arena_take_zero(arena, cells + 1, sizeof *step);
    if (!square || !step) return status_no_memory(status);
    for (size_t i = 0; i < x->count; i++)
        square[x->errors[i].period * n + x->errors[i].component] +=
            x->errors[i].own * x->errors[i].own;
    for (size_t c = 0; c < n; c++) {
        size_t of = steps_of(b, square, c, step);
        factor[c] = scale_of(step, of);
    }
    for (size_t c = 0; c < n; c++)
        count += steps_of(b, square, c, step + count);
    double all = count ? scale_of(step, count) : 0.0;
    if (all == 0.0) all = 1.0;
    for (size_t c = 0; c < n; c++)
        factor[c] =
            fmin(fmax(factor[c] > 0.0 ? factor[c] : all, CALIBRATION_LEAST), CALIBRATION_MOST);
    return true;
}

static bool make_patterns(const ExamineBalance *b, Arena *arena, Tested *t, Status *status) {
    static const int products[][4] = {{COMPONENT_Pr, COMPONENT_Nd, -1, -1},
                                      {COMPONENT_Tb, COMPONENT_Dy, -1, -1},
                                      {COMPONENT_Pr, COMPONENT_Nd, COMPONENT_Tb, COMPONENT_Dy},
                                      {COMPONENT_La, COMPONENT_Ce, -1, -1}};
    static const int magnet[] = {COMPONENT_Pr, COMPONENT_Nd, COMPONENT_Tb, COMPONENT_Dy};
    size_t ore_count, n = b->components, room;
    const Ore *ore = ores(&ore_count);
    room = n + 5 + 2 * ore_count + 1;
    t->patterns = arena_take_zero(arena, room, sizeof *t->patterns);
    t->mask = arena_take_zero(arena, room, sizeof *t->mask);
    t->ore = arena_take_zero(arena, room, sizeof *t->ore);
    double *shares = arena_take_zero(arena, room * n + 1, sizeof *shares);
    if (!t->patterns || !t->mask || !t->ore || !shares) return status_no_memory(status);
    for (size_t p = 0; p < room - 1; p++) {
        double *share = shares + t->pattern_count * n;
        uint64_t mask = 0;
        size_t parts = 0, least = 2;
        const char *name = NULL;
        memset(share, 0, n * sizeof *share);
        for (size_t c = 0; c < n; c++) {
            int of = b->component[c];
            bool wanted = false;
            if (p < n) {
                share[c] = p == c;
                least = 1;
            } else if (p < n + 5) {
                if (p == n + 4) wanted = true; // the feed
                for (int k = 0; p < n + 4 && k < 4; k++)
                    wanted |= products[p - n][k] == of;
                if (wanted) share[c] = b->through[c];
            } else {
                size_t o = (p - n - 5) / 2;
                bool part = (p - n - 5) % 2 != 0;
                wanted = !part;
                for (int k = 0; k < 4; k++)
                    wanted |= magnet[k] == of;
                if (wanted && of < COMPONENT_COUNT) share[c] = ore[o].share[of];
                least = part ? 3 : 4;
                name = ore[o].deposit;
            }
            if (share[c] > 0.0) {
                mask |= UINT64_C(1) << of;
                parts++;
            }
        }
        if (parts < least) continue;
        t->patterns[t->pattern_count] = (JointPattern){share, name != NULL};
        t->mask[t->pattern_count] = mask;
        t->ore[t->pattern_count++] = name;
    }
    return true;
}

bool least_stated(const Returns *r, Arena *arena, double **least, Status *status) {
    *least = arena_take_zero(arena, r->materials * EXAMINE_COMPONENTS + 1, sizeof **least);
    if (!*least) return status_no_memory(status);
    for (size_t i = 0; i < r->materials * EXAMINE_COMPONENTS; i++)
        (*least)[i] = REPORTED_FROM;
    for (size_t i = 0; i < r->rows; i++)
        for (int c = 0; r->row[i].has_content && c < EXAMINE_COMPONENTS; c++) {
            double *at = &(*least)[r->row[i].material * EXAMINE_COMPONENTS + (size_t)c];
            double stated = r->row[i].content[c];
            if (stated > 0.0 && (*at == REPORTED_FROM || stated < *at)) *at = stated;
        }
    return true;
}

// A component is balanced where it is told of what goes in and of what comes out: one that is told
// of one side alone was not looked for on the other.
static void choose_components(Build *x, const ReturnRow *row, size_t count) {
    bool went_in[EXAMINE_COMPONENTS] = {false}, came_out[EXAMINE_COMPONENTS] = {false};
    for (size_t i = 0; i < count; i++) {
        if (!is_told(x, &row[i])) continue;
        for (int c = 0; c < EXAMINE_COMPONENTS; c++) {
            if (x->treo ? c != EXAMINE_TREO : c > COMPONENT_U) continue;
            went_in[c] |= row[i].content[c] > 0.0 && row[i].kg[TERM_USED] > 0.0;
            came_out[c] |= row[i].content[c] > 0.0 && row[i].kg[TERM_MADE] > 0.0;
        }
    }
    x->b->components = 0;
    for (int c = 0; c < EXAMINE_COMPONENTS; c++) {
        bool both = went_in[c] && came_out[c];
        x->place[c] = both ? (int)x->b->components : -1;
        if (both) x->b->component[x->b->components++] = c;
    }
}

// Rare earths went in or came out as a material of which nobody ever says which they are.
static bool has_unnamed(const ReturnRow *row, size_t count) {
    for (size_t i = 0, end; i < count; i = end) {
        bool named = false, worked = false, rare = false;
        for (end = i; end < count && row[end].material == row[i].material; end++) {
            named |= row[end].has_content;
            rare |= row[end].has_treo;
            worked |= row[end].kg[TERM_USED] > 0.0 || row[end].kg[TERM_MADE] > 0.0;
        }
        if (rare && worked && !named) return true;
    }
    return false;
}

bool balance_of_returns(const Returns *r, uint32_t facility, const double *least, Arena *arena,
                        ExamineBalance *b, Tested *t, Status *status) {
    size_t first = 0, last, h = 0, h_end;
    while (first < r->rows && r->row[first].facility != facility)
        first++;
    for (last = first; last < r->rows && r->row[last].facility == facility; last++) {
    }
    while (h < r->holdups && r->holdup[h].facility != facility)
        h++;
    for (h_end = h; h_end < r->holdups && r->holdup[h_end].facility == facility; h_end++) {
    }
    *t = (Tested){0};
    *b = (ExamineBalance){
        .facility = facility, .first = r->first, .periods = r->last - r->first + 1};
    Build x = {.b = b, .least = least};
    const ReturnRow *rows = last > first ? r->row + first : NULL; // it may have filed surveys only
    size_t row_count = last - first;
    if (!has_unnamed(rows, row_count)) choose_components(&x, rows, row_count);
    const HoldupRow *held = h_end > h ? r->holdup + h : NULL; // there may be no table of them
    size_t held_count = h_end - h;
    if (b->components == 0) {
        HoldupRow *sums;
        x.treo = true;
        choose_components(&x, rows, row_count);
        if (!sum_surveys(held, held_count, arena, &sums, &held_count))
            return status_no_memory(status);
        held = sums;
    }
    size_t cells = b->periods * b->components;
    x.room = 5 * row_count * EXAMINE_COMPONENTS + 2 * held_count + 4 * cells + 1;
    b->muf = arena_take_zero(arena, cells + 1, sizeof(double));
    b->sigma = arena_take_zero(arena, cells + 1, sizeof(double));
    b->through = arena_take_zero(arena, b->components + 1, sizeof(double));
    x.errors = arena_take_zero(arena, x.room, sizeof *x.errors);
    if (!b->muf || !b->sigma || !b->through || !x.errors) return status_no_memory(status);
    if (cells == 0 || cells > JOINT_CELLS_MAX) return true;
    for (size_t i = first; i < last;) {
        Strand s = {&r->row[i], 0};
        while (i < last && r->row[i].material == s.row[0].material)
            i++, s.count++;
        add_material(&x, &s, is_rough(r->material[s.row[0].material]));
    }
    add_surveys(&x, held, held_count);
    forget_left_out(&x, rows, row_count);
    double factor[EXAMINE_COMPONENTS];
    if (!repeatability(&x, factor, arena, status)) return false;
    // A month without a survey is nobody's loss: it is left out by errors without bounds.
    for (size_t i = 0; i < cells; i++)
        if (isnan(b->muf[i])) {
            b->muf[i] = 0.0;
            size_t c = i % b->components;
            add_error(&x, i / b->components, c, (uint64_t)1 << 56 | i, JOINT_NO_GROUP,
                      10.0 * BALANCE_UNKNOWN * (1.0 + b->through[c]), 0.0);
        }
    for (size_t i = 0; i < x.count; i++) {
        if (x.errors[i].group != JOINT_NO_GROUP || factor[x.errors[i].component] > 1.0)
            x.errors[i].own *= factor[x.errors[i].component];
        x.errors[i].own *= MARGIN;
        x.errors[i].shared *= MARGIN;
    }
    JointInput in = {b->periods, b->components, b->muf, x.errors, x.count, 1e-3};
    if (!joint_prepare(&in, arena, &t->joint, status) || !make_patterns(b, arena, t, status))
        return false;
    for (size_t i = 0; i < cells; i++)
        for (size_t k = 0; k <= i; k++)
            b->sigma[i] = hypot(b->sigma[i], t->joint.factor[i * cells + k]);
    if (!joint_scan(&t->joint, t->patterns, t->pattern_count, b->periods > 12 ? b->periods : 12,
                    NULL, 0, arena, &t->scan, status))
        return false;
    t->any = b->tested = t->scan.any && x.count > 0;
    return true;
}
