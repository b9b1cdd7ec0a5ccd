// How fast a book is read: pages of lists, traces up and down, totals, each asked through access/
// as a person would, on a book that is open. Prints medians in microseconds of processor time, and
// how much each looked at.
//     bench/reads BOOK.ytb [TRIES [DIR]]     with DIR, the genealogy goes there for the peers
//     (bench/peers), and it ends after the bars of P7; with `-` it does so and writes nothing
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access/index.h"
#include "access/lots.h"
#include "access/movements.h"
#include "access/records.h"
#include "access/trace.h"
#include "book/state.h"
#include "codec/json.h"
#include "keeper/read.h"
#include "origin/from_book_lineage.h"

enum { TRIES_MAX = 1000 };

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (double)at.tv_sec * 1e6 + (double)at.tv_nsec * 1e-3;
}

static void give_up(const Status *status) {
    fprintf(stderr, "bench/reads: %s %s\n", status->message, status->where);
    exit(1);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static Keeper *keeper;
static Access *door;
static View view;
static Buffer out;
static int tries = 25;

// Lots whose trace is asked: some of each stage, from the newest down.
typedef struct Sample {
    uint32_t lots[TRIES_MAX];
    int count;
} Sample;

static uint64_t member(const char *name) {
    Json json;
    json_init(&json, 1u << 24);
    Status status;
    uint64_t value = 0;
    if (json_read(&json, buffer_view(&out), &status)) {
        uint32_t token = json_member(&json, 0, text_of(name));
        if (token != JSON_NONE) value = strtoull(json_bytes(&json, token).at, NULL, 10);
    }
    json_done(&json);
    return value;
}

static void trace(const char *name, const Sample *sample, bool down) {
    double times[TRIES_MAX], seen[TRIES_MAX];
    for (int i = 0; i < sample->count; i++) {
        Status status;
        status_clear(&status);
        ReadMark mark;
        const Book *book = read_begin(keeper, &mark);
        Text id = intern_text(book->lot_ids, sample->lots[i]);
        read_end(keeper);
        buffer_reset(&out);
        double start = now();
        if (!access_trace(door, &view, id, down, &out, &status)) give_up(&status);
        times[i] = now() - start;
        seen[i] = (double)member("lots_seen");
    }
    if (sample->count == 0) return;
    qsort(times, (size_t)sample->count, sizeof *times, by_size);
    qsort(seen, (size_t)sample->count, sizeof *seen, by_size);
    printf("%-34s %10.1f us   (largest %.0f; lots seen %.0f, at most %.0f)\n", name,
           times[sample->count / 2], times[sample->count - 1], seen[sample->count / 2],
           seen[sample->count - 1]);
}

static Sample lots_of(unsigned stage, bool newest) {
    ReadMark mark;
    const Book *book = read_begin(keeper, &mark);
    Sample sample = {.count = 0};
    uint32_t count = book_count(book, TABLE_LOT);
    for (uint32_t i = 0; i < count && sample.count < tries; i++) {
        uint32_t row = newest ? count - 1 - i : i;
        const Lot *lot = lot_at(book, row);
        if (lot->material != ROW_NONE && material_at(book, lot->material)->stage == stage)
            sample.lots[sample.count++] = row;
    }
    read_end(keeper);
    return sample;
}

// The genealogy as a table of arcs, for programs that know SQL alone: node 0 and up are lots, then
// months of pools; `share` is the part of the child's Nd that came from the parent, and `rank` says
// how many steps the longest way to an origin has. An arc that closes a way round is left out:
// peers need not solve that.
typedef struct Edge {
    uint32_t child, parent;
    double kg;
} Edge;
typedef struct Edges {
    Edge *all;
    size_t count, room;
} Edges;

static void edge(Edges *edges, uint32_t child, uint32_t parent, double kg) {
    if (edges->count == edges->room) {
        edges->room = edges->room ? edges->room * 2 : 1 << 20;
        edges->all = realloc(edges->all, edges->room * sizeof *edges->all);
        if (!edges->all) exit(1);
    }
    edges->all[edges->count++] = (Edge){child, parent, kg};
}

static double nd_of(const Book *book, const ContentRef *ref) {
    Content content;
    content_load(book, ref, &content);
    return (double)content.mg[COMPONENT_Nd] * 1e-6;
}

static void edges_read(const Book *book, const Lineage *lineage, Edges *edges) {
    uint32_t lots = lineage->births.count;
    for (uint32_t l = 0; l < lots; l++) {
        const Birth *birth = birth_at(lineage, l);
        if (birth->descent == DESCENT_LOT) edge(edges, l, birth->from, 1);
        if (birth->descent == DESCENT_MONTH) edge(edges, l, lots + birth->from, 1);
        if (birth->descent != DESCENT_OPERATION) continue;
        const OperationRow *operation = operation_at(book, birth->from);
        for (uint32_t f = 0; f < operation->flow_count; f++) {
            const FlowRow *flow = flow_at(book, operation->first_flow + f);
            if (flow->role == FLOW_IN && flow->lot != l)
                edge(edges, l, flow->lot, nd_of(book, &flow->content));
        }
    }
    for (uint32_t p = 0; p < lineage->pools; p++)
        for (uint32_t m = 0; m < lineage->pool[p].count; m++) {
            const PoolMonth *month = &lineage->pool[p].months[m];
            double before = (double)lineage->pool[p].opened[COMPONENT_Nd] * 1e-6;
            for (uint32_t k = 0; k < m; k++)
                before += (double)lineage->pool[p].months[k].change[COMPONENT_Nd] * 1e-6;
            if (m > 0 && before > 0) edge(edges, lots + month->id, lots + month[-1].id, before);
            for (uint32_t i = 0; i < month->count; i++) {
                const OperationRow *operation = operation_at(book, month->operations[i]);
                for (uint32_t f = 0; operation->kind == EVENT_CHARGE && f < operation->flow_count;
                     f++) {
                    const FlowRow *flow = flow_at(book, operation->first_flow + f);
                    if (flow->role == FLOW_IN)
                        edge(edges, lots + month->id, flow->lot, nd_of(book, &flow->content));
                }
            }
        }
}

// Ranks by taking nodes away whose parents are all ranked; where a way round stops that, the newest
// month that waits goes first, and its unranked arcs are dropped.
static uint32_t *edges_rank(const Edges *edges, uint32_t nodes, uint32_t lots, uint8_t *dropped) {
    uint32_t *rank = calloc(nodes, sizeof *rank), *waits = calloc(nodes, sizeof *waits),
             *first = calloc((size_t)nodes + 2, sizeof *first),
             *queue = calloc(nodes, sizeof *queue),
             *by_parent = calloc(edges->count + 1, sizeof *by_parent);
    uint8_t *done = calloc(nodes, 1);
    if (!rank || !waits || !first || !queue || !by_parent || !done) exit(1);
    for (size_t e = 0; e < edges->count; e++) {
        waits[edges->all[e].child]++;
        first[edges->all[e].parent + 2]++;
    }
    for (uint32_t n = 0; n < nodes; n++)
        first[n + 2] += first[n + 1];
    for (size_t e = 0; e < edges->count; e++)
        by_parent[first[edges->all[e].parent + 1]++] = (uint32_t)e;
    uint32_t head = 0, tail = 0;
    for (uint32_t n = 0; n < nodes; n++)
        if (!waits[n]) queue[tail++] = n;
    for (uint32_t month = lots; tail < nodes || head < tail;) {
        if (head == tail) {
            while (month < nodes && (done[month] || !waits[month]))
                month++;
            if (month == nodes) break;
            for (size_t e = 0; e < edges->count; e++)
                if (edges->all[e].child == month && !done[edges->all[e].parent]) dropped[e] = 1;
            waits[month] = 0;
            queue[tail++] = month;
        }
        uint32_t n = queue[head++];
        done[n] = 1;
        for (uint32_t i = first[n]; i < first[n + 1]; i++) {
            uint32_t e = by_parent[i], child = edges->all[e].child;
            if (dropped[e]) continue;
            if (rank[child] <= rank[n]) rank[child] = rank[n] + 1;
            if (--waits[child] == 0) queue[tail++] = child;
        }
    }
    free(waits);
    free(first);
    free(queue);
    free(by_parent);
    free(done);
    return rank;
}

static FILE *file_for(const char *dir, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static void edges_write(const char *dir) {
    const Lineage *lineage = door->lineage; // nobody else is here
    ReadMark mark;
    const Book *book = read_begin(keeper, &mark);
    Edges edges = {0};
    edges_read(book, lineage, &edges);
    read_end(keeper);
    uint32_t lots = lineage->births.count, nodes = lots + lineage->months.count;
    double *sum = calloc(nodes, sizeof *sum);
    uint32_t *arcs = calloc(nodes, sizeof *arcs);
    uint8_t *dropped = calloc(edges.count + 1, 1);
    if (!sum || !arcs || !dropped) exit(1);
    uint32_t *rank = edges_rank(&edges, nodes, lots, dropped);
    for (size_t e = 0; e < edges.count; e++) {
        sum[edges.all[e].child] += edges.all[e].kg;
        arcs[edges.all[e].child]++;
    }
    FILE *file = file_for(dir, "edges.csv");
    for (size_t e = 0; e < edges.count; e++) {
        const Edge *at = &edges.all[e];
        if (dropped[e]) continue;
        double share = sum[at->child] > 0 ? at->kg / sum[at->child] : 1.0 / arcs[at->child];
        if (share > 0) fprintf(file, "%u,%u,%.17g\n", at->child, at->parent, share);
    }
    fclose(file);
    file = file_for(dir, "nodes.csv");
    for (uint32_t n = 0; n < nodes; n++)
        fprintf(file, "%u,%u\n", n, rank[n]);
    fclose(file);
    printf("peers get %zu arcs between %u lots and %u months of pools\n", edges.count, lots,
           lineage->months.count);
    free(edges.all);
    free(sum);
    free(arcs);
    free(dropped);
    free(rank);
}

// The lots of P7: some whose way is short, and the newest whose way is the longest.
static void trace_bars(const char *dir) {
    Sample shallow = {.count = 0}, deep = {.count = 0};
    uint64_t most = 0;
    ReadMark mark;
    const Book *book = read_begin(keeper, &mark);
    uint32_t count = book_count(book, TABLE_LOT);
    read_end(keeper);
    for (uint32_t i = 0; i < 400 && shallow.count < tries; i++) {
        uint32_t lot = count - 1 - (uint32_t)((uint64_t)i * 7919 % count);
        Status status;
        status_clear(&status);
        buffer_reset(&out);
        if (!access_trace(door, &view, intern_text(book->lot_ids, lot), false, &out, &status))
            give_up(&status);
        uint64_t seen = member("lots_seen");
        if (seen >= 2 && seen <= 50) shallow.lots[shallow.count++] = lot;
        if (seen > most) most = seen, deep.lots[0] = lot;
    }
    for (deep.count = 0; deep.count < (tries < 5 ? tries : 5); deep.count++)
        deep.lots[deep.count] = deep.lots[0];
    trace("P7 shallow: 2 to 50 lots upstream", &shallow, false);
    trace("P7 deep: the longest way upstream", &deep, false);
    if (!dir) return;
    edges_write(dir);
    FILE *file = file_for(dir, "roots.csv");
    for (int i = 0; i < shallow.count; i++)
        fprintf(file, "shallow,%u\n", shallow.lots[i]);
    fprintf(file, "deep,%u\n", deep.lots[0]);
    fclose(file);
}

typedef bool Ask(Status *status);
static void ask(const char *name, Ask *question) {
    double times[TRIES_MAX];
    for (int i = 0; i < tries; i++) {
        Status status;
        status_clear(&status);
        buffer_reset(&out);
        double start = now();
        if (!question(&status)) give_up(&status);
        times[i] = now() - start;
    }
    qsort(times, (size_t)tries, sizeof *times, by_size);
    printf("%-34s %10.1f us   (total %llu)\n", name, times[tries / 2],
           (unsigned long long)member("total"));
}

static const Page page = {{"", 0}, 50};
static bool lots_all(Status *status) {
    return access_lots(door, &view, NULL, &page, &out, status);
}
static bool lots_stage(Status *status) {
    LotsAsked asked = {.stage = TEXT("magnet"), .state = TEXT("free")};
    return access_lots(door, &view, &asked, &page, &out, status);
}
static bool lots_held(Status *status) {
    LotsAsked asked = {.state = TEXT("held")};
    return access_lots(door, &view, &asked, &page, &out, status);
}
static bool records_days(Status *status) {
    RecordsAsked asked = {
        .kind = TEXT("transform"), .from = TEXT("2026-03-05"), .to = TEXT("2026-03-20")};
    return access_records(door, &view, &asked, &page, &out, status);
}
static bool postings(Status *status) {
    PostingsAsked asked = {.reason = TEXT("stocktake"), .from = TEXT("2026-03")};
    return access_postings(door, &view, &asked, &page, &out, status);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("usage: bench/reads BOOK.ytb [TRIES]\n", stderr);
        return 2;
    }
    if (argc > 2) tries = atoi(argv[2]);
    if (tries < 1 || tries > TRIES_MAX) tries = 25;
    Status status;
    status_clear(&status);
    keeper = keeper_open_reader(argv[1], NULL, &status);
    if (!keeper) give_up(&status);
    door = access_open(keeper, &status);
    if (!door) give_up(&status);
    view = view_operator(keeper);
    buffer_init(&out, (size_t)1 << 30);
    double start = now();
    if (!lots_all(&status)) give_up(&status);
    printf("%-34s %10.1f us\n", "the first question (makes the index)", now() - start);
    ask("lots, newest", lots_all);
    ask("lots, magnets that are free", lots_stage);
    ask("lots that are held", lots_held);
    ask("records of a kind in some days", records_days);
    ask("postings of a reason since March", postings);
    printf("index: %.1f bytes an event, %.1f a lot\n",
           (double)index_bytes(door->index) / (double)door->index->records,
           (double)index_bytes(door->index) / (double)door->index->lots);
    trace_bars(argc > 3 && strcmp(argv[3], "-") != 0 ? argv[3] : NULL);
    if (argc > 3) return 0;
    static const struct {
        const char *name;
        unsigned stage;
    } stages[] = {{"ore", STAGE_ORE},           {"ore product", STAGE_ORE_PRODUCT},
                  {"compound", STAGE_COMPOUND}, {"metal", STAGE_METAL},
                  {"alloy", STAGE_ALLOY},       {"magnet", STAGE_MAGNET},
                  {"article", STAGE_ARTICLE}};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        char name[64];
        Sample newest = lots_of(stages[i].stage, true), oldest = lots_of(stages[i].stage, false);
        snprintf(name, sizeof name, "up from %s", stages[i].name);
        trace(name, &newest, false);
        snprintf(name, sizeof name, "down from %s", stages[i].name);
        trace(name, &oldest, true);
    }
    access_close(door);
    keeper_close(keeper, NULL);
    buffer_done(&out);
    return 0;
}
