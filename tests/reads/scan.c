#include "scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = COMPONENT_COUNT, NONE = -1 };

static uint32_t own_party(const Book *book, const View *view) {
    for (uint32_t p = 0; p < book_count(book, TABLE_PARTY); p++)
        if (text_equal(intern_text(book->party_ids, p), text_of(view->party))) return p;
    return ROW_NONE;
}

bool scan_sees_facility(const Book *book, const View *view, uint32_t facility) {
    if (view->all) return true;
    if (facility == ROW_NONE) return false;
    const FacilityVersion *version = facility_latest(book, facility);
    return version && version->holder == own_party(book, view);
}

bool scan_sees_lot(const Book *book, const View *view, uint32_t lot) {
    uint32_t own = own_party(book, view);
    const Lot *at = lot_at(book, lot);
    return view->all || at->party == own || at->owner == own ||
           scan_sees_facility(book, view, at->facility);
}

bool scan_sees_record(const Book *book, const View *view, uint64_t seq) {
    return view->all ||
           ROW(book, RecordRow, TABLE_RECORD, (uint32_t)seq)->party == own_party(book, view);
}

bool scan_is_held(const Book *book, uint32_t lot) {
    const SetRow *set = ROW(book, SetRow, TABLE_SET, lot_at(book, lot)->set);
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t cause = *(const uint32_t *)book_row(book, TABLE_SET_ITEM, set->first + i);
        if (cause_at(book, cause)->status == CAUSE_OPEN) return true;
    }
    return false;
}

// ---- genealogy ----

typedef struct Arc {
    int from, to;
    double kg[N], net;
} Arc;

typedef struct Place { // a pool in a month
    uint32_t pool;
    Month month;
    int64_t change[N], end[N];
} Place;

struct ScanGenealogy {
    const Book *book;
    int lots, nodes, unit_count;
    Place *places;
    int place_count;
    Arc *arcs;
    int arc_count, arc_room;
    char (*source)[200]; // by node; empty where it is none
    int *unit;           // by node: pools that feed each other within their month are one
    double (*sum)[N];    // by unit: of what weighs
    int (*by)[N];
};

static bool stands(const Book *book, const OperationRow *operation) {
    return operation->kind != EVENT_CORRECT &&
           !ROW(book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->corrected;
}

static int place_of(ScanGenealogy *g, uint32_t pool, Month month, bool make) {
    for (int p = 0; p < g->place_count; p++)
        if (g->places[p].pool == pool && g->places[p].month == month) return p;
    if (!make) return NONE;
    g->places = realloc(g->places, (size_t)(g->place_count + 1) * sizeof *g->places);
    g->places[g->place_count] = (Place){.pool = pool, .month = month};
    return g->place_count++;
}

static void add(const Book *book, uint32_t mask, uint32_t values, int64_t mg[N]) {
    for (int c = 0; c < N; c++)
        if (mask >> c & 1) mg[c] += *values_at(book, values++);
}

static void arc(ScanGenealogy *g, int from, int to, const int64_t mg[N], int64_t net) {
    if (g->arc_count == g->arc_room) {
        g->arc_room = g->arc_room ? g->arc_room * 2 : 1024;
        g->arcs = realloc(g->arcs, (size_t)g->arc_room * sizeof *g->arcs);
    }
    Arc *made = &g->arcs[g->arc_count++];
    *made = (Arc){.from = from, .to = to, .net = (double)net * 1e-6};
    for (int c = 0; c < N; c++)
        made->kg[c] = (double)mg[c] * 1e-6;
}

static int source_node(ScanGenealogy *g, const char *kind, Text id) {
    int node = g->nodes++;
    g->source = realloc(g->source, (size_t)g->nodes * sizeof *g->source);
    snprintf(g->source[node], sizeof g->source[node], "%s|%.*s", kind, TEXT_ARG(id));
    return node;
}

static void name_source(ScanGenealogy *g, int node, const char *kind, Text id) {
    snprintf(g->source[node], sizeof g->source[node], "%s|%.*s", kind, TEXT_ARG(id));
}

static const char *licensed(const Book *book, uint32_t source, Day day) {
    const LicenceVersion *licence =
        licence_latest(book, ROW(book, SourceRow, TABLE_SOURCE, source)->licence);
    bool valid = licence && licence->from <= day && day <= licence->to &&
                 licence->status == LICENCE_VALID && licence->activity == ACTIVITY_MINING;
    return valid ? "licensed" : "unlicensed";
}

static void extracted(ScanGenealogy *g, int node, const OperationRow *operation) {
    Day day = ROW(g->book, RecordRow, TABLE_RECORD, (uint32_t)operation->seq)->day_of;
    if (operation->source == ROW_NONE)
        name_source(g, node, "outside", TEXT("outside"));
    else
        name_source(g, node, licensed(g->book, operation->source, day),
                    intern_text(g->book->source_ids, operation->source));
}

// What the pools did, each operation that stands; and what was in them at each month's end.
static void pools(ScanGenealogy *g, int64_t (*charged)[N]) {
    const Book *book = g->book;
    for (uint32_t o = 0; o < book_count(book, TABLE_OPERATION); o++) {
        const OperationRow *operation = operation_at(book, o);
        if (!stands(book, operation)) continue;
        if (operation->pool != ROW_NONE) {
            Place *place = &g->places[place_of(g, operation->pool, operation->month, true)];
            place = &g->places[place_of(g, operation->pool, operation->month, true)];
            bool in = operation->kind == EVENT_CHARGE || operation->kind == EVENT_EXTRACT;
            for (uint32_t d = 0; d < operation->delta_count; d++) {
                const PoolDelta *delta =
                    ROW(book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + d);
                if (delta->kind != 0) continue;
                add(book, delta->mask, delta->values, place->change);
                if (in) add(book, delta->mask, delta->values, charged[operation->pool]);
            }
        }
        for (uint32_t i = 0; i < operation->posting_count && operation->pool == ROW_NONE; i++) {
            const PostingRow *p =
                ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i);
            if ((p->reason == POSTED_STOCKTAKE || p->reason == POSTED_LOSS) && p->pool != ROW_NONE)
                add(book, p->mask, p->values,
                    g->places[place_of(g, p->pool, p->month, true)].change);
        }
    }
}

