// Day after day, every facility of every industry, in a fixed order; and the files.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "simulate/industry.h"

static void count_standing(Industry *industry) {
    int64_t *standing = industry->sum.standing_mg;
    for (uint32_t n = 0; n < industry->complex_count; n++)
        for (int k = 0; k < FACILITY_KINDS; k++) {
            Facility *facility = &industry->complexes[n].facilities[k];
            for (int c = 0; c < COMPONENT_COUNT; c++) {
                standing[c] += facility->pool[c];
                for (int m = 0; m < MATERIAL_COUNT; m++)
                    for (uint32_t i = 0; i < facility->stock[m].count; i++)
                        standing[c] += queue_at(&facility->stock[m], i)->mg[c];
                for (uint32_t i = 0; i < facility->inbound_count; i++)
                    for (uint32_t l = 0; l < facility->inbound[i].count; l++)
                        standing[c] += facility->inbound[i].lots[l].mg[c];
            }
        }
}

static void start_clocks(Industry *industry) {
    industry->office.clock = industry->office.recorded = 0;
    industry->customs_office.clock = industry->customs_office.recorded = 0;
    for (uint32_t n = 0; n < industry->complex_count; n++)
        for (int k = 0; k < FACILITY_KINDS; k++) {
            Facility *facility = &industry->complexes[n].facilities[k];
            facility->clock = facility->recorded = 0;
        }
}

static void run_day(Industry *industry, int months) {
    enum { CLOSE_DAY = 5, RETURN_DAY = 8 };
    int year, month, day;
    day_split(industry->today, &year, &month, &day);
    Month now = month_of_day(industry->today);
    bool works = industry->today <= industry->end,
         first = industry->today == month_first_day(SIMULATE_FIRST_MONTH);
    start_clocks(industry);
    if (first) write_registry(industry);
    if (works && month == 1 && day == 2) write_plans(industry, year, 1);
    if (works && month == 7 && day == 1) write_plans(industry, year, 2);
    if (works && month == 11 && day == 16) write_plans(industry, year, 3);
    if (works) cheats_day(industry);
    bool month_ends = works && industry->today == month_last_day(now);
    bool after_first = now > SIMULATE_FIRST_MONTH && now <= SIMULATE_FIRST_MONTH + (Month)months;
    for (uint32_t n = 0; n < industry->complex_count && !industry->failed; n++)
        for (int k = 0; k < FACILITY_KINDS; k++) {
            Facility *facility = &industry->complexes[n].facilities[k];
            // New Year's Day is a holiday, and before the plan nothing may be made.
            if (works && !(month == 1 && day == 1)) facility_day(industry, facility);
            if (after_first && day == CLOSE_DAY) facility_close(industry, facility, now - 1);
            if (after_first && day == RETURN_DAY) facility_return(industry, facility, now - 1);
            if (month_ends) {
                facility_month_end(industry, facility);
                facility_month_turns(industry, facility, now);
            }
        }
    day_flush(industry);
}

static bool check(const SimulateOptions *options, Status *status) {
    if (options->scale < SIMULATE_SCALE_MIN || options->scale > SIMULATE_SCALE_MAX) {
        status_set(status, STATUS_INVALID, "a scale of %u.%02u cannot be simulated",
                   options->scale / 100, options->scale % 100);
        return status_hint(status, "from 0.1 to %d: 1 is an industry of about sixty facilities",
                           SIMULATE_SCALE_MAX / SIMULATE_SCALE_ONE);
    }
    if (options->months < 1 || options->months > SIMULATE_MONTHS_MAX) {
        status_set(status, STATUS_INVALID, "%d months cannot be simulated", options->months);
        return status_hint(status, "from 1 to %d months", SIMULATE_MONTHS_MAX);
    }
    if (options->cheat_count > SIMULATE_CHEATS_MAX)
        return status_set(status, STATUS_LIMIT, "more than %d cheats", SIMULATE_CHEATS_MAX);
    return true;
}

