// Checkpoints (c2sp.org/tlog-checkpoint): a signed note that says how long a log is and what its
// root is.
//     origin LF size LF base64(root) LF, then extension lines, if any
// A book's origin is the name of its log key. The last one is also kept outside the database, in
// BOOK.checkpoint, so that a store which was cut silently does not go unnoticed.
#pragma once
#include "log/note.h"
#include "log/tree.h"

typedef struct Checkpoint {
    Text origin; // borrowed
    TreeHead head;
    Text extensions; // whole lines with their LFs, none of them empty; usually empty as a whole
} Checkpoint;

// Appends the text, without signature.
bool checkpoint_write(const Checkpoint *checkpoint, Buffer *out);
// Refuses what has a second spelling or cannot be: an empty origin, a size with sign, leading zeros
// or beyond TREE_SIZE_MAX, a root that is not 32 bytes, size 0 with a root other than SHA-256("").
MUST_CHECK bool checkpoint_read(Text text, Checkpoint *checkpoint, Status *status);

// Appends the signed note. Refuses an origin that is not the key's name.
MUST_CHECK bool checkpoint_sign(const Checkpoint *checkpoint, const SignerKey *key, Buffer *out,
                                Status *status);

// Whom a verifier trusts: the log's key, and `quorum` of the witnesses.
typedef struct CheckpointPolicy {
    const VerifierKey *log;
    const VerifierKey *witnesses;
    size_t witness_count, quorum;
} CheckpointPolicy;
enum { CHECKPOINT_WITNESSES_MAX = NOTE_SIGNATURES_MAX - 1 };

// Reads a signed checkpoint: the log must have signed it, its origin must be the log key's name,
// and the quorum must be there. A wrong signature by the log or a listed witness spoils it.
MUST_CHECK bool checkpoint_open(Text note, const CheckpointPolicy *policy, Checkpoint *checkpoint,
                                Status *status);
