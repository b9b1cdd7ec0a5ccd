// Checks a whole book; what stands in a file of its own is checked in verify_file.c.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/verify_file.h"
#include "keeper/verify.h"

typedef struct Checking {
    const char *name; // of the book
    bool forked;
    char kept[4200]; // the file that holds the evidence, empty when it could not be written
} Checking;

static void progress(void *context, uint64_t done, uint64_t of) {
    (void)context;
    progress_show("verifying, records", done, of);
}

static void difference(void *context, const VerifyDifference *at) {
    (void)context;
    progress_end();
    fprintf(stderr, "record %llu (%.*s) was %s, and would be %s today\n",
            (unsigned long long)at->seq, TEXT_ARG(at->event->id), verdict_name(at->stored),
            verdict_name(at->now));
}

// Evidence is never written over: the same evidence again is well, other evidence gets a name of
// its own.
static bool keep(const char *path, Text evidence) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0 && errno == EEXIST) {
        Buffer old;
        Status status;
        buffer_init(&old, (size_t)16 << 20);
        bool same = file_read(path, &old, &status) && text_equal(buffer_view(&old), evidence);
        buffer_done(&old);
        return same;
    }
    if (file < 0) return false;
    size_t done = 0;
    while (done < evidence.length) {
        ssize_t put = write(file, evidence.at + done, evidence.length - done);
        if (put <= 0) break;
        done += (size_t)put;
    }
    bool well = done == evidence.length && fsync(file) == 0;
    return close(file) == 0 && well;
}

static void keep_fork(void *context, const Fork *fork) {
    Checking *checking = context;
    checking->forked = true;
    progress_end();
    Buffer text;
    buffer_init(&text, (size_t)16 << 20);
    if (fork_write(fork, &text)) {
        const char *asked = option_value("evidence");
        for (int i = 1; i <= 99 && !checking->kept[0]; i++) {
            char path[sizeof checking->kept];
            if (asked)
                snprintf(path, sizeof path, "%s", asked);
            else
                snprintf(path, sizeof path, "%s.fork-%d.json", checking->name, i);
            if (keep(path, buffer_view(&text)))
                snprintf(checking->kept, sizeof checking->kept, "%s", path);
            else if (asked || errno != EEXIST)
                break;
        }
    }
    buffer_done(&text);
}

static int tell_failure(const Checking *checking, Status *status) {
    if (!checking->forked) return complain(status);
    if (checking->kept[0])
        status_hint(status, "both checkpoints are kept as evidence in \"%s\"", checking->kept);
    else
        status_hint(status, "keep both checkpoints: the evidence could not be written to a file");
    complain(status);
    return EXIT_FORK;
}

static void tell_json(const VerifyReport *report, const VerifyOptions *options, Text key) {
    char root[65], digest[65];
    hex_write(report->root.bytes, 32, root);
    hex_write(report->digest.bytes, 32, digest);
    out_format("{\"records\":%llu,\"origin\":\"%s\",\"trial\":%s,\"root\":\"%s\",\"digest\":\"%s\","
               "\"key\":\"%.*s\",\"checkpoint\":%llu",
               (unsigned long long)report->records, report->origin,
               report->is_trial ? "true" : "false", root, digest, TEXT_ARG(key),
               (unsigned long long)report->checkpoint_size);
    if (options->from.length)
        out_format(",\"follows_from\":%llu", (unsigned long long)report->from.size);
    out_format(",\"parts\":{\"there\":%llu,\"missing\":%llu,\"erased\":%llu}",
               (unsigned long long)report->parts.there, (unsigned long long)report->parts.missing,
               (unsigned long long)report->parts.erased);
    if (options->signatures)
        out_format(",\"signatures\":%llu", (unsigned long long)report->signatures);
    if (options->recheck) {
        out_format(",\"rechecked\":%llu,\"differences\":%llu,\"other_logic\":[",
                   (unsigned long long)report->rechecked, (unsigned long long)report->differences);
        for (uint32_t i = 0; i < report->other_logic_count; i++) {
            const VerifyLogic *other = &report->other_logics[i];
            out_format("%s{\"logic\":%u,\"records\":%llu,\"first\":%llu,\"last\":%llu}",
                       i ? "," : "", other->logic, (unsigned long long)other->records,
                       (unsigned long long)other->first, (unsigned long long)other->last);
        }
        out_format("]");
    }
    out_format("}\n");
}

