// The command `record`: into a book of this process, through the one that serves it, or into a
// copy.
#include <stdio.h>
#include <string.h>

#include "book/book.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "cli/local.h"
#include "cli/record.h"
#include "codec/event_lines.h"

static void put(void *context, Text answers) {
    (void)context;
    progress_end();
    out_text(answers);
    fflush(stdout);
}

static bool record_here(Keeper *keeper, const char *path, const RecordAsked *asked,
                        RecordCounts *counts, Status *status) {
    LineReader lines;
    if (!lines_open(&lines, path, LINE_BYTES_MAX, status)) return false;
    bool well = record_lines(keeper, &lines, asked, put, NULL, counts, status);
    lines_close(&lines);
    return well;
}

// Each file goes through a connection of its own: a batch that must be whole is a file.
static bool record_there(const char *book, const char *path, const RecordAsked *asked,
                         RecordCounts *counts, Status *status) {
    LineReader lines;
    if (!lines_open(&lines, path, LINE_BYTES_MAX, status)) return false;
    int connection = local_connect(book);
    bool well =
        connection >= 0
            ? local_record(connection, lines.file, lines.path, asked, put, NULL, counts, status)
            : status_set(status, STATUS_BUSY, "whoever serves the book went away");
    lines_close(&lines);
    return well;
}

static int record_copy(Replay *replay) {
    Status status;
    status_clear(&status);
    LinesCount count = {0};
    int code = EXIT_WELL;
    for (size_t i = 0; i < word_count() && code == EXIT_WELL; i++)
        if (!lines_replay(replay, word_at(i), "copying, bytes", &count, &status))
            code = complain(&status);
    progress_end();
    status_clear(&status);
    if (!replay_close(replay, &status)) code = complain(&status);
    if (code == EXIT_WELL)
        out_format("%llu records copied%s\n", (unsigned long long)count.records,
                   count.checkpoint ? "; their root is the checkpoint's"
                                    : "; no checkpoint came with them yet");
    return code;
}

static void sum_up(const RecordCounts *counts, bool dry) {
    const uint64_t *verdicts = counts->verdicts;
    out_format("%llu accepted, %llu flagged, %llu held, %llu refused",
               (unsigned long long)verdicts[VERDICT_ACCEPTED],
               (unsigned long long)verdicts[VERDICT_FLAGGED],
               (unsigned long long)verdicts[VERDICT_HELD],
               (unsigned long long)verdicts[VERDICT_REFUSED]);
    if (verdicts[VERDICT_NONE])
        out_format(", %llu not decided", (unsigned long long)verdicts[VERDICT_NONE]);
    if (counts->repeated)
        out_format(" (%llu stood there before)", (unsigned long long)counts->repeated);
    out_format("%s\n", dry ? " (nothing was recorded)" : "");
}

COMMAND(record) {
    const char *name = option_db();
    if (word_count() == 0) return usage_error("which file? Name one, or - for standard input");
    Status status;
    status_clear(&status);
    RecordAsked asked = {.per_event = option_given("per-event"),
                         .dry = option_given("dry-run"),
                         .json = option_json(),
                         .quiet = option_given("quiet")};
    Replay *replay = replay_open(name, &status);
    if (replay) return record_copy(replay);
    Keeper *keeper = NULL;
    bool served = false;
    if (status.code != STATUS_DENIED && status.code != STATUS_BUSY) return complain(&status);
    if (status.code == STATUS_DENIED) {
        status_clear(&status);
        keeper = keeper_open(name, NULL, &status);
    }
    if (!keeper && status.code == STATUS_BUSY) served = local_is_served(name);
    if (!keeper && !served) return complain(&status);
    RecordCounts counts = {0};
    int code = EXIT_WELL;
    for (size_t i = 0; i < word_count() && code == EXIT_WELL; i++) {
        status_clear(&status);
        bool well = keeper ? record_here(keeper, word_at(i), &asked, &counts, &status)
                           : record_there(name, word_at(i), &asked, &counts, &status);
        if (!well) code = complain(&status);
    }
    progress_end();
    status_clear(&status);
    if (keeper && !keeper_close(keeper, &status)) code = complain(&status);
    if (!asked.json) sum_up(&counts, asked.dry);
    if (counts.verdicts[VERDICT_REFUSED] || counts.verdicts[VERDICT_NONE]) code = EXIT_FAILED;
    return code;
}
