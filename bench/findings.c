// From an entry to the finding: one event after the other is recorded in a book on the disk, and
// after each the findings are asked for, as a page would. Prints medians and the 99th percentile of
// wall-clock and of processor time, from the event handed in to the findings that have it.
//     bench/findings BOOK.ytb EVENTS.ndjson SKIP [EVENTS]
// EVENTS.ndjson holds the events of the industry that BOOK.ytb was recorded from; the first SKIP
// lines are in the book already.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access/findings.h"
#include "access/inside.h"
#include "base/arena.h"
#include "codec/event_lines.h"
#include "finding/memo.h"
#include "keeper/submit.h"

enum { EVENTS_MAX = 100000 };

static double at(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void give_up(const Status *status) {
    fprintf(stderr, "bench/findings: %s %s %s\n", status->message, status->where, status->hint);
    exit(1);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static Answer last;
static void answered(void *context, const Answer *answers, size_t count) {
    (void)context;
    if (count) last = answers[0];
}

static void say(const char *name, double *times, size_t count) {
    qsort(times, count, sizeof *times, by_size);
    printf("%-44s %8.1f ms, p90 %8.1f, p99 %8.1f, most %8.1f\n", name, times[count / 2],
           times[count * 9 / 10], times[count * 99 / 100], times[count - 1]);
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: bench/findings BOOK.ytb EVENTS.ndjson SKIP [EVENTS]\n");
        return 2;
    }
    size_t skip = strtoull(argv[3], NULL, 10), most = argc > 4 ? strtoull(argv[4], NULL, 10) : 200;
    if (most > EVENTS_MAX) most = EVENTS_MAX;
    Status status;
    status_clear(&status);
    Keeper *keeper = keeper_open(argv[1], NULL, &status);
    Access *access = keeper ? access_open(keeper, &status) : NULL;
    FILE *file = fopen(argv[2], "r");
    if (!access || !file) give_up(&status);
    View view = view_operator(keeper);
    Buffer out;
    Arena arena;
    buffer_init(&out, (size_t)1 << 30);
    arena_init(&arena, (size_t)1 << 28);
    double start = at(CLOCK_MONOTONIC), cpu = at(CLOCK_PROCESS_CPUTIME_ID);
    if (!access_findings_flat(access, &view, &out, &status)) give_up(&status);
    printf("the first findings: %.0f ms, of which %.0f ms of processor\n",
           at(CLOCK_MONOTONIC) - start, at(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    double *wall = calloc(most + 1, sizeof *wall), *used = calloc(most + 1, sizeof *used);
    size_t count = 0, line_number = 0, judged = 0, worked = 0;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    if (!wall || !used) return 1;
    while (count < most && (length = getline(&line, &room, file)) > 0) {
        if (line_number++ < skip) continue;
        if (line[length - 1] == '\n') length--;
        arena_reset(&arena);
        EventLine read;
        if (!event_line_read((Text){line, (size_t)length}, &arena, &read, &status))
            give_up(&status);
        char by[300];
        snprintf(by, sizeof by, "%.*s", TEXT_ARG(read.by));
        Draft draft = {read.event, text_of(by), read.recorded};
        start = at(CLOCK_MONOTONIC);
        cpu = at(CLOCK_PROCESS_CPUTIME_ID);
        if (!submit_wait(keeper, &draft, 1, SUBMIT_EACH, answered, NULL, &status)) give_up(&status);
        buffer_reset(&out);
        if (!access_findings_flat(access, &view, &out, &status)) give_up(&status);
        used[count] = at(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        wall[count++] = at(CLOCK_MONOTONIC) - start;
        size_t anew = 0, known = 0;
        if (access->memo) finding_memo_counts(access->memo, &anew, &known);
        if (used[count - 1] > 5.0) {
            judged += anew;
            worked++;
        }
    }
    if (count == 0) {
        fprintf(stderr, "bench/findings: no event is left after %zu\n", skip);
        return 1;
    }
    say("from an entry to the findings, wall clock", wall, count);
    say("of which processor", used, count);
    printf("%zu events; %zu changed what findings rest on; places judged anew after each: %.1f\n",
           count, worked, worked ? (double)judged / (double)worked : 0.0);
    access_close(access);
    if (!keeper_close(keeper, &status)) give_up(&status);
    fclose(file);
    free(line);
    free(wall);
    free(used);
    buffer_done(&out);
    arena_done(&arena);
    return 0;
}
