#include "keeper/export.h"

#include "codec/event_lines.h"
#include "keeper/read.h"
#include "log/record.h"

enum { PIECE_BYTES = 1 << 16, OUT_BYTES_MAX = 256 << 20 };

typedef struct Exporting {
    Buffer out;
    ExportSink *sink;
    void *context;
} Exporting;

static bool give(Exporting *exporting, size_t from_bytes, Status *status) {
    if (exporting->out.failed) return status_no_memory(status);
    if (exporting->out.length <= from_bytes) return true;
    bool done = exporting->sink(exporting->context, buffer_view(&exporting->out), status);
    buffer_reset(&exporting->out);
    return done;
}

bool export_record(const StoreRecord *stored, Buffer *out, Status *status) {
    Record record;
    if (!record_read((Text){(const char *)stored->record, RECORD_BYTES}, &record, status))
        return status_where(status, "record %llu", (unsigned long long)stored->seq);
    EventLine line = {.form = LINE_RECORD,
                      .event = stored->event,
                      .has_recorded = true,
                      .recorded = record.recorded,
                      .seq = record.seq,
                      .batch = record.batch,
                      .logic = record.logic,
                      .flags = record.flags,
                      .decision = stored->decision};
    memcpy(line.salts[0], stored->event_salt, sizeof line.salts[0]);
    memcpy(line.salts[1], stored->decision_salt, sizeof line.salts[1]);
    return event_line_write(&line, out) || status_no_memory(status);
}

bool export_note(Text note, Buffer *out, Status *status) {
    EventLine line = {.form = LINE_CHECKPOINT, .note = note};
    return note.length == 0 || event_line_write(&line, out) || status_no_memory(status);
}

static bool put_record(void *context, const ReadRecord *read, Status *status) {
    Exporting *exporting = context;
    StoreRecord stored = {.seq = read->seq, .event = read->event, .decision = read->decision};
    memcpy(stored.record, read->record, sizeof stored.record);
    memcpy(stored.event_salt, read->event_salt, sizeof stored.event_salt);
    memcpy(stored.decision_salt, read->decision_salt, sizeof stored.decision_salt);
    return export_record(&stored, &exporting->out, status) && give(exporting, PIECE_BYTES, status);
}

bool export_log(Keeper *keeper, uint64_t from, ExportSink *sink, void *context, Status *status) {
    Exporting exporting = {.sink = sink, .context = context};
    buffer_init(&exporting.out, OUT_BYTES_MAX);
    Buffer note;
    buffer_init(&note, 1 << 16);
    // The checkpoint first: what is exported then covers it.
    TreeHead head;
    Status none;
    bool has_note = read_checkpoint(keeper, &note, &head, &none);
    bool done = has_note || none.code == STATUS_NOT_FOUND;
    if (!done && status) *status = none;
    done = done && read_records(keeper, from, UINT64_MAX, put_record, &exporting, status) &&
           export_note(buffer_view(&note), &exporting.out, status) && give(&exporting, 0, status);
    buffer_done(&note);
    buffer_done(&exporting.out);
    return done;
}
