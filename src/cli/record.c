// Records lines of events and gives an answer for each, in order, once it is durable.
#include "cli/record.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "access/answer.h"
#include "base/arena.h"
#include "base/memory.h"
#include "cli/command.h"
#include "codec/event_decode.h"
#include "codec/event_lines.h"
#include "keeper/read.h"
#include "keeper/submit.h"

typedef struct Recording {
    Keeper *keeper;
    View view;
    const RecordAsked *asked;
    RecordPut *put;
    void *context;
    RecordCounts *counts;
    Buffer out;
    atomic_bool
        stopped; // the book could not be written: what follows would be judged without what failed
} Recording;

// Events that are sent together. It lives until they are answered, since an answer about a line
// names its place in the file.
typedef struct Group {
    Recording *recording;
    const char *path;
    size_t count, most, bytes;
    Arena arena;
    unsigned long *lines;
    Draft drafts[];
} Group;

static Group *group_new(Recording *r, const char *path, size_t most) {
    Group *group = memory_new(sizeof *group + most * sizeof *group->drafts);
    unsigned long *lines = memory_new(most * sizeof *lines);
    if (!group || !lines) {
        memory_free(group);
        memory_free(lines);
        return NULL;
    }
    *group = (Group){.recording = r, .path = path, .most = most, .lines = lines};
    arena_init(&group->arena, (size_t)256 << 20);
    return group;
}

static void group_free(Group *group) {
    if (!group) return;
    arena_done(&group->arena);
    memory_free(group->lines);
    memory_free(group);
}

static bool is_of_the_world(StatusCode code) {
    return code == STATUS_UNKNOWN || code == STATUS_IO || code == STATUS_NO_SPACE ||
           code == STATUS_NO_MEMORY || code == STATUS_CORRUPT;
}

// Called on a thread of the keeper, one submission at a time and in order.
static void answered(void *context, const Answer *answers, size_t count) {
    Group *group = context;
    Recording *r = group->recording;
    buffer_reset(&r->out);
    for (size_t i = 0; i < count; i++) {
        Answer answer = answers[i];
        r->counts->verdicts[answer.verdict]++;
        if (answer.repeated) r->counts->repeated++;
        if (answer.verdict == VERDICT_NONE && answer.status && is_of_the_world(answer.status->code))
            atomic_store(&r->stopped, true);
        if (r->asked->quiet && answer.verdict == VERDICT_ACCEPTED) continue;
        if (answer.id.length == 0) answer.id = event_id_read(group->drafts[i].event, &group->arena);
        if (r->asked->json)
            answer_write(&r->view, &answer, &r->out);
        else
            answer_say(&r->view, &answer, &r->out);
        if (!r->asked->json && answer.verdict != VERDICT_ACCEPTED)
            buffer_format(&r->out, "  [%s, line %lu]", group->path, group->lines[i]);
        buffer_char(&r->out, '\n');
    }
    r->put(r->context, buffer_view(&r->out));
    group_free(group);
}

// Sends what is in the group, which is given away with it.
static bool send(Recording *r, Group **group, bool whole, Status *status) {
    Group *sent = *group;
    *group = NULL;
    if (!sent || sent->count == 0) {
        group_free(sent);
        return true;
    }
    SubmitMode mode = r->asked->dry ? (whole ? SUBMIT_DRY_WHOLE : SUBMIT_DRY_EACH)
                      : whole       ? SUBMIT_WHOLE
                                    : SUBMIT_EACH;
    bool well =
        submit_send(r->keeper, sent->drafts, sent->count, mode, true, answered, sent, status);
    if (!well) group_free(sent);
    return well;
}

static bool add(Group *group, Text event, Text by, Instant recorded, unsigned long line,
                Status *status) {
    char *copy = arena_copy(&group->arena, event.at, event.length);
    char *who = arena_copy(&group->arena, by.at, by.length);
    if (!copy || !who) return status_no_memory(status);
    group->lines[group->count] = line;
    group->drafts[group->count++] = (Draft){{copy, event.length}, {who, by.length}, recorded};
    group->bytes += event.length;
    return true;
}

static bool not_here(const LineReader *lines, const char *what, const char *hint, Status *status) {
    status_set(status, STATUS_INVALID, "%s", what);
    status_where(status, "%s, line %lu", lines->path, lines->number);
    return status_hint(status, "%s", hint);
}

