#include "keeper/salvage.h"

#include "keeper/load.h"
#include "keeper/sidecar.h"
#include "log/checkpoint.h"

// A last number so far beyond the checkpoint is a stray row, not the end of the log.
enum { BEYOND_MAX = 100000000, NOTE_BYTES = 1 << 16 };

typedef struct Salvaging {
    ExportSink *sink;
    void *context;
    SalvageLost *tell;
    SalvageReport *report;
    Arena arena;
    Buffer line;
    TreeFrontier tree; // over what is whole, as long as it is all
    Hash root;         // of the first `covered`
    uint64_t covered;  // what the checkpoint covers
    uint64_t next;     // the record that is looked for
    uint64_t lost_from;
    Status why;
    bool is_losing, sink_failed;
    bool has_genesis;
    char origin[256];
    uint8_t key[ED25519_KEY_BYTES];
} Salvaging;

static void end_loss(Salvaging *s) {
    if (s->is_losing && s->tell) s->tell(s->context, s->lost_from, s->next - 1, &s->why);
    s->is_losing = false;
}

// The record at `next` cannot be had.
static void lose(Salvaging *s, const Status *why) {
    if (!s->is_losing) {
        s->lost_from = s->next;
        s->why = *why;
    }
    s->is_losing = true;
    s->report->lost++;
    s->next++;
}

static bool take_origin(Salvaging *s, const Event *event) {
    if (event->kind != EVENT_BOOK || event->origin.length >= sizeof s->origin) return false;
    memcpy(s->origin, event->origin.at, event->origin.length);
    memcpy(s->key, event->log_key, sizeof s->key);
    return true;
}

static bool take(void *context, const StoreRecord *stored, Status *status) {
    Salvaging *s = context;
    Loaded loaded;
    arena_reset(&s->arena);
    buffer_reset(&s->line);
    if (!load_record(stored, LOAD_WHOLE, &s->arena, &loaded, status)) {
        if (status->code == STATUS_NO_MEMORY) return false;
        lose(s, status);
        status_clear(status);
        return true;
    }
    end_loss(s);
    if (stored->seq == 0) s->has_genesis = take_origin(s, &loaded.event);
    if (!export_record(stored, &s->line, status)) return false;
    s->sink_failed = !s->sink(s->context, buffer_view(&s->line), status);
    if (s->sink_failed) return false;
    if (s->tree.size == stored->seq) frontier_append(&s->tree, &loaded.leaf);
    if (s->tree.size == s->covered) s->root = frontier_root(&s->tree);
    s->report->whole++;
    s->next++;
    return true;
}

// The checkpoint, if it is the log's and right for what was given out.
static bool put_checkpoint(Salvaging *s, Text note, Status *status) {
    VerifierKey key;
    Checkpoint checkpoint;
    Status no;
    status_clear(&no);
    CheckpointPolicy policy = {.log = &key};
    bool right = s->has_genesis && note.length > 0 &&
                 verifier_key_make(KEY_ED25519, text_of(s->origin), s->key, &key, &no) &&
                 checkpoint_open(note, &policy, &checkpoint, &no) &&
                 checkpoint.head.size == s->covered && s->tree.size >= s->covered &&
                 hash_equal(&checkpoint.head.root, &s->root);
    if (!right && no.code == STATUS_NO_MEMORY) return status_no_memory(status);
    if (!right) return true;
    buffer_reset(&s->line);
    s->report->has_checkpoint = true;
    return export_note(note, &s->line, status) &&
           s->sink(s->context, buffer_view(&s->line), status);
}

// What the checkpoint says, whoever signed it: how many records there were at least.
static uint64_t size_said(Text note) {
    Note read;
    Checkpoint checkpoint;
    Status no;
    return note_read(note, &read, &no) && checkpoint_read(read.text, &checkpoint, &no)
               ? checkpoint.head.size
               : 0;
}

static bool read_all(Salvaging *s, Store *store, Status *status) {
    uint64_t end = s->covered, next;
    Status found;
    if (store_next(store, &next, &found) && next > end && next - end < BEYOND_MAX) end = next;
    for (;;) {
        status_clear(&found);
        bool read = store_read(store, s->next, UINT64_MAX, take, s, &found);
        if (s->sink_failed || found.code == STATUS_NO_MEMORY) {
            if (status) *status = found;
            return false;
        }
        if (read && s->next >= end) return true;
        // Read well and yet before the end: the tail is gone.
        if (read) status_set(&found, STATUS_CORRUPT, "the log ends before it");
        bool beyond = s->next >= end;
        if (beyond && s->next == 0) { // not even one, and nothing says that there was one
            if (status) *status = found;
            return false;
        }
        lose(s, &found);
        if (beyond) return true;
    }
}

bool salvage_log(const char *name, ExportSink *sink, void *context, SalvageLost *tell,
                 SalvageReport *report, Status *status) {
    Store *store = store_open(name, STORE_SALVAGE, status);
    if (!store) return false;
    *report = (SalvageReport){0};
    Salvaging s = {.sink = sink, .context = context, .tell = tell, .report = report};
    arena_init(&s.arena, (size_t)1 << 28);
    buffer_init(&s.line, (size_t)256 << 20);
    frontier_init(&s.tree);
    Buffer note;
    buffer_init(&note, NOTE_BYTES);
    Sidecar sidecar = sidecar_of(name, store);
    Status none;
    status_clear(&none);
    if (!sidecar_checkpoint_read(&sidecar, &note, &none)) buffer_reset(&note);
    s.covered = size_said(buffer_view(&note));
    bool short_of_memory = none.code == STATUS_NO_MEMORY; // else there is none, or it is no note
    if (short_of_memory && status) *status = none;
    bool done = !short_of_memory && read_all(&s, store, status) &&
                put_checkpoint(&s, buffer_view(&note), status);
    end_loss(&s);
    buffer_done(&note);
    buffer_done(&s.line);
    arena_done(&s.arena);
    store_close(store);
    return done;
}
