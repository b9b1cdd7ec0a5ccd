// What opens a proof, whole proofs, and evidence of forks: whatever is read prints to something
// that reads the same, and nothing unsigned passes for signed.
#include "keeper/fork.h"
#include "keeper/prove.h"
#include <assert.h>
#include <string.h>

static void opening(Text bytes, Arena *arena) {
    Opening read, again;
    Status status;
    if (!opening_read(bytes, arena, &read, &status)) return;
    Buffer text;
    buffer_init(&text, OPENING_BYTES_MAX);
    assert(opening_write(&read, &text));
    assert(opening_read(buffer_view(&text), arena, &again, &status));
    assert(memcmp(read.record, again.record, sizeof read.record) == 0);
    assert(read.has_event == again.has_event && text_equal(read.event, again.event));
    assert(read.has_decision == again.has_decision && text_equal(read.decision, again.decision));
    buffer_done(&text);
}

static void fork_evidence(Text bytes, Arena *arena, const VerifierKey *stranger) {
    Fork read, again;
    Status status;
    TreeHead older, newer;
    if (!fork_read(bytes, arena, &read, &status)) return;
    Buffer text;
    buffer_init(&text, (size_t)64 << 20);
    assert(fork_write(&read, &text));
    assert(fork_read(buffer_view(&text), arena, &again, &status));
    assert(read.proven == again.proven && text_equal(read.older, again.older) &&
           text_equal(read.newer, again.newer) && read.path.count == again.path.count);
    assert(!fork_check(&read, stranger, &older, &newer, &status));
    buffer_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Text bytes = {(const char *)data, size};
    static const uint8_t seed[ED25519_SEED_BYTES] = {1};
    SignerKey stranger;
    Status status;
    if (!signer_key_make(KEY_ED25519, TEXT("ytterby.example/ree"), seed, &stranger, &status))
        return 0;
    Arena arena;
    arena_init(&arena, (size_t)64 << 20);
    opening(bytes, &arena);
    fork_evidence(bytes, &arena, &stranger.verifier);
    Proved proved;
    Decision decision;
    decision_init(&decision);
    assert(!prove_check(bytes, &stranger.verifier, NULL, &arena, &proved, &decision, &status));
    decision_done(&decision);
    arena_done(&arena);
    return 0;
}
