// A trace has two forms of the same graph (origin/): grouped bars with bands between them for a
// page, and a tree of lots for a terminal.
//
// Bars are lots that were made (or came from outside): what was only split, merged, received or
// held in a pool is passed through, its bands drawn from what went in to what came out. Groups are
// those of one stage, facility, material and source; what the view may not see is one group a
// stage.
#include "access/trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/inside.h"
#include "access/steps.h"
#include "origin/from_book.h"
#include "quantity/decimal.h"

enum { GROUPS_MAX = 1000, GROUP_SLOTS = 4096, SOURCES_MAX = 10000 };

typedef struct Group {
    bool passed, hidden, held, root;
    unsigned stage;
    uint32_t facility, material; // ROW_NONE: none
    uint32_t source;             // place in the list of sources, or ROW_NONE
    uint32_t pool;               // of what is passed through
    uint32_t lots, lot;
    double reo; // kg of the root's REO
    int column;
    uint32_t shown; // its number in the answer, or ROW_NONE
    unsigned others;
} Group;

// One line of the shares by source.
typedef struct Source {
    const char *kind;
    Text id, name, licence;
    double part[COMPONENT_COUNT]; // of the root's
} Source;

typedef struct Trace {
    Look *look;
    Status *status;
    bool down;
    OriginGraph origin;
    TraceUp up;
    TraceDown down_parts;
    double factor[COMPONENT_COUNT]; // kg of REO for each kg
    double weight[COMPONENT_COUNT]; // of the graph's components: going up, the root's REO; down,
                                    // the factor
    double root_kg[COMPONENT_COUNT], root_reo;
    Source *sources;
    size_t source_count;
    uint32_t *source_of; // by node
    Group *groups;
    size_t group_count;
    uint32_t *group_slot; // table of them: 1 + place
    uint32_t *group_of;   // by node
    uint8_t *leads_on;    // by node: something came of it
    double *band;         // by group, then group: from (nearer the mine), to
} Trace;

static unsigned lot_looks(void *context, uint32_t lot) {
    const Look *look = context;
    bool sees = look->view->role != VIEW_LABORATORY && look_sees_lot(look, lot);
    bool held = lot_is_held(look->book, lot_at(look->book, lot));
    return (sees ? 0 : ORIGIN_HIDDEN) | (held ? ORIGIN_HELD : 0);
}

static const OriginNode *origin_at(const Trace *t, size_t n) {
    return &t->origin.node[n];
}
// By node and component of the graph, which has the root's alone.
static double at(const Trace *t, const double *values, size_t n, size_t c) {
    return values[n * t->origin.graph.components + c];
}

static double reo_of_kg(const Trace *t, const double kg[COMPONENT_COUNT]) {
    double sum = 0;
    for (int c = 0; c < COMPONENT_COUNT; c++)
        sum += t->factor[c] * kg[c];
    return sum;
}

// How much of the root's REO a node stands for.
static double reo_through(const Trace *t, size_t n) {
    size_t k = t->origin.graph.components;
    double sum = 0;
    for (size_t c = 0; c < k; c++)
        sum += t->down
                   ? t->weight[c] * at(t, t->origin.content, n, c) * at(t, t->down_parts.part, n, c)
                   : t->weight[c] * at(t, t->up.reach, n, c);
    return sum;
}

static double reo_of_arc(const Trace *t, size_t a) {
    const TraceArc *arc = &t->origin.graph.arc[a];
    size_t k = t->origin.graph.components;
    double sum = 0;
    if (!t->down) {
        for (size_t c = 0; c < k; c++)
            if (t->weight[c] > 0) sum += t->weight[c] * trace_through(&t->up, a, c);
        return sum;
    }
    // An arc that is all that its lot came from carries the lot's content.
    const OriginNode *to = origin_at(t, arc->to);
    const double *row = t->origin.graph.mass + a * (k + TRACE_SUMS);
    bool whole = to->lot != TRACE_NONE && !(row[k + TRACE_ALL] > 0);
    const double *kg = whole ? t->origin.content + arc->to * k : row;
    for (size_t c = 0; c < k; c++)
        sum += t->weight[c] * kg[c] * at(t, t->down_parts.part, arc->from, c);
    return sum;
}

static bool node_is_seen(const Trace *t, size_t n) {
    const OriginNode *node = origin_at(t, n);
    if (n == t->origin.root) return true;
    if (t->look->view->role == VIEW_LABORATORY) return false;
    if (node->lot != TRACE_NONE) return !node->hidden;
    return look_sees_facility(t->look, pool_at(t->look->book, node->pool)->facility);
}

// ---- sources ----

