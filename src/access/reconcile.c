#include "access/reconcile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/crossings.h"
#include "access/inside.h"
#include "balance/from_book_network.h"
#include "numeric/distribution.h"
#include "quantity/component.h"
#include "reconcile/flow_gross.h"

// Over all components of a book: who asks for one will ask for the others. And the sigmas may be a
// tenth too small (docs/reconcile.md).
static const double GROSS_ALPHA = 0.05, SIGMA_MARGIN = 1.1;
// Devices and laboratories are suspected over intervals of so many months at most, else over all.
enum { GROSS_MOST = 12, INSTRUMENT_MONTHS = 24 };
#define RECONCILE_ARENA_MAX ((size_t)3 << 30)

typedef struct Reconciling {
    Look *look;
    Arena arena;
    const BookBalances *balances;
    int component;
    BookNetwork network;
    FlowDense dense;
    FlowResult result;
    FlowSuspects suspects;
    Months *span; // by suspect
    FlowGrossList gross;
    // Causes: facilities by place, then roads, then instruments.
    size_t places;
    uint32_t groups;     // devices and laboratories that have names
    unsigned components; // that go from place to place
    uint32_t *pick;      // scratch: streams of a sum
    double *weight;
} Reconciling;

// ---- what may be wrong ----

typedef struct Listing {
    FlowSuspect *suspect;
    Months *span;
    uint32_t *node;
    double *effect;
    size_t count, entries;
    // What an instrument does to each node over the months at hand, and which nodes those are.
    double *sum;
    uint32_t *touched;
    size_t touched_count;
} Listing;

static void begin_suspect(Listing *l, size_t cause, double amount, Month from, Month to) {
    l->span[l->count] = (Months){from, to};
    l->suspect[l->count++] = (FlowSuspect){l->entries, 0, cause, amount};
}

static void add_entry(Listing *l, uint32_t node, double effect) {
    l->node[l->entries] = node;
    l->effect[l->entries++] = effect;
    l->suspect[l->count - 1].count++;
}

static uint32_t facility_row(const Reconciling *r, uint32_t place) {
    return place == CROSSING_NOWHERE ? ROW_NONE : r->balances->facility[place].row;
}

static bool named_group(const Reconciling *r, size_t instrument) {
    return r->network.group[instrument] < r->groups;
}

static void sum_effect(Listing *l, uint32_t node, double effect) {
    if (node == FLOW_OUTSIDE || effect == 0.0) return;
    if (l->sum[node] == 0.0) l->touched[l->touched_count++] = node;
    l->sum[node] += effect;
    if (l->sum[node] == 0.0) l->sum[node] = 1e-300; // what cancels stays touched
}

// Entries of `shared` from `first` on that are of instrument `k`.
static size_t entries_of(const FlowNetwork *flow, size_t k, size_t first) {
    size_t count = 0;
    while (first + count < flow->shared_count && flow->shared[first + count].instrument == k)
        count++;
    return count;
}

static size_t intervals_of(const BookNetwork *n) {
    size_t months = n->from <= n->to ? (size_t)(n->to - n->from) + 1 : 0;
    return months <= INSTRUMENT_MONTHS ? months * (months + 1) / 2 : 1;
}

// An instrument that is wrong over some months: what its part of the streams of these months does.
static void add_instrument(Listing *l, const BookNetwork *n, size_t cause, const FlowShared *shared,
                           size_t count) {
    bool whole = intervals_of(n) == 1;
    for (Month from = n->from; from <= n->to; from++) {
        size_t known = 0;
        for (Month to = whole ? n->to : from; to <= n->to; to++) {
            for (size_t i = 0; i < count; i++) {
                uint32_t j = shared[i].stream;
                Month month = n->stream[j].month;
                if (whole ? month == 0 : month != to) continue;
                sum_effect(l, n->flow.to[j], shared[i].loading);
                sum_effect(l, n->flow.from[j], -shared[i].loading);
                known++;
            }
            if (known == 0) continue;
            begin_suspect(l, cause, 1.0, from, to);
            for (size_t t = 0; t < l->touched_count; t++)
                add_entry(l, l->touched[t], l->sum[l->touched[t]]);
        }
        for (size_t t = 0; t < l->touched_count; t++)
            l->sum[l->touched[t]] = 0.0;
        l->touched_count = 0;
        if (whole) return;
    }
}

