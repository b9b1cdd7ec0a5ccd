#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "keeper/export.h"
#include "keeper/read.h"

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

COMMAND(export) {
    Status status;
    status_clear(&status);
    Output output = {stdout, option_value("out")};
    uint64_t from = option_number("from", 0, 0, UINT64_MAX);
    Keeper *keeper = keeper_open_reader(option_db(), NULL, &status);
    if (!keeper) return complain(&status);
    if (output.path) {
        output.file = fopen(output.path, "wb");
        if (!output.file) {
            status_set(&status, STATUS_IO, "could not write \"%s\": %s", output.path,
                       strerror(errno));
            keeper_close(keeper, NULL);
            return complain(&status);
        }
    } else {
        output.path = "standard output";
    }
    bool well = export_log(keeper, from, put, &output, &status);
    if (output.file != stdout && fclose(output.file) != 0 && well)
        well = status_set(&status, STATUS_IO, "could not write \"%s\": %s", output.path,
                          strerror(errno));
    if (!keeper_close(keeper, well ? &status : NULL)) well = false;
    return well ? EXIT_WELL : complain(&status);
}
