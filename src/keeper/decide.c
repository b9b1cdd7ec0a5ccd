// The deciding thread: takes batches in order, decides their events on the book, and hands groups
// to the storing thread. A group is handed over as soon as that thread is idle, or when it is full:
// so a lone event waits for nothing, and under load each commit takes what came during the one
// before.
#include "base/memory.h"
#include "keeper/state.h"

static bool is_whole(const Batch *batch) {
    return batch->mode == SUBMIT_WHOLE || batch->mode == SUBMIT_DRY_WHOLE;
}
static bool is_dry(const Batch *batch) {
    return batch->mode == SUBMIT_DRY_EACH || batch->mode == SUBMIT_DRY_WHOLE;
}

// ---- Groups ----

static void group_free(Keeper *keeper, Group *group) {
    while (group->first) {
        Batch *batch = group->first;
        group->first = batch->next;
        batch_free(keeper, batch);
    }
    memory_free(group->records);
    memory_free(group->forms);
    memory_free(group->leaves);
    memory_free(group);
}

static Group *group_new(Keeper *keeper, Status *status) {
    Group *group = memory_new_zero(1, sizeof *group);
    if (!group) {
        status_no_memory(status);
        return NULL;
    }
    group->before = group->after = book_mark(keeper->book);
    group->base = book_next(keeper->book);
    Group **end = &keeper->pending;
    while (*end)
        end = &(*end)->next;
    *end = group;
    return group;
}

static bool group_reserve(Group *group, size_t more, Status *status) {
    if (group->capacity - group->count >= more) return true;
    size_t capacity =
        group->count + more < KEEPER_GROUP_EVENTS ? KEEPER_GROUP_EVENTS : group->count + more;
    StoreRecord *records = memory_resize(group->records, capacity * sizeof *records);
    if (!records) return status_no_memory(status);
    group->records = records;
    Record *forms = memory_resize(group->forms, capacity * sizeof *forms);
    if (!forms) return status_no_memory(status);
    group->forms = forms;
    Hash *leaves = memory_resize(group->leaves, capacity * sizeof *leaves);
    if (!leaves) return status_no_memory(status);
    group->leaves = leaves;
    group->capacity = capacity;
    return true;
}

// Frees the groups that were answered, and tells the book what is durable.
static void free_retired(Keeper *keeper) {
    for (;;) {
        Group *group = keeper->pending;
        pthread_mutex_lock(&keeper->lock);
        bool retired = group && group->retired, failed = retired && group->failed;
        pthread_mutex_unlock(&keeper->lock);
        if (!retired) return;
        keeper->pending = group->next;
        if (!failed) book_forget(keeper->book, group->after);
        group_free(keeper, group);
    }
}

// ---- An id that comes again ----

typedef struct Again {
    Text event;
    Decision *decision;
    bool same;
    Instant recorded;
} Again;

static bool compare_with(Again *again, const StoreRecord *stored, Instant recorded,
                         Status *status) {
    again->same = text_equal(stored->event, again->event);
    again->recorded = recorded;
    Text principal;
    return !again->same || decision_read(stored->decision, again->decision, &principal, status);
}

static bool compare(void *context, const StoreRecord *stored, Status *status) {
    Record record;
    return record_read((Text){(const char *)stored->record, RECORD_BYTES}, &record, status) &&
           compare_with(context, stored, record.recorded, status);
}

static bool find_first(Keeper *keeper, uint64_t seq, Again *again, Status *status) {
    for (Group *group = keeper->pending; group; group = group->next)
        if (seq >= group->base && seq < group->base + group->count)
            return compare_with(again, &group->records[seq - group->base],
                                group->forms[seq - group->base].recorded, status);
    pthread_mutex_lock(&keeper->reader_lock);
    bool found = store_read(keeper->reader, seq, 1, compare, again, status);
    pthread_mutex_unlock(&keeper->reader_lock);
    return found;
}

// ---- Answers ----

static bool copy_reasons(Batch *batch, const Decision *decision, Answer *answer, Status *status) {
    answer->reason_count = decision->reason_count;
    if (decision->reason_count == 0) return true;
    size_t size = decision->reason_count * sizeof(Reason);
    Reason *reasons = arena_take(&batch->arena, size);
    if (!reasons) return status_no_memory(status);
    memcpy(reasons, decision->reasons, size);
    answer->reasons = reasons;
    return true;
}