// Leaks of each facility over each interval of months, losses on each road, and what each device
// and laboratory is wrong by.
static bool list_suspects(Reconciling *r, Status *status) {
    const BookNetwork *n = &r->network;
    size_t count = n->roads, entries = n->roads, intervals = intervals_of(n), nodes = n->flow.nodes;
    for (size_t a = 0, b; a < n->nodes; a = b) {
        for (b = a + 1; b < n->nodes && n->node[b].place == n->node[a].place;)
            b++;
        size_t t = b - a;
        count += t * (t + 1) / 2;
        entries += t * (t + 1) * (t + 2) / 6;
    }
    for (size_t k = 0; k < n->flow.instruments; k++) {
        if (!named_group(r, k)) continue;
        count += intervals;
        entries += intervals * (r->dense.effect_start[k + 1] - r->dense.effect_start[k]);
    }
    Listing l = {.suspect = arena_take_zero(&r->arena, count + 1, sizeof *l.suspect),
                 .span = arena_take_zero(&r->arena, count + 1, sizeof *l.span),
                 .node = arena_take_zero(&r->arena, entries + 1, sizeof *l.node),
                 .effect = arena_take_zero(&r->arena, entries + 1, sizeof *l.effect),
                 .sum = arena_take_zero(&r->arena, nodes + 1, sizeof *l.sum),
                 .touched = arena_take_zero(&r->arena, nodes + 1, sizeof *l.touched)};
    if (!l.suspect || !l.span || !l.node || !l.effect || !l.sum || !l.touched)
        return status_no_memory(status);
    for (size_t a = 0, b; a < n->nodes; a = b) {
        for (b = a + 1; b < n->nodes && n->node[b].place == n->node[a].place;)
            b++;
        for (size_t from = a; from < b; from++)
            for (size_t to = from; to < b; to++) {
                begin_suspect(&l, n->node[a].place, (double)(to - from + 1), n->node[from].from,
                              n->node[to].to);
                for (size_t k = from; k <= to; k++)
                    add_entry(&l, (uint32_t)k, 1.0);
            }
    }
    for (size_t i = 0; i < n->roads; i++) {
        begin_suspect(&l, r->places + i, 1.0, n->from, n->to);
        add_entry(&l, (uint32_t)(n->nodes + i), 1.0);
    }
    size_t first = 0;
    for (size_t k = 0; k < n->flow.instruments; k++) {
        size_t own = entries_of(&n->flow, k, first);
        if (named_group(r, k))
            add_instrument(&l, n, r->places + n->roads + k, n->flow.shared + first, own);
        first += own;
    }
    r->suspects = (FlowSuspects){l.count, l.suspect, l.node, l.effect};
    r->span = l.span;
    return true;
}

// ---- writing ----

static double within(double x) {
    return isfinite(x) ? x : 0.0;
}

// "2026-04 to 2026-09"
static const char *months_print(Month from, Month to, char *text, size_t size) {
    char a[MONTH_TEXT_MAX], b[MONTH_TEXT_MAX];
    if (from == to)
        snprintf(text, size, "%s", month_print(from, a));
    else
        snprintf(text, size, "%s to %s", month_print(from, a), month_print(to, b));
    return text;
}

// What a suspect is: for the answer, and in words.
typedef struct Cause {
    const char *what; // "facility" "road" "device" "laboratory"
    uint32_t facility, to;
    Month first, last;
    char name[160];
    bool seen;
} Cause;

