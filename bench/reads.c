// How fast a book is read: pages of lists, traces up and down, totals, each asked through access/ as a
// person would, on a book that is open. Prints medians in microseconds of processor time, and
// how much each looked at.
//     bench/reads BOOK.ytb [TRIES]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access/lots.h"
#include "access/movements.h"
#include "access/records.h"
#include "access/trace.h"
#include "codec/json.h"
#include "keeper/read.h"
#include "origin/from_book.h"
#include "book/state.h"

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
    static const struct {
        const char *name;
        unsigned stage;
    } stages[] = {{"ore", STAGE_ORE},       {"ore product", STAGE_ORE_PRODUCT},
                  {"compound", STAGE_COMPOUND}, {"metal", STAGE_METAL},
                  {"alloy", STAGE_ALLOY},   {"magnet", STAGE_MAGNET},
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
