#include "keeper/replay.h"

#include <errno.h>
#include <sys/random.h>

#include "base/memory.h"
#include "keeper/digest_book.h"
#include "keeper/load.h"
#include "keeper/parts.h"
#include "keeper/sidecar.h"
#include "keeper/state.h"

enum { ARENA_BYTES = 1 << 30, GROUP_BYTES = 32 << 20 };

struct Replay {
    Store *store;
    Sidecar sidecar;
    char *name;
    Book *book;
    Tree *tree;
    Arena arena; // of the group
    StoreRecord *group;
    size_t count;
    uint64_t appended;
    uint64_t covered; // by the checkpoint that came
    bool erases;      // the group holds an erasure
};

static const Text copy_setting = {"copy", 4};

bool replay_create(const char *name, Status *status) {
    Store *store = store_open(name, STORE_CREATE, status);
    bool done = store && store_setting_put(store, copy_setting, TEXT("yes"), status);
    store_close(store);
    return done;
}

static bool prepare(Replay *replay, const char *name, Status *status) {
    uint8_t hash_key[16];
    if (getrandom(hash_key, sizeof hash_key, 0) != sizeof hash_key)
        return status_set(status, STATUS_IO, "the system gives no random bytes");
    size_t length = strlen(name);
    replay->name = memory_new(length + 1);
    replay->group = memory_new_zero(KEEPER_GROUP_EVENTS, sizeof *replay->group);
    if (!replay->name || !replay->group) return status_no_memory(status);
    memcpy(replay->name, name, length + 1);
    replay->book = keeper_book_new(hash_key, status);
    replay->tree = replay->book ? tree_new(status) : NULL;
    return replay->tree != NULL;
}

static bool open_copy(Replay *replay, const char *name, Status *status) {
    if (!prepare(replay, name, status)) return false;
    replay->store = store_open(name, STORE_WRITE, status);
    if (!replay->store) return false;
    replay->sidecar = sidecar_of(replay->name, replay->store);
    Text value;
    Status found;
    if (!store_setting_get(replay->store, copy_setting, &replay->arena, &value, &found)) {
        if (status) *status = found;
        if (found.code != STATUS_NOT_FOUND) return false;
        status_set(status, STATUS_DENIED, "book \"%s\" is no copy: it decides itself", name);
        return status_hint(status, "make a copy with \"ytterby init --copy\"");
    }
    if (!load_new_book(replay->store, replay->book, replay->tree, status)) return false;
    replay->appended = book_next(replay->book);
    return true;
}

static void free_replay(Replay *replay) {
    store_close(replay->store);
    tree_free(replay->tree);
    book_free(replay->book);
    arena_done(&replay->arena);
    memory_free(replay->group);
    memory_free(replay->name);
    memory_free(replay);
}

static Replay *replay_begin(const char *name, bool (*begin)(Replay *, const char *, Status *),
                            Status *status) {
    Replay *replay = memory_new_zero(1, sizeof *replay);
    if (!replay) {
        status_no_memory(status);
        return NULL;
    }
    arena_init(&replay->arena, ARENA_BYTES);
    if (begin(replay, name, status)) return replay;
    free_replay(replay);
    return NULL;
}

Replay *replay_open(const char *name, Status *status) {
    return replay_begin(name, open_copy, status);
}

Replay *replay_judge(Status *status) {
    return replay_begin("the file", prepare, status);
}

uint64_t replay_next(const Replay *replay) {
    return book_next(replay->book);
}

static bool append_group(Replay *replay, Status *status) {
    if (replay->count == 0) return true;
    if (replay->store &&
        !store_append(replay->store, replay->appended, replay->group, replay->count, status))
        return false;
    replay->appended += replay->count;
    replay->count = 0;
    arena_reset(&replay->arena);
    book_forget(replay->book, book_mark(replay->book));
    if (replay->store && replay->erases && !parts_settle(replay->store, replay->book, status))
        return false;
    replay->erases = false;
    return !replay->store || store_tidy(replay->store, status);
}

// The record as it stood in the log that it came from.
static void store_form(const EventLine *line, StoreRecord *stored) {
    *stored = (StoreRecord){.event = line->event, .decision = line->decision};
    memcpy(stored->event_salt, line->salts[0], SALT_BYTES);
    memcpy(stored->decision_salt, line->salts[1], SALT_BYTES);
    Record record = {.logic = line->logic,
                     .flags = line->flags,
                     .seq = line->seq,
                     .recorded = line->recorded,
                     .batch = line->batch,
                     .event = event_commitment(stored->event_salt, stored->event),
                     .decision = decision_commitment(stored->decision_salt, stored->decision)};
    Hash leaf;
    keeper_record(&record, stored, &leaf);
}

static bool copy_texts(Replay *replay, StoreRecord *stored, Status *status) {
    stored->event.at = arena_copy(&replay->arena, stored->event.at, stored->event.length);
    stored->decision.at = arena_copy(&replay->arena, stored->decision.at, stored->decision.length);
    return (stored->event.at && stored->decision.at) || status_no_memory(status);
}

