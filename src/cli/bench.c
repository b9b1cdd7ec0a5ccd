// How fast this machine keeps a book: an industry is simulated, recorded and verified, and each
// step timed.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/bench_detect.h"
#include "cli/command.h"
#include "simulate/simulate.h"

static double seconds_now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

// Runs this very program with a command, as one would at the terminal; its output is read by
// nobody.
static bool run(char *const arguments[], double *seconds, Status *status) {
    fflush(stdout);
    double start = seconds_now();
    pid_t child = fork();
    if (child < 0)
        return status_set(status, STATUS_IO, "could not start a program: %s", strerror(errno));
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout)) _exit(127);
        execv("/proc/self/exe", arguments);
        _exit(127);
    }
    int how;
    while (waitpid(child, &how, 0) < 0)
        if (errno != EINTR)
            return status_set(status, STATUS_IO, "lost a program: %s", strerror(errno));
    *seconds = seconds_now() - start;
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return true;
    return status_set(status, STATUS_IO, "\"ytterby %s\" failed", arguments[1]);
}

COMMAND(bench) {
    if (word_count() > 1) return usage_error("\"%s\" is one word too many", word_at(1));
    if (word_count() == 1) {
        static const char *const words[] = {"detect", NULL};
        const char *near = near_word(word_at(0), words);
        if (strcmp(word_at(0), "detect") == 0) return bench_detect();
        return near
                   ? usage_error("there is no bench \"%s\"; did you mean \"%s\"?", word_at(0), near)
                   : usage_error("there is no bench \"%s\": say \"detect\", or nothing",
                                 word_at(0));
    }
    Status status;
    status_clear(&status);
    char made[] = "/tmp/ytterby-bench-XXXXXX", scale[24], industry[4200], events[4300],
         genesis[4300], book[4200];
    const char *dir = option_value("dir");
    if (!dir) dir = mkdtemp(made);
    if (!dir || strlen(dir) > 4000) return usage_error("no folder to write in");
    unsigned long long hundredths =
        option_hundredths("scale", SIMULATE_SCALE_ONE, SIMULATE_SCALE_MIN, SIMULATE_SCALE_MAX);
    snprintf(scale, sizeof scale, "%llu.%02llu", hundredths / 100, hundredths % 100);
    snprintf(industry, sizeof industry, "%s/industry", dir);
    snprintf(events, sizeof events, "%s/events.ndjson", industry);
    snprintf(genesis, sizeof genesis, "%s/genesis.json", industry);
    snprintf(book, sizeof book, "%s/bench.ytb", dir);
    char *simulate[] = {"ytterby", "simulate", "--seed", "1", "--scale",
                        scale,     "--out",    industry, NULL};
    char *init[] = {"ytterby", "init", "--db", book, "--genesis", genesis, NULL};
    char *record[] = {"ytterby", "record", "--db", book, "--quiet", events, NULL};
    char *verify[] = {"ytterby", "verify", "--db", book, NULL};
    double simulated = 0, initialised = 0, recorded = 0, verified = 0;
    if (!run(simulate, &simulated, &status) || !run(init, &initialised, &status) ||
        !run(record, &recorded, &status) || !run(verify, &verified, &status))
        return complain(&status);
    // Lines of the file are events.
    uint64_t count = 0;
    struct stat facts = {0};
    FILE *file = fopen(events, "rb");
    if (!file || fstat(fileno(file), &facts) != 0) {
        status_set(&status, STATUS_IO, "could not read \"%s\": %s", events, strerror(errno));
        return complain(&status);
    }
    char block[65536];
    size_t length;
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        for (const char *at = block; (at = memchr(at, '\n', (size_t)(block + length - at))); at++)
            count++;
    fclose(file);
    double n = (double)count;
    if (option_json())
        out_format("{\"events\":%llu,\"bytes\":%llu,\"simulate_per_s\":%.0f,\"record_per_s\":%.0f,"
                   "\"verify_per_s\":%.0f,\"dir\":\"%s\"}\n",
                   (unsigned long long)count, (unsigned long long)facts.st_size, n / simulated,
                   n / recorded, n / verified, dir);
    else
        out_format("%llu events, %.0f bytes each\nsimulate %10.0f events/s\nrecord   %10.0f "
                   "events/s, checked and durable\n"
                   "verify   %10.0f events/s, every hash and the whole book again\nwhole programs, "
                   "start and end included; the files are in %s\n",
                   (unsigned long long)count, (double)facts.st_size / n, n / simulated,
                   n / recorded, n / verified, dir);
    return EXIT_WELL;
}