static uint32_t source_put(Trace *t, const Source *source) {
    for (size_t i = 0; i < t->source_count; i++)
        if (t->sources[i].kind == source->kind && text_equal(t->sources[i].id, source->id))
            return (uint32_t)i;
    // There are as many as sources in the register, and a handful of words.
    if (t->source_count == SOURCES_MAX) return SOURCES_MAX - 1;
    t->sources[t->source_count] = *source;
    return (uint32_t)t->source_count++;
}

static Source source_of_node(const Trace *t, const OriginNode *node) {
    const Book *book = t->look->book;
    if (node->source == TRACE_NONE) return (Source){.kind = "outside", .id = TEXT("outside")};
    const SourceRow *source = ROW(book, SourceRow, TABLE_SOURCE, node->source);
    return (Source){.kind = node->licensed ? "licensed" : "unlicensed",
                    .id = intern_text(book->source_ids, node->source),
                    .name = text_get(book, source->name),
                    .licence = intern_text(book->licence_ids, source->licence)};
}

static Source outside_of_node(const OriginNode *node) {
    const char *word = node->outside == OUTSIDE_NONE || node->outside == OUTSIDE_OTHER ||
                               node->outside >= OUTSIDE_COUNT
                           ? "outside"
                           : outside_words[node->outside];
    return (Source){.kind = word, .id = text_of(word)};
}

static bool ends_at(const Trace *t, size_t n) {
    bool ends = origin_at(t, n)->kind != ORIGIN_NONE;
    for (size_t c = 0; c < t->origin.graph.components; c++)
        ends = ends || at(t, t->up.end, n, c) > 0;
    return ends;
}

static bool name_sources(Trace *t) {
    size_t nodes = t->origin.graph.nodes;
    t->source_of = arena_take_zero(&t->look->arena, nodes + 1, sizeof *t->source_of);
    size_t most = nodes < SOURCES_MAX ? nodes : SOURCES_MAX;
    t->sources = arena_take(&t->look->arena, (most + 1) * sizeof *t->sources);
    if (!t->source_of || !t->sources) return status_no_memory(t->status);
    for (size_t n = 0; n < nodes; n++) {
        const OriginNode *node = origin_at(t, n);
        t->source_of[n] = ROW_NONE;
        if (t->down ? node->kind == ORIGIN_NONE || n == t->origin.root : !ends_at(t, n)) continue;
        Source source = {.kind = "found", .id = TEXT("found")};
        if (node->kind == ORIGIN_CUT)
            source = (Source){.kind = "hidden", .id = TEXT("not followed")};
        else if (!node_is_seen(t, n))
            source = (Source){.kind = "hidden", .id = TEXT("not disclosed")};
        else if (node->kind == ORIGIN_OPENING)
            source = (Source){.kind = "opening", .id = TEXT("opening")};
        else if (node->kind == ORIGIN_UNMATCHED)
            source = (Source){.kind = "outside", .id = TEXT("outside")};
        else if (node->kind == ORIGIN_SOURCE)
            source = source_of_node(t, node);
        else if (node->kind == ORIGIN_OUTSIDE)
            source = outside_of_node(node);
        t->source_of[n] = source_put(t, &source);
    }
    for (size_t n = 0; !t->down && n < nodes; n++)
        for (size_t c = 0; t->source_of[n] != ROW_NONE && c < t->origin.graph.components; c++)
            t->sources[t->source_of[n]].part[t->origin.component[c]] += at(t, t->up.end, n, c);
    return true;
}

// ---- reading ----

static bool trace_read(Trace *t, Look *look, Text id, bool down, bool alike, Status *status) {
    uint32_t row = intern_find(look->book->lot_ids, id);
    if (!view_sees_lot(look->view, look->book, row)) return not_found(status, "lot", id);
    *t = (Trace){.look = look, .status = status, .down = down};
    for (int c = 0; c < RARE_EARTH_COUNT; c++)
        t->factor[c] = (double)look->factors->micro[c] / FACTOR_ONE;
    const Lineage *lineage = lineage_take(look, status);
    if (!lineage) return false;
    OriginLimits limits = {.lineage = lineage,
                           .breathe = look_let_in,
                           .look = look->view->all && !look->any_held ? NULL : lot_looks,
                           .context = look};
    bool well =
        (down    ? origin_read_down
         : alike ? origin_read_up_alike
                 : origin_read_up)(look->book, row, &limits, &look->arena, &t->origin, status);
    lineage_give(look);
    if (!well) return false;
    Content born;
    content_load(look->book, &lot_at(look->book, row)->born, &born);
    for (int c = 0; c < COMPONENT_COUNT; c++)
        t->root_kg[c] = (double)born.mg[c] * 1e-6;
    for (size_t c = 0; c < t->origin.graph.components; c++) {
        int component = t->origin.component[c];
        t->weight[c] = t->factor[component] * (down ? 1 : t->root_kg[component]);
    }
    t->root_reo = reo_of_kg(t, t->root_kg);
    // The graph is a copy: the book is let go meanwhile.
    look_pause(look);
    well = down ? trace_down(&t->origin.graph, t->origin.root, &look->arena, &t->down_parts, status)
                : trace_up(&t->origin.graph, t->origin.root, &look->arena, &t->up, status);
    if (!look_resume(look, well ? status : NULL) || !well) return false;
    t->leads_on = arena_take_zero(&look->arena, t->origin.graph.nodes + 1, 1);
    if (!t->leads_on) return status_no_memory(status);
    for (size_t a = 0; a < t->origin.graph.arcs; a++)
        t->leads_on[t->origin.graph.arc[a].from] = 1;
    return name_sources(t);
}