static void cause_of(const Reconciling *r, size_t suspect, Cause *cause) {
    const BookNetwork *n = &r->network;
    const FlowSuspect *s = &r->suspects.suspect[suspect];
    *cause = (Cause){.facility = ROW_NONE,
                     .to = ROW_NONE,
                     .first = r->span[suspect].from,
                     .last = r->span[suspect].to};
    if (s->cause < r->places) {
        cause->what = "facility";
        cause->facility = facility_row(r, (uint32_t)s->cause);
        cause->seen = look_sees_facility(r->look, cause->facility);
    } else if (s->cause < r->places + n->roads) {
        const BookRoad *road = &n->road[s->cause - r->places];
        cause->what = "road";
        cause->facility = facility_row(r, road->from);
        cause->to = facility_row(r, road->to);
        cause->seen =
            (cause->facility == ROW_NONE || look_sees_facility(r->look, cause->facility)) &&
            (cause->to == ROW_NONE || look_sees_facility(r->look, cause->to));
    } else {
        uint32_t group = n->group[s->cause - r->places - n->roads];
        cause->what =
            intern_text(r->look->book->group_keys, group).at[0] == 'd' ? "device" : "laboratory";
        group_name(r->look->book, group, cause->name, sizeof cause->name);
        cause->seen = r->look->view->all;
    }
}

static Text shown(const Reconciling *r, uint32_t row) {
    return row == ROW_NONE ? TEXT("a facility without a balance") : facility_id(r->look->book, row);
}

static void cause_say(const Reconciling *r, const Cause *c, char *text, size_t size) {
    char months[40];
    if (c->facility == ROW_NONE && c->to == ROW_NONE)
        snprintf(text, size, "%s %s, %s,", c->what, c->name,
                 months_print(c->first, c->last, months, sizeof months));
    else if (strcmp(c->what, "road") == 0)
        snprintf(text, size, "the road from %.*s to %.*s", TEXT_ARG(shown(r, c->facility)),
                 TEXT_ARG(shown(r, c->to)));
    else
        snprintf(text, size, "%.*s, %s", TEXT_ARG(shown(r, c->facility)),
                 months_print(c->first, c->last, months, sizeof months));
}

static void cause_write(const Reconciling *r, const Cause *c, JsonWriter *json) {
    json_named_words(json, "what", c->what);
    named_text_or_null(json, "facility", facility_id(r->look->book, c->facility));
    named_text_or_null(json, "to_facility", facility_id(r->look->book, c->to));
    named_text_or_null(json, "name", text_of(c->name));
    named_month(json, "from", c->first);
    named_month(json, "to", c->last);
}

static void write_gross(const Reconciling *r, const FlowGross *g, JsonWriter *json) {
    Cause cause, other;
    char where[400], says[1400], kg[FINDING_KG_MAX], low[FINDING_KG_MAX], high[FINDING_KG_MAX];
    cause_of(r, g->suspect, &cause);
    if (!cause.seen) return;
    bool sigmas = cause.name[0] != '\0', lost = g->amount > 0.0;
    cause_say(r, &cause, where, sizeof where);
    double size = fabs(g->amount), least = lost ? g->low : -g->high,
           most = lost ? g->high : -g->low;
    size_t used;
    if (sigmas)
        used =
            (size_t)snprintf(says, sizeof says,
                             "%s is wrong by %.1f times what it states (%.1f to %.1f), %.1f sigma",
                             where, size, least, most, fabs(g->z));
    else
        used = (size_t)snprintf(says, sizeof says, "%s: %s kg of %s (%s to %s) %s, %.1f sigma",
                                where, finding_kg_print(size, kg), component_symbol(r->component),
                                finding_kg_print(least, low), finding_kg_print(most, high),
                                lost ? "went missing" : "came from nowhere", fabs(g->z));
    json_object_begin(json);
    cause_write(r, &cause, json);
    json_named_words(json, "side", lost ? "missing" : "surplus");
    json_named_words(json, "unit", sigmas ? "u" : "kg");
    json_named_double(json, "size", within(size));
    json_named_double(json, "low", within(least));
    json_named_double(json, "high", within(most));
    json_named_double(json, "z", within(g->z));
    json_named_double(json, "chi2_fall", within(g->fall));
    named_begin_array(json, "or");
    for (size_t i = 0; i < g->alike_count; i++) {
        cause_of(r, g->alike[i], &other);
        if (!other.seen) continue;
        json_object_begin(json);
        cause_write(r, &other, json);
        json_named_bool(json, "indistinguishable", g->same[i]);
        json_object_end(json);
        cause_say(r, &other, where, sizeof where);
        if (used < sizeof says)
            used += (size_t)snprintf(says + used, sizeof says - used, "; or %s", where);
    }
    json_array_end(json);
    json_named_words(json, "says", says);
    json_object_end(json);
}

