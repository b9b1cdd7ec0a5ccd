#include <stdio.h>

#include "base/memory.h"
#include "cli/command.h"
#include "simulate/simulate.h"

static void show(void *context, int month, int months, uint64_t events) {
    (void)context;
    (void)events;
    progress_show("simulating, months", (uint64_t)month, (uint64_t)months);
}

COMMAND(simulate) {
    const char *out = option_value("out");
    if (!out) return usage_error("where to? Say --out DIR");
    Status status;
    status_clear(&status);
    SimulateCheat cheats[SIMULATE_CHEATS_MAX];
    const char *texts[SIMULATE_CHEATS_MAX + 1];
    size_t count = option_values("cheat", texts, SIMULATE_CHEATS_MAX + 1);
    if (count > SIMULATE_CHEATS_MAX)
        return usage_error("at most %d cheats at once", SIMULATE_CHEATS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!simulate_cheat_read(text_of(texts[i]), &cheats[i], &status)) {
            complain(&status);
            return EXIT_USAGE;
        }
    SimulateOptions options = {.seed = option_number("seed", 1, 0, UINT64_MAX),
                               .scale = (uint32_t)option_hundredths("scale", SIMULATE_SCALE_ONE,
                                                            SIMULATE_SCALE_MIN, SIMULATE_SCALE_MAX),
                               .months = (int)option_number("months", 12, 1, SIMULATE_MONTHS_MAX),
                               .cheats = cheats,
                               .cheat_count = count};
    SimulateSummary summary;
    if (!simulate_write(&options, out, show, NULL, &summary, &status)) return complain(&status);
    if (option_json())
        out_format("{\"events\":%llu,\"bytes\":%llu,\"facilities\":%u}\n",
                   (unsigned long long)summary.events, (unsigned long long)summary.bytes,
                   summary.facilities);
    else
        out_format("%s: %llu events of %u facilities over %d months, %zu %s\n", out,
                   (unsigned long long)summary.events, summary.facilities, options.months, count,
                   count == 1 ? "cheat" : "cheats");
    return EXIT_WELL;
}