// Forms of lines may be mixed.
static bool record_all(Recording *r, LineReader *lines, Text operator_name, Status *status) {
    const char *path = lines->path;
    bool per_event = r->asked->per_event;
    Group *each = NULL, *whole = NULL;
    Arena arena;
    arena_init(&arena, (size_t)256 << 20);
    Text line;
    bool well = true;
    while (well && lines_next(lines, &line, status)) {
        if (line.length == 0) continue;
        arena_reset(&arena);
        EventLine read;
        well = event_line_read(line, &arena, &read, status);
        if (!well) {
            char where[sizeof status->where];
            snprintf(where, sizeof where, "%s", status->where);
            // A line has one line: only where in it matters.
            const char *inside = strncmp(where, "line 1, ", 8) == 0 ? where + 8 : where;
            status_where(status, "%s, line %lu%s%s", path, lines->number, *inside ? ", " : "",
                         inside);
            break;
        }
        if (atomic_load(&r->stopped)) {
            well = status_set(status, STATUS_IO, "stopped here: the book could not be written");
            status_where(status, "%s, line %lu", path, lines->number);
            status_hint(status, "mend the cause and record the same file again: what stands in the "
                                "book is not recorded twice");
            break;
        }
        // The server's terminal is not the place to see a visitor's progress.
        if (!lines->borrowed)
            progress_show(r->asked->dry ? "deciding, bytes" : "recording, bytes", lines->offset,
                          lines->size);
        switch (read.form) {
        case LINE_RECORD:
        case LINE_CHECKPOINT:
            well = not_here(lines,
                            "a record of an export cannot be recorded in a book that takes events",
                            "make an empty copy with \"ytterby init --copy\" and record the export "
                            "there",
                            status);
            break;
        case LINE_PART:
            well = not_here(lines, "a part of a backup cannot be recorded",
                            "take the whole backup with \"ytterby restore\"", status);
            break;
        case LINE_SIGNED:
        case LINE_SEALED:
        case LINE_EVENT:
        case LINE_PLAIN: {
            bool alone = per_event || read.form == LINE_EVENT;
            Group **place = alone ? &each : &whole;
            // A dry run is decided in one piece: nothing of one piece is there for the next.
            if (!*place)
                *place = group_new(r, path,
                                   alone && !r->asked->dry ? SUBMIT_EACH_MAX : SUBMIT_WHOLE_MAX);
            Group *group = *place;
            if (!group) {
                well = status_no_memory(status);
                break;
            }
            if (!alone && (group->count == group->most ||
                           group->bytes + line.length > SUBMIT_WHOLE_BYTES_MAX)) {
                well = status_set(status, STATUS_LIMIT,
                                  "a batch that must be whole has at most %d events and 16 MiB",
                                  SUBMIT_WHOLE_MAX);
                status_where(status, "%s, line %lu", path, lines->number);
                status_hint(status, "say --per-event to record each by itself");
                break;
            }
            if (alone && r->asked->dry && group->count == group->most) {
                well = status_set(status, STATUS_LIMIT, "a dry run takes at most %d events",
                                  SUBMIT_WHOLE_MAX);
                status_where(status, "%s, line %lu", path, lines->number);
                status_hint(status, "make a copy of the book's folder and record into that");
                break;
            }
            // The keeper looks itself at what stands around an event.
            bool around = read.form == LINE_SIGNED || read.form == LINE_SEALED;
            well = add(group, around ? line : read.event, read.by.length ? read.by : operator_name,
                       read.has_recorded ? read.recorded : SUBMIT_NOW, lines->number, status);
            if (well && alone && !r->asked->dry && group->count == group->most)
                well = send(r, &each, false, status);
            break;
        }
        }
    }
    if (well && status->code != STATUS_OK) well = false;
    // What was read before a fault in the file is recorded where each event stands by itself.
    Status later;
    status_clear(&later);
    if (!send(r, &each, false, &later) && well) {
        *status = later;
        well = false;
    }
    if (well) well = send(r, &whole, true, status);
    submit_flush(r->keeper);
    arena_done(&arena);
    group_free(each);
    group_free(whole);
    return well;
}

bool record_lines(Keeper *keeper, LineReader *lines, const RecordAsked *asked, RecordPut *put,
                  void *context, RecordCounts *counts, Status *status) {
    Recording r = {.keeper = keeper,
                   .view = view_operator(keeper),
                   .asked = asked,
                   .put = put,
                   .context = context,
                   .counts = counts};
    buffer_init(&r.out, (size_t)64 << 20);
    char operator_name[64];
    ReadMark mark;
    const Book *book = read_begin(keeper, &mark);
    snprintf(operator_name, sizeof operator_name, "operator/%.*s/cli",
             TEXT_ARG(book_authority(book)));
    read_end(keeper);
    bool well = record_all(&r, lines, text_of(operator_name), status);
    buffer_done(&r.out);
    return well;
}
