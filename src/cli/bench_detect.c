#include "cli/bench_detect.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/file.h"
#include "trial/trial.h"

enum { SMALL = 4, MOST = 10000 };

static bool draw_figures(const TrialReport *report, const char *folder, Status *status) {
    (void)mkdir(folder, 0777);
    Buffer out;
    buffer_init(&out, 8 << 20);
    bool well = true;
    for (size_t i = 0; well && i < report->figure_count; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, report->figure[i].file);
        buffer_reset(&out);
        plot_curves(&out, &report->figure[i].plot, true);
        buffer_char(&out, '\n');
        well = !out.failed || status_no_memory(status);
        well = well && file_write(path, buffer_view(&out), status);
    }
    buffer_done(&out);
    return well;
}

static bool try_all(const TrialOptions *options, TrialReport *report, Status *status) {
    TrialBed bed;
    bool well =
        trial_bed_make(options->seed, SIMULATE_SCALE_MIN, false, &bed, status) &&
        trial_power(&bed, options, report, status) && trial_sizes(&bed, options, report, status) &&
        trial_false_alarms(&bed, options, report, status) &&
        trial_places(&bed, options, report, status) &&
        trial_recycler(&bed, options, report, status) && trial_deposits(options, report, status) &&
        trial_books(&bed, options, report, status);
    trial_bed_done(&bed);
    return well;
}

static int finish(const TrialReport *report, const char *folder, Status *status) {
    Buffer out;
    buffer_init(&out, 16 << 20);
    if (option_given("markdown"))
        report_markdown(report, folder ? folder : "images", &out);
    else if (option_json())
        report_json(report, &out);
    else
        report_text(report, &out);
    bool well = !out.failed || status_no_memory(status);
    if (well) out_text(buffer_view(&out));
    buffer_done(&out);
    return well ? EXIT_WELL : complain(status);
}

int bench_detect(void) {
    Status status;
    Arena arena;
    TrialReport report;
    status_clear(&status);
    arena_init(&arena, (size_t)1 << 30);
    report_init(&report, &arena);
    TrialOptions options = {.seed = option_number("seed", 1, 0, UINT32_MAX),
                            .industries = (size_t)option_number("industries", SMALL, 1, MOST),
                            .progress = progress_show};
    const char *folder = option_value("plot");
    bool well = try_all(&options, &report, &status) &&
                (!report.failed || status_no_memory(&status)) &&
                (!folder || draw_figures(&report, folder, &status));
    progress_end();
    // A page links to the figures from where it lies: the folder's last name.
    const char *last = folder ? strrchr(folder, '/') : NULL;
    int code =
        well ? finish(&report, last && last[1] ? last + 1 : folder, &status) : complain(&status);
    arena_done(&arena);
    return code;
}
