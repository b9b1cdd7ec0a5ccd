#include "keeper/verify.h"

#include <pthread.h>
#include <sys/random.h>

#include "keeper/digest_book.h"
#include "keeper/load.h"
#include "keeper/sidecar.h"
#include "keeper/state.h"

enum { PROGRESS_EVERY = 4096 };

typedef struct Verifying {
    const VerifyOptions *options;
    VerifyReport *report;
    Store *store;
    Book *book;
    KeyRing *ring; // of the keys that the book has registered so far
    Tree *tree;
    Buffer note;
    Decision decision, stored;
    uint64_t of;
} Verifying;

static void differ(Verifying *verifying, const Loaded *loaded, Verdict stored, Verdict now) {
    verifying->report->differences++;
    VerifyDifference difference = {loaded->record.seq, &loaded->event, stored, now};
    const VerifyOptions *options = verifying->options;
    if (options->difference) options->difference(options->context, &difference);
}

// The signature in a decision, and the public key that it names.
static bool signature_of(Verifying *verifying, const Loaded *loaded, Signature *signature,
                         uint8_t key[ED25519_KEY_BYTES], Status *status) {
    Text bytes;
    uint8_t kind;
    if (!decision_signature(loaded->decision, &kind, &bytes, status)) return false;
    Reader reader = reader_of(bytes.at - 1, bytes.length + 1); // the kind stands before them
    if (!signature_read(&reader, signature, status)) return false;
    if (kind == 0 || ring_find(verifying->ring, &signature->key, key)) return true;
    return status_set(status, STATUS_CORRUPT,
                      "it is signed under a key that the book had not registered");
}

static bool check_signature(Verifying *verifying, const Loaded *loaded, Status *status) {
    Signature signature;
    uint8_t key[ED25519_KEY_BYTES];
    if (!signature_of(verifying, loaded, &signature, key, status)) return false;
    if (signature.kind == SIGNATURE_NONE) return true;
    if (!signature_verify(&signature, key, book_origin(verifying->book), loaded->event.bytes,
                          status)) {
        if (status && status->code == STATUS_DENIED) status->code = STATUS_CORRUPT;
        return false;
    }
    verifying->report->signatures++;
    return true;
}

// Decides the event again. The book is left after it when that gives the same bytes (`same`), else
// before it.
static bool decide_again(Verifying *verifying, const Loaded *loaded, bool *same, Status *status) {
    Book *book = verifying->book;
    Text principal;
    if (!decision_read(loaded->decision, &verifying->stored, &principal, status)) return false;
    // Whether a signature is good is not decided again: that it was found so stands in the record.
    Context context = {.recorded = loaded->record.recorded, .principal = principal};
    uint8_t key[ED25519_KEY_BYTES];
    if (!decision_signature(loaded->decision, &context.signature_kind, &context.signature, status))
        return false;
    if (context.signature_kind != 0) {
        Signature signature;
        if (!signature_of(verifying, loaded, &signature, key, status)) return false;
        context.public_key = key;
    }
    BookMark mark = book_mark(book);
    if (!book_decide(book, &loaded->event, &context, &verifying->decision, status)) return false;
    verifying->report->rechecked++;
    *same = verifying->decision.verdict != VERDICT_REFUSED &&
            text_equal(buffer_view(&verifying->decision.bytes), loaded->decision);
    if (*same) return true;
    differ(verifying, loaded, verifying->stored.verdict, verifying->decision.verdict);
    book_rewind(book, mark);
    return true;
}

static void count_other(VerifyReport *report, const Record *record) {
    for (uint32_t i = 0; i < report->other_logic_count; i++) {
        VerifyLogic *other = &report->other_logics[i];
        if (other->logic != record->logic) continue;
        other->records++;
        other->last = record->seq;
        return;
    }
    if (report->other_logic_count < VERIFY_LOGICS_MAX)
        report->other_logics[report->other_logic_count++] =
            (VerifyLogic){record->logic, 1, record->seq, record->seq};
}

