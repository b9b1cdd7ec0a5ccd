#include "keeper/backup.h"

#include "base/encode.h"
#include "codec/event_lines.h"
#include "keeper/load.h"
#include "keeper/parts.h"
#include "keeper/prove.h"
#include "keeper/sidecar.h"
#include "log/checkpoint.h"

enum { PIECE_BYTES = 1 << 16, OUT_BYTES_MAX = 256 << 20 };

typedef struct Backup {
    const char *name;
    Buffer out, note;
    ExportSink *sink;
    BackupProgress *progress;
    void *context;
    BackupReport *report;
    TreeHead head; // of the checkpoint that ends it
    TreeFrontier frontier;
    Instant last;
} Backup;

static bool give(Backup *backup, size_t from_bytes, Status *status) {
    if (backup->out.failed) return status_no_memory(status);
    if (backup->out.length <= from_bytes) return true;
    bool done = backup->sink(backup->context, buffer_view(&backup->out), status);
    buffer_reset(&backup->out);
    return done;
}

// The checkpoint beside the book, opened with the log key of its genesis. The log may go on
// growing.
static bool take_checkpoint(Backup *backup, Store *store, Status *status) {
    Sidecar sidecar = sidecar_of(backup->name, store);
    VerifierKey key;
    if (!sidecar_checkpoint_read(&sidecar, &backup->note, status)) {
        if (status->code != STATUS_NOT_FOUND) return false;
        status_set(status, STATUS_CORRUPT, "book \"%s\" has no checkpoint beside it", backup->name);
        return status_hint(status, "open it once with its log key: a new one is signed then");
    }
    if (!prove_log_key(backup->name, &key, status)) return false;
    CheckpointPolicy policy = {.log = &key};
    Checkpoint checkpoint;
    if (!checkpoint_open(buffer_view(&backup->note), &policy, &checkpoint, status))
        return status_where(status, "%s.checkpoint", backup->name);
    backup->head = checkpoint.head;
    return true;
}

static bool put_record(void *context, const StoreRecord *stored, const Loaded *loaded,
                       Status *status) {
    Backup *backup = context;
    if (backup->frontier.size == backup->head.size) {
        status_clear(status);
        return false; // what came after the checkpoint
    }
    const Record *record = &loaded->record;
    if (record->recorded < backup->last) {
        status_set(status, STATUS_CORRUPT, "the record is older than the one before it");
        return load_where(status, record->seq, &loaded->event);
    }
    backup->last = record->recorded;
    frontier_append(&backup->frontier, &loaded->leaf);
    EventLine line = {.form = LINE_RECORD,
                      .event = stored->event,
                      .has_recorded = true,
                      .recorded = record->recorded,
                      .seq = record->seq,
                      .batch = record->batch,
                      .logic = record->logic,
                      .flags = record->flags,
                      .decision = stored->decision};
    memcpy(line.salts[0], stored->event_salt, sizeof line.salts[0]);
    memcpy(line.salts[1], stored->decision_salt, sizeof line.salts[1]);
    event_line_write(&line, &backup->out);
    if (backup->progress && record->seq % 4096 == 0)
        backup->progress(backup->context, record->seq, backup->head.size);
    return give(backup, PIECE_BYTES, status);
}

static bool fits(const Backup *backup, Status *status) {
    Hash root = frontier_root(&backup->frontier);
    if (backup->frontier.size == backup->head.size && hash_equal(&root, &backup->head.root))
        return true;
    if (backup->frontier.size < backup->head.size)
        status_set(status, STATUS_CORRUPT,
                   "book \"%s\" has lost records: it holds %llu, and a checkpoint was signed over "
                   "%llu",
                   backup->name, (unsigned long long)backup->frontier.size,
                   (unsigned long long)backup->head.size);
    else
        status_set(
            status, STATUS_CORRUPT,
            "book \"%s\" was changed: its first %llu records are not those of its checkpoint",
            backup->name, (unsigned long long)backup->head.size);
    return status_hint(status, "this is no backup; restore an older one, and keep the checkpoint");
}

static bool put_part(void *context, const StorePart *part, Status *status) {
    Backup *backup = context;
    if (!part->erased && !part_is_good(part->hash, part->class_number, part->bytes)) {
        char hash[2 * HASH_BYTES + 1];
        hex_write(part->hash, HASH_BYTES, hash);
        status_set(status, STATUS_CORRUPT, "the sealed part \"%s\" is not the one that was given",
                   hash);
        return status_hint(status, "this is no backup; restore an older one");
    }
    EventLine line = {.form = LINE_PART,
                      .part_class = part->class_number,
                      .has_bytes = !part->erased,
                      .bytes = part->bytes};
    memcpy(line.hash, part->hash, sizeof line.hash);
    event_line_write(&line, &backup->out);
    backup->report->parts++;
    return give(backup, PIECE_BYTES, status);
}

bool backup_write(const char *book_name, ExportSink *sink, BackupProgress *progress, void *context,
                  BackupReport *report, Status *status) {
    Backup backup = {.name = book_name,
                     .sink = sink,
                     .progress = progress,
                     .context = context,
                     .report = report};
    Status unasked;
    if (!status) status = &unasked;
    status_clear(status);
    *report = (BackupReport){0};
    buffer_init(&backup.out, OUT_BYTES_MAX);
    buffer_init(&backup.note, 1 << 20);
    frontier_init(&backup.frontier);
    Store *store = store_open(book_name, STORE_READ, status);
    bool done = store && take_checkpoint(&backup, store, status);
    if (done)
        done = load_each(store, 0, LOAD_HEADS, put_record, &backup, status) ||
               status->code == STATUS_OK;
    // Parts after the records that name them: none of these is missing then.
    done = done && fits(&backup, status) && store_parts(store, put_part, &backup, status);
    if (done) {
        EventLine line = {.form = LINE_CHECKPOINT, .note = buffer_view(&backup.note)};
        event_line_write(&line, &backup.out);
        report->records = backup.head.size;
        done = give(&backup, 0, status);
    }
    store_close(store);
    buffer_done(&backup.note);
    buffer_done(&backup.out);
    return done;
}
