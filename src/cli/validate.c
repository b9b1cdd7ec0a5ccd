#include "cli/command.h"
#include "cli/validate_cases.h"

static void line(void *context, const char *text) {
    (void)context;
    out_format("%s\n", text);
}

COMMAND(validate) {
    if (word_count() == 0) return usage_error("which cases? Name a file or a folder");
    const char *paths[256];
    size_t count = word_count();
    if (count > 256) return usage_error("at most 256 paths");
    for (size_t i = 0; i < count; i++) paths[i] = word_at(i);
    ValidateTotals totals = {0, 0};
    Status status;
    status_clear(&status);
    if (!validate_paths(paths, count, line, NULL, &totals, &status)) return complain(&status);
    return totals.failed ? EXIT_FAILED : EXIT_WELL;
}
