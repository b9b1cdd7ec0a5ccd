// Notes, checkpoints and proof bundles as the log itself makes them; others' are in
// tests/data/vectors.
#include "base/memory.h"
#include "log/checkpoint.h"
#include "log/proof_bundle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define ORIGIN TEXT("ree.example/book")

static SignerKey key_of(KeyType type, Text name, uint8_t fill) {
    uint8_t seed[ED25519_SEED_BYTES];
    memset(seed, fill, sizeof seed);
    SignerKey key;
    Status status;
    assert_true(signer_key_make(type, name, seed, &key, &status));
    return key;
}

static Buffer signed_checkpoint(const SignerKey *key, uint64_t size) {
    Checkpoint checkpoint = {.origin = ORIGIN, .head = {size, tree_empty_root()}};
    Buffer note;
    Status status;
    buffer_init(&note, NOTE_BYTES_MAX);
    assert_true(checkpoint_sign(&checkpoint, key, &note, &status));
    return note;
}

static void a_signed_checkpoint_opens_with_its_key_and_says_what_was_signed(void **state) {
    (void)state;
    SignerKey key = key_of(KEY_ED25519, ORIGIN, 1);
    Buffer note = signed_checkpoint(&key, 12);
    CheckpointPolicy policy = {.log = &key.verifier};
    Checkpoint read;
    Status status;
    assert_true(checkpoint_open(buffer_view(&note), &policy, &read, &status));
    assert_true(text_equal(read.origin, ORIGIN));
    assert_true(read.head.size == 12);
    Hash root = tree_empty_root();
    assert_true(hash_equal(&read.head.root, &root));
    assert_true(text_is_empty(read.extensions));
    buffer_done(&note);
}

// Every bit of the signed note counts: changed anywhere, it does not open.
static void a_signed_checkpoint_with_any_bit_changed_does_not_open(void **state) {
    (void)state;
    SignerKey key = key_of(KEY_ED25519, ORIGIN, 1);
    Buffer note = signed_checkpoint(&key, 12);
    CheckpointPolicy policy = {.log = &key.verifier};
    for (size_t at = 0; at < note.length; at++)
        for (int bit = 0; bit < 8; bit++) {
            Checkpoint read;
            Status status;
            note.bytes[at] ^= (uint8_t)(1 << bit);
            assert_false(checkpoint_open(buffer_view(&note), &policy, &read, &status));
            note.bytes[at] ^= (uint8_t)(1 << bit);
        }
    for (size_t length = 0; length < note.length; length++) {
        Checkpoint read;
        Status status;
        assert_false(checkpoint_open((Text){(char *)note.bytes, length}, &policy, &read, &status));
    }
    buffer_done(&note);
}

static void a_key_of_another_name_cannot_sign_a_checkpoint(void **state) {
    (void)state;
    SignerKey key = key_of(KEY_ED25519, TEXT("other.example/book"), 1);
    Checkpoint checkpoint = {.origin = ORIGIN, .head = {0, tree_empty_root()}};
    Buffer note;
    Status status;
    buffer_init(&note, NOTE_BYTES_MAX);
    assert_false(checkpoint_sign(&checkpoint, &key, &note, &status));
    assert_int_equal(note.length, 0);
    buffer_done(&note);
}

