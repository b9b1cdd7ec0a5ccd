// Intake: copies, decodes, salts and hashes events on the caller's thread, then queues the batch.
#include "keeper/submit.h"

#include "base/memory.h"
#include "codec/event_decode.h"
#include "keeper/state.h"

enum { ARENA_BYTES_MAX = 1 << 30 };

static void really_free(Batch *batch) {
    arena_done(&batch->arena);
    memory_free(batch->entries);
    memory_free(batch->answers);
    memory_free(batch);
}

// Fresh pages for every batch cost more than all that is done with them.
void batch_free(Keeper *keeper, Batch *batch) {
    if (!batch) return;
    bool keeps = batch->arena.used <= SPARE_BYTES_MAX && batch->capacity <= SUBMIT_EACH_MAX;
    pthread_mutex_lock(&keeper->lock);
    keeps = keeps && keeper->spare_count < SPARE_BATCHES;
    if (keeps) {
        batch->next = keeper->spare;
        keeper->spare = batch;
        keeper->spare_count++;
    }
    pthread_mutex_unlock(&keeper->lock);
    if (!keeps) really_free(batch);
}

void batch_free_spare(Keeper *keeper) {
    while (keeper->spare) {
        Batch *batch = keeper->spare;
        keeper->spare = batch->next;
        really_free(batch);
    }
}

static Batch *batch_take(Keeper *keeper) {
    pthread_mutex_lock(&keeper->lock);
    Batch *batch = keeper->spare;
    if (batch) {
        keeper->spare = batch->next;
        keeper->spare_count--;
    }
    pthread_mutex_unlock(&keeper->lock);
    if (!batch) {
        batch = memory_new_zero(1, sizeof *batch);
        if (batch) arena_init(&batch->arena, ARENA_BYTES_MAX);
        return batch;
    }
    arena_reset(&batch->arena);
    *batch = (Batch){.arena = batch->arena,
                     .capacity = batch->capacity,
                     .entries = batch->entries,
                     .answers = batch->answers};
    return batch;
}

static bool make_room(Batch *batch, size_t count, Status *status) {
    batch->count = count;
    if (batch->capacity < count) {
        memory_free(batch->entries);
        memory_free(batch->answers);
        batch->capacity = 0;
        batch->entries = memory_new_zero(count, sizeof *batch->entries);
        batch->answers = memory_new_zero(count, sizeof *batch->answers);
        if (!batch->entries || !batch->answers) return status_no_memory(status);
        batch->capacity = count;
    }
    memset(batch->entries, 0, count * sizeof *batch->entries);
    memset(batch->answers, 0, count * sizeof *batch->answers);
    return true;
}

static bool is_whole(SubmitMode mode) {
    return mode == SUBMIT_WHOLE || mode == SUBMIT_DRY_WHOLE;
}

static bool fits(const Draft *drafts, size_t count, SubmitMode mode, size_t *bytes,
                 Status *status) {
    // A dry run is decided against the book and what came before it in the same call alone, so it
    // may be long.
    size_t most = is_whole(mode) || mode == SUBMIT_DRY_EACH ? SUBMIT_WHOLE_MAX : SUBMIT_EACH_MAX;
    if (count > most) {
        status_set(status, STATUS_LIMIT, "%zu events at once are too many: at most %zu", count,
                   most);
        return status_hint(status, is_whole(mode) ? "cut the batch, or send it with --per-event"
                                                  : "send them in pieces");
    }
    *bytes = 0;
    for (size_t i = 0; i < count; i++) {
        // With its sealed parts around it an event may be longer; what it is itself the decoder
        // sees.
        if (drafts[i].event.length > SUBMIT_ENVELOPE_BYTES_MAX)
            return status_set(status, STATUS_LIMIT, "an event of %zu bytes is too large",
                              drafts[i].event.length);
        *bytes += drafts[i].event.length + drafts[i].principal.length;
    }
    if (is_whole(mode) && count > 1 && *bytes > SUBMIT_WHOLE_BYTES_MAX) {
        status_set(status, STATUS_LIMIT, "a batch of %zu bytes is too large", *bytes);
        return status_hint(status, "cut the batch, or send it with --per-event");
    }
    return true;
}

// The codec's words for an event that cannot be decoded become part of its answer.
static bool take_event(Batch *batch, Entry *entry, Text bytes, Status *status) {
    Status words;
    status_clear(&words);
    if (event_decode(bytes, &batch->arena, &entry->event, &words)) return true;
    if (words.code == STATUS_NO_MEMORY) return status_no_memory(status);
    Status *copy = arena_take(&batch->arena, sizeof *copy);
    if (!copy) return status_no_memory(status);
    *copy = words;
    entry->unread = copy;
    entry->event = (Event){.bytes = bytes, .id = event_id_read(bytes, &batch->arena)};
    return true;
}

static bool copy_text(Arena *arena, Text text, Text *copy, Status *status) {
    char *at = arena_copy(arena, text.at, text.length);
    if (!at) return status_no_memory(status);
    *copy = (Text){at, text.length};
    return true;
}

