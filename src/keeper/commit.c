// The storing thread: appends groups, answers once they are durable, keeps house between two
// groups, and signs checkpoints, always over what is durable only.
//
// A failed append is either certainly not there (no room, no memory) or unknown. Then the store is
// closed and opened anew, which makes what can be read durable by fresh writes; what is found there
// is the truth. If the group is found whole, it was recorded, and is answered so. If it is not, its
// senders are told that nobody knows: after a crash the file system may still bring it back, and
// then their retry gets the first answer. A full disk is told as such either way, and however often
// it happens the keeper goes on: there will be room again.
#include "base/memory.h"
#include "keeper/parts.h"
#include "keeper/state.h"

#include <time.h>

enum { FAILURES_MAX = 3, NOTE_BYTES = 1 << 16 };

static int64_t machine_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void keeper_answer(Keeper *keeper, Batch *batch) {
    if (batch->done) batch->done(batch->context, batch->answers, batch->count);
    pthread_mutex_lock(&keeper->lock);
    keeper->bytes_under_way -= batch->bytes;
    keeper->answered++;
    pthread_cond_broadcast(&keeper->moved);
    pthread_mutex_unlock(&keeper->lock);
}

// ---- What became of a group ----

typedef struct Comparing {
    const Group *group;
    size_t same;
} Comparing;

static bool compare(void *context, const StoreRecord *stored, Status *status) {
    (void)status;
    Comparing *comparing = context;
    const StoreRecord *ours = &comparing->group->records[comparing->same];
    if (memcmp(stored->record, ours->record, RECORD_BYTES) != 0) return false;
    comparing->same++; // the record commits to all the rest
    return true;
}

// Whether the store ends with just this group. Sets `reload` when it holds anything else that is
// new.
static bool is_there(Keeper *keeper, const Group *group, Status *status) {
    uint64_t next;
    if (!store_next(keeper->store, &next, status)) return false;
    if (next == group->base) return false;
    Comparing comparing = {.group = group};
    if (next == group->base + group->count &&
        store_read(keeper->store, group->base, group->count, compare, &comparing, status) &&
        comparing.same == group->count)
        return true;
    pthread_mutex_lock(&keeper->lock);
    keeper->reload = true;
    if (next < group->base) {
        status_set(status, STATUS_CORRUPT, "the store lost records: it ends at number %llu",
                   (unsigned long long)next);
        keeper_stop(keeper, status);
    }
    pthread_mutex_unlock(&keeper->lock);
    return false;
}

static void say_unknown(Status *status) {
    status->code = STATUS_UNKNOWN;
    status_hint(status,
                "send it again with the same id: it is recorded once, whatever became of it");
}

static bool is_certain(StatusCode code) {
    return code == STATUS_NO_SPACE || code == STATUS_NO_MEMORY || code == STATUS_BUSY ||
           code == STATUS_LIMIT || code == STATUS_DENIED;
}

static bool open_again(Keeper *keeper, Status *status) {
    store_close(keeper->store);
    keeper->store = store_open(keeper->name, STORE_WRITE, status);
    return keeper->store != NULL;
}

static void say_full(Status *status, bool is_known) {
    status_set(status, STATUS_NO_SPACE,
               is_known ? "not recorded: the disk is full"
                        : "the disk is full, and it may or may not be recorded");
    status_hint(status, "make room, then send it again with the same id: it is recorded once");
}

// After an error that leaves things unknown. True: the group is there and durable.
static bool look_again(Keeper *keeper, const Group *group, Status *status) {
    Status found;
    status_clear(&found);
    bool full = keeper->store && store_was_full(keeper->store);
    bool opened = open_again(keeper, &found);
    bool there = opened && is_there(keeper, group, &found);
    if (full)
        say_full(status, opened && found.code == STATUS_OK);
    else
        say_unknown(status);
    return there;
}

