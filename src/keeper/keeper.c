#include "keeper/keeper.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

#include "base/memory.h"
#include "codec/event_decode.h"
#include "keeper/parts.h"
#include "keeper/snapshot.h"
#include "keeper/state.h"
#include "keeper/step.h"

enum { CHECKPOINT_EVERY_US = 1000000 };

// ---- Small things ----

static bool draw_random(uint8_t *bytes, size_t length, Status *status) {
    for (size_t done = 0; done < length;) {
        ssize_t got = getrandom(bytes + done, length - done, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return status_set(status, STATUS_IO, "the system gives no random bytes");
        done += (size_t)got;
    }
    return true;
}

bool keeper_random(Keeper *keeper, uint8_t *bytes, size_t length, Status *status) {
    pthread_mutex_lock(&keeper->random_lock);
    bool done = true;
    if (keeper->random_left < length) {
        done = draw_random(keeper->random, sizeof keeper->random, status);
        if (done) keeper->random_left = sizeof keeper->random;
    }
    if (done) {
        keeper->random_left -= length;
        memcpy(bytes, keeper->random + keeper->random_left, length);
    }
    pthread_mutex_unlock(&keeper->random_lock);
    return done;
}

void keeper_record(const Record *record, StoreRecord *out, Hash *leaf) {
    out->seq = record->seq;
    record_write(record, out->record);
    *leaf = record_leaf(out->record);
}

void keeper_stop(Keeper *keeper, const Status *status) {
    if (!keeper->stopped) keeper->stop_status = *status;
    keeper->stopped = true;
    pthread_cond_broadcast(&keeper->moved);
}

bool keeper_is_writing(Keeper *keeper, Status *status) {
    if (keeper->reads_only)
        return status_set(status, STATUS_DENIED, "the book was opened for reading only");
    pthread_mutex_lock(&keeper->lock);
    bool writing = !keeper->stopped;
    if (!writing && status) *status = keeper->stop_status;
    pthread_mutex_unlock(&keeper->lock);
    return writing;
}

bool keeper_key_new(uint8_t seed[32], uint8_t public_key[32], Status *status) {
    if (!draw_random(seed, 32, status)) return false;
    ed25519_public_key(seed, public_key);
    return true;
}

bool keeper_compare(const Tree *tree, const TreeHead *head, const char *name, Status *status) {
    uint64_t size = tree_size(tree);
    if (size < head->size) {
        status_set(
            status, STATUS_CORRUPT,
            "book \"%s\" has lost records: it holds %llu, and a checkpoint was signed over %llu",
            name, (unsigned long long)size, (unsigned long long)head->size);
        return status_hint(status, "restore the newest backup; keep the checkpoint as evidence");
    }
    Hash root;
    if (!tree_root(tree, head->size, &root, status)) return false;
    if (hash_equal(&root, &head->root)) return true;
    status_set(status, STATUS_CORRUPT,
               "book \"%s\" was changed: its first %llu records are not those of its checkpoint",
               name, (unsigned long long)head->size);
    return status_hint(status, "restore the newest backup; keep the checkpoint as evidence");
}

// ---- Without threads ----

bool keeper_step(Keeper *keeper, KeeperThread which) {
    assert(keeper->stepped);
    return which == THREAD_DECIDES ? decide_step(keeper) : store_step(keeper);
}

void keeper_wait(Keeper *keeper) {
    if (!keeper->stepped) {
        pthread_cond_wait(&keeper->moved, &keeper->lock);
        return;
    }
    pthread_mutex_unlock(&keeper->lock);
    bool moved = decide_step(keeper) || store_step(keeper);
    assert(moved); // else it would wait for ever
    pthread_mutex_lock(&keeper->lock);
}

// ---- Opening ----

static Keeper *keeper_new(const char *name, const KeeperOptions *options, Status *status) {
    Keeper *keeper = memory_new_zero(1, sizeof *keeper);
    if (!keeper) {
        status_no_memory(status);
        return NULL;
    }
    keeper->clock = options && options->clock.wall ? options->clock : clock_system;
    keeper->bytes_max = options && options->bytes_max ? options->bytes_max : KEEPER_BYTES_MAX;
    keeper->checkpoint_every = options && options->checkpoint_every_us
                                   ? options->checkpoint_every_us
                                   : CHECKPOINT_EVERY_US;
    keeper->without_snapshot = options && options->without_snapshot;
    keeper->snapshot_every =
        options && options->snapshot_every ? options->snapshot_every : SNAPSHOT_EVERY;
    keeper->group_events =
        options && options->group_events ? options->group_events : KEEPER_GROUP_EVENTS;
    keeper->stepped = options && options->stepped;
    pthread_rwlockattr_t writer_first;
    pthread_rwlockattr_init(&writer_first);
    pthread_rwlockattr_setkind_np(&writer_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&keeper->book_lock, &writer_first);
    pthread_rwlockattr_destroy(&writer_first);
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->to_decide, NULL);
    pthread_cond_init(&keeper->to_store, &steady);
    pthread_cond_init(&keeper->moved, NULL);
    pthread_condattr_destroy(&steady);
    pthread_mutex_init(&keeper->reader_lock, NULL);
    pthread_mutex_init(&keeper->random_lock, NULL);
    pthread_mutex_init(&keeper->sign_lock, NULL);
    decision_init(&keeper->decision);
    buffer_init(&keeper->note, 1 << 16);
    size_t length = strlen(name);
    keeper->name = memory_new(length + 1);
    if (keeper->name) memcpy(keeper->name, name, length + 1);
    uint8_t hash_key[16];
    bool done = (keeper->name || status_no_memory(status)) &&
                draw_random(hash_key, sizeof hash_key, status) &&
                (keeper->book = keeper_book_new(hash_key, status)) &&
                (keeper->tree = tree_new(status)) && (keeper->ring = ring_new(status));
    if (done) return keeper;
    keeper_close(keeper, NULL);
    return NULL;
}

