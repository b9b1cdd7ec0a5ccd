#include "log/checkpoint.h"
#include "log/line.h"
#include <assert.h>

enum { CHECKPOINT_TEXT_MAX = 1 << 16 };

bool checkpoint_write(const Checkpoint *checkpoint, Buffer *out) {
    buffer_text(out, checkpoint->origin);
    buffer_format(out, "\n%llu\n", (unsigned long long)checkpoint->head.size);
    line_hash_write(&checkpoint->head.root, out);
    buffer_text(out, checkpoint->extensions);
    return !out->failed;
}

static bool malformed(Status *status, const char *what) {
    status_set(status, STATUS_INVALID, "checkpoint %s", what);
    return status_hint(status, "origin, size and root in base64, each on a line");
}

bool checkpoint_read(Text text, Checkpoint *checkpoint, Status *status) {
    Checkpoint read;
    Text line, rest = text;
    if (!line_take(&rest, &read.origin) || read.origin.length == 0)
        return malformed(status, "has no origin");
    if (!line_take(&rest, &line)) return malformed(status, "has no size");
    if (!line_number(line, &read.head.size)) {
        status_set(status, STATUS_INVALID, "checkpoint has the size \"%.*s\"",
                   (int)(line.length < 40 ? line.length : 40), line.at);
        return status_hint(status, "digits without sign or leading zero, below 2^63");
    }
    if (!line_take(&rest, &line)) return malformed(status, "has no root");
    if (!line_hash(line, &read.head.root)) {
        status_set(status, STATUS_INVALID, "checkpoint has a malformed root");
        return status_hint(status, "the base64 of 32 bytes, 44 characters");
    }
    Hash empty = tree_empty_root();
    if (read.head.size == 0 && !hash_equal(&read.head.root, &empty))
        return malformed(status, "of size 0 has a root that is not the hash of nothing");
    read.extensions = rest;
    while (rest.length > 0) {
        if (!line_take(&rest, &line)) return malformed(status, "does not end in LF");
        if (line.length == 0) return malformed(status, "has an empty extension line");
    }
    *checkpoint = read;
    return true;
}

bool checkpoint_sign(const Checkpoint *checkpoint, const SignerKey *key, Buffer *out,
                     Status *status) {
    if (!text_equal(checkpoint->origin, key_name(&key->verifier))) {
        status_set(status, STATUS_INVALID, "checkpoint of \"%.*s\" cannot be signed",
                   TEXT_ARG(checkpoint->origin));
        return status_hint(status, "the key is that of \"%.*s\"",
                           TEXT_ARG(key_name(&key->verifier)));
    }
    Buffer text;
    buffer_init(&text, CHECKPOINT_TEXT_MAX);
    bool made = checkpoint_write(checkpoint, &text);
    if (!made) status_no_memory(status);
    made = made && note_sign(buffer_view(&text), key, 0, out, status);
    buffer_done(&text);
    return made;
}

bool checkpoint_open(Text note_bytes, const CheckpointPolicy *policy, Checkpoint *checkpoint,
                     Status *status) {
    assert(policy->witness_count <= CHECKPOINT_WITNESSES_MAX);
    const VerifierKey *keys[1 + CHECKPOINT_WITNESSES_MAX];
    keys[0] = policy->log;
    for (size_t i = 0; i < policy->witness_count; i++)
        keys[1 + i] = &policy->witnesses[i];
    Note note;
    if (!note_open(note_bytes, keys, 1 + policy->witness_count, &note, status)) return false;
    if (!note_signed_by(&note, policy->log))
        return status_set(status, STATUS_DENIED, "checkpoint is not signed by \"%.*s\"",
                          TEXT_ARG(key_name(policy->log)));
    Checkpoint read;
    if (!checkpoint_read(note.text, &read, status)) return false;
    if (!text_equal(read.origin, key_name(policy->log))) {
        status_set(status, STATUS_DENIED, "checkpoint is of another log");
        return status_hint(status, "the origin must be \"%.*s\"", TEXT_ARG(key_name(policy->log)));
    }
    size_t witnessed = 0;
    for (size_t i = 0; i < policy->witness_count; i++)
        witnessed += note_signed_by(&note, &policy->witnesses[i]);
    if (witnessed < policy->quorum)
        return status_set(status, STATUS_DENIED,
                          "checkpoint has %zu cosignatures of the %zu needed", witnessed,
                          policy->quorum);
    *checkpoint = read;
    return true;
}