// The commitments of the decisions are made here, where there is more time than where they are
// decided one after the other.
static void write_records(Group *group) {
    for (size_t i = 0; i < group->count; i++) {
        StoreRecord *stored = &group->records[i];
        Record record = group->forms[i];
        record.decision = decision_commitment(stored->decision_salt, stored->decision);
        keeper_record(&record, stored, &group->leaves[i]);
    }
}

static bool append(Keeper *keeper, Group *group, Status *status) {
    if (group->count == 0) return true;
    write_records(group);
    if (group->count > UINT32_MAX || !tree_reserve(keeper->tree, (uint32_t)group->count, status))
        return false;
    // The store was lost earlier. What is found in it then may not be what the book thinks.
    if (!keeper->store && !open_again(keeper, status)) return false;
    if (store_append(keeper->store, group->base, group->records, group->count, status)) return true;
    if (is_certain(status->code)) return false;
    return look_again(keeper, group, status);
}

// ---- Checkpoints ----

static bool sign(Keeper *keeper, uint64_t size, Status *status) {
    if (keeper->note_head.size == size && keeper->note.length > 0) return true;
    Checkpoint checkpoint = {.origin = key_name(&keeper->key.verifier), .head = {.size = size}};
    if (!tree_root(keeper->tree, size, &checkpoint.head.root, status)) return false;
    Buffer note;
    buffer_init(&note, NOTE_BYTES);
    if (!checkpoint_sign(&checkpoint, &keeper->key, &note, status)) {
        buffer_done(&note);
        return false;
    }
    buffer_done(&keeper->note);
    keeper->note = note;
    keeper->note_head = checkpoint.head;
    return true;
}

bool commit_checkpoint(Keeper *keeper, bool keep, Status *status) {
    pthread_mutex_lock(&keeper->sign_lock);
    uint64_t size = read_durable(keeper);
    bool done = sign(keeper, size, status);
    if (done && keep && keeper->kept_size != size) {
        done = sidecar_checkpoint_write(&keeper->sidecar, buffer_view(&keeper->note), status);
        if (done) keeper->kept_size = size;
    }
    pthread_mutex_unlock(&keeper->sign_lock);
    if (keep) keeper->kept_at = machine_time();
    return done;
}

static bool checkpoint_is_due(const Keeper *keeper) {
    return keeper->kept_size != read_durable(keeper) &&
           machine_time() - keeper->kept_at >= keeper->checkpoint_every;
}

// Between two groups. What fails here loses nothing: the next time tries again, and closing tells.
static void keep_house(Keeper *keeper) {
    Status status;
    if (keeper->store && !store_tidy(keeper->store, &status) && status.code == STATUS_IO) {
        store_close(keeper->store);
        keeper->store = NULL;
    }
    if (checkpoint_is_due(keeper) && !commit_checkpoint(keeper, true, &status))
        keeper->kept_at = machine_time();
}

// ---- The loop ----

static void publish(Keeper *keeper, const Group *group) {
    for (size_t i = 0; i < group->count; i++)
        tree_append(keeper->tree, &group->leaves[i]);
    atomic_store_explicit(&keeper->durable, tree_size(keeper->tree), memory_order_release);
}

static void retire(Keeper *keeper, Group *group) {
    pthread_mutex_lock(&keeper->lock);
    ReadMoved *moved = group->count > 0 && !keeper->failing ? keeper->on_moved : NULL;
    void *context = keeper->moved_context;
    uint64_t kinds = group->kinds;
    group->retired = true;
    keeper->groups_ahead--;
    pthread_cond_signal(&keeper->to_decide);
    pthread_cond_broadcast(&keeper->moved);
    if (moved) moved(context, read_durable(keeper), kinds);
    pthread_mutex_unlock(&keeper->lock);
}