static int before_in_time(const ScanGenealogy *g, int place) {
    int best = NONE;
    for (int p = 0; p < g->place_count; p++)
        if (g->places[p].pool == g->places[place].pool &&
            g->places[p].month < g->places[place].month &&
            (best == NONE || g->places[p].month > g->places[best].month))
            best = p;
    return best;
}

static void level(ScanGenealogy *g, int place, int64_t (*charged)[N], int64_t opening[N]) {
    int before = before_in_time(g, place);
    if (before != NONE) {
        int64_t earlier[N];
        level(g, before, charged, earlier);
        for (int c = 0; c < N; c++) {
            opening[c] = earlier[c] + g->places[before].change[c];
            if (opening[c] < 0) opening[c] = 0;
        }
        return;
    }
    for (int c = 0; c < N; c++) {
        opening[c] =
            pool_at(g->book, g->places[place].pool)->in[c] - charged[g->places[place].pool][c];
        if (opening[c] < 0) opening[c] = 0;
    }
}

static void arcs_into_place(ScanGenealogy *g, int place, int64_t (*charged)[N]) {
    const Book *book = g->book;
    int node = g->lots + place, before = before_in_time(g, place), first = g->arc_count;
    int64_t opening[N], any = 0;
    level(g, place, charged, opening);
    for (int c = 0; c < N; c++)
        any = any || opening[c] > 0;
    if (any)
        arc(g, before == NONE ? source_node(g, "opening", TEXT("opening")) : g->lots + before, node,
            opening, 0);
    for (uint32_t o = 0; o < book_count(book, TABLE_OPERATION); o++) {
        const OperationRow *operation = operation_at(book, o);
        if (!stands(book, operation) || operation->pool != g->places[place].pool ||
            operation->month != g->places[place].month)
            continue;
        if (operation->kind == EVENT_EXTRACT) {
            int64_t mg[N] = {0};
            for (uint32_t d = 0; d < operation->delta_count; d++) {
                const PoolDelta *delta =
                    ROW(book, PoolDelta, TABLE_POOL_DELTA, operation->first_delta + d);
                if (delta->kind == 0) add(book, delta->mask, delta->values, mg);
            }
            int from = source_node(g, "outside", TEXT("outside"));
            extracted(g, from, operation);
            arc(g, from, node, mg, 0);
        }
        for (uint32_t f = 0; operation->kind == EVENT_CHARGE && f < operation->flow_count; f++) {
            const FlowRow *flow = flow_at(book, operation->first_flow + f);
            if (flow->role != FLOW_IN) continue;
            int64_t mg[N] = {0};
            add(book, flow->content.stated, flow->content.values, mg);
            arc(g, (int)flow->lot, node, mg, flow->net);
        }
    }
    if (g->arc_count == first) name_source(g, node, "found", TEXT("found"));
}

// The lot that this one was received from, and the operation that supplied a found one.
static uint32_t sent_lot(const Book *book, uint32_t lot) {
    uint32_t found = ROW_NONE;
    for (uint32_t o = 0; o < book_count(book, TABLE_OPERATION); o++) {
        const OperationRow *operation = operation_at(book, o);
        for (uint32_t i = 0; i < operation->difference_count && stands(book, operation); i++) {
            const DifferenceRow *d =
                ROW(book, DifferenceRow, TABLE_DIFFERENCE, operation->first_difference + i);
            if (d->to_lot == lot) found = d->from_lot;
        }
    }
    return found;
}