static bool take_draft(Keeper *keeper, Batch *batch, const Draft *draft, Entry *entry,
                       Status *status) {
    Text bytes;
    if (!copy_text(&batch->arena, draft->event, &bytes, status) ||
        !copy_text(&batch->arena, draft->principal, &entry->principal, status) ||
        !envelope_open(batch, entry, bytes, &bytes, status))
        return false;
    entry->asked = draft->recorded;
    if (entry->unread) return true;
    if (!take_event(batch, entry, bytes, status)) return false;
    if (entry->unread) return true;
    if (!envelope_check(keeper, batch, entry, status)) return false;
    if (!keeper_random(keeper, entry->salts, sizeof entry->salts, status)) return false;
    entry->commitment = event_commitment(entry->salts, bytes);
    return true;
}

static Batch *batch_new(Keeper *keeper, const Draft *drafts, size_t count, SubmitMode mode,
                        Status *status) {
    Batch *batch = batch_take(keeper);
    if (!batch) {
        status_no_memory(status);
        return NULL;
    }
    batch->mode = mode;
    bool done = make_room(batch, count, status);
    for (size_t i = 0; done && i < count; i++)
        done = take_draft(keeper, batch, &drafts[i], &batch->entries[i], status);
    if (done) return batch;
    batch_free(keeper, batch);
    return NULL;
}

static bool may_enter(Keeper *keeper, Status *status) {
    if (!keeper->stopped && !keeper->closing) return true;
    if (keeper->stopped) {
        if (status) *status = keeper->stop_status;
        return false;
    }
    return status_set(status, STATUS_BUSY, "the book is being closed");
}

// Takes room for `bytes`. One batch alone is always let in, whatever its size.
static bool take_room(Keeper *keeper, size_t bytes, bool wait, Status *status) {
    pthread_mutex_lock(&keeper->lock);
    bool entered;
    for (;;) {
        entered = may_enter(keeper, status);
        // Who waits waits early: what lies long between threads has left the caches, and its pages
        // were cleared for nothing.
        size_t most = wait && keeper->bytes_max > KEEPER_BYTES_WAITED ? KEEPER_BYTES_WAITED
                                                                      : keeper->bytes_max;
        bool room = keeper->bytes_under_way == 0 || keeper->bytes_under_way + bytes <= most;
        if (!entered || room) break;
        if (!wait) {
            status_set(status, STATUS_BUSY, "too many events are under way");
            entered = status_hint(status, "send it again a little later");
            break;
        }
        keeper_wait(keeper);
    }
    if (entered) keeper->bytes_under_way += bytes;
    pthread_mutex_unlock(&keeper->lock);
    return entered;
}

static void give_room(Keeper *keeper, size_t bytes) {
    pthread_mutex_lock(&keeper->lock);
    keeper->bytes_under_way -= bytes;
    pthread_cond_broadcast(&keeper->moved);
    pthread_mutex_unlock(&keeper->lock);
}

static bool put_in(Keeper *keeper, Batch *batch, Status *status) {
    pthread_mutex_lock(&keeper->lock);
    bool entered = may_enter(keeper, status);
    if (entered) {
        if (keeper->batch_last)
            keeper->batch_last->next = batch;
        else
            keeper->batch_first = batch;
        keeper->batch_last = batch;
        keeper->sent++;
        pthread_cond_signal(&keeper->to_decide);
    }
    pthread_mutex_unlock(&keeper->lock);
    return entered;
}

bool submit_send(Keeper *keeper, const Draft *drafts, size_t count, SubmitMode mode, bool wait,
                 SubmitDone *done, void *context, Status *status) {
    size_t bytes = 0;
    if (keeper->reads_only)
        return status_set(status, STATUS_DENIED, "the book was opened for reading only");
    if (!fits(drafts, count, mode, &bytes, status)) return false;
    // What an event takes in memory, beside its bytes.
    bytes += count * (sizeof(Entry) + sizeof(Answer) + 256) + 1024;
    if (!take_room(keeper, bytes, wait, status)) return false;
    Batch *batch = batch_new(keeper, drafts, count, mode, status);
    if (batch) {
        batch->bytes = bytes;
        batch->done = done;
        batch->context = context;
        if (put_in(keeper, batch, status)) return true;
        batch_free(keeper, batch);
    }
    give_room(keeper, bytes);
    return false;
}

typedef struct Waiting {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool is_answered;
    SubmitDone *done;
    void *context;
} Waiting;

static void hand_over(void *context, const Answer *answers, size_t count) {
    Waiting *waiting = context;
    if (waiting->done) waiting->done(waiting->context, answers, count);
    pthread_mutex_lock(&waiting->lock);
    waiting->is_answered = true;
    pthread_cond_signal(&waiting->answered);
    pthread_mutex_unlock(&waiting->lock);
}

bool submit_wait(Keeper *keeper, const Draft *drafts, size_t count, SubmitMode mode,
                 SubmitDone *done, void *context, Status *status) {
    Waiting waiting = {.done = done, .context = context};
    pthread_mutex_init(&waiting.lock, NULL);
    pthread_cond_init(&waiting.answered, NULL);
    bool sent = submit_send(keeper, drafts, count, mode, true, hand_over, &waiting, status);
    if (sent && keeper->stepped) submit_flush(keeper);
    pthread_mutex_lock(&waiting.lock);
    while (sent && !waiting.is_answered)
        pthread_cond_wait(&waiting.answered, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    pthread_cond_destroy(&waiting.answered);
    pthread_mutex_destroy(&waiting.lock);
    return sent;
}

void submit_flush(Keeper *keeper) {
    pthread_mutex_lock(&keeper->lock);
    uint64_t sent = keeper->sent;
    while (keeper->answered < sent)
        keeper_wait(keeper);
    pthread_mutex_unlock(&keeper->lock);
}
