// Proofs that need no book, evidence of forks, and the ways out of a book: what they show, what
// they refuse, and that want of memory is told as such and spoils nothing.
#include "place.h"

#include <string.h>

#include "base/memory.h"
#include "keeper/backup.h"
#include "keeper/export_ledger.h"
#include "keeper/fork.h"
#include "keeper/prove.h"
#include "keeper/verify.h"
#include "log/proof_bundle.h"

enum { MANY = 40 };
static char spaces[MANY][300];
static VerifierKey key;

static int set_up(void **state) {
    (void)state;
    Status status;
    place_make(&place, MODE_FILE);
    book_make(place.name, false);
    Keeper *keeper = book_open(place.name);
    Seen answers[MANY];
    Draft drafts[MANY];
    for (unsigned i = 0; i < MANY; i++)
        drafts[i] = party_event(spaces[i], sizeof spaces[i], i + 1, "Northern");
    assert_int_equal(submit_many(keeper, drafts, MANY, SUBMIT_EACH, answers), MANY);
    book_close(keeper);
    assert_true(prove_log_key(place.name, &key, &status));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    place_done(&place);
    return 0;
}

static bool prove(uint64_t seq, ProveOpening how, Buffer *out, Status *status) {
    KeeperOptions options = {.clock = hands_clock()};
    Keeper *keeper = keeper_open_reader(place.name, &options, status);
    bool done = keeper && prove_record(keeper, seq, how, out, status);
    return keeper_close(keeper, NULL) && done;
}

static bool judge(Text proof, const VerifierKey *trusted, const uint8_t *record, Proved *proved,
                  Status *status) {
    Arena arena;
    Decision decision;
    arena_init(&arena, 16 << 20);
    decision_init(&decision);
    bool done = prove_check(proof, trusted, record, &arena, proved, &decision, status);
    if (done && proved->opening.has_decision) assert_int_equal(decision.verdict, VERDICT_ACCEPTED);
    decision_done(&decision);
    arena_done(&arena);
    return done;
}

static void each_record_is_proved_at_each_opening(void **state) {
    (void)state;
    Status status;
    Buffer proof;
    buffer_init(&proof, 1 << 20);
    for (uint64_t seq = 0; seq <= MANY; seq++) {
        for (ProveOpening how = PROVE_RECORD; how <= PROVE_ALL; how++) {
            Proved proved;
            buffer_reset(&proof);
            assert_true(prove(seq, how, &proof, &status));
            if (!judge(buffer_view(&proof), &key, NULL, &proved, &status))
                fail_msg("%s", status.message);
            assert_int_equal(proved.record.seq, seq);
            assert_int_equal(proved.head.size, MANY + 1);
            assert_false(proved.key_is_own);
            assert_int_equal(proved.opening.has_event, how >= PROVE_EVENT);
            assert_int_equal(proved.opening.has_decision, how == PROVE_ALL);
            assert_true(judge(buffer_view(&proof), NULL, NULL, &proved, &status));
            assert_true(proved.key_is_own);
        }
    }
    assert_false(prove(MANY + 1, PROVE_ALL, &proof, &status));
    buffer_done(&proof);
}

static void every_bit_of_a_proof_counts(void **state) {
    (void)state;
    Status status;
    Buffer proof;
    buffer_init(&proof, 1 << 20);
    assert_true(prove(17, PROVE_ALL, &proof, &status));
    for (size_t at = 0; at < proof.length; at++) {
        for (int bit = 0; bit < 8; bit++) {
            Proved proved;
            proof.bytes[at] ^= (uint8_t)(1 << bit);
            // A letter of the name in the dash's line is the one thing that may change: then the
            // signature is a stranger's, and none by the log's key is left.
            if (judge(buffer_view(&proof), &key, NULL, &proved, &status))
                fail_msg("bit %d of byte %zu counts for nothing", bit, at);
            proof.bytes[at] ^= (uint8_t)(1 << bit);
        }
    }
    buffer_done(&proof);
}

static void a_bundle_without_opening_needs_the_record(void **state) {
    (void)state;
    Status status;
    Buffer proof, plain;
    buffer_init(&proof, 1 << 20);
    buffer_init(&plain, 1 << 20);
    assert_true(prove(5, PROVE_ALL, &proof, &status));
    ProofBundle bundle;
    assert_true(proof_bundle_read(buffer_view(&proof), &bundle, &status));
    bundle.has_extra = false;
    assert_true(proof_bundle_write(&bundle, &plain));
    Proved proved;
    uint8_t record[RECORD_BYTES];
    assert_false(judge(buffer_view(&plain), &key, NULL, &proved, &status));
    assert_true(prove_stored_record(place.name, 5, record, &status));
    assert_true(judge(buffer_view(&plain), &key, record, &proved, &status));
    assert_false(judge(buffer_view(&plain), NULL, record, &proved, &status)); // whose key?
    assert_true(prove_stored_record(place.name, 6, record, &status));
    assert_false(judge(buffer_view(&plain), &key, record, &proved, &status));
    assert_false(prove_stored_record(place.name, MANY + 1, record, &status));
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    buffer_done(&proof);
    buffer_done(&plain);
}