static void fail(Keeper *keeper, Group *group, const Status *status) {
    pthread_mutex_lock(&keeper->lock);
    group->failed = true;
    if (!keeper->failing) {
        keeper->failing = true;
        keeper->full = status->code == STATUS_NO_SPACE;
        for (Batch *batch = keeper->batch_first; batch; batch = batch->next)
            batch->undone = true;
        keeper->failed_mark = group->before;
        pthread_cond_signal(&keeper->to_decide);
        bool hopeless = !is_certain(status->code) && ++keeper->failures >= FAILURES_MAX;
        if (hopeless) keeper_stop(keeper, status);
    }
    pthread_mutex_unlock(&keeper->lock);
    for (Batch *batch = group->first; batch; batch = batch->next)
        keeper_answer_all(keeper, batch, status);
}

static bool is_failing(Keeper *keeper) {
    pthread_mutex_lock(&keeper->lock);
    bool failing = keeper->failing;
    pthread_mutex_unlock(&keeper->lock);
    return failing;
}

void keeper_say_behind(Keeper *keeper, Status *status) {
    pthread_mutex_lock(&keeper->lock);
    bool full = keeper->full;
    pthread_mutex_unlock(&keeper->lock);
    if (full) {
        say_full(status, true);
        return;
    }
    status_set(status, STATUS_BUSY, "not recorded: a commit before it failed");
    status_hint(status, "send it again");
}

// What is said to be erased is gone before that is answered. When the store cannot, the record
// stands, and the next opening tries again.
static void erase_parts(Keeper *keeper, const Group *group) {
    Status status;
    for (const Batch *batch = group->first; batch; batch = batch->next)
        for (size_t i = 0; i < batch->count; i++) {
            const Event *event = &batch->entries[i].event;
            const Answer *answer = &batch->answers[i];
            if (event->kind != EVENT_ERASE || !answer->has_seq || answer->repeated) continue;
            if (!parts_erase(keeper->store, event, &status)) return;
        }
}

static void store_group(Keeper *keeper, Group *group) {
    Status status;
    status_clear(&status);
    if (is_failing(keeper)) {
        keeper_say_behind(keeper, &status);
        fail(keeper, group, &status);
    } else if (append(keeper, group, &status)) {
        if (group->count > 0) keeper->failures = 0;
        publish(keeper, group);
        if (group->kinds >> EVENT_ERASE & 1) erase_parts(keeper, group);
    } else {
        fail(keeper, group, &status);
    }
    // A batch may be freed once its group is retired, not before.
    for (Batch *batch = group->first, *next; batch; batch = next) {
        next = batch->next;
        keeper_answer(keeper, batch);
    }
    retire(keeper, group);
}

// Under the lock: the group that is next, if any.
static Group *pop_group(Keeper *keeper) {
    Group *group = keeper->group_first;
    if (!group) return NULL;
    keeper->group_first = group == keeper->group_last ? NULL : group->next;
    if (!keeper->group_first) keeper->group_last = NULL;
    return group;
}

// Under the lock: the next group, or null after a while without one.
static Group *take_group(Keeper *keeper, bool *ended) {
    bool waits = !keeper->group_first;
    *ended = waits && keeper->decided_all;
    if (waits && !*ended) {
        int64_t until = machine_time() + keeper->checkpoint_every;
        struct timespec deadline = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};
        if (keeper->kept_size == read_durable(keeper))
            pthread_cond_wait(&keeper->to_store, &keeper->lock);
        else
            pthread_cond_timedwait(&keeper->to_store, &keeper->lock, &deadline);
    }
    return pop_group(keeper);
}

bool store_step(Keeper *keeper) {
    pthread_mutex_lock(&keeper->lock);
    Group *group = pop_group(keeper);
    pthread_mutex_unlock(&keeper->lock);
    if (!group) return false;
    store_group(keeper, group);
    if (!is_failing(keeper)) keep_house(keeper);
    return true;
}

void *store_loop(void *context) {
    Keeper *keeper = context;
    pthread_setname_np(pthread_self(), "store");
    for (bool ended = false; !ended;) {
        pthread_mutex_lock(&keeper->lock);
        Group *group = take_group(keeper, &ended);
        pthread_mutex_unlock(&keeper->lock);
        if (group) store_group(keeper, group);
        if (!is_failing(keeper)) keep_house(keeper);
    }
    return NULL;
}