static bool has_setting(Store *store, Text name, bool *has, Status *status) {
    Arena arena;
    arena_init(&arena, 1 << 16);
    Text value;
    Status found;
    *has = store_setting_get(store, name, &arena, &value, &found);
    arena_done(&arena);
    if (*has || found.code == STATUS_NOT_FOUND) return true;
    if (status) *status = found;
    return false;
}

// Begins with the last snapshot, if it is good. One that is not is no error: it is only a cache.
static void use_snapshot(Keeper *keeper) {
    Status why;
    Book *book;
    Tree *tree;
    if (keeper->without_snapshot || !snapshot_read(keeper->store, &book, &tree, &why)) return;
    book_free(keeper->book);
    tree_free(keeper->tree);
    keeper->book = book;
    keeper->tree = tree;
    keeper->snapshot_size = book_next(book);
}

// Reads the log into the book.
static bool read_log(Keeper *keeper, Status *status) {
    use_snapshot(keeper);
    if (!load_new_book(keeper->store, keeper->book, keeper->tree, status)) return false;
    if (book_next(keeper->book) == 0) {
        bool is_copy;
        if (!has_setting(keeper->store, TEXT("copy"), &is_copy, status)) return false;
        status_set(status, STATUS_INVALID, "book \"%s\" has no genesis", keeper->name);
        if (is_copy)
            return status_hint(
                status, "it is an empty copy: fill it with \"ytterby record --db %s EXPORT\"",
                keeper->name);
        return status_hint(status, "its making was cut off: remove the file and make it again");
    }
    atomic_store(&keeper->durable, book_next(keeper->book));
    return ring_fill(keeper->ring, keeper->book, status) &&
           verifier_key_make(KEY_ED25519, book_origin(keeper->book), book_log_key(keeper->book),
                             &keeper->verifier, status);
}

// Reads the checkpoint kept outside, before the log, since that grows while another process writes.
static bool read_outside(Keeper *keeper, Status *status) {
    Status found;
    if (sidecar_checkpoint_read(&keeper->sidecar, &keeper->note, &found)) return true;
    buffer_reset(&keeper->note);
    if (found.code == STATUS_NOT_FOUND) return true;
    if (status) *status = found;
    return false;
}

// Compares the log with it.
static bool check_outside(Keeper *keeper, bool may_lack, Status *status) {
    if (keeper->note.length == 0) {
        // A making that was cut off after the genesis has none; it holds nothing to lose.
        if (may_lack || book_next(keeper->book) == 1) return true;
        status_set(status, STATUS_CORRUPT, "book \"%s\" has no checkpoint beside it", keeper->name);
        return status_hint(
            status,
            "put \"%s.checkpoint\" back: without it nobody can tell whether records are missing",
            keeper->name);
    }
    CheckpointPolicy policy = {.log = &keeper->verifier};
    Checkpoint checkpoint;
    if (!checkpoint_open(buffer_view(&keeper->note), &policy, &checkpoint, status)) {
        if (status && status->code != STATUS_NO_MEMORY) status->code = STATUS_CORRUPT;
        return status_where(status, "%s.checkpoint", keeper->name);
    }
    keeper->note_head = checkpoint.head;
    keeper->kept_size = checkpoint.head.size;
    return keeper_compare(keeper->tree, &checkpoint.head, keeper->name, status);
}

