#include "keeper/prove.h"

#include "base/encode.h"
#include "codec/event_decode.h"
#include "keeper/read.h"
#include "keeper/state.h"
#include "log/proof_bundle.h"

// ---- Making one ----

static bool number_read(Text id, uint64_t *seq) {
    *seq = 0;
    for (size_t i = 0; i < id.length; i++) {
        if (id.at[i] < '0' || id.at[i] > '9' || i >= 18) return false;
        *seq = *seq * 10 + (uint64_t)(id.at[i] - '0');
    }
    return id.length > 0;
}

bool prove_find(Keeper *keeper, Text id, uint64_t *seq, Status *status) {
    Text party, local;
    *seq = UINT64_MAX;
    if (text_split(id, ':', &party, &local)) {
        ReadMark mark;
        const Book *book = read_begin(keeper, &mark);
        *seq = book_event_find(book, party, local);
        read_end(keeper);
    } else if (!number_read(id, seq)) {
        *seq = UINT64_MAX;
    }
    if (*seq < read_durable(keeper)) return true;
    status_set(status, STATUS_NOT_FOUND, "no such event: \"%.*s\"", TEXT_ARG(id));
    return status_hint(status, "write PARTY:ID, such as NORTH:t-1, or a record's number");
}

static bool under_checkpoint(uint64_t seq, uint64_t size, Status *status) {
    if (seq < size) return true;
    status_set(status, STATUS_BUSY,
               "record %llu is not under a signed checkpoint yet: the last covers %llu",
               (unsigned long long)seq, (unsigned long long)size);
    return status_hint(status, "ask again in a second");
}

static bool open_record(Keeper *keeper, uint64_t seq, ProveOpening how, Buffer *out,
                        Status *status) {
    Arena arena;
    arena_init(&arena, (size_t)256 << 20);
    Buffer key;
    buffer_init(&key, 1 << 12);
    ReadRecord record;
    bool done = read_record(keeper, seq, &arena, &record, status);
    if (done && !verifier_key_write(&keeper->verifier, &key)) done = status_no_memory(status);
    if (done) {
        Opening opening = {.key = buffer_view(&key),
                           .has_event = how >= PROVE_EVENT,
                           .event = record.event,
                           .has_decision = how >= PROVE_ALL,
                           .decision = record.decision};
        memcpy(opening.record, record.record, sizeof opening.record);
        memcpy(opening.event_salt, record.event_salt, sizeof opening.event_salt);
        memcpy(opening.decision_salt, record.decision_salt, sizeof opening.decision_salt);
        done = opening_write(&opening, out) || status_no_memory(status);
    }
    buffer_done(&key);
    arena_done(&arena);
    return done;
}

bool prove_record(Keeper *keeper, uint64_t seq, ProveOpening how, Buffer *out, Status *status) {
    Buffer note, opened, extra;
    buffer_init(&note, 1 << 20);
    buffer_init(&opened, OPENING_BYTES_MAX);
    buffer_init(&extra, (size_t)OPENING_BYTES_MAX / 3 * 4 + 8);
    ProofBundle bundle = {.has_extra = true, .index = seq};
    TreeHead head;
    bool done = read_checkpoint(keeper, &note, &head, status) &&
                under_checkpoint(seq, head.size, status) &&
                tree_inclusion(read_tree(keeper), seq, head.size, &bundle.path, status) &&
                open_record(keeper, seq, how, &opened, status);
    if (done && !base64_write(&extra, opened.bytes, opened.length)) done = status_no_memory(status);
    if (done) {
        bundle.extra_base64 = buffer_view(&extra);
        bundle.checkpoint = buffer_view(&note);
        done = proof_bundle_write(&bundle, out) || status_no_memory(status);
    }
    buffer_done(&extra);
    buffer_done(&opened);
    buffer_done(&note);
    return done;
}

// ---- Checking one ----

static bool take_extra(const ProofBundle *bundle, Arena *arena, Opening *opening, Status *status) {
    Buffer bytes;
    buffer_init(&bytes, OPENING_BYTES_MAX);
    bool done = base64_read(bundle->extra_base64, &bytes);
    char *copy = done ? arena_copy(arena, bytes.bytes, bytes.length) : NULL;
    size_t length = bytes.length;
    buffer_done(&bytes);
    if (!copy) return status_no_memory(status);
    return opening_read((Text){copy, length}, arena, opening, status);
}

// The salted hash in the record is that of the bytes that were handed out.
static bool check_commitments(const Proved *proved, Status *status) {
    const Opening *opening = &proved->opening;
    if (opening->has_event) {
        Hash event = event_commitment(opening->event_salt, opening->event);
        if (!hash_equal(&event, &proved->record.event))
            return status_set(status, STATUS_INVALID,
                              "the event in the proof is not the one that was recorded");
    }
    if (opening->has_decision) {
        Hash decision = decision_commitment(opening->decision_salt, opening->decision);
        if (!hash_equal(&decision, &proved->record.decision))
            return status_set(status, STATUS_INVALID,
                              "the decision in the proof is not the one that was recorded");
    }
    return true;
}

