#include "keeper/read.h"

#include "base/memory.h"
#include "keeper/state.h"

uint64_t read_durable(const Keeper *keeper) {
    return atomic_load_explicit(&keeper->durable, memory_order_acquire);
}

const Tree *read_tree(const Keeper *keeper) {
    return keeper->tree;
}

const Book *read_begin(Keeper *keeper, ReadMark *mark) {
    pthread_rwlock_rdlock(&keeper->book_lock);
    *mark = (ReadMark){.seen = book_next(keeper->book), .rewinds = atomic_load(&keeper->rewinds)};
    return keeper->book;
}

void read_end(Keeper *keeper) {
    pthread_rwlock_unlock(&keeper->book_lock);
}

bool read_settled(Keeper *keeper, ReadMark mark, Status *status) {
    pthread_mutex_lock(&keeper->lock);
    while (read_durable(keeper) < mark.seen && atomic_load(&keeper->rewinds) == mark.rewinds)
        keeper_wait(keeper);
    pthread_mutex_unlock(&keeper->lock);
    if (atomic_load(&keeper->rewinds) == mark.rewinds) return true;
    status_set(status, STATUS_BUSY, "what was seen has not become durable");
    return status_hint(status, "ask again");
}

typedef struct Reading {
    ReadEach *each;
    void *context;
} Reading;

static ReadRecord record_of(const StoreRecord *stored) {
    ReadRecord record = {.seq = stored->seq, .event = stored->event, .decision = stored->decision};
    memcpy(record.record, stored->record, sizeof record.record);
    memcpy(record.event_salt, stored->event_salt, sizeof record.event_salt);
    memcpy(record.decision_salt, stored->decision_salt, sizeof record.decision_salt);
    return record;
}

static bool pass_on(void *context, const StoreRecord *stored, Status *status) {
    Reading *reading = context;
    ReadRecord record = record_of(stored);
    return reading->each(reading->context, &record, status);
}

bool read_records(Keeper *keeper, uint64_t from, uint64_t count, ReadEach *each, void *context,
                  Status *status) {
    uint64_t durable = read_durable(keeper);
    if (from >= durable) return true;
    if (count > durable - from) count = durable - from;
    // A handle of its own: reading may take long, and `each` may read again.
    Store *store = store_open(keeper->name, STORE_READ, status);
    if (!store) return false;
    Reading reading = {each, context};
    bool done = store_read(store, from, count, pass_on, &reading, status);
    store_close(store);
    return done;
}

typedef struct Copying {
    Arena *arena;
    ReadRecord *record;
    bool found;
} Copying;

static bool copy(void *context, const StoreRecord *stored, Status *status) {
    Copying *copying = context;
    ReadRecord record = record_of(stored);
    record.event.at = arena_copy(copying->arena, stored->event.at, stored->event.length);
    record.decision.at = arena_copy(copying->arena, stored->decision.at, stored->decision.length);
    if (!record.event.at || !record.decision.at) return status_no_memory(status);
    *copying->record = record;
    copying->found = true;
    return true;
}

bool read_record(Keeper *keeper, uint64_t seq, Arena *arena, ReadRecord *record, Status *status) {
    Copying copying = {.arena = arena, .record = record};
    bool done = true;
    if (seq < read_durable(keeper)) {
        pthread_mutex_lock(&keeper->reader_lock);
        done = store_read(keeper->reader, seq, 1, copy, &copying, status);
        pthread_mutex_unlock(&keeper->reader_lock);
    }
    if (!done || copying.found) return done;
    return status_set(status, STATUS_NOT_FOUND, "no record number \"%llu\"",
                      (unsigned long long)seq);
}

bool read_checkpoint(Keeper *keeper, Buffer *note, TreeHead *head, Status *status) {
    if (keeper->has_key && !commit_checkpoint(keeper, false, status)) return false;
    pthread_mutex_lock(&keeper->sign_lock);
    bool there = keeper->note.length > 0;
    bool done = there && buffer_text(note, buffer_view(&keeper->note));
    if (done) *head = keeper->note_head;
    pthread_mutex_unlock(&keeper->sign_lock);
    if (done) return true;
    return there ? status_no_memory(status)
                 : status_set(status, STATUS_NOT_FOUND, "the book has no checkpoint beside it");
}

void read_watch(Keeper *keeper, ReadMoved *moved, void *context) {
    pthread_mutex_lock(&keeper->lock);
    keeper->on_moved = moved;
    keeper->moved_context = context;
    pthread_mutex_unlock(&keeper->lock);
}
