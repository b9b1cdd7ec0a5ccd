#include "cli/lines.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "cli/command.h"
#include "cli/file.h"

static bool take(Replay *replay, const EventLine *line, LinesCount *count, Status *status) {
    switch (line->form) {
    case LINE_RECORD:
        if (!replay_record(replay, line, status)) return false;
        count->records++;
        return true;
    case LINE_PART:
        if (!replay_part(replay, line, status)) return false;
        count->parts++;
        return true;
    case LINE_CHECKPOINT:
        if (!replay_checkpoint(replay, line->note, status)) return false;
        count->checkpoint = true;
        return true;
    case LINE_PLAIN:
    case LINE_SIGNED:
    case LINE_SEALED:
    case LINE_EVENT:
        break;
    }
    status_set(status, STATUS_INVALID, "this is no line of an export or a backup");
    return status_hint(status, "they come from \"ytterby backup\" and \"ytterby export\"");
}

bool lines_replay(Replay *replay, const char *path, const char *doing, LinesCount *count,
                  Status *status) {
    LineReader lines;
    if (!lines_open(&lines, path, LINE_BYTES_MAX, status)) return false;
    if (strcmp(path, "-") == 0) path = "standard input";
    Arena arena;
    arena_init(&arena, (size_t)512 << 20);
    Text text;
    bool well = true;
    while (well && lines_next(&lines, &text, status)) {
        if (text.length == 0) continue;
        arena_reset(&arena);
        EventLine line;
        progress_show(doing, lines.offset, lines.size);
        well = event_line_read(text, &arena, &line, status);
        // Of a line that could be read, where in it says nothing.
        bool inside = !well && status->where[0];
        well = well && take(replay, &line, count, status);
        if (!well) {
            char where[sizeof status->where];
            snprintf(where, sizeof where, "%s", status->where);
            status_where(status, "%s, line %lu%s%s", path, lines.number, inside ? ", " : "",
                         inside ? where : "");
        }
    }
    if (well && status->code != STATUS_OK) well = false;
    arena_done(&arena);
    lines_close(&lines);
    return well;
}