static bool answer_code(Batch *batch, Answer *answer, uint16_t code, const char *where,
                        Status *status) {
    Reason *reason = arena_take_zero(&batch->arena, 1, sizeof *reason);
    if (!reason) return status_no_memory(status);
    reason->code = code;
    reason->cause = CAUSE_NONE;
    size_t length = strnlen(where, sizeof reason->where - 1);
    memcpy(reason->where, where, length);
    answer->verdict = VERDICT_REFUSED;
    answer->reasons = reason;
    answer->reason_count = 1;
    return true;
}

void keeper_answer_all(Keeper *keeper, Batch *batch, const Status *status) {
    static const Status no_memory = {.code = STATUS_NO_MEMORY, .message = "out of memory"};
    Status *copy = arena_take(&batch->arena, sizeof *copy);
    if (copy) *copy = *status;
    for (size_t i = 0; i < batch->count; i++) {
        Answer *answer = &batch->answers[i];
        bool unread = answer->verdict == VERDICT_REFUSED && batch->entries[i].unread;
        bool is_durable = answer->repeated && answer->seq < read_durable(keeper);
        if (unread || is_durable) continue;
        *answer = (Answer){.party = batch->entries[i].event.party,
                           .id = batch->entries[i].event.id,
                           .status = copy ? copy : &no_memory};
    }
}

// ---- Deciding ----

// When it counts as recorded. False when the book is not a trial one and the line says a time.
static bool stamp(Keeper *keeper, const Entry *entry, Instant now, Instant *recorded,
                  Status *status) {
    Instant last = book_last_recorded(keeper->book);
    if (book_is_trial(keeper->book)) {
        if (entry->asked != SUBMIT_NOW && entry->asked < last) {
            char text[INSTANT_TEXT_MAX], before[INSTANT_TEXT_MAX];
            status_set(status, STATUS_INVALID, "recorded \"%s\" is before the last record, \"%s\"",
                       instant_print(entry->asked, text), instant_print(last, before));
            return status_hint(status, "lines stand in the order in which they were recorded");
        }
        Instant wanted = entry->asked != SUBMIT_NOW ? entry->asked : entry->event.end;
        *recorded = wanted > last ? wanted : last;
        return true;
    }
    if (entry->asked != SUBMIT_NOW) {
        status_set(status, STATUS_DENIED,
                   "only a trial book takes the time of recording from a line");
        return status_hint(status, "send the event alone: it is recorded now");
    }
    *recorded = now > last ? now : last;
    return true;
}

static bool put_record(Keeper *keeper, Group *group, Batch *batch, const Entry *entry,
                       uint64_t first_of_batch, Instant recorded, Status *status) {
    Text decision = buffer_view(&keeper->decision.bytes);
    char *copy = arena_copy(&batch->arena, decision.at, decision.length);
    if (!copy) return status_no_memory(status);
    decision.at = copy;
    uint64_t seq = group->base + group->count;
    StoreRecord *stored = &group->records[group->count];
    memcpy(stored->event_salt, entry->salts, SALT_BYTES);
    memcpy(stored->decision_salt, entry->salts + SALT_BYTES, SALT_BYTES);
    stored->event = entry->event.bytes;
    stored->decision = decision;
    stored->parts = entry->parts;
    stored->part_count = entry->part_count;
    stored->seq = seq;
    group->forms[group->count++] = (Record){.logic = LOGIC_NUMBER,
                                            .seq = seq,
                                            .recorded = recorded,
                                            .batch = is_whole(batch) ? first_of_batch : seq,
                                            .event = entry->commitment};
    ring_confirm(keeper->ring, &entry->event);
    group->kinds |= (uint64_t)1 << ((unsigned)entry->event.kind % EVENT_KINDS_WATCHED);
    return true;
}

static bool answer_again(Keeper *keeper, Batch *batch, const Entry *entry, uint64_t seq,
                         Answer *answer, Status *status) {
    Again again = {.event = entry->event.bytes, .decision = &keeper->decision};
    if (!find_first(keeper, seq, &again, status)) return false;
    if (!again.same) return answer_code(batch, answer, CODE_ID_REUSED, "/id", status);
    answer->verdict = keeper->decision.verdict;
    answer->has_seq = answer->repeated = true;
    answer->seq = seq;
    answer->recorded = again.recorded;
    return copy_reasons(batch, &keeper->decision, answer, status);
}