// ---- groups ----

// Whether a lot is only the same matter under another name.
static bool is_passed(const Trace *t, size_t n) {
    const OriginNode *node = origin_at(t, n);
    if (n == t->origin.root || node->kind != ORIGIN_NONE) return false;
    if (t->down && !t->leads_on[n]) return false;
    if (node->lot == TRACE_NONE) return true;
    unsigned kind = operation_at(t->look->book, node->operation)->kind;
    return kind == EVENT_SPLIT || kind == EVENT_MERGE || kind == EVENT_RECEIVE ||
           kind == EVENT_SELL;
}

static bool same_group(const Group *a, const Group *b) {
    return a->passed == b->passed && a->hidden == b->hidden && a->root == b->root &&
           a->stage == b->stage && a->facility == b->facility && a->material == b->material &&
           a->source == b->source && a->pool == b->pool;
}

static Group group_of_node(const Trace *t, size_t n) {
    const Book *book = t->look->book;
    const OriginNode *node = origin_at(t, n);
    Group group = {.passed = is_passed(t, n),
                   .root = n == t->origin.root,
                   .facility = ROW_NONE,
                   .material = ROW_NONE,
                   .source = ROW_NONE,
                   .pool = ROW_NONE,
                   .lot = ROW_NONE,
                   .shown = ROW_NONE,
                   .stage = STAGE_OTHER,
                   .hidden = !node_is_seen(t, n)};
    const Lot *lot = node->lot == TRACE_NONE ? NULL : lot_at(book, node->lot);
    if (lot)
        group.stage = lot_stage(book, lot);
    else if (node->kind == ORIGIN_SOURCE)
        group.stage = STAGE_ORE;
    if (group.hidden) return group;
    if (lot) {
        uint32_t made_at = node->operation == TRACE_NONE
                               ? ROW_NONE
                               : operation_at(book, node->operation)->facility;
        group.facility = group.root || made_at == ROW_NONE ? lot->facility : made_at;
        group.material = lot->material;
    } else {
        group.facility = pool_at(book, node->pool)->facility;
        group.pool = node->pool;
    }
    group.source = t->source_of[n];
    return group;
}

// The place of a group among the groups, new or old.
static size_t group_find(Trace *t, const Group *group) {
    uint64_t h = (uint64_t)group->stage << 8 | (uint64_t)group->passed << 1 | group->hidden;
    const uint32_t parts[] = {group->facility, group->material, group->source, group->pool};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        h = (h ^ parts[i]) * 0xff51afd7ed558ccdu, h ^= h >> 32;
    for (size_t slot = h % GROUP_SLOTS;; slot = (slot + 1) % GROUP_SLOTS) {
        uint32_t *known = &t->group_slot[slot];
        if (*known && same_group(&t->groups[*known - 1], group)) return *known - 1;
        if (*known) continue;
        if (t->group_count == GROUPS_MAX)
            return GROUPS_MAX - 1; // the last takes all that is left over
        t->groups[t->group_count++] = *group;
        *known = (uint32_t)t->group_count;
        return t->group_count - 1;
    }
}

static bool make_groups(Trace *t) {
    size_t nodes = t->origin.graph.nodes;
    size_t most = nodes < GROUPS_MAX ? nodes : GROUPS_MAX;
    t->groups = arena_take_zero(&t->look->arena, most + 1, sizeof *t->groups);
    t->group_slot = arena_take_zero(&t->look->arena, GROUP_SLOTS, sizeof *t->group_slot);
    t->group_of = arena_take_zero(&t->look->arena, nodes + 1, sizeof *t->group_of);
    if (!t->groups || !t->group_slot || !t->group_of) return status_no_memory(t->status);
    for (size_t n = 0; n < nodes; n++) {
        // What also went into things made of the lot, but is not of it, has no bar.
        t->group_of[n] = ROW_NONE;
        double reo = reo_through(t, n);
        if (n != t->origin.root && !(reo > 0)) continue;
        Group group = group_of_node(t, n);
        size_t g = group_find(t, &group);
        t->group_of[n] = (uint32_t)g;
        Group *at_group = &t->groups[g];
        at_group->reo += reo;
        const OriginNode *node = origin_at(t, n);
        if (node->lot == TRACE_NONE) continue;
        at_group->lots += node->lots;
        at_group->lot = at_group->lots == 1 ? node->lot : ROW_NONE;
        if (!at_group->hidden && node->held) at_group->held = true;
    }
    return true;
}

