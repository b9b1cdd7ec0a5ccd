// Signed notes and verifier keys: what was read prints back to the same bytes.
#include "log/note.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Text bytes = {(const char *)data, size};
    static const uint8_t seed[ED25519_SEED_BYTES] = {1};
    SignerKey signer;
    VerifierKey key;
    Note note;
    Status status;
    if (!signer_key_make(KEY_ED25519, TEXT("ytterby.example/ree"), seed, &signer, &status))
        return 0;
    const VerifierKey *keys[] = {&signer.verifier};
    bool opened = note_open(bytes, keys, 1, &note, &status);
    bool read = note_read(bytes, &note, &status);
    assert(read || !opened);
    Buffer again;
    buffer_init(&again, NOTE_BYTES_MAX);
    if (read) {
        buffer_text(&again, note.text);
        buffer_char(&again, '\n');
        for (uint32_t i = 0; i < note.count; i++) {
            buffer_text(&again, note.signatures[i].line);
            buffer_char(&again, '\n');
        }
    } else if (verifier_key_read(bytes, &key, &status)) {
        read = verifier_key_write(&key, &again);
    }
    assert(!read || text_equal(buffer_view(&again), bytes));
    buffer_done(&again);
    return 0;
}