// In a dry run nothing is kept but the answers: the event that it repeats stands before it in the
// batch.
static bool answer_dry_again(Batch *batch, size_t index, uint64_t seq, Answer *answer,
                             Status *status) {
    for (size_t i = 0; i < index; i++) {
        const Answer *first = &batch->answers[i];
        if (!first->has_seq || first->seq != seq) continue;
        if (!text_equal(batch->entries[i].event.bytes, batch->entries[index].event.bytes)) break;
        *answer = *first;
        answer->repeated = true;
        return true;
    }
    return answer_code(batch, answer, CODE_ID_REUSED, "/id", status);
}

// Decides one event; the answer is filled in. False when nothing could be decided: then `status`
// says why, and the book is as it was.
static bool decide_one(Keeper *keeper, Group *group, Batch *batch, size_t index,
                       uint64_t first_of_batch, Instant now, Status *status) {
    Entry *entry = &batch->entries[index];
    Answer *answer = &batch->answers[index];
    *answer = (Answer){.party = entry->event.party, .id = entry->event.id};
    if (entry->unread) {
        answer->status = entry->unread;
        return answer_code(batch, answer, CODE_MALFORMED, entry->unread->where, status);
    }
    if (entry->refused) {
        answer->status = entry->refused;
        return answer_code(batch, answer, entry->refused_code, "", status);
    }
    uint64_t first = book_event_find(keeper->book, entry->event.party, entry->event.id);
    if (first != UINT64_MAX && is_dry(batch) && first >= first_of_batch)
        return answer_dry_again(batch, index, first, answer, status);
    if (first != UINT64_MAX) return answer_again(keeper, batch, entry, first, answer, status);
    Context context = {.principal = entry->principal,
                       .signature_kind = entry->signature_kind,
                       .signature = entry->signature,
                       .public_key = entry->public_key};
    if (!stamp(keeper, entry, now, &context.recorded, status)) return false;
    BookMark mark = book_mark(keeper->book);
    if (!book_decide(keeper->book, &entry->event, &context, &keeper->decision, status))
        return false;
    answer->verdict = keeper->decision.verdict;
    if (!copy_reasons(batch, &keeper->decision, answer, status)) {
        book_rewind(keeper->book, mark);
        return false;
    }
    if (answer->verdict == VERDICT_REFUSED) return true;
    answer->has_seq = true;
    answer->seq = mark.next;
    answer->recorded = context.recorded;
    if (is_dry(batch)) return true;
    if (put_record(keeper, group, batch, entry, first_of_batch, context.recorded, status))
        return true;
    book_rewind(keeper->book, mark);
    return false;
}

static const Status *copy_status(Batch *batch, const Status *status) {
    Status *copy = arena_take(&batch->arena, sizeof *copy);
    if (copy) *copy = *status;
    return copy;
}

// One of a whole batch was refused or could not be decided: the others were not recorded because of
// it.
static void answer_companions(Batch *batch, size_t culprit, uint64_t first_of_batch) {
    Status words;
    status_set(&words, STATUS_CONFLICT,
               "not recorded: event %zu of the batch, \"%.*s\", was refused, and all or none are",
               culprit + 1, TEXT_ARG(batch->entries[culprit].event.id));
    status_hint(&words, "mend that event and send the batch again, or send it with --per-event");
    const Status *copy = copy_status(batch, &words);
    for (size_t i = 0; i < batch->count; i++) {
        Answer *answer = &batch->answers[i];
        // One that repeats another of this batch was taken back with it.
        if (i == culprit || (answer->repeated && answer->seq < first_of_batch)) continue;
        *answer = (Answer){.party = batch->entries[i].event.party,
                           .id = batch->entries[i].event.id,
                           .status = copy};
    }
}