static bool make_bands(Trace *t) {
    size_t n = t->group_count;
    t->band = arena_take_zero(&t->look->arena, n * n + 1, sizeof *t->band);
    if (!t->band) return status_no_memory(t->status);
    for (size_t a = 0; a < t->origin.graph.arcs; a++) {
        const TraceArc *arc = &t->origin.graph.arc[a];
        uint32_t from = t->group_of[arc->from], to = t->group_of[arc->to];
        if (from == ROW_NONE || to == ROW_NONE || from == to ||
            (t->down && arc->to == t->origin.root))
            continue;
        t->band[from * n + to] += reo_of_arc(t, a);
    }
    // What is passed through is taken out, one group after the other: its bands go on in
    // proportion.
    for (size_t x = 0; x < n; x++) {
        if (!t->groups[x].passed) continue;
        double sum = 0;
        for (size_t g = 0; g < n; g++)
            sum += g == x ? 0 : t->down ? t->band[g * n + x] : t->band[x * n + g];
        for (size_t i = 0; i < n; i++) {
            double in = i == x ? 0 : t->band[i * n + x];
            for (size_t j = 0; in > 0 && sum > 0 && j < n; j++)
                if (j != x && j != i) t->band[i * n + j] += in * t->band[x * n + j] / sum;
        }
        for (size_t g = 0; g < n; g++)
            t->band[g * n + x] = t->band[x * n + g] = 0;
    }
    return true;
}

// ---- columns: by stage, away from the lot; what goes round again stands behind ----

static int level_of(unsigned stage) {
    switch (stage) {
    case STAGE_ARTICLE:
        return 0;
    case STAGE_MAGNET:
        return 1;
    case STAGE_ALLOY:
        return 2;
    case STAGE_METAL:
        return 3;
    case STAGE_COMPOUND:
        return 4;
    case STAGE_ORE_PRODUCT:
        return 6;
    case STAGE_ORE:
        return 7;
    default:
        return 5;
    }
}

static void set_columns(Trace *t) {
    enum { KEYS = 20 };
    bool used[KEYS] = {false};
    int root = level_of(t->groups[t->group_of[t->origin.root]].stage), place[KEYS] = {0}, next = 1;
    for (size_t g = 0; g < t->group_count; g++) {
        Group *group = &t->groups[g];
        if (group->root || group->passed) continue;
        int step = t->down ? root - level_of(group->stage) : level_of(group->stage) - root;
        group->column = step >= 0 ? step : step + 10;
        used[group->column] = true;
    }
    for (int k = 0; k < KEYS; k++)
        if (used[k]) place[k] = next++;
    for (size_t g = 0; g < t->group_count; g++)
        if (!t->groups[g].root && !t->groups[g].passed)
            t->groups[g].column = place[t->groups[g].column];
}