static bool find_key(const VerifierKey *trusted, Proved *proved, Status *status) {
    Text named = proved->opening.key;
    proved->key_is_own = trusted == NULL;
    if (!text_is_empty(named) && !verifier_key_read(named, &proved->key, status)) return false;
    if (trusted) {
        bool other = !text_is_empty(named) &&
                     (proved->key.type != trusted->type || proved->key.id != trusted->id ||
                      memcmp(proved->key.public_key, trusted->public_key, ED25519_KEY_BYTES) != 0 ||
                      !text_equal(key_name(&proved->key), key_name(trusted)));
        proved->key = *trusted;
        return !other ||
               status_set(status, STATUS_DENIED,
                          "the proof names another key than the log's: \"%.*s\"", TEXT_ARG(named));
    }
    if (!text_is_empty(named)) return true;
    status_set(status, STATUS_INVALID, "the proof does not say whose key signed it");
    return status_hint(status, "say --key VKEY, or --db FILE of the book");
}

bool prove_check(Text proof, const VerifierKey *trusted, const uint8_t *record, Arena *arena,
                 Proved *proved, Decision *decision, Status *status) {
    ProofBundle bundle;
    *proved = (Proved){0};
    if (!proof_bundle_read(proof, &bundle, status)) return false;
    Opening *opening = &proved->opening;
    if (bundle.has_extra) {
        if (!take_extra(&bundle, arena, opening, status)) return false;
        record = opening->record;
    } else if (!record) {
        status_set(status, STATUS_INVALID, "the proof does not hold the record that it proves");
        return status_hint(status, "say --db FILE: a book or copy that holds it");
    }
    Text bytes = {(const char *)record, RECORD_BYTES};
    if (!record_read(bytes, &proved->record, status) || !find_key(trusted, proved, status))
        return false;
    if (proved->record.seq != bundle.index)
        return status_set(status, STATUS_INVALID, "the proof of record %llu holds record %llu",
                          (unsigned long long)bundle.index, (unsigned long long)proved->record.seq);
    Hash leaf = record_leaf(record);
    CheckpointPolicy policy = {.log = &proved->key};
    Checkpoint checkpoint;
    if (!proof_bundle_verify(&bundle, &leaf, &policy, &checkpoint, status) ||
        !check_commitments(proved, status))
        return false;
    proved->head = checkpoint.head;
    return (!opening->has_event || event_decode(opening->event, arena, &proved->event, status)) &&
           (!opening->has_decision ||
            decision_read(opening->decision, decision, &proved->principal, status));
}

// ---- Of a book ----

typedef struct Taking {
    Arena arena;
    uint64_t seq;
    StoreRecord stored;
    bool found;
} Taking;

static bool take_stored(void *context, const StoreRecord *stored, Status *status) {
    Taking *taking = context;
    taking->stored = *stored;
    taking->stored.event.at = arena_copy(&taking->arena, stored->event.at, stored->event.length);
    taking->stored.decision = (Text){"", 0};
    taking->found = stored->seq == taking->seq;
    return taking->stored.event.at || status_no_memory(status);
}

static bool take_one(const char *name, uint64_t seq, Taking *taking, Status *status) {
    *taking = (Taking){.seq = seq};
    arena_init(&taking->arena, (size_t)256 << 20);
    Store *store = store_open(name, STORE_READ, status);
    bool done = store && store_read(store, seq, 1, take_stored, taking, status);
    store_close(store);
    if (done && !taking->found) {
        status_set(status, STATUS_NOT_FOUND, "book \"%s\" has no record %llu", name,
                   (unsigned long long)seq);
        done = false;
    }
    return done;
}

bool prove_log_key(const char *name, VerifierKey *key, Status *status) {
    Taking taking;
    Event event;
    bool done = take_one(name, 0, &taking, status) &&
                event_decode(taking.stored.event, &taking.arena, &event, status);
    if (done && event.kind != EVENT_BOOK)
        done =
            status_set(status, STATUS_CORRUPT, "book \"%s\" does not begin with a genesis", name);
    done = done && verifier_key_make(KEY_ED25519, event.origin, event.log_key, key, status);
    arena_done(&taking.arena);
    return done;
}

bool prove_stored_record(const char *name, uint64_t seq, uint8_t record[96], Status *status) {
    Taking taking;
    bool done = take_one(name, seq, &taking, status);
    if (done) memcpy(record, taking.stored.record, RECORD_BYTES);
    arena_done(&taking.arena);
    return done;
}
