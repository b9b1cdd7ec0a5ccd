// The reading thread fills slots of up to SLOT_RECORDS records, each with an arena that holds the
// bytes and what was decoded from them; the caller's thread empties them in order. Four slots keep
// both busy and the memory bounded.
#include "keeper/load.h"

#include <pthread.h>

#include "base/memory.h"
#include "codec/event_head.h"

enum { SLOTS = 4, SLOT_RECORDS = 256, SLOT_BYTES = 8 << 20, SLOT_ARENA = 512 << 20 };

typedef struct Slot {
    StoreRecord stored[SLOT_RECORDS];
    Loaded loaded[SLOT_RECORDS];
    size_t count, bytes;
    Arena arena;
} Slot;

typedef struct Loading {
    Store *store;
    uint64_t from;
    LoadEvents events;
    Slot *slots;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    unsigned long put, taken; // slots so far
    bool ended, stopped;      // the reader is through; the caller has had enough
    bool good;                // the reader met no error
    Status status;
} Loading;

bool load_where(Status *status, uint64_t seq, const Event *event) {
    if (event && event->id.length)
        return status_where(status, "record %llu, event %.*s", (unsigned long long)seq,
                            TEXT_ARG(event->id));
    return status_where(status, "record %llu", (unsigned long long)seq);
}

static bool bad(const StoreRecord *stored, const char *what, Status *status) {
    status_set(status, STATUS_CORRUPT, "%s", what);
    status_hint(status, "restore the book from a backup or a replica");
    return load_where(status, stored->seq, NULL);
}

bool load_record(const StoreRecord *stored, LoadEvents events, Arena *arena, Loaded *loaded,
                 Status *status) {
    Text bytes = {(const char *)stored->record, RECORD_BYTES};
    if (!record_read(bytes, &loaded->record, status)) return load_where(status, stored->seq, NULL);
    const Record *record = &loaded->record;
    if (record->seq != stored->seq) return bad(stored, "the record says another number", status);
    Hash event = event_commitment(stored->event_salt, stored->event);
    if (!hash_equal(&event, &record->event))
        return bad(stored, "the event is not the one that was recorded", status);
    Hash decision = decision_commitment(stored->decision_salt, stored->decision);
    if (!hash_equal(&decision, &record->decision))
        return bad(stored, "the decision is not the one that was recorded", status);
    bool decoded = events == LOAD_WHOLE
                       ? event_decode(stored->event, arena, &loaded->event, status)
                       : event_decode_head(stored->event, arena, &loaded->event, status);
    if (!decoded) {
        if (status && status->code != STATUS_NO_MEMORY) status->code = STATUS_CORRUPT;
        return load_where(status, stored->seq, NULL);
    }
    loaded->leaf = record_leaf(stored->record);
    loaded->decision = stored->decision;
    return true;
}

// ---- The reading thread ----

static Slot *slot_at(Loading *loading, unsigned long number) {
    return &loading->slots[number % SLOTS];
}

// Gives the slot in hand away and waits for an empty one. False when the caller has had enough.
static bool pass_on(Loading *loading) {
    pthread_mutex_lock(&loading->lock);
    loading->put++;
    pthread_cond_signal(&loading->filled);
    while (loading->put - loading->taken >= SLOTS && !loading->stopped)
        pthread_cond_wait(&loading->emptied, &loading->lock);
    bool go_on = !loading->stopped;
    pthread_mutex_unlock(&loading->lock);
    if (!go_on) return false;
    Slot *slot = slot_at(loading, loading->put);
    slot->count = slot->bytes = 0;
    arena_reset(&slot->arena);
    return true;
}

static bool take_in(void *context, const StoreRecord *stored, Status *status) {
    Loading *loading = context;
    Slot *slot = slot_at(loading, loading->put);
    StoreRecord *copy = &slot->stored[slot->count];
    *copy = *stored;
    copy->event.at = arena_copy(&slot->arena, stored->event.at, stored->event.length);
    copy->decision.at = arena_copy(&slot->arena, stored->decision.at, stored->decision.length);
    if (!copy->event.at || !copy->decision.at) return status_no_memory(status);
    if (!load_record(copy, loading->events, &slot->arena, &slot->loaded[slot->count], status))
        return false;
    slot->count++;
    slot->bytes += stored->event.length + stored->decision.length;
    if (slot->count < SLOT_RECORDS && slot->bytes < SLOT_BYTES) return true;
    return pass_on(loading);
}