static int by_column(const void *a, const void *b) {
    const Group *const *x = a, *const *y = b;
    if ((*x)->column != (*y)->column) return (*x)->column - (*y)->column;
    if ((*x)->reo != (*y)->reo) return (*x)->reo > (*y)->reo ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

// ---- the answer ----

static double share_of(const Trace *t, double reo) {
    return t->root_reo > 0 ? reo / t->root_reo : 0;
}

static void write_group(const Trace *t, const Group *group, unsigned number, JsonWriter *json) {
    const Book *book = t->look->book;
    Text none = {"", 0};
    char id[16];
    bool plain = !group->hidden && group->others == 0;
    snprintf(id, sizeof id, "%u", number);
    json_object_begin(json);
    json_named_words(json, "id", id);
    json_named_i64(json, "column", group->column);
    json_named_words(json, "stage", stage_word(group->stage));
    named_text_or_null(json, "facility", plain ? facility_id(book, group->facility) : none);
    named_text_or_null(json, "facility_name", plain ? facility_name(book, group->facility) : none);
    named_text_or_null(json, "material", plain ? material_id(book, group->material) : none);
    Text name = group->pool != ROW_NONE ? text_get(book, pool_at(book, group->pool)->name)
                                        : material_name(book, group->material);
    named_text_or_null(json, "material_name", plain ? name : none);
    named_text_or_null(json, "source",
                       plain && group->source != ROW_NONE ? t->sources[group->source].id : none);
    json_named_u64(json, "lots", group->hidden ? 0 : group->lots);
    named_text_or_null(json, "lot", plain && group->lots == 1 ? lot_id(book, group->lot) : none);
    named_kg(json, "reo_kg", group->reo);
    named_share(json, "share", group->root ? 1 : share_of(t, group->reo));
    json_named_bool(json, "held", group->held);
    json_named_bool(json, "hidden", group->hidden);
    json_named_u64(json, "others", group->others);
    json_object_end(json);
}

static bool write_bars(Trace *t, JsonWriter *json) {
    enum { COLUMNS = 24, BARS_ALL = 200 };
    size_t n = t->group_count, count = 0, shown = 0;
    const Group **order = arena_take_zero(&t->look->arena, n + 1, sizeof *order);
    Group *bars = arena_take_zero(&t->look->arena, BARS_ALL, sizeof *bars);
    if (!order || !bars) return status_no_memory(t->status);
    for (size_t g = 0; g < n; g++)
        if (!t->groups[g].passed) order[count++] = &t->groups[g];
    qsort(order, count, sizeof *order, by_column);
    unsigned in_column[COLUMNS] = {0}, of_column[COLUMNS] = {0};
    size_t rest[COLUMNS];
    for (size_t i = 0; i < count; i++)
        of_column[order[i]->column]++;
    for (size_t i = 0; i < count; i++) {
        Group *group = &t->groups[order[i] - t->groups];
        int column = group->column;
        bool folds = of_column[column] > TRACE_BARS && in_column[column] >= TRACE_BARS - 1;
        if (folds && in_column[column] >= TRACE_BARS) {
            Group *others = &bars[rest[column]];
            others->others++;
            others->lots += group->hidden ? 0 : group->lots;
            others->reo += group->reo;
            others->held = others->held || group->held;
            group->shown = (uint32_t)rest[column];
            continue;
        }
        in_column[column]++;
        rest[column] = shown;
        group->shown = (uint32_t)shown;
        bars[shown] = *group;
        if (folds) {
            bars[shown].others = 1;
            bars[shown].hidden = false;
        }
        shown++;
    }
    named_begin_array(json, "nodes");
    for (size_t i = 0; i < shown; i++)
        write_group(t, &bars[i], (unsigned)i, json);
    json_array_end(json);
    double *band = arena_take_zero(&t->look->arena, shown * shown + 1, sizeof *band);
    if (!band) return status_no_memory(t->status);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (t->groups[i].shown != ROW_NONE && t->groups[j].shown != ROW_NONE &&
                t->groups[i].shown != t->groups[j].shown)
                band[t->groups[i].shown * shown + t->groups[j].shown] += t->band[i * n + j];
    named_begin_array(json, "edges");
    for (size_t i = 0; i < shown * shown; i++) {
        if (!(band[i] > 5e-7)) continue; // half a milligram
        char from[24], to[24];
        snprintf(from, sizeof from, "%zu", i / shown);
        snprintf(to, sizeof to, "%zu", i % shown);
        json_object_begin(json);
        json_named_words(json, "from", from);
        json_named_words(json, "to", to);
        named_kg(json, "reo_kg", band[i]);
        named_share(json, "share", share_of(t, band[i]));
        json_object_end(json);
    }
    json_array_end(json);
    return true;
}

// `total` in whole units by the parts, so that it adds up: what rounding down leaves goes to the
// largest remainders.
static void distribute(int64_t total, const double *part, size_t count, int64_t *out) {
    int64_t left = total;
    for (size_t i = 0; i < count; i++) {
        double exact = part[i] * (double)total;
        out[i] = exact > 0 ? (int64_t)floor(exact) : 0;
        if (out[i] > left) out[i] = left;
        left -= out[i];
    }
    while (left > 0) {
        size_t best = 0;
        double most = -1;
        for (size_t i = 0; i < count; i++) {
            double remainder = part[i] * (double)total - (double)out[i];
            if (part[i] > 0 && remainder > most) most = remainder, best = i;
        }
        // Doubles carry 15 digits: of the largest masses more than one unit may be left for each.
        int64_t step = most > 1 && most < (double)left ? (int64_t)most : 1;
        out[best] += step;
        left -= step;
        if (count == 0) break;
    }
}

static void write_ppb(JsonWriter *json, const char *name, int64_t ppb) {
    char text[DECIMAL_TEXT_MAX];
    json_named_words(json, name, decimal_print(ppb, 9, text));
}

static int64_t mg_of_kg(double kg) {
    return (int64_t)(kg * 1e6 + 0.5);
}

// Sources by REO; where the lot states no rare earth, by what its first component says.
static bool write_shares(Trace *t, JsonWriter *json) {
    size_t n = t->source_count;
    Arena *arena = &t->look->arena;
    double *part = arena_take_zero(arena, n + 1, sizeof *part),
           *whole = arena_take_zero(arena, n + 1, sizeof *whole);
    int64_t *share = arena_take_zero(arena, n + 1, sizeof *share),
            *reo = arena_take_zero(arena, n + 1, sizeof *reo);
    int64_t *shares = arena_take_zero(arena, n * COMPONENT_COUNT + 1, sizeof *shares);
    int64_t *mg = arena_take_zero(arena, n * COMPONENT_COUNT + 1, sizeof *mg);
    uint32_t *order = arena_take_zero(arena, n + 1, sizeof *order);
    if (!part || !whole || !share || !reo || !shares || !mg || !order)
        return status_no_memory(t->status);
    for (size_t i = 0; i < n; i++) {
        double kg[COMPONENT_COUNT];
        for (int c = 0; c < COMPONENT_COUNT; c++)
            kg[c] = t->root_kg[c] * t->sources[i].part[c];
        whole[i] = t->root_reo > 0 ? reo_of_kg(t, kg) / t->root_reo
                                   : t->sources[i].part[t->origin.component[0]];
        order[i] = (uint32_t)i;
    }
    distribute(FRACTION_ONE_PPB, whole, n, share);
    distribute(mg_of_kg(t->root_reo), whole, n, reo);
    const Lot *lot = lot_at(t->look->book, origin_at(t, t->origin.root)->lot);
    for (size_t k = 0; k < t->origin.graph.components; k++) {
        size_t c = t->origin.component[k];
        for (size_t i = 0; i < n; i++)
            part[i] = t->sources[i].part[c];
        distribute(FRACTION_ONE_PPB, part, n, shares + (size_t)c * n);
        distribute(mg_of_kg(t->root_kg[c]), part, n, mg + (size_t)c * n);
    }
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && whole[order[j]] > whole[order[j - 1]]; j--) {
            uint32_t moved = order[j];
            order[j] = order[j - 1];
            order[j - 1] = moved;
        }
    for (size_t k = 0; k < n; k++) {
        size_t i = order[k];
        const Source *source = &t->sources[i];
        json_object_begin(json);
        json_named_string(json, "source", source->id);
        named_text_or_null(json, "source_name", source->name);
        json_named_words(json, "kind", source->kind);
        named_text_or_null(json, "licence", source->licence);
        write_ppb(json, "share", share[i]);
        json_named_mass(json, "reo_kg", mass_mg(reo[i]));
        named_begin_array(json, "components");
        for (uint32_t m = lot->born.stated; m; m &= m - 1) {
            size_t c = (size_t)__builtin_ctz(m);
            json_object_begin(json);
            json_named_words(json, "component", component_symbol((int)c));
            json_named_mass(json, "kg", mass_mg(mg[c * n + i]));
            write_ppb(json, "share", shares[c * n + i]);
            json_object_end(json);
        }
        json_array_end(json);
        json_object_end(json);
    }
    return true;
}