static bool take_key(Keeper *keeper, Status *status) {
    if (!sidecar_key_read(&keeper->sidecar, &keeper->key, status)) {
        if (!status || status->code != STATUS_NOT_FOUND) return false;
        return status_hint(status, "only who holds the log key can write to the book");
    }
    keeper->has_key = true;
    const VerifierKey *ours = &keeper->key.verifier;
    if (memcmp(ours->public_key, keeper->verifier.public_key, ED25519_KEY_BYTES) == 0 &&
        text_equal(key_name(ours), key_name(&keeper->verifier)))
        return true;
    return status_set(status, STATUS_DENIED, "the key beside \"%s\" is not its log key",
                      keeper->name);
}

static bool start_threads(Keeper *keeper, Status *status) {
    clock_watch(&keeper->clock, &keeper->watch);
    if (keeper->stepped) return keeper->runs = true;
    if (pthread_create(&keeper->decider, NULL, decide_loop, keeper) != 0)
        return status_no_memory(status);
    if (pthread_create(&keeper->storer, NULL, store_loop, keeper) == 0) return keeper->runs = true;
    pthread_mutex_lock(&keeper->lock);
    keeper->closing = true;
    pthread_cond_signal(&keeper->to_decide);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->decider, NULL);
    return status_no_memory(status);
}

static bool open_for_writing(Keeper *keeper, bool may_lack, Status *status) {
    keeper->store = store_open(keeper->name, STORE_WRITE, status);
    if (!keeper->store) return false;
    keeper->sidecar = sidecar_of(keeper->name, keeper->store);
    bool is_copy;
    if (!has_setting(keeper->store, TEXT("copy"), &is_copy, status)) return false;
    if (is_copy) {
        status_set(status, STATUS_DENIED, "book \"%s\" is a copy and takes no events",
                   keeper->name);
        return status_hint(status, "record in the book that it was made from");
    }
    if (!read_outside(keeper, status) || !read_log(keeper, status) ||
        !check_outside(keeper, may_lack, status) || !take_key(keeper, status) ||
        !parts_settle(keeper->store, keeper->book, status))
        return false;
    keeper->reader = store_open(keeper->name, STORE_READ, status);
    return keeper->reader && commit_checkpoint(keeper, true, status) &&
           start_threads(keeper, status);
}

Keeper *keeper_open(const char *name, const KeeperOptions *options, Status *status) {
    Keeper *keeper = keeper_new(name, options, status);
    if (!keeper) return NULL;
    if (open_for_writing(keeper, options && options->without_checkpoint, status)) return keeper;
    keeper_close(keeper, NULL);
    return NULL;
}

Keeper *keeper_open_reader(const char *name, const KeeperOptions *options, Status *status) {
    Keeper *keeper = keeper_new(name, options, status);
    if (!keeper) return NULL;
    keeper->reads_only = true;
    keeper->store = store_open(name, STORE_READ, status);
    keeper->reader = keeper->store ? store_open(name, STORE_READ, status) : NULL;
    bool done = keeper->reader != NULL;
    if (done) {
        keeper->sidecar = sidecar_of(name, keeper->store);
        done = read_outside(keeper, status) && read_log(keeper, status) &&
               check_outside(keeper, options && options->without_checkpoint, status);
    }
    if (done) return keeper;
    keeper_close(keeper, NULL);
    return NULL;
}

static bool end_threads(Keeper *keeper, Status *status) {
    pthread_mutex_lock(&keeper->lock);
    keeper->closing = true;
    pthread_cond_signal(&keeper->to_decide);
    pthread_cond_broadcast(&keeper->moved);
    pthread_mutex_unlock(&keeper->lock);
    if (!keeper->stepped) {
        pthread_join(keeper->decider, NULL);
        pthread_join(keeper->storer, NULL);
    }
    while (keeper->stepped && (decide_step(keeper) || store_step(keeper)))
        continue;
    bool kept = commit_checkpoint(keeper, true, status);
    // A snapshot that cannot be written is missed by nobody but the next start.
    Status why;
    bool is_due = read_durable(keeper) - keeper->snapshot_size >= keeper->snapshot_every;
    if (is_due && keeper->store &&
        !snapshot_write(keeper->store, keeper->book, keeper->tree, &keeper->key, &why))
        keeper->snapshot_size = 0;
    return kept;
}