static void decide_events(Keeper *keeper, Group *group, Batch *batch, Instant now) {
    BookMark mark = book_mark(keeper->book);
    size_t count = group->count;
    uint64_t kinds = group->kinds;
    for (size_t i = 0; i < batch->count; i++)
        book_event_prefetch(keeper->book, batch->entries[i].event.party,
                            batch->entries[i].event.id);
    for (size_t i = 0; i < batch->count; i++) {
        Status status;
        status_clear(&status);
        Answer *answer = &batch->answers[i];
        if (!decide_one(keeper, group, batch, i, mark.next, now, &status))
            *answer = (Answer){.party = batch->entries[i].event.party,
                               .id = batch->entries[i].event.id,
                               .status = copy_status(batch, &status)};
        bool taken = answer->verdict != VERDICT_REFUSED && answer->verdict != VERDICT_NONE;
        if (taken || !is_whole(batch)) continue;
        book_rewind(keeper->book, mark);
        group->count = count;
        group->kinds = kinds;
        answer_companions(batch, i, mark.next);
        return;
    }
    if (is_dry(batch)) book_rewind(keeper->book, mark);
}

// ---- The loop ----

static void open_group_take(Group *group, Batch *batch) {
    batch->next = NULL;
    if (group->last)
        group->last->next = batch;
    else
        group->first = batch;
    group->last = batch;
    group->events += batch->count;
}

static bool time_now(Keeper *keeper, Instant *now, Status *status) {
    // A trial book takes its time from its events.
    *now = 0;
    if (book_is_trial(keeper->book)) return true;
    if (!clock_now(&keeper->clock, &keeper->watch, now, status)) return false;
    if (book_last_recorded(keeper->book) - *now <= KEEPER_FUTURE_US) return true;
    char text[INSTANT_TEXT_MAX];
    status_set(status, STATUS_CONFLICT, "the last record is from the future, \"%s\"",
               instant_print(book_last_recorded(keeper->book), text));
    return status_hint(status, "check the machine's time, then start again");
}

static void decide_batch(Keeper *keeper, Batch *batch) {
    Status status;
    status_clear(&status);
    if (!keeper->open) keeper->open = group_new(keeper, &status);
    Group *group = keeper->open;
    Instant now = 0;
    bool ready = group && group_reserve(group, batch->count, &status);
    if (ready && !time_now(keeper, &now, &status)) {
        ready = false;
        pthread_mutex_lock(&keeper->lock);
        keeper_stop(keeper, &status);
        pthread_mutex_unlock(&keeper->lock);
    }
    if (!ready) {
        keeper_answer_all(keeper, batch, &status);
        if (!group) { // no memory even for a group: nothing before it waits either
            keeper_answer(keeper, batch);
            batch_free(keeper, batch);
            return;
        }
    } else {
        pthread_rwlock_wrlock(&keeper->book_lock);
        decide_events(keeper, group, batch, now);
        pthread_rwlock_unlock(&keeper->book_lock);
    }
    open_group_take(group, batch);
    group->after = book_mark(keeper->book);
}

// Under the lock.
static Batch *next_batch(Keeper *keeper) {
    Batch *batch = keeper->batch_first;
    if (!batch) return NULL;
    keeper->batch_first = batch->next;
    if (!keeper->batch_first) keeper->batch_last = NULL;
    batch->next = NULL;
    return batch;
}

// Under the lock.
static void hand_over(Keeper *keeper) {
    Group *group = keeper->open;
    keeper->open = NULL;
    // `next` links all pending groups in order, so the queue is a stretch of that list.
    if (!keeper->group_first) keeper->group_first = group;
    keeper->group_last = group;
    keeper->groups_ahead++;
    pthread_cond_signal(&keeper->to_store);
}

// After a commit whose outcome is unknown the store may hold more than the book: then that is the
// log. The storing thread is idle, so its store and its tree can be used here.
static bool read_tail(Keeper *keeper, Status *status) {
    if (!keeper->reload || !keeper->store) return true;
    if (!load_book(keeper->store, keeper->book, keeper->tree, status) ||
        !ring_fill(keeper->ring, keeper->book, status))
        return false;
    atomic_store_explicit(&keeper->durable, tree_size(keeper->tree), memory_order_release);
    return true;
}

