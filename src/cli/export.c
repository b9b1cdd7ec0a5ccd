#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "access/tables.h"
#include "cli/command.h"
#include "keeper/export.h"
#include "keeper/export_ledger.h"
#include "keeper/salvage.h"

typedef struct Output {
    FILE *file;
    const char *path;
} Output;

static bool put(void *context, Text bytes, Status *status) {
    Output *output = context;
    if (fwrite(bytes.at, 1, bytes.length, output->file) == bytes.length) return true;
    if (errno == EPIPE && output->file == stdout)
        exit(EXIT_FAILED); // whoever read it has seen enough
    return status_set(status, errno == ENOSPC ? STATUS_NO_SPACE : STATUS_IO,
                      "could not write \"%s\": %s", output->path, strerror(errno));
}

static void progress(void *context, uint64_t done, uint64_t of) {
    (void)context;
    progress_show("exporting, records", done, of);
}

static bool export_lines(Output *output, uint64_t from, Status *status) {
    Keeper *keeper = keeper_open_reader(option_db(), NULL, status);
    if (!keeper) return false;
    bool well = export_log(keeper, from, put, output, status);
    return keeper_close(keeper, well ? status : NULL) && well;
}

static void tell_lost(void *context, uint64_t first, uint64_t last, const Status *why) {
    (void)context;
    fprintf(stderr, "record %llu", (unsigned long long)first);
    if (last > first) fprintf(stderr, " to %llu", (unsigned long long)last);
    fprintf(stderr, ": %s\n", why->message);
}

// What is whole of a damaged book. Something lost is told line by line, and is a failure.
static bool export_whole(Output *output, Status *status) {
    SalvageReport report;
    if (!salvage_log(option_db(), put, output, tell_lost, &report, status)) return false;
    if (report.lost == 0 && report.has_checkpoint) return true;
    return status_set(status, STATUS_CORRUPT,
                      "%llu records are whole, %llu are lost, and the checkpoint %s",
                      (unsigned long long)report.whole, (unsigned long long)report.lost,
                      report.has_checkpoint ? "is right" : "is missing or does not fit");
}

static bool open_output(Output *output, const char *path, Status *status) {
    *output = (Output){stdout, "standard output"};
    if (!path) return true;
    output->path = path;
    output->file = fopen(path, "wb");
    return output->file ||
           status_set(status, STATUS_IO, "could not write \"%s\": %s", path, strerror(errno));
}

static bool close_output(Output *output, bool well, Status *status) {
    if (output->file == stdout || fclose(output->file) == 0 || !well) return well;
    return status_set(status, STATUS_IO, "could not write \"%s\": %s", output->path,
                      strerror(errno));
}

static bool put_table(Access *access, const View *view, const char *table, Output *output,
                      Status *status) {
    Buffer rows;
    buffer_init(&rows, (size_t)256 << 20);
    bool well = true;
    for (uint64_t position = 0; well && position != UINT64_MAX;) {
        buffer_reset(&rows);
        well = access_table(access, view, text_of(table), &position, &rows, status) &&
               put(output, buffer_view(&rows), status);
    }
    buffer_done(&rows);
    return well;
}

// One table to a file or standard output, or all of them into a folder.
static bool export_tables(const char *table, const char *out, Status *status) {
    Keeper *keeper = keeper_open_reader(option_db(), NULL, status);
    Access *access = keeper ? access_open(keeper, status) : NULL;
    bool well = access != NULL;
    if (well && !table && mkdir(out, 0777) != 0 && errno != EEXIST)
        well = status_set(status, STATUS_IO, "could not make \"%s\": %s", out, strerror(errno));
    View view = keeper ? view_operator(keeper) : view_public();
    for (const char *const *name = access_table_names; well && *name; name++) {
        if (table && strcmp(table, *name) != 0) continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.csv", out ? out : "", *name);
        Output output;
        well = open_output(&output, table ? out : path, status);
        if (!well) break;
        well = close_output(&output, put_table(access, &view, *name, &output, status), status);
    }
    access_close(access);
    return (!keeper || keeper_close(keeper, well ? status : NULL)) && well;
}

COMMAND(export) {
    static const char *const formats[] = {"ndjson", "csv", "ledger", NULL};
    Status status;
    status_clear(&status);
    const char *format = option_value("format"), *table = option_value("table"),
               *out = option_value("out"), *book = option_db();
    int code = format ? word_known("--format", format, formats) : EXIT_WELL;
    if (code == EXIT_WELL && table) code = word_known("--table", table, access_table_names);
    if (code != EXIT_WELL) return code;
    bool ledger = format && strcmp(format, "ledger") == 0,
         csv = format && strcmp(format, "csv") == 0;
    if ((ledger || csv) && (option_given("from") || option_given("whole") || option_json()))
        return usage_error("--from, --whole and --json are for ndjson");
    if (option_given("whole") && option_given("from"))
        return usage_error("--whole begins with the first record");
    if (table && !csv) return usage_error("--table is for csv");
    if (csv && !table && !out)
        return usage_error("all tables go into a folder: say --out DIR, or --table NAME for one");
    uint64_t from = option_number("from", 0, 0, UINT64_MAX);
    bool well;
    if (csv) {
        well = export_tables(table, out, &status);
    } else {
        Output output;
        well = open_output(&output, out, &status);
        if (well) {
            well = ledger                  ? export_ledger(book, put, progress, &output, &status)
                   : option_given("whole") ? export_whole(&output, &status)
                                           : export_lines(&output, from, &status);
            well = close_output(&output, well, &status);
        }
    }
    return well ? EXIT_WELL : complain(&status);
}