static void another_logs_key_proves_nothing(void **state) {
    (void)state;
    Status status;
    Buffer proof;
    buffer_init(&proof, 1 << 20);
    assert_true(prove(3, PROVE_ALL, &proof, &status));
    SignerKey other;
    static const uint8_t seed[32] = {9};
    assert_true(signer_key_make(KEY_ED25519, key_name(&key), seed, &other, &status));
    Proved proved;
    assert_false(judge(buffer_view(&proof), &other.verifier, NULL, &proved, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    buffer_done(&proof);
}

// Two checkpoints by one key, made by hand.
static void note_of(uint64_t size, uint8_t root, Buffer *note) {
    Status status;
    SignerKey signer;
    assert_true(signer_key_make(KEY_ED25519, key_name(&key), test_seed, &signer, &status));
    Checkpoint checkpoint = {.origin = key_name(&key), .head = {.size = size, .root = {{root}}}};
    buffer_init(note, 1 << 12);
    assert_true(checkpoint_sign(&checkpoint, &signer, note, &status));
}

static void two_roots_of_one_size_are_evidence(void **state) {
    (void)state;
    Status status;
    Buffer a, b, text;
    Arena arena;
    arena_init(&arena, 1 << 20);
    buffer_init(&text, 1 << 16);
    note_of(7, 1, &a);
    note_of(7, 2, &b);
    Fork fork = {.says = TEXT("two roots"),
                 .older = buffer_view(&a),
                 .newer = buffer_view(&b),
                 .proven = true,
                 .root = {{2}}};
    TreeHead older, newer;
    assert_true(fork_write(&fork, &text));
    Fork read;
    assert_true(fork_read(buffer_view(&text), &arena, &read, &status));
    assert_true(fork_check(&read, &key, &older, &newer, &status));
    assert_int_equal(older.size, 7);
    read.newer = read.older; // the same twice is no fork
    read.root = (Hash){{1}};
    assert_false(fork_check(&read, &key, &older, &newer, &status));
    read = fork;
    read.proven = false;
    assert_false(fork_check(&read, &key, &older, &newer, &status));
    read = fork;
    read.root = (Hash){{3}}; // not what the newer one says
    assert_false(fork_check(&read, &key, &older, &newer, &status));
    buffer_done(&a);
    buffer_done(&b);
    buffer_done(&text);
    arena_done(&arena);
}

// ---- Want of memory (R7) ----

typedef bool Work(Buffer *out, Status *status);
static bool work_prove(Buffer *out, Status *status) {
    Proved proved;
    return prove(17, PROVE_ALL, out, status) &&
           judge(buffer_view(out), &key, NULL, &proved, status);
}
static bool to_buffer(void *context, Text bytes, Status *status) {
    return buffer_text(context, bytes) || status_no_memory(status);
}
static bool work_backup(Buffer *out, Status *status) {
    BackupReport report;
    return backup_write(place.name, to_buffer, NULL, out, &report, status);
}
static bool work_ledger(Buffer *out, Status *status) {
    return export_ledger(place.name, to_buffer, NULL, out, status);
}

static void each_request_fails(Work *work) {
    Status status;
    Buffer right, out;
    buffer_init(&right, 16 << 20);
    buffer_init(&out, 16 << 20);
    assert_true(work(&right, &status));
    for (int for_good = 0; for_good < 2; for_good++) {
        bool hit = true;
        for (unsigned long nth = 1; hit; nth += 1 + nth / 24) {
            buffer_reset(&out);
            status_clear(&status);
            memory_fail_at(nth, for_good);
            bool done = work(&out, &status);
            hit = memory_has_failed();
            memory_fail_at(0, false);
            if (done)
                assert_true(text_equal(buffer_view(&out), buffer_view(&right)));
            else if (!hit || status.code != STATUS_NO_MEMORY)
                fail_msg("request %lu: %s: %s", nth, status_name(status.code), status.message);
        }
    }
    buffer_done(&right);
    buffer_done(&out);
}

static void a_proof_or_want_of_memory(void **state) {
    (void)state;
    each_request_fails(work_prove);
}
static void a_backup_or_want_of_memory(void **state) {
    (void)state;
    each_request_fails(work_backup);
}
static void a_journal_or_want_of_memory(void **state) {
    (void)state;
    each_request_fails(work_ledger);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_record_is_proved_at_each_opening),
        cmocka_unit_test(every_bit_of_a_proof_counts),
        cmocka_unit_test(a_bundle_without_opening_needs_the_record),
        cmocka_unit_test(another_logs_key_proves_nothing),
        cmocka_unit_test(two_roots_of_one_size_are_evidence),
        cmocka_unit_test(a_proof_or_want_of_memory),
        cmocka_unit_test(a_backup_or_want_of_memory),
        cmocka_unit_test(a_journal_or_want_of_memory),
    };
    return cmocka_run_group_tests_name("keeper/prove", tests, set_up, tear_down);
}