// An append failed: the open group is answered, those queued are being answered by the storing
// thread; then the book goes back to what is durable.
static void go_back(Keeper *keeper) {
    if (keeper->open) {
        Status status;
        keeper_say_behind(keeper, &status);
        for (Batch *batch = keeper->open->first; batch; batch = batch->next) {
            keeper_answer_all(keeper, batch, &status);
            keeper_answer(keeper, batch);
        }
        pthread_mutex_lock(&keeper->lock);
        keeper->open->retired = keeper->open->failed = true;
        pthread_mutex_unlock(&keeper->lock);
        keeper->open = NULL;
    }
    pthread_mutex_lock(&keeper->lock);
    while (keeper->groups_ahead > 0) {
        if (!keeper->stepped) {
            pthread_cond_wait(&keeper->to_decide, &keeper->lock);
            continue;
        }
        pthread_mutex_unlock(&keeper->lock);
        (void)store_step(keeper);
        pthread_mutex_lock(&keeper->lock);
    }
    BookMark mark = keeper->failed_mark;
    pthread_mutex_unlock(&keeper->lock);
    free_retired(keeper);
    pthread_rwlock_wrlock(&keeper->book_lock);
    book_rewind(keeper->book, mark);
    atomic_fetch_add(&keeper->rewinds, 1);
    Status status;
    bool whole = read_tail(keeper, &status);
    pthread_rwlock_unlock(&keeper->book_lock);
    Status behind;
    keeper_say_behind(keeper, &behind);
    pthread_mutex_lock(&keeper->lock);
    if (!whole) keeper_stop(keeper, &status);
    // What was sent before anybody could know rests on what is undone: judged by itself it would be
    // told that its lots and parties do not exist.
    while (keeper->batch_first && keeper->batch_first->undone) {
        Batch *batch = next_batch(keeper);
        pthread_mutex_unlock(&keeper->lock);
        keeper_answer_all(keeper, batch, &behind);
        keeper_answer(keeper, batch);
        batch_free(keeper, batch);
        pthread_mutex_lock(&keeper->lock);
    }
    keeper->failing = keeper->reload = false;
    pthread_cond_broadcast(&keeper->moved);
    pthread_mutex_unlock(&keeper->lock);
}

typedef enum Step { STEP_NONE, STEP_DECIDE, STEP_STORE, STEP_GO_BACK, STEP_END } Step;

// What is to be done; with `wait` it waits for it. Under no lock.
static Step next_step(Keeper *keeper, Batch **batch, bool wait) {
    pthread_mutex_lock(&keeper->lock);
    Step step;
    for (;;) {
        size_t waiting = keeper->batch_first ? keeper->batch_first->count : 0;
        bool full = keeper->open && keeper->open->events + waiting > keeper->group_events;
        if (keeper->failing) {
            step = STEP_GO_BACK;
        } else if (keeper->open &&
                   (keeper->groups_ahead == 0 || (full && keeper->groups_ahead < GROUPS_AHEAD))) {
            step = STEP_STORE;
            hand_over(keeper);
        } else if (keeper->batch_first && !full) {
            step = STEP_DECIDE;
            *batch = next_batch(keeper);
        } else if (keeper->closing && !keeper->batch_first && !keeper->open &&
                   keeper->groups_ahead == 0) {
            step = STEP_END;
        } else if (!wait) {
            step = STEP_NONE;
        } else {
            pthread_cond_wait(&keeper->to_decide, &keeper->lock);
            continue;
        }
        break;
    }
    pthread_mutex_unlock(&keeper->lock);
    return step;
}

static Step take_step(Keeper *keeper, bool wait) {
    Batch *batch = NULL;
    Step step = next_step(keeper, &batch, wait);
    free_retired(keeper);
    if (step == STEP_GO_BACK) go_back(keeper);
    if (step == STEP_DECIDE) {
        Status status;
        if (keeper_is_writing(keeper, &status)) {
            decide_batch(keeper, batch);
        } else {
            keeper_answer_all(keeper, batch, &status);
            keeper_answer(keeper, batch);
            batch_free(keeper, batch);
        }
    }
    return step;
}

bool decide_step(Keeper *keeper) {
    Step step = take_step(keeper, false);
    return step != STEP_NONE && step != STEP_END;
}

void *decide_loop(void *context) {
    Keeper *keeper = context;
    pthread_setname_np(pthread_self(), "decide");
    while (take_step(keeper, true) != STEP_END)
        continue;
    free_retired(keeper);
    pthread_mutex_lock(&keeper->lock);
    keeper->decided_all = true;
    pthread_cond_signal(&keeper->to_store);
    pthread_mutex_unlock(&keeper->lock);
    return NULL;
}