static uint32_t supplied_by(const Book *book, uint32_t lot) {
    uint32_t found = ROW_NONE;
    for (uint32_t o = 0; o < book_count(book, TABLE_OPERATION); o++) {
        const OperationRow *operation = operation_at(book, o);
        for (uint32_t i = 0; i < operation->posting_count && stands(book, operation); i++) {
            const PostingRow *p =
                ROW(book, PostingRow, TABLE_POSTING, operation->first_posting + i);
            if (p->reason == POSTED_FOUND && p->net < 0 && p->lot == lot) found = o;
        }
    }
    return found;
}

static void arcs_into_lot(ScanGenealogy *g, uint32_t row) {
    const Book *book = g->book;
    const Lot *lot = lot_at(book, row);
    static const int64_t none[N] = {0};
    uint32_t made_by = lot->operation;
    if (lot->flags & LOT_FOUND) made_by = supplied_by(book, row);
    if (made_by == ROW_NONE) {
        name_source(g, (int)row, "found", TEXT("found"));
        return;
    }
    const OperationRow *operation = operation_at(book, made_by);
    const char *outside = operation->outside == OUTSIDE_NONE || operation->outside == OUTSIDE_OTHER
                              ? "outside"
                              : outside_words[operation->outside];
    if (operation->kind == EVENT_EXTRACT) {
        extracted(g, (int)row, operation);
    } else if (operation->kind == EVENT_OPEN) {
        name_source(g, (int)row, "opening", TEXT("opening"));
    } else if (operation->kind == EVENT_RECEIVE) {
        uint32_t from = sent_lot(book, row);
        if (from != ROW_NONE)
            arc(g, (int)from, (int)row, none, 1);
        else if (lot->flags & LOT_UNMATCHED)
            name_source(g, (int)row, "outside", TEXT("outside"));
        else
            name_source(g, (int)row, outside, text_of(outside));
    } else if (operation->kind == EVENT_IMPORT_GOODS) {
        name_source(g, (int)row, outside, text_of(outside));
    } else if (operation->kind == EVENT_DRAW) {
        int place = place_of(g, operation->pool, operation->month, false);
        if (place == NONE)
            name_source(g, (int)row, "found", TEXT("found"));
        else
            arc(g, g->lots + place, (int)row, none, 1);
    } else {
        int first = g->arc_count;
        for (uint32_t f = 0; f < operation->flow_count; f++) {
            const FlowRow *flow = flow_at(book, operation->first_flow + f);
            bool other =
                operation->kind == EVENT_SELL && operation->first_flow + f + 1 != lot->first_flow;
            if (flow->role != FLOW_IN || flow->lot == row || other) continue;
            int64_t mg[N] = {0};
            add(book, flow->content.stated, flow->content.values, mg);
            arc(g, (int)flow->lot, (int)row, mg, flow->net);
        }
        if (g->arc_count > first) return;
        if (operation->outside)
            name_source(g, (int)row, outside, text_of(outside));
        else
            name_source(g, (int)row, "found", TEXT("found"));
    }
}

// Which pool months lie upstream of one.
static void upstream(const ScanGenealogy *g, int from, uint8_t *seen) {
    memset(seen, 0, (size_t)g->nodes);
    seen[from] = 1;
    for (bool more = true; more;) {
        more = false;
        for (int a = 0; a < g->arc_count; a++)
            if (seen[g->arcs[a].to] && !seen[g->arcs[a].from]) seen[g->arcs[a].from] = more = true;
    }
}

static void join_pools(ScanGenealogy *g) {
    uint8_t **seen = calloc((size_t)g->place_count + 1, sizeof *seen);
    for (int n = 0; n < g->nodes; n++)
        g->unit[n] = n;
    for (int p = 0; p < g->place_count; p++) {
        seen[p] = malloc((size_t)g->nodes);
        upstream(g, g->lots + p, seen[p]);
    }
    for (int p = 0; p < g->place_count; p++)
        for (int q = 0; q < p; q++)
            if (seen[p][g->lots + q] && seen[q][g->lots + p]) {
                g->unit[g->lots + p] = g->unit[g->lots + q];
                break;
            }
    for (int p = 0; p < g->place_count; p++)
        free(seen[p]);
    free(seen);
}

static double weight(const Arc *at, int c, int by) {
    double sum = 0;
    if (by == 0) return at->kg[c];
    for (int i = 0; i < N; i++)
        if (by == 2 || (by == 1 && i < RARE_EARTH_COUNT)) sum += at->kg[i];
    return by == 3 ? at->net : by == 4 ? 1 : sum;
}

