// Writes an offline proof of one event.
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/file.h"
#include "keeper/prove.h"

static bool opening_of(const char *word, ProveOpening *opening) {
    static const char *const words[] = {
        [PROVE_RECORD] = "record", [PROVE_EVENT] = "event", [PROVE_ALL] = "all"};
    for (int i = PROVE_RECORD; i <= PROVE_ALL; i++)
        if (strcmp(word, words[i]) == 0) {
            *opening = (ProveOpening)i;
            return true;
        }
    return false;
}

COMMAND(prove) {
    if (word_count() != 1)
        return usage_error("which event? Say PARTY:ID, or the number of its record");
    ProveOpening opening = PROVE_ALL;
    const char *open = option_value("open"), *path = option_value("out");
    if (open && !opening_of(open, &opening))
        return usage_error("--open takes all, event or record, not \"%s\"", open);
    Status status;
    status_clear(&status);
    Buffer proof;
    buffer_init(&proof, (size_t)256 << 20);
    uint64_t seq;
    Keeper *keeper = keeper_open_reader(option_db(), NULL, &status);
    bool well = keeper && prove_find(keeper, text_of(word_at(0)), &seq, &status) &&
                prove_record(keeper, seq, opening, &proof, &status);
    if (well && path)
        well = file_write(path, buffer_view(&proof), &status);
    else if (well)
        out_text(buffer_view(&proof));
    if (well && path)
        out_format("%s proves record %llu; check it with \"ytterby verify %s\"\n", path,
                   (unsigned long long)seq, path);
    buffer_done(&proof);
    if (keeper && !keeper_close(keeper, well ? &status : NULL)) well = false;
    return well ? EXIT_WELL : complain(&status);
}
