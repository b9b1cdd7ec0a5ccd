// Signed notes (c2sp.org/signed-note): text, an empty line, and lines
//     — NAME base64(key id || signature)
// A note is UTF-8 without control characters other than LF, and ends in LF; the text ends at its
// last empty line. Signatures by unknown keys are ignored; one by a known key that does not verify
// spoils the note; without one that verifies there is no note.
#pragma once
#include "log/key.h"

enum { NOTE_BYTES_MAX = 1 << 20, NOTE_SIGNATURES_MAX = 64 };

typedef struct NoteSignature {
    Text name;
    uint32_t id;
    Text line;              // the whole line, without its LF
    Text base64;            // key id and signature
    const VerifierKey *key; // the known key that it was verified with; null: unknown
    uint64_t time;          // of a cosignature, POSIX seconds
} NoteSignature;

// Borrows the bytes that it was read from.
typedef struct Note {
    Text text; // with its last LF, without the empty line
    uint32_t count;
    NoteSignature signatures[NOTE_SIGNATURES_MAX];
} Note;

// The form alone: no signature is looked at.
MUST_CHECK bool note_read(Text bytes, Note *note, Status *status);
// Form and signatures: STATUS_DENIED when a known key's signature is wrong or none is there.
MUST_CHECK bool note_open(Text bytes, const VerifierKey *const *keys, size_t key_count, Note *note,
                          Status *status);
// Whether `key` signed it. After note_open() only.
bool note_signed_by(const Note *note, const VerifierKey *key);

// Appends text, empty line and the first signature line to `out`; note_cosign() a further line for
// the same text. `text` must not lie in `out`. `time` counts for cosignatures alone.
MUST_CHECK bool note_sign(Text text, const SignerKey *key, uint64_t time, Buffer *out,
                          Status *status);
MUST_CHECK bool note_cosign(Text text, const SignerKey *key, uint64_t time, Buffer *out,
                            Status *status);