static void a_quorum_counts_each_witness_once_and_a_wrong_cosignature_spoils_all(void **state) {
    (void)state;
    SignerKey log = key_of(KEY_ED25519, ORIGIN, 1);
    SignerKey first = key_of(KEY_COSIGNATURE, TEXT("w.example/1"), 2);
    SignerKey second = key_of(KEY_COSIGNATURE, TEXT("w.example/2"), 3);
    Buffer note = signed_checkpoint(&log, 12);
    Note parsed;
    Status status;
    Checkpoint read;
    VerifierKey witnesses[] = {first.verifier, second.verifier};
    CheckpointPolicy policy = {&log.verifier, witnesses, 2, 2};
    assert_true(note_read(buffer_view(&note), &parsed, &status));
    char text[256];
    memcpy(text, parsed.text.at, parsed.text.length);
    Text body = {text, parsed.text.length};
    assert_true(note_cosign(body, &first, 1000, &note, &status));
    assert_true(note_cosign(body, &first, 2000, &note, &status));
    assert_false(checkpoint_open(buffer_view(&note), &policy, &read, &status));
    assert_int_equal(status.code, STATUS_DENIED);
    size_t before = note.length;
    assert_true(note_cosign(body, &second, 1000, &note, &status));
    assert_true(checkpoint_open(buffer_view(&note), &policy, &read, &status));
    note.length = before;
    assert_true(note_cosign(TEXT("something else\n"), &second, 1000, &note, &status));
    assert_false(checkpoint_open(buffer_view(&note), &policy, &read, &status));
    policy.witness_count = 1; // now nobody knows the second witness: its line is ignored
    policy.quorum = 1;
    assert_true(checkpoint_open(buffer_view(&note), &policy, &read, &status));
    buffer_done(&note);
}

static void sixteen_signatures_are_accepted_and_more_than_the_limit_are_not(void **state) {
    (void)state;
    SignerKey log = key_of(KEY_ED25519, ORIGIN, 1);
    SignerKey witness = key_of(KEY_COSIGNATURE, TEXT("w.example/1"), 2);
    const VerifierKey *keys[] = {&log.verifier, &witness.verifier};
    Buffer note;
    Note parsed;
    Status status;
    buffer_init(&note, NOTE_BYTES_MAX);
    assert_true(note_sign(TEXT("text\n"), &log, 0, &note, &status));
    for (uint64_t i = 1; i < NOTE_SIGNATURES_MAX; i++)
        assert_true(note_cosign(TEXT("text\n"), &witness, i, &note, &status));
    assert_true(note_open(buffer_view(&note), keys, 2, &parsed, &status));
    assert_int_equal(parsed.count, NOTE_SIGNATURES_MAX);
    assert_true(parsed.signatures[9].time == 9);
    assert_true(note_cosign(TEXT("text\n"), &witness, 99, &note, &status));
    assert_false(note_open(buffer_view(&note), keys, 2, &parsed, &status));
    assert_int_equal(status.code, STATUS_LIMIT);
    buffer_done(&note);
}

static void keys_are_printed_and_read_back_and_a_secret_is_not_in_the_verifier_key(void **state) {
    (void)state;
    SignerKey key = key_of(KEY_ED25519, ORIGIN, 9), read;
    VerifierKey verifier;
    Status status;
    Buffer secret, open;
    buffer_init(&secret, 1024);
    buffer_init(&open, 1024);
    assert_true(signer_key_write(&key, &secret));
    assert_true(verifier_key_write(&key.verifier, &open));
    assert_true(signer_key_read(buffer_view(&secret), &read, &status));
    assert_memory_equal(read.seed, key.seed, sizeof key.seed);
    assert_int_equal(read.verifier.id, key.verifier.id);
    assert_true(verifier_key_read(buffer_view(&open), &verifier, &status));
    assert_memory_equal(verifier.public_key, key.verifier.public_key, ED25519_KEY_BYTES);
    assert_false(verifier_key_read(buffer_view(&secret), &verifier, &status));
    assert_false(signer_key_read(buffer_view(&open), &read, &status));
    buffer_done(&secret);
    buffer_done(&open);
}