// ---- countries by step ----

static Steps *steps_of(const Trace *t) {
    const Book *book = t->look->book;
    Steps *steps = arena_take_zero(&t->look->arena, 1, sizeof *steps);
    for (size_t n = 0; steps && n < t->origin.graph.nodes; n++) {
        const OriginNode *node = origin_at(t, n);
        double share = n == t->origin.root          ? 1
                       : t->root_reo > 0            ? share_of(t, reo_through(t, n))
                       : t->origin.graph.components ? at(t, t->up.reach, n, 0)
                                                    : 0;
        const Lot *lot = node->lot == TRACE_NONE ? NULL : lot_at(book, node->lot);
        const OperationRow *made =
            node->operation == TRACE_NONE ? NULL : operation_at(book, node->operation);
        uint32_t facility =
            lot ? made ? made->facility : ROW_NONE : pool_at(book, node->pool)->facility;
        bool seen = node_is_seen(t, n) && facility != ROW_NONE;
        Text country = seen ? country_of_facility(book, facility) : TEXT("");
        unsigned stage = lot ? lot_stage(book, lot) : STAGE_ORE_PRODUCT;
        if (node->kind == ORIGIN_SOURCE) {
            steps_add(steps, STEP_MINED, country, share);
        } else if (node->kind != ORIGIN_NONE) {
            steps_add_unknown(steps, stage, share);
            if (made && made->kind == EVENT_IMPORT_GOODS)
                steps_add(steps, STEP_IMPORTED,
                          seen && node->lots == 1 ? country_of_import(book, node->seq, node->lot)
                                                  : TEXT(""),
                          share);
        } else if (lot && made &&
                   (made->kind == EVENT_TRANSFORM || made->kind == EVENT_DRAW ||
                    made->kind == EVENT_ASSEMBLE) &&
                   step_of_stage(stage) != STEP_MINED) {
            steps_add(steps, step_of_stage(stage), country, share);
        }
    }
    if (steps) steps_sort(steps);
    return steps;
}

static uint64_t lots_of(const Trace *t) {
    uint64_t lots = 0;
    for (size_t n = 0; n < t->origin.graph.nodes; n++) {
        bool of_it = !t->down || n == t->origin.root || reo_through(t, n) > 0;
        if (of_it && node_is_seen(t, n)) lots += origin_at(t, n)->lots;
    }
    return lots;
}