static void tell(const char *name, const VerifyReport *report, const VerifyOptions *options,
                 Text key) {
    char root[65], digest[65];
    hex_write(report->root.bytes, 32, root);
    hex_write(report->digest.bytes, 32, digest);
    out_format("%s: %llu records of %s%s, every one in its place\n", name,
               (unsigned long long)report->records, report->origin,
               report->is_trial ? " (trial)" : "");
    out_format("root    %s\ndigest  %s\nkey     %.*s\n", root, digest, TEXT_ARG(key));
    if (report->has_checkpoint)
        out_format("the checkpoint beside it covers %llu records and fits\n",
                   (unsigned long long)report->checkpoint_size);
    if (options->from.length)
        out_format("it follows from the checkpoint of %llu records in \"%s\"\n",
                   (unsigned long long)report->from.size, option_value("from"));
    const PartsReport *parts = &report->parts;
    if (parts->there || parts->missing || parts->erased)
        out_format("sealed parts: %llu there, each as its hash says, %llu not here, %llu erased\n",
                   (unsigned long long)parts->there, (unsigned long long)parts->missing,
                   (unsigned long long)parts->erased);
    if (options->signatures)
        out_format("%llu signatures of events, every one good\n",
                   (unsigned long long)report->signatures);
    if (options->recheck)
        out_format("%llu decided again, %llu differ\n", (unsigned long long)report->rechecked,
                   (unsigned long long)report->differences);
    for (uint32_t i = 0; i < report->other_logic_count; i++) {
        const VerifyLogic *other = &report->other_logics[i];
        out_format("%llu not decided again (records %llu to %llu): logic %u decided them, and this "
                   "program decides by logic %d\n",
                   (unsigned long long)other->records, (unsigned long long)other->first,
                   (unsigned long long)other->last, other->logic, LOGIC_NUMBER);
    }
}

static int verify_a_book(const char *name, Text from) {
    Status status;
    status_clear(&status);
    Checking checking = {.name = name};
    VerifyOptions options = {.recheck = option_given("recheck"),
                             .signatures = option_given("signatures"),
                             .from = from,
                             .fork = keep_fork,
                             .difference = difference,
                             .progress = progress,
                             .context = &checking};
    VerifyReport report;
    if (!verify_book(name, &options, &report, &status)) return tell_failure(&checking, &status);
    progress_end();
    Buffer key;
    buffer_init(&key, 1 << 12);
    if (!verifier_key_write(&report.key, &key)) {
        buffer_done(&key);
        status_no_memory(&status);
        return complain(&status);
    }
    if (option_json())
        tell_json(&report, &options, buffer_view(&key));
    else
        tell(name, &report, &options, buffer_view(&key));
    buffer_done(&key);
    return report.differences ? EXIT_FAILED : EXIT_WELL;
}

COMMAND(verify) {
    if (word_count() > 1) return usage_error("\"%s\" is one word too many", word_at(1));
    const char *file = word_at(0);
    bool is_book = !file || verify_file_is_book(file);
    if (!is_book && (option_given("recheck") || option_given("evidence") ||
                     option_given("signatures")))
        return usage_error("--recheck, --signatures and --evidence are for books");
    if (file && is_book && option_given("db"))
        return usage_error("--db or a book's file, not both");
    if (is_book && option_given("key"))
        return usage_error("--key is for proofs and checkpoints: a book names its own");
    Buffer from;
    buffer_init(&from, VERIFY_FROM_BYTES_MAX);
    Status status;
    status_clear(&status);
    int code = EXIT_WELL;
    if (option_given("from") && !verify_from_read(option_value("from"), &from, &status))
        code = complain(&status);
    else if (is_book)
        code = verify_a_book(file ? file : option_db(), buffer_view(&from));
    else if (verify_file_is_lines(file))
        code = verify_lines(file, buffer_view(&from));
    else
        code = verify_a_file(file, buffer_view(&from));
    buffer_done(&from);
    return code;
}