static void names_with_a_blank_a_plus_or_a_control_character_are_refused(void **state) {
    (void)state;
    assert_true(key_name_is_valid(TEXT("ree.example/book")));
    assert_true(key_name_is_valid(TEXT("\xE7\xA8\x80\xE5\x9C\x9F")));
    static const Text bad[] = {
        {"", 0},
        {"a b", 3},
        {"a+b", 3},
        {"a\tb", 3},
        {"a\x7f"
         "b",
         3},
        {"a\xC2\xA0"
         "b",
         4},
        {"\xE3\x80\x80", 3},
        {"\xFF", 1},
        {"a\xE2\x80\x83", 4},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(key_name_is_valid(bad[i]));
}

static Tree *tree_of(uint64_t size) {
    Status status;
    Tree *tree = tree_new(&status);
    assert_non_null(tree);
    assert_true(tree_reserve(tree, (uint32_t)size, &status));
    for (uint64_t i = 0; i < size; i++) {
        Hash leaf = tree_leaf_hash((Text){(const char *)&i, sizeof i});
        tree_append(tree, &leaf);
    }
    return tree;
}

static void a_bundle_proves_its_record_and_no_other(void **state) {
    (void)state;
    SignerKey log = key_of(KEY_ED25519, ORIGIN, 1);
    CheckpointPolicy policy = {.log = &log.verifier};
    Tree *tree = tree_of(20);
    Status status;
    Checkpoint checkpoint = {.origin = ORIGIN, .head = {.size = 20}}, read;
    assert_true(tree_root(tree, 20, &checkpoint.head.root, &status));
    Buffer note, text;
    buffer_init(&note, NOTE_BYTES_MAX);
    buffer_init(&text, NOTE_BYTES_MAX);
    assert_true(checkpoint_sign(&checkpoint, &log, &note, &status));
    ProofBundle bundle = {.index = 7, .checkpoint = buffer_view(&note)}, parsed;
    assert_true(tree_inclusion(tree, 7, 20, &bundle.path, &status));
    assert_true(proof_bundle_write(&bundle, &text));
    assert_true(proof_bundle_read(buffer_view(&text), &parsed, &status));
    for (uint64_t i = 0; i < 20; i++) {
        Hash leaf = tree_node(tree, 0, i);
        assert_true(proof_bundle_verify(&parsed, &leaf, &policy, &read, &status) == (i == 7));
    }
    buffer_done(&note);
    buffer_done(&text);
    tree_free(tree);
}

static void each_failing_allocation_is_a_clean_refusal(void **state) {
    (void)state;
    SignerKey log = key_of(KEY_ED25519, ORIGIN, 1);
    SignerKey witness = key_of(KEY_COSIGNATURE, TEXT("w.example/1"), 2);
    CheckpointPolicy policy = {&log.verifier, &witness.verifier, 1, 1};
    for (unsigned long nth = 1;; nth++) {
        Checkpoint checkpoint = {.origin = ORIGIN, .head = {0, tree_empty_root()}}, read;
        Buffer note, text;
        Status status;
        buffer_init(&note, NOTE_BYTES_MAX);
        buffer_init(&text, NOTE_BYTES_MAX);
        memory_fail_at(nth, true);
        bool done = checkpoint_write(&checkpoint, &text);
        if (!done) status_no_memory(&status);
        done = done && checkpoint_sign(&checkpoint, &log, &note, &status) &&
               note_cosign(buffer_view(&text), &witness, 5, &note, &status) &&
               checkpoint_open(buffer_view(&note), &policy, &read, &status);
        bool failed = memory_has_failed();
        memory_fail_at(0, false);
        assert_true(done == !failed);
        if (failed) assert_int_equal(status.code, STATUS_NO_MEMORY);
        buffer_done(&note);
        buffer_done(&text);
        if (!failed) break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_checkpoint_opens_with_its_key_and_says_what_was_signed),
        cmocka_unit_test(a_signed_checkpoint_with_any_bit_changed_does_not_open),
        cmocka_unit_test(a_key_of_another_name_cannot_sign_a_checkpoint),
        cmocka_unit_test(a_quorum_counts_each_witness_once_and_a_wrong_cosignature_spoils_all),
        cmocka_unit_test(sixteen_signatures_are_accepted_and_more_than_the_limit_are_not),
        cmocka_unit_test(keys_are_printed_and_read_back_and_a_secret_is_not_in_the_verifier_key),
        cmocka_unit_test(names_with_a_blank_a_plus_or_a_control_character_are_refused),
        cmocka_unit_test(a_bundle_proves_its_record_and_no_other),
        cmocka_unit_test(each_failing_allocation_is_a_clean_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