bool simulate_run(const SimulateOptions *options, const SimulateSink *sink,
                  SimulateProgress *progress, void *context, SimulateSummary *summary,
                  Status *status) {
    if (!check(options, status)) return false;
    Industry *industry = memory_new_zero(1, sizeof *industry);
    if (!industry) return status_no_memory(status);
    industry->options = options;
    industry->sink = sink;
    industry->status = status;
    Month last = SIMULATE_FIRST_MONTH + (Month)options->months - 1;
    industry->today = month_first_day(SIMULATE_FIRST_MONTH);
    industry->end = month_last_day(last);
    bool good = industry_build(industry) && cheats_begin(industry);
    if (good) {
        write_genesis(industry);
        write_table_headers(industry);
    }
    // The last month is closed and declared in the first days of the next.
    Day stop = industry->end + 10;
    for (; good && industry->today <= stop && !industry->failed; industry->today++) {
        Month month = month_of_day(industry->today);
        run_day(industry, options->months);
        if (progress && month <= last && industry->today == month_last_day(month))
            progress(context, (int)(month - SIMULATE_FIRST_MONTH) + 1, options->months,
                     industry->sum.events);
    }
    // And what was put off beyond that.
    for (; good && industry->later_count && !industry->failed; industry->today++)
        day_flush(industry);
    if (good) {
        sink_append(industry, "events.ndjson", industry->text.bytes, industry->text.length);
        cheats_write(industry);
        count_standing(industry);
    }
    good = good && !industry->failed;
    if (good && summary) *summary = industry->sum;
    industry_done(industry);
    memory_free(industry);
    return good;
}

// --- into a directory

typedef struct Directory {
    const char *path;
    int events;
} Directory;

static bool all_written(int file, const char *bytes, size_t length) {
    while (length) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static bool append_file(void *context, const char *name, const void *bytes, size_t length,
                        Status *status) {
    Directory *directory = context;
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/%s", directory->path, name);
    if (size < 0 || (size_t)size >= sizeof path)
        return status_set(status, STATUS_INVALID, "the path of \"%s\" is too long", name);
    bool is_events = !strcmp(name, "events.ndjson"); // written all the time: stays open
    int file =
        is_events ? directory->events : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    bool good = file >= 0 && all_written(file, bytes, length);
    int error = errno;
    if (!is_events && file >= 0 && close(file) != 0 && good) {
        good = false;
        error = errno;
    }
    if (!good)
        return status_set(status, error == ENOSPC ? STATUS_NO_SPACE : STATUS_IO,
                          "could not write \"%s\": %s", path, strerror(error));
    return true;
}

static bool make_directory(const char *path, Status *status) {
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return true;
    return status_set(status, STATUS_IO, "could not make directory \"%s\": %s", path,
                      strerror(errno));
}

bool simulate_write(const SimulateOptions *options, const char *out, SimulateProgress *progress,
                    void *context, SimulateSummary *summary, Status *status) {
    char path[4096];
    Directory directory = {.path = out, .events = -1};
    if (!check(options, status)) return false;
    int size = snprintf(path, sizeof path, "%s/returns", out);
    if (size < 0 || (size_t)size >= sizeof path - 16)
        return status_set(status, STATUS_INVALID, "the path \"%.200s\" is too long", out);
    if (!make_directory(out, status) || !make_directory(path, status)) return false;
    snprintf(path, sizeof path, "%s/events.ndjson", out);
    directory.events = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (directory.events < 0) {
        status_set(status, errno == EEXIST ? STATUS_CONFLICT : STATUS_IO,
                   "could not make \"%s\": %s", path, strerror(errno));
        return errno == EEXIST
                   ? status_hint(status, "choose a new directory, or remove the old simulation")
                   : false;
    }
    const SimulateSink sink = {append_file, &directory};
    bool good = simulate_run(options, &sink, progress, context, summary, status);
    if (close(directory.events) != 0 && good)
        good = status_set(status, STATUS_IO, "could not write \"%s\": %s", path, strerror(errno));
    if (!good) unlink(path); // so that the same command can be given again, mended
    return good;
}