static bool verify_one(void *context, const StoreRecord *stored, const Loaded *loaded,
                       Status *status) {
    (void)stored;
    Verifying *verifying = context;
    const Record *record = &loaded->record;
    Book *book = verifying->book;
    if (record->recorded < book_last_recorded(book)) {
        status_set(status, STATUS_CORRUPT, "the record is older than the one before it");
        return load_where(status, record->seq, &loaded->event);
    }
    if (!tree_reserve(verifying->tree, 1, status)) return false;
    if (verifying->options->signatures && !check_signature(verifying, loaded, status))
        return load_where(status, record->seq, &loaded->event);
    bool same = false;
    if (verifying->options->recheck && record->logic != LOGIC_NUMBER)
        count_other(verifying->report, record);
    else if (verifying->options->recheck && !decide_again(verifying, loaded, &same, status))
        return load_where(status, record->seq, &loaded->event);
    if (!same && !book_apply(book, &loaded->event, loaded->decision, record->recorded, status))
        return load_where(status, record->seq, &loaded->event);
    if (loaded->event.kind == EVENT_KEY && !ring_fill(verifying->ring, book, status)) return false;
    tree_append(verifying->tree, &loaded->leaf);
    if (record->seq % PROGRESS_EVERY == 0) {
        book_forget(book, book_mark(book));
        const VerifyOptions *options = verifying->options;
        if (options->progress) options->progress(options->context, record->seq, verifying->of);
    }
    return true;
}

static void tell_fork(Verifying *verifying, Fork *fork, Status *status) {
    fork->says = text_of(status->message);
    if (verifying->options->fork) verifying->options->fork(verifying->options->context, fork);
}

// The log must begin with what `options->from` signed. `kept` is what the checkpoint outside
// signed: the log is known to agree with it.
static bool check_from(Verifying *verifying, const VerifierKey *key, const TreeHead *kept,
                       Status *status) {
    CheckpointPolicy policy = {.log = key};
    Checkpoint from;
    if (!checkpoint_open(verifying->options->from, &policy, &from, status))
        return status_where(status, "the older checkpoint");
    verifying->report->from = from.head;
    Status unasked;
    if (!status) status = &unasked;
    Text asked = verifying->options->from, outside = buffer_view(&verifying->note);
    Fork fork = {.older = kept->size < from.head.size ? outside : asked,
                 .newer = kept->size < from.head.size ? asked : outside};
    if (from.head.size > tree_size(verifying->tree)) {
        status_set(status, STATUS_CONFLICT,
                   "the log has lost records: it holds %llu, and a checkpoint was signed over %llu",
                   (unsigned long long)tree_size(verifying->tree),
                   (unsigned long long)from.head.size);
        tell_fork(verifying, &fork, status);
        return false;
    }
    if (from.head.size == 0) return true; // every log follows from the empty one
    if (!tree_root(verifying->tree, from.head.size, &fork.root, status)) return false;
    if (hash_equal(&fork.root, &from.head.root)) return true;
    fork.proven = from.head.size <= kept->size;
    if (fork.proven && from.head.size < kept->size &&
        !tree_consistency(verifying->tree, from.head.size, kept->size, &fork.path, status))
        return false;
    status_set(
        status, STATUS_CONFLICT,
        "the log was forked: its first %llu records are not those that its key signed before",
        (unsigned long long)from.head.size);
    tell_fork(verifying, &fork, status);
    return false;
}

static bool check_note(Verifying *verifying, const char *name, Status *status) {
    VerifyReport *report = verifying->report;
    if (!verifier_key_make(KEY_ED25519, book_origin(verifying->book), book_log_key(verifying->book),
                           &report->key, status))
        return false;
    report->has_checkpoint = verifying->note.length > 0;
    if (!report->has_checkpoint) {
        if (verifying->options->without_checkpoint && text_is_empty(verifying->options->from))
            return true;
        status_set(status, STATUS_CORRUPT, "book \"%s\" has no checkpoint beside it", name);
        return status_hint(status,
                           "without it nobody can tell whether records are missing at the end");
    }
    CheckpointPolicy policy = {.log = &report->key};
    Checkpoint checkpoint;
    if (!checkpoint_open(buffer_view(&verifying->note), &policy, &checkpoint, status)) {
        if (status && status->code != STATUS_NO_MEMORY) status->code = STATUS_CORRUPT;
        return status_where(status, "%s.checkpoint", name);
    }
    report->checkpoint_size = checkpoint.head.size;
    return keeper_compare(verifying->tree, &checkpoint.head, name, status) &&
           (text_is_empty(verifying->options->from) ||
            check_from(verifying, &report->key, &checkpoint.head, status));
}