static bool counts(const ScanGenealogy *g, const Arc *at) {
    return g->unit[at->from] != g->unit[at->to];
}

ScanGenealogy *scan_genealogy(const Book *book) {
    ScanGenealogy *g = calloc(1, sizeof *g);
    g->book = book;
    g->lots = (int)book_count(book, TABLE_LOT);
    int64_t(*charged)[N] = calloc((size_t)book_count(book, TABLE_POOL) + 1, sizeof *charged);
    pools(g, charged);
    g->nodes = g->lots + g->place_count;
    g->source = calloc((size_t)g->nodes + 1, sizeof *g->source);
    for (int p = 0; p < g->place_count; p++)
        arcs_into_place(g, p, charged);
    for (uint32_t lot = 0; lot < (uint32_t)g->lots; lot++)
        arcs_into_lot(g, lot);
    free(charged);
    g->unit = calloc((size_t)g->nodes + 1, sizeof *g->unit);
    join_pools(g);
    g->sum = calloc((size_t)g->nodes + 1, sizeof *g->sum);
    g->by = calloc((size_t)g->nodes + 1, sizeof *g->by);
    for (int by = 0; by < 5; by++) {
        for (int a = 0; a < g->arc_count; a++)
            for (int c = 0; counts(g, &g->arcs[a]) && c < N; c++)
                if (g->by[g->unit[g->arcs[a].to]][c] == by)
                    g->sum[g->unit[g->arcs[a].to]][c] += weight(&g->arcs[a], c, by);
        for (int n = 0; n < g->nodes; n++)
            for (int c = 0; c < N; c++)
                if (!(g->sum[n][c] > 0) && g->by[n][c] == by)
                    g->by[n][c] = by + 1, g->sum[n][c] = 0;
    }
    return g;
}

void scan_genealogy_free(ScanGenealogy *g) {
    free(g->places);
    free(g->arcs);
    free(g->source);
    free(g->unit);
    free(g->sum);
    free(g->by);
    free(g);
}

// Pushes what is asked of each node to what went into it, round after round, until nothing moves.
bool scan_trace(const ScanGenealogy *g, uint32_t lot, ScanTrace *trace) {
    enum { ROUNDS = 20000 };
    double(*ask)[N] = calloc((size_t)g->nodes, sizeof *ask),
    (*next)[N] = calloc((size_t)g->nodes, sizeof *next),
    (*stay)[N] = calloc((size_t)g->nodes, sizeof *stay);
    uint8_t *into = calloc((size_t)g->nodes, 1);
    for (int a = 0; a < g->arc_count; a++)
        if (counts(g, &g->arcs[a])) into[g->unit[g->arcs[a].to]] = 1;
    for (int c = 0; c < N; c++)
        ask[lot][c] = 1;
    double left = 1;
    for (int round = 0; round < ROUNDS && left > 1e-11; round++) {
        memset(next, 0, (size_t)g->nodes * sizeof *next);
        left = 0;
        for (int a = 0; a < g->arc_count; a++) {
            const Arc *at = &g->arcs[a];
            int to = g->unit[at->to], from = g->unit[at->from];
            if (to == from) continue;
            for (int c = 0; c < N; c++)
                if (ask[to][c] > 0 && g->sum[to][c] > 0)
                    next[from][c] += ask[to][c] * weight(at, c, g->by[to][c]) / g->sum[to][c];
        }
        for (int n = 0; n < g->nodes; n++)
            for (int c = 0; c < N; c++) {
                if (!into[n]) stay[n][c] += ask[n][c];
                if (next[n][c] > left) left = next[n][c];
            }
        double(*swap)[N] = ask;
        ask = next;
        next = swap;
    }
    *trace = (ScanTrace){0};
    for (int n = 0; n < g->nodes; n++) {
        bool any = false;
        for (int c = 0; c < N; c++)
            any = any || stay[n][c] > 0;
        if (!any) continue;
        const char *name = g->source[n][0] ? g->source[n] : "found|found";
        size_t s = 0;
        while (s < trace->sources && strcmp(trace->name[s], name) != 0)
            s++;
        if (s == trace->sources) {
            trace->name = realloc(trace->name, (s + 1) * sizeof *trace->name);
            trace->share = realloc(trace->share, (s + 1) * sizeof *trace->share);
            memset(trace->share[s], 0, sizeof trace->share[s]);
            snprintf(trace->name[s], sizeof trace->name[s], "%s", name);
            trace->sources++;
        }
        for (int c = 0; c < N; c++)
            trace->share[s][c] += stay[n][c];
    }
    free(ask);
    free(next);
    free(stay);
    free(into);
    return left <= 1e-11;
}