typedef struct TraceAsked {
    Text lot;
    bool down;
} TraceAsked;

static bool write_trace(Look *look, const void *asked, Buffer *out, Status *status) {
    const TraceAsked *q = asked;
    Trace t;
    if (!trace_read(&t, look, q->lot, q->down, true, status) || !make_groups(&t) || !make_bands(&t))
        return false;
    set_columns(&t);
    JsonWriter writer = json_writer(out), *json = &writer;
    answer_begin(look, json);
    json_named_string(json, "lot", q->lot);
    json_named_words(json, "direction", q->down ? "down" : "up");
    if (!write_bars(&t, json)) return false;
    named_begin_array(json, "shares");
    if (!q->down && !write_shares(&t, json)) return false;
    json_array_end(json);
    const Steps *steps = q->down ? NULL : steps_of(&t);
    if (!q->down && !steps) return status_no_memory(status);
    named_begin_array(json, "steps");
    steps_write(steps, json);
    json_array_end(json);
    json_named_u64(json, "lots_seen", lots_of(&t));
    json_named_bool(json, "complete", t.origin.complete);
    json_object_end(json);
    return true;
}

bool access_trace(Access *access, const View *view, Text lot, bool down, Buffer *out,
                  Status *status) {
    TraceAsked asked = {lot, down};
    return look_answer(access, view, write_trace, &asked, out, status);
}

// ---- the tree ----

enum { TREE_LINES_MAX = 400, TREE_BRANCHES = 12, TREE_DEPTH = 24 };

typedef struct TextTree {
    Trace *t;
    Buffer *out;
    uint8_t *said; // by node: its line stands above
    unsigned lines;
    bool cut;
    char indent[TREE_DEPTH * 8];
} TextTree;

static void say_node(TextTree *tree, size_t n) {
    Trace *t = tree->t;
    const Book *book = t->look->book;
    const OriginNode *node = origin_at(t, n);
    char text[DECIMAL_TEXT_MAX], month[MONTH_TEXT_MAX];
    double share = share_of(t, reo_through(t, n));
    if (!node_is_seen(t, n)) {
        const char *stage =
            node->lot == TRACE_NONE ? "pool" : stage_word(lot_stage(book, lot_at(book, node->lot)));
        buffer_format(tree->out, "not disclosed, %s", stage);
    } else if (node->lot == TRACE_NONE) {
        Text pool = intern_text(book->pool_ids, node->pool);
        if (node->kind == ORIGIN_OPENING)
            buffer_format(tree->out, "pool %.*s, opening stock", TEXT_ARG(pool));
        else if (node->kind == ORIGIN_SOURCE)
            buffer_format(tree->out, "extracted into pool %.*s", TEXT_ARG(pool));
        else
            buffer_format(tree->out, "pool %.*s in %s%s", TEXT_ARG(pool),
                          month_print(node->month, month),
                          node->provisional ? " (month still open)" : "");
    } else {
        const Lot *lot = lot_at(book, node->lot);
        uint32_t facility = operation_at(book, node->operation)->facility;
        Text material =
            lot->material == ROW_NONE ? TEXT("unknown material") : material_id(book, lot->material);
        buffer_format(tree->out, "%.*s  %.*s  %s kg  %.*s", TEXT_ARG(lot_id(book, node->lot)),
                      TEXT_ARG(material), mass_print(mass_mg(lot->born_net), text),
                      TEXT_ARG(facility_id(book, facility == ROW_NONE ? lot->facility : facility)));
        const char *kind = event_kind_name((EventKind)operation_at(book, node->operation)->kind);
        if (view_sees_record(t->look->view, book, node->seq)) {
            Text event = look_event_id(t->look, node->seq);
            buffer_format(tree->out, "  %s %.*s (record %llu)", kind, TEXT_ARG(event),
                          (unsigned long long)node->seq);
        }
        if (lot_is_held(t->look->book, lot_at(t->look->book, node->lot)))
            buffer_string(tree->out, "  HELD");
    }
    if (n != t->origin.root && t->root_reo > 0) buffer_format(tree->out, "  %.4g %%", 100 * share);
    if (t->source_of[n] != ROW_NONE && node_is_seen(t, n))
        buffer_format(tree->out, "  from %.*s", TEXT_ARG(t->sources[t->source_of[n]].id));
}

// What stands next in the tree: nearer the mine going up, farther going down; most first, each
// once.
static size_t branches_of(const Trace *t, size_t n, uint32_t *next, double *reo, size_t most,
                          size_t *all) {
    size_t count = 0;
    *all = 0;
    for (size_t a = 0; a < t->origin.graph.arcs; a++) {
        const TraceArc *arc = &t->origin.graph.arc[a];
        if ((t->down ? arc->from : arc->to) != n || (t->down && arc->to == t->origin.root))
            continue;
        uint32_t other = t->down ? arc->to : arc->from;
        double amount = reo_of_arc(t, a);
        bool known = false;
        for (size_t i = 0; i < count; i++)
            if (next[i] == other) reo[i] += amount, known = true;
        if (known) continue;
        ++*all;
        size_t place = count;
        if (count < most)
            count++;
        else if (amount <= reo[count - 1])
            continue;
        else
            place = count - 1;
        for (; place > 0 && reo[place - 1] < amount; place--) {
            next[place] = next[place - 1];
            reo[place] = reo[place - 1];
        }
        next[place] = other;
        reo[place] = amount;
    }
    return count;
}