// Streams of a kind at a node or on a road into the scratch; returns how many.
static size_t streams_of(const Reconciling *r, size_t have, BookStreamKind kind, bool road,
                         uint32_t number, double weight) {
    for (size_t j = 0; j < r->network.flow.streams; j++) {
        const BookStream *s = &r->network.stream[j];
        if (s->kind != kind || (road ? s->road : s->node) != number) continue;
        r->pick[have] = (uint32_t)j;
        r->weight[have++] = weight;
    }
    return have;
}

static FlowSum sum_of(const Reconciling *r, size_t count) {
    FlowSum sum;
    flow_dense_sum(&r->dense, r->pick, r->weight, count, &sum);
    return sum;
}

typedef struct Ranked {
    size_t number;
    double z;
} Ranked;

// Largest first: of what is left when all that was found is explained.
static int by_z(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    if (fabs(x->z) != fabs(y->z)) return fabs(x->z) > fabs(y->z) ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void write_road(const Reconciling *r, size_t number, JsonWriter *json) {
    const BookRoad *road = &r->network.road[number];
    size_t k = r->network.nodes + number;
    uint32_t from = facility_row(r, road->from), to = facility_row(r, road->to);
    if ((from != ROW_NONE && !look_sees_facility(r->look, from)) ||
        (to != ROW_NONE && !look_sees_facility(r->look, to)))
        return;
    FlowSum sent = sum_of(r, streams_of(r, 0, STREAM_SENT, true, (uint32_t)number, 1.0));
    FlowSum got = sum_of(r, streams_of(r, 0, STREAM_RECEIVED, true, (uint32_t)number, 1.0));
    size_t count = streams_of(r, 0, STREAM_SENT, true, (uint32_t)number, 1.0);
    FlowSum lost = sum_of(r, streams_of(r, count, STREAM_RECEIVED, true, (uint32_t)number, -1.0));
    double u = lost.measured_sigma, information = r->result.information[k];
    json_object_begin(json);
    named_text_or_null(json, "from", facility_id(r->look->book, from));
    named_text_or_null(json, "to", facility_id(r->look->book, to));
    json_named_u64(json, "receipts", road->receipts);
    named_kg_signed(json, "sent_kg", sent.measured);
    named_kg(json, "sent_u_kg", sent.measured_sigma);
    named_kg_signed(json, "received_kg", got.measured);
    named_kg(json, "received_u_kg", got.measured_sigma);
    named_kg_signed(json, "reconciled_kg", sent.reconciled);
    named_kg(json, "u_kg", sent.sigma);
    named_kg_signed(json, "lost_kg", lost.measured);
    named_kg(json, "lost_u_kg", u);
    json_named_double(json, "lost_z", within(lost.measured / u));
    json_named_double(json, "z", within(r->result.multiplier[k] / sqrt(information)));
    json_named_double(json, "z_left", within(r->gross.z_left[k]));
    json_named_double(json, "sent_z", within(sent.z));
    json_named_double(json, "received_z", within(got.z));
    json_object_end(json);
}

static void write_node(const Reconciling *r, size_t k, JsonWriter *json) {
    const BookNode *node = &r->network.node[k];
    const BookFacility *f = &r->balances->facility[node->place];
    if (!look_sees_facility(r->look, f->row)) return;
    size_t c = 0;
    while (f->component[c] != r->component)
        c++;
    const BalancePeriod *period = &f->balance.component[c].period[node->period];
    FlowSum got = sum_of(r, streams_of(r, 0, STREAM_RECEIVED, false, (uint32_t)k, 1.0));
    FlowSum sent = sum_of(r, streams_of(r, 0, STREAM_SENT, false, (uint32_t)k, 1.0));
    FlowSum kept = sum_of(r, streams_of(r, 0, STREAM_KEPT, false, (uint32_t)k, 1.0));
    double information = r->result.information[k];
    json_object_begin(json);
    json_named_string(json, "facility", facility_id(r->look->book, f->row));
    named_month(json, "from", node->from);
    named_month(json, "to", node->to);
    named_kg_signed(json, "received_kg", got.measured);
    named_kg_signed(json, "received_reconciled_kg", got.reconciled);
    named_kg(json, "received_u_kg", got.sigma);
    named_kg_signed(json, "sent_kg", sent.measured);
    named_kg_signed(json, "sent_reconciled_kg", sent.reconciled);
    named_kg(json, "sent_u_kg", sent.sigma);
    named_kg_signed(json, "kept_kg", kept.measured);
    named_kg(json, "kept_u_kg", kept.measured_sigma);
    named_kg_signed(json, "kept_reconciled_kg", kept.reconciled);
    named_kg(json, "kept_reconciled_u_kg", kept.sigma);
    named_kg_signed(json, "muf_kg", period->muf);
    named_kg(json, "muf_u_kg", period->sigma);
    json_named_double(json, "muf_z", within(period->muf / period->sigma));
    named_kg_signed(json, "unaccounted_kg", within(r->result.multiplier[k] / information));
    named_kg(json, "unaccounted_u_kg", within(1.0 / sqrt(information)));
    json_named_double(json, "z", within(r->result.multiplier[k] / sqrt(information)));
    json_named_double(json, "z_left", within(r->gross.z_left[k]));
    json_object_end(json);
}

static bool write_ranked(const Reconciling *r, bool roads, JsonWriter *json, Status *status) {
    size_t first = roads ? r->network.nodes : 0,
           count = roads ? r->network.roads : r->network.nodes;
    Ranked *ranked = arena_take_zero(&r->look->arena, count + 1, sizeof *ranked);
    if (!ranked) return status_no_memory(status);
    for (size_t i = 0; i < count; i++)
        ranked[i] = (Ranked){
            i, within(r->result.multiplier[first + i] / sqrt(r->result.information[first + i]))};
    qsort(ranked, count, sizeof *ranked, by_z);
    named_begin_array(json, roads ? "roads" : "nodes");
    for (size_t i = 0; i < count; i++)
        if (roads)
            write_road(r, ranked[i].number, json);
        else
            write_node(r, ranked[i].number, json);
    json_array_end(json);
    return true;
}

// What facilities kept that have no balance of the component: not measured, and told by others.
static void write_observable(const Reconciling *r, JsonWriter *json) {
    const BookNetwork *n = &r->network;
    named_begin_array(json, "observable");
    for (uint32_t place = 0; place < r->places; place++) {
        const BookFacility *f = &r->balances->facility[place];
        size_t count = 0;
        bool has_node = false;
        for (size_t k = 0; k < n->nodes; k++)
            has_node |= n->node[k].place == place;
        for (uint32_t i = 0; !has_node && i < n->roads; i++) {
            if (n->road[i].to == place) count = streams_of(r, count, STREAM_RECEIVED, true, i, 1.0);
            if (n->road[i].from == place) count = streams_of(r, count, STREAM_SENT, true, i, -1.0);
        }
        if (count == 0 || !look_sees_facility(r->look, f->row)) continue;
        FlowSum kept = sum_of(r, count);
        json_object_begin(json);
        json_named_string(json, "facility", facility_id(r->look->book, f->row));
        named_kg_signed(json, "kept_kg", kept.reconciled);
        named_kg(json, "u_kg", kept.sigma);
        json_object_end(json);
    }
    json_array_end(json);
}

static bool write_all(const Reconciling *r, const CrossingsAsked *asked, JsonWriter *json,
                      Status *status) {
    const BookNetwork *n = &r->network;
    Month none = month_of_day(r->look->today);
    bool any = n->from <= n->to;
    answer_begin(r->look, json);
    json_named_words(json, "component", component_symbol(r->component));
    named_month(json, "from", any ? n->from : asked->months.from ? asked->months.from : none);
    named_month(json, "to", any ? n->to : asked->months.to ? asked->months.to : none);
    json_named_u64(json, "recorded_until", r->look->before - 1);
    json_named_words(json, "why_not", any ? NULL : "nothing balances");
    if (r->look->view->all) {
        double df = (double)r->result.df, left = (double)r->gross.df;
        json_named_u64(json, "balances", r->result.df);
        json_named_u64(json, "streams", n->flow.streams);
        json_named_u64(json, "shared_errors", n->flow.instruments);
        json_named_double(json, "chi2", within(r->result.chi2));
        json_named_double(json, "p_value", df > 0 ? chi2_upper(r->result.chi2, df) : 1.0);
        json_named_double(json, "chi2_left", within(r->gross.chi2));
        json_named_double(json, "p_left", left > 0 ? chi2_upper(r->gross.chi2, left) : 1.0);
        json_named_u64(json, "suspects", r->suspects.count);
        json_named_double(json, "limit_z", within(sqrt(r->gross.limit)));
        json_named_double(json, "false_alarm_rate", GROSS_ALPHA);
    }
    named_begin_array(json, "found");
    for (size_t i = 0; i < r->gross.count; i++)
        write_gross(r, &r->gross.found[i], json);
    json_array_end(json);
    if (!write_ranked(r, true, json, status) || !write_ranked(r, false, json, status)) return false;
    write_observable(r, json);
    json_object_end(json);
    return true;
}

static bool reconcile(Reconciling *r, const CrossingsAsked *asked, Buffer *out, Status *status) {
    if (!crossings_component(&r->balances->crossings, asked->component, "reconciled", &r->component,
                             &r->components, status))
        return false;
    r->places = r->balances->count;
    if (!book_network_read(r->balances, (unsigned)r->component, asked->months.from,
                           asked->months.to, &r->arena, &r->network, status))
        return false;
    if (r->network.flow.nodes > FLOW_DENSE_NODES_MAX)
        return status_set(status, STATUS_LIMIT, "%zu balances are more than %d",
                          r->network.flow.nodes, FLOW_DENSE_NODES_MAX) ||
               status_hint(status, "ask for fewer months: --from and --to");
    r->pick = arena_take_zero(&r->arena, r->network.flow.streams + 1, sizeof *r->pick);
    r->weight = arena_take_zero(&r->arena, r->network.flow.streams + 1, sizeof *r->weight);
    if (!r->pick || !r->weight) return status_no_memory(status);
    if (!flow_dense_reconcile(&r->network.flow, &r->arena, &r->dense, &r->result, status))
        return false;
    if (!list_suspects(r, status) ||
        !flow_gross_find(&r->dense, &r->suspects, GROSS_ALPHA / r->components, SIGMA_MARGIN,
                         GROSS_MOST, &r->arena, &r->gross, status) ||
        !look_resume(r->look, status))
        return false;
    JsonWriter writer = json_writer(out);
    return write_all(r, asked, &writer, status);
}

static bool write_reconcile(Look *look, const void *context, Buffer *out, Status *status) {
    const CrossingsAsked *asked = context;
    if (!crossings_months_check(asked, status)) return false;
    Analysis *analysis;
    if (!analysis_take(look, &analysis, status)) return false;
    Reconciling r = {.look = look,
                     .balances = &analysis->balances,
                     .groups = intern_count(look->book->group_keys)};
    look_pause(look);
    arena_init(&r.arena, RECONCILE_ARENA_MAX);
    bool well = reconcile(&r, asked, out, status);
    if (!look->open) (void)!look_resume(look, NULL);
    arena_done(&r.arena);
    analysis_give(look->access, analysis);
    return well;
}

bool access_reconcile(Access *access, const View *view, Text component, Months months, Buffer *out,
                      Status *status) {
    CrossingsAsked asked = {component, months};
    return look_answer(access, view, write_reconcile, &asked, out, status);
}
