#include "cli/command.h"
#include "cli/validate_cases.h"
#include "codec/json_write.h"

static void line(void *context, const char *text) {
    Buffer *lines = context;
    if (!lines) {
        out_format("%s\n", text);
        return;
    }
    JsonWriter json = json_writer(lines);
    if (lines->length) buffer_char(lines, ',');
    json_string(&json, text_of(text));
}

COMMAND(validate) {
    if (word_count() == 0) return usage_error("which cases? Name a file or a folder");
    const char *paths[256];
    size_t count = word_count();
    if (count > 256) return usage_error("at most 256 paths");
    for (size_t i = 0; i < count; i++)
        paths[i] = word_at(i);
    ValidateTotals totals = {0, 0};
    Status status;
    status_clear(&status);
    Buffer lines;
    buffer_init(&lines, 64 << 20);
    bool well = validate_paths(paths, count, option_given("table"), line,
                               option_json() ? &lines : NULL, &totals, &status);
    if (well && option_json())
        out_format("{\"cases\":%zu,\"failed\":%zu,\"lines\":[%.*s]}\n", totals.cases, totals.failed,
                   TEXT_ARG(buffer_view(&lines)));
    buffer_done(&lines);
    if (!well) return complain(&status);
    return totals.failed ? EXIT_FAILED : EXIT_WELL;
}