static bool say_branch(TextTree *tree, size_t n, size_t depth) {
    Trace *t = tree->t;
    if (tree->lines >= TREE_LINES_MAX) {
        tree->cut = true;
        return true;
    }
    tree->lines++;
    say_node(tree, n);
    bool again = tree->said[n];
    tree->said[n] = 1;
    uint32_t next[TREE_BRANCHES];
    double reo[TREE_BRANCHES];
    size_t all, count = branches_of(t, n, next, reo, TREE_BRANCHES, &all);
    if (again && count) buffer_string(tree->out, "  (see above)");
    buffer_char(tree->out, '\n');
    if (again) return true;
    if (depth + 1 >= TREE_DEPTH) {
        tree->cut = tree->cut || count > 0;
        return true;
    }
    size_t length = strlen(tree->indent);
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count && all == count;
        if (tree->lines < TREE_LINES_MAX)
            buffer_format(tree->out, "%s%s", tree->indent, last ? "└─ " : "├─ ");
        snprintf(tree->indent + length, sizeof tree->indent - length, "%s", last ? "   " : "│  ");
        if (!say_branch(tree, next[i], depth + 1)) return false;
        tree->indent[length] = 0;
    }
    if (all > count && tree->lines < TREE_LINES_MAX) {
        buffer_format(tree->out, "%s└─ %zu more\n", tree->indent, all - count);
        tree->lines++;
    }
    return true;
}

static void say_shares(Trace *t, Buffer *out) {
    const Lot *lot = lot_at(t->look->book, origin_at(t, t->origin.root)->lot);
    buffer_string(out, "\nshares by source\n");
    for (size_t done = 0; done < t->source_count; done++) {
        // Few: the largest that is left, again and again.
        size_t best = t->source_count;
        double most = -1;
        for (size_t i = 0; i < t->source_count; i++) {
            double kg[COMPONENT_COUNT];
            for (int c = 0; c < COMPONENT_COUNT; c++)
                kg[c] = t->root_kg[c] * t->sources[i].part[c];
            double share = t->root_reo > 0 ? share_of(t, reo_of_kg(t, kg)) : t->sources[i].part[0];
            if (t->sources[i].kind && share > most) most = share, best = i;
        }
        if (best == t->source_count) break;
        Source *source = &t->sources[best];
        buffer_format(out, "  %8.4f %%  %.*s", 100 * most, TEXT_ARG(source->id));
        if (source->name.length) buffer_format(out, " (%.*s)", TEXT_ARG(source->name));
        if (!text_equal(source->id, text_of(source->kind)))
            buffer_format(out, ", %s", source->kind);
        if (source->licence.length) buffer_format(out, " %.*s", TEXT_ARG(source->licence));
        buffer_string(out, ":");
        for (uint32_t m = lot->born.stated; m; m &= m - 1)
            buffer_format(out, " %s %.4f %%", component_symbol(__builtin_ctz(m)),
                          100 * source->part[__builtin_ctz(m)]);
        buffer_char(out, '\n');
        source->kind = NULL;
    }
}

static bool write_text(Look *look, const void *asked, Buffer *out, Status *status) {
    const TraceAsked *q = asked;
    Trace t;
    if (!trace_read(&t, look, q->lot, q->down, false, status)) return false;
    TextTree tree = {
        .t = &t, .out = out, .said = arena_take_zero(&look->arena, t.origin.graph.nodes + 1, 1)};
    if (!tree.said) return status_no_memory(status);
    if (!say_branch(&tree, t.origin.root, 0)) return false;
    if (tree.cut) buffer_string(out, "... cut off here; --json has it all, grouped\n");
    const Steps *steps = q->down ? NULL : steps_of(&t);
    if (!q->down && !steps) return status_no_memory(status);
    if (!q->down) say_shares(&t, out);
    steps_say(steps, out);
    if (t.origin.provisional)
        buffer_string(out, "provisional: a pool's month on the way is still open\n");
    if (!t.origin.complete)
        buffer_string(out, "incomplete: the genealogy is larger than what is followed\n");
    return true;
}

bool access_trace_text(Access *access, const View *view, Text lot, bool down, Buffer *out,
                       Status *status) {
    TraceAsked asked = {lot, down};
    return look_answer(access, view, write_text, &asked, out, status);
}
