#include "keeper/export.h"

#include "keeper/envelope.h"
#include "keeper/read.h"
#include "log/record.h"

enum { PIECE_BYTES = 1 << 16, LINE_BYTES_MAX = 256 << 20 };

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

static bool put_record(void *context, const ReadRecord *stored, Status *status) {
    Exporting *exporting = context;
    Record record;
    if (!record_read((Text){(const char *)stored->record, RECORD_BYTES}, &record, status))
        return status_where(status, "record %llu", (unsigned long long)stored->seq);
    Envelope envelope = {.kind = ENVELOPE_RECORD,
                         .event = stored->event,
                         .recorded = record.recorded,
                         .seq = record.seq,
                         .batch = record.batch,
                         .logic = record.logic,
                         .flags = record.flags,
                         .decision = stored->decision};
    memcpy(envelope.event_salt, stored->event_salt, sizeof envelope.event_salt);
    memcpy(envelope.decision_salt, stored->decision_salt, sizeof envelope.decision_salt);
    envelope_write(&envelope, &exporting->out);
    return give(exporting, PIECE_BYTES, status);
}

bool export_log(Keeper *keeper, uint64_t from, ExportSink *sink, void *context, Status *status) {
    Exporting exporting = {.sink = sink, .context = context};
    buffer_init(&exporting.out, LINE_BYTES_MAX);
    Buffer note;
    buffer_init(&note, 1 << 16);
    // The checkpoint first: what is exported then covers it.
    TreeHead head;
    Status none;
    bool has_note = read_checkpoint(keeper, &note, &head, &none);
    bool done = has_note || none.code == STATUS_NOT_FOUND;
    if (!done && status) *status = none;
    done = done && read_records(keeper, from, UINT64_MAX, put_record, &exporting, status) &&
           (buffer_text(&exporting.out, buffer_view(&note)) || status_no_memory(status)) &&
           give(&exporting, 0, status);
    buffer_done(&note);
    buffer_done(&exporting.out);
    return done;
}
