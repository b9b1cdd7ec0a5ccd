// Backups, and what is made of them.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/lines.h"
#include "cli/verify_file.h"
#include "keeper/backup.h"

// ---- backup ----

typedef struct Output {
    FILE *file;
    const char *path;
} Output;

static bool put(void *context, Text bytes, Status *status) {
    Output *output = context;
    if (fwrite(bytes.at, 1, bytes.length, output->file) == bytes.length) return true;
    return status_set(status, errno == ENOSPC ? STATUS_NO_SPACE : STATUS_IO,
                      "could not write \"%s\": %s", output->path, strerror(errno));
}

static void progress(void *context, uint64_t done, uint64_t of) {
    (void)context;
    progress_show("backing up, records", done, of);
}

// Written beside its name and renamed when it is whole and on the disk: what stands under the name
// is a whole backup, the older one until then.
COMMAND(backup) {
    if (word_count() != 1) return usage_error("where to? Name a file, or - for standard output");
    Status status;
    status_clear(&status);
    const char *path = word_at(0);
    bool piped = strcmp(path, "-") == 0;
    char beside[4096];
    int length = snprintf(beside, sizeof beside, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof beside) return usage_error("the name is too long");
    const char *book = option_db();
    Output output = {piped ? stdout : fopen(beside, "wb"), piped ? "standard output" : beside};
    if (!output.file) {
        status_set(&status, STATUS_IO, "could not write \"%s\": %s", beside, strerror(errno));
        return complain(&status);
    }
    BackupReport report;
    bool well = backup_write(book, put, progress, &output, &report, &status);
    if (well && (fflush(output.file) != 0 || (!piped && fsync(fileno(output.file)) != 0)))
        well = status_set(&status, STATUS_IO, "could not write \"%s\": %s", output.path,
                          strerror(errno));
    if (!piped) {
        if (fclose(output.file) != 0 && well)
            well = status_set(&status, STATUS_IO, "could not write \"%s\": %s", beside,
                              strerror(errno));
        if (well && rename(beside, path) != 0)
            well =
                status_set(&status, STATUS_IO, "could not write \"%s\": %s", path, strerror(errno));
        if (!well) unlink(beside);
    }
    if (!well) return complain(&status);
    progress_end();
    if (piped) return EXIT_WELL;
    out_format("%s: %llu records and %llu sealed parts of %s, under its signed checkpoint\n", path,
               (unsigned long long)report.records, (unsigned long long)report.parts, book);
    out_format("the log key is not in it: keep %s.key apart\n", book);
    return EXIT_WELL;
}

// ---- restore ----

// Takes away what a failed restoring made: nothing of it was there before, save perhaps the key.
static void remove_made(const char *name, bool with_key) {
    static const char *const endings[] = {"", "-wal", "-shm", ".lock", ".checkpoint", ".key"};
    size_t count = sizeof endings / sizeof *endings;
    for (size_t i = 0; i < count - !with_key; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s%s", name, endings[i]);
        unlink(path);
    }
}

static bool restore(Replay *replay, const char *path, LinesCount *count, Status *status) {
    Buffer from;
    buffer_init(&from, VERIFY_FROM_BYTES_MAX);
    const char *newest = option_value("from"), *key = option_value("key");
    bool well = (!newest || verify_from_read(newest, &from, status)) &&
                lines_replay(replay, path, "restoring, bytes", count, status) &&
                (!newest || replay_follows(replay, buffer_view(&from), status)) &&
                (!key || replay_key(replay, key, status)) && replay_adopt(replay, status);
    buffer_done(&from);
    return well;
}

COMMAND(restore) {
    if (word_count() != 1)
        return usage_error("from which backup? Name a file, or - for standard "
                           "input");
    Status status;
    status_clear(&status);
    const char *name = option_db(), *path = word_at(0);
    char key[4200];
    snprintf(key, sizeof key, "%s.key", name);
    // A key that lies there already waits for its book.
    bool key_waits = access(key, F_OK) == 0;
    if (key_waits && option_given("key"))
        return usage_error("there is a key beside the book already: \"%s\"", key);
    if (!replay_create(name, &status)) return complain(&status);
    Replay *replay = replay_open(name, &status);
    LinesCount count = {0};
    bool well = replay && restore(replay, path, &count, &status);
    Status closing;
    status_clear(&closing);
    if (!replay_close(replay, &closing) && well) {
        well = false;
        status = closing;
    }
    if (!well) {
        remove_made(name, !key_waits);
        return complain(&status);
    }
    progress_end();
    out_format("%s: %llu records and %llu sealed parts; their root is the checkpoint's\n", name,
               (unsigned long long)count.records, (unsigned long long)count.parts);
    if (!key_waits && !option_given("key"))
        out_format("it can be read; to write to it, put its log key beside it as %s\n", key);
    if (!option_given("from"))
        out_format("before it is written to: if a newer checkpoint was signed, \"ytterby verify "
                   "--from\" it, or the log is forked\n");
    return EXIT_WELL;
}