static void *read_all(void *context) {
    Loading *loading = context;
    pthread_setname_np(pthread_self(), "load");
    bool good =
        store_read(loading->store, loading->from, UINT64_MAX, take_in, loading, &loading->status);
    pthread_mutex_lock(&loading->lock);
    // What was read before an error is good and is given on.
    if (slot_at(loading, loading->put)->count > 0 && !loading->stopped) loading->put++;
    loading->good = good;
    loading->ended = true;
    pthread_cond_signal(&loading->filled);
    pthread_mutex_unlock(&loading->lock);
    return NULL;
}

// ---- The caller's thread ----

static Slot *next_slot(Loading *loading) {
    pthread_mutex_lock(&loading->lock);
    while (loading->put == loading->taken && !loading->ended)
        pthread_cond_wait(&loading->filled, &loading->lock);
    Slot *slot = loading->put == loading->taken ? NULL : slot_at(loading, loading->taken);
    pthread_mutex_unlock(&loading->lock);
    return slot;
}

static void give_back(Loading *loading) {
    pthread_mutex_lock(&loading->lock);
    loading->taken++;
    pthread_cond_signal(&loading->emptied);
    pthread_mutex_unlock(&loading->lock);
}

static bool use_all(Loading *loading, LoadEach *each, void *context, Status *status) {
    Slot *slot;
    while ((slot = next_slot(loading))) {
        for (size_t i = 0; i < slot->count; i++)
            if (!each(context, &slot->stored[i], &slot->loaded[i], status)) return false;
        give_back(loading);
    }
    return true;
}

static void stop(Loading *loading) {
    pthread_mutex_lock(&loading->lock);
    loading->stopped = true;
    pthread_cond_signal(&loading->emptied);
    pthread_mutex_unlock(&loading->lock);
}

bool load_each(Store *store, uint64_t from, LoadEvents events, LoadEach *each, void *context,
               Status *status) {
    Loading loading = {.store = store, .from = from, .events = events};
    loading.slots = memory_new_zero(SLOTS, sizeof *loading.slots);
    if (!loading.slots) return status_no_memory(status);
    for (int i = 0; i < SLOTS; i++)
        arena_init(&loading.slots[i].arena, SLOT_ARENA);
    pthread_mutex_init(&loading.lock, NULL);
    pthread_cond_init(&loading.filled, NULL);
    pthread_cond_init(&loading.emptied, NULL);
    pthread_t thread;
    bool done;
    if (pthread_create(&thread, NULL, read_all, &loading) != 0) {
        done = status_no_memory(status);
    } else {
        done = use_all(&loading, each, context, status);
        stop(&loading);
        pthread_join(thread, NULL);
        if (done && !loading.good) {
            if (status) *status = loading.status;
            done = false;
        }
    }
    pthread_cond_destroy(&loading.filled);
    pthread_cond_destroy(&loading.emptied);
    pthread_mutex_destroy(&loading.lock);
    for (int i = 0; i < SLOTS; i++)
        arena_done(&loading.slots[i].arena);
    memory_free(loading.slots);
    return done;
}

typedef struct IntoBook {
    Book *book;
    Tree *tree;
} IntoBook;

static bool apply_one(void *context, const StoreRecord *stored, const Loaded *loaded,
                      Status *status) {
    IntoBook *into = context;
    const Record *record = &loaded->record;
    if (record->recorded < book_last_recorded(into->book))
        return bad(stored, "the record is older than the one before it", status);
    if (!tree_reserve(into->tree, 1, status)) return false;
    if (!book_apply(into->book, &loaded->event, loaded->decision, record->recorded, status))
        return load_where(status, record->seq, &loaded->event);
    tree_append(into->tree, &loaded->leaf);
    // Nothing that was loaded is ever taken back.
    if (record->seq % 64 == 63) book_forget(into->book, book_mark(into->book));
    return true;
}

bool load_book(Store *store, Book *book, Tree *tree, Status *status) {
    IntoBook into = {book, tree};
    bool done = load_each(store, book_next(book), LOAD_HEADS, apply_one, &into, status);
    book_forget(book, book_mark(book));
    return done;
}

bool load_new_book(Store *store, Book *book, Tree *tree, Status *status) {
    book_one_way(book, true);
    bool done = load_book(store, book, tree, status);
    book_one_way(book, false);
    return done;
}