static bool sum_up(Verifying *verifying, Status *status) {
    VerifyReport *report = verifying->report;
    report->records = book_next(verifying->book);
    report->is_trial = book_is_trial(verifying->book);
    Text origin = book_origin(verifying->book);
    size_t length =
        origin.length < sizeof report->origin ? origin.length : sizeof report->origin - 1;
    memcpy(report->origin, origin.at, length);
    report->origin[length] = 0;
    return tree_root(verifying->tree, report->records, &report->root, status) &&
           digest_book(verifying->book, &report->digest, status);
}

// The database's own check of the file, on a thread and a connection of its own while the records
// are read: what it says comes before what reading them says.
typedef struct FileCheck {
    const char *name;
    pthread_t thread;
    bool good;
    Status status;
} FileCheck;

static void *check_file(void *context) {
    FileCheck *check = context;
    pthread_setname_np(pthread_self(), "check");
    Store *store = store_open(check->name, STORE_READ, &check->status);
    check->good = store && store_check(store, &check->status);
    store_close(store);
    return NULL;
}

static bool read_all(Verifying *verifying, const char *name, Status *status) {
    FileCheck check = {.name = name};
    // What is decided again may have to be taken back.
    book_one_way(verifying->book, !verifying->options->recheck);
    if (pthread_create(&check.thread, NULL, check_file, &check) != 0)
        return status_no_memory(status);
    bool read =
        store_next(verifying->store, &verifying->of, status) &&
        load_each(verifying->store, 0, verifying->options->recheck ? LOAD_WHOLE : LOAD_HEADS,
                  verify_one, verifying, status);
    pthread_join(check.thread, NULL);
    if (!check.good && status) *status = check.status;
    return check.good && read;
}

static bool verify_all(Verifying *verifying, const char *name, Status *status) {
    uint8_t hash_key[16];
    if (getrandom(hash_key, sizeof hash_key, 0) != sizeof hash_key)
        return status_set(status, STATUS_IO, "the system gives no random bytes");
    verifying->book = keeper_book_new(hash_key, status);
    verifying->ring = verifying->book ? ring_new(status) : NULL;
    verifying->tree = verifying->ring ? tree_new(status) : NULL;
    verifying->store = verifying->tree ? store_open(name, STORE_READ, status) : NULL;
    if (!verifying->store) return false;
    // The checkpoint before the log, which may grow meanwhile.
    Sidecar sidecar = sidecar_of(name, verifying->store);
    Status found;
    if (!sidecar_checkpoint_read(&sidecar, &verifying->note, &found)) {
        buffer_reset(&verifying->note);
        if (found.code != STATUS_NOT_FOUND) {
            if (status) *status = found;
            return false;
        }
    }
    if (!read_all(verifying, name, status)) return false;
    if (book_next(verifying->book) == 0)
        return status_set(status, STATUS_CORRUPT, "book \"%s\" has no genesis", name);
    return parts_check(verifying->store, verifying->book, &verifying->report->parts, status) &&
           check_note(verifying, name, status) && sum_up(verifying, status);
}

bool verify_book(const char *name, const VerifyOptions *options, VerifyReport *report,
                 Status *status) {
    static const VerifyOptions plain;
    Verifying verifying = {.options = options ? options : &plain, .report = report};
    *report = (VerifyReport){0};
    buffer_init(&verifying.note, 1 << 16);
    decision_init(&verifying.decision);
    decision_init(&verifying.stored);
    bool done = verify_all(&verifying, name, status);
    store_close(verifying.store);
    tree_free(verifying.tree);
    ring_free(verifying.ring);
    book_free(verifying.book);
    decision_done(&verifying.stored);
    decision_done(&verifying.decision);
    buffer_done(&verifying.note);
    return done;
}