bool keeper_close(Keeper *keeper, Status *status) {
    if (!keeper) return true;
    bool kept = !keeper->runs || end_threads(keeper, status);
    batch_free_spare(keeper);
    store_close(keeper->reader);
    store_close(keeper->store);
    if (keeper->has_key) signer_key_wipe(&keeper->key);
    secret_wipe(keeper->random, sizeof keeper->random);
    buffer_done(&keeper->note);
    decision_done(&keeper->decision);
    tree_free(keeper->tree);
    ring_free(keeper->ring);
    book_free(keeper->book);
    pthread_mutex_destroy(&keeper->sign_lock);
    pthread_mutex_destroy(&keeper->random_lock);
    pthread_mutex_destroy(&keeper->reader_lock);
    pthread_cond_destroy(&keeper->moved);
    pthread_cond_destroy(&keeper->to_store);
    pthread_cond_destroy(&keeper->to_decide);
    pthread_mutex_destroy(&keeper->lock);
    pthread_rwlock_destroy(&keeper->book_lock);
    memory_free(keeper->name);
    memory_free(keeper);
    return kept;
}

// ---- Making a book ----

static bool refuse_genesis(const Decision *decision, Status *status) {
    const CodeFacts *facts = decision->reason_count ? code_facts(decision->reasons[0].code) : NULL;
    status_set(status, STATUS_INVALID, "the genesis was refused: %s",
               facts ? facts->what : "no reason is known");
    if (decision->reason_count) status_where(status, "%s", decision->reasons[0].where);
    return status_hint(status, "%s", facts ? facts->right : "look at the event");
}

static bool decide_genesis(Keeper *keeper, Text genesis, Text principal, const uint8_t seed[32],
                           Arena *arena, StoreRecord *stored, Hash *leaf, Status *status) {
    Event event;
    uint8_t public_key[ED25519_KEY_BYTES], salts[2 * SALT_BYTES];
    if (!event_decode(genesis, arena, &event, status)) return false;
    ed25519_public_key(seed, public_key);
    if (event.kind == EVENT_BOOK && memcmp(event.log_key, public_key, sizeof public_key) != 0) {
        status_set(status, STATUS_INVALID, "the genesis names another log key");
        return status_where(status, "/log_key");
    }
    Context context = {.principal = principal};
    context.recorded = event.is_trial ? event.end : keeper->clock.wall(keeper->clock.context);
    if (!book_decide(keeper->book, &event, &context, &keeper->decision, status)) return false;
    if (keeper->decision.verdict == VERDICT_REFUSED)
        return refuse_genesis(&keeper->decision, status);
    if (!draw_random(salts, sizeof salts, status)) return false;
    memcpy(stored->event_salt, salts, SALT_BYTES);
    memcpy(stored->decision_salt, salts + SALT_BYTES, SALT_BYTES);
    stored->event = genesis;
    stored->decision = buffer_view(&keeper->decision.bytes);
    Record record = {.logic = LOGIC_NUMBER,
                     .recorded = context.recorded,
                     .event = event_commitment(stored->event_salt, genesis),
                     .decision = decision_commitment(stored->decision_salt, stored->decision)};
    keeper_record(&record, stored, leaf);
    return signer_key_make(KEY_ED25519, event.origin, seed, &keeper->key, status) &&
           (keeper->has_key = true);
}

// The store comes first, so that nothing beside it is written when there is a book already.
static bool write_genesis(Keeper *keeper, const StoreRecord *stored, const Hash *leaf,
                          Status *status) {
    keeper->store = store_open(keeper->name, STORE_CREATE, status);
    if (!keeper->store) return false;
    keeper->sidecar = sidecar_of(keeper->name, keeper->store);
    if (!sidecar_key_write(&keeper->sidecar, &keeper->key, status) ||
        !tree_reserve(keeper->tree, 1, status) ||
        !store_append(keeper->store, 0, stored, 1, status))
        return false;
    tree_append(keeper->tree, leaf);
    atomic_store(&keeper->durable, 1);
    return commit_checkpoint(keeper, true, status);
}

bool keeper_create(const char *name, Text genesis, Text principal, const uint8_t seed[32],
                   const KeeperOptions *options, Status *status) {
    Keeper *keeper = keeper_new(name, options, status);
    if (!keeper) return false;
    Arena arena;
    arena_init(&arena, 64 << 20);
    StoreRecord stored = {.seq = 0};
    Hash leaf;
    bool done = decide_genesis(keeper, genesis, principal, seed, &arena, &stored, &leaf, status) &&
                write_genesis(keeper, &stored, &leaf, status);
    arena_done(&arena);
    keeper_close(keeper, NULL);
    return done;
}
