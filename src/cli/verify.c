#include <stdio.h>

#include "base/encode.h"
#include "cli/command.h"
#include "keeper/verify.h"

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

COMMAND(verify) {
    Status status;
    status_clear(&status);
    VerifyOptions options = {
        .recheck = option_given("recheck"), .difference = difference, .progress = progress};
    VerifyReport report;
    const char *name = option_db();
    if (!verify_book(name, &options, &report, &status)) return complain(&status);
    progress_end();
    char root[65], digest[65];
    hex_write(report.root.bytes, 32, root);
    hex_write(report.digest.bytes, 32, digest);
    if (option_json()) {
        out_format("{\"records\":%llu,\"origin\":\"%s\",\"trial\":%s,\"root\":\"%s\",\"digest\":\"%"
                   "s\",\"checkpoint\":%llu",
                   (unsigned long long)report.records, report.origin,
                   report.is_trial ? "true" : "false", root, digest,
                   (unsigned long long)report.checkpoint_size);
        if (options.recheck)
            out_format(",\"rechecked\":%llu,\"differences\":%llu",
                       (unsigned long long)report.rechecked,
                       (unsigned long long)report.differences);
        out_format("}\n");
    } else {
        out_format("%s: %llu records of %s%s, every one in its place\n", name,
                   (unsigned long long)report.records, report.origin,
                   report.is_trial ? " (trial)" : "");
        out_format("root    %s\ndigest  %s\n", root, digest);
        if (report.has_checkpoint)
            out_format("the checkpoint beside it covers %llu records and fits\n",
                       (unsigned long long)report.checkpoint_size);
        if (options.recheck)
            out_format("%llu decided again, %llu differ\n", (unsigned long long)report.rechecked,
                       (unsigned long long)report.differences);
    }
    return report.differences ? EXIT_FAILED : EXIT_WELL;
}