bool replay_record(Replay *replay, const EventLine *line, Status *status) {
    if (line->form != LINE_RECORD) {
        status_set(status, STATUS_DENIED, "a copy takes record/1 lines only");
        return status_hint(status, "they come from \"ytterby export\"");
    }
    if (line->seq != book_next(replay->book)) {
        status_set(status, STATUS_INVALID, "record %llu comes where record %llu must",
                   (unsigned long long)line->seq, (unsigned long long)book_next(replay->book));
        return status_where(status, "/seq");
    }
    if (line->recorded < book_last_recorded(replay->book)) {
        status_set(status, STATUS_INVALID, "the record is older than the one before it");
        return status_where(status, "/recorded");
    }
    if (replay->count == KEEPER_GROUP_EVENTS || replay->arena.used > GROUP_BYTES)
        if (!append_group(replay, status)) return false;
    StoreRecord *stored = &replay->group[replay->count];
    Loaded loaded;
    store_form(line, stored);
    if (!copy_texts(replay, stored, status) ||
        !load_record(stored, LOAD_WHOLE, &replay->arena, &loaded, status) ||
        !tree_reserve(replay->tree, 1, status) ||
        !book_apply(replay->book, &loaded.event, loaded.decision, loaded.record.recorded, status))
        return load_where(status, line->seq, NULL);
    tree_append(replay->tree, &loaded.leaf);
    replay->erases |= loaded.event.kind == EVENT_ERASE;
    replay->count++;
    return true;
}

static bool open_checkpoint(const Replay *replay, Text note, Checkpoint *checkpoint,
                            Status *status) {
    if (book_next(replay->book) == 0)
        return status_set(status, STATUS_INVALID, "a checkpoint comes without a record before it");
    VerifierKey key;
    if (!verifier_key_make(KEY_ED25519, book_origin(replay->book), book_log_key(replay->book), &key,
                           status))
        return false;
    CheckpointPolicy policy = {.log = &key};
    return checkpoint_open(note, &policy, checkpoint, status);
}

bool replay_checkpoint(Replay *replay, Text note, Status *status) {
    Checkpoint checkpoint;
    if (!append_group(replay, status) || !open_checkpoint(replay, note, &checkpoint, status) ||
        !keeper_compare(replay->tree, &checkpoint.head, replay->name, status) ||
        (replay->store && !sidecar_checkpoint_write(&replay->sidecar, note, status)))
        return false;
    replay->covered = checkpoint.head.size;
    return true;
}

bool replay_part(Replay *replay, const EventLine *line, Status *status) {
    Text bytes = line->has_bytes ? line->bytes : (Text){"", 0};
    if (line->has_bytes && !part_is_good(line->hash, (uint8_t)line->part_class, bytes))
        return status_set(status, STATUS_CORRUPT, "the sealed part is not the one that was given");
    if (!replay->store) return true;
    return store_part_put(replay->store, line->hash, (uint8_t)line->part_class, bytes, status) &&
           (line->has_bytes || store_part_erase(replay->store, line->hash, status));
}

bool replay_follows(Replay *replay, Text note, Status *status) {
    Checkpoint checkpoint;
    if (!open_checkpoint(replay, note, &checkpoint, status)) return false;
    uint64_t size = tree_size(replay->tree);
    if (checkpoint.head.size > size) {
        status_set(status, STATUS_CONFLICT,
                   "the backup is older than that checkpoint: it holds %llu records, and %llu were "
                   "signed",
                   (unsigned long long)size, (unsigned long long)checkpoint.head.size);
        return status_hint(status, "restore a newer backup: who wrote here would fork the log");
    }
    Hash root;
    if (!tree_root(replay->tree, checkpoint.head.size, &root, status)) return false;
    if (hash_equal(&root, &checkpoint.head.root)) return true;
    status_set(status, STATUS_CONFLICT,
               "the first %llu records of the backup are not those that the log key signed",
               (unsigned long long)checkpoint.head.size);
    return status_hint(status, "keep both as evidence: \"ytterby verify --from\" does");
}

bool replay_key(Replay *replay, const char *path, Status *status) {
    SignerKey key;
    if (!sidecar_key_read_file(path, &key, status)) return false;
    bool ours = memcmp(key.verifier.public_key, book_log_key(replay->book), ED25519_KEY_BYTES) == 0;
    bool done =
        ours ? sidecar_key_write(&replay->sidecar, &key, status)
             : status_set(status, STATUS_DENIED, "the key in \"%s\" is not its log key", path);
    signer_key_wipe(&key);
    return done;
}

bool replay_report(Replay *replay, ReplayReport *report, Status *status) {
    *report = (ReplayReport){.records = book_next(replay->book),
                             .covered = replay->covered,
                             .is_trial = book_is_trial(replay->book),
                             .origin = book_origin(replay->book)};
    return tree_root(replay->tree, report->records, &report->root, status) &&
           digest_book(replay->book, &report->digest, status);
}

bool replay_adopt(Replay *replay, Status *status) {
    if (!append_group(replay, status)) return false;
    if (replay->covered == 0 || replay->covered != book_next(replay->book)) {
        status_set(status, STATUS_INVALID,
                   "the backup is not whole: it does not end with the "
                   "checkpoint over its records");
        return status_hint(status, "fetch the file again");
    }
    return store_setting_drop(replay->store, copy_setting, status);
}

bool replay_close(Replay *replay, Status *status) {
    if (!replay) return true;
    bool done = append_group(replay, status);
    free_replay(replay);
    return done;
}
